//! A reviewer's own assignments: the declaration first, then the content, the scores and questions to the firm.

use super::{ListQuery, content_of};
use crate::{
    app::App,
    applications,
    core::{
        actor::Actor,
        lang::Lang,
        refusal::{Outcome, Refusal},
    },
    db::{Tx, page::Cursor},
    organisations,
    programmes::{self, CallRules},
    reviews::{
        AssignmentId,
        actions::{self, Asking},
        forms::*,
        rules::{
            AssignmentState, COMMENT_FIELDS, POINTS_FIELDS, Purpose,
            blind::{hide, names_of},
        },
        store::{self, ScoreRow},
        views::*,
    },
    web::{
        Answer, Choice, Form, Posted, Visitor,
        list::ListView,
        redirect_with, show, show_form,
        simple::{Field, FormPage},
    },
};
use actix_web::web;

/// Whether a reviewer is not to learn whose application it is.
fn hides_firm(rules: &CallRules, finished: bool) -> bool {
    rules.review.hide_firm && !(rules.review.reveal_after && finished)
}

pub async fn mine(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<ListQuery>) -> Answer {
    let after = Cursor::from_text(&query.after);
    let locked = query.state == "locked";
    let mut tx = app.db.read().await?;
    let mut paged = store::own(&mut tx, actor.id, locked, after).await?;
    let mut known: Vec<(programmes::CallId, i64, CallRules)> = Vec::new();
    for row in &mut paged.rows {
        let version = (row.call_id, row.call_version);
        if !known.iter().any(|(call, version_of, _)| (*call, *version_of) == version) {
            let rules = programmes::rules_at(&mut tx, version.0, version.1).await?;
            known.push((version.0, version.1, rules));
        }
        let rules = known.iter().find(|(call, version_of, _)| (*call, *version_of) == version);
        if rules.is_some_and(|(_, _, rules)| hides_firm(rules, row.finished)) {
            row.title = hide(&row.title, &names_of(&row.firm_name, &row.representative));
            row.firm_name = visitor.lang.t("reviews-hidden");
        }
    }
    let no_profile = store::profile(&mut tx, actor.id).await?.is_none();
    let page = visitor.page("reviews-mine-title");
    let list = ListView::new(&page, &paged, "/reviews/mine", &[("state", if locked { "locked" } else { "" })], after);
    show(&MinePage { page, rows: paged.rows, list, locked, no_profile })
}

/// What is frozen of an application, as this reviewer may read it.
async fn own_content(
    tx: &mut Tx,
    visitor: &Visitor,
    application: applications::Application,
    rules: &CallRules,
    finished: bool,
    now: chrono::DateTime<chrono::Utc>,
) -> sqlx::Result<Content> {
    let content = content_of(tx, visitor, application, now).await?;
    if !hides_firm(rules, finished) {
        return Ok(content);
    }
    let firm = organisations::get(tx, content.application.organisation_id).await?;
    Ok(content.hidden(&names_of(&firm.legal_name, &firm.representative_name)))
}

/// The page on which a reviewer says whether there is a conflict; nothing of the use case is on it yet.
async fn conflict_page(app: &App, visitor: &Visitor, actor: &Actor, id: AssignmentId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let own = store::find_own(&mut tx, actor.id, id).await?.ok_or_else(Refusal::not_found)?;
    let application = applications::get(&mut tx, own.application_id).await?;
    let rules = programmes::rules_at(&mut tx, application.call_id, application.call_version).await?;
    let finished = store::result_of(&mut tx, application.id).await?.is_some() && own.purpose != Purpose::Sample;
    let content = own_content(&mut tx, visitor, application, &rules, finished, app.clock.now()).await?;
    let page = visitor.page("reviews-conflict-title").back_to("/reviews/mine", "reviews-mine-title");
    let parties =
        [("title", content.application.title.clone()), ("firm", content.firm_name), ("vendor", content.vendor_name)];
    let intro = visitor.lang.t_with("reviews-conflict-intro", &parties);
    let answers = if own.state == AssignmentState::Proposed { &["none", "yes"][..] } else { &["yes"][..] };
    let mut with = FormPage::new(page, form, format!("/reviews/{id}/conflict"), "continue").intro(intro);
    if hides_firm(&rules, finished) {
        with = with.intro(visitor.lang.t("reviews-conflict-blind"));
    }
    with.intro(visitor.lang.t("reviews-conflict-rule"))
        .field(Field::Radios("conflict", Choice::codes(visitor.lang, "reviews-conflict-answer", answers)))
        .field(Field::Textarea("conflict_reason", "4"))
        .answer()
}

pub async fn show_conflict(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<AssignmentId>) -> Answer {
    actions::open_own(&app, &actor, *id).await?;
    conflict_page(&app, &visitor, &actor, *id, Form::new(&visitor, "reviews")).await
}

pub async fn declare(
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

fn score_fields(lang: Lang, rules: &CallRules) -> Vec<ScoreField> {
    let names = POINTS_FIELDS.into_iter().zip(COMMENT_FIELDS);
    let field = |(item, (points, comment)): (&programmes::RubricItem, (&'static str, &'static str))| ScoreField {
        name: lang.of(&item.name_ko, &item.name_en).to_owned(),
        weight: item.weight,
        minimum: item.minimum,
        anchors: lang.of(&item.anchors_ko, &item.anchors_en).lines().map(str::to_owned).collect(),
        points,
        comment,
    };
    rules.rubric.iter().zip(names).map(field).collect()
}

/// The sheets with numbers in the place of names, where reviewers are not to know each other.
fn nameless(visitor: &Visitor, id: AssignmentId, mut rows: Vec<ScoreRow>) -> Vec<ScoreRow> {
    let mut seen: Vec<AssignmentId> = Vec::new();
    for row in &mut rows {
        let place = seen.iter().position(|one| *one == row.assignment_id).unwrap_or_else(|| {
            seen.push(row.assignment_id);
            seen.len() - 1
        });
        if row.assignment_id != id {
            row.reviewer_name = visitor.lang.t_with("reviews-reviewer-number", &[("number", (place + 1).to_string())]);
        }
    }
    rows
}

async fn score_page(app: &App, visitor: &Visitor, actor: &Actor, id: AssignmentId, posted: Option<Form>) -> Answer {
    let assignment = actions::open_own(app, actor, id).await?;
    if assignment.state == AssignmentState::Proposed {
        return conflict_page(app, visitor, actor, id, Form::new(visitor, "reviews")).await;
    }
    let mut tx = app.db.read().await?;
    let application = applications::get(&mut tx, assignment.application_id).await?;
    let rules = programmes::rules_at(&mut tx, application.call_id, application.call_version).await?;
    let locked = assignment.state == AssignmentState::Locked;
    // A blind second reader learns nothing of the panel's result before locking.
    let finished =
        store::result_of(&mut tx, application.id).await?.is_some() && (locked || assignment.purpose != Purpose::Sample);
    let rows = store::visible_scores(&mut tx, actor.id, application.id, finished).await?;
    let rows = match rules.review.hide_reviewers && !rules.review.reveal_after {
        true => nameless(visitor, id, rows),
        false => rows,
    };
    let fields = score_fields(visitor.lang, &rules);
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
    let content = own_content(&mut tx, visitor, application, &rules, finished, app.clock.now()).await?;
    let title = content.application.title.clone();
    let page = visitor.page_titled(title).back_to("/reviews/mine", "reviews-mine-title").with_form(&form);
    let view = ScorePage {
        sheets: if locked { Sheet::group(&page, &rules.rubric, &rows) } else { Vec::new() },
        fields_to_ask: fields_to_ask(&page),
        page,
        form,
        fields,
        assignment,
        content,
    };
    show_form(&view, &view.form)
}

pub async fn assignment(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<AssignmentId>) -> Answer {
    score_page(&app, &visitor, &actor, *id, None).await
}

pub async fn score(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<AssignmentId>,
    posted: Posted,
) -> Answer {
    actions::open_own(&app, &actor, *id).await?;
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

pub async fn ask(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<AssignmentId>,
    posted: Posted,
) -> Answer {
    actions::open_own(&app, &actor, *id).await?;
    let done: Outcome<()> = async {
        let new = posted.read::<AskForm>()?.parse()?;
        actions::ask(&app, &actor, Asking::Reviewer(*id), new, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/reviews/{id}"), "reviews-flash-asked")),
        Err(trouble) => {
            let form = posted.again(&visitor, "reviews", trouble)?;
            score_page(&app, &visitor, &actor, *id, Some(form)).await
        }
    }
}
