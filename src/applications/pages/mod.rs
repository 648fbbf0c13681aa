//! Doors of applications: the firm writes and submits, officers screen, anybody checks a receipt.

mod conditions;
mod documents;
mod draft;
mod lines;
mod list;
mod precheck;
mod preview;
mod record;
mod replays;
mod screening;
mod submission;

use super::{
    Application, ApplicationId,
    actions::{Dossier, Edit},
    forms, store,
    views::whole::{Names, Reader},
};
use crate::{
    app::App,
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal, Trouble},
        roles::Role,
    },
    db::Tx,
    reference,
    web::{Door, Form, Need, Posted, Visitor, page::MenuEntry},
};

const FIRM: Need = Need::AnyOf(&[Role::Firm]);
/// Whoever writes: the firm's people, and an adviser at work for it.
const WRITERS: Need = Need::AnyOf(&[Role::Firm, Role::Adviser]);
const SCREENER: Need = Need::AnyOf(&[Role::Screener]);
const LISTS: Need = Need::AnyOf(&[Role::Firm, Role::Adviser, Role::Screener, Role::Manager, Role::Auditor]);
const SEES: Need = Need::AnyOf(&[
    Role::Firm,
    Role::Adviser,
    Role::Screener,
    Role::Manager,
    Role::ClaimsOfficer,
    Role::Payer,
    Role::Auditor,
]);

/// Who lets a case pass a condition.
const JUDGES: Need = Need::AnyOf(&[Role::Screener, Role::Manager]);
const OFFICERS: Need = Need::AnyOf(&[Role::Screener, Role::Manager, Role::ClaimsOfficer, Role::Payer, Role::Auditor]);
/// Who tries other wordings of a condition: those who see programmes as they are set up.
const TRIES: Need = Need::AnyOf(&[Role::Admin, Role::Manager, Role::Auditor]);

pub fn doors() -> Vec<Door> {
    vec![
        Door::get("/receipts", Need::Nobody, submission::receipts),
        Door::get("/calls/{id}/check", Need::Nobody, precheck::ask),
        Door::post("/calls/{id}/check", Need::Nobody, precheck::answer),
        Door::get("/calls/{id}/check/{answers}", Need::Nobody, precheck::result),
        Door::post("/calls/{id}/check/{answers}", FIRM, precheck::carry),
        Door::get("/calls/{id}/replays", TRIES, replays::list),
        Door::get("/calls/{id}/replays/new", TRIES, replays::show_new),
        Door::post("/calls/{id}/replays/new", TRIES, replays::start),
        Door::get("/replays/{id}", TRIES, replays::replay),
        Door::get("/exceptions", JUDGES, conditions::exceptions),
        Door::get("/exceptions/{id}", JUDGES, conditions::show_exception),
        Door::post("/exceptions/{id}", JUDGES, conditions::decide_exception),
        Door::get("/applications/{id}/exceptions/{rule}", FIRM, conditions::show_ask),
        Door::post("/applications/{id}/exceptions/{rule}", FIRM, conditions::ask),
        Door::get("/applications/{id}/conditions", OFFICERS, conditions::case),
        Door::get("/applications/{id}/conditions/{rule}", JUDGES, conditions::show_waive),
        Door::post("/applications/{id}/conditions/{rule}", JUDGES, conditions::waive),
        Door::get("/applications", LISTS, list::list),
        Door::get("/applications/new", FIRM, list::show_new),
        Door::post("/applications/new", FIRM, list::start),
        Door::get("/calls/{id}/preview", Need::AnyOf(&[Role::Admin, Role::Manager]), preview::show),
        Door::post("/calls/{id}/preview", Need::AnyOf(&[Role::Admin]), preview::try_out),
        Door::post("/calls/{id}/preview/clear", Need::AnyOf(&[Role::Admin]), preview::clear),
        Door::get("/applications/{id}", SEES, record::show),
        Door::get("/applications/{id}/use-case", WRITERS, draft::show_use_case),
        Door::post("/applications/{id}/use-case", WRITERS, draft::save_use_case),
        Door::get("/applications/{id}/workload", WRITERS, draft::show_workload),
        Door::post("/applications/{id}/workload", WRITERS, draft::save_workload),
        Door::get("/applications/{id}/solution", WRITERS, draft::show_solution),
        Door::post("/applications/{id}/solution", WRITERS, draft::save_solution),
        Door::get("/applications/{id}/indicators", WRITERS, lines::show_indicators),
        Door::post("/applications/{id}/indicators", WRITERS, lines::add_indicator),
        Door::get("/applications/{id}/indicators/{position}", WRITERS, lines::show_indicator),
        Door::post("/applications/{id}/indicators/{position}", WRITERS, lines::change_indicator),
        Door::post("/applications/{id}/indicators/{position}/remove", WRITERS, lines::remove_indicator),
        Door::get("/applications/{id}/costs", WRITERS, lines::show_costs),
        Door::post("/applications/{id}/costs", WRITERS, lines::add_cost),
        Door::get("/applications/{id}/costs/{position}", WRITERS, lines::show_cost),
        Door::post("/applications/{id}/costs/{position}", WRITERS, lines::change_cost),
        Door::post("/applications/{id}/costs/{position}/remove", WRITERS, lines::remove_cost),
        Door::get("/applications/{id}/documents", WRITERS, documents::show),
        Door::post("/applications/{id}/documents/{kind}", WRITERS, documents::attach),
        Door::post("/applications/{id}/documents/{kind}/from-vault", WRITERS, documents::attach_from_vault),
        Door::get("/applications/{id}/documents/{document}", SEES, documents::download),
        Door::post("/applications/{id}/documents/{document}/remove", WRITERS, documents::remove),
        Door::get("/applications/{id}/submit", FIRM, submission::show_review),
        Door::post("/applications/{id}/submit", FIRM, submission::submit),
        Door::get("/applications/{id}/receipt", SEES, submission::receipt),
        Door::get("/applications/{id}/submissions/{round}", SEES, submission::content),
        Door::get("/applications/{id}/withdraw", FIRM, submission::show_withdraw),
        Door::post("/applications/{id}/withdraw", FIRM, submission::withdraw),
        Door::get("/applications/{id}/screening", SCREENER, screening::show),
        Door::post("/applications/{id}/screening", SCREENER, screening::decide),
    ]
}

pub fn menu() -> Vec<MenuEntry> {
    vec![
        MenuEntry {
            path: "/applications",
            key: "applications-menu",
            roles: &[Role::Firm, Role::Adviser, Role::Screener, Role::Manager, Role::Auditor],
        },
        MenuEntry { path: "/exceptions", key: "exceptions-title", roles: &[Role::Screener, Role::Manager] },
    ]
}

/// The application if the reader may see it.
async fn visible(tx: &mut Tx, actor: &Actor, id: ApplicationId) -> Outcome<Application> {
    Ok(store::find_visible(tx, actor, id).await?.ok_or_else(Refusal::not_found)?)
}

/// Everything of an application that the firm may write to now.
async fn open_draft(app: &App, tx: &mut Tx, actor: &Actor, id: ApplicationId) -> Outcome<Dossier> {
    let application = visible(tx, actor, id).await?;
    if !application.state.is_open_to_firm() {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    Dossier::read(tx, application, app.clock.now()).await
}

async fn names(tx: &mut Tx) -> Outcome<Names> {
    Ok(Names { use_cases: reference::use_cases(tx).await?, regions: reference::all_regions(tx).await? })
}

fn reader(app: &App) -> Reader {
    Reader { allow_unscanned: app.config.allow_unscanned }
}

/// The write that a posted form asks for.
fn edit(id: ApplicationId, posted: &Posted) -> Result<Edit, Refusal> {
    Ok(Edit { id, version: forms::version(posted.value("version"))?, once: posted.once })
}

/// What came back from a save, with the form it came from.
type Refused<'a> = Option<(&'a Posted, Trouble)>;

/// A form that came back. When somebody else was first it carries the newest version from now on: the reader
/// sees what is stored beside what they typed, and saving again is then their decision.
fn again(visitor: &Visitor, posted: &Posted, trouble: Trouble, application: &Application) -> Outcome<(Form, bool)> {
    let overtaken = matches!(&trouble, Trouble::Refused(refusal) if refusal.key == "refusal-changed-meanwhile");
    let form = posted.again(visitor, "applications", trouble)?;
    if overtaken {
        return Ok((form.put("version", application.version), true));
    }
    Ok((form, false))
}
