//! The rules of a call version as every page and act of a case needs them. A stored version never changes (the database
//! refuses it) and is large, and many cases share one: it is read and parsed once and held for all.

use crate::{
    db::Tx,
    programmes::{CallId, rules::CallRules},
};
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use std::{
    collections::HashMap,
    ops::Deref,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

/// Versions that are held at once; beyond them all are let go.
const HELD_MAX: usize = 64;

/// Which version it is. One that was never kept because its unit of work failed, and one that took its number later,
/// differ by the instant at which they were made.
type Key = (CallId, i64, DateTime<Utc>);

static HELD: LazyLock<Mutex<HashMap<Key, SharedRules>>> = LazyLock::new(Mutex::default);

/// Rules that are held for all.
#[derive(Debug, Clone)]
pub struct SharedRules(Arc<CallRules>);

impl SharedRules {
    /// The rules of `call` in `version`, which was made at `made_at`.
    pub async fn find(tx: &mut Tx, call: CallId, version: i64, made_at: DateTime<Utc>) -> sqlx::Result<SharedRules> {
        let key = (call, version, made_at);
        let held = HELD.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(rules) = held {
            return Ok(rules);
        }
        let rules: Option<Json<CallRules>> =
            tx.value("SELECT rules FROM call_versions WHERE call_id = $1 AND version = $2", (call, version)).await?;
        let rules = SharedRules(Arc::new(rules.ok_or(sqlx::Error::RowNotFound)?.0));
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= HELD_MAX {
            held.clear();
        }
        held.insert(key, rules.clone());
        Ok(rules)
    }

    /// The rules as one track has them.
    pub fn in_track(self, track: Option<&str>) -> SharedRules {
        match track {
            None => self,
            track => SharedRules(Arc::new(self.to_owned_rules().in_track(track))),
        }
    }

    /// A copy of one's own, to change.
    pub fn to_owned_rules(&self) -> CallRules {
        CallRules::clone(&self.0)
    }
}

impl Deref for SharedRules {
    type Target = CallRules;

    fn deref(&self) -> &CallRules {
        &self.0
    }
}
