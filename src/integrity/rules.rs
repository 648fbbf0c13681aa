//! Risk rules: explainable, each with the evidence it saw.

crate::text_enum!(
    /// Where a flag stands.
    FlagState {
        Raised = "raised",
        Cleared = "cleared",
        Confirmed = "confirmed",
    }
);
