//! What changed, against the baseline locked at agreement.
//! Invariant: the baseline is locked at agreement; who reports never verifies.

pub mod actions;
pub mod forms;
pub mod pages;
pub mod rules;
mod store;
mod views;

pub use actions::{NewMeasurement, NewReport, open, open_due, submit, verify};
pub use rules::{Method, ReportState};
pub use store::Report;

crate::id!(
    /// An outcome report.
    ReportId
);
