//! The bank's statement against what was ordered. Lines that fit to the won count by themselves; the others wait in the
//! suspense account until somebody other than who imported them says what they are.

use super::{answering, returning::bring_back, *};
use crate::{
    files::{self, FileId, Received},
    payments::{
        StatementId,
        rules::{
            answers::Answer,
            camt053,
            matching::{Cause, Known, LineState, Verdict, verdict},
            returns::Meaning,
        },
        store::{
            profiles,
            statements::{self, NewLine, Statement},
        },
    },
};
use std::collections::BTreeSet;
use uuid::Uuid;

const FIELD: &str = "statement_file";
/// What the mark of an account is made for.
const ACCOUNT_PURPOSE: &str = "statement_account";

/// What the second person says a line is.
pub struct NewMatch {
    pub meaning: Meaning,
    /// The payment it is about: its end-to-end id, with or without the attempt.
    pub payment: Option<String>,
    pub reason: String,
}

/// Imports a statement (`camt.053`), whole or not at all, and matches its lines.
pub async fn import_statement(app: &App, actor: &Actor, received: &[Received], once: Once) -> Outcome<StatementId> {
    let kept = import(app, actor, received, once).await;
    if !matches!(kept, Ok((_, true))) {
        app.files.discard(received).await;
    }
    kept.map(|(id, _)| id)
}

/// The statement, and whether the upload was kept with it.
async fn import(app: &App, actor: &Actor, received: &[Received], once: Once) -> Outcome<(StatementId, bool)> {
    let now = app.clock.now();
    only_payers(actor)?;
    actor.freshly_proven(now)?;
    let upload = received.first().ok_or_else(|| Refusal::unacceptable("payments-refusal-no-file").at(FIELD))?;
    if upload.media_type != "application/xml" {
        return Err(unreadable(&MessageTrouble::OtherMessage, FIELD).into());
    }
    if upload.size_bytes > xml::MAX_BYTES as i64 {
        return Err(unreadable(&MessageTrouble::Xml(XmlTrouble::TooLarge), FIELD).into());
    }
    let bytes = app.files.read(upload.id).await?;
    let read = tokio::task::spawn_blocking(move || camt053::read(&bytes)).await.map_err(anyhow::Error::from)?;
    let read = read.map_err(|trouble| unreadable(&trouble, FIELD))?;
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "payments.import", now).await? {
        let first = first.parse().map_err(|_| anyhow::anyhow!("a kept result cannot be read"))?;
        return Ok((first, false));
    }
    check_account(app, &mut tx, &read.account).await?;
    files::adopt(&mut tx, actor, None, upload, now).await?;
    let statement = Statement {
        id: StatementId::new(),
        statement_id: read.id.clone(),
        account_mark: app.seal.fingerprint(ACCOUNT_PURPOSE, &read.account),
        account_ending: read.account.chars().skip(read.account.chars().count().saturating_sub(4)).collect(),
        opened_on: read.opened_on,
        closed_on: read.closed_on,
        opening_won: read.opening,
        moved_won: read.moved(),
        closing_won: read.closing,
        line_count: read.lines.len() as i64,
        file_id: upload.id,
        imported_by: actor.id,
        imported_at: now,
    };
    if !statements::insert(&mut tx, &statement).await? {
        let refusal = Refusal::conflict("payments-refusal-statement-twice").at(FIELD);
        return Err(refusal.with("number", &statement.statement_id).into());
    }
    lock_batches(&mut tx, &read.lines).await?;
    // What left is looked at before what came back: a statement may bring both for one payment.
    let mut order: Vec<usize> = (0..read.lines.len()).collect();
    order.sort_by_key(|place| read.lines[*place].amount.is_positive());
    let mut suspended = 0;
    for place in order {
        let line = NewLine {
            id: crate::core::ids::new_uuid(),
            statement: &statement,
            position: place as i64 + 1,
            line: &read.lines[place],
            state: LineState::Matched,
            cause: None,
            payment: None,
            meaning: None,
        };
        suspended += usize::from(place_line(&mut tx, actor, line, now).await? == LineState::Suspense);
    }
    let record = Record::new("statement", statement.id, "statement_imported")
        .with("number", &statement.statement_id)
        .with("file", &upload.name)
        .with("sha256", hex::encode(&upload.sha256))
        .with("rows", statement.line_count)
        .with("suspended", suspended)
        .with("closing_won", statement.closing_won);
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, statement.id).await?;
    tx.commit().await?;
    Ok((statement.id, true))
}

/// Where accounts are described, a statement is of one of them.
async fn check_account(app: &App, tx: &mut Tx, account: &str) -> Outcome<()> {
    let ours = profiles::live(tx).await?;
    for profile in &ours {
        if app.seal.open(super::profiles::PURPOSE, &profile.account_sealed)? == account {
            return Ok(());
        }
    }
    if ours.is_empty() {
        return Ok(());
    }
    Err(Refusal::unacceptable("payments-refusal-other-account").at(FIELD).into())
}

/// Holds every batch that the lines name, in one order.
async fn lock_batches(tx: &mut Tx, lines: &[camt053::StatementLine]) -> Outcome<()> {
    let mut batches = BTreeSet::new();
    for line in lines {
        if let Some(payment) = named(tx, line).await? {
            batches.insert(payment.batch_id);
        }
    }
    for batch in batches {
        store::lock_batch(tx, batch).await?;
    }
    Ok(())
}

async fn named(tx: &mut Tx, line: &camt053::StatementLine) -> Outcome<Option<Payment>> {
    match &line.end_to_end_id {
        Some(id) => Ok(store::find_by_bank_ids(tx, id, line.instruction_id.as_deref()).await?),
        None => Ok(None),
    }
}

async fn known(tx: &mut Tx, payment: &Payment) -> Outcome<Known> {
    let (went_out, came_in) = statements::seen_of(tx, payment.id).await?;
    Ok(Known { amount: payment.amount_won, state: payment.state, went_out, came_in })
}

/// Does what a line says of its payment, or puts it into suspense.
async fn place_line(tx: &mut Tx, actor: &Actor, mut new: NewLine<'_>, now: DateTime<Utc>) -> Outcome<LineState> {
    let (line, file) = (new.line, new.statement.file_id);
    let payment = named(tx, line).await?;
    let known = match &payment {
        Some(payment) => Some(known(tx, payment).await?),
        None => None,
    };
    let found = verdict(line.amount, line.end_to_end_id.is_some(), known);
    let meaning = match (found, &payment) {
        (Verdict::Suspense(cause), _) => Err(cause),
        (_, None) => Err(Cause::NotFound),
        (Verdict::Return, Some(payment)) => {
            let note = if line.remittance.is_empty() { &line.bank_reference } else { &line.remittance };
            bring_back(tx, actor, payment, Meaning::Return, note, file, now).await?;
            Ok(Meaning::Return)
        }
        (Verdict::Confirm, Some(payment)) => {
            confirm(tx, actor, payment, &line.bank_reference, file, now).await?;
            Ok(Meaning::Payment)
        }
        (Verdict::Evidence, Some(_)) => Ok(Meaning::Payment),
    };
    match meaning {
        Ok(meaning) => {
            (new.meaning, new.payment) = (Some(meaning), payment.map(|payment| payment.id));
        }
        Err(cause) => {
            (new.state, new.cause) = (LineState::Suspense, Some(cause));
            ledger::suspend(tx, actor, new.id, line.amount, false, now).await?;
        }
    }
    let state = new.state;
    statements::insert_line(tx, new).await?;
    Ok(state)
}

async fn confirm(
    tx: &mut Tx,
    actor: &Actor,
    payment: &Payment,
    reference: &str,
    file: FileId,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let batch = store::lock_batch(tx, payment.batch_id).await?.ok_or_else(Refusal::not_found)?;
    let reference = if reference.is_empty() { payment.end_to_end_id.clone() } else { reference.to_owned() };
    answering::apply(tx, actor, payment, &batch, Answer::Confirmed { reference }, Some(file), now).await?;
    Ok(())
}

/// Somebody other than who imported a line says what it is, with a reason. A payment it names must fit to the won.
pub async fn match_line(app: &App, actor: &Actor, id: Uuid, new: NewMatch, once: Once) -> Outcome<StatementId> {
    let now = app.clock.now();
    only_payers(actor)?;
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    let line = statements::find_line(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    if tx.seen(once, actor.id, "payments.match", now).await?.is_some() {
        return Ok(line.statement_id);
    }
    if line.imported_by == actor.id {
        return Err(Refusal::forbidden("payments-refusal-own-import").into());
    }
    let statement = statements::find(&mut tx, line.statement_id).await?.ok_or_else(Refusal::not_found)?;
    let payment = match new.meaning {
        Meaning::Other => None,
        _ => {
            let typed = new.payment.as_deref().unwrap_or_default();
            let (id, attempt) = match typed.split_once('-') {
                Some((id, _)) => (id, Some(typed)),
                None => (typed, None),
            };
            let refuse = |key| Refusal::unacceptable(key).at("payment");
            let payment = store::find_by_bank_ids(&mut tx, id, attempt).await?;
            let payment = payment.ok_or_else(|| refuse("payments-refusal-no-such-payment"))?;
            store::lock_batch(&mut tx, payment.batch_id).await?;
            let payment = store::find_payment(&mut tx, payment.id).await?.ok_or_else(Refusal::not_found)?;
            let found = verdict(line.amount_won, true, Some(known(&mut tx, &payment).await?));
            match (found, new.meaning) {
                (Verdict::Confirm, Meaning::Payment) => {
                    confirm(&mut tx, actor, &payment, &line.bank_reference, statement.file_id, now).await?;
                }
                (Verdict::Evidence, Meaning::Payment) => {}
                (Verdict::Return, Meaning::Return | Meaning::Refund) => {
                    bring_back(&mut tx, actor, &payment, new.meaning, &new.reason, statement.file_id, now).await?;
                }
                (Verdict::Suspense(cause), _) => {
                    let why = actor.lang.code_word("cause", cause.as_str());
                    return Err(refuse("payments-refusal-does-not-fit").with("why", why).into());
                }
                _ => return Err(Refusal::unacceptable("payments-refusal-other-way").at("meaning").into()),
            }
            Some(payment)
        }
    };
    let payment_id = payment.as_ref().map(|payment| payment.id);
    if !statements::clear(&mut tx, id, new.meaning, payment_id, actor.id, &new.reason, now).await? {
        return Err(moved_on().into());
    }
    ledger::suspend(&mut tx, actor, id, line.amount_won, true, now).await?;
    let mut record = Record::new("statement", line.statement_id, "line_matched")
        .with("line", line.position)
        .with("amount_won", line.amount_won)
        .with("meaning", actor.lang.code_word("meaning", new.meaning.as_str()))
        .with("note", &new.reason);
    if let Some(payment) = &payment {
        record = record.with("end_to_end_id", &payment.end_to_end_id);
    }
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(line.statement_id)
}
