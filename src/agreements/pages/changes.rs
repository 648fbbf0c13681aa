//! Change requests: the list, one request, asking for one; and the switch of a vendor before there is an agreement.

use super::*;
use crate::{
    agreements::ChangeRequestId,
    vendors::PackageChoice,
    web::{
        Choice, Page, show as show_page,
        simple::{Field, FormPage},
    },
};
use std::collections::BTreeMap;

#[derive(serde::Deserialize)]
pub(super) struct ChangeQuery {
    #[serde(default)]
    state: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    after: String,
}

pub(super) async fn list(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    query: web::Query<ChangeQuery>,
) -> Answer {
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let (state, kind) = (query.state.parse().ok(), query.kind.parse().ok());
    let paged = store::change_page(&mut tx, &actor, state, kind, after).await?;
    let page = visitor.page("agreement-changes-title").back_to("/agreements", "agreements-title");
    let filters = [("state", query.state.as_str()), ("kind", query.kind.as_str())];
    let list = ListView::new(&page, &paged, "/agreement-changes", &filters, after);
    show_page(&ChangesPage { page, rows: paged.rows, list, state: query.state.clone(), kind: query.kind.clone() })
}

async fn change_page(app: &App, visitor: &Visitor, actor: &Actor, id: ChangeRequestId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let change = store::find_change(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let agreement = store::get(&mut tx, change.agreement_id).await?;
    let names = |tx: Names| (tx.firm, tx.vendor);
    let (firm, vendor) = names(Names::of(&mut tx, &change.before.0).await?);
    let (new_firm, new_vendor) = names(Names::of(&mut tx, &change.after.0).await?);
    let party = actions::speaks_for(&mut tx, actor, &change, &agreement).await?;
    let assents = store::assents(&mut tx, agreement.id, Some(change.id)).await?;
    let page = visitor
        .page_titled(visitor.lang.t_with("agreement-change-title", &[("number", agreement.number.clone())]))
        .back_to("/agreement-changes", "agreement-changes-title")
        .with_form(&form);
    let view = ChangePage {
        sees_agreement: store::find_visible(&mut tx, actor, agreement.id).await?.is_some(),
        may_assent: change.state == ChangeState::Requested
            && party.is_some_and(|party| assents.iter().all(|assent| assent.party != party)),
        may_decide: actor.is(Role::Manager) && change.requested_by != actor.id,
        may_end: change.state.is_live() && (change.requested_by == actor.id || party.is_some()),
        proof_needed: actor.freshly_proven(app.clock.now()).is_err(),
        page,
        form,
        firms: (firm, new_firm),
        vendors: (vendor, new_vendor),
        assents,
        agreement,
        change,
    };
    show_form(&view, &view.form)
}

struct Names {
    firm: String,
    vendor: String,
}

impl Names {
    async fn of(tx: &mut Tx, terms: &Terms) -> sqlx::Result<Names> {
        let firm = organisations::get(tx, organisations::OrganisationId(terms.organisation)).await?;
        let vendor = vendors::get(tx, vendors::VendorId(terms.vendor)).await?;
        let vendor = organisations::get(tx, vendor.organisation_id).await?;
        Ok(Names { firm: firm.legal_name, vendor: vendor.legal_name })
    }
}

pub(super) async fn show(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ChangeRequestId>,
) -> Answer {
    change_page(&app, &visitor, &actor, *id, Form::new(&visitor, "changes")).await
}

async fn after_step(
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    id: ChangeRequestId,
    posted: &Posted,
    done: Outcome<()>,
) -> Answer {
    match done {
        Ok(()) => Ok(redirect_with(format!("/agreement-changes/{id}"), "changes-flash-done")),
        Err(trouble) => change_page(app, visitor, actor, id, posted.again(visitor, "changes", trouble)?).await,
    }
}

pub(super) async fn assent(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ChangeRequestId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        posted.read::<AssentForm>()?.parse()?;
        actions::assent_to_change(&app, &actor, *id, posted.once).await
    }
    .await;
    after_step(&app, &visitor, &actor, *id, &posted, done).await
}

pub(super) async fn apply(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ChangeRequestId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        posted.press()?;
        actions::apply_change(&app, &actor, *id, posted.once).await
    }
    .await;
    after_step(&app, &visitor, &actor, *id, &posted, done).await
}

pub(super) async fn refuse(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ChangeRequestId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let note = posted.read::<TerminateForm>()?.parse()?;
        actions::end_change(&app, &actor, *id, Some(&note), posted.once).await
    }
    .await;
    after_step(&app, &visitor, &actor, *id, &posted, done).await
}

pub(super) async fn withdraw(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ChangeRequestId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        posted.press()?;
        actions::end_change(&app, &actor, *id, None, posted.once).await
    }
    .await;
    after_step(&app, &visitor, &actor, *id, &posted, done).await
}

fn package_choices(page: &Page, packages: Vec<PackageChoice>, but: uuid::Uuid) -> Vec<Choice> {
    let choice = |package: PackageChoice| {
        let label = format!(
            "{} · {} · {} ({} / {})",
            package.vendor_name,
            package.solution_name,
            package.package_name,
            page.won(package.unit_price_won),
            package.unit
        );
        Choice::new(package.package_id.to_string(), label)
    };
    packages.into_iter().filter(|package| package.vendor_id.0 != but).map(choice).collect()
}

async fn new_page(
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    id: AgreementId,
    kind: ChangeKind,
    posted: Option<Form>,
) -> Answer {
    let mut tx = app.db.read().await?;
    let agreement = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let terms = actions::terms_of(&mut tx, &agreement).await?;
    let application = applications::get(&mut tx, agreement.application_id).await?;
    let page = visitor
        .page_titled(visitor.lang.code_word("change-kind", kind.as_str()))
        .back_to(format!("/agreements/{id}"), "agreements-back");
    let form = posted.unwrap_or_else(|| Form::with(visitor, "changes", present(&terms, kind)));
    let packages = match kind {
        ChangeKind::Vendor => {
            let today = local_date(app.clock.now(), ZONE);
            let found = vendors::choosable_packages(&mut tx, today, application.use_case).await?;
            package_choices(&page, found, terms.vendor)
        }
        _ => Vec::new(),
    };
    let view = ChangeFormPage {
        page: page.with_form(&form),
        form,
        id,
        kind,
        number: agreement.number,
        terms,
        packages,
        proof_needed: actor.freshly_proven(app.clock.now()).is_err(),
    };
    show_form(&view, &view.form)
}

/// What the form of a change holds when it is opened: the terms as they are.
fn present(terms: &Terms, kind: ChangeKind) -> Vec<(&'static str, String)> {
    let mut values = vec![("new_end", terms.ends_on.to_string())];
    if matches!(kind, ChangeKind::Lines | ChangeKind::Scope) {
        for (fields, line) in LINE_FIELDS.iter().zip(&terms.lines) {
            values.push((fields.price, line.unit_price.to_string()));
            values.push((fields.support, line.support.to_string()));
        }
    }
    if kind == ChangeKind::Scope {
        for (fields, milestone) in MILESTONE_FIELDS.iter().zip(&terms.milestones) {
            values.push((fields.deliverables, milestone.deliverables.clone()));
            values.push((fields.supply, milestone.supply.to_string()));
            values.push((fields.support, milestone.support.to_string()));
        }
    }
    values
}

pub(super) async fn show_new(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    path: web::Path<(AgreementId, String)>,
) -> Answer {
    let kind = path.1.parse().map_err(|_| Refusal::not_found())?;
    new_page(&app, &visitor, &actor, path.0, kind, None).await
}

pub(super) async fn request(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    path: web::Path<(AgreementId, String)>,
    posted: Posted,
) -> Answer {
    let kind: ChangeKind = path.1.parse().map_err(|_| Refusal::not_found())?;
    let asked: Outcome<ChangeRequestId> = async {
        let form = ChangeForm(posted.read::<BTreeMap<String, String>>()?);
        let (new, reason) = form.parse(kind)?;
        actions::request_change(&app, &actor, path.0, new, &reason, posted.once).await
    }
    .await;
    match asked {
        Ok(id) => Ok(redirect_with(format!("/agreement-changes/{id}"), "changes-flash-requested")),
        Err(trouble) => {
            let form = posted.again(&visitor, "changes", trouble)?;
            new_page(&app, &visitor, &actor, path.0, kind, Some(form)).await
        }
    }
}

async fn switch_page(app: &App, visitor: &Visitor, actor: &Actor, id: ApplicationId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let application = actions::may_switch(&mut tx, actor, id, app.clock.now()).await?;
    let page = visitor.page("changes-switch-title").back_to(format!("/applications/{id}"), "agreements-application");
    let vendor = application.vendor_id.map(|vendor| vendor.0).unwrap_or_default();
    let today = local_date(app.clock.now(), ZONE);
    let packages = vendors::choosable_packages(&mut tx, today, application.use_case).await?;
    let choices = package_choices(&page, packages, vendor);
    let intro = page.t1("changes-switch-intro", "title", application.title);
    FormPage::new(page, form, format!("/agreement-switch/{id}"), "changes-switch")
        .intro(intro)
        .field(Field::Radios("package", choices))
        .field(Field::Textarea("reason", "3"))
        .answer()
}

pub(super) async fn show_switch(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
) -> Answer {
    switch_page(&app, &visitor, &actor, *id, Form::new(&visitor, "changes")).await
}

pub(super) async fn switch(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let (package, reason) = posted.read::<SwitchForm>()?.parse()?;
        actions::switch_vendor(&app, &actor, *id, package, &reason, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/applications/{id}"), "changes-flash-switched")),
        Err(trouble) => switch_page(&app, &visitor, &actor, *id, posted.again(&visitor, "changes", trouble)?).await,
    }
}
