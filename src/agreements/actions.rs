//! The verbs of agreements.

use super::{AgreementId, MilestoneId, rules::VoucherState};
use crate::{
    core::{actor::Actor, refusal::Outcome},
    db::Tx,
};
use chrono::{DateTime, Utc};

/// The vendor has delivered a milestone (filing an invoice says so).
pub async fn note_delivery(_tx: &mut Tx, _actor: &Actor, _milestone: MilestoneId, _now: DateTime<Utc>) -> Outcome<()> {
    todo!()
}

/// The firm accepts a delivered milestone, or disputes it with a reason.
pub async fn answer_delivery(
    _tx: &mut Tx,
    _actor: &Actor,
    _milestone: MilestoneId,
    _accept: bool,
    _note: &str,
    _now: DateTime<Utc>,
) -> Outcome<()> {
    todo!()
}

/// Moves the voucher of an agreement when its state changes (exhausted once all of it is paid).
pub async fn set_voucher_state(
    _tx: &mut Tx,
    _actor: &Actor,
    _agreement: AgreementId,
    _from: VoucherState,
    _to: VoucherState,
    _now: DateTime<Utc>,
) -> Outcome<()> {
    todo!()
}

/// The last outcome of the work is verified: agreement completed, application closed.
pub async fn complete(tx: &mut Tx, actor: &Actor, agreement: AgreementId, now: DateTime<Utc>) -> Outcome<()> {
    let found = super::store::find(tx, agreement).await?.ok_or_else(crate::core::refusal::Refusal::not_found)?;
    let rows = tx
        .run(
            "UPDATE agreements SET state = 'completed', state_since = $2 WHERE id = $1 AND state = 'active'",
            (agreement, now),
        )
        .await?;
    if rows != 1 {
        return Err(crate::core::refusal::Refusal::conflict("refusal-state-moved-on").into());
    }
    crate::applications::take_step(tx, actor, found.application_id, "close", "", now).await?;
    let record = crate::audit::Record::new("agreement", agreement, "agreement_moved")
        .of_case(found.application_id)
        .with("step", "complete")
        .with("state", super::rules::AgreementState::Completed);
    crate::audit::record(tx, actor, record, now).await?;
    Ok(())
}
