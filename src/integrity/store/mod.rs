//! Every SQL text about risk flags and past checks; those of the checks themselves are in `checks`.

pub(super) mod checks;
pub(super) mod recoveries;
pub(super) mod runs;
pub(super) mod sanctions;

use super::{
    FlagId,
    rules::{FlagState, RiskRule},
};
use crate::{
    applications::ApplicationId,
    core::money::Won,
    db::{
        Query, Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// A flag as lists and pages show it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct FlagRow {
    pub id: FlagId,
    pub case_id: ApplicationId,
    pub rule: RiskRule,
    pub evidence: String,
    pub state: FlagState,
    pub raised_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub ended_by_name: Option<String>,
    pub reason: Option<String>,
    pub receipt_no: Option<String>,
    pub title: String,
    pub firm_name: String,
}

impl FlagRow {
    /// Names and values that the rule saw.
    pub fn seen(&self) -> Vec<(String, String)> {
        let parsed: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&self.evidence).unwrap_or_default();
        parsed.into_iter().map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned())).collect()
    }
}

macro_rules! select_flag {
    ($rest:literal) => {
        concat!(
            "SELECT f.id, f.case_id, f.rule, f.evidence, f.state, f.raised_at, f.ended_at, p.name AS ended_by_name, f.reason,
                a.receipt_no, a.title, o.legal_name AS firm_name
             FROM risk_flags f JOIN applications a ON a.id = f.case_id JOIN organisations o ON o.id = a.organisation_id
             LEFT JOIN people p ON p.id = f.ended_by WHERE ",
            $rest
        )
    };
}

pub(super) async fn find_flag(tx: &mut Tx, id: FlagId) -> sqlx::Result<Option<FlagRow>> {
    tx.find(select_flag!("f.id = $1"), (id,)).await
}

/// A page of flags, the latest first.
pub(super) async fn flags(
    tx: &mut Tx,
    state: Option<FlagState>,
    after: Option<Cursor>,
) -> sqlx::Result<Paged<FlagRow>> {
    let narrow = |query: &mut Query| {
        if let Some(state) = state {
            query.add(" AND f.state = ?", (state,));
        }
    };
    let mut count = tx.query("SELECT COUNT(*) FROM (SELECT f.id FROM risk_flags f WHERE 1 = 1", ());
    narrow(&mut count);
    count.add(" LIMIT ?) AS counted", (COUNT_MAX + 1,));
    let count = tx.fetch_value(count).await?.unwrap_or(0);
    let mut query = tx.query(select_flag!("1 = 1"), ());
    narrow(&mut query);
    if let Some(after) = after {
        query.add(" AND (f.raised_at, f.id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY f.raised_at DESC, f.id DESC LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    Ok(Paged::new(rows, count, |row: &FlagRow| Cursor { at: row.raised_at, id: row.id.0 }))
}

/// How often a rule was right, as people judged it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct RuleRow {
    pub rule: RiskRule,
    pub raised: i64,
    pub cleared: i64,
    pub confirmed: i64,
}

pub(super) async fn by_rule(tx: &mut Tx) -> sqlx::Result<Vec<RuleRow>> {
    tx.all(
        "SELECT rule, COUNT(*) FILTER (WHERE state = 'raised') AS raised, COUNT(*) FILTER (WHERE state = 'cleared') AS cleared,
            COUNT(*) FILTER (WHERE state = 'confirmed') AS confirmed
         FROM risk_flags GROUP BY rule ORDER BY rule",
        (),
    )
    .await
}

/// False when this rule spoke about this application before.
pub(super) async fn insert_flag(
    tx: &mut Tx,
    id: FlagId,
    case: ApplicationId,
    rule: RiskRule,
    evidence: String,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO risk_flags (id, case_id, rule, evidence, state, raised_at) VALUES ($1, $2, $3, $4, 'raised', $5)
             ON CONFLICT (case_id, rule) DO NOTHING",
            (id, case, rule, evidence, now),
        )
        .await?;
    Ok(rows == 1)
}

/// Ends a flag that is still open; false when somebody else was first.
pub(super) async fn end_flag(
    tx: &mut Tx,
    id: FlagId,
    to: FlagState,
    reason: &str,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE risk_flags SET state = $2, reason = $3, ended_by = $4, ended_at = $5 WHERE id = $1 AND state = 'raised'",
            (id, to, reason.to_owned(), by, now),
        )
        .await?;
    Ok(rows == 1)
}

/// What the risk rules look at of one application.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct SightRow {
    pub id: ApplicationId,
    pub submitted_at: DateTime<Utc>,
    pub support_won: Won,
    pub firm_cap_won: Won,
    pub founded_on: NaiveDate,
    pub firm_phone: String,
    pub firm_address: String,
    pub vendor_phone: String,
    pub vendor_address: String,
}

/// Whether any application changed its state between `from` and `until`: asked before anything is written.
pub(super) async fn has_changed(tx: &mut Tx, from: Cursor, until: DateTime<Utc>) -> sqlx::Result<bool> {
    tx.exists(
        "SELECT 1 FROM applications WHERE (state_since, id) > ($1, $2) AND state_since <= $3 LIMIT 1",
        (from.at, from.id, until),
    )
    .await
}

/// Applications that changed their state, oldest change first.
pub(super) async fn changed(
    tx: &mut Tx,
    from: Cursor,
    until: DateTime<Utc>,
    limit: i64,
) -> sqlx::Result<Vec<(DateTime<Utc>, Uuid)>> {
    tx.all(
        "SELECT state_since, id FROM applications WHERE (state_since, id) > ($1, $2) AND state_since <= $3
         ORDER BY state_since, id LIMIT $4",
        (from.at, from.id, until, limit),
    )
    .await
}

/// The submitted ones among them, as the rules see them.
pub(super) async fn sights(tx: &mut Tx, from: Cursor, to: Cursor) -> sqlx::Result<Vec<SightRow>> {
    tx.all(
        "SELECT a.id, a.submitted_at, a.support_won, p.firm_cap_won, o.founded_on, o.phone AS firm_phone,
            o.address AS firm_address, COALESCE(w.phone, '') AS vendor_phone, COALESCE(w.address, '') AS vendor_address
         FROM applications a JOIN calls c ON c.id = a.call_id JOIN programmes p ON p.id = c.programme_id
         JOIN organisations o ON o.id = a.organisation_id
         LEFT JOIN vendors v ON v.id = a.vendor_id LEFT JOIN organisations w ON w.id = v.organisation_id
         WHERE (a.state_since, a.id) > ($1, $2) AND (a.state_since, a.id) <= ($3, $4) AND a.submitted_at IS NOT NULL
         ORDER BY a.state_since, a.id",
        (from.at, from.id, to.at, to.id),
    )
    .await
}
