//! Pages on which a firm writes: lists, documents, a conflict, the answers to a supplement.

use super::{
    checks::CheckView,
    whole::{CostRow, DocumentRow, IndicatorRow, MemberRow, Sums},
};
use crate::{
    applications::ApplicationId,
    web::{Choice, Form, Link, Page},
};
use askama::Template;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The indicators there are, and a form for one more or for one of them.
#[derive(Template)]
#[template(path = "applications/indicators.html")]
pub struct IndicatorsPage {
    pub page: Page,
    pub form: Form,
    pub id: ApplicationId,
    pub version: i64,
    pub rows: Vec<IndicatorRow>,
    /// Indicators that the catalogue proposes, with the link that fills them in.
    pub proposals: Vec<Link>,
    /// The one that is being changed.
    pub row: Option<Uuid>,
    pub directions: Vec<Choice>,
    pub saved: String,
}

/// The lines of cost there are, and a form for one more or for one of them.
#[derive(Template)]
#[template(path = "applications/costs.html")]
pub struct CostsPage {
    pub page: Page,
    pub form: Form,
    pub id: ApplicationId,
    pub version: i64,
    pub rows: Vec<CostRow>,
    pub row: Option<Uuid>,
    pub categories: Vec<Choice>,
    pub taxed: Vec<Choice>,
    /// The call takes a part of the own share in kind.
    pub asks_in_kind: bool,
    pub sums: Sums,
    /// The state share as a sum in words, against the limit of the firm's size.
    pub arithmetic: Vec<String>,
    pub checks: Vec<CheckView>,
    pub saved: String,
}

/// The people there are, and a form for one more or for one of them.
#[derive(Template)]
#[template(path = "applications/team.html")]
pub struct TeamPage {
    pub page: Page,
    pub form: Form,
    pub id: ApplicationId,
    pub version: i64,
    pub rows: Vec<MemberRow>,
    pub row: Option<Uuid>,
    pub saved: String,
}

/// A kind of document that the call asks for, and what is attached for it.
pub struct Slot {
    pub kind: String,
    pub name: String,
    pub required: bool,
    /// Kinds, size and pages, said before anything is sent.
    pub limits: String,
    /// The same for the browser's own dialogue.
    pub accept: String,
    pub documents: Vec<DocumentRow>,
    /// What was wrong with the upload that was just tried.
    pub error: Option<String>,
    /// Documents of the firm's vault that fit.
    pub vault: Vec<crate::web::Choice>,
    /// Those that would fit but count no longer: name, and the last day they did.
    pub ended: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "applications/documents.html")]
pub struct DocumentsPage {
    pub page: Page,
    pub form: Form,
    pub id: ApplicationId,
    pub version: i64,
    pub slots: Vec<Slot>,
}

/// A field that two people changed: values as they are sent and as they are read.
pub struct ClashView {
    pub name: String,
    pub label: String,
    /// What both began from; None when it is not known any more.
    pub base: Option<String>,
    pub theirs: (String, String),
    pub yours: (String, String),
    /// Both, one after the other, where the field takes several lines.
    pub both: Option<String>,
}

#[derive(Template)]
#[template(path = "applications/conflict.html")]
pub struct ConflictPage {
    pub page: Page,
    pub form: Form,
    /// The part that both wrote.
    pub section: String,
    pub path: String,
    pub version: i64,
    /// Who saved last, and when.
    pub last: Option<(String, String)>,
    pub clashes: Vec<ClashView>,
    /// Everything that needs no decision, sent along.
    pub settled: Vec<(String, String)>,
}

/// What was asked for in one part, and the field of the firm's answer.
pub struct SupplementField {
    pub name: &'static str,
    pub heading: String,
    pub items: Vec<String>,
    /// Where the part itself is corrected.
    pub href: Option<String>,
}

#[derive(Template)]
#[template(path = "applications/supplement.html")]
pub struct SupplementPage {
    pub page: Page,
    pub form: Form,
    pub id: ApplicationId,
    pub due_at: DateTime<Utc>,
    pub fields: Vec<SupplementField>,
}
