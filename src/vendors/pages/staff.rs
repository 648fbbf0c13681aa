//! The agency's view: the list of vendors, one vendor, decisions.

use super::{day, inside, name, offered};
use crate::{
    app::App,
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        step::open_steps,
    },
    db::page::Cursor,
    organisations, reference,
    vendors::{
        VendorId, VendorState, actions,
        forms::{self, StepForm, VendorsQuery},
        rules::STEPS,
        store::{self, VendorFilter, Work},
        views::{VendorPage, VendorsPage},
    },
    web::{Answer, Choice, Form, Posted, Visitor, list::ListView, redirect_with, show, show_form},
};
use actix_web::web;

pub async fn vendors(app: web::Data<App>, visitor: Visitor, query: web::Query<VendorsQuery>) -> Answer {
    let after = Cursor::from_text(&query.after);
    let filter =
        VendorFilter { state: query.state.parse().ok(), work: query.work.parse().ok(), terms: forms::terms(&query.q) };
    let mut tx = app.db.read().await?;
    let paged = store::page(&mut tx, &filter, after).await?;
    let page = visitor.page("vendors-title");
    let filters: [(&str, &str); 3] = [("q", &query.q), ("state", &query.state), ("work", &query.work)];
    let list = ListView::new(&page, &paged, "/vendors", &filters, after);
    let mut works = vec![Choice::new("", visitor.lang.t("vendors-any"))];
    works.extend(Choice::codes(visitor.lang, "vendor-work", Work::ALL));
    let mut states = vec![Choice::new("", visitor.lang.t("vendors-any"))];
    states.extend(Choice::codes(visitor.lang, "vendor-state", VendorState::ALL));
    let values = filters.map(|(name, value)| (name, value.to_owned())).to_vec();
    let form = Form::with(&visitor, "vendors", values);
    show(&VendorsPage { page, form, states, works, vendors: paged.rows, list })
}

pub(super) async fn vendor_page(app: &App, visitor: &Visitor, actor: &Actor, id: VendorId, form: Form) -> Answer {
    let today = day(visitor.arrived_at);
    let mut tx = app.db.read().await?;
    let vendor = store::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let organisation = organisations::get(&mut tx, vendor.organisation_id).await?;
    let is_own = store::is_member(&mut tx, actor, vendor.organisation_id).await?;
    let page = visitor.page_titled(organisation.legal_name.clone()).back_to("/vendors", "vendors-title");
    let page = page.with_form(&form);
    let inside = inside::inside(&mut tx, &vendor, &page, today).await?;
    let view = VendorPage {
        form,
        bank: name(&reference::banks(&mut tx).await?, &vendor.bank_code, visitor.lang),
        offered: offered(&mut tx, id, &page, today).await?,
        history: crate::audit::history(&mut tx, id).await?,
        steps: open_steps(STEPS, vendor.state, &actor.roles),
        roles: actor.roles.clone(),
        clash: inside::clash(&mut tx, actor, &inside).await?,
        is_large: actions::is_large(&mut tx, &organisation).await?,
        is_own,
        needs_proof: actor.freshly_proven(visitor.arrived_at).is_err(),
        organisation,
        vendor,
        inside,
        page,
    };
    show_form(&view, &view.form)
}

pub async fn vendor(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<VendorId>) -> Answer {
    let form = Form::new(&visitor, "vendors");
    vendor_page(&app, &visitor, &actor, *id, form).await
}

pub async fn take_step(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<VendorId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let form: StepForm = posted.read()?;
        actions::take_step(&app, &actor, *id, &form.step, &form.note, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/vendors/{id}"), "vendors-flash-decided")),
        Err(trouble) => vendor_page(&app, &visitor, &actor, *id, posted.again(&visitor, "vendors", trouble)?).await,
    }
}
