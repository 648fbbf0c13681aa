//! Lists: a firm's own applications with the calls it may apply to, and the queue of the staff.

use crate::{
    app::App,
    applications::{
        actions,
        forms::StartForm,
        rules::{ApplicationState, read_receipt_no},
        store::{
            self,
            list::{self, Filter},
        },
        views::{OwnPage, QueuePage},
    },
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    db::page::Cursor,
    organisations::OrganisationId,
    programmes::{self, CallId, CallState},
    reference,
    web::{
        Answer, Choice, Form, Posted, Visitor,
        list::ListView,
        redirect, show,
        simple::{Field, FormPage},
    },
};
use actix_web::web;

#[derive(serde::Deserialize)]
pub struct ListQuery {
    #[serde(default)]
    state: String,
    #[serde(default)]
    call: String,
    #[serde(default)]
    region: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    after: String,
}

pub async fn list(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<ListQuery>) -> Answer {
    if actor.is(Role::Adviser) && actor.mandate.is_none() {
        return Ok(redirect("/mandates"));
    }
    if actor.is_any(&[Role::Firm, Role::Adviser]) {
        return own(&app, &visitor, &actor, &query.after).await;
    }
    let mut tx = app.db.read().await?;
    if let Some(number) = read_receipt_no(&query.q)
        && let Some(id) = list::by_receipt_no(&mut tx, &actor, &number).await?
    {
        return Ok(redirect(format!("/applications/{id}")));
    }
    let filter = Filter {
        state: query.state.parse().ok(),
        call: query.call.parse().ok(),
        region: Some(query.region.clone()).filter(|region| !region.is_empty()),
        words: query.q.chars().take(100).collect(),
    };
    let after = Cursor::from_text(&query.after);
    let paged = list::page(&mut tx, &actor, &filter, after).await?;
    let calls = programmes::open_calls(&mut tx, app.clock.now()).await?;
    let regions = reference::all_regions(&mut tx).await?;
    let page = visitor.page("applications-queue-title");
    let filters = [("state", &*query.state), ("call", &*query.call), ("region", &*query.region), ("q", &*filter.words)];
    let list = ListView::new(&page, &paged, "/applications", &filters, after);
    let states: Vec<ApplicationState> = ApplicationState::ALL
        .iter()
        .copied()
        .filter(|state| !matches!(state, ApplicationState::Draft | ApplicationState::Expired))
        .collect();
    let lang = page.lang;
    show(&QueuePage {
        states: Choice::codes(lang, "application-state", &states),
        calls: calls
            .iter()
            .map(|call| Choice::new(call.id.to_string(), lang.of(&call.name_ko, &call.name_en)))
            .collect(),
        regions: regions.iter().map(|region| Choice::new(&*region.code, region.name(lang))).collect(),
        page,
        rows: paged.rows,
        list,
        filter,
    })
}

async fn own(app: &App, visitor: &Visitor, actor: &Actor, after: &str) -> Answer {
    let after = Cursor::from_text(after);
    let mut tx = app.db.read().await?;
    let paged = list::page(&mut tx, actor, &Filter::default(), after).await?;
    let mut calls = Vec::new();
    for call in programmes::open_calls(&mut tx, app.clock.now()).await? {
        if store::find_live(&mut tx, OrganisationId(actor.organisation()?), call.id).await?.is_none() {
            calls.push(call);
        }
    }
    let page = visitor.page("applications-own-title");
    let list = ListView::new(&page, &paged, "/applications", &[], after);
    show(&OwnPage { page, rows: paged.rows, list, calls })
}

#[derive(serde::Deserialize)]
pub struct NewQuery {
    call: CallId,
}

/// A link from a call leads here; the firm that has begun already goes on where it was.
pub async fn show_new(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<NewQuery>) -> Answer {
    let mut tx = app.db.read().await?;
    let call = programmes::find_call(&mut tx, query.call).await?.ok_or_else(Refusal::not_found)?;
    if let Some(live) = store::find_live(&mut tx, OrganisationId(actor.organisation()?), call.id).await? {
        return Ok(redirect(format!("/applications/{live}")));
    }
    if call.state == CallState::Draft {
        return Err(Refusal::not_found().into());
    }
    let form = Form::with(&visitor, "applications", vec![("call", call.id.to_string())]);
    let page = visitor.page("applications-new-title").back_to("/applications", "applications-own-title");
    let closes = page.t1("applications-closes", "at", page.datetime(call.closes_at));
    let name = page.lang.of(&call.name_ko, &call.name_en).to_owned();
    FormPage::new(page, form, "/applications/new", "applications-start")
        .intro(name)
        .intro(closes)
        .intro(visitor.lang.t("applications-new-intro"))
        .field(Field::Hidden("call"))
        .answer()
}

pub async fn start(app: web::Data<App>, actor: Actor, posted: Posted) -> Answer {
    let started: Outcome<_> = async {
        let form: StartForm = posted.read()?;
        let call: CallId = form.call.parse().map_err(|_| Refusal::not_found())?;
        actions::start(&app, &actor, call, posted.once).await
    }
    .await;
    Ok(redirect(format!("/applications/{}", started?)))
}
