//! What comes in, and by when: interest up to the day, the parts an amount counts on, instalments.

use super::*;

/// Reckons interest up to and including `day` and posts it; what was kept back from payments meanwhile is counted
/// before, on its own days.
pub(super) async fn reckon(
    tx: &mut Tx,
    actor: &Actor,
    mut recovery: Recovery,
    day: NaiveDate,
    now: DateTime<Utc>,
) -> Outcome<Recovery> {
    for (reference, amount, on) in store::uncounted_offsets(tx, recovery.id).await? {
        recovery = accrue(tx, actor, recovery, on, now).await?;
        recovery = count(tx, recovery, "offset", &reference, amount, on, None, now).await?;
    }
    accrue(tx, actor, recovery, day, now).await
}

async fn accrue(
    tx: &mut Tx,
    actor: &Actor,
    mut recovery: Recovery,
    day: NaiveDate,
    now: DateTime<Utc>,
) -> Outcome<Recovery> {
    if day <= recovery.interest_until {
        return Ok(recovery);
    }
    let rates = store::rates(tx).await?;
    let (principal, until) = (recovery.principal_open_won, recovery.interest_until);
    let (won, rest) = interest(principal, &rates, until, day, recovery.interest_rest);
    if won.is_positive() {
        let event = crate::core::ids::new_uuid();
        ledger::accrue(tx, actor, &debt(&recovery), event, won, day, now).await?;
    }
    recovery.interest_open_won = recovery.interest_open_won.plus(won);
    (recovery.interest_until, recovery.interest_rest) = (day, rest);
    store::put_open(tx, recovery.id, &recovery.open(), day, rest).await?;
    Ok(recovery)
}

/// Counts an amount on the recovery's parts and keeps it as a receipt; refused when its reference was recorded before.
#[allow(clippy::too_many_arguments)]
async fn count(
    tx: &mut Tx,
    mut recovery: Recovery,
    kind: &str,
    reference: &str,
    amount: Won,
    on: NaiveDate,
    by: Option<Uuid>,
    now: DateTime<Utc>,
) -> Outcome<Recovery> {
    let parts = allocate(&recovery.open(), amount)?;
    let receipt = Receipt {
        id: crate::core::ids::new_uuid(),
        kind: kind.to_owned(),
        reference: reference.to_owned(),
        amount_won: amount,
        interest_won: parts.interest,
        principal_won: parts.principal,
        surcharge_won: parts.surcharge,
        received_on: on,
        recorded_at: now,
    };
    if !store::insert_receipt(tx, recovery.id, &receipt, by).await? {
        return Err(Refusal::conflict("recovery-refusal-recorded-already").at("reference").into());
    }
    let open = recovery.open().minus(&parts);
    recovery.interest_open_won = open.interest;
    recovery.principal_open_won = open.principal;
    recovery.surcharge_open_won = open.surcharge;
    store::put_open(tx, recovery.id, &open, recovery.interest_until, recovery.interest_rest).await?;
    Ok(recovery)
}

/// Ends a recovery of which nothing is open any more; its debtor is let in again.
pub(super) async fn settle(tx: &mut Tx, actor: &Actor, recovery: &Recovery, now: DateTime<Utc>) -> Outcome<bool> {
    if recovery.open().total().is_positive() {
        return Ok(false);
    }
    if !store::end(tx, recovery.id, RecoveryState::Settled, None, now).await? {
        return Err(moved_on().into());
    }
    organisations::end_exclusion(tx, recovery.id.0, local_date(now, ZONE)).await?;
    audit::record(tx, actor, Record::new("recovery", recovery.id, "recovery_settled"), now).await?;
    tell(tx, recovery, |to, lang| Mail::new(to, lang, "recovery-settled"), "settled", now).await?;
    Ok(true)
}

/// A payer records a transfer that came in, once, on the day it came in.
pub async fn receive(
    app: &App,
    actor: &Actor,
    id: RecoveryId,
    amount: Won,
    reference: &str,
    on: NaiveDate,
    once: Once,
) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "integrity.receive", now).await?.is_some() {
        return Ok(());
    }
    if !actor.is(Role::Payer) {
        return Err(Refusal::not_found().into());
    }
    let recovery = store::lock(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    only_due(&recovery)?;
    if on > local_date(now, ZONE) {
        return Err(Refusal::unacceptable("recovery-refusal-in-future").at("received_on").into());
    }
    let recovery = reckon(&mut tx, actor, recovery, on, now).await?;
    let recovery = count(&mut tx, recovery, "transfer", reference, amount, on, Some(actor.id), now).await?;
    let event = crate::core::ids::new_uuid();
    ledger::receive(&mut tx, actor, &debt(&recovery), event, amount, on, now).await?;
    let record = Record::new("recovery", id, "recovery_received")
        .with("amount", amount)
        .with("received_on", on)
        .with("reference", reference);
    audit::record(&mut tx, actor, record, now).await?;
    settle(&mut tx, actor, &recovery, now).await?;
    tx.commit().await?;
    Ok(())
}

/// A manager agrees to instalments of what is open today.
pub async fn plan(
    app: &App,
    actor: &Actor,
    id: RecoveryId,
    parts: i64,
    first_on: NaiveDate,
    once: Once,
) -> Outcome<()> {
    let now = app.clock.now();
    let today = local_date(now, ZONE);
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "integrity.plan", now).await?.is_some() {
        return Ok(());
    }
    if !actor.is(Role::Manager) {
        return Err(Refusal::not_found().into());
    }
    let recovery = store::lock(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    only_due(&recovery)?;
    if first_on < today {
        return Err(Refusal::unacceptable("recovery-refusal-past").at("first_on").into());
    }
    let recovery = reckon(&mut tx, actor, recovery, today, now).await?;
    if settle(&mut tx, actor, &recovery, now).await? {
        tx.commit().await?;
        return Ok(());
    }
    let schedule = instalments(recovery.open().total(), parts, first_on);
    store::put_plan(&mut tx, id, &schedule, now).await?;
    organisations::end_exclusion(&mut tx, id.0, today).await?;
    let record = Record::new("recovery", id, "recovery_planned")
        .with("instalments", schedule.len())
        .with("amount", recovery.open().total());
    audit::record(&mut tx, actor, record, now).await?;
    tell(&mut tx, &recovery, |to, lang| Mail::new(to, lang, "recovery-planned"), &format!("planned:{now}"), now)
        .await?;
    tx.commit().await?;
    Ok(())
}
