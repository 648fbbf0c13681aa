//! What people send about claims.

use super::{
    ClaimId,
    actions::{Decision, NewClaim},
    rules::{Invoice, InvoiceLine, filling::Filled, matching::LINES_MAX},
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
};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Names of the fields of one line.
#[derive(Debug, Clone, Copy)]
pub struct LineNames {
    pub description: &'static str,
    pub quantity: &'static str,
    pub unit_price: &'static str,
    pub net: &'static str,
}

macro_rules! line_names {
    ($($n:literal)*) => {
        [$(LineNames {
            description: concat!("description_", $n),
            quantity: concat!("quantity_", $n),
            unit_price: concat!("unit_price_", $n),
            net: concat!("net_", $n),
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
    milestone: String,
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
            milestone: take("milestone"),
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

/// The form as it was filed last.
pub fn from_claim(claim: &Claim, approval_number: &str, lines: &[ClaimLine]) -> Vec<(&'static str, String)> {
    let won = |amount: Won| amount.0.to_string();
    let approval = approval_number.parse::<ApprovalNumber>();
    let mut values = vec![
        ("milestone", claim.milestone_id.to_string()),
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

/// The upload of a structured invoice, beside its file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UploadForm {
    #[serde(default)]
    pub milestone: String,
    /// The claim that is filed anew, if it is one.
    #[serde(default)]
    pub claim: String,
}

impl UploadForm {
    /// Where the filled form is.
    pub fn next(&self, agreement: AgreementId, file: FileId) -> String {
        let milestone = self.milestone.parse::<MilestoneId>().map(|id| format!("&milestone={id}")).unwrap_or_default();
        match self.claim.parse::<ClaimId>() {
            Ok(claim) => format!("/claims/{claim}/edit?file={file}"),
            Err(_) => format!("/agreements/{agreement}/claims/new?file={file}{milestone}"),
        }
    }
}

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

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionForm {
    #[serde(default)]
    decision: String,
    #[serde(default)]
    note: String,
}

impl DecisionForm {
    pub fn parse(self) -> Result<Decision, FormErrors> {
        let mut errors = FormErrors::new();
        let decision = match self.decision.as_str() {
            "approve" => Decision::Approve,
            "return" => Decision::Return(errors.text("note", &self.note, 2_000)),
            "reject" => Decision::Reject(errors.text("note", &self.note, 2_000)),
            _ => {
                errors.add("decision", "form-choose");
                Decision::Approve
            }
        };
        errors.done(decision)
    }
}
