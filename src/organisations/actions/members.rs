//! The people of an organisation: invited by a mailed link, changed, ended. The last signatory never goes:
//! whoever changes people waits for the organisation's lock.

use super::mandates;
use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        lang::Lang,
        refusal::{Outcome, Refusal},
        roles::{Capacity, OwnAct, Role},
        secret::{random_token, token_hash},
    },
    db::{Tx, once::Once},
    organisations::{
        OrganisationId,
        forms::people::{NewAccount, NewMember},
        store::{
            self,
            members::{self, Invitation},
        },
    },
    outbox::{self, Mail},
    people::{self, Member, PersonId, sessions::Place},
};
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

/// A link to join is good this long.
pub const INVITATION_HOURS: i64 = 72;
/// Links that one organisation may have open at once.
const OPEN_MAX: usize = 20;

/// As it is stored: `owner+signatory`.
fn joined(capacities: &[Capacity]) -> String {
    capacities.iter().map(|capacity| capacity.as_str()).collect::<Vec<_>>().join("+")
}

pub(in crate::organisations) fn split(capacities: &str) -> Vec<Capacity> {
    capacities.split('+').filter_map(|code| code.parse().ok()).collect()
}

/// As the history shows it.
fn recorded(capacities: &[Capacity]) -> String {
    capacities.iter().map(|capacity| capacity.as_str()).collect::<Vec<_>>().join(", ")
}

fn own_side(actor: &Actor) -> Result<Role, Refusal> {
    [Role::Firm, Role::Vendor].into_iter().find(|role| actor.is(*role)).ok_or_else(Refusal::not_found)
}

/// Mails a link that makes its reader a member with these capacities.
pub async fn invite(app: &App, actor: &Actor, new: NewMember, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let organisation = OrganisationId(actor.organisation()?);
    actor.may(OwnAct::People)?;
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "organisations.invite", now).await?.is_some() {
        return Ok(());
    }
    members::lock(&mut tx, organisation).await?;
    if members::open_invitations(&mut tx, organisation, now).await?.len() >= OPEN_MAX {
        return Err(Refusal::conflict("organisations-refusal-many-invitations").with("most", OPEN_MAX).into());
    }
    if people::members(&mut tx, organisation.0).await?.iter().any(|member| member.email == new.email) {
        return Err(Refusal::conflict("organisations-refusal-is-member").at("email").into());
    }
    let invitation = Invitation {
        id: crate::core::ids::new_uuid(),
        organisation_id: organisation,
        role: own_side(actor)?,
        capacities: joined(&new.capacities),
        mandate_id: None,
        email: new.email,
        name: new.name,
        lang: Lang::Ko,
        invited_by: actor.id,
        invited_at: now,
        expires_at: now + Duration::hours(INVITATION_HOURS),
    };
    let firm = store::get(&mut tx, organisation).await?;
    send(&mut tx, actor, &invitation, "member-invited", &firm.legal_name, now).await?;
    let record = Record::new("organisation", organisation, "member_invited")
        .with("email", &invitation.email)
        .with("capacities", recorded(&new.capacities));
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Stores the invitation and mails its link: only the mail holds the token.
pub(super) async fn send(
    tx: &mut Tx,
    actor: &Actor,
    invitation: &Invitation,
    name: &'static str,
    organisation: &str,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let token = random_token();
    members::insert_invitation(tx, invitation, token_hash(&token)).await?;
    let mail = Mail::new(invitation.email.clone(), invitation.lang, name)
        .with("organisation", organisation)
        .with("inviter", &actor.name)
        .with("hours", (invitation.expires_at - now).num_hours())
        .link(format!("/invitations/{token}"));
    outbox::mail(tx, mail, &invitation.id.to_string(), None, now).await?;
    Ok(())
}

/// Takes an invitation back that was not answered.
pub async fn take_back(app: &App, actor: &Actor, id: Uuid, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let organisation = OrganisationId(actor.organisation()?);
    actor.may(OwnAct::People)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "organisations.take_back", now).await?.is_some() {
        return Ok(());
    }
    if !members::close_invitation(&mut tx, organisation, id, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    audit::record(&mut tx, actor, Record::new("organisation", organisation, "invitation_taken_back"), now).await?;
    tx.commit().await?;
    Ok(())
}

fn dead() -> Refusal {
    Refusal::conflict("people-refusal-link-dead")
}

/// What a link stands for. Reading it consumes nothing.
pub async fn invitation(app: &App, token: &str) -> Outcome<Invitation> {
    let mut tx = app.db.read().await?;
    Ok(members::live_invitation(&mut tx, token_hash(token), app.clock.now()).await?.ok_or_else(dead)?)
}

/// Somebody with an account, whose address the link was sent to, accepts.
pub async fn accept(app: &App, actor: &Actor, token: &str) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let invitation = members::live_invitation(&mut tx, token_hash(token), now).await?.ok_or_else(dead)?;
    if invitation.email != actor.email {
        return Err(Refusal::forbidden("organisations-refusal-other-address").with("email", &invitation.email).into());
    }
    enter(&mut tx, actor, &invitation, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Somebody without an account makes one and accepts. Answers the session's key.
pub async fn accept_new(
    app: &App,
    token: &str,
    new: NewAccount,
    lang: Lang,
    place: &Place,
    request_id: &str,
) -> Outcome<String> {
    let invited = invitation(app, token).await?;
    let hash = people::good_hash(app, &new.password, &[&invited.email, &new.name], false).await?;
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let invitation = members::live_invitation(&mut tx, token_hash(token), now).await?.ok_or_else(dead)?;
    let inviter =
        people::find_person(&mut tx, PersonId(invitation.invited_by)).await?.ok_or_else(Refusal::not_found)?;
    let by = people::actor_of(&inviter, request_id);
    let id = people::make_person(&mut tx, &by, &invitation.email, &new.name, lang, Some(hash), now).await?;
    let person = people::find_person(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let actor = people::actor_of(&person, request_id);
    enter(&mut tx, &actor, &invitation, now).await?;
    let key = people::sessions::open(&mut tx, id, true, place, now).await?;
    tx.commit().await?;
    Ok(key)
}

async fn enter(tx: &mut Tx, actor: &Actor, invitation: &Invitation, now: DateTime<Utc>) -> Outcome<()> {
    let organisation = invitation.organisation_id;
    members::lock(tx, organisation).await?;
    if !members::close_invitation(tx, organisation, invitation.id, now).await? {
        return Err(dead().into());
    }
    if let Some(mandate) = invitation.mandate_id {
        return mandates::accept_in(tx, actor, mandate, now).await;
    }
    let capacities = split(&invitation.capacities);
    people::join(tx, actor, PersonId(actor.id), invitation.role, Some(organisation.0), &capacities, now).await?;
    let record = Record::new("organisation", organisation, "member_joined")
        .with("name", &actor.name)
        .with("capacities", recorded(&capacities));
    audit::record(tx, actor, record, now).await?;
    for member in people::members(tx, organisation.0).await? {
        if member.is(Capacity::Owner) && member.person.0 != actor.id {
            tell(tx, &member, "member-joined", &actor.name, &invitation.id.to_string(), now).await?;
        }
    }
    Ok(())
}

async fn tell(
    tx: &mut Tx,
    member: &Member,
    name: &'static str,
    who: &str,
    event: &str,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let Some(person) = people::find_person(tx, member.person).await? else { return Ok(()) };
    let mail = Mail::new(person.email, person.lang, name).with("name", who).link("/organisation");
    outbox::mail(tx, mail, event, None, now).await?;
    Ok(())
}

/// Refuses when nobody else would hold what the member gives up and an organisation cannot be without.
async fn keep_held(tx: &mut Tx, organisation: OrganisationId, member: &Member, kept: &[Capacity]) -> Outcome<()> {
    for (capacity, key) in [
        (Capacity::Signatory, "organisations-refusal-last-signatory"),
        (Capacity::Owner, "organisations-refusal-last-owner"),
    ] {
        let gives_up = member.is(capacity) && !kept.contains(&capacity);
        if gives_up && !people::is_held_beside(tx, organisation.0, member.membership, capacity).await? {
            return Err(Refusal::conflict(key).at("capacities").into());
        }
    }
    Ok(())
}

/// Gives a member other capacities.
pub async fn change(app: &App, actor: &Actor, person: PersonId, capacities: Vec<Capacity>, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let organisation = OrganisationId(actor.organisation()?);
    actor.may(OwnAct::People)?;
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "organisations.change_member", now).await?.is_some() {
        return Ok(());
    }
    members::lock(&mut tx, organisation).await?;
    let member = people::find_member(&mut tx, organisation.0, person).await?.ok_or_else(Refusal::not_found)?;
    keep_held(&mut tx, organisation, &member, &capacities).await?;
    people::put_capacities(&mut tx, member.membership, &capacities).await?;
    let record = Record::new("organisation", organisation, "member_changed")
        .with("name", &member.name)
        .with("capacities", format!("{} → {}", recorded(&member.capacities), recorded(&capacities)));
    audit::record(&mut tx, actor, record, now).await?;
    if person.0 != actor.id {
        tell(&mut tx, &member, "member-changed", &actor.name, &now.timestamp_micros().to_string(), now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Ends a membership: an owner another's, anybody their own. It holds from the next request on.
pub async fn end(app: &App, actor: &Actor, person: PersonId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let organisation = OrganisationId(actor.organisation()?);
    let leaves = person.0 == actor.id;
    if !leaves {
        actor.may(OwnAct::People)?;
    }
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "organisations.end_member", now).await?.is_some() {
        return Ok(());
    }
    members::lock(&mut tx, organisation).await?;
    let member = people::find_member(&mut tx, organisation.0, person).await?.ok_or_else(Refusal::not_found)?;
    keep_held(&mut tx, organisation, &member, &[]).await?;
    if !people::end_membership(&mut tx, member.membership, actor.person(), now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let kind = if leaves { "member_left" } else { "member_ended" };
    let record = Record::new("organisation", organisation, kind).with("name", &member.name);
    audit::record(&mut tx, actor, record, now).await?;
    if !leaves {
        tell(&mut tx, &member, "member-ended", &actor.name, &member.membership.to_string(), now).await?;
    }
    tx.commit().await?;
    Ok(())
}
