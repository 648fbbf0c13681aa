//! What a single statement cannot tell: texts kept with their hash, scores and windows, read by key in pages.

use super::Offender;
use crate::db::Tx;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The window of a call, as far as submissions are judged by it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Window {
    pub id: Uuid,
    pub opens_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
    pub grace_seconds: i64,
}

pub(crate) async fn windows(tx: &mut Tx) -> sqlx::Result<Vec<Window>> {
    tx.all("SELECT id, opens_at, closes_at, grace_seconds FROM calls ORDER BY id", ()).await
}

/// How many first submissions a call received, and the first of them outside `from..until`.
pub(crate) async fn outside_window(
    tx: &mut Tx,
    call: Uuid,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> sqlx::Result<(i64, Option<Offender>)> {
    let rows = tx
        .value(
            "SELECT COUNT(*) FROM application_submissions s JOIN applications a ON a.id = s.application_id
             WHERE a.call_id = $1 AND s.round = 1",
            (call,),
        )
        .await?
        .unwrap_or(0);
    let breach = tx
        .find(
            "SELECT a.id FROM application_submissions s JOIN applications a ON a.id = s.application_id
             WHERE a.call_id = $1 AND s.round = 1 AND (s.received_at < $2 OR s.received_at >= $3) ORDER BY a.id LIMIT 1",
            (call, from, until),
        )
        .await?;
    Ok((rows, breach))
}

/// A text that was kept with its hash.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Hashed {
    pub id: Uuid,
    pub round: i64,
    pub content: String,
    pub sha256: Option<Vec<u8>>,
}

/// The submissions after one, by key.
pub(crate) async fn submissions_after(tx: &mut Tx, id: Uuid, round: i64, limit: i64) -> sqlx::Result<Vec<Hashed>> {
    tx.all(
        "SELECT application_id AS id, round, content, sha256 FROM application_submissions
         WHERE (application_id, round) > ($1, $2) ORDER BY application_id, round LIMIT $3",
        (id, round, limit),
    )
    .await
}

/// The agreements after one, by key.
pub(crate) async fn agreements_after(tx: &mut Tx, id: Uuid, limit: i64) -> sqlx::Result<Vec<Hashed>> {
    tx.all(
        "SELECT id, CAST(0 AS BIGINT) AS round, content, content_sha256 AS sha256 FROM agreements
         WHERE id > $1 ORDER BY id LIMIT $2",
        (id, limit),
    )
    .await
}

/// The bank files after one, by key.
pub(crate) async fn bank_files_after(tx: &mut Tx, id: Uuid, limit: i64) -> sqlx::Result<Vec<Hashed>> {
    tx.all(
        "SELECT id, CAST(0 AS BIGINT) AS round, file_text AS content, file_sha256 AS sha256 FROM payment_batches
         WHERE id > $1 AND file_text IS NOT NULL ORDER BY id LIMIT $2",
        (id, limit),
    )
    .await
}

/// Submitted applications whose own hash is that of no submission of theirs.
pub(crate) async fn strange_hash(tx: &mut Tx) -> sqlx::Result<Option<Offender>> {
    tx.find(
        "SELECT a.id FROM applications a WHERE a.submitted_at IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM application_submissions s WHERE s.application_id = a.id AND s.sha256 = a.submitted_hash)
         ORDER BY a.id LIMIT 1",
        (),
    )
    .await
}

/// A decision whose score is to be recomputed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Scored {
    pub id: Uuid,
    pub call_id: Uuid,
    pub call_version: i64,
    pub score_milli: i64,
}

pub(crate) async fn decisions_after(tx: &mut Tx, id: Uuid, limit: i64) -> sqlx::Result<Vec<Scored>> {
    tx.all(
        "SELECT d.id, a.call_id, d.call_version, d.score_milli FROM decisions d JOIN applications a ON a.id = d.application_id
         WHERE d.id > $1 ORDER BY d.id LIMIT $2",
        (id, limit),
    )
    .await
}

/// One item of one locked assignment that a decision rests on.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Point {
    pub decision_id: Uuid,
    pub assignment_id: Uuid,
    pub total_milli: Option<i64>,
    pub item: String,
    pub points: i64,
}

/// The points behind the decisions in `after..=until`, decision by decision, assignment by assignment.
pub(crate) async fn points_between(tx: &mut Tx, after: Uuid, until: Uuid) -> sqlx::Result<Vec<Point>> {
    tx.all(
        "SELECT d.id AS decision_id, r.id AS assignment_id, r.total_milli, COALESCE(s.item, '') AS item,
            COALESCE(s.points, 0) AS points
         FROM decisions d JOIN review_assignments r
            ON r.application_id = d.application_id AND r.state = 'locked' AND r.locked_at <= d.decided_at
                AND r.purpose <> 'sample' AND r.round = d.round
         LEFT JOIN review_scores s ON s.assignment_id = r.id
         WHERE d.id > $1 AND d.id <= $2 ORDER BY d.id, r.id",
        (after, until),
    )
    .await
}
