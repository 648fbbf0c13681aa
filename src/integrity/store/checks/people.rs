//! Invariants of who did what, and why.

use super::SetCheck;

pub(crate) const CHECKS: &[SetCheck] = &[
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
