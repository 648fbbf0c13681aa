//! Sums: of lines, allowances, charges and VAT, and what is to be paid (BR-12 to BR-15, BR-CO-10 to -18, -25, BR-DEC).

use super::{
    Broken, Whole,
    path::{all, close, currency, decimals, equal, has, is_vat, number, says, sum, text, value_of},
    two_decimals,
};
use crate::claims::rules::ubl::Decimal;
use roxmltree::Node;

pub(super) fn rules(broken: &mut Broken, whole: &Whole) {
    for totals in all(whole.root, "cac:LegalMonetaryTotal") {
        document_totals(broken, whole, totals);
    }
    tax_totals(broken, whole.root);
    for subtotal in all(whole.root, "cac:TaxTotal/cac:TaxSubtotal") {
        breakdown(broken, subtotal);
    }
    broken.unless("BR-CO-18", has(whole.root, "cac:TaxTotal/cac:TaxSubtotal"));
    if whole.is_invoice {
        for due in all(whole.root, "cac:LegalMonetaryTotal/cbc:PayableAmount") {
            let is_due = value_of(due).is_none_or(|due| due > Decimal::from(0));
            broken.unless("BR-CO-25", !is_due || whole.says_when_to_pay);
        }
    }
}

fn document_totals(broken: &mut Broken, whole: &Whole, totals: Node) {
    for (missing, decimals, path) in [
        (Some("BR-12"), "BR-DEC-09", "cbc:LineExtensionAmount"),
        (None, "BR-DEC-10", "cbc:AllowanceTotalAmount"),
        (None, "BR-DEC-11", "cbc:ChargeTotalAmount"),
        (Some("BR-13"), "BR-DEC-12", "cbc:TaxExclusiveAmount"),
        (Some("BR-14"), "BR-DEC-14", "cbc:TaxInclusiveAmount"),
        (None, "BR-DEC-16", "cbc:PrepaidAmount"),
        (None, "BR-DEC-17", "cbc:PayableRoundingAmount"),
        (Some("BR-15"), "BR-DEC-18", "cbc:PayableAmount"),
    ] {
        if let Some(missing) = missing {
            broken.unless(missing, has(totals, path));
        }
        broken.unless(decimals, two_decimals(totals, path));
    }
    let of = |path: &str| number(totals, path);
    // Absent counts as nothing; present and unreadable agrees with nothing.
    let or_zero = |path: &str| if has(totals, path) { of(path) } else { Some(Decimal::from(0)) };
    let cents = |sum: Option<Decimal>| sum.map(|sum| sum.round(2));
    let plus = |one: Option<Decimal>, other: Option<Decimal>| one?.checked_add(other?);
    let minus = |one: Option<Decimal>, other: Option<Decimal>| one?.checked_sub(other?);

    let lines = of("cbc:LineExtensionAmount");
    broken.unless("BR-CO-10", equal(lines, cents(sum(whole.lines.iter().copied(), "cbc:LineExtensionAmount"))));
    for (id, path, charge) in
        [("BR-CO-11", "cbc:AllowanceTotalAmount", false), ("BR-CO-12", "cbc:ChargeTotalAmount", true)]
    {
        let none = !has(totals, path) && whole.of_document(charge).next().is_none();
        broken.unless(id, none || equal(of(path), cents(sum(whole.of_document(charge), "cbc:Amount"))));
    }
    let net = minus(plus(lines, or_zero("cbc:ChargeTotalAmount")), or_zero("cbc:AllowanceTotalAmount"));
    broken.unless("BR-CO-13", equal(of("cbc:TaxExclusiveAmount"), cents(net)));
    for code in all(whole.root, "cbc:DocumentCurrencyCode") {
        let code = super::super::ubl::tree::text_of(code);
        let taxes = all(whole.root, "cac:TaxTotal/cbc:TaxAmount");
        let own: Vec<Node> = taxes.into_iter().filter(|amount| currency(*amount) == code).collect();
        let gross = match own[..] {
            [tax] => cents(plus(of("cbc:TaxExclusiveAmount"), value_of(tax))),
            _ => None,
        };
        broken.unless("BR-CO-15", equal(of("cbc:TaxInclusiveAmount"), gross));
    }
    let open = minus(of("cbc:TaxInclusiveAmount"), or_zero("cbc:PrepaidAmount"));
    let due = minus(of("cbc:PayableAmount"), or_zero("cbc:PayableRoundingAmount"));
    broken.unless("BR-CO-16", equal(cents(open), cents(due)));
}

fn tax_totals(broken: &mut Broken, root: Node) {
    // Without totals there is nothing that the gross sum could agree with.
    if !has(root, "cac:LegalMonetaryTotal") {
        broken.unless("BR-CO-15", !has(root, "cbc:DocumentCurrencyCode"));
    }
    for total in all(root, "cac:TaxTotal") {
        let subtotals = all(total, "cac:TaxSubtotal");
        let added = sum(subtotals.iter().copied(), "cbc:TaxAmount").map(|sum| sum.round(2));
        broken.unless("BR-CO-14", subtotals.is_empty() || equal(number(total, "cbc:TaxAmount"), added));
    }
    let amounts = all(root, "cac:TaxTotal/cbc:TaxAmount");
    for (id, path) in [("BR-DEC-13", "cbc:DocumentCurrencyCode"), ("BR-DEC-15", "cbc:TaxCurrencyCode")] {
        let code = says(root, path).then(|| text(root, path));
        let mut own = amounts.iter().filter(|amount| code.is_some() && currency(**amount) == code);
        broken.unless(id, own.all(|amount| decimals(*amount) <= 2));
    }
    for code in all(root, "cbc:TaxCurrencyCode").into_iter().map(super::super::ubl::tree::text_of) {
        broken.unless("BR-53", amounts.iter().any(|amount| currency(*amount) == code));
    }
}

/// One line of the VAT breakdown.
fn breakdown(broken: &mut Broken, subtotal: Node) {
    broken.unless("BR-45", has(subtotal, "cbc:TaxableAmount"));
    broken.unless("BR-46", has(subtotal, "cbc:TaxAmount"));
    broken.unless("BR-DEC-19", two_decimals(subtotal, "cbc:TaxableAmount"));
    broken.unless("BR-DEC-20", two_decimals(subtotal, "cbc:TaxAmount"));
    let categories: Vec<Node> = all(subtotal, "cac:TaxCategory").into_iter().filter(|own| is_vat(*own)).collect();
    broken.unless("BR-47", categories.iter().any(|own| has(*own, "cbc:ID")));
    let rated = categories.iter().any(|own| has(*own, "cbc:Percent") || text(*own, "cbc:ID") == "O");
    broken.unless("BR-48", rated);

    let zero = Decimal::from(0);
    let (taxable, tax) = (number(subtotal, "cbc:TaxableAmount"), number(subtotal, "cbc:TaxAmount"));
    let is_nothing = tax.is_some_and(|tax| tax.round(0) == zero);
    let holds = match categories.iter().find_map(|own| all(*own, "cbc:Percent").first().copied()) {
        None => is_nothing,
        Some(percent) => match value_of(percent) {
            Some(percent) if percent.round(0) == zero => is_nothing,
            percent => close(tax.map(magnitude), vat_of(taxable, percent)),
        },
    };
    broken.unless("BR-CO-17", holds);
}

pub(super) fn magnitude(amount: Decimal) -> Decimal {
    if amount.is_negative() { -amount } else { amount }
}

/// The VAT on the size of an amount, in cents.
pub(super) fn vat_of(taxable: Option<Decimal>, percent: Option<Decimal>) -> Option<Decimal> {
    magnitude(taxable?).checked_mul(percent?)?.checked_div(Decimal::from(100), 6).map(|vat| vat.round(2))
}
