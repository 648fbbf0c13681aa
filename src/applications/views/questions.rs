//! Pages about questions: the library, the form of a call, the answers of a firm.

use crate::{
    applications::{ApplicationId, rules::questions::QuestionKind, store::questions::Question},
    programmes::CallId,
    web::{Choice, Form, Page},
};
use askama::Template;

#[derive(Template)]
#[template(path = "questions/library.html")]
pub struct LibraryPage {
    pub page: Page,
    pub questions: Vec<Question>,
}

/// What the form of a call asks beside its fixed parts.
#[derive(Template)]
#[template(path = "questions/call.html")]
pub struct CallFormPage {
    pub page: Page,
    pub form: Form,
    pub id: CallId,
    pub call_name: String,
    pub choices: Vec<Choice>,
}

/// A question as its field shows it.
pub struct AnswerField {
    pub field: &'static str,
    pub label: String,
    pub hint: Option<String>,
    pub kind: QuestionKind,
    pub required: bool,
    pub value: String,
    pub error: Option<String>,
    pub choices: Vec<Choice>,
}

impl AnswerField {
    pub fn is_long(&self) -> bool {
        self.kind == QuestionKind::Text
    }

    /// What describes the input: hint and error, as far as they are there.
    pub fn described(&self) -> Option<String> {
        let hint = self.hint.is_some().then(|| format!("{}-hint", self.field));
        let error = self.error.is_some().then(|| format!("{}-error", self.field));
        let ids: Vec<String> = hint.into_iter().chain(error).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}

#[derive(Template)]
#[template(path = "questions/answers.html")]
pub struct AnswersPage {
    pub page: Page,
    pub form: Form,
    pub id: ApplicationId,
    pub fields: Vec<AnswerField>,
    pub saved: String,
}
