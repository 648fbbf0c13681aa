//! What the firm was asked to supplement, item by item, and what it answered.

use crate::{
    applications::{
        ApplicationId,
        rules::{Section, defects::Defect},
    },
    db::Tx,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A round of supplements.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Supplement {
    pub round: i64,
    pub due_at: DateTime<Utc>,
    pub asked_at: DateTime<Utc>,
    pub answered_at: Option<DateTime<Utc>>,
    /// One defect a line, as it was mailed; rounds before there was a catalogue have nothing else.
    pub items: String,
}

/// The last round of supplements, if there was one.
pub async fn last(tx: &mut Tx, id: ApplicationId) -> sqlx::Result<Option<Supplement>> {
    tx.find(
        "SELECT round, due_at, asked_at, answered_at, items FROM supplement_requests
         WHERE application_id = $1 ORDER BY round DESC LIMIT 1",
        (id,),
    )
    .await
}

pub async fn insert(
    tx: &mut Tx,
    id: ApplicationId,
    round: i64,
    (items, defects): (String, &[Defect]),
    due_at: DateTime<Utc>,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    tx.run(
        "INSERT INTO supplement_requests (application_id, round, items, due_at, asked_by, asked_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        (id, round, items, due_at, by, now),
    )
    .await?;
    let mut insert =
        tx.query("INSERT INTO supplement_items (application_id, round, position, section, defect, note) VALUES ", ());
    let rows = (1_i64..).zip(defects).map(|(position, defect)| {
        let section = defect.section.map_or("", Section::as_str);
        (id, round, position, section, defect.code.clone(), defect.note.clone())
    });
    insert.add_rows("(?, ?, ?, ?, ?, ?)", rows);
    tx.execute(insert).await?;
    Ok(())
}

/// What one round asked for, in the officer's order.
pub async fn items(tx: &mut Tx, id: ApplicationId, round: i64) -> sqlx::Result<Vec<Defect>> {
    let rows: Vec<(String, String, String)> = tx
        .all(
            "SELECT section, defect, note FROM supplement_items WHERE application_id = $1 AND round = $2 ORDER BY position",
            (id, round),
        )
        .await?;
    Ok(rows.into_iter().map(|(section, code, note)| Defect { section: section.parse().ok(), code, note }).collect())
}

/// The answers of one round by section; the empty section is the whole application.
pub async fn answers(tx: &mut Tx, id: ApplicationId, round: i64) -> sqlx::Result<Vec<(String, String)>> {
    tx.all(
        "SELECT section, answer FROM supplement_answers WHERE application_id = $1 AND round = $2 ORDER BY section",
        (id, round),
    )
    .await
}

pub async fn put_answer(
    tx: &mut Tx,
    id: ApplicationId,
    round: i64,
    section: &str,
    answer: &str,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO supplement_answers (application_id, round, section, answer, answered_by, answered_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (application_id, round, section) DO UPDATE SET answer = $4, answered_by = $5, answered_at = $6",
        (id, round, section.to_owned(), answer.to_owned(), by, now),
    )
    .await
}

/// False when the round is allowed already.
pub async fn approve(
    tx: &mut Tx,
    id: ApplicationId,
    round: i64,
    reason: &str,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO supplement_approvals (application_id, round, reason, approved_by, approved_at)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            (id, round, reason.to_owned(), by, now),
        )
        .await?;
    Ok(rows == 1)
}

pub async fn is_approved(tx: &mut Tx, id: ApplicationId, round: i64) -> sqlx::Result<bool> {
    tx.exists("SELECT 1 FROM supplement_approvals WHERE application_id = $1 AND round = $2", (id, round)).await
}
