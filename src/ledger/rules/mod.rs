//! The accounts, and which acts move money between which of them.
//!
//! The money of a call:   outside → budget → committed → voucher → held → payable → paid
//! Money claimed back:    recovery_source → recoverable → recovered or written_off
//! A cap in won:          cap_source → cap_left → cap_used
//! A cap in awards:       count_source → count_left → count_used
//! A rolling cap:         rolling_source → rolling_used
//! Not explained yet:     outside → suspense, and back once it is
//! Every posting adds up to nothing; only `outside`, `suspense` and the sources may be negative.

mod caps;
mod periods;
mod stages;

pub use caps::{Cap, CapRule, CapSubject, CapSubjects, CapWindow, Scope, Used, merged, rolling_since};
pub use periods::{Month, PeriodState, Turnover, check_close, report};
pub use stages::{Stages, stages};

use crate::core::money::Won;
use chrono::NaiveDate;
use uuid::Uuid;

crate::text_enum!(
    /// What an account holds.
    AccountKind {
        /// Where money comes from; negative by what was appropriated.
        Outside = "outside",
        /// Appropriated for a call and free. Owner: the call.
        Budget = "budget",
        /// Promised to a selected application. Owner: the application.
        Committed = "committed",
        /// On an issued voucher and free. Owner: the application.
        Voucher = "voucher",
        /// Held for an approved claim. Owner: the application.
        Held = "held",
        /// Ordered to be paid. Owner: the application.
        Payable = "payable",
        /// Paid, as the bank confirmed. Owner: the application.
        Paid = "paid",
        /// Moved at the bank and not explained yet; negative where more left than came. Owner: nobody.
        Suspense = "suspense",
        /// What was claimed back; negative by it. Owner: the debtor; scope of all four: the recovery.
        RecoverySource = "recovery_source",
        /// Claimed back and still owed. Owner: the organisation that owes it.
        Recoverable = "recoverable",
        /// Claimed back and received.
        Recovered = "recovered",
        /// Claimed back and given up.
        WrittenOff = "written_off",
        /// Where caps come from. Owner: the scope of the cap.
        CapSource = "cap_source",
        /// What a subject may still be committed. Owner: the subject; scope: the call, the programme or a lifetime.
        CapLeft = "cap_left",
        /// What a subject was committed or paid.
        CapUsed = "cap_used",
        /// The same in awards instead of won.
        CountSource = "count_source",
        CountLeft = "count_left",
        CountUsed = "count_used",
        /// What a subject was ever committed or paid under a rolling cap, of which the last 36 months count.
        RollingSource = "rolling_source",
        RollingUsed = "rolling_used",
    }
);

impl AccountKind {
    pub fn may_be_negative(self) -> bool {
        matches!(
            self,
            AccountKind::Outside
                | AccountKind::Suspense
                | AccountKind::RecoverySource
                | AccountKind::CapSource
                | AccountKind::CountSource
                | AccountKind::RollingSource
        )
    }

    /// What a statement of a case or of a firm speaks of.
    pub const ON_STATEMENTS: &'static [AccountKind] = &[
        AccountKind::Committed,
        AccountKind::Voucher,
        AccountKind::Held,
        AccountKind::Payable,
        AccountKind::Paid,
        AccountKind::Recoverable,
        AccountKind::Recovered,
        AccountKind::WrittenOff,
    ];

    /// What a vendor's statement speaks of: from the approval of its invoices on.
    pub const OF_VENDORS: &'static [AccountKind] = &[
        AccountKind::Held,
        AccountKind::Payable,
        AccountKind::Paid,
        AccountKind::Recoverable,
        AccountKind::Recovered,
        AccountKind::WrittenOff,
    ];

    /// Whether it is about a cap instead of money.
    pub fn is_cap(self) -> bool {
        self >= AccountKind::CapSource
    }
}

/// One account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account {
    pub kind: AccountKind,
    pub owner: Uuid,
    /// The call for money, the programme for caps.
    pub scope: Uuid,
}

impl Account {
    /// One of the four accounts of a recovery.
    pub fn of_recovery(kind: AccountKind, debtor: Uuid, recovery: Uuid) -> Account {
        Account { kind, owner: debtor, scope: recovery }
    }
}

/// Whose money an act is about.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    pub application: Uuid,
    pub call: Uuid,
    pub programme: Uuid,
    pub organisation: Uuid,
}

impl Case {
    pub fn account(&self, kind: AccountKind) -> Account {
        let (owner, scope) = match kind {
            AccountKind::Outside | AccountKind::Budget => (self.call, self.call),
            AccountKind::CapSource => (self.programme, self.programme),
            AccountKind::CapLeft | AccountKind::CapUsed => (self.organisation, self.programme),
            _ => (self.application, self.call),
        };
        Account { kind, owner, scope }
    }
}

/// One posting: entries that add up to nothing.
#[derive(Debug, Clone)]
pub struct Posting {
    pub kind: &'static str,
    /// The application, or the call for its budget.
    pub case: Uuid,
    /// One event, one posting.
    pub reference: String,
    pub entries: Vec<(Account, Won)>,
    /// The day it counts on; None: the day it is made.
    pub on: Option<NaiveDate>,
}

impl Posting {
    /// Moves `amount` from one account to another.
    pub fn between(
        kind: &'static str,
        case: Uuid,
        reference: String,
        from: Account,
        to: Account,
        amount: Won,
    ) -> Posting {
        Posting { kind, case, reference, entries: vec![(from, amount.negated()), (to, amount)], on: None }
    }

    /// Counts on this day.
    pub fn on(mut self, day: NaiveDate) -> Posting {
        self.on = Some(day);
        self
    }

    /// Adds a second movement to the same posting.
    pub fn and(mut self, from: Account, to: Account, amount: Won) -> Posting {
        self.entries.push((from, amount.negated()));
        self.entries.push((to, amount));
        self
    }

    pub fn is_balanced(&self) -> bool {
        self.entries.iter().map(|(_, amount)| *amount).sum::<Won>() == Won::ZERO
            && self.entries.iter().all(|(_, amount)| *amount != Won::ZERO)
    }
}
