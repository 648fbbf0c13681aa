//! Sanctions: notice, objection, the decision of another person. An exclusion in force is what every room asks about.

use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        calendar::{ZONE, local_date},
        refusal::{Outcome, Refusal},
        roles::Role,
        step::step,
    },
    db::{Tx, once::Once},
    integrity::{
        SanctionId,
        forms::sanctions::NewSanction,
        rules::{
            recoveries::object_until,
            sanctions::{SANCTION_STEPS, SanctionKind, SanctionState, check_term},
        },
        store::sanctions::{self as store, Sanction},
    },
    organisations::{self, Exclusion, ExclusionCause, Organisation},
    outbox::{self, Mail},
    people,
};
use chrono::{DateTime, Utc};

fn moved_on() -> Refusal {
    Refusal::conflict("refusal-state-moved-on")
}

fn record(id: SanctionId, sanction: &Sanction, kind: &'static str) -> Record {
    match kind {
        "noticed" => Record::new("sanction", id, "sanction_noticed"),
        "objected" => Record::new("sanction", id, "sanction_objected"),
        "imposed" => Record::new("sanction", id, "sanction_imposed"),
        "ended" => Record::new("sanction", id, "sanction_ended"),
        _ => Record::new("sanction", id, "sanction_revoked"),
    }
    .with("organisation", &sanction.organisation_name)
}

/// Tells whoever acts for the organisation, as firm or as vendor.
async fn tell(
    tx: &mut Tx,
    sanction: &Sanction,
    make: impl Fn(String, crate::core::lang::Lang) -> Mail,
    event: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    for role in [Role::Firm, Role::Vendor] {
        for (to, lang) in people::mail_contacts(tx, sanction.organisation_id.0, role).await? {
            let mail = make(to, lang).link(format!("/sanctions/{}", sanction.id));
            outbox::mail(tx, mail, &format!("{event}:{}", sanction.id), Some(sanction.id.0), now).await?;
        }
    }
    Ok(())
}

/// Announces a sanction: who is concerned may object until its term is over.
pub async fn notice(app: &App, actor: &Actor, new: NewSanction, once: Once) -> Outcome<SanctionId> {
    let now = app.clock.now();
    let today = local_date(now, ZONE);
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "integrity.notice_sanction", now).await? {
        return Ok(first.parse().map_err(|_| moved_on())?);
    }
    if !actor.is_any(&[Role::Manager, Role::ClaimsOfficer]) {
        return Err(Refusal::not_found().into());
    }
    check_term(new.kind, new.from_on, new.to_on, today)?;
    let organisation: Organisation = organisations::by_number(&mut tx, &new.business_number)
        .await?
        .ok_or_else(|| Refusal::unacceptable("sanction-refusal-nobody").at("business_number"))?;
    let sanction = Sanction {
        id: SanctionId::new(),
        organisation_id: organisation.id,
        organisation_name: organisation.legal_name,
        kind: new.kind,
        legal_basis: new.legal_basis,
        reason: new.reason,
        from_on: new.from_on,
        to_on: new.to_on.filter(|_| new.kind == SanctionKind::Exclusion),
        state: SanctionState::Noticed,
        noticed_by: actor.id,
        object_until: object_until(today),
        objection: None,
        answer: None,
        state_since: now,
    };
    store::insert(&mut tx, &sanction).await?;
    let noticed =
        record(sanction.id, &sanction, "noticed").with("sanction", sanction.kind).with("note", &sanction.reason);
    audit::record(&mut tx, actor, noticed, now).await?;
    let until = sanction.object_until;
    tell(&mut tx, &sanction, |to, lang| Mail::new(to, lang, "sanction-noticed").with("until", until), "noticed", now)
        .await?;
    tx.remember(once, sanction.id).await?;
    tx.commit().await?;
    Ok(sanction.id)
}

/// Who is concerned objects, once, within the term.
pub async fn object(app: &App, actor: &Actor, id: SanctionId, text: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "integrity.object_sanction", now).await?.is_some() {
        return Ok(());
    }
    let sanction = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    step(SANCTION_STEPS, "object", sanction.state)?;
    if actor.organisation != Some(sanction.organisation_id.0) {
        return Err(Refusal::not_found().into());
    }
    if local_date(now, ZONE) > sanction.object_until {
        return Err(Refusal::conflict("recovery-refusal-too-late").into());
    }
    if !store::object(&mut tx, id, actor.id, text, now).await? {
        return Err(moved_on().into());
    }
    audit::record(&mut tx, actor, record(id, &sanction, "objected").with("note", text), now).await?;
    tx.commit().await?;
    Ok(())
}

/// Somebody else than who gave notice imposes the sanction, after the term or the hearing, or revokes it.
pub async fn decide(app: &App, actor: &Actor, id: SanctionId, name: &str, answer: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let today = local_date(now, ZONE);
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "integrity.decide_sanction", now).await?.is_some() {
        return Ok(());
    }
    let sanction = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let step = step(SANCTION_STEPS, name, sanction.state)?;
    if sanction.state == SanctionState::InForce || !actor.is_any(step.by) {
        return Err(moved_on().into());
    }
    if sanction.noticed_by == actor.id {
        return Err(Refusal::forbidden("recovery-refusal-same-person").into());
    }
    if name == "impose" && sanction.state == SanctionState::Noticed && today <= sanction.object_until {
        return Err(Refusal::conflict("recovery-refusal-term-runs").with("until", sanction.object_until).into());
    }
    if !store::decide(&mut tx, id, step.from, step.to, actor.id, answer, now).await? {
        return Err(moved_on().into());
    }
    let imposed = step.to == SanctionState::InForce;
    if imposed && sanction.kind == SanctionKind::Exclusion {
        let exclusion = Exclusion {
            id: id.0,
            organisation_id: sanction.organisation_id,
            cause: ExclusionCause::Sanction,
            // Never in the past: what was done meanwhile was allowed.
            from_on: sanction.from_on.max(today),
            to_on: sanction.to_on.map(|to| to.max(today)),
        };
        organisations::exclude(&mut tx, &exclusion).await?;
    }
    let kind = if imposed { "imposed" } else { "revoked" };
    audit::record(&mut tx, actor, record(id, &sanction, kind).with("note", answer), now).await?;
    if imposed {
        tell(&mut tx, &sanction, |to, lang| Mail::new(to, lang, "sanction-imposed"), "imposed", now).await?;
    } else {
        tell(&mut tx, &sanction, |to, lang| Mail::new(to, lang, "sanction-revoked"), "revoked", now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Takes a sanction that is in force back, with a reason: from today on nothing is kept from the organisation.
pub async fn revoke(app: &App, actor: &Actor, id: SanctionId, answer: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "integrity.revoke_sanction", now).await?.is_some() {
        return Ok(());
    }
    let sanction = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let step = step(SANCTION_STEPS, "revoke", sanction.state)?;
    if sanction.state != SanctionState::InForce || !actor.is_any(step.by) {
        return Err(moved_on().into());
    }
    if sanction.noticed_by == actor.id {
        return Err(Refusal::forbidden("recovery-refusal-same-person").into());
    }
    if !store::decide(&mut tx, id, step.from, step.to, actor.id, answer, now).await? {
        return Err(moved_on().into());
    }
    organisations::end_exclusion(&mut tx, id.0, local_date(now, ZONE)).await?;
    audit::record(&mut tx, actor, record(id, &sanction, "revoked").with("note", answer), now).await?;
    tell(&mut tx, &sanction, |to, lang| Mail::new(to, lang, "sanction-revoked"), "revoked", now).await?;
    tx.commit().await?;
    Ok(())
}

/// Timer: sanctions whose last day is over are ended. Answers how many.
pub async fn turn(app: &App) -> anyhow::Result<u64> {
    let now = app.clock.now();
    let today = local_date(now, ZONE);
    let mut tx = app.db.read().await?;
    let over = store::over(&mut tx, today).await?;
    drop(tx);
    let mut ended = 0;
    for sanction in over {
        let mut tx = app.db.write().await?;
        if store::end(&mut tx, sanction.id, now).await? {
            audit::record(&mut tx, &Actor::system(), record(sanction.id, &sanction, "ended"), now).await?;
            tx.commit().await?;
            ended += 1;
        }
    }
    Ok(ended)
}
