//! Doors of programmes: the home page, public calls, and the desk where programmes and calls are set up.

use super::{CallId, ProgrammeId, actions, forms::*, rules::*, store, views::*};
use crate::{
    app::App,
    core::{
        actor::Actor,
        calendar::local_date,
        refusal::{Outcome, Refusal, Trouble},
        roles::Role,
    },
    db::page::Cursor,
    ledger::{self, Account, AccountKind},
    web::{
        Answer, Door, Form, Link, Need, Posted, Visitor,
        list::ListView,
        page::MenuEntry,
        redirect, redirect_with, show, show_form,
        simple::{Field, FormPage},
    },
};
use actix_web::web;
use chrono::Datelike;

const ADMIN: Need = Need::AnyOf(&[Role::Admin]);
/// Who sees programmes as they are set up, drafts included.
const DESK: &[Role] = &[Role::Admin, Role::Manager, Role::Auditor];
const FIRM_CAP: &str = "200,000,000";

pub fn doors() -> Vec<Door> {
    vec![
        Door::get("/", Need::Nobody, home),
        Door::get("/calls", Need::Nobody, calls),
        Door::get("/calls/{id}", Need::Nobody, call),
        Door::get("/programmes", Need::AnyOf(DESK), programmes),
        Door::get("/programmes/new", ADMIN, show_new_programme),
        Door::post("/programmes/new", ADMIN, make_programme),
        Door::get("/programmes/{id}", Need::AnyOf(DESK), programme),
        Door::get("/programmes/{id}/calls/new", ADMIN, show_new_call),
        Door::post("/programmes/{id}/calls/new", ADMIN, make_call),
        Door::get("/calls/{id}/settings", ADMIN, show_settings),
        Door::post("/calls/{id}/settings", ADMIN, change_rules),
        Door::post("/calls/{id}/publish", Need::AnyOf(&[Role::Manager]), publish),
        Door::post("/calls/{id}/cancel", ADMIN, cancel),
    ]
}

pub fn menu() -> Vec<MenuEntry> {
    vec![
        MenuEntry { path: "/calls", key: "programmes-calls-title", roles: &[] },
        MenuEntry { path: "/programmes", key: "programmes-title", roles: DESK },
    ]
}

fn reader(visitor: &Visitor) -> Reader {
    match &visitor.actor {
        None => Reader::Outsider,
        Some(actor) if actor.is_staff() || actor.is(Role::Adviser) => Reader::Staff,
        Some(actor) if actor.is(Role::Vendor) => Reader::Vendor,
        Some(actor) if actor.is(Role::Firm) => Reader::Firm,
        Some(_) => Reader::Newcomer,
    }
}

async fn home(app: web::Data<App>, visitor: Visitor) -> Answer {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let calls = store::open_calls(&mut tx, now).await?;
    let page = visitor.page("programmes-home-title");
    let lines = calls.into_iter().map(|call| CallLine::new(&page, call, now)).collect();
    let work = page.nav.iter().filter(|item| item.href != "/calls");
    let work = work.map(|item| Link { href: item.href.clone(), label: item.label.clone() }).collect();
    show(&HomePage { page, lines, reader: reader(&visitor), work })
}

#[derive(serde::Deserialize)]
struct ListQuery {
    #[serde(default)]
    after: String,
}

async fn calls(app: web::Data<App>, visitor: Visitor, query: web::Query<ListQuery>) -> Answer {
    let now = app.clock.now();
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let paged = store::published(&mut tx, after).await?;
    let page = visitor.page("programmes-calls-title");
    let list = ListView::new(&page, &paged, "/calls", &[], after);
    let lines = paged.rows.into_iter().map(|call| CallLine::new(&page, call, now)).collect();
    show(&CallsPage { page, lines, list })
}

async fn call_page(app: &App, visitor: &Visitor, id: CallId, form: Form) -> Answer {
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
                may_change: actor.is(Role::Admin) && call.state != CallState::Cancelled,
                may_cancel: actor.is(Role::Admin) && is_draft,
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
    let view = CallPage { page, form, line, programme, rules, reader: reader(visitor), desk };
    show_form(&view, &view.form)
}

async fn call(app: web::Data<App>, visitor: Visitor, id: web::Path<CallId>) -> Answer {
    let form = Form::new(&visitor, "programmes");
    call_page(&app, &visitor, *id, form).await
}

async fn programmes(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<ListQuery>) -> Answer {
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let paged = store::programmes(&mut tx, after).await?;
    let page = visitor.page("programmes-title");
    let list = ListView::new(&page, &paged, "/programmes", &[], after);
    show(&ProgrammesPage { page, programmes: paged.rows, list, may_add: actor.is(Role::Admin) })
}

fn new_programme_page(visitor: &Visitor, form: Form) -> Answer {
    let page = visitor.page("programmes-new").back_to("/programmes", "programmes-title");
    FormPage::new(page, form, "/programmes/new", "save")
        .field(Field::Text("code", "20"))
        .field(Field::Text("name_ko", "30"))
        .field(Field::Text("name_en", "30"))
        .field(Field::Number("year", String::new()))
        .field(Field::Money("firm_cap"))
        .answer()
}

async fn show_new_programme(app: web::Data<App>, visitor: Visitor) -> Answer {
    let year = local_date(app.clock.now(), crate::web::page::ZONE).year();
    let values = vec![("year", year.to_string()), ("firm_cap", FIRM_CAP.to_owned())];
    new_programme_page(&visitor, Form::with(&visitor, "programmes", values))
}

async fn make_programme(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let made: Outcome<ProgrammeId> = async {
        let new = posted.read::<ProgrammeForm>()?.parse()?;
        actions::make_programme(&app, &actor, new, posted.once).await
    }
    .await;
    match made {
        Ok(id) => Ok(redirect_with(format!("/programmes/{id}"), "programmes-flash-programme-made")),
        Err(trouble) => new_programme_page(&visitor, posted.again(&visitor, "programmes", trouble)?),
    }
}

async fn programme(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ProgrammeId>) -> Answer {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let programme = store::find_programme(&mut tx, *id).await?.ok_or_else(Refusal::not_found)?;
    let calls = store::calls_of(&mut tx, *id).await?;
    let history = crate::audit::history(&mut tx, *id).await?;
    let page = visitor.page_titled(programme.name(visitor.lang)).back_to("/programmes", "programmes-title");
    let lines = calls.into_iter().map(|call| CallLine::new(&page, call, now)).collect();
    show(&ProgrammePage { page, programme, lines, history, may_add: actor.is(Role::Admin) })
}

fn new_call_page(visitor: &Visitor, programme: ProgrammeId, form: Form) -> Answer {
    let page =
        visitor.page("programmes-new-call").back_to(format!("/programmes/{programme}"), "programmes-to-programme");
    FormPage::new(page, form, format!("/programmes/{programme}/calls/new"), "save")
        .intro(visitor.lang.t("programmes-new-call-intro"))
        .field(Field::Text("code", "20"))
        .field(Field::Text("name_ko", "30"))
        .field(Field::Text("name_en", "30"))
        .field(Field::Date("opens_on"))
        .field(Field::Text("opens_time", "5"))
        .field(Field::Date("closes_on"))
        .field(Field::Text("closes_time", "5"))
        .field(Field::Number("grace_seconds", visitor.lang.t("programmes-unit-seconds")))
        .field(Field::Money("budget"))
        .answer()
}

async fn show_new_call(app: web::Data<App>, visitor: Visitor, id: web::Path<ProgrammeId>) -> Answer {
    let mut tx = app.db.read().await?;
    store::find_programme(&mut tx, *id).await?.ok_or_else(Refusal::not_found)?;
    let values = [("opens_time", "10:00"), ("closes_time", "15:00"), ("grace_seconds", "600")];
    let values = values.map(|(name, value)| (name, value.to_owned())).to_vec();
    new_call_page(&visitor, *id, Form::with(&visitor, "programmes", values))
}

async fn make_call(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ProgrammeId>,
    posted: Posted,
) -> Answer {
    let made: Outcome<CallId> = async {
        let mut tx = app.db.read().await?;
        let programme = store::find_programme(&mut tx, *id).await?.ok_or_else(Refusal::not_found)?;
        drop(tx);
        let form = posted.read::<CallForm>()?;
        let new = form.parse(programme.tz()?, app.clock.now(), programme.firm_cap_won)?;
        actions::make_call(&app, &actor, *id, new, posted.once).await
    }
    .await;
    match made {
        Ok(call) => Ok(redirect_with(format!("/calls/{call}"), "programmes-flash-call-made")),
        Err(trouble) => new_call_page(&visitor, *id, posted.again(&visitor, "programmes", trouble)?),
    }
}

async fn settings_page(app: &App, visitor: &Visitor, id: CallId, form: Option<Form>) -> Answer {
    let mut tx = app.db.read().await?;
    let call = store::find_call(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let rules = store::rules_at(&mut tx, id, call.version).await?;
    let form = form.unwrap_or_else(|| Form::with(visitor, "programmes", rule_values(call.version, &rules)));
    let page =
        visitor.page("programmes-settings").back_to(format!("/calls/{id}"), "programmes-to-call").with_form(&form);
    let versions = VersionLine::all(&page, store::versions(&mut tx, id).await?);
    let view = SettingsPage { page, form, call, rules, versions };
    show_form(&view, &view.form)
}

fn rule_values(version: i64, rules: &CallRules) -> Vec<(&'static str, String)> {
    let mut values = vec![
        ("version", version.to_string()),
        ("support_max", rules.support_max_won.to_string()),
        ("share_sme", percent(rules.share_max_sme)),
        ("share_mid_sized", percent(rules.share_max_mid_sized)),
        ("large_firms", if rules.large_firms { "yes" } else { "no" }.to_owned()),
        ("pass_mark", rules.pass_mark.to_string()),
        ("reviewers", rules.reviewers.to_string()),
        ("supplement_days", rules.supplement_days.to_string()),
        ("agreement_answer_days", rules.agreement_answer_days.to_string()),
        ("objection_days", rules.objection_days.to_string()),
        ("term_months", rules.term_months.to_string()),
    ];
    let required = rules.documents.iter().filter(|rule| rule.required);
    values.extend(required.map(|rule| ("documents", rule.kind.clone())));
    values
}

async fn show_settings(app: web::Data<App>, visitor: Visitor, id: web::Path<CallId>) -> Answer {
    settings_page(&app, &visitor, *id, None).await
}

async fn change_rules(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<CallId>,
    posted: Posted,
) -> Answer {
    let mut tx = app.db.read().await?;
    let call = store::find_call(&mut tx, *id).await?.ok_or_else(Refusal::not_found)?;
    let present = store::rules_at(&mut tx, *id, call.version).await?;
    drop(tx);
    let changed: Outcome<i64> = async {
        let (version, rules) = posted.read::<RulesForm>()?.parse(&present)?;
        actions::change_rules(&app, &actor, *id, version, rules, posted.once).await
    }
    .await;
    match changed {
        Ok(_) => Ok(redirect_with(format!("/calls/{id}/settings"), "programmes-flash-rules-changed")),
        Err(trouble) => {
            let form = posted.again_after(&visitor, "programmes", trouble, call.version)?;
            settings_page(&app, &visitor, *id, Some(form)).await
        }
    }
}

async fn publish(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<CallId>, posted: Posted) -> Answer {
    match actions::publish(&app, &actor, *id, posted.once).await {
        Ok(()) => Ok(redirect_with(format!("/calls/{id}"), "programmes-flash-published")),
        // Back to the call afterwards: the button is pressed again by somebody who was just proven.
        Err(Trouble::Refused(refusal)) if refusal.key == "refusal-proof-needed" => {
            Ok(redirect(format!("/prove?next=/calls/{id}")))
        }
        Err(trouble) => call_page(&app, &visitor, *id, posted.again(&visitor, "programmes", trouble)?).await,
    }
}

async fn cancel(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<CallId>, posted: Posted) -> Answer {
    match actions::cancel(&app, &actor, *id, posted.once).await {
        Ok(()) => Ok(redirect_with(format!("/calls/{id}"), "programmes-flash-cancelled")),
        Err(trouble) => call_page(&app, &visitor, *id, posted.again(&visitor, "programmes", trouble)?).await,
    }
}
