//! What people send about agreements.

use super::rules::{self, MILESTONE_FIELDS, NewMilestone};
use crate::{
    applications::ApplicationId,
    core::{form::FormErrors, money::Won, refusal::Refusal},
};
use chrono::NaiveDate;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The largest amount a form takes, in won.
const WON_MAX: i64 = 1_000_000_000_000;

/// The terms of an offer: `application`, `starts_on`, `ends_on`, and for each milestone `name_1`, `deliverables_1`,
/// `due_on_1`, `supply_1`, `support_1` and so on.
pub struct OfferForm(pub BTreeMap<String, String>);

#[derive(Debug, Clone)]
pub struct NewOffer {
    pub application: ApplicationId,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    pub milestones: Vec<NewMilestone>,
}

impl OfferForm {
    fn text(&self, field: &str) -> &str {
        self.0.get(field).map(String::as_str).unwrap_or_default()
    }

    /// The application the form is about; anything else is no page of ours.
    pub fn application(&self) -> Result<ApplicationId, Refusal> {
        self.text("application").parse().map_err(|_| Refusal::not_found())
    }

    /// Milestones left wholly empty are left out.
    pub fn parse(&self, application: ApplicationId) -> Result<NewOffer, FormErrors> {
        let mut errors = FormErrors::new();
        let all = MILESTONE_FIELDS
            .map(|fields| [fields.name, fields.deliverables, fields.due_on, fields.supply, fields.support]);
        let known = |name: &str| {
            matches!(name, "application" | "starts_on" | "ends_on") || all.iter().flatten().any(|field| *field == name)
        };
        if self.0.keys().any(|name| !known(name)) {
            errors.refuse("", Refusal::unacceptable("refusal-form-malformed"));
        }
        let starts_on = errors.date("starts_on", self.text("starts_on"));
        let ends_on = errors.date("ends_on", self.text("ends_on"));
        let mut milestones = Vec::new();
        let last = all.iter().rposition(|fields| fields.iter().any(|field| !self.text(field).trim().is_empty()));
        for fields in MILESTONE_FIELDS.into_iter().take(last.map_or(1, |last| last + 1)) {
            milestones.push(NewMilestone {
                name: errors.line(fields.name, self.text(fields.name), 100),
                deliverables: errors.text(fields.deliverables, self.text(fields.deliverables), 1_000),
                due_on: errors.date(fields.due_on, self.text(fields.due_on)),
                supply: errors.won(fields.supply, self.text(fields.supply), 1..=WON_MAX),
                support: errors.won(fields.support, self.text(fields.support), 0..=WON_MAX),
            });
        }
        errors.done(NewOffer { application, starts_on, ends_on, milestones })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssentForm {
    #[serde(default)]
    pub agreed: String,
}

impl AssentForm {
    pub fn parse(self) -> Result<(), FormErrors> {
        let mut errors = FormErrors::new();
        errors.must_tick("agreed", &self.agreed);
        errors.done(())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepositForm {
    #[serde(default)]
    pub amount: String,
    #[serde(default)]
    pub payer_name: String,
    #[serde(default)]
    pub bank_reference: String,
    #[serde(default)]
    pub received_on: String,
}

/// A deposit of the own share as the bank reports it.
#[derive(Debug, Clone)]
pub struct NewDeposit {
    pub amount: Won,
    pub payer_name: String,
    /// The bank's own reference.
    pub bank_reference: String,
    pub received_on: NaiveDate,
}

impl DepositForm {
    pub fn parse(self) -> Result<NewDeposit, FormErrors> {
        let mut errors = FormErrors::new();
        let amount = errors.won("amount", &self.amount, 1..=WON_MAX);
        let payer_name = errors.line("payer_name", &self.payer_name, 100);
        let bank_reference = rules::bank_reference(&errors.line("bank_reference", &self.bank_reference, 60));
        let received_on = errors.date("received_on", &self.received_on);
        errors.done(NewDeposit { amount, payer_name, bank_reference, received_on })
    }
}

/// A form of one button.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoucherForm {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TerminateForm {
    #[serde(default)]
    pub note: String,
}

impl TerminateForm {
    pub fn parse(self) -> Result<String, FormErrors> {
        let mut errors = FormErrors::new();
        let note = errors.text("note", &self.note, 1_000);
        errors.done(note)
    }
}
