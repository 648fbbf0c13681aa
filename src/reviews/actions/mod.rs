//! The verbs of reviews: assign, declare, score, lock, decide.

mod catalogue;

pub use catalogue::decide_catalogue;

use super::{
    AssignmentId,
    panel::{self, Candidate},
    rules::{self, AssignmentState, DecisionOutcome, DecisionReason, ItemScore},
    store::{self, Assignment, Decision, ReviewResult},
};
use crate::{
    app::App,
    applications::{self, Application, ApplicationId, ApplicationState},
    audit::{self, Act, Record},
    core::{
        actor::Actor,
        money::Won,
        refusal::{Outcome, Refusal},
        roles::Role,
        step::step,
    },
    db::{Tx, once::Once},
    ledger,
    outbox::{self, Mail},
    people::{self, PersonId},
    programmes::{self, CallRules, RubricItem},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Assigns the chosen reviewers, so that the application has as many as its call wants; the review begins with it.
pub async fn assign(app: &App, actor: &Actor, id: ApplicationId, reviewers: Vec<PersonId>, once: Once) -> Outcome<()> {
    let chosen: Vec<Uuid> = reviewers.into_iter().map(|person| person.0).collect();
    put_on_panel(app, actor, id, once, |candidates, missing| {
        if i64::try_from(chosen.len()).ok() != Some(missing) {
            return Err(Refusal::unacceptable("reviews-refusal-panel-size").at("reviewer").with("missing", missing));
        }
        let find = |person: &Uuid| candidates.iter().find(|candidate| candidate.person == *person).cloned();
        let found: Vec<Candidate> = chosen.iter().filter_map(find).collect();
        match found.iter().find(|candidate| !candidate.is_free()) {
            Some(candidate) => {
                Err(Refusal::conflict("reviews-refusal-not-free").at("reviewer").with("name", &candidate.name))
            }
            None if found.len() == chosen.len() => Ok(found),
            None => Err(Refusal::unacceptable("reviews-choose-reviewers").at("reviewer")),
        }
    })
    .await
}

/// Assigns whoever has the fewest open assignments and no conflict that the records show.
pub async fn assign_by_load(app: &App, actor: &Actor, id: ApplicationId, once: Once) -> Outcome<()> {
    put_on_panel(app, actor, id, once, |candidates, missing| {
        let wanted = usize::try_from(missing).unwrap_or(0);
        let free: Vec<Candidate> = candidates.iter().filter(|candidate| candidate.is_free()).cloned().collect();
        if free.len() < wanted {
            return Err(Refusal::conflict("reviews-refusal-too-few").at("reviewer").with("free", free.len()));
        }
        Ok(free.into_iter().take(wanted).collect())
    })
    .await
}

async fn put_on_panel(
    app: &App,
    actor: &Actor,
    id: ApplicationId,
    once: Once,
    choose: impl FnOnce(&[Candidate], i64) -> Result<Vec<Candidate>, Refusal>,
) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "reviews.assign", now).await?.is_some() {
        return Ok(());
    }
    store::lock_application(&mut tx, id).await?;
    let application = applications::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let rules = programmes::rules_at(&mut tx, application.call_id, application.call_version).await?;
    if application.state == ApplicationState::Eligible {
        applications::take_step(&mut tx, actor, id, "begin_review", "", now).await?;
    } else if application.state != ApplicationState::InReview {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let live = live_count(&store::assignments(&mut tx, id).await?);
    let missing = rules.reviewers - live;
    if missing <= 0 {
        return Err(Refusal::conflict("reviews-refusal-panel-full").into());
    }
    let candidates = panel::candidates(&mut tx, &application).await?;
    for reviewer in choose(&candidates, missing)? {
        if !store::insert_assignment(&mut tx, id, reviewer.person, actor.id, now).await? {
            return Err(Refusal::conflict("reviews-refusal-not-free")
                .at("reviewer")
                .with("name", reviewer.name)
                .into());
        }
        let record = Record::new("application", id, "reviewer_assigned").with("reviewer", &reviewer.name);
        audit::record(&mut tx, actor, record, now).await?;
        if let Some(person) = people::find_person(&mut tx, PersonId(reviewer.person)).await? {
            let mail = Mail::new(person.email, person.lang, "review-assigned")
                .with("title", &application.title)
                .link("/reviews/mine");
            outbox::mail(&mut tx, mail, &id.to_string(), Some(id.0), now).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Reviewers who have neither given up nor been replaced.
pub(super) fn live_count(assignments: &[Assignment]) -> i64 {
    let live = assignments.iter().filter(|assignment| assignment.state != AssignmentState::Recused).count();
    i64::try_from(live).unwrap_or(i64::MAX)
}

/// A reviewer says whether there is a conflict of interest. With one, the application is closed to them.
pub async fn declare(app: &App, actor: &Actor, id: AssignmentId, conflict: Option<String>, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "reviews.declare", now).await?.is_some() {
        return Ok(());
    }
    let assignment = store::find_own(&mut tx, actor.id, id).await?.ok_or_else(Refusal::not_found)?;
    let application = applications::get(&mut tx, assignment.application_id).await?;
    let name = if conflict.is_some() { "recuse" } else { "accept" };
    let step = step(rules::STEPS, name, assignment.state)?;
    if conflict.is_none()
        && let Some(seen) = panel::own_conflict(&mut tx, actor, &application).await?
    {
        let why = actor.lang.code_word("conflict", seen.as_str());
        return Err(Refusal::forbidden("reviews-refusal-conflict-seen").at("conflict").with("why", why).into());
    }
    if !store::declare(&mut tx, id, step.from, step.to, conflict.clone(), now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let mut record = Record::new("assignment", id, "conflict_declared").of_case(application.id).with("state", step.to);
    if let Some(reason) = conflict {
        record = record.with("reason", reason);
        for manager in people::people_with_role(&mut tx, Role::Manager).await?.into_iter().take(20) {
            let mail = Mail::new(manager.email, manager.lang, "review-recused")
                .with("title", &application.title)
                .link(format!("/reviews/applications/{}", application.id));
            outbox::mail(&mut tx, mail, &id.to_string(), Some(application.id.0), now).await?;
        }
    }
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// An accepted assignment of `actor`, with its application and the rules it is scored by.
async fn to_score(tx: &mut Tx, actor: &Actor, id: AssignmentId) -> Outcome<(Assignment, Application, CallRules)> {
    let assignment = store::find_own(tx, actor.id, id).await?.ok_or_else(Refusal::not_found)?;
    let application = applications::get(tx, assignment.application_id).await?;
    if application.state != ApplicationState::InReview {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let rules = programmes::rules_at(tx, application.call_id, application.call_version).await?;
    Ok((assignment, application, rules))
}

/// The rubric that an assignment of `actor` is scored by.
pub(super) async fn rubric_of(app: &App, actor: &Actor, id: AssignmentId) -> Outcome<Vec<RubricItem>> {
    let mut tx = app.db.read().await?;
    let assignment = store::find_own(&mut tx, actor.id, id).await?.ok_or_else(Refusal::not_found)?;
    let application = applications::get(&mut tx, assignment.application_id).await?;
    Ok(programmes::rules_at(&mut tx, application.call_id, application.call_version).await?.rubric)
}

/// Keeps what a reviewer has so far. Items without points lose theirs.
pub async fn save_draft(app: &App, actor: &Actor, id: AssignmentId, scores: Vec<ItemScore>, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "reviews.save_draft", now).await?.is_some() {
        return Ok(());
    }
    let (assignment, _, rules) = to_score(&mut tx, actor, id).await?;
    step(rules::STEPS, "lock", assignment.state)?;
    put_scores(&mut tx, id, &rules, &scores).await?;
    tx.commit().await?;
    Ok(())
}

async fn put_scores(tx: &mut Tx, id: AssignmentId, rules: &CallRules, scores: &[ItemScore]) -> sqlx::Result<()> {
    for item in &rules.rubric {
        match scores.iter().find(|score| score.item == item.code) {
            Some(score) => store::put_score(tx, id, score).await?,
            None => store::drop_score(tx, id, &item.code).await?,
        };
    }
    Ok(())
}

/// Scores every item of the rubric and locks: for ever. With the last required reviewer the application has its score.
pub async fn score_and_lock(
    app: &App,
    actor: &Actor,
    id: AssignmentId,
    scores: Vec<ItemScore>,
    once: Once,
) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "reviews.lock", now).await?.is_some() {
        return Ok(());
    }
    let (assignment, application, rules) = to_score(&mut tx, actor, id).await?;
    store::lock_application(&mut tx, application.id).await?;
    let step = step(rules::STEPS, "lock", assignment.state)?;
    rules::check_scores(&rules.rubric, &scores)?;
    audit::take(&mut tx, actor, application.id.0, Act::Scored, now).await?;
    put_scores(&mut tx, id, &rules, &scores).await?;
    if !store::lock(&mut tx, id, step.from, rules::total_milli(&rules.rubric, &scores), now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    // The total is not in the record: others read the history before all have locked.
    let record = Record::new("assignment", id, "scores_locked").of_case(application.id);
    audit::record(&mut tx, actor, record, now).await?;
    finish_review(&mut tx, actor, &application, &rules, now).await?;
    tx.commit().await?;
    Ok(())
}

async fn finish_review(
    tx: &mut Tx,
    actor: &Actor,
    application: &Application,
    rules: &CallRules,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let totals = store::locked_totals(tx, application.id).await?;
    if i64::try_from(totals.len()).unwrap_or(i64::MAX) < rules.reviewers {
        return Ok(());
    }
    let Some(score_milli) = rules::score_milli(&totals) else { return Ok(()) };
    let result = ReviewResult {
        application_id: application.id,
        call_id: application.call_id,
        score_milli,
        submitted_at: application.submitted_at.unwrap_or(application.created_at),
        scored_at: now,
    };
    store::insert_result(tx, &result).await?;
    let record = Record::new("application", application.id, "review_finished")
        .with("score", crate::core::measure::show_milli(score_milli));
    audit::record(tx, actor, record, now).await?;
    Ok(())
}

/// Decides about a scored application. A selection and its commitment in the ledger are one unit of work:
/// what no longer fits the call's budget or the firm's cap is refused, and nothing of it is stored.
pub async fn decide(
    app: &App,
    actor: &Actor,
    id: ApplicationId,
    outcome: DecisionOutcome,
    reason: DecisionReason,
    note: &str,
    once: Once,
) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "reviews.decide", now).await?.is_some() {
        return Ok(());
    }
    let application = applications::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let rules = programmes::rules_at(&mut tx, application.call_id, application.call_version).await?;
    let result = store::result_of(&mut tx, id).await?;
    let result = result.ok_or_else(|| Refusal::conflict("reviews-refusal-not-scored"))?;
    rules::check_decision(outcome, reason, note, result.score_milli, rules.pass_mark)?;
    audit::take(&mut tx, actor, id.0, Act::Selected, now).await?;
    let selected = outcome == DecisionOutcome::Selected;
    if let (true, Some(vendor)) = (selected, application.vendor_id) {
        let today = crate::core::calendar::local_date(now, crate::core::calendar::ZONE);
        crate::vendors::check_takes_new(&mut tx, vendor, today).await?;
    }
    let amount = if selected { application.support_won } else { Won::ZERO };
    let decision = Decision {
        id: crate::core::ids::new_uuid(),
        application_id: id,
        call_version: application.call_version,
        outcome,
        score_milli: result.score_milli,
        rank: store::rank_of(&mut tx, &result).await?,
        amount_won: amount,
        reason: reason.to_string(),
        note: note.to_owned(),
        decided_by: actor.person(),
        decided_at: now,
    };
    // The step comes first: of two decisions about one application the second waits here and finds it moved on.
    applications::take_step(&mut tx, actor, id, outcome.step(), note, now).await?;
    store::insert_decision(&mut tx, &decision).await?;
    if selected {
        let case = applications::case_of(&mut tx, &application).await?;
        let (firm, track) = (application.organisation_id, application.track.as_deref());
        let vendor = application.vendor_id.map(|vendor| vendor.0);
        let caps = programmes::caps_of(&mut tx, application.call_id, firm, vendor, &rules, track).await?;
        ledger::commit(&mut tx, actor, &case, &caps, amount, id.0, now).await?;
    }
    write_down(&mut tx, actor, &application, &decision, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The record of a decision, and its letter to the firm in the reader's language.
async fn write_down(
    tx: &mut Tx,
    actor: &Actor,
    application: &Application,
    decision: &Decision,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let record = Record::new("decision", decision.id, "decision_taken")
        .of_case(application.id)
        .with("outcome", decision.outcome)
        .with("reason", &decision.reason)
        .with("score", crate::core::measure::show_milli(decision.score_milli))
        .with("rank", decision.rank)
        .with("amount", decision.amount_won);
    audit::record(tx, actor, record, now).await?;
    for (address, lang) in people::mail_contacts(tx, application.organisation_id.0, Role::Firm).await? {
        let mail = Mail::new(address, lang, decision.outcome.letter())
            .with("receipt", application.receipt_no.as_deref().unwrap_or_default())
            .with("title", &application.title)
            .with("score", crate::core::measure::show_milli(decision.score_milli))
            .with("reason", lang.code_word("decision-reason", &decision.reason))
            .with("note", &decision.note)
            .link(format!("/applications/{}", application.id));
        outbox::mail(tx, mail, &decision.id.to_string(), Some(application.id.0), now).await?;
    }
    Ok(())
}
