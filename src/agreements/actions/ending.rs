//! How agreements end: completed, terminated, or lapsed because somebody did not answer. What was not spent goes
//! back to the call's budget and the firm's cap in the same unit of work. Everybody locks in one order: agreement,
//! application, ledger.

use super::{
    case_of, move_on, programme_of, record_of, tell, today,
    vouchers::{end_voucher, move_voucher},
};
use crate::{
    agreements::{
        AgreementId,
        rules::AgreementState,
        store::{self, Agreement},
    },
    app::App,
    applications::{self, ApplicationState},
    audit,
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
pub(super) async fn give_back(tx: &mut Tx, actor: &Actor, agreement: &Agreement, now: DateTime<Utc>) -> Outcome<Won> {
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
    end_voucher(tx, actor, &agreement, left, "lapse", now).await?;
    store::supersede_all(tx, agreement.id, now).await?;
    Ok(())
}

/// Ends an agreement before its work is done; the voucher is closed.
pub async fn terminate(app: &App, actor: &Actor, id: AgreementId, note: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "agreements.terminate", now).await?.is_some() {
        return Ok(());
    }
    let agreement = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    break_off(&mut tx, actor, &agreement, note, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends an agreement in force within a unit of work: application closed, free money released, voucher closed.
pub(super) async fn break_off(
    tx: &mut Tx,
    actor: &Actor,
    agreement: &Agreement,
    note: &str,
    now: DateTime<Utc>,
) -> Outcome<()> {
    move_on(tx, actor, agreement, "terminate", note, now).await?;
    applications::take_step(tx, actor, agreement.application_id, "close", note, now).await?;
    let left = give_back(tx, actor, agreement, now).await?;
    end_voucher(tx, actor, agreement, left, "close", now).await?;
    store::supersede_all(tx, agreement.id, now).await?;
    tell(tx, agreement, "agreement-terminated", now).await?;
    Ok(())
}

/// The firm steps back before anything of its voucher is drawn: agreement ended, application withdrawn, voucher
/// closed, and all of the support back in the call's budget and the firm's cap, in one unit of work.
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
    let left = give_back(&mut tx, actor, &agreement, now).await?;
    let case = case_of(&mut tx, &agreement).await?;
    if ledger::balance(&mut tx, case.account(AccountKind::Paid)).await?.is_positive() {
        return Err(Refusal::conflict("agreements-refusal-drawn").into());
    }
    end_voucher(&mut tx, actor, &agreement, left, "close", now).await?;
    store::supersede_all(&mut tx, id, now).await?;
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

/// Lets vouchers lapse whose term is over; answers how many. What is free goes back to the budget; what is held for a
/// claim that was approved in time is still paid.
pub async fn lapse_vouchers(app: &App) -> anyhow::Result<u64> {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let due = store::expired(&mut tx, crate::core::calendar::local_date(now, crate::core::calendar::ZONE)).await?;
    drop(tx);
    let mut lapsed = 0;
    for id in due {
        match lapse_voucher(app, id, now).await {
            Ok(true) => lapsed += 1,
            Ok(false) => {}
            Err(trouble) => tracing::error!(agreement = %id, "letting a voucher lapse: {trouble}"),
        }
    }
    Ok(lapsed)
}

/// False when the term was extended or the voucher moved meanwhile.
async fn lapse_voucher(app: &App, id: AgreementId, now: DateTime<Utc>) -> Outcome<bool> {
    let system = Actor::system();
    let mut tx = app.db.write().await?;
    // An extension at the same moment is seen behind the lock.
    let agreement = store::lock(&mut tx, id).await?;
    let programme = programme_of(&mut tx, &agreement).await?;
    let Some(voucher) = store::voucher_of(&mut tx, id).await? else { return Ok(false) };
    if voucher.state.is_over() || voucher.expires_on >= today(&programme, now) {
        return Ok(false);
    }
    move_voucher(&mut tx, &system, &agreement, &voucher, ("lapse", ""), now).await?;
    let case = case_of(&mut tx, &agreement).await?;
    let released = ledger::release(&mut tx, &system, &case, voucher.id.0, now).await?;
    let record = record_of(&agreement, "voucher_released").with("number", &voucher.number).with("amount", released);
    audit::record(&mut tx, &system, record, now).await?;
    tell(&mut tx, &agreement, "voucher-lapsed", now).await?;
    tx.commit().await?;
    Ok(true)
}
