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
        rules::{Hosting, ModelOrigin},
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
    FormPage::new(visitor.page(title).back_to("/vendor", "vendors-own-title"), form, action, "save")
        .field(Field::Text("name", ""))
        .field(Field::Textarea("summary", "4"))
        .field(Field::Select("use_case", use_cases))
        .field(Field::Heading(lang.t("vendors-ai-heading")))
        .field(Field::Radios("model_origin", Choice::codes(lang, "model-origin", ModelOrigin::ALL)))
        .field(Field::Text("model_names", ""))
        .field(Field::Radios("hosting", Choice::codes(lang, "hosting", Hosting::ALL)))
        .field(Field::Radios("trains_on_customer_data", yes_no))
        .field(Field::Textarea("exit_terms", "4"))
        .answer()
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
    let trains = if solution.trains_on_customer_data { "yes" } else { "no" };
    let values = vec![
        ("name", solution.name.clone()),
        ("summary", solution.summary.clone()),
        ("use_case", solution.use_case.clone()),
        ("model_origin", solution.model_origin.to_string()),
        ("model_names", solution.model_names.clone()),
        ("hosting", solution.hosting.to_string()),
        ("trains_on_customer_data", trains.to_owned()),
        ("exit_terms", solution.exit_terms.clone()),
    ];
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
    FormPage::new(page, form, format!("/vendor/packages/{}/price", package.id), "save")
        .intro(package.name.clone())
        .intro(present)
        .intro(intro)
        .field(Field::Money("unit_price"))
        .field(Field::Date("valid_from"))
        .answer()
}

pub async fn show_price(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<PackageId>) -> Answer {
    let package = own_package(&app, &actor, *id).await?;
    check_open(&app, &actor).await?;
    price_page(&visitor, Form::new(&visitor, "vendors-package"), &package)
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
