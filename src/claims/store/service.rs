//! The service clock: pauses, places in the queue, and how long decisions took.

use super::*;
use crate::claims::rules::{clock::Pause, four_way};

/// A time in which a claim waits for its vendor.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PauseRow {
    pub reason: String,
    /// What is missing, one a line.
    pub items: String,
    pub paused_at: DateTime<Utc>,
    pub answer_by: DateTime<Utc>,
    pub resumed_at: Option<DateTime<Utc>>,
}

impl PauseRow {
    pub fn pause(&self) -> Pause {
        Pause { from: self.paused_at, to: self.resumed_at }
    }

    pub fn missing(&self) -> impl Iterator<Item = &str> {
        self.items.lines().map(str::trim).filter(|item| !item.is_empty())
    }
}

pub async fn pauses(tx: &mut Tx, claim: ClaimId) -> sqlx::Result<Vec<PauseRow>> {
    tx.all(
        "SELECT reason, items, paused_at, answer_by, resumed_at FROM claim_pauses
         WHERE claim_id = $1 ORDER BY paused_at, id",
        (claim,),
    )
    .await
}

/// Stops the clock of a claim.
pub async fn pause(
    tx: &mut Tx,
    claim: ClaimId,
    (reason, items): (&'static str, &str),
    by: Uuid,
    (now, answer_by): (DateTime<Utc>, DateTime<Utc>),
) -> sqlx::Result<()> {
    let id = crate::core::ids::new_uuid();
    tx.run(
        "INSERT INTO claim_pauses (id, claim_id, reason, items, paused_by, paused_at, answer_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        (id, claim, reason, items.to_owned(), by, now, answer_by),
    )
    .await?;
    tx.run("UPDATE claims SET due_at = NULL WHERE id = $1", (claim,)).await?;
    Ok(())
}

/// Lets the clock run on.
pub async fn resume(tx: &mut Tx, claim: ClaimId, now: DateTime<Utc>) -> sqlx::Result<()> {
    tx.run("UPDATE claim_pauses SET resumed_at = $2 WHERE claim_id = $1 AND resumed_at IS NULL", (claim, now)).await?;
    Ok(())
}

/// Notes the place of a claim, and what its invoice is compared by.
pub async fn note_place(tx: &mut Tx, claim: &Claim) -> sqlx::Result<()> {
    let fold = four_way::fold(&claim.invoice_no);
    tx.run(
        "UPDATE claims SET tax_kind = $2, queued_at = $3, due_at = $4, invoice_fold = $5 WHERE id = $1",
        (claim.id, claim.tax_kind, claim.queued_at, claim.due_at, fold),
    )
    .await?;
    Ok(())
}

/// Notes how many business days a decision took.
pub async fn note_service(tx: &mut Tx, claim: ClaimId, days: i64) -> sqlx::Result<()> {
    tx.run("UPDATE claims SET service_days = $2, due_at = NULL WHERE id = $1", (claim, days)).await?;
    Ok(())
}

/// When claims were decided since `since`, and in how many business days.
pub async fn decided_since(tx: &mut Tx, since: DateTime<Utc>) -> sqlx::Result<Vec<(DateTime<Utc>, i64)>> {
    tx.all(
        "SELECT checked_at, service_days FROM claims
         WHERE service_days IS NOT NULL AND checked_at >= $1 ORDER BY checked_at, id LIMIT 100000",
        (since,),
    )
    .await
}

/// A claim that waits for an officer.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct QueueRow {
    pub id: ClaimId,
    pub number: String,
    pub firm_name: String,
    pub vendor_name: String,
    pub support_won: Won,
    pub queued_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
}

/// One page of the claims that wait for an officer: what is due first comes first.
pub async fn queue(tx: &mut Tx, after: Option<Cursor>) -> sqlx::Result<Paged<QueueRow>> {
    let mut query = tx.query(
        "SELECT c.id, c.number, f.legal_name AS firm_name, o.legal_name AS vendor_name, c.support_won,
                COALESCE(c.queued_at, c.submitted_at) AS queued_at, COALESCE(c.due_at, c.submitted_at) AS due_at
         FROM claims c JOIN organisations f ON f.id = c.organisation_id JOIN vendors v ON v.id = c.vendor_id
         JOIN organisations o ON o.id = v.organisation_id WHERE c.state = 'delivery_accepted'",
        (),
    );
    if let Some(after) = after {
        query.add(" AND (COALESCE(c.due_at, c.submitted_at), c.id) > (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY COALESCE(c.due_at, c.submitted_at), c.id LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    let count = tx
        .value(
            "SELECT COUNT(*) FROM (SELECT 1 FROM claims WHERE state = 'delivery_accepted' LIMIT $1) AS counted",
            (COUNT_MAX + 1,),
        )
        .await?
        .unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &QueueRow| Cursor { at: row.due_at, id: row.id.0 }))
}
