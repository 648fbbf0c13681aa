//! What a firm submits, as text whose bytes are hashed: the order of its names never changes.
//! Invariant: the receipt's hash is the SHA-256 of exactly these bytes, so anybody who holds them can check it.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The first name of every content: another order or meaning of names gets another one.
pub const FORMAT: &str = "voucherdesk-application-2";

#[derive(Debug, Serialize)]
pub struct Content {
    pub format: &'static str,
    pub receipt_no: String,
    pub round: i64,
    /// RFC 3339, UTC, microseconds.
    pub received_at: String,
    pub received_from: String,
    pub call: String,
    pub call_version: i64,
    pub firm: FirmContent,
    pub use_case: UseCaseContent,
    pub workload: WorkloadContent,
    pub indicators: Vec<IndicatorContent>,
    pub solution: SolutionContent,
    /// The questions that the call added; absent when it added none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<AnswerContent>,
    pub costs: Vec<CostContent>,
    /// Who does the work; absent where the call does not ask.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub team: Vec<MemberContent>,
    pub totals: TotalsContent,
    pub documents: Vec<DocumentContent>,
    /// Who certified it, where the call wants a second person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certified: Option<CertificationContent>,
    /// What the firm answered to a supplement, part by part.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub supplement: Vec<SupplementContent>,
}

#[derive(Debug, Serialize)]
pub struct AnswerContent {
    /// The code and version of the question: `energy.2`.
    pub question: String,
    pub answer: String,
}

#[derive(Debug, Serialize)]
pub struct MemberContent {
    pub member_role: String,
    pub person: String,
    pub to_hire: bool,
    /// Of full time, in percent.
    pub time_share: i64,
    pub member_months: i64,
}

#[derive(Debug, Serialize)]
pub struct CertificationContent {
    pub certified_by: String,
    pub certified_at: String,
}

#[derive(Debug, Serialize)]
pub struct SupplementContent {
    pub section: String,
    pub answer: String,
}

#[derive(Debug, Serialize)]
pub struct FirmContent {
    pub business_number: String,
    pub legal_name: String,
    pub size_class: String,
    pub region: String,
    pub industry: String,
}

#[derive(Debug, Serialize)]
pub struct UseCaseContent {
    pub title: String,
    pub use_case: String,
    pub process_name: String,
    pub problem: String,
    pub plan: String,
}

#[derive(Debug, Serialize)]
pub struct WorkloadContent {
    pub data_class: String,
    pub latency_class: String,
    pub language_class: String,
    pub decision_impact: String,
    pub model_origin: String,
    pub hosting: String,
    pub human_oversight: String,
}

/// Values are decimals as text: `12.5`.
#[derive(Debug, Serialize)]
pub struct IndicatorContent {
    pub name: String,
    pub unit: String,
    pub direction: String,
    pub baseline: String,
    pub target: String,
    pub baseline_period: String,
    pub baseline_source: String,
}

/// Amounts in won.
#[derive(Debug, Serialize)]
pub struct SolutionContent {
    pub package: String,
    pub package_name: String,
    pub solution_name: String,
    pub vendor_name: String,
    pub quantity: i64,
    pub unit_price: i64,
}

#[derive(Debug, Serialize)]
pub struct CostContent {
    pub category: String,
    pub description: String,
    pub unit: String,
    pub quantity: i64,
    pub unit_price: i64,
    pub vat: i64,
    pub support: i64,
    pub own: i64,
    pub in_kind: i64,
}

#[derive(Debug, Serialize)]
pub struct TotalsContent {
    pub total: i64,
    pub support: i64,
    pub own: i64,
}

#[derive(Debug, Serialize)]
pub struct DocumentContent {
    pub kind: String,
    pub name: String,
    pub size_bytes: i64,
    pub sha256: String,
}

impl Content {
    /// The text that is stored, and its hash.
    pub fn seal(&self) -> Result<(String, Vec<u8>), serde_json::Error> {
        let text = serde_json::to_string(self)?;
        let hash = Sha256::digest(text.as_bytes()).to_vec();
        Ok((text, hash))
    }
}

/// One field in which two rounds differ. `None`: it is not there in that round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The part of the form: `costs`.
    pub part: String,
    /// Which of several, from 1.
    pub position: Option<usize>,
    pub field: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// What changed between two rounds of one application; nothing when either text is not a content.
pub fn differences(before: &str, after: &str) -> Vec<Difference> {
    let read = |text: &str| serde_json::from_str::<Value>(text).ok();
    let (Some(before), Some(after)) = (read(before), read(after)) else { return Vec::new() };
    let mut found = Vec::new();
    const PARTS: [&str; 12] = [
        "firm",
        "use_case",
        "workload",
        "indicators",
        "solution",
        "questions",
        "costs",
        "totals",
        "team",
        "documents",
        "certified",
        "supplement",
    ];
    let none = Value::Array(Vec::new());
    for part in PARTS {
        let of = |content: &'_ Value| match &content[part] {
            Value::Null if matches!(part, "questions" | "team" | "supplement") => none.clone(),
            value => value.clone(),
        };
        match (&of(&before), &of(&after)) {
            (Value::Array(one), Value::Array(other)) => {
                for place in 0..one.len().max(other.len()) {
                    compare(part, Some(place + 1), one.get(place), other.get(place), &mut found);
                }
            }
            (one, other) => compare(part, None, Some(one), Some(other), &mut found),
        }
    }
    found
}

fn compare(
    part: &str,
    position: Option<usize>,
    before: Option<&Value>,
    after: Option<&Value>,
    found: &mut Vec<Difference>,
) {
    let names = |value: Option<&Value>| -> Vec<String> {
        value.and_then(Value::as_object).map(|fields| fields.keys().cloned().collect()).unwrap_or_default()
    };
    let mut fields = names(before);
    fields.extend(names(after).into_iter().filter(|name| !fields.contains(name)).collect::<Vec<_>>());
    for field in fields {
        let text = |value: Option<&Value>| {
            value
                .and_then(|value| value.get(&field))
                .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        };
        let (before, after) = (text(before), text(after));
        if before != after {
            found.push(Difference { part: part.to_owned(), position, field, before, after });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> Content {
        let text = || "가".to_owned();
        Content {
            format: FORMAT,
            receipt_no: "AV2027-000001".to_owned(),
            round: 1,
            received_at: "2027-03-02T01:00:00.000000Z".to_owned(),
            received_from: text(),
            call: text(),
            call_version: 1,
            firm: FirmContent {
                business_number: text(),
                legal_name: text(),
                size_class: text(),
                region: text(),
                industry: text(),
            },
            use_case: UseCaseContent {
                title: text(),
                use_case: text(),
                process_name: text(),
                problem: text(),
                plan: text(),
            },
            workload: WorkloadContent {
                data_class: text(),
                latency_class: text(),
                language_class: text(),
                decision_impact: text(),
                model_origin: text(),
                hosting: text(),
                human_oversight: text(),
            },
            indicators: Vec::new(),
            solution: SolutionContent {
                package: text(),
                package_name: text(),
                solution_name: text(),
                vendor_name: text(),
                quantity: 1,
                unit_price: 2,
            },
            questions: Vec::new(),
            costs: vec![CostContent {
                category: text(),
                description: text(),
                unit: text(),
                quantity: 1,
                unit_price: 5,
                vat: 0,
                support: 4,
                own: 1,
                in_kind: 0,
            }],
            team: Vec::new(),
            totals: TotalsContent { total: 5, support: 4, own: 1 },
            documents: Vec::new(),
            certified: None,
            supplement: Vec::new(),
        }
    }

    #[test]
    fn the_same_content_always_has_the_same_bytes() {
        let (text, hash) = content().seal().unwrap();
        assert_eq!((text.clone(), hash), content().seal().unwrap());
        assert!(text.starts_with(r#"{"format":"voucherdesk-application-2","receipt_no":"AV2027-000001","round":1,"#));
        assert!(text.find("\"use_case\"").unwrap() < text.find("\"workload\"").unwrap());
    }

    #[test]
    fn a_difference_names_part_place_and_field() {
        let (before, _) = content().seal().unwrap();
        let mut changed = content();
        changed.use_case.plan = "나".to_owned();
        changed.costs[0].support = 3;
        changed.round = 2;
        changed.questions.push(AnswerContent { question: "energy.1".to_owned(), answer: "7".to_owned() });
        changed.documents.push(DocumentContent {
            kind: "plan".to_owned(),
            name: "계획서.pdf".to_owned(),
            size_bytes: 1,
            sha256: "00".to_owned(),
        });
        let (after, _) = changed.seal().unwrap();
        let found = differences(&before, &after);
        let told: Vec<(&str, Option<usize>, &str)> =
            found.iter().map(|d| (d.part.as_str(), d.position, d.field.as_str())).collect();
        assert_eq!(told[0], ("use_case", None, "plan"));
        assert_eq!(told[1..3], [("questions", Some(1), "answer"), ("questions", Some(1), "question")]);
        assert_eq!(told[3], ("costs", Some(1), "support"));
        assert!(told[4..].iter().all(|d| d.0 == "documents" && d.1 == Some(1)));
        assert_eq!(found[3].before.as_deref(), Some("4"));
        assert_eq!(found[3].after.as_deref(), Some("3"));
        assert!(differences("{", "{}").is_empty());
        assert!(differences(&before, &before).is_empty());
    }
}
