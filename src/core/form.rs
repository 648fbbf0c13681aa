//! What was wrong with what a person sent, by field. Kinds, not sentences: the words come from `words/`.

use super::names::{self, NameTrouble};
use super::refusal::{Refusal, Trouble};
use chrono::NaiveDate;
use std::str::FromStr;

/// One thing wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldTrouble {
    pub field: &'static str,
    /// Key in `words/`.
    pub key: &'static str,
    pub args: Vec<(&'static str, String)>,
}

/// Collects what is wrong while a form is read; each reader returns a stand-in value after noting the trouble.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormErrors(pub Vec<FieldTrouble>);

impl FormErrors {
    pub fn new() -> FormErrors {
        FormErrors::default()
    }

    pub fn add(&mut self, field: &'static str, key: &'static str) {
        self.add_with(field, key, Vec::new());
    }

    pub fn add_with(&mut self, field: &'static str, key: &'static str, args: Vec<(&'static str, String)>) {
        self.0.push(FieldTrouble { field, key, args });
    }

    /// Adds a refusal under its own field, or under `field` when it names none.
    pub fn refuse(&mut self, field: &'static str, refusal: Refusal) {
        self.add_with(refusal.field.unwrap_or(field), refusal.key, refusal.args);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value when nothing was wrong.
    pub fn done<T>(self, value: T) -> Result<T, FormErrors> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }

    /// A required line of text of at most `max` characters.
    pub fn line(&mut self, field: &'static str, text: &str, max: usize) -> String {
        let line = self.optional_line(field, text, max);
        self.require(field, &line);
        line
    }

    pub fn optional_line(&mut self, field: &'static str, text: &str, max: usize) -> String {
        names::clean_line(text, max).unwrap_or_else(|trouble| self.name_trouble(field, trouble, max))
    }

    /// Required text with line breaks, of at most `max` characters.
    pub fn text(&mut self, field: &'static str, text: &str, max: usize) -> String {
        let cleaned = self.optional_text(field, text, max);
        self.require(field, &cleaned);
        cleaned
    }

    pub fn optional_text(&mut self, field: &'static str, text: &str, max: usize) -> String {
        names::clean_text(text, max).unwrap_or_else(|trouble| self.name_trouble(field, trouble, max))
    }

    /// A whole number within `range`; grouping commas, spaces and full-width digits are understood.
    pub fn integer(&mut self, field: &'static str, text: &str, range: std::ops::RangeInclusive<i64>) -> i64 {
        let digits: String = names::fold_digits(text).chars().filter(|c| !matches!(c, ',' | ' ' | '_')).collect();
        if digits.is_empty() {
            self.add(field, "form-required");
            return *range.start();
        }
        let well_formed = digits.strip_prefix('-').unwrap_or(&digits).chars().all(|c| c.is_ascii_digit());
        match digits.parse::<i64>() {
            Ok(number) if range.contains(&number) => number,
            // Digits too many for 64 bits are out of range as well.
            _ if well_formed && digits != "-" => {
                self.add_with(
                    field,
                    "form-out-of-range",
                    vec![
                        ("least", super::money::Won(*range.start()).to_string()),
                        ("most", super::money::Won(*range.end()).to_string()),
                    ],
                );
                *range.start()
            }
            _ => {
                self.add(field, "form-not-a-number");
                *range.start()
            }
        }
    }

    /// An amount in whole won within `range`.
    pub fn won(&mut self, field: &'static str, text: &str, range: std::ops::RangeInclusive<i64>) -> super::money::Won {
        super::money::Won(self.integer(field, text.trim().trim_end_matches('원'), range))
    }

    /// A decimal with at most three places, in thousandths.
    pub fn milli(&mut self, field: &'static str, text: &str) -> i64 {
        let text: String = names::fold_digits(text.trim()).chars().filter(|c| *c != ',').collect();
        if text.is_empty() {
            self.add(field, "form-required");
            return 0;
        }
        super::measure::parse_milli(&text).unwrap_or_else(|| {
            self.add(field, "form-not-a-decimal");
            0
        })
    }

    /// A calendar date written `YYYY-MM-DD` (dots and slashes are understood).
    pub fn date(&mut self, field: &'static str, text: &str) -> NaiveDate {
        let folded = names::fold_digits(text.trim()).replace(['.', '/'], "-").replace(' ', "");
        let folded = folded.trim_end_matches('-');
        if folded.is_empty() {
            self.add(field, "form-required");
            return NaiveDate::default();
        }
        match NaiveDate::parse_from_str(folded, "%Y-%m-%d") {
            Ok(date) if (1900..=2200).contains(&chrono::Datelike::year(&date)) => date,
            _ => {
                self.add(field, "form-not-a-date");
                NaiveDate::default()
            }
        }
    }

    /// One of the values the page offered.
    pub fn choice<T: FromStr>(&mut self, field: &'static str, text: &str) -> Option<T> {
        if text.is_empty() {
            self.add(field, "form-choose");
            return None;
        }
        let chosen = text.parse().ok();
        if chosen.is_none() {
            self.add(field, "form-choose");
        }
        chosen
    }

    /// A ticked box that must be ticked.
    pub fn must_tick(&mut self, field: &'static str, text: &str) {
        if text != "yes" {
            self.add(field, "form-must-tick");
        }
    }

    /// A mail address, folded to lower case.
    pub fn email(&mut self, field: &'static str, text: &str) -> String {
        let address = self.line(field, text, 200).to_lowercase();
        let well_formed = address.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && domain.contains('.')
                && !domain.starts_with('.')
                && !domain.ends_with('.')
                && address.chars().all(|c| c.is_ascii_graphic())
                && !address.contains([',', ';', '<', '>', '"', '\\', '(', ')'])
                && !domain.contains('@')
        });
        if !address.is_empty() && !well_formed {
            self.add(field, "form-not-an-email");
        }
        address
    }

    fn require(&mut self, field: &'static str, value: &str) {
        if value.is_empty() && !self.0.iter().any(|trouble| trouble.field == field) {
            self.add(field, "form-required");
        }
    }

    fn name_trouble(&mut self, field: &'static str, trouble: NameTrouble, max: usize) -> String {
        let key = match trouble {
            NameTrouble::TooLong { .. } => "form-too-long",
            _ => "form-bad-character",
        };
        self.add_with(field, key, vec![("most", max.to_string())]);
        String::new()
    }
}

impl From<FormErrors> for Trouble {
    fn from(errors: FormErrors) -> Trouble {
        Trouble::Invalid(errors)
    }
}
