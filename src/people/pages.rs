//! Doors of people: sign in and out, language, account, sessions, second factor, staff accounts.

use super::{
    PersonId,
    actions::{self, SignedIn, Welcomed},
    forms::*,
    sessions::Place,
    store,
    views::*,
};
use crate::{
    app::App,
    core::{
        actor::Actor,
        lang::Lang,
        refusal::{Outcome, Refusal},
        roles::{Role, STAFF},
    },
    db::page::Cursor,
    web::{
        Answer, Choice, Door, Form, Link, Need, Posted, Visitor,
        list::ListView,
        page::{MenuEntry, encode},
        redirect, redirect_with, show, show_form,
        simple::{Field, FormPage},
        visitor::{LANG_COOKIE, SESSION_COOKIE, cookie, forget_cookie, set_cookie},
    },
};
use actix_web::{HttpRequest, HttpResponse, web};
use uuid::Uuid;

const ADMIN: Need = Need::AnyOf(&[Role::Admin]);
const SEES_PEOPLE: Need = Need::AnyOf(&[Role::Admin, Role::Auditor]);

pub fn doors() -> Vec<Door> {
    vec![
        Door::get("/sign-in", Need::Nobody, show_sign_in),
        Door::post("/sign-in", Need::Nobody, sign_in),
        Door::get("/sign-in/provider", Need::Nobody, leave_for_provider),
        Door::get("/sign-in/provider/back", Need::Nobody, return_from_provider),
        Door::get("/sign-in/code", Need::Nobody, show_code),
        Door::post("/sign-in/code", Need::Nobody, give_code),
        Door::post("/sign-out", Need::Nobody, sign_out),
        Door::post("/language", Need::Nobody, choose_language),
        Door::get("/sign-up", Need::Nobody, show_sign_up),
        Door::post("/sign-up", Need::Nobody, ask_sign_up),
        Door::get("/sign-up/{token}", Need::Nobody, show_new_account),
        Door::post("/sign-up/{token}", Need::Nobody, sign_up),
        Door::get("/reset", Need::Nobody, show_reset),
        Door::post("/reset", Need::Nobody, ask_reset),
        Door::get("/reset/{token}", Need::Nobody, show_new_password),
        Door::post("/reset/{token}", Need::Nobody, reset),
        Door::get("/prove", Need::SignedIn, show_prove),
        Door::post("/prove", Need::SignedIn, prove),
        Door::get("/account", Need::SignedIn, account),
        Door::get("/account/password", Need::SignedIn, show_change_password),
        Door::post("/account/password", Need::SignedIn, change_password),
        Door::post("/account/sessions/{id}/end", Need::SignedIn, end_session),
        Door::get("/account/second-factor", Need::SignedIn, show_second_factor),
        Door::post("/account/second-factor", Need::SignedIn, confirm_second_factor),
        Door::get("/account/second-factor/remove", Need::SignedIn, show_remove_second_factor),
        Door::post("/account/second-factor/remove", Need::SignedIn, remove_second_factor),
        Door::get("/people", SEES_PEOPLE, people),
        Door::get("/people/new", ADMIN, show_new_staff),
        Door::post("/people/new", ADMIN, add_staff),
        Door::get("/people/{id}", SEES_PEOPLE, person),
        Door::post("/people/{id}/roles", ADMIN, add_role),
        Door::post("/people/{id}/roles/{role}/end", ADMIN, end_role),
        Door::post("/people/{id}/{verb}", ADMIN, set_active),
    ]
}

pub fn menu() -> Vec<MenuEntry> {
    vec![MenuEntry { path: "/people", key: "people-title", roles: &[Role::Admin, Role::Auditor] }]
}

#[derive(serde::Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

/// Only our own paths are ever redirected to.
fn own_path(next: &str) -> String {
    let own = next.starts_with('/') && !next.starts_with("//") && !next.contains(|c: char| c == '\\' || c.is_control());
    if own { next.to_owned() } else { "/".to_owned() }
}

fn place(visitor: &Visitor) -> Place {
    Place { address: visitor.address.clone(), agent: visitor.agent.clone() }
}

fn signed_in(to: String, key: String) -> HttpResponse {
    let mut response = redirect(to);
    set_cookie(&mut response, &cookie(SESSION_COOKIE, key));
    response
}

fn sign_in_page(app: &App, visitor: &Visitor, form: Form) -> Answer {
    let to_provider = format!("/sign-in/provider?next={}", encode(&form.value("next")));
    let view = FormPage::new(visitor.page("people-sign-in-title"), form, "/sign-in", "sign-in");
    let view = match app.provider {
        Some(_) => view.field(Field::Way(Link { href: to_provider, label: visitor.lang.t("people-provider") })),
        None => view,
    };
    view.field(Field::Email("email"))
        .field(Field::Password("password", "current-password"))
        .field(Field::Hidden("next"))
        .link("/sign-up", "people-sign-up-link")
        .link("/reset", "people-reset-link")
        .answer()
}

async fn show_sign_in(app: web::Data<App>, visitor: Visitor, query: web::Query<Next>) -> Answer {
    let next = own_path(&query.next);
    if visitor.actor.is_some() {
        return Ok(redirect(next));
    }
    let form = Form::with(&visitor, "people", vec![("next", next)]);
    sign_in_page(&app, &visitor, form)
}

/// Holds a sign-in under way at the provider.
const FLIGHT_COOKIE: &str = "flight";

async fn leave_for_provider(app: web::Data<App>, visitor: Visitor, query: web::Query<Next>) -> Answer {
    app.sign_in_pace(&visitor.address)?;
    let (to, kept) = actions::leave_for_provider(&app, &own_path(&query.next)).await?;
    let mut response = redirect(to);
    let mut flight = cookie(FLIGHT_COOKIE, kept);
    flight.set_max_age(actix_web::cookie::time::Duration::minutes(10));
    set_cookie(&mut response, &flight);
    Ok(response)
}

#[derive(serde::Deserialize)]
struct Returned {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
}

async fn return_from_provider(
    app: web::Data<App>,
    visitor: Visitor,
    request: HttpRequest,
    query: web::Query<Returned>,
) -> Answer {
    app.sign_in_pace(&visitor.address)?;
    let kept = request.cookie(FLIGHT_COOKIE).map(|flight| flight.value().to_owned()).unwrap_or_default();
    let returned = (kept.as_str(), query.code.as_str(), query.state.as_str());
    let welcomed = actions::return_from_provider(&app, returned, &place(&visitor), &visitor.request_id).await?;
    let mut response = match welcomed {
        Welcomed::In(SignedIn::Whole { key }, next) => signed_in(own_path(&next), key),
        Welcomed::In(SignedIn::Half { key }, next) => {
            signed_in(format!("/sign-in/code?next={}", encode(&own_path(&next))), key)
        }
        Welcomed::New(token) => redirect(format!("/sign-up/{token}")),
    };
    forget_cookie(&mut response, FLIGHT_COOKIE);
    Ok(response)
}

async fn sign_in(app: web::Data<App>, visitor: Visitor, posted: Posted) -> Answer {
    let form: SignInForm = posted.read()?;
    app.sign_in_pace(&visitor.address)?;
    match actions::sign_in(&app, &form.email, &form.password, &place(&visitor), &visitor.request_id).await {
        Ok(SignedIn::Whole { key }) => Ok(signed_in(own_path(&form.next), key)),
        Ok(SignedIn::Half { key }) => {
            Ok(signed_in(format!("/sign-in/code?next={}", crate::web::page::encode(&own_path(&form.next))), key))
        }
        Err(trouble) => sign_in_page(&app, &visitor, posted.again(&visitor, "people", trouble)?),
    }
}

fn code_page(visitor: &Visitor, form: Form) -> Answer {
    FormPage::new(visitor.page("people-code-title"), form, "/sign-in/code", "continue")
        .intro(visitor.lang.t("people-code-intro"))
        .field(Field::Password("code", "one-time-code"))
        .field(Field::Hidden("next"))
        .answer()
}

async fn show_code(visitor: Visitor, query: web::Query<Next>) -> Answer {
    if visitor.half_session.is_none() {
        return Ok(redirect("/sign-in"));
    }
    code_page(&visitor, Form::with(&visitor, "people", vec![("next", own_path(&query.next))]))
}

async fn give_code(app: web::Data<App>, visitor: Visitor, posted: Posted) -> Answer {
    let form: CodeForm = posted.read()?;
    app.sign_in_pace(&visitor.address)?;
    let Some((session, person)) = visitor.half_session else { return Ok(redirect("/sign-in")) };
    match actions::give_code(&app, session, person, &form.code, &visitor.request_id).await {
        Ok(key) => Ok(signed_in(own_path(&form.next), key)),
        Err(trouble) => code_page(&visitor, posted.again(&visitor, "people", trouble)?),
    }
}

async fn sign_out(app: web::Data<App>, visitor: Visitor, _posted: Posted) -> Answer {
    if let Some(actor) = &visitor.actor {
        actions::sign_out(&app, actor).await?;
    }
    if let Some((session, person)) = visitor.half_session {
        actions::abandon(&app, session, person).await?;
    }
    let mut response = redirect("/");
    forget_cookie(&mut response, SESSION_COOKIE);
    response.headers_mut().insert(
        actix_web::http::header::HeaderName::from_static("clear-site-data"),
        actix_web::http::header::HeaderValue::from_static("\"cache\", \"storage\""),
    );
    Ok(response)
}

async fn choose_language(app: web::Data<App>, visitor: Visitor, posted: Posted) -> Answer {
    let form: LanguageForm = posted.read()?;
    let lang: Lang = form.lang.parse().map_err(|_| Refusal::unacceptable("refusal-form-malformed"))?;
    if let Some(actor) = &visitor.actor {
        actions::choose_language(&app, actor, lang).await?;
    }
    let mut response = redirect(own_path(&form.back));
    let mut kept = cookie(LANG_COOKIE, lang.code().to_owned());
    kept.set_max_age(actix_web::cookie::time::Duration::days(365));
    set_cookie(&mut response, &kept);
    Ok(response)
}

fn address_page(visitor: &Visitor, form: Form, title: &'static str, intro: &'static str, action: &str) -> Answer {
    FormPage::new(visitor.page(title), form, action, "people-send-link")
        .intro(visitor.lang.t(intro))
        .field(Field::Email("email"))
        .answer()
}

async fn show_sign_up(visitor: Visitor) -> Answer {
    address_page(&visitor, Form::new(&visitor, "people"), "people-sign-up-title", "people-sign-up-intro", "/sign-up")
}

async fn ask_sign_up(app: web::Data<App>, visitor: Visitor, posted: Posted) -> Answer {
    app.sign_in_pace(&visitor.address)?;
    let asked = async {
        let email = posted.read::<AddressForm>()?.parse()?;
        actions::ask_sign_up(&app, &email, visitor.lang).await
    };
    match asked.await {
        Ok(()) => link_sent(&visitor, "people-sign-up-title"),
        Err(trouble) => {
            let form = posted.again(&visitor, "people", trouble)?;
            address_page(&visitor, form, "people-sign-up-title", "people-sign-up-intro", "/sign-up")
        }
    }
}

fn link_sent(visitor: &Visitor, title: &'static str) -> Answer {
    let body = vec![visitor.lang.t("people-link-sent"), visitor.lang.t("people-link-sent-spam")];
    show(&MessagePage { page: visitor.page(title), body })
}

fn new_account_page(visitor: &Visitor, form: Form, token: &str, email: &str) -> Answer {
    FormPage::new(
        visitor.page("people-new-account-title"),
        form,
        format!("/sign-up/{token}"),
        "people-new-account-submit",
    )
    .intro(email)
    .field(Field::Text("name", "20"))
    .field(Field::Password("password", "new-password"))
    .field(Field::Inset(visitor.lang.t("people-consent-text")))
    .field(Field::Checkbox("consent"))
    .answer()
}

async fn show_new_account(app: web::Data<App>, visitor: Visitor, token: web::Path<String>) -> Answer {
    let email = actions::address_of(&app, &token, "sign_up").await?;
    new_account_page(&visitor, Form::new(&visitor, "people"), &token, &email)
}

async fn sign_up(app: web::Data<App>, visitor: Visitor, token: web::Path<String>, posted: Posted) -> Answer {
    let made: Outcome<String> = async {
        let new = posted.read::<SignUpForm>()?.parse()?;
        actions::sign_up(&app, &token, new, visitor.lang, &place(&visitor), &visitor.request_id).await
    }
    .await;
    match made {
        Ok(key) => Ok(signed_in("/".to_owned(), key)),
        Err(trouble) => {
            let email = actions::address_of(&app, &token, "sign_up").await?;
            new_account_page(&visitor, posted.again(&visitor, "people", trouble)?, &token, &email)
        }
    }
}

async fn show_reset(visitor: Visitor) -> Answer {
    address_page(&visitor, Form::new(&visitor, "people"), "people-reset-title", "people-reset-intro", "/reset")
}

async fn ask_reset(app: web::Data<App>, visitor: Visitor, posted: Posted) -> Answer {
    app.sign_in_pace(&visitor.address)?;
    let asked = async {
        let email = posted.read::<AddressForm>()?.parse()?;
        actions::ask_reset(&app, &email).await
    };
    match asked.await {
        Ok(()) => link_sent(&visitor, "people-reset-title"),
        Err(trouble) => {
            let form = posted.again(&visitor, "people", trouble)?;
            address_page(&visitor, form, "people-reset-title", "people-reset-intro", "/reset")
        }
    }
}

fn new_password_page(visitor: &Visitor, form: Form, token: &str, email: &str) -> Answer {
    FormPage::new(visitor.page("people-new-password-title"), form, format!("/reset/{token}"), "save")
        .intro(email)
        .field(Field::Password("password", "new-password"))
        .answer()
}

async fn show_new_password(app: web::Data<App>, visitor: Visitor, token: web::Path<String>) -> Answer {
    let email = actions::address_of(&app, &token, "reset").await?;
    new_password_page(&visitor, Form::new(&visitor, "people"), &token, &email)
}

async fn reset(app: web::Data<App>, visitor: Visitor, token: web::Path<String>, posted: Posted) -> Answer {
    let form: NewPasswordForm = posted.read()?;
    match actions::reset(&app, &token, &form.password, &visitor.request_id).await {
        Ok(()) => Ok(redirect_with("/sign-in", "people-flash-password-set")),
        Err(trouble) => {
            let email = actions::address_of(&app, &token, "reset").await?;
            new_password_page(&visitor, posted.again(&visitor, "people", trouble)?, &token, &email)
        }
    }
}

fn prove_page(visitor: &Visitor, form: Form) -> Answer {
    FormPage::new(visitor.page("people-prove-title"), form, "/prove", "continue")
        .intro(visitor.lang.t("people-prove-intro"))
        .field(Field::Password("password", "current-password"))
        .field(Field::Hidden("next"))
        .answer()
}

async fn show_prove(visitor: Visitor, query: web::Query<Next>) -> Answer {
    prove_page(&visitor, Form::with(&visitor, "people", vec![("next", own_path(&query.next))]))
}

async fn prove(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let form: ProofForm = posted.read()?;
    app.sign_in_pace(&visitor.address)?;
    match actions::prove(&app, &actor, &form.password).await {
        Ok(key) => Ok(signed_in(own_path(&form.next), key)),
        Err(trouble) => prove_page(&visitor, posted.again(&visitor, "people", trouble)?),
    }
}

async fn account(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    let mut tx = app.db.read().await?;
    let person = store::find_person(&mut tx, PersonId(actor.id)).await?.ok_or_else(Refusal::not_found)?;
    let sessions = store::live_sessions(&mut tx, person.id).await?;
    show(&AccountPage {
        page: visitor.page("your-account"),
        has_second_factor: person.has_second_factor(),
        email: person.email,
        sessions,
        this_session: actor.session,
    })
}

fn change_password_page(visitor: &Visitor, form: Form) -> Answer {
    FormPage::new(visitor.page("people-change-password"), form, "/account/password", "save")
        .field(Field::Password("present", "current-password"))
        .field(Field::Password("password", "new-password"))
        .answer()
}

async fn show_change_password(visitor: Visitor) -> Answer {
    change_password_page(&visitor, Form::new(&visitor, "people"))
}

async fn change_password(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let form: ChangePasswordForm = posted.read()?;
    match actions::change_password(&app, &actor, &form.present, &form.password).await {
        Ok(()) => Ok(redirect_with("/account", "people-flash-password-set")),
        Err(trouble) => change_password_page(&visitor, posted.again(&visitor, "people", trouble)?),
    }
}

async fn end_session(app: web::Data<App>, actor: Actor, id: web::Path<Uuid>, _posted: Posted) -> Answer {
    actions::end_session(&app, &actor, *id).await?;
    Ok(redirect_with("/account", "people-flash-session-ended"))
}

async fn second_factor_page(app: &App, visitor: &Visitor, actor: &Actor, form: Form) -> Answer {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let (secret, address) = actions::second_factor_seed(app, actor).await?;
    let picture = qrcode::QrCode::new(address).map_err(anyhow::Error::from)?;
    let picture = picture.render::<qrcode::render::svg::Color<'_>>().min_dimensions(220, 220).build();
    let view = SecondFactorPage {
        page: visitor.page("people-second-factor-title").with_form(&form),
        form,
        secret,
        picture: format!("data:image/svg+xml;base64,{}", STANDARD.encode(picture)),
    };
    show_form(&view, &view.form)
}

/// Where a proof is asked for before a page that only those who gave one may see.
fn proof_first(app: &App, actor: &Actor, path: &str) -> Option<HttpResponse> {
    let stale = actor.freshly_proven(app.clock.now()).is_err();
    stale.then(|| redirect(format!("/prove?next={}", crate::web::page::encode(path))))
}

async fn show_second_factor(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    if let Some(proof) = proof_first(&app, &actor, "/account/second-factor") {
        return Ok(proof);
    }
    let form = Form::new(&visitor, "people");
    second_factor_page(&app, &visitor, &actor, form).await
}

async fn confirm_second_factor(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let form: CodeForm = posted.read()?;
    if let Some(proof) = proof_first(&app, &actor, "/account/second-factor") {
        return Ok(proof);
    }
    match actions::confirm_second_factor(&app, &actor, &form.code).await {
        Ok(codes) => show(&RecoveryCodesPage { page: visitor.page("people-recovery-codes-title"), codes }),
        Err(trouble) => second_factor_page(&app, &visitor, &actor, posted.again(&visitor, "people", trouble)?).await,
    }
}

fn remove_second_factor_page(visitor: &Visitor, form: Form) -> Answer {
    let page = visitor.page("people-second-factor-remove").back_to("/account", "your-account");
    FormPage::new(page, form, "/account/second-factor/remove", "people-second-factor-remove")
        .intro(visitor.lang.t("people-second-factor-remove-intro"))
        .field(Field::Password("code", "one-time-code"))
        .warning()
        .answer()
}

async fn show_remove_second_factor(app: web::Data<App>, visitor: Visitor, actor: Actor) -> Answer {
    if let Some(proof) = proof_first(&app, &actor, "/account/second-factor/remove") {
        return Ok(proof);
    }
    remove_second_factor_page(&visitor, Form::new(&visitor, "people"))
}

async fn remove_second_factor(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let form: CodeForm = posted.read()?;
    match actions::remove_second_factor(&app, &actor, &form.code).await {
        Ok(()) => Ok(redirect_with("/account", "people-flash-second-factor-removed")),
        Err(trouble) => remove_second_factor_page(&visitor, posted.again(&visitor, "people", trouble)?),
    }
}

#[derive(serde::Deserialize)]
struct ListQuery {
    #[serde(default)]
    after: String,
}

async fn people(app: web::Data<App>, visitor: Visitor, query: web::Query<ListQuery>) -> Answer {
    let after = Cursor::from_text(&query.after);
    let mut tx = app.db.read().await?;
    let paged = store::page(&mut tx, after).await?;
    let page = visitor.page("people-title");
    let list = ListView::new(&page, &paged, "/people", &[], after);
    let may_add = visitor.actor.as_ref().is_some_and(|actor| actor.is(Role::Admin));
    show(&PeoplePage { page, people: paged.rows, list, may_add })
}

fn new_staff_page(visitor: &Visitor, form: Form) -> Answer {
    FormPage::new(
        visitor.page("people-new-staff").back_to("/people", "people-title"),
        form,
        "/people/new",
        "people-invite",
    )
    .field(Field::Email("email"))
    .field(Field::Text("name", "20"))
    .field(Field::Radios("role", Choice::codes(visitor.lang, "role", STAFF)))
    .answer()
}

async fn show_new_staff(visitor: Visitor) -> Answer {
    new_staff_page(&visitor, Form::new(&visitor, "people"))
}

async fn add_staff(app: web::Data<App>, visitor: Visitor, actor: Actor, posted: Posted) -> Answer {
    let made: Outcome<PersonId> = async {
        let new = posted.read::<NewStaffForm>()?.parse()?;
        actions::add_staff(&app, &actor, new).await
    }
    .await;
    match made {
        Ok(id) => Ok(redirect_with(format!("/people/{id}"), "people-flash-invited")),
        Err(trouble) => new_staff_page(&visitor, posted.again(&visitor, "people", trouble)?),
    }
}

async fn person_page(app: &App, visitor: &Visitor, actor: &Actor, id: PersonId, form: Form) -> Answer {
    let mut tx = app.db.read().await?;
    let person = store::find_person(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let roles = store::live_roles(&mut tx, id).await?;
    let history = crate::audit::history(&mut tx, id).await?;
    let page = visitor.page_titled(person.name.clone()).back_to("/people", "people-title").with_form(&form);
    let view = PersonPage { page, form, person, roles, history, is_self: actor.id == id.0 };
    show_form(&view, &view.form)
}

async fn person(app: web::Data<App>, visitor: Visitor, actor: Actor, id: web::Path<PersonId>) -> Answer {
    let form = Form::new(&visitor, "people");
    person_page(&app, &visitor, &actor, *id, form).await
}

async fn add_role(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    id: web::Path<PersonId>,
    posted: Posted,
) -> Answer {
    let form: RoleForm = posted.read()?;
    let done = match form.role.parse::<Role>() {
        Ok(role) => actions::add_role(&app, &actor, *id, role).await,
        Err(_) => Err(Refusal::unacceptable("form-choose").at("role").into()),
    };
    match done {
        Ok(()) => Ok(redirect_with(format!("/people/{id}"), "people-flash-role-granted")),
        Err(trouble) => person_page(&app, &visitor, &actor, *id, posted.again(&visitor, "people", trouble)?).await,
    }
}

async fn end_role(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    path: web::Path<(PersonId, Role)>,
    posted: Posted,
) -> Answer {
    let (id, role) = path.into_inner();
    match actions::end_role(&app, &actor, id, role).await {
        Ok(()) => Ok(redirect_with(format!("/people/{id}"), "people-flash-role-ended")),
        Err(trouble) => person_page(&app, &visitor, &actor, id, posted.again(&visitor, "people", trouble)?).await,
    }
}

async fn set_active(
    app: web::Data<App>,
    visitor: Visitor,
    actor: Actor,
    path: web::Path<(PersonId, String)>,
    posted: Posted,
) -> Answer {
    let (id, verb) = path.into_inner();
    let active = match verb.as_str() {
        "enable" => true,
        "disable" => false,
        _ => return Err(Refusal::not_found().into()),
    };
    match actions::set_active(&app, &actor, id, active).await {
        Ok(()) => Ok(redirect_with(format!("/people/{id}"), "people-flash-saved")),
        Err(trouble) => person_page(&app, &visitor, &actor, id, posted.again(&visitor, "people", trouble)?).await,
    }
}
