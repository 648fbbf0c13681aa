//! The reserve list moves up when money has returned to the budget: in the order of the ranking, each judged once more,
//! its selection and its commitment one unit of work.

use super::deciding::{self, Wish, conclude, worded};
use crate::{
    app::App,
    applications::{self, ApplicationId, ApplicationState},
    audit::{self, Act, Record},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal, Trouble},
    },
    db::once::Once,
    ledger::{self, Account, AccountKind},
    programmes::{self, CallId, Stage},
    reviews::{
        rules::{DecisionOutcome, DecisionReason},
        store,
    },
};
use chrono::Duration;

/// Whoever could not be moved up is tried again after so many hours.
const TRIED_AGAIN_HOURS: i64 = 24;

/// Moves reserve lists up in the calls that do so by themselves; answers how many were selected. For the timer: cheap
/// when there is nobody or no money.
pub async fn promote_due(app: &App) -> anyhow::Result<u64> {
    let mut tx = app.db.read().await?;
    let calls = store::calls_with_reserve(&mut tx).await?;
    let mut due = Vec::new();
    for (call, version) in calls {
        if programmes::rules_at(&mut tx, call, version).await?.review.promotes_by_itself {
            due.push(call);
        }
    }
    drop(tx);
    let mut promoted = 0;
    for call in due {
        promoted += move_up(app, &Actor::system(), call).await?;
    }
    Ok(promoted)
}

/// Moves the reserve list of a call up by hand; answers how many were selected.
pub async fn promote(app: &App, actor: &Actor, call: CallId, once: Once) -> Outcome<u64> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "reviews.promote", now).await?.is_some() {
        return Ok(0);
    }
    programmes::find_call(&mut tx, call).await?.ok_or_else(Refusal::not_found)?;
    tx.commit().await?;
    move_up(app, actor, call).await
}

async fn move_up(app: &App, actor: &Actor, call: CallId) -> Outcome<u64> {
    let mut promoted = 0;
    loop {
        let now = app.clock.now();
        let mut tx = app.db.read().await?;
        let budget = Account { kind: AccountKind::Budget, owner: call.0, scope: call.0 };
        let left = ledger::balance(&mut tx, budget).await?;
        let next = store::next_reserve(&mut tx, call, now - Duration::hours(TRIED_AGAIN_HOURS)).await?;
        drop(tx);
        // Nobody is overtaken by somebody who asks for less.
        let Some((id, _)) = next.filter(|(_, amount)| *amount <= left) else { return Ok(promoted) };
        match move_one_up(app, actor, id).await {
            Ok(()) => promoted += 1,
            Err(Trouble::Refused(refusal)) if refusal.key == "ledger-refusal-budget-short" => return Ok(promoted),
            Err(Trouble::Refused(refusal)) => {
                let now = app.clock.now();
                let mut tx = app.db.write().await?;
                store::note_try(&mut tx, id, refusal.key, now).await?;
                let record =
                    Record::new("application", id, "reserve_passed_over").with("note", actor.lang.refusal(&refusal));
                audit::record(&mut tx, actor, record, now).await?;
                tx.commit().await?;
            }
            Err(trouble) => return Err(trouble),
        }
    }
}

async fn move_one_up(app: &App, actor: &Actor, id: ApplicationId) -> Outcome<()> {
    let done = promote_now(app, actor, id).await;
    applications::keep_refused(app, done).await
}

async fn promote_now(app: &App, actor: &Actor, id: ApplicationId) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    applications::lock(&mut tx, id).await?;
    let application = applications::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    if application.state != ApplicationState::Reserve {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    if store::waiting_proposal(&mut tx, id).await?.is_some() {
        return Err(Refusal::conflict("reviews-refusal-proposal-waits").into());
    }
    // Weeks may have passed: who may be funded is looked at once more, by what holds for an award.
    applications::require(&mut tx, actor, id, Stage::Agreement, now).await?;
    if !actor.is_system() {
        audit::take(&mut tx, actor, id.0, Act::Selected, now).await?;
    }
    let rules = programmes::rules_at(&mut tx, application.call_id, application.call_version).await?;
    let (result, ground) = deciding::ground_of(&mut tx, id, &rules).await?;
    let wish = Wish { outcome: DecisionOutcome::Selected, why: DecisionReason::PlaceFreed.into(), note: "" };
    let wish = worded(&mut tx, &rules, (&result, ground), wish).await?;
    conclude(&mut tx, actor, &application, &rules, &result, wish, now).await?;
    tx.commit().await?;
    Ok(())
}
