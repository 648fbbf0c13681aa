//! What everybody reads: the home page, the list of calls, a call.

use super::{DESK, ListQuery};
use crate::{
    app::App,
    core::{refusal::Refusal, roles::Role},
    db::page::Cursor,
    ledger::{self, Account, AccountKind},
    programmes::{
        CallId,
        rules::*,
        store::{self, changes},
        views::*,
    },
    web::{Answer, Form, Link, Visitor, list::ListView, show, show_form},
};
use actix_web::web;

fn reader(visitor: &Visitor) -> Reader {
    match &visitor.actor {
        None => Reader::Outsider,
        Some(actor) if actor.is_staff() => Reader::Staff,
        Some(actor) if actor.is(Role::Vendor) => Reader::Vendor,
        Some(actor) if actor.is(Role::Firm) => Reader::Firm,
        Some(_) => Reader::Newcomer,
    }
}

pub async fn home(app: web::Data<App>, visitor: Visitor) -> Answer {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let calls = store::open_calls(&mut tx, now).await?;
    let page = visitor.page("programmes-home-title");
    let lines = calls.into_iter().map(|call| CallLine::new(&page, call, now)).collect();
    let work = page.nav.iter().filter(|item| item.href != "/calls");
    let work = work.map(|item| Link { href: item.href.clone(), label: item.label.clone() }).collect();
    show(&HomePage { page, lines, reader: reader(&visitor), work })
}

pub async fn calls(app: web::Data<App>, visitor: Visitor, query: web::Query<ListQuery>) -> Answer {
    let now = app.clock.now();
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let paged = store::published(&mut tx, after).await?;
    let page = visitor.page("programmes-calls-title");
    let list = ListView::new(&page, &paged, "/calls", &[], after);
    let lines = paged.rows.into_iter().map(|call| CallLine::new(&page, call, now)).collect();
    show(&CallsPage { page, lines, list })
}

pub async fn call_page(app: &App, visitor: &Visitor, id: CallId, form: Form) -> Answer {
    let now = app.clock.now();
    let actor = visitor.actor.as_ref().filter(|actor| actor.is_any(DESK));
    let mut tx = app.db.read().await?;
    let call = store::visible_call(&mut tx, id, actor.is_some()).await?.ok_or_else(Refusal::not_found)?;
    let programme = store::get_programme(&mut tx, call.programme_id).await?;
    let rules = store::rules_at(&mut tx, id, call.version).await?;
    let desk = match actor {
        None => None,
        Some(actor) => {
            let is_draft = call.state == CallState::Draft;
            let budget = Account { kind: AccountKind::Budget, owner: id.0, scope: id.0 };
            let prepared_it = store::prepared_by(&mut tx, id, actor.id).await?;
            Some(CallDesk {
                free: ledger::balance(&mut tx, budget).await?,
                history: crate::audit::history(&mut tx, id).await?,
                is_admin: actor.is(Role::Admin),
                simulates: actor.is_any(&[Role::Admin, Role::Manager]),
                is_draft,
                is_published: call.state == CallState::Published,
                changes: changes::all(&mut tx, id).await?,
                may_publish: actor.is(Role::Manager) && is_draft && !prepared_it,
                sees_ledger: actor.is_any(&[Role::Manager, Role::Auditor]) && !is_draft,
                prepared_it: is_draft && prepared_it,
            })
        }
    };
    let mut page = visitor.page_titled(call.name(visitor.lang)).with_form(&form);
    page = match actor {
        Some(_) => page.back_to(format!("/programmes/{}", programme.id), "programmes-to-programme"),
        None => page.back_to("/calls", "programmes-calls-title"),
    };
    let line = CallLine::new(&page, call, now);
    let extensions = changes::extensions(&mut tx, id).await?;
    let view = CallPage { page, form, line, extensions, programme, rules, reader: reader(visitor), desk };
    show_form(&view, &view.form)
}

pub async fn call(app: web::Data<App>, visitor: Visitor, id: web::Path<CallId>) -> Answer {
    let form = Form::new(&visitor, "programmes");
    call_page(&app, &visitor, *id, form).await
}
