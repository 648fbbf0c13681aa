//! The lists of reviews: the manager's queue, a reviewer's own, the ranking of a call.

use crate::{
    applications::{ApplicationId, ApplicationState},
    core::money::Won,
    db::{
        Query, Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
    programmes::CallId,
    reviews::{AssignmentId, rules::*},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A call by name, for filters.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CallName {
    pub id: CallId,
    pub name_ko: String,
    pub name_en: String,
}

/// Calls that applications may be reviewed for, newest first.
pub async fn calls(tx: &mut Tx) -> sqlx::Result<Vec<CallName>> {
    tx.all(
        "SELECT id, name_ko, name_en FROM calls WHERE state = 'published' ORDER BY opens_at DESC, id DESC LIMIT 100",
        (),
    )
    .await
}

/// An application that waits for a review or is in it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct QueueRow {
    pub id: ApplicationId,
    pub receipt_no: Option<String>,
    pub title: String,
    pub firm_name: String,
    pub state: ApplicationState,
    pub state_since: DateTime<Utc>,
    pub support_won: Won,
    pub assigned: i64,
    pub locked: i64,
}

#[derive(Debug, Clone, Copy, Default)]
pub struct QueueFilter {
    pub call: Option<CallId>,
    /// Waiting or under review when None.
    pub state: Option<ApplicationState>,
}

fn narrow(query: &mut Query, filter: QueueFilter) {
    match filter.state {
        Some(state) => query.add(" AND x.state = ?", (state,)),
        None => query.add(" AND x.state IN ('eligible', 'in_review')", ()),
    }
    if let Some(call) = filter.call {
        query.add(" AND x.call_id = ?", (call,));
    }
}

/// The queue, longest waiting first.
pub async fn queue(tx: &mut Tx, filter: QueueFilter, after: Option<Cursor>) -> sqlx::Result<Paged<QueueRow>> {
    let mut query = tx.query(
        "SELECT x.id, x.receipt_no, x.title, o.legal_name AS firm_name, x.state, x.state_since, x.support_won,
            (SELECT COUNT(*) FROM review_assignments a WHERE a.application_id = x.id AND a.purpose <> 'sample' AND a.state NOT IN ('recused', 'released')) AS assigned,
            (SELECT COUNT(*) FROM review_assignments a WHERE a.application_id = x.id AND a.purpose <> 'sample' AND a.state = 'locked') AS locked
         FROM applications x JOIN organisations o ON o.id = x.organisation_id WHERE 1 = 1",
        (),
    );
    narrow(&mut query, filter);
    if let Some(after) = after {
        query.add(" AND (x.state_since, x.id) > (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY x.state_since, x.id LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    let mut count = tx.query("SELECT COUNT(*) FROM (SELECT 1 FROM applications x WHERE 1 = 1", ());
    narrow(&mut count, filter);
    count.add(" LIMIT ?) AS counted", (COUNT_MAX + 1,));
    let count = tx.fetch_value(count).await?.unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &QueueRow| Cursor { at: row.state_since, id: row.id.0 }))
}

/// One of a reviewer's own assignments.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OwnRow {
    pub id: AssignmentId,
    pub receipt_no: Option<String>,
    pub title: String,
    pub firm_name: String,
    pub representative: String,
    pub call_id: CallId,
    pub call_version: i64,
    /// Whether the review is finished.
    pub finished: bool,
    pub state: AssignmentState,
    pub assigned_at: DateTime<Utc>,
}

/// A reviewer's own assignments, newest first: those still open, or those locked. A conflict takes them off the list.
pub async fn own(tx: &mut Tx, reviewer: Uuid, locked: bool, after: Option<Cursor>) -> sqlx::Result<Paged<OwnRow>> {
    let mut query = tx.query(
        "SELECT a.id, x.receipt_no, x.title, o.legal_name AS firm_name, o.representative_name AS representative,
            x.call_id, x.call_version, a.state, a.assigned_at,
            EXISTS (SELECT 1 FROM review_results r WHERE r.application_id = x.id AND r.standing) AS finished
         FROM review_assignments a JOIN applications x ON x.id = a.application_id
         JOIN organisations o ON o.id = x.organisation_id WHERE a.reviewer_id = $1",
        (reviewer,),
    );
    let mut count =
        tx.query("SELECT COUNT(*) FROM (SELECT 1 FROM review_assignments a WHERE a.reviewer_id = $1", (reviewer,));
    for query in [&mut query, &mut count] {
        query.add(if locked { " AND a.state = 'locked'" } else { " AND a.state IN ('proposed', 'accepted')" }, ());
    }
    if let Some(after) = after {
        query.add(" AND (a.assigned_at, a.id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY a.assigned_at DESC, a.id DESC LIMIT ?", (PAGE_ROWS + 1,));
    count.add(" LIMIT ?) AS counted", (COUNT_MAX + 1,));
    let rows = tx.fetch_all(query).await?;
    let count = tx.fetch_value(count).await?.unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &OwnRow| Cursor { at: row.assigned_at, id: row.id.0 }))
}

/// A scored application in the ranking of its call.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct RankedRow {
    pub id: ApplicationId,
    pub receipt_no: Option<String>,
    pub title: String,
    pub firm_name: String,
    pub state: ApplicationState,
    pub support_won: Won,
    pub score_milli: i64,
    pub below: String,
    pub submitted_at: DateTime<Utc>,
    /// What the programme has committed to the firm.
    pub cap_used_won: Won,
}

/// The ranking of a call or of one of its tracks: by score, of equal scores by the draw, then the earlier submission.
pub async fn ranking(
    tx: &mut Tx,
    call: CallId,
    track: Option<&str>,
    after: Option<Cursor>,
) -> sqlx::Result<Paged<RankedRow>> {
    let mut query = tx.query(
        "SELECT x.id, x.receipt_no, x.title, o.legal_name AS firm_name, x.state, x.support_won,
            r.score_milli, r.below, r.submitted_at, COALESCE(l.balance_won, 0) AS cap_used_won
         FROM review_results r JOIN applications x ON x.id = r.application_id
         JOIN organisations o ON o.id = x.organisation_id JOIN calls c ON c.id = r.call_id
         LEFT JOIN ledger_accounts l ON l.kind = 'cap_used' AND l.owner_id = o.id AND l.scope_id = c.programme_id
         WHERE r.call_id = $1 AND r.standing",
        (call,),
    );
    let mut count = tx.query(
        "SELECT COUNT(*) FROM (SELECT 1 FROM review_results r JOIN applications x ON x.id = r.application_id
         WHERE r.call_id = $1 AND r.standing",
        (call,),
    );
    for query in [&mut query, &mut count] {
        if let Some(track) = track {
            query.add(" AND x.track = ?", (track.to_owned(),));
        }
    }
    if let Some(after) = after {
        query.add(
            " AND (-r.score_milli, r.tie, r.submitted_at, r.application_id) >
                (SELECT -l.score_milli, l.tie, l.submitted_at, l.application_id FROM review_results l
                 WHERE l.application_id = ? AND l.standing)",
            (after.id,),
        );
    }
    query.add(" ORDER BY -r.score_milli, r.tie, r.submitted_at, r.application_id LIMIT ?", (PAGE_ROWS + 1,));
    count.add(" LIMIT ?) AS counted", (COUNT_MAX + 1,));
    let rows = tx.fetch_all(query).await?;
    let count = tx.fetch_value(count).await?.unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &RankedRow| Cursor { at: row.submitted_at, id: row.id.0 }))
}

/// A person of one role, as panels show them.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Named {
    pub id: Uuid,
    pub name: String,
}

/// Everybody who was ever assigned to an application, by name.
pub async fn assigned_names(tx: &mut Tx, application: ApplicationId) -> sqlx::Result<Vec<Named>> {
    tx.all(
        "SELECT p.id, p.name FROM people p JOIN review_assignments a ON a.reviewer_id = p.id WHERE a.application_id = $1",
        (application,),
    )
    .await
}
