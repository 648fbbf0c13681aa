//! An application told in words: its parts, its conditions, its course. The same on every page that shows them.

use crate::{
    applications::{
        ApplicationId,
        actions::Dossier,
        rules::{
            ApplicationState, TRANSFER_NOTICE,
            conditions::{Check, Met, Rule, Unit},
            content::Difference,
        },
        store::{dossier::Document, eligibility::StoredCheck},
    },
    audit::RecordRow,
    core::{expression::Value, lang::Lang, money::Won, numbers::BusinessNumber},
    files::ScanState,
    ledger::{Cap, Used},
    programmes::{CallRules, Condition, WaivedBy, conditions::find_fact},
    reference::Named,
    web::Page,
};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// Names of codes that stand in reference tables.
pub struct Names {
    pub use_cases: Vec<Named>,
    pub regions: Vec<Named>,
}

impl Names {
    fn of<'a>(list: &'a [Named], lang: Lang, code: &'a str) -> &'a str {
        list.iter().find(|named| named.code == code).map_or(code, |named| named.name(lang))
    }

    pub fn use_case(&self, lang: Lang, code: &str) -> String {
        Names::of(&self.use_cases, lang, code).to_owned()
    }

    pub fn region(&self, lang: Lang, code: &str) -> String {
        Names::of(&self.regions, lang, code).to_owned()
    }
}

pub struct Fact {
    pub label: String,
    pub value: String,
}

pub struct FactGroup {
    pub heading: String,
    pub facts: Vec<Fact>,
}

pub struct IndicatorRow {
    pub position: i64,
    pub name: String,
    pub direction: String,
    pub baseline: String,
    pub target: String,
    pub period: String,
    pub source: String,
    pub complete: bool,
}

pub struct CostRow {
    pub position: i64,
    pub category: String,
    pub description: String,
    pub quantity: String,
    pub unit_price: String,
    pub amount: String,
    pub support: String,
    pub own: String,
    pub complete: bool,
}

pub struct DocumentRow {
    pub id: String,
    pub kind: String,
    pub kind_name: String,
    pub name: String,
    pub size: String,
    pub sha256: String,
    pub attached_at: DateTime<Utc>,
    pub scan: String,
    pub scan_colour: &'static str,
    /// None: nobody may open it (yet).
    pub href: Option<String>,
}

/// The whole content.
pub struct Whole {
    pub groups: Vec<FactGroup>,
    pub indicators: Vec<IndicatorRow>,
    pub costs: Vec<CostRow>,
    pub total: String,
    pub support: String,
    pub own: String,
    pub documents: Vec<DocumentRow>,
}

/// Who looks, and whether they may open what no scanner saw.
pub struct Reader {
    pub allow_unscanned: bool,
}

impl Reader {
    /// Clean files, and unscanned ones where the agency says so. Before the scan nobody, not even who sent it.
    pub fn may_open(&self, document: &Document) -> bool {
        match document.scan {
            ScanState::Clean => true,
            ScanState::Unscanned => self.allow_unscanned,
            ScanState::Pending | ScanState::Infected => false,
        }
    }
}

/// What each cap still leaves, in words: the programme's cap of the firm, and those of the call's rules.
pub fn cap_lines(page: &Page, dossier: &Dossier) -> Vec<String> {
    if dossier.caps.is_empty() {
        return vec![page.t1("applications-firm-cap-left", "left", page.won(dossier.cap_left()))];
    }
    dossier.caps.iter().map(|(cap, used)| cap_line(page, cap, *used)).collect()
}

/// One cap: who is counted, over what, and what is left.
pub fn cap_line(page: &Page, cap: &Cap, used: Used) -> String {
    let mut left = Vec::new();
    left.extend(cap.won_left(used).map(|won| page.won(won)));
    left.extend(cap.count_left(used).map(|count| page.t1("applications-awards", "count", count)));
    let args = [
        ("subject", page.code("cap-subject", cap.subject)),
        ("window", page.code("cap-window", cap.window)),
        ("left", left.join(", ")),
    ];
    page.lang.t_with("applications-cap-left", &args)
}

pub fn document_kind(lang: Lang, rules: &CallRules, kind: &str) -> String {
    if kind == TRANSFER_NOTICE {
        return lang.t("applications-transfer-notice");
    }
    let rule = rules.documents.iter().find(|rule| rule.kind == kind);
    rule.map_or(kind, |rule| lang.of(&rule.name_ko, &rule.name_en)).to_owned()
}

fn size(bytes: i64) -> String {
    if bytes < 1024 * 1024 { format!("{} KB", bytes / 1024 + 1) } else { format!("{} MB", bytes / 1024 / 1024 + 1) }
}

/// `124-81-00998`.
fn dashed(number: &str) -> String {
    number.parse::<BusinessNumber>().map_or_else(|_| number.to_owned(), |number| number.to_string())
}

pub fn whole(page: &Page, dossier: &Dossier, names: &Names, reader: &Reader) -> Whole {
    let (a, around) = (&dossier.application, &dossier.around);
    let fact = |key: &str, value: String| Fact { label: page.t(key), value };
    let groups = vec![
        FactGroup {
            heading: page.t("applications-firm"),
            facts: vec![
                fact("applications-firm-name", around.legal_name.clone()),
                fact("applications-business-number", dashed(&around.business_number)),
                fact(
                    "applications-size",
                    page.code("application-size", around.size_class.clone().unwrap_or_else(|| "none".to_owned())),
                ),
                fact("applications-region", names.region(page.lang, &around.firm_region_code)),
                fact("applications-industry", around.firm_industry_code.clone()),
            ],
        },
        FactGroup { heading: page.t("application-section-use-case"), facts: use_case_facts(page, dossier, names) },
        FactGroup { heading: page.t("application-section-workload"), facts: workload_facts(page, dossier) },
        FactGroup { heading: page.t("application-section-solution"), facts: solution_facts(page, dossier) },
    ];
    Whole {
        groups,
        indicators: indicator_rows(page, dossier),
        costs: cost_rows(page, dossier),
        total: page.won(a.total_won),
        support: page.won(a.support_won),
        own: page.won(a.own_won),
        documents: document_rows(page, dossier, reader),
    }
}

pub fn use_case_facts(page: &Page, dossier: &Dossier, names: &Names) -> Vec<Fact> {
    let a = &dossier.application;
    let fact = |key: &str, value: String| Fact { label: page.t(key), value };
    vec![
        fact("applications-title", a.title.clone()),
        fact("applications-use-case", a.use_case.as_ref().map(|c| names.use_case(page.lang, c)).unwrap_or_default()),
        fact("applications-process-name", a.process_name.clone()),
        fact("applications-problem", a.problem.clone()),
        fact("applications-plan", a.plan.clone()),
    ]
}

pub fn workload_facts(page: &Page, dossier: &Dossier) -> Vec<Fact> {
    let a = &dossier.application;
    let code = |family: &str, value: &Option<String>| {
        value.as_ref().map(|code| page.code(family, code.to_lowercase())).unwrap_or_default()
    };
    let fact = |key: &str, value: String| Fact { label: page.t(key), value };
    vec![
        fact("applications-data-class", code("application-data", &a.data_class)),
        fact("applications-latency-class", code("application-latency", &a.latency_class)),
        fact("applications-language-class", code("application-language", &a.language_class)),
        fact("applications-decision-impact", code("application-impact", &a.decision_impact)),
        fact("applications-model-origin", code("application-origin", &a.model_origin)),
        fact("applications-hosting", code("application-hosting", &a.hosting)),
        fact("applications-human-oversight", a.human_oversight.clone()),
    ]
}

pub fn solution_facts(page: &Page, dossier: &Dossier) -> Vec<Fact> {
    let fact = |key: &str, value: String| Fact { label: page.t(key), value };
    let quantity = dossier.application.package_quantity.map(|q| Won(q).to_string()).unwrap_or_default();
    match &dossier.package {
        Some(package) => vec![
            fact("applications-vendor", package.vendor_name.clone()),
            fact("applications-solution-name", package.solution_name.clone()),
            fact("applications-package-name", package.package_name.clone()),
            fact("applications-unit-price", format!("{} / {}", page.won(package.unit_price_won), package.unit)),
            fact("applications-quantity", quantity),
        ],
        None if dossier.application.package_id.is_some() => {
            vec![fact("applications-package", page.t("application-fact-not-on-offer"))]
        }
        None => vec![fact("applications-package", String::new())],
    }
}

pub fn indicator_rows(page: &Page, dossier: &Dossier) -> Vec<IndicatorRow> {
    dossier
        .indicators
        .iter()
        .map(|row| {
            let value = |milli: Option<i64>| {
                milli.map(|milli| format!("{} {}", page.milli(milli), row.unit)).unwrap_or_default()
            };
            IndicatorRow {
                position: row.position,
                name: row.name.clone(),
                direction: page.code("application-direction", &row.direction),
                baseline: value(row.baseline_milli),
                target: value(row.target_milli),
                period: row.baseline_period.clone(),
                source: row.baseline_source.clone(),
                complete: row.is_complete(),
            }
        })
        .collect()
}

pub fn cost_rows(page: &Page, dossier: &Dossier) -> Vec<CostRow> {
    let won = |amount: Option<Won>| amount.map(|amount| page.won(amount)).unwrap_or_default();
    dossier
        .costs
        .iter()
        .map(|row| CostRow {
            position: row.position,
            category: page.code("application-category", row.category),
            description: row.description.clone(),
            quantity: row.quantity.map(|quantity| Won(quantity).to_string()).unwrap_or_default(),
            unit_price: won(row.unit_price_won),
            amount: won(row.amount()),
            support: won(row.support_won),
            own: won(row.own_won),
            complete: row.is_complete(),
        })
        .collect()
}

pub fn document_rows(page: &Page, dossier: &Dossier, reader: &Reader) -> Vec<DocumentRow> {
    dossier
        .documents
        .iter()
        .map(|document| DocumentRow {
            id: document.id.to_string(),
            kind: document.kind.clone(),
            kind_name: document_kind(page.lang, dossier.rules(), &document.kind),
            name: document.name.clone(),
            size: size(document.size_bytes),
            sha256: hex::encode(&document.sha256),
            attached_at: document.attached_at,
            scan: page.code("application-scan", document.scan),
            scan_colour: match document.scan {
                ScanState::Clean => "green",
                ScanState::Infected => "red",
                ScanState::Pending | ScanState::Unscanned => "grey",
            },
            href: reader
                .may_open(document)
                .then(|| format!("/applications/{}/documents/{}", document.application_id, document.id)),
        })
        .collect()
}

/// A condition in words.
pub struct CheckView {
    pub name: String,
    pub result: String,
    pub colour: &'static str,
    pub value: String,
    pub threshold: String,
    pub fix: String,
    pub source: String,
    /// Where the firm corrects it.
    pub href: Option<String>,
    /// Where the firm asks for an exception, when there may be one.
    pub exception: Option<String>,
    pub unmet: bool,
    pub undetermined: bool,
    /// It does not hold, but does not stand in the way here.
    pub warning: bool,
}

impl CheckView {
    pub fn met(&self) -> bool {
        !self.unmet && !self.undetermined && !self.warning
    }
}

/// A value as its fact reads it.
pub fn draw_fact(page: &Page, name: &str, value: Option<&Value>) -> String {
    let family = find_fact(name).map_or("", |fact| fact.family);
    let word = |code: &String| {
        if family.is_empty() { code.clone() } else { page.code(family, code.to_lowercase()) }
    };
    match value {
        None => page.t("fact-missing"),
        Some(Value::Boolean(yes)) => page.yes_no(yes),
        Some(Value::Number(number)) => Won(*number).to_string(),
        Some(Value::Won(won)) => page.won(won),
        Some(Value::Share(share)) => share.to_string(),
        Some(Value::Date(date)) => page.date(date),
        Some(Value::Text(code)) => word(code),
        Some(Value::List(codes)) => codes.iter().map(word).collect::<Vec<_>>().join(", "),
    }
}

/// The facts a condition saw, each with its name; text from before facts were kept stays as it is.
pub fn draw_seen(page: &Page, text: &str) -> String {
    let Ok(seen) = serde_json::from_str::<BTreeMap<String, Option<Value>>>(text) else { return text.to_owned() };
    let told: Vec<String> = seen
        .iter()
        .filter(|(name, _)| name.as_str() != "today")
        .map(|(name, value)| format!("{}: {}", page.code("fact", name), draw_fact(page, name, value.as_ref())))
        .collect();
    told.join("\n")
}

/// A value or threshold as its rule reads it.
fn draw(page: &Page, rule: Rule, text: &str) -> String {
    match rule.unit() {
        Unit::Won => text.parse().map_or_else(|_| text.to_owned(), |amount| page.won(Won(amount))),
        Unit::Instant => {
            DateTime::parse_from_rfc3339(text).map_or_else(|_| text.to_owned(), |at| page.datetime(at.to_utc()))
        }
        Unit::Count => text.to_owned(),
    }
}

fn view(page: &Page, id: ApplicationId, conditions: &[Condition], check: &Check) -> CheckView {
    let warns = check.warning && check.result != Met::Met;
    let condition = conditions.iter().find(|condition| condition.code == check.rule);
    let rule = check.rule.parse::<Rule>().ok();
    let key = format!("application-rule-{}", check.rule.replace('_', "-"));
    let word = |end: &str| rule.map(|_| page.t(&format!("{key}{end}"))).unwrap_or_default();
    let may_be_asked = condition.is_some_and(|condition| condition.waived_by != WaivedBy::Nobody);
    CheckView {
        name: match condition {
            Some(condition) => condition.name(page.lang).to_owned(),
            None if rule.is_none() => check.rule.clone(),
            None => word(""),
        },
        result: if warns { page.t("conditions-warning") } else { page.code("application-met", check.result) },
        colour: match check.result {
            _ if warns => "yellow",
            Met::Met => "green",
            Met::Unmet => "red",
            Met::Undetermined => "yellow",
            Met::Waived => "purple",
        },
        value: match rule {
            Some(rule) => draw(page, rule, &check.value),
            None => draw_seen(page, &check.value),
        },
        threshold: match (condition, rule) {
            (Some(condition), _) => condition.says(page.lang).to_owned(),
            (None, Some(rule)) => draw(page, rule, &check.threshold),
            (None, None) => check.threshold.clone(),
        },
        fix: condition.map_or_else(|| word("-fix"), |condition| condition.fix(page.lang).to_owned()),
        source: condition.map_or_else(|| word("-source"), |condition| condition.reference(page.lang).to_owned()),
        href: check.section.map(|section| format!("/applications/{id}/{}", section.path())),
        exception: (check.blocks() && may_be_asked).then(|| format!("/applications/{id}/exceptions/{}", check.rule)),
        unmet: check.blocks(),
        undetermined: check.result == Met::Undetermined && !check.warning,
        warning: warns,
    }
}

pub fn check_views(page: &Page, id: ApplicationId, conditions: &[Condition], checks: &[Check]) -> Vec<CheckView> {
    checks.iter().map(|check| view(page, id, conditions, check)).collect()
}

/// The conditions as they were found at one moment.
pub struct CheckRun {
    pub id: String,
    /// At which stage, and when.
    pub caption: String,
    pub checks: Vec<CheckView>,
}

pub fn check_runs(page: &Page, id: ApplicationId, conditions: &[Condition], stored: &[StoredCheck]) -> Vec<CheckRun> {
    let mut runs: Vec<CheckRun> = Vec::new();
    for found in stored {
        let caption = format!("{} · {}", page.code("application-stage", found.stage), page.datetime(found.checked_at));
        let check = Check {
            rule: found.rule.clone(),
            result: found.result,
            warning: found.warning,
            wants_officer: false,
            section: None,
            value: found.value.clone(),
            threshold: found.threshold.clone(),
        };
        let seen = view(page, id, conditions, &check);
        match runs.last_mut() {
            Some(run) if run.caption == caption => run.checks.push(seen),
            _ => runs.push(CheckRun { id: format!("checks-{}", runs.len()), caption, checks: vec![seen] }),
        }
    }
    runs
}

/// One change of state, as everybody who sees the application may know it.
pub struct Move {
    pub state: String,
    pub colour: &'static str,
    pub at: DateTime<Utc>,
    pub note: String,
}

pub fn moves(page: &Page, history: &[RecordRow]) -> Vec<Move> {
    let value = |record: &RecordRow, name: &str| {
        record.values().into_iter().find(|(key, _)| key == name).map(|(_, value)| value).unwrap_or_default()
    };
    history
        .iter()
        .filter_map(|record| {
            let state: ApplicationState = match record.kind.as_str() {
                "application_started" => ApplicationState::Draft,
                "application_moved" => value(record, "state").parse().ok()?,
                _ => return None,
            };
            Some(Move {
                state: page.code("application-state", state),
                colour: state.colour(),
                at: record.at,
                note: value(record, "note"),
            })
        })
        .collect()
}

/// A difference between two rounds in words.
pub struct DifferenceView {
    pub label: String,
    pub before: String,
    pub after: String,
}

pub fn difference_views(page: &Page, differences: Vec<Difference>) -> Vec<DifferenceView> {
    differences
        .into_iter()
        .map(|difference| {
            let part = page.code("application-section", &difference.part);
            let field = page.code("applications", &difference.field);
            let label = match difference.position {
                Some(position) => format!("{part} {position}: {field}"),
                None => format!("{part}: {field}"),
            };
            DifferenceView {
                label,
                before: difference.before.unwrap_or_else(|| "–".to_owned()),
                after: difference.after.unwrap_or_else(|| "–".to_owned()),
            }
        })
        .collect()
}
