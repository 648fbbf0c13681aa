//! Every SQL text about payments: batches and orders here, the rest by aspect.

/// A batch, from wherever the rest of the statement says.
macro_rules! select_batch {
    ($rest:literal) => {
        concat!(
            "SELECT id, number, state, payment_count, total_won, prepared_by, prepared_at, approved_by, approved_at, released_by, released_at, file_text, file_sha256, state_since, profile_id, checks_needed, checker_id FROM payment_batches ",
            $rest
        )
    };
}

pub mod checks;
pub mod holds;
pub mod lists;
pub mod profiles;
pub mod statements;

use super::{BatchId, PaymentId, ProfileId, rules::*};
use crate::{applications::ApplicationId, claims::ClaimId, core::money::Won, db::Tx, files::FileId, vendors::VendorId};
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
    /// The account it is paid from; none for the table of a bank that is not described.
    pub profile_id: Option<ProfileId>,
    pub checks_needed: i64,
    /// Who is to check it first.
    pub checker_id: Option<Uuid>,
}

/// One payment order.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Payment {
    pub id: PaymentId,
    pub claim_id: ClaimId,
    pub application_id: ApplicationId,
    pub vendor_id: VendorId,
    pub batch_id: BatchId,
    /// The same for every attempt to pay the claim.
    pub end_to_end_id: String,
    /// From 1.
    pub attempt: i64,
    pub instruction_id: String,
    /// What goes to the bank.
    pub amount_won: Won,
    /// Kept back with this order for what the vendor owes.
    pub kept_won: Won,
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
    /// The bank's own file where it says the result.
    pub evidence_id: Option<FileId>,
    pub state_since: DateTime<Utc>,
}

macro_rules! select_payment {
    ($rest:literal) => {
        concat!(
            "SELECT id, claim_id, application_id, vendor_id, batch_id, end_to_end_id, attempt, instruction_id, amount_won, kept_won, bank_code, account_sealed, account_ending, account_holder, state, bank_reference, bank_note, answered_by, answered_at, proposed_state, confirmed_by, evidence_id, state_since FROM payments ",
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

/// The attempt that the bank names; by the end-to-end id alone the latest one.
pub(super) async fn find_by_bank_ids(
    tx: &mut Tx,
    end_to_end_id: &str,
    instruction_id: Option<&str>,
) -> sqlx::Result<Option<Payment>> {
    match instruction_id {
        Some(id) => {
            tx.find(
                select_payment!("WHERE instruction_id = $1 AND end_to_end_id = $2"),
                (id.to_owned(), end_to_end_id.to_owned()),
            )
            .await
        }
        None => {
            tx.find(
                select_payment!("WHERE end_to_end_id = $1 ORDER BY attempt DESC LIMIT 1"),
                (end_to_end_id.to_owned(),),
            )
            .await
        }
    }
}

/// The latest attempt to pay a claim.
pub(super) async fn latest_of_claim(tx: &mut Tx, claim: ClaimId) -> sqlx::Result<Option<Payment>> {
    tx.find(select_payment!("WHERE claim_id = $1 ORDER BY attempt DESC LIMIT 1"), (claim,)).await
}

/// What was kept back of a claim with its orders so far.
pub(super) async fn kept_of_claim(tx: &mut Tx, claim: ClaimId) -> sqlx::Result<Won> {
    tx.value("SELECT CAST(COALESCE(SUM(kept_won), 0) AS BIGINT) FROM payments WHERE claim_id = $1", (claim,))
        .await
        .map(Option::unwrap_or_default)
}

/// Nobody approves or releases a batch that is under way until this unit of work is over.
pub(super) async fn lock_open_batches(tx: &mut Tx) -> sqlx::Result<Vec<Batch>> {
    let query = tx.query(select_batch!("WHERE state IN ('prepared', 'approved') ORDER BY id"), ());
    let query = tx.for_update(query);
    tx.fetch_all(query).await
}

pub async fn payments_of(tx: &mut Tx, batch: BatchId) -> sqlx::Result<Vec<Payment>> {
    tx.all(select_payment!("WHERE batch_id = $1 ORDER BY end_to_end_id"), (batch,)).await
}

pub(super) async fn insert_batch(tx: &mut Tx, batch: &Batch) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO payment_batches (id, number, state, payment_count, total_won, prepared_by, prepared_at, state_since,
            profile_id, checks_needed, checker_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10)",
        (
            batch.id,
            batch.number.clone(),
            batch.state,
            batch.payment_count,
            batch.total_won,
            batch.prepared_by,
            batch.prepared_at,
            batch.profile_id,
            batch.checks_needed,
            batch.checker_id,
        ),
    )
    .await
}

pub(super) async fn insert_payment(tx: &mut Tx, payment: &Payment) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO payments (id, claim_id, application_id, vendor_id, batch_id, end_to_end_id, amount_won, bank_code,
            account_sealed, account_ending, account_holder, state, state_since, attempt, instruction_id, kept_won)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
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
            payment.attempt,
            payment.instruction_id.clone(),
            payment.kept_won,
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
    /// The bank's own file that says it.
    pub evidence: Option<FileId>,
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
            "UPDATE payments SET state = $3, bank_reference = $4, bank_note = $5, answered_by = $6, answered_at = $7, state_since = $7,
                evidence_id = $8, proposed_state = NULL
             WHERE id = $1 AND state = $2",
            (id, from, to, given.reference.clone(), given.note.clone(), given.by, now, given.evidence),
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

/// Confirmed money came back; false when the payment was not confirmed or came back before.
pub(super) async fn come_back(
    tx: &mut Tx,
    id: PaymentId,
    note: &str,
    evidence: FileId,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE payments SET state = 'returned', bank_note = $2, evidence_id = $3, state_since = $4
             WHERE id = $1 AND state = 'confirmed'",
            (id, note.to_owned(), evidence, now),
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

/// The cases whose money a batch moves.
pub(super) async fn cases_of(tx: &mut Tx, batch: BatchId) -> sqlx::Result<Vec<Uuid>> {
    tx.values("SELECT DISTINCT application_id FROM payments WHERE batch_id = $1 ORDER BY application_id", (batch,))
        .await
}
