//! Invariants checked, risk flags raised and ended, money claimed back, sanctions, jobs that are stuck.
//! Invariant: every flag ends cleared or confirmed, with a reason.

pub mod actions;
pub mod forms;
pub mod pages;
pub mod rules;
mod store;
mod views;

pub use actions::{raise_flags, turn_recoveries, turn_sanctions, verify, verify_daily};
pub use rules::{Check, FlagState, Report};

crate::id!(
    /// A risk flag.
    FlagId
);
crate::id!(
    /// Money claimed back.
    RecoveryId
);
crate::id!(
    /// A sanction.
    SanctionId
);
