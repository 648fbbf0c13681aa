//! An amended or cancelled tax invoice (domain.md C6, 5.7): it freezes the voucher and reopens the claim, whose hold goes
//! back to the voucher. Nothing is paid until an officer settled it.

use super::*;
use crate::{core::numbers::ApprovalNumber, db::once::Once};

/// An amendment as it is reported.
#[derive(Debug, Clone)]
pub struct NewAmendment {
    pub approval_number: ApprovalNumber,
    /// 1 to 6 (domain.md 5.7).
    pub reason: i64,
    /// Both at most zero.
    pub supply: Won,
    pub vat: Won,
    pub issued_on: NaiveDate,
    pub note: String,
}

/// Records an amendment of a claim's tax invoice, by the vendor who issued it or the officer who found it.
pub async fn amend(app: &App, actor: &Actor, id: ClaimId, new: NewAmendment, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "claims.amend", now).await?.is_some() {
        return Ok(());
    }
    if !actor.is_any(&[Role::Vendor, Role::ClaimsOfficer]) {
        return Err(Refusal::not_found().into());
    }
    let claim = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    if !rules::is_live(claim.state) {
        return Err(Refusal::conflict("claims-refusal-not-live").into());
    }
    if new.issued_on > local_date(now, ZONE) {
        return Err(Refusal::unacceptable("claims-refusal-in-future").at("issued_on").into());
    }
    if new.supply.plus(claim.supply_won) < Won::ZERO {
        return Err(Refusal::unacceptable("claims-refusal-more-than-invoiced").at("supply_won").into());
    }
    let original = store::approval_number(&mut tx, id).await?;
    // Version 0: it is taken for ever, and never the invoice that counts.
    if !store::take_number(&mut tx, &new.approval_number, id, 0, now).await? {
        return Err(Refusal::conflict("claims-refusal-number-taken").at("approval_number").into());
    }
    let amendment = store::Amendment {
        id: crate::core::ids::new_uuid(),
        claim_id: id,
        agreement_id: claim.agreement_id,
        approval_number: new.approval_number.as_str().to_owned(),
        original_number: original,
        reason: new.reason,
        supply_won: new.supply,
        vat_won: new.vat,
        issued_on: new.issued_on,
        recorded_by: actor.id,
        recorded_at: now,
        settled_at: None,
        settled_note: None,
    };
    store::insert_amendment(&mut tx, &amendment).await?;
    let record = Record::new("claim", id, "tax_invoice_amended")
        .of_case(claim.application_id)
        .with("approval_number", &new.approval_number)
        .with("original_number", &amendment.original_number)
        .with("reason", new.reason)
        .with("supply_won", new.supply)
        .with("vat_won", new.vat)
        .with("note", &new.note);
    audit::record(&mut tx, actor, record, now).await?;
    let cause = BlockCause::AmendedInvoice;
    agreements::block_voucher(&mut tx, actor, claim.agreement_id, cause, &new.note, now).await?;
    reopen(&mut tx, actor, &claim, &amendment, &new.note, now).await?;
    let event = format!("amended:{}", amendment.id);
    let vendor = vendors::get(&mut tx, claim.vendor_id).await?;
    let make = |to, lang| Mail::new(to, lang, "claim-amended").with("original", &amendment.original_number);
    tell(&mut tx, (vendor.organisation_id.0, Role::Vendor), make, &claim, &event, now).await?;
    tell(&mut tx, (claim.organisation_id.0, Role::Firm), make, &claim, &event, now).await?;
    tx.commit().await?;
    Ok(())
}

/// A claim that an officer would decide, or decided, waits for the invoice that replaces its own. One that is being
/// paid stays where it is: the frozen voucher holds its payment back, and cancelling the batch leads here again.
async fn reopen(
    tx: &mut Tx,
    actor: &Actor,
    claim: &Claim,
    amendment: &store::Amendment,
    note: &str,
    now: DateTime<Utc>,
) -> Outcome<()> {
    if !matches!(claim.state, ClaimState::DeliveryAccepted | ClaimState::Approved) {
        return Ok(());
    }
    take_step(tx, actor, claim.id, "reopen", note, now).await?;
    pause(tx, actor, claim.id, "reopened", note, now).await?;
    if claim.state == ClaimState::Approved {
        if claim.support_won.is_positive() {
            let case = money_case(tx, claim).await?;
            ledger::release_hold(tx, actor, &case, amendment.id, claim.support_won, now).await?;
        }
        let milestone = agreements::find_milestone(tx, claim.milestone_id).await?.ok_or_else(Refusal::not_found)?;
        let asked = matching::share_of(milestone.support_won, claim.supply_won, milestone.supply_won);
        store::note_unapproved(tx, claim.id, asked).await?;
    }
    Ok(())
}

/// Settles the open amendments of a claim with a reason; the last of an agreement lifts the freeze of its voucher.
pub async fn settle(app: &App, actor: &Actor, id: ClaimId, note: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "claims.settle", now).await?.is_some() {
        return Ok(());
    }
    if !actor.is(Role::ClaimsOfficer) {
        return Err(Refusal::not_found().into());
    }
    let claim = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let own = store::amendments(&mut tx, id).await?;
    if own.iter().any(|amendment| amendment.settled_at.is_none() && amendment.recorded_by == actor.id) {
        return Err(Refusal::forbidden("claims-refusal-own-amendment").into());
    }
    // Approved still, or again after its batch was cancelled: it is not paid as it stands.
    if let Some(latest) = own.iter().rev().find(|amendment| amendment.settled_at.is_none()) {
        reopen(&mut tx, actor, &claim, latest, note, now).await?;
    }
    if store::settle_amendments(&mut tx, id, actor.id, note, now).await? == 0 {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let record = Record::new("claim", id, "amendment_settled").of_case(claim.application_id).with("note", note);
    audit::record(&mut tx, actor, record, now).await?;
    if !store::has_open_amendment(&mut tx, claim.agreement_id).await? {
        agreements::unblock_voucher(&mut tx, actor, claim.agreement_id, BlockCause::AmendedInvoice, note, now).await?;
    }
    tx.commit().await?;
    Ok(())
}
