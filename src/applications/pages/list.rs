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
        views::{OwnPage, QueuePage, whole},
    },
    core::{
        actor::Actor,
        refusal::{Refusal, Trouble},
        roles::Role,
    },
    db::page::Cursor,
    ledger::{self, Cap},
    organisations::OrganisationId,
    programmes::{self, CallId, CallState, Place},
    reference,
    web::{
        Answer, Choice, Form, Posted, Visitor,
        form::filled,
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

async fn new_page(app: &App, visitor: &Visitor, actor: &Actor, call: CallId, form: Option<Form>) -> Answer {
    let mut tx = app.db.read().await?;
    let now = app.clock.now();
    let firm = OrganisationId(actor.organisation()?);
    let call = programmes::find_call(&mut tx, call).await?.ok_or_else(Refusal::not_found)?;
    if let Some(live) = store::find_live(&mut tx, firm, call.id).await? {
        return Ok(redirect(format!("/applications/{live}")));
    }
    if call.state == CallState::Draft {
        return Err(Refusal::not_found().into());
    }
    let rules = programmes::rules_at(&mut tx, call.id, call.version).await?;
    let form = form.unwrap_or_else(|| Form::with(visitor, "applications", vec![("call", call.id.to_string())]));
    let page = visitor.page("applications-new-title").back_to("/applications", "applications-own-title");
    let closes = page.t1("applications-closes", "at", page.datetime(call.closes_at));
    let name = page.lang.of(&call.name_ko, &call.name_en).to_owned();
    let lang = page.lang;
    // What the firm may still have, before it writes a word.
    let mut left = Vec::new();
    for cap in programmes::caps_of(&mut tx, call.id, firm, None, &rules, Place::default()).await? {
        let used = ledger::cap_used(&mut tx, &cap, now).await?;
        left.push(whole::cap_line(&page, &cap, used));
    }
    let mut choices = Vec::new();
    for track in &rules.tracks {
        let mut choice = Choice::new(track.code.clone(), lang.of(&track.name_ko, &track.name_en));
        if let Some(quota) = track.quota_won {
            let cap = Cap::of_track(call.id.0, &track.code, quota);
            let used = ledger::cap_used(&mut tx, &cap, now).await?;
            choice.hint = cap.won_left(used).map(|won| page.t1("applications-quota-left", "won", page.won(won)));
        }
        choices.push(choice);
    }
    let mut view = FormPage::new(page, form, "/applications/new", "applications-start")
        .intro(name)
        .intro(closes)
        .intro(visitor.lang.t("applications-new-intro"))
        .field(Field::Hidden("call"));
    for line in left {
        view = view.field(Field::Inset(line));
    }
    // A call of one track never asks.
    if choices.len() > 1 {
        view = view.field(Field::Radios("track", choices));
    }
    view.answer()
}

/// A link from a call leads here; the firm that has begun already goes on where it was.
pub async fn show_new(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<NewQuery>) -> Answer {
    new_page(&app, &visitor, &actor, query.call, None).await
}

pub async fn start(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let form: StartForm = posted.read()?;
    let call: CallId = form.call.parse().map_err(|_| Refusal::not_found())?;
    let track = filled(&form.track);
    match actions::start(&app, &actor, call, track, posted.once).await {
        Ok(id) => Ok(redirect(format!("/applications/{id}"))),
        // Only the choice of a track is made here; every other refusal has a page of its own.
        Err(Trouble::Refused(refusal)) if refusal.field == Some("track") => {
            let form = posted.again(&visitor, "applications", Trouble::Refused(refusal))?;
            new_page(&app, &visitor, &actor, call, Some(form)).await
        }
        Err(trouble) => Err(trouble),
    }
}
