//! Rows of ties between organisations, of the keys that find them, and of the groups that they make.

use crate::{
    db::{
        Query, Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
    organisations::{
        AffiliationId, OrganisationId,
        rules::duplicates::{AffiliationKind, AffiliationState, SHARERS_MAX},
    },
};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A tie between two organisations.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Affiliation {
    pub id: AffiliationId,
    pub one_id: OrganisationId,
    pub other_id: OrganisationId,
    pub one_name: String,
    pub other_name: String,
    pub one_is_vendor: bool,
    pub other_is_vendor: bool,
    pub kind: AffiliationKind,
    pub strength: i64,
    pub state: AffiliationState,
    pub first_seen: DateTime<Utc>,
    pub reason: String,
}

macro_rules! select_affiliation {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.one_id, a.other_id, x.legal_name AS one_name, y.legal_name AS other_name,
                EXISTS (SELECT 1 FROM person_roles r WHERE r.organisation_id = x.id AND r.role = 'vendor' AND r.ended_at IS NULL) AS one_is_vendor,
                EXISTS (SELECT 1 FROM person_roles r WHERE r.organisation_id = y.id AND r.role = 'vendor' AND r.ended_at IS NULL) AS other_is_vendor,
                a.kind, a.strength, a.state, a.first_seen, a.reason
             FROM affiliations a JOIN organisations x ON x.id = a.one_id JOIN organisations y ON y.id = a.other_id ",
            $rest
        )
    };
}

/// Puts the key of one kind in the place of what it was; None removes it. Answers whether it changed.
pub(in crate::organisations) async fn put_key(
    tx: &mut Tx,
    organisation: OrganisationId,
    kind: AffiliationKind,
    value: Option<&str>,
) -> sqlx::Result<bool> {
    let rows = match value {
        Some(value) => {
            tx.run(
                "INSERT INTO organisation_keys (organisation_id, kind, value) VALUES ($1, $2, $3)
                 ON CONFLICT (organisation_id, kind) DO UPDATE SET value = excluded.value
                    WHERE organisation_keys.value <> excluded.value",
                (organisation, kind, value.to_owned()),
            )
            .await?
        }
        None => {
            tx.run("DELETE FROM organisation_keys WHERE organisation_id = $1 AND kind = $2", (organisation, kind))
                .await?
        }
    };
    Ok(rows == 1)
}

/// The others that have the same key; nobody when so many share it that it tells nothing.
pub(in crate::organisations) async fn sharers(
    tx: &mut Tx,
    organisation: OrganisationId,
    kind: AffiliationKind,
    value: &str,
) -> sqlx::Result<Vec<OrganisationId>> {
    let found: Vec<OrganisationId> = tx
        .values(
            "SELECT organisation_id FROM organisation_keys WHERE kind = $1 AND value = $2 AND organisation_id <> $3
             ORDER BY organisation_id LIMIT $4",
            (kind, value.to_owned(), organisation, SHARERS_MAX + 1),
        )
        .await?;
    Ok(if found.len() as i64 > SHARERS_MAX { Vec::new() } else { found })
}

/// Adds a tie that was not seen before; one that an officer decided stays as decided.
pub(in crate::organisations) async fn insert_affiliation(
    tx: &mut Tx,
    (one, other): (Uuid, Uuid),
    kind: AffiliationKind,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO affiliations (id, one_id, other_id, kind, strength, state, first_seen)
             VALUES ($1, $2, $3, $4, $5, 'open', $6) ON CONFLICT (one_id, other_id, kind) DO NOTHING",
            (AffiliationId::new(), one, other, kind, kind.strength(), now),
        )
        .await?;
    Ok(rows == 1)
}

/// Organisations whose keys were never computed.
pub(in crate::organisations) async fn unkeyed(tx: &mut Tx, limit: i64) -> sqlx::Result<Vec<OrganisationId>> {
    tx.values("SELECT id FROM organisations WHERE NOT keyed ORDER BY id LIMIT $1", (limit,)).await
}

pub(in crate::organisations) async fn note_keyed(tx: &mut Tx, id: OrganisationId) -> sqlx::Result<()> {
    tx.later("UPDATE organisations SET keyed = TRUE WHERE id = $1", (id,)).await
}

/// What the list is narrowed to.
#[derive(Debug, Clone, Default)]
pub(in crate::organisations) struct AffiliationFilter {
    pub state: Option<AffiliationState>,
    pub kind: Option<AffiliationKind>,
    /// Only ties between a firm and a vendor.
    pub across: bool,
}

fn narrow(query: &mut Query, filter: &AffiliationFilter) {
    if let Some(state) = filter.state {
        query.add(" AND a.state = ?", (state,));
    }
    if let Some(kind) = filter.kind {
        query.add(" AND a.kind = ?", (kind,));
    }
    if filter.across {
        query.add(
            " AND EXISTS (SELECT 1 FROM person_roles v WHERE v.role = 'vendor' AND v.ended_at IS NULL
                AND v.organisation_id IN (a.one_id, a.other_id))
              AND EXISTS (SELECT 1 FROM person_roles f WHERE f.role = 'firm' AND f.ended_at IS NULL
                AND f.organisation_id IN (a.one_id, a.other_id))",
            (),
        );
    }
}

/// One page of ties, the newest first.
pub(in crate::organisations) async fn affiliations(
    tx: &mut Tx,
    filter: &AffiliationFilter,
    after: Option<Cursor>,
) -> sqlx::Result<Paged<Affiliation>> {
    let mut query = tx.query(select_affiliation!("WHERE 1 = 1"), ());
    narrow(&mut query, filter);
    if let Some(after) = after {
        query.add(" AND (a.first_seen, a.id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY a.first_seen DESC, a.id DESC LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    let mut count = tx.query("SELECT COUNT(*) FROM (SELECT a.id FROM affiliations a WHERE 1 = 1", ());
    narrow(&mut count, filter);
    count.add(" LIMIT ?) AS counted", (COUNT_MAX + 1,));
    let count = tx.fetch_value(count).await?.unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &Affiliation| Cursor { at: row.first_seen, id: row.id.0 }))
}

/// How many ties of each kind wait for an officer.
pub(in crate::organisations) async fn open_counts(tx: &mut Tx) -> sqlx::Result<Vec<(AffiliationKind, i64)>> {
    tx.all("SELECT kind, COUNT(*) FROM affiliations WHERE state = 'open' GROUP BY kind ORDER BY kind", ()).await
}

pub(in crate::organisations) async fn find_affiliation(
    tx: &mut Tx,
    id: AffiliationId,
) -> sqlx::Result<Option<Affiliation>> {
    tx.find(select_affiliation!("WHERE a.id = $1"), (id,)).await
}

/// All ties of one organisation, or between two of them, the strongest first.
pub(in crate::organisations) async fn ties_of(tx: &mut Tx, id: OrganisationId) -> sqlx::Result<Vec<Affiliation>> {
    tx.all(
        select_affiliation!(
            "WHERE (a.one_id = $1 OR a.other_id = $1) ORDER BY a.strength DESC, a.first_seen, a.id LIMIT 100"
        ),
        (id,),
    )
    .await
}

/// Decides a tie as it stood in `from`; false when somebody else was first.
pub(in crate::organisations) async fn decide(
    tx: &mut Tx,
    id: AffiliationId,
    from: AffiliationState,
    to: AffiliationState,
    by: Uuid,
    reason: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE affiliations SET state = $3, decided_by = $4, reason = $5, decided_at = $6 WHERE id = $1 AND state = $2",
            (id, from, to, by, reason.to_owned(), now),
        )
        .await?;
    Ok(rows == 1)
}

/// One at a time draws groups anew.
pub(in crate::organisations) async fn lock_groups(tx: &mut Tx) -> sqlx::Result<()> {
    if tx.dialect() == crate::db::Dialect::Postgres {
        let query = tx.query("SELECT 1 FROM (SELECT pg_advisory_xact_lock(727019)) AS locked", ());
        tx.execute(query).await?;
    }
    Ok(())
}

/// All confirmed ties among those that can be reached from `organisation`.
pub(in crate::organisations) async fn confirmed_around(
    tx: &mut Tx,
    organisation: OrganisationId,
) -> sqlx::Result<Vec<(Uuid, Uuid)>> {
    tx.all(
        "WITH RECURSIVE reached (id) AS (
            SELECT o.id FROM organisations o WHERE o.id = $1
            UNION
            SELECT CASE WHEN a.one_id = r.id THEN a.other_id ELSE a.one_id END
            FROM reached r JOIN affiliations a ON a.state = 'confirmed' AND (a.one_id = r.id OR a.other_id = r.id))
         SELECT a.one_id, a.other_id FROM affiliations a
         WHERE a.state = 'confirmed' AND a.one_id IN (SELECT id FROM reached)",
        (organisation,),
    )
    .await
}

/// Writes down whose group these are; whoever is not among `groups` belongs to none.
pub(in crate::organisations) async fn put_groups(
    tx: &mut Tx,
    members: &[OrganisationId],
    groups: &BTreeMap<Uuid, Uuid>,
) -> sqlx::Result<()> {
    for member in members {
        match groups.get(&member.0) {
            Some(group) => {
                tx.run(
                    "INSERT INTO organisation_groups (organisation_id, group_id) VALUES ($1, $2)
                     ON CONFLICT (organisation_id) DO UPDATE SET group_id = excluded.group_id",
                    (*member, *group),
                )
                .await?
            }
            None => tx.run("DELETE FROM organisation_groups WHERE organisation_id = $1", (*member,)).await?,
        };
    }
    Ok(())
}

/// The group that confirmed ties put an organisation in; None for one that stands alone. The id is that of the
/// group's oldest member.
pub async fn group_of(tx: &mut Tx, id: OrganisationId) -> sqlx::Result<Option<Uuid>> {
    tx.value("SELECT group_id FROM organisation_groups WHERE organisation_id = $1", (id,)).await
}

/// Everybody in a group, the oldest first.
pub async fn group_members(tx: &mut Tx, group: Uuid) -> sqlx::Result<Vec<OrganisationId>> {
    tx.values("SELECT organisation_id FROM organisation_groups WHERE group_id = $1 ORDER BY organisation_id", (group,))
        .await
}

fn select_peers(tx: &Tx, id: OrganisationId) -> Query {
    let mut query = tx.query("SELECT o.id FROM organisations o", ());
    query.add(
        " WHERE o.id = ? OR o.id IN (SELECT m.organisation_id FROM organisation_groups g
            JOIN organisation_groups m ON m.group_id = g.group_id WHERE g.organisation_id = ?) ORDER BY o.id",
        (id, id),
    );
    query
}

/// Everybody in the organisation's group with the organisation itself, the oldest first.
pub async fn peers(tx: &mut Tx, id: OrganisationId) -> sqlx::Result<Vec<OrganisationId>> {
    let query = select_peers(tx, id);
    let found: Vec<(OrganisationId,)> = tx.fetch_all(query).await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// As `peers`, held until the unit of work is over: of two awards within a group the second sees the first.
pub async fn lock_peers(tx: &mut Tx, id: OrganisationId) -> sqlx::Result<Vec<OrganisationId>> {
    let mut query = select_peers(tx, id);
    // Not FOR UPDATE: a new row that only names the organisation need not wait.
    query.add(tx.pick("", " FOR NO KEY UPDATE"), ());
    let found: Vec<(OrganisationId,)> = tx.fetch_all(query).await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}
