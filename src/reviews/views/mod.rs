//! What the pages of reviews show: lists, content and scores here, one case, decisions and quality beside.

mod advice;
mod case;
mod deciding;
mod quality;

pub use advice::*;
pub use case::*;
pub use deciding::*;
pub use quality::*;

use super::{
    rules::{blind::hide, *},
    store::{Assignment, CallName, Clarification, OwnRow, QueueRow, ScoreRow, WaitingRow},
};
use crate::{
    applications::{Application, ApplicationState, CostLine, Indicator},
    programmes::RubricItem,
    web::{Choice, Form, Page, list::ListView},
};
use askama::Template;
use chrono::{DateTime, Utc};

/// The colour of an application's state.
fn application_colour(state: ApplicationState) -> &'static str {
    match state {
        ApplicationState::Eligible => "yellow",
        ApplicationState::InReview => "blue",
        ApplicationState::Selected | ApplicationState::Agreed | ApplicationState::Closed => "green",
        ApplicationState::Reserve => "purple",
        ApplicationState::Rejected => "red",
        _ => "grey",
    }
}

fn assignment_colour(state: AssignmentState) -> &'static str {
    match state {
        AssignmentState::Proposed => "yellow",
        AssignmentState::Accepted => "blue",
        AssignmentState::Recused => "orange",
        AssignmentState::Locked => "green",
        AssignmentState::Released => "grey",
    }
}

/// A select of calls above a list.
fn call_choices(page: &Page, calls: &[CallName]) -> Vec<Choice> {
    calls.iter().map(|call| Choice::new(call.id.to_string(), page.lang.of(&call.name_ko, &call.name_en))).collect()
}

#[derive(Template)]
#[template(path = "reviews/queue.html")]
pub struct QueuePage {
    pub page: Page,
    pub rows: Vec<QueueRow>,
    pub list: ListView,
    pub calls: Vec<CallName>,
    pub call: String,
    pub state: String,
    /// Decisions that wait for another manager.
    pub proposals: Vec<WaitingRow>,
    pub is_manager: bool,
}

impl QueuePage {
    pub fn call_choices(&self) -> Vec<Choice> {
        call_choices(&self.page, &self.calls)
    }

    pub fn state_choices(&self) -> Vec<Choice> {
        use ApplicationState::*;
        Choice::codes(self.page.lang, "application-state", &[Eligible, InReview, Selected, Reserve, Rejected])
    }

    pub fn colour(&self, row: &QueueRow) -> &'static str {
        application_colour(row.state)
    }
}

/// What is frozen of an application, as reviewers read it.
pub struct Content {
    pub application: Application,
    pub firm_name: String,
    pub vendor_name: String,
    pub use_case: String,
    pub indicators: Vec<Indicator>,
    pub costs: Vec<CostLine>,
    /// What the firm was asked, and what it answered.
    pub clarifications: Vec<Clarification>,
    pub now: DateTime<Utc>,
}

impl Content {
    /// Without what names the firm.
    pub fn hidden(mut self, names: &[String]) -> Content {
        let conceal = |text: &mut String| *text = hide(text, names);
        self.firm_name = blind::MASK.to_owned();
        let application = &mut self.application;
        for text in [
            &mut application.title,
            &mut application.process_name,
            &mut application.problem,
            &mut application.plan,
            &mut application.human_oversight,
        ] {
            conceal(text);
        }
        for indicator in &mut self.indicators {
            conceal(&mut indicator.name);
            conceal(&mut indicator.baseline_source);
        }
        for cost in &mut self.costs {
            conceal(&mut cost.description);
        }
        for asked in &mut self.clarifications {
            conceal(&mut asked.question);
            asked.answer.as_mut().map(conceal);
        }
        self
    }
}

/// One reviewer's scores, item by item in the order of the rubric.
pub struct Sheet {
    pub reviewer: String,
    /// Once locked.
    pub total: Option<String>,
    pub lines: Vec<SheetLine>,
}

pub struct SheetLine {
    pub name: String,
    pub weight: i64,
    pub points: i64,
    pub comment: String,
}

impl Sheet {
    /// From rows in the order of their reviewers.
    pub fn group(page: &Page, rubric: &[RubricItem], rows: &[ScoreRow]) -> Vec<Sheet> {
        let mut reviewers: Vec<&ScoreRow> = Vec::new();
        for row in rows {
            if !reviewers.iter().any(|seen| seen.assignment_id == row.assignment_id) {
                reviewers.push(row);
            }
        }
        let sheet = |first: &&ScoreRow| {
            let line = |item: &RubricItem| {
                let row = rows.iter().find(|row| row.assignment_id == first.assignment_id && row.item == item.code)?;
                Some(SheetLine {
                    name: page.lang.of(&item.name_ko, &item.name_en).to_owned(),
                    weight: item.weight,
                    points: row.points,
                    comment: row.comment.clone(),
                })
            };
            let lines = rubric.iter().filter_map(line).collect();
            Sheet {
                reviewer: first.reviewer_name.clone(),
                total: first.total_milli.map(|total| page.milli(total)),
                lines,
            }
        };
        reviewers.iter().map(sheet).collect()
    }
}

#[derive(Template)]
#[template(path = "reviews/mine.html")]
pub struct MinePage {
    pub page: Page,
    pub rows: Vec<OwnRow>,
    pub list: ListView,
    pub locked: bool,
    /// The reviewer has said nothing about themselves yet.
    pub no_profile: bool,
}

impl MinePage {
    pub fn colour(&self, row: &OwnRow) -> &'static str {
        assignment_colour(row.state)
    }
}

/// An item of the rubric with its fields on the scoring form.
pub struct ScoreField {
    pub name: String,
    pub weight: i64,
    pub minimum: i64,
    /// What points mean, line by line.
    pub anchors: Vec<String>,
    pub points: &'static str,
    pub comment: &'static str,
}

#[derive(Template)]
#[template(path = "reviews/score.html")]
pub struct ScorePage {
    pub page: Page,
    pub form: Form,
    pub content: Content,
    pub assignment: Assignment,
    pub fields: Vec<ScoreField>,
    /// One's own once locked; everybody's once all have locked.
    pub sheets: Vec<Sheet>,
    pub fields_to_ask: Vec<Choice>,
}

impl ScorePage {
    pub fn is_sample(&self) -> bool {
        self.assignment.purpose == Purpose::Sample
    }

    pub fn may_ask(&self) -> bool {
        self.may_score() && !self.is_sample()
    }

    pub fn is_locked(&self) -> bool {
        self.assignment.state == AssignmentState::Locked
    }

    /// Whether the application still waits for this reviewer.
    pub fn may_score(&self) -> bool {
        !self.is_locked() && (self.is_sample() || self.content.application.state == ApplicationState::InReview)
    }
}
