//! Rules about one part of the document each: parties, payment, references, periods, lines, allowances and charges.

use super::{
    Broken, Whole, number_is,
    path::{all, decimals, has, has_attribute, is_charge, is_vat, says, text},
    two_decimals,
};
use chrono::NaiveDate;
use roxmltree::Node;
use std::collections::BTreeSet;

/// The prefixes of ISO 3166-1 with `1A` (Kosovo), `EL` (Greece) and `XI` (Northern Ireland): BR-CO-09.
const VAT_PREFIXES: &str = "1A AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH EL ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XI YE YT ZA ZM ZW";

pub(super) fn parties(broken: &mut Broken, root: Node) {
    for seller in all(root, "cac:AccountingSupplierParty") {
        let known =
            all(seller, "cac:Party/cac:PartyTaxScheme").into_iter().any(|tax| is_vat(tax) && has(tax, "cbc:CompanyID"));
        let known = known || has(seller, "cac:Party/cac:PartyIdentification/cbc:ID");
        broken.unless("BR-CO-26", known || has(seller, "cac:Party/cac:PartyLegalEntity/cbc:CompanyID"));
    }
    for (id, path) in [
        ("BR-09", "cac:AccountingSupplierParty/cac:Party/cac:PostalAddress"),
        ("BR-11", "cac:AccountingCustomerParty/cac:Party/cac:PostalAddress"),
        ("BR-20", "cac:TaxRepresentativeParty/cac:PostalAddress"),
        ("BR-57", "cac:Delivery/cac:DeliveryLocation/cac:Address"),
    ] {
        for address in all(root, path) {
            broken.unless(id, says(address, "cac:Country/cbc:IdentificationCode"));
        }
    }
    for (id, path) in [
        ("BR-62", "cac:AccountingSupplierParty/cac:Party/cbc:EndpointID"),
        ("BR-63", "cac:AccountingCustomerParty/cac:Party/cbc:EndpointID"),
    ] {
        for endpoint in all(root, path) {
            broken.unless(id, has_attribute(endpoint, "schemeID"));
        }
    }
    for payee in all(root, "cac:PayeeParty") {
        let is_seller = |path: &str, of_seller: &str| {
            let own = texts(root, of_seller);
            texts(payee, path).iter().any(|text| own.contains(text))
        };
        let same = is_seller("cac:PartyName/cbc:Name", "cac:AccountingSupplierParty/cac:Party/cac:PartyName/cbc:Name")
            || is_seller(
                "cac:PartyIdentification/cbc:ID",
                "cac:AccountingSupplierParty/cac:Party/cac:PartyIdentification/cbc:ID",
            );
        broken.unless("BR-17", has(payee, "cac:PartyName/cbc:Name") && !same);
    }
    for representative in all(root, "cac:TaxRepresentativeParty") {
        broken.unless("BR-18", says(representative, "cac:PartyName/cbc:Name"));
        broken.unless("BR-19", has(representative, "cac:PostalAddress"));
        let schemes = all(representative, "cac:PartyTaxScheme");
        broken.unless("BR-56", schemes.into_iter().any(|tax| is_vat(tax) && has(tax, "cbc:CompanyID")));
    }
}

fn texts(from: Node, path: &str) -> BTreeSet<String> {
    all(from, path).into_iter().filter_map(super::super::ubl::tree::text_of).collect()
}

pub(super) fn payment(broken: &mut Broken, root: Node) {
    let means = all(root, "cac:PaymentMeans");
    for means in &means {
        broken.unless("BR-49", has(*means, "cbc:PaymentMeansCode"));
        let is_transfer = matches!(text(*means, "cbc:PaymentMeansCode").as_str(), "30" | "58");
        broken.unless("BR-61", !is_transfer || has(*means, "cac:PayeeFinancialAccount/cbc:ID"));
        for account in all(*means, "cac:PayeeFinancialAccount").into_iter().filter(|_| is_transfer) {
            broken.unless("BR-50", says(account, "cbc:ID"));
        }
        for card in texts(*means, "cac:CardAccount/cbc:PrimaryAccountNumberID") {
            broken.unless("BR-51", card.chars().count() <= 10);
        }
    }
    broken.unless("BR-66", all(root, "cac:PaymentMeans/cac:CardAccount").len() <= 1);
    broken.unless("BR-67", all(root, "cac:PaymentMeans/cac:PaymentMandate").len() <= 1);
}

pub(super) fn references(broken: &mut Broken, whole: &Whole) {
    for document in all(whole.root, "cac:AdditionalDocumentReference") {
        broken.unless("BR-52", says(document, "cbc:ID"));
    }
    for preceding in all(whole.root, "cac:BillingReference") {
        broken.unless("BR-55", has(preceding, "cac:InvoiceDocumentReference/cbc:ID"));
    }
    for property in &whole.properties {
        broken.unless("BR-54", has(*property, "cbc:Name") && has(*property, "cbc:Value"));
    }
    for scheme in whole.tax_schemes.iter().filter(|scheme| is_vat(**scheme)) {
        let prefix: String = text(*scheme, "cbc:CompanyID").chars().take(2).collect();
        broken.unless("BR-CO-09", prefix.is_empty() || VAT_PREFIXES.split(' ').any(|known| known == prefix));
    }
}

pub(super) fn periods(broken: &mut Broken, whole: &Whole) {
    let point = has(whole.root, "cbc:TaxPointDate");
    broken.unless("BR-CO-03", !(point && has(whole.root, "cac:InvoicePeriod/cbc:DescriptionCode")));
    for period in all(whole.root, "cac:InvoicePeriod") {
        broken.unless("BR-29", ends_after_start(period));
        broken.unless("BR-CO-19", has_a_day(period) || has(period, "cbc:DescriptionCode"));
    }
    for period in whole.lines.iter().flat_map(|line| all(*line, "cac:InvoicePeriod")) {
        broken.unless("BR-30", ends_after_start(period));
        broken.unless("BR-CO-20", has_a_day(period));
    }
}

fn has_a_day(period: Node) -> bool {
    has(period, "cbc:StartDate") || has(period, "cbc:EndDate")
}

fn ends_after_start(period: Node) -> bool {
    let day = |path: &str| text(period, path).get(..10).and_then(|day| day.parse::<NaiveDate>().ok());
    if !has(period, "cbc:StartDate") || !has(period, "cbc:EndDate") {
        return true;
    }
    day("cbc:StartDate").zip(day("cbc:EndDate")).is_some_and(|(start, end)| end >= start)
}

pub(super) fn lines(broken: &mut Broken, whole: &Whole) {
    for line in &whole.lines {
        broken.unless("BR-21", says(*line, "cbc:ID"));
        let quantities = [all(*line, "cbc:InvoicedQuantity"), all(*line, "cbc:CreditedQuantity")].concat();
        broken.unless("BR-22", !quantities.is_empty());
        broken.unless("BR-23", quantities.iter().any(|quantity| has_attribute(*quantity, "unitCode")));
        broken.unless("BR-24", has(*line, "cbc:LineExtensionAmount"));
        broken.unless("BR-DEC-23", two_decimals(*line, "cbc:LineExtensionAmount"));
        broken.unless("BR-25", says(*line, "cac:Item/cbc:Name"));
        broken.unless("BR-26", has(*line, "cac:Price/cbc:PriceAmount"));
        broken.unless("BR-27", number_is(*line, "cac:Price/cbc:PriceAmount", |price| !price.is_negative()));
        let gross = "cac:Price/cac:AllowanceCharge/cbc:BaseAmount";
        broken.unless("BR-28", !has(*line, gross) || number_is(*line, gross, |price| !price.is_negative()));
        let categories = all(*line, "cac:Item/cac:ClassifiedTaxCategory");
        broken.unless("BR-CO-04", categories.into_iter().any(|category| is_vat(category) && has(category, "cbc:ID")));
        for id in all(*line, "cac:Item/cac:StandardItemIdentification/cbc:ID") {
            broken.unless("BR-64", has_attribute(id, "schemeID"));
        }
        for code in all(*line, "cac:Item/cac:CommodityClassification/cbc:ItemClassificationCode") {
            broken.unless("BR-65", has_attribute(code, "listID"));
        }
        for part in all(*line, "cac:AllowanceCharge") {
            match is_charge(part) {
                Some(false) => stated(broken, part, ["BR-41", "BR-42", "BR-CO-23", "BR-DEC-24", "BR-DEC-25"]),
                Some(true) => stated(broken, part, ["BR-43", "BR-44", "BR-CO-24", "BR-DEC-27", "BR-DEC-28"]),
                None => {}
            }
        }
    }
}

pub(super) fn allowances_and_charges(broken: &mut Broken, whole: &Whole) {
    for (charge, category, ids) in [
        (false, "BR-32", ["BR-31", "BR-33", "BR-CO-21", "BR-DEC-01", "BR-DEC-02"]),
        (true, "BR-37", ["BR-36", "BR-38", "BR-CO-22", "BR-DEC-05", "BR-DEC-06"]),
    ] {
        for part in whole.of_document(charge) {
            let categories = all(part, "cac:TaxCategory");
            broken.unless(category, categories.into_iter().any(|own| is_vat(own) && has(own, "cbc:ID")));
            stated(broken, part, ids);
        }
    }
}

/// An allowance or charge has an amount and a reason, and amounts have two decimals at most.
fn stated(broken: &mut Broken, part: Node, [amount, reason, reason_again, decimals_of, decimals_of_base]: [&str; 5]) {
    let has_reason = has(part, "cbc:AllowanceChargeReason") || has(part, "cbc:AllowanceChargeReasonCode");
    broken.unless(amount, has(part, "cbc:Amount"));
    broken.unless(reason, has_reason);
    broken.unless(reason_again, has_reason);
    broken.unless(decimals_of, all(part, "cbc:Amount").into_iter().all(|node| decimals(node) <= 2));
    broken.unless(decimals_of_base, two_decimals(part, "cbc:BaseAmount"));
}
