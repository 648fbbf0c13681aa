//! The conditions of a case at one stage: looked at, kept, or refused with the list of what does not hold.
//! Later rooms ask here before they agree, approve or pay.

use super::Dossier;
use crate::{
    applications::{
        ApplicationId,
        rules::conditions::{Check, Drift, Met, drift},
        store::{
            self,
            eligibility::{self, NewRun},
        },
    },
    core::{
        actor::Actor,
        expression::Facts,
        refusal::{Outcome, Refusal},
    },
    db::Tx,
    programmes::{CallId, Condition, Stage},
};
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
            condition.map_or_else(|| check.rule.clone(), |condition| condition.name(actor.lang).to_owned())
        };
        self.failing().map(name).collect::<Vec<_>>().join(", ")
    }

    /// Freezes the facts and the results in this unit of work.
    pub async fn keep(&self, tx: &mut Tx, actor: &Actor, now: DateTime<Utc>) -> sqlx::Result<()> {
        let run = NewRun {
            application: self.application,
            call: self.call,
            stage: self.stage,
            call_version: self.call_version,
            facts: &self.facts,
            by: actor.person(),
        };
        eligibility::insert_run(tx, run, &self.checks, now).await
    }
}

/// Looks at the conditions of a case at `stage` as things stand now; keeps nothing.
pub async fn judge(tx: &mut Tx, id: ApplicationId, stage: Stage, now: DateTime<Utc>) -> Outcome<Judged> {
    let application = store::find(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let dossier = Dossier::read(tx, application, now).await?;
    Ok(Judged::of(&dossier, stage, dossier.conditions_at(stage, now), now))
}

/// Looks at the conditions of a case at `stage` and keeps what was seen; refused with the list of what does not hold.
pub async fn require(tx: &mut Tx, actor: &Actor, id: ApplicationId, stage: Stage, now: DateTime<Utc>) -> Outcome<()> {
    let judged = judge(tx, id, stage, now).await?;
    if !judged.passes() {
        let refusal = Refusal::conflict("conditions-refusal-unmet").with("count", judged.failing().count());
        return Err(refusal.with("what", judged.failing_names(actor)).into());
    }
    judged.keep(tx, actor, now).await?;
    Ok(())
}

/// What changed since the submission, among the facts that the conditions at this stage speak of.
pub async fn drift_since_submission(tx: &mut Tx, judged: &Judged) -> sqlx::Result<Vec<Drift>> {
    let Some(before) = eligibility::frozen(tx, judged.application).await? else { return Ok(Vec::new()) };
    let asked: Vec<Condition> =
        judged.conditions.iter().filter(|condition| condition.at(judged.stage).is_some()).cloned().collect();
    Ok(drift(&asked, &before, &judged.facts))
}

/// The checks with those that wait for an officer let pass.
pub(super) fn cleared(mut checks: Vec<Check>) -> Vec<Check> {
    for check in checks.iter_mut().filter(|check| check.waits()) {
        check.result = Met::Waived;
    }
    checks
}
