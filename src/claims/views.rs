//! What the pages of claims show.

use super::{
    forms::{LINES, LineNames},
    rules::{Check, CheckResult, ClaimState, filling::Remark, matching::BLOCKING},
    store::{CheckRow, Claim, ClaimLine, ClaimRow},
};
use crate::{
    agreements::{Agreement, Milestone},
    audit::RecordRow,
    core::{lang::Lang, money::Won},
    files::FileRow,
    web::{Choice, Form, Page, list::ListView},
};
use askama::Template;
use chrono::{DateTime, Utc};

/// Lines that are open before "more lines".
const LINES_OPEN: usize = 5;

#[derive(Template)]
#[template(path = "claims/list.html")]
pub struct ClaimsPage {
    pub page: Page,
    pub claims: Vec<ClaimRow>,
    pub list: ListView,
    pub filter: Form,
    pub states: Vec<Choice>,
    /// Where the next thing to do waits, if anywhere: how many, and the address.
    pub waiting: Option<(i64, &'static str)>,
    pub is_vendor: bool,
    /// The agreement whose claims these are; empty for all.
    pub agreement: String,
}

#[derive(Template)]
#[template(path = "claims/form.html")]
pub struct ClaimFormPage {
    pub page: Page,
    pub form: Form,
    pub action: String,
    pub agreement: Agreement,
    pub milestones: Vec<Milestone>,
    pub firm_name: String,
    pub supplier_name: String,
    /// The claim that is filed anew.
    pub claim: Option<Claim>,
    pub reading: Option<ReadingView>,
}

/// What was read from a file, in words.
pub struct ReadingView {
    pub file: FileRow,
    pub supplier: Option<String>,
    pub buyer: Option<String>,
    pub remarks: Vec<String>,
}

impl ClaimFormPage {
    pub fn choices(&self) -> Vec<Choice> {
        let mut choices = vec![Choice::new("", self.page.t("choose-one"))];
        choices.extend(self.milestones.iter().map(|milestone| {
            let label = format!("{}. {} · {}", milestone.position, milestone.name, self.page.won(milestone.supply_won));
            Choice::new(milestone.id.to_string(), label)
        }));
        choices
    }

    pub fn first_lines(&self) -> &'static [LineNames] {
        &LINES[..self.lines_open()]
    }

    pub fn more_lines(&self) -> &'static [LineNames] {
        &LINES[self.lines_open()..]
    }

    fn lines_open(&self) -> usize {
        let filled = LINES.iter().rposition(|names| {
            !self.form.value(names.description).is_empty() || !self.form.value(names.net).is_empty()
        });
        filled.map_or(LINES_OPEN, |last| (last + 2).clamp(LINES_OPEN, LINES.len()))
    }

    pub fn line_number(&self, names: &LineNames) -> &'static str {
        names.net.trim_start_matches("net_")
    }

    pub fn claim_id(&self) -> String {
        self.claim.as_ref().map(|claim| claim.id.to_string()).unwrap_or_default()
    }
}

/// A remark with the field it is about.
pub fn remark_text(lang: Lang, remark: &Remark) -> String {
    let sentence = lang.t_with(&format!("claims-read-{}", remark.code), &remark.args);
    match remark.field {
        Some(field) => format!("{}: {sentence}", lang.code_word("claims", field)),
        None => sentence,
    }
}

/// A check as tables show it.
pub struct CheckView {
    pub name: String,
    pub result: CheckResult,
    pub value: String,
    pub threshold: String,
    pub blocks: bool,
}

impl CheckView {
    fn new(page: &Page, rule: &str, result: CheckResult, value: &str, threshold: &str) -> CheckView {
        let word = |text: &str| match text {
            "yes" | "no" => page.t(text),
            other => other.split(' ').map(|word| day_in_words(page, word)).collect::<Vec<_>>().join(" "),
        };
        CheckView {
            name: page.code("claim-check", rule),
            result,
            value: word(value),
            threshold: word(threshold),
            blocks: result != CheckResult::Met && BLOCKING.contains(&rule),
        }
    }

    pub fn colour(&self) -> &'static str {
        match self.result {
            CheckResult::Met => "green",
            CheckResult::Unmet => "red",
            CheckResult::Undetermined => "yellow",
        }
    }
}

/// A kept `2027-03-31` as pages write dates; other words as they are.
fn day_in_words(page: &Page, word: &str) -> String {
    word.parse::<chrono::NaiveDate>().map_or_else(|_| word.to_owned(), |day| page.date(day))
}

pub fn kept_checks(page: &Page, checks: &[CheckRow]) -> Vec<CheckView> {
    checks.iter().map(|check| CheckView::new(page, &check.rule, check.result, &check.value, &check.threshold)).collect()
}

pub fn present_checks(page: &Page, checks: &[Check]) -> Vec<CheckView> {
    checks.iter().map(|check| CheckView::new(page, check.rule, check.result, &check.value, &check.threshold)).collect()
}

/// One thing the reader may do with the claim.
pub struct NextStep {
    pub href: String,
    pub label: String,
    pub text: String,
}

#[derive(Template)]
#[template(path = "claims/claim.html")]
pub struct ClaimPage {
    pub page: Page,
    pub claim: Claim,
    pub approval_number: String,
    pub agreement: Agreement,
    pub milestone: Milestone,
    pub firm_name: String,
    pub vendor_name: String,
    pub lines: Vec<ClaimLine>,
    pub checks: Vec<CheckView>,
    /// When the checks were made.
    pub checked_at: Option<DateTime<Utc>>,
    /// None for firms and vendors.
    pub history: Option<Vec<RecordRow>>,
    pub file: Option<FileRow>,
    pub next: Option<NextStep>,
    pub may_withdraw: bool,
}

impl ClaimPage {
    /// What the firm pays itself: the rest of the supply value, and the VAT.
    pub fn own_won(&self) -> Won {
        self.claim.total_won.minus(self.claim.support_won)
    }
}

#[derive(Template)]
#[template(path = "claims/check.html")]
pub struct CheckPage {
    pub page: Page,
    pub form: Form,
    pub claim: Claim,
    pub approval_number: String,
    pub milestone: Milestone,
    pub firm_name: String,
    pub vendor_name: String,
    pub lines: Vec<ClaimLine>,
    pub checks: Vec<CheckView>,
    pub balance: Won,
    pub file: Option<FileRow>,
    /// Why this officer cannot decide, in words.
    pub hindrance: Option<String>,
}

impl CheckPage {
    pub fn decisions(&self) -> Vec<Choice> {
        Choice::codes(self.page.lang, "claims-decision", &["approve", "return", "reject"])
    }

    pub fn unmet(&self) -> usize {
        self.checks.iter().filter(|check| check.result != CheckResult::Met).count()
    }
}

fn state_colour(state: ClaimState) -> &'static str {
    match state {
        ClaimState::Submitted | ClaimState::DeliveryAccepted => "yellow",
        ClaimState::Disputed | ClaimState::Returned => "orange",
        ClaimState::Approved | ClaimState::Ordered => "blue",
        ClaimState::Paid => "green",
        ClaimState::Rejected => "red",
        ClaimState::Withdrawn => "grey",
    }
}

impl Claim {
    pub fn colour(&self) -> &'static str {
        state_colour(self.state)
    }
}

impl ClaimRow {
    pub fn colour(&self) -> &'static str {
        state_colour(self.state)
    }
}

/// Milestones that an invoice may be filed against.
pub fn open_milestones(milestones: Vec<Milestone>, claimed: &[Claim]) -> Vec<Milestone> {
    let is_claimed = |milestone: &Milestone| {
        claimed.iter().any(|claim| claim.milestone_id == milestone.id && super::rules::is_live(claim.state))
    };
    milestones.into_iter().filter(|milestone| !is_claimed(milestone)).collect()
}
