//! Business days and legal closing times.
//!
//! A legal day is a `NaiveDate` in the programme's zone, an instant is UTC, and this file is where one
//! becomes the other. Invariants: counting business days and adding them are inverse, and a closing
//! never comes earlier than a clock on the wall shows it.

use chrono::{DateTime, Datelike, MappedLocalTime, NaiveDate, NaiveTime, Offset, TimeZone, Utc, Weekday};
use chrono_tz::Tz;
use std::collections::BTreeSet;

/// The programme's time zone: legal days are days in it, and all instants are drawn in it.
pub const ZONE: Tz = chrono_tz::Asia::Seoul;

/// The public holidays, substitute holidays included. Saturdays and Sundays need not be listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holidays(BTreeSet<NaiveDate>);

impl FromIterator<NaiveDate> for Holidays {
    fn from_iter<I: IntoIterator<Item = NaiveDate>>(days: I) -> Self {
        Self(days.into_iter().collect())
    }
}

impl Holidays {
    /// Whether any holiday of the year of `day` is listed. Where this is false the answers below know
    /// only weekends, and a page that shows such a deadline should say so.
    #[must_use]
    pub fn knows(&self, day: NaiveDate) -> bool {
        self.0.iter().any(|holiday| holiday.year() == day.year())
    }

    /// Monday to Friday and not a holiday.
    #[must_use]
    pub fn is_business_day(&self, day: NaiveDate) -> bool {
        !is_weekend(day) && !self.0.contains(&day)
    }

    /// `day` itself when it is a business day, else the next one: a term that ends on a holiday ends
    /// on the day after it (Civil Act art. 161).
    #[must_use]
    pub fn on_or_after(&self, day: NaiveDate) -> NaiveDate {
        day.iter_days().find(|&day| self.is_business_day(day)).unwrap_or(NaiveDate::MAX)
    }

    /// The `n`th business day after `from`; `from` is not counted (Civil Act art. 157). With `n` = 0 the
    /// same as [`Self::on_or_after`]. Stops at `NaiveDate::MAX`.
    #[must_use]
    pub fn add_business_days(&self, from: NaiveDate, n: u32) -> NaiveDate {
        match n.checked_sub(1) {
            None => self.on_or_after(from),
            Some(skipped) => from
                .iter_days()
                .skip(1)
                .filter(|&day| self.is_business_day(day))
                .nth(skipped as usize)
                .unwrap_or(NaiveDate::MAX),
        }
    }

    /// How many business days lie after `from`, up to and including `to`; negative when `to` is earlier.
    #[must_use]
    pub fn business_days_between(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        if to < from {
            return -self.business_days_between(to, from);
        }
        let days = (to - from).num_days();
        let odd_days = from.iter_days().skip(1).take((days % 7) as usize);
        let weekdays = days / 7 * 5 + odd_days.filter(|&day| !is_weekend(day)).count() as i64;
        let holidays = self.0.range(from..=to).filter(|&&day| day > from && !is_weekend(day));
        weekdays - holidays.count() as i64
    }
}

fn is_weekend(day: NaiveDate) -> bool {
    matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// The instant at which something that closes at this date and time in `tz` is closed.
///
/// Clocks set back show the time twice: the later one counts, so nobody is shut out while their clock
/// still shows less. Clocks set forward may skip it: the instant of the change counts, from which every
/// clock shows more. Neither happens in Asia/Seoul. Instants beyond chrono's range become its last one.
#[must_use]
pub fn closing_instant(date: NaiveDate, time: NaiveTime, tz: Tz) -> DateTime<Utc> {
    match tz.from_local_datetime(&date.and_time(time)) {
        MappedLocalTime::Single(at) => at.to_utc(),
        MappedLocalTime::Ambiguous(one, other) => one.max(other).to_utc(),
        MappedLocalTime::None => end_of_gap(date, time, tz),
    }
}

/// The first instant of this date in `tz`: the earlier one where clocks are set back at midnight, the
/// instant of the change where midnight is skipped. A day is `start_of_day(d)..start_of_day(d + 1)`.
#[must_use]
pub fn start_of_day(date: NaiveDate, tz: Tz) -> DateTime<Utc> {
    match tz.from_local_datetime(&date.and_time(NaiveTime::MIN)) {
        MappedLocalTime::Single(at) => at.to_utc(),
        MappedLocalTime::Ambiguous(one, other) => one.min(other).to_utc(),
        MappedLocalTime::None => end_of_gap(date, NaiveTime::MIN, tz),
    }
}

/// The legal date in `tz` at this instant.
#[must_use]
pub fn local_date(at: DateTime<Utc>, tz: Tz) -> NaiveDate {
    at.with_timezone(&tz).date_naive()
}

/// The first whole second at which clocks in `tz` show at least this; offsets are within a day, so it
/// lies within a day of the same figures read as UTC.
fn end_of_gap(date: NaiveDate, time: NaiveTime, tz: Tz) -> DateTime<Utc> {
    const DAY_SECONDS: i64 = 86_400;
    let wanted = date.and_time(time).and_utc().timestamp();
    let shown = |second: i64| {
        let utc = DateTime::from_timestamp(second, 0)?.naive_utc();
        Some(second + i64::from(tz.offset_from_utc_datetime(&utc).fix().local_minus_utc()))
    };
    let (mut before, mut reached) = (wanted - DAY_SECONDS, wanted + DAY_SECONDS);
    while before + 1 < reached {
        let middle = before + (reached - before) / 2;
        if shown(middle).is_none_or(|shown| shown >= wanted) {
            reached = middle;
        } else {
            before = middle;
        }
    }
    DateTime::from_timestamp(reached, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn closes(date: &str, time: &str, tz: Tz) -> String {
        closing_instant(day(date), time.parse().unwrap(), tz).to_rfc3339()
    }

    /// Chuseok 2025 (5 October is a Sunday), Hangul Day, and New Year's Day 2026.
    fn autumn() -> Holidays {
        let days = ["2025-10-03", "2025-10-05", "2025-10-06", "2025-10-07", "2025-10-08", "2025-10-09", "2026-01-01"];
        days.into_iter().map(day).collect()
    }

    #[test]
    fn weekends_and_holidays_are_not_business_days() {
        let holidays = autumn();
        for (date, expected) in [
            ("2025-10-02", true),
            ("2025-10-03", false),
            ("2025-10-04", false),
            ("2025-10-05", false),
            ("2025-10-08", false),
            ("2025-10-10", true),
            ("2025-10-11", false),
            ("2025-10-13", true),
        ] {
            assert_eq!(holidays.is_business_day(day(date)), expected, "{date}");
        }
    }

    #[test]
    fn the_first_day_is_not_counted_and_a_term_never_ends_on_a_holiday() {
        let holidays = autumn();
        for (from, n, expected) in [
            ("2025-10-02", 0, "2025-10-02"),
            ("2025-10-03", 0, "2025-10-10"),
            ("2025-10-02", 1, "2025-10-10"),
            ("2025-10-03", 1, "2025-10-10"),
            ("2025-10-04", 2, "2025-10-13"),
            ("2025-12-31", 1, "2026-01-02"),
            ("2025-12-31", 10, "2026-01-15"),
        ] {
            assert_eq!(holidays.add_business_days(day(from), n), day(expected), "{from} + {n}");
        }
    }

    #[test]
    fn counting_agrees_with_looking_at_every_day() {
        let holidays = autumn();
        let start = day("2025-09-20");
        for from in start.iter_days().take(30) {
            let mut counted = 0;
            for (days, to) in from.iter_days().take(120).enumerate() {
                counted += i64::from(days > 0 && holidays.is_business_day(to));
                assert_eq!(holidays.business_days_between(from, to), counted, "{from} to {to}");
                assert_eq!(holidays.business_days_between(to, from), -counted, "{to} to {from}");
            }
        }
    }

    #[test]
    fn adding_and_counting_are_inverse() {
        let holidays = autumn();
        for from in day("2025-09-20").iter_days().take(120) {
            for n in 1..40 {
                let to = holidays.add_business_days(from, n);
                assert!(holidays.is_business_day(to));
                assert_eq!(holidays.business_days_between(from, to), i64::from(n), "{from} + {n}");
            }
        }
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        let holidays = autumn();
        assert_eq!(holidays.add_business_days(NaiveDate::MAX, 5), NaiveDate::MAX);
        assert!(holidays.business_days_between(NaiveDate::MIN, NaiveDate::MAX) > 0);
        for tz in [chrono_tz::Asia::Seoul, chrono_tz::America::New_York, chrono_tz::UTC] {
            for date in [NaiveDate::MIN, NaiveDate::MAX] {
                let _ = closing_instant(date, NaiveTime::MIN, tz);
                let _ = closing_instant(date, NaiveTime::from_hms_opt(23, 59, 59).unwrap(), tz);
                let _ = start_of_day(date, tz);
            }
        }
    }

    #[test]
    fn a_year_without_holidays_is_not_known() {
        assert!(autumn().knows(day("2025-03-01")));
        assert!(!autumn().knows(day("2027-03-01")));
    }

    #[test]
    fn seoul_closes_nine_hours_before_utc() {
        assert_eq!(closes("2026-03-30", "15:00:00", chrono_tz::Asia::Seoul), "2026-03-30T06:00:00+00:00");
        assert_eq!(closes("2026-03-30", "00:30:00", chrono_tz::Asia::Seoul), "2026-03-29T15:30:00+00:00");
    }

    #[test]
    fn a_time_shown_twice_closes_at_the_second_showing() {
        assert_eq!(closes("2026-10-25", "02:30:00", chrono_tz::Europe::Berlin), "2026-10-25T01:30:00+00:00");
        assert_eq!(closes("2026-11-01", "01:30:00", chrono_tz::America::New_York), "2026-11-01T06:30:00+00:00");
    }

    #[test]
    fn a_time_never_shown_closes_at_the_change_of_clocks() {
        for (date, time, tz, expected) in [
            ("2026-03-29", "02:00:00", chrono_tz::Europe::Berlin, "2026-03-29T01:00:00+00:00"),
            ("2026-03-29", "02:30:00", chrono_tz::Europe::Berlin, "2026-03-29T01:00:00+00:00"),
            ("2026-03-29", "02:59:59.5", chrono_tz::Europe::Berlin, "2026-03-29T01:00:00+00:00"),
            ("2026-03-08", "02:15:00", chrono_tz::America::New_York, "2026-03-08T07:00:00+00:00"),
            ("2026-10-04", "02:10:00", chrono_tz::Australia::Lord_Howe, "2026-10-03T15:30:00+00:00"),
            // Samoa had no 30 December 2011 at all.
            ("2011-12-30", "15:00:00", chrono_tz::Pacific::Apia, "2011-12-30T10:00:00+00:00"),
        ] {
            assert_eq!(closes(date, time, tz), expected, "{date} {time} {tz}");
        }
    }

    #[test]
    fn days_follow_one_another_without_gap_or_overlap() {
        for tz in
            [chrono_tz::Asia::Seoul, chrono_tz::Africa::Cairo, chrono_tz::America::Havana, chrono_tz::Europe::Berlin]
        {
            for date in day("2026-01-01").iter_days().take(365) {
                let start = start_of_day(date, tz);
                assert_eq!(local_date(start, tz), date, "{tz}");
                assert!(local_date(start - chrono::TimeDelta::seconds(1), tz) < date, "{tz} {date}");
            }
        }
    }
}
