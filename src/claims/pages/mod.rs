//! Doors of claims.

mod amending;
mod deciding;
mod documents;
mod filing;
mod service;
mod usage;

pub use usage::REPORTS;

use super::{ClaimId, ClaimState, actions, content, forms::*, rules::matching, store, views::*};
use crate::{
    agreements::{self, AgreementId, MilestoneId},
    app::App,
    audit::{self, Act},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal, Trouble},
        roles::Role,
    },
    db::{Tx, page::Cursor},
    files::{self, FileId, FileRow},
    ledger::{self, AccountKind},
    organisations, pdf,
    web::{
        Answer, Choice, Door, Form, Need, Posted, Visitor,
        list::ListView,
        page::MenuEntry,
        redirect, redirect_with, show, show_form,
        simple::{Field, FormPage},
        upload,
    },
};
use actix_multipart::Multipart;
use actix_web::{HttpResponse, web};

const READERS: &[Role] = &[Role::Vendor, Role::Firm, Role::ClaimsOfficer, Role::Manager, Role::Payer, Role::Auditor];
const VENDOR: Need = Need::AnyOf(&[Role::Vendor]);
const FIRM: Need = Need::AnyOf(&[Role::Firm]);
const OFFICER: Need = Need::AnyOf(&[Role::ClaimsOfficer]);
const AMENDERS: Need = Need::AnyOf(&[Role::Vendor, Role::ClaimsOfficer]);

pub fn doors() -> Vec<Door> {
    vec![
        Door::get("/claims", Need::AnyOf(READERS), claims),
        Door::get("/claims/queue", OFFICER, service::queue),
        Door::get("/claims/{id}", Need::AnyOf(READERS), claim),
        Door::get("/claims/{id}/file", Need::AnyOf(READERS), file),
        Door::get("/claims/{id}/invoice.pdf", Need::AnyOf(READERS), invoice_pdf),
        Door::get("/claims/{id}/letter", Need::AnyOf(READERS), deciding::letter),
        Door::get("/agreements/{id}/claims/new", VENDOR, filing::show_new),
        Door::post("/agreements/{id}/claims/new", VENDOR, filing::submit),
        Door::post("/agreements/{id}/claims/read", VENDOR, filing::read),
        Door::post("/agreements/{id}/claims/match", VENDOR, filing::match_before),
        Door::get("/claims/{id}/edit", VENDOR, filing::show_edit),
        Door::post("/claims/{id}/edit", VENDOR, filing::resubmit),
        Door::get("/claims/{id}/withdraw", VENDOR, filing::show_withdraw),
        Door::post("/claims/{id}/withdraw", VENDOR, filing::withdraw),
        Door::get("/claims/{id}/answer", FIRM, deciding::show_answer),
        Door::post("/claims/{id}/answer", FIRM, deciding::answer),
        Door::get("/claims/{id}/check", OFFICER, deciding::show_check),
        Door::post("/claims/{id}/check", OFFICER, deciding::decide),
        Door::get("/claims/{id}/candidates/{candidate}", OFFICER, deciding::show_clear),
        Door::post("/claims/{id}/candidates/{candidate}", OFFICER, deciding::clear),
        Door::get("/claims/{id}/documents", VENDOR, documents::show),
        Door::post("/claims/{id}/documents", VENDOR, documents::add),
        Door::get("/claims/{id}/documents/{document}", Need::AnyOf(READERS), documents::download),
        Door::post("/claims/{id}/documents/{document}/remove", VENDOR, documents::remove),
        Door::get("/claims/{id}/amendment", AMENDERS, amending::show_amend),
        Door::post("/claims/{id}/amendment", AMENDERS, amending::amend),
        Door::get("/claims/{id}/settlement", OFFICER, amending::show_settle),
        Door::post("/claims/{id}/settlement", OFFICER, amending::settle),
        Door::get("/agreements/{id}/usage", Need::AnyOf(READERS), usage::show_usage),
        Door::post("/agreements/{id}/usage", VENDOR, usage::keep_log),
        Door::get("/usage-key", VENDOR, usage::show_key),
        Door::post("/usage-key", VENDOR, usage::make_key),
        Door::post(REPORTS, Need::Nobody, usage::report),
        Door::get("/service-levels", Need::Nobody, service::levels),
    ]
}

pub fn menu() -> Vec<MenuEntry> {
    vec![MenuEntry {
        path: "/claims",
        key: "claims-title",
        roles: &[Role::Vendor, Role::Firm, Role::ClaimsOfficer, Role::Manager, Role::Auditor],
    }]
}

async fn claims(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<ListQuery>) -> Answer {
    let after = Cursor::from_text(&query.after);
    let number = query.number.trim();
    let filter = store::Filter {
        state: query.state.parse().ok(),
        number: (!number.is_empty()).then(|| number.to_owned()),
        agreement: query.agreement.parse().ok(),
    };
    let agreement = filter.agreement.map(|id| id.to_string()).unwrap_or_default();
    let mut tx = app.db.read().await?;
    let paged = store::page(&mut tx, &actor, &filter, after).await?;
    let page = visitor.page("claims-title");
    let filters = [("state", query.state.as_str()), ("number", number), ("agreement", &agreement)];
    let list = ListView::new(&page, &paged, "/claims", &filters, after);
    let mut states = vec![Choice::new("", page.t("claims-all-states"))];
    states.extend(Choice::codes(visitor.lang, "claim-state", ClaimState::ALL));
    let values = vec![("state", query.state.clone()), ("number", number.to_owned())];
    show(&ClaimsPage {
        filter: Form::with(&visitor, "claims", values),
        waiting: waiting(&mut tx, &actor).await?,
        is_vendor: actor.is(Role::Vendor),
        agreement,
        claims: paged.rows,
        list,
        states,
        page,
    })
}

/// What waits for this reader: the claims they have to act on.
async fn waiting(tx: &mut Tx, actor: &Actor) -> sqlx::Result<Option<(i64, &'static str)>> {
    let (state, href) = if actor.is(Role::ClaimsOfficer) {
        (ClaimState::DeliveryAccepted, "/claims/queue")
    } else if actor.is(Role::Firm) {
        (ClaimState::Submitted, "/claims?state=submitted")
    } else if actor.is(Role::Vendor) {
        (ClaimState::Returned, "/claims?state=returned")
    } else {
        return Ok(None);
    };
    let filter = store::Filter { state: Some(state), ..store::Filter::default() };
    let count = store::page(tx, actor, &filter, None).await?.count;
    Ok((count > 0).then_some((count, href)))
}

async fn claim(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ClaimId>) -> Answer {
    let mut tx = app.db.read().await?;
    let claim = store::find_visible(&mut tx, &actor, *id).await?.ok_or_else(Refusal::not_found)?;
    let approval_number = store::approval_number(&mut tx, claim.id).await?;
    let agreement = agreements::get(&mut tx, claim.agreement_id).await?;
    let milestone = agreements::find_milestone(&mut tx, claim.milestone_id).await?.ok_or_else(Refusal::not_found)?;
    let (firm_name, vendor_name) = names(&mut tx, &claim).await?;
    let page = visitor.page_titled(claim.number.clone()).back_to("/claims", "claims-title");
    let checks = store::checks(&mut tx, claim.id).await?;
    let history = match actor.is_staff() {
        true => Some(audit::history_of_subject(&mut tx, claim.id).await?),
        false => None,
    };
    show(&ClaimPage {
        checked_at: checks.first().map(|check| check.checked_at),
        checks: kept_checks(&page, &checks),
        lines: store::lines(&mut tx, claim.id).await?,
        file: kept_file(&mut tx, &claim).await?,
        documents: store::documents(&mut tx, claim.id).await?,
        may_attach: actor.is(Role::Vendor) && super::rules::takes_documents(claim.state),
        service: actions::service(&mut tx, &claim, app.clock.now()).await?,
        decided: store::decided_lines(&mut tx, claim.id).await?,
        amendments: store::amendments(&mut tx, claim.id).await?,
        candidates: match actor.is_staff() {
            true => store::candidates(&mut tx, claim.id).await?,
            false => Vec::new(),
        },
        may_amend: actor.is_any(&[Role::Vendor, Role::ClaimsOfficer]) && super::rules::is_live(claim.state),
        may_settle: actor.is(Role::ClaimsOfficer),
        next: next_step(&page, &actor, &claim),
        may_withdraw: may(&actor, &claim, "withdraw"),
        approval_number: shown_number(&approval_number),
        agreement,
        milestone,
        firm_name,
        vendor_name,
        history,
        claim,
        page,
    })
}

fn may(actor: &Actor, claim: &store::Claim, name: &str) -> bool {
    let open = crate::core::step::open_steps(super::rules::STEPS, claim.state, &actor.roles);
    open.iter().any(|step| step.name == name)
}

fn next_step(page: &crate::web::Page, actor: &Actor, claim: &store::Claim) -> Option<NextStep> {
    let (path, label, text) = if may(actor, claim, "accept_delivery") {
        ("answer", "claims-next-answer", "claims-next-answer-text")
    } else if may(actor, claim, "resubmit") {
        ("edit", "claims-next-edit", "claims-next-edit-text")
    } else if may(actor, claim, "approve") {
        ("check", "claims-next-check", "claims-next-check-text")
    } else if actor.is(Role::Vendor) && matches!(claim.state, ClaimState::Withdrawn | ClaimState::Rejected) {
        let milestone = claim.milestone_id;
        return Some(NextStep {
            href: format!("/agreements/{}/claims/new?milestone={milestone}", claim.agreement_id),
            label: page.t("claims-new-title"),
            text: page.t("claims-next-new-text"),
        });
    } else {
        return None;
    };
    Some(NextStep { href: format!("/claims/{}/{path}", claim.id), label: page.t(label), text: page.t(text) })
}

fn shown_number(number: &str) -> String {
    number.parse::<crate::core::numbers::ApprovalNumber>().map_or_else(|_| number.to_owned(), |n| n.to_string())
}

async fn names(tx: &mut Tx, claim: &store::Claim) -> sqlx::Result<(String, String)> {
    let firm = organisations::get(tx, claim.organisation_id).await?;
    let vendor = crate::vendors::get(tx, claim.vendor_id).await?;
    let supplier = organisations::get(tx, vendor.organisation_id).await?;
    Ok((firm.legal_name, supplier.legal_name))
}

async fn kept_file(tx: &mut Tx, claim: &store::Claim) -> sqlx::Result<Option<FileRow>> {
    match claim.file_id {
        Some(file) => files::find(tx, file).await,
        None => Ok(None),
    }
}

/// The structured invoice behind a claim, once a scan found it clean.
async fn file(app: web::Data<App>, actor: Actor, id: web::Path<ClaimId>) -> Answer {
    let mut tx = app.db.read().await?;
    let claim = store::find_visible(&mut tx, &actor, *id).await?.ok_or_else(Refusal::not_found)?;
    let file = kept_file(&mut tx, &claim).await?.ok_or_else(Refusal::not_found)?;
    drop(tx);
    if !file.scan.may_open(app.config.allow_unscanned) {
        return Err(Refusal::conflict("claims-refusal-not-scanned").into());
    }
    let bytes = app.files.read(file.id).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/xml")
        .insert_header(("content-disposition", format!("attachment; filename=\"{}.xml\"", claim.number)))
        .insert_header(("content-security-policy", "sandbox"))
        .body(bytes))
}

/// The invoice as it was filed last, drawn from its fields: what a structured file says, for people.
async fn invoice_pdf(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ClaimId>) -> Answer {
    let mut tx = app.db.read().await?;
    let claim = store::find_visible(&mut tx, &actor, *id).await?.ok_or_else(Refusal::not_found)?;
    let (firm, vendor) = names(&mut tx, &claim).await?;
    let invoice = actions::invoice_of(&mut tx, &claim).await?;
    drop(tx);
    let document = content::document(visitor.lang, &claim, &invoice, &firm, &vendor);
    let bytes = web::block(move || pdf::render(&document)).await.map_err(anyhow::Error::from)??;
    Ok(HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header(("content-disposition", format!("attachment; filename=\"{}.pdf\"", claim.number)))
        .body(bytes))
}
