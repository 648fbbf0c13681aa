//! Changes of calls, and everybody who had a hand in them.

use crate::{
    db::Tx,
    programmes::{CallId, ChangeId, rules::*},
};
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use uuid::Uuid;

/// A change of rules, or a later closing, from the first edit to its end.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Change {
    pub id: ChangeId,
    pub call_id: CallId,
    pub kind: ChangeKind,
    pub base_version: i64,
    pub rules: Option<Json<CallRules>>,
    pub closed_before: Option<DateTime<Utc>>,
    pub closes_at: Option<DateTime<Utc>>,
    pub reason: String,
    pub state: ChangeState,
    pub version: i64,
    pub made_by: Uuid,
    pub made_by_name: String,
    pub made_at: DateTime<Utc>,
    pub decided_by_name: Option<String>,
    pub decided_at: Option<DateTime<Utc>>,
    pub decision_note: String,
}

macro_rules! select_change {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.call_id, c.kind, c.base_version, c.rules, c.closed_before, c.closes_at, c.reason, c.state, c.version, c.made_by, m.name AS made_by_name, c.made_at, d.name AS decided_by_name, c.decided_at, c.decision_note FROM call_changes c JOIN people m ON m.id = c.made_by LEFT JOIN people d ON d.id = c.decided_by ",
            $rest
        )
    };
}

pub async fn find(tx: &mut Tx, call: CallId, id: ChangeId) -> sqlx::Result<Option<Change>> {
    tx.find(select_change!("WHERE c.id = $1 AND c.call_id = $2"), (id, call)).await
}

/// The change of this kind that is under way.
pub async fn open(tx: &mut Tx, call: CallId, kind: ChangeKind) -> sqlx::Result<Option<Change>> {
    tx.find(
        select_change!("WHERE c.call_id = $1 AND c.kind = $2 AND c.state IN ('preparing', 'proposed')"),
        (call, kind),
    )
    .await
}

/// The rules as a change under way would have them.
pub async fn rules_under_way(tx: &mut Tx, call: CallId) -> sqlx::Result<Option<CallRules>> {
    Ok(open(tx, call, ChangeKind::Rules).await?.and_then(|change| change.rules).map(|rules| rules.0))
}

/// Later closings that were approved, newest first: everybody may read them.
pub async fn extensions(tx: &mut Tx, call: CallId) -> sqlx::Result<Vec<Change>> {
    tx.all(
        select_change!("WHERE c.call_id = $1 AND c.kind = 'extension' AND c.state = 'adopted' ORDER BY c.decided_at DESC, c.id DESC LIMIT 50"),
        (call,),
    )
    .await
}

/// All changes of a call, newest first.
pub async fn all(tx: &mut Tx, call: CallId) -> sqlx::Result<Vec<Change>> {
    tx.all(select_change!("WHERE c.call_id = $1 ORDER BY c.made_at DESC, c.id DESC LIMIT 100"), (call,)).await
}

/// What a change that begins is about.
pub enum New<'a> {
    Rules(&'a CallRules),
    Extension { before: DateTime<Utc>, after: DateTime<Utc>, reason: &'a str },
}

/// False when one of its kind is under way already.
pub async fn insert(
    tx: &mut Tx,
    id: ChangeId,
    call: (CallId, i64),
    new: New<'_>,
    state: ChangeState,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let (kind, rules, before, after, reason) = match new {
        New::Rules(rules) => (ChangeKind::Rules, Some(Json(rules.clone())), None, None, ""),
        New::Extension { before, after, reason } => (ChangeKind::Extension, None, Some(before), Some(after), reason),
    };
    let rows = tx
        .run(
            "INSERT INTO call_changes (id, call_id, kind, base_version, rules, closed_before, closes_at, reason, state, version,
                made_by, made_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10, $11) ON CONFLICT DO NOTHING",
            (id, call.0, kind, call.1, rules, before, after, reason.to_owned(), state, by, now),
        )
        .await?;
    Ok(rows == 1)
}

/// False when somebody else edited it meanwhile, or it is no longer being prepared.
pub async fn set_rules(tx: &mut Tx, id: ChangeId, version: i64, rules: &CallRules) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE call_changes SET rules = $3, version = version + 1 WHERE id = $1 AND version = $2 AND state = 'preparing'",
            (id, version, Json(rules.clone())),
        )
        .await?;
    Ok(rows == 1)
}

/// Moves a change on from what was looked at; false when it had moved on.
pub async fn set_state(
    tx: &mut Tx,
    id: ChangeId,
    version: i64,
    from: ChangeState,
    to: ChangeState,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE call_changes SET state = $4, version = version + 1 WHERE id = $1 AND version = $2 AND state = $3",
            (id, version, from, to),
        )
        .await?;
    Ok(rows == 1)
}

pub async fn set_reason(tx: &mut Tx, id: ChangeId, reason: &str) -> sqlx::Result<u64> {
    tx.run("UPDATE call_changes SET reason = $2 WHERE id = $1", (id, reason.to_owned())).await
}

pub async fn set_decided(tx: &mut Tx, id: ChangeId, by: Uuid, note: &str, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE call_changes SET decided_by = $2, decision_note = $3, decided_at = $4 WHERE id = $1",
        (id, by, note.to_owned(), now),
    )
    .await
}

/// Notes that this person had a hand in a change or a call.
pub async fn lend_hand(tx: &mut Tx, subject: Uuid, person: Uuid) -> sqlx::Result<u64> {
    tx.run("INSERT INTO call_hands (subject_id, person_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", (subject, person))
        .await
}

pub async fn had_hand(tx: &mut Tx, subject: Uuid, person: Uuid) -> sqlx::Result<bool> {
    tx.exists("SELECT 1 FROM call_hands WHERE subject_id = $1 AND person_id = $2", (subject, person)).await
}

/// Closes a published call later; false when its closing is no longer `before`.
pub async fn extend(tx: &mut Tx, call: CallId, before: DateTime<Utc>, after: DateTime<Utc>) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE calls SET closes_at = $3 WHERE id = $1 AND closes_at = $2 AND state = 'published'",
            (call, before, after),
        )
        .await?;
    Ok(rows == 1)
}
