//! Doors of vendors: their own entry and catalogue, the agency's list, the public register.

mod catalogue;
mod download;
mod own;
mod register;
mod staff;

use super::{store, views::Offered};
use crate::{
    core::{actor::Actor, calendar::ZONE, lang::Lang, refusal::Refusal, roles::Role},
    db::Tx,
    organisations::OrganisationId,
    reference::{self, Named},
    vendors::{VendorId, views::Price},
    web::{Choice, Door, Need, page::MenuEntry},
};
use chrono::{DateTime, NaiveDate, Utc};

const VENDOR: Need = Need::AnyOf(&[Role::Vendor]);
const SEES_VENDORS: &[Role] = &[Role::Manager, Role::Screener, Role::ClaimsOfficer, Role::Auditor];
const DECIDES: Need = Need::AnyOf(&[Role::Manager]);

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
        Door::get("/vendors", Need::AnyOf(SEES_VENDORS), staff::vendors),
        Door::get("/vendors/{id}", Need::AnyOf(SEES_VENDORS), staff::vendor),
        Door::post("/vendors/{id}/steps", DECIDES, staff::take_step),
        Door::get("/register", Need::Nobody, register::register),
        Door::get("/register.csv", Need::Nobody, register::file),
        Door::get("/register/{id}", Need::Nobody, register::solution),
    ]
}

pub fn menu() -> Vec<MenuEntry> {
    vec![
        MenuEntry { path: "/register", key: "vendors-register-title", roles: &[] },
        MenuEntry { path: "/vendor", key: "vendors-own-title", roles: &[Role::Vendor] },
        MenuEntry { path: "/vendors", key: "vendors-title", roles: SEES_VENDORS },
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
async fn offered(tx: &mut Tx, vendor: VendorId, lang: Lang, today: NaiveDate) -> sqlx::Result<Vec<Offered>> {
    let use_cases = reference::use_cases(tx).await?;
    let mut packages = store::packages(tx, vendor).await?;
    let solutions = store::solutions(tx, vendor).await?;
    let offered = solutions.into_iter().map(|solution| {
        let (mine, others) = std::mem::take(&mut packages).into_iter().partition(|p| p.solution_id == solution.id);
        packages = others;
        let use_case = name(&use_cases, &solution.use_case, lang);
        Offered { solution, use_case, prices: Price::all(mine, today) }
    });
    Ok(offered.collect())
}
