//! What people send about vendors. Here: the entry, packages and prices, lists.

mod judging;
mod solution;
mod standing;

pub use judging::*;
pub use solution::SolutionForm;
pub use standing::*;

use super::rules;
use crate::core::{
    form::FormErrors,
    money::Won,
    names,
    numbers::{AccountTrouble, fold_account},
};
use chrono::NaiveDate;
use serde::Deserialize;

/// What a vendor says of itself. No `Debug`: it holds a whole account number.
#[derive(Clone)]
pub struct NewVendor {
    pub website: String,
    pub support_email: String,
    pub support_phone: String,
    /// Customers that use its solutions, in its own words.
    pub references_text: String,
    /// Three digits (domain: bank codes).
    pub bank_code: String,
    /// Digits only. Empty in a change that keeps the account on file.
    pub account_number: String,
    pub account_holder: String,
    /// Why a large firm should be an exception; empty for others.
    pub exception_reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VendorForm {
    website: String,
    support_email: String,
    support_phone: String,
    references_text: String,
    #[serde(default)]
    bank_code: String,
    #[serde(default)]
    account_number: String,
    #[serde(default)]
    account_holder: String,
    #[serde(default)]
    exception_reason: String,
}

impl VendorForm {
    pub fn parse(self) -> Result<NewVendor, FormErrors> {
        let mut errors = FormErrors::new();
        if self.account_number.trim().is_empty() {
            errors.add("account_number", "form-required");
        }
        self.read(errors)
    }

    /// As `parse`; an empty account number keeps the one on file.
    pub fn parse_change(self) -> Result<NewVendor, FormErrors> {
        self.read(FormErrors::new())
    }

    /// As `parse_change` for a vendor that was registered once: its account is not changed here.
    pub fn parse_without_account(mut self, bank_code: &str, holder: &str) -> Result<NewVendor, FormErrors> {
        if !self.account_number.is_empty() || !self.bank_code.is_empty() || !self.account_holder.is_empty() {
            let mut errors = FormErrors::new();
            errors.add("account_number", "vendors-refusal-account-guarded");
            return Err(errors);
        }
        self.bank_code = bank_code.to_owned();
        self.account_holder = holder.to_owned();
        self.read(FormErrors::new())
    }

    fn read(self, mut errors: FormErrors) -> Result<NewVendor, FormErrors> {
        let website = errors.line("website", &self.website, 200);
        let website = rules::website(&website).unwrap_or_else(|| {
            if !website.is_empty() {
                errors.add("website", "vendors-not-a-website");
            }
            String::new()
        });
        let support_email = errors.email("support_email", &self.support_email);
        let support_phone = errors.line("support_phone", &self.support_phone, 30);
        let support_phone = rules::phone(&support_phone).unwrap_or_else(|| {
            if !support_phone.is_empty() {
                errors.add("support_phone", "vendors-not-a-phone");
            }
            String::new()
        });
        let references_text = errors.text("references_text", &self.references_text, 3_000);
        if self.bank_code.is_empty() {
            errors.add("bank_code", "form-choose");
        }
        let account_number = account(&mut errors, &self.account_number);
        let account_holder = errors.line("account_holder", &self.account_holder, 100);
        let exception_reason = errors.optional_text("exception_reason", &self.exception_reason, 2_000);
        errors.done(NewVendor {
            website,
            support_email,
            support_phone,
            references_text,
            bank_code: self.bank_code,
            account_number,
            account_holder,
            exception_reason,
        })
    }
}

fn account(errors: &mut FormErrors, text: &str) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    fold_account(text).unwrap_or_else(|trouble| {
        errors.add(
            "account_number",
            match trouble {
                AccountTrouble::NotDigits => "vendors-account-not-digits",
                AccountTrouble::Length(_) => "vendors-account-length",
            },
        );
        String::new()
    })
}

/// A package and its first price.
#[derive(Debug, Clone)]
pub struct NewPackage {
    pub name: String,
    /// What is counted: a line, a seat, a month.
    pub unit: String,
    pub unit_price_won: Won,
    /// What others pay; at least the price of the package.
    pub public_price_won: Won,
    pub included: String,
    /// Today or later.
    pub valid_from: NaiveDate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageForm {
    name: String,
    unit: String,
    unit_price: String,
    public_price: String,
    included: String,
    valid_from: String,
}

impl PackageForm {
    pub fn parse(self) -> Result<NewPackage, FormErrors> {
        let mut errors = FormErrors::new();
        let name = errors.line("name", &self.name, 100);
        let unit = errors.line("unit", &self.unit, 30);
        let unit_price_won = errors.won("unit_price", &self.unit_price, 1..=rules::UNIT_PRICE_MAX);
        let public_price_won = errors.won("public_price", &self.public_price, 1..=rules::UNIT_PRICE_MAX);
        let included = errors.text("included", &self.included, 2_000);
        let valid_from = errors.date("valid_from", &self.valid_from);
        errors.done(NewPackage { name, unit, unit_price_won, public_price_won, included, valid_from })
    }
}

/// A package's next price.
#[derive(Debug, Clone, Copy)]
pub struct NewPrice {
    pub unit_price_won: Won,
    pub public_price_won: Won,
    /// Today or later, and later than the price it replaces.
    pub valid_from: NaiveDate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceForm {
    unit_price: String,
    public_price: String,
    valid_from: String,
}

impl PriceForm {
    pub fn parse(self) -> Result<NewPrice, FormErrors> {
        let mut errors = FormErrors::new();
        let unit_price_won = errors.won("unit_price", &self.unit_price, 1..=rules::UNIT_PRICE_MAX);
        let public_price_won = errors.won("public_price", &self.public_price, 1..=rules::UNIT_PRICE_MAX);
        let valid_from = errors.date("valid_from", &self.valid_from);
        errors.done(NewPrice { unit_price_won, public_price_won, valid_from })
    }
}

/// A form of one button that says only that it was pressed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubmitForm {
    #[serde(default)]
    pub step: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepForm {
    pub step: String,
    #[serde(default)]
    pub note: String,
}

impl StepForm {
    /// The note; it must be there when the step is one of `wanted`.
    pub fn checked_note(&self, wanted: &[&str]) -> Result<String, FormErrors> {
        let mut errors = FormErrors::new();
        let note = match wanted.contains(&self.step.as_str()) {
            true => errors.text("note", &self.note, 2_000),
            false => errors.optional_text("note", &self.note, 2_000),
        };
        errors.done(note)
    }
}

/// The version of the record that a form shows, in the address it posts to.
#[derive(Deserialize)]
pub struct Version {
    pub version: i64,
}

/// What narrows the list of vendors.
#[derive(Deserialize)]
pub struct VendorsQuery {
    #[serde(default)]
    pub q: String,
    #[serde(default)]
    pub state: String,
    #[serde(default)]
    pub work: String,
    #[serde(default)]
    pub after: String,
}

/// What narrows a list by its state.
#[derive(Deserialize)]
pub struct StateQuery {
    #[serde(default)]
    pub state: String,
    #[serde(default)]
    pub after: String,
}

/// The vendor that a complaint is about.
#[derive(Deserialize)]
pub struct AboutQuery {
    #[serde(default)]
    pub vendor: String,
}

/// What narrows the public register.
#[derive(Clone, Deserialize)]
pub struct RegisterQuery {
    #[serde(default)]
    pub q: String,
    #[serde(default)]
    pub use_case: String,
    #[serde(default)]
    pub hosting: String,
    #[serde(default)]
    pub model_origin: String,
    /// Whole won: the lowest price of a solution lies between them.
    #[serde(default)]
    pub price_min: String,
    #[serde(default)]
    pub price_max: String,
    #[serde(default)]
    pub after: String,
}

/// The words to search for; more than these narrow nothing that anybody means.
pub fn terms(q: &str) -> Vec<String> {
    let q: String = q.chars().take(100).collect();
    let mut terms = names::search_terms(&q);
    terms.truncate(12);
    terms
}
