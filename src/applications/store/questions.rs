//! The library of questions, and what firms answered.

use crate::{
    applications::{ApplicationId, rules::questions::QuestionKind},
    core::lang::Lang,
    db::Tx,
    programmes::QuestionRule,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// One version of a question.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Question {
    pub code: String,
    pub version: i64,
    pub kind: QuestionKind,
    pub label_ko: String,
    pub label_en: String,
    pub hint_ko: String,
    pub hint_en: String,
    /// One a line, in the same order in both languages.
    pub choices_ko: String,
    pub choices_en: String,
    /// An expression; empty where it is always asked.
    pub asked_if: String,
    pub made_by: Uuid,
    pub made_at: DateTime<Utc>,
}

impl Question {
    pub fn label(&self, lang: Lang) -> &str {
        lang.of(&self.label_ko, &self.label_en)
    }

    pub fn hint(&self, lang: Lang) -> Option<&str> {
        Some(lang.of(&self.hint_ko, &self.hint_en)).filter(|hint| !hint.is_empty())
    }

    /// The choices with the answers that stand for them: their places, from 1.
    pub fn choices(&self, lang: Lang) -> Vec<(String, &str)> {
        let words = lang.of(&self.choices_ko, &self.choices_en);
        (1..).zip(words.lines()).map(|(place, words): (usize, &str)| (place.to_string(), words)).collect()
    }
}

macro_rules! select_question {
    ($rest:literal) => {
        concat!(
            "SELECT code, version, kind, label_ko, label_en, hint_ko, hint_en, choices_ko, choices_en, asked_if, made_by, made_at FROM questions q ",
            $rest
        )
    };
}

/// The questions that a call asks, in its order; None for one that the library does not have.
pub async fn asked(tx: &mut Tx, rules: &[QuestionRule]) -> sqlx::Result<Vec<Option<Question>>> {
    if rules.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = tx.query(select_question!(""), ());
    query.add_list("WHERE code IN (?)", rules.iter().map(|rule| rule.code.clone()));
    let known: Vec<Question> = tx.fetch_all(query).await?;
    let find = |rule: &QuestionRule| known.iter().find(|q| (&q.code, q.version) == (&rule.code, rule.version)).cloned();
    Ok(rules.iter().map(find).collect())
}

/// The newest version of every question.
pub async fn newest(tx: &mut Tx) -> sqlx::Result<Vec<Question>> {
    tx.all(
        select_question!(
            "WHERE version = (SELECT MAX(n.version) FROM questions n WHERE n.code = q.code) ORDER BY code LIMIT 500"
        ),
        (),
    )
    .await
}

/// All versions of one question, newest first.
pub async fn versions(tx: &mut Tx, code: &str) -> sqlx::Result<Vec<Question>> {
    tx.all(select_question!("WHERE code = $1 ORDER BY version DESC LIMIT 100"), (code.to_owned(),)).await
}

/// False when this version is there already.
pub async fn insert(tx: &mut Tx, question: &Question) -> sqlx::Result<bool> {
    let new = question.clone();
    let rows = tx
        .run(
            "INSERT INTO questions (code, version, kind, label_ko, label_en, hint_ko, hint_en, choices_ko, choices_en, asked_if,
                made_by, made_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING",
            (
                new.code,
                new.version,
                new.kind,
                new.label_ko,
                new.label_en,
                new.hint_ko,
                new.hint_en,
                new.choices_ko,
                new.choices_en,
                new.asked_if,
                new.made_by,
                new.made_at,
            ),
        )
        .await?;
    Ok(rows == 1)
}

/// Codes and answers of an application.
pub async fn answers(tx: &mut Tx, id: ApplicationId) -> sqlx::Result<Vec<(String, String)>> {
    tx.all("SELECT code, answer FROM application_answers WHERE application_id = $1 ORDER BY code", (id,)).await
}

pub async fn put_answer(tx: &mut Tx, id: ApplicationId, code: &str, answer: &str) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO application_answers (application_id, code, answer) VALUES ($1, $2, $3)
         ON CONFLICT (application_id, code) DO UPDATE SET answer = $3",
        (id, code.to_owned(), answer.to_owned()),
    )
    .await
}
