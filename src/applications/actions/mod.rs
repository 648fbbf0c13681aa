//! The verbs of applications.

mod certification;
mod conditions;
mod dossier;
mod draft;
mod ends;
mod precheck;
mod preview;
mod questions;
mod reminding;
mod replay;
mod screening;
mod shares;
mod spot_checks;
mod submission;
mod supplementing;
mod taking_over;
mod waivers;

pub use certification::{certify, prepare};
pub use conditions::{Judged, drift_since, drift_since_submission, judge, keep_refused, require};
pub use dossier::{Asked, Certified, Dossier};
pub use draft::{
    Conflict, Edit, OVERTAKEN, answer_questions, attach, attach_from_vault, choose_package, conflict, put_cost,
    put_indicator, put_row, remove_document, remove_row, save_costs, save_indicators, save_part, save_use_case,
    save_workload, start,
};
pub(super) use draft::{held, row_fields};
pub use ends::{expire_drafts, withdraw, withdraw_agreed};
pub use precheck::{carry_answers, judge_answers, open_answers, seal_answers};
pub use preview::{clear_tests, try_out};
pub use questions::{change_call_form, write_question};
pub use reminding::remind;
pub use replay::{NewReplay, REPLAY_JOB, changed_wordings, continue_replay, start_replay};
pub use screening::screen;
pub use shares::{Shares, shares};
pub use submission::{Receipt, submit};
pub use supplementing::{allow_round, answer_supplement};
pub use taking_over::{switch_package, take_over};
pub use waivers::{ask_exception, condition_of, decide_exception, may_waive, waive};

pub use super::forms::{
    NewCallForm, NewCost, NewIndicator, NewMember, NewPackage, NewQuestion, NewTest, NewUseCase, NewWorkload, Screening,
};

use super::{Application, ApplicationId, rules, store};
use crate::{
    audit::{self, Record},
    core::{
        actor::Actor,
        lang::Lang,
        refusal::{Outcome, Refusal},
        roles::Role,
        step::step,
    },
    db::Tx,
    outbox::{self, Mail},
    people,
};
use chrono::{DateTime, Utc};

/// Takes the step `name` of the table, with its audit record `application_moved`; answers the application as it was before.
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

/// Mails everybody who acts for the firm, each in their language, once per `event`.
async fn tell_firm(
    tx: &mut Tx,
    application: &Application,
    name: &'static str,
    event: &str,
    dress: impl Fn(Mail) -> Mail,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let contacts = people::mail_contacts(tx, application.organisation_id.0, Role::Firm).await?;
    tell(tx, &contacts, application, name, event, dress, now).await
}

/// As `tell_firm`, to `contacts` that were read before.
async fn tell(
    tx: &mut Tx,
    contacts: &[(String, Lang)],
    application: &Application,
    name: &'static str,
    event: &str,
    dress: impl Fn(Mail) -> Mail,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    for (address, lang) in contacts {
        let mail = dress(Mail::new(address, *lang, name)).link(format!("/applications/{}", application.id));
        outbox::mail(tx, mail, event, Some(application.id.0), now).await?;
    }
    Ok(())
}

/// The first result of a form that was sent before, read back.
fn first_result<T: std::str::FromStr>(text: &str) -> Outcome<T> {
    text.parse().map_err(|_| anyhow::anyhow!("a first result that cannot be read: {text}").into())
}
