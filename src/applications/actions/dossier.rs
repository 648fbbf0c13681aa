//! Everything of one application in one place, as rules judge it and pages show it.

use crate::{
    applications::{
        Application,
        rules::{
            TRANSFER_NOTICE,
            conditions::{Check, CostFact, Facts, Limits, PackageFact, SizeGroup, Standing},
            content::*,
        },
        store::dossier::{self, Document, DraftCost, DraftIndicator, Supplement, Surroundings},
    },
    core::{actor::Actor, calendar, measure::show_milli, money::Won, refusal::Outcome},
    db::Tx,
    files::ScanState,
    ledger::{self, Cap, Used},
    organisations::RegisterStatus,
    programmes::{self, Allowance, CallRules, CallState, CostCategory, FirmClass, FundingRule},
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
    /// The caps that apply beside the programme's cap of the firm, and how far each is used.
    pub caps: Vec<(Cap, Used)>,
    /// The programme's time zone.
    pub zone: Tz,
    /// The legal day on which this was read.
    pub today: NaiveDate,
    size: Option<SizeGroup>,
}

impl Dossier {
    pub async fn read(tx: &mut Tx, application: Application, now: DateTime<Utc>) -> Outcome<Dossier> {
        let id = application.id;
        let mut around = dossier::surroundings(tx, id).await?;
        let caps = caps_used(tx, &application, &around.rules.0, now).await?;
        around.rules.0 = around.rules.0.in_track(application.track.as_deref());
        let zone: Tz = around.zone.parse().ok().with_context(|| format!("no such time zone: {}", around.zone))?;
        let today = calendar::local_date(now, zone);
        let package = match application.package_id {
            Some(package) => vendors::package_choice(tx, package, today).await?,
            None => None,
        };
        let supplement = match application.submitted_at {
            Some(_) => dossier::supplement(tx, id).await?,
            None => None,
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
            caps,
            zone,
            today,
            size,
        })
    }

    pub fn rules(&self) -> &CallRules {
        &self.around.rules.0
    }

    /// What the firm may still be committed: the least that any cap leaves. A cap in awards that is used up leaves nothing.
    pub fn cap_left(&self) -> Won {
        let firm = self.around.cap_left_won.unwrap_or(self.around.firm_cap_won);
        self.caps.iter().fold(firm, |least, (cap, used)| match cap.count_left(*used) {
            Some(0) => Won::ZERO,
            _ => cap.won_left(*used).map_or(least, |left| left.min(least)),
        })
    }

    fn class(&self) -> Option<FirmClass> {
        self.around.size_class.as_deref()?.parse().ok()
    }

    /// What the firm's size class may have in this call and track.
    pub fn funding(&self) -> Option<&FundingRule> {
        self.rules().funding_of(self.class()?)
    }

    pub fn funds_vat(&self) -> bool {
        programmes::funds_vat(&self.rules().vat_fundable, self.around.vat_type)
    }

    pub fn size_group(&self) -> Option<SizeGroup> {
        self.size
    }

    pub fn limits(&self) -> Limits {
        let rules = self.rules();
        let share = |class| rules.funding_of(class).map(FundingRule::share).unwrap_or_default();
        // A firm that could not be assessed is held to the share of mid-sized ones until an officer looks.
        let (sme, mid_sized) = match self.class() {
            Some(class @ (FirmClass::Micro | FirmClass::Small)) => (class, FirmClass::MidSized),
            Some(FirmClass::Large) => (FirmClass::Medium, FirmClass::Large),
            _ => (FirmClass::Medium, FirmClass::MidSized),
        };
        Limits {
            support_max: self.funding().map_or(rules.support_max(), |rule| rule.support_max_won),
            share_max_sme: share(sme),
            share_max_mid_sized: share(mid_sized),
            large_firms: rules.funding_of(FirmClass::Large).is_some(),
            funds_class: self.funding().is_some(),
            funds_vat: self.funds_vat(),
        }
    }

    /// Every condition, for a request that arrived at `arrived_at` and is judged now.
    pub fn checks(&self, arrived_at: DateTime<Utc>, now: DateTime<Utc>) -> Vec<Check> {
        self.facts(arrived_at, now).checks()
    }

    pub fn facts(&self, arrived_at: DateTime<Utc>, now: DateTime<Utc>) -> Facts {
        let (application, around) = (&self.application, &self.around);
        let now_in_time = (around.call_state == CallState::Published || application.is_test)
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
            documents: (required.iter().filter(|kind| is_there(kind)).count() as i64, required.len() as i64),
            notice_attached: is_there(TRANSFER_NOTICE),
        }
    }

    fn cost_fact(&self, line: &DraftCost) -> CostFact {
        let whole = line.is_complete();
        let rule = self.rules().category(line.category);
        let same = self.costs.iter().filter(|other| other.category == line.category);
        let in_category: Won = same.filter_map(DraftCost::amount).sum();
        let total: Won = self.costs.iter().filter_map(DraftCost::amount).sum();
        CostFact {
            licence: line.category == CostCategory::SolutionLicence,
            allowed: rule.allowed != Allowance::No && rule.within(in_category, total),
            needs_approval: rule.allowed == Allowance::PriorApproval,
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
            received_at: now.to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
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
            costs: self
                .costs
                .iter()
                .map(|line| CostContent {
                    category: line.category.to_string(),
                    description: line.description.clone(),
                    quantity: line.quantity.unwrap_or_default(),
                    unit_price: won(line.unit_price_won),
                    support: won(line.support_won),
                    own: won(line.own_won),
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
        }
    }

    /// An instant as mails and refusals say it, to the second, with its zone.
    pub fn said(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.zone).format("%Y-%m-%d %H:%M:%S %Z").to_string()
    }
}

/// The caps of the rules and the quota of the track. The programme's own cap of a firm is read with the surroundings:
/// most calls have no other, and every submission reads it.
async fn caps_used(
    tx: &mut Tx,
    application: &Application,
    rules: &CallRules,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<(Cap, Used)>> {
    let mut used = Vec::new();
    let track = application.track.as_deref();
    let quota = track.and_then(|code| rules.track(code)).and_then(|track| track.quota_won);
    if rules.caps.is_empty() && quota.is_none() {
        return Ok(used);
    }
    for cap in programmes::caps_of(tx, application.call_id, application.organisation_id, rules, track).await? {
        used.push((cap, ledger::cap_used(tx, &cap, now).await?));
    }
    Ok(used)
}

fn group(class: SizeClass) -> SizeGroup {
    match class {
        SizeClass::Micro | SizeClass::Small | SizeClass::Medium => SizeGroup::Sme,
        SizeClass::MidSized => SizeGroup::MidSized,
        SizeClass::Large => SizeGroup::Large,
        SizeClass::Unassessable => SizeGroup::Unassessable,
    }
}
