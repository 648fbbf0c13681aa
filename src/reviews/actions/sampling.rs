//! Quality sampling: a finished review that chance drew is read once more by somebody who does not know its result.

use super::assigning::{fittest, place};
use crate::{
    app::App,
    applications::{self, ApplicationId},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
    },
    db::once::Once,
    programmes,
    reviews::{
        panel,
        rules::{AssignmentState, Purpose},
        store,
    },
};

/// Asks the fittest reviewer who had nothing to do with the case for a blind second read.
pub async fn assign_sample(app: &App, actor: &Actor, id: ApplicationId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "reviews.sample", now).await?.is_some() {
        return Ok(());
    }
    applications::lock(&mut tx, id).await?;
    let application = applications::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let held = store::assignments(&mut tx, id).await?;
    let is_read = held.iter().any(|assignment| {
        assignment.purpose == Purpose::Sample
            && !matches!(assignment.state, AssignmentState::Recused | AssignmentState::Released)
    });
    if is_read || !store::is_sampled(&mut tx, id).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let rules = programmes::rules_at(&mut tx, application.call_id, application.call_version).await?;
    let candidates = panel::candidates(&mut tx, &app.seal, &application, now).await?;
    let chosen = fittest(&candidates, 1)?;
    let round = store::round_of(&mut tx, id).await?;
    place(&mut tx, actor, &application, &rules, chosen, (Purpose::Sample, round), now).await?;
    tx.commit().await?;
    Ok(())
}
