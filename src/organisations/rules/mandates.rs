//! An adviser's mandate: what it covers, how long it may last, what an officer should look at (domain.md 1.5, P12).

use crate::core::{
    roles::Role,
    step::{Note, Step},
};
use chrono::{Months, NaiveDate};

/// A mandate lasts at most this long; then it is given anew.
pub const MONTHS_MAX: u32 = 12;

crate::text_enum!(
    MandateState {
        /// Given by the firm, not answered by the adviser.
        Offered = "offered",
        Active = "active",
        Declined = "declined",
        /// Revoked by the firm or laid down by the adviser.
        Ended = "ended",
    }
);

crate::text_enum!(
    /// What the adviser is to the firm.
    Relation {
        Consultant = "consultant",
        Accountant = "accountant",
        Association = "association",
        /// A company of the same owners or of their family.
        Affiliate = "affiliate",
        Other = "other",
    }
);

crate::text_enum!(
    FeeKind {
        None = "none",
        Amount = "amount",
        /// A share of the support: lawful to declare, and looked at.
        Percent = "percent",
    }
);

crate::text_enum!(
    /// What an officer should look at.
    MandateFlag {
        /// The adviser's telephone is that of a vendor.
        VendorPhone = "vendor_phone",
        /// The adviser's address is in a vendor's mail domain.
        VendorDomain = "vendor_domain",
        PercentFee = "percent_fee",
        RelatedParty = "related_party",
    }
);

pub const STEPS: &[Step<MandateState>] = &[
    Step {
        name: "accept",
        from: MandateState::Offered,
        to: MandateState::Active,
        by: &[Role::Adviser],
        note: Note::None,
    },
    Step {
        name: "decline",
        from: MandateState::Offered,
        to: MandateState::Declined,
        by: &[Role::Adviser],
        note: Note::None,
    },
    Step {
        name: "take_back",
        from: MandateState::Offered,
        to: MandateState::Ended,
        by: &[Role::Firm],
        note: Note::None,
    },
    Step { name: "revoke", from: MandateState::Active, to: MandateState::Ended, by: &[Role::Firm], note: Note::None },
    Step {
        name: "lay_down",
        from: MandateState::Active,
        to: MandateState::Ended,
        by: &[Role::Adviser],
        note: Note::None,
    },
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TermTrouble {
    Over,
    Backwards,
    TooLong,
}

/// A term must not be over on `today`, run forwards, and end within a year of its beginning.
pub fn check_term(starts: NaiveDate, ends: NaiveDate, today: NaiveDate) -> Result<(), TermTrouble> {
    if ends < starts {
        return Err(TermTrouble::Backwards);
    }
    if ends < today {
        return Err(TermTrouble::Over);
    }
    match starts.checked_add_months(Months::new(MONTHS_MAX)) {
        Some(latest) if ends <= latest => Ok(()),
        _ => Err(TermTrouble::TooLong),
    }
}

/// Whether a mandate lets its adviser work on `day`.
pub fn holds(state: MandateState, starts: NaiveDate, ends: NaiveDate, day: NaiveDate) -> bool {
    state == MandateState::Active && starts <= day && day <= ends
}

/// Mail domains that everybody may have an address in.
const PUBLIC_DOMAINS: &[&str] = &[
    "gmail.com",
    "naver.com",
    "daum.net",
    "hanmail.net",
    "kakao.com",
    "nate.com",
    "outlook.com",
    "hotmail.com",
    "icloud.com",
    "yahoo.com",
];

/// The domain of an address when it tells whose address it is.
pub fn telling_domain(email: &str) -> Option<&str> {
    let (_, domain) = email.rsplit_once('@')?;
    (!PUBLIC_DOMAINS.contains(&domain)).then_some(domain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::step::step;
    use proptest::prelude::*;

    #[test]
    fn every_pair_that_is_not_in_the_table_is_refused() {
        for from in MandateState::ALL {
            for name in ["accept", "decline", "take_back", "revoke", "lay_down", "end"] {
                let known = STEPS.iter().any(|step| step.name == name && step.from == *from);
                assert_eq!(step(STEPS, name, *from).is_ok(), known, "{name} from {from}");
            }
        }
        assert!(STEPS.iter().all(|step| !matches!(step.from, MandateState::Declined | MandateState::Ended)));
    }

    #[test]
    fn a_term_runs_forwards_and_ends_within_a_year() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let check = |starts: &str, ends: &str| check_term(day(starts), day(ends), day("2027-03-02"));
        assert_eq!(check("2027-03-02", "2028-03-02"), Ok(()));
        assert_eq!(check("2027-03-02", "2028-03-03"), Err(TermTrouble::TooLong));
        assert_eq!(check("2027-03-02", "2027-03-01"), Err(TermTrouble::Backwards));
        assert_eq!(check("2027-01-01", "2027-03-01"), Err(TermTrouble::Over));
        assert_eq!(check("2027-01-01", "2027-03-02"), Ok(()));
    }

    #[test]
    fn a_public_domain_tells_nothing() {
        assert_eq!(telling_domain("a@naver.com"), None);
        assert_eq!(telling_domain("a@hanbit.test"), Some("hanbit.test"));
        assert_eq!(telling_domain("nobody"), None);
    }

    proptest! {
        #[test]
        fn a_mandate_holds_on_its_days_only_and_only_when_accepted(start in 0_i64..1000, length in 0_i64..400, on in 0_i64..2000) {
            let at = |days| NaiveDate::from_ymd_opt(2027, 1, 1).unwrap() + chrono::Duration::days(days);
            for state in MandateState::ALL {
                let inside = start <= on && on <= start + length;
                let found = holds(*state, at(start), at(start + length), at(on));
                prop_assert_eq!(found, inside && *state == MandateState::Active);
            }
        }
    }
}
