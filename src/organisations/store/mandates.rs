//! Rows of mandates.

use crate::{
    core::{actor::Actor, money::Won, roles::Role},
    db::{
        Query, Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
    organisations::{
        MandateId, OrganisationId,
        rules::mandates::{FeeKind, MandateState, Relation},
    },
    people::PersonId,
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// An adviser's mandate.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct MandateRow {
    pub id: MandateId,
    pub organisation_id: OrganisationId,
    pub firm_name: String,
    pub adviser_id: Option<PersonId>,
    pub email: String,
    pub name: String,
    pub company: String,
    pub business_number: Option<String>,
    pub phone: String,
    pub relation: Relation,
    pub fee_kind: FeeKind,
    pub fee_won: Option<Won>,
    pub fee_basis_points: Option<i64>,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    pub state: MandateState,
    /// Codes of `MandateFlag`, joined by `+`.
    pub flags: String,
    pub given_by: Uuid,
    pub given_at: DateTime<Utc>,
}

macro_rules! select_mandate {
    ($rest:literal) => {
        concat!(
            "SELECT m.id, m.organisation_id, o.legal_name AS firm_name, m.adviser_id, m.email, m.name, m.company, m.business_number, m.phone, m.relation, m.fee_kind, m.fee_won, m.fee_basis_points, m.starts_on, m.ends_on, m.state, m.flags, m.given_by, m.given_at FROM mandates m JOIN organisations o ON o.id = m.organisation_id ",
            $rest
        )
    };
}

/// What `actor` may see: a firm its own, an adviser those given to them, staff all.
fn visible(query: &mut Query, actor: &Actor) {
    if actor.is(Role::Firm) {
        query.add(" AND m.organisation_id = ?", (actor.organisation,));
    } else if actor.is(Role::Adviser) {
        query.add(" AND (m.adviser_id = ? OR (m.state = 'offered' AND m.email = ?))", (actor.id, actor.email.clone()));
    } else if !actor.is_any(&[Role::Screener, Role::Manager, Role::Auditor, Role::ClaimsOfficer]) {
        query.add(" AND 1 = 0", ());
    }
}

pub(in crate::organisations) async fn insert_mandate(tx: &mut Tx, row: &MandateRow) -> sqlx::Result<u64> {
    let mut insert = tx.query(
        "INSERT INTO mandates (id, organisation_id, email, name, company, business_number, phone, relation, fee_kind, fee_won,
            fee_basis_points, starts_on, ends_on, state, flags, given_by, given_at) VALUES (",
        (),
    );
    insert.add(
        "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ",
        (
            row.id,
            row.organisation_id,
            row.email.clone(),
            row.name.clone(),
            row.company.clone(),
            row.business_number.clone(),
            row.phone.clone(),
            row.relation,
            row.fee_kind,
            row.fee_won,
        ),
    );
    insert.add(
        "?, ?, ?, ?, ?, ?, ?)",
        (row.fee_basis_points, row.starts_on, row.ends_on, row.state, row.flags.clone(), row.given_by, row.given_at),
    );
    tx.execute(insert).await
}

pub(in crate::organisations) async fn find_mandate(
    tx: &mut Tx,
    actor: &Actor,
    id: MandateId,
) -> sqlx::Result<Option<MandateRow>> {
    let mut query = tx.query(select_mandate!("WHERE m.id = $1"), (id,));
    visible(&mut query, actor);
    tx.fetch_optional(query).await
}

pub(in crate::organisations) async fn get_mandate(tx: &mut Tx, id: MandateId) -> sqlx::Result<MandateRow> {
    tx.get(select_mandate!("WHERE m.id = $1"), (id,)).await
}

/// The mandates of a firm or of an adviser, newest first.
pub(in crate::organisations) async fn own_mandates(tx: &mut Tx, actor: &Actor) -> sqlx::Result<Vec<MandateRow>> {
    let mut query = tx.query(select_mandate!("WHERE 1 = 1"), ());
    visible(&mut query, actor);
    query.add(" ORDER BY m.given_at DESC, m.id DESC LIMIT 100", ());
    tx.fetch_all(query).await
}

/// The mandates that a firm has given, for staff.
pub(in crate::organisations) async fn mandates_of(tx: &mut Tx, firm: OrganisationId) -> sqlx::Result<Vec<MandateRow>> {
    tx.all(select_mandate!("WHERE m.organisation_id = $1 ORDER BY m.given_at DESC, m.id DESC LIMIT 100"), (firm,)).await
}

/// Moves a mandate from `from`; false when somebody did so before.
pub(in crate::organisations) async fn move_mandate(
    tx: &mut Tx,
    id: MandateId,
    from: MandateState,
    to: MandateState,
    by: &Actor,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let ended_at = matches!(to, MandateState::Ended | MandateState::Declined).then_some(now);
    let adviser = (to == MandateState::Active).then_some(by.id);
    let rows = tx
        .run(
            "UPDATE mandates SET state = $3, adviser_id = COALESCE($4, adviser_id), answered_at = COALESCE(answered_at, $5),
                ended_at = $6, ended_by = $7
             WHERE id = $1 AND state = $2",
            (id, from, to, adviser, now, ended_at, ended_at.and(by.person())),
        )
        .await?;
    Ok(rows == 1)
}

/// A vendor with this business number, or whose people have this mail address: nobody of it advises a firm.
pub(in crate::organisations) async fn is_vendors(
    tx: &mut Tx,
    business_number: Option<&str>,
    email: &str,
) -> sqlx::Result<bool> {
    tx.exists(
        "SELECT 1 FROM organisations o JOIN person_roles r ON r.organisation_id = o.id AND r.role = 'vendor' AND r.ended_at IS NULL
         JOIN people p ON p.id = r.person_id WHERE o.business_number = $1 OR p.email = $2",
        (business_number.map(str::to_owned), email.to_owned()),
    )
    .await
}

/// Whether a live vendor's people have addresses in this mail domain.
pub(in crate::organisations) async fn is_vendor_domain(tx: &mut Tx, domain: &str) -> sqlx::Result<bool> {
    // Addresses hold neither `%` nor `_` of the sender's own making: what could match more is compared again.
    let emails: Vec<String> = tx
        .values(
            "SELECT p.email FROM people p JOIN person_roles r ON r.person_id = p.id
             WHERE r.role = 'vendor' AND r.ended_at IS NULL AND p.email LIKE $1 LIMIT 50",
            (format!("%@{domain}"),),
        )
        .await?;
    Ok(emails.iter().any(|email| email.rsplit_once('@').is_some_and(|(_, of)| of == domain)))
}

/// Whether a vendor has this telephone number, as folded by `rules::duplicates`.
pub(in crate::organisations) async fn is_vendor_phone(tx: &mut Tx, digits: &str) -> sqlx::Result<bool> {
    tx.exists(
        "SELECT 1 FROM organisation_keys k JOIN person_roles r ON r.organisation_id = k.organisation_id
            AND r.role = 'vendor' AND r.ended_at IS NULL
         WHERE k.kind = 'shared_phone' AND k.value = $1",
        (digits.to_owned(),),
    )
    .await
}

/// Whether somebody who advises `firm` today belongs to the vendor `vendor`: by business number, telephone or account
/// (domain.md C, invariant 17).
pub async fn adviser_is_of_vendor(
    tx: &mut Tx,
    firm: OrganisationId,
    vendor: OrganisationId,
    today: NaiveDate,
) -> sqlx::Result<bool> {
    tx.exists(
        "SELECT 1 FROM mandates m WHERE m.organisation_id = $1 AND m.state = 'active' AND m.starts_on <= $3 AND m.ends_on >= $3
         AND (m.business_number IN (SELECT business_number FROM organisations WHERE id = $2)
            OR m.email IN (SELECT p.email FROM people p JOIN person_roles r ON r.person_id = p.id
                WHERE r.organisation_id = $2 AND r.role = 'vendor'))",
        (firm, vendor, today),
    )
    .await
}

/// What lists of advisers are narrowed to.
#[derive(Debug, Clone, Default)]
pub(in crate::organisations) struct AdviserFilter {
    pub flagged: bool,
}

/// An adviser as staff see them: how often named, how often at work.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AdviserRow {
    pub name: String,
    pub company: String,
    pub firms: i64,
    pub live: i64,
    pub percent_fees: i64,
    pub flagged: i64,
    pub fees_won: Won,
    pub last_at: DateTime<Utc>,
    /// The newest mandate: the list's tie-breaker.
    pub last_id: Uuid,
}

/// Advisers by how lately they were named.
pub(in crate::organisations) async fn advisers(
    tx: &mut Tx,
    filter: &AdviserFilter,
    today: NaiveDate,
    after: Option<Cursor>,
) -> sqlx::Result<Paged<AdviserRow>> {
    let mut query = tx.query(
        "SELECT n.name, n.company, f.firms, f.live, f.percent_fees, f.flagged, f.fees_won, n.given_at AS last_at,
            n.id AS last_id
         FROM mandates n JOIN (
            SELECT email, COUNT(DISTINCT organisation_id) AS firms,
                COUNT(*) FILTER (WHERE state = 'active' AND starts_on <= $1 AND ends_on >= $1) AS live,
                COUNT(*) FILTER (WHERE fee_kind = 'percent') AS percent_fees,
                COUNT(*) FILTER (WHERE flags <> '') AS flagged,
                CAST(COALESCE(SUM(fee_won), 0) AS BIGINT) AS fees_won
            FROM mandates GROUP BY email) f ON f.email = n.email
         WHERE NOT EXISTS (SELECT 1 FROM mandates l WHERE l.email = n.email AND (l.given_at, l.id) > (n.given_at, n.id))",
        (today,),
    );
    if filter.flagged {
        query.add(" AND f.flagged > 0", ());
    }
    if let Some(after) = after {
        query.add(" AND (n.given_at, n.id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY n.given_at DESC, n.id DESC LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    let mut count = tx.query("SELECT COUNT(*) FROM (SELECT email FROM mandates", ());
    if filter.flagged {
        count.add(" WHERE flags <> ''", ());
    }
    count.add(" GROUP BY email LIMIT ?) AS counted", (COUNT_MAX + 1,));
    let count = tx.fetch_value(count).await?.unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &AdviserRow| Cursor { at: row.last_at, id: row.last_id }))
}

/// The mandates that named one adviser, newest first.
pub(in crate::organisations) async fn mandates_by_email(tx: &mut Tx, email: &str) -> sqlx::Result<Vec<MandateRow>> {
    tx.all(select_mandate!("WHERE m.email = $1 ORDER BY m.given_at DESC, m.id DESC LIMIT 200"), (email.to_owned(),))
        .await
}
