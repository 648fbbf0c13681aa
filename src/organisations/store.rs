//! Every SQL text about organisations.

use super::{OrganisationId, rules::*};
use crate::{core::money::Won, db::Tx};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::types::Json;
use uuid::Uuid;

/// A firm or vendor, as the business register knows it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Organisation {
    pub id: OrganisationId,
    pub business_number: String,
    pub corporate_number: Option<String>,
    pub legal_name: String,
    pub kind: OrganisationKind,
    pub vat_type: VatType,
    pub representative_name: String,
    pub industry_code: String,
    pub region_code: String,
    pub address: String,
    pub phone: String,
    pub employees_regular: i64,
    pub founded_on: NaiveDate,
    pub large_group: bool,
    pub register_status: RegisterStatus,
    pub register_checked_at: Option<DateTime<Utc>>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub search_text: String,
}

/// One year's figures.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Financials {
    pub organisation_id: OrganisationId,
    pub fiscal_year: i64,
    pub sales_won: Won,
    pub total_assets_won: Won,
    pub equity_won: Won,
    pub capital_won: Won,
    pub given_by: Option<Uuid>,
    pub given_at: DateTime<Utc>,
}

/// One assessment of the size class; kept for ever.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SizeRow {
    pub id: Uuid,
    pub organisation_id: OrganisationId,
    pub as_of: NaiveDate,
    pub class: String,
    pub threshold_id: Option<i64>,
    pub inputs: Json<serde_json::Value>,
    pub assessed_at: DateTime<Utc>,
}

macro_rules! select_organisation {
    ($rest:literal) => {
        concat!(
            "SELECT id, business_number, corporate_number, legal_name, kind, vat_type, representative_name, industry_code, region_code, address, phone, employees_regular, founded_on, large_group, register_status, register_checked_at, version, created_at, search_text FROM organisations ",
            $rest
        )
    };
}

pub async fn find(tx: &mut Tx, id: OrganisationId) -> sqlx::Result<Option<Organisation>> {
    tx.find(select_organisation!("WHERE id = $1"), (id,)).await
}

/// The organisation that some other row refers to.
pub async fn get(tx: &mut Tx, id: OrganisationId) -> sqlx::Result<Organisation> {
    tx.get(select_organisation!("WHERE id = $1"), (id,)).await
}

/// By the ten digits of its business number.
pub async fn by_number(tx: &mut Tx, business_number: &str) -> sqlx::Result<Option<Organisation>> {
    tx.find(select_organisation!("WHERE business_number = $1"), (business_number.to_owned(),)).await
}

/// The years given, newest first.
pub async fn financials(tx: &mut Tx, id: OrganisationId) -> sqlx::Result<Vec<Financials>> {
    tx.all(
        "SELECT organisation_id, fiscal_year, sales_won, total_assets_won, equity_won, capital_won, given_by, given_at
         FROM organisation_financials WHERE organisation_id = $1 ORDER BY fiscal_year DESC",
        (id,),
    )
    .await
}

/// The assessment that holds now.
pub async fn latest_size(tx: &mut Tx, id: OrganisationId) -> sqlx::Result<Option<SizeRow>> {
    tx.find(
        "SELECT id, organisation_id, as_of, class, threshold_id, inputs, assessed_at
         FROM size_assessments WHERE organisation_id = $1 ORDER BY assessed_at DESC, id DESC LIMIT 1",
        (id,),
    )
    .await
}
