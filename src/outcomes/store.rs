//! Every SQL text about outcomes.

use super::{ReportId, rules::ReportState};
use crate::{agreements::AgreementId, applications::ApplicationId, organisations::OrganisationId};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// An outcome report of one wave.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Report {
    pub id: ReportId,
    pub agreement_id: AgreementId,
    pub application_id: ApplicationId,
    pub organisation_id: OrganisationId,
    pub wave: String,
    pub due_on: NaiveDate,
    pub state: ReportState,
    pub active_users: Option<i64>,
    pub satisfaction: Option<i64>,
    pub would_pay: Option<bool>,
    pub comment: String,
    pub submitted_by: Option<Uuid>,
    pub submitted_at: Option<DateTime<Utc>>,
    pub verified_by: Option<Uuid>,
    pub verified_at: Option<DateTime<Utc>>,
    pub note: Option<String>,
    pub state_since: DateTime<Utc>,
}
