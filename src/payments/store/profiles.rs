//! The accounts that money leaves from, and what their banks take.

use crate::{
    db::Tx,
    payments::{
        ProfileId,
        rules::bank_file::{Encoding, Format},
    },
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Profile {
    pub id: ProfileId,
    pub name: String,
    pub format: Format,
    pub holder: String,
    pub bank_code: String,
    pub account_sealed: Vec<u8>,
    pub account_ending: String,
    pub bic: Option<String>,
    /// Of a table: one `heading=field` a line.
    pub columns: String,
    pub encoding: Encoding,
    pub made_by: Uuid,
    pub made_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

macro_rules! select_profile {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, format, holder, bank_code, account_sealed, account_ending, bic, columns, encoding, made_by, made_at, ended_at FROM bank_profiles ",
            $rest
        )
    };
}

/// Those in use, newest first.
pub async fn live(tx: &mut Tx) -> sqlx::Result<Vec<Profile>> {
    tx.all(select_profile!("WHERE ended_at IS NULL ORDER BY made_at DESC, id DESC LIMIT 50"), ()).await
}

pub async fn find(tx: &mut Tx, id: ProfileId) -> sqlx::Result<Option<Profile>> {
    tx.find(select_profile!("WHERE id = $1"), (id,)).await
}

pub async fn insert(tx: &mut Tx, profile: &Profile) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO bank_profiles (id, name, format, holder, bank_code, account_sealed, account_ending, bic, columns, encoding, made_by, made_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        (
            profile.id,
            profile.name.clone(),
            profile.format,
            profile.holder.clone(),
            profile.bank_code.clone(),
            profile.account_sealed.clone(),
            profile.account_ending.clone(),
            profile.bic.clone(),
            profile.columns.clone(),
            profile.encoding,
            profile.made_by,
            profile.made_at,
        ),
    )
    .await
}

/// False when it was ended before.
pub async fn end(tx: &mut Tx, id: ProfileId, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let rows = tx.run("UPDATE bank_profiles SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL", (id, now)).await?;
    Ok(rows == 1)
}
