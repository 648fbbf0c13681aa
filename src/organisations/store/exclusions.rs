//! Who may not submit, be selected, be registered or be paid. A row is written by whoever decides a sanction or
//! claims money back; every room asks here.

use crate::{db::Tx, organisations::OrganisationId};
use chrono::NaiveDate;
use uuid::Uuid;

crate::text_enum!(
    /// Why an organisation is excluded.
    ExclusionCause {
        Sanction = "sanction",
        /// Money that was claimed back is overdue (domain: invariants 16).
        UnpaidRecovery = "unpaid_recovery",
    }
);

/// An exclusion, both days inclusive.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Exclusion {
    /// That of the sanction or recovery it follows from.
    pub id: Uuid,
    pub organisation_id: OrganisationId,
    pub cause: ExclusionCause,
    pub from_on: NaiveDate,
    /// None: until it is ended.
    pub to_on: Option<NaiveDate>,
}

/// What keeps an organisation out on `day`, the longest first.
pub async fn exclusion_of(tx: &mut Tx, id: OrganisationId, day: NaiveDate) -> sqlx::Result<Option<Exclusion>> {
    tx.find(
        "SELECT id, organisation_id, cause, from_on, to_on FROM exclusions
         WHERE organisation_id = $1 AND from_on <= $2 AND (to_on IS NULL OR to_on >= $2) AND (ended_on IS NULL OR ended_on > $2)
         ORDER BY to_on DESC NULLS FIRST, id LIMIT 1",
        (id, day),
    )
    .await
}

/// Whether a cause of this kind keeps an organisation out on `day`, whatever else does.
pub async fn is_excluded_for(
    tx: &mut Tx,
    id: OrganisationId,
    cause: ExclusionCause,
    day: NaiveDate,
) -> sqlx::Result<bool> {
    tx.exists(
        "SELECT 1 FROM exclusions WHERE organisation_id = $1 AND cause = $2
            AND from_on <= $3 AND (to_on IS NULL OR to_on >= $3) AND (ended_on IS NULL OR ended_on > $3)",
        (id, cause, day),
    )
    .await
}

/// Whether the exclusion that follows from this sanction or recovery was made and not ended.
pub async fn is_kept_out_by(tx: &mut Tx, id: Uuid) -> sqlx::Result<bool> {
    tx.exists("SELECT 1 FROM exclusions WHERE id = $1 AND ended_on IS NULL", (id,)).await
}

/// Keeps an organisation out; nothing happens when the same cause keeps it out already.
pub async fn exclude(tx: &mut Tx, new: &Exclusion) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO exclusions (id, organisation_id, cause, from_on, to_on) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (id) DO UPDATE SET ended_on = NULL WHERE exclusions.ended_on IS NOT NULL",
            (new.id, new.organisation_id, new.cause, new.from_on, new.to_on),
        )
        .await?;
    Ok(rows == 1)
}

/// Lets an organisation in again from `day` on.
pub async fn end_exclusion(tx: &mut Tx, id: Uuid, day: NaiveDate) -> sqlx::Result<bool> {
    let rows = tx.run("UPDATE exclusions SET ended_on = $2 WHERE id = $1 AND ended_on IS NULL", (id, day)).await?;
    Ok(rows == 1)
}
