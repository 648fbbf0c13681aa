//! How likely a voucher is to lapse: points for what speaks for it, each with its name (domain: early warning).

use crate::core::money::Won;
use chrono::NaiveDate;

crate::text_enum!(
    /// How a voucher is called on.
    Level { Low = "low", Medium = "medium", High = "high" }
);

/// What speaks for a voucher lapsing, with its points of a hundred.
pub const RISK_REASONS: &[(&str, i64)] =
    &[("behind_its_age", 30), ("never_used", 30), ("milestone_late", 20), ("ends_soon", 30), ("blocked", 10)];

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    pub today: NaiveDate,
    pub issued_on: NaiveDate,
    pub expires_on: NaiveDate,
    pub first_use_by: Option<NaiveDate>,
    pub amount: Won,
    /// Free on the voucher.
    pub left: Won,
    pub is_used: bool,
    pub is_blocked: bool,
    /// Milestones past their day that are not accepted.
    pub late: i64,
    /// So many of a hundred less used than gone is idle.
    pub idle_percent: i64,
    /// So many days before its end it ends soon.
    pub idle_days: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rated {
    pub points: i64,
    pub reasons: Vec<&'static str>,
}

impl Level {
    pub fn of(points: i64) -> Level {
        match points {
            60.. => Level::High,
            30.. => Level::Medium,
            _ => Level::Low,
        }
    }

    /// The points from which on a voucher is called so.
    pub fn least(self) -> i64 {
        match self {
            Level::Low => 0,
            Level::Medium => 30,
            Level::High => 60,
        }
    }
}

/// Of a hundred, at most a hundred. Nothing is left to lapse on an empty voucher.
pub fn rate(standing: Standing) -> Rated {
    let Standing { today, issued_on, expires_on, amount, left, .. } = standing;
    if !left.is_positive() {
        return Rated { points: 0, reasons: Vec::new() };
    }
    let of_hundred =
        |part: i64, whole: i64| i64::try_from(i128::from(part) * 100 / i128::from(whole.max(1))).unwrap_or(0);
    let elapsed = of_hundred((today - issued_on).num_days(), (expires_on - issued_on).num_days()).clamp(0, 100);
    let used = of_hundred(amount.minus(left).0, amount.0).clamp(0, 100);
    let holds = |reason: &str| match reason {
        "behind_its_age" => elapsed - used >= standing.idle_percent,
        "never_used" => !standing.is_used && standing.first_use_by.is_some_and(|by| today > by),
        "milestone_late" => standing.late > 0,
        "ends_soon" => (expires_on - today).num_days() <= standing.idle_days && used < 80,
        _ => standing.is_blocked,
    };
    let reasons: Vec<&'static str> =
        RISK_REASONS.iter().map(|(reason, _)| *reason).filter(|reason| holds(reason)).collect();
    let points = RISK_REASONS.iter().filter(|(reason, _)| reasons.contains(reason)).map(|(_, points)| points).sum();
    Rated { points: i64::min(points, 100), reasons }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Duration;
    use proptest::prelude::*;

    fn standing(age: i64, left: i64) -> Standing {
        let issued_on = NaiveDate::from_ymd_opt(2027, 3, 2).unwrap();
        Standing {
            today: issued_on + Duration::days(age),
            issued_on,
            expires_on: issued_on + Duration::days(200),
            first_use_by: Some(issued_on + Duration::days(60)),
            amount: Won(100),
            left: Won(left),
            is_used: left < 100,
            is_blocked: false,
            late: 0,
            idle_percent: 25,
            idle_days: 30,
        }
    }

    #[test]
    fn each_reason_at_its_edge() {
        let reasons = |standing| rate(standing).reasons;
        assert!(reasons(standing(49, 100)).is_empty());
        assert_eq!(reasons(standing(50, 100)), ["behind_its_age"]);
        assert_eq!(reasons(standing(61, 100)), ["behind_its_age", "never_used"]);
        assert!(reasons(standing(100, 74)).is_empty() && reasons(standing(100, 76)) == ["behind_its_age"]);
        assert_eq!(reasons(standing(170, 21)), ["ends_soon"]);
        assert!(reasons(standing(170, 20)).is_empty());
        assert!(reasons(Standing { idle_percent: 26, ..standing(50, 100) }).is_empty(), "as the call says");
        assert_eq!(reasons(Standing { idle_days: 31, ..standing(169, 21) }), ["ends_soon"]);
        assert_eq!(reasons(Standing { late: 1, ..standing(1, 100) }), ["milestone_late"]);
        assert!(reasons(Standing { late: 1, ..standing(190, 0) }).is_empty(), "nothing is left");
        let worst = Standing { late: 2, is_blocked: true, ..standing(190, 100) };
        assert_eq!((rate(worst).points, Level::of(rate(worst).points)), (100, Level::High));
    }

    #[test]
    fn levels_follow_their_points() {
        for level in Level::ALL {
            assert_eq!(Level::of(level.least()), *level);
        }
        assert_eq!((Level::of(29), Level::of(59)), (Level::Low, Level::Medium));
    }

    proptest! {
        #[test]
        fn an_older_voucher_is_never_less_at_risk(age in 0_i64..199, left in 1_i64..=100) {
            prop_assert!(rate(standing(age, left)).points <= rate(standing(age + 1, left)).points);
        }
    }
}
