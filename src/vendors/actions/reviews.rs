//! The yearly review: a campaign lists every registered vendor and draws some; who fails may appeal to another.

use super::{first_result, lock_own, lock_to_decide, own_organisation, write_to};
use crate::{
    app::App,
    audit::{self, Act, Record},
    core::{
        actor::Actor,
        calendar::ZONE,
        refusal::{Outcome, Refusal},
        roles::Role,
        step::step,
    },
    db::{Tx, once::Once},
    vendors::{
        VendorId,
        forms::NewCampaign,
        rules::{
            self,
            reviews::{APPEAL_DAYS, REVIEW_STEPS, ReviewState, sample},
        },
        store::{self, Review, Vendor},
    },
};
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

/// Opens a campaign over every registered vendor; each is written to.
pub async fn open_campaign(app: &App, actor: &Actor, new: NewCampaign, once: Once) -> Outcome<Uuid> {
    let now = app.clock.now();
    if !actor.is(Role::Manager) {
        return Err(Refusal::not_found().into());
    }
    actor.freshly_proven(now)?;
    if new.due_on <= app.clock.today(ZONE) {
        return Err(Refusal::unacceptable("vendors-refusal-due-past").at("due_on").into());
    }
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "vendors.open_campaign", now).await? {
        return first_result(&first);
    }
    let id = crate::core::ids::new_uuid();
    let vendors = store::registered_vendors(&mut tx).await?;
    if vendors.is_empty() {
        return Err(Refusal::conflict("vendors-refusal-nobody-to-review").into());
    }
    let ids: Vec<Uuid> = vendors.iter().map(|vendor| vendor.0).collect();
    let drawn = sample(id, &ids, new.sample_percent);
    let listed: Vec<(VendorId, bool)> = vendors.iter().map(|vendor| (*vendor, drawn.contains(&vendor.0))).collect();
    let record = Record::new("campaign", id, "campaign_opened")
        .with("name", &new.name)
        .with("due", new.due_on)
        .with("count", listed.len())
        .with("drawn", drawn.len());
    let values = [("campaign", new.name.clone()), ("due", new.due_on.to_string())];
    store::insert_campaign(&mut tx, id, new, actor, now).await?;
    store::insert_reviews(&mut tx, id, listed, now).await?;
    audit::record(&mut tx, actor, record, now).await?;
    for vendor in vendors {
        let vendor = store::get(&mut tx, vendor).await?;
        let record = Record::new("vendor", vendor.id, "review_opened").with("name", &values[0].1);
        audit::record(&mut tx, actor, record, now).await?;
        write_to(&mut tx, &vendor, "vendor-review-opened", "/vendor", &values, &id.to_string(), now).await?;
    }
    tx.remember(once, id).await?;
    tx.commit().await?;
    Ok(id)
}

async fn own_review(tx: &mut Tx, actor: &Actor, id: Uuid) -> Outcome<(Vendor, Review)> {
    let vendor = lock_own(tx, actor).await?;
    let review = store::review(tx, id).await?.filter(|review| review.vendor_id == vendor.id);
    Ok((vendor, review.ok_or_else(Refusal::not_found)?))
}

/// The vendor says that its entry is still true, and vouches for it.
pub async fn confirm_review(app: &App, actor: &Actor, id: Uuid, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    own_organisation(actor)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "vendors.confirm_review", now).await?.is_some() {
        return Ok(());
    }
    let (vendor, before) = own_review(&mut tx, actor, id).await?;
    let step = step(REVIEW_STEPS, "confirm", before.state)?;
    move_on(&mut tx, actor, &vendor, &before, Review { state: step.to, ..before.clone() }, "review_confirmed", now)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// The vendor says why the finding is wrong; another officer decides.
pub async fn appeal_review(app: &App, actor: &Actor, id: Uuid, appeal: String, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    own_organisation(actor)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "vendors.appeal_review", now).await?.is_some() {
        return Ok(());
    }
    let (vendor, before) = own_review(&mut tx, actor, id).await?;
    let step = step(REVIEW_STEPS, "appeal", before.state)?;
    if before.appeal_by.is_some_and(|last| app.clock.today(ZONE) > last) {
        return Err(Refusal::conflict("vendors-refusal-appeal-late").into());
    }
    let review = Review { state: step.to, appeal, ..before.clone() };
    move_on(&mut tx, actor, &vendor, &before, review, "review_appealed", now).await?;
    tx.commit().await?;
    Ok(())
}

async fn move_on(
    tx: &mut Tx,
    actor: &Actor,
    vendor: &Vendor,
    before: &Review,
    review: Review,
    kind: &'static str,
    now: DateTime<Utc>,
) -> Outcome<()> {
    if !store::move_review(tx, before.state, &review, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let record = Record::new("vendor", vendor.id, kind).with("name", &review.campaign_name).with("note", &review.note);
    audit::record(tx, actor, record, now).await?;
    Ok(())
}

/// An officer passes or fails a review; of an appeal another one decides. Who passes is registered for a year more.
pub async fn take_review_step(
    app: &App,
    actor: &Actor,
    id: Uuid,
    name: &str,
    note: String,
    once: Once,
) -> Outcome<VendorId> {
    let now = app.clock.now();
    let today = app.clock.today(ZONE);
    let may = REVIEW_STEPS.iter().any(|step| step.name == name && actor.is_any(step.by));
    if !may || !matches!(name, "pass" | "fail" | "allow" | "dismiss") {
        return Err(Refusal::not_found().into());
    }
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    let found = store::review(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    if tx.seen(once, actor.id, "vendors.review_step", now).await?.is_some() {
        return Ok(found.vendor_id);
    }
    let vendor = lock_to_decide(&mut tx, actor, found.vendor_id).await?;
    let before = store::review(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let step = step(REVIEW_STEPS, name, before.state)?;
    let wants_note = name != "pass" || before.is_sampled;
    if wants_note && note.is_empty() {
        return Err(Refusal::unacceptable("form-required").at("note").into());
    }
    let mut review = Review { state: step.to, note: note.clone(), ..before.clone() };
    match name {
        "pass" => review.decided_by = Some(actor.id),
        "fail" => {
            audit::take(&mut tx, actor, id, Act::VendorFailed, now).await?;
            review.decided_by = Some(actor.id);
            review.appeal_by = Some(today + Duration::days(APPEAL_DAYS));
        }
        _ => {
            audit::take(&mut tx, actor, id, Act::AppealDecided, now).await?;
            review.appeal_decided_by = Some(actor.id);
        }
    }
    let appeal_by = review.appeal_by.map(|day| day.to_string()).unwrap_or_default();
    let (kind, mail) = match step.to {
        ReviewState::Passed => ("review_passed", "vendor-review-passed"),
        ReviewState::Failed => ("review_failed", "vendor-review-failed"),
        _ => ("review_lost", "vendor-review-lost"),
    };
    move_on(&mut tx, actor, &vendor, &before, review, kind, now).await?;
    let values = [("campaign", before.campaign_name.clone()), ("note", note), ("appeal_by", appeal_by)];
    write_to(&mut tx, &vendor, mail, "/vendor", &values, &format!("{id}:{}", step.to), now).await?;
    match step.to {
        ReviewState::Passed => {
            // A year from the day of the review: passing twice does not add up.
            store::prolong(&mut tx, vendor.id, rules::expires_on(today)).await?;
        }
        ReviewState::Lost => super::due::end(&mut tx, actor, &vendor, "review", now).await?,
        _ => {}
    }
    tx.commit().await?;
    Ok(vendor.id)
}
