//! What a person may be refused, and what they can do about it. A refusal is expected and stored nowhere but for the
//! evidence it carries;
//! anything unexpected is a fault, whose text is logged and never shown.

use super::form::FormErrors;

/// One expected situation: a sentence in `words/`, the status it answers with, the field it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Key in `words/`; the sentence says what happened and what to do next.
    pub key: &'static str,
    /// Values that the sentence shows.
    pub args: Vec<(&'static str, String)>,
    /// The form field beside which the sentence belongs.
    pub field: Option<&'static str>,
    pub status: Status,
    /// What was looked at, as JSON: kept in a unit of work of its own once the refused one is rolled back.
    pub evidence: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// 422: what was sent cannot be accepted as it is.
    Unacceptable,
    /// 409: somebody or something else was first.
    Conflict,
    /// 403: this person may not do this to this record (for example: two acts of one person).
    Forbidden,
    /// 404: not there, or not theirs to see.
    NotFound,
    /// 429: too often; wait.
    TooMany,
    /// 503: nothing was stored; try again.
    Busy,
}

impl Refusal {
    pub const fn unacceptable(key: &'static str) -> Refusal {
        Refusal { key, args: Vec::new(), field: None, status: Status::Unacceptable, evidence: Vec::new() }
    }

    pub const fn conflict(key: &'static str) -> Refusal {
        Refusal { key, args: Vec::new(), field: None, status: Status::Conflict, evidence: Vec::new() }
    }

    pub const fn forbidden(key: &'static str) -> Refusal {
        Refusal { key, args: Vec::new(), field: None, status: Status::Forbidden, evidence: Vec::new() }
    }

    pub const fn not_found() -> Refusal {
        Refusal {
            key: "refusal-not-found",
            args: Vec::new(),
            field: None,
            status: Status::NotFound,
            evidence: Vec::new(),
        }
    }

    pub const fn too_many(key: &'static str) -> Refusal {
        Refusal { key, args: Vec::new(), field: None, status: Status::TooMany, evidence: Vec::new() }
    }

    pub const fn busy() -> Refusal {
        Refusal { key: "refusal-busy", args: Vec::new(), field: None, status: Status::Busy, evidence: Vec::new() }
    }

    /// Adds what was looked at.
    pub fn on(mut self, evidence: String) -> Refusal {
        self.evidence.push(evidence);
        self
    }

    /// Names the form field that the sentence belongs to.
    pub fn at(mut self, field: &'static str) -> Refusal {
        self.field = Some(field);
        self
    }

    /// Adds a value that the sentence shows.
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Refusal {
        self.args.push((name, value.to_string()));
        self
    }
}

/// What an action answers when it does not do what was asked.
#[derive(Debug)]
pub enum Trouble {
    /// What was sent cannot be read; nothing was stored.
    Invalid(FormErrors),
    Refused(Refusal),
    Fault(anyhow::Error),
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Trouble {
        Trouble::Refused(refusal)
    }
}

impl From<anyhow::Error> for Trouble {
    fn from(fault: anyhow::Error) -> Trouble {
        Trouble::Fault(fault)
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Trouble::Invalid(errors) => write!(f, "invalid: {:?}", errors.0),
            Trouble::Refused(refusal) => write!(f, "refused: {}", refusal.key),
            Trouble::Fault(fault) => write!(f, "fault: {fault:#}"),
        }
    }
}

impl std::error::Error for Trouble {}

/// What every action returns.
pub type Outcome<T> = Result<T, Trouble>;
