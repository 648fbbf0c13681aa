//! What the pages of programmes show.

pub mod conditions;

use super::{
    rules::{
        CallPhase, CallRules, CallState, Difference, DocumentRule, Item, RuleValue, SelectionMode, differences,
        remaining,
    },
    store::{Call, Programme, VersionRow},
};
use crate::{
    core::money::{BasisPoints, Won},
    web::{Choice, Form, Link, Page, list::ListView},
};
use askama::Template;
use chrono::{DateTime, Utc};

/// Who is looking at a public page, as far as the next step depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    Outsider,
    /// Signed in without a role.
    Newcomer,
    Firm,
    Vendor,
    Staff,
}

/// A call in a list.
pub struct CallLine {
    pub call: Call,
    pub phase: CallPhase,
    pub remaining: String,
}

impl CallLine {
    pub fn new(page: &Page, call: Call, now: DateTime<Utc>) -> CallLine {
        CallLine { phase: call.phase(now), remaining: remaining_words(page, now, &call), call }
    }

    /// Published: where it is in time; otherwise its state.
    pub fn tag(&self, page: &Page) -> String {
        match self.call.state {
            CallState::Published => page.code("call-phase", self.phase),
            state => page.code("call-state", state),
        }
    }

    pub fn colour(&self) -> &'static str {
        match (self.call.state, self.phase) {
            (CallState::Published, CallPhase::Open) => "green",
            (CallState::Published, CallPhase::Upcoming) => "blue",
            (CallState::Draft, _) => "yellow",
            _ => "grey",
        }
    }
}

fn remaining_words(page: &Page, now: DateTime<Utc>, call: &Call) -> String {
    let (until, key) = match call.phase(now) {
        CallPhase::Upcoming => (call.opens_at, "programmes-opens-in"),
        CallPhase::Open => (call.closes_at, "programmes-closes-in"),
        CallPhase::Closed => return page.t("programmes-is-closed"),
    };
    let (days, hours, minutes) = remaining(now, until);
    let number = |name: &'static str, value: i64| (name, value.to_string());
    let time = if days > 0 {
        page.lang.t_with("programmes-days-hours", &[number("days", days), number("hours", hours)])
    } else {
        page.lang.t_with("programmes-hours-minutes", &[number("hours", hours), number("minutes", minutes)])
    };
    page.t1(key, "time", time)
}

#[derive(Template)]
#[template(path = "programmes/home.html")]
pub struct HomePage {
    pub page: Page,
    pub lines: Vec<CallLine>,
    pub reader: Reader,
    /// For staff: the rooms where their work lies.
    pub work: Vec<Link>,
}

impl HomePage {
    pub fn is(&self, reader: &str) -> bool {
        self.reader.is(reader)
    }
}

impl Reader {
    /// For templates: whether this is the reader called so.
    fn is(self, name: &str) -> bool {
        let own = match self {
            Reader::Outsider => "outsider",
            Reader::Newcomer => "newcomer",
            Reader::Firm => "firm",
            Reader::Vendor => "vendor",
            Reader::Staff => "staff",
        };
        own == name
    }
}

#[derive(Template)]
#[template(path = "programmes/calls.html")]
pub struct CallsPage {
    pub page: Page,
    pub lines: Vec<CallLine>,
    pub list: ListView,
}

#[derive(Template)]
#[template(path = "programmes/programmes.html")]
pub struct ProgrammesPage {
    pub page: Page,
    pub programmes: Vec<Programme>,
    pub list: ListView,
    pub may_add: bool,
}

#[derive(Template)]
#[template(path = "programmes/programme.html")]
pub struct ProgrammePage {
    pub page: Page,
    pub programme: Programme,
    pub lines: Vec<CallLine>,
    pub history: Vec<crate::audit::RecordRow>,
    pub may_add: bool,
}

/// What those who set calls up see beside the public part.
pub struct CallDesk {
    /// What the ledger still holds free of the budget.
    pub free: Won,
    pub history: Vec<crate::audit::RecordRow>,
    pub may_change: bool,
    pub may_cancel: bool,
    pub may_publish: bool,
    pub sees_ledger: bool,
    /// This reader prepared the call, so somebody else must publish it.
    pub prepared_it: bool,
}

#[derive(Template)]
#[template(path = "programmes/call.html")]
pub struct CallPage {
    pub page: Page,
    pub form: Form,
    pub line: CallLine,
    pub programme: Programme,
    pub rules: CallRules,
    pub reader: Reader,
    pub desk: Option<CallDesk>,
}

impl CallPage {
    pub fn is(&self, reader: &str) -> bool {
        self.reader.is(reader)
    }

    /// The complete history, for those who may see it.
    pub fn history(&self) -> &[crate::audit::RecordRow] {
        self.desk.as_ref().map_or(&[], |desk| &desk.history)
    }

    /// Where the button of a step leads.
    pub fn action(&self, step: &str) -> String {
        format!("/calls/{}/{step}", self.line.call.id)
    }

    pub fn is_open(&self) -> bool {
        self.line.call.state == CallState::Published && self.line.phase == CallPhase::Open
    }

    /// The written rule for submissions that are on their way at closing.
    pub fn closing_rule(&self) -> String {
        let closes = ("closes", self.page.datetime(self.line.call.closes_at));
        let grace = self.line.call.grace_seconds;
        let lang = self.page.lang;
        if grace == 0 {
            return lang.t_with("programmes-closing-rule-strict", &[closes]);
        }
        let grace = if grace % 60 == 0 {
            self.page.t1("programmes-minutes", "count", grace / 60)
        } else {
            self.page.t1("programmes-seconds", "count", grace)
        };
        lang.t_with("programmes-closing-rule", &[closes, ("grace", grace)])
    }

    pub fn days(&self, days: &i64) -> String {
        self.page.t1("programmes-days", "count", days)
    }

    pub fn months(&self, months: &i64) -> String {
        self.page.t1("programmes-months", "count", months)
    }

    /// An item's weight of 100.
    pub fn points(&self, points: &i64) -> String {
        self.page.t1("programmes-points", "count", points)
    }

    pub fn item_name<'a>(&self, ko: &'a str, en: &'a str) -> &'a str {
        self.page.lang.of(ko, en)
    }
}

/// One version of the rules, with what it changed.
pub struct VersionLine {
    pub version: i64,
    pub made_at: DateTime<Utc>,
    pub made_by: Option<String>,
    /// What changed, from what, to what.
    pub changes: Vec<(String, String, String)>,
}

impl VersionLine {
    /// From rows newest first; the first version changed nothing.
    pub fn all(page: &Page, rows: Vec<VersionRow>) -> Vec<VersionLine> {
        let mut lines = Vec::with_capacity(rows.len());
        for (place, row) in rows.iter().enumerate() {
            let changes = rows.get(place + 1).map(|before| differences(&before.rules.0, &row.rules.0));
            lines.push(VersionLine {
                version: row.version,
                made_at: row.made_at,
                made_by: row.made_by_name.clone(),
                changes: changes.unwrap_or_default().iter().map(|change| in_words(page, change)).collect(),
            });
        }
        lines
    }
}

fn in_words(page: &Page, change: &Difference) -> (String, String, String) {
    let name = page.code("programmes", change.field);
    let name = match &change.item {
        Item::None => name,
        Item::Named(ko, en) => format!("{name}: {}", page.lang.of(ko, en)),
        Item::Category(category) => format!("{name}: {}", page.code("cost-category", category)),
    };
    (name, value_in_words(page, &change.from), value_in_words(page, &change.to))
}

fn value_in_words(page: &Page, value: &RuleValue) -> String {
    match value {
        RuleValue::Words(words) => words.clone(),
        RuleValue::Won(won) => page.won(won),
        RuleValue::Share(share) => share.to_string(),
        RuleValue::Number(number) => number.to_string(),
        RuleValue::Days(days) => page.t1("programmes-days", "count", days),
        RuleValue::Months(months) => page.t1("programmes-months", "count", months),
        RuleValue::Yes(yes) => page.yes_no(yes),
        RuleValue::Selection(mode) => page.code("selection-mode", mode),
    }
}

#[derive(Template)]
#[template(path = "programmes/settings.html")]
pub struct SettingsPage {
    pub page: Page,
    pub form: Form,
    pub call: Call,
    pub rules: CallRules,
    pub versions: Vec<VersionLine>,
}

impl SettingsPage {
    pub fn documents(&self) -> Vec<Choice> {
        let lang = self.page.lang;
        let choice = |rule: &DocumentRule| Choice::new(rule.kind.clone(), lang.of(&rule.name_ko, &rule.name_en));
        self.rules.documents.iter().map(choice).collect()
    }

    pub fn yes_no(&self) -> Vec<Choice> {
        ["yes", "no"].map(|code| Choice::new(code, self.page.t(code))).to_vec()
    }

    pub fn is_published(&self) -> bool {
        self.call.state == CallState::Published
    }
}

/// `80` or `80.5`, as the form takes it.
pub fn percent(share: BasisPoints) -> String {
    share.to_string().trim_end_matches('%').to_owned()
}
