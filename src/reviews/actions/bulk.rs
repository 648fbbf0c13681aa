//! Many decisions as one job: the ranking proposes, somebody looks at the plan and starts it, and a worker decides row by
//! row, each in a unit of work of its own. What a kill interrupts goes on where it stopped.

use super::deciding::{Taken, Wish, take};
use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        lang::Lang,
        money::Won,
        refusal::{Outcome, Refusal, Trouble},
        step::step,
    },
    db::{Tx, once::Once},
    ledger::{self, Account, AccountKind, Cap},
    outbox,
    programmes::{self, CallId, Envelope, SelectionMode},
    reviews::{
        BulkId,
        rules::{
            self, BULK_STEPS, BulkResult, BulkState, DecisionOutcome,
            plan::{Waiting, plan},
        },
        store::{self, Bulk, BulkRow, PlannedRow},
    },
};
use anyhow::Context;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The kind of the job that decides the rows of a plan.
pub const BULK_JOB: &str = "decide_in_bulk";
/// Rows that one run of it decides.
const DECIDED_AT_ONCE: usize = 50;

/// Plans decisions about everybody who waits in a call, for the outcomes chosen. `note` is what rejected firms read.
pub async fn plan_bulk(
    app: &App,
    actor: &Actor,
    call: CallId,
    outcomes: &[DecisionOutcome],
    note: &str,
    once: Once,
) -> Outcome<BulkId> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "reviews.plan_bulk", now).await? {
        return Ok(first.parse().context("the first result of a plan")?);
    }
    let found = programmes::find_call(&mut tx, call).await?.ok_or_else(Refusal::not_found)?;
    let rules = programmes::rules_at(&mut tx, call, found.version).await?;
    let drawn = rules.selection == SelectionMode::Lottery;
    let undecided = store::undecided(&mut tx, call).await?;
    let envelopes = rules.envelopes_in(call.0);
    let within = |row: &store::Undecided| {
        envelopes.iter().filter(|(envelope, _)| row.place().is_in(envelope)).map(|(_, cap)| cap.owner).collect()
    };
    let waiting: Vec<Waiting> = undecided
        .iter()
        .map(|row| Waiting {
            amount: row.support_won,
            envelopes: within(row),
            passes: rules::passes(row.score_milli, rules.mark()),
            complete: row.below.is_empty(),
        })
        .collect();
    let budget = ledger::balance(&mut tx, Account { kind: AccountKind::Budget, owner: call.0, scope: call.0 }).await?;
    let mut left: BTreeMap<Uuid, Won> = BTreeMap::new();
    for (envelope, cap) in &envelopes {
        left.insert(cap.owner, left_of(&mut tx, (envelope, cap), now).await?);
    }
    let planned: Vec<PlannedRow> = undecided
        .iter()
        .zip(plan(&waiting, budget, left, drawn))
        .filter(|(_, proposed)| outcomes.contains(&proposed.outcome))
        .map(|(row, proposed)| PlannedRow { application: row.id, amount: row.support_won, proposed })
        .collect();
    if planned.is_empty() {
        return Err(Refusal::conflict("reviews-refusal-nothing-planned").into());
    }
    let bulk = Bulk {
        id: BulkId::new(),
        call_id: call,
        state: BulkState::Preview,
        note: note.to_owned(),
        planned: planned.len() as i64,
        made_by: actor.id,
        made_at: now,
    };
    store::insert_bulk(&mut tx, &bulk, &planned).await?;
    audit::record(&mut tx, actor, Record::new("call", call, "bulk_planned").with("rows", planned.len()), now).await?;
    tx.remember(once, bulk.id).await?;
    tx.commit().await?;
    Ok(bulk.id)
}

/// What is left of an envelope.
pub async fn left_of(tx: &mut Tx, (envelope, cap): (&Envelope, &Cap), now: DateTime<Utc>) -> sqlx::Result<Won> {
    let used = ledger::cap_used(tx, cap, now).await?;
    Ok(cap.won_left(used).unwrap_or(envelope.most_won))
}

/// Starts what was looked at.
pub async fn start_bulk(app: &App, actor: &Actor, id: BulkId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "reviews.start_bulk", now).await?.is_some() {
        return Ok(());
    }
    let bulk = store::find_bulk(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    // Its decisions are its maker's: whoever started another's would decide in their name.
    if bulk.made_by != actor.id {
        return Err(Refusal::forbidden("reviews-refusal-not-your-plan").into());
    }
    if !store::move_bulk(&mut tx, id, step(BULK_STEPS, "start", bulk.state)?, now).await? {
        return Err(Refusal::conflict("reviews-refusal-bulk-running").into());
    }
    let payload = serde_json::json!({ "bulk": id });
    outbox::job(&mut tx, BULK_JOB, &format!("{BULK_JOB}:{id}:0"), payload, None, now).await?;
    let record = Record::new("call", bulk.call_id, "bulk_started").with("rows", bulk.planned);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Gives a plan up.
pub async fn drop_bulk(app: &App, actor: &Actor, id: BulkId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "reviews.drop_bulk", now).await?.is_some() {
        return Ok(());
    }
    let bulk = store::find_bulk(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    if !store::move_bulk(&mut tx, id, step(BULK_STEPS, "drop", bulk.state)?, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    audit::record(&mut tx, actor, Record::new("call", bulk.call_id, "bulk_dropped"), now).await?;
    tx.commit().await?;
    Ok(())
}

/// Goes on with a plan where it stopped. For the worker.
pub async fn continue_bulk(app: &App, payload: &serde_json::Value) -> anyhow::Result<()> {
    let id: BulkId = serde_json::from_value(payload["bulk"].clone()).context("the plan's id")?;
    let mut tx = app.db.read().await?;
    let bulk = store::find_bulk(&mut tx, id).await?.context("a plan that is not there")?;
    drop(tx);
    if bulk.state != BulkState::Running {
        return Ok(());
    }
    let actor = super::manager_again(app, bulk.made_by).await?;
    for _ in 0..DECIDED_AT_ONCE {
        let mut tx = app.db.read().await?;
        let row = store::next_bulk_row(&mut tx, id).await?;
        drop(tx);
        let Some(row) = row else { return finish(app, &actor, &bulk).await };
        decide_row(app, &actor, &bulk, &row).await?;
    }
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let last = store::next_bulk_row(&mut tx, id).await?.map_or(bulk.planned + 1, |row| row.position);
    outbox::job(&mut tx, BULK_JOB, &format!("{BULK_JOB}:{id}:{last}"), payload.clone(), None, now).await?;
    tx.commit().await?;
    Ok(())
}

/// One row: the decision and what became of it are kept together, or the refusal alone.
async fn decide_row(app: &App, actor: &Actor, bulk: &Bulk, row: &BulkRow) -> anyhow::Result<()> {
    let now = app.clock.now();
    let note = if row.outcome == DecisionOutcome::Rejected { bulk.note.as_str() } else { "" };
    let wish = Wish { outcome: row.outcome, why: row.reason.into(), note };
    let mut tx = app.db.write().await?;
    let none = (String::new(), String::new());
    let refusal = match take(&mut tx, actor, row.application_id, wish, now).await {
        Ok(taken) => {
            let result = if taken == Taken::Proposed { BulkResult::Proposed } else { BulkResult::Decided };
            // Somebody else's worker did the row first: its decision stands, this one is dropped.
            if store::note_row(&mut tx, bulk.id, row.position, result, none, now).await? {
                tx.commit().await?;
            }
            return Ok(());
        }
        Err(Trouble::Refused(refusal)) => refusal,
        Err(trouble) => return Err(trouble.into()),
    };
    drop(tx);
    let mut tx = app.db.write().await?;
    let said = (Lang::Ko.refusal(&refusal), Lang::En.refusal(&refusal));
    store::note_row(&mut tx, bulk.id, row.position, BulkResult::Refused, said, now).await?;
    tx.commit().await?;
    Ok(())
}

async fn finish(app: &App, actor: &Actor, bulk: &Bulk) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let step = step(BULK_STEPS, "finish", BulkState::Running).map_err(Trouble::from)?;
    if store::move_bulk(&mut tx, bulk.id, step, now).await? {
        let record = Record::new("call", bulk.call_id, "bulk_done").with("rows", bulk.planned);
        audit::record(&mut tx, actor, record, now).await?;
    }
    tx.commit().await?;
    Ok(())
}
