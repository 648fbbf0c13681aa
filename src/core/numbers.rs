//! Korean registration numbers, as people paste them and as we keep them.
//!
//! Invariant: a value of one of these types holds nothing but its digits (an approval number: capitals
//! and digits), so equal numbers are equal text whatever dashes, spaces, case or width they came with.

use super::names::fold_digit;
use chrono::NaiveDate;
use std::{fmt, str::FromStr};

/// What is wrong with a business registration number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BusinessNumberTrouble {
    #[error("not ten digits")]
    NotTenDigits,
    #[error("the check digit does not fit")]
    CheckDigit,
    #[error("ten times the same digit")]
    SameDigits,
    #[error("tax office codes begin at 101")]
    Office,
    #[error("kind 00 is never given")]
    Kind,
    #[error("serial 0000 is never given")]
    Serial,
}

/// 사업자등록번호: office (3), kind (2), serial (4), check digit (domain.md 5.1). The kind is only a hint at
/// the legal form. Shown as `124-81-00998`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BusinessNumber(String);

impl BusinessNumber {
    /// The number of this office (101–999), kind (1–99) and serial (1–9999), with its check digit.
    ///
    /// # Errors
    /// `Office`, `Kind` or `Serial` when out of range; `SameDigits` for ten equal digits.
    pub fn from_parts(office: u16, kind: u8, serial: u16) -> Result<Self, BusinessNumberTrouble> {
        if office > 999 {
            return Err(BusinessNumberTrouble::Office);
        }
        if kind > 99 {
            return Err(BusinessNumberTrouble::Kind);
        }
        if serial > 9999 {
            return Err(BusinessNumberTrouble::Serial);
        }
        let stem = format!("{office:03}{kind:02}{serial:04}");
        format!("{stem}{}", business_check_digit(&stem)).parse()
    }

    /// Ten digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BusinessNumber {
    type Err = BusinessNumberTrouble;

    /// Dashes and spaces are passed over, full-width digits folded.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = digits(text).filter(|digits| digits.len() == 10).ok_or(BusinessNumberTrouble::NotTenDigits)?;
        let trouble = if &digits[9..] != business_check_digit(&digits[..9]).to_string().as_str() {
            BusinessNumberTrouble::CheckDigit
        } else if same_digits(&digits) {
            BusinessNumberTrouble::SameDigits
        } else if &digits[..3] < "101" {
            BusinessNumberTrouble::Office
        } else if &digits[3..5] == "00" {
            BusinessNumberTrouble::Kind
        } else if &digits[5..9] == "0000" {
            BusinessNumberTrouble::Serial
        } else {
            return Ok(Self(digits));
        };
        Err(trouble)
    }
}

impl fmt::Display for BusinessNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", &self.0[..3], &self.0[3..5], &self.0[5..])
    }
}

fn business_check_digit(stem: &str) -> u32 {
    let weighted: u32 = values(stem).zip([1, 3, 7, 1, 3, 7, 1, 3, 5]).map(|(digit, weight)| digit * weight).sum();
    let carried = values(stem).last().unwrap_or(0) * 5 / 10;
    (10 - (weighted + carried) % 10) % 10
}

/// What is wrong with a corporate registration number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CorporateNumberTrouble {
    #[error("not thirteen digits")]
    NotThirteenDigits,
    #[error("thirteen times the same digit")]
    SameDigits,
}

/// 법인등록번호: registry office (4), kind (2), serial (6), check digit (domain.md 5.2). Shown as
/// `130111-0006246`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CorporateNumber(String);

impl CorporateNumber {
    /// Thirteen digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the last digit is the check digit of the others. Numbers given since 31 January 2025 are
    /// said to have none, so a failure is a warning to a reader and never a refusal.
    #[must_use]
    pub fn checksum_ok(&self) -> bool {
        let sum: u32 =
            values(&self.0).zip([1, 2].into_iter().cycle().take(12)).map(|(digit, weight)| digit * weight).sum();
        values(&self.0).last() == Some((10 - sum % 10) % 10)
    }
}

impl FromStr for CorporateNumber {
    type Err = CorporateNumberTrouble;

    /// Dashes and spaces are passed over, full-width digits folded.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits =
            digits(text).filter(|digits| digits.len() == 13).ok_or(CorporateNumberTrouble::NotThirteenDigits)?;
        if same_digits(&digits) { Err(CorporateNumberTrouble::SameDigits) } else { Ok(Self(digits)) }
    }
}

impl fmt::Display for CorporateNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", &self.0[..6], &self.0[6..])
    }
}

/// What is wrong with the approval number of an electronic tax invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalNumberTrouble {
    #[error("not twenty-four letters and digits")]
    NotTwentyFour,
    #[error("the first eight characters are no date")]
    NoDate,
}

/// 승인번호 of an electronic tax invoice: issue date (8), issuing system (8), serial (8), which need not be
/// digits (domain.md 5.7). The only safe key against claiming an invoice twice. Shown with two dashes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApprovalNumber {
    text: String,
    issued_on: NaiveDate,
}

impl ApprovalNumber {
    /// Twenty-four characters, letters in capitals.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The day of issue. Any day of the calendar: whether it suits the agreement is for the claim to ask.
    #[must_use]
    pub fn issued_on(&self) -> NaiveDate {
        self.issued_on
    }
}

impl FromStr for ApprovalNumber {
    type Err = ApprovalNumberTrouble;

    /// Dashes and spaces are passed over; full-width letters and digits and lower case are folded.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text: Option<String> = significant(text).map(folded_capital).collect();
        let text = text.filter(|text| text.len() == 24).ok_or(ApprovalNumberTrouble::NotTwentyFour)?;
        let issued_on = written_date(&text[..8]).ok_or(ApprovalNumberTrouble::NoDate)?;
        Ok(Self { text, issued_on })
    }
}

impl fmt::Display for ApprovalNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", &self.text[..8], &self.text[8..16], &self.text[16..])
    }
}

fn folded_capital(c: char) -> Option<char> {
    let plain = match c {
        'ａ'..='ｚ' => char::from(b'A' + (u32::from(c) - u32::from('ａ')) as u8),
        'Ａ'..='Ｚ' => char::from(b'A' + (u32::from(c) - u32::from('Ａ')) as u8),
        _ => fold_digit(c).to_ascii_uppercase(),
    };
    plain.is_ascii_alphanumeric().then_some(plain)
}

fn written_date(yyyymmdd: &str) -> Option<NaiveDate> {
    let date: u32 = yyyymmdd.parse().ok()?;
    NaiveDate::from_ymd_opt((date / 10_000).try_into().ok()?, date / 100 % 100, date % 100)
}

/// What is wrong with a bank account number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccountTrouble {
    #[error("something other than digits, dashes and spaces")]
    NotDigits,
    #[error("{0} digits, expected 7 to 20")]
    Length(usize),
}

/// The digits of a bank account number. Banks share no checksum, so only the length is looked at, and
/// that loosely: the holder's name must be verified another way (domain.md 5.6).
///
/// # Errors
/// `NotDigits` for a letter or sign, `Length` outside 7 to 20 digits.
pub fn fold_account(text: &str) -> Result<String, AccountTrouble> {
    let digits = digits(text).ok_or(AccountTrouble::NotDigits)?;
    if (7..=20).contains(&digits.len()) { Ok(digits) } else { Err(AccountTrouble::Length(digits.len())) }
}

/// The characters that are neither white space nor one of the dashes keyboards and word processors make.
fn significant(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|&c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}' | '−' | '﹣' | '－'))
}

fn digits(text: &str) -> Option<String> {
    significant(text).map(|c| Some(fold_digit(c)).filter(char::is_ascii_digit)).collect()
}

fn values(digits: &str) -> impl Iterator<Item = u32> {
    digits.bytes().map(|byte| u32::from(byte - b'0'))
}

fn same_digits(digits: &str) -> bool {
    digits.bytes().all(|byte| Some(byte) == digits.bytes().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn business(text: &str) -> Result<String, BusinessNumberTrouble> {
        text.parse().map(|number: BusinessNumber| number.to_string())
    }

    #[test]
    fn business_numbers_of_known_companies_are_valid() {
        for text in [
            "124-81-00998",
            "220-81-62517",
            "120-81-47521",
            "107-86-14075",
            "101-81-09147",
            "126-81-03725",
            "120-88-00767",
            "102-81-42945",
            "104-81-37225",
            "119-81-02316",
            "120-82-00052",
            "116-81-19477",
        ] {
            assert_eq!(business(text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn a_business_number_is_read_however_it_is_written() {
        for text in
            ["1248100998", " 124 81 00998 ", "１２４－８１－００９９８", "124–81—00998", "\u{3000}12481-00998\n"]
        {
            let number: BusinessNumber = text.parse().unwrap();
            assert_eq!(number.as_str(), "1248100998");
            assert_eq!(number.to_string(), "124-81-00998");
        }
    }

    #[test]
    fn wrong_business_numbers_say_what_is_wrong() {
        use BusinessNumberTrouble::*;
        for (text, trouble) in [
            ("124-81-00997", CheckDigit),
            ("120-81-47522", CheckDigit),
            ("123-45-67890", CheckDigit),
            ("101-81-15116", CheckDigit),
            ("214-86-05453", CheckDigit),
            ("0000000000", SameDigits),
            ("", NotTenDigits),
            ("124-81-0099", NotTenDigits),
            ("124-81-009981", NotTenDigits),
            ("124-81-0099O", NotTenDigits),
            ("124.81.00998", NotTenDigits),
            ("①24-81-00998", NotTenDigits),
        ] {
            assert_eq!(business(text), Err(trouble), "{text}");
        }
        assert_eq!(BusinessNumber::from_parts(100, 81, 99), Err(Office));
        assert_eq!(BusinessNumber::from_parts(1000, 81, 99), Err(Office));
        assert_eq!(BusinessNumber::from_parts(124, 0, 99), Err(Kind));
        assert_eq!(BusinessNumber::from_parts(124, 100, 99), Err(Kind));
        assert_eq!(BusinessNumber::from_parts(124, 81, 0), Err(Serial));
        assert_eq!(BusinessNumber::from_parts(124, 81, 10_000), Err(Serial));
    }

    #[test]
    fn exactly_one_check_digit_fits_every_stem() {
        for office in [101, 124, 220, 333, 999] {
            for kind in [1, 33, 81, 99] {
                for serial in (1..=9999).step_by(7) {
                    let stem = format!("{office}{kind:02}{serial:04}");
                    let fitting = (0..10).filter(|digit| business(&format!("{stem}{digit}")).is_ok()).count();
                    let made = BusinessNumber::from_parts(office, kind, serial);
                    assert_eq!(fitting, usize::from(made.is_ok()), "{stem}");
                    assert!(made.is_ok_and(|made| made.as_str().starts_with(&stem)) || same_digits(&stem), "{stem}");
                }
            }
        }
    }

    #[test]
    fn the_made_number_is_the_real_one() {
        assert_eq!(BusinessNumber::from_parts(124, 81, 99).unwrap().to_string(), "124-81-00998");
        assert_eq!(BusinessNumber::from_parts(220, 81, 6251).unwrap().to_string(), "220-81-62517");
    }

    #[test]
    fn a_corporate_number_with_a_wrong_check_digit_is_only_doubtful() {
        for (text, ok) in [
            ("130111-0006246", true),
            ("110111-0062432", true),
            ("110111-1707178", true),
            ("110111-1129497", true),
            ("134411-0001387", true),
            ("110111-0085450", true),
            ("110111-2487050", true),
            ("130111-0006247", false),
        ] {
            let number: CorporateNumber = text.parse().unwrap();
            assert_eq!(number.checksum_ok(), ok, "{text}");
            assert_eq!(number.to_string(), text);
            assert_eq!(number.as_str(), text.replace('-', ""));
        }
        assert_eq!("１３０１１１ 0006246".parse::<CorporateNumber>().unwrap().as_str(), "1301110006246");
    }

    #[test]
    fn what_is_no_corporate_number_is_refused() {
        for (text, trouble) in [
            ("130111-000624", CorporateNumberTrouble::NotThirteenDigits),
            ("130111-00062466", CorporateNumberTrouble::NotThirteenDigits),
            ("13011X-0006246", CorporateNumberTrouble::NotThirteenDigits),
            ("0000000000000", CorporateNumberTrouble::SameDigits),
        ] {
            assert_eq!(text.parse::<CorporateNumber>(), Err(trouble), "{text}");
        }
    }

    #[test]
    fn approval_numbers_that_look_alike_are_one() {
        let kept = "2026100841000012AB475920";
        for text in [
            "20261008-41000012-ab475920",
            "20261008 41000012 AB475920",
            "２０２６１００８－４１０００012－Ａｂ475920",
            "2026100841000012ab475920\r\n",
        ] {
            let number: ApprovalNumber = text.parse().unwrap();
            assert_eq!(number.as_str(), kept);
            assert_eq!(number.issued_on(), NaiveDate::from_ymd_opt(2026, 10, 8).unwrap());
            assert_eq!(number.to_string(), "20261008-41000012-AB475920");
        }
    }

    #[test]
    fn what_is_no_approval_number_is_refused() {
        use ApprovalNumberTrouble::*;
        for (text, trouble) in [
            ("", NotTwentyFour),
            ("20261008-41000012-3847592", NotTwentyFour),
            ("20261008-41000012-384759200", NotTwentyFour),
            ("20261008-41000012-3847592가", NotTwentyFour),
            ("20261008_41000012_38475920", NotTwentyFour),
            ("20260229-41000012-38475920", NoDate),
            ("20261308-41000012-38475920", NoDate),
            ("2026100A-41000012-38475920", NoDate),
        ] {
            assert_eq!(text.parse::<ApprovalNumber>(), Err(trouble), "{text}");
        }
        assert!("20240229-41000012-38475920".parse::<ApprovalNumber>().is_ok());
    }

    #[test]
    fn account_numbers_keep_their_digits() {
        assert_eq!(fold_account("１１０-123 456789").as_deref(), Ok("110123456789"));
        assert_eq!(fold_account("123456"), Err(AccountTrouble::Length(6)));
        assert_eq!(fold_account(&"1".repeat(21)), Err(AccountTrouble::Length(21)));
        assert_eq!(fold_account("110-12E-456789"), Err(AccountTrouble::NotDigits));
    }
}
