//! Signing in and out, proving again: the same answer in the same time whether there is such an account or not.

use super::{actor_of, find, second_factor::RightCode};
use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        secret::token_hash,
    },
    db::Tx,
    people::{
        PersonId, rules,
        sessions::{self, Place},
        store::{self, PersonRow},
    },
};
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

/// Wrong tries for an address without an account are forgotten after this.
const STRANGE_HOURS: i64 = 24;

/// Where a right password leads.
pub enum SignedIn {
    Whole {
        key: String,
    },
    /// The second factor is still to come.
    Half {
        key: String,
    },
}

/// Checks mail address and password. The answer is the same, and as slow, for an unknown address.
pub async fn sign_in(app: &App, email: &str, password: &str, place: &Place, request_id: &str) -> Outcome<SignedIn> {
    let email = email.trim().to_lowercase();
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let person = store::find_by_email(&mut tx, &email).await?;
    let locked_until = match &person {
        Some(person) => person.locked_until,
        None => store::strange_tries(&mut tx, token_hash(&email)).await?.and_then(|(_, until)| until),
    };
    drop(tx);
    if let Some(until) = locked_until
        && until > now
    {
        tracing::warn!(request_id, "sign-in while slowed down");
        return Err(slowed(until, now).into());
    }
    let hash = person.as_ref().filter(|person| person.is_active()).and_then(|person| person.password_hash.as_deref());
    let right = app.passwords.verify(password, hash).await?;
    let Some(person) = person else {
        tracing::warn!(request_id, "sign-in with an unknown address");
        return Err(note_strange(app.db.write().await?, &email, now).await?.into());
    };
    if !right {
        tracing::warn!(request_id, person = %person.id, "sign-in with a wrong password");
        return Err(note_failure(app.db.write().await?, &person, request_id, now).await?.into());
    }
    let actor = actor_of(&person, request_id);
    let mut tx = app.db.write().await?;
    still_open(&mut tx, person.id, now).await?;
    let whole = !person.has_second_factor();
    // Wrong codes count on: whoever has the password alone may not begin anew with every try of it.
    if whole {
        store::clear_failures(&mut tx, person.id).await?;
    }
    let key = sessions::open(&mut tx, person.id, whole, place, now).await?;
    let record = Record::new("person", person.id, if whole { "signed_in" } else { "password_given" });
    audit::record(&mut tx, &actor, record, now).await?;
    tx.commit().await?;
    Ok(if whole { SignedIn::Whole { key } } else { SignedIn::Half { key } })
}

/// Of many tries at once those count as well that were begun before the account slowed down.
pub(super) async fn still_open(tx: &mut Tx, person: PersonId, now: DateTime<Utc>) -> Outcome<()> {
    match store::lock_failures(tx, person).await? {
        Some((_, Some(until))) if until > now => Err(slowed(until, now).into()),
        _ => Ok(()),
    }
}

pub(super) async fn note_failure(
    mut tx: Tx,
    person: &PersonRow,
    request_id: &str,
    now: DateTime<Utc>,
) -> Outcome<Refusal> {
    let failures = store::lock_failures(&mut tx, person.id).await?.map_or(0, |(failures, _)| failures) + 1;
    store::set_failures(&mut tx, person.id, failures, rules::locked_until(failures, now)).await?;
    let record = Record::new("person", person.id, "sign_in_refused").with("failures", failures);
    audit::record(&mut tx, &actor_of(person, request_id), record, now).await?;
    tx.commit().await?;
    Ok(wrong())
}

/// As `note_failure`, for an address that no account has.
async fn note_strange(mut tx: Tx, email: &str, now: DateTime<Utc>) -> Outcome<Refusal> {
    let address = token_hash(email);
    store::forget_strange_tries(&mut tx, now - Duration::hours(STRANGE_HOURS)).await?;
    // Tries at once wait here for one another.
    let failures = store::add_strange_try(&mut tx, address.clone(), now).await?;
    store::lock_strange(&mut tx, address, rules::locked_until(failures, now)).await?;
    tx.commit().await?;
    Ok(wrong())
}

fn wrong() -> Refusal {
    Refusal::unacceptable("people-refusal-wrong-sign-in").at("password")
}

pub(super) fn slowed(until: DateTime<Utc>, now: DateTime<Utc>) -> Refusal {
    Refusal::too_many("people-refusal-slowed-down").at("password").with("minutes", (until - now).num_minutes() + 1)
}

/// The second factor after the password: a code of the device, or a recovery code, each good once.
/// Answers the session's new key.
pub async fn give_code(app: &App, session: Uuid, person: Uuid, code: &str, request_id: &str) -> Outcome<String> {
    let now = app.clock.now();
    let person = find(app, person).await?;
    if let Some(until) = person.locked_until
        && until > now
    {
        return Err(slowed(until, now).at("code").into());
    }
    let actor = actor_of(&person, request_id);
    let found = RightCode::find(app, &person, code, now).await?;
    let mut tx = app.db.write().await?;
    still_open(&mut tx, person.id, now).await?;
    let used = match found {
        Some(found) => found.use_up(&mut tx, person.id, now).await?,
        None => false,
    };
    if !used {
        note_failure(tx, &person, request_id, now).await?;
        return Err(Refusal::unacceptable("people-refusal-wrong-code").at("code").into());
    }
    store::clear_failures(&mut tx, person.id).await?;
    let key = sessions::renew(&mut tx, session, now).await?;
    sessions::end_surplus(&mut tx, person.id, now).await?;
    audit::record(&mut tx, &actor, Record::new("person", person.id, "signed_in"), now).await?;
    tx.commit().await?;
    Ok(key)
}

/// A fresh proof before a dangerous act. Answers the session's new key.
pub async fn prove(app: &App, actor: &Actor, password: &str) -> Outcome<String> {
    let now = app.clock.now();
    let person = find(app, actor.id).await?;
    if let Some(until) = person.locked_until
        && until > now
    {
        return Err(slowed(until, now).into());
    }
    if !app.passwords.verify(password, person.password_hash.as_deref()).await? {
        note_failure(app.db.write().await?, &person, &actor.request_id, now).await?;
        return Err(Refusal::unacceptable("people-refusal-wrong-password").at("password").into());
    }
    let mut tx = app.db.write().await?;
    still_open(&mut tx, person.id, now).await?;
    if !person.has_second_factor() {
        store::clear_failures(&mut tx, person.id).await?;
    }
    let key = sessions::renew(&mut tx, actor.session, now).await?;
    audit::record(&mut tx, actor, Record::new("person", person.id, "proven_again"), now).await?;
    tx.commit().await?;
    Ok(key)
}

pub async fn sign_out(app: &App, actor: &Actor) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    store::end_session(&mut tx, actor.session, PersonId(actor.id), now).await?;
    audit::record(&mut tx, actor, Record::new("person", actor.id, "signed_out"), now).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends a session between password and second factor.
pub async fn abandon(app: &App, session: Uuid, person: Uuid) -> Outcome<()> {
    let mut tx = app.db.write().await?;
    store::end_session(&mut tx, session, PersonId(person), app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends one of one's own sessions.
pub async fn end_session(app: &App, actor: &Actor, session: Uuid) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if store::end_session(&mut tx, session, PersonId(actor.id), now).await? == 0 {
        return Err(Refusal::not_found().into());
    }
    audit::record(&mut tx, actor, Record::new("person", actor.id, "session_ended"), now).await?;
    tx.commit().await?;
    Ok(())
}
