//! States of batches and payments, the file to the bank, the bank's answers, and when a vendor may expect its money.

pub mod answers;
pub mod bank_file;

pub use answers::{Answer, BankResult};

use crate::core::{
    calendar::Holidays,
    roles::Role,
    step::{Note, Step},
};
use chrono::NaiveDate;

/// Payments of one batch.
pub const PAYMENTS_MAX: usize = 500;
/// Business days from approval within which a vendor is paid (domain.md D).
pub const PAYMENT_DAYS: u32 = 10;

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
    }
);

const PAYER: &[Role] = &[Role::Payer];

pub const BATCH_STEPS: &[Step<BatchState>] = &[
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
];

/// The day by which a claim approved on `approved_on` is paid.
pub fn promised_on(holidays: &Holidays, approved_on: NaiveDate) -> NaiveDate {
    holidays.add_business_days(approved_on, PAYMENT_DAYS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::step::step;

    #[test]
    fn every_pair_that_is_not_in_the_tables_is_refused() {
        for name in ["approve", "release", "settle", "cancel"] {
            for from in BatchState::ALL {
                let listed = BATCH_STEPS.iter().any(|step| step.name == name && step.from == *from);
                assert_eq!(step(BATCH_STEPS, name, *from).is_ok(), listed, "{name} from {from}");
            }
        }
        for name in ["send", "cancel", "confirm", "fail", "lose_sight"] {
            for from in PaymentState::ALL {
                let listed = PAYMENT_STEPS.iter().any(|step| step.name == name && step.from == *from);
                assert_eq!(step(PAYMENT_STEPS, name, *from).is_ok(), listed, "{name} from {from}");
            }
        }
    }

    #[test]
    fn what_was_sent_is_never_cancelled_and_what_was_answered_never_moves() {
        use PaymentState::*;
        assert!(PAYMENT_STEPS.iter().all(|step| step.to != Cancelled || step.from == Prepared));
        assert!(PAYMENT_STEPS.iter().all(|step| !matches!(step.from, Confirmed | Failed | Cancelled)));
        assert!(BATCH_STEPS.iter().all(|step| step.name != "cancel" || step.from != BatchState::Released));
    }

    #[test]
    fn ten_business_days_after_approval() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let holidays: Holidays = [day("2027-03-01")].into_iter().collect();
        assert_eq!(promised_on(&holidays, day("2027-03-02")), day("2027-03-16"));
        assert_eq!(promised_on(&holidays, day("2027-02-26")), day("2027-03-15"));
    }
}
