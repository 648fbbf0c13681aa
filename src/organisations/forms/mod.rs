//! What people send about organisations.

pub mod aid;
pub mod mandates;
pub mod people;
pub mod vault;

use super::rules::{self, OrganisationKind, RegisterStatus, VatType};
use crate::core::{
    form::FormErrors,
    money::Won,
    numbers::{BusinessNumber, BusinessNumberTrouble, CorporateNumber},
};
use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

/// No figure of a firm is larger, in won.
const WON_MAX: i64 = 1_000_000_000_000_000;
const EMPLOYEES_MAX: i64 = 1_000_000;
const FISCAL_YEAR_MIN: i64 = 1990;

/// An organisation as it is registered.
#[derive(Debug, Clone)]
pub struct NewOrganisation {
    pub business_number: BusinessNumber,
    pub corporate_number: Option<CorporateNumber>,
    pub legal_name: String,
    pub kind: OrganisationKind,
    pub vat_type: VatType,
    pub representative_name: String,
    /// KSIC with its section letter: a division (`C30`) or a class within it (`C30393`).
    pub industry_code: String,
    pub region_code: String,
    pub address: String,
    pub phone: String,
    pub employees_regular: i64,
    pub founded_on: NaiveDate,
    /// In a disclosure-designated group.
    pub large_group: bool,
    /// At least one fiscal year.
    pub figures: Vec<YearFigures>,
}

/// The figures of one fiscal year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct YearFigures {
    pub fiscal_year: i64,
    pub sales: Won,
    pub total_assets: Won,
    /// Negative when the losses are larger than the capital.
    pub equity: Won,
    pub capital: Won,
}

/// What an organisation may change about itself.
#[derive(Debug, Clone)]
pub struct Contact {
    pub representative_name: String,
    pub region_code: String,
    pub address: String,
    pub phone: String,
    pub employees_regular: i64,
    pub large_group: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterForm {
    pub business_number: String,
    pub corporate_number: String,
    pub legal_name: String,
    #[serde(default)]
    pub kind: String,
    #[serde(default)]
    pub vat_type: String,
    pub representative_name: String,
    pub industry: String,
    pub industry_class: String,
    pub region_code: String,
    pub address: String,
    pub phone: String,
    pub employees_regular: String,
    pub founded_on: String,
    #[serde(default)]
    pub large_group: String,
    pub year_1: String,
    pub sales_1: String,
    pub total_assets_1: String,
    pub equity_1: String,
    pub capital_1: String,
    pub year_2: String,
    pub sales_2: String,
    pub total_assets_2: String,
    pub equity_2: String,
    pub capital_2: String,
    pub year_3: String,
    pub sales_3: String,
    pub total_assets_3: String,
    pub equity_3: String,
    pub capital_3: String,
}

impl RegisterForm {
    /// `today` is the legal date.
    pub fn parse(self, today: NaiveDate) -> Result<NewOrganisation, FormErrors> {
        let mut errors = FormErrors::new();
        let business_number = business_number(&mut errors, &self.business_number);
        let corporate_number = corporate_number(&mut errors, &self.corporate_number);
        let legal_name = errors.line("legal_name", &self.legal_name, 100);
        let kind = errors.choice("kind", &self.kind);
        let vat_type = errors.choice("vat_type", &self.vat_type);
        let representative_name = errors.line("representative_name", &self.representative_name, 60);
        let division = errors.choice::<String>("industry", &self.industry).unwrap_or_default();
        let industry_code = rules::industry_code(&division, &self.industry_class).unwrap_or_else(|| {
            errors.add("industry_class", "organisations-class-malformed");
            String::new()
        });
        let region_code = errors.choice("region_code", &self.region_code).unwrap_or_default();
        let address = errors.line("address", &self.address, 200);
        let phone = phone(&mut errors, &self.phone);
        let employees_regular = errors.integer("employees_regular", &self.employees_regular, 0..=EMPLOYEES_MAX);
        let founded_on = errors.date("founded_on", &self.founded_on);
        if founded_on > today {
            errors.add("founded_on", "organisations-founded-in-future");
        }
        let large_group = errors.choice::<String>("large_group", &self.large_group).is_some_and(|yes| yes == "yes");
        let years = [
            (YEAR_1, [&self.year_1, &self.sales_1, &self.total_assets_1, &self.equity_1, &self.capital_1]),
            (YEAR_2, [&self.year_2, &self.sales_2, &self.total_assets_2, &self.equity_2, &self.capital_2]),
            (YEAR_3, [&self.year_3, &self.sales_3, &self.total_assets_3, &self.equity_3, &self.capital_3]),
        ];
        let mut figures: Vec<YearFigures> = Vec::new();
        for (place, (names, texts)) in years.into_iter().enumerate() {
            // The year stands there from the start; a block without any amount was left out.
            if place > 0 && texts[1..].iter().all(|text| text.trim().is_empty()) {
                continue;
            }
            let year = read_year(&mut errors, names, texts, today);
            if figures.iter().any(|known| known.fiscal_year == year.fiscal_year) {
                errors.add(names[0], "organisations-year-twice");
            }
            figures.push(year);
        }
        let (Some(business_number), Some(kind), Some(vat_type)) = (business_number, kind, vat_type) else {
            return Err(errors);
        };
        errors.done(NewOrganisation {
            business_number,
            corporate_number,
            legal_name,
            kind,
            vat_type,
            representative_name,
            industry_code,
            region_code,
            address,
            phone,
            employees_regular,
            founded_on,
            large_group,
            figures,
        })
    }
}

const YEAR_1: [&str; 5] = ["year_1", "sales_1", "total_assets_1", "equity_1", "capital_1"];
const YEAR_2: [&str; 5] = ["year_2", "sales_2", "total_assets_2", "equity_2", "capital_2"];
const YEAR_3: [&str; 5] = ["year_3", "sales_3", "total_assets_3", "equity_3", "capital_3"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactForm {
    pub version: String,
    pub representative_name: String,
    pub region_code: String,
    pub address: String,
    pub phone: String,
    pub employees_regular: String,
    #[serde(default)]
    pub large_group: String,
}

impl ContactForm {
    /// With the version of the organisation that was looked at.
    pub fn parse(self) -> Result<(i64, Contact), FormErrors> {
        let mut errors = FormErrors::new();
        let version = errors.integer("", &self.version, 0..=i64::MAX);
        let contact = Contact {
            representative_name: errors.line("representative_name", &self.representative_name, 60),
            region_code: errors.choice("region_code", &self.region_code).unwrap_or_default(),
            address: errors.line("address", &self.address, 200),
            phone: phone(&mut errors, &self.phone),
            employees_regular: errors.integer("employees_regular", &self.employees_regular, 0..=EMPLOYEES_MAX),
            large_group: errors.choice::<String>("large_group", &self.large_group).is_some_and(|yes| yes == "yes"),
        };
        errors.done((version, contact))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FiguresForm {
    pub version: String,
    pub year: String,
    pub sales: String,
    pub total_assets: String,
    pub equity: String,
    pub capital: String,
}

impl FiguresForm {
    /// With the version of the organisation that was looked at.
    pub fn parse(self, today: NaiveDate) -> Result<(i64, YearFigures), FormErrors> {
        let mut errors = FormErrors::new();
        let version = errors.integer("", &self.version, 0..=i64::MAX);
        let texts = [&self.year, &self.sales, &self.total_assets, &self.equity, &self.capital];
        let figures = read_year(&mut errors, ["year", "sales", "total_assets", "equity", "capital"], texts, today);
        errors.done((version, figures))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterStatusForm {
    #[serde(default)]
    pub register_status: String,
}

impl RegisterStatusForm {
    pub fn parse(self) -> Result<RegisterStatus, FormErrors> {
        let mut errors = FormErrors::new();
        match errors.choice("register_status", &self.register_status) {
            Some(status) => Ok(status),
            None => Err(errors),
        }
    }
}

fn read_year(
    errors: &mut FormErrors,
    [year, sales, assets, equity, capital]: [&'static str; 5],
    texts: [&String; 5],
    today: NaiveDate,
) -> YearFigures {
    let figures = YearFigures {
        fiscal_year: errors.integer(year, texts[0], FISCAL_YEAR_MIN..=i64::from(today.year())),
        sales: errors.won(sales, texts[1], 0..=WON_MAX),
        total_assets: errors.won(assets, texts[2], 0..=WON_MAX),
        equity: errors.won(equity, texts[3], -WON_MAX..=WON_MAX),
        capital: errors.won(capital, texts[4], 0..=WON_MAX),
    };
    let refused = |name: &str| errors.0.iter().any(|trouble| trouble.field == name);
    if !refused(assets) && !refused(equity) && figures.equity > figures.total_assets {
        errors.add(equity, "organisations-equity-over-assets");
    }
    figures
}

fn business_number(errors: &mut FormErrors, text: &str) -> Option<BusinessNumber> {
    if text.trim().is_empty() {
        errors.add("business_number", "form-required");
        return None;
    }
    let key = match text.parse() {
        Ok(number) => return Some(number),
        Err(BusinessNumberTrouble::NotTenDigits) => "organisations-number-not-ten-digits",
        Err(BusinessNumberTrouble::CheckDigit) => "organisations-number-check-digit",
        Err(BusinessNumberTrouble::SameDigits) => "organisations-number-same-digits",
        Err(BusinessNumberTrouble::Office) => "organisations-number-office",
        Err(BusinessNumberTrouble::Kind) => "organisations-number-kind",
        Err(BusinessNumberTrouble::Serial) => "organisations-number-serial",
    };
    errors.add("business_number", key);
    None
}

/// Only its shape is refused; a wrong check digit is shown afterwards, as new numbers may have none.
fn corporate_number(errors: &mut FormErrors, text: &str) -> Option<CorporateNumber> {
    if text.trim().is_empty() {
        return None;
    }
    let number = text.parse().ok();
    if number.is_none() {
        errors.add("corporate_number", "organisations-corporate-number-malformed");
    }
    number
}

fn phone(errors: &mut FormErrors, text: &str) -> String {
    let phone = crate::core::names::fold_digits(&errors.line("phone", text, 30));
    let digits = phone.chars().filter(char::is_ascii_digit).count();
    let well_formed = (8..=15).contains(&digits)
        && phone.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | ' ' | '(' | ')'));
    if !phone.is_empty() && !well_formed {
        errors.add("phone", "organisations-phone-malformed");
    }
    phone
}
