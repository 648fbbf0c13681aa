//! What an entry is judged by: statements and verdicts by criterion, references, rounds, questions, conditions.

use crate::{
    core::actor::Actor,
    db::Tx,
    files::FileId,
    vendors::{
        VendorId,
        forms::NewReference,
        rules::criteria::{Criterion, Stated, Verdict},
    },
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// What a vendor states of one criterion, and what an officer decided.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CriterionRow {
    pub criterion: Criterion,
    pub value_milli: Option<i64>,
    pub value_text: String,
    pub value_on: Option<NaiveDate>,
    pub file_id: Option<FileId>,
    pub file_name: Option<String>,
    pub verdict: Option<Verdict>,
    pub note: String,
    pub decided_by: Option<String>,
}

impl CriterionRow {
    pub fn stated(&self) -> Stated {
        Stated { milli: self.value_milli, on: self.value_on, has_file: self.file_id.is_some() }
    }
}

pub async fn criteria(tx: &mut Tx, vendor: VendorId) -> sqlx::Result<Vec<CriterionRow>> {
    tx.all(
        "SELECT c.criterion, c.value_milli, c.value_text, c.value_on, c.file_id, f.name AS file_name, c.verdict, c.note,
            p.name AS decided_by
         FROM vendor_criteria c LEFT JOIN files f ON f.id = c.file_id LEFT JOIN people p ON p.id = c.decided_by
         WHERE c.vendor_id = $1 ORDER BY c.criterion",
        (vendor,),
    )
    .await
}

/// What is stated of a criterion. A new statement takes its verdict back.
pub struct Statement {
    pub criterion: Criterion,
    pub milli: Option<i64>,
    pub text: String,
    pub on: Option<NaiveDate>,
    /// None keeps the document on file.
    pub file: Option<FileId>,
}

pub async fn state(
    tx: &mut Tx,
    vendor: VendorId,
    statement: Statement,
    actor: &Actor,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO vendor_criteria (vendor_id, criterion, value_milli, value_text, value_on, file_id, stated_by, stated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (vendor_id, criterion) DO UPDATE SET value_milli = $3, value_text = $4, value_on = $5,
            file_id = COALESCE($6, vendor_criteria.file_id), stated_by = $7, stated_at = $8, verdict = NULL, note = '',
            decided_by = NULL, decided_at = NULL",
        (
            vendor,
            statement.criterion,
            statement.milli,
            statement.text,
            statement.on,
            statement.file.map(|file| file.0),
            actor.id,
            now,
        ),
    )
    .await
}

/// Writes down a verdict, also about what was never stated.
pub async fn judge(
    tx: &mut Tx,
    vendor: VendorId,
    criterion: Criterion,
    verdict: Verdict,
    note: String,
    actor: &Actor,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO vendor_criteria (vendor_id, criterion, value_text, stated_by, stated_at, verdict, note, decided_by, decided_at)
         VALUES ($1, $2, '', $5, $6, $3, $4, $5, $6)
         ON CONFLICT (vendor_id, criterion) DO UPDATE SET verdict = $3, note = $4, decided_by = $5, decided_at = $6",
        (vendor, criterion, verdict, note, actor.id, now),
    )
    .await
}

/// A new round begins without verdicts.
pub async fn forget_verdicts(tx: &mut Tx, vendor: VendorId) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE vendor_criteria SET verdict = NULL, note = '', decided_by = NULL, decided_at = NULL WHERE vendor_id = $1",
        (vendor,),
    )
    .await
}

/// A customer that a vendor names.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ReferenceRow {
    pub id: Uuid,
    pub business_number: String,
    pub name: String,
    pub months_used: i64,
    pub gain_milli: i64,
    pub satisfied: bool,
    pub ties: String,
    pub in_register: bool,
}

impl ReferenceRow {
    /// Whether it counts: long enough, satisfied, not an affiliate.
    pub fn counts(&self) -> bool {
        self.satisfied && self.ties.is_empty() && self.months_used >= crate::vendors::rules::criteria::MONTHS_USED_MIN
    }
}

pub async fn references(tx: &mut Tx, vendor: VendorId) -> sqlx::Result<Vec<ReferenceRow>> {
    tx.all(
        "SELECT id, business_number, name, months_used, gain_milli, satisfied, ties, in_register FROM vendor_references
         WHERE vendor_id = $1 ORDER BY added_at, id LIMIT 50",
        (vendor,),
    )
    .await
}

/// False when this customer is named already.
pub async fn insert_reference(
    tx: &mut Tx,
    id: Uuid,
    vendor: VendorId,
    new: NewReference,
    ties: String,
    in_register: bool,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO vendor_references (id, vendor_id, business_number, name, months_used, gain_milli, satisfied, ties, in_register, added_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (vendor_id, business_number) DO NOTHING",
            (
                id,
                vendor,
                new.business_number,
                new.name,
                new.months_used,
                new.gain_milli,
                new.satisfied,
                ties,
                in_register,
                now,
            ),
        )
        .await?;
    Ok(rows == 1)
}

pub async fn delete_reference(tx: &mut Tx, vendor: VendorId, id: Uuid) -> sqlx::Result<bool> {
    Ok(tx.run("DELETE FROM vendor_references WHERE vendor_id = $1 AND id = $2", (vendor, id)).await? == 1)
}

/// One submission and its decision.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Round {
    pub id: Uuid,
    pub recommended_by: Option<Uuid>,
    pub recommended_name: Option<String>,
    pub recommendation: Option<String>,
}

pub async fn insert_round(
    tx: &mut Tx,
    id: Uuid,
    vendor: VendorId,
    actor: &Actor,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO vendor_rounds (id, vendor_id, submitted_by, submitted_at) VALUES ($1, $2, $3, $4)",
        (id, vendor, actor.id, now),
    )
    .await
}

/// The round that is not decided yet.
pub async fn open_round(tx: &mut Tx, vendor: VendorId) -> sqlx::Result<Option<Round>> {
    tx.find(
        "SELECT r.id, r.recommended_by, p.name AS recommended_name, r.recommendation
         FROM vendor_rounds r LEFT JOIN people p ON p.id = r.recommended_by
         WHERE r.vendor_id = $1 AND r.outcome IS NULL ORDER BY r.submitted_at DESC, r.id DESC LIMIT 1",
        (vendor,),
    )
    .await
}

pub async fn recommend(tx: &mut Tx, round: Uuid, actor: &Actor, note: String, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE vendor_rounds SET recommended_by = $2, recommended_at = $3, recommendation = $4 WHERE id = $1 AND outcome IS NULL",
        (round, actor.id, now, note),
    )
    .await
}

pub async fn end_round(
    tx: &mut Tx,
    round: Uuid,
    outcome: &'static str,
    actor: &Actor,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE vendor_rounds SET decided_by = $2, decided_at = $3, outcome = $4 WHERE id = $1 AND outcome IS NULL",
        (round, actor.id, now, outcome),
    )
    .await
}

/// A question of the agency and its answer.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Question {
    pub id: Uuid,
    pub question: String,
    pub due_on: NaiveDate,
    pub answer: Option<String>,
}

pub async fn questions(tx: &mut Tx, vendor: VendorId) -> sqlx::Result<Vec<Question>> {
    tx.all(
        "SELECT id, question, due_on, answer FROM vendor_questions
         WHERE vendor_id = $1 ORDER BY asked_at, position LIMIT 200",
        (vendor,),
    )
    .await
}

/// Those that wait for an answer.
pub async fn open_questions(tx: &mut Tx, vendor: VendorId) -> sqlx::Result<Vec<Question>> {
    tx.all(
        "SELECT id, question, due_on, answer FROM vendor_questions
         WHERE vendor_id = $1 AND answer IS NULL ORDER BY asked_at, position LIMIT 50",
        (vendor,),
    )
    .await
}

/// A question to be asked.
pub struct NewQuestion {
    pub vendor: VendorId,
    pub round: Uuid,
    pub position: i64,
    pub text: String,
    pub due_on: NaiveDate,
}

pub async fn insert_question(tx: &mut Tx, new: NewQuestion, actor: &Actor, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO vendor_questions (id, vendor_id, round_id, position, question, due_on, asked_by, asked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        (crate::core::ids::new_uuid(), new.vendor, new.round, new.position, new.text, new.due_on, actor.id, now),
    )
    .await
}

pub async fn answer(tx: &mut Tx, question: Uuid, text: String, actor: &Actor, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE vendor_questions SET answer = $2, answered_by = $3, answered_at = $4 WHERE id = $1 AND answer IS NULL",
        (question, text, actor.id, now),
    )
    .await
}

/// What an approval depends on.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Condition {
    pub id: Uuid,
    pub vendor_id: VendorId,
    pub wording: String,
    pub due_on: NaiveDate,
    pub met_at: Option<DateTime<Utc>>,
}

pub async fn conditions(tx: &mut Tx, vendor: VendorId) -> sqlx::Result<Vec<Condition>> {
    tx.all(
        "SELECT id, vendor_id, wording, due_on, met_at FROM vendor_conditions WHERE vendor_id = $1 ORDER BY due_on, id LIMIT 100",
        (vendor,),
    )
    .await
}

pub async fn condition(tx: &mut Tx, id: Uuid) -> sqlx::Result<Option<Condition>> {
    tx.find("SELECT id, vendor_id, wording, due_on, met_at FROM vendor_conditions WHERE id = $1", (id,)).await
}

pub async fn insert_condition(
    tx: &mut Tx,
    vendor: VendorId,
    wording: String,
    due_on: NaiveDate,
    actor: &Actor,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO vendor_conditions (id, vendor_id, wording, due_on, set_by, set_at) VALUES ($1, $2, $3, $4, $5, $6)",
        (crate::core::ids::new_uuid(), vendor, wording, due_on, actor.id, now),
    )
    .await
}

/// False when it was met before.
pub async fn meet(tx: &mut Tx, id: Uuid, actor: &Actor, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let rows = tx.run(
        "UPDATE vendor_conditions SET met_by = $2, met_at = $3 WHERE id = $1 AND met_at IS NULL",
        (id, actor.id, now),
    );
    Ok(rows.await? == 1)
}

/// Conditions of approved vendors whose day has passed, where the vendor is not suspended for it already.
pub async fn overdue_conditions(tx: &mut Tx, today: NaiveDate) -> sqlx::Result<Vec<Condition>> {
    tx.all(
        "SELECT c.id, c.vendor_id, c.wording, c.due_on, c.met_at FROM vendor_conditions c JOIN vendors v ON v.id = c.vendor_id
         WHERE c.met_at IS NULL AND c.due_on < $1 AND v.state = 'approved'
            AND NOT EXISTS (SELECT 1 FROM vendor_suspensions x WHERE x.vendor_id = c.vendor_id AND x.from_on > c.due_on)
         ORDER BY c.due_on, c.id LIMIT 100",
        (today,),
    )
    .await
}
