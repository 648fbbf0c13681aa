//! What public figures are computed from. Later rooms' tables are read, never changed; who is counted stays inside
//! `rules::figures`, which says nothing about few.

use crate::{
    core::money::Won,
    db::Tx,
    vendors::{SolutionId, VendorId},
};
use chrono::{DateTime, Utc};

/// The price per unit that each agreement about this solution was made at.
pub async fn prices_agreed(tx: &mut Tx, solution: SolutionId) -> sqlx::Result<Vec<Won>> {
    tx.values(
        "SELECT k.unit_price_won FROM agreements g JOIN applications a ON a.id = g.application_id
         JOIN packages k ON k.id = a.package_id JOIN vouchers v ON v.agreement_id = g.id
         WHERE k.solution_id = $1 ORDER BY g.id LIMIT 10000",
        (solution,),
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
