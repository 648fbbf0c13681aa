//! The verbs of vendors. Here: the entry, its account included, and its submission.

mod accounts;
mod catalogue;
mod complaints;
mod criteria;
mod due;
mod reviews;
mod standing;
mod steps;

pub use accounts::{cancel_account, request_account, take_account_step};
pub use catalogue::{add_package, add_solution, change_price, change_solution, pass_recheck, set_qualifying_price};
pub use complaints::{answer_complaint, complain, end_complaint};
pub use criteria::{add_reference, decide_criteria, findings, remove_reference, state_criterion};
pub use due::{fall_due, lapse_expired};
pub use reviews::{appeal_review, confirm_review, open_campaign, take_review_step};
pub use standing::{check_stands, check_takes_new, pay_hold, pay_holds, reinstate, set_watch, suspend, ties};
pub use steps::{answer_questions, approve, ask, meet_condition, take_step};

use super::{
    VendorId,
    forms::NewVendor,
    rules::{self, Entry, STEPS, Unmet, VendorState, criteria::Criterion},
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
    outbox::{self, Mail},
    people, reference,
};
use chrono::{DateTime, NaiveDate, Utc};
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
    if vendor.registry_no.is_some() && touches_account(&vendor, &change) {
        return Err(Refusal::conflict("vendors-refusal-account-guarded").at("account_number").into());
    }
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

/// Whether a change of the entry would also change where a vendor is paid to: once registered, only two officers do.
fn touches_account(vendor: &Vendor, change: &NewVendor) -> bool {
    !change.account_number.is_empty()
        || change.bank_code != vendor.bank_code
        || change.account_holder != vendor.account_holder
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
        ("exception_reason", &vendor.exception_reason, &change.exception_reason),
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
    organisations::check_not_excluded(&mut tx, vendor.organisation_id, now).await?;
    step(STEPS, "submit", vendor.state)?;
    let today = app.clock.today(ZONE);
    if vendor.state == VendorState::Terminated {
        rules::check_reapply(vendor.terminated_on, today)?;
    }
    check_complete(&mut tx, actor, &vendor, today, "vendors-refusal-unmet").await?;
    if !store::submit(&mut tx, vendor.id, vendor.state, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    store::forget_verdicts(&mut tx, vendor.id).await?;
    store::insert_round(&mut tx, crate::core::ids::new_uuid(), vendor.id, actor, now).await?;
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
    let (solutions, solutions_without_package) = store::offer_counts(tx, vendor.id, day).await?;
    let organisation = organisations::get(tx, vendor.organisation_id).await?;
    let stated = store::criteria(tx, vendor.id).await?;
    let has_evidence =
        |criterion: &Criterion| stated.iter().any(|row| row.criterion == *criterion && row.file_id.is_some());
    let wanted = Criterion::ALL.iter().filter(|criterion| criterion.wants_evidence());
    Ok(rules::unmet(Entry {
        solutions,
        solutions_without_package,
        criteria_without_evidence: wanted.filter(|criterion| !has_evidence(criterion)).count(),
        references: store::references(tx, vendor.id).await?.len(),
        is_large: is_large(tx, &organisation).await?,
        has_exception: !vendor.exception_reason.is_empty(),
        in_business: !matches!(organisation.register_status, RegisterStatus::Closed | RegisterStatus::Suspended),
    }))
}

/// A large firm, or one of a large group: registered only as an exception.
pub async fn is_large(tx: &mut Tx, organisation: &Organisation) -> sqlx::Result<bool> {
    let size = organisations::latest_size(tx, organisation.id).await?;
    Ok(organisation.large_group || size.is_some_and(|size| size.class == "large"))
}

async fn check_account(tx: &mut Tx, new: &NewVendor, organisation: &Organisation) -> Outcome<()> {
    check_bank(tx, &new.bank_code, &new.account_holder, organisation).await
}

async fn check_bank(tx: &mut Tx, bank_code: &str, holder: &str, organisation: &Organisation) -> Outcome<()> {
    if !reference::banks(tx).await?.iter().any(|bank| bank.code == bank_code) {
        return Err(Refusal::unacceptable("form-choose").at("bank_code").into());
    }
    if !rules::is_holder(holder, &organisation.legal_name) {
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

/// The vendor, locked for a decision: never by somebody who acts or once acted for it.
async fn lock_to_decide(tx: &mut Tx, actor: &Actor, id: VendorId) -> Outcome<Vendor> {
    let vendor = store::lock(tx, id).await?.ok_or_else(Refusal::not_found)?;
    if store::is_member(tx, actor, vendor.organisation_id).await? {
        return Err(Refusal::forbidden("vendors-refusal-own").into());
    }
    Ok(vendor)
}

/// One mail to each of the vendor's people, once for each event.
async fn write_to(
    tx: &mut Tx,
    vendor: &Vendor,
    name: &'static str,
    link: &str,
    values: &[(&str, String)],
    event: &str,
    now: DateTime<Utc>,
) -> Outcome<()> {
    for (address, lang) in people::mail_contacts(tx, vendor.organisation_id.0, Role::Vendor).await? {
        outbox::mail(tx, letter(Mail::new(address, lang, name), link, values), event, Some(vendor.id.0), now).await?;
    }
    Ok(())
}

fn letter(mail: Mail, link: &str, values: &[(&str, String)]) -> Mail {
    values.iter().fold(mail.link(link), |mail, (name, value)| mail.with(name, value))
}
