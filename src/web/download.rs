//! Stored files on their way out.

use super::{Answer, page::encode};
use crate::{
    app::App,
    core::refusal::Refusal,
    files::{FileId, ScanState},
};
use actix_web::{HttpResponse, http::header};

/// A stored document as an attachment that no browser runs; refused by `not_scanned` while it may not be opened.
pub async fn stored(
    app: &App,
    (id, name, media_type): (FileId, &str, String),
    scan: ScanState,
    not_scanned: &'static str,
) -> Answer {
    if !scan.may_open(app.config.allow_unscanned) {
        return Err(Refusal::forbidden(not_scanned).into());
    }
    let name = format!("attachment; filename=\"document\"; filename*=UTF-8''{}", encode(name));
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, media_type))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox"))
        .streaming(app.files.stream(id).await?))
}
