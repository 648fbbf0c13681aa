//! A believable population for trial, demonstration and load: made by calling the same actions that pages call.
//! Invariant: `verify` passes on whatever it makes.

pub mod rules;
