//! What the state pays of a cost and what the firm pays, by size class. One function does the sums; every page that
//! shows or checks a share asks it (domain: funding_rule; invariant 3: VAT stays outside unless the rule says otherwise).

use super::CallRules;
use crate::{
    core::money::{BasisPoints, Won},
    organisations::VatType,
};
use serde::{Deserialize, Serialize};

crate::text_enum!(
    /// A size class that may be funded. The codes are those of size assessments; a firm that could not be assessed
    /// has none.
    FirmClass {
        Micro = "micro",
        Small = "small",
        Medium = "medium",
        MidSized = "mid_sized",
        Large = "large",
    }
);

/// What one size class may have. A class without a rule may not apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundingRule {
    pub class: FirmClass,
    /// The most one application may ask for.
    pub support_max_won: Won,
    /// The largest state share of the fundable cost.
    pub share_max: BasisPoints,
    /// The least of the fundable cost that the firm pays in cash.
    pub own_cash_min: BasisPoints,
    /// The most of the fundable cost that the firm may give in kind.
    pub in_kind_max: BasisPoints,
    /// The firm need pay nothing itself.
    pub own_share_exempt: bool,
}

/// A cost taken apart. `support_most + own_least = base`, and `base + vat_outside = supply + vat`, to the won.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    pub supply: Won,
    pub vat: Won,
    /// What may be funded: the supply value, and its VAT where the rules fund it.
    pub base: Won,
    /// The VAT that the firm bears beside its own share.
    pub vat_outside: Won,
    pub support_most: Won,
    pub own_least: Won,
    /// Of the firm's own share: at least this in cash, at most that in kind.
    pub own_cash_least: Won,
    pub in_kind_most: Won,
}

impl FundingRule {
    /// The state share that holds: all of the cost for a class without an own share.
    pub fn share(&self) -> BasisPoints {
        if self.own_share_exempt { BasisPoints::WHOLE } else { self.share_max }
    }

    /// Takes a supply value apart. The state's part is rounded down, the firm's least part up: no won is lost.
    pub fn split(&self, supply: Won, vat_funded: bool) -> Split {
        self.split_taxed(supply, supply.vat(), vat_funded)
    }

    /// The same of a supply value with the VAT on it: some of it may be exempt.
    pub fn split_taxed(&self, supply: Won, vat: Won, vat_funded: bool) -> Split {
        let (base, vat_outside) = if vat_funded { (supply.plus(vat), Won::ZERO) } else { (supply, vat) };
        let support_most = base.share_down(self.share()).min(self.support_max_won);
        let own_least = base.minus(support_most);
        let asked_cash = base.minus(base.share_down(BasisPoints(BasisPoints::WHOLE.0 - self.own_cash_min.0)));
        let own_cash_least = if self.own_share_exempt { Won::ZERO } else { asked_cash.min(own_least) };
        let in_kind_most = base.share_down(self.in_kind_max).min(own_least.minus(own_cash_least));
        Split { supply, vat, base, vat_outside, support_most, own_least, own_cash_least, in_kind_most }
    }

    /// Whether the figures can hold together.
    pub fn is_sound(&self) -> bool {
        let part = |share: BasisPoints| (0..=BasisPoints::WHOLE.0).contains(&share.0);
        let rest = BasisPoints::WHOLE.0 - self.share().0;
        self.support_max_won.is_positive()
            && [self.share_max, self.own_cash_min, self.in_kind_max].into_iter().all(part)
            && (self.own_share_exempt || self.own_cash_min.0 + self.in_kind_max.0 >= rest || self.in_kind_max.0 == 0)
            && (self.own_share_exempt || self.own_cash_min.0 <= rest)
    }
}

/// The same rule for small and medium-sized firms of every class, another one for mid-sized ones, maybe one for large.
pub fn by_groups(support_max: Won, sme: BasisPoints, mid_sized: BasisPoints, large: bool) -> Vec<FundingRule> {
    let rule = |class, share_max| FundingRule {
        class,
        support_max_won: support_max,
        share_max,
        own_cash_min: BasisPoints(0),
        in_kind_max: BasisPoints(0),
        own_share_exempt: false,
    };
    let mut rules: Vec<FundingRule> =
        [FirmClass::Micro, FirmClass::Small, FirmClass::Medium].into_iter().map(|class| rule(class, sme)).collect();
    rules.push(rule(FirmClass::MidSized, mid_sized));
    if large {
        rules.push(rule(FirmClass::Large, mid_sized));
    }
    rules
}

/// The cost that pages work an example with.
pub const EXAMPLE_SUPPLY: Won = Won(100_000_000);

/// Whether a firm so taxed may have its VAT funded.
pub fn funds_vat(funded: &[VatType], own: VatType) -> bool {
    funded.contains(&own)
}

/// The group whose share of support applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SizeGroup {
    Sme,
    MidSized,
    Large,
    Unassessable,
}

/// What the call allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub support_max: Won,
    pub share_max_sme: BasisPoints,
    pub share_max_mid_sized: BasisPoints,
    pub large_firms: bool,
}

impl SizeGroup {
    /// The group of an assessed class; a size that could not be assessed is none.
    pub fn of(class: Option<FirmClass>) -> SizeGroup {
        match class {
            Some(FirmClass::Micro | FirmClass::Small | FirmClass::Medium) => SizeGroup::Sme,
            Some(FirmClass::MidSized) => SizeGroup::MidSized,
            Some(FirmClass::Large) => SizeGroup::Large,
            None => SizeGroup::Unassessable,
        }
    }
}

impl Limits {
    /// The largest state share for a group; None where the group may not apply.
    /// A large firm that may apply has the share of mid-sized ones; so has, until an officer looks, one that
    /// could not be assessed.
    pub fn share_max(&self, size: Option<SizeGroup>) -> Option<BasisPoints> {
        match size {
            Some(SizeGroup::Sme) => Some(self.share_max_sme),
            Some(SizeGroup::MidSized | SizeGroup::Unassessable) => Some(self.share_max_mid_sized),
            Some(SizeGroup::Large) => self.large_firms.then_some(self.share_max_mid_sized),
            None => None,
        }
    }
}

impl CallRules {
    /// What these rules allow a firm of this size class; the most of any class while that is unknown.
    pub fn limits(&self, class: Option<FirmClass>) -> Limits {
        let share = |class| self.funding_of(class).map(FundingRule::share).unwrap_or_default();
        // A firm that could not be assessed is held to the share of mid-sized ones until an officer looks.
        let (sme, mid_sized) = match class {
            Some(class @ (FirmClass::Micro | FirmClass::Small)) => (class, FirmClass::MidSized),
            Some(FirmClass::Large) => (FirmClass::Medium, FirmClass::Large),
            _ => (FirmClass::Medium, FirmClass::MidSized),
        };
        let own = class.and_then(|class| self.funding_of(class));
        Limits {
            support_max: own.map_or(self.support_max(), |rule| rule.support_max_won),
            share_max_sme: share(sme),
            share_max_mid_sized: share(mid_sized),
            large_firms: self.funding_of(FirmClass::Large).is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rule(share: i64) -> FundingRule {
        FundingRule {
            share_max: BasisPoints(share),
            ..by_groups(Won(200_000_000), BasisPoints(share), BasisPoints(0), false)[0]
        }
    }

    #[test]
    fn a_hundred_million_at_eighty_per_cent() {
        let split = FundingRule { own_cash_min: BasisPoints(1_000), in_kind_max: BasisPoints(1_000), ..rule(8_000) }
            .split(EXAMPLE_SUPPLY, false);
        assert_eq!((split.base, split.vat_outside), (Won(100_000_000), Won(10_000_000)));
        assert_eq!((split.support_most, split.own_least), (Won(80_000_000), Won(20_000_000)));
        assert_eq!((split.own_cash_least, split.in_kind_most), (Won(10_000_000), Won(10_000_000)));
        let funded = rule(8_000).split(EXAMPLE_SUPPLY, true);
        assert_eq!((funded.base, funded.vat_outside, funded.support_most), (Won(110_000_000), Won(0), Won(88_000_000)));
        let exempt = FundingRule { own_share_exempt: true, ..rule(8_000) }.split(Won(33), false);
        assert_eq!((exempt.support_most, exempt.own_least), (Won(33), Won(0)));
        let capped = FundingRule { support_max_won: Won(50), ..rule(8_000) }.split(Won(101), false);
        assert_eq!((capped.support_most, capped.own_least), (Won(50), Won(51)));
    }

    #[test]
    fn shares_that_cannot_hold_together_are_not_sound() {
        assert!(rule(8_000).is_sound());
        assert!(!rule(10_001).is_sound());
        assert!(!FundingRule { own_cash_min: BasisPoints(2_001), ..rule(8_000) }.is_sound());
        assert!(
            !FundingRule { own_cash_min: BasisPoints(500), in_kind_max: BasisPoints(500), ..rule(8_000) }.is_sound()
        );
        assert!(!FundingRule { support_max_won: Won(0), ..rule(8_000) }.is_sound());
    }

    proptest! {
        #[test]
        fn every_won_is_somebodys(
            supply in 0i64..=1_000_000_000_000, share in 0i64..=10_000, cash in 0i64..=10_000, kind in 0i64..=10_000,
            most in 1i64..=1_000_000_000_000, exempt: bool, funded: bool,
        ) {
            let rule = FundingRule {
                support_max_won: Won(most), own_cash_min: BasisPoints(cash), in_kind_max: BasisPoints(kind),
                own_share_exempt: exempt, ..rule(share)
            };
            let split = rule.split(Won(supply), funded);
            prop_assert_eq!(split.support_most.plus(split.own_least), split.base);
            prop_assert_eq!(split.base.plus(split.vat_outside), split.supply.plus(split.vat));
            prop_assert!(split.own_cash_least.plus(split.in_kind_most) <= split.own_least);
            prop_assert!(split.support_most <= rule.support_max_won && split.own_least >= Won::ZERO);
            // The state never pays a fraction over its share.
            prop_assert!(i128::from(split.support_most.0) * 10_000 <= i128::from(split.base.0) * i128::from(rule.share().0));
        }
    }
}
