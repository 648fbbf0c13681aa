//! How panels and reviewers score: figures kept with every finished review, and blind second reads.

use crate::{
    applications::ApplicationId,
    db::{
        Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
    programmes::CallId,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Adds one finished read: the total, and how far it lay from the panel's mean.
pub async fn note_read(
    tx: &mut Tx,
    call: CallId,
    reviewer: Uuid,
    total_milli: i64,
    bias_milli: i64,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO reviewer_figures (call_id, reviewer_id, reads, total_milli, bias_milli, distance_milli)
         VALUES ($1, $2, 1, $3, $4, $5) ON CONFLICT (call_id, reviewer_id) DO UPDATE SET reads = reviewer_figures.reads + 1,
            total_milli = reviewer_figures.total_milli + excluded.total_milli,
            bias_milli = reviewer_figures.bias_milli + excluded.bias_milli,
            distance_milli = reviewer_figures.distance_milli + excluded.distance_milli",
        (call, reviewer, total_milli, bias_milli, bias_milli.abs()),
    )
    .await
}

/// One reviewer's figures in a call.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct FiguresRow {
    pub name: String,
    pub reads: i64,
    pub total_milli: i64,
    pub bias_milli: i64,
    pub distance_milli: i64,
}

/// Everybody who scored in a call, those furthest from their panels first.
pub async fn figures(tx: &mut Tx, call: CallId) -> sqlx::Result<Vec<FiguresRow>> {
    tx.all(
        "SELECT p.name, f.reads, f.total_milli, f.bias_milli, f.distance_milli
         FROM reviewer_figures f JOIN people p ON p.id = f.reviewer_id
         WHERE f.call_id = $1 ORDER BY ABS(f.bias_milli / f.reads) DESC, f.reviewer_id LIMIT 500",
        (call,),
    )
    .await
}

pub async fn insert_sample(
    tx: &mut Tx,
    application: ApplicationId,
    call: CallId,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO review_samples (application_id, call_id, drawn_at) VALUES ($1, $2, $3)
         ON CONFLICT (application_id) DO NOTHING",
        (application, call, now),
    )
    .await
}

pub async fn is_sampled(tx: &mut Tx, application: ApplicationId) -> sqlx::Result<bool> {
    tx.exists("SELECT 1 FROM review_samples WHERE application_id = $1", (application,)).await
}

/// A drawn review with its second read, as far as it is there.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SampleRow {
    pub application_id: ApplicationId,
    pub title: String,
    pub receipt_no: Option<String>,
    pub drawn_at: DateTime<Utc>,
    pub score_milli: i64,
    /// The reader's, once assigned.
    pub reader: Option<String>,
    /// Once locked.
    pub second_milli: Option<i64>,
}

pub async fn samples(tx: &mut Tx, after: Option<Cursor>) -> sqlx::Result<Paged<SampleRow>> {
    let mut query = tx.query(
        "SELECT s.application_id, x.title, x.receipt_no, s.drawn_at, r.score_milli, p.name AS reader,
            CASE WHEN a.state = 'locked' THEN a.total_milli END AS second_milli
         FROM review_samples s JOIN applications x ON x.id = s.application_id
         JOIN review_results r ON r.application_id = s.application_id AND r.standing
         LEFT JOIN review_assignments a ON a.application_id = s.application_id AND a.purpose = 'sample'
            AND a.state NOT IN ('recused', 'released')
         LEFT JOIN people p ON p.id = a.reviewer_id WHERE 1 = 1",
        (),
    );
    if let Some(after) = after {
        query.add(" AND (s.drawn_at, s.application_id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY s.drawn_at DESC, s.application_id DESC LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    let count = tx
        .value("SELECT COUNT(*) FROM (SELECT 1 FROM review_samples LIMIT $1) AS counted", (COUNT_MAX + 1,))
        .await?
        .unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &SampleRow| Cursor { at: row.drawn_at, id: row.application_id.0 }))
}

/// Second reads that are done, and those that differ from their result by more than `difference_milli`.
pub async fn sample_errors(tx: &mut Tx, difference_milli: i64) -> sqlx::Result<(i64, i64)> {
    tx.get(
        "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN ABS(a.total_milli - r.score_milli) > $1 THEN 1 ELSE 0 END), 0) AS BIGINT)
         FROM review_samples s JOIN review_assignments a ON a.application_id = s.application_id AND a.purpose = 'sample'
            AND a.state = 'locked' JOIN review_results r ON r.application_id = s.application_id AND r.standing",
        (difference_milli,),
    )
    .await
}
