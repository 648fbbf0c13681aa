//! Rows about stored files; the bytes are elsewhere.

use super::{FileId, Received};
use crate::{core::actor::Actor, db::Tx};
use chrono::{DateTime, Utc};
use uuid::Uuid;

crate::text_enum!(
    /// What the scanner said.
    ScanState {
        Pending = "pending",
        Clean = "clean",
        Infected = "infected",
        /// The agency runs without a scanner.
        Unscanned = "unscanned",
    }
);

impl ScanState {
    /// Clean files, and unscanned ones where the agency says so. Before the scan nobody, not even who sent it.
    pub fn may_open(self, allow_unscanned: bool) -> bool {
        match self {
            ScanState::Clean => true,
            ScanState::Unscanned => allow_unscanned,
            ScanState::Pending | ScanState::Infected => false,
        }
    }
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct FileRow {
    pub id: FileId,
    pub organisation_id: Option<Uuid>,
    pub name: String,
    pub media_type: String,
    pub size_bytes: i64,
    pub pages: Option<i64>,
    pub sha256: Vec<u8>,
    pub scan: ScanState,
    pub uploaded_by: Uuid,
    pub uploaded_at: DateTime<Utc>,
}

pub(super) async fn insert(
    tx: &mut Tx,
    actor: &Actor,
    organisation: Option<Uuid>,
    file: &Received,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    tx.later(
        "INSERT INTO files (id, organisation_id, name, media_type, size_bytes, sha256, scan, uploaded_by, uploaded_at, pages)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        (
            file.id,
            organisation,
            file.name.clone(),
            file.media_type,
            file.size_bytes,
            file.sha256.clone(),
            if file.awaits_scan { ScanState::Pending } else { ScanState::Unscanned },
            actor.id,
            now,
            file.pages,
        ),
    )
    .await?;
    Ok(())
}

pub async fn find(tx: &mut Tx, id: FileId) -> sqlx::Result<Option<FileRow>> {
    tx.find(
        "SELECT id, organisation_id, name, media_type, size_bytes, pages, sha256, scan, uploaded_by, uploaded_at
         FROM files WHERE id = $1",
        (id,),
    )
    .await
}

pub async fn of_organisation(tx: &mut Tx, organisation: Uuid) -> sqlx::Result<Vec<FileRow>> {
    tx.all(
        "SELECT id, organisation_id, name, media_type, size_bytes, pages, sha256, scan, uploaded_by, uploaded_at
         FROM files WHERE organisation_id = $1 ORDER BY uploaded_at DESC, id DESC LIMIT 500",
        (organisation,),
    )
    .await
}

/// How many files and bytes an organisation has stored.
pub(super) async fn usage(tx: &mut Tx, organisation: Uuid) -> sqlx::Result<(i64, i64)> {
    tx.get(
        "SELECT COUNT(*), CAST(COALESCE(SUM(size_bytes), 0) AS BIGINT) FROM files WHERE organisation_id = $1",
        (organisation,),
    )
    .await
}

pub(super) async fn set_scan(tx: &mut Tx, id: FileId, scan: ScanState, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run("UPDATE files SET scan = $2, scanned_at = $3 WHERE id = $1 AND scan = 'pending'", (id, scan, now)).await
}

/// Which of these are in use.
pub(super) async fn known(tx: &mut Tx, ids: &[FileId]) -> sqlx::Result<Vec<FileId>> {
    let mut query = tx.query("SELECT id FROM files WHERE 1 = 1", ());
    query.add_list(" AND id IN (?)", ids.iter().copied());
    let rows: Vec<(FileId,)> = tx.fetch_all(query).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
