//! Preview of a draft call: staff make test applications and read what its conditions say about them.

use crate::{
    app::App,
    applications::{
        ApplicationId, ApplicationState,
        actions::{self, Dossier},
        forms::TestForm,
        rules::{
            conditions::Check,
            course::{CourseDays, course},
        },
        store::{self, preview},
        views::{self, PreviewPage, PreviewWalkPage, TestView, checks, whole},
    },
    core::{
        actor::Actor,
        calendar,
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    organisations::VatType,
    programmes::{self, CallId, CallState, FirmClass},
    reference, vendors,
    web::{Answer, Choice, Form, Posted, Visitor, redirect_with, show as show_page, show_form},
};
use actix_web::web;
use uuid::Uuid;

async fn page_of(app: &App, visitor: &Visitor, actor: &Actor, id: CallId, form: Option<Form>) -> Answer {
    let mut tx = app.db.read().await?;
    let call = programmes::find_call(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let rules = programmes::rules_at(&mut tx, id, call.version).await?;
    let packages = vendors::choosable_packages(&mut tx, app.clock.today(crate::web::page::ZONE), None).await?;
    let tests = preview::of_call(&mut tx, id).await?;
    let form = form.unwrap_or_else(|| {
        let name = visitor.lang.t_with("applications-test-name", &[("number", (tests.len() + 1).to_string())]);
        Form::with(visitor, "applications", vec![("test_firm", name)])
    });
    let page = visitor
        .page("applications-preview-title")
        .back_to(format!("/calls/{id}"), "programmes-to-call")
        .with_form(&form);
    let none = ApplicationId(Uuid::nil());
    let view = |test: preview::Test| {
        let checks = test.checks.0.iter().cloned().map(Check::from);
        let id = format!("test-{}", test.checked_at.timestamp_micros());
        TestView {
            id,
            checks: checks::check_views(&page, none, &rules.conditions, &checks.collect::<Vec<Check>>()),
            test,
        }
    };
    let tests = tests.into_iter().map(view).collect();
    let lang = page.lang;
    let mut offers = vec![Choice::new("", page.t("choose-one"))];
    offers.extend(packages.iter().take(100).map(|package| {
        Choice::new(package.package_id.to_string(), format!("{} · {}", package.solution_name, package.package_name))
    }));
    let mut tracks = vec![Choice::new("", page.t("choose-one"))];
    tracks.extend(
        rules.tracks.iter().map(|track| Choice::new(track.code.clone(), lang.of(&track.name_ko, &track.name_en))),
    );
    let view = PreviewPage {
        classes: Choice::codes(lang, "application-size", FirmClass::ALL),
        vat_types: Choice::codes(lang, "vat-type", VatType::ALL),
        has_tracks: rules.tracks.len() > 1,
        tracks,
        packages: offers,
        may_try: actor.is(Role::Admin) && call.state == CallState::Draft,
        tests,
        page,
        form,
        call,
    };
    show_form(&view, &view.form)
}

pub async fn show(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<CallId>) -> Answer {
    page_of(&app, &visitor, &actor, *id, None).await
}

pub async fn try_out(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<CallId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<ApplicationId> = async {
        let new = posted.read::<TestForm>()?.parse()?;
        actions::try_out(&app, &actor, *id, new, posted.once).await
    }
    .await;
    match done {
        Ok(_) => Ok(redirect_with(format!("/calls/{id}/preview"), "applications-flash-tried")),
        Err(trouble) => {
            page_of(&app, &visitor, &actor, *id, Some(posted.again(&visitor, "applications", trouble)?)).await
        }
    }
}

/// A test as its firm would see it, part by part.
pub async fn walk(app: web::Data<App>, visitor: Visitor, path: web::Path<(CallId, ApplicationId)>) -> Answer {
    let (call, id) = path.into_inner();
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    if !preview::is_test_of(&mut tx, call, id).await? {
        return Err(Refusal::not_found().into());
    }
    let application = store::get(&mut tx, id).await?;
    let dossier = Dossier::read(&mut tx, application, now).await?;
    let names = super::names(&mut tx).await?;
    let holidays = reference::holidays(&mut tx).await?;
    let page = visitor
        .page_titled(dossier.application.title.clone())
        .back_to(format!("/calls/{call}/preview"), "applications-preview-title");
    let opens = dossier.around.opens_at;
    let found = dossier.checks(opens, opens);
    let seen = checks::check_views(&page, id, &dossier.rules().conditions, &found);
    let sections: Vec<_> = found.iter().map(|check| check.section).collect();
    let days = CourseDays {
        closes: calendar::local_date(dossier.around.closes_at, dossier.zone),
        submitted: Some(calendar::local_date(opens, dossier.zone)),
        supplement_due: None,
        decided: None,
        screening_days: u32::try_from(dossier.rules().timers.screening_days).unwrap_or_default(),
        agreement_answer_days: dossier.rules().agreement_answer_days,
        term_months: dossier.rules().term_months,
        holidays: &holidays,
    };
    show_page(&PreviewWalkPage {
        tasks: views::tasks(&page, &dossier, &seen, &sections),
        whole: whole::whole(&page, &dossier, &names, &super::reader(&app)),
        course: whole::course_views(&page, course(ApplicationState::Submitted, days)),
        call_name: page.lang.of(&dossier.around.call_name_ko, &dossier.around.call_name_en).to_owned(),
        checks: seen,
        page,
    })
}

pub async fn clear(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<CallId>,
    posted: Posted,
) -> Answer {
    match actions::clear_tests(&app, &actor, *id, posted.once).await {
        Ok(()) => Ok(redirect_with(format!("/calls/{id}/preview"), "applications-flash-cleared")),
        Err(trouble) => {
            page_of(&app, &visitor, &actor, *id, Some(posted.again(&visitor, "applications", trouble)?)).await
        }
    }
}
