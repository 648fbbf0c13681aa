//! What falls due by itself, so that the register cannot rot: warnings, terms, idle vendors, suspensions that begin
//! or end, conditions that were not met, appeals that were not made, accounts that waited long enough.

use super::{accounts, standing, write_to};
use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        calendar::{self, ZONE},
        refusal::{Outcome, Trouble},
    },
    db::Tx,
    organisations,
    vendors::{
        VendorState,
        rules::reviews::ReviewState,
        rules::standing::{SuspensionKind, WARN_DAYS, idle_since},
        store::{self, Review, Suspension, Vendor},
    },
};
use chrono::{DateTime, Duration, Utc};

/// Everything that is due; looked at about once a minute.
pub async fn fall_due(app: &App) -> anyhow::Result<()> {
    lapse_expired(app).await?;
    let done = async {
        warn_expiring(app).await?;
        lapse_idle(app).await?;
        keep_suspensions(app).await?;
        suspend_for_conditions(app).await?;
        end_unappealed(app).await
    }
    .await;
    done.map_err(fault)?;
    accounts::put_into_effect(app).await?;
    Ok(())
}

/// A timer has nobody to refuse anything to.
fn fault(trouble: Trouble) -> anyhow::Error {
    match trouble {
        Trouble::Fault(fault) => fault,
        other => anyhow::anyhow!("{other}"),
    }
}

/// Ends a registration within a unit of work: `cause` is `term`, `idle` or `review`.
pub(super) async fn end(
    tx: &mut Tx,
    actor: &Actor,
    vendor: &Vendor,
    cause: &'static str,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let vendor = &store::get(tx, vendor.id).await?;
    if !store::lapse(tx, vendor).await? {
        return Ok(());
    }
    let record = Record::new("vendor", vendor.id, "vendor_lapsed")
        .with("expires", vendor.expires_on.map(|day| day.to_string()).unwrap_or_default())
        .with("cause", cause);
    audit::record(tx, actor, record, now).await?;
    let name = organisations::get(tx, vendor.organisation_id).await?.legal_name;
    let mail = if cause == "idle" { "vendor-idle" } else { "vendor-lapsed" };
    let event = format!("{}:{}", vendor.id, vendor.version);
    write_to(tx, vendor, mail, "/vendor", &[("name", name)], &event, now).await
}

/// Ends the approval of vendors whose term is over; answers how many. Each is its own unit of work.
pub async fn lapse_expired(app: &App) -> anyhow::Result<u64> {
    let (now, today) = (app.clock.now(), app.clock.today(ZONE));
    let mut tx = app.db.read().await?;
    let expired = store::expired(&mut tx, today).await?;
    drop(tx);
    let mut lapsed = 0;
    for id in expired {
        let mut tx = app.db.write().await?;
        let vendor = store::get(&mut tx, id).await?;
        // Prolonged meanwhile.
        if vendor.expires_on.is_none_or(|expires| expires >= today) {
            continue;
        }
        end(&mut tx, &Actor::system(), &vendor, "term", now).await.map_err(fault)?;
        tx.commit().await?;
        lapsed += 1;
    }
    Ok(lapsed)
}

/// Writes to vendors whose term ends soon; a mail for each day of warning, however often the timer looks.
async fn warn_expiring(app: &App) -> Outcome<()> {
    let (now, today) = (app.clock.now(), app.clock.today(ZONE));
    for days in WARN_DAYS {
        let day = today + Duration::days(*days);
        let mut tx = app.db.read().await?;
        let expiring = store::expiring_on(&mut tx, day).await?;
        drop(tx);
        for id in expiring {
            let mut tx = app.db.write().await?;
            let vendor = store::get(&mut tx, id).await?;
            let name = organisations::get(&mut tx, vendor.organisation_id).await?.legal_name;
            let values = [("name", name), ("expires", day.to_string()), ("days", days.to_string())];
            write_to(&mut tx, &vendor, "vendor-expiring", "/vendor", &values, &format!("{id}:{day}:{days}"), now)
                .await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

async fn lapse_idle(app: &App) -> Outcome<()> {
    let (now, today) = (app.clock.now(), app.clock.today(ZONE));
    let since = idle_since(today);
    let mut tx = app.db.read().await?;
    let idle = store::idle(&mut tx, since, calendar::start_of_day(since, ZONE)).await?;
    drop(tx);
    for id in idle {
        let mut tx = app.db.write().await?;
        let vendor = store::get(&mut tx, id).await?;
        end(&mut tx, &Actor::system(), &vendor, "idle", now).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// A full suspension that begins or ends today moves the vendor's state; the other kinds need none.
async fn keep_suspensions(app: &App) -> Outcome<()> {
    let (now, today) = (app.clock.now(), app.clock.today(ZONE));
    let mut tx = app.db.read().await?;
    let behind = store::out_of_step(&mut tx, today).await?;
    drop(tx);
    for (id, state) in behind {
        let mut tx = app.db.write().await?;
        let (to, kind) = match state {
            VendorState::Approved => (VendorState::Suspended, "suspension_began"),
            _ => (VendorState::Approved, "suspension_ended"),
        };
        if !store::move_state(&mut tx, id, state, to).await? {
            continue;
        }
        audit::record(&mut tx, &Actor::system(), Record::new("vendor", id, kind), now).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// An approval on a condition that was not met in time stops new projects until somebody lifts it.
async fn suspend_for_conditions(app: &App) -> Outcome<()> {
    let (now, today) = (app.clock.now(), app.clock.today(ZONE));
    let mut tx = app.db.read().await?;
    let overdue = store::overdue_conditions(&mut tx, today).await?;
    drop(tx);
    for condition in overdue {
        let mut tx = app.db.write().await?;
        let vendor = store::get(&mut tx, condition.vendor_id).await?;
        let again = store::overdue_conditions(&mut tx, today).await?;
        if !again.iter().any(|other| other.id == condition.id) {
            continue;
        }
        let suspension = Suspension {
            id: crate::core::ids::new_uuid(),
            vendor_id: vendor.id,
            kind: SuspensionKind::NoNew,
            reason: condition.wording,
            from_on: today,
            to_on: None,
            lifted_at: None,
        };
        standing::order(&mut tx, &Actor::system(), &vendor, &suspension, today, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn end_unappealed(app: &App) -> Outcome<()> {
    let (now, today) = (app.clock.now(), app.clock.today(ZONE));
    let mut tx = app.db.read().await?;
    let due = store::unappealed(&mut tx, today).await?;
    drop(tx);
    for before in due {
        let mut tx = app.db.write().await?;
        let review = Review { state: ReviewState::Lost, ..before.clone() };
        if !store::move_review(&mut tx, before.state, &review, now).await? {
            continue;
        }
        let vendor = store::get(&mut tx, before.vendor_id).await?;
        let record = Record::new("vendor", vendor.id, "review_lost").with("name", &before.campaign_name);
        audit::record(&mut tx, &Actor::system(), record, now).await?;
        end(&mut tx, &Actor::system(), &vendor, "review", now).await?;
        tx.commit().await?;
    }
    Ok(())
}
