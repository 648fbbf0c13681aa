//! What firms and managers send about outcomes.

use super::{
    actions::{NewMeasurement, NewReport},
    rules,
};
use crate::{
    agreements::LockedIndicator,
    core::{
        form::FormErrors,
        refusal::{Refusal, Trouble},
    },
};
use chrono::NaiveDate;
use serde::Deserialize;
use std::collections::BTreeMap;

macro_rules! numbered {
    ($name:literal) => {
        [
            concat!($name, "_1"),
            concat!($name, "_2"),
            concat!($name, "_3"),
            concat!($name, "_4"),
            concat!($name, "_5"),
            concat!($name, "_6"),
            concat!($name, "_7"),
            concat!($name, "_8"),
            concat!($name, "_9"),
            concat!($name, "_10"),
            concat!($name, "_11"),
            concat!($name, "_12"),
            concat!($name, "_13"),
            concat!($name, "_14"),
            concat!($name, "_15"),
            concat!($name, "_16"),
        ]
    };
}

/// Names of the three fields that every indicator has, by its place in the agreement.
pub const VALUE: [&str; 16] = numbered!("value");
pub const MEASURED_ON: [&str; 16] = numbered!("measured_on");
pub const METHOD: [&str; 16] = numbered!("method");
const OTHERS: [&str; 4] = ["active_users", "satisfaction", "would_pay", "comment"];

/// As many fields as the agreement has indicators, so the names are checked against it here.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct ReportForm(BTreeMap<String, String>);

impl ReportForm {
    pub fn parse(
        self,
        indicators: &[LockedIndicator],
        starts_on: NaiveDate,
        today: NaiveDate,
    ) -> Result<NewReport, Trouble> {
        let count = indicators.len();
        let asked = [&VALUE[..], &MEASURED_ON[..], &METHOD[..]].map(|names| names.get(..count).unwrap_or(names));
        let is_asked = |name: &str| asked.iter().any(|names| names.contains(&name)) || OTHERS.contains(&name);
        if count > VALUE.len() || !self.0.keys().all(|name| is_asked(name)) {
            return Err(Refusal::unacceptable("refusal-form-malformed").into());
        }
        let text = |name: &str| self.0.get(name).map_or("", String::as_str);
        let mut errors = FormErrors::new();
        let mut measurements = Vec::with_capacity(count);
        for (place, indicator) in indicators.iter().enumerate() {
            let value_milli = errors.milli(VALUE[place], text(VALUE[place]));
            let seen = errors.0.len();
            let measured_on = errors.date(MEASURED_ON[place], text(MEASURED_ON[place]));
            if errors.0.len() == seen
                && let Err(refusal) = rules::check_day(MEASURED_ON[place], starts_on, today, measured_on)
            {
                errors.refuse(MEASURED_ON[place], refusal);
            }
            if let Some(method) = errors.choice(METHOD[place], text(METHOD[place])) {
                measurements.push(NewMeasurement { indicator: indicator.id, value_milli, measured_on, method });
            }
        }
        let active_users = errors.integer("active_users", text("active_users"), 0..=1_000_000);
        let satisfaction = match errors.choice::<i64>("satisfaction", text("satisfaction")) {
            Some(given) if (1..=5).contains(&given) => given,
            Some(_) => {
                errors.add("satisfaction", "form-choose");
                1
            }
            None => 1,
        };
        let would_pay = match text("would_pay") {
            "yes" => true,
            "no" => false,
            _ => {
                errors.add("would_pay", "form-choose");
                false
            }
        };
        let comment = errors.optional_text("comment", text("comment"), 2_000);
        Ok(errors.done(NewReport { measurements, active_users, satisfaction, would_pay, comment })?)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerForm {
    pub step: String,
    #[serde(default)]
    pub note: String,
}

/// Whether the report is accepted, and what is said to it.
pub struct ReportAnswer {
    pub accept: bool,
    pub note: String,
}

impl AnswerForm {
    pub fn parse(self) -> Result<ReportAnswer, Trouble> {
        let accept = match self.step.as_str() {
            "verify" => true,
            "return" => false,
            _ => return Err(Refusal::unacceptable("refusal-form-malformed").into()),
        };
        let mut errors = FormErrors::new();
        let note = if accept {
            errors.optional_text("note", &self.note, 1_000)
        } else {
            errors.text("note", &self.note, 1_000)
        };
        Ok(errors.done(ReportAnswer { accept, note })?)
    }
}
