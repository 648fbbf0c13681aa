//! A call changes: edits are gathered in one change, its difference is looked at, and it is adopted. Once the call is
//! published somebody who had no hand in it must approve. What was decided under earlier versions keeps them.

use crate::{
    app::App,
    audit::{self, Record},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal},
        step::step,
    },
    db::{Tx, once::Once},
    programmes::{
        CallId, ChangeId,
        rules::{self, CHANGE_STEPS, CallRules, CallState, ChangeKind, ChangeState, Item, RuleValue},
        store::{
            self, Call,
            changes::{self, Change, New},
        },
    },
};
use anyhow::Context;
use chrono::{DateTime, Utc};

/// What an edit was made from: the version of the call's rules, and that of the change under way (0: none yet).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Basis {
    pub call: i64,
    pub change: i64,
}

impl std::fmt::Display for Basis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.call, self.change)
    }
}

impl std::str::FromStr for Basis {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Basis, Refusal> {
        let number = |text: &str| text.parse().map_err(|_| Refusal::unacceptable("refusal-form-malformed"));
        let (call, change) = text.split_once('.').unwrap_or((text, ""));
        Ok(Basis { call: number(call)?, change: number(change)? })
    }
}

/// A call, its rules as the next edit finds them, and what that edit is made from.
pub async fn at_hand(tx: &mut Tx, id: CallId) -> Outcome<(Call, CallRules, Basis, Option<Change>)> {
    let call = store::find_call(tx, id).await?.ok_or_else(Refusal::not_found)?;
    let open = changes::open(tx, id, ChangeKind::Rules).await?;
    let rules = match open.as_ref().and_then(|change| change.rules.clone()) {
        Some(rules) => rules.0,
        None => store::rules_at(tx, id, call.version).await?,
    };
    let basis = Basis { call: call.version, change: open.as_ref().map_or(0, |change| change.version) };
    Ok((call, rules, basis, open))
}

fn changed_meanwhile() -> Refusal {
    Refusal::unacceptable("refusal-changed-meanwhile")
}

/// Edits the rules in the change that is under way, or begins one. Nothing applies before the change is adopted.
pub async fn edit_rules(
    app: &App,
    actor: &Actor,
    call: CallId,
    basis: Basis,
    edit: impl FnOnce(&mut CallRules) -> Result<(), Refusal>,
    once: Once,
) -> Outcome<ChangeId> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "programmes.edit_rules", now).await? {
        return Ok(first.parse().context("the first result of an edit")?);
    }
    let call = store::find_call(&mut tx, call).await?.ok_or_else(Refusal::not_found)?;
    if call.state == CallState::Cancelled {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let open = changes::open(&mut tx, call.id, ChangeKind::Rules).await?;
    let present = Basis { call: call.version, change: open.as_ref().map_or(0, |change| change.version) };
    if basis != present {
        return Err(changed_meanwhile().into());
    }
    let before = match &open {
        Some(change) if change.state != ChangeState::Preparing => {
            return Err(Refusal::conflict("programmes-refusal-change-waits").into());
        }
        Some(change) => change.rules.clone().context("a change of rules without rules")?.0,
        None => store::rules_at(&mut tx, call.id, call.version).await?,
    };
    let mut after = before.clone();
    edit(&mut after)?;
    after.check(store::get_programme(&mut tx, call.programme_id).await?.firm_cap_won)?;
    if after == before {
        return Err(Refusal::unacceptable("programmes-refusal-nothing-changed").into());
    }
    let id = match open {
        Some(change) => {
            if !changes::set_rules(&mut tx, change.id, change.version, &after).await? {
                return Err(changed_meanwhile().into());
            }
            change.id
        }
        None => {
            let id = ChangeId::new();
            let from = (call.id, call.version);
            if !changes::insert(&mut tx, id, from, New::Rules(&after), ChangeState::Preparing, actor.id, now).await? {
                return Err(changed_meanwhile().into());
            }
            id
        }
    };
    changes::lend_hand(&mut tx, id.0, actor.id).await?;
    let record = told(Record::new("call", call.id, "rules_edited"), &before, &after);
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Proposes a later closing for the whole call, with the incident that made it needed. It only ever gives more time,
/// and never time that is over already (domain: invariant 13).
pub async fn extend(
    app: &App,
    actor: &Actor,
    call: CallId,
    closes_at: DateTime<Utc>,
    reason: &str,
    once: Once,
) -> Outcome<ChangeId> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if let Some(first) = tx.seen(once, actor.id, "programmes.extend", now).await? {
        return Ok(first.parse().context("the first result of an extension")?);
    }
    let call = store::find_call(&mut tx, call).await?.ok_or_else(Refusal::not_found)?;
    if call.state != CallState::Published {
        return Err(Refusal::conflict("programmes-refusal-extend-published").into());
    }
    if closes_at <= call.closes_at || closes_at <= now {
        return Err(Refusal::unacceptable("programmes-refusal-not-later").at("closes_on").into());
    }
    let id = ChangeId::new();
    let new = New::Extension { before: call.closes_at, after: closes_at, reason };
    if !changes::insert(&mut tx, id, (call.id, call.version), new, ChangeState::Proposed, actor.id, now).await? {
        return Err(Refusal::conflict("programmes-refusal-change-waits").into());
    }
    changes::lend_hand(&mut tx, id.0, actor.id).await?;
    let record = Record::new("call", call.id, "extension_proposed")
        .with("closes_at", closes_at.to_rfc3339())
        .with("reason", reason);
    audit::record(&mut tx, actor, record, now).await?;
    tx.remember(once, id).await?;
    tx.commit().await?;
    Ok(id)
}

/// Sends a change of a published call to a second person, with the reason for it.
pub async fn propose(
    app: &App,
    actor: &Actor,
    call: CallId,
    id: ChangeId,
    version: i64,
    reason: &str,
    once: Once,
) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "programmes.propose", now).await?.is_some() {
        return Ok(());
    }
    let (found, change) = looked_at(&mut tx, call, id, version).await?;
    if found.state != CallState::Published {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    move_on(&mut tx, &change, "propose").await?;
    changes::set_reason(&mut tx, id, reason).await?;
    changes::lend_hand(&mut tx, id.0, actor.id).await?;
    let record = Record::new("call", call, "change_proposed").with("reason", reason);
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}

/// What is decided about a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Whoever prepares a draft adopts its change.
    AdoptDraft,
    /// A second person approves the change of a published call.
    Approve,
    Refuse(String),
}

/// Decides about a change as it was looked at; the person proved within ten minutes who they are.
pub async fn decide(
    app: &App,
    actor: &Actor,
    call: CallId,
    id: ChangeId,
    version: i64,
    decision: Decision,
    once: Once,
) -> Outcome<()> {
    let now = app.clock.now();
    actor.freshly_proven(now)?;
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "programmes.decide", now).await?.is_some() {
        return Ok(());
    }
    let (found, change) = looked_at(&mut tx, call, id, version).await?;
    let (name, note) = match &decision {
        Decision::AdoptDraft => ("adopt_draft", ""),
        Decision::Approve => ("approve", ""),
        Decision::Refuse(note) => ("refuse", note.as_str()),
    };
    let fitting = if decision == Decision::AdoptDraft { CallState::Draft } else { CallState::Published };
    if found.state != fitting {
        return Err(Refusal::conflict("refusal-state-moved-on").into());
    }
    let step = move_on(&mut tx, &change, name).await?;
    if !step.by.iter().any(|role| actor.is(*role)) {
        return Err(Refusal::not_found().into());
    }
    if decision == Decision::Approve && changes::had_hand(&mut tx, id.0, actor.id).await? {
        return Err(Refusal::forbidden("programmes-refusal-own-change").into());
    }
    changes::set_decided(&mut tx, id, actor.id, note, now).await?;
    if step.to == ChangeState::Adopted {
        match change.kind {
            ChangeKind::Rules => adopt_rules(&mut tx, actor, &found, &change, now).await?,
            ChangeKind::Extension => adopt_extension(&mut tx, actor, &change, now).await?,
        }
    } else {
        let record = Record::new("call", call, "change_refused").with("note", note);
        audit::record(&mut tx, actor, record, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn adopt_rules(tx: &mut Tx, actor: &Actor, call: &Call, change: &Change, now: DateTime<Utc>) -> Outcome<()> {
    let after = change.rules.clone().context("a change of rules without rules")?.0;
    if !store::next_version(tx, call.id, change.base_version).await? {
        return Err(changed_meanwhile().into());
    }
    let before = store::rules_at(tx, call.id, change.base_version).await?;
    after.check(store::get_programme(tx, call.programme_id).await?.firm_cap_won)?;
    if rules::differences(&before, &after).is_empty() {
        return Err(Refusal::unacceptable("programmes-refusal-nothing-changed").into());
    }
    let next = change.base_version + 1;
    store::insert_version(tx, call.id, next, &after, Some(change.made_by), now).await?;
    let record = Record::new("call", call.id, "rules_changed").with("version", next);
    audit::record(tx, actor, told(record, &before, &after), now).await?;
    Ok(())
}

async fn adopt_extension(tx: &mut Tx, actor: &Actor, change: &Change, now: DateTime<Utc>) -> Outcome<()> {
    let (before, after) = change.closed_before.zip(change.closes_at).context("an extension without a closing")?;
    if after <= now {
        return Err(Refusal::conflict("programmes-refusal-not-later").into());
    }
    if !changes::extend(tx, change.call_id, before, after).await? {
        return Err(changed_meanwhile().into());
    }
    let record = Record::new("call", change.call_id, "call_extended")
        .with("from", before.to_rfc3339())
        .with("closes_at", after.to_rfc3339())
        .with("reason", &change.reason);
    audit::record(tx, actor, record, now).await?;
    Ok(())
}

/// Gives a change up.
pub async fn drop_change(
    app: &App,
    actor: &Actor,
    call: CallId,
    id: ChangeId,
    version: i64,
    once: Once,
) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "programmes.drop_change", now).await?.is_some() {
        return Ok(());
    }
    let (_, change) = looked_at(&mut tx, call, id, version).await?;
    move_on(&mut tx, &change, "drop").await?;
    audit::record(&mut tx, actor, Record::new("call", call, "change_dropped"), now).await?;
    tx.commit().await?;
    Ok(())
}

/// The call and its change, if the change still is what the reader saw.
async fn looked_at(tx: &mut Tx, call: CallId, id: ChangeId, version: i64) -> Outcome<(Call, Change)> {
    let found = store::find_call(tx, call).await?.ok_or_else(Refusal::not_found)?;
    let change = changes::find(tx, call, id).await?.ok_or_else(Refusal::not_found)?;
    if change.version != version {
        return Err(changed_meanwhile().into());
    }
    Ok((found, change))
}

async fn move_on(tx: &mut Tx, change: &Change, name: &str) -> Outcome<&'static crate::core::step::Step<ChangeState>> {
    let step = step(CHANGE_STEPS, name, change.state)?;
    if !changes::set_state(tx, change.id, change.version, step.from, step.to).await? {
        return Err(changed_meanwhile().into());
    }
    Ok(step)
}

/// The differences as the history keeps them.
fn told(mut record: Record, before: &CallRules, after: &CallRules) -> Record {
    for difference in rules::differences(before, after) {
        let name = match recorded_item(&difference.item) {
            None => difference.field.to_owned(),
            Some(item) => format!("{}: {item}", difference.field),
        };
        record = record.with(&name, format!("{} → {}", recorded(&difference.from), recorded(&difference.to)));
    }
    record
}

fn recorded_item(item: &Item) -> Option<String> {
    Some(match item {
        Item::None => return None,
        Item::Named(name, _) => name.clone(),
        Item::Category(category) => category.to_string(),
        Item::Class(class) => class.to_string(),
        Item::Vat(vat) => vat.to_string(),
        Item::Cap(subject, window) => format!("{subject}, {window}"),
        Item::InTrack(name, _, inner) => match recorded_item(inner) {
            Some(inner) => format!("{name}, {inner}"),
            None => name.clone(),
        },
    })
}

fn recorded(value: &RuleValue) -> String {
    match value {
        RuleValue::Absent => "-".to_owned(),
        RuleValue::Won(won) => won.to_string(),
        RuleValue::Share(share) => share.to_string(),
        RuleValue::Number(number)
        | RuleValue::Megabytes(number)
        | RuleValue::Days(number)
        | RuleValue::Months(number) => number.to_string(),
        RuleValue::Hours(times) | RuleValue::ManyDays(times) => {
            times.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
        }
        RuleValue::Waves(waves) => waves.iter().map(|wave| wave.as_str()).collect::<Vec<_>>().join(", "),
        RuleValue::Yes(yes) => yes.to_string(),
        RuleValue::Selection(mode) => mode.to_string(),
        RuleValue::Allowed(allowed) => allowed.to_string(),
        RuleValue::Words(words) => words.clone(),
    }
}
