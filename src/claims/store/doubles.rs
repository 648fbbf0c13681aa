//! Other claims that look like the same invoice, in any programme.

use super::*;
use chrono::Duration;

/// Totals this near each other, in parts of a thousand, within these days of each other are near.
const NEAR_PER_MILLE: i64 = 10;
const NEAR_DAYS: i64 = 30;

/// A claim that looks like this one.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Candidate {
    pub id: Uuid,
    pub kind: String,
    pub other_id: ClaimId,
    pub other_number: String,
    pub other_state: ClaimState,
    pub other_total_won: Won,
    pub other_issued_on: NaiveDate,
    pub reason: Option<String>,
    pub cleared_at: Option<DateTime<Utc>>,
}

impl Candidate {
    /// The same number or file is cleared before the claim is approved; a near amount is only shown.
    pub fn must_be_cleared(&self) -> bool {
        self.kind != "near_amount" && self.cleared_at.is_none()
    }
}

pub async fn candidates(tx: &mut Tx, claim: ClaimId) -> sqlx::Result<Vec<Candidate>> {
    tx.all(
        "SELECT d.id, d.kind, d.other_id, c.number AS other_number, c.state AS other_state, c.total_won AS other_total_won,
            c.issued_on AS other_issued_on, d.reason, d.cleared_at
         FROM claim_candidates d JOIN claims c ON c.id = d.other_id WHERE d.claim_id = $1 ORDER BY d.kind DESC, d.id LIMIT 60",
        (claim,),
    )
    .await
}

/// Clears a candidate; false when it was cleared before.
pub async fn clear(
    tx: &mut Tx,
    (claim, candidate): (ClaimId, Uuid),
    by: Uuid,
    reason: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE claim_candidates SET reason = $3, cleared_by = $4, cleared_at = $5
             WHERE id = $1 AND claim_id = $2 AND cleared_at IS NULL",
            (candidate, claim, reason.to_owned(), by, now),
        )
        .await?;
    Ok(rows == 1)
}

/// Looks for claims of the same vendor with the same number, with the same file, or with nearly the same total.
/// What was found before, cleared or not, stays as it is.
pub async fn look_for_doubles(tx: &mut Tx, claim: &Claim, now: DateTime<Utc>) -> sqlx::Result<()> {
    let fold = crate::claims::rules::four_way::fold(&claim.invoice_no);
    let number: Vec<ClaimId> = tx
        .values(
            "SELECT id FROM claims WHERE vendor_id = $1 AND invoice_fold = $2 AND id <> $3 ORDER BY submitted_at DESC, id LIMIT 20",
            (claim.vendor_id, fold, claim.id),
        )
        .await?;
    let file: Vec<ClaimId> = match claim.file_id {
        Some(file) => {
            tx.values(
                "SELECT c.id FROM claims c JOIN files f ON f.id = c.file_id
                 WHERE f.sha256 = (SELECT sha256 FROM files WHERE id = $1) AND c.id <> $2
                 ORDER BY c.submitted_at DESC, c.id LIMIT 20",
                (file, claim.id),
            )
            .await?
        }
        None => Vec::new(),
    };
    let apart = Won(claim.total_won.0 / 1_000 * NEAR_PER_MILLE);
    let days = Duration::days(NEAR_DAYS);
    let near: Vec<ClaimId> = tx
        .values(
            "SELECT id FROM claims WHERE vendor_id = $1 AND total_won BETWEEN $2 AND $3 AND issued_on BETWEEN $4 AND $5
                AND id <> $6 AND state NOT IN ('rejected', 'withdrawn') ORDER BY submitted_at DESC, id LIMIT 20",
            (
                claim.vendor_id,
                claim.total_won.minus(apart),
                claim.total_won.plus(apart),
                claim.issued_on - days,
                claim.issued_on + days,
                claim.id,
            ),
        )
        .await?;
    for (kind, found) in [("same_number", number), ("same_file", file), ("near_amount", near)] {
        for other in found {
            tx.run(
                "INSERT INTO claim_candidates (id, claim_id, other_id, kind, found_at) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (claim_id, other_id, kind) DO NOTHING",
                (crate::core::ids::new_uuid(), claim.id, other, kind, now),
            )
            .await?;
        }
    }
    Ok(())
}
