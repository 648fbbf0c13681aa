//! How a call reviews and selects: quorum, blindness, spread, draw, approvals, terms. Beside the rubric and the number
//! of reviewers, which every version of the rules has had.

use super::{DAYS_MAX, REVIEWERS_MIN};
use crate::core::{money::Won, refusal::Refusal};
use serde::{Deserialize, Serialize};

/// What a call says about its panels and decisions. Points are whole, terms are business days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReviewRules {
    /// Locked scores with which a panel may be closed although somebody did not score.
    pub quorum: i64,
    /// Reviewers do not learn whose application it is.
    pub hide_firm: bool,
    /// Reviewers do not learn who else scores.
    pub hide_reviewers: bool,
    /// What was hidden is shown once the review is finished.
    pub reveal_after: bool,
    /// Totals that lie further apart than this ask for one more reader; 0: never.
    pub spread_max: i64,
    /// Of a hundred finished reviews so many get a blind second read; 0: none.
    pub sample_percent: i64,
    /// Equal scores are ordered by the published draw instead of the time of submission.
    pub draw_ties: bool,
    /// From this amount on a second manager confirms; None: one decides alone.
    pub second_approval_won: Option<Won>,
    /// From this amount on a third one as well.
    pub third_approval_won: Option<Won>,
    /// How long a decision can be undone.
    pub undo_days: i64,
    /// How long a firm has to answer a question about one field.
    pub clarification_days: i64,
    /// The reserve list moves up as soon as the budget has room again, without anybody's hand.
    pub promotes_by_itself: bool,
}

impl Default for ReviewRules {
    fn default() -> ReviewRules {
        ReviewRules {
            quorum: REVIEWERS_MIN,
            hide_firm: false,
            hide_reviewers: false,
            reveal_after: false,
            spread_max: 0,
            sample_percent: 0,
            draw_ties: false,
            second_approval_won: None,
            third_approval_won: None,
            undo_days: 10,
            clarification_days: 5,
            promotes_by_itself: false,
        }
    }
}

impl ReviewRules {
    /// How many managers a decision about `amount` takes, one after the other.
    pub fn approvers(&self, amount: Won) -> i64 {
        let reached = |from: Option<Won>| i64::from(from.is_some_and(|from| amount >= from));
        1 + reached(self.second_approval_won) + reached(self.third_approval_won)
    }

    /// Refuses what contradicts itself or the number of reviewers.
    pub fn check(&self, reviewers: i64) -> Result<(), Refusal> {
        if !(REVIEWERS_MIN..=reviewers).contains(&self.quorum) {
            let refusal = Refusal::unacceptable("programmes-refusal-quorum").at("quorum");
            return Err(refusal.with("least", REVIEWERS_MIN).with("most", reviewers));
        }
        let in_order = match (self.second_approval_won, self.third_approval_won) {
            (None, third) => third.is_none(),
            (Some(second), third) => second.is_positive() && third.is_none_or(|third| third > second),
        };
        if !in_order {
            return Err(Refusal::unacceptable("programmes-refusal-approvals").at("third_approval"));
        }
        let sound = (0..=100).contains(&self.spread_max)
            && (0..=100).contains(&self.sample_percent)
            && [self.undo_days, self.clarification_days].iter().all(|days| (1..=DAYS_MAX).contains(days));
        if sound { Ok(()) } else { Err(Refusal::unacceptable("programmes-refusal-rules-unsound")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_managers_confirm_larger_amounts() {
        let rules = ReviewRules {
            second_approval_won: Some(Won(100)),
            third_approval_won: Some(Won(200)),
            ..ReviewRules::default()
        };
        assert_eq!([99, 100, 199, 200].map(|amount| rules.approvers(Won(amount))), [1, 2, 2, 3]);
        assert_eq!(ReviewRules::default().approvers(Won(i64::MAX)), 1);
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let sound = ReviewRules::default();
        assert_eq!(sound.check(3), Ok(()));
        let faults: [&dyn Fn(&mut ReviewRules); 7] = [
            &|rules| rules.quorum = 2,
            &|rules| rules.quorum = 4,
            &|rules| rules.spread_max = 101,
            &|rules| rules.sample_percent = -1,
            &|rules| rules.undo_days = 0,
            &|rules| rules.third_approval_won = Some(Won(1)),
            &|rules| (rules.second_approval_won, rules.third_approval_won) = (Some(Won(2)), Some(Won(2))),
        ];
        for (place, fault) in faults.into_iter().enumerate() {
            let mut rules = sound.clone();
            fault(&mut rules);
            assert!(rules.check(3).is_err(), "fault {place}");
        }
    }
}
