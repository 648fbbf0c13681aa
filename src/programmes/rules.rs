//! What a call decides by, as data; when it is open; what its change screen may set.

use crate::core::money::{BasisPoints, Won};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

crate::text_enum!(
    /// Where a call stands.
    CallState {
        Draft = "draft",
        Published = "published",
        Cancelled = "cancelled",
    }
);

crate::text_enum!(
    /// How applications are chosen.
    SelectionMode {
        Scored = "scored",
        CatalogueAuto = "catalogue_auto",
    }
);

crate::text_enum!(
    /// A kind of cost that may be funded.
    CostCategory {
        SolutionLicence = "solution_licence",
        Integration = "integration",
        Infrastructure = "infrastructure",
        CloudUsage = "cloud_usage",
        Data = "data",
        Staff = "staff",
    }
);

/// The rules of one version of a call. Stored as JSON: amounts in won, shares in basis points, terms in days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRules {
    pub selection: SelectionMode,
    /// The most one application may ask for.
    pub support_max_won: Won,
    /// The largest state share of the cost, for small and medium-sized firms and for mid-sized ones.
    pub share_max_sme: BasisPoints,
    pub share_max_mid_sized: BasisPoints,
    /// Whether large firms may apply at all.
    pub large_firms: bool,
    /// Points of 100 (in whole points) below which nobody is selected.
    pub pass_mark: i64,
    pub reviewers: i64,
    pub rubric: Vec<RubricItem>,
    pub categories: Vec<CostCategory>,
    pub documents: Vec<DocumentRule>,
    pub supplement_days: i64,
    pub agreement_answer_days: i64,
    pub objection_days: i64,
    /// From agreement to the end of the work.
    pub term_months: i64,
}

/// One criterion of the rubric: weights of all items add up to 100.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RubricItem {
    pub code: String,
    pub name_ko: String,
    pub name_en: String,
    pub weight: i64,
}

/// A document that an application carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentRule {
    pub kind: String,
    pub name_ko: String,
    pub name_en: String,
    pub required: bool,
}

/// Whether a submission counts: the request began within the window, and ended before the grace ran out.
pub fn in_time(
    opens_at: DateTime<Utc>,
    closes_at: DateTime<Utc>,
    grace_seconds: i64,
    arrived_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> bool {
    arrived_at >= opens_at && arrived_at < closes_at && now < closes_at + Duration::seconds(grace_seconds)
}
