//! Who checks batches in the place of somebody who is away.

use super::*;
use crate::payments::store::checks::{self, NewAbsence};
use uuid::Uuid;

/// A payer says when they are away and who checks for them; a manager says it for anybody.
pub async fn record_absence(app: &App, actor: &Actor, new: NewAbsence, once: Once) -> Outcome<Uuid> {
    let now = app.clock.now();
    payers_or_managers(actor)?;
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "payments.absence", now).await? {
        return first.parse().map_err(|_| anyhow::anyhow!("a kept result cannot be read").into());
    }
    if new.person != actor.id && !actor.is(Role::Manager) {
        return Err(Refusal::forbidden("payments-refusal-own-absence").at("person").into());
    }
    if new.person == new.deputy {
        return Err(Refusal::unacceptable("payments-refusal-own-deputy").at("deputy").into());
    }
    let payers = people::people_with_role(&mut tx, Role::Payer).await?;
    let name = |id: Uuid, field| {
        let found = payers.iter().find(|person| person.id.0 == id).map(|person| person.name.clone());
        found.ok_or_else(|| Refusal::unacceptable("form-choose").at(field))
    };
    let (person, deputy) = (name(new.person, "person")?, name(new.deputy, "deputy")?);
    if new.to_on < new.from_on || new.to_on < local_date(now, ZONE) {
        return Err(Refusal::unacceptable("payments-refusal-days").at("to_on").into());
    }
    let id = crate::core::ids::new_uuid();
    checks::insert_absence(&mut tx, id, &new, actor.id, now).await?;
    let record = Record::new("absence", id, "absence_recorded")
        .with("name", person)
        .with("deputy", deputy)
        .with("from_on", new.from_on)
        .with("to_on", new.to_on)
        .with("note", &new.reason);
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, id).await?;
    tx.commit().await?;
    Ok(id)
}

/// The person is back.
pub async fn end_absence(app: &App, actor: &Actor, id: Uuid, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    payers_or_managers(actor)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "payments.end_absence", now).await?.is_some() {
        return Ok(());
    }
    let known = checks::absences(&mut tx, local_date(now, ZONE)).await?;
    let absence = known.iter().find(|absence| absence.id == id).ok_or_else(Refusal::not_found)?;
    if absence.person_id != actor.id && !actor.is(Role::Manager) {
        return Err(Refusal::forbidden("payments-refusal-own-absence").into());
    }
    if checks::end_absence(&mut tx, id, now).await? != 1 {
        return Err(moved_on().into());
    }
    let record = Record::new("absence", id, "absence_ended").with("name", &absence.name);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}
