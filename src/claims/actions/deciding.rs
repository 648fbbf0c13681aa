//! The claims officer decides, line by line where need be: what is approved is held on the voucher in the same unit
//! of work.

use super::*;
use crate::{
    app::App,
    applications,
    audit::Act,
    claims::rules::lines::{self, Approved, Disallowed},
    db::once::Once,
    programmes::Stage,
};

/// What an officer decides on a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Approve,
    /// All but these lines; at least one.
    ApproveWithout(Vec<Disallowed>),
    /// Back to the vendor with the list of what is missing, one a line.
    Return(String),
    /// For good, with the reason; no money was touched.
    Reject(String),
}

/// Decides. Refused when the officer did another act on this case, or did not prove who they are of late.
pub async fn decide(app: &App, actor: &Actor, id: ClaimId, decision: Decision, once: Once) -> Outcome<()> {
    let done = decide_now(app, actor, id, decision, once).await;
    applications::keep_refused(app, done).await
}

async fn decide_now(app: &App, actor: &Actor, id: ClaimId, decision: Decision, once: Once) -> Outcome<()> {
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
        Decision::Approve | Decision::ApproveWithout(_) => ("approve", ""),
        Decision::Return(note) => ("return", note.as_str()),
        Decision::Reject(note) => ("reject", note.as_str()),
    };
    let claim = take_step(&mut tx, actor, id, step, note, now).await?;
    if claim.submitted_by == actor.id || claim.delivery_by == Some(actor.id) {
        return Err(Refusal::forbidden("claims-refusal-own-claim").into());
    }
    let mut approved = None;
    let mut answer_by = None;
    match &decision {
        Decision::Approve => approved = Some(approve(&mut tx, actor, &claim, &[], now).await?),
        Decision::ApproveWithout(lines) => approved = Some(approve(&mut tx, actor, &claim, lines, now).await?),
        Decision::Return(items) => answer_by = Some(pause(&mut tx, actor, id, "returned", items, now).await?),
        Decision::Reject(_) => {}
    }
    if answer_by.is_none() {
        let service = service(&mut tx, &claim, now).await?;
        store::note_service(&mut tx, id, service.map_or(0, |service| service.elapsed)).await?;
    }
    store::note_decision(&mut tx, id, actor.id, (!note.is_empty()).then(|| note.to_owned()), now).await?;
    let vendor = vendors::get(&mut tx, claim.vendor_id).await?;
    let event = format!("decided:{}", claim.version);
    let disallowed = letter_lines(&mut tx, id, &decision).await?;
    let support = approved.map_or(Won::ZERO, |approved| approved.support);
    let until = answer_by.map(|at| local_date(at, ZONE).pred_opt().unwrap_or_default().to_string()).unwrap_or_default();
    let make = |to, lang| match &decision {
        Decision::Approve => Mail::new(to, lang, "claim-approved").with("support", support),
        Decision::ApproveWithout(_) => {
            Mail::new(to, lang, "claim-partly-approved").with("support", support).with("lines", &disallowed)
        }
        Decision::Return(note) => Mail::new(to, lang, "claim-returned").with("note", note).with("until", &until),
        Decision::Reject(note) => Mail::new(to, lang, "claim-rejected").with("note", note),
    };
    tell(&mut tx, (vendor.organisation_id.0, Role::Vendor), make, &claim, &event, now).await?;
    if !matches!(decision, Decision::Return(_)) {
        tell(&mut tx, (claim.organisation_id.0, Role::Firm), make, &claim, &event, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The disallowed lines with their reasons, as the letter lists them.
async fn letter_lines(tx: &mut Tx, id: ClaimId, decision: &Decision) -> Outcome<String> {
    let Decision::ApproveWithout(disallowed) = decision else {
        return Ok(String::new());
    };
    let lines = store::lines(tx, id).await?;
    let listed = disallowed.iter().filter_map(|refused| {
        let line = lines.iter().find(|line| line.position == refused.position)?;
        Some(format!("{}. {} ({}): {}", line.position, line.description, line.net_won, refused.reason))
    });
    Ok(listed.collect::<Vec<_>>().join("\n"))
}

/// The checks as they stand now are kept with the approval: what was seen, not what was filed.
async fn approve(
    tx: &mut Tx,
    actor: &Actor,
    claim: &Claim,
    disallowed: &[Disallowed],
    now: DateTime<Utc>,
) -> Outcome<Approved> {
    agreements::check_claimable(tx, claim.agreement_id, claim.submitted_at).await?;
    let (_, invoice, ground) = standing(tx, actor, claim, now).await?;
    let checks = matching::checks(&invoice, &ground);
    let failing =
        checks.iter().find(|check| check.result != rules::CheckResult::Met && matching::BLOCKING.contains(&check.rule));
    if let Some(check) = failing {
        let name = actor.lang.code_word("claim-check", check.rule);
        return Err(Refusal::conflict("claims-refusal-check-fails").with("check", name).into());
    }
    applications::require(tx, actor, claim.application_id, Stage::Claim, now).await?;
    if disallowed.iter().any(|line| line.position < 1 || line.position > invoice.lines.len() as i64) {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let candidates = store::candidates(tx, claim.id).await?;
    if let Some(other) = candidates.iter().find(|candidate| candidate.must_be_cleared()) {
        return Err(Refusal::conflict("claims-refusal-candidate").with("number", &other.other_number).into());
    }
    let approved = lines::approved(&invoice, &ground, disallowed)?;
    audit::take(tx, actor, claim.application_id.0, Act::ClaimApproved, now).await?;
    store::insert_checks(tx, claim.id, claim.version + 1, &checks, now).await?;
    let unmet: Vec<&str> =
        checks.iter().filter(|check| check.result != rules::CheckResult::Met).map(|check| check.rule).collect();
    store::insert_decisions(tx, (claim.id, claim.version + 1), invoice.lines.len(), disallowed, (actor.id, now))
        .await?;
    store::note_approved(tx, claim.id, approved).await?;
    if approved.support.is_positive() {
        let case = money_case(tx, claim).await?;
        // A reopened claim is held again later: each approval is an event of its own.
        ledger::hold(tx, actor, &case, crate::core::ids::new_uuid(), approved.support, now).await?;
        agreements::note_drawn(tx, actor, claim.agreement_id, now).await?;
    }
    let record = Record::new("claim", claim.id, "claim_approved")
        .of_case(claim.application_id)
        .with("support_won", approved.support)
        .with("supply_won", approved.supply)
        .with("lines_disallowed", disallowed.len())
        .with("checks_met", checks.len() - unmet.len())
        .with("checks_not_met", if unmet.is_empty() { "0".to_owned() } else { unmet.join(", ") });
    audit::record(tx, actor, record, now).await?;
    Ok(approved)
}
