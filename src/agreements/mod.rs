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
    answer_delivery, assent, complete, issue_voucher, lapse_unanswered, note_delivery, offer, record_deposit,
    set_voucher_state, terminate,
};
pub use forms::{NewDeposit, NewOffer};
pub use rules::{AgreementState, MilestoneState, NewMilestone, VoucherState, proposed_split};
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
