//! The accounts, and which acts move money between which of them.
//!
//! The money of a call:   outside → budget → committed → voucher → held → payable → paid
//! A cap in won:          cap_source → cap_left → cap_used
//! A cap in awards:       count_source → count_left → count_used
//! A rolling cap:         rolling_source → rolling_used
//! Not explained yet:     outside → suspense, and back once it is
//! Every posting adds up to nothing; only `outside`, `suspense` and the sources of caps may be negative.

mod caps;

pub use caps::{Cap, CapRule, CapSubject, CapSubjects, CapWindow, Used, merged, rolling_since};

use crate::core::money::Won;
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
                | AccountKind::CapSource
                | AccountKind::CountSource
                | AccountKind::RollingSource
        )
    }

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
        Posting { kind, case, reference, entries: vec![(from, amount.negated()), (to, amount)] }
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
