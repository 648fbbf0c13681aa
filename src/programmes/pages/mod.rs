//! Doors of programmes: the home page, public calls, and the desk where programmes and calls are set up.

mod changes;
mod conditions;
mod desk;
mod public;
mod settings;
mod simulations;
mod transfer;

use crate::{
    core::roles::Role,
    web::{Door, Need, page::MenuEntry},
};

const ADMIN: Need = Need::AnyOf(&[Role::Admin]);
const MANAGER: Need = Need::AnyOf(&[Role::Manager]);
const PREPARES: Need = Need::AnyOf(&[Role::Admin, Role::Manager]);
/// Who sees programmes as they are set up, drafts included.
const DESK: &[Role] = &[Role::Admin, Role::Manager, Role::Auditor];

pub fn doors() -> Vec<Door> {
    vec![
        Door::get("/", Need::Nobody, public::home),
        Door::get("/calls", Need::Nobody, public::calls),
        Door::get("/calls/{id}", Need::Nobody, public::call),
        Door::get("/calls/{id}/conditions", Need::Nobody, conditions::list),
        Door::get("/calls/{id}/conditions/edit", ADMIN, conditions::show_edit),
        Door::post("/calls/{id}/conditions/edit", ADMIN, conditions::edit),
        Door::post("/calls/{id}/conditions/remove", ADMIN, conditions::remove),
        Door::get("/programmes", Need::AnyOf(DESK), desk::programmes),
        Door::get("/programmes/new", ADMIN, desk::show_new_programme),
        Door::post("/programmes/new", ADMIN, desk::make_programme),
        Door::get("/programmes/{id}", Need::AnyOf(DESK), desk::programme),
        Door::get("/programmes/{id}/calls/new", ADMIN, desk::show_new_call),
        Door::post("/programmes/{id}/calls/new", ADMIN, desk::make_call),
        Door::get("/programmes/{id}/calls/import", ADMIN, transfer::show_import),
        Door::post("/programmes/{id}/calls/import", ADMIN, transfer::import),
        Door::post("/programmes/{id}/calls/upload", ADMIN, transfer::import_file),
        Door::get("/calls/{id}/settings", Need::AnyOf(DESK), settings::overview),
        Door::get("/calls/{id}/settings/{aspect}", ADMIN, settings::show),
        Door::post("/calls/{id}/settings/{aspect}", ADMIN, settings::save),
        Door::get("/calls/{id}/changes/{change}", Need::AnyOf(DESK), changes::show),
        Door::post("/calls/{id}/changes/{change}", PREPARES, changes::take_step),
        Door::get("/calls/{id}/extension", ADMIN, changes::show_extension),
        Door::post("/calls/{id}/extension", ADMIN, changes::extend),
        Door::get("/calls/{id}/window", ADMIN, desk::show_window),
        Door::post("/calls/{id}/window", ADMIN, desk::set_window),
        Door::get("/calls/{id}/copy", ADMIN, transfer::show_copy),
        Door::post("/calls/{id}/copy", ADMIN, transfer::copy),
        Door::post("/calls/{id}/export", ADMIN, transfer::export),
        Door::get("/calls/{id}/simulations", PREPARES, simulations::list),
        Door::post("/calls/{id}/simulations", PREPARES, simulations::ask),
        Door::get("/calls/{id}/simulations/{simulation}", PREPARES, simulations::show),
        Door::post("/calls/{id}/publish", MANAGER, desk::publish),
        Door::post("/calls/{id}/cancel", ADMIN, desk::cancel),
    ]
}

pub fn menu() -> Vec<MenuEntry> {
    vec![
        MenuEntry { path: "/calls", key: "programmes-calls-title", roles: &[] },
        MenuEntry { path: "/programmes", key: "programmes-title", roles: DESK },
    ]
}

#[derive(serde::Deserialize)]
struct ListQuery {
    #[serde(default)]
    after: String,
}
