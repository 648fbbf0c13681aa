//! What officers and managers send.

use super::rows::UNIT_PRICE_MAX;
use crate::{
    applications::rules::defects::{Defect, own_words, pick},
    core::{form::FormErrors, money::Won},
    organisations::VatType,
    programmes::FirmClass,
    vendors::PackageId,
    web::form::filled,
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScreeningForm {
    #[serde(default)]
    pub decision: String,
    pub reason: String,
    /// Of the catalogue: `costs:price_unproven`.
    #[serde(default)]
    pub defects: Vec<String>,
    pub items: String,
    #[serde(default)]
    pub grounds: String,
}

/// What an officer found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Screening {
    Eligible,
    /// On these grounds, although some conditions cannot be told from the data.
    Cleared(String),
    /// With the reason that the firm is told.
    Ineligible(String),
    /// Everything that is missing.
    Supplement(Vec<Defect>),
}

/// Items of one request for a supplement.
const ITEMS_MAX: usize = 40;

impl ScreeningForm {
    pub fn parse(self) -> Result<Screening, FormErrors> {
        let mut errors = FormErrors::new();
        let screening = match self.decision.as_str() {
            "eligible" => match errors.optional_text("grounds", &self.grounds, 1_000) {
                grounds if grounds.is_empty() => Screening::Eligible,
                grounds => Screening::Cleared(grounds),
            },
            "ineligible" => Screening::Ineligible(errors.text("reason", &self.reason, 1_000)),
            "supplement" => {
                let text = errors.optional_text("items", &self.items, 5_000);
                let picked: Vec<Option<Defect>> = self.defects.iter().map(|defect| pick(defect)).collect();
                if picked.iter().any(Option::is_none) {
                    errors.add("defects", "form-choose");
                }
                let lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(own_words);
                let items: Vec<Defect> = picked.into_iter().flatten().chain(lines).collect();
                if items.is_empty() && errors.is_empty() {
                    errors.add("items", "form-required");
                }
                if items.len() > ITEMS_MAX {
                    errors.add_with("items", "applications-refusal-too-many", vec![("most", ITEMS_MAX.to_string())]);
                }
                Screening::Supplement(items)
            }
            _ => {
                errors.add("decision", "form-choose");
                Screening::Eligible
            }
        };
        errors.done(screening)
    }
}

/// A test of a draft call.
#[derive(Debug, Clone)]
pub struct NewTest {
    pub name: String,
    pub class: FirmClass,
    pub vat_type: VatType,
    pub track: Option<String>,
    pub package: Option<PackageId>,
    pub total: Won,
    pub support: Won,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestForm {
    pub test_firm: String,
    pub test_class: String,
    pub test_vat: String,
    #[serde(default)]
    pub track: String,
    #[serde(default)]
    pub test_package: String,
    pub test_total: String,
    pub support: String,
}

impl TestForm {
    pub fn parse(self) -> Result<NewTest, FormErrors> {
        let mut errors = FormErrors::new();
        let total = errors.won("test_total", &self.test_total, 1..=UNIT_PRICE_MAX);
        let new = NewTest {
            name: errors.line("test_firm", &self.test_firm, 60),
            class: errors.choice("test_class", &self.test_class).unwrap_or(FirmClass::Small),
            vat_type: errors.choice("test_vat", &self.test_vat).unwrap_or(VatType::General),
            track: filled(&self.track).map(str::to_owned),
            package: filled(&self.test_package).and_then(|id| errors.choice("test_package", id)),
            support: errors.won("support", &self.support, 0..=total.0),
            total,
        };
        errors.done(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_supplement_lists_what_was_picked_and_what_was_written() {
        let form = |defects: &[&str], items: &str| ScreeningForm {
            decision: "supplement".to_owned(),
            reason: String::new(),
            defects: defects.iter().map(|defect| (*defect).to_owned()).collect(),
            items: items.to_owned(),
            grounds: String::new(),
        };
        let Ok(Screening::Supplement(items)) = form(&["costs:price_unproven"], "하나\n\ncosts: 둘").parse() else {
            panic!("it is in order")
        };
        assert_eq!(items.len(), 3);
        assert_eq!(items[2].note, "둘");
        assert!(form(&[], "").parse().is_err());
        assert!(form(&["costs:nonsense"], "하나").parse().is_err());
        assert!(form(&["costs:price_unproven"], &"가\n".repeat(40)).parse().is_err());
    }
}
