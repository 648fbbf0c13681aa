//! The verbs of payments: prepare, approve, release, cancel, answer. Each is another person's.

mod answering;
mod preparing;
mod releasing;

pub use answering::{RowOutcome, RowResult, answer, answer_file, settle_unknown};
pub use preparing::prepare;
pub use releasing::{BankFile, approve, bank_file, cancel, open_bank_file, release};

use super::{
    Batch, BatchId, Payment, PaymentId,
    rules::{self, BatchState, PaymentState},
    store,
};
use crate::{
    agreements,
    app::App,
    audit::{self, Act, Record},
    claims::{self, Claim, ClaimId},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        roles::Role,
        step::step,
    },
    db::{Tx, once::Once},
    ledger,
    outbox::{self, Mail},
    people, vendors,
};
use chrono::{DateTime, Utc};

fn only_payers(actor: &Actor) -> Result<(), Refusal> {
    if actor.is(Role::Payer) { Ok(()) } else { Err(Refusal::not_found()) }
}

fn moved_on() -> Refusal {
    Refusal::conflict("refusal-state-moved-on")
}

/// Gives the money of a payment back to its hold, and the claim to those that wait.
async fn take_back(tx: &mut Tx, actor: &Actor, payment: &Payment, now: DateTime<Utc>) -> Outcome<()> {
    let claim = claims::take_step(tx, actor, payment.claim_id, "unorder", "", now).await?;
    let case = claims::money_case(tx, &claim).await?;
    ledger::unorder(tx, actor, &case, payment.id.0, payment.amount_won, now).await
}

fn payment_record(payment: &Payment, kind: &'static str) -> Record {
    // The words test reads the kinds where records are made; these are all of them.
    let record = match kind {
        "payment_confirmed" => Record::new("payment", payment.id, "payment_confirmed"),
        "payment_failed" => Record::new("payment", payment.id, "payment_failed"),
        "payment_unknown" => Record::new("payment", payment.id, "payment_unknown"),
        "payment_proposed" => Record::new("payment", payment.id, "payment_proposed"),
        _ => Record::new("payment", payment.id, "payment_proposal_dropped"),
    };
    record.of_case(payment.application_id).with("end_to_end_id", &payment.end_to_end_id)
}
