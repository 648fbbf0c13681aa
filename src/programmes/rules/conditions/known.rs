//! The facts that are known of a firm and of a call before anything is written down.

use crate::{
    core::expression::{Facts, Value},
    organisations::{OrganisationFacts, RegisterStatus},
    programmes::rules::{CallRules, FirmClass, FundingRule},
};
use chrono::{DateTime, NaiveDate, Utc};

/// What the call itself says, for a firm of this size, and the day.
pub fn call_facts(rules: &CallRules, class: Option<FirmClass>, today: NaiveDate) -> Facts {
    let limits = rules.limits(class);
    let classes = FirmClass::ALL.iter().filter(|class| rules.funding_of(**class).is_some());
    let mut facts = Facts::default();
    let share = class.and_then(|class| rules.funding_of(class)).map(FundingRule::share);
    facts.put("call_support_max", Some(Value::Won(limits.support_max)));
    facts.put("call_share_max", share.map(Value::Share));
    facts.put("call_share_max_sme", Some(Value::Share(limits.share_max_sme)));
    facts.put("call_share_max_mid_sized", Some(Value::Share(limits.share_max_mid_sized)));
    facts.put("call_classes", Some(Value::List(classes.map(ToString::to_string).collect())));
    let categories = rules.allowed_categories();
    facts.put("call_categories", Some(Value::List(categories.iter().map(ToString::to_string).collect())));
    facts.put("today", Some(Value::Date(today)));
    facts
}

/// What is known of the firm itself. A register that gave no answer, a size that could not be assessed and figures
/// that were not given are missing facts.
pub fn firm_facts(firm: &OrganisationFacts, now: DateTime<Utc>) -> Facts {
    let mut facts = Facts::default();
    facts.put("firm_register_status", register_status(firm.register_status));
    facts.put("firm_register_days", days_since(firm.register_checked_at, now));
    facts.put("firm_kind", Some(Value::text(firm.kind.as_str())));
    facts.put("firm_founded_on", Some(Value::Date(firm.founded_on)));
    facts.put("firm_region", Some(Value::text(&firm.region_code)));
    facts.put("firm_industry", Some(Value::text(&firm.industry_code)));
    facts.put("firm_employees", Some(Value::Number(firm.employees_regular)));
    facts.put("firm_large_group", Some(Value::Boolean(firm.large_group)));
    facts.put("firm_other_aid", Some(Value::Won(firm.other_aid_won)));
    let size = firm.size_class.as_deref().unwrap_or("none");
    facts.put("firm_size_class", (size != "unassessable").then(|| Value::text(size)));
    facts.put("firm_capital_impairment", firm.impairment().map(|found| Value::text(found.as_str())));
    facts
}

/// The register's answer; missing where it gave none.
pub fn register_status(status: RegisterStatus) -> Option<Value> {
    (status != RegisterStatus::Unknown).then(|| Value::text(status.as_str()))
}

/// Whole days since the register was asked.
pub fn days_since(at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<Value> {
    at.map(|at| Value::Number((now - at).num_days()))
}
