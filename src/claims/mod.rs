//! Vendor invoices: filing, the firm's acceptance, checks, approval.
//! Invariant: a tax invoice is claimed once, for ever.

pub mod actions;
mod content;
pub mod forms;
pub mod pages;
pub mod rules;
mod store;
mod views;

pub use actions::{money_case, take_step};
pub use rules::{ClaimState, checking};
pub use store::{Claim, approved_claims, approved_totals, find, find_visible, get, of_agreement};

crate::id!(
    /// A claim: one invoice against one milestone.
    ClaimId
);
