//! How officers judge an entry: verdicts, questions, approval; and what they look at again.

use super::{day, inside::inside};
use crate::{
    app::App,
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
    },
    organisations,
    vendors::{
        PackageId, SolutionId, VendorId, actions,
        forms::{
            ApprovalForm, NoteForm, QUESTION_FIELDS, QualifyingForm, QuestionsForm, SubmitForm, VerdictsForm,
            note_field,
        },
        rules::criteria::{Finding, Verdict},
        store,
        views::JudgePage,
    },
    web::{
        Answer, Choice, Form, Posted, Visitor, redirect_with, show_form,
        simple::{Field, FormPage},
    },
};
use actix_web::web;
use uuid::Uuid;

/// What the service sees stands in the form until an officer says otherwise.
async fn judge_page(app: &App, visitor: &Visitor, id: VendorId, form: Option<Form>) -> Answer {
    let mut tx = app.db.read().await?;
    let vendor = store::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let name = organisations::get(&mut tx, vendor.organisation_id).await?.legal_name;
    let page = visitor.page("vendors-judge-title").back_to(format!("/vendors/{id}"), "vendors-title");
    let inside = inside(&mut tx, &vendor, &page, day(visitor.arrived_at)).await?;
    let mut values = Vec::new();
    for view in &inside.criteria {
        let seen = (view.finding == Finding::Met).then(|| Verdict::Met.to_string());
        values.push((view.criterion.as_str(), view.verdict().or(seen).unwrap_or_default()));
        values.push((note_field(view.criterion), view.note().to_owned()));
    }
    let form = form.unwrap_or_else(|| Form::with(visitor, "criterion", values));
    let mut verdicts = vec![Choice::new("", visitor.lang.t("vendors-verdict-open"))];
    verdicts.extend(Choice::codes(visitor.lang, "verdict", Verdict::ALL));
    let mut page = page.with_form(&form);
    page.title = format!("{} – {name}", page.title);
    let view = JudgePage { page, form, vendor, inside, verdicts };
    show_form(&view, &view.form)
}

pub async fn show_criteria(app: web::Data<App>, visitor: Visitor, id: web::Path<VendorId>) -> Answer {
    judge_page(&app, &visitor, *id, None).await
}

pub async fn decide(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<VendorId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let verdicts = posted.read::<VerdictsForm>()?.parse()?;
        actions::decide_criteria(&app, &actor, *id, verdicts, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/vendors/{id}"), "vendors-flash-saved")),
        Err(trouble) => judge_page(&app, &visitor, *id, Some(posted.again(&visitor, "criterion", trouble)?)).await,
    }
}

fn questions_page(visitor: &Visitor, form: Form, id: VendorId) -> Answer {
    let page = visitor.page("vendors-questions-title").back_to(format!("/vendors/{id}"), "vendors-title");
    let intro = page.t("vendors-questions-intro");
    let view = FormPage::new(page, form, format!("/vendors/{id}/questions"), "vendors-send-questions").intro(intro);
    QUESTION_FIELDS
        .into_iter()
        .fold(view, |view, field| view.field(Field::Textarea(field, "3")))
        .field(Field::Date("due_on"))
        .answer()
}

pub async fn show_questions(app: web::Data<App>, visitor: Visitor, id: web::Path<VendorId>) -> Answer {
    let mut tx = app.db.read().await?;
    store::find(&mut tx, *id).await?.ok_or_else(Refusal::not_found)?;
    let due = day(visitor.arrived_at) + chrono::Duration::days(7);
    questions_page(&visitor, Form::with(&visitor, "vendors", vec![("due_on", due.to_string())]), *id)
}

pub async fn ask(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<VendorId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let new = posted.read::<QuestionsForm>()?.parse()?;
        actions::ask(&app, &actor, *id, new, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/vendors/{id}"), "vendors-flash-asked")),
        Err(trouble) => questions_page(&visitor, posted.again(&visitor, "vendors", trouble)?, *id),
    }
}

async fn approval_page(app: &App, visitor: &Visitor, form: Form, id: VendorId) -> Answer {
    let mut tx = app.db.read().await?;
    let vendor = store::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let name = organisations::get(&mut tx, vendor.organisation_id).await?.legal_name;
    let page = visitor.page("vendors-approval-title").back_to(format!("/vendors/{id}"), "vendors-title");
    let intro = page.t("vendors-approval-intro");
    let conditions = page.t("vendors-conditions-heading");
    let mut view = FormPage::new(page, form, format!("/vendors/{id}/approval"), "vendor-step-approve")
        .intro(name)
        .intro(intro)
        .field(Field::Heading(conditions));
    for (wording, due) in [("condition_1", "due_1"), ("condition_2", "due_2"), ("condition_3", "due_3")] {
        view = view.field(Field::Textarea(wording, "2")).field(Field::Date(due));
    }
    view.link(super::prove(&visitor.path), "trouble-link-prove").answer()
}

pub async fn show_approval(app: web::Data<App>, visitor: Visitor, id: web::Path<VendorId>) -> Answer {
    approval_page(&app, &visitor, Form::new(&visitor, "vendors"), *id).await
}

pub async fn approve(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<VendorId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let conditions = posted.read::<ApprovalForm>()?.parse(day(visitor.arrived_at))?;
        actions::approve(&app, &actor, *id, conditions, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/vendors/{id}"), "vendors-flash-decided")),
        Err(trouble) => approval_page(&app, &visitor, posted.again(&visitor, "vendors", trouble)?, *id).await,
    }
}

pub async fn meet(app: web::Data<App>, actor: Actor, id: web::Path<Uuid>, posted: Posted) -> Answer {
    posted.read::<SubmitForm>()?;
    let vendor = actions::meet_condition(&app, &actor, *id, posted.once).await?;
    Ok(redirect_with(format!("/vendors/{vendor}"), "vendors-flash-saved"))
}

async fn recheck_page(app: &App, visitor: &Visitor, form: Form, id: SolutionId) -> Answer {
    let mut tx = app.db.read().await?;
    let solution = store::solution(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let page = visitor.page("vendors-recheck-title");
    let page = page.back_to(format!("/vendors/{}", solution.vendor_id), "vendors-title");
    let intro = page.t("vendors-recheck-intro");
    FormPage::new(page, form, format!("/vendor-solutions/{id}/check"), "vendors-recheck-pass")
        .intro(solution.name)
        .intro(intro)
        .field(Field::Textarea("note", "4"))
        .answer()
}

pub async fn show_recheck(app: web::Data<App>, visitor: Visitor, id: web::Path<SolutionId>) -> Answer {
    recheck_page(&app, &visitor, Form::new(&visitor, "vendors-officer"), *id).await
}

pub async fn recheck(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<SolutionId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<VendorId> = async {
        let note = posted.read::<NoteForm>()?.parse()?;
        actions::pass_recheck(&app, &actor, *id, note, posted.once).await
    }
    .await;
    match done {
        Ok(vendor) => Ok(redirect_with(format!("/vendors/{vendor}"), "vendors-flash-saved")),
        Err(trouble) => recheck_page(&app, &visitor, posted.again(&visitor, "vendors-officer", trouble)?, *id).await,
    }
}

async fn qualifying_page(app: &App, visitor: &Visitor, form: Form, id: PackageId) -> Answer {
    let mut tx = app.db.read().await?;
    let package = store::package(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let solution = store::solution(&mut tx, package.solution_id).await?.ok_or_else(Refusal::not_found)?;
    let page = visitor.page("vendors-qualifying-title");
    let page = page.back_to(format!("/vendors/{}", solution.vendor_id), "vendors-title");
    let price =
        format!("{} – {}: {} / {}", solution.name, package.name, page.won(package.unit_price_won), package.unit);
    let intro = page.t("vendors-qualifying-intro");
    FormPage::new(page, form, format!("/vendor-packages/{id}/qualifying"), "save")
        .intro(price)
        .intro(intro)
        .field(Field::Money("qualifying_price"))
        .link(super::prove(&visitor.path), "trouble-link-prove")
        .answer()
}

pub async fn show_qualifying(app: web::Data<App>, visitor: Visitor, id: web::Path<PackageId>) -> Answer {
    let mut tx = app.db.read().await?;
    let package = store::package(&mut tx, *id).await?.ok_or_else(Refusal::not_found)?;
    drop(tx);
    let price = package.qualifying_price_won.unwrap_or(package.unit_price_won).0.to_string();
    let form = Form::with(&visitor, "vendors-package", vec![("qualifying_price", price)]);
    qualifying_page(&app, &visitor, form, *id).await
}

pub async fn qualify(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<PackageId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<VendorId> = async {
        let price = posted.read::<QualifyingForm>()?.parse()?;
        actions::set_qualifying_price(&app, &actor, *id, price, posted.once).await
    }
    .await;
    match done {
        Ok(vendor) => Ok(redirect_with(format!("/vendors/{vendor}"), "vendors-flash-saved")),
        Err(trouble) => qualifying_page(&app, &visitor, posted.again(&visitor, "vendors-package", trouble)?, *id).await,
    }
}
