//! Every SQL text about applications: what they are, and what is read of them.

pub(super) mod certifications;
pub(super) mod dossier;
pub(super) mod draft;
pub(super) mod eligibility;
pub(super) mod list;
pub(super) mod preview;
pub(super) mod questions;
pub(super) mod reminders;
pub(super) mod revisions;
pub(super) mod spot_checks;
pub(super) mod submission;
pub(super) mod supplements;

use super::{ApplicationId, rules::ApplicationState};
use crate::{
    core::{actor::Actor, money::Won, roles::Role},
    db::{Select, Tx},
    ledger,
    organisations::OrganisationId,
    programmes::{CallId, CostCategory, Place},
    vendors::{PackageId, VendorId},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// An application from draft to decision.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Application {
    pub id: ApplicationId,
    pub call_id: CallId,
    pub call_version: i64,
    pub organisation_id: OrganisationId,
    pub vendor_id: Option<VendorId>,
    pub package_id: Option<PackageId>,
    pub package_quantity: Option<i64>,
    pub state: ApplicationState,
    pub receipt_no: Option<String>,
    pub title: String,
    pub use_case: Option<String>,
    pub process_name: String,
    pub problem: String,
    pub plan: String,
    pub data_class: Option<String>,
    pub latency_class: Option<String>,
    pub language_class: Option<String>,
    pub decision_impact: Option<String>,
    pub model_origin: Option<String>,
    pub hosting: Option<String>,
    pub human_oversight: String,
    pub total_won: Won,
    pub support_won: Won,
    pub own_won: Won,
    pub size_class: Option<String>,
    pub region_code: String,
    pub industry_code: String,
    pub submitted_at: Option<DateTime<Utc>>,
    pub submitted_by: Option<Uuid>,
    pub submitted_hash: Option<Vec<u8>>,
    pub decided_at: Option<DateTime<Utc>>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub state_since: DateTime<Utc>,
    pub search_text: String,
    /// The track of the call; None where the call has none or the firm has not chosen.
    pub track: Option<String>,
    /// Staff try a call out with it: nothing that counts sees it.
    pub is_test: bool,
}

impl Application {
    /// Where an award for it counts besides its firm.
    pub fn place(&self) -> Place<'_> {
        Place { track: self.track.as_deref(), region: &self.region_code, industry: &self.industry_code }
    }
}

/// An outcome indicator: baseline and target in thousandths of the unit.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Indicator {
    pub id: Uuid,
    pub application_id: ApplicationId,
    pub position: i64,
    pub name: String,
    pub unit: String,
    pub direction: String,
    pub baseline_milli: i64,
    pub target_milli: i64,
    pub baseline_period: String,
    pub baseline_source: String,
}

/// A line of cost: state share and own share add up to it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CostLine {
    pub id: Uuid,
    pub application_id: ApplicationId,
    pub position: i64,
    pub category: CostCategory,
    pub description: String,
    pub quantity: i64,
    pub unit_price_won: Won,
    pub support_won: Won,
    pub own_won: Won,
}

macro_rules! select_application {
    ($rest:literal) => {
        concat!(
            "SELECT id, call_id, call_version, organisation_id, vendor_id, package_id, package_quantity, state, receipt_no, title, use_case, process_name, problem, plan, data_class, latency_class, language_class, decision_impact, model_origin, hosting, human_oversight, total_won, support_won, own_won, size_class, region_code, industry_code, submitted_at, submitted_by, submitted_hash, decided_at, version, created_at, state_since, search_text, track, is_test FROM applications ",
            $rest
        )
    };
}

pub async fn find(tx: &mut Tx, id: ApplicationId) -> sqlx::Result<Option<Application>> {
    tx.find(select_application!("WHERE id = $1"), (id,)).await
}

pub async fn get(tx: &mut Tx, id: ApplicationId) -> sqlx::Result<Application> {
    tx.get(select_application!("WHERE id = $1"), (id,)).await
}

/// The application if `actor` may see it: the firm (and an adviser at work for it) its own, staff what has been submitted.
/// (Reviewers reach applications through their assignments, vendors through agreements.)
pub fn visible(actor: &Actor, id: ApplicationId) -> Select<Application> {
    if actor.is_any(&[Role::Firm, Role::Adviser]) {
        Select::new(select_application!("WHERE id = $1 AND organisation_id = $2"), (id, actor.organisation))
    } else if actor.is_any(&[Role::Screener, Role::Manager, Role::ClaimsOfficer, Role::Payer, Role::Auditor]) {
        Select::new(select_application!("WHERE id = $1 AND submitted_at IS NOT NULL"), (id,))
    } else {
        Select::new(select_application!("WHERE id = $1 AND 1 = 0"), (id,))
    }
}

/// As `visible` to a firm; until the unit of work is over nobody else changes it.
pub fn own_locked(tx: &Tx, actor: &Actor, id: ApplicationId) -> Select<Application> {
    let sql = tx.pick(
        select_application!("WHERE id = $1 AND organisation_id = $2"),
        select_application!("WHERE id = $1 AND organisation_id = $2 FOR UPDATE"),
    );
    Select::new(sql, (id, actor.organisation))
}

pub async fn find_visible(tx: &mut Tx, actor: &Actor, id: ApplicationId) -> sqlx::Result<Option<Application>> {
    Ok(tx.rows(visible(actor, id)).await?.pop())
}

/// The indicators that are complete enough to measure: all of them once submitted.
pub async fn indicators(tx: &mut Tx, id: ApplicationId) -> sqlx::Result<Vec<Indicator>> {
    tx.all(
        "SELECT id, application_id, position, name, unit, direction, baseline_milli, target_milli, baseline_period, baseline_source
         FROM application_indicators WHERE application_id = $1 AND baseline_milli IS NOT NULL AND target_milli IS NOT NULL
         ORDER BY position, id",
        (id,),
    )
    .await
}

/// The lines that are complete enough to add up: all of them once submitted.
pub async fn costs(tx: &mut Tx, id: ApplicationId) -> sqlx::Result<Vec<CostLine>> {
    tx.all(
        "SELECT id, application_id, position, category, description, quantity, unit_price_won, support_won, own_won
         FROM application_costs WHERE application_id = $1 AND own_won IS NOT NULL ORDER BY position, id",
        (id,),
    )
    .await
}

/// The part of the own share that is brought in kind.
pub async fn in_kind(tx: &mut Tx, id: ApplicationId) -> sqlx::Result<Won> {
    let sum = tx
        .value(
            "SELECT CAST(COALESCE(SUM(in_kind_won), 0) AS BIGINT) FROM application_costs
             WHERE application_id = $1 AND own_won IS NOT NULL",
            (id,),
        )
        .await?;
    Ok(sum.unwrap_or_default())
}

/// Whose money the application is about.
pub async fn case_of(tx: &mut Tx, application: &Application) -> sqlx::Result<ledger::Case> {
    let programme: Option<Uuid> =
        tx.value("SELECT programme_id FROM calls WHERE id = $1", (application.call_id,)).await?;
    Ok(ledger::Case {
        application: application.id.0,
        call: application.call_id.0,
        programme: programme.ok_or(sqlx::Error::RowNotFound)?,
        organisation: application.organisation_id.0,
    })
}

/// The firm's live application in a call: at most one.
pub(super) async fn find_live(
    tx: &mut Tx,
    organisation: OrganisationId,
    call: CallId,
) -> sqlx::Result<Option<ApplicationId>> {
    tx.value(
        "SELECT id FROM applications WHERE organisation_id = $1 AND call_id = $2 AND state NOT IN ('withdrawn', 'expired')",
        (organisation, call),
    )
    .await
}

/// Moves the state if it still is `from`; false when somebody else was first.
pub(super) async fn move_state(
    tx: &mut Tx,
    id: ApplicationId,
    from: ApplicationState,
    to: ApplicationState,
    now: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE applications SET state = $3, state_since = $4, version = version + 1 WHERE id = $1 AND state = $2",
            (id, from, to, now),
        )
        .await?;
    Ok(rows == 1)
}

/// False when the application moved on, or its package was changed, since it was read.
pub async fn switch_package(
    tx: &mut Tx,
    application: &Application,
    vendor: VendorId,
    package: PackageId,
) -> sqlx::Result<bool> {
    let rows = tx
        .run(
            "UPDATE applications SET vendor_id = $4, package_id = $5, version = version + 1
             WHERE id = $1 AND version = $2 AND state = $3",
            (application.id, application.version, application.state, vendor, package),
        )
        .await?;
    Ok(rows == 1)
}

pub async fn set_organisation(tx: &mut Tx, id: ApplicationId, firm: OrganisationId) -> sqlx::Result<u64> {
    tx.run("UPDATE applications SET organisation_id = $2, version = version + 1 WHERE id = $1", (id, firm)).await
}
