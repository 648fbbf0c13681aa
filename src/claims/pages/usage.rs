//! Evidence of usage: the page of an agreement, the vendor's key, and the address that signed reports come to.

use super::*;
use crate::{claims::rules::usage, core::refusal::Status};
use actix_web::HttpRequest;
use serde_json::json;
use std::time::Duration;

/// A report that trickles in longer than this is given up.
const REPORT_TIME_MAX: Duration = Duration::from_secs(10);

/// Signed reports come here. They carry no cookie, so nothing is asked about where they were sent from.
pub const REPORTS: &str = "/api/usage";

async fn usage_page(app: &App, visitor: &Visitor, actor: &Actor, id: AgreementId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let agreement = agreements::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    let view = UsagePage {
        page: visitor
            .page("claims-usage-title")
            .back_to(format!("/agreements/{id}"), "claims-agreement")
            .with_form(&form),
        reports: store::usage_of(&mut tx, id).await?,
        is_vendor: actor.is(Role::Vendor),
        agreement,
        form,
    };
    show_form(&view, &view.form)
}

pub async fn show_usage(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<AgreementId>) -> Answer {
    usage_page(&app, &visitor, &actor, *id, Form::new(&visitor, "claims")).await
}

pub async fn keep_log(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<AgreementId>,
    body: Multipart,
) -> Answer {
    let uploaded = upload::receive(&visitor, &app.files, body).await?;
    match actions::keep_log(&app, &actor, *id, &uploaded.files, uploaded.posted.once).await {
        Ok(_) => Ok(redirect_with(format!("/agreements/{id}/usage"), "claims-flash-usage")),
        Err(trouble) => {
            let form = uploaded.posted.again(&visitor, "claims", trouble)?;
            usage_page(&app, &visitor, &actor, *id, form).await
        }
    }
}

async fn key_page(app: &App, visitor: &Visitor, actor: &Actor, form: Form, made: Option<actions::KeyMade>) -> Answer {
    let mut tx = app.db.read().await?;
    let organisation = organisations::OrganisationId(actor.organisation()?);
    let vendor = crate::vendors::by_organisation(&mut tx, organisation).await?.ok_or_else(Refusal::not_found)?;
    let view = UsageKeyPage {
        page: visitor.page("claims-usage-key-title").back_to("/claims", "claims-title").with_form(&form),
        live: store::key_of(&mut tx, vendor.id).await?,
        address: format!("{}{REPORTS}", app.config.base_url.trim_end_matches('/')),
        made,
        form,
    };
    show_form(&view, &view.form)
}

pub async fn show_key(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    key_page(&app, &visitor, &actor, Form::new(&visitor, "claims"), None).await
}

/// The secret is shown in this answer and never again, so there is nothing to lead on to.
pub async fn make_key(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    match actions::make_key(&app, &actor, posted.once).await {
        Ok(made) => key_page(&app, &visitor, &actor, Form::new(&visitor, "claims"), Some(made)).await,
        Err(trouble) => key_page(&app, &visitor, &actor, posted.again(&visitor, "claims", trouble)?, None).await,
    }
}

/// Answers in JSON: `kept`, `known` when the event was reported before, or `refused`.
pub async fn report(app: web::Data<App>, request: HttpRequest, body: web::Payload) -> Answer {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let refused = || Refusal::unacceptable("claims-refusal-report");
    let reading = tokio::time::timeout(REPORT_TIME_MAX, body.to_bytes_limited(usage::REPORT_BYTES_MAX));
    let bytes = match reading.await {
        Ok(Ok(Ok(bytes))) => bytes,
        _ => return Ok(HttpResponse::PayloadTooLarge().json(json!({ "status": "refused" }))),
    };
    let sent = actions::Signed {
        key: header("x-key-id"),
        timestamp: header("x-timestamp"),
        signature: header("x-signature"),
        body: &bytes,
    };
    let trouble = match actions::report(&app, sent).await {
        Ok(true) => return Ok(HttpResponse::Created().json(json!({ "status": "kept" }))),
        Ok(false) => return Ok(HttpResponse::Ok().json(json!({ "status": "known" }))),
        Err(Trouble::Fault(fault)) => return Err(fault.into()),
        Err(Trouble::Refused(refusal)) => refusal,
        Err(Trouble::Invalid(_)) => refused(),
    };
    let mut answer = match trouble.status {
        Status::Unacceptable => HttpResponse::UnprocessableEntity(),
        Status::Conflict => HttpResponse::Conflict(),
        Status::Forbidden => HttpResponse::Forbidden(),
        Status::NotFound => HttpResponse::NotFound(),
        Status::TooMany => HttpResponse::TooManyRequests(),
        Status::Busy => HttpResponse::ServiceUnavailable(),
    };
    let reason = crate::core::lang::Lang::En.refusal(&trouble);
    Ok(answer.json(json!({ "status": "refused", "reason": reason })))
}
