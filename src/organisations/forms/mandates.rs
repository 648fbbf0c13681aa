//! What a firm sends about an adviser.

use super::phone;
use crate::{
    core::{form::FormErrors, money::Won, numbers::BusinessNumber},
    organisations::rules::mandates::{self, FeeKind, Relation, TermTrouble},
};
use chrono::NaiveDate;
use serde::Deserialize;

const FEE_MAX: i64 = 10_000_000_000;

#[derive(Debug, Clone)]
pub struct NewMandate {
    pub email: String,
    pub name: String,
    pub company: String,
    pub business_number: Option<String>,
    pub phone: String,
    pub relation: Relation,
    pub fee_kind: FeeKind,
    pub fee_won: Option<Won>,
    pub fee_basis_points: Option<i64>,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MandateForm {
    pub email: String,
    pub name: String,
    pub company: String,
    pub adviser_number: String,
    pub phone: String,
    #[serde(default)]
    pub relation: String,
    #[serde(default)]
    pub fee_kind: String,
    pub fee_won: String,
    pub fee_percent: String,
    pub starts_on: String,
    pub ends_on: String,
    #[serde(default)]
    pub limits: String,
}

impl MandateForm {
    /// `today` is the legal date.
    pub fn parse(self, today: NaiveDate) -> Result<NewMandate, FormErrors> {
        let mut errors = FormErrors::new();
        let email = errors.email("email", &self.email);
        let name = errors.line("name", &self.name, 60);
        let company = errors.optional_line("company", &self.company, 100);
        let business_number = match self.adviser_number.trim() {
            "" => None,
            text => {
                let number = text.parse::<BusinessNumber>();
                if number.is_err() {
                    errors.add("adviser_number", "organisations-number-not-ten-digits");
                }
                number.ok().map(|number| number.as_str().to_owned())
            }
        };
        let phone = phone(&mut errors, &self.phone);
        let relation = errors.choice::<Relation>("relation", &self.relation);
        let fee_kind = errors.choice::<FeeKind>("fee_kind", &self.fee_kind);
        let fee_won = (fee_kind == Some(FeeKind::Amount)).then(|| errors.won("fee_won", &self.fee_won, 1..=FEE_MAX));
        let fee_basis_points = (fee_kind == Some(FeeKind::Percent)).then(|| percent(&mut errors, &self.fee_percent));
        let starts_on = errors.date("starts_on", &self.starts_on);
        let ends_on = errors.date("ends_on", &self.ends_on);
        if !errors.0.iter().any(|trouble| ["starts_on", "ends_on"].contains(&trouble.field)) {
            match mandates::check_term(starts_on, ends_on, today) {
                Ok(()) => {}
                Err(TermTrouble::Backwards) => errors.add("ends_on", "organisations-mandate-backwards"),
                Err(TermTrouble::Over) => errors.add("ends_on", "organisations-mandate-ends-past"),
                Err(TermTrouble::TooLong) => errors.add("ends_on", "organisations-mandate-too-long"),
            }
        }
        errors.must_tick("limits", &self.limits);
        let (Some(relation), Some(fee_kind)) = (relation, fee_kind) else { return Err(errors) };
        errors.done(NewMandate {
            email,
            name,
            company,
            business_number,
            phone,
            relation,
            fee_kind,
            fee_won,
            fee_basis_points,
            starts_on,
            ends_on,
        })
    }
}

/// A share up to the whole, with at most two places: in basis points.
fn percent(errors: &mut FormErrors, text: &str) -> i64 {
    let milli = errors.milli("fee_percent", text.trim().trim_end_matches('%'));
    let fits = (1..=100_000).contains(&milli) && milli % 10 == 0;
    if !fits && !errors.0.iter().any(|trouble| trouble.field == "fee_percent") {
        errors.add("fee_percent", "organisations-mandate-percent");
    }
    milli / 10
}
