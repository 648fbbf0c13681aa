//! The verbs that people do to the ledger itself: closing a month, and lifting a stop of payments. Money moves in `post`.

use super::{
    rules::{Month, check_close, report},
    store::{periods, stops},
};
use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        calendar::{ZONE, local_date},
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    db::{Tx, once::Once},
};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Whoever closes months.
pub const CLOSERS: &[Role] = &[Role::Manager, Role::Payer];
/// Whoever lifts a stop of payments.
pub const LIFTERS: &[Role] = &[Role::Manager];
/// The case under which all months are recorded.
const PERIODS: Uuid = Uuid::from_u128(0x6c65_6467_6572_2d70_6572_696f_6473_0001);
/// The case under which all stops are recorded.
pub(super) const STOPS: Uuid = Uuid::from_u128(0x6c65_6467_6572_2d73_746f_7073_0000_0001);

fn moved_on() -> Refusal {
    Refusal::conflict("refusal-state-moved-on")
}

fn only(actor: &Actor, roles: &[Role]) -> Result<(), Refusal> {
    if actor.is_any(roles) { Ok(()) } else { Err(Refusal::not_found()) }
}

/// The record of a month: its id is made of its name.
fn of_month(month: Month, kind: &'static str) -> Record {
    let digest = Sha256::digest(month.to_string());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    let id = uuid::Builder::from_custom_bytes(bytes).into_uuid();
    match kind {
        "proposed" => Record::new("period", id, "period_proposed"),
        "reopened" => Record::new("period", id, "period_reopened"),
        _ => Record::new("period", id, "period_closed"),
    }
    .of_case(PERIODS)
    .with("month", month)
}

/// The first person proposes to close a month that is over. It takes postings until the second has closed it.
pub async fn propose_close(app: &App, actor: &Actor, month: Month, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    only(actor, CLOSERS)?;
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "ledger.propose_close", now).await?.is_some() {
        return Ok(());
    }
    check_close(month, local_date(now, ZONE), periods::earlier_open(&mut tx, month).await?)?;
    if !periods::propose(&mut tx, month, actor.id, now).await? {
        return Err(moved_on().into());
    }
    audit::record(&mut tx, actor, of_month(month, "proposed"), now).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes a proposal back.
pub async fn reopen(app: &App, actor: &Actor, month: Month, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    only(actor, CLOSERS)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "ledger.reopen", now).await?.is_some() {
        return Ok(());
    }
    if !periods::reopen(&mut tx, month).await? {
        return Err(moved_on().into());
    }
    audit::record(&mut tx, actor, of_month(month, "reopened"), now).await?;
    tx.commit().await?;
    Ok(())
}

/// The second person closes the month: its report is made and its hash put into the sealed history.
pub async fn close(app: &App, actor: &Actor, month: Month, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    only(actor, CLOSERS)?;
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "ledger.close", now).await?.is_some() {
        return Ok(());
    }
    // Whoever posts into this month finished before the lock is given, or counts in the next.
    if !periods::lock(&mut tx, month).await? {
        return Err(Refusal::not_found().into());
    }
    let period = periods::find(&mut tx, month).await?.ok_or_else(Refusal::not_found)?;
    if period.proposed_by == Some(actor.id) {
        return Err(Refusal::forbidden("ledger-refusal-same-person").into());
    }
    check_close(month, local_date(now, ZONE), periods::earlier_open(&mut tx, month).await?)?;
    let (postings, late) = periods::counts(&mut tx, month).await?;
    let before = periods::hash_before(&mut tx, month).await?;
    let turnovers = periods::turnovers(&mut tx, month).await?;
    let text = report(month, postings, late, before.as_deref(), &turnovers);
    let sha256 = Sha256::digest(&text).to_vec();
    if !periods::close(&mut tx, month, actor.id, &text, sha256.clone(), now).await? {
        return Err(moved_on().into());
    }
    let record = of_month(month, "closed").with("postings", postings).with("sha256", hex::encode(sha256));
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Refuses while the last verification was red and nobody lifted the stop it caused. Asked before money is released.
pub async fn check_release_open(tx: &mut Tx) -> Outcome<()> {
    match stops::release_stop(tx).await? {
        None => Ok(()),
        Some(stop) => Err(Refusal::conflict("ledger-refusal-release-stopped").with("reason", stop.reason).into()),
    }
}

/// Stops the release of payments after verification `run` found `reason`; one that is stopped already stays so.
pub async fn stop_release(tx: &mut Tx, actor: &Actor, run: Uuid, reason: &str, now: DateTime<Utc>) -> Outcome<()> {
    if stops::release_stop(tx).await?.is_some() {
        return Ok(());
    }
    let id = crate::core::ids::new_uuid();
    stops::open(tx, id, run, reason, now).await?;
    let record = Record::new("release_stop", id, "release_stopped").of_case(STOPS).with("breach", reason);
    audit::record(tx, actor, record, now).await?;
    Ok(())
}

/// Ends every stop: a verification found everything sound.
pub async fn end_stops(tx: &mut Tx, actor: &Actor, now: DateTime<Utc>) -> Outcome<()> {
    let Some(stop) = stops::release_stop(tx).await? else { return Ok(()) };
    stops::end_all(tx, now).await?;
    audit::record(tx, actor, Record::new("release_stop", stop.id, "release_reopened").of_case(STOPS), now).await?;
    Ok(())
}

/// The first of two people asks to release payments although something is red, and says why.
pub async fn ask_lift(app: &App, actor: &Actor, id: Uuid, reason: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    only(actor, LIFTERS)?;
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "ledger.ask_lift", now).await?.is_some() {
        return Ok(());
    }
    if !stops::ask_lift(&mut tx, id, actor.id, reason, now).await? {
        return Err(moved_on().into());
    }
    let record = Record::new("release_stop", id, "release_lift_asked").of_case(STOPS).with("note", reason);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The second person lifts the stop.
pub async fn lift(app: &App, actor: &Actor, id: Uuid, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    only(actor, LIFTERS)?;
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "ledger.lift", now).await?.is_some() {
        return Ok(());
    }
    let stop = stops::release_stop(&mut tx).await?.filter(|stop| stop.id == id).ok_or_else(moved_on)?;
    if stop.lift_asked_by == Some(actor.id) {
        return Err(Refusal::forbidden("ledger-refusal-same-person").into());
    }
    if !stops::lift(&mut tx, id, actor.id, now).await? {
        return Err(moved_on().into());
    }
    audit::record(&mut tx, actor, Record::new("release_stop", id, "release_lifted").of_case(STOPS), now).await?;
    tx.commit().await?;
    Ok(())
}
