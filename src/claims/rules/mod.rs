//! States of a claim; what an invoice must say; the reader of structured invoices.

pub mod ubl;

use crate::core::{
    roles::Role,
    step::{Note, Step},
};

crate::text_enum!(
    /// Where a claim stands.
    ClaimState {
        Submitted = "submitted",
        DeliveryAccepted = "delivery_accepted",
        Disputed = "disputed",
        Returned = "returned",
        Approved = "approved",
        Rejected = "rejected",
        Withdrawn = "withdrawn",
        Ordered = "ordered",
        Paid = "paid",
    }
);

use ClaimState::*;

pub const STEPS: &[Step<ClaimState>] = &[
    Step { name: "accept_delivery", from: Submitted, to: DeliveryAccepted, by: &[Role::Firm], note: Note::None },
    Step { name: "dispute", from: Submitted, to: Disputed, by: &[Role::Firm], note: Note::Required },
    Step { name: "resubmit", from: Disputed, to: Submitted, by: &[Role::Vendor], note: Note::None },
    Step { name: "return", from: DeliveryAccepted, to: Returned, by: &[Role::ClaimsOfficer], note: Note::Required },
    Step { name: "resubmit", from: Returned, to: DeliveryAccepted, by: &[Role::Vendor], note: Note::None },
    Step { name: "approve", from: DeliveryAccepted, to: Approved, by: &[Role::ClaimsOfficer], note: Note::None },
    Step { name: "reject", from: DeliveryAccepted, to: Rejected, by: &[Role::ClaimsOfficer], note: Note::Required },
    Step { name: "withdraw", from: Submitted, to: Withdrawn, by: &[Role::Vendor], note: Note::None },
    Step { name: "withdraw", from: Disputed, to: Withdrawn, by: &[Role::Vendor], note: Note::None },
    Step { name: "withdraw", from: Returned, to: Withdrawn, by: &[Role::Vendor], note: Note::None },
    Step { name: "order", from: Approved, to: Ordered, by: &[], note: Note::None },
    Step { name: "unorder", from: Ordered, to: Approved, by: &[], note: Note::None },
    Step { name: "pay", from: Ordered, to: Paid, by: &[], note: Note::None },
];
