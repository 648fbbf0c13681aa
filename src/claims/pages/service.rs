//! What is due first, and how long decisions take: the queue of officers and the public page.

use super::*;
use crate::{
    claims::rules::clock,
    core::calendar::{ZONE, local_date},
};
use chrono::{Datelike, Months};

/// Whole quarters on the public page.
const QUARTERS: u32 = 4;

#[derive(Debug, Clone, Default, serde::Deserialize)]
pub struct QueueQuery {
    #[serde(default)]
    after: String,
}

pub async fn queue(app: web::Data<App>, visitor: Visitor, query: web::Query<QueueQuery>) -> Answer {
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let paged = store::queue(&mut tx, after).await?;
    let page = visitor.page("claims-queue-title").back_to("/claims", "claims-title");
    let list = ListView::new(&page, &paged, "/claims/queue", &[], after);
    show(&QueuePage { now: app.clock.now(), claims: paged.rows, list, page })
}

/// The median of the business days from filing to decision, by quarter; none of too few decisions.
pub async fn levels(app: web::Data<App>, visitor: Visitor) -> Answer {
    let today = local_date(app.clock.now(), ZONE);
    let quarter = today.with_day(1).and_then(|day| day.checked_sub_months(Months::new(today.month0() % 3)));
    let first = quarter.and_then(|day| day.checked_sub_months(Months::new(3 * (QUARTERS - 1)))).unwrap_or(today);
    let mut tx = app.db.read().await?;
    let decided = store::decided_since(&mut tx, crate::core::calendar::start_of_day(first, ZONE)).await?;
    let quarters = (0..QUARTERS)
        .rev()
        .filter_map(|back| {
            let from = quarter?.checked_sub_months(Months::new(3 * back))?;
            let to = from.checked_add_months(Months::new(3))?;
            let within = |at: &chrono::DateTime<chrono::Utc>| (from..to).contains(&local_date(*at, ZONE));
            let days: Vec<i64> = decided.iter().filter(|(at, _)| within(at)).map(|(_, days)| *days).collect();
            let in_time = days.iter().filter(|days| **days <= i64::from(clock::CHECK_DAYS)).count();
            let median = clock::median(days.clone());
            Some(Quarter {
                name: format!("{}-Q{}", from.year(), from.month0() / 3 + 1),
                shares: median.map(|median| (median, days.len(), in_time * 100 / days.len().max(1))),
            })
        })
        .collect();
    show(&LevelsPage { page: visitor.page("claims-levels-title"), quarters, days: i64::from(clock::CHECK_DAYS) })
}
