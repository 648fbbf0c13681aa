//! A believable firm, vendor or person for a seed and a number: the same seed gives the same population.
//! Nobody in it is real; every mail address ends in a name that can never exist.

use crate::core::{money::Won, numbers::BusinessNumber};
use chrono::NaiveDate;
use rand::{RngExt, SeedableRng, rngs::StdRng};

/// How far a generated case goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Goal {
    /// Registered, never applied.
    Registered,
    Draft,
    Submitted,
    SupplementRequested,
    Ineligible,
    Withdrawn,
    Eligible,
    InReview,
    Rejected,
    Reserve,
    Selected,
    Offered,
    Active,
    Issued,
    Invoiced,
    Disputed,
    Accepted,
    Approved,
    Ordered,
    Sent,
    Paid,
    Reported,
    Closed,
}

/// Shares of a thousand firms; the rest is registered only.
const GOALS: &[(Goal, u32)] = &[
    (Goal::Draft, 60),
    (Goal::Submitted, 90),
    (Goal::SupplementRequested, 30),
    (Goal::Ineligible, 60),
    (Goal::Withdrawn, 30),
    (Goal::Eligible, 60),
    (Goal::InReview, 60),
    (Goal::Rejected, 110),
    (Goal::Reserve, 30),
    (Goal::Selected, 20),
    (Goal::Offered, 20),
    (Goal::Active, 20),
    (Goal::Issued, 40),
    (Goal::Invoiced, 20),
    (Goal::Disputed, 10),
    (Goal::Accepted, 20),
    (Goal::Approved, 20),
    (Goal::Ordered, 15),
    (Goal::Sent, 15),
    (Goal::Paid, 30),
    (Goal::Reported, 20),
    (Goal::Closed, 40),
];

/// ISO code of a region and how many of a thousand firms are there (in force after 1 July 2026).
const REGIONS: &[(&str, u32)] = &[
    ("KR-11", 215),
    ("KR-41", 275),
    ("KR-26", 65),
    ("KR-27", 48),
    ("KR-28", 58),
    ("KR-30", 27),
    ("KR-31", 20),
    ("KR-42", 27),
    ("KR-43", 34),
    ("KR-44", 45),
    ("KR-45", 32),
    ("KR-47", 52),
    ("KR-48", 62),
    ("KR-49", 12),
    ("KR-50", 5),
    ("KR-X12", 23),
];

/// Division, share of a thousand, word for a firm of it, use cases it asks for.
const INDUSTRIES: &[(&str, u32, &str, &[&str])] = &[
    ("C10", 60, "푸드", &["QC_VISION", "WASTE_RED"]),
    ("C20", 35, "케미칼", &["WASTE_RED", "QC_VISION"]),
    ("C22", 35, "폴리머", &["WASTE_RED", "QC_VISION"]),
    ("C25", 70, "금속", &["QC_VISION", "WASTE_RED"]),
    ("C26", 60, "전자", &["QC_VISION"]),
    ("C28", 40, "전기", &["QC_VISION", "DEMAND_FC"]),
    ("C29", 70, "정밀", &["QC_VISION", "WASTE_RED"]),
    ("C30", 40, "오토텍", &["QC_VISION", "DEMAND_FC"]),
    ("F41", 45, "건설", &["DOC_SEARCH"]),
    ("G46", 110, "상사", &["DEMAND_FC", "CS_AUTO"]),
    ("G47", 80, "유통", &["DEMAND_FC", "CS_AUTO"]),
    ("H49", 35, "운수", &["DELIV_WINDOW"]),
    ("H52", 30, "물류", &["DELIV_WINDOW", "DEMAND_FC"]),
    ("I56", 35, "에프앤비", &["DEMAND_FC", "CS_AUTO"]),
    ("J58", 60, "소프트", &["CS_AUTO", "DOC_SEARCH"]),
    ("J62", 55, "데이터", &["DOC_SEARCH", "CS_AUTO"]),
    ("M71", 45, "컨설팅", &["DOC_SEARCH"]),
    ("M72", 35, "엔지니어링", &["DOC_SEARCH"]),
    ("Q86", 60, "의원", &["CLINIC_DOC", "PATIENT_COMM"]),
];

const FIRST: &[&str] = &[
    "가온",
    "나래",
    "다온",
    "라온",
    "마루",
    "바른",
    "새롬",
    "아람",
    "자연",
    "차오름",
    "큰솔",
    "타래",
    "파란",
    "하늘",
    "한울",
    "해솔",
    "누리",
    "도담",
    "미르",
    "별빛",
    "산들",
    "온새",
    "윤슬",
    "은하",
    "이든",
    "참빛",
    "초록",
    "푸른",
    "한결",
    "햇살",
];
const SECOND: &[&str] = &[
    "", "동방", "서해", "남도", "북악", "중앙", "제일", "신성", "우진", "태영", "대한", "동아", "삼정", "오성", "유일",
];
const FAMILY: &[&str] =
    &["김", "이", "박", "최", "정", "강", "조", "윤", "장", "임", "한", "오", "서", "신", "권", "황"];
const GIVEN: &[&str] = &[
    "하준", "서연", "도윤", "지우", "시우", "서윤", "주원", "하은", "예준", "민서", "지호", "채원", "준서", "수아",
    "건우", "지민",
];

#[derive(Debug, Clone)]
pub struct FirmSpec {
    pub number: u32,
    pub business_number: BusinessNumber,
    pub legal_name: String,
    pub representative: String,
    pub email: String,
    pub industry: &'static str,
    pub region: &'static str,
    pub address: String,
    pub phone: String,
    pub employees: i64,
    pub founded_on: NaiveDate,
    /// Sales of the last closed year; the years before follow from it.
    pub sales: Won,
    pub assets: Won,
    pub equity: Won,
    pub capital: Won,
    pub use_case: &'static str,
    pub goal: Goal,
    /// What it asks the state for, in whole millions of won.
    pub support: Won,
}

/// A generator that depends on nothing but seed and number.
fn dice(seed: u64, number: u32, salt: u64) -> StdRng {
    StdRng::seed_from_u64(seed ^ (u64::from(number) << 20) ^ salt.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

fn pick<T: Copy>(dice: &mut StdRng, all: &[T]) -> T {
    all[dice.random_range(0..all.len())]
}

/// One of `all` by its share of a thousand; None for what is left of the thousand.
fn weighted<T>(dice: &mut StdRng, all: impl Iterator<Item = (T, u32)>) -> Option<T> {
    let mut place = dice.random_range(0..1_000_u32);
    for (value, share) in all {
        if place < share {
            return Some(value);
        }
        place -= share;
    }
    None
}

/// Unique and valid for every number below 35 million.
fn business_number(number: u32) -> BusinessNumber {
    let (office, rest) = (101 + number % 600, number / 600);
    let (kind, serial) = (81 + rest % 6, 1 + rest / 6);
    let parts = (u16::try_from(office), u8::try_from(kind), u16::try_from(serial));
    match parts {
        (Ok(office), Ok(kind), Ok(serial)) => {
            BusinessNumber::from_parts(office, kind, serial).expect("offices, kinds and serials in their ranges")
        }
        _ => panic!("a population is smaller than 35 million"),
    }
}

fn person(dice: &mut StdRng) -> String {
    format!("{}{}", pick(dice, FAMILY), pick(dice, GIVEN))
}

/// Firm `number` of the population `seed`.
pub fn firm(seed: u64, number: u32) -> FirmSpec {
    let mut dice = dice(seed, number, 1);
    let (industry, word, use_cases) =
        weighted(&mut dice, INDUSTRIES.iter().map(|(code, share, word, uses)| ((*code, *word, *uses), *share)))
            .unwrap_or(("C29", "정밀", &["QC_VISION"]));
    let region = weighted(&mut dice, REGIONS.iter().copied()).unwrap_or("KR-41");
    // Many small firms, few large ones.
    let place = dice.random_range(0..1_000_i64);
    let scale = place * place * place / 1_000_000;
    let employees = 1 + scale * 220 / 1_000;
    let sales = 1_000_000 * (120 + scale * 60 + dice.random_range(0..300));
    let assets = sales * dice.random_range(50..120) / 100;
    let capital = 50_000_000 + assets / 20;
    let equity = if dice.random_range(0..40) == 0 { capital / 2 } else { capital + assets / 5 };
    let year = dice.random_range(1985..2024);
    FirmSpec {
        number,
        business_number: business_number(number),
        legal_name: format!("주식회사 {}{}{word}", pick(&mut dice, FIRST), pick(&mut dice, SECOND)),
        representative: person(&mut dice),
        email: format!("firm{number}@firms.invalid"),
        industry,
        region,
        address: format!("시연로 {}길 {}", dice.random_range(1..300), 1 + number % 97),
        phone: format!("0{}-{:04}-{:04}", dice.random_range(31..64), dice.random_range(200..9_999), number % 10_000),
        employees,
        founded_on: NaiveDate::from_ymd_opt(year, dice.random_range(1..=12), dice.random_range(1..=28))
            .expect("days up to the 28th exist"),
        sales: Won(sales),
        assets: Won(assets),
        equity: Won(equity),
        capital: Won(capital),
        use_case: pick(&mut dice, use_cases),
        goal: weighted(&mut dice, GOALS.iter().copied()).unwrap_or(Goal::Registered),
        support: Won(1_000_000 * dice.random_range(20..=180)),
    }
}

#[derive(Debug, Clone)]
pub struct VendorSpec {
    pub firm: FirmSpec,
    pub website: String,
    pub support_email: String,
    pub bank_code: &'static str,
    pub account: String,
    pub solution: String,
    pub use_case: &'static str,
    pub model_origin: &'static str,
    pub hosting: &'static str,
    pub unit_price: Won,
}

const USE_CASES: &[&str] =
    &["QC_VISION", "DEMAND_FC", "CLINIC_DOC", "DELIV_WINDOW", "WASTE_RED", "PATIENT_COMM", "CS_AUTO", "DOC_SEARCH"];
const SOLUTIONS: &[&str] =
    &["비전 검사", "수요 예측", "진료 문서", "배송 계획", "공정 낭비 분석", "환자 안내", "상담 지원", "문서 검색"];

/// Vendor `number` of the population `seed`; its business number lies beyond those of firms.
pub fn vendor(seed: u64, number: u32) -> VendorSpec {
    const BEYOND_FIRMS: u32 = 20_000_000;
    let mut firm = firm(seed, BEYOND_FIRMS + number);
    let mut dice = dice(seed, number, 2);
    let use_case = USE_CASES[number as usize % USE_CASES.len()];
    let name = format!("주식회사 {}에이아이{}", pick(&mut dice, FIRST), number + 1);
    firm.legal_name.clone_from(&name);
    firm.industry = "J62";
    firm.email = format!("vendor{number}@vendors.invalid");
    VendorSpec {
        website: format!("https://vendor{number}.invalid"),
        support_email: format!("help@vendor{number}.invalid"),
        bank_code: pick(&mut dice, &["003", "004", "011", "020", "081", "088"]),
        account: format!("{:06}{:06}", dice.random_range(100_000..999_999), number + 100_000),
        solution: format!("{} AI {}", SOLUTIONS[number as usize % SOLUTIONS.len()], 1 + number / 8),
        use_case,
        model_origin: pick(&mut dice, &["sovereign", "sovereign", "global", "open_weight", "hybrid"]),
        hosting: pick(&mut dice, &["kr_public_cloud", "kr_public_cloud", "kr_private", "edge_device"]),
        unit_price: Won(1_000_000 * dice.random_range(5..40)),
        firm,
    }
}

/// A die of a vendor's own for each purpose.
pub(super) fn vendor_dice(seed: u64, number: u32, purpose: u64) -> StdRng {
    dice(seed, number, 10_000 + purpose)
}

/// Name and number of a customer that a vendor names; none of them is in the population.
pub(super) fn customer(seed: u64, vendor: u32, number: u32) -> (String, BusinessNumber) {
    const BEYOND_VENDORS: u32 = 30_000_000;
    let mut dice = vendor_dice(seed, vendor * 5 + number, 1);
    let name = format!("{}{} {}", pick(&mut dice, FIRST), pick(&mut dice, SECOND), number + 1);
    (name, business_number(BEYOND_VENDORS + vendor * 5 + number))
}

/// A share in points between `low` and `high` for reviewer `reviewer` of firm `number`.
pub fn points(seed: u64, number: u32, reviewer: u64, low: i64, high: i64) -> i64 {
    dice(seed, number, 100 + reviewer).random_range(low..=high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_same_seed_gives_the_same_firm() {
        let (one, other) = (firm(7, 4_217), firm(7, 4_217));
        assert_eq!((one.legal_name, one.sales, one.goal), (other.legal_name, other.sales, other.goal));
    }

    #[test]
    fn business_numbers_are_valid_and_never_repeat() {
        let numbers: HashSet<String> = (0..130_000).map(|n| business_number(n).as_str().to_owned()).collect();
        assert_eq!(numbers.len(), 130_000);
        assert!(numbers.iter().all(|number| number.parse::<BusinessNumber>().is_ok()));
    }

    #[test]
    fn every_state_of_a_case_occurs() {
        let goals: HashSet<String> = (0..3_000).map(|n| format!("{:?}", firm(1, n).goal)).collect();
        assert_eq!(goals.len(), GOALS.len() + 1);
    }
}
