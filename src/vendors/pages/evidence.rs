//! A vendor's evidence: statements by criterion with their documents, references, answers; and how the agency reads it.

use super::{inside::inside, organisation};
use crate::{
    app::App,
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
    },
    files::{self, FileId},
    organisations::vault,
    vendors::{
        VendorId, actions,
        forms::{ANSWER_FIELDS, AnswersForm, ReferenceForm, StatementForm, SubmitForm},
        rules::criteria::Criterion,
        store::{self, Vendor},
    },
    web::{
        Answer, Form, Page, Posted, Visitor, download as downloads, redirect_with,
        simple::{Field, FormPage},
        upload,
    },
};
use actix_multipart::Multipart;
use actix_web::web;
use uuid::Uuid;

pub async fn own(app: &App, actor: &Actor) -> Outcome<Vendor> {
    let mut tx = app.db.read().await?;
    Ok(store::by_organisation(&mut tx, organisation(actor)?).await?.ok_or_else(Refusal::not_found)?)
}

/// The documents of the vendor's own vault: one that counts may be picked instead of an upload, one that ended is named.
pub async fn from_vault(app: &App, actor: &Actor, page: &Page) -> Outcome<Vec<Field>> {
    let (of, today) = (organisation(actor)?, super::day(app.clock.now()));
    let mut tx = app.db.read().await?;
    Ok(vault::picks(&mut tx, of, page, today).await?)
}

fn criterion_page(
    visitor: &Visitor,
    form: Form,
    criterion: Criterion,
    file: Option<&str>,
    from_vault: Vec<Field>,
) -> Answer {
    let page = visitor.page_titled(visitor.lang.code_word("criterion", criterion.as_str()));
    let rule = page.code("criterion-rule", criterion);
    let kept = file.map(|name| page.t1("vendors-file-kept", "name", name));
    let page = page.back_to("/vendor", "vendors-own-title");
    let mut view = FormPage::new(page, form, format!("/vendor/criteria/{criterion}"), "save").intro(rule);
    if criterion.has_words() {
        view = view.field(Field::Text("words", "30"));
    }
    if criterion.has_figure() {
        let unit = if criterion == Criterion::Gain { "%" } else { "" };
        view = view.field(Field::Number("figure", unit.to_owned()));
    }
    if criterion.has_day() {
        view = view.field(Field::Date("day"));
    }
    if let Some(kept) = kept {
        view = view.field(Field::Inset(kept));
    }
    if criterion.wants_evidence() {
        view = from_vault.into_iter().fold(view, FormPage::field);
    }
    view.field(Field::File("file", files::DOCUMENT_ENDINGS)).answer()
}

pub async fn show_criterion(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    criterion: web::Path<String>,
) -> Answer {
    let criterion: Criterion = criterion.parse().map_err(|_| Refusal::not_found())?;
    let vendor = own(&app, &actor).await?;
    let mut tx = app.db.read().await?;
    let row = store::criteria(&mut tx, vendor.id).await?.into_iter().find(|row| row.criterion == criterion);
    let values = match &row {
        Some(row) => vec![
            ("figure", row.value_milli.map(crate::core::measure::show_milli).unwrap_or_default()),
            ("words", row.value_text.clone()),
            ("day", row.value_on.map(|day| day.to_string()).unwrap_or_default()),
        ],
        None => Vec::new(),
    };
    let file = row.and_then(|row| row.file_name);
    drop(tx);
    let picks = from_vault(&app, &actor, &visitor.page("vendors-own-title")).await?;
    criterion_page(&visitor, Form::with(&visitor, "vendors-evidence", values), criterion, file.as_deref(), picks)
}

pub async fn state_criterion(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    criterion: web::Path<String>,
    body: Multipart,
) -> Answer {
    let criterion: Criterion = criterion.parse().map_err(|_| Refusal::not_found())?;
    let uploaded = upload::receive(&visitor, &app.files, body).await?;
    let file = uploaded.files.iter().find(|file| file.field == "file");
    let done: Outcome<()> = async {
        let new = uploaded.posted.read::<StatementForm>()?.parse(criterion)?;
        actions::state_criterion(&app, &actor, criterion, new, file, uploaded.posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with("/vendor", "vendors-flash-saved")),
        Err(trouble) => {
            app.files.discard(&uploaded.files).await;
            let picks = from_vault(&app, &actor, &visitor.page("vendors-own-title")).await?;
            let form = uploaded.posted.again(&visitor, "vendors-evidence", trouble)?;
            criterion_page(&visitor, form, criterion, None, picks)
        }
    }
}

fn reference_page(visitor: &Visitor, form: Form) -> Answer {
    let page = visitor.page("vendors-new-reference").back_to("/vendor", "vendors-own-title");
    let intro = page.t("vendors-reference-intro");
    FormPage::new(page, form, "/vendor/references/new", "save")
        .intro(intro)
        .field(Field::Text("business_number", "20"))
        .field(Field::Text("name", ""))
        .field(Field::Number("months_used", visitor.lang.t("vendors-months")))
        .field(Field::Number("gain", "%".to_owned()))
        .field(Field::Checkbox("satisfied"))
        .answer()
}

pub async fn show_reference(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    own(&app, &actor).await?;
    reference_page(&visitor, Form::new(&visitor, "vendors-reference"))
}

pub async fn add_reference(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let done: Outcome<()> = async {
        let new = posted.read::<ReferenceForm>()?.parse()?;
        actions::add_reference(&app, &actor, new, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with("/vendor", "vendors-flash-saved")),
        Err(trouble) => reference_page(&visitor, posted.again(&visitor, "vendors-reference", trouble)?),
    }
}

pub async fn remove_reference(app: web::Data<App>, actor: Actor, id: web::Path<Uuid>, posted: Posted) -> Answer {
    posted.read::<SubmitForm>()?;
    actions::remove_reference(&app, &actor, *id, posted.once).await?;
    Ok(redirect_with("/vendor", "vendors-flash-saved"))
}

async fn answers_page(app: &App, visitor: &Visitor, actor: &Actor, form: Form) -> Answer {
    let vendor = own(app, actor).await?;
    let mut tx = app.db.read().await?;
    let questions = store::open_questions(&mut tx, vendor.id).await?;
    let due = questions.first().ok_or_else(Refusal::not_found)?.due_on;
    let page = visitor.page("vendors-answers-title").back_to("/vendor", "vendors-own-title");
    let intro = page.t1("vendors-answers-intro", "due", page.date(due));
    let mut view = FormPage::new(page, form, "/vendor/answers", "vendors-send-answers").intro(intro);
    for (question, field) in questions.iter().zip(ANSWER_FIELDS) {
        view = view.field(Field::Inset(question.question.clone())).field(Field::Textarea(field, "4"));
    }
    view.answer()
}

pub async fn show_answers(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    answers_page(&app, &visitor, &actor, Form::new(&visitor, "vendors")).await
}

pub async fn answer(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let done: Outcome<()> = async {
        let vendor = own(&app, &actor).await?;
        let mut tx = app.db.read().await?;
        let questions = store::open_questions(&mut tx, vendor.id).await?.len();
        drop(tx);
        let answers = posted.read::<AnswersForm>()?.parse(questions)?;
        actions::answer_questions(&app, &actor, answers, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with("/vendor", "vendors-flash-answered")),
        Err(trouble) => answers_page(&app, &visitor, &actor, posted.again(&visitor, "vendors", trouble)?).await,
    }
}

/// A document of a vendor, for the agency: only one that this vendor's entry or account names.
pub async fn download(app: web::Data<App>, visitor: Visitor, path: web::Path<(VendorId, FileId)>) -> Answer {
    let (id, file) = path.into_inner();
    let mut tx = app.db.read().await?;
    let vendor = store::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let page = visitor.page("vendors-title");
    let inside = inside(&mut tx, &vendor, &page, super::day(visitor.arrived_at)).await?;
    let is_named = inside.criteria.iter().any(|c| c.row.as_ref().is_some_and(|row| row.file_id == Some(file)))
        || inside.change.is_some_and(|change| change.file_id == file);
    let known = files::find(&mut tx, file).await?.filter(|_| is_named).ok_or_else(Refusal::not_found)?;
    downloads::stored(
        &app,
        (known.id, &known.name, known.media_type.clone()),
        known.scan,
        "vendors-refusal-not-scanned",
    )
    .await
}
