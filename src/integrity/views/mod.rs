//! What the pages about integrity show.

use super::{
    actions::Standing,
    rules::{
        FlagState,
        recoveries::{Rate, RecoveryState},
        sanctions::SanctionState,
    },
    store::{
        FlagRow, RuleRow,
        recoveries::{Awaiting, Receipt, Recovery},
        runs::{ResultRow, RunRow},
        sanctions::Sanction,
    },
};
use crate::{
    audit::RecordRow,
    core::money::{BasisPoints, Won},
    outbox::{OutboxRow, OutboxState},
    web::{Choice, Form, Page, list::ListView},
};
use askama::Template;
use chrono::NaiveDate;

#[derive(Template)]
#[template(path = "integrity/checks.html")]
pub(super) struct ChecksPage {
    pub page: Page,
    pub form: Form,
    /// The latest runs, the last first; what the first of them found is in `results`.
    pub runs: Vec<RunRow>,
    pub results: Vec<ResultRow>,
    pub is_stopped: bool,
}

impl ChecksPage {
    pub fn count(&self, rows: &i64) -> String {
        crate::core::money::Won(*rows).to_string()
    }

    /// In milliseconds, with tenths.
    pub fn took(&self, result: &ResultRow) -> String {
        format!("{}.{} ms", result.duration_us / 1_000, result.duration_us % 1_000 / 100)
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

fn recovery_colour(state: RecoveryState) -> &'static str {
    match state {
        RecoveryState::Noticed | RecoveryState::Objected => "yellow",
        RecoveryState::Due => "red",
        RecoveryState::Settled => "green",
        RecoveryState::WrittenOff | RecoveryState::Revoked => "grey",
    }
}

#[derive(Template)]
#[template(path = "integrity/recoveries.html")]
pub(super) struct RecoveriesPage {
    pub page: Page,
    pub recoveries: Vec<Recovery>,
    /// Paid claims whose tax invoice was amended and that no recovery followed.
    pub awaiting: Vec<Awaiting>,
    pub list: ListView,
    pub filter: Form,
    pub states: Vec<Choice>,
}

impl RecoveriesPage {
    pub fn colour(&self, recovery: &Recovery) -> &'static str {
        recovery_colour(recovery.state)
    }
}

#[derive(Template)]
#[template(path = "integrity/recovery.html")]
pub(super) struct RecoveryPage {
    pub page: Page,
    pub form: Form,
    pub recovery: Recovery,
    pub standing: Standing,
    /// Interest since it was reckoned last, up to today.
    pub new_interest: Won,
    pub rate: Option<Rate>,
    pub plan: Vec<(NaiveDate, Won)>,
    pub receipts: Vec<Receipt>,
    pub history: Vec<RecordRow>,
    pub is_staff: bool,
    pub is_first: bool,
    pub may_object: bool,
    pub may_decide: bool,
    pub may_receive: bool,
    pub may_plan: bool,
    pub may_ask_write_off: bool,
    pub may_write_off: bool,
}

impl RecoveryPage {
    pub fn colour(&self) -> &'static str {
        recovery_colour(self.recovery.state)
    }

    pub fn is_due(&self) -> bool {
        self.recovery.state == RecoveryState::Due
    }

    pub fn interest(&self) -> Won {
        self.recovery.interest_open_won.plus(self.new_interest)
    }

    pub fn open(&self) -> Won {
        self.recovery.open().total().plus(self.new_interest)
    }

    pub fn rate_text(&self, rate: &Rate) -> String {
        BasisPoints(rate.rate_bp).to_string()
    }
}

fn sanction_colour(state: SanctionState) -> &'static str {
    match state {
        SanctionState::Noticed | SanctionState::Objected => "yellow",
        SanctionState::InForce => "red",
        SanctionState::Ended | SanctionState::Revoked => "grey",
    }
}

#[derive(Template)]
#[template(path = "integrity/sanctions.html")]
pub(super) struct SanctionsPage {
    pub page: Page,
    pub sanctions: Vec<Sanction>,
    pub list: ListView,
    pub filter: Form,
    pub states: Vec<Choice>,
    pub may_open: bool,
}

impl SanctionsPage {
    pub fn colour(&self, sanction: &Sanction) -> &'static str {
        sanction_colour(sanction.state)
    }
}

#[derive(Template)]
#[template(path = "integrity/sanction.html")]
pub(super) struct SanctionPage {
    pub page: Page,
    pub sanction: Sanction,
    pub history: Vec<RecordRow>,
    pub is_first: bool,
    pub may_object: bool,
    pub may_decide: bool,
    pub may_revoke: bool,
}

impl SanctionPage {
    pub fn colour(&self) -> &'static str {
        sanction_colour(self.sanction.state)
    }
}
