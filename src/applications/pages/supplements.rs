//! What the firm answers to a supplement, part by part; and a manager's leave for a further round.

use super::{Refused, again, edit, find_dossier, open_draft};
use crate::{
    app::App,
    applications::{
        ApplicationId, ApplicationState, actions,
        actions::Dossier,
        forms::ReasonForm,
        rules::{SUPPLEMENT_ROUNDS, SUPPLEMENT_ROUNDS_MAX, Section, merging::Fields},
        views::{SupplementField, SupplementPage, whole},
    },
    core::{
        actor::Actor,
        form::FormErrors,
        refusal::{Outcome, Refusal},
    },
    web::{
        Answer, Form, Posted, Visitor, redirect_with, show_form,
        simple::{Field, FormPage},
    },
};
use actix_web::web;

/// The field in which the answer for a part stands; None is the whole application.
fn field(section: Option<Section>) -> &'static str {
    match section {
        None => "answer_whole",
        Some(Section::UseCase) => "answer_use_case",
        Some(Section::Workload) => "answer_workload",
        Some(Section::Indicators) => "answer_indicators",
        Some(Section::Solution) => "answer_solution",
        Some(Section::Questions) => "answer_questions",
        Some(Section::Costs) => "answer_costs",
        Some(Section::Team) => "answer_team",
        Some(Section::Documents) => "answer_documents",
    }
}

/// The parts that something was asked of, in the order of the form.
fn asked(dossier: &Dossier) -> Vec<Option<Section>> {
    let every = Section::ALL.iter().copied().map(Some).chain([None]);
    every.filter(|section| dossier.defects.iter().any(|defect| defect.section == *section)).collect()
}

/// The longest answer for one part, in characters.
const ANSWER_CHARS_MAX: usize = 2_000;

fn typed(dossier: &Dossier, posted: &Posted) -> Outcome<Fields> {
    let sent: Fields = posted.read()?;
    let parts = asked(dossier);
    if sent.keys().any(|name| name != "version" && !parts.iter().any(|part| field(*part) == name)) {
        return Err(Refusal::unacceptable("refusal-form-malformed").into());
    }
    let mut errors = FormErrors::new();
    let answers = parts
        .into_iter()
        .map(|part| {
            let text = sent.get(field(part)).map_or("", String::as_str);
            let section = part.map_or("", Section::as_str).to_owned();
            (section, errors.optional_text(field(part), text, ANSWER_CHARS_MAX))
        })
        .collect();
    Ok(errors.done(answers)?)
}

async fn answers_page(app: &App, visitor: &Visitor, actor: &Actor, id: ApplicationId, refused: Refused<'_>) -> Answer {
    let mut tx = app.db.read().await?;
    let dossier = open_draft(app, &mut tx, actor, id).await?;
    let asked_for = dossier.supplement.as_ref().ok_or_else(Refusal::not_found)?;
    let form = match refused {
        Some((posted, trouble)) => again(visitor, posted, trouble, &dossier.application)?,
        None => {
            let held = |part: Option<Section>| {
                let section = part.map_or("", Section::as_str);
                dossier.supplement_answers.iter().find(|(of, _)| of == section).map(|(_, answer)| answer.clone())
            };
            let values =
                asked(&dossier).into_iter().map(|part| (field(part), held(part).unwrap_or_default())).collect();
            Form::with(visitor, "applications", values).put("version", dossier.application.version)
        }
    };
    let page = visitor
        .page("applications-supplement-answer")
        .back_to(format!("/applications/{id}"), "applications-tasks")
        .with_form(&form);
    let fields = asked(&dossier)
        .into_iter()
        .map(|part| SupplementField {
            name: field(part),
            heading: whole::part_name(&page, part),
            items: whole::defects(&page, &dossier, part),
            href: part.map(|section| format!("/applications/{id}/{}", section.path())),
        })
        .collect();
    let view = SupplementPage { due_at: asked_for.due_at, page, form, id, fields };
    show_form(&view, &view.form)
}

pub async fn show_answers(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ApplicationId>) -> Answer {
    answers_page(&app, &visitor, &actor, *id, None).await
}

pub async fn answer(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<i64> = async {
        let mut tx = app.db.read().await?;
        let dossier = open_draft(&app, &mut tx, &actor, *id).await?;
        drop(tx);
        let answers = typed(&dossier, &posted)?;
        actions::answer_supplement(&app, &actor, edit(*id, &posted, false)?, answers).await
    }
    .await;
    match done {
        Ok(_) => Ok(redirect_with(format!("/applications/{id}"), "applications-flash-saved")),
        Err(trouble) => answers_page(&app, &visitor, &actor, *id, Some((&posted, trouble))).await,
    }
}

/// Whether a manager may allow a further round now.
pub(super) fn may_allow(state: ApplicationState, asked: i64, allowed: bool) -> bool {
    state == ApplicationState::Submitted && (SUPPLEMENT_ROUNDS..SUPPLEMENT_ROUNDS_MAX).contains(&asked) && !allowed
}

async fn allow_page(app: &App, visitor: &Visitor, actor: &Actor, id: ApplicationId, refused: Refused<'_>) -> Answer {
    let mut tx = app.db.read().await?;
    let dossier = find_dossier(app, &mut tx, actor, id).await?;
    let asked = dossier.supplement.as_ref().map_or(0, |asked| asked.round);
    if !may_allow(dossier.application.state, asked, dossier.next_round_allowed) {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let form = match refused {
        Some((posted, trouble)) => posted.again(visitor, "applications", trouble)?,
        None => Form::new(visitor, "applications"),
    };
    let page = visitor.page("applications-allow-round").back_to(format!("/applications/{id}"), "applications-back");
    FormPage::new(page, form, format!("/applications/{id}/second-round"), "applications-allow-round")
        .intro(visitor.lang.t("applications-allow-round-intro"))
        .field(Field::Textarea("reason", "4"))
        .answer()
}

pub async fn show_allow(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ApplicationId>) -> Answer {
    allow_page(&app, &visitor, &actor, *id, None).await
}

pub async fn allow(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let reason = posted.read::<ReasonForm>()?.parse()?;
        actions::allow_round(&app, &actor, *id, &reason, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/applications/{id}"), "applications-flash-round-allowed")),
        Err(trouble) => allow_page(&app, &visitor, &actor, *id, Some((&posted, trouble))).await,
    }
}
