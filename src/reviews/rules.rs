//! States of an assignment; the trimmed mean; ranking within a budget.

use crate::core::{
    roles::Role,
    step::{Note, Step},
};

crate::text_enum!(
    /// Where an assignment stands.
    AssignmentState {
        Proposed = "proposed",
        Accepted = "accepted",
        Recused = "recused",
        Locked = "locked",
    }
);

crate::text_enum!(
    /// What was decided.
    DecisionOutcome {
        Selected = "selected",
        Reserve = "reserve",
        Rejected = "rejected",
    }
);

use AssignmentState::*;

pub const STEPS: &[Step<AssignmentState>] = &[
    Step { name: "accept", from: Proposed, to: Accepted, by: &[Role::Reviewer], note: Note::None },
    Step { name: "recuse", from: Proposed, to: Recused, by: &[Role::Reviewer], note: Note::Required },
    Step { name: "recuse", from: Accepted, to: Recused, by: &[Role::Reviewer], note: Note::Required },
    Step { name: "lock", from: Accepted, to: Locked, by: &[Role::Reviewer], note: Note::None },
];
