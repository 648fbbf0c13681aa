//! How an application ends before its time: the firm withdraws it, or its call closes over a draft.
//! Whatever was committed is released in the same unit of work.

use super::{take_step, tell_firm};
use crate::{
    app::App,
    applications::{Application, ApplicationId, rules::STEPS, store},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        roles::{OwnAct, Role},
        step::open_steps,
    },
    db::{Tx, once::Once},
    ledger,
};
use chrono::{DateTime, Duration, Utc};

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
    let held = store::get(&mut tx, id).await?;
    if !open_steps(STEPS, held.state, &actor.roles).iter().any(|step| step.name == "withdraw") {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let application = take_step(&mut tx, actor, id, "withdraw", reason, now).await?;
    let case = store::case_of(&mut tx, &application).await?;
    ledger::release(&mut tx, actor, &case, once.0, now).await?;
    tell_withdrawn(&mut tx, &application, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The application's part of a withdrawal from an agreement: its state, its mail. The agreement's room ends the
/// agreement and releases the money in the same unit of work.
pub async fn withdraw_agreed(
    tx: &mut Tx,
    actor: &Actor,
    id: ApplicationId,
    reason: &str,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let application = take_step(tx, actor, id, "withdraw", reason, now).await?;
    tell_withdrawn(tx, &application, now).await?;
    Ok(())
}

async fn tell_withdrawn(tx: &mut Tx, application: &Application, now: DateTime<Utc>) -> sqlx::Result<()> {
    let title = application.receipt_no.clone().unwrap_or_else(|| application.title.clone());
    let event = application.id.to_string();
    tell_firm(tx, application, "application-withdrawn", &event, |mail| mail.with("title", &title), now).await
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
