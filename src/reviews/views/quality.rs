//! How reviewers score, the blind second reads, and what reviewers say about themselves.

use super::call_choices;
use crate::{
    reviews::{
        rules::{BIAS_MARKED_MILLI, BIAS_READS_MIN, SAMPLE_DIFFERENCE_MILLI},
        store::{CallName, FiguresRow, Interest, SampleRow},
    },
    web::{Choice, Form, Page, list::ListView},
};
use askama::Template;

#[derive(Template)]
#[template(path = "reviews/quality.html")]
pub struct QualityPage {
    pub page: Page,
    pub form: Form,
    pub calls: Vec<CallName>,
    pub call: String,
    pub figures: Vec<FiguresRow>,
    pub samples: Vec<SampleRow>,
    pub list: ListView,
    /// Second reads that are done, and those that differ too much.
    pub read: i64,
    pub differ: i64,
    pub is_manager: bool,
}

impl QualityPage {
    pub fn call_choices(&self) -> Vec<Choice> {
        call_choices(&self.page, &self.calls)
    }

    pub fn mean(&self, sum: &i64, row: &FiguresRow) -> String {
        self.page.milli(sum / row.reads.max(1))
    }

    /// Scores far from the panels, often enough to tell.
    pub fn is_marked(&self, row: &FiguresRow) -> bool {
        row.reads >= BIAS_READS_MIN && (row.bias_milli / row.reads).abs() > BIAS_MARKED_MILLI
    }

    pub fn differs(&self, row: &SampleRow) -> bool {
        row.second_milli.is_some_and(|second| (second - row.score_milli).abs() > SAMPLE_DIFFERENCE_MILLI)
    }
}

#[derive(Template)]
#[template(path = "reviews/profile.html")]
pub struct ProfilePage {
    pub page: Page,
    pub form: Form,
    pub skills: Vec<Choice>,
    pub relations: Vec<Choice>,
    pub interests: Vec<Interest>,
    /// A phone number and an address are on file.
    pub has_phone: bool,
    pub has_address: bool,
}
