//! Change requests, and what they change of an agreement.

use super::{Agreement, Milestone};
use crate::{
    agreements::{AgreementId, ChangeRequestId, rules::*},
    applications::ApplicationId,
    core::{actor::Actor, money::Won, roles::Role},
    db::{
        Query, Tx,
        page::{COUNT_MAX, Cursor, PAGE_ROWS, Paged},
    },
    organisations::OrganisationId,
    vendors::VendorId,
};
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use uuid::Uuid;

/// A change request.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ChangeRequest {
    pub id: ChangeRequestId,
    pub agreement_id: AgreementId,
    pub kind: ChangeKind,
    pub state: ChangeState,
    pub base_version: i64,
    pub reason: String,
    pub before: Json<Terms>,
    pub after: Json<Terms>,
    /// What of the support goes back to the budget; zero or below.
    pub support_delta_won: Won,
    pub new_vendor_id: Option<VendorId>,
    pub new_organisation_id: Option<OrganisationId>,
    pub requested_by: Uuid,
    pub requested_by_name: String,
    pub requested_at: DateTime<Utc>,
    pub decided_by_name: Option<String>,
    pub decided_at: Option<DateTime<Utc>>,
    pub decision_note: Option<String>,
    pub state_since: DateTime<Utc>,
}

macro_rules! select_change {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.agreement_id, c.kind, c.state, c.base_version, c.reason, c.before, c.after, c.support_delta_won, c.new_vendor_id, c.new_organisation_id, c.requested_by, r.name AS requested_by_name, c.requested_at, d.name AS decided_by_name, c.decided_at, c.decision_note, c.state_since FROM agreement_changes c JOIN people r ON r.id = c.requested_by LEFT JOIN people d ON d.id = c.decided_by JOIN agreements g ON g.id = c.agreement_id ",
            $rest
        )
    };
}

/// The parties of the agreement, the vendor or firm that would take over, and staff who handle agreements.
fn narrow(query: &mut Query, actor: &Actor) {
    if actor.is(Role::Firm) {
        query
            .add(" AND (g.organisation_id = ? OR c.new_organisation_id = ?)", (actor.organisation, actor.organisation));
    } else if actor.is(Role::Vendor) {
        query.add(
            " AND (g.vendor_id IN (SELECT id FROM vendors WHERE organisation_id = ?)
                OR c.new_vendor_id IN (SELECT id FROM vendors WHERE organisation_id = ?))",
            (actor.organisation, actor.organisation),
        );
    } else if !actor.is_any(&[Role::Manager, Role::ClaimsOfficer, Role::Payer, Role::Auditor]) {
        query.add(" AND 1 = 0", ());
    }
}

pub async fn find_change(tx: &mut Tx, actor: &Actor, id: ChangeRequestId) -> sqlx::Result<Option<ChangeRequest>> {
    let mut query = tx.query(select_change!("WHERE c.id = $1"), (id,));
    narrow(&mut query, actor);
    tx.fetch_optional(query).await
}

/// All change requests of an agreement, the newest first.
pub async fn changes_of(tx: &mut Tx, id: AgreementId) -> sqlx::Result<Vec<ChangeRequest>> {
    tx.all(select_change!("WHERE c.agreement_id = $1 ORDER BY c.requested_at DESC, c.id DESC LIMIT 100"), (id,)).await
}

/// A change request in the list of them.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ChangeRow {
    pub id: ChangeRequestId,
    pub number: String,
    pub firm_name: String,
    pub kind: ChangeKind,
    pub state: ChangeState,
    pub state_since: DateTime<Utc>,
}

/// Change requests that `actor` may see, those that moved last first.
pub async fn change_page(
    tx: &mut Tx,
    actor: &Actor,
    state: Option<ChangeState>,
    kind: Option<ChangeKind>,
    after: Option<Cursor>,
) -> sqlx::Result<Paged<ChangeRow>> {
    let filter = |query: &mut Query| {
        narrow(query, actor);
        if let Some(state) = state {
            query.add(" AND c.state = ?", (state,));
        }
        if let Some(kind) = kind {
            query.add(" AND c.kind = ?", (kind,));
        }
    };
    let mut query = tx.query(
        "SELECT c.id, g.number, o.legal_name AS firm_name, c.kind, c.state, c.state_since FROM agreement_changes c
         JOIN agreements g ON g.id = c.agreement_id JOIN organisations o ON o.id = g.organisation_id WHERE 1 = 1",
        (),
    );
    filter(&mut query);
    if let Some(after) = after {
        query.add(" AND (c.state_since, c.id) < (?, ?)", (after.at, after.id));
    }
    query.add(" ORDER BY c.state_since DESC, c.id DESC LIMIT ?", (PAGE_ROWS + 1,));
    let rows = tx.fetch_all(query).await?;
    let mut count = tx.query(
        "SELECT COUNT(*) FROM (SELECT 1 FROM agreement_changes c JOIN agreements g ON g.id = c.agreement_id WHERE 1 = 1",
        (),
    );
    filter(&mut count);
    count.add(" LIMIT ?) AS counted", (COUNT_MAX + 1,));
    let count = tx.fetch_value(count).await?.unwrap_or(0);
    Ok(Paged::new(rows, count, |row: &ChangeRow| Cursor { at: row.state_since, id: row.id.0 }))
}

/// A change request as it begins.
pub struct NewRequest<'a> {
    pub id: ChangeRequestId,
    pub agreement: &'a Agreement,
    pub kind: ChangeKind,
    pub reason: &'a str,
    pub before: &'a Terms,
    pub after: &'a Terms,
    pub by: Uuid,
}

/// False when one of this agreement is under way already.
pub async fn insert_change(tx: &mut Tx, new: NewRequest<'_>, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let (before, after) = (new.before, new.after);
    let vendor = (before.vendor != after.vendor).then_some(after.vendor);
    let organisation = (before.organisation != after.organisation).then_some(after.organisation);
    let rows = tx
        .run(
            "INSERT INTO agreement_changes (id, agreement_id, kind, state, base_version, reason, before, after, support_delta_won,
                new_vendor_id, new_organisation_id, requested_by, requested_at, state_since)
             VALUES ($1, $2, $3, 'requested', $4, $5, $6, $7, $8, $9, $10, $11, $12, $12) ON CONFLICT DO NOTHING",
            (
                new.id,
                new.agreement.id,
                new.kind,
                new.agreement.version,
                new.reason.to_owned(),
                Json(before.clone()),
                Json(after.clone()),
                after.support().minus(before.support()),
                vendor,
                organisation,
                new.by,
                now,
            ),
        )
        .await?;
    Ok(rows == 1)
}

/// Moves a change request; false when somebody else was first.
pub async fn move_change(
    tx: &mut Tx,
    id: ChangeRequestId,
    from: ChangeState,
    to: ChangeState,
    decided: Option<(Uuid, &str)>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = match decided {
        None => {
            tx.run(
                "UPDATE agreement_changes SET state = $3, state_since = $4 WHERE id = $1 AND state = $2",
                (id, from, to, now),
            )
            .await?
        }
        Some((by, note)) => {
            tx.run(
                "UPDATE agreement_changes SET state = $3, state_since = $4, decided_at = $4, decided_by = $5, decision_note = $6
                 WHERE id = $1 AND state = $2",
                (id, from, to, now, by, note.to_owned()),
            )
            .await?
        }
    };
    Ok(rows == 1)
}

/// Whether a change that touches the same money was applied since `filed_at`.
pub async fn changed_since(tx: &mut Tx, id: AgreementId, filed_at: DateTime<Utc>) -> sqlx::Result<bool> {
    tx.exists(
        "SELECT 1 FROM agreement_changes WHERE agreement_id = $1 AND state = 'applied' AND kind <> 'extension' AND decided_at >= $2",
        (id, filed_at),
    )
    .await
}

/// Puts new terms into the agreement's row under its next version; false when that is taken.
pub async fn set_terms(tx: &mut Tx, agreement: &Agreement, after: &Terms, ties: &str) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE agreements SET version = version + 1, organisation_id = $3, vendor_id = $4, ends_on = $5, total_won = $6,
                support_won = $7, own_won = $8, ties = $9 WHERE id = $1 AND version = $2 AND state = 'active'",
            (
                agreement.id,
                agreement.version,
                after.organisation,
                after.vendor,
                after.ends_on,
                after.total(),
                after.support(),
                after.own(),
                ties.to_owned(),
            ),
        )
        .await?;
    Ok(rows == 1)
}

pub async fn set_line(tx: &mut Tx, id: AgreementId, version: i64, line: &LineTerms) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE agreement_lines SET version = $3, unit_price_won = $4, support_won = $5, own_won = $6, description = $7
         WHERE agreement_id = $1 AND position = $2",
        (id, line.position, version, line.unit_price, line.support, line.own(), line.description.clone()),
    )
    .await
}

pub async fn set_milestone(tx: &mut Tx, milestone: &Milestone, new: &MilestoneTerms) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE milestones SET deliverables = $3, due_on = $4, supply_won = $5, support_won = $6
             WHERE id = $1 AND state = $2",
            (milestone.id, milestone.state, new.deliverables.clone(), new.due_on, new.supply, new.support),
        )
        .await?;
    Ok(rows == 1)
}

/// The voucher follows its agreement: a later last day, a smaller amount.
pub async fn set_voucher_terms(tx: &mut Tx, id: AgreementId, after: &Terms) -> sqlx::Result<u64> {
    tx.run(
        "UPDATE vouchers SET expires_on = $2, amount_won = $3 WHERE agreement_id = $1",
        (id, after.ends_on, after.support()),
    )
    .await
}

/// Whether the application has an agreement, whatever its state.
pub async fn has_agreement(tx: &mut Tx, application: ApplicationId) -> sqlx::Result<bool> {
    tx.exists("SELECT 1 FROM agreements WHERE application_id = $1", (application,)).await
}
