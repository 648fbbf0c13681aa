//! What people send about agreements.

use super::rules::{self, ChangeKind, Clause, MILESTONE_FIELDS, NewMilestone};
use crate::{
    applications::ApplicationId,
    core::{form::FormErrors, money::Won, numbers::BusinessNumber, refusal::Refusal},
    vendors::PackageId,
    web::form::filled,
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
    pub payer_number: String,
    #[serde(default)]
    pub mismatch_reason: String,
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
    /// The payer's business number, where the bank gives it.
    pub payer_number: Option<String>,
    /// Why a deposit of somebody else counts.
    pub mismatch_reason: Option<String>,
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
        let payer_number = filled(&self.payer_number).map(|typed| business_number(&mut errors, "payer_number", typed));
        let reason = errors.optional_text("mismatch_reason", &self.mismatch_reason, 500);
        let mismatch_reason = filled(&reason).map(str::to_owned);
        errors.done(NewDeposit { amount, payer_name, payer_number, mismatch_reason, bank_reference, received_on })
    }
}

fn business_number(errors: &mut FormErrors, field: &'static str, typed: &str) -> String {
    match typed.parse::<BusinessNumber>() {
        Ok(number) => number.as_str().to_owned(),
        Err(_) => {
            errors.add(field, "agreements-not-a-number");
            String::new()
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundForm {
    pub refund_amount: String,
    pub refund_reference: String,
    pub paid_on: String,
    pub refund_reason: String,
}

/// Some of the own share as it was paid back.
#[derive(Debug, Clone)]
pub struct NewRefund {
    pub amount: Won,
    pub bank_reference: String,
    pub paid_on: NaiveDate,
    pub reason: String,
}

impl RefundForm {
    pub fn parse(self) -> Result<NewRefund, FormErrors> {
        let mut errors = FormErrors::new();
        let amount = errors.won("refund_amount", &self.refund_amount, 1..=WON_MAX);
        let bank_reference = rules::bank_reference(&errors.line("refund_reference", &self.refund_reference, 60));
        let paid_on = errors.date("paid_on", &self.paid_on);
        let reason = errors.text("refund_reason", &self.refund_reason, 500);
        errors.done(NewRefund { amount, bank_reference, paid_on, reason })
    }
}

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

/// A reason to block a voucher, or to lift the block.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockForm {
    pub block_reason: String,
}

impl BlockForm {
    pub fn parse(self) -> Result<String, FormErrors> {
        let mut errors = FormErrors::new();
        let reason = errors.text("block_reason", &self.block_reason, 500);
        errors.done(reason)
    }
}

/// What was said when an officer called a firm.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactForm {
    pub contact_note: String,
}

impl ContactForm {
    pub fn parse(self) -> Result<String, FormErrors> {
        let mut errors = FormErrors::new();
        let note = errors.text("contact_note", &self.contact_note, 500);
        errors.done(note)
    }
}

/// Another package for a selected application.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SwitchForm {
    #[serde(default)]
    pub package: String,
    pub reason: String,
}

impl SwitchForm {
    pub fn parse(self) -> Result<(PackageId, String), FormErrors> {
        let mut errors = FormErrors::new();
        let package = errors.choice("package", &self.package);
        let reason = errors.text("reason", &self.reason, 1_000);
        match package {
            Some(package) => errors.done((package, reason)),
            None => Err(errors),
        }
    }
}

/// What somebody asks for.
#[derive(Debug, Clone)]
pub enum NewChange {
    Vendor(PackageId),
    Extension(NaiveDate),
    /// Unit price and support of each line.
    Lines(Vec<(Won, Won)>),
    /// Deliverables, supply value and support of each milestone, and the lines.
    Scope(Vec<(String, Won, Won)>, Vec<(Won, Won)>),
    /// The business number of the firm that took this one over.
    Merger(String),
    Closure,
}

impl NewChange {
    pub fn kind(&self) -> ChangeKind {
        match self {
            NewChange::Vendor(_) => ChangeKind::Vendor,
            NewChange::Extension(_) => ChangeKind::Extension,
            NewChange::Lines(_) => ChangeKind::Lines,
            NewChange::Scope(..) => ChangeKind::Scope,
            NewChange::Merger(_) => ChangeKind::Merger,
            NewChange::Closure => ChangeKind::Closure,
        }
    }
}

/// The fields of a change request: `reason`, and by its kind `package`, `new_end`, `successor`, or for each line
/// `price_1`, `line_support_1` and for each milestone `deliverables_1`, `supply_1`, `support_1` and so on.
pub struct ChangeForm(pub BTreeMap<String, String>);

/// The fields of one line of cost in a change request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineFields {
    pub price: &'static str,
    pub support: &'static str,
}

macro_rules! line_fields {
    ($($n:literal),*) => {
        [$(LineFields { price: concat!("price_", $n), support: concat!("line_support_", $n) }),*]
    };
}

/// More lines than this a change request does not shift.
pub const LINE_FIELDS: [LineFields; 20] =
    line_fields!(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20);

impl ChangeForm {
    fn text(&self, field: &str) -> &str {
        self.0.get(field).map(String::as_str).unwrap_or_default()
    }

    /// What is asked for and why; the page draws as many lines and milestones as the agreement has.
    pub fn parse(&self, kind: ChangeKind) -> Result<(NewChange, String), FormErrors> {
        let mut errors = FormErrors::new();
        let reason = errors.text("reason", self.text("reason"), 1_000);
        let new = match kind {
            ChangeKind::Vendor => errors.choice("package", self.text("package")).map(NewChange::Vendor),
            ChangeKind::Extension => Some(NewChange::Extension(errors.date("new_end", self.text("new_end")))),
            ChangeKind::Merger => {
                let number = business_number(&mut errors, "successor", self.text("successor"));
                Some(NewChange::Merger(number))
            }
            ChangeKind::Closure => Some(NewChange::Closure),
            ChangeKind::Lines => Some(NewChange::Lines(self.lines(&mut errors))),
            ChangeKind::Scope => Some(NewChange::Scope(self.milestones(&mut errors), self.lines(&mut errors))),
        };
        match new {
            Some(new) => errors.done((new, reason)),
            None => Err(errors),
        }
    }

    fn lines(&self, errors: &mut FormErrors) -> Vec<(Won, Won)> {
        let there = LINE_FIELDS.into_iter().filter(|fields| self.0.contains_key(fields.price));
        there
            .map(|fields| {
                let price = errors.won(fields.price, self.text(fields.price), 1..=WON_MAX);
                (price, errors.won(fields.support, self.text(fields.support), 0..=WON_MAX))
            })
            .collect()
    }

    fn milestones(&self, errors: &mut FormErrors) -> Vec<(String, Won, Won)> {
        let there = MILESTONE_FIELDS.into_iter().filter(|fields| self.0.contains_key(fields.supply));
        there
            .map(|fields| {
                let deliverables = errors.text(fields.deliverables, self.text(fields.deliverables), 1_000);
                let supply = errors.won(fields.supply, self.text(fields.supply), 1..=WON_MAX);
                (deliverables, supply, errors.won(fields.support, self.text(fields.support), 0..=WON_MAX))
            })
            .collect()
    }
}

/// One edit: a clause put in the place of that with its code, added at the end, or taken out.
#[derive(Debug, Clone)]
pub enum ClauseEdit {
    Put(Clause),
    TakeOut(String),
}

/// One clause as it is edited.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClauseForm {
    pub version: String,
    pub code: String,
    #[serde(default)]
    pub applies: String,
    pub heading_ko: String,
    pub heading_en: String,
    pub text_ko: String,
    pub text_en: String,
    #[serde(default)]
    pub take_out: String,
}

impl ClauseForm {
    /// The edit and the version of the change it was made from.
    pub fn parse(self) -> Result<(i64, ClauseEdit), FormErrors> {
        let mut errors = FormErrors::new();
        let version = version_of(&mut errors, &self.version);
        let code = errors.line("code", &self.code, 40);
        if !code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
            errors.add("code", "agreements-clause-code-form");
        }
        if self.take_out == "yes" {
            return errors.done((version, ClauseEdit::TakeOut(code)));
        }
        let applies = errors.choice("applies", &self.applies);
        let clause = Clause {
            code,
            applies: applies.unwrap_or(rules::When::Always),
            heading_ko: errors.line("heading_ko", &self.heading_ko, 100),
            heading_en: errors.line("heading_en", &self.heading_en, 100),
            text_ko: filled_text(&mut errors, "text_ko", &self.text_ko),
            text_en: filled_text(&mut errors, "text_en", &self.text_en),
        };
        errors.done((version, ClauseEdit::Put(clause)))
    }
}

fn version_of(errors: &mut FormErrors, text: &str) -> i64 {
    text.parse().unwrap_or_else(|_| {
        errors.refuse("", Refusal::unacceptable("refusal-form-malformed"));
        0
    })
}

/// A text whose places an agreement can fill.
fn filled_text(errors: &mut FormErrors, field: &'static str, text: &str) -> String {
    let text = errors.text(field, text, 2_000).replace(['\n', '\r'], " ");
    if let Some(unknown) = rules::unknown_placeholder(&text) {
        errors.add_with(field, "agreements-clause-place", vec![("unknown", unknown)]);
    }
    text
}

/// A decision about the change of the clauses as it was looked at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClauseStepForm {
    pub version: String,
    pub step: String,
    #[serde(default)]
    pub clause_note: String,
}

impl ClauseStepForm {
    /// Version looked at, step and note; a reason to propose or refuse is required.
    pub fn parse(self) -> Result<(i64, String, String), FormErrors> {
        let mut errors = FormErrors::new();
        let version = version_of(&mut errors, &self.version);
        let note = match self.step.as_str() {
            "propose" | "refuse" => errors.text("clause_note", &self.clause_note, 1_000),
            _ => String::new(),
        };
        errors.done((version, self.step, note))
    }
}

/// What somebody wants checked: the hash they computed, and the number where they have it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckForm {
    #[serde(default)]
    pub number: String,
    #[serde(default)]
    pub sha256: String,
}

impl CheckForm {
    /// The number in capitals, where one is given, and the hash; that of an upload wins.
    pub fn parse(self, uploaded: Option<Vec<u8>>) -> Result<(Option<String>, Vec<u8>), FormErrors> {
        let mut errors = FormErrors::new();
        let number = rules::bank_reference(&errors.optional_line("number", &self.number, 40));
        let digits: String = self.sha256.chars().filter(|c| !c.is_whitespace() && *c != ':').take(200).collect();
        let sha256 = uploaded.or_else(|| hex::decode(digits).ok().filter(|bytes| bytes.len() == 32));
        if sha256.is_none() {
            errors.add("sha256", "agreements-refusal-hash");
        }
        errors.done((filled(&number).map(str::to_owned), sha256.unwrap_or_default()))
    }
}
