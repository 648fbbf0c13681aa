//! Measured values (indicators) in thousandths of their unit: exact, and equal on both engines.

/// Largest magnitude a measured value may have, in thousandths.
pub const MILLI_MAX: i64 = 1_000_000_000_000_000;

/// Reads `12`, `-0.5`, `3.125`; None for anything else, for more than three places and beyond `MILLI_MAX`.
pub fn parse_milli(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() || fraction.len() > 3 || !all_digits(whole) || !all_digits(fraction) || digits.ends_with('.') {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let fraction: i64 = format!("{fraction:0<3}").parse().ok()?;
    let milli = whole.checked_mul(1_000)?.checked_add(fraction)?;
    (milli <= MILLI_MAX).then_some(if negative { -milli } else { milli })
}

/// `12.5` for 12,500 thousandths.
pub fn show_milli(milli: i64) -> String {
    let sign = if milli < 0 { "-" } else { "" };
    let (whole, fraction) = (milli.unsigned_abs() / 1_000, milli.unsigned_abs() % 1_000);
    let whole = super::money::Won(i64::try_from(whole).unwrap_or(i64::MAX)).to_string();
    if fraction == 0 {
        return format!("{sign}{whole}");
    }
    format!("{sign}{whole}.{}", format!("{fraction:03}").trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_plain_decimals_are_read() {
        for (text, milli) in [("0", 0), ("12.5", 12_500), ("-0.001", -1), ("3.140", 3_140)] {
            assert_eq!(parse_milli(text), Some(milli), "{text}");
        }
        for text in ["", "-", ".5", "5.", "1e3", "1.2345", "99999999999999999999", "+1", "1 000"] {
            assert_eq!(parse_milli(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_can_be_read_again(milli in -MILLI_MAX..=MILLI_MAX) {
            prop_assert_eq!(parse_milli(&show_milli(milli).replace(',', "")), Some(milli));
        }
    }
}
