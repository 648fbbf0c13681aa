//! What a vendor offers: solutions, packages, prices. A new price never touches the old one but to end it.

use super::{first_result, lock_own, lock_to_decide, own_organisation};
use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        calendar::ZONE,
        money::Won,
        names::fold_search,
        refusal::{Outcome, Refusal},
    },
    db::{Tx, once::Once},
    organisations, reference,
    vendors::{
        PackageId, SolutionId, VendorId, VendorState,
        forms::{NewPackage, NewPrice},
        rules::{
            self,
            facts::{Described, Fact},
        },
        store::{self, Vendor},
    },
};

/// Adds a solution to the actor's own entry.
pub async fn add_solution(app: &App, actor: &Actor, new: Described, once: Once) -> Outcome<SolutionId> {
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
    let said = new.rows().into_iter().filter(|(_, fact)| fact.is_said());
    let record = said.fold(record, |record, (name, fact)| record.with(name, plain(&fact)));
    let search_text = search_text(&mut tx, &vendor, &new).await?;
    let version = new.clone();
    store::insert_solution(&mut tx, id, vendor.id, new, search_text, now).await?;
    store::insert_version(&mut tx, id, 1, &version, actor, now).await?;
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
    change: Described,
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
    let before = solution.described();
    let record = Record::new("solution", id, "solution_changed").of_case(vendor.id).with("solution", &before.name);
    let record = before
        .differences(&change)
        .into_iter()
        .fold(record, |record, (name, was, is)| record.with(name, format!("{} → {}", plain(&was), plain(&is))));
    let search_text = search_text(&mut tx, &vendor, &change).await?;
    // Before approval everything is checked anyway.
    let asks = vendor.state == VendorState::Approved && before.wants_recheck(&change);
    let recheck = solution.recheck_since.or(asks.then_some(now));
    let content = change.clone();
    if !store::update_solution(&mut tx, id, version, change, search_text, recheck).await? {
        return Err(Refusal::conflict("refusal-changed-meanwhile").into());
    }
    store::insert_version(&mut tx, id, version + 1, &content, actor, now).await?;
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
    rules::check_price(new.unit_price_won, Some(new.public_price_won), None)?;
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
        .with("public_price_won", new.public_price_won)
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
    rules::check_price(new.unit_price_won, Some(new.public_price_won), old.qualifying_price_won)?;
    let last_day = new.valid_from.pred_opt().ok_or_else(|| anyhow::anyhow!("the first day of the calendar"))?;
    if !store::end_package(&mut tx, old.id, last_day).await? {
        return Err(Refusal::conflict("vendors-refusal-price-replaced").into());
    }
    let id = PackageId::new();
    store::insert_price(&mut tx, id, old.id, new, now).await?;
    let record = Record::new("package", id, "price_changed")
        .of_case(vendor.id)
        .with("name", &old.name)
        .with("from_won", old.unit_price_won)
        .with("to_won", new.unit_price_won)
        .with("public_price_won", new.public_price_won)
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

async fn search_text(tx: &mut Tx, vendor: &Vendor, solution: &Described) -> Outcome<String> {
    let organisation = organisations::get(tx, vendor.organisation_id).await?;
    Ok(fold_search(&format!(
        "{} {} {} {}",
        solution.name, organisation.legal_name, solution.model_names, solution.summary
    )))
}

/// A fact as a history record keeps it: codes and plain figures.
fn plain(fact: &Fact) -> String {
    match fact {
        Fact::Text(text) | Fact::UseCase(text) => text.clone(),
        Fact::YesNo(yes) => yes.to_string(),
        Fact::Codes(_, codes) => codes.join(", "),
        Fact::Day(day) => day.map(|day| day.to_string()).unwrap_or_default(),
        Fact::Share(number) | Fact::Number(number, _) => number.map(|number| number.to_string()).unwrap_or_default(),
    }
}

/// An officer looked at a changed solution again: firms may choose it once more.
pub async fn pass_recheck(app: &App, actor: &Actor, id: SolutionId, note: String, once: Once) -> Outcome<VendorId> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let solution = store::solution(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    if tx.seen(once, actor.id, "vendors.pass_recheck", now).await?.is_some() {
        return Ok(solution.vendor_id);
    }
    let vendor = lock_to_decide(&mut tx, actor, solution.vendor_id).await?;
    if !store::set_rechecked(&mut tx, id).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let record = Record::new("solution", id, "solution_rechecked")
        .of_case(vendor.id)
        .with("solution", &solution.name)
        .with("note", note);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(vendor.id)
}

/// Says the most that a voucher pays for a unit of a package; later prices inherit it.
pub async fn set_qualifying_price(
    app: &App,
    actor: &Actor,
    id: PackageId,
    price: Won,
    once: Once,
) -> Outcome<VendorId> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    let package = store::package(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let solution = store::solution(&mut tx, package.solution_id).await?.ok_or_else(Refusal::not_found)?;
    if tx.seen(once, actor.id, "vendors.qualify", now).await?.is_some() {
        return Ok(solution.vendor_id);
    }
    let vendor = lock_to_decide(&mut tx, actor, solution.vendor_id).await?;
    store::set_qualifying(&mut tx, id, price, actor, now).await?;
    let record = Record::new("package", id, "price_qualified")
        .of_case(vendor.id)
        .with("solution", &solution.name)
        .with("name", &package.name)
        .with("unit_price_won", package.unit_price_won)
        .with("qualifying_price_won", price);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(vendor.id)
}
