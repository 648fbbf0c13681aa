//! What is found in an upload beyond its kind, within bounds of time and memory.

use super::{archive, pdf};
use crate::core::refusal::Refusal;

/// Why an upload is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unsound {
    /// It would run something when it is opened.
    Script,
    /// Unpacked it would be far larger than it says or than anybody needs.
    Bomb,
    /// Not what its name says, or locked.
    Broken,
}

impl From<Unsound> for Refusal {
    fn from(unsound: Unsound) -> Refusal {
        Refusal::unacceptable(match unsound {
            Unsound::Script => "refusal-file-script",
            Unsound::Bomb => "refusal-file-bomb",
            Unsound::Broken => "refusal-file-broken",
        })
    }
}

/// Whether files of this type are looked into at all.
pub(super) fn is_looked_into(media_type: &str) -> bool {
    media_type == "application/pdf" || folder(media_type).is_some()
}

/// Where a kind of archive keeps its content.
fn folder(media_type: &str) -> Option<&'static str> {
    match media_type {
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => Some("xl/"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => Some("word/"),
        "application/hwp+zip" => Some("Contents/"),
        _ => None,
    }
}

/// The pages of a PDF where they can be counted.
pub(super) fn look(media_type: &str, bytes: &[u8]) -> Result<Option<i64>, Unsound> {
    match folder(media_type) {
        Some(folder) => archive::look(bytes, folder).map(|()| None),
        None if media_type == "application/pdf" => pdf::look(bytes),
        None => Ok(None),
    }
}
