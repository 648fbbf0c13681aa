//! How long a document that a firm gives once counts (domain.md D, "document validity").

use chrono::{Datelike, Days, NaiveDate};

crate::text_enum!(
    /// What a document is; calls ask for documents by the same codes.
    VaultKind {
        /// Business registration certificate.
        Registration = "registration",
        /// Extract of the corporate register.
        CorporateRegister = "corporate_register",
        /// National and local tax clearance.
        TaxClearance = "tax_clearance",
        SmeCertificate = "sme_certificate",
        Financials = "financials",
        /// Members of the employment insurance.
        InsuranceList = "insurance_list",
        /// Copy of a bank book: never shown to an adviser.
        BankCopy = "bank_copy",
        Other = "other",
    }
);

impl VaultKind {
    /// The last day that a document issued on `issued` can count; None when only its holder knows, or nothing ends it.
    pub fn latest_end(self, issued: NaiveDate) -> Option<NaiveDate> {
        match self {
            VaultKind::TaxClearance | VaultKind::InsuranceList => issued.checked_add_days(Days::new(30)),
            VaultKind::CorporateRegister => issued.checked_add_days(Days::new(90)),
            VaultKind::Financials => {
                let closing = |year| NaiveDate::from_ymd_opt(year, 3, 31);
                closing(issued.year()).filter(|day| *day > issued).or_else(|| closing(issued.year() + 1))
            }
            _ => None,
        }
    }

    /// Whether the document itself says when it ends.
    pub fn names_its_end(self) -> bool {
        self == VaultKind::SmeCertificate
    }

    pub fn shows_bank_data(self) -> bool {
        self == VaultKind::BankCopy
    }

    /// How many days before its end the firm is told.
    pub fn warning_days(self) -> i64 {
        match self {
            VaultKind::TaxClearance | VaultKind::InsuranceList => 7,
            _ => 30,
        }
    }
}

/// The longest time before its end at which any kind is warned of, in days.
pub const WARNING_DAYS_MAX: i64 = 30;

/// What is wrong with the days of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DaysTrouble {
    IssuedInFuture,
    EndNeeded,
    EndsBeforeIssue,
    /// No document of this kind counts longer than until this day.
    EndsTooLate(NaiveDate),
}

/// The last day the document counts: what was typed, within what its kind allows; else what its kind says.
pub fn valid_to(
    kind: VaultKind,
    issued: NaiveDate,
    typed: Option<NaiveDate>,
    today: NaiveDate,
) -> Result<Option<NaiveDate>, DaysTrouble> {
    if issued > today {
        return Err(DaysTrouble::IssuedInFuture);
    }
    let latest = kind.latest_end(issued);
    match (typed, latest) {
        (None, _) if kind.names_its_end() => Err(DaysTrouble::EndNeeded),
        (None, latest) => Ok(latest),
        (Some(end), _) if end < issued => Err(DaysTrouble::EndsBeforeIssue),
        (Some(end), Some(latest)) if end > latest => Err(DaysTrouble::EndsTooLate(latest)),
        (Some(end), _) => Ok(Some(end)),
    }
}

/// Whether a document that ends on `valid_to` counts on `day`, its last day included.
pub fn counts_on(valid_to: Option<NaiveDate>, day: NaiveDate) -> bool {
    valid_to.is_none_or(|end| day <= end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn each_kind_ends_as_the_law_says() {
        for (kind, issued, end) in [
            (VaultKind::TaxClearance, "2027-03-02", Some("2027-04-01")),
            (VaultKind::InsuranceList, "2028-02-01", Some("2028-03-02")),
            (VaultKind::CorporateRegister, "2027-03-02", Some("2027-05-31")),
            (VaultKind::Financials, "2027-03-30", Some("2027-03-31")),
            (VaultKind::Financials, "2027-03-31", Some("2028-03-31")),
            (VaultKind::Financials, "2027-12-31", Some("2028-03-31")),
            (VaultKind::Registration, "2015-03-02", None),
            (VaultKind::BankCopy, "2015-03-02", None),
        ] {
            assert_eq!(kind.latest_end(day(issued)), end.map(day), "{kind} {issued}");
        }
    }

    #[test]
    fn days_that_cannot_be_are_refused() {
        let today = day("2027-03-02");
        let check = |kind, issued: &str, typed: Option<&str>| valid_to(kind, day(issued), typed.map(day), today);
        use DaysTrouble::*;
        assert_eq!(check(VaultKind::Registration, "2027-03-03", None), Err(IssuedInFuture));
        assert_eq!(check(VaultKind::SmeCertificate, "2027-03-01", None), Err(EndNeeded));
        assert_eq!(check(VaultKind::SmeCertificate, "2027-03-01", Some("2028-03-31")), Ok(Some(day("2028-03-31"))));
        assert_eq!(check(VaultKind::Other, "2027-03-01", Some("2027-02-28")), Err(EndsBeforeIssue));
        let late = check(VaultKind::TaxClearance, "2027-03-01", Some("2027-04-30"));
        assert_eq!(late, Err(EndsTooLate(day("2027-03-31"))));
        assert_eq!(check(VaultKind::TaxClearance, "2027-03-01", Some("2027-03-15")), Ok(Some(day("2027-03-15"))));
    }

    proptest! {
        #[test]
        fn an_end_is_never_before_the_issue_nor_beyond_the_kind(
            kind in prop::sample::select(VaultKind::ALL), issued in 0_u64..20_000, typed in prop::option::of(0_u64..20_000),
        ) {
            let at = |days| NaiveDate::from_ymd_opt(1990, 1, 1).unwrap() + Days::new(days);
            let today = at(20_000);
            if let Ok(end) = valid_to(kind, at(issued), typed.map(at), today) {
                prop_assert!(end.is_none_or(|end| end >= at(issued)));
                if let (Some(end), Some(latest)) = (end, kind.latest_end(at(issued))) {
                    prop_assert!(end <= latest);
                }
                prop_assert!(counts_on(end, at(issued)));
                prop_assert!(end.is_none_or(|end| !counts_on(Some(end), end + Days::new(1))));
            }
        }
    }
}
