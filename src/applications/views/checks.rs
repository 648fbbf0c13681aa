//! Conditions told in words: what was found, what it is held against, how it is put right.

use crate::{
    applications::{
        ApplicationId,
        actions::drift_since,
        rules::conditions::{Check, Drift, Met, Rule, Unit},
        store::eligibility::StoredLook,
        views::eligibility::DriftLine,
    },
    core::{
        expression::{Facts, Value},
        money::Won,
    },
    programmes::{Condition, Stage, WaivedBy, conditions::find_fact},
    web::Page,
};
use chrono::DateTime;
use std::collections::BTreeMap;

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
    /// What was tried then was refused for what does not hold.
    pub refused: bool,
    pub checks: Vec<CheckView>,
    /// What had changed since the submission.
    pub drift: Vec<DriftLine>,
}

/// Facts that changed, each with its name.
pub fn drift_lines(page: &Page, drift: &[Drift]) -> Vec<DriftLine> {
    let line = |drift: &Drift| DriftLine {
        fact: page.code("fact", &drift.fact),
        before: draw_fact(page, &drift.fact, drift.before.as_ref()),
        after: draw_fact(page, &drift.fact, drift.after.as_ref()),
    };
    drift.iter().map(line).collect()
}

/// The looks of a case, oldest first. `frozen` are the facts as they were submitted.
pub fn check_runs(
    page: &Page,
    id: ApplicationId,
    conditions: &[Condition],
    looks: &[StoredLook],
    frozen: Option<&Facts>,
) -> anyhow::Result<Vec<CheckRun>> {
    let mut runs = Vec::new();
    for look in looks {
        let found = look.found()?.into_iter().map(Check::from);
        let before = frozen.filter(|_| look.stage != Stage::Submission);
        let facts = serde_json::from_str::<Facts>(&look.facts).ok();
        let drift = before.zip(facts).map(|(before, after)| drift_since(before, conditions, look.stage, &after));
        runs.push(CheckRun {
            id: format!("checks-{}", runs.len()),
            caption: format!("{} · {}", page.code("application-stage", look.stage), page.datetime(look.checked_at)),
            refused: look.refused_by.is_some(),
            checks: found.map(|check| view(page, id, conditions, &check)).collect(),
            drift: drift_lines(page, &drift.unwrap_or_default()),
        });
    }
    Ok(runs)
}
