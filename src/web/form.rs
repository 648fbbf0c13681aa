//! Forms: what was posted, read into typed structs; and forms as pages draw them, with everything
//! that was typed and what was wrong with it beside each field.

use super::{errors::BadRequest, visitor::Visitor};
use crate::core::{
    form::FormErrors,
    lang::Lang,
    refusal::{Status, Trouble},
};
use crate::db::once::Once;
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, web::Bytes};
use serde::de::DeserializeOwned;
use std::{future::Future, pin::Pin, time::Duration};
use subtle::ConstantTimeEq;

/// The largest form without files, in bytes.
const BODY_BYTES_MAX: usize = 256 * 1024;
/// A body that trickles in longer than this is given up.
pub const BODY_SECONDS_MAX: u64 = 15;

/// One choice of a select, radio or checkbox group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub hint: Option<String>,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Choice {
        Choice { value: value.into(), label: label.into(), hint: None }
    }

    /// Choices for stored codes, labelled by the words `<family>-<code>`.
    pub fn codes<T: ToString>(lang: Lang, family: &str, codes: &[T]) -> Vec<Choice> {
        codes.iter().map(|code| Choice::new(code.to_string(), lang.code_word(family, &code.to_string()))).collect()
    }
}

/// A form body whose token was checked: names and values in the order sent.
#[derive(Debug, Clone)]
pub struct Posted {
    pairs: Vec<(String, String)>,
    pub once: Once,
}

/// The id of a form of ours is random. Keys that the service itself remembers things under are not.
fn ours(once: &str) -> Option<uuid::Uuid> {
    once.parse::<uuid::Uuid>().ok().filter(|id| id.get_version_num() == 4)
}

impl Posted {
    /// From decoded pairs; `token` and `once` are taken out.
    pub fn check(pairs: Vec<(String, String)>, visitor: &Visitor) -> Result<Posted, BadRequest> {
        let (mut rest, mut token, mut once) = (Vec::with_capacity(pairs.len()), None, None);
        for (name, value) in pairs {
            match name.as_str() {
                "token" => token = Some(value),
                "once" => once = Some(value),
                _ => rest.push((name, value)),
            }
        }
        let token = token.unwrap_or_default();
        if !bool::from(token.as_bytes().ct_eq(visitor.form_token.as_bytes())) {
            return Err(BadRequest::Token);
        }
        let once = match once {
            Some(text) => Once(ours(&text).ok_or(BadRequest::Malformed)?),
            None => Once::new(),
        };
        Ok(Posted { pairs: rest, once })
    }

    /// Of an upload that broke off before its form was read: nothing was typed that could come back.
    pub fn nothing() -> Posted {
        Posted { pairs: Vec::new(), once: Once::new() }
    }

    /// The form after such an upload, with what was wrong beside the `file`.
    pub fn broken_off(
        visitor: &Visitor,
        prefix: &'static str,
        file: &'static str,
        trouble: Trouble,
    ) -> Result<Form, Trouble> {
        let trouble = match trouble {
            Trouble::Refused(refusal) => Trouble::Refused(refusal.at(file)),
            other => other,
        };
        Posted::nothing().again(visitor, prefix, trouble)
    }

    /// A form of one button: refused when it brings fields.
    pub fn press(&self) -> Result<(), Trouble> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Press {}
        self.read::<Press>().map(|_| ())
    }

    /// Reads the form into a struct of strings. Unknown names and repeated single names are refused:
    /// a form never carries more than its page asked for.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Trouble> {
        let encoded = serde_html_form::to_string(&self.pairs).map_err(anyhow::Error::from)?;
        serde_html_form::from_str(&encoded).map_err(|error| {
            tracing::warn!(%error, "a form with other fields than its page");
            Trouble::Refused(crate::core::refusal::Refusal::unacceptable("refusal-form-malformed"))
        })
    }

    pub fn value(&self, name: &str) -> &str {
        self.pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    /// The form as it goes back to its page when `trouble` is the person's to mend; any other trouble goes on.
    pub fn again(&self, visitor: &Visitor, prefix: &'static str, trouble: Trouble) -> Result<Form, Trouble> {
        let errors = match trouble {
            Trouble::Invalid(errors) => errors,
            Trouble::Refused(refusal)
                if matches!(
                    refusal.status,
                    Status::Unacceptable | Status::Conflict | Status::Forbidden | Status::TooMany
                ) =>
            {
                let mut errors = FormErrors::new();
                errors.refuse("", refusal);
                errors
            }
            other => return Err(other),
        };
        tracing::info!(path = visitor.logged_path(), fields = ?errors.0.iter().map(|e| e.field).collect::<Vec<_>>(), "a form was refused");
        Ok(Form {
            lang: visitor.lang,
            prefix,
            pairs: self.pairs.clone(),
            errors,
            token: visitor.form_token.clone(),
            once: self.once.0.to_string(),
        })
    }
}

impl Posted {
    /// As `again`. When the record was changed meanwhile the form goes back with the version that stands `now`:
    /// sent once more, by somebody who has seen the new content, it counts.
    pub fn again_after(
        &self,
        visitor: &Visitor,
        prefix: &'static str,
        trouble: Trouble,
        now: i64,
    ) -> Result<Form, Trouble> {
        let mut form = self.again(visitor, prefix, trouble)?;
        if form.is_overtaken() {
            form.pairs.retain(|(name, _)| name != "version");
            form.pairs.push(("version".to_owned(), now.to_string()));
        }
        Ok(form)
    }
}

impl FromRequest for Posted {
    type Error = BadRequest;
    type Future = Pin<Box<dyn Future<Output = Result<Posted, BadRequest>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let visitor = request.extensions().get::<Visitor>().cloned();
        let is_form = request
            .headers()
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
        let body = actix_web::web::Payload::from_request(request, payload);
        Box::pin(async move {
            let visitor = visitor.ok_or(BadRequest::Malformed)?;
            if !is_form {
                return Err(BadRequest::Malformed);
            }
            let body = body.await.map_err(|_| BadRequest::Malformed)?;
            let bytes: Bytes =
                tokio::time::timeout(Duration::from_secs(BODY_SECONDS_MAX), body.to_bytes_limited(BODY_BYTES_MAX))
                    .await
                    .map_err(|_| BadRequest::TooSlow)?
                    .map_err(|_| BadRequest::TooLarge)?
                    .map_err(|_| BadRequest::Malformed)?;
            let pairs = serde_html_form::from_bytes(&bytes).map_err(|_| BadRequest::Malformed)?;
            Posted::check(pairs, &visitor)
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    pub field: String,
    pub label: Option<String>,
    pub text: String,
}

/// A form as a page draws it. Labels and hints are the words `<prefix>-<field>` and `<prefix>-<field>-hint`.
#[derive(Debug, Clone)]
pub struct Form {
    lang: Lang,
    prefix: &'static str,
    pairs: Vec<(String, String)>,
    errors: FormErrors,
    pub token: String,
    pub once: String,
}

impl Form {
    /// A blank form.
    pub fn new(visitor: &Visitor, prefix: &'static str) -> Form {
        Form::with(visitor, prefix, Vec::new())
    }

    /// A form with what is known already.
    pub fn with(visitor: &Visitor, prefix: &'static str, values: Vec<(&str, String)>) -> Form {
        Form {
            lang: visitor.lang,
            prefix,
            pairs: values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            errors: FormErrors::new(),
            token: visitor.form_token.clone(),
            once: Once::new().0.to_string(),
        }
    }

    pub fn value(&self, name: &str) -> String {
        self.pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }

    /// With another value in a field than was posted: a hidden version that somebody else raised.
    pub fn put(mut self, name: &str, value: impl ToString) -> Form {
        self.pairs.retain(|(key, _)| key != name);
        self.pairs.push((name.to_owned(), value.to_string()));
        self
    }

    pub fn checked(&self, name: &str, value: &str) -> bool {
        self.pairs.iter().any(|(key, found)| key == name && found == value)
    }

    pub fn error(&self, name: &str) -> Option<String> {
        self.errors
            .0
            .iter()
            .find(|trouble| trouble.field == name)
            .map(|trouble| self.lang.t_with(trouble.key, &trouble.args))
    }

    pub fn errors(&self) -> Vec<FieldError> {
        self.errors
            .0
            .iter()
            .map(|trouble| FieldError {
                field: trouble.field.to_owned(),
                // "Required" says nothing in a list of several: which field it is stands before it.
                label: trouble.key.starts_with("form-").then(|| self.known_label(trouble.field.as_ref())).flatten(),
                text: self.lang.t_with(trouble.key, &trouble.args),
            })
            .collect()
    }

    pub fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Whether somebody else changed the record since this form was drawn.
    pub fn is_overtaken(&self) -> bool {
        self.errors.0.iter().any(|trouble| trouble.key == "refusal-changed-meanwhile")
    }

    /// The label of a field, and of a field of a numbered row (`due_on_2`) that of its column.
    fn known_label(&self, name: &str) -> Option<String> {
        let find =
            |name: &str| crate::words::find(self.lang, &format!("{}-{}", self.prefix, name.replace('_', "-")), &[]);
        let column = name.trim_end_matches(|c: char| c.is_ascii_digit());
        find(name).or_else(|| find(column.strip_suffix('_')?))
    }

    pub fn label(&self, name: &str) -> String {
        self.known_label(name).unwrap_or_else(|| self.lang.t(&format!("{}-{}", self.prefix, name.replace('_', "-"))))
    }

    pub fn hint(&self, name: &str) -> Option<String> {
        crate::words::find(self.lang, &format!("{}-{}-hint", self.prefix, name.replace('_', "-")), &[])
    }
}

/// An empty text field is an absent value.
pub fn filled(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty()).then_some(text)
}
