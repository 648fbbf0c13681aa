//! What a vendor offers: solutions, packages, prices. A new price never touches the old one but to end it.

use super::{first_result, lock_own, own_organisation};
use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        calendar::ZONE,
        names::fold_search,
        refusal::{Outcome, Refusal},
    },
    db::{Tx, once::Once},
    organisations, reference,
    vendors::{
        PackageId, SolutionId,
        forms::{NewPackage, NewPrice, NewSolution},
        rules,
        store::{self, Solution, Vendor},
    },
};

/// Adds a solution to the actor's own entry.
pub async fn add_solution(app: &App, actor: &Actor, new: NewSolution, once: Once) -> Outcome<SolutionId> {
    let now = app.clock.now();
    own_organisation(actor)?;
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "vendors.add_solution", now).await? {
        return first_result(&first);
    }
    let vendor = lock_own(&mut tx, actor).await?;
    vendor.state.check_catalogue_open()?;
    check_use_case(&mut tx, &new.use_case).await?;
    let id = SolutionId::new();
    let record = Record::new("solution", id, "solution_added").of_case(vendor.id);
    let record = facts(&new).into_iter().fold(record, |record, (name, value)| record.with(name, value));
    let search_text = search_text(&mut tx, &vendor, &new).await?;
    store::insert_solution(&mut tx, id, vendor.id, new, search_text, now).await?;
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes a solution as it stood in `version`.
pub async fn change_solution(
    app: &App,
    actor: &Actor,
    id: SolutionId,
    version: i64,
    change: NewSolution,
    once: Once,
) -> Outcome<()> {
    let now = app.clock.now();
    let organisation = own_organisation(actor)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "vendors.change_solution", now).await?.is_some() {
        return Ok(());
    }
    let vendor = lock_own(&mut tx, actor).await?;
    let solution = store::own_solution(&mut tx, id, organisation).await?.ok_or_else(Refusal::not_found)?;
    vendor.state.check_catalogue_open()?;
    check_use_case(&mut tx, &change.use_case).await?;
    let record = changes(&solution, &change).of_case(vendor.id);
    let search_text = search_text(&mut tx, &vendor, &change).await?;
    if !store::update_solution(&mut tx, id, version, change, search_text).await? {
        return Err(Refusal::conflict("refusal-changed-meanwhile").into());
    }
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Adds a package with its first price to one of the actor's own solutions.
pub async fn add_package(
    app: &App,
    actor: &Actor,
    solution: SolutionId,
    new: NewPackage,
    once: Once,
) -> Outcome<PackageId> {
    let now = app.clock.now();
    let organisation = own_organisation(actor)?;
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "vendors.add_package", now).await? {
        return first_result(&first);
    }
    let vendor = lock_own(&mut tx, actor).await?;
    let solution = store::own_solution(&mut tx, solution, organisation).await?.ok_or_else(Refusal::not_found)?;
    vendor.state.check_catalogue_open()?;
    rules::check_first_day(new.valid_from, app.clock.today(ZONE), None)?;
    if store::has_open_package(&mut tx, solution.id, &new.name).await? {
        return Err(Refusal::conflict("vendors-refusal-package-exists").at("name").into());
    }
    let id = PackageId::new();
    let record = Record::new("package", id, "package_added")
        .of_case(vendor.id)
        .with("solution", &solution.name)
        .with("name", &new.name)
        .with("unit", &new.unit)
        .with("unit_price_won", new.unit_price_won)
        .with("valid_from", new.valid_from);
    store::insert_package(&mut tx, id, solution.id, new, now).await?;
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Gives a package a new price from a day on: a new row, while the old one gets its last day.
pub async fn change_price(
    app: &App,
    actor: &Actor,
    package: PackageId,
    new: NewPrice,
    once: Once,
) -> Outcome<PackageId> {
    let now = app.clock.now();
    let organisation = own_organisation(actor)?;
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "vendors.change_price", now).await? {
        return first_result(&first);
    }
    let vendor = lock_own(&mut tx, actor).await?;
    let old = store::own_package(&mut tx, package, organisation).await?.ok_or_else(Refusal::not_found)?;
    vendor.state.check_catalogue_open()?;
    rules::check_first_day(new.valid_from, app.clock.today(ZONE), Some(old.valid_from))?;
    let last_day = new.valid_from.pred_opt().ok_or_else(|| anyhow::anyhow!("the first day of the calendar"))?;
    if !store::end_package(&mut tx, old.id, last_day).await? {
        return Err(Refusal::conflict("vendors-refusal-price-replaced").into());
    }
    let id = PackageId::new();
    store::insert_price(&mut tx, id, old.id, new.unit_price_won, new.valid_from, now).await?;
    let record = Record::new("package", id, "price_changed")
        .of_case(vendor.id)
        .with("name", &old.name)
        .with("from_won", old.unit_price_won)
        .with("to_won", new.unit_price_won)
        .with("valid_from", new.valid_from);
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, id).await?;
    tx.commit().await?;
    Ok(id)
}

async fn check_use_case(tx: &mut Tx, code: &str) -> Outcome<()> {
    if reference::use_cases(tx).await?.iter().any(|use_case| use_case.code == code) {
        return Ok(());
    }
    Err(Refusal::unacceptable("form-choose").at("use_case").into())
}

async fn search_text(tx: &mut Tx, vendor: &Vendor, solution: &NewSolution) -> Outcome<String> {
    let organisation = organisations::get(tx, vendor.organisation_id).await?;
    Ok(fold_search(&format!(
        "{} {} {} {}",
        solution.name, organisation.legal_name, solution.model_names, solution.summary
    )))
}

/// What a firm chooses by: recorded whenever it changes.
fn facts(solution: &NewSolution) -> [(&'static str, String); 8] {
    [
        ("name", solution.name.clone()),
        ("summary", solution.summary.clone()),
        ("use_case", solution.use_case.clone()),
        ("model_origin", solution.model_origin.to_string()),
        ("model_names", solution.model_names.clone()),
        ("hosting", solution.hosting.to_string()),
        ("trains_on_customer_data", solution.trains_on_customer_data.to_string()),
        ("exit_terms", solution.exit_terms.clone()),
    ]
}

/// The record of a change: each value that differs, as it was and as it is.
fn changes(old: &Solution, change: &NewSolution) -> Record {
    let before = NewSolution {
        name: old.name.clone(),
        summary: old.summary.clone(),
        use_case: old.use_case.clone(),
        model_origin: old.model_origin,
        model_names: old.model_names.clone(),
        hosting: old.hosting,
        trains_on_customer_data: old.trains_on_customer_data,
        exit_terms: old.exit_terms.clone(),
    };
    let record = Record::new("solution", old.id, "solution_changed").with("solution", &old.name);
    let changed = facts(&before).into_iter().zip(facts(change)).filter(|(before, after)| before != after);
    changed.fold(record, |record, ((name, before), (_, after))| record.with(name, format!("{before} → {after}")))
}
