//! Separation of duties: acts on one case that must be different people's. The table `forbidden_pairs` says which;
//! a trigger refuses what this code would miss.

use crate::{
    core::{
        actor::Actor,
        lang::Lang,
        refusal::{Outcome, Refusal},
    },
    db::Tx,
};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
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
        VendorRecommended = "vendor_recommended",
        VendorApproved = "vendor_approved",
        VendorFailed = "vendor_failed",
        AppealDecided = "appeal_decided",
        AccountChecked = "account_checked",
        AccountConfirmed = "account_confirmed",
        ObjectionHeard = "objection_heard",
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

/// What an act says that an earlier one of the same person excludes.
pub fn apart(lang: Lang, earlier: Act) -> Refusal {
    Refusal::forbidden("refusal-duties-apart").with("earlier", lang.code_word("act", earlier.as_str()))
}

/// Refuses `act` on the case when an earlier act of this person excludes it.
pub async fn check_apart(tx: &mut Tx, actor: &Actor, case: Uuid, act: Act) -> Outcome<()> {
    match clash(tx, actor, case, act).await? {
        Some(earlier) => Err(apart(actor.lang, earlier).into()),
        None => Ok(()),
    }
}

/// Records that this person does `act` on the application `case`; refused when an earlier act of theirs excludes it.
pub async fn take(tx: &mut Tx, actor: &Actor, case: Uuid, act: Act, now: DateTime<Utc>) -> Outcome<()> {
    check_apart(tx, actor, case, act).await?;
    tx.later(
        "INSERT INTO duties (id, case_id, act, person_id, at) VALUES ($1, $2, $3, $4, $5)",
        (crate::core::ids::new_uuid(), case, act, actor.id, now),
    )
    .await?;
    Ok(())
}

/// The cases among `cases` on which an earlier act of this person excludes `act`, each with such an act.
pub async fn clashes(tx: &mut Tx, actor: &Actor, cases: &[Uuid], act: Act) -> sqlx::Result<Vec<(Uuid, Act)>> {
    if cases.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = tx.query(
        "SELECT d.case_id, MIN(d.act) FROM duties d JOIN forbidden_pairs p
            ON (p.one = d.act AND p.other = $2) OR (p.other = d.act AND p.one = $2)
         WHERE d.person_id = $1",
        (actor.id, act),
    );
    query.add_list(" AND d.case_id IN (?)", cases.iter().copied());
    query.add(" GROUP BY d.case_id", ());
    tx.fetch_all(query).await
}

/// As `take`, on many cases at once; refused as a whole when one of them is excluded.
pub async fn take_all(tx: &mut Tx, actor: &Actor, cases: &[Uuid], act: Act, now: DateTime<Utc>) -> Outcome<()> {
    // One order for everybody: the trigger of PostgreSQL locks case by case.
    let cases: BTreeSet<Uuid> = cases.iter().copied().collect();
    let cases: Vec<Uuid> = cases.into_iter().collect();
    if let Some((_, earlier)) = clashes(tx, actor, &cases, act).await?.into_iter().next() {
        return Err(apart(actor.lang, earlier).into());
    }
    if !cases.is_empty() {
        let mut insert = tx.query("INSERT INTO duties (id, case_id, act, person_id, at) VALUES ", ());
        insert.add_rows(
            "(?, ?, ?, ?, ?)",
            cases.into_iter().map(|case| (crate::core::ids::new_uuid(), case, act, actor.id, now)),
        );
        tx.execute(insert).await?;
    }
    Ok(())
}
