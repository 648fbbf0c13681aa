//! An invoice as a document: every field that was filed, for whoever reads no XML.

use super::{
    rules::{Invoice, matching::dashed},
    store::Claim,
};
use crate::{
    core::{lang::Lang, money::Won},
    pdf::{Block, Document},
    web::page::{show_date, show_won},
};

/// Of the invoice that a claim holds, in the reader's language.
pub fn document(lang: Lang, claim: &Claim, invoice: &Invoice, firm: &str, vendor: &str) -> Document {
    let won = |amount: Won| show_won(lang, amount);
    let row = |key: &'static str, value: String| vec![lang.t(key), value];
    let facts = vec![
        row("claims-number", claim.number.clone()),
        row("claims-approval-number", invoice.approval_number.to_string()),
        row("claims-invoice-no", invoice.invoice_no.clone()),
        row("claims-vendor", format!("{vendor} ({})", dashed(invoice.supplier_number.as_str()))),
        row("claims-firm", format!("{firm} ({})", dashed(invoice.buyer_number.as_str()))),
        row("claims-tax-kind", lang.code_word("claim-tax-kind", invoice.kind.as_str())),
        row("claims-issued-on", show_date(lang, invoice.issued_on)),
        row("claims-supplied-on", show_date(lang, invoice.supplied_on)),
    ];
    let mut lines = vec![
        [
            "claims-line-number",
            "claims-line-description",
            "claims-line-quantity",
            "claims-line-unit-price",
            "claims-line-net",
        ]
        .map(|key| lang.t(key))
        .to_vec(),
    ];
    lines.extend(invoice.lines.iter().zip(1..).map(|(line, number)| {
        vec![
            number.to_string(),
            line.description.clone(),
            line.quantity.to_string(),
            won(line.unit_price),
            won(line.net),
        ]
    }));
    let sums = vec![
        row("claims-supply-won", won(invoice.supply)),
        row("claims-vat-won", won(invoice.vat)),
        row("claims-total-won", won(invoice.total)),
    ];
    let head = vec![lang.t("claims-pdf-field"), lang.t("claims-pdf-value")];
    let table = |rows: Vec<Vec<String>>| Block::Table {
        shares: vec![2, 5],
        rows: std::iter::once(head.clone()).chain(rows).collect(),
    };
    let title = lang.t_with("claims-pdf-title", &[("number", claim.number.clone())]);
    Document {
        lang: lang.code(),
        foot: format!("{} · {}", claim.number, claim.version),
        made_at: claim.submitted_at,
        blocks: vec![
            Block::Title(title.clone()),
            Block::Text(lang.t("claims-pdf-intro")),
            table(facts),
            Block::Heading(lang.t("claims-lines")),
            Block::Table { shares: vec![1, 5, 1, 2, 2], rows: lines },
            Block::Heading(lang.t("claims-pdf-sums")),
            table(sums),
        ],
        title,
    }
}
