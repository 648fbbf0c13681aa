//! Structured e-invoices: UBL 2 `Invoice` and `CreditNote` documents, as EN 16931 uses them, read into plain values.
//!
//! Reading judges nothing: a fragment is read too, what is absent is `None`. What could not be read as one plain
//! value is named in [`StructuredInvoice::oddities`], never dropped in silence.
//! Untrusted bytes meet `core::xml` before the parser: no DTD, bounded size, depth and node count, so bounded time.

mod decimal;
mod invoice;
mod read;
mod terms;
#[cfg(test)]
mod tests;
pub(super) mod tree;

use crate::core::xml::XmlTrouble;

pub use crate::core::xml::{MAX_BYTES, MAX_DEPTH, MAX_NODES, MAX_OPEN_ATTRIBUTES};
pub use decimal::{Decimal, DecimalTrouble};
pub use invoice::{
    AllowanceCharge, Identifier, InvoiceKind, Line, Oddity, OddityKind, Party, PaymentMeans, Period, PrecedingInvoice,
    StructuredInvoice, TaxSubtotal, TaxTotal, Totals,
};
pub use read::{Examined, examine, read};

/// Why a document was not read at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadTrouble {
    /// More than [`MAX_BYTES`].
    TooLarge,
    /// The bytes are not the UTF-8 (or, by its first bytes, the UTF-16) they should be.
    NotUtf8,
    /// The XML declaration names an encoding that is not read here, such as `euc-kr`.
    UnsupportedEncoding { declared: String },
    /// A document type or entity declaration: refused before parsing, expanded or fetched never.
    Dtd,
    /// Elements nested deeper than [`MAX_DEPTH`].
    TooDeep,
    /// More than [`MAX_NODES`] nodes or attributes, [`MAX_OPEN_ATTRIBUTES`] attributes in one place, or 20,000 lines,
    /// allowances and the like.
    TooManyNodes,
    /// Not well-formed XML; line and column count from 1.
    Malformed { line: u32, column: u32 },
    /// Well-formed, but the root is neither a UBL 2 `Invoice` nor a `CreditNote`. Both names are cut to 120 characters.
    NotAnInvoice { root: String, namespace: String },
}

impl From<XmlTrouble> for ReadTrouble {
    fn from(trouble: XmlTrouble) -> ReadTrouble {
        match trouble {
            XmlTrouble::TooLarge => Self::TooLarge,
            XmlTrouble::NotUtf8 => Self::NotUtf8,
            XmlTrouble::UnsupportedEncoding { declared } => Self::UnsupportedEncoding { declared },
            XmlTrouble::Dtd => Self::Dtd,
            XmlTrouble::TooDeep => Self::TooDeep,
            XmlTrouble::TooManyNodes => Self::TooManyNodes,
            XmlTrouble::Malformed { line, column } => Self::Malformed { line, column },
        }
    }
}

impl ReadTrouble {
    /// The key under which `words/` explains this trouble.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::NotUtf8 => "not-utf8",
            Self::UnsupportedEncoding { .. } => "unsupported-encoding",
            Self::Dtd => "dtd",
            Self::TooDeep => "too-deep",
            Self::TooManyNodes => "too-many-nodes",
            Self::Malformed { .. } => "malformed",
            Self::NotAnInvoice { .. } => "not-an-invoice",
        }
    }
}
