//! Invariants of a case: one chain from the application to the outcome.

use super::SetCheck;

pub(crate) const CHECKS: &[SetCheck] = &[
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
        name: "one_chain",
        noun: "claim",
        rows: "SELECT COUNT(*) FROM claims",
        breach: "SELECT c.id FROM claims c JOIN agreements g ON g.id = c.agreement_id JOIN milestones m ON m.id = c.milestone_id
             JOIN applications a ON a.id = g.application_id
             WHERE c.application_id <> g.application_id
                OR (c.vendor_id <> g.vendor_id AND NOT EXISTS (SELECT 1 FROM agreement_changes h
                    WHERE h.agreement_id = g.id AND h.kind = 'vendor' AND h.state = 'applied' AND h.decided_at >= c.submitted_at))
                OR (c.organisation_id <> g.organisation_id AND NOT EXISTS (SELECT 1 FROM agreement_changes h
                    WHERE h.agreement_id = g.id AND h.kind = 'merger' AND h.state = 'applied' AND h.decided_at >= c.submitted_at))
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
];
