//! Panels, conflicts of interest, scores, ranking, decisions.
//! Invariant: a score once locked is for ever.

pub mod actions;
pub mod forms;
pub mod pages;
mod panel;
pub mod rules;
mod store;
mod views;

pub use actions::{assign, assign_by_load, decide, decide_catalogue, declare, score_and_lock};
pub use rules::{AssignmentState, DecisionOutcome, DecisionReason, ItemScore};
pub use store::{Assignment, Decision, ReviewResult, assignments as assignments_of, latest_decision, result_of};

crate::id!(
    /// One reviewer's assignment to one application.
    AssignmentId
);
