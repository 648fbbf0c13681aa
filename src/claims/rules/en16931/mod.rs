//! The business rules of EN 16931 for UBL invoices and credit notes: what a document must state, and that its sums
//! and its VAT agree. Each broken rule is named by the id that the European Commission's validation artefacts give it.
//!
//! The rules look at the document itself, not at what was read from it: a fragment breaks the rules about what it
//! lacks and no others. A value that is no number agrees with nothing. Code lists (BR-CL) are not looked at.

mod parts;
mod path;
#[cfg(test)]
mod tests;
mod totals;
mod vat;

use path::{Broken, all, has, number, says};
use roxmltree::Node;

/// The ids of the rules that the document breaks, in their order, each once.
pub fn broken(root: Node) -> Vec<String> {
    let mut broken = Broken::default();
    let whole = Whole::of(root);
    required(&mut broken, root);
    parts::parties(&mut broken, root);
    parts::payment(&mut broken, root);
    parts::references(&mut broken, &whole);
    parts::periods(&mut broken, &whole);
    parts::lines(&mut broken, &whole);
    parts::allowances_and_charges(&mut broken, &whole);
    totals::rules(&mut broken, &whole);
    vat::rules(&mut broken, &whole);
    broken.into_ids()
}

/// The document with what more than one rule looks for in all of it, found in one pass.
struct Whole<'a, 'i> {
    root: Node<'a, 'i>,
    is_invoice: bool,
    lines: Vec<Node<'a, 'i>>,
    /// `AllowanceCharge` anywhere.
    allowance_charges: Vec<Node<'a, 'i>>,
    /// `ClassifiedTaxCategory` anywhere.
    classified: Vec<Node<'a, 'i>>,
    /// `TaxCategory` anywhere.
    categories: Vec<Node<'a, 'i>>,
    /// `AdditionalItemProperty` anywhere.
    properties: Vec<Node<'a, 'i>>,
    /// `PartyTaxScheme` anywhere.
    tax_schemes: Vec<Node<'a, 'i>>,
    /// A `DueDate` or the `Note` of `PaymentTerms` stands anywhere.
    says_when_to_pay: bool,
}

impl<'a, 'i> Whole<'a, 'i> {
    fn of(root: Node<'a, 'i>) -> Self {
        let is_invoice = root.tag_name().name() == "Invoice";
        let line = if is_invoice { "cac:InvoiceLine" } else { "cac:CreditNoteLine" };
        let mut whole = Whole {
            root,
            is_invoice,
            lines: all(root, line),
            allowance_charges: Vec::new(),
            classified: Vec::new(),
            categories: Vec::new(),
            properties: Vec::new(),
            tax_schemes: Vec::new(),
            says_when_to_pay: false,
        };
        for node in root.descendants().filter(Node::is_element) {
            let list = match path::prefixed(node) {
                ("cac:", "AllowanceCharge") => &mut whole.allowance_charges,
                ("cac:", "ClassifiedTaxCategory") => &mut whole.classified,
                ("cac:", "TaxCategory") => &mut whole.categories,
                ("cac:", "AdditionalItemProperty") => &mut whole.properties,
                ("cac:", "PartyTaxScheme") => &mut whole.tax_schemes,
                ("cbc:", "DueDate") => {
                    whole.says_when_to_pay = true;
                    continue;
                }
                ("cac:", "PaymentTerms") => {
                    whole.says_when_to_pay |= has(node, "cbc:Note");
                    continue;
                }
                _ => continue,
            };
            list.push(node);
        }
        whole
    }

    /// The document's own allowances (`false`) or charges (`true`).
    fn of_document(&self, charge: bool) -> impl Iterator<Item = Node<'a, 'i>> {
        let root = self.root;
        let own = self.allowance_charges.iter().copied().filter(move |node| node.parent() == Some(root));
        own.filter(move |node| path::is_charge(*node) == Some(charge))
    }
}

/// What every document states: BR-01 to BR-08, BR-10, BR-16.
fn required(broken: &mut Broken, root: Node) {
    for (id, path) in [
        ("BR-01", "cbc:CustomizationID"),
        ("BR-02", "cbc:ID"),
        ("BR-03", "cbc:IssueDate"),
        ("BR-05", "cbc:DocumentCurrencyCode"),
        ("BR-06", "cac:AccountingSupplierParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName"),
        ("BR-07", "cac:AccountingCustomerParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName"),
    ] {
        broken.unless(id, says(root, path));
    }
    broken.unless("BR-04", says(root, "cbc:InvoiceTypeCode") || says(root, "cbc:CreditNoteTypeCode"));
    broken.unless("BR-08", has(root, "cac:AccountingSupplierParty/cac:Party/cac:PostalAddress"));
    broken.unless("BR-10", has(root, "cac:AccountingCustomerParty/cac:Party/cac:PostalAddress"));
    broken.unless("BR-16", has(root, "cac:InvoiceLine") || has(root, "cac:CreditNoteLine"));
}

/// At most two digits behind the point, for every amount at the path.
fn two_decimals(node: Node, path: &str) -> bool {
    all(node, path).into_iter().all(|amount| path::decimals(amount) <= 2)
}

/// Whether the number at the path is one that `holds` accepts; absent or unreadable is no.
fn number_is(node: Node, path: &str, holds: impl Fn(super::ubl::Decimal) -> bool) -> bool {
    number(node, path).is_some_and(holds)
}
