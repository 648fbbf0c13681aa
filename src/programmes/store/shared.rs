//! The rules of a call version as every page and act of a case reads them. A stored version never changes and many
//! cases share one, so each text is parsed once and held for all.

use crate::programmes::rules::CallRules;
use serde_json::value::RawValue;
use sqlx::{Database, Decode, Type, error::BoxDynError, types::Json};
use std::{
    collections::HashMap,
    ops::Deref,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

/// Texts that are held at once; beyond them all are let go.
const HELD_MAX: usize = 64;

static HELD: LazyLock<Mutex<HashMap<Box<str>, Arc<CallRules>>>> = LazyLock::new(Mutex::default);

/// Rules that are held for all who read the same text.
#[derive(Debug, Clone)]
pub struct SharedRules(Arc<CallRules>);

impl SharedRules {
    fn read(text: &str) -> serde_json::Result<SharedRules> {
        let held = HELD.lock().unwrap_or_else(PoisonError::into_inner).get(text).cloned();
        if let Some(rules) = held {
            return Ok(SharedRules(rules));
        }
        let rules: Arc<CallRules> = Arc::new(serde_json::from_str(text)?);
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= HELD_MAX {
            held.clear();
        }
        held.insert(text.into(), rules.clone());
        Ok(SharedRules(rules))
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

impl<DB: Database> Type<DB> for SharedRules
where
    Json<Box<RawValue>>: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <Json<Box<RawValue>> as Type<DB>>::type_info()
    }

    fn compatible(ty: &DB::TypeInfo) -> bool {
        <Json<Box<RawValue>> as Type<DB>>::compatible(ty)
    }
}

impl<'r, DB: Database> Decode<'r, DB> for SharedRules
where
    Json<Box<RawValue>>: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<SharedRules, BoxDynError> {
        let Json(text) = <Json<Box<RawValue>> as Decode<'r, DB>>::decode(value)?;
        Ok(SharedRules::read(text.get())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_is_parsed_once_and_another_is_another() {
        let mut rules = CallRules::ai_voucher();
        let first = serde_json::to_string(&rules).unwrap();
        rules.pass_mark = 61;
        let second = serde_json::to_string(&rules).unwrap();
        let (one, same) = (SharedRules::read(&first).unwrap(), SharedRules::read(&first).unwrap());
        assert!(Arc::ptr_eq(&one.0, &same.0));
        assert_eq!(SharedRules::read(&second).unwrap().pass_mark, 61);
        assert_eq!(one.pass_mark, 70);
        assert!(SharedRules::read("{}").is_err());
    }
}
