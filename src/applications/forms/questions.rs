//! Questions: the library, what a call asks, what a firm answers, and the rest of a call's form.

use crate::{
    applications::rules::questions::{ANSWER_FIELDS, QuestionKind, answer_fact},
    core::{
        expression::{Expression, Problem},
        form::FormErrors,
        names::fold_digits,
        refusal::{Refusal, Trouble},
    },
    programmes::{QuestionRule, actions::Basis, conditions::type_of},
    web::form::filled,
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionForm {
    pub code: String,
    #[serde(default)]
    pub kind: String,
    pub label_ko: String,
    pub label_en: String,
    pub hint_ko: String,
    pub hint_en: String,
    pub choices_ko: String,
    pub choices_en: String,
    pub asked_if: String,
}

/// A question as it is written, or written anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewQuestion {
    /// Small letters, digits and underscores.
    pub code: String,
    pub kind: QuestionKind,
    pub label_ko: String,
    pub label_en: String,
    pub hint_ko: String,
    pub hint_en: String,
    /// One a line, as many in both languages; empty unless the kind is a choice.
    pub choices_ko: String,
    pub choices_en: String,
    /// As it was typed: what it may speak of is known to the library.
    pub asked_if: String,
}

/// The condition of a question, as it is kept: an expression over the facts of conditions and over answers to
/// questions of the library (`answers`: their codes and kinds). Empty where the question is always asked.
pub fn read_asked_if(text: &str, answers: &[(String, QuestionKind)]) -> Result<String, FormErrors> {
    let Some(text) = filled(text) else { return Ok(String::new()) };
    let mut errors = FormErrors::new();
    let answered =
        |name: &str| answers.iter().find(|(code, _)| answer_fact(code) == name).map(|(_, kind)| kind.seen_as());
    let found = Expression::check(text, &|name| type_of(name).or_else(|| answered(name)));
    for Problem { key, at, what } in found.as_ref().err().into_iter().flatten() {
        errors.add_with("asked_if", key, vec![("at", (at + 1).to_string()), ("what", what.clone())]);
    }
    errors.done(found.map(|expression| expression.to_string()).unwrap_or_default())
}

const CHOICES_MAX: usize = 20;

/// One choice a line, cleaned.
fn choices(errors: &mut FormErrors, field: &'static str, text: &str) -> Vec<String> {
    let text = errors.optional_text(field, text, 2_000);
    let lines: Vec<String> = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if lines.len() > CHOICES_MAX {
        errors.add_with(field, "applications-refusal-too-many", vec![("most", CHOICES_MAX.to_string())]);
    }
    lines
}

impl QuestionForm {
    pub fn parse(self) -> Result<NewQuestion, FormErrors> {
        let mut errors = FormErrors::new();
        let code = fold_digits(&errors.line("code", &self.code, 30)).to_lowercase();
        if !code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
            errors.add("code", "applications-refusal-question-code");
        }
        let kind = errors.choice("kind", &self.kind).unwrap_or(QuestionKind::Text);
        let (ko, en) = match kind {
            QuestionKind::Choice => {
                let ko = choices(&mut errors, "choices_ko", &self.choices_ko);
                let en = choices(&mut errors, "choices_en", &self.choices_en);
                if ko.len() < 2 {
                    errors.add("choices_ko", "applications-refusal-two-choices");
                } else if ko.len() != en.len() {
                    errors.add("choices_en", "applications-refusal-choices-differ");
                }
                (ko, en)
            }
            _ => (Vec::new(), Vec::new()),
        };
        let new = NewQuestion {
            kind,
            label_ko: errors.line("label_ko", &self.label_ko, 200),
            label_en: errors.line("label_en", &self.label_en, 200),
            hint_ko: errors.optional_line("hint_ko", &self.hint_ko, 300),
            hint_en: errors.optional_line("hint_en", &self.hint_en, 300),
            choices_ko: ko.join("\n"),
            choices_en: en.join("\n"),
            asked_if: errors.optional_text("asked_if", &self.asked_if, 500),
            code,
        };
        errors.done(new)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallFormForm {
    pub version: String,
    #[serde(default)]
    pub certification: String,
    /// `energy.2`: asked in this version.
    #[serde(default)]
    pub questions: Vec<String>,
    /// `energy.2`: and must be answered.
    #[serde(default)]
    pub required_questions: Vec<String>,
}

fn named(text: &str) -> Result<(String, i64), Refusal> {
    let (code, version) = text.split_once('.').ok_or_else(|| Refusal::unacceptable("refusal-form-malformed"))?;
    Ok((code.to_owned(), super::version(version)?))
}

/// What the form of a call asks beside its fixed parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCallForm {
    pub certification: bool,
    pub questions: Vec<QuestionRule>,
}

impl CallFormForm {
    /// What the edit was made from, and what the form is to ask.
    pub fn parse(self) -> Result<(Basis, NewCallForm), Trouble> {
        let mut errors = FormErrors::new();
        let basis = self.version.parse()?;
        let required = self.required_questions.iter().map(|text| named(text)).collect::<Result<Vec<_>, _>>()?;
        let mut new = NewCallForm { certification: self.certification == "yes", questions: Vec::new() };
        for text in self.questions.iter().chain(&self.required_questions) {
            let (code, version) = named(text)?;
            if !new.questions.iter().any(|rule| rule.code == code) {
                let required = required.contains(&(code.clone(), version));
                new.questions.push(QuestionRule { code, version, required });
            }
        }
        if new.questions.len() > ANSWER_FIELDS.len() {
            let most = vec![("most", ANSWER_FIELDS.len().to_string())];
            errors.add_with("questions", "applications-refusal-too-many", most);
        }
        Ok(errors.done((basis, new))?)
    }
}
