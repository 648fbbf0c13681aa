//! Objections as managers and auditors see them: the list with its statistics, one case, the hearing.

use super::{ListQuery, Said};
use crate::{
    app::App,
    applications,
    audit::{self, Act},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    db::page::Cursor,
    programmes,
    reviews::{
        ObjectionId,
        actions::{self, Finding},
        forms::HearingForm,
        rules::ObjectionState,
        store,
        views::{ObjectionPage, ObjectionsPage},
    },
    web::{Answer, Form, Posted, Visitor, list::ListView, redirect_with, show as show_page, show_form},
};
use actix_web::web;

pub async fn list(app: web::Data<App>, visitor: Visitor, query: web::Query<ListQuery>) -> Answer {
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let paged = store::objections(&mut tx, query.state.parse().ok(), after).await?;
    let counts = store::objection_counts(&mut tx).await?;
    let page = visitor.page("objections-title");
    let list = ListView::new(&page, &paged, "/objections", &[("state", query.state.as_str())], after);
    let of = |wanted: &[ObjectionState]| -> i64 {
        counts.iter().filter(|count| wanted.contains(&count.state)).map(|count| count.objections).sum()
    };
    let upheld = of(&[ObjectionState::DecidedAnew, ObjectionState::ScoredAnew]);
    let heard = upheld + of(&[ObjectionState::Dismissed]);
    let upheld_milli = (heard > 0).then(|| upheld * 100_000 / heard.max(1));
    show_page(&ObjectionsPage { page, rows: paged.rows, list, state: query.state.clone(), counts, upheld_milli })
}

async fn objection_page(app: &App, visitor: &Visitor, actor: &Actor, id: ObjectionId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let objection = store::find_objection(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let case = objection.application_id;
    let decision = match objection.decision_id {
        Some(_) => store::latest_decision(&mut tx, case).await?,
        None => None,
    };
    let decision = match decision {
        Some(decision) => {
            let application = applications::get(&mut tx, case).await?;
            let rules = programmes::rules_at(&mut tx, application.call_id, decision.call_version).await?;
            let said = Said::of_decision(&mut tx, &decision, &rules, visitor.lang).await?;
            Some((decision, said))
        }
        None => None,
    };
    let page = visitor.page_titled(objection.title.clone()).back_to("/objections", "objections-title").with_form(&form);
    let view = ObjectionPage {
        page,
        form,
        decision,
        is_manager: actor.is(Role::Manager),
        clash: audit::clash(&mut tx, actor, case.0, Act::ObjectionHeard).await?,
        proof_needed: actor.freshly_proven(app.clock.now()).is_err(),
        objection,
    };
    show_form(&view, &view.form)
}

pub async fn show(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ObjectionId>) -> Answer {
    objection_page(&app, &visitor, &actor, *id, Form::new(&visitor, "objections")).await
}

pub async fn hear(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ObjectionId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let (found, why) = posted.read::<HearingForm>()?.parse()?;
        let finding = match found {
            ObjectionState::DecidedAnew => Finding::DecideAnew,
            ObjectionState::ScoredAnew => Finding::ScoreAnew,
            ObjectionState::Dismissed | ObjectionState::Filed => Finding::Dismissed,
        };
        actions::hear_objection(&app, &actor, *id, finding, &why, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/objections/{id}"), "reviews-flash-heard")),
        Err(trouble) => {
            let form = posted.again(&visitor, "objections", trouble)?;
            objection_page(&app, &visitor, &actor, *id, form).await
        }
    }
}
