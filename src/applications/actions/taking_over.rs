//! What later rooms change of a selected application: another vendor's package, or another firm that took the first one
//! over. What was submitted stays as it was sealed; the row says who does the work now.

use crate::{
    applications::{Application, ApplicationId, store},
    audit::{self, Record},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
    },
    db::Tx,
    organisations::OrganisationId,
    vendors::{PackageId, VendorId},
};
use chrono::{DateTime, Utc};

/// Puts another package in the place of the chosen one; refused when the application moved on meanwhile.
pub async fn switch_package(
    tx: &mut Tx,
    actor: &Actor,
    application: &Application,
    (vendor, package): (VendorId, PackageId),
    reason: &str,
    now: DateTime<Utc>,
) -> Outcome<()> {
    if !store::switch_package(tx, application, vendor, package).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let record = Record::new("application", application.id, "vendor_switched").with("note", reason);
    audit::record(tx, actor, record, now).await?;
    Ok(())
}

/// Another firm takes an application over.
pub async fn take_over(
    tx: &mut Tx,
    actor: &Actor,
    id: ApplicationId,
    firm: OrganisationId,
    reason: &str,
    now: DateTime<Utc>,
) -> Outcome<()> {
    store::set_organisation(tx, id, firm).await?;
    let record = Record::new("application", id, "firm_taken_over").with("note", reason);
    audit::record(tx, actor, record, now).await?;
    Ok(())
}
