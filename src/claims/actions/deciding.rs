//! The claims officer decides: approved money is held on the voucher in the same unit of work.

use super::*;
use crate::{app::App, applications, audit::Act, db::once::Once, programmes::Stage};

/// What an officer decides on a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Approve,
    /// Back to the vendor with the list of what is to be mended.
    Return(String),
    /// For good, with the reason; no money was touched.
    Reject(String),
}

/// Decides. Refused when the officer did another act on this case, or did not prove who they are of late.
pub async fn decide(app: &App, actor: &Actor, id: ClaimId, decision: Decision, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "claims.decide", now).await?.is_some() {
        return Ok(());
    }
    if !actor.is(Role::ClaimsOfficer) {
        return Err(Refusal::not_found().into());
    }
    let (step, note) = match &decision {
        Decision::Approve => ("approve", ""),
        Decision::Return(note) => ("return", note.as_str()),
        Decision::Reject(note) => ("reject", note.as_str()),
    };
    let claim = take_step(&mut tx, actor, id, step, note, now).await?;
    if claim.submitted_by == actor.id || claim.delivery_by == Some(actor.id) {
        return Err(Refusal::forbidden("claims-refusal-own-claim").into());
    }
    if decision == Decision::Approve {
        approve(&mut tx, actor, &claim, now).await?;
    }
    store::note_decision(&mut tx, id, actor.id, (!note.is_empty()).then(|| note.to_owned()), now).await?;
    let vendor = vendors::get(&mut tx, claim.vendor_id).await?;
    let event = format!("decided:{}", claim.version);
    let make = |to, lang| match &decision {
        Decision::Approve => Mail::new(to, lang, "claim-approved").with("support", claim.support_won),
        Decision::Return(note) => Mail::new(to, lang, "claim-returned").with("note", note),
        Decision::Reject(note) => Mail::new(to, lang, "claim-rejected").with("note", note),
    };
    tell(&mut tx, (vendor.organisation_id.0, Role::Vendor), make, &claim, &event, now).await?;
    if !matches!(decision, Decision::Return(_)) {
        tell(&mut tx, (claim.organisation_id.0, Role::Firm), make, &claim, &event, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The checks as they stand now are kept with the approval: what was seen, not what was filed.
async fn approve(tx: &mut Tx, actor: &Actor, claim: &Claim, now: DateTime<Utc>) -> Outcome<()> {
    let checks = present_checks(tx, actor, claim, now).await?;
    let failing =
        checks.iter().find(|check| check.result != rules::CheckResult::Met && matching::BLOCKING.contains(&check.rule));
    if let Some(check) = failing {
        let name = actor.lang.code_word("claim-check", check.rule);
        return Err(Refusal::conflict("claims-refusal-check-fails").with("check", name).into());
    }
    applications::require(tx, actor, claim.application_id, Stage::Claim, now).await?;
    audit::take(tx, actor, claim.application_id.0, Act::ClaimApproved, now).await?;
    store::insert_checks(tx, claim.id, claim.version + 1, &checks, now).await?;
    let unmet: Vec<&str> =
        checks.iter().filter(|check| check.result != rules::CheckResult::Met).map(|check| check.rule).collect();
    if claim.support_won.is_positive() {
        let case = money_case(tx, claim).await?;
        ledger::hold(tx, actor, &case, claim.id.0, claim.support_won, now).await?;
    }
    let record = Record::new("claim", claim.id, "claim_approved")
        .of_case(claim.application_id)
        .with("support_won", claim.support_won)
        .with("checks_met", checks.len() - unmet.len())
        .with("checks_not_met", if unmet.is_empty() { "0".to_owned() } else { unmet.join(", ") });
    audit::record(tx, actor, record, now).await?;
    Ok(())
}
