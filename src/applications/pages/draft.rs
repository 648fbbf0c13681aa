//! The parts of the form that are one page of fields each: use case, workload, solution.

use super::{Refused, again, edit, names, open_draft};
use crate::{
    app::App,
    applications::{
        ApplicationId,
        actions::{self, Dossier},
        forms::*,
        rules::{DataClass, DecisionImpact, LanguageClass, LatencyClass, Section},
        views::whole::{self, Fact},
    },
    core::{actor::Actor, refusal::Outcome},
    reference,
    vendors::{self, Hosting, ModelOrigin, PackageChoice},
    web::{
        Answer, Choice, Form, Page, Posted, Visitor, redirect_with,
        simple::{Field, FormPage},
    },
};
use actix_web::{HttpResponse, web};

fn saved(id: ApplicationId) -> HttpResponse {
    redirect_with(format!("/applications/{id}"), "applications-flash-saved")
}

fn section_page(visitor: &Visitor, id: ApplicationId, section: Section) -> Page {
    let title = visitor.lang.code_word("application-section", section.as_str());
    visitor.page_titled(title).back_to(format!("/applications/{id}"), "applications-tasks")
}

fn form_page(page: Page, form: Form, id: ApplicationId, section: Section) -> FormPage {
    FormPage::new(page, form, format!("/applications/{id}/{}", section.path()), "applications-save")
        .field(Field::Hidden("version"))
}

/// What is stored now, for somebody who was overtaken.
fn stored(mut view: FormPage, visitor: &Visitor, overtaken: bool, facts: Vec<Fact>) -> FormPage {
    if overtaken {
        view = view.field(Field::Heading(visitor.lang.t("applications-stored-now")));
        for fact in facts.into_iter().filter(|fact| !fact.value.is_empty()) {
            view = view.field(Field::Inset(format!("{}: {}", fact.label, fact.value)));
        }
        view = view.field(Field::Heading(visitor.lang.t("applications-you-typed")));
    }
    view
}

fn refusable(
    visitor: &Visitor,
    dossier: &Dossier,
    refused: Refused<'_>,
    values: Vec<(&str, String)>,
) -> Outcome<(Form, bool)> {
    match refused {
        Some((posted, trouble)) => again(visitor, posted, trouble, &dossier.application),
        None => {
            let form = Form::with(visitor, "applications", values);
            Ok((form.put("version", dossier.application.version), false))
        }
    }
}

fn codes<T: ToString>(visitor: &Visitor, family: &str, codes: &[T]) -> Vec<Choice> {
    codes
        .iter()
        .map(|code| Choice::new(code.to_string(), visitor.lang.code_word(family, &code.to_string().to_lowercase())))
        .collect()
}

async fn use_case_page(app: &App, visitor: &Visitor, actor: &Actor, id: ApplicationId, refused: Refused<'_>) -> Answer {
    let mut tx = app.db.read().await?;
    let dossier = open_draft(app, &mut tx, actor, id).await?;
    let names = names(&mut tx).await?;
    let a = &dossier.application;
    let values = vec![
        ("title", a.title.clone()),
        ("use_case", a.use_case.clone().unwrap_or_default()),
        ("process_name", a.process_name.clone()),
        ("problem", a.problem.clone()),
        ("plan", a.plan.clone()),
    ];
    let (form, overtaken) = refusable(visitor, &dossier, refused, values)?;
    let page = section_page(visitor, id, Section::UseCase);
    let facts = whole::use_case_facts(&page, &dossier, &names);
    let mut choices = vec![Choice::new("", visitor.lang.t("choose-one"))];
    choices.extend(names.use_cases.iter().map(|named| Choice::new(&*named.code, named.name(visitor.lang))));
    stored(form_page(page, form, id, Section::UseCase), visitor, overtaken, facts)
        .field(Field::Text("title", ""))
        .field(Field::Select("use_case", choices))
        .field(Field::Text("process_name", ""))
        .field(Field::Textarea("problem", "6"))
        .field(Field::Textarea("plan", "8"))
        .answer()
}

pub async fn show_use_case(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
) -> Answer {
    use_case_page(&app, &visitor, &actor, *id, None).await
}

pub async fn save_use_case(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<i64> = async {
        let form: UseCaseForm = posted.read()?;
        actions::save_use_case(&app, &actor, edit(*id, &posted)?, form.parse()?).await
    }
    .await;
    match done {
        Ok(_) => Ok(saved(*id)),
        Err(trouble) => use_case_page(&app, &visitor, &actor, *id, Some((&posted, trouble))).await,
    }
}

async fn workload_page(app: &App, visitor: &Visitor, actor: &Actor, id: ApplicationId, refused: Refused<'_>) -> Answer {
    let mut tx = app.db.read().await?;
    let dossier = open_draft(app, &mut tx, actor, id).await?;
    let a = &dossier.application;
    let code = |code: &Option<String>| code.clone().unwrap_or_default();
    let values = vec![
        ("data_class", code(&a.data_class)),
        ("latency_class", code(&a.latency_class)),
        ("language_class", code(&a.language_class)),
        ("decision_impact", code(&a.decision_impact)),
        ("model_origin", code(&a.model_origin)),
        ("hosting", code(&a.hosting)),
        ("human_oversight", a.human_oversight.clone()),
    ];
    let (form, overtaken) = refusable(visitor, &dossier, refused, values)?;
    let page = section_page(visitor, id, Section::Workload);
    let facts = whole::workload_facts(&page, &dossier);
    stored(form_page(page, form, id, Section::Workload), visitor, overtaken, facts)
        .field(Field::Radios("data_class", codes(visitor, "application-data", DataClass::ALL)))
        .field(Field::Radios("latency_class", codes(visitor, "application-latency", LatencyClass::ALL)))
        .field(Field::Radios("language_class", codes(visitor, "application-language", LanguageClass::ALL)))
        .field(Field::Radios("decision_impact", codes(visitor, "application-impact", DecisionImpact::ALL)))
        .field(Field::Radios("model_origin", codes(visitor, "application-origin", ModelOrigin::ALL)))
        .field(Field::Radios("hosting", codes(visitor, "application-hosting", Hosting::ALL)))
        .field(Field::Textarea("human_oversight", "4"))
        .answer()
}

pub async fn show_workload(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
) -> Answer {
    workload_page(&app, &visitor, &actor, *id, None).await
}

pub async fn save_workload(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<i64> = async {
        let form: WorkloadForm = posted.read()?;
        actions::save_workload(&app, &actor, edit(*id, &posted)?, form.parse()?).await
    }
    .await;
    match done {
        Ok(_) => Ok(saved(*id)),
        Err(trouble) => workload_page(&app, &visitor, &actor, *id, Some((&posted, trouble))).await,
    }
}

fn package_choice(page: &Page, package: &PackageChoice) -> Choice {
    let price = format!("{} / {}", page.won(package.unit_price_won), package.unit);
    let label = format!("{} · {} · {price}", package.solution_name, package.package_name);
    let works =
        [page.code("application-origin", package.model_origin), page.code("application-hosting", package.hosting)];
    let hint = format!("{} · {} · {}", package.vendor_name, works.join(", "), package.included);
    Choice { hint: Some(hint), ..Choice::new(package.package_id.to_string(), label) }
}

async fn solution_page(
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    id: ApplicationId,
    all: bool,
    refused: Refused<'_>,
) -> Answer {
    let mut tx = app.db.read().await?;
    let dossier = open_draft(app, &mut tx, actor, id).await?;
    let a = &dossier.application;
    let use_case = a.use_case.clone().filter(|code| !all && code != "OTHER");
    let mut packages = vendors::choosable_packages(&mut tx, dossier.today, use_case.clone()).await?;
    packages.retain(|package| package.vendor_organisation_id != a.organisation_id);
    // The one chosen stays in sight although it is made for another use case.
    if let Some(held) = dossier.package.clone()
        && !packages.iter().any(|package| package.package_id == held.package_id)
    {
        packages.insert(0, held);
    }
    let values = vec![
        ("package", a.package_id.map(|package| package.to_string()).unwrap_or_default()),
        ("quantity", a.package_quantity.map(|quantity| quantity.to_string()).unwrap_or_default()),
    ];
    let (form, overtaken) = refusable(visitor, &dossier, refused, values)?;
    let page = section_page(visitor, id, Section::Solution);
    let facts = whole::solution_facts(&page, &dossier);
    let choices: Vec<Choice> = packages.iter().map(|package| package_choice(&page, package)).collect();
    let narrowed = match &use_case {
        Some(code) => {
            let named = reference::use_cases(&mut tx).await?;
            let name = named.iter().find(|n| n.code == *code).map_or(&**code, |n| n.name(page.lang)).to_owned();
            Some(page.t1("applications-packages-for", "use_case", name))
        }
        None => None,
    };
    let mut view = form_page(page, form, id, Section::Solution);
    if let Some(sentence) = &narrowed {
        view = view.intro(sentence);
    }
    if choices.is_empty() {
        view = view.intro(visitor.lang.t("applications-no-packages"));
    }
    view = stored(view, visitor, overtaken, facts);
    if !choices.is_empty() {
        view = view.field(Field::Radios("package", choices));
    }
    view = view.field(Field::Number("quantity", String::new()));
    if narrowed.is_some() {
        view = view.link(format!("/applications/{id}/solution?all=yes"), "applications-packages-all");
    }
    view.answer()
}

#[derive(serde::Deserialize)]
pub struct SolutionQuery {
    #[serde(default)]
    all: String,
}

pub async fn show_solution(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    query: web::Query<SolutionQuery>,
) -> Answer {
    solution_page(&app, &visitor, &actor, *id, query.all == "yes", None).await
}

pub async fn save_solution(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<i64> = async {
        let form: PackageForm = posted.read()?;
        actions::choose_package(&app, &actor, edit(*id, &posted)?, form.parse()?).await
    }
    .await;
    match done {
        Ok(_) => Ok(saved(*id)),
        // All packages: what was chosen must be among them.
        Err(trouble) => solution_page(&app, &visitor, &actor, *id, true, Some((&posted, trouble))).await,
    }
}
