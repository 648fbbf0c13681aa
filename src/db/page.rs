//! Keyset pages: the next page begins after the last row of this one, so a deep page costs what the first does.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Rows on one page of a list.
pub const PAGE_ROWS: i64 = 50;
/// Counts on lists stop here: beyond it a page says "more than".
pub const COUNT_MAX: i64 = 1_000;

/// The place of the last row of the page before, in a list ordered by `(at, id)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub at: DateTime<Utc>,
    pub id: Uuid,
}

impl Cursor {
    /// As it stands in a link.
    pub fn to_text(self) -> String {
        let mut bytes = self.at.timestamp_micros().to_be_bytes().to_vec();
        bytes.extend(self.id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads what a link says; anything else is no cursor, which is the first page.
    pub fn from_text(text: &str) -> Option<Cursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (at, id) = bytes.split_at_checked(8)?;
        Some(Cursor {
            at: DateTime::from_timestamp_micros(i64::from_be_bytes(at.try_into().ok()?))?,
            id: Uuid::from_slice(id).ok()?,
        })
    }
}

/// One page of a list.
pub struct Paged<T> {
    pub rows: Vec<T>,
    /// Where the next page begins; None on the last.
    pub next: Option<Cursor>,
    /// How many rows the filter has in all, at most `COUNT_MAX + 1`.
    pub count: i64,
}

impl<T> Paged<T> {
    /// From `PAGE_ROWS + 1` fetched rows: the one too many only tells that there is a next page.
    pub fn new(mut rows: Vec<T>, count: i64, place: impl Fn(&T) -> Cursor) -> Paged<T> {
        let more = rows.len() as i64 > PAGE_ROWS;
        rows.truncate(PAGE_ROWS as usize);
        let next = if more { rows.last().map(place) } else { None };
        Paged { rows, next, count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_link() {
        let cursor =
            Cursor { at: DateTime::from_timestamp_micros(1_760_000_000_123_456).unwrap(), id: Uuid::from_u128(7) };
        assert_eq!(Cursor::from_text(&cursor.to_text()), Some(cursor));
        for hostile in ["", "x", "AAAA", "%%%", "////////////"] {
            assert_eq!(Cursor::from_text(hostile), None);
        }
    }
}
