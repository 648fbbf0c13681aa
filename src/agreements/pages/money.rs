//! Paying back a surplus of the own share; blocking and unblocking a voucher.

use super::*;
use crate::web::simple::{Field, FormPage};

async fn refund_page(app: &App, visitor: &Visitor, actor: &Actor, id: AgreementId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let agreement = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let surplus = actions::refundable(&mut tx, &agreement).await?.surplus();
    if !surplus.is_positive() {
        return Err(Refusal::conflict("agreements-refusal-no-surplus").into());
    }
    let page = visitor.page("agreements-refund-title").back_to(format!("/agreements/{id}"), "agreements-back");
    let intro = page.t1("agreements-refund-intro", "surplus", page.won(surplus));
    FormPage::new(page, form, format!("/agreements/{id}/refunds"), "agreements-record-refund")
        .intro(intro)
        .field(Field::Money("refund_amount"))
        .field(Field::Text("refund_reference", "20"))
        .field(Field::Date("paid_on"))
        .field(Field::Textarea("refund_reason", "3"))
        .answer()
}

pub(super) async fn show_refund(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<AgreementId>,
) -> Answer {
    refund_page(&app, &visitor, &actor, *id, Form::new(&visitor, "agreements")).await
}

pub(super) async fn refund(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<AgreementId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let new = posted.read::<RefundForm>()?.parse()?;
        actions::record_refund(&app, &actor, *id, new, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/agreements/{id}"), "agreements-flash-refund")),
        Err(trouble) => refund_page(&app, &visitor, &actor, *id, posted.again(&visitor, "agreements", trouble)?).await,
    }
}

async fn block_page(app: &App, visitor: &Visitor, actor: &Actor, id: AgreementId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let voucher = store::voucher_of(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let is_blocked = store::blocks(&mut tx, voucher.id).await?.iter().any(store::Block::is_officers);
    let (title, intro, action, submit) = match is_blocked {
        true => ("agreements-unblock-title", "agreements-unblock-intro", "unblock", "agreements-unblock"),
        false => ("agreements-block-title", "agreements-block-intro", "block", "agreements-block"),
    };
    let page = visitor.page(title).back_to(format!("/agreements/{id}"), "agreements-back");
    let intro = page.t(intro);
    let form = FormPage::new(page, form, format!("/agreements/{id}/{action}"), submit)
        .intro(intro)
        .field(Field::Textarea("block_reason", "3"));
    if is_blocked { form.answer() } else { form.warning().answer() }
}

pub(super) async fn show_block(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<AgreementId>,
) -> Answer {
    block_page(&app, &visitor, &actor, *id, Form::new(&visitor, "agreements")).await
}

pub(super) async fn block(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<AgreementId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let reason = posted.read::<BlockForm>()?.parse()?;
        actions::block(&app, &actor, *id, &reason, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/agreements/{id}"), "agreements-flash-blocked")),
        Err(trouble) => block_page(&app, &visitor, &actor, *id, posted.again(&visitor, "agreements", trouble)?).await,
    }
}

pub(super) async fn unblock(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<AgreementId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let reason = posted.read::<BlockForm>()?.parse()?;
        actions::unblock(&app, &actor, *id, &reason, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/agreements/{id}"), "agreements-flash-unblocked")),
        Err(trouble) => block_page(&app, &visitor, &actor, *id, posted.again(&visitor, "agreements", trouble)?).await,
    }
}
