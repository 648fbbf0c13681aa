//! Every SQL text about reviews.

use super::{AssignmentId, rules::*};
use crate::{applications::ApplicationId, core::money::Won, db::Tx};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// One reviewer on one application.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Assignment {
    pub id: AssignmentId,
    pub application_id: ApplicationId,
    pub reviewer_id: Uuid,
    pub state: AssignmentState,
    pub conflict_reason: Option<String>,
    pub assigned_by: Uuid,
    pub assigned_at: DateTime<Utc>,
    pub declared_at: Option<DateTime<Utc>>,
    pub locked_at: Option<DateTime<Utc>>,
    pub total_milli: Option<i64>,
}

/// A decision; never edited, an undo is another.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Decision {
    pub id: Uuid,
    pub application_id: ApplicationId,
    pub call_version: i64,
    pub outcome: DecisionOutcome,
    pub score_milli: i64,
    pub rank: i64,
    pub amount_won: Won,
    pub reason: String,
    pub note: String,
    pub decided_by: Uuid,
    pub decided_at: DateTime<Utc>,
}

/// The decision that holds now.
pub async fn latest_decision(tx: &mut Tx, application: ApplicationId) -> sqlx::Result<Option<Decision>> {
    tx.find(
        "SELECT id, application_id, call_version, outcome, score_milli, rank, amount_won, reason, note, decided_by, decided_at
         FROM decisions WHERE application_id = $1 ORDER BY decided_at DESC, id DESC LIMIT 1",
        (application,),
    )
    .await
}
