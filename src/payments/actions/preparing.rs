//! The first person chooses approved claims and makes a batch of them.

use super::*;
use crate::{applications, core::calendar::local_date, db::series::Series, programmes::Stage, vendors::VendorState};
use chrono::Datelike;
use chrono_tz::Tz;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Numbers carry the year of the programme's zone.
const ZONE: Tz = chrono_tz::Asia::Seoul;

/// Prepares a batch of these claims: up to `PAYMENTS_MAX`, each approved, of an approved vendor, and on a case
/// where this person did no other act. What does not fit is left out and named in the history of the batch.
pub async fn prepare(app: &App, actor: &Actor, chosen: Vec<ClaimId>, once: Once) -> Outcome<BatchId> {
    let now = app.clock.now();
    only_payers(actor)?;
    if chosen.len() > rules::PAYMENTS_MAX {
        return Err(Refusal::unacceptable("payments-refusal-too-many").at("claims").into());
    }
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "payments.prepare", now).await? {
        return first.parse().map_err(|_| anyhow::anyhow!("a kept result cannot be read").into());
    }
    let (ready, left_out) = sort_out(&mut tx, actor, chosen, now).await?;
    if let (true, Some(unmet)) = (ready.is_empty(), left_out.get("left_out_conditions")) {
        let refusal = Refusal::conflict("conditions-refusal-unmet").at("claims").with("count", unmet.len());
        return Err(refusal.with("what", unmet.join("; ")).into());
    }
    if ready.is_empty() {
        return Err(Refusal::conflict("payments-refusal-nothing-to-pay").at("claims").into());
    }
    let year = local_date(now, ZONE).year();
    let batch = Batch {
        id: BatchId::new(),
        number: format!("PB{year}-{:05}", tx.next_number(Series::Batch).await?),
        state: BatchState::Prepared,
        payment_count: ready.len() as i64,
        total_won: ready.iter().map(|(claim, _)| claim.support_won).sum(),
        prepared_by: actor.id,
        prepared_at: now,
        approved_by: None,
        approved_at: None,
        released_by: None,
        released_at: None,
        file_text: None,
        file_sha256: None,
        state_since: now,
    };
    store::insert_batch(&mut tx, &batch).await?;
    let cases: Vec<Uuid> = ready.iter().map(|(claim, _)| claim.application_id.0).collect();
    audit::take_all(&mut tx, actor, &cases, Act::PaymentPrepared, now).await?;
    for (claim, judged) in &ready {
        judged.keep(&mut tx, actor, now).await?;
        order(&mut tx, actor, &batch, claim, year, now).await?;
    }
    let mut record = Record::new("batch", batch.id, "batch_prepared")
        .with("number", &batch.number)
        .with("count", batch.payment_count)
        .with("total_won", batch.total_won);
    for (reason, numbers) in left_out {
        record = record.with(reason, numbers.join(", "));
    }
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, batch.id).await?;
    tx.commit().await?;
    Ok(batch.id)
}

/// The claims that can be paid, and the numbers of the others by reason.
async fn sort_out(
    tx: &mut Tx,
    actor: &Actor,
    chosen: Vec<ClaimId>,
    now: DateTime<Utc>,
) -> Outcome<(Vec<(Claim, applications::Judged)>, BTreeMap<&'static str, Vec<String>>)> {
    let mut found = Vec::new();
    for id in chosen.into_iter().collect::<BTreeSet<_>>() {
        found.push(claims::find(tx, id).await?.ok_or_else(Refusal::not_found)?);
    }
    let cases: Vec<Uuid> = found.iter().map(|claim| claim.application_id.0).collect();
    let clashes = audit::clashes(tx, actor, &cases, Act::PaymentPrepared).await?;
    let clashes: BTreeSet<Uuid> = clashes.into_iter().map(|(case, _)| case).collect();
    let mut ready = Vec::new();
    let mut left_out: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for claim in found {
        let reason = if claim.state != claims::ClaimState::Approved || !claim.support_won.is_positive() {
            Some("left_out_not_approved")
        } else if clashes.contains(&claim.application_id.0) {
            Some("left_out_duties")
        } else if vendors::get(tx, claim.vendor_id).await?.state != VendorState::Approved {
            Some("left_out_vendor")
        } else {
            None
        };
        if let Some(reason) = reason {
            left_out.entry(reason).or_default().push(claim.number);
            continue;
        }
        // Whoever may be paid still meets the conditions of the call, today (domain: invariant 7).
        let judged = applications::judge(tx, claim.application_id, Stage::Payment, now).await?;
        if judged.passes() {
            ready.push((claim, judged));
        } else {
            let named = format!("{} ({})", claim.number, judged.failing_names(actor));
            left_out.entry("left_out_conditions").or_default().push(named);
        }
    }
    Ok((ready, left_out))
}

/// One payment order, with the vendor's account as it is now.
async fn order(tx: &mut Tx, actor: &Actor, batch: &Batch, claim: &Claim, year: i32, now: DateTime<Utc>) -> Outcome<()> {
    claims::take_step(tx, actor, claim.id, "order", "", now).await?;
    let account = vendors::account_of(tx, claim.vendor_id).await?;
    let payment = Payment {
        id: PaymentId::new(),
        claim_id: claim.id,
        application_id: claim.application_id,
        vendor_id: claim.vendor_id,
        batch_id: batch.id,
        end_to_end_id: format!("VD{year}{:08}", tx.next_number(Series::Payment).await?),
        amount_won: claim.support_won,
        bank_code: account.bank_code,
        account_sealed: account.account_sealed,
        account_ending: account.account_ending,
        account_holder: account.account_holder,
        state: PaymentState::Prepared,
        bank_reference: None,
        bank_note: None,
        answered_by: None,
        answered_at: None,
        proposed_state: None,
        confirmed_by: None,
        state_since: now,
    };
    store::insert_payment(tx, &payment).await?;
    let case = claims::money_case(tx, claim).await?;
    ledger::order(tx, actor, &case, payment.id.0, payment.amount_won, now).await?;
    let record = Record::new("payment", payment.id, "payment_ordered")
        .of_case(payment.application_id)
        .with("batch", &batch.number)
        .with("end_to_end_id", &payment.end_to_end_id)
        .with("amount_won", payment.amount_won)
        .with("account_ending", &payment.account_ending);
    audit::record(tx, actor, record, now).await?;
    Ok(())
}
