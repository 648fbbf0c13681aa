//! Trouble as people see it: what happened, what is stored, what to do next. Never its insides.

use super::page::{Link, Page};
use super::visitor::Visitor;
use crate::core::refusal::{Status, Trouble};
use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use askama::Template;

/// A request that no page of ours makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadRequest {
    /// The form's token is not this session's: signed in anew in another tab, or forged.
    Token,
    /// From another site.
    Origin,
    Malformed,
    TooLarge,
    TooSlow,
    TooMany,
}

impl std::fmt::Display for BadRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

impl ResponseError for BadRequest {
    fn status_code(&self) -> StatusCode {
        match self {
            BadRequest::Token | BadRequest::Origin => StatusCode::FORBIDDEN,
            BadRequest::Malformed => StatusCode::BAD_REQUEST,
            BadRequest::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            BadRequest::TooSlow => StatusCode::REQUEST_TIMEOUT,
            BadRequest::TooMany => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

impl ResponseError for Trouble {
    fn status_code(&self) -> StatusCode {
        match self {
            Trouble::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Trouble::Refused(refusal) => match refusal.status {
                Status::Unacceptable => StatusCode::UNPROCESSABLE_ENTITY,
                Status::Conflict => StatusCode::CONFLICT,
                Status::Forbidden => StatusCode::FORBIDDEN,
                Status::NotFound => StatusCode::NOT_FOUND,
                Status::TooMany => StatusCode::TOO_MANY_REQUESTS,
                Status::Busy => StatusCode::SERVICE_UNAVAILABLE,
            },
            Trouble::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

#[derive(Template)]
#[template(path = "errors/trouble.html")]
struct TroublePage {
    page: Page,
    heading: String,
    body: Vec<String>,
    reference: Option<String>,
    links: Vec<Link>,
}

/// The page for an answer that is an error and has no page of its own.
pub fn page(visitor: &Visitor, status: StatusCode, error: Option<&actix_web::Error>) -> HttpResponse {
    let lang = visitor.lang;
    let trouble = error.and_then(|error| error.as_error::<Trouble>());
    let bad = error.and_then(|error| error.as_error::<BadRequest>());
    let family = match status {
        StatusCode::NOT_FOUND => "not-found",
        StatusCode::FORBIDDEN => "forbidden",
        StatusCode::CONFLICT => "conflict",
        StatusCode::UNPROCESSABLE_ENTITY => "unacceptable",
        StatusCode::TOO_MANY_REQUESTS => "too-many",
        StatusCode::PAYLOAD_TOO_LARGE => "too-large",
        StatusCode::SERVICE_UNAVAILABLE => "busy",
        status if status.is_client_error() => "malformed",
        _ => "fault",
    };
    let sentence = match (trouble, bad) {
        (Some(Trouble::Refused(refusal)), _) => lang.refusal(refusal),
        (_, Some(BadRequest::Token)) => lang.t("trouble-token-body"),
        (_, Some(BadRequest::Origin)) => lang.t("trouble-origin-body"),
        _ => lang.t(&format!("trouble-{family}-body")),
    };
    let is_fault = status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE;
    if is_fault {
        match trouble {
            Some(Trouble::Fault(fault)) => {
                tracing::error!(request_id = visitor.request_id, path = visitor.logged_path(), "fault: {fault:#}");
            }
            _ => {
                tracing::error!(request_id = visitor.request_id, path = visitor.logged_path(), error = ?error, "fault")
            }
        }
    }
    let heading = lang.t(&format!("trouble-{family}-heading"));
    let home = Link { href: "/".to_owned(), label: lang.t("trouble-link-home") };
    let back = Link { href: visitor.path.clone(), label: lang.t("trouble-link-again") };
    let proof = Link {
        href: format!("/prove?next={}", super::page::encode(&visitor.path)),
        label: lang.t("trouble-link-prove"),
    };
    let links = match trouble {
        Some(Trouble::Refused(refusal)) if refusal.key == "refusal-proof-needed" => vec![proof, home],
        _ if status == StatusCode::NOT_FOUND => vec![home],
        _ => vec![back, home],
    };
    let view = TroublePage {
        page: Page::new(visitor, heading.clone()),
        heading,
        body: vec![sentence],
        reference: is_fault.then(|| visitor.request_id.clone()),
        links,
    };
    match view.render() {
        Ok(body) => HttpResponse::build(status).content_type("text/html; charset=utf-8").body(body),
        Err(error) => {
            tracing::error!(%error, "rendering the page of an error");
            HttpResponse::new(status)
        }
    }
}
