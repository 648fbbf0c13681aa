//! Other wordings of conditions over the frozen facts of past applications: who would flip.
//! Invariant: it changes nothing about any application.

use crate::{
    app::App,
    applications::{
        ApplicationId, ReplayId,
        store::eligibility::{self, Flipped, Replay, Turn, Wording},
    },
    audit::{self, Record},
    core::{
        actor::Actor,
        expression::Facts,
        refusal::{Outcome, Refusal},
    },
    db::{Tx, once::Once},
    outbox,
    programmes::{self, CallId, Condition, Stage, Verdict},
};
use anyhow::Context;
use sqlx::types::Json;

/// The kind of the job that goes on with a long replay.
pub const REPLAY_JOB: &str = "replay_conditions";

/// Looks tried in one unit of work; the rest is for jobs.
const AT_ONCE: i64 = 500;

/// What is to be tried: at least one wording, each against the present one of the same code.
#[derive(Debug, Clone)]
pub struct NewReplay {
    pub call: CallId,
    pub wordings: Vec<Wording>,
    pub stage: Stage,
}

/// What `after` words differently from `before`, in the order of the call; what is gone comes last.
pub fn changed_wordings(before: &[Condition], after: &[Condition]) -> Vec<Wording> {
    let of = |list: &[Condition], code: &str| list.iter().find(|condition| condition.code == code).cloned();
    let decides =
        |one: &Condition| (one.applies_if.clone(), one.must_hold.clone(), one.stages.clone(), one.warns_at.clone());
    let changed = after
        .iter()
        .filter(|condition| of(before, &condition.code).as_ref().map(decides) != Some(decides(condition)))
        .map(|condition| Wording { rule: condition.code.clone(), condition: Some(condition.clone()) });
    let gone = before
        .iter()
        .filter(|condition| of(after, &condition.code).is_none())
        .map(|condition| Wording { rule: condition.code.clone(), condition: None });
    changed.chain(gone).collect()
}

/// Starts a replay against the present wordings; the first looks are tried at once.
pub async fn start_replay(app: &App, actor: &Actor, new: NewReplay, once: Once) -> Outcome<ReplayId> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "applications.replay", now).await? {
        return super::first_result(&first);
    }
    let call = programmes::find_call(&mut tx, new.call).await?.ok_or_else(Refusal::not_found)?;
    let rules = programmes::rules_at(&mut tx, call.id, call.version).await?;
    let present = |code: &str| rules.conditions.iter().find(|condition| condition.code == code).cloned();
    let first = new.wordings.first().ok_or_else(|| Refusal::conflict("replays-refusal-nothing"))?;
    let worded = first.condition.clone().or_else(|| present(&first.rule)).ok_or_else(Refusal::not_found)?;
    let replay = Replay {
        id: ReplayId::new(),
        call_id: call.id,
        call_version: call.version,
        rule: first.rule.clone(),
        condition: Json(worded),
        wordings: Some(Json(new.wordings.clone())),
        stage: new.stage,
        tried_to: None,
        tried: 0,
        flipped: 0,
        made_by: actor.id,
        made_at: now,
        done_at: None,
    };
    eligibility::insert_replay(&mut tx, &replay).await?;
    let told = new.wordings.iter().map(|wording| {
        let holds = wording.condition.as_ref().map(|condition| condition.must_hold.to_string()).unwrap_or_default();
        (wording.rule.clone(), holds)
    });
    let (codes, holds): (Vec<String>, Vec<String>) = told.unzip();
    let record = Record::new("call", call.id, "conditions_replayed")
        .with("condition", codes.join(", "))
        .with("stage", replay.stage)
        .with("must_hold", holds.join("\n"));
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
    let wordings = replay.wordings();
    let pairs: Vec<(&Wording, Option<&Condition>)> = wordings
        .iter()
        .map(|wording| (wording, rules.conditions.iter().find(|condition| condition.code == wording.rule)))
        .collect();
    let runs = eligibility::frozen_runs(tx, replay.call_id, replay.stage, replay.tried_to, AT_ONCE).await?;
    let mut flips = Vec::new();
    for run in &runs {
        let facts: Facts = serde_json::from_str(&run.facts).context("frozen facts")?;
        flips.extend(flip(run.application_id, &pairs, replay.stage, &facts));
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

/// What the wordings do to one application; None when each comes to the same as before.
fn flip(
    application: ApplicationId,
    pairs: &[(&Wording, Option<&Condition>)],
    stage: Stage,
    facts: &Facts,
) -> Option<Flipped> {
    let decide = |condition: Option<&Condition>, beside: Option<&Condition>| match condition {
        // Looked at neither now nor then: what it would come to is asked all the same.
        Some(one) if one.at(stage).is_some() || beside.is_none_or(|other| other.at(stage).is_none()) => {
            one.decide(facts)
        }
        _ => Verdict::NotApplicable,
    };
    let (mut was, mut becomes, mut turns) = (Verdict::NotApplicable, Verdict::NotApplicable, Vec::new());
    for (wording, present) in pairs {
        let before = decide(*present, wording.condition.as_ref());
        let after = decide(wording.condition.as_ref(), *present);
        was = worse(was, before);
        becomes = worse(becomes, after);
        if before != after {
            let (was, becomes) = (before.to_string(), after.to_string());
            turns.push(Turn { rule: wording.rule.clone(), was, becomes });
        }
    }
    (!turns.is_empty()).then(|| Flipped { application, was: was.as_str(), becomes: becomes.as_str(), turns })
}

/// What two conditions come to together.
fn worse(one: Verdict, other: Verdict) -> Verdict {
    let order = [Verdict::Unmet, Verdict::Undetermined, Verdict::Met];
    order.into_iter().find(|verdict| one == *verdict || other == *verdict).unwrap_or(Verdict::NotApplicable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programmes::conditions::{read_test, standard};

    fn worded(code: &str, must_hold: &str) -> Condition {
        let like = standard().into_iter().next().unwrap();
        let stages = vec![Stage::Submission];
        Condition { code: code.to_owned(), applies_if: None, must_hold: must_hold.parse().unwrap(), stages, ..like }
    }

    #[test]
    fn only_what_decides_differently_is_a_changed_wording() {
        let (one, two) = (worded("one", "work_foreign = false"), worded("two", "costs_total > 1 won"));
        let before = [one.clone(), two.clone()];
        let renamed = Condition { name_en: "Other".to_owned(), ..one.clone() };
        assert!(changed_wordings(&before, &[renamed, two.clone()]).is_empty());
        let changed =
            changed_wordings(&before, &[worded("two", "costs_total > 2 won"), worded("three", "work_foreign = true")]);
        let told: Vec<(&str, bool)> =
            changed.iter().map(|wording| (wording.rule.as_str(), wording.condition.is_some())).collect();
        assert_eq!(told, [("two", true), ("three", true), ("one", false)]);
    }

    #[test]
    fn an_application_flips_with_every_condition_that_turns_it() {
        let facts = read_test("work_foreign = true, costs_total = 5 won => met").unwrap().facts;
        let before = [worded("one", "work_foreign = false"), worded("two", "costs_total > 1 won")];
        let after = [worded("one", "work_foreign = true"), worded("two", "costs_total > 9 won")];
        let wordings = changed_wordings(&before, &after);
        let pairs: Vec<_> = wordings.iter().zip(before.iter().map(Some)).collect();
        let id = ApplicationId::new();
        let flipped = flip(id, &pairs, Stage::Submission, &facts).unwrap();
        assert_eq!((flipped.was, flipped.becomes), ("unmet", "unmet"), "one unmet condition took the place of another");
        let turns: Vec<(&str, &str, &str)> =
            flipped.turns.iter().map(|turn| (turn.rule.as_str(), turn.was.as_str(), turn.becomes.as_str())).collect();
        assert_eq!(turns, [("one", "unmet", "met"), ("two", "met", "unmet")]);
        let same = changed_wordings(&before, &[before[0].clone(), worded("two", "costs_total > 2 won")]);
        let pairs = [(&same[0], Some(&before[1]))];
        assert!(flip(id, &pairs, Stage::Submission, &facts).is_none());
    }
}
