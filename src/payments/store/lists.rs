//! What the lists and pages of payments show.

use super::Batch;
use crate::{
    applications::ApplicationId,
    claims::{ClaimId, ClaimState},
    core::money::Won,
    db::{
        Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
    payments::{BatchId, PaymentId, rules::*},
    programmes::CallId,
    vendors::VendorId,
};
use chrono::{DateTime, Utc};

/// One page of batches, latest change first.
pub async fn page(tx: &mut Tx, state: Option<BatchState>, after: Option<Cursor>) -> sqlx::Result<Paged<Batch>> {
    let mut query = tx.query(select_batch!("WHERE 1 = 1"), ());
    let mut count = tx.query("SELECT COUNT(*) FROM (SELECT 1 FROM payment_batches WHERE 1 = 1", ());
    if let Some(state) = state {
        query.add(" AND state = ?", (state,));
        count.add(" AND state = ?", (state,));
    }
    if let Some(after) = after {
        query.add(" AND (state_since, id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY state_since DESC, id DESC LIMIT ?", (PAGE_ROWS + 1,));
    count.add(" LIMIT ?) AS counted", (COUNT_MAX + 1,));
    let rows = tx.fetch_all(query).await?;
    let count = tx.fetch_value(count).await?.unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &Batch| Cursor { at: row.state_since, id: row.id.0 }))
}

/// A claim that waits to be paid, as the list of ready ones shows it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ReadyClaim {
    pub id: ClaimId,
    pub number: String,
    pub application_id: ApplicationId,
    pub support_won: Won,
    pub vendor_name: String,
    pub vendor_id: VendorId,
    pub state_since: DateTime<Utc>,
    pub call_id: CallId,
    pub call_version: i64,
    /// Why it is held, when somebody holds it, its vendor or its programme.
    pub held: Option<String>,
}

/// Approved claims in the order they are paid: oldest approval first.
pub async fn ready_claims(tx: &mut Tx) -> sqlx::Result<Vec<ReadyClaim>> {
    tx.all(
        "SELECT c.id, c.number, c.application_id, c.support_won, o.legal_name AS vendor_name, c.vendor_id, c.state_since,
                g.call_id, c.call_version,
                (SELECT h.reason FROM payment_holds h WHERE h.lifted_at IS NULL
                    AND h.subject_id IN (c.id, c.vendor_id, k.programme_id) ORDER BY h.id LIMIT 1) AS held
         FROM claims c JOIN vendors v ON v.id = c.vendor_id JOIN organisations o ON o.id = v.organisation_id
         JOIN agreements g ON g.id = c.agreement_id JOIN calls k ON k.id = g.call_id
         WHERE c.state = 'approved' AND c.support_won > 0 ORDER BY c.state_since, c.id LIMIT $1",
        (PAYMENTS_MAX as i64,),
    )
    .await
}

/// Claims that wait for their money, by call, version of its rules and time of approval.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Waiting {
    pub call_id: CallId,
    pub call_version: i64,
    pub checked_at: DateTime<Utc>,
    pub support_won: Won,
}

pub async fn waiting(tx: &mut Tx) -> sqlx::Result<Vec<Waiting>> {
    tx.all(
        "SELECT g.call_id, c.call_version, c.checked_at, c.support_won FROM claims c JOIN agreements g ON g.id = c.agreement_id
         WHERE c.state IN ('approved', 'ordered') AND c.support_won > 0 AND c.checked_at IS NOT NULL
         ORDER BY c.state_since, c.id LIMIT $1",
        (COUNT_MAX * 10,),
    )
    .await
}

/// A payment as the page of its batch shows it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PaymentRow {
    pub id: PaymentId,
    pub end_to_end_id: String,
    pub claim_id: ClaimId,
    pub claim_number: String,
    pub bank_code: String,
    pub account_ending: String,
    pub account_holder: String,
    pub amount_won: Won,
    pub state: PaymentState,
    pub bank_reference: Option<String>,
    pub bank_note: Option<String>,
    pub proposed_state: Option<PaymentState>,
    pub attempt: i64,
    pub kept_won: Won,
    pub held: Option<String>,
}

pub async fn rows_of(tx: &mut Tx, batch: BatchId) -> sqlx::Result<Vec<PaymentRow>> {
    tx.all(
        "SELECT p.id, p.end_to_end_id, p.claim_id, c.number AS claim_number, p.bank_code, p.account_ending, p.account_holder,
                p.amount_won, p.state, p.bank_reference, p.bank_note, p.proposed_state, p.attempt, p.kept_won,
                (SELECT h.reason FROM payment_holds h WHERE h.lifted_at IS NULL
                    AND h.subject_id IN (p.id, p.claim_id, p.vendor_id, k.programme_id) ORDER BY h.id LIMIT 1) AS held
         FROM payments p JOIN claims c ON c.id = p.claim_id JOIN applications a ON a.id = p.application_id
         JOIN calls k ON k.id = a.call_id WHERE p.batch_id = $1 ORDER BY p.end_to_end_id",
        (batch,),
    )
    .await
}

/// Names of those who acted on a batch.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Hands {
    pub prepared_by: String,
    pub released_by: Option<String>,
    /// Who is to check it first.
    pub checker: Option<String>,
}

pub async fn hands_of(tx: &mut Tx, batch: BatchId) -> sqlx::Result<Hands> {
    tx.get(
        "SELECT p.name AS prepared_by, r.name AS released_by, k.name AS checker FROM payment_batches b
         JOIN people p ON p.id = b.prepared_by LEFT JOIN people r ON r.id = b.released_by
         LEFT JOIN people k ON k.id = b.checker_id WHERE b.id = $1",
        (batch,),
    )
    .await
}

/// What a vendor was approved, ordered or paid.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Remittance {
    pub claim_id: ClaimId,
    pub number: String,
    pub invoice_no: String,
    pub state: ClaimState,
    pub support_won: Won,
    pub approved_at: DateTime<Utc>,
    pub state_since: DateTime<Utc>,
    pub account_ending: Option<String>,
    pub bank_reference: Option<String>,
    pub call_id: CallId,
    pub call_version: i64,
    /// When the order went to the bank.
    pub sent_at: Option<DateTime<Utc>>,
    /// Why the last attempt failed or came back; it is paid again.
    pub last_trouble: Option<String>,
    /// Somebody looks at something before it is paid.
    pub is_held: bool,
}

/// One page of a vendor's money, latest approval first.
pub async fn remittances(tx: &mut Tx, vendor: VendorId, after: Option<Cursor>) -> sqlx::Result<Paged<Remittance>> {
    let mut query = tx.query(
        "SELECT c.id AS claim_id, c.number, c.invoice_no, c.state, c.support_won, c.checked_at AS approved_at, c.state_since,
                p.account_ending, p.bank_reference, g.call_id, c.call_version, b.released_at AS sent_at,
                (SELECT f.bank_note FROM payments f WHERE f.claim_id = c.id AND f.state IN ('failed', 'returned')
                    AND p.id IS NULL ORDER BY f.attempt DESC LIMIT 1) AS last_trouble,
                EXISTS (SELECT 1 FROM payment_holds h WHERE h.lifted_at IS NULL
                    AND h.subject_id IN (c.id, c.vendor_id, k.programme_id)) AS is_held
         FROM claims c JOIN agreements g ON g.id = c.agreement_id JOIN calls k ON k.id = g.call_id
         LEFT JOIN payments p ON p.claim_id = c.id AND p.state NOT IN ('failed', 'cancelled', 'returned')
         LEFT JOIN payment_batches b ON b.id = p.batch_id
         WHERE c.vendor_id = $1 AND c.state IN ('approved', 'ordered', 'paid') AND c.checked_at IS NOT NULL",
        (vendor,),
    );
    if let Some(after) = after {
        query.add(" AND (c.checked_at, c.id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY c.checked_at DESC, c.id DESC LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    let count = tx
        .value(
            "SELECT COUNT(*) FROM (SELECT 1 FROM claims WHERE vendor_id = $1 AND state IN ('approved', 'ordered', 'paid')
                AND checked_at IS NOT NULL LIMIT $2) AS counted",
            (vendor, COUNT_MAX + 1),
        )
        .await?;
    let place = |row: &Remittance| Cursor { at: row.approved_at, id: row.claim_id.0 };
    Ok(Paged::new(rows, count.unwrap_or(0), place))
}

/// What a vendor has still to get and has got.
pub async fn remittance_totals(tx: &mut Tx, vendor: VendorId) -> sqlx::Result<(Won, Won)> {
    tx.get(
        "SELECT CAST(COALESCE(SUM(CASE WHEN state = 'paid' THEN 0 ELSE support_won END), 0) AS BIGINT),
                CAST(COALESCE(SUM(CASE WHEN state = 'paid' THEN support_won ELSE 0 END), 0) AS BIGINT)
         FROM claims WHERE vendor_id = $1 AND state IN ('approved', 'ordered', 'paid')",
        (vendor,),
    )
    .await
}
