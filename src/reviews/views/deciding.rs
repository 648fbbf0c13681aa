//! The ranking, plans of decisions, the draw, letters and objections.

use super::{application_colour, call_choices};
use crate::{
    applications::{Application, ApplicationState},
    audit::{Act, RecordRow},
    core::money::Won,
    programmes::{CallId, Envelope},
    reviews::{
        rules::{clock::Elapsed, *},
        store::{
            Bulk, BulkCount, BulkRow, CallName, Clarification, Decision, Draw, LotRow, Objection, ObjectionCount,
            RankedRow,
        },
    },
    web::{Choice, Form, Page, list::ListView},
};
use askama::Template;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// An envelope of a track, region or sector, and what is left of it.
pub struct EnvelopeLine {
    /// The id of its cap.
    pub cap: Uuid,
    pub envelope: Envelope,
    pub left: Won,
}

impl EnvelopeLine {
    pub fn name(&self, page: &Page) -> String {
        format!("{}: {}", page.code("cap-subject", self.envelope.subject), self.envelope.name(page.lang))
    }
}

/// A row of the ranking with its place and the lines it is on the near side of.
pub struct Placed {
    pub row: RankedRow,
    pub rank: i64,
    /// Reaches the pass mark, and every criterion its minimum.
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
    /// Places rows in their order; `firm_cap` is what the programme may commit to one firm. Answers also what all of
    /// them and those before ask for.
    pub fn line_up(rows: Vec<RankedRow>, firm_cap: Won, lines: Lines) -> (Vec<Placed>, Won) {
        let mut placed: Vec<Placed> = Vec::new();
        let mut asked = lines.asked;
        for (row, rank) in rows.into_iter().zip(lines.rank..) {
            let cap_left = firm_cap.minus(row.cap_used_won);
            let passes = passes(row.score_milli, lines.pass_mark) && row.below.is_empty();
            let waits = matches!(row.state, ApplicationState::InReview | ApplicationState::Reserve);
            if passes && waits {
                asked = asked.plus(row.support_won);
            }
            let fits = asked <= lines.budget_left;
            let (was_passing, was_fitting) = placed.last().map_or((true, true), |last| (last.passes, last.fits));
            let (first_failing, first_beyond) = (was_passing && !passes, was_fitting && !fits && passes);
            placed.push(Placed { row, rank, passes, fits, cap_left, first_failing, first_beyond });
        }
        (placed, asked)
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
    pub form: Form,
    pub calls: Vec<CallName>,
    pub call: CallId,
    pub tracks: Vec<Choice>,
    pub track: String,
    pub rows: Vec<Placed>,
    pub list: ListView,
    pub pass_mark: i64,
    pub budget_left: Won,
    /// What is left of the quota of the chosen track.
    pub quota_left: Option<Won>,
    pub envelopes: Vec<EnvelopeLine>,
    pub draws: bool,
    pub is_lottery: bool,
    pub bulks: Vec<Bulk>,
    pub is_manager: bool,
    pub proof_needed: bool,
}

impl RankingPage {
    pub fn call_choices(&self) -> Vec<Choice> {
        call_choices(&self.page, &self.calls)
    }

    pub fn outcomes(&self) -> Vec<Choice> {
        Choice::codes(self.page.lang, "decision-outcome", DecisionOutcome::ALL)
    }

    pub fn bulk_colour(&self, bulk: &Bulk) -> &'static str {
        bulk_colour(bulk.state)
    }
}

fn bulk_colour(state: BulkState) -> &'static str {
    match state {
        BulkState::Preview => "yellow",
        BulkState::Running => "blue",
        BulkState::Done => "green",
        BulkState::Dropped => "grey",
    }
}

/// A plan of decisions, before and while it is worked off.
#[derive(Template)]
#[template(path = "reviews/bulk.html")]
pub struct BulkPage {
    pub page: Page,
    pub form: Form,
    pub bulk: Bulk,
    pub counts: Vec<BulkCount>,
    pub rows: Vec<BulkRow>,
    pub reasons: Vec<Reason>,
    pub envelopes: Vec<EnvelopeLine>,
    pub next: Option<String>,
    pub is_mine: bool,
    pub is_manager: bool,
    pub proof_needed: bool,
}

impl BulkPage {
    /// Where its buttons lead.
    pub fn steps(&self) -> String {
        format!("/reviews/bulk/{}/steps", self.bulk.id)
    }

    pub fn colour(&self) -> &'static str {
        bulk_colour(self.bulk.state)
    }

    /// The reason, and which envelope is short.
    pub fn reason(&self, row: &BulkRow) -> String {
        let known = self.reasons.iter().find(|reason| reason.is(row.reason));
        let reason = known.map_or(row.reason.as_str(), |reason| reason.name(self.page.lang));
        match self.envelopes.iter().find(|line| Some(line.cap) == row.short_of) {
            Some(line) => format!("{reason} ({})", line.name(&self.page)),
            None => reason.to_owned(),
        }
    }

    /// What became of a row, in words.
    pub fn said(&self, row: &BulkRow) -> String {
        match row.result {
            None => String::new(),
            Some(BulkResult::Refused) => self.page.lang.of(&row.refusal_ko, &row.refusal_en).to_owned(),
            Some(result) => self.page.code("bulk-result", result),
        }
    }

    pub fn result(&self, count: &BulkCount) -> String {
        count.result.map_or_else(|| self.page.t("reviews-bulk-waits"), |result| self.page.code("bulk-result", result))
    }
}

/// The catalogue of reasons.
#[derive(Template)]
#[template(path = "reviews/reasons.html")]
pub struct ReasonsPage {
    pub page: Page,
    pub reasons: Vec<Reason>,
    pub history: Vec<RecordRow>,
    pub may_edit: bool,
}

impl ReasonsPage {
    pub fn name<'a>(&self, reason: &'a Reason) -> &'a str {
        reason.name(self.page.lang)
    }

    pub fn letter<'a>(&self, reason: &'a Reason) -> &'a str {
        reason.letter(self.page.lang)
    }

    /// What it can be the reason of; by the call's rules alone where nobody may choose it.
    pub fn outcomes(&self, reason: &Reason) -> String {
        let outcomes = reason.outcomes();
        if outcomes.is_empty() {
            return self.page.t("reasons-by-rules");
        }
        outcomes.iter().map(|outcome| self.page.code("decision-outcome", outcome)).collect::<Vec<_>>().join(", ")
    }
}

/// The draw of a call, for anybody.
#[derive(Template)]
#[template(path = "reviews/draw.html")]
pub struct DrawPage {
    pub page: Page,
    pub call: CallId,
    pub call_name: String,
    pub draw: Option<Draw>,
    pub lots: Vec<(LotRow, String)>,
    pub list: Option<ListView>,
    /// A receipt number that somebody computes the lot of.
    pub receipt: String,
    pub lot: Option<String>,
}

/// Why something was decided, in a reader's words, as it was worded then.
#[derive(Debug, Clone)]
pub struct Said {
    pub name: String,
    pub letter: String,
    /// Names of the criteria or conditions that it rests on.
    pub rests_on: String,
}

/// One criterion as a firm reads it.
pub struct CriterionLine {
    pub name: String,
    pub weight: i64,
    pub mean_milli: i64,
    pub minimum: i64,
    pub comments: Vec<String>,
}

/// What a firm reads about the review of its application: the clock, questions, the decision's letter, its objection.
#[derive(Template)]
#[template(path = "reviews/letter.html")]
pub struct LetterPage {
    pub page: Page,
    pub application: Application,
    pub firm_name: String,
    pub call_name: String,
    pub decision: Option<Decision>,
    /// Of the call itself; empty where it has none.
    pub own_words: String,
    pub said: Option<Said>,
    pub criteria: Vec<CriterionLine>,
    pub clock: Option<Elapsed>,
    pub clock_stands: bool,
    pub clarifications: Vec<Clarification>,
    pub objection: Option<Objection>,
    pub objection_until: Option<DateTime<Utc>>,
    pub is_firm: bool,
    pub now: DateTime<Utc>,
}

impl LetterPage {
    pub fn state_colour(&self) -> &'static str {
        application_colour(self.application.state)
    }

    pub fn may_object(&self) -> bool {
        self.is_firm && self.objection.is_none() && self.objection_until.is_some_and(|until| self.now < until)
    }
}

#[derive(Template)]
#[template(path = "reviews/objections.html")]
pub struct ObjectionsPage {
    pub page: Page,
    pub rows: Vec<Objection>,
    pub list: ListView,
    pub state: String,
    pub counts: Vec<ObjectionCount>,
    /// Of those heard, how many of a thousand were upheld.
    pub upheld_milli: Option<i64>,
}

impl ObjectionsPage {
    pub fn states(&self) -> Vec<Choice> {
        Choice::codes(self.page.lang, "objection-state", ObjectionState::ALL)
    }

    pub fn colour(&self, row: &Objection) -> &'static str {
        objection_colour(row.state)
    }
}

fn objection_colour(state: ObjectionState) -> &'static str {
    match state {
        ObjectionState::Filed => "yellow",
        ObjectionState::Dismissed => "grey",
        ObjectionState::DecidedAnew | ObjectionState::ScoredAnew => "green",
    }
}

#[derive(Template)]
#[template(path = "reviews/objection.html")]
pub struct ObjectionPage {
    pub page: Page,
    pub form: Form,
    pub objection: Objection,
    pub decision: Option<(Decision, Said)>,
    pub is_manager: bool,
    pub clash: Option<Act>,
    pub proof_needed: bool,
}

impl ObjectionPage {
    pub fn colour(&self) -> &'static str {
        objection_colour(self.objection.state)
    }

    pub fn is_open(&self) -> bool {
        self.objection.state == ObjectionState::Filed
    }

    pub fn findings(&self) -> Vec<Choice> {
        use ObjectionState::*;
        let open =
            if self.decision.is_some() { &[Dismissed, DecidedAnew, ScoredAnew][..] } else { &[Dismissed, DecidedAnew] };
        Choice::codes(self.page.lang, "objection-state", open)
    }
}
