//! The verbs of agreements: offer and assent here; money, deliveries and endings beside.

mod delivery;
mod ending;
mod money;

pub use delivery::{answer_delivery, note_delivery};
pub use ending::{complete, lapse_unanswered, terminate, withdraw};
pub use money::{deposit_asked, issue_voucher, record_deposit, set_voucher_state};

use super::{
    AgreementId, content,
    forms::NewOffer,
    rules::{self, AgreementState, Bounds, Party},
    store::{self, Agreement, AgreementLine, LockedIndicator},
};
use crate::{
    app::App,
    applications::{self, ApplicationId, ApplicationState},
    audit::{self, Record},
    core::{
        actor::Actor,
        ids::new_uuid,
        refusal::{Outcome, Refusal},
        roles::{OwnAct, Role},
        step::step,
    },
    db::{Tx, once::Once, series::Series},
    ledger, organisations,
    outbox::{self, Mail},
    people,
    programmes::{self, Programme, Stage},
    vendors,
};
use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};
use chrono_tz::Tz;
use sha2::{Digest, Sha256};

/// The calendar day it is now where the programme is.
fn today(programme: &Programme, now: DateTime<Utc>) -> NaiveDate {
    let zone: Tz = programme.zone.parse().unwrap_or(chrono_tz::Asia::Seoul);
    now.with_timezone(&zone).date_naive()
}

async fn programme_of(tx: &mut Tx, agreement: &Agreement) -> sqlx::Result<Programme> {
    let call = programmes::get_call(tx, agreement.call_id).await?;
    programmes::get_programme(tx, call.programme_id).await
}

/// Whose money the ledger moves for this agreement.
pub(super) async fn case_of(tx: &mut Tx, agreement: &Agreement) -> sqlx::Result<ledger::Case> {
    let call = programmes::get_call(tx, agreement.call_id).await?;
    Ok(ledger::Case {
        application: agreement.application_id.0,
        call: call.id.0,
        programme: call.programme_id.0,
        organisation: agreement.organisation_id.0,
    })
}

/// A record in the history of the agreement and of its application.
fn record_of(agreement: &Agreement, kind: &'static str) -> Record {
    Record::new("agreement", agreement.id, kind).of_case(agreement.application_id)
}

/// Writes the mail `name` to the firm's and the vendor's people.
async fn tell(tx: &mut Tx, agreement: &Agreement, name: &'static str, now: DateTime<Utc>) -> sqlx::Result<()> {
    let vendor = vendors::get(tx, agreement.vendor_id).await?;
    let programme = programme_of(tx, agreement).await?;
    let mut contacts = people::mail_contacts(tx, agreement.organisation_id.0, Role::Firm).await?;
    contacts.extend(people::mail_contacts(tx, vendor.organisation_id.0, Role::Vendor).await?);
    for (address, lang) in contacts {
        let mail = Mail::new(address, lang, name)
            .with("number", &agreement.number)
            .with("until", today(&programme, agreement.answer_by))
            .link(format!("/agreements/{}", agreement.id));
        outbox::mail(tx, mail, &agreement.id.to_string(), Some(agreement.application_id.0), now).await?;
    }
    Ok(())
}

/// What an offer for this application is held against.
pub(super) async fn bounds_of(
    tx: &mut Tx,
    application: &applications::Application,
    now: DateTime<Utc>,
) -> sqlx::Result<Bounds> {
    let rules = programmes::rules_at(tx, application.call_id, application.call_version).await?;
    let call = programmes::get_call(tx, application.call_id).await?;
    let programme = programmes::get_programme(tx, call.programme_id).await?;
    Ok(Bounds {
        total: application.total_won,
        support: application.support_won,
        term_months: rules.term_months,
        today: today(&programme, now),
    })
}

/// Offers a selected application its agreement: the text is written, hashed, and sent to be assented to.
pub async fn offer(app: &App, actor: &Actor, new: NewOffer, once: Once) -> Outcome<AgreementId> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "agreements.offer", now).await? {
        return Ok(first.parse().map_err(anyhow::Error::from)?);
    }
    let application = applications::find(&mut tx, new.application).await?.ok_or_else(Refusal::not_found)?;
    if application.state != ApplicationState::Selected {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let bounds = bounds_of(&mut tx, &application, now).await?;
    rules::check_offer(bounds, new.starts_on, new.ends_on, &new.milestones)?;
    let vendor_id = application.vendor_id.ok_or_else(|| anyhow::anyhow!("a selected application has no vendor"))?;
    vendors::check_stands(&mut tx, vendor_id, bounds.today).await?;
    let agreement = draft(&mut tx, &application, vendor_id, &new, bounds, now).await?;
    if !store::insert(&mut tx, &agreement).await? {
        return Err(Refusal::conflict("agreements-refusal-offered-already").into());
    }
    for (position, milestone) in (1..).zip(&new.milestones) {
        store::insert_milestone(&mut tx, agreement.id, position, milestone).await?;
    }
    let record = record_of(&agreement, "agreement_offered")
        .with("number", &agreement.number)
        .with("sha256", hex::encode(&agreement.content_sha256));
    audit::record(&mut tx, actor, record, now).await?;
    tell(&mut tx, &agreement, "agreement-offered", now).await?;
    tx.remember(once, agreement.id).await?;
    tx.commit().await?;
    Ok(agreement.id)
}

async fn draft(
    tx: &mut Tx,
    application: &applications::Application,
    vendor_id: vendors::VendorId,
    new: &NewOffer,
    bounds: Bounds,
    now: DateTime<Utc>,
) -> Outcome<Agreement> {
    let rules = programmes::rules_at(tx, application.call_id, application.call_version).await?;
    let call = programmes::get_call(tx, application.call_id).await?;
    let programme = programmes::get_programme(tx, call.programme_id).await?;
    let firm = organisations::get(tx, application.organisation_id).await?;
    let vendor = vendors::get(tx, vendor_id).await?;
    let vendor = organisations::get(tx, vendor.organisation_id).await?;
    let number = format!("AG{}-{:05}", bounds.today.year(), tx.next_number(Series::Agreement).await?);
    let content = content::render(&content::Draft {
        number: &number,
        programme: &programme,
        call: &call,
        application,
        firm: &firm,
        vendor: &vendor,
        starts_on: new.starts_on,
        ends_on: new.ends_on,
        milestones: &new.milestones,
        lines: &applications::costs(tx, application.id).await?,
        indicators: &applications::indicators(tx, application.id).await?,
    });
    Ok(Agreement {
        id: AgreementId::new(),
        application_id: application.id,
        call_id: application.call_id,
        call_version: application.call_version,
        number,
        organisation_id: application.organisation_id,
        vendor_id,
        state: AgreementState::Offered,
        starts_on: new.starts_on,
        ends_on: new.ends_on,
        total_won: application.total_won,
        support_won: application.support_won,
        own_won: application.own_won,
        content_sha256: Sha256::digest(content.as_bytes()).to_vec(),
        content,
        offered_at: now,
        answer_by: now + Duration::days(rules.agreement_answer_days),
        firm_assent_by: None,
        firm_assent_at: None,
        vendor_assent_by: None,
        vendor_assent_at: None,
        agency_assent_by: None,
        agency_assent_at: None,
        state_since: now,
    })
}

/// One of the three parties assents to the text as it stands. With the third the agreement is in force.
pub async fn assent(app: &App, actor: &Actor, id: AgreementId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let party = Party::of(&actor.roles).ok_or_else(Refusal::not_found)?;
    if party == Party::Agency {
        actor.freshly_proven(now)?;
    }
    actor.may(OwnAct::Assent)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "agreements.assent", now).await?.is_some() {
        return Ok(());
    }
    let before = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    if before.state == AgreementState::Offered && before.answer_by < now {
        return Err(Refusal::conflict("agreements-refusal-too-late").into());
    }
    if party == Party::Agency {
        applications::require(&mut tx, actor, before.application_id, Stage::Agreement, now).await?;
    }
    if !store::assent(&mut tx, id, party, actor.id, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    // Read again behind the row's lock: of two last assents at once the later one sees both.
    let agreement = store::get(&mut tx, id).await?;
    let record = record_of(&agreement, "agreement_assented")
        .with("party", party)
        .with("sha256", hex::encode(&agreement.content_sha256));
    audit::record(&mut tx, actor, record, now).await?;
    if agreement.has_all_assents() {
        activate(&mut tx, actor, &agreement, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Puts the agreement in force: cost lines are copied, and the baseline of the indicators is locked.
async fn activate(tx: &mut Tx, actor: &Actor, agreement: &Agreement, now: DateTime<Utc>) -> Outcome<()> {
    move_on(tx, actor, agreement, "activate", "", now).await?;
    applications::take_step(tx, actor, agreement.application_id, "agree", "", now).await?;
    copy_terms(tx, agreement.id, agreement.application_id, now).await?;
    tell(tx, agreement, "agreement-active", now).await?;
    Ok(())
}

async fn copy_terms(
    tx: &mut Tx,
    agreement: AgreementId,
    application: ApplicationId,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    for line in applications::costs(tx, application).await? {
        let copied = AgreementLine {
            id: new_uuid(),
            agreement_id: agreement,
            position: line.position,
            category: line.category,
            description: line.description,
            quantity: line.quantity,
            unit_price_won: line.unit_price_won,
            support_won: line.support_won,
            own_won: line.own_won,
        };
        store::insert_line(tx, &copied).await?;
    }
    for indicator in applications::indicators(tx, application).await? {
        let locked = LockedIndicator {
            id: new_uuid(),
            agreement_id: agreement,
            position: indicator.position,
            name: indicator.name,
            unit: indicator.unit,
            direction: indicator.direction,
            baseline_milli: indicator.baseline_milli,
            target_milli: indicator.target_milli,
            locked_at: now,
        };
        store::insert_indicator(tx, &locked).await?;
    }
    Ok(())
}

/// Takes the step `name` of the table, with its record.
async fn move_on(
    tx: &mut Tx,
    actor: &Actor,
    agreement: &Agreement,
    name: &'static str,
    note: &str,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let step = step(rules::STEPS, name, agreement.state)?;
    if !store::move_state(tx, agreement.id, step.from, step.to, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let mut record = record_of(agreement, "agreement_moved").with("step", name).with("state", step.to);
    if !note.is_empty() {
        record = record.with("note", note);
    }
    audit::record(tx, actor, record, now).await?;
    Ok(())
}
