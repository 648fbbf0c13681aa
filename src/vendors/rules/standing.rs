//! Suspension in kinds, and the days on which a vendor is warned.

use crate::core::refusal::Refusal;
use chrono::{Duration, Months, NaiveDate};

crate::text_enum!(
    /// What a suspension stops.
    SuspensionKind {
        /// Nobody new may choose the vendor; what runs goes on.
        NoNew = "no_new",
        /// Nothing is paid to it.
        NoPay = "no_pay",
        Full = "full",
    }
);

crate::text_enum!(
    /// Why nothing may be paid to a vendor now.
    PayHold {
        NotRegistered = "not_registered",
        Suspended = "suspended",
        /// A sanction, or money claimed back that is overdue (domain: invariants 16).
        Excluded = "excluded",
        /// Its account is being changed (domain: features, E6).
        AccountChanging = "account_changing",
    }
);

/// Days before the end of a registration on which its vendor is warned.
pub const WARN_DAYS: &[i64] = &[60, 30, 7];
/// Months without a delivery after which a registration lapses (domain: deadlines, vendor annual review).
const IDLE_MONTHS: u32 = 12;
/// The longest suspension with an end, in days.
const TERM_DAYS_MAX: i64 = 5 * 366;

/// Who was registered before this day and delivered nothing since lapses.
pub fn idle_since(today: NaiveDate) -> NaiveDate {
    today.checked_sub_months(Months::new(IDLE_MONTHS)).unwrap_or(NaiveDate::MIN)
}

/// A suspension begins today or later, and ends no earlier than it begins.
pub fn check_term(from: NaiveDate, to: Option<NaiveDate>, today: NaiveDate) -> Result<(), Refusal> {
    if from < today {
        return Err(Refusal::unacceptable("vendors-refusal-suspension-past").at("from_on"));
    }
    match to {
        Some(to) if to < from => Err(Refusal::unacceptable("vendors-refusal-suspension-order").at("to_on")),
        Some(to) if to - from > Duration::days(TERM_DAYS_MAX) => {
            Err(Refusal::unacceptable("vendors-refusal-suspension-long").at("to_on"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_suspension_is_never_back_dated() {
        let today = day("2027-03-02");
        for (from, to, ok) in [
            ("2027-03-01", None, false),
            ("2027-03-02", None, true),
            ("2027-03-02", Some("2027-03-02"), true),
            ("2027-03-05", Some("2027-03-04"), false),
            ("2027-03-05", Some("2047-03-04"), false),
        ] {
            assert_eq!(check_term(day(from), to.map(day), today).is_ok(), ok, "{from} {to:?}");
        }
    }

    #[test]
    fn a_year_without_delivery_is_idle() {
        assert_eq!(idle_since(day("2028-02-29")), day("2027-02-28"));
    }
}
