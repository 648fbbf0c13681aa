//! The yearly review: campaigns and lists for the agency, confirmation and appeal for the vendor.

use super::{evidence, staff};
use crate::{
    app::App,
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    db::page::Cursor,
    vendors::{
        actions,
        forms::{CampaignForm, NoteForm, StateQuery, StepForm, SubmitForm},
        rules::reviews::ReviewState,
        store,
        views::ReviewsPage,
    },
    web::{
        Answer, Choice, Form, Posted, Visitor,
        list::ListView,
        redirect_with, show,
        simple::{Field, FormPage},
    },
};
use actix_web::web;
use uuid::Uuid;

pub async fn list(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<StateQuery>) -> Answer {
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let paged = store::reviews(&mut tx, query.state.parse().ok(), after).await?;
    let campaigns = store::campaigns(&mut tx).await?;
    let page = visitor.page("vendors-reviews-title");
    let list = ListView::new(&page, &paged, "/vendor-reviews", &[("state", &query.state)], after);
    let mut states = vec![Choice::new("", visitor.lang.t("vendors-any"))];
    states.extend(Choice::codes(visitor.lang, "vendor-review-state", ReviewState::ALL));
    let form = Form::with(&visitor, "vendors", vec![("state", query.state.clone())]);
    let is_manager = actor.is(Role::Manager);
    show(&ReviewsPage { page, form, states, campaigns, reviews: paged.rows, list, is_manager })
}

fn campaign_page(visitor: &Visitor, form: Form) -> Answer {
    let page = visitor.page("vendors-new-campaign").back_to("/vendor-reviews", "vendors-reviews-title");
    let intro = page.t("vendors-campaign-intro");
    FormPage::new(page, form, "/vendor-reviews/new", "vendors-open-campaign")
        .intro(intro)
        .field(Field::Text("name", "30"))
        .field(Field::Date("due_on"))
        .field(Field::Number("sample_percent", "%".to_owned()))
        .link(super::prove(&visitor.path), "trouble-link-prove")
        .answer()
}

pub async fn show_new(visitor: Visitor) -> Answer {
    campaign_page(&visitor, Form::with(&visitor, "vendors-campaign", vec![("sample_percent", "10".to_owned())]))
}

pub async fn open(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let done: Outcome<Uuid> = async {
        let new = posted.read::<CampaignForm>()?.parse()?;
        actions::open_campaign(&app, &actor, new, posted.once).await
    }
    .await;
    match done {
        Ok(_) => Ok(redirect_with("/vendor-reviews", "vendors-flash-campaign")),
        Err(trouble) => campaign_page(&visitor, posted.again(&visitor, "vendors-campaign", trouble)?),
    }
}

pub async fn confirm(app: web::Data<App>, actor: Actor, id: web::Path<Uuid>, posted: Posted) -> Answer {
    posted.read::<SubmitForm>()?;
    actions::confirm_review(&app, &actor, *id, posted.once).await?;
    Ok(redirect_with("/vendor", "vendors-flash-confirmed"))
}

async fn appeal_page(app: &App, visitor: &Visitor, actor: &Actor, form: Form, id: Uuid) -> Answer {
    let vendor = evidence::own(app, actor).await?;
    let mut tx = app.db.read().await?;
    let review = store::review(&mut tx, id).await?.filter(|review| review.vendor_id == vendor.id);
    let review = review.ok_or_else(Refusal::not_found)?;
    let page = visitor.page("vendors-appeal-title").back_to("/vendor", "vendors-own-title");
    let finding = page.t1("vendors-appeal-intro", "note", review.note);
    FormPage::new(page, form, format!("/vendor/reviews/{id}/appeal"), "vendors-appeal")
        .intro(finding)
        .field(Field::Textarea("note", "8"))
        .answer()
}

pub async fn show_appeal(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<Uuid>) -> Answer {
    appeal_page(&app, &visitor, &actor, Form::new(&visitor, "vendors-appeal"), *id).await
}

pub async fn appeal(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<Uuid>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let appeal = posted.read::<NoteForm>()?.parse()?;
        actions::appeal_review(&app, &actor, *id, appeal, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with("/vendor", "vendors-flash-saved")),
        Err(trouble) => {
            appeal_page(&app, &visitor, &actor, posted.again(&visitor, "vendors-appeal", trouble)?, *id).await
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
    let done: Outcome<_> = async {
        let form: StepForm = posted.read()?;
        let note = form.checked_note(&["fail", "allow", "dismiss"])?;
        actions::take_review_step(&app, &actor, *id, &form.step, note, posted.once).await
    }
    .await;
    match done {
        Ok(vendor) => Ok(redirect_with(format!("/vendors/{vendor}"), "vendors-flash-decided")),
        Err(trouble) => {
            let form = posted.again(&visitor, "vendors", trouble)?;
            let mut tx = app.db.read().await?;
            let review = store::review(&mut tx, *id).await?.ok_or_else(Refusal::not_found)?;
            drop(tx);
            staff::vendor_page(&app, &visitor, &actor, review.vendor_id, form).await
        }
    }
}
