//! Three assents, the firm's own share, the voucher, milestones, the locked baseline.
//! Invariant: the voucher never exceeds what was selected.

pub mod actions;
pub mod forms;
pub mod pages;
pub mod rules;
mod store;
mod views;

pub use actions::{answer_delivery, complete, note_delivery, set_voucher_state};
pub use rules::{AgreementState, MilestoneState, VoucherState};
pub use store::{
    Agreement, AgreementLine, LockedIndicator, Milestone, Voucher, find, find_milestone, find_visible, get, indicators,
    lines, milestones, voucher_of,
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
