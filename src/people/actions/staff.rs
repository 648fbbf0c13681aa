//! People and their roles, as administrators and organisations give and end them.

use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        lang::Lang,
        refusal::{Outcome, Refusal},
        roles::{Capacity, FOUNDER, Role},
        secret::{random_token, token_hash},
    },
    db::Tx,
    outbox::{self, Mail},
    people::{PersonId, forms::NewStaff, rules, sessions, store},
};
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

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

/// Gives a person a role; whoever founds an `organisation` is its owner and signatory.
pub async fn grant(
    tx: &mut Tx,
    actor: &Actor,
    person: PersonId,
    role: Role,
    organisation: Option<Uuid>,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let capacities = if organisation.is_some() { FOUNDER } else { &[] };
    join(tx, actor, person, role, organisation, capacities, now).await
}

/// Gives a person a role, in an organisation with these capacities. A firm's person is never also a vendor's, an
/// adviser or staff, and so on: nobody stands on two sides (domain.md C, invariants 9 and 17).
pub async fn join(
    tx: &mut Tx,
    actor: &Actor,
    person: PersonId,
    role: Role,
    organisation: Option<Uuid>,
    capacities: &[Capacity],
    now: DateTime<Utc>,
) -> Outcome<()> {
    let side = |role: Role| if role.is_staff() { "staff" } else { role.as_str() };
    let held = store::live_roles(tx, person).await?;
    if held.iter().any(|row| side(row.role) != side(role)) {
        return Err(Refusal::conflict("people-refusal-other-side").into());
    }
    let Some(membership) = store::insert_role(tx, person, role, organisation, actor.person(), now).await? else {
        return Err(Refusal::conflict("people-refusal-role-held").at("role").into());
    };
    store::put_capacities(tx, membership, capacities).await?;
    sessions::end_surplus(tx, person, now).await?;
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
