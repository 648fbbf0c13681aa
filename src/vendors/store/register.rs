//! The public register: what anybody may read of approved, unexpired vendors. Nothing here names a person.

use super::lists::search_query;
use crate::{
    core::{lang::Lang, money::Won},
    db::{
        Query, Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
    vendors::{
        PackageId, SolutionId, VendorId,
        rules::{
            Hosting, ModelOrigin,
            facts::{Described, SolutionFacts},
        },
    },
};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::types::Json;

/// What narrows the register.
#[derive(Debug, Clone, Default)]
pub struct RegisterFilter {
    pub use_case: Option<String>,
    pub hosting: Option<Hosting>,
    pub model_origin: Option<ModelOrigin>,
    pub price_min: Option<Won>,
    pub price_max: Option<Won>,
    pub terms: Vec<String>,
}

/// A solution as its line in the register and its own page show it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Registered {
    pub id: SolutionId,
    pub vendor_id: VendorId,
    pub name: String,
    pub summary: String,
    pub use_case: String,
    pub use_case_ko: String,
    pub use_case_en: String,
    pub model_origin: ModelOrigin,
    pub model_names: String,
    pub hosting: Hosting,
    pub trains_on_customer_data: bool,
    pub exit_terms: String,
    pub facts: Json<SolutionFacts>,
    pub version: i64,
    /// A change of hosting, model or data class waits for its check.
    pub recheck_since: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub vendor_name: String,
    pub registry_no: Option<String>,
    pub website: String,
    pub support_email: String,
    pub support_phone: String,
    pub expires_on: Option<NaiveDate>,
    /// The lowest price of any of its packages on the day.
    pub lowest_won: Option<Won>,
}

impl Registered {
    pub fn use_case(&self, lang: Lang) -> &str {
        lang.of(&self.use_case_ko, &self.use_case_en)
    }

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

/// A solution is on the register while its vendor is and it has a package that is or will be on offer.
macro_rules! on_register {
    ($start:literal) => {
        concat!(
            $start,
            " FROM solutions s JOIN vendors v ON v.id = s.vendor_id JOIN organisations o ON o.id = v.organisation_id
             JOIN use_cases u ON u.code = s.use_case
             WHERE v.state = 'approved' AND (v.expires_on IS NULL OR v.expires_on >= $1)
                AND EXISTS (SELECT 1 FROM packages k WHERE k.solution_id = s.id AND (k.valid_to IS NULL OR k.valid_to >= $1))
                AND NOT EXISTS (SELECT 1 FROM vendor_suspensions x WHERE x.vendor_id = v.id AND x.kind <> 'no_pay'
                    AND x.lifted_at IS NULL AND x.from_on <= $1 AND (x.to_on IS NULL OR x.to_on >= $1))"
        )
    };
}

macro_rules! select_registered {
    () => {
        on_register!(
            "SELECT s.id, s.vendor_id, s.name, s.summary, s.use_case, u.name_ko AS use_case_ko, u.name_en AS use_case_en, s.model_origin, s.model_names,
                s.hosting, s.trains_on_customer_data, s.exit_terms, s.facts, s.version, s.recheck_since, s.created_at, o.legal_name AS vendor_name, v.registry_no,
                v.website, v.support_email, v.support_phone, v.expires_on,
                (SELECT MIN(p.unit_price_won) FROM packages p WHERE p.solution_id = s.id AND p.valid_from <= $1
                    AND (p.valid_to IS NULL OR p.valid_to >= $1)) AS lowest_won"
        )
    };
}

/// Newest first.
pub async fn register_page(
    tx: &mut Tx,
    filter: &RegisterFilter,
    day: NaiveDate,
    after: Option<Cursor>,
) -> sqlx::Result<Paged<Registered>> {
    let mut query = tx.query(select_registered!(), (day,));
    narrow(tx, &mut query, filter);
    if let Some(after) = after {
        query.add(" AND (s.created_at, s.id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY s.created_at DESC, s.id DESC LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    let mut query = tx.query(on_register!("SELECT COUNT(*) FROM (SELECT s.id"), (day,));
    narrow(tx, &mut query, filter);
    query.add(" LIMIT ?) AS counted", (COUNT_MAX + 1,));
    let count = tx.fetch_value(query).await?.unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &Registered| Cursor { at: row.created_at, id: row.id.0 }))
}

/// The solution when it is on the register on `day`.
pub async fn registered(tx: &mut Tx, id: SolutionId, day: NaiveDate) -> sqlx::Result<Option<Registered>> {
    let mut query = tx.query(select_registered!(), (day,));
    query.add(" AND s.id = ?", (id,));
    tx.fetch_optional(query).await
}

/// These solutions as far as they are on the register on `day`, in no order.
pub async fn registered_among(tx: &mut Tx, ids: &[SolutionId], day: NaiveDate) -> sqlx::Result<Vec<Registered>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = tx.query(select_registered!(), (day,));
    query.add_list(" AND s.id IN (?)", ids.iter().copied());
    tx.fetch_all(query).await
}

/// The next `limit` solutions that `filter` leaves, by key.
pub async fn registered_after(
    tx: &mut Tx,
    filter: &RegisterFilter,
    day: NaiveDate,
    after: Option<SolutionId>,
    limit: i64,
) -> sqlx::Result<Vec<Registered>> {
    let mut query = tx.query(select_registered!(), (day,));
    narrow(tx, &mut query, filter);
    if let Some(after) = after {
        query.add(" AND s.id > ?", (after,));
    }
    query.add(" ORDER BY s.id LIMIT ?", (limit,));
    tx.fetch_all(query).await
}

/// What one vendor has on the register on `day`.
pub async fn registered_of(tx: &mut Tx, vendor: VendorId, day: NaiveDate) -> sqlx::Result<Vec<Registered>> {
    let mut query = tx.query(select_registered!(), (day,));
    query.add(" AND s.vendor_id = ? ORDER BY s.created_at, s.id LIMIT 500", (vendor,));
    tx.fetch_all(query).await
}

/// One version of a solution.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct VersionRow {
    pub version: i64,
    pub content: Json<Described>,
    pub made_at: DateTime<Utc>,
}

/// Every version of a solution, newest first.
pub async fn versions(tx: &mut Tx, id: SolutionId) -> sqlx::Result<Vec<VersionRow>> {
    tx.all(
        "SELECT version, content, made_at FROM solution_versions WHERE solution_id = $1 ORDER BY version DESC LIMIT 100",
        (id,),
    )
    .await
}

fn narrow(tx: &Tx, query: &mut Query, filter: &RegisterFilter) {
    if filter.price_min.is_some() || filter.price_max.is_some() {
        query.add(
            " AND EXISTS (SELECT 1 FROM packages b WHERE b.solution_id = s.id AND b.valid_from <= $1
                AND (b.valid_to IS NULL OR b.valid_to >= $1) AND b.unit_price_won >= ? AND b.unit_price_won <= ?)",
            (filter.price_min.unwrap_or(Won::ZERO), filter.price_max.unwrap_or(Won(i64::MAX))),
        );
    }
    if let Some(use_case) = &filter.use_case {
        query.add(" AND s.use_case = ?", (use_case.clone(),));
    }
    if let Some(hosting) = filter.hosting {
        query.add(" AND s.hosting = ?", (hosting,));
    }
    if let Some(model_origin) = filter.model_origin {
        query.add(" AND s.model_origin = ?", (model_origin,));
    }
    if let Some(words) = search_query(tx, &filter.terms) {
        query.add(
            tx.pick(
                " AND s.id IN (SELECT r.id FROM solution_search JOIN solution_search_rows r ON r.key = solution_search.rowid
                    WHERE solution_search MATCH ?)",
                " AND s.search_words @@ to_tsquery('simple', ?)",
            ),
            (words,),
        );
    }
}

/// One price of one package, as a line of the file.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PriceLine {
    pub id: PackageId,
    pub registry_no: Option<String>,
    pub vendor_name: String,
    pub solution_name: String,
    pub use_case_ko: String,
    pub use_case_en: String,
    pub model_origin: ModelOrigin,
    pub model_names: String,
    pub hosting: Hosting,
    pub trains_on_customer_data: bool,
    pub package_name: String,
    pub unit: String,
    pub unit_price_won: Won,
    pub public_price_won: Option<Won>,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
}

/// The next `limit` prices of the solutions that `filter` leaves, by key.
pub async fn price_lines(
    tx: &mut Tx,
    filter: &RegisterFilter,
    day: NaiveDate,
    after: Option<PackageId>,
    limit: i64,
) -> sqlx::Result<Vec<PriceLine>> {
    let mut query = tx.query(
        "SELECT p.id, v.registry_no, o.legal_name AS vendor_name, s.name AS solution_name, u.name_ko AS use_case_ko,
            u.name_en AS use_case_en, s.model_origin, s.model_names, s.hosting, s.trains_on_customer_data,
            p.name AS package_name, p.unit, p.unit_price_won, p.public_price_won, p.valid_from, p.valid_to
         FROM packages p JOIN solutions s ON s.id = p.solution_id JOIN vendors v ON v.id = s.vendor_id
         JOIN organisations o ON o.id = v.organisation_id JOIN use_cases u ON u.code = s.use_case
         WHERE v.state = 'approved' AND (v.expires_on IS NULL OR v.expires_on >= $1)
            AND EXISTS (SELECT 1 FROM packages k WHERE k.solution_id = s.id AND (k.valid_to IS NULL OR k.valid_to >= $1))
            AND NOT EXISTS (SELECT 1 FROM vendor_suspensions x WHERE x.vendor_id = v.id AND x.kind <> 'no_pay'
                    AND x.lifted_at IS NULL AND x.from_on <= $1 AND (x.to_on IS NULL OR x.to_on >= $1))",
        (day,),
    );
    narrow(tx, &mut query, filter);
    if let Some(after) = after {
        query.add(" AND p.id > ?", (after,));
    }
    query.add(" ORDER BY p.id LIMIT ?", (limit,));
    tx.fetch_all(query).await
}
