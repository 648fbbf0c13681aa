//! How a rule finds its elements, and how it is noted as broken.

use super::super::ubl::{
    Decimal,
    tree::{CAC, CBC, attribute, children, text_of},
};
use roxmltree::Node;
use std::collections::BTreeSet;

/// The rules broken so far.
#[derive(Default)]
pub(super) struct Broken(BTreeSet<String>);

impl Broken {
    pub(super) fn unless(&mut self, id: &str, holds: bool) {
        if !holds && !self.0.contains(id) {
            self.0.insert(id.to_owned());
        }
    }

    /// A rule of a VAT family: `BR-S-08` is number 8 of `S`.
    pub(super) fn unless_of(&mut self, family: &str, rule: u8, holds: bool) {
        if !holds {
            self.0.insert(format!("BR-{family}-{rule:02}"));
        }
    }

    pub(super) fn into_ids(self) -> Vec<String> {
        self.0.into_iter().collect()
    }
}

/// Every element at a path such as `cac:Party/cbc:EndpointID`.
pub(super) fn all<'a, 'i>(from: Node<'a, 'i>, path: &str) -> Vec<Node<'a, 'i>> {
    path.split('/').fold(vec![from], |nodes, step| {
        let (namespace, name) = match step.split_at(4) {
            ("cac:", name) => (CAC, name),
            (_, name) => (CBC, name),
        };
        nodes.into_iter().flat_map(|node| children(Some(node), namespace, name)).collect()
    })
}

/// The prefix that the paths here write, and the local name.
pub(super) fn prefixed<'a>(node: Node<'a, '_>) -> (&'static str, &'a str) {
    let tag = node.tag_name();
    let prefix = match tag.namespace() {
        Some(CAC) => "cac:",
        Some(CBC) => "cbc:",
        _ => "",
    };
    (prefix, tag.name())
}

pub(super) fn has(from: Node, path: &str) -> bool {
    !all(from, path).is_empty()
}

/// Whether the first element at the path says anything.
pub(super) fn says(from: Node, path: &str) -> bool {
    !text(from, path).is_empty()
}

/// The trimmed text of the first element at the path; empty when there is none.
pub(super) fn text(from: Node, path: &str) -> String {
    all(from, path).first().and_then(|node| text_of(*node)).unwrap_or_default()
}

pub(super) fn value_of(node: Node) -> Option<Decimal> {
    text_of(node)?.parse().ok()
}

/// The number of the first element at the path.
pub(super) fn number(from: Node, path: &str) -> Option<Decimal> {
    value_of(*all(from, path).first()?)
}

/// The sum of every element at the path below each node; none where one cannot be read.
pub(super) fn sum<'a, 'i: 'a>(nodes: impl Iterator<Item = Node<'a, 'i>>, path: &str) -> Option<Decimal> {
    let mut sum = Decimal::from(0);
    for amount in nodes.flat_map(|node| all(node, path)) {
        sum = sum.checked_add(value_of(amount)?)?;
    }
    Some(sum)
}

/// Digits behind the point as written.
pub(super) fn decimals(amount: Node) -> usize {
    text_of(amount).and_then(|text| text.split_once('.').map(|(_, behind)| behind.chars().count())).unwrap_or(0)
}

/// Both are known and equal.
pub(super) fn equal(one: Option<Decimal>, other: Option<Decimal>) -> bool {
    one.is_some() && one == other
}

/// Both are known and less than one apart: the tolerance of the VAT rules.
pub(super) fn close(one: Option<Decimal>, other: Option<Decimal>) -> bool {
    let apart = one.zip(other).and_then(|(one, other)| one.checked_sub(other));
    apart.is_some_and(|apart| apart < Decimal::from(1) && apart > Decimal::from(-1))
}

pub(super) fn currency(amount: Node) -> Option<String> {
    attribute(Some(amount), "currencyID")
}

pub(super) fn has_attribute(node: Node, name: &str) -> bool {
    node.attributes().any(|own| own.namespace().is_none() && own.name() == name)
}

pub(super) fn is_charge(node: Node) -> Option<bool> {
    match text(node, "cbc:ChargeIndicator").as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// Whether a tax category or a party's tax scheme is about VAT.
pub(super) fn is_vat(node: Node) -> bool {
    all(node, "cac:TaxScheme/cbc:ID").into_iter().filter_map(text_of).any(|id| id.eq_ignore_ascii_case("VAT"))
}
