//! Which UBL element is which value of [`StructuredInvoice`]; the business terms are named there.

use chrono::NaiveDate;
use roxmltree::Node;

use super::read::Reader;
use super::tree::{CBC, attribute, children, groups, identifier, text_of, texts};
use super::{
    AllowanceCharge, InvoiceKind, Line, OddityKind, Party, PaymentMeans, Period, PrecedingInvoice, StructuredInvoice,
    TaxSubtotal, TaxTotal, Totals,
};

/// The local names in which an invoice and a credit note differ.
struct Names {
    type_code: &'static str,
    line: &'static str,
    quantity: &'static str,
}

impl InvoiceKind {
    fn names(self) -> Names {
        match self {
            Self::Invoice => Names { type_code: "InvoiceTypeCode", line: "InvoiceLine", quantity: "InvoicedQuantity" },
            Self::CreditNote => {
                Names { type_code: "CreditNoteTypeCode", line: "CreditNoteLine", quantity: "CreditedQuantity" }
            }
        }
    }
}

impl Reader {
    pub(super) fn invoice(&mut self, root: Node, kind: InvoiceKind) -> StructuredInvoice {
        let names = kind.names();
        let here = Some(root);
        let supplier = self.group(here, &["AccountingSupplierParty", "Party"]);
        let customer = self.group(here, &["AccountingCustomerParty", "Party"]);
        let payee = self.group(here, &["PayeeParty"]);
        let delivery = self.group(here, &["Delivery"]);
        let order = self.group(here, &["OrderReference"]);
        let contract = self.group(here, &["ContractDocumentReference"]);
        let terms = self.group(here, &["PaymentTerms"]);
        StructuredInvoice {
            kind,
            specification: self.text(here, "CustomizationID"),
            number: self.text(here, "ID"),
            issue_date: self.date(here, "IssueDate"),
            due_date: self.due_date(here),
            delivery_date: self.date(delivery, "ActualDeliveryDate"),
            period: self.period(here),
            type_code: self.text(here, names.type_code),
            currency: self.text(here, "DocumentCurrencyCode"),
            tax_currency: self.text(here, "TaxCurrencyCode"),
            buyer_reference: self.text(here, "BuyerReference"),
            order_reference: self.text(order, "ID"),
            contract_reference: self.text(contract, "ID"),
            preceding: self.each(here, "BillingReference", Self::preceding),
            supplier: self.party(supplier),
            customer: self.party(customer),
            payee: payee.map(|payee| self.party(Some(payee))),
            lines: self.each(here, names.line, |reader, line| reader.line(line, names.quantity)),
            allowances_charges: self.each(here, "AllowanceCharge", Self::allowance_charge),
            tax_totals: self.each(here, "TaxTotal", Self::tax_total),
            totals: self.totals(here),
            payment_means: self.each(here, "PaymentMeans", Self::payment_means),
            payment_terms: self.text(terms, "Note"),
            notes: texts(here, "Note"),
            oddities: std::mem::take(&mut self.oddities),
        }
    }

    fn due_date(&mut self, invoice: Option<Node>) -> Option<NaiveDate> {
        let means = groups(invoice, "PaymentMeans").next();
        self.date(invoice, "DueDate").or_else(|| self.date(means, "PaymentDueDate"))
    }

    fn period(&mut self, parent: Option<Node>) -> Period {
        let period = self.group(parent, &["InvoicePeriod"]);
        Period { start: self.date(period, "StartDate"), end: self.date(period, "EndDate") }
    }

    fn preceding(&mut self, billing: Option<Node>) -> PrecedingInvoice {
        let document = self.group(billing, &["InvoiceDocumentReference"]);
        PrecedingInvoice { number: self.text(document, "ID"), issue_date: self.date(document, "IssueDate") }
    }

    fn party(&mut self, party: Option<Node>) -> Party {
        let name = self.group(party, &["PartyName"]);
        let legal = self.group(party, &["PartyLegalEntity"]);
        let address = self.group(party, &["PostalAddress"]);
        let country = self.group(address, &["Country"]);
        let contact = self.group(party, &["Contact"]);
        Party {
            name: self.text(name, "Name"),
            legal_name: self.text(legal, "RegistrationName"),
            ids: groups(party, "PartyIdentification")
                .filter_map(|id| self.value(Some(id), "ID").and_then(identifier))
                .collect(),
            vat_id: self.tax_id(party, true),
            tax_registration: self.tax_id(party, false),
            company_id: self.value(legal, "CompanyID").and_then(identifier),
            address_lines: self.address_lines(address),
            city: self.text(address, "CityName"),
            postal_code: self.text(address, "PostalZone"),
            subdivision: self.text(address, "CountrySubentity"),
            country: self.text(country, "IdentificationCode"),
            contact: self.text(contact, "Name"),
            phone: self.text(contact, "Telephone"),
            email: self.text(contact, "ElectronicMail"),
            endpoint: self.value(party, "EndpointID").and_then(identifier),
        }
    }

    /// `CompanyID` of the one `PartyTaxScheme` whose `TaxScheme/ID` is `VAT`, or of the one where it is not.
    fn tax_id(&mut self, party: Option<Node>, vat: bool) -> Option<String> {
        let mut schemes = groups(party, "PartyTaxScheme").filter(|scheme| {
            let id =
                groups(Some(*scheme), "TaxScheme").flat_map(|tax| children(Some(tax), CBC, "ID")).find_map(text_of);
            id.is_some_and(|id| id.eq_ignore_ascii_case("VAT")) == vat
        });
        let first = schemes.next();
        if let Some(second) = schemes.next() {
            self.note(OddityKind::Repeated, second, "PartyTaxScheme");
        }
        self.text(first, "CompanyID")
    }

    fn address_lines(&mut self, address: Option<Node>) -> Vec<String> {
        let street = self.text(address, "StreetName");
        let additional = self.text(address, "AdditionalStreetName");
        let others = groups(address, "AddressLine").flat_map(|line| texts(Some(line), "Line"));
        street.into_iter().chain(additional).chain(others).collect()
    }

    fn line(&mut self, line: Option<Node>, quantity: &'static str) -> Line {
        let item = self.group(line, &["Item"]);
        let seller_item = self.group(item, &["SellersItemIdentification"]);
        let vat = self.group(item, &["ClassifiedTaxCategory"]);
        let price = self.group(line, &["Price"]);
        let discount = self.group(price, &["AllowanceCharge"]);
        let order_line = self.group(line, &["OrderLineReference"]);
        Line {
            id: self.text(line, "ID"),
            name: self.text(item, "Name"),
            description: self.text(item, "Description"),
            seller_item_id: self.text(seller_item, "ID"),
            quantity: self.number(line, quantity),
            unit_code: attribute(children(line, CBC, quantity).next(), "unitCode"),
            net_amount: self.amount(line, "LineExtensionAmount"),
            unit_price: self.amount(price, "PriceAmount"),
            base_quantity: self.number(price, "BaseQuantity"),
            price_discount: self.amount(discount, "Amount"),
            gross_price: self.amount(discount, "BaseAmount"),
            vat_category: self.text(vat, "ID"),
            vat_percent: self.number(vat, "Percent"),
            period: self.period(line),
            note: self.text(line, "Note"),
            order_line_ref: self.text(order_line, "LineID"),
            allowances: self.each(line, "AllowanceCharge", Self::allowance_charge),
        }
    }

    fn allowance_charge(&mut self, entry: Option<Node>) -> AllowanceCharge {
        let vat = self.group(entry, &["TaxCategory"]);
        AllowanceCharge {
            is_charge: self.boolean(entry, "ChargeIndicator"),
            reason: self.text(entry, "AllowanceChargeReason"),
            reason_code: self.text(entry, "AllowanceChargeReasonCode"),
            amount: self.amount(entry, "Amount"),
            base_amount: self.amount(entry, "BaseAmount"),
            percent: self.number(entry, "MultiplierFactorNumeric"),
            vat_category: self.text(vat, "ID"),
            vat_percent: self.number(vat, "Percent"),
        }
    }

    fn tax_total(&mut self, total: Option<Node>) -> TaxTotal {
        let own = attribute(children(total, CBC, "TaxAmount").next(), "currencyID");
        let of_document = std::mem::replace(&mut self.currency, own.clone());
        let tax_total = TaxTotal {
            amount: self.amount(total, "TaxAmount"),
            currency: own,
            subtotals: self.each(total, "TaxSubtotal", Self::tax_subtotal),
        };
        self.currency = of_document;
        tax_total
    }

    fn tax_subtotal(&mut self, subtotal: Option<Node>) -> TaxSubtotal {
        let category = self.group(subtotal, &["TaxCategory"]);
        TaxSubtotal {
            category: self.text(category, "ID"),
            percent: self.number(category, "Percent"),
            taxable: self.amount(subtotal, "TaxableAmount"),
            tax: self.amount(subtotal, "TaxAmount"),
            exemption_reason: self.text(category, "TaxExemptionReason"),
        }
    }

    fn totals(&mut self, invoice: Option<Node>) -> Totals {
        let totals = self.group(invoice, &["LegalMonetaryTotal"]);
        Totals {
            line_extension: self.amount(totals, "LineExtensionAmount"),
            tax_exclusive: self.amount(totals, "TaxExclusiveAmount"),
            tax_inclusive: self.amount(totals, "TaxInclusiveAmount"),
            allowance_total: self.amount(totals, "AllowanceTotalAmount"),
            charge_total: self.amount(totals, "ChargeTotalAmount"),
            prepaid: self.amount(totals, "PrepaidAmount"),
            rounding: self.amount(totals, "PayableRoundingAmount"),
            payable: self.amount(totals, "PayableAmount"),
        }
    }

    fn payment_means(&mut self, means: Option<Node>) -> PaymentMeans {
        let account = self.group(means, &["PayeeFinancialAccount"]);
        let bank = self.group(account, &["FinancialInstitutionBranch"]);
        PaymentMeans {
            code: self.text(means, "PaymentMeansCode"),
            reference: self.text(means, "PaymentID"),
            account: self.text(account, "ID"),
            account_name: self.text(account, "Name"),
            bank: self.text(bank, "ID"),
        }
    }
}
