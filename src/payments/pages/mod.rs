//! Doors of payments.

mod answers;
mod batches;
mod desk;
mod holds;
mod list;
mod statements;
mod vendor;

use super::{BatchId, PaymentId, ProfileId, StatementId, actions, forms::*, store, views::*};
use crate::{
    app::App,
    audit::{self, Act},
    core::{
        actor::Actor,
        calendar::{ZONE, local_date},
        refusal::{Outcome, Refusal},
        roles::Role,
    },
    db::{Tx, once::Once, page::Cursor},
    people::{self, PersonId},
    web::{
        Answer, Choice, Door, Form, Need, Posted, Visitor,
        list::ListView,
        page::MenuEntry,
        redirect, redirect_with, show_form,
        simple::{Field, FormPage},
        upload,
    },
};
use actix_multipart::Multipart;
use actix_web::{HttpResponse, web};
use uuid::Uuid;

const PAYER: Need = Need::AnyOf(&[Role::Payer]);
const MANAGER: Need = Need::AnyOf(&[Role::Manager]);
const HOLDERS: Need = Need::AnyOf(&[Role::Payer, Role::Manager]);
const READERS: Need = Need::AnyOf(&[Role::Payer, Role::Manager, Role::Auditor]);
const VENDOR: Need = Need::AnyOf(&[Role::Vendor]);

pub fn doors() -> Vec<Door> {
    vec![
        Door::get("/payments", READERS, list::show),
        Door::get("/payments/mine", VENDOR, vendor::show),
        Door::post("/payments/batches", PAYER, list::prepare),
        Door::get("/payments/batches/{id}", READERS, batches::show),
        Door::get("/payments/batches/{id}/approve", PAYER, batches::show_approve),
        Door::post("/payments/batches/{id}/approve", PAYER, batches::approve),
        Door::get("/payments/batches/{id}/release", PAYER, batches::show_release),
        Door::post("/payments/batches/{id}/release", PAYER, batches::release),
        Door::get("/payments/batches/{id}/cancel", PAYER, batches::show_cancel),
        Door::post("/payments/batches/{id}/cancel", PAYER, batches::cancel),
        Door::post("/payments/batches/{id}/file", PAYER, batches::take_file),
        Door::get("/payments/batches/{id}/file/{once}", PAYER, batches::file),
        Door::post("/payments/batches/{id}/answers", PAYER, answers::read),
        Door::get("/payments/batches/{id}/answers/{once}", PAYER, answers::show_file),
        Door::get("/payments/{id}/answer", PAYER, answers::show),
        Door::post("/payments/{id}/answer", PAYER, answers::answer),
        Door::post("/payments/{id}/agree", PAYER, answers::agree),
        Door::get("/payments/holds", READERS, holds::list),
        Door::get("/payments/holds/new", HOLDERS, holds::show_new),
        Door::post("/payments/holds/new", HOLDERS, holds::place),
        Door::get("/payments/holds/{id}", READERS, holds::show),
        Door::post("/payments/holds/{id}/lift", HOLDERS, holds::lift),
        Door::get("/payments/statements", READERS, statements::list),
        Door::post("/payments/statements", PAYER, statements::import),
        Door::get("/payments/statements/{id}", READERS, statements::show),
        Door::get("/payments/lines/{id}/match", PAYER, statements::show_match),
        Door::post("/payments/lines/{id}/match", PAYER, statements::match_line),
        Door::get("/payments/absences", READERS, desk::absences),
        Door::post("/payments/absences", HOLDERS, desk::record_absence),
        Door::post("/payments/absences/{id}/end", HOLDERS, desk::end_absence),
        Door::get("/payments/accounts", READERS, desk::profiles),
        Door::get("/payments/accounts/new", MANAGER, desk::show_new_profile),
        Door::post("/payments/accounts/new", MANAGER, desk::make_profile),
        Door::post("/payments/accounts/{id}/end", MANAGER, desk::end_profile),
    ]
}

pub fn menu() -> Vec<MenuEntry> {
    vec![
        MenuEntry { path: "/payments", key: "payments-title", roles: &[Role::Payer, Role::Manager, Role::Auditor] },
        MenuEntry { path: "/payments/mine", key: "payments-mine-title", roles: &[Role::Vendor] },
    ]
}

/// People of a role to choose from.
async fn choices_of(tx: &mut Tx, visitor: &Visitor, roles: &[Role], first: &str) -> sqlx::Result<Vec<Choice>> {
    let mut choices = vec![Choice::new("", visitor.lang.t(first))];
    for role in roles {
        for person in people::people_with_role(tx, *role).await? {
            let value = person.id.to_string();
            if choices.iter().all(|choice| choice.value != value) {
                choices.push(Choice::new(value, person.name));
            }
        }
    }
    Ok(choices)
}
