//! Rows of sanctions.

use super::recoveries::SEES_RECOVERIES;
use crate::{
    core::actor::Actor,
    db::{
        Query, Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
    integrity::{
        SanctionId,
        rules::sanctions::{SanctionKind, SanctionState},
    },
    organisations::OrganisationId,
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// A sanction as lists and pages show it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::integrity) struct Sanction {
    pub id: SanctionId,
    pub organisation_id: OrganisationId,
    pub organisation_name: String,
    pub kind: SanctionKind,
    pub legal_basis: String,
    pub reason: String,
    pub from_on: NaiveDate,
    pub to_on: Option<NaiveDate>,
    pub state: SanctionState,
    pub noticed_by: Uuid,
    pub object_until: NaiveDate,
    pub objection: Option<String>,
    pub answer: Option<String>,
    pub state_since: DateTime<Utc>,
}

macro_rules! select_sanction {
    ($rest:literal) => {
        concat!(
            "SELECT s.id, s.organisation_id, o.legal_name AS organisation_name, s.kind, s.legal_basis, s.reason, s.from_on, s.to_on,
                s.state, s.noticed_by, s.object_until, s.objection, s.answer, s.state_since
             FROM sanctions s JOIN organisations o ON o.id = s.organisation_id WHERE ",
            $rest
        )
    };
}

/// Whom it concerns sees its own, staff who deal with them all.
fn visible(query: &mut Query, actor: &Actor) {
    if !actor.is_any(SEES_RECOVERIES) {
        query.add(" AND s.organisation_id = ?", (actor.organisation.unwrap_or_default(),));
    }
}

pub(in crate::integrity) async fn find_visible(
    tx: &mut Tx,
    actor: &Actor,
    id: SanctionId,
) -> sqlx::Result<Option<Sanction>> {
    let mut query = tx.query(select_sanction!("1 = 1"), ());
    query.add(" AND s.id = ?", (id,));
    visible(&mut query, actor);
    tx.fetch_optional(query).await
}

pub(in crate::integrity) async fn page(
    tx: &mut Tx,
    actor: &Actor,
    state: Option<SanctionState>,
    after: Option<Cursor>,
) -> sqlx::Result<Paged<Sanction>> {
    let narrow = |query: &mut Query| {
        visible(query, actor);
        if let Some(state) = state {
            query.add(" AND s.state = ?", (state,));
        }
    };
    let mut count = tx.query("SELECT COUNT(*) FROM (SELECT s.id FROM sanctions s WHERE 1 = 1", ());
    narrow(&mut count);
    count.add(" LIMIT ?) AS counted", (COUNT_MAX + 1,));
    let count = tx.fetch_value(count).await?.unwrap_or(0);
    let mut query = tx.query(select_sanction!("1 = 1"), ());
    narrow(&mut query);
    if let Some(after) = after {
        query.add(" AND (s.state_since, s.id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY s.state_since DESC, s.id DESC LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    Ok(Paged::new(rows, count, |row: &Sanction| Cursor { at: row.state_since, id: row.id.0 }))
}

pub(in crate::integrity) async fn insert(tx: &mut Tx, new: &Sanction) -> sqlx::Result<()> {
    tx.run(
        "INSERT INTO sanctions (id, organisation_id, kind, legal_basis, reason, from_on, to_on, state, noticed_by, noticed_at,
            object_until, state_since) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $10)",
        (
            new.id,
            new.organisation_id,
            new.kind,
            new.legal_basis.clone(),
            new.reason.clone(),
            new.from_on,
            new.to_on,
            new.state,
            new.noticed_by,
            new.state_since,
            new.object_until,
        ),
    )
    .await?;
    Ok(())
}

pub(in crate::integrity) async fn object(
    tx: &mut Tx,
    id: SanctionId,
    by: Uuid,
    text: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE sanctions SET state = 'objected', objection = $3, objected_by = $2, objected_at = $4, state_since = $4
             WHERE id = $1 AND state = 'noticed'",
            (id, by, text.to_owned(), now),
        )
        .await?;
    Ok(rows == 1)
}

/// Imposes or revokes before it is in force; the engine refuses whoever gave notice.
pub(in crate::integrity) async fn decide(
    tx: &mut Tx,
    id: SanctionId,
    from: SanctionState,
    to: SanctionState,
    by: Uuid,
    answer: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE sanctions SET state = $3, decided_by = $4, decided_at = $6, answer = $5, state_since = $6
             WHERE id = $1 AND state = $2",
            (id, from, to, by, answer.to_owned(), now),
        )
        .await?;
    Ok(rows == 1)
}

/// Exclusions whose last day was before `today`.
pub(in crate::integrity) async fn over(tx: &mut Tx, today: NaiveDate) -> sqlx::Result<Vec<Sanction>> {
    tx.all(
        select_sanction!("s.state = 'in_force' AND s.to_on IS NOT NULL AND s.to_on < $1 ORDER BY s.id LIMIT 500"),
        (today,),
    )
    .await
}

pub(in crate::integrity) async fn end(tx: &mut Tx, id: SanctionId, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let rows = tx
        .run("UPDATE sanctions SET state = 'ended', state_since = $2 WHERE id = $1 AND state = 'in_force'", (id, now))
        .await?;
    Ok(rows == 1)
}
