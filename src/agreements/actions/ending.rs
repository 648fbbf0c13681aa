//! How agreements end: completed, terminated, or lapsed because somebody did not answer. What was not spent goes
//! back to the call's budget and the firm's cap in the same unit of work. Everybody locks in one order: agreement,
//! application, ledger.

use super::{case_of, move_on, set_voucher_state, tell};
use crate::{
    agreements::{
        AgreementId,
        rules::{AgreementState, VoucherState},
        store::{self, Agreement},
    },
    app::App,
    applications::{self, ApplicationState},
    core::{
        actor::Actor,
        money::Won,
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    db::{Tx, once::Once},
    ledger::{self, AccountKind},
};
use chrono::{DateTime, Utc};

/// Gives back what is left; refused while money is held for a claim or ordered to be paid.
async fn give_back(tx: &mut Tx, actor: &Actor, agreement: &Agreement, now: DateTime<Utc>) -> Outcome<Won> {
    let case = case_of(tx, agreement).await?;
    // Emptying the voucher keeps an approval at the same moment out; what it held before is seen behind it.
    let left = ledger::release(tx, actor, &case, agreement.id.0, now).await?;
    for kind in [AccountKind::Held, AccountKind::Payable] {
        if ledger::balance(tx, case.account(kind)).await?.is_positive() {
            return Err(Refusal::conflict("agreements-refusal-money-under-way").into());
        }
    }
    Ok(left)
}

/// The last outcome of the work is verified: agreement completed, application closed.
pub async fn complete(tx: &mut Tx, actor: &Actor, agreement: AgreementId, now: DateTime<Utc>) -> Outcome<()> {
    let agreement = store::find(tx, agreement).await?.ok_or_else(Refusal::not_found)?;
    move_on(tx, actor, &agreement, "complete", "", now).await?;
    applications::take_step(tx, actor, agreement.application_id, "close", "", now).await?;
    let left = give_back(tx, actor, &agreement, now).await?;
    if let Some(voucher) = store::voucher_of(tx, agreement.id).await?
        && matches!(voucher.state, VoucherState::Issued | VoucherState::Frozen)
    {
        let ended = if left.is_positive() { VoucherState::Expired } else { VoucherState::Exhausted };
        set_voucher_state(tx, actor, agreement.id, voucher.state, ended, now).await?;
    }
    Ok(())
}

/// Ends an agreement before its work is done; the voucher is revoked.
pub async fn terminate(app: &App, actor: &Actor, id: AgreementId, note: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "agreements.terminate", now).await?.is_some() {
        return Ok(());
    }
    let agreement = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    move_on(&mut tx, actor, &agreement, "terminate", note, now).await?;
    applications::take_step(&mut tx, actor, agreement.application_id, "close", note, now).await?;
    give_back(&mut tx, actor, &agreement, now).await?;
    if let Some(voucher) = store::voucher_of(&mut tx, id).await?
        && matches!(voucher.state, VoucherState::Issued | VoucherState::Frozen)
    {
        set_voucher_state(&mut tx, actor, id, voucher.state, VoucherState::Revoked, now).await?;
    }
    tell(&mut tx, &agreement, "agreement-terminated", now).await?;
    tx.commit().await?;
    Ok(())
}

/// The firm steps back before anything of its voucher is drawn: agreement ended, application withdrawn, voucher
/// revoked, and all of the support back in the call's budget and the firm's cap, in one unit of work.
pub async fn withdraw(app: &App, actor: &Actor, id: AgreementId, reason: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "agreements.withdraw", now).await?.is_some() {
        return Ok(());
    }
    if !actor.is(Role::Firm) {
        return Err(Refusal::not_found().into());
    }
    let agreement = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    move_on(&mut tx, actor, &agreement, "withdraw", reason, now).await?;
    applications::withdraw_agreed(&mut tx, actor, agreement.application_id, reason, now).await?;
    give_back(&mut tx, actor, &agreement, now).await?;
    let case = case_of(&mut tx, &agreement).await?;
    if ledger::balance(&mut tx, case.account(AccountKind::Paid)).await?.is_positive() {
        return Err(Refusal::conflict("agreements-refusal-drawn").into());
    }
    if let Some(voucher) = store::voucher_of(&mut tx, id).await?
        && matches!(voucher.state, VoucherState::Issued | VoucherState::Frozen)
    {
        set_voucher_state(&mut tx, actor, id, voucher.state, VoucherState::Revoked, now).await?;
    }
    tell(&mut tx, &agreement, "agreement-terminated", now).await?;
    tx.commit().await?;
    Ok(())
}

/// Lets offers lapse that were not answered in time; answers how many. Each is a unit of work of its own.
pub async fn lapse_unanswered(app: &App) -> anyhow::Result<u64> {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let due = store::unanswered(&mut tx, now).await?;
    drop(tx);
    let mut lapsed = 0;
    for id in due {
        match lapse(app, id, now).await {
            Ok(true) => lapsed += 1,
            Ok(false) => {}
            // One that cannot lapse must not keep the others from it.
            Err(trouble) => tracing::error!(agreement = %id, "letting an offer lapse: {trouble}"),
        }
    }
    Ok(lapsed)
}

/// False when somebody moved the agreement meanwhile.
async fn lapse(app: &App, id: AgreementId, now: DateTime<Utc>) -> Outcome<bool> {
    let system = Actor::system();
    let mut tx = app.db.write().await?;
    let agreement = store::get(&mut tx, id).await?;
    if agreement.state != AgreementState::Offered {
        return Ok(false);
    }
    move_on(&mut tx, &system, &agreement, "lapse", "", now).await?;
    // A firm that withdrew meanwhile has ended its application itself.
    let application = applications::get(&mut tx, agreement.application_id).await?;
    if application.state == ApplicationState::Selected {
        applications::take_step(&mut tx, &system, application.id, "lapse", "", now).await?;
    }
    give_back(&mut tx, &system, &agreement, now).await?;
    tell(&mut tx, &agreement, "agreement-lapsed", now).await?;
    tx.commit().await?;
    Ok(true)
}
