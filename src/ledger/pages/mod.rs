//! Doors of the ledger: where the money of a call stands, every entry of a case, statements, months, stops.

mod periods;
mod statements;
mod stops;

use super::{
    actions::{CLOSERS, LIFTERS},
    rules::{AccountKind, Cap, stages},
    store::{self, heads},
    views::{CallPage, CasePage, EnvelopeView},
};
use crate::{
    app::App,
    core::{actor::Actor, money::Won, refusal::Refusal, roles::Role},
    db::Tx,
    web::{Answer, Door, Need, Visitor, page::MenuEntry, show},
};
use actix_web::web;
use uuid::Uuid;

const SEES_MONEY: Need = Need::AnyOf(heads::SEES_MONEY);
/// Whoever has a statement of their own besides.
const HAS_MONEY: Need =
    Need::AnyOf(&[Role::Manager, Role::Auditor, Role::Payer, Role::ClaimsOfficer, Role::Firm, Role::Vendor]);
const SEES_STOPS: &[Role] = &[Role::Manager, Role::Auditor, Role::Payer, Role::Admin];

pub fn doors() -> Vec<Door> {
    vec![
        Door::get("/ledger/calls/{id}", SEES_MONEY, call),
        Door::get("/ledger/cases/{id}", SEES_MONEY, case),
        Door::get("/ledger/statements/{whose}/{id}", HAS_MONEY, statements::show_one),
        Door::get("/ledger/statements/{whose}/{id}/csv", HAS_MONEY, statements::csv),
        Door::get("/statement", Need::AnyOf(&[Role::Firm, Role::Vendor]), statements::own),
        Door::get("/ledger/periods", SEES_MONEY, periods::list),
        Door::get("/ledger/periods/{month}", SEES_MONEY, periods::one),
        Door::post("/ledger/periods/{month}/propose", Need::AnyOf(CLOSERS), periods::propose),
        Door::post("/ledger/periods/{month}/reopen", Need::AnyOf(CLOSERS), periods::reopen),
        Door::post("/ledger/periods/{month}/close", Need::AnyOf(CLOSERS), periods::close),
        Door::get("/ledger/release", Need::AnyOf(SEES_STOPS), stops::release),
        Door::post("/ledger/release/{id}/ask", Need::AnyOf(LIFTERS), stops::ask),
        Door::post("/ledger/release/{id}/lift", Need::AnyOf(LIFTERS), stops::lift),
    ]
}

pub fn menu() -> Vec<MenuEntry> {
    vec![
        MenuEntry { path: "/ledger/periods", key: "ledger-periods-title", roles: heads::SEES_MONEY },
        MenuEntry { path: "/ledger/release", key: "ledger-release-title", roles: SEES_STOPS },
        MenuEntry { path: "/statement", key: "ledger-own-title", roles: &[Role::Firm, Role::Vendor] },
    ]
}

async fn call(app: web::Data<App>, visitor: Visitor, id: web::Path<Uuid>) -> Answer {
    let mut tx = app.db.read().await?;
    let call = heads::call_head(&mut tx, *id).await?.ok_or_else(Refusal::not_found)?;
    let totals = heads::totals_of_call(&mut tx, *id).await?;
    let returned = heads::returned_to(&mut tx, *id).await?;
    let balances = totals.iter().map(|total| (total.kind, total.balance_won));
    let stages = stages(balances, returned);
    let (regions, sections) = (heads::by_region(&mut tx, *id).await?, heads::by_section(&mut tx, *id).await?);
    let tracks = tracks(&mut tx, *id).await?;
    show(&CallPage { page: visitor.page("ledger-call-title"), call, totals, stages, tracks, regions, sections })
}

/// What each track has used, and of which quota: what the cap of the track holds in all.
async fn tracks(tx: &mut Tx, call: Uuid) -> sqlx::Result<Vec<EnvelopeView>> {
    let mut views = Vec::new();
    for envelope in heads::by_track(tx, call).await?.into_iter().filter(|envelope| !envelope.code.is_empty()) {
        let quota = Cap::of_track(call, &envelope.code, Won::ZERO).won();
        let left = store::balance(tx, quota.left).await?;
        let whole = left.plus(store::balance(tx, quota.used).await?);
        views.push(EnvelopeView { envelope, quota: whole.is_positive().then_some((whole, left)) });
    }
    Ok(views)
}

async fn case(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<Uuid>) -> Answer {
    let mut tx = app.db.read().await?;
    let case = heads::case_head(&mut tx, *id).await?.ok_or_else(Refusal::not_found)?;
    let balances = store::balances_of(&mut tx, *id).await?;
    let rows = store::statements::statement(&mut tx, *id).await?;
    let is_paid = balances.iter().any(|held| held.kind == AccountKind::Paid && held.balance_won.is_positive());
    let may_recover = is_paid && actor.is_any(&[Role::Manager, Role::ClaimsOfficer]);
    show(&CasePage { page: visitor.page("ledger-case-title"), case, balances, may_recover, rows })
}
