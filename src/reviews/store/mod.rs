//! Every SQL text about reviews: the panel and its scores here; who may be on it, lists, decisions and what follows beside.

mod advices;
mod cases;
mod closeness;
mod deciding;
mod drawing;
mod lists;
mod quality;
mod reasons;

pub(super) use advices::*;
pub(super) use cases::*;
pub(super) use closeness::*;
pub(super) use deciding::*;
pub(super) use drawing::*;
pub(super) use lists::*;
pub(super) use quality::*;
pub(super) use reasons::*;

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
    /// What the records showed; None when the reviewer said it.
    pub conflict_kind: Option<Conflict>,
    pub purpose: Purpose,
    pub round: i64,
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
    /// Of its wording.
    pub reason_version: i64,
    /// What of the call's rules the reason rests on, joined by commas.
    pub rests_on: String,
    pub note: String,
    /// None: the call's own rules decided at once.
    pub decided_by: Option<Uuid>,
    pub decided_at: DateTime<Utc>,
    /// Which round of scores it rests on.
    pub round: i64,
}

/// The decision that holds now: the latest, unless it was undone.
pub async fn latest_decision(tx: &mut Tx, application: ApplicationId) -> sqlx::Result<Option<Decision>> {
    tx.find(
        "SELECT id, application_id, call_version, outcome, score_milli, rank, amount_won, reason, reason_version, rests_on, note, decided_by, decided_at, round
         FROM decisions d WHERE application_id = $1 AND NOT EXISTS (SELECT 1 FROM decision_undos u WHERE u.decision_id = d.id)
         ORDER BY decided_at DESC, id DESC LIMIT 1",
        (application,),
    )
    .await
}

pub(super) async fn insert_decision(tx: &mut Tx, decision: &Decision) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO decisions (id, application_id, call_version, outcome, score_milli, rank, amount_won, reason, reason_version, rests_on, note, decided_by, decided_at, round)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        (
            decision.id,
            decision.application_id,
            decision.call_version,
            decision.outcome,
            decision.score_milli,
            decision.rank,
            decision.amount_won,
            decision.reason.clone(),
            decision.reason_version,
            decision.rests_on.clone(),
            decision.note.clone(),
            decision.decided_by,
            decision.decided_at,
            decision.round,
        ),
    )
    .await
}

macro_rules! select_assignment {
    ($rest:literal) => {
        concat!(
            "SELECT id, application_id, reviewer_id, state, conflict_reason, conflict_kind, purpose, round, assigned_by, assigned_at, declared_at, locked_at, total_milli FROM review_assignments ",
            $rest
        )
    };
}

/// The assignment if it is `reviewer`'s and not given up: a conflict takes all access away.
pub(super) async fn find_own(tx: &mut Tx, reviewer: Uuid, id: AssignmentId) -> sqlx::Result<Option<Assignment>> {
    tx.find(
        select_assignment!("WHERE id = $1 AND reviewer_id = $2 AND state NOT IN ('recused', 'released')"),
        (id, reviewer),
    )
    .await
}

/// Who was asked to review an application, oldest assignment first.
pub async fn assignments(tx: &mut Tx, application: ApplicationId) -> sqlx::Result<Vec<Assignment>> {
    tx.all(select_assignment!("WHERE application_id = $1 ORDER BY assigned_at, id"), (application,)).await
}

/// False when this reviewer was assigned to the application before.
pub(super) async fn insert_assignment(
    tx: &mut Tx,
    application: ApplicationId,
    reviewer: Uuid,
    (purpose, round): (Purpose, i64),
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO review_assignments (id, application_id, reviewer_id, state, purpose, round, assigned_by, assigned_at)
             VALUES ($1, $2, $3, 'proposed', $4, $5, $6, $7) ON CONFLICT (application_id, reviewer_id) DO NOTHING",
            (AssignmentId::new(), application, reviewer, purpose, round, by, now),
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
    seen: Option<Conflict>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE review_assignments SET state = $3, conflict_reason = $4, conflict_kind = $5, declared_at = $6
             WHERE id = $1 AND state = $2",
            (id, from, to, reason, seen, now),
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

/// The scores of an application that `reader` may see: one's own always, the panel's once it is `open`.
pub(super) async fn visible_scores(
    tx: &mut Tx,
    reader: Uuid,
    application: ApplicationId,
    open: bool,
) -> sqlx::Result<Vec<ScoreRow>> {
    tx.all(
        "SELECT s.assignment_id, p.name AS reviewer_name, a.total_milli, s.item, s.points, s.comment
         FROM review_assignments a JOIN review_scores s ON s.assignment_id = a.id JOIN people p ON p.id = a.reviewer_id
         WHERE a.application_id = $1 AND a.state NOT IN ('recused', 'released')
            AND (a.reviewer_id = $2 OR ($3 AND a.state = 'locked' AND a.purpose <> 'sample'))
         ORDER BY a.assigned_at, a.id, s.item",
        (application, reader, open),
    )
    .await
}

/// Who scored an application in one round, with what total.
pub(super) async fn locked_totals(
    tx: &mut Tx,
    application: ApplicationId,
    round: i64,
) -> sqlx::Result<Vec<(Uuid, i64)>> {
    tx.all(
        "SELECT reviewer_id, total_milli FROM review_assignments
         WHERE application_id = $1 AND round = $2 AND state = 'locked' AND purpose <> 'sample' AND total_milli IS NOT NULL
         ORDER BY reviewer_id",
        (application, round),
    )
    .await
}

/// The points behind these totals, criterion by criterion.
pub(super) async fn locked_points(
    tx: &mut Tx,
    application: ApplicationId,
    round: i64,
) -> sqlx::Result<Vec<(String, i64)>> {
    tx.all(
        "SELECT s.item, s.points FROM review_assignments a JOIN review_scores s ON s.assignment_id = a.id
         WHERE a.application_id = $1 AND a.round = $2 AND a.state = 'locked' AND a.purpose <> 'sample'",
        (application, round),
    )
    .await
}

/// The round that an application is scored in: one more for every result that no longer stands.
pub(super) async fn round_of(tx: &mut Tx, application: ApplicationId) -> sqlx::Result<i64> {
    let ended: Option<i64> = tx
        .value("SELECT COUNT(*) FROM review_results WHERE application_id = $1 AND NOT standing", (application,))
        .await?;
    Ok(ended.unwrap_or(0) + 1)
}

/// What all required reviewers together gave; its order in the call.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ReviewResult {
    pub application_id: ApplicationId,
    pub round: i64,
    pub call_id: CallId,
    pub score_milli: i64,
    /// Codes of the criteria below their minimum, comma-separated.
    pub below: String,
    pub spread_milli: i64,
    /// From the call's draw: of equal scores the smaller ranks first.
    pub tie: i64,
    pub submitted_at: DateTime<Utc>,
    pub scored_at: DateTime<Utc>,
}

pub(super) async fn insert_result(tx: &mut Tx, result: &ReviewResult) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO review_results (application_id, round, call_id, score_milli, below, spread_milli, tie, submitted_at, scored_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (application_id, round) DO NOTHING",
        (
            result.application_id,
            result.round,
            result.call_id,
            result.score_milli,
            result.below.clone(),
            result.spread_milli,
            result.tie,
            result.submitted_at,
            result.scored_at,
        ),
    )
    .await
}

/// The result stands no longer: the application is scored anew.
pub(super) async fn end_result(tx: &mut Tx, application: ApplicationId) -> sqlx::Result<u64> {
    tx.run("UPDATE review_results SET standing = FALSE WHERE application_id = $1 AND standing", (application,)).await
}

/// The score of an application once its panel has finished.
pub async fn result_of(tx: &mut Tx, application: ApplicationId) -> sqlx::Result<Option<ReviewResult>> {
    tx.find(
        "SELECT application_id, round, call_id, score_milli, below, spread_milli, tie, submitted_at, scored_at
         FROM review_results WHERE application_id = $1 AND standing",
        (application,),
    )
    .await
}

/// The place of a result among those of its call, from 1: by score, of equal scores by the draw, then the earlier
/// submission. A sum over at most a thousand counts and a count within a tenth of a point, however many there are.
pub(super) async fn rank_of(tx: &mut Tx, result: &ReviewResult) -> sqlx::Result<i64> {
    let bucket = result.score_milli / 100;
    let above: Option<i64> = tx
        .value(
            "SELECT CAST(COALESCE(SUM(results), 0) AS BIGINT) FROM review_rank_counts WHERE call_id = $1 AND bucket > $2",
            (result.call_id, bucket),
        )
        .await?;
    let beside: Option<i64> = tx
        .value(
            "SELECT COUNT(*) FROM review_results WHERE call_id = $1 AND standing AND -score_milli >= $2
                AND (-score_milli, tie, submitted_at, application_id) < ($3, $4, $5, $6)",
            (
                result.call_id,
                -(bucket * 100 + 99),
                -result.score_milli,
                result.tie,
                result.submitted_at,
                result.application_id,
            ),
        )
        .await?;
    Ok(above.unwrap_or(0) + beside.unwrap_or(0) + 1)
}

/// False when the panel's totals were noted as wide before.
pub(super) async fn note_spread(
    tx: &mut Tx,
    application: ApplicationId,
    round: i64,
    spread_milli: i64,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO review_spreads (application_id, round, spread_milli, noted_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (application_id, round) DO NOTHING",
            (application, round, spread_milli, now),
        )
        .await?;
    Ok(rows == 1)
}

/// How far the totals lay apart when one more reader was asked for.
pub(super) async fn wide_spread(tx: &mut Tx, application: ApplicationId, round: i64) -> sqlx::Result<Option<i64>> {
    tx.value("SELECT spread_milli FROM review_spreads WHERE application_id = $1 AND round = $2", (application, round))
        .await
}
