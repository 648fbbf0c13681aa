//! Figures about vendors that anybody may read: never from fewer cases than would name one.

/// The fewest cases that a public figure may rest on.
pub const CASES_MIN: usize = 5;

/// The middle one (the lower middle of an even number), when there are enough.
pub fn median(values: &[i64]) -> Option<i64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    (sorted.len() >= CASES_MIN).then(|| sorted[(sorted.len() - 1) / 2])
}

/// `part` of `whole` in tenths of a percent, rounded down, when `cases` are enough. None of nothing.
pub fn share_tenths(part: i64, whole: i64, cases: i64) -> Option<i64> {
    let enough = usize::try_from(cases).is_ok_and(|cases| cases >= CASES_MIN) && whole > 0;
    enough.then(|| i64::try_from(i128::from(part) * 1_000 / i128::from(whole)).unwrap_or(i64::MAX))
}

/// How much of the promised change was reached, in tenths of a percent: below zero where it went the wrong way. None
/// where nothing was promised.
pub fn reached_tenths(baseline: i64, target: i64, value: i64) -> Option<i64> {
    let (promised, changed) = (i128::from(target) - i128::from(baseline), i128::from(value) - i128::from(baseline));
    (promised != 0).then(|| i64::try_from(changed * 1_000 / promised).unwrap_or(i64::MAX))
}

/// A count, when it is large enough to name nobody, or nothing at all.
pub fn count(cases: i64) -> Option<i64> {
    usize::try_from(cases).is_ok_and(|cases| cases >= CASES_MIN).then_some(cases)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_cases_say_nothing() {
        assert_eq!(median(&[1, 2, 3, 4]), None);
        assert_eq!(median(&[9, 1, 5, 3, 7]), Some(5));
        assert_eq!(median(&[6, 1, 2, 3, 4, 5]), Some(3));
        assert_eq!(share_tenths(1, 8, 4), None);
        assert_eq!(share_tenths(1, 8, 8), Some(125));
        assert_eq!(share_tenths(0, 0, 9), None);
        // From 40 minutes to 10 was promised.
        let reached = |value| reached_tenths(40_000, 10_000, value);
        assert_eq!([reached(10_000), reached(25_000), reached(40_000)], [Some(1_000), Some(500), Some(0)]);
        assert_eq!((reached(55_000), reached(1_000)), (Some(-500), Some(1_300)));
        assert_eq!(reached_tenths(5, 5, 9), None);
        assert_eq!((count(4), count(5)), (None, Some(5)));
    }
}
