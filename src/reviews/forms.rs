//! What people send about reviews.

use super::rules::*;
use crate::{
    core::{form::FormErrors, refusal::Refusal},
    people::PersonId,
    programmes::RubricItem,
};
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
    pub note: String,
}

pub struct NewDecision {
    pub outcome: DecisionOutcome,
    pub reason: DecisionReason,
    pub note: String,
}

impl DecisionForm {
    pub fn parse(self) -> Result<NewDecision, FormErrors> {
        let mut errors = FormErrors::new();
        let outcome = errors.choice("outcome", &self.outcome).unwrap_or(DecisionOutcome::Rejected);
        let reason = errors.choice("reason", &self.reason).unwrap_or(DecisionReason::BelowPassMark);
        let note = errors.optional_text("note", &self.note, COMMENT_CHARS_MAX);
        errors.done(NewDecision { outcome, reason, note })
    }
}
