//! Tests of a draft call, and what its conditions said about each.

use crate::{
    applications::{
        ApplicationId,
        rules::conditions::{Check, Found},
    },
    core::money::Won,
    db::Tx,
    programmes::CallId,
};
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use uuid::Uuid;

/// A test that is not cleared.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Test {
    pub application_id: ApplicationId,
    pub name: String,
    pub size_class: Option<String>,
    pub total_won: Won,
    pub support_won: Won,
    pub track: Option<String>,
    pub checks: Json<Vec<Found>>,
    pub checked_at: DateTime<Utc>,
}

pub async fn insert(
    tx: &mut Tx,
    id: ApplicationId,
    checks: &[Check],
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    let found: Vec<Found> = checks.iter().map(Found::from).collect();
    tx.run(
        "INSERT INTO test_submissions (application_id, checks, checked_by, checked_at) VALUES ($1, $2, $3, $4)",
        (id, Json(found), by, now),
    )
    .await
}

/// The tests of a call, newest first.
pub async fn of_call(tx: &mut Tx, call: CallId) -> sqlx::Result<Vec<Test>> {
    tx.all(
        "SELECT t.application_id, o.legal_name AS name, (SELECT z.class FROM size_assessments z WHERE z.organisation_id = o.id LIMIT 1) AS size_class,
            a.total_won, a.support_won, a.track, t.checks, t.checked_at
         FROM test_submissions t JOIN applications a ON a.id = t.application_id JOIN organisations o ON o.id = a.organisation_id
         WHERE a.call_id = $1 AND a.is_test AND a.state = 'draft' ORDER BY t.checked_at DESC, t.application_id DESC LIMIT 50",
        (call,),
    )
    .await
}

/// Whether this is a test of the call that is not cleared.
pub async fn is_test_of(tx: &mut Tx, call: CallId, id: ApplicationId) -> sqlx::Result<bool> {
    tx.exists("SELECT 1 FROM applications WHERE id = $1 AND call_id = $2 AND is_test AND state = 'draft'", (id, call))
        .await
}

pub async fn clear(tx: &mut Tx, call: CallId, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE applications SET state = 'withdrawn', state_since = $2, version = version + 1
         WHERE call_id = $1 AND is_test AND state = 'draft'",
        (call, now),
    )
    .await
}
