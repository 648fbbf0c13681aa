//! Simulations: what was asked, how far it got, what it found.

use crate::{
    db::Tx,
    programmes::{
        CallId, SimulationId,
        rules::simulation::{Found, Question},
    },
};
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use uuid::Uuid;

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Simulation {
    pub id: SimulationId,
    pub call_id: CallId,
    pub version: i64,
    pub question: Json<Question>,
    pub asked_at: DateTime<Utc>,
    /// Firms looked at, of how many.
    pub seen: i64,
    pub total: i64,
    pub result: Option<Json<Found>>,
    pub finished_at: Option<DateTime<Utc>>,
}

pub async fn insert(
    tx: &mut Tx,
    id: SimulationId,
    call: (CallId, i64),
    question: Question,
    total: i64,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO call_simulations (id, call_id, version, question, asked_by, asked_at, total)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        (id, call.0, call.1, Json(question), by, now, total),
    )
    .await
}

pub async fn find(tx: &mut Tx, id: SimulationId) -> sqlx::Result<Option<Simulation>> {
    tx.find(
        "SELECT id, call_id, version, question, asked_at, seen, total, result, finished_at FROM call_simulations WHERE id = $1",
        (id,),
    )
    .await
}

/// Newest first.
pub async fn of_call(tx: &mut Tx, call: CallId) -> sqlx::Result<Vec<Simulation>> {
    tx.all(
        "SELECT id, call_id, version, question, asked_at, seen, total, result, finished_at FROM call_simulations
         WHERE call_id = $1 ORDER BY asked_at DESC, id DESC LIMIT 20",
        (call,),
    )
    .await
}

pub async fn set_seen(tx: &mut Tx, id: SimulationId, seen: i64) -> sqlx::Result<u64> {
    tx.run("UPDATE call_simulations SET seen = $2 WHERE id = $1 AND finished_at IS NULL", (id, seen)).await
}

pub async fn finish(tx: &mut Tx, id: SimulationId, found: Found, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE call_simulations SET seen = total, result = $2, finished_at = $3 WHERE id = $1 AND finished_at IS NULL",
        (id, Json(found), now),
    )
    .await
}
