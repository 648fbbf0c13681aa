//! The timer, and what a recovery owes when.

use super::{
    receiving::{reckon, settle},
    *,
};

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
