//! What an organisation is, and what its figures say.

crate::text_enum!(
    /// Legal form.
    OrganisationKind {
        Corporation = "corporation",
        Individual = "individual",
        Nonprofit = "nonprofit",
        Medical = "medical",
        Cooperative = "cooperative",
    }
);

crate::text_enum!(
    /// How the organisation is taxed.
    VatType {
        General = "general",
        Simplified = "simplified",
        Exempt = "exempt",
    }
);

crate::text_enum!(
    /// What the business register says (NTS status).
    RegisterStatus {
        Active = "active",
        Suspended = "suspended",
        Closed = "closed",
        Unknown = "unknown",
    }
);
