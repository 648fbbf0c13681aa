//! A decision is undone by a compensating act, within its term and with a reason: the application waits again, the money
//! goes back, the firm is told. The decision itself stays in the history as it was.

use super::{tell_firm, term_end};
use crate::{
    app::App,
    applications::{self, ApplicationId, ApplicationState},
    audit::{self, Act, Record},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
    },
    db::{Tx, once::Once},
    ledger,
    outbox::Mail,
    programmes, reference,
    reviews::store::{self, Decision},
};
use chrono::{DateTime, Utc};

/// Until when a decision of this application can be undone.
pub async fn undo_ends(
    tx: &mut Tx,
    application: &applications::Application,
    decision: &Decision,
) -> sqlx::Result<DateTime<Utc>> {
    let rules = programmes::rules_at(tx, application.call_id, application.call_version).await?;
    let holidays = reference::holidays(tx).await?;
    Ok(term_end(&holidays, decision.decided_at, rules.review.undo_days))
}

/// Undoes the decision that holds. Refused once its term is over, once the firm objected to it, and once an agreement
/// binds.
pub async fn undo(app: &App, actor: &Actor, id: ApplicationId, reason: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "reviews.undo", now).await?.is_some() {
        return Ok(());
    }
    applications::lock(&mut tx, id).await?;
    let application = applications::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let decision = store::latest_decision(&mut tx, id).await?;
    let decision = decision.ok_or_else(|| Refusal::conflict("refusal-state-moved-on"))?;
    let state = application.state;
    if !matches!(state, ApplicationState::Selected | ApplicationState::Reserve | ApplicationState::Rejected) {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    // What the call's own rules decided has no scores to come back to.
    if store::result_of(&mut tx, id).await?.is_none() {
        return Err(Refusal::conflict("reviews-refusal-not-scored").into());
    }
    if undo_ends(&mut tx, &application, &decision).await? <= now {
        return Err(Refusal::conflict("reviews-refusal-undo-late").into());
    }
    if store::objection_of(&mut tx, id).await?.is_some_and(|objection| objection.decision_id == Some(decision.id)) {
        return Err(Refusal::conflict("reviews-refusal-objected").into());
    }
    audit::take(&mut tx, actor, id.0, Act::Selected, now).await?;
    applications::take_step(&mut tx, actor, id, "undo", reason, now).await?;
    store::insert_undo(&mut tx, decision.id, id, reason, actor.id, now).await?;
    let case = applications::case_of(&mut tx, &application).await?;
    let released = ledger::release(&mut tx, actor, &case, decision.id, now).await?;
    let record = Record::new("decision", decision.id, "decision_undone")
        .of_case(id)
        .with("outcome", decision.outcome)
        .with("note", reason)
        .with("amount", released);
    audit::record(&mut tx, actor, record, now).await?;
    let make = |to, lang| Mail::new(to, lang, "decision-undone").with("note", reason).link(format!("/decisions/{id}"));
    tell_firm(&mut tx, &application, make, &decision.id.to_string(), now).await?;
    tx.commit().await?;
    Ok(())
}
