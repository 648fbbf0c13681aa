//! The second person approves, the third releases: then the bank file is made, once. Until then a batch can be
//! cancelled, and everything goes back to where it was.

use super::{preparing::ZONE, *};
use crate::core::{calendar::local_date, secret::Seal};
use crate::payments::rules::bank_file::{self, BankOrder};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What the sealed file is bound to.
const FILE_PURPOSE: &str = "bank_file";
/// As vendors seal their accounts.
const ACCOUNT_PURPOSE: &str = "account";

/// The bank file of a released batch: the same bytes every time.
pub struct BankFile {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// The second person approves. Refused to whoever prepared it or did another act on one of its cases.
pub async fn approve(app: &App, actor: &Actor, id: BatchId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    only_payers(actor)?;
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "payments.approve", now).await?.is_some() {
        return Ok(());
    }
    let batch = ready_for(&mut tx, actor, id, "approve", now).await?;
    let cases = store::cases_of(&mut tx, id).await?;
    audit::take_all(&mut tx, actor, &cases, Act::PaymentApproved, now).await?;
    if !store::approve(&mut tx, id, actor.id, now).await? {
        return Err(moved_on().into());
    }
    let record = Record::new("batch", id, "batch_approved")
        .with("number", &batch.number)
        .with("count", batch.payment_count)
        .with("total_won", batch.total_won);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The third person releases: the bank file is made and kept, and every payment is sent.
pub async fn release(app: &App, actor: &Actor, id: BatchId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    only_payers(actor)?;
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "payments.release", now).await?.is_some() {
        return Ok(());
    }
    ledger::check_release_open(&mut tx, actor, now).await?;
    let batch = ready_for(&mut tx, actor, id, "release", now).await?;
    let cases = store::cases_of(&mut tx, id).await?;
    audit::take_all(&mut tx, actor, &cases, Act::PaymentReleased, now).await?;
    let text = file_of(app, &mut tx, id).await?;
    let sha256 = Sha256::digest(text.as_bytes()).to_vec();
    let sealed = STANDARD.encode(app.seal.seal(FILE_PURPOSE, &text));
    if !store::release(&mut tx, id, actor.id, sealed, sha256.clone(), now).await? {
        return Err(moved_on().into());
    }
    let sent = store::move_payments(&mut tx, id, PaymentState::Prepared, PaymentState::Sent, now).await?;
    if sent as i64 != batch.payment_count {
        return Err(anyhow::anyhow!("batch {} sends {sent} of {} payments", batch.number, batch.payment_count).into());
    }
    let record = Record::new("batch", id, "batch_released")
        .with("number", &batch.number)
        .with("count", batch.payment_count)
        .with("total_won", batch.total_won)
        .with("sha256", hex::encode(sha256));
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Numbers of the claims in a batch whose vendor may not be paid now: suspended, or its account is being changed.
async fn unpayable(tx: &mut Tx, id: BatchId, now: DateTime<Utc>) -> Outcome<Vec<String>> {
    let mut holds = BTreeMap::new();
    let mut numbers = Vec::new();
    for payment in store::payments_of(tx, id).await? {
        let is_held = match holds.get(&payment.vendor_id) {
            Some(is_held) => *is_held,
            None => vendors::pay_hold(tx, payment.vendor_id, local_date(now, ZONE)).await?.is_some(),
        };
        holds.insert(payment.vendor_id, is_held);
        if is_held {
            numbers.push(claims::get(tx, payment.claim_id).await?.number);
        }
    }
    Ok(numbers)
}

/// The batch when `name` may follow, this person did none of the acts before, and it still stands as it was made.
async fn ready_for(tx: &mut Tx, actor: &Actor, id: BatchId, name: &'static str, now: DateTime<Utc>) -> Outcome<Batch> {
    let batch = store::lock_batch(tx, id).await?.ok_or_else(Refusal::not_found)?;
    step(rules::BATCH_STEPS, name, batch.state)?;
    for (person, act) in [(Some(batch.prepared_by), Act::PaymentPrepared), (batch.approved_by, Act::PaymentApproved)] {
        if person == Some(actor.id) {
            let earlier = actor.lang.code_word("act", act.as_str());
            return Err(Refusal::forbidden("refusal-duties-apart").with("earlier", earlier).into());
        }
    }
    let unpayable = unpayable(tx, id, now).await?;
    if !unpayable.is_empty() {
        return Err(Refusal::conflict("payments-refusal-vendor").with("claims", unpayable.join(", ")).into());
    }
    let frozen = store::frozen(tx, id).await?;
    if !frozen.is_empty() {
        return Err(Refusal::conflict("payments-refusal-frozen").with("claims", frozen.join(", ")).into());
    }
    if store::totals_of(tx, id).await? != (batch.payment_count, batch.total_won) {
        return Err(anyhow::anyhow!("batch {} is not the sum of its payments", batch.number).into());
    }
    Ok(batch)
}

async fn file_of(app: &App, tx: &mut Tx, id: BatchId) -> Outcome<String> {
    let mut orders = Vec::new();
    for payment in store::payments_of(tx, id).await? {
        let claim = claims::get(tx, payment.claim_id).await?;
        orders.push(BankOrder {
            account_number: app.seal.open(ACCOUNT_PURPOSE, &payment.account_sealed)?,
            end_to_end_id: payment.end_to_end_id,
            bank_code: payment.bank_code,
            account_holder: payment.account_holder,
            amount: payment.amount_won,
            memo: claim.number,
        });
    }
    Ok(bank_file::bank_file(&orders)?)
}

/// The bank file, for a payer who proved who they are; each download is in the history with the file's hash.
pub async fn bank_file(app: &App, actor: &Actor, id: BatchId) -> Outcome<BankFile> {
    let now = app.clock.now();
    only_payers(actor)?;
    let mut tx = app.db.write().await?;
    let batch = store::find_batch(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let (Some(sealed), Some(sha256)) = (&batch.file_text, &batch.file_sha256) else {
        return Err(Refusal::not_found().into());
    };
    actor.freshly_proven(now)?;
    let bytes = open_bank_file(&app.seal, sealed)?;
    if Sha256::digest(&bytes)[..] != sha256[..] {
        return Err(anyhow::anyhow!("the file of batch {} is not the one that was released", batch.number).into());
    }
    let record = Record::new("batch", id, "bank_file_downloaded")
        .with("number", &batch.number)
        .with("sha256", hex::encode(sha256));
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(BankFile { name: format!("{}.csv", batch.number), bytes })
}

/// The plain bytes of a bank file as a batch keeps it.
pub fn open_bank_file(seal: &Seal, stored: &str) -> anyhow::Result<Vec<u8>> {
    Ok(seal.open(FILE_PURPOSE, &STANDARD.decode(stored)?)?.into_bytes())
}

/// Cancels a batch that was not released: its claims wait again, as if it had never been.
pub async fn cancel(app: &App, actor: &Actor, id: BatchId, note: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    only_payers(actor)?;
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "payments.cancel", now).await?.is_some() {
        return Ok(());
    }
    let batch = store::lock_batch(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let step = step(rules::BATCH_STEPS, "cancel", batch.state)?;
    if !store::move_batch(&mut tx, id, step.from, step.to, now).await? {
        return Err(moved_on().into());
    }
    for payment in store::payments_of(&mut tx, id).await? {
        take_back(&mut tx, actor, &payment, now).await?;
    }
    store::move_payments(&mut tx, id, PaymentState::Prepared, PaymentState::Cancelled, now).await?;
    let record = Record::new("batch", id, "batch_cancelled").with("number", &batch.number).with("note", note);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}
