//! A question to the firm about one field, with a due date. Until it is answered or due the service clock stands still.

use super::{tell_firm, term_end};
use crate::{
    app::App,
    applications::{self, Application, ApplicationId, ApplicationState},
    audit::{self, Record},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        roles::{OwnAct, Role},
    },
    db::once::Once,
    outbox::{self, Mail},
    people::{self, PersonId},
    programmes, reference,
    reviews::{
        AssignmentId, ClarificationId,
        forms::NewQuestion,
        rules::{AssignmentState, Purpose},
        store::{self, Clarification},
    },
};
use chrono::{DateTime, Utc};

/// Whence a question comes.
#[derive(Debug, Clone, Copy)]
pub enum Asking {
    /// A manager, about any application under review.
    Manager(ApplicationId),
    /// A reviewer, about an application they are scoring.
    Reviewer(AssignmentId),
}

/// Asks the firm.
pub async fn ask(app: &App, actor: &Actor, asking: Asking, new: NewQuestion, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "reviews.ask", now).await?.is_some() {
        return Ok(());
    }
    let application = match asking {
        Asking::Manager(id) => applications::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?,
        Asking::Reviewer(id) => {
            let own = store::find_own(&mut tx, actor.id, id).await?.ok_or_else(Refusal::not_found)?;
            if own.state != AssignmentState::Accepted || own.purpose == Purpose::Sample {
                return Err(Refusal::conflict("refusal-state-moved-on").into());
            }
            applications::get(&mut tx, own.application_id).await?
        }
    };
    if application.state != ApplicationState::InReview {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let rules = programmes::rules_at(&mut tx, application.call_id, application.call_version).await?;
    let holidays = reference::holidays(&mut tx).await?;
    let question = Clarification {
        id: ClarificationId::new(),
        application_id: application.id,
        field: new.field,
        question: new.question,
        asked_by: actor.id,
        asked_at: now,
        due_at: term_end(&holidays, now, rules.review.clarification_days),
        answer: None,
        answered_at: None,
    };
    store::insert_clarification(&mut tx, &question).await?;
    // Who scores is nobody's to know: the record names the field and the term only.
    let record = Record::new("clarification", question.id, "clarification_asked")
        .of_case(application.id)
        .with("clarified", question.field)
        .with("until", question.due_at.to_rfc3339());
    audit::record(&mut tx, actor, record, now).await?;
    let make = |to, lang: crate::core::lang::Lang| {
        Mail::new(to, lang, "clarification-asked")
            .with("field", lang.code_word("clarified-field", question.field.as_str()))
            .with("question", &question.question)
            .with("until", crate::core::calendar::local_date(question.due_at, crate::core::calendar::ZONE))
            .link(format!("/clarifications/{}", question.id))
    };
    tell_firm(&mut tx, &application, make, &question.id.to_string(), now).await?;
    tx.commit().await?;
    Ok(())
}

/// The firm answers, once and in time.
pub async fn answer(app: &App, actor: &Actor, id: ClarificationId, text: &str, once: Once) -> Outcome<ApplicationId> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let found = store::find_asked(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    if tx.seen(once, actor.id, "reviews.answer", now).await?.is_some() {
        return Ok(found.application_id);
    }
    actor.may(OwnAct::Draft)?;
    if now >= found.due_at {
        return Err(Refusal::conflict("reviews-refusal-answer-late").into());
    }
    if !store::answer(&mut tx, id, text, actor.id, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let application = applications::get(&mut tx, found.application_id).await?;
    let record = Record::new("clarification", id, "clarification_answered")
        .of_case(application.id)
        .with("clarified", found.field);
    audit::record(&mut tx, actor, record, now).await?;
    tell_asker(&mut tx, &application, &found, now).await?;
    tx.commit().await?;
    Ok(application.id)
}

async fn tell_asker(
    tx: &mut crate::db::Tx,
    application: &Application,
    found: &Clarification,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let Some(asker) = people::find_person(tx, PersonId(found.asked_by)).await? else { return Ok(()) };
    let reviewers = people::people_with_role(tx, Role::Reviewer).await?;
    let reviews = reviewers.iter().any(|reviewer| reviewer.id == asker.id);
    let link = if reviews { "/reviews/mine".to_owned() } else { format!("/reviews/applications/{}", application.id) };
    let mail = Mail::new(asker.email, asker.lang, "clarification-answered")
        .with("receipt", application.receipt_no.as_deref().unwrap_or_default())
        .link(link);
    outbox::mail(tx, mail, &found.id.to_string(), Some(application.id.0), now).await
}
