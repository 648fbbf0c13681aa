//! Everything of one application in one place, as rules judge it and pages show it.

mod sealing;

use crate::{
    applications::{
        Application, ApplicationId,
        rules::{
            Section, TRANSFER_NOTICE,
            conditions::{self, Check, Met, Structure, Totals, Waived},
            defects::Defect,
            questions::answer_fact,
        },
        store::{
            certifications::{self, Certification},
            dossier::{self, Document, DraftCost, DraftIndicator, DraftMember, Surroundings},
            eligibility,
            questions::{self, Question},
            spot_checks::{self, Picked},
            supplements::{self, Supplement},
        },
    },
    core::{
        calendar,
        expression::{Expression, Facts, Value},
        money::Won,
        refusal::Outcome,
    },
    db::{Select, Selects, Tx},
    files::ScanState,
    ledger::{self, Cap, CapSubject, Used},
    organisations,
    programmes::{
        self, Allowance, CallRules, CallState, CategoryRule, CostCategory, FirmClass, FundingRule, Limits, SharedRules,
        SizeGroup, Split, Stage,
        conditions::{call_facts, days_since, firm_facts, register_status},
    },
    vendors::{self, Hosting, PackageChoice},
};
use anyhow::Context;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

pub struct Dossier {
    pub application: Application,
    pub around: Surroundings,
    rules: SharedRules,
    pub indicators: Vec<DraftIndicator>,
    pub costs: Vec<DraftCost>,
    /// Who does the work, where the call asks.
    pub team: Vec<DraftMember>,
    pub documents: Vec<Document>,
    /// The chosen package, if it may be chosen today.
    pub package: Option<PackageChoice>,
    pub supplement: Option<Supplement>,
    /// What the last round asked for, and what was answered so far, by section.
    pub defects: Vec<Defect>,
    pub supplement_answers: Vec<(String, String)>,
    /// A manager allowed the round after the last one.
    pub next_round_allowed: bool,
    /// The questions of the call, in its order, and the answers by code.
    pub questions: Vec<Asked>,
    pub answers: Vec<(String, String)>,
    /// What was put before a signatory of this very version.
    pub certification: Option<Certification>,
    /// The caps that apply beside the programme's cap of the firm, and how far each is used.
    pub caps: Vec<(Cap, Used)>,
    /// The programme's time zone.
    pub zone: Tz,
    /// The legal day on which this was read.
    pub today: NaiveDate,
    /// It passed everything and was picked for a spot check.
    pub picked: Option<Picked>,
    size: Option<SizeGroup>,
    waived: Vec<Waived>,
}

/// What is read of every case, whatever its call asks.
type Core = (Select<Surroundings>, Select<DraftIndicator>, Select<DraftCost>, Select<Document>, Select<(String, Met)>);

fn core(id: ApplicationId, now: DateTime<Utc>) -> Core {
    (
        dossier::surroundings(id, organisations::aid_since(now)),
        dossier::indicators(id),
        dossier::costs(id),
        dossier::documents(id),
        eligibility::granted(id),
    )
}

impl Dossier {
    pub async fn read(tx: &mut Tx, application: Application, now: DateTime<Utc>) -> Outcome<Dossier> {
        let core = tx.together(core(application.id, now)).await?;
        Dossier::complete(tx, application, core, now).await
    }

    /// As `read`, of the application `id` if `application` finds it.
    pub async fn read_found(
        tx: &mut Tx,
        application: Select<Application>,
        id: ApplicationId,
        now: DateTime<Utc>,
    ) -> Outcome<Option<Dossier>> {
        let (around, indicators, costs, documents, waived) = core(id, now);
        let all = (application, around, indicators, costs, documents, waived);
        let (mut application, around, indicators, costs, documents, waived) = tx.together(all).await?;
        let Some(application) = application.pop() else { return Ok(None) };
        let core = (around, indicators, costs, documents, waived);
        Ok(Some(Dossier::complete(tx, application, core, now).await?))
    }

    async fn complete(
        tx: &mut Tx,
        application: Application,
        core: <Core as Selects>::Answers,
        now: DateTime<Utc>,
    ) -> Outcome<Dossier> {
        let id = application.id;
        let (mut around, indicators, costs, documents, waived) = core;
        let around = around.pop().ok_or(sqlx::Error::RowNotFound)?;
        let (version, made_at) = (around.rules_version, around.rules_made_at);
        let rules = SharedRules::find(tx, application.call_id, version, made_at).await?;
        let caps = caps_used(tx, &application, &rules, now).await?;
        let rules = rules.in_track(application.track.as_deref());
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
        for (rule, found) in rules.questions.iter().zip(questions::asked(tx, &rules.questions).await?) {
            let question = found.with_context(|| format!("no question {} {}", rule.code, rule.version))?;
            asked.push(Asked { question, required: rule.required, applies: true });
        }
        if !asked.is_empty() {
            answers = questions::answers(tx, id).await?;
        }
        let certification = match rules.certification {
            true => certifications::at(tx, id, application.version).await?,
            false => None,
        };
        let team = match rules.form.team {
            true => tx.rows(dossier::team(id)).await?,
            false => Vec::new(),
        };
        let picked = match rules.screening.picks(id.0) {
            true => spot_checks::find(tx, id).await?,
            false => None,
        };
        let size = around.firm.size_class.as_deref().map(|class| SizeGroup::of(class.parse().ok()));
        let mut dossier = Dossier {
            indicators,
            costs,
            team,
            documents,
            waived: waived.into_iter().map(|(rule, covers)| Waived { rule, covers }).collect(),
            application,
            around,
            rules,
            package,
            supplement,
            defects,
            supplement_answers,
            next_round_allowed,
            questions: asked,
            answers,
            certification,
            caps,
            zone,
            today,
            picked,
            size,
        };
        dossier.choose_questions(now)?;
        Ok(dossier)
    }

    /// Which questions are asked in this case. An answer counts only where its own question is asked; a condition
    /// that cannot be told is not met.
    fn choose_questions(&mut self, now: DateTime<Utc>) -> anyhow::Result<()> {
        if self.questions.iter().all(|asked| asked.question.asked_if.is_empty()) {
            return Ok(());
        }
        let mut facts = self.facts(now);
        for at in 0..self.questions.len() {
            let question = &self.questions[at].question;
            let applies = match question.asked_if.as_str() {
                "" => true,
                text => {
                    let expression: Expression = text.parse().map_err(|_| {
                        anyhow::anyhow!(
                            "the condition of question {} {} cannot be read",
                            question.code,
                            question.version
                        )
                    })?;
                    expression.decide(&facts) == Some(true)
                }
            };
            if applies {
                facts.put(&answer_fact(&question.code), question.kind.value(self.answer(&question.code)));
            }
            self.questions[at].applies = applies;
        }
        Ok(())
    }

    pub fn rules(&self) -> &CallRules {
        &self.rules
    }

    /// What the firm may still be committed: the least that any cap leaves. A cap in awards that is used up leaves nothing.
    pub fn cap_left(&self) -> Won {
        let firm = self.around.cap_left_won.unwrap_or(self.around.firm_cap_won);
        // What a vendor, a region or a sector may have is shown beforehand and held when the application is selected.
        let held_later = [CapSubject::Vendor, CapSubject::Region, CapSubject::Sector];
        let of_firm = self.caps.iter().filter(|(cap, _)| !held_later.contains(&cap.subject));
        of_firm.fold(firm, |least, (cap, used)| match cap.count_left(*used) {
            Some(0) => Won::ZERO,
            _ => cap.won_left(*used).map_or(least, |left| left.min(least)),
        })
    }

    fn class(&self) -> Option<FirmClass> {
        self.around.firm.size_class.as_deref()?.parse().ok()
    }

    /// What the firm's size class may have in this call and track.
    pub fn funding(&self) -> Option<&FundingRule> {
        self.rules().funding_of(self.class()?)
    }

    pub fn funds_vat(&self) -> bool {
        programmes::funds_vat(&self.rules().vat_fundable, self.around.firm.vat_type)
    }

    pub fn size_group(&self) -> Option<SizeGroup> {
        self.size
    }

    pub fn limits(&self) -> Limits {
        self.rules().limits(self.class())
    }

    /// What holds for a submission, for a request that arrived at `arrived_at` and is judged now.
    pub fn checks(&self, arrived_at: DateTime<Utc>, now: DateTime<Utc>) -> Vec<Check> {
        self.checks_at(Stage::Submission, arrived_at, now)
    }

    /// The structure of the form, then the conditions of the call at `stage`.
    pub fn checks_at(&self, stage: Stage, arrived_at: DateTime<Utc>, now: DateTime<Utc>) -> Vec<Check> {
        let mut checks = self.structure(arrived_at, now).checks();
        checks.extend(self.conditions_at(stage, now));
        checks
    }

    /// The conditions of the call alone: what later stages ask of a case whose form is long since sealed.
    pub fn conditions_at(&self, stage: Stage, now: DateTime<Utc>) -> Vec<Check> {
        let mut checks = conditions::judge(&self.rules().conditions, stage, &self.facts(now), &self.waived);
        if let Some(Picked { draw, per_mille }) = self.picked.filter(|_| stage == Stage::Screening) {
            checks.push(conditions::spot_check(draw, per_mille, &self.waived));
        }
        checks
    }

    /// It waits for an officer although it passes everything.
    pub fn waits_for_spot_check(&self) -> bool {
        self.picked.is_some_and(|one| conditions::spot_check(one.draw, one.per_mille, &self.waived).waits())
    }

    /// Whether a condition that concerns this case now speaks of the fact.
    pub fn wants(&self, fact: &str, now: DateTime<Utc>) -> bool {
        let checks = self.conditions_at(Stage::Submission, now);
        let conditions = self.rules().conditions.iter().filter(|condition| condition.facts().contains(&fact));
        conditions.into_iter().any(|condition| checks.iter().any(|check| check.rule == condition.code))
    }

    pub fn totals(&self) -> Totals {
        let complete = self.costs.iter().filter(|line| line.is_complete());
        Totals::of(complete.filter_map(|line| Some((line.amount()?, line.support_won?))))
    }

    /// The VAT of the complete lines of cost: some of what a firm buys is exempt.
    pub fn vat(&self) -> Won {
        self.costs.iter().filter(|line| line.is_complete()).filter_map(DraftCost::vat).sum()
    }

    /// The cost taken apart by what the firm's size class may have; None where it may have nothing.
    pub fn split(&self) -> Option<Split> {
        self.funding().map(|rule| rule.split_taxed(self.totals().total, self.vat(), self.funds_vat()))
    }

    /// The most of the own share that may be brought in kind.
    pub fn in_kind_most(&self) -> Won {
        self.split().map_or(Won::ZERO, |split| split.in_kind_most)
    }

    /// Whether anything may be brought in kind at all.
    pub fn takes_in_kind(&self) -> bool {
        self.funding().is_some_and(|rule| rule.in_kind_max.0 > 0)
    }

    fn structure(&self, arrived_at: DateTime<Utc>, now: DateTime<Utc>) -> Structure {
        let (application, around) = (&self.application, &self.around);
        let now_in_time = (around.call_state == CallState::Published || application.is_test)
            && programmes::rules::in_time(around.opens_at, around.closes_at, around.grace_seconds, arrived_at, now);
        let count = |fields: &[bool]| {
            let filled = fields.iter().filter(|filled| **filled).count();
            (filled as i64, fields.len() as i64)
        };
        let complete = self.indicators.iter().filter(|indicator| indicator.is_complete()).count();
        let whole = self.costs.iter().filter(|line| line.is_complete() && line.amount().is_some()).count();
        let required: Vec<&str> =
            self.rules().documents.iter().filter(|rule| rule.required).map(|rule| rule.kind.as_str()).collect();
        Structure {
            at: application.submitted_at.unwrap_or(arrived_at),
            closes_at: around.closes_at,
            in_time: application.submitted_at.is_some() || now_in_time,
            supplement: self.supplement.as_ref().map(|asked| (asked.answered_at.unwrap_or(now), asked.due_at)),
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
            indicators: (complete as i64, self.indicators.len() as i64),
            costs: (whole as i64, self.costs.len() as i64),
            totals: self.totals(),
            cap_left: self.cap_left(),
            documents: (required.iter().filter(|kind| self.has_document(kind)).count() as i64, required.len() as i64),
            in_kind: self.costs.iter().filter(|line| line.is_complete()).map(|line| line.in_kind_won).sum(),
            in_kind_most: self.in_kind_most(),
            questions: self.questions_answered(),
            team: self.asks_team().then(|| {
                let complete = self.team.iter().filter(|member| member.is_complete()).count();
                (complete as i64, self.team.len() as i64)
            }),
            scanned: (
                self.documents.iter().filter(|d| matches!(d.scan, ScanState::Clean | ScanState::Unscanned)).count()
                    as i64,
                self.documents.len() as i64,
            ),
        }
    }

    /// Whether the call asks who does the work.
    pub fn asks_team(&self) -> bool {
        self.rules().form.team
    }

    /// Whether this part of the form is there in this case.
    pub fn has_section(&self, section: Section) -> bool {
        match section {
            Section::Questions => self.asks_questions(),
            Section::Team => self.asks_team(),
            _ => true,
        }
    }

    /// Whether any question of the call is asked in this case.
    pub fn asks_questions(&self) -> bool {
        self.questions.iter().any(|asked| asked.applies)
    }

    /// The answer to a question; empty for a gap.
    pub fn answer(&self, code: &str) -> &str {
        self.answers.iter().find(|(of, _)| of == code).map_or("", |(_, answer)| answer)
    }

    /// Answered and asked, of the questions that must be answered.
    fn questions_answered(&self) -> (i64, i64) {
        let must = || self.questions.iter().filter(|asked| asked.required && asked.applies);
        let answered = must().filter(|asked| !self.answer(&asked.question.code).is_empty()).count();
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

    fn has_document(&self, kind: &str) -> bool {
        self.documents.iter().any(|document| document.kind == kind && document.scan != ScanState::Infected)
    }

    /// Everything the conditions of a call may look at, as it is known now (programmes::conditions::FACTS).
    pub fn facts(&self, now: DateTime<Utc>) -> Facts {
        let mut facts = call_facts(self.rules(), self.class(), self.today);
        self.put_firm(&mut facts, now);
        self.put_work(&mut facts);
        facts
    }

    fn put_firm(&self, facts: &mut Facts, now: DateTime<Utc>) {
        let around = &self.around;
        facts.0.extend(firm_facts(&around.firm, now).0);
        facts.put("vendor_state", around.vendor_state.as_deref().map(Value::text));
        facts.put("vendor_register_status", around.vendor_register_status.and_then(register_status));
        facts.put("vendor_register_days", days_since(around.vendor_register_checked_at, now));
        let ties = around.vendor_ties();
        facts.put("vendor_ties", ties.map(|ties| Value::List(ties.iter().map(ToString::to_string).collect())));
        let vendor = around.vendor_organisation_id;
        facts.put("vendor_is_firm", vendor.map(|vendor| Value::Boolean(vendor == self.application.organisation_id)));
    }

    fn put_work(&self, facts: &mut Facts) {
        let (application, around) = (&self.application, &self.around);
        let text = |code: &Option<String>| code.as_deref().map(Value::text);
        facts.put("work_use_case", text(&application.use_case));
        facts.put("work_data_class", text(&application.data_class));
        facts.put("work_latency_class", text(&application.latency_class));
        facts.put("work_decision_impact", text(&application.decision_impact));
        facts.put("work_model_origin", text(&application.model_origin));
        let foreign = Hosting::ForeignRegion.as_str();
        let declared = application.hosting.as_deref() == Some(foreign);
        let solution = around.solution_hosting.as_deref() == Some(foreign);
        facts.put("work_foreign", Some(Value::Boolean(declared || solution)));
        facts.put("work_transfer_notice", Some(Value::Boolean(self.has_document(TRANSFER_NOTICE))));
        // Where VAT is funded a share is a share of what is paid with it.
        let totals = if self.funds_vat() { self.totals().with_vat(self.vat()) } else { self.totals() };
        facts.put("costs_total", Some(Value::Won(totals.total)));
        facts.put("costs_support", Some(Value::Won(totals.support)));
        let licences = self.costs.iter().filter(|line| line.category == CostCategory::SolutionLicence);
        let licences = licences.filter(|line| line.is_complete()).filter_map(DraftCost::amount).sum();
        facts.put("costs_licences", Some(Value::Won(licences)));
        let asked: Vec<CategoryRule> = CostCategory::ALL
            .iter()
            .filter(|code| self.costs.iter().any(|line| line.category == **code))
            .map(|code| self.rules().category(*code))
            .collect();
        let amount = |code| {
            let lines = self.costs.iter().filter(|line| line.category == code);
            lines.filter_map(DraftCost::amount).sum::<Won>()
        };
        let total: Won = self.costs.iter().filter_map(DraftCost::amount).sum();
        let over = asked.iter().filter(|rule| !rule.within(amount(rule.code), total));
        facts.put("costs_over_ceiling", Some(Value::List(over.map(|rule| rule.code.to_string()).collect())));
        // Nobody but an officer can say yes to a category that needs prior approval.
        let needs_approval = asked.iter().any(|rule| rule.allowed == Allowance::PriorApproval);
        facts.put("costs_approved", (!needs_approval).then_some(Value::Boolean(true)));
        let mut categories: Vec<String> = asked.iter().map(|rule| rule.code.to_string()).collect();
        categories.sort();
        facts.put("costs_categories", Some(Value::List(categories)));
        facts.put("package_on_offer", Some(Value::Boolean(self.package.is_some())));
        let price = self.package.as_ref().zip(application.package_quantity);
        let price = price.and_then(|(package, quantity)| package.unit_price_won.0.checked_mul(quantity));
        facts.put("package_total", price.map(|price| Value::Won(Won(price))));
    }

    /// An instant as mails and refusals say it, to the second, with its zone.
    pub fn said(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.zone).format("%Y-%m-%d %H:%M:%S %Z").to_string()
    }
}

/// A question of the call, in this case.
pub struct Asked {
    pub question: Question,
    /// It must be answered where it applies.
    pub required: bool,
    /// What it is asked for holds.
    pub applies: bool,
}

/// Where a certification stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certified {
    /// Not put before a signatory, or changed since.
    Not,
    Prepared,
    Yes,
}

/// The caps of the rules and the envelopes that it is in. The programme's own cap of a firm is read with the surroundings:
/// most calls have no other, and every submission reads it.
async fn caps_used(
    tx: &mut Tx,
    application: &Application,
    rules: &CallRules,
    now: DateTime<Utc>,
) -> sqlx::Result<Vec<(Cap, Used)>> {
    let mut used = Vec::new();
    let place = application.place();
    let within = !rules.envelopes_at(application.call_id.0, place).is_empty();
    let vendor = application.vendor_id.map(|vendor| vendor.0).filter(|_| rules.payment.limits_vendors());
    if rules.caps.is_empty() && !within && vendor.is_none() {
        return Ok(used);
    }
    for cap in programmes::caps_of(tx, application.call_id, application.organisation_id, vendor, rules, place).await? {
        used.push((cap, ledger::cap_used(tx, &cap, now).await?));
    }
    Ok(used)
}
