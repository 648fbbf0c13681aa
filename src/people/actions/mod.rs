//! The verbs about people: sign in and out, prove, sign up, reset, invite, grant and end roles.

mod accounts;
mod provider;
mod second_factor;
mod sign_in;
mod staff;

pub use accounts::{address_of, ask_reset, ask_sign_up, change_password, choose_language, good_hash, reset, sign_up};
pub use provider::{Welcomed, leave_for_provider, return_from_provider};
pub use second_factor::{confirm_second_factor, remove_second_factor, second_factor_seed};
pub use sign_in::{SignedIn, abandon, end_session, give_code, prove, sign_in, sign_out};
pub use staff::{add_role, add_staff, end_role, grant, invite, join, make_person, set_active};

use super::{
    PersonId,
    store::{self, PersonRow},
};
use crate::{
    app::App,
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
    },
};
use uuid::Uuid;

async fn find(app: &App, person: Uuid) -> Outcome<PersonRow> {
    let mut tx = app.db.read().await?;
    Ok(store::find_person(&mut tx, PersonId(person)).await?.ok_or_else(Refusal::not_found)?)
}

/// The person as the actor of an act that comes before any session.
pub fn actor_of(person: &PersonRow, request_id: &str) -> Actor {
    Actor {
        id: person.id.0,
        name: person.name.clone(),
        email: person.email.clone(),
        lang: person.lang,
        request_id: request_id.to_owned(),
        ..Actor::system()
    }
}
