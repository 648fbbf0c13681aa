//! Rows of the imported register, and of every question that was asked of a register.

use crate::{
    db::Tx,
    organisations::{OrganisationId, register::Answer, rules::RegisterStatus},
};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::types::Json;
use uuid::Uuid;

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct RegisterImport {
    pub id: Uuid,
    pub file_name: String,
    pub as_of: NaiveDate,
    pub taken: i64,
    pub refused: i64,
    pub imported_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// A line that could not be taken.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct RefusedLine {
    pub line: i64,
    pub problem: String,
    pub content: String,
}

/// One business as a register lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::organisations) struct Entry {
    pub business_number: String,
    pub status: RegisterStatus,
    pub ended_on: Option<NaiveDate>,
}

pub(in crate::organisations) async fn insert_import(
    tx: &mut Tx,
    row: &RegisterImport,
    sha256: Vec<u8>,
    by: Uuid,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO register_imports (id, file_name, sha256, as_of, taken, refused, imported_by, imported_at)
         VALUES ($1, $2, $3, $4, 0, 0, $5, $6)",
        (row.id, row.file_name.clone(), sha256, row.as_of, by, row.imported_at),
    )
    .await
}

/// Puts entries in the place of older ones; what a later register says stays.
pub(in crate::organisations) async fn put_entries(
    tx: &mut Tx,
    import: Uuid,
    as_of: NaiveDate,
    entries: Vec<Entry>,
) -> sqlx::Result<u64> {
    if entries.is_empty() {
        return Ok(0);
    }
    let mut insert =
        tx.query("INSERT INTO register_entries (business_number, status, ended_on, as_of, import_id) VALUES ", ());
    let rows = entries.into_iter().map(|entry| (entry.business_number, entry.status, entry.ended_on, as_of, import));
    insert.add_rows("(?, ?, ?, ?, ?)", rows);
    insert.add(
        " ON CONFLICT (business_number) DO UPDATE SET status = excluded.status, ended_on = excluded.ended_on,
            as_of = excluded.as_of, import_id = excluded.import_id WHERE register_entries.as_of <= excluded.as_of",
        (),
    );
    tx.execute(insert).await
}

pub(in crate::organisations) async fn insert_refused_lines(
    tx: &mut Tx,
    import: Uuid,
    lines: Vec<RefusedLine>,
) -> sqlx::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let mut insert = tx.query("INSERT INTO register_import_errors (import_id, line, problem, content) VALUES ", ());
    insert.add_rows("(?, ?, ?, ?)", lines.into_iter().map(|line| (import, line.line, line.problem, line.content)));
    tx.execute(insert).await?;
    Ok(())
}

pub(in crate::organisations) async fn finish_import(
    tx: &mut Tx,
    import: Uuid,
    taken: i64,
    refused: i64,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE register_imports SET taken = $2, refused = $3, finished_at = $4 WHERE id = $1",
        (import, taken, refused, now),
    )
    .await
}

pub(in crate::organisations) async fn imports(tx: &mut Tx) -> sqlx::Result<Vec<RegisterImport>> {
    tx.all(
        "SELECT id, file_name, as_of, taken, refused, imported_at, finished_at FROM register_imports
         ORDER BY imported_at DESC, id DESC LIMIT 20",
        (),
    )
    .await
}

pub(in crate::organisations) async fn find_import(tx: &mut Tx, id: Uuid) -> sqlx::Result<Option<RegisterImport>> {
    tx.find(
        "SELECT id, file_name, as_of, taken, refused, imported_at, finished_at FROM register_imports WHERE id = $1",
        (id,),
    )
    .await
}

pub(in crate::organisations) async fn refused_lines(tx: &mut Tx, import: Uuid) -> sqlx::Result<Vec<RefusedLine>> {
    tx.all(
        "SELECT line, problem, content FROM register_import_errors WHERE import_id = $1 ORDER BY line LIMIT 200",
        (import,),
    )
    .await
}

/// What the imported register says of these numbers.
pub(in crate::organisations) async fn entries(
    tx: &mut Tx,
    numbers: &[String],
) -> sqlx::Result<Vec<(String, RegisterStatus, NaiveDate)>> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = tx.query("SELECT business_number, status, as_of FROM register_entries WHERE 1 = 1", ());
    query.add_list(" AND business_number IN (?)", numbers.iter().cloned());
    tx.fetch_all(query).await
}

/// An organisation whose standing in the register is to be asked.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::organisations) struct Stale {
    pub id: OrganisationId,
    pub business_number: String,
    pub register_status: RegisterStatus,
}

/// Organisations whose last answer is older than `fresh_since` and that were not asked about since `asked_since`.
pub(in crate::organisations) async fn stale(
    tx: &mut Tx,
    fresh_since: DateTime<Utc>,
    asked_since: DateTime<Utc>,
    limit: i64,
) -> sqlx::Result<Vec<Stale>> {
    tx.all(
        "SELECT id, business_number, register_status FROM organisations
         WHERE (register_checked_at IS NULL OR register_checked_at < $1) AND (register_asked_at IS NULL OR register_asked_at < $2)
         ORDER BY register_asked_at NULLS FIRST, id LIMIT $3",
        (fresh_since, asked_since, limit),
    )
    .await
}

pub(in crate::organisations) async fn stale_count(tx: &mut Tx, fresh_since: DateTime<Utc>) -> sqlx::Result<i64> {
    let count = tx
        .value(
            "SELECT COUNT(*) FROM organisations WHERE register_checked_at IS NULL OR register_checked_at < $1",
            (fresh_since,),
        )
        .await?;
    Ok(count.unwrap_or(0))
}

/// When an imported register was last finished.
pub(in crate::organisations) async fn last_import_at(tx: &mut Tx) -> sqlx::Result<Option<DateTime<Utc>>> {
    tx.value(
        "SELECT finished_at FROM register_imports WHERE finished_at IS NOT NULL ORDER BY imported_at DESC, id DESC LIMIT 1",
        (),
    )
    .await
}

/// Notes an answer that stands since `as_of`, if it is newer than the last one. Answers the status before and after.
pub(in crate::organisations) async fn note_answer(
    tx: &mut Tx,
    id: OrganisationId,
    status: RegisterStatus,
    as_of: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE organisations SET register_status = $2, register_checked_at = $3
             WHERE id = $1 AND (register_checked_at IS NULL OR register_checked_at < $3)",
            (id, status, as_of),
        )
        .await?;
    Ok(rows == 1)
}

pub(in crate::organisations) async fn note_asked(
    tx: &mut Tx,
    ids: &[OrganisationId],
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    let mut query = tx.query("UPDATE organisations SET register_asked_at = $1 WHERE 1 = 1", (now,));
    query.add_list(" AND id IN (?)", ids.iter().copied());
    tx.execute(query).await
}

/// One question and its answer.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AskRow {
    pub organisation_id: OrganisationId,
    pub legal_name: String,
    pub connector: String,
    pub outcome: String,
    pub status_before: RegisterStatus,
    pub status_after: RegisterStatus,
    pub asked_at: DateTime<Utc>,
}

#[allow(clippy::too_many_arguments)]
pub(in crate::organisations) async fn insert_ask(
    tx: &mut Tx,
    organisation: &Stale,
    connector: &'static str,
    answer: &Answer,
    outcome: &'static str,
    after: RegisterStatus,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO register_asks (id, organisation_id, connector, request, response, outcome, status_before, status_after, asked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        (
            crate::core::ids::new_uuid(),
            organisation.id,
            connector,
            Json(serde_json::json!({ "business_number": organisation.business_number })),
            Json(answer.raw.clone()),
            outcome,
            organisation.register_status,
            after,
            now,
        ),
    )
    .await
}

/// The latest changes of standing, newest first.
pub(in crate::organisations) async fn changes(tx: &mut Tx) -> sqlx::Result<Vec<AskRow>> {
    tx.all(
        "SELECT a.organisation_id, o.legal_name, a.connector, a.outcome, a.status_before, a.status_after, a.asked_at
         FROM register_asks a JOIN organisations o ON o.id = a.organisation_id
         WHERE a.outcome = 'changed' ORDER BY a.asked_at DESC, a.id DESC LIMIT 50",
        (),
    )
    .await
}

/// The latest questions about one organisation, newest first.
pub(in crate::organisations) async fn asks_of(tx: &mut Tx, id: OrganisationId) -> sqlx::Result<Vec<AskRow>> {
    tx.all(
        "SELECT a.organisation_id, o.legal_name, a.connector, a.outcome, a.status_before, a.status_after, a.asked_at
         FROM register_asks a JOIN organisations o ON o.id = a.organisation_id
         WHERE a.organisation_id = $1 ORDER BY a.asked_at DESC, a.id DESC LIMIT 10",
        (id,),
    )
    .await
}
