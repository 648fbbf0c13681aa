//! What a firm sends with a document for its vault.

use crate::{core::form::FormErrors, organisations::rules::vault::VaultKind};
use chrono::NaiveDate;
use serde::Deserialize;

#[derive(Debug, Clone)]
pub struct NewDocument {
    pub kind: VaultKind,
    pub issued_on: NaiveDate,
    /// As typed; the kind says the rest.
    pub valid_to: Option<NaiveDate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentForm {
    #[serde(default)]
    pub vault_kind: String,
    pub issued_on: String,
    pub valid_to: String,
}

impl DocumentForm {
    pub fn parse(self) -> Result<NewDocument, FormErrors> {
        let mut errors = FormErrors::new();
        let kind = errors.choice::<VaultKind>("vault_kind", &self.vault_kind);
        let issued_on = errors.date("issued_on", &self.issued_on);
        let valid_to = match self.valid_to.trim() {
            "" => None,
            text => Some(errors.date("valid_to", text)),
        };
        match kind {
            Some(kind) => errors.done(NewDocument { kind, issued_on, valid_to }),
            None => Err(errors),
        }
    }
}
