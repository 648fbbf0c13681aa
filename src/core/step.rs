//! The shape of every room's table of steps: which state may follow which, and by whose hand.
//! Buttons, checks, the golden list of states and the tests of forbidden pairs all read these tables.

use super::refusal::Refusal;
use super::roles::Role;

/// Whether a step wants a reason in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    None,
    Required,
}

/// One allowed change of state. `by` empty: only the system takes it (as part of another act or a timer).
#[derive(Debug, Clone, Copy)]
pub struct Step<S: 'static> {
    pub name: &'static str,
    pub from: S,
    pub to: S,
    pub by: &'static [Role],
    pub note: Note,
}

/// The step called `name` that leaves `from`, or the refusal that the record has moved on.
pub fn step<S: Copy + PartialEq + std::fmt::Display>(
    steps: &'static [Step<S>],
    name: &str,
    from: S,
) -> Result<&'static Step<S>, Refusal> {
    steps
        .iter()
        .find(|step| step.name == name && step.from == from)
        .ok_or_else(|| Refusal::conflict("refusal-state-moved-on"))
}

/// The steps that somebody with `roles` may take from `from`: what the page offers.
pub fn open_steps<S: Copy + PartialEq>(steps: &'static [Step<S>], from: S, roles: &[Role]) -> Vec<&'static Step<S>> {
    steps.iter().filter(|step| step.from == from && step.by.iter().any(|role| roles.contains(role))).collect()
}
