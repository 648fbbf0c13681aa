//! What a call decides by, as data; when it is open; what its change screen may set.

mod agreement_rules;
mod call_rules;
mod changes;
pub mod conditions;
mod envelope_rules;
mod form_rules;
mod funding;
mod letter_rules;
pub mod package;
mod payment_rules;
mod review_rules;
mod rolling;
pub mod rubric;
mod screening_rules;
pub mod simulation;

pub use agreement_rules::{AgreementRules, EXTENSION_MONTHS_MAX, NOTICE_DAYS_MAX, NOTICES_MAX, Wave};
pub use call_rules::*;
pub use changes::{Difference, Fact, Item, MEGABYTE, RuleValue, differences, facts};
pub use conditions::Condition;
pub use envelope_rules::{ENVELOPES_MAX, Envelope, Place};
pub use form_rules::FormRules;
pub use funding::{EXAMPLE_SUPPLY, FirmClass, FundingRule, Limits, SizeGroup, Split, by_groups, funds_vat};
pub use letter_rules::{LETTER_MAX, LetterCase, LetterRules, PLACES};
pub use payment_rules::PaymentRules;
pub use review_rules::ReviewRules;
pub use rolling::{closing_a_year_on, may_close, opening_a_year_on};
pub use rubric::{CRITERIA_MAX, RubricItem};
pub use screening_rules::{SEED_MAX, ScreeningRules};

use crate::core::{
    roles::Role,
    step::{Note, Step},
};
use chrono::{DateTime, Duration, Utc};

crate::text_enum!(
    /// Where a call stands.
    CallState {
        Draft = "draft",
        Published = "published",
        Cancelled = "cancelled",
    }
);

crate::text_enum!(
    /// Where a change of a call stands.
    ChangeState {
        /// Edits are gathered.
        Preparing = "preparing",
        /// Waits for a second person.
        Proposed = "proposed",
        Adopted = "adopted",
        Refused = "refused",
        Dropped = "dropped",
    }
);

crate::text_enum!(
    /// What a change changes.
    ChangeKind {
        Rules = "rules",
        /// A later closing for the whole call.
        Extension = "extension",
    }
);

crate::text_enum!(
    /// A part of the rules that has a form of its own.
    Aspect {
        General = "general",
        Document = "document",
        Funding = "funding",
        Category = "category",
        Cap = "cap",
        Track = "track",
        /// How much one region or sector may have.
        Envelope = "envelope",
        Terms = "terms",
        /// Reminders, extensions and idle vouchers.
        Agreement = "agreement",
        /// Panels, draw, approvals.
        Review = "review",
        /// Weights and minimums of all criteria.
        Rubric = "rubric",
        /// One criterion: its name and its anchor texts.
        Criterion = "criterion",
        Payment = "payment",
        /// Spot checks of what passes everything.
        Screening = "screening",
        /// Paragraphs of its own in the letters.
        Letters = "letters",
    }
);

/// A draft's rules are adopted by whoever prepares it; those of a published call by a manager who had no hand in them.
pub const CHANGE_STEPS: &[Step<ChangeState>] = &[
    Step {
        name: "adopt_draft",
        from: ChangeState::Preparing,
        to: ChangeState::Adopted,
        by: &[Role::Admin],
        note: Note::None,
    },
    Step {
        name: "propose",
        from: ChangeState::Preparing,
        to: ChangeState::Proposed,
        by: &[Role::Admin],
        note: Note::Required,
    },
    Step {
        name: "approve",
        from: ChangeState::Proposed,
        to: ChangeState::Adopted,
        by: &[Role::Manager],
        note: Note::None,
    },
    Step {
        name: "refuse",
        from: ChangeState::Proposed,
        to: ChangeState::Refused,
        by: &[Role::Manager],
        note: Note::Required,
    },
    Step { name: "drop", from: ChangeState::Preparing, to: ChangeState::Dropped, by: &[Role::Admin], note: Note::None },
    Step { name: "drop", from: ChangeState::Proposed, to: ChangeState::Dropped, by: &[Role::Admin], note: Note::None },
];

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
        /// By the published draw among all who are eligible: nobody scores.
        Lottery = "lottery",
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
    fn a_change_that_is_over_is_over_and_every_other_pair_is_forbidden() {
        use ChangeState::*;
        let allowed = [(Preparing, Adopted), (Preparing, Proposed), (Proposed, Adopted), (Proposed, Refused)];
        for from in ChangeState::ALL {
            for to in ChangeState::ALL {
                let listed = CHANGE_STEPS.iter().any(|step| step.from == *from && step.to == *to);
                let dropped = *to == Dropped && matches!(from, Preparing | Proposed);
                assert_eq!(listed, allowed.contains(&(*from, *to)) || dropped, "{from} → {to}");
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
