//! Reports of usage, and the keys that sign them.

use super::*;
use crate::claims::rules::usage::Usage;

/// A report of usage as pages show it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct UsageRow {
    pub period: String,
    pub active_users: i64,
    pub sessions: i64,
    pub api_calls: i64,
    pub tokens: i64,
    pub source: String,
    pub received_at: DateTime<Utc>,
}

pub async fn usage_of(tx: &mut Tx, agreement: AgreementId) -> sqlx::Result<Vec<UsageRow>> {
    tx.all(
        "SELECT period, active_users, sessions, api_calls, tokens, source, received_at FROM usage_reports
         WHERE agreement_id = $1 ORDER BY period DESC, id DESC LIMIT 200",
        (agreement,),
    )
    .await
}

pub async fn count_usage(tx: &mut Tx, agreement: AgreementId) -> sqlx::Result<i64> {
    Ok(tx.value("SELECT COUNT(*) FROM usage_reports WHERE agreement_id = $1", (agreement,)).await?.unwrap_or(0))
}

/// Where a report came from.
pub struct Origin<'a> {
    pub agreement: AgreementId,
    pub vendor: VendorId,
    pub event_id: String,
    pub source: &'static str,
    pub sha256: &'a [u8],
}

/// Keeps a report; false when it was reported before.
pub async fn insert_usage(tx: &mut Tx, origin: Origin<'_>, usage: &Usage, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO usage_reports (id, agreement_id, vendor_id, event_id, period, active_users, sessions, api_calls, tokens,
                source, sha256, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             ON CONFLICT (vendor_id, event_id) DO NOTHING",
            (
                crate::core::ids::new_uuid(),
                origin.agreement,
                origin.vendor,
                origin.event_id,
                usage.period.clone(),
                usage.active_users,
                usage.sessions,
                usage.api_calls,
                usage.tokens,
                origin.source,
                origin.sha256.to_vec(),
                now,
            ),
        )
        .await?;
    Ok(rows == 1)
}

/// How many reports a vendor sent since then.
pub async fn reports_since(tx: &mut Tx, vendor: VendorId, since: DateTime<Utc>) -> sqlx::Result<i64> {
    let count = tx.value(
        "SELECT COUNT(*) FROM usage_reports WHERE vendor_id = $1 AND received_at > $2 AND source = 'api'",
        (vendor, since),
    );
    Ok(count.await?.unwrap_or(0))
}

/// The active agreement of a vendor with this number.
pub async fn agreement_of(
    tx: &mut Tx,
    vendor: VendorId,
    number: &str,
) -> sqlx::Result<Option<(AgreementId, ApplicationId)>> {
    tx.find(
        "SELECT id, application_id FROM agreements WHERE vendor_id = $1 AND number = $2 AND state = 'active'",
        (vendor, number.to_owned()),
    )
    .await
}

/// The live key with this id: whose it is, and its sealed secret.
pub async fn find_key(tx: &mut Tx, id: Uuid) -> sqlx::Result<Option<(VendorId, Vec<u8>)>> {
    tx.find("SELECT vendor_id, secret_sealed FROM usage_keys WHERE id = $1 AND ended_at IS NULL", (id,)).await
}

/// The live key of a vendor, and when it was made.
pub async fn key_of(tx: &mut Tx, vendor: VendorId) -> sqlx::Result<Option<(Uuid, DateTime<Utc>)>> {
    tx.find("SELECT id, made_at FROM usage_keys WHERE vendor_id = $1 AND ended_at IS NULL", (vendor,)).await
}

/// Ends the key that a vendor had and keeps the new one.
pub async fn replace_key(
    tx: &mut Tx,
    vendor: VendorId,
    (id, sealed): (Uuid, Vec<u8>),
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    tx.run("UPDATE usage_keys SET ended_at = $2 WHERE vendor_id = $1 AND ended_at IS NULL", (vendor, now)).await?;
    tx.run(
        "INSERT INTO usage_keys (id, vendor_id, secret_sealed, made_by, made_at) VALUES ($1, $2, $3, $4, $5)",
        (id, vendor, sealed, by, now),
    )
    .await?;
    Ok(())
}
