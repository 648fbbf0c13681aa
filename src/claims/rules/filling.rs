//! From a structured invoice to the form a vendor would otherwise type. Nothing is judged and nothing is lost in
//! silence: what does not fit the form is a remark above it.

use super::matching::{LINES_MAX, TaxKind};
use super::ubl::{AllowanceCharge, Decimal, InvoiceKind, Line, Party, StructuredInvoice};
use crate::core::numbers::{ApprovalNumber, BusinessNumber};

/// The form, filled as far as the file goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filled {
    /// Names of form fields with their text.
    pub fields: Vec<(&'static str, String)>,
    pub lines: Vec<FilledLine>,
    /// Who the file says supplied and bought.
    pub supplier_name: Option<String>,
    pub buyer_name: Option<String>,
    pub remarks: Vec<Remark>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilledLine {
    pub description: String,
    pub quantity: String,
    pub unit_price: String,
    pub net: String,
}

/// Something the vendor should look at. The words are `claims-read-<code>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    pub code: &'static str,
    /// The form field it is about, when it is about one.
    pub field: Option<&'static str>,
    pub args: Vec<(&'static str, String)>,
}

const WON: &str = "KRW";
const DESCRIPTION_CHARS_MAX: usize = 200;

impl Filled {
    fn put(&mut self, field: &'static str, text: Option<String>) {
        match text {
            Some(text) => self.fields.push((field, text)),
            None => self.remark("absent", Some(field), Vec::new()),
        }
    }

    fn remark(&mut self, code: &'static str, field: Option<&'static str>, args: Vec<(&'static str, String)>) {
        self.remarks.push(Remark { code, field, args });
    }

    /// Whole won, or a remark with what the file says instead.
    fn won(&mut self, field: &'static str, amount: Option<Decimal>, currency: &str) -> Option<i64> {
        let amount = amount?;
        let whole = if currency == WON { amount.to_minor(0).ok() } else { None };
        if whole.is_none() {
            let args = vec![("amount", amount.to_string()), ("currency", currency.to_owned())];
            self.remark("not-won", Some(field), args);
        }
        whole
    }
}

/// Whether the file takes money back instead of asking for it.
pub fn is_credit_note(invoice: &StructuredInvoice) -> bool {
    // 381 is a credit note also when it is written as an Invoice document (UNTDID 1001).
    invoice.kind == InvoiceKind::CreditNote || invoice.type_code.as_deref() == Some("381")
}

/// Fills the form from the file.
pub fn fill(invoice: &StructuredInvoice) -> Filled {
    let mut filled = Filled::default();
    let currency = invoice.currency.clone().unwrap_or_else(|| WON.to_owned());
    filled.put("invoice_no", invoice.number.clone());
    match approval_number(invoice) {
        Some(number) => filled.put("approval_number", Some(number.to_string())),
        None => filled.remark("approval-number", Some("approval_number"), Vec::new()),
    }
    let category = invoice.tax_totals.iter().flat_map(|tax| &tax.subtotals).find_map(|part| part.category.as_deref());
    let kind = match category {
        Some("Z" | "G") => TaxKind::Zero,
        Some("E" | "O") => TaxKind::Exempt,
        _ => TaxKind::Taxable,
    };
    filled.put("tax_kind", Some(kind.to_string()));
    filled.put("issued_on", invoice.issue_date.map(|day| day.to_string()));
    let supplied = invoice.delivery_date.or(invoice.period.end);
    if supplied.is_none() && invoice.issue_date.is_some() {
        filled.remark("supplied-assumed", Some("supplied_on"), Vec::new());
    }
    filled.put("supplied_on", supplied.or(invoice.issue_date).map(|day| day.to_string()));
    filled.put("supplier_number", business_number(&invoice.supplier));
    filled.put("buyer_number", business_number(&invoice.customer));
    filled.supplier_name = invoice.supplier.legal_name.clone().or_else(|| invoice.supplier.name.clone());
    filled.buyer_name = invoice.customer.legal_name.clone().or_else(|| invoice.customer.name.clone());
    fill_totals(&mut filled, invoice, &currency);
    fill_lines(&mut filled, invoice, &currency);
    for oddity in &invoice.oddities {
        let code = match oddity.kind.code() {
            "not-a-number" => "oddity-not-a-number",
            "not-a-date" => "oddity-not-a-date",
            "not-a-boolean" => "oddity-not-a-boolean",
            "repeated" => "oddity-repeated",
            _ => "oddity-other-currency",
        };
        let args = vec![
            ("element", oddity.element.to_owned()),
            ("line", oddity.line.to_string()),
            ("text", oddity.text.clone()),
        ];
        filled.remark(code, None, args);
    }
    filled
}

fn fill_totals(filled: &mut Filled, invoice: &StructuredInvoice, currency: &str) {
    let totals = &invoice.totals;
    let supply = totals.tax_exclusive.or(totals.line_extension);
    let vat = invoice.tax_totals.iter().find(|tax| tax.currency.as_deref().is_none_or(|found| found == currency));
    let vat = vat.and_then(|tax| tax.amount);
    for (field, amount) in [("supply_won", supply), ("vat_won", vat), ("total_won", totals.tax_inclusive)] {
        let text = filled.won(field, amount, currency).map(|won| won.to_string());
        if text.is_some() || amount.is_none() {
            filled.put(field, text);
        }
    }
    if let Some(prepaid) = totals.prepaid.filter(|prepaid| !prepaid.is_zero()) {
        let args = vec![("amount", prepaid.to_string()), ("currency", currency.to_owned())];
        filled.remark("prepaid", None, args);
    }
}

fn fill_lines(filled: &mut Filled, invoice: &StructuredInvoice, currency: &str) {
    let mut lines: Vec<(FilledLine, Option<i64>)> = Vec::new();
    for (i, line) in invoice.lines.iter().enumerate() {
        lines.push(fill_line(filled, i + 1, line, currency));
    }
    for part in &invoice.allowances_charges {
        lines.push(fill_allowance(filled, part, currency));
    }
    if lines.is_empty() {
        filled.remark("no-lines", None, Vec::new());
    }
    if lines.len() > LINES_MAX {
        let rest = lines.split_off(LINES_MAX - 1);
        filled.remark("lines-folded", None, vec![("count", rest.len().to_string())]);
        lines.push(fold(&rest));
    }
    filled.lines = lines.into_iter().map(|(line, _)| line).collect();
}

/// The form takes whole quantities at whole prices; any other line becomes one piece at its own sum.
fn fill_line(filled: &mut Filled, position: usize, line: &Line, currency: &str) -> (FilledLine, Option<i64>) {
    let name = line.name.clone().or_else(|| line.description.clone()).unwrap_or_else(|| position.to_string());
    let net = filled.won("lines", line.net_amount, currency);
    let per_one = line.base_quantity.is_none_or(|base| base.to_minor(0) == Ok(1));
    let whole = |value: Option<Decimal>| value.and_then(|value| value.to_minor(0).ok());
    let (quantity, price) = (whole(line.quantity), whole(line.unit_price).filter(|_| per_one && currency == WON));
    let product = quantity.zip(price).and_then(|(quantity, price)| quantity.checked_mul(price));
    let (Some(quantity), Some(price)) = (quantity.filter(|quantity| *quantity > 0), price) else {
        return (one_piece(&described(&name, line), net), net);
    };
    let net = if line.net_amount.is_none() { product } else { net };
    if product != net {
        return (one_piece(&described(&name, line), net), net);
    }
    let filled_line = FilledLine {
        description: cut(&name),
        quantity: quantity.to_string(),
        unit_price: price.to_string(),
        net: net.map(|net| net.to_string()).unwrap_or_default(),
    };
    (filled_line, net)
}

fn fill_allowance(filled: &mut Filled, part: &AllowanceCharge, currency: &str) -> (FilledLine, Option<i64>) {
    let is_charge = part.is_charge == Some(true);
    let amount = filled.won("lines", part.amount, currency);
    let net = amount.map(|amount| if is_charge { amount } else { -amount });
    let sign = if is_charge { "+" } else { "−" };
    let reason = part.reason.clone().or_else(|| part.reason_code.clone()).unwrap_or_default();
    (one_piece(format!("{sign} {reason}").trim(), net), net)
}

fn fold(rest: &[(FilledLine, Option<i64>)]) -> (FilledLine, Option<i64>) {
    let sum = rest.iter().try_fold(0_i64, |sum, (_, net)| sum.checked_add((*net)?));
    let name = format!("{} (+{})", rest[0].0.description, rest.len() - 1);
    (one_piece(&name, sum), sum)
}

fn one_piece(description: &str, net: Option<i64>) -> FilledLine {
    let net = net.map(|net| net.to_string()).unwrap_or_default();
    FilledLine { description: cut(description), quantity: "1".to_owned(), unit_price: net.clone(), net }
}

/// The name with the quantity that the form cannot hold.
fn described(name: &str, line: &Line) -> String {
    let unit = line.unit_code.as_deref().unwrap_or_default();
    match line.quantity {
        Some(quantity) if quantity.to_minor(0) != Ok(1) => format!("{name} ({quantity} {unit})").replace(" )", ")"),
        _ => name.to_owned(),
    }
}

fn cut(text: &str) -> String {
    let line: Vec<&str> = text.split_whitespace().collect();
    line.join(" ").chars().take(DESCRIPTION_CHARS_MAX).collect()
}

/// UBL has no field of its own for the approval number; issuers put it where there is room.
fn approval_number(invoice: &StructuredInvoice) -> Option<ApprovalNumber> {
    invoice.number.iter().chain(&invoice.notes).find_map(|text| text.parse().ok())
}

/// The Korean business number among the party's identifiers; else whatever identifies it, so that it can be mended.
fn business_number(party: &Party) -> Option<String> {
    let written: Vec<&str> = party
        .company_id
        .iter()
        .map(|id| id.value.as_str())
        .chain(party.vat_id.as_deref())
        .chain(party.tax_registration.as_deref())
        .chain(party.ids.iter().map(|id| id.value.as_str()))
        .collect();
    let known = written.iter().find_map(|text| text.trim_start_matches("KR").parse::<BusinessNumber>().ok());
    known.map(|number| number.to_string()).or_else(|| written.first().map(|text| text.chars().take(40).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::rules::ubl;

    fn read(name: &str) -> StructuredInvoice {
        let path = format!("{}/tests/data/invoices/{name}", env!("CARGO_MANIFEST_DIR"));
        ubl::read(&std::fs::read(path).unwrap()).unwrap()
    }

    fn field<'a>(filled: &'a Filled, name: &str) -> &'a str {
        filled.fields.iter().find(|(field, _)| *field == name).map_or("", |(_, text)| text)
    }

    #[test]
    fn a_korean_invoice_fills_every_field_but_the_approval_number() {
        let filled = fill(&read("invoice-krw.xml"));
        for (name, text) in [
            ("invoice_no", "2026-0917-001"),
            ("issued_on", "2026-09-17"),
            ("supplied_on", "2026-08-31"),
            ("supplier_number", "123-45-67891"),
            ("buyer_number", "111-11-11119"),
            ("supply_won", "14000000"),
            ("vat_won", "1400000"),
            ("total_won", "15400000"),
            ("approval_number", ""),
        ] {
            assert_eq!(field(&filled, name), text, "{name}");
        }
        assert_eq!(filled.supplier_name.as_deref(), Some("다온소프트 주식회사"));
        let lines: Vec<(&str, &str, &str)> = filled
            .lines
            .iter()
            .map(|line| (line.description.as_str(), line.quantity.as_str(), line.net.as_str()))
            .collect();
        assert_eq!(
            lines,
            [
                ("비전 검사 솔루션", "1", "12000000"),
                ("GPU 사용 시간 (120.5 HUR)", "1", "2800000"),
                ("− 협약 할인", "1", "-800000")
            ]
        );
        let sum: i64 = filled.lines.iter().map(|line| line.net.parse::<i64>().unwrap()).sum();
        assert_eq!(sum, 14_000_000);
        assert!(filled.remarks.iter().any(|remark| remark.code == "prepaid"));
        assert!(filled.remarks.iter().any(|remark| remark.code == "approval-number"));
    }

    #[test]
    fn an_approval_number_in_a_note_is_found() {
        let mut invoice = read("invoice-krw.xml");
        invoice.notes.push("20260917-41000012-38475920".to_owned());
        assert_eq!(field(&fill(&invoice), "approval_number"), "20260917-41000012-38475920");
    }

    #[test]
    fn amounts_in_another_currency_are_remarks_and_the_text_is_filled() {
        let mut invoice = read("invoice-krw.xml");
        invoice.currency = Some("EUR".to_owned());
        let filled = fill(&invoice);
        assert_eq!(field(&filled, "invoice_no"), "2026-0917-001");
        assert_eq!(field(&filled, "supply_won"), "");
        assert_eq!(filled.lines.len(), 3);
        assert!(filled.lines.iter().all(|line| !line.description.is_empty() && line.net.is_empty()));
        assert!(filled.remarks.iter().any(|remark| remark.code == "not-won" && remark.field == Some("total_won")));
    }

    #[test]
    fn fractions_of_a_won_are_remarks() {
        let mut invoice = read("invoice-krw.xml");
        invoice.totals.tax_exclusive = Some("14000000.5".parse().unwrap());
        let filled = fill(&invoice);
        assert_eq!(field(&filled, "supply_won"), "");
        let remark = filled.remarks.iter().find(|remark| remark.code == "not-won").unwrap();
        assert_eq!(remark.args[0], ("amount", "14000000.5".to_owned()));
    }

    #[test]
    fn more_lines_than_the_form_takes_are_folded_without_losing_money() {
        let mut invoice = read("invoice-krw.xml");
        invoice.allowances_charges.clear();
        let line = invoice.lines[0].clone();
        invoice.lines = vec![line; 50];
        let filled = fill(&invoice);
        assert_eq!(filled.lines.len(), LINES_MAX);
        let sum: i64 = filled.lines.iter().map(|line| line.net.parse::<i64>().unwrap()).sum();
        assert_eq!(sum, 50 * 12_000_000);
        assert!(filled.remarks.iter().any(|remark| remark.code == "lines-folded"));
    }

    #[test]
    fn a_credit_note_is_known_as_one_and_oddities_are_told() {
        assert!(is_credit_note(&read("credit-note-krw.xml")));
        assert!(!is_credit_note(&read("invoice-krw.xml")));
        let odd = read("oddities.xml");
        assert!(!odd.oddities.is_empty());
        let told = fill(&odd).remarks.iter().filter(|remark| remark.code.starts_with("oddity-")).count();
        assert_eq!(told, odd.oddities.len());
    }

    #[test]
    fn a_fragment_fills_what_it_has() {
        let filled = fill(&read("fragment.xml"));
        assert!(filled.remarks.iter().any(|remark| remark.code == "absent"));
    }
}
