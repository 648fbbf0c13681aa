//! Stories of the programme, each on both engines. SQLite always; PostgreSQL when TEST_POSTGRES_URL names a server.

// Stories plant rows and read the engines directly; the house's own code never does.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

#[macro_use]
mod support;

mod agreements;
mod agreements_in_depth;
mod applications;
mod assistant;
mod award;
mod calls;
mod claims;
mod claims_in_depth;
mod db;
mod doors;
mod eligibility;
mod faults;
mod hardening;
mod house;
mod insights;
mod integrity;
mod journey;
mod ledger;
mod model;
mod organisations;
mod outcomes;
mod payments;
mod people;
mod programmes;
mod provider;
mod recoveries;
mod reviews;
mod reviews_in_depth;
mod schema;
mod vendors;
