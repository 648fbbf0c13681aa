//! Everything of one application in one place, as rules judge it and pages show it.

use crate::{
    applications::{
        Application,
        rules::{
            TRANSFER_NOTICE,
            conditions::{Check, CostFact, Facts, Limits, PackageFact, SizeGroup, Standing},
            content::*,
            defects::Defect,
        },
        store::{
            certifications::{self, Certification},
            dossier::{self, Document, DraftCost, DraftIndicator, Surroundings},
            questions::{self, Question},
            supplements::{self, Supplement},
        },
    },
    core::{actor::Actor, calendar, measure::show_milli, money::Won, refusal::Outcome},
    db::Tx,
    files::ScanState,
    organisations::RegisterStatus,
    programmes::{self, CallRules, CallState, CostCategory},
    reference::{SizeClass, size_class},
    vendors::{self, Hosting, PackageChoice},
};
use anyhow::Context;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

pub struct Dossier {
    pub application: Application,
    pub around: Surroundings,
    pub indicators: Vec<DraftIndicator>,
    pub costs: Vec<DraftCost>,
    pub documents: Vec<Document>,
    /// The chosen package, if it may be chosen today.
    pub package: Option<PackageChoice>,
    pub supplement: Option<Supplement>,
    /// What the last round asked for, and what was answered so far, by section.
    pub defects: Vec<Defect>,
    pub supplement_answers: Vec<(String, String)>,
    /// A manager allowed the round after the last one.
    pub next_round_allowed: bool,
    /// The questions of the call with whether each must be answered, and the answers by code.
    pub questions: Vec<(Question, bool)>,
    pub answers: Vec<(String, String)>,
    /// What was put before a signatory of this very version.
    pub certification: Option<Certification>,
    /// The programme's time zone.
    pub zone: Tz,
    /// The legal day on which this was read.
    pub today: NaiveDate,
    size: Option<SizeGroup>,
}

impl Dossier {
    pub async fn read(tx: &mut Tx, application: Application, now: DateTime<Utc>) -> Outcome<Dossier> {
        let id = application.id;
        let around = dossier::surroundings(tx, id).await?;
        let zone: Tz = around.zone.parse().ok().with_context(|| format!("no such time zone: {}", around.zone))?;
        let today = calendar::local_date(now, zone);
        let package = match application.package_id {
            Some(package) => vendors::package_choice(tx, package, today).await?,
            None => None,
        };
        let supplement = match application.submitted_at {
            Some(_) => supplements::last(tx, id).await?,
            None => None,
        };
        let (mut defects, mut supplement_answers, mut next_round_allowed) = (Vec::new(), Vec::new(), false);
        if let Some(asked) = &supplement {
            next_round_allowed = supplements::is_approved(tx, id, asked.round + 1).await?;
            defects = supplements::items(tx, id, asked.round).await?;
            supplement_answers = supplements::answers(tx, id, asked.round).await?;
        }
        let (mut asked, mut answers) = (Vec::new(), Vec::new());
        for rule in &around.rules.questions {
            let found = questions::find(tx, &rule.code, rule.version).await?;
            let question = found.with_context(|| format!("no question {} {}", rule.code, rule.version))?;
            asked.push((question, rule.required));
        }
        if !asked.is_empty() {
            answers = questions::answers(tx, id).await?;
        }
        let certification = match around.rules.certification {
            true => certifications::at(tx, id, application.version).await?,
            false => None,
        };
        let size = around.size_class.as_deref().map(size_class).transpose()?.map(group);
        Ok(Dossier {
            indicators: dossier::indicators(tx, id).await?,
            costs: dossier::costs(tx, id).await?,
            documents: dossier::documents(tx, id).await?,
            application,
            around,
            package,
            supplement,
            defects,
            supplement_answers,
            next_round_allowed,
            questions: asked,
            answers,
            certification,
            zone,
            today,
            size,
        })
    }

    pub fn rules(&self) -> &CallRules {
        &self.around.rules.0
    }

    /// What the firm may still be committed in this programme.
    pub fn cap_left(&self) -> Won {
        self.around.cap_left_won.unwrap_or(self.around.firm_cap_won)
    }

    pub fn size_group(&self) -> Option<SizeGroup> {
        self.size
    }

    pub fn limits(&self) -> Limits {
        let rules = self.rules();
        Limits {
            support_max: rules.support_max_won,
            share_max_sme: rules.share_max_sme,
            share_max_mid_sized: rules.share_max_mid_sized,
            large_firms: rules.large_firms,
            in_kind_max: rules.in_kind_max,
        }
    }

    /// Every condition, for a request that arrived at `arrived_at` and is judged now.
    pub fn checks(&self, arrived_at: DateTime<Utc>, now: DateTime<Utc>) -> Vec<Check> {
        self.facts(arrived_at, now).checks()
    }

    pub fn facts(&self, arrived_at: DateTime<Utc>, now: DateTime<Utc>) -> Facts {
        let (application, around) = (&self.application, &self.around);
        let now_in_time = around.call_state == CallState::Published
            && programmes::rules::in_time(around.opens_at, around.closes_at, around.grace_seconds, arrived_at, now);
        let count = |fields: &[bool]| {
            let filled = fields.iter().filter(|filled| **filled).count();
            (filled as i64, fields.len() as i64)
        };
        let complete = self.indicators.iter().filter(|indicator| indicator.is_complete()).count();
        let is_there = |kind: &str| self.documents.iter().any(|d| d.kind == kind && d.scan != ScanState::Infected);
        let required: Vec<&str> =
            self.rules().documents.iter().filter(|rule| rule.required).map(|rule| rule.kind.as_str()).collect();
        Facts {
            at: application.submitted_at.unwrap_or(arrived_at),
            closes_at: around.closes_at,
            in_time: application.submitted_at.is_some() || now_in_time,
            supplement: self.supplement.as_ref().map(|asked| (asked.answered_at.unwrap_or(now), asked.due_at)),
            standing: match around.register_status {
                RegisterStatus::Active => Standing::Active,
                RegisterStatus::Suspended | RegisterStatus::Closed => Standing::Ended,
                RegisterStatus::Unknown => Standing::Unknown,
            },
            standing_code: around.register_status.to_string(),
            size: self.size,
            size_code: around.size_class.clone().unwrap_or_else(|| "none".to_owned()),
            use_case: count(&[
                !application.title.is_empty(),
                application.use_case.is_some(),
                !application.process_name.is_empty(),
                !application.problem.is_empty(),
                !application.plan.is_empty(),
            ]),
            workload: count(&[
                application.data_class.is_some(),
                application.latency_class.is_some(),
                application.language_class.is_some(),
                application.decision_impact.is_some(),
                application.model_origin.is_some(),
                application.hosting.is_some(),
                !application.human_oversight.is_empty(),
            ]),
            data_class: application.data_class.as_deref().and_then(|code| code.parse().ok()),
            latency: application.latency_class.as_deref().and_then(|code| code.parse().ok()),
            declared_foreign: application.hosting.as_deref() == Some(Hosting::ForeignRegion.as_str()),
            indicators: (complete as i64, self.indicators.len() as i64),
            chosen: application.package_id.is_some(),
            package: self.package.as_ref().zip(application.package_quantity).map(|(package, quantity)| PackageFact {
                price: package.unit_price_won,
                quantity,
                vendor_is_firm: package.vendor_organisation_id == application.organisation_id,
                foreign: package.hosting == Hosting::ForeignRegion,
            }),
            costs: self.costs.iter().map(|line| self.cost_fact(line)).collect(),
            limits: self.limits(),
            cap_left: self.cap_left(),
            in_kind: self.costs.iter().filter(|line| line.is_complete()).map(|line| line.in_kind_won).sum(),
            questions: self.questions_answered(),
            scanned: (
                self.documents.iter().filter(|d| matches!(d.scan, ScanState::Clean | ScanState::Unscanned)).count()
                    as i64,
                self.documents.len() as i64,
            ),
            documents: (required.iter().filter(|kind| is_there(kind)).count() as i64, required.len() as i64),
            notice_attached: is_there(TRANSFER_NOTICE),
        }
    }

    /// The answer to a question; empty for a gap.
    pub fn answer(&self, code: &str) -> &str {
        self.answers.iter().find(|(of, _)| of == code).map_or("", |(_, answer)| answer)
    }

    /// Answered and asked, of the questions that must be answered.
    fn questions_answered(&self) -> (i64, i64) {
        let must = || self.questions.iter().filter(|(_, required)| *required);
        let answered = must().filter(|(question, _)| !self.answer(&question.code).is_empty()).count();
        (answered as i64, must().count() as i64)
    }

    /// Where the certification of this version stands; None where the call wants none.
    pub fn certified(&self) -> anyhow::Result<Option<Certified>> {
        if !self.rules().certification {
            return Ok(None);
        }
        Ok(Some(match &self.certification {
            None => Certified::Not,
            // The version is the same, but what it says is not (the firm's name, a price): it must be signed anew.
            Some(held) if held.content_sha256 != self.content_hash()? => Certified::Not,
            Some(held) if held.certified_at.is_some() => Certified::Yes,
            Some(_) => Certified::Prepared,
        }))
    }

    /// The hash of what would be submitted, without number, round and instant.
    pub fn content_hash(&self) -> anyhow::Result<Vec<u8>> {
        let mut content = self.content(&Actor::system(), "", 0, DateTime::UNIX_EPOCH);
        content.certified = None;
        Ok(content.seal()?.1)
    }

    fn cost_fact(&self, line: &DraftCost) -> CostFact {
        let whole = line.is_complete();
        CostFact {
            licence: line.category == CostCategory::SolutionLicence,
            allowed: self.rules().categories.contains(&line.category),
            amount: line.amount().filter(|_| whole),
            support: line.support_won.filter(|_| whole),
        }
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
                size_class: around.size_class.clone().unwrap_or_default(),
                region: around.firm_region_code.clone(),
                industry: around.firm_industry_code.clone(),
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
                .map(|(question, _)| AnswerContent {
                    question: format!("{}.{}", question.code, question.version),
                    answer: self.answer(&question.code).to_owned(),
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

    /// An instant as mails and refusals say it, to the second, with its zone.
    pub fn said(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.zone).format("%Y-%m-%d %H:%M:%S %Z").to_string()
    }
}

/// RFC 3339, UTC, microseconds.
fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// Where a certification stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certified {
    /// Not put before a signatory, or changed since.
    Not,
    Prepared,
    Yes,
}

fn group(class: SizeClass) -> SizeGroup {
    match class {
        SizeClass::Micro | SizeClass::Small | SizeClass::Medium => SizeGroup::Sme,
        SizeClass::MidSized => SizeGroup::MidSized,
        SizeClass::Large => SizeGroup::Large,
        SizeClass::Unassessable => SizeGroup::Unassessable,
    }
}
