//! Awards: the budget of a call, and what is committed out of it and out of every cap at once.

use super::{post, post_once, short};
use crate::{
    core::{
        actor::Actor,
        money::Won,
        refusal::{Outcome, Refusal},
    },
    db::Tx,
    ledger::{
        rules::{Account, AccountKind, Cap, CapSubject, CapWindow, Case, Posting, merged, rolling_since},
        store,
    },
    organisations::{self, OrganisationId},
};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Appropriates the budget of a call.
pub async fn appropriate(tx: &mut Tx, actor: &Actor, call: Uuid, amount: Won, now: DateTime<Utc>) -> Outcome<()> {
    let outside = Account { kind: AccountKind::Outside, owner: call, scope: call };
    let budget = Account { kind: AccountKind::Budget, owner: call, scope: call };
    post(tx, actor, Posting::between("appropriate", call, format!("appropriate:{call}"), outside, budget, amount), now)
        .await
}

/// Commits `amount` to a selected application: out of the call's budget and out of every cap at once.
/// The limit of a cap is what `caps` says now: an account that was opened with another is brought to it first.
/// Refused while the firm is excluded (domain: invariants 16).
pub async fn commit(
    tx: &mut Tx,
    actor: &Actor,
    case: &Case,
    caps: &[Cap],
    amount: Won,
    event: Uuid,
    now: DateTime<Utc>,
) -> Outcome<()> {
    organisations::check_not_excluded(tx, OrganisationId(case.organisation), now).await?;
    let caps = merged(caps);
    for cap in caps.iter().filter(|cap| cap.is_of_group()) {
        let members = organisations::lock_peers(tx, OrganisationId(cap.firm)).await?;
        if !cap.fits(store::held_by(tx, &members, cap, now).await?, amount) {
            return Err(over(actor, cap, amount).into());
        }
    }
    let held = hold_accounts(tx, case, &caps, now).await?;
    let budget = case.account(AccountKind::Budget);
    let committed = case.account(AccountKind::Committed);
    let mut posting =
        Posting::between("commit", case.application, format!("commit:{event}"), budget, committed, amount);
    posting = draw_caps(tx, actor, case, (&caps, &held), posting, amount, event, now).await?;
    post(tx, actor, posting, now).await
}

/// Adds to `posting` what takes `amount` out of every cap; a cap whose limit changed is brought to it first.
#[allow(clippy::too_many_arguments)]
async fn draw_caps(
    tx: &mut Tx,
    actor: &Actor,
    case: &Case,
    (caps, held): (&[Cap], &BTreeMap<Account, Won>),
    mut posting: Posting,
    amount: Won,
    event: Uuid,
    now: DateTime<Utc>,
) -> Outcome<Posting> {
    for cap in caps.iter().filter(|cap| !cap.is_of_group()) {
        if cap.window == CapWindow::Rolling {
            let (source, used) = cap.rolling();
            if !cap.fits(store::rolled(tx, used, rolling_since(now)).await?, amount) {
                return Err(over(actor, cap, amount).into());
            }
            posting = posting.and(source, used, amount);
            continue;
        }
        let limits = [(cap.won(), cap.most_won, amount), (cap.count(), cap.most_count.map(Won), Won(1))];
        for (meter, most, wanted) in limits {
            let Some(most) = most else { continue };
            let of = |account: &Account| held.get(account).copied().unwrap_or(Won::ZERO);
            let more = most.minus(of(&meter.left).plus(of(&meter.used)));
            if of(&meter.left).plus(more) < wanted {
                return Err(over(actor, cap, amount).into());
            }
            if more != Won::ZERO {
                let reference = format!("cap:{}:{}:{}:{event}", meter.left.kind, cap.scope, cap.owner);
                let opened = Posting::between("open_cap", case.application, reference, meter.source, meter.left, more);
                post_once(tx, actor, opened, now).await?;
            }
            posting = posting.and(meter.left, meter.used, wanted);
        }
    }
    Ok(posting)
}

/// Another firm or vendor takes a case over: what the case still has counts against its own among `caps` from now on,
/// and no longer against those of `from`. What is paid stays with the one that had it.
pub async fn carry_over(
    tx: &mut Tx,
    actor: &Actor,
    case: &Case,
    (subject, from): (CapSubject, Uuid),
    caps: &[Cap],
    event: Uuid,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let caps: Vec<Cap> = merged(caps).into_iter().filter(|cap| cap.subject == subject).collect();
    let from = match subject {
        CapSubject::Vendor => Cap::vendor_owner(from),
        _ => from,
    };
    let held = hold_accounts(tx, case, &caps, now).await?;
    let mut amount = Won::ZERO;
    for kind in [AccountKind::Committed, AccountKind::Voucher, AccountKind::Held, AccountKind::Payable] {
        amount = amount.plus(store::balance(tx, case.account(kind)).await?);
    }
    let reference = format!("carry_over:{event}");
    let mut posting = Posting { kind: "carry_over", case: case.application, reference, entries: Vec::new(), on: None };
    for used in store::cap_uses(tx, case.application).await?.into_iter().filter(|used| used.owner_id == from) {
        let back = if used.kind == AccountKind::CountUsed { used.amount } else { amount.min(used.amount) };
        posting = posting.and(used.account(), used.back(), back);
    }
    if amount.is_positive() {
        posting = draw_caps(tx, actor, case, (&caps, &held), posting, amount, event, now).await?;
    }
    if posting.entries.is_empty() {
        return Ok(());
    }
    post(tx, actor, posting, now).await
}

/// Holds the budget and every account of the caps, in the one order of locks, and reads their balances.
async fn hold_accounts(
    tx: &mut Tx,
    case: &Case,
    caps: &[Cap],
    now: DateTime<Utc>,
) -> sqlx::Result<BTreeMap<Account, Won>> {
    let mut held: BTreeMap<Account, Won> =
        caps.iter().flat_map(Cap::accounts).map(|account| (account, Won::ZERO)).collect();
    held.insert(case.account(AccountKind::Budget), Won::ZERO);
    for (account, balance) in &mut held {
        let id = store::account(tx, *account, now).await?;
        *balance = store::lock(tx, id).await?;
    }
    Ok(held)
}

fn over(actor: &Actor, cap: &Cap, wanted: Won) -> Refusal {
    match (cap.subject, cap.window) {
        (CapSubject::Firm, CapWindow::Year) => short(AccountKind::CapLeft, wanted),
        (CapSubject::Vendor, _) => Refusal::conflict("ledger-refusal-vendor-short").with("wanted", wanted),
        (CapSubject::Track, _) => Refusal::conflict("ledger-refusal-quota-short").with("wanted", wanted),
        (CapSubject::Region, _) => Refusal::conflict("ledger-refusal-region-short").with("wanted", wanted),
        (CapSubject::Sector, _) => Refusal::conflict("ledger-refusal-sector-short").with("wanted", wanted),
        (subject, window) => Refusal::conflict("ledger-refusal-rule-short")
            .with("subject", actor.lang.code_word("cap-subject", subject.as_str()))
            .with("window", actor.lang.code_word("cap-window", window.as_str()))
            .with("wanted", wanted),
    }
}

/// Gives everything an application still has free back to the call's budget and to every cap it used:
/// what is committed and what is left on its voucher. Answers how much that was.
/// An award counts until nothing of it is left anywhere: what was paid was had.
pub async fn release(tx: &mut Tx, actor: &Actor, case: &Case, event: Uuid, now: DateTime<Utc>) -> Outcome<Won> {
    release_up_to(tx, actor, case, None, event, now).await
}

/// As `release`, exactly `amount` of what is free: an agreement that is to cost less.
pub async fn release_part(
    tx: &mut Tx,
    actor: &Actor,
    case: &Case,
    amount: Won,
    event: Uuid,
    now: DateTime<Utc>,
) -> Outcome<()> {
    if release_up_to(tx, actor, case, Some(amount), event, now).await? != amount {
        return Err(short(AccountKind::Voucher, amount).into());
    }
    Ok(())
}

async fn release_up_to(
    tx: &mut Tx,
    actor: &Actor,
    case: &Case,
    most: Option<Won>,
    event: Uuid,
    now: DateTime<Utc>,
) -> Outcome<Won> {
    let mut total = Won::ZERO;
    let mut kept = Won::ZERO;
    let reference = format!("release:{event}");
    let mut posting = Posting { kind: "release", case: case.application, reference, entries: Vec::new(), on: None };
    for kind in [AccountKind::Committed, AccountKind::Voucher] {
        let free = store::balance(tx, case.account(kind)).await?;
        let amount = most.map_or(free, |most| free.min(most.minus(total)));
        if amount.is_positive() {
            posting = posting.and(case.account(kind), case.account(AccountKind::Budget), amount);
            total = total.plus(amount);
        }
        kept = kept.plus(free.minus(amount));
    }
    if !total.is_positive() {
        return Ok(total);
    }
    for kind in [AccountKind::Held, AccountKind::Payable, AccountKind::Paid] {
        kept = kept.plus(store::balance(tx, case.account(kind)).await?);
    }
    for used in store::cap_uses(tx, case.application).await? {
        let amount = match used.kind {
            AccountKind::CountUsed if kept.is_positive() => continue,
            AccountKind::CountUsed => used.amount,
            _ => total,
        };
        posting = posting.and(used.account(), used.back(), amount);
    }
    post(tx, actor, posting, now).await?;
    Ok(total)
}
