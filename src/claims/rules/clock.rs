//! The service clock (domain.md D): business days from filing to decision. It stands while the vendor is to act.

use crate::core::calendar::{Holidays, ZONE, closing_instant, local_date};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

/// Business days in which a claim is decided.
pub const CHECK_DAYS: u32 = 10;
/// Business days in which a vendor answers a return and keeps its place.
pub const ANSWER_DAYS: u32 = 5;
/// Fewer decisions than this say too much about one of them.
pub const MEDIAN_OF_MIN: usize = 5;

/// A time in which the clock stood; open while it has no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    pub from: DateTime<Utc>,
    pub to: Option<DateTime<Utc>>,
}

fn day(at: DateTime<Utc>) -> NaiveDate {
    local_date(at, ZONE)
}

/// The end of a legal day.
fn end_of(day: NaiveDate) -> DateTime<Utc> {
    closing_instant(day.succ_opt().unwrap_or(day), NaiveTime::MIN, ZONE)
}

/// Business days that passed on the clock since `queued_at`, at `now`.
pub fn elapsed(holidays: &Holidays, queued_at: DateTime<Utc>, pauses: &[Pause], now: DateTime<Utc>) -> i64 {
    holidays.business_days_between(day(queued_at), day(now)) - stood(holidays, queued_at, pauses, now)
}

/// Business days on which the clock stood.
fn stood(holidays: &Holidays, queued_at: DateTime<Utc>, pauses: &[Pause], now: DateTime<Utc>) -> i64 {
    let since = pauses.iter().filter(|pause| pause.to.is_none_or(|to| to > queued_at));
    since
        .map(|pause| holidays.business_days_between(day(pause.from.max(queued_at)), day(pause.to.unwrap_or(now))))
        .sum()
}

/// Until when the claim is to be decided; none while the clock stands.
pub fn due_at(
    holidays: &Holidays,
    queued_at: DateTime<Utc>,
    pauses: &[Pause],
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    if pauses.iter().any(|pause| pause.to.is_none()) {
        return None;
    }
    let days = i64::from(CHECK_DAYS) + stood(holidays, queued_at, pauses, now);
    Some(end_of(holidays.add_business_days(day(queued_at), u32::try_from(days).unwrap_or(CHECK_DAYS))))
}

/// Until when the vendor answers what was asked of it at `now`.
pub fn answer_by(holidays: &Holidays, now: DateTime<Utc>) -> DateTime<Utc> {
    end_of(holidays.add_business_days(day(now), ANSWER_DAYS))
}

/// The place in the queue of a claim that was filed anew: its old one when it answered in time.
pub fn place(queued_at: DateTime<Utc>, answer_by: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    if now < answer_by { queued_at } else { now }
}

/// The median of business days; of an even number the greater of the two in the middle. None of too few.
pub fn median(mut days: Vec<i64>) -> Option<i64> {
    days.sort_unstable();
    (days.len() >= MEDIAN_OF_MIN).then(|| days[days.len() / 2])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> DateTime<Utc> {
        format!("{text}T01:00:00Z").parse().unwrap()
    }

    fn holidays() -> Holidays {
        ["2027-03-01"].into_iter().map(|day| day.parse::<NaiveDate>().unwrap()).collect()
    }

    #[test]
    fn ten_business_days_end_with_the_last_of_them() {
        // 26 February 2027 is a Friday, 1 March a holiday.
        let due = due_at(&holidays(), at("2027-02-26"), &[], at("2027-02-26")).unwrap();
        assert_eq!(due.to_rfc3339(), "2027-03-15T15:00:00+00:00", "midnight in Korea after 15 March");
        assert_eq!(elapsed(&holidays(), at("2027-02-26"), &[], at("2027-03-03")), 2);
    }

    #[test]
    fn a_pause_moves_the_end_by_its_business_days() {
        let pause = Pause { from: at("2027-03-03"), to: Some(at("2027-03-08")) };
        let due = due_at(&holidays(), at("2027-02-26"), &[pause], at("2027-03-09")).unwrap();
        assert_eq!(due.to_rfc3339(), "2027-03-18T15:00:00+00:00");
        assert_eq!(elapsed(&holidays(), at("2027-02-26"), &[pause], at("2027-03-09")), 3);
        let open = Pause { to: None, ..pause };
        assert_eq!(due_at(&holidays(), at("2027-02-26"), &[open], at("2027-03-09")), None);
        assert_eq!(elapsed(&holidays(), at("2027-02-26"), &[open], at("2027-03-09")), 2);
    }

    #[test]
    fn an_answer_in_time_keeps_the_place() {
        let by = answer_by(&holidays(), at("2027-03-02"));
        assert_eq!(by.to_rfc3339(), "2027-03-09T15:00:00+00:00");
        assert_eq!(place(at("2027-02-26"), by, at("2027-03-09")), at("2027-02-26"));
        assert_eq!(place(at("2027-02-26"), by, at("2027-03-10")), at("2027-03-10"));
    }

    #[test]
    fn a_median_needs_enough_decisions() {
        assert_eq!(median(vec![1, 2, 3, 4]), None);
        assert_eq!(median(vec![9, 1, 2, 3, 4]), Some(3));
        assert_eq!(median(vec![9, 1, 2, 3, 4, 8]), Some(4));
    }

    proptest! {
        #[test]
        fn the_clock_never_runs_backwards(start in 0_i64..400, length in 0_i64..60, later in 0_i64..60) {
            let queued = at("2027-01-04");
            let days = |days: i64| queued + chrono::Duration::days(days);
            let pause = Pause { from: days(start), to: Some(days(start + length)) };
            let now = days(start + length + later);
            let (with, without) =
                (elapsed(&holidays(), queued, &[pause], now), elapsed(&holidays(), queued, &[], now));
            prop_assert!(0 <= with && with <= without);
            let due = due_at(&holidays(), queued, &[pause], now).unwrap();
            prop_assert!(due >= due_at(&holidays(), queued, &[], now).unwrap());
        }
    }
}
