//! Money that comes back after it was confirmed. What the bank brought back is owed still and is ordered again; what
//! the vendor gave back is free on the voucher, or in the call's budget where there is no voucher any more.

use super::{answering::tell, *};
use crate::{
    files::FileId,
    payments::rules::returns::{Landing, Meaning, landing},
};

/// Brings a confirmed payment back; `evidence` is the statement that says so.
pub(super) async fn bring_back(
    tx: &mut Tx,
    actor: &Actor,
    payment: &Payment,
    meaning: Meaning,
    note: &str,
    evidence: FileId,
    now: DateTime<Utc>,
) -> Outcome<()> {
    step(rules::PAYMENT_STEPS, "return", payment.state)?;
    if !store::come_back(tx, payment.id, note, evidence, now).await? {
        return Err(moved_on().into());
    }
    let claim = claims::get(tx, payment.claim_id).await?;
    let case = claims::money_case(tx, &claim).await?;
    let voucher = agreements::voucher_of(tx, claim.agreement_id).await?.ok_or_else(Refusal::not_found)?;
    let landing = landing(meaning, voucher.state);
    let name = if landing == Landing::Hold { "unpay" } else { "reverse" };
    claims::take_step(tx, actor, claim.id, name, note, now).await?;
    let (event, amount) = (payment.id.0, payment.amount_won);
    ledger::unpay(tx, actor, &case, event, landing == Landing::Hold, amount, now).await?;
    if landing == Landing::Envelope {
        ledger::release(tx, actor, &case, event, now).await?;
    } else {
        agreements::note_refilled(tx, actor, claim.agreement_id, now).await?;
    }
    let record = payment_record(payment, "payment_returned")
        .with("amount_won", payment.amount_won)
        .with("meaning", actor.lang.code_word("meaning", meaning.as_str()))
        .with("note", note);
    audit::record(tx, actor, record, now).await?;
    if meaning == Meaning::Return {
        tell(tx, payment, "payment-returned", now).await?;
    }
    Ok(())
}
