//! What a vendor of a population says of its solution, and whom it names.

use super::super::rules::{self, VendorSpec};
use crate::vendors::{
    Described, SolutionFacts,
    forms::NewReference,
    rules::facts::{DataClass, Language, ModelMaker, RedTeam, RedTeamScope},
};
use chrono::{Duration, NaiveDate};
use rand::RngExt;

/// What a vendor says of its solution: some say everything, some only what they must.
pub(super) fn described(seed: u64, number: u32, spec: &VendorSpec, today: NaiveDate) -> anyhow::Result<Described> {
    let mut dice = rules::vendor_dice(seed, number, 0);
    let mut says = |percent: u32| dice.random_range(0..100) < percent;
    let independent = says(40);
    let facts = SolutionFacts {
        model_maker: Some(if spec.model_origin == "sovereign" { ModelMaker::Own } else { ModelMaker::Both }),
        data_location: "대한민국 수도권".to_owned(),
        data_flow_documented: says(60),
        data_classes: match spec.use_case {
            "CLINIC_DOC" | "PATIENT_COMM" => vec![DataClass::Internal, DataClass::Personal, DataClass::Sensitive],
            _ => vec![DataClass::Public, DataClass::Internal, DataClass::Secret],
        },
        languages: match spec.use_case {
            "QC_VISION" | "WASTE_RED" => vec![Language::NonText],
            _ => vec![Language::Korean, Language::English],
        },
        red_team: Some(if independent { RedTeam::Independent } else { RedTeam::SelfTest }),
        red_team_by: if independent { "시연 보안시험원" } else { "자체 점검팀" }.to_owned(),
        red_team_report: format!("시연 보고서 {}", number + 1),
        red_team_on: Some(today - Duration::days(60)),
        red_team_scope: if independent { RedTeamScope::ALL.to_vec() } else { vec![RedTeamScope::Leakage] },
        evaluation_task: "시연용 평가 과제".to_owned(),
        evaluation_metric: "정확도".to_owned(),
        evaluation_threshold: "92 %".to_owned(),
        evaluation_regression: says(50),
        availability_bp: Some(if says(70) { 9_990 } else { 9_800 }),
        p95_ms: Some(300 + i64::from(number % 7) * 150),
        support_hours: "평일 09:00-18:00".to_owned(),
        rpo_hours: says(60).then_some(4),
        rto_hours: says(60).then_some(8),
        service_credits: says(40),
        training_days: Some(10),
        training_rollback: says(70),
        model_card: says(70),
        version_pinned: says(60),
        training_data_stated: says(50),
        known_limits: "본 적이 없는 유형은 사람이 확인해야 합니다.".to_owned(),
        human_oversight: "담당자가 결과를 확인하고 고칠 수 있습니다.".to_owned(),
        return_days: Some(30),
        deletion_certificate: says(60),
        standard_api: says(80),
        data_export: says(70),
        security_mark: "ISMS-P".to_owned(),
        security_mark_until: Some(today + Duration::days(700)),
        usage_log: says(90),
    };
    Ok(Described {
        name: spec.solution.clone(),
        summary: "시연용으로 지은 솔루션입니다.".to_owned(),
        use_case: spec.use_case.to_owned(),
        model_origin: spec.model_origin.parse()?,
        model_names: format!("시연 모델 {}", 1 + number % 3),
        hosting: spec.hosting.parse()?,
        trains_on_customer_data: false,
        exit_terms: "계약이 끝나면 30일 안에 돌려주고 지웁니다.".to_owned(),
        facts,
    })
}

/// A customer that a vendor names.
pub(super) fn reference(seed: u64, vendor: u32, number: u32) -> NewReference {
    let (name, business_number) = rules::customer(seed, vendor, number);
    let mut dice = rules::vendor_dice(seed, vendor * 5 + number, 2);
    NewReference {
        business_number: business_number.as_str().to_owned(),
        name,
        months_used: dice.random_range(7..48),
        gain_milli: 1_000 * dice.random_range(15..40),
        satisfied: true,
    }
}
