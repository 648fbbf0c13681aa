//! The verbs of payments: prepare, check, release, cancel, answer, reconcile, hold. Each is another person's.

mod answering;
mod deputies;
mod holding;
mod preparing;
mod profiles;
mod reconciling;
mod releasing;
mod returning;

pub use answering::{RowOutcome, RowResult, answer, answer_file, settle_unknown};
pub use deputies::{end_absence, record_absence};
pub use holding::{NewHold, lift_hold, place_hold};
pub use preparing::{NewBatch, prepare};
pub use profiles::{NewProfile, end_profile, make_profile};
pub use reconciling::{NewMatch, import_statement, match_line};
pub use releasing::{BankFile, approve, bank_file, cancel, open_bank_file, release, take_file};

use super::{
    Batch, BatchId, Payment, PaymentId,
    rules::{self, BatchState, PaymentState, iso20022::MessageTrouble},
    store,
};
use crate::{
    agreements,
    app::App,
    audit::{self, Act, Record},
    claims::{self, Claim, ClaimId},
    core::{
        actor::Actor,
        calendar::{ZONE, local_date},
        money::Won,
        refusal::{Outcome, Refusal},
        roles::Role,
        step::step,
        xml::{self, XmlTrouble},
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

fn payers_or_managers(actor: &Actor) -> Result<(), Refusal> {
    if actor.is_any(&[Role::Payer, Role::Manager]) { Ok(()) } else { Err(Refusal::not_found()) }
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
        "payment_returned" => Record::new("payment", payment.id, "payment_returned"),
        _ => Record::new("payment", payment.id, "payment_proposal_dropped"),
    };
    record
        .of_case(payment.application_id)
        .with("end_to_end_id", &payment.end_to_end_id)
        .with("attempt", payment.attempt)
}

/// Why a file of the bank cannot be read, beside the input it came in.
fn unreadable(trouble: &MessageTrouble, field: &'static str) -> Refusal {
    let refusal = match trouble {
        MessageTrouble::Xml(XmlTrouble::TooLarge) => {
            Refusal::unacceptable("payments-refusal-xml-too-large").with("megabytes", xml::MAX_BYTES / 1024 / 1024)
        }
        MessageTrouble::Xml(XmlTrouble::Dtd) => Refusal::unacceptable("payments-refusal-xml-dtd"),
        MessageTrouble::Xml(XmlTrouble::NotUtf8 | XmlTrouble::UnsupportedEncoding { .. }) => {
            Refusal::unacceptable("payments-refusal-answers-not-utf8")
        }
        MessageTrouble::Xml(XmlTrouble::TooDeep | XmlTrouble::TooManyNodes) | MessageTrouble::TooManyLines => {
            Refusal::unacceptable("payments-refusal-xml-too-much")
        }
        MessageTrouble::Xml(XmlTrouble::Malformed { line, column }) => {
            Refusal::unacceptable("payments-refusal-xml-malformed").with("line", line).with("column", column)
        }
        MessageTrouble::OtherMessage => Refusal::unacceptable("payments-refusal-other-message"),
        MessageTrouble::Missing { element, line } => {
            Refusal::unacceptable("payments-refusal-element-missing").with("element", element).with("line", line)
        }
        MessageTrouble::Value { element, line } => {
            Refusal::unacceptable("payments-refusal-element-wrong").with("element", element).with("line", line)
        }
        MessageTrouble::NotBalanced { opening, moved, closing } => {
            Refusal::unacceptable("payments-refusal-not-balanced")
                .with("opening", opening)
                .with("moved", moved)
                .with("closing", closing)
        }
        MessageTrouble::EntryNotBalanced { line } => {
            Refusal::unacceptable("payments-refusal-entry-not-balanced").with("line", line)
        }
    };
    refusal.at(field)
}
