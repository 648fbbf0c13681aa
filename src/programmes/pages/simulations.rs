//! What-if runs of a call: asked here, worked off by a job, read here.

use super::settings::tracks;
use crate::{
    app::App,
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
    },
    programmes::{
        CallId, SimulationId, actions,
        forms::QuestionForm,
        store::{self, simulations},
        views::*,
    },
    web::{Answer, Form, Posted, Visitor, redirect, show as show_page, show_form},
};
use actix_web::web;

async fn list_page(app: &App, visitor: &Visitor, id: CallId, form: Option<Form>) -> Answer {
    let mut tx = app.db.read().await?;
    let call = store::find_call(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let rules = store::rules_at(&mut tx, id, call.version).await?;
    let typical = [("apply_share", "20"), ("supply", "100,000,000"), ("officers", "5"), ("screened_a_day", "12")];
    let typical = typical.map(|(name, value)| (name, value.to_owned())).to_vec();
    let form = form.unwrap_or_else(|| Form::with(visitor, "programmes", typical));
    let page = visitor
        .page("programmes-simulations-title")
        .back_to(format!("/calls/{id}"), "programmes-to-call")
        .with_form(&form);
    let view = SimulationsPage {
        tracks: tracks(&page, &rules, "programmes-whole-call"),
        runs: simulations::of_call(&mut tx, id).await?,
        page,
        form,
        call,
    };
    show_form(&view, &view.form)
}

pub async fn list(app: web::Data<App>, visitor: Visitor, id: web::Path<CallId>) -> Answer {
    list_page(&app, &visitor, *id, None).await
}

pub async fn ask(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<CallId>, posted: Posted) -> Answer {
    let asked: Outcome<SimulationId> = async {
        let mut tx = app.db.read().await?;
        let call = store::find_call(&mut tx, *id).await?.ok_or_else(Refusal::not_found)?;
        drop(tx);
        let days = (call.closes_at - call.opens_at).num_days().max(1);
        let question = posted.read::<QuestionForm>()?.parse(days, call.budget_won)?;
        actions::simulate(&app, &actor, *id, question, posted.once).await
    }
    .await;
    match asked {
        Ok(simulation) => Ok(redirect(format!("/calls/{id}/simulations/{simulation}"))),
        Err(trouble) => list_page(&app, &visitor, *id, Some(posted.again(&visitor, "programmes", trouble)?)).await,
    }
}

pub async fn show(app: web::Data<App>, visitor: Visitor, path: web::Path<(CallId, SimulationId)>) -> Answer {
    let (id, simulation) = *path;
    let mut tx = app.db.read().await?;
    let call = store::find_call(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let run = simulations::find(&mut tx, simulation).await?.filter(|run| run.call_id == id);
    let run = run.ok_or_else(Refusal::not_found)?;
    let conditions = store::rules_at(&mut tx, id, run.version).await?.conditions;
    let page = visitor
        .page("programmes-simulation-title")
        .back_to(format!("/calls/{id}/simulations"), "programmes-simulations-title");
    show_page(&SimulationPage { page, call, run, conditions })
}
