//! The verbs of applications.

use super::{Application, ApplicationId, rules, store};
use crate::{
    audit::{self, Record},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        step::step,
    },
    db::Tx,
};
use chrono::{DateTime, Utc};

/// Takes the step `name` of the table, with its audit record `application_<name>`; answers the application as it was before.
/// The compare-and-set makes sure that of two acts at once only one wins. Later rooms move applications with it.
pub async fn take_step(
    tx: &mut Tx,
    actor: &Actor,
    id: ApplicationId,
    name: &'static str,
    note: &str,
    now: DateTime<Utc>,
) -> Outcome<Application> {
    let application = store::find(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let step = step(rules::STEPS, name, application.state)?;
    if !store::move_state(tx, id, step.from, step.to, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let mut record = Record::new("application", id, "application_moved").with("step", name).with("state", step.to);
    if !note.is_empty() {
        record = record.with("note", note);
    }
    audit::record(tx, actor, record, now).await?;
    Ok(application)
}
