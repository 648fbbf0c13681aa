//! Every SQL text about the ledger. Nothing outside `post.rs` writes.

use super::rules::{Account, AccountKind, Cap, CapWindow, Used, rolling_since};
use crate::{core::money::Won, db::Tx};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Opens the account when it is not there, and answers its id.
pub(super) async fn account(tx: &mut Tx, account: Account, now: DateTime<Utc>) -> sqlx::Result<Uuid> {
    let known: Option<Uuid> = tx
        .value(
            "SELECT id FROM ledger_accounts WHERE kind = $1 AND owner_id = $2 AND scope_id = $3",
            (account.kind, account.owner, account.scope),
        )
        .await?;
    if let Some(id) = known {
        return Ok(id);
    }
    tx.run(
        "INSERT INTO ledger_accounts (id, kind, owner_id, scope_id, may_be_negative, balance_won, opened_at)
         VALUES ($1, $2, $3, $4, $5, 0, $6) ON CONFLICT (kind, owner_id, scope_id) DO NOTHING",
        (crate::core::ids::new_uuid(), account.kind, account.owner, account.scope, account.kind.may_be_negative(), now),
    )
    .await?;
    tx.value(
        "SELECT id FROM ledger_accounts WHERE kind = $1 AND owner_id = $2 AND scope_id = $3",
        (account.kind, account.owner, account.scope),
    )
    .await?
    .ok_or(sqlx::Error::RowNotFound)
}

/// Changes a balance unless it would go where it may not; false then. Locks the row until the unit of work is over.
pub(super) async fn change(tx: &mut Tx, id: Uuid, by: Won) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE ledger_accounts SET balance_won = balance_won + $2
             WHERE id = $1 AND (may_be_negative OR balance_won + $2 >= 0)",
            (id, by),
        )
        .await?;
    Ok(rows == 1)
}

/// Holds the row of an account until the unit of work is over; answers its balance.
pub(super) async fn lock(tx: &mut Tx, id: Uuid) -> sqlx::Result<Won> {
    let balance = tx
        .value("UPDATE ledger_accounts SET balance_won = balance_won WHERE id = $1 RETURNING balance_won", (id,))
        .await?;
    balance.ok_or(sqlx::Error::RowNotFound)
}

/// Where a case used up a cap, and by how much.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct CapUse {
    pub kind: AccountKind,
    pub owner_id: Uuid,
    pub scope_id: Uuid,
    pub amount: Won,
}

/// Every cap that a case still uses.
pub(super) async fn cap_uses(tx: &mut Tx, case: Uuid) -> sqlx::Result<Vec<CapUse>> {
    tx.all(
        "SELECT a.kind, a.owner_id, a.scope_id, CAST(SUM(e.amount_won) AS BIGINT) AS amount
         FROM ledger_postings p JOIN ledger_entries e ON e.posting_id = p.id JOIN ledger_accounts a ON a.id = e.account_id
         WHERE p.case_id = $1 AND a.kind IN ('cap_used', 'count_used', 'rolling_used')
         GROUP BY a.kind, a.owner_id, a.scope_id HAVING SUM(e.amount_won) > 0",
        (case,),
    )
    .await
}

/// What was committed since `since` on a rolling account and not given back: a case counts from its commitment on.
pub(super) async fn rolled(tx: &mut Tx, account: Account, since: DateTime<Utc>) -> sqlx::Result<Used> {
    let (won, count): (Won, i64) = tx
        .get(
            "SELECT CAST(COALESCE(SUM(won), 0) AS BIGINT), COUNT(*) FROM (
                SELECT p.case_id, SUM(e.amount_won) AS won FROM ledger_accounts a
                JOIN ledger_entries e ON e.account_id = a.id JOIN ledger_postings p ON p.id = e.posting_id
                WHERE a.kind = $1 AND a.owner_id = $2 AND a.scope_id = $3
                GROUP BY p.case_id HAVING MIN(p.at) > $4 AND SUM(e.amount_won) > 0) cases",
            (account.kind, account.owner, account.scope, since),
        )
        .await?;
    Ok(Used { won, count })
}

/// False when the event was posted before.
pub(super) async fn insert_posting(
    tx: &mut Tx,
    id: Uuid,
    kind: &'static str,
    case: Uuid,
    reference: &str,
    actor: Option<Uuid>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO ledger_postings (id, at, kind, case_id, reference, actor_id)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (reference) DO NOTHING",
            (id, now, kind, case, reference.to_owned(), actor),
        )
        .await?;
    Ok(rows == 1)
}

pub(super) async fn insert_entry(tx: &mut Tx, posting: Uuid, account: Uuid, amount: Won) -> sqlx::Result<()> {
    tx.later(
        "INSERT INTO ledger_entries (id, posting_id, account_id, amount_won) VALUES ($1, $2, $3, $4)",
        (crate::core::ids::new_uuid(), posting, account, amount),
    )
    .await
}

/// What an account holds; nothing when it was never opened.
pub async fn balance(tx: &mut Tx, account: Account) -> sqlx::Result<Won> {
    let held = tx
        .value(
            "SELECT balance_won FROM ledger_accounts WHERE kind = $1 AND owner_id = $2 AND scope_id = $3",
            (account.kind, account.owner, account.scope),
        )
        .await?;
    Ok(held.unwrap_or(Won::ZERO))
}

/// How far a cap is used at `now`.
pub async fn cap_used(tx: &mut Tx, cap: &Cap, now: DateTime<Utc>) -> sqlx::Result<Used> {
    if cap.window == CapWindow::Rolling {
        return rolled(tx, cap.rolling().1, rolling_since(now)).await;
    }
    Ok(Used { won: balance(tx, cap.won().used).await?, count: balance(tx, cap.count().used).await?.0 })
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Balance {
    pub kind: AccountKind,
    pub balance_won: Won,
}

/// All accounts of an owner (an application, a call, a firm), in the order money moves through them.
pub async fn balances_of(tx: &mut Tx, owner: Uuid) -> sqlx::Result<Vec<Balance>> {
    let mut found: Vec<Balance> =
        tx.all("SELECT kind, balance_won FROM ledger_accounts WHERE owner_id = $1", (owner,)).await?;
    found.sort_by_key(|balance| balance.kind);
    Ok(found)
}

/// One entry as a statement shows it.
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

/// What a kind of account holds over all applications of a call.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Total {
    pub kind: AccountKind,
    pub accounts: i64,
    pub balance_won: Won,
}

/// The accounts of a call by kind, in the order money moves through them.
pub(super) async fn totals_of_call(tx: &mut Tx, call: Uuid) -> sqlx::Result<Vec<Total>> {
    let mut found: Vec<Total> = tx
        .all(
            "SELECT kind, COUNT(*) AS accounts, CAST(SUM(balance_won) AS BIGINT) AS balance_won
             FROM ledger_accounts WHERE scope_id = $1
                AND kind IN ('outside', 'budget', 'committed', 'voucher', 'held', 'payable', 'paid') GROUP BY kind",
            (call,),
        )
        .await?;
    found.sort_by_key(|total| total.kind);
    Ok(found)
}

/// How a call is called; the ledger itself knows only ids.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct CallHead {
    pub id: Uuid,
    pub code: String,
    pub name_ko: String,
    pub name_en: String,
}

pub(super) async fn call_head(tx: &mut Tx, call: Uuid) -> sqlx::Result<Option<CallHead>> {
    tx.find("SELECT id, code, name_ko, name_en FROM calls WHERE id = $1", (call,)).await
}

/// How a submitted application is called.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct CaseHead {
    pub id: Uuid,
    pub call_id: Uuid,
    pub receipt_no: Option<String>,
    pub title: String,
    pub firm_name: String,
}

pub(super) async fn case_head(tx: &mut Tx, application: Uuid) -> sqlx::Result<Option<CaseHead>> {
    tx.find(
        "SELECT a.id, a.call_id, a.receipt_no, a.title, o.legal_name AS firm_name
         FROM applications a JOIN organisations o ON o.id = a.organisation_id
         WHERE a.id = $1 AND a.submitted_at IS NOT NULL",
        (application,),
    )
    .await
}
