//! What changes agreements, milestones and vouchers. Every change of state is a compare-and-set.

use super::{Agreement, AgreementLine, Deposit, LockedIndicator, Milestone, Refund, Voucher};
use crate::{
    agreements::{AgreementId, MilestoneId, VoucherId, rules::*},
    db::Tx,
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// False when the application has its agreement already.
pub async fn insert(tx: &mut Tx, new: &Agreement) -> sqlx::Result<bool> {
    let mut query = tx.query(
        "INSERT INTO agreements (id, application_id, call_id, call_version, number, organisation_id, vendor_id, state,
            starts_on, ends_on, total_won, support_won, own_won, content, content_sha256, offered_at, answer_by, state_since, ties)
         VALUES (",
        (),
    );
    query.add(
        "?, ?, ?, ?, ?, ?, ?, ?, ",
        (
            new.id,
            new.application_id,
            new.call_id,
            new.call_version,
            new.number.clone(),
            new.organisation_id,
            new.vendor_id,
            new.state,
        ),
    );
    query.add(
        "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (application_id) DO NOTHING",
        (
            new.starts_on,
            new.ends_on,
            new.total_won,
            new.support_won,
            new.own_won,
            new.content.clone(),
            new.content_sha256.clone(),
            new.offered_at,
            new.answer_by,
            new.state_since,
            new.ties.clone(),
        ),
    );
    Ok(tx.execute(query).await? == 1)
}

pub async fn insert_milestone(
    tx: &mut Tx,
    agreement: AgreementId,
    position: i64,
    new: &NewMilestone,
) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO milestones (id, agreement_id, position, name, deliverables, due_on, supply_won, support_won, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'planned')",
        (
            MilestoneId::new(),
            agreement,
            position,
            new.name.clone(),
            new.deliverables.clone(),
            new.due_on,
            new.supply,
            new.support,
        ),
    )
    .await
}

pub async fn insert_line(tx: &mut Tx, line: &AgreementLine) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO agreement_lines (id, agreement_id, position, category, description, quantity, unit_price_won, support_won, own_won)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        (
            line.id,
            line.agreement_id,
            line.position,
            line.category,
            line.description.clone(),
            line.quantity,
            line.unit_price_won,
            line.support_won,
            line.own_won,
        ),
    )
    .await
}

pub async fn insert_indicator(tx: &mut Tx, indicator: &LockedIndicator) -> sqlx::Result<u64> {
    tx.run(
        "INSERT INTO agreement_indicators (id, agreement_id, position, name, unit, direction, baseline_milli, target_milli, locked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        (
            indicator.id,
            indicator.agreement_id,
            indicator.position,
            indicator.name.clone(),
            indicator.unit.clone(),
            indicator.direction.clone(),
            indicator.baseline_milli,
            indicator.target_milli,
            indicator.locked_at,
        ),
    )
    .await
}

/// Notes a party's assent once, while the offer stands; false when there is one or the offer is over.
pub async fn assent(
    tx: &mut Tx,
    id: AgreementId,
    party: Party,
    person: Uuid,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let sql = match party {
        Party::Firm => {
            "UPDATE agreements SET firm_assent_by = $2, firm_assent_at = $3
             WHERE id = $1 AND state = 'offered' AND firm_assent_by IS NULL AND answer_by >= $3"
        }
        Party::Vendor => {
            "UPDATE agreements SET vendor_assent_by = $2, vendor_assent_at = $3
             WHERE id = $1 AND state = 'offered' AND vendor_assent_by IS NULL AND answer_by >= $3"
        }
        Party::Agency => {
            "UPDATE agreements SET agency_assent_by = $2, agency_assent_at = $3
             WHERE id = $1 AND state = 'offered' AND agency_assent_by IS NULL AND answer_by >= $3"
        }
    };
    Ok(tx.run(sql, (id, person, now)).await? == 1)
}

/// Moves the state if it still is `from`; false when somebody else was first.
pub async fn move_state(
    tx: &mut Tx,
    id: AgreementId,
    from: AgreementState,
    to: AgreementState,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run("UPDATE agreements SET state = $3, state_since = $4 WHERE id = $1 AND state = $2", (id, from, to, now))
        .await?;
    Ok(rows == 1)
}

/// Offers that nobody answered in time, oldest first.
pub async fn unanswered(tx: &mut Tx, now: DateTime<Utc>) -> sqlx::Result<Vec<AgreementId>> {
    tx.values(
        "SELECT id FROM agreements WHERE state = 'offered' AND answer_by < $1 ORDER BY state_since, id LIMIT 100",
        (now,),
    )
    .await
}

/// A milestone is delivered, for the first time or anew after a dispute: an earlier answer makes way.
pub async fn deliver(
    tx: &mut Tx,
    id: MilestoneId,
    from: MilestoneState,
    by: Option<Uuid>,
    answer_by: NaiveDate,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE milestones SET state = 'delivered', delivered_at = $3, delivered_by = $4, answer_by = $5,
                answered_at = NULL, answered_by = NULL, answer_note = NULL WHERE id = $1 AND state = $2",
            (id, from, now, by, answer_by),
        )
        .await?;
    Ok(rows == 1)
}

pub async fn answer(
    tx: &mut Tx,
    milestone: &Milestone,
    to: MilestoneState,
    by: Option<Uuid>,
    note: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE milestones SET state = $3, answered_at = $4, answered_by = $5, answer_note = $6
             WHERE id = $1 AND state = $2",
            (milestone.id, milestone.state, to, now, by, note.to_owned()),
        )
        .await?;
    Ok(rows == 1)
}

/// False when a deposit with this reference of the bank is recorded already.
pub async fn insert_deposit(tx: &mut Tx, deposit: &Deposit) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO own_share_deposits (id, agreement_id, amount_won, payer_name, bank_reference, received_on, recorded_by, recorded_at,
                payer_number, mismatch_reason)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (bank_reference) DO NOTHING",
            (
                deposit.id,
                deposit.agreement_id,
                deposit.amount_won,
                deposit.payer_name.clone(),
                deposit.bank_reference.clone(),
                deposit.received_on,
                deposit.recorded_by,
                deposit.recorded_at,
                deposit.payer_number.clone(),
                deposit.mismatch_reason.clone(),
            ),
        )
        .await?;
    Ok(rows == 1)
}

/// False when the agreement has its voucher already.
pub async fn insert_voucher(tx: &mut Tx, voucher: &Voucher) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO vouchers (id, agreement_id, number, amount_won, state, issued_by, issued_at, expires_on, first_use_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (agreement_id) DO NOTHING",
            (
                voucher.id,
                voucher.agreement_id,
                voucher.number.clone(),
                voucher.amount_won,
                voucher.state,
                voucher.issued_by,
                voucher.issued_at,
                voucher.expires_on,
                voucher.first_use_by,
            ),
        )
        .await?;
    Ok(rows == 1)
}

pub async fn move_voucher(tx: &mut Tx, id: VoucherId, from: VoucherState, to: VoucherState) -> sqlx::Result<bool> {
    Ok(tx.run("UPDATE vouchers SET state = $3 WHERE id = $1 AND state = $2", (id, from, to)).await? == 1)
}

/// Notes when the voucher was drawn from for the first time.
pub async fn note_first_used(tx: &mut Tx, id: VoucherId, now: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.run("UPDATE vouchers SET first_used_at = $2 WHERE id = $1 AND first_used_at IS NULL", (id, now)).await
}

/// False when a payment back with this reference is recorded already.
pub async fn insert_refund(tx: &mut Tx, refund: &Refund) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO own_share_refunds (id, agreement_id, amount_won, bank_reference, paid_on, reason, recorded_by, recorded_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (bank_reference) DO NOTHING",
            (
                refund.id,
                refund.agreement_id,
                refund.amount_won,
                refund.bank_reference.clone(),
                refund.paid_on,
                refund.reason.clone(),
                refund.recorded_by,
                refund.recorded_at,
            ),
        )
        .await?;
    Ok(rows == 1)
}

/// False when the voucher is blocked for this cause already.
pub async fn insert_block(
    tx: &mut Tx,
    voucher: VoucherId,
    cause: BlockCause,
    reason: &str,
    by: Option<Uuid>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "INSERT INTO voucher_blocks (id, voucher_id, cause, reason, placed_by, placed_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            (crate::core::ids::new_uuid(), voucher, cause, reason.to_owned(), by, now),
        )
        .await?;
    Ok(rows == 1)
}

/// False when no block for this cause is open.
pub async fn lift_block(
    tx: &mut Tx,
    voucher: VoucherId,
    cause: BlockCause,
    reason: &str,
    by: Option<Uuid>,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE voucher_blocks SET lifted_by = $3, lifted_at = $4, lift_reason = $5
             WHERE voucher_id = $1 AND cause = $2 AND lifted_at IS NULL",
            (voucher, cause, by, now, reason.to_owned()),
        )
        .await?;
    Ok(rows > 0)
}

/// Notes when the agreement came into force, and until when its own share is to be paid in.
pub async fn note_activated(
    tx: &mut Tx,
    id: AgreementId,
    deposit_by: Option<NaiveDate>,
    now: DateTime<Utc>,
) -> sqlx::Result<u64> {
    tx.run("UPDATE agreements SET activated_at = $2, deposit_by = $3 WHERE id = $1", (id, now, deposit_by)).await
}
