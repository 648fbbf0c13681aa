//! States of batches and payments.

use crate::core::{
    roles::Role,
    step::{Note, Step},
};

crate::text_enum!(
    /// Where a batch stands.
    BatchState {
        Prepared = "prepared",
        Approved = "approved",
        Released = "released",
        Settled = "settled",
        Cancelled = "cancelled",
    }
);

crate::text_enum!(
    /// Where a payment stands.
    PaymentState {
        Prepared = "prepared",
        Sent = "sent",
        Confirmed = "confirmed",
        Failed = "failed",
        Unknown = "unknown",
        Cancelled = "cancelled",
    }
);

const PAYER: &[Role] = &[Role::Payer];

pub const BATCH_STEPS: &[Step<BatchState>] = &[
    Step { name: "approve", from: BatchState::Prepared, to: BatchState::Approved, by: PAYER, note: Note::None },
    Step { name: "release", from: BatchState::Approved, to: BatchState::Released, by: PAYER, note: Note::None },
    Step { name: "settle", from: BatchState::Released, to: BatchState::Settled, by: &[], note: Note::None },
    Step { name: "cancel", from: BatchState::Prepared, to: BatchState::Cancelled, by: PAYER, note: Note::Required },
    Step { name: "cancel", from: BatchState::Approved, to: BatchState::Cancelled, by: PAYER, note: Note::Required },
];

pub const PAYMENT_STEPS: &[Step<PaymentState>] = &[
    Step { name: "send", from: PaymentState::Prepared, to: PaymentState::Sent, by: &[], note: Note::None },
    Step { name: "cancel", from: PaymentState::Prepared, to: PaymentState::Cancelled, by: &[], note: Note::None },
    Step { name: "confirm", from: PaymentState::Sent, to: PaymentState::Confirmed, by: PAYER, note: Note::None },
    Step { name: "fail", from: PaymentState::Sent, to: PaymentState::Failed, by: PAYER, note: Note::Required },
    Step { name: "lose_sight", from: PaymentState::Sent, to: PaymentState::Unknown, by: PAYER, note: Note::Required },
    Step { name: "confirm", from: PaymentState::Unknown, to: PaymentState::Confirmed, by: PAYER, note: Note::Required },
    Step { name: "fail", from: PaymentState::Unknown, to: PaymentState::Failed, by: PAYER, note: Note::Required },
];
