//! Every SQL text about agreements, vouchers and milestones: the rows here, changes and lists beside.

mod changes;
mod lists;

pub(super) use changes::*;
pub(super) use lists::*;

use super::{AgreementId, MilestoneId, VoucherId, rules::*};
use crate::{
    applications::ApplicationId,
    core::{actor::Actor, money::Won, roles::Role},
    db::Tx,
    organisations::OrganisationId,
    programmes::{CallId, CostCategory},
    vendors::VendorId,
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// An agreement of firm, vendor and agency.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Agreement {
    pub id: AgreementId,
    pub application_id: ApplicationId,
    pub call_id: CallId,
    pub call_version: i64,
    pub number: String,
    pub organisation_id: OrganisationId,
    pub vendor_id: VendorId,
    pub state: AgreementState,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    pub total_won: Won,
    pub support_won: Won,
    pub own_won: Won,
    pub content: String,
    pub content_sha256: Vec<u8>,
    pub offered_at: DateTime<Utc>,
    pub answer_by: DateTime<Utc>,
    pub firm_assent_by: Option<Uuid>,
    pub firm_assent_at: Option<DateTime<Utc>>,
    pub vendor_assent_by: Option<Uuid>,
    pub vendor_assent_at: Option<DateTime<Utc>>,
    pub agency_assent_by: Option<Uuid>,
    pub agency_assent_at: Option<DateTime<Utc>>,
    pub state_since: DateTime<Utc>,
}

impl Agreement {
    pub fn has_all_assents(&self) -> bool {
        Party::ALL.iter().all(|party| self.assent_of(*party).is_some())
    }

    /// Who assented for a party, and when.
    pub fn assent_of(&self, party: Party) -> Option<(Uuid, DateTime<Utc>)> {
        match party {
            Party::Firm => self.firm_assent_by.zip(self.firm_assent_at),
            Party::Vendor => self.vendor_assent_by.zip(self.vendor_assent_at),
            Party::Agency => self.agency_assent_by.zip(self.agency_assent_at),
        }
    }
}

/// A line of cost as agreed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AgreementLine {
    pub id: Uuid,
    pub agreement_id: AgreementId,
    pub position: i64,
    pub category: CostCategory,
    pub description: String,
    pub quantity: i64,
    pub unit_price_won: Won,
    pub support_won: Won,
    pub own_won: Won,
}

/// An indicator as locked with the agreement.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LockedIndicator {
    pub id: Uuid,
    pub agreement_id: AgreementId,
    pub position: i64,
    pub name: String,
    pub unit: String,
    pub direction: String,
    pub baseline_milli: i64,
    pub target_milli: i64,
    pub locked_at: DateTime<Utc>,
}

/// A voucher; its balance is in the ledger.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Voucher {
    pub id: VoucherId,
    pub agreement_id: AgreementId,
    pub number: String,
    pub amount_won: Won,
    pub state: VoucherState,
    pub issued_by: Uuid,
    pub issued_at: DateTime<Utc>,
    pub expires_on: NaiveDate,
}

/// A milestone that an invoice may be filed against.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Milestone {
    pub id: MilestoneId,
    pub agreement_id: AgreementId,
    pub position: i64,
    pub name: String,
    pub deliverables: String,
    pub due_on: NaiveDate,
    pub supply_won: Won,
    pub support_won: Won,
    pub state: MilestoneState,
    pub delivered_at: Option<DateTime<Utc>>,
    pub delivered_by: Option<Uuid>,
    pub answered_at: Option<DateTime<Utc>>,
    pub answered_by: Option<Uuid>,
    pub answer_note: Option<String>,
}

macro_rules! select_agreement {
    ($rest:literal) => {
        concat!(
            "SELECT id, application_id, call_id, call_version, number, organisation_id, vendor_id, state, starts_on, ends_on, total_won, support_won, own_won, content, content_sha256, offered_at, answer_by, firm_assent_by, firm_assent_at, vendor_assent_by, vendor_assent_at, agency_assent_by, agency_assent_at, state_since FROM agreements ",
            $rest
        )
    };
}

macro_rules! select_milestone {
    ($rest:literal) => {
        concat!(
            "SELECT id, agreement_id, position, name, deliverables, due_on, supply_won, support_won, state, delivered_at, delivered_by, answered_at, answered_by, answer_note FROM milestones ",
            $rest
        )
    };
}

pub async fn find(tx: &mut Tx, id: AgreementId) -> sqlx::Result<Option<Agreement>> {
    tx.find(select_agreement!("WHERE id = $1"), (id,)).await
}

pub async fn get(tx: &mut Tx, id: AgreementId) -> sqlx::Result<Agreement> {
    tx.get(select_agreement!("WHERE id = $1"), (id,)).await
}

/// The agreement if `actor` may see it: its firm, its vendor, and staff who handle money or cases.
pub async fn find_visible(tx: &mut Tx, actor: &Actor, id: AgreementId) -> sqlx::Result<Option<Agreement>> {
    let mut query = tx.query(select_agreement!("WHERE id = $1"), (id,));
    if actor.is(Role::Firm) {
        query.add(" AND organisation_id = ?", (actor.organisation,));
    } else if actor.is(Role::Vendor) {
        query.add(" AND vendor_id IN (SELECT id FROM vendors WHERE organisation_id = ?)", (actor.organisation,));
    } else if !actor.is_any(&[Role::Manager, Role::ClaimsOfficer, Role::Payer, Role::Auditor]) {
        query.add(" AND 1 = 0", ());
    }
    tx.fetch_optional(query).await
}

pub async fn lines(tx: &mut Tx, id: AgreementId) -> sqlx::Result<Vec<AgreementLine>> {
    tx.all(
        "SELECT id, agreement_id, position, category, description, quantity, unit_price_won, support_won, own_won
         FROM agreement_lines WHERE agreement_id = $1 ORDER BY position, id",
        (id,),
    )
    .await
}

pub async fn indicators(tx: &mut Tx, id: AgreementId) -> sqlx::Result<Vec<LockedIndicator>> {
    tx.all(
        "SELECT id, agreement_id, position, name, unit, direction, baseline_milli, target_milli, locked_at
         FROM agreement_indicators WHERE agreement_id = $1 ORDER BY position, id",
        (id,),
    )
    .await
}

pub async fn voucher_of(tx: &mut Tx, id: AgreementId) -> sqlx::Result<Option<Voucher>> {
    tx.find(
        "SELECT id, agreement_id, number, amount_won, state, issued_by, issued_at, expires_on FROM vouchers WHERE agreement_id = $1",
        (id,),
    )
    .await
}

pub async fn milestones(tx: &mut Tx, id: AgreementId) -> sqlx::Result<Vec<Milestone>> {
    tx.all(select_milestone!("WHERE agreement_id = $1 ORDER BY position, id"), (id,)).await
}

pub async fn find_milestone(tx: &mut Tx, id: MilestoneId) -> sqlx::Result<Option<Milestone>> {
    tx.find(select_milestone!("WHERE id = $1"), (id,)).await
}

/// One deposit of the firm's own share.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Deposit {
    pub id: Uuid,
    pub agreement_id: AgreementId,
    pub amount_won: Won,
    pub payer_name: String,
    pub bank_reference: String,
    pub received_on: NaiveDate,
    pub recorded_by: Uuid,
    pub recorded_at: DateTime<Utc>,
}

pub async fn deposits(tx: &mut Tx, id: AgreementId) -> sqlx::Result<Vec<Deposit>> {
    tx.all(
        "SELECT id, agreement_id, amount_won, payer_name, bank_reference, received_on, recorded_by, recorded_at
         FROM own_share_deposits WHERE agreement_id = $1 ORDER BY received_on, id",
        (id,),
    )
    .await
}
