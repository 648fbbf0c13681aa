//! What officers and managers send.

use crate::{
    applications::rules::defects::{Defect, own_words, pick},
    core::form::FormErrors,
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
}

/// What an officer found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Screening {
    Eligible,
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
            "eligible" => Screening::Eligible,
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
