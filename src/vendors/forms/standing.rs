//! What is sent about a registered vendor: suspension, watch, account, complaints, the yearly review.

use crate::{
    core::{form::FormErrors, money::Won},
    vendors::rules::{self, standing::SuspensionKind},
    web::form::filled,
};
use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

/// A suspension as it is ordered.
#[derive(Debug, Clone)]
pub struct NewSuspension {
    pub kind: SuspensionKind,
    pub reason: String,
    pub from_on: NaiveDate,
    /// None: until it is lifted.
    pub to_on: Option<NaiveDate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuspensionForm {
    #[serde(default)]
    kind: String,
    reason: String,
    from_on: String,
    to_on: String,
}

impl SuspensionForm {
    pub fn parse(self) -> Result<NewSuspension, FormErrors> {
        let mut errors = FormErrors::new();
        let kind = errors.choice("kind", &self.kind);
        let reason = errors.text("reason", &self.reason, 2_000);
        let from_on = errors.date("from_on", &self.from_on);
        let to_on = (!self.to_on.trim().is_empty()).then(|| errors.date("to_on", &self.to_on));
        let Some(kind) = kind else { return Err(errors) };
        errors.done(NewSuspension { kind, reason, from_on, to_on })
    }
}

/// A note that a step wants.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteForm {
    pub note: String,
}

impl NoteForm {
    pub fn parse(self) -> Result<String, FormErrors> {
        let mut errors = FormErrors::new();
        let note = errors.text("note", &self.note, 2_000);
        errors.done(note)
    }
}

/// How closely the agency looks, and how many projects a year it allows.
#[derive(Debug, Clone)]
pub struct NewWatch {
    pub level: i64,
    pub limit: Option<i64>,
    pub note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WatchForm {
    #[serde(default)]
    watch_level: String,
    project_limit_year: String,
    note: String,
}

impl WatchForm {
    pub fn parse(self) -> Result<NewWatch, FormErrors> {
        let mut errors = FormErrors::new();
        let level = errors.integer("watch_level", &self.watch_level, 0..=3);
        let limit = (!self.project_limit_year.trim().is_empty())
            .then(|| errors.integer("project_limit_year", &self.project_limit_year, 0..=100_000));
        let note = errors.text("note", &self.note, 2_000);
        errors.done(NewWatch { level, limit, note })
    }
}

/// The account that is to take the place of the present one. No `Debug`: it holds a whole account number.
#[derive(Clone)]
pub struct NewAccount {
    pub bank_code: String,
    pub account_number: String,
    pub account_holder: String,
    /// A document of the vendor's own vault, in the place of an upload.
    pub vault: Option<Uuid>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountForm {
    #[serde(default)]
    bank_code: String,
    account_number: String,
    account_holder: String,
    #[serde(default)]
    vault: String,
}

impl AccountForm {
    pub fn parse(self) -> Result<NewAccount, FormErrors> {
        let mut errors = FormErrors::new();
        if self.bank_code.is_empty() {
            errors.add("bank_code", "form-choose");
        }
        if self.account_number.trim().is_empty() {
            errors.add("account_number", "form-required");
        }
        let account_number = super::account(&mut errors, &self.account_number);
        let account_holder = errors.line("account_holder", &self.account_holder, 100);
        let vault = filled(&self.vault).and_then(|id| errors.choice("vault", id));
        errors.done(NewAccount { bank_code: self.bank_code, account_number, account_holder, vault })
    }
}

/// A complaint against a vendor.
#[derive(Debug, Clone)]
pub struct NewComplaint {
    pub subject: String,
    pub content: String,
    /// The vendor is not told whose it is.
    pub is_confidential: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComplaintForm {
    subject: String,
    content: String,
    #[serde(default)]
    is_confidential: String,
}

impl ComplaintForm {
    pub fn parse(self) -> Result<NewComplaint, FormErrors> {
        let mut errors = FormErrors::new();
        let subject = errors.line("subject", &self.subject, 150);
        let content = errors.text("content", &self.content, 5_000);
        errors.done(NewComplaint { subject, content, is_confidential: self.is_confidential == "yes" })
    }
}

/// A campaign of the yearly review.
#[derive(Debug, Clone)]
pub struct NewCampaign {
    pub name: String,
    pub due_on: NaiveDate,
    /// How many of a hundred vendors are drawn to be inspected.
    pub sample_percent: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignForm {
    name: String,
    due_on: String,
    sample_percent: String,
}

impl CampaignForm {
    pub fn parse(self) -> Result<NewCampaign, FormErrors> {
        let mut errors = FormErrors::new();
        let name = errors.line("name", &self.name, 100);
        let due_on = errors.date("due_on", &self.due_on);
        let sample_percent = errors.integer("sample_percent", &self.sample_percent, 0..=100);
        errors.done(NewCampaign { name, due_on, sample_percent })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QualifyingForm {
    qualifying_price: String,
}

impl QualifyingForm {
    pub fn parse(self) -> Result<Won, FormErrors> {
        let mut errors = FormErrors::new();
        let price = errors.won("qualifying_price", &self.qualifying_price, 1..=rules::UNIT_PRICE_MAX);
        errors.done(price)
    }
}
