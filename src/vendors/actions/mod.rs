//! The verbs of vendors. Here: the entry, its account included, and its submission.

mod catalogue;
mod steps;

pub use catalogue::{add_package, add_solution, change_price, change_solution};
pub use steps::{lapse_expired, take_step};

use super::{
    VendorId,
    forms::NewVendor,
    rules::{self, STEPS, Unmet},
    store::{self, SealedAccount, Vendor},
};
use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        calendar::ZONE,
        names::fold_search,
        numbers::BusinessNumber,
        refusal::{Outcome, Refusal},
        roles::{OwnAct, Role},
        step::step,
    },
    db::{Tx, once::Once},
    organisations::{self, Organisation, OrganisationId, RegisterStatus},
    reference,
};
use chrono::NaiveDate;
use std::str::FromStr;

/// Enters the actor's organisation into the registry, as a draft.
pub async fn make_entry(app: &App, actor: &Actor, new: NewVendor, once: Once) -> Outcome<VendorId> {
    let now = app.clock.now();
    let organisation = own_organisation(actor)?;
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "vendors.make_entry", now).await? {
        return first_result(&first);
    }
    let organisation = organisations::find(&mut tx, organisation).await?.ok_or_else(Refusal::not_found)?;
    check_account(&mut tx, &new, &organisation).await?;
    let id = VendorId::new();
    let account_digits = new.account_number.clone();
    let account = seal(app, &account_digits);
    let record = Record::new("vendor", id, "vendor_entered")
        .with("website", &new.website)
        .with("bank_code", &new.bank_code)
        .with("account_ending", &account.ending);
    let search_text = search_text(&organisation, &new.website, None);
    if !store::insert_vendor(&mut tx, id, organisation.id, new, account, search_text, now).await? {
        return Err(Refusal::conflict("vendors-refusal-entry-exists").into());
    }
    let fingerprint = app.seal.fingerprint("account", &account_digits);
    organisations::note_account(&mut tx, organisation.id, &fingerprint, now).await?;
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes the entry as it stood in `version`; an empty account number keeps the account on file.
pub async fn change_entry(app: &App, actor: &Actor, version: i64, change: NewVendor, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    own_organisation(actor)?;
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "vendors.change_entry", now).await?.is_some() {
        return Ok(());
    }
    let vendor = lock_own(&mut tx, actor).await?;
    vendor.state.check_entry_open()?;
    let organisation = organisations::get(&mut tx, vendor.organisation_id).await?;
    check_account(&mut tx, &change, &organisation).await?;
    if change.account_number.is_empty() && change.bank_code != vendor.bank_code {
        return Err(Refusal::unacceptable("vendors-refusal-account-again").at("account_number").into());
    }
    let account = match change.account_number.as_str() {
        "" => SealedAccount { sealed: vendor.account_sealed.clone(), ending: vendor.account_ending.clone() },
        digits => seal(app, digits),
    };
    let digits = Some(change.account_number.as_str()).filter(|digits| !digits.is_empty());
    let fingerprint = digits.map(|digits| app.seal.fingerprint("account", digits));
    let record = changes(&vendor, &change, &account.ending);
    let search_text = search_text(&organisation, &change.website, vendor.registry_no.as_deref());
    if !store::update_vendor(&mut tx, vendor.id, version, change, account, search_text).await? {
        return Err(Refusal::conflict("refusal-changed-meanwhile").into());
    }
    if let Some(fingerprint) = fingerprint {
        organisations::note_account(&mut tx, organisation.id, &fingerprint, now).await?;
    }
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The record of a change: each value that differs, as it is now. Of the account only its ending.
fn changes(vendor: &Vendor, change: &NewVendor, account_ending: &str) -> Record {
    let record = Record::new("vendor", vendor.id, "vendor_changed");
    let values = [
        ("website", &vendor.website, change.website.as_str()),
        ("support_email", &vendor.support_email, &change.support_email),
        ("support_phone", &vendor.support_phone, &change.support_phone),
        ("references", &vendor.references_text, &change.references_text),
        ("bank_code", &vendor.bank_code, &change.bank_code),
        ("account_holder", &vendor.account_holder, &change.account_holder),
        ("account_ending", &vendor.account_ending, account_ending),
    ];
    let changed = values.into_iter().filter(|(_, old, new)| old.as_str() != *new);
    changed.fold(record, |record, (name, _, new)| record.with(name, new))
}

/// Hands the entry in for approval.
pub async fn submit(app: &App, actor: &Actor, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    own_organisation(actor)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "vendors.submit", now).await?.is_some() {
        return Ok(());
    }
    let vendor = lock_own(&mut tx, actor).await?;
    step(STEPS, "submit", vendor.state)?;
    check_complete(&mut tx, actor, &vendor, app.clock.today(ZONE), "vendors-refusal-unmet").await?;
    if !store::submit(&mut tx, vendor.id, vendor.state, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    audit::record(&mut tx, actor, Record::new("vendor", vendor.id, "vendor_submitted"), now).await?;
    tx.commit().await?;
    Ok(())
}

/// Refuses with `key` and everything that is missing.
async fn check_complete(tx: &mut Tx, actor: &Actor, vendor: &Vendor, day: NaiveDate, key: &'static str) -> Outcome<()> {
    let missing = unmet(tx, vendor, day).await?;
    if missing.is_empty() {
        return Ok(());
    }
    let missing: Vec<String> =
        missing.iter().map(|unmet| actor.lang.code_word("vendor-unmet", unmet.as_str())).collect();
    Err(Refusal::unacceptable(key).with("missing", missing.join(" ")).into())
}

/// What the vendor still lacks to be submitted on `day`.
pub(super) async fn unmet(tx: &mut Tx, vendor: &Vendor, day: NaiveDate) -> Outcome<Vec<Unmet>> {
    let (solutions, bare) = store::offer_counts(tx, vendor.id, day).await?;
    let organisation = organisations::get(tx, vendor.organisation_id).await?;
    let in_business = !matches!(organisation.register_status, RegisterStatus::Closed | RegisterStatus::Suspended);
    Ok(rules::unmet(solutions, bare, in_business))
}

async fn check_account(tx: &mut Tx, new: &NewVendor, organisation: &Organisation) -> Outcome<()> {
    if !reference::banks(tx).await?.iter().any(|bank| bank.code == new.bank_code) {
        return Err(Refusal::unacceptable("form-choose").at("bank_code").into());
    }
    if !rules::is_holder(&new.account_holder, &organisation.legal_name) {
        return Err(Refusal::unacceptable("vendors-refusal-holder")
            .at("account_holder")
            .with("name", &organisation.legal_name)
            .into());
    }
    Ok(())
}

/// Sealed for this purpose alone; in the clear only the last four digits are ever stored.
fn seal(app: &App, digits: &str) -> SealedAccount {
    let ending = digits.chars().skip(digits.chars().count().saturating_sub(4)).collect();
    SealedAccount { sealed: app.seal.seal("account", digits), ending }
}

/// Found by name, by business number with dashes or without, by registry number and by web address.
fn search_text(organisation: &Organisation, website: &str, registry_no: Option<&str>) -> String {
    let number = &organisation.business_number;
    let dashed = number.parse::<BusinessNumber>().map(|number| number.to_string()).unwrap_or_default();
    let registry_no = registry_no.unwrap_or_default();
    fold_search(&format!("{} {number} {dashed} {registry_no} {website}", organisation.legal_name))
}

/// The organisation that somebody acts for as a vendor.
fn own_organisation(actor: &Actor) -> Result<OrganisationId, Refusal> {
    if !actor.is(Role::Vendor) {
        return Err(Refusal::not_found());
    }
    actor.may(OwnAct::Supply)?;
    Ok(OrganisationId(actor.organisation()?))
}

async fn lock_own(tx: &mut Tx, actor: &Actor) -> Outcome<Vendor> {
    let organisation = own_organisation(actor)?;
    Ok(store::lock_own(tx, organisation).await?.ok_or_else(Refusal::not_found)?)
}

/// What the first sending of a form made.
fn first_result<T: FromStr>(text: &str) -> Outcome<T> {
    Ok(text.parse().map_err(|_| anyhow::anyhow!("a once key without its result"))?)
}
