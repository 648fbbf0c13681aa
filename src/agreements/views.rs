//! What the pages of agreements show.

use super::{
    AgreementId,
    actions::Checked,
    forms::{LINE_FIELDS, LineFields},
    rules::*,
    store::*,
};
use crate::{
    applications::Shares,
    audit::RecordRow,
    core::{money::Won, step::open_steps},
    web::{Choice, Form, Page, list::ListView},
};
use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};

fn state_colour(state: AgreementState) -> &'static str {
    match state {
        AgreementState::Offered => "yellow",
        AgreementState::Active => "blue",
        AgreementState::Completed => "green",
        AgreementState::Lapsed => "grey",
        AgreementState::Terminated => "red",
    }
}

#[derive(Template)]
#[template(path = "agreements/list.html")]
pub struct ListPage {
    pub page: Page,
    pub rows: Vec<AgreementRow>,
    pub list: ListView,
    pub state: String,
    /// Selected applications without an offer; a manager's to write.
    pub waiting: Vec<WaitingRow>,
    pub sees_clauses: bool,
}

impl ListPage {
    pub fn state_choices(&self) -> Vec<Choice> {
        Choice::codes(self.page.lang, "agreement-state", AgreementState::ALL)
    }

    pub fn colour(&self, row: &AgreementRow) -> &'static str {
        state_colour(row.state)
    }
}

#[derive(Template)]
#[template(path = "agreements/new.html")]
pub struct OfferPage {
    pub page: Page,
    pub form: Form,
    pub title: String,
    pub firm_name: String,
    pub bounds: Bounds,
}

impl OfferPage {
    pub fn milestones(&self) -> [MilestoneFields; 6] {
        MILESTONE_FIELDS
    }

    pub fn term(&self) -> String {
        self.page.t1("agreements-term-limit", "months", self.bounds.term_months)
    }
}

/// One party's assent as it stands.
pub struct Assent {
    pub party: Party,
    /// Who and how; agreements made before this was kept know only when.
    pub signed: Option<AssentRow>,
    pub at: Option<DateTime<Utc>>,
}

/// The voucher with what the ledger says of it.
pub struct VoucherView {
    pub voucher: Voucher,
    pub left: Won,
    pub held: Won,
    pub payable: Won,
    pub paid: Won,
}

/// What the reader can do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Assent,
    RecordDeposit,
    IssueVoucher,
    /// Nothing now; the words say whose turn it is.
    Wait(&'static str),
}

#[derive(Template)]
#[template(path = "agreements/show.html")]
pub struct ShowPage {
    pub page: Page,
    pub form: Form,
    pub agreement: Agreement,
    pub title: String,
    /// The version of the call's rules that the application, and with it the agreement, was decided under.
    pub rules_version: i64,
    pub firm_name: String,
    pub vendor_name: String,
    pub assents: Vec<Assent>,
    pub milestones: Vec<Milestone>,
    pub indicators: Vec<LockedIndicator>,
    pub deposits: Vec<Deposit>,
    pub voucher: Option<VoucherView>,
    pub history: Vec<RecordRow>,
    pub next: Next,
    /// Whether the deposits are this reader's to see.
    pub sees_deposits: bool,
    pub is_manager: bool,
    pub is_vendor: bool,
    /// Outcome reports are open to this reader.
    pub reads_outcomes: bool,
    pub is_staff: bool,
    pub is_firm: bool,
    /// The part of the own share that is paid in; the rest is brought in kind.
    pub own_cash: Won,
    pub proof_needed: bool,
    pub is_officer: bool,
    pub blocks: Vec<Block>,
    /// What of the own share may be paid back.
    pub surplus: Won,
    pub refunds: Vec<Refund>,
    /// None while the firm's size class is not known.
    pub shares: Option<Shares>,
    pub changes: Vec<ChangeRequest>,
    pub texts: Vec<TextVersion>,
    pub today: NaiveDate,
}

impl ShowPage {
    /// Codes of what ties vendor and firm to each other; officers see them.
    pub fn ties(&self) -> Vec<&str> {
        if !self.is_staff {
            return Vec::new();
        }
        self.agreement.ties.split(", ").filter(|tie| !tie.is_empty()).collect()
    }

    /// The kinds of change that this reader may ask for now.
    pub fn kinds_of_change(&self) -> &'static [ChangeKind] {
        let is_party = self.is_firm || self.is_vendor || self.is_manager;
        let is_live = self.changes.iter().any(|change| change.state.is_live());
        let open = self.agreement.state == AgreementState::Active && is_party && !is_live;
        if open { ChangeKind::ALL } else { &[] }
    }

    pub fn may_block(&self) -> bool {
        self.is_officer && self.voucher.as_ref().is_some_and(|view| !view.voucher.state.is_over())
    }

    pub fn is_blocked_by_officer(&self) -> bool {
        self.blocks.iter().any(Block::is_officers)
    }

    pub fn may_refund(&self) -> bool {
        self.is_officer && self.surplus.is_positive()
    }

    /// Whether the firm's answer to this delivery is overdue.
    pub fn is_late(&self, milestone: &Milestone) -> bool {
        milestone.state == MilestoneState::Delivered && milestone.answer_by.is_some_and(|by| by < self.today)
    }

    pub fn deposit_is_late(&self) -> bool {
        self.voucher.is_none() && self.agreement.deposit_by.is_some_and(|by| by < self.today)
    }

    fn content(&self) -> &str {
        let latest = self.texts.iter().find(|text| text.version == self.agreement.version);
        latest.map_or(&self.agreement.content, |text| &text.content)
    }

    pub fn colour(&self) -> &'static str {
        state_colour(self.agreement.state)
    }

    /// The rule by which the shares are worked out, in words.
    pub fn share_class(&self, shares: &Shares) -> String {
        let class = self.page.code("application-size", shares.rule.class);
        self.page.t1("agreements-shares-class", "class", class)
    }

    /// How support and own share come to be, line by line.
    pub fn share_lines(&self, shares: &Shares) -> Vec<(String, String)> {
        let (page, split) = (&self.page, &shares.split);
        let by_share = split.base.share_down(shares.rule.share());
        let at = [("amount", page.won(by_share)), ("share", shares.rule.share().to_string())];
        let vat = if shares.vat_funded { "agreements-shares-vat-funded" } else { "agreements-shares-vat-outside" };
        vec![
            (page.t("agreements-shares-supply"), page.won(split.supply)),
            (page.t(vat), page.won(split.vat)),
            (page.t("agreements-shares-base"), page.won(split.base)),
            (page.t("agreements-shares-share"), page.lang.t_with("agreements-shares-at", &at)),
            (page.t("agreements-shares-cap"), page.won(shares.rule.support_max_won)),
            (page.t("agreements-shares-most"), page.won(split.support_most)),
            (page.t("agreements-shares-support"), page.won(self.agreement.support_won)),
            (page.t("agreements-shares-own"), page.won(self.agreement.own_won)),
        ]
    }

    /// How much of the firm's share has come in.
    pub fn deposited(&self) -> String {
        let received: Won = self.deposits.iter().map(|deposit| deposit.amount_won).sum();
        let words = [("received", self.page.won(received)), ("own", self.page.won(self.own_cash))];
        self.page.lang.t_with("agreements-deposited", &words)
    }

    pub fn sha256(&self) -> String {
        let latest = self.texts.iter().find(|text| text.version == self.agreement.version);
        hex::encode(latest.map_or(&self.agreement.content_sha256, |text| &text.content_sha256))
    }

    pub fn sealed_as(&self, text: &TextVersion) -> String {
        text.pdf_sha256.as_ref().map(hex::encode).unwrap_or_default()
    }

    /// The text, paragraph by paragraph, each of lines.
    pub fn paragraphs(&self) -> Vec<Vec<&str>> {
        self.content().split("\n\n").map(|paragraph| paragraph.lines().collect()).collect()
    }

    pub fn may_withdraw(&self) -> bool {
        self.is_firm
            && open_steps(STEPS, self.agreement.state, &[crate::core::roles::Role::Firm])
                .iter()
                .any(|step| step.name == "withdraw")
    }

    pub fn may_terminate(&self) -> bool {
        self.is_manager
            && open_steps(STEPS, self.agreement.state, &[crate::core::roles::Role::Manager])
                .iter()
                .any(|step| step.name == "terminate")
    }

    /// The sentence of the next step when there is nothing to do oneself.
    pub fn waits_for(&self) -> Option<&'static str> {
        match self.next {
            Next::Wait(key) => Some(key),
            _ => None,
        }
    }

    pub fn asks(&self, next: &str) -> bool {
        match self.next {
            Next::Assent => next == "assent",
            Next::RecordDeposit => next == "deposit",
            Next::IssueVoucher => next == "voucher",
            Next::Wait(_) => false,
        }
    }

    /// Whether this vendor can file an invoice for a milestone that nothing was claimed for yet.
    pub fn may_claim(&self, milestone: &Milestone) -> bool {
        let usable = self.voucher.as_ref().is_some_and(|view| view.voucher.state.is_usable());
        self.is_vendor
            && usable
            && self.agreement.state == AgreementState::Active
            && milestone.state == MilestoneState::Planned
    }

    pub fn next_to_claim(&self) -> Option<&Milestone> {
        self.milestones.iter().find(|milestone| self.may_claim(milestone))
    }

    pub fn claim_href(&self, milestone: &Milestone) -> String {
        format!("/agreements/{}/claims/new?milestone={}", self.agreement.id, milestone.id)
    }

    /// Firms file outcome reports, managers and auditors read them, once the voucher has been used.
    pub fn sees_outcomes(&self) -> bool {
        let used = self.voucher.as_ref().is_some_and(|view| !view.voucher.state.is_usable());
        used && self.reads_outcomes
    }

    pub fn milestone_colour(&self, milestone: &Milestone) -> &'static str {
        match milestone.state {
            MilestoneState::Planned => "grey",
            MilestoneState::Delivered => "yellow",
            MilestoneState::Accepted => "green",
            MilestoneState::Disputed => "red",
        }
    }
}

fn change_colour(state: ChangeState) -> &'static str {
    match state {
        ChangeState::Requested | ChangeState::Assented => "yellow",
        ChangeState::Applied => "green",
        ChangeState::Refused => "red",
        ChangeState::Withdrawn => "grey",
    }
}

/// All change requests that the reader may see.
#[derive(Template)]
#[template(path = "agreements/changes.html")]
pub struct ChangesPage {
    pub page: Page,
    pub rows: Vec<ChangeRow>,
    pub list: ListView,
    pub state: String,
    pub kind: String,
}

impl ChangesPage {
    pub fn state_choices(&self) -> Vec<Choice> {
        Choice::codes(self.page.lang, "change-state", ChangeState::ALL)
    }

    pub fn kind_choices(&self) -> Vec<Choice> {
        Choice::codes(self.page.lang, "change-kind", ChangeKind::ALL)
    }

    pub fn colour(&self, row: &ChangeRow) -> &'static str {
        change_colour(row.state)
    }
}

/// One change request: what the agreement says, and what it is to say.
#[derive(Template)]
#[template(path = "agreements/change.html")]
pub struct ChangePage {
    pub page: Page,
    pub form: Form,
    pub change: ChangeRequest,
    pub agreement: Agreement,
    /// By name, before and after.
    pub firms: (String, String),
    pub vendors: (String, String),
    pub assents: Vec<AssentRow>,
    pub sees_agreement: bool,
    pub may_assent: bool,
    pub may_decide: bool,
    pub may_end: bool,
    pub proof_needed: bool,
}

/// One thing that a change says differently.
pub struct Difference {
    pub what: String,
    pub before: String,
    pub after: String,
}

impl ChangePage {
    pub fn colour(&self) -> &'static str {
        change_colour(self.change.state)
    }

    pub fn waits_for_decision(&self) -> bool {
        self.change.state == ChangeState::Assented
    }

    pub fn is_live(&self) -> bool {
        self.change.state.is_live()
    }

    /// What changes, in the order of the agreement.
    pub fn differences(&self) -> Vec<Difference> {
        let (page, before, after) = (&self.page, &self.change.before.0, &self.change.after.0);
        let mut found = Vec::new();
        let mut say = |what: String, before: String, after: String| {
            if before != after {
                found.push(Difference { what, before, after });
            }
        };
        say(page.t("agreements-firm"), self.firms.0.clone(), self.firms.1.clone());
        if before.vendor != after.vendor {
            say(page.t("agreements-vendor"), self.vendors.0.clone(), self.vendors.1.clone());
        }
        say(page.t("agreements-ends-on"), page.date(before.ends_on), page.date(after.ends_on));
        for (old, new) in before.lines.iter().zip(&after.lines) {
            let figures = |line: &LineTerms| {
                let words = [("amount", page.won(line.amount())), ("support", page.won(line.support))];
                page.lang.t_with("changes-line-figures", &words)
            };
            say(format!("{}. {}", old.position, old.description), figures(old), figures(new));
        }
        for (old, new) in before.milestones.iter().zip(&after.milestones) {
            let figures = |milestone: &MilestoneTerms| {
                let words = [("amount", page.won(milestone.supply)), ("support", page.won(milestone.support))];
                let due = page.t1("changes-due", "day", page.date(milestone.due_on));
                format!("{} · {due} · {}", milestone.deliverables, page.lang.t_with("changes-line-figures", &words))
            };
            say(format!("{}. {}", old.position, old.name), figures(old), figures(new));
        }
        say(page.t("agreements-total-won"), page.won(before.total()), page.won(after.total()));
        say(page.t("agreements-support-won"), page.won(before.support()), page.won(after.support()));
        found
    }
}

/// Asking for a change of one kind.
#[derive(Template)]
#[template(path = "agreements/change_new.html")]
pub struct ChangeFormPage {
    pub page: Page,
    pub form: Form,
    pub id: AgreementId,
    pub kind: ChangeKind,
    pub number: String,
    pub terms: Terms,
    pub packages: Vec<Choice>,
    pub proof_needed: bool,
}

impl ChangeFormPage {
    pub fn asks(&self, what: &str) -> bool {
        match what {
            "lines" => matches!(self.kind, ChangeKind::Lines | ChangeKind::Scope),
            what => self.kind.as_str() == what,
        }
    }

    pub fn lines(&self) -> Vec<(LineFields, &LineTerms)> {
        LINE_FIELDS.into_iter().zip(&self.terms.lines).collect()
    }

    pub fn milestones(&self) -> Vec<(MilestoneFields, &MilestoneTerms)> {
        MILESTONE_FIELDS.into_iter().zip(&self.terms.milestones).collect()
    }
}

/// Vouchers by their risk of lapse.
#[derive(Template)]
#[template(path = "agreements/risk.html")]
pub struct RiskPage {
    pub page: Page,
    pub form: Form,
    pub rows: Vec<RiskRow>,
    pub list: ListView,
    pub calls: Vec<CallChoice>,
    pub may_call: bool,
}

impl RiskPage {
    fn with_all(&self, choices: Vec<Choice>) -> Vec<Choice> {
        std::iter::once(Choice::new("", self.page.t("vouchers-all"))).chain(choices).collect()
    }

    pub fn levels(&self) -> Vec<Choice> {
        self.with_all(Choice::codes(self.page.lang, "risk-level", Level::ALL))
    }

    pub fn states(&self) -> Vec<Choice> {
        self.with_all(Choice::codes(self.page.lang, "voucher-state", VoucherState::ALL))
    }

    pub fn call_choices(&self) -> Vec<Choice> {
        let choice =
            |call: &CallChoice| Choice::new(call.id.to_string(), self.page.lang.of(&call.name_ko, &call.name_en));
        self.with_all(self.calls.iter().map(choice).collect())
    }

    pub fn orders(&self) -> Vec<Choice> {
        Choice::codes(self.page.lang, "risk-order", RiskOrder::ALL)
    }

    pub fn level(&self, row: &RiskRow) -> Level {
        Level::of(row.risk_points)
    }

    pub fn colour(&self, row: &RiskRow) -> &'static str {
        match Level::of(row.risk_points) {
            Level::Low => "green",
            Level::Medium => "yellow",
            Level::High => "red",
        }
    }

    /// What speaks for it, in words.
    pub fn reasons(&self, row: &RiskRow) -> String {
        let reasons = row.risk_reasons.split(',').filter(|reason| !reason.is_empty());
        reasons.map(|reason| self.page.code("risk-reason", reason)).collect::<Vec<_>>().join(", ")
    }
}

/// The clauses in force and the change under way.
#[derive(Template)]
#[template(path = "agreements/clauses.html")]
pub struct ClausesPage {
    pub page: Page,
    pub form: Form,
    pub latest: ClauseVersion,
    pub open: Option<ClauseChange>,
    pub versions: Vec<ClauseVersionRow>,
    pub history: Vec<RecordRow>,
    pub may_edit: bool,
    pub is_mine: bool,
    pub proof_needed: bool,
}

impl ClausesPage {
    /// The clauses as the next edit finds them.
    pub fn clauses(&self) -> &[Clause] {
        self.open.as_ref().map_or(&self.latest.clauses.0, |change| &change.clauses.0)
    }

    /// Whether the change under way adds or changes this clause.
    pub fn is_new(&self, clause: &Clause) -> bool {
        !self.latest.clauses.0.contains(clause)
    }

    /// Clauses that the change under way takes out.
    pub fn gone(&self) -> Vec<&Clause> {
        let stays = |clause: &&Clause| self.clauses().iter().all(|one| one.code != clause.code);
        self.latest.clauses.0.iter().filter(stays).collect()
    }

    pub fn is(&self, state: &str) -> bool {
        self.open.as_ref().is_some_and(|change| change.state.as_str() == state)
    }

    pub fn may_change(&self) -> bool {
        self.may_edit && (self.open.is_none() || self.is("preparing"))
    }
}

/// The public check of a sealed file.
#[derive(Template)]
#[template(path = "agreements/check.html")]
pub struct CheckPage {
    pub page: Page,
    pub form: Form,
    pub checked: Option<Checked>,
}

impl CheckPage {
    pub fn answer(&self) -> Option<(&'static str, String)> {
        let page = &self.page;
        Some(match self.checked? {
            Checked::Valid { since } => ("green", page.t1("agreement-check-valid", "since", page.datetime(since))),
            Checked::Superseded { since, until } => {
                let words = [("since", page.datetime(since)), ("until", page.datetime(until))];
                ("yellow", page.lang.t_with("agreement-check-superseded", &words))
            }
            Checked::Invalid => ("red", page.t("agreement-check-invalid")),
        })
    }
}
