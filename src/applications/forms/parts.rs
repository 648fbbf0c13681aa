//! The parts of the form that are one page of fields each: use case, workload, solution.

use super::{chosen, fields, number, shown};
use crate::{
    applications::rules::{DataClass, DecisionImpact, LanguageClass, LatencyClass, merging::Fields},
    core::form::FormErrors,
    vendors::{Hosting, ModelOrigin, PackageId},
    web::form::filled,
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UseCaseForm {
    pub version: String,
    pub title: String,
    pub use_case: String,
    pub process_name: String,
    pub problem: String,
    pub plan: String,
}

/// What the firm wants to do. Empty text is a gap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewUseCase {
    pub title: String,
    /// A code of the catalogue.
    pub use_case: Option<String>,
    pub process_name: String,
    pub problem: String,
    pub plan: String,
}

impl NewUseCase {
    pub fn fields(&self) -> Fields {
        fields([
            ("title", self.title.clone()),
            ("use_case", shown(self.use_case.as_ref())),
            ("process_name", self.process_name.clone()),
            ("problem", self.problem.clone()),
            ("plan", self.plan.clone()),
        ])
    }
}

impl UseCaseForm {
    pub fn parse(self) -> Result<NewUseCase, FormErrors> {
        let mut errors = FormErrors::new();
        let new = NewUseCase {
            title: errors.optional_line("title", &self.title, 100),
            use_case: filled(&self.use_case).map(str::to_owned),
            process_name: errors.optional_line("process_name", &self.process_name, 200),
            problem: errors.optional_text("problem", &self.problem, 3_000),
            plan: errors.optional_text("plan", &self.plan, 5_000),
        };
        errors.done(new)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkloadForm {
    pub version: String,
    #[serde(default)]
    pub data_class: String,
    #[serde(default)]
    pub latency_class: String,
    #[serde(default)]
    pub language_class: String,
    #[serde(default)]
    pub decision_impact: String,
    #[serde(default)]
    pub model_origin: String,
    #[serde(default)]
    pub hosting: String,
    pub human_oversight: String,
}

/// How the work is classified (domain: workload classification).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewWorkload {
    pub data_class: Option<DataClass>,
    pub latency_class: Option<LatencyClass>,
    pub language_class: Option<LanguageClass>,
    pub decision_impact: Option<DecisionImpact>,
    pub model_origin: Option<ModelOrigin>,
    pub hosting: Option<Hosting>,
    pub human_oversight: String,
}

impl NewWorkload {
    pub fn fields(&self) -> Fields {
        fields([
            ("data_class", shown(self.data_class)),
            ("latency_class", shown(self.latency_class)),
            ("language_class", shown(self.language_class)),
            ("decision_impact", shown(self.decision_impact)),
            ("model_origin", shown(self.model_origin)),
            ("hosting", shown(self.hosting)),
            ("human_oversight", self.human_oversight.clone()),
        ])
    }
}

impl WorkloadForm {
    pub fn parse(self) -> Result<NewWorkload, FormErrors> {
        let mut errors = FormErrors::new();
        let new = NewWorkload {
            data_class: chosen(&mut errors, "data_class", &self.data_class),
            latency_class: chosen(&mut errors, "latency_class", &self.latency_class),
            language_class: chosen(&mut errors, "language_class", &self.language_class),
            decision_impact: chosen(&mut errors, "decision_impact", &self.decision_impact),
            model_origin: chosen(&mut errors, "model_origin", &self.model_origin),
            hosting: chosen(&mut errors, "hosting", &self.hosting),
            human_oversight: errors.optional_text("human_oversight", &self.human_oversight, 1_000),
        };
        errors.done(new)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageForm {
    pub version: String,
    #[serde(default)]
    pub package: String,
    pub quantity: String,
}

/// The chosen package and how many of it. Whether it may be chosen is for the action to see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NewPackage {
    pub package: Option<PackageId>,
    pub quantity: Option<i64>,
}

impl NewPackage {
    pub fn fields(&self) -> Fields {
        fields([("package", shown(self.package)), ("quantity", shown(self.quantity))])
    }
}

impl PackageForm {
    pub fn parse(self) -> Result<NewPackage, FormErrors> {
        let mut errors = FormErrors::new();
        let new = NewPackage {
            package: chosen(&mut errors, "package", &self.package),
            quantity: number(&mut errors, "quantity", &self.quantity, 1..=super::QUANTITY_MAX),
        };
        errors.done(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workload(data_class: &str, hosting: &str) -> WorkloadForm {
        WorkloadForm {
            version: "1".to_owned(),
            data_class: data_class.to_owned(),
            latency_class: String::new(),
            language_class: String::new(),
            decision_impact: String::new(),
            model_origin: String::new(),
            hosting: hosting.to_owned(),
            human_oversight: String::new(),
        }
    }

    #[test]
    fn every_class_may_be_written_down_with_every_hosting_and_a_gap_is_no_wrong_value() {
        for data_class in DataClass::ALL {
            for hosting in Hosting::ALL {
                // Whether the two go together is a condition of the call.
                assert!(workload(data_class.as_str(), hosting.as_str()).parse().is_ok(), "{data_class} in {hosting}");
            }
            assert!(workload(data_class.as_str(), "").parse().is_ok());
        }
        assert!(workload("", "").parse().is_ok());
        assert!(workload("D9", "").parse().is_err());
    }

    #[test]
    fn what_is_read_back_is_what_was_typed() {
        let form = workload("D2", "kr_private");
        let new = form.parse().unwrap();
        let again: WorkloadForm = crate::applications::forms::read_back(&new.fields()).unwrap();
        assert_eq!(again.parse().unwrap(), new);
    }
}
