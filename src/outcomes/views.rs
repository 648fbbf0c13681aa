//! What the pages about outcomes show.

use super::{
    forms::{MEASURED_ON, METHOD, VALUE},
    rules::{self, Method, ReportState},
    store::{Measurement, Report, ReportRow},
};
use crate::{
    agreements::{Agreement, LockedIndicator},
    audit::RecordRow,
    programmes::Wave,
    web::{Choice, Form, Page, list::ListView},
};
use askama::Template;
use chrono::NaiveDate;

#[derive(Template)]
#[template(path = "outcomes/list.html")]
pub(super) struct ReportsPage {
    pub page: Page,
    pub reports: Vec<ReportRow>,
    pub list: ListView,
    pub filter: Form,
    pub states: Vec<Choice>,
    pub today: NaiveDate,
    pub is_firm: bool,
}

/// The colour of a report's state.
pub(super) fn colour(state: ReportState) -> &'static str {
    match state {
        ReportState::Scheduled => "grey",
        ReportState::Open => "blue",
        ReportState::Submitted => "yellow",
        ReportState::Returned => "orange",
        ReportState::Verified => "green",
    }
}

impl ReportsPage {
    pub fn colour(&self, row: &ReportRow) -> &'static str {
        colour(row.state)
    }

    pub fn is_overdue(&self, row: &ReportRow) -> bool {
        rules::is_overdue(row.state, row.due_on, self.today)
    }
}

/// One locked indicator, what was measured for it, and the names of its fields.
pub(super) struct IndicatorView {
    pub locked: LockedIndicator,
    pub measured: Option<Measurement>,
    pub value_name: &'static str,
    pub measured_on_name: &'static str,
    pub method_name: &'static str,
}

impl IndicatorView {
    pub fn of(indicators: Vec<LockedIndicator>, measurements: &[Measurement]) -> Vec<IndicatorView> {
        let names = VALUE.into_iter().zip(MEASURED_ON).zip(METHOD);
        indicators
            .into_iter()
            .zip(names)
            .map(|(locked, ((value_name, measured_on_name), method_name))| IndicatorView {
                measured: measurements.iter().find(|measured| measured.indicator_id == locked.id).cloned(),
                locked,
                value_name,
                measured_on_name,
                method_name,
            })
            .collect()
    }

    /// Per cent of the way from baseline to target, with one decimal place.
    pub fn progress(&self) -> Option<String> {
        let progress = self.progress_milli()?;
        Some(crate::core::measure::show_milli(progress.saturating_mul(100)))
    }

    /// The same for a meter that goes from 0 to 1,000.
    pub fn meter(&self) -> i64 {
        self.progress_milli().unwrap_or_default().clamp(0, 1_000)
    }

    fn progress_milli(&self) -> Option<i64> {
        let value = self.measured.as_ref()?.value_milli;
        rules::progress_milli(self.locked.baseline_milli, self.locked.target_milli, value)
    }

    pub fn is_reached(&self) -> bool {
        let value = self.measured.as_ref().map(|measured| measured.value_milli);
        value.is_some_and(|value| rules::is_reached(&self.locked.direction, self.locked.target_milli, value))
    }

    pub fn is_implausible(&self) -> bool {
        let value = self.measured.as_ref().map(|measured| measured.value_milli);
        value.is_some_and(|value| rules::is_implausible(self.locked.baseline_milli, self.locked.target_milli, value))
    }
}

#[derive(Template)]
#[template(path = "outcomes/show.html")]
pub(super) struct ReportPage {
    pub page: Page,
    pub form: Form,
    pub report: Report,
    pub agreement: Agreement,
    pub firm_name: String,
    pub indicators: Vec<IndicatorView>,
    pub history: Vec<RecordRow>,
    pub today: NaiveDate,
    pub may_submit: bool,
    pub may_answer: bool,
}

impl ReportPage {
    pub fn colour(&self) -> &'static str {
        colour(self.report.state)
    }

    pub fn is_overdue(&self) -> bool {
        rules::is_overdue(self.report.state, self.report.due_on, self.today)
    }

    pub fn is_closing(&self) -> bool {
        self.report.wave == Wave::Close
    }

    pub fn has_values(&self) -> bool {
        self.indicators.iter().any(|indicator| indicator.measured.is_some())
    }

    pub fn has_doubts(&self) -> bool {
        self.indicators.iter().any(IndicatorView::is_implausible)
    }

    pub fn methods(&self) -> Vec<Choice> {
        let mut choices = vec![Choice::new("", self.page.t("choose-one"))];
        choices.extend(Choice::codes(self.page.lang, "measuring", Method::ALL));
        choices
    }

    pub fn satisfactions(&self) -> Vec<Choice> {
        Choice::codes(self.page.lang, "satisfaction", &[1, 2, 3, 4, 5])
    }

    pub fn yes_or_no(&self) -> Vec<Choice> {
        vec![Choice::new("yes", self.page.t("yes")), Choice::new("no", self.page.t("no"))]
    }
}
