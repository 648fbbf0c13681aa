//! What is not paid for now: placed with a reason, an owner and a day of review, lifted with a reason.

use super::*;
use crate::payments::{rules::holds::HoldLevel, store::holds};
use chrono::NaiveDate;
use uuid::Uuid;

/// A hold as somebody asks for it.
pub struct NewHold {
    pub level: HoldLevel,
    /// What people call the subject: a claim's number, an end-to-end id, a registry number, a programme's code.
    pub subject: String,
    pub reason: String,
    pub owner: Uuid,
    pub review_on: NaiveDate,
}

/// Places a hold: from now on nothing it covers enters a batch, is approved or is released.
pub async fn place_hold(app: &App, actor: &Actor, new: NewHold, once: Once) -> Outcome<Uuid> {
    let now = app.clock.now();
    payers_or_managers(actor)?;
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "payments.hold", now).await? {
        return first.parse().map_err(|_| anyhow::anyhow!("a kept result cannot be read").into());
    }
    if new.review_on < local_date(now, ZONE) {
        return Err(Refusal::unacceptable("payments-refusal-review-past").at("review_on").into());
    }
    let found = holds::subject(&mut tx, new.level, &new.subject).await?;
    let (subject, label) = found.ok_or_else(|| Refusal::unacceptable("payments-refusal-no-subject").at("subject"))?;
    let mut owners = people::people_with_role(&mut tx, Role::Payer).await?;
    owners.extend(people::people_with_role(&mut tx, Role::Manager).await?);
    if owners.iter().all(|person| person.id.0 != new.owner) {
        return Err(Refusal::unacceptable("form-choose").at("owner").into());
    }
    // Whoever releases such a batch right now is done before, or sees the hold.
    store::lock_open_batches(&mut tx).await?;
    let id = crate::core::ids::new_uuid();
    let hold = holds::NewHold {
        level: new.level,
        subject,
        label,
        reason: new.reason,
        owner: new.owner,
        review_on: new.review_on,
    };
    holds::insert(&mut tx, id, &hold, actor.id, now).await?;
    let record = Record::new("hold", id, "payment_held")
        .of_case(subject)
        .with("level", actor.lang.code_word("hold-level", new.level.as_str()))
        .with("name", &hold.label)
        .with("note", &hold.reason)
        .with("review_on", hold.review_on);
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Lifts a hold; refused when it was lifted before.
pub async fn lift_hold(app: &App, actor: &Actor, id: Uuid, reason: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    payers_or_managers(actor)?;
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "payments.lift", now).await?.is_some() {
        return Ok(());
    }
    let hold = holds::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    if !holds::lift(&mut tx, id, actor.id, reason, now).await? {
        return Err(moved_on().into());
    }
    let record = Record::new("hold", id, "payment_hold_lifted")
        .of_case(hold.subject_id)
        .with("name", &hold.label)
        .with("note", reason);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}
