//! Firms and vendors: identity, size, figures, given once.
//! Invariant: one row per business number.

pub mod actions;
pub mod forms;
pub mod pages;
pub mod register;
pub mod rules;
mod store;
mod views;

pub use actions::{check_not_excluded, compare_unkeyed, note_account, recheck_stale, warn_ending};
pub use rules::{CapitalImpairment, OrganisationKind, RegisterStatus, SizeInputs, VatType, aid::aid_since};
pub use store::{
    Financials, Organisation, OrganisationFacts, SizeRow,
    affiliations::{group_members, group_of, lock_peers, peers},
    by_number, capital_impairment, count_facts,
    exclusions::{Exclusion, ExclusionCause, end_exclusion, exclude, exclusion_of, is_excluded_for, is_kept_out_by},
    facts_after, financials, find, get, insert_test, latest_size,
    mandates::adviser_is_of_vendor,
    representative_of,
};

/// Documents that a firm gave once, for the rooms that ask for them.
pub mod vault {
    pub use super::{
        actions::{adopt, adopt_any},
        pages::vault_picks as picks,
        rules::vault::VaultKind,
        store::vault::{VaultDocument, list_ended, list_valid},
    };
}

crate::id!(
    /// A firm or vendor organisation.
    OrganisationId
);

crate::id!(
    /// An adviser's mandate.
    MandateId
);

crate::id!(
    /// A tie between two organisations.
    AffiliationId
);
