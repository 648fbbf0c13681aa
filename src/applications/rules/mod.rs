//! States of an application, how its workload is classified, and who holds the ball.

pub mod conditions;
pub mod content;
pub mod course;
pub mod defects;
pub mod merging;
pub mod questions;

use crate::core::{
    calendar::Holidays,
    roles::Role,
    step::{Note, Step},
};
use chrono::NaiveDate;

crate::text_enum!(
    /// Where an application stands.
    ApplicationState {
        Draft = "draft",
        Submitted = "submitted",
        SupplementRequested = "supplement_requested",
        Eligible = "eligible",
        Ineligible = "ineligible",
        InReview = "in_review",
        Selected = "selected",
        Reserve = "reserve",
        Rejected = "rejected",
        Agreed = "agreed",
        Closed = "closed",
        Withdrawn = "withdrawn",
        Expired = "expired",
    }
);

use ApplicationState::*;

pub const STEPS: &[Step<ApplicationState>] = &[
    Step { name: "submit", from: Draft, to: Submitted, by: &[Role::Firm], note: Note::None },
    Step { name: "supplement", from: SupplementRequested, to: Submitted, by: &[Role::Firm], note: Note::None },
    Step {
        name: "request_supplement",
        from: Submitted,
        to: SupplementRequested,
        by: &[Role::Screener],
        note: Note::Required,
    },
    Step { name: "confirm_eligible", from: Submitted, to: Eligible, by: &[Role::Screener], note: Note::None },
    Step { name: "find_ineligible", from: Submitted, to: Ineligible, by: &[Role::Screener], note: Note::Required },
    // Only once the answer is overdue: otherwise a firm that never answers would hold its case open for ever.
    Step {
        name: "find_ineligible",
        from: SupplementRequested,
        to: Ineligible,
        by: &[Role::Screener],
        note: Note::Required,
    },
    Step { name: "begin_review", from: Eligible, to: InReview, by: &[Role::Manager], note: Note::None },
    Step { name: "select", from: InReview, to: Selected, by: &[Role::Manager], note: Note::None },
    Step { name: "reserve", from: InReview, to: Reserve, by: &[Role::Manager], note: Note::None },
    Step { name: "reject", from: InReview, to: Rejected, by: &[Role::Manager], note: Note::Required },
    Step { name: "select", from: Reserve, to: Selected, by: &[Role::Manager], note: Note::None },
    // Money returned to the budget, and nobody has to press anything.
    Step { name: "promote", from: Reserve, to: Selected, by: &[], note: Note::None },
    Step { name: "undo", from: Selected, to: InReview, by: &[Role::Manager], note: Note::Required },
    Step { name: "undo", from: Reserve, to: InReview, by: &[Role::Manager], note: Note::Required },
    Step { name: "undo", from: Rejected, to: InReview, by: &[Role::Manager], note: Note::Required },
    // An objection was upheld: others take the case up again.
    Step { name: "hear_anew", from: Rejected, to: InReview, by: &[], note: Note::Required },
    Step { name: "hear_anew", from: Ineligible, to: Submitted, by: &[], note: Note::Required },
    // A call that selects by its catalogue: every condition is met, nobody has to look.
    Step { name: "select_at_once", from: Eligible, to: Selected, by: &[], note: Note::None },
    Step { name: "agree", from: Selected, to: Agreed, by: &[], note: Note::None },
    Step { name: "close", from: Agreed, to: Closed, by: &[], note: Note::None },
    Step { name: "withdraw", from: Draft, to: Withdrawn, by: &[Role::Firm], note: Note::None },
    Step { name: "withdraw", from: Submitted, to: Withdrawn, by: &[Role::Firm], note: Note::None },
    Step { name: "withdraw", from: SupplementRequested, to: Withdrawn, by: &[Role::Firm], note: Note::None },
    Step { name: "withdraw", from: Eligible, to: Withdrawn, by: &[Role::Firm], note: Note::None },
    Step { name: "withdraw", from: InReview, to: Withdrawn, by: &[Role::Firm], note: Note::None },
    Step { name: "withdraw", from: Selected, to: Withdrawn, by: &[Role::Firm], note: Note::None },
    Step { name: "withdraw", from: Reserve, to: Withdrawn, by: &[Role::Firm], note: Note::None },
    // By the firm, together with its agreement and voucher, while nothing of it is spent.
    Step { name: "withdraw", from: Agreed, to: Withdrawn, by: &[], note: Note::Required },
    Step { name: "expire", from: Draft, to: Expired, by: &[], note: Note::None },
    Step { name: "lapse", from: Selected, to: Expired, by: &[], note: Note::None },
];

crate::text_enum!(
    /// How sensitive the data is (domain: workload classification).
    DataClass { D0 = "D0", D1 = "D1", D2 = "D2", D3 = "D3", D4 = "D4" }
);

crate::text_enum!(
    /// How fast the answer must be there.
    LatencyClass { L0 = "L0", L1 = "L1", L2 = "L2", L3 = "L3" }
);

crate::text_enum!(
    /// The languages the work is in.
    LanguageClass { Ko = "ko", KoEn = "ko_en", Multilingual = "multilingual", NonText = "non_text" }
);

crate::text_enum!(
    /// How far the result decides about people.
    DecisionImpact {
        Advisory = "advisory",
        HumanInLoop = "human_in_loop",
        Automated = "automated",
        /// High-impact under the AI Basic Act.
        HighImpact = "high_impact",
    }
);

crate::text_enum!(
    /// Whether an indicator is to rise or to fall.
    Direction { Up = "up", Down = "down" }
);

crate::text_enum!(
    /// A part of the form that is saved on its own.
    Section {
        UseCase = "use_case",
        Workload = "workload",
        Indicators = "indicators",
        Solution = "solution",
        Questions = "questions",
        Costs = "costs",
        /// Only where the call asks who does the work.
        Team = "team",
        Documents = "documents",
    }
);

impl Section {
    /// Where it stands below the application's own address.
    pub fn path(self) -> &'static str {
        match self {
            Section::UseCase => "use-case",
            Section::Workload => "workload",
            Section::Indicators => "indicators",
            Section::Solution => "solution",
            Section::Questions => "questions",
            Section::Costs => "costs",
            Section::Team => "team",
            Section::Documents => "documents",
        }
    }

    /// The inverse of `path`.
    pub fn at(path: &str) -> Option<Section> {
        Section::ALL.iter().copied().find(|section| section.path() == path)
    }
}

impl ApplicationState {
    /// The firm may change what it has written.
    pub fn is_open_to_firm(self) -> bool {
        matches!(self, Draft | SupplementRequested)
    }

    /// Counts against "one application per call".
    pub fn is_live(self) -> bool {
        !matches!(self, Withdrawn | Expired)
    }

    /// A colour for its tag: what waits for the reader is yellow, what went well green, what ended badly red.
    pub fn colour(self) -> &'static str {
        match self {
            Draft | Closed | Withdrawn | Expired => "grey",
            Submitted | InReview | Reserve => "blue",
            SupplementRequested => "yellow",
            Eligible | Selected | Agreed => "green",
            Ineligible | Rejected => "red",
        }
    }

    /// By when the next thing happens, in business or calendar days (domain: deadlines and timers).
    /// `since` is the day the state began; `closes` the last day of the call.
    /// `screening_days` are those of the call.
    pub fn expected_by(
        self,
        since: NaiveDate,
        closes: NaiveDate,
        screening_days: u32,
        holidays: &Holidays,
    ) -> Option<NaiveDate> {
        match self {
            Submitted => Some(holidays.add_business_days(since, screening_days)),
            Eligible | InReview => closes.checked_add_days(chrono::Days::new(DECISION_DAYS)),
            Draft => Some(closes),
            _ => None,
        }
    }
}

/// From closing to the decision.
pub const DECISION_DAYS: u64 = 45;
/// All defects are listed at once: a further round is a manager's to allow (domain: invariant 11).
pub const SUPPLEMENT_ROUNDS: i64 = 1;
/// Nobody is asked more often than this.
pub const SUPPLEMENT_ROUNDS_MAX: i64 = 2;
/// Lines, indicators and people of one application.
pub const COST_LINES_MAX: usize = 50;
pub const INDICATORS_MAX: usize = 20;
pub const TEAM_MAX: usize = 30;
/// The longest that somebody works on a project, in months.
pub const TEAM_MONTHS_MAX: i64 = 60;
pub const DOCUMENTS_MAX: usize = 40;

/// The document that shows consent or notice of a transfer of personal data abroad. A slot of its own,
/// beside those of the call, when personal data is worked on abroad.
pub const TRANSFER_NOTICE: &str = "transfer_notice";

/// `AV2027-000001`.
pub fn receipt_no(year: i64, number: i64) -> String {
    format!("AV{year}-{number:06}")
}

/// A receipt number as somebody types it; None when it is none.
pub fn read_receipt_no(text: &str) -> Option<String> {
    let folded: String = crate::core::names::fold_digits(text.trim()).to_uppercase();
    let (year, number) = folded.strip_prefix("AV")?.split_once('-')?;
    let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    (year.len() == 4 && number.len() >= 6 && digits(year) && digits(number)).then_some(folded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::step::step;

    #[test]
    fn only_the_steps_of_the_table_can_be_taken() {
        let names: std::collections::BTreeSet<&str> = STEPS.iter().map(|step| step.name).collect();
        for &name in &names {
            for &from in ApplicationState::ALL {
                let listed = STEPS.iter().any(|step| step.name == name && step.from == from);
                assert_eq!(step(STEPS, name, from).is_ok(), listed, "{name} from {from}");
            }
        }
        assert_eq!(step(STEPS, "submit", Submitted).unwrap_err().key, "refusal-state-moved-on");
        let by_hand = |state| crate::core::step::open_steps(STEPS, state, Role::ALL).len();
        assert_eq!(by_hand(Agreed), 0, "an agreement binds: only its own ending takes the application with it");
    }

    #[test]
    fn every_pair_of_states_that_is_not_listed_is_forbidden() {
        let allowed = [
            (Draft, Submitted),
            (SupplementRequested, Submitted),
            (Submitted, SupplementRequested),
            (Submitted, Eligible),
            (Submitted, Ineligible),
            (SupplementRequested, Ineligible),
            (Eligible, InReview),
            (Eligible, Selected),
            (InReview, Selected),
            (InReview, Reserve),
            (InReview, Rejected),
            (Reserve, Selected),
            (Selected, InReview),
            (Reserve, InReview),
            (Rejected, InReview),
            (Ineligible, Submitted),
            (Selected, Agreed),
            (Agreed, Closed),
            (Draft, Withdrawn),
            (Submitted, Withdrawn),
            (SupplementRequested, Withdrawn),
            (Eligible, Withdrawn),
            (InReview, Withdrawn),
            (Selected, Withdrawn),
            (Reserve, Withdrawn),
            (Agreed, Withdrawn),
            (Draft, Expired),
            (Selected, Expired),
        ];
        for &from in ApplicationState::ALL {
            for &to in ApplicationState::ALL {
                let listed = STEPS.iter().any(|step| step.from == from && step.to == to);
                assert_eq!(listed, allowed.contains(&(from, to)), "{from} to {to}");
            }
        }
    }

    #[test]
    fn a_receipt_number_is_read_as_people_type_it() {
        assert_eq!(receipt_no(2027, 41), "AV2027-000041");
        for text in ["AV2027-000041", " av2027-000041 ", "AV２０２７-０００041"] {
            assert_eq!(read_receipt_no(text).as_deref(), Some("AV2027-000041"), "{text}");
        }
        for text in ["", "AV2027", "2027-000041", "AV2027-41", "AV2027-00004x", "한빛"] {
            assert_eq!(read_receipt_no(text), None, "{text}");
        }
        assert_eq!(read_receipt_no(&receipt_no(2027, 12_345_678)).as_deref(), Some("AV2027-12345678"));
    }

    #[test]
    fn a_deadline_is_shown_where_somebody_else_holds_the_ball() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let holidays: Holidays = [day("2027-03-01")].into_iter().collect();
        let by = |state: ApplicationState| state.expected_by(day("2027-03-02"), day("2027-04-01"), 10, &holidays);
        assert_eq!(by(Submitted), Some(day("2027-03-16")));
        assert_eq!(by(InReview), Some(day("2027-05-16")));
        assert_eq!(by(Closed), None);
    }
}
