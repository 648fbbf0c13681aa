//! Every SQL text about claims.

use super::{ClaimId, rules::ClaimState};
use crate::{
    agreements::{AgreementId, MilestoneId},
    applications::ApplicationId,
    core::money::Won,
    db::Tx,
    files::FileId,
    organisations::OrganisationId,
    vendors::VendorId,
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// A vendor's invoice against a milestone.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Claim {
    pub id: ClaimId,
    pub number: String,
    pub agreement_id: AgreementId,
    pub milestone_id: MilestoneId,
    pub application_id: ApplicationId,
    pub call_version: i64,
    pub vendor_id: VendorId,
    pub organisation_id: OrganisationId,
    pub state: ClaimState,
    pub invoice_no: String,
    pub issued_on: NaiveDate,
    pub supplied_on: NaiveDate,
    pub supplier_number: String,
    pub buyer_number: String,
    pub supply_won: Won,
    pub vat_won: Won,
    pub total_won: Won,
    pub support_won: Won,
    pub source: String,
    pub file_id: Option<FileId>,
    pub submitted_by: Uuid,
    pub submitted_at: DateTime<Utc>,
    pub delivery_by: Option<Uuid>,
    pub delivery_at: Option<DateTime<Utc>>,
    pub checked_by: Option<Uuid>,
    pub checked_at: Option<DateTime<Utc>>,
    pub note: Option<String>,
    pub state_since: DateTime<Utc>,
    pub version: i64,
}

macro_rules! select_claim {
    ($rest:literal) => {
        concat!(
            "SELECT id, number, agreement_id, milestone_id, application_id, call_version, vendor_id, organisation_id, state, invoice_no, issued_on, supplied_on, supplier_number, buyer_number, supply_won, vat_won, total_won, support_won, source, file_id, submitted_by, submitted_at, delivery_by, delivery_at, checked_by, checked_at, note, state_since, version FROM claims ",
            $rest
        )
    };
}

pub async fn find(tx: &mut Tx, id: ClaimId) -> sqlx::Result<Option<Claim>> {
    tx.find(select_claim!("WHERE id = $1"), (id,)).await
}

pub async fn get(tx: &mut Tx, id: ClaimId) -> sqlx::Result<Claim> {
    tx.get(select_claim!("WHERE id = $1"), (id,)).await
}

/// Approved claims that no live payment stands for, oldest approval first.
pub async fn approved_claims(tx: &mut Tx, limit: i64) -> sqlx::Result<Vec<Claim>> {
    tx.all(select_claim!("WHERE state = 'approved' AND support_won > 0 ORDER BY state_since, id LIMIT $1"), (limit,))
        .await
}

/// Moves the state if it still is `from`; false when somebody else was first.
pub(super) async fn move_state(
    tx: &mut Tx,
    id: ClaimId,
    from: ClaimState,
    to: ClaimState,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE claims SET state = $3, state_since = $4, version = version + 1 WHERE id = $1 AND state = $2",
            (id, from, to, now),
        )
        .await?;
    Ok(rows == 1)
}
