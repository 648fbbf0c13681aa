//! A change of a call: what it would change, who prepared it, and the steps of the one who decides.

use super::desk::zone_of;
use crate::{
    app::App,
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal, Trouble},
        roles::Role,
    },
    programmes::{
        CallId, ChangeId,
        actions::{self, Decision},
        forms::{ChangeForm, ExtensionForm},
        rules::*,
        store::{self, changes},
        views::*,
    },
    web::{
        Answer, Form, Posted, Visitor, redirect, redirect_with, show_form,
        simple::{Field, FormPage},
    },
};
use actix_web::web;

async fn change_page(app: &App, visitor: &Visitor, actor: &Actor, path: (CallId, ChangeId), form: Form) -> Answer {
    let (call, id) = path;
    let mut tx = app.db.read().await?;
    let found = store::find_call(&mut tx, call).await?.ok_or_else(Refusal::not_found)?;
    let change = changes::find(&mut tx, call, id).await?.ok_or_else(Refusal::not_found)?;
    let had_hand = changes::had_hand(&mut tx, id.0, actor.id).await?;
    let differences = match &change.rules {
        Some(after) => differences(&store::rules_at(&mut tx, call, change.base_version).await?, &after.0),
        None => Vec::new(),
    };
    let page = visitor
        .page("programmes-change-title")
        .back_to(format!("/calls/{call}/settings"), "programmes-settings")
        .with_form(&form);
    let is_draft = found.state == CallState::Draft;
    let (is_admin, is_manager) = (actor.is(Role::Admin), actor.is(Role::Manager));
    let preparing = change.state == ChangeState::Preparing;
    let proposed = change.state == ChangeState::Proposed;
    let view = ChangePage {
        differences: differences.iter().map(|difference| in_words(&page, difference)).collect(),
        may_adopt: is_admin && is_draft && preparing,
        may_propose: is_admin && !is_draft && preparing,
        may_decide: is_manager && proposed && !had_hand,
        must_leave: is_manager && proposed && had_hand,
        may_drop: is_admin && (preparing || proposed),
        proof_needed: actor.freshly_proven(app.clock.now()).is_err(),
        page,
        form,
        call: found,
        change,
    };
    show_form(&view, &view.form)
}

pub async fn show(app: web::Data<App>, visitor: Visitor, actor: Actor, path: web::Path<(CallId, ChangeId)>) -> Answer {
    let form = Form::new(&visitor, "programmes");
    change_page(&app, &visitor, &actor, *path, form).await
}

pub async fn take_step(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    path: web::Path<(CallId, ChangeId)>,
    posted: Posted,
) -> Answer {
    let (call, id) = *path;
    let done: Outcome<&'static str> = async {
        let (version, step, note) = posted.read::<ChangeForm>()?.parse()?;
        let admin = actor.is(Role::Admin);
        let decide = |decision| actions::decide(&app, &actor, call, id, version, decision, posted.once);
        match (step.as_str(), admin) {
            ("propose", true) => {
                actions::propose(&app, &actor, call, id, version, &note, posted.once).await?;
                Ok("programmes-flash-proposed")
            }
            ("drop", true) => {
                actions::drop_change(&app, &actor, call, id, version, posted.once).await?;
                Ok("programmes-flash-dropped")
            }
            ("adopt", true) => {
                decide(Decision::AdoptDraft).await?;
                Ok("programmes-flash-rules-changed")
            }
            ("approve", _) => {
                decide(Decision::Approve).await?;
                Ok("programmes-flash-approved")
            }
            ("refuse", _) => {
                decide(Decision::Refuse(note)).await?;
                Ok("programmes-flash-refused")
            }
            _ => Err(Refusal::not_found().into()),
        }
    }
    .await;
    match done {
        Ok(flash) => Ok(redirect_with(format!("/calls/{call}/settings"), flash)),
        Err(Trouble::Refused(refusal)) if refusal.key == "refusal-proof-needed" => {
            Ok(redirect(format!("/prove?next=/calls/{call}/changes/{id}")))
        }
        Err(trouble) => {
            let form = posted.again(&visitor, "programmes", trouble)?;
            change_page(&app, &visitor, &actor, *path, form).await
        }
    }
}

async fn extension_page(app: &App, visitor: &Visitor, id: CallId, form: Option<Form>) -> Answer {
    let mut tx = app.db.read().await?;
    let call = store::find_call(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let zone = store::get_programme(&mut tx, call.programme_id).await?.tz()?;
    let time = call.closes_at.with_timezone(&zone).format("%H:%M").to_string();
    let form = form.unwrap_or_else(|| Form::with(visitor, "programmes", vec![("closes_time", time)]));
    let page = visitor.page("programmes-extension-title").back_to(format!("/calls/{id}"), "programmes-to-call");
    let closes = page.t1("programmes-until", "at", page.datetime(call.closes_at));
    FormPage::new(page, form, format!("/calls/{id}/extension"), "programmes-extension-send")
        .intro(closes)
        .intro(visitor.lang.t("programmes-extension-intro"))
        .field(Field::Date("closes_on"))
        .field(Field::Text("closes_time", "5"))
        .field(Field::Textarea("reason", "5"))
        .answer()
}

pub async fn show_extension(app: web::Data<App>, visitor: Visitor, id: web::Path<CallId>) -> Answer {
    extension_page(&app, &visitor, *id, None).await
}

pub async fn extend(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<CallId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<ChangeId> = async {
        let zone = zone_of(&app, *id).await?;
        let (closes_at, reason) = posted.read::<ExtensionForm>()?.parse(zone)?;
        actions::extend(&app, &actor, *id, closes_at, &reason, posted.once).await
    }
    .await;
    match done {
        Ok(change) => Ok(redirect_with(format!("/calls/{id}/changes/{change}"), "programmes-flash-proposed")),
        Err(trouble) => extension_page(&app, &visitor, *id, Some(posted.again(&visitor, "programmes", trouble)?)).await,
    }
}
