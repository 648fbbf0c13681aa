//! Panels, conflicts of interest, scores, ranking, decisions.
//! Invariant: a score once locked is for ever.

pub mod actions;
pub mod forms;
pub mod pages;
pub mod rules;
mod store;
mod views;

pub use rules::{AssignmentState, DecisionOutcome};
pub use store::{Assignment, Decision, latest_decision};

crate::id!(
    /// One reviewer's assignment to one application.
    AssignmentId
);
