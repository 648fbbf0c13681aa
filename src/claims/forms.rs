//! What people send about claims.

use super::{
    ClaimId,
    actions::{Decision, Kept, NewAmendment, NewClaim},
    rules::{Disallowed, Invoice, InvoiceLine, TaxKind, filling::Filled, matching::LINES_MAX},
    store::{Claim, ClaimLine},
};
use crate::{
    agreements::{AgreementId, MilestoneId},
    core::{
        form::FormErrors,
        money::Won,
        numbers::{ApprovalNumber, ApprovalNumberTrouble, BusinessNumber},
    },
    files::FileId,
    web::form::filled,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Names of the fields of one line.
#[derive(Debug, Clone, Copy)]
pub struct LineNames {
    pub description: &'static str,
    pub quantity: &'static str,
    pub unit_price: &'static str,
    pub net: &'static str,
    /// On the form of a decision.
    pub decision: &'static str,
    pub reason: &'static str,
}

macro_rules! line_names {
    ($($n:literal)*) => {
        [$(LineNames {
            description: concat!("description_", $n),
            quantity: concat!("quantity_", $n),
            unit_price: concat!("unit_price_", $n),
            net: concat!("net_", $n),
            decision: concat!("line_", $n),
            reason: concat!("reason_", $n),
        }),*]
    };
}

pub const LINES: [LineNames; LINES_MAX] = line_names!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20);

const AMOUNT_MAX: i64 = 1_000_000_000_000;

#[derive(Debug, Clone, Default)]
struct LineForm {
    description: String,
    quantity: String,
    unit_price: String,
    net: String,
}

impl LineForm {
    fn is_blank(&self) -> bool {
        [&self.description, &self.quantity, &self.unit_price, &self.net].iter().all(|text| text.trim().is_empty())
    }
}

/// The form of an invoice. Fields that its page does not have are refused.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>")]
pub struct ClaimForm {
    /// The claim that is filed anew, on forms that are not sent to it.
    pub claim: String,
    milestone: String,
    tax_kind: String,
    file: String,
    approval_number: String,
    invoice_no: String,
    issued_on: String,
    supplied_on: String,
    supplier_number: String,
    buyer_number: String,
    supply_won: String,
    vat_won: String,
    total_won: String,
    lines: Vec<LineForm>,
}

impl TryFrom<BTreeMap<String, String>> for ClaimForm {
    type Error = String;

    fn try_from(mut fields: BTreeMap<String, String>) -> Result<ClaimForm, String> {
        let mut take = |name: &str| fields.remove(name).unwrap_or_default();
        let form = ClaimForm {
            claim: take("claim"),
            milestone: take("milestone"),
            tax_kind: take("tax_kind"),
            file: take("file"),
            approval_number: take("approval_number"),
            invoice_no: take("invoice_no"),
            issued_on: take("issued_on"),
            supplied_on: take("supplied_on"),
            supplier_number: take("supplier_number"),
            buyer_number: take("buyer_number"),
            supply_won: take("supply_won"),
            vat_won: take("vat_won"),
            total_won: take("total_won"),
            lines: LINES
                .iter()
                .map(|names| LineForm {
                    description: take(names.description),
                    quantity: take(names.quantity),
                    unit_price: take(names.unit_price),
                    net: take(names.net),
                })
                .collect(),
        };
        match fields.keys().next() {
            Some(name) => Err(format!("unknown field {name}")),
            None => Ok(form),
        }
    }
}

impl ClaimForm {
    pub fn parse(self, agreement: AgreementId) -> Result<NewClaim, FormErrors> {
        let mut errors = FormErrors::new();
        let milestone: Option<MilestoneId> = errors.choice("milestone", &self.milestone);
        let file: Option<FileId> = match self.file.as_str() {
            "" => None,
            text => errors.choice("file", text),
        };
        let kind = match self.tax_kind.as_str() {
            "" => TaxKind::Taxable,
            text => errors.choice("tax_kind", text).unwrap_or(TaxKind::Taxable),
        };
        let approval_number = approval(&mut errors, &self.approval_number);
        let invoice_no = errors.line("invoice_no", &self.invoice_no, 60);
        let issued_on = errors.date("issued_on", &self.issued_on);
        let supplied_on = errors.date("supplied_on", &self.supplied_on);
        let supplier_number = business(&mut errors, "supplier_number", &self.supplier_number);
        let buyer_number = business(&mut errors, "buyer_number", &self.buyer_number);
        let supply = errors.won("supply_won", &self.supply_won, 1..=AMOUNT_MAX);
        let vat = errors.won("vat_won", &self.vat_won, 0..=AMOUNT_MAX);
        let total = errors.won("total_won", &self.total_won, 1..=2 * AMOUNT_MAX);
        let lines = self.lines(&mut errors);
        let (Some(milestone), Some(approval_number), Some(supplier_number), Some(buyer_number)) =
            (milestone, approval_number, supplier_number, buyer_number)
        else {
            return Err(errors);
        };
        errors.done(NewClaim {
            agreement,
            milestone,
            file,
            invoice: Invoice {
                kind,
                approval_number,
                invoice_no,
                issued_on,
                supplied_on,
                supplier_number,
                buyer_number,
                supply,
                vat,
                total,
                lines,
            },
        })
    }

    fn lines(&self, errors: &mut FormErrors) -> Vec<InvoiceLine> {
        let mut lines = Vec::new();
        for (line, names) in self.lines.iter().zip(LINES).filter(|(line, _)| !line.is_blank()) {
            lines.push(InvoiceLine {
                description: errors.line(names.description, &line.description, 200),
                quantity: errors.integer(names.quantity, &line.quantity, 1..=1_000_000),
                unit_price: errors.won(names.unit_price, &line.unit_price, -AMOUNT_MAX..=AMOUNT_MAX),
                net: errors.won(names.net, &line.net, -AMOUNT_MAX..=AMOUNT_MAX),
            });
        }
        if lines.is_empty() {
            errors.add(LINES[0].description, "claims-refusal-no-line");
        }
        lines
    }
}

fn approval(errors: &mut FormErrors, text: &str) -> Option<ApprovalNumber> {
    if text.trim().is_empty() {
        errors.add("approval_number", "form-required");
        return None;
    }
    match text.parse::<ApprovalNumber>() {
        Ok(number) => Some(number),
        Err(ApprovalNumberTrouble::NotTwentyFour) => {
            errors.add("approval_number", "claims-refusal-number-length");
            None
        }
        Err(ApprovalNumberTrouble::NoDate) => {
            errors.add("approval_number", "claims-refusal-number-date");
            None
        }
    }
}

fn business(errors: &mut FormErrors, field: &'static str, text: &str) -> Option<BusinessNumber> {
    if text.trim().is_empty() {
        errors.add(field, "form-required");
        return None;
    }
    let number = text.parse().ok();
    if number.is_none() {
        errors.add(field, "claims-refusal-business-number");
    }
    number
}

/// The form as a file fills it.
pub fn from_file(filled: &Filled) -> Vec<(&'static str, String)> {
    let mut values = filled.fields.clone();
    for (line, names) in filled.lines.iter().zip(LINES) {
        values.push((names.description, line.description.clone()));
        values.push((names.quantity, line.quantity.clone()));
        values.push((names.unit_price, line.unit_price.clone()));
        values.push((names.net, line.net.clone()));
    }
    values
}

/// An amendment as a credit note states it: what it takes back is below zero.
pub fn from_credit_note(filled: &Filled) -> Vec<(&'static str, String)> {
    let less = |text: &str| text.parse::<i64>().map_or_else(|_| text.to_owned(), |won| (-won.abs()).to_string());
    let known = filled.fields.iter().filter_map(|(name, text)| match *name {
        "approval_number" | "issued_on" => Some((*name, text.clone())),
        "supply_won" | "vat_won" => Some((*name, less(text))),
        _ => None,
    });
    known.collect()
}

/// The form as it was filed last.
pub fn from_claim(claim: &Claim, approval_number: &str, lines: &[ClaimLine]) -> Vec<(&'static str, String)> {
    let won = |amount: Won| amount.0.to_string();
    let approval = approval_number.parse::<ApprovalNumber>();
    let mut values = vec![
        ("milestone", claim.milestone_id.to_string()),
        ("tax_kind", claim.tax_kind.to_string()),
        ("file", claim.file_id.map(|file| file.to_string()).unwrap_or_default()),
        ("approval_number", approval.map_or_else(|_| approval_number.to_owned(), |number| number.to_string())),
        ("invoice_no", claim.invoice_no.clone()),
        ("issued_on", claim.issued_on.to_string()),
        ("supplied_on", claim.supplied_on.to_string()),
        ("supplier_number", super::rules::matching::dashed(&claim.supplier_number)),
        ("buyer_number", super::rules::matching::dashed(&claim.buyer_number)),
        ("supply_won", won(claim.supply_won)),
        ("vat_won", won(claim.vat_won)),
        ("total_won", won(claim.total_won)),
    ];
    for (line, names) in lines.iter().zip(LINES) {
        values.push((names.description, line.description.clone()));
        values.push((names.quantity, line.quantity.to_string()));
        values.push((names.unit_price, won(line.unit_price_won)));
        values.push((names.net, won(line.net_won)));
    }
    values
}

/// Which claims a list shows.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ListQuery {
    #[serde(default)]
    pub state: String,
    #[serde(default)]
    pub number: String,
    #[serde(default)]
    pub agreement: String,
    #[serde(default)]
    pub after: String,
}

/// What the page of a new claim begins with.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct NewQuery {
    #[serde(default)]
    pub milestone: String,
    /// A kept invoice that fills the form.
    #[serde(default)]
    pub file: String,
}

impl ClaimForm {
    /// Where the form is that a file fills.
    pub fn next(&self, agreement: AgreementId, kept: Kept) -> String {
        let file = kept.file;
        if let Some(claim) = kept.amends {
            return format!("/claims/{claim}/amendment?file={file}");
        }
        let milestone = self.milestone.parse::<MilestoneId>().map(|id| format!("&milestone={id}")).unwrap_or_default();
        match self.claim.parse::<ClaimId>() {
            Ok(claim) => format!("/claims/{claim}/edit?file={file}"),
            Err(_) => format!("/agreements/{agreement}/claims/new?file={file}{milestone}"),
        }
    }
}

/// The fields of the form that stand alone, beside those of the lines.
pub const SINGLE_FIELDS: [&str; 12] = [
    "milestone",
    "tax_kind",
    "file",
    "approval_number",
    "invoice_no",
    "issued_on",
    "supplied_on",
    "supplier_number",
    "buyer_number",
    "supply_won",
    "vat_won",
    "total_won",
];

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerForm {
    #[serde(default)]
    answer: String,
    #[serde(default)]
    note: String,
}

impl AnswerForm {
    /// Whether the delivery is accepted, and the note, which a dispute needs.
    pub fn parse(self) -> Result<(bool, String), FormErrors> {
        let mut errors = FormErrors::new();
        let accept = match self.answer.as_str() {
            "accept" => true,
            "dispute" => false,
            _ => {
                errors.add("answer", "form-choose");
                true
            }
        };
        let note = if accept {
            errors.optional_text("note", &self.note, 2_000)
        } else {
            errors.text("note", &self.note, 2_000)
        };
        errors.done((accept, note))
    }
}

/// The form of a decision: one choice and one reason for each line.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>")]
pub struct DecisionForm {
    decision: String,
    note: String,
    /// For each line whether it is disallowed, and why.
    lines: Vec<(bool, String)>,
}

impl TryFrom<BTreeMap<String, String>> for DecisionForm {
    type Error = String;

    fn try_from(mut fields: BTreeMap<String, String>) -> Result<DecisionForm, String> {
        let mut take = |name: &str| fields.remove(name).unwrap_or_default();
        let form = DecisionForm {
            decision: take("decision"),
            note: take("note"),
            lines: LINES.iter().map(|names| (take(names.decision) == "disallow", take(names.reason))).collect(),
        };
        match fields.keys().next() {
            Some(name) => Err(format!("unknown field {name}")),
            None => Ok(form),
        }
    }
}

impl DecisionForm {
    pub fn parse(self) -> Result<Decision, FormErrors> {
        let mut errors = FormErrors::new();
        let decision = match self.decision.as_str() {
            "approve" => self.approval(&mut errors),
            "return" => Decision::Return(errors.text("note", &self.note, 2_000)),
            "reject" => Decision::Reject(errors.text("note", &self.note, 2_000)),
            _ => {
                errors.add("decision", "form-choose");
                Decision::Approve
            }
        };
        errors.done(decision)
    }

    fn approval(&self, errors: &mut FormErrors) -> Decision {
        let mut disallowed = Vec::new();
        for (((is_disallowed, reason), names), position) in self.lines.iter().zip(LINES).zip(1..) {
            if *is_disallowed {
                disallowed.push(Disallowed { position, reason: errors.line(names.reason, reason, 300) });
            }
        }
        if disallowed.is_empty() { Decision::Approve } else { Decision::ApproveWithout(disallowed) }
    }
}

/// An amended or cancelled tax invoice.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmendmentForm {
    #[serde(default)]
    approval_number: String,
    #[serde(default)]
    amend_reason: String,
    #[serde(default)]
    supply_won: String,
    #[serde(default)]
    vat_won: String,
    #[serde(default)]
    issued_on: String,
    #[serde(default)]
    note: String,
}

impl AmendmentForm {
    pub fn parse(self) -> Result<NewAmendment, FormErrors> {
        let mut errors = FormErrors::new();
        let approval_number = approval(&mut errors, &self.approval_number);
        let reason: Option<i64> = errors.choice("amend_reason", &self.amend_reason);
        if reason.is_some_and(|reason| !(1..=6).contains(&reason)) {
            errors.add("amend_reason", "form-choose");
        }
        let supply = errors.won("supply_won", &self.supply_won, -AMOUNT_MAX..=0);
        let vat = errors.won("vat_won", &self.vat_won, -AMOUNT_MAX..=0);
        let issued_on = errors.date("issued_on", &self.issued_on);
        let note = errors.text("note", &self.note, 2_000);
        let (Some(approval_number), Some(reason)) = (approval_number, reason) else {
            return Err(errors);
        };
        errors.done(NewAmendment { approval_number, reason, supply, vat, issued_on, note })
    }
}

/// A form that is one reason.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonForm {
    #[serde(default)]
    reason: String,
}

impl ReasonForm {
    pub fn parse(self) -> Result<String, FormErrors> {
        let mut errors = FormErrors::new();
        let reason = errors.text("reason", &self.reason, 2_000);
        errors.done(reason)
    }
}

/// A supporting document beside the upload: one of the vendor's vault, in its place.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentForm {
    #[serde(default)]
    vault: String,
}

impl DocumentForm {
    pub fn parse(self) -> Result<Option<Uuid>, FormErrors> {
        let mut errors = FormErrors::new();
        let picked = filled(&self.vault).and_then(|id| errors.choice("vault", id));
        errors.done(picked)
    }
}
