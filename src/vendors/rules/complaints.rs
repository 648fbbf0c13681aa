//! Complaints against a vendor: heard, answered, and ended one way or the other.

use crate::core::{
    roles::Role,
    step::{Note, Step},
};

crate::text_enum!(
    /// Where a complaint stands.
    ComplaintState {
        Received = "received",
        Answered = "answered",
        /// Ended without a finding against the vendor.
        Closed = "closed",
        Upheld = "upheld",
    }
);

use ComplaintState::*;

pub const COMPLAINT_STEPS: &[Step<ComplaintState>] = &[
    Step { name: "answer", from: Received, to: Answered, by: &[Role::Vendor], note: Note::Required },
    Step { name: "close", from: Received, to: Closed, by: &[Role::Manager], note: Note::Required },
    Step { name: "close", from: Answered, to: Closed, by: &[Role::Manager], note: Note::Required },
    Step { name: "uphold", from: Received, to: Upheld, by: &[Role::Manager], note: Note::Required },
    Step { name: "uphold", from: Answered, to: Upheld, by: &[Role::Manager], note: Note::Required },
];

/// Calendar days in which the vendor answers.
pub const ANSWER_DAYS: i64 = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::step::step;

    #[test]
    fn a_complaint_ends_once() {
        for name in ["answer", "close", "uphold", "", "withdraw"] {
            for from in ComplaintState::ALL {
                let to = match (name, *from) {
                    ("answer", Received) => Some(Answered),
                    ("close", Received | Answered) => Some(Closed),
                    ("uphold", Received | Answered) => Some(Upheld),
                    _ => None,
                };
                assert_eq!(step(COMPLAINT_STEPS, name, *from).ok().map(|step| step.to), to, "{name} from {from}");
            }
        }
    }
}
