//! States of an assignment, what a score must be, the trimmed mean, reasons of decisions, conflicts that are seen.
//! Every number is an integer in thousandths of a point, so a score is the same on every machine (domain C10).

use crate::{
    core::{
        form::FormErrors,
        refusal::Refusal,
        roles::Role,
        step::{Note, Step},
    },
    programmes::RubricItem,
};

crate::text_enum!(
    /// Where an assignment stands.
    AssignmentState {
        Proposed = "proposed",
        Accepted = "accepted",
        Recused = "recused",
        Locked = "locked",
    }
);

crate::text_enum!(
    /// What was decided.
    DecisionOutcome {
        Selected = "selected",
        Reserve = "reserve",
        Rejected = "rejected",
    }
);

crate::text_enum!(
    /// Why: every decision names one reason of this list (domain C11).
    DecisionReason {
        /// Ranked above the line that the budget draws.
        WithinBudget = "within_budget",
        /// A place on the reserve list has come free.
        PlaceFreed = "place_freed",
        BudgetShort = "budget_short",
        CapShort = "cap_short",
        BelowPassMark = "below_pass_mark",
        BudgetExhausted = "budget_exhausted",
        PlanNotFeasible = "plan_not_feasible",
        OutcomeNotMeasurable = "outcome_not_measurable",
        FundedElsewhere = "funded_elsewhere",
    }
);

crate::text_enum!(
    /// A conflict of interest that the records themselves show.
    Conflict {
        /// The mail address is of the same domain as one of the firm's or vendor's people.
        MailDomain = "mail_domain",
        /// The person already did something on this case that excludes scoring it.
        OtherDuty = "other_duty",
    }
);

use AssignmentState::*;

pub const STEPS: &[Step<AssignmentState>] = &[
    Step { name: "accept", from: Proposed, to: Accepted, by: &[Role::Reviewer], note: Note::None },
    Step { name: "recuse", from: Proposed, to: Recused, by: &[Role::Reviewer], note: Note::Required },
    Step { name: "recuse", from: Accepted, to: Recused, by: &[Role::Reviewer], note: Note::Required },
    Step { name: "lock", from: Accepted, to: Locked, by: &[Role::Reviewer], note: Note::None },
];

/// Below this many points, and above `COMMENT_ABOVE`, a score needs a comment (domain A5).
pub const COMMENT_BELOW: i64 = 60;
pub const COMMENT_ABOVE: i64 = 95;
/// From this many reviewers on, the highest and the lowest total do not count (domain C10).
pub const TRIMMED_FROM: usize = 5;
/// The most characters of a comment or note.
pub const COMMENT_CHARS_MAX: usize = 1_000;

/// The names of a scoring form's fields, by the place of the item in the rubric.
pub const POINTS_FIELDS: [&str; 12] = [
    "points_1",
    "points_2",
    "points_3",
    "points_4",
    "points_5",
    "points_6",
    "points_7",
    "points_8",
    "points_9",
    "points_10",
    "points_11",
    "points_12",
];
pub const COMMENT_FIELDS: [&str; 12] = [
    "comment_1",
    "comment_2",
    "comment_3",
    "comment_4",
    "comment_5",
    "comment_6",
    "comment_7",
    "comment_8",
    "comment_9",
    "comment_10",
    "comment_11",
    "comment_12",
];

/// What a reviewer gives one item of the rubric: 0 to 100 points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemScore {
    pub item: String,
    pub points: i64,
    pub comment: String,
}

pub fn comment_needed(points: i64) -> bool {
    !(COMMENT_BELOW..=COMMENT_ABOVE).contains(&points)
}

/// Refuses scores that are not exactly one per item of the rubric, out of range, or without a comment they need.
/// Troubles stand under the field of the item's place in the rubric.
pub fn check_scores(rubric: &[RubricItem], scores: &[ItemScore]) -> Result<(), FormErrors> {
    let mut errors = FormErrors::new();
    if scores.iter().any(|score| !rubric.iter().any(|item| item.code == score.item)) || scores.len() > rubric.len() {
        errors.add("", "refusal-form-malformed");
    }
    for (item, (points_field, comment_field)) in rubric.iter().zip(POINTS_FIELDS.into_iter().zip(COMMENT_FIELDS)) {
        let Some(score) = scores.iter().find(|score| score.item == item.code) else {
            errors.add(points_field, "form-required");
            continue;
        };
        if !(0..=100).contains(&score.points) {
            let bounds = vec![("least", "0".to_owned()), ("most", "100".to_owned())];
            errors.add_with(points_field, "form-out-of-range", bounds);
        }
        if comment_needed(score.points) && score.comment.trim().is_empty() {
            errors.add(comment_field, "reviews-comment-needed");
        }
    }
    errors.done(())
}

/// One reviewer's total in thousandths of a point: each item's points by its weight; weights add up to 100.
pub fn total_milli(rubric: &[RubricItem], scores: &[ItemScore]) -> i64 {
    let points =
        |item: &RubricItem| scores.iter().find(|score| score.item == item.code).map_or(0, |score| score.points);
    rubric.iter().map(|item| item.weight * points(item) * 10).sum()
}

/// The score of an application from its reviewers' totals: their mean, from five reviewers on without the highest
/// and the lowest. Rounded down, so that a fraction never lifts anybody over a pass mark. None without totals.
pub fn score_milli(totals: &[i64]) -> Option<i64> {
    let (sum, count): (i64, i64) = (totals.iter().sum(), i64::try_from(totals.len()).ok()?);
    if totals.len() >= TRIMMED_FROM {
        let (highest, lowest) = (totals.iter().max()?, totals.iter().min()?);
        return Some((sum - highest - lowest).div_euclid(count - 2));
    }
    (count > 0).then(|| sum.div_euclid(count))
}

/// Whether a score reaches the pass mark (whole points).
pub fn passes(score_milli: i64, pass_mark: i64) -> bool {
    score_milli >= pass_mark * 1_000
}

/// What may be decided about an application with this score, before the ledger is asked (domain C10, C11).
pub fn check_decision(
    outcome: DecisionOutcome,
    reason: DecisionReason,
    note: &str,
    score_milli: i64,
    pass_mark: i64,
) -> Result<(), Refusal> {
    if !reason.fits(outcome) {
        return Err(Refusal::unacceptable("reviews-refusal-reason").at("reason"));
    }
    if outcome == DecisionOutcome::Rejected && note.trim().is_empty() {
        return Err(Refusal::unacceptable("form-required").at("note"));
    }
    let passed = passes(score_milli, pass_mark);
    if outcome != DecisionOutcome::Rejected && !passed {
        return Err(Refusal::conflict("reviews-refusal-below-pass-mark").at("outcome").with("mark", pass_mark));
    }
    if reason == DecisionReason::BelowPassMark && passed {
        return Err(Refusal::unacceptable("reviews-refusal-passed").at("reason").with("mark", pass_mark));
    }
    Ok(())
}

impl DecisionReason {
    /// Whether this can be the reason of `outcome`.
    pub fn fits(self, outcome: DecisionOutcome) -> bool {
        use DecisionReason::*;
        match outcome {
            DecisionOutcome::Selected => matches!(self, WithinBudget | PlaceFreed),
            DecisionOutcome::Reserve => matches!(self, BudgetShort | CapShort),
            DecisionOutcome::Rejected => !matches!(self, WithinBudget | PlaceFreed | BudgetShort),
        }
    }
}

impl DecisionOutcome {
    /// The step of the application that this outcome takes.
    pub fn step(self) -> &'static str {
        match self {
            DecisionOutcome::Selected => "select",
            DecisionOutcome::Reserve => "reserve",
            DecisionOutcome::Rejected => "reject",
        }
    }

    /// Its letter: `mail-<letter>-subject` and `-body`.
    pub fn letter(self) -> &'static str {
        match self {
            DecisionOutcome::Selected => "decision-selected",
            DecisionOutcome::Reserve => "decision-reserve",
            DecisionOutcome::Rejected => "decision-rejected",
        }
    }
}

/// Domains whose users have nothing in common (and the one of the demonstration, where everybody lives).
const SHARED_DOMAINS: &[&str] = &[
    "naver.com",
    "daum.net",
    "hanmail.net",
    "kakao.com",
    "nate.com",
    "gmail.com",
    "outlook.com",
    "hotmail.com",
    "yahoo.com",
    "icloud.com",
    "demo.test",
];

/// Whether two mail addresses are of one organisation's domain.
pub fn same_house(one: &str, other: &str) -> bool {
    let domain = |address: &str| address.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
    match (domain(one), domain(other)) {
        (Some(one), Some(other)) => one == other && !SHARED_DOMAINS.contains(&one.as_str()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{core::step::step, programmes::CallRules};
    use proptest::prelude::*;

    fn all(points: i64, comment: &str) -> Vec<ItemScore> {
        let give = |item: RubricItem| ItemScore { item: item.code, points, comment: comment.to_owned() };
        CallRules::ai_voucher().rubric.into_iter().map(give).collect()
    }

    #[test]
    fn only_the_steps_of_the_table_are_taken() {
        for from in AssignmentState::ALL {
            for name in ["accept", "recuse", "lock"] {
                let allowed =
                    matches!((name, from), ("accept", Proposed) | ("recuse", Proposed | Accepted) | ("lock", Accepted));
                assert_eq!(step(STEPS, name, *from).is_ok(), allowed, "{name} from {from}");
            }
        }
    }

    #[test]
    fn a_score_needs_every_item_in_range_and_its_comment() {
        let rubric = CallRules::ai_voucher().rubric;
        assert!(check_scores(&rubric, &all(80, "")).is_ok());
        for points in [59, 96] {
            assert_eq!(check_scores(&rubric, &all(points, " ")).unwrap_err().0.len(), 6, "{points}");
            assert!(check_scores(&rubric, &all(points, "because")).is_ok());
        }
        for points in [60, 95] {
            assert!(check_scores(&rubric, &all(points, "")).is_ok(), "{points}");
        }
        for points in [-1, 101] {
            assert!(check_scores(&rubric, &all(points, "because")).is_err());
        }
        assert!(check_scores(&rubric, &all(80, "")[1..]).is_err());
        let mut strange = all(80, "");
        strange[0].item = "beauty".to_owned();
        assert!(check_scores(&rubric, &strange).is_err());
    }

    #[test]
    fn the_mean_is_trimmed_from_five_reviewers_on() {
        assert_eq!(score_milli(&[]), None);
        assert_eq!(score_milli(&[70_000, 80_000, 90_001]), Some(80_000));
        assert_eq!(score_milli(&[0, 80_000, 80_000, 100_000]), Some(65_000));
        assert_eq!(score_milli(&[0, 80_000, 80_000, 80_000, 100_000]), Some(80_000));
        // Only one of two equal extremes is left out.
        assert_eq!(score_milli(&[0, 0, 60_000, 60_000, 60_000]), Some(40_000));
    }

    #[test]
    fn a_fraction_lifts_nobody_over_the_pass_mark() {
        assert!(!passes(score_milli(&[70_000, 70_000, 69_999]).unwrap(), 70));
        assert!(passes(score_milli(&[70_000, 70_001, 69_999]).unwrap(), 70));
    }

    #[test]
    fn every_outcome_has_reasons_and_they_are_checked() {
        use DecisionOutcome::*;
        let below = DecisionReason::BelowPassMark;
        assert!(check_decision(Selected, DecisionReason::WithinBudget, "", 70_000, 70).is_ok());
        assert_eq!(
            check_decision(Selected, DecisionReason::WithinBudget, "", 69_999, 70).unwrap_err().key,
            "reviews-refusal-below-pass-mark"
        );
        assert!(check_decision(Selected, below, "", 70_000, 70).is_err());
        assert!(check_decision(Rejected, below, "note", 80_000, 70).is_err());
        assert!(check_decision(Rejected, below, "note", 69_999, 70).is_ok());
        assert!(check_decision(Rejected, below, "", 69_999, 70).is_err(), "a rejection says why in words");
        for reason in DecisionReason::ALL {
            assert!(DecisionOutcome::ALL.iter().any(|outcome| reason.fits(*outcome)), "{reason}");
        }
    }

    #[test]
    fn people_of_one_domain_are_of_one_house() {
        assert!(same_house("kim@hanbit.co.kr", "lee@HANBIT.co.kr"));
        assert!(!same_house("kim@hanbit.co.kr", "lee@other.co.kr"));
        assert!(!same_house("kim@naver.com", "lee@naver.com"));
    }

    proptest! {
        #[test]
        fn a_score_lies_between_the_totals_and_does_not_depend_on_their_order(
            mut totals in proptest::collection::vec(0_i64..=100_000, 1..12),
        ) {
            let score = score_milli(&totals).unwrap();
            prop_assert!(score >= *totals.iter().min().unwrap() && score <= *totals.iter().max().unwrap());
            totals.reverse();
            prop_assert_eq!(score_milli(&totals), Some(score));
        }

        #[test]
        fn one_reviewer_alone_moves_a_trimmed_score_no_further_than_the_others_reach(
            others in proptest::collection::vec(0_i64..=100_000, 4..10), extreme in 0_i64..=100_000,
        ) {
            let mut totals = others.clone();
            totals.push(extreme);
            let score = score_milli(&totals).unwrap();
            prop_assert!(score >= *others.iter().min().unwrap() && score <= *others.iter().max().unwrap());
        }

        #[test]
        fn a_total_is_the_weighted_points_exactly(points in proptest::collection::vec(0_i64..=100, 6)) {
            let rubric = CallRules::ai_voucher().rubric;
            let scores: Vec<ItemScore> = rubric.iter().zip(&points)
                .map(|(item, points)| ItemScore { item: item.code.clone(), points: *points, comment: String::new() })
                .collect();
            let hundredths: i64 = rubric.iter().zip(&points).map(|(item, points)| item.weight * points).sum();
            prop_assert_eq!(total_milli(&rubric, &scores), hundredths * 10);
        }
    }
}
