//! Firms and vendors: identity, size, figures, given once.
//! Invariant: one row per business number.

pub mod actions;
pub mod forms;
pub mod pages;
pub mod rules;
mod store;
mod views;

pub use rules::{CapitalImpairment, OrganisationFacts, OrganisationKind, RegisterStatus, SizeInputs, VatType};
pub use store::{
    Financials, Organisation, SizeRow, by_number, capital_impairment, count_facts, facts_after, financials, find, get,
    insert_test, latest_size, relations,
};

crate::id!(
    /// A firm or vendor organisation.
    OrganisationId
);
