//! Many decisions at once: the plan, its rows, and the button that starts it.

use super::{envelope_lines, ranking};
use crate::{
    app::App,
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    programmes,
    reviews::{BulkId, actions, forms::BulkForm, store, views::BulkPage},
    web::{Answer, Form, Posted, Visitor, redirect_with, show_form},
};
use actix_web::web;

/// Rows on one page of a plan.
const ROWS: i64 = 100;

pub async fn plan(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let form = posted.read::<BulkForm>()?;
    let call = form.call;
    let done: Outcome<BulkId> = async {
        let (call, outcomes, note) = form.parse()?;
        actions::plan_bulk(&app, &actor, call, &outcomes, &note, posted.once).await
    }
    .await;
    match done {
        Ok(id) => Ok(redirect_with(format!("/reviews/bulk/{id}"), "reviews-flash-planned")),
        Err(trouble) => ranking::again(&app, &visitor, &actor, call, posted.again(&visitor, "reviews", trouble)?).await,
    }
}

#[derive(serde::Deserialize)]
pub struct RowsQuery {
    #[serde(default)]
    after: String,
}

async fn bulk_page(app: &App, visitor: &Visitor, actor: &Actor, id: BulkId, after: i64, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let bulk = store::find_bulk(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let call = programmes::get_call(&mut tx, bulk.call_id).await?;
    let rules = programmes::rules_at(&mut tx, call.id, call.version).await?;
    let rows = store::bulk_rows(&mut tx, id, after, ROWS).await?;
    let last = rows.last().map_or(0, |row| row.position);
    let page = visitor
        .page("reviews-bulk-title")
        .back_to(format!("/reviews/ranking?call={}", bulk.call_id), "reviews-ranking-title")
        .with_form(&form);
    let view = BulkPage {
        counts: store::bulk_counts(&mut tx, id).await?,
        reasons: store::reasons(&mut tx).await?,
        envelopes: envelope_lines(&mut tx, rules.envelopes_in(call.id.0), app.clock.now()).await?,
        next: (last > 0 && last < bulk.planned).then(|| format!("/reviews/bulk/{id}?after={last}")),
        is_mine: bulk.made_by == actor.id,
        is_manager: actor.is(Role::Manager),
        proof_needed: actor.freshly_proven(app.clock.now()).is_err(),
        page,
        form,
        bulk,
        rows,
    };
    show_form(&view, &view.form)
}

pub async fn show(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<BulkId>,
    query: web::Query<RowsQuery>,
) -> Answer {
    let after = query.after.parse().unwrap_or(0);
    bulk_page(&app, &visitor, &actor, *id, after, Form::new(&visitor, "reviews")).await
}

pub async fn take_step(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<BulkId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<&'static str> = async {
        match posted.value("step") {
            "start" => actions::start_bulk(&app, &actor, *id, posted.once).await.map(|()| "reviews-flash-bulk-started"),
            "drop" => actions::drop_bulk(&app, &actor, *id, posted.once).await.map(|()| "reviews-flash-bulk-dropped"),
            _ => Err(Refusal::unacceptable("refusal-form-malformed").into()),
        }
    }
    .await;
    match done {
        Ok(flash) => Ok(redirect_with(format!("/reviews/bulk/{id}"), flash)),
        Err(trouble) => {
            let form = posted.again(&visitor, "reviews", trouble)?;
            bulk_page(&app, &visitor, &actor, *id, 0, form).await
        }
    }
}
