//! What all pages share: doors, the guard at each door, forms, the page shell, trouble, assets, uploads.

pub mod assets;
pub mod door;
pub mod download;
pub mod errors;
pub mod form;
pub mod list;
pub mod page;
pub mod recorded;
pub mod simple;
pub mod upload;
pub mod visitor;

pub use door::{Door, Need};
pub use form::{Choice, Form, Posted};
pub use page::{Link, Page};
pub use visitor::Visitor;

use crate::core::refusal::Trouble;
use actix_web::HttpResponse;
use askama::Template;

/// What a handler returns.
pub type Answer = Result<HttpResponse, Trouble>;

/// A page as it is shown; 422 when its form was refused.
pub fn show(view: &impl Template) -> Answer {
    html(view, actix_web::http::StatusCode::OK)
}

pub fn html(view: &impl Template, status: actix_web::http::StatusCode) -> Answer {
    let body = view.render().map_err(|error| Trouble::Fault(anyhow::Error::new(error).context("rendering a page")))?;
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(body))
}

/// A page with a form: 200 when fresh, 422 when it comes back with what was wrong.
pub fn show_form(view: &impl Template, form: &Form) -> Answer {
    use actix_web::http::StatusCode;
    html(view, if form.has_errors() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK })
}

/// Always 303 after a POST.
pub fn redirect(to: impl Into<String>) -> HttpResponse {
    HttpResponse::SeeOther().insert_header(("location", to.into())).finish()
}

/// 303 with a sentence (a key in `words/`) shown once on the next page.
pub fn redirect_with(to: impl Into<String>, key: &'static str) -> HttpResponse {
    let mut response = redirect(to);
    visitor::set_flash(&mut response, key);
    response
}
