//! Changes of the account that a vendor is paid to.

use crate::{
    db::Tx,
    files::FileId,
    vendors::{VendorId, rules::accounts::AccountState},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// One change, from its request to its end.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AccountChange {
    pub id: Uuid,
    pub vendor_id: VendorId,
    pub state: AccountState,
    pub bank_code: String,
    pub account_sealed: Vec<u8>,
    pub account_ending: String,
    pub account_holder: String,
    pub old_ending: String,
    pub file_id: FileId,
    pub requested_by: Uuid,
    pub requested_at: DateTime<Utc>,
    pub checked_by: Option<Uuid>,
    pub check_note: Option<String>,
    pub confirmed_by: Option<Uuid>,
    pub effective_at: Option<DateTime<Utc>>,
    pub end_note: Option<String>,
}

macro_rules! select_change {
    ($rest:literal) => {
        concat!(
            "SELECT id, vendor_id, state, bank_code, account_sealed, account_ending, account_holder, old_ending, file_id, requested_by,
                requested_at, checked_by, check_note, confirmed_by, effective_at, end_note FROM account_changes ",
            $rest
        )
    };
}

pub async fn account_change(tx: &mut Tx, id: Uuid) -> sqlx::Result<Option<AccountChange>> {
    tx.find(select_change!("WHERE id = $1"), (id,)).await
}

/// The change under way, if there is one.
pub async fn open_change(tx: &mut Tx, vendor: VendorId) -> sqlx::Result<Option<AccountChange>> {
    tx.find(select_change!("WHERE vendor_id = $1 AND state IN ('requested', 'checked', 'cooling')"), (vendor,)).await
}

/// Changes whose waiting is over, some at a time.
pub async fn cooled(tx: &mut Tx, now: DateTime<Utc>) -> sqlx::Result<Vec<AccountChange>> {
    tx.all(select_change!("WHERE state = 'cooling' AND effective_at <= $1 ORDER BY effective_at, id LIMIT 100"), (now,))
        .await
}

/// False when another change of this vendor is under way.
pub async fn insert_change(tx: &mut Tx, change: &AccountChange) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO account_changes (id, vendor_id, state, bank_code, account_sealed, account_ending, account_holder, old_ending,
                file_id, requested_by, requested_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
            (
                change.id,
                change.vendor_id,
                change.state,
                change.bank_code.clone(),
                change.account_sealed.clone(),
                change.account_ending.clone(),
                change.account_holder.clone(),
                change.old_ending.clone(),
                change.file_id,
                change.requested_by,
                change.requested_at,
            ),
        )
        .await?;
    Ok(rows == 1)
}

/// Moves `before` to what `change` says. False when it has moved on meanwhile.
pub async fn move_change(
    tx: &mut Tx,
    before: AccountState,
    change: &AccountChange,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let ended = (!change.state.is_open()).then_some(now);
    let rows = tx
        .run(
            "UPDATE account_changes SET state = $3, checked_by = $4, check_note = $5, confirmed_by = $6, effective_at = $7,
                end_note = $8, ended_at = $9, checked_at = CASE WHEN $3 = 'checked' THEN $10 ELSE checked_at END,
                confirmed_at = CASE WHEN $3 = 'cooling' THEN $10 ELSE confirmed_at END
             WHERE id = $1 AND state = $2",
            (
                change.id,
                before,
                change.state,
                change.checked_by,
                change.check_note.clone(),
                change.confirmed_by,
                change.effective_at,
                change.end_note.clone(),
                ended,
                now,
            ),
        )
        .await?;
    Ok(rows == 1)
}
