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
pub async fn complete(_tx: &mut Tx, _actor: &Actor, _agreement: AgreementId, _now: DateTime<Utc>) -> Outcome<()> {
    todo!()
}
