//! What an excluded organisation is told, wherever it is turned away.

use crate::{
    core::{
        calendar::{ZONE, local_date},
        refusal::{Outcome, Refusal},
    },
    db::Tx,
    organisations::{
        OrganisationId,
        store::exclusions::{ExclusionCause, exclusion_of},
    },
};
use chrono::{DateTime, Utc};

/// Refuses for an organisation that is kept out now, and says why and until when (domain: invariants 16).
pub async fn check_not_excluded(tx: &mut Tx, id: OrganisationId, now: DateTime<Utc>) -> Outcome<()> {
    let Some(exclusion) = exclusion_of(tx, id, local_date(now, ZONE)).await? else { return Ok(()) };
    let refusal = match (exclusion.cause, exclusion.to_on) {
        (ExclusionCause::UnpaidRecovery, _) => Refusal::forbidden("organisations-refusal-owes"),
        (ExclusionCause::Sanction, Some(to)) => {
            Refusal::forbidden("organisations-refusal-sanctioned-until").with("until", to)
        }
        (ExclusionCause::Sanction, None) => Refusal::forbidden("organisations-refusal-sanctioned"),
    };
    Err(refusal.into())
}
