//! The way in, and how one value is taken from the XML tree.
//!
//! A value is the whole text of an element: comments inside it cut nothing off. A value that cannot be read, or that
//! stands there twice, is noted as an oddity.

use chrono::NaiveDate;
use roxmltree::Node;

use super::{
    Decimal, InvoiceKind, Oddity, OddityKind, ReadTrouble, StructuredInvoice,
    tree::{CAC, CBC, attribute, children, groups, text_of},
};
use crate::{claims::rules::en16931, core::xml};

const INVOICE: &str = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2";
const CREDIT_NOTE: &str = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2";

const MAX_ODDITIES: usize = 32;
/// Lines, allowances and the like, which need much more room as values than as an empty element.
const MAX_ITEMS: usize = 20_000;

/// Reads a UBL 2 invoice or credit note (OASIS UBL 2.1, in the subset of EN 16931-3-2).
///
/// Pure CPU work: 0.1 ms for a usual invoice, under 0.1 s for the worst 5 MiB that were tried, so call it off the async
/// threads. Everything a vendor can put into the bytes ends in a value or a [`ReadTrouble`].
pub fn read(bytes: &[u8]) -> Result<StructuredInvoice, ReadTrouble> {
    Ok(examine(bytes)?.invoice)
}

/// What a document says, and which rules of EN 16931 it breaks.
#[derive(Debug, Clone, PartialEq)]
pub struct Examined {
    pub invoice: StructuredInvoice,
    /// Ids such as `BR-CO-10`, in their order.
    pub broken: Vec<String>,
}

/// Reads a document and holds it against EN 16931.
pub fn examine(bytes: &[u8]) -> Result<Examined, ReadTrouble> {
    let text = xml::decode(bytes)?;
    let document = xml::parse(&text)?;
    let root = document.root_element();
    let kind = kind_of(root)?;
    let mut reader = Reader::of(root);
    let invoice = reader.invoice(root, kind);
    if reader.items > MAX_ITEMS {
        return Err(ReadTrouble::TooManyNodes);
    }
    Ok(Examined { invoice, broken: en16931::broken(root) })
}

fn kind_of(root: Node) -> Result<InvoiceKind, ReadTrouble> {
    let name = root.tag_name();
    match (name.namespace(), name.name()) {
        (Some(INVOICE), "Invoice") => Ok(InvoiceKind::Invoice),
        (Some(CREDIT_NOTE), "CreditNote") => Ok(InvoiceKind::CreditNote),
        (namespace, root) => Err(ReadTrouble::NotAnInvoice {
            root: root.chars().take(120).collect(),
            namespace: namespace.unwrap_or_default().chars().take(120).collect(),
        }),
    }
}

/// `xsd:date`: the day as written; a time zone behind it is allowed and changes nothing.
fn date_of(text: &str) -> Option<NaiveDate> {
    let (day, zone) = text.split_at_checked(10)?;
    let is_day = day.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let is_zone = match zone.as_bytes() {
        [] | [b'Z'] => true,
        [b'+' | b'-', hours @ .., b':', m, n] => hours.len() == 2 && hours.iter().chain([m, n]).all(u8::is_ascii_digit),
        _ => false,
    };
    let date = || NaiveDate::parse_from_str(day, "%Y-%m-%d").ok();
    (is_day && is_zone).then(date).flatten()
}

/// Reads values and keeps what was odd about them.
pub(super) struct Reader {
    /// What `currencyID` should say in the part being read.
    pub(super) currency: Option<String>,
    pub(super) oddities: Vec<Oddity>,
    items: usize,
}

impl Reader {
    fn of(root: Node) -> Self {
        let currency = children(Some(root), CBC, "DocumentCurrencyCode").find_map(text_of);
        Self { currency, oddities: Vec::new(), items: 0 }
    }

    /// Each group of that name, until there are [`MAX_ITEMS`] in all.
    pub(super) fn each<T>(
        &mut self,
        parent: Option<Node>,
        name: &'static str,
        mut one: impl FnMut(&mut Self, Option<Node>) -> T,
    ) -> Vec<T> {
        groups(parent, name)
            .map_while(|node| {
                self.items += 1;
                (self.items <= MAX_ITEMS).then(|| one(self, Some(node)))
            })
            .collect()
    }

    /// The group at the end of a path on which EN 16931 has each element once.
    pub(super) fn group<'a, 'i>(&mut self, from: Option<Node<'a, 'i>>, path: &[&'static str]) -> Option<Node<'a, 'i>> {
        path.iter().fold(from, |parent, name| self.only(parent, CAC, name))
    }

    pub(super) fn value<'a, 'i>(&mut self, parent: Option<Node<'a, 'i>>, name: &'static str) -> Option<Node<'a, 'i>> {
        self.only(parent, CBC, name)
    }

    fn only<'a, 'i>(
        &mut self,
        parent: Option<Node<'a, 'i>>,
        namespace: &'static str,
        name: &'static str,
    ) -> Option<Node<'a, 'i>> {
        let mut found = children(parent, namespace, name);
        let first = found.next();
        if let Some(second) = found.next() {
            self.note(OddityKind::Repeated, second, name);
        }
        first
    }

    pub(super) fn text(&mut self, parent: Option<Node>, name: &'static str) -> Option<String> {
        self.value(parent, name).and_then(text_of)
    }

    pub(super) fn date(&mut self, parent: Option<Node>, name: &'static str) -> Option<NaiveDate> {
        self.parsed(parent, name, OddityKind::NotADate, date_of)
    }

    pub(super) fn boolean(&mut self, parent: Option<Node>, name: &'static str) -> Option<bool> {
        self.parsed(parent, name, OddityKind::NotABoolean, |text| match text {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        })
    }

    pub(super) fn number(&mut self, parent: Option<Node>, name: &'static str) -> Option<Decimal> {
        self.parsed(parent, name, OddityKind::NotANumber, |text| text.parse().ok())
    }

    pub(super) fn amount(&mut self, parent: Option<Node>, name: &'static str) -> Option<Decimal> {
        let node = children(parent, CBC, name).next();
        let written = attribute(node, "currencyID");
        let differs = written.is_some() && self.currency.is_some() && written != self.currency;
        if let Some(node) = node.filter(|_| differs) {
            self.note(OddityKind::OtherCurrency, node, name);
        }
        self.number(parent, name)
    }

    fn parsed<T>(
        &mut self,
        parent: Option<Node>,
        name: &'static str,
        trouble: OddityKind,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let node = self.value(parent, name)?;
        let parsed = parse(&text_of(node).unwrap_or_default());
        if parsed.is_none() {
            self.note(trouble, node, name);
        }
        parsed
    }

    pub(super) fn note(&mut self, kind: OddityKind, node: Node, element: &'static str) {
        if self.oddities.len() == MAX_ODDITIES {
            return;
        }
        let written = match kind {
            OddityKind::OtherCurrency => attribute(Some(node), "currencyID"),
            _ => text_of(node),
        };
        self.oddities.push(Oddity {
            kind,
            element,
            line: node.document().text_pos_at(node.range().start).row,
            text: written.unwrap_or_default().chars().take(80).collect(),
        });
    }
}
