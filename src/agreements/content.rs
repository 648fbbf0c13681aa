//! The text of an agreement, in both languages, from its terms and the clauses of one version. It is hashed, assented
//! to and sealed as it stands, so amounts and dates are written in one plain way that no change of the pages touches.

use super::rules::{Clause, Terms, When, fill};
use crate::{
    applications::{Application, Indicator},
    core::{lang::Lang, measure::show_milli},
    organisations::Organisation,
    pdf::{Block, Document},
    programmes::{Call, CallRules, Programme},
};
use chrono::{DateTime, Utc};

/// Everything an agreement says.
pub struct Draft<'a> {
    pub number: &'a str,
    pub version: i64,
    pub programme: &'a Programme,
    pub call: &'a Call,
    pub rules: &'a CallRules,
    pub application: &'a Application,
    pub firm: &'a Organisation,
    pub vendor: &'a Organisation,
    pub terms: &'a Terms,
    pub indicators: &'a [Indicator],
    pub clauses: &'a [Clause],
}

/// The whole text: Korean, which decides in doubt, then English.
pub fn render(draft: &Draft<'_>) -> String {
    format!("{}\n\n{}", part(Lang::Ko, draft), part(Lang::En, draft))
}

fn part(lang: Lang, draft: &Draft<'_>) -> String {
    let (application, terms) = (draft.application, draft.terms);
    let mut text = vec![
        lang.t_with(
            "agreements-text-title",
            &[("number", draft.number.to_owned()), ("version", draft.version.to_string())],
        ),
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
                ("total", terms.total().to_string()),
                ("support", terms.support().to_string()),
                ("own", terms.own().to_string()),
            ],
        ),
        lang.t_with(
            "agreements-text-term",
            &[("from", terms.starts_on.to_string()), ("to", terms.ends_on.to_string())],
        ),
    ];
    text.push(list(
        lang.t("agreements-text-lines"),
        terms.lines.iter().map(|line| {
            let amount = format!("{} × {}", line.quantity, line.unit_price);
            cells([line.description.clone(), amount, line.support.to_string(), line.own().to_string()])
        }),
    ));
    text.push(list(
        lang.t("agreements-text-milestones"),
        terms.milestones.iter().map(|milestone| {
            cells([
                milestone.name.clone(),
                milestone.deliverables.clone(),
                milestone.due_on.to_string(),
                milestone.supply.to_string(),
                milestone.support.to_string(),
            ])
        }),
    ));
    text.push(list(
        lang.t("agreements-text-indicators"),
        draft.indicators.iter().map(|indicator| {
            let (baseline, target) = (show_milli(indicator.baseline_milli), show_milli(indicator.target_milli));
            cells([format!("{} ({})", indicator.name, indicator.unit), format!("{baseline} → {target}")])
        }),
    ));
    let waves = &draft.rules.agreement.waves;
    if !waves.is_empty() {
        text.push(list(
            lang.t("agreements-text-waves"),
            waves.iter().map(|wave| lang.code_word("wave", wave.as_str())),
        ));
    }
    let values = values(draft);
    let clauses = draft.clauses.iter().filter(|clause| concerns(clause, draft)).map(|clause| {
        let heading = lang.of(&clause.heading_ko, &clause.heading_en);
        format!("{heading}: {}", fill(lang.of(&clause.text_ko, &clause.text_en), &values))
    });
    text.push(list(lang.t("agreements-text-clauses"), clauses));
    text.join("\n\n")
}

fn concerns(clause: &Clause, draft: &Draft<'_>) -> bool {
    match clause.applies {
        When::Always => true,
        When::OwnShare => draft.terms.own().is_positive(),
        When::UsageEvidence => draft.rules.stages.usage_evidence,
    }
}

/// In the order of `PLACEHOLDERS`.
fn values(draft: &Draft<'_>) -> [(&'static str, String); 9] {
    let (terms, timers) = (draft.terms, &draft.rules.timers);
    [
        ("firm", draft.firm.legal_name.clone()),
        ("vendor", draft.vendor.legal_name.clone()),
        ("total", terms.total().to_string()),
        ("support", terms.support().to_string()),
        ("own", terms.own().to_string()),
        ("starts_on", terms.starts_on.to_string()),
        ("ends_on", terms.ends_on.to_string()),
        ("deposit_days", timers.deposit_days.to_string()),
        ("acceptance_days", timers.acceptance_days.to_string()),
    ]
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

/// Cells of a row: what people wrote never makes a cell of its own.
fn cells<const N: usize>(cells: [String; N]) -> String {
    cells.map(|cell| cell.replace('|', "/")).join(" | ")
}

fn list(title: String, items: impl Iterator<Item = String>) -> String {
    let numbered = items.enumerate().map(|(n, item)| format!("{}. {}", n + 1, item.replace('\n', " ")));
    std::iter::once(title).chain(numbered).collect::<Vec<_>>().join("\n")
}

/// An assent as the sealed file names it: party, name, instant and manner, in words.
pub type Signed = [String; 4];

/// The file of a text: the text itself, its lists as tables, then who assented.
pub fn document(
    number: &str,
    version: i64,
    content: &str,
    sha256: &str,
    signed: &[Signed],
    made_at: DateTime<Utc>,
) -> Document {
    let mut blocks = Vec::new();
    for (place, paragraph) in content.split("\n\n").enumerate() {
        let (title, items) = paragraph.split_once('\n').unwrap_or((paragraph, ""));
        let english = Lang::En
            .t_with("agreements-text-title", &[("number", number.to_owned()), ("version", version.to_string())]);
        if place == 0 || title == english {
            if place > 0 {
                blocks.push(Block::NewPage);
            }
            blocks.push(Block::Title(title.to_owned()));
        } else if items.is_empty() {
            blocks.push(Block::Text(title.to_owned()));
        } else {
            blocks.extend(list_blocks(title, items));
        }
    }
    blocks.push(Block::NewPage);
    let both = |key| format!("{} / {}", Lang::Ko.t(key), Lang::En.t(key));
    blocks.push(Block::Heading(both("agreements-assents")));
    let mut rows = vec![
        ["agreements-party", "agreements-signed-by", "agreements-signed-at", "agreements-signed-how"]
            .map(both)
            .to_vec(),
    ];
    rows.extend(signed.iter().map(|signed| signed.to_vec()));
    blocks.push(Block::Table { shares: vec![3, 4, 4, 5], rows });
    blocks.push(Block::Text(format!("{}: {sha256}", both("agreements-content-sha256"))));
    blocks.push(Block::Text(Lang::Ko.t("agreements-sealed-note")));
    blocks.push(Block::Text(Lang::En.t("agreements-sealed-note")));
    let title =
        Lang::Ko.t_with("agreements-text-title", &[("number", number.to_owned()), ("version", version.to_string())]);
    Document { title, lang: "ko", foot: format!("{number} · v{version}"), made_at, blocks }
}

/// A list with cells becomes a table whose head stands in the title's parentheses; one without stays paragraphs.
fn list_blocks(title: &str, items: &str) -> Vec<Block> {
    let rows: Vec<Vec<String>> =
        items.lines().map(|item| item.split(" | ").map(str::to_owned).collect::<Vec<_>>()).collect();
    let named = title.split_once(" (").and_then(|(name, head)| Some((name, head.strip_suffix(')')?)));
    let head: Option<Vec<String>> = named.map(|(_, head)| head.split(" | ").map(str::to_owned).collect());
    match (named, head) {
        (Some((name, _)), Some(head)) if rows.iter().all(|row| row.len() == head.len()) => {
            let shares = match head.len() {
                2 => vec![3, 2],
                4 => vec![5, 4, 3, 3],
                _ => vec![3, 6, 3, 3, 3],
            };
            let rows = std::iter::once(head).chain(rows).collect();
            vec![Block::Heading(name.to_owned()), Block::Table { shares, rows }]
        }
        _ => {
            let mut blocks = vec![Block::Heading(title.to_owned())];
            blocks.extend(items.lines().map(|item| Block::Text(item.to_owned())));
            blocks
        }
    }
}
