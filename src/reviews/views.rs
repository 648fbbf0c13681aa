//! What the pages of reviews show.

use super::{
    panel::Candidate,
    rules::*,
    store::{Assignment, CallName, Decision, OwnRow, QueueRow, RankedRow, ReviewResult, ScoreRow},
};
use crate::{
    applications::{Application, ApplicationState, CostLine, Indicator},
    audit::{Act, RecordRow},
    core::money::Won,
    programmes::{CallRules, RubricItem},
    web::{Choice, Form, Page, list::ListView},
};
use askama::Template;

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

/// Somebody on the panel.
pub struct Seat {
    pub name: String,
    pub assignment: Assignment,
}

impl Seat {
    pub fn colour(&self) -> &'static str {
        assignment_colour(self.assignment.state)
    }
}

/// The money that a selection would need, as it stands.
pub struct Room {
    pub budget_left: Won,
    pub cap_left: Won,
}

#[derive(Template)]
#[template(path = "reviews/case.html")]
pub struct CasePage {
    pub page: Page,
    pub form: Form,
    pub content: Content,
    pub rules: CallRules,
    pub seats: Vec<Seat>,
    /// Reviewers still to be assigned.
    pub missing: i64,
    pub candidates: Vec<Candidate>,
    pub sheets: Vec<Sheet>,
    pub result: Option<ReviewResult>,
    pub rank: i64,
    pub room: Room,
    pub decision: Option<Decision>,
    pub is_manager: bool,
    /// What this reader did on the case that keeps them from deciding.
    pub clash: Option<Act>,
    pub proof_needed: bool,
    pub history: Vec<RecordRow>,
}

impl CasePage {
    pub fn state_colour(&self) -> &'static str {
        application_colour(self.content.application.state)
    }

    pub fn may_offer(&self) -> bool {
        self.is_manager && self.content.application.state == ApplicationState::Selected
    }

    pub fn may_assign(&self) -> bool {
        let state = self.content.application.state;
        self.is_manager && self.missing > 0 && matches!(state, ApplicationState::Eligible | ApplicationState::InReview)
    }

    pub fn waits_for_decision(&self) -> bool {
        let state = self.content.application.state;
        self.result.is_some() && matches!(state, ApplicationState::InReview | ApplicationState::Reserve)
    }

    pub fn passes(&self) -> bool {
        self.result.as_ref().is_some_and(|result| passes(result.score_milli, self.rules.pass_mark))
    }

    pub fn free(&self) -> Vec<Choice> {
        let choice = |candidate: &Candidate| {
            let mut choice = Choice::new(candidate.person.to_string(), candidate.name.clone());
            choice.hint = Some(self.page.t1("reviews-open-assignments", "count", candidate.open));
            choice
        };
        self.candidates.iter().filter(|candidate| candidate.is_free()).map(choice).collect()
    }

    /// Reviewers who cannot be chosen because of what the records show.
    pub fn barred(&self) -> Vec<(String, String)> {
        let why = |candidate: &Candidate| {
            let conflict = candidate.conflict?;
            Some((candidate.name.clone(), self.page.code("conflict", conflict)))
        };
        self.candidates.iter().filter(|candidate| !candidate.taken).filter_map(why).collect()
    }

    pub fn outcomes(&self) -> Vec<Choice> {
        let open = |outcome: &&DecisionOutcome| match self.content.application.state {
            ApplicationState::Reserve => **outcome == DecisionOutcome::Selected,
            _ => true,
        };
        let open: Vec<DecisionOutcome> = DecisionOutcome::ALL.iter().filter(open).copied().collect();
        Choice::codes(self.page.lang, "decision-outcome", &open)
    }

    pub fn reasons(&self) -> Vec<Choice> {
        let mut choices = vec![Choice::new("", self.page.t("choose-one"))];
        choices.extend(Choice::codes(self.page.lang, "decision-reason", DecisionReason::ALL));
        choices
    }
}

#[derive(Template)]
#[template(path = "reviews/mine.html")]
pub struct MinePage {
    pub page: Page,
    pub rows: Vec<OwnRow>,
    pub list: ListView,
    pub locked: bool,
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
}

impl ScorePage {
    pub fn is_locked(&self) -> bool {
        self.assignment.state == AssignmentState::Locked
    }

    /// Whether the application still waits for this reviewer.
    pub fn may_score(&self) -> bool {
        !self.is_locked() && self.content.application.state == ApplicationState::InReview
    }
}

/// A row of the ranking with its place and the lines it is on the near side of.
pub struct Placed {
    pub row: RankedRow,
    pub rank: i64,
    pub passes: bool,
    /// Whether the budget that is left covers it and all that wait before it.
    pub fits: bool,
    pub cap_left: Won,
    /// The first below the pass mark on this page.
    pub first_failing: bool,
    /// The first that the budget no longer covers on this page.
    pub first_beyond: bool,
}

/// Where a page of the ranking begins, and the lines drawn through it.
pub struct Lines {
    /// The place of the first row.
    pub rank: i64,
    /// What those before the first row ask for who still wait.
    pub asked: Won,
    pub pass_mark: i64,
    pub budget_left: Won,
}

impl Placed {
    /// Places rows in their order; `caps` is what is left of each one's firm.
    pub fn line_up(rows: Vec<RankedRow>, caps: Vec<Won>, lines: Lines) -> Vec<Placed> {
        let mut placed: Vec<Placed> = Vec::new();
        let mut asked = lines.asked;
        for ((row, cap_left), rank) in rows.into_iter().zip(caps).zip(lines.rank..) {
            let passes = passes(row.score_milli, lines.pass_mark);
            let waits = matches!(row.state, ApplicationState::InReview | ApplicationState::Reserve);
            if passes && waits {
                asked = asked.plus(row.support_won);
            }
            let fits = asked <= lines.budget_left;
            let (was_passing, was_fitting) = placed.last().map_or((true, true), |last| (last.passes, last.fits));
            let (first_failing, first_beyond) = (was_passing && !passes, was_fitting && !fits && passes);
            placed.push(Placed { row, rank, passes, fits, cap_left, first_failing, first_beyond });
        }
        placed
    }

    pub fn colour(&self) -> &'static str {
        application_colour(self.row.state)
    }

    pub fn cap_is_short(&self) -> bool {
        self.is_waiting() && self.cap_left < self.row.support_won
    }

    pub fn is_waiting(&self) -> bool {
        matches!(self.row.state, ApplicationState::InReview | ApplicationState::Reserve)
    }
}

#[derive(Template)]
#[template(path = "reviews/ranking.html")]
pub struct RankingPage {
    pub page: Page,
    pub calls: Vec<CallName>,
    pub call: String,
    pub rows: Vec<Placed>,
    pub list: ListView,
    pub pass_mark: i64,
    pub budget_left: Won,
}

impl RankingPage {
    pub fn call_choices(&self) -> Vec<Choice> {
        call_choices(&self.page, &self.calls)
    }
}
