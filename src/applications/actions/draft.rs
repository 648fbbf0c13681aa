//! A firm writes its application, part by part. Every write names the version it was made from.

use super::{Dossier, NewCost, NewIndicator, NewPackage, NewUseCase, NewWorkload, first_result};
use crate::{
    app::App,
    applications::{
        Application, ApplicationId,
        forms::totals,
        rules::{COST_LINES_MAX, DOCUMENTS_MAX, INDICATORS_MAX, Section, TRANSFER_NOTICE},
        store::{
            self,
            dossier::{DraftCost, DraftIndicator},
            draft,
        },
    },
    audit::{self, Record},
    core::{
        actor::Actor,
        calendar,
        form::FormErrors,
        names::fold_search,
        refusal::{Outcome, Refusal},
        roles::{OwnAct, Role},
    },
    db::{Tx, once::Once},
    files::{self, Received},
    organisations::{self, OrganisationId},
    programmes::{self, CallId, CallState},
    reference, vendors,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A write to a draft: which one, the version the form was made from, and the form's own id.
#[derive(Debug, Clone, Copy)]
pub struct Edit {
    pub id: ApplicationId,
    pub version: i64,
    pub once: Once,
}

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

async fn open(tx: &mut Tx, actor: &Actor, edit: Edit, now: DateTime<Utc>) -> Outcome<Opened> {
    if let Some(first) = tx.seen(edit.once, actor.id, "applications.save", now).await? {
        return Ok(Opened::Before(first_result(&first)?));
    }
    let application = writable(tx, actor, edit.id).await?;
    if application.version != edit.version {
        return Err(changed_meanwhile());
    }
    Ok(Opened::Fresh(Box::new(application)))
}

/// The firm's own application, while the firm may write to it.
async fn writable(tx: &mut Tx, actor: &Actor, id: ApplicationId) -> Outcome<Application> {
    if !actor.is_any(&[Role::Firm, Role::Adviser]) {
        return Err(Refusal::not_found().into());
    }
    actor.may(OwnAct::Draft)?;
    let application = store::find_visible(tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    if !application.state.is_open_to_firm() {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    Ok(application)
}

fn changed_meanwhile() -> crate::core::refusal::Trouble {
    Refusal::unacceptable("refusal-changed-meanwhile").into()
}

/// Writes the row. Comes before lines and indicators: its lock keeps a second writer out.
async fn write(tx: &mut Tx, application: &Application) -> Outcome<()> {
    if draft::save(tx, application).await? { Ok(()) } else { Err(changed_meanwhile()) }
}

async fn finish(mut tx: Tx, actor: &Actor, edit: Edit, section: Section, now: DateTime<Utc>) -> Outcome<i64> {
    let record = Record::new("application", edit.id, "application_saved").with("section", section);
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(edit.once, edit.version + 1).await?;
    tx.commit().await?;
    Ok(edit.version + 1)
}

/// Opens the unit of work of one save, lets `$change` alter `$application` in it, and writes that down.
macro_rules! save {
    ($app:expr, $actor:expr, $edit:expr, $section:expr, |$tx:ident, $application:ident, $now:ident| $change:block, $then:block) => {{
        let $now = $app.clock.now();
        let mut $tx = $app.db.write().await?;
        #[allow(unused_mut)]
        let mut $application = match open(&mut $tx, $actor, $edit, $now).await? {
            Opened::Fresh(application) => application,
            Opened::Before(version) => return Ok(version),
        };
        $change
        write(&mut $tx, &$application).await?;
        $then
        finish($tx, $actor, $edit, $section, $now).await
    }};
}

/// Answers the new version, as every save does.
pub async fn save_use_case(app: &App, actor: &Actor, edit: Edit, new: NewUseCase) -> Outcome<i64> {
    save!(
        app,
        actor,
        edit,
        Section::UseCase,
        |tx, application, now| {
            if let Some(code) = &new.use_case
                && !reference::use_cases(&mut tx).await?.iter().any(|known| known.code == *code)
            {
                return Err(Refusal::unacceptable("form-choose").at("use_case").into());
            }
            let firm = organisations::get(&mut tx, application.organisation_id).await?;
            let number = application.receipt_no.clone().unwrap_or_default();
            application.search_text =
                search_words((&firm.legal_name, &firm.business_number), &new.title, &new.process_name, &number);
            application.title = new.title;
            application.use_case = new.use_case;
            application.process_name = new.process_name;
            application.problem = new.problem;
            application.plan = new.plan;
        },
        {}
    )
}

pub async fn save_workload(app: &App, actor: &Actor, edit: Edit, new: NewWorkload) -> Outcome<i64> {
    let code = |code: Option<&'static str>| code.map(str::to_owned);
    save!(
        app,
        actor,
        edit,
        Section::Workload,
        |tx, application, now| {
            application.data_class = code(new.data_class.map(|class| class.as_str()));
            application.latency_class = code(new.latency_class.map(|class| class.as_str()));
            application.language_class = code(new.language_class.map(|class| class.as_str()));
            application.decision_impact = code(new.decision_impact.map(|impact| impact.as_str()));
            application.model_origin = code(new.model_origin.map(|origin| origin.as_str()));
            application.hosting = code(new.hosting.map(|hosting| hosting.as_str()));
            application.human_oversight = new.human_oversight;
        },
        {}
    )
}

/// Only a package that is on offer today, of an approved vendor that is not the firm itself.
pub async fn choose_package(app: &App, actor: &Actor, edit: Edit, new: NewPackage) -> Outcome<i64> {
    save!(
        app,
        actor,
        edit,
        Section::Solution,
        |tx, application, now| {
            let call = programmes::get_call(&mut tx, application.call_id).await?;
            let programme = programmes::get_programme(&mut tx, call.programme_id).await?;
            let zone = programme.zone.parse().map_err(|error| anyhow::anyhow!("a time zone: {error}"))?;
            let today = calendar::local_date(now, zone);
            let chosen = match new.package {
                Some(package) => Some(
                    vendors::package_choice(&mut tx, package, today)
                        .await?
                        .ok_or_else(|| Refusal::unacceptable("applications-refusal-package-gone").at("package"))?,
                ),
                None => None,
            };
            if chosen.as_ref().is_some_and(|chosen| chosen.vendor_organisation_id == application.organisation_id) {
                return Err(Refusal::unacceptable("applications-refusal-own-package").at("package").into());
            }
            // Nobody is advised by the vendor they choose (domain.md C, invariant 17).
            if let Some(chosen) = &chosen
                && organisations::adviser_is_of_vendor(
                    &mut tx,
                    application.organisation_id,
                    chosen.vendor_organisation_id,
                    today,
                )
                .await?
            {
                return Err(Refusal::unacceptable("applications-refusal-advisers-package").at("package").into());
            }
            application.vendor_id = chosen.as_ref().map(|chosen| chosen.vendor_id);
            application.package_id = chosen.map(|chosen| chosen.package_id);
            application.package_quantity = new.quantity;
        },
        {}
    )
}

/// Puts these indicators in the place of all there were.
pub async fn save_indicators(app: &App, actor: &Actor, edit: Edit, new: Vec<NewIndicator>) -> Outcome<i64> {
    let rows: Vec<DraftIndicator> = new.into_iter().map(indicator_row).collect();
    change_indicators(app, actor, edit, |held| {
        *held = rows;
        Ok(())
    })
    .await
}

/// Adds an indicator, or puts it in the place of the one at `position` (from 1).
pub async fn put_indicator(
    app: &App,
    actor: &Actor,
    edit: Edit,
    position: Option<usize>,
    new: NewIndicator,
) -> Outcome<i64> {
    change_indicators(app, actor, edit, |held| put(held, position, indicator_row(new))).await
}

pub async fn remove_indicator(app: &App, actor: &Actor, edit: Edit, position: usize) -> Outcome<i64> {
    change_indicators(app, actor, edit, |held| take_out(held, position)).await
}

async fn change_indicators(
    app: &App,
    actor: &Actor,
    edit: Edit,
    change: impl FnOnce(&mut Vec<DraftIndicator>) -> Result<(), Refusal>,
) -> Outcome<i64> {
    let mut held = Vec::new();
    save!(
        app,
        actor,
        edit,
        Section::Indicators,
        |tx, application, now| {
            held.extend(store::dossier::indicators(&mut tx, edit.id).await?);
            change(&mut held)?;
            if held.len() > INDICATORS_MAX {
                return Err(too_many("name", INDICATORS_MAX));
            }
        },
        {
            draft::replace_indicators(&mut tx, edit.id, &held).await?;
        }
    )
}

/// Puts these lines of cost in the place of all there were.
pub async fn save_costs(app: &App, actor: &Actor, edit: Edit, new: Vec<NewCost>) -> Outcome<i64> {
    change_costs(app, actor, edit, |held| {
        *held = new;
        Ok(())
    })
    .await
}

/// Adds a line of cost, or puts it in the place of the one at `position` (from 1).
pub async fn put_cost(app: &App, actor: &Actor, edit: Edit, position: Option<usize>, new: NewCost) -> Outcome<i64> {
    change_costs(app, actor, edit, |held| put(held, position, new)).await
}

pub async fn remove_cost(app: &App, actor: &Actor, edit: Edit, position: usize) -> Outcome<i64> {
    change_costs(app, actor, edit, |held| take_out(held, position)).await
}

async fn change_costs(
    app: &App,
    actor: &Actor,
    edit: Edit,
    change: impl FnOnce(&mut Vec<NewCost>) -> Result<(), Refusal>,
) -> Outcome<i64> {
    let mut held = Vec::new();
    save!(
        app,
        actor,
        edit,
        Section::Costs,
        |tx, application, now| {
            held.extend(store::dossier::costs(&mut tx, edit.id).await?.into_iter().map(|row| NewCost {
                category: row.category,
                description: row.description,
                quantity: row.quantity,
                unit_price: row.unit_price_won,
                support: row.support_won,
            }));
            change(&mut held)?;
            if held.len() > COST_LINES_MAX {
                return Err(too_many("description", COST_LINES_MAX));
            }
            let totals = totals(&held);
            application.total_won = totals.total;
            application.support_won = totals.support;
            application.own_won = totals.own;
        },
        {
            let rows: Vec<DraftCost> = held.into_iter().map(cost_row).collect();
            draft::replace_costs(&mut tx, edit.id, &rows).await?;
        }
    )
}

fn indicator_row(new: NewIndicator) -> DraftIndicator {
    DraftIndicator {
        position: 0,
        name: new.name,
        unit: new.unit,
        direction: new.direction.to_string(),
        baseline_milli: new.baseline_milli,
        target_milli: new.target_milli,
        baseline_period: new.baseline_period,
        baseline_source: new.baseline_source,
    }
}

fn cost_row(new: NewCost) -> DraftCost {
    let own = new.amount().zip(new.support).map(|(amount, support)| amount.minus(support));
    DraftCost {
        position: 0,
        category: new.category,
        description: new.description,
        quantity: new.quantity,
        unit_price_won: new.unit_price,
        support_won: new.support,
        own_won: own,
    }
}

fn put<T>(held: &mut Vec<T>, position: Option<usize>, new: T) -> Result<(), Refusal> {
    match position {
        None => held.push(new),
        Some(position) => {
            let place = position.checked_sub(1).and_then(|at| held.get_mut(at)).ok_or_else(Refusal::not_found)?;
            *place = new;
        }
    }
    Ok(())
}

fn take_out<T>(held: &mut Vec<T>, position: usize) -> Result<(), Refusal> {
    if position == 0 || position > held.len() {
        return Err(Refusal::not_found());
    }
    held.remove(position - 1);
    Ok(())
}

fn too_many(field: &'static str, most: usize) -> crate::core::refusal::Trouble {
    let mut errors = FormErrors::new();
    errors.add_with(field, "applications-refusal-too-many", vec![("most", most.to_string())]);
    errors.into()
}

/// Attaches an upload as a document of `kind`. Names no version: it takes nothing away from anybody.
pub async fn attach(
    app: &App,
    actor: &Actor,
    id: ApplicationId,
    kind: &str,
    received: &Received,
    once: Once,
) -> Outcome<i64> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "applications.attach", now).await? {
        return first_result(&first);
    }
    let application = writable(&mut tx, actor, id).await?;
    let version = application.version;
    let dossier = Dossier::read(&mut tx, application, now).await?;
    if kind != TRANSFER_NOTICE && !dossier.rules().documents.iter().any(|rule| rule.kind == kind) {
        return Err(Refusal::not_found().into());
    }
    if dossier.documents.len() >= DOCUMENTS_MAX {
        return Err(too_many("file", DOCUMENTS_MAX));
    }
    write(&mut tx, &dossier.application).await?;
    let file = files::adopt(&mut tx, actor, Some(dossier.application.organisation_id.0), received, now).await?;
    draft::insert_document(&mut tx, crate::core::ids::new_uuid(), id, kind, file, now).await?;
    let record = Record::new("application", id, "application_document_attached")
        .with("kind", kind)
        .with("name", &received.name)
        .with("sha256", hex::encode(&received.sha256));
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, version + 1).await?;
    tx.commit().await?;
    Ok(version + 1)
}

/// Attaches a document of the firm's vault that still counts. The stored file is the same; its hash stays what it was.
pub async fn attach_from_vault(
    app: &App,
    actor: &Actor,
    id: ApplicationId,
    kind: &str,
    document: Uuid,
    once: Once,
) -> Outcome<i64> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "applications.attach_from_vault", now).await? {
        return first_result(&first);
    }
    let application = writable(&mut tx, actor, id).await?;
    let version = application.version;
    let dossier = Dossier::read(&mut tx, application, now).await?;
    if !dossier.rules().documents.iter().any(|rule| rule.kind == kind) {
        return Err(Refusal::not_found().into());
    }
    if dossier.documents.len() >= DOCUMENTS_MAX {
        return Err(too_many("file", DOCUMENTS_MAX));
    }
    let firm = dossier.application.organisation_id;
    let (file, name) = organisations::vault::adopt(&mut tx, actor, firm, document, kind, now).await?;
    write(&mut tx, &dossier.application).await?;
    draft::insert_document(&mut tx, crate::core::ids::new_uuid(), id, kind, file, now).await?;
    let record = Record::new("application", id, "application_document_attached").with("kind", kind).with("name", name);
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, version + 1).await?;
    tx.commit().await?;
    Ok(version + 1)
}

/// Takes a document off the draft. What was submitted with it keeps it.
pub async fn remove_document(app: &App, actor: &Actor, edit: Edit, document: Uuid) -> Outcome<i64> {
    save!(
        app,
        actor,
        edit,
        Section::Documents,
        |tx, application, now| {
            if !draft::remove_document(&mut tx, edit.id, document, now).await? {
                return Err(Refusal::not_found().into());
            }
        },
        {}
    )
}
