//! A vendor's own entry: make it, change it, hand it in.

use super::{choices, day, inside, name, offered, organisation, prove};
use crate::{
    app::App,
    core::{actor::Actor, refusal::Outcome, refusal::Refusal},
    organisations, reference,
    vendors::{
        actions,
        forms::{SubmitForm, VendorForm, Version},
        store::{self, Vendor},
        views::{NoEntryPage, OwnPage},
    },
    web::{
        Answer, Form, Posted, Visitor, redirect, redirect_with, show, show_form,
        simple::{Field, FormPage},
    },
};
use actix_web::web;

pub async fn vendor(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    let mut tx = app.db.read().await?;
    let Some(vendor) = store::by_organisation(&mut tx, organisation(&actor)?).await? else {
        return show(&NoEntryPage { page: visitor.page("vendors-own-title") });
    };
    drop(tx);
    own_page(&app, &visitor, vendor, Form::new(&visitor, "vendors")).await
}

async fn own_page(app: &App, visitor: &Visitor, vendor: Vendor, form: Form) -> Answer {
    let today = day(visitor.arrived_at);
    let mut tx = app.db.read().await?;
    let legal_name = organisations::get(&mut tx, vendor.organisation_id).await?.legal_name;
    let page = visitor.page_titled(legal_name).with_form(&form);
    let view = OwnPage {
        inside: inside::inside(&mut tx, &vendor, &page, today).await?,
        form,
        bank: name(&reference::banks(&mut tx).await?, &vendor.bank_code, visitor.lang),
        unmet: actions::unmet(&mut tx, &vendor, today).await?,
        offered: offered(&mut tx, vendor.id, &page, today).await?,
        history: crate::audit::history(&mut tx, vendor.id).await?,
        vendor,
        page,
    };
    show_form(&view, &view.form)
}

/// Fields of the entry; the account's are bank data, for which people prove who they are.
async fn entry_page(app: &App, visitor: &Visitor, actor: &Actor, form: Form, kept: Option<&Vendor>) -> Answer {
    let mut tx = app.db.read().await?;
    let banks = choices(&reference::banks(&mut tx).await?, visitor.lang, "choose-one");
    let own = organisations::find(&mut tx, organisation(actor)?).await?.ok_or_else(Refusal::not_found)?;
    let is_large = actions::is_large(&mut tx, &own).await?;
    let (title, action) = match kept {
        Some(vendor) => ("vendors-edit-title", format!("/vendor/edit?version={}", vendor.version)),
        None => ("vendors-new-title", "/vendor/new".to_owned()),
    };
    let page = visitor.page(title).back_to("/vendor", "vendors-own-title");
    let account = match kept {
        Some(vendor) if vendor.registry_no.is_some() => page.t("vendors-account-guarded"),
        Some(vendor) => page.t1("vendors-account-kept", "ending", &vendor.account_ending),
        None => page.t("vendors-account-intro"),
    };
    let (public, bank, exception) =
        (page.t("vendors-public-heading"), page.t("vendors-bank-heading"), page.t("vendors-exception-heading"));
    let mut view = FormPage::new(page, form, action, "save")
        .intro(own.legal_name)
        .field(Field::Heading(public))
        .field(Field::Text("website", "30"))
        .field(Field::Email("support_email"))
        .field(Field::Text("support_phone", "20"))
        .field(Field::Textarea("references_text", "6"));
    if is_large {
        view = view.field(Field::Heading(exception)).field(Field::Textarea("exception_reason", "4"));
    }
    view = view.field(Field::Heading(bank)).field(Field::Inset(account));
    // Once registered, an account is changed only by two officers.
    if kept.is_none_or(|vendor| vendor.registry_no.is_none()) {
        view = view
            .field(Field::Select("bank_code", banks))
            .field(Field::Text("account_number", "20"))
            .field(Field::Text("account_holder", "30"));
    } else {
        view = view.link("/vendor/account", "vendors-account-change");
    }
    if actor.freshly_proven(visitor.arrived_at).is_err() {
        view = view.link(prove(&visitor.path), "trouble-link-prove");
    }
    view.answer()
}

pub async fn show_new(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    let mut tx = app.db.read().await?;
    if store::by_organisation(&mut tx, organisation(&actor)?).await?.is_some() {
        return Ok(redirect("/vendor"));
    }
    drop(tx);
    if actor.freshly_proven(visitor.arrived_at).is_err() {
        return Ok(redirect(prove(&visitor.path)));
    }
    entry_page(&app, &visitor, &actor, Form::new(&visitor, "vendors"), None).await
}

pub async fn make(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let made: Outcome<_> = async {
        let new = posted.read::<VendorForm>()?.parse()?;
        actions::make_entry(&app, &actor, new, posted.once).await
    }
    .await;
    match made {
        Ok(_) => Ok(redirect_with("/vendor", "vendors-flash-entered")),
        Err(trouble) => entry_page(&app, &visitor, &actor, posted.again(&visitor, "vendors", trouble)?, None).await,
    }
}

async fn own(app: &App, actor: &Actor) -> Outcome<Vendor> {
    let mut tx = app.db.read().await?;
    Ok(store::by_organisation(&mut tx, organisation(actor)?).await?.ok_or_else(Refusal::not_found)?)
}

pub async fn show_edit(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    let vendor = own(&app, &actor).await?;
    vendor.state.check_entry_open()?;
    if actor.freshly_proven(visitor.arrived_at).is_err() {
        return Ok(redirect(prove(&visitor.path)));
    }
    let values = vec![
        ("website", vendor.website.clone()),
        ("support_email", vendor.support_email.clone()),
        ("support_phone", vendor.support_phone.clone()),
        ("references_text", vendor.references_text.clone()),
        ("bank_code", vendor.bank_code.clone()),
        ("account_holder", vendor.account_holder.clone()),
        ("exception_reason", vendor.exception_reason.clone()),
    ];
    entry_page(&app, &visitor, &actor, Form::with(&visitor, "vendors", values), Some(&vendor)).await
}

pub async fn edit(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    shown: web::Query<Version>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let kept = own(&app, &actor).await?;
        let form = posted.read::<VendorForm>()?;
        let change = match &kept.registry_no {
            Some(_) => form.parse_without_account(&kept.bank_code, &kept.account_holder)?,
            None => form.parse_change()?,
        };
        actions::change_entry(&app, &actor, shown.version, change, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with("/vendor", "vendors-flash-saved")),
        Err(trouble) => {
            let form = posted.again(&visitor, "vendors", trouble)?;
            entry_page(&app, &visitor, &actor, form, Some(&own(&app, &actor).await?)).await
        }
    }
}

pub async fn submit(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    posted.read::<SubmitForm>()?;
    match actions::submit(&app, &actor, posted.once).await {
        Ok(()) => Ok(redirect_with("/vendor", "vendors-flash-submitted")),
        Err(trouble) => {
            let form = posted.again(&visitor, "vendors", trouble)?;
            own_page(&app, &visitor, own(&app, &actor).await?, form).await
        }
    }
}
