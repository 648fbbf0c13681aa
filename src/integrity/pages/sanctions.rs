//! Sanctions: the list, one of them, and the acts on it.

use crate::{
    app::App,
    audit,
    core::{
        actor::Actor,
        calendar::local_date,
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    db::page::Cursor,
    integrity::{
        SanctionId, actions,
        forms::{
            recoveries::{DecideForm, NoteForm},
            sanctions::SanctionForm,
        },
        rules::sanctions::{SanctionKind, SanctionState},
        store::{
            recoveries::SEES_RECOVERIES,
            sanctions::{self as store, Sanction},
        },
        views::{SanctionPage, SanctionsPage},
    },
    web::{
        Answer, Choice, Door, Form, Need, Posted, Visitor,
        list::ListView,
        page::{MenuEntry, ZONE},
        redirect_with, show,
        simple::{Field, FormPage},
    },
};
use actix_web::web;

const READERS: &[Role] = &[Role::Manager, Role::ClaimsOfficer, Role::Payer, Role::Auditor, Role::Firm, Role::Vendor];
const OPENERS: &[Role] = &[Role::Manager, Role::ClaimsOfficer];
const CONCERNED: Need = Need::AnyOf(&[Role::Firm, Role::Vendor]);
const MANAGER: Need = Need::AnyOf(&[Role::Manager]);

pub fn doors() -> Vec<Door> {
    vec![
        Door::get("/sanctions", Need::AnyOf(READERS), list),
        Door::get("/sanctions/new", Need::AnyOf(OPENERS), show_new),
        Door::post("/sanctions/new", Need::AnyOf(OPENERS), create),
        Door::get("/sanctions/{id}", Need::AnyOf(READERS), one),
        Door::get("/sanctions/{id}/object", CONCERNED, show_object),
        Door::post("/sanctions/{id}/object", CONCERNED, object),
        Door::get("/sanctions/{id}/decide", MANAGER, show_decide),
        Door::post("/sanctions/{id}/decide", MANAGER, decide),
        Door::get("/sanctions/{id}/revoke", MANAGER, show_revoke),
        Door::post("/sanctions/{id}/revoke", MANAGER, revoke),
    ]
}

pub fn menu() -> Vec<MenuEntry> {
    vec![MenuEntry { path: "/sanctions", key: "sanction-title", roles: READERS }]
}

#[derive(serde::Deserialize)]
pub struct Filter {
    #[serde(default)]
    state: String,
    #[serde(default)]
    after: String,
}

async fn list(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<Filter>) -> Answer {
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let paged = store::page(&mut tx, &actor, query.state.parse().ok(), after).await?;
    let page = visitor.page("sanction-title");
    let list = ListView::new(&page, &paged, "/sanctions", &[("state", query.state.as_str())], after);
    let mut states = vec![Choice::new("", page.t("integrity-all-states"))];
    states.extend(Choice::codes(visitor.lang, "sanction-state", SanctionState::ALL));
    show(&SanctionsPage {
        filter: Form::with(&visitor, "sanction", vec![("state", query.state.clone())]),
        may_open: actor.is_any(OPENERS),
        sanctions: paged.rows,
        page,
        list,
        states,
    })
}

fn new_page(visitor: &Visitor, form: Form) -> Answer {
    let lang = visitor.lang;
    let page = visitor.page("sanction-new-title").back_to("/sanctions", "sanction-title");
    FormPage::new(page, form, "/sanctions/new", "sanction-notice")
        .intro(lang.t("sanction-new-intro"))
        .field(Field::Text("business_number", "20"))
        .field(Field::Radios("sanction_kind", Choice::codes(lang, "sanction-kind", SanctionKind::ALL)))
        .field(Field::Date("from_on"))
        .field(Field::Date("to_on"))
        .field(Field::Text("legal_basis", ""))
        .field(Field::Textarea("reason", "5"))
        .answer()
}

async fn show_new(visitor: Visitor) -> Answer {
    let form = Form::new(&visitor, "sanction");
    new_page(&visitor, form)
}

async fn create(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let done: Outcome<SanctionId> = async {
        let new = posted.read::<SanctionForm>()?.parse()?;
        actions::notice_sanction(&app, &actor, new, posted.once).await
    }
    .await;
    match done {
        Ok(id) => Ok(redirect_with(format!("/sanctions/{id}"), "sanction-flash-noticed")),
        Err(trouble) => new_page(&visitor, posted.again(&visitor, "sanction", trouble)?),
    }
}

async fn visible(app: &App, actor: &Actor, id: SanctionId) -> Outcome<Sanction> {
    let mut tx = app.db.read().await?;
    Ok(store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?)
}

async fn one(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<SanctionId>) -> Answer {
    let mut tx = app.db.read().await?;
    let sanction = store::find_visible(&mut tx, &actor, *id).await?.ok_or_else(Refusal::not_found)?;
    let today = local_date(visitor.arrived_at, ZONE);
    let is_staff = actor.is_any(SEES_RECOVERIES);
    let is_open = matches!(sanction.state, SanctionState::Noticed | SanctionState::Objected);
    let is_manager = actor.is(Role::Manager);
    let is_first = is_manager && sanction.noticed_by == actor.id;
    show(&SanctionPage {
        history: if is_staff { audit::history(&mut tx, *id).await? } else { Vec::new() },
        may_object: !is_staff && sanction.state == SanctionState::Noticed && today <= sanction.object_until,
        may_decide: is_open && is_manager && !is_first,
        may_revoke: sanction.state == SanctionState::InForce && is_manager && !is_first,
        is_first: is_first && is_open,
        page: visitor.page_titled(sanction.organisation_name.clone()).back_to("/sanctions", "sanction-title"),
        sanction,
    })
}

fn act_page(visitor: &Visitor, sanction: &Sanction, title: &'static str, form: Form, act: &str) -> FormPage {
    let here = format!("/sanctions/{}", sanction.id);
    let page = visitor.page(title).back_to(here.clone(), "sanction-back");
    FormPage::new(page, form, format!("{here}/{act}"), title).intro(sanction.organisation_name.clone())
}

async fn object_page(app: &App, visitor: &Visitor, actor: &Actor, id: SanctionId, form: Form) -> Answer {
    let sanction = visible(app, actor, id).await?;
    let page = act_page(visitor, &sanction, "sanction-object", form, "object");
    page.intro(visitor.lang.t("recovery-object-intro")).field(Field::Textarea("note", "6")).answer()
}

async fn show_object(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<SanctionId>) -> Answer {
    let form = Form::new(&visitor, "sanction");
    object_page(&app, &visitor, &actor, *id, form).await
}

async fn object(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<SanctionId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let note = posted.read::<NoteForm>()?.parse()?;
        actions::object_to_sanction(&app, &actor, *id, &note, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/sanctions/{id}"), "sanction-flash-objected")),
        Err(trouble) => object_page(&app, &visitor, &actor, *id, posted.again(&visitor, "sanction", trouble)?).await,
    }
}

async fn decide_page(app: &App, visitor: &Visitor, actor: &Actor, id: SanctionId, form: Form) -> Answer {
    let sanction = visible(app, actor, id).await?;
    let mut page = act_page(visitor, &sanction, "sanction-decide", form, "decide");
    if let Some(objection) = &sanction.objection {
        page = page.field(Field::Inset(objection.clone()));
    }
    let steps = Choice::codes(visitor.lang, "sanction-step", &["impose", "revoke"]);
    page.field(Field::Radios("step", steps)).field(Field::Textarea("answer", "5")).warning().answer()
}

async fn show_decide(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<SanctionId>) -> Answer {
    let form = Form::new(&visitor, "sanction");
    decide_page(&app, &visitor, &actor, *id, form).await
}

async fn decide(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<SanctionId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<&'static str> = async {
        let objected = visible(&app, &actor, *id).await?.state == SanctionState::Objected;
        let (step, answer) = posted.read::<DecideForm>()?.parse(["impose", "revoke"], objected)?;
        actions::decide_sanction(&app, &actor, *id, step, &answer, posted.once).await?;
        Ok(step)
    }
    .await;
    let to = format!("/sanctions/{id}");
    match done {
        Ok("impose") => Ok(redirect_with(to, "sanction-flash-imposed")),
        Ok(_) => Ok(redirect_with(to, "sanction-flash-revoked")),
        Err(trouble) => decide_page(&app, &visitor, &actor, *id, posted.again(&visitor, "sanction", trouble)?).await,
    }
}

async fn revoke_page(app: &App, visitor: &Visitor, actor: &Actor, id: SanctionId, form: Form) -> Answer {
    let sanction = visible(app, actor, id).await?;
    let page = act_page(visitor, &sanction, "sanction-revoke", form, "revoke");
    page.field(Field::Textarea("note", "4")).warning().answer()
}

async fn show_revoke(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<SanctionId>) -> Answer {
    let form = Form::new(&visitor, "sanction");
    revoke_page(&app, &visitor, &actor, *id, form).await
}

async fn revoke(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<SanctionId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let note = posted.read::<NoteForm>()?.parse()?;
        actions::revoke(&app, &actor, *id, &note, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/sanctions/{id}"), "sanction-flash-revoked")),
        Err(trouble) => revoke_page(&app, &visitor, &actor, *id, posted.again(&visitor, "sanction", trouble)?).await,
    }
}
