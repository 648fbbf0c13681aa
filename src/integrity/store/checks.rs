//! The invariants (domain.md part I, section C) as statements over the whole population.
//! Each answers the first row that breaks it, lowest id first; a sound database answers nothing.

use crate::db::Tx;
use chrono::{DateTime, Utc};
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

pub(crate) const SET_CHECKS: &[SetCheck] = &[
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
             WHERE (balance_won < 0 AND NOT may_be_negative) OR (may_be_negative AND kind NOT IN ('outside', 'cap_source', 'count_source', 'rolling_source'))
             ORDER BY id LIMIT 1",
    },
    SetCheck {
        name: "call_budgets",
        noun: "call",
        rows: "SELECT COUNT(*) FROM calls",
        breach: "SELECT scope_id AS id, CAST(SUM(balance_won) AS BIGINT) AS found, CAST(0 AS BIGINT) AS wanted
             FROM ledger_accounts WHERE kind IN ('outside', 'budget', 'committed', 'voucher', 'held', 'payable', 'paid')
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
        name: "awards_within_requests",
        noun: "application",
        rows: "SELECT COUNT(*) FROM decisions",
        breach: "SELECT a.id, d.amount_won AS found, a.support_won AS wanted FROM decisions d
             JOIN applications a ON a.id = d.application_id
             WHERE d.outcome = 'selected' AND d.amount_won > a.support_won ORDER BY a.id LIMIT 1",
    },
    SetCheck {
        name: "agreements_within_awards",
        noun: "agreement",
        rows: "SELECT COUNT(*) FROM agreements",
        breach: with_awards!(
            "SELECT g.id, g.support_won AS found, CAST(COALESCE(l.amount_won, 0) AS BIGINT) AS wanted
             FROM agreements g LEFT JOIN latest l ON l.application_id = g.application_id
             WHERE g.support_won > COALESCE(l.amount_won, 0) ORDER BY g.id LIMIT 1"
        ),
    },
    SetCheck {
        name: "vouchers_within_agreements",
        noun: "voucher",
        rows: "SELECT COUNT(*) FROM vouchers",
        breach: "SELECT v.id, v.amount_won AS found, g.support_won AS wanted
             FROM vouchers v JOIN agreements g ON g.id = v.agreement_id WHERE v.amount_won > g.support_won ORDER BY v.id LIMIT 1",
    },
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
        breach: equal_sums!("'held'", "SELECT application_id, 0, support_won FROM claims WHERE state = 'approved'"),
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
        breach: equal_sums!("'paid'", "SELECT application_id, 0, amount_won FROM payments WHERE state = 'confirmed'"),
    },
    SetCheck {
        name: "payments_match_claims",
        noun: "payment",
        rows: "SELECT COUNT(*) FROM payments",
        breach: "SELECT p.id, p.amount_won AS found, c.support_won AS wanted FROM payments p JOIN claims c ON c.id = p.claim_id
             WHERE p.amount_won <> c.support_won OR p.application_id <> c.application_id OR p.vendor_id <> c.vendor_id
             ORDER BY p.id LIMIT 1",
    },
    SetCheck {
        name: "one_live_payment",
        noun: "claim",
        rows: "SELECT COUNT(*) FROM payments",
        breach: "SELECT claim_id AS id, COUNT(*) AS found, CAST(1 AS BIGINT) AS wanted FROM payments
             WHERE state NOT IN ('failed', 'cancelled') GROUP BY claim_id HAVING COUNT(*) > 1 ORDER BY claim_id LIMIT 1",
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
             WHERE p.state IN ('sent', 'confirmed', 'failed', 'unknown')
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
    SetCheck {
        name: "one_chain",
        noun: "claim",
        rows: "SELECT COUNT(*) FROM claims",
        breach: "SELECT c.id FROM claims c JOIN agreements g ON g.id = c.agreement_id JOIN milestones m ON m.id = c.milestone_id
             JOIN applications a ON a.id = g.application_id
             WHERE c.application_id <> g.application_id OR c.vendor_id <> g.vendor_id OR c.organisation_id <> g.organisation_id
                OR m.agreement_id <> c.agreement_id OR a.organisation_id <> g.organisation_id OR a.call_id <> g.call_id
             ORDER BY c.id LIMIT 1",
    },
    SetCheck {
        name: "vendor_is_not_firm",
        noun: "application",
        rows: "SELECT COUNT(*) FROM applications",
        breach: "SELECT a.id FROM applications a JOIN vendors v ON v.id = a.vendor_id
             WHERE v.organisation_id = a.organisation_id ORDER BY a.id LIMIT 1",
    },
    SetCheck {
        name: "one_live_application",
        noun: "organisation",
        rows: "SELECT COUNT(*) FROM applications",
        breach: "SELECT organisation_id AS id, COUNT(*) AS found, CAST(1 AS BIGINT) AS wanted FROM applications
             WHERE state NOT IN ('withdrawn', 'expired')
             GROUP BY organisation_id, call_id HAVING COUNT(*) > 1 ORDER BY organisation_id LIMIT 1",
    },
    SetCheck {
        name: "duties_apart",
        noun: "application",
        rows: "SELECT COUNT(*) FROM duties",
        breach: "SELECT d.case_id AS id FROM duties d JOIN duties e ON e.case_id = d.case_id AND e.person_id = d.person_id
             JOIN forbidden_pairs p ON p.one = d.act AND p.other = e.act ORDER BY d.case_id LIMIT 1",
    },
    SetCheck {
        name: "payers_apart",
        noun: "payment",
        rows: "SELECT COUNT(*) FROM payments",
        breach: "SELECT p.id FROM payments p JOIN payment_batches b ON b.id = p.batch_id JOIN claims c ON c.id = p.claim_id
             WHERE c.checked_by IN (b.prepared_by, b.approved_by, b.released_by) OR b.approved_by = b.prepared_by
                OR b.released_by IN (b.prepared_by, b.approved_by) ORDER BY p.id LIMIT 1",
    },
    SetCheck {
        name: "deciders_apart",
        noun: "decision",
        rows: "SELECT COUNT(*) FROM decisions",
        breach: "SELECT d.id FROM decisions d JOIN review_assignments r
                ON r.application_id = d.application_id AND r.reviewer_id = d.decided_by AND r.state = 'locked'
             ORDER BY d.id LIMIT 1",
    },
    SetCheck {
        name: "decisions_reasoned",
        noun: "decision",
        rows: "SELECT COUNT(*) FROM decisions",
        breach: "SELECT d.id FROM decisions d JOIN applications a ON a.id = d.application_id
             WHERE d.reason = '' OR NOT EXISTS (
                SELECT 1 FROM call_versions v WHERE v.call_id = a.call_id AND v.version = d.call_version) ORDER BY d.id LIMIT 1",
    },
    SetCheck {
        name: "decisions_reviewed",
        noun: "decision",
        rows: "SELECT COUNT(*) FROM decisions",
        breach: "WITH needed AS MATERIALIZED (
                SELECT call_id, version, 
                    CAST(COALESCE(rules -> 'review' ->> 'quorum', rules ->> 'reviewers') AS BIGINT) AS reviewers FROM call_versions
                WHERE rules ->> 'selection' = 'scored')
             SELECT id, found, wanted FROM (
                SELECT d.id, n.reviewers AS wanted, (SELECT COUNT(*) FROM review_assignments r
                    WHERE r.application_id = d.application_id AND r.state = 'locked' AND r.locked_at <= d.decided_at
                        AND r.purpose <> 'sample' AND r.round = d.round) AS found
                FROM decisions d JOIN applications a ON a.id = d.application_id
                JOIN needed n ON n.call_id = a.call_id AND n.version = d.call_version) counted
             WHERE found < wanted ORDER BY id LIMIT 1",
    },
    SetCheck {
        name: "application_histories",
        noun: "application",
        rows: "SELECT COUNT(*) FROM applications",
        // A note cannot pretend to be a state: within it, quotes are escaped.
        breach: "WITH moved AS MATERIALIZED (
                SELECT subject_id, detail FROM (
                    SELECT subject_id, detail, ROW_NUMBER() OVER (PARTITION BY subject_id ORDER BY at DESC, id DESC) AS place
                    FROM audit_records WHERE kind = 'application_moved') ranked WHERE place = 1)
             SELECT a.id FROM applications a LEFT JOIN moved m ON m.subject_id = a.id
             WHERE (m.detail IS NULL AND a.state <> 'draft')
                OR REPLACE(m.detail, '\"state\":\"' || a.state || '\"', '') = m.detail ORDER BY a.id LIMIT 1",
    },
    SetCheck {
        name: "cost_lines_add_up",
        noun: "application",
        rows: "SELECT COUNT(*) FROM application_costs",
        breach: "SELECT a.id, a.support_won AS found, CAST(COALESCE(SUM(l.support_won), 0) AS BIGINT) AS wanted
             FROM applications a LEFT JOIN application_costs l ON l.application_id = a.id
             WHERE a.submitted_at IS NOT NULL GROUP BY a.id, a.support_won, a.own_won
             HAVING a.support_won <> COALESCE(SUM(l.support_won), 0) OR a.own_won <> COALESCE(SUM(l.own_won), 0)
             ORDER BY a.id LIMIT 1",
    },
    SetCheck {
        name: "agreement_lines_add_up",
        noun: "agreement",
        rows: "SELECT COUNT(*) FROM agreement_lines",
        breach: "SELECT g.id, g.support_won AS found, CAST(COALESCE(SUM(l.support_won), 0) AS BIGINT) AS wanted
             FROM agreements g LEFT JOIN agreement_lines l ON l.agreement_id = g.id
             WHERE g.state NOT IN ('offered', 'lapsed') GROUP BY g.id, g.support_won, g.own_won
             HAVING g.support_won <> COALESCE(SUM(l.support_won), 0) OR g.own_won <> COALESCE(SUM(l.own_won), 0)
             ORDER BY g.id LIMIT 1",
    },
    SetCheck {
        name: "three_assents",
        noun: "agreement",
        rows: "SELECT COUNT(*) FROM agreements",
        breach: "SELECT g.id FROM agreements g
             WHERE (g.state IN ('active', 'completed', 'terminated')
                    OR EXISTS (SELECT 1 FROM vouchers v WHERE v.agreement_id = g.id))
                AND (g.firm_assent_at IS NULL OR g.vendor_assent_at IS NULL OR g.agency_assent_at IS NULL)
             ORDER BY g.id LIMIT 1",
    },
    SetCheck {
        name: "baselines_locked",
        noun: "agreement",
        rows: "SELECT COUNT(*) FROM agreement_indicators",
        breach: "SELECT id, found, wanted FROM (
                SELECT g.id, (SELECT COUNT(*) FROM agreement_indicators i WHERE i.agreement_id = g.id) AS found,
                    (SELECT COUNT(*) FROM application_indicators i WHERE i.application_id = g.application_id) AS wanted
                FROM agreements g WHERE g.state IN ('active', 'completed')) counted
             WHERE found = 0 OR found <> wanted ORDER BY id LIMIT 1",
    },
    SetCheck {
        name: "outcomes_measured",
        noun: "outcome_report",
        rows: "SELECT COUNT(*) FROM outcome_reports",
        breach: "SELECT id, found, wanted FROM (
                SELECT r.id, r.verified_by, r.submitted_by,
                    (SELECT COUNT(*) FROM outcome_measurements m WHERE m.report_id = r.id) AS found,
                    (SELECT COUNT(*) FROM agreement_indicators i WHERE i.agreement_id = r.agreement_id) AS wanted
                FROM outcome_reports r WHERE r.state IN ('submitted', 'verified')) counted
             WHERE found <> wanted OR submitted_by IS NULL OR verified_by = submitted_by ORDER BY id LIMIT 1",
    },
    SetCheck {
        name: "flags_end_with_reason",
        noun: "risk_flag",
        rows: "SELECT COUNT(*) FROM risk_flags",
        breach: "SELECT id FROM risk_flags
             WHERE state <> 'raised' AND (reason IS NULL OR reason = '' OR ended_by IS NULL OR ended_at IS NULL)
             ORDER BY id LIMIT 1",
    },
    SetCheck {
        name: "exports_with_purpose",
        noun: "export",
        rows: "SELECT COUNT(*) FROM export_records",
        breach: "SELECT id FROM export_records
             WHERE purpose = '' OR (finished_at IS NOT NULL AND (row_count IS NULL OR sha256 IS NULL)) ORDER BY id LIMIT 1",
    },
];

/// Looks at one invariant: how many rows, and the first that breaks it.
pub(crate) async fn run(tx: &mut Tx, check: &SetCheck) -> sqlx::Result<(i64, Option<Offender>)> {
    let rows = tx.value(check.rows, ()).await?.unwrap_or(0);
    Ok((rows, tx.find(check.breach, ()).await?))
}

/// The window of a call, as far as submissions are judged by it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Window {
    pub id: Uuid,
    pub opens_at: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
    pub grace_seconds: i64,
}

pub(crate) async fn windows(tx: &mut Tx) -> sqlx::Result<Vec<Window>> {
    tx.all("SELECT id, opens_at, closes_at, grace_seconds FROM calls ORDER BY id", ()).await
}

/// How many first submissions a call received, and the first of them outside `from..until`.
pub(crate) async fn outside_window(
    tx: &mut Tx,
    call: Uuid,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> sqlx::Result<(i64, Option<Offender>)> {
    let rows = tx
        .value(
            "SELECT COUNT(*) FROM application_submissions s JOIN applications a ON a.id = s.application_id
             WHERE a.call_id = $1 AND s.round = 1",
            (call,),
        )
        .await?
        .unwrap_or(0);
    let breach = tx
        .find(
            "SELECT a.id FROM application_submissions s JOIN applications a ON a.id = s.application_id
             WHERE a.call_id = $1 AND s.round = 1 AND (s.received_at < $2 OR s.received_at >= $3) ORDER BY a.id LIMIT 1",
            (call, from, until),
        )
        .await?;
    Ok((rows, breach))
}

/// A text that was kept with its hash.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Hashed {
    pub id: Uuid,
    pub round: i64,
    pub content: String,
    pub sha256: Option<Vec<u8>>,
}

/// The submissions after one, by key.
pub(crate) async fn submissions_after(tx: &mut Tx, id: Uuid, round: i64, limit: i64) -> sqlx::Result<Vec<Hashed>> {
    tx.all(
        "SELECT application_id AS id, round, content, sha256 FROM application_submissions
         WHERE (application_id, round) > ($1, $2) ORDER BY application_id, round LIMIT $3",
        (id, round, limit),
    )
    .await
}

/// The agreements after one, by key.
pub(crate) async fn agreements_after(tx: &mut Tx, id: Uuid, limit: i64) -> sqlx::Result<Vec<Hashed>> {
    tx.all(
        "SELECT id, CAST(0 AS BIGINT) AS round, content, content_sha256 AS sha256 FROM agreements
         WHERE id > $1 ORDER BY id LIMIT $2",
        (id, limit),
    )
    .await
}

/// The bank files after one, by key.
pub(crate) async fn bank_files_after(tx: &mut Tx, id: Uuid, limit: i64) -> sqlx::Result<Vec<Hashed>> {
    tx.all(
        "SELECT id, CAST(0 AS BIGINT) AS round, file_text AS content, file_sha256 AS sha256 FROM payment_batches
         WHERE id > $1 AND file_text IS NOT NULL ORDER BY id LIMIT $2",
        (id, limit),
    )
    .await
}

/// Submitted applications whose own hash is that of no submission of theirs.
pub(crate) async fn strange_hash(tx: &mut Tx) -> sqlx::Result<Option<Offender>> {
    tx.find(
        "SELECT a.id FROM applications a WHERE a.submitted_at IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM application_submissions s WHERE s.application_id = a.id AND s.sha256 = a.submitted_hash)
         ORDER BY a.id LIMIT 1",
        (),
    )
    .await
}

/// A decision whose score is to be recomputed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Scored {
    pub id: Uuid,
    pub call_id: Uuid,
    pub call_version: i64,
    pub score_milli: i64,
}

pub(crate) async fn decisions_after(tx: &mut Tx, id: Uuid, limit: i64) -> sqlx::Result<Vec<Scored>> {
    tx.all(
        "SELECT d.id, a.call_id, d.call_version, d.score_milli FROM decisions d JOIN applications a ON a.id = d.application_id
         WHERE d.id > $1 ORDER BY d.id LIMIT $2",
        (id, limit),
    )
    .await
}

/// One item of one locked assignment that a decision rests on.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Point {
    pub decision_id: Uuid,
    pub assignment_id: Uuid,
    pub total_milli: Option<i64>,
    pub item: String,
    pub points: i64,
}

/// The points behind the decisions in `after..=until`, decision by decision, assignment by assignment.
pub(crate) async fn points_between(tx: &mut Tx, after: Uuid, until: Uuid) -> sqlx::Result<Vec<Point>> {
    tx.all(
        "SELECT d.id AS decision_id, r.id AS assignment_id, r.total_milli, COALESCE(s.item, '') AS item,
            COALESCE(s.points, 0) AS points
         FROM decisions d JOIN review_assignments r
            ON r.application_id = d.application_id AND r.state = 'locked' AND r.locked_at <= d.decided_at
                AND r.purpose <> 'sample' AND r.round = d.round
         LEFT JOIN review_scores s ON s.assignment_id = r.id
         WHERE d.id > $1 AND d.id <= $2 ORDER BY d.id, r.id",
        (after, until),
    )
    .await
}
