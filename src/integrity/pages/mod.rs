//! Doors of integrity: checks, flags and jobs here, recoveries and sanctions beside.

mod recoveries;
mod sanctions;

use super::{
    FlagId, actions,
    forms::EndForm,
    rules::{FLAG_STEPS, FlagState},
    store,
    store::runs,
    views::{ChecksPage, FlagPage, FlagsPage, JobsPage},
};
use crate::{
    app::App,
    audit,
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        roles::Role,
        step::open_steps,
    },
    db::page::Cursor,
    ledger,
    outbox::{self, OutboxState},
    web::{
        Answer, Choice, Door, Form, Need, Posted, Visitor, list::ListView, page::MenuEntry, redirect_with, show,
        show_form,
    },
};
use actix_web::web;
use uuid::Uuid;

/// How many runs the page lists.
const RUNS_SHOWN: i64 = 14;
const CHECKERS: &[Role] = &[Role::Auditor, Role::Admin];
const SEES_FLAGS: &[Role] = &[Role::Screener, Role::Manager, Role::Auditor];

pub fn doors() -> Vec<Door> {
    let mut doors = vec![
        Door::get("/integrity", Need::AnyOf(CHECKERS), checks),
        Door::post("/integrity/run", Need::AnyOf(CHECKERS), run),
        Door::get("/integrity/flags", Need::AnyOf(SEES_FLAGS), flags),
        Door::get("/integrity/flags/{id}", Need::AnyOf(SEES_FLAGS), flag),
        Door::post("/integrity/flags/{id}/end", Need::AnyOf(&[Role::Manager]), end_flag),
        Door::get("/jobs", Need::AnyOf(CHECKERS), jobs),
        Door::post("/jobs/{id}/retry", Need::AnyOf(&[Role::Admin]), retry_job),
    ];
    doors.extend(recoveries::doors());
    doors.extend(sanctions::doors());
    doors
}

pub fn menu() -> Vec<MenuEntry> {
    let mut menu = recoveries::menu();
    menu.extend(sanctions::menu());
    menu.extend([
        MenuEntry { path: "/integrity/flags", key: "integrity-flags-title", roles: SEES_FLAGS },
        MenuEntry { path: "/integrity", key: "integrity-title", roles: CHECKERS },
        MenuEntry { path: "/jobs", key: "integrity-jobs-title", roles: CHECKERS },
    ]);
    menu
}

#[derive(serde::Deserialize)]
pub struct Filter {
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    after: String,
}

async fn checks_page(app: &App, visitor: &Visitor, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let latest = runs::latest(&mut tx, RUNS_SHOWN).await?;
    let results = match latest.first() {
        Some(run) => runs::results(&mut tx, run.id).await?,
        None => Vec::new(),
    };
    let is_stopped = ledger::release_stop(&mut tx).await?.is_some();
    let view =
        ChecksPage { page: visitor.page("integrity-title").with_form(&form), form, runs: latest, results, is_stopped };
    show_form(&view, &view.form)
}

async fn checks(app: web::Data<App>, visitor: Visitor) -> Answer {
    let form = Form::new(&visitor, "integrity");
    checks_page(&app, &visitor, form).await
}

async fn run(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    match actions::check(&app, &actor, posted.once).await {
        Ok(report) if report.holds() => Ok(redirect_with("/integrity", "integrity-flash-sound")),
        Ok(_) => Ok(crate::web::redirect("/integrity")),
        Err(trouble) => checks_page(&app, &visitor, posted.again(&visitor, "integrity", trouble)?).await,
    }
}

async fn flags(app: web::Data<App>, visitor: Visitor, query: web::Query<Filter>) -> Answer {
    // Without a choice: what waits for somebody.
    let asked = query.state.as_deref().unwrap_or("raised");
    let state: Option<FlagState> = asked.parse().ok();
    let chosen = state.map_or("all", FlagState::as_str);
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let paged = store::flags(&mut tx, state, after).await?;
    let page = visitor.page("integrity-flags-title");
    let list = ListView::new(&page, &paged, "/integrity/flags", &[("state", chosen)], after);
    let mut states = Choice::codes(visitor.lang, "flag-state", FlagState::ALL);
    states.push(Choice::new("all", page.t("integrity-all-states")));
    show(&FlagsPage {
        filter: Form::with(&visitor, "integrity", vec![("state", chosen.to_owned())]),
        rules: store::by_rule(&mut tx).await?,
        page,
        flags: paged.rows,
        list,
        states,
    })
}

async fn flag_page(app: &App, visitor: &Visitor, actor: &Actor, id: FlagId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let flag = store::find_flag(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let history = audit::history_of_subject(&mut tx, id).await?;
    let title = visitor.lang.code_word("risk-rule", flag.rule.as_str());
    let page = visitor.page_titled(title).back_to("/integrity/flags", "integrity-flags-title").with_form(&form);
    let may_end = !open_steps(FLAG_STEPS, flag.state, &actor.roles).is_empty();
    let view = FlagPage { page, form, flag, history, may_end };
    show_form(&view, &view.form)
}

async fn flag(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<FlagId>) -> Answer {
    let form = Form::new(&visitor, "integrity");
    flag_page(&app, &visitor, &actor, *id, form).await
}

async fn end_flag(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<FlagId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<FlagState> = async {
        let end = posted.read::<EndForm>()?.parse()?;
        actions::end_flag(&app, &actor, *id, end.step, &end.reason, posted.once).await
    }
    .await;
    let to = format!("/integrity/flags/{id}");
    match done {
        Ok(FlagState::Confirmed) => Ok(redirect_with(to, "integrity-flash-confirmed")),
        Ok(_) => Ok(redirect_with(to, "integrity-flash-cleared")),
        Err(trouble) => flag_page(&app, &visitor, &actor, *id, posted.again(&visitor, "integrity", trouble)?).await,
    }
}

async fn jobs(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<Filter>) -> Answer {
    let state = query.state.as_deref().and_then(|text| text.parse().ok()).unwrap_or(OutboxState::Stuck);
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let paged = outbox::page(&mut tx, state, after).await?;
    let page = visitor.page("integrity-jobs-title");
    let list = ListView::new(&page, &paged, "/jobs", &[("state", state.as_str())], after);
    show(&JobsPage {
        filter: Form::with(&visitor, "integrity", vec![("state", state.to_string())]),
        states: Choice::codes(visitor.lang, "job-state", OutboxState::ALL),
        page,
        jobs: paged.rows,
        list,
        may_retry: actor.is(Role::Admin),
    })
}

async fn retry_job(app: web::Data<App>, actor: Actor, id: web::Path<Uuid>, _posted: Posted) -> Answer {
    actions::retry_job(&app, &actor, *id).await?;
    Ok(redirect_with("/jobs", "integrity-flash-retried"))
}
