//! Sessions: an opaque random key in the cookie, its hash in the database, looked at on every request.

use super::{PersonId, rules, store};
use crate::{
    core::{
        actor::{Actor, Mandate},
        calendar::{ZONE, local_date},
        secret::{random_token, token_hash},
    },
    db::{Db, Tx},
};
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

/// A session's `seen_at` is written at most this often.
const TOUCH_SECONDS: i64 = 60;

/// Between password and second factor a session lives only this long.
const HALF_MINUTES: i64 = 10;

/// What a request's cookie stands for.
#[derive(Debug, Clone)]
pub struct Seen {
    pub actor: Actor,
    pub form_token: String,
    /// False between password and second factor.
    pub whole: bool,
    pub has_second_factor: bool,
}

/// Where a session is opened from.
#[derive(Debug, Clone, Default)]
pub struct Place {
    pub address: String,
    pub agent: String,
}

/// Looks a cookie's key up. None when it is unknown, ended, idle or too old, or its person may not act.
pub async fn look_up(db: &Db, key: &str, now: DateTime<Utc>, request_id: &str) -> sqlx::Result<Option<Seen>> {
    let mut tx = db.glance().await?;
    let rows = store::session_rows(&mut tx, token_hash(key), local_date(now, ZONE)).await?;
    drop(tx);
    let Some(first) = rows.first().cloned() else { return Ok(None) };
    let mut roles: Vec<_> = rows.iter().filter_map(|row| row.role).collect();
    roles.sort();
    roles.dedup();
    if !first.whole && now - first.created_at > Duration::minutes(HALF_MINUTES) {
        return Ok(None);
    }
    let (idle, absolute) = rules::session_limits(&roles);
    if now - first.seen_at > idle || now - first.created_at > absolute {
        return Ok(None);
    }
    if now - first.seen_at > Duration::seconds(TOUCH_SECONDS) {
        let mut tx = db.write().await?;
        store::touch_session(&mut tx, first.id, now).await?;
        tx.commit().await?;
    }
    let actor = Actor {
        id: first.person_id.0,
        name: first.name,
        email: first.email,
        lang: first.lang,
        roles,
        organisation: rows.iter().find_map(|row| row.organisation_id.or(row.mandate_organisation_id)),
        capacities: rows.iter().filter_map(|row| row.capacity).collect(),
        mandate: rows
            .iter()
            .find_map(|row| Some(Mandate { id: row.mandate_id?, on_behalf_of: row.on_behalf_of.clone()? })),
        session: first.id,
        proven_at: first.proven_at,
        request_id: request_id.to_owned(),
    };
    Ok(Some(Seen {
        actor,
        form_token: first.form_token,
        whole: first.whole,
        has_second_factor: first.totp_confirmed_at.is_some(),
    }))
}

/// Opens a session and answers the key for its cookie. The oldest beyond the person's limit end.
pub async fn open(
    tx: &mut Tx,
    person: PersonId,
    whole: bool,
    place: &Place,
    now: DateTime<Utc>,
) -> sqlx::Result<String> {
    let key = random_token();
    let agent: String = place.agent.chars().take(200).collect();
    let id = crate::core::ids::new_uuid();
    store::insert_session(tx, id, token_hash(&key), person, &random_token(), whole, &place.address, &agent, now)
        .await?;
    if whole {
        end_surplus(tx, person, now).await?;
    }
    Ok(key)
}

/// Ends the oldest sessions beyond what the person's roles allow.
pub(super) async fn end_surplus(tx: &mut Tx, person: PersonId, now: DateTime<Utc>) -> sqlx::Result<()> {
    let roles: Vec<_> = store::live_roles(tx, person).await?.into_iter().map(|row| row.role).collect();
    store::end_surplus_sessions(tx, person, rules::sessions_max(&roles), now).await?;
    Ok(())
}

/// Gives the session a new key after a further proof.
pub(super) async fn renew(tx: &mut Tx, session: Uuid, now: DateTime<Utc>) -> sqlx::Result<String> {
    let key = random_token();
    store::renew_session(tx, session, token_hash(&key), &random_token(), now).await?;
    Ok(key)
}
