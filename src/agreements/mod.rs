//! Three assents, the firm's own share, the voucher, milestones, the locked baseline.
//! Invariant: the voucher never exceeds what was selected.

pub mod actions;
mod content;
pub mod forms;
pub mod pages;
pub mod rules;
mod store;
mod views;

pub use actions::{
    SEAL_JOB, answer_delivery, assent, block_voucher, check_claimable, complete, fall_due, issue_voucher,
    lapse_unanswered, lapse_vouchers, note_delivery, note_drawn, note_exhausted, note_refilled, offer, record_deposit,
    seal_job, terminate, unblock_voucher,
};
pub use forms::{NewDeposit, NewOffer};
pub use rules::{AgreementState, BlockCause, MilestoneState, NewMilestone, VoucherState, proposed_split};
pub use store::{
    Agreement, AgreementLine, Deposit, LockedIndicator, Milestone, Voucher, deposits, find, find_milestone,
    find_visible, get, indicators, lines, milestones, voucher_of,
};

crate::id!(
    /// An agreement.
    AgreementId
);
crate::id!(
    /// A milestone of an agreement.
    MilestoneId
);
crate::id!(
    /// A voucher.
    VoucherId
);
crate::id!(
    /// A change request.
    ChangeRequestId
);
crate::id!(
    /// A change of the clauses.
    ClauseChangeId
);
