//! Rows of the outbox.

use crate::db::{
    Tx,
    page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
};
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use uuid::Uuid;

crate::text_enum!(OutboxState { Waiting = "waiting", Done = "done", Stuck = "stuck" });

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OutboxRow {
    pub id: Uuid,
    pub kind: String,
    pub payload: Json<serde_json::Value>,
    pub case_id: Option<Uuid>,
    pub state: OutboxState,
    pub run_at: DateTime<Utc>,
    pub attempts: i64,
    pub last_error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub done_at: Option<DateTime<Utc>>,
}

pub(super) async fn insert(
    tx: &mut Tx,
    kind: &'static str,
    dedupe: &str,
    payload: serde_json::Value,
    case: Option<Uuid>,
    run_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    tx.last(
        "INSERT INTO outbox (id, kind, payload, dedupe, case_id, state, run_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (dedupe) DO NOTHING",
        (crate::core::ids::new_uuid(), kind, Json(payload), dedupe.to_owned(), case, OutboxState::Waiting, run_at, now),
    )
    .await?;
    Ok(())
}

/// Leases the next due rows to this worker: each row is with one worker at a time.
pub(super) async fn claim(
    tx: &mut Tx,
    lease: Uuid,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    limit: i64,
) -> sqlx::Result<Vec<OutboxRow>> {
    let mut query = tx.query("UPDATE outbox SET leased_until = ", ());
    query.add("?, lease = ?, attempts = attempts + 1 WHERE id IN (", (until, lease));
    query.add(
        "SELECT id FROM outbox WHERE state = 'waiting' AND run_at <= ? AND (leased_until IS NULL OR leased_until < ?)
         ORDER BY run_at, id LIMIT ?",
        (now, now, limit),
    );
    query.add(tx.pick("", " FOR UPDATE SKIP LOCKED"), ());
    query.add(") RETURNING id, kind, payload, case_id, state, run_at, attempts, last_error, created_at, done_at", ());
    let mut rows: Vec<OutboxRow> = tx.fetch_all(query).await?;
    // What an UPDATE returns has no order.
    rows.sort_by_key(|row| (row.run_at, row.id));
    Ok(rows)
}

/// True when something may be due: asked on a snapshot so that an idle worker writes nothing.
pub(super) async fn is_due(tx: &mut Tx, now: DateTime<Utc>) -> sqlx::Result<bool> {
    tx.exists("SELECT 1 FROM outbox WHERE state = 'waiting' AND run_at <= $1 LIMIT 1", (now,)).await
}

pub(super) async fn keep_payload(tx: &mut Tx, id: Uuid, lease: Uuid, payload: serde_json::Value) -> sqlx::Result<u64> {
    tx.run("UPDATE outbox SET payload = $3 WHERE id = $1 AND lease = $2", (id, lease, Json(payload))).await
}

/// Only whoever still holds the lease may say how it ended.
pub(super) async fn done(tx: &mut Tx, id: Uuid, lease: Uuid, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE outbox SET state = 'done', done_at = $3, leased_until = NULL, last_error = NULL WHERE id = $1 AND lease = $2",
        (id, lease, now),
    )
    .await
}

pub(super) async fn later(
    tx: &mut Tx,
    id: Uuid,
    lease: Uuid,
    run_at: DateTime<Utc>,
    stuck: bool,
    error: &str,
) -> sqlx::Result<u64> {
    let state = if stuck { OutboxState::Stuck } else { OutboxState::Waiting };
    tx.run(
        "UPDATE outbox SET state = $3, run_at = $4, leased_until = NULL, last_error = $5 WHERE id = $1 AND lease = $2",
        (id, lease, state, run_at, error.to_owned()),
    )
    .await
}

/// A person asks for a stuck row to be tried again.
pub async fn retry(tx: &mut Tx, id: Uuid, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE outbox SET state = 'waiting', run_at = $2, attempts = 0 WHERE id = $1 AND state = 'stuck'",
            (id, now),
        )
        .await?;
    Ok(rows == 1)
}

/// The mails of one case, newest first: what was sent to whom.
pub async fn of_case(tx: &mut Tx, case: Uuid) -> sqlx::Result<Vec<OutboxRow>> {
    tx.all(
        "SELECT id, kind, payload, case_id, state, run_at, attempts, last_error, created_at, done_at
         FROM outbox WHERE case_id = $1 AND kind = 'mail' ORDER BY created_at DESC, id DESC LIMIT 100",
        (case,),
    )
    .await
}

/// A page of rows in one state, newest first.
pub async fn page(tx: &mut Tx, state: OutboxState, after: Option<Cursor>) -> sqlx::Result<Paged<OutboxRow>> {
    let mut query = tx.query(
        "SELECT id, kind, payload, case_id, state, run_at, attempts, last_error, created_at, done_at FROM outbox WHERE state = $1",
        (state,),
    );
    if let Some(after) = after {
        query.add(" AND (created_at, id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY created_at DESC, id DESC LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    let count = tx
        .value(
            "SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE state = $1 LIMIT $2) AS counted",
            (state, COUNT_MAX + 1),
        )
        .await?
        .unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &OutboxRow| Cursor { at: row.created_at, id: row.id }))
}
