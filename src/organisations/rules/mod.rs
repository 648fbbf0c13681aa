//! What an organisation is, and what its figures say.

pub mod aid;
pub mod duplicates;
pub mod mandates;
pub mod vault;

use crate::core::money::Won;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// Figures, sizes and regions are judged by the legal date in Korea.
pub const LEGAL_ZONE: Tz = chrono_tz::Asia::Seoul;

/// The size test looks at the mean sales of at most this many fiscal years (domain 5.4).
pub const YEARS_COUNTED: usize = 3;

crate::text_enum!(
    /// Legal form.
    OrganisationKind {
        Corporation = "corporation",
        Individual = "individual",
        Nonprofit = "nonprofit",
        Medical = "medical",
        Cooperative = "cooperative",
    }
);

crate::text_enum!(
    /// How the organisation is taxed.
    VatType {
        General = "general",
        Simplified = "simplified",
        Exempt = "exempt",
    }
);

crate::text_enum!(
    /// What the business register says (NTS status).
    RegisterStatus {
        Active = "active",
        Suspended = "suspended",
        Closed = "closed",
        Unknown = "unknown",
    }
);

crate::text_enum!(
    /// How far losses have eaten into the capital.
    CapitalImpairment {
        None = "none",
        Partial = "partial",
        Full = "full",
    }
);

/// An answer of the register counts this long (domain.md C, invariant 7).
pub const REGISTER_FRESH_DAYS: i64 = 3;

/// Whether the register's last answer still counts.
pub fn is_fresh(checked_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    checked_at.is_some_and(|at| now - at <= Duration::days(REGISTER_FRESH_DAYS))
}

impl OrganisationKind {
    /// Whether the SME act covers the form: firms for profit and cooperatives. A medical or other non-profit
    /// corporation is left to an officer; a clinic of one person is an individual business.
    pub fn is_for_profit(self) -> bool {
        matches!(self, OrganisationKind::Corporation | OrganisationKind::Individual | OrganisationKind::Cooperative)
    }
}

/// Equity gone or negative is full impairment, equity below the paid-in capital is partial (domain A1).
pub fn impairment(equity: Won, capital: Won) -> CapitalImpairment {
    if equity <= Won::ZERO {
        CapitalImpairment::Full
    } else if equity < capital {
        CapitalImpairment::Partial
    } else {
        CapitalImpairment::None
    }
}

/// The mean of some years' sales, rounded up to the won: the mean is at or under a limit exactly when this is.
pub fn mean_sales(sales: &[Won]) -> Won {
    let count = i128::try_from(sales.len().max(1)).unwrap_or(1);
    let sum: i128 = sales.iter().map(|sales| i128::from(sales.0)).sum();
    Won(i64::try_from((sum + count - 1).div_euclid(count)).expect("a mean lies between amounts that fit"))
}

/// The industry code that a division (`C30`) and, if given, a class within it (`C30393`, `30393`, `C31202-SEAT`) make.
/// None when the class is malformed or lies in another division.
pub fn industry_code(division: &str, class: &str) -> Option<String> {
    let class: String = class.chars().filter(|c| !c.is_whitespace() && *c != '.').collect::<String>().to_uppercase();
    if class.is_empty() {
        return Some(division.to_owned());
    }
    let section: String = division.chars().take(1).collect();
    let code = if class.starts_with(|c: char| c.is_ascii_digit()) { format!("{section}{class}") } else { class };
    let rest = code.strip_prefix(division)?;
    let (digits, part) = rest.split_once('-').map_or((rest, None), |(digits, part)| (digits, Some(part)));
    let well_formed = digits.len() <= 3
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && part.is_none_or(|part| {
            digits.len() == 3 && (1..=10).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_uppercase())
        });
    well_formed.then_some(code)
}

/// What an assessment of the size looked at and found, kept beside the class it led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizeInputs {
    pub industry_code: String,
    /// The fiscal years whose sales were counted, newest first.
    pub years: Vec<i64>,
    pub mean_sales_won: Won,
    pub total_assets_won: Won,
    pub employees_regular: i64,
    pub large_group: bool,
    pub for_profit: bool,
    pub threshold: Option<ThresholdSeen>,
    pub reasons: Vec<ReasonSeen>,
}

/// The row of the threshold table that an assessment rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThresholdSeen {
    pub industry_code: String,
    pub valid_from: NaiveDate,
    pub source: String,
}

/// One test of an assessment, with what was compared with what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReasonSeen {
    pub test: String,
    pub met: bool,
    pub value: Option<i64>,
    pub limit: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn equity_tells_how_far_the_capital_is_gone() {
        for (equity, capital, found) in [
            (1, 0, CapitalImpairment::None),
            (300, 300, CapitalImpairment::None),
            (299, 300, CapitalImpairment::Partial),
            (1, 300, CapitalImpairment::Partial),
            (0, 300, CapitalImpairment::Full),
            (0, 0, CapitalImpairment::Full),
            (-1, 300, CapitalImpairment::Full),
        ] {
            assert_eq!(impairment(Won(equity), Won(capital)), found, "{equity} of {capital}");
        }
    }

    #[test]
    fn a_class_refines_its_own_division_only() {
        for (division, class, code) in [
            ("C30", "", Some("C30")),
            ("C30", " 30393 ", Some("C30393")),
            ("C30", "c30393", Some("C30393")),
            ("C31", "C31202-seat", Some("C31202-SEAT")),
            ("C30", "C31202", None),
            ("C30", "C303939", None),
            ("C30", "C3039x", None),
            ("C31", "C312-SEAT", None),
            ("C30", "%", None),
        ] {
            assert_eq!(industry_code(division, class).as_deref(), code, "{division} {class}");
        }
    }

    proptest! {
        #[test]
        fn a_mean_is_under_a_limit_exactly_when_the_sum_is(
            sales in prop::collection::vec(0_i64..=1_000_000_000_000_000, 1..=3), limit in 0_i64..=1_000_000_000_000_000,
        ) {
            let amounts: Vec<Won> = sales.iter().copied().map(Won).collect();
            let sum: i128 = sales.iter().map(|sales| i128::from(*sales)).sum();
            let whole = i128::from(limit) * sales.len() as i128;
            prop_assert_eq!(mean_sales(&amounts) <= Won(limit), sum <= whole);
        }
    }
}
