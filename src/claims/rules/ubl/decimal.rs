//! An exact decimal number as XML writes it. No floats: every operation is exact, rounds as told, or says it cannot.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Neg;
use std::str::FromStr;

const MAX_SCALE: u32 = 38;
const MAX_UNITS: u128 = 10_u128.pow(38);
const MAX_WRITTEN_DIGITS: usize = 30;

/// `units` × 10^-`scale`. Compared by value (1.0 equals 1.00), shown as written.
///
/// Holds fewer than 39 digits, as many of them behind the point as wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Decimal {
    units: i128,
    scale: u32,
}

/// Why there is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalTrouble {
    /// Not the lexical form of `xsd:decimal`.
    NotADecimal,
    /// More than 30 digits.
    TooManyDigits,
    /// It has a part smaller than the currency's minor unit.
    NotExact,
    /// It does not fit 64 bits of minor units.
    TooBig,
}

impl Decimal {
    /// `units` × 10^-`scale`; `None` beyond 38 digits before or behind the point.
    pub fn new(units: i128, scale: u32) -> Option<Self> {
        (scale <= MAX_SCALE && units.unsigned_abs() < MAX_UNITS).then_some(Self { units, scale })
    }

    pub fn is_negative(self) -> bool {
        self.units < 0
    }

    pub fn is_zero(self) -> bool {
        self.units == 0
    }

    /// The digits behind the point as written, zeros included (EN 16931's BR-DEC rules count them).
    pub fn scale(self) -> u32 {
        self.scale
    }

    /// The exact sum, or `None` beyond 38 digits.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        Self::new(self.units_at(scale)?.checked_add(other.units_at(scale)?)?, scale)
    }

    /// The exact difference, or `None` beyond 38 digits.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(-other)
    }

    /// The exact product, or `None` beyond 38 digits.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        let (a, b) = (self.trimmed(), other.trimmed());
        Self::new(a.units.checked_mul(b.units)?, a.scale + b.scale)
    }

    /// The quotient rounded half up to `places`; `None` by zero or beyond 38 digits.
    pub fn checked_div(self, other: Self, places: u32) -> Option<Self> {
        let (a, b) = (self.trimmed(), other.trimmed());
        let wanted = places.checked_add(b.scale)?;
        let dividend = a.units.checked_mul(ten_to(wanted.saturating_sub(a.scale))?)?;
        let divisor = b.units.checked_mul(ten_to(a.scale.saturating_sub(wanted))?)?;
        Self::new(divide_half_up(dividend, divisor)?, places)
    }

    /// Rounded half up to at most `places` digits behind the point. The sign does not matter: -0.5 becomes -1, so that
    /// a credit note mirrors its invoice.
    pub fn round(self, places: u32) -> Self {
        let dropped = self.scale.saturating_sub(places);
        match ten_to(dropped).and_then(|divisor| divide_half_up(self.units, divisor)) {
            Some(units) if dropped > 0 => Self { units, scale: places },
            _ => self,
        }
    }

    /// The amount in minor units of a currency with `exponent` digits behind the point: 0 for KRW, 2 for EUR.
    /// Exact or refused ([`DecimalTrouble::NotExact`], [`DecimalTrouble::TooBig`]); round before where the rule rounds.
    pub fn to_minor(self, exponent: u32) -> Result<i64, DecimalTrouble> {
        let exact = self.trimmed();
        if exact.scale > exponent {
            return Err(DecimalTrouble::NotExact);
        }
        exact.units_at(exponent).and_then(|units| i64::try_from(units).ok()).ok_or(DecimalTrouble::TooBig)
    }

    fn units_at(self, scale: u32) -> Option<i128> {
        if self.units == 0 {
            return Some(0);
        }
        self.units.checked_mul(ten_to(scale - self.scale)?)
    }

    fn trimmed(mut self) -> Self {
        while self.scale > 0 && self.units % 10 == 0 {
            self.units /= 10;
            self.scale -= 1;
        }
        self
    }

    /// The whole part towards minus infinity, and the rest in units of 10^-`scale`.
    fn split(self) -> (i128, i128) {
        let one = 10_i128.pow(self.scale);
        (self.units.div_euclid(one), self.units.rem_euclid(one))
    }
}

fn ten_to(power: u32) -> Option<i128> {
    10_i128.checked_pow(power)
}

fn divide_half_up(dividend: i128, divisor: i128) -> Option<i128> {
    let quotient = dividend.checked_div(divisor)?;
    let rest = (dividend % divisor).unsigned_abs();
    let away = dividend.signum() * divisor.signum();
    // Not `rest * 2`, which a divisor near the limit would overflow.
    let up = rest >= divisor.unsigned_abs() - rest;
    Some(if up { quotient + away } else { quotient })
}

impl From<i64> for Decimal {
    fn from(whole: i64) -> Self {
        Self { units: whole.into(), scale: 0 }
    }
}

impl FromStr for Decimal {
    type Err = DecimalTrouble;

    /// The lexical form of `xsd:decimal`: `-12.50`, `+3`, `.5`, `5.`; no exponent, no grouping, no spaces.
    fn from_str(text: &str) -> Result<Self, DecimalTrouble> {
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !is_digits(whole) || !is_digits(fraction) {
            return Err(DecimalTrouble::NotADecimal);
        }
        let whole = whole.trim_start_matches('0');
        if whole.len() + fraction.len() > MAX_WRITTEN_DIGITS {
            return Err(DecimalTrouble::TooManyDigits);
        }
        let digits = whole.bytes().chain(fraction.bytes());
        let size = digits.fold(0, |sum: i128, digit| sum * 10 + i128::from(digit - b'0'));
        Ok(Self { units: if text.starts_with('-') { -size } else { size }, scale: fraction.len() as u32 })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = self.scale as usize;
        let digits = format!("{:0>width$}", self.units.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let point = if scale > 0 { "." } else { "" };
        f.pad_integral(self.units >= 0, "", &format!("{whole}{point}{fraction}"))
    }
}

impl serde::Serialize for Decimal {
    /// A text, as written: numbers of JSON are read as floats.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Neg for Decimal {
    type Output = Self;

    fn neg(self) -> Self {
        Self { units: -self.units, ..self }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let scale = self.scale.max(other.scale);
        let (whole, rest) = self.split();
        let (other_whole, other_rest) = other.split();
        let rest = rest * 10_i128.pow(scale - self.scale);
        let other_rest = other_rest * 10_i128.pow(scale - other.scale);
        (whole, rest).cmp(&(other_whole, other_rest))
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Decimal {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dec(text: &str) -> Decimal {
        text.parse().expect(text)
    }

    #[test]
    fn reads_what_xml_schema_calls_a_decimal() {
        for (text, units, scale) in [
            ("0", 0, 0),
            ("-0.00", 0, 2),
            ("+1.50", 150, 2),
            (".5", 5, 1),
            ("5.", 5, 0),
            ("-782179.43", -78_217_943, 2),
            ("000000000000000000000000000000000001", 1, 0),
            ("999999999999999999999999999999", 10_i128.pow(30) - 1, 0),
        ] {
            let read = dec(text);
            assert_eq!((read.units, read.scale), (units, scale), "{text}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        let not = [
            "", "-", "+", ".", "-.", "1e5", "1,000", " 1", "1 ", "--1", "+-1", "1.2.3", "NaN", "INF", "0x1", "１",
            "1-", "₩1",
        ];
        for text in not {
            assert_eq!(text.parse::<Decimal>(), Err(DecimalTrouble::NotADecimal), "{text}");
        }
        for text in ["1234567890123456789012345678901", "0.0000000000000000000000000000001"] {
            assert_eq!(text.parse::<Decimal>(), Err(DecimalTrouble::TooManyDigits), "{text}");
        }
    }

    #[test]
    fn compares_by_value_and_shows_what_was_written() {
        assert_eq!(dec("1.0"), dec("1.00"));
        assert!(dec("-1.01") < dec("-1"));
        assert!(dec("-2.00") < dec("-1.5"));
        assert!(dec("99999999999999999999.9") > dec("0.00000000000000000000000000001"));
        assert_eq!(dec("-0.50").to_string(), "-0.50");
        assert_eq!(dec("007.10").to_string(), "7.10");
        assert_eq!(format!("{:>7}", dec("-1.5")), "   -1.5");
    }

    #[test]
    fn rounds_half_up_away_from_zero() {
        for (text, places, rounded) in [
            ("0.5", 0, "1"),
            ("-0.5", 0, "-1"),
            ("0.49999", 0, "0"),
            ("1.005", 2, "1.01"),
            ("-1.005", 2, "-1.01"),
            ("2.5", 3, "2.5"),
            ("999999999999999999999999999.995", 2, "1000000000000000000000000000.00"),
        ] {
            assert_eq!(dec(text).round(places).to_string(), rounded, "{text}");
        }
    }

    #[test]
    fn divides_with_the_same_rounding() {
        for (a, b, places, quotient) in [
            ("1", "3", 2, Some("0.33")),
            ("2", "3", 2, Some("0.67")),
            ("-1", "8", 2, Some("-0.13")),
            ("2892000.00", "1.10", 0, Some("2629091")),
            ("0", "7", 1, Some("0.0")),
            ("1", "0", 2, None),
        ] {
            let divided = dec(a).checked_div(dec(b), places);
            assert_eq!(divided.map(|d| d.to_string()).as_deref(), quotient, "{a} / {b}");
        }
    }

    #[test]
    fn becomes_minor_units_exactly_or_not_at_all() {
        assert_eq!(dec("15400000.00").to_minor(0), Ok(15_400_000));
        assert_eq!(dec("1.5").to_minor(0), Err(DecimalTrouble::NotExact));
        assert_eq!(dec("1.5").to_minor(2), Ok(150));
        assert_eq!(dec("-9223372036854775808").to_minor(0), Ok(i64::MIN));
        assert_eq!(dec("9223372036854775808").to_minor(0), Err(DecimalTrouble::TooBig));
        assert_eq!(dec("1").to_minor(40), Err(DecimalTrouble::TooBig));
        assert_eq!(dec("0.0").to_minor(40), Ok(0));
    }

    #[test]
    fn says_when_it_cannot() {
        let widest = Decimal::new(10_i128.pow(38) - 1, 0).expect("38 digits");
        let finest = Decimal::new(1, 38).expect("38 places");
        assert_eq!(widest.checked_add(Decimal::from(1)), None);
        assert_eq!(widest.checked_add(finest), None);
        assert_eq!(widest.checked_mul(widest), None);
        assert_eq!(finest.checked_mul(finest), None);
        assert_eq!(widest.checked_div(finest, 2), None);
        assert_eq!(widest.checked_div(Decimal::from(1), u32::MAX), None);
        assert!(finest < widest && -widest < finest);
        assert_eq!(finest.round(0), Decimal::from(0));
        assert_eq!(Decimal::new(0, 39), None);
        assert_eq!(Decimal::new(i128::MIN, 0), None);
    }

    fn small() -> impl Strategy<Value = Decimal> {
        (-10_i128.pow(15)..10_i128.pow(15), 0..9_u32)
            .prop_map(|(units, scale)| Decimal::new(units, scale).expect("small"))
    }

    fn widest() -> impl Strategy<Value = Decimal> {
        (-10_i128.pow(38) + 1..10_i128.pow(38), 0..=38_u32)
            .prop_map(|(units, scale)| Decimal::new(units, scale).expect("in range"))
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(a in small()) {
            let again = dec(&a.to_string());
            prop_assert_eq!((again.units, again.scale), (a.units, a.scale));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[-+0-9. eE,]{0,40}") {
            let _ = text.parse::<Decimal>();
        }

        #[test]
        fn adding_and_multiplying_keep_their_laws(a in small(), b in small(), c in small()) {
            prop_assert_eq!(a.checked_add(b), b.checked_add(a));
            prop_assert_eq!(a.checked_add(b).and_then(|ab| ab.checked_sub(b)), Some(a));
            prop_assert_eq!(a.checked_mul(b), b.checked_mul(a));
            let sum_first = b.checked_add(c).and_then(|bc| a.checked_mul(bc));
            let products = a.checked_mul(b).zip(a.checked_mul(c));
            prop_assert_eq!(sum_first, products.and_then(|(ab, ac)| ab.checked_add(ac)));
        }

        #[test]
        fn order_is_that_of_the_difference(a in small(), b in small()) {
            let difference = a.checked_sub(b).expect("small");
            prop_assert_eq!(a.cmp(&b), difference.units.cmp(&0));
            prop_assert_eq!(a == b, difference.is_zero());
        }

        #[test]
        fn rounding_moves_by_half_a_unit_at_most(a in small(), places in 0..9_u32) {
            let rounded = a.round(places);
            let moved = rounded.checked_sub(a).expect("small");
            let half = Decimal::new(5, places + 1).expect("small");
            prop_assert!(-half <= moved && moved <= half);
            prop_assert_eq!((-a).round(places), -rounded);
            prop_assert_eq!(rounded.round(places), rounded);
            prop_assert!(rounded.scale() <= places.max(a.scale()));
        }

        #[test]
        fn a_quotient_is_the_nearest_one(a in small(), b in small(), places in 0..6_u32) {
            prop_assume!(!b.is_zero());
            let quotient = a.checked_div(b, places).expect("small");
            let rest = quotient.checked_mul(b).and_then(|back| back.checked_sub(a)).expect("small");
            let half = Decimal::new(5, places + 1).and_then(|half| half.checked_mul(b)).expect("small");
            prop_assert!(rest.units.unsigned_abs() == 0 || (rest <= half.max(-half) && rest >= half.min(-half)));
        }

        #[test]
        fn whole_won_come_back(won in any::<i64>(), zeros in 0..10_usize) {
            let written = format!("{won}.{}", "0".repeat(zeros));
            prop_assert_eq!(dec(&written).to_minor(0), Ok(won));
        }

        #[test]
        fn no_operation_panics(a in widest(), b in widest(), n in any::<u32>()) {
            let _ = (a.checked_add(b), a.checked_sub(b), a.checked_mul(b), a.checked_div(b, n % 80));
            let _ = (a.round(n), a.to_minor(n), a.cmp(&b), a.to_string(), -a);
        }
    }
}
