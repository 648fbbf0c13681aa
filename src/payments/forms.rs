//! What people send about payments.

use super::rules::{Answer, BankResult};
use crate::{claims::ClaimId, core::form::FormErrors};
use serde::Deserialize;

/// Which batches a list shows.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ListQuery {
    #[serde(default)]
    pub state: String,
    #[serde(default)]
    pub after: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrepareForm {
    #[serde(default)]
    claims: Vec<String>,
}

impl PrepareForm {
    pub fn parse(self) -> Result<Vec<ClaimId>, FormErrors> {
        let mut errors = FormErrors::new();
        if self.claims.is_empty() {
            errors.add("claims", "payments-refusal-none-chosen");
        }
        let claims = self.claims.iter().filter_map(|id| errors.choice("claims", id)).collect();
        errors.done(claims)
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancelForm {
    #[serde(default)]
    note: String,
}

impl CancelForm {
    pub fn parse(self) -> Result<String, FormErrors> {
        let mut errors = FormErrors::new();
        let note = errors.text("note", &self.note, 1_000);
        errors.done(note)
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerForm {
    #[serde(default)]
    result: String,
    #[serde(default)]
    bank_reference: String,
    #[serde(default)]
    note: String,
}

impl AnswerForm {
    pub fn parse(self) -> Result<Answer, FormErrors> {
        let mut errors = FormErrors::new();
        let result: Option<BankResult> = errors.choice("result", &self.result);
        let reference = match result {
            Some(BankResult::Confirmed) => errors.line("bank_reference", &self.bank_reference, 100),
            _ => errors.optional_line("bank_reference", &self.bank_reference, 100),
        };
        let note = match result {
            Some(BankResult::Failed | BankResult::Unknown) => errors.text("note", &self.note, 1_000),
            _ => errors.optional_text("note", &self.note, 1_000),
        };
        let answer = result.and_then(|result| Answer::new(result, &reference, &note));
        match answer {
            Some(answer) => errors.done(answer),
            None => Err(errors),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgreeForm {
    #[serde(default)]
    agree: String,
}

impl AgreeForm {
    /// Whether the second person agrees with what the first found out.
    pub fn parse(self) -> Result<bool, FormErrors> {
        let mut errors = FormErrors::new();
        let agree = match self.agree.as_str() {
            "yes" => true,
            "no" => false,
            _ => {
                errors.add("agree", "form-choose");
                false
            }
        };
        errors.done(agree)
    }
}
