//! Every SQL text about programmes and calls.

use super::{CallId, ProgrammeId, rules::*};
use crate::{core::money::Won, db::Tx};
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use uuid::Uuid;

/// A programme of one year.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Programme {
    pub id: ProgrammeId,
    pub code: String,
    pub name_ko: String,
    pub name_en: String,
    pub year: i64,
    pub zone: String,
    pub firm_cap_won: Won,
    pub made_by: Option<Uuid>,
    pub made_at: DateTime<Utc>,
}

/// A call for applications.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Call {
    pub id: CallId,
    pub programme_id: ProgrammeId,
    pub code: String,
    pub name_ko: String,
    pub name_en: String,
    pub state: CallState,
    pub opens_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
    pub grace_seconds: i64,
    pub budget_won: Won,
    pub version: i64,
    pub receipt_count: i64,
    pub made_by: Option<Uuid>,
    pub made_at: DateTime<Utc>,
    pub published_by: Option<Uuid>,
    pub published_at: Option<DateTime<Utc>>,
}

macro_rules! select_programme {
    ($rest:literal) => {
        concat!("SELECT id, code, name_ko, name_en, year, zone, firm_cap_won, made_by, made_at FROM programmes ", $rest)
    };
}

macro_rules! select_call {
    ($rest:literal) => {
        concat!(
            "SELECT id, programme_id, code, name_ko, name_en, state, opens_at, closes_at, grace_seconds, budget_won, version, receipt_count, made_by, made_at, published_by, published_at FROM calls ",
            $rest
        )
    };
}

pub async fn find_programme(tx: &mut Tx, id: ProgrammeId) -> sqlx::Result<Option<Programme>> {
    tx.find(select_programme!("WHERE id = $1"), (id,)).await
}

pub async fn get_programme(tx: &mut Tx, id: ProgrammeId) -> sqlx::Result<Programme> {
    tx.get(select_programme!("WHERE id = $1"), (id,)).await
}

pub async fn find_call(tx: &mut Tx, id: CallId) -> sqlx::Result<Option<Call>> {
    tx.find(select_call!("WHERE id = $1"), (id,)).await
}

pub async fn get_call(tx: &mut Tx, id: CallId) -> sqlx::Result<Call> {
    tx.get(select_call!("WHERE id = $1"), (id,)).await
}

/// Published calls whose window has not ended, soonest closing first.
pub async fn open_calls(tx: &mut Tx, now: DateTime<Utc>) -> sqlx::Result<Vec<Call>> {
    tx.all(select_call!("WHERE state = 'published' AND closes_at > $1 ORDER BY closes_at, id LIMIT 100"), (now,)).await
}

/// The rules of a call in one version.
pub async fn rules_at(tx: &mut Tx, call: CallId, version: i64) -> sqlx::Result<CallRules> {
    let rules: Option<Json<CallRules>> =
        tx.value("SELECT rules FROM call_versions WHERE call_id = $1 AND version = $2", (call, version)).await?;
    rules.map(|rules| rules.0).ok_or(sqlx::Error::RowNotFound)
}
