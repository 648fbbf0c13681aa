//! Others check, one more person releases: then the bank file is made, once. Until then a batch can be cancelled, and
//! everything goes back to where it was.

use super::*;
use crate::{
    core::secret::Seal,
    payments::{
        rules::{
            bank_file::{self, BankOrder, Columns, Encoding, Payer},
            pain001::{self, Heading},
        },
        store::{checks, profiles::Profile},
    },
    reference,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What the sealed file is bound to.
const FILE_PURPOSE: &str = "bank_file";
/// As vendors seal their accounts.
const ACCOUNT_PURPOSE: &str = "account";

/// The bank file of a released batch: the same bytes every time.
pub struct BankFile {
    pub name: String,
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

/// One more person checks; with the last check that the amounts ask for the batch is approved. Refused to whoever
/// prepared or checked it or did another act on one of its cases.
pub async fn approve(app: &App, actor: &Actor, id: BatchId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    only_payers(actor)?;
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "payments.approve", now).await?.is_some() {
        return Ok(());
    }
    let (batch, done) = ready_for(&mut tx, actor, id, "approve", now).await?;
    let absent = stands_in_for(&mut tx, actor, &batch, &done, now).await?;
    let cases = store::cases_of(&mut tx, id).await?;
    audit::take_all(&mut tx, actor, &cases, Act::PaymentApproved, now).await?;
    let position = done.len() as i64 + 1;
    checks::insert(&mut tx, id, position, actor.id, absent, now).await?;
    let is_last = position >= batch.checks_needed;
    let record = match is_last {
        true => Record::new("batch", id, "batch_approved"),
        false => Record::new("batch", id, "batch_checked"),
    };
    let mut record = record
        .with("number", &batch.number)
        .with("count", batch.payment_count)
        .with("total_won", batch.total_won)
        .with("check", format!("{position} / {}", batch.checks_needed));
    if let Some(absent) = absent
        && let Some(person) = people::find_person(&mut tx, people::PersonId(absent)).await?
    {
        record = record.with("deputy_for", person.name);
    }
    let name = if is_last { "approve" } else { "check" };
    step(rules::BATCH_STEPS, name, batch.state)?;
    if is_last && !store::approve(&mut tx, id, actor.id, now).await? {
        return Err(moved_on().into());
    }
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The absent person for whom this one checks; None where nobody is named, the named one checked, or it is they.
async fn stands_in_for(
    tx: &mut Tx,
    actor: &Actor,
    batch: &Batch,
    done: &[checks::Check],
    now: DateTime<Utc>,
) -> Outcome<Option<Uuid>> {
    let Some(named) = batch.checker_id.filter(|named| *named != actor.id && done.is_empty()) else { return Ok(None) };
    if checks::is_deputy(tx, actor.id, named, local_date(now, ZONE)).await? {
        return Ok(Some(named));
    }
    let person = people::find_person(tx, people::PersonId(named)).await?;
    let name = person.map(|person| person.name).unwrap_or_default();
    Err(Refusal::forbidden("payments-refusal-named-checker").with("name", name).into())
}

/// A last person releases: the bank file is made and kept, and every payment is sent.
pub async fn release(app: &App, actor: &Actor, id: BatchId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    only_payers(actor)?;
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "payments.release", now).await?.is_some() {
        return Ok(());
    }
    ledger::check_release_open(&mut tx).await?;
    let (batch, _) = ready_for(&mut tx, actor, id, "release", now).await?;
    let cases = store::cases_of(&mut tx, id).await?;
    audit::take_all(&mut tx, actor, &cases, Act::PaymentReleased, now).await?;
    let (text, encoding) = file_of(app, &mut tx, &batch, now).await?;
    let sha256 = Sha256::digest(bank_file::encoded(&text, encoding)?).to_vec();
    let sealed = STANDARD.encode(app.seal.seal(FILE_PURPOSE, &text));
    let sealed = if encoding == Encoding::Utf8 { sealed } else { format!("{encoding}:{sealed}") };
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
    let payments = store::payments_of(tx, id).await?;
    let of = payments.iter().map(|payment| payment.vendor_id);
    let holds = vendors::pay_holds(tx, of, local_date(now, ZONE)).await?;
    let mut numbers = Vec::new();
    for payment in payments.iter().filter(|payment| holds.contains_key(&payment.vendor_id)) {
        numbers.push(claims::get(tx, payment.claim_id).await?.number);
    }
    Ok(numbers)
}

/// The batch and its checks so far when `name` may follow, this person did none of the acts before, and it still
/// stands as it was made.
async fn ready_for(
    tx: &mut Tx,
    actor: &Actor,
    id: BatchId,
    name: &'static str,
    now: DateTime<Utc>,
) -> Outcome<(Batch, Vec<checks::Check>)> {
    let batch = store::lock_batch(tx, id).await?.ok_or_else(Refusal::not_found)?;
    step(rules::BATCH_STEPS, name, batch.state)?;
    let done = checks::of_batch(tx, id).await?;
    let checkers = done.iter().map(|check| (check.person_id, Act::PaymentApproved));
    for (person, act) in [(batch.prepared_by, Act::PaymentPrepared)].into_iter().chain(checkers) {
        if person == actor.id {
            return Err(audit::apart(actor.lang, act).into());
        }
    }
    let unpayable = unpayable(tx, id, now).await?;
    if !unpayable.is_empty() {
        return Err(Refusal::conflict("payments-refusal-vendor").with("claims", unpayable.join(", ")).into());
    }
    let held = store::holds::held_in(tx, id).await?;
    if !held.is_empty() {
        return Err(Refusal::conflict("payments-refusal-held").with("claims", held.join(", ")).into());
    }
    let frozen = store::frozen(tx, id).await?;
    if !frozen.is_empty() {
        return Err(Refusal::conflict("payments-refusal-frozen").with("claims", frozen.join(", ")).into());
    }
    if store::totals_of(tx, id).await? != (batch.payment_count, batch.total_won) {
        return Err(anyhow::anyhow!("batch {} is not the sum of its payments", batch.number).into());
    }
    Ok((batch, done))
}

/// The file as the bank of its profile takes it.
async fn file_of(app: &App, tx: &mut Tx, batch: &Batch, now: DateTime<Utc>) -> Outcome<(String, Encoding)> {
    let mut orders = Vec::new();
    for payment in store::payments_of(tx, batch.id).await? {
        let claim = claims::get(tx, payment.claim_id).await?;
        orders.push(BankOrder {
            account_number: app.seal.open(ACCOUNT_PURPOSE, &payment.account_sealed)?,
            end_to_end_id: payment.end_to_end_id,
            instruction_id: payment.instruction_id,
            bank_code: payment.bank_code,
            account_holder: payment.account_holder,
            amount: payment.amount_won,
            memo: claim.number,
        });
    }
    let Some(profile) = profile_of(tx, batch).await? else {
        return Ok((bank_file::table(&Columns::standard(), &orders)?, Encoding::Utf8));
    };
    let Some(version) = profile.format.message() else {
        let columns = Columns::parse(&profile.columns)
            .ok_or_else(|| anyhow::anyhow!("the columns of profile {} cannot be read", profile.id))?;
        let text = bank_file::table(&columns, &orders)?;
        // Before anything is kept: a letter that the bank cannot read is a reason to choose another account.
        bank_file::encoded(&text, profile.encoding)
            .map_err(|_| Refusal::conflict("payments-refusal-encoding").with("name", &profile.name))?;
        return Ok((text, profile.encoding));
    };
    let payer = Payer {
        account_number: app.seal.open(super::profiles::PURPOSE, &profile.account_sealed)?,
        holder: profile.holder,
        bank_code: profile.bank_code,
        bic: profile.bic,
    };
    let heading = Heading {
        message_id: &batch.number,
        made_at: now,
        zone: ZONE,
        execution_on: reference::holidays(tx).await?.on_or_after(local_date(now, ZONE)),
        payer: &payer,
    };
    Ok((pain001::write(version, &heading, &orders)?, Encoding::Utf8))
}

async fn profile_of(tx: &mut Tx, batch: &Batch) -> Outcome<Option<Profile>> {
    match batch.profile_id {
        Some(id) => Ok(store::profiles::find(tx, id).await?),
        None => Ok(None),
    }
}

/// Notes that this person takes the bank file out; the download that follows writes nothing.
pub async fn take_file(app: &App, actor: &Actor, id: BatchId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    only_payers(actor)?;
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "payments.take_file", now).await?.is_some() {
        return Ok(());
    }
    let batch = store::find_batch(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let sha256 = batch.file_sha256.as_ref().ok_or_else(Refusal::not_found)?;
    let record = Record::new("batch", id, "bank_file_downloaded")
        .with("number", &batch.number)
        .with("sha256", hex::encode(sha256));
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, id).await?;
    tx.commit().await?;
    Ok(())
}

/// The bank file, for the payer who took it out under `once` and proved who they are.
pub async fn bank_file(app: &App, actor: &Actor, id: BatchId, once: Once) -> Outcome<BankFile> {
    only_payers(actor)?;
    actor.freshly_proven(app.clock.now())?;
    let mut tx = app.db.read().await?;
    let taken = tx.result_of(once, actor.id, "payments.take_file").await?;
    if taken != Some(id.to_string()) {
        return Err(Refusal::not_found().into());
    }
    let batch = store::find_batch(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let (Some(sealed), Some(sha256)) = (&batch.file_text, &batch.file_sha256) else {
        return Err(Refusal::not_found().into());
    };
    let bytes = open_bank_file(&app.seal, sealed)?;
    if Sha256::digest(&bytes)[..] != sha256[..] {
        return Err(anyhow::anyhow!("the file of batch {} is not the one that was released", batch.number).into());
    }
    let profile = profile_of(&mut tx, &batch).await?;
    let (ending, media_type) = match profile.map(|profile| (profile.format, profile.encoding)) {
        Some((format, _)) if format.message().is_some() => ("xml", "application/xml"),
        Some((_, Encoding::EucKr)) => ("csv", "text/csv; charset=euc-kr"),
        _ => ("csv", "text/csv; charset=utf-8"),
    };
    Ok(BankFile { name: format!("{}.{ending}", batch.number), media_type, bytes })
}

/// The plain bytes of a bank file as a batch keeps it: sealed, because it holds account numbers.
pub fn open_bank_file(seal: &Seal, stored: &str) -> anyhow::Result<Vec<u8>> {
    let (encoding, sealed) = match stored.split_once(':') {
        Some((encoding, sealed)) => (encoding.parse()?, sealed),
        None => (Encoding::Utf8, stored),
    };
    bank_file::encoded(&seal.open(FILE_PURPOSE, &STANDARD.decode(sealed)?)?, encoding)
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
