//! Money claimed back (domain: clawback; recovery reality): notice, a term to object, the order, interest, receipts,
//! instalments, write-off.
//!
//! Interest is simple and daily: the principal that is open × the basis points in force on each day, over 365 days of
//! 10,000. Whole won are added, rounded down; what is left of a won is carried to the next reckoning, so that however
//! often it is reckoned, the sum is the same.

use crate::core::{
    money::Won,
    refusal::Refusal,
    roles::Role,
    step::{Note, Step},
};
use chrono::{Days, Months, NaiveDate};

crate::text_enum!(
    /// Where a recovery stands.
    RecoveryState {
        /// The debtor was told and may object.
        Noticed = "noticed",
        Objected = "objected",
        /// Ordered, final, to be paid.
        Due = "due",
        Settled = "settled",
        WrittenOff = "written_off",
        Revoked = "revoked",
    }
);

crate::text_enum!(
    /// Why money is claimed back; the surcharge follows from it (domain: sanctions ladder).
    Cause {
        FalseReceipt = "false_receipt",
        OtherUse = "other_use",
        Breach = "breach",
        Unmet = "unmet",
        AmendedInvoice = "amended_invoice",
        Overpaid = "overpaid",
    }
);

crate::text_enum!(
    /// Whose money it was.
    DebtorRole {
        Firm = "firm",
        Vendor = "vendor",
    }
);

const fn row(
    name: &'static str,
    from: RecoveryState,
    to: RecoveryState,
    by: &'static [Role],
    note: Note,
) -> Step<RecoveryState> {
    Step { name, from, to, by, note }
}

use RecoveryState::{Due, Noticed, Objected, Revoked, Settled, WrittenOff};

pub const RECOVERY_STEPS: &[Step<RecoveryState>] = &[
    row("object", Noticed, Objected, &[Role::Firm, Role::Vendor], Note::Required),
    row("order", Noticed, Due, &[Role::Manager], Note::None),
    row("order", Objected, Due, &[Role::Manager], Note::Required),
    row("revoke", Noticed, Revoked, &[Role::Manager], Note::Required),
    row("revoke", Objected, Revoked, &[Role::Manager], Note::Required),
    row("settle", Due, Settled, &[], Note::None),
    row("write_off", Due, WrittenOff, &[Role::Manager], Note::Required),
];

/// Days to object after a notice (Administrative Procedures Act, art. 21: ten at least).
pub const OBJECTION_DAYS: u64 = 14;
/// Days to pay after an order.
pub const DUE_DAYS: u64 = 30;
/// Days before a payment is due on which its debtor is reminded.
pub const REMIND_DAYS: &[i64] = &[7, 1];
/// The most instalments of a plan.
pub const INSTALMENTS_MAX: i64 = 36;

/// The parts of a whole year's basis points.
const YEAR_PARTS: i128 = 365 * 10_000;

/// A yearly rate in basis points, in force from its day until the next one's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Rate {
    pub valid_from: NaiveDate,
    pub rate_bp: i64,
}

/// The basis points of all days after `until` up to and including `day`. `rates` in the order of their days; before the
/// first nothing accrues.
fn points(rates: &[Rate], until: NaiveDate, day: NaiveDate) -> i128 {
    let mut points = 0;
    for (at, rate) in rates.iter().enumerate() {
        let last = rates.get(at + 1).and_then(|next| next.valid_from.pred_opt()).unwrap_or(NaiveDate::MAX).min(day);
        let before = rate.valid_from.pred_opt().unwrap_or(NaiveDate::MIN).max(until);
        points += i128::from((last - before).num_days().max(0)) * i128::from(rate.rate_bp);
    }
    points
}

/// Interest on `principal` for the days after `until` up to and including `day`, with what was left of a won before;
/// answers whole won and what is left now (in 3,650,000ths).
pub fn interest(principal: Won, rates: &[Rate], until: NaiveDate, day: NaiveDate, rest: i64) -> (Won, i64) {
    let parts = i128::from(principal.0) * points(rates, until, day) + i128::from(rest);
    let won = i64::try_from(parts / YEAR_PARTS).expect("interest of a bounded amount over a bounded time");
    (Won(won), i64::try_from(parts % YEAR_PARTS).expect("less than a year's parts"))
}

/// What is open of a recovery, by part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Open {
    pub interest: Won,
    pub principal: Won,
    pub surcharge: Won,
}

impl Open {
    pub fn total(&self) -> Won {
        self.interest.plus(self.principal).plus(self.surcharge)
    }

    pub fn minus(&self, parts: &Open) -> Open {
        Open {
            interest: self.interest.minus(parts.interest),
            principal: self.principal.minus(parts.principal),
            surcharge: self.surcharge.minus(parts.surcharge),
        }
    }
}

/// On what a receipt counts: interest first, then the principal (Civil Act art. 479), then the surcharge.
pub fn allocate(open: &Open, amount: Won) -> Result<Open, Refusal> {
    if amount > open.total() {
        return Err(Refusal::unacceptable("recovery-refusal-too-much").with("open", open.total()).at("amount_won"));
    }
    let interest = amount.min(open.interest);
    let principal = amount.minus(interest).min(open.principal);
    Ok(Open { interest, principal, surcharge: amount.minus(interest).minus(principal) })
}

/// The surcharge on a principal.
pub fn surcharge(principal: Won, times: i64) -> Option<Won> {
    principal.0.checked_mul(times).map(Won)
}

/// Equal monthly instalments that add up to `total`; what does not divide is in the first.
pub fn instalments(total: Won, count: i64, first_on: NaiveDate) -> Vec<(NaiveDate, Won)> {
    let count = count.clamp(1, INSTALMENTS_MAX).min(total.0.max(1));
    let (each, rest) = (total.0 / count, total.0 % count);
    (0..count)
        .map(|at| {
            let months = Months::new(u32::try_from(at).unwrap_or_default());
            let due_on = first_on.checked_add_months(months).unwrap_or(NaiveDate::MAX);
            (due_on, Won(each + if at == 0 { rest } else { 0 }))
        })
        .collect()
}

/// What should have come in before `today` under a plan of which `paid` came in, and did not.
pub fn overdue(plan: &[(NaiveDate, Won)], paid: Won, today: NaiveDate) -> Won {
    let due: Won = plan.iter().filter(|(due_on, _)| *due_on < today).map(|(_, won)| *won).sum();
    due.minus(paid).max(Won::ZERO)
}

/// The next day on which something is to be paid, and how much of it is open.
pub fn next_due(plan: &[(NaiveDate, Won)], paid: Won) -> Option<(NaiveDate, Won)> {
    let mut sum = Won::ZERO;
    for (due_on, won) in plan {
        sum = sum.plus(*won);
        if sum > paid {
            return Some((*due_on, sum.minus(paid)));
        }
    }
    None
}

/// An order is final when the term to object is over or the objection was heard; somebody else than who gave notice.
pub fn check_order(
    state: RecoveryState,
    object_until: NaiveDate,
    today: NaiveDate,
    is_first: bool,
) -> Result<(), Refusal> {
    if is_first {
        return Err(Refusal::forbidden("recovery-refusal-same-person"));
    }
    if state == Noticed && today <= object_until {
        return Err(Refusal::conflict("recovery-refusal-term-runs").with("until", object_until));
    }
    Ok(())
}

/// The last day on which somebody told today may object.
pub fn object_until(today: NaiveDate) -> NaiveDate {
    today.checked_add_days(Days::new(OBJECTION_DAYS)).unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::step::step;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn rates() -> Vec<Rate> {
        [("2023-03-20", 290), ("2024-03-22", 350), ("2025-03-21", 310)]
            .into_iter()
            .map(|(from, rate_bp)| Rate { valid_from: day(from), rate_bp })
            .collect()
    }

    #[test]
    fn only_what_the_table_says_may_follow() {
        for from in RecoveryState::ALL {
            for name in ["object", "order", "revoke", "settle", "write_off"] {
                let listed = RECOVERY_STEPS.iter().any(|step| step.name == name && step.from == *from);
                assert_eq!(step(RECOVERY_STEPS, name, *from).is_ok(), listed, "{name} from {from}");
            }
        }
        for ended in [Settled, WrittenOff, Revoked] {
            assert!(RECOVERY_STEPS.iter().all(|step| step.from != ended));
        }
    }

    #[test]
    fn a_year_at_one_rate_is_that_rate() {
        let rates = [Rate { valid_from: day("2020-01-01"), rate_bp: 310 }];
        let one = interest(Won(80_000_000), &rates, day("2025-12-31"), day("2026-12-31"), 0);
        assert_eq!(one, (Won(2_480_000), 0));
        // One day: 80,000,000 × 310 / 3,650,000 = 6,794 and 1,900,000 parts.
        assert_eq!(interest(Won(80_000_000), &rates, day("2025-12-31"), day("2026-01-01"), 0), (Won(6_794), 1_900_000));
        assert_eq!(interest(Won(80_000_000), &rates, day("2026-01-05"), day("2026-01-01"), 7), (Won(0), 7));
    }

    #[test]
    fn a_change_of_rate_counts_from_its_day() {
        let whole = points(&rates(), day("2024-03-20"), day("2024-03-23"));
        assert_eq!(whole, 290 + 350 + 350);
        assert_eq!(points(&rates(), day("2020-01-01"), day("2023-03-19")), 0);
    }

    #[test]
    fn an_order_waits_for_the_term_and_for_somebody_else() {
        let until = day("2027-03-16");
        assert!(check_order(Noticed, until, day("2027-03-16"), false).is_err());
        assert!(check_order(Noticed, until, day("2027-03-17"), false).is_ok());
        assert!(check_order(Objected, until, day("2027-03-05"), false).is_ok());
        assert!(check_order(Noticed, until, day("2027-03-17"), true).is_err());
    }

    proptest! {
        #[test]
        fn interest_is_the_same_however_often_it_is_reckoned(
            principal in 1i64..1_000_000_000_000, start in 0i64..3_000, days in prop::collection::vec(0i64..400, 1..12),
        ) {
            let first = day("2022-01-01") + chrono::Duration::days(start);
            let (mut until, mut sum, mut rest) = (first, Won::ZERO, 0);
            for step in &days {
                let to = until + chrono::Duration::days(*step);
                let (won, left) = interest(Won(principal), &rates(), until, to, rest);
                prop_assert!(won >= Won::ZERO && (0..3_650_000).contains(&left));
                (until, sum, rest) = (to, sum.plus(won), left);
            }
            prop_assert_eq!(interest(Won(principal), &rates(), first, until, 0), (sum, rest));
        }

        #[test]
        fn instalments_add_up_to_the_won(total in 1i64..1_000_000_000_000, count in 1i64..60, paid in 0i64..1_000_000_000_000) {
            let plan = instalments(Won(total), count, day("2027-01-31"));
            prop_assert_eq!(plan.iter().map(|(_, won)| *won).sum::<Won>(), Won(total));
            prop_assert!(plan.iter().all(|(_, won)| won.is_positive()));
            prop_assert!(plan.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 >= pair[1].1));
            let open = next_due(&plan, Won(paid));
            prop_assert_eq!(open.is_none(), paid >= total);
            prop_assert_eq!(overdue(&plan, Won(paid), NaiveDate::MAX), Won((total - paid).max(0)));
        }

        #[test]
        fn a_receipt_counts_to_the_won(interest in 0i64..1_000, principal in 0i64..1_000, surcharge in 0i64..1_000, amount in 0i64..4_000) {
            let open = Open { interest: Won(interest), principal: Won(principal), surcharge: Won(surcharge) };
            match allocate(&open, Won(amount)) {
                Ok(parts) => {
                    prop_assert_eq!(parts.total(), Won(amount));
                    let left = open.minus(&parts);
                    prop_assert!(left.interest >= Won::ZERO && left.principal >= Won::ZERO && left.surcharge >= Won::ZERO);
                    prop_assert!(left.interest == Won::ZERO || parts.principal == Won::ZERO);
                    prop_assert!(left.principal == Won::ZERO || parts.surcharge == Won::ZERO);
                }
                Err(_) => prop_assert!(Won(amount) > open.total()),
            }
        }
    }
}
