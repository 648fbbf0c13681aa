//! What the pages of vendors show.

use super::{
    rules::{STEPS, Unmet, VendorState},
    store::{Package, Registered, Solution, Vendor, VendorLine},
};
use crate::{
    audit::RecordRow,
    core::{
        numbers::BusinessNumber,
        roles::Role,
        step::{Note, Step, open_steps},
    },
    organisations::Organisation,
    web::{Choice, Form, Page, list::ListView},
};
use askama::Template;
use chrono::NaiveDate;

/// The colour of a state's tag.
pub fn colour(state: &VendorState) -> &'static str {
    match state {
        VendorState::Draft => "grey",
        VendorState::Submitted => "blue",
        VendorState::Approved => "green",
        VendorState::Rejected => "red",
        VendorState::Suspended => "orange",
        VendorState::Lapsed => "yellow",
    }
}

/// `124-81-00998`.
fn dashed(business_number: &str) -> String {
    business_number.parse::<BusinessNumber>().map_or_else(|_| business_number.to_owned(), |number| number.to_string())
}

/// One price of one package.
pub struct Price {
    pub package: Package,
    /// `now`, `later` or `over`.
    pub timing: &'static str,
}

impl Price {
    pub fn all(packages: Vec<Package>, today: NaiveDate) -> Vec<Price> {
        packages.into_iter().map(|package| Price { timing: timing(&package, today), package }).collect()
    }

    /// The last price that was said of a package: the one that another may replace.
    pub fn is_open(&self) -> bool {
        self.package.valid_to.is_none()
    }
}

fn timing(package: &Package, today: NaiveDate) -> &'static str {
    match package.valid_to {
        Some(last) if last < today => "over",
        _ if package.valid_from > today => "later",
        _ => "now",
    }
}

/// A solution with all its prices.
pub struct Offered {
    pub solution: Solution,
    pub use_case: String,
    pub prices: Vec<Price>,
}

#[derive(Template)]
#[template(path = "vendors/none.html")]
pub struct NoEntryPage {
    pub page: Page,
}

/// A vendor's own view of itself.
#[derive(Template)]
#[template(path = "vendors/own.html")]
pub struct OwnPage {
    pub page: Page,
    pub form: Form,
    pub vendor: Vendor,
    pub bank: String,
    pub unmet: Vec<Unmet>,
    pub offered: Vec<Offered>,
    pub history: Vec<RecordRow>,
}

impl OwnPage {
    pub fn may_submit(&self) -> bool {
        !open_steps(STEPS, self.vendor.state, &[Role::Vendor]).is_empty()
    }

    pub fn is_registered(&self) -> bool {
        self.vendor.state == VendorState::Approved
    }

    pub fn colour(&self) -> &'static str {
        colour(&self.vendor.state)
    }
}

/// A vendor as staff see it.
#[derive(Template)]
#[template(path = "vendors/vendor.html")]
pub struct VendorPage {
    pub page: Page,
    pub form: Form,
    pub vendor: Vendor,
    pub organisation: Organisation,
    pub bank: String,
    pub offered: Vec<Offered>,
    pub history: Vec<RecordRow>,
    /// What the reader may decide now.
    pub steps: Vec<&'static Step<VendorState>>,
    /// The reader acts or once acted for this vendor.
    pub is_own: bool,
    pub needs_proof: bool,
}

impl VendorPage {
    pub fn wants_note(&self, step: &Step<VendorState>) -> bool {
        step.note == Note::Required
    }

    pub fn business_number(&self) -> String {
        dashed(&self.organisation.business_number)
    }

    pub fn colour(&self) -> &'static str {
        colour(&self.vendor.state)
    }
}

#[derive(Template)]
#[template(path = "vendors/list.html")]
pub struct VendorsPage {
    pub page: Page,
    pub form: Form,
    pub states: Vec<Choice>,
    pub vendors: Vec<VendorLine>,
    pub list: ListView,
}

impl VendorsPage {
    pub fn colour(&self, state: &VendorState) -> &'static str {
        colour(state)
    }

    pub fn business_number(&self, vendor: &VendorLine) -> String {
        dashed(&vendor.business_number)
    }
}

#[derive(Template)]
#[template(path = "vendors/register.html")]
pub struct RegisterPage {
    pub page: Page,
    pub form: Form,
    pub use_cases: Vec<Choice>,
    pub hostings: Vec<Choice>,
    pub origins: Vec<Choice>,
    pub solutions: Vec<Registered>,
    pub list: ListView,
    /// The same selection as a file.
    pub download: String,
}

#[derive(Template)]
#[template(path = "vendors/registered.html")]
pub struct RegisteredPage {
    pub page: Page,
    pub solution: Registered,
    pub prices: Vec<Price>,
}
