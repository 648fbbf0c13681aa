//! Runs of all checks: when, by whom, what each check found and how long it took.

use crate::db::Tx;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A run as pages show it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::integrity) struct RunRow {
    pub id: Uuid,
    pub finished_at: DateTime<Utc>,
    /// None: the daily run.
    pub person_name: Option<String>,
    pub sound: bool,
}

/// The latest runs, the last first.
pub(in crate::integrity) async fn latest(tx: &mut Tx, limit: i64) -> sqlx::Result<Vec<RunRow>> {
    tx.all(
        "SELECT r.id, r.finished_at, p.name AS person_name, r.sound
         FROM verification_runs r LEFT JOIN people p ON p.id = r.person_id ORDER BY r.finished_at DESC, r.id DESC LIMIT $1",
        (limit,),
    )
    .await
}

/// Whether anybody ran the checks since `since`.
pub(in crate::integrity) async fn ran_since(tx: &mut Tx, since: DateTime<Utc>) -> sqlx::Result<bool> {
    tx.exists("SELECT 1 FROM verification_runs WHERE finished_at >= $1 LIMIT 1", (since,)).await
}

/// What one check found in a run.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::integrity) struct ResultRow {
    pub name: String,
    pub row_count: i64,
    pub duration_us: i64,
    pub breach: Option<String>,
}

pub(in crate::integrity) async fn results(tx: &mut Tx, run: Uuid) -> sqlx::Result<Vec<ResultRow>> {
    tx.all(
        "SELECT name, row_count, duration_us, breach FROM verification_results WHERE run_id = $1 ORDER BY position",
        (run,),
    )
    .await
}

pub(in crate::integrity) async fn insert(
    tx: &mut Tx,
    id: Uuid,
    started_at: DateTime<Utc>,
    finished_at: DateTime<Utc>,
    person: Option<Uuid>,
    sound: bool,
) -> sqlx::Result<()> {
    tx.run(
        "INSERT INTO verification_runs (id, started_at, finished_at, person_id, sound) VALUES ($1, $2, $3, $4, $5)",
        (id, started_at, finished_at, person, sound),
    )
    .await?;
    Ok(())
}

pub(in crate::integrity) async fn insert_result(
    tx: &mut Tx,
    run: Uuid,
    position: i64,
    result: ResultRow,
) -> sqlx::Result<()> {
    tx.later(
        "INSERT INTO verification_results (run_id, position, name, row_count, duration_us, breach) VALUES ($1, $2, $3, $4, $5, $6)",
        (run, position, result.name, result.row_count, result.duration_us, result.breach),
    )
    .await
}
