//! Rows of the history.

use super::Record;
use crate::{core::actor::Actor, db::Tx};
use chrono::{DateTime, Utc};
use uuid::Uuid;

pub(super) async fn insert(tx: &mut Tx, actor: &Actor, record: &Record, now: DateTime<Utc>) -> sqlx::Result<()> {
    let mut detail = record.detail.clone();
    if let Some(mandate) = &actor.mandate {
        detail.insert("on_behalf_of".to_owned(), serde_json::Value::String(mandate.on_behalf_of.clone()));
    }
    tx.last(
        "INSERT INTO audit_records (id, at, actor_id, actor_role, subject_kind, subject_id, case_id, kind, detail, request_id, mandate_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        (
            crate::core::ids::new_uuid(),
            now,
            actor.person(),
            actor.role_text(),
            record.subject_kind,
            record.subject,
            record.case,
            record.kind,
            serde_json::Value::Object(detail).to_string(),
            actor.request_id.clone(),
            actor.mandate.as_ref().map(|mandate| mandate.id),
        ),
    )
    .await?;
    Ok(())
}

/// One record as the history page shows it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct RecordRow {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub actor_name: Option<String>,
    pub actor_role: String,
    pub subject_kind: String,
    pub subject_id: Uuid,
    pub kind: String,
    pub detail: String,
    pub request_id: String,
    pub seq: Option<i64>,
}

impl RecordRow {
    /// The recorded values, in the order of their names.
    pub fn values(&self) -> Vec<(String, String)> {
        let parsed: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&self.detail).unwrap_or_default();
        parsed
            .into_iter()
            .map(|(name, value)| (name, value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
            .collect()
    }
}

/// The whole history of a case, oldest first.
pub async fn history(tx: &mut Tx, case: impl Into<Uuid>) -> sqlx::Result<Vec<RecordRow>> {
    tx.all(
        "SELECT r.id, r.at, p.name AS actor_name, r.actor_role, r.subject_kind, r.subject_id, r.kind, r.detail, r.request_id, r.seq
         FROM audit_records r LEFT JOIN people p ON p.id = r.actor_id
         WHERE r.case_id = $1 ORDER BY r.at, r.id LIMIT 1000",
        (case.into(),),
    )
    .await
}

/// The history of one record within a case, oldest first.
pub async fn history_of_subject(tx: &mut Tx, subject: impl Into<Uuid>) -> sqlx::Result<Vec<RecordRow>> {
    tx.all(
        "SELECT r.id, r.at, p.name AS actor_name, r.actor_role, r.subject_kind, r.subject_id, r.kind, r.detail, r.request_id, r.seq
         FROM audit_records r LEFT JOIN people p ON p.id = r.actor_id
         WHERE r.subject_id = $1 ORDER BY r.at, r.id LIMIT 1000",
        (subject.into(),),
    )
    .await
}

/// What was done under a mandate, newest first.
pub async fn history_of_mandate(tx: &mut Tx, mandate: Uuid, limit: i64) -> sqlx::Result<Vec<RecordRow>> {
    tx.all(
        "SELECT r.id, r.at, p.name AS actor_name, r.actor_role, r.subject_kind, r.subject_id, r.kind, r.detail, r.request_id, r.seq
         FROM audit_records r LEFT JOIN people p ON p.id = r.actor_id
         WHERE r.mandate_id = $1 ORDER BY r.at DESC, r.id DESC LIMIT $2",
        (mandate, limit),
    )
    .await
}

/// What the hash of a record covers.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Link {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub actor_id: Option<Uuid>,
    pub actor_role: String,
    pub subject_kind: String,
    pub subject_id: Uuid,
    pub case_id: Uuid,
    pub kind: String,
    pub detail: String,
    pub request_id: String,
    pub seq: Option<i64>,
    pub previous_hash: Option<Vec<u8>>,
    pub hash: Option<Vec<u8>>,
}

pub(super) async fn unsealed(tx: &mut Tx, limit: i64) -> sqlx::Result<Vec<Link>> {
    let mut query = tx.query(
        "SELECT id, at, actor_id, actor_role, subject_kind, subject_id, case_id, kind, detail, request_id, seq, previous_hash, hash
         FROM audit_records",
        (),
    );
    // Left to itself SQLite takes all that wait by their place, which is unique but for them, and sorts them anew.
    query.add(tx.pick(" INDEXED BY audit_records_unsealed", ""), ());
    query.add(" WHERE seq IS NULL ORDER BY at, id LIMIT ?", (limit,));
    tx.fetch_all(query).await
}

pub(super) async fn head(tx: &mut Tx) -> sqlx::Result<Option<(i64, Vec<u8>)>> {
    tx.find("SELECT seq, hash FROM audit_records WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1", ()).await
}

/// Only one instance seals at a time.
pub(super) async fn lock_chain(tx: &mut Tx) -> sqlx::Result<()> {
    if tx.dialect() == crate::db::Dialect::Postgres {
        let query = tx.query("SELECT 1 FROM (SELECT pg_advisory_xact_lock(727001)) AS locked", ());
        tx.execute(query).await?;
    }
    Ok(())
}

/// Gives records their places: id, number in the chain, hash of the one before, own hash.
pub(super) async fn seal(tx: &mut Tx, places: Vec<(Uuid, i64, Vec<u8>, Vec<u8>)>) -> sqlx::Result<u64> {
    let mut query = tx.query(
        "UPDATE audit_records SET seq = v.column2, previous_hash = v.column3, hash = v.column4 FROM (VALUES ",
        (),
    );
    query.add_rows("(?, ?, ?, ?)", places);
    // The sign keeps SQLite from walking through all that wait to find these by their place.
    query.add(") AS v WHERE audit_records.id = v.column1 AND +audit_records.seq IS NULL", ());
    tx.execute(query).await
}

pub(super) async fn links_after(tx: &mut Tx, seq: i64, limit: i64) -> sqlx::Result<Vec<Link>> {
    tx.all(
        "SELECT id, at, actor_id, actor_role, subject_kind, subject_id, case_id, kind, detail, request_id, seq, previous_hash, hash
         FROM audit_records WHERE seq > $1 ORDER BY seq LIMIT $2",
        (seq, limit),
    )
    .await
}

pub(super) async fn unsealed_count(tx: &mut Tx) -> sqlx::Result<i64> {
    Ok(tx.value("SELECT COUNT(*) FROM audit_records WHERE seq IS NULL", ()).await?.unwrap_or(0))
}

pub(super) async fn insert_anchor(
    tx: &mut Tx,
    day: chrono::NaiveDate,
    seq: i64,
    hash: &[u8],
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO audit_anchors (day, seq, hash, made_at) VALUES ($1, $2, $3, $4) ON CONFLICT (day) DO NOTHING",
        (day, seq, hash.to_vec(), now),
    )
    .await
}

pub(super) async fn anchors(tx: &mut Tx) -> sqlx::Result<Vec<(i64, Vec<u8>)>> {
    tx.all("SELECT seq, hash FROM audit_anchors ORDER BY seq", ()).await
}

/// True when `day` has its anchor.
pub async fn has_anchor(tx: &mut Tx, day: chrono::NaiveDate) -> sqlx::Result<bool> {
    tx.exists("SELECT 1 FROM audit_anchors WHERE day = $1", (day,)).await
}
