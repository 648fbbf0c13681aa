//! What public figures are computed from. Later rooms' tables are read, never changed; who is counted stays inside
//! `rules::figures`, which says nothing about few.

use crate::{
    core::money::Won,
    db::Tx,
    vendors::{SolutionId, VendorId},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Vouchers that were issued for this solution.
pub async fn vouchers(tx: &mut Tx, solution: SolutionId) -> sqlx::Result<i64> {
    let count = tx.value(
        "SELECT COUNT(*) FROM agreements g JOIN applications a ON a.id = g.application_id
         JOIN packages k ON k.id = a.package_id JOIN vouchers v ON v.agreement_id = g.id WHERE k.solution_id = $1",
        (solution,),
    );
    Ok(count.await?.unwrap_or(0))
}

/// The price per unit of each agreement about this solution under which something was paid.
pub async fn prices_paid(tx: &mut Tx, solution: SolutionId) -> sqlx::Result<Vec<Won>> {
    tx.values(
        "SELECT k.unit_price_won FROM agreements g JOIN applications a ON a.id = g.application_id
         JOIN packages k ON k.id = a.package_id
         WHERE k.solution_id = $1 AND EXISTS (SELECT 1 FROM claims c WHERE c.agreement_id = g.id AND c.state = 'paid')
         ORDER BY g.id LIMIT 10000",
        (solution,),
    )
    .await
}

/// Of each verified report about a vendor's work: the report, and each indicator's baseline, target and value.
pub async fn outcomes(tx: &mut Tx, vendor: VendorId) -> sqlx::Result<Vec<(Uuid, i64, i64, i64)>> {
    tx.all(
        "SELECT r.id, i.baseline_milli, i.target_milli, m.value_milli FROM agreements g
         JOIN outcome_reports r ON r.agreement_id = g.id AND r.state = 'verified'
         JOIN outcome_measurements m ON m.report_id = r.id JOIN agreement_indicators i ON i.id = m.indicator_id
         WHERE g.vendor_id = $1 ORDER BY r.id, i.position LIMIT 10000",
        (vendor,),
    )
    .await
}

/// For each accepted delivery: when its agreement was made and when the firm accepted.
pub async fn deliveries(tx: &mut Tx, vendor: VendorId) -> sqlx::Result<Vec<(DateTime<Utc>, DateTime<Utc>)>> {
    tx.all(
        "SELECT g.agency_assent_at, c.delivery_at FROM claims c JOIN agreements g ON g.id = c.agreement_id
         WHERE c.vendor_id = $1 AND c.delivery_at IS NOT NULL AND g.agency_assent_at IS NOT NULL ORDER BY c.id LIMIT 10000",
        (vendor,),
    )
    .await
}

/// Of the decided claims of a vendor: how many, how many refused; agreements; complaints that were upheld.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub struct Tally {
    pub claims: i64,
    pub claims_rejected: i64,
    pub agreements: i64,
    pub complaints_upheld: i64,
}

pub async fn tally(tx: &mut Tx, vendor: VendorId) -> sqlx::Result<Tally> {
    tx.get(
        "SELECT (SELECT COUNT(*) FROM claims c WHERE c.vendor_id = $1 AND c.state IN ('approved', 'rejected', 'ordered', 'paid')) AS claims,
            (SELECT COUNT(*) FROM claims c WHERE c.vendor_id = $1 AND c.state = 'rejected') AS claims_rejected,
            (SELECT COUNT(*) FROM agreements g WHERE g.vendor_id = $1 AND g.state NOT IN ('offered', 'lapsed')) AS agreements,
            (SELECT COUNT(*) FROM vendor_complaints x WHERE x.vendor_id = $1 AND x.state = 'upheld') AS complaints_upheld",
        (vendor,),
    )
    .await
}
