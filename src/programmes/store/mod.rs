//! Every SQL text about programmes and calls.

pub(super) mod changes;
mod shared;
pub(super) mod simulations;

pub use shared::SharedRules;

use super::{CallId, ProgrammeId, rules::*};
use crate::{
    core::{lang::Lang, money::Won},
    db::{
        Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
};
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use uuid::Uuid;

/// A programme of one year.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Programme {
    pub id: ProgrammeId,
    pub code: String,
    pub name_ko: String,
    pub name_en: String,
    pub year: i64,
    pub zone: String,
    pub firm_cap_won: Won,
    pub made_by: Option<Uuid>,
    pub made_at: DateTime<Utc>,
}

/// A call for applications.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Call {
    pub id: CallId,
    pub programme_id: ProgrammeId,
    pub code: String,
    pub name_ko: String,
    pub name_en: String,
    pub state: CallState,
    pub opens_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
    pub grace_seconds: i64,
    pub budget_won: Won,
    pub version: i64,
    pub receipt_count: i64,
    pub made_by: Option<Uuid>,
    pub made_at: DateTime<Utc>,
    pub published_by: Option<Uuid>,
    pub published_at: Option<DateTime<Utc>>,
}

impl Programme {
    pub fn name(&self, lang: Lang) -> &str {
        lang.of(&self.name_ko, &self.name_en)
    }

    /// The zone its dates and closing times are in; unknown text is a fault of the data.
    pub fn tz(&self) -> anyhow::Result<chrono_tz::Tz> {
        self.zone.parse().map_err(|_| anyhow::anyhow!("no such time zone: {}", self.zone))
    }
}

impl Call {
    pub fn name(&self, lang: Lang) -> &str {
        lang.of(&self.name_ko, &self.name_en)
    }

    pub fn phase(&self, now: DateTime<Utc>) -> CallPhase {
        CallPhase::at(self.opens_at, self.closes_at, now)
    }

    /// Whether applications may be drafted and submitted now.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.state == CallState::Published && self.phase(now) == CallPhase::Open
    }
}

macro_rules! select_programme {
    ($rest:literal) => {
        concat!("SELECT id, code, name_ko, name_en, year, zone, firm_cap_won, made_by, made_at FROM programmes ", $rest)
    };
}

macro_rules! select_call {
    ($rest:literal) => {
        concat!(
            "SELECT id, programme_id, code, name_ko, name_en, state, opens_at, closes_at, grace_seconds, budget_won, version, receipt_count, made_by, made_at, published_by, published_at FROM calls ",
            $rest
        )
    };
}

pub async fn find_programme(tx: &mut Tx, id: ProgrammeId) -> sqlx::Result<Option<Programme>> {
    tx.find(select_programme!("WHERE id = $1"), (id,)).await
}

pub async fn get_programme(tx: &mut Tx, id: ProgrammeId) -> sqlx::Result<Programme> {
    tx.get(select_programme!("WHERE id = $1"), (id,)).await
}

pub async fn find_call(tx: &mut Tx, id: CallId) -> sqlx::Result<Option<Call>> {
    tx.find(select_call!("WHERE id = $1"), (id,)).await
}

pub async fn get_call(tx: &mut Tx, id: CallId) -> sqlx::Result<Call> {
    tx.get(select_call!("WHERE id = $1"), (id,)).await
}

/// Published calls whose window has not ended, soonest closing first.
pub async fn open_calls(tx: &mut Tx, now: DateTime<Utc>) -> sqlx::Result<Vec<Call>> {
    tx.all(select_call!("WHERE state = 'published' AND closes_at > $1 ORDER BY closes_at, id LIMIT 100"), (now,)).await
}

/// The next open calls behind `after`, soonest closing first: for who must reach every one.
pub async fn open_calls_after(
    tx: &mut Tx,
    now: DateTime<Utc>,
    after: Option<(DateTime<Utc>, CallId)>,
) -> sqlx::Result<Vec<Call>> {
    let mut query = tx.query(select_call!("WHERE state = 'published' AND closes_at > $1"), (now,));
    if let Some(after) = after {
        query.add(" AND (closes_at, id) > (?, ?)", after);
    }
    query.add(" ORDER BY closes_at, id LIMIT ?", (PAGE_ROWS,));
    tx.fetch_all(query).await
}

/// The rules of a call in one version.
pub async fn rules_at(tx: &mut Tx, call: CallId, version: i64) -> sqlx::Result<CallRules> {
    let (made_at,): (DateTime<Utc>,) =
        tx.get("SELECT made_at FROM call_versions WHERE call_id = $1 AND version = $2", (call, version)).await?;
    Ok(SharedRules::find(tx, call, version, made_at).await?.to_owned_rules())
}

/// Adds a programme; false when its code is taken.
pub(super) async fn insert_programme(tx: &mut Tx, row: &Programme) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO programmes (id, code, name_ko, name_en, year, zone, firm_cap_won, made_by, made_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (code) DO NOTHING",
            (
                row.id,
                row.code.clone(),
                row.name_ko.clone(),
                row.name_en.clone(),
                row.year,
                row.zone.clone(),
                row.firm_cap_won,
                row.made_by,
                row.made_at,
            ),
        )
        .await?;
    Ok(rows == 1)
}

/// One page of the programmes, newest first.
pub(super) async fn programmes(tx: &mut Tx, after: Option<Cursor>) -> sqlx::Result<Paged<Programme>> {
    let mut query = tx.query(select_programme!("WHERE 1 = 1"), ());
    if let Some(after) = after {
        query.add(" AND (made_at, id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY made_at DESC, id DESC LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    let count = tx
        .value("SELECT COUNT(*) FROM (SELECT id FROM programmes LIMIT $1) AS counted", (COUNT_MAX + 1,))
        .await?
        .unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &Programme| Cursor { at: row.made_at, id: row.id.0 }))
}

/// Adds a call; false when its code is taken.
pub(super) async fn insert_call(tx: &mut Tx, row: &Call) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO calls (id, programme_id, code, name_ko, name_en, state, opens_at, closes_at, grace_seconds, budget_won,
                version, made_by, made_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (code) DO NOTHING",
            (
                row.id,
                row.programme_id,
                row.code.clone(),
                row.name_ko.clone(),
                row.name_en.clone(),
                row.state,
                row.opens_at,
                row.closes_at,
                row.grace_seconds,
                row.budget_won,
                row.version,
                row.made_by,
                row.made_at,
            ),
        )
        .await?;
    Ok(rows == 1)
}

/// The calls of one programme, newest first.
pub(super) async fn calls_of(tx: &mut Tx, programme: ProgrammeId) -> sqlx::Result<Vec<Call>> {
    tx.all(select_call!("WHERE programme_id = $1 ORDER BY made_at DESC, id DESC LIMIT 200"), (programme,)).await
}

/// A call as far as it may be seen: everybody sees what was published, those who set calls up see all.
pub(super) async fn visible_call(tx: &mut Tx, id: CallId, sees_drafts: bool) -> sqlx::Result<Option<Call>> {
    tx.find(select_call!("WHERE id = $1 AND (state = 'published' OR $2)"), (id, sees_drafts)).await
}

/// One page of the published calls, newest first.
pub(super) async fn published(tx: &mut Tx, after: Option<Cursor>) -> sqlx::Result<Paged<Call>> {
    let mut query = tx.query(select_call!("WHERE state = 'published'"), ());
    if let Some(after) = after {
        query.add(" AND (made_at, id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY made_at DESC, id DESC LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    let count = tx
        .value(
            "SELECT COUNT(*) FROM (SELECT id FROM calls WHERE state = 'published' LIMIT $1) AS counted",
            (COUNT_MAX + 1,),
        )
        .await?
        .unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &Call| Cursor { at: row.made_at, id: row.id.0 }))
}

/// Moves a call from one state to another; false when it had moved on.
pub(super) async fn set_state(tx: &mut Tx, id: CallId, from: CallState, to: CallState) -> sqlx::Result<bool> {
    Ok(tx.run("UPDATE calls SET state = $3 WHERE id = $1 AND state = $2", (id, from, to)).await? == 1)
}

pub(super) async fn set_published(tx: &mut Tx, id: CallId, by: Option<Uuid>, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run("UPDATE calls SET published_by = $2, published_at = $3 WHERE id = $1", (id, by, now)).await
}

/// Moves the rules on from `version`; false when somebody else did so before.
pub(super) async fn next_version(tx: &mut Tx, id: CallId, version: i64) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE calls SET version = version + 1 WHERE id = $1 AND version = $2 AND state <> 'cancelled'",
            (id, version),
        )
        .await?;
    Ok(rows == 1)
}

pub(super) async fn insert_version(
    tx: &mut Tx,
    id: CallId,
    version: i64,
    rules: &CallRules,
    by: Option<Uuid>,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO call_versions (call_id, version, rules, made_by, made_at) VALUES ($1, $2, $3, $4, $5)",
        (id, version, Json(rules.clone()), by, now),
    )
    .await
}

/// One version of a call's rules.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct VersionRow {
    pub version: i64,
    pub rules: Json<CallRules>,
    pub made_at: DateTime<Utc>,
    pub made_by_name: Option<String>,
}

/// All versions, newest first.
pub(super) async fn versions(tx: &mut Tx, id: CallId) -> sqlx::Result<Vec<VersionRow>> {
    tx.all(
        "SELECT v.version, v.rules, v.made_at, p.name AS made_by_name
         FROM call_versions v LEFT JOIN people p ON p.id = v.made_by
         WHERE v.call_id = $1 ORDER BY v.version DESC LIMIT 200",
        (id,),
    )
    .await
}

/// A draft as it is set up anew.
pub(super) struct Window<'a> {
    pub name_ko: &'a str,
    pub name_en: &'a str,
    pub opens_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
    pub grace_seconds: i64,
    pub budget_won: Won,
}

/// False when the call is no draft any more.
pub(super) async fn set_window(tx: &mut Tx, id: CallId, new: Window<'_>) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE calls SET name_ko = $2, name_en = $3, opens_at = $4, closes_at = $5, grace_seconds = $6, budget_won = $7
             WHERE id = $1 AND state = 'draft'",
            (
                id,
                new.name_ko.to_owned(),
                new.name_en.to_owned(),
                new.opens_at,
                new.closes_at,
                new.grace_seconds,
                new.budget_won,
            ),
        )
        .await?;
    Ok(rows == 1)
}

/// The programmes a call may be copied into, newest first.
pub(super) async fn latest_programmes(tx: &mut Tx) -> sqlx::Result<Vec<Programme>> {
    tx.all(select_programme!("ORDER BY year DESC, made_at DESC, id DESC LIMIT 20"), ()).await
}

pub(super) async fn call_by_code(tx: &mut Tx, code: &str) -> sqlx::Result<Option<Call>> {
    tx.find(select_call!("WHERE code = $1"), (code.to_owned(),)).await
}

/// Whether this person set the call up: made it, set its window or made one version of its rules.
pub(super) async fn prepared_by(tx: &mut Tx, id: CallId, person: Uuid) -> sqlx::Result<bool> {
    tx.exists(
        "SELECT 1 FROM calls c WHERE c.id = $1 AND (c.made_by = $2
            OR EXISTS (SELECT 1 FROM call_versions v WHERE v.call_id = c.id AND v.made_by = $2)
            OR EXISTS (SELECT 1 FROM call_hands h WHERE h.subject_id = c.id AND h.person_id = $2))",
        (id, person),
    )
    .await
}
