//! Questions: the library, the form of a call, and a firm's answers.

use crate::{
    app::App,
    applications::{
        actions::{self, Asked, Dossier},
        forms::{CallFormForm, QuestionForm},
        rules::{
            Section,
            merging::Fields,
            questions::{ANSWER_FIELDS, QuestionKind, read_answer},
        },
        store::questions as library,
        views::{AnswerField, AnswersPage, CallFormPage, LibraryPage},
    },
    core::{
        actor::Actor,
        form::FormErrors,
        refusal::{Outcome, Refusal},
    },
    programmes::{self, CallId, CallRules, ChangeId, actions::Basis},
    web::{
        Answer, Choice, Form, Page, Posted, Visitor, redirect_with, show, show_form,
        simple::{Field, FormPage},
    },
};
use actix_web::web;

/// Questions of the call with the fields in which they are answered.
fn asked(dossier: &Dossier) -> impl Iterator<Item = (&Asked, &'static str)> {
    dossier.questions.iter().zip(ANSWER_FIELDS)
}

/// The answers that were typed, by the code of their question.
pub(super) fn typed(dossier: &Dossier, posted: &Posted) -> Outcome<Fields> {
    let sent: Fields = posted.read()?;
    let known = |name: &str| name == "version" || asked(dossier).any(|(_, field)| field == name);
    if sent.keys().any(|name| !known(name)) {
        return Err(Refusal::unacceptable("refusal-form-malformed").into());
    }
    let mut errors = FormErrors::new();
    let answers = asked(dossier)
        .map(|(Asked { question, .. }, field)| {
            let choices = question.choices_ko.lines().count();
            // What was not on the page, because it did not apply then, is not taken away.
            let text = sent.get(field).map_or_else(|| dossier.answer(&question.code), String::as_str);
            (question.code.clone(), read_answer(&mut errors, field, question.kind, choices, text))
        })
        .collect();
    Ok(errors.done(answers)?)
}

/// The name of a form's field: of an answer, that of its place.
pub(super) fn field_of(dossier: &Dossier, section: Section, name: &str) -> String {
    if section != Section::Questions {
        return name.to_owned();
    }
    let found = asked(dossier).find(|(asked, _)| asked.question.code == name);
    found.map_or_else(|| name.to_owned(), |(_, field)| field.to_owned())
}

/// Answers by the fields of the form.
pub(super) fn by_field(dossier: &Dossier, answers: &Fields) -> Fields {
    answers.iter().map(|(code, answer)| (field_of(dossier, Section::Questions, code), answer.clone())).collect()
}

/// `form` holds answers by code when it is fresh, and by field when it comes back.
pub(super) fn answer_page(page: Page, dossier: &Dossier, form: Form, saved: String) -> Answer {
    if !dossier.asks_questions() {
        return Err(Refusal::not_found().into());
    }
    let fresh = !form.has_errors();
    let fields = asked(dossier)
        .filter(|(asked, _)| asked.applies)
        .map(|(Asked { question, required, .. }, field)| AnswerField {
            field,
            label: question.label(page.lang).to_owned(),
            hint: question.hint(page.lang).map(str::to_owned),
            kind: question.kind,
            required: *required,
            value: if fresh { dossier.answer(&question.code).to_owned() } else { form.value(field) },
            error: form.error(field),
            choices: match question.kind {
                QuestionKind::Choice => {
                    question.choices(page.lang).into_iter().map(|(place, words)| Choice::new(place, words)).collect()
                }
                QuestionKind::YesNo => ["yes", "no"].map(|code| Choice::new(code, page.t(code))).to_vec(),
                _ => Vec::new(),
            },
        })
        .collect();
    let page = page.with_form(&form);
    let view = AnswersPage { id: dossier.application.id, page, form, fields, saved };
    show_form(&view, &view.form)
}

pub async fn show_library(app: web::Data<App>, visitor: Visitor) -> Answer {
    let mut tx = app.db.read().await?;
    let questions = library::newest(&mut tx).await?;
    show(&LibraryPage { page: visitor.page("questions-title"), questions })
}

#[derive(serde::Deserialize)]
pub struct QuestionQuery {
    #[serde(default)]
    code: String,
}

fn question_page(visitor: &Visitor, form: Form) -> Answer {
    let page = visitor.page("questions-new").back_to("/questions", "questions-title");
    FormPage::new(page, form, "/questions/new", "save")
        .intro(visitor.lang.t("questions-new-intro"))
        .field(Field::Text("code", "20"))
        .field(Field::Radios("kind", Choice::codes(visitor.lang, "question-kind", QuestionKind::ALL)))
        .field(Field::Text("label_ko", ""))
        .field(Field::Text("label_en", ""))
        .field(Field::Text("hint_ko", ""))
        .field(Field::Text("hint_en", ""))
        .field(Field::Textarea("choices_ko", "4"))
        .field(Field::Textarea("choices_en", "4"))
        .field(Field::Textarea("asked_if", "2"))
        .answer()
}

pub async fn show_question(app: web::Data<App>, visitor: Visitor, query: web::Query<QuestionQuery>) -> Answer {
    let mut tx = app.db.read().await?;
    let held = library::versions(&mut tx, &query.code).await?.into_iter().next();
    let values = held.map_or_else(Vec::new, |held| {
        vec![
            ("code", held.code),
            ("kind", held.kind.to_string()),
            ("label_ko", held.label_ko),
            ("label_en", held.label_en),
            ("hint_ko", held.hint_ko),
            ("hint_en", held.hint_en),
            ("choices_ko", held.choices_ko),
            ("choices_en", held.choices_en),
            ("asked_if", held.asked_if),
        ]
    });
    question_page(&visitor, Form::with(&visitor, "questions", values))
}

pub async fn write_question(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let done: Outcome<i64> = async {
        let new = posted.read::<QuestionForm>()?.parse()?;
        actions::write_question(&app, &actor, new, posted.once).await
    }
    .await;
    match done {
        Ok(_) => Ok(redirect_with("/questions", "questions-flash-written")),
        Err(trouble) => question_page(&visitor, posted.again(&visitor, "questions", trouble)?),
    }
}

fn call_values(basis: Basis, rules: &CallRules) -> Vec<(&'static str, String)> {
    let mut values = vec![
        ("version", basis.to_string()),
        ("certification", if rules.certification { "yes" } else { "" }.to_owned()),
    ];
    for rule in &rules.questions {
        let named = format!("{}.{}", rule.code, rule.version);
        values.push(("questions", named.clone()));
        if rule.required {
            values.push(("required_questions", named));
        }
    }
    values
}

async fn call_form_page(app: &App, visitor: &Visitor, call: CallId, form: Option<Form>) -> Answer {
    let mut tx = app.db.read().await?;
    let (call, rules, basis, _) = programmes::actions::at_hand(&mut tx, call).await?;
    let mut offered = library::newest(&mut tx).await?;
    // A version that the call asks already stays on offer beside a newer one.
    for asked in library::asked(&mut tx, &rules.questions).await?.into_iter().flatten() {
        if !offered.contains(&asked) {
            offered.push(asked);
        }
    }
    let form = match form {
        Some(form) if form.is_overtaken() => form.put("version", basis),
        Some(form) => form,
        None => Form::with(visitor, "questions", call_values(basis, &rules)),
    };
    let page = visitor
        .page("questions-call-form")
        .back_to(format!("/calls/{}/settings", call.id), "questions-call-settings")
        .with_form(&form);
    let choices = offered
        .iter()
        .map(|question| Choice {
            hint: Some(format!("{} · {}", question.code, page.t1("questions-version", "version", question.version))),
            ..Choice::new(format!("{}.{}", question.code, question.version), question.label(page.lang))
        })
        .collect();
    let view = CallFormPage { call_name: call.name(page.lang).to_owned(), id: call.id, page, form, choices };
    show_form(&view, &view.form)
}

pub async fn show_call_form(app: web::Data<App>, visitor: Visitor, id: web::Path<CallId>) -> Answer {
    call_form_page(&app, &visitor, *id, None).await
}

pub async fn change_call_form(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<CallId>,
    posted: Posted,
) -> Answer {
    let edited: Outcome<ChangeId> = async {
        let (basis, new) = posted.read::<CallFormForm>()?.parse()?;
        actions::change_call_form(&app, &actor, *id, basis, new, posted.once).await
    }
    .await;
    match edited {
        Ok(change) => Ok(redirect_with(format!("/calls/{id}/changes/{change}"), "programmes-flash-edited")),
        Err(trouble) => call_form_page(&app, &visitor, *id, Some(posted.again(&visitor, "questions", trouble)?)).await,
    }
}
