//! An objection: once, within its term, and heard by somebody who neither screened, scored nor decided.

use super::{end_of, tell_firm, tell_managers};
use crate::{
    app::App,
    applications::{self, Application, ApplicationId, ApplicationState},
    audit::{self, Act, Record},
    core::{
        actor::Actor,
        calendar::{self, ZONE},
        refusal::{Outcome, Refusal},
        roles::{OwnAct, Role},
        step::step,
    },
    db::{Tx, once::Once},
    outbox::Mail,
    programmes, reference,
    reviews::{
        ObjectionId,
        rules::{OBJECTION_STEPS, ObjectionState},
        store::{self, Objection},
    },
};
use chrono::{DateTime, Days, Utc};

/// Until when the firm may object to what was last decided about its application: the days of the call after the notice,
/// to the end of a business day (Civil Act art. 161). None where there is nothing to object to.
pub async fn objection_ends(tx: &mut Tx, application: &Application) -> sqlx::Result<Option<DateTime<Utc>>> {
    if !matches!(application.state, ApplicationState::Rejected | ApplicationState::Ineligible) {
        return Ok(None);
    }
    let rules = programmes::rules_at(tx, application.call_id, application.call_version).await?;
    let days = u64::try_from(rules.objection_days).unwrap_or_default();
    let last = calendar::local_date(application.state_since, ZONE) + Days::new(days);
    Ok(Some(end_of(reference::holidays(tx).await?.on_or_after(last))))
}

/// The firm objects.
pub async fn file_objection(
    app: &App,
    actor: &Actor,
    id: ApplicationId,
    grounds: &str,
    once: Once,
) -> Outcome<ObjectionId> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let application = applications::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    if let Some(first) = tx.seen(once, actor.id, "reviews.object", now).await? {
        return Ok(first.parse().map_err(anyhow::Error::from)?);
    }
    if !actor.is(Role::Firm) {
        return Err(Refusal::not_found().into());
    }
    actor.may(OwnAct::Submit)?;
    let ends = objection_ends(&mut tx, &application).await?;
    let ends = ends.ok_or_else(|| Refusal::conflict("reviews-refusal-nothing-to-object"))?;
    if now >= ends {
        return Err(Refusal::conflict("reviews-refusal-objection-late").into());
    }
    let decision = match application.state {
        ApplicationState::Rejected => store::latest_decision(&mut tx, id).await?.map(|decision| decision.id),
        _ => None,
    };
    let objection = Objection {
        id: ObjectionId::new(),
        application_id: id,
        call_id: application.call_id,
        decision_id: decision,
        state: ObjectionState::Filed,
        grounds: grounds.to_owned(),
        filed_at: now,
        heard_at: None,
        finding: String::new(),
        title: String::new(),
        firm_name: String::new(),
        receipt_no: None,
    };
    if !store::insert_objection(&mut tx, &objection, actor.id).await? {
        return Err(Refusal::conflict("reviews-refusal-objected-once").into());
    }
    audit::record(&mut tx, actor, Record::new("objection", objection.id, "objection_filed").of_case(id), now).await?;
    let make = |to, lang| Mail::new(to, lang, "objection-filed");
    tell_managers(&mut tx, &application, make, &objection.id.to_string(), now).await?;
    tx.remember(once, objection.id).await?;
    tx.commit().await?;
    Ok(objection.id)
}

/// What a hearing finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    Dismissed,
    /// Others decide anew on the same scores; of an ineligible application others screen anew.
    DecideAnew,
    /// Others score anew.
    ScoreAnew,
}

/// Hears an objection. Upheld, the application goes back to where others take it up.
pub async fn hear_objection(
    app: &App,
    actor: &Actor,
    id: ObjectionId,
    finding: Finding,
    note: &str,
    once: Once,
) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "reviews.hear", now).await?.is_some() {
        return Ok(());
    }
    let objection = store::find_objection(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let case = objection.application_id;
    applications::lock(&mut tx, case).await?;
    let application = applications::get(&mut tx, case).await?;
    let name = match finding {
        Finding::Dismissed => "dismiss",
        Finding::DecideAnew => "decide_anew",
        Finding::ScoreAnew => "score_anew",
    };
    let step = step(OBJECTION_STEPS, name, objection.state)?;
    if finding == Finding::ScoreAnew && objection.decision_id.is_none() {
        return Err(Refusal::unacceptable("reviews-refusal-not-scored-before").at("finding").into());
    }
    audit::take(&mut tx, actor, case.0, Act::ObjectionHeard, now).await?;
    if !store::hear(&mut tx, id, step, note, actor.id, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    if finding != Finding::Dismissed {
        applications::take_step(&mut tx, actor, case, "hear_anew", note, now).await?;
    }
    if finding == Finding::ScoreAnew {
        store::end_result(&mut tx, case).await?;
    }
    let record =
        Record::new("objection", id, "objection_heard").of_case(case).with("finding", step.to).with("note", note);
    audit::record(&mut tx, actor, record, now).await?;
    let make = |to, lang: crate::core::lang::Lang| {
        Mail::new(to, lang, "objection-heard")
            .with("finding", lang.code_word("objection-state", step.to.as_str()))
            .with("note", note)
            .link(format!("/decisions/{case}"))
    };
    tell_firm(&mut tx, &application, make, &id.to_string(), now).await?;
    tx.commit().await?;
    Ok(())
}
