//! What people send about the ledger.

use crate::core::form::FormErrors;
use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

/// The days of a statement, as its address says them.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct SpanQuery {
    #[serde(default)]
    pub from: String,
    #[serde(default)]
    pub to: String,
    #[serde(default)]
    pub after: String,
}

impl SpanQuery {
    /// Both days inclusive; without a choice the current year up to today. Days in the wrong order are put right.
    pub fn days(&self, today: NaiveDate) -> (NaiveDate, NaiveDate) {
        let day = |text: &str| text.parse::<NaiveDate>().ok().filter(|day| (1900..=2200).contains(&day.year()));
        let to = day(&self.to).unwrap_or(today);
        let from = day(&self.from).or_else(|| NaiveDate::from_ymd_opt(to.year(), 1, 1)).unwrap_or(to);
        (from.min(to), to.max(from))
    }
}

/// Why payments are to be released although a verification was red.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LiftForm {
    #[serde(default)]
    reason: String,
}

impl LiftForm {
    pub fn parse(self) -> Result<String, FormErrors> {
        let mut errors = FormErrors::new();
        let reason = errors.text("reason", &self.reason, 1_000);
        errors.done(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_has_days_whatever_its_address_says() {
        let today = NaiveDate::from_ymd_opt(2027, 3, 2).unwrap();
        let days = |from: &str, to: &str| {
            let query = SpanQuery { from: from.to_owned(), to: to.to_owned(), after: String::new() };
            let (from, to) = query.days(today);
            format!("{from} {to}")
        };
        assert_eq!(days("", ""), "2027-01-01 2027-03-02");
        assert_eq!(days("2026-12-01", "2026-12-31"), "2026-12-01 2026-12-31");
        assert_eq!(days("2027-02-02", "2027-01-01"), "2027-01-01 2027-02-02");
        assert_eq!(days("nonsense", "99999-01-01"), "2027-01-01 2027-03-02");
    }
}
