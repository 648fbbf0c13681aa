//! The receipt, what was received, and the public check of both.

use super::{find_dossier, visible};
use crate::{
    app::App,
    applications::{
        ApplicationId,
        rules::read_receipt_no,
        store::submission::{self, Round},
        views::{ReceiptPage, ReceiptsPage, Verified},
    },
    core::{actor::Actor, refusal::Refusal},
    web::{Answer, Form, Visitor, page::ZONE, show},
};
use actix_web::{HttpResponse, http::header, web};
use chrono::{DateTime, Utc};

/// To the second, with its zone: what a receipt is held against.
fn second(at: DateTime<Utc>) -> String {
    at.with_timezone(&ZONE).format("%Y-%m-%d %H:%M:%S %Z").to_string()
}

pub async fn receipt(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<ApplicationId>) -> Answer {
    let mut tx = app.db.read().await?;
    let dossier = find_dossier(&app, &mut tx, &actor, *id).await?;
    let number = dossier.application.receipt_no.clone().ok_or_else(Refusal::not_found)?;
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
pub async fn check(app: web::Data<App>, visitor: Visitor, query: web::Query<ReceiptQuery>) -> Answer {
    app.look_up_pace(&visitor.address)?;
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
        Some((round, at, call_ko, call_en)) => {
            Verified::Yes { round, at: second(at), call: visitor.lang.of(&call_ko, &call_en).to_owned() }
        }
        None => Verified::No,
    });
    let values = vec![("number", query.number.clone()), ("hash", query.hash.clone())];
    let form = Form::with(&visitor, "applications", values);
    show(&ReceiptsPage { page: visitor.page("applications-receipts-title"), form, answer })
}
