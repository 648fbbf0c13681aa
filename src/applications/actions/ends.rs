//! How an application ends before its time: the firm withdraws it, or its call closes over a draft.

use super::{take_step, tell_firm};
use crate::{
    app::App,
    applications::{ApplicationId, store},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        roles::{OwnAct, Role},
    },
    db::once::Once,
    ledger,
};
use chrono::Duration;

/// Drafts that one unit of work lets expire.
const EXPIRED_AT_ONCE: i64 = 200;
/// The longest grace a call may have: a draft is let go only when no request for it can be under way.
const GRACE: Duration = Duration::hours(1);

/// Withdraws; whatever was committed goes back to the call's budget and the firm's cap in the same unit of work.
pub async fn withdraw(app: &App, actor: &Actor, id: ApplicationId, reason: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "applications.withdraw", now).await?.is_some() {
        return Ok(());
    }
    actor.may(OwnAct::Withdraw)?;
    if !actor.is(Role::Firm) || store::find_visible(&mut tx, actor, id).await?.is_none() {
        return Err(Refusal::not_found().into());
    }
    let application = take_step(&mut tx, actor, id, "withdraw", reason, now).await?;
    let case = store::case_of(&mut tx, &application).await?;
    ledger::release(&mut tx, actor, &case, once.0, now).await?;
    let title = application.receipt_no.clone().unwrap_or_else(|| application.title.clone());
    tell_firm(&mut tx, &application, "application-withdrawn", &id.to_string(), |mail| mail.with("title", &title), now)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Lets the drafts of closed calls expire; answers how many. For the timer: cheap when there are none.
pub async fn expire_drafts(app: &App) -> anyhow::Result<u64> {
    let mut expired = 0;
    loop {
        let now = app.clock.now();
        let mut tx = app.db.read().await?;
        let drafts = store::draft::overdue(&mut tx, now - GRACE, EXPIRED_AT_ONCE).await?;
        drop(tx);
        if drafts.is_empty() {
            return Ok(expired);
        }
        let mut tx = app.db.write().await?;
        for id in drafts {
            match take_step(&mut tx, &Actor::system(), id, "expire", "", now).await {
                Ok(application) => {
                    let title = application.title.clone();
                    let dress = |mail: crate::outbox::Mail| mail.with("title", &title);
                    tell_firm(&mut tx, &application, "application-expired", &id.to_string(), dress, now).await?;
                    expired += 1;
                }
                // The firm withdrew it in the same moment.
                Err(crate::core::refusal::Trouble::Refused(_)) => {}
                Err(trouble) => return Err(trouble.into()),
            }
        }
        tx.commit().await?;
    }
}
