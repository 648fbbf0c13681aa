//! States of an assignment, what a score must be, the trimmed mean, reasons of decisions, conflicts that are seen.
//! Every number is an integer in thousandths of a point, so a score is the same on every machine (domain C10).

mod advice;
pub mod blind;
pub mod clock;
pub mod draw;
pub mod plan;
mod reasons;

pub use advice::{
    ADVICE_STEPS, Advice, AdviceState, AdviceTrouble, Judgement, Matter, MatterCost, MatterCriterion, PROMPT_VERSION,
    Prompt, SENT_FIELDS,
};
pub use reasons::{Basis, DecisionReason, Reason, RestsOn, Wording, check_rests_on, reworded};

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
        /// The panel was closed without this reviewer.
        Released = "released",
    }
);

crate::text_enum!(
    /// Why somebody reads an application.
    Purpose {
        Panel = "panel",
        /// The totals of the panel lie far apart.
        Further = "further",
        /// A blind second read by chance: it changes no score.
        Sample = "sample",
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
    /// A conflict of interest that the records themselves show.
    Conflict {
        /// Acts, or acted within three years, for the firm or the vendor.
        Member = "member",
        /// Works there, or has another declared interest in it.
        Interest = "interest",
        SharedPhone = "shared_phone",
        SharedAddress = "shared_address",
        /// Stepped back from an application of the same firm or vendor before.
        DeclaredBefore = "declared_before",
        /// The mail address is of the same domain as one of the firm's or vendor's people.
        MailDomain = "mail_domain",
        /// The person already did something on this case that excludes scoring it.
        OtherDuty = "other_duty",
    }
);

crate::text_enum!(
    /// What ties a reviewer to an organisation, as they declare it.
    Relation {
        Employed = "employed",
        Advised = "advised",
        Holding = "holding",
        Kin = "kin",
    }
);

crate::text_enum!(
    /// Where a decision of several managers stands.
    ProposalState {
        Waiting = "waiting",
        Confirmed = "confirmed",
        Refused = "refused",
    }
);

crate::text_enum!(
    /// Where a bulk decision stands.
    BulkState {
        Preview = "preview",
        Running = "running",
        Done = "done",
        Dropped = "dropped",
    }
);

crate::text_enum!(
    /// What became of one row of a bulk decision.
    BulkResult {
        Decided = "decided",
        /// Another manager has to confirm.
        Proposed = "proposed",
        Refused = "refused",
    }
);

crate::text_enum!(
    /// Where an objection stands.
    ObjectionState {
        Filed = "filed",
        Dismissed = "dismissed",
        /// Upheld: others decide anew on the same scores, or screen anew.
        DecidedAnew = "decided_anew",
        /// Upheld: others score anew.
        ScoredAnew = "scored_anew",
    }
);

crate::text_enum!(
    /// A field that a question to the firm can be about.
    ClarifiedField {
        UseCase = "use_case",
        Process = "process",
        Problem = "problem",
        Plan = "plan",
        Oversight = "oversight",
        Indicators = "indicators",
        Solution = "solution",
        Costs = "costs",
        Documents = "documents",
    }
);

pub const PROPOSAL_STEPS: &[Step<ProposalState>] = &[
    Step {
        name: "confirm",
        from: ProposalState::Waiting,
        to: ProposalState::Confirmed,
        by: &[Role::Manager],
        note: Note::None,
    },
    Step {
        name: "refuse",
        from: ProposalState::Waiting,
        to: ProposalState::Refused,
        by: &[Role::Manager],
        note: Note::Required,
    },
];

pub const BULK_STEPS: &[Step<BulkState>] = &[
    Step { name: "start", from: BulkState::Preview, to: BulkState::Running, by: &[Role::Manager], note: Note::None },
    Step { name: "drop", from: BulkState::Preview, to: BulkState::Dropped, by: &[Role::Manager], note: Note::None },
    Step { name: "finish", from: BulkState::Running, to: BulkState::Done, by: &[], note: Note::None },
];

pub const OBJECTION_STEPS: &[Step<ObjectionState>] = &[
    Step {
        name: "dismiss",
        from: ObjectionState::Filed,
        to: ObjectionState::Dismissed,
        by: &[Role::Manager],
        note: Note::Required,
    },
    Step {
        name: "decide_anew",
        from: ObjectionState::Filed,
        to: ObjectionState::DecidedAnew,
        by: &[Role::Manager],
        note: Note::Required,
    },
    Step {
        name: "score_anew",
        from: ObjectionState::Filed,
        to: ObjectionState::ScoredAnew,
        by: &[Role::Manager],
        note: Note::Required,
    },
];

use AssignmentState::*;

pub const STEPS: &[Step<AssignmentState>] = &[
    Step { name: "accept", from: Proposed, to: Accepted, by: &[Role::Reviewer], note: Note::None },
    Step { name: "recuse", from: Proposed, to: Recused, by: &[Role::Reviewer], note: Note::Required },
    Step { name: "recuse", from: Accepted, to: Recused, by: &[Role::Reviewer], note: Note::Required },
    Step { name: "lock", from: Accepted, to: Locked, by: &[Role::Reviewer], note: Note::None },
    // With a quorum of locked scores the panel is closed without those who did not score.
    Step { name: "release", from: Proposed, to: Released, by: &[Role::Manager], note: Note::None },
    Step { name: "release", from: Accepted, to: Released, by: &[Role::Manager], note: Note::None },
];

/// Past work for a firm or vendor counts against a reviewer this long, in days (domain: invariant 9, three years).
pub const PAST_WORK_DAYS: i64 = 3 * 365;
/// A reviewer whose mean deviation from the panels lies beyond this is marked, in thousandths of a point.
pub const BIAS_MARKED_MILLI: i64 = 5_000;
/// Fewer reads say nothing about a reviewer.
pub const BIAS_READS_MIN: i64 = 5;
/// A second read that differs by more than this from the result counts as an error, in thousandths of a point.
pub const SAMPLE_DIFFERENCE_MILLI: i64 = 10_000;

/// Below this many points, and above `COMMENT_ABOVE`, a score needs a comment (domain A5).
pub const COMMENT_BELOW: i64 = 60;
pub const COMMENT_ABOVE: i64 = 95;
/// From this many reviewers on, the highest and the lowest total do not count (domain C10).
pub const TRIMMED_FROM: usize = 5;
/// The most characters of a comment or note.
pub const COMMENT_CHARS_MAX: usize = 1_000;

/// The most characters of an answer, of grounds, of a finding.
pub const ANSWER_CHARS_MAX: usize = 4_000;

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

/// How far the totals of a panel lie apart.
pub fn spread_milli(totals: &[i64]) -> i64 {
    totals.iter().max().zip(totals.iter().min()).map_or(0, |(most, least)| most - least)
}

/// The codes of the criteria whose mean points lie below their minimum, in the order of the rubric.
pub fn below_minimum(rubric: &[RubricItem], points: &[(String, i64)]) -> Vec<String> {
    let falls = |item: &&RubricItem| {
        let given: Vec<i64> = points.iter().filter(|(code, _)| *code == item.code).map(|(_, points)| *points).collect();
        let count = i64::try_from(given.len()).unwrap_or(i64::MAX);
        !given.is_empty() && given.iter().sum::<i64>() < item.minimum * count
    };
    rubric.iter().filter(falls).map(|item| item.code.clone()).collect()
}

/// Whether a score reaches the pass mark (whole points).
pub fn passes(score_milli: i64, pass_mark: i64) -> bool {
    score_milli >= pass_mark * 1_000
}

/// What a decision rests on.
#[derive(Debug, Clone, Copy)]
pub struct Ground {
    pub score_milli: i64,
    /// In whole points; 0 where nobody scores.
    pub pass_mark: i64,
    /// A criterion is below its minimum.
    pub below_minimum: bool,
}

impl Ground {
    pub fn passes(&self) -> bool {
        passes(self.score_milli, self.pass_mark)
    }
}

/// What may be decided about an application, before the ledger is asked (domain C10, C11).
pub fn check_decision(outcome: DecisionOutcome, reason: &Reason, note: &str, ground: Ground) -> Result<(), Refusal> {
    if !reason.fits(outcome) {
        return Err(Refusal::unacceptable("reviews-refusal-reason").at("reason"));
    }
    if outcome == DecisionOutcome::Rejected && note.trim().is_empty() {
        return Err(Refusal::unacceptable("form-required").at("note"));
    }
    let mark = ground.pass_mark;
    if outcome != DecisionOutcome::Rejected && !ground.passes() {
        return Err(Refusal::conflict("reviews-refusal-below-pass-mark").at("outcome").with("mark", mark));
    }
    if outcome != DecisionOutcome::Rejected && ground.below_minimum {
        return Err(Refusal::conflict("reviews-refusal-below-minimum").at("outcome"));
    }
    if reason.is(DecisionReason::BelowPassMark) && ground.passes() {
        return Err(Refusal::unacceptable("reviews-refusal-passed").at("reason").with("mark", mark));
    }
    if reason.is(DecisionReason::BelowMinimum) && !ground.below_minimum {
        return Err(Refusal::unacceptable("reviews-refusal-no-minimum").at("reason"));
    }
    Ok(())
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
            for name in ["accept", "recuse", "lock", "release"] {
                let allowed = matches!(
                    (name, from),
                    ("accept", Proposed) | ("recuse" | "release", Proposed | Accepted) | ("lock", Accepted)
                );
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
    fn a_decision_needs_a_reason_that_fits() {
        use DecisionOutcome::*;
        let reason = |code: DecisionReason, outcomes: &str| Reason {
            code: code.to_string(),
            version: 1,
            outcomes: outcomes.to_owned(),
            basis: Basis::Score,
            name_ko: String::new(),
            name_en: String::new(),
            letter_ko: String::new(),
            letter_en: String::new(),
            retired: false,
        };
        let within = &reason(DecisionReason::WithinBudget, "selected");
        let below = &reason(DecisionReason::BelowPassMark, "rejected");
        let minimum = &reason(DecisionReason::BelowMinimum, "rejected");
        let at = |score_milli| Ground { score_milli, pass_mark: 70, below_minimum: false };
        assert!(check_decision(Selected, within, "", at(70_000)).is_ok());
        assert_eq!(
            check_decision(Selected, within, "", at(69_999)).unwrap_err().key,
            "reviews-refusal-below-pass-mark"
        );
        let low = Ground { below_minimum: true, ..at(90_000) };
        assert_eq!(check_decision(Selected, within, "", low).unwrap_err().key, "reviews-refusal-below-minimum");
        assert!(check_decision(Rejected, minimum, "note", low).is_ok());
        assert!(check_decision(Rejected, minimum, "note", at(90_000)).is_err());
        assert!(check_decision(Selected, below, "", at(70_000)).is_err());
        assert!(check_decision(Rejected, below, "note", at(80_000)).is_err());
        assert!(check_decision(Rejected, below, "note", at(69_999)).is_ok());
        assert!(check_decision(Rejected, below, "", at(69_999)).is_err(), "a rejection says why in words");
    }

    #[test]
    fn only_what_is_open_can_be_ended() {
        use crate::core::step::step;
        for from in ProposalState::ALL {
            for name in ["confirm", "refuse"] {
                assert_eq!(step(PROPOSAL_STEPS, name, *from).is_ok(), *from == ProposalState::Waiting, "{name} {from}");
            }
        }
        for from in BulkState::ALL {
            for name in ["start", "drop"] {
                assert_eq!(step(BULK_STEPS, name, *from).is_ok(), *from == BulkState::Preview, "{name} {from}");
            }
            assert_eq!(step(BULK_STEPS, "finish", *from).is_ok(), *from == BulkState::Running, "{from}");
        }
        for from in ObjectionState::ALL {
            for name in ["dismiss", "decide_anew", "score_anew"] {
                assert_eq!(step(OBJECTION_STEPS, name, *from).is_ok(), *from == ObjectionState::Filed, "{name} {from}");
            }
        }
    }

    #[test]
    fn a_criterion_below_its_minimum_shows() {
        let mut rubric = CallRules::ai_voucher().rubric;
        rubric[1].minimum = 60;
        let of = |points: [i64; 3]| points.map(|points| ("feasibility".to_owned(), points));
        assert_eq!(below_minimum(&rubric, &of([60, 60, 59])), ["feasibility"]);
        assert!(below_minimum(&rubric, &of([50, 60, 70])).is_empty());
        assert!(below_minimum(&rubric, &[]).is_empty());
        assert_eq!(spread_milli(&[70_000, 91_000, 80_000]), 21_000);
        assert_eq!(spread_milli(&[]), 0);
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
