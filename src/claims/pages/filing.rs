//! The vendor files an invoice, from a file or by hand, files it anew, or takes it back.

use super::*;
use crate::{
    claims::rules::{TaxKind, four_way::Comparison},
    core::form::FormErrors,
};

/// The page of the form, fresh, filled from a file, or come back.
async fn form_page(
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    (agreement, claim): (AgreementId, Option<ClaimId>),
    form: Form,
    compared: Vec<Comparison>,
) -> Answer {
    let mut tx = app.db.read().await?;
    let agreement = agreements::find_visible(&mut tx, actor, agreement).await?.ok_or_else(Refusal::not_found)?;
    let claims = store::of_agreement(&mut tx, agreement.id).await?;
    let milestones = agreements::milestones(&mut tx, agreement.id).await?;
    let claim = claim.and_then(|id| claims.iter().find(|claim| claim.id == id).cloned());
    let milestones = match &claim {
        Some(claim) => milestones.into_iter().filter(|milestone| milestone.id == claim.milestone_id).collect(),
        None => open_milestones(milestones, &claims),
    };
    let firm = organisations::get(&mut tx, agreement.organisation_id).await?;
    let vendor = crate::vendors::get(&mut tx, agreement.vendor_id).await?;
    let supplier = organisations::get(&mut tx, vendor.organisation_id).await?;
    let file = match form.value("file").parse::<FileId>() {
        Ok(file) => files::find(&mut tx, file).await?.filter(|file| file.organisation_id == actor.organisation),
        Err(_) => None,
    };
    let left = actions::lines_left(&mut tx, agreement.id, claim.as_ref().map(|claim| claim.id)).await?;
    drop(tx);
    let reading = match file {
        Some(file) => {
            let filled = actions::filled_from(app, actor, file.id).await?;
            let remarks = filled.remarks.iter().map(|remark| remark_text(visitor.lang, remark)).collect();
            Some(ReadingView { file, supplier: filled.supplier_name, buyer: filled.buyer_name, remarks })
        }
        None => None,
    };
    let (title, action) = match &claim {
        Some(claim) => ("claims-edit-title", format!("/claims/{}/edit", claim.id)),
        None => ("claims-new-title", format!("/agreements/{}/claims/new", agreement.id)),
    };
    let page = visitor.page(title).back_to("/claims", "claims-title").with_form(&form);
    let view = ClaimFormPage {
        compared: comparisons(&page, &compared),
        firm_name: firm.legal_name,
        supplier_name: supplier.legal_name,
        page,
        form,
        action,
        agreement,
        milestones,
        claim,
        reading,
        left,
    };
    show_form(&view, &view.form)
}

pub async fn show_new(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<AgreementId>,
    query: web::Query<NewQuery>,
) -> Answer {
    let mut values = match query.file.parse::<FileId>() {
        Ok(file) => from_file(&actions::filled_from(&app, &actor, file).await?),
        Err(_) => prefilled(&app, &actor, *id).await?,
    };
    if let Ok(milestone) = query.milestone.parse::<MilestoneId>() {
        values.push(("milestone", milestone.to_string()));
    }
    values.push(("file", query.file.clone()));
    form_page(&app, &visitor, &actor, (*id, None), Form::with(&visitor, "claims", values), Vec::new()).await
}

/// What is known without a file: who supplies and who buys.
async fn prefilled(app: &App, actor: &Actor, id: AgreementId) -> Outcome<Vec<(&'static str, String)>> {
    let mut tx = app.db.read().await?;
    let agreement = agreements::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let firm = organisations::get(&mut tx, agreement.organisation_id).await?;
    let vendor = crate::vendors::get(&mut tx, agreement.vendor_id).await?;
    let supplier = organisations::get(&mut tx, vendor.organisation_id).await?;
    Ok(vec![
        ("tax_kind", TaxKind::Taxable.to_string()),
        ("supplier_number", matching::dashed(&supplier.business_number)),
        ("buyer_number", matching::dashed(&firm.business_number)),
    ])
}

pub async fn submit(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<AgreementId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<ClaimId> = async {
        let new = posted.read::<ClaimForm>()?.parse(*id)?;
        actions::submit(&app, &actor, new, posted.once).await
    }
    .await;
    match done {
        Ok(claim) => Ok(redirect_with(format!("/claims/{claim}"), "claims-flash-submitted")),
        Err(trouble) => {
            let form = posted.again(&visitor, "claims", trouble)?;
            form_page(&app, &visitor, &actor, (*id, None), form, Vec::new()).await
        }
    }
}

/// Takes a structured invoice and leads to the form it fills.
pub async fn read(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<AgreementId>,
    body: Multipart,
) -> Answer {
    let uploaded = match upload::receive(&visitor, &app.files, body).await {
        Ok(uploaded) => uploaded,
        Err(trouble) => {
            let form = Posted::broken_off(&visitor, "claims", "invoice_file", trouble)?;
            return form_page(&app, &visitor, &actor, (*id, None), form, Vec::new()).await;
        }
    };
    let form: ClaimForm = match uploaded.posted.read() {
        Ok(form) => form,
        Err(trouble) => {
            app.files.discard(&uploaded.files).await;
            return Err(trouble);
        }
    };
    match actions::receive_invoice(&app, &actor, *id, &uploaded.files, uploaded.posted.once).await {
        Ok(kept) => Ok(redirect(form.next(*id, kept))),
        Err(trouble) => {
            let again = uploaded.posted.again(&visitor, "claims", trouble)?;
            form_page(&app, &visitor, &actor, (*id, form.claim.parse().ok()), again, Vec::new()).await
        }
    }
}

/// The four-way match of what stands in the form; nothing is filed.
pub async fn match_before(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<AgreementId>,
    posted: Posted,
) -> Answer {
    let form = posted.read::<ClaimForm>()?;
    let claim = form.claim.parse::<ClaimId>().ok();
    let done: Outcome<Vec<Comparison>> = async {
        let new = form.parse(*id)?;
        actions::match_before(&app, &actor, &new, claim).await
    }
    .await;
    let (compared, trouble) = match done {
        Ok(compared) => (compared, FormErrors::new().into()),
        Err(trouble) => (Vec::new(), trouble),
    };
    let again = posted.again(&visitor, "claims", trouble)?;
    form_page(&app, &visitor, &actor, (*id, claim), again, compared).await
}

/// The claim when its vendor may file it anew.
async fn editable(app: &App, actor: &Actor, id: ClaimId) -> Outcome<store::Claim> {
    let mut tx = app.db.read().await?;
    let claim = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    crate::core::step::step(crate::claims::rules::STEPS, "resubmit", claim.state)?;
    Ok(claim)
}

pub async fn show_edit(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ClaimId>,
    query: web::Query<NewQuery>,
) -> Answer {
    let claim = editable(&app, &actor, *id).await?;
    let values = match query.file.parse::<FileId>() {
        Ok(file) => {
            let mut values = from_file(&actions::filled_from(&app, &actor, file).await?);
            values.extend([("file", file.to_string()), ("milestone", claim.milestone_id.to_string())]);
            values
        }
        Err(_) => {
            let mut tx = app.db.read().await?;
            let number = store::approval_number(&mut tx, claim.id).await?;
            from_claim(&claim, &number, &store::lines(&mut tx, claim.id).await?)
        }
    };
    let form = Form::with(&visitor, "claims", values);
    form_page(&app, &visitor, &actor, (claim.agreement_id, Some(claim.id)), form, Vec::new()).await
}

pub async fn resubmit(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ClaimId>,
    posted: Posted,
) -> Answer {
    let mut tx = app.db.read().await?;
    let claim = store::find_visible(&mut tx, &actor, *id).await?.ok_or_else(Refusal::not_found)?;
    drop(tx);
    let done: Outcome<()> = async {
        let new = posted.read::<ClaimForm>()?.parse(claim.agreement_id)?;
        actions::resubmit(&app, &actor, *id, new, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/claims/{id}"), "claims-flash-resubmitted")),
        Err(trouble) => {
            let form = posted.again(&visitor, "claims", trouble)?;
            form_page(&app, &visitor, &actor, (claim.agreement_id, Some(claim.id)), form, Vec::new()).await
        }
    }
}

fn withdraw_page(visitor: &Visitor, form: Form, id: ClaimId) -> Answer {
    let here = format!("/claims/{id}");
    FormPage::new(
        visitor.page("claims-withdraw-title").back_to(here.clone(), "claims-back-to-claim"),
        form,
        format!("{here}/withdraw"),
        "claims-withdraw",
    )
    .intro(visitor.lang.t("claims-withdraw-intro"))
    .warning()
    .link(here, "claims-back-to-claim")
    .answer()
}

pub async fn show_withdraw(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ClaimId>) -> Answer {
    let mut tx = app.db.read().await?;
    let claim = store::find_visible(&mut tx, &actor, *id).await?.ok_or_else(Refusal::not_found)?;
    withdraw_page(&visitor, Form::new(&visitor, "claims"), claim.id)
}

pub async fn withdraw(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ClaimId>,
    posted: Posted,
) -> Answer {
    match actions::withdraw(&app, &actor, *id, posted.once).await {
        Ok(()) => Ok(redirect_with(format!("/claims/{id}"), "claims-flash-withdrawn")),
        Err(trouble) => withdraw_page(&visitor, posted.again(&visitor, "claims", trouble)?, *id),
    }
}
