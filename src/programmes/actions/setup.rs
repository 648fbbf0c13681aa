//! A programme is set up; a call is prepared, published or given up.

use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        step::step,
    },
    db::{Tx, once::Once},
    ledger,
    programmes::{
        CallId, ProgrammeId,
        forms::{NewCall, NewProgramme, NewWindow},
        rules::{self, CallState},
        store::{self, Call, Programme, Window, changes},
    },
};
use anyhow::Context;
use chrono::{DateTime, Utc};

/// All programmes are the Korean government's.
const ZONE: &str = "Asia/Seoul";

/// Sets up a programme. Refused when its code is taken.
pub async fn make_programme(app: &App, actor: &Actor, new: NewProgramme, once: Once) -> Outcome<ProgrammeId> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "programmes.make_programme", now).await? {
        return Ok(first.parse().context("the first result of a new programme")?);
    }
    let programme = Programme {
        id: ProgrammeId::new(),
        code: new.code,
        name_ko: new.name_ko,
        name_en: new.name_en,
        year: new.year,
        zone: ZONE.to_owned(),
        firm_cap_won: new.firm_cap,
        made_by: actor.person(),
        made_at: now,
    };
    if !store::insert_programme(&mut tx, &programme).await? {
        return Err(Refusal::conflict("programmes-refusal-code-taken").at("code").into());
    }
    let record = Record::new("programme", programme.id, "programme_made")
        .with("code", &programme.code)
        .with("firm_cap", programme.firm_cap_won);
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, programme.id).await?;
    tx.commit().await?;
    Ok(programme.id)
}

/// Prepares a call as a draft, with the first version of its rules. Somebody else has to publish it.
pub async fn make_call(app: &App, actor: &Actor, programme: ProgrammeId, new: NewCall, once: Once) -> Outcome<CallId> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "programmes.make_call", now).await? {
        return Ok(first.parse().context("the first result of a new call")?);
    }
    let id = add_call(&mut tx, actor, programme, new, |record| record, now).await?;
    tx.remember(once, id).await?;
    tx.commit().await?;
    Ok(id)
}

/// A new draft in this unit of work; `dress` adds to its record where it came from.
pub(super) async fn add_call(
    tx: &mut Tx,
    actor: &Actor,
    programme: ProgrammeId,
    new: NewCall,
    dress: impl FnOnce(Record) -> Record,
    now: DateTime<Utc>,
) -> Outcome<CallId> {
    let programme = store::find_programme(tx, programme).await?.ok_or_else(Refusal::not_found)?;
    new.rules.check(programme.firm_cap_won)?;
    if new.closes_at <= new.opens_at {
        return Err(Refusal::unacceptable("programmes-closes-before-opening").at("closes_on").into());
    }
    let call = Call {
        id: CallId::new(),
        programme_id: programme.id,
        code: new.code,
        name_ko: new.name_ko,
        name_en: new.name_en,
        state: CallState::Draft,
        opens_at: new.opens_at,
        closes_at: new.closes_at,
        grace_seconds: new.grace_seconds,
        budget_won: new.budget,
        version: 1,
        receipt_count: 0,
        made_by: actor.person(),
        made_at: now,
        published_by: None,
        published_at: None,
    };
    if !store::insert_call(tx, &call).await? {
        return Err(Refusal::conflict("programmes-refusal-code-taken").at("code").into());
    }
    store::insert_version(tx, call.id, 1, &new.rules, actor.person(), now).await?;
    let record = Record::new("call", call.id, "call_made")
        .with("code", &call.code)
        .with("opens_at", call.opens_at.to_rfc3339())
        .with("closes_at", call.closes_at.to_rfc3339())
        .with("budget", call.budget_won);
    audit::record(tx, actor, dress(record), now).await?;
    Ok(call.id)
}

/// Gives a draft another name, window or budget. Once it is published only an extension moves its closing.
pub async fn set_window(app: &App, actor: &Actor, call: CallId, new: NewWindow, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "programmes.set_window", now).await?.is_some() {
        return Ok(());
    }
    let window = Window {
        name_ko: &new.name_ko,
        name_en: &new.name_en,
        opens_at: new.opens_at,
        closes_at: new.closes_at,
        grace_seconds: new.grace_seconds,
        budget_won: new.budget,
    };
    if !store::set_window(&mut tx, call, window).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    changes::lend_hand(&mut tx, call.0, actor.id).await?;
    let record = Record::new("call", call, "call_window_set")
        .with("opens_at", new.opens_at.to_rfc3339())
        .with("closes_at", new.closes_at.to_rfc3339())
        .with("budget", new.budget);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Publishes a call and appropriates its budget. By somebody who neither prepared it nor changed its rules,
/// who proved within ten minutes who they are, and before it closes.
pub async fn publish(app: &App, actor: &Actor, call: CallId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "programmes.publish", now).await?.is_some() {
        return Ok(());
    }
    let found = move_to(&mut tx, call, "publish").await?;
    // Asked while the call's row is ours: nobody can become one of its preparers in between.
    if store::prepared_by(&mut tx, call, actor.id).await? {
        return Err(Refusal::forbidden("programmes-refusal-two-people").into());
    }
    if found.closes_at <= now {
        return Err(Refusal::conflict("programmes-refusal-window-over").into());
    }
    // Conditions saved by an older version of this service may fail tests that it did not run.
    rules::conditions::check(&store::rules_at(&mut tx, call, found.version).await?.conditions)?;
    store::set_published(&mut tx, call, actor.person(), now).await?;
    ledger::appropriate(&mut tx, actor, call.0, found.budget_won, now).await?;
    let record =
        Record::new("call", call, "call_published").with("budget", found.budget_won).with("version", found.version);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Gives up a draft: it never becomes public.
pub async fn cancel(app: &App, actor: &Actor, call: CallId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "programmes.cancel", now).await?.is_some() {
        return Ok(());
    }
    move_to(&mut tx, call, "cancel").await?;
    audit::record(&mut tx, actor, Record::new("call", call, "call_cancelled"), now).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes the step called `name` and answers the call as it is then; of two who do it at once, one is told that
/// the call moved on.
async fn move_to(tx: &mut Tx, call: CallId, name: &str) -> Outcome<Call> {
    let found = store::find_call(tx, call).await?.ok_or_else(Refusal::not_found)?;
    let step = step(rules::STEPS, name, found.state)?;
    if !store::set_state(tx, call, step.from, step.to).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    Ok(store::get_call(tx, call).await?)
}
