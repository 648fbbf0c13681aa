//! What conditions may speak of: every fact with its type, where it comes from and how an outsider is asked for it.
//! Invariant: a condition that names a fact which is not here, or uses it as another type, cannot be saved.

use crate::core::expression::Type;

/// Where a fact comes from; its words are `fact-source-<code>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Register,
    Firm,
    Assessment,
    Figures,
    Application,
    Vendors,
    Call,
    Clock,
}

impl Source {
    pub fn code(self) -> &'static str {
        match self {
            Source::Register => "register",
            Source::Firm => "firm",
            Source::Assessment => "assessment",
            Source::Figures => "figures",
            Source::Application => "application",
            Source::Vendors => "vendors",
            Source::Call => "call",
            Source::Clock => "clock",
        }
    }
}

/// One fact. Its words are `fact-<name>`, the question to an outsider `question-<name>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    pub name: &'static str,
    pub kind: Type,
    pub source: Source,
    /// The part of an application in which a firm corrects it.
    pub section: Option<&'static str>,
    /// An outsider can answer it.
    pub asked: bool,
    /// The codes a text may be, and the family of their words.
    pub options: &'static [&'static str],
    pub family: &'static str,
}

const fn fact(name: &'static str, kind: Type, source: Source) -> Fact {
    Fact { name, kind, source, section: None, asked: false, options: &[], family: "" }
}

impl Fact {
    const fn asked(mut self) -> Fact {
        self.asked = true;
        self
    }

    const fn of(mut self, family: &'static str, options: &'static [&'static str]) -> Fact {
        self.family = family;
        self.options = options;
        self
    }

    const fn within(mut self, section: &'static str) -> Fact {
        self.section = Some(section);
        self
    }
}

const DATA: &[&str] = &["D0", "D1", "D2", "D3", "D4"];
const LATENCY: &[&str] = &["L0", "L1", "L2", "L3"];
const SIZES: &[&str] = &["micro", "small", "medium", "mid_sized", "large"];
const STANDING: &[&str] = &["active", "suspended", "closed"];
const KINDS: &[&str] = &["corporation", "individual", "nonprofit", "medical", "cooperative"];

/// In the order in which an outsider is asked.
pub const FACTS: &[Fact] = &[
    fact("firm_register_status", Type::Text, Source::Register).of("application-register", STANDING).asked(),
    fact("firm_kind", Type::Text, Source::Firm).of("organisation-kind", KINDS).asked(),
    // "none" when nobody assessed it; missing when it could not be assessed.
    fact("firm_size_class", Type::Text, Source::Assessment).of("application-size", SIZES).asked(),
    fact("firm_founded_on", Type::Date, Source::Firm).asked(),
    fact("firm_capital_impairment", Type::Text, Source::Figures)
        .of("capital-impairment", &["none", "partial", "full"])
        .asked(),
    fact("work_data_class", Type::Text, Source::Application).of("application-data", DATA).within("workload").asked(),
    // As declared, or as the chosen solution works.
    fact("work_foreign", Type::Boolean, Source::Application).within("workload").asked(),
    fact("work_latency_class", Type::Text, Source::Application)
        .of("application-latency", LATENCY)
        .within("workload")
        .asked(),
    fact("package_on_offer", Type::Boolean, Source::Vendors).within("solution").asked(),
    fact("vendor_is_firm", Type::Boolean, Source::Vendors).within("solution").asked(),
    fact("costs_total", Type::Won, Source::Application).within("costs").asked(),
    fact("costs_support", Type::Won, Source::Application).within("costs").asked(),
    fact("firm_register_days", Type::Number, Source::Register),
    fact("firm_region", Type::Text, Source::Firm),
    fact("firm_industry", Type::Text, Source::Firm),
    fact("firm_employees", Type::Number, Source::Firm),
    fact("firm_large_group", Type::Boolean, Source::Firm),
    // From other agencies, over the rolling window (organisations::rules::aid).
    fact("firm_other_aid", Type::Won, Source::Firm),
    fact("work_use_case", Type::Text, Source::Application).within("use_case"),
    fact("work_decision_impact", Type::Text, Source::Application)
        .of("application-impact", &["advisory", "human_in_loop", "automated", "high_impact"])
        .within("workload"),
    fact("work_model_origin", Type::Text, Source::Application)
        .of("application-origin", &["sovereign", "global", "open_weight", "hybrid"])
        .within("workload"),
    fact("work_transfer_notice", Type::Boolean, Source::Application).within("documents"),
    // What the firm and its vendor have in common (vendors::rules::criteria::Tie).
    fact("vendor_ties", Type::List, Source::Vendors)
        .of("tie", &["same_business", "representative", "address", "phone", "account"])
        .within("solution"),
    fact("vendor_state", Type::Text, Source::Vendors).of("vendor-state", &[]),
    fact("vendor_register_status", Type::Text, Source::Register).of("application-register", STANDING),
    fact("vendor_register_days", Type::Number, Source::Register),
    // Price of the chosen package times its quantity.
    fact("package_total", Type::Won, Source::Vendors).within("solution"),
    fact("costs_licences", Type::Won, Source::Application).within("costs"),
    fact("costs_categories", Type::List, Source::Application).of("cost-category", &[]).within("costs"),
    fact("costs_over_ceiling", Type::List, Source::Application).of("cost-category", &[]).within("costs"),
    // Missing while a category is asked for that needs prior approval.
    fact("costs_approved", Type::Boolean, Source::Application).within("costs"),
    fact("call_support_max", Type::Won, Source::Call),
    // Of the firm's size; missing while that is unknown.
    fact("call_share_max", Type::Share, Source::Call),
    fact("call_share_max_sme", Type::Share, Source::Call),
    fact("call_share_max_mid_sized", Type::Share, Source::Call),
    fact("call_classes", Type::List, Source::Call).of("application-size", SIZES),
    fact("call_categories", Type::List, Source::Call).of("cost-category", &[]),
    fact("today", Type::Date, Source::Clock),
];

pub fn find_fact(name: &str) -> Option<&'static Fact> {
    FACTS.iter().find(|fact| fact.name == name)
}

/// The type of a fact, as expressions are checked against it.
pub fn type_of(name: &str) -> Option<Type> {
    find_fact(name).map(|fact| fact.kind)
}
