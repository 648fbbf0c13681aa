//! What vendors and staff read: a vendor's own solutions and packages, and the list of vendors.

use super::{Package, Solution};
use crate::{
    core::actor::Actor,
    db::{
        Query, Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
    organisations::OrganisationId,
    vendors::{PackageId, SolutionId, VendorId, rules::VendorState},
};
use chrono::{DateTime, NaiveDate, Utc};

macro_rules! select_solution {
    ($rest:literal) => {
        concat!(
            "SELECT id, vendor_id, name, summary, use_case, model_origin, model_names, hosting, trains_on_customer_data, exit_terms, version, created_at, search_text, facts, recheck_since FROM solutions ",
            $rest
        )
    };
}

macro_rules! select_package {
    ($rest:literal) => {
        concat!(
            "SELECT id, solution_id, name, unit, unit_price_won, included, valid_from, valid_to, created_at, public_price_won, qualifying_price_won FROM packages ",
            $rest
        )
    };
}

pub async fn solutions(tx: &mut Tx, vendor: VendorId) -> sqlx::Result<Vec<Solution>> {
    tx.all(select_solution!("WHERE vendor_id = $1 ORDER BY created_at, id LIMIT 500"), (vendor,)).await
}

/// Every price of every package of a vendor: by package, the newest price first.
pub async fn packages(tx: &mut Tx, vendor: VendorId) -> sqlx::Result<Vec<Package>> {
    tx.all(
        select_package!(
            "WHERE solution_id IN (SELECT id FROM solutions WHERE vendor_id = $1) ORDER BY name, valid_from DESC, id LIMIT 5000"
        ),
        (vendor,),
    )
    .await
}

/// Every price of every package of a solution: by package, the newest price first.
pub async fn packages_of(tx: &mut Tx, solution: SolutionId) -> sqlx::Result<Vec<Package>> {
    tx.all(select_package!("WHERE solution_id = $1 ORDER BY name, valid_from DESC, id LIMIT 1000"), (solution,)).await
}

/// The solution when it is this organisation's.
pub async fn own_solution(tx: &mut Tx, id: SolutionId, organisation: OrganisationId) -> sqlx::Result<Option<Solution>> {
    tx.find(
        select_solution!("WHERE id = $1 AND vendor_id IN (SELECT id FROM vendors WHERE organisation_id = $2)"),
        (id, organisation),
    )
    .await
}

pub async fn solution(tx: &mut Tx, id: SolutionId) -> sqlx::Result<Option<Solution>> {
    tx.find(select_solution!("WHERE id = $1"), (id,)).await
}

pub async fn package(tx: &mut Tx, id: PackageId) -> sqlx::Result<Option<Package>> {
    tx.find(select_package!("WHERE id = $1"), (id,)).await
}

/// The package when it is this organisation's.
pub async fn own_package(tx: &mut Tx, id: PackageId, organisation: OrganisationId) -> sqlx::Result<Option<Package>> {
    tx.find(
        select_package!(
            "WHERE id = $1 AND solution_id IN
                (SELECT s.id FROM solutions s JOIN vendors v ON v.id = s.vendor_id WHERE v.organisation_id = $2)"
        ),
        (id, organisation),
    )
    .await
}

/// How many solutions a vendor has, and how many of them have no package that is or will be on offer.
pub async fn offer_counts(tx: &mut Tx, vendor: VendorId, day: NaiveDate) -> sqlx::Result<(i64, i64)> {
    tx.get(
        "SELECT COUNT(*) AS solutions, COUNT(*) FILTER (WHERE NOT EXISTS (
            SELECT 1 FROM packages k WHERE k.solution_id = s.id AND (k.valid_to IS NULL OR k.valid_to >= $2))) AS bare
         FROM solutions s WHERE s.vendor_id = $1",
        (vendor, day),
    )
    .await
}

/// Whether the person acts or once acted for the organisation: then they decide nothing about it.
pub async fn is_member(tx: &mut Tx, actor: &Actor, organisation: OrganisationId) -> sqlx::Result<bool> {
    tx.exists("SELECT 1 FROM person_roles WHERE person_id = $1 AND organisation_id = $2", (actor.id, organisation))
        .await
}

/// Approved vendors whose term is over, some at a time.
pub async fn expired(tx: &mut Tx, today: NaiveDate) -> sqlx::Result<Vec<VendorId>> {
    tx.values(
        "SELECT id FROM vendors WHERE state = 'approved' AND expires_on < $1 ORDER BY expires_on, id LIMIT 100",
        (today,),
    )
    .await
}

/// What narrows the list of vendors.
#[derive(Debug, Default)]
pub struct VendorFilter {
    pub state: Option<VendorState>,
    pub work: Option<Work>,
    pub terms: Vec<String>,
}

crate::text_enum!(
    /// What waits for an officer.
    Work {
        /// Handed in, or recommended and to be decided.
        Decide = "decide",
        /// A changed solution.
        Recheck = "recheck",
        /// An account that two officers must look at.
        Account = "account",
        Complaint = "complaint",
        Watched = "watched",
    }
);

/// One line of the list of vendors.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct VendorLine {
    pub id: VendorId,
    pub legal_name: String,
    pub business_number: String,
    pub registry_no: Option<String>,
    pub state: VendorState,
    pub submitted_at: Option<DateTime<Utc>>,
    pub expires_on: Option<NaiveDate>,
    pub solutions: i64,
    pub watch_level: i64,
    pub created_at: DateTime<Utc>,
}

/// Newest first.
pub async fn page(tx: &mut Tx, filter: &VendorFilter, after: Option<Cursor>) -> sqlx::Result<Paged<VendorLine>> {
    let mut query = tx.query(
        "SELECT v.id, o.legal_name, o.business_number, v.registry_no, v.state, v.submitted_at, v.expires_on, v.created_at,
            v.watch_level, (SELECT COUNT(*) FROM solutions s WHERE s.vendor_id = v.id) AS solutions
         FROM vendors v JOIN organisations o ON o.id = v.organisation_id WHERE 1 = 1",
        (),
    );
    narrow(tx, &mut query, filter);
    if let Some(after) = after {
        query.add(" AND (v.created_at, v.id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY v.created_at DESC, v.id DESC LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    let mut query = tx.query("SELECT COUNT(*) FROM (SELECT v.id FROM vendors v WHERE 1 = 1", ());
    narrow(tx, &mut query, filter);
    query.add(" LIMIT ?) AS counted", (COUNT_MAX + 1,));
    let count = tx.fetch_value(query).await?.unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &VendorLine| Cursor { at: row.created_at, id: row.id.0 }))
}

fn narrow(tx: &Tx, query: &mut Query, filter: &VendorFilter) {
    if let Some(state) = filter.state {
        query.add(" AND v.state = ?", (state,));
    }
    let work = filter.work.map(|work| match work {
        Work::Decide => " AND v.state IN ('submitted', 'recommended')",
        Work::Recheck => " AND EXISTS (SELECT 1 FROM solutions w WHERE w.vendor_id = v.id AND w.recheck_since IS NOT NULL)",
        Work::Account => {
            " AND EXISTS (SELECT 1 FROM account_changes w WHERE w.vendor_id = v.id AND w.state IN ('requested', 'checked'))"
        }
        Work::Complaint => {
            " AND EXISTS (SELECT 1 FROM vendor_complaints w WHERE w.vendor_id = v.id AND w.state IN ('received', 'answered'))"
        }
        Work::Watched => " AND v.watch_level > 0",
    });
    query.add(work.unwrap_or_default(), ());
    if let Some(words) = search_query(tx, &filter.terms) {
        query.add(
            tx.pick(
                " AND v.id IN (SELECT r.id FROM vendor_search JOIN vendor_search_rows r ON r.key = vendor_search.rowid
                    WHERE vendor_search MATCH ?)",
                " AND v.search_words @@ to_tsquery('simple', ?)",
            ),
            (words,),
        );
    }
}

/// The terms as the engine's full-text search wants them: each a prefix, all of them together. They hold only
/// letters and digits (`names::search_terms`), so the quotes need no escape. None when there are none.
pub(super) fn search_query(tx: &Tx, terms: &[String]) -> Option<String> {
    if terms.is_empty() {
        return None;
    }
    let quoted: Vec<String> = terms.iter().map(|term| tx.pick(format!("\"{term}\"*"), format!("'{term}':*"))).collect();
    Some(quoted.join(tx.pick(" ", " & ")))
}
