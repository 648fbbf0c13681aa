//! Whoever stands before a door: language, session if there is one, and what the page shell shows of them.

use super::page::{Flash, Page};
use crate::core::{actor::Actor, lang::Lang};
use actix_web::{
    FromRequest, HttpMessage, HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite, time::Duration},
    dev::Payload,
};
use std::future::{Ready, ready};

pub const SESSION_COOKIE: &str = "__Host-session";
pub const LANG_COOKIE: &str = "__Host-lang";
pub const FLASH_COOKIE: &str = "__Host-flash";

#[derive(Debug, Clone)]
pub struct Visitor {
    pub actor: Option<Actor>,
    /// Session and person between password and second factor: signed in to nothing yet.
    pub half_session: Option<(uuid::Uuid, uuid::Uuid)>,
    /// Bound to the session; empty for outsiders, whose forms only the origin check protects.
    pub has_second_factor: bool,
    pub form_token: String,
    pub lang: Lang,
    pub path: String,
    pub query: String,
    /// When the request reached the service: closings are judged by it.
    pub arrived_at: chrono::DateTime<chrono::Utc>,
    pub request_id: String,
    pub address: String,
    pub agent: String,
    pub flash: Option<Flash>,
    pub demo: bool,
}

impl Visitor {
    /// The path as logs may hold it: a link from a mail is a secret.
    pub fn logged_path(&self) -> &str {
        logged(&self.path)
    }

    /// A page titled with `words/`'s `key`.
    pub fn page(&self, key: &'static str) -> Page {
        self.page_titled(self.lang.t(key))
    }

    /// A page titled with text that is not from `words/`: a firm's name, a number.
    pub fn page_titled(&self, title: impl Into<String>) -> Page {
        Page::new(self, title.into())
    }
}

impl FromRequest for Visitor {
    type Error = actix_web::Error;
    type Future = Ready<Result<Visitor, actix_web::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let visitor = request.extensions().get::<Visitor>().cloned();
        ready(visitor.ok_or_else(|| actix_web::error::ErrorInternalServerError("no visitor")))
    }
}

impl FromRequest for Actor {
    type Error = actix_web::Error;
    type Future = Ready<Result<Actor, actix_web::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let actor = request.extensions().get::<Visitor>().and_then(|visitor| visitor.actor.clone());
        ready(
            actor.ok_or_else(|| {
                actix_web::error::ErrorInternalServerError("a door that needs nobody asked for an actor")
            }),
        )
    }
}

fn logged(path: &str) -> &str {
    ["/reset/", "/sign-up/", "/invitations/"].into_iter().find(|secret| path.starts_with(secret)).unwrap_or(path)
}

/// A cookie as all of ours are: this host only, HTTPS only, unreadable for scripts.
pub fn cookie(name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build(name, value).path("/").secure(true).http_only(true).same_site(SameSite::Lax).finish()
}

pub fn set_flash(response: &mut HttpResponse, key: &'static str) {
    let mut flash = cookie(FLASH_COOKIE, key.to_owned());
    flash.set_max_age(Duration::minutes(2));
    set_cookie(response, &flash);
}

pub fn set_cookie(response: &mut HttpResponse, cookie: &Cookie<'_>) {
    if let Err(error) = response.add_cookie(cookie) {
        tracing::error!(%error, "a cookie of ours is not valid");
    }
}

pub fn forget_cookie(response: &mut HttpResponse, name: &'static str) {
    let mut gone = cookie(name, String::new());
    gone.set_max_age(Duration::ZERO);
    set_cookie(response, &gone);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_from_a_mail_is_not_logged() {
        assert_eq!(logged("/reset/0123abcd"), "/reset/");
        assert_eq!(logged("/sign-up/0123abcd"), "/sign-up/");
        assert_eq!(logged("/invitations/0123abcd"), "/invitations/");
        assert_eq!(logged("/applications/7/costs"), "/applications/7/costs");
    }
}
