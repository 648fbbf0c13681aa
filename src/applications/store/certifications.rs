//! Who prepared a version for certification and who certified it.

use crate::{applications::ApplicationId, db::Tx};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A version that was put before the signatory, and signed or not.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Certification {
    pub version: i64,
    /// Of the content as it was then.
    pub content_sha256: Vec<u8>,
    pub prepared_by: Uuid,
    pub prepared_by_name: String,
    pub prepared_at: DateTime<Utc>,
    pub certified_by: Option<Uuid>,
    pub certified_by_name: Option<String>,
    pub certified_at: Option<DateTime<Utc>>,
}

/// What was prepared of this very version.
pub async fn at(tx: &mut Tx, id: ApplicationId, version: i64) -> sqlx::Result<Option<Certification>> {
    tx.find(
        "SELECT c.version, c.content_sha256, c.prepared_by, p.name AS prepared_by_name, c.prepared_at, c.certified_by,
                s.name AS certified_by_name, c.certified_at
         FROM application_certifications c JOIN people p ON p.id = c.prepared_by LEFT JOIN people s ON s.id = c.certified_by
         WHERE c.application_id = $1 AND c.version = $2",
        (id, version),
    )
    .await
}

/// False when the version was put before a signatory already.
pub async fn prepare(
    tx: &mut Tx,
    id: ApplicationId,
    version: i64,
    sha256: Vec<u8>,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO application_certifications (application_id, version, content_sha256, prepared_by, prepared_at)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            (id, version, sha256, by, now),
        )
        .await?;
    Ok(rows == 1)
}

/// False when somebody certified it already.
pub async fn certify(tx: &mut Tx, id: ApplicationId, version: i64, by: Uuid, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE application_certifications SET certified_by = $3, certified_at = $4
             WHERE application_id = $1 AND version = $2 AND certified_by IS NULL AND prepared_by <> $3",
            (id, version, by, now),
        )
        .await?;
    Ok(rows == 1)
}
