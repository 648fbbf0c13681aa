//! The form of a solution: what a careful buyer of AI wants to know.

use crate::{
    core::form::FormErrors,
    vendors::rules::facts::{Described, SolutionFacts},
};
use serde::Deserialize;
use std::str::FromStr;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
pub struct SolutionForm {
    name: String,
    summary: String,
    use_case: String,
    model_maker: String,
    model_origin: String,
    model_names: String,
    hosting: String,
    data_location: String,
    data_flow_documented: String,
    data_classes: Vec<String>,
    trains_on_customer_data: String,
    languages: Vec<String>,
    human_oversight: String,
    model_card: String,
    version_pinned: String,
    training_data_stated: String,
    known_limits: String,
    red_team: String,
    red_team_by: String,
    red_team_report: String,
    red_team_on: String,
    red_team_scope: Vec<String>,
    evaluation_task: String,
    evaluation_metric: String,
    evaluation_threshold: String,
    evaluation_regression: String,
    availability: String,
    p95_ms: String,
    support_hours: String,
    rpo_hours: String,
    rto_hours: String,
    service_credits: String,
    training_days: String,
    training_rollback: String,
    exit_terms: String,
    return_days: String,
    deletion_certificate: String,
    standard_api: String,
    data_export: String,
    security_mark: String,
    security_mark_until: String,
    usage_log: String,
}

fn is_ticked(text: &str) -> bool {
    text == "yes"
}

fn number(errors: &mut FormErrors, field: &'static str, text: &str, most: i64) -> Option<i64> {
    (!text.trim().is_empty()).then(|| errors.integer(field, text, 0..=most))
}

fn day(errors: &mut FormErrors, field: &'static str, text: &str) -> Option<chrono::NaiveDate> {
    (!text.trim().is_empty()).then(|| errors.date(field, text))
}

/// Values the page offered, each once; at least one when `required`.
fn several<T: FromStr + PartialEq>(
    errors: &mut FormErrors,
    field: &'static str,
    texts: &[String],
    required: bool,
) -> Vec<T> {
    let mut chosen = Vec::new();
    for text in texts {
        match text.parse() {
            Ok(value) if chosen.contains(&value) => {}
            Ok(value) => chosen.push(value),
            Err(_) => errors.add(field, "form-choose"),
        }
    }
    if required && texts.is_empty() {
        errors.add(field, "form-choose");
    }
    chosen
}

/// `99.95` percent in basis points.
fn share(errors: &mut FormErrors, field: &'static str, text: &str) -> Option<i64> {
    if text.trim().is_empty() {
        return None;
    }
    let milli = errors.milli(field, text.trim().trim_end_matches('%'));
    if !(0..=100_000).contains(&milli) {
        let bounds = vec![("least", "0".to_owned()), ("most", "100".to_owned())];
        errors.add_with(field, "form-out-of-range", bounds);
    }
    Some(milli / 10)
}

impl SolutionForm {
    pub fn parse(self) -> Result<Described, FormErrors> {
        let mut errors = FormErrors::new();
        let name = errors.line("name", &self.name, 100);
        let summary = errors.text("summary", &self.summary, 1_000);
        if self.use_case.is_empty() {
            errors.add("use_case", "form-choose");
        }
        let model_maker = errors.choice("model_maker", &self.model_maker);
        let model_origin = errors.choice("model_origin", &self.model_origin);
        let model_names = errors.line("model_names", &self.model_names, 200);
        let hosting = errors.choice("hosting", &self.hosting);
        let trains = match self.trains_on_customer_data.as_str() {
            "yes" => Some(true),
            "no" => Some(false),
            _ => {
                errors.add("trains_on_customer_data", "form-choose");
                None
            }
        };
        let exit_terms = errors.text("exit_terms", &self.exit_terms, 2_000);
        let facts = self.facts(&mut errors, model_maker);
        let (Some(model_origin), Some(hosting), Some(trains_on_customer_data)) = (model_origin, hosting, trains) else {
            return Err(errors);
        };
        errors.done(Described {
            name,
            summary,
            use_case: self.use_case,
            model_origin,
            model_names,
            hosting,
            trains_on_customer_data,
            exit_terms,
            facts,
        })
    }

    fn facts(
        &self,
        errors: &mut FormErrors,
        model_maker: Option<crate::vendors::rules::facts::ModelMaker>,
    ) -> SolutionFacts {
        let red_team = if self.red_team.is_empty() { None } else { errors.choice("red_team", &self.red_team) };
        SolutionFacts {
            model_maker,
            data_location: errors.line("data_location", &self.data_location, 200),
            data_flow_documented: is_ticked(&self.data_flow_documented),
            data_classes: several(errors, "data_classes", &self.data_classes, true),
            languages: several(errors, "languages", &self.languages, true),
            red_team,
            red_team_by: errors.optional_line("red_team_by", &self.red_team_by, 100),
            red_team_report: errors.optional_line("red_team_report", &self.red_team_report, 200),
            red_team_on: day(errors, "red_team_on", &self.red_team_on),
            red_team_scope: several(errors, "red_team_scope", &self.red_team_scope, false),
            evaluation_task: errors.optional_line("evaluation_task", &self.evaluation_task, 200),
            evaluation_metric: errors.optional_line("evaluation_metric", &self.evaluation_metric, 100),
            evaluation_threshold: errors.optional_line("evaluation_threshold", &self.evaluation_threshold, 100),
            evaluation_regression: is_ticked(&self.evaluation_regression),
            availability_bp: share(errors, "availability", &self.availability),
            p95_ms: number(errors, "p95_ms", &self.p95_ms, 3_600_000),
            support_hours: errors.optional_line("support_hours", &self.support_hours, 100),
            rpo_hours: number(errors, "rpo_hours", &self.rpo_hours, 10_000),
            rto_hours: number(errors, "rto_hours", &self.rto_hours, 10_000),
            service_credits: is_ticked(&self.service_credits),
            training_days: number(errors, "training_days", &self.training_days, 1_000),
            training_rollback: is_ticked(&self.training_rollback),
            model_card: is_ticked(&self.model_card),
            version_pinned: is_ticked(&self.version_pinned),
            training_data_stated: is_ticked(&self.training_data_stated),
            known_limits: errors.optional_text("known_limits", &self.known_limits, 1_000),
            human_oversight: errors.text("human_oversight", &self.human_oversight, 1_000),
            return_days: number(errors, "return_days", &self.return_days, 1_000),
            deletion_certificate: is_ticked(&self.deletion_certificate),
            standard_api: is_ticked(&self.standard_api),
            data_export: is_ticked(&self.data_export),
            security_mark: errors.optional_line("security_mark", &self.security_mark, 100),
            security_mark_until: day(errors, "security_mark_until", &self.security_mark_until),
            usage_log: is_ticked(&self.usage_log),
        }
    }
}
