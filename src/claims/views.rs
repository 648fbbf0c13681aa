//! What the pages of claims show.

use super::{
    actions::{KeyMade, Service},
    forms::{LINES, LineNames, SINGLE_FIELDS},
    rules::{
        Check, CheckResult, ClaimState, TaxKind,
        filling::Remark,
        four_way::{AgreedLine, Comparison},
        matching::BLOCKING,
    },
    store::{
        Amendment, Candidate, CheckRow, Claim, ClaimDocument, ClaimLine, ClaimRow, DecidedLine, QueueRow, UsageRow,
    },
};
use crate::{
    agreements::{Agreement, Milestone},
    audit::RecordRow,
    core::{lang::Lang, money::Won},
    files::FileRow,
    programmes::CostCategory,
    web::{Choice, Form, Page, list::ListView},
};
use askama::Template;
use chrono::{DateTime, Utc};
use uuid::Uuid;

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
    /// The four-way match, when it was asked for.
    pub compared: Vec<ComparisonView>,
    /// Each agreed line with what is left of it.
    pub left: Vec<(CostCategory, AgreedLine)>,
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

    /// How the supply is taxed.
    pub fn kinds(&self) -> Vec<Choice> {
        Choice::codes(self.page.lang, "claim-tax-kind", TaxKind::ALL)
    }

    /// What stands in the form, so that a refused file takes nothing with it.
    pub fn standing(&self) -> Vec<(&'static str, String)> {
        let lines = LINES.iter().flat_map(|names| [names.description, names.quantity, names.unit_price, names.net]);
        let all = SINGLE_FIELDS.into_iter().chain(lines).map(|name| (name, self.form.value(name)));
        all.filter(|(_, value)| !value.is_empty()).collect()
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
        colour_of(self.result)
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

/// A comparison of the four-way match as tables show it.
pub struct ComparisonView {
    pub leg: String,
    pub line: Option<i64>,
    pub seen: String,
    pub limit: String,
    pub result: CheckResult,
    pub reason: String,
}

impl ComparisonView {
    pub fn colour(&self) -> &'static str {
        colour_of(self.result)
    }
}

pub fn comparisons(page: &Page, compared: &[Comparison]) -> Vec<ComparisonView> {
    let word = |text: &str| match text {
        "yes" | "no" => page.t(text),
        other => other.to_owned(),
    };
    compared
        .iter()
        .map(|one| ComparisonView {
            leg: page.code("claim-leg", one.leg),
            line: one.line,
            seen: word(&one.seen),
            limit: word(&one.limit),
            result: one.result,
            reason: page.code("claim-match", one.reason),
        })
        .collect()
}

#[derive(Template)]
#[template(path = "claims/letter.html")]
pub struct LetterPage {
    pub page: Page,
    pub claim: Claim,
    pub firm_name: String,
    pub vendor_name: String,
    pub lines: Vec<DecidedLine>,
    pub supply: Won,
    pub vat: Won,
    pub decided_at: DateTime<Utc>,
}

#[derive(Template)]
#[template(path = "claims/queue.html")]
pub struct QueuePage {
    pub page: Page,
    pub claims: Vec<QueueRow>,
    pub list: ListView,
    pub now: DateTime<Utc>,
}

#[derive(Template)]
#[template(path = "claims/usage.html")]
pub struct UsagePage {
    pub page: Page,
    pub form: Form,
    pub agreement: Agreement,
    pub reports: Vec<UsageRow>,
    pub is_vendor: bool,
}

#[derive(Template)]
#[template(path = "claims/usage_key.html")]
pub struct UsageKeyPage {
    pub page: Page,
    pub form: Form,
    /// The key that signs now, and since when.
    pub live: Option<(Uuid, DateTime<Utc>)>,
    /// Where reports are sent to.
    pub address: String,
    /// The key that was just made, with its secret.
    pub made: Option<KeyMade>,
}

/// One quarter of the public page: the median, how many decisions, and how many of a hundred in time.
pub struct Quarter {
    pub name: String,
    pub shares: Option<(i64, usize, usize)>,
}

#[derive(Template)]
#[template(path = "claims/levels.html")]
pub struct LevelsPage {
    pub page: Page,
    pub quarters: Vec<Quarter>,
    /// Business days in which a claim should be decided.
    pub days: i64,
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
    pub documents: Vec<ClaimDocument>,
    pub may_attach: bool,
    pub next: Option<NextStep>,
    pub may_withdraw: bool,
    pub service: Option<Service>,
    pub decided: Vec<DecidedLine>,
    pub amendments: Vec<Amendment>,
    /// For staff only.
    pub candidates: Vec<Candidate>,
    pub may_amend: bool,
    pub may_settle: bool,
}

impl ClaimPage {
    /// What the firm pays itself: the rest of the supply value, and the VAT.
    pub fn own_won(&self) -> Won {
        self.claim.total_won.minus(self.claim.support_won)
    }

    pub fn has_open_amendment(&self) -> bool {
        self.amendments.iter().any(|amendment| amendment.settled_at.is_none())
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
    pub documents: Vec<ClaimDocument>,
    pub compared: Vec<ComparisonView>,
    /// Each agreed line with what other claims leave of it.
    pub left: Vec<(CostCategory, AgreedLine)>,
    pub candidates: Vec<Candidate>,
    pub service: Option<Service>,
    /// Why this officer cannot decide, in words.
    pub hindrance: Option<String>,
}

impl CheckPage {
    pub fn decisions(&self) -> Vec<Choice> {
        Choice::codes(self.page.lang, "claims-decision", &["approve", "return", "reject"])
    }

    /// The fields of the decision about a line.
    pub fn names(&self, line: &ClaimLine) -> LineNames {
        LINES[usize::try_from(line.position - 1).unwrap_or(0).min(LINES.len() - 1)]
    }

    pub fn line_choices(&self) -> Vec<Choice> {
        Choice::codes(self.page.lang, "claims-line-decision", &["approve", "disallow"])
    }

    pub fn unmet(&self) -> usize {
        self.checks.iter().filter(|check| check.result != CheckResult::Met).count()
    }
}

fn colour_of(result: CheckResult) -> &'static str {
    match result {
        CheckResult::Met => "green",
        CheckResult::Unmet => "red",
        CheckResult::Undetermined => "yellow",
    }
}

fn state_colour(state: ClaimState) -> &'static str {
    match state {
        ClaimState::Submitted | ClaimState::DeliveryAccepted => "yellow",
        ClaimState::Disputed | ClaimState::Returned | ClaimState::Reopened => "orange",
        ClaimState::Approved | ClaimState::Ordered => "blue",
        ClaimState::Paid => "green",
        ClaimState::Rejected => "red",
        ClaimState::Withdrawn | ClaimState::Reversed => "grey",
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
