//! The vendor files an invoice, files it anew after a dispute or return, or takes it back.

use super::*;
use crate::{
    agreements::{AgreementId, AgreementState, MilestoneId},
    db::{once::Once, series::Series},
    files::{self, FileId},
};
use chrono::Datelike;

/// An invoice to be filed against a milestone.
#[derive(Debug, Clone)]
pub struct NewClaim {
    pub agreement: AgreementId,
    pub milestone: MilestoneId,
    pub invoice: Invoice,
    /// The structured invoice that the form was filled from.
    pub file: Option<FileId>,
}

/// Files the invoice: takes its approval number for ever, notes the delivery and asks the firm.
/// Contradictions are `Invalid`; a number that was claimed before is refused beside its field.
pub async fn submit(app: &App, actor: &Actor, new: NewClaim, once: Once) -> Outcome<ClaimId> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "claims.submit", now).await? {
        return first_result(&first);
    }
    let setting = for_vendor(&mut tx, actor, &new, now).await?;
    let ground = setting.ground(&mut tx, &new.invoice, None, now).await?;
    no_contradiction(&new.invoice, &ground)?;
    if store::is_taken(&mut tx, &new.invoice.approval_number).await? {
        return Err(number_taken().into());
    }
    let year = local_date(now, ZONE).year();
    let number = format!("CL{year}-{:06}", tx.next_number(Series::Claim).await?);
    let claim = claim_of(actor, &setting, &new, &ground, number, now);
    if !store::insert(&mut tx, &claim).await? {
        return Err(Refusal::conflict("claims-refusal-milestone-claimed").at("milestone").into());
    }
    keep_invoice(&mut tx, &claim, &new.invoice, &ground, now).await?;
    if !store::take_number(&mut tx, &new.invoice.approval_number, claim.id, claim.version, now).await? {
        return Err(number_taken().into());
    }
    note_delivery(&mut tx, actor, &setting.milestone, now).await?;
    audit::record(&mut tx, actor, filed("claim_submitted", &claim, &new.invoice), now).await?;
    ask_firm(&mut tx, &claim, now).await?;
    tx.remember(once, claim.id).await?;
    tx.commit().await?;
    Ok(claim.id)
}

/// Files a disputed or returned claim anew, with a mended or another invoice.
pub async fn resubmit(app: &App, actor: &Actor, id: ClaimId, new: NewClaim, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "claims.resubmit", now).await?.is_some() {
        return Ok(());
    }
    let before = own(&mut tx, actor, id).await?;
    let step = step(rules::STEPS, "resubmit", before.state)?;
    if (before.agreement_id, before.milestone_id) != (new.agreement, new.milestone) {
        return Err(Refusal::not_found().into());
    }
    let setting = for_vendor(&mut tx, actor, &new, now).await?;
    let ground = setting.ground(&mut tx, &new.invoice, Some(id), now).await?;
    no_contradiction(&new.invoice, &ground)?;
    let mut claim = claim_of(actor, &setting, &new, &ground, before.number.clone(), now);
    (claim.id, claim.state, claim.version) = (id, step.to, before.version + 1);
    (claim.queued_at, claim.due_at) = run_on(&mut tx, &setting, &before, now).await?;
    if !asks_firm_again(step.to) {
        (claim.delivery_by, claim.delivery_at) = (before.delivery_by, before.delivery_at);
    }
    if !store::refile(&mut tx, id, step.from, &claim).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let number = &new.invoice.approval_number;
    let unchanged = store::approval_number(&mut tx, id).await? == number.as_str();
    if !unchanged && !store::take_number(&mut tx, number, id, claim.version, now).await? {
        return Err(number_taken().into());
    }
    keep_invoice(&mut tx, &claim, &new.invoice, &ground, now).await?;
    audit::record(&mut tx, actor, filed("claim_resubmitted", &claim, &new.invoice), now).await?;
    if asks_firm_again(step.to) {
        note_delivery(&mut tx, actor, &setting.milestone, now).await?;
        ask_firm(&mut tx, &claim, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Takes the claim back; its approval number stays taken.
pub async fn withdraw(app: &App, actor: &Actor, id: ClaimId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "claims.withdraw", now).await?.is_some() {
        return Ok(());
    }
    let claim = own(&mut tx, actor, id).await?;
    take_step(&mut tx, actor, id, "withdraw", "", now).await?;
    let event = format!("withdrawn:{}", claim.version);
    let firm = (claim.organisation_id.0, Role::Firm);
    tell(&mut tx, firm, |to, lang| Mail::new(to, lang, "claim-withdrawn"), &claim, &event, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Lets the clock run on: the place and the term of a claim whose vendor answered.
async fn run_on(
    tx: &mut Tx,
    setting: &Setting,
    before: &Claim,
    now: DateTime<Utc>,
) -> Outcome<(DateTime<Utc>, Option<DateTime<Utc>>)> {
    let open = store::pauses(tx, before.id).await?.into_iter().find(|row| row.resumed_at.is_none());
    let queued_at = open.map_or(before.queued_at, |pause| clock::place(before.queued_at, pause.answer_by, now));
    store::resume(tx, before.id, now).await?;
    let pauses: Vec<clock::Pause> = store::pauses(tx, before.id).await?.iter().map(store::PauseRow::pause).collect();
    Ok((queued_at, clock::due_at(&setting.holidays, queued_at, &pauses, now)))
}

pub(super) async fn own(tx: &mut Tx, actor: &Actor, id: ClaimId) -> Outcome<Claim> {
    if !actor.is(Role::Vendor) {
        return Err(Refusal::not_found().into());
    }
    actor.may(OwnAct::Invoice)?;
    Ok(store::find_visible(tx, actor, id).await?.ok_or_else(Refusal::not_found)?)
}

/// The setting when this vendor may file against it now.
async fn for_vendor(tx: &mut Tx, actor: &Actor, new: &NewClaim, now: DateTime<Utc>) -> Outcome<Setting> {
    if !actor.is(Role::Vendor) {
        return Err(Refusal::not_found().into());
    }
    actor.may(OwnAct::Invoice)?;
    let setting = Setting::find(tx, actor, new.agreement, new.milestone).await?;
    if setting.vendor.organisation_id.0 != actor.organisation()? {
        return Err(Refusal::not_found().into());
    }
    if setting.agreement.state != AgreementState::Active {
        return Err(Refusal::conflict("claims-refusal-agreement-not-active").into());
    }
    if !setting.voucher_is_usable(local_date(now, ZONE)) {
        return Err(Refusal::conflict("claims-refusal-no-voucher").into());
    }
    if let Some(file) = new.file {
        let known = files::find(tx, file).await?;
        known.filter(|file| file.organisation_id == actor.organisation).ok_or_else(Refusal::not_found)?;
    }
    Ok(setting)
}

fn no_contradiction(invoice: &Invoice, ground: &Ground) -> Outcome<()> {
    let errors = matching::contradictions(invoice, ground);
    if errors.is_empty() { Ok(()) } else { Err(errors.into()) }
}

fn number_taken() -> Refusal {
    Refusal::conflict("claims-refusal-number-taken").at("approval_number")
}

fn claim_of(
    actor: &Actor,
    setting: &Setting,
    new: &NewClaim,
    ground: &Ground,
    number: String,
    now: DateTime<Utc>,
) -> Claim {
    let invoice = &new.invoice;
    Claim {
        id: ClaimId::new(),
        number,
        agreement_id: setting.agreement.id,
        milestone_id: setting.milestone.id,
        application_id: setting.agreement.application_id,
        call_version: setting.agreement.call_version,
        vendor_id: setting.vendor.id,
        organisation_id: setting.agreement.organisation_id,
        state: ClaimState::Submitted,
        invoice_no: invoice.invoice_no.clone(),
        issued_on: invoice.issued_on,
        supplied_on: invoice.supplied_on,
        supplier_number: invoice.supplier_number.as_str().to_owned(),
        buyer_number: invoice.buyer_number.as_str().to_owned(),
        supply_won: invoice.supply,
        vat_won: invoice.vat,
        total_won: invoice.total,
        support_won: matching::support(ground, invoice.supply),
        source: if new.file.is_some() { "ubl" } else { "form" }.to_owned(),
        file_id: new.file,
        submitted_by: actor.id,
        submitted_at: now,
        delivery_by: None,
        delivery_at: None,
        checked_by: None,
        checked_at: None,
        note: None,
        state_since: now,
        version: 1,
        tax_kind: invoice.kind,
        queued_at: now,
        due_at: clock::due_at(&setting.holidays, now, &[], now),
        approved_supply_won: None,
        approved_vat_won: None,
    }
}

async fn keep_invoice(
    tx: &mut Tx,
    claim: &Claim,
    invoice: &Invoice,
    ground: &Ground,
    now: DateTime<Utc>,
) -> Outcome<()> {
    store::note_place(tx, claim).await?;
    store::insert_lines(tx, claim.id, claim.version, invoice).await?;
    store::look_for_doubles(tx, claim, now).await?;
    store::insert_checks(tx, claim.id, claim.version, &matching::checks(invoice, ground), now).await?;
    Ok(())
}

/// A milestone whose delivery the firm accepted stays accepted when only the invoice is filed anew.
async fn note_delivery(tx: &mut Tx, actor: &Actor, milestone: &Milestone, now: DateTime<Utc>) -> Outcome<()> {
    match milestone.state {
        MilestoneState::Planned | MilestoneState::Disputed => {
            agreements::note_delivery(tx, actor, milestone.id, now).await
        }
        MilestoneState::Delivered | MilestoneState::Accepted => Ok(()),
    }
}

fn filed(kind: &'static str, claim: &Claim, invoice: &Invoice) -> Record {
    let record = match kind {
        "claim_submitted" => Record::new("claim", claim.id, "claim_submitted"),
        _ => Record::new("claim", claim.id, "claim_resubmitted"),
    };
    record
        .of_case(claim.application_id)
        .with("number", &claim.number)
        .with("state", claim.state)
        .with("approval_number", &invoice.approval_number)
        .with("supply_won", claim.supply_won)
        .with("vat_won", claim.vat_won)
        .with("total_won", claim.total_won)
        .with("support_won", claim.support_won)
        .with("tax_kind", claim.tax_kind)
        .with("source", &claim.source)
}

async fn ask_firm(tx: &mut Tx, claim: &Claim, now: DateTime<Utc>) -> sqlx::Result<()> {
    let event = format!("filed:{}", claim.version);
    let total = claim.total_won;
    let make = |to, lang| Mail::new(to, lang, "claim-please-accept").with("total", total);
    tell(tx, (claim.organisation_id.0, Role::Firm), make, claim, &event, now).await
}
