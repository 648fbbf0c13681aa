//! States of an outcome report; when it falls due; how far a target was reached.
//! Invariant: measured values are exact thousandths, and so is what is computed from them.

use crate::core::{
    refusal::Refusal,
    roles::Role,
    step::{Note, Step},
};
use chrono::{Days, Months, NaiveDate};

crate::text_enum!(
    /// Where a report stands.
    ReportState {
        /// Asked for after the end of the work; its day has not come.
        Scheduled = "scheduled",
        Open = "open",
        Submitted = "submitted",
        Returned = "returned",
        Verified = "verified",
    }
);

crate::text_enum!(
    /// How a value was measured.
    Method {
        Log = "log",
        Sample = "sample",
        Survey = "survey",
        Estimate = "estimate",
    }
);

use ReportState::*;

pub const STEPS: &[Step<ReportState>] = &[
    Step { name: "open", from: Scheduled, to: Open, by: &[], note: Note::None },
    Step { name: "submit", from: Open, to: Submitted, by: &[Role::Firm], note: Note::None },
    Step { name: "submit", from: Returned, to: Submitted, by: &[Role::Firm], note: Note::None },
    Step { name: "return", from: Submitted, to: Returned, by: &[Role::Manager], note: Note::Required },
    Step { name: "verify", from: Submitted, to: Verified, by: &[Role::Manager], note: Note::None },
];

/// Days from the opening of a report to its last day (domain: timers, settlement report).
pub const DUE_DAYS: u64 = 60;

/// Minutes between two searches for work that has ended.
pub const LOOK_MINUTES: i64 = 10;

/// The last day of a report that is opened on `day`.
pub fn due_on(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(DUE_DAYS)).unwrap_or(NaiveDate::MAX)
}

/// The day on which a report opens that is asked for so many months after the closing one, which was to be filed by
/// `closing_due_on`.
pub fn opens_on(closing_due_on: NaiveDate, months: u32) -> NaiveDate {
    let ended = closing_due_on.checked_sub_days(Days::new(DUE_DAYS)).unwrap_or(NaiveDate::MIN);
    ended.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX)
}

/// Whether a report waits for its firm after its last day.
pub fn is_overdue(state: ReportState, due_on: NaiveDate, today: NaiveDate) -> bool {
    matches!(state, Open | Returned) && due_on < today
}

/// The way from baseline to target that a value has gone, in thousandths: 1,000 is all of it, rounded down.
/// None when baseline and target are the same: there is no way to go.
pub fn progress_milli(baseline: i64, target: i64, value: i64) -> Option<i64> {
    let gone = (i128::from(value) - i128::from(baseline)) * 1_000;
    let way = i128::from(target) - i128::from(baseline);
    if way == 0 {
        return None;
    }
    let (gone, way) = if way < 0 { (-gone, -way) } else { (gone, way) };
    let progress = gone.div_euclid(way).clamp(i128::from(i64::MIN), i128::from(i64::MAX));
    Some(progress as i64)
}

/// Whether a value is at its target or beyond it, in the direction that is better.
pub fn is_reached(direction: &str, target: i64, value: i64) -> bool {
    if direction == "down" { value <= target } else { value >= target }
}

/// A value more than ten times as large as baseline and target is often a slip of the unit. It is said, never refused.
pub fn is_implausible(baseline: i64, target: i64, value: i64) -> bool {
    let most = i128::from(baseline).abs().max(i128::from(target).abs());
    i128::from(value).abs() > most * 10
}

/// A measurement belongs to the work: taken after it began, and not in the future.
pub fn check_day(field: &'static str, starts_on: NaiveDate, today: NaiveDate, day: NaiveDate) -> Result<(), Refusal> {
    if day > today {
        return Err(Refusal::unacceptable("outcomes-refusal-future").at(field));
    }
    if day < starts_on {
        return Err(Refusal::unacceptable("outcomes-refusal-too-early").at(field).with("day", starts_on));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{measure::MILLI_MAX, step::step};
    use proptest::prelude::*;

    #[test]
    fn every_pair_that_is_not_in_the_table_is_refused() {
        for from in ReportState::ALL {
            for name in ["open", "submit", "return", "verify"] {
                let allowed = matches!(
                    (*from, name),
                    (Scheduled, "open") | (Open | Returned, "submit") | (Submitted, "return") | (Submitted, "verify")
                );
                assert_eq!(step(STEPS, name, *from).is_ok(), allowed, "{name} from {from}");
            }
        }
        assert!(!STEPS.iter().any(|step| step.from == Verified), "a verified report is final");
    }

    #[test]
    fn a_later_report_opens_months_after_the_closing_one_did() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let due_on = due_on(day("2027-08-31"));
        assert_eq!(opens_on(due_on, 6), day("2028-02-29"), "the last day of a shorter month");
        assert_eq!(opens_on(due_on, 60), day("2032-08-31"));
    }

    #[test]
    fn progress_is_exact_in_both_directions() {
        for (baseline, target, value, expected) in [
            (850_000, 200_000, 850_000, Some(0)),
            (850_000, 200_000, 200_000, Some(1_000)),
            (850_000, 200_000, 525_000, Some(500)),
            (850_000, 200_000, 900_000, Some(-77)),
            (100, 200, 133, Some(330)),
            (100, 200, 250, Some(1_500)),
            (5, 5, 9, None),
        ] {
            assert_eq!(progress_milli(baseline, target, value), expected, "{baseline} → {target}: {value}");
        }
        assert!(is_reached("down", 200, 200) && !is_reached("down", 200, 201));
        assert!(is_reached("up", 200, 200) && !is_reached("up", 200, 199));
    }

    #[test]
    fn only_a_value_beyond_ten_times_is_doubted() {
        assert!(!is_implausible(850, 200, 8_500));
        assert!(is_implausible(850, 200, 8_501));
        assert!(is_implausible(850, 200, -8_501));
    }

    #[test]
    fn a_measurement_is_of_the_work_and_not_of_the_future() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let check = |measured| check_day("measured_on_1", day("2027-01-10"), day("2027-05-01"), day(measured));
        assert!(check("2027-01-10").is_ok() && check("2027-05-01").is_ok());
        assert_eq!(check("2027-05-02").unwrap_err().key, "outcomes-refusal-future");
        assert_eq!(check("2027-01-09").unwrap_err().key, "outcomes-refusal-too-early");
    }

    proptest! {
        #[test]
        fn all_of_the_way_is_gone_exactly_when_the_target_is_reached(
            baseline in -MILLI_MAX..=MILLI_MAX, target in -MILLI_MAX..=MILLI_MAX, value in -MILLI_MAX..=MILLI_MAX,
        ) {
            prop_assume!(baseline != target);
            let direction = if target > baseline { "up" } else { "down" };
            let progress = progress_milli(baseline, target, value).unwrap();
            prop_assert_eq!(progress >= 1_000, is_reached(direction, target, value));
        }
    }
}
