//! Every SQL text about reviews: the panel and its scores here, the queue and the ranking beside.

mod lists;

pub(super) use lists::*;

use super::{AssignmentId, rules::*};
use crate::{applications::ApplicationId, core::money::Won, db::Tx, programmes::CallId};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// One reviewer on one application.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Assignment {
    pub id: AssignmentId,
    pub application_id: ApplicationId,
    pub reviewer_id: Uuid,
    pub state: AssignmentState,
    pub conflict_reason: Option<String>,
    pub assigned_by: Uuid,
    pub assigned_at: DateTime<Utc>,
    pub declared_at: Option<DateTime<Utc>>,
    pub locked_at: Option<DateTime<Utc>>,
    pub total_milli: Option<i64>,
}

/// A decision; never edited, an undo is another.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Decision {
    pub id: Uuid,
    pub application_id: ApplicationId,
    pub call_version: i64,
    pub outcome: DecisionOutcome,
    pub score_milli: i64,
    pub rank: i64,
    pub amount_won: Won,
    pub reason: String,
    pub note: String,
    /// None: the call's own rules decided at once.
    pub decided_by: Option<Uuid>,
    pub decided_at: DateTime<Utc>,
}

/// The decision that holds now.
pub async fn latest_decision(tx: &mut Tx, application: ApplicationId) -> sqlx::Result<Option<Decision>> {
    tx.find(
        "SELECT id, application_id, call_version, outcome, score_milli, rank, amount_won, reason, note, decided_by, decided_at
         FROM decisions WHERE application_id = $1 ORDER BY decided_at DESC, id DESC LIMIT 1",
        (application,),
    )
    .await
}

pub(super) async fn insert_decision(tx: &mut Tx, decision: &Decision) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO decisions (id, application_id, call_version, outcome, score_milli, rank, amount_won, reason, note, decided_by, decided_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        (
            decision.id,
            decision.application_id,
            decision.call_version,
            decision.outcome,
            decision.score_milli,
            decision.rank,
            decision.amount_won,
            decision.reason.clone(),
            decision.note.clone(),
            decision.decided_by,
            decision.decided_at,
        ),
    )
    .await
}

macro_rules! select_assignment {
    ($rest:literal) => {
        concat!(
            "SELECT id, application_id, reviewer_id, state, conflict_reason, assigned_by, assigned_at, declared_at, locked_at, total_milli FROM review_assignments ",
            $rest
        )
    };
}

/// The assignment if it is `reviewer`'s and not given up: a conflict takes all access away.
pub(super) async fn find_own(tx: &mut Tx, reviewer: Uuid, id: AssignmentId) -> sqlx::Result<Option<Assignment>> {
    tx.find(select_assignment!("WHERE id = $1 AND reviewer_id = $2 AND state <> 'recused'"), (id, reviewer)).await
}

/// Everybody ever assigned to an application, in the order of their assignment.
/// Who was asked to review an application, oldest assignment first.
pub async fn assignments(tx: &mut Tx, application: ApplicationId) -> sqlx::Result<Vec<Assignment>> {
    tx.all(select_assignment!("WHERE application_id = $1 ORDER BY assigned_at, id"), (application,)).await
}

/// False when this reviewer was assigned to the application before.
pub(super) async fn insert_assignment(
    tx: &mut Tx,
    application: ApplicationId,
    reviewer: Uuid,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO review_assignments (id, application_id, reviewer_id, state, assigned_by, assigned_at)
             VALUES ($1, $2, $3, 'proposed', $4, $5) ON CONFLICT (application_id, reviewer_id) DO NOTHING",
            (AssignmentId::new(), application, reviewer, by, now),
        )
        .await?;
    Ok(rows == 1)
}

/// Moves the state if it still is `from`; false when somebody else was first.
pub(super) async fn declare(
    tx: &mut Tx,
    id: AssignmentId,
    from: AssignmentState,
    to: AssignmentState,
    reason: Option<String>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE review_assignments SET state = $3, conflict_reason = $4, declared_at = $5 WHERE id = $1 AND state = $2",
            (id, from, to, reason, now),
        )
        .await?;
    Ok(rows == 1)
}

/// Locks for ever if the state still is `from`; false when it is not.
pub(super) async fn lock(
    tx: &mut Tx,
    id: AssignmentId,
    from: AssignmentState,
    total_milli: i64,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE review_assignments SET state = 'locked', locked_at = $3, total_milli = $4 WHERE id = $1 AND state = $2",
            (id, from, now, total_milli),
        )
        .await?;
    Ok(rows == 1)
}

/// Two reviewers who lock at once must not both see the other missing.
pub(super) async fn lock_application(tx: &mut Tx, application: ApplicationId) -> sqlx::Result<()> {
    let query = tx.query("SELECT id FROM applications WHERE id = $1", (application,));
    let query = tx.for_update(query);
    tx.fetch_value::<Uuid>(query).await?;
    Ok(())
}

pub(super) async fn put_score(tx: &mut Tx, id: AssignmentId, score: &ItemScore) -> sqlx::Result<()> {
    tx.later(
        "INSERT INTO review_scores (assignment_id, item, points, comment) VALUES ($1, $2, $3, $4)
         ON CONFLICT (assignment_id, item) DO UPDATE SET points = excluded.points, comment = excluded.comment",
        (id, score.item.clone(), score.points, score.comment.clone()),
    )
    .await
}

/// An item left empty in a draft has no score.
pub(super) async fn drop_score(tx: &mut Tx, id: AssignmentId, item: &str) -> sqlx::Result<()> {
    tx.later("DELETE FROM review_scores WHERE assignment_id = $1 AND item = $2", (id, item.to_owned())).await
}

/// A score as somebody may read it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ScoreRow {
    pub assignment_id: AssignmentId,
    pub reviewer_name: String,
    pub total_milli: Option<i64>,
    pub item: String,
    pub points: i64,
    pub comment: String,
}

/// The scores of an application that `reader` may see: one's own always, everybody's once all `required` are locked.
pub(super) async fn visible_scores(
    tx: &mut Tx,
    reader: Uuid,
    application: ApplicationId,
    required: i64,
) -> sqlx::Result<Vec<ScoreRow>> {
    tx.all(
        "SELECT s.assignment_id, p.name AS reviewer_name, a.total_milli, s.item, s.points, s.comment
         FROM review_assignments a JOIN review_scores s ON s.assignment_id = a.id JOIN people p ON p.id = a.reviewer_id
         WHERE a.application_id = $1 AND a.state <> 'recused' AND (a.reviewer_id = $2 OR (a.state = 'locked'
            AND (SELECT COUNT(*) FROM review_assignments l WHERE l.application_id = $1 AND l.state = 'locked') >= $3))
         ORDER BY a.assigned_at, a.id, s.item",
        (application, reader, required),
    )
    .await
}

/// The totals of all who have locked.
pub(super) async fn locked_totals(tx: &mut Tx, application: ApplicationId) -> sqlx::Result<Vec<i64>> {
    tx.values(
        "SELECT total_milli FROM review_assignments
         WHERE application_id = $1 AND state = 'locked' AND total_milli IS NOT NULL ORDER BY id",
        (application,),
    )
    .await
}

/// What all required reviewers together gave; its order in the call.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ReviewResult {
    pub application_id: ApplicationId,
    pub call_id: CallId,
    pub score_milli: i64,
    pub submitted_at: DateTime<Utc>,
    pub scored_at: DateTime<Utc>,
}

pub(super) async fn insert_result(tx: &mut Tx, result: &ReviewResult) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO review_results (application_id, call_id, score_milli, submitted_at, scored_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (application_id) DO NOTHING",
        (result.application_id, result.call_id, result.score_milli, result.submitted_at, result.scored_at),
    )
    .await
}

/// The score of an application once all required reviewers have locked.
pub async fn result_of(tx: &mut Tx, application: ApplicationId) -> sqlx::Result<Option<ReviewResult>> {
    tx.find(
        "SELECT application_id, call_id, score_milli, submitted_at, scored_at FROM review_results WHERE application_id = $1",
        (application,),
    )
    .await
}

/// The place of a result among those of its call, from 1: by score, of equal scores the earlier submission first.
pub(super) async fn rank_of(tx: &mut Tx, result: &ReviewResult) -> sqlx::Result<i64> {
    let before: Option<i64> = tx
        .value(
            "SELECT COUNT(*) FROM review_results WHERE call_id = $1
                AND (-score_milli, submitted_at, application_id) < ($2, $3, $4)",
            (result.call_id, -result.score_milli, result.submitted_at, result.application_id),
        )
        .await?;
    Ok(before.unwrap_or(0) + 1)
}

/// Open assignments of each reviewer who has any.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Load {
    pub reviewer_id: Uuid,
    pub open: i64,
}

pub(super) async fn loads(tx: &mut Tx) -> sqlx::Result<Vec<Load>> {
    tx.all(
        "SELECT reviewer_id, COUNT(*) AS open FROM review_assignments
         WHERE state IN ('proposed', 'accepted') GROUP BY reviewer_id",
        (),
    )
    .await
}
