//! What the pages of the ledger show.

use super::{
    rules::AccountKind,
    store::{Balance, CallHead, CaseHead, StatementRow, Total},
};
use crate::{core::money::Won, web::Page};
use askama::Template;

#[derive(Template)]
#[template(path = "ledger/call.html")]
pub(super) struct CallPage {
    pub page: Page,
    pub call: CallHead,
    pub totals: Vec<Total>,
}

impl CallPage {
    /// What was appropriated: the source of the budget is negative by it.
    pub fn appropriated(&self) -> Won {
        self.of(AccountKind::Outside).negated()
    }

    /// Where the money of the call stands, in the order it moves.
    pub fn money(&self) -> Vec<&Total> {
        self.totals.iter().filter(|total| total.kind != AccountKind::Outside).collect()
    }

    pub fn sum(&self) -> Won {
        self.money().iter().map(|total| total.balance_won).sum()
    }

    pub fn is_balanced(&self) -> bool {
        self.sum() == self.appropriated()
    }

    /// For a meter of the whole appropriation; thousandths.
    pub fn share(&self, total: &Total) -> i64 {
        let whole = i128::from(self.appropriated().0.max(1));
        i64::try_from(i128::from(total.balance_won.0) * 1_000 / whole).unwrap_or_default()
    }

    fn of(&self, kind: AccountKind) -> Won {
        self.totals.iter().find(|total| total.kind == kind).map_or(Won::ZERO, |total| total.balance_won)
    }
}

#[derive(Template)]
#[template(path = "ledger/case.html")]
pub(super) struct CasePage {
    pub page: Page,
    pub case: CaseHead,
    pub balances: Vec<Balance>,
    pub rows: Vec<StatementRow>,
}

impl CasePage {
    pub fn sum(&self) -> Won {
        self.balances.iter().map(|balance| balance.balance_won).sum()
    }
}
