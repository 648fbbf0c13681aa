use crate::claims::rules::ubl::{self, Decimal};
use proptest::prelude::*;

fn broken(text: &str) -> Vec<String> {
    ubl::examine(text.as_bytes()).expect("a document").broken
}

fn fixture(name: &str) -> String {
    std::fs::read_to_string(format!("{}/tests/data/invoices/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A document of the given elements and nothing else.
fn document(kind: &str, inside: &str) -> String {
    let ubl = "urn:oasis:names:specification:ubl:schema:xsd:";
    format!(
        "<{kind} xmlns='{ubl}{kind}-2' xmlns:cac='{ubl}CommonAggregateComponents-2' xmlns:cbc='{ubl}CommonBasicComponents-2'>{inside}</{kind}>"
    )
}

/// Amounts in cents as documents write them.
fn written(cents: i64) -> String {
    Decimal::new(cents.into(), 2).unwrap().to_string()
}

#[derive(Debug, Clone, Copy)]
struct Sums {
    lines: i64,
    allowances: i64,
    charges: i64,
    net: i64,
    vat: i64,
    gross: i64,
    prepaid: i64,
    due: i64,
    taxable: i64,
    tax: i64,
}

fn category(name: &str, code: &str, percent: i64) -> String {
    format!(
        "<cac:{name}><cbc:ID>{code}</cbc:ID><cbc:Percent>{percent}</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:{name}>"
    )
}

fn part(charge: bool, amount: i64, percent: i64) -> String {
    format!(
        "<cac:AllowanceCharge><cbc:ChargeIndicator>{charge}</cbc:ChargeIndicator><cbc:AllowanceChargeReason>agreed</cbc:AllowanceChargeReason><cbc:Amount currencyID='EUR'>{}</cbc:Amount>{}</cac:AllowanceCharge>",
        written(amount),
        category("TaxCategory", "S", percent)
    )
}

fn party(role: &str, name: &str) -> String {
    format!(
        "<cac:{role}><cac:Party><cac:PostalAddress><cac:Country><cbc:IdentificationCode>KR</cbc:IdentificationCode></cac:Country></cac:PostalAddress><cac:PartyTaxScheme><cbc:CompanyID>KR1018100001</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme><cac:PartyLegalEntity><cbc:RegistrationName>{name}</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party></cac:{role}>"
    )
}

/// A whole document whose sums are `sums`.
fn whole(kind: &str, lines: &[i64], percent: i64, sums: &Sums) -> String {
    let (line, quantity) = match kind {
        "Invoice" => ("InvoiceLine", "InvoicedQuantity"),
        _ => ("CreditNoteLine", "CreditedQuantity"),
    };
    let mut inside = format!(
        "<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID><cbc:ID>1</cbc:ID><cbc:IssueDate>2027-03-02</cbc:IssueDate><cbc:{kind}TypeCode>380</cbc:{kind}TypeCode><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>"
    );
    inside += &party("AccountingSupplierParty", "Vendor");
    inside += &party("AccountingCustomerParty", "Firm");
    inside += "<cac:PaymentTerms><cbc:Note>30 days</cbc:Note></cac:PaymentTerms>";
    inside += &part(false, sums.allowances, percent);
    inside += &part(true, sums.charges, percent);
    let amount = |name: &str, cents: i64| format!("<cbc:{name} currencyID='EUR'>{}</cbc:{name}>", written(cents));
    inside += &format!(
        "<cac:TaxTotal>{}<cac:TaxSubtotal>{}{}{}</cac:TaxSubtotal></cac:TaxTotal>",
        amount("TaxAmount", sums.vat),
        amount("TaxableAmount", sums.taxable),
        amount("TaxAmount", sums.tax),
        category("TaxCategory", "S", percent)
    );
    inside += &format!(
        "<cac:LegalMonetaryTotal>{}{}{}{}{}{}{}</cac:LegalMonetaryTotal>",
        amount("LineExtensionAmount", sums.lines),
        amount("TaxExclusiveAmount", sums.net),
        amount("TaxInclusiveAmount", sums.gross),
        amount("AllowanceTotalAmount", sums.allowances),
        amount("ChargeTotalAmount", sums.charges),
        amount("PrepaidAmount", sums.prepaid),
        amount("PayableAmount", sums.due)
    );
    for (net, number) in lines.iter().zip(1..) {
        inside += &format!(
            "<cac:{line}><cbc:ID>{number}</cbc:ID><cbc:{quantity} unitCode='C62'>1</cbc:{quantity}>{}<cac:Item><cbc:Name>licence</cbc:Name>{}</cac:Item><cac:Price>{}</cac:Price></cac:{line}>",
            amount("LineExtensionAmount", *net),
            category("ClassifiedTaxCategory", "S", percent),
            amount("PriceAmount", net.abs())
        );
    }
    document(kind, &inside)
}

fn sums(lines: &[i64], percent: i64, allowances: i64, charges: i64, prepaid: i64) -> Sums {
    let lines: i64 = lines.iter().sum();
    let net = lines - allowances + charges;
    let product = net * percent;
    let vat = product.signum() * ((product.abs() + 50) / 100);
    Sums {
        lines,
        allowances,
        charges,
        net,
        vat,
        gross: net + vat,
        prepaid,
        due: net + vat - prepaid,
        taxable: net,
        tax: vat,
    }
}

fn case() -> impl Strategy<Value = (Vec<i64>, i64, Sums)> {
    let lines = prop::collection::vec(-9_999_999_i64..=9_999_999_999, 1..12);
    (lines, 1_i64..=27, 0_i64..100_000, 0_i64..100_000, 0_i64..100_000).prop_map(
        |(lines, percent, allowances, charges, prepaid)| {
            let sums = sums(&lines, percent, allowances, charges, prepaid);
            (lines, percent, sums)
        },
    )
}

proptest! {
    #[test]
    fn a_document_whose_sums_agree_breaks_nothing((lines, percent, sums) in case(), credit in any::<bool>()) {
        let kind = if credit { "CreditNote" } else { "Invoice" };
        prop_assert_eq!(broken(&whole(kind, &lines, percent, &sums)), Vec::<String>::new());
    }

    #[test]
    fn one_wrong_sum_breaks_the_rules_that_know_it((lines, percent, right) in case(), cents in 101_i64..10_000_000) {
        type Change = fn(&mut Sums, i64);
        let cases: [(Change, &[&str]); 9] = [
            (|sums, by| sums.due += by, &["BR-CO-16"]),
            (|sums, by| sums.prepaid += by, &["BR-CO-16"]),
            (|sums, by| sums.gross += by, &["BR-CO-15", "BR-CO-16"]),
            (|sums, by| { sums.gross += by; sums.due += by }, &["BR-CO-15"]),
            (|sums, by| { sums.net += by; sums.gross += by; sums.due += by }, &["BR-CO-13"]),
            (|sums, by| { sums.lines += by; sums.net += by; sums.gross += by; sums.due += by }, &["BR-CO-10"]),
            (|sums, by| { sums.vat += by; sums.gross += by; sums.due += by }, &["BR-CO-14"]),
            (|sums, by| { sums.tax += by; sums.vat += by; sums.gross += by; sums.due += by }, &["BR-CO-17", "BR-S-09"]),
            (|sums, by| { sums.taxable += by * 100; }, &["BR-CO-17", "BR-S-08", "BR-S-09"]),
        ];
        for (change, rules) in cases {
            // A change towards the other sign may leave the size as it was.
            let mut wrong = right;
            let by = if right.net < 0 { -cents } else { cents };
            change(&mut wrong, by);
            prop_assert_eq!(broken(&whole("Invoice", &lines, percent, &wrong)), rules);
        }
    }

    #[test]
    fn a_cent_too_much_is_a_cent_too_much((lines, percent, right) in case()) {
        let wrong = Sums { due: right.due + 1, ..right };
        prop_assert_eq!(broken(&whole("CreditNote", &lines, percent, &wrong)), ["BR-CO-16"]);
    }
}

#[test]
fn our_fixtures_break_what_they_should() {
    assert_eq!(broken(&fixture("invoice-krw.xml")), Vec::<String>::new());
    let thin = ["BR-01", "BR-08", "BR-10", "BR-47", "BR-48", "BR-61", "BR-CO-04", "BR-CO-17"];
    assert_eq!(broken(&fixture("credit-note-krw.xml")), thin);
}

#[test]
fn an_empty_document_breaks_what_every_document_states() {
    for (kind, path) in [("Invoice", "BR-16"), ("CreditNote", "BR-16")] {
        let found = broken(&document(kind, ""));
        let expected =
            ["BR-01", "BR-02", "BR-03", "BR-04", "BR-05", "BR-06", "BR-07", "BR-08", "BR-10", path, "BR-CO-18"];
        assert_eq!(found, expected, "{kind}");
    }
}

#[test]
fn fragments_break_the_rule_they_are_about() {
    for (rule, good, bad) in [
        (
            "BR-CO-15",
            "<cbc:DocumentCurrencyCode>NOK</cbc:DocumentCurrencyCode><cac:TaxTotal><cbc:TaxAmount currencyID='NOK'>100</cbc:TaxAmount></cac:TaxTotal><cac:LegalMonetaryTotal><cbc:TaxExclusiveAmount>-100</cbc:TaxExclusiveAmount><cbc:TaxInclusiveAmount>0.0</cbc:TaxInclusiveAmount></cac:LegalMonetaryTotal>",
            "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode><cac:TaxTotal><cbc:TaxAmount currencyID='EUR'>700</cbc:TaxAmount></cac:TaxTotal><cac:TaxTotal><cbc:TaxAmount currencyID='EUR'>715</cbc:TaxAmount></cac:TaxTotal><cac:LegalMonetaryTotal><cbc:TaxExclusiveAmount>5000</cbc:TaxExclusiveAmount><cbc:TaxInclusiveAmount>5700</cbc:TaxInclusiveAmount></cac:LegalMonetaryTotal>",
        ),
        (
            "BR-CO-11",
            "<cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator><cbc:Amount>5</cbc:Amount></cac:AllowanceCharge><cac:LegalMonetaryTotal><cbc:AllowanceTotalAmount>5.00</cbc:AllowanceTotalAmount></cac:LegalMonetaryTotal>",
            "<cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator><cbc:Amount>5</cbc:Amount></cac:AllowanceCharge><cac:LegalMonetaryTotal/>",
        ),
        (
            "BR-DEC-18",
            "<cac:LegalMonetaryTotal><cbc:PayableAmount>1.25</cbc:PayableAmount></cac:LegalMonetaryTotal>",
            "<cac:LegalMonetaryTotal><cbc:PayableAmount>1.250</cbc:PayableAmount></cac:LegalMonetaryTotal>",
        ),
        (
            "BR-12",
            "<cac:LegalMonetaryTotal><cbc:LineExtensionAmount>1</cbc:LineExtensionAmount></cac:LegalMonetaryTotal>",
            "<cac:LegalMonetaryTotal/>",
        ),
        (
            "BR-CO-25",
            "<cbc:DueDate>2027-04-01</cbc:DueDate><cac:LegalMonetaryTotal><cbc:PayableAmount>1</cbc:PayableAmount></cac:LegalMonetaryTotal>",
            "<cac:LegalMonetaryTotal><cbc:PayableAmount>1</cbc:PayableAmount></cac:LegalMonetaryTotal>",
        ),
        (
            "BR-CO-09",
            "<cac:AccountingSupplierParty><cac:Party><cac:PartyTaxScheme><cbc:CompanyID>KR123</cbc:CompanyID><cac:TaxScheme><cbc:ID>vat</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme></cac:Party></cac:AccountingSupplierParty>",
            "<cac:AccountingSupplierParty><cac:Party><cac:PartyTaxScheme><cbc:CompanyID>1018100001</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme></cac:Party></cac:AccountingSupplierParty>",
        ),
        (
            "BR-29",
            "<cac:InvoicePeriod><cbc:StartDate>2027-01-01</cbc:StartDate><cbc:EndDate>2027-01-01</cbc:EndDate></cac:InvoicePeriod>",
            "<cac:InvoicePeriod><cbc:StartDate>2027-01-02</cbc:StartDate><cbc:EndDate>2027-01-01</cbc:EndDate></cac:InvoicePeriod>",
        ),
        (
            "BR-61",
            "<cac:PaymentMeans><cbc:PaymentMeansCode>30</cbc:PaymentMeansCode><cac:PayeeFinancialAccount><cbc:ID>1</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>",
            "<cac:PaymentMeans><cbc:PaymentMeansCode>58</cbc:PaymentMeansCode></cac:PaymentMeans>",
        ),
        (
            "BR-53",
            "<cbc:TaxCurrencyCode>SEK</cbc:TaxCurrencyCode><cac:TaxTotal><cbc:TaxAmount currencyID='SEK'>1</cbc:TaxAmount></cac:TaxTotal>",
            "<cbc:TaxCurrencyCode>SEK</cbc:TaxCurrencyCode><cac:TaxTotal><cbc:TaxAmount currencyID='EUR'>1</cbc:TaxAmount></cac:TaxTotal>",
        ),
    ] {
        assert!(!broken(&document("Invoice", good)).iter().any(|id| id == rule), "{rule} holds");
        assert!(broken(&document("Invoice", bad)).iter().any(|id| id == rule), "{rule} is broken");
    }
}

#[test]
fn every_family_knows_its_rate_its_sum_and_its_reason() {
    let subtotal = |code: &str, percent: &str, taxable: &str, tax: &str, reason: bool| {
        let reason = if reason { "<cbc:TaxExemptionReason>law</cbc:TaxExemptionReason>" } else { "" };
        format!(
            "<cac:TaxTotal><cac:TaxSubtotal><cbc:TaxableAmount>{taxable}</cbc:TaxableAmount><cbc:TaxAmount>{tax}</cbc:TaxAmount><cac:TaxCategory><cbc:ID>{code}</cbc:ID>{percent}{reason}<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>"
        )
    };
    let line = |code: &str, percent: &str| {
        format!(
            "<cac:InvoiceLine><cbc:LineExtensionAmount>100</cbc:LineExtensionAmount><cac:Item><cac:ClassifiedTaxCategory><cbc:ID>{code}</cbc:ID>{percent}<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory></cac:Item></cac:InvoiceLine>"
        )
    };
    let zero = "<cbc:Percent>0</cbc:Percent>";
    let ten = "<cbc:Percent>10</cbc:Percent>";
    for (name, code, right, tax, wrong, reason) in [
        ("S", "S", ten, "10", zero, false),
        ("Z", "Z", zero, "0", ten, false),
        ("E", "E", zero, "0", ten, true),
        ("AE", "AE", zero, "0", ten, true),
        ("IC", "K", zero, "0", ten, true),
        ("G", "G", zero, "0", ten, true),
        ("O", "O", "", "0", zero, true),
        ("AF", "L", ten, "10", "<cbc:Percent>-1</cbc:Percent>", false),
        ("AG", "M", ten, "10", "<cbc:Percent>-1</cbc:Percent>", false),
    ] {
        let of = |text: String| -> Vec<String> {
            let prefix = format!("BR-{name}-");
            let mut found = broken(&document("Invoice", &text));
            found.retain(|id| id.starts_with(&prefix) && !["02", "11", "12"].iter().any(|number| id.ends_with(number)));
            found
        };
        let id = |number: &str| format!("BR-{name}-{number}");
        assert_eq!(of(subtotal(code, right, "100", tax, reason) + &line(code, right)), Vec::<String>::new(), "{name}");
        assert_eq!(of(line(code, right)), [id("01")]);
        assert!(of(subtotal(code, right, "100", tax, reason) + &line(code, wrong)).contains(&id("05")), "{name}");
        assert_eq!(of(subtotal(code, right, "98", tax, reason) + &line(code, right)), [id("08")]);
        assert_eq!(of(subtotal(code, right, "100", "12", reason) + &line(code, right)), [id("09")]);
        assert_eq!(of(subtotal(code, right, "100", tax, !reason) + &line(code, right)), [id("10")]);
    }
}

#[test]
fn the_worst_documents_that_are_read_are_judged_quickly() {
    let line = "<cac:InvoiceLine><cbc:LineExtensionAmount>1</cbc:LineExtensionAmount><cac:Item><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>7</cbc:Percent></cac:ClassifiedTaxCategory></cac:Item></cac:InvoiceLine>";
    let subtotal = "<cac:TaxSubtotal><cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>7</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal>";
    let inside = line.repeat(9_000) + "<cac:TaxTotal>" + &subtotal.repeat(9_000) + "</cac:TaxTotal>";
    let started = std::time::Instant::now();
    assert!(broken(&document("Invoice", &inside)).contains(&"BR-02".to_owned()));
    assert!(started.elapsed() < std::time::Duration::from_secs(5), "{:?}", started.elapsed());
}
