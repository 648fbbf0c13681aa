//! How reviewers score beside their panels, and the blind second reads.

use super::ListQuery;
use crate::{
    app::App,
    applications::ApplicationId,
    core::{actor::Actor, refusal::Outcome, roles::Role},
    db::page::Cursor,
    programmes::CallId,
    reviews::{actions, rules::SAMPLE_DIFFERENCE_MILLI, store, views::QualityPage},
    web::{Answer, Form, Posted, Visitor, list::ListView, redirect_with, show_form},
};
use actix_web::web;

async fn quality_page(app: &App, visitor: &Visitor, actor: &Actor, query: &ListQuery, form: Form) -> Answer {
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let calls = store::calls(&mut tx).await?;
    let chosen: Option<CallId> = query.call.parse().ok().or_else(|| calls.first().map(|call| call.id));
    let figures = match chosen {
        Some(call) => store::figures(&mut tx, call).await?,
        None => Vec::new(),
    };
    let paged = store::samples(&mut tx, after).await?;
    let (read, differ) = store::sample_errors(&mut tx, SAMPLE_DIFFERENCE_MILLI).await?;
    let page = visitor.page("reviews-quality-title").back_to("/reviews", "reviews-title").with_form(&form);
    let call = chosen.map(|call| call.to_string()).unwrap_or_default();
    let list = ListView::new(&page, &paged, "/reviews/quality", &[("call", call.as_str())], after);
    let is_manager = actor.is(Role::Manager);
    let view = QualityPage { page, form, calls, call, figures, samples: paged.rows, list, read, differ, is_manager };
    show_form(&view, &view.form)
}

pub async fn show(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<ListQuery>) -> Answer {
    quality_page(&app, &visitor, &actor, &query, Form::new(&visitor, "reviews")).await
}

pub async fn assign(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        posted.press()?;
        actions::assign_sample(&app, &actor, *id, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with("/reviews/quality", "reviews-flash-sample")),
        Err(trouble) => {
            let form = posted.again(&visitor, "reviews", trouble)?;
            quality_page(&app, &visitor, &actor, &ListQuery::default(), form).await
        }
    }
}
