//! Double entry in won: budget, caps, commitments, vouchers, holds, payables, paid, claimed back.
//! Invariant: no account that may not be negative ever is; the engine itself refuses it on both databases.

pub mod actions;
pub mod forms;
pub mod pages;
mod post;
pub mod rules;
mod store;
mod views;

pub use actions::{check_release_open, end_stops, stop_release};
pub use post::{
    Debt, accrue, appropriate, carry_over, claim_back, commit, hold, issue, offset, order, pay, receive, release,
    release_hold, release_part, suspend, unorder, unpay, write_off,
};
pub use rules::{Account, AccountKind, Cap, CapRule, CapSubject, CapSubjects, CapWindow, Case, Month, Used};
pub use store::{
    Balance, balance, balances_of, cap_used, owed_by,
    periods::{SealedMonth, sealed_months, sealed_turnovers},
    statements::{StatementRow, statement},
    stops::{ReleaseStop, release_stop},
};
