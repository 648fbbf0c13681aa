//! What the pages of agreements show.

use super::{
    rules::*,
    store::{Agreement, AgreementRow, Deposit, LockedIndicator, Milestone, Voucher, WaitingRow},
};
use crate::{
    audit::RecordRow,
    core::{money::Won, step::open_steps},
    web::{Choice, Form, Page, list::ListView},
};
use askama::Template;
use chrono::{DateTime, Utc};

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
    pub name: String,
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
    pub is_staff: bool,
    pub is_firm: bool,
    /// The part of the own share that is paid in; the rest is brought in kind.
    pub own_cash: Won,
    pub proof_needed: bool,
}

impl ShowPage {
    pub fn colour(&self) -> &'static str {
        state_colour(self.agreement.state)
    }

    /// How much of the firm's share has come in.
    pub fn deposited(&self) -> String {
        let received: Won = self.deposits.iter().map(|deposit| deposit.amount_won).sum();
        let words = [("received", self.page.won(received)), ("own", self.page.won(self.own_cash))];
        self.page.lang.t_with("agreements-deposited", &words)
    }

    pub fn sha256(&self) -> String {
        hex::encode(&self.agreement.content_sha256)
    }

    /// The text, paragraph by paragraph, each of lines.
    pub fn paragraphs(&self) -> Vec<Vec<&str>> {
        self.agreement.content.split("\n\n").map(|paragraph| paragraph.lines().collect()).collect()
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
        let usable = self.voucher.as_ref().is_some_and(|view| view.voucher.state == VoucherState::Issued);
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
        let used = self.voucher.as_ref().is_some_and(|view| view.voucher.state != VoucherState::Issued);
        used && !self.is_vendor
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
