//! Panels, conflicts of interest, scores, ranking, draw, decisions, objections.
//! Invariant: a score once locked is for ever.

pub mod actions;
mod assistant;
pub mod forms;
pub mod pages;
mod panel;
pub mod rules;
mod store;
mod views;

pub use actions::{
    ADVICE_JOB, ASSIGN_JOB, BULK_JOB, LOTS_JOB, Why, assign, assign_by_load, continue_assigning, continue_bulk,
    continue_lots, decide, decide_catalogue, declare, fetch_advice, prepare_draws, promote_due, reveal_draws,
    score_and_lock,
};
pub use assistant::{Advised, Assistant, ChatEndpoint};
pub use rules::{AssignmentState, DecisionOutcome, DecisionReason, ItemScore, RestsOn};
pub use store::{Assignment, Decision, ReviewResult, assignments as assignments_of, latest_decision, result_of};

crate::id!(
    /// One reviewer's assignment to one application.
    AssignmentId
);
crate::id!(
    /// A decision that waits for another manager.
    ProposalId
);
crate::id!(
    /// Many decisions taken as one job.
    BulkId
);
crate::id!(
    /// A question to a firm about one field.
    ClarificationId
);
crate::id!(
    /// Advice of a generative model.
    AdviceId
);
crate::id!(
    /// An objection.
    ObjectionId
);
