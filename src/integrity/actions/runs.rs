//! Runs of all checks, by hand and once a day. A red one stops the release of payments, a green one opens it again.

use super::verify;
use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        calendar::{ZONE, start_of_day},
        refusal::{Outcome, Refusal},
    },
    db::once::Once,
    integrity::{
        rules::Report,
        store::runs::{self, ResultRow},
    },
    ledger,
};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The case under which all runs of the checks are recorded.
const CHECKS: Uuid = Uuid::from_u128(0x696e_7465_6772_6974_792d_6368_6563_6b73);
/// A run from the page that takes longer is given up; the command line and the daily run have no limit.
const RUN_SECONDS_MAX: u64 = 180;

/// Runs all checks and records what they found.
pub async fn check(app: &App, actor: &Actor, once: Once) -> Outcome<Report> {
    let started_at = app.clock.now();
    let limit = std::time::Duration::from_secs(RUN_SECONDS_MAX);
    let report = tokio::time::timeout(limit, verify(&app.db, Some(&app.seal)))
        .await
        .map_err(|_| Refusal::conflict("integrity-refusal-too-long"))??;
    keep(app, actor, &report, started_at, once).await?;
    Ok(report)
}

/// Timer: runs all checks on a day on which nobody did. Answers whether it ran.
pub async fn verify_daily(app: &App) -> anyhow::Result<bool> {
    let started_at = app.clock.now();
    let day = app.clock.today(ZONE);
    let mut tx = app.db.read().await?;
    if runs::ran_since(&mut tx, start_of_day(day, ZONE)).await? {
        return Ok(false);
    }
    drop(tx);
    let report = verify(&app.db, Some(&app.seal)).await?;
    // Of several instances that ran at once, one keeps what it found.
    let digest = Sha256::digest(format!("integrity daily {day}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    let once = Once(uuid::Builder::from_custom_bytes(bytes).into_uuid());
    keep(app, &Actor::system(), &report, started_at, once).await?;
    Ok(true)
}

async fn keep(app: &App, actor: &Actor, report: &Report, started_at: DateTime<Utc>, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "integrity.check", now).await?.is_some() {
        return Ok(());
    }
    let run = crate::core::ids::new_uuid();
    runs::insert(&mut tx, run, started_at, now, actor.person(), report.holds()).await?;
    for ((check, took), position) in report.checks.iter().zip(&report.took).zip(1..) {
        let result = ResultRow {
            name: check.name.to_owned(),
            row_count: check.rows,
            duration_us: i64::try_from(took.as_micros()).unwrap_or(i64::MAX),
            breach: check.breach.clone(),
        };
        runs::insert_result(&mut tx, run, position, result).await?;
    }
    let mut record = Record::new("integrity", run, "invariants_checked").of_case(CHECKS);
    record = record.with("checks", report.checks.len()).with("breaches", report.breaches().count());
    let first = report
        .breaches()
        .next()
        .map(|check| format!("{}: {}", check.name, check.breach.as_deref().unwrap_or_default()));
    if let Some(first) = &first {
        record = record.with("breach", first);
    }
    audit::record(&mut tx, actor, record, now).await?;
    match first {
        Some(first) => ledger::stop_release(&mut tx, actor, run, &first, now).await?,
        None => ledger::end_stops(&mut tx, actor, now).await?,
    }
    tx.commit().await?;
    Ok(())
}
