//! Programme, call, and the rules of a call in versions.
//! Invariant: a decision keeps the version of the rules it was taken under.

pub mod actions;
pub mod forms;
pub mod pages;
pub mod rules;
mod store;
mod views;

pub use actions::{caps_of, simulate_job};
pub use rules::{
    AgreementRules, Allowance, CallPhase, CallRules, CallState, CategoryRule, Condition, CostCategory, DocumentRule,
    Envelope, FirmClass, FundingRule, LetterCase, Limits, PaymentRules, Place, QuestionRule, ReviewRules, RubricItem,
    ScreeningRules, SelectionMode, SizeGroup, Split, Stages, Timers, Track, Wave,
    conditions::{self, Stage, Undetermined, Verdict, WaivedBy},
    funds_vat,
};
pub use store::{
    Call, Programme, SharedRules, changes::rules_under_way, find_call, find_programme, get_call, get_programme,
    open_calls, open_calls_after, rules_at,
};

crate::id!(
    /// A programme of one year.
    ProgrammeId
);
crate::id!(
    /// A call for applications.
    CallId
);
crate::id!(
    /// A change of a call.
    ChangeId
);
crate::id!(
    /// A what-if run of a call.
    SimulationId
);
