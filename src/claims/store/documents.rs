//! Supporting documents of claims.

use super::*;
use crate::files::ScanState;

/// A document that lies beside an invoice.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ClaimDocument {
    pub id: Uuid,
    pub file_id: FileId,
    pub name: String,
    pub added_at: DateTime<Utc>,
    pub media_type: String,
    pub scan: ScanState,
}

macro_rules! select_document {
    ($rest:literal) => {
        concat!(
            "SELECT d.id, d.file_id, d.name, d.added_at, f.media_type, f.scan
             FROM claim_documents d JOIN files f ON f.id = d.file_id WHERE d.claim_id = $1 AND d.removed_at IS NULL ",
            $rest
        )
    };
}

/// All of a claim, oldest first.
pub async fn documents(tx: &mut Tx, claim: ClaimId) -> sqlx::Result<Vec<ClaimDocument>> {
    tx.all(select_document!("ORDER BY d.added_at, d.id LIMIT 50"), (claim,)).await
}

pub async fn find_document(tx: &mut Tx, claim: ClaimId, id: Uuid) -> sqlx::Result<Option<ClaimDocument>> {
    tx.find(select_document!("AND d.id = $2"), (claim, id)).await
}

/// False when the claim has this file already.
pub async fn insert_document(
    tx: &mut Tx,
    claim: ClaimId,
    (file, name): (FileId, &str),
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO claim_documents (id, claim_id, file_id, name, added_by, added_at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (claim_id, file_id) WHERE removed_at IS NULL DO NOTHING",
            (crate::core::ids::new_uuid(), claim, file, name.to_owned(), by, now),
        )
        .await?;
    Ok(rows == 1)
}

/// False when it was taken out meanwhile.
pub async fn remove_document(
    tx: &mut Tx,
    claim: ClaimId,
    id: Uuid,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE claim_documents SET removed_by = $3, removed_at = $4 WHERE claim_id = $1 AND id = $2 AND removed_at IS NULL",
            (claim, id, by, now),
        )
        .await?;
    Ok(rows == 1)
}
