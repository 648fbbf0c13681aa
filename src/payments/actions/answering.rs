//! What the bank said. Confirmed money is paid, failed money goes back to its hold, and an unknown result is a state
//! that only the bank's own message or two people can leave: one finds out, another agrees.

use super::*;
use crate::{
    core::lang::Lang,
    core::refusal::Trouble,
    files::{self, FileId, Received},
    payments::rules::{
        answers::{self, Answer, AnswerRow, AnswersTrouble, Said},
        pain002,
    },
};
use serde::{Deserialize, Serialize};

/// What became of one row of a file of answers; its word is `payments-row-<code>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowOutcome {
    Confirmed,
    Failed,
    Unknown,
    /// The payment was unknown: a second person has to agree.
    Proposed,
    /// The bank works on it.
    Pending,
    /// It was answered the same way before.
    Already,
    /// It was answered otherwise before: nothing was changed.
    Contradicts,
    NotFound,
    Unreadable,
}

impl RowOutcome {
    pub fn code(self) -> &'static str {
        match self {
            RowOutcome::Confirmed => "confirmed",
            RowOutcome::Failed => "failed",
            RowOutcome::Unknown => "unknown",
            RowOutcome::Proposed => "proposed",
            RowOutcome::Pending => "pending",
            RowOutcome::Already => "already",
            RowOutcome::Contradicts => "contradicts",
            RowOutcome::NotFound => "not-found",
            RowOutcome::Unreadable => "unreadable",
        }
    }
}

/// One row of a file of answers and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowResult {
    pub line: u64,
    pub end_to_end_id: String,
    pub outcome: RowOutcome,
}

/// Notes the bank's answer about one payment. On an unknown payment it is a proposal that a second person settles.
pub async fn answer(app: &App, actor: &Actor, id: PaymentId, answer: Answer, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    only_payers(actor)?;
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "payments.answer", now).await?.is_some() {
        return Ok(());
    }
    let (payment, batch) = locked(&mut tx, id).await?;
    match apply(&mut tx, actor, &payment, &batch, answer, None, now).await? {
        RowOutcome::Already | RowOutcome::Contradicts => Err(moved_on().into()),
        _ => Ok(tx.commit().await?),
    }
}

/// Reads a file of answers for a batch, a table or a `pain.002`, and applies each row that fits; answers nothing by
/// halves. What became of the rows is kept with the form `once`.
pub async fn answer_file(app: &App, actor: &Actor, id: BatchId, received: &[Received], once: Once) -> Outcome<()> {
    let kept = keep_answers(app, actor, id, received, once).await;
    if !matches!(kept, Ok(true)) {
        app.files.discard(received).await;
    }
    kept.map(|_| ())
}

const FIELD: &str = "answers_file";

async fn keep_answers(app: &App, actor: &Actor, id: BatchId, received: &[Received], once: Once) -> Outcome<bool> {
    let now = app.clock.now();
    only_payers(actor)?;
    actor.freshly_proven(now)?;
    let upload = received.first().ok_or_else(|| Refusal::unacceptable("payments-refusal-no-file").at(FIELD))?;
    let is_message = upload.media_type == "application/xml";
    if upload.size_bytes > (if is_message { xml::MAX_BYTES } else { answers::BYTES_MAX }) as i64 {
        return Err(not_answers(AnswersTrouble::TooLarge));
    }
    let bytes = app.files.read(upload.id).await?;
    let (report, mut rows) = if is_message {
        let report = tokio::task::spawn_blocking(move || pain002::read(&bytes)).await.map_err(anyhow::Error::from)?;
        let mut report = report.map_err(|trouble| super::unreadable(&trouble, FIELD))?;
        let rows = std::mem::take(&mut report.rows);
        (Some(report), rows)
    } else {
        (None, answers::read_answers(&bytes).map_err(not_answers)?)
    };
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "payments.answers", now).await?.is_some() {
        return Ok(false);
    }
    let batch = store::lock_batch(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    if !matches!(batch.state, BatchState::Released | BatchState::Settled) {
        return Err(moved_on().into());
    }
    if let Some(report) = &report {
        if report.about != batch.number {
            let refusal = Refusal::unacceptable("payments-refusal-report-of-another").at(FIELD);
            return Err(refusal.with("number", &report.about).into());
        }
        if let Some(why) = &report.rejected {
            rows.extend(all_failed(&mut tx, id, why).await?);
        }
    }
    files::adopt(&mut tx, actor, None, upload, now).await?;
    // A table can be typed by anybody; the bank's own message is evidence.
    let evidence = is_message.then_some(upload.id);
    let mut results = Vec::new();
    for row in rows {
        let payment = store::find_by_bank_ids(&mut tx, &row.end_to_end_id, row.instruction_id.as_deref()).await?;
        let outcome = match (payment.filter(|payment| payment.batch_id == id), row.said) {
            (_, Said::Unreadable) => RowOutcome::Unreadable,
            (None, _) => RowOutcome::NotFound,
            (Some(_), Said::Pending) => RowOutcome::Pending,
            (Some(payment), Said::Answer(answer)) => {
                apply(&mut tx, actor, &payment, &batch, answer, evidence, now).await?
            }
        };
        results.push(RowResult { line: row.line, end_to_end_id: row.end_to_end_id, outcome });
    }
    let applied = results.iter().filter(|row| row.outcome != RowOutcome::Unreadable).count();
    let record = Record::new("batch", id, "answers_read")
        .with("file", &upload.name)
        .with("sha256", hex::encode(&upload.sha256))
        .with("rows", results.len())
        .with("rows_readable", applied);
    audit::record(&mut tx, actor, record, now).await?;
    let kept = serde_json::to_string(&results).map_err(anyhow::Error::from)?;
    tx.remember(once, kept).await?;
    tx.commit().await?;
    Ok(true)
}

/// A rejected file pays nobody.
async fn all_failed(tx: &mut Tx, batch: BatchId, why: &str) -> Outcome<Vec<AnswerRow>> {
    let payments = store::payments_of(tx, batch).await?;
    let row = |payment: Payment| AnswerRow {
        line: 1,
        end_to_end_id: payment.end_to_end_id,
        instruction_id: Some(payment.instruction_id),
        said: Said::Answer(Answer::Failed { note: why.to_owned() }),
    };
    Ok(payments.into_iter().map(row).collect())
}

fn not_answers(trouble: AnswersTrouble) -> Trouble {
    let refusal = match trouble {
        AnswersTrouble::TooLarge => Refusal::unacceptable("payments-refusal-answers-too-large"),
        AnswersTrouble::NotUtf8 => Refusal::unacceptable("payments-refusal-answers-not-utf8"),
        AnswersTrouble::Header => Refusal::unacceptable("payments-refusal-answers-header"),
    };
    refusal.at(FIELD).into()
}

/// The second person agrees with what the first found out about an unknown payment, or does not.
pub async fn settle_unknown(app: &App, actor: &Actor, id: PaymentId, agree: bool, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    only_payers(actor)?;
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "payments.settle_unknown", now).await?.is_some() {
        return Ok(());
    }
    let (payment, batch) = locked(&mut tx, id).await?;
    let proposed = payment.proposed_state.filter(|_| payment.state == PaymentState::Unknown).ok_or_else(moved_on)?;
    if payment.answered_by == Some(actor.id) {
        return Err(Refusal::forbidden("payments-refusal-second-person").into());
    }
    if agree {
        let name = if proposed == PaymentState::Confirmed { "confirm" } else { "fail" };
        let step = step(rules::PAYMENT_STEPS, name, payment.state)?;
        if !store::settle_unknown(&mut tx, id, step.to, actor.id, now).await? {
            return Err(moved_on().into());
        }
        settle(&mut tx, actor, &payment, &batch, step.to, now).await?;
    } else {
        if !store::drop_proposal(&mut tx, id).await? {
            return Err(moved_on().into());
        }
        audit::record(&mut tx, actor, payment_record(&payment, "payment_proposal_dropped"), now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The payment as it is once nobody else can answer in its batch: the last two answers must see each other.
async fn locked(tx: &mut Tx, id: PaymentId) -> Outcome<(Payment, Batch)> {
    let payment = store::find_payment(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let batch = store::lock_batch(tx, payment.batch_id).await?.ok_or_else(Refusal::not_found)?;
    let payment = store::find_payment(tx, id).await?.ok_or_else(Refusal::not_found)?;
    Ok((payment, batch))
}

/// With the bank's own file as `evidence` an unknown result is settled; without it is a proposal.
pub(super) async fn apply(
    tx: &mut Tx,
    actor: &Actor,
    payment: &Payment,
    batch: &Batch,
    answer: Answer,
    evidence: Option<FileId>,
    now: DateTime<Utc>,
) -> Outcome<RowOutcome> {
    let (name, to, reference, note) = match answer {
        Answer::Confirmed { reference } => ("confirm", PaymentState::Confirmed, Some(reference), None),
        Answer::Failed { note } => ("fail", PaymentState::Failed, None, Some(note)),
        Answer::Unknown { note } => ("lose_sight", PaymentState::Unknown, None, Some(note)),
    };
    if payment.state == to {
        return Ok(RowOutcome::Already);
    }
    if rules::PAYMENT_STEPS.iter().all(|step| step.name != name || step.from != payment.state) {
        return Ok(RowOutcome::Contradicts);
    }
    let given = store::Given { reference, note, by: actor.id, evidence };
    if payment.state == PaymentState::Unknown && evidence.is_none() {
        if !store::propose(tx, payment.id, to, &given, now).await? {
            return Ok(RowOutcome::Already);
        }
        audit::record(
            tx,
            actor,
            with_answer(payment_record(payment, "payment_proposed").with("state", to), &given),
            now,
        )
        .await?;
        return Ok(RowOutcome::Proposed);
    }
    if !store::answer(tx, payment.id, payment.state, to, &given, now).await? {
        return Err(moved_on().into());
    }
    if to == PaymentState::Unknown {
        audit::record(tx, actor, with_answer(payment_record(payment, "payment_unknown"), &given), now).await?;
        return Ok(RowOutcome::Unknown);
    }
    let mut answered = payment.clone();
    (answered.bank_reference, answered.bank_note) = (given.reference, given.note);
    settle(tx, actor, &answered, batch, to, now).await?;
    Ok(if to == PaymentState::Confirmed { RowOutcome::Confirmed } else { RowOutcome::Failed })
}

fn with_answer(mut record: Record, given: &store::Given) -> Record {
    if let Some(reference) = &given.reference {
        record = record.with("bank_reference", reference);
    }
    if let Some(note) = &given.note {
        record = record.with("note", note);
    }
    record
}

/// A payment is confirmed or failed for good: the ledger, the claim, the voucher, the batch and the mails follow.
async fn settle(
    tx: &mut Tx,
    actor: &Actor,
    payment: &Payment,
    batch: &Batch,
    to: PaymentState,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let confirmed = to == PaymentState::Confirmed;
    let kind = if confirmed { "payment_confirmed" } else { "payment_failed" };
    let given = store::Given {
        reference: payment.bank_reference.clone(),
        note: payment.bank_note.clone(),
        by: actor.id,
        evidence: None,
    };
    let record = payment_record(payment, kind).with("amount_won", payment.amount_won);
    audit::record(tx, actor, with_answer(record, &given), now).await?;
    if confirmed {
        let claim = claims::take_step(tx, actor, payment.claim_id, "pay", "", now).await?;
        let case = claims::money_case(tx, &claim).await?;
        ledger::pay(tx, actor, &case, payment.id.0, payment.amount_won, now).await?;
        agreements::note_exhausted(tx, actor, claim.agreement_id, now).await?;
    } else {
        take_back(tx, actor, payment, now).await?;
    }
    tell(tx, payment, if confirmed { "payment-confirmed" } else { "payment-failed" }, now).await?;
    if store::open_payments(tx, batch.id).await? == 0 {
        let step = step(rules::BATCH_STEPS, "settle", batch.state)?;
        if !store::move_batch(tx, batch.id, step.from, step.to, now).await? {
            return Err(moved_on().into());
        }
        let record = Record::new("batch", batch.id, "batch_settled").with("number", &batch.number);
        audit::record(tx, actor, record, now).await?;
    }
    Ok(())
}

/// The vendor hears of every result, the firm of its paid invoice.
pub(super) async fn tell(tx: &mut Tx, payment: &Payment, what: &'static str, now: DateTime<Utc>) -> Outcome<()> {
    let claim = claims::get(tx, payment.claim_id).await?;
    let vendor = vendors::get(tx, payment.vendor_id).await?;
    let event = format!("{}:{what}", payment.id);
    // The words test reads the names where mails are made; these are all of them.
    let make = |to: String, lang: Lang| match what {
        "payment-confirmed" => Mail::new(to, lang, "payment-confirmed"),
        "payment-failed" => Mail::new(to, lang, "payment-failed"),
        _ => Mail::new(to, lang, "payment-returned"),
    };
    let mut contacts = people::mail_contacts(tx, vendor.organisation_id.0, Role::Vendor).await?;
    if what == "payment-confirmed" {
        contacts.extend(people::mail_contacts(tx, claim.organisation_id.0, Role::Firm).await?);
    }
    for (address, lang) in contacts {
        let mail = make(address, lang)
            .with("number", &claim.number)
            .with("amount", payment.amount_won)
            .link(format!("/claims/{}", claim.id));
        outbox::mail(tx, mail, &event, Some(payment.application_id.0), now).await?;
    }
    Ok(())
}
