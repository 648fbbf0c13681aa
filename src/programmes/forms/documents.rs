//! What people send about the documents of a call: their names, and what files are taken.

use super::{
    settings::{Edit, edit},
    small_code,
};
use crate::{
    core::{form::FormErrors, refusal::Refusal},
    files,
    programmes::rules::{DocumentRule, MEGABYTE},
    web::form::filled,
};
use serde::Deserialize;

/// Kinds of documents one call asks for.
const DOCUMENTS_MAX: usize = 30;
const PAGES_MAX: i64 = 2_000;

/// One kind of document. Its code, once given, names it; ticked as ended it is taken out, in every track.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentForm {
    pub version: String,
    pub document_code: String,
    pub document_ko: String,
    pub document_en: String,
    #[serde(default)]
    pub document_required: String,
    pub document_most_mb: String,
    #[serde(default)]
    pub document_types: Vec<String>,
    pub document_most_pages: String,
    #[serde(default)]
    pub document_ends: String,
}

impl DocumentForm {
    pub fn parse(self) -> Result<Edit, FormErrors> {
        let mut errors = FormErrors::new();
        let kind = small_code(&mut errors, "document_code", &self.document_code);
        if self.document_ends == "yes" {
            return errors.done(edit(move |rules| {
                let rest = |rules: &mut Vec<DocumentRule>| rules.retain(|rule| rule.kind != kind);
                rest(&mut rules.documents);
                rules.tracks.iter_mut().filter_map(|track| track.documents.as_mut()).for_each(rest);
            }));
        }
        let most_mb = files::FILE_BYTES_MAX as i64 / MEGABYTE;
        let rule = DocumentRule {
            kind,
            name_ko: errors.line("document_ko", &self.document_ko, 60),
            name_en: errors.line("document_en", &self.document_en, 60),
            required: self.document_required == "yes",
            max_bytes: filled(&self.document_most_mb)
                .map(|text| errors.integer("document_most_mb", text, 1..=most_mb) * MEGABYTE),
            types: files::endings()
                .filter(|known| self.document_types.iter().any(|own| own == known))
                .map(str::to_owned)
                .collect(),
            max_pages: filled(&self.document_most_pages)
                .map(|text| errors.integer("document_most_pages", text, 1..=PAGES_MAX)),
        };
        errors.done(Box::new(move |rules| {
            let put = |documents: &mut Vec<DocumentRule>, required: Option<bool>| match documents
                .iter_mut()
                .find(|known| known.kind == rule.kind)
            {
                Some(known) => *known = DocumentRule { required: required.unwrap_or(known.required), ..rule.clone() },
                None => documents.push(rule.clone()),
            };
            put(&mut rules.documents, Some(rule.required));
            // What a track requires is the track's own to say.
            rules.tracks.iter_mut().filter_map(|track| track.documents.as_mut()).for_each(|own| put(own, None));
            if rules.documents.len() > DOCUMENTS_MAX {
                return Err(Refusal::unacceptable("programmes-too-many-documents").with("most", DOCUMENTS_MAX));
            }
            Ok(())
        }))
    }
}
