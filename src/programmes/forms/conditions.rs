//! One condition as somebody writes it.

use super::settings::{Edit, edit};
use crate::{
    core::{
        expression::{Expression, Problem},
        form::FormErrors,
    },
    programmes::rules::{
        Condition,
        conditions::{ConditionTest, TESTS_MAX, Undetermined, WaivedBy, read_test, type_of},
    },
};
use serde::Deserialize;
use std::str::FromStr;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConditionForm {
    pub version: String,
    /// The code it had; empty for a new one.
    #[serde(default)]
    pub original: String,
    pub condition_code: String,
    pub condition_name_ko: String,
    pub condition_name_en: String,
    pub says_ko: String,
    pub says_en: String,
    #[serde(default)]
    pub stages: Vec<String>,
    #[serde(default)]
    pub warns_at: Vec<String>,
    pub applies_if: String,
    pub must_hold: String,
    pub fix_ko: String,
    pub fix_en: String,
    pub reference_ko: String,
    pub reference_en: String,
    #[serde(default)]
    pub undetermined: String,
    #[serde(default)]
    pub waived_by: String,
    pub tests: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveForm {
    pub version: String,
    pub code: String,
    #[serde(default)]
    pub step: String,
}

impl ConditionForm {
    /// Puts this condition in the place of the one it was, or behind the others.
    pub fn parse(self) -> Result<Edit, FormErrors> {
        let mut errors = FormErrors::new();
        let code = super::small_code(&mut errors, "condition_code", &self.condition_code);
        let condition = Condition {
            code,
            name_ko: errors.line("condition_name_ko", &self.condition_name_ko, 100),
            name_en: errors.line("condition_name_en", &self.condition_name_en, 100),
            says_ko: errors.line("says_ko", &self.says_ko, 300),
            says_en: errors.line("says_en", &self.says_en, 300),
            fix_ko: errors.line("fix_ko", &self.fix_ko, 300),
            fix_en: errors.line("fix_en", &self.fix_en, 300),
            reference_ko: errors.line("reference_ko", &self.reference_ko, 200),
            reference_en: errors.line("reference_en", &self.reference_en, 200),
            stages: listed(&self.stages),
            warns_at: listed(&self.warns_at),
            applies_if: optional_expression(&mut errors, "applies_if", &self.applies_if),
            must_hold: expression(&mut errors, "must_hold", &self.must_hold),
            undetermined: errors.choice("undetermined", &self.undetermined).unwrap_or(Undetermined::Officer),
            waived_by: errors.choice("waived_by", &self.waived_by).unwrap_or(WaivedBy::Nobody),
            tests: tests(&mut errors, &self.tests),
        };
        if condition.stages.is_empty() && condition.warns_at.is_empty() {
            errors.add("stages", "form-choose");
        }
        let original = self.original;
        errors.done(edit(move |rules| {
            match rules.conditions.iter_mut().find(|known| !original.is_empty() && known.code == original) {
                Some(known) => *known = condition,
                None => rules.conditions.push(condition),
            }
        }))
    }
}

fn listed<T: FromStr>(codes: &[String]) -> Vec<T> {
    codes.iter().filter_map(|code| code.parse().ok()).collect()
}

/// Reads an expression over the facts there are; every problem is noted beside the field, with its place.
pub fn expression(errors: &mut FormErrors, field: &'static str, text: &str) -> Expression {
    let found = Expression::check(text, &|name| type_of(name));
    found.unwrap_or_else(|problems| {
        for Problem { key, at, what } in problems {
            errors.add_with(field, key, vec![("at", (at + 1).to_string()), ("what", what)]);
        }
        "false".parse().expect("a literal parses")
    })
}

pub fn optional_expression(errors: &mut FormErrors, field: &'static str, text: &str) -> Option<Expression> {
    (!text.trim().is_empty()).then(|| expression(errors, field, text))
}

fn tests(errors: &mut FormErrors, text: &str) -> Vec<ConditionTest> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines().map(str::trim)).filter(|(_, line)| !line.is_empty()) {
        match read_test(line) {
            Some(test) => found.push(test),
            None => errors.add_with("tests", "conditions-test-malformed", vec![("number", number.to_string())]),
        }
    }
    if found.is_empty() && !errors.0.iter().any(|trouble| trouble.field == "tests") {
        errors.add("tests", "conditions-tests-needed");
    }
    if found.len() > TESTS_MAX {
        errors.add_with("tests", "conditions-refusal-too-many", vec![("most", TESTS_MAX.to_string())]);
    }
    found
}
