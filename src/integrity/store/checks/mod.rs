//! The invariants (domain.md part I, section C) as statements over the whole population.
//! Each answers the first row that breaks it, lowest id first; a sound database answers nothing.

/// The present decision for selection, the money an application holds, and what was released since.
macro_rules! with_awards {
    ($rest:literal) => {
        concat!(
            "WITH latest AS MATERIALIZED (
                SELECT application_id, amount_won, decided_at FROM (
                    SELECT application_id, amount_won, decided_at,
                        ROW_NUMBER() OVER (PARTITION BY application_id ORDER BY decided_at DESC, id DESC) AS place
                    FROM decisions WHERE outcome = 'selected') ranked WHERE place = 1),
             held AS MATERIALIZED (
                SELECT owner_id, SUM(balance_won) AS won FROM ledger_accounts
                WHERE kind IN ('committed', 'voucher', 'held', 'payable', 'paid') GROUP BY owner_id),
             released AS MATERIALIZED (
                SELECT p.case_id, SUM(-e.amount_won) AS won FROM ledger_postings p
                JOIN latest l ON l.application_id = p.case_id AND p.at >= l.decided_at
                JOIN ledger_entries e ON e.posting_id = p.id JOIN ledger_accounts a ON a.id = e.account_id
                WHERE p.kind = 'release' AND a.kind IN ('committed', 'voucher', 'held', 'payable', 'paid')
                GROUP BY p.case_id) ",
            $rest
        )
    };
}

pub(crate) mod caps;
mod cases;
pub(crate) mod content;
mod money;
mod paying;
mod people;

use crate::db::Tx;
use uuid::Uuid;

/// One invariant that a single statement can tell.
pub(crate) struct SetCheck {
    pub name: &'static str,
    /// What the id of a breach is the id of.
    pub noun: &'static str,
    rows: &'static str,
    breach: &'static str,
}

/// The first row that breaks an invariant.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Offender {
    pub id: Uuid,
    #[sqlx(default)]
    pub found: Option<i64>,
    #[sqlx(default)]
    pub wanted: Option<i64>,
}

/// All of them, in the order they run.
pub(crate) fn set_checks() -> impl Iterator<Item = &'static SetCheck> {
    [money::CHECKS, caps::CHECKS, cases::CHECKS, paying::CHECKS, people::CHECKS].into_iter().flatten()
}

/// Looks at one invariant: how many rows, and the first that breaks it.
pub(crate) async fn run(tx: &mut Tx, check: &SetCheck) -> sqlx::Result<(i64, Option<Offender>)> {
    let rows = tx.value(check.rows, ()).await?.unwrap_or(0);
    Ok((rows, tx.find(check.breach, ()).await?))
}
