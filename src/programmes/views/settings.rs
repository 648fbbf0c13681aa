//! What the pages show on which calls are changed, carried elsewhere and simulated.

use crate::{
    programmes::{
        CallId,
        rules::{
            package::Package,
            simulation::{Day, Found},
            *,
        },
        store::{Call, Programme, VersionRow, changes::Change, simulations::Simulation},
    },
    web::{Choice, Form, Page},
};
use askama::Template;
use chrono::{DateTime, Utc};

/// One version of the rules, with what it changed.
pub struct VersionLine {
    pub version: i64,
    pub made_at: DateTime<Utc>,
    pub made_by: Option<String>,
    /// What changed, from what, to what.
    pub changes: Vec<(String, String, String)>,
}

impl VersionLine {
    /// From rows newest first; the first version changed nothing.
    pub fn all(page: &Page, rows: Vec<VersionRow>) -> Vec<VersionLine> {
        let mut lines = Vec::with_capacity(rows.len());
        for (place, row) in rows.iter().enumerate() {
            let changes = rows.get(place + 1).map(|before| differences(&before.rules.0, &row.rules.0));
            lines.push(VersionLine {
                version: row.version,
                made_at: row.made_at,
                made_by: row.made_by_name.clone(),
                changes: changes.unwrap_or_default().iter().map(|change| in_words(page, change)).collect(),
            });
        }
        lines
    }
}

/// What a difference is about, from what, to what.
pub fn in_words(page: &Page, change: &Difference) -> (String, String, String) {
    let name = name_in_words(page, change.field, &change.item);
    (name, value_in_words(page, &change.from), value_in_words(page, &change.to))
}

/// What a rule is about, and what it says.
pub fn fact_in_words(page: &Page, fact: &Fact) -> (String, String) {
    (name_in_words(page, fact.field, &fact.item), value_in_words(page, &fact.value))
}

fn name_in_words(page: &Page, field: &str, item: &Item) -> String {
    let name = page.code("programmes", field);
    match item_in_words(page, item) {
        None => name,
        Some(item) => format!("{name}: {item}"),
    }
}

fn item_in_words(page: &Page, item: &Item) -> Option<String> {
    Some(match item {
        Item::None => return None,
        Item::Named(ko, en) => page.lang.of(ko, en).to_owned(),
        Item::Category(category) => page.code("cost-category", category),
        Item::Class(class) => page.code("application-size", class),
        Item::Vat(vat) => page.code("vat-type", vat),
        Item::Cap(subject, window) => {
            format!("{}, {}", page.code("cap-subject", subject), page.code("cap-window", window))
        }
        Item::InTrack(ko, en, inner) => {
            let inner = item_in_words(page, inner).unwrap_or_default();
            format!("{}, {inner}", page.lang.of(ko, en))
        }
    })
}

fn value_in_words(page: &Page, value: &RuleValue) -> String {
    match value {
        RuleValue::Absent => page.t("programmes-value-none"),
        RuleValue::Won(won) => page.won(won),
        RuleValue::Share(share) => share.to_string(),
        RuleValue::Number(number) => number.to_string(),
        RuleValue::Megabytes(count) => format!("{count} MB"),
        RuleValue::Days(days) => page.t1("programmes-days", "count", days),
        RuleValue::Months(months) => page.t1("programmes-months", "count", months),
        RuleValue::Hours(hours) if hours.is_empty() => page.t("programmes-value-none"),
        RuleValue::Hours(hours) => {
            let hours: Vec<String> = hours.iter().map(|hours| page.t1("programmes-hours", "count", hours)).collect();
            hours.join(", ")
        }
        RuleValue::ManyDays(days) if days.is_empty() => page.t("programmes-value-none"),
        RuleValue::ManyDays(days) => {
            let days: Vec<String> = days.iter().map(|days| page.t1("programmes-days", "count", days)).collect();
            days.join(", ")
        }
        RuleValue::Waves(waves) if waves.is_empty() => page.t("programmes-value-none"),
        RuleValue::Waves(waves) => waves.iter().map(|wave| page.code("wave", wave)).collect::<Vec<_>>().join(", "),
        RuleValue::Yes(yes) => page.yes_no(yes),
        RuleValue::Selection(mode) => page.code("selection-mode", mode),
        RuleValue::Allowed(allowed) => page.code("cost-allowance", allowed),
        RuleValue::Words(words) => words.clone(),
    }
}

/// Rules of one aspect, with the forms that change them.
pub struct RuleSection {
    pub title: String,
    pub facts: Vec<(String, String)>,
    pub links: Vec<(String, String)>,
}

/// Which form asks for a field.
fn aspect_of(field: &str) -> Aspect {
    match field {
        "support_max" | "share_max" | "own_cash_min" | "in_kind_max" | "own_share_exempt" => Aspect::Funding,
        "categories" | "category_share" | "category_most" => Aspect::Category,
        "most_won" | "most_count" => Aspect::Cap,
        "second_check_over" | "third_check_over" | "vendor_share_max" | "vendor_count_max" => Aspect::Payment,
        "spot_check_mille" | "spot_check_seed" => Aspect::Screening,
        "letter_selected" | "letter_rejected" => Aspect::Letters,
        "offer_notices" | "expiry_notices" | "due_notice" | "extension_months" | "idle_percent" | "idle_warning"
        | "waves" => Aspect::Agreement,
        "region_envelope" | "sector_envelope" => Aspect::Envelope,
        "track" | "quota" => Aspect::Track,
        "rubric" | "minimum" => Aspect::Rubric,
        "anchors" => Aspect::Criterion,
        "selection" | "quorum" | "hide_firm" | "hide_reviewers" | "reveal_after" | "spread_max" | "sample_percent"
        | "draw_ties" | "second_approval" | "third_approval" | "undo_days" | "clarification_days"
        | "promotes_by_itself" => Aspect::Review,
        field if field.starts_with("document") => Aspect::Document,
        field if field.ends_with("_days") || matches!(field, "reminder_hours" | "term_months") => Aspect::Terms,
        _ => Aspect::General,
    }
}

impl RuleSection {
    /// All rules, in the order of their forms.
    pub fn all(page: &Page, call: CallId, rules: &CallRules, may_edit: bool) -> Vec<RuleSection> {
        let said = facts(rules);
        let section = |aspect: &Aspect| {
            let of_aspect = said.iter().filter(|fact| aspect_of(fact.field) == *aspect);
            RuleSection {
                title: page.code("call-aspect", aspect),
                facts: of_aspect.map(|fact| fact_in_words(page, fact)).collect(),
                links: if may_edit { links(page, call, rules, *aspect) } else { Vec::new() },
            }
        };
        Aspect::ALL.iter().map(section).collect()
    }
}

fn links(page: &Page, call: CallId, rules: &CallRules, aspect: Aspect) -> Vec<(String, String)> {
    let path = format!("/calls/{call}/settings/{aspect}");
    let named = |name: String| page.t1("programmes-change-one", "name", name);
    match aspect {
        Aspect::Funding => FirmClass::ALL
            .iter()
            .map(|class| (format!("{path}?class={class}"), named(page.code("application-size", class))))
            .collect(),
        Aspect::Category => CostCategory::ALL
            .iter()
            .map(|code| (format!("{path}?category={code}"), named(page.code("cost-category", code))))
            .collect(),
        Aspect::Cap => {
            let known = rules.caps.iter().map(|cap| {
                let name =
                    format!("{}, {}", page.code("cap-subject", cap.subject), page.code("cap-window", cap.window));
                (format!("{path}?subject={}&window={}", cap.subject, cap.window), named(name))
            });
            known.chain([(path.clone(), page.t("programmes-add-cap"))]).collect()
        }
        Aspect::Document => {
            let known = rules.documents.iter().map(|rule| {
                let name = page.lang.of(&rule.name_ko, &rule.name_en).to_owned();
                (format!("{path}?document={}", crate::web::page::encode(&rule.kind)), named(name))
            });
            known.chain([(path.clone(), page.t("programmes-add-document"))]).collect()
        }
        Aspect::Track => {
            let known = rules.tracks.iter().map(|track| {
                let name = page.lang.of(&track.name_ko, &track.name_en).to_owned();
                (format!("{path}?track={}", crate::web::page::encode(&track.code)), named(name))
            });
            known.chain([(path.clone(), page.t("programmes-add-track"))]).collect()
        }
        Aspect::Envelope => {
            let known = rules.envelopes.iter().map(|one| {
                let of = format!("{}:{}", one.subject, crate::web::page::encode(&one.code));
                (format!("{path}?envelope={of}"), named(one.name(page.lang).to_owned()))
            });
            known.chain([(path.clone(), page.t("programmes-add-envelope"))]).collect()
        }
        Aspect::General => vec![
            (path, named(page.code("call-aspect", aspect))),
            (format!("/calls/{call}/form"), page.t("questions-call-form")),
        ],
        Aspect::Criterion => {
            let item = |item: &RubricItem| {
                let name = page.lang.of(&item.name_ko, &item.name_en).to_owned();
                (format!("{path}?criterion={}", crate::web::page::encode(&item.code)), named(name))
            };
            rules.rubric.iter().map(item).collect()
        }
        Aspect::Terms
        | Aspect::Agreement
        | Aspect::Payment
        | Aspect::Screening
        | Aspect::Letters
        | Aspect::Review
        | Aspect::Rubric => {
            vec![(path, named(page.code("call-aspect", aspect)))]
        }
    }
}

#[derive(Template)]
#[template(path = "programmes/settings.html")]
pub struct SettingsPage {
    pub page: Page,
    pub call: Call,
    pub sections: Vec<RuleSection>,
    /// The change under way: its rules are the ones shown.
    pub open: Option<Change>,
    pub is_published: bool,
    pub versions: Vec<VersionLine>,
}

#[derive(Template)]
#[template(path = "programmes/change.html")]
pub struct ChangePage {
    pub page: Page,
    pub form: Form,
    pub call: Call,
    pub change: Change,
    pub differences: Vec<(String, String, String)>,
    pub may_adopt: bool,
    pub may_propose: bool,
    pub may_decide: bool,
    /// A manager who had a hand in it: somebody else decides.
    pub must_leave: bool,
    pub may_drop: bool,
    pub proof_needed: bool,
}

impl ChangePage {
    pub fn colour(&self) -> &'static str {
        change_colour(self.change.state)
    }
}

/// A colour for the tag of a change.
pub fn change_colour(state: ChangeState) -> &'static str {
    match state {
        ChangeState::Preparing => "blue",
        ChangeState::Proposed => "yellow",
        ChangeState::Adopted => "green",
        ChangeState::Refused => "red",
        ChangeState::Dropped => "grey",
    }
}

/// What a package would make.
pub struct ImportPreview {
    pub package: Package,
    pub seal: String,
    pub is_unsigned: bool,
    /// Against a call of the same code that is here already.
    pub differences: Option<Vec<(String, String, String)>>,
    pub facts: Vec<(String, String)>,
    /// Why this programme cannot take the rules.
    pub fault: Option<String>,
}

#[derive(Template)]
#[template(path = "programmes/import.html")]
pub struct ImportPage {
    pub page: Page,
    pub form: Form,
    pub programme: Programme,
    pub preview: Option<ImportPreview>,
}

#[derive(Template)]
#[template(path = "programmes/simulations.html")]
pub struct SimulationsPage {
    pub page: Page,
    pub form: Form,
    pub call: Call,
    pub tracks: Vec<Choice>,
    pub runs: Vec<Simulation>,
}

#[derive(Template)]
#[template(path = "programmes/simulation.html")]
pub struct SimulationPage {
    pub page: Page,
    pub call: Call,
    pub run: Simulation,
    /// Of the rules that were tried.
    pub conditions: Vec<Condition>,
}

impl SimulationPage {
    /// Why firms could not apply: the condition that they do not meet, or what is missing to judge them.
    pub fn why(&self, code: &str) -> String {
        let condition = self.conditions.iter().find(|condition| condition.code == code);
        condition.map_or_else(|| self.page.code("call-why", code), |found| found.name(self.page.lang).to_owned())
    }

    pub fn found(&self) -> Option<&Found> {
        self.run.result.as_ref().map(|result| &result.0)
    }

    /// Days on which something comes or waits: the others say nothing.
    pub fn days<'a>(&self, found: &'a Found) -> Vec<&'a Day> {
        found.curve.iter().filter(|day| day.applications > 0 || day.queue_per_officer > 0).collect()
    }

    /// Of the budget, in words: over it says by how much.
    pub fn is_over(&self, found: &Found) -> bool {
        found.asked_won > self.run.question.budget_won
    }
}
