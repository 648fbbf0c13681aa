//! A door: the one place where a path, who may pass, and what answers are said together.
//! There is no other way to register a handler, so `tests/golden/doors.txt` is the whole access matrix.

use super::visitor::Visitor;
use crate::core::{
    actor::Actor,
    refusal::{Refusal, Trouble},
    roles::Role,
};
use actix_web::{
    Error, FromRequest, Handler, HttpMessage, HttpResponse, Responder, Route,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    guard::{Guard, GuardContext},
    http::Method,
    middleware::{Next, from_fn},
    web,
};

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

/// Opens all doors.
pub fn open(service: &mut web::ServiceConfig, doors: Vec<Door>) {
    for door in doors {
        let need = door.need;
        let route = door.route.wrap(from_fn(move |request, next| stand(need, request, next)));
        service.service(web::resource(door.path).guard(MethodIs(door.method)).route(route));
    }
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
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let visitor = request.extensions().get::<Visitor>().cloned();
    let actor = visitor.as_ref().and_then(|visitor| visitor.actor.as_ref());
    if need.lets_in(actor) {
        return Ok(next.call(request).await?.map_into_left_body());
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
