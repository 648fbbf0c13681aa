//! Suspension with those it touches, watch, and what a firm sees of it.

use super::{day, organisation};
use crate::{
    app::App,
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    db::page::Cursor,
    organisations,
    vendors::{
        VendorId, actions,
        forms::{NoteForm, StateQuery, SuspensionForm, WatchForm},
        rules::standing::SuspensionKind,
        store,
        views::{NoticesPage, SuspensionPage, Touched, TouchedPage},
    },
    web::{
        Answer, Choice, Form, Posted, Visitor,
        list::ListView,
        redirect_with, show, show_form,
        simple::{Field, FormPage},
    },
};
use actix_web::web;

async fn suspension_page(app: &App, visitor: &Visitor, form: Form, id: VendorId) -> Answer {
    let mut tx = app.db.read().await?;
    let vendor = store::find(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let name = organisations::get(&mut tx, vendor.organisation_id).await?.legal_name;
    let mut page = visitor.page("vendors-suspension-title").back_to(format!("/vendors/{id}"), "vendors-title");
    page.title = format!("{} – {name}", page.title);
    let kinds = SuspensionKind::ALL
        .iter()
        .map(|kind| {
            let hint = page.code("suspension-hint", kind);
            Choice { hint: Some(hint), ..Choice::new(kind.to_string(), page.code("suspension", kind)) }
        })
        .collect();
    let (cases, firms) = store::count_affected(&mut tx, id).await?;
    let touched = Touched { cases: store::affected(&mut tx, id, cases, None).await?.rows, firms };
    let view = SuspensionPage { page: page.with_form(&form), form, vendor, kinds, touched };
    show_form(&view, &view.form)
}

/// The worklist of a suspension: every case that names the vendor, until it has gone to another.
pub async fn touched_cases(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<VendorId>,
    query: web::Query<StateQuery>,
) -> Answer {
    let after = Cursor::from_text(&query.after);
    let today = day(visitor.arrived_at);
    let mut tx = app.db.read().await?;
    let vendor = store::find(&mut tx, *id).await?.ok_or_else(Refusal::not_found)?;
    let name = organisations::get(&mut tx, vendor.organisation_id).await?.legal_name;
    let mut page = visitor.page("vendors-affected-heading").back_to(format!("/vendors/{id}"), "vendors-title");
    page.title = format!("{} – {name}", page.title);
    let (cases, firms) = store::count_affected(&mut tx, *id).await?;
    let paged = store::affected(&mut tx, *id, cases, after).await?;
    let mut live = store::suspensions(&mut tx, *id).await?;
    live.retain(|one| one.lifted_at.is_none() && one.to_on.is_none_or(|to| to >= today));
    let list = ListView::new(&page, &paged, &visitor.path, &[], after);
    let touched = Touched { cases: paged.rows, firms };
    show(&TouchedPage { page, live, touched, list, is_manager: actor.is(Role::Manager) })
}

pub async fn show_suspension(app: web::Data<App>, visitor: Visitor, id: web::Path<VendorId>) -> Answer {
    let values = vec![("from_on", day(visitor.arrived_at).to_string())];
    suspension_page(&app, &visitor, Form::with(&visitor, "vendors", values), *id).await
}

pub async fn suspend(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<VendorId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let new = posted.read::<SuspensionForm>()?.parse()?;
        actions::suspend(&app, &actor, *id, new, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/vendors/{id}"), "vendors-flash-suspended")),
        Err(trouble) => suspension_page(&app, &visitor, posted.again(&visitor, "vendors", trouble)?, *id).await,
    }
}

fn reinstatement_page(visitor: &Visitor, form: Form, id: VendorId) -> Answer {
    let page = visitor.page("vendors-reinstatement-title").back_to(format!("/vendors/{id}"), "vendors-title");
    let intro = page.t("vendors-reinstatement-intro");
    FormPage::new(page, form, format!("/vendors/{id}/reinstatement"), "vendor-step-reinstate")
        .intro(intro)
        .field(Field::Textarea("note", "4"))
        .link(super::prove(&visitor.path), "trouble-link-prove")
        .answer()
}

pub async fn show_reinstatement(app: web::Data<App>, visitor: Visitor, id: web::Path<VendorId>) -> Answer {
    let mut tx = app.db.read().await?;
    store::find(&mut tx, *id).await?.ok_or_else(Refusal::not_found)?;
    reinstatement_page(&visitor, Form::new(&visitor, "vendors"), *id)
}

pub async fn reinstate(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<VendorId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let note = posted.read::<NoteForm>()?.parse()?;
        actions::reinstate(&app, &actor, *id, note, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/vendors/{id}"), "vendors-flash-decided")),
        Err(trouble) => reinstatement_page(&visitor, posted.again(&visitor, "vendors", trouble)?, *id),
    }
}

fn watch_page(visitor: &Visitor, form: Form, id: VendorId) -> Answer {
    let page = visitor.page("vendors-watch-title").back_to(format!("/vendors/{id}"), "vendors-title");
    let levels = (0..=3).map(|n: i64| Choice::new(n.to_string(), page.code("watch-level", n))).collect();
    FormPage::new(page, form, format!("/vendors/{id}/watch"), "save")
        .field(Field::Radios("watch_level", levels))
        .field(Field::Number("project_limit_year", String::new()))
        .field(Field::Textarea("note", "4"))
        .answer()
}

pub async fn show_watch(app: web::Data<App>, visitor: Visitor, id: web::Path<VendorId>) -> Answer {
    let mut tx = app.db.read().await?;
    let vendor = store::find(&mut tx, *id).await?.ok_or_else(Refusal::not_found)?;
    let values = vec![
        ("watch_level", vendor.watch_level.to_string()),
        ("project_limit_year", vendor.project_limit_year.map(|limit| limit.to_string()).unwrap_or_default()),
    ];
    watch_page(&visitor, Form::with(&visitor, "vendors-officer", values), *id)
}

pub async fn watch(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<VendorId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let new = posted.read::<WatchForm>()?.parse()?;
        actions::set_watch(&app, &actor, *id, new, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/vendors/{id}"), "vendors-flash-saved")),
        Err(trouble) => watch_page(&visitor, posted.again(&visitor, "vendors-officer", trouble)?, *id),
    }
}

/// What suspensions mean for the actor's own cases.
pub async fn notices(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    let mut tx = app.db.read().await?;
    let notices = store::notices(&mut tx, organisation(&actor)?, day(visitor.arrived_at)).await?;
    let page = visitor.page("vendors-notices-title").back_to("/applications", "applications-own-title");
    show(&NoticesPage { page, notices })
}
