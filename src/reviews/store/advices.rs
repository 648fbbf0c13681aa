//! What a generative model was asked about an application, what it said, and what a person made of it.

use crate::{
    applications::ApplicationId,
    core::step::Step,
    db::Tx,
    reviews::{AdviceId, Advised, rules::*},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// An advice that is asked for.
pub struct NewAdvice {
    pub id: AdviceId,
    pub application: ApplicationId,
    pub round: i64,
    pub asked_by: Uuid,
    pub asked_at: DateTime<Utc>,
    pub model: String,
    pub prompt: Prompt,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AdviceRow {
    pub id: AdviceId,
    pub application_id: ApplicationId,
    pub asker: String,
    pub asked_at: DateTime<Utc>,
    /// As the settings called it then.
    pub model: String,
    pub prompt_version: String,
    pub instructions: String,
    pub input: String,
    pub prompt_sha256: Vec<u8>,
    pub state: AdviceState,
    pub answered_at: Option<DateTime<Utc>>,
    /// As it calls itself.
    pub answered_model: Option<String>,
    pub answer: Option<String>,
    pub trouble: Option<AdviceTrouble>,
    pub judge: Option<String>,
    pub judged_at: Option<DateTime<Utc>>,
    pub note: Option<String>,
}

impl AdviceRow {
    pub fn prompt(&self) -> Prompt {
        Prompt { instructions: self.instructions.clone(), input: self.input.clone() }
    }
}

macro_rules! select_advice {
    ($rest:literal) => {
        concat!(
            "SELECT v.id, v.application_id, p.name AS asker, v.asked_at, v.model, v.prompt_version, v.instructions,
                v.input, v.prompt_sha256, v.state, v.answered_at, v.answered_model, v.answer, v.trouble, j.name AS judge,
                v.judged_at, v.note
             FROM assistant_advices v JOIN people p ON p.id = v.asked_by LEFT JOIN people j ON j.id = v.judged_by ",
            $rest
        )
    };
}

/// For the job, which sees all.
pub async fn find_advice(tx: &mut Tx, id: AdviceId) -> sqlx::Result<Option<AdviceRow>> {
    tx.find(select_advice!("WHERE v.id = $1"), (id,)).await
}

/// The advice unless `reader` still has to score its application.
pub async fn find_seen_advice(tx: &mut Tx, reader: Uuid, id: AdviceId) -> sqlx::Result<Option<AdviceRow>> {
    tx.find(
        select_advice!(
            "WHERE v.id = $2 AND NOT EXISTS (SELECT 1 FROM review_assignments r WHERE r.application_id = v.application_id
                AND r.reviewer_id = $1 AND r.state IN ('proposed', 'accepted'))"
        ),
        (reader, id),
    )
    .await
}

/// All about an application, the latest first; none for a `reader` who still has to score it.
pub async fn advices_of(tx: &mut Tx, reader: Uuid, application: ApplicationId) -> sqlx::Result<Vec<AdviceRow>> {
    tx.all(
        select_advice!(
            "WHERE v.application_id = $2 AND NOT EXISTS (SELECT 1 FROM review_assignments r
                WHERE r.application_id = v.application_id AND r.reviewer_id = $1 AND r.state IN ('proposed', 'accepted'))
             ORDER BY v.asked_at DESC, v.id DESC LIMIT 50"
        ),
        (reader, application),
    )
    .await
}

/// Whether this person still has to score the application.
pub async fn still_scores(tx: &mut Tx, person: Uuid, application: ApplicationId) -> sqlx::Result<bool> {
    tx.exists(
        "SELECT 1 FROM review_assignments WHERE application_id = $1 AND reviewer_id = $2 AND state IN ('proposed', 'accepted')",
        (application, person),
    )
    .await
}

/// Whether an answer waits for a person's judgement.
pub async fn advice_waits(tx: &mut Tx, application: ApplicationId) -> sqlx::Result<bool> {
    tx.exists("SELECT 1 FROM assistant_advices WHERE application_id = $1 AND state = 'answered'", (application,)).await
}

/// False when one is open already.
pub async fn insert_advice(tx: &mut Tx, new: &NewAdvice) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO assistant_advices (id, application_id, round, asked_by, asked_at, model, prompt_version, instructions,
                input, prompt_sha256, state)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'waiting') ON CONFLICT DO NOTHING",
            (
                new.id,
                new.application,
                new.round,
                new.asked_by,
                new.asked_at,
                new.model.clone(),
                PROMPT_VERSION,
                new.prompt.instructions.clone(),
                new.prompt.input.clone(),
                new.prompt.sha256(),
            ),
        )
        .await?;
    Ok(rows == 1)
}

/// False when it was ended before.
pub async fn answer_advice(
    tx: &mut Tx,
    id: AdviceId,
    step: &Step<AdviceState>,
    (advised, answer): (&Advised, String),
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE assistant_advices SET state = $3, answered_at = $4, answered_model = $5, answer = $6
             WHERE id = $1 AND state = $2",
            (id, step.from, step.to, now, advised.model.clone(), answer),
        )
        .await?;
    Ok(rows == 1)
}

/// False when it was ended before.
pub async fn fail_advice(
    tx: &mut Tx,
    id: AdviceId,
    step: &Step<AdviceState>,
    trouble: AdviceTrouble,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE assistant_advices SET state = $3, answered_at = $4, trouble = $5 WHERE id = $1 AND state = $2",
            (id, step.from, step.to, now, trouble),
        )
        .await?;
    Ok(rows == 1)
}

/// False when somebody else judged it first.
pub async fn judge_advice(
    tx: &mut Tx,
    id: AdviceId,
    step: &Step<AdviceState>,
    (by, note): (Uuid, &str),
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE assistant_advices SET state = $3, judged_by = $4, judged_at = $5, note = $6 WHERE id = $1 AND state = $2",
            (id, step.from, step.to, by, now, note.to_owned()),
        )
        .await?;
    Ok(rows == 1)
}
