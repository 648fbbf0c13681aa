//! How many applications of a call were picked for a spot check, and what came of them.

use crate::{
    app::App,
    applications::{store::spot_checks, views::SpotChecksPage},
    core::{actor::Actor, refusal::Refusal, roles::Role},
    db::page::Cursor,
    programmes::{self, CallId},
    web::{Answer, Visitor, list::ListView, show as show_page},
};
use actix_web::web;

#[derive(serde::Deserialize)]
pub struct ListQuery {
    #[serde(default)]
    after: String,
}

pub async fn show(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<CallId>,
    query: web::Query<ListQuery>,
) -> Answer {
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let call = programmes::find_call(&mut tx, *id).await?.ok_or_else(Refusal::not_found)?;
    let rules = programmes::rules_at(&mut tx, *id, call.version).await?;
    let counts = spot_checks::counts(&mut tx, *id).await?;
    let paged = spot_checks::page(&mut tx, *id, counts.picked, after).await?;
    let page = visitor.page("spot-checks-title").back_to(format!("/calls/{id}"), "programmes-to-call");
    let list = ListView::new(&page, &paged, &visitor.path, &[], after);
    show_page(&SpotChecksPage {
        rules: rules.screening,
        may_open: actor.is_any(&[Role::Manager, Role::Auditor, Role::Screener]),
        may_screen: actor.is(Role::Screener),
        lines: paged.rows,
        page,
        call,
        counts,
        list,
    })
}
