//! Last year's dates a year on: legal days, by the holidays of the new year.

use crate::core::calendar::Holidays;
use chrono::{Datelike, Months, NaiveDate, Weekday};

/// The same day a year later, or the next business day.
pub fn opening_a_year_on(day: NaiveDate, holidays: &Holidays) -> NaiveDate {
    holidays.on_or_after(a_year_on(day))
}

/// The same day a year later, or the next day on which a call may close: a business day, not a Monday and not the
/// day after a holiday, so that somebody who needs help on the last day had a working day before it.
pub fn closing_a_year_on(day: NaiveDate, holidays: &Holidays) -> NaiveDate {
    let later = a_year_on(day);
    later.iter_days().find(|&day| may_close(day, holidays)).unwrap_or(later)
}

pub fn may_close(day: NaiveDate, holidays: &Holidays) -> bool {
    day.weekday() != Weekday::Mon
        && holidays.is_business_day(day)
        && day.pred_opt().is_some_and(|before| holidays.is_business_day(before))
}

/// 29 February becomes the 28th.
fn a_year_on(day: NaiveDate) -> NaiveDate {
    day.checked_add_months(Months::new(12)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_closing_avoids_mondays_and_the_day_after_a_holiday() {
        let holidays: Holidays = ["2028-03-01", "2028-04-12"].into_iter().map(day).collect();
        for (last_year, closing) in [
            // 31 March 2028 is a Friday.
            ("2027-03-31", "2028-03-31"),
            // A Saturday: Monday is passed over.
            ("2027-04-01", "2028-04-04"),
            // Independence Movement Day, and the day after it.
            ("2027-03-01", "2028-03-03"),
            ("2027-03-02", "2028-03-03"),
            // An election on a Wednesday, and the day after it.
            ("2027-04-12", "2028-04-14"),
        ] {
            assert_eq!(closing_a_year_on(day(last_year), &holidays), day(closing), "{last_year}");
        }
        assert_eq!(opening_a_year_on(day("2027-03-01"), &holidays), day("2028-03-02"));
        assert_eq!(opening_a_year_on(day("2028-02-29"), &holidays), day("2029-02-28"));
    }

    proptest! {
        #[test]
        fn a_rolled_closing_may_close_and_comes_soon_after(days in 0i64..4_000) {
            let holidays: Holidays = ["2028-03-01", "2028-04-12", "2029-03-01"].into_iter().map(day).collect();
            let last_year = day("2024-01-01") + chrono::Duration::days(days);
            let closing = closing_a_year_on(last_year, &holidays);
            prop_assert!(may_close(closing, &holidays));
            prop_assert!((365..=373).contains(&(closing - last_year).num_days()));
        }
    }
}
