//! What the pages of insights show.

use super::{
    actions::History,
    rules::{self, Cell, DEFINITIONS},
    store::{FigureRow, Hit, PastExport},
};
use crate::{
    core::money::Won,
    outbox::{Mail, OutboxRow},
    reference::Named,
    web::{Choice, Form, Page, list::ListView},
};
use askama::Template;

/// One line of a table of figures. None is a figure that may not be told.
pub(super) struct Line {
    pub label: String,
    pub applied: String,
    pub selected: String,
    pub requested: Option<Won>,
    pub money: Option<Money>,
    /// For the meter: the share of the largest line, in thousandths.
    pub share: Option<i64>,
}

/// Where the money of selected applications stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Money {
    pub committed: Won,
    pub vouchered: Won,
    pub in_payment: Won,
    pub paid: Won,
    pub unspent: Won,
}

impl Money {
    pub fn of(row: &FigureRow) -> Money {
        Money {
            committed: row.committed,
            vouchered: row.vouchered,
            in_payment: row.in_payment,
            paid: row.paid,
            unspent: row.committed.minus(row.paid),
        }
    }
}

/// One table: all groups of one dimension.
pub(super) struct Section {
    /// Its words are `insights-by-<name>`.
    pub name: &'static str,
    pub lines: Vec<Line>,
}

/// Makes the lines of a dimension; with `guarded`, small groups are hidden.
pub(super) fn lines(page: &Page, rows: Vec<&FigureRow>, name: impl Fn(&str) -> String, guarded: bool) -> Vec<Line> {
    let (applied, selected) = if guarded {
        let applied = rules::suppress(&rows.iter().map(|row| row.applied).collect::<Vec<_>>());
        let selected = rules::suppress(&rows.iter().map(|row| row.selected).collect::<Vec<_>>());
        (applied, selected)
    } else {
        (vec![Cell::Shown; rows.len()], vec![Cell::Shown; rows.len()])
    };
    let most = rows.iter().map(|row| row.committed.0).max().unwrap_or_default().max(1);
    let lines = rows.iter().zip(applied).zip(selected).map(|((row, applied), selected)| {
        // Who may not know how many applied may not know how many of them were selected.
        let selected = if applied == Cell::Shown { selected } else { hidden(row.selected) };
        let money = (selected == Cell::Shown).then(|| Money::of(row));
        Line {
            label: name(&row.code),
            applied: said(page, applied, row.applied),
            selected: said(page, selected, row.selected),
            requested: (applied == Cell::Shown).then_some(row.requested),
            share: money.map(|money| (i128::from(money.committed.0) * 1_000 / i128::from(most)) as i64),
            money,
        }
    });
    lines.collect()
}

fn hidden(count: i64) -> Cell {
    if count < rules::SMALL_CELL { Cell::Small } else { Cell::Complement }
}

fn said(page: &Page, cell: Cell, count: i64) -> String {
    match cell {
        Cell::Shown => Won(count).to_string(),
        Cell::Small => format!("<{}", rules::SMALL_CELL),
        Cell::Complement => page.t("insights-hidden"),
    }
}

/// The name of a code, or the code itself when the reference has none.
pub(super) fn name_of(page: &Page, names: &[Named], code: &str) -> String {
    names.iter().find(|named| named.code == code).map_or(code, |named| named.name(page.lang)).to_owned()
}

#[derive(Template)]
#[template(path = "insights/figures.html")]
pub(super) struct FiguresPage {
    pub page: Page,
    pub filter: Form,
    pub calls: Vec<Choice>,
    pub applied: String,
    pub selected: String,
    pub requested: Option<Won>,
    pub money: Option<Money>,
    pub ledger: Won,
    pub is_equal: bool,
    pub sections: Vec<Section>,
    pub guarded: bool,
    pub may_export: bool,
}

impl FiguresPage {
    pub fn definitions(&self) -> &'static [&'static str] {
        DEFINITIONS
    }

    /// `120,000,000` or the mark of a hidden figure.
    pub fn figure(&self, amount: Option<Won>) -> String {
        amount.map_or_else(|| self.page.t("insights-hidden"), |amount| amount.to_string())
    }

    pub fn committed(&self, line: &Line) -> String {
        self.figure(line.money.map(|money| money.committed))
    }

    pub fn vouchered(&self, line: &Line) -> String {
        self.figure(line.money.map(|money| money.vouchered))
    }

    pub fn in_payment(&self, line: &Line) -> String {
        self.figure(line.money.map(|money| money.in_payment))
    }

    pub fn paid(&self, line: &Line) -> String {
        self.figure(line.money.map(|money| money.paid))
    }

    pub fn unspent(&self, line: &Line) -> String {
        self.figure(line.money.map(|money| money.unspent))
    }
}

#[derive(Template)]
#[template(path = "insights/exports.html")]
pub(super) struct ExportsPage {
    pub page: Page,
    pub exports: Vec<PastExport>,
    pub list: ListView,
    pub may_export: bool,
}

impl ExportsPage {
    pub fn fingerprint(&self, export: &PastExport) -> String {
        export.sha256.as_ref().map(hex::encode).unwrap_or_default()
    }

    pub fn rows(&self, rows: &i64) -> String {
        Won(*rows).to_string()
    }
}

#[derive(Template)]
#[template(path = "insights/search.html")]
pub(super) struct SearchPage {
    pub page: Page,
    pub filter: Form,
    pub hits: Vec<Hit>,
    pub asked: bool,
}

#[derive(Template)]
#[template(path = "insights/record.html")]
pub(super) struct HistoryPage {
    pub page: Page,
    pub history: History,
}

impl HistoryPage {
    pub fn kind(&self) -> &str {
        &self.history.subject.kind
    }

    /// Agreements, claims and payments belong to their application's case.
    pub fn is_application(&self) -> bool {
        matches!(self.kind(), "application" | "agreement" | "voucher" | "claim" | "payment")
    }

    /// The page of the record itself.
    pub fn record(&self) -> Option<String> {
        let folder = match self.kind() {
            _ if self.is_application() => "applications",
            "organisation" => "organisations",
            "vendor" => "vendors",
            "batch" => "payments/batches",
            "programme" => "programmes",
            "call" => "calls",
            "person" => "people",
            _ => return None,
        };
        Some(format!("/{folder}/{}", self.history.subject.case_id))
    }

    pub fn to(&self, mail: &OutboxRow) -> String {
        mail.payload.0.get("to").and_then(|to| to.as_str()).unwrap_or_default().to_owned()
    }

    /// The subject line as the reader of this page reads it.
    pub fn subject(&self, mail: &OutboxRow) -> String {
        let Ok(mail) = serde_json::from_value::<Mail>(mail.payload.0.clone()) else { return String::new() };
        let args: Vec<(&str, String)> = mail.args.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        self.page.lang.t_with(&format!("mail-{}-subject", mail.name), &args)
    }
}
