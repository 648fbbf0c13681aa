//! What a call says about paying: how many people check an amount, and how much of the call one vendor may have.

use crate::core::money::{BasisPoints, Won};
use serde::{Deserialize, Serialize};

/// Amount bands of checks (domain: separation of duties) and caps of one vendor in the call (domain: vendor project limits).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PaymentRules {
    /// Above it a batch is checked by two people, by what it pays for this call.
    pub second_check_over: Option<Won>,
    /// Above it by three.
    pub third_check_over: Option<Won>,
    /// The most of the call's budget that one vendor may have.
    pub vendor_share_max: Option<BasisPoints>,
    /// The most awards of the call that one vendor may have.
    pub vendor_count_max: Option<i64>,
}

impl PaymentRules {
    /// How many people check a batch that pays `amount` for this call.
    pub fn checks_for(&self, amount: Won) -> i64 {
        let over = |limit: Option<Won>| limit.is_some_and(|limit| amount > limit);
        if over(self.third_check_over) {
            return 3;
        }
        if over(self.second_check_over) { 2 } else { 1 }
    }

    pub fn limits_vendors(&self) -> bool {
        self.vendor_share_max.is_some() || self.vendor_count_max.is_some()
    }

    /// The most won that one vendor may have of a budget; rounded down.
    pub fn vendor_most(&self, budget: Won) -> Option<Won> {
        let share = self.vendor_share_max?;
        i64::try_from(i128::from(budget.0) * i128::from(share.0) / 10_000).ok().map(Won)
    }

    pub fn is_sound(&self) -> bool {
        let bands = [self.second_check_over, self.third_check_over];
        bands.iter().flatten().all(|won| won.is_positive())
            && (self.third_check_over.is_none() || self.second_check_over < self.third_check_over)
            && (self.third_check_over.is_none() || self.second_check_over.is_some())
            && self.vendor_share_max.is_none_or(|share| (1..=10_000).contains(&share.0))
            && self.vendor_count_max.is_none_or(|count| count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_over_a_band_wants_one_more_person() {
        let rules = PaymentRules {
            second_check_over: Some(Won(100)),
            third_check_over: Some(Won(1_000)),
            ..PaymentRules::default()
        };
        let checks: Vec<i64> = [1, 100, 101, 1_000, 1_001].map(|won| rules.checks_for(Won(won))).to_vec();
        assert_eq!(checks, [1, 1, 2, 2, 3]);
        assert_eq!(PaymentRules::default().checks_for(Won(i64::MAX)), 1);
    }

    #[test]
    fn bands_rise_and_limits_are_there() {
        let bands = |second, third| PaymentRules {
            second_check_over: second,
            third_check_over: third,
            ..PaymentRules::default()
        };
        assert!(PaymentRules::default().is_sound());
        assert!(bands(Some(Won(1)), Some(Won(2))).is_sound());
        assert!(!bands(Some(Won(2)), Some(Won(2))).is_sound());
        assert!(!bands(None, Some(Won(2))).is_sound());
        assert!(!bands(Some(Won(0)), None).is_sound());
        let share = |share| PaymentRules { vendor_share_max: Some(BasisPoints(share)), ..PaymentRules::default() };
        assert!(!share(0).is_sound() && !share(10_001).is_sound());
        assert_eq!(share(1_500).vendor_most(Won(999)), Some(Won(149)));
        assert_eq!(share(10_000).vendor_most(Won(i64::MAX)), Some(Won(i64::MAX)));
    }
}
