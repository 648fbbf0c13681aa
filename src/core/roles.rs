//! Who may act. A person holds roles; firm and vendor roles belong to one organisation.

crate::text_enum!(
    /// A role as the access matrix (`tests/golden/doors.txt`) names it.
    Role {
        /// Acts for a firm that applies.
        Firm = "firm",
        /// Acts for a vendor.
        Vendor = "vendor",
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
    /// Staff of the ministry or its agency, as opposed to firms and vendors.
    pub fn is_staff(self) -> bool {
        !matches!(self, Role::Firm | Role::Vendor)
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
