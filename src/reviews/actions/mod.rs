//! The verbs of reviews.

mod advising;
mod assigning;
mod bulk;
mod catalogue;
mod clarifying;
mod deciding;
mod drawing;
mod objecting;
mod profile;
mod promoting;
mod reasons;
mod sampling;
mod scoring;
mod undoing;

pub use advising::{ADVICE_JOB, ask_assistant, check_duties, fetch_advice, judge_advice, may_ask, prompt_of};
pub use assigning::{
    ASSIGN_JOB, assign, assign_all, assign_by_load, close_panel, continue_assigning, declare, open_own,
};
pub use bulk::{BULK_JOB, continue_bulk, drop_bulk, left_of, plan_bulk, start_bulk};
pub use catalogue::decide_catalogue;
pub use clarifying::{Asking, answer, ask};
pub use deciding::{Why, confirm, decide, refuse_proposal};
pub use drawing::{LOTS_JOB, continue_lots, draw_lots, prepare_draws, reveal_draws};
pub use objecting::{Finding, file_objection, hear_objection, objection_ends};
pub use profile::{add_interest, end_interest, save_profile};
pub use promoting::{promote, promote_due};
pub use reasons::{REASONS, word_reason};
pub use sampling::assign_sample;
pub use scoring::{save_draft, score_and_lock};
pub use undoing::{undo, undo_ends};

pub(super) use assigning::{live_count, required};
pub(super) use scoring::rubric_of;

use crate::{
    app::App,
    applications::Application,
    core::{
        actor::Actor,
        calendar::{self, Holidays, ZONE},
        refusal::Refusal,
        roles::Role,
    },
    db::Tx,
    outbox::{self, Mail},
    people::{self, PersonId},
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// The end of the last day of a term: of `days` business days after `from`.
fn term_end(holidays: &Holidays, from: DateTime<Utc>, days: i64) -> DateTime<Utc> {
    let days = u32::try_from(days).unwrap_or_default();
    end_of(holidays.add_business_days(calendar::local_date(from, ZONE), days))
}

/// The first instant after a legal day.
fn end_of(day: NaiveDate) -> DateTime<Utc> {
    calendar::start_of_day(day + chrono::Days::new(1), ZONE)
}

/// Mails the people of the firm, once per `event`, with a link to `path`.
async fn tell_firm(
    tx: &mut Tx,
    application: &Application,
    make: impl Fn(String, crate::core::lang::Lang) -> Mail,
    event: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    for (address, lang) in people::mail_contacts(tx, application.organisation_id.0, Role::Firm).await? {
        let mail = make(address, lang)
            .with("receipt", application.receipt_no.as_deref().unwrap_or_default())
            .with("title", &application.title);
        outbox::mail(tx, mail, event, Some(application.id.0), now).await?;
    }
    Ok(())
}

/// Mails managers about an application, once per `event`.
async fn tell_managers(
    tx: &mut Tx,
    application: &Application,
    make: impl Fn(String, crate::core::lang::Lang) -> Mail,
    event: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    for manager in people::people_with_role(tx, Role::Manager).await?.into_iter().take(20) {
        let mail = make(manager.email, manager.lang)
            .with("title", &application.title)
            .link(format!("/reviews/applications/{}", application.id));
        outbox::mail(tx, mail, event, Some(application.id.0), now).await?;
    }
    Ok(())
}

/// The manager who started a job, as the actor of its rows; refused when they no longer are one.
async fn manager_again(app: &App, person: Uuid) -> Result<Actor, crate::core::refusal::Trouble> {
    let mut tx = app.db.read().await?;
    let managers = people::people_with_role(&mut tx, Role::Manager).await?;
    let found = managers.iter().find(|manager| manager.id == PersonId(person)).ok_or_else(Refusal::not_found)?;
    Ok(Actor { roles: vec![Role::Manager], ..people::actor_of(found, "") })
}
