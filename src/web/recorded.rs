//! The values of a history record in words. A record keeps stored codes and plain figures; people read names, dates and money.
//! A value that no family knows is shown as it was recorded: a history hides nothing that counts.

use super::page::{Page, show_date, show_datetime, show_won};
use crate::core::{lang::Lang, money::Won};
use crate::words;
use chrono::{DateTime, NaiveDate, Utc};

/// Values that are whole won.
const MONEY: &[&str] = &["amount", "budget", "firm_cap", "sales", "total_assets", "equity", "capital"];

/// Values whose codes have words elsewhere: name → family.
const FAMILIES: &[(&str, &str)] = &[
    ("role", "role"),
    ("side", "role"),
    ("size", "size-class"),
    ("status", "register-status"),
    ("verdict", "application-scan"),
    ("outcome", "decision-outcome"),
    ("reason", "decision-reason"),
    ("party", "agreement-party"),
    ("section", "application-section"),
    ("wave", "wave"),
    ("hosting", "hosting"),
    ("model_origin", "model-origin"),
    ("source", "claim-source"),
    ("checks_not_met", "claim-check"),
    ("rule", "risk-rule"),
    ("waiver", "waiver-state"),
    ("stage", "condition-stage"),
    ("found", "application-met"),
    ("dataset", "recorded-dataset"),
    ("use_case", "recorded-case"),
    ("kind", "recorded-document"),
    ("criterion", "criterion"),
    ("suspension", "suspension"),
    ("cause", "lapse-cause"),
    ("ties", "tie"),
    ("capacities", "capacity"),
    ("relation", "adviser-relation"),
    ("fee_kind", "fee-kind"),
    ("document", "vault-kind"),
    ("affiliation", "affiliation-kind"),
    ("tax_kind", "claim-tax-kind"),
    ("read_as", "review-purpose"),
    ("clarified", "clarified-field"),
    ("finding", "objection-state"),
    ("conflict", "conflict"),
    ("interest", "relation"),
    ("model_maker", "model-maker"),
    ("data_classes", "data-sensitivity"),
    ("languages", "solution-language"),
    ("red_team", "red-team"),
    ("red_team_scope", "red-team-scope"),
    ("recovery_cause", "recovery-cause"),
    ("sanction", "sanction-kind"),
    ("proof", "proof"),
    ("change", "change-kind"),
    ("block", "block-cause"),
    ("sent", "advice-field"),
    ("advice_trouble", "advice-trouble"),
];

impl Page {
    /// What a record of `kind` about a `subject` says, as name and value. The step is left out: the state it led to says the same.
    pub fn recorded(&self, kind: &str, subject: &str, values: Vec<(String, String)>) -> Vec<(String, String)> {
        values
            .into_iter()
            .filter(|(name, value)| name != "step" && !value.is_empty())
            .map(|(name, value)| (name_in_words(self.lang, &name), in_words(self.lang, kind, subject, &name, &value)))
            .collect()
    }

    /// The roles of an audit record, `manager+admin`, in words.
    pub fn recorded_roles(&self, roles: &str) -> String {
        roles.split('+').map(|role| word(self.lang, "role", role)).collect::<Vec<_>>().join(", ")
    }
}

/// `milestone` → 단계; `value_2` → 측정값 2; a rule or a check by its own label.
fn name_in_words(lang: Lang, name: &str) -> String {
    if let Some(place) = name.strip_prefix("value_") {
        return lang.t_with("recorded-measured", &[("place", place.to_owned())]);
    }
    let (field, item) = name.split_once(": ").map_or((name, None), |(field, item)| (field, Some(item)));
    let field = ["recorded", "programmes", "check", "vendors-solution"]
        .iter()
        .find_map(|family| known(lang, family, field))
        .unwrap_or_else(|| field.replace('_', " "));
    match item {
        Some(item) => format!("{field}: {}", word(lang, "cost-category", item)),
        None => field,
    }
}

fn in_words(lang: Lang, kind: &str, subject: &str, name: &str, value: &str) -> String {
    if let Some((was, is)) = value.split_once(" → ") {
        let [was, is] = [was, is].map(|side| in_words(lang, kind, subject, name, side));
        return format!("{was} → {is}");
    }
    if (name.ends_with("_won") || MONEY.contains(&name))
        && let Ok(won) = value.replace(',', "").parse::<i64>()
    {
        return show_won(lang, Won(won));
    }
    if let Ok(at) = DateTime::parse_from_rfc3339(value) {
        return show_datetime(lang, at.with_timezone(&Utc));
    }
    if let Ok(day) = NaiveDate::parse_from_str(value, "%Y-%m-%d") {
        return show_date(lang, day);
    }
    if value == "true" || value == "false" {
        return lang.t(if value == "true" { "yes" } else { "no" });
    }
    if name.starts_with("value_")
        && let Ok(milli) = value.parse()
    {
        return crate::core::measure::show_milli(milli);
    }
    if ["state", "from", "to"].contains(&name) {
        let noun = kind.split('_').next().unwrap_or_default();
        return [noun, subject, subject.rsplit('_').next().unwrap_or_default()]
            .iter()
            .find_map(|noun| known(lang, &format!("{noun}-state"), value))
            .unwrap_or_else(|| value.to_owned());
    }
    match FAMILIES.iter().find(|(of, _)| *of == name) {
        Some((_, family)) => value.split(", ").map(|code| word(lang, family, code)).collect::<Vec<_>>().join(", "),
        None => value.to_owned(),
    }
}

fn known(lang: Lang, family: &str, code: &str) -> Option<String> {
    words::find(lang, &format!("{family}-{}", code.to_lowercase().replace('_', "-")), &[])
}

fn word(lang: Lang, family: &str, code: &str) -> String {
    known(lang, family, code).unwrap_or_else(|| code.to_owned())
}
