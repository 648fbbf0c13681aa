//! Rows of memberships: who acts for an organisation, and in which capacities.

use crate::{
    core::roles::{Capacity, Role},
    db::Tx,
    people::PersonId,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A person of an organisation.
#[derive(Debug, Clone)]
pub struct Member {
    pub membership: Uuid,
    pub person: PersonId,
    pub name: String,
    pub email: String,
    pub active: bool,
    pub role: Role,
    pub since: DateTime<Utc>,
    pub capacities: Vec<Capacity>,
}

impl Member {
    pub fn is(&self, capacity: Capacity) -> bool {
        self.capacities.contains(&capacity)
    }
}

#[derive(sqlx::FromRow)]
struct MemberRow {
    id: Uuid,
    person_id: PersonId,
    name: String,
    email: String,
    state: String,
    role: Role,
    granted_at: DateTime<Utc>,
    capacity: Option<Capacity>,
}

/// Everybody who acts for the organisation, those who came first first.
pub async fn members(tx: &mut Tx, organisation: Uuid) -> sqlx::Result<Vec<Member>> {
    let rows: Vec<MemberRow> = tx
        .all(
            "SELECT r.id, r.person_id, p.name, p.email, p.state, r.role, r.granted_at, c.capacity
             FROM person_roles r JOIN people p ON p.id = r.person_id LEFT JOIN member_capacities c ON c.role_id = r.id
             WHERE r.organisation_id = $1 AND r.ended_at IS NULL ORDER BY r.granted_at, r.id, c.capacity LIMIT 1000",
            (organisation,),
        )
        .await?;
    let mut members: Vec<Member> = Vec::new();
    for row in rows {
        match members.last_mut() {
            Some(last) if last.membership == row.id => last.capacities.extend(row.capacity),
            _ => members.push(Member {
                membership: row.id,
                person: row.person_id,
                name: row.name,
                email: row.email,
                active: row.state == "active",
                role: row.role,
                since: row.granted_at,
                capacities: row.capacity.into_iter().collect(),
            }),
        }
    }
    Ok(members)
}

/// The person as a member of this organisation.
pub async fn find_member(tx: &mut Tx, organisation: Uuid, person: PersonId) -> sqlx::Result<Option<Member>> {
    Ok(members(tx, organisation).await?.into_iter().find(|member| member.person == person))
}

/// Whether somebody else than `membership` holds `capacity` in the organisation. Ask behind the organisation's lock.
pub async fn is_held_beside(
    tx: &mut Tx,
    organisation: Uuid,
    membership: Uuid,
    capacity: Capacity,
) -> sqlx::Result<bool> {
    tx.exists(
        "SELECT 1 FROM person_roles r JOIN member_capacities c ON c.role_id = r.id AND c.capacity = $3
         JOIN people p ON p.id = r.person_id AND p.state = 'active'
         WHERE r.organisation_id = $1 AND r.ended_at IS NULL AND r.id <> $2",
        (organisation, membership, capacity),
    )
    .await
}

/// Gives a membership exactly these capacities.
pub async fn put_capacities(tx: &mut Tx, membership: Uuid, capacities: &[Capacity]) -> sqlx::Result<()> {
    tx.later("DELETE FROM member_capacities WHERE role_id = $1", (membership,)).await?;
    for capacity in capacities {
        tx.later(
            "INSERT INTO member_capacities (role_id, capacity) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            (membership, *capacity),
        )
        .await?;
    }
    Ok(())
}

/// False when it was ended already.
pub async fn end_membership(tx: &mut Tx, membership: Uuid, by: Option<Uuid>, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE person_roles SET ended_by = $2, ended_at = $3 WHERE id = $1 AND ended_at IS NULL",
            (membership, by, now),
        )
        .await?;
    Ok(rows == 1)
}
