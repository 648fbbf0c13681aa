//! Clauses in versions, the versions of an agreement's text, and who assented how.

use crate::{
    agreements::{AgreementId, ChangeRequestId, ClauseChangeId, rules::*},
    core::actor::Actor,
    db::Tx,
    files::FileId,
};
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use uuid::Uuid;

/// The clauses of one version.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ClauseVersion {
    pub version: i64,
    pub clauses: Json<Vec<Clause>>,
}

pub async fn latest_clauses(tx: &mut Tx) -> sqlx::Result<ClauseVersion> {
    tx.get("SELECT version, clauses FROM clause_versions ORDER BY version DESC LIMIT 1", ()).await
}

pub async fn clauses_at(tx: &mut Tx, version: i64) -> sqlx::Result<Option<ClauseVersion>> {
    tx.find("SELECT version, clauses FROM clause_versions WHERE version = $1", (version,)).await
}

/// A version in the list of them.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ClauseVersionRow {
    pub version: i64,
    pub adopted_at: DateTime<Utc>,
    pub made_by_name: Option<String>,
    pub adopted_by_name: Option<String>,
}

/// Newest first.
pub async fn clause_versions(tx: &mut Tx) -> sqlx::Result<Vec<ClauseVersionRow>> {
    tx.all(
        "SELECT v.version, v.adopted_at, m.name AS made_by_name, d.name AS adopted_by_name FROM clause_versions v
         LEFT JOIN people m ON m.id = v.made_by LEFT JOIN people d ON d.id = v.adopted_by ORDER BY v.version DESC LIMIT 100",
        (),
    )
    .await
}

/// False when this version is there already.
pub async fn insert_clauses(
    tx: &mut Tx,
    version: i64,
    clauses: &[Clause],
    made_by: Uuid,
    adopted_by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO clause_versions (version, clauses, made_by, adopted_by, adopted_at)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (version) DO NOTHING",
            (version, Json(clauses.to_vec()), made_by, adopted_by, now),
        )
        .await?;
    Ok(rows == 1)
}

/// A change of the clauses.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ClauseChange {
    pub id: ClauseChangeId,
    pub base_version: i64,
    pub clauses: Json<Vec<Clause>>,
    pub reason: String,
    pub state: ClauseChangeState,
    pub version: i64,
    pub made_by: Uuid,
    pub made_by_name: String,
    pub made_at: DateTime<Utc>,
}

macro_rules! select_clause_change {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.base_version, c.clauses, c.reason, c.state, c.version, c.made_by, m.name AS made_by_name, c.made_at
             FROM clause_changes c JOIN people m ON m.id = c.made_by ",
            $rest
        )
    };
}

/// The change that is under way.
pub async fn open_clause_change(tx: &mut Tx) -> sqlx::Result<Option<ClauseChange>> {
    tx.find(select_clause_change!("WHERE c.live = 1"), ()).await
}

/// False when one is under way already.
pub async fn insert_clause_change(
    tx: &mut Tx,
    id: ClauseChangeId,
    base: i64,
    clauses: &[Clause],
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO clause_changes (id, base_version, clauses, reason, state, live, version, made_by, made_at)
             VALUES ($1, $2, $3, '', 'preparing', 1, 1, $4, $5) ON CONFLICT (live) DO NOTHING",
            (id, base, Json(clauses.to_vec()), by, now),
        )
        .await?;
    Ok(rows == 1)
}

/// Notes that this person had a hand in a change.
pub async fn lend_hand(tx: &mut Tx, change: ClauseChangeId, person: Uuid) -> sqlx::Result<u64> {
    tx.run("INSERT INTO clause_hands (change_id, person_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", (change, person))
        .await
}

pub async fn had_hand(tx: &mut Tx, change: ClauseChangeId, person: Uuid) -> sqlx::Result<bool> {
    tx.exists("SELECT 1 FROM clause_hands WHERE change_id = $1 AND person_id = $2", (change, person)).await
}

/// The last who edits is who made it. False when somebody else edited it meanwhile.
pub async fn set_clauses(
    tx: &mut Tx,
    id: ClauseChangeId,
    version: i64,
    clauses: &[Clause],
    by: Uuid,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE clause_changes SET clauses = $3, made_by = $4, version = version + 1
             WHERE id = $1 AND version = $2 AND state = 'preparing'",
            (id, version, Json(clauses.to_vec()), by),
        )
        .await?;
    Ok(rows == 1)
}

/// Moves a change of the clauses on from what was looked at; false when it had moved on.
pub async fn move_clause_change(
    tx: &mut Tx,
    change: &ClauseChange,
    to: ClauseChangeState,
    note: &str,
    by: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let sql = match to {
        ClauseChangeState::Preparing | ClauseChangeState::Proposed => {
            "UPDATE clause_changes SET state = $4, reason = $5, version = version + 1, made_by = $6, made_at = $7
             WHERE id = $1 AND version = $2 AND state = $3"
        }
        _ => {
            "UPDATE clause_changes SET state = $4, decision_note = $5, version = version + 1, decided_by = $6, decided_at = $7,
                live = NULL WHERE id = $1 AND version = $2 AND state = $3"
        }
    };
    Ok(tx.run(sql, (change.id, change.version, change.state, to, note.to_owned(), by, now)).await? == 1)
}

/// One text of an agreement.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct TextVersion {
    pub agreement_id: AgreementId,
    pub version: i64,
    pub clause_version: Option<i64>,
    pub change_id: Option<ChangeRequestId>,
    pub content: String,
    pub content_sha256: Vec<u8>,
    pub made_at: DateTime<Utc>,
    pub in_force_at: Option<DateTime<Utc>>,
    pub superseded_at: Option<DateTime<Utc>>,
    pub file_id: Option<FileId>,
    pub pdf_sha256: Option<Vec<u8>>,
}

macro_rules! select_text {
    ($rest:literal) => {
        concat!(
            "SELECT agreement_id, version, clause_version, change_id, content, content_sha256, made_at, in_force_at, superseded_at, file_id, pdf_sha256 FROM agreement_versions ",
            $rest
        )
    };
}

/// Every text of an agreement, the oldest first.
pub async fn texts(tx: &mut Tx, id: AgreementId) -> sqlx::Result<Vec<TextVersion>> {
    tx.all(select_text!("WHERE agreement_id = $1 ORDER BY version"), (id,)).await
}

pub async fn text(tx: &mut Tx, id: AgreementId, version: i64) -> sqlx::Result<Option<TextVersion>> {
    tx.find(select_text!("WHERE agreement_id = $1 AND version = $2"), (id, version)).await
}

/// What was sealed under this hash.
pub async fn text_sealed_as(tx: &mut Tx, sha256: &[u8]) -> sqlx::Result<Option<TextVersion>> {
    tx.find(select_text!("WHERE pdf_sha256 = $1"), (sha256.to_vec(),)).await
}

pub async fn insert_text(tx: &mut Tx, text: &TextVersion) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO agreement_versions (agreement_id, version, clause_version, change_id, content, content_sha256, made_at, in_force_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        (
            text.agreement_id,
            text.version,
            text.clause_version,
            text.change_id,
            text.content.clone(),
            text.content_sha256.clone(),
            text.made_at,
            text.in_force_at,
        ),
    )
    .await
}

/// The text comes into force, and whatever was in force before is superseded.
pub async fn put_in_force(tx: &mut Tx, id: AgreementId, version: i64, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE agreement_versions SET superseded_at = $3
         WHERE agreement_id = $1 AND version < $2 AND superseded_at IS NULL",
        (id, version, now),
    )
    .await?;
    tx.run(
        "UPDATE agreement_versions SET in_force_at = $3 WHERE agreement_id = $1 AND version = $2 AND in_force_at IS NULL",
        (id, version, now),
    )
    .await
}

/// The agreement is over: none of its texts is in force.
pub async fn supersede_all(tx: &mut Tx, id: AgreementId, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE agreement_versions SET superseded_at = $2
         WHERE agreement_id = $1 AND in_force_at IS NOT NULL AND superseded_at IS NULL",
        (id, now),
    )
    .await
}

/// Keeps the sealed file of a text; false when it has one.
pub async fn seal_text(
    tx: &mut Tx,
    id: AgreementId,
    version: i64,
    file: FileId,
    sha256: &[u8],
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE agreement_versions SET file_id = $3, pdf_sha256 = $4, sealed_at = $5
             WHERE agreement_id = $1 AND version = $2 AND pdf_sha256 IS NULL AND in_force_at IS NOT NULL",
            (id, version, file, sha256.to_vec(), now),
        )
        .await?;
    Ok(rows == 1)
}

/// Who assented for a party, when and how.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AssentRow {
    pub party: Party,
    pub person_id: Uuid,
    pub name: String,
    pub at: DateTime<Utc>,
    pub how: Proof,
}

/// The assents to the offer, or to a change.
pub async fn assents(tx: &mut Tx, id: AgreementId, change: Option<ChangeRequestId>) -> sqlx::Result<Vec<AssentRow>> {
    let mut query = tx.query(
        "SELECT a.party, a.person_id, p.name, a.at, a.how FROM agreement_assents a JOIN people p ON p.id = a.person_id
         WHERE a.agreement_id = $1",
        (id,),
    );
    match change {
        Some(change) => query.add(" AND a.change_id = ?", (change,)),
        None => query.add(" AND a.change_id IS NULL", ()),
    }
    query.add(" ORDER BY a.at, a.id", ());
    tx.fetch_all(query).await
}

/// False when this party assented already.
pub async fn insert_assent(
    tx: &mut Tx,
    id: AgreementId,
    change: Option<ChangeRequestId>,
    party: Party,
    actor: &Actor,
    how: Proof,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO agreement_assents (id, agreement_id, change_id, party, person_id, at, proven_at, how)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
            (crate::core::ids::new_uuid(), id, change, party, actor.id, now, actor.proven_at, how),
        )
        .await?;
    Ok(rows == 1)
}
