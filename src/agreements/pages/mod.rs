//! Doors of agreements: offer, assent, own share, voucher, end here; clauses, changes, vouchers at risk and the check of
//! a sealed file beside.

mod changes;
mod checking;
mod clauses;
mod money;
mod watching;

use super::{AgreementId, actions, forms::*, rules::*, store, views::*};
use crate::{
    app::App,
    applications::{self, ApplicationId, ApplicationState},
    audit,
    core::{
        actor::Actor,
        calendar::{ZONE, local_date},
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    db::{Tx, page::Cursor},
    ledger::{self, AccountKind},
    organisations, vendors,
    web::{Answer, Door, Form, Need, Posted, Visitor, list::ListView, page::MenuEntry, redirect_with, show, show_form},
};
use actix_web::{HttpResponse, web};
use chrono::Days;

const SEES: Need =
    Need::AnyOf(&[Role::Firm, Role::Vendor, Role::Manager, Role::ClaimsOfficer, Role::Payer, Role::Auditor]);
const PARTIES: Need = Need::AnyOf(&[Role::Firm, Role::Vendor, Role::Manager]);
const MANAGER: Need = Need::AnyOf(&[Role::Manager]);
const CLAUSES: Need = Need::AnyOf(&[Role::Admin, Role::Manager, Role::Auditor]);
const EDITS: Need = Need::AnyOf(&[Role::Admin, Role::Manager]);
const CHANGES: Need = SEES;
const SWITCHES: Need = Need::AnyOf(&[Role::Firm, Role::Manager]);
const WATCHES: Need = Need::AnyOf(&[Role::ClaimsOfficer, Role::Manager, Role::Auditor]);
const RECEIVES: Need = Need::AnyOf(&[Role::ClaimsOfficer, Role::Manager]);

pub fn doors() -> Vec<Door> {
    vec![
        Door::get("/agreement-check", Need::Nobody, checking::show),
        Door::post("/agreement-check", Need::Nobody, checking::check),
        Door::get("/agreement-clauses", CLAUSES, clauses::overview),
        Door::get("/agreement-clauses/edit", EDITS, clauses::show_edit),
        Door::post("/agreement-clauses/edit", EDITS, clauses::edit),
        Door::post("/agreement-clauses/steps", EDITS, clauses::take_step),
        Door::get("/agreement-changes", CHANGES, changes::list),
        Door::get("/agreement-changes/{id}", CHANGES, changes::show),
        Door::post("/agreement-changes/{id}/assent", Need::AnyOf(&[Role::Firm, Role::Vendor]), changes::assent),
        Door::post("/agreement-changes/{id}/apply", MANAGER, changes::apply),
        Door::post("/agreement-changes/{id}/refuse", MANAGER, changes::refuse),
        Door::post("/agreement-changes/{id}/withdraw", PARTIES, changes::withdraw),
        Door::get("/agreement-switch/{application}", SWITCHES, changes::show_switch),
        Door::post("/agreement-switch/{application}", SWITCHES, changes::switch),
        Door::get("/vouchers", WATCHES, watching::list),
        Door::get("/vouchers/{id}/contact", RECEIVES, watching::show_contact),
        Door::post("/vouchers/{id}/contact", RECEIVES, watching::contact),
        Door::get("/agreements", SEES, list),
        Door::get("/agreements/new", MANAGER, show_new),
        Door::post("/agreements/new", MANAGER, offer),
        Door::get("/agreements/{id}", SEES, agreement),
        Door::get("/agreements/{id}/text", SEES, text),
        Door::get("/agreements/{id}/versions/{version}", SEES, sealed),
        Door::get("/agreements/{id}/changes/{kind}", PARTIES, changes::show_new),
        Door::post("/agreements/{id}/changes/{kind}", PARTIES, changes::request),
        Door::get("/agreements/{id}/refunds", RECEIVES, money::show_refund),
        Door::post("/agreements/{id}/refunds", RECEIVES, money::refund),
        Door::get("/agreements/{id}/block", RECEIVES, money::show_block),
        Door::post("/agreements/{id}/block", RECEIVES, money::block),
        Door::post("/agreements/{id}/unblock", RECEIVES, money::unblock),
        Door::post("/agreements/{id}/assent", PARTIES, assent),
        Door::post("/agreements/{id}/deposits", RECEIVES, record_deposit),
        Door::post("/agreements/{id}/voucher", MANAGER, issue_voucher),
        Door::post("/agreements/{id}/terminate", MANAGER, terminate),
        Door::post("/agreements/{id}/withdraw", Need::AnyOf(&[Role::Firm]), withdraw),
    ]
}

pub fn menu() -> Vec<MenuEntry> {
    vec![
        MenuEntry {
            path: "/agreements",
            key: "agreements-title",
            roles: &[Role::Firm, Role::Vendor, Role::Manager, Role::ClaimsOfficer, Role::Auditor],
        },
        MenuEntry {
            path: "/vouchers",
            key: "vouchers-title",
            roles: &[Role::ClaimsOfficer, Role::Manager, Role::Auditor],
        },
    ]
}

#[derive(serde::Deserialize)]
struct ListQuery {
    #[serde(default)]
    state: String,
    #[serde(default)]
    after: String,
}

async fn list(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<ListQuery>) -> Answer {
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let paged = store::page(&mut tx, &actor, query.state.parse().ok(), after).await?;
    let waiting = if actor.is(Role::Manager) { store::waiting_for_offer(&mut tx).await? } else { Vec::new() };
    let page = visitor.page("agreements-title");
    let list = ListView::new(&page, &paged, "/agreements", &[("state", query.state.as_str())], after);
    let sees_clauses = actor.is_any(&[Role::Manager, Role::Auditor]);
    show(&ListPage { page, rows: paged.rows, list, state: query.state.clone(), waiting, sees_clauses })
}

#[derive(serde::Deserialize)]
struct NewQuery {
    application: ApplicationId,
}

/// Two milestones at 60 and 40 per cent, from tomorrow to the end of the term.
fn proposal(visitor: &Visitor, application: ApplicationId, bounds: Bounds) -> Form {
    let start = bounds.today + Days::new(1);
    let end = bounds.latest_end(start);
    let middle = start + Days::new((end - start).num_days().unsigned_abs() * 6 / 10);
    let mut values =
        vec![("application", application.to_string()), ("starts_on", start.to_string()), ("ends_on", end.to_string())];
    let words = [
        ("agreements-proposed-name-1", "agreements-proposed-deliverables-1", middle),
        ("agreements-proposed-name-2", "agreements-proposed-deliverables-2", end),
    ];
    let split = proposed_split(bounds.total, bounds.support);
    for ((fields, (name, deliverables, due)), (supply, support)) in MILESTONE_FIELDS.into_iter().zip(words).zip(split) {
        values.push((fields.name, visitor.lang.t(name)));
        values.push((fields.deliverables, visitor.lang.t(deliverables)));
        values.push((fields.due_on, due.to_string()));
        values.push((fields.supply, supply.to_string()));
        values.push((fields.support, support.to_string()));
    }
    Form::with(visitor, "agreements", values)
}

async fn offer_page(app: &App, visitor: &Visitor, actor: &Actor, id: ApplicationId, posted: Option<Form>) -> Answer {
    let mut tx = app.db.read().await?;
    let application = applications::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    if application.state != ApplicationState::Selected {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let bounds = actions::bounds_of(&mut tx, &application, app.clock.now()).await?;
    let firm = organisations::get(&mut tx, application.organisation_id).await?;
    let form = posted.unwrap_or_else(|| proposal(visitor, id, bounds));
    let page = visitor.page("agreements-new-title").back_to("/agreements", "agreements-title").with_form(&form);
    let view = OfferPage { page, form, title: application.title, firm_name: firm.legal_name, bounds };
    show_form(&view, &view.form)
}

async fn show_new(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<NewQuery>) -> Answer {
    offer_page(&app, &visitor, &actor, query.application, None).await
}

async fn offer(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let form = OfferForm(posted.read()?);
    let application = form.application()?;
    let made: Outcome<AgreementId> =
        async { actions::offer(&app, &actor, form.parse(application)?, posted.once).await }.await;
    match made {
        Ok(id) => Ok(redirect_with(format!("/agreements/{id}"), "agreements-flash-offered")),
        Err(trouble) => {
            let form = posted.again(&visitor, "agreements", trouble)?;
            offer_page(&app, &visitor, &actor, application, Some(form)).await
        }
    }
}

async fn voucher_view(tx: &mut Tx, agreement: &store::Agreement) -> sqlx::Result<Option<VoucherView>> {
    let Some(voucher) = store::voucher_of(tx, agreement.id).await? else { return Ok(None) };
    let case = actions::case_of(tx, agreement).await?;
    Ok(Some(VoucherView {
        voucher,
        left: ledger::balance(tx, case.account(AccountKind::Voucher)).await?,
        held: ledger::balance(tx, case.account(AccountKind::Held)).await?,
        payable: ledger::balance(tx, case.account(AccountKind::Payable)).await?,
        paid: ledger::balance(tx, case.account(AccountKind::Paid)).await?,
    }))
}

/// What this reader can do next with the agreement.
/// `missing`: some of the own share that the call asks for has not been received.
fn next_step(actor: &Actor, agreement: &store::Agreement, missing: bool, voucher: Option<VoucherState>) -> Next {
    match agreement.state {
        AgreementState::Offered => {
            let mine = Party::of(&actor.roles).filter(|party| agreement.assent_of(*party).is_none());
            mine.map_or(Next::Wait("agreements-next-others-assent"), |_| Next::Assent)
        }
        AgreementState::Active if voucher.is_some_and(VoucherState::is_usable) => Next::Wait("agreements-next-work"),
        AgreementState::Active if voucher == Some(VoucherState::Suspended) => Next::Wait("agreements-next-blocked"),
        AgreementState::Active if voucher.is_some() => Next::Wait("agreements-next-outcome"),
        AgreementState::Active if missing => {
            if actor.is_any(&[Role::ClaimsOfficer, Role::Manager]) {
                Next::RecordDeposit
            } else {
                Next::Wait("agreements-next-deposit")
            }
        }
        AgreementState::Active if actor.is(Role::Manager) => Next::IssueVoucher,
        AgreementState::Active => Next::Wait("agreements-next-voucher"),
        _ => Next::Wait("agreements-next-over"),
    }
}

async fn show_page(app: &App, visitor: &Visitor, actor: &Actor, id: AgreementId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let agreement = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let application = applications::get(&mut tx, agreement.application_id).await?;
    let firm = organisations::get(&mut tx, agreement.organisation_id).await?;
    let vendor = vendors::get(&mut tx, agreement.vendor_id).await?;
    let vendor = organisations::get(&mut tx, vendor.organisation_id).await?;
    let signed = store::assents(&mut tx, id, None).await?;
    let assent = |party: &Party| Assent {
        party: *party,
        signed: signed.iter().find(|assent| assent.party == *party).cloned(),
        at: agreement.assent_of(*party).map(|(_, at)| at),
    };
    let deposits = store::deposits(&mut tx, id).await?;
    let refunds = store::refunds(&mut tx, id).await?;
    let own = actions::refundable_of(&mut tx, &agreement, &deposits, &refunds).await?;
    let missing = own.missing().is_positive();
    let own_cash = agreement.own_won.minus(applications::in_kind(&mut tx, agreement.application_id).await?);
    let voucher = voucher_view(&mut tx, &agreement).await?;
    // Firm and vendor see what happened to the agreement; staff the whole case, panel and screening included.
    let mut history = if actor.is_staff() {
        audit::history(&mut tx, agreement.application_id).await?
    } else {
        audit::history_of_subject(&mut tx, id).await?
    };
    if actor.is(Role::Vendor) {
        history.retain(|record| !matches!(record.kind.as_str(), "deposit_recorded" | "own_share_refunded"));
    }
    let blocks = match &voucher {
        Some(view) => store::blocks(&mut tx, view.voucher.id).await?,
        None => Vec::new(),
    };
    let texts = store::texts(&mut tx, id).await?;
    let shares = actions::shares_of(&mut tx, &agreement, &application).await?;
    let page = visitor
        .page_titled(visitor.lang.t_with("agreements-page-title", &[("number", agreement.number.clone())]))
        .back_to("/agreements", "agreements-title")
        .with_form(&form);
    let view = ShowPage {
        page,
        form,
        title: application.title,
        firm_name: firm.legal_name,
        vendor_name: vendor.legal_name,
        assents: Party::ALL.iter().map(assent).collect(),
        milestones: store::milestones(&mut tx, id).await?,
        indicators: store::indicators(&mut tx, id).await?,
        rules_version: application.call_version,
        next: next_step(actor, &agreement, missing, voucher.as_ref().map(|view| view.voucher.state)),
        deposits,
        voucher,
        history,
        sees_deposits: !actor.is(Role::Vendor),
        own_cash,
        is_manager: actor.is(Role::Manager),
        is_firm: actor.is(Role::Firm),
        is_vendor: actor.is(Role::Vendor),
        reads_outcomes: actor.is_any(&[Role::Firm, Role::Manager, Role::Auditor]),
        is_staff: actor.is_staff(),
        proof_needed: Party::of(&actor.roles).is_some() && actor.freshly_proven(app.clock.now()).is_err(),
        is_officer: actor.is_any(&[Role::ClaimsOfficer, Role::Manager]),
        blocks,
        surplus: own.surplus(),
        refunds,
        shares,
        changes: store::changes_of(&mut tx, id).await?,
        texts,
        today: local_date(app.clock.now(), ZONE),
        agreement,
    };
    show_form(&view, &view.form)
}

async fn agreement(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<AgreementId>) -> Answer {
    show_page(&app, &visitor, &actor, *id, Form::new(&visitor, "agreements")).await
}

/// The text byte for byte as it was hashed and assented to.
async fn text(app: web::Data<App>, actor: Actor, id: web::Path<AgreementId>) -> Answer {
    let mut tx = app.db.read().await?;
    let agreement = store::find_visible(&mut tx, &actor, *id).await?.ok_or_else(Refusal::not_found)?;
    let text = store::text(&mut tx, *id, agreement.version).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header(("content-disposition", format!("attachment; filename=\"{}.txt\"", agreement.number)))
        .body(text.map_or(agreement.content, |text| text.content)))
}

/// The sealed file of one text: exactly the bytes whose hash stands in the history.
async fn sealed(app: web::Data<App>, actor: Actor, path: web::Path<(AgreementId, i64)>) -> Answer {
    let (id, version) = path.into_inner();
    let mut tx = app.db.read().await?;
    let agreement = store::find_visible(&mut tx, &actor, id).await?.ok_or_else(Refusal::not_found)?;
    let text = store::text(&mut tx, id, version).await?.ok_or_else(Refusal::not_found)?;
    let file = text.file_id.ok_or_else(Refusal::not_found)?;
    drop(tx);
    let name = format!("attachment; filename=\"{}-v{version}.pdf\"", agreement.number);
    Ok(HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header(("content-disposition", name))
        .insert_header(("x-content-type-options", "nosniff"))
        .insert_header(("cache-control", "private, no-store"))
        .body(app.files.read(file).await?))
}

/// Back to the agreement: with a sentence when it was done, with what was wrong when not.
async fn done(
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    id: AgreementId,
    posted: &Posted,
    result: Outcome<()>,
    flash: &'static str,
) -> Answer {
    match result {
        Ok(()) => Ok(redirect_with(format!("/agreements/{id}"), flash)),
        Err(trouble) => show_page(app, visitor, actor, id, posted.again(visitor, "agreements", trouble)?).await,
    }
}

async fn assent(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<AgreementId>,
    posted: Posted,
) -> Answer {
    let result: Outcome<()> = async {
        posted.read::<AssentForm>()?.parse()?;
        actions::assent(&app, &actor, *id, posted.once).await
    }
    .await;
    done(&app, &visitor, &actor, *id, &posted, result, "agreements-flash-assented").await
}

async fn record_deposit(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<AgreementId>,
    posted: Posted,
) -> Answer {
    let result: Outcome<()> = async {
        let new = posted.read::<DepositForm>()?.parse()?;
        actions::record_deposit(&app, &actor, *id, new, posted.once).await
    }
    .await;
    done(&app, &visitor, &actor, *id, &posted, result, "agreements-flash-deposit").await
}

async fn issue_voucher(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<AgreementId>,
    posted: Posted,
) -> Answer {
    let result: Outcome<()> = async {
        posted.press()?;
        actions::issue_voucher(&app, &actor, *id, posted.once).await
    }
    .await;
    done(&app, &visitor, &actor, *id, &posted, result, "agreements-flash-voucher").await
}

async fn terminate(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<AgreementId>,
    posted: Posted,
) -> Answer {
    let result: Outcome<()> = async {
        let note = posted.read::<TerminateForm>()?.parse()?;
        actions::terminate(&app, &actor, *id, &note, posted.once).await
    }
    .await;
    done(&app, &visitor, &actor, *id, &posted, result, "agreements-flash-terminated").await
}

async fn withdraw(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<AgreementId>,
    posted: Posted,
) -> Answer {
    let result: Outcome<()> = async {
        let note = posted.read::<TerminateForm>()?.parse()?;
        actions::withdraw(&app, &actor, *id, &note, posted.once).await
    }
    .await;
    done(&app, &visitor, &actor, *id, &posted, result, "agreements-flash-withdrawn").await
}
