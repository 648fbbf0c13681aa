//! A door: the one place where a path, who may pass, and what answers are said together.
//! There is no other way to register a handler, so `tests/golden/doors.txt` is the whole access matrix.

use super::visitor::Visitor;
use crate::core::{
    actor::Actor,
    refusal::{Refusal, Trouble},
    roles::Role,
};
use actix_web::{
    Error, FromRequest, Handler, HttpMessage, HttpResponse, Resource, Responder, Route, Scope,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    guard::{Guard, GuardContext},
    http::Method,
    middleware::{Next, from_fn},
    web,
};
use futures_util::FutureExt;
use std::{collections::BTreeMap, panic::AssertUnwindSafe};

/// Who may pass a door. There is no default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Anybody, signed in or not.
    Nobody,
    /// Anybody who is signed in.
    SignedIn,
    /// Anybody who holds one of these roles.
    AnyOf(&'static [Role]),
}

impl Need {
    pub fn lets_in(self, actor: Option<&Actor>) -> bool {
        match (self, actor) {
            (Need::Nobody, _) => true,
            (_, None) => false,
            (Need::SignedIn, Some(_)) => true,
            (Need::AnyOf(roles), Some(actor)) => actor.is_any(roles),
        }
    }
}

pub struct Door {
    pub method: Method,
    pub path: &'static str,
    pub need: Need,
    route: Route,
}

impl Door {
    fn new<F, Args>(method: Method, path: &'static str, need: Need, answer: F) -> Door
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        let route = Route::new().method(method.clone()).to(answer);
        Door { method, path, need, route }
    }

    pub fn get<F, Args>(path: &'static str, need: Need, answer: F) -> Door
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Door::new(Method::GET, path, need, answer)
    }

    pub fn post<F, Args>(path: &'static str, need: Need, answer: F) -> Door
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Door::new(Method::POST, path, need, answer)
    }
}

/// Opens all doors as a tree of the parts of their paths: a request is held against a few names at every part, not
/// against hundreds of whole paths.
pub fn open(service: &mut web::ServiceConfig, doors: Vec<Door>) {
    let mut root = Part::default();
    for door in doors {
        let mut part = &mut root;
        for name in door.path.split('/').filter(|name| !name.is_empty()) {
            part = part.behind(name);
        }
        part.doors.push(door);
    }
    root.doors.into_iter().for_each(|door| {
        service.service(resource("/", door));
    });
    root.parts.into_values().for_each(|part| {
        service.service(part.scope());
    });
}

/// One part of paths: the doors that end with it, and the parts that may follow. A name goes before a value.
#[derive(Default)]
struct Part {
    name: &'static str,
    doors: Vec<Door>,
    parts: BTreeMap<&'static str, Part>,
}

impl Part {
    /// What follows as `name`, or as any value where `name` is one: `{id}`.
    fn behind(&mut self, name: &'static str) -> &mut Part {
        let key = if name.starts_with('{') { "{}" } else { name };
        let part = self.parts.entry(key).or_default();
        part.name = name;
        part
    }

    fn scope(self) -> Scope {
        let mut scope = web::scope(&format!("/{}", self.name));
        for door in self.doors {
            scope = scope.service(resource("", door));
        }
        for part in self.parts.into_values() {
            if part.parts.is_empty() {
                let path = format!("/{}", part.name);
                scope = part.doors.into_iter().fold(scope, |scope, door| scope.service(resource(&path, door)));
            } else {
                scope = scope.service(part.scope());
            }
        }
        scope
    }
}

fn resource(path: &str, door: Door) -> Resource {
    let need = door.need;
    let route = door.route.wrap(from_fn(move |request, next| stand(need, request, next)));
    web::resource(path).guard(MethodIs(door.method)).route(route)
}

struct MethodIs(Method);

impl Guard for MethodIs {
    fn check(&self, context: &GuardContext<'_>) -> bool {
        context.head().method == self.0
    }
}

/// An outsider is sent to the sign-in page; a wrong role sees that nothing is there.
async fn stand(
    need: Need,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<BoxBody>>, Error> {
    let visitor = request.extensions().get::<Visitor>().cloned();
    let actor = visitor.as_ref().and_then(|visitor| visitor.actor.as_ref());
    if need.lets_in(actor) {
        let asked = request.request().clone();
        // A panic would end the connection without a word; nothing of its unit of work is kept.
        return match AssertUnwindSafe(next.call(request)).catch_unwind().await {
            Ok(response) => Ok(response?.map_into_boxed_body().map_into_left_body()),
            Err(_) => {
                let fault = Trouble::Fault(anyhow::anyhow!("a panic while answering"));
                Ok(ServiceResponse::new(asked, HttpResponse::from_error(fault)).map_into_left_body())
            }
        };
    }
    let response = match actor {
        Some(actor) => {
            tracing::warn!(person = %actor.id, path = request.path(), "refused at a door");
            HttpResponse::from_error(Trouble::Refused(Refusal::not_found()))
        }
        None => {
            let back = if request.method() == Method::GET { request.path() } else { "/" };
            super::redirect(format!("/sign-in?next={}", super::page::encode(back)))
        }
    };
    Ok(request.into_response(response).map_into_right_body())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{App, body::to_bytes, test};

    async fn panics() -> HttpResponse {
        panic!("an amount that is nobody's business")
    }

    async fn answers() -> HttpResponse {
        HttpResponse::Ok().finish()
    }

    #[actix_web::test]
    async fn a_panic_is_an_error_of_one_request_and_tells_nothing() {
        let doors = || vec![Door::get("/panics", Need::Nobody, panics), Door::get("/ok", Need::Nobody, answers)];
        let site = test::init_service(App::new().configure(|service| open(service, doors()))).await;
        for _ in 0..3 {
            let answer = test::call_service(&site, test::TestRequest::get().uri("/panics").to_request()).await;
            assert_eq!(answer.status(), 500);
            assert!(to_bytes(answer.into_body()).await.unwrap().is_empty());
            let answer = test::call_service(&site, test::TestRequest::get().uri("/ok").to_request()).await;
            assert_eq!(answer.status(), 200);
        }
    }
}
