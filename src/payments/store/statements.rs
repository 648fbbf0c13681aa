//! Statements of the bank and what became of their lines.

use crate::{
    core::money::Won,
    db::{
        Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
    files::FileId,
    payments::{
        PaymentId, StatementId,
        rules::{
            camt053,
            matching::{Cause, LineState},
            returns::Meaning,
        },
    },
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Statement {
    pub id: StatementId,
    pub statement_id: String,
    pub account_mark: String,
    pub account_ending: String,
    pub opened_on: NaiveDate,
    pub closed_on: NaiveDate,
    pub opening_won: Won,
    pub moved_won: Won,
    pub closing_won: Won,
    pub line_count: i64,
    pub file_id: FileId,
    pub imported_by: Uuid,
    pub imported_at: DateTime<Utc>,
}

macro_rules! select_statement {
    ($rest:literal) => {
        concat!(
            "SELECT id, statement_id, account_mark, account_ending, opened_on, closed_on, opening_won, moved_won, closing_won, line_count, file_id, imported_by, imported_at FROM bank_statements ",
            $rest
        )
    };
}

pub async fn find(tx: &mut Tx, id: StatementId) -> sqlx::Result<Option<Statement>> {
    tx.find(select_statement!("WHERE id = $1"), (id,)).await
}

/// One page of statements, latest import first.
pub async fn page(tx: &mut Tx, after: Option<Cursor>) -> sqlx::Result<Paged<Statement>> {
    let mut query = tx.query(select_statement!("WHERE 1 = 1"), ());
    if let Some(after) = after {
        query.add(" AND (imported_at, id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY imported_at DESC, id DESC LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    let count = tx
        .value("SELECT COUNT(*) FROM (SELECT 1 FROM bank_statements LIMIT $1) AS counted", (COUNT_MAX + 1,))
        .await?
        .unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &Statement| Cursor { at: row.imported_at, id: row.id.0 }))
}

/// The statement of the same account that ended last before this one began.
pub async fn before(tx: &mut Tx, statement: &Statement) -> sqlx::Result<Option<Statement>> {
    tx.find(
        select_statement!(
            "WHERE account_mark = $1 AND id <> $2 AND closed_on <= $3 ORDER BY closed_on DESC, imported_at DESC, id DESC LIMIT 1"
        ),
        (statement.account_mark.clone(), statement.id, statement.opened_on),
    )
    .await
}

/// False when this statement of this account was imported before.
pub async fn insert(tx: &mut Tx, statement: &Statement) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO bank_statements (id, statement_id, account_mark, account_ending, opened_on, closed_on, opening_won, moved_won,
                closing_won, line_count, file_id, imported_by, imported_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (account_mark, statement_id) DO NOTHING",
            (
                statement.id,
                statement.statement_id.clone(),
                statement.account_mark.clone(),
                statement.account_ending.clone(),
                statement.opened_on,
                statement.closed_on,
                statement.opening_won,
                statement.moved_won,
                statement.closing_won,
                statement.line_count,
                statement.file_id,
                statement.imported_by,
                statement.imported_at,
            ),
        )
        .await?;
    Ok(rows == 1)
}

/// One line, as it was read and what became of it.
pub struct NewLine<'a> {
    pub id: Uuid,
    pub statement: &'a Statement,
    pub position: i64,
    pub line: &'a camt053::StatementLine,
    pub state: LineState,
    pub cause: Option<Cause>,
    pub payment: Option<PaymentId>,
    pub meaning: Option<Meaning>,
}

pub async fn insert_line(tx: &mut Tx, new: NewLine<'_>) -> sqlx::Result<u64> {
    let line = new.line;
    tx.run(
        "INSERT INTO statement_lines (id, statement_id, position, amount_won, direction, booked_on, end_to_end_id, bank_reference,
            counterparty, remittance, state, cause, payment_id, meaning, imported_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        (
            new.id,
            new.statement.id,
            new.position,
            line.amount,
            if line.amount.is_positive() { "in" } else { "out" },
            line.booked_on,
            line.end_to_end_id.clone().unwrap_or_default(),
            line.bank_reference.clone(),
            line.counterparty.clone(),
            line.remittance.clone(),
            new.state,
            new.cause,
            new.payment,
            new.meaning,
            new.statement.imported_by,
        ),
    )
    .await
}

/// Whether lines of any statement took the money of a payment and brought it back.
pub async fn seen_of(tx: &mut Tx, payment: PaymentId) -> sqlx::Result<(bool, bool)> {
    let directions: Vec<String> =
        tx.values("SELECT direction FROM statement_lines WHERE payment_id = $1", (payment,)).await?;
    Ok((directions.iter().any(|way| way == "out"), directions.iter().any(|way| way == "in")))
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Line {
    pub id: Uuid,
    pub statement_id: StatementId,
    pub position: i64,
    pub amount_won: Won,
    pub booked_on: NaiveDate,
    pub end_to_end_id: String,
    pub bank_reference: String,
    pub counterparty: String,
    pub remittance: String,
    pub state: LineState,
    pub cause: Option<Cause>,
    pub meaning: Option<Meaning>,
    pub imported_by: Uuid,
    pub matched_by: Option<String>,
    pub matched_at: Option<DateTime<Utc>>,
    pub reason: Option<String>,
}

macro_rules! select_line {
    ($rest:literal) => {
        concat!(
            "SELECT l.id, l.statement_id, l.position, l.amount_won, l.booked_on, l.end_to_end_id, l.bank_reference, l.counterparty, l.remittance, l.state, l.cause, l.meaning, l.imported_by, p.name AS matched_by, l.matched_at, l.reason FROM statement_lines l LEFT JOIN people p ON p.id = l.matched_by ",
            $rest
        )
    };
}

/// Lines of a statement that one page shows: those in suspense first.
pub const LINES_SHOWN: i64 = 1_000;

pub async fn lines_of(tx: &mut Tx, statement: StatementId) -> sqlx::Result<Vec<Line>> {
    tx.all(
        select_line!(
            "WHERE l.statement_id = $1 ORDER BY CASE WHEN l.state = 'suspense' THEN 0 ELSE 1 END, l.position LIMIT $2"
        ),
        (statement, LINES_SHOWN),
    )
    .await
}

pub async fn find_line(tx: &mut Tx, id: Uuid) -> sqlx::Result<Option<Line>> {
    tx.find(select_line!("WHERE l.id = $1"), (id,)).await
}

/// Somebody says what a line is; false when it was said before.
pub async fn clear(
    tx: &mut Tx,
    id: Uuid,
    meaning: Meaning,
    payment: Option<PaymentId>,
    by: Uuid,
    reason: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE statement_lines SET state = 'cleared', meaning = $2, payment_id = $3, matched_by = $4, matched_at = $5, reason = $6
             WHERE id = $1 AND state = 'suspense'",
            (id, meaning, payment, by, now, reason.to_owned()),
        )
        .await?;
    Ok(rows == 1)
}

/// How many lines wait in suspense over all statements, and how much left and came by them.
pub async fn in_suspense(tx: &mut Tx) -> sqlx::Result<(i64, Won)> {
    tx.get(
        "SELECT COUNT(*), CAST(COALESCE(SUM(amount_won), 0) AS BIGINT) FROM statement_lines WHERE state = 'suspense'",
        (),
    )
    .await
}

/// Counts and sums of one statement by what became of its lines.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Sum {
    pub state: LineState,
    pub lines: i64,
    pub amount_won: Won,
}

pub async fn sums_of(tx: &mut Tx, statement: StatementId) -> sqlx::Result<Vec<Sum>> {
    tx.all(
        "SELECT state, COUNT(*) AS lines, CAST(SUM(amount_won) AS BIGINT) AS amount_won FROM statement_lines
         WHERE statement_id = $1 GROUP BY state ORDER BY state",
        (statement,),
    )
    .await
}
