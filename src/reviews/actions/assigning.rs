//! Panels: who is asked, what they declare, what the records show against them, and closing with a quorum.

use super::{scoring, tell_managers};
use crate::{
    app::App,
    applications::{self, Application, ApplicationId, ApplicationState},
    audit::{self, Record},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal, Trouble},
        step::step,
    },
    db::{Tx, once::Once},
    outbox::{self, Mail},
    people::{self, PersonId},
    programmes::{self, CallId, CallRules, SelectionMode},
    reviews::{
        AssignmentId,
        panel::{self, Candidate},
        rules::{self, AssignmentState, Conflict, Purpose},
        store::{self, Assignment},
    },
};
use anyhow::Context;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The kind of the job that assigns panels to all who wait in a call.
pub const ASSIGN_JOB: &str = "assign_panels";
/// Applications that one run of it takes up.
const ASSIGNED_AT_ONCE: i64 = 25;

/// Assigns the chosen reviewers, so that the application has as many as its call wants; the review begins with it.
pub async fn assign(app: &App, actor: &Actor, id: ApplicationId, reviewers: Vec<PersonId>, once: Once) -> Outcome<()> {
    let chosen: Vec<Uuid> = reviewers.into_iter().map(|person| person.0).collect();
    put_on_panel(app, actor, id, once, |candidates, missing| {
        if i64::try_from(chosen.len()).ok() != Some(missing) {
            return Err(Refusal::unacceptable("reviews-refusal-panel-size").at("reviewer").with("missing", missing));
        }
        let find = |person: &Uuid| candidates.iter().find(|candidate| candidate.person == *person).cloned();
        let found: Vec<Candidate> = chosen.iter().filter_map(find).collect();
        match found.iter().find(|candidate| !candidate.is_free()) {
            Some(candidate) => {
                Err(Refusal::conflict("reviews-refusal-not-free").at("reviewer").with("name", &candidate.name))
            }
            None if found.len() == chosen.len() => Ok(found),
            None => Err(Refusal::unacceptable("reviews-choose-reviewers").at("reviewer")),
        }
    })
    .await
}

/// Assigns whoever knows the kind of use, reads its language, has room, and no conflict that the records show.
pub async fn assign_by_load(app: &App, actor: &Actor, id: ApplicationId, once: Once) -> Outcome<()> {
    put_on_panel(app, actor, id, once, fittest).await
}

pub(super) fn fittest(candidates: &[Candidate], missing: i64) -> Result<Vec<Candidate>, Refusal> {
    let wanted = usize::try_from(missing).unwrap_or(0);
    let fit: Vec<Candidate> = candidates.iter().filter(|candidate| candidate.is_fit()).cloned().collect();
    if fit.len() < wanted {
        return Err(Refusal::conflict("reviews-refusal-too-few").at("reviewer").with("free", fit.len()));
    }
    Ok(fit.into_iter().take(wanted).collect())
}

async fn put_on_panel(
    app: &App,
    actor: &Actor,
    id: ApplicationId,
    once: Once,
    choose: impl FnOnce(&[Candidate], i64) -> Result<Vec<Candidate>, Refusal>,
) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "reviews.assign", now).await?.is_some() {
        return Ok(());
    }
    seat(app, &mut tx, actor, id, now, choose).await?;
    tx.commit().await?;
    Ok(())
}

/// Readers that an application needs in its round: those of its call, and one more where their totals lay far apart.
pub(crate) fn required(rules: &CallRules, wide: bool) -> i64 {
    rules.reviewers + i64::from(wide)
}

async fn seat(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    id: ApplicationId,
    now: DateTime<Utc>,
    choose: impl FnOnce(&[Candidate], i64) -> Result<Vec<Candidate>, Refusal>,
) -> Outcome<()> {
    applications::lock(tx, id).await?;
    let application = applications::find(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let rules = programmes::rules_at(tx, application.call_id, application.call_version).await?;
    if rules.selection == SelectionMode::Lottery {
        return Err(Refusal::conflict("reviews-refusal-drawn-call").into());
    }
    if application.state == ApplicationState::Eligible {
        applications::take_step(tx, actor, id, "begin_review", "", now).await?;
    } else if application.state != ApplicationState::InReview {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let round = store::round_of(tx, id).await?;
    let wide = store::wide_spread(tx, id, round).await?.is_some();
    let missing = required(&rules, wide) - live_count(&store::assignments(tx, id).await?, round);
    if missing <= 0 || store::result_of(tx, id).await?.is_some() {
        return Err(Refusal::conflict("reviews-refusal-panel-full").into());
    }
    let candidates = panel::candidates(tx, &app.seal, &application, now).await?;
    let purpose = if wide { Purpose::Further } else { Purpose::Panel };
    place(tx, actor, &application, &rules, choose(&candidates, missing)?, (purpose, round), now).await
}

/// Writes assignments down and tells everybody about theirs.
pub(super) async fn place(
    tx: &mut Tx,
    actor: &Actor,
    application: &Application,
    rules: &CallRules,
    mut chosen: Vec<Candidate>,
    seat: (Purpose, i64),
    now: DateTime<Utc>,
) -> Outcome<()> {
    // One order for everybody: each assignment counts on its reviewer's load.
    chosen.sort_by_key(|reviewer| reviewer.person);
    for reviewer in chosen {
        if !store::insert_assignment(tx, application.id, reviewer.person, seat, actor.id, now).await? {
            return Err(Refusal::conflict("reviews-refusal-not-free")
                .at("reviewer")
                .with("name", reviewer.name)
                .into());
        }
        let record = Record::new("application", application.id, "reviewer_assigned")
            .with("reviewer", &reviewer.name)
            .with("read_as", seat.0);
        audit::record(tx, actor, record, now).await?;
        if let Some(person) = people::find_person(tx, PersonId(reviewer.person)).await? {
            // Who is not to know the firm reads no title: it may name it.
            let receipt = application.receipt_no.clone().unwrap_or_default();
            let title = if rules.review.hide_firm { receipt } else { application.title.clone() };
            let mail =
                Mail::new(person.email, person.lang, "review-assigned").with("title", title).link("/reviews/mine");
            outbox::mail(tx, mail, &application.id.to_string(), Some(application.id.0), now).await?;
        }
    }
    Ok(())
}

/// Readers of a round who have neither given up nor been let go, blind second readers apart.
pub(crate) fn live_count(assignments: &[Assignment], round: i64) -> i64 {
    let live = |assignment: &&Assignment| {
        assignment.round == round
            && assignment.purpose != Purpose::Sample
            && !matches!(assignment.state, AssignmentState::Recused | AssignmentState::Released)
    };
    i64::try_from(assignments.iter().filter(live).count()).unwrap_or(i64::MAX)
}

/// Asks for panels for everybody who waits in a call: a job goes from one to the next.
pub async fn assign_all(app: &App, actor: &Actor, call: CallId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "reviews.assign_all", now).await?.is_some() {
        return Ok(());
    }
    programmes::find_call(&mut tx, call).await?.ok_or_else(Refusal::not_found)?;
    let payload = serde_json::json!({ "call": call, "by": actor.id });
    outbox::job(&mut tx, ASSIGN_JOB, &format!("{ASSIGN_JOB}:{}", once.0), payload, None, now).await?;
    audit::record(&mut tx, actor, Record::new("call", call, "panels_asked"), now).await?;
    tx.commit().await?;
    Ok(())
}

/// Goes on assigning panels in a call. For the worker: whoever was assigned before is not touched again.
pub async fn continue_assigning(app: &App, payload: &serde_json::Value) -> anyhow::Result<()> {
    let call: CallId = serde_json::from_value(payload["call"].clone()).context("the call's id")?;
    let by: Uuid = serde_json::from_value(payload["by"].clone()).context("the manager's id")?;
    let actor = super::manager_again(app, by).await?;
    let mut tx = app.db.read().await?;
    let waiting = store::eligible(&mut tx, call, ASSIGNED_AT_ONCE).await?;
    drop(tx);
    for id in &waiting {
        let now = app.clock.now();
        let mut tx = app.db.write().await?;
        match seat(app, &mut tx, &actor, *id, now, fittest).await {
            Ok(()) => tx.commit().await?,
            // Nobody is free any more: what is left waits for more reviewers.
            Err(Trouble::Refused(refusal)) if refusal.key == "reviews-refusal-too-few" => return Ok(()),
            Err(Trouble::Refused(refusal)) if refusal.key == "refusal-state-moved-on" => {}
            Err(trouble) => return Err(trouble.into()),
        }
    }
    if let (Some(last), true) = (waiting.last(), waiting.len() as i64 == ASSIGNED_AT_ONCE) {
        let now = app.clock.now();
        let mut tx = app.db.write().await?;
        let payload = serde_json::json!({ "call": call, "by": by });
        outbox::job(&mut tx, ASSIGN_JOB, &format!("{ASSIGN_JOB}:{call}:{last}"), payload, None, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// One's own assignment, if nothing in the records has come to stand against it: with a conflict that shows now, all
/// access ends at once and managers are told.
pub async fn open_own(app: &App, actor: &Actor, id: AssignmentId) -> Outcome<Assignment> {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let assignment = store::find_own(&mut tx, actor.id, id).await?.ok_or_else(Refusal::not_found)?;
    if assignment.state != AssignmentState::Accepted {
        return Ok(assignment);
    }
    let application = applications::get(&mut tx, assignment.application_id).await?;
    let Some(seen) = panel::conflict_of(&mut tx, &app.seal, &application, actor.id, now).await? else {
        return Ok(assignment);
    };
    drop(tx);
    let mut tx = app.db.write().await?;
    if recuse(&mut tx, actor, &application, &assignment, (None, Some(seen)), now).await? {
        tx.commit().await?;
    }
    Err(Refusal::not_found().into())
}

/// A reviewer says whether there is a conflict of interest. With one, the application is closed to them.
pub async fn declare(app: &App, actor: &Actor, id: AssignmentId, conflict: Option<String>, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "reviews.declare", now).await?.is_some() {
        return Ok(());
    }
    let assignment = store::find_own(&mut tx, actor.id, id).await?.ok_or_else(Refusal::not_found)?;
    let application = applications::get(&mut tx, assignment.application_id).await?;
    let declared = match conflict {
        Some(reason) => recuse(&mut tx, actor, &application, &assignment, (Some(reason), None), now).await?,
        None => {
            let step = step(rules::STEPS, "accept", assignment.state)?;
            if let Some(seen) = panel::conflict_of(&mut tx, &app.seal, &application, actor.id, now).await? {
                let why = actor.lang.code_word("conflict", seen.as_str());
                return Err(Refusal::forbidden("reviews-refusal-conflict-seen").at("conflict").with("why", why).into());
            }
            let record = Record::new("assignment", id, "conflict_declared").of_case(application.id);
            audit::record(&mut tx, actor, record.with("state", step.to), now).await?;
            store::declare(&mut tx, id, step.from, step.to, None, None, now).await?
        }
    };
    if !declared {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    tx.commit().await?;
    Ok(())
}

/// Ends an assignment for a conflict that was said or seen; false when somebody else moved it first.
async fn recuse(
    tx: &mut Tx,
    actor: &Actor,
    application: &Application,
    assignment: &Assignment,
    (said, seen): (Option<String>, Option<Conflict>),
    now: DateTime<Utc>,
) -> Outcome<bool> {
    let step = step(rules::STEPS, "recuse", assignment.state)?;
    if !store::declare(tx, assignment.id, step.from, step.to, said.clone(), seen, now).await? {
        return Ok(false);
    }
    let kind = if seen.is_some() { "conflict_seen" } else { "conflict_declared" };
    let record = Record::new("assignment", assignment.id, kind)
        .of_case(application.id)
        .with("state", step.to)
        .with("conflict", seen.map(|seen| seen.to_string()).unwrap_or_default())
        .with("note", said.unwrap_or_default());
    audit::record(tx, actor, record, now).await?;
    let make = |to, lang| Mail::new(to, lang, "review-recused");
    tell_managers(tx, application, make, &assignment.id.to_string(), now).await?;
    Ok(true)
}

/// Ends a review with the scores that are locked, at least as many as the quorum; whoever has not scored is let go.
pub async fn close_panel(app: &App, actor: &Actor, id: ApplicationId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "reviews.close_panel", now).await?.is_some() {
        return Ok(());
    }
    applications::lock(&mut tx, id).await?;
    let application = applications::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let rules = programmes::rules_at(&mut tx, application.call_id, application.call_version).await?;
    if application.state != ApplicationState::InReview || store::result_of(&mut tx, id).await?.is_some() {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let round = store::round_of(&mut tx, id).await?;
    let quorum = rules.review.quorum;
    let locked = store::locked_totals(&mut tx, id, round).await?;
    if (locked.len() as i64) < quorum {
        let refusal = Refusal::conflict("reviews-refusal-no-quorum").with("locked", locked.len());
        return Err(refusal.with("quorum", quorum).into());
    }
    let mut open: Vec<Assignment> = store::assignments(&mut tx, id).await?;
    open.retain(|assignment| {
        assignment.round == round
            && assignment.purpose != Purpose::Sample
            && matches!(assignment.state, AssignmentState::Proposed | AssignmentState::Accepted)
    });
    open.sort_by_key(|assignment| assignment.reviewer_id);
    for assignment in &open {
        let step = step(rules::STEPS, "release", assignment.state)?;
        store::declare(&mut tx, assignment.id, step.from, step.to, None, None, now).await?;
    }
    let record = Record::new("application", id, "panel_closed").with("locked", locked.len()).with("quorum", quorum);
    audit::record(&mut tx, actor, record, now).await?;
    scoring::finish(app, &mut tx, actor, &application, &rules, (round, locked), now).await?;
    tx.commit().await?;
    Ok(())
}
