//! What every request passes before its door and every answer after it: request id, rate, origin, session,
//! pages for trouble, security headers.

use crate::{
    app::App,
    core::lang::Lang,
    people::sessions,
    web::{
        errors::{self, BadRequest},
        page::Flash,
        redirect,
        visitor::{FLASH_COOKIE, LANG_COOKIE, SESSION_COOKIE, Visitor, forget_cookie},
    },
};
use actix_web::{
    Error, HttpMessage, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};

/// Headers larger than this together are refused; actix itself takes 70 KB.
const HEADER_BYTES_MAX: usize = 16 * 1024;

/// A body that says it is larger than this is refused before any of it is read. Uploads end at 50 MB.
const BODY_BYTES_MAX: u64 = 60 * 1024 * 1024;

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                   connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";

/// The outermost middleware.
pub async fn front(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.method() == Method::HEAD {
        // Doors know GET; the encoder drops the body of an answer to HEAD by itself.
        request.head_mut().method = Method::GET;
    }
    let is_asset = request.path().starts_with("/static/") || matches!(request.path(), "/healthz" | "/readyz");
    let app = request.app_data::<web::Data<App>>().cloned().expect("the app is wired into every worker");
    let mut visitor = outsider(&app, &request);
    let refused = refuse(&app, &request, &visitor);
    if !is_asset
        && refused.is_none()
        && let Err(error) = recognise(&app, &request, &mut visitor).await
    {
        tracing::error!(request_id = visitor.request_id, %error, "looking a session up");
        let response = errors::page(&visitor, StatusCode::SERVICE_UNAVAILABLE, None);
        return Ok(finish(request.into_response(response), &visitor, is_asset));
    }
    request.extensions_mut().insert(visitor.clone());
    if let Some(bad) = refused {
        tracing::warn!(request_id = visitor.request_id, path = visitor.logged_path(), reason = %bad, "a request was refused");
        let error = Error::from(bad);
        let response = errors::page(&visitor, error.as_response_error().status_code(), Some(&error));
        return Ok(finish(request.into_response(response), &visitor, is_asset));
    }
    if let Some(path) = second_factor_first(&app, &visitor) {
        return Ok(finish(request.into_response(redirect(path)), &visitor, is_asset));
    }
    let response = match next.call(request).await {
        Ok(response) => response.map_into_boxed_body(),
        // An error that a middleware answers with would lose the headers below.
        Err(error) => return Err(error),
    };
    let response = if response.status().is_client_error() || response.status().is_server_error() {
        with_page(response, &visitor)
    } else {
        response
    };
    Ok(finish(response, &visitor, is_asset))
}

fn outsider(app: &App, request: &ServiceRequest) -> Visitor {
    let chosen = request.cookie(LANG_COOKIE).and_then(|cookie| cookie.value().parse().ok());
    let lang = chosen.unwrap_or_else(|| preferred(request.headers()));
    let flash = request.cookie(FLASH_COOKIE).and_then(|cookie| flash(lang, cookie.value()));
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Visitor {
        actor: None,
        half_session: None,
        has_second_factor: false,
        form_token: String::new(),
        lang,
        path: request.path().to_owned(),
        query: request.query_string().to_owned(),
        arrived_at: app.clock.now(),
        request_id: crate::core::ids::random_uuid().simple().to_string(),
        address: address(app, request),
        agent: header("user-agent").to_owned(),
        flash,
        demo: app.config.demo,
    }
}

/// Korean unless the browser prefers English to it.
fn preferred(headers: &HeaderMap) -> Lang {
    let accepted = headers.get("accept-language").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let place = |tag: &str| accepted.split(',').position(|part| part.trim().starts_with(tag));
    match (place("ko"), place("en")) {
        (None, Some(_)) => Lang::En,
        (Some(ko), Some(en)) if en < ko => Lang::En,
        _ => Lang::Ko,
    }
}

/// Only sentences that are made for this place: a key `…-flash-…`.
fn flash(lang: Lang, key: &str) -> Option<Flash> {
    if !key.contains("-flash-") {
        return None;
    }
    crate::words::find(lang, key, &[]).map(|text| Flash { kind: "success".to_owned(), text })
}

/// The client's address: what the trusted proxy says, or the peer itself.
fn address(app: &App, request: &ServiceRequest) -> String {
    let peer = request.peer_addr().map(|peer| peer.ip());
    if peer.is_some() && peer == app.config.trusted_proxy {
        // A proxy that adds a line of its own leaves the sender's above it.
        let forwarded = request.headers().get_all("x-forwarded-for").last().and_then(|value| value.to_str().ok());
        if let Some(last) = forwarded.and_then(|list| list.rsplit(',').next()) {
            return last.trim().chars().take(60).collect();
        }
    }
    peer.map(|peer| peer.to_string()).unwrap_or_default()
}

fn refuse(app: &App, request: &ServiceRequest, visitor: &Visitor) -> Option<BadRequest> {
    let bytes: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    let said = request.headers().get("content-length").and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if bytes > HEADER_BYTES_MAX || said.is_some_and(|said| said > BODY_BYTES_MAX) {
        return Some(BadRequest::TooLarge);
    }
    match *request.method() {
        Method::GET => None,
        Method::POST if !app.may_write(&visitor.address) => Some(BadRequest::TooMany),
        // A signed report authenticates itself; no cookie is looked at there.
        Method::POST if request.path() == crate::claims::pages::REPORTS => None,
        Method::POST if same_origin(app, request.headers()) => None,
        Method::POST => Some(BadRequest::Origin),
        _ => Some(BadRequest::Malformed),
    }
}

/// Browsers say where a form was sent from. Without their word, nothing is written.
fn same_origin(app: &App, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match text("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => text("origin").is_some_and(|origin| is_ours(app, origin)),
    }
}

/// Compared with configuration, never with a header the sender chooses.
fn is_ours(app: &App, origin: &str) -> bool {
    let ours = app.config.base_url.trim_end_matches('/');
    origin == ours || (ours.starts_with("http://127.0.0.1:") && origin == ours.replace("127.0.0.1", "localhost"))
}

async fn recognise(app: &App, request: &ServiceRequest, visitor: &mut Visitor) -> sqlx::Result<()> {
    let Some(cookie) = request.cookie(SESSION_COOKIE) else { return Ok(()) };
    if cookie.value().len() > 200 {
        return Ok(());
    }
    let seen = sessions::look_up(&app.db, cookie.value(), visitor.arrived_at, &visitor.request_id).await?;
    let Some(seen) = seen else { return Ok(()) };
    visitor.form_token = seen.form_token;
    if seen.whole {
        visitor.lang = seen.actor.lang;
        if let Some(key) = request.cookie(FLASH_COOKIE) {
            visitor.flash = flash(visitor.lang, key.value());
        }
        visitor.has_second_factor = seen.has_second_factor;
        visitor.actor = Some(seen.actor);
    } else {
        visitor.half_session = Some((seen.actor.session, seen.actor.id));
    }
    Ok(())
}

/// Staff and vendors set up a second factor before anything else.
fn second_factor_first(app: &App, visitor: &Visitor) -> Option<&'static str> {
    let actor = visitor.actor.as_ref()?;
    let open = visitor.path.starts_with("/account")
        || matches!(visitor.path.as_str(), "/sign-out" | "/language" | "/prove")
        || visitor.path.starts_with("/static/");
    let missing = app.config.second_factor_required
        && !app.config.demo
        && crate::people::needs_second_factor(&actor.roles)
        && !visitor.has_second_factor;
    (missing && !open).then_some("/account/second-factor")
}

/// Puts our page in the place of a bare error.
fn with_page(response: ServiceResponse<BoxBody>, visitor: &Visitor) -> ServiceResponse<BoxBody> {
    let has_page = response
        .headers()
        .get("content-type")
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html") && response.response().error().is_none());
    if has_page || visitor.path == "/readyz" {
        return response;
    }
    let page = errors::page(visitor, response.status(), response.response().error());
    let (request, _) = response.into_parts();
    ServiceResponse::new(request, page)
}

fn finish(mut response: ServiceResponse<BoxBody>, visitor: &Visitor, is_asset: bool) -> ServiceResponse<BoxBody> {
    let is_page = response.headers().get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_page && visitor.flash.is_some() {
        let mut forgotten = HttpResponse::Ok().finish();
        forget_cookie(&mut forgotten, FLASH_COOKIE);
        for value in forgotten.headers().get_all("set-cookie") {
            response.headers_mut().append(HeaderName::from_static("set-cookie"), value.clone());
        }
    }
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &'static str| {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    };
    set("strict-transport-security", "max-age=63072000; includeSubDomains");
    set("x-content-type-options", "nosniff");
    set("referrer-policy", "same-origin");
    set("x-frame-options", "DENY");
    set("cross-origin-opener-policy", "same-origin");
    set("cross-origin-resource-policy", "same-origin");
    set("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=()");
    if !headers.contains_key("content-security-policy") {
        headers.insert(HeaderName::from_static("content-security-policy"), HeaderValue::from_static(CSP));
    }
    if !is_asset {
        headers.insert(HeaderName::from_static("cache-control"), HeaderValue::from_static("no-store"));
        if let Ok(id) = HeaderValue::from_str(&visitor.request_id) {
            headers.insert(HeaderName::from_static("x-request-id"), id);
        }
    }
    response
}

/// The process lives.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ok\n")
}

/// The database answers and has this binary's schema.
pub async fn readyz(app: web::Data<App>) -> HttpResponse {
    let response = match app.db.is_current().await {
        Ok(true) => return HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ready\n"),
        Ok(false) => "the schema is not this version's: run `voucherdesk migrate`\n",
        Err(error) => {
            tracing::error!(%error, "readiness");
            "the database does not answer\n"
        }
    };
    HttpResponse::ServiceUnavailable().content_type("text/plain; charset=utf-8").body(response)
}
