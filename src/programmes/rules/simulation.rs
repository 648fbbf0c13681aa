//! What would happen if a call opened with these rules: who could apply and why not, what it would cost, how the
//! applications would come in and how long the queue would grow. Arithmetic over counted firms; nothing is random.

use super::{
    CallRules, FirmClass,
    conditions::{self, Stage, Verdict},
    funds_vat,
};
use crate::{
    core::{
        expression::Value,
        money::{BasisPoints, Won},
    },
    organisations::OrganisationFacts,
};
use chrono::{DateTime, NaiveDate, Utc};
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

/// Whether a firm with these facts could apply under these rules for what the question says it would spend, or the
/// first reason why not: a condition of the call that it does not meet, or a size that is not known or not funded.
/// `at` is the instant and its legal day. A condition that cannot be told yet stops nobody: what a firm would write is unknown.
pub fn could_apply(
    rules: &CallRules,
    question: &Question,
    firm: &OrganisationFacts,
    (now, today): (DateTime<Utc>, NaiveDate),
) -> Result<(FirmClass, Won), String> {
    let class: Option<FirmClass> = firm.size_class.as_deref().and_then(|class| class.parse().ok());
    let support = class
        .and_then(|class| rules.funding_of(class))
        .map(|rule| rule.split(question.supply_won, funds_vat(&rules.vat_fundable, firm.vat_type)).support_most);
    let mut facts = conditions::call_facts(rules, class, today);
    facts.0.extend(conditions::firm_facts(firm, now).0);
    facts.put("costs_total", Some(Value::Won(question.supply_won)));
    facts.put("costs_support", support.map(Value::Won));
    let asked = rules.conditions.iter().filter(|condition| condition.at(Stage::Submission) == Some(false));
    if let Some(unmet) = asked.into_iter().find(|condition| condition.decide(&facts) == Verdict::Unmet) {
        return Err(unmet.code.clone());
    }
    match (firm.size_class.as_deref(), class, support) {
        (None, ..) => Err("size_unknown".to_owned()),
        (_, None, _) => Err("size_unassessable".to_owned()),
        (_, Some(_), None) => Err("size_class".to_owned()),
        (_, Some(class), Some(support)) => Ok((class, support)),
    }
}

/// What has been counted so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    pub eligible: i64,
    /// How many of each size could apply.
    pub classes: BTreeMap<String, i64>,
    /// How many could not, by the reason: the code of a condition of the call, or a word of `call-why-<code>`.
    pub reasons: BTreeMap<String, i64>,
    /// What all that could apply would have from the state.
    pub support_won: Won,
}

impl Count {
    pub fn add(
        &mut self,
        rules: &CallRules,
        question: &Question,
        firm: &OrganisationFacts,
        at: (DateTime<Utc>, NaiveDate),
    ) {
        match could_apply(rules, question, firm, at) {
            Err(why) => *self.reasons.entry(why).or_default() += 1,
            Ok((class, support)) => {
                self.eligible += 1;
                *self.classes.entry(class.to_string()).or_default() += 1;
                self.support_won = self.support_won.plus(support);
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
    use crate::organisations::{OrganisationId, OrganisationKind, RegisterStatus, VatType};
    use proptest::prelude::*;

    fn firm(class: Option<&str>, register_status: RegisterStatus) -> OrganisationFacts {
        OrganisationFacts {
            organisation_id: OrganisationId::new(),
            register_status,
            register_checked_at: Some(DateTime::UNIX_EPOCH),
            vat_type: VatType::General,
            kind: OrganisationKind::Corporation,
            region_code: "KR-11".to_owned(),
            industry_code: "J62".to_owned(),
            employees_regular: 12,
            founded_on: NaiveDate::from_ymd_opt(2015, 3, 2).expect("a day"),
            large_group: false,
            size_class: class.map(str::to_owned),
            equity_won: Some(Won(200_000_000)),
            capital_won: Some(Won(100_000_000)),
            other_aid_won: Won::ZERO,
        }
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
            count.add(&rules, &question(), &firm(class, status), (DateTime::UNIX_EPOCH, NaiveDate::default()));
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
