//! What a check reports, and the risk rules: explainable, each with the evidence it saw.

pub mod recoveries;
pub mod sanctions;

use crate::core::{
    money::Won,
    names::fold_search,
    roles::Role,
    step::{Note, Step},
};
use chrono::{Months, NaiveDate};
use std::time::{Duration, Instant};

/// One invariant over the whole population.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its words are `check-<name>`.
    pub name: &'static str,
    /// How many rows it looked at.
    pub rows: i64,
    /// The first row that breaks it: its noun, its id, and found ≠ expected where there are figures.
    pub breach: Option<String>,
}

/// What a run of all checks found, in the order they ran.
#[derive(Debug, Clone, Default)]
pub struct Report {
    pub checks: Vec<Check>,
    /// How long each took, check by check.
    pub took: Vec<Duration>,
}

impl Report {
    /// Adds a check that began at `began`; the next begins now.
    pub fn add(&mut self, check: Check, began: &mut Instant) {
        self.checks.push(check);
        self.took.push(began.elapsed());
        *began = Instant::now();
    }

    pub fn holds(&self) -> bool {
        self.breaches().next().is_none()
    }

    pub fn breaches(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.breach.is_some())
    }
}

crate::text_enum!(
    /// Where a flag stands.
    FlagState {
        Raised = "raised",
        Cleared = "cleared",
        Confirmed = "confirmed",
    }
);

pub const FLAG_STEPS: &[Step<FlagState>] = &[
    Step { name: "clear", from: FlagState::Raised, to: FlagState::Cleared, by: &[Role::Manager], note: Note::Required },
    Step {
        name: "confirm",
        from: FlagState::Raised,
        to: FlagState::Confirmed,
        by: &[Role::Manager],
        note: Note::Required,
    },
];

crate::text_enum!(
    /// A rule that raises flags (domain: risk rules).
    RiskRule {
        /// The firm and its vendor have the same telephone or the same address.
        SharedContact = "R02",
        /// A firm younger than six months asks for more than 80 % of the cap.
        YoungFirm = "R04",
    }
);

/// What a rule saw: names (words `evidence-<name>`) and values.
pub type Evidence = Vec<(&'static str, String)>;

/// What the rules look at of one application.
#[derive(Debug, Clone)]
pub struct Sight<'a> {
    pub firm_phone: &'a str,
    pub firm_address: &'a str,
    pub vendor_phone: &'a str,
    pub vendor_address: &'a str,
    pub founded_on: NaiveDate,
    pub submitted_on: NaiveDate,
    pub support: Won,
    /// The firm's cap in the programme.
    pub cap: Won,
}

/// The rules that speak up, with their evidence.
pub fn signals(sight: &Sight<'_>) -> Vec<(RiskRule, Evidence)> {
    let mut found = Vec::new();
    let shared = shared_contact(sight);
    if !shared.is_empty() {
        found.push((RiskRule::SharedContact, shared));
    }
    if is_young(sight.founded_on, sight.submitted_on)
        && i128::from(sight.support.0) * 100 > i128::from(sight.cap.0) * 80
    {
        let evidence = vec![
            ("founded_on", sight.founded_on.to_string()),
            ("submitted_on", sight.submitted_on.to_string()),
            ("support", sight.support.to_string()),
            ("cap", sight.cap.to_string()),
        ];
        found.push((RiskRule::YoungFirm, evidence));
    }
    found
}

fn shared_contact(sight: &Sight<'_>) -> Evidence {
    let mut evidence = Vec::new();
    let (firm, vendor) = (digits(sight.firm_phone), digits(sight.vendor_phone));
    // Shorter numbers are placeholders.
    if firm.len() >= 7 && firm == vendor {
        evidence.push(("phone", sight.vendor_phone.to_owned()));
    }
    let (firm, vendor) = (fold_search(sight.firm_address), fold_search(sight.vendor_address));
    if !firm.is_empty() && firm == vendor {
        evidence.push(("address", sight.vendor_address.to_owned()));
    }
    evidence
}

fn digits(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    // +82-2-… and 02-… are one number.
    digits.strip_prefix("82").map(|rest| format!("0{}", rest.trim_start_matches('0'))).unwrap_or(digits)
}

fn is_young(founded_on: NaiveDate, submitted_on: NaiveDate) -> bool {
    submitted_on.checked_sub_months(Months::new(6)).is_some_and(|limit| founded_on > limit)
}

/// An assignment's total from its points, in thousandths of a point: the weights of the rubric add up to 100.
/// None when the scored items are not the rubric's.
pub fn weighted_total(rubric: &[(String, i64)], points: &[(String, i64)]) -> Option<i64> {
    if rubric.len() != points.len() {
        return None;
    }
    rubric
        .iter()
        .map(|(item, weight)| points.iter().find(|(scored, _)| scored == item).map(|(_, points)| weight * points * 10))
        .sum()
}

/// Whether `score` is the mean of `totals`, without the highest and the lowest from five on (domain: invariants, scores),
/// within the rounding to a thousandth of a point.
pub fn is_mean(totals: &[i64], score: i64) -> bool {
    let mut totals = totals.to_vec();
    totals.sort_unstable();
    let counted = if totals.len() >= 5 { &totals[1..totals.len() - 1] } else { &totals[..] };
    let (count, sum) = (counted.len() as i64, counted.iter().sum::<i64>());
    count > 0 && (score * count - sum).abs() < count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::step::step;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn sight() -> Sight<'static> {
        Sight {
            firm_phone: "02-700-0001",
            firm_address: "서울특별시 중구 세종대로 1",
            vendor_phone: "02-700-0002",
            vendor_address: "서울특별시 중구 세종대로 2",
            founded_on: day("2015-03-02"),
            submitted_on: day("2027-03-02"),
            support: Won(200_000_000),
            cap: Won(200_000_000),
        }
    }

    fn rules_of(sight: &Sight<'_>) -> Vec<RiskRule> {
        signals(sight).into_iter().map(|(rule, _)| rule).collect()
    }

    #[test]
    fn a_flag_ends_once() {
        for state in FlagState::ALL {
            for name in ["clear", "confirm"] {
                assert_eq!(step(FLAG_STEPS, name, *state).is_ok(), *state == FlagState::Raised);
            }
        }
        assert!(FLAG_STEPS.iter().all(|step| step.note == Note::Required && step.by == [Role::Manager]));
    }

    #[test]
    fn a_shared_telephone_or_address_is_seen_however_it_is_written() {
        assert_eq!(rules_of(&sight()), vec![]);
        for phone in ["02-700-0002", "027000002", "+82 2 700 0002"] {
            assert_eq!(rules_of(&Sight { firm_phone: phone, ..sight() }), vec![RiskRule::SharedContact], "{phone}");
        }
        let same = Sight { firm_address: "서울특별시  중구 세종대로 2 ", ..sight() };
        assert_eq!(signals(&same)[0].1, vec![("address", "서울특별시 중구 세종대로 2".to_owned())]);
        assert_eq!(rules_of(&Sight { firm_phone: "1", vendor_phone: "1", ..sight() }), vec![]);
    }

    #[test]
    fn a_young_firm_is_flagged_only_with_a_large_request() {
        for (founded, support, flagged) in [
            ("2026-09-02", 200_000_000, false),
            ("2026-09-03", 200_000_000, true),
            ("2026-09-03", 160_000_001, true),
            ("2026-09-03", 160_000_000, false),
        ] {
            let sight = Sight { founded_on: day(founded), support: Won(support), ..sight() };
            assert_eq!(rules_of(&sight) == vec![RiskRule::YoungFirm], flagged, "{founded} {support}");
        }
    }

    #[test]
    fn a_total_is_the_weighted_points() {
        let rubric = vec![("a".to_owned(), 60), ("b".to_owned(), 40)];
        let points = |a, b| vec![("b".to_owned(), b), ("a".to_owned(), a)];
        assert_eq!(weighted_total(&rubric, &points(90, 50)), Some(74_000));
        assert_eq!(weighted_total(&rubric, &points(100, 100)), Some(100_000));
        assert_eq!(weighted_total(&rubric, &[("a".to_owned(), 1)]), None);
        assert_eq!(weighted_total(&rubric, &[("a".to_owned(), 1), ("c".to_owned(), 1)]), None);
    }

    #[test]
    fn the_mean_is_trimmed_from_five_on() {
        assert!(is_mean(&[70_000, 80_000, 90_000], 80_000));
        assert!(is_mean(&[70_000, 80_000, 81_000], 77_000));
        assert!(is_mean(&[1, 1, 0], 0) && is_mean(&[1, 1, 0], 1) && !is_mean(&[1, 1, 0], 2));
        assert!(is_mean(&[0, 70_000, 80_000, 90_000, 100_000], 80_000));
        assert!(!is_mean(&[], 0));
    }

    proptest! {
        #[test]
        fn a_score_off_by_a_thousandth_or_more_is_found(totals in prop::collection::vec(0_i64..=100_000, 1..9), off in 1_i64..5_000) {
            let mut sorted = totals.clone();
            sorted.sort_unstable();
            let counted = if sorted.len() >= 5 { &sorted[1..sorted.len() - 1] } else { &sorted[..] };
            let mean = counted.iter().sum::<i64>() / counted.len() as i64;
            prop_assert!(is_mean(&totals, mean));
            prop_assert!(!is_mean(&totals, mean + 1 + off) && !is_mean(&totals, mean - off));
        }
    }
}
