//! The parts of the form that are one page of fields each.

use super::{Edit, Opened, finish, keep, open, search_words, settle, write};
use crate::{
    app::App,
    applications::{
        Application, ApplicationId,
        actions::{NewPackage, NewUseCase, NewWorkload},
        forms::{PackageForm, UseCaseForm, WorkloadForm, read_back},
        rules::{Section, merging::Fields},
        store::{
            questions,
            revisions::{self, Place},
        },
    },
    core::{
        actor::Actor,
        calendar,
        refusal::{Outcome, Refusal},
    },
    db::Tx,
    organisations, programmes, reference, vendors,
};
use chrono::{DateTime, Utc};

pub async fn save_use_case(app: &App, actor: &Actor, edit: Edit, new: NewUseCase) -> Outcome<i64> {
    save_part(app, actor, edit, Section::UseCase, new.fields()).await
}

pub async fn save_workload(app: &App, actor: &Actor, edit: Edit, new: NewWorkload) -> Outcome<i64> {
    save_part(app, actor, edit, Section::Workload, new.fields()).await
}

/// Only a package that is on offer today, of an approved vendor that is not the firm itself.
pub async fn choose_package(app: &App, actor: &Actor, edit: Edit, new: NewPackage) -> Outcome<i64> {
    save_part(app, actor, edit, Section::Solution, new.fields()).await
}

/// Answers by code, as `rules::questions::read_answer` makes them.
pub async fn answer_questions(app: &App, actor: &Actor, edit: Edit, answers: Fields) -> Outcome<i64> {
    save_part(app, actor, edit, Section::Questions, answers).await
}

/// Saves what was typed in a part and answers the version that stands then. When somebody saved the part meanwhile,
/// both are kept where they changed different fields; otherwise it is refused with `OVERTAKEN`.
pub async fn save_part(app: &App, actor: &Actor, edit: Edit, section: Section, yours: Fields) -> Outcome<i64> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let mut application = match open(&mut tx, actor, edit, "applications.save", now).await? {
        Opened::Fresh(application) => application,
        Opened::Before(version) => return Ok(version),
    };
    let place = Place::form(section);
    let theirs = held(&mut tx, &application, section).await?;
    let fields = settle(&mut tx, &application, edit, place, &theirs, yours).await?;
    let version = application.version;
    if fields == theirs {
        return keep(tx, edit, version).await;
    }
    put(&mut tx, &mut application, section, &fields, now).await?;
    write(&mut tx, &application).await?;
    finish(tx, actor, edit, version + 1, &[(place, fields)], section, now).await
}

/// Writes these fields of a part where it says nothing yet; what somebody wrote stays. Answers whether any was.
pub(in crate::applications) async fn fill_gaps(
    tx: &mut Tx,
    actor: &Actor,
    application: &mut Application,
    section: Section,
    offered: Fields,
    now: DateTime<Utc>,
) -> Outcome<bool> {
    let theirs = held(tx, application, section).await?;
    let mut fields = theirs.clone();
    for (name, value) in offered {
        if fields.get(&name).is_none_or(String::is_empty) {
            fields.insert(name, value);
        }
    }
    if fields == theirs {
        return Ok(false);
    }
    put(tx, application, section, &fields, now).await?;
    write(tx, application).await?;
    let version = application.version + 1;
    revisions::insert(tx, application.id, Place::form(section), version, &fields, actor.id, now).await?;
    Ok(true)
}

/// What a part says now.
pub(in crate::applications) async fn held(tx: &mut Tx, application: &Application, section: Section) -> Outcome<Fields> {
    Ok(match section {
        Section::Questions => questions::answers(tx, application.id).await?.into_iter().collect(),
        _ => of_row(application, section),
    })
}

/// A part that stands in the application's own row, in the same way of writing as its form's.
fn of_row(application: &Application, section: Section) -> Fields {
    fn code<T: std::str::FromStr>(code: &Option<String>) -> Option<T> {
        code.as_ref()?.parse().ok()
    }
    let a = application;
    match section {
        Section::UseCase => NewUseCase {
            title: a.title.clone(),
            use_case: a.use_case.clone(),
            process_name: a.process_name.clone(),
            problem: a.problem.clone(),
            plan: a.plan.clone(),
        }
        .fields(),
        Section::Workload => NewWorkload {
            data_class: code(&a.data_class),
            latency_class: code(&a.latency_class),
            language_class: code(&a.language_class),
            decision_impact: code(&a.decision_impact),
            model_origin: code(&a.model_origin),
            hosting: code(&a.hosting),
            human_oversight: a.human_oversight.clone(),
        }
        .fields(),
        Section::Solution => NewPackage { package: a.package_id, quantity: a.package_quantity }.fields(),
        Section::Questions | Section::Indicators | Section::Costs | Section::Team | Section::Documents => Fields::new(),
    }
}

async fn put(
    tx: &mut Tx,
    application: &mut Application,
    section: Section,
    fields: &Fields,
    now: DateTime<Utc>,
) -> Outcome<()> {
    match section {
        Section::UseCase => put_use_case(tx, application, read_back::<UseCaseForm>(fields)?.parse()?).await,
        Section::Workload => {
            put_workload(application, read_back::<WorkloadForm>(fields)?.parse()?);
            Ok(())
        }
        Section::Solution => put_package(tx, application, read_back::<PackageForm>(fields)?.parse()?, now).await,
        Section::Questions => put_answers(tx, application.id, fields).await,
        Section::Indicators | Section::Costs | Section::Team | Section::Documents => Err(Refusal::not_found().into()),
    }
}

async fn put_use_case(tx: &mut Tx, application: &mut Application, new: NewUseCase) -> Outcome<()> {
    if let Some(code) = &new.use_case
        && !reference::use_cases(tx).await?.iter().any(|known| known.code == *code)
    {
        return Err(Refusal::unacceptable("form-choose").at("use_case").into());
    }
    let firm = organisations::get(tx, application.organisation_id).await?;
    let number = application.receipt_no.clone().unwrap_or_default();
    application.search_text =
        search_words((&firm.legal_name, &firm.business_number), &new.title, &new.process_name, &number);
    application.title = new.title;
    application.use_case = new.use_case;
    application.process_name = new.process_name;
    application.problem = new.problem;
    application.plan = new.plan;
    Ok(())
}

fn put_workload(application: &mut Application, new: NewWorkload) {
    let code = |code: Option<&'static str>| code.map(str::to_owned);
    application.data_class = code(new.data_class.map(|class| class.as_str()));
    application.latency_class = code(new.latency_class.map(|class| class.as_str()));
    application.language_class = code(new.language_class.map(|class| class.as_str()));
    application.decision_impact = code(new.decision_impact.map(|impact| impact.as_str()));
    application.model_origin = code(new.model_origin.map(|origin| origin.as_str()));
    application.hosting = code(new.hosting.map(|hosting| hosting.as_str()));
    application.human_oversight = new.human_oversight;
}

async fn put_package(tx: &mut Tx, application: &mut Application, new: NewPackage, now: DateTime<Utc>) -> Outcome<()> {
    let call = programmes::get_call(tx, application.call_id).await?;
    let programme = programmes::get_programme(tx, call.programme_id).await?;
    let today = calendar::local_date(now, programme.tz()?);
    let chosen = match new.package {
        Some(package) => Some(
            vendors::package_choice(tx, package, today)
                .await?
                .ok_or_else(|| Refusal::unacceptable("applications-refusal-package-gone").at("package"))?,
        ),
        None => None,
    };
    if chosen.as_ref().is_some_and(|chosen| chosen.vendor_organisation_id == application.organisation_id) {
        return Err(Refusal::unacceptable("applications-refusal-own-package").at("package").into());
    }
    // Nobody is advised by the vendor they choose (domain.md C, invariant 17).
    if let Some(chosen) = &chosen {
        let (firm, vendor) = (application.organisation_id, chosen.vendor_organisation_id);
        if organisations::adviser_is_of_vendor(tx, firm, vendor, today).await? {
            return Err(Refusal::unacceptable("applications-refusal-advisers-package").at("package").into());
        }
    }
    application.vendor_id = chosen.as_ref().map(|chosen| chosen.vendor_id);
    application.package_id = chosen.map(|chosen| chosen.package_id);
    application.package_quantity = new.quantity;
    Ok(())
}

async fn put_answers(tx: &mut Tx, id: ApplicationId, answers: &Fields) -> Outcome<()> {
    for (code, answer) in answers {
        questions::put_answer(tx, id, code, answer).await?;
    }
    Ok(())
}
