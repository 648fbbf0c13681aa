//! States of a vendor and who may change them.

use crate::core::{
    roles::Role,
    step::{Note, Step},
};

crate::text_enum!(
    /// Where a vendor stands in the registry.
    VendorState {
        Draft = "draft",
        Submitted = "submitted",
        Approved = "approved",
        Rejected = "rejected",
        Suspended = "suspended",
        Lapsed = "lapsed",
    }
);

crate::text_enum!(
    /// Whose model does the work (domain: workload classification).
    ModelOrigin {
        Sovereign = "sovereign",
        Global = "global",
        OpenWeight = "open_weight",
        Hybrid = "hybrid",
    }
);

crate::text_enum!(
    /// Where the work is done and the data lives.
    Hosting {
        KrPublicCloud = "kr_public_cloud",
        KrPrivate = "kr_private",
        ForeignRegion = "foreign_region",
        EdgeDevice = "edge_device",
    }
);

use VendorState::*;

pub const STEPS: &[Step<VendorState>] = &[
    Step { name: "submit", from: Draft, to: Submitted, by: &[Role::Vendor], note: Note::None },
    Step { name: "submit", from: Rejected, to: Submitted, by: &[Role::Vendor], note: Note::None },
    Step { name: "approve", from: Submitted, to: Approved, by: &[Role::Manager], note: Note::None },
    Step { name: "reject", from: Submitted, to: Rejected, by: &[Role::Manager], note: Note::Required },
    Step { name: "suspend", from: Approved, to: Suspended, by: &[Role::Manager], note: Note::Required },
    Step { name: "reinstate", from: Suspended, to: Approved, by: &[Role::Manager], note: Note::Required },
    Step { name: "lapse", from: Approved, to: Lapsed, by: &[], note: Note::None },
];
