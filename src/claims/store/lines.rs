//! What was decided of each line, and the sums that are left.

use super::*;
use crate::claims::rules::{
    four_way::ClaimedLine,
    lines::{Approved, Disallowed},
};

/// A line with what was decided of it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct DecidedLine {
    pub position: i64,
    pub description: String,
    pub net_won: Won,
    /// Why the state does not pay for it; none of a line that is approved.
    pub disallowed: Option<String>,
}

/// The lines that were filed last, with the decision when there is one.
pub async fn decided_lines(tx: &mut Tx, claim: ClaimId) -> sqlx::Result<Vec<DecidedLine>> {
    tx.all(
        "SELECT l.position, l.description, l.net_won, d.reason AS disallowed
         FROM claim_lines l LEFT JOIN claim_line_decisions d ON d.claim_id = l.claim_id AND d.position = l.position
            AND d.disallowed AND d.version = (SELECT MAX(version) FROM claim_line_decisions WHERE claim_id = $1)
            AND EXISTS (SELECT 1 FROM claims c WHERE c.id = $1 AND c.approved_supply_won IS NOT NULL)
         WHERE l.claim_id = $1 AND l.version = (SELECT MAX(version) FROM claim_lines WHERE claim_id = $1)
         ORDER BY l.position",
        (claim,),
    )
    .await
}

/// Keeps the decision of every line.
pub async fn insert_decisions(
    tx: &mut Tx,
    (claim, version): (ClaimId, i64),
    count: usize,
    disallowed: &[Disallowed],
    (by, now): (Uuid, DateTime<Utc>),
) -> sqlx::Result<()> {
    let mut insert = tx.query(
        "INSERT INTO claim_line_decisions (id, claim_id, version, position, disallowed, reason, decided_by, decided_at) VALUES ",
        (),
    );
    insert.add_rows(
        "(?, ?, ?, ?, ?, ?, ?, ?)",
        (1..=count as i64).map(|position| {
            let found = disallowed.iter().find(|line| line.position == position);
            let reason = found.map(|line| line.reason.clone()).unwrap_or_default();
            (crate::core::ids::new_uuid(), claim, version, position, found.is_some(), reason, by, now)
        }),
    );
    tx.execute(insert).await?;
    Ok(())
}

/// Notes what was approved: from here on the claim is about this much.
pub async fn note_approved(tx: &mut Tx, claim: ClaimId, approved: Approved) -> sqlx::Result<()> {
    tx.run(
        "UPDATE claims SET approved_supply_won = $2, approved_vat_won = $3, support_won = $4 WHERE id = $1",
        (claim, approved.supply, approved.vat, approved.support),
    )
    .await?;
    Ok(())
}

/// Takes an approval back: the claim asks for `support` again.
pub async fn note_unapproved(tx: &mut Tx, claim: ClaimId, support: Won) -> sqlx::Result<()> {
    tx.run(
        "UPDATE claims SET approved_supply_won = NULL, approved_vat_won = NULL, service_days = NULL, support_won = $2,
            checked_by = NULL, checked_at = NULL WHERE id = $1",
        (claim, support),
    )
    .await?;
    Ok(())
}

/// Supply value of the other live claims of an agreement.
pub async fn claimed_before(tx: &mut Tx, agreement: AgreementId, but: Option<ClaimId>) -> sqlx::Result<Won> {
    let mut query = tx.query(
        "SELECT CAST(COALESCE(SUM(COALESCE(approved_supply_won, supply_won)), 0) AS BIGINT) FROM claims
         WHERE agreement_id = $1 AND state NOT IN ('rejected', 'withdrawn')",
        (agreement,),
    );
    if let Some(but) = but {
        query.add(" AND id <> ?", (but,));
    }
    Ok(tx.fetch_value(query).await?.unwrap_or(Won::ZERO))
}

/// Every line of the other live claims of an agreement as it was filed last, but those that were disallowed.
pub async fn lines_claimed(
    tx: &mut Tx,
    agreement: AgreementId,
    but: Option<ClaimId>,
) -> sqlx::Result<Vec<ClaimedLine>> {
    let mut query = tx.query(
        "SELECT l.description, l.quantity, l.net_won FROM claims c JOIN claim_lines l ON l.claim_id = c.id
            AND l.version = (SELECT MAX(version) FROM claim_lines WHERE claim_id = c.id)
         WHERE c.agreement_id = $1 AND c.state NOT IN ('rejected', 'withdrawn')
            AND NOT EXISTS (SELECT 1 FROM claim_line_decisions d WHERE d.claim_id = c.id AND d.position = l.position AND d.disallowed
                AND c.approved_supply_won IS NOT NULL
                AND d.version = (SELECT MAX(version) FROM claim_line_decisions WHERE claim_id = c.id))",
        (agreement,),
    );
    if let Some(but) = but {
        query.add(" AND c.id <> ?", (but,));
    }
    let found: Vec<(String, i64, Won)> = tx.fetch_all(query).await?;
    let line = |(description, quantity, net)| ClaimedLine { description, quantity, net };
    Ok(found.into_iter().map(line).collect())
}
