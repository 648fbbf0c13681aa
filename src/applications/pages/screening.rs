//! Screening: the rules with value, threshold and result, and the officer's decision.

use super::{Refused, names, reader, visible};
use crate::{
    app::App,
    applications::{
        ApplicationId, ApplicationState,
        actions::{self, Dossier},
        forms::ScreeningForm,
        rules::{SUPPLEMENT_ROUNDS, content, defects::DEFECTS},
        store::submission,
        views::{DefectGroup, ScreeningPage, checks, whole},
    },
    audit::{self, Act},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
    },
    programmes::Stage,
    web::{Answer, Choice, Form, Posted, Visitor, redirect_with, show_form},
};
use actix_web::web;

async fn screening_page(
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    id: ApplicationId,
    refused: Refused<'_>,
) -> Answer {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let application = visible(&mut tx, actor, id).await?;
    let state = application.state;
    if !matches!(state, ApplicationState::Submitted | ApplicationState::SupplementRequested) {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let dossier = Dossier::read(&mut tx, application, now).await?;
    let names = names(&mut tx).await?;
    let clash = audit::clash(&mut tx, actor, id.0, Act::Screened).await?;
    let rounds = submission::rounds(&mut tx, id).await?;
    let form = match refused {
        Some((posted, trouble)) => posted.again(visitor, "applications", trouble)?,
        None => Form::new(visitor, "applications"),
    };
    let page = visitor
        .page("applications-screening-title")
        .back_to(format!("/applications/{id}"), "applications-back")
        .with_form(&form);
    let differences = super::record::latest(&rounds);
    let differences = differences.map(|(a, b)| content::differences(&a.content, &b.content)).unwrap_or_default();
    let asked = dossier.supplement.as_ref().map_or(0, |asked| asked.round);
    let overdue = dossier.supplement.as_ref().is_some_and(|asked| now > asked.due_at);
    let supplements = dossier.rules().stages.supplement;
    let offered: &[&str] = match state {
        ApplicationState::Submitted if supplements && (asked < SUPPLEMENT_ROUNDS || dossier.next_round_allowed) => {
            &["eligible", "supplement", "ineligible"]
        }
        ApplicationState::Submitted => &["eligible", "ineligible"],
        _ if overdue => &["ineligible"],
        _ => &[],
    };
    let view = ScreeningPage {
        whole: whole::whole(&page, &dossier, &names, &reader(app)),
        checks: checks::check_views(
            &page,
            id,
            &dossier.rules().conditions,
            &dossier.checks_at(Stage::Screening, now, now),
        ),
        spot_check: dossier.waits_for_spot_check(),
        decisions: Choice::codes(page.lang, "application-decision", offered),
        clash: clash.map(|act| page.code("act", act)),
        differences: whole::difference_views(&page, &dossier, &names, differences),
        supplement: whole::supplement(&page, &dossier),
        defects: DEFECTS
            .iter()
            .filter(|(section, _)| dossier.has_section(*section))
            .map(|(section, codes)| DefectGroup {
                heading: page.code("application-section", *section),
                choices: codes
                    .iter()
                    .map(|code| Choice::new(format!("{section}:{code}"), page.code("application-defect", code)))
                    .collect(),
            })
            .collect(),
        application: dossier.application,
        page,
        form,
    };
    show_form(&view, &view.form)
}

pub async fn show(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ApplicationId>) -> Answer {
    screening_page(&app, &visitor, &actor, *id, None).await
}

pub async fn decide(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let screening = posted.read::<ScreeningForm>()?.parse()?;
        actions::screen(&app, &actor, *id, screening, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/applications/{id}"), "applications-flash-screened")),
        Err(trouble) => screening_page(&app, &visitor, &actor, *id, Some((&posted, trouble))).await,
    }
}
