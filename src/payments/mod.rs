//! Orders, batches, bank files out, answers and statements in.
//! Invariant: money leaves once, by different people, none of whom approved the claim.

pub mod actions;
pub mod forms;
pub mod pages;
pub mod rules;
mod store;
mod views;

pub use actions::open_bank_file;
pub use rules::{Answer, BatchState, PaymentState};
pub use store::{Batch, Payment, find_batch, find_payment, payments_of};

crate::id!(
    /// A batch of payments.
    BatchId
);
crate::id!(
    /// One payment order.
    PaymentId
);
crate::id!(
    /// An account that money leaves from, with what its bank takes.
    ProfileId
);
crate::id!(
    /// A statement of the bank.
    StatementId
);
