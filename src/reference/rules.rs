//! Which size class a firm is in: the SME test of 중소기업기본법 시행령 별표 1 and 3 (domain.md 5.4).
//!
//! Invariant: a class is only given where a dated threshold covers the firm's main industry; everything
//! else is `Unassessable` and left to an officer. The five years of grace after outgrowing the limits,
//! and the adding up of affiliates' sales, are for the caller: this judges the figures it is given.

use chrono::NaiveDate;

/// Total assets, in won, from which a firm is no SME whatever it sells.
pub const ASSETS_CEILING_WON: i64 = 500_000_000_000;

/// From least to most; `Unassessable` stands outside the order of size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SizeClass {
    /// 소상공인: a small firm with few regular employees.
    Micro,
    /// 소기업.
    Small,
    /// 중기업: an SME that is not small.
    Medium,
    /// 중견기업.
    MidSized,
    /// A member of a disclosure-designated group.
    Large,
    Unassessable,
}

impl SizeClass {
    pub const ALL: [Self; 6] =
        [Self::Micro, Self::Small, Self::Medium, Self::MidSized, Self::Large, Self::Unassessable];

    /// As stored and exported.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Micro => "micro",
            Self::Small => "small",
            Self::Medium => "medium",
            Self::MidSized => "mid_sized",
            Self::Large => "large",
            Self::Unassessable => "unassessable",
        }
    }

    /// The inverse of [`Self::code`].
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.code() == code)
    }

    /// Micro, small and medium.
    #[must_use]
    pub fn is_sme(self) -> bool {
        matches!(self, Self::Micro | Self::Small | Self::Medium)
    }
}

/// A row of `size_thresholds`: the limits of one industry while it is in force, both days inclusive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Threshold {
    pub id: i64,
    /// A section (`F`), a division (`C17`), a class (`C30393`) or a part of one (`C31202-SEAT`).
    pub industry_code: String,
    /// A division of the section that has a row of its own, or none at all.
    pub excluding: Option<String>,
    /// Mean sales up to and including this are an SME's.
    pub sme_limit_won: i64,
    /// Mean sales up to and including this are a small firm's.
    pub small_limit_won: i64,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
    pub source: String,
}

impl Threshold {
    fn is_in_force(&self, on: NaiveDate) -> bool {
        self.valid_from <= on && self.valid_to.is_none_or(|last| on <= last)
    }

    /// A code too short to tell whether it is the excluded part is not covered: `E` may be `E36`.
    fn covers(&self, industry_code: &str) -> bool {
        industry_code.starts_with(&self.industry_code)
            && self
                .excluding
                .as_deref()
                .is_none_or(|excluded| !industry_code.starts_with(excluded) && !excluded.starts_with(industry_code))
    }
}

/// What the test looks at. Sales are the mean of three years in the main industry, in won.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeInput<'a> {
    /// KSIC with its section letter, as precise as known: `C17`, `C30393`, `C31202-SEAT`. That the division
    /// exists is checked where the code is entered.
    pub industry_code: &'a str,
    pub mean_sales_won: i64,
    pub total_assets_won: i64,
    pub employees_regular: i64,
    /// In a disclosure-designated group (공시대상기업집단).
    pub belongs_to_large_group: bool,
    /// A form the act covers: a firm for profit, a social enterprise or a cooperative.
    pub for_profit: bool,
}

/// One thing that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SizeTest {
    /// The legal form is one the act covers.
    CoveredForm,
    /// No figure is negative.
    Figures,
    /// A threshold in force covers the industry.
    Threshold,
    /// Not in a disclosure-designated group.
    Independence,
    /// Mean sales (won) at or under the SME limit.
    SmeSales,
    /// Total assets (won) under [`ASSETS_CEILING_WON`].
    TotalAssets,
    /// Mean sales (won) at or under the small limit; asked of SMEs only.
    SmallSales,
    /// Regular employees under the limit of the section; asked of small firms only.
    MicroEmployees,
}

impl SizeTest {
    /// As stored, and the end of its key in `words/`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::CoveredForm => "covered_form",
            Self::Figures => "figures",
            Self::Threshold => "threshold",
            Self::Independence => "independence",
            Self::SmeSales => "sme_sales",
            Self::TotalAssets => "total_assets",
            Self::SmallSales => "small_sales",
            Self::MicroEmployees => "micro_employees",
        }
    }
}

/// A test, how it came out, and for a comparison what was compared with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeReason {
    pub test: SizeTest,
    pub met: bool,
    pub value: Option<i64>,
    pub limit: Option<i64>,
}

impl SizeReason {
    fn plain(test: SizeTest, met: bool) -> Self {
        Self { test, met, value: None, limit: None }
    }

    fn at_most(test: SizeTest, value: i64, limit: i64) -> Self {
        Self { test, met: value <= limit, value: Some(value), limit: Some(limit) }
    }

    fn under(test: SizeTest, value: i64, limit: i64) -> Self {
        Self { test, met: value < limit, value: Some(value), limit: Some(limit) }
    }
}

/// A class with the row it rests on and everything that was looked at, in that order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SizeAssessment {
    pub class: SizeClass,
    pub threshold: Option<Threshold>,
    pub reasons: Vec<SizeReason>,
}

/// The threshold in force on this day for this code: part of a class before class before division before
/// section. `None` for codes that are malformed, have no row, or are too short to tell which row is theirs.
#[must_use]
pub fn most_specific<'a>(thresholds: &'a [Threshold], industry_code: &str, on: NaiveDate) -> Option<&'a Threshold> {
    if !is_industry_code(industry_code) {
        return None;
    }
    thresholds
        .iter()
        .filter(|threshold| threshold.is_in_force(on) && threshold.covers(industry_code))
        .max_by_key(|threshold| (threshold.industry_code.len(), threshold.valid_from))
}

/// The size class on this day, by the thresholds then in force.
#[must_use]
pub fn assess(input: &SizeInput<'_>, thresholds: &[Threshold], on: NaiveDate) -> SizeAssessment {
    let unassessable =
        |reason| SizeAssessment { class: SizeClass::Unassessable, threshold: None, reasons: vec![reason] };
    if !input.for_profit {
        return unassessable(SizeReason::plain(SizeTest::CoveredForm, false));
    }
    if input.mean_sales_won.min(input.total_assets_won).min(input.employees_regular) < 0 {
        return unassessable(SizeReason::plain(SizeTest::Figures, false));
    }
    let Some(threshold) = most_specific(thresholds, input.industry_code, on) else {
        return unassessable(SizeReason::plain(SizeTest::Threshold, false));
    };

    let mut reasons = vec![
        SizeReason::plain(SizeTest::Independence, !input.belongs_to_large_group),
        SizeReason::at_most(SizeTest::SmeSales, input.mean_sales_won, threshold.sme_limit_won),
        SizeReason::under(SizeTest::TotalAssets, input.total_assets_won, ASSETS_CEILING_WON),
    ];
    let is_sme = reasons.iter().all(|reason| reason.met);
    let mut next = |reason: SizeReason| {
        reasons.push(reason);
        reason.met
    };
    let class = if input.belongs_to_large_group {
        SizeClass::Large
    } else if !is_sme {
        SizeClass::MidSized
    } else if !next(SizeReason::at_most(SizeTest::SmallSales, input.mean_sales_won, threshold.small_limit_won)) {
        SizeClass::Medium
    } else if !next(SizeReason::under(
        SizeTest::MicroEmployees,
        input.employees_regular,
        micro_employees_limit(input.industry_code),
    )) {
        SizeClass::Small
    } else {
        SizeClass::Micro
    };
    SizeAssessment { class, threshold: Some(threshold.clone()), reasons }
}

/// Mining, manufacturing, construction and transport may have more (소상공인기본법 시행령).
fn micro_employees_limit(industry_code: &str) -> i64 {
    if industry_code.starts_with(['B', 'C', 'F', 'H']) { 10 } else { 5 }
}

/// A section letter, then nothing or two to five digits, and after five digits perhaps the part of the
/// class: a dash and capitals.
fn is_industry_code(code: &str) -> bool {
    let (class, part) = code.split_once('-').map_or((code, None), |(class, part)| (class, Some(part)));
    let digits = class.strip_prefix(|section| matches!(section, 'A'..='U'));
    digits.is_some_and(|digits| {
        matches!(digits.len(), 0 | 2..=5)
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && part.is_none_or(|part| {
                digits.len() == 5 && !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_uppercase())
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    const EOK_WON: i64 = 100_000_000;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn today() -> NaiveDate {
        day("2026-11-22")
    }

    /// The rows that are shipped, read from the migration itself.
    fn shipped() -> Vec<Threshold> {
        let sql = include_str!("../../migrations/0002_reference.sql");
        let rows = sql.split_once("INSERT INTO size_thresholds").unwrap().1.split_once(';').unwrap().0;
        let text = |field: &str| field.trim_matches('\'').to_owned();
        let rows = rows.lines().skip(1).map(|line| {
            let fields: Vec<&str> = line.trim().trim_start_matches('(').splitn(8, ", ").collect();
            Threshold {
                id: fields[0].parse().unwrap(),
                industry_code: text(fields[1]),
                excluding: (fields[2] != "NULL").then(|| text(fields[2])),
                sme_limit_won: fields[3].parse().unwrap(),
                small_limit_won: fields[4].parse().unwrap(),
                valid_from: day(fields[5].trim_matches('\'')),
                valid_to: (fields[6] != "NULL").then(|| day(fields[6].trim_matches('\''))),
                source: fields[7].to_owned(),
            }
        });
        rows.collect()
    }

    /// A code that this row and no narrower one covers.
    fn example(row: &Threshold) -> String {
        let division = match row.industry_code.as_str() {
            "A" => "01",
            "B" => "05",
            "D" => "35",
            "E" => "38",
            "F" => "41",
            "G" => "46",
            "H" => "49",
            "I" => "56",
            "J" => "62",
            "K" => "64",
            "L" => "68",
            "M" => "72",
            "N" => "75",
            "P" => "85",
            "Q" => "86",
            "R" => "90",
            "S" => "95",
            _ => "",
        };
        format!("{}{division}", row.industry_code)
    }

    fn firm(industry_code: &str, mean_sales_won: i64, employees_regular: i64) -> SizeInput<'_> {
        SizeInput {
            industry_code,
            mean_sales_won,
            total_assets_won: 0,
            employees_regular,
            belongs_to_large_group: false,
            for_profit: true,
        }
    }

    fn class(input: &SizeInput<'_>) -> SizeClass {
        assess(input, &shipped(), today()).class
    }

    #[test]
    fn the_shipped_rows_are_those_of_the_decree() {
        let rows = shipped();
        assert_eq!(rows.len(), 47);
        let (industries, exceptions) = rows.split_at(44);
        let mut by_limit: BTreeMap<i64, usize> = BTreeMap::new();
        for row in industries {
            *by_limit.entry(row.sme_limit_won / EOK_WON).or_default() += 1;
        }
        assert_eq!(
            by_limit.into_iter().collect::<Vec<_>>(),
            [(400, 5), (600, 5), (800, 7), (1000, 12), (1200, 9), (1500, 3), (1800, 3)]
        );
        let small: BTreeSet<i64> = industries.iter().map(|row| row.small_limit_won / EOK_WON).collect();
        assert_eq!(small.into_iter().collect::<Vec<_>>(), [15, 30, 40, 50, 60, 80, 100, 120, 140]);
        for row in exceptions {
            assert_eq!((row.sme_limit_won, row.small_limit_won), (1500 * EOK_WON, 120 * EOK_WON));
        }
        for row in &rows {
            assert!(is_industry_code(&row.industry_code));
            assert_eq!((row.valid_from, row.valid_to), (day("2025-09-01"), None));
            assert!(row.excluding.as_deref().is_none_or(|excluded| excluded.starts_with(&row.industry_code)));
        }
    }

    #[test]
    fn every_row_is_the_one_used_for_its_own_industry() {
        let rows = shipped();
        for row in &rows {
            assert_eq!(most_specific(&rows, &example(row), today()), Some(row), "{}", row.industry_code);
        }
    }

    #[test]
    fn every_limit_is_inclusive() {
        let rows = shipped();
        for row in &rows {
            let code = example(row);
            for (sales, employees, expected) in [
                (0, 0, SizeClass::Micro),
                (row.small_limit_won, 0, SizeClass::Micro),
                (row.small_limit_won, 10, SizeClass::Small),
                (row.small_limit_won + 1, 0, SizeClass::Medium),
                (row.sme_limit_won, 0, SizeClass::Medium),
                (row.sme_limit_won + 1, 0, SizeClass::MidSized),
                (i64::MAX, i64::MAX, SizeClass::MidSized),
            ] {
                let assessment = assess(&firm(&code, sales, employees), &rows, today());
                assert_eq!(assessment.class, expected, "{code} with sales of {sales}");
                assert_eq!(assessment.threshold.as_ref(), Some(row), "{code}");
            }
        }
    }

    #[test]
    fn micro_firms_have_fewer_than_ten_employees_in_four_sections_and_fewer_than_five_elsewhere() {
        for row in shipped() {
            let code = example(&row);
            let limit = if "BCFH".contains(&code[..1]) { 10 } else { 5 };
            assert_eq!(class(&firm(&code, 0, limit - 1)), SizeClass::Micro, "{code}");
            assert_eq!(class(&firm(&code, 0, limit)), SizeClass::Small, "{code}");
        }
    }

    #[test]
    fn more_sales_never_make_a_firm_smaller() {
        let rows = shipped();
        for row in &rows {
            let code = example(row);
            for employees in [0, 4, 5, 9, 10, 500] {
                let ranks = (0..2000).step_by(5).map(|eok| {
                    let class = assess(&firm(&code, eok * EOK_WON, employees), &rows, today()).class;
                    SizeClass::ALL.iter().position(|&other| other == class)
                });
                assert!(ranks.is_sorted(), "{code} with {employees} employees");
            }
        }
    }

    #[test]
    fn assets_of_five_hundred_billion_end_the_sme() {
        let small = firm("J62", EOK_WON, 3);
        assert_eq!(class(&SizeInput { total_assets_won: ASSETS_CEILING_WON - 1, ..small }), SizeClass::Micro);
        assert_eq!(class(&SizeInput { total_assets_won: ASSETS_CEILING_WON, ..small }), SizeClass::MidSized);
    }

    #[test]
    fn a_group_member_is_large_however_small() {
        assert_eq!(class(&SizeInput { belongs_to_large_group: true, ..firm("J62", EOK_WON, 3) }), SizeClass::Large);
    }

    #[test]
    fn what_has_no_row_is_not_assessed() {
        for code in [
            "O",
            "O84",
            "T97",
            "U99",
            "S94",
            "S94110",
            "E",
            "N",
            "S",
            "C",
            "",
            "c17",
            "17",
            "C1",
            "C171111",
            "C17가",
            "V01",
            "C17-",
            "C17-SEAT",
            "C31202-",
            "C31202-seat",
        ] {
            let assessment = assess(&firm(code, 0, 0), &shipped(), today());
            assert_eq!(assessment.class, SizeClass::Unassessable, "{code}");
            assert_eq!(assessment.threshold, None);
            assert_eq!(assessment.reasons, [SizeReason::plain(SizeTest::Threshold, false)]);
        }
    }

    #[test]
    fn forms_outside_the_act_and_impossible_figures_are_not_assessed() {
        let given = firm("J62", EOK_WON, 3);
        for (input, test) in [
            (SizeInput { for_profit: false, ..given }, SizeTest::CoveredForm),
            (SizeInput { mean_sales_won: -1, ..given }, SizeTest::Figures),
            (SizeInput { total_assets_won: -1, ..given }, SizeTest::Figures),
            (SizeInput { employees_regular: -1, ..given }, SizeTest::Figures),
        ] {
            let assessment = assess(&input, &shipped(), today());
            assert_eq!(assessment.class, SizeClass::Unassessable);
            assert_eq!(assessment.reasons, [SizeReason::plain(test, false)]);
        }
    }

    #[test]
    fn narrower_rows_win_and_only_seat_makers_have_the_exception() {
        let rows = shipped();
        for (code, expected) in [
            ("C30", "C30"),
            ("C3039", "C30"),
            ("C30393", "C30393"),
            ("C30399", "C30"),
            ("C31202", "C31"),
            ("C31202-SEAT", "C31202-SEAT"),
            ("C31322-SEAT", "C31322-SEAT"),
            ("E36010", "E36"),
            ("E37", "E"),
            ("N76", "N76"),
            ("N74", "N"),
            ("S95", "S"),
            ("F", "F"),
        ] {
            let row = most_specific(&rows, code, today()).unwrap();
            assert_eq!(row.industry_code, expected, "{code}");
        }
    }

    #[test]
    fn rows_count_from_their_first_day_to_their_last() {
        let old = Threshold { id: 1, sme_limit_won: 100, valid_to: Some(day("2027-12-31")), ..shipped()[0].clone() };
        let new = Threshold { id: 2, valid_from: day("2028-01-01"), valid_to: None, ..old.clone() };
        let rows = [old, new];
        for (on, expected) in
            [("2025-08-31", None), ("2025-09-01", Some(1)), ("2027-12-31", Some(1)), ("2028-01-01", Some(2))]
        {
            assert_eq!(most_specific(&rows, "C17", day(on)).map(|row| row.id), expected, "{on}");
        }
    }

    #[test]
    fn reasons_tell_every_comparison() {
        let input = SizeInput { total_assets_won: 7, ..firm("J62", 2, 3) };
        let reasons = assess(&input, &shipped(), today()).reasons;
        let told: Vec<_> = reasons.iter().map(|r| (r.test.code(), r.met, r.value, r.limit)).collect();
        assert_eq!(
            told,
            [
                ("independence", true, None, None),
                ("sme_sales", true, Some(2), Some(1000 * EOK_WON)),
                ("total_assets", true, Some(7), Some(ASSETS_CEILING_WON)),
                ("small_sales", true, Some(2), Some(50 * EOK_WON)),
                ("micro_employees", true, Some(3), Some(5)),
            ]
        );
    }

    #[test]
    fn codes_read_back() {
        for class in SizeClass::ALL {
            assert_eq!(SizeClass::from_code(class.code()), Some(class));
        }
        assert_eq!(SizeClass::from_code("huge"), None);
    }

    proptest::proptest! {
        /// Within three won and three people of every edge, the class is what the decree says in plain words.
        #[test]
        fn at_every_edge_the_class_is_what_the_decree_says(
            row in 0_usize..47, near_sme in proptest::bool::ANY, sales in -3_i64..=3, people in 0_i64..=13,
            assets in -3_i64..=3, full in proptest::bool::ANY,
        ) {
            let rows = shipped();
            let row = &rows[row];
            let code = example(row);
            let limit = if near_sme { row.sme_limit_won } else { row.small_limit_won };
            let mut input = firm(&code, limit + sales, people);
            input.total_assets_won = if full { ASSETS_CEILING_WON + assets } else { 0 };
            let micro = if code.starts_with(['B', 'C', 'F', 'H']) { 10 } else { 5 };
            let expected = if input.mean_sales_won > row.sme_limit_won || input.total_assets_won >= ASSETS_CEILING_WON {
                SizeClass::MidSized
            } else if input.mean_sales_won > row.small_limit_won {
                SizeClass::Medium
            } else if people >= micro {
                SizeClass::Small
            } else {
                SizeClass::Micro
            };
            proptest::prop_assert_eq!(class(&input), expected, "{}", code);
        }
    }
}
