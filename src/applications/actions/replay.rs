//! Another wording of a condition over the frozen facts of past applications: who would flip.
//! Invariant: it changes nothing about any application.

use crate::{
    app::App,
    applications::{
        ReplayId,
        store::eligibility::{self, Replay},
    },
    audit::{self, Record},
    core::{
        actor::Actor,
        expression::Facts,
        refusal::{Outcome, Refusal},
    },
    db::{Tx, once::Once},
    outbox,
    programmes::{self, CallId, Condition, Stage},
};
use anyhow::Context;
use sqlx::types::Json;

/// The kind of the job that goes on with a long replay.
pub const REPLAY_JOB: &str = "replay_conditions";

/// Looks tried in one unit of work; the rest is for jobs.
const AT_ONCE: i64 = 500;

/// What is to be tried.
#[derive(Debug, Clone)]
pub struct NewReplay {
    pub call: CallId,
    pub condition: Condition,
    pub stage: Stage,
}

/// Starts a replay of `condition` against the present wording of the same code; the first looks are tried at once.
pub async fn start_replay(app: &App, actor: &Actor, new: NewReplay, once: Once) -> Outcome<ReplayId> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "applications.replay", now).await? {
        return super::first_result(&first);
    }
    let call = programmes::find_call(&mut tx, new.call).await?.ok_or_else(Refusal::not_found)?;
    let replay = Replay {
        id: ReplayId::new(),
        call_id: call.id,
        call_version: call.version,
        rule: new.condition.code.clone(),
        condition: Json(new.condition),
        stage: new.stage,
        tried_to: None,
        tried: 0,
        flipped: 0,
        made_by: actor.id,
        made_at: now,
        done_at: None,
    };
    eligibility::insert_replay(&mut tx, &replay).await?;
    let record = Record::new("call", call.id, "conditions_replayed")
        .with("condition", &replay.rule)
        .with("stage", replay.stage)
        .with("must_hold", &replay.condition.0.must_hold);
    audit::record(&mut tx, actor, record, now).await?;
    go_on(app, &mut tx, &replay).await?;
    tx.remember(once, replay.id).await?;
    tx.commit().await?;
    Ok(replay.id)
}

/// Goes on with a replay where it stopped. For the worker.
pub async fn continue_replay(app: &App, payload: &serde_json::Value) -> anyhow::Result<()> {
    let id: ReplayId = serde_json::from_value(payload["replay"].clone()).context("the replay's id")?;
    let mut tx = app.db.write().await?;
    let replay = eligibility::find_replay(&mut tx, id).await?.context("a replay that is not there")?;
    if replay.done_at.is_none() {
        go_on(app, &mut tx, &replay).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn go_on(app: &App, tx: &mut Tx, replay: &Replay) -> anyhow::Result<()> {
    let now = app.clock.now();
    let rules = programmes::rules_at(tx, replay.call_id, replay.call_version).await?;
    let present = rules.conditions.iter().find(|condition| condition.code == replay.rule);
    let runs = eligibility::frozen_runs(tx, replay.call_id, replay.stage, replay.tried_to, AT_ONCE).await?;
    let mut flips = Vec::new();
    for run in &runs {
        let facts: Facts = serde_json::from_str(&run.facts).context("frozen facts")?;
        let becomes = replay.condition.0.decide(&facts).as_str();
        let was = present.map_or("not_applicable", |present| present.decide(&facts).as_str());
        if was != becomes {
            flips.push((run.application_id, was, becomes));
        }
    }
    let tried = runs.len() as i64;
    let done = tried < AT_ONCE;
    let tried_to = runs.last().map(|run| run.id).or(replay.tried_to);
    let flipped = flips.len() as i64;
    if eligibility::advance_replay(tx, replay, tried_to, tried, flipped, done.then_some(now)).await? {
        eligibility::insert_flips(tx, replay.id, flips, now).await?;
    }
    if !done {
        let dedupe = format!("replay:{}:{}", replay.id, replay.tried + tried);
        outbox::job(tx, REPLAY_JOB, &dedupe, serde_json::json!({ "replay": replay.id }), None, now).await?;
    }
    Ok(())
}
