//! Who may review an application: people with the role, their open assignments, what they can judge, and the conflicts
//! the records show.

use super::{
    rules::{self, Conflict, PAST_WORK_DAYS},
    store::{self, CandidateRow, Closeness},
};
use crate::{
    applications::Application,
    core::{calendar, names::fold_digits, roles::Role, secret::Seal},
    db::Tx,
    organisations::{self, Organisation},
    people, vendors,
};
use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

/// Somebody with the role of a reviewer, before the application.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub person: Uuid,
    pub name: String,
    /// Assignments not yet locked or given up.
    pub open: i64,
    /// Knows this kind of use.
    pub skilled: bool,
    /// Has as many open assignments as they take.
    pub full: bool,
    /// Reads the languages that the case is in.
    pub reads: bool,
    pub conflict: Option<Conflict>,
    /// Assigned to this application now or before.
    pub taken: bool,
}

impl Candidate {
    pub fn is_free(&self) -> bool {
        self.conflict.is_none() && !self.taken
    }

    /// Whom an automatic assignment takes.
    pub fn is_fit(&self) -> bool {
        self.is_free() && !self.full && self.reads
    }
}

/// The languages of work that a reader of Korean alone cannot judge.
fn needs_english(application: &Application) -> bool {
    matches!(application.language_class.as_deref(), Some("ko_en" | "multilingual"))
}

/// Every reviewer: those who know the kind of use first, then those with the fewest open assignments.
pub(super) async fn candidates(
    tx: &mut Tx,
    seal: &Seal,
    application: &Application,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<Candidate>> {
    let mut found = look(tx, seal, application, None, now).await?;
    found.sort_by_key(|candidate| (!candidate.skilled, candidate.open, candidate.person));
    Ok(found)
}

/// What the records show against `person` reviewing the application.
pub(super) async fn conflict_of(
    tx: &mut Tx,
    seal: &Seal,
    application: &Application,
    person: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<Option<Conflict>> {
    let found = look(tx, seal, application, Some(person), now).await?;
    Ok(found.into_iter().find_map(|candidate| candidate.conflict))
}

async fn look(
    tx: &mut Tx,
    seal: &Seal,
    application: &Application,
    only: Option<Uuid>,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<Candidate>> {
    let firm = organisations::get(tx, application.organisation_id).await?;
    let mut addresses = addresses_of(tx, &firm, Role::Firm).await?;
    let mut vendor = None;
    if let Some(id) = application.vendor_id {
        let entry = vendors::get(tx, id).await?;
        let organisation = organisations::get(tx, entry.organisation_id).await?;
        addresses.extend(addresses_of(tx, &organisation, Role::Vendor).await?);
        addresses.push(entry.support_email);
        vendor = Some(organisation);
    }
    let near = closeness(seal, &firm, vendor.as_ref(), now);
    let english = needs_english(application);
    let rows = store::candidates(tx, application.id, near, only).await?;
    let candidate = |row: CandidateRow| {
        let of_one_house = addresses.iter().any(|address| rules::same_house(address, &row.email));
        Candidate {
            conflict: row.conflict.or(of_one_house.then_some(Conflict::MailDomain)),
            full: row.load_max.is_some_and(|most| row.open >= most),
            reads: row.reads_english || !english,
            person: row.id,
            name: row.name,
            open: row.open,
            skilled: row.skilled,
            taken: row.taken,
        }
    };
    Ok(rows.into_iter().map(candidate).collect())
}

async fn addresses_of(tx: &mut Tx, organisation: &Organisation, role: Role) -> sqlx::Result<Vec<String>> {
    let contacts = people::mail_contacts(tx, organisation.id.0, role).await?;
    Ok(contacts.into_iter().map(|(address, _)| address).collect())
}

fn closeness(seal: &Seal, firm: &Organisation, vendor: Option<&Organisation>, now: DateTime<Utc>) -> Closeness {
    let phone = |organisation: &Organisation| phone_key(seal, &organisation.phone);
    let address = |organisation: &Organisation| address_key(seal, &organisation.address);
    let since_at = now - Duration::days(PAST_WORK_DAYS);
    Closeness {
        phones: [phone(firm), vendor.and_then(phone)],
        addresses: [address(firm), vendor.and_then(address)],
        since: calendar::local_date(since_at, calendar::ZONE),
        since_at,
    }
}

/// A phone number as it is compared: nobody reads it back. None when it is too short to tell anything.
pub(super) fn phone_key(seal: &Seal, phone: &str) -> Option<String> {
    let digits: String = fold_digits(phone).chars().filter(char::is_ascii_digit).collect();
    (digits.len() >= 8).then(|| seal.fingerprint("reviewer phone", &digits))
}

/// An address as it is compared.
pub(super) fn address_key(seal: &Seal, address: &str) -> Option<String> {
    let folded: String = fold_digits(address).chars().filter(|c| c.is_alphanumeric()).collect();
    let folded = folded.to_lowercase();
    (folded.chars().count() >= 8).then(|| seal.fingerprint("reviewer address", &folded))
}
