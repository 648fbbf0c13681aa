//! An application told in words: its parts, its documents, its course. The same on every page that shows them.

use super::words::Words;
use crate::{
    applications::{
        actions::{Asked, Dossier},
        rules::{
            ApplicationState, Section, TRANSFER_NOTICE,
            content::Difference,
            course::{Leg, Progress},
        },
        store::dossier::{Document, DraftMember},
    },
    audit::RecordRow,
    core::{lang::Lang, money::Won, numbers::BusinessNumber},
    files::ScanState,
    ledger::{Cap, Used},
    programmes::CallRules,
    reference::Named,
    web::Page,
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

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
    pub id: Uuid,
    pub name: String,
    pub direction: String,
    pub baseline: String,
    pub target: String,
    pub period: String,
    pub source: String,
    pub complete: bool,
}

pub struct CostRow {
    pub id: Uuid,
    pub category: String,
    pub description: String,
    pub quantity: String,
    pub unit_price: String,
    pub amount: String,
    pub vat: String,
    pub support: String,
    pub own_cash: String,
    pub in_kind: String,
    pub complete: bool,
}

pub struct DocumentRow {
    pub id: String,
    pub kind: String,
    pub kind_name: String,
    pub name: String,
    pub size: String,
    pub pages: Option<String>,
    /// Another document of this application with the same content.
    pub same_as: Option<String>,
    pub sha256: String,
    pub attached_at: DateTime<Utc>,
    pub scan: String,
    pub scan_colour: &'static str,
    /// None: nobody may open it (yet).
    pub href: Option<String>,
}

/// What the complete lines of cost come to.
pub struct Sums {
    pub total: String,
    pub vat: String,
    pub support: String,
    pub own_cash: String,
    pub in_kind: String,
}

pub fn sums(page: &Page, dossier: &Dossier) -> Sums {
    let a = &dossier.application;
    let whole = || dossier.costs.iter().filter(|line| line.is_complete());
    let in_kind: Won = whole().map(|line| line.in_kind_won).sum();
    let vat: Won = whole().filter_map(|line| line.vat()).sum();
    Sums {
        total: page.won(a.total_won),
        vat: page.won(vat),
        support: page.won(a.support_won),
        own_cash: page.won(a.own_won.minus(in_kind)),
        in_kind: page.won(in_kind),
    }
}

/// Somebody of the team in words.
pub struct MemberRow {
    pub id: Uuid,
    pub role: String,
    /// The name, or that somebody is to be found.
    pub person: String,
    pub share: String,
    pub months: String,
    pub complete: bool,
}

pub fn member_rows(page: &Page, dossier: &Dossier) -> Vec<MemberRow> {
    let row = |member: &DraftMember| MemberRow {
        id: member.id,
        role: member.role.clone(),
        person: if member.to_hire { page.t("applications-to-be-hired") } else { member.person.clone() },
        share: member.share_percent.map(|share| format!("{share}%")).unwrap_or_default(),
        months: member.months.map(|months| page.t1("programmes-months", "count", months)).unwrap_or_default(),
        complete: member.is_complete(),
    };
    dossier.team.iter().map(row).collect()
}

/// The whole content.
pub struct Whole {
    pub groups: Vec<FactGroup>,
    pub indicators: Vec<IndicatorRow>,
    pub costs: Vec<CostRow>,
    pub sums: Sums,
    /// None where the call does not ask.
    pub team: Option<Vec<MemberRow>>,
    pub documents: Vec<DocumentRow>,
}

/// Who looks, and whether they may open what no scanner saw.
pub struct Reader {
    pub allow_unscanned: bool,
}

impl Reader {
    pub fn may_open(&self, document: &Document) -> bool {
        document.scan.may_open(self.allow_unscanned)
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

/// Endings that a slot takes.
pub fn slot_types(rules: &CallRules, kind: &str) -> Vec<String> {
    let rule = rules.documents.iter().find(|rule| rule.kind == kind);
    let named = rule.map(|rule| rule.types.clone()).filter(|types| !types.is_empty());
    named.unwrap_or_else(|| crate::files::endings().map(str::to_owned).collect())
}

/// What a slot takes, in one sentence before anything is sent.
pub fn slot_limits(page: &Page, rules: &CallRules, kind: &str) -> String {
    let rule = rules.documents.iter().find(|rule| rule.kind == kind);
    let bytes = rule.and_then(|rule| rule.max_bytes).unwrap_or(crate::files::FILE_BYTES_MAX.cast_signed());
    let types = slot_types(rules, kind).join(", ").to_uppercase();
    let said = [("types", types), ("megabytes", (bytes / 1024 / 1024).to_string())];
    let said = page.lang.t_with("applications-slot-limits", &said);
    match rule.and_then(|rule| rule.max_pages) {
        Some(most) => format!("{said} {}", page.t1("applications-slot-pages", "most", most)),
        None => said,
    }
}

fn size(bytes: i64) -> String {
    if bytes < 1024 * 1024 { format!("{} KB", bytes / 1024 + 1) } else { format!("{} MB", bytes / 1024 / 1024 + 1) }
}

/// `124-81-00998`.
fn dashed(number: &str) -> String {
    number.parse::<BusinessNumber>().map_or_else(|_| number.to_owned(), |number| number.to_string())
}

pub fn whole(page: &Page, dossier: &Dossier, names: &Names, reader: &Reader) -> Whole {
    let around = &dossier.around;
    let fact = |key: &str, value: String| Fact { label: page.t(key), value };
    let mut groups = vec![
        FactGroup {
            heading: page.t("applications-firm"),
            facts: vec![
                fact("applications-firm-name", around.legal_name.clone()),
                fact("applications-business-number", dashed(&around.business_number)),
                fact(
                    "applications-size",
                    page.code("application-size", around.firm.size_class.clone().unwrap_or_else(|| "none".to_owned())),
                ),
                fact("applications-region", names.region(page.lang, &around.firm.region_code)),
                fact("applications-industry", around.firm.industry_code.clone()),
            ],
        },
        FactGroup { heading: page.t("application-section-use-case"), facts: use_case_facts(page, dossier, names) },
        FactGroup { heading: page.t("application-section-workload"), facts: workload_facts(page, dossier) },
        FactGroup { heading: page.t("application-section-solution"), facts: solution_facts(page, dossier) },
    ];
    if dossier.asks_questions() {
        let facts = answer_facts(page, dossier, names);
        groups.push(FactGroup { heading: page.t("application-section-questions"), facts });
    }
    Whole {
        groups,
        indicators: indicator_rows(page, dossier),
        costs: cost_rows(page, dossier),
        sums: sums(page, dossier),
        team: dossier.asks_team().then(|| member_rows(page, dossier)),
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

fn answer_facts(page: &Page, dossier: &Dossier, names: &Names) -> Vec<Fact> {
    let say = Words { page, names, packages: &[], dossier };
    let answered = |code: &str| {
        let answer = dossier.answer(code);
        if answer.is_empty() { String::new() } else { say.value(code, answer) }
    };
    dossier
        .questions
        .iter()
        .filter(|asked| asked.applies)
        .map(|Asked { question, .. }| Fact {
            label: question.label(page.lang).to_owned(),
            value: answered(&question.code),
        })
        .collect()
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
                id: row.id,
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
            id: row.id,
            category: page.code("application-category", row.category),
            description: row.description.clone(),
            quantity: row
                .quantity
                .map(|count| format!("{} {}", Won(count), row.unit).trim().to_owned())
                .unwrap_or_default(),
            unit_price: won(row.unit_price_won),
            amount: won(row.amount()),
            vat: won(row.vat()),
            support: won(row.support_won),
            own_cash: won(row.own_cash()),
            in_kind: won(row.own_won.map(|_| row.in_kind_won)),
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
            pages: document.pages.map(|pages| page.t1("applications-pages", "count", pages)),
            same_as: dossier
                .documents
                .iter()
                .find(|other| other.sha256 == document.sha256 && other.id != document.id)
                .map(|other| document_kind(page.lang, dossier.rules(), &other.kind)),
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

pub fn difference_views(
    page: &Page,
    dossier: &Dossier,
    names: &Names,
    differences: Vec<Difference>,
) -> Vec<DifferenceView> {
    let say = Words { page, names, packages: &[], dossier };
    let value = |field: &str, text: Option<String>| text.map_or_else(|| "–".to_owned(), |text| say.value(field, &text));
    differences
        .into_iter()
        .filter(|difference| !(difference.part == "solution" && difference.field == "package"))
        .map(|Difference { part, position, field, before, after }| {
            let heading = page.code("application-section", &part);
            let name = page.code("applications", &field);
            let label = match position {
                Some(position) => format!("{heading} {position}: {name}"),
                None => format!("{heading}: {name}"),
            };
            // A column called unit or kind says nothing but itself.
            let field = if part == "questions" { question_code(dossier, position) } else { field };
            DifferenceView { label, before: value(&field, before), after: value(&field, after) }
        })
        .collect()
}

/// The code of the question at this place of the content.
fn question_code(dossier: &Dossier, position: Option<usize>) -> String {
    let at = position.and_then(|place| place.checked_sub(1));
    at.and_then(|at| dossier.questions.get(at)).map(|asked| asked.question.code.clone()).unwrap_or_default()
}

/// A part of the form by name; None is the application as a whole.
pub fn part_name(page: &Page, part: Option<Section>) -> String {
    part.map_or_else(|| page.t("applications-whole"), |section| page.code("application-section", section))
}

/// What was asked for in one part, in words.
pub fn defects(page: &Page, dossier: &Dossier, part: Option<Section>) -> Vec<String> {
    let of_part = dossier.defects.iter().filter(|defect| defect.section == part);
    of_part
        .map(|defect| match defect.code.as_str() {
            "" => defect.note.clone(),
            code => page.code("application-defect", code),
        })
        .collect()
}

/// A round of supplements: what was asked and what was answered, part by part.
pub struct SupplementView {
    pub due_at: DateTime<Utc>,
    pub answered_at: Option<DateTime<Utc>>,
    pub parts: Vec<SupplementPart>,
}

pub struct SupplementPart {
    pub name: String,
    pub items: Vec<String>,
    pub answer: String,
}

pub fn supplement(page: &Page, dossier: &Dossier) -> Option<SupplementView> {
    let asked = dossier.supplement.as_ref()?;
    let answer =
        |section: &str| dossier.supplement_answers.iter().find(|(of, _)| of == section).map(|(_, said)| said.clone());
    let every = Section::ALL.iter().copied().map(Some).chain([None]);
    let mut parts: Vec<SupplementPart> = every
        .map(|part| SupplementPart {
            name: part_name(page, part),
            items: defects(page, dossier, part),
            answer: answer(part.map_or("", Section::as_str)).unwrap_or_default(),
        })
        .filter(|part| !part.items.is_empty())
        .collect();
    if parts.is_empty() {
        let items = asked.items.lines().map(str::to_owned).collect();
        parts.push(SupplementPart { name: part_name(page, None), items, answer: String::new() });
    }
    Some(SupplementView { due_at: asked.due_at, answered_at: asked.answered_at, parts })
}

/// A stage of the course in words.
pub struct LegView {
    pub name: String,
    pub holder: String,
    pub promised: Option<NaiveDate>,
    /// `done`, `current` or `todo`.
    pub progress: &'static str,
}

pub fn course_views(page: &Page, legs: Vec<Leg>) -> Vec<LegView> {
    legs.into_iter()
        .map(|leg| LegView {
            name: page.code("application-course", leg.stage),
            holder: page.code("application-course-holder", leg.stage),
            promised: leg.promised,
            progress: match leg.progress {
                Progress::Done => "done",
                Progress::Current => "current",
                Progress::Coming => "todo",
            },
        })
        .collect()
}
