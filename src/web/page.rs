//! The page shell: what every page shows around its own content, in the reader's language.

use super::visitor::Visitor;
use crate::core::{actor::Actor, lang::Lang, money::Won, roles::Role};
use chrono::{DateTime, NaiveDate, Utc};
use std::{borrow::Borrow, sync::OnceLock};

pub use crate::core::calendar::ZONE;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub href: String,
    pub label: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flash {
    /// `success`, `info` or `warning`.
    pub kind: String,
    pub text: String,
}

#[derive(Debug, Clone)]
pub struct PersonView {
    pub name: String,
    pub role: String,
}

/// One entry of the menu: where it leads, its key in `words/`, whose it is (empty: everybody's).
#[derive(Debug, Clone, Copy)]
pub struct MenuEntry {
    pub path: &'static str,
    pub key: &'static str,
    pub roles: &'static [Role],
}

#[derive(Debug, Clone)]
pub struct MenuItem {
    pub href: String,
    pub label: String,
    pub current: bool,
}

/// Set once by `app.rs`, which knows all rooms.
pub static MENU: OnceLock<Vec<MenuEntry>> = OnceLock::new();

#[derive(Debug, Clone)]
pub struct Page {
    pub lang: Lang,
    pub title: String,
    pub nav: Vec<MenuItem>,
    pub person: Option<PersonView>,
    pub flash: Option<Flash>,
    pub demo: bool,
    pub token: String,
    pub path: String,
    pub back: Option<Link>,
    pub crumbs: Vec<Link>,
    errors: bool,
}

impl Page {
    pub fn new(visitor: &Visitor, title: String) -> Page {
        Page {
            lang: visitor.lang,
            title,
            nav: menu(visitor),
            person: visitor.actor.as_ref().map(|actor| person_view(actor, visitor.lang)),
            flash: visitor.flash.clone(),
            demo: visitor.demo,
            token: visitor.form_token.clone(),
            path: if visitor.query.is_empty() {
                visitor.path.clone()
            } else {
                format!("{}?{}", visitor.path, visitor.query)
            },
            back: None,
            crumbs: Vec::new(),
            errors: false,
        }
    }

    /// With a link back to where the reader came from; `key` from `words/`.
    pub fn back_to(mut self, href: impl Into<String>, key: &'static str) -> Page {
        self.back = Some(Link { href: href.into(), label: self.lang.t(key) });
        self
    }

    /// Says in the title when the form on it has errors.
    pub fn with_form(mut self, form: &super::Form) -> Page {
        self.errors = form.has_errors();
        self
    }

    pub fn has_errors(&self) -> bool {
        self.errors
    }

    pub fn t(&self, key: &str) -> String {
        self.lang.t(key)
    }

    /// Words with one value put in.
    pub fn t1(&self, key: &str, name: &str, value: impl ToString) -> String {
        self.lang.t_with(key, &[(name, value.to_string())])
    }

    /// The word for a state or other stored code: key `<family>-<code>`, underscores as hyphens.
    pub fn code(&self, family: &str, code: impl ToString) -> String {
        self.lang.code_word(family, &code.to_string())
    }

    pub fn service_name(&self) -> String {
        self.lang.t("service-name")
    }

    /// A fresh id for a form of one button.
    pub fn once(&self) -> String {
        crate::db::once::Once::new().0.to_string()
    }

    pub fn asset(&self, path: &str) -> String {
        super::assets::href(path)
    }

    pub fn other_lang_code(&self) -> &'static str {
        self.lang.other().code()
    }

    pub fn other_lang_name(&self) -> &'static str {
        match self.lang.other() {
            Lang::Ko => "한국어",
            Lang::En => "English",
        }
    }

    /// `2026년 11월 22일 15:00` / `22 Nov 2026, 15:00`, in the programme's time zone.
    pub fn datetime(&self, at: impl Borrow<DateTime<Utc>>) -> String {
        show_datetime(self.lang, *at.borrow())
    }

    pub fn date(&self, day: impl Borrow<NaiveDate>) -> String {
        show_date(self.lang, *day.borrow())
    }

    /// For `<time datetime=…>`.
    pub fn iso(&self, at: impl Borrow<DateTime<Utc>>) -> String {
        at.borrow().to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
    }

    /// `120,000,000원` / `KRW 120,000,000`.
    pub fn won(&self, amount: impl Borrow<Won>) -> String {
        show_won(self.lang, *amount.borrow())
    }

    pub fn milli(&self, milli: impl Borrow<i64>) -> String {
        crate::core::measure::show_milli(*milli.borrow())
    }

    /// `YES`/`NO` words.
    pub fn yes_no(&self, yes: impl Borrow<bool>) -> String {
        self.lang.t(if *yes.borrow() { "yes" } else { "no" })
    }
}

impl Lang {
    /// The word for a stored code: key `<family>-<code>`, underscores as hyphens.
    pub fn code_word(self, family: &str, code: &str) -> String {
        self.t(&format!("{family}-{}", code.replace('_', "-")))
    }
}

pub fn show_datetime(lang: Lang, at: DateTime<Utc>) -> String {
    let local = at.with_timezone(&ZONE);
    match lang {
        Lang::Ko => local.format("%Y년 %-m월 %-d일 %H:%M").to_string(),
        Lang::En => local.format("%-d %b %Y, %H:%M").to_string(),
    }
}

pub fn show_date(lang: Lang, day: NaiveDate) -> String {
    match lang {
        Lang::Ko => day.format("%Y년 %-m월 %-d일").to_string(),
        Lang::En => day.format("%-d %b %Y").to_string(),
    }
}

pub fn show_won(lang: Lang, amount: Won) -> String {
    match lang {
        Lang::Ko => format!("{amount}원"),
        Lang::En => format!("KRW {amount}"),
    }
}

/// Percent-encodes a value for a link.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                encoded.push(char::from(byte))
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn person_view(actor: &Actor, lang: Lang) -> PersonView {
    let roles: Vec<String> = actor.roles.iter().map(|role| lang.code_word("role", role.as_str())).collect();
    PersonView { name: actor.name.clone(), role: roles.join(", ") }
}

fn menu(visitor: &Visitor) -> Vec<MenuItem> {
    let entries = MENU.get().map(Vec::as_slice).unwrap_or_default();
    let mine = |entry: &&MenuEntry| {
        entry.roles.is_empty() || visitor.actor.as_ref().is_some_and(|actor| actor.is_any(entry.roles))
    };
    entries
        .iter()
        .filter(mine)
        .map(|entry| MenuItem {
            href: entry.path.to_owned(),
            label: visitor.lang.t(entry.key),
            current: visitor.path == entry.path || visitor.path.starts_with(&format!("{}/", entry.path)),
        })
        .collect()
}
