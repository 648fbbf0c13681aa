//! What people send about reviews.

use super::{actions::Why, rules::*};
use crate::{
    core::{form::FormErrors, numbers::BusinessNumber, refusal::Refusal},
    people::PersonId,
    programmes::{CallId, RubricItem},
    web::form::filled,
};
use chrono::NaiveDate;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The chosen reviewers, or the wish that the least loaded be taken.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssignForm {
    #[serde(default)]
    pub reviewer: Vec<String>,
    #[serde(default)]
    pub how: String,
}

pub enum Choosing {
    ByLoad,
    These(Vec<PersonId>),
}

impl AssignForm {
    pub fn parse(self) -> Result<Choosing, FormErrors> {
        if self.how == "load" {
            return Ok(Choosing::ByLoad);
        }
        let mut errors = FormErrors::new();
        let chosen: Vec<PersonId> = self.reviewer.iter().filter_map(|text| text.parse().ok()).collect();
        if chosen.is_empty() {
            errors.add("reviewer", "reviews-choose-reviewers");
        }
        errors.done(Choosing::These(chosen))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclareForm {
    #[serde(default)]
    pub conflict: String,
    #[serde(default)]
    pub conflict_reason: String,
}

impl DeclareForm {
    /// The reason of a conflict; None when there is none.
    pub fn parse(self) -> Result<Option<String>, FormErrors> {
        let mut errors = FormErrors::new();
        let conflict = match self.conflict.as_str() {
            "none" => None,
            "yes" => Some(errors.text("conflict_reason", &self.conflict_reason, COMMENT_CHARS_MAX)),
            _ => {
                errors.add("conflict", "form-choose");
                None
            }
        };
        errors.done(conflict)
    }
}

/// Scores by the place of their item in the rubric: `points_1`, `comment_1` and so on; `act` is `save` or `lock`.
pub struct ScoreForm(pub BTreeMap<String, String>);

impl ScoreForm {
    pub fn locks(&self) -> bool {
        self.0.get("act").is_some_and(|act| act == "lock")
    }

    /// What was filled in; items without points are left out. A form with other fields than the rubric's is refused.
    pub fn parse(self, rubric: &[RubricItem]) -> Result<Vec<ItemScore>, FormErrors> {
        let mut errors = FormErrors::new();
        let mut scores = Vec::new();
        let fields = || POINTS_FIELDS.into_iter().zip(COMMENT_FIELDS).take(rubric.len());
        if self
            .0
            .keys()
            .any(|name| name != "act" && !fields().any(|(points, comment)| name == points || name == comment))
        {
            errors.refuse("", Refusal::unacceptable("refusal-form-malformed"));
        }
        for (item, (points_field, comment_field)) in rubric.iter().zip(fields()) {
            let text = |field| self.0.get(field).map(String::as_str).unwrap_or_default();
            let comment = errors.optional_text(comment_field, text(comment_field), COMMENT_CHARS_MAX);
            if text(points_field).trim().is_empty() {
                if !comment.is_empty() {
                    errors.add(points_field, "form-required");
                }
                continue;
            }
            let points = errors.integer(points_field, text(points_field), 0..=100);
            scores.push(ItemScore { item: item.code.clone(), points, comment });
        }
        errors.done(scores)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionForm {
    #[serde(default)]
    pub outcome: String,
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub rests_on: String,
    #[serde(default)]
    pub note: String,
}

pub struct NewDecision {
    pub outcome: DecisionOutcome,
    pub why: Why,
    pub note: String,
}

impl DecisionForm {
    pub fn parse(self) -> Result<NewDecision, FormErrors> {
        let mut errors = FormErrors::new();
        let outcome = errors.choice("outcome", &self.outcome).unwrap_or(DecisionOutcome::Rejected);
        if self.reason.is_empty() {
            errors.add("reason", "form-choose");
        }
        let rests_on = filled(&self.rests_on).and_then(|text| errors.choice("rests_on", text));
        let note = errors.optional_text("note", &self.note, COMMENT_CHARS_MAX);
        let why = Why { reason: self.reason, rests_on: rests_on.into_iter().collect() };
        errors.done(NewDecision { outcome, why, note })
    }
}

/// One wording of a reason; `version` is the one that was looked at, 0 for a new reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordingForm {
    pub version: String,
    pub code: String,
    #[serde(default)]
    pub outcomes: Vec<String>,
    #[serde(default)]
    pub basis: String,
    pub name_ko: String,
    pub name_en: String,
    pub letter_ko: String,
    pub letter_en: String,
    pub note: String,
    #[serde(default)]
    pub retire: String,
}

impl WordingForm {
    pub fn parse(self) -> Result<(i64, Wording), FormErrors> {
        let mut errors = FormErrors::new();
        let base: i64 = self.version.parse().unwrap_or_default();
        let code = errors.line("code", &self.code, 40);
        if !code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
            errors.add("code", "reasons-code-form");
        }
        // The program's own reasons keep outcomes and basis: their form does not ask.
        let is_fixed = base > 0 && code.parse::<DecisionReason>().is_ok();
        let basis = match is_fixed {
            true => Basis::Ranking,
            false => errors.choice("basis", &self.basis).unwrap_or(Basis::Rule),
        };
        let wording = Wording {
            code,
            outcomes: self.outcomes.iter().filter_map(|outcome| outcome.parse().ok()).collect(),
            basis,
            name: [errors.line("name_ko", &self.name_ko, 80), errors.line("name_en", &self.name_en, 80)],
            letter: [
                errors.text("letter_ko", &self.letter_ko, COMMENT_CHARS_MAX),
                errors.text("letter_en", &self.letter_en, COMMENT_CHARS_MAX),
            ],
            retired: self.retire == "yes",
            note: errors.text("note", &self.note, COMMENT_CHARS_MAX),
        };
        errors.done((base, wording))
    }
}

/// A reason in words.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonForm {
    #[serde(default)]
    pub why: String,
}

impl ReasonForm {
    pub fn parse(self) -> Result<String, FormErrors> {
        let mut errors = FormErrors::new();
        let why = errors.text("why", &self.why, COMMENT_CHARS_MAX);
        errors.done(why)
    }
}

/// What a person makes of an answer of a model.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JudgementForm {
    #[serde(default)]
    judgement: String,
    #[serde(default)]
    advice_note: String,
}

impl JudgementForm {
    pub fn parse(self) -> Result<(Judgement, String), FormErrors> {
        let mut errors = FormErrors::new();
        let judgement: Option<Judgement> = errors.choice("judgement", &self.judgement);
        let note = match judgement {
            Some(Judgement::Overridden) => errors.text("advice_note", &self.advice_note, COMMENT_CHARS_MAX),
            _ => errors.optional_text("advice_note", &self.advice_note, COMMENT_CHARS_MAX),
        };
        match judgement {
            Some(judgement) => errors.done((judgement, note)),
            None => Err(errors),
        }
    }
}

/// A button about a call.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallForm {
    pub call: CallId,
}

/// What a bulk decision is to take up.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkForm {
    pub call: CallId,
    #[serde(default)]
    pub outcomes: Vec<String>,
    #[serde(default)]
    pub bulk_note: String,
}

impl BulkForm {
    pub fn parse(self) -> Result<(CallId, Vec<DecisionOutcome>, String), FormErrors> {
        let mut errors = FormErrors::new();
        let outcomes: Vec<DecisionOutcome> = self.outcomes.iter().filter_map(|text| text.parse().ok()).collect();
        if outcomes.is_empty() {
            errors.add("outcomes", "form-choose");
        }
        let note = match outcomes.contains(&DecisionOutcome::Rejected) {
            true => errors.text("bulk_note", &self.bulk_note, COMMENT_CHARS_MAX),
            false => errors.optional_text("bulk_note", &self.bulk_note, COMMENT_CHARS_MAX),
        };
        errors.done((self.call, outcomes, note))
    }
}

/// A question about one field.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskForm {
    #[serde(default)]
    pub field: String,
    #[serde(default)]
    pub question: String,
}

pub struct NewQuestion {
    pub field: ClarifiedField,
    pub question: String,
}

impl AskForm {
    pub fn parse(self) -> Result<NewQuestion, FormErrors> {
        let mut errors = FormErrors::new();
        let field = errors.choice("field", &self.field).unwrap_or(ClarifiedField::Plan);
        let question = errors.text("question", &self.question, COMMENT_CHARS_MAX);
        errors.done(NewQuestion { field, question })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerForm {
    #[serde(default)]
    pub answer: String,
}

impl AnswerForm {
    pub fn parse(self) -> Result<String, FormErrors> {
        let mut errors = FormErrors::new();
        let answer = errors.text("answer", &self.answer, ANSWER_CHARS_MAX);
        errors.done(answer)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectionForm {
    #[serde(default)]
    pub grounds: String,
}

impl ObjectionForm {
    pub fn parse(self) -> Result<String, FormErrors> {
        let mut errors = FormErrors::new();
        let grounds = errors.text("grounds", &self.grounds, ANSWER_CHARS_MAX);
        errors.done(grounds)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HearingForm {
    #[serde(default)]
    pub finding: String,
    #[serde(default)]
    pub why: String,
}

impl HearingForm {
    /// The finding as the state it leads to, and its grounds.
    pub fn parse(self) -> Result<(ObjectionState, String), FormErrors> {
        let mut errors = FormErrors::new();
        let finding = errors.choice("finding", &self.finding).unwrap_or(ObjectionState::Dismissed);
        if finding == ObjectionState::Filed {
            errors.add("finding", "form-choose");
        }
        let why = errors.text("why", &self.why, ANSWER_CHARS_MAX);
        errors.done((finding, why))
    }
}

/// What a reviewer can judge and how much they take.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileForm {
    #[serde(default)]
    pub skills: Vec<String>,
    #[serde(default)]
    pub reads_english: String,
    #[serde(default)]
    pub load_max: String,
    #[serde(default)]
    pub phone: String,
    #[serde(default)]
    pub address: String,
}

pub struct NewProfile {
    pub skills: Vec<String>,
    pub reads_english: bool,
    pub load_max: Option<i64>,
    pub phone: String,
    pub address: String,
}

impl ProfileForm {
    pub fn parse(self) -> Result<NewProfile, FormErrors> {
        let mut errors = FormErrors::new();
        let load_max = filled(&self.load_max).map(|text| errors.integer("load_max", text, 1..=1_000));
        let phone = errors.optional_line("phone", &self.phone, 40);
        let address = errors.optional_line("address", &self.address, 200);
        errors.done(NewProfile {
            skills: self.skills,
            reads_english: self.reads_english == "yes",
            load_max,
            phone,
            address,
        })
    }
}

/// Work for an organisation, or an interest in it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InterestForm {
    #[serde(default)]
    pub business_number: String,
    #[serde(default)]
    pub relation: String,
    #[serde(default)]
    pub until_on: String,
}

pub struct NewInterest {
    pub business_number: String,
    pub relation: Relation,
    /// None: still.
    pub until_on: Option<NaiveDate>,
}

impl InterestForm {
    pub fn parse(self) -> Result<NewInterest, FormErrors> {
        let mut errors = FormErrors::new();
        let relation = errors.choice("relation", &self.relation).unwrap_or(Relation::Employed);
        let until_on = filled(&self.until_on).map(|text| errors.date("until_on", text));
        let line = errors.line("business_number", &self.business_number, 20);
        let number = match line.parse::<BusinessNumber>() {
            Ok(number) => number.as_str().to_owned(),
            Err(_) if line.is_empty() => line,
            Err(_) => {
                errors.add("business_number", "reviews-bad-business-number");
                line
            }
        };
        errors.done(NewInterest { business_number: number, relation, until_on })
    }
}
