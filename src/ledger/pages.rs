//! Doors of the ledger: where the money of a call stands, and every entry of a case.

use super::{
    store,
    views::{CallPage, CasePage},
};
use crate::{
    app::App,
    core::{refusal::Refusal, roles::Role},
    web::{Answer, Door, Need, Visitor, page::MenuEntry, show},
};
use actix_web::web;
use uuid::Uuid;

const SEES_MONEY: Need = Need::AnyOf(&[Role::Manager, Role::Auditor, Role::Payer, Role::ClaimsOfficer]);

pub fn doors() -> Vec<Door> {
    vec![Door::get("/ledger/calls/{id}", SEES_MONEY, call), Door::get("/ledger/cases/{id}", SEES_MONEY, case)]
}

pub fn menu() -> Vec<MenuEntry> {
    vec![]
}

async fn call(app: web::Data<App>, visitor: Visitor, id: web::Path<Uuid>) -> Answer {
    let mut tx = app.db.read().await?;
    let call = store::call_head(&mut tx, *id).await?.ok_or_else(Refusal::not_found)?;
    let totals = store::totals_of_call(&mut tx, *id).await?;
    show(&CallPage { page: visitor.page("ledger-call-title"), call, totals })
}

async fn case(app: web::Data<App>, visitor: Visitor, id: web::Path<Uuid>) -> Answer {
    let mut tx = app.db.read().await?;
    let case = store::case_head(&mut tx, *id).await?.ok_or_else(Refusal::not_found)?;
    let balances = store::balances_of(&mut tx, *id).await?;
    let rows = store::statement(&mut tx, *id).await?;
    show(&CasePage { page: visitor.page("ledger-case-title"), case, balances, rows })
}
