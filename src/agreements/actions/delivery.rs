//! Deliveries: the vendor says a milestone is delivered, the firm accepts or disputes it.

use super::{due_in, record_of};
use crate::{
    agreements::{
        MilestoneId,
        rules::{self, AgreementState, MilestoneState},
        store::{self, Agreement, Milestone},
    },
    audit,
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        step::{Note, Step, step},
    },
    db::Tx,
};
use chrono::{DateTime, Utc};

/// A milestone of an agreement in force that `actor` may see and move with `name`.
async fn milestone_for(
    tx: &mut Tx,
    actor: &Actor,
    id: MilestoneId,
    name: &'static str,
) -> Outcome<(Milestone, Agreement, &'static Step<MilestoneState>)> {
    let milestone = store::find_milestone(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let agreement = if actor.is_system() {
        store::find(tx, milestone.agreement_id).await?
    } else {
        store::find_visible(tx, actor, milestone.agreement_id).await?
    };
    let agreement = agreement.ok_or_else(Refusal::not_found)?;
    if agreement.state != AgreementState::Active {
        return Err(Refusal::conflict("agreements-refusal-not-active").into());
    }
    let step = step(rules::MILESTONE_STEPS, name, milestone.state)?;
    if !actor.is_system() && !actor.is_any(step.by) {
        return Err(Refusal::not_found().into());
    }
    Ok((milestone, agreement, step))
}

/// The vendor has delivered a milestone (filing an invoice says so).
pub async fn note_delivery(tx: &mut Tx, actor: &Actor, milestone: MilestoneId, now: DateTime<Utc>) -> Outcome<()> {
    let (milestone, agreement, step) = milestone_for(tx, actor, milestone, "deliver").await?;
    let answer_by = due_in(tx, &agreement, |timers| timers.acceptance_days, now).await?;
    store::forget_notices(tx, milestone.id.0).await?;
    if !store::deliver(tx, milestone.id, step.from, actor.person(), answer_by, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let record =
        record_of(&agreement, "milestone_delivered").with("milestone", &milestone.name).with("answer_by", answer_by);
    audit::record(tx, actor, record, now).await?;
    Ok(())
}

/// The firm accepts a delivered milestone, or disputes it with a reason.
pub async fn answer_delivery(
    tx: &mut Tx,
    actor: &Actor,
    milestone: MilestoneId,
    accept: bool,
    note: &str,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let name = if accept { "accept" } else { "dispute" };
    let (milestone, agreement, step) = milestone_for(tx, actor, milestone, name).await?;
    if step.note == Note::Required && note.trim().is_empty() {
        return Err(Refusal::unacceptable("form-required").at("note").into());
    }
    if !store::answer(tx, &milestone, step.to, actor.person(), note, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let kind = if accept { "milestone_accepted" } else { "milestone_disputed" };
    let mut record = record_of(&agreement, kind).with("milestone", &milestone.name);
    if !note.is_empty() {
        record = record.with("note", note);
    }
    audit::record(tx, actor, record, now).await?;
    Ok(())
}
