//! The conditions of a case at one stage: looked at, kept, or refused with the list of what does not hold.
//! Later rooms ask here before they agree, approve or pay.

use super::Dossier;
use crate::{
    app::App,
    applications::{
        ApplicationId,
        rules::conditions::{Check, Drift, Met, drift},
        store::{
            self,
            eligibility::{self, Look},
        },
    },
    core::{
        actor::Actor,
        expression::Facts,
        refusal::{Outcome, Refusal, Trouble},
    },
    db::Tx,
    programmes::{CallId, Condition, Stage},
};
use anyhow::Context;
use chrono::{DateTime, Utc};

/// A look at the conditions of one case.
#[derive(Debug, Clone)]
pub struct Judged {
    pub application: ApplicationId,
    pub call: CallId,
    pub stage: Stage,
    pub call_version: i64,
    pub facts: Facts,
    pub conditions: Vec<Condition>,
    pub checks: Vec<Check>,
}

impl Judged {
    pub(super) fn of(dossier: &Dossier, stage: Stage, checks: Vec<Check>, now: DateTime<Utc>) -> Judged {
        Judged {
            application: dossier.application.id,
            call: dossier.application.call_id,
            stage,
            call_version: dossier.around.rules_version,
            facts: dossier.facts(now),
            conditions: dossier.rules().conditions.clone(),
            checks,
        }
    }

    /// What stands in the way: unmet, or open without an officer's reason.
    pub fn failing(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.blocks() || check.waits())
    }

    pub fn passes(&self) -> bool {
        self.failing().next().is_none()
    }

    /// Their names, in the reader's language.
    pub fn failing_names(&self, actor: &Actor) -> String {
        let name = |check: &Check| {
            let condition = self.conditions.iter().find(|condition| condition.code == check.rule);
            let of_form = || actor.lang.code_word("application-rule", &check.rule);
            condition.map_or_else(of_form, |condition| condition.name(actor.lang).to_owned())
        };
        self.failing().map(name).collect::<Vec<_>>().join(", ")
    }

    /// Freezes the facts and the results in this unit of work.
    pub async fn keep(&self, tx: &mut Tx, actor: &Actor, now: DateTime<Utc>) -> sqlx::Result<()> {
        eligibility::insert_run(tx, &self.look(actor, false), now).await
    }

    /// As `keep`, of a look after which it did not go on.
    pub async fn keep_refused(&self, tx: &mut Tx, actor: &Actor, now: DateTime<Utc>) -> sqlx::Result<()> {
        eligibility::insert_run(tx, &self.look(actor, true), now).await
    }

    /// For the refusal that follows: what outlives the unit of work that it ends.
    pub fn evidence(&self, actor: &Actor) -> String {
        serde_json::to_string(&self.look(actor, true)).expect("a look is plain values")
    }

    fn look(&self, actor: &Actor, refused: bool) -> Look {
        let codes = || self.failing().map(|check| check.rule.as_str()).collect::<Vec<_>>().join(",");
        Look {
            application: self.application,
            call: self.call,
            stage: self.stage,
            call_version: self.call_version,
            facts: self.facts.clone(),
            checks: self.checks.clone(),
            by: actor.person(),
            refused_by: refused.then(codes),
        }
    }
}

/// Keeps what a refused attempt was refused on, in a unit of work of its own: the attempt's is rolled back by now.
/// Whoever tries the same again on the same facts leaves nothing new.
pub async fn keep_refused<T>(app: &App, done: Outcome<T>) -> Outcome<T> {
    if let Err(Trouble::Refused(refusal)) = &done
        && let Err(fault) = keep_evidence(app, &refusal.evidence).await
    {
        tracing::error!(fault = format!("{fault:#}"), "what a refusal was based on could not be kept");
    }
    done
}

async fn keep_evidence(app: &App, evidence: &[String]) -> anyhow::Result<()> {
    if evidence.is_empty() {
        return Ok(());
    }
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    for text in evidence {
        let look: Look = serde_json::from_str(text).context("a look that was just written")?;
        let failing = look.refused_by.clone().unwrap_or_default();
        if !eligibility::is_last_refused(&mut tx, (look.application, look.stage), &failing, look.facts.seal().1).await?
        {
            eligibility::insert_run(&mut tx, &look, now).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Looks at the conditions of a case at `stage` as things stand now; keeps nothing.
pub async fn judge(tx: &mut Tx, id: ApplicationId, stage: Stage, now: DateTime<Utc>) -> Outcome<Judged> {
    let application = store::find(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let dossier = Dossier::read(tx, application, now).await?;
    Ok(Judged::of(&dossier, stage, dossier.conditions_at(stage, now), now))
}

/// Looks at the conditions of a case at `stage` and keeps what was seen; refused with the list of what does not hold,
/// which `keep_refused` keeps.
pub async fn require(tx: &mut Tx, actor: &Actor, id: ApplicationId, stage: Stage, now: DateTime<Utc>) -> Outcome<()> {
    let judged = judge(tx, id, stage, now).await?;
    if !judged.passes() {
        let refusal = Refusal::conflict("conditions-refusal-unmet").with("count", judged.failing().count());
        return Err(refusal.with("what", judged.failing_names(actor)).on(judged.evidence(actor)).into());
    }
    judged.keep(tx, actor, now).await?;
    Ok(())
}

/// What changed since the submission, among the facts that the conditions at this stage speak of.
pub async fn drift_since_submission(tx: &mut Tx, judged: &Judged) -> sqlx::Result<Vec<Drift>> {
    let Some(before) = eligibility::frozen(tx, judged.application).await? else { return Ok(Vec::new()) };
    Ok(drift_since(&before, &judged.conditions, judged.stage, &judged.facts))
}

/// What changed between two looks, among the facts that the conditions at `stage` speak of.
pub fn drift_since(before: &Facts, conditions: &[Condition], stage: Stage, after: &Facts) -> Vec<Drift> {
    let asked: Vec<Condition> = conditions.iter().filter(|condition| condition.at(stage).is_some()).cloned().collect();
    drift(&asked, before, after)
}

/// The checks with those that wait for an officer let pass.
pub(super) fn cleared(mut checks: Vec<Check>) -> Vec<Check> {
    for check in checks.iter_mut().filter(|check| check.waits()) {
        check.result = Met::Waived;
    }
    checks
}
