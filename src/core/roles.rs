//! Who may act. A person holds roles; firm and vendor roles belong to one organisation.

crate::text_enum!(
    /// A role as the access matrix (`tests/golden/doors.txt`) names it.
    Role {
        /// Acts for a firm that applies.
        Firm = "firm",
        /// Acts for a vendor.
        Vendor = "vendor",
        /// Prepares applications for firms that gave a mandate.
        Adviser = "adviser",
        /// Checks eligibility and completeness.
        Screener = "screener",
        /// Scores use cases.
        Reviewer = "reviewer",
        /// Decides selections, approves vendors, signs agreements for the agency.
        Manager = "manager",
        /// Checks invoices.
        ClaimsOfficer = "claims_officer",
        /// Prepares, approves or releases payments (never two of them on one batch).
        Payer = "payer",
        /// Reads everything, changes nothing.
        Auditor = "auditor",
        /// Reads statistics and exports.
        Analyst = "analyst",
        /// Sets up programmes and people; neither scores nor pays.
        Admin = "admin",
    }
);

impl Role {
    /// Staff of the ministry or its agency, as opposed to firms, vendors and advisers.
    pub fn is_staff(self) -> bool {
        !matches!(self, Role::Firm | Role::Vendor | Role::Adviser)
    }

    /// Roles that move money: they need a second factor and one session at a time.
    pub fn moves_money(self) -> bool {
        matches!(self, Role::Payer | Role::Admin)
    }
}

/// Every role of the ministry's own people.
pub const STAFF: &[Role] = &[
    Role::Screener,
    Role::Reviewer,
    Role::Manager,
    Role::ClaimsOfficer,
    Role::Payer,
    Role::Auditor,
    Role::Analyst,
    Role::Admin,
];

crate::text_enum!(
    /// What a person is in their organisation; one may be several things.
    Capacity {
        /// Invites, changes and ends people, and does all that others may.
        Owner = "owner",
        /// Writes applications and keeps the facts.
        Preparer = "preparer",
        /// Binds the organisation: submits, assents, withdraws.
        Signatory = "signatory",
        /// Accepts deliveries, files invoices.
        Finance = "finance",
        /// Reads.
        Viewer = "viewer",
    }
);

/// What the person who registers an organisation is.
pub const FOUNDER: &[Capacity] = &[Capacity::Owner, Capacity::Signatory];

crate::text_enum!(
    /// What somebody does for their own organisation: the capacities that may are `OwnAct::by`.
    OwnAct {
        /// Inviting, changing and ending people.
        People = "people",
        /// Giving and revoking an adviser's mandate.
        Mandate = "mandate",
        /// Facts and figures.
        Profile = "profile",
        /// Putting documents into the vault, declaring other aid.
        Documents = "documents",
        /// Writing an application.
        Draft = "draft",
        Submit = "submit",
        Withdraw = "withdraw",
        /// Assenting to an agreement.
        Assent = "assent",
        /// Accepting or disputing a delivery.
        Accept = "accept",
        /// Reporting outcomes.
        Report = "report",
        /// A vendor's invoices.
        Invoice = "invoice",
        /// A vendor's entry, solutions and prices.
        Supply = "supply",
    }
);

impl OwnAct {
    /// Whoever holds one of these may.
    pub const fn by(self) -> &'static [Capacity] {
        use Capacity::*;
        match self {
            OwnAct::People => &[Owner],
            OwnAct::Mandate | OwnAct::Submit | OwnAct::Withdraw | OwnAct::Assent => &[Owner, Signatory],
            OwnAct::Profile | OwnAct::Draft | OwnAct::Supply => &[Owner, Preparer],
            OwnAct::Documents => &[Owner, Preparer, Finance],
            OwnAct::Accept => &[Owner, Signatory, Finance],
            OwnAct::Report => &[Owner, Signatory, Preparer],
            OwnAct::Invoice => &[Owner, Finance],
        }
    }

    /// Who may, in words.
    pub const fn refusal(self) -> &'static str {
        match self {
            OwnAct::People => "refusal-capacity-owner",
            OwnAct::Mandate | OwnAct::Submit | OwnAct::Withdraw | OwnAct::Assent => "refusal-capacity-signatory",
            OwnAct::Profile | OwnAct::Draft | OwnAct::Supply => "refusal-capacity-preparer",
            OwnAct::Documents => "refusal-capacity-documents",
            OwnAct::Accept => "refusal-capacity-accept",
            OwnAct::Report => "refusal-capacity-report",
            OwnAct::Invoice => "refusal-capacity-finance",
        }
    }
}
