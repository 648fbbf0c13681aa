//! One batch: what it pays, who may do what comes next, and its file.

use super::*;
use crate::payments::{
    BatchState,
    store::{checks, lists},
};

pub(super) async fn page_of(app: &App, visitor: &Visitor, actor: &Actor, id: BatchId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let batch = store::find_batch(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let done = checks::of_batch(&mut tx, id).await?;
    let hands = next_hands(&mut tx, visitor, &batch, &done).await?;
    let next = next_act(visitor, actor, &batch, &hands);
    let is_payer = actor.is(Role::Payer);
    let page = visitor.page_titled(batch.number.clone()).back_to("/payments", "payments-title").with_form(&form);
    let profile = match batch.profile_id {
        Some(id) => store::profiles::find(&mut tx, id).await?,
        None => None,
    };
    let view = BatchPage {
        acted: lists::hands_of(&mut tx, id).await?,
        payments: lists::rows_of(&mut tx, id).await?,
        history: audit::history(&mut tx, id).await?,
        may_cancel: is_payer && matches!(batch.state, BatchState::Prepared | BatchState::Approved),
        may_answer: is_payer && batch.state == BatchState::Released,
        may_download: is_payer && batch.file_sha256.is_some(),
        is_proven: actor.freshly_proven(visitor.arrived_at).is_ok(),
        profile: profile.map(|profile| profile.name),
        checks: done,
        hands,
        next,
        batch,
        form,
        page,
    };
    show_form(&view, &view.form)
}

/// Every payer and why they cannot do what comes next, before anybody tries.
async fn next_hands(
    tx: &mut Tx,
    visitor: &Visitor,
    batch: &store::Batch,
    done: &[checks::Check],
) -> sqlx::Result<Vec<Hand>> {
    let act = match batch.state {
        BatchState::Prepared => Act::PaymentApproved,
        BatchState::Approved => Act::PaymentReleased,
        _ => return Ok(Vec::new()),
    };
    let today = local_date(visitor.arrived_at, ZONE);
    let cases = store::cases_of(tx, batch.id).await?;
    let mut hands = Vec::new();
    for person in people::people_with_role(tx, Role::Payer).await? {
        let id = person.id.0;
        let clashes = audit::clashes(tx, &Actor { id, ..Actor::system() }, &cases, act).await?;
        let earlier = if batch.prepared_by == id {
            Some(Act::PaymentPrepared)
        } else if done.iter().any(|check| check.person_id == id) {
            Some(Act::PaymentApproved)
        } else {
            clashes.first().map(|(_, earlier)| *earlier)
        };
        let named = batch.checker_id.filter(|named| act == Act::PaymentApproved && done.is_empty() && *named != id);
        let hindrance = match (earlier, named) {
            (Some(earlier), _) => Some(visitor.lang.code_word("act", earlier.as_str())),
            (None, Some(named)) if !checks::is_deputy(tx, id, named, today).await? => {
                Some(visitor.lang.t("payments-named-checker"))
            }
            _ => None,
        };
        hands.push(Hand { id, name: person.name, hindrance, earlier });
    }
    Ok(hands)
}

/// The act that comes next on a batch, and why this person cannot do it if they cannot.
fn next_act(visitor: &Visitor, actor: &Actor, batch: &store::Batch, hands: &[Hand]) -> Option<NextAct> {
    let (verb, label) = match batch.state {
        BatchState::Prepared => ("approve", "payments-approve"),
        BatchState::Approved => ("release", "payments-release"),
        _ => return None,
    };
    let hindrance = match hands.iter().find(|hand| hand.id == actor.id) {
        None => Some(visitor.lang.t("payments-only-payers")),
        Some(hand) => match hand.earlier {
            Some(act) => Some(visitor.lang.refusal(&audit::apart(visitor.lang, act))),
            None => hand.hindrance.clone(),
        },
    };
    let href = format!("/payments/batches/{}/{verb}", batch.id);
    Some(NextAct { href, label: visitor.lang.t(label), hindrance })
}

pub async fn show(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<BatchId>) -> Answer {
    page_of(&app, &visitor, &actor, *id, Form::new(&visitor, "payments")).await
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

pub async fn show_approve(app: web::Data<App>, visitor: Visitor, id: web::Path<BatchId>) -> Answer {
    act_page(&app, &visitor, *id, "approve", Form::new(&visitor, "payments")).await
}

pub async fn approve(
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

pub async fn show_release(app: web::Data<App>, visitor: Visitor, id: web::Path<BatchId>) -> Answer {
    act_page(&app, &visitor, *id, "release", Form::new(&visitor, "payments")).await
}

pub async fn release(
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

pub async fn show_cancel(app: web::Data<App>, visitor: Visitor, id: web::Path<BatchId>) -> Answer {
    act_page(&app, &visitor, *id, "cancel", Form::new(&visitor, "payments")).await
}

pub async fn cancel(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<BatchId>,
    posted: Posted,
) -> Answer {
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

/// Takes the file out: noted here, so that the download itself writes nothing.
pub async fn take_file(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<BatchId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        posted.press()?;
        actions::take_file(&app, &actor, *id, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect(format!("/payments/batches/{id}/file/{}", posted.once.0))),
        Err(trouble) => page_of(&app, &visitor, &actor, *id, posted.again(&visitor, "payments", trouble)?).await,
    }
}

pub async fn file(app: web::Data<App>, actor: Actor, path: web::Path<(BatchId, Uuid)>) -> Answer {
    let (id, once) = path.into_inner();
    let file = actions::bank_file(&app, &actor, id, Once(once)).await?;
    Ok(HttpResponse::Ok()
        .content_type(file.media_type)
        .insert_header(("cache-control", "no-store"))
        .insert_header(("content-disposition", format!("attachment; filename=\"{}\"", file.name)))
        .body(file.bytes))
}
