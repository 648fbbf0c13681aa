//! Double entry in won: budget, caps, commitments, vouchers, holds, payables, paid.
//! Invariant: no account that may not be negative ever is; the engine itself refuses it on both databases.

pub mod pages;
mod post;
pub mod rules;
mod store;
mod views;

pub use post::{
    appropriate, carry_over, commit, hold, issue, order, pay, release, release_hold, release_part, unorder,
};
pub use rules::{Account, AccountKind, Cap, CapRule, CapSubject, CapSubjects, CapWindow, Case, Used};
pub use store::{Balance, StatementRow, balance, balances_of, cap_used, statement};
