//! Months of the ledger. A month is closed by two people, the earlier ones first; what belongs to a closed month
//! counts on the first day of the next one. The report of a closed month is a text that can be made again from the
//! entries, so that its hash proves that nothing was slipped in.

use super::AccountKind;
use crate::core::{money::Won, refusal::Refusal};
use chrono::{Datelike, NaiveDate};
use std::{fmt, str::FromStr};

/// A month of the calendar in the programme's zone, written `2027-03`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    year: i32,
    month: u32,
}

impl Month {
    pub fn of(day: NaiveDate) -> Month {
        Month { year: day.year(), month: day.month() }
    }

    pub fn next(self) -> Month {
        match self.month {
            12 => Month { year: self.year + 1, month: 1 },
            month => Month { month: month + 1, ..self },
        }
    }

    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year, self.month, 1).unwrap_or(NaiveDate::MAX)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// A text that is no month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoMonth;

impl FromStr for Month {
    type Err = NoMonth;

    fn from_str(text: &str) -> Result<Month, NoMonth> {
        let (year, month) = text.split_once('-').ok_or(NoMonth)?;
        let digits = |part: &str, count| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return Err(NoMonth);
        }
        let month = Month { year: year.parse().map_err(|_| NoMonth)?, month: month.parse().map_err(|_| NoMonth)? };
        if (1..=12).contains(&month.month) { Ok(month) } else { Err(NoMonth) }
    }
}

crate::text_enum!(
    /// Where a month stands.
    PeriodState {
        Open = "open",
        /// The first person proposed to close it; it still takes postings.
        Proposed = "proposed",
        Closed = "closed",
    }
);

/// What moved on all accounts of one kind within some days: a month, or those of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Turnover {
    pub kind: AccountKind,
    /// Held before they began.
    pub opening_won: Won,
    /// What was added, and what was taken away (both positive).
    pub in_won: Won,
    pub out_won: Won,
}

impl Turnover {
    pub fn closing(&self) -> Won {
        self.opening_won.plus(self.in_won).minus(self.out_won)
    }
}

/// A month may be closed when it is over and none before it is open.
pub fn check_close(month: Month, today: NaiveDate, earlier_open: Option<Month>) -> Result<(), Refusal> {
    if Month::of(today) <= month {
        return Err(Refusal::conflict("ledger-refusal-month-not-over"));
    }
    match earlier_open {
        Some(earlier) => Err(Refusal::conflict("ledger-refusal-month-before").with("month", earlier)),
        None => Ok(()),
    }
}

/// The report of a month, one line a fact, in a fixed order: the same entries, the same text. `before` is the hash of
/// the report of the month closed before it, so that the reports are a chain.
pub fn report(month: Month, postings: i64, late: i64, before: Option<&[u8]>, turnovers: &[Turnover]) -> String {
    let mut text = format!("month {month}\npostings {postings}\nlate {late}\n");
    text += &format!("before {}\n", before.map_or_else(|| "-".to_owned(), hex::encode));
    let mut turnovers = turnovers.to_vec();
    turnovers.sort_by_key(|turnover| turnover.kind);
    for turnover in turnovers {
        let Turnover { kind, opening_won, in_won, out_won } = turnover;
        text += &format!("{kind} {} +{} -{} = {}\n", opening_won.0, in_won.0, out_won.0, turnover.closing().0);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    #[test]
    fn a_month_is_closed_when_it_is_over_and_in_order() {
        let day = |text: &str| text.parse().unwrap();
        assert!(check_close(month("2027-02"), day("2027-03-01"), None).is_ok());
        for (closed, today, earlier) in [
            ("2027-03", "2027-03-31", None),
            ("2027-04", "2027-03-31", None),
            ("2027-02", "2027-03-31", Some(month("2027-01"))),
        ] {
            assert!(check_close(month(closed), day(today), earlier).is_err(), "{closed} {today}");
        }
    }

    #[test]
    fn what_is_no_month_is_refused() {
        for text in ["", "2027", "2027-13", "2027-00", "27-01", "2027-1", "2027-01-01", "+027-01", "2027-０1"] {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
        assert_eq!(month("2027-12").next().to_string(), "2028-01");
    }

    #[test]
    fn the_report_says_the_same_in_any_order() {
        let of = |kind, opening| Turnover { kind, opening_won: Won(opening), in_won: Won(5), out_won: Won(2) };
        let (one, other) = (of(AccountKind::Budget, 7), of(AccountKind::Outside, -7));
        let text = report(month("2027-03"), 2, 1, None, &[one, other]);
        assert_eq!(text, report(month("2027-03"), 2, 1, None, &[other, one]));
        assert_eq!(text, "month 2027-03\npostings 2\nlate 1\nbefore -\noutside -7 +5 -2 = -4\nbudget 7 +5 -2 = 10\n");
    }

    proptest! {
        #[test]
        fn a_month_reads_as_it_is_written(days in 0i32..150_000) {
            let day = NaiveDate::from_num_days_from_ce_opt(700_000 + days).unwrap();
            let of = Month::of(day);
            prop_assert_eq!(of.to_string().parse::<Month>(), Ok(of));
            prop_assert!(of.first_day() <= day && day < of.next().first_day());
        }
    }
}
