//! What people send about sanctions.

use crate::{
    core::{form::FormErrors, numbers::BusinessNumber},
    integrity::rules::sanctions::SanctionKind,
};
use chrono::NaiveDate;
use serde::Deserialize;

/// A sanction as it is announced.
#[derive(Debug, Clone)]
pub struct NewSanction {
    pub business_number: String,
    pub kind: SanctionKind,
    pub legal_basis: String,
    pub reason: String,
    pub from_on: NaiveDate,
    pub to_on: Option<NaiveDate>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SanctionForm {
    #[serde(default)]
    business_number: String,
    #[serde(default)]
    sanction_kind: String,
    #[serde(default)]
    from_on: String,
    #[serde(default)]
    to_on: String,
    #[serde(default)]
    legal_basis: String,
    #[serde(default)]
    reason: String,
}

impl SanctionForm {
    pub fn parse(self) -> Result<NewSanction, FormErrors> {
        let mut errors = FormErrors::new();
        let number = errors.line("business_number", &self.business_number, 40);
        let business_number = match number.parse::<BusinessNumber>() {
            Ok(number) => number.as_str().to_owned(),
            Err(_) if number.is_empty() => number,
            Err(_) => {
                errors.add("business_number", "sanction-refusal-nobody");
                number
            }
        };
        let kind: Option<SanctionKind> = errors.choice("sanction_kind", &self.sanction_kind);
        let excludes = kind == Some(SanctionKind::Exclusion);
        let new = NewSanction {
            business_number,
            kind: kind.unwrap_or(SanctionKind::Warning),
            from_on: errors.date("from_on", &self.from_on),
            to_on: excludes.then(|| errors.date("to_on", &self.to_on)),
            legal_basis: errors.line("legal_basis", &self.legal_basis, 200),
            reason: errors.text("reason", &self.reason, 2_000),
        };
        errors.done(new)
    }
}
