//! What people send about flags.

pub mod recoveries;
pub mod sanctions;

use crate::core::{
    form::FormErrors,
    refusal::{Refusal, Trouble},
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndForm {
    #[serde(default)]
    pub step: String,
    #[serde(default)]
    pub reason: String,
}

/// How a flag ends, and why.
pub struct End {
    pub step: &'static str,
    pub reason: String,
}

impl EndForm {
    pub fn parse(self) -> Result<End, Trouble> {
        let mut errors = FormErrors::new();
        let reason = errors.text("reason", &self.reason, 1_000);
        let step = match self.step.as_str() {
            "clear" => "clear",
            "confirm" => "confirm",
            "" => {
                errors.add("step", "form-choose");
                ""
            }
            _ => return Err(Refusal::unacceptable("refusal-form-malformed").into()),
        };
        Ok(errors.done(End { step, reason })?)
    }
}
