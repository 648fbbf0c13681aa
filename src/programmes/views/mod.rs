//! What the pages of programmes show.

pub mod conditions;
mod settings;

pub use settings::*;

use super::{
    rules::*,
    store::{Call, Programme, changes::Change},
};
use crate::{
    core::money::Won,
    web::{Form, Link, Page, list::ListView},
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
    pub is_admin: bool,
    pub simulates: bool,
    pub is_draft: bool,
    pub is_published: bool,
    /// Changes of its rules or its closing, newest first.
    pub changes: Vec<Change>,
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
    /// Later closings after an incident, with their reasons.
    pub extensions: Vec<Change>,
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

    /// A cost that everybody can follow, worked for each size class.
    pub fn examples(&self) -> Vec<Example> {
        let example = |rule: &FundingRule| Example {
            class: self.page.code("application-size", rule.class),
            rule: *rule,
            split: rule.split(EXAMPLE_SUPPLY, false),
        };
        self.rules.funding.iter().map(example).collect()
    }

    pub fn change_colour(&self, change: &Change) -> &'static str {
        change_colour(change.state)
    }

    /// The closing before an incident, and what happened.
    pub fn extended(&self, before: &DateTime<Utc>, reason: &str) -> String {
        let args = [("before", self.page.datetime(before)), ("reason", reason.to_owned())];
        self.page.lang.t_with("programmes-extended", &args)
    }

    /// What the rules limit beyond one application, in words.
    pub fn caps(&self) -> Vec<String> {
        let page = &self.page;
        let line = |cap: &crate::ledger::CapRule| {
            let mut most: Vec<String> = cap.most_won.map(|won| page.won(won)).into_iter().collect();
            most.extend(cap.most_count.map(|count| page.t1("applications-awards", "count", count)));
            let subject = ("subject", page.code("cap-subject", cap.subject));
            let window = ("window", page.code("cap-window", cap.window));
            page.lang.t_with("programmes-cap-line", &[subject, window, ("most", most.join(", "))])
        };
        self.rules.caps.iter().map(line).collect()
    }

    /// A kind of cost with what limits it.
    pub fn category_line(&self, rule: &CategoryRule) -> String {
        let page = &self.page;
        let mut parts = vec![page.code("cost-category", rule.code)];
        if rule.allowed == Allowance::PriorApproval {
            parts.push(page.code("cost-allowance", rule.allowed));
        }
        parts.extend(rule.share_max.map(|share| page.t1("programmes-most-share", "share", share)));
        parts.extend(rule.most_won.map(|won| page.t1("programmes-most-amount", "won", page.won(won))));
        parts.join(" · ")
    }

    pub fn open_categories(&self) -> Vec<CategoryRule> {
        self.rules.categories.iter().filter(|rule| rule.allowed != Allowance::No).copied().collect()
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

/// One size class with the example worked for it.
pub struct Example {
    pub class: String,
    pub rule: FundingRule,
    pub split: Split,
}
