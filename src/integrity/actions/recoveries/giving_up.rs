//! Two people give up what is open.

use super::{
    receiving::{reckon, settle},
    *,
};

/// The first of two people asks to give up what is open, and says why.
pub async fn ask_write_off(app: &App, actor: &Actor, id: RecoveryId, reason: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "integrity.ask_write_off", now).await?.is_some() {
        return Ok(());
    }
    if !actor.is_any(&[Role::Manager, Role::ClaimsOfficer]) {
        return Err(Refusal::not_found().into());
    }
    if !store::ask_write_off(&mut tx, id, actor.id, reason).await? {
        return Err(moved_on().into());
    }
    let record = Record::new("recovery", id, "write_off_asked").with("note", reason);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The second person gives up what is open.
pub async fn write_off(app: &App, actor: &Actor, id: RecoveryId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let today = local_date(now, ZONE);
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "integrity.write_off", now).await?.is_some() {
        return Ok(());
    }
    let recovery = store::lock(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let step = step(RECOVERY_STEPS, "write_off", recovery.state)?;
    if !actor.is_any(step.by) {
        return Err(Refusal::not_found().into());
    }
    match recovery.write_off_asked_by {
        None => return Err(moved_on().into()),
        Some(first) if first == actor.id => return Err(Refusal::forbidden("recovery-refusal-same-person").into()),
        Some(_) => {}
    }
    let recovery = reckon(&mut tx, actor, recovery, today, now).await?;
    let amount = recovery.open().total();
    if settle(&mut tx, actor, &recovery, now).await? {
        tx.commit().await?;
        return Ok(());
    }
    ledger::write_off(&mut tx, actor, &debt(&recovery), amount, now).await?;
    if !store::end(&mut tx, id, step.to, Some(actor.id), now).await? {
        return Err(moved_on().into());
    }
    organisations::end_exclusion(&mut tx, id.0, today).await?;
    let record = Record::new("recovery", id, "recovery_written_off").with("amount", amount);
    audit::record(&mut tx, actor, record, now).await?;
    tell(&mut tx, &recovery, |to, lang| Mail::new(to, lang, "recovery-written-off"), "written-off", now).await?;
    tx.commit().await?;
    Ok(())
}
