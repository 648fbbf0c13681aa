//! The catalogue of reasons: each wording a row for ever.

use crate::{db::Tx, reviews::rules::Reason};
use chrono::{DateTime, Utc};
use uuid::Uuid;

macro_rules! select_reason {
    ($rest:literal) => {
        concat!(
            "SELECT code, version, outcomes, basis, name_ko, name_en, letter_ko, letter_en, retired FROM decision_reason_versions v ",
            $rest
        )
    };
}

/// Every reason as it is worded now.
pub async fn reasons(tx: &mut Tx) -> sqlx::Result<Vec<Reason>> {
    tx.all(
        select_reason!(
            "WHERE version = (SELECT MAX(l.version) FROM decision_reason_versions l WHERE l.code = v.code) ORDER BY retired, outcomes DESC, code"
        ),
        (),
    )
    .await
}

pub async fn latest_reason(tx: &mut Tx, code: &str) -> sqlx::Result<Option<Reason>> {
    tx.find(select_reason!("WHERE code = $1 ORDER BY version DESC LIMIT 1"), (code.to_owned(),)).await
}

/// A reason as it was worded in one version.
pub async fn reason_at(tx: &mut Tx, code: &str, version: i64) -> sqlx::Result<Option<Reason>> {
    tx.find(select_reason!("WHERE code = $1 AND version = $2"), (code.to_owned(), version)).await
}

/// False when somebody else put this version first.
pub async fn insert_reason(
    tx: &mut Tx,
    reason: &Reason,
    note: &str,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let new = reason.clone();
    let rows = tx
        .run(
            "INSERT INTO decision_reason_versions (code, version, outcomes, basis, name_ko, name_en, letter_ko, letter_en, retired, note, made_by, made_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING",
            (
                new.code,
                new.version,
                new.outcomes,
                new.basis,
                new.name_ko,
                new.name_en,
                new.letter_ko,
                new.letter_en,
                new.retired,
                note.to_owned(),
                by,
                now,
            ),
        )
        .await?;
    Ok(rows == 1)
}
