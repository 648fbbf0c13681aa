//! What the messages of ISO 20022 share: the way into a message, amounts in won, and how a value is found.
//! Elements are known by their local names: the versions of a message differ in their namespace only.

use crate::core::{
    money::Won,
    xml::{self, XmlTrouble},
};
use chrono::{DateTime, NaiveDate};
use roxmltree::{Document, Node};

const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:";

/// The most lines of one message.
pub const LINES_MAX: usize = 20_000;

/// Why a message of the bank was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageTrouble {
    Xml(XmlTrouble),
    /// Another message than was asked for.
    OtherMessage,
    Missing {
        element: &'static str,
        line: u32,
    },
    Value {
        element: String,
        line: u32,
    },
    /// Opening balance, movements and closing balance do not add up.
    NotBalanced {
        opening: Won,
        moved: Won,
        closing: Won,
    },
    /// The parts of an entry are not its amount.
    EntryNotBalanced {
        line: u32,
    },
    TooManyLines,
}

impl From<XmlTrouble> for MessageTrouble {
    fn from(trouble: XmlTrouble) -> MessageTrouble {
        MessageTrouble::Xml(trouble)
    }
}

/// Reads `bytes` as a message called `name` (`camt.053`), whose content stands under `body`.
pub fn read<T>(
    bytes: &[u8],
    name: &str,
    body: &'static str,
    content: impl FnOnce(Node) -> Result<T, MessageTrouble>,
) -> Result<T, MessageTrouble> {
    let text = xml::decode(bytes)?;
    let document: Document = xml::parse(&text)?;
    let root = document.root_element();
    let namespace = root.tag_name().namespace().and_then(|uri| uri.strip_prefix(NAMESPACE));
    if root.tag_name().name() != "Document" || !namespace.is_some_and(|message| message.starts_with(name)) {
        return Err(MessageTrouble::OtherMessage);
    }
    content(child(root, body).ok_or(MessageTrouble::OtherMessage)?)
}

pub fn line(node: Node) -> u32 {
    node.document().text_pos_at(node.range().start).row
}

pub fn children<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

pub fn child<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

/// The first element on a path of names.
pub fn at<'a, 'i>(node: Node<'a, 'i>, path: &[&'static str]) -> Option<Node<'a, 'i>> {
    path.iter().try_fold(node, |node, name| child(node, name))
}

/// The text on a path, without what a page cannot show, at most 140 characters.
pub fn text(node: Node, path: &[&'static str]) -> Option<String> {
    let found: String = at(node, path)?.children().filter_map(|part| part.text()).collect();
    let kept: String = found.trim().chars().filter(|c| !c.is_control()).take(140).collect();
    (!kept.is_empty()).then_some(kept)
}

pub fn required(node: Node, path: &[&'static str]) -> Result<String, MessageTrouble> {
    let element = path.last().copied().unwrap_or_default();
    text(node, path).ok_or_else(|| MessageTrouble::Missing { element, line: line(node) })
}

pub fn wrong(node: Node) -> MessageTrouble {
    MessageTrouble::Value { element: node.tag_name().name().to_owned(), line: line(node) }
}

/// Whole won in `Ccy="KRW"`; a fraction of nothing but zeros is no fraction.
pub fn amount(node: Node) -> Result<Won, MessageTrouble> {
    let text = node.text().unwrap_or_default().trim();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    let sound = !whole.is_empty() && whole.len() <= 15 && digits(whole) && fraction.chars().all(|c| c == '0');
    if !sound || node.attribute("Ccy") != Some("KRW") {
        return Err(wrong(node));
    }
    whole.parse().map(Won).map_err(|_| wrong(node))
}

/// The amount with its sign: `CRDT` came in, `DBIT` left.
pub fn signed(amount: Won, indicator: Node) -> Result<Won, MessageTrouble> {
    match indicator.text().map(str::trim) {
        Some("CRDT") => Ok(amount),
        Some("DBIT") => Ok(amount.negated()),
        _ => Err(wrong(indicator)),
    }
}

/// `Dt` or `DtTm` under a node.
pub fn date(node: Node) -> Result<NaiveDate, MessageTrouble> {
    let day = child(node, "Dt").or_else(|| child(node, "DtTm")).unwrap_or(node);
    let text = day.text().unwrap_or_default().trim();
    let read = NaiveDate::parse_from_str(text.get(..10).unwrap_or_default(), "%Y-%m-%d");
    let sound =
        text.len() <= 10 || DateTime::parse_from_rfc3339(text).is_ok() || text.as_bytes().get(10) == Some(&b'T');
    read.ok().filter(|_| sound).ok_or_else(|| wrong(day))
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// What an attacker sends first.
    pub const HOSTILE: &[&str] = &[
        "<!DOCTYPE a [<!ENTITY x 'y'>]><Document>&x;</Document>",
        "<?xml version='1.0'?><!DOCTYPE a SYSTEM 'file:///etc/passwd'><Document/>",
        "<Document><!ENTITY x 'y'></Document>",
    ];

    #[test]
    fn an_amount_is_whole_won() {
        let read = |xml: &str| amount(Document::parse(xml).unwrap().root_element()).ok();
        assert_eq!(read("<Amt Ccy='KRW'>10000000</Amt>"), Some(Won(10_000_000)));
        assert_eq!(read("<Amt Ccy='KRW'>10000000.00</Amt>"), Some(Won(10_000_000)));
        for wrong in ["1.5", "-1", "+1", "", "1e3", "1,000", ".0", "10000000000000000"] {
            assert_eq!(read(&format!("<Amt Ccy='KRW'>{wrong}</Amt>")), None, "{wrong}");
        }
        assert_eq!(read("<Amt Ccy='EUR'>1</Amt>"), None);
        assert_eq!(read("<Amt>1</Amt>"), None);
    }
}
