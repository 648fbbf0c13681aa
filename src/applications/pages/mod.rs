//! Doors of applications: the firm writes and submits, officers screen, anybody checks a receipt.

mod conditions;
mod conflicts;
mod documents;
mod draft;
mod lines;
mod list;
mod precheck;
mod preview;
mod questions;
mod receipts;
mod record;
mod replays;
mod screening;
mod spot_checks;
mod submission;
mod supplements;

use super::{
    Application, ApplicationId,
    actions::{Dossier, Edit},
    forms,
    rules::Section,
    store,
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
const ADMIN: Need = Need::AnyOf(&[Role::Admin]);
const MANAGER: Need = Need::AnyOf(&[Role::Manager]);
/// Those who set calls up and those who answer for them.
const DESK: Need = Need::AnyOf(&[Role::Admin, Role::Manager]);
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

/// Who sees how many were picked for a spot check.
const SPOT_CHECKS: Need = Need::AnyOf(&[Role::Screener, Role::Manager, Role::Admin, Role::Auditor]);

pub fn doors() -> Vec<Door> {
    vec![
        Door::get("/receipts", Need::Nobody, receipts::check),
        Door::get("/questions", DESK, questions::show_library),
        Door::get("/questions/new", ADMIN, questions::show_question),
        Door::post("/questions/new", ADMIN, questions::write_question),
        Door::get("/calls/{id}/form", ADMIN, questions::show_call_form),
        Door::post("/calls/{id}/form", ADMIN, questions::change_call_form),
        Door::get("/calls/{id}/check", Need::Nobody, precheck::ask),
        Door::post("/calls/{id}/check", Need::Nobody, precheck::answer),
        Door::get("/calls/{id}/check/{answers}", Need::Nobody, precheck::result),
        Door::post("/calls/{id}/check/{answers}", FIRM, precheck::carry),
        Door::get("/calls/{id}/replays", TRIES, replays::list),
        Door::get("/calls/{id}/replays/new", TRIES, replays::show_new),
        Door::post("/calls/{id}/replays/new", TRIES, replays::start),
        Door::get("/calls/{id}/replays/change", TRIES, replays::show_change),
        Door::post("/calls/{id}/replays/change", TRIES, replays::start_change),
        Door::get("/calls/{id}/spot-checks", SPOT_CHECKS, spot_checks::show),
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
        Door::get("/calls/{id}/preview/{application}", Need::AnyOf(&[Role::Admin, Role::Manager]), preview::walk),
        Door::post("/calls/{id}/preview/clear", Need::AnyOf(&[Role::Admin]), preview::clear),
        Door::get("/applications/{id}", SEES, record::show),
        Door::get("/applications/{id}/differences", SEES, record::differences),
        Door::get("/applications/{id}/use-case", WRITERS, draft::show),
        Door::post("/applications/{id}/use-case", WRITERS, draft::save),
        Door::get("/applications/{id}/workload", WRITERS, draft::show),
        Door::post("/applications/{id}/workload", WRITERS, draft::save),
        Door::get("/applications/{id}/solution", WRITERS, draft::show),
        Door::post("/applications/{id}/solution", WRITERS, draft::save),
        Door::get("/applications/{id}/questions", WRITERS, draft::show),
        Door::post("/applications/{id}/questions", WRITERS, draft::save),
        Door::get("/applications/{id}/indicators", WRITERS, lines::show),
        Door::post("/applications/{id}/indicators", WRITERS, lines::add),
        Door::get("/applications/{id}/indicators/{row}", WRITERS, lines::show_row),
        Door::post("/applications/{id}/indicators/{row}", WRITERS, lines::change),
        Door::post("/applications/{id}/indicators/{row}/remove", WRITERS, lines::remove),
        Door::get("/applications/{id}/costs", WRITERS, lines::show),
        Door::post("/applications/{id}/costs", WRITERS, lines::add),
        Door::get("/applications/{id}/costs/{row}", WRITERS, lines::show_row),
        Door::post("/applications/{id}/costs/{row}", WRITERS, lines::change),
        Door::post("/applications/{id}/costs/{row}/remove", WRITERS, lines::remove),
        Door::get("/applications/{id}/team", WRITERS, lines::show),
        Door::post("/applications/{id}/team", WRITERS, lines::add),
        Door::get("/applications/{id}/team/{row}", WRITERS, lines::show_row),
        Door::post("/applications/{id}/team/{row}", WRITERS, lines::change),
        Door::post("/applications/{id}/team/{row}/remove", WRITERS, lines::remove),
        Door::get("/applications/{id}/documents", WRITERS, documents::show),
        Door::post("/applications/{id}/documents/{kind}", WRITERS, documents::attach),
        Door::post("/applications/{id}/documents/{kind}/from-vault", WRITERS, documents::attach_from_vault),
        Door::get("/applications/{id}/documents/{document}", SEES, documents::download),
        Door::post("/applications/{id}/documents/{document}/remove", WRITERS, documents::remove),
        Door::get("/applications/{id}/supplement", FIRM, supplements::show_answers),
        Door::post("/applications/{id}/supplement", FIRM, supplements::answer),
        Door::get("/applications/{id}/second-round", MANAGER, supplements::show_allow),
        Door::post("/applications/{id}/second-round", MANAGER, supplements::allow),
        Door::get("/applications/{id}/submit", FIRM, submission::show_review),
        Door::post("/applications/{id}/prepare", FIRM, submission::prepare),
        Door::post("/applications/{id}/certify", FIRM, submission::certify),
        Door::post("/applications/{id}/submit", FIRM, submission::submit),
        Door::get("/applications/{id}/receipt", SEES, receipts::receipt),
        Door::get("/applications/{id}/submissions/{round}", SEES, receipts::content),
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
        MenuEntry { path: "/questions", key: "questions-title", roles: &[Role::Admin] },
    ]
}

/// The application if the reader may see it.
async fn visible(tx: &mut Tx, actor: &Actor, id: ApplicationId) -> Outcome<Application> {
    Ok(store::find_visible(tx, actor, id).await?.ok_or_else(Refusal::not_found)?)
}

/// Everything of an application if the reader may see it.
async fn find_dossier(app: &App, tx: &mut Tx, actor: &Actor, id: ApplicationId) -> Outcome<Dossier> {
    let found = Dossier::read_found(tx, store::visible(actor, id), id, app.clock.now()).await?;
    Ok(found.ok_or_else(Refusal::not_found)?)
}

/// Everything of an application that the firm may write to now.
async fn open_draft(app: &App, tx: &mut Tx, actor: &Actor, id: ApplicationId) -> Outcome<Dossier> {
    let dossier = find_dossier(app, tx, actor, id).await?;
    if !dossier.application.state.is_open_to_firm() {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    Ok(dossier)
}

async fn names(tx: &mut Tx) -> Outcome<Names> {
    Ok(Names { use_cases: reference::use_cases(tx).await?, regions: reference::all_regions(tx).await? })
}

fn reader(app: &App) -> Reader {
    Reader { allow_unscanned: app.config.allow_unscanned }
}

/// The write that a posted form asks for; `auto` when the page sent it by itself.
fn edit(id: ApplicationId, posted: &Posted, auto: bool) -> Result<Edit, Refusal> {
    Ok(Edit { id, version: forms::version(posted.value("version"))?, once: posted.once, auto })
}

/// The part of the form that a path below an application is about: `/applications/{id}/costs/…`.
fn section_of(visitor: &Visitor) -> Result<Section, Refusal> {
    visitor.path.split('/').nth(3).and_then(Section::at).ok_or_else(Refusal::not_found)
}

/// What came back from a save, with the form it came from.
type Refused<'a> = Option<(&'a Posted, Trouble)>;

/// A form without fields of its own that came back. When somebody else was first it carries the newest version from
/// now on: the page shows what stands now, and sending it again is then the reader's decision.
fn again(visitor: &Visitor, posted: &Posted, trouble: Trouble, application: &Application) -> Outcome<Form> {
    posted.again_after(visitor, "applications", trouble, application.version)
}
