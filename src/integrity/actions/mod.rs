//! The verbs of integrity: raise and end flags, try a stuck job again. Checking everything, recoveries and sanctions beside.

mod recoveries;
mod runs;
mod sanctions;
mod verify;

pub(super) use recoveries::{Standing, standing};
pub use recoveries::{
    ask_write_off, decide as decide_recovery, notice as notice_recovery, object as object_to_recovery,
    plan as plan_instalments, receive, turn as turn_recoveries, write_off,
};
pub use runs::{check, verify_daily};
pub use sanctions::{
    decide as decide_sanction, notice as notice_sanction, object as object_to_sanction, revoke, turn as turn_sanctions,
};
pub use verify::verify;

use super::{
    FlagId,
    rules::{self, FlagState, Sight},
    store,
};
use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        calendar::{ZONE, local_date},
        refusal::{Outcome, Refusal},
        step::step,
    },
    db::{once::Once, page::Cursor},
    outbox,
};
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

/// Where the timer that raises flags keeps its place.
const FLAGS_PLACE: Once = Once(Uuid::from_u128(0x696e_7465_6772_6974_792d_666c_6167_7301));
/// A change is looked at when it has stood this long: a unit of work that began earlier is visible by then.
const SETTLE_SECONDS: i64 = 30;
/// Applications looked at in one unit of work.
const LOOK_ROWS: i64 = 500;

/// Timer: looks at every application that changed its state since the last look and raises the flags its figures give.
/// A change is seen half a minute after it was made. Answers how many flags it raised.
pub async fn raise_flags(app: &App) -> anyhow::Result<u64> {
    let now = app.clock.now();
    let until = now - Duration::seconds(SETTLE_SECONDS);
    let mut raised = 0;
    loop {
        let mut tx = app.db.read().await?;
        let place = tx.remembered(FLAGS_PLACE).await?.and_then(|text| Cursor::from_text(&text));
        let from = place.unwrap_or(Cursor { at: DateTime::<Utc>::UNIX_EPOCH, id: Uuid::nil() });
        if !store::has_changed(&mut tx, from, until).await? {
            return Ok(raised);
        }
        let changed = store::changed(&mut tx, from, until, LOOK_ROWS).await?;
        let Some(&(at, id)) = changed.last() else { return Ok(raised) };
        let to = Cursor { at, id };
        let sights = store::sights(&mut tx, from, to).await?;
        drop(tx);
        let mut tx = app.db.write().await?;
        for row in sights {
            let sight = Sight {
                firm_phone: &row.firm_phone,
                firm_address: &row.firm_address,
                vendor_phone: &row.vendor_phone,
                vendor_address: &row.vendor_address,
                founded_on: row.founded_on,
                submitted_on: local_date(row.submitted_at, ZONE),
                support: row.support_won,
                cap: row.firm_cap_won,
            };
            for (rule, evidence) in rules::signals(&sight) {
                let seen: serde_json::Map<String, serde_json::Value> =
                    evidence.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
                let flag = FlagId::new();
                let evidence = serde_json::Value::Object(seen).to_string();
                if store::insert_flag(&mut tx, flag, row.id, rule, evidence, now).await? {
                    let record = Record::new("risk_flag", flag, "flag_raised").of_case(row.id).with("rule", rule);
                    audit::record(&mut tx, &Actor::system(), record, now).await?;
                    raised += 1;
                }
            }
        }
        tx.seen(FLAGS_PLACE, Uuid::nil(), "integrity.raise_flags", now).await?;
        tx.remember(FLAGS_PLACE, to.to_text()).await?;
        tx.commit().await?;
    }
}

/// A manager clears a flag or confirms it, and says why.
pub async fn end_flag(
    app: &App,
    actor: &Actor,
    id: FlagId,
    name: &str,
    reason: &str,
    once: Once,
) -> Outcome<FlagState> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let flag = store::find_flag(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    if tx.seen(once, actor.id, "integrity.end_flag", now).await?.is_some() {
        return Ok(flag.state);
    }
    let step = step(rules::FLAG_STEPS, name, flag.state)?;
    if !store::end_flag(&mut tx, id, step.to, reason, actor.id, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let is_cleared = step.to == FlagState::Cleared;
    let record = Record::new("risk_flag", id, if is_cleared { "flag_cleared" } else { "flag_confirmed" })
        .of_case(flag.case_id)
        .with("rule", flag.rule)
        .with("reason", reason);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(step.to)
}

/// An administrator has a stuck job tried again.
pub async fn retry_job(app: &App, actor: &Actor, id: Uuid) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if !outbox::retry(&mut tx, id, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    audit::record(&mut tx, actor, Record::new("job", id, "job_retried"), now).await?;
    tx.commit().await?;
    Ok(())
}
