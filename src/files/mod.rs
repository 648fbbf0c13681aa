//! Uploads and other stored bytes: sniffed, hashed, scanned, kept through object_store under keys of our own.
//! Invariant: nobody opens a document before a scan found it clean (or the agency said it does without one).

mod archive;
mod look;
mod pdf;
mod scan;
mod store;
mod sweep;

pub use scan::run as scan_job;
pub use store::{FileRow, ScanState, find, of_organisation};

use crate::{
    core::{
        actor::Actor,
        names,
        refusal::{Outcome, Refusal},
    },
    db::Tx,
    outbox,
};
use anyhow::Context;
use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt};
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart, local::LocalFileSystem, path::Path};
use sha2::{Digest, Sha256};
use std::{pin::pin, sync::Arc};

crate::id!(
    /// A stored file.
    FileId
);

/// The largest single upload, in bytes.
pub const FILE_BYTES_MAX: u64 = 20 * 1024 * 1024;
/// What one organisation may store, in bytes and files.
pub const QUOTA_BYTES: i64 = 500 * 1024 * 1024;
pub const QUOTA_FILES: i64 = 500;
/// What a form for documents offers to choose from.
pub const DOCUMENT_ENDINGS: &str = ".pdf,.png,.jpg,.jpeg,.xlsx,.docx,.hwpx";
/// Enough of the beginning to tell the kind of a file.
const SNIFF_BYTES: usize = 8 * 1024;

#[derive(Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    folder: std::path::PathBuf,
    /// Uploads wait for a scanner; without one they are taken as unscanned at once.
    scanner: bool,
    /// When leftovers were last swept, in seconds.
    swept_at: Arc<std::sync::atomic::AtomicI64>,
}

/// A file that has arrived but belongs to nothing yet.
#[derive(Debug, Clone)]
pub struct Received {
    pub id: FileId,
    /// The form field it came in.
    pub field: String,
    /// A label for people; never a path.
    pub name: String,
    pub media_type: &'static str,
    pub size_bytes: i64,
    pub sha256: Vec<u8>,
    /// Of a PDF, where they could be counted.
    pub pages: Option<i64>,
    /// Nobody opens it, and nothing is submitted with it, before the scanner has seen it.
    pub awaits_scan: bool,
}

/// Media types that may be uploaded, by what the bytes say and the ending of the name.
const KINDS: &[(&str, &str)] = &[
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("hwpx", "application/hwp+zip"),
    ("xml", "application/xml"),
    ("csv", "text/csv"),
];

/// Endings of names that may be uploaded.
pub fn endings() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(ending, _)| *ending)
}

impl Files {
    /// Files kept in a local folder.
    pub fn in_folder(folder: &std::path::Path) -> anyhow::Result<Files> {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        Ok(Files {
            store: Arc::new(LocalFileSystem::new_with_prefix(folder)?),
            folder: folder.to_owned(),
            scanner: false,
            swept_at: Arc::default(),
        })
    }

    /// With a scanner that every upload waits for.
    pub fn with_scanner(mut self, scanner: bool) -> Files {
        self.scanner = scanner;
        self
    }

    /// Streams one upload into the store while counting, hashing and sniffing it.
    /// Refuses an unknown kind and anything over `bytes_max`; nothing of it is kept then.
    pub async fn receive(
        &self,
        field: String,
        file_name: String,
        bytes_max: u64,
        chunks: impl Stream<Item = anyhow::Result<Bytes>>,
    ) -> Outcome<Received> {
        let id = FileId::new();
        let upload = self.store.put_multipart(&key(id)).await.map_err(anyhow::Error::from)?;
        let mut writer = WriteMultipart::new(upload);
        let mut chunks = pin!(chunks);
        let (mut hash, mut head, mut size) = (Sha256::new(), BytesMut::new(), 0_u64);
        while let Some(chunk) = chunks.next().await {
            let chunk = match chunk {
                Ok(chunk) => chunk,
                Err(error) => {
                    tracing::info!(%error, "an upload broke off");
                    abandon(writer).await;
                    return Err(Refusal::unacceptable("refusal-upload-broken").into());
                }
            };
            size += chunk.len() as u64;
            if size > bytes_max {
                abandon(writer).await;
                return Err(Refusal::unacceptable("refusal-file-too-large")
                    .with("megabytes", bytes_max / 1024 / 1024)
                    .into());
            }
            if head.len() < SNIFF_BYTES {
                head.extend_from_slice(&chunk[..chunk.len().min(SNIFF_BYTES - head.len())]);
            }
            hash.update(&chunk);
            writer.put(chunk);
        }
        let name = label(&file_name);
        let Some(media_type) = kind(&head, &name) else {
            abandon(writer).await;
            return Err(Refusal::unacceptable("refusal-file-kind").into());
        };
        if size == 0 {
            abandon(writer).await;
            return Err(Refusal::unacceptable("refusal-file-empty").into());
        }
        writer.finish().await.map_err(anyhow::Error::from)?;
        let pages = match self.look_into(id, media_type).await {
            Ok(pages) => pages,
            Err(trouble) => {
                self.delete(id).await;
                return Err(trouble);
            }
        };
        Ok(Received {
            id,
            field,
            name,
            media_type,
            size_bytes: i64::try_from(size).map_err(anyhow::Error::from)?,
            sha256: hash.finalize().to_vec(),
            pages,
            awaits_scan: self.scanner,
        })
    }

    /// Keeps a file that the service made itself: nothing in it needs a scan.
    pub async fn keep(&self, name: String, media_type: &'static str, bytes: Vec<u8>) -> anyhow::Result<Received> {
        let id = FileId::new();
        let (size_bytes, sha256) = (i64::try_from(bytes.len())?, Sha256::digest(&bytes).to_vec());
        self.store.put(&key(id), bytes.into()).await?;
        Ok(Received { id, field: String::new(), name, media_type, size_bytes, sha256, pages: None, awaits_scan: false })
    }

    /// The pages of a PDF; refuses archives that are bombs and files that would run something.
    async fn look_into(&self, id: FileId, media_type: &'static str) -> Outcome<Option<i64>> {
        if !look::is_looked_into(media_type) {
            return Ok(None);
        }
        let bytes = self.read(id).await?;
        // Inflating takes its time: not on a thread that serves others.
        let looked = tokio::task::spawn_blocking(move || look::look(media_type, &bytes)).await;
        Ok(looked.map_err(anyhow::Error::from)?.map_err(Refusal::from)?)
    }

    async fn delete(&self, id: FileId) {
        if let Err(error) = self.store.delete(&key(id)).await {
            tracing::warn!(%error, file = %id, "an unused upload could not be removed");
        }
    }

    /// The whole of a stored file.
    pub async fn read(&self, id: FileId) -> anyhow::Result<Bytes> {
        Ok(self.store.get(&key(id)).await?.bytes().await?)
    }

    /// A stored file as a stream of chunks.
    pub async fn stream(
        &self,
        id: FileId,
    ) -> anyhow::Result<impl Stream<Item = Result<Bytes, object_store::Error>> + use<>> {
        Ok(self.store.get(&key(id)).await?.into_stream())
    }

    /// Removes the bytes of an upload that no action adopted.
    pub async fn discard(&self, received: &[Received]) {
        for file in received {
            self.delete(file.id).await;
        }
    }
}

/// Makes a received file part of the unit of work and asks for its scan, where there is a scanner.
pub async fn adopt(
    tx: &mut Tx,
    actor: &Actor,
    organisation: Option<uuid::Uuid>,
    received: &Received,
    now: DateTime<Utc>,
) -> Outcome<FileId> {
    if let Some(organisation) = organisation {
        let (files, bytes) = store::usage(tx, organisation).await?;
        if files >= QUOTA_FILES || bytes + received.size_bytes > QUOTA_BYTES {
            return Err(Refusal::unacceptable("refusal-file-quota").into());
        }
    }
    store::insert(tx, actor, organisation, received, now).await?;
    if !received.awaits_scan {
        return Ok(received.id);
    }
    outbox::job(
        tx,
        "scan_file",
        &format!("scan:{}", received.id),
        serde_json::json!({ "file": received.id }),
        None,
        now,
    )
    .await?;
    Ok(received.id)
}

fn key(id: FileId) -> Path {
    Path::from(format!("files/{id}"))
}

async fn abandon(writer: WriteMultipart) {
    if let Err(error) = writer.abort().await {
        tracing::warn!(%error, "an abandoned upload left something behind");
    }
}

/// The name as a label: no folders, no control or direction characters, at most 150 characters.
fn label(file_name: &str) -> String {
    let base = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = base.chars().filter(|c| !c.is_control()).take(150).collect();
    names::clean_line(&kept, 150).ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "file".to_owned())
}

/// The media type when the bytes and the ending of the name agree on one that is allowed.
fn kind(head: &[u8], name: &str) -> Option<&'static str> {
    let ending = name.rsplit_once('.')?.1.to_lowercase();
    let (_, media_type) = KINDS.iter().find(|(allowed, _)| *allowed == ending)?;
    let sniffed = infer::get(head).map(|kind| kind.mime_type());
    let agrees = match ending.as_str() {
        "xml" | "csv" => {
            let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
            let is_markup = text.trim_ascii_start().starts_with(b"<");
            !text.contains(&0)
                && is_markup == (ending == "xml")
                && !matches!(sniffed, Some("text/html" | "text/x-shellscript" | "application/pdf"))
        }
        "hwpx" => sniffed == Some("application/zip") || sniffed == Some(media_type),
        "xlsx" | "docx" => sniffed == Some(media_type) || sniffed == Some("application/zip"),
        _ => sniffed == Some(media_type),
    };
    agrees.then_some(*media_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_ending_must_agree() {
        assert_eq!(kind(b"%PDF-1.7\n", "plan.pdf"), Some("application/pdf"));
        assert_eq!(kind(b"%PDF-1.7\n", "plan.png"), None);
        assert_eq!(kind(b"#!/bin/sh\nrm", "plan.pdf"), None);
        assert_eq!(kind(b"<svg xmlns='x'>", "picture.svg"), None);
        assert_eq!(kind(b"<?xml version='1.0'?><Invoice/>", "invoice.XML"), Some("application/xml"));
        assert_eq!(kind(b"MZ\x90\0", "invoice.xml"), None);
    }

    #[test]
    fn a_label_is_never_a_path() {
        assert_eq!(label("../../etc/passwd"), "passwd");
        assert_eq!(label("C:\\temp\\계획서.pdf"), "계획서.pdf");
        assert_eq!(label("\u{202E}gpj.exe"), "file");
    }
}
