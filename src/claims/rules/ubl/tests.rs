//! What the reader makes of whole documents; `guard` and `decimal` test their own ground.

use proptest::prelude::*;

use super::*;

const INVOICE: &str = include_str!("../../../../tests/data/invoices/invoice-krw.xml");
const CREDIT_NOTE: &str = include_str!("../../../../tests/data/invoices/credit-note-krw.xml");
const FRAGMENT: &str = include_str!("../../../../tests/data/invoices/fragment.xml");
const ODDITIES: &str = include_str!("../../../../tests/data/invoices/oddities.xml");
const BILLION_LAUGHS: &str = include_str!("../../../../tests/data/invoices/billion-laughs.xml");
const EXTERNAL_ENTITY: &str = include_str!("../../../../tests/data/invoices/external-entity.xml");

fn invoice(text: &str) -> StructuredInvoice {
    read(text.as_bytes()).expect("an invoice")
}

fn trouble(text: &str) -> ReadTrouble {
    read(text.as_bytes()).expect_err("trouble")
}

fn won(amount: Option<Decimal>) -> i64 {
    amount.expect("an amount").to_minor(0).expect("whole won")
}

fn day(text: &str) -> Option<chrono::NaiveDate> {
    text.parse().ok()
}

#[test]
fn an_invoice_gives_its_head() {
    let read = invoice(INVOICE);
    assert_eq!(read.kind, InvoiceKind::Invoice);
    assert_eq!(read.specification.as_deref(), Some("urn:cen.eu:en16931:2017"));
    assert_eq!(read.number.as_deref(), Some("2026-0917-001"));
    assert_eq!(read.type_code.as_deref(), Some("380"));
    assert_eq!(read.issue_date, day("2026-09-17"));
    assert_eq!(read.due_date, day("2026-10-17"));
    assert_eq!(read.delivery_date, day("2026-08-31"));
    assert_eq!(read.period.start, day("2026-08-01"));
    assert_eq!(read.period.end, day("2026-08-31"));
    assert_eq!(read.currency.as_deref(), Some("KRW"));
    assert_eq!(read.tax_currency, None);
    assert_eq!(read.buyer_reference.as_deref(), Some("구매팀 박서연"));
    assert_eq!(read.order_reference.as_deref(), Some("PO-2026-31"));
    assert_eq!(read.contract_reference.as_deref(), Some("AIV-2026-000123"));
    assert_eq!(read.payment_terms.as_deref(), Some("검수 후 30일 이내"));
    assert_eq!(read.notes, ["AI 바우처 지원사업 1차 기성"]);
    assert_eq!(read.oddities, []);
}

#[test]
fn an_invoice_gives_its_parties() {
    let read = invoice(INVOICE);
    let id = |scheme: &str, value: &str| Identifier { scheme: Some(scheme.to_owned()), value: value.to_owned() };
    let seller = read.supplier;
    assert_eq!(seller.name.as_deref(), Some("다온소프트"));
    assert_eq!(seller.legal_name.as_deref(), Some("다온소프트 주식회사"));
    assert_eq!(seller.ids, [id("KR-VENDOR", "V-0042")]);
    assert_eq!(seller.company_id, Some(id("KR-BRN", "123-45-67891")));
    assert_eq!(seller.vat_id.as_deref(), Some("KR1234567891"));
    assert_eq!(seller.tax_registration.as_deref(), Some("0001"));
    assert_eq!(seller.endpoint, Some(id("EM", "tax@daon.example")));
    assert_eq!(seller.address_lines, ["테스트로 12", "가상빌딩 3층", "세금계산서 담당"]);
    assert_eq!(seller.city.as_deref(), Some("성남시"));
    assert_eq!(seller.postal_code.as_deref(), Some("00001"));
    assert_eq!(seller.subdivision.as_deref(), Some("경기도"));
    assert_eq!(seller.country.as_deref(), Some("KR"));
    assert_eq!(seller.contact.as_deref(), Some("이하늘"));
    assert_eq!(seller.phone.as_deref(), Some("02-0000-0000"));
    assert_eq!(seller.email.as_deref(), Some("tax@daon.example"));
    assert_eq!(read.customer.legal_name.as_deref(), Some("한빛정밀 주식회사"));
    assert_eq!(read.customer.company_id, Some(id("KR-BRN", "111-11-11119")));
    assert_eq!(read.payee.and_then(|payee| payee.name).as_deref(), Some("다온팩토링"));
}

#[test]
fn an_invoice_gives_its_lines() {
    let read = invoice(INVOICE);
    let [model, hours] = &read.lines[..] else { panic!("two lines") };
    assert_eq!(model.id.as_deref(), Some("1"));
    assert_eq!(model.name.as_deref(), Some("비전 검사 솔루션"));
    assert_eq!(model.description.as_deref(), Some("불량 검출 모델 구축 및 현장 설치"));
    assert_eq!(model.seller_item_id.as_deref(), Some("VIS-100"));
    assert_eq!(model.order_line_ref.as_deref(), Some("M1"));
    assert_eq!(model.unit_code.as_deref(), Some("C62"));
    assert_eq!(model.vat_category.as_deref(), Some("S"));
    assert_eq!(model.vat_percent, Some(Decimal::from(10)));
    assert_eq!(won(model.unit_price), 12_000_000);
    assert_eq!(model.base_quantity, None);
    assert_eq!(hours.quantity, Decimal::new(1205, 1));
    assert_eq!(hours.unit_code.as_deref(), Some("HUR"));
    assert_eq!(hours.note.as_deref(), Some("사용량 기준"));
    assert_eq!(hours.period.start, day("2026-08-10"));
    assert_eq!(hours.base_quantity, Some(Decimal::from(10)));
    assert_eq!((won(hours.gross_price), won(hours.price_discount)), (250_000, 10_000));
    assert_eq!(hours.allowances[0].is_charge, Some(false));
    assert_eq!(won(hours.allowances[0].amount), 92_000);
    let price = hours.unit_price.zip(hours.quantity).and_then(|(price, hours)| price.checked_mul(hours));
    let gross = price.zip(hours.base_quantity).and_then(|(price, base)| price.checked_div(base, 0));
    assert_eq!(won(gross) - 92_000, won(hours.net_amount));
}

#[test]
fn an_invoice_gives_its_sums_and_its_account() {
    let read = invoice(INVOICE);
    let totals = &read.totals;
    assert_eq!(won(totals.line_extension), 14_800_000);
    assert_eq!(won(totals.allowance_total), 800_000);
    assert_eq!(won(totals.tax_exclusive), 14_000_000);
    assert_eq!(won(totals.tax_inclusive), 15_400_000);
    assert_eq!(won(totals.prepaid), 5_400_000);
    assert_eq!(won(totals.payable), 10_000_000);
    assert_eq!((totals.charge_total, totals.rounding), (None, None));
    let [discount] = &read.allowances_charges[..] else { panic!("one allowance") };
    assert_eq!(discount.is_charge, Some(false));
    assert_eq!(discount.reason.as_deref(), Some("협약 할인"));
    assert_eq!(discount.reason_code.as_deref(), Some("95"));
    assert_eq!(won(discount.amount), 800_000);
    assert_eq!(discount.vat_percent, Some(Decimal::from(10)));
    let [tax] = &read.tax_totals[..] else { panic!("one tax total") };
    assert_eq!((won(tax.amount), tax.currency.as_deref()), (1_400_000, Some("KRW")));
    assert_eq!(tax.subtotals[0].category.as_deref(), Some("S"));
    assert_eq!(won(tax.subtotals[0].taxable), 14_000_000);
    assert_eq!(won(tax.subtotals[0].tax), 1_400_000);
    let [means] = &read.payment_means[..] else { panic!("one way to pay") };
    assert_eq!(means.code.as_deref(), Some("30"));
    assert_eq!(means.reference.as_deref(), Some("AIV-2026-000123-1"));
    assert_eq!(means.account.as_deref(), Some("000-000000-00-000"));
    assert_eq!(means.account_name.as_deref(), Some("다온소프트 주식회사"));
    assert_eq!(means.bank.as_deref(), Some("999"));
}

#[test]
fn a_credit_note_is_read_under_any_prefixes() {
    let read = invoice(CREDIT_NOTE);
    assert_eq!(read.kind, InvoiceKind::CreditNote);
    assert_eq!(read.number.as_deref(), Some("2026-0925-C01"), "a comment cuts nothing off");
    assert_eq!(read.type_code.as_deref(), Some("381"));
    assert_eq!(read.issue_date, day("2026-09-25"));
    assert_eq!(read.due_date, day("2026-10-25"));
    assert_eq!(read.preceding[0].number.as_deref(), Some("2026-0917-001"));
    assert_eq!(read.preceding[0].issue_date, day("2026-09-17"));
    assert_eq!(read.notes, ["설치 범위 축소 <현장 B>"]);
    assert_eq!(read.supplier.legal_name.as_deref(), Some("다온소프트 주식회사"));
    assert_eq!(read.payee, None);
    assert_eq!(read.lines.len(), 1);
    assert_eq!(read.lines[0].quantity, Some(Decimal::from(2)));
    assert_eq!(won(read.totals.payable), 1_100_000);
    assert_eq!(read.oddities, []);
}

#[test]
fn a_fragment_is_read_with_what_it_has() {
    let read = invoice(FRAGMENT);
    assert_eq!(read.number.as_deref(), Some("초안-1"));
    assert_eq!(read.supplier, Party::default());
    assert_eq!(read.totals, Totals::default());
    assert_eq!((read.issue_date, read.payee), (None, None));
    assert!(read.lines.is_empty() && read.oddities.is_empty());
}

#[test]
fn what_is_not_one_plain_value_is_noted_and_not_guessed() {
    let read = invoice(ODDITIES);
    let noted: Vec<_> = read.oddities.iter().map(|odd| (odd.kind.code(), odd.element, odd.line, &*odd.text)).collect();
    assert_eq!(
        noted,
        [
            ("repeated", "ID", 5, "2026-0917-003"),
            ("not-a-date", "IssueDate", 6, "2026-02-30"),
            ("not-a-boolean", "ChargeIndicator", 9, "no"),
            ("other-currency", "Amount", 10, "USD"),
            ("not-a-number", "PayableAmount", 13, "1,100,000"),
        ]
    );
    assert_eq!(read.number.as_deref(), Some("2026-0917-002"));
    assert_eq!(read.totals.payable, None);
    assert_eq!(read.allowances_charges[0].amount, Some(Decimal::from(5)));
}

#[test]
fn oddities_are_kept_to_a_number() {
    let twice = "<cbc:ID>x</cbc:ID><cbc:ID>y</cbc:ID>";
    let lines = format!("<cac:InvoiceLine>{twice}</cac:InvoiceLine>").repeat(100);
    let end = INVOICE.replace("</Invoice>", &format!("{lines}</Invoice>"));
    assert_eq!(invoice(&end).oddities.len(), 32);
}

#[test]
fn a_tax_total_may_be_in_the_tax_currency() {
    let second = "<cac:TaxTotal><cbc:TaxAmount currencyID='EUR'>870.5</cbc:TaxAmount></cac:TaxTotal>";
    let after = "<cac:LegalMonetaryTotal>";
    let read = invoice(&INVOICE.replace(after, &format!("{second}{after}")));
    assert_eq!(read.tax_totals[1].currency.as_deref(), Some("EUR"));
    assert_eq!(read.tax_totals[1].amount, Decimal::new(8705, 1));
    assert_eq!(read.oddities, []);
}

#[test]
fn names_of_other_namespaces_are_not_read() {
    let foreign = "<x:ID xmlns:x='urn:example'>other</x:ID><x:TaxTotal xmlns:x='urn:example'/>";
    let before = "  <cbc:CustomizationID>";
    let read = invoice(&INVOICE.replace(before, &format!("{foreign}{before}")));
    assert_eq!(read, invoice(INVOICE));
    let attribute = "xmlns:x='urn:example' x:currencyID='USD' currencyID=\"KRW\">15400000";
    let read = invoice(&INVOICE.replace("currencyID=\"KRW\">15400000", attribute));
    assert_eq!(read, invoice(INVOICE));
}

#[test]
fn a_date_may_carry_a_zone_and_nothing_else() {
    let issued = |date: &str| invoice(&INVOICE.replace("2026-09-17</cbc:Iss", &format!("{date}</cbc:Iss")));
    for zoned in ["2026-09-17Z", "2026-09-17+09:00", " 2026-09-17-03:30 "] {
        assert_eq!(issued(zoned).issue_date, day("2026-09-17"), "{zoned}");
    }
    for odd in ["2026-9-17", "20260917", "2026-09-17T00:00:00", "2026-09-17+9", "2026-09-1７", "", "+026-09-17"] {
        let read = issued(odd);
        assert_eq!((read.issue_date, read.oddities[0].kind), (None, OddityKind::NotADate), "{odd}");
    }
}

#[test]
fn the_same_invoice_is_read_from_every_encoding() {
    let expected = invoice(INVOICE);
    let with_mark = |mark: u16, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        std::iter::once(mark).chain(INVOICE.encode_utf16()).flat_map(bytes).collect()
    };
    let windows_lines = INVOICE.replace('\n', "\r\n");
    for bytes in [
        [&[0xEF, 0xBB, 0xBF], INVOICE.as_bytes()].concat(),
        with_mark(0xFEFF, u16::to_le_bytes),
        with_mark(0xFEFF, u16::to_be_bytes),
        windows_lines.into_bytes(),
    ] {
        assert_eq!(read(&bytes), Ok(expected.clone()));
    }
}

#[test]
fn bombs_and_external_entities_are_refused() {
    assert_eq!(trouble(BILLION_LAUGHS), ReadTrouble::Dtd);
    assert_eq!(trouble(EXTERNAL_ENTITY), ReadTrouble::Dtd);
    let quadratic = format!("<!DOCTYPE a [<!ENTITY x '{}'>]><a>{}</a>", "x".repeat(28_000), "&x;".repeat(9_000));
    assert_eq!(trouble(&quadratic), ReadTrouble::Dtd);
    assert_eq!(trouble("<!DOCTYPE a [ never closed"), ReadTrouble::Dtd);
}

#[test]
fn a_document_of_any_depth_is_refused_without_falling_over() {
    let depth = MAX_BYTES / 3;
    assert_eq!(trouble(&"<a>".repeat(depth)), ReadTrouble::TooDeep);
    let extended = |depth: usize| {
        let inside = "<x>".repeat(depth) + &"</x>".repeat(depth);
        INVOICE.replace("</Invoice>", &format!("{inside}</Invoice>"))
    };
    assert_eq!(trouble(&extended(MAX_DEPTH)), ReadTrouble::TooDeep);
    assert_eq!(read(extended(MAX_DEPTH - 1).as_bytes()), Ok(invoice(INVOICE)));
}

#[test]
fn too_many_nodes_are_refused_by_guard_and_parser() {
    assert_eq!(trouble(&format!("<a>{}</a>", "<b/>".repeat(MAX_NODES))), ReadTrouble::TooManyNodes);
    let texts = format!("<a>{}</a>", "<b>x</b>x".repeat(MAX_NODES / 3 + 1));
    assert_eq!(trouble(&texts), ReadTrouble::TooManyNodes);
    assert_eq!(trouble(&"=".repeat(MAX_BYTES + 1)), ReadTrouble::TooLarge);
}

#[test]
fn malformed_documents_say_where() {
    for (text, line, column) in [
        ("", 1, 1),
        ("not xml", 1, 1),
        ("<a>\n  <b></c>\n</a>", 2, 6),
        ("<a>\n<b>", 2, 4),
        ("<a>&undeclared;</a>", 1, 4),
        ("<a:b/>", 1, 2),
        ("<a/>\n<a/>", 2, 1),
        ("<a>\0</a>", 1, 4),
    ] {
        assert_eq!(trouble(text), ReadTrouble::Malformed { line, column }, "{text}");
    }
}

#[test]
fn other_documents_say_what_they_are() {
    let ubl = "urn:oasis:names:specification:ubl:schema:xsd:";
    let cii = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100";
    for (text, root, namespace) in [
        (format!("<r:CrossIndustryInvoice xmlns:r='{cii}'/>"), "CrossIndustryInvoice", cii.to_owned()),
        (format!("<Order xmlns='{ubl}Order-2'/>"), "Order", format!("{ubl}Order-2")),
        (format!("<Invoice xmlns='{ubl}CreditNote-2'/>"), "Invoice", format!("{ubl}CreditNote-2")),
        ("<Invoice/>".to_owned(), "Invoice", String::new()),
        (format!("<{}/>", "x".repeat(500)), &"x".repeat(120), String::new()),
    ] {
        let root = root.to_owned();
        assert_eq!(trouble(&text), ReadTrouble::NotAnInvoice { root, namespace }, "{text}");
    }
}

proptest! {
    #[test]
    fn nothing_that_happens_to_the_bytes_makes_it_panic(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
        whole in any::<bool>(),
    ) {
        for text in [INVOICE, CREDIT_NOTE, ODDITIES, BILLION_LAUGHS] {
            let mut bytes = text.as_bytes().to_vec();
            for (at, byte) in &edits {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            if !whole {
                bytes.truncate(cut.index(bytes.len()));
            }
            let _ = read(&bytes);
        }
    }
}
