//! The verbs of insights: export, and read a history. Both leave a record of who did.

use super::{
    ExportId,
    rules::{self, COLUMNS, DEFINITION_VERSION, Pseudonyms},
    store::{self, ExportRow, Hit},
};
use crate::{
    app::App,
    audit::{self, Record, RecordRow},
    core::{
        actor::Actor,
        measure::show_milli,
        refusal::{Outcome, Refusal},
    },
    db::once::Once,
    ledger::{self, StatementRow},
    outbox::{self, OutboxRow},
};
use anyhow::Context;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::{Stream, stream};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;
use uuid::Uuid;

/// Rows read at once: what an export holds in memory, whatever the population.
const EXPORT_ROWS: i64 = 2_000;
/// Pages that may wait for a slow reader.
const PAGES_WAITING: usize = 2;
/// A reader that takes nothing for so long is given up: it would hold the snapshot open.
const READER_SECONDS_MAX: u64 = 120;
/// Spreadsheets take a file for UTF-8 when it begins so.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Notes who exports the applications and what for. None when this form was sent before: its file was given then.
pub async fn begin_export(app: &App, actor: &Actor, purpose: &str, once: Once) -> Outcome<Option<ExportId>> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "insights.export", now).await?.is_some() {
        return Ok(None);
    }
    let id = ExportId::new();
    store::insert_export(&mut tx, id, purpose, DEFINITION_VERSION, actor.id, now).await?;
    let record = Record::new("export", id, "export_started")
        .of_case(actor.id)
        .with("dataset", "applications")
        .with("purpose", purpose)
        .with("definition", DEFINITION_VERSION);
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, id).await?;
    tx.commit().await?;
    Ok(Some(id))
}

/// The file of an export that has begun, page by page from one snapshot. It ends only after its row count and hash are
/// recorded; when that cannot be done, it breaks off.
pub fn export(app: Arc<App>, actor: Actor, id: ExportId) -> impl Stream<Item = std::io::Result<Bytes>> + 'static {
    let (sender, receiver) = mpsc::channel(PAGES_WAITING);
    tokio::spawn(async move {
        if let Err(fault) = produce(&app, &actor, id, &sender).await {
            tracing::error!(export = %id, "an export broke off: {fault:#}");
            let _ = sender.send(Err(std::io::Error::other("the export broke off"))).await;
        }
    });
    stream::unfold(receiver, async |mut receiver| receiver.recv().await.map(|page| (page, receiver)))
}

async fn produce(
    app: &App,
    actor: &Actor,
    id: ExportId,
    sender: &mpsc::Sender<std::io::Result<Bytes>>,
) -> anyhow::Result<()> {
    let pseudonyms = Pseudonyms::new(app.config.sealing_key.expose_secret());
    let (mut hash, mut count, mut after) = (Sha256::new(), 0, Uuid::nil());
    let mut tx = app.db.read().await?;
    let mut page = BYTE_ORDER_MARK.to_vec();
    rules::write_row(&mut page, COLUMNS)?;
    loop {
        let rows = store::export_rows(&mut tx, after, EXPORT_ROWS).await?;
        for row in &rows {
            rules::write_row(&mut page, cells(row, &pseudonyms))?;
        }
        count += rows.len() as i64;
        hash.update(&page);
        let sending = sender.send(Ok(Bytes::from(std::mem::take(&mut page))));
        tokio::time::timeout(Duration::from_secs(READER_SECONDS_MAX), sending)
            .await
            .context("nobody reads the export")?
            .context("the reader is gone")?;
        match rows.last() {
            Some(last) if rows.len() as i64 == EXPORT_ROWS => after = last.id,
            _ => break,
        }
    }
    drop(tx);
    finish_export(app, actor, id, count, hash.finalize().to_vec()).await
}

async fn finish_export(app: &App, actor: &Actor, id: ExportId, rows: i64, sha256: Vec<u8>) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let record = Record::new("export", id, "export_finished")
        .of_case(actor.id)
        .with("rows", rows)
        .with("sha256", hex::encode(&sha256));
    store::finish_export(&mut tx, id, rows, sha256, now).await?;
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

fn cells(row: &ExportRow, pseudonyms: &Pseudonyms) -> [String; COLUMNS.len()] {
    let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let prefix = |length: usize| row.industry_code.chars().take(length).collect::<String>();
    [
        pseudonyms.of(row.organisation_id),
        row.call_code.clone(),
        row.region_code.clone(),
        row.region_name.clone(),
        prefix(1),
        prefix(3),
        text(&row.size_class),
        row.state.clone(),
        text(&row.use_case),
        text(&row.data_class),
        text(&row.latency_class),
        text(&row.language_class),
        text(&row.decision_impact),
        text(&row.model_origin),
        text(&row.hosting),
        row.total_won.0.to_string(),
        row.support_won.0.to_string(),
        row.committed_won.0.to_string(),
        row.vouchered_won.0.to_string(),
        row.paid_won.0.to_string(),
        instant(row.submitted_at),
        row.decided_at.map(instant).unwrap_or_default(),
        text(&row.decision),
        text(&row.reason),
        row.score_milli.map(show_milli).unwrap_or_default(),
    ]
}

/// Everything that is known about how a case came to stand where it stands.
pub(super) struct History {
    pub subject: Hit,
    pub records: Vec<RecordRow>,
    pub mails: Vec<OutboxRow>,
    pub statement: Vec<StatementRow>,
}

/// Reads the whole history of the case that `id` belongs to, and records that it was read.
pub(super) async fn read_history(app: &App, actor: &Actor, id: Uuid) -> Outcome<History> {
    let mut tx = app.db.read().await?;
    let subject = store::by_id(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let case = subject.case_id;
    let history = History {
        records: audit::history(&mut tx, case).await?,
        mails: outbox::of_case(&mut tx, case).await?,
        statement: ledger::statement(&mut tx, case).await?,
        subject,
    };
    drop(tx);
    let mut tx = app.db.write().await?;
    let record = Record::new("history", case, "history_read")
        .of_case(actor.id)
        .with("kind", &history.subject.kind)
        .with("record", &history.subject.label);
    audit::record(&mut tx, actor, record, app.clock.now()).await?;
    tx.commit().await?;
    Ok(history)
}
