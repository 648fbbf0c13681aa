//! Supplements: the firm answers part by part; a manager may allow a further round.

use super::{Edit, first_result};
use crate::{
    app::App,
    applications::{
        ApplicationId, ApplicationState,
        rules::{SUPPLEMENT_ROUNDS, SUPPLEMENT_ROUNDS_MAX, merging::Fields},
        store::{self, draft, supplements},
    },
    audit::{self, Record},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    db::once::Once,
};

/// Keeps what the firm says to what was asked: answers by section, the empty name for the whole. They are sent with
/// the next submission. Names no version: nobody's writing in the parts is touched.
pub async fn answer_supplement(app: &App, actor: &Actor, edit: Edit, answers: Fields) -> Outcome<i64> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(edit.once, actor.id, "applications.answer_supplement", now).await? {
        return first_result(&first);
    }
    if !actor.is(Role::Firm) {
        return Err(Refusal::not_found().into());
    }
    draft::lock(&mut tx, edit.id).await?;
    let application = store::find_visible(&mut tx, actor, edit.id).await?.ok_or_else(Refusal::not_found)?;
    if application.state != ApplicationState::SupplementRequested {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    if application.version != edit.version {
        return Err(Refusal::unacceptable("refusal-changed-meanwhile").into());
    }
    let asked = supplements::last(&mut tx, edit.id).await?.ok_or_else(Refusal::not_found)?;
    for (section, answer) in &answers {
        supplements::put_answer(&mut tx, edit.id, asked.round, section, answer, actor.id, now).await?;
    }
    if !draft::save(&mut tx, &application).await? {
        return Err(Refusal::unacceptable("refusal-changed-meanwhile").into());
    }
    let record = Record::new("application", edit.id, "supplement_answered").with("round", asked.round);
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(edit.once, application.version + 1).await?;
    tx.commit().await?;
    Ok(application.version + 1)
}

/// A manager allows the round after those that officers may ask for by themselves, with a reason.
pub async fn allow_round(app: &App, actor: &Actor, id: ApplicationId, reason: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "applications.allow_round", now).await?.is_some() {
        return Ok(());
    }
    if !actor.is(Role::Manager) {
        return Err(Refusal::not_found().into());
    }
    let application = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let round = supplements::last(&mut tx, id).await?.map_or(0, |asked| asked.round) + 1;
    let open = application.state == ApplicationState::Submitted && round > SUPPLEMENT_ROUNDS;
    if !open || round > SUPPLEMENT_ROUNDS_MAX {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    if !supplements::approve(&mut tx, id, round, reason, actor.id, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let record = Record::new("application", id, "supplement_allowed").with("round", round).with("note", reason);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}
