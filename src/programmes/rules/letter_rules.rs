//! Paragraphs of its own that a call puts into the letters of its decisions, in both languages.
//! Words in braces stand for what is the case's own; others are refused when the rules are made.

use crate::core::lang::Lang;
use serde::{Deserialize, Serialize};

/// What a paragraph may speak of.
pub const PLACES: [&str; 4] = ["{firm}", "{title}", "{call}", "{amount}"];
/// The longest paragraph.
pub const LETTER_MAX: usize = 2_000;

/// Empty where the call says nothing of its own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LetterRules {
    pub selected_ko: String,
    pub selected_en: String,
    pub rejected_ko: String,
    pub rejected_en: String,
}

/// The case that a letter is about.
#[derive(Debug, Clone)]
pub struct LetterCase<'a> {
    pub firm: &'a str,
    pub title: &'a str,
    pub call: &'a str,
    /// As the reader's language writes it.
    pub amount: &'a str,
}

impl LetterRules {
    pub fn is_empty(&self) -> bool {
        *self == LetterRules::default()
    }

    /// What the letter of a selection says.
    pub fn selected(&self, lang: Lang, case: &LetterCase<'_>) -> String {
        fill(lang.of(&self.selected_ko, &self.selected_en), case)
    }

    /// What the letter of a rejection says.
    pub fn rejected(&self, lang: Lang, case: &LetterCase<'_>) -> String {
        fill(lang.of(&self.rejected_ko, &self.rejected_en), case)
    }

    /// The first field that is wrong: one language without the other, or a place that there is not.
    pub fn fault(&self) -> Option<&'static str> {
        let pairs = [
            ("letter_selected_ko", &self.selected_ko, "letter_selected_en", &self.selected_en),
            ("letter_rejected_ko", &self.rejected_ko, "letter_rejected_en", &self.rejected_en),
        ];
        for (field_ko, ko, field_en, en) in pairs {
            if ko.is_empty() != en.is_empty() {
                return Some(if ko.is_empty() { field_ko } else { field_en });
            }
            for (field, text) in [(field_ko, ko), (field_en, en)] {
                if text.chars().count() > LETTER_MAX || has_unknown_place(text) {
                    return Some(field);
                }
            }
        }
        None
    }
}

fn has_unknown_place(text: &str) -> bool {
    let rest = PLACES.iter().fold(text.to_owned(), |text, place| text.replace(place, ""));
    rest.contains(['{', '}'])
}

/// In one pass: what stands for a place is never read for places again.
fn fill(text: &str, case: &LetterCase<'_>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        let values = PLACES.into_iter().zip([case.firm, case.title, case.call, case.amount]);
        match values.into_iter().find(|(place, _)| rest.starts_with(place)) {
            Some((place, value)) => {
                filled.push_str(value);
                rest = &rest[place.len()..];
            }
            None => {
                filled.push('{');
                rest = &rest[1..];
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(selected_ko: &str, selected_en: &str) -> LetterRules {
        LetterRules {
            selected_ko: selected_ko.to_owned(),
            selected_en: selected_en.to_owned(),
            ..LetterRules::default()
        }
    }

    #[test]
    fn a_paragraph_speaks_of_the_case() {
        let case = LetterCase { firm: "{title}", title: "불량 검출", call: "1차", amount: "KRW 1" };
        let rules = letters("{firm}의 {title}: {amount}", "{call} {firm}");
        assert_eq!(rules.selected(Lang::Ko, &case), "{title}의 불량 검출: KRW 1", "a name is not read for places");
        assert_eq!(rules.selected(Lang::En, &case), "1차 {title}");
        assert_eq!(rules.rejected(Lang::Ko, &case), "");
    }

    #[test]
    fn both_languages_are_there_and_every_place_is_known() {
        assert_eq!(LetterRules::default().fault(), None);
        assert_eq!(letters("축하합니다", "Congratulations").fault(), None);
        assert_eq!(letters("축하합니다", "").fault(), Some("letter_selected_en"));
        assert_eq!(letters("", "Congratulations").fault(), Some("letter_selected_ko"));
        assert_eq!(letters("{who}", "you").fault(), Some("letter_selected_ko"));
        assert_eq!(letters("나", "{firm").fault(), Some("letter_selected_en"));
        assert_eq!(letters(&"가".repeat(LETTER_MAX + 1), "x").fault(), Some("letter_selected_ko"));
    }
}
