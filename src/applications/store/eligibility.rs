//! What was looked at and found, what officers let pass, and what other conditions would have found.
//! A look is kept whole and never changed.

use crate::{
    applications::{
        ApplicationId, ReplayId, WaiverId,
        rules::conditions::{Check, Found, Met},
    },
    core::{expression::Facts, ids::new_uuid},
    db::{
        Select, Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
    programmes::{CallId, Condition, Stage},
};
use anyhow::Context;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use uuid::Uuid;

/// One look: at which stage, by which version of the rules, at which facts, and what was found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Look {
    pub application: ApplicationId,
    pub call: CallId,
    pub stage: Stage,
    pub call_version: i64,
    pub facts: Facts,
    pub checks: Vec<Check>,
    pub by: Option<Uuid>,
    /// The conditions that refused what was tried; None when it went on.
    pub refused_by: Option<String>,
}

/// Freezes the facts of a look and what was found.
pub async fn insert_run(tx: &mut Tx, run: &Look, now: DateTime<Utc>) -> sqlx::Result<()> {
    let (facts, hash) = run.facts.seal();
    let found: Vec<Found> = run.checks.iter().map(Found::from).collect();
    let checks = serde_json::to_string(&found).expect("what was found is plain values");
    tx.last(
        "INSERT INTO eligibility_runs (id, application_id, call_id, stage, call_version, facts, facts_sha256, checks, checked_by,
            checked_at, refused_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        (
            new_uuid(),
            run.application,
            run.call,
            run.stage,
            run.call_version,
            facts,
            hash,
            checks,
            run.by,
            now,
            run.refused_by.clone(),
        ),
    )
    .await
}

/// Whether the last look at this stage refused for the same conditions on the same facts.
pub async fn is_last_refused(
    tx: &mut Tx,
    (id, stage): (ApplicationId, Stage),
    refused_by: &str,
    facts_sha256: Vec<u8>,
) -> sqlx::Result<bool> {
    tx.exists(
        "SELECT 1 FROM eligibility_runs r WHERE r.application_id = $1 AND r.stage = $2 AND r.refused_by = $3 AND r.facts_sha256 = $4
            AND NOT EXISTS (SELECT 1 FROM eligibility_runs l WHERE l.application_id = $1 AND l.stage = $2
                AND (l.checked_at, l.id) > (r.checked_at, r.id))",
        (id, stage, refused_by.to_owned(), facts_sha256),
    )
    .await
}

/// A look as it was kept.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct StoredLook {
    pub stage: Stage,
    /// Cannot be read in a look from before facts were frozen.
    pub facts: String,
    checks: String,
    pub checked_at: DateTime<Utc>,
    pub refused_by: Option<String>,
}

impl StoredLook {
    /// What it found, in the order of the call.
    pub fn found(&self) -> anyhow::Result<Vec<Found>> {
        serde_json::from_str(&self.checks).context("what a look found")
    }
}

/// The latest looks, oldest first: as many as a record shows.
pub async fn looks(tx: &mut Tx, id: ApplicationId) -> sqlx::Result<Vec<StoredLook>> {
    let mut looks: Vec<StoredLook> = tx
        .all(
            "SELECT stage, facts, checks, checked_at, refused_by FROM eligibility_runs WHERE application_id = $1
             ORDER BY checked_at DESC, id DESC LIMIT 30",
            (id,),
        )
        .await?;
    looks.reverse();
    Ok(looks)
}

/// The facts as they were at the last submission; None for an application from before facts were frozen.
pub async fn frozen(tx: &mut Tx, id: ApplicationId) -> sqlx::Result<Option<Facts>> {
    let text: Option<String> = tx
        .value(
            "SELECT facts FROM eligibility_runs WHERE application_id = $1 AND stage = 'submission' AND refused_by IS NULL
             ORDER BY checked_at DESC, id DESC LIMIT 1",
            (id,),
        )
        .await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Whether answers with this hash were taken into the application before.
pub async fn has_answers(tx: &mut Tx, id: ApplicationId, facts_sha256: Vec<u8>) -> sqlx::Result<bool> {
    tx.exists(
        "SELECT 1 FROM eligibility_runs WHERE application_id = $1 AND stage = 'pre_check' AND facts_sha256 = $2",
        (id, facts_sha256),
    )
    .await
}

crate::text_enum!(
    /// Where a waiver stands.
    WaiverState {
        Asked = "asked",
        Granted = "granted",
        Refused = "refused",
    }
);

/// A condition that a firm asked to be let pass, or an officer let pass.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Waiver {
    pub id: WaiverId,
    pub application_id: ApplicationId,
    pub rule: String,
    pub covers: Met,
    pub state: WaiverState,
    /// The facts the condition saw, as JSON.
    pub seen: String,
    pub asked_by: Option<Uuid>,
    pub asked_at: DateTime<Utc>,
    pub asked_reason: String,
    pub decided_by: Option<Uuid>,
    pub decided_at: Option<DateTime<Utc>>,
    pub decided_reason: String,
}

macro_rules! select_waiver {
    ($rest:literal) => {
        concat!(
            "SELECT id, application_id, rule, covers, state, seen, asked_by, asked_at, asked_reason, decided_by, decided_at, decided_reason FROM waivers ",
            $rest
        )
    };
}

/// False when the same is asked for or granted already.
pub async fn insert_waiver(tx: &mut Tx, row: &Waiver) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO waivers (id, application_id, rule, covers, state, seen, asked_by, asked_at, asked_reason, decided_by,
                decided_at, decided_reason)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING",
            (
                row.id,
                row.application_id,
                row.rule.clone(),
                row.covers,
                row.state,
                row.seen.clone(),
                row.asked_by,
                row.asked_at,
                row.asked_reason.clone(),
                row.decided_by,
                row.decided_at,
                row.decided_reason.clone(),
            ),
        )
        .await?;
    Ok(rows == 1)
}

/// Decides what is still asked; false when somebody else was first.
pub async fn decide_waiver(
    tx: &mut Tx,
    id: WaiverId,
    to: WaiverState,
    by: Uuid,
    reason: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE waivers SET state = $2, decided_by = $3, decided_at = $4, decided_reason = $5
             WHERE id = $1 AND state = 'asked'",
            (id, to, by, now, reason.to_owned()),
        )
        .await?;
    Ok(rows == 1)
}

pub async fn find_waiver(tx: &mut Tx, id: WaiverId) -> sqlx::Result<Option<Waiver>> {
    tx.find(select_waiver!("WHERE id = $1"), (id,)).await
}

/// All of one application, oldest first.
pub async fn waivers(tx: &mut Tx, id: ApplicationId) -> sqlx::Result<Vec<Waiver>> {
    tx.all(select_waiver!("WHERE application_id = $1 ORDER BY asked_at, id LIMIT 200"), (id,)).await
}

/// What may pass: conditions, and what each had come to.
pub fn granted(id: ApplicationId) -> Select<(String, Met)> {
    Select::new("SELECT rule, covers FROM waivers WHERE application_id = $1 AND state = 'granted'", (id,))
}

/// One page of what was asked, decided or not, newest first; with the firm and the title.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct WaiverLine {
    pub id: WaiverId,
    pub rule: String,
    pub state: WaiverState,
    pub asked_at: DateTime<Utc>,
    pub firm_name: String,
    pub title: String,
}

pub async fn waiver_page(tx: &mut Tx, state: WaiverState, after: Option<Cursor>) -> sqlx::Result<Paged<WaiverLine>> {
    let mut query = tx.query(
        "SELECT w.id, w.rule, w.state, w.asked_at, o.legal_name AS firm_name, a.title
         FROM waivers w JOIN applications a ON a.id = w.application_id JOIN organisations o ON o.id = a.organisation_id
         WHERE w.state = $1",
        (state,),
    );
    if let Some(after) = after {
        query.add(" AND (w.asked_at, w.id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY w.asked_at DESC, w.id DESC LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    let count = tx
        .value(
            "SELECT COUNT(*) FROM (SELECT id FROM waivers WHERE state = $1 LIMIT $2) AS counted",
            (state, COUNT_MAX + 1),
        )
        .await?
        .unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &WaiverLine| Cursor { at: row.asked_at, id: row.id.0 }))
}

/// What one condition would be; None where it would be gone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Wording {
    pub rule: String,
    pub condition: Option<Condition>,
}

/// What one wording does to an application.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Turn {
    pub rule: String,
    pub was: String,
    pub becomes: String,
}

/// An application that flips, and why.
pub struct Flipped {
    pub application: ApplicationId,
    pub was: &'static str,
    pub becomes: &'static str,
    pub turns: Vec<Turn>,
}

/// Other wordings of conditions, tried on frozen facts.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Replay {
    pub id: ReplayId,
    pub call_id: CallId,
    /// The version whose rules it is held against.
    pub call_version: i64,
    pub rule: String,
    pub condition: Json<Condition>,
    /// Every wording that is tried; None where there is only the one of this row.
    pub wordings: Option<Json<Vec<Wording>>>,
    pub stage: Stage,
    pub tried_to: Option<Uuid>,
    pub tried: i64,
    pub flipped: i64,
    pub made_by: Uuid,
    pub made_at: DateTime<Utc>,
    pub done_at: Option<DateTime<Utc>>,
}

macro_rules! select_replay {
    ($rest:literal) => {
        concat!(
            "SELECT id, call_id, call_version, rule, condition, wordings, stage, tried_to, tried, flipped, made_by, made_at, done_at FROM replays ",
            $rest
        )
    };
}

pub async fn insert_replay(tx: &mut Tx, row: &Replay) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO replays (id, call_id, call_version, rule, condition, stage, made_by, made_at, wordings)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        (
            row.id,
            row.call_id,
            row.call_version,
            row.rule.clone(),
            row.condition.clone(),
            row.stage,
            row.made_by,
            row.made_at,
            row.wordings.clone(),
        ),
    )
    .await
}

pub async fn find_replay(tx: &mut Tx, id: ReplayId) -> sqlx::Result<Option<Replay>> {
    tx.find(select_replay!("WHERE id = $1"), (id,)).await
}

/// The latest of a call.
pub async fn replays(tx: &mut Tx, call: CallId) -> sqlx::Result<Vec<Replay>> {
    tx.all(select_replay!("WHERE call_id = $1 ORDER BY made_at DESC, id DESC LIMIT 20"), (call,)).await
}

/// A frozen look, as a replay reads it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct FrozenRun {
    pub id: Uuid,
    pub application_id: ApplicationId,
    pub facts: String,
}

/// The last looks of a call at a stage, one for each application, in their order behind `after`.
pub async fn frozen_runs(
    tx: &mut Tx,
    call: CallId,
    stage: Stage,
    after: Option<Uuid>,
    limit: i64,
) -> sqlx::Result<Vec<FrozenRun>> {
    let mut query = tx.query(
        "SELECT r.id, r.application_id, r.facts FROM eligibility_runs r WHERE r.call_id = $1 AND r.stage = $2 AND r.refused_by IS NULL AND r.facts <> ''
            AND NOT EXISTS (SELECT 1 FROM eligibility_runs l WHERE l.application_id = r.application_id AND l.stage = r.stage
                AND l.refused_by IS NULL AND (l.checked_at, l.id) > (r.checked_at, r.id))",
        (call, stage),
    );
    if let Some(after) = after {
        query.add(" AND r.id > ?", (after,));
    }
    query.add(" ORDER BY r.id LIMIT ?", (limit,));
    tx.fetch_all(query).await
}

/// How many looks a replay will try.
pub async fn frozen_count(tx: &mut Tx, call: CallId, stage: Stage) -> sqlx::Result<i64> {
    let count = tx
        .value(
            "SELECT COUNT(DISTINCT application_id) FROM eligibility_runs WHERE call_id = $1 AND stage = $2 AND refused_by IS NULL AND facts <> ''",
            (call, stage),
        )
        .await?;
    Ok(count.unwrap_or(0))
}

/// Notes how far a replay came; false when another worker was there first.
pub async fn advance_replay(
    tx: &mut Tx,
    before: &Replay,
    tried_to: Option<Uuid>,
    tried: i64,
    flipped: i64,
    done_at: Option<DateTime<Utc>>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE replays SET tried_to = $3, tried = tried + $4, flipped = flipped + $5, done_at = $6
             WHERE id = $1 AND tried = $2 AND done_at IS NULL",
            (before.id, before.tried, tried_to, tried, flipped, done_at),
        )
        .await?;
    Ok(rows == 1)
}

impl Replay {
    /// What is tried, in the order of the call.
    pub fn wordings(&self) -> Vec<Wording> {
        let only = || vec![Wording { rule: self.rule.clone(), condition: Some(self.condition.0.clone()) }];
        self.wordings.as_ref().map_or_else(only, |wordings| wordings.0.clone())
    }
}

/// An application for which the condition would come to something else.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Flip {
    pub id: Uuid,
    pub application_id: ApplicationId,
    pub receipt_no: Option<String>,
    pub firm_name: String,
    pub was: String,
    pub becomes: String,
    /// What each wording does to it; None where only one was tried.
    pub turns: Option<Json<Vec<Turn>>>,
    pub found_at: DateTime<Utc>,
}

pub async fn insert_flips(tx: &mut Tx, replay: ReplayId, flips: Vec<Flipped>, now: DateTime<Utc>) -> sqlx::Result<()> {
    if flips.is_empty() {
        return Ok(());
    }
    let mut insert =
        tx.query("INSERT INTO replay_flips (id, replay_id, application_id, was, becomes, turns, found_at) VALUES ", ());
    let rows = flips
        .into_iter()
        .map(|flip| (new_uuid(), replay, flip.application, flip.was, flip.becomes, Json(flip.turns), now));
    insert.add_rows("(?, ?, ?, ?, ?, ?, ?)", rows);
    tx.execute(insert).await?;
    Ok(())
}

pub async fn flips(tx: &mut Tx, replay: &Replay, after: Option<Cursor>) -> sqlx::Result<Paged<Flip>> {
    let mut query = tx.query(
        "SELECT f.id, f.application_id, a.receipt_no, o.legal_name AS firm_name, f.was, f.becomes, f.turns, f.found_at
         FROM replay_flips f JOIN applications a ON a.id = f.application_id JOIN organisations o ON o.id = a.organisation_id
         WHERE f.replay_id = $1",
        (replay.id,),
    );
    if let Some(after) = after {
        query.add(" AND (f.found_at, f.id) > (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY f.found_at, f.id LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    Ok(Paged::new(rows, replay.flipped, |row: &Flip| Cursor { at: row.found_at, id: row.id }))
}
