//! Every SQL text about people, roles, sessions and tokens.

mod members;
mod sessions;

pub use members::{Member, end_membership, find_member, is_held_beside, members, put_capacities};
pub use sessions::work_under;
pub(in crate::people) use sessions::*;

use super::PersonId;
use crate::{
    core::{lang::Lang, roles::Role},
    db::{
        Select, Tx,
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

/// Whom an identity provider calls so.
pub(in crate::people) async fn person_known_as(tx: &mut Tx, issuer: &str, subject: &str) -> sqlx::Result<Option<Uuid>> {
    tx.value(
        "SELECT person_id FROM person_identities WHERE issuer = $1 AND subject = $2",
        (issuer.to_owned(), subject.to_owned()),
    )
    .await
}

/// Ties a person to what an identity provider calls them; false when it calls them, or somebody, something else.
pub(in crate::people) async fn know_as(
    tx: &mut Tx,
    person: PersonId,
    issuer: &str,
    subject: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO person_identities (issuer, subject, person_id, linked_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT DO NOTHING",
            (issuer.to_owned(), subject.to_owned(), person, now),
        )
        .await?;
    Ok(rows == 1)
}

pub(in crate::people) async fn insert_person(
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

pub(in crate::people) async fn page(tx: &mut Tx, after: Option<Cursor>) -> sqlx::Result<Paged<PersonRow>> {
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

pub(in crate::people) async fn set_password(
    tx: &mut Tx,
    id: PersonId,
    hash: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE people SET password_hash = $2, password_changed_at = $3, failures = 0, locked_until = NULL WHERE id = $1",
        (id, hash.to_owned(), now),
    )
    .await
}

pub(in crate::people) async fn set_failures(
    tx: &mut Tx,
    id: PersonId,
    failures: i64,
    locked_until: Option<DateTime<Utc>>,
) -> sqlx::Result<u64> {
    tx.run("UPDATE people SET failures = $2, locked_until = $3 WHERE id = $1", (id, failures, locked_until)).await
}

/// Wrong tries in a row and until when the account is slowed down; the next one waits for this unit of work.
pub(in crate::people) async fn lock_failures(
    tx: &mut Tx,
    id: PersonId,
) -> sqlx::Result<Option<(i64, Option<DateTime<Utc>>)>> {
    let query = tx.query("SELECT failures, locked_until FROM people WHERE id = $1", (id,));
    let query = tx.for_update(query);
    tx.fetch_optional(query).await
}

pub(in crate::people) async fn clear_failures(tx: &mut Tx, id: PersonId) -> sqlx::Result<u64> {
    set_failures(tx, id, 0, None).await
}

pub(in crate::people) async fn set_lang(tx: &mut Tx, id: PersonId, lang: Lang) -> sqlx::Result<u64> {
    tx.run("UPDATE people SET lang = $2 WHERE id = $1", (id, lang)).await
}

pub(in crate::people) async fn set_state(
    tx: &mut Tx,
    id: PersonId,
    from: &'static str,
    to: &'static str,
) -> sqlx::Result<u64> {
    tx.run("UPDATE people SET state = $3 WHERE id = $1 AND state = $2", (id, from, to)).await
}

pub(in crate::people) async fn set_totp_secret(tx: &mut Tx, id: PersonId, sealed: Vec<u8>) -> sqlx::Result<u64> {
    tx.run("UPDATE people SET totp_secret = $2 WHERE id = $1 AND totp_confirmed_at IS NULL", (id, sealed)).await
}

pub(in crate::people) async fn confirm_totp(tx: &mut Tx, id: PersonId, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run("UPDATE people SET totp_confirmed_at = $2 WHERE id = $1 AND totp_confirmed_at IS NULL", (id, now)).await
}

/// Without its seed and recovery codes no code of the old factor is ever right again.
pub(in crate::people) async fn remove_totp(tx: &mut Tx, id: PersonId) -> sqlx::Result<()> {
    tx.run("UPDATE people SET totp_secret = NULL, totp_confirmed_at = NULL WHERE id = $1", (id,)).await?;
    tx.run("DELETE FROM recovery_codes WHERE person_id = $1", (id,)).await?;
    Ok(())
}

/// Wrong tries for an address that no account has, and until when it is slowed down.
pub(in crate::people) async fn strange_tries(
    tx: &mut Tx,
    address: Vec<u8>,
) -> sqlx::Result<Option<(i64, Option<DateTime<Utc>>)>> {
    tx.find("SELECT failures, locked_until FROM strange_sign_ins WHERE address_hash = $1", (address,)).await
}

/// Counts a wrong try; answers how many there are now.
pub(in crate::people) async fn add_strange_try(tx: &mut Tx, address: Vec<u8>, now: DateTime<Utc>) -> sqlx::Result<i64> {
    let failures = tx
        .value(
            "INSERT INTO strange_sign_ins (address_hash, failures, last_at) VALUES ($1, 1, $2)
             ON CONFLICT (address_hash) DO UPDATE SET failures = strange_sign_ins.failures + 1, last_at = excluded.last_at
             RETURNING failures",
            (address, now),
        )
        .await?;
    failures.ok_or(sqlx::Error::RowNotFound)
}

pub(in crate::people) async fn lock_strange(
    tx: &mut Tx,
    address: Vec<u8>,
    until: Option<DateTime<Utc>>,
) -> sqlx::Result<u64> {
    tx.run("UPDATE strange_sign_ins SET locked_until = $2 WHERE address_hash = $1", (address, until)).await
}

pub(in crate::people) async fn forget_strange_tries(tx: &mut Tx, before: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run("DELETE FROM strange_sign_ins WHERE last_at < $1", (before,)).await
}

/// A time step counts once: false when it, or a later one, was used already.
pub(in crate::people) async fn use_totp_step(tx: &mut Tx, id: PersonId, step: i64) -> sqlx::Result<bool> {
    Ok(tx.run("UPDATE people SET totp_last_step = $2 WHERE id = $1 AND totp_last_step < $2", (id, step)).await? == 1)
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::people) struct RecoveryCode {
    pub id: Uuid,
    pub hash: String,
}

pub(in crate::people) async fn recovery_codes(tx: &mut Tx, person: PersonId) -> sqlx::Result<Vec<RecoveryCode>> {
    tx.all("SELECT id, hash FROM recovery_codes WHERE person_id = $1 AND used_at IS NULL", (person,)).await
}

pub(in crate::people) async fn insert_recovery_code(tx: &mut Tx, person: PersonId, hash: String) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO recovery_codes (id, person_id, hash) VALUES ($1, $2, $3)",
        (crate::core::ids::new_uuid(), person, hash),
    )
    .await
}

pub(in crate::people) async fn use_recovery_code(tx: &mut Tx, id: Uuid, now: DateTime<Utc>) -> sqlx::Result<bool> {
    Ok(tx.run("UPDATE recovery_codes SET used_at = $2 WHERE id = $1 AND used_at IS NULL", (id, now)).await? == 1)
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::people) struct RoleRow {
    pub role: Role,
    pub granted_at: DateTime<Utc>,
}

pub(in crate::people) async fn live_roles(tx: &mut Tx, person: PersonId) -> sqlx::Result<Vec<RoleRow>> {
    tx.all(
        "SELECT role, granted_at FROM person_roles WHERE person_id = $1 AND ended_at IS NULL ORDER BY role",
        (person,),
    )
    .await
}

/// Answers the membership, or None when the person holds the role already.
pub(in crate::people) async fn insert_role(
    tx: &mut Tx,
    person: PersonId,
    role: Role,
    organisation: Option<Uuid>,
    by: Option<Uuid>,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<Uuid>> {
    let id = crate::core::ids::new_uuid();
    let rows = tx
        .run(
            "INSERT INTO person_roles (id, person_id, role, organisation_id, granted_by, granted_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            (id, person, role, organisation, by, now),
        )
        .await?;
    Ok((rows == 1).then_some(id))
}

pub(in crate::people) async fn end_role(
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
pub fn contacts(organisation: Uuid, role: Role) -> Select<(String, Lang)> {
    Select::new(
        "SELECT p.email, p.lang FROM people p JOIN person_roles r ON r.person_id = p.id
         WHERE r.organisation_id = $1 AND r.role = $2 AND r.ended_at IS NULL AND p.state = 'active'
         ORDER BY p.email LIMIT 20",
        (organisation, role),
    )
}

pub async fn mail_contacts(tx: &mut Tx, organisation: Uuid, role: Role) -> sqlx::Result<Vec<(String, Lang)>> {
    tx.rows(contacts(organisation, role)).await
}
