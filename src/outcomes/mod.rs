//! What changed, against the baseline locked at agreement.
//! Invariant: the baseline is locked at agreement.

pub mod actions;
pub mod forms;
pub mod pages;
pub mod rules;
mod store;
mod views;

pub use rules::ReportState;
pub use store::Report;

crate::id!(
    /// An outcome report.
    ReportId
);
