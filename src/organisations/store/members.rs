//! Rows of invitations, and the lock behind which an organisation's people change.

use crate::{
    core::{lang::Lang, roles::Role},
    db::Tx,
    organisations::{MandateId, OrganisationId},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A link by mail that is not answered yet.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Invitation {
    pub id: Uuid,
    pub organisation_id: OrganisationId,
    pub role: Role,
    /// Capacities joined by `+`.
    pub capacities: String,
    pub mandate_id: Option<MandateId>,
    pub email: String,
    pub name: String,
    pub lang: Lang,
    pub invited_by: Uuid,
    pub invited_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

macro_rules! select_invitation {
    ($rest:literal) => {
        concat!(
            "SELECT id, organisation_id, role, capacities, mandate_id, email, name, lang, invited_by, invited_at, expires_at FROM invitations ",
            $rest
        )
    };
}

/// Whoever changes an organisation's people waits here for whoever does so just now.
pub(in crate::organisations) async fn lock(tx: &mut Tx, id: OrganisationId) -> sqlx::Result<bool> {
    let query = tx.query("SELECT version FROM organisations WHERE id = $1", (id,));
    let query = tx.for_update(query);
    Ok(tx.fetch_value::<i64>(query).await?.is_some())
}

pub(in crate::organisations) async fn insert_invitation(
    tx: &mut Tx,
    row: &Invitation,
    hash: Vec<u8>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO invitations (id, organisation_id, role, capacities, mandate_id, email, name, lang, hash, invited_by,
            invited_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        (
            row.id,
            row.organisation_id,
            row.role,
            row.capacities.clone(),
            row.mandate_id,
            row.email.clone(),
            row.name.clone(),
            row.lang,
            hash,
            row.invited_by,
            row.invited_at,
            row.expires_at,
        ),
    )
    .await
}

/// The invitation that a link stands for, while it can be answered.
pub(in crate::organisations) async fn live_invitation(
    tx: &mut Tx,
    hash: Vec<u8>,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<Invitation>> {
    tx.find(select_invitation!("WHERE hash = $1 AND closed_at IS NULL AND expires_at > $2"), (hash, now)).await
}

/// Those to join the organisation that are not answered yet.
pub(in crate::organisations) async fn open_invitations(
    tx: &mut Tx,
    organisation: OrganisationId,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<Invitation>> {
    tx.all(
        select_invitation!(
            "WHERE organisation_id = $1 AND mandate_id IS NULL AND closed_at IS NULL AND expires_at > $2
             ORDER BY invited_at, id LIMIT 100"
        ),
        (organisation, now),
    )
    .await
}

/// Closes an invitation of the organisation; false when it is closed already.
pub(in crate::organisations) async fn close_invitation(
    tx: &mut Tx,
    organisation: OrganisationId,
    id: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE invitations SET closed_at = $3 WHERE id = $1 AND organisation_id = $2 AND closed_at IS NULL",
            (id, organisation, now),
        )
        .await?;
    Ok(rows == 1)
}

/// Closes whatever link leads to a mandate.
pub(in crate::organisations) async fn close_links(
    tx: &mut Tx,
    mandate: MandateId,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run("UPDATE invitations SET closed_at = $2 WHERE mandate_id = $1 AND closed_at IS NULL", (mandate, now)).await
}
