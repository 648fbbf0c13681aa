//! Complaints: of a firm, of the agency, and how they end.

use crate::{
    app::App,
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
    },
    db::page::Cursor,
    organisations,
    vendors::{
        VendorId, actions,
        forms::{AboutQuery, ComplaintForm, NoteForm, StateQuery, StepForm},
        rules::complaints::ComplaintState,
        store,
        views::{ComplaintPage, ComplaintsPage},
    },
    web::{
        Answer, Choice, Form, Posted, Visitor,
        list::ListView,
        redirect_with, show as show_page, show_form,
        simple::{Field, FormPage},
    },
};
use actix_web::web;
use uuid::Uuid;

pub async fn list(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<StateQuery>) -> Answer {
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let paged = store::complaints(&mut tx, &actor, query.state.parse().ok(), None, after).await?;
    let page = visitor.page("vendors-complaints-title");
    let list = ListView::new(&page, &paged, "/vendor-complaints", &[("state", &query.state)], after);
    let mut states = vec![Choice::new("", visitor.lang.t("vendors-any"))];
    states.extend(Choice::codes(visitor.lang, "complaint-state", ComplaintState::ALL));
    let form = Form::with(&visitor, "vendors", vec![("state", query.state.clone())]);
    show_page(&ComplaintsPage { page, form, states, complaints: paged.rows, list })
}

async fn new_page(app: &App, visitor: &Visitor, actor: &Actor, form: Form, vendor: VendorId) -> Answer {
    let mut tx = app.db.read().await?;
    let found = store::find(&mut tx, vendor).await?.ok_or_else(Refusal::not_found)?;
    if !actor.is_staff() && !store::has_case(&mut tx, vendor, super::organisation(actor)?).await? {
        return Err(Refusal::not_found().into());
    }
    let name = organisations::get(&mut tx, found.organisation_id).await?.legal_name;
    let page = visitor.page("vendors-complain").back_to("/vendor-complaints", "vendors-complaints-title");
    let mut view = FormPage::new(page, form, format!("/vendor-complaints/new?vendor={vendor}"), "vendors-complain")
        .intro(name)
        .field(Field::Text("subject", ""))
        .field(Field::Textarea("content", "8"));
    if !actor.is_staff() {
        view = view.field(Field::Checkbox("is_confidential"));
    }
    view.answer()
}

pub async fn show_new(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<AboutQuery>) -> Answer {
    let vendor = query.vendor.parse().map_err(|_| Refusal::not_found())?;
    new_page(&app, &visitor, &actor, Form::new(&visitor, "vendors-complaint"), vendor).await
}

pub async fn complain(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    query: web::Query<AboutQuery>,
    posted: Posted,
) -> Answer {
    let vendor = query.vendor.parse().map_err(|_| Refusal::not_found())?;
    let done: Outcome<Uuid> = async {
        let new = posted.read::<ComplaintForm>()?.parse()?;
        actions::complain(&app, &actor, vendor, new, posted.once).await
    }
    .await;
    match done {
        Ok(id) => Ok(redirect_with(format!("/vendor-complaints/{id}"), "vendors-flash-complained")),
        Err(trouble) => {
            let form = posted.again(&visitor, "vendors-complaint", trouble)?;
            new_page(&app, &visitor, &actor, form, vendor).await
        }
    }
}

async fn complaint_page(app: &App, visitor: &Visitor, actor: &Actor, id: Uuid, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let complaint = store::complaint(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let page = visitor.page_titled(complaint.subject.clone());
    let page = page.back_to("/vendor-complaints", "vendors-complaints-title").with_form(&form);
    let view = ComplaintPage { page, form, complaint, roles: actor.roles.clone() };
    show_form(&view, &view.form)
}

pub async fn show(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<Uuid>) -> Answer {
    complaint_page(&app, &visitor, &actor, *id, Form::new(&visitor, "vendors-complaint")).await
}

pub async fn answer(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<Uuid>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let answer = posted.read::<NoteForm>()?.parse()?;
        actions::answer_complaint(&app, &actor, *id, answer, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/vendor-complaints/{id}"), "vendors-flash-saved")),
        Err(trouble) => {
            let form = posted.again(&visitor, "vendors-complaint", trouble)?;
            complaint_page(&app, &visitor, &actor, *id, form).await
        }
    }
}

pub async fn take_step(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<Uuid>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let form: StepForm = posted.read()?;
        let note = form.checked_note(&["close", "uphold"])?;
        actions::end_complaint(&app, &actor, *id, &form.step, note, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/vendor-complaints/{id}"), "vendors-flash-saved")),
        Err(trouble) => {
            let form = posted.again(&visitor, "vendors-complaint", trouble)?;
            complaint_page(&app, &visitor, &actor, *id, form).await
        }
    }
}
