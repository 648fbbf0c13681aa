//! What would happen if a call opened with these rules: who could apply and why not, what it would cost, how the
//! applications would come in and how long the queue would grow. Arithmetic over counted firms; nothing is random.

use super::{CallRules, FirmClass, funds_vat};
use crate::{
    core::money::{BasisPoints, Won},
    organisations::{OrganisationFacts, RegisterStatus},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is asked of a simulation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Of the firms that could, how many apply.
    pub apply_share: BasisPoints,
    /// What a firm would spend, before VAT.
    pub supply_won: Won,
    pub officers: i64,
    /// What one officer screens in a day.
    pub screened_a_day: i64,
    /// Calendar days of the window.
    pub days: i64,
    pub budget_won: Won,
    pub track: Option<String>,
}

/// Why a firm could not apply. Its words are `call-why-<code>`.
pub type Why = &'static str;

/// Whether a firm with these facts could apply under these rules, or the first reason why not: the one place that
/// a simulation asks. Conditions of a call beyond size and standing join here.
pub fn could_apply(rules: &CallRules, facts: &OrganisationFacts) -> Result<FirmClass, Why> {
    if matches!(facts.register_status, RegisterStatus::Closed | RegisterStatus::Suspended) {
        return Err("register_status");
    }
    let Some(class) = &facts.size_class else { return Err("size_unknown") };
    let Ok(class) = class.parse::<FirmClass>() else { return Err("size_unassessable") };
    if rules.funding_of(class).is_none() { Err("size_class") } else { Ok(class) }
}

/// What has been counted so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    pub eligible: i64,
    /// How many of each size could apply.
    pub classes: BTreeMap<String, i64>,
    /// How many could not, by the reason.
    pub reasons: BTreeMap<String, i64>,
    /// What all that could apply would have from the state.
    pub support_won: Won,
}

impl Count {
    pub fn add(&mut self, rules: &CallRules, question: &Question, facts: &OrganisationFacts) {
        match could_apply(rules, facts) {
            Err(why) => *self.reasons.entry(why.to_owned()).or_default() += 1,
            Ok(class) => {
                self.eligible += 1;
                *self.classes.entry(class.to_string()).or_default() += 1;
                if let Some(rule) = rules.funding_of(class) {
                    let split = rule.split(question.supply_won, funds_vat(&rules.vat_fundable, facts.vat_type));
                    self.support_won = self.support_won.plus(split.support_most);
                }
            }
        }
    }
}

/// One day of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// From 1.
    pub day: i64,
    pub applications: i64,
    /// Asked for until the end of the day.
    pub asked_won: Won,
    /// What waits for each officer at the end of the day.
    pub queue_per_officer: i64,
}

/// What a simulation found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub count: Count,
    pub applications: i64,
    pub asked_won: Won,
    /// How many of the applications the budget covers.
    pub fundable: i64,
    pub curve: Vec<Day>,
    /// Days after closing until nothing waits.
    pub days_after: i64,
}

/// Of all applications this share comes in the last two days (domain: load).
const LAST_TWO_DAYS: BasisPoints = BasisPoints(6_000);

/// How many of `all` have come by the end of `day` of `days`.
pub fn come_by(all: i64, day: i64, days: i64) -> i64 {
    let late = Won(all).share_down(LAST_TWO_DAYS).0;
    let early = all - late;
    let of = |count: i64, part: i64, whole: i64| {
        i64::try_from(i128::from(count) * i128::from(part) / i128::from(whole)).unwrap_or(count)
    };
    if day >= days {
        all
    } else if days <= 2 {
        of(all, day, days)
    } else if day <= days - 2 {
        of(early, day, days - 2)
    } else {
        early + late / 2
    }
}

/// Draws the conclusions from what was counted.
pub fn conclude(count: Count, question: &Question) -> Found {
    let applications = Won(count.eligible).share_down(question.apply_share).0;
    let mean = Won(count.support_won.0 / count.eligible.max(1));
    let asked = |applications: i64| Won(mean.0.saturating_mul(applications));
    let screened = question.officers.max(1) * question.screened_a_day.max(1);
    let (mut waiting, mut before) = (0, 0);
    let mut curve = Vec::new();
    for day in 1..=question.days.max(1) {
        let come = come_by(applications, day, question.days.max(1));
        waiting = (waiting + come - before - screened).max(0);
        let queue_per_officer = (waiting + question.officers.max(1) - 1) / question.officers.max(1);
        curve.push(Day { day, applications: come - before, asked_won: asked(come), queue_per_officer });
        before = come;
    }
    let fundable = if mean.is_positive() { (question.budget_won.0 / mean.0).min(applications) } else { 0 };
    let days_after = (waiting + screened - 1) / screened;
    Found { count, applications, asked_won: asked(applications), fundable, curve, days_after }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organisations::VatType;
    use proptest::prelude::*;

    fn facts(class: Option<&str>, register_status: RegisterStatus) -> OrganisationFacts {
        OrganisationFacts { size_class: class.map(str::to_owned), register_status, vat_type: VatType::General }
    }

    fn question() -> Question {
        Question {
            apply_share: BasisPoints(5_000),
            supply_won: Won(100_000_000),
            officers: 2,
            screened_a_day: 10,
            days: 30,
            budget_won: Won(800_000_000),
            track: None,
        }
    }

    #[test]
    fn each_firm_is_counted_once_with_the_first_reason() {
        let rules = CallRules::ai_voucher();
        let mut count = Count::default();
        for (class, status) in [
            (Some("small"), RegisterStatus::Active),
            (Some("mid_sized"), RegisterStatus::Unknown),
            (Some("large"), RegisterStatus::Active),
            (Some("unassessable"), RegisterStatus::Active),
            (None, RegisterStatus::Active),
            (Some("small"), RegisterStatus::Closed),
        ] {
            count.add(&rules, &question(), &facts(class, status));
        }
        assert_eq!((count.eligible, count.support_won), (2, Won(150_000_000)));
        let reasons: Vec<&str> = count.reasons.keys().map(String::as_str).collect();
        assert_eq!(reasons, ["register_status", "size_class", "size_unassessable", "size_unknown"]);
    }

    #[test]
    fn the_budget_covers_what_it_covers_and_the_queue_grows_at_the_end() {
        let count = Count { eligible: 2_000, support_won: Won(2_000 * 80_000_000), ..Count::default() };
        let found = conclude(count, &question());
        assert_eq!((found.applications, found.fundable, found.asked_won), (1_000, 10, Won(80_000_000_000)));
        assert_eq!(found.curve.len(), 30);
        assert_eq!(found.curve[29].applications, 300);
        assert!(found.curve[29].queue_per_officer > found.curve[27].queue_per_officer);
        assert_eq!(found.days_after, 28);
    }

    proptest! {
        #[test]
        fn every_application_comes_on_one_day(all in 0i64..1_000_000, days in 1i64..120) {
            let mut before = 0;
            for day in 1..=days {
                let come = come_by(all, day, days);
                prop_assert!(come >= before);
                before = come;
            }
            prop_assert_eq!(before, all);
            let found = conclude(Count { eligible: all, support_won: Won(all), ..Count::default() }, &Question { days, ..question() });
            prop_assert_eq!(found.curve.iter().map(|day| day.applications).sum::<i64>(), found.applications);
        }
    }
}
