//! Stops of payment release: opened by a red verification, ended by a green one or by two people with a reason.

use crate::db::Tx;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A stop as pages show it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ReleaseStop {
    pub id: Uuid,
    pub stopped_at: DateTime<Utc>,
    pub reason: String,
    pub lift_asked_by: Option<Uuid>,
    pub lift_asked_by_name: Option<String>,
    pub lift_reason: Option<String>,
}

/// The stop that is in force.
pub async fn release_stop(tx: &mut Tx) -> sqlx::Result<Option<ReleaseStop>> {
    tx.find(
        "SELECT s.id, s.stopped_at, s.reason, s.lift_asked_by, a.name AS lift_asked_by_name, s.lift_reason
         FROM ledger_release_stops s LEFT JOIN people a ON a.id = s.lift_asked_by
         WHERE s.ended_at IS NULL ORDER BY s.stopped_at, s.id LIMIT 1",
        (),
    )
    .await
}

pub(in crate::ledger) async fn open(
    tx: &mut Tx,
    id: Uuid,
    run: Uuid,
    reason: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    tx.run(
        "INSERT INTO ledger_release_stops (id, stopped_at, reason, run_id) VALUES ($1, $2, $3, $4)",
        (id, now, reason.to_owned(), run),
    )
    .await?;
    Ok(())
}

/// Ends every stop without anybody's hand; how many there were.
pub(in crate::ledger) async fn end_all(tx: &mut Tx, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run("UPDATE ledger_release_stops SET ended_at = $1 WHERE ended_at IS NULL", (now,)).await
}

/// The first of two people asks; false when somebody did already.
pub(in crate::ledger) async fn ask_lift(
    tx: &mut Tx,
    id: Uuid,
    by: Uuid,
    reason: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE ledger_release_stops SET lift_asked_by = $2, lift_reason = $3, lift_asked_at = $4
             WHERE id = $1 AND ended_at IS NULL AND lift_asked_by IS NULL",
            (id, by, reason.to_owned(), now),
        )
        .await?;
    Ok(rows == 1)
}

/// The second person lifts it; the engine refuses the first.
pub(in crate::ledger) async fn lift(tx: &mut Tx, id: Uuid, by: Uuid, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE ledger_release_stops SET ended_by = $2, ended_at = $3
             WHERE id = $1 AND ended_at IS NULL AND lift_asked_by IS NOT NULL AND lift_asked_by <> $2",
            (id, by, now),
        )
        .await?;
    Ok(rows == 1)
}
