//! A dossier as it is received: the content whose bytes are sealed.

use super::Dossier;
use crate::{
    applications::rules::content::*,
    core::{actor::Actor, measure::show_milli, money::Won},
};
use chrono::{DateTime, Utc};

impl Dossier {
    /// The hash of what would be submitted, without number, round and instant.
    pub fn content_hash(&self) -> anyhow::Result<Vec<u8>> {
        let mut content = self.content(&Actor::system(), "", 0, DateTime::UNIX_EPOCH);
        content.certified = None;
        Ok(content.seal()?.1)
    }

    /// What is received now as round `round`, as text that is hashed.
    pub fn content(&self, actor: &Actor, receipt_no: &str, round: i64, now: DateTime<Utc>) -> Content {
        let (application, around) = (&self.application, &self.around);
        let code = |text: &Option<String>| text.clone().unwrap_or_default();
        let decimal = |milli: Option<i64>| milli.map(|milli| show_milli(milli).replace(',', "")).unwrap_or_default();
        let won = |amount: Option<Won>| amount.map_or(0, |amount| amount.0);
        Content {
            format: FORMAT,
            receipt_no: receipt_no.to_owned(),
            round,
            received_at: instant(now),
            received_from: actor.id.to_string(),
            call: around.call_code.clone(),
            call_version: around.rules_version,
            firm: FirmContent {
                business_number: around.business_number.clone(),
                legal_name: around.legal_name.clone(),
                size_class: around.firm.size_class.clone().unwrap_or_default(),
                region: around.firm.region_code.clone(),
                industry: around.firm.industry_code.clone(),
            },
            use_case: UseCaseContent {
                title: application.title.clone(),
                use_case: code(&application.use_case),
                process_name: application.process_name.clone(),
                problem: application.problem.clone(),
                plan: application.plan.clone(),
            },
            workload: WorkloadContent {
                data_class: code(&application.data_class),
                latency_class: code(&application.latency_class),
                language_class: code(&application.language_class),
                decision_impact: code(&application.decision_impact),
                model_origin: code(&application.model_origin),
                hosting: code(&application.hosting),
                human_oversight: application.human_oversight.clone(),
            },
            indicators: self
                .indicators
                .iter()
                .map(|indicator| IndicatorContent {
                    name: indicator.name.clone(),
                    unit: indicator.unit.clone(),
                    direction: indicator.direction.clone(),
                    baseline: decimal(indicator.baseline_milli),
                    target: decimal(indicator.target_milli),
                    baseline_period: indicator.baseline_period.clone(),
                    baseline_source: indicator.baseline_source.clone(),
                })
                .collect(),
            solution: SolutionContent {
                package: application.package_id.map(|id| id.to_string()).unwrap_or_default(),
                package_name: self.package.as_ref().map(|p| p.package_name.clone()).unwrap_or_default(),
                solution_name: self.package.as_ref().map(|p| p.solution_name.clone()).unwrap_or_default(),
                vendor_name: self.package.as_ref().map(|p| p.vendor_name.clone()).unwrap_or_default(),
                quantity: application.package_quantity.unwrap_or_default(),
                unit_price: self.package.as_ref().map_or(0, |p| p.unit_price_won.0),
            },
            questions: self
                .questions
                .iter()
                .map(|asked| AnswerContent {
                    question: format!("{}.{}", asked.question.code, asked.question.version),
                    answer: if asked.applies { self.answer(&asked.question.code).to_owned() } else { String::new() },
                })
                .collect(),
            costs: self
                .costs
                .iter()
                .map(|line| CostContent {
                    category: line.category.to_string(),
                    description: line.description.clone(),
                    unit: line.unit.clone(),
                    quantity: line.quantity.unwrap_or_default(),
                    unit_price: won(line.unit_price_won),
                    vat: won(line.vat()),
                    support: won(line.support_won),
                    own: won(line.own_won),
                    in_kind: line.in_kind_won.0,
                })
                .collect(),
            team: self
                .team
                .iter()
                .map(|member| MemberContent {
                    member_role: member.role.clone(),
                    person: member.person.clone(),
                    to_hire: member.to_hire,
                    time_share: member.share_percent.unwrap_or_default(),
                    member_months: member.months.unwrap_or_default(),
                })
                .collect(),
            totals: TotalsContent {
                total: application.total_won.0,
                support: application.support_won.0,
                own: application.own_won.0,
            },
            documents: self
                .documents
                .iter()
                .map(|document| DocumentContent {
                    kind: document.kind.clone(),
                    name: document.name.clone(),
                    size_bytes: document.size_bytes,
                    sha256: hex::encode(&document.sha256),
                })
                .collect(),
            certified: self.certification.as_ref().and_then(|held| {
                Some(CertificationContent {
                    certified_by: held.certified_by?.to_string(),
                    certified_at: instant(held.certified_at?),
                })
            }),
            supplement: self
                .supplement_answers
                .iter()
                .map(|(section, answer)| SupplementContent { section: section.clone(), answer: answer.clone() })
                .collect(),
        }
    }
}

/// RFC 3339, UTC, microseconds.
fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}
