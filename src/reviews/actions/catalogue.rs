//! A call that selects by its catalogue decides by itself: what meets every condition is selected with its commitment
//! in one unit of work; anything else waits for an officer, with the reasons in its history.

use super::deciding::commit;
use crate::{
    app::App,
    applications::{self, Application, ApplicationId, ApplicationState},
    audit::{self, Record},
    core::{
        actor::Actor,
        refusal::{Outcome, Trouble},
        roles::Role,
    },
    db::Tx,
    outbox::{self, Mail},
    people,
    programmes::{self, CallRules, SelectionMode, Stage},
    reviews::{
        DecisionOutcome, DecisionReason,
        store::{self, Decision},
    },
};
use anyhow::Context;
use chrono::{DateTime, Utc};

/// Decides about one received application, if its call does so and it still waits. For the job: done again it
/// changes nothing.
pub async fn decide_catalogue(app: &App, id: ApplicationId) -> anyhow::Result<()> {
    match decide(app, id).await {
        // The budget or a cap is used up: nothing of the decision is stored, and a person sees why.
        Err(Trouble::Refused(refusal)) if refusal.key.starts_with("ledger-") => {
            let now = app.clock.now();
            let mut tx = app.db.write().await?;
            refer(&mut tx, id, refusal.key, now).await?;
            tx.commit().await?;
            Ok(())
        }
        // Withdrawn or screened in the same moment.
        Err(Trouble::Refused(refusal)) if refusal.key == "refusal-state-moved-on" => Ok(()),
        other => Ok(other?),
    }
}

async fn decide(app: &App, id: ApplicationId) -> Outcome<()> {
    let now = app.clock.now();
    let actor = Actor::system();
    let mut tx = app.db.write().await?;
    let Some(application) = applications::find(&mut tx, id).await? else { return Ok(()) };
    let rules = programmes::rules_at(&mut tx, application.call_id, application.call_version).await?;
    if rules.selection != SelectionMode::CatalogueAuto {
        return Ok(());
    }
    match application.state {
        ApplicationState::Submitted => {
            let judged = applications::judge(&mut tx, id, Stage::Screening, now).await?;
            judged.keep(&mut tx, &actor, now).await?;
            if !judged.passes() {
                refer(&mut tx, id, &judged.failing_names(&actor), now).await?;
                tx.commit().await?;
                return Ok(());
            }
            applications::take_step(&mut tx, &actor, id, "confirm_eligible", "", now).await?;
        }
        // An officer found it eligible.
        ApplicationState::Eligible => {}
        _ => return Ok(()),
    }
    select(&mut tx, &actor, &application, &rules, now).await?;
    tx.commit().await?;
    Ok(())
}

async fn select(
    tx: &mut Tx,
    actor: &Actor,
    application: &Application,
    rules: &CallRules,
    now: DateTime<Utc>,
) -> Outcome<()> {
    applications::take_step(tx, actor, application.id, "select_at_once", "", now).await?;
    // What a decision is based on when nobody took it.
    let reason = store::latest_reason(tx, DecisionReason::CatalogueRules.as_str()).await?;
    let reason = reason.context("the reason of what is selected at once")?;
    let decision = Decision {
        id: crate::core::ids::new_uuid(),
        application_id: application.id,
        call_version: application.call_version,
        outcome: DecisionOutcome::Selected,
        score_milli: 0,
        rank: 1,
        amount_won: application.support_won,
        reason: reason.code.clone(),
        reason_version: reason.version,
        rests_on: String::new(),
        note: String::new(),
        decided_by: None,
        decided_at: now,
        round: 1,
    };
    store::insert_decision(tx, &decision).await?;
    commit(tx, actor, application, rules, &decision, now).await?;
    let record = Record::new("decision", decision.id, "decision_taken")
        .of_case(application.id)
        .with("outcome", decision.outcome)
        .with("reason", reason.recorded())
        .with("amount", decision.amount_won);
    audit::record(tx, actor, record, now).await?;
    for (address, lang) in people::mail_contacts(tx, application.organisation_id.0, Role::Firm).await? {
        let mail = Mail::new(address, lang, "selected-at-once")
            .with("receipt", application.receipt_no.as_deref().unwrap_or_default())
            .with("title", &application.title)
            .with("amount", decision.amount_won)
            .link(format!("/decisions/{}", application.id));
        outbox::mail(tx, mail, &decision.id.to_string(), Some(application.id.0), now).await?;
    }
    Ok(())
}

/// Leaves the application to an officer: its state stays, its history says why.
async fn refer(tx: &mut Tx, id: ApplicationId, reasons: &str, now: DateTime<Utc>) -> sqlx::Result<()> {
    let record = Record::new("application", id, "catalogue_referred").with("reasons", reasons);
    audit::record(tx, &Actor::system(), record, now).await
}
