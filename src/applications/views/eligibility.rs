//! Pages about conditions: the check without an account, exceptions, the conditions of a case, wordings tried.

use super::checks::CheckView;
use crate::{
    applications::{
        ApplicationId,
        store::eligibility::{Flip, Replay, Turn, WaiverLine, WaiverState},
    },
    programmes::{Call, Stage},
    web::{Choice, Form, Link, Page, list::ListView},
};
use askama::Template;
use chrono::{DateTime, Utc};

/// What somebody who answered is told.
#[derive(Template)]
#[template(path = "eligibility/answered.html")]
pub struct AnsweredPage {
    pub page: Page,
    pub call: Call,
    pub checks: Vec<CheckView>,
    pub answers: Vec<(String, String)>,
    /// This page's own address.
    pub link: String,
    pub until: DateTime<Utc>,
    pub is_firm: bool,
    pub is_outsider: bool,
    pub is_open: bool,
}

impl AnsweredPage {
    pub fn unmet(&self) -> Vec<&CheckView> {
        self.checks.iter().filter(|check| check.unmet).collect()
    }

    pub fn open(&self) -> Vec<&CheckView> {
        self.checks.iter().filter(|check| check.undetermined).collect()
    }

    pub fn warnings(&self) -> Vec<&CheckView> {
        self.checks.iter().filter(|check| check.warning).collect()
    }

    pub fn met(&self) -> Vec<&CheckView> {
        self.checks.iter().filter(|check| check.met()).collect()
    }
}

#[derive(Template)]
#[template(path = "eligibility/exceptions.html")]
pub struct ExceptionsPage {
    pub page: Page,
    pub filter: Form,
    pub states: Vec<Choice>,
    pub rows: Vec<WaiverLine>,
    pub list: ListView,
}

pub fn waiver_colour(state: WaiverState) -> &'static str {
    match state {
        WaiverState::Asked => "yellow",
        WaiverState::Granted => "green",
        WaiverState::Refused => "red",
    }
}

impl ExceptionsPage {
    pub fn colour(&self, row: &WaiverLine) -> &'static str {
        waiver_colour(row.state)
    }
}

/// A fact that changed since the submission.
pub struct DriftLine {
    pub fact: String,
    pub before: String,
    pub after: String,
}

/// Something an officer let pass, or was asked to.
pub struct WaiverWords {
    pub condition: String,
    pub state: String,
    pub colour: &'static str,
    pub at: DateTime<Utc>,
    pub reason: String,
}

#[derive(Template)]
#[template(path = "eligibility/case.html")]
pub struct CasePage {
    pub page: Page,
    pub id: ApplicationId,
    pub title: String,
    pub stages: Vec<Choice>,
    pub filter: Form,
    pub stage: Stage,
    pub checks: Vec<CheckView>,
    pub drift: Vec<DriftLine>,
    /// Facts were frozen at the submission: there is something to compare with.
    pub has_frozen: bool,
    pub waivers: Vec<WaiverWords>,
    /// Conditions that this reader may let pass now.
    pub waivable: Vec<Link>,
}

impl CasePage {
    pub fn failing(&self) -> usize {
        self.checks.iter().filter(|check| check.unmet || check.undetermined).count()
    }
}

#[derive(Template)]
#[template(path = "eligibility/replays.html")]
pub struct ReplaysPage {
    pub page: Page,
    pub call: Call,
    pub replays: Vec<(Replay, String)>,
    pub conditions: Vec<Link>,
    /// Conditions that a change under way words differently.
    pub changed: usize,
}

#[derive(Template)]
#[template(path = "eligibility/replay.html")]
pub struct ReplayPage {
    pub page: Page,
    pub replay: Replay,
    /// Each wording that is tried, beside the one it is held against.
    pub wordings: Vec<WordingView>,
    pub total: i64,
    pub flips: Vec<Flip>,
    pub list: ListView,
    /// This reader may open the applications.
    pub may_open: bool,
}

impl ReplayPage {
    pub fn verdict_colour(&self, verdict: &str) -> &'static str {
        match verdict {
            "met" => "green",
            "unmet" => "red",
            "undetermined" => "yellow",
            _ => "grey",
        }
    }

    /// What each wording does to an application: condition, before, after.
    pub fn turns(&self, flip: &Flip) -> Vec<(String, String, String)> {
        let name = |rule: &str| {
            let known = self.wordings.iter().find(|wording| wording.rule == rule);
            known.map_or_else(|| rule.to_owned(), |wording| wording.name.clone())
        };
        match &flip.turns {
            Some(turns) => {
                let told = |turn: &Turn| (name(&turn.rule), turn.was.clone(), turn.becomes.clone());
                turns.0.iter().map(told).collect()
            }
            None => vec![(name(&self.replay.rule), flip.was.clone(), flip.becomes.clone())],
        }
    }
}

/// A condition as it stands and as it is tried; each half is what it concerns and what must hold.
pub struct WordingView {
    pub rule: String,
    pub name: String,
    pub present: Option<(String, String)>,
    pub tried: Option<(String, String)>,
}
