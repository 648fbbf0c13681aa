//! Doors of reviews: the manager's queue, panel, ranking and decision; the reviewer's own assignments.

use super::{AssignmentId, actions, forms::*, panel, rules::*, store, views::*};
use crate::{
    app::App,
    applications::{self, Application, ApplicationId},
    audit::{self, Act},
    core::{
        actor::Actor,
        money::Won,
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    db::{Tx, page::Cursor},
    ledger::{self, Account, AccountKind},
    organisations,
    programmes::{self, CallId},
    reference, vendors,
    web::{
        Answer, Choice, Door, Form, Need, Posted, Visitor,
        list::ListView,
        page::MenuEntry,
        redirect_with, show, show_form,
        simple::{Field, FormPage},
    },
};
use actix_web::web;

const MANAGER: Need = Need::AnyOf(&[Role::Manager]);
const SEES_REVIEWS: Need = Need::AnyOf(&[Role::Manager, Role::Auditor]);
const REVIEWER: Need = Need::AnyOf(&[Role::Reviewer]);

pub fn doors() -> Vec<Door> {
    vec![
        Door::get("/reviews", SEES_REVIEWS, queue),
        Door::get("/reviews/mine", REVIEWER, mine),
        Door::get("/reviews/ranking", SEES_REVIEWS, ranking),
        Door::get("/reviews/applications/{id}", SEES_REVIEWS, case),
        Door::post("/reviews/applications/{id}/panel", MANAGER, assign),
        Door::post("/reviews/applications/{id}/decision", MANAGER, decide),
        Door::get("/reviews/{id}", REVIEWER, assignment),
        Door::get("/reviews/{id}/conflict", REVIEWER, show_conflict),
        Door::post("/reviews/{id}/conflict", REVIEWER, declare),
        Door::post("/reviews/{id}/scores", REVIEWER, score),
    ]
}

pub fn menu() -> Vec<MenuEntry> {
    vec![
        MenuEntry { path: "/reviews/mine", key: "reviews-mine-title", roles: &[Role::Reviewer] },
        MenuEntry { path: "/reviews", key: "reviews-title", roles: &[Role::Manager, Role::Auditor] },
    ]
}

#[derive(serde::Deserialize)]
struct ListQuery {
    #[serde(default)]
    call: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    after: String,
}

async fn queue(app: web::Data<App>, visitor: Visitor, query: web::Query<ListQuery>) -> Answer {
    let after = Cursor::from_text(&query.after);
    let filter = store::QueueFilter { call: query.call.parse().ok(), state: query.state.parse().ok() };
    let mut tx = app.db.read().await?;
    let paged = store::queue(&mut tx, filter, after).await?;
    let calls = store::calls(&mut tx).await?;
    let page = visitor.page("reviews-title");
    let filters = [("call", query.call.as_str()), ("state", query.state.as_str())];
    let list = ListView::new(&page, &paged, "/reviews", &filters, after);
    show(&QueuePage { page, rows: paged.rows, list, calls, call: query.call.clone(), state: query.state.clone() })
}

async fn content_of(tx: &mut Tx, visitor: &Visitor, application: Application) -> sqlx::Result<Content> {
    let firm = organisations::get(tx, application.organisation_id).await?;
    let vendor_name = match application.vendor_id {
        Some(id) => {
            let vendor = vendors::get(tx, id).await?;
            organisations::get(tx, vendor.organisation_id).await?.legal_name
        }
        None => String::new(),
    };
    let cases = reference::use_cases(tx).await?;
    let use_case = cases.iter().find(|case| Some(&case.code) == application.use_case.as_ref());
    Ok(Content {
        firm_name: firm.legal_name,
        vendor_name,
        use_case: use_case.map(|case| case.name(visitor.lang).to_owned()).unwrap_or_default(),
        indicators: applications::indicators(tx, application.id).await?,
        costs: applications::costs(tx, application.id).await?,
        application,
    })
}

async fn cap_left(tx: &mut Tx, cap: Won, firm: uuid::Uuid, programme: uuid::Uuid) -> sqlx::Result<Won> {
    let used = Account { kind: AccountKind::CapUsed, owner: firm, scope: programme };
    Ok(cap.minus(ledger::balance(tx, used).await?))
}

async fn budget_left(tx: &mut Tx, call: CallId) -> sqlx::Result<Won> {
    ledger::balance(tx, Account { kind: AccountKind::Budget, owner: call.0, scope: call.0 }).await
}

async fn case_page(app: &App, visitor: &Visitor, actor: &Actor, id: ApplicationId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let application = applications::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let rules = programmes::rules_at(&mut tx, application.call_id, application.call_version).await?;
    let call = programmes::get_call(&mut tx, application.call_id).await?;
    let programme = programmes::get_programme(&mut tx, call.programme_id).await?;
    let names = store::assigned_names(&mut tx, id).await?;
    let assignments = store::assignments(&mut tx, id).await?;
    let missing = rules.reviewers - actions::live_count(&assignments);
    let is_manager = actor.is(Role::Manager);
    let candidates = if is_manager && missing > 0 { panel::candidates(&mut tx, &application).await? } else { vec![] };
    let scores = store::visible_scores(&mut tx, actor.id, id, rules.reviewers).await?;
    let result = store::result_of(&mut tx, id).await?;
    let rank = match &result {
        Some(result) => store::rank_of(&mut tx, result).await?,
        None => 0,
    };
    let cap = cap_left(&mut tx, programme.firm_cap_won, application.organisation_id.0, programme.id.0).await?;
    let room = Room { budget_left: budget_left(&mut tx, call.id).await?, cap_left: cap };
    let page = visitor.page_titled(application.title.clone()).back_to("/reviews", "reviews-title").with_form(&form);
    let seat = |assignment: store::Assignment| {
        let name = names.iter().find(|named| named.id == assignment.reviewer_id);
        Seat { name: name.map(|named| named.name.clone()).unwrap_or_default(), assignment }
    };
    let view = CasePage {
        sheets: Sheet::group(&page, &rules.rubric, &scores),
        page,
        form,
        rules,
        seats: assignments.into_iter().map(seat).collect(),
        missing,
        candidates,
        result,
        rank,
        room,
        decision: store::latest_decision(&mut tx, id).await?,
        is_manager,
        clash: audit::clash(&mut tx, actor, id.0, Act::Selected).await?,
        proof_needed: actor.freshly_proven(app.clock.now()).is_err(),
        history: audit::history(&mut tx, id).await?,
        content: content_of(&mut tx, visitor, application).await?,
    };
    show_form(&view, &view.form)
}

async fn case(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ApplicationId>) -> Answer {
    case_page(&app, &visitor, &actor, *id, Form::new(&visitor, "reviews")).await
}

async fn assign(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        match posted.read::<AssignForm>()?.parse()? {
            Choosing::ByLoad => actions::assign_by_load(&app, &actor, *id, posted.once).await,
            Choosing::These(people) => actions::assign(&app, &actor, *id, people, posted.once).await,
        }
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/reviews/applications/{id}"), "reviews-flash-assigned")),
        Err(trouble) => case_page(&app, &visitor, &actor, *id, posted.again(&visitor, "reviews", trouble)?).await,
    }
}

async fn decide(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let new = posted.read::<DecisionForm>()?.parse()?;
        actions::decide(&app, &actor, *id, new.outcome, new.reason, &new.note, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/reviews/applications/{id}"), "reviews-flash-decided")),
        Err(trouble) => case_page(&app, &visitor, &actor, *id, posted.again(&visitor, "reviews", trouble)?).await,
    }
}

async fn ranking(app: web::Data<App>, visitor: Visitor, query: web::Query<ListQuery>) -> Answer {
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let calls = store::calls(&mut tx).await?;
    let chosen: Option<CallId> = query.call.parse().ok().or_else(|| calls.first().map(|call| call.id));
    let call = match chosen {
        Some(id) => programmes::find_call(&mut tx, id).await?,
        None => None,
    };
    let call = call.ok_or_else(Refusal::not_found)?;
    let programme = programmes::get_programme(&mut tx, call.programme_id).await?;
    let pass_mark = programmes::rules_at(&mut tx, call.id, call.version).await?.pass_mark;
    let budget_left = budget_left(&mut tx, call.id).await?;
    let paged = store::ranking(&mut tx, call.id, after).await?;
    let page = visitor.page("reviews-ranking-title").back_to("/reviews", "reviews-title");
    let chosen = call.id.to_string();
    let list = ListView::new(&page, &paged, "/reviews/ranking", &[("call", chosen.as_str())], after);
    let (rank, asked) = match paged.rows.first() {
        Some(row) => {
            let result = store::result_of(&mut tx, row.id).await?.ok_or_else(Refusal::not_found)?;
            let before = store::asked_before(&mut tx, call.id, row, pass_mark).await?;
            (store::rank_of(&mut tx, &result).await?, before)
        }
        None => (1, Won::ZERO),
    };
    let mut caps = Vec::new();
    for row in &paged.rows {
        caps.push(cap_left(&mut tx, programme.firm_cap_won, row.organisation_id.0, programme.id.0).await?);
    }
    let lines = Lines { rank, asked, pass_mark, budget_left };
    let rows = Placed::line_up(paged.rows, caps, lines);
    show(&RankingPage { page, calls, call: chosen, rows, list, pass_mark, budget_left })
}

async fn mine(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<ListQuery>) -> Answer {
    let after = Cursor::from_text(&query.after);
    let locked = query.state == "locked";
    let mut tx = app.db.read().await?;
    let paged = store::own(&mut tx, actor.id, locked, after).await?;
    let page = visitor.page("reviews-mine-title");
    let list = ListView::new(&page, &paged, "/reviews/mine", &[("state", if locked { "locked" } else { "" })], after);
    show(&MinePage { page, rows: paged.rows, list, locked })
}

/// The page on which a reviewer says whether there is a conflict; nothing of the use case is on it yet.
async fn conflict_page(app: &App, visitor: &Visitor, actor: &Actor, id: AssignmentId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let own = store::find_own(&mut tx, actor.id, id).await?.ok_or_else(Refusal::not_found)?;
    let application = applications::get(&mut tx, own.application_id).await?;
    let content = content_of(&mut tx, visitor, application).await?;
    let page = visitor.page("reviews-conflict-title").back_to("/reviews/mine", "reviews-mine-title");
    let parties =
        [("title", content.application.title.clone()), ("firm", content.firm_name), ("vendor", content.vendor_name)];
    let intro = visitor.lang.t_with("reviews-conflict-intro", &parties);
    let answers = if own.state == AssignmentState::Proposed { &["none", "yes"][..] } else { &["yes"][..] };
    FormPage::new(page, form, format!("/reviews/{id}/conflict"), "continue")
        .intro(intro)
        .intro(visitor.lang.t("reviews-conflict-rule"))
        .field(Field::Radios("conflict", Choice::codes(visitor.lang, "reviews-conflict-answer", answers)))
        .field(Field::Textarea("conflict_reason", "4"))
        .answer()
}

async fn show_conflict(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<AssignmentId>) -> Answer {
    conflict_page(&app, &visitor, &actor, *id, Form::new(&visitor, "reviews")).await
}

async fn declare(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<AssignmentId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<bool> = async {
        let conflict = posted.read::<DeclareForm>()?.parse()?;
        let recused = conflict.is_some();
        actions::declare(&app, &actor, *id, conflict, posted.once).await?;
        Ok(recused)
    }
    .await;
    match done {
        Ok(true) => Ok(redirect_with("/reviews/mine", "reviews-flash-recused")),
        Ok(false) => Ok(redirect_with(format!("/reviews/{id}"), "reviews-flash-accepted")),
        Err(trouble) => conflict_page(&app, &visitor, &actor, *id, posted.again(&visitor, "reviews", trouble)?).await,
    }
}

async fn score_page(app: &App, visitor: &Visitor, actor: &Actor, id: AssignmentId, posted: Option<Form>) -> Answer {
    let mut tx = app.db.read().await?;
    let assignment = store::find_own(&mut tx, actor.id, id).await?.ok_or_else(Refusal::not_found)?;
    if assignment.state == AssignmentState::Proposed {
        return conflict_page(app, visitor, actor, id, Form::new(visitor, "reviews")).await;
    }
    let application = applications::get(&mut tx, assignment.application_id).await?;
    let rules = programmes::rules_at(&mut tx, application.call_id, application.call_version).await?;
    let rows = store::visible_scores(&mut tx, actor.id, application.id, rules.reviewers).await?;
    let fields: Vec<ScoreField> = (rules.rubric.iter().zip(POINTS_FIELDS.into_iter().zip(COMMENT_FIELDS)))
        .map(|(item, (points, comment))| ScoreField {
            name: visitor.lang.of(&item.name_ko, &item.name_en).to_owned(),
            weight: item.weight,
            points,
            comment,
        })
        .collect();
    let form = posted.unwrap_or_else(|| {
        let mut values = Vec::new();
        for (item, field) in rules.rubric.iter().zip(&fields) {
            if let Some(row) = rows.iter().find(|row| row.assignment_id == id && row.item == item.code) {
                values.push((field.points, row.points.to_string()));
                values.push((field.comment, row.comment.clone()));
            }
        }
        Form::with(visitor, "reviews", values)
    });
    let page =
        visitor.page_titled(application.title.clone()).back_to("/reviews/mine", "reviews-mine-title").with_form(&form);
    let locked = assignment.state == AssignmentState::Locked;
    let view = ScorePage {
        sheets: if locked { Sheet::group(&page, &rules.rubric, &rows) } else { Vec::new() },
        page,
        form,
        fields,
        assignment,
        content: content_of(&mut tx, visitor, application).await?,
    };
    show_form(&view, &view.form)
}

async fn assignment(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<AssignmentId>) -> Answer {
    score_page(&app, &visitor, &actor, *id, None).await
}

async fn score(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<AssignmentId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<bool> = async {
        let form = ScoreForm(posted.read()?);
        let locks = form.locks();
        let rubric = actions::rubric_of(&app, &actor, *id).await?;
        let scores = form.parse(&rubric)?;
        match locks {
            true => actions::score_and_lock(&app, &actor, *id, scores, posted.once).await?,
            false => actions::save_draft(&app, &actor, *id, scores, posted.once).await?,
        }
        Ok(locks)
    }
    .await;
    match done {
        Ok(true) => Ok(redirect_with(format!("/reviews/{id}"), "reviews-flash-locked")),
        Ok(false) => Ok(redirect_with(format!("/reviews/{id}"), "reviews-flash-saved")),
        Err(trouble) => {
            let form = posted.again(&visitor, "reviews", trouble)?;
            score_page(&app, &visitor, &actor, *id, Some(form)).await
        }
    }
}
