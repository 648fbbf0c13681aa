//! Invariants of caps: what counts against a cap is what the case holds, for every kind of cap.

use super::SetCheck;
use crate::db::Tx;
use chrono::{DateTime, Utc};
use uuid::Uuid;

pub(crate) const CHECKS: &[SetCheck] = &[
    SetCheck {
        name: "firm_caps",
        noun: "organisation",
        rows: "SELECT COUNT(*) FROM ledger_accounts WHERE kind = 'cap_used'",
        breach: "SELECT l.owner_id AS id, l.balance_won AS found, p.firm_cap_won AS wanted
             FROM ledger_accounts l JOIN programmes p ON p.id = l.scope_id JOIN organisations o ON o.id = l.owner_id
             WHERE l.kind = 'cap_used' AND l.balance_won > p.firm_cap_won ORDER BY l.owner_id LIMIT 1",
    },
    SetCheck {
        name: "caps_used",
        noun: "organisation",
        rows: "SELECT COUNT(*) FROM ledger_accounts WHERE kind = 'cap_used'",
        breach: "SELECT id, CAST(SUM(used) AS BIGINT) AS found, CAST(SUM(held) AS BIGINT) AS wanted FROM (
                SELECT owner_id AS id, scope_id AS programme_id, balance_won AS used, CAST(0 AS BIGINT) AS held
                FROM ledger_accounts WHERE kind = 'cap_used' AND owner_id IN (SELECT id FROM organisations)
                    AND scope_id IN (SELECT id FROM programmes)
                UNION ALL
                SELECT a.organisation_id, c.programme_id, 0, l.balance_won
                FROM ledger_accounts l JOIN applications a ON a.id = l.owner_id JOIN calls c ON c.id = a.call_id
                WHERE l.kind IN ('committed', 'voucher', 'held', 'payable', 'paid')) sides
             GROUP BY id, programme_id HAVING SUM(used) <> SUM(held) ORDER BY id LIMIT 1",
    },
    SetCheck {
        name: "cap_uses",
        noun: "application",
        rows: "SELECT COUNT(*) FROM ledger_accounts WHERE kind IN ('cap_used', 'rolling_used')",
        breach: "WITH held AS MATERIALIZED (
                SELECT owner_id, SUM(balance_won) AS won FROM ledger_accounts
                WHERE kind IN ('committed', 'voucher', 'held', 'payable', 'paid') GROUP BY owner_id),
             used AS MATERIALIZED (
                SELECT p.case_id, e.account_id, SUM(e.amount_won) AS won FROM ledger_accounts a
                JOIN ledger_entries e ON e.account_id = a.id JOIN ledger_postings p ON p.id = e.posting_id
                WHERE a.kind IN ('cap_used', 'rolling_used') GROUP BY p.case_id, e.account_id)
             SELECT u.case_id AS id, CAST(u.won AS BIGINT) AS found, CAST(COALESCE(h.won, 0) AS BIGINT) AS wanted
             FROM used u LEFT JOIN held h ON h.owner_id = u.case_id WHERE u.won <> COALESCE(h.won, 0)
             ORDER BY u.case_id LIMIT 1",
    },
    SetCheck {
        name: "cap_counts",
        noun: "application",
        rows: "SELECT COUNT(*) FROM ledger_accounts WHERE kind = 'count_used'",
        breach: "WITH held AS MATERIALIZED (
                SELECT owner_id, SUM(balance_won) AS won FROM ledger_accounts
                WHERE kind IN ('committed', 'voucher', 'held', 'payable', 'paid') GROUP BY owner_id),
             used AS MATERIALIZED (
                SELECT p.case_id, e.account_id, SUM(e.amount_won) AS awards FROM ledger_accounts a
                JOIN ledger_entries e ON e.account_id = a.id JOIN ledger_postings p ON p.id = e.posting_id
                WHERE a.kind = 'count_used' GROUP BY p.case_id, e.account_id)
             SELECT u.case_id AS id, CAST(u.awards AS BIGINT) AS found,
                CAST(CASE WHEN COALESCE(h.won, 0) > 0 THEN 1 ELSE 0 END AS BIGINT) AS wanted
             FROM used u LEFT JOIN held h ON h.owner_id = u.case_id
             WHERE u.awards <> CASE WHEN COALESCE(h.won, 0) > 0 THEN 1 ELSE 0 END ORDER BY u.case_id LIMIT 1",
    },
];

/// A version of the rules of a call.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub(crate) struct Version {
    pub call_id: Uuid,
    pub programme_id: Uuid,
    pub version: i64,
}

/// Every version of the rules of every call, call by call.
pub(crate) async fn versions(tx: &mut Tx) -> sqlx::Result<Vec<Version>> {
    tx.all(
        "SELECT v.call_id, c.programme_id, v.version FROM call_versions v JOIN calls c ON c.id = v.call_id
         ORDER BY v.call_id, v.version",
        (),
    )
    .await
}

pub(crate) async fn last_posting(tx: &mut Tx) -> sqlx::Result<Option<DateTime<Utc>>> {
    tx.value("SELECT at FROM ledger_postings ORDER BY at DESC LIMIT 1", ()).await
}

/// The firms with money in a call, after one of them, by key.
pub(crate) async fn awarded_after(tx: &mut Tx, call: Uuid, after: Uuid, limit: i64) -> sqlx::Result<Vec<Uuid>> {
    tx.values(
        "SELECT DISTINCT a.organisation_id FROM applications a JOIN ledger_accounts l ON l.owner_id = a.id
         WHERE a.call_id = $1 AND l.scope_id = $1 AND l.kind IN ('committed', 'voucher', 'held', 'payable', 'paid')
            AND l.balance_won > 0 AND a.organisation_id > $2 ORDER BY a.organisation_id LIMIT $3",
        (call, after, limit),
    )
    .await
}

/// Whether a tie within the firm's group was confirmed after the group's last award.
pub(crate) async fn tied_after_award(tx: &mut Tx, firm: Uuid) -> sqlx::Result<bool> {
    tx.exists(
        "WITH members AS (
            SELECT o.organisation_id AS id FROM organisation_groups g JOIN organisation_groups o ON o.group_id = g.group_id
            WHERE g.organisation_id = $1)
         SELECT 1 FROM affiliations t WHERE t.state = 'confirmed'
            AND (t.one_id IN (SELECT id FROM members) OR t.other_id IN (SELECT id FROM members))
            AND NOT EXISTS (SELECT 1 FROM applications a JOIN ledger_postings p ON p.case_id = a.id
                WHERE a.organisation_id IN (SELECT id FROM members) AND p.kind = 'commit' AND p.at >= t.decided_at)",
        (firm,),
    )
    .await
}
