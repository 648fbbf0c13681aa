//! What a call decides by, as data; when it is open; what its change screen may set.

mod changes;

pub use changes::{Difference, Item, RuleValue, differences};

use crate::core::{
    money::{BasisPoints, Won},
    refusal::Refusal,
    roles::Role,
    step::{Note, Step},
};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

crate::text_enum!(
    /// Where a call stands.
    CallState {
        Draft = "draft",
        Published = "published",
        Cancelled = "cancelled",
    }
);

pub const STEPS: &[Step<CallState>] = &[
    Step { name: "publish", from: CallState::Draft, to: CallState::Published, by: &[Role::Manager], note: Note::None },
    Step { name: "cancel", from: CallState::Draft, to: CallState::Cancelled, by: &[Role::Admin], note: Note::None },
];

crate::text_enum!(
    /// Where a published call is in time.
    CallPhase {
        Upcoming = "upcoming",
        Open = "open",
        Closed = "closed",
    }
);

impl CallPhase {
    /// The window begins at `opens_at` and is over at `closes_at` itself.
    pub fn at(opens_at: DateTime<Utc>, closes_at: DateTime<Utc>, now: DateTime<Utc>) -> CallPhase {
        if now < opens_at {
            CallPhase::Upcoming
        } else if now < closes_at {
            CallPhase::Open
        } else {
            CallPhase::Closed
        }
    }
}

crate::text_enum!(
    /// How applications are chosen.
    SelectionMode {
        Scored = "scored",
        CatalogueAuto = "catalogue_auto",
    }
);

crate::text_enum!(
    /// A kind of cost that may be funded.
    CostCategory {
        SolutionLicence = "solution_licence",
        Integration = "integration",
        Infrastructure = "infrastructure",
        CloudUsage = "cloud_usage",
        Data = "data",
        Staff = "staff",
    }
);

pub const REVIEWERS_MIN: i64 = 3;
pub const REVIEWERS_MAX: i64 = 7;
pub const DAYS_MAX: i64 = 365;
pub const MONTHS_MAX: i64 = 60;

/// The rules of one version of a call. Stored as JSON: amounts in won, shares in basis points, terms in days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRules {
    pub selection: SelectionMode,
    /// The most one application may ask for.
    pub support_max_won: Won,
    /// The largest state share of the cost, for small and medium-sized firms and for mid-sized ones.
    pub share_max_sme: BasisPoints,
    pub share_max_mid_sized: BasisPoints,
    /// Whether large firms may apply at all.
    pub large_firms: bool,
    /// Points of 100 (in whole points) below which nobody is selected.
    pub pass_mark: i64,
    pub reviewers: i64,
    pub rubric: Vec<RubricItem>,
    pub categories: Vec<CostCategory>,
    pub documents: Vec<DocumentRule>,
    pub supplement_days: i64,
    pub agreement_answer_days: i64,
    pub objection_days: i64,
    /// From agreement to the end of the work.
    pub term_months: i64,
    /// Whether a claim is approved only after its vendor showed that the solution is used.
    #[serde(default)]
    pub usage_evidence: bool,
}

/// One criterion of the rubric: weights of all items add up to 100.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RubricItem {
    pub code: String,
    pub name_ko: String,
    pub name_en: String,
    pub weight: i64,
}

/// A document that an application carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentRule {
    pub kind: String,
    pub name_ko: String,
    pub name_en: String,
    pub required: bool,
}

/// Whether a submission counts: the request began within the window, and ended before the grace ran out.
pub fn in_time(
    opens_at: DateTime<Utc>,
    closes_at: DateTime<Utc>,
    grace_seconds: i64,
    arrived_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> bool {
    arrived_at >= opens_at && arrived_at < closes_at && now < closes_at + Duration::seconds(grace_seconds)
}

/// How long it is until `until`, in the words a page counts down with: whole days, hours, minutes.
pub fn remaining(now: DateTime<Utc>, until: DateTime<Utc>) -> (i64, i64, i64) {
    let left = (until - now).max(Duration::zero());
    (left.num_days(), left.num_hours() % 24, left.num_minutes() % 60)
}

impl CallRules {
    /// Whether an application needs a document of this kind.
    pub fn requires(&self, kind: &str) -> bool {
        self.documents.iter().any(|rule| rule.kind == kind && rule.required)
    }

    /// Refuses rules that contradict themselves or the cap of a firm in the programme.
    pub fn check(&self, firm_cap: Won) -> Result<(), Refusal> {
        let share = |share: BasisPoints| (0..=BasisPoints::WHOLE.0).contains(&share.0);
        let weights: i64 = self.rubric.iter().map(|item| item.weight).sum();
        let days = [self.supplement_days, self.agreement_answer_days, self.objection_days];
        if !self.support_max_won.is_positive() || self.support_max_won > firm_cap {
            return Err(Refusal::unacceptable("programmes-refusal-support-over-cap")
                .at("support_max")
                .with("cap", firm_cap));
        }
        if !share(self.share_max_sme) || !share(self.share_max_mid_sized) {
            return Err(Refusal::unacceptable("programmes-share-malformed").at("share_sme"));
        }
        if self.share_max_mid_sized > self.share_max_sme {
            return Err(Refusal::unacceptable("programmes-share-larger-than-sme").at("share_mid_sized"));
        }
        let sound = weights == 100
            && self.rubric.iter().all(|item| item.weight > 0)
            && (0..=100).contains(&self.pass_mark)
            && (REVIEWERS_MIN..=REVIEWERS_MAX).contains(&self.reviewers)
            && days.iter().all(|days| (1..=DAYS_MAX).contains(days))
            && (1..=MONTHS_MAX).contains(&self.term_months)
            && !self.categories.is_empty();
        if sound { Ok(()) } else { Err(Refusal::unacceptable("programmes-refusal-rules-unsound")) }
    }

    /// The reviewed "AI voucher": up to KRW 200,000,000, state share at most 80 % for small and medium-sized firms
    /// and 70 % for mid-sized ones, three reviewers, pass mark 70 (domain: programme history, default rubric, timers).
    pub fn ai_voucher() -> CallRules {
        let item = |code: &str, name_ko: &str, name_en: &str, weight| RubricItem {
            code: code.to_owned(),
            name_ko: name_ko.to_owned(),
            name_en: name_en.to_owned(),
            weight,
        };
        let document = |kind: &str, name_ko: &str, name_en: &str, required| DocumentRule {
            kind: kind.to_owned(),
            name_ko: name_ko.to_owned(),
            name_en: name_en.to_owned(),
            required,
        };
        CallRules {
            selection: SelectionMode::Scored,
            support_max_won: Won(200_000_000),
            share_max_sme: BasisPoints(8_000),
            share_max_mid_sized: BasisPoints(7_000),
            large_firms: false,
            pass_mark: 70,
            reviewers: 3,
            rubric: vec![
                item("problem", "문제와 필요성", "Problem and need", 20),
                item("feasibility", "실현 가능성과 데이터 준비", "Feasibility and data readiness", 20),
                item("solution", "솔루션 적합성과 공급기업 역량", "Solution fit and vendor capability", 20),
                item("outcome", "성과와 측정 가능성", "Outcome and measurability", 20),
                item("budget", "사업비 적정성", "Budget adequacy", 10),
                item("governance", "지속 활용과 관리", "Sustained use and governance", 10),
            ],
            categories: CostCategory::ALL.to_vec(),
            documents: vec![
                document("plan", "사업계획서", "Project plan", true),
                document("registration", "사업자등록증", "Business registration certificate", true),
                document("financials", "재무제표", "Financial statements", false),
                document("tax_clearance", "국세·지방세 납세증명서", "Tax clearance", false),
            ],
            supplement_days: 7,
            agreement_answer_days: 30,
            objection_days: 10,
            term_months: 7,
            usage_evidence: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;
    use proptest::prelude::*;

    fn window() -> (DateTime<Utc>, DateTime<Utc>) {
        // 2 to 31 March 2027, 15:00 in Seoul.
        let opens = Utc.with_ymd_and_hms(2027, 3, 2, 0, 0, 0).unwrap();
        let closes = Utc.with_ymd_and_hms(2027, 3, 31, 6, 0, 0).unwrap();
        (opens, closes)
    }

    #[test]
    fn every_pair_that_is_no_step_is_forbidden() {
        for from in CallState::ALL {
            for to in CallState::ALL {
                let allowed = STEPS.iter().any(|step| step.from == *from && step.to == *to);
                let expected = matches!(
                    (from, to),
                    (CallState::Draft, CallState::Published) | (CallState::Draft, CallState::Cancelled)
                );
                assert_eq!(allowed, expected, "{from} → {to}");
            }
        }
    }

    #[test]
    fn a_millisecond_before_closing_is_in_time_and_the_stroke_is_not() {
        let (opens, closes) = window();
        let just_before = closes - Duration::milliseconds(1);
        assert!(in_time(opens, closes, 600, just_before, just_before));
        assert!(in_time(opens, closes, 600, just_before, closes + Duration::seconds(599)));
        assert!(!in_time(opens, closes, 600, just_before, closes + Duration::seconds(600)));
        assert!(!in_time(opens, closes, 600, closes, closes));
        assert!(!in_time(opens, closes, 0, just_before, closes));
        assert!(!in_time(opens, closes, 600, opens - Duration::milliseconds(1), opens));
        assert_eq!(CallPhase::at(opens, closes, just_before), CallPhase::Open);
        assert_eq!(CallPhase::at(opens, closes, closes), CallPhase::Closed);
        assert_eq!(CallPhase::at(opens, closes, opens), CallPhase::Open);
        assert_eq!(CallPhase::at(opens, closes, opens - Duration::milliseconds(1)), CallPhase::Upcoming);
    }

    #[test]
    fn the_preset_is_sound_and_faults_are_refused() {
        let preset = CallRules::ai_voucher();
        assert_eq!(preset.check(Won(200_000_000)), Ok(()));
        assert!(preset.check(Won(199_999_999)).is_err());
        let faults: [fn(&mut CallRules); 9] = [
            |rules| rules.rubric[0].weight = 21,
            |rules| rules.reviewers = 2,
            |rules| rules.reviewers = 8,
            |rules| rules.pass_mark = 101,
            |rules| rules.share_max_sme = BasisPoints(10_001),
            |rules| rules.share_max_mid_sized = BasisPoints(8_001),
            |rules| rules.support_max_won = Won(0),
            |rules| rules.supplement_days = 0,
            |rules| rules.categories.clear(),
        ];
        for (place, fault) in faults.iter().enumerate() {
            let mut rules = preset.clone();
            fault(&mut rules);
            assert!(rules.check(Won(200_000_000)).is_err(), "fault {place}");
        }
    }

    #[test]
    fn what_remains_is_counted_in_whole_parts() {
        let now = DateTime::UNIX_EPOCH;
        assert_eq!(remaining(now, now + Duration::seconds(2 * 86_400 + 3 * 3_600 + 4 * 60 + 59)), (2, 3, 4));
        assert_eq!(remaining(now, now - Duration::seconds(5)), (0, 0, 0));
    }

    proptest! {
        #[test]
        fn a_submission_counts_exactly_when_it_began_in_the_window_and_ended_within_the_grace(
            grace in 0_i64..=3_600, began in -4_000_000_i64..=4_000_000, took in 0_i64..=5_000_000,
        ) {
            let (opens, closes) = window();
            let arrived = closes + Duration::milliseconds(began);
            let now = arrived + Duration::milliseconds(took);
            let counts = began < 0 && arrived >= opens && began + took < grace * 1_000;
            prop_assert_eq!(in_time(opens, closes, grace, arrived, now), counts);
            // Whoever arrives after the closing is never in time, whatever the grace.
            prop_assert!(!in_time(opens, closes, grace, closes + Duration::milliseconds(took), now));
            prop_assert_eq!(CallPhase::at(opens, closes, arrived) == CallPhase::Open, began < 0 && arrived >= opens);
        }
    }
}
