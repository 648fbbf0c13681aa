//! One's own account: making it by a mailed link, its password, its language.

use super::{
    actor_of, find,
    sign_in::{note_failure, slowed},
};
use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        form::FormErrors,
        lang::Lang,
        refusal::{Outcome, Refusal},
        secret::{random_token, token_hash},
    },
    db::Tx,
    outbox::{self, Mail},
    people::{
        PersonId,
        forms::SignUp,
        rules::{self, PasswordTrouble},
        sessions::{self, Place},
        store::{self, PersonRow},
    },
};
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

/// Links of one kind that go to one address within an hour.
const MAILS_PER_HOUR: i64 = 5;

pub async fn choose_language(app: &App, actor: &Actor, lang: Lang) -> Outcome<()> {
    let mut tx = app.db.write().await?;
    store::set_lang(&mut tx, PersonId(actor.id), lang).await?;
    tx.commit().await?;
    Ok(())
}

/// Mails a link to sign up, or, where there is an account already, one that says so. The page answers the same.
pub async fn ask_sign_up(app: &App, email: &str, lang: Lang) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if store::tokens_since(&mut tx, email, "sign_up", now - Duration::hours(1)).await? >= MAILS_PER_HOUR {
        return Ok(());
    }
    let known = store::find_by_email(&mut tx, email).await?;
    let token = random_token();
    store::insert_token(
        &mut tx,
        token_hash(&token),
        "sign_up",
        email,
        now,
        now + Duration::hours(rules::SIGN_UP_HOURS),
    )
    .await?;
    let mail = match known {
        Some(person) => Mail::new(email, person.lang, "account-exists").link("/sign-in"),
        None => Mail::new(email, lang, "sign-up").with("hours", rules::SIGN_UP_HOURS).link(format!("/sign-up/{token}")),
    };
    outbox::mail(&mut tx, mail, &hex::encode(&token_hash(&token)[..8]), None, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The address a live link belongs to. Reading it consumes nothing: mail scanners open links too.
pub async fn address_of(app: &App, token: &str, purpose: &'static str) -> Outcome<String> {
    let mut tx = app.db.read().await?;
    let email = store::live_token(&mut tx, token_hash(token), purpose, app.clock.now()).await?;
    Ok(email.ok_or_else(|| Refusal::conflict("people-refusal-link-dead"))?)
}

/// Makes the account that a sign-up link leads to and signs in. Answers the session's key.
pub async fn sign_up(
    app: &App,
    token: &str,
    new: SignUp,
    lang: Lang,
    place: &Place,
    request_id: &str,
) -> Outcome<String> {
    let email = address_of(app, token, "sign_up").await?;
    let hash = good_hash(app, &new.password, &[&email, &new.name], false).await?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let id = PersonId::new();
    if !store::use_token(&mut tx, token_hash(token), now).await?
        || !store::insert_person(&mut tx, id, &email, &new.name, lang, Some(hash), now).await?
    {
        return Err(Refusal::conflict("people-refusal-link-dead").into());
    }
    let person = store::find_person(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    audit::record(&mut tx, &actor_of(&person, request_id), Record::new("person", id, "signed_up"), now).await?;
    let key = sessions::open(&mut tx, id, true, place, now).await?;
    tx.commit().await?;
    Ok(key)
}

/// Mails a link for a new password when there is such an account. The page answers the same.
pub async fn ask_reset(app: &App, email: &str) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let Some(person) = store::find_by_email(&mut tx, email).await? else { return Ok(()) };
    if store::tokens_since(&mut tx, email, "reset", now - Duration::hours(1)).await? >= MAILS_PER_HOUR
        || !person.is_active()
    {
        return Ok(());
    }
    let token = random_token();
    store::insert_token(
        &mut tx,
        token_hash(&token),
        "reset",
        email,
        now,
        now + Duration::minutes(rules::RESET_MINUTES),
    )
    .await?;
    let mail =
        Mail::new(email, person.lang, "reset").with("minutes", rules::RESET_MINUTES).link(format!("/reset/{token}"));
    outbox::mail(&mut tx, mail, &hex::encode(&token_hash(&token)[..8]), None, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Sets the password that a reset link or invitation asks for. All sessions end; the second factor stays.
pub async fn reset(app: &App, token: &str, password: &str, request_id: &str) -> Outcome<()> {
    let email = address_of(app, token, "reset").await?;
    let mut tx = app.db.read().await?;
    let person = store::find_by_email(&mut tx, &email).await?.ok_or_else(Refusal::not_found)?;
    drop(tx);
    let hash = good_hash(app, password, &[&email, &person.name], person.has_second_factor()).await?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if !store::use_token(&mut tx, token_hash(token), now).await? {
        return Err(Refusal::conflict("people-refusal-link-dead").into());
    }
    change_password_in(&mut tx, &person, hash, Uuid::nil(), &actor_of(&person, request_id), now).await?;
    tx.commit().await?;
    Ok(())
}

pub async fn change_password(app: &App, actor: &Actor, present: &str, password: &str) -> Outcome<()> {
    let person = find(app, actor.id).await?;
    let now = app.clock.now();
    if let Some(until) = person.locked_until
        && until > now
    {
        return Err(slowed(until, now).at("present").into());
    }
    if !app.passwords.verify(present, person.password_hash.as_deref()).await? {
        note_failure(app.db.write().await?, &person, &actor.request_id, now).await?;
        return Err(Refusal::unacceptable("people-refusal-wrong-password").at("present").into());
    }
    let hash = good_hash(app, password, &[&person.email, &person.name], person.has_second_factor()).await?;
    let mut tx = app.db.write().await?;
    change_password_in(&mut tx, &person, hash, actor.session, actor, now).await?;
    tx.commit().await?;
    Ok(())
}

async fn change_password_in(
    tx: &mut Tx,
    person: &PersonRow,
    hash: String,
    keep: Uuid,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Outcome<()> {
    store::set_password(tx, person.id, &hash, now).await?;
    store::end_sessions(tx, person.id, keep, now).await?;
    audit::record(tx, actor, Record::new("person", person.id, "password_changed"), now).await?;
    let mail = Mail::new(person.email.clone(), person.lang, "password-changed").link("/account");
    outbox::mail(tx, mail, &now.timestamp_micros().to_string(), None, now).await?;
    Ok(())
}

/// Refuses a weak password; hashes a good one. Takes a core for a while: never while a unit of work is open.
pub async fn good_hash(app: &App, password: &str, context: &[&str], two_factors: bool) -> Outcome<String> {
    let words: Vec<&str> =
        context.iter().flat_map(|word| word.split(['@', '.', ' '])).chain(context.iter().copied()).collect();
    if let Err(trouble) = rules::check_password(password, &words, two_factors) {
        let mut errors = FormErrors::new();
        let least = if two_factors { rules::PASSWORD_CHARS_MIN_TWO_FACTORS } else { rules::PASSWORD_CHARS_MIN };
        let args = vec![("least", least.to_string())];
        let key = match trouble {
            PasswordTrouble::Short => "people-password-too-short",
            PasswordTrouble::Endless => "people-password-too-long",
            PasswordTrouble::Guessable => "people-password-too-common",
        };
        errors.add_with("password", key, args);
        return Err(errors.into());
    }
    app.passwords.hash(password).await
}
