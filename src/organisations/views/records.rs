//! What the pages about documents, duplicates, the register and aid show.

use crate::{
    audit::RecordRow,
    core::money::Won,
    organisations::{
        rules::{
            duplicates::{AffiliationKind, AffiliationState},
            vault::{VaultKind, counts_on},
        },
        store::{
            Organisation,
            affiliations::Affiliation,
            awards::{Award, AwardImport, ImportLine},
            register::{AskRow, RefusedLine, RegisterImport},
            vault::VaultDocument,
        },
    },
    web::{Choice, Form, Page, list::ListView},
};
use askama::Template;
use chrono::{Duration, NaiveDate};

#[derive(Template)]
#[template(path = "organisations/vault.html")]
pub struct VaultPage {
    pub page: Page,
    pub form: Form,
    pub documents: Vec<VaultDocument>,
    pub today: NaiveDate,
    pub may_change: bool,
    pub allow_unscanned: bool,
}

impl VaultPage {
    pub fn kinds(&self) -> Vec<Choice> {
        let choose = Choice::new("", self.page.t("choose-one"));
        std::iter::once(choose).chain(Choice::codes(self.page.lang, "vault-kind", VaultKind::ALL)).collect()
    }

    /// Colour and words of how long a document counts.
    pub fn standing(&self, document: &VaultDocument) -> (&'static str, String) {
        let until = |key, end: NaiveDate| self.page.t1(key, "day", self.page.date(end));
        match document.valid_to {
            None => ("green", self.page.t("organisations-vault-open-end")),
            Some(end) if !counts_on(Some(end), self.today) => ("red", until("organisations-vault-ended", end)),
            Some(end) if end - self.today <= Duration::days(document.kind.warning_days()) => {
                ("orange", until("organisations-vault-ends-soon", end))
            }
            Some(end) => ("green", until("organisations-vault-until", end)),
        }
    }

    pub fn may_open(&self, document: &VaultDocument) -> bool {
        document.scan.may_open(self.allow_unscanned)
    }

    pub fn sha256(&self, document: &VaultDocument) -> String {
        hex::encode(&document.sha256)
    }
}

#[derive(Template)]
#[template(path = "organisations/duplicates.html")]
pub struct DuplicatesPage {
    pub page: Page,
    pub form: Form,
    pub ties: Vec<Affiliation>,
    pub counts: Vec<(AffiliationKind, i64)>,
    pub list: ListView,
}

fn with_all(page: &Page, choices: Vec<Choice>) -> Vec<Choice> {
    std::iter::once(Choice::new("", page.t("organisations-all"))).chain(choices).collect()
}

pub fn tie_colour(state: &AffiliationState) -> &'static str {
    match state {
        AffiliationState::Open => "yellow",
        AffiliationState::Cleared => "grey",
        AffiliationState::Confirmed => "red",
    }
}

impl DuplicatesPage {
    pub fn states(&self) -> Vec<Choice> {
        with_all(&self.page, Choice::codes(self.page.lang, "affiliation-state", AffiliationState::ALL))
    }

    pub fn kinds(&self) -> Vec<Choice> {
        with_all(&self.page, Choice::codes(self.page.lang, "affiliation-kind", AffiliationKind::ALL))
    }

    pub fn colour(&self, state: &AffiliationState) -> &'static str {
        tie_colour(state)
    }
}

#[derive(Template)]
#[template(path = "organisations/duplicate.html")]
pub struct DuplicatePage {
    pub page: Page,
    pub form: Form,
    pub tie: Affiliation,
    pub one: Organisation,
    pub other: Organisation,
    /// Everything that ties the two.
    pub between: Vec<Affiliation>,
    pub history: Vec<RecordRow>,
    pub may_decide: bool,
}

impl DuplicatePage {
    pub fn colour(&self, state: &AffiliationState) -> &'static str {
        tie_colour(state)
    }

    pub fn verdicts(&self) -> Vec<Choice> {
        let open = [AffiliationState::Cleared, AffiliationState::Confirmed];
        let open: Vec<AffiliationState> = open.into_iter().filter(|state| *state != self.tie.state).collect();
        Choice::codes(self.page.lang, "affiliation-verdict", &open)
    }

    /// Each fact of the two side by side, and whether they are the same as they are written.
    pub fn facts(&self) -> Vec<(String, &str, &str, bool)> {
        let row = |key: &str, one, other| (self.page.t(key), one, other, one == other);
        let (one, other) = (&self.one, &self.other);
        vec![
            row("organisations-business-number", one.business_number.as_str(), other.business_number.as_str()),
            row("organisations-legal-name", one.legal_name.as_str(), other.legal_name.as_str()),
            row(
                "organisations-representative-name",
                one.representative_name.as_str(),
                other.representative_name.as_str(),
            ),
            row("organisations-address", one.address.as_str(), other.address.as_str()),
            row("organisations-phone", one.phone.as_str(), other.phone.as_str()),
        ]
    }
}

#[derive(Template)]
#[template(path = "organisations/register.html")]
pub struct RegisterPage {
    pub page: Page,
    pub form: Form,
    pub imports: Vec<RegisterImport>,
    pub changes: Vec<AskRow>,
    pub stale: i64,
    pub may_import: bool,
}

#[derive(Template)]
#[template(path = "organisations/register_import.html")]
pub struct RegisterImportPage {
    pub page: Page,
    pub import: RegisterImport,
    pub refused: Vec<RefusedLine>,
}

#[derive(Template)]
#[template(path = "organisations/aid_own.html")]
pub struct OwnAidPage {
    pub page: Page,
    pub form: Form,
    pub awards: Vec<Award>,
    pub total: Won,
    pub since: NaiveDate,
    pub may_declare: bool,
}

#[derive(Template)]
#[template(path = "organisations/awards.html")]
pub struct AwardsPage {
    pub page: Page,
    pub form: Form,
    pub imports: Vec<AwardImport>,
    pub may_import: bool,
}

#[derive(Template)]
#[template(path = "organisations/award_import.html")]
pub struct AwardImportPage {
    pub page: Page,
    pub form: Form,
    pub import: AwardImport,
    pub good: Vec<ImportLine>,
    pub bad: Vec<ImportLine>,
    pub may_confirm: bool,
}

impl AwardImportPage {
    pub fn confirmed(&self) -> Option<String> {
        self.import.confirmed_at.map(|at| self.page.datetime(at))
    }

    pub fn business_number(&self, line: &ImportLine) -> String {
        super::shown_number(&line.business_number)
    }
}
