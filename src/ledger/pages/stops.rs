//! Whether payments may be released, why not, and how two people lift a stop.

use crate::{
    app::App,
    audit,
    core::{actor::Actor, refusal::Outcome},
    ledger::{
        actions::{self, LIFTERS, STOPS},
        forms::LiftForm,
        store::stops,
        views::ReleasePage,
    },
    web::{Answer, Form, Posted, Visitor, redirect_with, show_form},
};
use actix_web::web;
use uuid::Uuid;

async fn release_page(app: &App, visitor: &Visitor, actor: &Actor, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let stop = stops::release_stop(&mut tx).await?;
    let view = ReleasePage {
        is_first: stop.as_ref().is_some_and(|stop| stop.lift_asked_by == Some(actor.id)),
        may_act: actor.is_any(LIFTERS),
        history: audit::history(&mut tx, STOPS).await?,
        page: visitor.page("ledger-release-title").with_form(&form),
        form,
        stop,
    };
    show_form(&view, &view.form)
}

pub async fn release(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    let form = Form::new(&visitor, "ledger");
    release_page(&app, &visitor, &actor, form).await
}

pub async fn ask(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<Uuid>, posted: Posted) -> Answer {
    let done: Outcome<()> = async {
        let reason = posted.read::<LiftForm>()?.parse()?;
        actions::ask_lift(&app, &actor, *id, &reason, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with("/ledger/release", "ledger-flash-lift-asked")),
        Err(trouble) => release_page(&app, &visitor, &actor, posted.again(&visitor, "ledger", trouble)?).await,
    }
}

pub async fn lift(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<Uuid>, posted: Posted) -> Answer {
    match actions::lift(&app, &actor, *id, posted.once).await {
        Ok(()) => Ok(redirect_with("/ledger/release", "ledger-flash-lifted")),
        Err(trouble) => release_page(&app, &visitor, &actor, posted.again(&visitor, "ledger", trouble)?).await,
    }
}
