//! What all lists share: the filter in the address, the count, the link to the next page.

use super::page::{Page, encode};
use crate::db::page::{COUNT_MAX, Cursor, Paged};

/// The foot and head of a list.
#[derive(Debug, Clone)]
pub struct ListView {
    /// `37` or `more than 1,000`, in the reader's language.
    pub count: String,
    pub is_empty: bool,
    /// The first page, when this is not it.
    pub first: Option<String>,
    pub next: Option<String>,
}

impl ListView {
    /// `filters` are the names and values that stand in the address beside the cursor.
    pub fn new<T>(
        page: &Page,
        paged: &Paged<T>,
        path: &str,
        filters: &[(&str, &str)],
        after: Option<Cursor>,
    ) -> ListView {
        let query: Vec<String> = filters
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        let query = query.join("&");
        let joined =
            |more: String| if query.is_empty() { format!("{path}?{more}") } else { format!("{path}?{query}&{more}") };
        let count = if paged.count > COUNT_MAX {
            page.t1("list-more-than", "count", crate::core::money::Won(COUNT_MAX))
        } else {
            page.t1("list-count", "count", crate::core::money::Won(paged.count))
        };
        ListView {
            count,
            is_empty: paged.rows.is_empty(),
            first: after.map(|_| if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }),
            next: paged.next.map(|cursor| joined(format!("after={}", cursor.to_text()))),
        }
    }
}
