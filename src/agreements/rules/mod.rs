//! States of agreements, vouchers, milestones and changes; what an offer must add up to.

mod clauses;
mod deposits;
mod risk;
mod terms;

pub use clauses::{
    CLAUSE_STEPS, CLAUSES_MAX, Clause, ClauseChangeState, PLACEHOLDERS, When, fill, unknown_placeholder,
};
pub use deposits::{Payer, Refundable, bank_reference, payer};
pub use risk::{Level, RISK_REASONS, Rated, Standing, rate};
pub use terms::{CHANGE_STEPS, ChangeBounds, ChangeKind, ChangeState, LineTerms, MilestoneTerms, Terms, check_change};

use crate::core::{
    calendar::Holidays,
    form::FormErrors,
    money::{BasisPoints, Won},
    roles::Role,
    step::{Note, Step},
};
use chrono::{Months, NaiveDate};

crate::text_enum!(
    /// Where an agreement stands.
    AgreementState {
        Offered = "offered",
        Active = "active",
        Completed = "completed",
        Lapsed = "lapsed",
        Terminated = "terminated",
    }
);

crate::text_enum!(
    /// Where a voucher stands. How much is left on it is the ledger's to say.
    VoucherState {
        /// Nothing was drawn yet.
        Issued = "issued",
        Active = "active",
        /// Blocked: nothing is drawn or paid while a block is open.
        Suspended = "suspended",
        /// Its term ended; what was free went back.
        Lapsed = "lapsed",
        Exhausted = "exhausted",
        /// Its agreement ended before all of it was drawn.
        Closed = "closed",
    }
);

impl VoucherState {
    /// Whether a vendor may draw from it.
    pub fn is_usable(self) -> bool {
        matches!(self, VoucherState::Issued | VoucherState::Active)
    }

    pub fn is_over(self) -> bool {
        matches!(self, VoucherState::Lapsed | VoucherState::Exhausted | VoucherState::Closed)
    }
}

crate::text_enum!(
    /// Why a voucher is blocked.
    BlockCause {
        /// An amended or cancelled tax invoice is not settled.
        AmendedInvoice = "amended_invoice",
        /// An officer blocked it, with a reason.
        Officer = "officer",
    }
);

crate::text_enum!(
    /// Where a milestone stands.
    MilestoneState {
        Planned = "planned",
        Delivered = "delivered",
        Accepted = "accepted",
        Disputed = "disputed",
    }
);

pub const STEPS: &[Step<AgreementState>] = &[
    Step { name: "activate", from: AgreementState::Offered, to: AgreementState::Active, by: &[], note: Note::None },
    Step { name: "lapse", from: AgreementState::Offered, to: AgreementState::Lapsed, by: &[], note: Note::None },
    Step { name: "complete", from: AgreementState::Active, to: AgreementState::Completed, by: &[], note: Note::None },
    Step {
        name: "terminate",
        from: AgreementState::Active,
        to: AgreementState::Terminated,
        by: &[Role::Manager],
        note: Note::Required,
    },
    // While nothing of the voucher is drawn; the application is withdrawn with it.
    Step {
        name: "withdraw",
        from: AgreementState::Active,
        to: AgreementState::Terminated,
        by: &[Role::Firm],
        note: Note::Required,
    },
];

pub const MILESTONE_STEPS: &[Step<MilestoneState>] = &[
    Step {
        name: "deliver",
        from: MilestoneState::Planned,
        to: MilestoneState::Delivered,
        by: &[Role::Vendor],
        note: Note::None,
    },
    Step {
        name: "deliver",
        from: MilestoneState::Disputed,
        to: MilestoneState::Delivered,
        by: &[Role::Vendor],
        note: Note::None,
    },
    Step {
        name: "accept",
        from: MilestoneState::Delivered,
        to: MilestoneState::Accepted,
        by: &[Role::Firm],
        note: Note::None,
    },
    Step {
        name: "dispute",
        from: MilestoneState::Delivered,
        to: MilestoneState::Disputed,
        by: &[Role::Firm],
        note: Note::Required,
    },
];

const BLOCKS: &[Role] = &[Role::ClaimsOfficer, Role::Manager];

pub const VOUCHER_STEPS: &[Step<VoucherState>] = &[
    Step { name: "use", from: VoucherState::Issued, to: VoucherState::Active, by: &[], note: Note::None },
    Step { name: "exhaust", from: VoucherState::Active, to: VoucherState::Exhausted, by: &[], note: Note::None },
    // Paid money came back.
    Step { name: "refill", from: VoucherState::Exhausted, to: VoucherState::Active, by: &[], note: Note::None },
    Step { name: "suspend", from: VoucherState::Issued, to: VoucherState::Suspended, by: BLOCKS, note: Note::Required },
    Step { name: "suspend", from: VoucherState::Active, to: VoucherState::Suspended, by: BLOCKS, note: Note::Required },
    Step {
        name: "resume_unused",
        from: VoucherState::Suspended,
        to: VoucherState::Issued,
        by: BLOCKS,
        note: Note::Required,
    },
    Step { name: "resume", from: VoucherState::Suspended, to: VoucherState::Active, by: BLOCKS, note: Note::Required },
    Step { name: "lapse", from: VoucherState::Issued, to: VoucherState::Lapsed, by: &[], note: Note::None },
    Step { name: "lapse", from: VoucherState::Active, to: VoucherState::Lapsed, by: &[], note: Note::None },
    Step { name: "lapse", from: VoucherState::Suspended, to: VoucherState::Lapsed, by: &[], note: Note::None },
    Step { name: "close", from: VoucherState::Issued, to: VoucherState::Closed, by: &[], note: Note::None },
    Step { name: "close", from: VoucherState::Active, to: VoucherState::Closed, by: &[], note: Note::None },
    Step { name: "close", from: VoucherState::Suspended, to: VoucherState::Closed, by: &[], note: Note::None },
];

crate::text_enum!(
    /// How somebody proved who they are before they assented.
    Proof { Password = "password", SecondFactor = "second_factor" }
);

/// The last of `days` business days after `from`.
pub fn due(holidays: &Holidays, from: NaiveDate, days: i64) -> NaiveDate {
    holidays.add_business_days(from, u32::try_from(days).unwrap_or_default())
}

crate::text_enum!(
    /// The one next act before a voucher lapses.
    NextAct {
        /// The firm answers a delivery.
        Answer = "answer",
        /// The vendor delivers and invoices.
        Deliver = "deliver",
        /// Everything is claimed; the agency pays.
        Wait = "wait",
    }
);

/// The one next act, from the milestones as they stand.
pub fn next_act(milestones: &[MilestoneState]) -> NextAct {
    if milestones.contains(&MilestoneState::Delivered) {
        NextAct::Answer
    } else if milestones.iter().any(|state| matches!(state, MilestoneState::Planned | MilestoneState::Disputed)) {
        NextAct::Deliver
    } else {
        NextAct::Wait
    }
}

crate::text_enum!(
    /// The three who assent to an agreement.
    Party { Firm = "firm", Vendor = "vendor", Agency = "agency" }
);

impl Party {
    /// For whom somebody with these roles assents.
    pub fn of(roles: &[Role]) -> Option<Party> {
        [(Role::Firm, Party::Firm), (Role::Vendor, Party::Vendor), (Role::Manager, Party::Agency)]
            .into_iter()
            .find(|(role, _)| roles.contains(role))
            .map(|(_, party)| party)
    }
}

/// The fields of one milestone on the form of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MilestoneFields {
    pub name: &'static str,
    pub deliverables: &'static str,
    pub due_on: &'static str,
    pub supply: &'static str,
    pub support: &'static str,
}

macro_rules! milestone_fields {
    ($($n:literal),*) => {
        [$(MilestoneFields {
            name: concat!("name_", $n),
            deliverables: concat!("deliverables_", $n),
            due_on: concat!("due_on_", $n),
            supply: concat!("supply_", $n),
            support: concat!("support_", $n),
        }),*]
    };
}

/// An agreement has one to six milestones.
pub const MILESTONE_FIELDS: [MilestoneFields; 6] = milestone_fields!(1, 2, 3, 4, 5, 6);

/// A milestone as it is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMilestone {
    pub name: String,
    pub deliverables: String,
    pub due_on: NaiveDate,
    /// Supply value without VAT.
    pub supply: Won,
    pub support: Won,
}

/// What the terms of an offer are held against.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub total: Won,
    pub support: Won,
    pub term_months: i64,
    pub today: NaiveDate,
}

impl Bounds {
    /// The last day an agreement may end on that starts on `start`.
    pub fn latest_end(&self, start: NaiveDate) -> NaiveDate {
        let months = Months::new(u32::try_from(self.term_months).unwrap_or(0));
        start.checked_add_months(months).unwrap_or(start)
    }
}

/// Refuses an offer whose dates do not lie in each other or whose milestones do not add up (domain C2, C8).
pub fn check_offer(
    bounds: Bounds,
    starts_on: NaiveDate,
    ends_on: NaiveDate,
    milestones: &[NewMilestone],
) -> Result<(), FormErrors> {
    let mut errors = FormErrors::new();
    if starts_on < bounds.today {
        errors.add("starts_on", "agreements-start-past");
    }
    if ends_on <= starts_on || ends_on > bounds.latest_end(starts_on) {
        let latest = vec![("latest", bounds.latest_end(starts_on).to_string())];
        errors.add_with("ends_on", "agreements-end-outside", latest);
    }
    if milestones.is_empty() || milestones.len() > MILESTONE_FIELDS.len() {
        errors.add(MILESTONE_FIELDS[0].name, "agreements-milestone-count");
        return errors.done(());
    }
    for (milestone, fields) in milestones.iter().zip(MILESTONE_FIELDS) {
        if milestone.due_on < starts_on || milestone.due_on > ends_on {
            errors.add(fields.due_on, "agreements-due-outside");
        }
        if !milestone.supply.is_positive() {
            errors.add(fields.supply, "form-required");
        }
        if milestone.support > milestone.supply || milestone.support < Won::ZERO {
            errors.add(fields.support, "agreements-support-above-supply");
        }
    }
    let sum = |amount: fn(&NewMilestone) -> Won| milestones.iter().map(amount).sum::<Won>();
    let (supply, support) = (sum(|milestone| milestone.supply), sum(|milestone| milestone.support));
    let differs = |is: Won, should: Won| vec![("is", is.to_string()), ("should", should.to_string())];
    if supply != bounds.total {
        errors.add_with(MILESTONE_FIELDS[0].supply, "agreements-supply-sum", differs(supply, bounds.total));
    }
    if support != bounds.support {
        errors.add_with(MILESTONE_FIELDS[0].support, "agreements-support-sum", differs(support, bounds.support));
    }
    errors.done(())
}

/// Divides supply value and support into two milestones of 60 and 40 per cent; the second takes the fraction.
pub fn proposed_split(total: Won, support: Won) -> [(Won, Won); 2] {
    let share = BasisPoints(6_000);
    let first = (total.share_down(share), support.share_down(share));
    [first, (total.minus(first.0), support.minus(first.1))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::step::step;
    use proptest::prelude::*;

    fn day(month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2027, month, day).unwrap()
    }

    const BOUNDS: Bounds = Bounds {
        total: Won(100_000_000),
        support: Won(80_000_000),
        term_months: 7,
        today: NaiveDate::from_ymd_opt(2027, 3, 2).unwrap(),
    };

    fn milestone(due_on: NaiveDate, supply: i64, support: i64) -> NewMilestone {
        let (name, deliverables) = ("설치".to_owned(), "보고서".to_owned());
        NewMilestone { name, deliverables, due_on, supply: Won(supply), support: Won(support) }
    }

    fn keys(result: Result<(), FormErrors>) -> Vec<&'static str> {
        result.err().map(|errors| errors.0.into_iter().map(|trouble| trouble.key).collect()).unwrap_or_default()
    }

    #[test]
    fn an_offer_adds_up_and_stays_within_its_dates() {
        let good = [milestone(day(6, 1), 60_000_000, 48_000_000), milestone(day(10, 2), 40_000_000, 32_000_000)];
        assert!(check_offer(BOUNDS, day(3, 2), day(10, 2), &good).is_ok());
        assert_eq!(keys(check_offer(BOUNDS, day(3, 1), day(9, 30), &good[..1])).len(), 3);
        assert_eq!(keys(check_offer(BOUNDS, day(3, 2), day(10, 3), &good)), ["agreements-end-outside"]);
        assert_eq!(keys(check_offer(BOUNDS, day(3, 2), day(3, 2), &good)).len(), 3);
        assert_eq!(keys(check_offer(BOUNDS, day(3, 2), day(10, 2), &[])), ["agreements-milestone-count"]);
        let more = [milestone(day(6, 1), 100_000_001, 80_000_000)];
        assert_eq!(keys(check_offer(BOUNDS, day(3, 2), day(10, 2), &more)), ["agreements-supply-sum"]);
        let much = [milestone(day(6, 1), 40_000_000, 48_000_000), milestone(day(7, 1), 60_000_000, 32_000_000)];
        assert_eq!(keys(check_offer(BOUNDS, day(3, 2), day(10, 2), &much)), ["agreements-support-above-supply"]);
    }

    #[test]
    fn only_the_steps_of_the_tables_are_taken() {
        let mut allowed = Vec::new();
        for from in AgreementState::ALL {
            for name in ["activate", "lapse", "complete", "terminate", "withdraw"] {
                if step(STEPS, name, *from).is_ok() {
                    allowed.push((name, from.as_str()));
                }
            }
        }
        assert_eq!(
            allowed,
            [
                ("activate", "offered"),
                ("lapse", "offered"),
                ("complete", "active"),
                ("terminate", "active"),
                ("withdraw", "active")
            ]
        );
        let mut allowed = Vec::new();
        for from in MilestoneState::ALL {
            for name in ["deliver", "accept", "dispute"] {
                if step(MILESTONE_STEPS, name, *from).is_ok() {
                    allowed.push((name, from.as_str()));
                }
            }
        }
        assert_eq!(
            allowed,
            [("deliver", "planned"), ("accept", "delivered"), ("dispute", "delivered"), ("deliver", "disputed")]
        );
    }

    #[test]
    fn a_voucher_moves_only_along_its_table() {
        use VoucherState::*;
        let allowed = [
            (Issued, Active),
            (Active, Exhausted),
            (Exhausted, Active),
            (Issued, Suspended),
            (Active, Suspended),
            (Suspended, Issued),
            (Suspended, Active),
            (Issued, Lapsed),
            (Active, Lapsed),
            (Suspended, Lapsed),
            (Issued, Closed),
            (Active, Closed),
            (Suspended, Closed),
        ];
        for from in VoucherState::ALL {
            for to in VoucherState::ALL {
                let is = VOUCHER_STEPS.iter().any(|step| step.from == *from && step.to == *to);
                assert_eq!(is, allowed.contains(&(*from, *to)), "{from} -> {to}");
            }
            let is_end = matches!(from, Lapsed | Closed);
            assert!(!is_end || VOUCHER_STEPS.iter().all(|step| step.from != *from), "{from} is an end");
            assert!(!(from.is_over() && from.is_usable()));
        }
    }

    #[test]
    fn there_is_one_next_act() {
        use MilestoneState::*;
        for (states, act) in [
            (vec![Planned, Delivered], NextAct::Answer),
            (vec![Accepted, Planned], NextAct::Deliver),
            (vec![Disputed], NextAct::Deliver),
            (vec![Accepted], NextAct::Wait),
            (vec![], NextAct::Wait),
        ] {
            assert_eq!(next_act(&states), act, "{states:?}");
        }
    }

    proptest! {
        #[test]
        fn the_proposed_split_adds_up(support in 0_i64..200_000_000, own in 0_i64..200_000_000) {
            let (total, support) = (Won(support + own), Won(support));
            let [one, two] = proposed_split(total, support);
            prop_assert_eq!((one.0.plus(two.0), one.1.plus(two.1)), (total, support));
            prop_assert!(one.1 <= one.0);
            prop_assert!(two.1 <= two.0.plus(Won(1)));
        }
    }
}
