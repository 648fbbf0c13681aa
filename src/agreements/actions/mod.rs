//! The verbs of agreements: offer and assent here; clauses, seals, money, vouchers, deliveries, changes, timers and
//! endings beside.

mod amending;
mod clauses;
mod delivery;
mod ending;
mod money;
mod sealing;
mod switching;
mod vouchers;
mod watching;

pub use amending::{apply_change, assent_to_change, check_claimable, end_change, request_change, speaks_for, terms_of};
pub use clauses::{CLAUSES, decide_clauses, drop_clauses, edit_clause, propose_clauses};
pub use delivery::{answer_delivery, note_delivery};
pub use ending::{complete, lapse_unanswered, lapse_vouchers, terminate, withdraw};
pub use money::{deposit_asked, issue_voucher, record_deposit, record_refund, refundable, refundable_of};
pub use sealing::{Checked, SEAL_JOB, check, seal_job};
pub use switching::{may_switch, switch_vendor};
pub use vouchers::{
    block, block_voucher, call_firm, note_drawn, note_exhausted, note_refilled, unblock, unblock_voucher,
};
pub use watching::fall_due;

use super::{
    AgreementId, content,
    forms::NewOffer,
    rules::{self, AgreementState, Bounds, LineTerms, MilestoneTerms, Party, Proof, Terms},
    store::{self, Agreement, AgreementLine, LockedIndicator, TextVersion},
};
use crate::{
    app::App,
    applications::{self, ApplicationId, ApplicationState},
    audit::{self, Record},
    core::{
        actor::Actor,
        ids::new_uuid,
        lang::Lang,
        money::Won,
        refusal::{Outcome, Refusal},
        roles::{OwnAct, Role},
        step::step,
    },
    db::{Tx, once::Once, series::Series},
    ledger, organisations,
    outbox::{self, Mail},
    people::{self, PersonId},
    programmes::{self, Programme, Stage},
    reference, vendors,
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

/// The agreed cost taken apart by the rules it was decided under; before it is in force, as it was applied for.
pub async fn shares_of(
    tx: &mut Tx,
    agreement: &Agreement,
    application: &applications::Application,
) -> sqlx::Result<Option<applications::Shares>> {
    let agreed = store::lines(tx, agreement.id).await?;
    let amount = |quantity: i64, price: Won| Won(quantity.saturating_mul(price.0));
    let lines: Vec<(i64, Won)> = match agreed.is_empty() {
        true => {
            let costs = applications::costs(tx, application.id).await?;
            costs.iter().map(|line| (line.position, amount(line.quantity, line.unit_price_won))).collect()
        }
        false => agreed.iter().map(|line| (line.position, amount(line.quantity, line.unit_price_won))).collect(),
    };
    applications::shares(tx, application, &lines).await
}

/// A record in the history of the agreement and of its application.
fn record_of(agreement: &Agreement, kind: &'static str) -> Record {
    Record::new("agreement", agreement.id, kind).of_case(agreement.application_id)
}

/// Writes the mail `name` to the firm's and the vendor's people.
async fn tell(tx: &mut Tx, agreement: &Agreement, name: &'static str, now: DateTime<Utc>) -> sqlx::Result<()> {
    let programme = programme_of(tx, agreement).await?;
    let until = today(&programme, agreement.answer_by);
    let make = |to, lang| Mail::new(to, lang, name).with("until", until);
    tell_parties(tx, agreement, &[Party::Firm, Party::Vendor], make, &agreement.id.to_string(), now).await
}

/// Writes a mail to the people of these parties, once per `event`; staff look at their lists.
async fn tell_parties(
    tx: &mut Tx,
    agreement: &Agreement,
    parties: &[Party],
    make: impl Fn(String, Lang) -> Mail,
    event: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let mut contacts = Vec::new();
    if parties.contains(&Party::Firm) {
        contacts.extend(people::mail_contacts(tx, agreement.organisation_id.0, Role::Firm).await?);
    }
    if parties.contains(&Party::Vendor) {
        let vendor = vendors::get(tx, agreement.vendor_id).await?;
        contacts.extend(people::mail_contacts(tx, vendor.organisation_id.0, Role::Vendor).await?);
    }
    for (address, lang) in contacts {
        let mail = make(address, lang).with("number", &agreement.number).link(format!("/agreements/{}", agreement.id));
        outbox::mail(tx, mail, event, Some(agreement.application_id.0), now).await?;
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
    let (agreement, clause_version) = draft(&mut tx, &application, vendor_id, &new, bounds, now).await?;
    if !store::insert(&mut tx, &agreement).await? {
        return Err(Refusal::conflict("agreements-refusal-offered-already").into());
    }
    store::insert_text(&mut tx, &text_of(&agreement, 1, Some(clause_version), &agreement.content, now)).await?;
    for (position, milestone) in (1..).zip(&new.milestones) {
        store::insert_milestone(&mut tx, agreement.id, position, milestone).await?;
    }
    let record = record_of(&agreement, "agreement_offered")
        .with("number", &agreement.number)
        .with("clauses", clause_version)
        .with("sha256", hex::encode(&agreement.content_sha256));
    audit::record(&mut tx, actor, record, now).await?;
    note_ties(&mut tx, actor, &agreement, now).await?;
    tell(&mut tx, &agreement, "agreement-offered", now).await?;
    tx.remember(once, agreement.id).await?;
    tx.commit().await?;
    Ok(agreement.id)
}

/// What ties vendor and firm to each other, as codes (domain: features, E7).
async fn ties_between(
    tx: &mut Tx,
    vendor: vendors::VendorId,
    firm: organisations::OrganisationId,
) -> sqlx::Result<String> {
    let vendor = vendors::get(tx, vendor).await?;
    let found = vendors::ties(tx, vendor.organisation_id, firm).await?;
    Ok(found.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
}

/// Ties stop nothing here: officers see them on the agreement, and the history keeps that they were known.
async fn note_ties(tx: &mut Tx, actor: &Actor, agreement: &Agreement, now: DateTime<Utc>) -> sqlx::Result<()> {
    if agreement.ties.is_empty() {
        return Ok(());
    }
    let record = Record::new("agreement", agreement.application_id, "agreement_ties_found")
        .of_case(agreement.application_id)
        .with("number", &agreement.number)
        .with("ties", &agreement.ties);
    audit::record(tx, actor, record, now).await
}

/// A text of an agreement that is not in force yet.
fn text_of(
    agreement: &Agreement,
    version: i64,
    clause_version: Option<i64>,
    content: &str,
    now: DateTime<Utc>,
) -> TextVersion {
    TextVersion {
        agreement_id: agreement.id,
        version,
        clause_version,
        change_id: None,
        content: content.to_owned(),
        content_sha256: Sha256::digest(content.as_bytes()).to_vec(),
        made_at: now,
        in_force_at: None,
        superseded_at: None,
        file_id: None,
        pdf_sha256: None,
    }
}

/// What an offer says in figures and names.
fn offered_terms(
    application: &applications::Application,
    vendor: vendors::VendorId,
    new: &NewOffer,
    costs: Vec<applications::CostLine>,
) -> Terms {
    let line = |line: applications::CostLine| LineTerms {
        position: line.position,
        category: line.category.to_string(),
        description: line.description,
        quantity: line.quantity,
        unit_price: line.unit_price_won,
        support: line.support_won,
    };
    let milestone = |(position, milestone): (i64, &rules::NewMilestone)| MilestoneTerms {
        position,
        name: milestone.name.clone(),
        deliverables: milestone.deliverables.clone(),
        due_on: milestone.due_on,
        supply: milestone.supply,
        support: milestone.support,
        open: true,
    };
    Terms {
        organisation: application.organisation_id.0,
        vendor: vendor.0,
        package: application.package_id.map(|package| package.0),
        starts_on: new.starts_on,
        ends_on: new.ends_on,
        lines: costs.into_iter().map(line).collect(),
        milestones: (1..).zip(&new.milestones).map(milestone).collect(),
    }
}

/// The text that these terms make, with the clauses of `clause_version` or, without one, the latest.
async fn assemble(
    tx: &mut Tx,
    number: &str,
    version: i64,
    application: &applications::Application,
    terms: &Terms,
    clause_version: Option<i64>,
) -> Outcome<(String, i64)> {
    let rules = programmes::rules_at(tx, application.call_id, application.call_version).await?;
    let call = programmes::get_call(tx, application.call_id).await?;
    let programme = programmes::get_programme(tx, call.programme_id).await?;
    let firm = organisations::get(tx, organisations::OrganisationId(terms.organisation)).await?;
    let vendor = vendors::get(tx, vendors::VendorId(terms.vendor)).await?;
    let vendor = organisations::get(tx, vendor.organisation_id).await?;
    let kept = match clause_version {
        Some(version) => store::clauses_at(tx, version).await?,
        None => None,
    };
    let clauses = match kept {
        Some(kept) => kept,
        None => store::latest_clauses(tx).await?,
    };
    let content = content::render(&content::Draft {
        number,
        version,
        programme: &programme,
        call: &call,
        rules: &rules,
        application,
        firm: &firm,
        vendor: &vendor,
        terms,
        indicators: &applications::indicators(tx, application.id).await?,
        clauses: &clauses.clauses.0,
    });
    Ok((content, clauses.version))
}

async fn draft(
    tx: &mut Tx,
    application: &applications::Application,
    vendor_id: vendors::VendorId,
    new: &NewOffer,
    bounds: Bounds,
    now: DateTime<Utc>,
) -> Outcome<(Agreement, i64)> {
    let rules = programmes::rules_at(tx, application.call_id, application.call_version).await?;
    let number = format!("AG{}-{:05}", bounds.today.year(), tx.next_number(Series::Agreement).await?);
    let costs = applications::costs(tx, application.id).await?;
    let terms = offered_terms(application, vendor_id, new, costs);
    let (content, clause_version) = assemble(tx, &number, 1, application, &terms, None).await?;
    let agreement = Agreement {
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
        version: 1,
        activated_at: None,
        ties: ties_between(tx, vendor_id, application.organisation_id).await?,
        deposit_by: None,
    };
    Ok((agreement, clause_version))
}

/// How a person proves who they are: with a second factor where they have one.
async fn proof_of(tx: &mut Tx, actor: &Actor) -> Outcome<Proof> {
    let person = people::find_person(tx, PersonId(actor.id)).await?.ok_or_else(Refusal::not_found)?;
    Ok(if person.has_second_factor() { Proof::SecondFactor } else { Proof::Password })
}

/// One of the three parties assents to the text as it stands, having proved of late who they are. With the third the agreement is in force.
pub async fn assent(app: &App, actor: &Actor, id: AgreementId, once: Once) -> Outcome<()> {
    let done = give_assent(app, actor, id, once).await;
    applications::keep_refused(app, done).await
}

async fn give_assent(app: &App, actor: &Actor, id: AgreementId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let party = Party::of(&actor.roles).ok_or_else(Refusal::not_found)?;
    actor.freshly_proven(now)?;
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
    let how = proof_of(&mut tx, actor).await?;
    store::insert_assent(&mut tx, id, None, party, actor, how, now).await?;
    // Read again behind the row's lock: of two last assents at once the later one sees both.
    let agreement = store::get(&mut tx, id).await?;
    let record = record_of(&agreement, "agreement_assented")
        .with("party", party)
        .with("proof", how)
        .with("sha256", hex::encode(&agreement.content_sha256));
    audit::record(&mut tx, actor, record, now).await?;
    if agreement.has_all_assents() {
        activate(&mut tx, actor, &agreement, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Puts the agreement in force: cost lines are copied, the baseline of the indicators is locked, the text is sealed.
async fn activate(tx: &mut Tx, actor: &Actor, agreement: &Agreement, now: DateTime<Utc>) -> Outcome<()> {
    move_on(tx, actor, agreement, "activate", "", now).await?;
    applications::take_step(tx, actor, agreement.application_id, "agree", "", now).await?;
    copy_terms(tx, agreement.id, agreement.application_id, now).await?;
    let deposit_by = match deposit_asked(tx, agreement).await?.is_positive() {
        true => Some(due_in(tx, agreement, |timers| timers.deposit_days, now).await?),
        false => None,
    };
    store::note_activated(tx, agreement.id, deposit_by, now).await?;
    store::put_in_force(tx, agreement.id, 1, now).await?;
    sealing::ask(tx, agreement, 1, now).await?;
    tell(tx, agreement, "agreement-active", now).await?;
    Ok(())
}

/// The last of so many business days from today, by the terms of the agreement's call.
async fn due_in(
    tx: &mut Tx,
    agreement: &Agreement,
    days: impl Fn(&programmes::Timers) -> i64,
    now: DateTime<Utc>,
) -> sqlx::Result<NaiveDate> {
    let rules = programmes::rules_at(tx, agreement.call_id, agreement.call_version).await?;
    let programme = programme_of(tx, agreement).await?;
    Ok(rules::due(&reference::holidays(tx).await?, today(&programme, now), days(&rules.timers)))
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
