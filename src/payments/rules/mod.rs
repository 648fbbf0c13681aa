//! States of batches and payments, the files to the bank and from it, holds, and when a vendor may expect its money.

pub mod answers;
pub mod bank_file;
pub mod camt053;
pub mod holds;
pub mod iso20022;
pub mod matching;
pub mod pain001;
pub mod pain002;
pub mod returns;

pub use answers::{Answer, BankResult};

use crate::core::{
    calendar::Holidays,
    roles::Role,
    step::{Note, Step},
};
use chrono::NaiveDate;

/// Payments of one batch.
pub const PAYMENTS_MAX: usize = 500;

crate::text_enum!(
    /// Where a batch stands.
    BatchState {
        Prepared = "prepared",
        Approved = "approved",
        Released = "released",
        Settled = "settled",
        Cancelled = "cancelled",
    }
);

crate::text_enum!(
    /// Where a payment stands.
    PaymentState {
        Prepared = "prepared",
        Sent = "sent",
        Confirmed = "confirmed",
        Failed = "failed",
        Unknown = "unknown",
        Cancelled = "cancelled",
        /// Confirmed, and then the money came back.
        Returned = "returned",
    }
);

const PAYER: &[Role] = &[Role::Payer];

pub const BATCH_STEPS: &[Step<BatchState>] = &[
    // One of several checks that the amounts ask for; the last approves.
    Step { name: "check", from: BatchState::Prepared, to: BatchState::Prepared, by: PAYER, note: Note::None },
    Step { name: "approve", from: BatchState::Prepared, to: BatchState::Approved, by: PAYER, note: Note::None },
    Step { name: "release", from: BatchState::Approved, to: BatchState::Released, by: PAYER, note: Note::None },
    Step { name: "settle", from: BatchState::Released, to: BatchState::Settled, by: &[], note: Note::None },
    Step { name: "cancel", from: BatchState::Prepared, to: BatchState::Cancelled, by: PAYER, note: Note::Required },
    Step { name: "cancel", from: BatchState::Approved, to: BatchState::Cancelled, by: PAYER, note: Note::Required },
];

pub const PAYMENT_STEPS: &[Step<PaymentState>] = &[
    Step { name: "send", from: PaymentState::Prepared, to: PaymentState::Sent, by: &[], note: Note::None },
    Step { name: "cancel", from: PaymentState::Prepared, to: PaymentState::Cancelled, by: &[], note: Note::None },
    Step { name: "confirm", from: PaymentState::Sent, to: PaymentState::Confirmed, by: PAYER, note: Note::None },
    Step { name: "fail", from: PaymentState::Sent, to: PaymentState::Failed, by: PAYER, note: Note::Required },
    Step { name: "lose_sight", from: PaymentState::Sent, to: PaymentState::Unknown, by: PAYER, note: Note::Required },
    Step { name: "confirm", from: PaymentState::Unknown, to: PaymentState::Confirmed, by: PAYER, note: Note::Required },
    Step { name: "fail", from: PaymentState::Unknown, to: PaymentState::Failed, by: PAYER, note: Note::Required },
    // Only a statement of the bank says that money came back.
    Step { name: "return", from: PaymentState::Confirmed, to: PaymentState::Returned, by: &[], note: Note::Required },
];

/// The day by which a claim approved on `approved_on` is paid, when its call pays within `days` business days.
pub fn promised_on(holidays: &Holidays, approved_on: NaiveDate, days: i64) -> NaiveDate {
    holidays.add_business_days(approved_on, u32::try_from(days).unwrap_or(0))
}

crate::text_enum!(
    /// How a claim that waits for its money stands against the day it was promised by.
    Age { InTerm = "in_term", DueSoon = "due_soon", Late = "late" }
);

/// Business days before the promised day from which a payment is pressing.
const SOON_DAYS: i64 = 2;

pub fn age(holidays: &Holidays, promised_on: NaiveDate, today: NaiveDate) -> Age {
    if promised_on < today {
        return Age::Late;
    }
    if holidays.business_days_between(today, promised_on) <= SOON_DAYS { Age::DueSoon } else { Age::InTerm }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::step::step;

    #[test]
    fn every_pair_that_is_not_in_the_tables_is_refused() {
        for name in ["check", "approve", "release", "settle", "cancel"] {
            for from in BatchState::ALL {
                let listed = BATCH_STEPS.iter().any(|step| step.name == name && step.from == *from);
                assert_eq!(step(BATCH_STEPS, name, *from).is_ok(), listed, "{name} from {from}");
            }
        }
        for name in ["send", "cancel", "confirm", "fail", "lose_sight", "return"] {
            for from in PaymentState::ALL {
                let listed = PAYMENT_STEPS.iter().any(|step| step.name == name && step.from == *from);
                assert_eq!(step(PAYMENT_STEPS, name, *from).is_ok(), listed, "{name} from {from}");
            }
        }
    }

    #[test]
    fn what_was_sent_is_never_cancelled_and_what_ended_never_moves() {
        use PaymentState::*;
        assert!(PAYMENT_STEPS.iter().all(|step| step.to != Cancelled || step.from == Prepared));
        assert!(PAYMENT_STEPS.iter().all(|step| !matches!(step.from, Failed | Cancelled | Returned)));
        assert!(PAYMENT_STEPS.iter().all(|step| step.from != Confirmed || step.to == Returned));
        assert!(BATCH_STEPS.iter().all(|step| step.name != "cancel" || step.from != BatchState::Released));
    }

    #[test]
    fn a_payment_is_promised_by_the_term_of_its_call() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let holidays: Holidays = [day("2027-03-01")].into_iter().collect();
        assert_eq!(promised_on(&holidays, day("2027-03-02"), 10), day("2027-03-16"));
        assert_eq!(promised_on(&holidays, day("2027-02-26"), 10), day("2027-03-15"));
        assert_eq!(promised_on(&holidays, day("2027-03-02"), 3), day("2027-03-05"));
        let promised = day("2027-03-16");
        assert_eq!(age(&holidays, promised, day("2027-03-02")), Age::InTerm);
        assert_eq!(age(&holidays, promised, day("2027-03-12")), Age::DueSoon);
        assert_eq!(age(&holidays, promised, promised), Age::DueSoon);
        assert_eq!(age(&holidays, promised, day("2027-03-17")), Age::Late);
    }
}
