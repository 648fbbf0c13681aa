//! The conditions of a call as everybody may read them: in words, as written, and with the tests that prove them.

use crate::{
    programmes::{
        rules::{
            Condition,
            conditions::{Stage, find_fact, write_test},
        },
        store::Call,
    },
    web::{Form, Page},
};
use askama::Template;

/// A test with what it comes to.
pub struct TestLine {
    pub text: String,
    pub passes: bool,
}

/// One condition in words.
pub struct ConditionView {
    pub code: String,
    pub name: String,
    pub says: String,
    pub fix: String,
    pub reference: String,
    pub stages: String,
    pub warns_at: String,
    pub applies_if: Option<String>,
    pub must_hold: String,
    pub undetermined: String,
    pub waived_by: String,
    /// Each fact with where it comes from.
    pub facts: Vec<(String, String)>,
    pub tests: Vec<TestLine>,
}

impl ConditionView {
    pub fn of(page: &Page, condition: &Condition) -> ConditionView {
        let stages = |stages: &[Stage]| {
            stages.iter().map(|stage| page.code("condition-stage", stage)).collect::<Vec<_>>().join(", ")
        };
        let source = |name: &str| find_fact(name).map(|fact| page.code("fact-source", fact.source.code()));
        ConditionView {
            code: condition.code.clone(),
            name: condition.name(page.lang).to_owned(),
            says: condition.says(page.lang).to_owned(),
            fix: condition.fix(page.lang).to_owned(),
            reference: condition.reference(page.lang).to_owned(),
            stages: stages(&condition.stages),
            warns_at: stages(&condition.warns_at),
            applies_if: condition.applies_if.as_ref().map(ToString::to_string),
            must_hold: condition.must_hold.to_string(),
            undetermined: page.code("condition-undetermined", condition.undetermined),
            waived_by: page.code("condition-waived-by", condition.waived_by),
            facts: condition
                .facts()
                .into_iter()
                .map(|name| (page.code("fact", name), source(name).unwrap_or_default()))
                .collect(),
            tests: condition
                .tests
                .iter()
                .map(|test| TestLine { text: write_test(test), passes: condition.decide(&test.facts) == test.expected })
                .collect(),
        }
    }
}

#[derive(Template)]
#[template(path = "eligibility/conditions.html")]
pub struct ConditionsPage {
    pub page: Page,
    pub form: Form,
    pub call: Call,
    /// What an edit is made from.
    pub basis: String,
    pub conditions: Vec<ConditionView>,
    pub may_change: bool,
    pub may_replay: bool,
    pub is_open: bool,
}
