//! Every SQL text of insights: aggregates over the whole population, the export by key, the search for a record.

use super::ExportId;
use crate::{
    core::money::Won,
    db::{
        Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The figures of one group. Counts are of firms.
#[derive(Debug, Clone, Default, sqlx::FromRow)]
pub(super) struct FigureRow {
    /// `total`, `region`, `section` or `size`.
    pub dimension: String,
    pub code: String,
    pub applied: i64,
    pub selected: i64,
    pub requested: Won,
    pub committed: Won,
    pub vouchered: Won,
    pub in_payment: Won,
    pub paid: Won,
}

/// All figures in one statement: the total, and by region, industry section and size class. Nothing when nobody applied.
pub(super) async fn figures(tx: &mut Tx, call: Option<Uuid>) -> sqlx::Result<Vec<FigureRow>> {
    let mut query = tx.query(
        "WITH cases AS MATERIALIZED (
            SELECT a.organisation_id, a.region_code, SUBSTR(a.industry_code, 1, 1) AS section,
                COALESCE(a.size_class, 'unassessable') AS size_class,
                CASE WHEN a.state IN ('selected', 'agreed', 'closed') THEN a.organisation_id END AS selected_id,
                a.support_won, m.committed, m.vouchered, m.in_payment, m.paid
            FROM applications a LEFT JOIN (
                SELECT owner_id, SUM(balance_won) AS committed,
                    SUM(CASE WHEN kind <> 'committed' THEN balance_won ELSE 0 END) AS vouchered,
                    SUM(CASE WHEN kind IN ('held', 'payable') THEN balance_won ELSE 0 END) AS in_payment,
                    SUM(CASE WHEN kind = 'paid' THEN balance_won ELSE 0 END) AS paid
                FROM ledger_accounts WHERE kind IN ('committed', 'voucher', 'held', 'payable', 'paid') GROUP BY owner_id
            ) m ON m.owner_id = a.id
            WHERE a.submitted_at IS NOT NULL",
        (),
    );
    if let Some(call) = call {
        query.add(" AND a.call_id = ?", (call,));
    }
    query.add(
        ") SELECT d.dimension, CASE d.dimension WHEN 'region' THEN region_code WHEN 'section' THEN section
                WHEN 'size' THEN size_class ELSE '' END AS code,
            COUNT(DISTINCT organisation_id) AS applied, COUNT(DISTINCT selected_id) AS selected,
            CAST(COALESCE(SUM(support_won), 0) AS BIGINT) AS requested, CAST(COALESCE(SUM(committed), 0) AS BIGINT) AS committed,
            CAST(COALESCE(SUM(vouchered), 0) AS BIGINT) AS vouchered, CAST(COALESCE(SUM(in_payment), 0) AS BIGINT) AS in_payment,
            CAST(COALESCE(SUM(paid), 0) AS BIGINT) AS paid
         FROM cases CROSS JOIN (SELECT 'total' AS dimension UNION ALL SELECT 'region' UNION ALL SELECT 'section'
            UNION ALL SELECT 'size') d
         GROUP BY 1, 2 ORDER BY 1, 2",
        (),
    );
    tx.fetch_all(query).await
}

/// What the ledger holds for applications, whatever the applications say.
pub(super) async fn ledger_total(tx: &mut Tx, call: Option<Uuid>) -> sqlx::Result<Won> {
    let mut query = tx.query(
        "SELECT CAST(COALESCE(SUM(balance_won), 0) AS BIGINT) FROM ledger_accounts
         WHERE kind IN ('committed', 'voucher', 'held', 'payable', 'paid')",
        (),
    );
    if let Some(call) = call {
        query.add(" AND scope_id = ?", (call,));
    }
    Ok(tx.fetch_value(query).await?.unwrap_or(Won::ZERO))
}

/// A call that figures may be asked for.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct CallRow {
    pub id: Uuid,
    pub code: String,
    pub name_ko: String,
    pub name_en: String,
}

pub(super) async fn calls(tx: &mut Tx) -> sqlx::Result<Vec<CallRow>> {
    tx.all(
        "SELECT id, code, name_ko, name_en FROM calls WHERE state <> 'draft' ORDER BY made_at DESC, id DESC LIMIT 200",
        (),
    )
    .await
}

/// One application as the export tells it: no name, no number that leads to one.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct ExportRow {
    pub id: Uuid,
    pub organisation_id: Uuid,
    pub call_code: String,
    pub region_code: String,
    pub region_name: String,
    pub industry_code: String,
    pub size_class: Option<String>,
    pub state: String,
    pub use_case: Option<String>,
    pub data_class: Option<String>,
    pub latency_class: Option<String>,
    pub language_class: Option<String>,
    pub decision_impact: Option<String>,
    pub model_origin: Option<String>,
    pub hosting: Option<String>,
    pub total_won: Won,
    pub support_won: Won,
    pub committed_won: Won,
    pub vouchered_won: Won,
    pub paid_won: Won,
    pub submitted_at: DateTime<Utc>,
    pub decided_at: Option<DateTime<Utc>>,
    pub decision: Option<String>,
    pub reason: Option<String>,
    pub score_milli: Option<i64>,
}

/// The submitted applications after one, by key.
pub(super) async fn export_rows(tx: &mut Tx, after: Uuid, limit: i64) -> sqlx::Result<Vec<ExportRow>> {
    tx.all(
        "WITH page AS MATERIALIZED (
            SELECT a.id, a.organisation_id, a.call_id, a.region_code, a.industry_code, a.size_class, a.state, a.use_case, a.data_class,
                a.latency_class, a.language_class, a.decision_impact, a.model_origin, a.hosting, a.total_won, a.support_won,
                a.submitted_at,
                (SELECT d.id FROM decisions d WHERE d.application_id = a.id ORDER BY d.decided_at DESC, d.id DESC LIMIT 1) AS decision_id
            FROM applications a WHERE a.id > $1 AND a.submitted_at IS NOT NULL ORDER BY a.id LIMIT $2)
         SELECT a.id, a.organisation_id, c.code AS call_code, a.region_code, r.name_ko AS region_name, a.industry_code, a.size_class,
            a.state, a.use_case, a.data_class, a.latency_class, a.language_class, a.decision_impact, a.model_origin, a.hosting,
            a.total_won, a.support_won,
            CAST(COALESCE((SELECT SUM(l.balance_won) FROM ledger_accounts l WHERE l.owner_id = a.id
                AND l.kind IN ('committed', 'voucher', 'held', 'payable', 'paid')), 0) AS BIGINT) AS committed_won,
            CAST(COALESCE((SELECT SUM(l.balance_won) FROM ledger_accounts l WHERE l.owner_id = a.id
                AND l.kind IN ('voucher', 'held', 'payable', 'paid')), 0) AS BIGINT) AS vouchered_won,
            CAST(COALESCE((SELECT SUM(l.balance_won) FROM ledger_accounts l WHERE l.owner_id = a.id
                AND l.kind = 'paid'), 0) AS BIGINT) AS paid_won,
            a.submitted_at, d.decided_at, d.outcome AS decision, d.reason, d.score_milli
         FROM page a JOIN calls c ON c.id = a.call_id JOIN regions r ON r.code = a.region_code
         LEFT JOIN decisions d ON d.id = a.decision_id ORDER BY a.id",
        (after, limit),
    )
    .await
}

pub(super) async fn insert_export(
    tx: &mut Tx,
    id: ExportId,
    purpose: &str,
    definition: &'static str,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO export_records (id, dataset, purpose, filters, definition, requested_by, started_at)
         VALUES ($1, 'applications', $2, 'all', $3, $4, $5)",
        (id, purpose.to_owned(), definition, by, now),
    )
    .await
}

pub(super) async fn finish_export(
    tx: &mut Tx,
    id: ExportId,
    rows: i64,
    sha256: Vec<u8>,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE export_records SET row_count = $2, sha256 = $3, finished_at = $4 WHERE id = $1 AND finished_at IS NULL",
        (id, rows, sha256, now),
    )
    .await
}

/// A past export.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct PastExport {
    pub id: ExportId,
    pub dataset: String,
    pub purpose: String,
    pub definition: String,
    pub requested_by_name: String,
    pub started_at: DateTime<Utc>,
    pub row_count: Option<i64>,
    pub sha256: Option<Vec<u8>>,
}

pub(super) async fn exports(tx: &mut Tx, after: Option<Cursor>) -> sqlx::Result<Paged<PastExport>> {
    let count = tx
        .value("SELECT COUNT(*) FROM (SELECT id FROM export_records LIMIT $1) AS counted", (COUNT_MAX + 1,))
        .await?
        .unwrap_or(0);
    let mut query = tx.query(
        "SELECT e.id, e.dataset, e.purpose, e.definition, p.name AS requested_by_name, e.started_at, e.row_count, e.sha256
         FROM export_records e JOIN people p ON p.id = e.requested_by WHERE 1 = 1",
        (),
    );
    if let Some(after) = after {
        query.add(" AND (e.started_at, e.id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY e.started_at DESC, e.id DESC LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    Ok(Paged::new(rows, count, |row: &PastExport| Cursor { at: row.started_at, id: row.id.0 }))
}

/// A record that was found, and the case whose history it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct Hit {
    pub kind: String,
    pub case_id: Uuid,
    pub label: String,
}

/// What an id is the id of. Drafts are nobody's but their firm's.
pub(super) async fn by_id(tx: &mut Tx, id: Uuid) -> sqlx::Result<Option<Hit>> {
    tx.find(
        "SELECT 'application' AS kind, id AS case_id, COALESCE(receipt_no, title) AS label FROM applications
            WHERE id = $1 AND submitted_at IS NOT NULL
         UNION ALL SELECT 'agreement', application_id, number FROM agreements WHERE id = $1
         UNION ALL SELECT 'claim', application_id, number FROM claims WHERE id = $1
         UNION ALL SELECT 'payment', application_id, end_to_end_id FROM payments WHERE id = $1
         UNION ALL SELECT 'batch', id, number FROM payment_batches WHERE id = $1
         UNION ALL SELECT 'vendor', v.id, o.legal_name FROM vendors v JOIN organisations o ON o.id = v.organisation_id WHERE v.id = $1
         UNION ALL SELECT 'organisation', id, legal_name FROM organisations WHERE id = $1
         UNION ALL SELECT 'call', id, code FROM calls WHERE id = $1
         UNION ALL SELECT 'programme', id, code FROM programmes WHERE id = $1
         UNION ALL SELECT 'person', id, name FROM people WHERE id = $1",
        (id,),
    )
    .await
}

/// The records that bear a number: as it was typed, in capitals, or its digits alone (a business number).
pub(super) async fn by_number(tx: &mut Tx, typed: &str, digits: &str) -> sqlx::Result<Vec<Hit>> {
    tx.all(
        "SELECT 'application' AS kind, id AS case_id, receipt_no AS label FROM applications WHERE receipt_no IN ($1, $2)
         UNION ALL SELECT 'agreement', application_id, number FROM agreements WHERE number IN ($1, $2)
         UNION ALL SELECT 'voucher', g.application_id, v.number FROM vouchers v JOIN agreements g ON g.id = v.agreement_id
            WHERE v.number IN ($1, $2)
         UNION ALL SELECT 'claim', application_id, number FROM claims WHERE number IN ($1, $2)
         UNION ALL SELECT 'claim', c.application_id, t.approval_number FROM tax_invoices t JOIN claims c ON c.id = t.claim_id
            WHERE t.approval_number IN ($1, $2, $3)
         UNION ALL SELECT 'payment', application_id, end_to_end_id FROM payments WHERE end_to_end_id IN ($1, $2)
         UNION ALL SELECT 'batch', id, number FROM payment_batches WHERE number IN ($1, $2)
         UNION ALL SELECT 'vendor', v.id, o.legal_name FROM vendors v JOIN organisations o ON o.id = v.organisation_id
            WHERE v.registry_no IN ($1, $2) OR o.business_number = $3
         UNION ALL SELECT 'organisation', id, legal_name FROM organisations WHERE business_number = $3
         UNION ALL SELECT 'application', a.id, COALESCE(a.receipt_no, a.title) FROM applications a
            JOIN organisations o ON o.id = a.organisation_id WHERE o.business_number = $3 AND a.submitted_at IS NOT NULL
         LIMIT 50",
        (typed.to_owned(), typed.to_uppercase(), digits.to_owned()),
    )
    .await
}
