//! Advice of a generative model: what would be sent, and what came back, labelled for what it is.

use crate::{
    applications::ApplicationId,
    reviews::{
        rules::{Advice, AdviceState, Judgement, Prompt},
        store::AdviceRow,
    },
    web::{Choice, Form, Page},
};
use askama::Template;

/// An advice with its answer read.
pub struct AdviceView {
    pub row: AdviceRow,
    /// Its place in the order of asking, from 1.
    pub number: usize,
    pub advice: Option<Advice>,
}

impl AdviceView {
    /// From rows of which the latest is the first.
    pub fn several(rows: Vec<AdviceRow>) -> Vec<AdviceView> {
        let count = rows.len();
        let view = |(place, row): (usize, AdviceRow)| {
            let advice = row.answer.as_deref().and_then(|text| serde_json::from_str(text).ok());
            AdviceView { number: count - place, row, advice }
        };
        rows.into_iter().enumerate().map(view).collect()
    }

    pub fn name(&self, page: &Page) -> String {
        let said = [("number", self.number.to_string()), ("at", page.datetime(self.row.asked_at))];
        page.lang.t_with("reviews-advice-of", &said)
    }

    pub fn sha256(&self) -> String {
        hex::encode(&self.row.prompt_sha256)
    }

    pub fn colour(&self) -> &'static str {
        match self.row.state {
            AdviceState::Waiting => "blue",
            AdviceState::Answered => "yellow",
            AdviceState::Failed => "red",
            AdviceState::Accepted => "green",
            AdviceState::Overridden => "orange",
        }
    }

    pub fn is_waiting(&self) -> bool {
        self.row.state == AdviceState::Waiting
    }

    pub fn is_open(&self) -> bool {
        self.row.state == AdviceState::Answered
    }

    /// The lists of an answer, each with its heading.
    pub fn lists(&self, page: &Page) -> Vec<(String, &[String])> {
        let Some(advice) = &self.advice else { return Vec::new() };
        let mut lists = vec![
            (page.t("reviews-advice-strengths"), advice.strengths.as_slice()),
            (page.t("reviews-advice-concerns"), advice.concerns.as_slice()),
            (page.t("reviews-advice-questions"), advice.questions.as_slice()),
        ];
        lists.retain(|(_, entries)| !entries.is_empty());
        lists
    }
}

/// Whom one would ask, and with what.
pub struct Advisor {
    pub model: String,
    pub place: String,
    pub prompt: Prompt,
    /// Why it cannot be asked for now.
    pub hindrance: Option<String>,
}

#[derive(Template)]
#[template(path = "reviews/advice.html")]
pub struct AdvicePage {
    pub page: Page,
    pub form: Form,
    pub id: ApplicationId,
    pub advices: Vec<AdviceView>,
    /// None for whoever only reads, and where the settings name no model.
    pub asking: Option<Advisor>,
    /// Why this reader does not judge; None when they do.
    pub no_judge: Option<String>,
    pub is_manager: bool,
}

impl AdvicePage {
    pub fn judgements(&self) -> Vec<Choice> {
        Choice::codes(self.page.lang, "judgement", Judgement::ALL)
    }

    /// One is under way or waits for a judgement.
    pub fn has_open(&self) -> bool {
        self.advices.iter().any(|advice| advice.is_waiting() || advice.is_open())
    }
}
