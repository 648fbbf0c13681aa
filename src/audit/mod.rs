//! The history: every change writes a record in its own unit of work. Records are sealed into one hash chain
//! shortly after (each hash covers the one before), so that no writer waits for another's chain link.

mod chain;
mod duties;
mod store;

pub use chain::{Breach, anchor, seal, verify};
pub use duties::{Act, apart, check_apart, clash, clashes, take, take_all};
pub use store::{RecordRow, has_anchor, history, history_of_mandate, history_of_subject};

use crate::{core::actor::Actor, db::Tx};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// What is to be recorded: about which subject, what happened, and the values that changed.
#[derive(Debug, Clone)]
pub struct Record {
    subject_kind: &'static str,
    subject: Uuid,
    case: Uuid,
    kind: &'static str,
    detail: serde_json::Map<String, serde_json::Value>,
}

impl Record {
    /// `kind` is past tense snake_case and has the words `audit-<kind>`.
    pub fn new(subject_kind: &'static str, subject: impl Into<Uuid>, kind: &'static str) -> Record {
        let subject = subject.into();
        Record { subject_kind, subject, case: subject, kind, detail: serde_json::Map::new() }
    }

    /// Puts the record into the history of `case` (an application, a vendor, a call).
    pub fn of_case(mut self, case: impl Into<Uuid>) -> Record {
        self.case = case.into();
        self
    }

    /// A value worth keeping. Never a secret, never a whole account number.
    pub fn with(mut self, name: &str, value: impl ToString) -> Record {
        self.detail.insert(name.to_owned(), serde_json::Value::String(value.to_string()));
        self
    }
}

/// Writes the record into the unit of work.
pub async fn record(tx: &mut Tx, actor: &Actor, record: Record, now: DateTime<Utc>) -> sqlx::Result<()> {
    store::insert(tx, actor, &record, now).await
}
