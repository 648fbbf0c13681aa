//! What every room may use: plain values without I/O.

pub mod actor;
pub mod calendar;
pub mod cells;
pub mod clock;
pub mod expression;
pub mod form;
pub mod ids;
pub mod lang;
pub mod measure;
pub mod money;
pub mod names;
pub mod numbers;
pub mod refusal;
pub mod roles;
pub mod secret;
pub mod step;
pub mod xml;
