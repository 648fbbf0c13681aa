//! What the pages about integrity show.

use super::{
    rules::{Check, FlagState},
    store::{FlagRow, RuleRow, RunRow, checks::SET_CHECKS},
};
use crate::{
    audit::RecordRow,
    outbox::{OutboxRow, OutboxState},
    web::{Choice, Form, Page, list::ListView},
};
use askama::Template;

/// The checks that are not single statements.
const OTHER_CHECKS: [&str; 6] = [
    "audit_chain",
    "submitted_in_time",
    "submission_hashes",
    "agreement_hashes",
    "bank_file_hashes",
    "scores_recomputed",
];

/// The checks of a recorded run, in the order of the code.
pub(super) fn checks_of(run: &RunRow) -> Vec<Check> {
    let detail: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&run.detail).unwrap_or_default();
    let names = OTHER_CHECKS.into_iter().chain(SET_CHECKS.iter().map(|check| check.name));
    names
        .filter_map(|name| {
            let said = detail.get(name)?.as_str()?;
            let (rows, breach) = said.split_once(' ').unwrap_or((said, ""));
            let breach = (!breach.is_empty()).then(|| breach.to_owned());
            Some(Check { name, rows: rows.parse().ok()?, breach })
        })
        .collect()
}

#[derive(Template)]
#[template(path = "integrity/checks.html")]
pub(super) struct ChecksPage {
    pub page: Page,
    pub form: Form,
    pub run: Option<RunRow>,
    pub checks: Vec<Check>,
}

impl ChecksPage {
    pub fn is_sound(&self) -> bool {
        self.checks.iter().all(|check| check.breach.is_none())
    }

    pub fn count(&self, rows: &i64) -> String {
        crate::core::money::Won(*rows).to_string()
    }
}

pub(super) fn colour(state: FlagState) -> &'static str {
    match state {
        FlagState::Raised => "yellow",
        FlagState::Cleared => "green",
        FlagState::Confirmed => "red",
    }
}

#[derive(Template)]
#[template(path = "integrity/flags.html")]
pub(super) struct FlagsPage {
    pub page: Page,
    pub flags: Vec<FlagRow>,
    pub rules: Vec<RuleRow>,
    pub list: ListView,
    pub filter: Form,
    pub states: Vec<Choice>,
}

impl FlagsPage {
    pub fn colour(&self, flag: &FlagRow) -> &'static str {
        colour(flag.state)
    }

    /// Confirmed flags in per cent of those that ended; nothing as long as none has.
    pub fn precision(&self, rule: &RuleRow) -> Option<String> {
        let ended = rule.cleared + rule.confirmed;
        (ended > 0).then(|| format!("{} %", rule.confirmed * 100 / ended))
    }
}

#[derive(Template)]
#[template(path = "integrity/flag.html")]
pub(super) struct FlagPage {
    pub page: Page,
    pub form: Form,
    pub flag: FlagRow,
    pub history: Vec<RecordRow>,
    pub may_end: bool,
}

impl FlagPage {
    pub fn colour(&self) -> &'static str {
        colour(self.flag.state)
    }

    pub fn ends(&self) -> Vec<Choice> {
        ["clear", "confirm"].iter().map(|name| Choice::new(*name, self.page.code("flag-step", name))).collect()
    }
}

#[derive(Template)]
#[template(path = "integrity/jobs.html")]
pub(super) struct JobsPage {
    pub page: Page,
    pub jobs: Vec<OutboxRow>,
    pub list: ListView,
    pub filter: Form,
    pub states: Vec<Choice>,
    pub may_retry: bool,
}

impl JobsPage {
    pub fn colour(&self, job: &OutboxRow) -> &'static str {
        match job.state {
            OutboxState::Waiting => "yellow",
            OutboxState::Done => "green",
            OutboxState::Stuck => "red",
        }
    }

    pub fn is_stuck(&self, job: &OutboxRow) -> bool {
        job.state == OutboxState::Stuck
    }

    /// To whom a mail goes and which one it is. Its values and its link may be secrets, so they are not shown.
    pub fn about(&self, job: &OutboxRow) -> String {
        let text = |name: &str| job.payload.0.get(name).and_then(|value| value.as_str()).unwrap_or_default();
        [text("name"), text("to")].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    }
}
