//! Vouchers that may lapse, for officers who call their firms.

use super::*;
use crate::{
    agreements::VoucherId,
    programmes::CallId,
    web::simple::{Field, FormPage},
};

#[derive(serde::Deserialize)]
pub(super) struct RiskQuery {
    #[serde(default)]
    level: String,
    #[serde(default)]
    voucher_state: String,
    #[serde(default)]
    call: String,
    #[serde(default)]
    uncalled: String,
    #[serde(default)]
    order: String,
    #[serde(default)]
    after: String,
}

pub(super) async fn list(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<RiskQuery>) -> Answer {
    let query = query.into_inner();
    let after = Cursor::from_text(&query.after);
    let filter = store::RiskFilter {
        level: query.level.parse().ok(),
        state: query.voucher_state.parse().ok(),
        call: query.call.parse::<CallId>().ok(),
        uncalled: query.uncalled == "yes",
    };
    let order = query.order.parse().unwrap_or(store::RiskOrder::Risk);
    let mut tx = app.db.read().await?;
    let paged = store::risk_page(&mut tx, &filter, order, after).await?;
    let calls = store::calls_with_vouchers(&mut tx).await?;
    let page = visitor.page("vouchers-title");
    let filters = [
        ("level", query.level.as_str()),
        ("voucher_state", query.voucher_state.as_str()),
        ("call", query.call.as_str()),
        ("uncalled", query.uncalled.as_str()),
        ("order", query.order.as_str()),
    ];
    let list = ListView::new(&page, &paged, "/vouchers", &filters, after);
    let form = Form::with(&visitor, "vouchers", filters.map(|(name, value)| (name, value.to_owned())).to_vec());
    let may_call = actor.is_any(&[Role::ClaimsOfficer, Role::Manager]);
    show(&RiskPage { page, form, rows: paged.rows, list, calls, may_call })
}

async fn contact_page(app: &App, visitor: &Visitor, actor: &Actor, id: VoucherId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let voucher = store::find_voucher(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let agreement = store::find_visible(&mut tx, actor, voucher.agreement_id).await?.ok_or_else(Refusal::not_found)?;
    let firm = organisations::get(&mut tx, agreement.organisation_id).await?;
    let page = visitor.page("vouchers-contact-title").back_to("/vouchers", "vouchers-title");
    let values = [("firm", firm.legal_name), ("phone", firm.phone), ("number", voucher.number)];
    let intro = page.lang.t_with("vouchers-contact-intro", &values);
    FormPage::new(page, form, format!("/vouchers/{id}/contact"), "save")
        .intro(intro)
        .field(Field::Textarea("contact_note", "4"))
        .answer()
}

pub(super) async fn show_contact(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<VoucherId>,
) -> Answer {
    contact_page(&app, &visitor, &actor, *id, Form::new(&visitor, "vouchers")).await
}

pub(super) async fn contact(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<VoucherId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let note = posted.read::<ContactForm>()?.parse()?;
        actions::call_firm(&app, &actor, *id, &note, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with("/vouchers", "vouchers-flash-contact")),
        Err(trouble) => contact_page(&app, &visitor, &actor, *id, posted.again(&visitor, "vouchers", trouble)?).await,
    }
}
