//! The check that anybody may do in two minutes without an account; its answers go on into a draft.

use crate::{
    app::App,
    applications::{
        ApplicationId,
        actions::{self, judge_answers, open_answers, seal_answers},
        forms::eligibility::{UNKNOWN, read_answers},
        views::{checks, eligibility::AnsweredPage},
    },
    core::{
        actor::Actor,
        expression::Type,
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    db::Tx,
    programmes::{
        self, Call, CallId, CallRules, CallState, Track,
        conditions::{Fact, questions},
    },
    web::{
        Answer, Choice, Form, Posted, Visitor,
        form::filled,
        redirect, redirect_with, show,
        simple::{Field, FormPage},
    },
};
use actix_web::web;

/// A call that was published, with its present rules.
async fn public_call(tx: &mut Tx, id: CallId) -> Outcome<(Call, CallRules)> {
    let call = programmes::find_call(tx, id).await?.ok_or_else(Refusal::not_found)?;
    if call.state != CallState::Published {
        return Err(Refusal::not_found().into());
    }
    let rules = programmes::rules_at(tx, id, call.version).await?;
    Ok((call, rules))
}

/// How an outsider is asked for a fact.
fn field(visitor: &Visitor, fact: &'static Fact) -> Field {
    let unknown = || Choice::new(UNKNOWN, visitor.lang.t("precheck-unknown"));
    let words = |code: &str| visitor.lang.code_word(fact.family, &code.to_lowercase());
    match fact.kind {
        Type::Boolean => {
            let mut choices = ["yes", "no"].map(|code| Choice::new(code, visitor.lang.t(code))).to_vec();
            choices.push(unknown());
            Field::Radios(fact.name, choices)
        }
        Type::Date => Field::Date(fact.name),
        Type::Won => Field::Money(fact.name),
        Type::Number => Field::Number(fact.name, String::new()),
        Type::Text | Type::Share | Type::List => {
            let mut choices: Vec<Choice> = fact.options.iter().map(|code| Choice::new(*code, words(code))).collect();
            choices.push(unknown());
            Field::Radios(fact.name, choices)
        }
    }
}

fn question_page(visitor: &Visitor, call: &Call, rules: &CallRules, form: Form) -> Answer {
    let page = visitor.page("precheck-title").back_to(format!("/calls/{}", call.id), "programmes-to-call");
    let asked = questions(&rules.conditions);
    let intro = visitor.lang.t_with("precheck-intro", &[("count", asked.len().to_string())]);
    let mut view = FormPage::new(page, form, format!("/calls/{}/check", call.id), "precheck-submit")
        .intro(call.name(visitor.lang))
        .intro(intro);
    if rules.tracks.len() > 1 {
        let name = |track: &Track| Choice::new(track.code.clone(), visitor.lang.of(&track.name_ko, &track.name_en));
        view = view.field(Field::Radios("track", rules.tracks.iter().map(name).collect()));
    }
    for fact in asked {
        view = view.field(field(visitor, fact));
    }
    view.link(format!("/calls/{}/conditions", call.id), "conditions-title").answer()
}

pub async fn ask(app: web::Data<App>, visitor: Visitor, id: web::Path<CallId>) -> Answer {
    let mut tx = app.db.read().await?;
    let (call, rules) = public_call(&mut tx, *id).await?;
    question_page(&visitor, &call, &rules, Form::new(&visitor, "question"))
}

pub async fn answer(app: web::Data<App>, visitor: Visitor, id: web::Path<CallId>, posted: Posted) -> Answer {
    let mut tx = app.db.read().await?;
    let (call, rules) = public_call(&mut tx, *id).await?;
    let asked = questions(&rules.conditions);
    let read =
        match (rules.track_chosen(filled(posted.value("track"))), read_answers(&asked, |name| posted.value(name))) {
            (Ok(track), Ok(facts)) => Ok((track, facts)),
            (Ok(_), Err(errors)) => Err(errors),
            (Err(refusal), read) => {
                let mut errors = read.err().unwrap_or_default();
                errors.refuse("track", refusal);
                Err(errors)
            }
        };
    match read {
        Ok((track, facts)) => Ok(redirect(format!("/calls/{id}/check/{}", seal_answers(&app, *id, track, facts)))),
        Err(errors) => question_page(&visitor, &call, &rules, posted.again(&visitor, "question", errors.into())?),
    }
}

pub async fn result(app: web::Data<App>, visitor: Visitor, path: web::Path<(CallId, String)>) -> Answer {
    let (id, link) = path.into_inner();
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let (call, rules) = public_call(&mut tx, id).await?;
    let programme = programmes::get_programme(&mut tx, call.programme_id).await?;
    let answers = open_answers(&app, id, &link)?;
    let rules = rules.in_track(answers.track.as_deref());
    let track = answers.track.as_deref().and_then(|code| rules.track(code));
    let checks = judge_answers(&rules, &answers.facts, programme.tz()?, now);
    let page = visitor.page("precheck-result-title").back_to(format!("/calls/{id}/check"), "precheck-again");
    let nowhere = ApplicationId(id.0);
    let track =
        track.map(|track| (page.t("applications-track"), visitor.lang.of(&track.name_ko, &track.name_en).to_owned()));
    let told = questions(&rules.conditions)
        .into_iter()
        .map(|fact| (page.code("fact", fact.name), checks::draw_fact(&page, fact.name, answers.facts.get(fact.name))));
    let actor = visitor.actor.as_ref();
    show(&AnsweredPage {
        checks: checks::check_views(&page, nowhere, &rules.conditions, &checks),
        answers: track.into_iter().chain(told).collect(),
        link: format!("/calls/{id}/check/{link}"),
        until: answers.until,
        is_firm: actor.is_some_and(|actor| actor.is(Role::Firm)),
        is_outsider: actor.is_none(),
        is_open: call.is_open(now),
        call,
        page,
    })
}

pub async fn carry(app: web::Data<App>, actor: Actor, path: web::Path<(CallId, String)>, posted: Posted) -> Answer {
    let (call, link) = path.into_inner();
    let id = actions::carry_answers(&app, &actor, call, &link, posted.once).await?;
    Ok(redirect_with(format!("/applications/{id}"), "precheck-flash-carried"))
}
