//! States of an application, and what may be refused and why.

use crate::core::{
    roles::Role,
    step::{Note, Step},
};

crate::text_enum!(
    /// Where an application stands.
    ApplicationState {
        Draft = "draft",
        Submitted = "submitted",
        SupplementRequested = "supplement_requested",
        Eligible = "eligible",
        Ineligible = "ineligible",
        InReview = "in_review",
        Selected = "selected",
        Reserve = "reserve",
        Rejected = "rejected",
        Agreed = "agreed",
        Closed = "closed",
        Withdrawn = "withdrawn",
        Expired = "expired",
    }
);

use ApplicationState::*;

pub const STEPS: &[Step<ApplicationState>] = &[
    Step { name: "submit", from: Draft, to: Submitted, by: &[Role::Firm], note: Note::None },
    Step { name: "supplement", from: SupplementRequested, to: Submitted, by: &[Role::Firm], note: Note::None },
    Step {
        name: "request_supplement",
        from: Submitted,
        to: SupplementRequested,
        by: &[Role::Screener],
        note: Note::Required,
    },
    Step { name: "confirm_eligible", from: Submitted, to: Eligible, by: &[Role::Screener], note: Note::None },
    Step { name: "find_ineligible", from: Submitted, to: Ineligible, by: &[Role::Screener], note: Note::Required },
    Step { name: "begin_review", from: Eligible, to: InReview, by: &[Role::Manager], note: Note::None },
    Step { name: "select", from: InReview, to: Selected, by: &[Role::Manager], note: Note::None },
    Step { name: "reserve", from: InReview, to: Reserve, by: &[Role::Manager], note: Note::None },
    Step { name: "reject", from: InReview, to: Rejected, by: &[Role::Manager], note: Note::Required },
    Step { name: "select", from: Reserve, to: Selected, by: &[Role::Manager], note: Note::None },
    Step { name: "agree", from: Selected, to: Agreed, by: &[], note: Note::None },
    Step { name: "close", from: Agreed, to: Closed, by: &[], note: Note::None },
    Step { name: "withdraw", from: Draft, to: Withdrawn, by: &[Role::Firm], note: Note::None },
    Step { name: "withdraw", from: Submitted, to: Withdrawn, by: &[Role::Firm], note: Note::None },
    Step { name: "withdraw", from: SupplementRequested, to: Withdrawn, by: &[Role::Firm], note: Note::None },
    Step { name: "withdraw", from: Eligible, to: Withdrawn, by: &[Role::Firm], note: Note::None },
    Step { name: "withdraw", from: InReview, to: Withdrawn, by: &[Role::Firm], note: Note::None },
    Step { name: "withdraw", from: Selected, to: Withdrawn, by: &[Role::Firm], note: Note::None },
    Step { name: "withdraw", from: Reserve, to: Withdrawn, by: &[Role::Firm], note: Note::None },
    Step { name: "expire", from: Draft, to: Expired, by: &[], note: Note::None },
    Step { name: "lapse", from: Selected, to: Expired, by: &[], note: Note::None },
];
