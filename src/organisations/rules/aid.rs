//! Aid that a firm got elsewhere: reading other agencies' lines, and the rolling window it is added up over.

use super::LEGAL_ZONE;
use crate::core::{calendar::local_date, form::FormErrors, money::Won, names::fold_company, numbers::BusinessNumber};
use chrono::{DateTime, Months, NaiveDate, Utc};

/// Aid is added up over this many months before a day (rolling).
pub const WINDOW_MONTHS: u32 = 36;
/// No single award is larger, in won.
pub const AWARD_MAX: i64 = 1_000_000_000_000;

/// The first day of the window that ends on `today`.
pub fn window_start(today: NaiveDate) -> NaiveDate {
    let before = today.checked_sub_months(Months::new(WINDOW_MONTHS)).unwrap_or(NaiveDate::MIN);
    before.succ_opt().unwrap_or(before)
}

/// The first day of the window that ends on the legal day of `now`.
pub fn aid_since(now: DateTime<Utc>) -> NaiveDate {
    window_start(local_date(now, LEGAL_ZONE))
}

/// What makes a text the same however it is spaced, dashed and cased.
pub fn award_key(text: &str) -> String {
    fold_company(text).1
}

crate::text_enum!(
    /// Why a line cannot be taken.
    LineProblem {
        Encoding = "encoding",
        Columns = "columns",
        BusinessNumber = "business_number",
        Programme = "programme",
        Reference = "reference",
        Amount = "amount",
        Day = "day",
        FutureDay = "future_day",
        Status = "status",
        /// The same award, or the same firm, stands in an earlier line.
        Twice = "twice",
        /// From this line on nothing was read.
        TooMany = "too_many",
    }
);

/// One award as an agency lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwardLine {
    pub business_number: String,
    pub programme: String,
    pub reference: String,
    pub amount: Won,
    pub awarded_on: NaiveDate,
}

/// Reads business number, programme, reference, amount in won and day of the award, in this order.
pub fn read_award(cells: &[String], today: NaiveDate) -> Result<AwardLine, LineProblem> {
    let [number, programme, reference, amount, day] = cells else { return Err(LineProblem::Columns) };
    let number: BusinessNumber = number.parse().map_err(|_| LineProblem::BusinessNumber)?;
    let read = |problem, read: &dyn Fn(&mut FormErrors) -> String| {
        let mut errors = FormErrors::new();
        let text = read(&mut errors);
        errors.done(text).map_err(|_| problem)
    };
    let programme = read(LineProblem::Programme, &|errors| errors.line("", programme, 200))?;
    let reference = read(LineProblem::Reference, &|errors| errors.line("", reference, 100))?;
    if award_key(&reference).is_empty() {
        return Err(LineProblem::Reference);
    }
    let mut errors = FormErrors::new();
    let amount = errors.won("", amount, 1..=AWARD_MAX);
    let amount = errors.done(amount).map_err(|_| LineProblem::Amount)?;
    let mut errors = FormErrors::new();
    let awarded_on = errors.date("", day);
    let awarded_on = errors.done(awarded_on).map_err(|_| LineProblem::Day)?;
    if awarded_on > today {
        return Err(LineProblem::FutureDay);
    }
    Ok(AwardLine { business_number: number.as_str().to_owned(), programme, reference, amount, awarded_on })
}

/// Whether a first line names columns instead of an award: no digit stands where the number would.
pub fn is_heading(cells: &[String]) -> bool {
    cells.first().is_some_and(|cell| !cell.chars().any(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cells(line: &str) -> Vec<String> {
        line.split('|').map(str::to_owned).collect()
    }

    #[test]
    fn a_line_is_read_or_its_first_trouble_named() {
        let today: NaiveDate = "2027-03-02".parse().unwrap();
        let read = |line: &str| read_award(&cells(line), today);
        let good = read("124-81-00998|스마트공장|SF-2026-1|50,000,000원|2026.05.01").unwrap();
        assert_eq!((good.business_number.as_str(), good.amount), ("1248100998", Won(50_000_000)));
        for (line, problem) in [
            ("124-81-00998|a|b|1", LineProblem::Columns),
            ("124-81-00997|a|b|1|2026-01-01", LineProblem::BusinessNumber),
            ("124-81-00998||b|1|2026-01-01", LineProblem::Programme),
            ("124-81-00998|a|--|1|2026-01-01", LineProblem::Reference),
            ("124-81-00998|a|b|0|2026-01-01", LineProblem::Amount),
            ("124-81-00998|a|b|9223372036854775808|2026-01-01", LineProblem::Amount),
            ("124-81-00998|a|b|1|2026-02-30", LineProblem::Day),
            ("124-81-00998|a|b|1|2027-03-03", LineProblem::FutureDay),
        ] {
            assert_eq!(read(line), Err(problem), "{line}");
        }
    }

    #[test]
    fn a_reference_is_the_same_however_it_is_written() {
        assert_eq!(award_key("DX-0001"), award_key("dx ０００１"));
        assert_eq!(award_key("서울 지원기관"), award_key("서울지원기관"));
        assert_ne!(award_key("DX-0001"), award_key("DX-0002"));
    }

    #[test]
    fn a_window_holds_thirty_six_months_and_no_day_more() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(window_start(day("2027-03-02")), day("2024-03-03"));
        assert_eq!(window_start(day("2028-02-29")), day("2025-03-01"));
    }

    proptest! {
        #[test]
        fn no_line_is_a_panic(line in prop::collection::vec(".{0,40}", 0..8)) {
            let _ = read_award(&line, NaiveDate::from_ymd_opt(2027, 3, 2).unwrap());
            let _ = is_heading(&line);
        }

        #[test]
        fn the_window_only_moves_forwards(days in 0_i64..20_000) {
            let day = NaiveDate::from_ymd_opt(1990, 1, 1).unwrap() + chrono::Duration::days(days);
            prop_assert!(window_start(day) <= window_start(day + chrono::Duration::days(1)));
        }
    }
}
