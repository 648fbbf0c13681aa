//! The five stages of a budget (domain: budget accounts): what was appropriated, and how far it has come.

use super::AccountKind;
use crate::core::money::Won;

/// `appropriated = free + reserved + committed + spent`, to the won.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stages {
    pub appropriated: Won,
    /// Neither reserved nor committed nor spent.
    pub free: Won,
    /// Selected, without a voucher yet.
    pub reserved: Won,
    /// On a voucher, held for a claim or ordered to be paid.
    pub committed: Won,
    /// Paid.
    pub spent: Won,
    /// Reserved or committed once, and free again; contained in what is free or was awarded anew.
    pub returned: Won,
}

/// From the balances of a call's accounts and what releases gave back to its budget.
pub fn stages(balances: impl Iterator<Item = (AccountKind, Won)>, returned: Won) -> Stages {
    let mut stages = Stages { returned, ..Stages::default() };
    for (kind, won) in balances {
        let stage = match kind {
            AccountKind::Outside => {
                stages.appropriated = stages.appropriated.minus(won);
                continue;
            }
            AccountKind::Budget => &mut stages.free,
            AccountKind::Committed => &mut stages.reserved,
            AccountKind::Voucher | AccountKind::Held | AccountKind::Payable => &mut stages.committed,
            AccountKind::Paid => &mut stages.spent,
            _ => continue,
        };
        *stage = stage.plus(won);
    }
    stages
}

impl Stages {
    pub fn is_balanced(&self) -> bool {
        self.appropriated == self.free.plus(self.reserved).plus(self.committed).plus(self.spent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_won_stands_in_one_stage() {
        let balances = [
            (AccountKind::Outside, -1_000),
            (AccountKind::Budget, 400),
            (AccountKind::Committed, 300),
            (AccountKind::Voucher, 100),
            (AccountKind::Held, 50),
            (AccountKind::Payable, 50),
            (AccountKind::Paid, 100),
            (AccountKind::CapUsed, 600),
            (AccountKind::Recoverable, 40),
        ];
        let stages = stages(balances.into_iter().map(|(kind, won)| (kind, Won(won))), Won(70));
        assert!(stages.is_balanced());
        let found =
            [stages.appropriated, stages.free, stages.reserved, stages.committed, stages.spent, stages.returned];
        assert_eq!(found, [1_000, 400, 300, 200, 100, 70].map(Won));
    }
}
