//! What a line of a statement says about a payment. Only what fits to the won and in its direction counts by itself;
//! everything else waits in suspense for a person.

use super::PaymentState;
use crate::core::money::Won;

crate::text_enum!(
    /// What became of a line of a statement.
    LineState {
        /// It fits a payment to the won.
        Matched = "matched",
        /// Nobody knows yet what it is.
        Suspense = "suspense",
        /// Somebody other than who imported it said what it is.
        Cleared = "cleared",
    }
);

crate::text_enum!(
    /// Why a line of a statement waits in suspense.
    Cause {
        /// It names no payment.
        NoReference = "no_reference",
        /// The payment it names is none of ours.
        NotFound = "not_found",
        /// Another amount than was ordered.
        OtherAmount = "other_amount",
        /// Another line said it before.
        Twice = "twice",
        /// It says the contrary of what was known.
        Contradicts = "contradicts",
    }
);

/// What is known of the payment that a line names.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    pub amount: Won,
    pub state: PaymentState,
    /// A line that took the money is matched with it already.
    pub went_out: bool,
    /// A line that brought it back is.
    pub came_in: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The payment is confirmed by it.
    Confirm,
    /// The payment was confirmed before; this is its line.
    Evidence,
    /// The money came back.
    Return,
    Suspense(Cause),
}

/// `amount` as in the statement: negative when it left the account.
pub fn verdict(amount: Won, names_payment: bool, known: Option<Known>) -> Verdict {
    if !names_payment {
        return Verdict::Suspense(Cause::NoReference);
    }
    let Some(known) = known else { return Verdict::Suspense(Cause::NotFound) };
    let out = !amount.is_positive();
    if (if out { amount.negated() } else { amount }) != known.amount {
        return Verdict::Suspense(Cause::OtherAmount);
    }
    if (out && known.went_out) || (!out && known.came_in) {
        return Verdict::Suspense(Cause::Twice);
    }
    match (out, known.state) {
        (true, PaymentState::Sent | PaymentState::Unknown) => Verdict::Confirm,
        (true, PaymentState::Confirmed) => Verdict::Evidence,
        (false, PaymentState::Confirmed) => Verdict::Return,
        _ => Verdict::Suspense(Cause::Contradicts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WON: Won = Won(10_000_000);

    fn known(state: PaymentState) -> Known {
        Known { amount: WON, state, went_out: false, came_in: false }
    }

    #[test]
    fn a_line_counts_by_itself_only_where_it_fits() {
        for state in PaymentState::ALL {
            let out = verdict(WON.negated(), true, Some(known(*state)));
            let back = verdict(WON, true, Some(known(*state)));
            let contradicts = Verdict::Suspense(Cause::Contradicts);
            let wanted = match state {
                PaymentState::Sent | PaymentState::Unknown => (Verdict::Confirm, contradicts),
                PaymentState::Confirmed => (Verdict::Evidence, Verdict::Return),
                _ => (contradicts, contradicts),
            };
            assert_eq!((out, back), wanted, "{state}");
        }
        let twice = Known { went_out: true, came_in: true, ..known(PaymentState::Confirmed) };
        assert_eq!(verdict(WON.negated(), true, Some(twice)), Verdict::Suspense(Cause::Twice));
        assert_eq!(verdict(WON, true, Some(twice)), Verdict::Suspense(Cause::Twice));
        assert_eq!(verdict(WON, true, None), Verdict::Suspense(Cause::NotFound));
        assert_eq!(verdict(WON, false, None), Verdict::Suspense(Cause::NoReference));
    }

    proptest! {
        #[test]
        fn another_amount_never_counts(other in 1i64..1_000_000_000_000, out: bool) {
            prop_assume!(other != WON.0);
            let amount = if out { Won(other).negated() } else { Won(other) };
            for state in PaymentState::ALL {
                prop_assert_eq!(verdict(amount, true, Some(known(*state))), Verdict::Suspense(Cause::OtherAmount));
            }
        }
    }
}
