//! Statements: what an account, a case, a firm or a vendor had, what moved, what it has, line by line.

use crate::{
    core::money::Won,
    db::{
        Query, Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
    ledger::rules::{AccountKind, Turnover},
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// One entry of a case's history.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct StatementRow {
    pub at: DateTime<Utc>,
    pub kind: String,
    pub reference: String,
    pub account_kind: AccountKind,
    pub amount_won: Won,
    pub actor_name: Option<String>,
}

/// Every entry of a case, oldest first.
pub async fn statement(tx: &mut Tx, case: Uuid) -> sqlx::Result<Vec<StatementRow>> {
    tx.all(
        "SELECT p.at, p.kind, p.reference, a.kind AS account_kind, e.amount_won, n.name AS actor_name
         FROM ledger_postings p JOIN ledger_entries e ON e.posting_id = p.id JOIN ledger_accounts a ON a.id = e.account_id
         LEFT JOIN people n ON n.id = p.actor_id
         WHERE p.case_id = $1 ORDER BY p.at, p.id, e.id LIMIT 2000",
        (case,),
    )
    .await
}

/// Whose statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) enum Whose {
    Account(Uuid),
    Case(Uuid),
    Firm(Uuid),
    Vendor(Uuid),
}

/// A statement over days, both inclusive.
#[derive(Debug, Clone, Copy)]
pub(in crate::ledger) struct Span {
    pub whose: Whose,
    pub from: NaiveDate,
    pub to: NaiveDate,
}

/// The entries that belong to somebody's statement.
fn narrow(query: &mut Query, whose: Whose) {
    let kinds: &[AccountKind] = match whose {
        Whose::Account(id) => return query.add(" AND a.id = ?", (id,)),
        Whose::Case(case) => {
            query.add(" AND p.case_id = ?", (case,));
            AccountKind::ON_STATEMENTS
        }
        Whose::Firm(firm) => {
            query.add(
                " AND a.owner_id IN (SELECT s.id FROM applications s WHERE s.organisation_id = ? UNION ALL
                    SELECT o.id FROM organisations o WHERE o.id = ?)",
                (firm, firm),
            );
            AccountKind::ON_STATEMENTS
        }
        Whose::Vendor(vendor) => {
            query.add(
                " AND a.owner_id IN (SELECT g.application_id FROM agreements g WHERE g.vendor_id = ? UNION ALL
                    SELECT v.organisation_id FROM vendors v WHERE v.id = ?)",
                (vendor, vendor),
            );
            AccountKind::OF_VENDORS
        }
    };
    query.add_list(" AND a.kind IN (?)", kinds.iter().copied());
}

/// Opening balance, what moved and by that the closing balance, by kind of account.
pub(in crate::ledger) async fn movements(tx: &mut Tx, span: &Span) -> sqlx::Result<Vec<Turnover>> {
    let mut query = tx.query("SELECT a.kind, CAST(SUM(CASE WHEN p.effective_on < ", ());
    query.add("? THEN e.amount_won ELSE 0 END) AS BIGINT) AS opening_won,", (span.from,));
    query.add(
        " CAST(SUM(CASE WHEN p.effective_on >= ? AND e.amount_won > 0 THEN e.amount_won ELSE 0 END) AS BIGINT) AS in_won,",
        (span.from,),
    );
    query.add(
        " CAST(SUM(CASE WHEN p.effective_on >= ? AND e.amount_won < 0 THEN -e.amount_won ELSE 0 END) AS BIGINT) AS out_won
          FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id JOIN ledger_postings p ON p.id = e.posting_id",
        (span.from,),
    );
    query.add(" WHERE p.effective_on <= ?", (span.to,));
    narrow(&mut query, span.whose);
    query.add(" GROUP BY a.kind", ());
    let mut found: Vec<Turnover> = tx.fetch_all(query).await?;
    found.sort_by_key(|movement| movement.kind);
    Ok(found)
}

/// One line of a statement.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::ledger) struct Line {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub effective_on: NaiveDate,
    pub late_of: Option<NaiveDate>,
    pub kind: String,
    pub account_kind: AccountKind,
    pub amount_won: Won,
    /// The receipt number of the application.
    pub receipt_no: Option<String>,
    pub case_id: Uuid,
    /// Who posted it; pages show it to staff only.
    pub actor_name: Option<String>,
}

/// At most `limit` lines after the cursor, oldest first.
pub(in crate::ledger) async fn lines(
    tx: &mut Tx,
    span: &Span,
    after: Option<Cursor>,
    limit: i64,
) -> sqlx::Result<Vec<Line>> {
    let mut query = tx.query(
        "SELECT e.id, p.at, p.effective_on, p.late_of, p.kind, a.kind AS account_kind, e.amount_won, c.receipt_no, p.case_id,
            n.name AS actor_name
         FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id JOIN ledger_postings p ON p.id = e.posting_id
         LEFT JOIN applications c ON c.id = p.case_id LEFT JOIN people n ON n.id = p.actor_id",
        (),
    );
    query.add(" WHERE p.effective_on >= ? AND p.effective_on <= ?", (span.from, span.to));
    narrow(&mut query, span.whose);
    if let Some(after) = after {
        query.add(" AND (p.at, e.id) > (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY p.at, e.id LIMIT ?", (limit,));
    tx.fetch_all(query).await
}

/// A page of lines.
pub(in crate::ledger) async fn page(tx: &mut Tx, span: &Span, after: Option<Cursor>) -> sqlx::Result<Paged<Line>> {
    let mut count = tx.query(
        "SELECT COUNT(*) FROM (SELECT e.id FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id
            JOIN ledger_postings p ON p.id = e.posting_id",
        (),
    );
    count.add(" WHERE p.effective_on >= ? AND p.effective_on <= ?", (span.from, span.to));
    narrow(&mut count, span.whose);
    count.add(" LIMIT ?) AS counted", (COUNT_MAX + 1,));
    let count = tx.fetch_value(count).await?.unwrap_or(0);
    let rows = lines(tx, span, after, PAGE_ROWS + 1).await?;
    Ok(Paged::new(rows, count, |line: &Line| Cursor { at: line.at, id: line.id }))
}
