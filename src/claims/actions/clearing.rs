//! An officer clears a candidate for a duplicate with a reason.

use super::*;
use crate::db::once::Once;

/// Clears `candidate` of a claim. Refused when it was cleared before.
pub async fn clear(app: &App, actor: &Actor, id: ClaimId, candidate: Uuid, reason: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "claims.clear", now).await?.is_some() {
        return Ok(());
    }
    if !actor.is(Role::ClaimsOfficer) {
        return Err(Refusal::not_found().into());
    }
    let claim = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let known = store::candidates(&mut tx, id).await?;
    let found = known.iter().find(|known| known.id == candidate).ok_or_else(Refusal::not_found)?;
    if !store::clear(&mut tx, (id, candidate), actor.id, reason, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let record = Record::new("claim", id, "candidate_cleared")
        .of_case(claim.application_id)
        .with("other", &found.other_number)
        .with("kind", &found.kind)
        .with("note", reason);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}
