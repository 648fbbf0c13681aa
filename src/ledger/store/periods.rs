//! Months: which one a posting counts in, who closed it, and what moved in it.

use crate::{
    core::money::Won,
    db::Tx,
    ledger::rules::{Month, PeriodState, Turnover},
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// The day and month in which a posting counts.
#[derive(Debug, Clone, Copy)]
pub(in crate::ledger) struct Booked {
    pub on: NaiveDate,
    pub month: Month,
    /// Its own day, when that lies in a closed month.
    pub late_of: Option<NaiveDate>,
}

fn month_of(text: Option<String>) -> Option<Month> {
    text.and_then(|text| text.parse().ok())
}

/// The latest month that is closed; all before it count as closed as well.
async fn last_closed(tx: &mut Tx) -> sqlx::Result<Option<Month>> {
    let month: Option<Option<String>> =
        tx.value("SELECT MAX(month) FROM ledger_periods WHERE state = 'closed'", ()).await?;
    Ok(month_of(month.flatten()))
}

/// The state of a month, held so that nobody closes it before this unit of work is over; None when it has no row.
async fn hold(tx: &mut Tx, month: Month) -> sqlx::Result<Option<PeriodState>> {
    let text = tx.pick(
        "SELECT state FROM ledger_periods WHERE month = $1",
        "SELECT state FROM ledger_periods WHERE month = $1 FOR SHARE",
    );
    tx.value(text, (month.to_string(),)).await
}

/// Where a posting of `day` counts: in its month, or in the next that is open. The month stays open until this unit
/// of work is over.
pub(in crate::ledger) async fn book(tx: &mut Tx, day: NaiveDate) -> sqlx::Result<Booked> {
    let own = Month::of(day);
    let mut month = own;
    loop {
        match hold(tx, month).await? {
            // Months are closed in their order: an open row has no closed month after it.
            Some(PeriodState::Open | PeriodState::Proposed) => break,
            Some(PeriodState::Closed) | None => {}
        }
        month = last_closed(tx).await?.map_or(month, |closed| month.max(closed.next()));
        tx.run(
            "INSERT INTO ledger_periods (month, state) VALUES ($1, 'open') ON CONFLICT (month) DO NOTHING",
            (month.to_string(),),
        )
        .await?;
    }
    if month == own {
        return Ok(Booked { on: day, month, late_of: None });
    }
    Ok(Booked { on: month.first_day(), month, late_of: Some(day) })
}

/// A month as pages show it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::ledger) struct Period {
    pub month: String,
    pub state: PeriodState,
    pub proposed_by: Option<Uuid>,
    pub proposed_by_name: Option<String>,
    pub proposed_at: Option<DateTime<Utc>>,
    pub closed_by_name: Option<String>,
    pub closed_at: Option<DateTime<Utc>>,
    pub report: Option<String>,
    pub report_sha256: Option<Vec<u8>>,
}

macro_rules! select_period {
    ($rest:literal) => {
        concat!(
            "SELECT m.month, m.state, m.proposed_by, p.name AS proposed_by_name, m.proposed_at, c.name AS closed_by_name,
                m.closed_at, m.report, m.report_sha256
             FROM ledger_periods m LEFT JOIN people p ON p.id = m.proposed_by LEFT JOIN people c ON c.id = m.closed_by ",
            $rest
        )
    };
}

/// All months, the latest first: a century has 1,200.
pub(in crate::ledger) async fn all(tx: &mut Tx) -> sqlx::Result<Vec<Period>> {
    tx.all(select_period!("ORDER BY m.month DESC LIMIT 1200"), ()).await
}

pub(in crate::ledger) async fn find(tx: &mut Tx, month: Month) -> sqlx::Result<Option<Period>> {
    tx.find(select_period!("WHERE m.month = $1"), (month.to_string(),)).await
}

/// Holds the month until the unit of work is over: postings that are being made in it are finished by then.
pub(in crate::ledger) async fn lock(tx: &mut Tx, month: Month) -> sqlx::Result<bool> {
    let query = tx.query("SELECT month FROM ledger_periods WHERE month = $1", (month.to_string(),));
    let query = tx.for_update(query);
    let found: Option<String> = tx.fetch_value(query).await?;
    Ok(found.is_some())
}

/// The first month before this one that is not closed.
pub(in crate::ledger) async fn earlier_open(tx: &mut Tx, month: Month) -> sqlx::Result<Option<Month>> {
    let found: Option<Option<String>> = tx
        .value("SELECT MIN(month) FROM ledger_periods WHERE month < $1 AND state <> 'closed'", (month.to_string(),))
        .await?;
    Ok(month_of(found.flatten()))
}

/// False when somebody was first.
pub(in crate::ledger) async fn propose(tx: &mut Tx, month: Month, by: Uuid, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE ledger_periods SET state = 'proposed', proposed_by = $2, proposed_at = $3
             WHERE month = $1 AND state = 'open'",
            (month.to_string(), by, now),
        )
        .await?;
    Ok(rows == 1)
}

/// Takes a proposal back.
pub(in crate::ledger) async fn reopen(tx: &mut Tx, month: Month) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE ledger_periods SET state = 'open', proposed_by = NULL, proposed_at = NULL
             WHERE month = $1 AND state = 'proposed'",
            (month.to_string(),),
        )
        .await?;
    Ok(rows == 1)
}

pub(in crate::ledger) async fn close(
    tx: &mut Tx,
    month: Month,
    by: Uuid,
    report: &str,
    sha256: Vec<u8>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE ledger_periods SET state = 'closed', closed_by = $2, closed_at = $3, report = $4, report_sha256 = $5
             WHERE month = $1 AND state = 'proposed'",
            (month.to_string(), by, now, report.to_owned(), sha256),
        )
        .await?;
    Ok(rows == 1)
}

/// The hash of the report of the month that was closed before this one.
pub(in crate::ledger) async fn hash_before(tx: &mut Tx, month: Month) -> sqlx::Result<Option<Vec<u8>>> {
    tx.value(
        "SELECT report_sha256 FROM ledger_periods WHERE state = 'closed' AND month < $1 ORDER BY month DESC LIMIT 1",
        (month.to_string(),),
    )
    .await
}

/// What moved on each kind of account in a month, after what was there before.
pub(in crate::ledger) async fn turnovers(tx: &mut Tx, month: Month) -> sqlx::Result<Vec<Turnover>> {
    let mut found: Vec<Turnover> = tx
        .all(
            "SELECT a.kind,
                CAST(SUM(CASE WHEN p.period < $1 THEN e.amount_won ELSE 0 END) AS BIGINT) AS opening_won,
                CAST(SUM(CASE WHEN p.period = $1 AND e.amount_won > 0 THEN e.amount_won ELSE 0 END) AS BIGINT) AS in_won,
                CAST(SUM(CASE WHEN p.period = $1 AND e.amount_won < 0 THEN -e.amount_won ELSE 0 END) AS BIGINT) AS out_won
             FROM ledger_postings p JOIN ledger_entries e ON e.posting_id = p.id JOIN ledger_accounts a ON a.id = e.account_id
             WHERE p.period <= $1 GROUP BY a.kind",
            (month.to_string(),),
        )
        .await?;
    found.sort_by_key(|turnover| turnover.kind);
    Ok(found)
}

/// How many postings a month has, and how many of them belong to an earlier one.
pub(in crate::ledger) async fn counts(tx: &mut Tx, month: Month) -> sqlx::Result<(i64, i64)> {
    tx.get("SELECT COUNT(*), COUNT(late_of) FROM ledger_postings WHERE period = $1", (month.to_string(),)).await
}

/// A late posting, as the report of its month lists it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::ledger) struct LateRow {
    pub kind: String,
    pub late_of: NaiveDate,
    pub amount_won: Won,
}

/// The late postings of a month.
pub(in crate::ledger) async fn late(tx: &mut Tx, month: Month) -> sqlx::Result<Vec<LateRow>> {
    tx.all(
        "SELECT p.kind, p.late_of,
            CAST(COALESCE((SELECT SUM(e.amount_won) FROM ledger_entries e WHERE e.posting_id = p.id AND e.amount_won > 0), 0) AS BIGINT) AS amount_won
         FROM ledger_postings p WHERE p.period = $1 AND p.late_of IS NOT NULL ORDER BY p.late_of, p.id LIMIT 200",
        (month.to_string(),),
    )
    .await
}

/// A month as it was sealed, for whoever makes its report again.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SealedMonth {
    pub month: String,
    pub report: String,
    pub report_sha256: Vec<u8>,
    pub postings: i64,
    pub late: i64,
}

/// The closed months with the postings they have now, oldest first.
pub async fn sealed_months(tx: &mut Tx) -> sqlx::Result<Vec<SealedMonth>> {
    tx.all(
        "SELECT m.month, m.report, m.report_sha256, COUNT(p.id) AS postings, COUNT(p.late_of) AS late
         FROM ledger_periods m LEFT JOIN ledger_postings p ON p.period = m.month
         WHERE m.state = 'closed' GROUP BY m.month, m.report, m.report_sha256 ORDER BY m.month",
        (),
    )
    .await
}

/// What moved on each kind of account in each month that is closed: one look at the whole journal.
pub async fn sealed_turnovers(tx: &mut Tx) -> sqlx::Result<Vec<(String, crate::ledger::AccountKind, Won, Won)>> {
    tx.all(
        "SELECT p.period, a.kind, CAST(SUM(CASE WHEN e.amount_won > 0 THEN e.amount_won ELSE 0 END) AS BIGINT),
            CAST(SUM(CASE WHEN e.amount_won < 0 THEN -e.amount_won ELSE 0 END) AS BIGINT)
         FROM ledger_postings p JOIN ledger_entries e ON e.posting_id = p.id JOIN ledger_accounts a ON a.id = e.account_id
         WHERE p.period <= (SELECT MAX(month) FROM ledger_periods WHERE state = 'closed')
         GROUP BY p.period, a.kind ORDER BY p.period",
        (),
    )
    .await
}
