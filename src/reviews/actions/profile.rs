//! What reviewers say about themselves: what they can judge, how much they take, and whom they are close to.

use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        ids::new_uuid,
        refusal::{Outcome, Refusal},
    },
    db::once::Once,
    reference,
    reviews::{
        forms::{NewInterest, NewProfile},
        panel,
        store::{self, Interest, Profile},
    },
};
use uuid::Uuid;

/// Keeps the profile. A phone number or an address left empty stays what it was: it cannot be read back.
pub async fn save_profile(app: &App, actor: &Actor, new: NewProfile, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "reviews.profile", now).await?.is_some() {
        return Ok(());
    }
    let known = reference::use_cases(&mut tx).await?;
    if new.skills.iter().any(|skill| !known.iter().any(|case| case.code == *skill)) {
        return Err(Refusal::unacceptable("form-choose").at("skills").into());
    }
    let before = store::profile(&mut tx, actor.id).await?;
    let kept = |key: Option<String>, before: Option<String>| key.or(before);
    let (phone, address) = before.map_or((None, None), |before| (before.phone_key, before.address_key));
    let profile = Profile {
        load_max: new.load_max,
        reads_english: new.reads_english,
        phone_key: kept(panel::phone_key(&app.seal, &new.phone), phone),
        address_key: kept(panel::address_key(&app.seal, &new.address), address),
    };
    store::put_profile(&mut tx, actor.id, profile, now).await?;
    store::put_skills(&mut tx, actor.id, &new.skills).await?;
    audit::record(&mut tx, actor, Record::new("person", actor.id, "reviewer_profile_saved"), now).await?;
    tx.commit().await?;
    Ok(())
}

/// Declares work for, or an interest in, an organisation.
pub async fn add_interest(app: &App, actor: &Actor, new: NewInterest, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "reviews.interest", now).await?.is_some() {
        return Ok(());
    }
    let interest = Interest {
        id: new_uuid(),
        business_number: new.business_number,
        relation: new.relation,
        until_on: new.until_on,
    };
    store::insert_interest(&mut tx, actor.id, &interest, now).await?;
    let record = Record::new("person", actor.id, "interest_declared").with("interest", interest.relation);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes back what was declared by mistake.
pub async fn end_interest(app: &App, actor: &Actor, id: Uuid, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "reviews.end_interest", now).await?.is_some() {
        return Ok(());
    }
    if !store::end_interest(&mut tx, actor.id, id, now).await? {
        return Err(Refusal::not_found().into());
    }
    audit::record(&mut tx, actor, Record::new("person", actor.id, "interest_taken_back"), now).await?;
    tx.commit().await?;
    Ok(())
}
