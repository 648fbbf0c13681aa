//! Reads a stored CSV line by line: off the request's thread, a few hundred lines at a time, never whole in memory.

use crate::files::{FileId, Files};
use anyhow::Context;
use bytes::Bytes;
use futures_util::StreamExt;
use std::io::Read;
use tokio::sync::mpsc;

/// Lines handed over at once.
pub(super) const BATCH: usize = 200;
/// So much of a line that cannot be read is kept for its reader.
const CONTENT_CHARS: usize = 200;

/// One line of a file, counted from 1.
pub(super) struct Line {
    pub number: i64,
    /// None when it is not UTF-8 or not CSV.
    pub cells: Option<Vec<String>>,
}

impl Line {
    /// As people see it who look for what was wrong.
    pub fn content(&self) -> String {
        let cells = self.cells.as_deref().unwrap_or_default().join(", ");
        cells.chars().filter(|c| !c.is_control()).take(CONTENT_CHARS).collect()
    }
}

struct Chunks {
    chunks: mpsc::Receiver<Bytes>,
    rest: Bytes,
    begun: bool,
}

impl Read for Chunks {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.rest.is_empty() {
            match self.chunks.blocking_recv() {
                Some(chunk) => self.rest = chunk,
                None => return Ok(0),
            }
            // Spreadsheets put a mark before the first cell.
            if !std::mem::replace(&mut self.begun, true) && self.rest.starts_with(b"\xEF\xBB\xBF") {
                self.rest = self.rest.slice(3..);
            }
        }
        let count = into.len().min(self.rest.len());
        into[..count].copy_from_slice(&self.rest.split_to(count));
        Ok(count)
    }
}

/// The lines of a stored file, batch by batch, in their order.
pub(super) async fn read(files: &Files, id: FileId) -> anyhow::Result<mpsc::Receiver<Vec<Line>>> {
    let mut stored = files.stream(id).await.context("a stored file")?;
    let (give_chunk, chunks) = mpsc::channel(4);
    let (give_lines, lines) = mpsc::channel(2);
    tokio::spawn(async move {
        while let Some(chunk) = stored.next().await {
            let Ok(chunk) = chunk else { return };
            if give_chunk.send(chunk).await.is_err() {
                return;
            }
        }
    });
    tokio::task::spawn_blocking(move || {
        let source = Chunks { chunks, rest: Bytes::new(), begun: false };
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(source);
        let mut batch = Vec::with_capacity(BATCH);
        for record in reader.byte_records() {
            let line = match record {
                Ok(record) => Line {
                    number: record.position().map_or(0, |at| i64::try_from(at.line()).unwrap_or(0)),
                    cells: record
                        .iter()
                        .map(|cell| std::str::from_utf8(cell).ok().map(|text| text.trim().to_owned()))
                        .collect(),
                },
                Err(error) => {
                    Line { number: error.position().map_or(0, |at| i64::try_from(at.line()).unwrap_or(0)), cells: None }
                }
            };
            batch.push(line);
            if batch.len() == BATCH && give_lines.blocking_send(std::mem::take(&mut batch)).is_err() {
                return;
            }
        }
        if !batch.is_empty() {
            // Whoever asked has gone when this fails.
            drop(give_lines.blocking_send(batch));
        }
    });
    Ok(lines)
}
