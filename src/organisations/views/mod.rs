//! What the pages of organisations show.

pub mod people;
pub mod records;

use super::{
    rules::*,
    store::{
        Financials, Organisation, SizeRow, affiliations::Affiliation, awards::Award, capital_impairment,
        register::AskRow,
    },
};
use crate::{
    core::{
        money::Won,
        numbers::{BusinessNumber, CorporateNumber},
        roles::Role,
    },
    people::Member,
    web::{Choice, Form, Page, list::ListView},
};
use askama::Template;
use chrono::NaiveDate;
use people::MandateView;

/// Two ways in: as a firm that applies or as a vendor.
#[derive(Template)]
#[template(path = "organisations/sides.html")]
pub struct SidesPage {
    pub page: Page,
}

/// One organisation: for its own people and for staff.
#[derive(Template)]
#[template(path = "organisations/show.html")]
pub struct OrganisationPage {
    pub page: Page,
    pub form: Form,
    pub organisation: Organisation,
    pub industry: String,
    pub region: String,
    pub figures: Vec<Financials>,
    pub sizes: Vec<SizeRow>,
    pub history: Vec<crate::audit::RecordRow>,
    /// The side it is on, for its own people; None for staff.
    pub own_side: Option<Role>,
    pub may_record: bool,
    /// Whether the reader keeps the organisation's facts.
    pub may_keep: bool,
    /// Whether the register's answer still counts.
    pub is_fresh: bool,
    /// What staff see beside the facts; None for the organisation's own people.
    pub around: Option<Around>,
}

/// Who stands around an organisation, for staff.
pub struct Around {
    pub members: Vec<Member>,
    pub mandates: Vec<MandateView>,
    pub ties: Vec<Affiliation>,
    pub group: Vec<Organisation>,
    pub aid: Won,
    pub aid_since: NaiveDate,
    pub awards: Vec<Award>,
    pub asks: Vec<AskRow>,
}

impl OrganisationPage {
    pub fn capacities(&self, member: &Member) -> String {
        let words = member.capacities.iter().map(|capacity| self.page.code("capacity", capacity.as_str()));
        words.collect::<Vec<_>>().join(", ")
    }

    pub fn is_vendor(&self) -> bool {
        self.own_side == Some(Role::Vendor)
    }

    /// When the register was last asked.
    pub fn checked(&self) -> String {
        match self.organisation.register_checked_at {
            Some(at) => self.page.t1("organisations-checked-at", "at", self.page.datetime(at)),
            None => self.page.t("organisations-not-checked"),
        }
    }

    pub fn business_number(&self) -> String {
        shown_number(&self.organisation.business_number)
    }

    pub fn corporate_number(&self) -> Option<CorporateNumber> {
        self.organisation.corporate_number.as_deref().and_then(|number| number.parse().ok())
    }

    pub fn doubtful_corporate_number(&self) -> bool {
        self.corporate_number().is_some_and(|number| !number.checksum_ok())
    }

    pub fn size(&self) -> Option<&SizeRow> {
        self.sizes.first()
    }

    pub fn impairment(&self, figures: &Financials) -> CapitalImpairment {
        capital_impairment(figures)
    }

    /// What was counted: years, mean of sales, assets, people.
    pub fn counted(&self, seen: &SizeInputs) -> Vec<(String, String)> {
        let page = &self.page;
        let years: Vec<String> = seen.years.iter().map(i64::to_string).collect();
        let employees = page.t1("organisations-people", "count", Won(seen.employees_regular));
        vec![
            (page.t("organisations-years-counted"), years.join(", ")),
            (page.t("organisations-mean-sales"), page.won(seen.mean_sales_won)),
            (page.t("organisations-total-assets"), page.won(seen.total_assets_won)),
            (page.t("organisations-employees-regular"), employees),
            (page.t("organisations-industry-assessed"), seen.industry_code.clone()),
        ]
    }

    /// A compared value in its unit; a dash where nothing was compared.
    pub fn compared(&self, reason: &ReasonSeen, value: &Option<i64>) -> String {
        match value {
            None => "–".to_owned(),
            Some(people) if reason.test == "micro_employees" => {
                self.page.t1("organisations-people", "count", Won(*people))
            }
            Some(won) => self.page.won(Won(*won)),
        }
    }

    pub fn status_choices(&self) -> Vec<Choice> {
        Choice::codes(self.page.lang, "register-status", RegisterStatus::ALL)
    }

    pub fn status_colour(&self) -> &'static str {
        match self.organisation.register_status {
            RegisterStatus::Active => "green",
            RegisterStatus::Suspended => "orange",
            RegisterStatus::Closed => "red",
            RegisterStatus::Unknown => "grey",
        }
    }
}

pub struct OrganisationLine {
    pub organisation: Organisation,
    pub region: String,
}

impl OrganisationLine {
    pub fn business_number(&self) -> String {
        shown_number(&self.organisation.business_number)
    }
}

#[derive(Template)]
#[template(path = "organisations/list.html")]
pub struct OrganisationsPage {
    pub page: Page,
    pub form: Form,
    pub regions: Vec<Choice>,
    pub lines: Vec<OrganisationLine>,
    pub list: ListView,
}

/// `124-81-00998`.
fn shown_number(digits: &str) -> String {
    digits.parse::<BusinessNumber>().map_or_else(|_| digits.to_owned(), |number| number.to_string())
}
