//! Every SQL text about people, roles, sessions and tokens.

use super::PersonId;
use crate::{
    core::{lang::Lang, roles::Role},
    db::{
        Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PersonRow {
    pub id: PersonId,
    pub email: String,
    pub name: String,
    pub lang: Lang,
    pub state: String,
    pub password_hash: Option<String>,
    pub failures: i64,
    pub locked_until: Option<DateTime<Utc>>,
    pub totp_secret: Option<Vec<u8>>,
    pub totp_confirmed_at: Option<DateTime<Utc>>,
    pub totp_last_step: i64,
    pub created_at: DateTime<Utc>,
}

impl PersonRow {
    pub fn is_active(&self) -> bool {
        self.state == "active"
    }

    pub fn has_second_factor(&self) -> bool {
        self.totp_confirmed_at.is_some()
    }
}

macro_rules! select_person {
    ($rest:literal) => {
        concat!(
            "SELECT id, email, name, lang, state, password_hash, failures, locked_until, totp_secret, totp_confirmed_at, totp_last_step, created_at FROM people ",
            $rest
        )
    };
}

pub async fn find_by_email(tx: &mut Tx, email: &str) -> sqlx::Result<Option<PersonRow>> {
    tx.find(select_person!("WHERE email = $1"), (email.to_owned(),)).await
}

pub async fn find_person(tx: &mut Tx, id: PersonId) -> sqlx::Result<Option<PersonRow>> {
    tx.find(select_person!("WHERE id = $1"), (id,)).await
}

pub(super) async fn insert_person(
    tx: &mut Tx,
    id: PersonId,
    email: &str,
    name: &str,
    lang: Lang,
    password_hash: Option<String>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO people (id, email, name, lang, state, password_hash, password_changed_at, created_at)
             VALUES ($1, $2, $3, $4, 'active', $5, $6, $6) ON CONFLICT (email) DO NOTHING",
            (id, email.to_owned(), name.to_owned(), lang, password_hash, now),
        )
        .await?;
    Ok(rows == 1)
}

pub(super) async fn page(tx: &mut Tx, after: Option<Cursor>) -> sqlx::Result<Paged<PersonRow>> {
    let mut query = tx.query(select_person!("WHERE 1 = 1"), ());
    if let Some(after) = after {
        query.add(" AND (created_at, id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY created_at DESC, id DESC LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    let count = tx
        .value("SELECT COUNT(*) FROM (SELECT 1 FROM people LIMIT $1) AS counted", (COUNT_MAX + 1,))
        .await?
        .unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &PersonRow| Cursor { at: row.created_at, id: row.id.0 }))
}

pub(super) async fn set_password(tx: &mut Tx, id: PersonId, hash: &str, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE people SET password_hash = $2, password_changed_at = $3, failures = 0, locked_until = NULL WHERE id = $1",
        (id, hash.to_owned(), now),
    )
    .await
}

pub(super) async fn set_failures(
    tx: &mut Tx,
    id: PersonId,
    failures: i64,
    locked_until: Option<DateTime<Utc>>,
) -> sqlx::Result<u64> {
    tx.run("UPDATE people SET failures = $2, locked_until = $3 WHERE id = $1", (id, failures, locked_until)).await
}

/// Wrong tries in a row and until when the account is slowed down; the next one waits for this unit of work.
pub(super) async fn lock_failures(tx: &mut Tx, id: PersonId) -> sqlx::Result<Option<(i64, Option<DateTime<Utc>>)>> {
    let query = tx.query("SELECT failures, locked_until FROM people WHERE id = $1", (id,));
    let query = tx.for_update(query);
    tx.fetch_optional(query).await
}

pub(super) async fn clear_failures(tx: &mut Tx, id: PersonId) -> sqlx::Result<u64> {
    set_failures(tx, id, 0, None).await
}

pub(super) async fn set_lang(tx: &mut Tx, id: PersonId, lang: Lang) -> sqlx::Result<u64> {
    tx.run("UPDATE people SET lang = $2 WHERE id = $1", (id, lang)).await
}

pub(super) async fn set_state(tx: &mut Tx, id: PersonId, from: &'static str, to: &'static str) -> sqlx::Result<u64> {
    tx.run("UPDATE people SET state = $3 WHERE id = $1 AND state = $2", (id, from, to)).await
}

pub(super) async fn set_totp_secret(tx: &mut Tx, id: PersonId, sealed: Vec<u8>) -> sqlx::Result<u64> {
    tx.run("UPDATE people SET totp_secret = $2 WHERE id = $1 AND totp_confirmed_at IS NULL", (id, sealed)).await
}

pub(super) async fn confirm_totp(tx: &mut Tx, id: PersonId, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run("UPDATE people SET totp_confirmed_at = $2 WHERE id = $1 AND totp_confirmed_at IS NULL", (id, now)).await
}

/// A time step counts once: false when it, or a later one, was used already.
pub(super) async fn use_totp_step(tx: &mut Tx, id: PersonId, step: i64) -> sqlx::Result<bool> {
    Ok(tx.run("UPDATE people SET totp_last_step = $2 WHERE id = $1 AND totp_last_step < $2", (id, step)).await? == 1)
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct RecoveryCode {
    pub id: Uuid,
    pub hash: String,
}

pub(super) async fn recovery_codes(tx: &mut Tx, person: PersonId) -> sqlx::Result<Vec<RecoveryCode>> {
    tx.all("SELECT id, hash FROM recovery_codes WHERE person_id = $1 AND used_at IS NULL", (person,)).await
}

pub(super) async fn insert_recovery_code(tx: &mut Tx, person: PersonId, hash: String) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO recovery_codes (id, person_id, hash) VALUES ($1, $2, $3)",
        (crate::core::ids::new_uuid(), person, hash),
    )
    .await
}

pub(super) async fn use_recovery_code(tx: &mut Tx, id: Uuid, now: DateTime<Utc>) -> sqlx::Result<bool> {
    Ok(tx.run("UPDATE recovery_codes SET used_at = $2 WHERE id = $1 AND used_at IS NULL", (id, now)).await? == 1)
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct RoleRow {
    pub role: Role,
    pub granted_at: DateTime<Utc>,
}

pub(super) async fn live_roles(tx: &mut Tx, person: PersonId) -> sqlx::Result<Vec<RoleRow>> {
    tx.all(
        "SELECT role, granted_at FROM person_roles WHERE person_id = $1 AND ended_at IS NULL ORDER BY role",
        (person,),
    )
    .await
}

pub(super) async fn insert_role(
    tx: &mut Tx,
    person: PersonId,
    role: Role,
    organisation: Option<Uuid>,
    by: Option<Uuid>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO person_roles (id, person_id, role, organisation_id, granted_by, granted_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            (crate::core::ids::new_uuid(), person, role, organisation, by, now),
        )
        .await?;
    Ok(rows == 1)
}

pub(super) async fn end_role(
    tx: &mut Tx,
    person: PersonId,
    role: Role,
    by: Option<Uuid>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE person_roles SET ended_by = $3, ended_at = $4 WHERE person_id = $1 AND role = $2 AND ended_at IS NULL",
            (person, role, by, now),
        )
        .await?;
    Ok(rows == 1)
}

/// Active people who hold `role`, by name.
pub async fn people_with_role(tx: &mut Tx, role: Role) -> sqlx::Result<Vec<PersonRow>> {
    tx.all(
        select_person!(
            "WHERE state = 'active' AND id IN (SELECT person_id FROM person_roles WHERE role = $1 AND ended_at IS NULL)
             ORDER BY email LIMIT 500"
        ),
        (role,),
    )
    .await
}

/// Whom to write to about an organisation's affairs: address and language of its active people in `role`.
pub async fn mail_contacts(tx: &mut Tx, organisation: Uuid, role: Role) -> sqlx::Result<Vec<(String, Lang)>> {
    tx.all(
        "SELECT p.email, p.lang FROM people p JOIN person_roles r ON r.person_id = p.id
         WHERE r.organisation_id = $1 AND r.role = $2 AND r.ended_at IS NULL AND p.state = 'active'
         ORDER BY p.email LIMIT 20",
        (organisation, role),
    )
    .await
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct SessionRow {
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
}

/// The session behind a cookie with its person's live roles: one row per role.
pub(super) async fn session_rows(tx: &mut Tx, key_hash: Vec<u8>) -> sqlx::Result<Vec<SessionRow>> {
    tx.all(
        "SELECT s.id, s.person_id, s.form_token, s.created_at, s.seen_at, s.proven_at, s.whole,
                p.email, p.name, p.lang, p.totp_confirmed_at, r.role, r.organisation_id
         FROM sessions s JOIN people p ON p.id = s.person_id
         LEFT JOIN person_roles r ON r.person_id = p.id AND r.ended_at IS NULL
         WHERE s.key_hash = $1 AND s.ended_at IS NULL AND p.state = 'active'",
        (key_hash,),
    )
    .await
}

#[allow(clippy::too_many_arguments)]
pub(super) async fn insert_session(
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

pub(super) async fn touch_session(tx: &mut Tx, id: Uuid, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run("UPDATE sessions SET seen_at = $2 WHERE id = $1", (id, now)).await
}

/// A new key and token for a session that has proven more: the old cookie is worth nothing.
pub(super) async fn renew_session(
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

pub(super) async fn end_session(tx: &mut Tx, id: Uuid, person: PersonId, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run("UPDATE sessions SET ended_at = $3 WHERE id = $1 AND person_id = $2 AND ended_at IS NULL", (id, person, now))
        .await
}

/// Ends a person's sessions but `keep`.
pub(super) async fn end_sessions(tx: &mut Tx, person: PersonId, keep: Uuid, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE sessions SET ended_at = $3 WHERE person_id = $1 AND id <> $2 AND ended_at IS NULL",
        (person, keep, now),
    )
    .await
}

/// Ends the oldest sessions beyond `most`.
pub(super) async fn end_surplus_sessions(
    tx: &mut Tx,
    person: PersonId,
    most: i64,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE sessions SET ended_at = $3 WHERE person_id = $1 AND ended_at IS NULL AND id NOT IN
            (SELECT id FROM sessions WHERE person_id = $1 AND ended_at IS NULL ORDER BY created_at DESC, id DESC LIMIT $2)",
        (person, most, now),
    )
    .await
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct SessionView {
    pub id: Uuid,
    pub created_at: DateTime<Utc>,
    pub seen_at: DateTime<Utc>,
    pub address: String,
    pub agent: String,
}

pub(super) async fn live_sessions(tx: &mut Tx, person: PersonId) -> sqlx::Result<Vec<SessionView>> {
    tx.all(
        "SELECT id, created_at, seen_at, address, agent FROM sessions
         WHERE person_id = $1 AND ended_at IS NULL ORDER BY seen_at DESC, id LIMIT 50",
        (person,),
    )
    .await
}

pub(super) async fn insert_token(
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
pub(super) async fn tokens_since(
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
pub(super) async fn live_token(
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

pub(super) async fn use_token(tx: &mut Tx, hash: Vec<u8>, now: DateTime<Utc>) -> sqlx::Result<bool> {
    Ok(tx.run("UPDATE mail_tokens SET used_at = $2 WHERE hash = $1 AND used_at IS NULL", (hash, now)).await? == 1)
}
