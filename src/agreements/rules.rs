//! States of agreements, vouchers and milestones; what an offer must add up to; whose money a deposit is.

use crate::core::{
    form::FormErrors,
    money::{BasisPoints, Won},
    names::fold_company,
    roles::Role,
    step::{Note, Step},
};
use chrono::{Months, NaiveDate};
use unicode_normalization::UnicodeNormalization;

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
    /// Where a voucher stands.
    VoucherState {
        Issued = "issued",
        Exhausted = "exhausted",
        Expired = "expired",
        Revoked = "revoked",
        Frozen = "frozen",
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

pub const VOUCHER_STEPS: &[Step<VoucherState>] = &[
    Step { name: "exhaust", from: VoucherState::Issued, to: VoucherState::Exhausted, by: &[], note: Note::None },
    // Paid money came back.
    Step { name: "refill", from: VoucherState::Exhausted, to: VoucherState::Issued, by: &[], note: Note::None },
    Step { name: "expire", from: VoucherState::Issued, to: VoucherState::Expired, by: &[], note: Note::None },
    Step { name: "freeze", from: VoucherState::Issued, to: VoucherState::Frozen, by: &[], note: Note::None },
    Step { name: "unfreeze", from: VoucherState::Frozen, to: VoucherState::Issued, by: &[], note: Note::None },
    Step { name: "revoke", from: VoucherState::Issued, to: VoucherState::Revoked, by: &[], note: Note::None },
    Step { name: "revoke", from: VoucherState::Frozen, to: VoucherState::Revoked, by: &[], note: Note::None },
];

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

/// The bank's reference as it is kept: however somebody copies it, one deposit has one.
pub fn bank_reference(typed: &str) -> String {
    typed.nfkc().flat_map(char::to_uppercase).filter(|c| !c.is_whitespace()).collect()
}

/// Whether the payer of a deposit is the firm itself (domain C19). Banks write legal forms, spaces and widths in
/// their own ways; a different name stays different.
pub fn same_payer(legal_name: &str, payer: &str) -> bool {
    let folded = fold_company(legal_name);
    !folded.1.is_empty() && folded == fold_company(payer)
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
        for ended in [VoucherState::Expired, VoucherState::Revoked] {
            assert!(VOUCHER_STEPS.iter().all(|step| step.from != ended), "{ended} is an end");
        }
    }

    #[test]
    fn a_deposit_must_come_from_the_firm_itself() {
        for payer in ["한빛정밀 주식회사", "주식회사한빛정밀", "㈜한빛정밀", "(주) 한빛 정밀", "（주）한빛정밀"]
        {
            assert!(same_payer("주식회사 한빛정밀", payer), "{payer}");
        }
        for payer in ["한빛정밀", "유한회사 한빛정밀", "한빛정밀2", "", "(주)", "김하나"] {
            assert!(!same_payer("주식회사 한빛정밀", payer), "{payer}");
        }
        assert!(same_payer("Hanbit Precision", "HANBIT PRECISION"));
        assert!(!same_payer("", ""));
    }

    #[test]
    fn a_bank_reference_is_one_however_it_is_copied() {
        for typed in ["KB-2027-0001", " kb-2027-0001", "ＫＢ－２０２７－０００１", "KB -2027- 0001"] {
            assert_eq!(bank_reference(typed), "KB-2027-0001", "{typed}");
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
