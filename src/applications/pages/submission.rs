//! Review, certification and submission; withdrawal.

use super::{Refused, again, edit, names, open_draft, reader, visible};
use crate::{
    app::App,
    applications::{
        ApplicationId,
        actions::{self, Edit},
        forms::{ReasonForm, SubmitForm, VersionForm},
        rules::STEPS,
        views::{ReviewPage, checks, whole},
    },
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        step::open_steps,
    },
    web::{
        Answer, Form, Posted, Visitor, redirect_with, show_form,
        simple::{Field, FormPage},
    },
};
use actix_web::web;

async fn review_page(app: &App, visitor: &Visitor, actor: &Actor, id: ApplicationId, refused: Refused<'_>) -> Answer {
    let mut tx = app.db.read().await?;
    let dossier = open_draft(app, &mut tx, actor, id).await?;
    let names = names(&mut tx).await?;
    let form = match refused {
        Some((posted, trouble)) => again(visitor, posted, trouble, &dossier.application)?,
        None => Form::new(visitor, "applications"),
    };
    let page = visitor
        .page("applications-review-title")
        .back_to(format!("/applications/{id}"), "applications-tasks")
        .with_form(&form);
    let checks = dossier.checks(visitor.arrived_at, app.clock.now());
    let view = ReviewPage {
        whole: whole::whole(&page, &dossier, &names, &reader(app)),
        checks: checks::check_views(&page, id, &dossier.rules().conditions, &checks),
        certified: dossier.certified()?,
        certification: dossier.certification.clone(),
        is_preparer: dossier.certification.as_ref().is_some_and(|held| held.prepared_by == actor.id),
        answers_supplement: dossier.application.receipt_no.is_some(),
        closes_at: dossier.around.closes_at,
        version: dossier.application.version,
        page,
        form,
        id,
    };
    show_form(&view, &view.form)
}

pub async fn show_review(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ApplicationId>) -> Answer {
    review_page(&app, &visitor, &actor, *id, None).await
}

pub async fn submit(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<_> = async {
        let version = posted.read::<SubmitForm>()?.parse()?;
        let edit = Edit { id: *id, version, once: posted.once, auto: false };
        actions::submit(&app, &actor, edit, visitor.arrived_at).await
    }
    .await;
    match done {
        Ok(_) => Ok(redirect_with(format!("/applications/{id}/receipt"), "applications-flash-submitted")),
        Err(trouble) => review_page(&app, &visitor, &actor, *id, Some((&posted, trouble))).await,
    }
}

/// The two acts of a certification: `act` on the version that the page showed, and back to the review.
async fn certification(
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    id: ApplicationId,
    posted: Posted,
    prepares: bool,
) -> Answer {
    let done: Outcome<()> = async {
        posted.read::<VersionForm>()?;
        let edit = edit(id, &posted, false)?;
        if prepares { actions::prepare(app, actor, edit).await } else { actions::certify(app, actor, edit).await }
    }
    .await;
    let flash = if prepares { "applications-flash-prepared" } else { "applications-flash-certified" };
    match done {
        Ok(()) => Ok(redirect_with(format!("/applications/{id}/submit"), flash)),
        Err(trouble) => review_page(app, visitor, actor, id, Some((&posted, trouble))).await,
    }
}

pub async fn prepare(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    certification(&app, &visitor, &actor, *id, posted, true).await
}

pub async fn certify(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    certification(&app, &visitor, &actor, *id, posted, false).await
}

async fn withdraw_page(app: &App, visitor: &Visitor, actor: &Actor, id: ApplicationId, refused: Refused<'_>) -> Answer {
    let mut tx = app.db.read().await?;
    let application = visible(&mut tx, actor, id).await?;
    if !open_steps(STEPS, application.state, &actor.roles).iter().any(|step| step.name == "withdraw") {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let form = match refused {
        Some((posted, trouble)) => posted.again(visitor, "applications", trouble)?,
        None => Form::new(visitor, "applications"),
    };
    let page = visitor.page("applications-withdraw-title").back_to(format!("/applications/{id}"), "applications-back");
    FormPage::new(page, form, format!("/applications/{id}/withdraw"), "applications-withdraw")
        .intro(application.receipt_no.unwrap_or(application.title))
        .intro(visitor.lang.t("applications-withdraw-intro"))
        .field(Field::Textarea("reason", "4"))
        .warning()
        .answer()
}

pub async fn show_withdraw(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
) -> Answer {
    withdraw_page(&app, &visitor, &actor, *id, None).await
}

pub async fn withdraw(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let reason = posted.read::<ReasonForm>()?.parse()?;
        actions::withdraw(&app, &actor, *id, &reason, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/applications/{id}"), "applications-flash-withdrawn")),
        Err(trouble) => withdraw_page(&app, &visitor, &actor, *id, Some((&posted, trouble))).await,
    }
}
