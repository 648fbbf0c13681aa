//! What an invoice must agree with before the state pays for it (domain.md part I B "Claim", C2, C6 to C8; 5.7).
//! A plain contradiction is refused where it stands; everything else is written down for the officer, each with
//! the value that was seen and the threshold it was held against.

use crate::core::{
    form::FormErrors,
    money::Won,
    numbers::{ApprovalNumber, BusinessNumber},
};
use chrono::{Datelike, NaiveDate};

/// Lines of one invoice.
pub const LINES_MAX: usize = 20;

crate::text_enum!(
    /// What a check found.
    CheckResult { Met = "met", Unmet = "unmet", Undetermined = "undetermined" }
);

crate::text_enum!(
    /// How a supply is taxed: at 10 %, at 0 %, or not at all (domain.md 5.7).
    TaxKind { Taxable = "taxable", Zero = "zero", Exempt = "exempt" }
);

/// An invoice as the vendor states it.
#[derive(Debug, Clone, PartialEq)]
pub struct Invoice {
    pub approval_number: ApprovalNumber,
    pub invoice_no: String,
    pub kind: TaxKind,
    /// The day it was written for; the day of issue stands in the approval number.
    pub issued_on: NaiveDate,
    pub supplied_on: NaiveDate,
    pub supplier_number: BusinessNumber,
    pub buyer_number: BusinessNumber,
    pub supply: Won,
    pub vat: Won,
    pub total: Won,
    /// One to `LINES_MAX`.
    pub lines: Vec<InvoiceLine>,
}

/// A line: a deduction has a negative price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceLine {
    pub description: String,
    pub quantity: i64,
    pub unit_price: Won,
    pub net: Won,
}

/// What the invoice is held against.
#[derive(Debug, Clone)]
pub struct Ground {
    pub supplier_number: String,
    pub buyer_number: String,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    pub milestone_supply: Won,
    pub milestone_support: Won,
    pub voucher_balance: Won,
    pub voucher_issued: bool,
    pub vendor_approved: bool,
    /// Vendor and firm are one organisation.
    pub same_organisation: bool,
    pub delivery_accepted: bool,
    /// When the business register last called each of them active.
    pub supplier_active_on: Option<NaiveDate>,
    pub buyer_active_on: Option<NaiveDate>,
    /// Other live claims between the same two with the same total.
    pub same_amount: Vec<String>,
    /// How many reports of usage there are, where the call asks for them.
    pub usage_reports: Option<i64>,
    /// The last day a tax invoice for this supply may be issued.
    pub issue_by: NaiveDate,
    pub today: NaiveDate,
}

/// One check with what it saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub rule: &'static str,
    pub result: CheckResult,
    pub value: String,
    pub threshold: String,
}

/// Days after which the word of the business register is too old to pay on (domain.md C7).
const REGISTER_DAYS_MAX: i64 = 3;

/// Rules without which a claim cannot be approved.
pub const BLOCKING: &[&str] = &[
    "vendor_is_not_firm",
    "vendor_approved",
    "voucher_issued",
    "within_voucher",
    "delivery_accepted",
    "usage_evidence",
];

/// The state's part of a supply value: the milestone's share of it, rounded down.
pub fn support(ground: &Ground, supply: Won) -> Won {
    share_of(ground.milestone_support, supply, ground.milestone_supply)
}

/// `part` of `whole` of an amount, rounded down.
pub fn share_of(amount: Won, part: Won, whole: Won) -> Won {
    let share = i128::from(amount.0) * i128::from(part.0) / i128::from(whole.0);
    Won(i64::try_from(share).unwrap_or(i64::MAX))
}

/// The 10th of the month after the supply, before holidays are looked at (domain.md 5.7).
pub fn issue_deadline(supplied_on: NaiveDate) -> NaiveDate {
    let (year, month) = match supplied_on.month() {
        12 => (supplied_on.year() + 1, 1),
        month => (supplied_on.year(), month + 1),
    };
    NaiveDate::from_ymd_opt(year, month, 10).unwrap_or(NaiveDate::MAX)
}

/// VAT may differ from a tenth of the supply value by one won for each line (domain.md 5.7, rounding).
fn vat_tolerance(invoice: &Invoice) -> i64 {
    (invoice.lines.len() as i64).max(1)
}

fn vat_fits(invoice: &Invoice) -> bool {
    if invoice.kind != TaxKind::Taxable {
        return invoice.vat == Won::ZERO;
    }
    (invoice.vat.0 * 10 - invoice.supply.0).abs() <= vat_tolerance(invoice) * 10
}

fn vat_expected(invoice: &Invoice) -> Won {
    if invoice.kind == TaxKind::Taxable { invoice.supply.vat() } else { Won::ZERO }
}

fn lines_sum(invoice: &Invoice) -> Won {
    invoice.lines.iter().map(|line| line.net).sum()
}

/// What can only be a mistake: named beside the field it stands in.
pub fn contradictions(invoice: &Invoice, ground: &Ground) -> FormErrors {
    let mut errors = FormErrors::new();
    for (field, day) in [("issued_on", invoice.issued_on), ("supplied_on", invoice.supplied_on)] {
        if day > ground.today {
            errors.add(field, "claims-refusal-in-future");
        } else if day < ground.starts_on || day > ground.ends_on {
            let term = vec![("from", ground.starts_on.to_string()), ("to", ground.ends_on.to_string())];
            errors.add_with(field, "claims-refusal-outside-term", term);
        }
    }
    for (field, key, given, known) in [
        ("supplier_number", "claims-refusal-other-supplier", &invoice.supplier_number, &ground.supplier_number),
        ("buyer_number", "claims-refusal-other-buyer", &invoice.buyer_number, &ground.buyer_number),
    ] {
        if given.as_str() != known {
            errors.add_with(field, key, vec![("number", dashed(known))]);
        }
    }
    if invoice.supply > ground.milestone_supply {
        let most = vec![("most", ground.milestone_supply.to_string())];
        errors.add_with("supply_won", "claims-refusal-over-milestone", most);
    } else if support(ground, invoice.supply) > ground.voucher_balance {
        let balance = vec![("balance", ground.voucher_balance.to_string())];
        errors.add_with("supply_won", "claims-refusal-over-voucher", balance);
    }
    let sum = lines_sum(invoice);
    if sum != invoice.supply {
        errors.add_with("supply_won", "claims-refusal-lines-sum", vec![("sum", sum.to_string())]);
    }
    if !vat_fits(invoice) {
        errors.add_with("vat_won", "claims-refusal-vat", vec![("expected", vat_expected(invoice).to_string())]);
    }
    let total = invoice.supply.plus(invoice.vat);
    if invoice.total != total {
        errors.add_with("total_won", "claims-refusal-total", vec![("expected", total.to_string())]);
    }
    errors
}

/// Every check in the order the officer reads them.
pub fn checks(invoice: &Invoice, ground: &Ground) -> Vec<Check> {
    let term = format!("{} – {}", ground.starts_on, ground.ends_on);
    let within = |day: NaiveDate| (ground.starts_on..=ground.ends_on).contains(&day);
    let register_since = ground.today - chrono::Duration::days(REGISTER_DAYS_MAX);
    let odd_lines: Vec<String> = invoice
        .lines
        .iter()
        .enumerate()
        .filter(|(_, line)| line.quantity.checked_mul(line.unit_price.0) != Some(line.net.0))
        .map(|(i, _)| (i + 1).to_string())
        .collect();
    let state_part = support(ground, invoice.supply);
    let vat_threshold = format!("{} ± {}", vat_expected(invoice), vat_tolerance(invoice));
    let mut checks = vec![
        yes_no("vendor_is_not_firm", !ground.same_organisation),
        yes_no("vendor_approved", ground.vendor_approved),
        yes_no("voucher_issued", ground.voucher_issued),
        yes_no("delivery_accepted", ground.delivery_accepted),
        compared("supplier_matches", &invoice.supplier_number, dashed(&ground.supplier_number)),
        compared("buyer_matches", &invoice.buyer_number, dashed(&ground.buyer_number)),
        register("supplier_active", ground.supplier_active_on, register_since),
        register("buyer_active", ground.buyer_active_on, register_since),
        judged(
            "approval_date",
            invoice.approval_number.issued_on() >= invoice.issued_on,
            &invoice.approval_number.issued_on(),
            format!("≥ {}", invoice.issued_on),
        ),
        judged("supplied_within", within(invoice.supplied_on), &invoice.supplied_on, term.clone()),
        judged("issued_within", within(invoice.issued_on), &invoice.issued_on, term),
        judged(
            "issued_in_time",
            invoice.approval_number.issued_on() <= ground.issue_by,
            &invoice.approval_number.issued_on(),
            format!("≤ {}", ground.issue_by),
        ),
        judged("lines_add_up", lines_sum(invoice) == invoice.supply, &lines_sum(invoice), invoice.supply.to_string()),
        judged("line_products", odd_lines.is_empty(), &listed(&odd_lines), listed(&[])),
        judged("vat_rate", vat_fits(invoice), &invoice.vat, vat_threshold),
        compared("total_adds_up", &invoice.total, invoice.supply.plus(invoice.vat).to_string()),
        judged(
            "within_milestone",
            invoice.supply <= ground.milestone_supply,
            &invoice.supply,
            format!("≤ {}", ground.milestone_supply),
        ),
        judged(
            "within_voucher",
            state_part <= ground.voucher_balance,
            &state_part,
            format!("≤ {}", ground.voucher_balance),
        ),
        Check {
            rule: "no_same_amount",
            result: if ground.same_amount.is_empty() { CheckResult::Met } else { CheckResult::Undetermined },
            value: listed(&ground.same_amount),
            threshold: listed(&[]),
        },
    ];
    if let Some(reports) = ground.usage_reports {
        checks.push(judged("usage_evidence", reports > 0, &reports, "≥ 1".to_owned()));
    }
    checks
}

fn listed(items: &[String]) -> String {
    if items.is_empty() { "0".to_owned() } else { items.join(", ") }
}

fn judged(rule: &'static str, met: bool, value: &impl ToString, threshold: String) -> Check {
    let result = if met { CheckResult::Met } else { CheckResult::Unmet };
    Check { rule, result, value: value.to_string(), threshold }
}

fn compared(rule: &'static str, value: &impl ToString, threshold: String) -> Check {
    judged(rule, value.to_string() == threshold, value, threshold)
}

fn yes_no(rule: &'static str, met: bool) -> Check {
    judged(rule, met, &if met { "yes" } else { "no" }, "yes".to_owned())
}

/// Without a fresh word of the register nothing is known: the officer looks it up.
fn register(rule: &'static str, active_on: Option<NaiveDate>, since: NaiveDate) -> Check {
    let (result, value) = match active_on {
        Some(day) if day >= since => (CheckResult::Met, day.to_string()),
        Some(day) => (CheckResult::Undetermined, day.to_string()),
        None => (CheckResult::Unmet, "no".to_owned()),
    };
    Check { rule, result, value, threshold: format!("≥ {since}") }
}

/// Ten stored digits as people read them.
pub fn dashed(number: &str) -> String {
    number.parse::<BusinessNumber>().map_or_else(|_| number.to_owned(), |number| number.to_string())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn number(serial: u16) -> BusinessNumber {
        BusinessNumber::from_parts(101, 81, serial).unwrap()
    }

    pub fn invoice() -> Invoice {
        Invoice {
            approval_number: "20270302-41000012-38475920".parse().unwrap(),
            invoice_no: "A-1".to_owned(),
            kind: TaxKind::Taxable,
            issued_on: day("2027-03-02"),
            supplied_on: day("2027-03-01"),
            supplier_number: number(1),
            buyer_number: number(2),
            supply: Won(10_000_000),
            vat: Won(1_000_000),
            total: Won(11_000_000),
            lines: vec![InvoiceLine {
                description: "licence".to_owned(),
                quantity: 2,
                unit_price: Won(5_000_000),
                net: Won(10_000_000),
            }],
        }
    }

    pub fn ground() -> Ground {
        Ground {
            supplier_number: number(1).as_str().to_owned(),
            buyer_number: number(2).as_str().to_owned(),
            starts_on: day("2027-01-01"),
            ends_on: day("2027-10-31"),
            milestone_supply: Won(12_500_000),
            milestone_support: Won(10_000_000),
            voucher_balance: Won(10_000_000),
            voucher_issued: true,
            vendor_approved: true,
            same_organisation: false,
            delivery_accepted: true,
            supplier_active_on: Some(day("2027-03-02")),
            buyer_active_on: Some(day("2027-03-02")),
            same_amount: Vec::new(),
            usage_reports: Some(1),
            issue_by: day("2027-04-12"),
            today: day("2027-03-02"),
        }
    }

    #[test]
    fn an_invoice_that_fits_has_nothing_against_it() {
        assert_eq!(contradictions(&invoice(), &ground()).0, vec![]);
        assert!(checks(&invoice(), &ground()).iter().all(|check| check.result == CheckResult::Met));
    }

    #[test]
    fn every_contradiction_is_named_at_its_field() {
        type Change = fn(&mut Invoice, &mut Ground);
        let cases: [(&str, Change); 11] = [
            ("issued_on", |invoice, _| invoice.issued_on = NaiveDate::from_ymd_opt(2027, 3, 3).unwrap()),
            ("issued_on", |invoice, _| invoice.issued_on = NaiveDate::from_ymd_opt(2026, 12, 31).unwrap()),
            ("supplied_on", |_, ground| ground.starts_on = NaiveDate::from_ymd_opt(2027, 3, 2).unwrap()),
            ("supplier_number", |invoice, _| invoice.supplier_number = number(3)),
            ("buyer_number", |invoice, _| invoice.buyer_number = number(1)),
            ("supply_won", |_, ground| ground.milestone_supply = Won(9_999_999)),
            ("supply_won", |_, ground| ground.voucher_balance = Won(7_999_999)),
            ("supply_won", |invoice, _| invoice.lines[0].net = Won(9_999_999)),
            ("vat_won", |invoice, _| (invoice.vat, invoice.total) = (Won(1_000_002), Won(11_000_002))),
            ("vat_won", |invoice, _| (invoice.vat, invoice.total) = (Won(100_000), Won(10_100_000))),
            ("total_won", |invoice, _| invoice.total = Won(11_000_001)),
        ];
        for (field, change) in cases {
            let (mut invoice, mut ground) = (invoice(), ground());
            change(&mut invoice, &mut ground);
            let found: Vec<&str> = contradictions(&invoice, &ground).0.iter().map(|trouble| trouble.field).collect();
            assert_eq!(found, vec![field]);
        }
    }

    #[test]
    fn vat_may_miss_by_one_won_a_line_and_is_nothing_when_zero_rated_or_exempt() {
        let mut given = invoice();
        (given.vat, given.total) = (Won(1_000_001), Won(11_000_001));
        assert!(contradictions(&given, &ground()).is_empty());
        (given.vat, given.total) = (Won(0), Won(10_000_000));
        assert_eq!(contradictions(&given, &ground()).0[0].field, "vat_won");
        for kind in [TaxKind::Zero, TaxKind::Exempt] {
            given.kind = kind;
            assert!(contradictions(&given, &ground()).is_empty());
            (given.vat, given.total) = (Won(1_000_000), Won(11_000_000));
            assert_eq!(contradictions(&given, &ground()).0[0].field, "vat_won");
            (given.vat, given.total) = (Won(0), Won(10_000_000));
        }
    }

    #[test]
    fn what_only_the_officer_can_judge_is_written_down() {
        let mut ground = ground();
        ground.same_amount = vec!["CL2027-000009".to_owned()];
        ground.supplier_active_on = Some(day("2027-02-20"));
        ground.buyer_active_on = None;
        ground.vendor_approved = false;
        let mut given = invoice();
        given.approval_number = "20270228-41000012-38475920".parse().unwrap();
        given.lines[0].quantity = 3;
        let of = |rule: &str| checks(&given, &ground).into_iter().find(|check| check.rule == rule).unwrap();
        assert_eq!(of("no_same_amount").result, CheckResult::Undetermined);
        assert_eq!(of("no_same_amount").value, "CL2027-000009");
        assert_eq!(of("supplier_active").result, CheckResult::Undetermined);
        assert_eq!(of("buyer_active").result, CheckResult::Unmet);
        assert_eq!(of("vendor_approved").result, CheckResult::Unmet);
        assert_eq!(of("approval_date").result, CheckResult::Unmet);
        assert_eq!((of("line_products").result, of("line_products").value.as_str()), (CheckResult::Unmet, "1"));
        assert!(BLOCKING.iter().all(|rule| checks(&given, &ground).iter().any(|check| check.rule == *rule)));
    }

    #[test]
    fn a_tax_invoice_is_issued_by_the_tenth_of_the_month_after() {
        for (supplied, by) in [("2027-03-01", "2027-04-10"), ("2027-12-31", "2028-01-10"), ("2028-01-31", "2028-02-10")]
        {
            assert_eq!(issue_deadline(day(supplied)), day(by));
        }
    }

    proptest! {
        #[test]
        fn the_state_never_pays_more_than_its_share(supply in 1i64..=1_000_000_000, share in 0i64..=1_000_000_000, part in 1i64..=1_000_000_000) {
            let mut ground = ground();
            ground.milestone_supply = Won(supply);
            ground.milestone_support = Won(share.min(supply));
            let part = part.min(supply);
            let paid = support(&ground, Won(part));
            prop_assert!(paid >= Won::ZERO && paid <= Won(part) && paid <= ground.milestone_support);
            prop_assert!(i128::from(paid.0) * i128::from(supply) <= i128::from(ground.milestone_support.0) * i128::from(part));
        }
    }
}
