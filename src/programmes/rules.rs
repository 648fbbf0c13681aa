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

impl CallRules {
    /// The reviewed "AI voucher": up to KRW 200,000,000, state share at most 80 % for small and medium-sized firms
    /// and 70 % for mid-sized ones, three reviewers, pass mark 70 (domain: programme history, default rubric, timers).
    pub fn ai_voucher() -> CallRules {
        let item = |code: &str, name_ko: &str, name_en: &str, weight| RubricItem {
            code: code.to_owned(),
            name_ko: name_ko.to_owned(),
            name_en: name_en.to_owned(),
            weight,
        };
        let document = |kind: &str, name_ko: &str, name_en: &str, required| DocumentRule {
            kind: kind.to_owned(),
            name_ko: name_ko.to_owned(),
            name_en: name_en.to_owned(),
            required,
        };
        CallRules {
            selection: SelectionMode::Scored,
            support_max_won: Won(200_000_000),
            share_max_sme: BasisPoints(8_000),
            share_max_mid_sized: BasisPoints(7_000),
            large_firms: false,
            pass_mark: 70,
            reviewers: 3,
            rubric: vec![
                item("problem", "문제와 필요성", "Problem and need", 20),
                item("feasibility", "실현 가능성과 데이터 준비", "Feasibility and data readiness", 20),
                item("solution", "솔루션 적합성과 공급기업 역량", "Solution fit and vendor capability", 20),
                item("outcome", "성과와 측정 가능성", "Outcome and measurability", 20),
                item("budget", "사업비 적정성", "Budget adequacy", 10),
                item("governance", "지속 활용과 관리", "Sustained use and governance", 10),
            ],
            categories: CostCategory::ALL.to_vec(),
            documents: vec![
                document("plan", "사업계획서", "Project plan", true),
                document("registration", "사업자등록증", "Business registration certificate", true),
                document("financials", "재무제표", "Financial statements", false),
                document("tax_clearance", "국세·지방세 납세증명서", "Tax clearance", false),
            ],
            supplement_days: 7,
            agreement_answer_days: 30,
            objection_days: 10,
            term_months: 7,
        }
    }
}
