//! What the pages of payments show.

mod desk;

pub use desk::*;

use super::{
    actions::{RowOutcome, RowResult},
    rules::{Age, BankResult, BatchState, PaymentState},
    store::{
        Batch, Payment,
        checks::Check,
        lists::{Hands, PaymentRow, ReadyClaim, Remittance},
    },
};
use crate::{
    audit::{Act, RecordRow},
    claims::ClaimState,
    core::money::Won,
    web::{Choice, Form, Page, list::ListView},
};
use askama::Template;
use chrono::NaiveDate;
use uuid::Uuid;

/// A claim that waits, and why this reader cannot prepare it.
pub struct ReadyView {
    pub claim: ReadyClaim,
    pub hindrance: Option<String>,
    pub promised_on: NaiveDate,
    pub age: Age,
}

/// Claims that wait for their money against the day they were promised by.
pub struct AgeView {
    pub age: Age,
    pub count: i64,
    pub won: Won,
}

fn age_colour(age: Age) -> &'static str {
    match age {
        Age::InTerm => "grey",
        Age::DueSoon => "yellow",
        Age::Late => "orange",
    }
}

impl ReadyView {
    pub fn colour(&self) -> &'static str {
        age_colour(self.age)
    }
}

#[derive(Template)]
#[template(path = "payments/list.html")]
pub struct PaymentsPage {
    pub page: Page,
    pub form: Form,
    pub ready: Vec<ReadyView>,
    /// All claims that wait, also beyond those listed.
    pub ready_count: i64,
    pub ready_won: Won,
    pub ages: Vec<AgeView>,
    /// Lines of statements that nobody has explained, and what they move.
    pub suspense: (i64, Won),
    pub accounts: Vec<Choice>,
    pub checkers: Vec<Choice>,
    pub may_prepare: bool,
    pub batches: Vec<Batch>,
    pub list: ListView,
    pub filter: Form,
    pub states: Vec<Choice>,
}

/// One act on a batch that comes next, for this reader.
pub struct NextAct {
    pub href: String,
    pub label: String,
    /// Why this reader cannot do it.
    pub hindrance: Option<String>,
}

/// A payer, and why they cannot do what comes next.
pub struct Hand {
    pub id: Uuid,
    pub name: String,
    pub hindrance: Option<String>,
    /// The act of theirs that excludes it.
    pub earlier: Option<Act>,
}

#[derive(Template)]
#[template(path = "payments/batch.html")]
pub struct BatchPage {
    pub page: Page,
    pub form: Form,
    pub batch: Batch,
    pub acted: Hands,
    pub checks: Vec<Check>,
    pub hands: Vec<Hand>,
    pub profile: Option<String>,
    pub is_proven: bool,
    pub payments: Vec<PaymentRow>,
    pub next: Option<NextAct>,
    pub may_cancel: bool,
    pub may_answer: bool,
    pub may_download: bool,
    pub history: Vec<RecordRow>,
}

impl BatchPage {
    pub fn sha256(&self) -> Option<String> {
        self.batch.file_sha256.as_ref().map(hex::encode)
    }
}

#[derive(Template)]
#[template(path = "payments/answer.html")]
pub struct AnswerPage {
    pub page: Page,
    pub form: Form,
    pub payment: Payment,
    pub claim_number: String,
    pub proposed_by: Option<String>,
    /// The reader made the proposal: somebody else decides.
    pub is_own_proposal: bool,
}

impl AnswerPage {
    pub fn results(&self) -> Vec<Choice> {
        let unknown = self.payment.state == PaymentState::Unknown;
        let open: Vec<BankResult> =
            BankResult::ALL.iter().copied().filter(|result| !(unknown && *result == BankResult::Unknown)).collect();
        Choice::codes(self.page.lang, "payments-result", &open)
    }

    pub fn agreements(&self) -> Vec<Choice> {
        Choice::codes(self.page.lang, "payments-agree", &["yes", "no"])
    }

    pub fn is_open(&self) -> bool {
        matches!(self.payment.state, PaymentState::Sent | PaymentState::Unknown)
    }
}

#[derive(Template)]
#[template(path = "payments/answers.html")]
pub struct AnswersPage {
    pub page: Page,
    pub batch: Batch,
    pub rows: Vec<RowResult>,
}

/// A vendor's money with the day it is promised by.
pub struct RemittanceView {
    pub row: Remittance,
    pub promised_on: NaiveDate,
    pub is_late: bool,
}

#[derive(Template)]
#[template(path = "payments/mine.html")]
pub struct RemittancePage {
    pub page: Page,
    pub rows: Vec<RemittanceView>,
    pub list: ListView,
    pub expected_won: Won,
    pub paid_won: Won,
}

impl Remittance {
    pub fn colour(&self) -> &'static str {
        match self.state {
            ClaimState::Paid => "green",
            _ => "blue",
        }
    }
}

impl Batch {
    pub fn colour(&self) -> &'static str {
        match self.state {
            BatchState::Prepared | BatchState::Approved => "yellow",
            BatchState::Released => "blue",
            BatchState::Settled => "green",
            BatchState::Cancelled => "grey",
        }
    }
}

fn payment_colour(state: PaymentState) -> &'static str {
    match state {
        PaymentState::Prepared => "yellow",
        PaymentState::Sent => "blue",
        PaymentState::Confirmed => "green",
        PaymentState::Failed => "red",
        PaymentState::Unknown | PaymentState::Returned => "orange",
        PaymentState::Cancelled => "grey",
    }
}

impl Payment {
    pub fn colour(&self) -> &'static str {
        payment_colour(self.state)
    }
}

impl PaymentRow {
    pub fn is_again(&self) -> bool {
        self.attempt > 1
    }

    pub fn colour(&self) -> &'static str {
        payment_colour(self.state)
    }

    pub fn waits(&self) -> bool {
        matches!(self.state, PaymentState::Sent | PaymentState::Unknown)
    }
}

impl RowResult {
    pub fn colour(&self) -> &'static str {
        match self.outcome {
            RowOutcome::Confirmed => "green",
            RowOutcome::Failed | RowOutcome::Contradicts | RowOutcome::NotFound | RowOutcome::Unreadable => "red",
            RowOutcome::Unknown | RowOutcome::Proposed => "orange",
            RowOutcome::Already | RowOutcome::Pending => "grey",
        }
    }
}
