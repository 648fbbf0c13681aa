//! The guarded change of an account. A stolen mailbox is not enough to be paid: two officers look, the old contact
//! is told at each step, and days pass in which anybody of the vendor may say no.

use super::{check_bank, letter, lock_own, lock_to_decide, own_organisation, seal};
use crate::{
    app::App,
    audit::{self, Act, Record},
    core::{
        actor::Actor,
        calendar::{self, ZONE},
        refusal::{Outcome, Refusal},
        roles::Role,
        step::step,
    },
    db::{Tx, once::Once},
    files::{self, Received},
    organisations::{self, vault},
    outbox::{self, Mail},
    people,
    vendors::{
        VendorId,
        forms::NewAccount,
        rules::accounts::{ACCOUNT_STEPS, AccountState, OFFICERS},
        store::{self, AccountChange, Vendor},
    },
};
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

/// Asks for another account, with a document of the bank. From now on nothing is paid to the vendor.
pub async fn request_account(
    app: &App,
    actor: &Actor,
    new: NewAccount,
    received: Option<&Received>,
    once: Once,
) -> Outcome<()> {
    let now = app.clock.now();
    own_organisation(actor)?;
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "vendors.request_account", now).await?.is_some() {
        return Ok(());
    }
    let vendor = lock_own(&mut tx, actor).await?;
    if vendor.registry_no.is_none() {
        return Err(Refusal::conflict("vendors-refusal-account-in-entry").into());
    }
    let organisation = organisations::get(&mut tx, vendor.organisation_id).await?;
    check_bank(&mut tx, &new.bank_code, &new.account_holder, &organisation).await?;
    let file_id = match (received, new.vault) {
        (Some(received), _) => files::adopt(&mut tx, actor, actor.organisation, received, now).await?,
        (None, Some(document)) => vault::adopt_any(&mut tx, vendor.organisation_id, document, now).await?.0,
        (None, None) => return Err(Refusal::unacceptable("form-required").at("file").into()),
    };
    let account = seal(app, &new.account_number);
    let change = AccountChange {
        id: crate::core::ids::new_uuid(),
        vendor_id: vendor.id,
        state: AccountState::Requested,
        bank_code: new.bank_code,
        account_sealed: account.sealed,
        account_ending: account.ending,
        account_holder: new.account_holder,
        old_ending: vendor.account_ending.clone(),
        file_id,
        requested_by: actor.id,
        requested_at: now,
        checked_by: None,
        check_note: None,
        confirmed_by: None,
        effective_at: None,
        end_note: None,
    };
    if !store::insert_change(&mut tx, &change).await? {
        return Err(Refusal::conflict("vendors-refusal-account-open").into());
    }
    let shared = shares_account(app, &mut tx, &vendor, &change, &new.account_number).await?;
    let record = Record::new("vendor", vendor.id, "account_requested")
        .with("bank_code", &change.bank_code)
        .with("account_ending", format!("{} → {}", change.old_ending, change.account_ending))
        .with("account_holder", &change.account_holder)
        .with("shared_with", shared.join(", "));
    audit::record(&mut tx, actor, record, now).await?;
    tell(&mut tx, &vendor, &change, "account-requested", now).await?;
    tx.commit().await?;
    Ok(())
}

/// The registry numbers of other vendors that are paid to the same account.
async fn shares_account(
    app: &App,
    tx: &mut Tx,
    vendor: &Vendor,
    change: &AccountChange,
    number: &str,
) -> Outcome<Vec<String>> {
    let mut shared = Vec::new();
    for other in store::accounts_ending(tx, &change.bank_code, &change.account_ending).await? {
        if other.id != vendor.id && app.seal.open("account", &other.account_sealed)? == number {
            shared.push(other.registry_no.unwrap_or_else(|| other.id.to_string()));
        }
    }
    Ok(shared)
}

/// To all people of the vendor and to its old support address, which an intruder may not read.
async fn tell(
    tx: &mut Tx,
    vendor: &Vendor,
    change: &AccountChange,
    name: &'static str,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let organisation = organisations::get(tx, vendor.organisation_id).await?;
    let mut contacts = people::mail_contacts(tx, vendor.organisation_id.0, Role::Vendor).await?;
    let lang = contacts.first().map_or(crate::core::lang::Lang::Ko, |(_, lang)| *lang);
    if !contacts.iter().any(|(address, _)| *address == vendor.support_email) {
        contacts.push((vendor.support_email.clone(), lang));
    }
    let event = format!("{}:{}", change.id, change.state);
    let effective = change.effective_at.map(|at| calendar::local_date(at, ZONE).to_string()).unwrap_or_default();
    for (address, lang) in contacts {
        let values = [
            ("name", organisation.legal_name.clone()),
            ("old", change.old_ending.clone()),
            ("new", change.account_ending.clone()),
            ("effective", effective.clone()),
            ("note", change.end_note.clone().unwrap_or_default()),
        ];
        outbox::mail(tx, letter(Mail::new(address, lang, name), "/vendor", &values), &event, Some(vendor.id.0), now)
            .await?;
    }
    Ok(())
}

/// An officer checks with the vendor by another way than its account here, another confirms, either refuses.
pub async fn take_account_step(
    app: &App,
    actor: &Actor,
    id: Uuid,
    name: &str,
    note: &str,
    once: Once,
) -> Outcome<VendorId> {
    let now = app.clock.now();
    if !actor.is_any(OFFICERS) || !matches!(name, "check" | "confirm" | "refuse") {
        return Err(Refusal::not_found().into());
    }
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    let found = store::account_change(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    if tx.seen(once, actor.id, "vendors.account_step", now).await?.is_some() {
        return Ok(found.vendor_id);
    }
    let vendor = lock_to_decide(&mut tx, actor, found.vendor_id).await?;
    let before = store::account_change(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let step = step(ACCOUNT_STEPS, name, before.state)?;
    let mut change = AccountChange { state: step.to, ..before.clone() };
    let (kind, mail) = match name {
        "check" => {
            audit::take(&mut tx, actor, id, Act::AccountChecked, now).await?;
            change.checked_by = Some(actor.id);
            change.check_note = Some(note.to_owned());
            ("account_checked", None)
        }
        "confirm" => {
            audit::take(&mut tx, actor, id, Act::AccountConfirmed, now).await?;
            change.confirmed_by = Some(actor.id);
            change.effective_at = Some(now + Duration::days(app.config.account_cooling_days));
            ("account_confirmed", Some("account-confirmed"))
        }
        _ => {
            change.end_note = Some(note.to_owned());
            ("account_refused", Some("account-refused"))
        }
    };
    if !store::move_change(&mut tx, before.state, &change, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let record = Record::new("vendor", vendor.id, kind)
        .with("account_ending", &change.account_ending)
        .with("effective", change.effective_at.map(|at| at.to_rfc3339()).unwrap_or_default())
        .with("note", note);
    audit::record(&mut tx, actor, record, now).await?;
    if let Some(mail) = mail {
        tell(&mut tx, &vendor, &change, mail, now).await?;
    }
    tx.commit().await?;
    Ok(vendor.id)
}

/// Anybody of the vendor stops a change that is not in effect yet. No fresh proof is asked: stopping is safe.
pub async fn cancel_account(app: &App, actor: &Actor, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    own_organisation(actor)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "vendors.cancel_account", now).await?.is_some() {
        return Ok(());
    }
    let vendor = lock_own(&mut tx, actor).await?;
    let before = store::open_change(&mut tx, vendor.id).await?;
    let before = before.ok_or_else(|| Refusal::conflict("refusal-state-moved-on"))?;
    let step = step(ACCOUNT_STEPS, "cancel", before.state)?;
    let change = AccountChange { state: step.to, ..before.clone() };
    if !store::move_change(&mut tx, before.state, &change, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let record = Record::new("vendor", vendor.id, "account_cancelled").with("account_ending", &change.account_ending);
    audit::record(&mut tx, actor, record, now).await?;
    tell(&mut tx, &vendor, &change, "account-cancelled", now).await?;
    tx.commit().await?;
    Ok(())
}

/// Puts confirmed accounts into effect once their days are over. Each is its own unit of work.
pub(super) async fn put_into_effect(app: &App) -> anyhow::Result<u64> {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let due = store::cooled(&mut tx, now).await?;
    drop(tx);
    let mut done = 0;
    for before in due {
        let mut tx = app.db.write().await?;
        let vendor = store::get(&mut tx, before.vendor_id).await?;
        let change = AccountChange { state: AccountState::Effective, ..before.clone() };
        if !store::move_change(&mut tx, before.state, &change, now).await? {
            continue;
        }
        store::set_account(&mut tx, &change).await?;
        let record = Record::new("vendor", vendor.id, "account_in_effect")
            .with("account_ending", format!("{} → {}", change.old_ending, change.account_ending));
        audit::record(&mut tx, &Actor::system(), record, now).await?;
        tell(&mut tx, &vendor, &change, "account-in-effect", now).await?;
        tx.commit().await?;
        done += 1;
    }
    Ok(done)
}
