//! Who may review an application: people with the role, their open assignments, and the conflicts the records show.

use super::{
    rules::{self, Conflict},
    store,
};
use crate::{
    applications::Application,
    audit::{self, Act},
    core::{actor::Actor, roles::Role},
    db::Tx,
    people, vendors,
};
use uuid::Uuid;

/// Somebody with the role of a reviewer, before the application.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub person: Uuid,
    pub name: String,
    /// Assignments not yet locked or given up.
    pub open: i64,
    pub conflict: Option<Conflict>,
    /// Assigned to this application now or before.
    pub taken: bool,
}

impl Candidate {
    pub fn is_free(&self) -> bool {
        self.conflict.is_none() && !self.taken
    }
}

/// Every reviewer, those with the fewest open assignments first.
pub(super) async fn candidates(tx: &mut Tx, application: &Application) -> sqlx::Result<Vec<Candidate>> {
    let loads = store::loads(tx).await?;
    let assigned = store::assignments(tx, application.id).await?;
    let interested = interested_addresses(tx, application).await?;
    let mut candidates = Vec::new();
    for person in people::people_with_role(tx, Role::Reviewer).await? {
        let conflict = conflict_of(tx, application, person.id.0, &person.email, &interested).await?;
        candidates.push(Candidate {
            open: loads.iter().find(|load| load.reviewer_id == person.id.0).map_or(0, |load| load.open),
            taken: assigned.iter().any(|assignment| assignment.reviewer_id == person.id.0),
            person: person.id.0,
            name: person.name,
            conflict,
        });
    }
    candidates.sort_by_key(|candidate| (candidate.open, candidate.person));
    Ok(candidates)
}

/// What the records show against `actor` reviewing the application.
pub(super) async fn own_conflict(
    tx: &mut Tx,
    actor: &Actor,
    application: &Application,
) -> sqlx::Result<Option<Conflict>> {
    let interested = interested_addresses(tx, application).await?;
    conflict_of(tx, application, actor.id, &actor.email, &interested).await
}

async fn conflict_of(
    tx: &mut Tx,
    application: &Application,
    person: Uuid,
    email: &str,
    interested: &[String],
) -> sqlx::Result<Option<Conflict>> {
    if interested.iter().any(|address| rules::same_house(address, email)) {
        return Ok(Some(Conflict::MailDomain));
    }
    let somebody = Actor { id: person, ..Actor::system() };
    let earlier = audit::clash(tx, &somebody, application.id.0, Act::Scored).await?;
    Ok(earlier.map(|_| Conflict::OtherDuty))
}

/// The addresses of the firm's and the vendor's people.
async fn interested_addresses(tx: &mut Tx, application: &Application) -> sqlx::Result<Vec<String>> {
    let mut addresses = Vec::new();
    let firm = people::mail_contacts(tx, application.organisation_id.0, Role::Firm).await?;
    addresses.extend(firm.into_iter().map(|(address, _)| address));
    if let Some(vendor) = application.vendor_id {
        let vendor = vendors::get(tx, vendor).await?;
        let contacts = people::mail_contacts(tx, vendor.organisation_id.0, Role::Vendor).await?;
        addresses.extend(contacts.into_iter().map(|(address, _)| address));
        addresses.push(vendor.support_email);
    }
    Ok(addresses)
}
