//! Who checked a batch, and who is away.

use crate::{db::Tx, payments::BatchId};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// One check of a batch.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Check {
    pub position: i64,
    pub person_id: Uuid,
    pub name: String,
    pub deputy_for: Option<String>,
    pub at: DateTime<Utc>,
}

pub async fn of_batch(tx: &mut Tx, batch: BatchId) -> sqlx::Result<Vec<Check>> {
    tx.all(
        "SELECT c.position, c.person_id, p.name, d.name AS deputy_for, c.at FROM batch_checks c
         JOIN people p ON p.id = c.person_id LEFT JOIN people d ON d.id = c.deputy_for
         WHERE c.batch_id = $1 ORDER BY c.position",
        (batch,),
    )
    .await
}

pub async fn insert(
    tx: &mut Tx,
    batch: BatchId,
    position: i64,
    person: Uuid,
    deputy_for: Option<Uuid>,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO batch_checks (id, batch_id, position, person_id, deputy_for, at) VALUES ($1, $2, $3, $4, $5, $6)",
        (crate::core::ids::new_uuid(), batch, position, person, deputy_for, now),
    )
    .await
}

/// A time in which somebody checks in another's place.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Absence {
    pub id: Uuid,
    pub person_id: Uuid,
    pub name: String,
    pub deputy: String,
    pub from_on: NaiveDate,
    pub to_on: NaiveDate,
    pub reason: String,
}

/// Absences that are not over, soonest first.
pub async fn absences(tx: &mut Tx, today: NaiveDate) -> sqlx::Result<Vec<Absence>> {
    tx.all(
        "SELECT a.id, a.person_id, p.name, d.name AS deputy, a.from_on, a.to_on, a.reason FROM payer_absences a
         JOIN people p ON p.id = a.person_id JOIN people d ON d.id = a.deputy_id
         WHERE a.to_on >= $1 AND a.ended_at IS NULL ORDER BY a.from_on, a.id LIMIT 200",
        (today,),
    )
    .await
}

/// Whether `deputy` checks in the place of `person` today.
pub async fn is_deputy(tx: &mut Tx, deputy: Uuid, person: Uuid, today: NaiveDate) -> sqlx::Result<bool> {
    tx.exists(
        "SELECT 1 FROM payer_absences WHERE person_id = $1 AND deputy_id = $2 AND from_on <= $3 AND to_on >= $3
            AND ended_at IS NULL",
        (person, deputy, today),
    )
    .await
}

/// What is to be known of an absence.
pub struct NewAbsence {
    pub person: Uuid,
    pub deputy: Uuid,
    pub from_on: NaiveDate,
    pub to_on: NaiveDate,
    pub reason: String,
}

pub async fn insert_absence(
    tx: &mut Tx,
    id: Uuid,
    new: &NewAbsence,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO payer_absences (id, person_id, deputy_id, from_on, to_on, reason, recorded_by, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        (id, new.person, new.deputy, new.from_on, new.to_on, new.reason.clone(), by, now),
    )
    .await
}

pub async fn end_absence(tx: &mut Tx, id: Uuid, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run("UPDATE payer_absences SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL", (id, now)).await
}
