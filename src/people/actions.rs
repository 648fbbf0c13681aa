//! The verbs about people: sign in and out, prove, sign up, reset, invite, grant and end roles.

use super::{
    PersonId,
    forms::{NewStaff, SignUp},
    rules::{self, PasswordTrouble},
    sessions::{self, Place},
    store::{self, PersonRow},
};
use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        form::FormErrors,
        lang::Lang,
        refusal::{Outcome, Refusal},
        roles::Role,
        secret::{random_bytes, random_token, token_hash},
    },
    db::Tx,
    outbox::{self, Mail},
};
use chrono::{DateTime, Duration, Utc};
use totp_rs::{Builder, Secret, Totp};
use uuid::Uuid;

/// Links of one kind that go to one address within an hour.
const MAILS_PER_HOUR: i64 = 5;
const RECOVERY_CODES: usize = 8;

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
    drop(tx);
    if let Some(until) = person.as_ref().and_then(|person| person.locked_until)
        && until > now
    {
        tracing::warn!(email_known = true, "sign-in while slowed down");
        return Err(slowed(until, now).into());
    }
    let hash = person.as_ref().filter(|person| person.is_active()).and_then(|person| person.password_hash.as_deref());
    let right = app.passwords.verify(password, hash).await?;
    let Some(person) = person else {
        tracing::warn!(request_id, "sign-in with an unknown address");
        return Err(wrong().into());
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
async fn still_open(tx: &mut Tx, person: PersonId, now: DateTime<Utc>) -> Outcome<()> {
    match store::lock_failures(tx, person).await? {
        Some((_, Some(until))) if until > now => Err(slowed(until, now).into()),
        _ => Ok(()),
    }
}

async fn note_failure(mut tx: Tx, person: &PersonRow, request_id: &str, now: DateTime<Utc>) -> Outcome<Refusal> {
    let failures = store::lock_failures(&mut tx, person.id).await?.map_or(0, |(failures, _)| failures) + 1;
    store::set_failures(&mut tx, person.id, failures, rules::locked_until(failures, now)).await?;
    let record = Record::new("person", person.id, "sign_in_refused").with("failures", failures);
    audit::record(&mut tx, &actor_of(person, request_id), record, now).await?;
    tx.commit().await?;
    Ok(wrong())
}

fn wrong() -> Refusal {
    Refusal::unacceptable("people-refusal-wrong-sign-in").at("password")
}

fn slowed(until: DateTime<Utc>, now: DateTime<Utc>) -> Refusal {
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
    let code: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let mut tx = app.db.write().await?;
    still_open(&mut tx, person.id, now).await?;
    if !code_is_right(app, &mut tx, &person, &code, now).await? {
        note_failure(tx, &person, request_id, now).await?;
        return Err(Refusal::unacceptable("people-refusal-wrong-code").at("code").into());
    }
    store::clear_failures(&mut tx, person.id).await?;
    let key = sessions::renew(&mut tx, session, now).await?;
    audit::record(&mut tx, &actor, Record::new("person", person.id, "signed_in"), now).await?;
    tx.commit().await?;
    Ok(key)
}

async fn code_is_right(app: &App, tx: &mut Tx, person: &PersonRow, code: &str, now: DateTime<Utc>) -> Outcome<bool> {
    if let Some(sealed) = &person.totp_secret
        && let Some(step) = matching_step(app, person, sealed, code, now)?
    {
        return Ok(store::use_totp_step(tx, person.id, step).await?);
    }
    if code.len() < 10 {
        return Ok(false);
    }
    for kept in store::recovery_codes(tx, person.id).await? {
        if app.passwords.verify(code, Some(&kept.hash)).await? {
            return Ok(store::use_recovery_code(tx, kept.id, now).await?);
        }
    }
    Ok(false)
}

/// Six digits, 30 seconds, one step either way: what every authenticator app knows.
fn totp(secret: &str, email: &str) -> anyhow::Result<Totp> {
    let secret = Secret::try_from_base32(secret).map_err(|error| anyhow::anyhow!("a second-factor seed: {error:?}"))?;
    let builder =
        Builder::new().with_secret(secret).with_skew(1).with_account_name(email).with_issuer(Some("voucherdesk"));
    builder.build().map_err(|error| anyhow::anyhow!("a second factor: {error:?}"))
}

/// The time step that `code` belongs to, at most one away from now.
fn matching_step(app: &App, person: &PersonRow, sealed: &[u8], code: &str, now: DateTime<Utc>) -> Outcome<Option<i64>> {
    let secret = app.seal.open("totp", sealed)?;
    let step = totp(&secret, &person.email)?.check(code, u64::try_from(now.timestamp()).unwrap_or(0));
    Ok(step.and_then(|step| i64::try_from(step).ok()))
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

async fn good_hash(app: &App, password: &str, context: &[&str], two_factors: bool) -> Outcome<String> {
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

/// A seed for a new second factor and the address its QR picture holds. Shown until it is confirmed.
pub async fn second_factor_seed(app: &App, actor: &Actor) -> Outcome<(String, String)> {
    let person = find(app, actor.id).await?;
    if person.has_second_factor() {
        return Err(Refusal::conflict("people-refusal-second-factor-stands").into());
    }
    let secret = match &person.totp_secret {
        Some(sealed) => app.seal.open("totp", sealed)?,
        None => {
            let secret = Secret::new(random_bytes().into()).to_base32();
            let mut tx = app.db.write().await?;
            store::set_totp_secret(&mut tx, person.id, app.seal.seal("totp", &secret)).await?;
            tx.commit().await?;
            secret
        }
    };
    let address =
        totp(&secret, &person.email)?.to_url().map_err(|error| anyhow::anyhow!("a second factor: {error:?}"))?;
    Ok((secret, address))
}

/// Turns the second factor on once a code of it is right. Answers the recovery codes, shown this once.
pub async fn confirm_second_factor(app: &App, actor: &Actor, code: &str) -> Outcome<Vec<String>> {
    let person = find(app, actor.id).await?;
    let now = app.clock.now();
    let code: String = code.chars().filter(char::is_ascii_digit).collect();
    let wrong = || Refusal::unacceptable("people-refusal-wrong-code").at("code");
    let sealed = person.totp_secret.clone().filter(|_| !person.has_second_factor()).ok_or_else(wrong)?;
    let step = matching_step(app, &person, &sealed, &code, now)?.ok_or_else(wrong)?;
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| random_token()[..16].to_owned()).collect();
    let mut hashes = Vec::new();
    for code in &codes {
        hashes.push(app.passwords.hash(code).await?);
    }
    let mut tx = app.db.write().await?;
    if !store::use_totp_step(&mut tx, person.id, step).await?
        || store::confirm_totp(&mut tx, person.id, now).await? == 0
    {
        return Err(wrong().into());
    }
    for hash in hashes {
        store::insert_recovery_code(&mut tx, person.id, hash).await?;
    }
    store::end_sessions(&mut tx, person.id, actor.session, now).await?;
    audit::record(&mut tx, actor, Record::new("person", person.id, "second_factor_added"), now).await?;
    let mail = Mail::new(person.email.clone(), person.lang, "second-factor-added").link("/account");
    outbox::mail(&mut tx, mail, &now.timestamp_micros().to_string(), None, now).await?;
    tx.commit().await?;
    Ok(codes)
}

/// An administrator makes an account for staff; the link to choose a password goes by mail.
pub async fn add_staff(app: &App, actor: &Actor, new: NewStaff) -> Outcome<PersonId> {
    actor.freshly_proven(app.clock.now())?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let (id, _) = invite(&mut tx, actor, &new.email, &new.name, new.role, now).await?;
    tx.commit().await?;
    Ok(id)
}

/// Makes a person with a role and a link to choose a password. Answers the link's path too: the command line prints it.
pub async fn invite(
    tx: &mut Tx,
    actor: &Actor,
    email: &str,
    name: &str,
    role: Role,
    now: DateTime<Utc>,
) -> Outcome<(PersonId, String)> {
    let id = make_person(tx, actor, email, name, Lang::Ko, None, now).await?;
    grant(tx, actor, id, role, None, now).await?;
    let token = random_token();
    store::insert_token(tx, token_hash(&token), "reset", email, now, now + Duration::hours(rules::INVITATION_HOURS))
        .await?;
    let path = format!("/reset/{token}");
    let mail = Mail::new(email, Lang::Ko, "invitation").with("hours", rules::INVITATION_HOURS).link(path.clone());
    outbox::mail(tx, mail, &id.to_string(), None, now).await?;
    Ok((id, path))
}

/// Makes a person without any role.
pub async fn make_person(
    tx: &mut Tx,
    actor: &Actor,
    email: &str,
    name: &str,
    lang: Lang,
    password_hash: Option<String>,
    now: DateTime<Utc>,
) -> Outcome<PersonId> {
    let id = PersonId::new();
    if !store::insert_person(tx, id, email, name, lang, password_hash, now).await? {
        return Err(Refusal::conflict("people-refusal-address-taken").at("email").into());
    }
    audit::record(tx, actor, Record::new("person", id, "person_added").with("email", email), now).await?;
    Ok(id)
}

/// Gives a person a role. A firm's person is never also a vendor's, nor staff; staff are neither.
pub async fn grant(
    tx: &mut Tx,
    actor: &Actor,
    person: PersonId,
    role: Role,
    organisation: Option<Uuid>,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let side = |role: Role| if role.is_staff() { "staff" } else { role.as_str() };
    let held = store::live_roles(tx, person).await?;
    if held.iter().any(|row| side(row.role) != side(role)) {
        return Err(Refusal::conflict("people-refusal-other-side").into());
    }
    if !store::insert_role(tx, person, role, organisation, actor.person(), now).await? {
        return Err(Refusal::conflict("people-refusal-role-held").at("role").into());
    }
    let roles: Vec<Role> = held.iter().map(|row| row.role).chain([role]).collect();
    store::end_surplus_sessions(tx, person, rules::sessions_max(&roles), now).await?;
    audit::record(tx, actor, Record::new("person", person, "role_granted").with("role", role), now).await?;
    Ok(())
}

/// An administrator gives a further role.
pub async fn add_role(app: &App, actor: &Actor, person: PersonId, role: Role) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    if !role.is_staff() || person.0 == actor.id {
        return Err(Refusal::forbidden("people-refusal-own-role").at("role").into());
    }
    let mut tx = app.db.write().await?;
    grant(&mut tx, actor, person, role, None, now).await?;
    tx.commit().await?;
    Ok(())
}

/// An administrator takes a role back; it holds from the person's next request on.
pub async fn end_role(app: &App, actor: &Actor, person: PersonId, role: Role) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    if person.0 == actor.id {
        return Err(Refusal::forbidden("people-refusal-own-role").into());
    }
    let mut tx = app.db.write().await?;
    if !store::end_role(&mut tx, person, role, actor.person(), now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    audit::record(&mut tx, actor, Record::new("person", person, "role_ended").with("role", role), now).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends every role of a person who leaves an organisation.
pub async fn end_roles_of(tx: &mut Tx, actor: &Actor, person: PersonId, now: DateTime<Utc>) -> Outcome<()> {
    for held in store::live_roles(tx, person).await? {
        store::end_role(tx, person, held.role, actor.person(), now).await?;
        audit::record(tx, actor, Record::new("person", person, "role_ended").with("role", held.role), now).await?;
    }
    Ok(())
}

/// An administrator disables or enables an account; disabling ends its sessions at once.
pub async fn set_active(app: &App, actor: &Actor, person: PersonId, active: bool) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    if person.0 == actor.id {
        return Err(Refusal::forbidden("people-refusal-own-role").into());
    }
    let (from, to, kind) =
        if active { ("disabled", "active", "person_enabled") } else { ("active", "disabled", "person_disabled") };
    let mut tx = app.db.write().await?;
    if store::set_state(&mut tx, person, from, to).await? == 0 {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    if !active {
        store::end_sessions(&mut tx, person, Uuid::nil(), now).await?;
    }
    audit::record(&mut tx, actor, Record::new("person", person, kind), now).await?;
    tx.commit().await?;
    Ok(())
}

async fn find(app: &App, person: Uuid) -> Outcome<PersonRow> {
    let mut tx = app.db.read().await?;
    Ok(store::find_person(&mut tx, PersonId(person)).await?.ok_or_else(Refusal::not_found)?)
}

fn actor_of(person: &PersonRow, request_id: &str) -> Actor {
    Actor {
        id: person.id.0,
        name: person.name.clone(),
        email: person.email.clone(),
        lang: person.lang,
        request_id: request_id.to_owned(),
        ..Actor::system()
    }
}
