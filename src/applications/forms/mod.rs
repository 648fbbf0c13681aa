//! What firms and officers send about applications. A draft may have gaps: a field left empty is no error,
//! only a wrong value is.

mod desk;
pub mod eligibility;
mod parts;
mod questions;
mod rows;

pub use desk::*;
pub use parts::*;
pub use questions::*;
use rows::QUANTITY_MAX;
pub use rows::*;

use super::rules::merging::Fields;
use crate::{
    core::{form::FormErrors, refusal::Refusal},
    web::form::filled,
};
use serde::{Deserialize, de::DeserializeOwned};
use std::str::FromStr;

/// The version a form was made from.
pub fn version(text: &str) -> Result<i64, Refusal> {
    text.parse().map_err(|_| Refusal::unacceptable("refusal-form-malformed"))
}

/// A form as it would be sent with these fields: what was merged is read like what was typed.
pub fn read_back<T: DeserializeOwned>(fields: &Fields) -> anyhow::Result<T> {
    let mut named: serde_json::Map<String, serde_json::Value> =
        fields.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    named.insert("version".to_owned(), String::new().into());
    Ok(serde_json::from_value(named.into())?)
}

fn fields<const N: usize>(pairs: [(&str, String); N]) -> Fields {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A value as its field shows it; empty for a gap.
fn shown(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn chosen<T: FromStr>(errors: &mut FormErrors, field: &'static str, text: &str) -> Option<T> {
    errors.choice(field, filled(text)?)
}

fn number(
    errors: &mut FormErrors,
    field: &'static str,
    text: &str,
    range: std::ops::RangeInclusive<i64>,
) -> Option<i64> {
    Some(errors.integer(field, filled(text)?, range))
}

/// The button of a page without fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionForm {
    pub version: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartForm {
    pub call: String,
    #[serde(default)]
    pub track: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubmitForm {
    pub version: String,
    #[serde(default)]
    pub certify: String,
}

impl SubmitForm {
    /// The version that was certified.
    pub fn parse(self) -> Result<i64, FormErrors> {
        let mut errors = FormErrors::new();
        errors.must_tick("certify", &self.certify);
        let version = self.version.parse().unwrap_or_default();
        errors.done(version)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonForm {
    pub reason: String,
}

impl ReasonForm {
    pub fn parse(self) -> Result<String, FormErrors> {
        let mut errors = FormErrors::new();
        let reason = errors.text("reason", &self.reason, 1_000);
        errors.done(reason)
    }
}
