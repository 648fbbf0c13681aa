//! Dashboards, exports, the history of any record.
//! Invariant: every figure names its definition; nothing is written but export records and who read what.

pub mod actions;
pub mod forms;
pub mod pages;
pub mod rules;
mod store;
mod views;

crate::id!(
    /// One download of a dataset.
    ExportId
);
