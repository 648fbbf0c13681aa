//! Every SQL text about the ledger. Nothing outside `post` writes accounts, postings and entries.

pub(super) mod heads;
pub(super) mod periods;
pub(super) mod statements;
pub(super) mod stops;

use super::rules::{Account, AccountKind, Cap, CapWindow, Posting, Scope, Used, rolling_since};
use crate::{
    core::money::Won,
    db::Tx,
    organisations::{self, OrganisationId},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Opens the account when it is not there, and answers its id.
pub(in crate::ledger) async fn account(tx: &mut Tx, account: Account, now: DateTime<Utc>) -> sqlx::Result<Uuid> {
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
pub(in crate::ledger) async fn change(tx: &mut Tx, id: Uuid, by: Won) -> sqlx::Result<bool> {
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
pub(in crate::ledger) async fn lock(tx: &mut Tx, id: Uuid) -> sqlx::Result<Won> {
    let balance = tx
        .value("UPDATE ledger_accounts SET balance_won = balance_won WHERE id = $1 RETURNING balance_won", (id,))
        .await?;
    balance.ok_or(sqlx::Error::RowNotFound)
}

/// Where a case used up a cap, and by how much.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::ledger) struct CapUse {
    pub kind: AccountKind,
    pub owner_id: Uuid,
    pub scope_id: Uuid,
    pub amount: Won,
}

impl CapUse {
    pub fn account(&self) -> Account {
        Account { kind: self.kind, owner: self.owner_id, scope: self.scope_id }
    }

    /// Where it goes when it is given back.
    pub fn back(&self) -> Account {
        match self.kind {
            AccountKind::CountUsed => Account { kind: AccountKind::CountLeft, ..self.account() },
            AccountKind::RollingUsed => {
                Account { kind: AccountKind::RollingSource, owner: self.scope_id, scope: self.scope_id }
            }
            _ => Account { kind: AccountKind::CapLeft, ..self.account() },
        }
    }
}

/// Every cap that a case still uses.
pub(in crate::ledger) async fn cap_uses(tx: &mut Tx, case: Uuid) -> sqlx::Result<Vec<CapUse>> {
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
pub(in crate::ledger) async fn rolled(tx: &mut Tx, account: Account, since: DateTime<Utc>) -> sqlx::Result<Used> {
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

/// What the awards of these firms hold within what the cap looks at, at most 36 months old where its window rolls.
pub(in crate::ledger) async fn held_by(
    tx: &mut Tx,
    members: &[OrganisationId],
    cap: &Cap,
    now: DateTime<Utc>,
) -> sqlx::Result<Used> {
    if members.is_empty() {
        return Ok(Used::default());
    }
    let mut query = tx.query(
        "SELECT CAST(COALESCE(SUM(won), 0) AS BIGINT), COUNT(*) FROM (
            SELECT a.id, SUM(l.balance_won) AS won FROM applications a JOIN calls c ON c.id = a.call_id
            JOIN ledger_accounts l ON l.owner_id = a.id
            WHERE l.kind IN ('committed', 'voucher', 'held', 'payable', 'paid') AND a.organisation_id",
        (),
    );
    query.add_list(" IN (?)", members.iter().map(|member| member.0));
    match cap.looks_at() {
        Scope::Call(call) => query.add(" AND c.id = ?", (call,)),
        Scope::Programme(programme) => query.add(" AND c.programme_id = ?", (programme,)),
        Scope::Everything => {}
    }
    if cap.window == CapWindow::Rolling {
        query.add(
            " AND EXISTS (SELECT 1 FROM ledger_postings p WHERE p.case_id = a.id AND p.kind = 'commit' AND p.at > ?)",
            (rolling_since(now),),
        );
    }
    query.add(" GROUP BY a.id HAVING SUM(l.balance_won) > 0) cases", ());
    let (won, count): (Won, i64) = tx.fetch_one(query).await?;
    Ok(Used { won, count })
}

/// False when the event was posted before.
pub(in crate::ledger) async fn insert_posting(
    tx: &mut Tx,
    id: Uuid,
    posting: &Posting,
    actor: Option<Uuid>,
    booked: periods::Booked,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let reference = posting.reference.clone();
    let rows = tx
        .run(
            "INSERT INTO ledger_postings (id, at, kind, case_id, reference, actor_id, effective_on, period, late_of)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (reference) DO NOTHING",
            (
                id,
                now,
                posting.kind,
                posting.case,
                reference,
                actor,
                booked.on,
                booked.month.to_string(),
                booked.late_of,
            ),
        )
        .await?;
    Ok(rows == 1)
}

pub(in crate::ledger) async fn insert_entry(
    tx: &mut Tx,
    posting: Uuid,
    account: Uuid,
    amount: Won,
) -> sqlx::Result<()> {
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
    if cap.is_of_group() {
        let members = organisations::peers(tx, OrganisationId(cap.firm)).await?;
        return held_by(tx, &members, cap, now).await;
    }
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

/// What an organisation owes, the oldest debt first; held until the unit of work is over.
pub(in crate::ledger) async fn debts_of(tx: &mut Tx, debtor: Uuid) -> sqlx::Result<Vec<(Uuid, Won)>> {
    let query = tx.query(
        "SELECT scope_id, balance_won FROM ledger_accounts
         WHERE kind = 'recoverable' AND owner_id = $1 AND balance_won > 0 ORDER BY opened_at, id",
        (debtor,),
    );
    let query = tx.for_update(query);
    tx.fetch_all(query).await
}

/// What an organisation owes in all: claimed back, neither received nor given up.
pub async fn owed_by(tx: &mut Tx, debtor: Uuid) -> sqlx::Result<Won> {
    let owed = tx
        .value(
            "SELECT CAST(COALESCE(SUM(balance_won), 0) AS BIGINT) FROM ledger_accounts
             WHERE kind = 'recoverable' AND owner_id = $1",
            (debtor,),
        )
        .await?;
    Ok(owed.unwrap_or(Won::ZERO))
}
