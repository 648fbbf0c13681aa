//! Doors of organisations: registration, one's own organisation, its people, advisers and documents, and the lists for
//! staff.

mod aid;
mod desk;
mod mandates;
mod members;
mod own;
mod vault;

pub use vault::picks as vault_picks;

use super::{
    OrganisationId, actions,
    forms::RegisterStatusForm,
    rules::{self, aid::aid_since},
    store,
    views::{people::MandateView, *},
};
use crate::{
    app::App,
    core::{
        actor::Actor,
        lang::Lang,
        refusal::{Refusal, Trouble},
        roles::{OwnAct, Role},
    },
    db::page::Cursor,
    files::Received,
    people,
    reference::{self, Named},
    web::{
        Answer, Choice, Door, Form, Need, Posted, Visitor, list::ListView, page::MenuEntry, redirect_with, show,
        show_form, upload::Uploaded,
    },
};
use actix_web::web;

const OWN: Need = Need::AnyOf(&[Role::Firm, Role::Vendor]);
const FIRM: Need = Need::AnyOf(&[Role::Firm]);
const ADVISER: Need = Need::AnyOf(&[Role::Adviser]);
const OFFICER: Need = Need::AnyOf(desk::OFFICERS);
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
        Door::get("/organisation/people", OWN, members::list),
        Door::get("/organisation/people/new", OWN, members::show_invite),
        Door::post("/organisation/people/new", OWN, members::invite),
        Door::post("/organisation/people/invitations/{id}/take-back", OWN, members::take_back),
        Door::get("/organisation/people/{id}", OWN, members::member),
        Door::post("/organisation/people/{id}", OWN, members::change),
        Door::post("/organisation/people/{id}/end", OWN, members::end),
        Door::get("/invitations/{token}", Need::Nobody, members::invitation),
        Door::post("/invitations/{token}", Need::Nobody, members::accept),
        Door::get("/organisation/advisers", FIRM, mandates::own),
        Door::get("/organisation/advisers/new", FIRM, mandates::show_give),
        Door::post("/organisation/advisers/new", FIRM, mandates::give),
        Door::get("/mandates", ADVISER, mandates::desk),
        Door::post("/mandates/{id}/end", Need::AnyOf(&[Role::Firm, Role::Adviser]), mandates::end),
        Door::post("/mandates/{id}/{verb}", ADVISER, mandates::answer),
        Door::get("/advisers", Need::AnyOf(READERS), mandates::list),
        Door::get("/advisers/{id}", Need::AnyOf(READERS), mandates::adviser),
        Door::get("/organisation/documents", OWN, vault::show),
        Door::post("/organisation/documents", OWN, vault::put),
        Door::get("/organisation/documents/{id}", OWN, vault::download),
        Door::post("/organisation/documents/{id}/remove", OWN, vault::remove),
        Door::get("/organisation/aid", FIRM, aid::show),
        Door::post("/organisation/aid", FIRM, aid::declare),
        Door::post("/organisation/aid/{id}/take-back", FIRM, aid::take_back),
        Door::get("/organisations", Need::AnyOf(READERS), list),
        Door::get("/organisations/duplicates", Need::AnyOf(READERS), desk::duplicates),
        Door::get("/organisations/duplicates/{id}", Need::AnyOf(READERS), desk::duplicate),
        Door::post("/organisations/duplicates/{id}", OFFICER, desk::decide),
        Door::get("/organisations/register", Need::AnyOf(READERS), desk::register),
        Door::post("/organisations/register", OFFICER, desk::import_register),
        Door::get("/organisations/register/{id}", Need::AnyOf(READERS), desk::register_import),
        Door::get("/organisations/awards", Need::AnyOf(READERS), desk::awards),
        Door::post("/organisations/awards", OFFICER, desk::preview_awards),
        Door::get("/organisations/awards/{id}", Need::AnyOf(READERS), desk::award_import),
        Door::post("/organisations/awards/{id}", OFFICER, desk::confirm_awards),
        Door::get("/organisations/{id}", Need::AnyOf(READERS), organisation),
        Door::post("/organisations/{id}/register-status", Need::AnyOf(&[Role::Screener]), record_status),
    ]
}

pub fn menu() -> Vec<MenuEntry> {
    vec![
        MenuEntry { path: "/organisation", key: "organisations-own-title", roles: &[Role::Firm, Role::Vendor] },
        MenuEntry { path: "/mandates", key: "organisations-desk", roles: &[Role::Adviser] },
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

/// The one file of an upload.
fn received_file(uploaded: &Uploaded) -> Result<&Received, Refusal> {
    let missing = Refusal::unacceptable("form-required").at("file");
    uploaded.files.iter().find(|file| file.field == "file").ok_or(missing)
}

async fn around(
    app: &App,
    page: &crate::web::Page,
    tx: &mut crate::db::Tx,
    id: OrganisationId,
) -> Result<Around, Trouble> {
    let now = app.clock.now();
    let since = aid_since(now);
    let mut group = Vec::new();
    if let Some(of) = store::affiliations::group_of(tx, id).await? {
        for member in store::affiliations::group_members(tx, of).await? {
            if member != id {
                group.push(store::get(tx, member).await?);
            }
        }
    }
    let mandates = store::mandates::mandates_of(tx, id).await?;
    Ok(Around {
        members: people::members(tx, id.0).await?,
        mandates: mandates.into_iter().map(|row| MandateView::new(page, row, now)).collect(),
        ties: store::affiliations::ties_of(tx, id).await?,
        group,
        aid: store::awards::aid_total(tx, id, since).await?,
        aid_since: since,
        awards: store::awards::awards(tx, id, since).await?,
        asks: store::register::asks_of(tx, id).await?,
    })
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
    let around = match own_side {
        None => Some(around(app, &page, &mut tx, id).await?),
        Some(_) => None,
    };
    let view = OrganisationPage {
        around,
        may_keep: own_side.is_some() && actor.may(OwnAct::Profile).is_ok(),
        is_fresh: rules::is_fresh(organisation.register_checked_at, app.clock.now()),
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
