//! Invariants from the claim to the bank.

use super::SetCheck;

/// Two sums by id that must be equal, however a row stands on one side only.
macro_rules! equal_sums {
    ($ledger:literal, $other:literal) => {
        concat!(
            "SELECT id, CAST(SUM(ledger) AS BIGINT) AS found, CAST(SUM(other) AS BIGINT) AS wanted FROM (
                SELECT owner_id AS id, balance_won AS ledger, CAST(0 AS BIGINT) AS other FROM ledger_accounts WHERE kind = ",
            $ledger,
            " UNION ALL ",
            $other,
            ") sides GROUP BY id HAVING SUM(ledger) <> SUM(other) ORDER BY id LIMIT 1"
        )
    };
}

pub(crate) const CHECKS: &[SetCheck] = &[
    SetCheck {
        name: "claims_within_vouchers",
        noun: "agreement",
        rows: "SELECT COUNT(*) FROM claims",
        breach: "SELECT c.agreement_id AS id, CAST(SUM(c.support_won) AS BIGINT) AS found,
                CAST(COALESCE(v.amount_won, 0) AS BIGINT) AS wanted
             FROM claims c LEFT JOIN vouchers v ON v.agreement_id = c.agreement_id
             WHERE c.state IN ('approved', 'ordered', 'paid')
             GROUP BY c.agreement_id, v.amount_won HAVING SUM(c.support_won) > COALESCE(v.amount_won, 0)
             ORDER BY c.agreement_id LIMIT 1",
    },
    SetCheck {
        name: "held_is_approved",
        noun: "application",
        rows: "SELECT COUNT(*) FROM claims WHERE state = 'approved'",
        breach: equal_sums!(
            "'held'",
            "SELECT c.application_id, 0, c.support_won - COALESCE((SELECT SUM(p.kept_won) FROM payments p WHERE p.claim_id = c.id), 0)
                FROM claims c WHERE c.state = 'approved'"
        ),
    },
    SetCheck {
        name: "payable_is_ordered",
        noun: "application",
        rows: "SELECT COUNT(*) FROM payments WHERE state IN ('prepared', 'sent', 'unknown')",
        breach: equal_sums!(
            "'payable'",
            "SELECT application_id, 0, amount_won FROM payments WHERE state IN ('prepared', 'sent', 'unknown')"
        ),
    },
    SetCheck {
        name: "paid_is_confirmed",
        noun: "application",
        rows: "SELECT COUNT(*) FROM payments WHERE state = 'confirmed'",
        // What was kept back for what the receiver owes counts as paid too.
        breach: equal_sums!(
            "'paid'",
            "SELECT application_id, 0, amount_won FROM payments WHERE state = 'confirmed' UNION ALL
                SELECT a.owner_id, 0, e.amount_won FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id
                JOIN ledger_postings p ON p.id = e.posting_id WHERE a.kind = 'paid' AND p.kind = 'offset'"
        ),
    },
    SetCheck {
        name: "payments_match_claims",
        noun: "payment",
        rows: "SELECT COUNT(*) FROM payments",
        // With what was kept back for what the vendor owes, in this order and those before.
        breach: "SELECT p.id, p.amount_won AS found, c.support_won AS wanted FROM payments p JOIN claims c ON c.id = p.claim_id
             WHERE (p.state NOT IN ('failed', 'cancelled', 'returned') AND p.amount_won <> c.support_won
                    - (SELECT SUM(k.kept_won) FROM payments k WHERE k.claim_id = p.claim_id))
                OR p.application_id <> c.application_id OR p.vendor_id <> c.vendor_id
             ORDER BY p.id LIMIT 1",
    },
    SetCheck {
        name: "one_live_payment",
        noun: "claim",
        rows: "SELECT COUNT(*) FROM payments",
        breach: "SELECT claim_id AS id, COUNT(*) AS found, CAST(1 AS BIGINT) AS wanted FROM payments
             WHERE state NOT IN ('failed', 'cancelled', 'returned') GROUP BY claim_id HAVING COUNT(*) > 1 ORDER BY claim_id LIMIT 1",
    },
    SetCheck {
        name: "paid_claims_are_paid",
        noun: "claim",
        rows: "SELECT COUNT(*) FROM claims",
        breach: "SELECT c.id FROM claims c
             WHERE (c.state = 'paid') <> EXISTS (SELECT 1 FROM payments p WHERE p.claim_id = c.id AND p.state = 'confirmed')
             ORDER BY c.id LIMIT 1",
    },
    SetCheck {
        name: "batch_totals",
        noun: "batch",
        rows: "SELECT COUNT(*) FROM payment_batches",
        breach: "SELECT b.id, b.total_won AS found, CAST(COALESCE(SUM(p.amount_won), 0) AS BIGINT) AS wanted
             FROM payment_batches b LEFT JOIN payments p ON p.batch_id = b.id
             GROUP BY b.id, b.total_won, b.payment_count
             HAVING b.total_won <> COALESCE(SUM(p.amount_won), 0) OR b.payment_count <> COUNT(p.id) ORDER BY b.id LIMIT 1",
    },
    SetCheck {
        name: "sent_in_released_batches",
        noun: "payment",
        rows: "SELECT COUNT(*) FROM payments",
        breach: "SELECT p.id FROM payments p JOIN payment_batches b ON b.id = p.batch_id
             WHERE p.state IN ('sent', 'confirmed', 'failed', 'unknown', 'returned')
                AND (b.state NOT IN ('released', 'settled') OR b.file_text IS NULL) ORDER BY p.id LIMIT 1",
    },
    SetCheck {
        name: "approval_numbers",
        noun: "claim",
        rows: "SELECT COUNT(*) FROM tax_invoices",
        breach: "SELECT c.id FROM claims c WHERE NOT EXISTS (SELECT 1 FROM tax_invoices t WHERE t.claim_id = c.id)
             ORDER BY c.id LIMIT 1",
    },
    SetCheck {
        name: "accepted_before_approval",
        noun: "claim",
        rows: "SELECT COUNT(*) FROM claims WHERE state IN ('approved', 'ordered', 'paid')",
        breach: "SELECT c.id FROM claims c JOIN milestones m ON m.id = c.milestone_id
             WHERE c.state IN ('approved', 'ordered', 'paid') AND (m.state <> 'accepted' OR c.delivery_by IS NULL
                OR c.checked_by IS NULL OR c.delivery_by = c.submitted_by OR c.checked_by = c.submitted_by OR c.checked_by = c.delivery_by)
             ORDER BY c.id LIMIT 1",
    },
];
