//! What the pages of vendors show.

use super::{
    rules::{
        PLAIN_STEPS, STEPS, Unmet, VendorState,
        accounts::ACCOUNT_STEPS,
        complaints::{COMPLAINT_STEPS, ComplaintState},
        criteria::{Criterion, Finding},
        facts::{Described, Fact},
        reviews::{REVIEW_STEPS, ReviewState},
    },
    store::{
        AccountChange, Affected, Campaign, Complaint, Condition, CriterionRow, Notice, Package, Question, ReferenceRow,
        Registered, Review, Round, Solution, Suspension, Tally, Vendor, VendorLine,
    },
};
use crate::{
    audit::RecordRow,
    core::{
        numbers::BusinessNumber,
        roles::Role,
        step::{Step, open_steps},
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
        VendorState::Clarification => "yellow",
        VendorState::Recommended => "purple",
        VendorState::Terminated => "red",
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

/// A solution with all its prices, its facts in words and its points.
pub struct Offered {
    pub solution: Solution,
    pub use_case: String,
    pub prices: Vec<Price>,
    pub facts: Vec<(String, String)>,
    pub points: Vec<Points>,
    pub versions: Vec<Difference>,
}

/// Points of one item with the rule they follow.
pub struct Points {
    pub item: String,
    pub rule: String,
    pub points: i64,
}

impl Points {
    pub fn all(page: &Page, described: &Described, today: NaiveDate) -> Vec<Points> {
        let scores = described.score(today).into_iter();
        scores
            .map(|score| Points {
                item: page.code("procurement", score.item),
                rule: page.code("procurement-rule", score.item),
                points: score.points,
            })
            .collect()
    }

    pub fn total(points: &[Points]) -> i64 {
        points.iter().map(|item| item.points).sum()
    }
}

/// What one version of a solution changed.
pub struct Difference {
    pub version: i64,
    pub made_at: chrono::DateTime<chrono::Utc>,
    /// Field, as it was, as it is.
    pub changes: Vec<(String, String, String)>,
}

/// A fact in the reader's words; what nobody said is said to be unsaid.
pub fn fact_in_words(page: &Page, fact: &Fact, use_case: impl Fn(&str) -> String) -> String {
    if !fact.is_said() {
        return page.t("vendors-not-said");
    }
    match fact {
        Fact::Text(text) => text.clone(),
        Fact::UseCase(code) => use_case(code),
        Fact::YesNo(yes) => page.yes_no(yes),
        Fact::Codes(family, codes) => codes.iter().map(|code| page.code(family, code)).collect::<Vec<_>>().join(", "),
        Fact::Day(day) => day.map(|day| page.date(day)).unwrap_or_default(),
        Fact::Share(bp) => format!("{} %", page.milli(bp.unwrap_or_default() * 10)),
        Fact::Number(number, unit) => page.t1(unit, "count", number.unwrap_or_default()),
    }
}

/// The words of a fact's field.
pub fn field_in_words(page: &Page, field: &str) -> String {
    page.t(&format!("vendors-solution-{}", field.replace('_', "-")))
}

/// A criterion with what is stated, seen and decided.
pub struct CriterionView {
    pub criterion: Criterion,
    pub finding: Finding,
    pub value: String,
    pub row: Option<CriterionRow>,
}

impl CriterionView {
    pub fn finding_colour(&self) -> &'static str {
        match self.finding {
            Finding::Met => "green",
            Finding::Unmet => "red",
            Finding::Undetermined => "grey",
        }
    }

    pub fn verdict(&self) -> Option<String> {
        self.row.as_ref()?.verdict.map(|verdict| verdict.to_string())
    }

    pub fn note(&self) -> &str {
        self.row.as_ref().map_or("", |row| row.note.as_str())
    }

    pub fn file_name(&self) -> Option<&str> {
        self.row.as_ref()?.file_name.as_deref()
    }
}

/// What stands behind an entry: for its vendor and for the agency.
pub struct Inside {
    pub criteria: Vec<CriterionView>,
    pub references: Vec<ReferenceRow>,
    pub questions: Vec<Question>,
    pub conditions: Vec<Condition>,
    pub suspensions: Vec<Suspension>,
    pub change: Option<AccountChange>,
    pub change_bank: String,
    pub review: Option<Review>,
    pub round: Option<Round>,
    pub today: NaiveDate,
}

impl Inside {
    pub fn ties(&self, page: &Page, reference: &ReferenceRow) -> String {
        let ties = reference.ties.split(", ").filter(|tie| !tie.is_empty());
        ties.map(|tie| page.code("tie", tie)).collect::<Vec<_>>().join(", ")
    }

    pub fn is_in_force(&self, suspension: &Suspension) -> bool {
        suspension.is_in_force(self.today)
    }

    /// In force or announced.
    pub fn is_live(&self, suspension: &Suspension) -> bool {
        suspension.lifted_at.is_none() && suspension.to_on.is_none_or(|to| to >= self.today)
    }

    pub fn has_live_suspension(&self) -> bool {
        self.suspensions.iter().any(|suspension| self.is_live(suspension))
    }

    pub fn review_colour(&self) -> &'static str {
        self.review.as_ref().map_or("grey", |review| review_colour(&review.state))
    }
}

pub fn review_colour(state: &ReviewState) -> &'static str {
    match state {
        ReviewState::Open => "grey",
        ReviewState::Confirmed => "blue",
        ReviewState::Passed => "green",
        ReviewState::Failed | ReviewState::Lost => "red",
        ReviewState::Appealed => "purple",
    }
}

pub fn complaint_colour(state: &ComplaintState) -> &'static str {
    match state {
        ComplaintState::Received => "yellow",
        ComplaintState::Answered => "blue",
        ComplaintState::Closed => "grey",
        ComplaintState::Upheld => "red",
    }
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
    pub inside: Inside,
    pub history: Vec<RecordRow>,
}

impl OwnPage {
    pub fn was_registered(&self) -> bool {
        self.vendor.registry_no.is_some()
    }

    /// Evidence is given while the entry is open, and while the agency asks.
    pub fn may_state(&self) -> bool {
        self.vendor.state.entry_is_open() || self.is_asked()
    }

    pub fn is_asked(&self) -> bool {
        self.vendor.state == VendorState::Clarification
    }

    pub fn may_confirm(&self) -> bool {
        self.review_is(ReviewState::Open)
    }

    pub fn may_appeal(&self) -> bool {
        self.review_is(ReviewState::Failed)
    }

    fn review_is(&self, state: ReviewState) -> bool {
        self.inside.review.as_ref().is_some_and(|review| review.state == state)
    }

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
    pub inside: Inside,
    pub history: Vec<RecordRow>,
    /// What the reader may decide now.
    pub steps: Vec<&'static Step<VendorState>>,
    pub roles: Vec<Role>,
    /// Why the reader may not take the second of two acts, if so.
    pub clash: Option<String>,
    pub is_large: bool,
    /// The reader acts or once acted for this vendor.
    pub is_own: bool,
    pub needs_proof: bool,
}

impl VendorPage {
    /// Steps that are a note and a button.
    pub fn plain_steps(&self) -> Vec<&'static str> {
        self.steps.iter().map(|step| step.name).filter(|name| PLAIN_STEPS.contains(name)).collect()
    }

    pub fn may(&self, name: &str) -> bool {
        self.steps.iter().any(|step| step.name == name)
    }

    pub fn may_judge(&self) -> bool {
        self.may("recommend")
    }

    pub fn is_manager(&self) -> bool {
        self.roles.contains(&Role::Manager)
    }

    /// Registered or suspended: a suspension may be ordered.
    pub fn may_suspend(&self) -> bool {
        self.is_manager() && matches!(self.vendor.state, VendorState::Approved | VendorState::Suspended)
    }

    pub fn may_reinstate(&self) -> bool {
        self.is_manager() && (self.vendor.state == VendorState::Suspended || self.inside.has_live_suspension())
    }

    pub fn may_check(&self) -> bool {
        self.roles.iter().any(|role| matches!(role, Role::Manager | Role::Screener))
    }

    pub fn account_steps(&self) -> Vec<&'static str> {
        let Some(change) = &self.inside.change else { return Vec::new() };
        open_steps(ACCOUNT_STEPS, change.state, &self.roles).into_iter().map(|step| step.name).collect()
    }

    pub fn review_steps(&self) -> Vec<&'static str> {
        let Some(review) = &self.inside.review else { return Vec::new() };
        open_steps(REVIEW_STEPS, review.state, &self.roles).into_iter().map(|step| step.name).collect()
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
    pub works: Vec<Choice>,
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
    pub download_json: String,
}

#[derive(Template)]
#[template(path = "vendors/registered.html")]
pub struct RegisteredPage {
    pub page: Page,
    pub solution: Registered,
    pub facts: Vec<(String, String)>,
    pub points: Vec<Points>,
    pub versions: Vec<Difference>,
    pub prices: Vec<Price>,
    pub vouchers: String,
    pub median: String,
    pub figures: Vec<(String, String)>,
}

impl RegisteredPage {
    pub fn total(&self) -> i64 {
        Points::total(&self.points)
    }
}

/// Up to four solutions side by side.
#[derive(Template)]
#[template(path = "vendors/compare.html")]
pub struct ComparePage {
    pub page: Page,
    pub solutions: Vec<Registered>,
    /// Label and one value for each solution.
    pub rows: Vec<(String, Vec<String>)>,
}

/// A vendor as anybody may see it.
#[derive(Template)]
#[template(path = "vendors/public.html")]
pub struct PublicVendorPage {
    pub page: Page,
    pub solutions: Vec<Registered>,
    pub figures: Vec<(String, String)>,
}

/// The performance of a vendor in words: nothing is said of fewer cases than would name one.
pub fn figures(page: &Page, median_days: Option<i64>, reached: Option<i64>, tally: Tally) -> Vec<(String, String)> {
    use super::rules::figures::{count, share_tenths};
    let few = || page.t("vendors-too-few");
    let percent = |tenths: Option<i64>| tenths.map_or_else(few, |tenths| format!("{} %", page.milli(tenths * 100)));
    vec![
        (page.t("vendors-figure-projects"), count(tally.agreements).map_or_else(few, |n| n.to_string())),
        (
            page.t("vendors-figure-delivery"),
            median_days.map_or_else(few, |days| page.t1("vendors-unit-days", "count", days)),
        ),
        (page.t("vendors-figure-reached"), percent(reached)),
        (page.t("vendors-figure-disallowed"), percent(share_tenths(tally.claims_rejected, tally.claims, tally.claims))),
        (
            page.t("vendors-figure-complaints"),
            percent(share_tenths(tally.complaints_upheld, tally.agreements, tally.agreements)),
        ),
    ]
}

/// A firm whose vendor is suspended, and the way that is open to it.
#[derive(Template)]
#[template(path = "vendors/notices.html")]
pub struct NoticesPage {
    pub page: Page,
    pub notices: Vec<Notice>,
}

/// The cases that a suspension touches, beside its form.
#[derive(Template)]
#[template(path = "vendors/suspension.html")]
pub struct SuspensionPage {
    pub page: Page,
    pub form: Form,
    pub vendor: Vendor,
    pub kinds: Vec<Choice>,
    pub touched: Touched,
}

/// Every case that a suspension touches, with the way that is open to it.
#[derive(Template)]
#[template(path = "vendors/touched.html")]
pub struct TouchedPage {
    pub page: Page,
    /// Suspensions in force or announced.
    pub live: Vec<Suspension>,
    pub touched: Touched,
    pub list: ListView,
    pub is_manager: bool,
}

/// The cases on one page, and how many firms there are in all.
pub struct Touched {
    pub cases: Vec<Affected>,
    pub firms: i64,
}

impl Touched {
    /// Where a manager takes the case on. Others, and drafts that nobody but their firm reads, have no way.
    pub fn way(&self, case: &Affected) -> Option<String> {
        let application = case.application_id;
        match (case.path(), case.agreement_id, case.change_id) {
            ("changing", _, Some(change)) => Some(format!("/agreement-changes/{change}")),
            ("change", Some(agreement), _) if case.agreement_state.as_deref() == Some("active") => {
                Some(format!("/agreements/{agreement}/changes/vendor"))
            }
            ("change", Some(agreement), _) => Some(format!("/agreements/{agreement}")),
            ("switch", ..) => Some(format!("/agreement-switch/{application}")),
            ("wait", ..) => Some(format!("/applications/{application}")),
            _ => None,
        }
    }
}

#[derive(Template)]
#[template(path = "vendors/judge.html")]
pub struct JudgePage {
    pub page: Page,
    pub form: Form,
    pub vendor: Vendor,
    pub inside: Inside,
    pub verdicts: Vec<Choice>,
}

impl JudgePage {
    pub fn note_field(&self, criterion: &Criterion) -> &'static str {
        super::forms::note_field(*criterion)
    }
}

#[derive(Template)]
#[template(path = "vendors/complaints.html")]
pub struct ComplaintsPage {
    pub page: Page,
    pub form: Form,
    pub states: Vec<Choice>,
    pub complaints: Vec<Complaint>,
    pub list: ListView,
}

impl ComplaintsPage {
    pub fn colour(&self, state: &ComplaintState) -> &'static str {
        complaint_colour(state)
    }
}

#[derive(Template)]
#[template(path = "vendors/complaint.html")]
pub struct ComplaintPage {
    pub page: Page,
    pub form: Form,
    pub complaint: Complaint,
    pub roles: Vec<Role>,
}

impl ComplaintPage {
    pub fn colour(&self) -> &'static str {
        complaint_colour(&self.complaint.state)
    }

    pub fn steps(&self) -> Vec<&'static str> {
        let steps = open_steps(COMPLAINT_STEPS, self.complaint.state, &self.roles);
        steps.into_iter().map(|step| step.name).collect()
    }

    pub fn is_staff(&self) -> bool {
        self.roles.iter().any(|role| role.is_staff())
    }
}

#[derive(Template)]
#[template(path = "vendors/reviews.html")]
pub struct ReviewsPage {
    pub page: Page,
    pub form: Form,
    pub states: Vec<Choice>,
    pub campaigns: Vec<Campaign>,
    pub reviews: Vec<Review>,
    pub list: ListView,
    pub is_manager: bool,
}

impl ReviewsPage {
    pub fn colour(&self, state: &ReviewState) -> &'static str {
        review_colour(state)
    }
}
