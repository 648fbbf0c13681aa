//! A page that is one form: heading, a few sentences, fields one below the other, one button.
//! Most forms need no template of their own.

use super::{Answer, Choice, Form, Link, Page, show_form};
use askama::Template;

/// One field, by its name; label, hint and error come with the form.
pub enum Field {
    /// A line of text; the second is its width in characters ("" is the whole column).
    Text(&'static str, &'static str),
    /// A number and the unit behind it.
    Number(&'static str, String),
    Money(&'static str),
    Email(&'static str),
    /// Never shown again; the second is the browser's autocomplete word.
    Password(&'static str, &'static str),
    /// Several lines; the second is how many.
    Textarea(&'static str, &'static str),
    Select(&'static str, Vec<Choice>),
    Radios(&'static str, Vec<Choice>),
    Checkboxes(&'static str, Vec<Choice>),
    Checkbox(&'static str),
    Date(&'static str),
    /// An upload; the second lists the endings it takes.
    File(&'static str, &'static str),
    Hidden(&'static str),
    /// A heading between fields.
    Heading(String),
    /// A remark between fields.
    Inset(String),
    /// Another way on, as a button that leads there.
    Way(Link),
}

#[derive(Template)]
#[template(path = "form.html")]
pub struct FormPage {
    page: Page,
    form: Form,
    intro: Vec<String>,
    action: String,
    fields: Vec<Field>,
    submit: String,
    warning: bool,
    multipart: bool,
    links: Vec<Link>,
    /// The form saves itself while somebody writes; the sentence says when it was saved last.
    autosave: Option<String>,
}

impl FormPage {
    /// A form that posts to `action`; `submit` is the key of its button in `words/`.
    pub fn new(page: Page, form: Form, action: impl Into<String>, submit: &'static str) -> FormPage {
        let submit = page.t(submit);
        let page = page.with_form(&form);
        FormPage {
            page,
            form,
            intro: Vec::new(),
            action: action.into(),
            fields: Vec::new(),
            submit,
            warning: false,
            multipart: false,
            links: Vec::new(),
            autosave: None,
        }
    }

    pub fn intro(mut self, text: impl Into<String>) -> FormPage {
        self.intro.push(text.into());
        self
    }

    pub fn field(mut self, field: Field) -> FormPage {
        self.multipart |= matches!(field, Field::File(..));
        self.fields.push(field);
        self
    }

    /// The button warns: what follows cannot be taken back.
    pub fn warning(mut self) -> FormPage {
        self.warning = true;
        self
    }

    /// With a script, what is typed is sent to the same address as it is typed (`static/app.js`); `saved` says when
    /// something was saved last, with or without a script.
    pub fn autosaved(mut self, saved: String) -> FormPage {
        self.autosave = Some(saved);
        self
    }

    pub fn link(mut self, href: impl Into<String>, key: &'static str) -> FormPage {
        self.links.push(Link { href: href.into(), label: self.page.t(key) });
        self
    }

    /// 200 when fresh, 422 when it comes back.
    pub fn answer(self) -> Answer {
        show_form(&self, &self.form)
    }
}
