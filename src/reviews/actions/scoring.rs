//! Scores: drafted, locked for ever, and brought together once everybody has locked theirs.

use super::{required, tell_managers};
use crate::{
    app::App,
    applications::{self, Application, ApplicationState},
    audit::{self, Act, Record},
    core::{
        actor::Actor,
        measure::show_milli,
        refusal::{Outcome, Refusal},
        secret::random_bytes,
        step::step,
    },
    db::{Tx, once::Once},
    outbox::Mail,
    programmes::{self, CallRules, RubricItem},
    reviews::{
        AssignmentId,
        rules::{self, ItemScore, Purpose, draw},
        store::{self, Assignment, ReviewResult},
    },
};
use anyhow::Context;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// An accepted assignment of `actor`, with its application and the rules it is scored by.
async fn to_score(tx: &mut Tx, actor: &Actor, id: AssignmentId) -> Outcome<(Assignment, Application, CallRules)> {
    let assignment = store::find_own(tx, actor.id, id).await?.ok_or_else(Refusal::not_found)?;
    let application = applications::get(tx, assignment.application_id).await?;
    if application.state != ApplicationState::InReview && assignment.purpose != Purpose::Sample {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let rules = programmes::rules_at(tx, application.call_id, application.call_version).await?;
    Ok((assignment, application, rules))
}

/// The rubric that an assignment of `actor` is scored by.
pub(crate) async fn rubric_of(app: &App, actor: &Actor, id: AssignmentId) -> Outcome<Vec<RubricItem>> {
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
    // Two reviewers who lock at once must not both see the other missing.
    applications::lock(&mut tx, application.id).await?;
    let step = step(rules::STEPS, "lock", assignment.state)?;
    rules::check_scores(&rules.rubric, &scores)?;
    audit::take(&mut tx, actor, application.id.0, Act::Scored, now).await?;
    put_scores(&mut tx, id, &rules, &scores).await?;
    if !store::lock(&mut tx, id, step.from, rules::total_milli(&rules.rubric, &scores), now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    // The total is not in the record: others read the history before all have locked.
    let record =
        Record::new("assignment", id, "scores_locked").of_case(application.id).with("read_as", assignment.purpose);
    audit::record(&mut tx, actor, record, now).await?;
    if assignment.purpose != Purpose::Sample {
        finish_if_whole(app, &mut tx, actor, &application, &rules, assignment.round, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn finish_if_whole(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    application: &Application,
    rules: &CallRules,
    round: i64,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let locked = store::locked_totals(tx, application.id, round).await?;
    let totals: Vec<i64> = locked.iter().map(|(_, total)| *total).collect();
    let further = store::wide_spread(tx, application.id, round).await?.is_some();
    if (totals.len() as i64) < required(rules, further) {
        return Ok(());
    }
    let (spread, most) = (rules::spread_milli(&totals), rules.review.spread_max * 1_000);
    let is_wide = most > 0 && spread > most;
    if is_wide && store::note_spread(tx, application.id, round, spread, now).await? {
        let record = Record::new("application", application.id, "spread_wide").with("spread", show_milli(spread));
        audit::record(tx, actor, record, now).await?;
        let event = format!("spread:{}:{round}", application.id);
        let make = |to, lang| Mail::new(to, lang, "review-spread");
        tell_managers(tx, application, make, &event, now).await?;
        return Ok(());
    }
    finish(app, tx, actor, application, rules, (round, locked), now).await
}

/// Brings the locked totals of a round together: the application's result, each reader's figures, the sample.
pub(super) async fn finish(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    application: &Application,
    rules: &CallRules,
    (round, locked): (i64, Vec<(Uuid, i64)>),
    now: DateTime<Utc>,
) -> Outcome<()> {
    let totals: Vec<i64> = locked.iter().map(|(_, total)| *total).collect();
    let Some(score_milli) = rules::score_milli(&totals) else { return Ok(()) };
    let points = store::locked_points(tx, application.id, round).await?;
    let result = ReviewResult {
        application_id: application.id,
        round,
        call_id: application.call_id,
        score_milli,
        below: rules::below_minimum(&rules.rubric, &points).join(","),
        spread_milli: rules::spread_milli(&totals),
        tie: if rules.review.draw_ties { tie_of(app, tx, application).await? } else { 0 },
        submitted_at: application.submitted_at.unwrap_or(application.created_at),
        scored_at: now,
    };
    store::insert_result(tx, &result).await?;
    for (reviewer, total) in locked {
        store::note_read(tx, application.call_id, reviewer, total, total - score_milli).await?;
    }
    if is_drawn(rules.review.sample_percent) {
        store::insert_sample(tx, application.id, application.call_id, now).await?;
    }
    let record = Record::new("application", application.id, "review_finished").with("score", show_milli(score_milli));
    audit::record(tx, actor, record, now).await?;
    Ok(())
}

/// The application's lot in the draw of its call; 0 where none was committed before the close.
pub(super) async fn tie_of(app: &App, tx: &mut Tx, application: &Application) -> Outcome<i64> {
    let Some(found) = store::draw_of(tx, application.call_id).await? else { return Ok(0) };
    let seed = app.seal.open("draw seed", &found.seed_sealed).context("the seed of a draw")?;
    Ok(draw::lot(&seed, application.receipt_no.as_deref().unwrap_or_default()))
}

fn is_drawn(percent: i64) -> bool {
    let bytes = random_bytes();
    let number = bytes.iter().take(4).fold(0_i64, |number, byte| number << 8 | i64::from(*byte));
    number % 100 < percent
}
