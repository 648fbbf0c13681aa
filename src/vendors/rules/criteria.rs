//! What a vendor must show before it is registered, criterion by criterion (domain: 2.3 and part I A3).
//! The service says what it sees; an officer decides.

use crate::core::{money::Won, names::fold_search};
use chrono::{Duration, Months, NaiveDate};

crate::text_enum!(
    /// One criterion.
    Criterion {
        /// Five customers, none of them an affiliate, six months or longer, satisfied.
        References = "references",
        /// The customers report at least 15 % more output for the same work.
        Gain = "gain",
        Equity = "equity",
        CurrentRatio = "current_ratio",
        /// Eighteen months old.
        Age = "age",
        TaxClear = "tax_clear",
        SecurityMark = "security_mark",
    }
);

crate::text_enum!(
    /// What an officer decided about a criterion.
    Verdict { Met = "met", Unmet = "unmet", Waived = "waived" }
);

crate::text_enum!(
    /// What the service sees.
    Finding { Met = "met", Unmet = "unmet", Undetermined = "undetermined" }
);

pub const REFERENCES_MIN: usize = 5;
/// Months of use from which a customer counts as a reference.
pub const MONTHS_USED_MIN: i64 = 6;
/// Thousandths of a percent point: 15 %.
pub const GAIN_MILLI_MIN: i64 = 15_000;
/// Thousandths: current assets are at least current liabilities.
pub const RATIO_MILLI_MIN: i64 = 1_000;
const AGE_MONTHS_MIN: u32 = 18;
/// How old a tax clearance may be, in days (domain: deadlines, document validity).
const TAX_DAYS_MAX: i64 = 30;

impl Criterion {
    /// Whether the vendor must state it with a document.
    pub fn wants_evidence(self) -> bool {
        !matches!(self, Criterion::References | Criterion::Age)
    }

    /// Whether it is stated as a figure with three decimals.
    pub fn has_figure(self) -> bool {
        matches!(self, Criterion::Gain | Criterion::CurrentRatio)
    }

    /// Whether it is stated with a day: of issue, or until which a mark holds.
    pub fn has_day(self) -> bool {
        matches!(self, Criterion::TaxClear | Criterion::SecurityMark)
    }

    /// Whether it is stated in words: the name of the mark.
    pub fn has_words(self) -> bool {
        self == Criterion::SecurityMark
    }
}

/// What the vendor stated of one criterion.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stated {
    pub milli: Option<i64>,
    pub on: Option<NaiveDate>,
    pub has_file: bool,
}

/// What the service knows by itself.
#[derive(Debug, Clone, Copy)]
pub struct Ground {
    /// References that count.
    pub references: usize,
    /// Of the latest year given.
    pub equity: Option<Won>,
    pub founded_on: NaiveDate,
    pub today: NaiveDate,
}

/// What the service sees of a criterion.
pub fn assess(criterion: Criterion, stated: Option<Stated>, ground: Ground) -> Finding {
    let found = |met: Option<bool>| match met {
        Some(true) => Finding::Met,
        Some(false) => Finding::Unmet,
        None => Finding::Undetermined,
    };
    let stated = stated.unwrap_or_default();
    if criterion.wants_evidence() && !stated.has_file {
        return Finding::Undetermined;
    }
    found(match criterion {
        Criterion::References => Some(ground.references >= REFERENCES_MIN),
        Criterion::Gain => stated.milli.map(|milli| milli >= GAIN_MILLI_MIN),
        Criterion::Equity => ground.equity.map(Won::is_positive),
        Criterion::CurrentRatio => stated.milli.map(|milli| milli >= RATIO_MILLI_MIN),
        Criterion::Age => {
            ground.founded_on.checked_add_months(Months::new(AGE_MONTHS_MIN)).map(|day| day <= ground.today)
        }
        Criterion::TaxClear => {
            stated.on.map(|on| on <= ground.today && ground.today - on <= Duration::days(TAX_DAYS_MAX))
        }
        Criterion::SecurityMark => stated.on.map(|until| until >= ground.today),
    })
}

crate::text_enum!(
    /// What two businesses have in common that hints at one hand behind both.
    Tie {
        SameBusiness = "same_business",
        Representative = "representative",
        Address = "address",
        Phone = "phone",
        /// One account for both.
        Account = "account",
    }
);

/// What is compared of a business.
#[derive(Debug, Clone, Copy)]
pub struct Party<'a> {
    pub business_number: &'a str,
    pub representative: &'a str,
    pub address: &'a str,
    pub phone: &'a str,
}

/// What ties two businesses, however it is written (domain: part I A1 affiliation, E R02).
pub fn ties(one: Party<'_>, other: Party<'_>) -> Vec<Tie> {
    let same = |one: &str, other: &str| {
        let (one, other) = (fold_search(one), fold_search(other));
        !one.is_empty() && one == other
    };
    let (phone, other_phone) = (digits(one.phone), digits(other.phone));
    let found = [
        (one.business_number == other.business_number, Tie::SameBusiness),
        (same(one.representative, other.representative), Tie::Representative),
        (same(one.address, other.address), Tie::Address),
        // Shorter numbers are placeholders.
        (phone.len() >= 7 && phone == other_phone, Tie::Phone),
    ];
    found.into_iter().filter_map(|(is_tied, tie)| is_tied.then_some(tie)).collect()
}

/// `+82-2-…` and `02-…` are one number.
fn digits(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    digits.strip_prefix("82").map(|rest| format!("0{}", rest.trim_start_matches('0'))).unwrap_or(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn ground() -> Ground {
        Ground { references: 5, equity: Some(Won(1)), founded_on: day("2025-09-02"), today: day("2027-03-02") }
    }

    #[test]
    fn each_criterion_at_its_edge() {
        use Criterion::*;
        use Finding::*;
        let figure = |milli| Some(Stated { milli: Some(milli), has_file: true, ..Stated::default() });
        let on = |text: &str| Some(Stated { on: Some(day(text)), has_file: true, ..Stated::default() });
        let file = Some(Stated { has_file: true, ..Stated::default() });
        for (criterion, stated, ground, finding) in [
            (References, None, ground(), Met),
            (References, None, Ground { references: 4, ..ground() }, Unmet),
            (Gain, figure(15_000), ground(), Met),
            (Gain, figure(14_999), ground(), Unmet),
            (Gain, None, ground(), Undetermined),
            (Equity, file, ground(), Met),
            (Equity, file, Ground { equity: Some(Won(0)), ..ground() }, Unmet),
            (Equity, file, Ground { equity: None, ..ground() }, Undetermined),
            (CurrentRatio, figure(1_000), ground(), Met),
            (CurrentRatio, figure(999), ground(), Unmet),
            (Age, None, ground(), Met),
            (Age, None, Ground { founded_on: day("2025-09-03"), ..ground() }, Unmet),
            (TaxClear, on("2027-01-31"), ground(), Met),
            (TaxClear, on("2027-01-30"), ground(), Unmet),
            (TaxClear, on("2027-03-03"), ground(), Unmet),
            (SecurityMark, on("2027-03-02"), ground(), Met),
            (SecurityMark, on("2027-03-01"), ground(), Unmet),
        ] {
            assert_eq!(assess(criterion, stated, ground), finding, "{criterion}");
        }
    }

    #[test]
    fn a_figure_without_its_document_determines_nothing() {
        let stated = Some(Stated { milli: Some(99_000), ..Stated::default() });
        assert_eq!(assess(Criterion::Gain, stated, ground()), Finding::Undetermined);
    }

    #[test]
    fn ties_are_seen_however_they_are_written() {
        let one = Party {
            business_number: "1018100016",
            representative: "김 하나",
            address: "서울특별시 중구 세종대로 1",
            phone: "02-700-0001",
        };
        let other = Party {
            business_number: "1018100029",
            representative: "김하나",
            address: "서울특별시  중구 세종대로 1",
            phone: "+82 2 700 0001",
        };
        assert!(ties(one, other).contains(&Tie::Phone) && ties(one, other).contains(&Tie::Address));
        assert_eq!(ties(one, one).first(), Some(&Tie::SameBusiness));
        let stranger = Party { business_number: "1", representative: "", address: "", phone: "1" };
        assert_eq!(ties(stranger, Party { business_number: "2", ..stranger }), []);
    }
}
