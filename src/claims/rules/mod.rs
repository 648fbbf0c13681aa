//! States of a claim; what an invoice must say; the reader of structured invoices.

pub mod checking;
pub mod clock;
pub mod en16931;
pub mod filling;
pub mod four_way;
pub mod lines;
pub mod matching;
pub mod ubl;
pub mod usage;

pub use lines::Disallowed;
pub use matching::{Check, CheckResult, Ground, Invoice, InvoiceLine, TaxKind};

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
        Reopened = "reopened",
        Reversed = "reversed",
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
    Step { name: "withdraw", from: DeliveryAccepted, to: Withdrawn, by: &[Role::Vendor], note: Note::None },
    Step { name: "withdraw", from: Returned, to: Withdrawn, by: &[Role::Vendor], note: Note::None },
    // An amended or cancelled tax invoice: the claim waits for the invoice that replaces it.
    Step {
        name: "reopen",
        from: DeliveryAccepted,
        to: Reopened,
        by: &[Role::Vendor, Role::ClaimsOfficer],
        note: Note::Required,
    },
    Step {
        name: "reopen",
        from: Approved,
        to: Reopened,
        by: &[Role::Vendor, Role::ClaimsOfficer],
        note: Note::Required,
    },
    Step { name: "resubmit", from: Reopened, to: DeliveryAccepted, by: &[Role::Vendor], note: Note::None },
    Step { name: "withdraw", from: Reopened, to: Withdrawn, by: &[Role::Vendor], note: Note::None },
    Step { name: "order", from: Approved, to: Ordered, by: &[], note: Note::None },
    Step { name: "unorder", from: Ordered, to: Approved, by: &[], note: Note::None },
    Step { name: "pay", from: Ordered, to: Paid, by: &[], note: Note::None },
    // The bank brought the money back: it is paid again.
    Step { name: "unpay", from: Paid, to: Approved, by: &[], note: Note::None },
    // The vendor gave the money back, or there is no voucher any more to pay it from.
    Step { name: "reverse", from: Paid, to: Reversed, by: &[], note: Note::None },
];

/// Whether a claim in this state still stands for its milestone.
pub fn is_live(state: ClaimState) -> bool {
    !matches!(state, Rejected | Withdrawn)
}

/// Supporting documents that one claim carries, at most.
pub const DOCUMENTS_MAX: i64 = 20;

/// Whether its vendor may add documents or take them out: nothing is decided yet.
pub fn takes_documents(state: ClaimState) -> bool {
    matches!(state, Submitted | DeliveryAccepted | Disputed | Returned | Reopened)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::step::step;

    #[test]
    fn every_pair_that_is_not_in_the_table_is_refused() {
        let names = [
            "accept_delivery",
            "dispute",
            "resubmit",
            "return",
            "approve",
            "reject",
            "withdraw",
            "reopen",
            "order",
            "unorder",
            "pay",
            "unpay",
            "reverse",
        ];
        for name in names {
            for from in ClaimState::ALL {
                let listed = STEPS.iter().any(|step| step.name == name && step.from == *from);
                assert_eq!(step(STEPS, name, *from).is_ok(), listed, "{name} from {from}");
            }
        }
    }

    #[test]
    fn the_vendor_never_accepts_its_own_delivery_and_nothing_leaves_a_final_state() {
        let by =
            |name: &str| STEPS.iter().filter(|step| step.name == name).flat_map(|step| step.by).collect::<Vec<_>>();
        assert!(!by("accept_delivery").contains(&&Role::Vendor));
        assert!(!by("approve").iter().any(|role| matches!(role, Role::Vendor | Role::Firm | Role::Payer)));
        assert!(STEPS.iter().all(|step| !matches!(step.from, Rejected | Withdrawn | Reversed)));
    }
}
