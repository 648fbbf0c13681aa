//! Other wordings of conditions tried on past applications.

use crate::{
    app::App,
    applications::{
        ReplayId,
        actions::{NewReplay, changed_wordings, start_replay},
        forms::eligibility::{ReplayChangeForm, ReplayForm},
        store::eligibility::{self, Replay, Wording},
        views::eligibility::{ReplayPage, ReplaysPage, WordingView},
    },
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    db::{Tx, page::Cursor},
    programmes::{self, CallId, CallRules, Condition, Stage},
    web::{
        Answer, Choice, Form, Link, Posted, Visitor,
        list::ListView,
        redirect, show,
        simple::{Field, FormPage},
    },
};
use actix_web::web;

/// Stages whose looks are frozen before anything was decided by them.
const STAGES: &[Stage] = &[Stage::Submission, Stage::Screening, Stage::Agreement, Stage::Claim, Stage::Payment];

pub async fn list(app: web::Data<App>, visitor: Visitor, id: web::Path<CallId>) -> Answer {
    let mut tx = app.db.read().await?;
    let call = programmes::find_call(&mut tx, *id).await?.ok_or_else(Refusal::not_found)?;
    let rules = programmes::rules_at(&mut tx, *id, call.version).await?;
    let replays = eligibility::replays(&mut tx, *id).await?;
    let changed = under_way(&mut tx, *id, &rules).await?.len();
    let page = visitor.page("replays-title").back_to(format!("/calls/{id}/conditions"), "conditions-title");
    let name = |code: &str| {
        let known = rules.conditions.iter().find(|condition| condition.code == code);
        known.map_or(code, |known| known.name(page.lang)).to_owned()
    };
    let link = |condition: &Condition| Link {
        href: format!("/calls/{id}/replays/new?rule={}", condition.code),
        label: condition.name(page.lang).to_owned(),
    };
    let told = |replay: &Replay| match replay.wordings().len() {
        1 => name(&replay.rule),
        more => {
            page.lang.t_with("replays-several", &[("name", name(&replay.rule)), ("others", (more - 1).to_string())])
        }
    };
    show(&ReplaysPage {
        replays: replays.into_iter().map(|replay| (replay.clone(), told(&replay))).collect(),
        changed,
        conditions: rules.conditions.iter().map(link).collect(),
        call,
        page,
    })
}

#[derive(serde::Deserialize)]
pub struct NewQuery {
    #[serde(default)]
    rule: String,
}

fn condition<'a>(rules: &'a CallRules, code: &str) -> Result<&'a Condition, Refusal> {
    rules.conditions.iter().find(|condition| condition.code == code).ok_or_else(Refusal::not_found)
}

async fn present(app: &App, id: CallId, code: &str) -> Outcome<Condition> {
    let mut tx = app.db.read().await?;
    let call = programmes::find_call(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let rules = programmes::rules_at(&mut tx, id, call.version).await?;
    Ok(condition(&rules, code)?.clone())
}

fn new_page(visitor: &Visitor, id: CallId, present: &Condition, form: Form) -> Answer {
    let page = visitor.page("replays-new-title").back_to(format!("/calls/{id}/replays"), "replays-title");
    FormPage::new(page, form, format!("/calls/{id}/replays/new"), "replays-start")
        .intro(present.name(visitor.lang))
        .intro(visitor.lang.t("replays-intro"))
        .field(Field::Hidden("rule"))
        .field(Field::Textarea("applies_if", "3"))
        .field(Field::Textarea("must_hold", "4"))
        .field(Field::Select("stage", Choice::codes(visitor.lang, "condition-stage", STAGES)))
        .answer()
}

pub async fn show_new(
    app: web::Data<App>,
    visitor: Visitor,
    id: web::Path<CallId>,
    query: web::Query<NewQuery>,
) -> Answer {
    let present = present(&app, *id, &query.rule).await?;
    let values = vec![
        ("rule", present.code.clone()),
        ("applies_if", present.applies_if.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("must_hold", present.must_hold.to_string()),
        ("stage", Stage::Submission.to_string()),
    ];
    new_page(&visitor, *id, &present, Form::with(&visitor, "conditions", values))
}

pub async fn start(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<CallId>,
    posted: Posted,
) -> Answer {
    let present = present(&app, *id, posted.value("rule")).await?;
    let started: Outcome<ReplayId> = async {
        let (condition, stage) = posted.read::<ReplayForm>()?.parse(&present)?;
        let wordings = vec![Wording { rule: condition.code.clone(), condition: Some(condition) }];
        start_replay(&app, &actor, NewReplay { call: *id, wordings, stage }, posted.once).await
    }
    .await;
    match started {
        Ok(replay) => Ok(redirect(format!("/replays/{replay}"))),
        Err(trouble) => new_page(&visitor, *id, &present, posted.again(&visitor, "conditions", trouble)?),
    }
}

/// What the change of the rules that is under way words differently.
async fn under_way(tx: &mut Tx, id: CallId, rules: &CallRules) -> sqlx::Result<Vec<Wording>> {
    let changed = programmes::rules_under_way(tx, id).await?;
    Ok(changed.map(|changed| changed_wordings(&rules.conditions, &changed.conditions)).unwrap_or_default())
}

async fn change_page(app: &App, visitor: &Visitor, id: CallId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let call = programmes::find_call(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let rules = programmes::rules_at(&mut tx, id, call.version).await?;
    let wordings = under_way(&mut tx, id, &rules).await?;
    if wordings.is_empty() {
        return Err(Refusal::conflict("replays-refusal-nothing").into());
    }
    let page = visitor.page("replays-change-title").back_to(format!("/calls/{id}/replays"), "replays-title");
    let mut view = FormPage::new(page, form, format!("/calls/{id}/replays/change"), "replays-start")
        .intro(visitor.lang.t("replays-change-intro"));
    for wording in &wordings {
        let present = rules.conditions.iter().find(|condition| condition.code == wording.rule);
        let named = wording.condition.as_ref().or(present);
        view = view.intro(named.map_or(wording.rule.as_str(), |named| named.name(visitor.lang)));
    }
    view.field(Field::Select("stage", Choice::codes(visitor.lang, "condition-stage", STAGES))).answer()
}

pub async fn show_change(app: web::Data<App>, visitor: Visitor, id: web::Path<CallId>) -> Answer {
    let values = vec![("stage", Stage::Submission.to_string())];
    change_page(&app, &visitor, *id, Form::with(&visitor, "conditions", values)).await
}

pub async fn start_change(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<CallId>,
    posted: Posted,
) -> Answer {
    let started: Outcome<ReplayId> = async {
        let stage = posted.read::<ReplayChangeForm>()?.parse()?;
        let mut tx = app.db.read().await?;
        let call = programmes::find_call(&mut tx, *id).await?.ok_or_else(Refusal::not_found)?;
        let rules = programmes::rules_at(&mut tx, *id, call.version).await?;
        let wordings = under_way(&mut tx, *id, &rules).await?;
        drop(tx);
        start_replay(&app, &actor, NewReplay { call: *id, wordings, stage }, posted.once).await
    }
    .await;
    match started {
        Ok(replay) => Ok(redirect(format!("/replays/{replay}"))),
        Err(trouble) => change_page(&app, &visitor, *id, posted.again(&visitor, "conditions", trouble)?).await,
    }
}

#[derive(serde::Deserialize)]
pub struct ListQuery {
    #[serde(default)]
    after: String,
}

pub async fn replay(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ReplayId>,
    query: web::Query<ListQuery>,
) -> Answer {
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let replay = eligibility::find_replay(&mut tx, *id).await?.ok_or_else(Refusal::not_found)?;
    let rules = programmes::rules_at(&mut tx, replay.call_id, replay.call_version).await?;
    let paged = eligibility::flips(&mut tx, &replay, after).await?;
    let total = eligibility::frozen_count(&mut tx, replay.call_id, replay.stage).await?;
    let page = visitor.page("replay-title").back_to(format!("/calls/{}/replays", replay.call_id), "replays-title");
    let told = |condition: &Condition| {
        let applies = condition.applies_if.as_ref().map(ToString::to_string).unwrap_or_default();
        (applies, condition.must_hold.to_string())
    };
    let wording = |wording: Wording| {
        let present = rules.conditions.iter().find(|condition| condition.code == wording.rule);
        let named = wording.condition.as_ref().or(present);
        WordingView {
            name: named.map_or(wording.rule.as_str(), |named| named.name(page.lang)).to_owned(),
            present: present.map(told),
            tried: wording.condition.as_ref().map(told),
            rule: wording.rule,
        }
    };
    show(&ReplayPage {
        wordings: replay.wordings().into_iter().map(wording).collect(),
        total,
        list: ListView::new(&page, &paged, &format!("/replays/{id}"), &[], after),
        flips: paged.rows,
        may_open: actor.is_any(&[Role::Manager, Role::Auditor]),
        replay,
        page,
    })
}
