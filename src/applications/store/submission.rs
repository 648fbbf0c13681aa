//! What was received, how it was checked, and what was asked for. Nothing here is ever changed, but for
//! the moment at which a supplement was answered.

use crate::{applications::ApplicationId, db::Tx};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// What becomes fixed with the first submission.
#[derive(Debug, Clone)]
pub struct Fixed {
    pub call_version: i64,
    pub size_class: Option<String>,
    pub region_code: String,
    pub industry_code: String,
    pub receipt_no: String,
    pub search_text: String,
}

/// Moves a draft to submitted. The unit of work holds it, and has seen that it is a draft in this version.
pub async fn submit(
    tx: &mut Tx,
    id: ApplicationId,
    version: i64,
    fixed: Fixed,
    by: Uuid,
    hash: Vec<u8>,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    tx
        .last(
            "UPDATE applications SET state = 'submitted', state_since = $3, submitted_at = $3, version = version + 1,
                call_version = $4, size_class = $5, region_code = $6, industry_code = $7, receipt_no = $8, submitted_by = $9,
                submitted_hash = $10, search_text = $11
             WHERE id = $1 AND version = $2 AND state = 'draft'",
            (
                id,
                version,
                now,
                fixed.call_version,
                fixed.size_class,
                fixed.region_code,
                fixed.industry_code,
                fixed.receipt_no,
                by,
                hash,
                fixed.search_text,
            ),
        )
        .await
}

/// Moves an application whose supplement is answered back to submitted; number, time and frozen facts stay.
pub async fn resubmit(
    tx: &mut Tx,
    id: ApplicationId,
    version: i64,
    hash: Vec<u8>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE applications SET state = 'submitted', state_since = $3, version = version + 1, submitted_hash = $4
             WHERE id = $1 AND version = $2 AND state = 'supplement_requested'",
            (id, version, now, hash),
        )
        .await?;
    tx.run(
        "UPDATE supplement_requests SET answered_at = $2 WHERE application_id = $1 AND answered_at IS NULL",
        (id, now),
    )
    .await?;
    Ok(rows == 1)
}

pub async fn insert_content(
    tx: &mut Tx,
    id: ApplicationId,
    round: i64,
    content: String,
    hash: Vec<u8>,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    tx.last(
        "INSERT INTO application_submissions (application_id, round, content, sha256, received_at, received_from)
         VALUES ($1, $2, $3, $4, $5, $6)",
        (id, round, content, hash, now, by),
    )
    .await
}

/// One submission of an application.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Round {
    pub round: i64,
    pub content: String,
    pub sha256: Vec<u8>,
    pub received_at: DateTime<Utc>,
}

impl Round {
    pub fn hash(&self) -> String {
        hex::encode(&self.sha256)
    }
}

pub async fn rounds(tx: &mut Tx, id: ApplicationId) -> sqlx::Result<Vec<Round>> {
    tx.all(
        "SELECT round, content, sha256, received_at FROM application_submissions WHERE application_id = $1 ORDER BY round",
        (id,),
    )
    .await
}

/// What a receipt proves: round, instant, and the call in both languages.
pub type Proof = (i64, DateTime<Utc>, String, String);

/// When content with this hash was received under this number; None when it never was.
pub async fn received(tx: &mut Tx, receipt_no: &str, sha256: Vec<u8>) -> sqlx::Result<Option<Proof>> {
    tx.find(
        "SELECT s.round, s.received_at, c.name_ko, c.name_en FROM applications a
         JOIN application_submissions s ON s.application_id = a.id JOIN calls c ON c.id = a.call_id
         WHERE a.receipt_no = $1 AND s.sha256 = $2",
        (receipt_no.to_owned(), sha256),
    )
    .await
}
