//! The course of an application: its stages, who holds the ball in each, and the day promised for its end
//! (domain: deadlines and timers).

use super::{ApplicationState, DECISION_DAYS};
use crate::core::calendar::Holidays;
use chrono::{Days, Months, NaiveDate};

crate::text_enum!(
    /// A stage; its words are `application-course-<code>`, its holder's `application-course-holder-<code>`.
    Stage {
        Write = "write",
        Screen = "screen",
        Decide = "decide",
        Agree = "agree",
        Deliver = "deliver",
    }
);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    Done,
    Current,
    Coming,
}

/// A stage with the day it is promised for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leg {
    pub stage: Stage,
    pub progress: Progress,
    pub promised: Option<NaiveDate>,
}

/// The days a course is reckoned from.
#[derive(Debug, Clone, Copy)]
pub struct CourseDays<'a> {
    pub closes: NaiveDate,
    pub submitted: Option<NaiveDate>,
    /// The day an answer to a supplement is due, while it is.
    pub supplement_due: Option<NaiveDate>,
    pub decided: Option<NaiveDate>,
    /// Business days.
    pub screening_days: u32,
    pub agreement_answer_days: i64,
    pub term_months: i64,
    pub holidays: &'a Holidays,
}

/// Where an application of this state is; None when its course is over before its end.
fn stage_of(state: ApplicationState) -> Option<Stage> {
    use ApplicationState::*;
    match state {
        Draft => Some(Stage::Write),
        Submitted | SupplementRequested => Some(Stage::Screen),
        Eligible | InReview | Reserve => Some(Stage::Decide),
        Selected => Some(Stage::Agree),
        Agreed | Closed => Some(Stage::Deliver),
        Ineligible | Rejected | Withdrawn | Expired => None,
    }
}

/// All stages in order; none for an application that ended early.
pub fn course(state: ApplicationState, days: CourseDays<'_>) -> Vec<Leg> {
    let Some(current) = stage_of(state) else { return Vec::new() };
    let later = |day: NaiveDate, count: i64| day.checked_add_days(Days::new(count.unsigned_abs()));
    let begun = days.submitted.unwrap_or(days.closes);
    let decision = days.decided.or_else(|| days.closes.checked_add_days(Days::new(DECISION_DAYS)));
    let agreement = decision.and_then(|day| later(day, days.agreement_answer_days));
    let term = Months::new(u32::try_from(days.term_months).unwrap_or_default());
    Stage::ALL
        .iter()
        .map(|&stage| Leg {
            stage,
            progress: match stage.cmp(&current) {
                std::cmp::Ordering::Less => Progress::Done,
                std::cmp::Ordering::Equal if state == ApplicationState::Closed => Progress::Done,
                std::cmp::Ordering::Equal => Progress::Current,
                std::cmp::Ordering::Greater => Progress::Coming,
            },
            promised: match stage {
                Stage::Write => Some(days.closes),
                Stage::Screen => Some(
                    days.supplement_due.unwrap_or_else(|| days.holidays.add_business_days(begun, days.screening_days)),
                ),
                Stage::Decide => decision,
                Stage::Agree => agreement,
                Stage::Deliver => agreement.and_then(|day| day.checked_add_months(term)),
            },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_has_its_holder_and_its_day() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let holidays: Holidays = [day("2027-03-01")].into_iter().collect();
        let days = CourseDays {
            closes: day("2027-04-01"),
            submitted: Some(day("2027-03-02")),
            supplement_due: None,
            decided: None,
            screening_days: 10,
            agreement_answer_days: 30,
            term_months: 7,
            holidays: &holidays,
        };
        let legs = course(ApplicationState::Submitted, days);
        let promised: Vec<String> = legs.iter().filter_map(|leg| leg.promised).map(|day| day.to_string()).collect();
        assert_eq!(promised, ["2027-04-01", "2027-03-16", "2027-05-16", "2027-06-15", "2028-01-15"]);
        let progress: Vec<Progress> = legs.iter().map(|leg| leg.progress).collect();
        use Progress::*;
        assert_eq!(progress, [Done, Current, Coming, Coming, Coming]);
        let waits = CourseDays { supplement_due: Some(day("2027-03-11")), ..days };
        assert_eq!(course(ApplicationState::SupplementRequested, waits)[1].promised, Some(day("2027-03-11")));
        assert!(course(ApplicationState::Closed, days).iter().all(|leg| leg.progress == Done));
        assert!(course(ApplicationState::Withdrawn, days).is_empty());
    }
}
