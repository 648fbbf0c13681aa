//! Invariants checked, risk flags raised and ended.
//! Invariant: every flag ends cleared or confirmed, with a reason.

pub mod actions;
pub mod forms;
pub mod pages;
pub mod rules;
mod store;
mod views;
