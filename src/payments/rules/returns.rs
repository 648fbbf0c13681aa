//! Money that comes back after the bank confirmed it: what it means and where it lands.

use crate::agreements::VoucherState;

crate::text_enum!(
    /// What a line of a statement is about.
    Meaning {
        /// It is the payment.
        Payment = "payment",
        /// The bank brought it back: the vendor is still owed.
        Return = "return",
        /// The vendor gave it back: nothing is owed any more.
        Refund = "refund",
        /// Neither: a fee, interest, somebody else's money.
        Other = "other",
    }
);

/// Where money that came back is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Landing {
    /// Held for the claim again, which is ordered anew.
    Hold,
    /// Free on the voucher.
    Voucher,
    /// Free in the budget of the call: there is no voucher any more.
    Envelope,
}

/// What the bank brought back is still owed while the voucher was not closed; what the vendor gave back is the firm's
/// to spend again while the voucher runs (domain: state machines, claim and voucher).
pub fn landing(meaning: Meaning, voucher: VoucherState) -> Landing {
    match (meaning, voucher) {
        (_, VoucherState::Closed) => Landing::Envelope,
        (Meaning::Return, _) => Landing::Hold,
        (_, VoucherState::Lapsed) => Landing::Envelope,
        _ => Landing::Voucher,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_return_is_paid_again_and_a_refund_is_free_again() {
        for voucher in VoucherState::ALL {
            let (returned, refunded) = (landing(Meaning::Return, *voucher), landing(Meaning::Refund, *voucher));
            match voucher {
                VoucherState::Closed => assert_eq!((returned, refunded), (Landing::Envelope, Landing::Envelope)),
                VoucherState::Lapsed => assert_eq!((returned, refunded), (Landing::Hold, Landing::Envelope)),
                _ => assert_eq!((returned, refunded), (Landing::Hold, Landing::Voucher), "{voucher}"),
            }
        }
    }
}
