//! What the pages of applications show.

pub mod eligibility;
pub mod whole;

use super::{
    Application, ApplicationId,
    actions::Dossier,
    rules::{ApplicationState, Section},
    store::{
        dossier::Supplement,
        list::{Filter, ListRow},
        preview::Test,
        submission::Round,
    },
};
use crate::{
    audit::RecordRow,
    programmes::Call,
    web::{Choice, Form, Page, list::ListView},
};
use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};
use whole::*;

/// A firm's own applications, and the calls it may apply to.
#[derive(Template)]
#[template(path = "applications/own.html")]
pub struct OwnPage {
    pub page: Page,
    pub rows: Vec<ListRow>,
    pub list: ListView,
    /// Calls without a live application of this firm.
    pub calls: Vec<Call>,
}

/// A test of a draft call, with what was found.
pub struct TestView {
    /// For the caption of its table.
    pub id: String,
    pub test: Test,
    pub checks: Vec<CheckView>,
}

/// A draft call tried out by staff.
#[derive(Template)]
#[template(path = "applications/preview.html")]
pub struct PreviewPage {
    pub page: Page,
    pub form: Form,
    pub call: Call,
    pub classes: Vec<Choice>,
    pub vat_types: Vec<Choice>,
    pub tracks: Vec<Choice>,
    pub has_tracks: bool,
    pub packages: Vec<Choice>,
    pub tests: Vec<TestView>,
    pub may_try: bool,
}

/// The queue of those who work on applications.
#[derive(Template)]
#[template(path = "applications/queue.html")]
pub struct QueuePage {
    pub page: Page,
    pub rows: Vec<ListRow>,
    pub list: ListView,
    pub filter: Filter,
    pub states: Vec<Choice>,
    pub calls: Vec<Choice>,
    pub regions: Vec<Choice>,
}

impl QueuePage {
    pub fn is_state(&self, value: &str) -> bool {
        self.filter.state.is_some_and(|state| state.as_str() == value)
    }

    pub fn is_call(&self, value: &str) -> bool {
        self.filter.call.is_some_and(|call| call.to_string() == value)
    }

    pub fn is_region(&self, value: &str) -> bool {
        self.filter.region.as_deref() == Some(value)
    }

    pub fn region_name(&self, code: &str) -> String {
        let named = self.regions.iter().find(|choice| choice.value == code);
        named.map_or_else(|| code.to_owned(), |choice| choice.label.clone())
    }
}

/// One part of the form on the list of tasks.
pub struct Task {
    pub label: String,
    pub href: String,
    pub status: String,
    pub colour: &'static str,
    /// The conditions it does not meet yet.
    pub missing: Vec<String>,
}

/// An application as its firm sees it, and as those do who work on it.
#[derive(Template)]
#[template(path = "applications/application.html")]
pub struct ApplicationPage {
    pub page: Page,
    pub application: Application,
    pub call_name: String,
    pub closes_at: DateTime<Utc>,
    pub is_firm: bool,
    /// Empty when the firm may not write (any more).
    pub tasks: Vec<Task>,
    pub unmet: usize,
    pub supplement: Option<Supplement>,
    pub expected_by: Option<NaiveDate>,
    pub whole: Whole,
    pub runs: Vec<CheckRun>,
    pub moves: Vec<Move>,
    /// The complete history, for staff.
    pub history: Vec<RecordRow>,
    pub differences: Vec<DifferenceView>,
    pub can_screen: bool,
    pub can_withdraw: bool,
    /// Where the case goes on, as far as it has come and this reader may follow.
    pub related: Vec<crate::web::Link>,
}

impl ApplicationPage {
    pub fn shown_title(&self) -> String {
        if self.application.title.is_empty() {
            return self.page.t("applications-untitled");
        }
        self.application.title.clone()
    }

    pub fn state(&self) -> String {
        self.page.code("application-state", self.application.state)
    }

    pub fn is_draft(&self) -> bool {
        self.application.state == ApplicationState::Draft
    }

    pub fn holder(&self) -> String {
        self.page.code("application-holder", self.application.state)
    }

    pub fn next(&self) -> String {
        self.page.code("application-next", self.application.state)
    }
}

/// Indicators or lines of cost: what there is, and a form for one more or for one of them.
#[derive(Template)]
#[template(path = "applications/indicators.html")]
pub struct IndicatorsPage {
    pub page: Page,
    pub form: Form,
    pub id: ApplicationId,
    pub version: i64,
    pub rows: Vec<IndicatorRow>,
    /// Names of indicators that the catalogue proposes, with the link that fills them in.
    pub proposals: Vec<crate::web::Link>,
    /// The one that is being changed.
    pub position: Option<usize>,
    pub directions: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "applications/costs.html")]
pub struct CostsPage {
    pub page: Page,
    pub form: Form,
    pub id: ApplicationId,
    pub version: i64,
    pub rows: Vec<CostRow>,
    pub position: Option<usize>,
    pub categories: Vec<Choice>,
    pub total: String,
    pub support: String,
    pub own: String,
    /// The state share as a sum in words, against the limit of the firm's size.
    pub arithmetic: Vec<String>,
    pub checks: Vec<CheckView>,
}

/// A kind of document that the call asks for, and what is attached for it.
pub struct Slot {
    pub kind: String,
    pub name: String,
    pub required: bool,
    pub documents: Vec<DocumentRow>,
    /// What was wrong with the upload that was just tried.
    pub error: Option<String>,
    /// Documents of the firm's vault that fit.
    pub vault: Vec<crate::web::Choice>,
}

#[derive(Template)]
#[template(path = "applications/documents.html")]
pub struct DocumentsPage {
    pub page: Page,
    pub form: Form,
    pub id: ApplicationId,
    pub version: i64,
    pub slots: Vec<Slot>,
}

/// Everything on one page, before it is certified and sent.
#[derive(Template)]
#[template(path = "applications/review.html")]
pub struct ReviewPage {
    pub page: Page,
    pub form: Form,
    pub id: ApplicationId,
    pub closes_at: DateTime<Utc>,
    pub version: i64,
    pub whole: Whole,
    pub checks: Vec<CheckView>,
}

impl ReviewPage {
    pub fn unmet(&self) -> Vec<&CheckView> {
        self.checks.iter().filter(|check| check.unmet).collect()
    }

    pub fn warnings(&self) -> Vec<&CheckView> {
        self.checks.iter().filter(|check| check.warning).collect()
    }

    pub fn undetermined(&self) -> Vec<&CheckView> {
        self.checks.iter().filter(|check| check.undetermined).collect()
    }
}

#[derive(Template)]
#[template(path = "applications/receipt.html")]
pub struct ReceiptPage {
    pub page: Page,
    pub application: Application,
    pub call_name: String,
    pub number: String,
    pub rounds: Vec<Round>,
    /// The instant of each round to the second, in the programme's zone.
    pub instants: Vec<String>,
}

#[derive(Template)]
#[template(path = "applications/receipts.html")]
pub struct ReceiptsPage {
    pub page: Page,
    pub form: Form,
    /// None: nothing was asked yet.
    pub answer: Option<Verified>,
}

pub enum Verified {
    Yes { round: i64, at: String },
    No,
}

#[derive(Template)]
#[template(path = "applications/screening.html")]
pub struct ScreeningPage {
    pub page: Page,
    pub form: Form,
    pub application: Application,
    pub whole: Whole,
    pub checks: Vec<CheckView>,
    pub supplement: Option<Supplement>,
    pub decisions: Vec<Choice>,
    /// The earlier act of this officer that bars them from screening this case.
    pub clash: Option<String>,
    pub differences: Vec<DifferenceView>,
}

impl ScreeningPage {
    /// Conditions that wait for the officer's grounds.
    pub fn open(&self) -> usize {
        self.checks.iter().filter(|check| check.undetermined).count()
    }

    pub fn unmet(&self) -> usize {
        self.checks.iter().filter(|check| check.unmet).count()
    }
}

/// The parts of the form with what each still misses.
pub fn tasks(page: &Page, dossier: &Dossier, checks: &[CheckView], sections: &[Option<Section>]) -> Vec<Task> {
    Section::ALL
        .iter()
        .map(|&section| {
            let of_section = checks.iter().zip(sections).filter(|(_, of)| **of == Some(section));
            let missing: Vec<String> =
                of_section.filter(|(check, _)| check.unmet).map(|(check, _)| check.name.clone()).collect();
            let begun = begun(dossier, section);
            let (key, colour) = match (missing.is_empty(), begun) {
                (true, _) => ("application-task-done", "green"),
                (false, true) => ("application-task-begun", "blue"),
                (false, false) => ("application-task-todo", "grey"),
            };
            Task {
                label: page.code("application-section", section),
                href: format!("/applications/{}/{}", dossier.application.id, section.path()),
                status: page.t(key),
                colour,
                missing: if begun { missing } else { Vec::new() },
            }
        })
        .collect()
}

fn begun(dossier: &Dossier, section: Section) -> bool {
    let a = &dossier.application;
    match section {
        Section::UseCase => !a.title.is_empty() || a.use_case.is_some() || !a.problem.is_empty() || !a.plan.is_empty(),
        Section::Workload => a.data_class.is_some() || a.hosting.is_some() || a.latency_class.is_some(),
        Section::Indicators => !dossier.indicators.is_empty(),
        Section::Solution => a.package_id.is_some(),
        Section::Costs => !dossier.costs.is_empty(),
        Section::Documents => !dossier.documents.is_empty(),
    }
}
