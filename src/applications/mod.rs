//! Applications from draft to decision: use case, budget lines, documents, eligibility, receipt.
//! Invariant: what was submitted can never change.

pub mod actions;
pub mod forms;
pub mod pages;
pub mod rules;
mod store;
mod views;

pub use actions::{
    Judged, REPLAY_JOB, Shares, continue_replay, expire_drafts, judge, keep_refused, remind, require, shares,
    switch_package, take_over, take_step, withdraw_agreed,
};
pub use rules::ApplicationState;
pub use store::{
    Application, CostLine, Indicator, case_of, costs,
    dossier::{Document, documents},
    draft::lock,
    find, find_visible, get, in_kind, indicators,
};

crate::id!(
    /// An application.
    ApplicationId
);
crate::id!(
    /// A condition that is let pass, or asked to be.
    WaiverId
);
crate::id!(
    /// Another wording of a condition, tried on past applications.
    ReplayId
);
