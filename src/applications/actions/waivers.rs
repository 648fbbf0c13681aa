//! Letting a case pass a condition: a firm asks, or an officer who may decides; always with a reason that is kept.

use super::{Dossier, tell_firm};
use crate::{
    app::App,
    applications::{
        Application, ApplicationId, ApplicationState, WaiverId,
        rules::conditions::{Check, Met},
        store::{
            self,
            eligibility::{self, Waiver, WaiverState},
        },
    },
    audit::{self, Record},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    db::{Tx, once::Once},
    programmes::{Condition, Stage, WaivedBy},
};
use chrono::{DateTime, Utc};

/// Whether this reader may let a case pass that came to `covers`. What is merely open any officer clears who screens
/// or manages; what is unmet only who the condition names.
pub fn may_waive(actor: &Actor, condition: &Condition, covers: Met) -> bool {
    match (covers, condition.waived_by) {
        (Met::Undetermined, WaivedBy::Nobody | WaivedBy::Screener) | (Met::Unmet, WaivedBy::Screener) => {
            actor.is_any(&[Role::Screener, Role::Manager])
        }
        (Met::Undetermined | Met::Unmet, WaivedBy::Manager) => actor.is(Role::Manager),
        _ => false,
    }
}

/// A condition that is not met by this case at this stage, and how it was found.
async fn unmet(
    tx: &mut Tx,
    application: &Application,
    rule: &str,
    stage: Stage,
    now: DateTime<Utc>,
) -> Outcome<(Condition, Check)> {
    let dossier = Dossier::read(tx, application.clone(), now).await?;
    let check = dossier.conditions_at(stage, now).into_iter().find(|check| check.rule == rule);
    let condition = dossier.rules().conditions.iter().find(|condition| condition.code == rule).cloned();
    let (condition, check) = condition.zip(check).ok_or_else(Refusal::not_found)?;
    if !matches!(check.result, Met::Unmet | Met::Undetermined) {
        return Err(Refusal::conflict("conditions-refusal-holds-now").into());
    }
    Ok((condition, check))
}

/// A firm asks for an exception while it still writes.
pub async fn ask_exception(
    app: &App,
    actor: &Actor,
    id: ApplicationId,
    rule: &str,
    reason: String,
    once: Once,
) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "applications.ask_exception", now).await?.is_some() {
        return Ok(());
    }
    if !actor.is(Role::Firm) {
        return Err(Refusal::not_found().into());
    }
    let application = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    if !application.state.is_open_to_firm() {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let (condition, check) = unmet(&mut tx, &application, rule, Stage::Submission, now).await?;
    if condition.waived_by == WaivedBy::Nobody {
        return Err(Refusal::conflict("conditions-refusal-no-exception").into());
    }
    let row = Waiver {
        id: WaiverId::new(),
        application_id: id,
        rule: rule.to_owned(),
        covers: check.result,
        state: WaiverState::Asked,
        seen: check.value,
        asked_by: actor.person(),
        asked_at: now,
        asked_reason: reason,
        decided_by: None,
        decided_at: None,
        decided_reason: String::new(),
    };
    if !eligibility::insert_waiver(&mut tx, &row).await? {
        return Err(Refusal::conflict("conditions-refusal-asked-already").into());
    }
    let record =
        Record::new("application", id, "exception_asked").with("condition", rule).with("reason", &row.asked_reason);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// An officer grants or refuses what a firm asked for.
pub async fn decide_exception(
    app: &App,
    actor: &Actor,
    id: WaiverId,
    grants: bool,
    reason: String,
    once: Once,
) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "applications.decide_exception", now).await?.is_some() {
        return Ok(());
    }
    let waiver = eligibility::find_waiver(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let application = store::get(&mut tx, waiver.application_id).await?;
    let condition = condition_of(&mut tx, &application, &waiver.rule, now).await?;
    if !may_waive(actor, &condition, waiver.covers) {
        return Err(Refusal::forbidden("conditions-refusal-not-yours").into());
    }
    let to = if grants { WaiverState::Granted } else { WaiverState::Refused };
    if !eligibility::decide_waiver(&mut tx, id, to, actor.id, &reason, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let record = Record::new("application", application.id, "exception_decided")
        .with("condition", &waiver.rule)
        .with("waiver", to)
        .with("reason", &reason);
    audit::record(&mut tx, actor, record, now).await?;
    let name = if grants { "exception-granted" } else { "exception-refused" };
    let dress = |mail: crate::outbox::Mail| {
        let condition = condition.name(mail.lang).to_owned();
        mail.with("condition", condition).with("reason", &reason)
    };
    tell_firm(&mut tx, &application, name, &id.to_string(), dress, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The condition as the version says by which the case is judged.
pub async fn condition_of(
    tx: &mut Tx,
    application: &Application,
    rule: &str,
    now: DateTime<Utc>,
) -> Outcome<Condition> {
    let dossier = Dossier::read(tx, application.clone(), now).await?;
    let found = dossier.rules().conditions.iter().find(|condition| condition.code == rule).cloned();
    Ok(found.ok_or_else(Refusal::not_found)?)
}

/// An officer lets a submitted case pass a condition that it does not meet, or of which it cannot be told.
pub async fn waive(
    app: &App,
    actor: &Actor,
    id: ApplicationId,
    (rule, stage): (&str, Stage),
    reason: String,
    once: Once,
) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "applications.waive", now).await?.is_some() {
        return Ok(());
    }
    if !actor.is_staff() {
        return Err(Refusal::not_found().into());
    }
    let application = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let ended = matches!(application.state, ApplicationState::Withdrawn | ApplicationState::Closed);
    if ended {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let (condition, check) = unmet(&mut tx, &application, rule, stage, now).await?;
    if !may_waive(actor, &condition, check.result) {
        return Err(Refusal::forbidden("conditions-refusal-not-yours").into());
    }
    if !grant(&mut tx, actor, id, &check, &reason, now).await? {
        return Err(Refusal::conflict("conditions-refusal-asked-already").into());
    }
    tx.commit().await?;
    Ok(())
}

/// Writes down what an officer lets pass; false when it was before, or is asked for.
pub(super) async fn grant(
    tx: &mut Tx,
    actor: &Actor,
    id: ApplicationId,
    check: &Check,
    reason: &str,
    now: DateTime<Utc>,
) -> Outcome<bool> {
    let row = Waiver {
        id: WaiverId::new(),
        application_id: id,
        rule: check.rule.clone(),
        covers: check.result,
        state: WaiverState::Granted,
        seen: check.value.clone(),
        asked_by: actor.person(),
        asked_at: now,
        asked_reason: String::new(),
        decided_by: actor.person(),
        decided_at: Some(now),
        decided_reason: reason.to_owned(),
    };
    if !eligibility::insert_waiver(tx, &row).await? {
        return Ok(false);
    }
    let record = Record::new("application", id, "condition_waived")
        .with("condition", &check.rule)
        .with("found", check.result)
        .with("reason", reason);
    audit::record(tx, actor, record, now).await?;
    Ok(true)
}
