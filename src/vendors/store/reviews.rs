//! Campaigns of the yearly review and the review of each vendor.

use crate::{
    core::actor::Actor,
    db::{
        Query, Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
    vendors::{VendorId, forms::NewCampaign, rules::reviews::ReviewState},
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Campaign {
    pub name: String,
    pub due_on: NaiveDate,
    pub sample_percent: i64,
    pub listed: i64,
    pub waiting: i64,
}

/// The review of one vendor.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Review {
    pub id: Uuid,
    pub vendor_id: VendorId,
    pub vendor_name: String,
    pub campaign_name: String,
    pub due_on: NaiveDate,
    pub state: ReviewState,
    pub is_sampled: bool,
    pub decided_by: Option<Uuid>,
    pub note: String,
    pub appeal: String,
    pub appeal_by: Option<NaiveDate>,
    pub appeal_decided_by: Option<Uuid>,
    pub state_since: DateTime<Utc>,
}

macro_rules! select_review {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.vendor_id, o.legal_name AS vendor_name, k.name AS campaign_name, k.due_on, r.state, r.is_sampled,
                r.decided_by, r.note, r.appeal, r.appeal_by, r.appeal_decided_by, r.state_since
             FROM vendor_reviews r JOIN vendor_campaigns k ON k.id = r.campaign_id JOIN vendors v ON v.id = r.vendor_id
             JOIN organisations o ON o.id = v.organisation_id WHERE 1 = 1",
            $rest
        )
    };
}

pub async fn campaigns(tx: &mut Tx) -> sqlx::Result<Vec<Campaign>> {
    tx.all(
        "SELECT k.name, k.due_on, k.sample_percent, COUNT(r.id) AS listed,
            COUNT(r.id) FILTER (WHERE r.state IN ('open', 'confirmed', 'appealed')) AS waiting
         FROM vendor_campaigns k LEFT JOIN vendor_reviews r ON r.campaign_id = k.id
         GROUP BY k.id, k.name, k.due_on, k.sample_percent, k.opened_at ORDER BY k.opened_at DESC, k.id LIMIT 20",
        (),
    )
    .await
}

pub async fn review(tx: &mut Tx, id: Uuid) -> sqlx::Result<Option<Review>> {
    tx.find(select_review!(" AND r.id = $1"), (id,)).await
}

/// The latest review of a vendor.
pub async fn latest_review(tx: &mut Tx, vendor: VendorId) -> sqlx::Result<Option<Review>> {
    tx.find(select_review!(" AND r.vendor_id = $1 ORDER BY r.state_since DESC, r.id DESC LIMIT 1"), (vendor,)).await
}

/// Those that waited longest come last: the newest move first.
pub async fn reviews(tx: &mut Tx, state: Option<ReviewState>, after: Option<Cursor>) -> sqlx::Result<Paged<Review>> {
    let narrow = |query: &mut Query| {
        if let Some(state) = state {
            query.add(" AND r.state = ?", (state,));
        }
    };
    let mut query = tx.query(select_review!(""), ());
    narrow(&mut query);
    if let Some(after) = after {
        query.add(" AND (r.state_since, r.id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY r.state_since DESC, r.id DESC LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    let mut query = tx.query("SELECT COUNT(*) FROM (SELECT r.id FROM vendor_reviews r WHERE 1 = 1", ());
    narrow(&mut query);
    query.add(" LIMIT ?) AS counted", (COUNT_MAX + 1,));
    let count = tx.fetch_value(query).await?.unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &Review| Cursor { at: row.state_since, id: row.id }))
}

/// Failed reviews whose time to appeal is over, some at a time.
pub async fn unappealed(tx: &mut Tx, today: NaiveDate) -> sqlx::Result<Vec<Review>> {
    tx.all(
        select_review!(" AND r.state = 'failed' AND r.appeal_by < $1 ORDER BY r.state_since, r.id LIMIT 100"),
        (today,),
    )
    .await
}

pub async fn registered_vendors(tx: &mut Tx) -> sqlx::Result<Vec<VendorId>> {
    tx.values("SELECT id FROM vendors WHERE state IN ('approved', 'suspended') ORDER BY id LIMIT 100000", ()).await
}

pub async fn insert_campaign(
    tx: &mut Tx,
    id: Uuid,
    new: NewCampaign,
    actor: &Actor,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO vendor_campaigns (id, name, due_on, sample_percent, opened_by, opened_at) VALUES ($1, $2, $3, $4, $5, $6)",
        (id, new.name, new.due_on, new.sample_percent, actor.id, now),
    )
    .await
}

/// Lists vendors in a campaign, each with whether it is drawn.
pub async fn insert_reviews(
    tx: &mut Tx,
    campaign: Uuid,
    listed: Vec<(VendorId, bool)>,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    let mut rows = 0;
    for chunk in listed.chunks(500) {
        let mut query = tx.query(
            "INSERT INTO vendor_reviews (id, campaign_id, vendor_id, state, is_sampled, state_since) VALUES ",
            (),
        );
        query.add_rows(
            "(?, ?, ?, 'open', ?, ?)",
            chunk.iter().map(|(vendor, drawn)| (crate::core::ids::new_uuid(), campaign, *vendor, *drawn, now)),
        );
        rows += tx.execute(query).await?;
    }
    Ok(rows)
}

/// Moves a review to what `review` says. False when it has left `from`.
pub async fn move_review(tx: &mut Tx, from: ReviewState, review: &Review, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE vendor_reviews SET state = $3, decided_by = $4, note = $5, appeal = $6, appeal_by = $7, appeal_decided_by = $8,
                state_since = $9, decided_at = CASE WHEN $3 IN ('passed', 'failed') THEN $9 ELSE decided_at END,
                appeal_decided_at = CASE WHEN $2 = 'appealed' THEN $9 ELSE appeal_decided_at END
             WHERE id = $1 AND state = $2",
            (
                review.id,
                from,
                review.state,
                review.decided_by,
                review.note.clone(),
                review.appeal.clone(),
                review.appeal_by,
                review.appeal_decided_by,
                now,
            ),
        )
        .await?;
    Ok(rows == 1)
}
