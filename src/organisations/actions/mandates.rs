//! Advisers: a firm gives a mandate and revokes it, the adviser accepts and works under it.

use super::members;
use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        calendar::local_date,
        lang::Lang,
        refusal::{Outcome, Refusal},
        roles::{OwnAct, Role},
        step::step,
    },
    db::{Tx, once::Once},
    organisations::{
        MandateId, OrganisationId,
        forms::mandates::NewMandate,
        rules::{
            LEGAL_ZONE,
            duplicates::phone_digits,
            mandates::{self as rules, FeeKind, MandateFlag, MandateState, Relation},
        },
        store::{
            self,
            mandates::{self, MandateRow},
            members::Invitation,
        },
    },
    outbox::{self, Mail},
    people::{self, PersonId},
};
use chrono::{DateTime, Utc};

fn record_of(row: &MandateRow, kind: &'static str) -> Record {
    Record::new("mandate", row.id.0, kind).of_case(row.organisation_id).with("name", &row.name)
}

/// Gives a mandate and mails the adviser a link to accept it. Nobody of a vendor ever gets one.
pub async fn give(app: &App, actor: &Actor, new: NewMandate, once: Once) -> Outcome<MandateId> {
    let now = app.clock.now();
    let firm = OrganisationId(actor.organisation()?);
    if !actor.is(Role::Firm) {
        return Err(Refusal::not_found().into());
    }
    actor.may(OwnAct::Mandate)?;
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "organisations.give_mandate", now).await? {
        return Ok(first.parse().map_err(|_| anyhow::anyhow!("the first result of a mandate"))?);
    }
    if mandates::is_vendors(&mut tx, new.business_number.as_deref(), &new.email).await? {
        return Err(Refusal::unacceptable("organisations-refusal-adviser-is-vendor").at("email").into());
    }
    if people::members(&mut tx, firm.0).await?.iter().any(|member| member.email == new.email) {
        return Err(Refusal::unacceptable("organisations-refusal-adviser-is-member").at("email").into());
    }
    let organisation = store::get(&mut tx, firm).await?;
    let row = MandateRow {
        id: MandateId::new(),
        organisation_id: firm,
        firm_name: organisation.legal_name.clone(),
        adviser_id: None,
        flags: flags(&mut tx, &new).await?,
        email: new.email,
        name: new.name,
        company: new.company,
        business_number: new.business_number,
        phone: new.phone,
        relation: new.relation,
        fee_kind: new.fee_kind,
        fee_won: new.fee_won,
        fee_basis_points: new.fee_basis_points,
        starts_on: new.starts_on,
        ends_on: new.ends_on,
        state: MandateState::Offered,
        given_by: actor.id,
        given_at: now,
    };
    mandates::insert_mandate(&mut tx, &row).await?;
    let invitation = Invitation {
        id: crate::core::ids::new_uuid(),
        organisation_id: firm,
        role: Role::Adviser,
        capacities: String::new(),
        mandate_id: Some(row.id),
        email: row.email.clone(),
        name: row.name.clone(),
        lang: Lang::Ko,
        invited_by: actor.id,
        invited_at: now,
        expires_at: now + chrono::Duration::hours(members::INVITATION_HOURS),
    };
    members::send(&mut tx, actor, &invitation, "mandate-offered", &organisation.legal_name, now).await?;
    let record = record_of(&row, "mandate_given")
        .with("email", &row.email)
        .with("relation", row.relation)
        .with("fee_kind", row.fee_kind)
        .with("starts_on", row.starts_on)
        .with("ends_on", row.ends_on);
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, row.id).await?;
    tx.commit().await?;
    Ok(row.id)
}

/// What an officer should look at, in the order of the codes.
async fn flags(tx: &mut Tx, new: &NewMandate) -> Outcome<String> {
    let mut found = Vec::new();
    let digits = phone_digits(&new.phone);
    if !digits.is_empty() && mandates::is_vendor_phone(tx, &digits).await? {
        found.push(MandateFlag::VendorPhone);
    }
    if let Some(domain) = rules::telling_domain(&new.email)
        && mandates::is_vendor_domain(tx, domain).await?
    {
        found.push(MandateFlag::VendorDomain);
    }
    if new.fee_kind == FeeKind::Percent {
        found.push(MandateFlag::PercentFee);
    }
    if new.relation == Relation::Affiliate {
        found.push(MandateFlag::RelatedParty);
    }
    Ok(found.iter().map(|flag| flag.as_str()).collect::<Vec<_>>().join("+"))
}

async fn move_on(
    tx: &mut Tx,
    actor: &Actor,
    row: &MandateRow,
    name: &'static str,
    kind: &'static str,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let step = step(rules::STEPS, name, row.state)?;
    if !mandates::move_mandate(tx, row.id, step.from, step.to, actor, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let record = match kind {
        "mandate_accepted" => record_of(row, "mandate_accepted"),
        "mandate_declined" => record_of(row, "mandate_declined"),
        _ => record_of(row, "mandate_ended"),
    };
    audit::record(tx, actor, record, now).await?;
    Ok(())
}

/// The adviser accepts: from now on they hold the role, and work within the mandate's days.
pub(super) async fn accept_in(tx: &mut Tx, actor: &Actor, id: MandateId, now: DateTime<Utc>) -> Outcome<()> {
    let row = mandates::get_mandate(tx, id).await?;
    if row.email != actor.email {
        return Err(Refusal::not_found().into());
    }
    // Since the mandate was given the adviser may have become a vendor's.
    if mandates::is_vendors(tx, row.business_number.as_deref(), &row.email).await? {
        return Err(Refusal::conflict("organisations-refusal-adviser-is-vendor").into());
    }
    match people::join(tx, actor, PersonId(actor.id), Role::Adviser, None, &[], now).await {
        Err(crate::core::refusal::Trouble::Refused(refusal)) if refusal.key == "people-refusal-role-held" => {}
        other => other?,
    }
    move_on(tx, actor, &row, "accept", "mandate_accepted", now).await?;
    tell_firm(tx, &row, "mandate-accepted", now).await
}

async fn tell_firm(tx: &mut Tx, row: &MandateRow, name: &'static str, now: DateTime<Utc>) -> Outcome<()> {
    for (address, lang) in people::mail_contacts(tx, row.organisation_id.0, Role::Firm).await? {
        let mail = Mail::new(address, lang, name).with("name", &row.name).link("/organisation/advisers");
        outbox::mail(tx, mail, &row.id.to_string(), None, now).await?;
    }
    Ok(())
}

/// Somebody who is an adviser already answers a mandate from their own list.
pub async fn answer(app: &App, actor: &Actor, id: MandateId, accept: bool, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "organisations.answer_mandate", now).await?.is_some() {
        return Ok(());
    }
    let row = mandates::find_mandate(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    store::members::close_links(&mut tx, id, now).await?;
    if accept {
        accept_in(&mut tx, actor, id, now).await?;
    } else {
        move_on(&mut tx, actor, &row, "decline", "mandate_declined", now).await?;
        tell_firm(&mut tx, &row, "mandate-declined", now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The firm revokes a mandate, or the adviser lays it down. Access ends with the next request.
pub async fn end(app: &App, actor: &Actor, id: MandateId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    if !actor.is(Role::Adviser) {
        actor.may(OwnAct::Mandate)?;
    }
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "organisations.end_mandate", now).await?.is_some() {
        return Ok(());
    }
    let row = mandates::find_mandate(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let side = if actor.is(Role::Adviser) { Role::Adviser } else { Role::Firm };
    let step = rules::STEPS
        .iter()
        .find(|step| step.from == row.state && step.to == MandateState::Ended && step.by.contains(&side))
        .ok_or_else(|| Refusal::conflict("refusal-state-moved-on"))?;
    store::members::close_links(&mut tx, id, now).await?;
    move_on(&mut tx, actor, &row, step.name, "mandate_ended", now).await?;
    if side == Role::Adviser {
        tell_firm(&mut tx, &row, "mandate-laid-down", now).await?;
    } else {
        let lang = match row.adviser_id {
            Some(adviser) => people::find_person(&mut tx, adviser).await?.map_or(Lang::Ko, |person| person.lang),
            None => Lang::Ko,
        };
        let mail = Mail::new(row.email.clone(), lang, "mandate-revoked").with("organisation", &row.firm_name);
        outbox::mail(&mut tx, mail, &id.to_string(), None, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The adviser's session works for this firm from now on.
pub async fn work(app: &App, actor: &Actor, id: MandateId) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let row = mandates::find_mandate(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    if !rules::holds(row.state, row.starts_on, row.ends_on, local_date(now, LEGAL_ZONE)) {
        return Err(Refusal::conflict("organisations-refusal-mandate-over").into());
    }
    people::work_under(&mut tx, actor.session, Some(id.0)).await?;
    audit::record(&mut tx, actor, record_of(&row, "mandate_taken_up"), now).await?;
    tx.commit().await?;
    Ok(())
}
