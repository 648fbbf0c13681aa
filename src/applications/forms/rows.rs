//! The parts of the form that are lists: one indicator, one line of cost.

use super::{fields, number, shown};
use crate::{
    applications::rules::{Direction, TEAM_MONTHS_MAX, conditions::Totals, merging::Fields},
    core::{form::FormErrors, measure::show_milli, money::Won},
    programmes::CostCategory,
    web::form::filled,
};
use serde::Deserialize;

/// The most of anything that is counted, and the most one unit of it may cost. Their product, over all
/// lines of an application, fits 64 bits.
pub(super) const QUANTITY_MAX: i64 = 1_000_000;
pub(super) const UNIT_PRICE_MAX: i64 = 100_000_000_000;

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

impl NewIndicator {
    pub fn fields(&self) -> Fields {
        let decimal = |milli: Option<i64>| milli.map(|milli| show_milli(milli).replace(',', "")).unwrap_or_default();
        fields([
            ("name", self.name.clone()),
            ("unit", self.unit.clone()),
            ("direction", self.direction.to_string()),
            ("baseline", decimal(self.baseline_milli)),
            ("target", decimal(self.target_milli)),
            ("baseline_period", self.baseline_period.clone()),
            ("baseline_source", self.baseline_source.clone()),
        ])
    }
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
pub struct MemberForm {
    pub version: String,
    pub member_role: String,
    pub person: String,
    /// "yes": somebody is to be found.
    #[serde(default)]
    pub to_hire: String,
    pub time_share: String,
    pub member_months: String,
}

/// Somebody who does the work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMember {
    pub role: String,
    pub person: String,
    pub to_hire: bool,
    /// Of full time, in percent.
    pub share_percent: Option<i64>,
    pub months: Option<i64>,
}

impl NewMember {
    pub fn fields(&self) -> Fields {
        let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        fields([
            ("member_role", self.role.clone()),
            ("person", self.person.clone()),
            ("to_hire", if self.to_hire { "yes".to_owned() } else { String::new() }),
            ("time_share", number(self.share_percent)),
            ("member_months", number(self.months)),
        ])
    }
}

impl MemberForm {
    pub fn parse(self) -> Result<NewMember, FormErrors> {
        let mut errors = FormErrors::new();
        let new = NewMember {
            role: errors.line("member_role", &self.member_role, 100),
            person: errors.optional_line("person", &self.person, 100),
            to_hire: self.to_hire == "yes",
            share_percent: filled(&self.time_share).map(|text| errors.integer("time_share", text, 1..=100)),
            months: filled(&self.member_months).map(|text| errors.integer("member_months", text, 1..=TEAM_MONTHS_MAX)),
        };
        if new.to_hire && !new.person.is_empty() {
            errors.add("person", "applications-refusal-named-and-sought");
        }
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
    #[serde(default)]
    pub unit_name: String,
    pub quantity: String,
    pub unit_price: String,
    /// "no": VAT does not come on top.
    #[serde(default)]
    pub taxed: String,
    pub support: String,
    #[serde(default)]
    pub in_kind: String,
}

/// A line of cost; the own share is what support leaves, in cash but for what is brought in kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCost {
    pub category: CostCategory,
    pub description: String,
    /// What is counted: months, lines, seats.
    pub unit: String,
    pub quantity: Option<i64>,
    pub unit_price: Option<Won>,
    /// Whether VAT comes on top.
    pub taxed: bool,
    pub support: Option<Won>,
    pub in_kind: Won,
}

impl NewCost {
    /// What the line comes to, when it is whole.
    pub fn amount(&self) -> Option<Won> {
        Some(Won(self.quantity?.checked_mul(self.unit_price?.0)?))
    }

    /// What support leaves, when the line is whole.
    pub fn own(&self) -> Option<Won> {
        Some(self.amount()?.minus(self.support?))
    }

    pub fn fields(&self) -> Fields {
        fields([
            ("category", self.category.to_string()),
            ("description", self.description.clone()),
            ("unit_name", self.unit.clone()),
            ("quantity", shown(self.quantity)),
            ("unit_price", shown(self.unit_price)),
            ("taxed", if self.taxed { "yes" } else { "no" }.to_owned()),
            ("support", shown(self.support)),
            ("in_kind", if self.in_kind.is_positive() { self.in_kind.to_string() } else { String::new() }),
        ])
    }
}

impl CostForm {
    pub fn parse(self) -> Result<NewCost, FormErrors> {
        let mut errors = FormErrors::new();
        let won = |errors: &mut FormErrors, field, text: &str, range| Some(errors.won(field, filled(text)?, range));
        let new = NewCost {
            category: errors.choice("category", &self.category).unwrap_or(CostCategory::SolutionLicence),
            description: errors.line("description", &self.description, 200),
            unit: errors.optional_line("unit_name", &self.unit_name, 20),
            quantity: number(&mut errors, "quantity", &self.quantity, 1..=QUANTITY_MAX),
            unit_price: won(&mut errors, "unit_price", &self.unit_price, 1..=UNIT_PRICE_MAX),
            taxed: self.taxed != "no",
            support: won(&mut errors, "support", &self.support, 0..=QUANTITY_MAX * UNIT_PRICE_MAX),
            in_kind: won(&mut errors, "in_kind", &self.in_kind, 0..=QUANTITY_MAX * UNIT_PRICE_MAX).unwrap_or_default(),
        };
        if let (Some(amount), Some(support)) = (new.amount(), new.support)
            && support > amount
            && errors.is_empty()
        {
            errors.add_with("support", "applications-refusal-support-over-cost", vec![("amount", amount.to_string())]);
        }
        if errors.is_empty()
            && let Some(own) = new.own()
            && new.in_kind > own
        {
            errors.add_with("in_kind", "applications-refusal-in-kind-over-own", vec![("own", own.to_string())]);
        }
        errors.done(new)
    }
}

/// What whole lines come to.
pub fn totals<'a>(lines: impl IntoIterator<Item = &'a NewCost>) -> Totals {
    Totals::of(lines.into_iter().filter_map(|line| Some((line.amount()?, line.support?))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(quantity: &str, unit_price: &str, support: &str) -> Result<NewCost, FormErrors> {
        let text = str::to_owned;
        CostForm {
            version: text("1"),
            category: text("data"),
            description: text("자료"),
            unit_name: String::new(),
            taxed: String::new(),
            in_kind: String::new(),
            quantity: text(quantity),
            unit_price: text(unit_price),
            support: text(support),
        }
        .parse()
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
        assert!(totals(&vec![most; crate::applications::rules::COST_LINES_MAX]).total.is_positive(), "the sum fits");
    }
}
