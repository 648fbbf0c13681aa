//! Review and submission, the receipt and its public check, withdrawal.

use super::{Refused, again, names, open_draft, reader, visible};
use crate::{
    app::App,
    applications::{
        ApplicationId,
        actions::{self, Dossier, Edit},
        forms::{ReasonForm, SubmitForm},
        rules::{STEPS, read_receipt_no},
        store::submission::{self, Round},
        views::{ReceiptPage, ReceiptsPage, ReviewPage, Verified, whole},
    },
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        step::step,
    },
    web::{
        Answer, Form, Posted, Visitor,
        page::ZONE,
        redirect_with, show, show_form,
        simple::{Field, FormPage},
    },
};
use actix_web::{HttpResponse, http::header, web};
use chrono::{DateTime, Utc};

async fn review_page(app: &App, visitor: &Visitor, actor: &Actor, id: ApplicationId, refused: Refused<'_>) -> Answer {
    let mut tx = app.db.read().await?;
    let dossier = open_draft(app, &mut tx, actor, id).await?;
    let names = names(&mut tx).await?;
    let form = match refused {
        Some((posted, trouble)) => again(visitor, posted, trouble, &dossier.application)?.0,
        None => Form::new(visitor, "applications"),
    };
    let page = visitor
        .page("applications-review-title")
        .back_to(format!("/applications/{id}"), "applications-tasks")
        .with_form(&form);
    let checks = dossier.checks(visitor.arrived_at, app.clock.now());
    let view = ReviewPage {
        whole: whole::whole(&page, &dossier, &names, &reader(app)),
        checks: whole::check_views(&page, id, &dossier.rules().conditions, &checks),
        closes_at: dossier.around.closes_at,
        version: dossier.application.version,
        page,
        form,
        id,
    };
    show_form(&view, &view.form)
}

pub async fn show_review(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ApplicationId>) -> Answer {
    review_page(&app, &visitor, &actor, *id, None).await
}

pub async fn submit(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<_> = async {
        let version = posted.read::<SubmitForm>()?.parse()?;
        let edit = Edit { id: *id, version, once: posted.once };
        actions::submit(&app, &actor, edit, visitor.arrived_at).await
    }
    .await;
    match done {
        Ok(_) => Ok(redirect_with(format!("/applications/{id}/receipt"), "applications-flash-submitted")),
        Err(trouble) => review_page(&app, &visitor, &actor, *id, Some((&posted, trouble))).await,
    }
}

/// To the second, with its zone: what a receipt is held against.
fn second(at: DateTime<Utc>) -> String {
    at.with_timezone(&ZONE).format("%Y-%m-%d %H:%M:%S %Z").to_string()
}

pub async fn receipt(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ApplicationId>) -> Answer {
    let mut tx = app.db.read().await?;
    let application = visible(&mut tx, &actor, *id).await?;
    let number = application.receipt_no.clone().ok_or_else(Refusal::not_found)?;
    let dossier = Dossier::read(&mut tx, application, app.clock.now()).await?;
    let rounds = submission::rounds(&mut tx, *id).await?;
    let page = visitor.page("applications-receipt-title").back_to(format!("/applications/{id}"), "applications-back");
    show(&ReceiptPage {
        call_name: page.lang.of(&dossier.around.call_name_ko, &dossier.around.call_name_en).to_owned(),
        instants: rounds.iter().map(|round| second(round.received_at)).collect(),
        application: dossier.application,
        page,
        number,
        rounds,
    })
}

/// The received bytes themselves: whoever keeps them can compute the hash again.
pub async fn content(app: web::Data<App>, actor: Actor, path: web::Path<(ApplicationId, i64)>) -> Answer {
    let (id, wanted) = path.into_inner();
    let mut tx = app.db.read().await?;
    let application = visible(&mut tx, &actor, id).await?;
    let rounds: Vec<Round> = submission::rounds(&mut tx, id).await?;
    let round = rounds.into_iter().find(|round| round.round == wanted).ok_or_else(Refusal::not_found)?;
    let name = format!("attachment; filename=\"{}-{wanted}.json\"", application.receipt_no.unwrap_or_default());
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox"))
        .body(round.content))
}

#[derive(serde::Deserialize)]
pub struct ReceiptQuery {
    #[serde(default)]
    number: String,
    #[serde(default)]
    hash: String,
}

/// Anybody may check a receipt: whether content with this hash was received under this number, and when.
pub async fn receipts(app: web::Data<App>, visitor: Visitor, query: web::Query<ReceiptQuery>) -> Answer {
    let asked = !query.number.is_empty() || !query.hash.is_empty();
    let hash: String = query.hash.chars().filter(|c| !c.is_whitespace()).collect();
    let found = match (read_receipt_no(&query.number), hex::decode(hash)) {
        (Some(number), Ok(hash)) if hash.len() == 32 => {
            let mut tx = app.db.read().await?;
            submission::received(&mut tx, &number, hash).await?
        }
        _ => None,
    };
    let answer = asked.then_some(match found {
        Some((round, at)) => Verified::Yes { round, at: second(at) },
        None => Verified::No,
    });
    let values = vec![("number", query.number.clone()), ("hash", query.hash.clone())];
    let form = Form::with(&visitor, "applications", values);
    show(&ReceiptsPage { page: visitor.page("applications-receipts-title"), form, answer })
}

async fn withdraw_page(app: &App, visitor: &Visitor, actor: &Actor, id: ApplicationId, refused: Refused<'_>) -> Answer {
    let mut tx = app.db.read().await?;
    let application = visible(&mut tx, actor, id).await?;
    step(STEPS, "withdraw", application.state)?;
    let form = match refused {
        Some((posted, trouble)) => posted.again(visitor, "applications", trouble)?,
        None => Form::new(visitor, "applications"),
    };
    let page = visitor.page("applications-withdraw-title").back_to(format!("/applications/{id}"), "applications-back");
    FormPage::new(page, form, format!("/applications/{id}/withdraw"), "applications-withdraw")
        .intro(application.receipt_no.unwrap_or(application.title))
        .intro(visitor.lang.t("applications-withdraw-intro"))
        .field(Field::Textarea("reason", "4"))
        .warning()
        .answer()
}

pub async fn show_withdraw(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
) -> Answer {
    withdraw_page(&app, &visitor, &actor, *id, None).await
}

pub async fn withdraw(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<ApplicationId>,
    posted: Posted,
) -> Answer {
    let done: Outcome<()> = async {
        let reason = posted.read::<ReasonForm>()?.parse()?;
        actions::withdraw(&app, &actor, *id, &reason, posted.once).await
    }
    .await;
    match done {
        Ok(()) => Ok(redirect_with(format!("/applications/{id}"), "applications-flash-withdrawn")),
        Err(trouble) => withdraw_page(&app, &visitor, &actor, *id, Some((&posted, trouble))).await,
    }
}
