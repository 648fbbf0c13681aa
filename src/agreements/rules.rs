//! States of agreements, vouchers and milestones.

use crate::core::{
    roles::Role,
    step::{Note, Step},
};

crate::text_enum!(
    /// Where an agreement stands.
    AgreementState {
        Offered = "offered",
        Active = "active",
        Completed = "completed",
        Lapsed = "lapsed",
        Terminated = "terminated",
    }
);

crate::text_enum!(
    /// Where a voucher stands.
    VoucherState {
        Issued = "issued",
        Exhausted = "exhausted",
        Expired = "expired",
        Revoked = "revoked",
        Frozen = "frozen",
    }
);

crate::text_enum!(
    /// Where a milestone stands.
    MilestoneState {
        Planned = "planned",
        Delivered = "delivered",
        Accepted = "accepted",
        Disputed = "disputed",
    }
);

pub const STEPS: &[Step<AgreementState>] = &[
    Step { name: "activate", from: AgreementState::Offered, to: AgreementState::Active, by: &[], note: Note::None },
    Step { name: "lapse", from: AgreementState::Offered, to: AgreementState::Lapsed, by: &[], note: Note::None },
    Step { name: "complete", from: AgreementState::Active, to: AgreementState::Completed, by: &[], note: Note::None },
    Step {
        name: "terminate",
        from: AgreementState::Active,
        to: AgreementState::Terminated,
        by: &[Role::Manager],
        note: Note::Required,
    },
];

pub const MILESTONE_STEPS: &[Step<MilestoneState>] = &[
    Step {
        name: "deliver",
        from: MilestoneState::Planned,
        to: MilestoneState::Delivered,
        by: &[Role::Vendor],
        note: Note::None,
    },
    Step {
        name: "deliver",
        from: MilestoneState::Disputed,
        to: MilestoneState::Delivered,
        by: &[Role::Vendor],
        note: Note::None,
    },
    Step {
        name: "accept",
        from: MilestoneState::Delivered,
        to: MilestoneState::Accepted,
        by: &[Role::Firm],
        note: Note::None,
    },
    Step {
        name: "dispute",
        from: MilestoneState::Delivered,
        to: MilestoneState::Disputed,
        by: &[Role::Firm],
        note: Note::Required,
    },
];
