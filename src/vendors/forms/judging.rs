//! What is sent while an entry is judged: statements, references, verdicts, questions, answers, conditions.

use crate::{
    core::{form::FormErrors, numbers::BusinessNumber},
    vendors::rules::criteria::{Criterion, Verdict},
    web::form::filled,
};
use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

/// What a vendor states of one criterion.
#[derive(Debug, Clone, Default)]
pub struct NewStatement {
    pub milli: Option<i64>,
    pub text: String,
    pub on: Option<NaiveDate>,
    /// A document of the vendor's own vault, in the place of an upload.
    pub vault: Option<Uuid>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatementForm {
    #[serde(default)]
    figure: String,
    #[serde(default)]
    words: String,
    #[serde(default)]
    day: String,
    #[serde(default)]
    vault: String,
}

impl StatementForm {
    pub fn parse(self, criterion: Criterion) -> Result<NewStatement, FormErrors> {
        let mut errors = FormErrors::new();
        let new = NewStatement {
            vault: filled(&self.vault).and_then(|id| errors.choice("vault", id)),
            milli: criterion.has_figure().then(|| errors.milli("figure", &self.figure)),
            text: if criterion.has_words() { errors.line("words", &self.words, 100) } else { String::new() },
            on: criterion.has_day().then(|| errors.date("day", &self.day)),
        };
        errors.done(new)
    }
}

/// A customer that a vendor names.
#[derive(Debug, Clone)]
pub struct NewReference {
    pub business_number: String,
    pub name: String,
    pub months_used: i64,
    /// Thousandths of a percent point.
    pub gain_milli: i64,
    pub satisfied: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceForm {
    business_number: String,
    name: String,
    months_used: String,
    gain: String,
    #[serde(default)]
    satisfied: String,
}

impl ReferenceForm {
    pub fn parse(self) -> Result<NewReference, FormErrors> {
        let mut errors = FormErrors::new();
        let business_number = match self.business_number.parse::<BusinessNumber>() {
            Ok(number) => number.as_str().to_owned(),
            Err(_) => {
                let key = if self.business_number.trim().is_empty() { "form-required" } else { "vendors-not-a-number" };
                errors.add("business_number", key);
                String::new()
            }
        };
        let name = errors.line("name", &self.name, 100);
        let months_used = errors.integer("months_used", &self.months_used, 0..=600);
        let gain_milli = errors.milli("gain", &self.gain);
        let satisfied = self.satisfied == "yes";
        errors.done(NewReference { business_number, name, months_used, gain_milli, satisfied })
    }
}

/// Verdict and note by criterion; an empty verdict leaves it open.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub struct VerdictsForm {
    references: String,
    references_note: String,
    gain: String,
    gain_note: String,
    equity: String,
    equity_note: String,
    current_ratio: String,
    current_ratio_note: String,
    age: String,
    age_note: String,
    tax_clear: String,
    tax_clear_note: String,
    security_mark: String,
    security_mark_note: String,
}

/// The field of a criterion's note.
pub fn note_field(criterion: Criterion) -> &'static str {
    match criterion {
        Criterion::References => "references_note",
        Criterion::Gain => "gain_note",
        Criterion::Equity => "equity_note",
        Criterion::CurrentRatio => "current_ratio_note",
        Criterion::Age => "age_note",
        Criterion::TaxClear => "tax_clear_note",
        Criterion::SecurityMark => "security_mark_note",
    }
}

impl VerdictsForm {
    /// A waiver and a verdict against the vendor say why.
    pub fn parse(self) -> Result<Vec<(Criterion, Verdict, String)>, FormErrors> {
        let mut errors = FormErrors::new();
        let sent = [
            (Criterion::References, &self.references, &self.references_note),
            (Criterion::Gain, &self.gain, &self.gain_note),
            (Criterion::Equity, &self.equity, &self.equity_note),
            (Criterion::CurrentRatio, &self.current_ratio, &self.current_ratio_note),
            (Criterion::Age, &self.age, &self.age_note),
            (Criterion::TaxClear, &self.tax_clear, &self.tax_clear_note),
            (Criterion::SecurityMark, &self.security_mark, &self.security_mark_note),
        ];
        let mut verdicts = Vec::new();
        for (criterion, verdict, note) in sent {
            if verdict.is_empty() {
                continue;
            }
            let Some(verdict) = errors.choice::<Verdict>(criterion.as_str(), verdict) else { continue };
            let note = match verdict {
                Verdict::Met => errors.optional_text(note_field(criterion), note, 1_000),
                Verdict::Unmet | Verdict::Waived => errors.text(note_field(criterion), note, 1_000),
            };
            verdicts.push((criterion, verdict, note));
        }
        errors.done(verdicts)
    }
}

/// Questions of one round, at most five, all due on one day.
#[derive(Debug, Clone)]
pub struct NewQuestions {
    pub texts: Vec<String>,
    pub due_on: NaiveDate,
}

pub const QUESTION_FIELDS: [&str; 5] = ["question_1", "question_2", "question_3", "question_4", "question_5"];
pub const ANSWER_FIELDS: [&str; 5] = ["answer_1", "answer_2", "answer_3", "answer_4", "answer_5"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub struct QuestionsForm {
    question_1: String,
    question_2: String,
    question_3: String,
    question_4: String,
    question_5: String,
    due_on: String,
}

impl QuestionsForm {
    pub fn parse(self) -> Result<NewQuestions, FormErrors> {
        let mut errors = FormErrors::new();
        let sent = [self.question_1, self.question_2, self.question_3, self.question_4, self.question_5];
        let texts: Vec<String> = QUESTION_FIELDS
            .into_iter()
            .zip(&sent)
            .map(|(field, text)| errors.optional_text(field, text, 1_000))
            .filter(|text| !text.is_empty())
            .collect();
        if texts.is_empty() && errors.is_empty() {
            errors.add(QUESTION_FIELDS[0], "form-required");
        }
        let due_on = errors.date("due_on", &self.due_on);
        errors.done(NewQuestions { texts, due_on })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub struct AnswersForm {
    answer_1: String,
    answer_2: String,
    answer_3: String,
    answer_4: String,
    answer_5: String,
}

impl AnswersForm {
    /// As many answers as there are questions, none of them empty (domain: 2.3, incomplete answers).
    pub fn parse(self, questions: usize) -> Result<Vec<String>, FormErrors> {
        let mut errors = FormErrors::new();
        let sent = [self.answer_1, self.answer_2, self.answer_3, self.answer_4, self.answer_5];
        let fields = ANSWER_FIELDS.into_iter().zip(&sent).take(questions);
        let answers = fields.map(|(field, text)| errors.text(field, text, 2_000)).collect();
        errors.done(answers)
    }
}

/// What an approval depends on, and by when.
#[derive(Debug, Clone)]
pub struct NewCondition {
    pub wording: String,
    pub due_on: NaiveDate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub struct ApprovalForm {
    condition_1: String,
    due_1: String,
    condition_2: String,
    due_2: String,
    condition_3: String,
    due_3: String,
}

impl ApprovalForm {
    /// None at all is an approval without conditions.
    pub fn parse(self, today: NaiveDate) -> Result<Vec<NewCondition>, FormErrors> {
        let mut errors = FormErrors::new();
        let mut conditions = Vec::new();
        for ((field, text), (due_field, due)) in [
            (("condition_1", self.condition_1), ("due_1", self.due_1)),
            (("condition_2", self.condition_2), ("due_2", self.due_2)),
            (("condition_3", self.condition_3), ("due_3", self.due_3)),
        ] {
            if text.trim().is_empty() && due.trim().is_empty() {
                continue;
            }
            let wording = errors.text(field, &text, 1_000);
            let due_on = errors.date(due_field, &due);
            if due_on <= today && due_on != NaiveDate::default() {
                errors.add(due_field, "vendors-refusal-due-past");
            }
            conditions.push(NewCondition { wording, due_on });
        }
        errors.done(conditions)
    }
}
