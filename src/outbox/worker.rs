//! Does what the outbox holds. Several instances may work at once: a row is leased to one of them,
//! and only whoever still holds the lease may say how it ended.

use super::{Mail, OutboxRow, store};
use crate::app::App;
use anyhow::Context;
use chrono::Duration;
use futures_util::future::join_all;
use uuid::Uuid;

const LEASE_SECONDS: i64 = 120;
const ATTEMPTS_MAX: i64 = 8;
/// Rows leased and done at once: mail servers are slow to answer.
const AT_ONCE: i64 = 8;

/// Works until it is told to stop: rows that are due, then the chain of the history.
pub async fn work(app: std::sync::Arc<App>, mut stop: tokio::sync::watch::Receiver<bool>) {
    while !*stop.borrow() {
        if let Err(error) = turn(&app).await {
            tracing::error!("the worker: {error:#}");
        }
        let pause = tokio::time::sleep(std::time::Duration::from_millis(500));
        tokio::select! { () = pause => {}, _ = stop.changed() => {} }
    }
}

async fn turn(app: &App) -> anyhow::Result<()> {
    run_due(app).await?;
    crate::audit::seal(&app.db).await?;
    crate::app::timers(app).await
}

/// Does everything that is due now. Answers how many rows it took up.
pub async fn run_due(app: &App) -> anyhow::Result<u64> {
    let mut taken = 0;
    loop {
        let now = app.clock.now();
        let mut tx = app.db.read().await?;
        if !store::is_due(&mut tx, now).await? {
            return Ok(taken);
        }
        drop(tx);
        let lease = crate::core::ids::random_uuid();
        let mut tx = app.db.write().await?;
        let rows = store::claim(&mut tx, lease, now, now + Duration::seconds(LEASE_SECONDS), AT_ONCE).await?;
        tx.commit().await?;
        if rows.is_empty() {
            return Ok(taken);
        }
        taken += rows.len() as u64;
        // A row that cannot be written down cuts none of the others off.
        let ended = join_all(rows.iter().map(|row| take_up(app, lease, row))).await;
        ended.into_iter().collect::<anyhow::Result<()>>()?;
    }
}

/// Does what a row asks, and says how it ended.
async fn take_up(app: &App, lease: Uuid, row: &OutboxRow) -> anyhow::Result<()> {
    let result = perform(app, row).await;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    match result {
        Ok(()) => {
            if row.kind == "mail" {
                let sent = serde_json::from_value::<Mail>(row.payload.0.clone())?.sent();
                store::keep_payload(&mut tx, row.id, lease, serde_json::to_value(sent)?).await?;
            }
            store::done(&mut tx, row.id, lease, now).await?;
        }
        Err(error) => {
            tracing::warn!(id = %row.id, kind = row.kind, attempts = row.attempts, "outbox: {error:#}");
            let delay = Duration::seconds(15 << row.attempts.clamp(0, 10));
            let stuck = row.attempts >= ATTEMPTS_MAX;
            store::later(&mut tx, row.id, lease, now + delay, stuck, &format!("{error:#}")).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

async fn perform(app: &App, row: &OutboxRow) -> anyhow::Result<()> {
    match row.kind.as_str() {
        "mail" => {
            let mail: Mail = serde_json::from_value(row.payload.0.clone()).context("the mail cannot be read")?;
            // Mail servers repeat the address; logs hold no addresses.
            let sent = app.mail.send(&mail).await;
            sent.map_err(|error| anyhow::anyhow!(format!("{error:#}").replace(&mail.to, "(recipient)")))
        }
        "scan_file" => {
            let file = serde_json::from_value(row.payload.0["file"].clone()).context("the file's id")?;
            crate::files::scan_job(&app.db, &app.clock, &app.files, app.config.clamd.as_deref(), file).await
        }
        other => crate::app::job(app, other, &row.payload.0).await,
    }
}
