//! Money is a whole number of the currency's smallest unit; the won has no smaller unit than itself.
//! Every sum is checked: an overflow is a fault, never a wrapped amount.

use std::fmt;

/// An amount in minor units (KRW: whole won). Negative only where a page or posting says so.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, sqlx::Type, serde::Serialize, serde::Deserialize,
)]
#[sqlx(transparent)]
#[serde(transparent)]
pub struct Won(pub i64);

/// A share in basis points: 8,000 is 80 %.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, sqlx::Type, serde::Serialize, serde::Deserialize,
)]
#[sqlx(transparent)]
#[serde(transparent)]
pub struct BasisPoints(pub i64);

impl Won {
    pub const ZERO: Won = Won(0);

    pub fn plus(self, other: Won) -> Won {
        Won(self.0.checked_add(other.0).expect("amounts are bounded at the edge"))
    }

    pub fn minus(self, other: Won) -> Won {
        Won(self.0.checked_sub(other.0).expect("amounts are bounded at the edge"))
    }

    pub fn negated(self) -> Won {
        Won(-self.0)
    }

    pub fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// `share` of this amount, rounded down: the state never pays the fraction of a won.
    pub fn share_down(self, share: BasisPoints) -> Won {
        let product = i128::from(self.0) * i128::from(share.0);
        Won(i64::try_from(product.div_euclid(10_000)).expect("a share is no larger than the whole"))
    }

    /// VAT at 10 % of a supply value, rounded down to the won as tax invoices do.
    pub fn vat(self) -> Won {
        Won(self.0 / 10)
    }
}

impl std::iter::Sum for Won {
    fn sum<I: Iterator<Item = Won>>(amounts: I) -> Won {
        amounts.fold(Won::ZERO, Won::plus)
    }
}

impl fmt::Display for Won {
    /// Digits in groups of three: `200,000,000`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.unsigned_abs().to_string();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

impl BasisPoints {
    pub const WHOLE: BasisPoints = BasisPoints(10_000);
}

impl fmt::Display for BasisPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 100, self.0 % 100);
        if rest == 0 { write!(f, "{whole}%") } else { write!(f, "{whole}.{rest:02}%") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_amount_is_shown_in_groups_of_three() {
        for (amount, shown) in [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567")] {
            assert_eq!(Won(amount).to_string(), shown);
        }
    }

    proptest! {
        #[test]
        fn a_share_and_the_rest_make_the_whole(amount in 0i64..=1_000_000_000_000, share in 0i64..=10_000) {
            let part = Won(amount).share_down(BasisPoints(share));
            prop_assert!(part >= Won::ZERO && part <= Won(amount));
            prop_assert!(i128::from(part.0) * 10_000 <= i128::from(amount) * i128::from(share));
            prop_assert!((i128::from(part.0) + 1) * 10_000 > i128::from(amount) * i128::from(share));
        }
    }
}
