//! The service clock of a review in business days: it stands still while the firm owes an answer.

use crate::core::calendar::Holidays;
use chrono::NaiveDate;

/// Business days of a review so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elapsed {
    /// Those that count.
    pub running: i64,
    /// Those on which the clock stood still.
    pub paused: i64,
}

/// The business days after `began` up to `until`, apart from those within `pauses` (which may overlap).
pub fn elapsed(holidays: &Holidays, began: NaiveDate, until: NaiveDate, pauses: &[(NaiveDate, NaiveDate)]) -> Elapsed {
    let all = holidays.business_days_between(began, until).max(0);
    let mut spans: Vec<(NaiveDate, NaiveDate)> =
        pauses.iter().map(|(from, to)| ((*from).max(began), (*to).min(until))).filter(|(from, to)| from < to).collect();
    spans.sort();
    let (mut paused, mut reached) = (0, began);
    for (from, to) in spans {
        let from = from.max(reached);
        if from < to {
            paused += holidays.business_days_between(from, to);
            reached = to;
        }
    }
    Elapsed { running: all - paused, paused }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2027, 3, day).unwrap()
    }

    #[test]
    fn the_clock_stands_still_while_the_firm_owes_an_answer() {
        let holidays: Holidays = [day(1)].into_iter().collect();
        let at = |until, pauses: &[(NaiveDate, NaiveDate)]| elapsed(&holidays, day(2), until, pauses);
        assert_eq!(at(day(9), &[]), Elapsed { running: 5, paused: 0 });
        assert_eq!(at(day(9), &[(day(3), day(5))]), Elapsed { running: 3, paused: 2 });
        // Two questions at once stop one clock once.
        assert_eq!(at(day(9), &[(day(3), day(5)), (day(4), day(8))]), Elapsed { running: 2, paused: 3 });
        assert_eq!(at(day(4), &[(day(3), day(30))]), Elapsed { running: 1, paused: 1 });
    }

    proptest! {
        #[test]
        fn what_runs_and_what_is_paused_is_the_whole(
            pauses in proptest::collection::vec((2_u32..28, 2_u32..28), 0..6), until in 2_u32..28,
        ) {
            let holidays = Holidays::default();
            let spans: Vec<_> = pauses.iter().map(|(from, to)| (day(*from.min(to)), day(*from.max(to)))).collect();
            let found = elapsed(&holidays, day(2), day(until), &spans);
            prop_assert!(found.running >= 0 && found.paused >= 0);
            prop_assert_eq!(found.running + found.paused, holidays.business_days_between(day(2), day(until)));
        }
    }
}
