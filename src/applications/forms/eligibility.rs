//! What people send about conditions: answers of an outsider, reasons of officers, wordings to be tried.

use crate::{
    core::{
        expression::{Facts, Type, Value},
        form::FormErrors,
    },
    programmes::{
        Condition, Stage,
        conditions::Fact,
        forms::conditions::{expression, optional_expression},
    },
};
use serde::Deserialize;

/// The largest amount an outsider may name, in won.
const WON_MAX: i64 = 100_000_000_000_000;
/// The answer of somebody who cannot say.
pub const UNKNOWN: &str = "unknown";

/// Reads the answers to these questions; `answer` is what was sent under a name. What is left open is no fact.
pub fn read_answers<'a>(
    questions: &[&'static Fact],
    answer: impl Fn(&'static str) -> &'a str,
) -> Result<Facts, FormErrors> {
    let mut errors = FormErrors::new();
    let mut facts = Facts::default();
    for fact in questions {
        let text = answer(fact.name).trim();
        if text.is_empty() || text == UNKNOWN {
            continue;
        }
        let value = match fact.kind {
            Type::Boolean => match text {
                "yes" => Some(Value::Boolean(true)),
                "no" => Some(Value::Boolean(false)),
                _ => {
                    errors.add(fact.name, "form-choose");
                    None
                }
            },
            Type::Text if fact.options.contains(&text) => Some(Value::text(text)),
            Type::Date => Some(Value::Date(errors.date(fact.name, text))),
            Type::Won => Some(Value::Won(errors.won(fact.name, text, 0..=WON_MAX))),
            Type::Number => Some(Value::Number(errors.integer(fact.name, text, 0..=WON_MAX))),
            Type::Text | Type::Share | Type::List => {
                errors.add(fact.name, "form-choose");
                None
            }
        };
        facts.put(fact.name, value);
    }
    errors.done(facts)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExceptionForm {
    #[serde(default)]
    pub decision: String,
    pub ground: String,
}

impl ExceptionForm {
    /// The reason alone.
    pub fn reason(self) -> Result<String, FormErrors> {
        let mut errors = FormErrors::new();
        let reason = errors.text("ground", &self.ground, 1_000);
        errors.done(reason)
    }

    /// Whether it is granted, and why.
    pub fn decision(self) -> Result<(bool, String), FormErrors> {
        let mut errors = FormErrors::new();
        let reason = errors.text("ground", &self.ground, 1_000);
        if !matches!(self.decision.as_str(), "grant" | "refuse") {
            errors.add("decision", "form-choose");
        }
        errors.done((self.decision == "grant", reason))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaiveForm {
    pub stage: String,
    pub ground: String,
}

impl WaiveForm {
    pub fn parse(self) -> Result<(Stage, String), FormErrors> {
        let mut errors = FormErrors::new();
        let stage = errors.choice("stage", &self.stage).unwrap_or(Stage::Screening);
        let reason = errors.text("ground", &self.ground, 1_000);
        errors.done((stage, reason))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayForm {
    pub rule: String,
    pub applies_if: String,
    pub must_hold: String,
    #[serde(default)]
    pub stage: String,
}

impl ReplayForm {
    /// The condition as it would be worded, and the looks it is tried on.
    pub fn parse(self, present: &Condition) -> Result<(Condition, Stage), FormErrors> {
        let mut errors = FormErrors::new();
        let condition = Condition {
            applies_if: optional_expression(&mut errors, "applies_if", &self.applies_if),
            must_hold: expression(&mut errors, "must_hold", &self.must_hold),
            ..present.clone()
        };
        let stage = errors.choice("stage", &self.stage).unwrap_or(Stage::Submission);
        errors.done((condition, stage))
    }
}

/// The conditions of a change under way, tried together.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayChangeForm {
    #[serde(default)]
    pub stage: String,
}

impl ReplayChangeForm {
    pub fn parse(self) -> Result<Stage, FormErrors> {
        let mut errors = FormErrors::new();
        let stage = errors.choice("stage", &self.stage).unwrap_or(Stage::Submission);
        errors.done(stage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programmes::conditions::{questions, standard};

    #[test]
    fn an_answer_left_open_is_no_fact_and_a_wrong_one_is_refused_beside_its_question() {
        let questions = questions(&standard());
        let answers = |wanted: &'static str, text: &'static str| {
            read_answers(&questions, move |name| if name == wanted { text } else { "" })
        };
        assert_eq!(answers("", "").unwrap(), Facts::default());
        assert_eq!(answers("firm_size_class", UNKNOWN).unwrap(), Facts::default());
        let cost = answers("costs_total", "1,000원").unwrap();
        assert_eq!(cost.get("costs_total"), Some(&Value::Won(crate::core::money::Won(1_000))));
        for (name, text) in [
            ("firm_size_class", "gigantic"),
            ("work_foreign", "perhaps"),
            ("firm_founded_on", "soon"),
            ("costs_total", "9223372036854775808"),
        ] {
            assert_eq!(answers(name, text).unwrap_err().0[0].field, name);
        }
    }
}
