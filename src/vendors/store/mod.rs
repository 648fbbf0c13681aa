//! Every SQL text about vendors, solutions and packages. Here: rows, and what other rooms read.

mod accounts;
mod complaints;
mod entry;
mod figures;
mod lists;
mod register;
mod reviews;
mod standing;
mod write;

pub(super) use accounts::*;
pub(super) use complaints::*;
pub(super) use entry::*;
pub(super) use figures::*;
pub(super) use lists::*;
pub(super) use register::*;
pub(super) use reviews::*;
pub(super) use standing::*;
pub(super) use write::*;
// What other rooms read.
pub use standing::{Notice, notices};

use super::{
    PackageId, SolutionId, VendorId,
    rules::{
        facts::{Described, SolutionFacts},
        *,
    },
};
use crate::{core::money::Won, db::Tx, organisations::OrganisationId};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::types::Json;
use uuid::Uuid;

/// A vendor in the registry.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Vendor {
    pub id: VendorId,
    pub organisation_id: OrganisationId,
    pub registry_no: Option<String>,
    pub state: VendorState,
    pub website: String,
    pub support_email: String,
    pub support_phone: String,
    pub references_text: String,
    pub bank_code: String,
    pub account_sealed: Vec<u8>,
    pub account_ending: String,
    pub account_holder: String,
    pub submitted_at: Option<DateTime<Utc>>,
    pub decided_by: Option<Uuid>,
    pub decided_at: Option<DateTime<Utc>>,
    pub decision_note: Option<String>,
    pub expires_on: Option<NaiveDate>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub search_text: String,
    /// Why a large firm should be an exception; empty for others.
    pub exception_reason: String,
    /// Since when it is registered without a break.
    pub approved_on: Option<NaiveDate>,
    pub terminated_on: Option<NaiveDate>,
    /// 0 to 3: how closely the agency looks.
    pub watch_level: i64,
    /// The most new projects in a calendar year, where the agency set a limit.
    pub project_limit_year: Option<i64>,
}

/// An AI solution that a vendor offers.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Solution {
    pub id: SolutionId,
    pub vendor_id: VendorId,
    pub name: String,
    pub summary: String,
    pub use_case: String,
    pub model_origin: ModelOrigin,
    pub model_names: String,
    pub hosting: Hosting,
    pub trains_on_customer_data: bool,
    pub exit_terms: String,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub search_text: String,
    pub facts: Json<SolutionFacts>,
    /// Since when a change waits for its check; nobody may choose the solution meanwhile.
    pub recheck_since: Option<DateTime<Utc>>,
}

impl Solution {
    pub fn described(&self) -> Described {
        Described {
            name: self.name.clone(),
            summary: self.summary.clone(),
            use_case: self.use_case.clone(),
            model_origin: self.model_origin,
            model_names: self.model_names.clone(),
            hosting: self.hosting,
            trains_on_customer_data: self.trains_on_customer_data,
            exit_terms: self.exit_terms.clone(),
            facts: self.facts.0.clone(),
        }
    }
}

/// A priced package; a new price is a new row.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Package {
    pub id: PackageId,
    pub solution_id: SolutionId,
    pub name: String,
    pub unit: String,
    pub unit_price_won: Won,
    pub included: String,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub created_at: DateTime<Utc>,
    /// What others pay; entries from before 2027 may not say.
    pub public_price_won: Option<Won>,
    /// The most that a voucher pays for a unit; set by the agency.
    pub qualifying_price_won: Option<Won>,
}

/// A package that a firm may choose on a day, with what it wants to know of it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PackageChoice {
    pub package_id: PackageId,
    pub package_name: String,
    pub unit: String,
    pub unit_price_won: Won,
    pub included: String,
    pub solution_id: SolutionId,
    pub solution_name: String,
    pub use_case: String,
    pub model_origin: ModelOrigin,
    pub hosting: Hosting,
    pub vendor_id: VendorId,
    pub vendor_organisation_id: OrganisationId,
    pub vendor_name: String,
}

/// Where a vendor is paid to. The number opens with `seal.open("account", …)`.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct VendorAccount {
    pub bank_code: String,
    pub account_sealed: Vec<u8>,
    pub account_ending: String,
    pub account_holder: String,
}

macro_rules! select_vendor {
    ($rest:literal) => {
        concat!(
            "SELECT id, organisation_id, registry_no, state, website, support_email, support_phone, references_text, bank_code, account_sealed, account_ending, account_holder, submitted_at, decided_by, decided_at, decision_note, expires_on, version, created_at, search_text, exception_reason, approved_on, terminated_on, watch_level, project_limit_year FROM vendors ",
            $rest
        )
    };
}

pub async fn find(tx: &mut Tx, id: VendorId) -> sqlx::Result<Option<Vendor>> {
    tx.find(select_vendor!("WHERE id = $1"), (id,)).await
}

pub async fn get(tx: &mut Tx, id: VendorId) -> sqlx::Result<Vendor> {
    tx.get(select_vendor!("WHERE id = $1"), (id,)).await
}

/// The registry entry of an organisation, if it has one.
pub async fn by_organisation(tx: &mut Tx, organisation: OrganisationId) -> sqlx::Result<Option<Vendor>> {
    tx.find(select_vendor!("WHERE organisation_id = $1"), (organisation,)).await
}

/// The registry entry of an organisation, locked until the unit of work is over: the vendor's own acts and
/// decisions about it follow one another.
pub(super) async fn lock_own(tx: &mut Tx, organisation: OrganisationId) -> sqlx::Result<Option<Vendor>> {
    let query = tx.query(select_vendor!("WHERE organisation_id = $1"), (organisation,));
    let query = tx.for_update(query);
    tx.fetch_optional(query).await
}

/// The vendor, locked until the unit of work is over.
pub(super) async fn lock(tx: &mut Tx, id: VendorId) -> sqlx::Result<Option<Vendor>> {
    let query = tx.query(select_vendor!("WHERE id = $1"), (id,));
    let query = tx.for_update(query);
    tx.fetch_optional(query).await
}

/// Where the vendor is paid to.
pub async fn account_of(tx: &mut Tx, id: VendorId) -> sqlx::Result<VendorAccount> {
    tx.get("SELECT bank_code, account_sealed, account_ending, account_holder FROM vendors WHERE id = $1", (id,)).await
}

macro_rules! select_choice {
    ($rest:literal) => {
        concat!(
            "SELECT k.id AS package_id, k.name AS package_name, k.unit, k.unit_price_won, k.included,
                    s.id AS solution_id, s.name AS solution_name, s.use_case, s.model_origin, s.hosting,
                    v.id AS vendor_id, v.organisation_id AS vendor_organisation_id, o.legal_name AS vendor_name
             FROM packages k JOIN solutions s ON s.id = k.solution_id JOIN vendors v ON v.id = s.vendor_id
             JOIN organisations o ON o.id = v.organisation_id
             WHERE v.state = 'approved' AND (v.expires_on IS NULL OR v.expires_on >= $1) AND s.recheck_since IS NULL
                AND k.valid_from <= $1 AND (k.valid_to IS NULL OR k.valid_to >= $1)
                AND (k.qualifying_price_won IS NULL OR k.unit_price_won <= k.qualifying_price_won)
                AND NOT EXISTS (SELECT 1 FROM vendor_suspensions x WHERE x.vendor_id = v.id AND x.kind <> 'no_pay'
                    AND x.lifted_at IS NULL AND x.from_on <= $1 AND (x.to_on IS NULL OR x.to_on >= $1)) ",
            $rest
        )
    };
}

/// Packages on offer on `day`, for one use case or all of them.
pub async fn choosable_packages(
    tx: &mut Tx,
    day: NaiveDate,
    use_case: Option<String>,
) -> sqlx::Result<Vec<PackageChoice>> {
    let mut query = tx.query(select_choice!(""), (day,));
    if let Some(use_case) = use_case {
        query.add(" AND s.use_case = ?", (use_case,));
    }
    query.add(" ORDER BY k.unit_price_won, k.id LIMIT 200", ());
    tx.fetch_all(query).await
}

/// The package when it may be chosen on `day`.
pub async fn package_choice(tx: &mut Tx, id: PackageId, day: NaiveDate) -> sqlx::Result<Option<PackageChoice>> {
    tx.find(select_choice!("AND k.id = $2"), (day, id)).await
}
