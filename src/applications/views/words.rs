//! Fields and values of an application in words: on the page of a conflict and in the differences between submissions.

use super::whole::Names;
use crate::{
    applications::{actions::Dossier, rules::Section},
    core::money::Won,
    programmes::CostCategory,
    web::Page,
};

pub struct Words<'a> {
    pub page: &'a Page,
    pub names: &'a Names,
    /// Names of packages by their id.
    pub packages: &'a [(String, String)],
    pub dossier: &'a Dossier,
}

/// Fields of several lines: two people's writing can stand one after the other.
pub fn is_long(field: &str) -> bool {
    matches!(field, "problem" | "plan" | "human_oversight")
}

impl Words<'_> {
    pub fn label(&self, section: Section, field: &str) -> String {
        if section == Section::Questions {
            let lang = self.page.lang;
            let found = self.dossier.questions.iter().find(|asked| asked.question.code == field);
            return found.map_or_else(|| field.to_owned(), |asked| asked.question.label(lang).to_owned());
        }
        self.page.code("applications", field)
    }

    /// A stored value as people read it.
    pub fn value(&self, field: &str, value: &str) -> String {
        if value.is_empty() {
            return self.page.t("applications-empty");
        }
        let page = self.page;
        let code = |family: &str| page.code(family, value.to_lowercase());
        match field {
            "use_case" => self.names.use_case(page.lang, value),
            "region" => self.names.region(page.lang, value),
            "data_class" => code("application-data"),
            "latency_class" => code("application-latency"),
            "language_class" => code("application-language"),
            "decision_impact" => code("application-impact"),
            "model_origin" => code("application-origin"),
            "hosting" => code("application-hosting"),
            "direction" => code("application-direction"),
            "size_class" => code("application-size"),
            "category" if value.parse::<CostCategory>().is_ok() => code("application-category"),
            "section" if value.parse::<Section>().is_ok() => code("application-section"),
            "to_hire" => page.yes_no(matches!(value, "yes" | "true")),
            "taxed" => page.yes_no(value == "yes"),
            "unit_price" | "support" | "own" | "in_kind" | "vat" | "total" => {
                let plain = value.replace(',', "").parse();
                plain.map_or_else(|_| value.to_owned(), |won| page.won(Won(won)))
            }
            "package" => {
                let named = self.packages.iter().find(|(id, _)| id == value);
                named.map_or_else(|| value.to_owned(), |(_, name)| name.clone())
            }
            field => self.answer(field, value).unwrap_or_else(|| value.to_owned()),
        }
    }

    /// An answer to a question of the call, by its code.
    fn answer(&self, code: &str, answer: &str) -> Option<String> {
        use crate::applications::rules::questions::QuestionKind;
        let question = &self.dossier.questions.iter().find(|asked| asked.question.code == code)?.question;
        match question.kind {
            QuestionKind::YesNo => Some(self.page.yes_no(answer == "yes")),
            QuestionKind::Choice => {
                let choices = question.choices(self.page.lang);
                choices.iter().find(|(place, _)| place == answer).map(|(_, words)| (*words).to_owned())
            }
            _ => None,
        }
    }
}
