//! A believable population for trial, demonstration and load: made by calling the same actions that pages call,
//! while a clock moved by hand runs through a programme. Invariant: `verify` passes on whatever it makes.

mod actions;
mod rules;
mod store;

pub use actions::{DEMO_ACCOUNTS, Plan, fill};
