//! The desk: programmes and calls are set up, published, given up.

use super::{ListQuery, public::call_page};
use crate::{
    app::App,
    core::{
        actor::Actor,
        calendar::local_date,
        refusal::{Outcome, Refusal, Trouble},
        roles::Role,
    },
    db::page::Cursor,
    programmes::{
        CallId, ProgrammeId, actions,
        forms::*,
        rules::CallState,
        store::{self, Call},
        views::*,
    },
    web::{
        Answer, Choice, Form, Posted, Visitor,
        list::ListView,
        redirect, redirect_with, show,
        simple::{Field, FormPage},
    },
};
use actix_web::web;
use chrono::Datelike;
use chrono_tz::Tz;

const FIRM_CAP: &str = "200,000,000";

pub async fn programmes(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<ListQuery>) -> Answer {
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

pub async fn show_new_programme(app: web::Data<App>, visitor: Visitor) -> Answer {
    let year = local_date(app.clock.now(), crate::web::page::ZONE).year();
    let values = vec![("year", year.to_string()), ("firm_cap", FIRM_CAP.to_owned())];
    new_programme_page(&visitor, Form::with(&visitor, "programmes", values))
}

pub async fn make_programme(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
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

pub async fn programme(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ProgrammeId>) -> Answer {
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
    let form_page = FormPage::new(page, form, format!("/programmes/{programme}/calls/new"), "save")
        .intro(visitor.lang.t("programmes-new-call-intro"))
        .field(Field::Radios("preset", presets(visitor)))
        .field(Field::Text("code", "20"));
    window_fields(form_page, visitor)
        .link(format!("/programmes/{programme}/calls/import"), "programmes-import-title")
        .answer()
}

fn presets(visitor: &Visitor) -> Vec<Choice> {
    let choice = |preset: &Preset| {
        let code = preset.as_str();
        let hint = visitor.lang.code_word("call-preset-hint", code);
        Choice { hint: Some(hint), ..Choice::new(code, visitor.lang.code_word("call-preset", code)) }
    };
    Preset::ALL.iter().map(choice).collect()
}

/// Name, window and budget, as every form of a call asks for them.
pub fn window_fields(page: FormPage, visitor: &Visitor) -> FormPage {
    page.field(Field::Text("name_ko", "30"))
        .field(Field::Text("name_en", "30"))
        .field(Field::Date("opens_on"))
        .field(Field::Text("opens_time", "5"))
        .field(Field::Date("closes_on"))
        .field(Field::Text("closes_time", "5"))
        .field(Field::Number("grace_seconds", visitor.lang.t("programmes-unit-seconds")))
        .field(Field::Money("budget"))
}

/// What such a form holds of a call that is there.
pub fn window_values(call: &Call, zone: Tz) -> Vec<(&'static str, String)> {
    let at =
        |instant: chrono::DateTime<chrono::Utc>, shape: &str| instant.with_timezone(&zone).format(shape).to_string();
    vec![
        ("name_ko", call.name_ko.clone()),
        ("name_en", call.name_en.clone()),
        ("opens_on", at(call.opens_at, "%Y-%m-%d")),
        ("opens_time", at(call.opens_at, "%H:%M")),
        ("closes_on", at(call.closes_at, "%Y-%m-%d")),
        ("closes_time", at(call.closes_at, "%H:%M")),
        ("grace_seconds", call.grace_seconds.to_string()),
        ("budget", call.budget_won.to_string()),
    ]
}

async fn window_page(app: &App, visitor: &Visitor, id: CallId, form: Option<Form>) -> Answer {
    let mut tx = app.db.read().await?;
    let call = store::find_call(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    if call.state != CallState::Draft && form.is_none() {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let zone = store::get_programme(&mut tx, call.programme_id).await?.tz()?;
    let form = form.unwrap_or_else(|| Form::with(visitor, "programmes", window_values(&call, zone)));
    let page = visitor.page("programmes-window-title").back_to(format!("/calls/{id}"), "programmes-to-call");
    window_fields(FormPage::new(page, form, format!("/calls/{id}/window"), "save"), visitor).answer()
}

pub async fn show_window(app: web::Data<App>, visitor: Visitor, id: web::Path<CallId>) -> Answer {
    window_page(&app, &visitor, *id, None).await
}

pub async fn set_window(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<CallId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let zone = zone_of(&app, *id).await?;
        let new = posted.read::<WindowForm>()?.parse(zone, app.clock.now())?;
        actions::set_window(&app, &actor, *id, new, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/calls/{id}"), "programmes-flash-window-set")),
        Err(trouble) => window_page(&app, &visitor, *id, Some(posted.again(&visitor, "programmes", trouble)?)).await,
    }
}

/// The zone that the dates of a call are typed in.
pub async fn zone_of(app: &App, call: CallId) -> Outcome<Tz> {
    let mut tx = app.db.read().await?;
    let call = store::find_call(&mut tx, call).await?.ok_or_else(Refusal::not_found)?;
    Ok(store::get_programme(&mut tx, call.programme_id).await?.tz()?)
}

pub async fn show_new_call(app: web::Data<App>, visitor: Visitor, id: web::Path<ProgrammeId>) -> Answer {
    let mut tx = app.db.read().await?;
    store::find_programme(&mut tx, *id).await?.ok_or_else(Refusal::not_found)?;
    let values = [
        ("preset", Preset::ReviewedProject.as_str()),
        ("opens_time", "10:00"),
        ("closes_time", "15:00"),
        ("grace_seconds", "600"),
    ];
    let values = values.map(|(name, value)| (name, value.to_owned())).to_vec();
    new_call_page(&visitor, *id, Form::with(&visitor, "programmes", values))
}

pub async fn make_call(
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

pub async fn publish(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<CallId>,
    posted: Posted,
) -> Answer {
    match actions::publish(&app, &actor, *id, posted.once).await {
        Ok(()) => Ok(redirect_with(format!("/calls/{id}"), "programmes-flash-published")),
        // Back to the call afterwards: the button is pressed again by somebody who was just proven.
        Err(Trouble::Refused(refusal)) if refusal.key == "refusal-proof-needed" => {
            Ok(redirect(format!("/prove?next=/calls/{id}")))
        }
        Err(trouble) => call_page(&app, &visitor, *id, posted.again(&visitor, "programmes", trouble)?).await,
    }
}

pub async fn cancel(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<CallId>,
    posted: Posted,
) -> Answer {
    match actions::cancel(&app, &actor, *id, posted.once).await {
        Ok(()) => Ok(redirect_with(format!("/calls/{id}"), "programmes-flash-cancelled")),
        Err(trouble) => call_page(&app, &visitor, *id, posted.again(&visitor, "programmes", trouble)?).await,
    }
}
