//! What the pages of the ledger show.

use super::{
    rules::{AccountKind, PeriodState, Stages, Turnover},
    store::{
        Balance,
        heads::{CallHead, CaseHead, Envelope, Total},
        periods::{LateRow, Period},
        statements::{Line, Span, StatementRow},
        stops::ReleaseStop,
    },
};
use crate::{
    audit::RecordRow,
    core::money::Won,
    web::{Form, Page, list::ListView},
};
use askama::Template;

/// A track with its quota and what is left of it, if it has one.
pub(super) struct EnvelopeView {
    pub envelope: Envelope,
    pub quota: Option<(Won, Won)>,
}

#[derive(Template)]
#[template(path = "ledger/call.html")]
pub(super) struct CallPage {
    pub page: Page,
    pub call: CallHead,
    pub totals: Vec<Total>,
    pub stages: Stages,
    pub tracks: Vec<EnvelopeView>,
    pub regions: Vec<Envelope>,
    pub sections: Vec<Envelope>,
}

impl CallPage {
    /// A figure of each stage, with its words.
    pub fn staged(&self) -> [(&'static str, Won); 6] {
        let stages = &self.stages;
        [
            ("appropriated", stages.appropriated),
            ("free", stages.free),
            ("reserved", stages.reserved),
            ("committed", stages.committed),
            ("spent", stages.spent),
            ("returned", stages.returned),
        ]
    }

    pub fn name(&self, envelope: &Envelope) -> String {
        let name = self.page.lang.of(&envelope.name_ko, &envelope.name_en);
        match (envelope.code.as_str(), name.is_empty()) {
            ("", _) => self.page.t("ledger-no-envelope"),
            (code, true) => code.to_owned(),
            (_, false) => name.to_string(),
        }
    }

    /// Where the money of the call stands, in the order it moves.
    pub fn money(&self) -> Vec<&Total> {
        self.totals.iter().filter(|total| total.kind != AccountKind::Outside).collect()
    }

    pub fn sum(&self) -> Won {
        self.money().iter().map(|total| total.balance_won).sum()
    }

    /// For a meter of the whole appropriation; thousandths.
    pub fn share(&self, total: &Total) -> i64 {
        let whole = i128::from(self.stages.appropriated.0.max(1));
        i64::try_from(i128::from(total.balance_won.0) * 1_000 / whole).unwrap_or_default()
    }
}

#[derive(Template)]
#[template(path = "ledger/case.html")]
pub(super) struct CasePage {
    pub page: Page,
    pub case: CaseHead,
    pub balances: Vec<Balance>,
    /// Something was paid that this reader may claim back.
    pub may_recover: bool,
    pub rows: Vec<StatementRow>,
}

impl CasePage {
    pub fn sum(&self) -> Won {
        self.balances.iter().map(|balance| balance.balance_won).sum()
    }
}

#[derive(Template)]
#[template(path = "ledger/statement.html")]
pub(super) struct StatementPage {
    pub page: Page,
    pub here: String,
    pub csv: String,
    pub name: String,
    pub span: Span,
    pub filter: Form,
    pub movements: Vec<Turnover>,
    pub lines: Vec<Line>,
    pub list: ListView,
    /// Only staff reads who posted a line.
    pub shows_names: bool,
}

#[derive(Template)]
#[template(path = "ledger/periods.html")]
pub(super) struct PeriodsPage {
    pub page: Page,
    pub periods: Vec<Period>,
}

pub(super) fn colour(state: PeriodState) -> &'static str {
    match state {
        PeriodState::Open => "green",
        PeriodState::Proposed => "yellow",
        PeriodState::Closed => "grey",
    }
}

impl PeriodsPage {
    pub fn colour(&self, period: &Period) -> &'static str {
        colour(period.state)
    }
}

#[derive(Template)]
#[template(path = "ledger/period.html")]
pub(super) struct PeriodPage {
    pub page: Page,
    pub form: Form,
    pub period: Period,
    pub postings: i64,
    pub late: i64,
    pub turnovers: Vec<Turnover>,
    pub late_rows: Vec<LateRow>,
    pub may_act: bool,
    /// Why the next step cannot be taken by this reader now.
    pub hindrance: Option<String>,
}

impl PeriodPage {
    pub fn colour(&self) -> &'static str {
        colour(self.period.state)
    }

    pub fn is_closed(&self) -> bool {
        self.period.state == PeriodState::Closed
    }

    pub fn is_proposed(&self) -> bool {
        self.period.state == PeriodState::Proposed
    }

    pub fn hash(&self) -> Option<String> {
        self.period.report_sha256.as_ref().map(hex::encode)
    }
}

#[derive(Template)]
#[template(path = "ledger/release.html")]
pub(super) struct ReleasePage {
    pub page: Page,
    pub form: Form,
    pub stop: Option<ReleaseStop>,
    pub history: Vec<RecordRow>,
    /// The reader asked to lift the stop: somebody else lifts it.
    pub is_first: bool,
    pub may_act: bool,
}
