//! Every SQL text about payments.

use super::{BatchId, PaymentId, rules::*};
use crate::{
    applications::ApplicationId,
    claims::{ClaimId, ClaimState},
    core::money::Won,
    db::{
        Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
    vendors::VendorId,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A batch of payments.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Batch {
    pub id: BatchId,
    pub number: String,
    pub state: BatchState,
    pub payment_count: i64,
    pub total_won: Won,
    pub prepared_by: Uuid,
    pub prepared_at: DateTime<Utc>,
    pub approved_by: Option<Uuid>,
    pub approved_at: Option<DateTime<Utc>>,
    pub released_by: Option<Uuid>,
    pub released_at: Option<DateTime<Utc>>,
    /// The bank file, sealed: it holds account numbers.
    pub file_text: Option<String>,
    /// Of the file as the bank gets it.
    pub file_sha256: Option<Vec<u8>>,
    pub state_since: DateTime<Utc>,
}

/// One payment order.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Payment {
    pub id: PaymentId,
    pub claim_id: ClaimId,
    pub application_id: ApplicationId,
    pub vendor_id: VendorId,
    pub batch_id: BatchId,
    pub end_to_end_id: String,
    pub amount_won: Won,
    pub bank_code: String,
    pub account_sealed: Vec<u8>,
    pub account_ending: String,
    pub account_holder: String,
    pub state: PaymentState,
    pub bank_reference: Option<String>,
    pub bank_note: Option<String>,
    pub answered_by: Option<Uuid>,
    pub answered_at: Option<DateTime<Utc>>,
    pub proposed_state: Option<PaymentState>,
    pub confirmed_by: Option<Uuid>,
    pub state_since: DateTime<Utc>,
}

macro_rules! select_batch {
    ($rest:literal) => {
        concat!(
            "SELECT id, number, state, payment_count, total_won, prepared_by, prepared_at, approved_by, approved_at, released_by, released_at, file_text, file_sha256, state_since FROM payment_batches ",
            $rest
        )
    };
}

macro_rules! select_payment {
    ($rest:literal) => {
        concat!(
            "SELECT id, claim_id, application_id, vendor_id, batch_id, end_to_end_id, amount_won, bank_code, account_sealed, account_ending, account_holder, state, bank_reference, bank_note, answered_by, answered_at, proposed_state, confirmed_by, state_since FROM payments ",
            $rest
        )
    };
}

pub async fn find_batch(tx: &mut Tx, id: BatchId) -> sqlx::Result<Option<Batch>> {
    tx.find(select_batch!("WHERE id = $1"), (id,)).await
}

/// The batch, and nobody else changes it or its payments until the unit of work is over.
pub(super) async fn lock_batch(tx: &mut Tx, id: BatchId) -> sqlx::Result<Option<Batch>> {
    let query = tx.query(select_batch!("WHERE id = $1"), (id,));
    let query = tx.for_update(query);
    tx.fetch_optional(query).await
}

pub async fn find_payment(tx: &mut Tx, id: PaymentId) -> sqlx::Result<Option<Payment>> {
    tx.find(select_payment!("WHERE id = $1"), (id,)).await
}

pub(super) async fn find_by_end_to_end(tx: &mut Tx, id: &str) -> sqlx::Result<Option<Payment>> {
    tx.find(select_payment!("WHERE end_to_end_id = $1"), (id.to_owned(),)).await
}

pub async fn payments_of(tx: &mut Tx, batch: BatchId) -> sqlx::Result<Vec<Payment>> {
    tx.all(select_payment!("WHERE batch_id = $1 ORDER BY end_to_end_id"), (batch,)).await
}

/// One page of batches, latest change first.
pub(super) async fn page(tx: &mut Tx, state: Option<BatchState>, after: Option<Cursor>) -> sqlx::Result<Paged<Batch>> {
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
}

/// Approved claims in the order they are paid: oldest approval first.
pub(super) async fn ready_claims(tx: &mut Tx) -> sqlx::Result<Vec<ReadyClaim>> {
    tx.all(
        "SELECT c.id, c.number, c.application_id, c.support_won, o.legal_name AS vendor_name, c.vendor_id, c.state_since
         FROM claims c JOIN vendors v ON v.id = c.vendor_id JOIN organisations o ON o.id = v.organisation_id
         WHERE c.state = 'approved' AND c.support_won > 0 ORDER BY c.state_since, c.id LIMIT $1",
        (PAYMENTS_MAX as i64,),
    )
    .await
}

pub(super) async fn insert_batch(tx: &mut Tx, batch: &Batch) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO payment_batches (id, number, state, payment_count, total_won, prepared_by, prepared_at, state_since)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
        (
            batch.id,
            batch.number.clone(),
            batch.state,
            batch.payment_count,
            batch.total_won,
            batch.prepared_by,
            batch.prepared_at,
        ),
    )
    .await
}

pub(super) async fn insert_payment(tx: &mut Tx, payment: &Payment) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO payments (id, claim_id, application_id, vendor_id, batch_id, end_to_end_id, amount_won, bank_code,
            account_sealed, account_ending, account_holder, state, state_since)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        (
            payment.id,
            payment.claim_id,
            payment.application_id,
            payment.vendor_id,
            payment.batch_id,
            payment.end_to_end_id.clone(),
            payment.amount_won,
            payment.bank_code.clone(),
            payment.account_sealed.clone(),
            payment.account_ending.clone(),
            payment.account_holder.clone(),
            payment.state,
            payment.state_since,
        ),
    )
    .await
}

pub(super) async fn approve(tx: &mut Tx, id: BatchId, by: Uuid, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE payment_batches SET state = 'approved', approved_by = $2, approved_at = $3, state_since = $3
             WHERE id = $1 AND state = 'prepared'",
            (id, by, now),
        )
        .await?;
    Ok(rows == 1)
}

/// Keeps the file with the release: false when the batch was released or cancelled before.
pub(super) async fn release(
    tx: &mut Tx,
    id: BatchId,
    by: Uuid,
    file_text: String,
    sha256: Vec<u8>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE payment_batches SET state = 'released', released_by = $2, released_at = $3, state_since = $3,
                file_text = $4, file_sha256 = $5
             WHERE id = $1 AND state = 'approved' AND file_text IS NULL",
            (id, by, now, file_text, sha256),
        )
        .await?;
    Ok(rows == 1)
}

pub(super) async fn move_batch(
    tx: &mut Tx,
    id: BatchId,
    from: BatchState,
    to: BatchState,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE payment_batches SET state = $3, state_since = $4 WHERE id = $1 AND state = $2",
            (id, from, to, now),
        )
        .await?;
    Ok(rows == 1)
}

/// Moves all payments of a batch; answers how many.
pub(super) async fn move_payments(
    tx: &mut Tx,
    batch: BatchId,
    from: PaymentState,
    to: PaymentState,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE payments SET state = $3, state_since = $4 WHERE batch_id = $1 AND state = $2",
        (batch, from, to, now),
    )
    .await
}

/// Count and sum of a batch's live payments: what its control totals must be.
pub(super) async fn totals_of(tx: &mut Tx, batch: BatchId) -> sqlx::Result<(i64, Won)> {
    tx.get(
        "SELECT COUNT(*), CAST(COALESCE(SUM(amount_won), 0) AS BIGINT) FROM payments
         WHERE batch_id = $1 AND state = 'prepared'",
        (batch,),
    )
    .await
}

/// Claims of the batch whose voucher is frozen.
pub(super) async fn frozen(tx: &mut Tx, batch: BatchId) -> sqlx::Result<Vec<String>> {
    tx.values(
        "SELECT c.number FROM payments p JOIN claims c ON c.id = p.claim_id JOIN vouchers v ON v.agreement_id = c.agreement_id
         WHERE p.batch_id = $1 AND v.state = 'suspended' ORDER BY c.number LIMIT 20",
        (batch,),
    )
    .await
}

/// The bank's answer, as somebody gave it.
pub(super) struct Given {
    pub reference: Option<String>,
    pub note: Option<String>,
    pub by: Uuid,
}

pub(super) async fn answer(
    tx: &mut Tx,
    id: PaymentId,
    from: PaymentState,
    to: PaymentState,
    given: &Given,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE payments SET state = $3, bank_reference = $4, bank_note = $5, answered_by = $6, answered_at = $7, state_since = $7
             WHERE id = $1 AND state = $2",
            (id, from, to, given.reference.clone(), given.note.clone(), given.by, now),
        )
        .await?;
    Ok(rows == 1)
}

/// What the first person found out about an unknown payment; false when something is proposed already.
pub(super) async fn propose(
    tx: &mut Tx,
    id: PaymentId,
    proposed: PaymentState,
    given: &Given,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE payments SET proposed_state = $2, bank_reference = $3, bank_note = $4, answered_by = $5, answered_at = $6
             WHERE id = $1 AND state = 'unknown' AND proposed_state IS NULL",
            (id, proposed, given.reference.clone(), given.note.clone(), given.by, now),
        )
        .await?;
    Ok(rows == 1)
}

/// The second person agrees: the proposal becomes the state.
pub(super) async fn settle_unknown(
    tx: &mut Tx,
    id: PaymentId,
    to: PaymentState,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE payments SET state = $2, confirmed_by = $3, state_since = $4
             WHERE id = $1 AND state = 'unknown' AND proposed_state = $2 AND answered_by <> $3",
            (id, to, by, now),
        )
        .await?;
    Ok(rows == 1)
}

/// The second person does not agree: the payment stays unknown, nothing is proposed.
pub(super) async fn drop_proposal(tx: &mut Tx, id: PaymentId) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE payments SET proposed_state = NULL WHERE id = $1 AND state = 'unknown' AND proposed_state IS NOT NULL",
            (id,),
        )
        .await?;
    Ok(rows == 1)
}

/// Payments of a batch that still wait for an answer.
pub(super) async fn open_payments(tx: &mut Tx, batch: BatchId) -> sqlx::Result<i64> {
    let open = tx
        .value(
            "SELECT COUNT(*) FROM payments WHERE batch_id = $1 AND state IN ('prepared', 'sent', 'unknown')",
            (batch,),
        )
        .await?;
    Ok(open.unwrap_or(0))
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
}

pub(super) async fn rows_of(tx: &mut Tx, batch: BatchId) -> sqlx::Result<Vec<PaymentRow>> {
    tx.all(
        "SELECT p.id, p.end_to_end_id, p.claim_id, c.number AS claim_number, p.bank_code, p.account_ending, p.account_holder,
                p.amount_won, p.state, p.bank_reference, p.bank_note, p.proposed_state
         FROM payments p JOIN claims c ON c.id = p.claim_id WHERE p.batch_id = $1 ORDER BY p.end_to_end_id",
        (batch,),
    )
    .await
}

/// The cases whose money a batch moves.
pub(super) async fn cases_of(tx: &mut Tx, batch: BatchId) -> sqlx::Result<Vec<Uuid>> {
    tx.values("SELECT DISTINCT application_id FROM payments WHERE batch_id = $1 ORDER BY application_id", (batch,))
        .await
}

/// Names of the three who acted on a batch.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Hands {
    pub prepared_by: String,
    pub approved_by: Option<String>,
    pub released_by: Option<String>,
}

pub(super) async fn hands_of(tx: &mut Tx, batch: BatchId) -> sqlx::Result<Hands> {
    tx.get(
        "SELECT p.name AS prepared_by, a.name AS approved_by, r.name AS released_by FROM payment_batches b
         JOIN people p ON p.id = b.prepared_by LEFT JOIN people a ON a.id = b.approved_by
         LEFT JOIN people r ON r.id = b.released_by WHERE b.id = $1",
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
}

/// One page of a vendor's money, latest approval first.
pub(super) async fn remittances(
    tx: &mut Tx,
    vendor: VendorId,
    after: Option<Cursor>,
) -> sqlx::Result<Paged<Remittance>> {
    let mut query = tx.query(
        "SELECT c.id AS claim_id, c.number, c.invoice_no, c.state, c.support_won, c.checked_at AS approved_at, c.state_since,
                p.account_ending, p.bank_reference
         FROM claims c LEFT JOIN payments p ON p.claim_id = c.id AND p.state NOT IN ('failed', 'cancelled')
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
pub(super) async fn remittance_totals(tx: &mut Tx, vendor: VendorId) -> sqlx::Result<(Won, Won)> {
    tx.get(
        "SELECT CAST(COALESCE(SUM(CASE WHEN state = 'paid' THEN 0 ELSE support_won END), 0) AS BIGINT),
                CAST(COALESCE(SUM(CASE WHEN state = 'paid' THEN support_won ELSE 0 END), 0) AS BIGINT)
         FROM claims WHERE vendor_id = $1 AND state IN ('approved', 'ordered', 'paid')",
        (vendor,),
    )
    .await
}
