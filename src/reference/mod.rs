//! Industries, regions, banks, SME thresholds, holidays, use cases.
//! Invariant: dated rows, never code; nothing here is decided, only looked up.

pub mod rules;
mod store;

pub use rules::SizeClass;
pub use store::*;
