//! The draw of a call: its committed seed, and the lots as anybody may read them.

use crate::{
    applications::ApplicationId,
    db::{
        Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
    programmes::CallId,
};
use chrono::{DateTime, Utc};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Draw {
    pub commitment: String,
    pub seed_sealed: Vec<u8>,
    pub committed_at: DateTime<Utc>,
    pub seed: Option<String>,
    pub revealed_at: Option<DateTime<Utc>>,
}

pub async fn draw_of(tx: &mut Tx, call: CallId) -> sqlx::Result<Option<Draw>> {
    tx.find(
        "SELECT commitment, seed_sealed, committed_at, seed, revealed_at FROM call_draws WHERE call_id = $1",
        (call,),
    )
    .await
}

/// Calls that take applications now and have committed to no seed, with their present version.
pub async fn calls_without_draw(tx: &mut Tx, now: DateTime<Utc>) -> sqlx::Result<Vec<(CallId, i64)>> {
    tx.all(
        "SELECT c.id, c.version FROM calls c WHERE c.state = 'published' AND c.closes_at > $1
            AND NOT EXISTS (SELECT 1 FROM call_draws d WHERE d.call_id = c.id) ORDER BY c.id LIMIT 100",
        (now,),
    )
    .await
}

/// False when one was committed before.
pub async fn insert_draw(
    tx: &mut Tx,
    call: CallId,
    commitment: String,
    sealed: Vec<u8>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO call_draws (call_id, commitment, seed_sealed, committed_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (call_id) DO NOTHING",
            (call, commitment, sealed, now),
        )
        .await?;
    Ok(rows == 1)
}

/// Draws whose call closed before `closed` and whose seed is not public yet.
pub async fn unrevealed(tx: &mut Tx, closed: DateTime<Utc>) -> sqlx::Result<Vec<CallId>> {
    tx.values(
        "SELECT d.call_id FROM call_draws d JOIN calls c ON c.id = d.call_id WHERE d.seed IS NULL AND c.closes_at < $1
         ORDER BY d.call_id LIMIT 100",
        (closed,),
    )
    .await
}

/// False when it was revealed before.
pub async fn reveal(tx: &mut Tx, call: CallId, seed: String, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let rows = tx
        .run("UPDATE call_draws SET seed = $2, revealed_at = $3 WHERE call_id = $1 AND seed IS NULL", (call, seed, now))
        .await?;
    Ok(rows == 1)
}

/// One lot of the published list.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LotRow {
    pub application_id: ApplicationId,
    pub receipt_no: String,
    pub tie: i64,
    pub submitted_at: DateTime<Utc>,
}

/// Everybody who took part, the smallest lot first.
pub async fn lots(tx: &mut Tx, call: CallId, after: Option<Cursor>) -> sqlx::Result<Paged<LotRow>> {
    let mut query = tx.query(
        "SELECT r.application_id, COALESCE(x.receipt_no, '') AS receipt_no, r.tie, r.submitted_at
         FROM review_results r JOIN applications x ON x.id = r.application_id
         WHERE r.call_id = $1 AND r.standing AND r.tie > 0",
        (call,),
    );
    if let Some(after) = after {
        query.add(
            " AND (r.tie, r.application_id) > (SELECT l.tie, l.application_id FROM review_results l
                WHERE l.application_id = ? AND l.standing)",
            (after.id,),
        );
    }
    query.add(" ORDER BY r.tie, r.application_id LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    let count = tx
        .value(
            "SELECT COUNT(*) FROM (SELECT 1 FROM review_results WHERE call_id = $1 AND standing AND tie > 0 LIMIT $2) AS counted",
            (call, COUNT_MAX + 1),
        )
        .await?
        .unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &LotRow| Cursor { at: row.submitted_at, id: row.application_id.0 }))
}

/// Whether somebody of a call still waits for screening: the list of a draw is not complete before.
pub async fn is_being_screened(tx: &mut Tx, call: CallId) -> sqlx::Result<bool> {
    tx.exists(
        "SELECT 1 FROM applications WHERE call_id = $1 AND state IN ('submitted', 'supplement_requested') LIMIT 1",
        (call,),
    )
    .await
}

/// Applications of a call found eligible that nobody reviews yet.
pub async fn eligible(tx: &mut Tx, call: CallId, limit: i64) -> sqlx::Result<Vec<ApplicationId>> {
    tx.values(
        "SELECT id FROM applications WHERE call_id = $1 AND state = 'eligible' ORDER BY state_since, id LIMIT $2",
        (call, limit),
    )
    .await
}
