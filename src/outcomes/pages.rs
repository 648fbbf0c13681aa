//! Doors of outcomes.

use super::{
    ReportId, actions,
    forms::{AnswerForm, MEASURED_ON, METHOD, ReportForm, VALUE},
    rules::{self, ReportState},
    store,
    views::{IndicatorView, ReportPage, ReportsPage},
};
use crate::{
    agreements,
    app::App,
    audit,
    core::{
        actor::Actor,
        calendar,
        refusal::{Outcome, Refusal},
        roles::Role,
        step::open_steps,
    },
    db::page::Cursor,
    organisations,
    web::{
        Answer, Choice, Door, Form, Need, Posted, Visitor, list::ListView, page::MenuEntry, redirect_with, show,
        show_form,
    },
};
use actix_web::web;

const SEES: &[Role] = &[Role::Firm, Role::Manager, Role::Auditor];

pub fn doors() -> Vec<Door> {
    vec![
        Door::get("/outcomes", Need::AnyOf(SEES), reports),
        Door::get("/outcomes/{id}", Need::AnyOf(SEES), report),
        Door::post("/outcomes/{id}/submit", Need::AnyOf(&[Role::Firm]), submit),
        Door::post("/outcomes/{id}/answer", Need::AnyOf(&[Role::Manager]), answer),
    ]
}

pub fn menu() -> Vec<MenuEntry> {
    vec![MenuEntry { path: "/outcomes", key: "outcomes-title", roles: SEES }]
}

#[derive(serde::Deserialize)]
pub struct Filter {
    #[serde(default)]
    state: String,
    #[serde(default)]
    after: String,
}

async fn reports(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<Filter>) -> Answer {
    let state: Option<ReportState> = query.state.parse().ok();
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let paged = store::list(&mut tx, &actor, state, after).await?;
    let page = visitor.page("outcomes-title");
    let chosen = state.map(ReportState::as_str).unwrap_or_default();
    let list = ListView::new(&page, &paged, "/outcomes", &[("state", chosen)], after);
    let mut states = vec![Choice::new("", page.t("outcomes-all-states"))];
    states.extend(Choice::codes(visitor.lang, "report-state", ReportState::ALL));
    show(&ReportsPage {
        filter: Form::with(&visitor, "outcomes", vec![("state", chosen.to_owned())]),
        page,
        reports: paged.rows,
        list,
        states,
        today: app.clock.today(calendar::ZONE),
        is_firm: actor.is(Role::Firm),
    })
}

/// The page of a report; `form` as it came back, or None to fill it with what is known.
async fn report_page(app: &App, visitor: &Visitor, actor: &Actor, id: ReportId, form: Option<Form>) -> Answer {
    let mut tx = app.db.read().await?;
    let report = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let agreement = agreements::get(&mut tx, report.agreement_id).await?;
    let firm = organisations::get(&mut tx, report.organisation_id).await?;
    let locked = agreements::indicators(&mut tx, report.agreement_id).await?;
    let measurements = store::measurements(&mut tx, id).await?;
    let history = audit::history_of_subject(&mut tx, id).await?;
    let indicators = IndicatorView::of(locked, &measurements);
    let steps = open_steps(rules::STEPS, report.state, &actor.roles);
    let form = form.unwrap_or_else(|| Form::with(visitor, "outcomes", known(&report, &indicators)));
    let page = visitor.page("outcomes-report-title").back_to("/outcomes", "outcomes-title").with_form(&form);
    let view = ReportPage {
        page,
        may_submit: steps.iter().any(|step| step.name == "submit"),
        may_answer: steps.iter().any(|step| step.name == "verify"),
        form,
        report,
        agreement,
        firm_name: firm.legal_name,
        indicators,
        history,
        today: app.clock.today(calendar::ZONE),
    };
    show_form(&view, &view.form)
}

/// What a returned report said, so that nothing is typed twice.
fn known(report: &store::Report, indicators: &[IndicatorView]) -> Vec<(&'static str, String)> {
    let mut values = Vec::new();
    for (place, indicator) in indicators.iter().enumerate() {
        if let Some(measured) = &indicator.measured {
            values.push((VALUE[place], crate::core::measure::show_milli(measured.value_milli)));
            values.push((MEASURED_ON[place], measured.measured_on.to_string()));
            values.push((METHOD[place], measured.method.to_string()));
        }
    }
    values.extend(report.active_users.map(|users| ("active_users", users.to_string())));
    values.extend(report.satisfaction.map(|given| ("satisfaction", given.to_string())));
    values.extend(report.would_pay.map(|yes| ("would_pay", if yes { "yes" } else { "no" }.to_owned())));
    values.push(("comment", report.comment.clone()));
    values
}

async fn report(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ReportId>) -> Answer {
    report_page(&app, &visitor, &actor, *id, None).await
}

async fn submit(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ReportId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let mut tx = app.db.read().await?;
        let report = store::find_visible(&mut tx, &actor, *id).await?.ok_or_else(Refusal::not_found)?;
        let agreement = agreements::get(&mut tx, report.agreement_id).await?;
        let locked = agreements::indicators(&mut tx, report.agreement_id).await?;
        drop(tx);
        let today = app.clock.today(calendar::ZONE);
        let new = posted.read::<ReportForm>()?.parse(&locked, agreement.starts_on, today)?;
        actions::submit(&app, &actor, *id, new, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/outcomes/{id}"), "outcomes-flash-submitted")),
        Err(trouble) => {
            let form = posted.again(&visitor, "outcomes", trouble)?;
            report_page(&app, &visitor, &actor, *id, Some(form)).await
        }
    }
}

async fn answer(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ReportId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<bool> = async {
        let answer = posted.read::<AnswerForm>()?.parse()?;
        actions::verify(&app, &actor, *id, answer.accept, &answer.note, posted.once).await?;
        Ok(answer.accept)
    }
    .await;
    let to = format!("/outcomes/{id}");
    match done {
        Ok(true) => Ok(redirect_with(to, "outcomes-flash-verified")),
        Ok(false) => Ok(redirect_with(to, "outcomes-flash-returned")),
        Err(trouble) => {
            let form = posted.again(&visitor, "outcomes", trouble)?;
            report_page(&app, &visitor, &actor, *id, Some(form)).await
        }
    }
}
