//! The clauses change like the rules of a published call: edits are gathered in one change, and somebody who did not
//! make it adopts it. Agreements keep the version that they were made from.

use crate::{
    agreements::{
        ClauseChangeId,
        forms::ClauseEdit,
        rules::{self, CLAUSES_MAX, ClauseChangeState},
        store::{self, ClauseChange},
    },
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        step::step,
    },
    db::{Tx, once::Once},
};
use chrono::{DateTime, Utc};

fn changed_meanwhile() -> Refusal {
    Refusal::unacceptable("refusal-changed-meanwhile")
}

/// Edits the change that is under way (`version` is that of it, 0 when there was none), or begins one.
pub async fn edit_clause(app: &App, actor: &Actor, version: i64, edit: ClauseEdit, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "agreements.clause", now).await?.is_some() {
        return Ok(());
    }
    let open = store::open_clause_change(&mut tx).await?;
    if open.as_ref().map_or(0, |change| change.version) != version {
        return Err(changed_meanwhile().into());
    }
    if open.as_ref().is_some_and(|change| change.state != ClauseChangeState::Preparing) {
        return Err(Refusal::conflict("agreements-refusal-clauses-wait").into());
    }
    let latest = store::latest_clauses(&mut tx).await?;
    let mut clauses = open.as_ref().map_or(latest.clauses.0, |change| change.clauses.0.clone());
    let code = match edit {
        ClauseEdit::Put(clause) => {
            let code = clause.code.clone();
            match clauses.iter().position(|known| known.code == clause.code) {
                Some(place) => clauses[place] = clause,
                None if clauses.len() >= CLAUSES_MAX => {
                    return Err(Refusal::unacceptable("agreements-refusal-clauses-many").into());
                }
                None => clauses.push(clause),
            }
            code
        }
        ClauseEdit::TakeOut(code) => {
            clauses.retain(|known| known.code != code);
            code
        }
    };
    if clauses.is_empty() {
        return Err(Refusal::unacceptable("agreements-refusal-clauses-none").into());
    }
    let id = open.as_ref().map_or_else(ClauseChangeId::new, |change| change.id);
    let stored = match &open {
        Some(change) => store::set_clauses(&mut tx, id, change.version, &clauses, actor.id).await?,
        None => store::insert_clause_change(&mut tx, id, latest.version, &clauses, actor.id, now).await?,
    };
    if !stored {
        return Err(changed_meanwhile().into());
    }
    store::lend_hand(&mut tx, id, actor.id).await?;
    record(&mut tx, actor, "clause_edited", &[("clause", code)], now).await?;
    tx.commit().await?;
    Ok(())
}

/// Sends the change to a second person, with the reason for it.
pub async fn propose_clauses(app: &App, actor: &Actor, version: i64, reason: &str, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "agreements.propose_clauses", now).await?.is_some() {
        return Ok(());
    }
    let change = looked_at(&mut tx, version).await?;
    move_on(&mut tx, actor, &change, "propose", reason, now).await?;
    store::lend_hand(&mut tx, change.id, actor.id).await?;
    record(&mut tx, actor, "clauses_proposed", &[("reason", reason.to_owned())], now).await?;
    tx.commit().await?;
    Ok(())
}

/// Adopts the change as the next version, or refuses it with a note. Whoever had a hand in it does not decide.
pub async fn decide_clauses(app: &App, actor: &Actor, version: i64, note: Option<&str>, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "agreements.decide_clauses", now).await?.is_some() {
        return Ok(());
    }
    let change = looked_at(&mut tx, version).await?;
    if store::had_hand(&mut tx, change.id, actor.id).await? {
        return Err(Refusal::forbidden("agreements-refusal-own-clauses").into());
    }
    match note {
        Some(note) => {
            move_on(&mut tx, actor, &change, "refuse", note, now).await?;
            record(&mut tx, actor, "clauses_refused", &[("note", note.to_owned())], now).await?;
        }
        None => {
            move_on(&mut tx, actor, &change, "adopt", "", now).await?;
            let next = change.base_version + 1;
            if !store::insert_clauses(&mut tx, next, &change.clauses.0, change.made_by, actor.id, now).await? {
                return Err(changed_meanwhile().into());
            }
            record(&mut tx, actor, "clauses_adopted", &[("version", next.to_string())], now).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Gives the change up.
pub async fn drop_clauses(app: &App, actor: &Actor, version: i64, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "agreements.drop_clauses", now).await?.is_some() {
        return Ok(());
    }
    let change = looked_at(&mut tx, version).await?;
    move_on(&mut tx, actor, &change, "drop", "", now).await?;
    record(&mut tx, actor, "clauses_dropped", &[], now).await?;
    tx.commit().await?;
    Ok(())
}

async fn looked_at(tx: &mut Tx, version: i64) -> Outcome<ClauseChange> {
    let change = store::open_clause_change(tx).await?.ok_or_else(|| Refusal::conflict("refusal-state-moved-on"))?;
    if change.version != version {
        return Err(changed_meanwhile().into());
    }
    Ok(change)
}

async fn move_on(
    tx: &mut Tx,
    actor: &Actor,
    change: &ClauseChange,
    name: &str,
    note: &str,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let step = step(rules::CLAUSE_STEPS, name, change.state)?;
    if !store::move_clause_change(tx, change, step.to, note, actor.id, now).await? {
        return Err(changed_meanwhile().into());
    }
    Ok(())
}

/// All clauses have one history, under an id of its own.
async fn record(
    tx: &mut Tx,
    actor: &Actor,
    kind: &'static str,
    values: &[(&str, String)],
    now: DateTime<Utc>,
) -> sqlx::Result<()> {
    let record = Record::new("clauses", CLAUSES, kind);
    let record = values.iter().fold(record, |record, (name, value)| record.with(name, value));
    audit::record(tx, actor, record, now).await
}

/// What the history of the clauses is about.
pub const CLAUSES: uuid::Uuid = uuid::uuid!("c1a05e50-0000-4000-8000-000000000001");
