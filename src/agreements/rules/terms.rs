//! What an agreement says in figures and names, and what each kind of change request may change of it.

use crate::core::{
    form::FormErrors,
    money::Won,
    refusal::Refusal,
    roles::Role,
    step::{Note, Step},
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

crate::text_enum!(
    /// What a change request is about (domain A6).
    ChangeKind {
        /// Another vendor and package.
        Vendor = "vendor",
        /// A later end.
        Extension = "extension",
        /// Money from one line of cost to another.
        Lines = "lines",
        /// Other deliverables, or less of them.
        Scope = "scope",
        /// Another firm took this one over.
        Merger = "merger",
        /// The firm closes: the agreement ends.
        Closure = "closure",
    }
);

impl ChangeKind {
    /// Whether what was claimed under the old terms cannot stand under the new ones.
    pub fn touches_money(self) -> bool {
        !matches!(self, ChangeKind::Extension)
    }
}

crate::text_enum!(
    /// Where a change request stands.
    ChangeState {
        /// The other party has not assented.
        Requested = "requested",
        /// The agency decides.
        Assented = "assented",
        Applied = "applied",
        Refused = "refused",
        Withdrawn = "withdrawn",
    }
);

impl ChangeState {
    pub fn is_live(self) -> bool {
        matches!(self, ChangeState::Requested | ChangeState::Assented)
    }
}

const PARTIES: &[Role] = &[Role::Firm, Role::Vendor, Role::Manager];
const AGENCY: &[Role] = &[Role::Manager];

pub const CHANGE_STEPS: &[Step<ChangeState>] = {
    use ChangeState::*;
    &[
        Step { name: "assent", from: Requested, to: Assented, by: &[], note: Note::None },
        Step { name: "apply", from: Assented, to: Applied, by: AGENCY, note: Note::None },
        Step { name: "refuse", from: Requested, to: Refused, by: AGENCY, note: Note::Required },
        Step { name: "refuse", from: Assented, to: Refused, by: AGENCY, note: Note::Required },
        Step { name: "withdraw", from: Requested, to: Withdrawn, by: PARTIES, note: Note::None },
        Step { name: "withdraw", from: Assented, to: Withdrawn, by: PARTIES, note: Note::None },
    ]
};

/// Everything of an agreement that a change may change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    pub organisation: Uuid,
    pub vendor: Uuid,
    pub package: Option<Uuid>,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    pub lines: Vec<LineTerms>,
    pub milestones: Vec<MilestoneTerms>,
}

/// A line of cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineTerms {
    pub position: i64,
    pub category: String,
    pub description: String,
    pub quantity: i64,
    pub unit_price: Won,
    pub support: Won,
}

impl LineTerms {
    pub fn amount(&self) -> Won {
        Won(self.quantity.saturating_mul(self.unit_price.0))
    }

    pub fn own(&self) -> Won {
        self.amount().minus(self.support)
    }
}

/// A milestone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MilestoneTerms {
    pub position: i64,
    pub name: String,
    pub deliverables: String,
    pub due_on: NaiveDate,
    pub supply: Won,
    pub support: Won,
    /// Nothing was delivered for it: only then it may change.
    pub open: bool,
}

impl Terms {
    pub fn total(&self) -> Won {
        self.lines.iter().map(LineTerms::amount).sum()
    }

    pub fn support(&self) -> Won {
        self.lines.iter().map(|line| line.support).sum()
    }

    pub fn own(&self) -> Won {
        self.total().minus(self.support())
    }

    /// With another last day: what is still to be delivered is due so many days later as well.
    pub fn extended(&self, ends_on: NaiveDate) -> Terms {
        let later = ends_on - self.ends_on;
        let mut after = Terms { ends_on, ..self.clone() };
        for milestone in after.milestones.iter_mut().filter(|milestone| milestone.open) {
            milestone.due_on += later;
        }
        after
    }
}

/// What a change is held against.
#[derive(Debug, Clone, Copy)]
pub struct ChangeBounds {
    pub today: NaiveDate,
    /// The last day that the call's term allows, extension included.
    pub latest_end: NaiveDate,
}

/// Refuses a change that says nothing new, or that goes beyond what its kind may change. The support never grows:
/// the voucher never exceeds what was selected.
pub fn check_change(kind: ChangeKind, before: &Terms, after: &Terms, bounds: ChangeBounds) -> Result<(), FormErrors> {
    let mut errors = FormErrors::new();
    if before == after && kind != ChangeKind::Closure {
        errors.refuse("", Refusal::unacceptable("agreements-refusal-nothing-changed"));
        return errors.done(());
    }
    match kind {
        ChangeKind::Extension => check_extension(&mut errors, before, after, bounds),
        ChangeKind::Lines | ChangeKind::Scope => check_amounts(&mut errors, kind, before, after),
        ChangeKind::Vendor | ChangeKind::Merger | ChangeKind::Closure => {}
    }
    errors.done(())
}

fn check_extension(errors: &mut FormErrors, before: &Terms, after: &Terms, bounds: ChangeBounds) {
    let latest = || vec![("latest", bounds.latest_end.to_string())];
    if after.ends_on <= before.ends_on || after.ends_on > bounds.latest_end || after.ends_on < bounds.today {
        errors.add_with("new_end", "agreements-extension-outside", latest());
    }
}

fn check_amounts(errors: &mut FormErrors, kind: ChangeKind, before: &Terms, after: &Terms) {
    let differs = |is: Won, should: Won| vec![("is", is.to_string()), ("should", should.to_string())];
    if after.lines.iter().any(|line| line.support > line.amount() || line.support < Won::ZERO) {
        errors.refuse("", Refusal::unacceptable("agreements-support-above-supply"));
    }
    if kind == ChangeKind::Lines {
        if after.total() != before.total() {
            errors.add_with("", "agreements-supply-sum", differs(after.total(), before.total()));
        }
        if after.support() != before.support() {
            errors.add_with("", "agreements-support-sum", differs(after.support(), before.support()));
        }
        return;
    }
    if after.support() > before.support() || after.total() > before.total() {
        errors.add_with("", "agreements-refusal-more-than-selected", differs(after.support(), before.support()));
    }
    if after.milestones.iter().any(|milestone| milestone.support > milestone.supply) {
        errors.refuse("", Refusal::unacceptable("agreements-support-above-supply"));
    }
    let supply: Won = after.milestones.iter().map(|milestone| milestone.supply).sum();
    let support: Won = after.milestones.iter().map(|milestone| milestone.support).sum();
    if supply != after.total() {
        errors.add_with("", "agreements-supply-sum", differs(supply, after.total()));
    }
    if support != after.support() {
        errors.add_with("", "agreements-support-sum", differs(support, after.support()));
    }
    let moved = before.milestones.iter().zip(&after.milestones).any(|(old, new)| !old.open && old != new);
    if moved {
        errors.refuse("", Refusal::unacceptable("agreements-refusal-milestone-delivered"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(month: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2027, month, 1).unwrap()
    }

    fn terms() -> Terms {
        let line = |position, price, support| LineTerms {
            position,
            category: "solution_licence".to_owned(),
            description: "라이선스".to_owned(),
            quantity: 1,
            unit_price: Won(price),
            support: Won(support),
        };
        let milestone = |position, supply, support, open| MilestoneTerms {
            position,
            name: format!("{position}단계"),
            deliverables: "결과서".to_owned(),
            due_on: day(6),
            supply: Won(supply),
            support: Won(support),
            open,
        };
        Terms {
            organisation: Uuid::from_u128(1),
            vendor: Uuid::from_u128(2),
            package: None,
            starts_on: day(3),
            ends_on: day(9),
            lines: vec![line(1, 60, 48), line(2, 40, 32)],
            milestones: vec![milestone(1, 60, 48, false), milestone(2, 40, 32, true)],
        }
    }

    const BOUNDS: ChangeBounds = ChangeBounds {
        today: NaiveDate::from_ymd_opt(2027, 4, 1).unwrap(),
        latest_end: NaiveDate::from_ymd_opt(2027, 11, 1).unwrap(),
    };

    fn keys(kind: ChangeKind, change: impl Fn(&mut Terms)) -> Vec<&'static str> {
        let mut after = terms();
        change(&mut after);
        let result = check_change(kind, &terms(), &after, BOUNDS);
        result.err().map(|errors| errors.0.into_iter().map(|trouble| trouble.key).collect()).unwrap_or_default()
    }

    #[test]
    fn each_kind_changes_what_is_its_own() {
        use ChangeKind::*;
        assert_eq!(keys(Extension, |_| ()), ["agreements-refusal-nothing-changed"]);
        assert!(keys(Closure, |_| ()).is_empty());
        assert!(keys(Extension, |terms| terms.ends_on = day(11)).is_empty());
        assert_eq!(keys(Extension, |terms| terms.ends_on = day(12)), ["agreements-extension-outside"]);
        assert_eq!(keys(Extension, |terms| terms.ends_on = day(8)), ["agreements-extension-outside"]);
        let shift = |terms: &mut Terms| {
            (terms.lines[0].unit_price, terms.lines[0].support) = (Won(50), Won(40));
            (terms.lines[1].unit_price, terms.lines[1].support) = (Won(50), Won(40));
        };
        assert!(keys(Lines, shift).is_empty());
        assert_eq!(keys(Lines, |terms| terms.lines[0].unit_price = Won(61)), ["agreements-supply-sum"]);
        assert_eq!(keys(Lines, |terms| terms.lines[0].support = Won(47)), ["agreements-support-sum"]);
        let less = |terms: &mut Terms| {
            (terms.lines[1].unit_price, terms.lines[1].support) = (Won(20), Won(16));
            (terms.milestones[1].supply, terms.milestones[1].support) = (Won(20), Won(16));
        };
        assert!(keys(Scope, less).is_empty());
        assert!(keys(Scope, |terms| terms.milestones[1].deliverables = "다른 결과서".to_owned()).is_empty());
        assert_eq!(
            keys(Scope, |terms| terms.milestones[0].deliverables = "다른 결과서".to_owned()),
            ["agreements-refusal-milestone-delivered"]
        );
        assert!(
            keys(Scope, |terms| terms.lines[1].unit_price = Won(41)).contains(&"agreements-refusal-more-than-selected")
        );
    }

    #[test]
    fn what_is_still_to_be_delivered_is_due_later_with_the_end() {
        let after = terms().extended(day(11));
        assert_eq!(after.milestones[0].due_on, day(6), "it was delivered");
        assert_eq!(after.milestones[1].due_on, day(8), "61 days later");
        assert!(check_change(ChangeKind::Extension, &terms(), &after, BOUNDS).is_ok());
    }

    #[test]
    fn only_the_steps_of_the_table_are_taken() {
        use ChangeState::*;
        let allowed = [
            (Requested, Assented),
            (Assented, Applied),
            (Requested, Refused),
            (Assented, Refused),
            (Requested, Withdrawn),
            (Assented, Withdrawn),
        ];
        for from in ChangeState::ALL {
            for to in ChangeState::ALL {
                let is = CHANGE_STEPS.iter().any(|step| step.from == *from && step.to == *to);
                assert_eq!(is, allowed.contains(&(*from, *to)), "{from} -> {to}");
            }
            assert_eq!(from.is_live(), CHANGE_STEPS.iter().any(|step| step.from == *from), "{from}");
        }
    }

    proptest! {
        #[test]
        fn the_support_never_grows(price in 0_i64..200, support in 0_i64..200, supply in 0_i64..200, part in 0_i64..200) {
            for kind in ChangeKind::ALL {
                let mut after = terms();
                (after.lines[1].unit_price, after.lines[1].support) = (Won(price), Won(support));
                (after.milestones[1].supply, after.milestones[1].support) = (Won(supply), Won(part));
                let bounded = matches!(kind, ChangeKind::Lines | ChangeKind::Scope);
                if bounded && check_change(*kind, &terms(), &after, BOUNDS).is_ok() {
                    prop_assert!(after.support() <= terms().support());
                    prop_assert!(after.total() <= terms().total());
                }
            }
        }
    }
}
