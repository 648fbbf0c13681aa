//! The only way to write the ledger. Each verb is one posting; a verb repeated for the same event is refused.

use super::{
    rules::{Account, AccountKind, Case, Posting},
    store,
};
use crate::{
    core::{
        actor::Actor,
        money::Won,
        refusal::{Outcome, Refusal},
    },
    db::Tx,
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Appropriates the budget of a call.
pub async fn appropriate(tx: &mut Tx, actor: &Actor, call: Uuid, amount: Won, now: DateTime<Utc>) -> Outcome<()> {
    let outside = Account { kind: AccountKind::Outside, owner: call, scope: call };
    let budget = Account { kind: AccountKind::Budget, owner: call, scope: call };
    post(tx, actor, Posting::between("appropriate", call, format!("appropriate:{call}"), outside, budget, amount), now)
        .await
}

/// Commits `amount` to a selected application: out of the call's budget and out of the firm's cap at once.
/// `cap` is the firm's cap in the programme; it is opened with the firm's first commitment.
pub async fn commit(
    tx: &mut Tx,
    actor: &Actor,
    case: &Case,
    cap: Won,
    amount: Won,
    event: Uuid,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let left = case.account(AccountKind::CapLeft);
    let opening = format!("cap:{}:{}", case.programme, case.organisation);
    let opened =
        Posting::between("open_cap", case.application, opening, case.account(AccountKind::CapSource), left, cap);
    post_once(tx, actor, opened, now).await?;
    let posting = Posting::between(
        "commit",
        case.application,
        format!("commit:{event}"),
        case.account(AccountKind::Budget),
        case.account(AccountKind::Committed),
        amount,
    );
    post(tx, actor, posting.and(left, case.account(AccountKind::CapUsed), amount), now).await
}

/// Gives everything an application still has free back to the call's budget and the firm's cap:
/// what is committed and what is left on its voucher. Answers how much that was.
pub async fn release(tx: &mut Tx, actor: &Actor, case: &Case, event: Uuid, now: DateTime<Utc>) -> Outcome<Won> {
    let mut total = Won::ZERO;
    let mut posting =
        Posting { kind: "release", case: case.application, reference: format!("release:{event}"), entries: Vec::new() };
    for kind in [AccountKind::Committed, AccountKind::Voucher] {
        let amount = store::balance(tx, case.account(kind)).await?;
        if amount.is_positive() {
            posting = posting.and(case.account(kind), case.account(AccountKind::Budget), amount);
            total = total.plus(amount);
        }
    }
    if total.is_positive() {
        let posting = posting.and(case.account(AccountKind::CapUsed), case.account(AccountKind::CapLeft), total);
        post(tx, actor, posting, now).await?;
    }
    Ok(total)
}

/// Puts a committed amount on the voucher.
pub async fn issue(
    tx: &mut Tx,
    actor: &Actor,
    case: &Case,
    voucher: Uuid,
    amount: Won,
    now: DateTime<Utc>,
) -> Outcome<()> {
    step(tx, actor, case, "issue", voucher, AccountKind::Committed, AccountKind::Voucher, amount, now).await
}

/// Holds an amount of the voucher for an approved claim.
pub async fn hold(
    tx: &mut Tx,
    actor: &Actor,
    case: &Case,
    claim: Uuid,
    amount: Won,
    now: DateTime<Utc>,
) -> Outcome<()> {
    step(tx, actor, case, "hold", claim, AccountKind::Voucher, AccountKind::Held, amount, now).await
}

/// Gives a held amount back to the voucher. `event` names why: a claim may be held again later.
pub async fn release_hold(
    tx: &mut Tx,
    actor: &Actor,
    case: &Case,
    event: Uuid,
    amount: Won,
    now: DateTime<Utc>,
) -> Outcome<()> {
    step(tx, actor, case, "release_hold", event, AccountKind::Held, AccountKind::Voucher, amount, now).await
}

/// Orders a held amount to be paid.
pub async fn order(
    tx: &mut Tx,
    actor: &Actor,
    case: &Case,
    payment: Uuid,
    amount: Won,
    now: DateTime<Utc>,
) -> Outcome<()> {
    step(tx, actor, case, "order", payment, AccountKind::Held, AccountKind::Payable, amount, now).await
}

/// Takes an order back: the payment failed or its batch was cancelled.
pub async fn unorder(
    tx: &mut Tx,
    actor: &Actor,
    case: &Case,
    payment: Uuid,
    amount: Won,
    now: DateTime<Utc>,
) -> Outcome<()> {
    step(tx, actor, case, "unorder", payment, AccountKind::Payable, AccountKind::Held, amount, now).await
}

/// Notes that the bank confirmed a payment.
pub async fn pay(
    tx: &mut Tx,
    actor: &Actor,
    case: &Case,
    payment: Uuid,
    amount: Won,
    now: DateTime<Utc>,
) -> Outcome<()> {
    step(tx, actor, case, "pay", payment, AccountKind::Payable, AccountKind::Paid, amount, now).await
}

#[allow(clippy::too_many_arguments)]
async fn step(
    tx: &mut Tx,
    actor: &Actor,
    case: &Case,
    kind: &'static str,
    event: Uuid,
    from: AccountKind,
    to: AccountKind,
    amount: Won,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let reference = format!("{kind}:{event}");
    post(
        tx,
        actor,
        Posting::between(kind, case.application, reference, case.account(from), case.account(to), amount),
        now,
    )
    .await
}

async fn post(tx: &mut Tx, actor: &Actor, posting: Posting, now: DateTime<Utc>) -> Outcome<()> {
    if post_once(tx, actor, posting, now).await? {
        return Ok(());
    }
    Err(Refusal::conflict("ledger-refusal-posted-already").into())
}

/// Writes the posting; false, and nothing written, when its event was posted before.
async fn post_once(tx: &mut Tx, actor: &Actor, mut posting: Posting, now: DateTime<Utc>) -> Outcome<bool> {
    if !posting.is_balanced() {
        return Err(anyhow::anyhow!("a posting that does not add up: {posting:?}").into());
    }
    let id = crate::core::ids::new_uuid();
    if !store::insert_posting(tx, id, posting.kind, posting.case, &posting.reference, actor.person(), now).await? {
        return Ok(false);
    }
    // One order of locks for everybody: two postings that touch the same accounts wait, they never deadlock.
    posting.entries.sort_by_key(|(account, _)| *account);
    for (account, amount) in posting.entries {
        let account_id = store::account(tx, account, now).await?;
        if !store::change(tx, account_id, amount).await? {
            return Err(short(account.kind, amount.negated()).into());
        }
        store::insert_entry(tx, id, account_id, amount).await?;
    }
    Ok(true)
}

fn short(kind: AccountKind, wanted: Won) -> Refusal {
    let key = match kind {
        AccountKind::Budget => "ledger-refusal-budget-short",
        AccountKind::CapLeft => "ledger-refusal-cap-short",
        AccountKind::Voucher => "ledger-refusal-voucher-short",
        _ => "ledger-refusal-account-short",
    };
    Refusal::conflict(key).with("wanted", wanted)
}
