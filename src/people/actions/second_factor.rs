//! Second factors: set up, used, removed. Each asks for a fresh proof; no password is ever hashed while a unit of work is open.

use super::{
    find,
    sign_in::{note_failure, slowed, still_open},
};
use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        secret::{random_bytes, random_token},
    },
    db::Tx,
    outbox::{self, Mail},
    people::{
        PersonId,
        store::{self, PersonRow},
    },
};
use chrono::{DateTime, Utc};
use totp_rs::{Builder, Secret, Totp};
use uuid::Uuid;

const RECOVERY_CODES: usize = 8;

/// A code that was found right and is still to be used up.
pub(super) enum RightCode {
    /// The time step it belongs to.
    Device(i64),
    /// The recovery code's row.
    Recovery(Uuid),
}

impl RightCode {
    /// Compares with what is kept, before any unit of work: recovery codes take as long to check as passwords.
    pub(super) async fn find(
        app: &App,
        person: &PersonRow,
        code: &str,
        now: DateTime<Utc>,
    ) -> Outcome<Option<RightCode>> {
        let code: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if let Some(sealed) = &person.totp_secret
            && let Some(step) = matching_step(app, person, sealed, &code, now)?
        {
            return Ok(Some(RightCode::Device(step)));
        }
        if code.len() < 10 {
            return Ok(None);
        }
        let mut tx = app.db.read().await?;
        let kept = store::recovery_codes(&mut tx, person.id).await?;
        drop(tx);
        for kept in kept {
            if app.passwords.verify(&code, Some(&kept.hash)).await? {
                return Ok(Some(RightCode::Recovery(kept.id)));
            }
        }
        Ok(None)
    }

    /// False when it, or a later one, was used meanwhile.
    pub(super) async fn use_up(self, tx: &mut Tx, person: PersonId, now: DateTime<Utc>) -> sqlx::Result<bool> {
        match self {
            RightCode::Device(step) => store::use_totp_step(tx, person, step).await,
            RightCode::Recovery(id) => store::use_recovery_code(tx, id, now).await,
        }
    }
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

/// A seed for a new second factor and the address its QR picture holds. Shown until it is confirmed.
pub async fn second_factor_seed(app: &App, actor: &Actor) -> Outcome<(String, String)> {
    actor.freshly_proven(app.clock.now())?;
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
    actor.freshly_proven(now)?;
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

/// Turns the second factor off, by a fresh proof and a code of the very factor: a stolen session is not enough.
pub async fn remove_second_factor(app: &App, actor: &Actor, code: &str) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let person = find(app, actor.id).await?;
    if !person.has_second_factor() {
        return Err(Refusal::conflict("people-refusal-no-second-factor").into());
    }
    if let Some(until) = person.locked_until
        && until > now
    {
        return Err(slowed(until, now).at("code").into());
    }
    let found = RightCode::find(app, &person, code, now).await?;
    let mut tx = app.db.write().await?;
    still_open(&mut tx, person.id, now).await?;
    let used = match found {
        Some(found) => found.use_up(&mut tx, person.id, now).await?,
        None => false,
    };
    if !used {
        note_failure(tx, &person, &actor.request_id, now).await?;
        return Err(Refusal::unacceptable("people-refusal-wrong-code").at("code").into());
    }
    store::remove_totp(&mut tx, person.id).await?;
    store::end_sessions(&mut tx, person.id, actor.session, now).await?;
    audit::record(&mut tx, actor, Record::new("person", person.id, "second_factor_removed"), now).await?;
    let mail = Mail::new(person.email.clone(), person.lang, "second-factor-removed").link("/account");
    outbox::mail(&mut tx, mail, &now.timestamp_micros().to_string(), None, now).await?;
    tx.commit().await?;
    Ok(())
}
