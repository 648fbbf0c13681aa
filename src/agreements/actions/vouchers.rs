//! A voucher between issue and end: drawn from, blocked and released, used up. How much is left is the ledger's to say.

use super::{case_of, record_of, tell_parties};
use crate::{
    agreements::{
        AgreementId, VoucherId,
        rules::{self, BlockCause, Party, VoucherState},
        store::{self, Agreement, Block, Voucher},
    },
    app::App,
    audit,
    core::{
        actor::Actor,
        money::Won,
        refusal::{Outcome, Refusal},
        roles::Role,
        step::step,
    },
    db::{Tx, once::Once},
    ledger::{self, AccountKind},
    outbox::Mail,
};
use chrono::{DateTime, Utc};

/// Takes the step `name` of the table with the voucher of an agreement as it was read, with its record.
pub(super) async fn move_voucher(
    tx: &mut Tx,
    actor: &Actor,
    agreement: &Agreement,
    voucher: &Voucher,
    (name, note): (&'static str, &str),
    now: DateTime<Utc>,
) -> Outcome<()> {
    let step = step(rules::VOUCHER_STEPS, name, voucher.state)?;
    if !store::move_voucher(tx, voucher.id, step.from, step.to).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let mut record = record_of(agreement, "voucher_moved").with("from", step.from).with("state", step.to);
    if !note.is_empty() {
        record = record.with("note", note);
    }
    audit::record(tx, actor, record, now).await?;
    Ok(())
}

/// The voucher ends with its agreement: used up when nothing was left to give back, by the step `otherwise` if not.
pub(super) async fn end_voucher(
    tx: &mut Tx,
    actor: &Actor,
    agreement: &Agreement,
    left: Won,
    otherwise: &'static str,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let Some(voucher) = store::voucher_of(tx, agreement.id).await? else { return Ok(()) };
    if voucher.state.is_over() {
        return Ok(());
    }
    let used_up = voucher.state == VoucherState::Active && !left.is_positive();
    move_voucher(tx, actor, agreement, &voucher, (if used_up { "exhaust" } else { otherwise }, ""), now).await
}

async fn is_anything_left(tx: &mut Tx, agreement: &Agreement) -> sqlx::Result<bool> {
    let case = case_of(tx, agreement).await?;
    for kind in [AccountKind::Voucher, AccountKind::Held, AccountKind::Payable] {
        if ledger::balance(tx, case.account(kind)).await? != Won::ZERO {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A claim drew from the voucher: with the first one it is in use.
pub async fn note_drawn(tx: &mut Tx, actor: &Actor, id: AgreementId, now: DateTime<Utc>) -> Outcome<()> {
    let Some(voucher) = store::voucher_of(tx, id).await? else { return Ok(()) };
    store::note_first_used(tx, voucher.id, now).await?;
    if voucher.state == VoucherState::Issued {
        let agreement = store::get(tx, id).await?;
        move_voucher(tx, actor, &agreement, &voucher, ("use", ""), now).await?;
    }
    Ok(())
}

/// Once nothing is free, held or ordered any more, all of the voucher is paid and it is used up.
pub async fn note_exhausted(tx: &mut Tx, actor: &Actor, id: AgreementId, now: DateTime<Utc>) -> Outcome<()> {
    let active = |voucher: &Voucher| voucher.state == VoucherState::Active;
    let Some(voucher) = store::voucher_of(tx, id).await?.filter(active) else { return Ok(()) };
    let agreement = store::get(tx, id).await?;
    if !is_anything_left(tx, &agreement).await? {
        move_voucher(tx, actor, &agreement, &voucher, ("exhaust", ""), now).await?;
    }
    Ok(())
}

/// Paid money came back to a voucher that was used up.
pub async fn note_refilled(tx: &mut Tx, actor: &Actor, id: AgreementId, now: DateTime<Utc>) -> Outcome<()> {
    let used_up = |voucher: &Voucher| voucher.state == VoucherState::Exhausted;
    let Some(voucher) = store::voucher_of(tx, id).await?.filter(used_up) else { return Ok(()) };
    let agreement = store::get(tx, id).await?;
    move_voucher(tx, actor, &agreement, &voucher, ("refill", ""), now).await
}

/// Blocks the voucher of an agreement: while a block is open nothing is drawn from it and nothing paid. One that is
/// over, or blocked for the same cause, can pay nothing anyway.
pub async fn block_voucher(
    tx: &mut Tx,
    actor: &Actor,
    id: AgreementId,
    cause: BlockCause,
    reason: &str,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let agreement = store::lock(tx, id).await?;
    let Some(voucher) = store::voucher_of(tx, id).await?.filter(|voucher| !voucher.state.is_over()) else {
        return Ok(());
    };
    if !store::insert_block(tx, voucher.id, cause, reason, actor.person(), now).await? {
        return Ok(());
    }
    let record = record_of(&agreement, "voucher_blocked").with("block", cause).with("note", reason);
    audit::record(tx, actor, record, now).await?;
    if voucher.state.is_usable() {
        move_voucher(tx, actor, &agreement, &voucher, ("suspend", reason), now).await?;
    }
    Ok(())
}

/// Lifts the block for one cause. With the last one the voucher is what it was: unused, in use, or used up meanwhile.
pub async fn unblock_voucher(
    tx: &mut Tx,
    actor: &Actor,
    id: AgreementId,
    cause: BlockCause,
    reason: &str,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let agreement = store::lock(tx, id).await?;
    let Some(voucher) = store::voucher_of(tx, id).await? else { return Ok(()) };
    if !store::lift_block(tx, voucher.id, cause, reason, actor.person(), now).await? {
        return Ok(());
    }
    let record = record_of(&agreement, "voucher_unblocked").with("block", cause).with("note", reason);
    audit::record(tx, actor, record, now).await?;
    let is_blocked = store::blocks(tx, voucher.id).await?.iter().any(Block::is_open);
    if voucher.state == VoucherState::Suspended && !is_blocked {
        let name = if voucher.first_used_at.is_some() { "resume" } else { "resume_unused" };
        move_voucher(tx, actor, &agreement, &voucher, (name, reason), now).await?;
        note_exhausted(tx, actor, id, now).await?;
    }
    Ok(())
}

/// An officer blocks a voucher; firm and vendor are told why.
pub async fn block(app: &App, actor: &Actor, id: AgreementId, reason: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "agreements.block", now).await?.is_some() {
        return Ok(());
    }
    let agreement = for_officer(&mut tx, actor, id).await?;
    let usable = store::voucher_of(&mut tx, id).await?.is_some_and(|voucher| !voucher.state.is_over());
    if !usable || is_blocked_by_officer(&mut tx, id).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    block_voucher(&mut tx, actor, id, BlockCause::Officer, reason, now).await?;
    let make = |to, lang| Mail::new(to, lang, "voucher-blocked").with("note", reason);
    let event = format!("blocked:{}", once.0);
    tell_parties(&mut tx, &agreement, &[Party::Firm, Party::Vendor], make, &event, now).await?;
    tx.commit().await?;
    Ok(())
}

/// An officer lifts the block; those for other causes stay.
pub async fn unblock(app: &App, actor: &Actor, id: AgreementId, reason: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "agreements.unblock", now).await?.is_some() {
        return Ok(());
    }
    let agreement = for_officer(&mut tx, actor, id).await?;
    if !is_blocked_by_officer(&mut tx, id).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    unblock_voucher(&mut tx, actor, id, BlockCause::Officer, reason, now).await?;
    let make = |to, lang| Mail::new(to, lang, "voucher-unblocked").with("note", reason);
    let event = format!("unblocked:{}", once.0);
    tell_parties(&mut tx, &agreement, &[Party::Firm, Party::Vendor], make, &event, now).await?;
    tx.commit().await?;
    Ok(())
}

async fn for_officer(tx: &mut Tx, actor: &Actor, id: AgreementId) -> Outcome<Agreement> {
    if !actor.is_any(&[Role::ClaimsOfficer, Role::Manager]) {
        return Err(Refusal::not_found().into());
    }
    Ok(store::find_visible(tx, actor, id).await?.ok_or_else(Refusal::not_found)?)
}

async fn is_blocked_by_officer(tx: &mut Tx, id: AgreementId) -> sqlx::Result<bool> {
    let Some(voucher) = store::voucher_of(tx, id).await? else { return Ok(false) };
    Ok(store::blocks(tx, voucher.id).await?.iter().any(Block::is_officers))
}

/// Notes that an officer spoke to the firm of a voucher that may lapse.
pub async fn call_firm(app: &App, actor: &Actor, id: VoucherId, note: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "agreements.call_firm", now).await?.is_some() {
        return Ok(());
    }
    let voucher = store::find_voucher(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let agreement = for_officer(&mut tx, actor, voucher.agreement_id).await?;
    store::insert_contact(&mut tx, id, note, actor.id, now).await?;
    audit::record(&mut tx, actor, record_of(&agreement, "voucher_firm_called").with("note", note), now).await?;
    tx.commit().await?;
    Ok(())
}
