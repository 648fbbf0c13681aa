//! Programme, call, and the rules of a call in versions.
//! Invariant: a decision keeps the version of the rules it was taken under.

pub mod actions;
pub mod forms;
pub mod pages;
pub mod rules;
mod store;
mod views;

pub use rules::{CallPhase, CallRules, CallState, CostCategory, DocumentRule, QuestionRule, RubricItem, SelectionMode};
pub use store::{Call, Programme, find_call, find_programme, get_call, get_programme, open_calls, rules_at};

crate::id!(
    /// A programme of one year.
    ProgrammeId
);
crate::id!(
    /// A call for applications.
    CallId
);
