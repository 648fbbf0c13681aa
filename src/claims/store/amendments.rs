//! Amended and cancelled tax invoices.

use super::*;

/// An amendment of the tax invoice of a claim.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Amendment {
    pub id: Uuid,
    pub claim_id: ClaimId,
    pub agreement_id: AgreementId,
    pub approval_number: String,
    pub original_number: String,
    pub reason: i64,
    pub supply_won: Won,
    pub vat_won: Won,
    pub issued_on: NaiveDate,
    pub recorded_by: Uuid,
    pub recorded_at: DateTime<Utc>,
    pub settled_at: Option<DateTime<Utc>>,
    pub settled_note: Option<String>,
}

pub async fn amendments(tx: &mut Tx, claim: ClaimId) -> sqlx::Result<Vec<Amendment>> {
    tx.all(
        "SELECT id, claim_id, agreement_id, approval_number, original_number, reason, supply_won, vat_won, issued_on,
            recorded_by, recorded_at, settled_at, settled_note
         FROM tax_amendments WHERE claim_id = $1 ORDER BY recorded_at, id LIMIT 50",
        (claim,),
    )
    .await
}

pub async fn insert_amendment(tx: &mut Tx, new: &Amendment) -> sqlx::Result<()> {
    tx.run(
        "INSERT INTO tax_amendments (id, claim_id, agreement_id, approval_number, original_number, reason, supply_won, vat_won,
            issued_on, recorded_by, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        (
            new.id,
            new.claim_id,
            new.agreement_id,
            new.approval_number.clone(),
            new.original_number.clone(),
            new.reason,
            new.supply_won,
            new.vat_won,
            new.issued_on,
            new.recorded_by,
            new.recorded_at,
        ),
    )
    .await?;
    Ok(())
}

/// Settles the open amendments of a claim; how many there were.
pub async fn settle_amendments(
    tx: &mut Tx,
    claim: ClaimId,
    by: Uuid,
    note: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE tax_amendments SET settled_by = $2, settled_at = $3, settled_note = $4
         WHERE claim_id = $1 AND settled_at IS NULL",
        (claim, by, now, note.to_owned()),
    )
    .await
}

/// Whether any amendment of the agreement's claims is open.
pub async fn has_open_amendment(tx: &mut Tx, agreement: AgreementId) -> sqlx::Result<bool> {
    tx.exists("SELECT 1 FROM tax_amendments WHERE agreement_id = $1 AND settled_at IS NULL", (agreement,)).await
}
