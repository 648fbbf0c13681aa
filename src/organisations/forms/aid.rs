//! What a firm declares, and what staff send with a list of another agency or of the register.

use crate::{
    core::{form::FormErrors, money::Won},
    organisations::rules::{
        aid::{AWARD_MAX, award_key},
        duplicates::AffiliationState,
    },
};
use chrono::NaiveDate;
use serde::Deserialize;

#[derive(Debug, Clone)]
pub struct NewAward {
    pub agency: String,
    pub programme: String,
    pub reference: String,
    pub amount: Won,
    pub awarded_on: NaiveDate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwardForm {
    pub agency: String,
    pub programme: String,
    pub reference: String,
    pub amount: String,
    pub awarded_on: String,
}

impl AwardForm {
    /// `today` is the legal date.
    pub fn parse(self, today: NaiveDate) -> Result<NewAward, FormErrors> {
        let mut errors = FormErrors::new();
        let agency = agency(&mut errors, &self.agency);
        let programme = errors.line("programme", &self.programme, 200);
        let reference = errors.line("reference", &self.reference, 100);
        if !reference.is_empty() && award_key(&reference).is_empty() {
            errors.add("reference", "form-required");
        }
        let amount = errors.won("amount", &self.amount, 1..=AWARD_MAX);
        let awarded_on = errors.date("awarded_on", &self.awarded_on);
        if awarded_on > today {
            errors.add("awarded_on", "organisations-vault-future");
        }
        errors.done(NewAward { agency, programme, reference, amount, awarded_on })
    }
}

fn agency(errors: &mut FormErrors, text: &str) -> String {
    let agency = errors.line("agency", text, 100);
    if !agency.is_empty() && award_key(&agency).is_empty() {
        errors.add("agency", "form-required");
    }
    agency
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgencyForm {
    pub agency: String,
}

impl AgencyForm {
    pub fn parse(self) -> Result<String, FormErrors> {
        let mut errors = FormErrors::new();
        let agency = agency(&mut errors, &self.agency);
        errors.done(agency)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterFileForm {
    pub as_of: String,
}

impl RegisterFileForm {
    pub fn parse(self) -> Result<NaiveDate, FormErrors> {
        let mut errors = FormErrors::new();
        let as_of = errors.date("as_of", &self.as_of);
        errors.done(as_of)
    }
}

/// What an officer says of a tie.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// As it stood on the page.
    pub from: AffiliationState,
    pub to: AffiliationState,
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerdictForm {
    pub from: String,
    #[serde(default)]
    pub verdict: String,
    pub reason: String,
}

impl VerdictForm {
    pub fn parse(self) -> Result<Verdict, FormErrors> {
        let mut errors = FormErrors::new();
        let from = errors.choice::<AffiliationState>("", &self.from);
        let to = errors.choice::<AffiliationState>("verdict", &self.verdict);
        let reason = errors.text("reason", &self.reason, 1000);
        match (from, to) {
            (Some(from), Some(to)) => errors.done(Verdict { from, to, reason }),
            _ => Err(errors),
        }
    }
}
