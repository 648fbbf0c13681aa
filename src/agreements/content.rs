//! The text of an agreement, in both languages, from its data and the clauses in `words/`. It is hashed and assented
//! to as it stands, so amounts and dates are written in one plain way that no change of the pages touches.

use super::rules::NewMilestone;
use crate::{
    applications::{Application, CostLine, Indicator},
    core::{lang::Lang, measure::show_milli},
    organisations::Organisation,
    programmes::{Call, Programme},
};
use chrono::NaiveDate;

/// The clauses `agreements-clause-1` and so on.
const CLAUSES: [&str; 8] = [
    "agreements-clause-1",
    "agreements-clause-2",
    "agreements-clause-3",
    "agreements-clause-4",
    "agreements-clause-5",
    "agreements-clause-6",
    "agreements-clause-7",
    "agreements-clause-8",
];

/// Everything an agreement says.
pub struct Draft<'a> {
    pub number: &'a str,
    pub programme: &'a Programme,
    pub call: &'a Call,
    pub application: &'a Application,
    pub firm: &'a Organisation,
    pub vendor: &'a Organisation,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
    pub milestones: &'a [NewMilestone],
    pub lines: &'a [CostLine],
    pub indicators: &'a [Indicator],
}

/// The whole text: Korean, which decides in doubt, then English.
pub fn render(draft: &Draft<'_>) -> String {
    format!("{}\n\n{}", part(Lang::Ko, draft), part(Lang::En, draft))
}

fn part(lang: Lang, draft: &Draft<'_>) -> String {
    let application = draft.application;
    let mut text = vec![
        lang.t_with("agreements-text-title", &[("number", draft.number.to_owned())]),
        lang.t_with(
            "agreements-text-call",
            &[
                ("programme", lang.of(&draft.programme.name_ko, &draft.programme.name_en).to_owned()),
                ("call", lang.of(&draft.call.name_ko, &draft.call.name_en).to_owned()),
                ("version", application.call_version.to_string()),
                ("receipt", application.receipt_no.clone().unwrap_or_default()),
                ("title", application.title.clone()),
            ],
        ),
        party(lang, "agreements-text-firm", draft.firm),
        party(lang, "agreements-text-vendor", draft.vendor),
        lang.t_with(
            "agreements-text-money",
            &[
                ("total", application.total_won.to_string()),
                ("support", application.support_won.to_string()),
                ("own", application.own_won.to_string()),
            ],
        ),
        lang.t_with(
            "agreements-text-term",
            &[("from", draft.starts_on.to_string()), ("to", draft.ends_on.to_string())],
        ),
    ];
    text.push(list(
        lang.t("agreements-text-lines"),
        draft.lines.iter().map(|line| {
            let amount = format!("{} × {}", line.quantity, line.unit_price_won);
            format!("{} | {amount} | {} | {}", line.description, line.support_won, line.own_won)
        }),
    ));
    text.push(list(
        lang.t("agreements-text-milestones"),
        draft.milestones.iter().map(|milestone| {
            let NewMilestone { name, deliverables, due_on, supply, support } = milestone;
            format!("{name} | {deliverables} | {due_on} | {supply} | {support}")
        }),
    ));
    text.push(list(
        lang.t("agreements-text-indicators"),
        draft.indicators.iter().map(|indicator| {
            let (baseline, target) = (show_milli(indicator.baseline_milli), show_milli(indicator.target_milli));
            format!("{} ({}) | {baseline} → {target}", indicator.name, indicator.unit)
        }),
    ));
    text.push(list(lang.t("agreements-text-clauses"), CLAUSES.into_iter().map(|clause| lang.t(clause))));
    text.join("\n\n")
}

fn party(lang: Lang, key: &'static str, organisation: &Organisation) -> String {
    let values = [
        ("name", organisation.legal_name.clone()),
        ("number", organisation.business_number.clone()),
        ("representative", organisation.representative_name.clone()),
        ("address", organisation.address.clone()),
    ];
    lang.t_with(key, &values)
}

fn list(title: String, items: impl Iterator<Item = String>) -> String {
    let numbered = items.enumerate().map(|(n, item)| format!("{}. {}", n + 1, item.replace('\n', " ")));
    std::iter::once(title).chain(numbered).collect::<Vec<_>>().join("\n")
}
