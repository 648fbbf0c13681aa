//! The accounts that money leaves from. A profile is never edited: a batch keeps the one it was prepared under.

use super::*;
use crate::payments::{
    ProfileId,
    rules::bank_file::{Encoding, Format},
    store::profiles::{self, Profile},
};

/// What a sealed account is bound to.
pub(super) const PURPOSE: &str = "paying_account";

/// An account and what its bank takes.
pub struct NewProfile {
    pub name: String,
    pub format: Format,
    pub holder: String,
    pub bank_code: String,
    /// Digits only.
    pub account_number: String,
    pub bic: Option<String>,
    pub columns: String,
    pub encoding: Encoding,
}

fn only_managers(actor: &Actor) -> Result<(), Refusal> {
    if actor.is(Role::Manager) { Ok(()) } else { Err(Refusal::not_found()) }
}

/// A manager, who pays nobody, describes an account; payers choose it for a batch.
pub async fn make_profile(app: &App, actor: &Actor, new: NewProfile, once: Once) -> Outcome<ProfileId> {
    let now = app.clock.now();
    only_managers(actor)?;
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "payments.profile", now).await? {
        return first.parse().map_err(|_| anyhow::anyhow!("a kept result cannot be read").into());
    }
    let digits = new.account_number.len();
    let profile = Profile {
        id: ProfileId::new(),
        name: new.name,
        format: new.format,
        holder: new.holder,
        bank_code: new.bank_code,
        account_sealed: app.seal.seal(PURPOSE, &new.account_number),
        account_ending: new.account_number.chars().skip(digits.saturating_sub(4)).collect(),
        bic: new.bic,
        columns: new.columns,
        encoding: new.encoding,
        made_by: actor.id,
        made_at: now,
        ended_at: None,
    };
    profiles::insert(&mut tx, &profile).await?;
    let record = Record::new("bank_profile", profile.id, "bank_profile_made")
        .with("name", &profile.name)
        .with("bank", &profile.bank_code)
        .with("account_ending", &profile.account_ending);
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, profile.id).await?;
    tx.commit().await?;
    Ok(profile.id)
}

/// No batch is prepared under it any more.
pub async fn end_profile(app: &App, actor: &Actor, id: ProfileId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    only_managers(actor)?;
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "payments.end_profile", now).await?.is_some() {
        return Ok(());
    }
    let profile = profiles::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    if !profiles::end(&mut tx, id, now).await? {
        return Err(moved_on().into());
    }
    let record = Record::new("bank_profile", id, "bank_profile_ended").with("name", &profile.name);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}
