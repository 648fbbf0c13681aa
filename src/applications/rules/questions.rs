//! Questions that a call adds to the fixed form, and what counts as an answer.
//! Invariant: an answer is kept as text in one canonical way of writing, so that two answers compare as texts.

use crate::core::{
    expression::{Type, Value},
    form::FormErrors,
    measure::show_milli,
};

crate::text_enum!(
    /// What an answer looks like.
    QuestionKind {
        Text = "text",
        Number = "number",
        Choice = "choice",
        Date = "date",
        YesNo = "yes_no",
    }
);

/// What a question's answer is called where another question is asked because of it.
pub fn answer_fact(code: &str) -> String {
    format!("answer_{code}")
}

impl QuestionKind {
    /// As what an expression sees the answer: a choice by its place, from 1. Answers with decimals are no whole
    /// numbers, and are not seen.
    pub fn seen_as(self) -> Type {
        match self {
            QuestionKind::Text => Type::Text,
            QuestionKind::Number | QuestionKind::Choice => Type::Number,
            QuestionKind::Date => Type::Date,
            QuestionKind::YesNo => Type::Boolean,
        }
    }

    /// The value of a stored answer; None of a gap.
    pub fn value(self, answer: &str) -> Option<Value> {
        match self {
            _ if answer.is_empty() => None,
            QuestionKind::Text => Some(Value::text(answer)),
            QuestionKind::Number | QuestionKind::Choice => answer.parse().ok().map(Value::Number),
            QuestionKind::Date => answer.parse().ok().map(Value::Date),
            QuestionKind::YesNo => Some(Value::Boolean(answer == "yes")),
        }
    }
}

macro_rules! answer_fields {
    ($($n:literal),*) => { [$(concat!("answer_", $n)),*] };
}

/// The fields of the form, in the order in which the call asks. A call asks at most so many.
pub const ANSWER_FIELDS: [&str; 20] =
    answer_fields!(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20);

/// The longest answer in words.
const ANSWER_CHARS_MAX: usize = 2_000;

/// The answer in its canonical form; empty for a gap. What is wrong is noted under `field`.
/// A choice is kept as its place among `choices`, from 1, so that both languages say the same.
pub fn read_answer(
    errors: &mut FormErrors,
    field: &'static str,
    kind: QuestionKind,
    choices: usize,
    text: &str,
) -> String {
    let text = text.trim();
    if text.is_empty() {
        return String::new();
    }
    match kind {
        QuestionKind::Text => errors.text(field, text, ANSWER_CHARS_MAX),
        QuestionKind::Number => show_milli(errors.milli(field, text)).replace(',', ""),
        QuestionKind::Date => errors.date(field, text).to_string(),
        QuestionKind::YesNo if matches!(text, "yes" | "no") => text.to_owned(),
        QuestionKind::Choice if text.parse::<usize>().is_ok_and(|place| (1..=choices).contains(&place)) => {
            text.to_owned()
        }
        QuestionKind::YesNo | QuestionKind::Choice => {
            errors.add(field, "form-choose");
            String::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_kept_in_one_way_of_writing() {
        let read = |kind, text: &str| {
            let mut errors = FormErrors::new();
            let answer = read_answer(&mut errors, ANSWER_FIELDS[0], kind, 3, text);
            errors.done(answer).ok()
        };
        for (kind, typed, kept) in [
            (QuestionKind::Number, "１,２３４.50", Some("1234.5")),
            (QuestionKind::Number, "9223372036854775808", None),
            (QuestionKind::Date, "2027. 3. 2.", Some("2027-03-02")),
            (QuestionKind::Date, "2027-02-30", None),
            (QuestionKind::Choice, "3", Some("3")),
            (QuestionKind::Choice, "4", None),
            (QuestionKind::Choice, "0", None),
            (QuestionKind::YesNo, "yes", Some("yes")),
            (QuestionKind::YesNo, "maybe", None),
            (QuestionKind::Text, "  가\r\n나 ", Some("가\n나")),
            (QuestionKind::Text, "a\u{202E}b", None),
            (QuestionKind::Date, "  ", Some("")),
        ] {
            assert_eq!(read(kind, typed).as_deref(), kept, "{kind}: {typed}");
        }
    }
}
