//! Another vendor for a selected application that has no agreement yet (domain: features, E4): the package of an
//! approved vendor that takes on new projects takes the place of the chosen one.

use super::today;
use crate::{
    agreements::store,
    app::App,
    applications::{self, Application, ApplicationId, ApplicationState},
    core::{
        actor::Actor,
        ids::new_uuid,
        refusal::{Outcome, Refusal},
        roles::{OwnAct, Role},
    },
    db::{Tx, once::Once},
    ledger::{self, CapSubject},
    organisations::OrganisationId,
    programmes::{self, Stage},
    vendors::{self, PackageChoice, PackageId, VendorId},
};
use chrono::{DateTime, NaiveDate, Utc};

/// The application whose vendor this person may switch now. The firm may while its vendor takes on nothing; a manager
/// may at any time, with a reason.
pub async fn may_switch(tx: &mut Tx, actor: &Actor, id: ApplicationId, now: DateTime<Utc>) -> Outcome<Application> {
    let application = applications::find_visible(tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    if application.state != ApplicationState::Selected || store::has_agreement(tx, id).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    if actor.is(Role::Firm) {
        actor.may(OwnAct::Submit)?;
        let day = day(tx, &application, now).await?;
        if let Some(vendor) = application.vendor_id
            && vendors::check_stands(tx, vendor, day).await.is_ok()
        {
            return Err(Refusal::forbidden("agreements-refusal-vendor-stands").into());
        }
    } else if !actor.is(Role::Manager) {
        return Err(Refusal::not_found().into());
    }
    Ok(application)
}

async fn day(tx: &mut Tx, application: &Application, now: DateTime<Utc>) -> sqlx::Result<NaiveDate> {
    let call = programmes::get_call(tx, application.call_id).await?;
    Ok(today(&programmes::get_programme(tx, call.programme_id).await?, now))
}

/// Switches to another package. The conditions of the agreement are looked at again, with the new vendor.
pub async fn switch_vendor(
    app: &App,
    actor: &Actor,
    id: ApplicationId,
    package: PackageId,
    reason: &str,
    once: Once,
) -> Outcome<()> {
    let done = switch(app, actor, (id, package), reason, once).await;
    applications::keep_refused(app, done).await
}

async fn switch(
    app: &App,
    actor: &Actor,
    (id, package): (ApplicationId, PackageId),
    reason: &str,
    once: Once,
) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "agreements.switch", now).await?.is_some() {
        return Ok(());
    }
    let application = may_switch(&mut tx, actor, id, now).await?;
    let day = day(&mut tx, &application, now).await?;
    let (present, firm) = (application.vendor_id, application.organisation_id);
    let chosen = another_package(&mut tx, package, present, firm, day).await?;
    let to = (chosen.vendor_id, chosen.package_id);
    applications::switch_package(&mut tx, actor, &application, to, reason, now).await?;
    applications::require(&mut tx, actor, id, Stage::Agreement, now).await?;
    // What was committed counts against the new vendor's part of the call from now on.
    if let Some(before) = application.vendor_id {
        let rules = programmes::rules_at(&mut tx, application.call_id, application.call_version).await?;
        let (vendor, place) = (Some(chosen.vendor_id.0), application.place());
        let caps = programmes::caps_of(&mut tx, application.call_id, firm, vendor, &rules, place).await?;
        let case = applications::case_of(&mut tx, &application).await?;
        ledger::carry_over(&mut tx, actor, &case, (CapSubject::Vendor, before.0), &caps, new_uuid(), now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// A package that may take the place of the present vendor's: of another vendor, not the firm's own, that takes on new
/// projects on that day.
pub(super) async fn another_package(
    tx: &mut Tx,
    package: PackageId,
    present: Option<VendorId>,
    firm: OrganisationId,
    day: NaiveDate,
) -> Outcome<PackageChoice> {
    let chosen = vendors::package_choice(tx, package, day).await?;
    let chosen = chosen.ok_or_else(|| Refusal::unacceptable("agreements-refusal-package").at("package"))?;
    if Some(chosen.vendor_id) == present {
        return Err(Refusal::unacceptable("agreements-refusal-same-vendor").at("package").into());
    }
    if chosen.vendor_organisation_id == firm {
        return Err(Refusal::unacceptable("agreements-refusal-own-vendor").at("package").into());
    }
    vendors::check_takes_new(tx, chosen.vendor_id, day).await?;
    Ok(chosen)
}
