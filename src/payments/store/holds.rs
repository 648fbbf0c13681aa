//! Holds: what is not paid for now, why, and who looks after it.

use crate::{
    db::{
        Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
    payments::{BatchId, rules::holds::HoldLevel},
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Hold {
    pub id: Uuid,
    pub level: HoldLevel,
    pub subject_id: Uuid,
    pub label: String,
    pub reason: String,
    pub owner: String,
    pub review_on: NaiveDate,
    pub placed_by: String,
    pub placed_at: DateTime<Utc>,
    pub lifted_by: Option<String>,
    pub lifted_at: Option<DateTime<Utc>>,
    pub lift_reason: Option<String>,
}

macro_rules! select_hold {
    ($rest:literal) => {
        concat!(
            "SELECT h.id, h.level, h.subject_id, h.label, h.reason, o.name AS owner, h.review_on, p.name AS placed_by, h.placed_at, l.name AS lifted_by, h.lifted_at, h.lift_reason FROM payment_holds h JOIN people o ON o.id = h.owner_id JOIN people p ON p.id = h.placed_by LEFT JOIN people l ON l.id = h.lifted_by ",
            $rest
        )
    };
}

/// Which holds a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Open,
    /// Open, and nobody looked at it by its day of review.
    Aged(NaiveDate),
    All,
}

/// One page of holds, latest first.
pub async fn page(tx: &mut Tx, which: Which, after: Option<Cursor>) -> sqlx::Result<Paged<Hold>> {
    let mut query = tx.query(select_hold!("WHERE 1 = 1"), ());
    let mut count = tx.query("SELECT COUNT(*) FROM (SELECT 1 FROM payment_holds h WHERE 1 = 1", ());
    for query in [&mut query, &mut count] {
        match which {
            Which::Open => query.add(" AND h.lifted_at IS NULL", ()),
            Which::Aged(today) => query.add(" AND h.lifted_at IS NULL AND h.review_on < ?", (today,)),
            Which::All => {}
        }
    }
    if let Some(after) = after {
        query.add(" AND (h.placed_at, h.id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY h.placed_at DESC, h.id DESC LIMIT ?", (PAGE_ROWS + 1,));
    count.add(" LIMIT ?) AS counted", (COUNT_MAX + 1,));
    let rows = tx.fetch_all(query).await?;
    let count = tx.fetch_value(count).await?.unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &Hold| Cursor { at: row.placed_at, id: row.id }))
}

pub async fn find(tx: &mut Tx, id: Uuid) -> sqlx::Result<Option<Hold>> {
    tx.find(select_hold!("WHERE h.id = $1"), (id,)).await
}

/// A hold as it is placed.
pub struct NewHold {
    pub level: HoldLevel,
    pub subject: Uuid,
    pub label: String,
    pub reason: String,
    pub owner: Uuid,
    pub review_on: NaiveDate,
}

pub async fn insert(tx: &mut Tx, id: Uuid, new: &NewHold, by: Uuid, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO payment_holds (id, level, subject_id, label, reason, owner_id, review_on, placed_by, placed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        (id, new.level, new.subject, new.label.clone(), new.reason.clone(), new.owner, new.review_on, by, now),
    )
    .await
}

/// False when it was lifted before.
pub async fn lift(tx: &mut Tx, id: Uuid, by: Uuid, reason: &str, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE payment_holds SET lifted_by = $2, lifted_at = $3, lift_reason = $4 WHERE id = $1 AND lifted_at IS NULL",
            (id, by, now, reason.to_owned()),
        )
        .await?;
    Ok(rows == 1)
}

/// Claims of a batch that a hold of any level stops.
pub async fn held_in(tx: &mut Tx, batch: BatchId) -> sqlx::Result<Vec<String>> {
    tx.values(
        "SELECT c.number FROM payments p JOIN claims c ON c.id = p.claim_id JOIN applications a ON a.id = p.application_id
         JOIN calls k ON k.id = a.call_id
         WHERE p.batch_id = $1 AND EXISTS (SELECT 1 FROM payment_holds h WHERE h.lifted_at IS NULL
            AND h.subject_id IN (p.id, p.claim_id, p.vendor_id, k.programme_id)) ORDER BY c.number LIMIT 20",
        (batch,),
    )
    .await
}

/// Whether a claim may not be ordered: it, its vendor or its programme is held.
pub async fn is_held(tx: &mut Tx, claim: Uuid, vendor: Uuid, programme: Uuid) -> sqlx::Result<bool> {
    tx.exists(
        "SELECT 1 FROM payment_holds WHERE lifted_at IS NULL AND subject_id IN ($1, $2, $3)",
        (claim, vendor, programme),
    )
    .await
}

/// What people call a subject, and what it is: its id and its name as it is kept.
pub async fn subject(tx: &mut Tx, level: HoldLevel, name: &str) -> sqlx::Result<Option<(Uuid, String)>> {
    let name = (name.to_owned(),);
    match level {
        HoldLevel::Payment => {
            tx.find(
                "SELECT id, instruction_id FROM payments WHERE (end_to_end_id = $1 OR instruction_id = $1)
                    AND state IN ('prepared', 'sent', 'unknown') ORDER BY attempt DESC LIMIT 1",
                name,
            )
            .await
        }
        HoldLevel::Claim => tx.find("SELECT id, number FROM claims WHERE number = $1", name).await,
        HoldLevel::Vendor => {
            tx.find(
                "SELECT v.id, o.legal_name FROM vendors v JOIN organisations o ON o.id = v.organisation_id
                 WHERE v.registry_no = $1 OR o.business_number = $1",
                name,
            )
            .await
        }
        HoldLevel::Programme => tx.find("SELECT id, name_ko FROM programmes WHERE code = $1", name).await,
    }
}
