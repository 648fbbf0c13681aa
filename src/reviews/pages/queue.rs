//! The manager's queue: what waits for a panel, a score or another manager.

use super::ListQuery;
use crate::{
    app::App,
    core::{actor::Actor, roles::Role},
    db::page::Cursor,
    reviews::{actions, forms::CallForm, store, views::QueuePage},
    web::{Answer, Posted, Visitor, list::ListView, redirect_with, show},
};
use actix_web::web;

/// Decisions that wait for another manager, at most so many on the page.
const PROPOSALS_MAX: i64 = 20;

pub async fn queue(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<ListQuery>) -> Answer {
    let after = Cursor::from_text(&query.after);
    let filter = store::QueueFilter { call: query.call.parse().ok(), state: query.state.parse().ok() };
    let mut tx = app.db.read().await?;
    let paged = store::queue(&mut tx, filter, after).await?;
    let calls = store::calls(&mut tx).await?;
    let proposals = store::waiting_proposals(&mut tx, PROPOSALS_MAX).await?;
    let page = visitor.page("reviews-title");
    let filters = [("call", query.call.as_str()), ("state", query.state.as_str())];
    let list = ListView::new(&page, &paged, "/reviews", &filters, after);
    show(&QueuePage {
        page,
        rows: paged.rows,
        list,
        calls,
        call: query.call.clone(),
        state: query.state.clone(),
        proposals,
        is_manager: actor.is(Role::Manager),
    })
}

pub async fn assign_all(app: web::Data<App>, actor: Actor, posted: Posted) -> Answer {
    let call = posted.read::<CallForm>()?.call;
    actions::assign_all(&app, &actor, call, posted.once).await?;
    Ok(redirect_with(format!("/reviews?call={call}"), "reviews-flash-panels-asked"))
}
