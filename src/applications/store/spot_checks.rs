//! Applications that were picked for a spot check, and what the officer found.

use crate::{
    applications::{ApplicationId, ApplicationState},
    db::{
        Tx,
        page::{Cursor, PAGE_ROWS, Paged},
    },
    programmes::CallId,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

crate::text_enum!(
    /// What came of a spot check.
    SpotOutcome {
        Waiting = "waiting",
        Confirmed = "confirmed",
        Defect = "defect",
    }
);

/// What an application was picked by.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct Picked {
    pub draw: i64,
    pub per_mille: i64,
}

pub async fn find(tx: &mut Tx, id: ApplicationId) -> sqlx::Result<Option<Picked>> {
    tx.find("SELECT draw, per_mille FROM spot_checks WHERE application_id = $1", (id,)).await
}

/// False when it is picked already.
pub async fn insert(
    tx: &mut Tx,
    (id, call): (ApplicationId, CallId),
    picked: Picked,
    seed: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO spot_checks (application_id, call_id, per_mille, seed, draw, outcome, picked_at)
             VALUES ($1, $2, $3, $4, $5, 'waiting', $6) ON CONFLICT DO NOTHING",
            (id, call, picked.per_mille, seed.to_owned(), picked.draw, now),
        )
        .await?;
    Ok(rows == 1)
}

/// Notes what the officer found, once.
pub async fn decide(
    tx: &mut Tx,
    id: ApplicationId,
    outcome: SpotOutcome,
    by: Uuid,
    note: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE spot_checks SET outcome = $2, decided_by = $3, decided_at = $4, note = $5
         WHERE application_id = $1 AND outcome = 'waiting'",
        (id, outcome, by, now, note.to_owned()),
    )
    .await
}

/// How many applications of a call were received, picked, and what came of those.
#[derive(Debug, Clone, Copy, Default, sqlx::FromRow)]
pub struct SpotCounts {
    pub received: i64,
    pub picked: i64,
    pub waiting: i64,
    pub confirmed: i64,
    pub defect: i64,
}

pub async fn counts(tx: &mut Tx, call: CallId) -> sqlx::Result<SpotCounts> {
    let counts = tx
        .find(
            "SELECT (SELECT COUNT(*) FROM applications a WHERE a.call_id = $1 AND a.submitted_at IS NOT NULL AND NOT a.is_test) AS received,
                COUNT(*) AS picked,
                COUNT(*) FILTER (WHERE s.outcome = 'waiting' AND a.state IN ('submitted', 'supplement_requested')) AS waiting,
                COUNT(*) FILTER (WHERE s.outcome = 'confirmed') AS confirmed,
                COUNT(*) FILTER (WHERE s.outcome = 'defect') AS defect
             FROM spot_checks s JOIN applications a ON a.id = s.application_id WHERE s.call_id = $1",
            (call,),
        )
        .await?;
    Ok(counts.unwrap_or_default())
}

/// One picked application.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SpotLine {
    pub application_id: ApplicationId,
    pub receipt_no: Option<String>,
    pub firm_name: String,
    pub state: ApplicationState,
    pub draw: i64,
    pub per_mille: i64,
    pub outcome: SpotOutcome,
    pub picked_at: DateTime<Utc>,
    pub decided_at: Option<DateTime<Utc>>,
    pub decided_by: Option<String>,
    pub note: String,
}

/// Those that wait longest come first.
pub async fn page(tx: &mut Tx, call: CallId, picked: i64, after: Option<Cursor>) -> sqlx::Result<Paged<SpotLine>> {
    let mut query = tx.query(
        "SELECT s.application_id, a.receipt_no, o.legal_name AS firm_name, a.state, s.draw, s.per_mille, s.outcome, s.picked_at,
            s.decided_at, p.name AS decided_by, s.note
         FROM spot_checks s JOIN applications a ON a.id = s.application_id JOIN organisations o ON o.id = a.organisation_id
         LEFT JOIN people p ON p.id = s.decided_by WHERE s.call_id = $1",
        (call,),
    );
    if let Some(after) = after {
        query.add(" AND (s.picked_at, s.application_id) > (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY s.picked_at, s.application_id LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    Ok(Paged::new(rows, picked, |row: &SpotLine| Cursor { at: row.picked_at, id: row.application_id.0 }))
}
