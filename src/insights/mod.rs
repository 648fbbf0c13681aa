//! Dashboards, exports, the history of any record.
//! Invariant: every figure names its definition; nothing is written but export records.

pub mod actions;
pub mod forms;
pub mod pages;
pub mod rules;
mod store;
mod views;
