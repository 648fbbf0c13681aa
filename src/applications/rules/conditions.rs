//! What an application is held against: what is structural here in code, what is policy in the call's conditions.
//! Each result keeps the value it saw and its threshold.
//! Invariant: the same conditions are judged at every stage, over facts that are frozen beside the results.

use super::Section;
use crate::{
    core::{
        expression::{Facts, Value},
        money::{BasisPoints, Won},
    },
    programmes::{Condition, Stage, Undetermined, Verdict},
};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

crate::text_enum!(
    /// What a condition came to.
    Met {
        Met = "met",
        Unmet = "unmet",
        /// Not to be told from the data: an officer looks.
        Undetermined = "undetermined",
        /// An officer lets it pass, with a reason.
        Waived = "waived",
    }
);

crate::text_enum!(
    /// What holds for every application whatever its call says: the form is whole, sums add up, papers are there.
    /// Its words are `application-rule-<code>`, `…-fix` and `…-source`.
    Rule {
        InTime = "in_time",
        SupplementInTime = "supplement_in_time",
        OneApplication = "one_application",
        UseCaseComplete = "use_case_complete",
        WorkloadComplete = "workload_complete",
        Indicators = "indicators",
        CostsComplete = "costs_complete",
        CostsAddUp = "costs_add_up",
        CapLeft = "cap_left",
        InKindMax = "in_kind_max",
        Questions = "questions",
        Team = "team",
        Documents = "documents",
        DocumentsScanned = "documents_scanned",
        /// It passes everything, and was picked all the same.
        SpotCheck = "spot_check",
    }
);

/// How the value and the threshold of a rule are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Count,
    Won,
    Instant,
}

impl Rule {
    pub fn unit(self) -> Unit {
        match self {
            Rule::InTime | Rule::SupplementInTime => Unit::Instant,
            Rule::CostsAddUp | Rule::CapLeft | Rule::InKindMax => Unit::Won,
            _ => Unit::Count,
        }
    }

    /// Where the firm corrects it; None when no page of the application does.
    pub fn section(self) -> Option<Section> {
        match self {
            Rule::UseCaseComplete => Some(Section::UseCase),
            Rule::WorkloadComplete => Some(Section::Workload),
            Rule::Indicators => Some(Section::Indicators),
            Rule::CostsComplete | Rule::CostsAddUp | Rule::CapLeft | Rule::InKindMax => Some(Section::Costs),
            Rule::Questions => Some(Section::Questions),
            Rule::Team => Some(Section::Team),
            Rule::Documents | Rule::DocumentsScanned => Some(Section::Documents),
            Rule::InTime | Rule::SupplementInTime | Rule::OneApplication | Rule::SpotCheck => None,
        }
    }
}

/// One rule or condition as it was found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Check {
    /// The code of a `Rule` or of a condition of the call.
    pub rule: String,
    pub result: Met,
    /// At this stage it only warns.
    pub warning: bool,
    /// While it is undetermined an officer has to say why it may go on.
    pub wants_officer: bool,
    pub section: Option<Section>,
    /// Of a rule: plain text as its unit reads it. Of a condition: the facts seen, as JSON.
    pub value: String,
    /// Of a condition: the expression that must hold.
    pub threshold: String,
}

impl Check {
    /// It stands in the way, and only the case itself or a waiver can change that.
    pub fn blocks(&self) -> bool {
        self.result == Met::Unmet && !self.warning
    }

    /// It waits for an officer's reason.
    pub fn waits(&self) -> bool {
        self.result == Met::Undetermined && !self.warning && self.wants_officer
    }
}

/// What was found of one rule or condition, as it is kept.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Found {
    rule: String,
    result: Met,
    warning: bool,
    value: String,
    threshold: String,
}

impl From<&Check> for Found {
    fn from(check: &Check) -> Found {
        Found {
            rule: check.rule.clone(),
            result: check.result,
            warning: check.warning,
            value: check.value.clone(),
            threshold: check.threshold.clone(),
        }
    }
}

/// To be shown: nobody corrects or waives it any more.
impl From<Found> for Check {
    fn from(found: Found) -> Check {
        Check {
            rule: found.rule,
            result: found.result,
            warning: found.warning,
            wants_officer: false,
            section: None,
            value: found.value,
            threshold: found.threshold,
        }
    }
}

/// What somebody let pass: the condition, and what it had come to then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waived {
    pub rule: String,
    pub covers: Met,
}

/// The conditions of a call that are looked at then and concern these facts, in the order of the call.
pub fn judge(conditions: &[Condition], stage: Stage, facts: &Facts, waived: &[Waived]) -> Vec<Check> {
    let mut checks = Vec::new();
    for condition in conditions {
        let Some(warning) = condition.at(stage) else { continue };
        let (verdict, seen) = condition.explain(facts);
        let result = match verdict {
            Verdict::NotApplicable => continue,
            Verdict::Met => Met::Met,
            Verdict::Unmet => Met::Unmet,
            Verdict::Undetermined => Met::Undetermined,
        };
        // What was waived as open does not cover what turned out to be unmet.
        let covered =
            |waiver: &Waived| waiver.rule == condition.code && (waiver.covers == Met::Unmet || waiver.covers == result);
        let is_waived = result != Met::Met && waived.iter().any(covered);
        let seen: BTreeMap<&str, &Option<Value>> =
            seen.seen.iter().map(|(name, value)| (name.as_str(), value)).collect();
        checks.push(Check {
            rule: condition.code.clone(),
            result: if is_waived { Met::Waived } else { result },
            warning,
            wants_officer: condition.undetermined == Undetermined::Officer,
            section: condition.section().and_then(|section| section.parse().ok()),
            value: serde_json::to_string(&seen).expect("facts are plain values"),
            threshold: condition.must_hold.to_string(),
        });
    }
    checks
}

/// A fact that two looks saw differently; None where it was not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    pub fact: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// What changed between two looks, among the facts of these conditions. The day itself is no change, nor is how
/// long ago a register was asked.
pub fn drift(conditions: &[Condition], before: &Facts, after: &Facts) -> Vec<Drift> {
    let mut names: Vec<&str> = conditions.iter().flat_map(Condition::facts).collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .filter(|name| !matches!(*name, "today" | "firm_register_days" | "vendor_register_days"))
        .filter(|name| before.get(name) != after.get(name))
        .map(|name| Drift { fact: name.to_owned(), before: before.get(name).cloned(), after: after.get(name).cloned() })
        .collect()
}

/// Everything the structural rules look at.
#[derive(Debug, Clone)]
pub struct Structure {
    /// When the application came or would come now, and whether that is in time.
    pub at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
    pub in_time: bool,
    /// When an asked-for supplement came or would come now, and when it was due.
    pub supplement: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Fields filled in and fields there are.
    pub use_case: (i64, i64),
    pub workload: (i64, i64),
    /// Indicators that are complete, and all that were begun.
    pub indicators: (i64, i64),
    /// Lines of cost that are complete, and all that were begun.
    pub costs: (i64, i64),
    pub totals: Totals,
    pub cap_left: Won,
    /// The part of the own share that is in kind, and the most that may be.
    pub in_kind: Won,
    pub in_kind_most: Won,
    /// Questions answered and asked, of those that must be answered.
    pub questions: (i64, i64),
    /// People of the team that are complete, and all that were begun; None where the call does not ask.
    pub team: Option<(i64, i64)>,
    /// Required documents attached and required at all.
    pub documents: (i64, i64),
    /// Documents that a scan has passed, and all that are attached.
    pub scanned: (i64, i64),
}

/// What the lines of cost come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    pub total: Won,
    pub support: Won,
    pub own: Won,
}

impl Totals {
    /// The same with its VAT: what a share is a share of where VAT is funded.
    pub fn with_vat(self, vat: Won) -> Totals {
        Totals { total: self.total.plus(vat), own: self.own.plus(vat), ..self }
    }

    /// Over all complete lines; own share is what support leaves.
    pub fn of(lines: impl IntoIterator<Item = (Won, Won)>) -> Totals {
        let mut totals = Totals::default();
        for (amount, support) in lines {
            totals.total = totals.total.plus(amount);
            totals.support = totals.support.plus(support);
            totals.own = totals.own.plus(amount.minus(support));
        }
        totals
    }

    /// The state share, rounded up: a share over the limit never reads as the limit.
    pub fn share(&self) -> BasisPoints {
        if !self.total.is_positive() {
            return BasisPoints(0);
        }
        let parts = i128::from(self.support.0) * 10_000;
        let share = (parts + i128::from(self.total.0) - 1) / i128::from(self.total.0);
        BasisPoints(i64::try_from(share).unwrap_or(i64::MAX))
    }

    /// Whether the state share is at most `limit`, without rounding.
    pub fn within(&self, limit: BasisPoints) -> bool {
        i128::from(self.support.0) * 10_000 <= i128::from(self.total.0) * i128::from(limit.0)
    }

    /// The most that may be asked for at this total.
    pub fn support_max(&self, limit: BasisPoints) -> Won {
        self.total.share_down(limit)
    }
}

fn check(rule: Rule, result: Met, value: impl ToString, threshold: impl ToString) -> Check {
    Check {
        rule: rule.to_string(),
        result,
        warning: false,
        wants_officer: true,
        section: rule.section(),
        value: value.to_string(),
        threshold: threshold.to_string(),
    }
}

fn met(yes: bool) -> Met {
    if yes { Met::Met } else { Met::Unmet }
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// A spot check: what was drawn, below what it is picked, and whether an officer has looked.
pub fn spot_check(draw: i64, per_mille: i64, waived: &[Waived]) -> Check {
    let cleared = waived.iter().any(|waiver| waiver.rule == Rule::SpotCheck.as_str());
    check(Rule::SpotCheck, if cleared { Met::Waived } else { Met::Undetermined }, draw, per_mille)
}

impl Structure {
    /// Every rule that applies, in the order people read them.
    pub fn checks(&self) -> Vec<Check> {
        let mut checks = vec![
            check(Rule::InTime, met(self.in_time), instant(self.at), instant(self.closes_at)),
            // The database holds at most one live application of a firm in a call.
            check(Rule::OneApplication, Met::Met, 1, 1),
        ];
        if let Some((answered_at, due_at)) = self.supplement {
            // A late answer is an officer's to weigh, not the machine's.
            let result = if answered_at <= due_at { Met::Met } else { Met::Undetermined };
            checks.push(check(Rule::SupplementInTime, result, instant(answered_at), instant(due_at)));
        }
        let all = |rule, (filled, fields): (i64, i64)| check(rule, met(filled >= fields), filled, fields);
        // At least one, and none half done.
        let some = |rule, (complete, begun): (i64, i64)| {
            check(rule, met(complete >= 1 && complete == begun), complete, begun.max(1))
        };
        let own = self.totals.support.plus(self.totals.own);
        checks.extend([
            all(Rule::UseCaseComplete, self.use_case),
            all(Rule::WorkloadComplete, self.workload),
            some(Rule::Indicators, self.indicators),
            some(Rule::CostsComplete, self.costs),
            check(Rule::CostsAddUp, met(own == self.totals.total), own.0, self.totals.total.0),
            check(Rule::CapLeft, met(self.totals.support <= self.cap_left), self.totals.support.0, self.cap_left.0),
        ]);
        if self.in_kind.is_positive() {
            let within = met(self.in_kind <= self.in_kind_most);
            checks.push(check(Rule::InKindMax, within, self.in_kind.0, self.in_kind_most.0));
        }
        if self.questions.1 > 0 {
            checks.push(all(Rule::Questions, self.questions));
        }
        if let Some(team) = self.team {
            checks.push(some(Rule::Team, team));
        }
        checks.push(all(Rule::Documents, self.documents));
        checks.push(all(Rule::DocumentsScanned, self.scanned));
        checks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programmes::conditions::{read_test, standard};
    use proptest::prelude::*;

    fn structure() -> Structure {
        Structure {
            at: DateTime::UNIX_EPOCH,
            closes_at: DateTime::UNIX_EPOCH,
            in_time: true,
            supplement: None,
            use_case: (5, 5),
            workload: (7, 7),
            indicators: (1, 1),
            costs: (2, 2),
            totals: Totals { total: Won(100), support: Won(80), own: Won(20) },
            cap_left: Won(80),
            in_kind: Won(10),
            in_kind_most: Won(10),
            questions: (1, 1),
            team: Some((1, 1)),
            documents: (2, 2),
            scanned: (2, 2),
        }
    }

    fn result(structure: &Structure, rule: Rule) -> Option<Met> {
        structure.checks().into_iter().find(|check| check.rule == rule.as_str()).map(|check| check.result)
    }

    fn facts(line: &str) -> Facts {
        read_test(&format!("{line} => met")).unwrap().facts
    }

    fn found(stage: Stage, line: &str, waived: &[Waived], rule: &str) -> Option<(Met, bool)> {
        let checks = judge(&standard(), stage, &facts(line), waived);
        checks.into_iter().find(|check| check.rule == rule).map(|check| (check.result, check.warning))
    }

    #[test]
    fn a_whole_application_meets_every_rule_and_each_alone_can_fail() {
        assert!(structure().checks().iter().all(|check| check.result == Met::Met));
        type Spoil = fn(&mut Structure);
        let cases: &[(Rule, Spoil)] = &[
            (Rule::InTime, |s| s.in_time = false),
            (Rule::UseCaseComplete, |s| s.use_case = (4, 5)),
            (Rule::WorkloadComplete, |s| s.workload = (6, 7)),
            (Rule::Indicators, |s| s.indicators = (0, 0)),
            (Rule::Indicators, |s| s.indicators = (1, 2)),
            (Rule::CostsComplete, |s| s.costs = (1, 2)),
            (Rule::CostsComplete, |s| s.costs = (0, 0)),
            (Rule::CostsAddUp, |s| s.totals.own = Won(19)),
            (Rule::CapLeft, |s| s.cap_left = Won(79)),
            (Rule::InKindMax, |s| s.in_kind = Won(11)),
            (Rule::Questions, |s| s.questions = (0, 1)),
            (Rule::Team, |s| s.team = Some((0, 0))),
            (Rule::Team, |s| s.team = Some((1, 2))),
            (Rule::Documents, |s| s.documents = (1, 2)),
            (Rule::DocumentsScanned, |s| s.scanned = (1, 2)),
        ];
        for (rule, spoil) in cases {
            let mut spoiled = structure();
            spoil(&mut spoiled);
            assert_eq!(result(&spoiled, *rule), Some(Met::Unmet), "{rule}");
        }
        let mut late = structure();
        late.supplement = Some((DateTime::UNIX_EPOCH + chrono::Duration::seconds(1), DateTime::UNIX_EPOCH));
        assert_eq!(result(&late, Rule::SupplementInTime), Some(Met::Undetermined));
    }

    #[test]
    fn sensitive_data_abroad_blocks_at_every_stage_of_the_gate_until_it_is_waived() {
        let abroad = r#"work_data_class = "D4", work_foreign = true"#;
        for stage in [Stage::PreCheck, Stage::Submission, Stage::Screening, Stage::Agreement, Stage::Claim] {
            assert_eq!(found(stage, abroad, &[], "hosting_gate"), Some((Met::Unmet, false)), "{stage}");
        }
        let waived = |covers| [Waived { rule: "hosting_gate".to_owned(), covers }];
        let at = |covers| found(Stage::Claim, abroad, &waived(covers), "hosting_gate").unwrap().0;
        assert_eq!(at(Met::Unmet), Met::Waived);
        assert_eq!(at(Met::Undetermined), Met::Unmet, "what was open then is not covered when it is unmet");
        let domestic = r#"work_data_class = "D4", work_foreign = false"#;
        assert_eq!(found(Stage::Claim, domestic, &waived(Met::Unmet), "hosting_gate"), Some((Met::Met, false)));
        assert_eq!(found(Stage::Submission, r#"work_data_class = "D3""#, &[], "hosting_gate"), None);
    }

    #[test]
    fn what_blocks_an_agreement_warns_an_applicant() {
        let firm = r#"firm_kind = "corporation", firm_capital_impairment = "full""#;
        assert_eq!(found(Stage::Submission, firm, &[], "capital_impairment"), Some((Met::Unmet, true)));
        assert_eq!(found(Stage::Agreement, firm, &[], "capital_impairment"), Some((Met::Unmet, false)));
        assert_eq!(found(Stage::Payment, firm, &[], "capital_impairment"), None);
    }

    #[test]
    fn drift_names_what_changed_but_not_that_days_pass() {
        let before = facts(r#"firm_register_status = "active", today = 2027-03-01, work_foreign = false"#);
        let after = facts(r#"firm_register_status = "closed", today = 2027-09-01, work_foreign = false"#);
        let found = drift(&standard(), &before, &after);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].fact, "firm_register_status");
        assert_eq!(found[0].after, Some(Value::text("closed")));
    }

    proptest! {
        #[test]
        fn shares_always_make_the_whole(
            lines in proptest::collection::vec((1i64..=1_000_000, 1i64..=100_000_000_000, 0i64..=10_000), 0..50),
            limit in 0i64..=10_000,
        ) {
            let lines: Vec<(Won, Won)> = lines
                .into_iter()
                .map(|(quantity, price, share)| (Won(quantity * price), Won(quantity * price).share_down(BasisPoints(share))))
                .collect();
            let totals = Totals::of(lines);
            prop_assert_eq!(totals.support.plus(totals.own), totals.total);
            prop_assert!(totals.own >= Won::ZERO);
            // What is shown and what decides agree: over the limit is shown as over it.
            prop_assert_eq!(totals.within(BasisPoints(limit)), totals.share() <= BasisPoints(limit));
            // The most that may be asked for is within the limit, and one won more is not.
            let most = totals.support_max(BasisPoints(limit));
            let asking = |support: Won| Totals { support, own: totals.total.minus(support), ..totals };
            prop_assert!(asking(most).within(BasisPoints(limit)));
            if totals.total.is_positive() && limit < 10_000 {
                prop_assert!(!asking(most.plus(Won(1))).within(BasisPoints(limit)));
            }
        }
    }
}
