//! What the bank said: one answer at a time, or a file of them.

use super::*;
use crate::{claims, payments::PaymentState};

pub async fn read(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<BatchId>,
    body: Multipart,
) -> Answer {
    let uploaded = match upload::receive(&visitor, &app.files, body).await {
        Ok(uploaded) => uploaded,
        Err(trouble) => {
            let form = Posted::broken_off(&visitor, "payments", "answers_file", trouble)?;
            return batches::page_of(&app, &visitor, &actor, *id, form).await;
        }
    };
    let once = uploaded.posted.once;
    match actions::answer_file(&app, &actor, *id, &uploaded.files, once).await {
        Ok(()) => Ok(redirect(format!("/payments/batches/{id}/answers/{}", once.0))),
        Err(trouble) => {
            let form = uploaded.posted.again(&visitor, "payments", trouble)?;
            batches::page_of(&app, &visitor, &actor, *id, form).await
        }
    }
}

pub async fn show_file(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    path: web::Path<(BatchId, Uuid)>,
) -> Answer {
    let (id, once) = path.into_inner();
    let mut tx = app.db.read().await?;
    let batch = store::find_batch(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let kept = tx.result_of(Once(once), actor.id, "payments.answers").await?.ok_or_else(Refusal::not_found)?;
    let rows = serde_json::from_str(&kept).map_err(anyhow::Error::from)?;
    let page =
        visitor.page("payments-answers-title").back_to(format!("/payments/batches/{id}"), "payments-back-to-batch");
    crate::web::show(&AnswersPage { page, batch, rows })
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

pub async fn show(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<PaymentId>) -> Answer {
    answer_page(&app, &visitor, &actor, *id, Form::new(&visitor, "payments")).await
}

async fn back_to_batch(app: &App, id: PaymentId, flash: &'static str) -> Answer {
    let mut tx = app.db.read().await?;
    let payment = store::find_payment(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    Ok(redirect_with(format!("/payments/batches/{}", payment.batch_id), flash))
}

pub async fn answer(
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

pub async fn agree(
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
