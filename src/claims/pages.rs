//! Doors of claims.

use super::{ClaimId, ClaimState, actions, forms::*, rules::matching, store, views::*};
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
    files::{self, FileId, FileRow, ScanState},
    ledger::{self, AccountKind},
    organisations,
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

pub fn doors() -> Vec<Door> {
    vec![
        Door::get("/claims", Need::AnyOf(READERS), claims),
        Door::get("/claims/{id}", Need::AnyOf(READERS), claim),
        Door::get("/claims/{id}/file", Need::AnyOf(READERS), file),
        Door::get("/agreements/{id}/claims/new", VENDOR, show_new),
        Door::post("/agreements/{id}/claims/new", VENDOR, submit),
        Door::post("/agreements/{id}/claims/read", VENDOR, read),
        Door::get("/claims/{id}/edit", VENDOR, show_edit),
        Door::post("/claims/{id}/edit", VENDOR, resubmit),
        Door::get("/claims/{id}/withdraw", VENDOR, show_withdraw),
        Door::post("/claims/{id}/withdraw", VENDOR, withdraw),
        Door::get("/claims/{id}/answer", FIRM, show_answer),
        Door::post("/claims/{id}/answer", FIRM, answer),
        Door::get("/claims/{id}/check", OFFICER, show_check),
        Door::post("/claims/{id}/check", OFFICER, decide),
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
        (ClaimState::DeliveryAccepted, "/claims?state=delivery_accepted")
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
    let may_open = match file.scan {
        ScanState::Clean => true,
        ScanState::Unscanned => app.config.allow_unscanned,
        ScanState::Pending | ScanState::Infected => false,
    };
    if !may_open {
        return Err(Refusal::conflict("claims-refusal-not-scanned").into());
    }
    let bytes = app.files.read(file.id).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/xml")
        .insert_header(("content-disposition", format!("attachment; filename=\"{}.xml\"", claim.number)))
        .insert_header(("content-security-policy", "sandbox"))
        .body(bytes))
}

/// The page of the form, fresh, filled from a file, or come back.
async fn form_page(
    app: &App,
    visitor: &Visitor,
    actor: &Actor,
    (agreement, claim): (AgreementId, Option<ClaimId>),
    form: Form,
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
        firm_name: firm.legal_name,
        supplier_name: supplier.legal_name,
        page,
        form,
        action,
        agreement,
        milestones,
        claim,
        reading,
    };
    show_form(&view, &view.form)
}

async fn show_new(
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
    form_page(&app, &visitor, &actor, (*id, None), Form::with(&visitor, "claims", values)).await
}

/// What is known without a file: who supplies and who buys.
async fn prefilled(app: &App, actor: &Actor, id: AgreementId) -> Outcome<Vec<(&'static str, String)>> {
    let mut tx = app.db.read().await?;
    let agreement = agreements::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let firm = organisations::get(&mut tx, agreement.organisation_id).await?;
    let vendor = crate::vendors::get(&mut tx, agreement.vendor_id).await?;
    let supplier = organisations::get(&mut tx, vendor.organisation_id).await?;
    Ok(vec![
        ("supplier_number", matching::dashed(&supplier.business_number)),
        ("buyer_number", matching::dashed(&firm.business_number)),
    ])
}

async fn submit(
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
            form_page(&app, &visitor, &actor, (*id, None), form).await
        }
    }
}

/// An upload that broke off before its form was read comes back as a blank page with the reason.
fn refused_upload(visitor: &Visitor, trouble: Trouble) -> Result<Form, Trouble> {
    let blank = Posted::check(vec![("token".to_owned(), visitor.form_token.clone())], visitor)
        .map_err(|_| Refusal::unacceptable("refusal-form-malformed"))?;
    let trouble = match trouble {
        Trouble::Refused(refusal) => Trouble::Refused(refusal.at("invoice_file")),
        other => other,
    };
    blank.again(visitor, "claims", trouble)
}

/// Takes a structured invoice and leads to the form it fills.
async fn read(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<AgreementId>,
    body: Multipart,
) -> Answer {
    let uploaded = match upload::receive(&visitor, &app.files, body).await {
        Ok(uploaded) => uploaded,
        Err(trouble) => {
            let form = refused_upload(&visitor, trouble)?;
            return form_page(&app, &visitor, &actor, (*id, None), form).await;
        }
    };
    let form: UploadForm = match uploaded.posted.read() {
        Ok(form) => form,
        Err(trouble) => {
            app.files.discard(&uploaded.files).await;
            return Err(trouble);
        }
    };
    match actions::receive_invoice(&app, &actor, *id, &uploaded.files, uploaded.posted.once).await {
        Ok(file) => Ok(redirect(form.next(*id, file))),
        Err(trouble) => {
            let again = uploaded.posted.again(&visitor, "claims", trouble)?;
            form_page(&app, &visitor, &actor, (*id, form.claim.parse().ok()), again).await
        }
    }
}

/// The claim when its vendor may file it anew.
async fn editable(app: &App, actor: &Actor, id: ClaimId) -> Outcome<store::Claim> {
    let mut tx = app.db.read().await?;
    let claim = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    crate::core::step::step(super::rules::STEPS, "resubmit", claim.state)?;
    Ok(claim)
}

async fn show_edit(
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
    form_page(&app, &visitor, &actor, (claim.agreement_id, Some(claim.id)), form).await
}

async fn resubmit(
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
            form_page(&app, &visitor, &actor, (claim.agreement_id, Some(claim.id)), form).await
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

async fn show_withdraw(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ClaimId>) -> Answer {
    let mut tx = app.db.read().await?;
    let claim = store::find_visible(&mut tx, &actor, *id).await?.ok_or_else(Refusal::not_found)?;
    withdraw_page(&visitor, Form::new(&visitor, "claims"), claim.id)
}

async fn withdraw(
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

async fn answer_page(app: &App, visitor: &Visitor, actor: &Actor, id: ClaimId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let claim = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let milestone = agreements::find_milestone(&mut tx, claim.milestone_id).await?.ok_or_else(Refusal::not_found)?;
    let (_, vendor_name) = names(&mut tx, &claim).await?;
    let here = format!("/claims/{id}");
    let choices = Choice::codes(visitor.lang, "claims-answer", &["accept", "dispute"]);
    let said = [
        ("vendor", vendor_name),
        ("number", claim.number.clone()),
        ("total", crate::web::page::show_won(visitor.lang, claim.total_won)),
    ];
    FormPage::new(
        visitor.page("claims-answer-title").back_to(here.clone(), "claims-back-to-claim"),
        form,
        format!("{here}/answer"),
        "claims-answer-send",
    )
    .intro(visitor.lang.t_with("claims-answer-intro", &said))
    .field(Field::Heading(milestone.name))
    .field(Field::Inset(milestone.deliverables))
    .field(Field::Radios("answer", choices))
    .field(Field::Textarea("note", "5"))
    .answer()
}

async fn show_answer(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ClaimId>) -> Answer {
    answer_page(&app, &visitor, &actor, *id, Form::new(&visitor, "claims")).await
}

async fn answer(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ClaimId>, posted: Posted) -> Answer {
    let done: Outcome<()> = async {
        let (accept, note) = posted.read::<AnswerForm>()?.parse()?;
        actions::answer(&app, &actor, *id, accept, &note, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/claims/{id}"), "claims-flash-answered")),
        Err(trouble) => answer_page(&app, &visitor, &actor, *id, posted.again(&visitor, "claims", trouble)?).await,
    }
}

async fn check_page(app: &App, visitor: &Visitor, actor: &Actor, id: ClaimId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let claim = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let checks = actions::present_checks(&mut tx, actor, &claim, app.clock.now()).await?;
    let clash = audit::clash(&mut tx, actor, claim.application_id.0, Act::ClaimApproved).await?;
    let case = actions::money_case(&mut tx, &claim).await?;
    let balance = ledger::balance(&mut tx, case.account(AccountKind::Voucher)).await?;
    let (firm_name, vendor_name) = names(&mut tx, &claim).await?;
    let number = store::approval_number(&mut tx, claim.id).await?;
    let hindrance = if claim.state != ClaimState::DeliveryAccepted {
        Some(visitor.lang.t("claims-not-to-decide"))
    } else {
        clash.map(|act| {
            let earlier = visitor.lang.code_word("act", act.as_str());
            visitor.lang.t_with("refusal-duties-apart", &[("earlier", earlier)])
        })
    };
    let page = visitor.page("claims-check-title").back_to(format!("/claims/{id}"), "claims-back-to-claim");
    let view = CheckPage {
        checks: present_checks(&page, &checks),
        lines: store::lines(&mut tx, claim.id).await?,
        milestone: agreements::find_milestone(&mut tx, claim.milestone_id).await?.ok_or_else(Refusal::not_found)?,
        file: kept_file(&mut tx, &claim).await?,
        approval_number: shown_number(&number),
        page: page.with_form(&form),
        form,
        claim,
        firm_name,
        vendor_name,
        balance,
        hindrance,
    };
    show_form(&view, &view.form)
}

async fn show_check(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ClaimId>) -> Answer {
    check_page(&app, &visitor, &actor, *id, Form::new(&visitor, "claims")).await
}

async fn decide(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ClaimId>, posted: Posted) -> Answer {
    let done: Outcome<()> = async {
        let decision = posted.read::<DecisionForm>()?.parse()?;
        actions::decide(&app, &actor, *id, decision, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/claims/{id}"), "claims-flash-decided")),
        Err(trouble) => check_page(&app, &visitor, &actor, *id, posted.again(&visitor, "claims", trouble)?).await,
    }
}
