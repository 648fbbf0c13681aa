//! How elements, texts and attributes are found in the tree: by namespace and local name, whatever the prefix.

use super::Identifier;
use roxmltree::Node;

pub(in crate::claims::rules) const CAC: &str =
    "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2";
pub(in crate::claims::rules) const CBC: &str = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2";

pub(in crate::claims::rules) fn children<'a, 'i>(
    parent: Option<Node<'a, 'i>>,
    namespace: &str,
    name: &str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    parent.into_iter().flat_map(|parent| parent.children()).filter(move |node| {
        let tag = node.tag_name();
        tag.name() == name && tag.namespace() == Some(namespace)
    })
}

pub(in crate::claims::rules) fn groups<'a, 'i>(
    parent: Option<Node<'a, 'i>>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    children(parent, CAC, name)
}

pub(in crate::claims::rules) fn text_of(node: Node) -> Option<String> {
    let parts = node.children().filter(|child| child.is_text());
    let whole: String = parts.filter_map(|part| part.text()).collect();
    let trimmed = whole.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

pub(in crate::claims::rules) fn texts(parent: Option<Node>, name: &'static str) -> Vec<String> {
    children(parent, CBC, name).filter_map(text_of).collect()
}

pub(in crate::claims::rules) fn attribute(node: Option<Node>, name: &str) -> Option<String> {
    let mut own = node?.attributes().filter(|own| own.namespace().is_none());
    let value = own.find(|own| own.name() == name)?.value().trim();
    (!value.is_empty()).then(|| value.to_owned())
}

pub(in crate::claims::rules) fn identifier(node: Node) -> Option<Identifier> {
    Some(Identifier { scheme: attribute(Some(node), "schemeID"), value: text_of(node)? })
}
