//! One application before a manager or auditor: panel, questions, decision, confirmation, undo.

use super::{Said, budget_left, cap_left, clock_of, content_of, envelope_lines};
use crate::{
    app::App,
    applications::{self, ApplicationId},
    audit::{self, Act},
    core::{
        actor::Actor,
        lang::Lang,
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    db::Tx,
    programmes::{self, CallRules},
    reviews::{
        actions::{self, Asking},
        forms::*,
        panel,
        store::{self, Assignment},
        views::*,
    },
    web::{Answer, Form, Posted, Visitor, redirect_with, show_form},
};
use actix_web::web;

async fn case_page(app: &App, visitor: &Visitor, actor: &Actor, id: ApplicationId, form: Form) -> Answer {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let application = applications::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let rules = programmes::rules_at(&mut tx, application.call_id, application.call_version).await?;
    let call = programmes::get_call(&mut tx, application.call_id).await?;
    let programme = programmes::get_programme(&mut tx, call.programme_id).await?;
    let round = store::round_of(&mut tx, id).await?;
    let assignments = store::assignments(&mut tx, id).await?;
    let result = store::result_of(&mut tx, id).await?;
    let wide = store::wide_spread(&mut tx, id, round).await?;
    let required = actions::required(&rules, wide.is_some());
    let missing = if result.is_some() { 0 } else { required - actions::live_count(&assignments, round) };
    let is_manager = actor.is(Role::Manager);
    let candidates = match is_manager && missing > 0 {
        true => panel::candidates(&mut tx, &app.seal, &application, now).await?,
        false => Vec::new(),
    };
    let scores = store::visible_scores(&mut tx, actor.id, id, result.is_some()).await?;
    let rank = match &result {
        Some(result) => store::rank_of(&mut tx, result).await?,
        None => 0,
    };
    let cap = cap_left(&mut tx, programme.firm_cap_won, application.organisation_id.0, programme.id.0).await?;
    let decision = store::latest_decision(&mut tx, id).await?;
    let undo_until = match &decision {
        Some(decision) if result.is_some() => {
            Some(actions::undo_ends(&mut tx, &application, decision).await?).filter(|until| now < *until)
        }
        _ => None,
    };
    let said = match &decision {
        Some(decision) => Some(Said::of_decision(&mut tx, decision, &rules, visitor.lang).await?),
        None => None,
    };
    let content = content_of(&mut tx, visitor, application, now).await?;
    let decided_at = decision.as_ref().map(|one| one.decided_at);
    let (clock, clock_stands) =
        clock_of(&mut tx, &content.application, &content.clarifications, decided_at, now).await?;
    let page =
        visitor.page_titled(content.application.title.clone()).back_to("/reviews", "reviews-title").with_form(&form);
    let view = CasePage {
        advice: advice_line(app, &mut tx, actor, id, result.is_some()).await?,
        sheets: Sheet::group(&page, &rules.rubric, &scores),
        page,
        form,
        locked: store::locked_totals(&mut tx, id, round).await?.len() as i64,
        wide,
        seats: seats(&mut tx, id, assignments).await?,
        missing,
        candidates,
        result,
        rank,
        room: Room {
            budget_left: budget_left(&mut tx, call.id).await?,
            cap_left: cap,
            envelopes: envelope_lines(&mut tx, rules.envelopes_at(call.id.0, content.application.place()), now).await?,
        },
        clock,
        clock_stands,
        decision,
        undo_until,
        reasons: store::reasons(&mut tx).await?,
        said,
        pending: pending(&mut tx, actor, (id, &rules), visitor.lang).await?,
        objection: store::objection_of(&mut tx, id).await?,
        rules,
        is_manager,
        clash: audit::clash(&mut tx, actor, id.0, Act::Selected).await?,
        decided_before: store::decided_before(&mut tx, id, actor.id).await?,
        proof_needed: actor.freshly_proven(now).is_err(),
        history: audit::history(&mut tx, id).await?,
        content,
    };
    show_form(&view, &view.form)
}

async fn advice_line(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    id: ApplicationId,
    scored: bool,
) -> sqlx::Result<Option<AdviceLine>> {
    let shown = match app.assistant.is_some() && scored {
        true => !store::still_scores(tx, actor.id, id).await?,
        false => !store::advices_of(tx, actor.id, id).await?.is_empty(),
    };
    if !shown {
        return Ok(None);
    }
    Ok(Some(AdviceLine { waits: store::advice_waits(tx, id).await? }))
}

async fn seats(tx: &mut Tx, id: ApplicationId, assignments: Vec<Assignment>) -> sqlx::Result<Vec<Seat>> {
    let names = store::assigned_names(tx, id).await?;
    let seat = |assignment: Assignment| {
        let name = names.iter().find(|named| named.id == assignment.reviewer_id);
        Seat { name: name.map(|named| named.name.clone()).unwrap_or_default(), assignment }
    };
    Ok(assignments.into_iter().map(seat).collect())
}

async fn pending(
    tx: &mut Tx,
    actor: &Actor,
    (id, rules): (ApplicationId, &CallRules),
    lang: Lang,
) -> sqlx::Result<Option<Pending>> {
    let Some(proposal) = store::waiting_proposal(tx, id).await? else { return Ok(None) };
    let approvals = store::approvals(tx, proposal.id).await?;
    let is_mine = approvals.iter().any(|approval| approval.person_id == actor.id);
    let why = (proposal.reason.as_str(), proposal.reason_version, proposal.rests_on.as_str());
    let said = Said::of(tx, why, rules, lang).await?;
    Ok(Some(Pending { proposal, approvals, is_mine, said }))
}

/// Back to the case with a sentence, or the page again with what was wrong.
async fn back(
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    id: ApplicationId,
    posted: &Posted,
    done: Outcome<&'static str>,
) -> Answer {
    match done {
        Ok(flash) => Ok(redirect_with(format!("/reviews/applications/{id}"), flash)),
        Err(trouble) => case_page(app, visitor, actor, id, posted.again(visitor, "reviews", trouble)?).await,
    }
}

pub async fn show(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ApplicationId>) -> Answer {
    case_page(&app, &visitor, &actor, *id, Form::new(&visitor, "reviews")).await
}

pub async fn assign(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<&'static str> = async {
        match posted.read::<AssignForm>()?.parse()? {
            Choosing::ByLoad => actions::assign_by_load(&app, &actor, *id, posted.once).await?,
            Choosing::These(people) => actions::assign(&app, &actor, *id, people, posted.once).await?,
        }
        Ok("reviews-flash-assigned")
    }
    .await;
    back(&app, &visitor, &actor, *id, &posted, done).await
}

pub async fn close(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<&'static str> = async {
        posted.press()?;
        actions::close_panel(&app, &actor, *id, posted.once).await?;
        Ok("reviews-flash-panel-closed")
    }
    .await;
    back(&app, &visitor, &actor, *id, &posted, done).await
}

pub async fn ask(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<&'static str> = async {
        let new = posted.read::<AskForm>()?.parse()?;
        actions::ask(&app, &actor, Asking::Manager(*id), new, posted.once).await?;
        Ok("reviews-flash-asked")
    }
    .await;
    back(&app, &visitor, &actor, *id, &posted, done).await
}

pub async fn decide(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<&'static str> = async {
        let new = posted.read::<DecisionForm>()?.parse()?;
        actions::decide(&app, &actor, *id, new.outcome, new.why, &new.note, posted.once).await?;
        Ok("reviews-flash-decided")
    }
    .await;
    back(&app, &visitor, &actor, *id, &posted, done).await
}

pub async fn confirm(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<&'static str> = async {
        posted.press()?;
        actions::confirm(&app, &actor, *id, posted.once).await?;
        Ok("reviews-flash-confirmed")
    }
    .await;
    back(&app, &visitor, &actor, *id, &posted, done).await
}

pub async fn refuse(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<&'static str> = async {
        let why = posted.read::<ReasonForm>()?.parse()?;
        actions::refuse_proposal(&app, &actor, *id, &why, posted.once).await?;
        Ok("reviews-flash-proposal-refused")
    }
    .await;
    back(&app, &visitor, &actor, *id, &posted, done).await
}

pub async fn undo(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<&'static str> = async {
        let why = posted.read::<ReasonForm>()?.parse()?;
        actions::undo(&app, &actor, *id, &why, posted.once).await?;
        Ok("reviews-flash-undone")
    }
    .await;
    back(&app, &visitor, &actor, *id, &posted, done).await
}
