//! The conditions of one case for officers: how they stand at each stage, what drifted, what was let pass.

use super::visible;
use crate::{
    app::App,
    applications::{
        ApplicationId, WaiverId,
        actions::{self, drift_since_submission, judge, may_waive},
        forms::eligibility::{ExceptionForm, WaiveForm},
        store::{
            self,
            eligibility::{self, WaiverState},
        },
        views::{
            checks,
            eligibility::{CasePage, ExceptionsPage, WaiverWords, waiver_colour},
        },
    },
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal, Trouble},
    },
    db::page::Cursor,
    programmes::Stage,
    web::{
        Answer, Choice, Form, Link, Posted, Visitor,
        list::ListView,
        redirect_with, show,
        simple::{Field, FormPage},
    },
};
use actix_web::web;

/// Stages at which an officer looks.
const STAGES: &[Stage] = &[Stage::Submission, Stage::Screening, Stage::Agreement, Stage::Claim, Stage::Payment];

#[derive(serde::Deserialize)]
pub struct StageQuery {
    #[serde(default)]
    stage: String,
}

impl StageQuery {
    fn stage(&self) -> Stage {
        self.stage.parse().ok().filter(|stage| STAGES.contains(stage)).unwrap_or(Stage::Screening)
    }
}

pub async fn case(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    query: web::Query<StageQuery>,
) -> Answer {
    let stage = query.stage();
    let mut tx = app.db.read().await?;
    let application = visible(&mut tx, &actor, *id).await?;
    let judged = judge(&mut tx, *id, stage, app.clock.now()).await?;
    let drift = drift_since_submission(&mut tx, &judged).await?;
    let has_frozen = eligibility::frozen(&mut tx, *id).await?.is_some();
    let waivers = eligibility::waivers(&mut tx, *id).await?;
    let page = visitor.page("conditions-case-title").back_to(format!("/applications/{id}"), "applications-back");
    let name = |code: &str| {
        let known = judged.conditions.iter().find(|condition| condition.code == code);
        known.map_or_else(|| page.code("application-rule", code), |known| known.name(page.lang).to_owned())
    };
    let waivable = judged.failing().filter(|check| {
        let condition = judged.conditions.iter().find(|condition| condition.code == check.rule);
        condition.is_some_and(|condition| may_waive(&actor, condition, check.result))
    });
    let link = |code: &String| Link {
        href: format!("/applications/{id}/conditions/{code}?stage={stage}"),
        label: page.t1("conditions-waive-this", "name", name(code)),
    };
    show(&CasePage {
        id: *id,
        title: application.receipt_no.unwrap_or(application.title),
        stages: Choice::codes(page.lang, "condition-stage", STAGES),
        filter: Form::with(&visitor, "conditions", vec![("stage", stage.to_string())]),
        stage,
        waivable: waivable.map(|check| link(&check.rule)).collect(),
        checks: checks::check_views(&page, *id, &judged.conditions, &judged.checks),
        drift: checks::drift_lines(&page, &drift),
        has_frozen,
        waivers: waivers
            .iter()
            .map(|waiver| WaiverWords {
                condition: name(&waiver.rule),
                state: page.code("waiver-state", waiver.state),
                colour: waiver_colour(waiver.state),
                at: waiver.decided_at.unwrap_or(waiver.asked_at),
                reason: if waiver.decided_reason.is_empty() { &waiver.asked_reason } else { &waiver.decided_reason }
                    .clone(),
            })
            .collect(),
        page,
    })
}

async fn waive_page(
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    (id, rule): (ApplicationId, &str),
    stage: Stage,
    refused: Option<(&Posted, Trouble)>,
) -> Answer {
    let mut tx = app.db.read().await?;
    visible(&mut tx, actor, id).await?;
    let judged = judge(&mut tx, id, stage, app.clock.now()).await?;
    let condition = judged.conditions.iter().find(|condition| condition.code == rule).ok_or_else(Refusal::not_found)?;
    let form = match refused {
        Some((posted, trouble)) => posted.again(visitor, "conditions", trouble)?,
        None => Form::with(visitor, "conditions", vec![("stage", stage.to_string())]),
    };
    let page = visitor
        .page("conditions-waive-title")
        .back_to(format!("/applications/{id}/conditions?stage={stage}"), "conditions-case-title");
    let seen = judged.checks.iter().find(|check| check.rule == rule);
    let seen = checks::check_views(&page, id, &judged.conditions, seen.map(std::slice::from_ref).unwrap_or_default());
    let mut view = FormPage::new(page, form, format!("/applications/{id}/conditions/{rule}"), "conditions-waive")
        .intro(condition.name(visitor.lang))
        .intro(condition.says(visitor.lang));
    for check in seen {
        view = view.field(Field::Inset(format!("{}: {}", check.result, check.value.replace('\n', " · "))));
    }
    view.field(Field::Hidden("stage")).field(Field::Textarea("ground", "4")).warning().answer()
}

pub async fn show_waive(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    path: web::Path<(ApplicationId, String)>,
    query: web::Query<StageQuery>,
) -> Answer {
    waive_page(&app, &visitor, &actor, (path.0, &path.1), query.stage(), None).await
}

pub async fn waive(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    path: web::Path<(ApplicationId, String)>,
    posted: Posted,
) -> Answer {
    let stage = StageQuery { stage: posted.value("stage").to_owned() }.stage();
    let done: Outcome<()> = async {
        let (stage, reason) = posted.read::<WaiveForm>()?.parse()?;
        actions::waive(&app, &actor, path.0, (&path.1, stage), reason, posted.once).await
    }
    .await;
    match done {
        Ok(()) => {
            Ok(redirect_with(format!("/applications/{}/conditions?stage={stage}", path.0), "conditions-flash-waived"))
        }
        Err(trouble) => waive_page(&app, &visitor, &actor, (path.0, &path.1), stage, Some((&posted, trouble))).await,
    }
}

async fn ask_page(
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    (id, rule): (ApplicationId, &str),
    refused: Option<(&Posted, Trouble)>,
) -> Answer {
    let mut tx = app.db.read().await?;
    let application = visible(&mut tx, actor, id).await?;
    let condition = actions::condition_of(&mut tx, &application, rule, app.clock.now()).await?;
    let form = match refused {
        Some((posted, trouble)) => posted.again(visitor, "conditions", trouble)?,
        None => Form::new(visitor, "conditions"),
    };
    let page = visitor.page("exception-title").back_to(format!("/applications/{id}/submit"), "applications-review");
    FormPage::new(page, form, format!("/applications/{id}/exceptions/{rule}"), "exception-ask")
        .intro(condition.name(visitor.lang))
        .intro(condition.says(visitor.lang))
        .intro(visitor.lang.t("exception-intro"))
        .field(Field::Textarea("ground", "6"))
        .answer()
}

pub async fn show_ask(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    path: web::Path<(ApplicationId, String)>,
) -> Answer {
    ask_page(&app, &visitor, &actor, (path.0, &path.1), None).await
}

pub async fn ask(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    path: web::Path<(ApplicationId, String)>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let reason = posted.read::<ExceptionForm>()?.reason()?;
        actions::ask_exception(&app, &actor, path.0, &path.1, reason, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/applications/{}", path.0), "exception-flash-asked")),
        Err(trouble) => ask_page(&app, &visitor, &actor, (path.0, &path.1), Some((&posted, trouble))).await,
    }
}

#[derive(serde::Deserialize)]
pub struct ListQuery {
    #[serde(default)]
    state: String,
    #[serde(default)]
    after: String,
}

pub async fn exceptions(app: web::Data<App>, visitor: Visitor, query: web::Query<ListQuery>) -> Answer {
    let state = query.state.parse().unwrap_or(WaiverState::Asked);
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let paged = eligibility::waiver_page(&mut tx, state, after).await?;
    let page = visitor.page("exceptions-title");
    show(&ExceptionsPage {
        filter: Form::with(&visitor, "exception", vec![("state", state.to_string())]),
        states: Choice::codes(page.lang, "waiver-state", WaiverState::ALL),
        list: ListView::new(&page, &paged, "/exceptions", &[("state", state.as_str())], after),
        rows: paged.rows,
        page,
    })
}

async fn exception_page(
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    id: WaiverId,
    refused: Option<(&Posted, Trouble)>,
) -> Answer {
    let mut tx = app.db.read().await?;
    let waiver = eligibility::find_waiver(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let application = store::get(&mut tx, waiver.application_id).await?;
    let condition = actions::condition_of(&mut tx, &application, &waiver.rule, app.clock.now()).await?;
    let form = match refused {
        Some((posted, trouble)) => posted.again(visitor, "conditions", trouble)?,
        None => Form::new(visitor, "conditions"),
    };
    let page = visitor.page("exception-decide-title").back_to("/exceptions", "exceptions-title");
    let lang = visitor.lang;
    let seen = checks::draw_seen(&page, &waiver.seen).replace('\n', " · ");
    let mut view = FormPage::new(page, form, format!("/exceptions/{id}"), "save")
        .intro(application.title.clone())
        .intro(condition.name(lang))
        .intro(condition.says(lang))
        .field(Field::Inset(seen));
    if !waiver.asked_reason.is_empty() {
        view = view.intro(lang.t_with("exception-asked-because", &[("reason", waiver.asked_reason.clone())]));
    }
    if waiver.state != WaiverState::Asked {
        let state = lang.code_word("waiver-state", waiver.state.as_str());
        view = view.field(Field::Inset(format!("{state}: {}", waiver.decided_reason)));
    } else if !may_waive(actor, &condition, waiver.covers) {
        view = view.field(Field::Inset(lang.t("conditions-refusal-not-yours")));
    }
    view.field(Field::Radios("decision", Choice::codes(lang, "exception-decision", &["grant", "refuse"])))
        .field(Field::Textarea("ground", "4"))
        .answer()
}

pub async fn show_exception(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<WaiverId>) -> Answer {
    exception_page(&app, &visitor, &actor, *id, None).await
}

pub async fn decide_exception(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<WaiverId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let (grants, reason) = posted.read::<ExceptionForm>()?.decision()?;
        actions::decide_exception(&app, &actor, *id, grants, reason, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with("/exceptions", "exception-flash-decided")),
        Err(trouble) => exception_page(&app, &visitor, &actor, *id, Some((&posted, trouble))).await,
    }
}
