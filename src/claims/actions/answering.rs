//! The firm says whether what was invoiced was delivered. The vendor can never do it.

use super::*;
use crate::db::once::Once;

/// Accepts the delivery, or disputes it with a reason (`note` says whether it runs and who uses it).
pub async fn answer(app: &App, actor: &Actor, id: ClaimId, accept: bool, note: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "claims.answer", now).await?.is_some() {
        return Ok(());
    }
    if !actor.is(Role::Firm) {
        return Err(Refusal::not_found().into());
    }
    actor.may(OwnAct::Accept)?;
    let claim = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    take_step(&mut tx, actor, id, if accept { "accept_delivery" } else { "dispute" }, note, now).await?;
    if !accept {
        pause(&mut tx, actor, id, "disputed", note, now).await?;
    }
    store::note_answer(&mut tx, id, actor.id, (!note.is_empty()).then(|| note.to_owned()), now).await?;
    let milestone = agreements::find_milestone(&mut tx, claim.milestone_id).await?.ok_or_else(Refusal::not_found)?;
    // A delivery that was accepted before stays so, also when its new invoice is disputed.
    if milestone.state == MilestoneState::Delivered {
        agreements::answer_delivery(&mut tx, actor, milestone.id, accept, note, now).await?;
    }
    let vendor = vendors::get(&mut tx, claim.vendor_id).await?;
    let event = format!("answered:{}", claim.version);
    let make = |to, lang| match accept {
        true => Mail::new(to, lang, "claim-delivery-accepted"),
        false => Mail::new(to, lang, "claim-disputed").with("note", note),
    };
    tell(&mut tx, (vendor.organisation_id.0, Role::Vendor), make, &claim, &event, now).await?;
    tx.commit().await?;
    Ok(())
}
