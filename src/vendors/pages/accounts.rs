//! The account that a vendor is paid to: the vendor asks and may stop it, officers check and confirm.

use super::{choices, evidence, prove, staff};
use crate::{
    app::App,
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
    },
    reference,
    vendors::{
        actions,
        forms::{AccountForm, StepForm, SubmitForm},
        store,
    },
    web::{
        Answer, Form, Posted, Visitor, redirect, redirect_with,
        simple::{Field, FormPage},
        upload,
    },
};
use actix_multipart::Multipart;
use actix_web::web;
use uuid::Uuid;

async fn request_page(app: &App, visitor: &Visitor, actor: &Actor, form: Form) -> Answer {
    let vendor = evidence::own(app, actor).await?;
    let mut tx = app.db.read().await?;
    let banks = choices(&reference::banks(&mut tx).await?, visitor.lang, "choose-one");
    let page = visitor.page("vendors-account-change").back_to("/vendor", "vendors-own-title");
    let intro = page.t1("vendors-account-change-intro", "days", app.config.account_cooling_days);
    let present = page.t1("vendors-account-present", "ending", vendor.account_ending);
    drop(tx);
    let picks = evidence::from_vault(app, actor, &page).await?;
    let view = FormPage::new(page, form, "/vendor/account", "vendors-account-request")
        .intro(present)
        .field(Field::Inset(intro))
        .field(Field::Select("bank_code", banks))
        .field(Field::Text("account_number", "20"))
        .field(Field::Text("account_holder", "30"));
    let view = picks.into_iter().fold(view, FormPage::field);
    view.field(Field::File("file", crate::files::DOCUMENT_ENDINGS))
        .link(prove(&visitor.path), "trouble-link-prove")
        .answer()
}

pub async fn show_request(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    if actor.freshly_proven(visitor.arrived_at).is_err() {
        return Ok(redirect(prove(&visitor.path)));
    }
    request_page(&app, &visitor, &actor, Form::new(&visitor, "vendors")).await
}

pub async fn request(app: web::Data<App>, visitor: Visitor, actor: Actor, body: Multipart) -> Answer {
    let uploaded = upload::receive(&visitor, &app.files, body).await?;
    let file = uploaded.files.iter().find(|file| file.field == "file");
    let done: Outcome<()> = async {
        let new = uploaded.posted.read::<AccountForm>()?.parse()?;
        actions::request_account(&app, &actor, new, file, uploaded.posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with("/vendor", "vendors-flash-account-requested")),
        Err(trouble) => {
            app.files.discard(&uploaded.files).await;
            request_page(&app, &visitor, &actor, uploaded.posted.again(&visitor, "vendors", trouble)?).await
        }
    }
}

pub async fn cancel(app: web::Data<App>, actor: Actor, posted: Posted) -> Answer {
    posted.read::<SubmitForm>()?;
    actions::cancel_account(&app, &actor, posted.once).await?;
    Ok(redirect_with("/vendor", "vendors-flash-account-cancelled"))
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
        let note = form.checked_note(&["check", "refuse"])?;
        actions::take_account_step(&app, &actor, *id, &form.step, &note, posted.once).await
    }
    .await;
    match done {
        Ok(vendor) => Ok(redirect_with(format!("/vendors/{vendor}"), "vendors-flash-decided")),
        Err(trouble) => {
            let form = posted.again(&visitor, "vendors", trouble)?;
            let mut tx = app.db.read().await?;
            let change = store::account_change(&mut tx, *id).await?.ok_or_else(Refusal::not_found)?;
            drop(tx);
            staff::vendor_page(&app, &visitor, &actor, change.vendor_id, form).await
        }
    }
}
