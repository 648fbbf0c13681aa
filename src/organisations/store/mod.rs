//! Every SQL text about organisations.

pub mod affiliations;
pub mod awards;
pub mod exclusions;
pub mod mandates;
pub mod members;
pub mod register;
pub mod vault;

use super::{OrganisationId, rules::*};
use crate::{
    core::{money::Won, names::search_terms},
    db::{
        Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
};
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

/// How far losses have eaten into the capital, by one year's figures.
pub fn capital_impairment(figures: &Financials) -> CapitalImpairment {
    impairment(figures.equity_won, figures.capital_won)
}

impl SizeRow {
    /// What was looked at; None for a row that holds no reasons.
    pub fn seen(&self) -> Option<SizeInputs> {
        serde_json::from_value(self.inputs.0.clone()).ok()
    }
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

/// Whom the awards of a firm count for besides itself, as far as it is on record: its representative.
pub async fn representative_of(tx: &mut Tx, id: OrganisationId) -> sqlx::Result<Option<Uuid>> {
    let representative = tx.value("SELECT representative_id FROM organisations WHERE id = $1", (id,)).await?;
    Ok(representative.flatten())
}

/// How many firms a simulation looks at.
pub async fn count_facts(tx: &mut Tx) -> sqlx::Result<i64> {
    let count = tx
        .value(
            "SELECT COUNT(*) FROM organisations o WHERE NOT o.is_test
                AND NOT EXISTS (SELECT 1 FROM vendors v WHERE v.organisation_id = o.id)",
            (),
        )
        .await?;
    Ok(count.unwrap_or(0))
}

/// What a call's rules look at before a firm has written anything.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OrganisationFacts {
    pub organisation_id: OrganisationId,
    pub register_status: RegisterStatus,
    pub register_checked_at: Option<DateTime<Utc>>,
    pub vat_type: VatType,
    pub kind: OrganisationKind,
    pub region_code: String,
    pub industry_code: String,
    pub employees_regular: i64,
    pub founded_on: NaiveDate,
    pub large_group: bool,
    /// The code of the latest assessment.
    pub size_class: Option<String>,
    /// Of the last year whose figures were given.
    pub equity_won: Option<Won>,
    pub capital_won: Option<Won>,
    /// What other agencies gave within the window of `aid_since`.
    pub other_aid_won: Won,
}

impl OrganisationFacts {
    /// How far losses have eaten into the capital; None without figures.
    pub fn impairment(&self) -> Option<CapitalImpairment> {
        self.equity_won.zip(self.capital_won).map(|(equity, capital)| impairment(equity, capital))
    }
}

/// The facts of the next `limit` firms after `after`, in the order of ids. Vendors and tests are no firms.
pub async fn facts_after(
    tx: &mut Tx,
    after: OrganisationId,
    aid_since: NaiveDate,
    limit: i64,
) -> sqlx::Result<Vec<OrganisationFacts>> {
    tx.all(
        "SELECT o.id AS organisation_id, o.register_status, o.register_checked_at, o.vat_type, o.kind, o.region_code,
            o.industry_code, o.employees_regular, o.founded_on, o.large_group, f.equity_won, f.capital_won,
            (SELECT z.class FROM size_assessments z WHERE z.organisation_id = o.id
                ORDER BY z.assessed_at DESC, z.id DESC LIMIT 1) AS size_class,
            (SELECT CAST(COALESCE(SUM(a.amount_won), 0) AS BIGINT) FROM outside_awards a
                WHERE a.business_number = o.business_number AND a.removed_at IS NULL AND a.awarded_on >= $2) AS other_aid_won
         FROM organisations o LEFT JOIN organisation_financials f ON f.organisation_id = o.id AND f.fiscal_year =
            (SELECT MAX(y.fiscal_year) FROM organisation_financials y WHERE y.organisation_id = o.id)
         WHERE o.id > $1 AND NOT o.is_test
            AND NOT EXISTS (SELECT 1 FROM vendors v WHERE v.organisation_id = o.id)
         ORDER BY o.id LIMIT $3",
        (after, aid_since, limit),
    )
    .await
}

/// A firm that staff try a call out with: an active one in Seoul, of the given class and taxation.
pub async fn insert_test(
    tx: &mut Tx,
    id: OrganisationId,
    name: &str,
    class: &str,
    vat_type: VatType,
    today: NaiveDate,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    tx.run(
        "INSERT INTO organisations (id, business_number, legal_name, kind, vat_type, representative_name, industry_code,
            region_code, address, phone, employees_regular, founded_on, large_group, register_status, register_checked_at,
            created_at, search_text, is_test)
         VALUES ($1, $2, $3, 'corporation', $4, $3, 'C26', 'KR-11', '-', '-', 1, $5, FALSE, 'active', $6, $6, '', TRUE)",
        (id, format!("T{}", id.0.simple()), name.to_owned(), vat_type, today, now),
    )
    .await?;
    tx.run(
        "INSERT INTO size_assessments (id, organisation_id, as_of, class, inputs, assessed_at) VALUES ($1, $2, $3, $4, $5, $6)",
        (crate::core::ids::new_uuid(), id, today, class.to_owned(), Json(serde_json::json!({})), now),
    )
    .await?;
    Ok(())
}

/// Whether an organisation has this corporate number: a corporation registers once, whichever of its places does.
pub(in crate::organisations) async fn has_corporate_number(tx: &mut Tx, number: &str) -> sqlx::Result<bool> {
    tx.exists("SELECT 1 FROM organisations WHERE corporate_number = $1", (number.to_owned(),)).await
}

/// Adds an organisation; false when its business number or its corporate number is taken.
pub(in crate::organisations) async fn insert(tx: &mut Tx, row: &Organisation) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO organisations (id, business_number, corporate_number, legal_name, kind, vat_type, representative_name,
                industry_code, region_code, address, phone, employees_regular, founded_on, large_group, created_at, search_text,
                register_status)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 'unknown')
             ON CONFLICT DO NOTHING",
            (
                row.id,
                row.business_number.clone(),
                row.corporate_number.clone(),
                row.legal_name.clone(),
                row.kind,
                row.vat_type,
                row.representative_name.clone(),
                row.industry_code.clone(),
                row.region_code.clone(),
                row.address.clone(),
                row.phone.clone(),
                row.employees_regular,
                row.founded_on,
                row.large_group,
                row.created_at,
                row.search_text.clone(),
            ),
        )
        .await?;
    Ok(rows == 1)
}

/// Gives or corrects one year's figures.
pub(in crate::organisations) async fn put_figures(tx: &mut Tx, figures: &Financials) -> sqlx::Result<()> {
    tx.later(
        "INSERT INTO organisation_financials (organisation_id, fiscal_year, sales_won, total_assets_won, equity_won, capital_won,
            given_by, given_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (organisation_id, fiscal_year) DO UPDATE SET sales_won = excluded.sales_won,
            total_assets_won = excluded.total_assets_won, equity_won = excluded.equity_won, capital_won = excluded.capital_won,
            given_by = excluded.given_by, given_at = excluded.given_at",
        (
            figures.organisation_id,
            figures.fiscal_year,
            figures.sales_won,
            figures.total_assets_won,
            figures.equity_won,
            figures.capital_won,
            figures.given_by,
            figures.given_at,
        ),
    )
    .await
}

pub(in crate::organisations) async fn insert_size(tx: &mut Tx, row: &SizeRow) -> sqlx::Result<()> {
    tx.later(
        "INSERT INTO size_assessments (id, organisation_id, as_of, class, threshold_id, inputs, assessed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        (
            row.id,
            row.organisation_id,
            row.as_of,
            row.class.clone(),
            row.threshold_id,
            row.inputs.clone(),
            row.assessed_at,
        ),
    )
    .await
}

/// All assessments, newest first.
pub(in crate::organisations) async fn sizes(tx: &mut Tx, id: OrganisationId) -> sqlx::Result<Vec<SizeRow>> {
    tx.all(
        "SELECT id, organisation_id, as_of, class, threshold_id, inputs, assessed_at
         FROM size_assessments WHERE organisation_id = $1 ORDER BY assessed_at DESC, id DESC LIMIT 50",
        (id,),
    )
    .await
}

/// Moves the organisation on from `version`; false when somebody else did so before.
pub(in crate::organisations) async fn next_version(
    tx: &mut Tx,
    id: OrganisationId,
    version: i64,
) -> sqlx::Result<bool> {
    let rows =
        tx.run("UPDATE organisations SET version = version + 1 WHERE id = $1 AND version = $2", (id, version)).await?;
    Ok(rows == 1)
}

#[allow(clippy::too_many_arguments)]
pub(in crate::organisations) async fn set_contact(
    tx: &mut Tx,
    id: OrganisationId,
    representative_name: &str,
    region_code: &str,
    address: &str,
    phone: &str,
    employees_regular: i64,
    large_group: bool,
) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE organisations SET representative_name = $2, region_code = $3, address = $4, phone = $5, employees_regular = $6,
            large_group = $7 WHERE id = $1",
        (
            id,
            representative_name.to_owned(),
            region_code.to_owned(),
            address.to_owned(),
            phone.to_owned(),
            employees_regular,
            large_group,
        ),
    )
    .await
}

pub(in crate::organisations) async fn set_register_status(
    tx: &mut Tx,
    id: OrganisationId,
    status: RegisterStatus,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run("UPDATE organisations SET register_status = $2, register_checked_at = $3 WHERE id = $1", (id, status, now))
        .await
}

/// What a list of organisations is narrowed to.
#[derive(Debug, Clone, Default)]
pub(in crate::organisations) struct Filter {
    /// Part of a name or number, as typed.
    pub words: String,
    pub region: String,
}

/// One page of the organisations, newest first.
pub(in crate::organisations) async fn page(
    tx: &mut Tx,
    filter: &Filter,
    after: Option<Cursor>,
) -> sqlx::Result<Paged<Organisation>> {
    let narrow = |query: &mut crate::db::Query| {
        if !filter.region.is_empty() {
            query.add(" AND region_code = ?", (filter.region.clone(),));
        }
        // Terms hold letters and digits only: no `%` or `_` of the reader's reaches the pattern.
        for term in search_terms(&filter.words) {
            query.add(" AND search_text LIKE ?", (format!("%{term}%"),));
        }
    };
    let mut query = tx.query(select_organisation!("WHERE NOT is_test"), ());
    narrow(&mut query);
    if let Some(after) = after {
        query.add(" AND (created_at, id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY created_at DESC, id DESC LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    let mut query = tx.query("SELECT COUNT(*) FROM (SELECT id FROM organisations WHERE NOT is_test", ());
    narrow(&mut query);
    query.add(" LIMIT ?) AS counted", (COUNT_MAX + 1,));
    let count = tx.fetch_value(query).await?.unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &Organisation| Cursor { at: row.created_at, id: row.id.0 }))
}
