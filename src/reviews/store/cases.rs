//! What is asked of a firm while its application is reviewed, and what a firm objects to.

use crate::{
    applications::ApplicationId,
    core::actor::Actor,
    core::roles::Role,
    db::{
        Query, Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
    programmes::CallId,
    reviews::{ClarificationId, ObjectionId, rules::*},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A question about one field.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Clarification {
    pub id: ClarificationId,
    pub application_id: ApplicationId,
    pub field: ClarifiedField,
    pub question: String,
    pub asked_by: Uuid,
    pub asked_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub answer: Option<String>,
    pub answered_at: Option<DateTime<Utc>>,
}

impl Clarification {
    /// Until when it stopped the clock: the answer, or the end of its term.
    pub fn ends_at(&self) -> DateTime<Utc> {
        self.answered_at.map_or(self.due_at, |at| at.min(self.due_at))
    }

    pub fn is_waiting(&self, now: DateTime<Utc>) -> bool {
        self.answer.is_none() && now < self.due_at
    }
}

macro_rules! select_clarification {
    ($rest:literal) => {
        concat!(
            "SELECT q.id, q.application_id, q.field, q.question, q.asked_by, q.asked_at, q.due_at, q.answer, q.answered_at
             FROM clarifications q ",
            $rest
        )
    };
}

pub async fn clarifications(tx: &mut Tx, application: ApplicationId) -> sqlx::Result<Vec<Clarification>> {
    tx.all(select_clarification!("WHERE q.application_id = $1 ORDER BY q.asked_at, q.id LIMIT 100"), (application,))
        .await
}

/// The question if it is put to this person's firm.
pub async fn find_asked(tx: &mut Tx, actor: &Actor, id: ClarificationId) -> sqlx::Result<Option<Clarification>> {
    tx.find(
        select_clarification!(
            "JOIN applications x ON x.id = q.application_id WHERE q.id = $1 AND x.organisation_id = $2"
        ),
        (id, actor.organisation),
    )
    .await
}

pub async fn insert_clarification(tx: &mut Tx, new: &Clarification) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO clarifications (id, application_id, field, question, asked_by, asked_at, due_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        (new.id, new.application_id, new.field, new.question.clone(), new.asked_by, new.asked_at, new.due_at),
    )
    .await
}

/// False when it was answered before.
pub async fn answer(
    tx: &mut Tx,
    id: ClarificationId,
    answer: &str,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE clarifications SET answer = $2, answered_by = $3, answered_at = $4 WHERE id = $1 AND answer IS NULL",
            (id, answer.to_owned(), by, now),
        )
        .await?;
    Ok(rows == 1)
}

/// When the review of an application began: with the first assignment.
pub async fn review_began(tx: &mut Tx, application: ApplicationId) -> sqlx::Result<Option<DateTime<Utc>>> {
    tx.value(
        "SELECT assigned_at FROM review_assignments WHERE application_id = $1 ORDER BY assigned_at, id LIMIT 1",
        (application,),
    )
    .await
}

/// An objection of a firm.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Objection {
    pub id: ObjectionId,
    pub application_id: ApplicationId,
    pub call_id: CallId,
    /// None: against the screening.
    pub decision_id: Option<Uuid>,
    pub state: ObjectionState,
    pub grounds: String,
    pub filed_at: DateTime<Utc>,
    pub heard_at: Option<DateTime<Utc>>,
    pub finding: String,
    pub title: String,
    pub firm_name: String,
    pub receipt_no: Option<String>,
}

macro_rules! select_objection {
    ($rest:literal) => {
        concat!(
            "SELECT b.id, b.application_id, b.call_id, b.decision_id, b.state, b.grounds, b.filed_at, b.heard_at,
                b.finding, x.title, o.legal_name AS firm_name, x.receipt_no
             FROM objections b JOIN applications x ON x.id = b.application_id JOIN organisations o ON o.id = x.organisation_id ",
            $rest
        )
    };
}

/// The objection about an application, if there is one.
pub async fn objection_of(tx: &mut Tx, application: ApplicationId) -> sqlx::Result<Option<Objection>> {
    tx.find(select_objection!("WHERE b.application_id = $1"), (application,)).await
}

/// The objection if `actor` may see it: managers and auditors every one, a firm its own.
pub async fn find_objection(tx: &mut Tx, actor: &Actor, id: ObjectionId) -> sqlx::Result<Option<Objection>> {
    let mut query = tx.query(select_objection!("WHERE b.id = $1"), (id,));
    if !actor.is_any(&[Role::Manager, Role::Auditor]) {
        query.add(" AND x.organisation_id = ?", (actor.organisation,));
    }
    tx.fetch_optional(query).await
}

/// False when the application had its objection.
pub async fn insert_objection(tx: &mut Tx, new: &Objection, by: Uuid) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO objections (id, application_id, call_id, decision_id, state, grounds, filed_by, filed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (application_id) DO NOTHING",
            (
                new.id,
                new.application_id,
                new.call_id,
                new.decision_id,
                new.state,
                new.grounds.clone(),
                by,
                new.filed_at,
            ),
        )
        .await?;
    Ok(rows == 1)
}

/// False when somebody else heard it first.
pub async fn hear(
    tx: &mut Tx,
    id: ObjectionId,
    step: &crate::core::step::Step<ObjectionState>,
    finding: &str,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE objections SET state = $3, finding = $4, heard_by = $5, heard_at = $6 WHERE id = $1 AND state = $2",
            (id, step.from, step.to, finding.to_owned(), by, now),
        )
        .await?;
    Ok(rows == 1)
}

fn narrow(query: &mut Query, state: Option<ObjectionState>) {
    if let Some(state) = state {
        query.add(" AND b.state = ?", (state,));
    }
}

/// One page of objections, the oldest first: those that wait longest are on top.
pub async fn objections(
    tx: &mut Tx,
    state: Option<ObjectionState>,
    after: Option<Cursor>,
) -> sqlx::Result<Paged<Objection>> {
    let mut query = tx.query(select_objection!("WHERE 1 = 1"), ());
    narrow(&mut query, state);
    if let Some(after) = after {
        query.add(" AND (b.filed_at, b.id) > (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY b.filed_at, b.id LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    let mut count = tx.query("SELECT COUNT(*) FROM (SELECT 1 FROM objections b WHERE 1 = 1", ());
    narrow(&mut count, state);
    count.add(" LIMIT ?) AS counted", (COUNT_MAX + 1,));
    let count = tx.fetch_value(count).await?.unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &Objection| Cursor { at: row.filed_at, id: row.id.0 }))
}

/// How objections ended.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ObjectionCount {
    pub state: ObjectionState,
    pub objections: i64,
}

pub async fn objection_counts(tx: &mut Tx) -> sqlx::Result<Vec<ObjectionCount>> {
    tx.all("SELECT state, COUNT(*) AS objections FROM objections GROUP BY state ORDER BY state", ()).await
}

/// Whether `person` decided about this application before an objection sent it back.
pub async fn decided_before(tx: &mut Tx, application: ApplicationId, person: Uuid) -> sqlx::Result<bool> {
    tx.exists(
        "SELECT 1 FROM objections b JOIN decisions d ON d.application_id = b.application_id
         WHERE b.application_id = $1 AND b.state IN ('decided_anew', 'scored_anew') AND d.decided_by = $2
            AND d.decided_at <= b.filed_at",
        (application, person),
    )
    .await
}
