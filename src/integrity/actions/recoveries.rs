//! Recoveries: notice, objection, the order of another person, what comes in, instalments, write-off by two people.
//! The ledger says what is owed; a row says how far interest is reckoned.

use crate::{
    app::App,
    applications,
    audit::{self, Record},
    core::{
        actor::Actor,
        calendar::{ZONE, local_date},
        lang::Lang,
        money::Won,
        refusal::{Outcome, Refusal},
        roles::Role,
        step::step,
    },
    db::{Tx, once::Once, series::Series},
    integrity::{
        RecoveryId,
        forms::recoveries::NewRecovery,
        rules::recoveries::{
            DUE_DAYS, DebtorRole, RECOVERY_STEPS, REMIND_DAYS, RecoveryState, allocate, check_order, instalments,
            interest, next_due, object_until, overdue, surcharge,
        },
        store::recoveries::{self as store, Receipt, Recovery},
    },
    ledger::{self, Debt},
    organisations::{self, Exclusion, ExclusionCause},
    outbox::{self, Mail},
    people,
};
use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use uuid::Uuid;

fn moved_on() -> Refusal {
    Refusal::conflict("refusal-state-moved-on")
}

fn debt(recovery: &Recovery) -> Debt {
    Debt { recovery: recovery.id.0, debtor: recovery.debtor_id.0, application: recovery.application_id.0 }
}

/// Tells whoever acts for the debtor.
async fn tell(
    tx: &mut Tx,
    recovery: &Recovery,
    make: impl Fn(String, Lang) -> Mail,
    event: &str,
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let role = match recovery.debtor_role {
        DebtorRole::Firm => Role::Firm,
        DebtorRole::Vendor => Role::Vendor,
    };
    for (to, lang) in people::mail_contacts(tx, recovery.debtor_id.0, role).await? {
        let mail = make(to, lang).with("number", &recovery.number).link(format!("/recoveries/{}", recovery.id));
        outbox::mail(tx, mail, &format!("{event}:{}", recovery.id), Some(recovery.id.0), now).await?;
    }
    Ok(())
}

/// Announces that money is to be claimed back: at most what was paid on the case and is not claimed back yet.
pub async fn notice(app: &App, actor: &Actor, new: NewRecovery, once: Once) -> Outcome<RecoveryId> {
    let now = app.clock.now();
    let today = local_date(now, ZONE);
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "integrity.notice_recovery", now).await? {
        return Ok(first.parse().map_err(|_| moved_on())?);
    }
    if !actor.is_any(&[Role::Manager, Role::ClaimsOfficer]) {
        return Err(Refusal::not_found().into());
    }
    applications::lock(&mut tx, new.application).await?;
    let case = store::paid_case(&mut tx, new.application).await?.ok_or_else(Refusal::not_found)?;
    if new.principal > case.claimable() {
        let refusal = Refusal::unacceptable("recovery-refusal-more-than-paid").at("principal_won");
        return Err(refusal.with("most", case.claimable()).into());
    }
    if new.interest_from > object_until(today) {
        return Err(Refusal::unacceptable("recovery-refusal-interest-from").at("interest_from").into());
    }
    let awaiting = match new.amendment {
        Some(id) => Some(store::awaiting_one(&mut tx, id).await?.ok_or_else(moved_on)?),
        None => None,
    };
    if awaiting.as_ref().is_some_and(|awaiting| awaiting.application_id != new.application) {
        return Err(Refusal::not_found().into());
    }
    let (debtor_id, debtor_name) = match new.debtor {
        DebtorRole::Firm => (case.firm_id, case.firm_name),
        DebtorRole::Vendor => case
            .vendor_id
            .zip(case.vendor_name)
            .ok_or_else(|| Refusal::unacceptable("recovery-refusal-no-vendor").at("debtor"))?,
    };
    let times = store::surcharge_times(&mut tx, new.cause, today).await?;
    let surcharge_won =
        surcharge(new.principal, times).ok_or_else(|| anyhow::anyhow!("a surcharge beyond any amount"))?;
    let number = tx.next_number(Series::Recovery).await?;
    let recovery = Recovery {
        id: RecoveryId::new(),
        number: format!("RC{}-{number:05}", today.year()),
        application_id: new.application,
        receipt_no: case.receipt_no,
        debtor_id,
        debtor_name,
        debtor_role: new.debtor,
        cause: new.cause,
        reason: new.reason,
        legal_basis: new.legal_basis,
        paid_won: case.paid_won,
        principal_won: new.principal,
        surcharge_won,
        interest_from: new.interest_from,
        state: RecoveryState::Noticed,
        noticed_by: actor.id,
        object_until: object_until(today),
        objection: None,
        answer: None,
        due_on: None,
        planned_at: None,
        principal_open_won: new.principal,
        surcharge_open_won: surcharge_won,
        interest_open_won: Won::ZERO,
        interest_until: new.interest_from.pred_opt().unwrap_or(new.interest_from),
        interest_rest: 0,
        write_off_asked_by: None,
        write_off_reason: None,
        state_since: now,
    };
    let claim = awaiting.map(|awaiting| awaiting.claim_id);
    store::insert(&mut tx, &recovery, claim, new.amendment).await?;
    let record = Record::new("recovery", recovery.id, "recovery_noticed")
        .with("number", &recovery.number)
        .with("organisation", &recovery.debtor_name)
        .with("recovery_cause", recovery.cause)
        .with("amount", recovery.principal_won)
        .with("note", &recovery.reason);
    audit::record(&mut tx, actor, record, now).await?;
    let until = recovery.object_until;
    tell(&mut tx, &recovery, |to, lang| Mail::new(to, lang, "recovery-noticed").with("until", until), "noticed", now)
        .await?;
    tx.remember(once, recovery.id).await?;
    tx.commit().await?;
    Ok(recovery.id)
}

/// The debtor objects, once, within the term.
pub async fn object(app: &App, actor: &Actor, id: RecoveryId, text: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "integrity.object_recovery", now).await?.is_some() {
        return Ok(());
    }
    let recovery = store::find_visible(&mut tx, actor, id).await?.ok_or_else(Refusal::not_found)?;
    if actor.organisation != Some(recovery.debtor_id.0) {
        return Err(Refusal::not_found().into());
    }
    step(RECOVERY_STEPS, "object", recovery.state)?;
    if local_date(now, ZONE) > recovery.object_until {
        return Err(Refusal::conflict("recovery-refusal-too-late").into());
    }
    if !store::object(&mut tx, id, actor.id, text, now).await? {
        return Err(moved_on().into());
    }
    audit::record(&mut tx, actor, Record::new("recovery", id, "recovery_objected").with("note", text), now).await?;
    tx.commit().await?;
    Ok(())
}

/// Somebody else than who gave notice orders the money back, after the term or the hearing, or revokes the notice.
pub async fn decide(app: &App, actor: &Actor, id: RecoveryId, name: &str, answer: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let today = local_date(now, ZONE);
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "integrity.decide_recovery", now).await?.is_some() {
        return Ok(());
    }
    let recovery = store::lock(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let step = step(RECOVERY_STEPS, name, recovery.state)?;
    if !actor.is_any(step.by) {
        return Err(Refusal::not_found().into());
    }
    let is_first = recovery.noticed_by == actor.id;
    let is_order = step.to == RecoveryState::Due;
    if is_order {
        check_order(recovery.state, recovery.object_until, today, is_first)?;
    } else if is_first {
        return Err(Refusal::forbidden("recovery-refusal-same-person").into());
    }
    let due_on = is_order.then(|| today.checked_add_days(Days::new(DUE_DAYS)).unwrap_or(NaiveDate::MAX));
    if !store::decide(&mut tx, id, step, actor.id, answer, due_on, now).await? {
        return Err(moved_on().into());
    }
    if is_order {
        let amount = recovery.principal_won.plus(recovery.surcharge_won);
        ledger::claim_back(&mut tx, actor, &debt(&recovery), amount, now).await?;
        let record = Record::new("recovery", id, "recovery_ordered").with("amount", amount).with("note", answer);
        audit::record(&mut tx, actor, record, now).await?;
        let due = due_on.map(|day| day.to_string()).unwrap_or_default();
        let make = |to, lang| Mail::new(to, lang, "recovery-ordered").with("amount", amount).with("due", &due);
        tell(&mut tx, &recovery, make, "ordered", now).await?;
    } else {
        audit::record(&mut tx, actor, Record::new("recovery", id, "recovery_revoked").with("note", answer), now)
            .await?;
        tell(&mut tx, &recovery, |to, lang| Mail::new(to, lang, "recovery-revoked"), "revoked", now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Reckons interest up to and including `day` and posts it; what was kept back from payments meanwhile is counted
/// before, on its own days.
async fn reckon(
    tx: &mut Tx,
    actor: &Actor,
    mut recovery: Recovery,
    day: NaiveDate,
    now: DateTime<Utc>,
) -> Outcome<Recovery> {
    for (reference, amount, on) in store::uncounted_offsets(tx, recovery.id).await? {
        recovery = accrue(tx, actor, recovery, on, now).await?;
        recovery = count(tx, recovery, "offset", &reference, amount, on, None, now).await?;
    }
    accrue(tx, actor, recovery, day, now).await
}

async fn accrue(
    tx: &mut Tx,
    actor: &Actor,
    mut recovery: Recovery,
    day: NaiveDate,
    now: DateTime<Utc>,
) -> Outcome<Recovery> {
    if day <= recovery.interest_until {
        return Ok(recovery);
    }
    let rates = store::rates(tx).await?;
    let (principal, until) = (recovery.principal_open_won, recovery.interest_until);
    let (won, rest) = interest(principal, &rates, until, day, recovery.interest_rest);
    if won.is_positive() {
        let event = crate::core::ids::new_uuid();
        ledger::accrue(tx, actor, &debt(&recovery), event, won, day, now).await?;
    }
    recovery.interest_open_won = recovery.interest_open_won.plus(won);
    (recovery.interest_until, recovery.interest_rest) = (day, rest);
    store::put_open(tx, recovery.id, &recovery.open(), day, rest).await?;
    Ok(recovery)
}

/// Counts an amount on the recovery's parts and keeps it as a receipt; refused when its reference was recorded before.
#[allow(clippy::too_many_arguments)]
async fn count(
    tx: &mut Tx,
    mut recovery: Recovery,
    kind: &str,
    reference: &str,
    amount: Won,
    on: NaiveDate,
    by: Option<Uuid>,
    now: DateTime<Utc>,
) -> Outcome<Recovery> {
    let parts = allocate(&recovery.open(), amount)?;
    let receipt = Receipt {
        id: crate::core::ids::new_uuid(),
        kind: kind.to_owned(),
        reference: reference.to_owned(),
        amount_won: amount,
        interest_won: parts.interest,
        principal_won: parts.principal,
        surcharge_won: parts.surcharge,
        received_on: on,
        recorded_at: now,
    };
    if !store::insert_receipt(tx, recovery.id, &receipt, by).await? {
        return Err(Refusal::conflict("recovery-refusal-recorded-already").at("reference").into());
    }
    let open = recovery.open().minus(&parts);
    recovery.interest_open_won = open.interest;
    recovery.principal_open_won = open.principal;
    recovery.surcharge_open_won = open.surcharge;
    store::put_open(tx, recovery.id, &open, recovery.interest_until, recovery.interest_rest).await?;
    Ok(recovery)
}

/// Ends a recovery of which nothing is open any more; its debtor is let in again.
async fn settle(tx: &mut Tx, actor: &Actor, recovery: &Recovery, now: DateTime<Utc>) -> Outcome<bool> {
    if recovery.open().total().is_positive() {
        return Ok(false);
    }
    if !store::end(tx, recovery.id, RecoveryState::Settled, None, now).await? {
        return Err(moved_on().into());
    }
    organisations::end_exclusion(tx, recovery.id.0, local_date(now, ZONE)).await?;
    audit::record(tx, actor, Record::new("recovery", recovery.id, "recovery_settled"), now).await?;
    tell(tx, recovery, |to, lang| Mail::new(to, lang, "recovery-settled"), "settled", now).await?;
    Ok(true)
}

fn only_due(recovery: &Recovery) -> Result<(), Refusal> {
    if recovery.state == RecoveryState::Due { Ok(()) } else { Err(moved_on()) }
}

/// A payer records a transfer that came in, once, on the day it came in.
pub async fn receive(
    app: &App,
    actor: &Actor,
    id: RecoveryId,
    amount: Won,
    reference: &str,
    on: NaiveDate,
    once: Once,
) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "integrity.receive", now).await?.is_some() {
        return Ok(());
    }
    if !actor.is(Role::Payer) {
        return Err(Refusal::not_found().into());
    }
    let recovery = store::lock(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    only_due(&recovery)?;
    if on > local_date(now, ZONE) {
        return Err(Refusal::unacceptable("recovery-refusal-in-future").at("received_on").into());
    }
    let recovery = reckon(&mut tx, actor, recovery, on, now).await?;
    let recovery = count(&mut tx, recovery, "transfer", reference, amount, on, Some(actor.id), now).await?;
    let event = crate::core::ids::new_uuid();
    ledger::receive(&mut tx, actor, &debt(&recovery), event, amount, on, now).await?;
    let record = Record::new("recovery", id, "recovery_received")
        .with("amount", amount)
        .with("received_on", on)
        .with("reference", reference);
    audit::record(&mut tx, actor, record, now).await?;
    settle(&mut tx, actor, &recovery, now).await?;
    tx.commit().await?;
    Ok(())
}

/// A manager agrees to instalments of what is open today.
pub async fn plan(
    app: &App,
    actor: &Actor,
    id: RecoveryId,
    parts: i64,
    first_on: NaiveDate,
    once: Once,
) -> Outcome<()> {
    let now = app.clock.now();
    let today = local_date(now, ZONE);
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "integrity.plan", now).await?.is_some() {
        return Ok(());
    }
    if !actor.is(Role::Manager) {
        return Err(Refusal::not_found().into());
    }
    let recovery = store::lock(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    only_due(&recovery)?;
    if first_on < today {
        return Err(Refusal::unacceptable("recovery-refusal-past").at("first_on").into());
    }
    let recovery = reckon(&mut tx, actor, recovery, today, now).await?;
    if settle(&mut tx, actor, &recovery, now).await? {
        tx.commit().await?;
        return Ok(());
    }
    let schedule = instalments(recovery.open().total(), parts, first_on);
    store::put_plan(&mut tx, id, &schedule, now).await?;
    organisations::end_exclusion(&mut tx, id.0, today).await?;
    let record = Record::new("recovery", id, "recovery_planned")
        .with("instalments", schedule.len())
        .with("amount", recovery.open().total());
    audit::record(&mut tx, actor, record, now).await?;
    tell(&mut tx, &recovery, |to, lang| Mail::new(to, lang, "recovery-planned"), &format!("planned:{now}"), now)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// The first of two people asks to give up what is open, and says why.
pub async fn ask_write_off(app: &App, actor: &Actor, id: RecoveryId, reason: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "integrity.ask_write_off", now).await?.is_some() {
        return Ok(());
    }
    if !actor.is_any(&[Role::Manager, Role::ClaimsOfficer]) {
        return Err(Refusal::not_found().into());
    }
    if !store::ask_write_off(&mut tx, id, actor.id, reason).await? {
        return Err(moved_on().into());
    }
    let record = Record::new("recovery", id, "write_off_asked").with("note", reason);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// The second person gives up what is open.
pub async fn write_off(app: &App, actor: &Actor, id: RecoveryId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let today = local_date(now, ZONE);
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "integrity.write_off", now).await?.is_some() {
        return Ok(());
    }
    let recovery = store::lock(&mut tx, id).await?.ok_or_else(Refusal::not_found)?;
    let step = step(RECOVERY_STEPS, "write_off", recovery.state)?;
    if !actor.is_any(step.by) {
        return Err(Refusal::not_found().into());
    }
    match recovery.write_off_asked_by {
        None => return Err(moved_on().into()),
        Some(first) if first == actor.id => return Err(Refusal::forbidden("recovery-refusal-same-person").into()),
        Some(_) => {}
    }
    let recovery = reckon(&mut tx, actor, recovery, today, now).await?;
    let amount = recovery.open().total();
    if settle(&mut tx, actor, &recovery, now).await? {
        tx.commit().await?;
        return Ok(());
    }
    ledger::write_off(&mut tx, actor, &debt(&recovery), amount, now).await?;
    if !store::end(&mut tx, id, step.to, Some(actor.id), now).await? {
        return Err(moved_on().into());
    }
    organisations::end_exclusion(&mut tx, id.0, today).await?;
    let record = Record::new("recovery", id, "recovery_written_off").with("amount", amount);
    audit::record(&mut tx, actor, record, now).await?;
    tell(&mut tx, &recovery, |to, lang| Mail::new(to, lang, "recovery-written-off"), "written-off", now).await?;
    tx.commit().await?;
    Ok(())
}

/// Recoveries looked at in one round of the timer.
const TURN_ROWS: i64 = 200;

/// Timer: counts what was kept back from payments, reminds of what falls due, keeps debtors out who are overdue and lets
/// those in again who are not. Answers how many recoveries it looked at.
pub async fn turn(app: &App) -> anyhow::Result<u64> {
    let now = app.clock.now();
    let today = local_date(now, ZONE);
    let (mut seen, mut after) = (0, RecoveryId(Uuid::nil()));
    loop {
        let mut tx = app.db.read().await?;
        let due = store::due_after(&mut tx, after, TURN_ROWS).await?;
        let Some(last) = due.last() else { return Ok(seen) };
        after = last.id;
        let mut waiting = Vec::new();
        for recovery in &due {
            seen += 1;
            if needs_turn(&mut tx, recovery, today).await? {
                waiting.push(recovery.id);
            }
        }
        drop(tx);
        for id in waiting {
            turn_one(app, id, today, now).await?;
        }
    }
}

/// Whether anything is to be written about a recovery today: asked before a unit of work is opened.
async fn needs_turn(tx: &mut Tx, recovery: &Recovery, today: NaiveDate) -> Outcome<bool> {
    if !store::uncounted_offsets(tx, recovery.id).await?.is_empty() {
        return Ok(true);
    }
    let standing = standing(tx, recovery, today).await?;
    let is_out = organisations::is_kept_out_by(tx, recovery.id.0).await?;
    let reminds = standing.next.is_some_and(|(day, _)| REMIND_DAYS.contains(&(day - today).num_days()));
    Ok(reminds || standing.overdue.is_positive() != is_out)
}

async fn turn_one(app: &App, id: RecoveryId, today: NaiveDate, now: DateTime<Utc>) -> Outcome<()> {
    let system = Actor::system();
    let mut tx = app.db.write().await?;
    let Some(mut recovery) = store::lock(&mut tx, id).await?.filter(|found| found.state == RecoveryState::Due) else {
        return Ok(());
    };
    if !store::uncounted_offsets(&mut tx, id).await?.is_empty() {
        let until = recovery.interest_until;
        recovery = reckon(&mut tx, &system, recovery, until, now).await?;
        audit::record(&mut tx, &system, Record::new("recovery", id, "recovery_offset"), now).await?;
    }
    if settle(&mut tx, &system, &recovery, now).await? {
        tx.commit().await?;
        return Ok(());
    }
    let standing = standing(&mut tx, &recovery, today).await?;
    if standing.overdue.is_positive() {
        let exclusion = Exclusion {
            id: id.0,
            organisation_id: recovery.debtor_id,
            cause: ExclusionCause::UnpaidRecovery,
            from_on: today,
            to_on: None,
        };
        if organisations::exclude(&mut tx, &exclusion).await? {
            audit::record(&mut tx, &system, Record::new("recovery", id, "recovery_overdue"), now).await?;
            let (amount, event) = (standing.overdue, format!("overdue:{today}"));
            let make = |to, lang| Mail::new(to, lang, "recovery-overdue").with("amount", amount);
            tell(&mut tx, &recovery, make, &event, now).await?;
        }
    } else {
        organisations::end_exclusion(&mut tx, id.0, today).await?;
    }
    if let Some((day, amount)) = standing.next.filter(|(day, _)| REMIND_DAYS.contains(&(*day - today).num_days())) {
        let make = |to, lang| Mail::new(to, lang, "recovery-due-soon").with("amount", amount).with("due", day);
        tell(&mut tx, &recovery, make, &format!("due:{day}:{today}"), now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// What a recovery owes when.
#[derive(Debug, Clone, Copy)]
pub(in crate::integrity) struct Standing {
    /// The next day on which something is to be paid, and how much.
    pub next: Option<(NaiveDate, Won)>,
    /// What should have come in before today.
    pub overdue: Won,
}

/// By its plan, or without one all of it on the day of the order.
pub(in crate::integrity) async fn standing(tx: &mut Tx, recovery: &Recovery, today: NaiveDate) -> Outcome<Standing> {
    let (plan, paid) = match (recovery.planned_at, recovery.due_on) {
        (Some(since), _) => {
            (store::instalments(tx, recovery.id).await?, store::received_since(tx, recovery.id, since).await?)
        }
        (None, Some(due_on)) => (vec![(due_on, recovery.open().total())], Won::ZERO),
        (None, None) => return Ok(Standing { next: None, overdue: Won::ZERO }),
    };
    Ok(Standing { next: next_due(&plan, paid), overdue: overdue(&plan, paid, today) })
}
