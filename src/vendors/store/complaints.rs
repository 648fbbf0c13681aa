//! Complaints against vendors. Who may read which is said here.

use crate::{
    core::{actor::Actor, roles::Role},
    db::{
        Query, Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
    organisations::OrganisationId,
    vendors::{VendorId, rules::complaints::ComplaintState},
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Complaint {
    pub id: Uuid,
    pub vendor_id: VendorId,
    pub vendor_name: String,
    pub organisation_id: Option<OrganisationId>,
    /// Whose it is; the agency's own names none.
    pub complainant: Option<String>,
    pub is_confidential: bool,
    pub subject: String,
    pub content: String,
    pub state: ComplaintState,
    pub received_at: DateTime<Utc>,
    pub answer_by: NaiveDate,
    pub answer: Option<String>,
    pub outcome_note: Option<String>,
}

macro_rules! select_complaint {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.vendor_id, o.legal_name AS vendor_name, c.organisation_id, f.legal_name AS complainant, c.is_confidential,
                c.subject, c.content, c.state, c.received_at, c.answer_by, c.answer, c.outcome_note
             FROM vendor_complaints c JOIN vendors v ON v.id = c.vendor_id JOIN organisations o ON o.id = v.organisation_id
             LEFT JOIN organisations f ON f.id = c.organisation_id WHERE 1 = 1",
            $rest
        )
    };
}

/// Staff see all, a firm its own, a vendor those against it.
fn visible(query: &mut Query, actor: &Actor) {
    if actor.is_staff() {
        return;
    }
    let organisation = actor.organisation;
    if actor.is(Role::Vendor) {
        query.add(" AND v.organisation_id = ?", (organisation,));
    } else {
        query.add(" AND c.organisation_id = ?", (organisation,));
    }
}

/// A vendor reads no name where the complainant wished so.
fn hush(actor: &Actor, mut complaint: Complaint) -> Complaint {
    if !actor.is_staff() && actor.is(Role::Vendor) && complaint.is_confidential {
        complaint.complainant = None;
        complaint.organisation_id = None;
    }
    complaint
}

pub async fn complaint(tx: &mut Tx, actor: &Actor, id: Uuid) -> sqlx::Result<Option<Complaint>> {
    let mut query = tx.query(select_complaint!(""), ());
    visible(&mut query, actor);
    query.add(" AND c.id = ?", (id,));
    let found: Option<Complaint> = tx.fetch_optional(query).await?;
    Ok(found.map(|complaint| hush(actor, complaint)))
}

/// Newest first.
pub async fn complaints(
    tx: &mut Tx,
    actor: &Actor,
    state: Option<ComplaintState>,
    vendor: Option<VendorId>,
    after: Option<Cursor>,
) -> sqlx::Result<Paged<Complaint>> {
    let narrow = |query: &mut Query| {
        visible(query, actor);
        if let Some(state) = state {
            query.add(" AND c.state = ?", (state,));
        }
        if let Some(vendor) = vendor {
            query.add(" AND c.vendor_id = ?", (vendor,));
        }
    };
    let mut query = tx.query(select_complaint!(""), ());
    narrow(&mut query);
    if let Some(after) = after {
        query.add(" AND (c.received_at, c.id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY c.received_at DESC, c.id DESC LIMIT ?", (PAGE_ROWS + 1,));
    let rows: Vec<Complaint> = tx.fetch_all(query).await?;
    let mut query = tx.query(
        "SELECT COUNT(*) FROM (SELECT c.id FROM vendor_complaints c JOIN vendors v ON v.id = c.vendor_id WHERE 1 = 1",
        (),
    );
    narrow(&mut query);
    query.add(" LIMIT ?) AS counted", (COUNT_MAX + 1,));
    let count = tx.fetch_value(query).await?.unwrap_or(0);
    let rows = rows.into_iter().map(|complaint| hush(actor, complaint)).collect();
    Ok(Paged::new(rows, count, |row: &Complaint| Cursor { at: row.received_at, id: row.id }))
}

/// A complaint as it arrives.
pub struct Arrived {
    pub id: Uuid,
    pub vendor: VendorId,
    pub organisation: Option<OrganisationId>,
    pub is_confidential: bool,
    pub subject: String,
    pub content: String,
    pub answer_by: NaiveDate,
}

pub async fn insert_complaint(tx: &mut Tx, new: Arrived, actor: &Actor, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO vendor_complaints (id, vendor_id, organisation_id, person_id, is_confidential, subject, content, state,
            received_at, answer_by) VALUES ($1, $2, $3, $4, $5, $6, $7, 'received', $8, $9)",
        (
            new.id,
            new.vendor,
            new.organisation,
            actor.id,
            new.is_confidential,
            new.subject,
            new.content,
            now,
            new.answer_by,
        ),
    )
    .await
}

/// False when it was answered or ended before.
pub async fn answer_complaint(
    tx: &mut Tx,
    id: Uuid,
    answer: String,
    actor: &Actor,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx.run(
        "UPDATE vendor_complaints SET state = 'answered', answer = $2, answered_by = $3, answered_at = $4
         WHERE id = $1 AND state = 'received'",
        (id, answer, actor.id, now),
    );
    Ok(rows.await? == 1)
}

pub async fn end_complaint(
    tx: &mut Tx,
    id: Uuid,
    from: ComplaintState,
    to: ComplaintState,
    note: String,
    actor: &Actor,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx.run(
        "UPDATE vendor_complaints SET state = $3, outcome_note = $4, closed_by = $5, closed_at = $6 WHERE id = $1 AND state = $2",
        (id, from, to, note, actor.id, now),
    );
    Ok(rows.await? == 1)
}
