//! The verbs of outcomes: open, submit, verify or return.

use super::{
    ReportId,
    rules::{self, Method, ReportState},
    store::{self, Answers, Measurement, Report},
};
use crate::{
    agreements::{self, Agreement, AgreementId},
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        calendar,
        refusal::{Outcome, Refusal, Trouble},
        roles::{OwnAct, Role},
        step::step,
    },
    db::{Tx, once::Once},
    outbox::{self, Mail},
    people,
    programmes::{self, Wave},
};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use uuid::Uuid;

/// Where the timer keeps when it last looked.
const LAST_LOOK: Once = Once(Uuid::from_u128(0x6f75_7463_6f6d_6573_2d64_7565_0000_0001));
/// Reports opened in one unit of work.
const OPEN_ROWS: i64 = 100;

/// What a firm measured: one value for each indicator locked with its agreement.
#[derive(Debug, Clone)]
pub struct NewReport {
    pub measurements: Vec<NewMeasurement>,
    pub active_users: i64,
    /// 1 (not at all) to 5 (very much).
    pub satisfaction: i64,
    pub would_pay: bool,
    pub comment: String,
}

#[derive(Debug, Clone)]
pub struct NewMeasurement {
    pub indicator: Uuid,
    /// Thousandths of the indicator's unit.
    pub value_milli: i64,
    pub measured_on: NaiveDate,
    pub method: Method,
}

/// Timer: opens the closing report of every agreement whose work has ended, and each later one on its day; the firm is
/// told. Looks at most every ten minutes; asked sooner it answers 0. Answers how many it opened.
pub async fn open_due(app: &App) -> anyhow::Result<u64> {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let last = tx.remembered(LAST_LOOK).await?.and_then(|text| text.parse::<DateTime<Utc>>().ok());
    if last.is_some_and(|last| now - last < Duration::minutes(rules::LOOK_MINUTES)) {
        return Ok(0);
    }
    drop(tx);
    let mut opened = open_scheduled(app, now).await?;
    let mut after = Uuid::nil();
    loop {
        let mut tx = app.db.write().await?;
        let ended = store::ended_without_report(&mut tx, app.clock.today(calendar::ZONE), after, OPEN_ROWS).await?;
        for id in &ended {
            let agreement = agreements::get(&mut tx, *id).await?;
            opened += u64::from(open_one(app, &mut tx, &Actor::system(), &agreement, now).await?.is_some());
        }
        let is_last = (ended.len() as i64) < OPEN_ROWS;
        if is_last {
            tx.seen(LAST_LOOK, Uuid::nil(), "outcomes.open_due", now).await?;
            tx.remember(LAST_LOOK, now.to_rfc3339()).await?;
        }
        tx.commit().await?;
        match ended.last() {
            Some(last) if !is_last => after = last.0,
            _ => return Ok(opened),
        }
    }
}

/// Opens the closing report of one agreement; the one that is there already when there is one.
pub async fn open(app: &App, actor: &Actor, agreement: AgreementId) -> Outcome<ReportId> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let agreement = agreements::find(&mut tx, agreement).await?.ok_or_else(Refusal::not_found)?;
    let opened = match open_one(app, &mut tx, actor, &agreement, now).await? {
        Some(id) => id,
        None => store::closing_of(&mut tx, agreement.id).await?.ok_or_else(Refusal::not_found)?,
    };
    tx.commit().await?;
    Ok(opened)
}

async fn open_one(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    agreement: &Agreement,
    now: DateTime<Utc>,
) -> Result<Option<ReportId>, sqlx::Error> {
    let id = ReportId::new();
    let due_on = rules::due_on(app.clock.today(calendar::ZONE));
    if !store::insert_closing(tx, id, agreement, due_on, now).await? {
        return Ok(None);
    }
    tell_opened(tx, actor, (id, Wave::Close, due_on), agreement, now).await?;
    Ok(Some(id))
}

async fn tell_opened(
    tx: &mut Tx,
    actor: &Actor,
    (id, wave, due_on): (ReportId, Wave, NaiveDate),
    agreement: &Agreement,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let record = Record::new("outcome_report", id, "outcome_opened")
        .of_case(agreement.application_id)
        .with("wave", wave)
        .with("due", due_on);
    audit::record(tx, actor, record, now).await?;
    let letter = if wave == Wave::Close { "outcome-opened" } else { "outcome-wave-opened" };
    for (to, lang) in people::mail_contacts(tx, agreement.organisation_id.0, Role::Firm).await? {
        let mail = Mail::new(to, lang, letter)
            .with("number", &agreement.number)
            .with("due", due_on)
            .with("months", wave.months())
            .link(format!("/outcomes/{id}"));
        outbox::mail(tx, mail, &id.to_string(), Some(agreement.application_id.0), now).await?;
    }
    Ok(())
}

/// Opens the reports whose day has come.
async fn open_scheduled(app: &App, now: DateTime<Utc>) -> anyhow::Result<u64> {
    let today = app.clock.today(calendar::ZONE);
    let mut opened = 0;
    loop {
        let mut tx = app.db.write().await?;
        let due = store::scheduled(&mut tx, today, OPEN_ROWS).await?;
        for report in &due {
            let due_on = rules::due_on(today);
            if store::open(&mut tx, report.id, due_on, now).await? {
                let agreement = agreements::get(&mut tx, report.agreement_id).await?;
                let told = (report.id, report.wave, due_on);
                tell_opened(&mut tx, &Actor::system(), told, &agreement, now).await?;
                opened += 1;
            }
        }
        tx.commit().await?;
        if (due.len() as i64) < OPEN_ROWS {
            return Ok(opened);
        }
    }
}

/// Puts the reports that follow a closing one on their days, as the call asked when the agreement was made.
async fn schedule(tx: &mut Tx, closing: &Report, agreement: &Agreement, now: DateTime<Utc>) -> Outcome<()> {
    let waves = programmes::rules_at(tx, agreement.call_id, agreement.call_version).await?.agreement.waves;
    if !waves.is_empty() {
        let days = waves.into_iter().map(|wave| (wave, rules::opens_on(closing.due_on, wave.months())));
        store::schedule(tx, closing, days, now).await?;
    }
    Ok(())
}

/// The firm hands its report in: every locked indicator once, measured since the work began.
pub async fn submit(app: &App, actor: &Actor, id: ReportId, new: NewReport, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "outcomes.submit", now).await?.is_some() {
        return Ok(());
    }
    let report = visible(&mut tx, actor, id).await?;
    actor.may(OwnAct::Report)?;
    let step = step(rules::STEPS, "submit", report.state)?;
    let agreement = agreements::get(&mut tx, report.agreement_id).await?;
    let locked = agreements::indicators(&mut tx, report.agreement_id).await?;
    let measured_once = |id: Uuid| new.measurements.iter().filter(|new| new.indicator == id).count() == 1;
    if new.measurements.len() != locked.len() || !locked.iter().all(|locked| measured_once(locked.id)) {
        return Err(Refusal::unacceptable("outcomes-refusal-indicators").into());
    }
    let today = app.clock.today(calendar::ZONE);
    let answers = Answers {
        active_users: new.active_users,
        satisfaction: new.satisfaction,
        would_pay: new.would_pay,
        comment: new.comment,
    };
    if !store::submit(&mut tx, id, step.from, answers, actor.id, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let mut record =
        Record::new("outcome_report", id, "outcome_submitted").of_case(report.application_id).with("wave", report.wave);
    for new in new.measurements {
        rules::check_day("", agreement.starts_on, today, new.measured_on)?;
        if let Some(locked) = locked.iter().find(|locked| locked.id == new.indicator) {
            record = record.with(&format!("value_{}", locked.position), new.value_milli);
        }
        let measured = Measurement {
            indicator_id: new.indicator,
            value_milli: new.value_milli,
            measured_on: new.measured_on,
            method: new.method,
        };
        store::put_measurement(&mut tx, id, measured).await?;
    }
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// A manager verifies a report, or returns it with a note. The closing report, once verified, completes the agreement.
pub async fn verify(app: &App, actor: &Actor, id: ReportId, accept: bool, note: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "outcomes.verify", now).await?.is_some() {
        return Ok(());
    }
    let report = visible(&mut tx, actor, id).await?;
    let step = step(rules::STEPS, if accept { "verify" } else { "return" }, report.state)?;
    if !accept && note.is_empty() {
        return Err(Refusal::unacceptable("form-required").at("note").into());
    }
    if report.submitted_by == Some(actor.id) {
        return Err(Refusal::forbidden("outcomes-refusal-own-report").into());
    }
    let kept = (!note.is_empty()).then(|| note.to_owned());
    if !store::answer(&mut tx, id, step.to, kept, actor.id, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let agreement = agreements::get(&mut tx, report.agreement_id).await?;
    if accept && report.wave == Wave::Close {
        agreements::complete(&mut tx, actor, agreement.id, now).await?;
        schedule(&mut tx, &report, &agreement, now).await?;
    }
    let next = if accept { store::next_scheduled(&mut tx, agreement.id).await? } else { None };
    let mut record = Record::new("outcome_report", id, if accept { "outcome_verified" } else { "outcome_returned" })
        .of_case(report.application_id)
        .with("wave", report.wave);
    if !note.is_empty() {
        record = record.with("note", note);
    }
    if let Some(day) = next {
        record = record.with("next", day);
    }
    audit::record(&mut tx, actor, record, now).await?;
    tell_firm(&mut tx, (&report, &agreement.number), (step.to, next), note, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Tells the firm how its report was answered and, of a verified one, when the next opens.
async fn tell_firm(
    tx: &mut Tx,
    (report, number): (&Report, &str),
    (state, next): (ReportState, Option<NaiveDate>),
    note: &str,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let letter = match (state, next) {
        (ReportState::Verified, Some(_)) => "outcome-verified-more",
        (ReportState::Verified, None) => "outcome-verified",
        _ => "outcome-returned",
    };
    for (to, lang) in people::mail_contacts(tx, report.organisation_id.0, Role::Firm).await? {
        let mail = Mail::new(to, lang, letter)
            .with("number", number)
            .with("next", next.map(|day| day.to_string()).unwrap_or_default())
            .with("note", note)
            .link(format!("/outcomes/{}", report.id));
        let event = format!("{}:{}", report.id, now.timestamp_micros());
        outbox::mail(tx, mail, &event, Some(report.application_id.0), now).await?;
    }
    Ok(())
}

async fn visible(tx: &mut Tx, actor: &Actor, id: ReportId) -> Result<Report, Trouble> {
    Ok(store::find_visible(tx, actor, id).await?.ok_or_else(Refusal::not_found)?)
}
