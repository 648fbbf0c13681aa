//! What people send about exports.

use crate::core::form::FormErrors;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportForm {
    #[serde(default)]
    pub purpose: String,
}

impl ExportForm {
    /// What the data is wanted for, in words.
    pub fn parse(self) -> Result<String, FormErrors> {
        let mut errors = FormErrors::new();
        let purpose = errors.text("purpose", &self.purpose, 500);
        errors.done(purpose)
    }
}
