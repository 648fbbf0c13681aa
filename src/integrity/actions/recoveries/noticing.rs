//! Notice, objection, and the order of another person.

use super::*;

/// Announces that money is to be claimed back: at most what was paid on the case and is not claimed back yet.
pub async fn notice(app: &App, actor: &Actor, new: NewRecovery, once: Once) -> Outcome<RecoveryId> {
    let now = app.clock.now();
    let today = local_date(now, ZONE);
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "integrity.notice_recovery", now).await? {
        return Ok(first.parse().map_err(|_| moved_on())?);
    }
    if !actor.is_any(&[Role::Manager, Role::ClaimsOfficer]) {
        return Err(Refusal::not_found().into());
    }
    applications::lock(&mut tx, new.application).await?;
    let case = store::paid_case(&mut tx, new.application).await?.ok_or_else(Refusal::not_found)?;
    if new.principal > case.claimable() {
        let refusal = Refusal::unacceptable("recovery-refusal-more-than-paid").at("principal_won");
        return Err(refusal.with("most", case.claimable()).into());
    }
    if new.interest_from > object_until(today) {
        return Err(Refusal::unacceptable("recovery-refusal-interest-from").at("interest_from").into());
    }
    let awaiting = match new.amendment {
        Some(id) => Some(store::awaiting_one(&mut tx, id).await?.ok_or_else(moved_on)?),
        None => None,
    };
    if awaiting.as_ref().is_some_and(|awaiting| awaiting.application_id != new.application) {
        return Err(Refusal::not_found().into());
    }
    let (debtor_id, debtor_name) = match new.debtor {
        DebtorRole::Firm => (case.firm_id, case.firm_name),
        DebtorRole::Vendor => case
            .vendor_id
            .zip(case.vendor_name)
            .ok_or_else(|| Refusal::unacceptable("recovery-refusal-no-vendor").at("debtor"))?,
    };
    let times = store::surcharge_times(&mut tx, new.cause, today).await?;
    let surcharge_won =
        surcharge(new.principal, times).ok_or_else(|| anyhow::anyhow!("a surcharge beyond any amount"))?;
    let number = tx.next_number(Series::Recovery).await?;
    let recovery = Recovery {
        id: RecoveryId::new(),
        number: format!("RC{}-{number:05}", today.year()),
        application_id: new.application,
        receipt_no: case.receipt_no,
        debtor_id,
        debtor_name,
        debtor_role: new.debtor,
        cause: new.cause,
        reason: new.reason,
        legal_basis: new.legal_basis,
        paid_won: case.paid_won,
        principal_won: new.principal,
        surcharge_won,
        interest_from: new.interest_from,
        state: RecoveryState::Noticed,
        noticed_by: actor.id,
        object_until: object_until(today),
        objection: None,
        answer: None,
        due_on: None,
        planned_at: None,
        principal_open_won: new.principal,
        surcharge_open_won: surcharge_won,
        interest_open_won: Won::ZERO,
        interest_until: new.interest_from.pred_opt().unwrap_or(new.interest_from),
        interest_rest: 0,
        write_off_asked_by: None,
        write_off_reason: None,
        state_since: now,
    };
    let claim = awaiting.map(|awaiting| awaiting.claim_id);
    store::insert(&mut tx, &recovery, claim, new.amendment).await?;
    let record = Record::new("recovery", recovery.id, "recovery_noticed")
        .with("number", &recovery.number)
        .with("organisation", &recovery.debtor_name)
        .with("recovery_cause", recovery.cause)
        .with("amount", recovery.principal_won)
        .with("note", &recovery.reason);
    audit::record(&mut tx, actor, record, now).await?;
    let until = recovery.object_until;
    tell(&mut tx, &recovery, |to, lang| Mail::new(to, lang, "recovery-noticed").with("until", until), "noticed", now)
        .await?;
    tx.remember(once, recovery.id).await?;
    tx.commit().await?;
    Ok(recovery.id)
}

/// The debtor objects, once, within the term.
pub async fn object(app: &App, actor: &Actor, id: RecoveryId, text: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "integrity.object_recovery", now).await?.is_some() {
        return Ok(());
    }
    let recovery = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    if actor.organisation != Some(recovery.debtor_id.0) {
        return Err(Refusal::not_found().into());
    }
    step(RECOVERY_STEPS, "object", recovery.state)?;
    if local_date(now, ZONE) > recovery.object_until {
        return Err(Refusal::conflict("recovery-refusal-too-late").into());
    }
    if !store::object(&mut tx, id, actor.id, text, now).await? {
        return Err(moved_on().into());
    }
    audit::record(&mut tx, actor, Record::new("recovery", id, "recovery_objected").with("note", text), now).await?;
    tx.commit().await?;
    Ok(())
}

/// Somebody else than who gave notice orders the money back, after the term or the hearing, or revokes the notice.
pub async fn decide(app: &App, actor: &Actor, id: RecoveryId, name: &str, answer: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let today = local_date(now, ZONE);
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "integrity.decide_recovery", now).await?.is_some() {
        return Ok(());
    }
    let recovery = store::lock(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let step = step(RECOVERY_STEPS, name, recovery.state)?;
    if !actor.is_any(step.by) {
        return Err(Refusal::not_found().into());
    }
    let is_first = recovery.noticed_by == actor.id;
    let is_order = step.to == RecoveryState::Due;
    if is_order {
        check_order(recovery.state, recovery.object_until, today, is_first)?;
    } else if is_first {
        return Err(Refusal::forbidden("recovery-refusal-same-person").into());
    }
    let due_on = is_order.then(|| today.checked_add_days(Days::new(DUE_DAYS)).unwrap_or(NaiveDate::MAX));
    if !store::decide(&mut tx, id, step, actor.id, answer, due_on, now).await? {
        return Err(moved_on().into());
    }
    if is_order {
        let amount = recovery.principal_won.plus(recovery.surcharge_won);
        ledger::claim_back(&mut tx, actor, &debt(&recovery), amount, now).await?;
        let record = Record::new("recovery", id, "recovery_ordered").with("amount", amount).with("note", answer);
        audit::record(&mut tx, actor, record, now).await?;
        let due = due_on.map(|day| day.to_string()).unwrap_or_default();
        let make = |to, lang| Mail::new(to, lang, "recovery-ordered").with("amount", amount).with("due", &due);
        tell(&mut tx, &recovery, make, "ordered", now).await?;
    } else {
        audit::record(&mut tx, actor, Record::new("recovery", id, "recovery_revoked").with("note", answer), now)
            .await?;
        tell(&mut tx, &recovery, |to, lang| Mail::new(to, lang, "recovery-revoked"), "revoked", now).await?;
    }
    tx.commit().await?;
    Ok(())
}
