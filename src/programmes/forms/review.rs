//! What people send about how a call reviews and selects: panels, weights, one criterion.

use super::{Edit, WON_MAX, edit};
use crate::{
    core::{form::FormErrors, money::Won, refusal::Refusal},
    programmes::rules::*,
    web::form::filled,
};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Names of the weights form, by the place of the criterion in the rubric.
pub const WEIGHT_FIELDS: [&str; CRITERIA_MAX] = [
    "weight_1",
    "weight_2",
    "weight_3",
    "weight_4",
    "weight_5",
    "weight_6",
    "weight_7",
    "weight_8",
    "weight_9",
    "weight_10",
    "weight_11",
    "weight_12",
];
pub const MINIMUM_FIELDS: [&str; CRITERIA_MAX] = [
    "minimum_1",
    "minimum_2",
    "minimum_3",
    "minimum_4",
    "minimum_5",
    "minimum_6",
    "minimum_7",
    "minimum_8",
    "minimum_9",
    "minimum_10",
    "minimum_11",
    "minimum_12",
];
/// The most characters of the anchor texts of one criterion in one language.
const ANCHORS_CHARS_MAX: usize = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewForm {
    pub version: String,
    #[serde(default)]
    pub selection: String,
    pub quorum: String,
    #[serde(default)]
    pub hide_firm: String,
    #[serde(default)]
    pub hide_reviewers: String,
    #[serde(default)]
    pub reveal_after: String,
    pub spread_max: String,
    pub sample_percent: String,
    #[serde(default)]
    pub draw_ties: String,
    pub second_approval: String,
    pub third_approval: String,
    pub undo_days: String,
    pub clarification_days: String,
    #[serde(default)]
    pub promotes_by_itself: String,
}

impl ReviewForm {
    pub fn parse(self) -> Result<Edit, FormErrors> {
        let mut errors = FormErrors::new();
        let selection: SelectionMode = errors.choice("selection", &self.selection).unwrap_or(SelectionMode::Scored);
        let amount = |errors: &mut FormErrors, field, text: &str| -> Option<Won> {
            filled(text).map(|text| errors.won(field, text, 1..=WON_MAX))
        };
        let or_none = |errors: &mut FormErrors, field, text: &str| {
            filled(text).map_or(0, |text| errors.integer(field, text, 0..=100))
        };
        let review = ReviewRules {
            quorum: errors.integer("quorum", &self.quorum, REVIEWERS_MIN..=REVIEWERS_MAX),
            hide_firm: self.hide_firm == "yes",
            hide_reviewers: self.hide_reviewers == "yes",
            reveal_after: self.reveal_after == "yes",
            spread_max: or_none(&mut errors, "spread_max", &self.spread_max),
            sample_percent: or_none(&mut errors, "sample_percent", &self.sample_percent),
            draw_ties: self.draw_ties == "yes",
            second_approval_won: amount(&mut errors, "second_approval", &self.second_approval),
            third_approval_won: amount(&mut errors, "third_approval", &self.third_approval),
            undo_days: errors.integer("undo_days", &self.undo_days, 1..=DAYS_MAX),
            clarification_days: errors.integer("clarification_days", &self.clarification_days, 1..=DAYS_MAX),
            promotes_by_itself: self.promotes_by_itself == "yes",
        };
        errors.done(edit(move |rules| {
            rules.selection = selection;
            rules.review = review;
        }))
    }

    /// What the form holds when it is opened.
    pub fn values(rules: &CallRules) -> Vec<(&'static str, String)> {
        let review = &rules.review;
        let won = |limit: Option<Won>| limit.map(|won| won.to_string()).unwrap_or_default();
        let mut values = vec![
            ("selection", rules.selection.to_string()),
            ("quorum", review.quorum.to_string()),
            ("spread_max", review.spread_max.to_string()),
            ("sample_percent", review.sample_percent.to_string()),
            ("second_approval", won(review.second_approval_won)),
            ("third_approval", won(review.third_approval_won)),
            ("undo_days", review.undo_days.to_string()),
            ("clarification_days", review.clarification_days.to_string()),
        ];
        let ticked = [
            ("hide_firm", review.hide_firm),
            ("hide_reviewers", review.hide_reviewers),
            ("reveal_after", review.reveal_after),
            ("draw_ties", review.draw_ties),
            ("promotes_by_itself", review.promotes_by_itself),
        ];
        values.extend(ticked.into_iter().filter(|(_, on)| *on).map(|(name, _)| (name, "yes".to_owned())));
        values
    }
}

/// The weights and minimums of all criteria at once, because weights add up to 100, and one new criterion.
/// A criterion without a weight is taken out.
pub struct RubricForm(pub BTreeMap<String, String>);

impl RubricForm {
    pub fn parse(self) -> Result<Edit, FormErrors> {
        let mut errors = FormErrors::new();
        let text = |name: &str| self.0.get(name).map(String::as_str).unwrap_or_default();
        let or_none = |errors: &mut FormErrors, field, text: &str| {
            filled(text).map_or(0, |text| errors.integer(field, text, 0..=100))
        };
        let mut given = Vec::new();
        for (weight, minimum) in WEIGHT_FIELDS.into_iter().zip(MINIMUM_FIELDS) {
            if self.0.contains_key(weight) {
                let lowest = or_none(&mut errors, minimum, text(minimum));
                given.push((or_none(&mut errors, weight, text(weight)), lowest));
            }
        }
        let new = filled(text("code")).map(|code| RubricItem {
            code: super::code(&mut errors, code).to_lowercase(),
            name_ko: errors.line("name_ko", text("name_ko"), 60),
            name_en: errors.line("name_en", text("name_en"), 60),
            weight: errors.integer("new_weight", text("new_weight"), 1..=100),
            minimum: 0,
            anchors_ko: String::new(),
            anchors_en: String::new(),
        });
        errors.done(Box::new(move |rules: &mut CallRules| {
            if given.len() != rules.rubric.len() {
                return Err(Refusal::unacceptable("refusal-changed-meanwhile"));
            }
            for (item, (weight, minimum)) in rules.rubric.iter_mut().zip(given) {
                (item.weight, item.minimum) = (weight, minimum);
            }
            rules.rubric.retain(|item| item.weight > 0);
            if let Some(new) = new {
                if rules.rubric.iter().any(|item| item.code == new.code) {
                    return Err(Refusal::unacceptable("programmes-refusal-criterion-twice").at("code"));
                }
                rules.rubric.push(new);
            }
            Ok(())
        }))
    }

    pub fn values(rules: &CallRules) -> Vec<(&'static str, String)> {
        let fields = WEIGHT_FIELDS.into_iter().zip(MINIMUM_FIELDS);
        let of = |(item, (weight, minimum)): (&RubricItem, (&'static str, &'static str))| {
            [(weight, item.weight.to_string()), (minimum, item.minimum.to_string())]
        };
        rules.rubric.iter().zip(fields).flat_map(of).collect()
    }
}

/// The names and anchor texts of one criterion.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CriterionForm {
    pub version: String,
    pub criterion: String,
    pub name_ko: String,
    pub name_en: String,
    pub anchors_ko: String,
    pub anchors_en: String,
}

impl CriterionForm {
    pub fn parse(self) -> Result<Edit, FormErrors> {
        let mut errors = FormErrors::new();
        let name_ko = errors.line("name_ko", &self.name_ko, 60);
        let name_en = errors.line("name_en", &self.name_en, 60);
        let anchors_ko = errors.optional_text("anchors_ko", &self.anchors_ko, ANCHORS_CHARS_MAX);
        let anchors_en = errors.optional_text("anchors_en", &self.anchors_en, ANCHORS_CHARS_MAX);
        errors.done(Box::new(move |rules: &mut CallRules| {
            let item = rules.rubric.iter_mut().find(|item| item.code == self.criterion);
            let item = item.ok_or_else(Refusal::not_found)?;
            *item = RubricItem { name_ko, name_en, anchors_ko, anchors_en, ..item.clone() };
            Ok(())
        }))
    }

    pub fn values(rules: &CallRules, code: &str) -> Vec<(&'static str, String)> {
        let Some(item) = rules.rubric.iter().find(|item| item.code == code) else { return Vec::new() };
        vec![
            ("criterion", item.code.clone()),
            ("name_ko", item.name_ko.clone()),
            ("name_en", item.name_en.clone()),
            ("anchors_ko", item.anchors_ko.clone()),
            ("anchors_en", item.anchors_en.clone()),
        ]
    }
}
