//! Removes uploads that arrived but belong to nothing: their sender went away, or the service was killed, between the
//! arrival of the bytes and the unit of work that would have adopted them.

use super::{FileId, Files, store};
use crate::db::Db;
use chrono::{DateTime, Duration, Utc};
use std::sync::atomic::Ordering;
use uuid::Uuid;

/// An upload may take minutes; after this time no request can still be about to adopt it.
const LEFT_OVER_AFTER: Duration = Duration::hours(1);
/// Looks this often.
const EVERY_SECONDS: i64 = 3_600;
/// Files that one question to the database is about.
const AT_ONCE: usize = 500;

/// When a file arrived, from its name: its id, and behind a `#` the number of an upload that broke off.
fn arrived(name: &str) -> Option<(FileId, DateTime<Utc>)> {
    let id: Uuid = name.split('#').next()?.parse().ok()?;
    let (seconds, _) = id.get_timestamp()?.to_unix();
    Some((FileId(id), DateTime::from_timestamp(i64::try_from(seconds).ok()?, 0)?))
}

impl Files {
    /// For the timer: does nothing but once an hour. Answers how many were removed.
    pub async fn sweep_hourly(&self, db: &Db, now: DateTime<Utc>) -> anyhow::Result<u64> {
        let last = self.swept_at.swap(now.timestamp(), Ordering::SeqCst);
        if now.timestamp() - last < EVERY_SECONDS {
            self.swept_at.store(last, Ordering::SeqCst);
            return Ok(0);
        }
        self.sweep(db, now).await
    }

    /// Removes every file that is older than an hour and that no row knows.
    pub async fn sweep(&self, db: &Db, now: DateTime<Utc>) -> anyhow::Result<u64> {
        let folder = self.folder.join("files");
        let mut listing = match tokio::fs::read_dir(&folder).await {
            Ok(listing) => listing,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(error.into()),
        };
        let mut old: Vec<(FileId, String)> = Vec::new();
        let mut removed = 0;
        loop {
            let entry = listing.next_entry().await?;
            let name = entry.as_ref().map(|entry| entry.file_name().to_string_lossy().into_owned());
            if let Some(name) = name
                && let Some((id, at)) = arrived(&name)
                && at < now - LEFT_OVER_AFTER
            {
                old.push((id, name));
            }
            if old.len() >= AT_ONCE || (entry.is_none() && !old.is_empty()) {
                removed += self.remove_unknown(db, &folder, &old).await?;
                old.clear();
            }
            if entry.is_none() {
                return Ok(removed);
            }
        }
    }

    async fn remove_unknown(&self, db: &Db, folder: &std::path::Path, old: &[(FileId, String)]) -> anyhow::Result<u64> {
        let ids: Vec<FileId> = old.iter().map(|(id, _)| *id).collect();
        let mut tx = db.read().await?;
        let known = store::known(&mut tx, &ids).await?;
        drop(tx);
        let mut removed = 0;
        for (id, name) in old {
            // A part that broke off is left over even when the id was used.
            if known.contains(id) && !name.contains('#') {
                continue;
            }
            tokio::fs::remove_file(folder.join(name)).await?;
            removed += 1;
        }
        if removed > 0 {
            tracing::info!(removed, "uploads that belonged to nothing were removed");
        }
        Ok(removed)
    }
}
