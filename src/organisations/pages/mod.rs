//! Doors of organisations: registration, one's own organisation, and the list for staff.

mod own;

use super::{OrganisationId, actions, forms::RegisterStatusForm, store, views::*};
use crate::{
    app::App,
    core::{actor::Actor, lang::Lang, refusal::Refusal, roles::Role},
    db::page::Cursor,
    reference::{self, Named},
    web::{
        Answer, Choice, Door, Form, Need, Posted, Visitor, list::ListView, page::MenuEntry, redirect_with, show,
        show_form,
    },
};
use actix_web::web;

const OWN: Need = Need::AnyOf(&[Role::Firm, Role::Vendor]);
const READERS: &[Role] = &[Role::Screener, Role::Manager, Role::Auditor, Role::ClaimsOfficer];

pub fn doors() -> Vec<Door> {
    vec![
        Door::get("/organisation/new", Need::SignedIn, own::show_register),
        Door::post("/organisation/new", Need::SignedIn, own::register),
        Door::get("/organisation", OWN, own),
        Door::get("/organisation/edit", OWN, own::show_edit),
        Door::post("/organisation/edit", OWN, own::edit),
        Door::get("/organisation/figures", OWN, own::show_figures),
        Door::post("/organisation/figures", OWN, own::give_figures),
        Door::get("/organisations", Need::AnyOf(READERS), list),
        Door::get("/organisations/{id}", Need::AnyOf(READERS), organisation),
        Door::post("/organisations/{id}/register-status", Need::AnyOf(&[Role::Screener]), record_status),
    ]
}

pub fn menu() -> Vec<MenuEntry> {
    vec![
        MenuEntry { path: "/organisation", key: "organisations-own-title", roles: &[Role::Firm, Role::Vendor] },
        MenuEntry { path: "/organisations", key: "organisations-title", roles: READERS },
    ]
}

fn choices(lang: Lang, codes: &[Named], with_code: bool) -> Vec<Choice> {
    let label = |named: &Named| {
        if with_code { format!("{} {}", named.code, named.name(lang)) } else { named.name(lang).to_owned() }
    };
    let known = codes.iter().map(|named| Choice::new(named.code.clone(), label(named)));
    std::iter::once(Choice::new("", lang.t("choose-one"))).chain(known).collect()
}

fn named(lang: Lang, codes: &[Named], code: &str) -> String {
    codes.iter().find(|named| named.code == code).map_or_else(|| code.to_owned(), |named| named.name(lang).to_owned())
}

async fn organisation_page(app: &App, visitor: &Visitor, actor: &Actor, id: OrganisationId, form: Form) -> Answer {
    let lang = visitor.lang;
    let mut tx = app.db.read().await?;
    let organisation = store::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let division: String = organisation.industry_code.chars().take(3).collect();
    let industry = named(lang, &reference::industry_divisions(&mut tx).await?, &division);
    let region = named(lang, &reference::all_regions(&mut tx).await?, &organisation.region_code);
    let own_side = [Role::Firm, Role::Vendor].into_iter().find(|role| actor.is(*role));
    let mut page = visitor.page_titled(organisation.legal_name.clone()).with_form(&form);
    if own_side.is_none() {
        page = page.back_to("/organisations", "organisations-title");
    }
    let view = OrganisationPage {
        page,
        form,
        industry: format!("{} {industry}", organisation.industry_code),
        region,
        figures: store::financials(&mut tx, id).await?,
        sizes: store::sizes(&mut tx, id).await?,
        history: crate::audit::history(&mut tx, id).await?,
        own_side,
        may_record: actor.is(Role::Screener),
        organisation,
    };
    show_form(&view, &view.form)
}

async fn own(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    let id = OrganisationId(actor.organisation()?);
    let form = Form::new(&visitor, "organisations");
    organisation_page(&app, &visitor, &actor, id, form).await
}

#[derive(serde::Deserialize)]
struct ListQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    region: String,
    #[serde(default)]
    after: String,
}

async fn list(app: web::Data<App>, visitor: Visitor, query: web::Query<ListQuery>) -> Answer {
    let lang = visitor.lang;
    let after = Cursor::from_text(&query.after);
    let filter = store::Filter { words: query.q.chars().take(100).collect(), region: query.region.clone() };
    let mut tx = app.db.read().await?;
    let paged = store::page(&mut tx, &filter, after).await?;
    let regions = reference::all_regions(&mut tx).await?;
    let page = visitor.page("organisations-title");
    let filters = [("q", filter.words.as_str()), ("region", filter.region.as_str())];
    let list = ListView::new(&page, &paged, "/organisations", &filters, after);
    let form =
        Form::with(&visitor, "organisations", vec![("q", filter.words.clone()), ("region", filter.region.clone())]);
    let line = |organisation: store::Organisation| OrganisationLine {
        region: named(lang, &regions, &organisation.region_code),
        organisation,
    };
    let mut choices = choices(lang, &regions, false);
    choices[0].label = lang.t("organisations-all-regions");
    let lines = paged.rows.into_iter().map(line).collect();
    show(&OrganisationsPage { page, form, regions: choices, lines, list })
}

async fn organisation(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<OrganisationId>) -> Answer {
    let form = Form::new(&visitor, "organisations");
    organisation_page(&app, &visitor, &actor, *id, form).await
}

async fn record_status(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<OrganisationId>,
    posted: Posted,
) -> Answer {
    let done = async {
        let status = posted.read::<RegisterStatusForm>()?.parse()?;
        actions::record_register_status(&app, &actor, *id, status, posted.once).await
    };
    match done.await {
        Ok(()) => Ok(redirect_with(format!("/organisations/{id}"), "organisations-flash-status-recorded")),
        Err(trouble) => {
            let form = posted.again(&visitor, "organisations", trouble)?;
            organisation_page(&app, &visitor, &actor, *id, form).await
        }
    }
}
