//! Doors of payments.

use super::{BatchId, BatchState, PaymentId, PaymentState, actions, forms::*, rules::promised_on, store, views::*};
use crate::{
    app::App,
    audit::{self, Act},
    claims,
    core::{
        actor::Actor,
        calendar::local_date,
        refusal::{Outcome, Refusal, Trouble},
        roles::Role,
    },
    db::{Tx, once::Once, page::Cursor},
    organisations::OrganisationId,
    people::{self, PersonId},
    reference, vendors,
    web::{
        Answer, Choice, Door, Form, Need, Posted, Visitor,
        list::ListView,
        page::{MenuEntry, ZONE},
        redirect, redirect_with, show, show_form,
        simple::{Field, FormPage},
        upload,
    },
};
use actix_multipart::Multipart;
use actix_web::{HttpResponse, web};
use std::collections::BTreeMap;
use uuid::Uuid;

const PAYER: Need = Need::AnyOf(&[Role::Payer]);
const READERS: Need = Need::AnyOf(&[Role::Payer, Role::Manager, Role::Auditor]);
const VENDOR: Need = Need::AnyOf(&[Role::Vendor]);

pub fn doors() -> Vec<Door> {
    vec![
        Door::get("/payments", READERS, payments),
        Door::get("/payments/mine", VENDOR, mine),
        Door::post("/payments/batches", PAYER, prepare),
        Door::get("/payments/batches/{id}", READERS, batch),
        Door::get("/payments/batches/{id}/approve", PAYER, show_approve),
        Door::post("/payments/batches/{id}/approve", PAYER, approve),
        Door::get("/payments/batches/{id}/release", PAYER, show_release),
        Door::post("/payments/batches/{id}/release", PAYER, release),
        Door::get("/payments/batches/{id}/cancel", PAYER, show_cancel),
        Door::post("/payments/batches/{id}/cancel", PAYER, cancel),
        Door::get("/payments/batches/{id}/file", PAYER, file),
        Door::post("/payments/batches/{id}/answers", PAYER, read_answers),
        Door::get("/payments/batches/{id}/answers/{once}", PAYER, answers),
        Door::get("/payments/{id}/answer", PAYER, show_answer),
        Door::post("/payments/{id}/answer", PAYER, answer),
        Door::post("/payments/{id}/agree", PAYER, agree),
    ]
}

pub fn menu() -> Vec<MenuEntry> {
    vec![
        MenuEntry { path: "/payments", key: "payments-title", roles: &[Role::Payer, Role::Manager, Role::Auditor] },
        MenuEntry { path: "/payments/mine", key: "payments-mine-title", roles: &[Role::Vendor] },
    ]
}

async fn payments_page(app: &App, visitor: &Visitor, actor: &Actor, query: &ListQuery, form: Form) -> Answer {
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let paged = store::page(&mut tx, query.state.parse().ok(), after).await?;
    let page = visitor.page("payments-title").with_form(&form);
    let list = ListView::new(&page, &paged, "/payments", &[("state", query.state.as_str())], after);
    let (ready_count, ready_won) = claims::approved_totals(&mut tx).await?;
    let ready = ready(&mut tx, visitor, actor).await?;
    let mut states = vec![Choice::new("", page.t("payments-all-states"))];
    states.extend(Choice::codes(visitor.lang, "batch-state", BatchState::ALL));
    let view = PaymentsPage {
        may_prepare: actor.is(Role::Payer) && ready.iter().any(|view| view.hindrance.is_none()),
        filter: Form::with(visitor, "payments", vec![("state", query.state.clone())]),
        batches: paged.rows,
        ready,
        ready_count,
        ready_won,
        list,
        states,
        form,
        page,
    };
    show_form(&view, &view.form)
}

/// The claims that wait, each with the reason why this payer cannot prepare it.
async fn ready(tx: &mut Tx, visitor: &Visitor, actor: &Actor) -> sqlx::Result<Vec<ReadyView>> {
    let claims = store::ready_claims(tx).await?;
    let cases: Vec<Uuid> = claims.iter().map(|claim| claim.application_id.0).collect();
    let clashes = audit::clashes(tx, actor, &cases, Act::PaymentPrepared).await?;
    let clashes: BTreeMap<Uuid, Act> = clashes.into_iter().collect();
    let today = crate::core::calendar::local_date(visitor.arrived_at, crate::core::calendar::ZONE);
    let mut views = Vec::new();
    for claim in claims {
        let hindrance = match clashes.get(&claim.application_id.0) {
            Some(act) => Some(duties_sentence(visitor, *act)),
            None => match crate::vendors::pay_hold(tx, claim.vendor_id, today).await? {
                Some(crate::vendors::PayHold::AccountChanging) => Some(visitor.lang.t("payments-account-changing")),
                Some(_) => Some(visitor.lang.t("payments-vendor-not-approved")),
                None => None,
            },
        };
        views.push(ReadyView { claim, hindrance });
    }
    Ok(views)
}

fn duties_sentence(visitor: &Visitor, act: Act) -> String {
    let earlier = visitor.lang.code_word("act", act.as_str());
    visitor.lang.t_with("refusal-duties-apart", &[("earlier", earlier)])
}

async fn payments(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<ListQuery>) -> Answer {
    payments_page(&app, &visitor, &actor, &query, Form::new(&visitor, "payments")).await
}

async fn prepare(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let done: Outcome<BatchId> = async {
        let claims = posted.read::<PrepareForm>()?.parse()?;
        actions::prepare(&app, &actor, claims, posted.once).await
    }
    .await;
    match done {
        Ok(batch) => Ok(redirect_with(format!("/payments/batches/{batch}"), "payments-flash-prepared")),
        Err(trouble) => {
            let form = posted.again(&visitor, "payments", trouble)?;
            payments_page(&app, &visitor, &actor, &ListQuery::default(), form).await
        }
    }
}

async fn batch_page(app: &App, visitor: &Visitor, actor: &Actor, id: BatchId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let batch = store::find_batch(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let next = next_act(&mut tx, visitor, actor, &batch).await?;
    let is_payer = actor.is(Role::Payer);
    let page = visitor.page_titled(batch.number.clone()).back_to("/payments", "payments-title").with_form(&form);
    let view = BatchPage {
        hands: store::hands_of(&mut tx, id).await?,
        payments: store::rows_of(&mut tx, id).await?,
        history: audit::history(&mut tx, id).await?,
        may_cancel: is_payer && matches!(batch.state, BatchState::Prepared | BatchState::Approved),
        may_answer: is_payer && batch.state == BatchState::Released,
        may_download: is_payer && batch.file_sha256.is_some(),
        next,
        batch,
        form,
        page,
    };
    show_form(&view, &view.form)
}

/// The act that comes next on a batch, and why this person cannot do it if they cannot.
async fn next_act(
    tx: &mut Tx,
    visitor: &Visitor,
    actor: &Actor,
    batch: &store::Batch,
) -> sqlx::Result<Option<NextAct>> {
    let (verb, act, label) = match batch.state {
        BatchState::Prepared => ("approve", Act::PaymentApproved, "payments-approve"),
        BatchState::Approved => ("release", Act::PaymentReleased, "payments-release"),
        _ => return Ok(None),
    };
    let hindrance = if !actor.is(Role::Payer) {
        Some(visitor.lang.t("payments-only-payers"))
    } else if batch.prepared_by == actor.id {
        Some(duties_sentence(visitor, Act::PaymentPrepared))
    } else if batch.approved_by == Some(actor.id) {
        Some(duties_sentence(visitor, Act::PaymentApproved))
    } else {
        let cases = store::cases_of(tx, batch.id).await?;
        let clashes = audit::clashes(tx, actor, &cases, act).await?;
        clashes.first().map(|(_, earlier)| duties_sentence(visitor, *earlier))
    };
    let href = format!("/payments/batches/{}/{verb}", batch.id);
    Ok(Some(NextAct { href, label: visitor.lang.t(label), hindrance }))
}

async fn batch(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<BatchId>) -> Answer {
    batch_page(&app, &visitor, &actor, *id, Form::new(&visitor, "payments")).await
}

/// The question before an act that cannot be taken back.
async fn act_page(app: &App, visitor: &Visitor, id: BatchId, verb: &'static str, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let batch = store::find_batch(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let here = format!("/payments/batches/{id}");
    let (title, intro, submit) = match verb {
        "approve" => ("payments-approve-title", "payments-approve-intro", "payments-approve"),
        "release" => ("payments-release-title", "payments-release-intro", "payments-release"),
        _ => ("payments-cancel-title", "payments-cancel-intro", "payments-cancel"),
    };
    let said = [
        ("number", batch.number.clone()),
        ("count", batch.payment_count.to_string()),
        ("total", crate::web::page::show_won(visitor.lang, batch.total_won)),
    ];
    let page = visitor.page(title).back_to(here.clone(), "payments-back-to-batch");
    let mut form_page = FormPage::new(page, form, format!("{here}/{verb}"), submit)
        .intro(visitor.lang.t_with(intro, &said))
        .link(here, "payments-back-to-batch");
    if verb == "cancel" {
        form_page = form_page.field(Field::Textarea("note", "3"));
    }
    if verb != "approve" {
        form_page = form_page.warning();
    }
    form_page.answer()
}

async fn show_approve(app: web::Data<App>, visitor: Visitor, id: web::Path<BatchId>) -> Answer {
    act_page(&app, &visitor, *id, "approve", Form::new(&visitor, "payments")).await
}

async fn approve(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<BatchId>,
    posted: Posted,
) -> Answer {
    match actions::approve(&app, &actor, *id, posted.once).await {
        Ok(()) => Ok(redirect_with(format!("/payments/batches/{id}"), "payments-flash-approved")),
        Err(trouble) => act_page(&app, &visitor, *id, "approve", posted.again(&visitor, "payments", trouble)?).await,
    }
}

async fn show_release(app: web::Data<App>, visitor: Visitor, id: web::Path<BatchId>) -> Answer {
    act_page(&app, &visitor, *id, "release", Form::new(&visitor, "payments")).await
}

async fn release(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<BatchId>,
    posted: Posted,
) -> Answer {
    match actions::release(&app, &actor, *id, posted.once).await {
        Ok(()) => Ok(redirect_with(format!("/payments/batches/{id}"), "payments-flash-released")),
        Err(trouble) => act_page(&app, &visitor, *id, "release", posted.again(&visitor, "payments", trouble)?).await,
    }
}

async fn show_cancel(app: web::Data<App>, visitor: Visitor, id: web::Path<BatchId>) -> Answer {
    act_page(&app, &visitor, *id, "cancel", Form::new(&visitor, "payments")).await
}

async fn cancel(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<BatchId>, posted: Posted) -> Answer {
    let done: Outcome<()> = async {
        let note = posted.read::<CancelForm>()?.parse()?;
        actions::cancel(&app, &actor, *id, &note, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/payments/batches/{id}"), "payments-flash-cancelled")),
        Err(trouble) => act_page(&app, &visitor, *id, "cancel", posted.again(&visitor, "payments", trouble)?).await,
    }
}

async fn file(app: web::Data<App>, actor: Actor, id: web::Path<BatchId>) -> Answer {
    let file = actions::bank_file(&app, &actor, *id).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header(("cache-control", "no-store"))
        .insert_header(("content-disposition", format!("attachment; filename=\"{}\"", file.name)))
        .body(file.bytes))
}

/// An upload that broke off before its form was read comes back as a blank page with the reason.
fn refused_upload(visitor: &Visitor, trouble: Trouble) -> Result<Form, Trouble> {
    let blank = Posted::check(vec![("token".to_owned(), visitor.form_token.clone())], visitor)
        .map_err(|_| Refusal::unacceptable("refusal-form-malformed"))?;
    let trouble = match trouble {
        Trouble::Refused(refusal) => Trouble::Refused(refusal.at("answers_file")),
        other => other,
    };
    blank.again(visitor, "payments", trouble)
}

async fn read_answers(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<BatchId>,
    body: Multipart,
) -> Answer {
    let uploaded = match upload::receive(&visitor, &app.files, body).await {
        Ok(uploaded) => uploaded,
        Err(trouble) => {
            let form = refused_upload(&visitor, trouble)?;
            return batch_page(&app, &visitor, &actor, *id, form).await;
        }
    };
    let once = uploaded.posted.once;
    match actions::answer_file(&app, &actor, *id, &uploaded.files, once).await {
        Ok(()) => Ok(redirect(format!("/payments/batches/{id}/answers/{}", once.0))),
        Err(trouble) => {
            let form = uploaded.posted.again(&visitor, "payments", trouble)?;
            batch_page(&app, &visitor, &actor, *id, form).await
        }
    }
}

async fn answers(app: web::Data<App>, visitor: Visitor, actor: Actor, path: web::Path<(BatchId, Uuid)>) -> Answer {
    let (id, once) = path.into_inner();
    let mut tx = app.db.read().await?;
    let batch = store::find_batch(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let kept = tx.result_of(Once(once), actor.id, "payments.answers").await?.ok_or_else(Refusal::not_found)?;
    let rows = serde_json::from_str(&kept).map_err(anyhow::Error::from)?;
    let page =
        visitor.page("payments-answers-title").back_to(format!("/payments/batches/{id}"), "payments-back-to-batch");
    show(&AnswersPage { page, batch, rows })
}

async fn answer_page(app: &App, visitor: &Visitor, actor: &Actor, id: PaymentId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let payment = store::find_payment(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let claim = claims::get(&mut tx, payment.claim_id).await?;
    let proposer = match (payment.proposed_state, payment.answered_by) {
        (Some(_), Some(person)) if payment.state == PaymentState::Unknown => {
            people::find_person(&mut tx, PersonId(person)).await?
        }
        _ => None,
    };
    let batch = format!("/payments/batches/{}", payment.batch_id);
    let page = visitor.page("payments-answer-title").back_to(batch, "payments-back-to-batch").with_form(&form);
    let view = AnswerPage {
        is_own_proposal: proposer.as_ref().is_some_and(|person| person.id.0 == actor.id),
        proposed_by: proposer.map(|person| person.name),
        claim_number: claim.number,
        payment,
        form,
        page,
    };
    show_form(&view, &view.form)
}

async fn show_answer(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<PaymentId>) -> Answer {
    answer_page(&app, &visitor, &actor, *id, Form::new(&visitor, "payments")).await
}

async fn back_to_batch(app: &App, id: PaymentId, flash: &'static str) -> Answer {
    let mut tx = app.db.read().await?;
    let payment = store::find_payment(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    Ok(redirect_with(format!("/payments/batches/{}", payment.batch_id), flash))
}

async fn answer(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<PaymentId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let answer = posted.read::<AnswerForm>()?.parse()?;
        actions::answer(&app, &actor, *id, answer, posted.once).await
    }
    .await;
    match done {
        Ok(()) => back_to_batch(&app, *id, "payments-flash-answered").await,
        Err(trouble) => answer_page(&app, &visitor, &actor, *id, posted.again(&visitor, "payments", trouble)?).await,
    }
}

async fn agree(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<PaymentId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let agree = posted.read::<AgreeForm>()?.parse()?;
        actions::settle_unknown(&app, &actor, *id, agree, posted.once).await
    }
    .await;
    match done {
        Ok(()) => back_to_batch(&app, *id, "payments-flash-settled").await,
        Err(trouble) => answer_page(&app, &visitor, &actor, *id, posted.again(&visitor, "payments", trouble)?).await,
    }
}

async fn mine(app: web::Data<App>, visitor: Visitor, actor: Actor, query: web::Query<ListQuery>) -> Answer {
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let organisation = OrganisationId(actor.organisation()?);
    let page = visitor.page("payments-mine-title");
    let vendor = vendors::by_organisation(&mut tx, organisation).await?.ok_or_else(Refusal::not_found)?;
    let paged = store::remittances(&mut tx, vendor.id, after).await?;
    let (expected_won, paid_won) = store::remittance_totals(&mut tx, vendor.id).await?;
    let holidays = reference::holidays(&mut tx).await?;
    let today = app.clock.today(ZONE);
    let list = ListView::new(&page, &paged, "/payments/mine", &[], after);
    let rows = paged.rows.into_iter().map(|row| {
        let promised_on = promised_on(&holidays, local_date(row.approved_at, ZONE));
        let is_late = row.state != claims::ClaimState::Paid && promised_on < today;
        RemittanceView { row, promised_on, is_late }
    });
    show(&RemittancePage { rows: rows.collect(), page, list, expected_won, paid_won })
}
