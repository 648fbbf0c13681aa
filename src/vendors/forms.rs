//! What people send about vendors.

use super::rules::{self, Hosting, ModelOrigin};
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
    account_number: String,
    account_holder: String,
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
        errors.done(NewVendor {
            website,
            support_email,
            support_phone,
            references_text,
            bank_code: self.bank_code,
            account_number,
            account_holder,
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

/// An AI solution as its vendor describes it (domain: workload classification, procurement criteria).
#[derive(Debug, Clone)]
pub struct NewSolution {
    pub name: String,
    pub summary: String,
    /// A code of the use-case catalogue.
    pub use_case: String,
    pub model_origin: ModelOrigin,
    pub model_names: String,
    pub hosting: Hosting,
    pub trains_on_customer_data: bool,
    /// How data comes back and is deleted when a customer leaves.
    pub exit_terms: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SolutionForm {
    name: String,
    summary: String,
    #[serde(default)]
    use_case: String,
    #[serde(default)]
    model_origin: String,
    model_names: String,
    #[serde(default)]
    hosting: String,
    #[serde(default)]
    trains_on_customer_data: String,
    exit_terms: String,
}

impl SolutionForm {
    pub fn parse(self) -> Result<NewSolution, FormErrors> {
        let mut errors = FormErrors::new();
        let name = errors.line("name", &self.name, 100);
        let summary = errors.text("summary", &self.summary, 1_000);
        if self.use_case.is_empty() {
            errors.add("use_case", "form-choose");
        }
        let model_origin = errors.choice("model_origin", &self.model_origin);
        let model_names = errors.line("model_names", &self.model_names, 200);
        let hosting = errors.choice("hosting", &self.hosting);
        let trains = match self.trains_on_customer_data.as_str() {
            "yes" => Some(true),
            "no" => Some(false),
            _ => {
                errors.add("trains_on_customer_data", "form-choose");
                None
            }
        };
        let exit_terms = errors.text("exit_terms", &self.exit_terms, 2_000);
        let (Some(model_origin), Some(hosting), Some(trains_on_customer_data)) = (model_origin, hosting, trains) else {
            return Err(errors);
        };
        let use_case = self.use_case;
        errors.done(NewSolution {
            name,
            summary,
            use_case,
            model_origin,
            model_names,
            hosting,
            trains_on_customer_data,
            exit_terms,
        })
    }
}

/// A package and its first price.
#[derive(Debug, Clone)]
pub struct NewPackage {
    pub name: String,
    /// What is counted: a line, a seat, a month.
    pub unit: String,
    pub unit_price_won: Won,
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
    included: String,
    valid_from: String,
}

impl PackageForm {
    pub fn parse(self) -> Result<NewPackage, FormErrors> {
        let mut errors = FormErrors::new();
        let name = errors.line("name", &self.name, 100);
        let unit = errors.line("unit", &self.unit, 30);
        let unit_price_won = errors.won("unit_price", &self.unit_price, 1..=rules::UNIT_PRICE_MAX);
        let included = errors.text("included", &self.included, 2_000);
        let valid_from = errors.date("valid_from", &self.valid_from);
        errors.done(NewPackage { name, unit, unit_price_won, included, valid_from })
    }
}

/// A package's next price.
#[derive(Debug, Clone, Copy)]
pub struct NewPrice {
    pub unit_price_won: Won,
    /// Today or later, and later than the price it replaces.
    pub valid_from: NaiveDate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceForm {
    unit_price: String,
    valid_from: String,
}

impl PriceForm {
    pub fn parse(self) -> Result<NewPrice, FormErrors> {
        let mut errors = FormErrors::new();
        let unit_price_won = errors.won("unit_price", &self.unit_price, 1..=rules::UNIT_PRICE_MAX);
        let valid_from = errors.date("valid_from", &self.valid_from);
        errors.done(NewPrice { unit_price_won, valid_from })
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
    pub after: String,
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
