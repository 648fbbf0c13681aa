//! What a bulk decision proposes: the ranking from the top, within the budget and every envelope.

use super::{DecisionOutcome, DecisionReason};
use crate::core::money::Won;
use std::collections::BTreeMap;
use uuid::Uuid;

/// An application that waits for its decision, in the order of the ranking.
#[derive(Debug, Clone)]
pub struct Waiting {
    pub amount: Won,
    /// Envelopes of track, region and sector that it takes from, by the ids of their caps.
    pub envelopes: Vec<Uuid>,
    /// Reaches the pass mark.
    pub passes: bool,
    /// No criterion is below its minimum.
    pub complete: bool,
}

/// What is proposed for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proposed {
    pub outcome: DecisionOutcome,
    pub reason: DecisionReason,
    /// The envelope that is short, by the id of its cap.
    pub short_of: Option<Uuid>,
}

impl Proposed {
    fn new(outcome: DecisionOutcome, reason: DecisionReason) -> Proposed {
        Proposed { outcome, reason, short_of: None }
    }
}

/// What is proposed for each, in the same order. From the first that the budget does not cover on, all who pass wait on
/// the reserve list: nobody is overtaken by somebody who asks for less.
pub fn plan(waiting: &[Waiting], budget: Won, mut envelopes: BTreeMap<Uuid, Won>, drawn: bool) -> Vec<Proposed> {
    let (mut left, mut closed) = (budget, false);
    let decide = |row: &Waiting| {
        if !row.passes {
            return Proposed::new(DecisionOutcome::Rejected, DecisionReason::BelowPassMark);
        }
        if !row.complete {
            return Proposed::new(DecisionOutcome::Rejected, DecisionReason::BelowMinimum);
        }
        let is_short = |id: &Uuid| envelopes.get(id).is_some_and(|left| *left < row.amount);
        let short_of = row.envelopes.iter().copied().find(is_short);
        if short_of.is_some() {
            return Proposed { short_of, ..Proposed::new(DecisionOutcome::Reserve, DecisionReason::CapShort) };
        }
        closed |= row.amount > left;
        if closed {
            return Proposed::new(DecisionOutcome::Reserve, DecisionReason::BudgetShort);
        }
        left = left.minus(row.amount);
        for id in &row.envelopes {
            envelopes.entry(*id).and_modify(|left| *left = left.minus(row.amount));
        }
        let reason = if drawn { DecisionReason::Drawn } else { DecisionReason::WithinBudget };
        Proposed::new(DecisionOutcome::Selected, reason)
    };
    waiting.iter().map(decide).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn row(amount: i64, passes: bool) -> Waiting {
        Waiting { amount: Won(amount), envelopes: Vec::new(), passes, complete: true }
    }

    #[test]
    fn nobody_is_overtaken_by_somebody_who_asks_for_less() {
        let rows = [row(60, true), row(50, true), row(10, true), row(1, false)];
        let outcomes: Vec<_> =
            plan(&rows, Won(100), BTreeMap::new(), false).into_iter().map(|row| row.outcome).collect();
        use DecisionOutcome::*;
        assert_eq!(outcomes, [Selected, Reserve, Reserve, Rejected]);
    }

    #[test]
    fn a_full_envelope_leaves_the_budget_to_others() {
        let (green, seoul) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let within = |envelopes: &[Uuid]| Waiting { envelopes: envelopes.to_vec(), ..row(50, true) };
        let left = || BTreeMap::from([(green, Won(60)), (seoul, Won(90))]);
        let rows = [within(&[green]), within(&[green, seoul]), within(&[seoul])];
        let found = plan(&rows, Won(100), left(), true);
        let short =
            |of| Proposed { short_of: Some(of), ..Proposed::new(DecisionOutcome::Reserve, DecisionReason::CapShort) };
        assert_eq!(found[1], short(green));
        assert_eq!(found[2], Proposed::new(DecisionOutcome::Selected, DecisionReason::Drawn));
        let found = plan(&[within(&[seoul]), within(&[seoul]), within(&[])], Won(1_000), left(), false);
        assert_eq!(found[1], short(seoul), "its region is full");
        assert_eq!(found[2], Proposed::new(DecisionOutcome::Selected, DecisionReason::WithinBudget));
    }

    proptest! {
        #[test]
        fn a_plan_never_passes_the_budget_and_keeps_the_order_of_the_ranking(
            rows in proptest::collection::vec((1_i64..100, any::<bool>(), any::<bool>()), 0..40), budget in 0_i64..1_000,
        ) {
            let rows: Vec<Waiting> = rows.into_iter()
                .map(|(amount, passes, complete)| Waiting { complete, ..row(amount, passes) }).collect();
            let found = plan(&rows, Won(budget), BTreeMap::new(), false);
            let selected = |at: &usize| found[*at].outcome == DecisionOutcome::Selected;
            let spent: i64 = (0..rows.len()).filter(selected).map(|at| rows[at].amount.0).sum();
            prop_assert!(spent <= budget);
            let first_reserve = found.iter().position(|row| row.outcome == DecisionOutcome::Reserve).unwrap_or(rows.len());
            prop_assert!((first_reserve..rows.len()).filter(selected).count() == 0);
            for (row, Proposed { outcome, reason, .. }) in rows.iter().zip(&found) {
                use {DecisionOutcome::*, DecisionReason::*};
                let fits = match outcome {
                    Selected => matches!(reason, WithinBudget | Drawn),
                    Reserve => matches!(reason, CapShort | BudgetShort),
                    Rejected => matches!(reason, BelowPassMark | BelowMinimum),
                };
                prop_assert!(fits, "{outcome}: {reason}");
                prop_assert_eq!(*outcome == DecisionOutcome::Rejected, !(row.passes && row.complete));
            }
        }
    }
}
