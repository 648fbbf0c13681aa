//! States of an outcome report; when it falls due; how far a target was reached.

use crate::core::{
    roles::Role,
    step::{Note, Step},
};

crate::text_enum!(
    /// Where a report stands.
    ReportState {
        Open = "open",
        Submitted = "submitted",
        Returned = "returned",
        Verified = "verified",
    }
);

use ReportState::*;

pub const STEPS: &[Step<ReportState>] = &[
    Step { name: "submit", from: Open, to: Submitted, by: &[Role::Firm], note: Note::None },
    Step { name: "submit", from: Returned, to: Submitted, by: &[Role::Firm], note: Note::None },
    Step { name: "return", from: Submitted, to: Returned, by: &[Role::Manager], note: Note::Required },
    Step { name: "verify", from: Submitted, to: Verified, by: &[Role::Manager], note: Note::None },
];
