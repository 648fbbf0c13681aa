//! Change requests: one party asks and by asking assents, the other assents, the agency decides. A decided change puts
//! new terms in force with a new sealed text; the rules are looked at again, and money that is no longer needed goes
//! back to the budget, all in one unit of work. Everybody locks in one order: agreement, application, ledger.

use super::{
    assemble, case_of, ending::break_off, programme_of, proof_of, record_of, sealing, switching::another_package,
    tell_parties, text_of, ties_between, today,
};
use crate::{
    agreements::{
        AgreementId, ChangeRequestId,
        forms::NewChange,
        rules::{
            self, AgreementState, ChangeBounds, ChangeKind, ChangeState, LineTerms, MilestoneState, MilestoneTerms,
            Party, Terms,
        },
        store::{self, Agreement, ChangeRequest, NewRequest},
    },
    app::App,
    applications, audit,
    core::{
        actor::Actor,
        money::Won,
        refusal::{Outcome, Refusal},
        roles::{OwnAct, Role},
        step::step,
    },
    db::{Tx, once::Once},
    ledger::{self, AccountKind, CapSubject},
    organisations::{self, OrganisationId, RegisterStatus},
    outbox::{self, Mail},
    people,
    programmes::{self, Place, Stage},
    vendors::{self, PackageId, VendorId},
};
use chrono::{DateTime, Months, NaiveDate, Utc};

/// What the agreement says now.
pub async fn terms_of(tx: &mut Tx, agreement: &Agreement) -> sqlx::Result<Terms> {
    let application = applications::get(tx, agreement.application_id).await?;
    let line = |line: store::AgreementLine| LineTerms {
        position: line.position,
        category: line.category.to_string(),
        description: line.description,
        quantity: line.quantity,
        unit_price: line.unit_price_won,
        support: line.support_won,
    };
    let milestone = |milestone: store::Milestone| MilestoneTerms {
        position: milestone.position,
        name: milestone.name,
        deliverables: milestone.deliverables,
        due_on: milestone.due_on,
        supply: milestone.supply_won,
        support: milestone.support_won,
        open: milestone.state == MilestoneState::Planned,
    };
    Ok(Terms {
        organisation: agreement.organisation_id.0,
        vendor: agreement.vendor_id.0,
        package: application.package_id.map(|package| package.0),
        starts_on: agreement.starts_on,
        ends_on: agreement.ends_on,
        lines: store::lines(tx, agreement.id).await?.into_iter().map(line).collect(),
        milestones: store::milestones(tx, agreement.id).await?.into_iter().map(milestone).collect(),
    })
}

async fn changed(tx: &mut Tx, before: &Terms, new: &NewChange, today: NaiveDate) -> Outcome<Terms> {
    let mut after = before.clone();
    let malformed = || Refusal::unacceptable("refusal-form-malformed");
    let set_lines = |after: &mut Terms, lines: &[(Won, Won)]| {
        for (line, (price, support)) in after.lines.iter_mut().zip(lines) {
            (line.unit_price, line.support) = (*price, *support);
        }
    };
    match new {
        NewChange::Vendor(package) => {
            let (present, firm) = (Some(VendorId(before.vendor)), OrganisationId(before.organisation));
            let chosen = another_package(tx, *package, present, firm, today).await?;
            (after.vendor, after.package) = (chosen.vendor_id.0, Some(chosen.package_id.0));
        }
        NewChange::Extension(ends_on) => after = before.extended(*ends_on),
        NewChange::Lines(lines) if lines.len() == before.lines.len() => set_lines(&mut after, lines),
        NewChange::Scope(milestones, lines)
            if lines.len() == before.lines.len() && milestones.len() == before.milestones.len() =>
        {
            set_lines(&mut after, lines);
            for (milestone, (deliverables, supply, support)) in after.milestones.iter_mut().zip(milestones) {
                milestone.deliverables.clone_from(deliverables);
                (milestone.supply, milestone.support) = (*supply, *support);
            }
        }
        NewChange::Lines(_) | NewChange::Scope(..) => return Err(malformed().into()),
        NewChange::Merger(number) => {
            let successor = organisations::by_number(tx, number).await?;
            let successor =
                successor.ok_or_else(|| Refusal::unacceptable("agreements-refusal-no-successor").at("successor"))?;
            let vendor = vendors::get(tx, VendorId(before.vendor)).await?;
            if successor.id == vendor.organisation_id {
                return Err(Refusal::unacceptable("agreements-refusal-own-vendor").at("successor").into());
            }
            if successor.register_status == RegisterStatus::Closed {
                let refusal = Refusal::unacceptable("agreements-refusal-closed").at("successor");
                return Err(refusal.with("name", successor.legal_name).into());
            }
            after.organisation = successor.id.0;
        }
        NewChange::Closure => {}
    }
    Ok(after)
}

/// The ceilings of the call on each kind of cost hold for the new lines as well.
async fn check_ceilings(tx: &mut Tx, agreement: &Agreement, after: &Terms) -> Outcome<()> {
    let rules = programmes::rules_at(tx, agreement.call_id, agreement.call_version).await?;
    for store::AgreementLine { position, category, .. } in store::lines(tx, agreement.id).await? {
        let same = |line: &&LineTerms| line.position == position;
        let Some(line) = after.lines.iter().find(same) else { continue };
        let of_kind: Won = after.lines.iter().filter(|one| one.category == line.category).map(LineTerms::amount).sum();
        if !rules.category(category).within(of_kind, after.total()) {
            let refusal = Refusal::unacceptable("agreements-refusal-ceiling");
            return Err(refusal.with("position", position).into());
        }
    }
    Ok(())
}

/// For whom this person speaks in a change: a firm or vendor of the agreement, or the one that would take over.
pub async fn speaks_for(
    tx: &mut Tx,
    actor: &Actor,
    change: &ChangeRequest,
    agreement: &Agreement,
) -> sqlx::Result<Option<Party>> {
    let own = actor.organisation.map(OrganisationId);
    if actor.is(Role::Firm) {
        let speaks = own == Some(agreement.organisation_id) || own == change.new_organisation_id;
        return Ok(speaks.then_some(Party::Firm));
    }
    if actor.is(Role::Vendor) {
        // The vendor that is to leave is heard, but the one that is to come assents.
        let vendor = vendors::get(tx, change.new_vendor_id.unwrap_or(agreement.vendor_id)).await?;
        return Ok((own == Some(vendor.organisation_id)).then_some(Party::Vendor));
    }
    Ok(None)
}

/// Asks for a change. Asking is the party's own assent, so it takes the same proof; a manager may ask as well, and then
/// another one decides.
pub async fn request_change(
    app: &App,
    actor: &Actor,
    id: AgreementId,
    new: NewChange,
    reason: &str,
    once: Once,
) -> Outcome<ChangeRequestId> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    actor.may(OwnAct::Assent)?;
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "agreements.request_change", now).await? {
        return Ok(first.parse().map_err(anyhow::Error::from)?);
    }
    if store::find_visible(&mut tx, actor, id).await?.is_none() || Party::of(&actor.roles).is_none() {
        return Err(Refusal::not_found().into());
    }
    let agreement = store::lock(&mut tx, id).await?;
    if agreement.state != AgreementState::Active {
        return Err(Refusal::conflict("agreements-refusal-not-active").into());
    }
    let programme = programme_of(&mut tx, &agreement).await?;
    let today = today(&programme, now);
    let (kind, before) = (new.kind(), terms_of(&mut tx, &agreement).await?);
    let after = changed(&mut tx, &before, &new, today).await?;
    let rules = programmes::rules_at(&mut tx, agreement.call_id, agreement.call_version).await?;
    let months = u32::try_from(rules.term_months + rules.agreement.extension_months).unwrap_or_default();
    let latest_end = agreement.starts_on.checked_add_months(Months::new(months)).unwrap_or(agreement.ends_on);
    rules::check_change(kind, &before, &after, ChangeBounds { today, latest_end })?;
    if matches!(kind, ChangeKind::Lines | ChangeKind::Scope) {
        check_ceilings(&mut tx, &agreement, &after).await?;
    }
    let request = ChangeRequestId::new();
    let inserted =
        NewRequest { id: request, agreement: &agreement, kind, reason, before: &before, after: &after, by: actor.id };
    if !store::insert_change(&mut tx, inserted, now).await? {
        return Err(Refusal::conflict("agreements-refusal-change-live").into());
    }
    let record = record_of(&agreement, "change_requested")
        .with("change", kind)
        .with("support_won", after.support().minus(before.support()))
        .with("note", reason);
    audit::record(&mut tx, actor, record, now).await?;
    let change = store::find_change(&mut tx, actor, request).await?.ok_or_else(Refusal::not_found)?;
    if let Some(party) = speaks_for(&mut tx, actor, &change, &agreement).await? {
        add_assent(&mut tx, actor, &agreement, &change, party, now).await?;
    }
    tell_change(&mut tx, &agreement, &change, "change-requested", now).await?;
    tx.remember(once, request).await?;
    tx.commit().await?;
    Ok(request)
}

/// The other party assents. With both the agency decides.
pub async fn assent_to_change(app: &App, actor: &Actor, id: ChangeRequestId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    actor.may(OwnAct::Assent)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "agreements.assent_change", now).await?.is_some() {
        return Ok(());
    }
    let change = store::find_change(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let agreement = store::lock(&mut tx, change.agreement_id).await?;
    let party = speaks_for(&mut tx, actor, &change, &agreement).await?.ok_or_else(Refusal::not_found)?;
    add_assent(&mut tx, actor, &agreement, &change, party, now).await?;
    tx.commit().await?;
    Ok(())
}

async fn add_assent(
    tx: &mut Tx,
    actor: &Actor,
    agreement: &Agreement,
    change: &ChangeRequest,
    party: Party,
    now: DateTime<Utc>,
) -> Outcome<()> {
    if change.state != ChangeState::Requested {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let how = proof_of(tx, actor).await?;
    if !store::insert_assent(tx, agreement.id, Some(change.id), party, actor, how, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let record =
        record_of(agreement, "change_assented").with("change", change.kind).with("party", party).with("proof", how);
    audit::record(tx, actor, record, now).await?;
    let assents = store::assents(tx, agreement.id, Some(change.id)).await?;
    if [Party::Firm, Party::Vendor].iter().all(|party| assents.iter().any(|assent| assent.party == *party)) {
        move_on(tx, change, "assent", None, now).await?;
    }
    Ok(())
}

async fn move_on(
    tx: &mut Tx,
    change: &ChangeRequest,
    name: &str,
    decided: Option<(&Actor, &str)>,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let step = step(rules::CHANGE_STEPS, name, change.state)?;
    let decided = decided.map(|(actor, note)| (actor.id, note));
    if !store::move_change(tx, change.id, step.from, step.to, decided, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    Ok(())
}

/// The agency refuses a change with a reason, or whoever asked takes it back.
pub async fn end_change(
    app: &App,
    actor: &Actor,
    id: ChangeRequestId,
    refused: Option<&str>,
    once: Once,
) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "agreements.end_change", now).await?.is_some() {
        return Ok(());
    }
    let change = store::find_change(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let agreement = store::lock(&mut tx, change.agreement_id).await?;
    let (name, kind, note) = match refused {
        Some(note) if actor.is(Role::Manager) => ("refuse", "change_refused_by_agency", note),
        None if change.requested_by == actor.id || actor.may(OwnAct::Assent).is_ok() => {
            ("withdraw", "change_withdrawn", "")
        }
        _ => return Err(Refusal::not_found().into()),
    };
    move_on(&mut tx, &change, name, Some((actor, note)), now).await?;
    let record = record_of(&agreement, kind).with("change", change.kind).with("note", note);
    audit::record(&mut tx, actor, record, now).await?;
    tell_change(&mut tx, &agreement, &change, "change-ended", now).await?;
    tx.commit().await?;
    Ok(())
}

/// The agency puts a change in force that both parties assented to.
pub async fn apply_change(app: &App, actor: &Actor, id: ChangeRequestId, once: Once) -> Outcome<()> {
    let done = apply(app, actor, id, once).await;
    applications::keep_refused(app, done).await
}

async fn apply(app: &App, actor: &Actor, id: ChangeRequestId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "agreements.apply_change", now).await?.is_some() {
        return Ok(());
    }
    let change = store::find_change(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    if !actor.is(Role::Manager) {
        return Err(Refusal::not_found().into());
    }
    if change.requested_by == actor.id {
        return Err(Refusal::forbidden("agreements-refusal-own-change").into());
    }
    // An approval of a claim at the same moment waits here, or is waited for.
    let agreement = store::lock(&mut tx, change.agreement_id).await?;
    if agreement.state != AgreementState::Active {
        return Err(Refusal::conflict("agreements-refusal-not-active").into());
    }
    let (before, after) = (&change.before.0, &change.after.0);
    if agreement.version != change.base_version || terms_of(&mut tx, &agreement).await? != *before {
        return Err(Refusal::conflict("agreements-refusal-terms-moved").into());
    }
    if change.kind.touches_money() {
        let case = case_of(&mut tx, &agreement).await?;
        for kind in [AccountKind::Held, AccountKind::Payable] {
            if ledger::balance(&mut tx, case.account(kind)).await?.is_positive() {
                return Err(Refusal::conflict("agreements-refusal-claim-under-way").into());
            }
        }
    }
    move_on(&mut tx, &change, "apply", Some((actor, "")), now).await?;
    if change.kind == ChangeKind::Closure {
        break_off(&mut tx, actor, &agreement, &change.reason, now).await?;
    } else {
        put_in_force(&mut tx, actor, &agreement, &change, before, after, now).await?;
    }
    let record = record_of(&agreement, "change_applied")
        .with("change", change.kind)
        .with("version", agreement.version + 1)
        .with("support_won", change.support_delta_won);
    audit::record(&mut tx, actor, record, now).await?;
    tell_change(&mut tx, &agreement, &change, "change-applied", now).await?;
    tx.commit().await?;
    Ok(())
}

async fn put_in_force(
    tx: &mut Tx,
    actor: &Actor,
    agreement: &Agreement,
    change: &ChangeRequest,
    before: &Terms,
    after: &Terms,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let (vendor, firm) = (VendorId(after.vendor), OrganisationId(after.organisation));
    let application = applications::get(tx, agreement.application_id).await?;
    if let (Some(package), true) = (after.package, before.vendor != after.vendor) {
        let day = today(&programme_of(tx, agreement).await?, now);
        vendors::check_takes_new(tx, vendor, day).await?;
        let to = (vendor, PackageId(package));
        applications::switch_package(tx, actor, &application, to, &change.reason, now).await?;
    }
    if before.organisation != after.organisation {
        organisations::check_not_excluded(tx, firm, now).await?;
        applications::take_over(tx, actor, application.id, firm, &change.reason, now).await?;
    }
    let ties = ties_between(tx, vendor, firm).await?;
    if !store::set_terms(tx, agreement, after, &ties).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let version = agreement.version + 1;
    for (old, new) in before.lines.iter().zip(&after.lines) {
        if old != new {
            store::set_line(tx, agreement.id, version, new).await?;
        }
    }
    let rows = store::milestones(tx, agreement.id).await?;
    for ((row, old), new) in rows.iter().zip(&before.milestones).zip(&after.milestones) {
        if old != new && !store::set_milestone(tx, row, new).await? {
            return Err(Refusal::conflict("agreements-refusal-terms-moved").into());
        }
    }
    store::set_voucher_terms(tx, agreement.id, after).await?;
    // The conditions of the call are looked at again, with everything as it is now.
    applications::require(tx, actor, application.id, Stage::Agreement, now).await?;
    post(tx, actor, agreement, change, application.place(), now).await?;
    let changed = store::get(tx, agreement.id).await?;
    if changed.ties != agreement.ties {
        super::note_ties(tx, actor, &changed, now).await?;
    }
    let application = applications::get(tx, agreement.application_id).await?;
    let kept = store::text(tx, agreement.id, agreement.version).await?.and_then(|text| text.clause_version);
    let (content, clauses) = assemble(tx, &agreement.number, version, &application, after, kept).await?;
    let mut text = text_of(agreement, version, Some(clauses), &content, now);
    text.change_id = Some(change.id);
    store::insert_text(tx, &text).await?;
    let how = proof_of(tx, actor).await?;
    store::insert_assent(tx, agreement.id, Some(change.id), Party::Agency, actor, how, now).await?;
    store::put_in_force(tx, agreement.id, version, now).await?;
    sealing::ask(tx, agreement, version, now).await?;
    Ok(())
}

/// What the change does to the money: less support goes back to the budget, another firm's or vendor's caps count.
async fn post(
    tx: &mut Tx,
    actor: &Actor,
    agreement: &Agreement,
    change: &ChangeRequest,
    place: Place<'_>,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let after = &change.after.0;
    let case = case_of(tx, agreement).await?;
    let less = change.support_delta_won.negated();
    if less.is_positive() {
        ledger::release_part(tx, actor, &case, less, change.id.0, now).await?;
    }
    let taken_over = if after.organisation != agreement.organisation_id.0 {
        Some((CapSubject::Firm, agreement.organisation_id.0))
    } else if after.vendor != agreement.vendor_id.0 {
        Some((CapSubject::Vendor, agreement.vendor_id.0))
    } else {
        None
    };
    if let Some(from) = taken_over {
        let rules = programmes::rules_at(tx, agreement.call_id, agreement.call_version).await?;
        let firm = OrganisationId(after.organisation);
        let caps = programmes::caps_of(tx, agreement.call_id, firm, Some(after.vendor), &rules, place).await?;
        ledger::carry_over(tx, actor, &case, from, &caps, change.id.0, now).await?;
    }
    Ok(())
}

/// Firm and vendor of the agreement, and the one that would take over.
async fn tell_change(
    tx: &mut Tx,
    agreement: &Agreement,
    change: &ChangeRequest,
    name: &'static str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let path = format!("/agreement-changes/{}", change.id);
    let event = format!("{}:{}", change.id, change.state);
    let make = |to, lang: crate::core::lang::Lang| {
        Mail::new(to, lang, name).with("kind", lang.t(&format!("change-kind-{}", change.kind)))
    };
    let at_change = |to: String, lang| make(to, lang).link(path.clone());
    tell_parties(tx, agreement, &[Party::Firm, Party::Vendor], at_change, &event, now).await?;
    let mut contacts = Vec::new();
    if let Some(vendor) = change.new_vendor_id {
        let vendor = vendors::get(tx, vendor).await?;
        contacts.extend(people::mail_contacts(tx, vendor.organisation_id.0, Role::Vendor).await?);
    }
    if let Some(firm) = change.new_organisation_id {
        contacts.extend(people::mail_contacts(tx, firm.0, Role::Firm).await?);
    }
    for (address, lang) in contacts {
        let mail = make(address, lang).with("number", &agreement.number).link(path.clone());
        outbox::mail(tx, mail, &event, Some(agreement.application_id.0), now).await?;
    }
    Ok(())
}

/// Holds the agreement while a claim filed at `filed_at` is approved; refused when a change that touches the same money
/// was put in force since: the claim says what is no longer agreed.
pub async fn check_claimable(tx: &mut Tx, id: AgreementId, filed_at: DateTime<Utc>) -> Outcome<()> {
    store::lock(tx, id).await?;
    if store::changed_since(tx, id, filed_at).await? {
        return Err(Refusal::conflict("agreements-refusal-changed-since").into());
    }
    Ok(())
}
