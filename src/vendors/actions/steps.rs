//! Decisions about vendors, and the end of their term.

use super::{check_complete, first_result, search_text};
use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        calendar::ZONE,
        form::FormErrors,
        refusal::{Outcome, Refusal},
        roles::Role,
        step::{Note, Step, step},
    },
    db::{Tx, once::Once, series::Series},
    organisations,
    outbox::{self, Mail},
    people,
    vendors::{
        VendorId,
        rules::{self, STEPS, VendorState},
        store::{self, Vendor},
    },
};
use chrono::{DateTime, Utc};

/// The longest reason, in characters.
const NOTE_CHARS_MAX: usize = 2_000;

/// A manager approves, rejects, suspends or reinstates a vendor. Nobody decides about an organisation that they
/// act or once acted for.
pub async fn take_step(app: &App, actor: &Actor, id: VendorId, name: &str, note: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    if !STEPS.iter().any(|step| step.name == name && actor.is_any(step.by)) || !actor.is_staff() {
        return Err(Refusal::not_found().into());
    }
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "vendors.take_step", now).await? {
        return first_result::<VendorState>(&first).map(drop);
    }
    let vendor = store::lock(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    if store::is_member(&mut tx, actor, vendor.organisation_id).await? {
        return Err(Refusal::forbidden("vendors-refusal-own").into());
    }
    let step = step(STEPS, name, vendor.state)?;
    let note = read_note(step, note)?;
    if step.name == "approve" {
        // What was complete when it was handed in may not be any more.
        check_complete(&mut tx, actor, &vendor, app.clock.today(ZONE), "vendors-refusal-not-approvable").await?;
    }
    if !store::decide(&mut tx, &vendor, step.to, actor, note.clone(), now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    tell(app, &mut tx, actor, &vendor, step, note.unwrap_or_default(), now).await?;
    tx.remember(once, step.to).await?;
    tx.commit().await?;
    Ok(())
}

fn read_note(step: &Step<VendorState>, note: &str) -> Result<Option<String>, FormErrors> {
    let mut errors = FormErrors::new();
    let note = match step.note {
        Note::Required => Some(errors.text("note", note, NOTE_CHARS_MAX)),
        Note::None => None,
    };
    errors.done(note)
}

/// Registers an approved vendor, records the decision and writes to the vendor.
async fn tell(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    vendor: &Vendor,
    step: &Step<VendorState>,
    note: String,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let organisation = organisations::get(tx, vendor.organisation_id).await?;
    let mut values = vec![("name", organisation.legal_name.clone())];
    let (kind, mail) = match step.name {
        "approve" => {
            let today = app.clock.today(ZONE);
            let number = match &vendor.registry_no {
                Some(number) => number.clone(),
                None => rules::registry_number(today, tx.next_number(Series::Vendor).await?),
            };
            let expires_on = rules::expires_on(today);
            let search_text = search_text(&organisation, &vendor.website, Some(&number));
            store::set_registration(tx, vendor.id, &number, expires_on, search_text).await?;
            values.extend([("number", number), ("expires", expires_on.to_string())]);
            ("vendor_approved", "vendor-approved")
        }
        "reject" => ("vendor_rejected", "vendor-rejected"),
        "suspend" => ("vendor_suspended", "vendor-suspended"),
        _ => ("vendor_reinstated", "vendor-reinstated"),
    };
    if step.note == Note::Required {
        values.push(("note", note));
    }
    let record = Record::new("vendor", vendor.id, kind);
    let record = values.iter().skip(1).fold(record, |record, (name, value)| record.with(name, value));
    audit::record(tx, actor, record, now).await?;
    write_to(tx, vendor, mail, &values, now).await
}

/// One mail to each of the vendor's people, once for each state the vendor reaches.
async fn write_to(
    tx: &mut Tx,
    vendor: &Vendor,
    name: &'static str,
    values: &[(&str, String)],
    now: DateTime<Utc>,
) -> Outcome<()> {
    let event = format!("{}:{}", vendor.id, vendor.version);
    for (address, lang) in people::mail_contacts(tx, vendor.organisation_id.0, Role::Vendor).await? {
        let mail = Mail::new(address, lang, name).link("/vendor");
        let mail = values.iter().fold(mail, |mail, (name, value)| mail.with(name, value));
        outbox::mail(tx, mail, &event, Some(vendor.id.0), now).await?;
    }
    Ok(())
}

/// Ends the approval of vendors whose term is over; answers how many. Each is its own unit of work.
pub async fn lapse_expired(app: &App) -> anyhow::Result<u64> {
    let (now, today) = (app.clock.now(), app.clock.today(ZONE));
    let mut tx = app.db.read().await?;
    let expired = store::expired(&mut tx, today).await?;
    drop(tx);
    let mut lapsed = 0;
    for id in expired {
        let mut tx = app.db.write().await?;
        let vendor = store::get(&mut tx, id).await?;
        if !store::lapse(&mut tx, id, today).await? {
            continue;
        }
        let record = Record::new("vendor", id, "vendor_lapsed")
            .with("expires", vendor.expires_on.map(|day| day.to_string()).unwrap_or_default());
        audit::record(&mut tx, &Actor::system(), record, now).await?;
        let organisation = organisations::get(&mut tx, vendor.organisation_id).await?;
        write_to(&mut tx, &vendor, "vendor-lapsed", &[("name", organisation.legal_name)], now).await?;
        tx.commit().await?;
        lapsed += 1;
    }
    Ok(lapsed)
}
