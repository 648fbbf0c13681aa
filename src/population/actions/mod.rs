//! Fills an empty database: staff, programme and calls, vendors, firms, and their cases up to today.

mod cast;
mod catalogue;
mod firms;
mod money;
mod selection;

use super::{
    rules::{self, FirmSpec, Goal},
    store,
};
use crate::{
    app::App,
    applications::ApplicationId,
    core::{actor::Actor, calendar, money::Won, roles::Role},
    db::once::Once,
    organisations::{
        self, OrganisationId, OrganisationKind, RegisterStatus, VatType,
        forms::{NewOrganisation, YearFigures},
    },
    outbox,
    programmes::{
        self, CallId, CallRules,
        forms::{NewCall, NewProgramme},
    },
    reference,
    vendors::{
        self, NewPackage, NewVendor, PackageId,
        forms::NewStatement,
        rules::criteria::{Criterion, Verdict},
    },
};
use anyhow::Context;
use cast::{Cast, at_work, speaking_for};
use chrono::{DateTime, Datelike, Duration, NaiveTime, Utc};
use chrono_tz::Asia::Seoul;
use futures_util::future::try_join_all;

/// What to make.
#[derive(Debug, Clone)]
pub struct Plan {
    pub firms: u32,
    pub vendors: u32,
    pub seed: u64,
    /// Whether applications carry documents, and agreements are sealed at once; else `serve` seals them.
    pub documents: bool,
    /// With it, the demonstration's accounts can sign in; without it nobody can.
    pub password: Option<String>,
}

/// One account for each role, and what it is.
pub const DEMO_ACCOUNTS: &[(&str, &str)] = &[
    ("firm@demo.test", "a firm with an agreement and an invoice to answer"),
    ("preparer@demo.test", "a colleague in that firm who prepares and handles invoices"),
    ("adviser@demo.test", "an adviser under that firm's mandate"),
    ("vendor@demo.test", "an approved vendor"),
    ("screener@demo.test", "screening officer"),
    ("reviewer1@demo.test", "reviewer"),
    ("reviewer2@demo.test", "reviewer"),
    ("reviewer3@demo.test", "reviewer"),
    ("manager@demo.test", "programme manager"),
    ("claims@demo.test", "claims officer"),
    ("payer1@demo.test", "payment officer"),
    ("payer2@demo.test", "payment officer"),
    ("payer3@demo.test", "payment officer"),
    ("auditor@demo.test", "auditor"),
    ("analyst@demo.test", "analyst"),
    ("admin@demo.test", "administrator"),
];

/// One firm in so many has its vendor's telephone number.
const PLANTED_EVERY: u32 = 50;

/// Acts at once: on SQLite they share commits, on PostgreSQL connections.
const AT_ONCE: usize = 128;

/// The stage on which a population plays: the app, its cast and the present day.
struct Stage<'a> {
    pub app: &'a App,
    pub plan: &'a Plan,
    pub cast: Cast,
    /// When the population ends: the present.
    pub end: DateTime<Utc>,
    pub vendors: Vec<VendorOnStage>,
    /// The call that is over, and the one that is open.
    pub past: CallId,
    pub open: CallId,
}

#[derive(Debug, Clone)]
struct VendorOnStage {
    pub actor: Actor,
    pub business_number: String,
    pub phone: String,
    pub package: PackageId,
    pub unit_price: Won,
    pub use_case: &'static str,
}

/// One firm and how far its case has come.
struct Case {
    pub spec: FirmSpec,
    pub actor: Actor,
    pub application: Option<ApplicationId>,
    pub vendor: usize,
    pub money: money::Trail,
}

impl Case {
    /// Whether the case is to come at least this far.
    pub fn reaches(&self, goal: Goal) -> bool {
        self.spec.goal >= goal
    }
}

/// Runs `$act` for every case that `$who` picks, some at once, while the clock goes from `$from` to `$to` days before the end.
macro_rules! phase {
    ($stage:expr, $cases:expr, $from:expr, $to:expr, $who:expr, $act:path) => {{
        let mut picked: Vec<&mut Case> = $cases.iter_mut().filter($who).collect();
        let chunks = picked.len().div_ceil(AT_ONCE).max(1);
        for (n, chunk) in picked.chunks_mut(AT_ONCE).enumerate() {
            $stage.go_to($from, $to, n, chunks);
            try_join_all(chunk.iter_mut().map(|case| $act($stage, case))).await?;
        }
        tracing::info!(cases = picked.len(), act = stringify!($act), "population");
    }};
}
pub(super) use phase;

impl Stage<'_> {
    /// Moves the clock to step `n` of `steps` between two days before the end.
    pub fn go_to(&self, from_days: i64, to_days: i64, n: usize, steps: usize) {
        let (from, to) = (Duration::days(from_days), Duration::days(to_days));
        let share = i64::try_from(n * 1_000 / steps).unwrap_or(0);
        let before_end = from - (from - to) / 1_000 * i32::try_from(share).unwrap_or(0);
        self.app.clock.set(self.end - before_end + Duration::milliseconds(i64::try_from(n).unwrap_or(0)));
    }

    pub fn as_firm(&self, case: &Case) -> Actor {
        at_work(self.app, &case.actor)
    }

    pub fn as_vendor(&self, case: &Case) -> Actor {
        at_work(self.app, &self.vendors[case.vendor].actor)
    }
}

/// Fills the database of `app`, whose clock is held by hand and shows the present.
pub async fn fill(app: &App, plan: &Plan) -> anyhow::Result<()> {
    let end = app.clock.now();
    let mut tx = app.db.read().await?;
    anyhow::ensure!(store::is_empty(&mut tx).await?, "the database is not empty; a population fills only an empty one");
    drop(tx);
    let hash = match &plan.password {
        Some(password) => Some(app.passwords.hash(password).await?),
        None => None,
    };
    app.clock.set(end - Duration::days(230));
    let cast = Cast::hire(app, plan, hash.as_deref()).await?;
    let (past, open) = set_up_calls(app, plan, &cast, end).await?;
    let mut stage = Stage { app, plan, cast, end, vendors: Vec::new(), past, open };
    register_vendors(&mut stage, hash.as_deref()).await?;
    let mut cases = register_firms(&stage, hash.as_deref()).await?;
    selection::play(&stage, &mut cases).await?;
    money::play(&stage, &mut cases).await?;
    firms::play(&stage, &cases, hash.as_deref()).await?;
    app.clock.set(end);
    let mut tx = app.db.write().await?;
    store::keep_mails_unsent(&mut tx, end).await?;
    tx.commit().await?;
    if plan.documents {
        outbox::run_due(app).await?;
    }
    crate::audit::seal(&app.db).await?;
    Ok(())
}

/// A programme with two calls: one that ended half a year ago, one that is open for another 25 days.
async fn set_up_calls(app: &App, plan: &Plan, cast: &Cast, end: DateTime<Utc>) -> anyhow::Result<(CallId, CallId)> {
    let year = end.with_timezone(&Seoul).year();
    let programme = NewProgramme {
        code: format!("AIV-{year}"),
        name_ko: format!("{year}년 AI 바우처 지원사업"),
        name_en: format!("AI Voucher Programme {year}"),
        year: i64::from(year),
        firm_cap: Won(200_000_000),
    };
    let programme =
        programmes::actions::make_programme(app, &at_work(app, &cast.admin), programme, Once::new()).await?;
    let closing = |days: i64| {
        let day = (end + Duration::days(days)).with_timezone(&Seoul).date_naive();
        calendar::closing_instant(day, NaiveTime::from_hms_opt(15, 0, 0).expect("15:00"), Seoul)
    };
    let mut rules = CallRules::ai_voucher();
    // The reserve list stays for people to look at.
    rules.review.promotes_by_itself = false;
    if !plan.documents {
        rules.documents.iter_mut().for_each(|document| document.required = false);
    }
    let mut calls = Vec::new();
    for (number, opens, closes) in [(1, -196, -160), (2, -6, 25)] {
        let call = NewCall {
            code: format!("AIV-{year}-{number}"),
            name_ko: format!("{year}년 {number}차 공고"),
            name_en: format!("Call {number} of {year}"),
            opens_at: end + Duration::days(opens),
            closes_at: closing(closes),
            grace_seconds: 600,
            budget: Won(40_000_000 * i64::from(plan.firms.max(50))),
            rules: rules.clone(),
        };
        app.clock.set(end + Duration::days(opens - 5));
        let admin = at_work(app, &cast.admin);
        let call = programmes::actions::make_call(app, &admin, programme, call, Once::new()).await?;
        programmes::actions::publish(app, &at_work(app, &cast.manager), call, Once::new()).await?;
        calls.push(call);
    }
    Ok((calls[0], calls[1]))
}

async fn organisation(stage: &Stage<'_>, actor: &Actor, spec: &FirmSpec, side: Role) -> anyhow::Result<OrganisationId> {
    let app = stage.app;
    let today = app.clock.today(Seoul);
    let mut tx = app.db.read().await?;
    let regions = reference::regions(&mut tx, today).await?;
    drop(tx);
    // A region that is not yet, or no longer, in force gives way to a neighbour.
    let region = if regions.iter().any(|region| region.code == spec.region) { spec.region } else { "KR-46" };
    let figures = (0..3)
        .map(|back| YearFigures {
            fiscal_year: i64::from(today.year()) - 1 - back,
            sales: Won(spec.sales.0 * (100 - 4 * back) / 100),
            total_assets: spec.assets,
            equity: spec.equity,
            capital: spec.capital,
        })
        .collect();
    let new = NewOrganisation {
        business_number: spec.business_number.clone(),
        corporate_number: None,
        legal_name: spec.legal_name.clone(),
        kind: if spec.industry == "Q86" { OrganisationKind::Individual } else { OrganisationKind::Corporation },
        vat_type: VatType::General,
        representative_name: spec.representative.clone(),
        industry_code: spec.industry.to_owned(),
        region_code: region.to_owned(),
        address: spec.address.clone(),
        phone: spec.phone.clone(),
        employees_regular: spec.employees,
        founded_on: spec.founded_on,
        large_group: false,
        figures,
    };
    let id = organisations::actions::register(app, actor, new, side, Once::new()).await?;
    let screener = at_work(app, &stage.cast.screener);
    organisations::actions::record_register_status(app, &screener, id, RegisterStatus::Active, Once::new()).await?;
    Ok(id)
}

async fn register_vendors(stage: &mut Stage<'_>, hash: Option<&str>) -> anyhow::Result<()> {
    let numbers: Vec<u32> = (0..stage.plan.vendors).collect();
    let chunks = numbers.len().div_ceil(AT_ONCE).max(1);
    for (n, chunk) in numbers.chunks(AT_ONCE).enumerate() {
        stage.go_to(225, 205, n, chunks);
        let made = try_join_all(chunk.iter().map(|number| vendor(stage, *number, hash))).await?;
        stage.vendors.extend(made);
    }
    Ok(())
}

async fn vendor(stage: &Stage<'_>, number: u32, hash: Option<&str>) -> anyhow::Result<VendorOnStage> {
    let app = stage.app;
    let spec = rules::vendor(stage.plan.seed, number);
    let is_demo = number == 0 && stage.plan.password.is_some();
    let email = if is_demo { "vendor@demo.test" } else { spec.firm.email.as_str() };
    let person = cast::person(app, email, &spec.firm.representative, None, hash.filter(|_| is_demo)).await?;
    let organisation = organisation(stage, &person, &spec.firm, Role::Vendor).await?;
    let actor = speaking_for(&person, Role::Vendor, organisation.0);
    let entry = NewVendor {
        website: spec.website.clone(),
        support_email: spec.support_email.clone(),
        support_phone: spec.firm.phone.clone(),
        references_text: "시연용 참고 고객 다섯 곳".to_owned(),
        bank_code: spec.bank_code.to_owned(),
        account_number: spec.account.clone(),
        account_holder: spec.firm.legal_name.clone(),
        exception_reason: "중소기업이 쓸 국산 모델을 직접 제공합니다.".to_owned(),
    };
    let vendor = vendors::actions::make_entry(app, &at_work(app, &actor), entry, Once::new()).await?;
    let today = app.clock.today(Seoul);
    let described = catalogue::described(stage.plan.seed, number, &spec, today)?;
    let solution = vendors::actions::add_solution(app, &actor, described, Once::new()).await?;
    let package = NewPackage {
        name: "표준".to_owned(),
        unit: "식".to_owned(),
        unit_price_won: spec.unit_price,
        public_price_won: Won(spec.unit_price.0 * 11 / 10),
        included: "설치, 교육, 1년 유지관리".to_owned(),
        valid_from: today,
    };
    let package = vendors::actions::add_package(app, &actor, solution, package, Once::new()).await?;
    evidence(stage, &actor, number).await?;
    vendors::actions::submit(app, &actor, Once::new()).await?;
    // The last of them still waits for its approval, so that the queue is not empty.
    if number + 1 < stage.plan.vendors || stage.plan.vendors < 3 {
        let (screener, manager) = (at_work(app, &stage.cast.screener), at_work(app, &stage.cast.manager));
        let verdicts = Criterion::ALL
            .iter()
            .map(|criterion| (*criterion, Verdict::Met, "증빙으로 확인했습니다.".to_owned()))
            .collect();
        vendors::actions::decide_criteria(app, &screener, vendor, verdicts, Once::new()).await?;
        let note = "기준을 모두 갖췄습니다.";
        vendors::actions::take_step(app, &screener, vendor, "recommend", note, Once::new()).await?;
        vendors::actions::approve(app, &manager, vendor, Vec::new(), Once::new()).await?;
        let ceiling = Won(spec.unit_price.0 * 21 / 20);
        vendors::actions::set_qualifying_price(app, &manager, package, ceiling, Once::new()).await?;
    }
    Ok(VendorOnStage {
        actor,
        business_number: spec.firm.business_number.as_str().to_owned(),
        phone: spec.firm.phone.clone(),
        package,
        unit_price: spec.unit_price,
        use_case: spec.use_case,
    })
}

/// Five customers, and a document for each criterion that wants one.
async fn evidence(stage: &Stage<'_>, actor: &Actor, number: u32) -> anyhow::Result<()> {
    let app = stage.app;
    for customer in 0..5 {
        let customer = catalogue::reference(stage.plan.seed, number, customer);
        vendors::actions::add_reference(app, actor, customer, Once::new()).await?;
    }
    let today = app.clock.today(Seoul);
    for criterion in Criterion::ALL.iter().filter(|criterion| criterion.wants_evidence()) {
        let stated = NewStatement {
            milli: match criterion {
                Criterion::Gain => Some(18_000 + i64::from(number % 30) * 500),
                Criterion::CurrentRatio => Some(1_200 + i64::from(number % 40) * 10),
                _ => None,
            },
            text: if criterion.has_words() { "ISMS-P".to_owned() } else { String::new() },
            on: match criterion {
                Criterion::TaxClear => Some(today),
                Criterion::SecurityMark => Some(today + Duration::days(700)),
                _ => None,
            },
            vault: None,
        };
        let bytes = futures_util::stream::iter([Ok(bytes::Bytes::from_static(b"%PDF-1.7\n%demo\n"))]);
        let name = format!("{criterion}.pdf");
        let received = app.files.receive("file".to_owned(), name, 10_000, bytes).await?;
        vendors::actions::state_criterion(app, actor, *criterion, stated, Some(&received), Once::new()).await?;
    }
    Ok(())
}

async fn register_firms(stage: &Stage<'_>, hash: Option<&str>) -> anyhow::Result<Vec<Case>> {
    let numbers: Vec<u32> = (0..stage.plan.firms).collect();
    let chunks = numbers.len().div_ceil(AT_ONCE).max(1);
    let mut cases = Vec::with_capacity(numbers.len());
    for (n, chunk) in numbers.chunks(AT_ONCE).enumerate() {
        stage.go_to(204, 197, n, chunks);
        cases.extend(try_join_all(chunk.iter().map(|number| firm(stage, *number, hash))).await?);
    }
    Ok(cases)
}

async fn firm(stage: &Stage<'_>, number: u32, hash: Option<&str>) -> anyhow::Result<Case> {
    let mut spec = rules::firm(stage.plan.seed, number);
    let is_demo = number == 0 && stage.plan.password.is_some();
    if is_demo {
        spec.goal = Goal::Invoiced;
        spec.use_case = stage.vendors.first().context("a population has vendors")?.use_case;
        spec.support = Won(80_000_000);
    }
    let approved = stage.vendors.len().saturating_sub(usize::from(stage.vendors.len() >= 3));
    let fitting: Vec<usize> = (0..approved).filter(|n| stage.vendors[*n].use_case == spec.use_case).collect();
    let vendor = match fitting.get(number as usize % fitting.len().max(1)) {
        Some(vendor) if !is_demo => *vendor,
        _ => 0,
    };
    // A few share a telephone with their vendor, as collusion does: the risk rules are to find them.
    if number % PLANTED_EVERY == PLANTED_EVERY - 1 {
        spec.phone.clone_from(&stage.vendors[vendor].phone);
    }
    let email = if is_demo { "firm@demo.test" } else { spec.email.as_str() };
    let person = cast::person(stage.app, email, &spec.representative, None, hash.filter(|_| is_demo)).await?;
    let organisation = organisation(stage, &person, &spec, Role::Firm).await?;
    Ok(Case {
        actor: speaking_for(&person, Role::Firm, organisation.0),
        spec,
        application: None,
        vendor,
        money: money::Trail::default(),
    })
}
