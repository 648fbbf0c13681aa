//! Rows of sessions and of the links that mails carry.

use crate::{
    core::{
        lang::Lang,
        roles::{Capacity, Role},
    },
    db::Tx,
    people::PersonId,
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::people) struct SessionRow {
    pub id: Uuid,
    pub person_id: PersonId,
    pub form_token: String,
    pub created_at: DateTime<Utc>,
    pub seen_at: DateTime<Utc>,
    pub proven_at: DateTime<Utc>,
    pub whole: bool,
    pub email: String,
    pub name: String,
    pub lang: Lang,
    pub totp_confirmed_at: Option<DateTime<Utc>>,
    pub role: Option<Role>,
    pub organisation_id: Option<Uuid>,
    pub capacity: Option<Capacity>,
    pub mandate_id: Option<Uuid>,
    pub mandate_organisation_id: Option<Uuid>,
    pub on_behalf_of: Option<String>,
}

/// The session behind a cookie with its person's live roles and capacities: one row for each, and the mandate an
/// adviser works under if it holds on the legal day `today`.
pub(in crate::people) async fn session_rows(
    tx: &mut Tx,
    key_hash: Vec<u8>,
    today: NaiveDate,
) -> sqlx::Result<Vec<SessionRow>> {
    tx.all(
        "SELECT s.id, s.person_id, s.form_token, s.created_at, s.seen_at, s.proven_at, s.whole,
                p.email, p.name, p.lang, p.totp_confirmed_at, r.role, r.organisation_id, c.capacity,
                m.id AS mandate_id, m.organisation_id AS mandate_organisation_id, o.legal_name AS on_behalf_of
         FROM sessions s JOIN people p ON p.id = s.person_id
         LEFT JOIN person_roles r ON r.person_id = p.id AND r.ended_at IS NULL
         LEFT JOIN member_capacities c ON c.role_id = r.id
         LEFT JOIN mandates m ON m.id = s.mandate_id AND m.adviser_id = p.id AND r.role = 'adviser' AND m.state = 'active'
            AND m.starts_on <= $2 AND m.ends_on >= $2
         LEFT JOIN organisations o ON o.id = m.organisation_id
         WHERE s.key_hash = $1 AND s.ended_at IS NULL AND p.state = 'active'",
        (key_hash, today),
    )
    .await
}

/// The mandate that an adviser works under in this session from now on.
pub async fn work_under(tx: &mut Tx, session: Uuid, mandate: Option<Uuid>) -> sqlx::Result<u64> {
    tx.run("UPDATE sessions SET mandate_id = $2 WHERE id = $1 AND ended_at IS NULL", (session, mandate)).await
}

#[allow(clippy::too_many_arguments)]
pub(in crate::people) async fn insert_session(
    tx: &mut Tx,
    id: Uuid,
    key_hash: Vec<u8>,
    person: PersonId,
    form_token: &str,
    whole: bool,
    address: &str,
    agent: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO sessions (id, key_hash, person_id, form_token, created_at, seen_at, proven_at, whole, address, agent)
         VALUES ($1, $2, $3, $4, $5, $5, $5, $6, $7, $8)",
        (id, key_hash, person, form_token.to_owned(), now, whole, address.to_owned(), agent.to_owned()),
    )
    .await
}

pub(in crate::people) async fn touch_session(tx: &mut Tx, id: Uuid, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run("UPDATE sessions SET seen_at = $2 WHERE id = $1", (id, now)).await
}

/// A new key and token for a session that has proven more: the old cookie is worth nothing.
pub(in crate::people) async fn renew_session(
    tx: &mut Tx,
    id: Uuid,
    key_hash: Vec<u8>,
    form_token: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE sessions SET key_hash = $2, form_token = $3, whole = TRUE, proven_at = $4, seen_at = $4
         WHERE id = $1 AND ended_at IS NULL",
        (id, key_hash, form_token.to_owned(), now),
    )
    .await
}

pub(in crate::people) async fn end_session(
    tx: &mut Tx,
    id: Uuid,
    person: PersonId,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run("UPDATE sessions SET ended_at = $3 WHERE id = $1 AND person_id = $2 AND ended_at IS NULL", (id, person, now))
        .await
}

/// Ends a person's sessions but `keep`.
pub(in crate::people) async fn end_sessions(
    tx: &mut Tx,
    person: PersonId,
    keep: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE sessions SET ended_at = $3 WHERE person_id = $1 AND id <> $2 AND ended_at IS NULL",
        (person, keep, now),
    )
    .await
}

/// Ends the oldest whole sessions beyond `most`; one between password and second factor counts for nothing.
pub(in crate::people) async fn end_surplus_sessions(
    tx: &mut Tx,
    person: PersonId,
    most: i64,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE sessions SET ended_at = $3 WHERE person_id = $1 AND whole AND ended_at IS NULL AND id NOT IN
            (SELECT id FROM sessions WHERE person_id = $1 AND whole AND ended_at IS NULL ORDER BY created_at DESC, id DESC LIMIT $2)",
        (person, most, now),
    )
    .await
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::people) struct SessionView {
    pub id: Uuid,
    pub created_at: DateTime<Utc>,
    pub seen_at: DateTime<Utc>,
    pub address: String,
    pub agent: String,
}

pub(in crate::people) async fn live_sessions(tx: &mut Tx, person: PersonId) -> sqlx::Result<Vec<SessionView>> {
    tx.all(
        "SELECT id, created_at, seen_at, address, agent FROM sessions
         WHERE person_id = $1 AND whole AND ended_at IS NULL ORDER BY seen_at DESC, id LIMIT 50",
        (person,),
    )
    .await
}

pub(in crate::people) async fn insert_token(
    tx: &mut Tx,
    hash: Vec<u8>,
    purpose: &'static str,
    email: &str,
    now: DateTime<Utc>,
    expires: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO mail_tokens (id, hash, purpose, email, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
        (crate::core::ids::new_uuid(), hash, purpose, email.to_owned(), now, expires),
    )
    .await
}

/// How many links of this kind went to an address since `since`: mails are rationed.
pub(in crate::people) async fn tokens_since(
    tx: &mut Tx,
    email: &str,
    purpose: &'static str,
    since: DateTime<Utc>,
) -> sqlx::Result<i64> {
    Ok(tx
        .value(
            "SELECT COUNT(*) FROM mail_tokens WHERE email = $1 AND purpose = $2 AND created_at > $3",
            (email.to_owned(), purpose, since),
        )
        .await?
        .unwrap_or(0))
}

/// The address a link was sent to: unused, in time, and the newest of its kind.
pub(in crate::people) async fn live_token(
    tx: &mut Tx,
    hash: Vec<u8>,
    purpose: &'static str,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<String>> {
    tx.value(
        "SELECT t.email FROM mail_tokens t WHERE t.hash = $1 AND t.purpose = $2 AND t.used_at IS NULL AND t.expires_at > $3
            AND NOT EXISTS (SELECT 1 FROM mail_tokens n WHERE n.email = t.email AND n.purpose = t.purpose
                AND (n.created_at, n.id) > (t.created_at, t.id))",
        (hash, purpose, now),
    )
    .await
}

pub(in crate::people) async fn use_token(tx: &mut Tx, hash: Vec<u8>, now: DateTime<Utc>) -> sqlx::Result<bool> {
    Ok(tx.run("UPDATE mail_tokens SET used_at = $2 WHERE hash = $1 AND used_at IS NULL", (hash, now)).await? == 1)
}
