//! Separation of duties: acts on one case that must be different people's. The table `forbidden_pairs` says which;
//! a trigger refuses what this code would miss.

use crate::{
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
    },
    db::Tx,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

crate::text_enum!(
    /// An act that some other act on the same case excludes.
    Act {
        Screened = "screened",
        Scored = "scored",
        Selected = "selected",
        ClaimApproved = "claim_approved",
        PaymentPrepared = "payment_prepared",
        PaymentApproved = "payment_approved",
        PaymentReleased = "payment_released",
    }
);

/// The act of this person on this case that excludes `act`, if any: pages say so before the click.
pub async fn clash(tx: &mut Tx, actor: &Actor, case: Uuid, act: Act) -> sqlx::Result<Option<Act>> {
    tx.value(
        "SELECT d.act FROM duties d JOIN forbidden_pairs p
            ON (p.one = d.act AND p.other = $3) OR (p.other = d.act AND p.one = $3)
         WHERE d.case_id = $1 AND d.person_id = $2 LIMIT 1",
        (case, actor.id, act),
    )
    .await
}

/// Records that this person does `act` on the application `case`; refused when an earlier act of theirs excludes it.
pub async fn take(tx: &mut Tx, actor: &Actor, case: Uuid, act: Act, now: DateTime<Utc>) -> Outcome<()> {
    if let Some(earlier) = clash(tx, actor, case, act).await? {
        return Err(Refusal::forbidden("refusal-duties-apart")
            .with("earlier", actor.lang.code_word("act", earlier.as_str()))
            .into());
    }
    tx.run(
        "INSERT INTO duties (id, case_id, act, person_id, at) VALUES ($1, $2, $3, $4, $5)",
        (crate::core::ids::new_uuid(), case, act, actor.id, now),
    )
    .await?;
    Ok(())
}
