//! Rows of the document vault: what a firm gives once.

use crate::{
    db::Tx,
    files::{FileId, ScanState},
    organisations::{OrganisationId, rules::vault::VaultKind},
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// A document in a firm's vault.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct VaultDocument {
    pub id: Uuid,
    pub organisation_id: OrganisationId,
    pub kind: VaultKind,
    pub file_id: FileId,
    pub issued_on: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub added_at: DateTime<Utc>,
    pub name: String,
    pub media_type: String,
    pub size_bytes: i64,
    pub sha256: Vec<u8>,
    pub scan: ScanState,
}

macro_rules! select_document {
    ($rest:literal) => {
        concat!(
            "SELECT v.id, v.organisation_id, v.kind, v.file_id, v.issued_on, v.valid_to, v.added_at, f.name, f.media_type, f.size_bytes, f.sha256, f.scan FROM vault_documents v JOIN files f ON f.id = v.file_id ",
            $rest
        )
    };
}

/// All that is in the vault, by kind, newest first.
pub(in crate::organisations) async fn documents(
    tx: &mut Tx,
    organisation: OrganisationId,
) -> sqlx::Result<Vec<VaultDocument>> {
    tx.all(
        select_document!(
            "WHERE v.organisation_id = $1 AND v.removed_at IS NULL ORDER BY v.kind, v.added_at DESC, v.id DESC LIMIT 500"
        ),
        (organisation,),
    )
    .await
}

/// What no longer counts on `day`, latest end first.
pub async fn list_ended(tx: &mut Tx, organisation: OrganisationId, day: NaiveDate) -> sqlx::Result<Vec<VaultDocument>> {
    tx.all(
        select_document!(
            "WHERE v.organisation_id = $1 AND v.removed_at IS NULL AND v.valid_to < $2 ORDER BY v.valid_to DESC, v.id DESC LIMIT 100"
        ),
        (organisation, day),
    )
    .await
}

/// What counts on `day` and no scanner refused, newest first.
pub async fn list_valid(tx: &mut Tx, organisation: OrganisationId, day: NaiveDate) -> sqlx::Result<Vec<VaultDocument>> {
    tx.all(
        select_document!(
            "WHERE v.organisation_id = $1 AND v.removed_at IS NULL AND (v.valid_to IS NULL OR v.valid_to >= $2)
                AND f.scan <> 'infected' ORDER BY v.added_at DESC, v.id DESC LIMIT 500"
        ),
        (organisation, day),
    )
    .await
}

pub(in crate::organisations) async fn find_document(
    tx: &mut Tx,
    organisation: OrganisationId,
    id: Uuid,
) -> sqlx::Result<Option<VaultDocument>> {
    tx.find(select_document!("WHERE v.organisation_id = $1 AND v.id = $2 AND v.removed_at IS NULL"), (organisation, id))
        .await
}

#[allow(clippy::too_many_arguments)]
pub(in crate::organisations) async fn insert_document(
    tx: &mut Tx,
    id: Uuid,
    organisation: OrganisationId,
    kind: VaultKind,
    file: FileId,
    issued_on: NaiveDate,
    valid_to: Option<NaiveDate>,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO vault_documents (id, organisation_id, kind, file_id, issued_on, valid_to, added_by, added_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        (id, organisation, kind, file, issued_on, valid_to, by, now),
    )
    .await
}

/// Takes a document out; what was attached from it keeps it.
pub(in crate::organisations) async fn remove_document(
    tx: &mut Tx,
    organisation: OrganisationId,
    id: Uuid,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE vault_documents SET removed_by = $3, removed_at = $4
             WHERE organisation_id = $1 AND id = $2 AND removed_at IS NULL",
            (organisation, id, by, now),
        )
        .await?;
    Ok(rows == 1)
}

/// Documents that end within `days` after `today` and were not warned of; newer ones of the kind make a warning idle.
pub(in crate::organisations) async fn ending(
    tx: &mut Tx,
    today: NaiveDate,
    until: NaiveDate,
    limit: i64,
) -> sqlx::Result<Vec<VaultDocument>> {
    tx.all(
        select_document!(
            "WHERE v.removed_at IS NULL AND v.warned_at IS NULL AND v.valid_to >= $1 AND v.valid_to <= $2
             AND (v.kind NOT IN ('tax_clearance', 'insurance_list') OR v.valid_to <= $3)
             AND NOT EXISTS (SELECT 1 FROM vault_documents n WHERE n.organisation_id = v.organisation_id AND n.kind = v.kind
                AND n.removed_at IS NULL AND (n.valid_to IS NULL OR n.valid_to > v.valid_to))
             ORDER BY v.valid_to, v.id LIMIT $4"
        ),
        (today, until, today + chrono::Duration::days(VaultKind::TaxClearance.warning_days()), limit),
    )
    .await
}

pub(in crate::organisations) async fn note_warned(tx: &mut Tx, id: Uuid, now: DateTime<Utc>) -> sqlx::Result<bool> {
    Ok(tx.run("UPDATE vault_documents SET warned_at = $2 WHERE id = $1 AND warned_at IS NULL", (id, now)).await? == 1)
}
