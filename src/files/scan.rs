//! The scan of an upload by clamd over its INSTREAM command. A scanner that is down leaves the file pending.

use super::{FileId, Files, ScanState, store};
use crate::{audit, core::actor::Actor, core::clock::Clock, db::Db};
use anyhow::Context;
use futures_util::StreamExt;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const SCAN_SECONDS_MAX: u64 = 60;

/// Scans one file and records the verdict. An error means: try again later.
pub async fn run(db: &Db, clock: &Clock, files: &Files, clamd: Option<&str>, id: FileId) -> anyhow::Result<()> {
    let verdict = match clamd {
        None => ScanState::Unscanned,
        Some(address) => tokio::time::timeout(Duration::from_secs(SCAN_SECONDS_MAX), ask(files, address, id))
            .await
            .context("the scanner did not answer in time")??,
    };
    let now = clock.now();
    let mut tx = db.write().await?;
    if store::set_scan(&mut tx, id, verdict, now).await? == 1 {
        let record = audit::Record::new("file", id.0, "file_scanned").with("verdict", verdict);
        audit::record(&mut tx, &Actor::system(), record, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn ask(files: &Files, address: &str, id: FileId) -> anyhow::Result<ScanState> {
    let mut clamd = TcpStream::connect(address).await.context("the scanner cannot be reached")?;
    clamd.write_all(b"zINSTREAM\0").await?;
    let mut chunks = files.stream(id).await?;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        clamd.write_all(&u32::try_from(chunk.len())?.to_be_bytes()).await?;
        clamd.write_all(&chunk).await?;
    }
    clamd.write_all(&0_u32.to_be_bytes()).await?;
    let mut answer = Vec::new();
    clamd.take(1024).read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    if answer.contains("FOUND") {
        tracing::warn!(file = %id, "the scanner found something");
        return Ok(ScanState::Infected);
    }
    anyhow::ensure!(answer.contains("OK"), "the scanner answered: {answer}");
    Ok(ScanState::Clean)
}
