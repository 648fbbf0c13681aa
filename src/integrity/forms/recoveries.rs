//! What people send about money claimed back.

use crate::{
    applications::ApplicationId,
    core::{form::FormErrors, money::Won, names::fold_search},
    integrity::rules::recoveries::{Cause, DebtorRole, INSTALMENTS_MAX},
};
use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

/// A recovery as it is announced.
#[derive(Debug, Clone)]
pub struct NewRecovery {
    pub application: ApplicationId,
    /// The amended tax invoice it follows from.
    pub amendment: Option<Uuid>,
    pub debtor: DebtorRole,
    pub cause: Cause,
    pub principal: Won,
    pub reason: String,
    pub legal_basis: String,
    pub interest_from: NaiveDate,
}

/// The largest amount a form takes, in won.
const WON_MAX: i64 = 1_000_000_000_000;

/// For which case a recovery is to be opened.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct CaseQuery {
    #[serde(default)]
    pub application: String,
    #[serde(default)]
    pub amendment: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecoveryForm {
    #[serde(default)]
    pub application: String,
    #[serde(default)]
    pub amendment: String,
    #[serde(default)]
    debtor: String,
    #[serde(default)]
    cause: String,
    #[serde(default)]
    principal_won: String,
    #[serde(default)]
    interest_from: String,
    #[serde(default)]
    legal_basis: String,
    #[serde(default)]
    reason: String,
}

impl RecoveryForm {
    pub fn parse(self) -> Result<NewRecovery, FormErrors> {
        let mut errors = FormErrors::new();
        let debtor: Option<DebtorRole> = errors.choice("debtor", &self.debtor);
        let cause: Option<Cause> = errors.choice("cause", &self.cause);
        let new = NewRecovery {
            application: self.application.parse().unwrap_or(ApplicationId(Uuid::nil())),
            amendment: self.amendment.parse().ok(),
            debtor: debtor.unwrap_or(DebtorRole::Firm),
            cause: cause.unwrap_or(Cause::Overpaid),
            principal: errors.won("principal_won", &self.principal_won, 1..=WON_MAX),
            interest_from: errors.date("interest_from", &self.interest_from),
            legal_basis: errors.line("legal_basis", &self.legal_basis, 200),
            reason: errors.text("reason", &self.reason, 2_000),
        };
        errors.done(new)
    }
}

/// A note that must be given.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteForm {
    #[serde(default)]
    note: String,
}

impl NoteForm {
    pub fn parse(self) -> Result<String, FormErrors> {
        let mut errors = FormErrors::new();
        let note = errors.text("note", &self.note, 2_000);
        errors.done(note)
    }
}

/// A decision after a notice: the step, and an answer where there was an objection or it is revoked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecideForm {
    #[serde(default)]
    step: String,
    #[serde(default)]
    answer: String,
}

impl DecideForm {
    /// `steps` are those that the page offers; the first needs an answer only when there was an objection.
    pub fn parse(self, steps: [&'static str; 2], objected: bool) -> Result<(&'static str, String), FormErrors> {
        let mut errors = FormErrors::new();
        let step = steps.into_iter().find(|step| *step == self.step);
        if step.is_none() {
            errors.add("step", "form-choose");
        }
        let answer = if objected || step == Some(steps[1]) {
            errors.text("answer", &self.answer, 2_000)
        } else {
            errors.optional_text("answer", &self.answer, 2_000)
        };
        errors.done((step.unwrap_or(steps[0]), answer))
    }
}

/// A transfer that came in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptForm {
    #[serde(default)]
    amount_won: String,
    #[serde(default)]
    reference: String,
    #[serde(default)]
    received_on: String,
}

impl ReceiptForm {
    /// The reference is folded: one transfer is one, however it is written.
    pub fn parse(self) -> Result<(Won, String, NaiveDate), FormErrors> {
        let mut errors = FormErrors::new();
        let amount = errors.won("amount_won", &self.amount_won, 1..=WON_MAX);
        let reference = errors.line("reference", &self.reference, 100);
        let folded: String = fold_search(&reference).chars().filter(|c| c.is_alphanumeric()).collect();
        if !reference.is_empty() && folded.is_empty() {
            errors.add("reference", "form-bad-character");
        }
        let on = errors.date("received_on", &self.received_on);
        errors.done((amount, folded, on))
    }
}

/// A plan of instalments.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanForm {
    #[serde(default)]
    instalments: String,
    #[serde(default)]
    first_on: String,
}

impl PlanForm {
    pub fn parse(self) -> Result<(i64, NaiveDate), FormErrors> {
        let mut errors = FormErrors::new();
        let count = errors.integer("instalments", &self.instalments, 2..=INSTALMENTS_MAX);
        let first_on = errors.date("first_on", &self.first_on);
        errors.done((count, first_on))
    }
}
