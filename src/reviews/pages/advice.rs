//! Advice of a generative model about one application: what is sent, the answers, the judgement.

use crate::{
    app::App,
    applications::{self, ApplicationId},
    core::{
        actor::Actor,
        lang::Lang,
        refusal::{Outcome, Refusal, Trouble},
        roles::Role,
    },
    programmes,
    reviews::{
        AdviceId, actions,
        forms::JudgementForm,
        store,
        views::{AdvicePage, AdviceView, Advisor},
    },
    web::{Answer, Form, Posted, Visitor, redirect_with, show_form},
};
use actix_web::web;

/// Says what a refusal would say.
fn hindrance(lang: Lang, checked: Outcome<()>) -> Outcome<Option<String>> {
    match checked {
        Ok(()) => Ok(None),
        Err(Trouble::Refused(refusal)) => Ok(Some(lang.refusal(&refusal))),
        Err(trouble) => Err(trouble),
    }
}

async fn advice_page(app: &App, visitor: &Visitor, actor: &Actor, id: ApplicationId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let application = applications::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let advices = store::advices_of(&mut tx, actor.id, id).await?;
    let is_manager = actor.is(Role::Manager);
    let hidden = store::still_scores(&mut tx, actor.id, id).await?;
    if hidden || (app.assistant.is_none() && advices.is_empty()) {
        return Err(Refusal::not_found().into());
    }
    let asking = match &app.assistant {
        Some(assistant) if is_manager => {
            let rules = programmes::rules_at(&mut tx, application.call_id, application.call_version).await?;
            let checked = actions::may_ask(&mut tx, actor, &application).await.map(|_| ());
            Some(Advisor {
                model: assistant.model().to_owned(),
                place: assistant.place().to_owned(),
                prompt: actions::prompt_of(&mut tx, &application, &rules, actor.lang).await?,
                hindrance: hindrance(visitor.lang, checked)?,
            })
        }
        _ => None,
    };
    let checked = actions::check_duties(&mut tx, actor, id).await;
    let view = AdvicePage {
        page: visitor
            .page("reviews-advice-title")
            .back_to(format!("/reviews/applications/{id}"), "reviews-advice-back")
            .with_form(&form),
        form,
        id,
        advices: AdviceView::several(advices),
        asking,
        no_judge: hindrance(visitor.lang, checked)?,
        is_manager,
    };
    show_form(&view, &view.form)
}

pub async fn show(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ApplicationId>) -> Answer {
    advice_page(&app, &visitor, &actor, *id, Form::new(&visitor, "reviews")).await
}

pub async fn ask(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        posted.press()?;
        actions::ask_assistant(&app, &actor, *id, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/reviews/applications/{id}/advice"), "reviews-flash-advice-asked")),
        Err(trouble) => advice_page(&app, &visitor, &actor, *id, posted.again(&visitor, "reviews", trouble)?).await,
    }
}

pub async fn judge(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<AdviceId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<ApplicationId> = async {
        let (judgement, note) = posted.read::<JudgementForm>()?.parse()?;
        actions::judge_advice(&app, &actor, *id, judgement, &note, posted.once).await
    }
    .await;
    match done {
        Ok(case) => Ok(redirect_with(format!("/reviews/applications/{case}"), "reviews-flash-advice-judged")),
        Err(trouble) => {
            let mut tx = app.db.read().await?;
            let advice = store::find_seen_advice(&mut tx, actor.id, *id).await?.ok_or_else(Refusal::not_found)?;
            drop(tx);
            let form = posted.again(&visitor, "reviews", trouble)?;
            advice_page(&app, &visitor, &actor, advice.application_id, form).await
        }
    }
}
