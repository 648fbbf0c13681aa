//! The verbs of agreements.

use super::{
    AgreementId, MilestoneId,
    rules::{self, VoucherState},
    store,
};
use crate::{
    audit::{self, Record},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        step::step,
    },
    db::Tx,
};
use chrono::{DateTime, Utc};

/// The vendor has delivered a milestone (filing an invoice says so).
pub async fn note_delivery(tx: &mut Tx, actor: &Actor, milestone: MilestoneId, now: DateTime<Utc>) -> Outcome<()> {
    move_milestone(tx, actor, milestone, "deliver", "", now).await
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
    move_milestone(tx, actor, milestone, if accept { "accept" } else { "dispute" }, note, now).await
}

async fn move_milestone(
    tx: &mut Tx,
    actor: &Actor,
    id: MilestoneId,
    name: &'static str,
    note: &str,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let milestone = store::find_milestone(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let step = step(rules::MILESTONE_STEPS, name, milestone.state)?;
    if !store::move_milestone(tx, id, step.from, step.to, actor.id, note, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let agreement = store::get(tx, milestone.agreement_id).await?;
    let record = Record::new("milestone", id, "milestone_moved").of_case(agreement.application_id);
    audit::record(tx, actor, record.with("step", name).with("state", step.to), now).await?;
    Ok(())
}

/// Moves the voucher of an agreement when its state changes (exhausted once all of it is paid).
pub async fn set_voucher_state(
    tx: &mut Tx,
    actor: &Actor,
    agreement: AgreementId,
    from: VoucherState,
    to: VoucherState,
    now: DateTime<Utc>,
) -> Outcome<()> {
    if !store::move_voucher(tx, agreement, from, to).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let agreement = store::get(tx, agreement).await?;
    let record = Record::new("agreement", agreement.id, "voucher_moved").of_case(agreement.application_id);
    audit::record(tx, actor, record.with("state", to), now).await?;
    Ok(())
}

/// The last outcome of the work is verified: agreement completed, application closed.
pub async fn complete(_tx: &mut Tx, _actor: &Actor, _agreement: AgreementId, _now: DateTime<Utc>) -> Outcome<()> {
    todo!()
}
