//! The families of VAT categories: standard rated (BR-S), zero rated (BR-Z), exempt (BR-E), reverse charge (BR-AE),
//! within the Union (BR-IC), export (BR-G), outside VAT (BR-O), the Canary Islands (BR-AF, earlier called BR-IG), Ceuta
//! and Melilla (BR-AG, earlier BR-IP), and the Italian split payment (BR-B).

use super::{
    Broken, Whole, number_is,
    path::{all, close, equal, has, is_charge, is_vat, number, text, value_of},
    totals::{magnitude, vat_of},
};
use crate::claims::rules::ubl::Decimal;
use roxmltree::Node;
use std::collections::BTreeMap;

/// What a category says about its rate.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rate {
    Positive,
    NotNegative,
    Zero,
    Absent,
}

/// Whose tax numbers a category needs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Numbers {
    /// Any tax number of the seller, or the VAT number of its representative.
    Seller,
    /// The same, and a VAT or register number of the buyer.
    SellerAndBuyer,
    /// The VAT number of the seller or its representative.
    SellerVat,
    /// The same, and the VAT number of the buyer.
    SellerVatAndBuyerVat,
    /// No VAT number at all.
    None,
}

struct Family {
    name: &'static str,
    code: &'static str,
    rate: Rate,
    numbers: Numbers,
    /// Whether the breakdown says why no VAT is charged; if not, it must not.
    reason: bool,
}

const fn family(name: &'static str, code: &'static str, rate: Rate, numbers: Numbers, reason: bool) -> Family {
    Family { name, code, rate, numbers, reason }
}

const FAMILIES: &[Family] = &[
    family("S", "S", Rate::Positive, Numbers::Seller, false),
    family("Z", "Z", Rate::Zero, Numbers::Seller, false),
    family("E", "E", Rate::Zero, Numbers::Seller, true),
    family("AE", "AE", Rate::Zero, Numbers::SellerAndBuyer, true),
    family("IC", "K", Rate::Zero, Numbers::SellerVatAndBuyerVat, true),
    family("G", "G", Rate::Zero, Numbers::SellerVat, true),
    family("O", "O", Rate::Absent, Numbers::None, true),
    family("AF", "L", Rate::NotNegative, Numbers::Seller, false),
    family("AG", "M", Rate::NotNegative, Numbers::Seller, false),
];

/// A line of the VAT breakdown with its category.
struct Subtotal<'a, 'i> {
    node: Node<'a, 'i>,
    category: Node<'a, 'i>,
}

/// What the rules of every family look at.
struct Ground<'a, 'i> {
    /// Category codes with their elements, VAT ones only, wherever they stand.
    classified: Vec<(String, Node<'a, 'i>)>,
    /// Of allowances (`false`) and charges (`true`).
    parts: Vec<(bool, String, Node<'a, 'i>)>,
    any: Vec<String>,
    breakdown: Vec<(String, Subtotal<'a, 'i>)>,
    /// Sums of lines, charges and allowances by category, and by category and rate; none where one cannot be read.
    by_code: BTreeMap<String, Option<Decimal>>,
    by_rate: BTreeMap<(String, Decimal), Option<Decimal>>,
    seller: bool,
    seller_vat: bool,
    representative_vat: bool,
    buyer_vat: bool,
    buyer_company: bool,
}

pub(super) fn rules(broken: &mut Broken, whole: &Whole) {
    let ground = Ground::of(whole);
    for family in FAMILIES {
        presence(broken, &ground, family);
        numbers(broken, &ground, family);
        rates(broken, &ground, family);
        breakdown(broken, whole, &ground, family);
    }
    delivered_within_the_union(broken, whole.root, &ground);
    alone(broken, &ground);
    split_payment(broken, whole);
}

impl<'a, 'i> Ground<'a, 'i> {
    fn of(whole: &Whole<'a, 'i>) -> Self {
        let root = whole.root;
        let vat = |nodes: &[Node<'a, 'i>]| -> Vec<(String, Node<'a, 'i>)> {
            nodes.iter().filter(|node| is_vat(**node)).map(|node| (text(*node, "cbc:ID"), *node)).collect()
        };
        let mut parts = Vec::new();
        for part in &whole.allowance_charges {
            let Some(charge) = is_charge(*part) else { continue };
            parts.extend(vat(&all(*part, "cac:TaxCategory")).into_iter().map(|(code, node)| (charge, code, node)));
        }
        let mut breakdown = Vec::new();
        for node in all(root, "cac:TaxTotal/cac:TaxSubtotal") {
            for (code, category) in vat(&all(node, "cac:TaxCategory")) {
                breakdown.push((code, Subtotal { node, category }));
            }
        }
        let classified = vat(&whole.classified);
        let of_party = |path: &str| all(root, path).into_iter().filter(|tax| has(*tax, "cbc:CompanyID")).any(is_vat);
        let mut ground = Ground {
            any: vat(&whole.categories).into_iter().chain(classified.iter().cloned()).map(|(code, _)| code).collect(),
            classified,
            parts,
            breakdown,
            by_code: BTreeMap::new(),
            by_rate: BTreeMap::new(),
            seller: has(root, "cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme/cbc:CompanyID"),
            seller_vat: of_party("cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme"),
            representative_vat: of_party("cac:TaxRepresentativeParty/cac:PartyTaxScheme"),
            buyer_vat: of_party("cac:AccountingCustomerParty/cac:Party/cac:PartyTaxScheme"),
            buyer_company: has(root, "cac:AccountingCustomerParty/cac:Party/cac:PartyLegalEntity/cbc:CompanyID"),
        };
        for line in &whole.lines {
            let amount = number(*line, "cbc:LineExtensionAmount");
            ground.add(&all(*line, "cac:Item/cac:ClassifiedTaxCategory"), amount);
        }
        for charge in [false, true] {
            for part in whole.of_document(charge) {
                let amount = number(part, "cbc:Amount").map(|amount| if charge { amount } else { -amount });
                ground.add(&all(part, "cac:TaxCategory"), amount);
            }
        }
        ground
    }

    fn add(&mut self, categories: &[Node], amount: Option<Decimal>) {
        let add = |sum: &mut Option<Decimal>| *sum = sum.zip(amount).and_then(|(sum, more)| sum.checked_add(more));
        for category in categories {
            let code = text(*category, "cbc:ID");
            if let Some(rate) = number(*category, "cbc:Percent") {
                add(self.by_rate.entry((code.clone(), rate)).or_insert(Some(Decimal::from(0))));
            }
            add(self.by_code.entry(code).or_insert(Some(Decimal::from(0))));
        }
    }
}

/// 01: what lines, allowances and charges use stands in the breakdown.
fn presence(broken: &mut Broken, ground: &Ground, family: &Family) {
    let in_breakdown = ground.breakdown.iter().filter(|(code, _)| code == family.code).count();
    let holds = match family.rate {
        Rate::Positive | Rate::NotNegative => {
            let used = ground.classified.iter().any(|(code, _)| code == family.code)
                || ground.parts.iter().any(|(_, code, _)| code == family.code);
            used == (in_breakdown > 0)
        }
        Rate::Zero | Rate::Absent => !ground.any.iter().any(|code| code == family.code) || in_breakdown == 1,
    };
    broken.unless_of(family.name, 1, holds);
}

/// 02 to 04: the tax numbers that lines, allowances and charges of the category need.
fn numbers(broken: &mut Broken, ground: &Ground, family: &Family) {
    let vat = ground.seller_vat || ground.representative_vat;
    let holds = match family.numbers {
        Numbers::Seller => ground.seller || ground.representative_vat,
        Numbers::SellerAndBuyer => {
            (ground.seller || ground.representative_vat) && (ground.buyer_vat || ground.buyer_company)
        }
        Numbers::SellerVat => vat,
        Numbers::SellerVatAndBuyerVat => vat && ground.buyer_vat,
        Numbers::None => !vat && !ground.buyer_vat,
    };
    let on_line = ground.classified.iter().any(|(code, _)| code == family.code);
    let on = |wanted: bool| ground.parts.iter().any(|(charge, code, _)| *charge == wanted && code == family.code);
    broken.unless_of(family.name, 2, !on_line || holds);
    broken.unless_of(family.name, 3, !on(false) || holds);
    broken.unless_of(family.name, 4, !on(true) || holds);
}

/// 05 to 07: the rates of lines, allowances and charges.
fn rates(broken: &mut Broken, ground: &Ground, family: &Family) {
    let zero = Decimal::from(0);
    let fits = |category: Node| match family.rate {
        Rate::Positive => number_is(category, "cbc:Percent", |rate| rate > zero),
        Rate::NotNegative => number_is(category, "cbc:Percent", |rate| rate >= zero),
        Rate::Zero => number_is(category, "cbc:Percent", |rate| rate == zero),
        Rate::Absent => !has(category, "cbc:Percent"),
    };
    for (_, category) in ground.classified.iter().filter(|(code, _)| code == family.code) {
        broken.unless_of(family.name, 5, fits(*category));
    }
    for (charge, _, category) in ground.parts.iter().filter(|(_, code, _)| code == family.code) {
        broken.unless_of(family.name, if *charge { 7 } else { 6 }, fits(*category));
    }
}

/// 08 to 10: the taxable amount, the VAT, and the reason for none.
fn breakdown(broken: &mut Broken, whole: &Whole, ground: &Ground, family: &Family) {
    for (_, subtotal) in ground.breakdown.iter().filter(|(code, _)| code == family.code) {
        let taxable = number(subtotal.node, "cbc:TaxableAmount");
        let tax = number(subtotal.node, "cbc:TaxAmount");
        let rate = all(subtotal.category, "cbc:Percent").first().map(|rate| value_of(*rate));
        match family.rate {
            Rate::Positive | Rate::NotNegative => {
                let added = rate.flatten().and_then(|rate| {
                    let sum = ground.by_rate.get(&(family.code.to_owned(), rate));
                    let none = family.rate == Rate::NotNegative && !whole.lines.is_empty();
                    sum.copied().unwrap_or(none.then(|| Decimal::from(0)))
                });
                broken.unless_of(family.name, 8, rate.is_none() || close(taxable, added));
                broken.unless_of(family.name, 9, close(tax.map(magnitude), vat_of(taxable, rate.flatten())));
            }
            Rate::Zero | Rate::Absent => {
                let added = ground.by_code.get(family.code).copied().unwrap_or(Some(Decimal::from(0)));
                broken.unless_of(family.name, 8, !whole.lines.is_empty() && equal(taxable, added));
                broken.unless_of(family.name, 9, tax.is_some_and(Decimal::is_zero));
            }
        }
        let has_reason =
            has(subtotal.category, "cbc:TaxExemptionReason") || has(subtotal.category, "cbc:TaxExemptionReasonCode");
        broken.unless_of(family.name, 10, has_reason == family.reason);
    }
}

/// BR-IC-11 and -12: a supply within the Union says when and to which country.
fn delivered_within_the_union(broken: &mut Broken, root: Node, ground: &Ground) {
    if !ground.breakdown.iter().any(|(code, _)| code == "K") {
        return;
    }
    let delivered = text(root, "cac:Delivery/cbc:ActualDeliveryDate").chars().count() > 1;
    let has_period = all(root, "cac:InvoicePeriod").into_iter().any(|period| period.has_children());
    broken.unless_of("IC", 11, delivered || has_period);
    let country = text(root, "cac:Delivery/cac:DeliveryLocation/cac:Address/cac:Country/cbc:IdentificationCode");
    broken.unless_of("IC", 12, country.chars().count() > 1);
}

/// BR-O-11 to -14: what is outside VAT stands with nothing else.
fn alone(broken: &mut Broken, ground: &Ground) {
    if !ground.breakdown.iter().any(|(code, _)| code == "O") {
        return;
    }
    let on = |wanted: bool| ground.parts.iter().any(|(charge, code, _)| *charge == wanted && code != "O");
    broken.unless_of("O", 11, ground.breakdown.iter().all(|(code, _)| code == "O"));
    broken.unless_of("O", 12, ground.classified.iter().all(|(code, _)| code == "O"));
    broken.unless_of("O", 13, !on(false));
    broken.unless_of("O", 14, !on(true));
}

/// BR-B-01 and -02: split payment is Italian, and never beside the standard rate.
fn split_payment(broken: &mut Broken, whole: &Whole) {
    let codes = |nodes: &[Node]| nodes.iter().map(|node| text(*node, "cbc:ID")).collect::<Vec<_>>();
    let (categories, classified) = (codes(&whole.categories), codes(&whole.classified));
    let uses = |wanted: &str| categories.iter().chain(&classified).any(|code| code == wanted);
    if !uses("B") {
        return;
    }
    let mut countries = whole.root.descendants().filter(|node| node.tag_name().name() == "IdentificationCode");
    broken.unless_of("B", 1, countries.all(|country| country.text().unwrap_or_default().trim() == "IT"));
    broken.unless_of("B", 2, !uses("S"));
}
