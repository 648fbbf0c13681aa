//! Sanctions (domain: sanctions ladder): a warning, or exclusion from submission, selection, registration and payment
//! for a time. Notice, a term to object, the decision of another person.

use super::recoveries::object_until;
use crate::core::{
    refusal::Refusal,
    roles::Role,
    step::{Note, Step},
};
use chrono::{Months, NaiveDate};

crate::text_enum!(
    SanctionKind {
        Warning = "warning",
        Exclusion = "exclusion",
    }
);

crate::text_enum!(
    SanctionState {
        Noticed = "noticed",
        Objected = "objected",
        InForce = "in_force",
        Ended = "ended",
        Revoked = "revoked",
    }
);

use SanctionState::{Ended, InForce, Noticed, Objected, Revoked};

pub const SANCTION_STEPS: &[Step<SanctionState>] = &[
    Step { name: "object", from: Noticed, to: Objected, by: &[Role::Firm, Role::Vendor], note: Note::Required },
    Step { name: "impose", from: Noticed, to: InForce, by: &[Role::Manager], note: Note::None },
    Step { name: "impose", from: Objected, to: InForce, by: &[Role::Manager], note: Note::Required },
    Step { name: "revoke", from: Noticed, to: Revoked, by: &[Role::Manager], note: Note::Required },
    Step { name: "revoke", from: Objected, to: Revoked, by: &[Role::Manager], note: Note::Required },
    Step { name: "revoke", from: InForce, to: Revoked, by: &[Role::Manager], note: Note::Required },
    Step { name: "end", from: InForce, to: Ended, by: &[], note: Note::None },
];

/// The longest exclusion in years.
const YEARS_MAX: u32 = 5;

/// An exclusion begins after the term to object and lasts at most five years; a warning has no term.
pub fn check_term(kind: SanctionKind, from: NaiveDate, to: Option<NaiveDate>, today: NaiveDate) -> Result<(), Refusal> {
    if kind == SanctionKind::Warning {
        return Ok(());
    }
    if from <= object_until(today) {
        let refusal = Refusal::unacceptable("sanction-refusal-from").at("from_on");
        return Err(refusal.with("until", object_until(today)));
    }
    let last = from.checked_add_months(Months::new(12 * YEARS_MAX)).unwrap_or(NaiveDate::MAX);
    match to {
        None => Err(Refusal::unacceptable("sanction-refusal-to").at("to_on")),
        Some(to) if to < from => Err(Refusal::unacceptable("sanction-refusal-order").at("to_on")),
        Some(to) if to >= last => Err(Refusal::unacceptable("sanction-refusal-long").at("to_on")),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::step::step;

    #[test]
    fn only_what_the_table_says_may_follow() {
        for from in SanctionState::ALL {
            for name in ["object", "impose", "revoke", "end"] {
                let listed = SANCTION_STEPS.iter().any(|step| step.name == name && step.from == *from);
                assert_eq!(step(SANCTION_STEPS, name, *from).is_ok(), listed, "{name} from {from}");
            }
        }
    }

    #[test]
    fn an_exclusion_begins_after_the_hearing_and_ends() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let today = day("2027-03-02");
        for (from, to, ok) in [
            ("2027-03-16", Some("2028-03-15"), false),
            ("2027-03-17", Some("2028-03-16"), true),
            ("2027-03-17", None, false),
            ("2027-03-17", Some("2027-03-16"), false),
            ("2027-03-17", Some("2032-03-16"), true),
            ("2027-03-17", Some("2032-03-17"), false),
        ] {
            assert_eq!(check_term(SanctionKind::Exclusion, day(from), to.map(day), today).is_ok(), ok, "{from} {to:?}");
        }
        assert!(check_term(SanctionKind::Warning, today, None, today).is_ok());
    }
}
