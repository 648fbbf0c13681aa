//! Signing in by an OpenID provider: an address that the provider has made sure of is the account's of that address, and
//! from then on the provider's own name of the person is. Who has no account begins the ordinary sign-up.

use super::{SignedIn, actor_of};
use crate::{
    app::App,
    audit::{self, Record},
    core::{
        refusal::{Outcome, Refusal, Status},
        secret::{random_token, token_hash},
    },
    db::Tx,
    people::{
        PersonId, PersonRow, Provider,
        provider::{NotVouched, Vouched},
        rules,
        sessions::{self, Place},
        store,
    },
};
use chrono::{DateTime, Duration, Utc};

/// Where a person who comes back from the provider goes on.
pub enum Welcomed {
    In(SignedIn, String),
    /// There is no account of this address: the link to make one.
    New(String),
}

fn provider(app: &App) -> Result<&Provider, Refusal> {
    app.provider.as_ref().ok_or_else(Refusal::not_found)
}

fn is_down() -> Refusal {
    Refusal { status: Status::Busy, ..Refusal::conflict("people-refusal-provider-down") }
}

/// Where the browser goes, and the cookie it keeps until it is back.
pub async fn leave_for_provider(app: &App, next: &str) -> Outcome<(String, String)> {
    let begun = provider(app)?.begin(&app.seal, next, app.clock.now()).await;
    Ok(begun.map_err(|error| {
        tracing::error!(error = format!("{error:#}"), "the identity provider does not answer");
        is_down()
    })?)
}

/// Signs in whom the provider vouches for. Whoever has a second factor here gives it, unless the provider took one.
pub async fn return_from_provider(
    app: &App,
    returned: (&str, &str, &str),
    place: &Place,
    request_id: &str,
) -> Outcome<Welcomed> {
    let now = app.clock.now();
    let vouched = match provider(app)?.finish(&app.seal, returned, now).await {
        Ok(vouched) => vouched,
        Err(NotVouched::Provider(error)) => {
            tracing::error!(request_id, error = format!("{error:#}"), "the identity provider gave no token");
            return Err(is_down().into());
        }
        Err(why) => {
            tracing::warn!(request_id, ?why, "a sign-in by the identity provider is not believed");
            return Err(Refusal::forbidden("people-refusal-provider").into());
        }
    };
    let email = vouched.claims.verified_email();
    let email = email.ok_or_else(|| Refusal::forbidden("people-refusal-provider-email"))?;
    let mut tx = app.db.write().await?;
    let Some(person) = person_of(&mut tx, &vouched, &email, request_id, now).await? else {
        let token = random_token();
        let until = now + Duration::hours(rules::SIGN_UP_HOURS);
        store::insert_token(&mut tx, token_hash(&token), "sign_up", &email, now, until).await?;
        tx.commit().await?;
        return Ok(Welcomed::New(token));
    };
    if !person.is_active() {
        return Err(Refusal::forbidden("people-refusal-provider").into());
    }
    let whole = vouched.strong || !person.has_second_factor();
    let key = sessions::open(&mut tx, person.id, whole, place, now).await?;
    let record = Record::new("person", person.id, if whole { "signed_in" } else { "provider_vouched" });
    audit::record(&mut tx, &actor_of(&person, request_id), record.with("provider", &vouched.issuer), now).await?;
    tx.commit().await?;
    let signed_in = if whole { SignedIn::Whole { key } } else { SignedIn::Half { key } };
    Ok(Welcomed::In(signed_in, vouched.next))
}

/// The person the provider means: by its own name for them, else by the address, which is then tied to that name.
async fn person_of(
    tx: &mut Tx,
    vouched: &Vouched,
    email: &str,
    request_id: &str,
    now: DateTime<Utc>,
) -> Outcome<Option<PersonRow>> {
    let subject = &vouched.claims.sub;
    if let Some(known) = store::person_known_as(tx, &vouched.issuer, subject).await? {
        return Ok(store::find_person(tx, PersonId(known)).await?);
    }
    let Some(person) = store::find_by_email(tx, email).await? else { return Ok(None) };
    // The address went to somebody else at the provider: that does not give them this account.
    if !store::know_as(tx, person.id, &vouched.issuer, subject, now).await? {
        return Err(Refusal::forbidden("people-refusal-provider-other").into());
    }
    let record = Record::new("person", person.id, "provider_linked").with("provider", &vouched.issuer);
    audit::record(tx, &actor_of(&person, request_id), record, now).await?;
    Ok(Some(person))
}
