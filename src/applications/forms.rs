//! What firms and officers send about applications. A draft may have gaps: a field left empty is no error,
//! only a wrong value is.

pub mod eligibility;

use super::rules::{DataClass, DecisionImpact, Direction, LanguageClass, LatencyClass, conditions::Totals};
use crate::{
    core::{form::FormErrors, money::Won, refusal::Refusal},
    organisations::VatType,
    programmes::{CostCategory, FirmClass},
    vendors::{Hosting, ModelOrigin, PackageId},
    web::form::filled,
};
use serde::Deserialize;
use std::str::FromStr;

/// The most of anything that is counted, and the most one unit of it may cost. Their product, over all
/// lines of an application, fits 64 bits.
const QUANTITY_MAX: i64 = 1_000_000;
const UNIT_PRICE_MAX: i64 = 100_000_000_000;

/// The version a form was made from.
pub fn version(text: &str) -> Result<i64, Refusal> {
    text.parse().map_err(|_| Refusal::unacceptable("refusal-form-malformed"))
}

fn chosen<T: FromStr>(errors: &mut FormErrors, field: &'static str, text: &str) -> Option<T> {
    errors.choice(field, filled(text)?)
}

fn number(
    errors: &mut FormErrors,
    field: &'static str,
    text: &str,
    range: std::ops::RangeInclusive<i64>,
) -> Option<i64> {
    Some(errors.integer(field, filled(text)?, range))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UseCaseForm {
    pub version: String,
    pub title: String,
    pub use_case: String,
    pub process_name: String,
    pub problem: String,
    pub plan: String,
}

/// What the firm wants to do. Empty text is a gap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewUseCase {
    pub title: String,
    /// A code of the catalogue.
    pub use_case: Option<String>,
    pub process_name: String,
    pub problem: String,
    pub plan: String,
}

impl UseCaseForm {
    pub fn parse(self) -> Result<NewUseCase, FormErrors> {
        let mut errors = FormErrors::new();
        let new = NewUseCase {
            title: errors.optional_line("title", &self.title, 100),
            use_case: filled(&self.use_case).map(str::to_owned),
            process_name: errors.optional_line("process_name", &self.process_name, 200),
            problem: errors.optional_text("problem", &self.problem, 3_000),
            plan: errors.optional_text("plan", &self.plan, 5_000),
        };
        errors.done(new)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkloadForm {
    pub version: String,
    #[serde(default)]
    pub data_class: String,
    #[serde(default)]
    pub latency_class: String,
    #[serde(default)]
    pub language_class: String,
    #[serde(default)]
    pub decision_impact: String,
    #[serde(default)]
    pub model_origin: String,
    #[serde(default)]
    pub hosting: String,
    pub human_oversight: String,
}

/// How the work is classified (domain: workload classification).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewWorkload {
    pub data_class: Option<DataClass>,
    pub latency_class: Option<LatencyClass>,
    pub language_class: Option<LanguageClass>,
    pub decision_impact: Option<DecisionImpact>,
    pub model_origin: Option<ModelOrigin>,
    pub hosting: Option<Hosting>,
    pub human_oversight: String,
}

impl WorkloadForm {
    pub fn parse(self) -> Result<NewWorkload, FormErrors> {
        let mut errors = FormErrors::new();
        let new = NewWorkload {
            data_class: chosen(&mut errors, "data_class", &self.data_class),
            latency_class: chosen(&mut errors, "latency_class", &self.latency_class),
            language_class: chosen(&mut errors, "language_class", &self.language_class),
            decision_impact: chosen(&mut errors, "decision_impact", &self.decision_impact),
            model_origin: chosen(&mut errors, "model_origin", &self.model_origin),
            hosting: chosen(&mut errors, "hosting", &self.hosting),
            human_oversight: errors.optional_text("human_oversight", &self.human_oversight, 1_000),
        };
        errors.done(new)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndicatorForm {
    pub version: String,
    pub name: String,
    pub unit: String,
    #[serde(default)]
    pub direction: String,
    pub baseline: String,
    pub target: String,
    pub baseline_period: String,
    pub baseline_source: String,
}

/// What is to be measured; values in thousandths of the unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIndicator {
    pub name: String,
    pub unit: String,
    pub direction: Direction,
    pub baseline_milli: Option<i64>,
    pub target_milli: Option<i64>,
    pub baseline_period: String,
    pub baseline_source: String,
}

impl IndicatorForm {
    pub fn parse(self) -> Result<NewIndicator, FormErrors> {
        let mut errors = FormErrors::new();
        let new = NewIndicator {
            name: errors.line("name", &self.name, 100),
            unit: errors.optional_line("unit", &self.unit, 20),
            direction: errors.choice("direction", &self.direction).unwrap_or(Direction::Up),
            baseline_milli: filled(&self.baseline).map(|text| errors.milli("baseline", text)),
            target_milli: filled(&self.target).map(|text| errors.milli("target", text)),
            baseline_period: errors.optional_line("baseline_period", &self.baseline_period, 100),
            baseline_source: errors.optional_line("baseline_source", &self.baseline_source, 500),
        };
        if let (Some(baseline), Some(target)) = (new.baseline_milli, new.target_milli) {
            let improves = match new.direction {
                Direction::Up => target > baseline,
                Direction::Down => target < baseline,
            };
            if !improves && errors.is_empty() {
                errors.add("target", "applications-refusal-no-improvement");
            }
        }
        errors.done(new)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageForm {
    pub version: String,
    #[serde(default)]
    pub package: String,
    pub quantity: String,
}

/// The chosen package and how many of it. Whether it may be chosen is for the action to see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NewPackage {
    pub package: Option<PackageId>,
    pub quantity: Option<i64>,
}

impl PackageForm {
    pub fn parse(self) -> Result<NewPackage, FormErrors> {
        let mut errors = FormErrors::new();
        let new = NewPackage {
            package: chosen(&mut errors, "package", &self.package),
            quantity: number(&mut errors, "quantity", &self.quantity, 1..=QUANTITY_MAX),
        };
        errors.done(new)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostForm {
    pub version: String,
    #[serde(default)]
    pub category: String,
    pub description: String,
    pub quantity: String,
    pub unit_price: String,
    pub support: String,
}

/// A line of cost; the own share is what support leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCost {
    pub category: CostCategory,
    pub description: String,
    pub quantity: Option<i64>,
    pub unit_price: Option<Won>,
    pub support: Option<Won>,
}

impl NewCost {
    /// What the line comes to, when it is whole.
    pub fn amount(&self) -> Option<Won> {
        Some(Won(self.quantity?.checked_mul(self.unit_price?.0)?))
    }
}

impl CostForm {
    pub fn parse(self) -> Result<NewCost, FormErrors> {
        let mut errors = FormErrors::new();
        let won = |errors: &mut FormErrors, field, text: &str, range| Some(errors.won(field, filled(text)?, range));
        let new = NewCost {
            category: errors.choice("category", &self.category).unwrap_or(CostCategory::SolutionLicence),
            description: errors.line("description", &self.description, 200),
            quantity: number(&mut errors, "quantity", &self.quantity, 1..=QUANTITY_MAX),
            unit_price: won(&mut errors, "unit_price", &self.unit_price, 1..=UNIT_PRICE_MAX),
            support: won(&mut errors, "support", &self.support, 0..=QUANTITY_MAX * UNIT_PRICE_MAX),
        };
        if let (Some(amount), Some(support)) = (new.amount(), new.support)
            && support > amount
            && errors.is_empty()
        {
            errors.add_with("support", "applications-refusal-support-over-cost", vec![("amount", amount.to_string())]);
        }
        errors.done(new)
    }
}

/// What whole lines come to.
pub fn totals(lines: &[NewCost]) -> Totals {
    Totals::of(lines.iter().filter_map(|line| Some((line.amount()?, line.support?))))
}

/// The button of a page without fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionForm {
    pub version: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartForm {
    pub call: String,
    #[serde(default)]
    pub track: String,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubmitForm {
    pub version: String,
    #[serde(default)]
    pub certify: String,
}

impl SubmitForm {
    /// The version that was certified.
    pub fn parse(self) -> Result<i64, FormErrors> {
        let mut errors = FormErrors::new();
        errors.must_tick("certify", &self.certify);
        let version = self.version.parse().unwrap_or_default();
        errors.done(version)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonForm {
    pub reason: String,
}

impl ReasonForm {
    pub fn parse(self) -> Result<String, FormErrors> {
        let mut errors = FormErrors::new();
        let reason = errors.text("reason", &self.reason, 1_000);
        errors.done(reason)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScreeningForm {
    #[serde(default)]
    pub decision: String,
    pub reason: String,
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
    /// Everything that is missing, one item each.
    Supplement(Vec<String>),
}

/// Items of one request for a supplement.
const ITEMS_MAX: usize = 30;

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
                let text = errors.text("items", &self.items, 5_000);
                let items: Vec<String> =
                    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
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

    fn workload(data_class: &str, hosting: &str) -> WorkloadForm {
        WorkloadForm {
            version: "1".to_owned(),
            data_class: data_class.to_owned(),
            latency_class: String::new(),
            language_class: String::new(),
            decision_impact: String::new(),
            model_origin: String::new(),
            hosting: hosting.to_owned(),
            human_oversight: String::new(),
        }
    }

    fn cost(quantity: &str, unit_price: &str, support: &str) -> Result<NewCost, FormErrors> {
        let text = str::to_owned;
        CostForm {
            version: text("1"),
            category: text("data"),
            description: text("자료"),
            quantity: text(quantity),
            unit_price: text(unit_price),
            support: text(support),
        }
        .parse()
    }

    #[test]
    fn every_class_may_be_written_down_with_every_hosting_and_a_gap_is_no_wrong_value() {
        for data_class in DataClass::ALL {
            for hosting in Hosting::ALL {
                // Whether the two go together is a condition of the call.
                assert!(workload(data_class.as_str(), hosting.as_str()).parse().is_ok(), "{data_class} in {hosting}");
            }
            assert!(workload(data_class.as_str(), "").parse().is_ok());
        }
        assert!(workload("", "").parse().is_ok());
        assert!(workload("D9", "").parse().is_err());
    }

    #[test]
    fn numbers_are_understood_as_people_type_them_and_bounded() {
        let line = cost("１０", "1,000,000원", " 8000000 ").unwrap();
        assert_eq!(line.amount(), Some(Won(10_000_000)));
        assert_eq!(line.support, Some(Won(8_000_000)));
        assert_eq!(cost("", "", "").unwrap().amount(), None);
        for (quantity, unit_price, support) in [
            ("0", "1", "0"),
            ("-1", "1", "0"),
            ("1", "9223372036854775808", "0"),
            ("1", "99999999999999999999999", "0"),
            ("1.5", "1", "0"),
            ("1", "0", "0"),
            ("1", "100", "101"),
            ("1", "100", "-1"),
        ] {
            assert!(cost(quantity, unit_price, support).is_err(), "{quantity} × {unit_price}, {support}");
        }
        let most = cost("1000000", "100000000000", "0").unwrap();
        assert_eq!(most.amount(), Some(Won(100_000_000_000_000_000)));
        assert!(totals(&vec![most; super::super::rules::COST_LINES_MAX]).total.is_positive(), "the sum fits");
    }
}
