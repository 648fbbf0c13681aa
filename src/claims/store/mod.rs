//! Every SQL text about claims: the rows here, and beside: the service clock, decided lines, doubles, amendments.

mod amendments;
mod documents;
mod doubles;
mod lines;
mod service;
mod usage;

pub(super) use amendments::*;
pub(super) use documents::*;
pub(super) use doubles::*;
pub(super) use lines::*;
pub(super) use service::*;
pub(super) use usage::*;

use super::{
    ClaimId,
    rules::{Check, CheckResult, ClaimState, Invoice, TaxKind},
};
use crate::{
    agreements::{AgreementId, MilestoneId},
    applications::ApplicationId,
    core::{actor::Actor, money::Won, numbers::ApprovalNumber, roles::Role},
    db::{
        Query, Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
    files::FileId,
    organisations::OrganisationId,
    vendors::VendorId,
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// A vendor's invoice against a milestone.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Claim {
    pub id: ClaimId,
    pub number: String,
    pub agreement_id: AgreementId,
    pub milestone_id: MilestoneId,
    pub application_id: ApplicationId,
    pub call_version: i64,
    pub vendor_id: VendorId,
    pub organisation_id: OrganisationId,
    pub state: ClaimState,
    pub invoice_no: String,
    pub issued_on: NaiveDate,
    pub supplied_on: NaiveDate,
    pub supplier_number: String,
    pub buyer_number: String,
    pub supply_won: Won,
    pub vat_won: Won,
    pub total_won: Won,
    pub support_won: Won,
    pub source: String,
    pub file_id: Option<FileId>,
    pub submitted_by: Uuid,
    pub submitted_at: DateTime<Utc>,
    pub delivery_by: Option<Uuid>,
    pub delivery_at: Option<DateTime<Utc>>,
    pub checked_by: Option<Uuid>,
    pub checked_at: Option<DateTime<Utc>>,
    pub note: Option<String>,
    pub state_since: DateTime<Utc>,
    pub version: i64,
    pub tax_kind: TaxKind,
    /// Its place in the queue.
    pub queued_at: DateTime<Utc>,
    /// Until when it is to be decided; none while it waits for the vendor.
    pub due_at: Option<DateTime<Utc>>,
    /// What was approved of the supply value and the VAT.
    pub approved_supply_won: Option<Won>,
    pub approved_vat_won: Option<Won>,
}

impl Claim {
    /// Whether lines of it were disallowed.
    pub fn is_partly_approved(&self) -> bool {
        self.approved_supply_won.is_some_and(|supply| supply < self.supply_won)
    }
}

macro_rules! select_claim {
    ($rest:literal) => {
        concat!(
            "SELECT id, number, agreement_id, milestone_id, application_id, call_version, vendor_id, organisation_id, state, invoice_no, issued_on, supplied_on, supplier_number, buyer_number, supply_won, vat_won, total_won, support_won, source, file_id, submitted_by, submitted_at, delivery_by, delivery_at, checked_by, checked_at, note, state_since, version, tax_kind, COALESCE(queued_at, submitted_at) AS queued_at, due_at, approved_supply_won, approved_vat_won FROM claims ",
            $rest
        )
    };
}

pub async fn find(tx: &mut Tx, id: ClaimId) -> sqlx::Result<Option<Claim>> {
    tx.find(select_claim!("WHERE id = $1"), (id,)).await
}

pub async fn get(tx: &mut Tx, id: ClaimId) -> sqlx::Result<Claim> {
    tx.get(select_claim!("WHERE id = $1"), (id,)).await
}

/// Approved claims that no live payment stands for, oldest approval first.
pub async fn approved_claims(tx: &mut Tx, limit: i64) -> sqlx::Result<Vec<Claim>> {
    tx.all(select_claim!("WHERE state = 'approved' AND support_won > 0 AND agreement_id NOT IN (SELECT agreement_id FROM vouchers WHERE state = 'suspended') ORDER BY state_since, id LIMIT $1"), (limit,))
        .await
}

/// How many approved claims wait for payment, and the sum of what they ask.
pub async fn approved_totals(tx: &mut Tx) -> sqlx::Result<(i64, Won)> {
    tx.get(
        "SELECT COUNT(*), CAST(COALESCE(SUM(support_won), 0) AS BIGINT) FROM claims
         WHERE state = 'approved' AND support_won > 0
            AND agreement_id NOT IN (SELECT agreement_id FROM vouchers WHERE state = 'suspended')",
        (),
    )
    .await
}

/// Firms and vendors see their own; staff who handle money see all.
fn only_visible(query: &mut Query, actor: &Actor) {
    if actor.is_any(&[Role::ClaimsOfficer, Role::Manager, Role::Payer, Role::Auditor]) {
        return;
    }
    if actor.is(Role::Vendor) {
        query.add(" AND c.vendor_id IN (SELECT id FROM vendors WHERE organisation_id = ?)", (actor.organisation,));
    } else if actor.is(Role::Firm) {
        query.add(" AND c.organisation_id = ?", (actor.organisation,));
    } else {
        query.add(" AND 1 = 0", ());
    }
}

/// The claim if `actor` may see it.
pub async fn find_visible(tx: &mut Tx, actor: &Actor, id: ClaimId) -> sqlx::Result<Option<Claim>> {
    let mut query = tx.query(select_claim!("c WHERE c.id = $1"), (id,));
    only_visible(&mut query, actor);
    tx.fetch_optional(query).await
}

/// A claim as lists show it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ClaimRow {
    pub id: ClaimId,
    pub number: String,
    pub state: ClaimState,
    pub invoice_no: String,
    pub total_won: Won,
    pub support_won: Won,
    pub firm_name: String,
    pub vendor_name: String,
    pub state_since: DateTime<Utc>,
}

/// What a list of claims is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub state: Option<ClaimState>,
    /// A claim number, invoice number or approval number.
    pub number: Option<String>,
    pub agreement: Option<AgreementId>,
}

fn narrow(query: &mut Query, actor: &Actor, filter: &Filter) {
    only_visible(query, actor);
    if let Some(state) = filter.state {
        query.add(" AND c.state = ?", (state,));
    }
    if let Some(agreement) = filter.agreement {
        query.add(" AND c.agreement_id = ?", (agreement,));
    }
    if let Some(number) = &filter.number {
        match number.parse::<ApprovalNumber>() {
            Ok(approval) => query.add(
                " AND c.id IN (SELECT claim_id FROM tax_invoices WHERE approval_number = ?)",
                (approval.as_str().to_owned(),),
            ),
            Err(_) => query.add(" AND (c.number = ? OR c.invoice_no = ?)", (number.to_uppercase(), number.clone())),
        }
    }
}

/// One page of claims, latest change first.
pub(super) async fn page(
    tx: &mut Tx,
    actor: &Actor,
    filter: &Filter,
    after: Option<Cursor>,
) -> sqlx::Result<Paged<ClaimRow>> {
    let mut query = tx.query(
        "SELECT c.id, c.number, c.state, c.invoice_no, c.total_won, c.support_won, f.legal_name AS firm_name,
                o.legal_name AS vendor_name, c.state_since
         FROM claims c JOIN organisations f ON f.id = c.organisation_id JOIN vendors v ON v.id = c.vendor_id
         JOIN organisations o ON o.id = v.organisation_id WHERE 1 = 1",
        (),
    );
    narrow(&mut query, actor, filter);
    if let Some(after) = after {
        query.add(" AND (c.state_since, c.id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY c.state_since DESC, c.id DESC LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    let mut count = tx.query("SELECT COUNT(*) FROM (SELECT 1 FROM claims c WHERE 1 = 1", ());
    narrow(&mut count, actor, filter);
    count.add(" LIMIT ?) AS counted", (COUNT_MAX + 1,));
    let count = tx.fetch_value(count).await?.unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &ClaimRow| Cursor { at: row.state_since, id: row.id.0 }))
}

/// Live claims of one agreement, by milestone.
pub async fn of_agreement(tx: &mut Tx, id: AgreementId) -> sqlx::Result<Vec<Claim>> {
    tx.all(select_claim!("WHERE agreement_id = $1 ORDER BY submitted_at, id LIMIT 200"), (id,)).await
}

/// The approval number that counts: the one filed last.
pub async fn approval_number(tx: &mut Tx, id: ClaimId) -> sqlx::Result<String> {
    tx.value("SELECT approval_number FROM tax_invoices WHERE claim_id = $1 ORDER BY version DESC LIMIT 1", (id,))
        .await?
        .ok_or(sqlx::Error::RowNotFound)
}

pub(super) async fn is_taken(tx: &mut Tx, number: &ApprovalNumber) -> sqlx::Result<bool> {
    tx.exists("SELECT 1 FROM tax_invoices WHERE approval_number = $1", (number.as_str().to_owned(),)).await
}

/// Takes the approval number for ever; false when it was taken before.
pub(super) async fn take_number(
    tx: &mut Tx,
    number: &ApprovalNumber,
    claim: ClaimId,
    version: i64,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO tax_invoices (approval_number, claim_id, version, taken_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (approval_number) DO NOTHING",
            (number.as_str().to_owned(), claim, version, now),
        )
        .await?;
    Ok(rows == 1)
}

/// False when another live claim stands for the milestone.
pub(super) async fn insert(tx: &mut Tx, claim: &Claim) -> sqlx::Result<bool> {
    let mut insert = tx.query(
        "INSERT INTO claims (id, number, agreement_id, milestone_id, application_id, call_version, vendor_id, organisation_id,
            state, invoice_no, issued_on, supplied_on, supplier_number, buyer_number, supply_won, vat_won, total_won, support_won,
            source, file_id, submitted_by, submitted_at, state_since) VALUES (",
        (),
    );
    insert.add(
        "?, ?, ?, ?, ?, ?, ?, ?, ",
        (
            claim.id,
            claim.number.clone(),
            claim.agreement_id,
            claim.milestone_id,
            claim.application_id,
            claim.call_version,
            claim.vendor_id,
            claim.organisation_id,
        ),
    );
    insert.add(
        "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?",
        (
            claim.state,
            claim.invoice_no.clone(),
            claim.issued_on,
            claim.supplied_on,
            claim.supplier_number.clone(),
            claim.buyer_number.clone(),
            claim.supply_won,
            claim.vat_won,
            claim.total_won,
            claim.support_won,
            claim.source.clone(),
            claim.file_id,
            claim.submitted_by,
            claim.submitted_at,
            claim.state_since,
        ),
    );
    insert.add(") ON CONFLICT DO NOTHING", ());
    Ok(tx.execute(insert).await? == 1)
}

/// Files the invoice of a disputed or returned claim anew; false when the claim has moved on.
pub(super) async fn refile(tx: &mut Tx, id: ClaimId, from: ClaimState, claim: &Claim) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE claims SET invoice_no = $1, issued_on = $2, supplied_on = $3, supply_won = $4, vat_won = $5, total_won = $6,
                support_won = $7, source = $8, file_id = $9, submitted_by = $10, submitted_at = $11, delivery_by = $12,
                delivery_at = $13, state = $14, state_since = $11, checked_by = NULL, checked_at = NULL, note = NULL,
                version = version + 1
             WHERE id = $15 AND state = $16",
            (
                claim.invoice_no.clone(),
                claim.issued_on,
                claim.supplied_on,
                claim.supply_won,
                claim.vat_won,
                claim.total_won,
                claim.support_won,
                claim.source.clone(),
                claim.file_id,
                claim.submitted_by,
                claim.submitted_at,
                claim.delivery_by,
                claim.delivery_at,
                claim.state,
                id,
                from,
            ),
        )
        .await?;
    Ok(rows == 1)
}

/// A line of the invoice.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ClaimLine {
    pub position: i64,
    pub description: String,
    pub quantity: i64,
    pub unit_price_won: Won,
    pub net_won: Won,
}

pub(super) async fn insert_lines(tx: &mut Tx, claim: ClaimId, version: i64, invoice: &Invoice) -> sqlx::Result<()> {
    let mut insert = tx.query(
        "INSERT INTO claim_lines (id, claim_id, version, position, description, quantity, unit_price_won, net_won) VALUES ",
        (),
    );
    insert.add_rows(
        "(?, ?, ?, ?, ?, ?, ?, ?)",
        invoice.lines.iter().zip(1_i64..).map(|(line, position)| {
            let id = crate::core::ids::new_uuid();
            (id, claim, version, position, line.description.clone(), line.quantity, line.unit_price, line.net)
        }),
    );
    tx.execute(insert).await?;
    Ok(())
}

/// The lines that count: those filed last.
pub(super) async fn lines(tx: &mut Tx, claim: ClaimId) -> sqlx::Result<Vec<ClaimLine>> {
    tx.all(
        "SELECT position, description, quantity, unit_price_won, net_won FROM claim_lines
         WHERE claim_id = $1 AND version = (SELECT MAX(version) FROM claim_lines WHERE claim_id = $1) ORDER BY position",
        (claim,),
    )
    .await
}

/// A check as it was kept.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CheckRow {
    pub rule: String,
    pub result: CheckResult,
    pub value: String,
    pub threshold: String,
    pub checked_at: DateTime<Utc>,
}

pub(super) async fn insert_checks(
    tx: &mut Tx,
    claim: ClaimId,
    version: i64,
    checks: &[Check],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let mut insert = tx.query(
        "INSERT INTO claim_checks (id, claim_id, version, rule, result, value, threshold, checked_at) VALUES ",
        (),
    );
    insert.add_rows(
        "(?, ?, ?, ?, ?, ?, ?, ?)",
        checks.iter().map(|check| {
            let id = crate::core::ids::new_uuid();
            (id, claim, version, check.rule, check.result, check.value.clone(), check.threshold.clone(), now)
        }),
    );
    tx.execute(insert).await?;
    Ok(())
}

/// The checks made last.
pub(super) async fn checks(tx: &mut Tx, claim: ClaimId) -> sqlx::Result<Vec<CheckRow>> {
    tx.all(
        "SELECT rule, result, value, threshold, checked_at FROM claim_checks
         WHERE claim_id = $1 AND version = (SELECT MAX(version) FROM claim_checks WHERE claim_id = $1) ORDER BY checked_at, id",
        (claim,),
    )
    .await
}

/// Numbers of other live claims between the same vendor and firm with the same total.
pub(super) async fn same_amount(
    tx: &mut Tx,
    vendor: VendorId,
    firm: OrganisationId,
    total: Won,
    but: Option<ClaimId>,
) -> sqlx::Result<Vec<String>> {
    let mut query = tx.query(
        "SELECT number FROM claims WHERE vendor_id = $1 AND organisation_id = $2 AND total_won = $3
            AND state NOT IN ('rejected', 'withdrawn')",
        (vendor, firm, total),
    );
    if let Some(but) = but {
        query.add(" AND id <> ?", (but,));
    }
    query.add(" ORDER BY number LIMIT 5", ());
    let rows: Vec<(String,)> = tx.fetch_all(query).await?;
    Ok(rows.into_iter().map(|(number,)| number).collect())
}

/// Notes the firm's answer.
pub(super) async fn note_answer(
    tx: &mut Tx,
    id: ClaimId,
    by: Uuid,
    note: Option<String>,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run("UPDATE claims SET delivery_by = $2, delivery_at = $3, note = $4 WHERE id = $1", (id, by, now, note)).await
}

/// Notes the officer's decision.
pub(super) async fn note_decision(
    tx: &mut Tx,
    id: ClaimId,
    by: Uuid,
    note: Option<String>,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run("UPDATE claims SET checked_by = $2, checked_at = $3, note = $4 WHERE id = $1", (id, by, now, note)).await
}

/// Moves the state if it still is `from`; false when somebody else was first.
pub(super) async fn move_state(
    tx: &mut Tx,
    id: ClaimId,
    from: ClaimState,
    to: ClaimState,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE claims SET state = $3, state_since = $4, version = version + 1 WHERE id = $1 AND state = $2",
            (id, from, to, now),
        )
        .await?;
    Ok(rows == 1)
}
