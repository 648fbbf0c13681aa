//! Every SQL text about agreements, vouchers and milestones: the rows here, the rest beside.

mod amendments;
mod changes;
mod lists;
mod texts;
mod watch;

pub(super) use amendments::*;
pub(super) use changes::*;
pub(super) use lists::*;
pub(super) use texts::*;
pub(super) use watch::*;

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
    /// Of its text and terms; parties, term and money are those of this version.
    pub version: i64,
    pub activated_at: Option<DateTime<Utc>>,
    /// What ties vendor and firm to each other; codes joined by commas.
    pub ties: String,
    /// Until when the own share is to be paid in.
    pub deposit_by: Option<NaiveDate>,
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
    pub first_used_at: Option<DateTime<Utc>>,
    pub first_use_by: Option<NaiveDate>,
    /// How likely it is to lapse, of a hundred, and what speaks for it (codes joined by commas).
    pub risk_points: i64,
    pub risk_reasons: String,
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
    /// Until when the firm answers a delivery.
    pub answer_by: Option<NaiveDate>,
}

macro_rules! select_agreement {
    ($rest:literal) => {
        concat!(
            "SELECT id, application_id, call_id, call_version, number, organisation_id, vendor_id, state, starts_on, ends_on, total_won, support_won, own_won, content, content_sha256, offered_at, answer_by, firm_assent_by, firm_assent_at, vendor_assent_by, vendor_assent_at, agency_assent_by, agency_assent_at, state_since, version, activated_at, ties, deposit_by FROM agreements ",
            $rest
        )
    };
}

macro_rules! select_milestone {
    ($rest:literal) => {
        concat!(
            "SELECT id, agreement_id, position, name, deliverables, due_on, supply_won, support_won, state, delivered_at, delivered_by, answered_at, answered_by, answer_note, answer_by FROM milestones ",
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

macro_rules! select_voucher {
    ($rest:literal) => {
        concat!(
            "SELECT id, agreement_id, number, amount_won, state, issued_by, issued_at, expires_on, first_used_at, first_use_by, risk_points, risk_reasons FROM vouchers ",
            $rest
        )
    };
}

pub async fn voucher_of(tx: &mut Tx, id: AgreementId) -> sqlx::Result<Option<Voucher>> {
    tx.find(select_voucher!("WHERE agreement_id = $1"), (id,)).await
}

pub async fn find_voucher(tx: &mut Tx, id: VoucherId) -> sqlx::Result<Option<Voucher>> {
    tx.find(select_voucher!("WHERE id = $1"), (id,)).await
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
    pub payer_number: Option<String>,
    /// Why a deposit of somebody else counts.
    pub mismatch_reason: Option<String>,
    pub bank_reference: String,
    pub received_on: NaiveDate,
    pub recorded_by: Uuid,
    pub recorded_at: DateTime<Utc>,
}

pub async fn deposits(tx: &mut Tx, id: AgreementId) -> sqlx::Result<Vec<Deposit>> {
    tx.all(
        "SELECT id, agreement_id, amount_won, payer_name, payer_number, mismatch_reason, bank_reference, received_on, recorded_by, recorded_at
         FROM own_share_deposits WHERE agreement_id = $1 ORDER BY received_on, id",
        (id,),
    )
    .await
}

/// What was paid back to the firm of its own share.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Refund {
    pub id: Uuid,
    pub agreement_id: AgreementId,
    pub amount_won: Won,
    pub bank_reference: String,
    pub paid_on: NaiveDate,
    pub reason: String,
    pub recorded_by: Uuid,
    pub recorded_at: DateTime<Utc>,
}

pub async fn refunds(tx: &mut Tx, id: AgreementId) -> sqlx::Result<Vec<Refund>> {
    tx.all(
        "SELECT id, agreement_id, amount_won, bank_reference, paid_on, reason, recorded_by, recorded_at
         FROM own_share_refunds WHERE agreement_id = $1 ORDER BY paid_on, id",
        (id,),
    )
    .await
}

/// A block of a voucher.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Block {
    pub cause: BlockCause,
    pub reason: String,
    pub placed_at: DateTime<Utc>,
    pub lifted_at: Option<DateTime<Utc>>,
    pub lift_reason: Option<String>,
}

impl Block {
    pub fn is_open(&self) -> bool {
        self.lifted_at.is_none()
    }

    /// Open, and an officer's: it is theirs to lift.
    pub fn is_officers(&self) -> bool {
        self.cause == BlockCause::Officer && self.is_open()
    }
}

/// Every block of a voucher, the oldest first.
pub async fn blocks(tx: &mut Tx, voucher: VoucherId) -> sqlx::Result<Vec<Block>> {
    tx.all(
        "SELECT cause, reason, placed_at, lifted_at, lift_reason FROM voucher_blocks
         WHERE voucher_id = $1 ORDER BY placed_at, id LIMIT 200",
        (voucher,),
    )
    .await
}

/// Holds the row until the unit of work is over: changes of terms, refunds and approvals of claims come one by one.
pub async fn lock(tx: &mut Tx, id: AgreementId) -> sqlx::Result<Agreement> {
    tx.run("UPDATE agreements SET state_since = state_since WHERE id = $1", (id,)).await?;
    get(tx, id).await
}
