//! The only way to write the ledger. Each verb is one posting; a verb repeated for the same event is refused.
//! Here: the money of one case from its voucher to the bank; awards and recoveries beside.

mod awards;
mod recovery;

pub use awards::{appropriate, carry_over, commit, release, release_part};
pub use recovery::{Debt, accrue, claim_back, offset, receive, write_off};

use super::{
    rules::{Account, AccountKind, Case, Posting},
    store,
};
use crate::{
    core::{
        actor::Actor,
        calendar::{ZONE, local_date},
        money::Won,
        refusal::{Outcome, Refusal},
    },
    db::Tx,
    organisations::{self, OrganisationId},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

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

/// Orders a held amount to be paid. Refused while the firm is excluded (domain: invariants 16).
pub async fn order(
    tx: &mut Tx,
    actor: &Actor,
    case: &Case,
    payment: Uuid,
    amount: Won,
    now: DateTime<Utc>,
) -> Outcome<()> {
    organisations::check_not_excluded(tx, OrganisationId(case.organisation), now).await?;
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

/// A paid amount came back: to its hold when the claim is still owed, else to the voucher.
pub async fn unpay(
    tx: &mut Tx,
    actor: &Actor,
    case: &Case,
    payment: Uuid,
    to_hold: bool,
    amount: Won,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let to = if to_hold { AccountKind::Held } else { AccountKind::Voucher };
    step(tx, actor, case, "unpay", payment, AccountKind::Paid, to, amount, now).await
}

/// Money that moved at the bank and that nobody can explain yet: into the suspense account, or out of it once it is
/// explained. `amount` is positive for what came in.
pub async fn suspend(
    tx: &mut Tx,
    actor: &Actor,
    line: Uuid,
    amount: Won,
    explained: bool,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let nobody = |kind| Account { kind, owner: Uuid::nil(), scope: Uuid::nil() };
    let kind = if explained { "explain" } else { "suspend" };
    let amount = if explained { amount.negated() } else { amount };
    let (from, to) = (nobody(AccountKind::Outside), nobody(AccountKind::Suspense));
    post(tx, actor, Posting::between(kind, line, format!("{kind}:{line}"), from, to, amount), now).await
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
    let booked = store::periods::book(tx, posting.on.unwrap_or_else(|| local_date(now, ZONE))).await?;
    if !store::insert_posting(tx, id, &posting, actor.person(), booked, now).await? {
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
