//! Decisions of several managers, undone ones, the reserve list, and many decisions at once.

use crate::{
    applications::ApplicationId,
    core::money::Won,
    db::Tx,
    programmes::{CallId, Place},
    reviews::{
        BulkId, ProposalId,
        rules::{plan::Proposed, *},
    },
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A decision that waits for the next manager.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Proposal {
    pub id: ProposalId,
    pub application_id: ApplicationId,
    pub outcome: DecisionOutcome,
    pub reason: String,
    pub reason_version: i64,
    pub rests_on: String,
    pub note: String,
    pub amount_won: Won,
    pub approvers: i64,
    pub state: ProposalState,
    pub proposed_at: DateTime<Utc>,
}

macro_rules! select_proposal {
    ($rest:literal) => {
        concat!(
            "SELECT id, application_id, outcome, reason, reason_version, rests_on, note, amount_won, approvers, state, proposed_at FROM decision_proposals ",
            $rest
        )
    };
}

pub async fn waiting_proposal(tx: &mut Tx, application: ApplicationId) -> sqlx::Result<Option<Proposal>> {
    tx.find(select_proposal!("WHERE application_id = $1 AND state = 'waiting'"), (application,)).await
}

/// False when one waits already.
pub async fn insert_proposal(tx: &mut Tx, proposal: &Proposal) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO decision_proposals (id, application_id, outcome, reason, reason_version, rests_on, note, amount_won, approvers, state, proposed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
            (
                proposal.id,
                proposal.application_id,
                proposal.outcome,
                proposal.reason.clone(),
                proposal.reason_version,
                proposal.rests_on.clone(),
                proposal.note.clone(),
                proposal.amount_won,
                proposal.approvers,
                proposal.state,
                proposal.proposed_at,
            ),
        )
        .await?;
    Ok(rows == 1)
}

/// Who approved, in their order.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Approval {
    pub person_id: Uuid,
    pub name: String,
    pub at: DateTime<Utc>,
}

pub async fn approvals(tx: &mut Tx, proposal: ProposalId) -> sqlx::Result<Vec<Approval>> {
    tx.all(
        "SELECT a.person_id, p.name, a.at FROM decision_approvals a JOIN people p ON p.id = a.person_id
         WHERE a.proposal_id = $1 ORDER BY a.place",
        (proposal,),
    )
    .await
}

/// False when this person approved already, or somebody else was in this place first.
pub async fn insert_approval(
    tx: &mut Tx,
    proposal: ProposalId,
    place: i64,
    person: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO decision_approvals (proposal_id, place, person_id, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            (proposal, place, person, now),
        )
        .await?;
    Ok(rows == 1)
}

/// False when somebody else ended it first.
pub async fn end_proposal(
    tx: &mut Tx,
    id: ProposalId,
    step: &crate::core::step::Step<ProposalState>,
    note: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE decision_proposals SET state = $3, ended_at = $4, end_note = $5 WHERE id = $1 AND state = $2",
            (id, step.from, step.to, now, note.to_owned()),
        )
        .await?;
    Ok(rows == 1)
}

/// A proposal in the list of those that wait.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct WaitingRow {
    pub application_id: ApplicationId,
    pub title: String,
    pub firm_name: String,
    pub outcome: DecisionOutcome,
    pub amount_won: Won,
    pub approvers: i64,
    pub approved: i64,
}

/// What waits for another manager, oldest first.
pub async fn waiting_proposals(tx: &mut Tx, limit: i64) -> sqlx::Result<Vec<WaitingRow>> {
    tx.all(
        "SELECT p.application_id, x.title, o.legal_name AS firm_name, p.outcome, p.amount_won, p.approvers,
            (SELECT COUNT(*) FROM decision_approvals a WHERE a.proposal_id = p.id) AS approved
         FROM decision_proposals p JOIN applications x ON x.id = p.application_id
         JOIN organisations o ON o.id = x.organisation_id
         WHERE p.state = 'waiting' ORDER BY p.proposed_at, p.id LIMIT $1",
        (limit,),
    )
    .await
}

pub async fn insert_undo(
    tx: &mut Tx,
    decision: Uuid,
    application: ApplicationId,
    reason: &str,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO decision_undos (decision_id, application_id, reason, undone_by, undone_at) VALUES ($1, $2, $3, $4, $5)",
        (decision, application, reason.to_owned(), by, now),
    )
    .await
}

/// Published calls with somebody on the reserve list, with their present version.
pub async fn calls_with_reserve(tx: &mut Tx) -> sqlx::Result<Vec<(CallId, i64)>> {
    tx.all(
        "SELECT c.id, c.version FROM calls c WHERE c.state = 'published'
            AND EXISTS (SELECT 1 FROM applications a WHERE a.call_id = c.id AND a.state = 'reserve') ORDER BY c.id",
        (),
    )
    .await
}

/// The first on the reserve list of a call, and what it asks for; those tried since `tried` are passed over.
pub async fn next_reserve(
    tx: &mut Tx,
    call: CallId,
    tried: DateTime<Utc>,
) -> sqlx::Result<Option<(ApplicationId, Won)>> {
    tx.find(
        "SELECT x.id, x.support_won FROM applications x JOIN review_results r ON r.application_id = x.id AND r.standing
         WHERE x.call_id = $1 AND x.state = 'reserve'
            AND NOT EXISTS (SELECT 1 FROM reserve_tries t WHERE t.application_id = x.id AND t.tried_at > $2)
         ORDER BY -r.score_milli, r.tie, r.submitted_at, r.application_id LIMIT 1",
        (call, tried),
    )
    .await
}

pub async fn note_try(tx: &mut Tx, application: ApplicationId, refusal: &str, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO reserve_tries (application_id, refusal, tried_at) VALUES ($1, $2, $3)
         ON CONFLICT (application_id) DO UPDATE SET refusal = excluded.refusal, tried_at = excluded.tried_at",
        (application, refusal.to_owned(), now),
    )
    .await
}

/// An application of a call that waits for its decision.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Undecided {
    pub id: ApplicationId,
    pub support_won: Won,
    pub track: Option<String>,
    pub region_code: String,
    pub industry_code: String,
    pub score_milli: i64,
    pub below: String,
}

impl Undecided {
    pub fn place(&self) -> Place<'_> {
        Place { track: self.track.as_deref(), region: &self.region_code, industry: &self.industry_code }
    }
}

/// Everybody who waits for a decision in a call, in the order of the ranking.
pub async fn undecided(tx: &mut Tx, call: CallId) -> sqlx::Result<Vec<Undecided>> {
    tx.all(
        "SELECT x.id, x.support_won, x.track, x.region_code, x.industry_code, r.score_milli, r.below
         FROM applications x JOIN review_results r ON r.application_id = x.id AND r.standing
         WHERE x.call_id = $1 AND x.state = 'in_review'
            AND NOT EXISTS (SELECT 1 FROM decision_proposals p WHERE p.application_id = x.id AND p.state = 'waiting')
         ORDER BY -r.score_milli, r.tie, r.submitted_at, r.application_id",
        (call,),
    )
    .await
}

/// Many decisions as one job.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Bulk {
    pub id: BulkId,
    pub call_id: CallId,
    pub state: BulkState,
    /// What rejected firms read.
    pub note: String,
    pub planned: i64,
    pub made_by: Uuid,
    pub made_at: DateTime<Utc>,
}

macro_rules! select_bulk {
    ($rest:literal) => {
        concat!("SELECT id, call_id, state, note, planned, made_by, made_at FROM bulk_decisions ", $rest)
    };
}

pub async fn find_bulk(tx: &mut Tx, id: BulkId) -> sqlx::Result<Option<Bulk>> {
    tx.find(select_bulk!("WHERE id = $1"), (id,)).await
}

pub async fn bulks_of(tx: &mut Tx, call: CallId) -> sqlx::Result<Vec<Bulk>> {
    tx.all(select_bulk!("WHERE call_id = $1 ORDER BY made_at DESC, id DESC LIMIT 20"), (call,)).await
}

/// One row of the plan.
#[derive(Debug, Clone)]
pub struct PlannedRow {
    pub application: ApplicationId,
    pub amount: Won,
    pub proposed: Proposed,
}

pub async fn insert_bulk(tx: &mut Tx, bulk: &Bulk, rows: &[PlannedRow]) -> sqlx::Result<()> {
    tx.run(
        "INSERT INTO bulk_decisions (id, call_id, state, note, planned, made_by, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        (bulk.id, bulk.call_id, bulk.state, bulk.note.clone(), bulk.planned, bulk.made_by, bulk.made_at),
    )
    .await?;
    for (chunk, first) in rows.chunks(200).zip((1_i64..).step_by(200)) {
        let mut insert = tx.query(
            "INSERT INTO bulk_rows (bulk_id, position, application_id, outcome, reason, amount_won, short_of) VALUES ",
            (),
        );
        insert.add_rows(
            "(?, ?, ?, ?, ?, ?, ?)",
            chunk.iter().zip(first..).map(|(row, position)| {
                let Proposed { outcome, reason, short_of } = row.proposed;
                (bulk.id, position, row.application, outcome, reason, row.amount, short_of)
            }),
        );
        tx.execute(insert).await?;
    }
    Ok(())
}

/// False when it has left `from`, or another one of the call is running.
pub async fn move_bulk(
    tx: &mut Tx,
    id: BulkId,
    step: &crate::core::step::Step<BulkState>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE bulk_decisions SET state = $3,
                started_at = CASE WHEN $3 = 'running' THEN $4 ELSE started_at END,
                done_at = CASE WHEN $3 = 'running' THEN done_at ELSE $4 END
             WHERE id = $1 AND state = $2 AND NOT ($3 = 'running' AND EXISTS (SELECT 1 FROM bulk_decisions o
                WHERE o.call_id = bulk_decisions.call_id AND o.state = 'running'))",
            (id, step.from, step.to, now),
        )
        .await?;
    Ok(rows == 1)
}

/// One row as it is shown and worked off.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct BulkRow {
    pub position: i64,
    pub application_id: ApplicationId,
    pub receipt_no: Option<String>,
    pub title: String,
    pub firm_name: String,
    pub outcome: DecisionOutcome,
    pub reason: DecisionReason,
    /// The envelope that is short, by the id of its cap.
    pub short_of: Option<Uuid>,
    pub amount_won: Won,
    pub result: Option<BulkResult>,
    pub refusal_ko: String,
    pub refusal_en: String,
}

macro_rules! select_bulk_row {
    ($rest:literal) => {
        concat!(
            "SELECT b.position, b.application_id, x.receipt_no, x.title, o.legal_name AS firm_name, b.outcome, b.reason, b.short_of,
                b.amount_won, b.result, b.refusal_ko, b.refusal_en
             FROM bulk_rows b JOIN applications x ON x.id = b.application_id JOIN organisations o ON o.id = x.organisation_id ",
            $rest
        )
    };
}

pub async fn bulk_rows(tx: &mut Tx, id: BulkId, after: i64, limit: i64) -> sqlx::Result<Vec<BulkRow>> {
    tx.all(
        select_bulk_row!("WHERE b.bulk_id = $1 AND b.position > $2 ORDER BY b.position LIMIT $3"),
        (id, after, limit),
    )
    .await
}

pub async fn next_bulk_row(tx: &mut Tx, id: BulkId) -> sqlx::Result<Option<BulkRow>> {
    tx.find(select_bulk_row!("WHERE b.bulk_id = $1 AND b.result IS NULL ORDER BY b.position LIMIT 1"), (id,)).await
}

/// False when the row was done before.
pub async fn note_row(
    tx: &mut Tx,
    id: BulkId,
    position: i64,
    result: BulkResult,
    (ko, en): (String, String),
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE bulk_rows SET result = $3, refusal_ko = $4, refusal_en = $5, done_at = $6
             WHERE bulk_id = $1 AND position = $2 AND result IS NULL",
            (id, position, result, ko, en, now),
        )
        .await?;
    Ok(rows == 1)
}

/// How many rows of a plan say what, and what became of them.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct BulkCount {
    pub outcome: DecisionOutcome,
    pub result: Option<BulkResult>,
    pub rows: i64,
    pub amount_won: Won,
}

pub async fn bulk_counts(tx: &mut Tx, id: BulkId) -> sqlx::Result<Vec<BulkCount>> {
    tx.all(
        "SELECT outcome, result, COUNT(*) AS rows, CAST(SUM(amount_won) AS BIGINT) AS amount_won FROM bulk_rows
         WHERE bulk_id = $1 GROUP BY outcome, result ORDER BY outcome, result",
        (id,),
    )
    .await
}
