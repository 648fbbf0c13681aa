//! The verbs of claims.

use super::{Claim, ClaimId, rules, store};
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

/// Takes the step `name` of the table with its audit record; answers the claim as it was before.
pub async fn take_step(
    tx: &mut Tx,
    actor: &Actor,
    id: ClaimId,
    name: &'static str,
    note: &str,
    now: DateTime<Utc>,
) -> Outcome<Claim> {
    let claim = store::find(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let step = step(rules::STEPS, name, claim.state)?;
    if !store::move_state(tx, id, step.from, step.to, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let mut record =
        Record::new("claim", id, "claim_moved").of_case(claim.application_id).with("step", name).with("state", step.to);
    if !note.is_empty() {
        record = record.with("note", note);
    }
    audit::record(tx, actor, record, now).await?;
    Ok(claim)
}
