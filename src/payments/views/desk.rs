//! What the pages around the desk show: holds, statements, absences, accounts.

use crate::{
    audit::RecordRow,
    core::money::Won,
    payments::{
        rules::matching::LineState,
        store::{
            checks::Absence,
            holds::Hold,
            profiles::Profile,
            statements::{Line, Statement, Sum},
        },
    },
    web::{Choice, Form, Page, list::ListView},
};
use askama::Template;

/// A hold, and whether nobody looked at it in time.
pub struct HoldView {
    pub hold: Hold,
    pub is_aged: bool,
}

#[derive(Template)]
#[template(path = "payments/holds.html")]
pub struct HoldsPage {
    pub page: Page,
    pub rows: Vec<HoldView>,
    pub list: ListView,
    pub filter: Form,
    pub choices: Vec<Choice>,
    pub may_place: bool,
}

#[derive(Template)]
#[template(path = "payments/hold.html")]
pub struct HoldPage {
    pub page: Page,
    pub form: Form,
    pub hold: Hold,
    pub is_aged: bool,
    pub may_lift: bool,
    pub history: Vec<RecordRow>,
}

#[derive(Template)]
#[template(path = "payments/statements.html")]
pub struct StatementsPage {
    pub page: Page,
    pub form: Form,
    pub rows: Vec<Statement>,
    pub list: ListView,
    pub suspense: (i64, Won),
    pub may_import: bool,
}

#[derive(Template)]
#[template(path = "payments/statement.html")]
pub struct StatementPage {
    pub page: Page,
    pub statement: Statement,
    pub importer: String,
    pub lines: Vec<Line>,
    pub sums: Vec<Sum>,
    /// Whether it begins where the one before ended; None without one before.
    pub follows: Option<bool>,
    pub may_match: bool,
    /// The reader imported it: somebody else says what its lines are.
    pub is_own: bool,
    pub history: Vec<RecordRow>,
}

impl StatementPage {
    pub fn is_open(&self) -> bool {
        self.lines.iter().any(|line| line.state == LineState::Suspense)
    }
}

impl Line {
    pub fn colour(&self) -> &'static str {
        match self.state {
            LineState::Matched => "green",
            LineState::Suspense => "yellow",
            LineState::Cleared => "blue",
        }
    }

    pub fn is_open(&self) -> bool {
        self.state == LineState::Suspense
    }
}

#[derive(Template)]
#[template(path = "payments/match.html")]
pub struct MatchPage {
    pub page: Page,
    pub form: Form,
    pub line: Line,
    pub meanings: Vec<Choice>,
    pub is_own: bool,
}

pub struct AbsenceView {
    pub absence: Absence,
    pub may_end: bool,
}

#[derive(Template)]
#[template(path = "payments/absences.html")]
pub struct AbsencesPage {
    pub page: Page,
    pub form: Form,
    pub rows: Vec<AbsenceView>,
    pub may_record: bool,
    pub persons: Vec<Choice>,
    pub deputies: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "payments/accounts.html")]
pub struct ProfilesPage {
    pub page: Page,
    pub rows: Vec<Profile>,
    pub may_change: bool,
}
