//! A firm writes its application, part by part. Every write names the version its form was made from; what others
//! wrote meanwhile is brought together with it, and where both changed one field, neither is lost.

mod documents;
mod parts;
mod rows;

pub use documents::{attach, attach_from_vault, remove_document};
pub use parts::{answer_questions, choose_package, save_part, save_use_case, save_workload};
pub(in crate::applications) use parts::{fill_gaps, held};
pub(in crate::applications) use rows::row_fields;
pub use rows::{put_cost, put_indicator, put_row, remove_row, save_costs, save_indicators};

use super::first_result;
use crate::{
    app::App,
    applications::{
        Application, ApplicationId,
        rules::{
            Section,
            merging::{Clash, Fields, merge},
        },
        store::{
            self, draft,
            revisions::{self, Place},
        },
    },
    audit::{self, Record},
    core::{
        actor::Actor,
        form::FormErrors,
        names::fold_search,
        refusal::{Outcome, Refusal, Trouble},
        roles::{OwnAct, Role},
    },
    db::{Tx, once::Once},
    organisations::{self, OrganisationId},
    programmes::{self, CallId, CallState},
};
use chrono::{DateTime, Duration, Utc};

/// A write to a draft: which one, the version the form was made from, and the form's own id.
#[derive(Debug, Clone, Copy)]
pub struct Edit {
    pub id: ApplicationId,
    pub version: i64,
    pub once: Once,
    /// Saved by the page itself while somebody writes. Sent twice it says the same, so no id is kept of it.
    pub auto: bool,
}

/// Parts that are one form each.
pub const PARTS: [Section; 4] = [Section::UseCase, Section::Workload, Section::Solution, Section::Questions];

/// What is told when two people changed one field differently.
pub const OVERTAKEN: &str = "applications-refusal-overtaken";

/// A person who goes on saving one part within this time leaves one record in the history.
const ONE_RECORD: Duration = Duration::minutes(10);

/// Starts the firm's one application in a call; answers the live one when there is one already. A call of several
/// tracks asks for one of them, any other for none.
pub async fn start(app: &App, actor: &Actor, call: CallId, track: Option<&str>, once: Once) -> Outcome<ApplicationId> {
    let now = app.clock.now();
    if !actor.is(Role::Firm) {
        return Err(Refusal::not_found().into());
    }
    let organisation = OrganisationId(actor.organisation()?);
    actor.may(OwnAct::Draft)?;
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "applications.start", now).await? {
        return first_result(&first);
    }
    let call = programmes::find_call(&mut tx, call).await?.ok_or_else(Refusal::not_found)?;
    if let Some(live) = store::find_live(&mut tx, organisation, call.id).await? {
        return Ok(live);
    }
    if call.state != CallState::Published || now >= call.closes_at {
        return Err(Refusal::conflict("applications-refusal-call-closed").into());
    }
    let rules = programmes::rules_at(&mut tx, call.id, call.version).await?;
    let track = rules.track_chosen(track)?;
    let firm = organisations::get(&mut tx, organisation).await?;
    let id = ApplicationId::new();
    let words = search_words((&firm.legal_name, &firm.business_number), "", "", "");
    if !draft::insert(&mut tx, id, (call.id, call.version), track, &firm, words, now).await? {
        // Somebody of the same firm was first, in the same moment.
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    for section in PARTS {
        // Nothing was written yet, and that is known: the base of two people who begin at once.
        revisions::insert(&mut tx, id, Place::form(section), 1, &Fields::new(), actor.id, now).await?;
    }
    audit::record(&mut tx, actor, Record::new("application", id, "application_started").with("call", call.code), now)
        .await?;
    tx.remember(once, id).await?;
    tx.commit().await?;
    Ok(id)
}

/// What finds an application: its title and process, the firm, its numbers.
/// `firm` is its name and business number.
pub(super) fn search_words(firm: (&str, &str), title: &str, process: &str, receipt_no: &str) -> String {
    fold_search(&format!("{title} {process} {} {} {receipt_no}", firm.0, firm.1))
}

/// A unit of work on a draft: the application as it stands, or the version that an earlier sending of the
/// same form led to.
enum Opened {
    Fresh(Box<Application>),
    Before(i64),
}

async fn open(tx: &mut Tx, actor: &Actor, edit: Edit, act: &'static str, now: DateTime<Utc>) -> Outcome<Opened> {
    if !edit.auto
        && let Some(first) = tx.seen(edit.once, actor.id, act, now).await?
    {
        return Ok(Opened::Before(first_result(&first)?));
    }
    Ok(Opened::Fresh(Box::new(writable(tx, actor, edit.id).await?)))
}

/// The firm's own application, while the firm may write to it; nobody else writes until the unit of work is over.
async fn writable(tx: &mut Tx, actor: &Actor, id: ApplicationId) -> Outcome<Application> {
    if !actor.is_any(&[Role::Firm, Role::Adviser]) {
        return Err(Refusal::not_found().into());
    }
    actor.may(OwnAct::Draft)?;
    draft::lock(tx, id).await?;
    let application = store::find_visible(tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    if !application.state.is_open_to_firm() {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    Ok(application)
}

/// What is to be stored of what was typed: all of it, unless somebody saved the part since the form was made.
/// Then fields that only one of them changed are both kept, and a field that both changed is refused.
async fn settle(
    tx: &mut Tx,
    application: &Application,
    edit: Edit,
    place: Place,
    theirs: &Fields,
    yours: Fields,
) -> Outcome<Fields> {
    if application.version == edit.version {
        return Ok(yours);
    }
    let base = revisions::at(tx, edit.id, place, edit.version).await?;
    let (merged, clashes) = merge(base.as_ref().map(|base| &base.fields.0), theirs, &yours);
    if clashes.is_empty() { Ok(merged) } else { Err(Refusal::conflict(OVERTAKEN).into()) }
}

/// Two people's writing of one part, for the page on which it is brought together.
pub struct Conflict {
    pub merged: Fields,
    pub clashes: Vec<Clash>,
    /// Who saved last, and when.
    pub last: Option<(String, DateTime<Utc>)>,
}

/// How `yours` and what is stored now differ.
pub async fn conflict(tx: &mut Tx, edit: Edit, place: Place, theirs: &Fields, yours: &Fields) -> Outcome<Conflict> {
    let base = revisions::at(tx, edit.id, place, edit.version).await?;
    let (merged, clashes) = merge(base.as_ref().map(|base| &base.fields.0), theirs, yours);
    let last = revisions::at(tx, edit.id, place, i64::MAX).await?.map(|last| (last.saved_by_name, last.saved_at));
    Ok(Conflict { merged, clashes, last })
}

/// Writes the row and raises the version.
async fn write(tx: &mut Tx, application: &Application) -> Outcome<()> {
    let saved = draft::save(tx, application).await?;
    if saved { Ok(()) } else { Err(Refusal::unacceptable("refusal-changed-meanwhile").into()) }
}

/// Notes the new revision and the record of it, and keeps everything.
async fn finish(
    mut tx: Tx,
    actor: &Actor,
    edit: Edit,
    version: i64,
    left: &[(Place, Fields)],
    section: Section,
    now: DateTime<Utc>,
) -> Outcome<i64> {
    let mut quiet = false;
    for (place, fields) in left {
        let last = revisions::at(&mut tx, edit.id, *place, version).await?;
        let goes_on = |last: revisions::Revision| {
            !last.fields.0.is_empty() && last.saved_by == actor.id && now - last.saved_at < ONE_RECORD
        };
        quiet = edit.auto && last.is_some_and(goes_on);
        revisions::insert(&mut tx, edit.id, *place, version, fields, actor.id, now).await?;
    }
    if !quiet {
        let record = Record::new("application", edit.id, "application_saved").with("section", section);
        audit::record(&mut tx, actor, record, now).await?;
    }
    keep(tx, edit, version).await
}

async fn keep(mut tx: Tx, edit: Edit, version: i64) -> Outcome<i64> {
    if !edit.auto {
        tx.remember(edit.once, version).await?;
    }
    tx.commit().await?;
    Ok(version)
}

fn too_many(field: &'static str, most: usize) -> Trouble {
    let mut errors = FormErrors::new();
    errors.add_with(field, "applications-refusal-too-many", vec![("most", most.to_string())]);
    errors.into()
}
