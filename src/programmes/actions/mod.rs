//! The verbs of programmes: set up, prepare a call, change its rules, publish it, simulate it, carry it elsewhere.

mod caps;
mod changes;
mod packages;
mod setup;
mod simulate;

pub use caps::caps_of;
pub use changes::{Basis, Decision, at_hand, decide, drop_change, edit_rules, extend, propose};
pub use packages::{Arrived, copy_call, export, import, look};
pub use setup::{cancel, make_call, make_programme, publish, set_window};
pub use simulate::{simulate, simulate_job};
