//! One application as managers and auditors see it: panel, scores, decision, what may be done next.

use super::{Content, EnvelopeLine, Said, Sheet, application_colour, assignment_colour};
use crate::{
    applications::ApplicationState,
    audit::{Act, RecordRow},
    core::money::Won,
    programmes::CallRules,
    reviews::{
        panel::Candidate,
        rules::{clock::Elapsed, *},
        store::{Approval, Assignment, Decision, Objection, Proposal, ReviewResult},
    },
    web::{Choice, Form, Page},
};
use askama::Template;
use chrono::{DateTime, Utc};

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
    /// Of the envelopes that it counts against.
    pub envelopes: Vec<EnvelopeLine>,
}

/// A decision that waits, with those who approved it.
pub struct Pending {
    pub proposal: Proposal,
    pub approvals: Vec<Approval>,
    /// This reader is one of them.
    pub is_mine: bool,
    pub said: Said,
}

/// Whether advice of a model can be read or asked for, and whether one waits for a judgement.
pub struct AdviceLine {
    pub waits: bool,
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
    /// Locked scores of this round.
    pub locked: i64,
    /// How far the totals lay apart when one more reader was asked for.
    pub wide: Option<i64>,
    pub candidates: Vec<Candidate>,
    pub sheets: Vec<Sheet>,
    pub result: Option<ReviewResult>,
    pub rank: i64,
    pub room: Room,
    pub clock: Option<Elapsed>,
    pub clock_stands: bool,
    pub decision: Option<Decision>,
    /// Why it was decided.
    pub said: Option<Said>,
    /// The catalogue, to choose from.
    pub reasons: Vec<Reason>,
    /// Until when it can be undone; None when it no longer can.
    pub undo_until: Option<DateTime<Utc>>,
    pub pending: Option<Pending>,
    /// None where nobody is to see anything of it.
    pub advice: Option<AdviceLine>,
    pub objection: Option<Objection>,
    pub is_manager: bool,
    /// What this reader did on the case that keeps them from deciding.
    pub clash: Option<Act>,
    pub decided_before: bool,
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
        self.is_manager
            && self.missing > 0
            && self.result.is_none()
            && matches!(state, ApplicationState::Eligible | ApplicationState::InReview)
    }

    /// With a quorum of locked scores and somebody who has not scored.
    pub fn may_close(&self) -> bool {
        self.is_manager
            && self.result.is_none()
            && self.content.application.state == ApplicationState::InReview
            && self.locked >= self.rules.review.quorum
    }

    pub fn may_ask(&self) -> bool {
        self.is_manager && self.content.application.state == ApplicationState::InReview
    }

    pub fn waits_for_decision(&self) -> bool {
        let state = self.content.application.state;
        self.result.is_some()
            && self.pending.is_none()
            && matches!(state, ApplicationState::InReview | ApplicationState::Reserve)
    }

    pub fn pass_mark(&self) -> i64 {
        self.rules.mark()
    }

    pub fn passes(&self) -> bool {
        self.result.as_ref().is_some_and(|result| passes(result.score_milli, self.rules.mark()))
    }

    /// The names of the criteria below their minimum.
    pub fn below(&self) -> String {
        let below = self.result.as_ref().map(|result| result.below.as_str()).unwrap_or_default();
        named(&self.page, &self.rules, below)
    }

    /// The managers whom a selection of this amount takes.
    pub fn approvers(&self) -> i64 {
        self.rules.review.approvers(self.content.application.support_won)
    }

    pub fn free(&self) -> Vec<Choice> {
        let choice = |candidate: &Candidate| {
            let mut choice = Choice::new(candidate.person.to_string(), candidate.name.clone());
            let mut remarks = vec![self.page.t1("reviews-open-assignments", "count", candidate.open)];
            for (applies, key) in [
                (candidate.skilled, "reviews-knows-the-use"),
                (candidate.full, "reviews-has-enough"),
                (!candidate.reads, "reviews-reads-no-english"),
            ] {
                if applies {
                    remarks.push(self.page.t(key));
                }
            }
            choice.hint = Some(remarks.join(" · "));
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
        for outcome in DecisionOutcome::ALL {
            let fitting = self.reasons.iter().filter(|reason| reason.fits(*outcome));
            let fresh = fitting.filter(|reason| reason.outcomes().first() == Some(outcome));
            choices.extend(fresh.map(|reason| {
                let words = |one: &DecisionOutcome| self.page.code("decision-outcome", one);
                let outcomes: Vec<String> = reason.outcomes().iter().map(words).collect();
                Choice::new(reason.code.clone(), format!("{}: {}", outcomes.join(" · "), reason.name(self.page.lang)))
            }));
        }
        choices
    }

    /// What a reason may rest on.
    pub fn grounds(&self) -> Vec<Choice> {
        let choice = |on: RestsOn| {
            let family = match &on {
                RestsOn::Criterion(_) => "reviews-criterion",
                RestsOn::Condition(_) => "reviews-condition",
            };
            let name = on.name(&self.rules, self.page.lang).unwrap_or_default();
            Choice::new(on.to_string(), format!("{}: {name}", self.page.t(family)))
        };
        let none = Choice::new("", self.page.t("reviews-rests-on-nothing"));
        std::iter::once(none).chain(RestsOn::choices(&self.rules).into_iter().map(choice)).collect()
    }

    pub fn fields_to_ask(&self) -> Vec<Choice> {
        fields_to_ask(&self.page)
    }

    pub fn remark(&self, seat: &Seat) -> String {
        let seen = seat.assignment.conflict_kind.map(|kind| self.page.code("conflict", kind));
        seen.or_else(|| seat.assignment.conflict_reason.clone()).unwrap_or_default()
    }
}

/// The names of criteria by their codes.
pub fn named(page: &Page, rules: &CallRules, codes: &str) -> String {
    let name = |code: &str| {
        let item = rules.rubric.iter().find(|item| item.code == code);
        item.map_or_else(|| code.to_owned(), |item| page.lang.of(&item.name_ko, &item.name_en).to_owned())
    };
    codes.split(',').filter(|code| !code.is_empty()).map(name).collect::<Vec<_>>().join(", ")
}

/// The fields that a question can be about.
pub fn fields_to_ask(page: &Page) -> Vec<Choice> {
    let mut choices = vec![Choice::new("", page.t("choose-one"))];
    choices.extend(Choice::codes(page.lang, "clarified-field", ClarifiedField::ALL));
    choices
}
