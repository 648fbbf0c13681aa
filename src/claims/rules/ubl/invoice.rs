//! The values that are read out of a UBL document, each with its UBL element and its EN 16931 business term.
//!
//! Everything may be absent; texts are trimmed and never empty.

use chrono::NaiveDate;
use serde::Serialize;

use super::Decimal;

/// The two UBL documents that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceKind {
    Invoice,
    CreditNote,
}

/// A UBL `Invoice` or `CreditNote`. Amounts have the sign they were written with: a credit note's are positive.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StructuredInvoice {
    pub kind: InvoiceKind,
    /// `CustomizationID`, BT-24: the rules that the document says it keeps.
    pub specification: Option<String>,
    /// `ID`, BT-1.
    pub number: Option<String>,
    /// `IssueDate`, BT-2.
    pub issue_date: Option<NaiveDate>,
    /// `DueDate`, in a credit note `PaymentMeans/PaymentDueDate`, BT-9.
    pub due_date: Option<NaiveDate>,
    /// `Delivery/ActualDeliveryDate`, BT-72.
    pub delivery_date: Option<NaiveDate>,
    /// `InvoicePeriod`, BG-14.
    pub period: Period,
    /// `InvoiceTypeCode` or `CreditNoteTypeCode`, BT-3.
    pub type_code: Option<String>,
    /// `DocumentCurrencyCode`, BT-5.
    pub currency: Option<String>,
    /// `TaxCurrencyCode`, BT-6.
    pub tax_currency: Option<String>,
    /// `BuyerReference`, BT-10.
    pub buyer_reference: Option<String>,
    /// `OrderReference/ID`, BT-13.
    pub order_reference: Option<String>,
    /// `ContractDocumentReference/ID`, BT-12.
    pub contract_reference: Option<String>,
    /// `BillingReference/InvoiceDocumentReference`, BG-3.
    pub preceding: Vec<PrecedingInvoice>,
    /// `AccountingSupplierParty/Party`, BG-4; empty when absent.
    pub supplier: Party,
    /// `AccountingCustomerParty/Party`, BG-7; empty when absent.
    pub customer: Party,
    /// `PayeeParty`, BG-10: who is paid when it is not the supplier.
    pub payee: Option<Party>,
    /// `InvoiceLine` or `CreditNoteLine`, BG-25.
    pub lines: Vec<Line>,
    /// `AllowanceCharge` of the whole document, BG-20 and BG-21.
    pub allowances_charges: Vec<AllowanceCharge>,
    /// `TaxTotal`, BT-110 and, in the tax currency, BT-111.
    pub tax_totals: Vec<TaxTotal>,
    /// `LegalMonetaryTotal`, BG-22.
    pub totals: Totals,
    /// `PaymentMeans`, BG-16.
    pub payment_means: Vec<PaymentMeans>,
    /// `PaymentTerms/Note`, BT-20.
    pub payment_terms: Option<String>,
    /// `Note`, BG-1.
    pub notes: Vec<String>,
    /// What could not be read as one plain value; at most 32 are kept.
    pub oddities: Vec<Oddity>,
}

/// `InvoicePeriod`: BT-73 and BT-74, of a line BT-134 and BT-135.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Period {
    pub start: Option<NaiveDate>,
    pub end: Option<NaiveDate>,
}

/// `BillingReference/InvoiceDocumentReference`, BG-3.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PrecedingInvoice {
    /// `ID`, BT-25.
    pub number: Option<String>,
    /// `IssueDate`, BT-26.
    pub issue_date: Option<NaiveDate>,
}

/// A code with the `schemeID` that says whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identifier {
    pub scheme: Option<String>,
    pub value: String,
}

/// A UBL `Party`: seller BG-4, buyer BG-7 or payee BG-10.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Party {
    /// `PartyName/Name`: BT-28, BT-45, BT-59.
    pub name: Option<String>,
    /// `PartyLegalEntity/RegistrationName`: BT-27, BT-44.
    pub legal_name: Option<String>,
    /// `PartyIdentification/ID`: BT-29, BT-46, BT-60.
    pub ids: Vec<Identifier>,
    /// `PartyTaxScheme/CompanyID` under the scheme `VAT`: BT-31, BT-48.
    pub vat_id: Option<String>,
    /// `PartyTaxScheme/CompanyID` under any other scheme: BT-32.
    pub tax_registration: Option<String>,
    /// `PartyLegalEntity/CompanyID`: BT-30, BT-47, BT-61.
    pub company_id: Option<Identifier>,
    /// `StreetName`, `AdditionalStreetName`, `AddressLine/Line`: BT-35, BT-36, BT-162; BT-50, BT-51, BT-163.
    pub address_lines: Vec<String>,
    /// `CityName`: BT-37, BT-52.
    pub city: Option<String>,
    /// `PostalZone`: BT-38, BT-53.
    pub postal_code: Option<String>,
    /// `CountrySubentity`: BT-39, BT-54.
    pub subdivision: Option<String>,
    /// `Country/IdentificationCode`: BT-40, BT-55.
    pub country: Option<String>,
    /// `Contact/Name`: BT-41, BT-56.
    pub contact: Option<String>,
    /// `Contact/Telephone`: BT-42, BT-57.
    pub phone: Option<String>,
    /// `Contact/ElectronicMail`: BT-43, BT-58.
    pub email: Option<String>,
    /// `EndpointID`: BT-34, BT-49.
    pub endpoint: Option<Identifier>,
}

/// `InvoiceLine` or `CreditNoteLine`, BG-25.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Line {
    /// `ID`, BT-126.
    pub id: Option<String>,
    /// `Item/Name`, BT-153.
    pub name: Option<String>,
    /// `Item/Description`, BT-154.
    pub description: Option<String>,
    /// `Item/SellersItemIdentification/ID`, BT-155.
    pub seller_item_id: Option<String>,
    /// `InvoicedQuantity` or `CreditedQuantity`, BT-129.
    pub quantity: Option<Decimal>,
    /// The quantity's `unitCode`, BT-130.
    pub unit_code: Option<String>,
    /// `LineExtensionAmount`, BT-131: after the line's allowances and charges, before tax.
    pub net_amount: Option<Decimal>,
    /// `Price/PriceAmount`, BT-146: after the discount, for `base_quantity` units.
    pub unit_price: Option<Decimal>,
    /// `Price/BaseQuantity`, BT-149; absent means one.
    pub base_quantity: Option<Decimal>,
    /// `Price/AllowanceCharge/Amount`, BT-147.
    pub price_discount: Option<Decimal>,
    /// `Price/AllowanceCharge/BaseAmount`, BT-148.
    pub gross_price: Option<Decimal>,
    /// `Item/ClassifiedTaxCategory/ID`, BT-151.
    pub vat_category: Option<String>,
    /// `Item/ClassifiedTaxCategory/Percent`, BT-152.
    pub vat_percent: Option<Decimal>,
    /// `InvoicePeriod`, BG-26.
    pub period: Period,
    /// `Note`, BT-127.
    pub note: Option<String>,
    /// `OrderLineReference/LineID`, BT-132.
    pub order_line_ref: Option<String>,
    /// `AllowanceCharge`, BG-27 and BG-28.
    pub allowances: Vec<AllowanceCharge>,
}

/// `AllowanceCharge`: of the document BG-20 and BG-21, of a line BG-27 and BG-28.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct AllowanceCharge {
    /// `ChargeIndicator`: true adds (a charge), false takes off (an allowance).
    pub is_charge: Option<bool>,
    /// `AllowanceChargeReason`: BT-97, BT-104, BT-139, BT-144.
    pub reason: Option<String>,
    /// `AllowanceChargeReasonCode`: BT-98, BT-105, BT-140, BT-145.
    pub reason_code: Option<String>,
    /// `Amount`: BT-92, BT-99, BT-136, BT-141.
    pub amount: Option<Decimal>,
    /// `BaseAmount`: BT-93, BT-100, BT-137, BT-142.
    pub base_amount: Option<Decimal>,
    /// `MultiplierFactorNumeric`, in percent: BT-94, BT-101, BT-138, BT-143.
    pub percent: Option<Decimal>,
    /// `TaxCategory/ID`: BT-95, BT-102.
    pub vat_category: Option<String>,
    /// `TaxCategory/Percent`: BT-96, BT-103.
    pub vat_percent: Option<Decimal>,
}

/// `TaxTotal`: BT-110, or BT-111 when in the tax currency.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TaxTotal {
    /// `TaxAmount`.
    pub amount: Option<Decimal>,
    /// The `currencyID` of `TaxAmount`.
    pub currency: Option<String>,
    /// `TaxSubtotal`, BG-23.
    pub subtotals: Vec<TaxSubtotal>,
}

/// `TaxSubtotal`, BG-23.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TaxSubtotal {
    /// `TaxCategory/ID`, BT-118.
    pub category: Option<String>,
    /// `TaxCategory/Percent`, BT-119.
    pub percent: Option<Decimal>,
    /// `TaxableAmount`, BT-116.
    pub taxable: Option<Decimal>,
    /// `TaxAmount`, BT-117.
    pub tax: Option<Decimal>,
    /// `TaxCategory/TaxExemptionReason`, BT-120.
    pub exemption_reason: Option<String>,
}

/// `LegalMonetaryTotal`, BG-22.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Totals {
    /// `LineExtensionAmount`, BT-106.
    pub line_extension: Option<Decimal>,
    /// `TaxExclusiveAmount`, BT-109.
    pub tax_exclusive: Option<Decimal>,
    /// `TaxInclusiveAmount`, BT-112.
    pub tax_inclusive: Option<Decimal>,
    /// `AllowanceTotalAmount`, BT-107.
    pub allowance_total: Option<Decimal>,
    /// `ChargeTotalAmount`, BT-108.
    pub charge_total: Option<Decimal>,
    /// `PrepaidAmount`, BT-113.
    pub prepaid: Option<Decimal>,
    /// `PayableRoundingAmount`, BT-114.
    pub rounding: Option<Decimal>,
    /// `PayableAmount`, BT-115.
    pub payable: Option<Decimal>,
}

/// `PaymentMeans`, BG-16.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PaymentMeans {
    /// `PaymentMeansCode`, BT-81.
    pub code: Option<String>,
    /// `PaymentID`, BT-83.
    pub reference: Option<String>,
    /// `PayeeFinancialAccount/ID`, BT-84: an IBAN or a national account number.
    pub account: Option<String>,
    /// `PayeeFinancialAccount/Name`, BT-85.
    pub account_name: Option<String>,
    /// `PayeeFinancialAccount/FinancialInstitutionBranch/ID`, BT-86.
    pub bank: Option<String>,
}

/// Something in the document that was not one plain value. The field concerned is `None`, except where the kind says
/// what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Oddity {
    pub kind: OddityKind,
    /// The UBL element's local name.
    pub element: &'static str,
    /// Its line in the document, from 1.
    pub line: u32,
    /// The first 80 characters of what was written.
    pub text: String,
}

/// What is odd about an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OddityKind {
    /// Not an `xsd:decimal`, or longer than a [`Decimal`] holds.
    NotANumber,
    /// Not an `xsd:date`.
    NotADate,
    /// Not an `xsd:boolean`.
    NotABoolean,
    /// A second element where EN 16931 has one. The first was read: another reader may show the second.
    Repeated,
    /// An amount whose `currencyID` is not that of the document, or of its `TaxTotal`. The number was read.
    OtherCurrency,
}

impl OddityKind {
    /// The key under which `words/` explains this oddity.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotANumber => "not-a-number",
            Self::NotADate => "not-a-date",
            Self::NotABoolean => "not-a-boolean",
            Self::Repeated => "repeated",
            Self::OtherCurrency => "other-currency",
        }
    }
}
