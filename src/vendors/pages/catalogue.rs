//! A vendor's own solutions, packages and prices.

use super::{choices, day, organisation};
use crate::{
    app::App,
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
    },
    reference,
    vendors::{
        PackageId, SolutionId, actions,
        forms::{PackageForm, PriceForm, SolutionForm, Version},
        rules::{
            Hosting, ModelOrigin,
            facts::{DataClass, Fact, Language, ModelMaker, RedTeam, RedTeamScope},
        },
        store::{self, Package, Solution},
    },
    web::{
        Answer, Choice, Form, Posted, Visitor, redirect_with,
        simple::{Field, FormPage},
    },
};
use actix_web::web;

async fn solution_page(app: &App, visitor: &Visitor, form: Form, kept: Option<&Solution>) -> Answer {
    let mut tx = app.db.read().await?;
    let lang = visitor.lang;
    let use_cases = choices(&reference::use_cases(&mut tx).await?, lang, "choose-one");
    let (title, action) = match kept {
        Some(solution) => {
            ("vendors-edit-solution", format!("/vendor/solutions/{}/edit?version={}", solution.id, solution.version))
        }
        None => ("vendors-new-solution", "/vendor/solutions/new".to_owned()),
    };
    let yes_no = vec![Choice::new("no", lang.t("no")), Choice::new("yes", lang.t("yes"))];
    let mut red_teams = vec![Choice::new("", lang.t("vendors-not-said"))];
    red_teams.extend(Choice::codes(lang, "red-team", RedTeam::ALL));
    let heading = |key: &str| Field::Heading(lang.t(key));
    let page = visitor.page(title).back_to("/vendor", "vendors-own-title");
    let intro = page.t("vendors-solution-intro");
    let fields = [
        Field::Text("name", ""),
        Field::Textarea("summary", "4"),
        Field::Select("use_case", use_cases),
        heading("vendors-ai-heading"),
        Field::Radios("model_maker", Choice::codes(lang, "model-maker", ModelMaker::ALL)),
        Field::Radios("model_origin", Choice::codes(lang, "model-origin", ModelOrigin::ALL)),
        Field::Text("model_names", ""),
        Field::Checkboxes("languages", Choice::codes(lang, "solution-language", Language::ALL)),
        Field::Textarea("human_oversight", "3"),
        heading("vendors-data-heading"),
        Field::Radios("hosting", Choice::codes(lang, "hosting", Hosting::ALL)),
        Field::Text("data_location", "30"),
        Field::Checkbox("data_flow_documented"),
        Field::Checkboxes("data_classes", Choice::codes(lang, "data-sensitivity", DataClass::ALL)),
        Field::Radios("trains_on_customer_data", yes_no),
        heading("vendors-transparency-heading"),
        Field::Checkbox("model_card"),
        Field::Checkbox("version_pinned"),
        Field::Checkbox("training_data_stated"),
        Field::Textarea("known_limits", "3"),
        heading("vendors-red-team-heading"),
        Field::Select("red_team", red_teams),
        Field::Text("red_team_by", "30"),
        Field::Text("red_team_report", ""),
        Field::Date("red_team_on"),
        Field::Checkboxes("red_team_scope", Choice::codes(lang, "red-team-scope", RedTeamScope::ALL)),
        heading("vendors-evaluation-heading"),
        Field::Text("evaluation_task", ""),
        Field::Text("evaluation_metric", "30"),
        Field::Text("evaluation_threshold", "30"),
        Field::Checkbox("evaluation_regression"),
        heading("vendors-sla-heading"),
        Field::Number("availability", "%".to_owned()),
        Field::Number("p95_ms", "ms".to_owned()),
        Field::Text("support_hours", "30"),
        Field::Number("rpo_hours", lang.t("vendors-hours")),
        Field::Number("rto_hours", lang.t("vendors-hours")),
        Field::Checkbox("service_credits"),
        Field::Number("training_days", lang.t("vendors-days")),
        Field::Checkbox("training_rollback"),
        heading("vendors-exit-heading"),
        Field::Textarea("exit_terms", "4"),
        Field::Number("return_days", lang.t("vendors-days")),
        Field::Checkbox("deletion_certificate"),
        Field::Checkbox("standard_api"),
        Field::Checkbox("data_export"),
        heading("vendors-security-heading"),
        Field::Text("security_mark", "30"),
        Field::Date("security_mark_until"),
        Field::Checkbox("usage_log"),
    ];
    let view = FormPage::new(page, form, action, "save").intro(intro);
    fields.into_iter().fold(view, FormPage::field).answer()
}

/// The facts of a solution as its form sends them.
fn typed(solution: &Solution) -> Vec<(&'static str, String)> {
    let mut values = Vec::new();
    for (field, fact) in solution.described().rows() {
        match fact {
            Fact::Text(text) | Fact::UseCase(text) => values.push((field, text)),
            Fact::YesNo(yes) => values.push((field, if yes { "yes" } else { "no" }.to_owned())),
            Fact::Codes(_, codes) => values.extend(codes.into_iter().map(|code| (field, code.to_owned()))),
            Fact::Day(day) => values.extend(day.map(|day| (field, day.to_string()))),
            Fact::Share(bp) => values.extend(bp.map(|bp| (field, crate::core::measure::show_milli(bp * 10)))),
            Fact::Number(number, _) => values.extend(number.map(|number| (field, number.to_string()))),
        }
    }
    values
}

async fn own_solution(app: &App, actor: &Actor, id: SolutionId) -> Outcome<Solution> {
    let mut tx = app.db.read().await?;
    Ok(store::own_solution(&mut tx, id, organisation(actor)?).await?.ok_or_else(Refusal::not_found)?)
}

async fn own_package(app: &App, actor: &Actor, id: PackageId) -> Outcome<Package> {
    let mut tx = app.db.read().await?;
    Ok(store::own_package(&mut tx, id, organisation(actor)?).await?.ok_or_else(Refusal::not_found)?)
}

/// The forms of a catalogue are shown only while it may change.
async fn check_open(app: &App, actor: &Actor) -> Outcome<()> {
    let mut tx = app.db.read().await?;
    let vendor = store::by_organisation(&mut tx, organisation(actor)?).await?.ok_or_else(Refusal::not_found)?;
    Ok(vendor.state.check_catalogue_open()?)
}

pub async fn show_new_solution(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    check_open(&app, &actor).await?;
    solution_page(&app, &visitor, Form::new(&visitor, "vendors-solution"), None).await
}

pub async fn add_solution(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let made: Outcome<SolutionId> = async {
        let new = posted.read::<SolutionForm>()?.parse()?;
        actions::add_solution(&app, &actor, new, posted.once).await
    }
    .await;
    match made {
        Ok(id) => Ok(redirect_with(format!("/vendor/solutions/{id}/packages/new"), "vendors-flash-solution-added")),
        Err(trouble) => solution_page(&app, &visitor, posted.again(&visitor, "vendors-solution", trouble)?, None).await,
    }
}

pub async fn show_solution(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<SolutionId>) -> Answer {
    let solution = own_solution(&app, &actor, *id).await?;
    check_open(&app, &actor).await?;
    let values = typed(&solution);
    solution_page(&app, &visitor, Form::with(&visitor, "vendors-solution", values), Some(&solution)).await
}

pub async fn change_solution(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<SolutionId>,
    shown: web::Query<Version>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let change = posted.read::<SolutionForm>()?.parse()?;
        actions::change_solution(&app, &actor, *id, shown.version, change, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with("/vendor", "vendors-flash-saved")),
        Err(trouble) => {
            let form = posted.again(&visitor, "vendors-solution", trouble)?;
            let solution = own_solution(&app, &actor, *id).await?;
            solution_page(&app, &visitor, form, Some(&solution)).await
        }
    }
}

fn package_page(visitor: &Visitor, form: Form, solution: &Solution) -> Answer {
    FormPage::new(
        visitor.page("vendors-new-package").back_to("/vendor", "vendors-own-title"),
        form,
        format!("/vendor/solutions/{}/packages/new", solution.id),
        "save",
    )
    .intro(solution.name.clone())
    .field(Field::Text("name", ""))
    .field(Field::Text("unit", "10"))
    .field(Field::Money("unit_price"))
    .field(Field::Money("public_price"))
    .field(Field::Textarea("included", "4"))
    .field(Field::Date("valid_from"))
    .answer()
}

pub async fn show_new_package(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<SolutionId>,
) -> Answer {
    let solution = own_solution(&app, &actor, *id).await?;
    check_open(&app, &actor).await?;
    let values = vec![("valid_from", day(visitor.arrived_at).to_string())];
    package_page(&visitor, Form::with(&visitor, "vendors-package", values), &solution)
}

pub async fn add_package(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<SolutionId>,
    posted: Posted,
) -> Answer {
    let made: Outcome<PackageId> = async {
        let new = posted.read::<PackageForm>()?.parse()?;
        actions::add_package(&app, &actor, *id, new, posted.once).await
    }
    .await;
    match made {
        Ok(_) => Ok(redirect_with("/vendor", "vendors-flash-package-added")),
        Err(trouble) => {
            let form = posted.again(&visitor, "vendors-package", trouble)?;
            package_page(&visitor, form, &own_solution(&app, &actor, *id).await?)
        }
    }
}

fn price_page(visitor: &Visitor, form: Form, package: &Package) -> Answer {
    let page = visitor.page("vendors-change-price").back_to("/vendor", "vendors-own-title");
    let present = format!("{} / {}", page.won(package.unit_price_won), package.unit);
    let intro = page.t("vendors-change-price-intro");
    let qualifying =
        package.qualifying_price_won.map(|price| page.t1("vendors-qualifying-is", "price", page.won(price)));
    let mut view = FormPage::new(page, form, format!("/vendor/packages/{}/price", package.id), "save")
        .intro(package.name.clone())
        .intro(present)
        .intro(intro);
    if let Some(sentence) = qualifying {
        view = view.intro(sentence);
    }
    view.field(Field::Money("unit_price")).field(Field::Money("public_price")).field(Field::Date("valid_from")).answer()
}

pub async fn show_price(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<PackageId>) -> Answer {
    let package = own_package(&app, &actor, *id).await?;
    check_open(&app, &actor).await?;
    let public = package.public_price_won.map(|price| price.0.to_string()).unwrap_or_default();
    let values = vec![("public_price", public)];
    price_page(&visitor, Form::with(&visitor, "vendors-package", values), &package)
}

pub async fn change_price(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<PackageId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<PackageId> = async {
        let new = posted.read::<PriceForm>()?.parse()?;
        actions::change_price(&app, &actor, *id, new, posted.once).await
    }
    .await;
    match done {
        Ok(_) => Ok(redirect_with("/vendor", "vendors-flash-price-changed")),
        Err(trouble) => {
            let form = posted.again(&visitor, "vendors-package", trouble)?;
            price_page(&visitor, form, &own_package(&app, &actor, *id).await?)
        }
    }
}
