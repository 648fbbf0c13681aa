//! Invariants checked, risk flags raised and ended, jobs that are stuck.
//! Invariant: every flag ends cleared or confirmed, with a reason.

pub mod actions;
pub mod forms;
pub mod pages;
pub mod rules;
mod store;
mod views;

pub use actions::{raise_flags, verify};
pub use rules::{Check, FlagState, Report};

crate::id!(
    /// A risk flag.
    FlagId
);
