//! Decisions: by one manager, or by several in order where the amount asks for it. A selection and its commitment in the
//! ledger are one unit of work: what no longer fits the budget or a cap is refused, and nothing of it is stored.

use super::{advising::check_judged, tell_firm, tell_managers};
use crate::{
    app::App,
    applications::{self, Application, ApplicationId, ApplicationState},
    audit::{self, Act, Record},
    core::{
        actor::Actor,
        calendar::{self, ZONE},
        lang::Lang,
        measure::show_milli,
        money::Won,
        refusal::{Outcome, Refusal},
        step::step,
    },
    db::{Tx, once::Once},
    ledger,
    outbox::Mail,
    programmes::{self, CallRules},
    reviews::{
        ProposalId,
        rules::{self, DecisionOutcome, DecisionReason, Ground, PROPOSAL_STEPS, ProposalState, Reason, RestsOn},
        store::{self, Decision, Proposal, ReviewResult},
    },
    vendors,
};
use anyhow::Context;
use chrono::{DateTime, Utc};

/// The reason that somebody gives, and what of the call's rules they say it rests on.
#[derive(Debug, Clone)]
pub struct Why {
    pub reason: String,
    pub rests_on: Vec<RestsOn>,
}

impl From<DecisionReason> for Why {
    fn from(reason: DecisionReason) -> Why {
        Why { reason: reason.to_string(), rests_on: Vec::new() }
    }
}

/// What is to be decided, and what the firm reads about it.
#[derive(Debug, Clone)]
pub(super) struct Wish<'a> {
    pub outcome: DecisionOutcome,
    pub why: Why,
    pub note: &'a str,
}

/// A wish with its reason as it is worded.
#[derive(Debug, Clone)]
pub(super) struct Worded<'a> {
    pub outcome: DecisionOutcome,
    pub reason: Reason,
    pub rests_on: Vec<RestsOn>,
    pub note: &'a str,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    Decided,
    /// Another manager has to confirm.
    Proposed,
}

/// Decides about a reviewed application, or proposes it to the next manager where the amount asks for several.
pub async fn decide(
    app: &App,
    actor: &Actor,
    id: ApplicationId,
    outcome: DecisionOutcome,
    why: impl Into<Why>,
    note: &str,
    once: Once,
) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "reviews.decide", now).await?.is_some() {
        return Ok(());
    }
    take(&mut tx, actor, id, Wish { outcome, why: why.into(), note }, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The result a decision rests on, and what it says against the rules.
pub(super) async fn ground_of(tx: &mut Tx, id: ApplicationId, rules: &CallRules) -> Outcome<(ReviewResult, Ground)> {
    let result = store::result_of(tx, id).await?;
    let result = result.ok_or_else(|| Refusal::conflict("reviews-refusal-not-scored"))?;
    let ground =
        Ground { score_milli: result.score_milli, pass_mark: rules.mark(), below_minimum: !result.below.is_empty() };
    Ok((result, ground))
}

/// The reason as the catalogue words it now, if it may be given on this ground. One that speaks of criteria below their
/// minimum names them by itself.
pub(super) async fn worded<'a>(
    tx: &mut Tx,
    rules: &CallRules,
    (result, ground): (&ReviewResult, Ground),
    wish: Wish<'a>,
) -> Outcome<Worded<'a>> {
    let reason = store::latest_reason(tx, &wish.why.reason).await?;
    let reason = reason.ok_or_else(|| Refusal::unacceptable("reviews-refusal-reason").at("reason"))?;
    rules::check_decision(wish.outcome, &reason, wish.note, ground)?;
    rules::check_rests_on(&reason, &wish.why.rests_on, rules)?;
    let rests_on = match wish.why.rests_on.is_empty() && reason.is(DecisionReason::BelowMinimum) {
        true => result.below.split(',').map(|code| RestsOn::Criterion(code.to_owned())).collect(),
        false => wish.why.rests_on,
    };
    Ok(Worded { outcome: wish.outcome, reason, rests_on, note: wish.note })
}

/// One decision within a unit of work that the caller commits.
pub(super) async fn take(
    tx: &mut Tx,
    actor: &Actor,
    id: ApplicationId,
    wish: Wish<'_>,
    now: DateTime<Utc>,
) -> Outcome<Taken> {
    let application = applications::find(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let rules = programmes::rules_at(tx, application.call_id, application.call_version).await?;
    let (result, ground) = ground_of(tx, id, &rules).await?;
    let wish = worded(tx, &rules, (&result, ground), wish).await?;
    may_decide(tx, actor, &application, now).await?;
    if store::waiting_proposal(tx, id).await?.is_some() {
        return Err(Refusal::conflict("reviews-refusal-proposal-waits").into());
    }
    let approvers = match wish.outcome {
        DecisionOutcome::Rejected => 1,
        DecisionOutcome::Selected | DecisionOutcome::Reserve => rules.review.approvers(application.support_won),
    };
    if approvers > 1 {
        propose(tx, actor, &application, wish, approvers, now).await?;
        return Ok(Taken::Proposed);
    }
    conclude(tx, actor, &application, &rules, &result, wish, now).await?;
    Ok(Taken::Decided)
}

/// Whoever screened, scored or heard the objection does not decide; nor whoever decided before an objection was upheld.
async fn may_decide(tx: &mut Tx, actor: &Actor, application: &Application, now: DateTime<Utc>) -> Outcome<()> {
    audit::take(tx, actor, application.id.0, Act::Selected, now).await?;
    if store::decided_before(tx, application.id, actor.id).await? {
        return Err(Refusal::forbidden("reviews-refusal-decided-before").into());
    }
    check_judged(tx, application.id).await
}

async fn propose(
    tx: &mut Tx,
    actor: &Actor,
    application: &Application,
    wish: Worded<'_>,
    approvers: i64,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let open = matches!(application.state, ApplicationState::InReview | ApplicationState::Reserve);
    let proposal = Proposal {
        id: ProposalId::new(),
        application_id: application.id,
        outcome: wish.outcome,
        reason: wish.reason.code.clone(),
        reason_version: wish.reason.version,
        rests_on: RestsOn::joined(&wish.rests_on),
        note: wish.note.to_owned(),
        amount_won: application.support_won,
        approvers,
        state: ProposalState::Waiting,
        proposed_at: now,
    };
    if !open || !store::insert_proposal(tx, &proposal).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    store::insert_approval(tx, proposal.id, 1, actor.id, now).await?;
    let record = Record::new("application", application.id, "decision_proposed")
        .with("outcome", wish.outcome)
        .with("reason", wish.reason.recorded())
        .with("amount", application.support_won)
        .with("approvers", approvers);
    audit::record(tx, actor, record, now).await?;
    ask_next(tx, application, proposal.id, 2, now).await?;
    Ok(())
}

async fn ask_next(
    tx: &mut Tx,
    application: &Application,
    proposal: ProposalId,
    place: i64,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let make = |to, lang| Mail::new(to, lang, "decision-to-confirm");
    tell_managers(tx, application, make, &format!("{proposal}:{place}"), now).await
}

/// Another manager confirms what was proposed. The last one's confirmation is the decision; two places are never one
/// person's, as the database itself keeps.
pub async fn confirm(app: &App, actor: &Actor, id: ApplicationId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "reviews.confirm", now).await?.is_some() {
        return Ok(());
    }
    applications::lock(&mut tx, id).await?;
    let application = applications::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let proposal = store::waiting_proposal(&mut tx, id).await?;
    let proposal = proposal.ok_or_else(|| Refusal::conflict("refusal-state-moved-on"))?;
    let approved = store::approvals(&mut tx, proposal.id).await?;
    if approved.iter().any(|approval| approval.person_id == actor.id) {
        return Err(Refusal::forbidden("reviews-refusal-approved-already").into());
    }
    may_decide(&mut tx, actor, &application, now).await?;
    let place = approved.len() as i64 + 1;
    if !store::insert_approval(&mut tx, proposal.id, place, actor.id, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let record =
        Record::new("application", id, "decision_confirmed").with("place", place).with("of", proposal.approvers);
    audit::record(&mut tx, actor, record, now).await?;
    if place < proposal.approvers {
        ask_next(&mut tx, &application, proposal.id, place + 1, now).await?;
    } else {
        let step = step(PROPOSAL_STEPS, "confirm", proposal.state)?;
        if !store::end_proposal(&mut tx, proposal.id, step, "", now).await? {
            return Err(Refusal::conflict("refusal-state-moved-on").into());
        }
        let rules = programmes::rules_at(&mut tx, application.call_id, application.call_version).await?;
        let (result, ground) = ground_of(&mut tx, id, &rules).await?;
        // As it was worded when it was proposed: that is what the others confirmed.
        let reason = store::reason_at(&mut tx, &proposal.reason, proposal.reason_version).await?;
        let reason = reason.context("the reason of a proposal")?;
        rules::check_decision(proposal.outcome, &reason, &proposal.note, ground)?;
        let rests_on = RestsOn::several(&proposal.rests_on);
        let wish = Worded { outcome: proposal.outcome, reason, rests_on, note: &proposal.note };
        conclude(&mut tx, actor, &application, &rules, &result, wish, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// A manager does not agree with what was proposed: the application waits for its decision again.
pub async fn refuse_proposal(app: &App, actor: &Actor, id: ApplicationId, note: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "reviews.refuse_proposal", now).await?.is_some() {
        return Ok(());
    }
    let application = applications::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let proposal = store::waiting_proposal(&mut tx, id).await?;
    let proposal = proposal.ok_or_else(|| Refusal::conflict("refusal-state-moved-on"))?;
    let step = step(PROPOSAL_STEPS, "refuse", proposal.state)?;
    if !store::end_proposal(&mut tx, proposal.id, step, note, now).await? {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let record =
        Record::new("application", id, "proposal_refused").with("outcome", proposal.outcome).with("note", note);
    audit::record(&mut tx, actor, record, now).await?;
    let make = |to, lang| Mail::new(to, lang, "decision-not-confirmed").with("note", note);
    tell_managers(&mut tx, &application, make, &proposal.id.to_string(), now).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes the step, writes the decision down, commits the money, sends the letter.
pub(super) async fn conclude(
    tx: &mut Tx,
    actor: &Actor,
    application: &Application,
    rules: &CallRules,
    result: &ReviewResult,
    wish: Worded<'_>,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let selected = wish.outcome == DecisionOutcome::Selected;
    if let (true, Some(vendor)) = (selected, application.vendor_id) {
        vendors::check_takes_new(tx, vendor, calendar::local_date(now, ZONE)).await?;
    }
    let decision = Decision {
        id: crate::core::ids::new_uuid(),
        application_id: application.id,
        call_version: application.call_version,
        outcome: wish.outcome,
        score_milli: result.score_milli,
        rank: store::rank_of(tx, result).await?,
        amount_won: if selected { application.support_won } else { Won::ZERO },
        reason: wish.reason.code.clone(),
        reason_version: wish.reason.version,
        rests_on: RestsOn::joined(&wish.rests_on),
        note: wish.note.to_owned(),
        decided_by: actor.person(),
        decided_at: now,
        round: result.round,
    };
    // The step comes first: of two decisions about one application the second waits here and finds it moved on.
    let step = if actor.is_system() && selected { "promote" } else { wish.outcome.step() };
    applications::take_step(tx, actor, application.id, step, wish.note, now).await?;
    // Once more: an answer that arrives in this moment has waited for that step, or it for the answer.
    check_judged(tx, application.id).await?;
    store::insert_decision(tx, &decision).await?;
    if selected {
        commit(tx, actor, application, rules, &decision, now).await?;
    }
    write_down(tx, actor, application, rules, (&decision, &wish), now).await
}

/// Commits the money of a selection, out of the budget and every cap that it counts against.
pub(super) async fn commit(
    tx: &mut Tx,
    actor: &Actor,
    application: &Application,
    rules: &CallRules,
    decision: &Decision,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let case = applications::case_of(tx, application).await?;
    let (firm, vendor) = (application.organisation_id, application.vendor_id.map(|vendor| vendor.0));
    let caps = programmes::caps_of(tx, application.call_id, firm, vendor, rules, application.place()).await?;
    ledger::commit(tx, actor, &case, &caps, decision.amount_won, decision.id, now).await
}

/// The record of a decision, and its letter to the firm in the reader's language.
async fn write_down(
    tx: &mut Tx,
    actor: &Actor,
    application: &Application,
    rules: &CallRules,
    (decision, wish): (&Decision, &Worded<'_>),
    now: DateTime<Utc>,
) -> Outcome<()> {
    let names = |lang| -> Vec<&str> { wish.rests_on.iter().filter_map(|one| one.name(rules, lang)).collect() };
    let record = Record::new("decision", decision.id, "decision_taken")
        .of_case(application.id)
        .with("outcome", decision.outcome)
        .with("reason", wish.reason.recorded())
        .with("rests_on", names(Lang::Ko).join(", "))
        .with("score", show_milli(decision.score_milli))
        .with("rank", decision.rank)
        .with("amount", decision.amount_won);
    audit::record(tx, actor, record, now).await?;
    let make = |to, lang: Lang| {
        let reason = wish.reason.name(lang);
        let reason = match names(lang).join(", ") {
            on if on.is_empty() => reason.to_owned(),
            on => format!("{reason} ({on})"),
        };
        Mail::new(to, lang, decision.outcome.letter())
            .with("score", show_milli(decision.score_milli))
            .with("reason", reason)
            .with("note", &decision.note)
            .link(format!("/decisions/{}", application.id))
    };
    tell_firm(tx, application, make, &decision.id.to_string(), now).await?;
    Ok(())
}
