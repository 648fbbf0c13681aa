//! Doors of vendors: their own entry and catalogue, the agency's list, the public register.

mod accounts;
mod catalogue;
mod complaints;
mod download;
mod evidence;
mod inside;
mod judging;
mod own;
mod register;
mod reviews;
mod staff;
mod standing;

use super::{
    store,
    views::{Difference, Offered, Points, fact_in_words, field_in_words},
};
use crate::{
    core::{actor::Actor, calendar::ZONE, lang::Lang, refusal::Refusal, roles::Role},
    db::Tx,
    organisations::OrganisationId,
    reference::{self, Named},
    vendors::{VendorId, views::Price},
    web::{Choice, Door, Need, Page, page::MenuEntry},
};
use chrono::{DateTime, NaiveDate, Utc};

const VENDOR: Need = Need::AnyOf(&[Role::Vendor]);
const SEES_VENDORS: &[Role] = &[Role::Manager, Role::Screener, Role::ClaimsOfficer, Role::Auditor];
const DECIDES: Need = Need::AnyOf(&[Role::Manager]);
const CHECKS: Need = Need::AnyOf(&[Role::Screener, Role::Manager]);
const ACCOUNTS: Need = Need::AnyOf(super::rules::accounts::OFFICERS);
const READS_COMPLAINTS: &[Role] = &[Role::Firm, Role::Vendor, Role::Manager, Role::Screener, Role::Auditor];
const COMPLAINS: Need = Need::AnyOf(READS_COMPLAINTS);
const OPENS_COMPLAINTS: Need = Need::AnyOf(&[Role::Firm, Role::Manager, Role::Screener]);

pub fn doors() -> Vec<Door> {
    vec![
        Door::get("/vendor", VENDOR, own::vendor),
        Door::get("/vendor/new", VENDOR, own::show_new),
        Door::post("/vendor/new", VENDOR, own::make),
        Door::get("/vendor/edit", VENDOR, own::show_edit),
        Door::post("/vendor/edit", VENDOR, own::edit),
        Door::post("/vendor/submit", VENDOR, own::submit),
        Door::get("/vendor/solutions/new", VENDOR, catalogue::show_new_solution),
        Door::post("/vendor/solutions/new", VENDOR, catalogue::add_solution),
        Door::get("/vendor/solutions/{id}/edit", VENDOR, catalogue::show_solution),
        Door::post("/vendor/solutions/{id}/edit", VENDOR, catalogue::change_solution),
        Door::get("/vendor/solutions/{id}/packages/new", VENDOR, catalogue::show_new_package),
        Door::post("/vendor/solutions/{id}/packages/new", VENDOR, catalogue::add_package),
        Door::get("/vendor/packages/{id}/price", VENDOR, catalogue::show_price),
        Door::post("/vendor/packages/{id}/price", VENDOR, catalogue::change_price),
        Door::get("/vendor/criteria/{criterion}", VENDOR, evidence::show_criterion),
        Door::post("/vendor/criteria/{criterion}", VENDOR, evidence::state_criterion),
        Door::get("/vendor/references/new", VENDOR, evidence::show_reference),
        Door::post("/vendor/references/new", VENDOR, evidence::add_reference),
        Door::post("/vendor/references/{id}/remove", VENDOR, evidence::remove_reference),
        Door::get("/vendor/answers", VENDOR, evidence::show_answers),
        Door::post("/vendor/answers", VENDOR, evidence::answer),
        Door::get("/vendor/account", VENDOR, accounts::show_request),
        Door::post("/vendor/account", VENDOR, accounts::request),
        Door::post("/vendor/account/cancel", VENDOR, accounts::cancel),
        Door::post("/vendor/reviews/{id}/confirm", VENDOR, reviews::confirm),
        Door::get("/vendor/reviews/{id}/appeal", VENDOR, reviews::show_appeal),
        Door::post("/vendor/reviews/{id}/appeal", VENDOR, reviews::appeal),
        Door::get("/vendor-complaints", COMPLAINS, complaints::list),
        Door::get("/vendor-complaints/new", OPENS_COMPLAINTS, complaints::show_new),
        Door::post("/vendor-complaints/new", OPENS_COMPLAINTS, complaints::complain),
        Door::get("/vendor-complaints/{id}", COMPLAINS, complaints::show),
        Door::post("/vendor-complaints/{id}/answer", VENDOR, complaints::answer),
        Door::post("/vendor-complaints/{id}/steps", DECIDES, complaints::take_step),
        Door::get("/vendor-notices", Need::AnyOf(&[Role::Firm]), standing::notices),
        Door::get("/vendor-reviews", Need::AnyOf(SEES_VENDORS), reviews::list),
        Door::get("/vendor-reviews/new", DECIDES, reviews::show_new),
        Door::post("/vendor-reviews/new", DECIDES, reviews::open),
        Door::post("/vendor-reviews/{id}/steps", CHECKS, reviews::take_step),
        Door::post("/vendor-accounts/{id}/steps", ACCOUNTS, accounts::take_step),
        Door::post("/vendor-conditions/{id}", CHECKS, judging::meet),
        Door::get("/vendors", Need::AnyOf(SEES_VENDORS), staff::vendors),
        Door::get("/vendors/{id}", Need::AnyOf(SEES_VENDORS), staff::vendor),
        Door::get("/vendors/{id}/files/{file}", Need::AnyOf(SEES_VENDORS), evidence::download),
        Door::post("/vendors/{id}/steps", CHECKS, staff::take_step),
        Door::get("/vendors/{id}/criteria", CHECKS, judging::show_criteria),
        Door::post("/vendors/{id}/criteria", CHECKS, judging::decide),
        Door::get("/vendors/{id}/questions", CHECKS, judging::show_questions),
        Door::post("/vendors/{id}/questions", CHECKS, judging::ask),
        Door::get("/vendors/{id}/approval", DECIDES, judging::show_approval),
        Door::post("/vendors/{id}/approval", DECIDES, judging::approve),
        Door::get("/vendors/{id}/suspension", DECIDES, standing::show_suspension),
        Door::post("/vendors/{id}/suspension", DECIDES, standing::suspend),
        Door::get("/vendors/{id}/touched", Need::AnyOf(SEES_VENDORS), standing::touched_cases),
        Door::get("/vendors/{id}/reinstatement", DECIDES, standing::show_reinstatement),
        Door::post("/vendors/{id}/reinstatement", DECIDES, standing::reinstate),
        Door::get("/vendors/{id}/watch", DECIDES, standing::show_watch),
        Door::post("/vendors/{id}/watch", DECIDES, standing::watch),
        Door::get("/vendor-solutions/{id}/check", CHECKS, judging::show_recheck),
        Door::post("/vendor-solutions/{id}/check", CHECKS, judging::recheck),
        Door::get("/vendor-packages/{id}/qualifying", DECIDES, judging::show_qualifying),
        Door::post("/vendor-packages/{id}/qualifying", DECIDES, judging::qualify),
        Door::get("/register", Need::Nobody, register::register),
        Door::get("/register.csv", Need::Nobody, register::file),
        Door::get("/register.json", Need::Nobody, register::json),
        Door::get("/register/compare", Need::Nobody, register::compare),
        Door::get("/register/vendors/{id}", Need::Nobody, register::vendor),
        Door::get("/register/{id}", Need::Nobody, register::solution),
    ]
}

pub fn menu() -> Vec<MenuEntry> {
    vec![
        MenuEntry { path: "/register", key: "vendors-register-title", roles: &[] },
        MenuEntry { path: "/vendor", key: "vendors-own-title", roles: &[Role::Vendor] },
        MenuEntry { path: "/vendors", key: "vendors-title", roles: SEES_VENDORS },
        MenuEntry { path: "/vendor-reviews", key: "vendors-reviews-title", roles: &[Role::Manager, Role::Screener] },
        MenuEntry { path: "/vendor-complaints", key: "vendors-complaints-title", roles: READS_COMPLAINTS },
    ]
}

fn organisation(actor: &Actor) -> Result<OrganisationId, Refusal> {
    Ok(OrganisationId(actor.organisation()?))
}

/// The legal day on which a request arrived.
fn day(at: DateTime<Utc>) -> NaiveDate {
    crate::core::calendar::local_date(at, ZONE)
}

/// The name of a code, or the code itself where no row names it.
fn name(rows: &[Named], code: &str, lang: Lang) -> String {
    rows.iter().find(|row| row.code == code).map_or(code, |row| row.name(lang)).to_owned()
}

/// Reference rows as choices, after an empty one labelled by the words `empty`.
fn choices(rows: &[Named], lang: Lang, empty: &'static str) -> Vec<Choice> {
    let first = Choice::new("", lang.t(empty));
    std::iter::once(first).chain(rows.iter().map(|row| Choice::new(row.code.clone(), row.name(lang)))).collect()
}

/// Everything a vendor offers and offered.
async fn offered(tx: &mut Tx, vendor: VendorId, page: &Page, today: NaiveDate) -> sqlx::Result<Vec<Offered>> {
    let use_cases = reference::use_cases(tx).await?;
    let mut packages = store::packages(tx, vendor).await?;
    let mut all = Vec::new();
    for solution in store::solutions(tx, vendor).await? {
        let (mine, others) = packages.into_iter().partition(|p| p.solution_id == solution.id);
        packages = others;
        let described = solution.described();
        all.push(Offered {
            use_case: name(&use_cases, &solution.use_case, page.lang),
            prices: Price::all(mine, today),
            facts: facts(page, &described, &use_cases),
            points: Points::all(page, &described, today),
            versions: differences(page, &store::versions(tx, solution.id).await?, &use_cases),
            solution,
        });
    }
    Ok(all)
}

/// The facts of a solution in words, without its name and what it does, which stand above them.
fn facts(page: &Page, described: &super::Described, use_cases: &[Named]) -> Vec<(String, String)> {
    let rows = described.rows().into_iter().filter(|(field, _)| !matches!(*field, "name" | "summary"));
    rows.map(|(field, fact)| (field_in_words(page, field), words(page, &fact, use_cases))).collect()
}

fn words(page: &Page, fact: &super::rules::facts::Fact, use_cases: &[Named]) -> String {
    fact_in_words(page, fact, |code| name(use_cases, code, page.lang))
}

/// What each version changed, newest first; the first version changed nothing.
fn differences(page: &Page, versions: &[store::VersionRow], use_cases: &[Named]) -> Vec<Difference> {
    versions
        .windows(2)
        .map(|pair| Difference {
            version: pair[0].version,
            made_at: pair[0].made_at,
            changes: pair[1]
                .content
                .differences(&pair[0].content)
                .into_iter()
                .map(|(field, was, is)| {
                    (field_in_words(page, field), words(page, &was, use_cases), words(page, &is, use_cases))
                })
                .collect(),
        })
        .collect()
}

/// Where a vendor is told to prove who it is before bank data.
fn prove(path: &str) -> String {
    format!("/prove?next={}", crate::web::page::encode(path))
}
