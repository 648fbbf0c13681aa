//! What the pages about an organisation's people and advisers show.

use crate::{
    audit::RecordRow,
    core::{calendar::local_date, roles::Capacity},
    organisations::{
        actions::split,
        rules::{
            LEGAL_ZONE,
            mandates::{self, FeeKind, MandateState},
        },
        store::{
            mandates::{AdviserRow, MandateRow},
            members::Invitation,
        },
    },
    people::Member,
    web::{Choice, Form, Page, list::ListView},
};
use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};

/// What each capacity may, beside its box.
pub fn capacity_choices(page: &Page) -> Vec<Choice> {
    let mut choices = Choice::codes(page.lang, "capacity", Capacity::ALL);
    for (choice, capacity) in choices.iter_mut().zip(Capacity::ALL) {
        choice.hint = Some(page.code("capacity-may", capacity.as_str()));
    }
    choices
}

fn in_words(page: &Page, capacities: &[Capacity]) -> String {
    capacities.iter().map(|capacity| page.code("capacity", capacity.as_str())).collect::<Vec<_>>().join(", ")
}

/// `2 Mar 2027 – 31 May 2027`.
pub fn term(page: &Page, starts_on: NaiveDate, ends_on: NaiveDate) -> String {
    format!("{} – {}", page.date(starts_on), page.date(ends_on))
}

#[derive(Template)]
#[template(path = "organisations/members.html")]
pub struct MembersPage {
    pub page: Page,
    pub members: Vec<Member>,
    pub invitations: Vec<Invitation>,
    pub may_change: bool,
    pub this_person: uuid::Uuid,
}

impl MembersPage {
    pub fn capacities(&self, member: &Member) -> String {
        in_words(&self.page, &member.capacities)
    }

    pub fn offered(&self, invitation: &Invitation) -> String {
        in_words(&self.page, &split(&invitation.capacities))
    }
}

#[derive(Template)]
#[template(path = "organisations/member.html")]
pub struct MemberPage {
    pub page: Page,
    pub form: Form,
    pub member: Member,
    pub may_change: bool,
    pub is_self: bool,
}

impl MemberPage {
    pub fn choices(&self) -> Vec<Choice> {
        capacity_choices(&self.page)
    }

    pub fn capacities(&self) -> String {
        in_words(&self.page, &self.member.capacities)
    }
}

#[derive(Template)]
#[template(path = "organisations/invitation.html")]
pub struct InvitationPage {
    pub page: Page,
    pub form: Form,
    pub token: String,
    pub invitation: Invitation,
    pub organisation: String,
    /// Of a mandate: from when to when.
    pub term: Option<String>,
    /// There is an account with the address already.
    pub is_known: bool,
    /// The address of whoever is signed in.
    pub signed_in: Option<String>,
}

impl InvitationPage {
    pub fn offered(&self) -> String {
        in_words(&self.page, &split(&self.invitation.capacities))
    }

    pub fn is_me(&self) -> bool {
        self.signed_in.as_deref() == Some(self.invitation.email.as_str())
    }
}

/// A mandate as lists show it.
pub struct MandateView {
    pub row: MandateRow,
    /// Works today.
    pub holds: bool,
    pub state: &'static str,
    pub colour: &'static str,
    pub term: String,
    pub fee: String,
    pub flags: Vec<String>,
}

impl MandateView {
    pub fn new(page: &Page, row: MandateRow, now: DateTime<Utc>) -> MandateView {
        let today = local_date(now, LEGAL_ZONE);
        let holds = mandates::holds(row.state, row.starts_on, row.ends_on, today);
        let (state, colour) = match row.state {
            MandateState::Offered => ("offered", "yellow"),
            MandateState::Active if row.ends_on < today => ("over", "grey"),
            MandateState::Active if row.starts_on > today => ("waiting", "blue"),
            MandateState::Active => ("active", "green"),
            MandateState::Declined => ("declined", "grey"),
            MandateState::Ended => ("ended", "grey"),
        };
        let fee = match (row.fee_kind, row.fee_won, row.fee_basis_points) {
            (FeeKind::Amount, Some(won), _) => page.won(won),
            (FeeKind::Percent, _, Some(points)) => {
                page.t1("organisations-fee-share", "percent", page.milli(points * 10))
            }
            _ => page.code("fee-kind", "none"),
        };
        let flags = row.flags.split('+').filter(|flag| !flag.is_empty());
        let flags = flags.map(|flag| page.code("mandate-flag", flag)).collect();
        let term = term(page, row.starts_on, row.ends_on);
        MandateView { holds, state, colour, term, fee, flags, row }
    }

    pub fn may_end(&self) -> bool {
        matches!(self.row.state, MandateState::Offered)
            || (self.row.state == MandateState::Active && self.state != "over")
    }
}

#[derive(Template)]
#[template(path = "organisations/advisers_own.html")]
pub struct OwnAdvisersPage {
    pub page: Page,
    pub mandates: Vec<MandateView>,
    /// What was done under the mandates, newest first.
    pub acts: Vec<RecordRow>,
    pub may_give: bool,
}

#[derive(Template)]
#[template(path = "organisations/desk.html")]
pub struct DeskPage {
    pub page: Page,
    pub mandates: Vec<MandateView>,
    /// The firm that this session works for.
    pub working_for: Option<String>,
}

#[derive(Template)]
#[template(path = "organisations/advisers.html")]
pub struct AdvisersPage {
    pub page: Page,
    pub form: Form,
    pub advisers: Vec<AdviserRow>,
    pub list: ListView,
}

#[derive(Template)]
#[template(path = "organisations/adviser.html")]
pub struct AdviserPage {
    pub page: Page,
    pub mandates: Vec<MandateView>,
}
