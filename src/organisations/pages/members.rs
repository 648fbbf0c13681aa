//! The people of one's organisation, and the link by which somebody joins.

use crate::{
    app::App,
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal, Status, Trouble},
        roles::{Capacity, OwnAct},
    },
    organisations::{
        OrganisationId, actions,
        forms::people::{AcceptForm, CapacitiesForm, InviteForm},
        store,
        views::people::*,
    },
    people::{self, PersonId, sessions::Place},
    web::{
        Answer, Choice, Form, Posted, Visitor, redirect_with, show as show_page, show_form,
        simple::{Field, FormPage},
        visitor::{SESSION_COOKIE, cookie, set_cookie},
    },
};
use actix_web::web;
use uuid::Uuid;

const LIST: &str = "/organisation/people";

pub async fn list(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    let organisation = OrganisationId(actor.organisation()?);
    let mut tx = app.db.read().await?;
    show_page(&MembersPage {
        page: visitor.page("organisations-members").back_to("/organisation", "organisations-own-title"),
        members: people::members(&mut tx, organisation.0).await?,
        invitations: store::members::open_invitations(&mut tx, organisation, app.clock.now()).await?,
        may_change: actor.may(OwnAct::People).is_ok(),
        this_person: actor.id,
    })
}

fn invite_page(visitor: &Visitor, form: Form) -> Answer {
    let page = visitor.page("organisations-invite").back_to(LIST, "organisations-members");
    let choices = capacity_choices(&page);
    FormPage::new(page, form, "/organisation/people/new", "organisations-invite-submit")
        .intro(visitor.lang.t("organisations-invite-intro"))
        .field(Field::Email("email"))
        .field(Field::Text("name", "20"))
        .field(Field::Checkboxes("capacities", choices))
        .answer()
}

pub async fn show_invite(visitor: Visitor, actor: Actor) -> Answer {
    actor.may(OwnAct::People)?;
    invite_page(&visitor, Form::with(&visitor, "organisations", vec![("capacities", "preparer".to_owned())]))
}

pub async fn invite(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let done = async {
        let new = posted.read::<InviteForm>()?.parse()?;
        actions::invite(&app, &actor, new, posted.once).await
    };
    match done.await {
        Ok(()) => Ok(redirect_with(LIST, "organisations-flash-invited")),
        Err(trouble) => invite_page(&visitor, posted.again(&visitor, "organisations", trouble)?),
    }
}

pub async fn take_back(app: web::Data<App>, actor: Actor, id: web::Path<Uuid>, posted: Posted) -> Answer {
    posted.press()?;
    actions::take_back(&app, &actor, *id, posted.once).await?;
    Ok(redirect_with(LIST, "organisations-flash-invitation-taken-back"))
}

async fn member_page(app: &App, visitor: &Visitor, actor: &Actor, id: PersonId, form: Option<Form>) -> Answer {
    let mut tx = app.db.read().await?;
    let member = people::find_member(&mut tx, actor.organisation()?, id).await?.ok_or_else(Refusal::not_found)?;
    let held = member.capacities.iter().map(|capacity| ("capacities", capacity.to_string())).collect();
    let form = form.unwrap_or_else(|| Form::with(visitor, "organisations", held));
    let page = visitor.page_titled(member.name.clone()).back_to(LIST, "organisations-members").with_form(&form);
    let may_change = actor.may(OwnAct::People).is_ok();
    let view = MemberPage { page, form, is_self: member.person.0 == actor.id, member, may_change };
    show_form(&view, &view.form)
}

pub async fn member(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<PersonId>) -> Answer {
    member_page(&app, &visitor, &actor, *id, None).await
}

pub async fn change(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<PersonId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let capacities: Vec<Capacity> = posted.read::<CapacitiesForm>()?.parse()?;
        actions::change_member(&app, &actor, *id, capacities, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(LIST, "organisations-flash-member-changed")),
        Err(trouble) => {
            let form = posted.again(&visitor, "organisations", trouble)?;
            member_page(&app, &visitor, &actor, *id, Some(form)).await
        }
    }
}

pub async fn end(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<PersonId>,
    posted: Posted,
) -> Answer {
    posted.press()?;
    match actions::end_member(&app, &actor, *id, posted.once).await {
        Ok(()) if id.0 == actor.id => Ok(redirect_with("/", "organisations-flash-left")),
        Ok(()) => Ok(redirect_with(LIST, "organisations-flash-member-ended")),
        Err(trouble) => {
            let form = posted.again(&visitor, "organisations", trouble)?;
            member_page(&app, &visitor, &actor, *id, Some(form)).await
        }
    }
}

async fn invitation_page(app: &App, visitor: &Visitor, token: &str, form: Form) -> Answer {
    let invitation = actions::invitation(app, token).await?;
    let mut tx = app.db.read().await?;
    let organisation = store::get(&mut tx, invitation.organisation_id).await?.legal_name;
    let (page, term) = match invitation.mandate_id {
        Some(mandate) => {
            let mandate = store::mandates::get_mandate(&mut tx, mandate).await?;
            let page = visitor.page("organisations-mandate-offer");
            let term = term(&page, mandate.starts_on, mandate.ends_on);
            (page, Some(term))
        }
        None => (visitor.page("organisations-invitation"), None),
    };
    let view = InvitationPage {
        page: page.with_form(&form),
        is_known: people::find_by_email(&mut tx, &invitation.email).await?.is_some(),
        signed_in: visitor.actor.as_ref().map(|actor| actor.email.clone()),
        form,
        token: token.to_owned(),
        invitation,
        organisation,
        term,
    };
    show_form(&view, &view.form)
}

pub async fn invitation(app: web::Data<App>, visitor: Visitor, token: web::Path<String>) -> Answer {
    let form = Form::new(&visitor, "people");
    invitation_page(&app, &visitor, &token, form).await
}

pub async fn accept(app: web::Data<App>, visitor: Visitor, token: web::Path<String>, posted: Posted) -> Answer {
    app.sign_in_pace(&visitor.address)?;
    let to = |is_adviser: bool| if is_adviser { "/mandates" } else { "/organisation" };
    let accepted: Outcome<(Option<String>, &str)> = async {
        let way = to(actions::invitation(&app, &token).await?.mandate_id.is_some());
        if let Some(actor) = &visitor.actor {
            posted.press()?;
            actions::accept(&app, actor, &token).await?;
            return Ok((None, way));
        }
        let new = posted.read::<AcceptForm>()?.parse()?;
        let place = Place { address: visitor.address.clone(), agent: visitor.agent.clone() };
        let key = actions::accept_new(&app, &token, new, visitor.lang, &place, &visitor.request_id).await?;
        Ok((Some(key), way))
    }
    .await;
    match accepted {
        Ok((key, way)) => {
            let mut response = redirect_with(way, "organisations-flash-joined");
            if let Some(key) = key {
                set_cookie(&mut response, &cookie(SESSION_COOKIE, key));
            }
            Ok(response)
        }
        // A link that is dead has no page to go back to.
        Err(Trouble::Refused(refusal))
            if refusal.status == Status::Conflict && refusal.key == "people-refusal-link-dead" =>
        {
            Err(refusal.into())
        }
        Err(trouble) => {
            let form = posted.again(&visitor, "people", trouble)?;
            invitation_page(&app, &visitor, &token, form).await
        }
    }
}

/// Yes and no, for filters.
pub(super) fn only(label: String) -> Vec<Choice> {
    vec![Choice::new("yes", label)]
}
