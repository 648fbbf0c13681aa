//! What the pages of applications show.

pub mod checks;
mod draft;
pub mod eligibility;
mod questions;
pub mod whole;
pub mod words;

pub use draft::*;
pub use questions::*;

use super::{
    Application, ApplicationId,
    actions::{Certified, Dossier},
    rules::{ApplicationState, Section},
    store::{
        certifications::Certification,
        list::{Filter, ListRow},
        preview::Test,
        spot_checks::{SpotCounts, SpotLine, SpotOutcome},
        submission::Round,
    },
};
use crate::{
    audit::RecordRow,
    programmes::{Call, ScreeningRules},
    web::{Choice, Form, Page, list::ListView},
};
use askama::Template;
use checks::*;
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

/// How many were picked for a spot check, and what came of them.
#[derive(Template)]
#[template(path = "applications/spot_checks.html")]
pub struct SpotChecksPage {
    pub page: Page,
    pub call: Call,
    pub rules: ScreeningRules,
    pub counts: SpotCounts,
    pub lines: Vec<SpotLine>,
    pub list: ListView,
    /// This reader may open the applications.
    pub may_open: bool,
    pub may_screen: bool,
}

impl SpotChecksPage {
    /// This reader may take the look now.
    pub fn is_open_to_me(&self, line: &SpotLine) -> bool {
        self.may_screen && line.outcome == SpotOutcome::Waiting && line.state == ApplicationState::Submitted
    }

    /// What came of those that were picked.
    pub fn tallies(&self) -> Vec<(String, i64)> {
        let count = |outcome: &SpotOutcome| match outcome {
            SpotOutcome::Waiting => self.counts.waiting,
            SpotOutcome::Confirmed => self.counts.confirmed,
            SpotOutcome::Defect => self.counts.defect,
        };
        SpotOutcome::ALL.iter().map(|outcome| (self.page.code("spot-outcome", outcome), count(outcome))).collect()
    }

    pub fn colour(&self, line: &SpotLine) -> &'static str {
        match line.outcome {
            SpotOutcome::Waiting => "yellow",
            SpotOutcome::Confirmed => "green",
            SpotOutcome::Defect => "red",
        }
    }
}

/// A test as a firm would see its own application: what is done, what is missing, the whole of it.
#[derive(Template)]
#[template(path = "applications/preview_walk.html")]
pub struct PreviewWalkPage {
    pub page: Page,
    pub call_name: String,
    pub tasks: Vec<Task>,
    pub checks: Vec<CheckView>,
    pub whole: Whole,
    /// Stages with holder and promised day, from a submission on the day the call opens.
    pub course: Vec<LegView>,
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
    pub supplement: Option<SupplementView>,
    /// Stages with holder and promised day; empty once the course is over early.
    pub course: Vec<LegView>,
    /// Where the second person's certification stands; None where the call wants none.
    pub certified: Option<Certified>,
    pub rounds: usize,
    pub can_allow_round: bool,
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

    pub fn certification(&self) -> Option<String> {
        self.certified.map(|certified| self.page.t(certified_key(certified)))
    }

    pub fn holder(&self) -> String {
        self.page.code("application-holder", self.application.state)
    }

    pub fn next(&self) -> String {
        self.page.code("application-next", self.application.state)
    }
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
    pub certified: Option<Certified>,
    pub certification: Option<Certification>,
    /// This reader put it before the signatory, and so cannot be the signatory.
    pub is_preparer: bool,
    /// It was received before; this answers what was asked for.
    pub answers_supplement: bool,
}

impl ReviewPage {
    pub fn may_prepare(&self) -> bool {
        self.certified == Some(Certified::Not)
    }

    pub fn may_certify(&self) -> bool {
        self.certified == Some(Certified::Prepared) && !self.is_preparer
    }

    pub fn waits_for_signatory(&self) -> bool {
        self.certified == Some(Certified::Prepared) && self.is_preparer
    }

    pub fn may_submit(&self) -> bool {
        matches!(self.certified, None | Some(Certified::Yes))
    }

    /// Who prepared it and who certified it, as far as that has come.
    pub fn signed(&self) -> Vec<String> {
        let Some(held) = self.certification.as_ref().filter(|_| self.certified != Some(Certified::Not)) else {
            return Vec::new();
        };
        let told = |key: &str, name: &str, at: DateTime<Utc>| {
            self.page.lang.t_with(key, &[("name", name.to_owned()), ("at", self.page.datetime(at))])
        };
        let mut told_all = vec![told("applications-prepared-by", &held.prepared_by_name, held.prepared_at)];
        if let (Some(name), Some(at)) = (&held.certified_by_name, held.certified_at) {
            told_all.push(told("applications-certified-by", name, at));
        }
        told_all
    }

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
    Yes { round: i64, at: String, call: String },
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
    pub supplement: Option<SupplementView>,
    pub decisions: Vec<Choice>,
    /// The catalogue of what a supplement may ask for.
    pub defects: Vec<DefectGroup>,
    /// It passes everything and was picked for a spot check.
    pub spot_check: bool,
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

/// What may be asked for in one part of the form.
pub struct DefectGroup {
    pub heading: String,
    pub choices: Vec<Choice>,
}

/// What two submissions say differently.
#[derive(Template)]
#[template(path = "applications/differences.html")]
pub struct DifferencesPage {
    pub page: Page,
    pub id: ApplicationId,
    pub choices: Vec<Choice>,
    pub from: String,
    pub to: String,
    pub differences: Vec<DifferenceView>,
}

fn certified_key(certified: Certified) -> &'static str {
    match certified {
        Certified::Not => "applications-certified-not",
        Certified::Prepared => "applications-certified-prepared",
        Certified::Yes => "applications-certified-yes",
    }
}

/// The parts of the form with what each still misses.
pub fn tasks(page: &Page, dossier: &Dossier, checks: &[CheckView], sections: &[Option<Section>]) -> Vec<Task> {
    Section::ALL
        .iter()
        .filter(|section| dossier.has_section(**section))
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
        Section::Questions => dossier.answers.iter().any(|(_, answer)| !answer.is_empty()),
        Section::Costs => !dossier.costs.is_empty(),
        Section::Team => !dossier.team.is_empty(),
        Section::Documents => !dossier.documents.is_empty(),
    }
}
