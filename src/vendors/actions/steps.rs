//! Decisions about an entry: questions and their answers, a recommendation, and the decision of another officer.

use super::{
    check_complete, criteria::check_judged, lock_own, lock_to_decide, own_organisation, search_text, write_to,
};
use crate::{
    app::App,
    audit::{self, Act, Record},
    core::{
        actor::Actor,
        calendar::ZONE,
        form::FormErrors,
        refusal::{Outcome, Refusal},
        step::step,
    },
    db::{Tx, once::Once, series::Series},
    organisations,
    vendors::{
        VendorId,
        forms::{NewCondition, NewQuestions},
        rules::{self, PLAIN_STEPS, STEPS, VendorState},
        store::{self, NewQuestion, Round, Vendor},
    },
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The longest reason, in characters.
const NOTE_CHARS_MAX: usize = 2_000;

async fn move_on(
    tx: &mut Tx,
    actor: &Actor,
    vendor: &Vendor,
    name: &str,
    note: &str,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let step = step(STEPS, name, vendor.state)?;
    let note = (!note.is_empty()).then(|| note.to_owned());
    if !store::decide(tx, vendor, step.to, actor, note, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    Ok(())
}

async fn round(tx: &mut Tx, vendor: &Vendor) -> Outcome<Round> {
    Ok(store::open_round(tx, vendor.id).await?.ok_or_else(|| Refusal::conflict("refusal-state-moved-on"))?)
}

/// An officer recommends or returns, a manager rejects or ends a registration, always with a reason.
pub async fn take_step(app: &App, actor: &Actor, id: VendorId, name: &str, note: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    if !PLAIN_STEPS.contains(&name) || !STEPS.iter().any(|step| step.name == name && actor.is_any(step.by)) {
        return Err(Refusal::not_found().into());
    }
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "vendors.take_step", now).await?.is_some() {
        return Ok(());
    }
    let vendor = lock_to_decide(&mut tx, actor, id).await?;
    step(STEPS, name, vendor.state)?;
    let mut errors = FormErrors::new();
    let note = errors.text("note", note, NOTE_CHARS_MAX);
    let note = errors.done(note)?;
    match name {
        "recommend" => {
            check_judged(&mut tx, actor, id).await?;
            let round = round(&mut tx, &vendor).await?;
            audit::take(&mut tx, actor, round.id, Act::VendorRecommended, now).await?;
            store::recommend(&mut tx, round.id, actor, note.clone(), now).await?;
        }
        "reject" => {
            let round = round(&mut tx, &vendor).await?;
            store::end_round(&mut tx, round.id, "rejected", actor, now).await?;
        }
        "terminate" => {
            store::set_terminated(&mut tx, id, app.clock.today(ZONE)).await?;
        }
        _ => {}
    }
    // The reasons of officers for one another are not the vendor's to read.
    let is_told = matches!(name, "reject" | "terminate");
    move_on(&mut tx, actor, &vendor, name, if is_told { &note } else { "" }, now).await?;
    let kind = match name {
        "recommend" => "vendor_recommended",
        "return" => "vendor_returned",
        "reject" => "vendor_rejected",
        _ => "vendor_terminated",
    };
    audit::record(&mut tx, actor, Record::new("vendor", id, kind).with("note", &note), now).await?;
    if is_told {
        let organisation = organisations::get(&mut tx, vendor.organisation_id).await?;
        let mail = if name == "reject" { "vendor-rejected" } else { "vendor-terminated" };
        let values = [("name", organisation.legal_name), ("note", note)];
        let event = format!("{}:{}", vendor.id, vendor.version);
        write_to(&mut tx, &vendor, mail, "/vendor", &values, &event, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// A manager who did not recommend it registers a vendor, with conditions where they are needed.
pub async fn approve(app: &App, actor: &Actor, id: VendorId, conditions: Vec<NewCondition>, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let today = app.clock.today(ZONE);
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "vendors.approve", now).await?.is_some() {
        return Ok(());
    }
    let vendor = lock_to_decide(&mut tx, actor, id).await?;
    step(STEPS, "approve", vendor.state)?;
    organisations::check_not_excluded(&mut tx, vendor.organisation_id, now).await?;
    // What was complete when it was handed in may not be any more.
    check_complete(&mut tx, actor, &vendor, today, "vendors-refusal-not-approvable").await?;
    check_judged(&mut tx, actor, id).await?;
    let round = round(&mut tx, &vendor).await?;
    audit::take(&mut tx, actor, round.id, Act::VendorApproved, now).await?;
    store::end_round(&mut tx, round.id, "approved", actor, now).await?;
    move_on(&mut tx, actor, &vendor, "approve", "", now).await?;
    let organisation = organisations::get(&mut tx, vendor.organisation_id).await?;
    let number = match &vendor.registry_no {
        Some(number) => number.clone(),
        None => rules::registry_number(today, tx.next_number(Series::Vendor).await?),
    };
    let expires_on = rules::expires_on(today);
    let search_text = search_text(&organisation, &vendor.website, Some(&number));
    store::set_registration(&mut tx, id, &number, today, expires_on, search_text).await?;
    let mut record = Record::new("vendor", id, "vendor_approved").with("number", &number).with("expires", expires_on);
    let mut told = Vec::new();
    for (n, condition) in (1..).zip(conditions) {
        record = record.with(&format!("condition_{n}"), format!("{} ({})", condition.wording, condition.due_on));
        told.push(format!("- {} ({})", condition.wording, condition.due_on));
        store::insert_condition(&mut tx, id, condition.wording, condition.due_on, actor, now).await?;
    }
    audit::record(&mut tx, actor, record, now).await?;
    let mail = if told.is_empty() { "vendor-approved" } else { "vendor-approved-on-conditions" };
    let values = [
        ("name", organisation.legal_name),
        ("number", number),
        ("expires", expires_on.to_string()),
        ("conditions", told.join("\n")),
    ];
    let event = format!("{}:{}", vendor.id, vendor.version);
    write_to(&mut tx, &vendor, mail, "/vendor", &values, &event, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Asks the vendor, all at once; every question must be answered.
pub async fn ask(app: &App, actor: &Actor, id: VendorId, new: NewQuestions, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "vendors.ask", now).await?.is_some() {
        return Ok(());
    }
    let vendor = lock_to_decide(&mut tx, actor, id).await?;
    if new.due_on <= app.clock.today(ZONE) {
        return Err(Refusal::unacceptable("vendors-refusal-due-past").at("due_on").into());
    }
    move_on(&mut tx, actor, &vendor, "ask", "", now).await?;
    let round = round(&mut tx, &vendor).await?.id;
    let mut record = Record::new("vendor", id, "vendor_asked").with("due", new.due_on);
    let listed: Vec<String> = new.texts.iter().map(|text| format!("- {text}")).collect();
    for (position, text) in (1..).zip(new.texts) {
        record = record.with(&format!("question_{position}"), &text);
        let question = NewQuestion { vendor: id, round, position, text, due_on: new.due_on };
        store::insert_question(&mut tx, question, actor, now).await?;
    }
    audit::record(&mut tx, actor, record, now).await?;
    let organisation = organisations::get(&mut tx, vendor.organisation_id).await?;
    let values = [("name", organisation.legal_name), ("due", new.due_on.to_string()), ("questions", listed.join("\n"))];
    let event = format!("{}:{}", vendor.id, vendor.version);
    write_to(&mut tx, &vendor, "vendor-asked", "/vendor/answers", &values, &event, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Answers everything that was asked, in its order, and hands the entry back.
pub async fn answer_questions(app: &App, actor: &Actor, answers: Vec<String>, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    own_organisation(actor)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "vendors.answer", now).await?.is_some() {
        return Ok(());
    }
    let vendor = lock_own(&mut tx, actor).await?;
    let step = step(STEPS, "answer", vendor.state)?;
    let questions = store::open_questions(&mut tx, vendor.id).await?;
    if questions.len() != answers.len() {
        return Err(Refusal::unacceptable("vendors-refusal-answer-all").into());
    }
    for (question, answer) in questions.iter().zip(answers) {
        store::answer(&mut tx, question.id, answer, actor, now).await?;
    }
    if !store::submit(&mut tx, vendor.id, step.from, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let record = Record::new("vendor", vendor.id, "vendor_answered").with("count", questions.len());
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// An officer finds a condition of the approval met.
pub async fn meet_condition(app: &App, actor: &Actor, id: Uuid, once: Once) -> Outcome<VendorId> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let condition = store::condition(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    if tx.seen(once, actor.id, "vendors.meet", now).await?.is_some() {
        return Ok(condition.vendor_id);
    }
    let vendor = lock_to_decide(&mut tx, actor, condition.vendor_id).await?;
    if !matches!(vendor.state, VendorState::Approved | VendorState::Suspended) {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    if !store::meet(&mut tx, id, actor, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let record = Record::new("vendor", vendor.id, "condition_met").with("condition", &condition.wording);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(vendor.id)
}
