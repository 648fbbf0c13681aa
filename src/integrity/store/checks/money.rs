//! Invariants of the journal and of the accounts: double entry, balances, budgets.

use super::SetCheck;

pub(crate) const CHECKS: &[SetCheck] = &[
    SetCheck {
        name: "ledger_postings",
        noun: "posting",
        rows: "SELECT COUNT(*) FROM ledger_postings",
        breach: "SELECT posting_id AS id, CAST(SUM(amount_won) AS BIGINT) AS found, CAST(0 AS BIGINT) AS wanted
             FROM ledger_entries GROUP BY posting_id HAVING SUM(amount_won) <> 0 ORDER BY posting_id LIMIT 1",
    },
    SetCheck {
        name: "ledger_entries",
        noun: "posting",
        rows: "SELECT COUNT(*) FROM ledger_entries",
        breach: "SELECT p.id FROM ledger_postings p
             WHERE NOT EXISTS (SELECT 1 FROM ledger_entries e WHERE e.posting_id = p.id) ORDER BY p.id LIMIT 1",
    },
    SetCheck {
        name: "ledger_balances",
        noun: "account",
        rows: "SELECT COUNT(*) FROM ledger_accounts",
        breach: "SELECT a.id, a.balance_won AS found, CAST(COALESCE(SUM(e.amount_won), 0) AS BIGINT) AS wanted
             FROM ledger_accounts a LEFT JOIN ledger_entries e ON e.account_id = a.id
             GROUP BY a.id, a.balance_won HAVING a.balance_won <> COALESCE(SUM(e.amount_won), 0) ORDER BY a.id LIMIT 1",
    },
    SetCheck {
        name: "ledger_overdrafts",
        noun: "account",
        rows: "SELECT COUNT(*) FROM ledger_accounts",
        breach: "SELECT id, balance_won AS found, CAST(0 AS BIGINT) AS wanted FROM ledger_accounts
             WHERE (balance_won < 0 AND NOT may_be_negative) OR (may_be_negative AND NOT EXISTS (SELECT 1 FROM ledger_account_kinds k WHERE k.name = ledger_accounts.kind AND k.may_be_negative))
             ORDER BY id LIMIT 1",
    },
    SetCheck {
        name: "call_budgets",
        noun: "call",
        rows: "SELECT COUNT(*) FROM calls",
        breach: "SELECT scope_id AS id, CAST(SUM(balance_won) AS BIGINT) AS found, CAST(0 AS BIGINT) AS wanted
             FROM ledger_accounts WHERE kind IN ('outside', 'budget', 'committed', 'voucher', 'held', 'payable', 'paid', 'suspense')
             GROUP BY scope_id HAVING SUM(balance_won) <> 0 ORDER BY scope_id LIMIT 1",
    },
    SetCheck {
        name: "appropriations",
        noun: "call",
        rows: "SELECT COUNT(*) FROM calls",
        breach: "SELECT c.id, -l.balance_won AS found, c.budget_won AS wanted
             FROM calls c JOIN ledger_accounts l ON l.kind = 'outside' AND l.owner_id = c.id
             WHERE -l.balance_won <> c.budget_won ORDER BY c.id LIMIT 1",
    },
    SetCheck {
        name: "awards_held",
        noun: "application",
        rows: "SELECT COUNT(*) FROM applications WHERE state IN ('selected', 'agreed', 'closed')",
        breach: with_awards!(
            "SELECT a.id, CAST(COALESCE(h.won, 0) AS BIGINT) AS found,
                CAST(COALESCE(l.amount_won, 0) - COALESCE(r.won, 0) AS BIGINT) AS wanted
             FROM applications a LEFT JOIN latest l ON l.application_id = a.id LEFT JOIN held h ON h.owner_id = a.id
             LEFT JOIN released r ON r.case_id = a.id
             WHERE a.state IN ('selected', 'agreed', 'closed')
                AND (l.application_id IS NULL OR COALESCE(h.won, 0) <> l.amount_won - COALESCE(r.won, 0))
             ORDER BY a.id LIMIT 1"
        ),
    },
    SetCheck {
        name: "others_hold_nothing",
        noun: "application",
        rows: "SELECT COUNT(*) FROM applications WHERE state NOT IN ('selected', 'agreed', 'closed')",
        breach: "SELECT a.id, l.balance_won AS found, CAST(0 AS BIGINT) AS wanted
             FROM ledger_accounts l JOIN applications a ON a.id = l.owner_id
             WHERE l.kind IN ('committed', 'voucher', 'held', 'payable', 'paid') AND l.balance_won <> 0
                AND a.state NOT IN ('selected', 'agreed', 'closed') ORDER BY a.id LIMIT 1",
    },
    SetCheck {
        name: "recoveries_balance",
        noun: "recovery",
        rows: "SELECT COUNT(*) FROM recoveries",
        breach: "SELECT scope_id AS id, CAST(SUM(balance_won) AS BIGINT) AS found, CAST(0 AS BIGINT) AS wanted
             FROM ledger_accounts WHERE kind IN ('recovery_source', 'recoverable', 'recovered', 'written_off')
             GROUP BY scope_id HAVING SUM(balance_won) <> 0 ORDER BY scope_id LIMIT 1",
    },
    SetCheck {
        name: "recoveries_open",
        noun: "recovery",
        rows: "SELECT COUNT(*) FROM recoveries WHERE state = 'due'",
        // What was kept back from a payment stands in the ledger first, and is counted on the recovery soon after.
        breach: "SELECT id, CAST(SUM(ledger) AS BIGINT) AS found, CAST(SUM(other) AS BIGINT) AS wanted FROM (
                SELECT scope_id AS id, balance_won AS ledger, CAST(0 AS BIGINT) AS other FROM ledger_accounts WHERE kind = 'recoverable'
                UNION ALL
                SELECT id, 0, principal_open_won + surcharge_open_won + interest_open_won FROM recoveries WHERE state = 'due'
                UNION ALL
                SELECT a.scope_id, 0, -e.amount_won FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id
                JOIN ledger_postings p ON p.id = e.posting_id
                WHERE a.kind = 'recovered' AND p.kind = 'offset' AND NOT EXISTS (
                    SELECT 1 FROM recovery_receipts r WHERE r.recovery_id = a.scope_id AND r.reference = p.reference)) sides
             GROUP BY id HAVING SUM(ledger) <> SUM(other) ORDER BY id LIMIT 1",
    },
    SetCheck {
        name: "recoveries_within_paid",
        noun: "application",
        rows: "SELECT COUNT(*) FROM recoveries",
        breach: "WITH claimed AS MATERIALIZED (
                SELECT application_id, SUM(principal_won) AS won FROM recoveries WHERE state <> 'revoked' GROUP BY application_id)
             SELECT c.application_id AS id, CAST(c.won AS BIGINT) AS found, CAST(COALESCE(l.balance_won, 0) AS BIGINT) AS wanted
             FROM claimed c LEFT JOIN ledger_accounts l ON l.kind = 'paid' AND l.owner_id = c.application_id
             WHERE c.won > COALESCE(l.balance_won, 0) ORDER BY c.application_id LIMIT 1",
    },
];
