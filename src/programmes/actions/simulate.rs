//! What if a call opened with these rules: a job goes through the registered firms, so many at a time.

use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        calendar::local_date,
        refusal::{Outcome, Refusal},
    },
    db::once::Once,
    organisations::{self, OrganisationId, rules::LEGAL_ZONE},
    outbox,
    programmes::{
        CallId, SimulationId,
        rules::simulation::{Count, Question, conclude},
        store::{self, simulations},
    },
};
use anyhow::Context;
use uuid::Uuid;

/// Firms that are looked at before progress is written down.
const FIRMS_AT_ONCE: i64 = 2_000;

/// Asks for a simulation of the present rules; a job answers.
pub async fn simulate(app: &App, actor: &Actor, call: CallId, question: Question, once: Once) -> Outcome<SimulationId> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "programmes.simulate", now).await? {
        return Ok(first.parse().context("the first result of a simulation")?);
    }
    let call = store::find_call(&mut tx, call).await?.ok_or_else(Refusal::not_found)?;
    let id = SimulationId::new();
    let total = organisations::count_facts(&mut tx).await?;
    simulations::insert(&mut tx, id, (call.id, call.version), question, total, actor.id, now).await?;
    let payload = serde_json::json!({ "simulation": id });
    outbox::job(&mut tx, "simulate_call", &format!("simulate:{id}"), payload, None, now).await?;
    let record = Record::new("call", call.id, "simulation_asked").with("version", call.version);
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Works a simulation off. Begun again after a failure it counts anew; one that is finished stays as it is.
pub async fn simulate_job(app: &App, id: SimulationId) -> anyhow::Result<()> {
    let mut tx = app.db.read().await?;
    let simulation = simulations::find(&mut tx, id).await?.context("a simulation that is not there")?;
    if simulation.finished_at.is_some() {
        return Ok(());
    }
    let question = simulation.question.0;
    let rules = store::rules_at(&mut tx, simulation.call_id, simulation.version).await?;
    let rules = rules.in_track(question.track.as_deref());
    drop(tx);
    let now = app.clock.now();
    let (since, today) = (organisations::aid_since(now), local_date(now, LEGAL_ZONE));
    let (mut count, mut seen, mut after) = (Count::default(), 0, OrganisationId(Uuid::nil()));
    loop {
        let mut tx = app.db.read().await?;
        let firms = organisations::facts_after(&mut tx, after, since, FIRMS_AT_ONCE).await?;
        drop(tx);
        let Some(last) = firms.last() else { break };
        after = last.organisation_id;
        seen += i64::try_from(firms.len())?;
        firms.iter().for_each(|firm| count.add(&rules, &question, firm, (now, today)));
        let mut tx = app.db.write().await?;
        simulations::set_seen(&mut tx, id, seen).await?;
        tx.commit().await?;
    }
    let mut tx = app.db.write().await?;
    simulations::finish(&mut tx, id, conclude(count, &question), app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}
