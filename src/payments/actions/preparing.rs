//! The first person chooses approved claims and makes a batch of them.

use super::*;
use crate::{
    applications::{self, Judged},
    db::series::Series,
    organisations,
    payments::ProfileId,
    programmes::{self, CallId, Stage},
};
use chrono::Datelike;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What the first person chose.
pub struct NewBatch {
    pub claims: Vec<ClaimId>,
    /// The account it is paid from; none for the table of a bank that is not described.
    pub profile: Option<ProfileId>,
    /// Who is to check it first; anybody when nobody is named.
    pub checker: Option<Uuid>,
}

impl From<Vec<ClaimId>> for NewBatch {
    fn from(claims: Vec<ClaimId>) -> NewBatch {
        NewBatch { claims, profile: None, checker: None }
    }
}

/// A claim that can be paid.
struct Ready {
    claim: Claim,
    judged: Judged,
    case: ledger::Case,
}

/// Prepares a batch of these claims: up to `PAYMENTS_MAX`, each approved, of an approved vendor, and on a case
/// where this person did no other act. What does not fit is left out and named in the history of the batch.
pub async fn prepare(app: &App, actor: &Actor, new: impl Into<NewBatch>, once: Once) -> Outcome<BatchId> {
    let done = draw_up(app, actor, new.into(), once).await;
    applications::keep_refused(app, done).await
}

async fn draw_up(app: &App, actor: &Actor, new: NewBatch, once: Once) -> Outcome<BatchId> {
    let now = app.clock.now();
    only_payers(actor)?;
    let NewBatch { claims: chosen, profile, checker } = new;
    if chosen.len() > rules::PAYMENTS_MAX {
        return Err(Refusal::unacceptable("payments-refusal-too-many").at("claims").into());
    }
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "payments.prepare", now).await? {
        return first.parse().map_err(|_| anyhow::anyhow!("a kept result cannot be read").into());
    }
    if let Some(id) = profile {
        let known = store::profiles::find(&mut tx, id).await?.filter(|profile| profile.ended_at.is_none());
        known.ok_or_else(|| Refusal::unacceptable("form-choose").at("profile"))?;
    }
    check_checker(&mut tx, actor, checker).await?;
    let Sorted { ready, left_out, unmet: refused } = sort_out(&mut tx, actor, chosen, now).await?;
    if let (true, Some(unmet)) = (ready.is_empty(), left_out.get("left_out_conditions")) {
        let refusal = Refusal::conflict("conditions-refusal-unmet").at("claims").with("count", unmet.len());
        let refusal = refusal.with("what", unmet.join("; "));
        return Err(refused.iter().fold(refusal, |refusal, judged| refusal.on(judged.evidence(actor))).into());
    }
    for judged in refused {
        judged.keep_refused(&mut tx, actor, now).await?;
    }
    if ready.is_empty() {
        return Err(Refusal::conflict("payments-refusal-nothing-to-pay").at("claims").into());
    }
    let mut drawn = Vec::new();
    for ready in ready {
        drawn.push(draw(&mut tx, actor, ready, now).await?);
    }
    let year = local_date(now, ZONE).year();
    let batch = Batch {
        id: BatchId::new(),
        number: format!("PB{year}-{:05}", tx.next_number(Series::Batch).await?),
        state: BatchState::Prepared,
        payment_count: drawn.len() as i64,
        total_won: drawn.iter().map(|drawn| drawn.amount).sum(),
        prepared_by: actor.id,
        prepared_at: now,
        approved_by: None,
        approved_at: None,
        released_by: None,
        released_at: None,
        file_text: None,
        file_sha256: None,
        state_since: now,
        profile_id: profile,
        checks_needed: checks_needed(&mut tx, &drawn).await?,
        checker_id: checker,
    };
    store::insert_batch(&mut tx, &batch).await?;
    let cases: Vec<Uuid> = drawn.iter().map(|drawn| drawn.ready.claim.application_id.0).collect();
    audit::take_all(&mut tx, actor, &cases, Act::PaymentPrepared, now).await?;
    for drawn in &drawn {
        drawn.ready.judged.keep(&mut tx, actor, now).await?;
        order(&mut tx, actor, &batch, drawn, year, now).await?;
    }
    let mut record = Record::new("batch", batch.id, "batch_prepared")
        .with("number", &batch.number)
        .with("count", batch.payment_count)
        .with("total_won", batch.total_won)
        .with("checks_needed", batch.checks_needed);
    for (reason, numbers) in left_out {
        record = record.with(reason, numbers.join(", "));
    }
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, batch.id).await?;
    tx.commit().await?;
    Ok(batch.id)
}

/// Whether the firm of a claim is excluded (domain: invariants 16); whether its vendor is, `vendors::pay_hold` says.
async fn is_excluded(tx: &mut Tx, claim: &Claim, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let exclusion = organisations::exclusion_of(tx, claim.organisation_id, local_date(now, ZONE)).await?;
    Ok(exclusion.is_some())
}

/// The one who is to check is another payer.
async fn check_checker(tx: &mut Tx, actor: &Actor, checker: Option<Uuid>) -> Outcome<()> {
    let Some(checker) = checker else { return Ok(()) };
    if checker == actor.id {
        return Err(Refusal::unacceptable("payments-refusal-own-checker").at("checker").into());
    }
    let payers = people::people_with_role(tx, Role::Payer).await?;
    if payers.iter().all(|person| person.id.0 != checker) {
        return Err(Refusal::unacceptable("form-choose").at("checker").into());
    }
    Ok(())
}

/// How many people check the batch: what it pays for each call decides by that call's bands, and the strictest holds.
async fn checks_needed(tx: &mut Tx, drawn: &[Drawn]) -> Outcome<i64> {
    let mut sums: BTreeMap<(Uuid, i64), Won> = BTreeMap::new();
    for Drawn { ready, amount, .. } in drawn {
        let sum = sums.entry((ready.case.call, ready.claim.call_version)).or_default();
        *sum = sum.plus(*amount);
    }
    let mut most = 1;
    for ((call, version), sum) in sums {
        most = most.max(programmes::rules_at(tx, CallId(call), version).await?.payment.checks_for(sum));
    }
    Ok(most)
}

/// The claims that can be paid, the numbers of the others by reason, and what was seen of those whose conditions fail.
struct Sorted {
    ready: Vec<Ready>,
    left_out: BTreeMap<&'static str, Vec<String>>,
    unmet: Vec<Judged>,
}

async fn sort_out(tx: &mut Tx, actor: &Actor, chosen: Vec<ClaimId>, now: DateTime<Utc>) -> Outcome<Sorted> {
    let mut found = Vec::new();
    for id in chosen.into_iter().collect::<BTreeSet<_>>() {
        found.push(claims::find(tx, id).await?.ok_or_else(Refusal::not_found)?);
    }
    let cases: Vec<Uuid> = found.iter().map(|claim| claim.application_id.0).collect();
    let clashes = audit::clashes(tx, actor, &cases, Act::PaymentPrepared).await?;
    let clashes: BTreeSet<Uuid> = clashes.into_iter().map(|(case, _)| case).collect();
    let holds = vendors::pay_holds(tx, found.iter().map(|claim| claim.vendor_id), local_date(now, ZONE)).await?;
    let mut ready = Vec::new();
    let mut left_out: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    let mut unmet = Vec::new();
    for claim in found {
        let case = claims::money_case(tx, &claim).await?;
        let reason = if claim.state != claims::ClaimState::Approved || !claim.support_won.is_positive() {
            Some("left_out_not_approved")
        } else if clashes.contains(&claim.application_id.0) {
            Some("left_out_duties")
        } else if store::holds::is_held(tx, claim.id.0, claim.vendor_id.0, case.programme).await? {
            Some("left_out_held")
        } else if is_excluded(tx, &claim, now).await? {
            Some("left_out_excluded")
        } else {
            match holds.get(&claim.vendor_id) {
                Some(vendors::PayHold::AccountChanging) => Some("left_out_account"),
                Some(vendors::PayHold::Excluded) => Some("left_out_excluded"),
                Some(_) => Some("left_out_vendor"),
                None => None,
            }
        };
        if let Some(reason) = reason {
            left_out.entry(reason).or_default().push(claim.number);
            continue;
        }
        // Whoever may be paid still meets the conditions of the call, today (domain: invariant 7).
        let judged = applications::judge(tx, claim.application_id, Stage::Payment, now).await?;
        if judged.passes() {
            ready.push(Ready { claim, judged, case });
        } else {
            let named = format!("{} ({})", claim.number, judged.failing_names(actor));
            left_out.entry("left_out_conditions").or_default().push(named);
            unmet.push(judged);
        }
    }
    Ok(Sorted { ready, left_out, unmet })
}

/// A claim whose money is drawn from its hold.
struct Drawn {
    ready: Ready,
    payment: PaymentId,
    /// What goes to the bank.
    amount: Won,
    kept: Won,
}

/// Draws what is still held for a claim. What its vendor owes is kept back, but for one won: an order of nothing
/// would never come back from the bank.
async fn draw(tx: &mut Tx, actor: &Actor, ready: Ready, now: DateTime<Utc>) -> Outcome<Drawn> {
    let claim = &ready.claim;
    claims::take_step(tx, actor, claim.id, "order", "", now).await?;
    let payment = PaymentId::new();
    let amount = claim.support_won.minus(store::kept_of_claim(tx, claim.id).await?);
    ledger::order(tx, actor, &ready.case, payment.0, amount, now).await?;
    let debtor = vendors::get(tx, claim.vendor_id).await?.organisation_id.0;
    let most = amount.minus(Won(1));
    let kept = ledger::offset(tx, actor, &ready.case, payment.0, debtor, most, now).await?;
    let kept: Won = kept.into_iter().map(|(_, amount)| amount).sum();
    Ok(Drawn { amount: amount.minus(kept), ready, payment, kept })
}

/// One payment order, with the vendor's account as it is now. A claim that was ordered before keeps its end-to-end id:
/// a bank that did pay the attempt before knows the second for the same.
async fn order(tx: &mut Tx, actor: &Actor, batch: &Batch, drawn: &Drawn, year: i32, now: DateTime<Utc>) -> Outcome<()> {
    let claim = &drawn.ready.claim;
    let account = vendors::account_of(tx, claim.vendor_id).await?;
    let (end_to_end_id, attempt) = match store::latest_of_claim(tx, claim.id).await? {
        Some(before) => (before.end_to_end_id, before.attempt + 1),
        None => (format!("VD{year}{:08}", tx.next_number(Series::Payment).await?), 1),
    };
    let payment = Payment {
        id: drawn.payment,
        claim_id: claim.id,
        application_id: claim.application_id,
        vendor_id: claim.vendor_id,
        batch_id: batch.id,
        instruction_id: format!("{end_to_end_id}-{attempt}"),
        end_to_end_id,
        attempt,
        amount_won: drawn.amount,
        kept_won: drawn.kept,
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
        evidence_id: None,
        state_since: now,
    };
    store::insert_payment(tx, &payment).await?;
    let mut record = Record::new("payment", payment.id, "payment_ordered")
        .of_case(payment.application_id)
        .with("batch", &batch.number)
        .with("end_to_end_id", &payment.end_to_end_id)
        .with("attempt", payment.attempt)
        .with("amount_won", payment.amount_won)
        .with("account_ending", &payment.account_ending);
    if payment.kept_won.is_positive() {
        record = record.with("kept_won", payment.kept_won);
    }
    audit::record(tx, actor, record, now).await?;
    Ok(())
}
