//! What a firm reads and answers: the letter of the decision, the service clock, questions, its objection.

use super::{Said, clock_of};
use crate::{
    app::App,
    applications::{self, Application, ApplicationId},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    db::Tx,
    organisations::{self, Organisation},
    programmes::{self, Call, CallRules, LetterCase},
    reviews::{
        ClarificationId, DecisionOutcome, ObjectionId, actions,
        forms::{AnswerForm, ObjectionForm},
        store::{self, Decision, ScoreRow},
        views::{CriterionLine, LetterPage},
    },
    web::{
        Answer, Form, Page, Posted, Visitor, redirect_with, show,
        simple::{Field, FormPage},
    },
};
use actix_web::web;
use uuid::Uuid;

/// Means and comments by criterion; nobody's name.
fn criteria(page: &Page, rules: &CallRules, rows: &[ScoreRow]) -> Vec<CriterionLine> {
    let line = |item: &programmes::RubricItem| {
        let of_item: Vec<&ScoreRow> = rows.iter().filter(|row| row.item == item.code).collect();
        let count = i64::try_from(of_item.len()).ok().filter(|count| *count > 0)?;
        Some(CriterionLine {
            name: page.lang.of(&item.name_ko, &item.name_en).to_owned(),
            weight: item.weight,
            mean_milli: of_item.iter().map(|row| row.points).sum::<i64>() * 1_000 / count,
            minimum: item.minimum,
            comments: of_item.iter().map(|row| row.comment.clone()).filter(|text| !text.is_empty()).collect(),
        })
    };
    rules.rubric.iter().filter_map(line).collect()
}

async fn visible(tx: &mut Tx, actor: &Actor, id: ApplicationId) -> Outcome<Application> {
    let application = applications::find_visible(tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    if application.submitted_at.is_none() {
        return Err(Refusal::not_found().into());
    }
    Ok(application)
}

pub async fn letter(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ApplicationId>) -> Answer {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let application = visible(&mut tx, &actor, *id).await?;
    let rules = programmes::rules_at(&mut tx, application.call_id, application.call_version).await?;
    let call = programmes::get_call(&mut tx, application.call_id).await?;
    let firm = organisations::get(&mut tx, application.organisation_id).await?;
    let decision = store::latest_decision(&mut tx, *id).await?;
    let is_firm = actor.is(Role::Firm);
    let page = visitor.page("reviews-letter-title");
    let page = match is_firm {
        true => page.back_to(format!("/applications/{id}"), "applications-back"),
        false => page.back_to(format!("/reviews/applications/{id}"), "reviews-title"),
    };
    let said = match &decision {
        Some(decision) => Some(Said::of_decision(&mut tx, decision, &rules, page.lang).await?),
        None => None,
    };
    // Scores are the firm's to read once something is decided.
    let rows = match &decision {
        Some(_) => {
            let finished = store::result_of(&mut tx, *id).await?.is_some();
            store::visible_scores(&mut tx, Uuid::nil(), *id, finished).await?
        }
        None => Vec::new(),
    };
    let clarifications = store::clarifications(&mut tx, *id).await?;
    let decided_at = decision.as_ref().map(|one| one.decided_at);
    let (clock, clock_stands) = clock_of(&mut tx, &application, &clarifications, decided_at, now).await?;
    show(&LetterPage {
        own_words: decision
            .as_ref()
            .map(|one| own_words(&page, &rules, &call, &firm, &application, one))
            .unwrap_or_default(),
        said,
        criteria: criteria(&page, &rules, &rows),
        call_name: page.lang.of(&call.name_ko, &call.name_en).to_owned(),
        firm_name: firm.legal_name,
        decision,
        clock,
        clock_stands,
        clarifications,
        objection: store::objection_of(&mut tx, *id).await?,
        objection_until: actions::objection_ends(&mut tx, &application).await?,
        is_firm,
        now,
        page,
        application,
    })
}

/// What the call adds to the letter in words of its own.
fn own_words(
    page: &Page,
    rules: &CallRules,
    call: &Call,
    firm: &Organisation,
    application: &Application,
    decision: &Decision,
) -> String {
    let amount = page.won(decision.amount_won);
    let case = LetterCase {
        firm: &firm.legal_name,
        title: &application.title,
        call: page.lang.of(&call.name_ko, &call.name_en),
        amount: &amount,
    };
    match decision.outcome {
        DecisionOutcome::Selected => rules.letters.selected(page.lang, &case),
        DecisionOutcome::Rejected => rules.letters.rejected(page.lang, &case),
        DecisionOutcome::Reserve => String::new(),
    }
}

async fn objection_form(app: &App, visitor: &Visitor, actor: &Actor, id: ApplicationId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let application = visible(&mut tx, actor, id).await?;
    let until = actions::objection_ends(&mut tx, &application).await?.ok_or_else(Refusal::not_found)?;
    let page = visitor.page("objections-file-title").back_to(format!("/decisions/{id}"), "reviews-letter-title");
    let intro = page.t1("objections-until", "at", page.datetime(until));
    // What is objected to stands above the grounds.
    let against = match store::latest_decision(&mut tx, id).await? {
        Some(decision) => {
            let rules = programmes::rules_at(&mut tx, application.call_id, decision.call_version).await?;
            let said = Said::of_decision(&mut tx, &decision, &rules, page.lang).await?;
            let outcome = page.code("decision-outcome", decision.outcome);
            let parts = [outcome, said.name, said.rests_on, decision.note];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
        }
        None => page.t("objections-against-screening"),
    };
    FormPage::new(page, form, format!("/decisions/{id}/objection"), "objections-file")
        .intro(intro)
        .intro(visitor.lang.t("objections-once"))
        .field(Field::Inset(against))
        .field(Field::Textarea("grounds", "10"))
        .answer()
}

pub async fn show_objection(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
) -> Answer {
    objection_form(&app, &visitor, &actor, *id, Form::new(&visitor, "objections")).await
}

pub async fn object(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<ObjectionId> = async {
        let grounds = posted.read::<ObjectionForm>()?.parse()?;
        actions::file_objection(&app, &actor, *id, &grounds, posted.once).await
    }
    .await;
    match done {
        Ok(_) => Ok(redirect_with(format!("/decisions/{id}"), "reviews-flash-objected")),
        Err(trouble) => {
            let form = posted.again(&visitor, "objections", trouble)?;
            objection_form(&app, &visitor, &actor, *id, form).await
        }
    }
}

async fn question_page(app: &App, visitor: &Visitor, actor: &Actor, id: ClarificationId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let asked = store::find_asked(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let page = visitor
        .page("reviews-question-title")
        .back_to(format!("/decisions/{}", asked.application_id), "reviews-letter-title");
    let about = page.t1("reviews-question-about", "field", page.code("clarified-field", asked.field));
    let until = page.t1("reviews-question-until", "at", page.datetime(asked.due_at));
    FormPage::new(page, form, format!("/clarifications/{id}"), "reviews-answer-send")
        .intro(about)
        .field(Field::Inset(asked.question))
        .intro(until)
        .field(Field::Textarea("answer", "8"))
        .answer()
}

pub async fn show_question(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ClarificationId>,
) -> Answer {
    question_page(&app, &visitor, &actor, *id, Form::new(&visitor, "reviews")).await
}

pub async fn answer(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ClarificationId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<ApplicationId> = async {
        let text = posted.read::<AnswerForm>()?.parse()?;
        actions::answer(&app, &actor, *id, &text, posted.once).await
    }
    .await;
    match done {
        Ok(application) => Ok(redirect_with(format!("/decisions/{application}"), "reviews-flash-answered")),
        Err(trouble) => question_page(&app, &visitor, &actor, *id, posted.again(&visitor, "reviews", trouble)?).await,
    }
}
