//! Money claimed back. The books of a recovery are four accounts of its debtor: what was claimed, what of it is still
//! owed, what came in, what was given up. `recovery_source` is negative by what was ever claimed.

use super::{post, short};
use crate::{
    core::{actor::Actor, money::Won, refusal::Outcome},
    db::Tx,
    ledger::{
        rules::{Account, AccountKind, Case, Posting},
        store,
    },
};
use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// One recovery as the ledger knows it.
#[derive(Debug, Clone, Copy)]
pub struct Debt {
    pub recovery: Uuid,
    /// The organisation that owes.
    pub debtor: Uuid,
    /// The application whose money is claimed back.
    pub application: Uuid,
}

impl Debt {
    fn account(&self, kind: AccountKind) -> Account {
        Account::of_recovery(kind, self.debtor, self.recovery)
    }

    fn posting(&self, kind: &'static str, event: Uuid, from: AccountKind, to: AccountKind, amount: Won) -> Posting {
        let reference = format!("{kind}:{event}");
        Posting::between(kind, self.application, reference, self.account(from), self.account(to), amount)
    }
}

/// Claims an amount back: principal and surcharge of an order that became final.
pub async fn claim_back(tx: &mut Tx, actor: &Actor, debt: &Debt, amount: Won, now: DateTime<Utc>) -> Outcome<()> {
    let (from, to) = (AccountKind::RecoverySource, AccountKind::Recoverable);
    post(tx, actor, debt.posting("claim_back", debt.recovery, from, to, amount), now).await
}

/// Adds interest that accrued.
pub async fn accrue(
    tx: &mut Tx,
    actor: &Actor,
    debt: &Debt,
    event: Uuid,
    amount: Won,
    on: NaiveDate,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let (from, to) = (AccountKind::RecoverySource, AccountKind::Recoverable);
    post(tx, actor, debt.posting("accrue", event, from, to, amount).on(on), now).await
}

/// Notes what came in, on the day it came in. More than is owed is refused.
pub async fn receive(
    tx: &mut Tx,
    actor: &Actor,
    debt: &Debt,
    receipt: Uuid,
    amount: Won,
    on: NaiveDate,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let (from, to) = (AccountKind::Recoverable, AccountKind::Recovered);
    post(tx, actor, debt.posting("receive", receipt, from, to, amount).on(on), now).await
}

/// Gives up what is still owed.
pub async fn write_off(tx: &mut Tx, actor: &Actor, debt: &Debt, amount: Won, now: DateTime<Utc>) -> Outcome<()> {
    let (from, to) = (AccountKind::Recoverable, AccountKind::WrittenOff);
    post(tx, actor, debt.posting("write_off", debt.recovery, from, to, amount), now).await
}

/// Keeps up to `most` of an ordered payment back for what its receiver owes, the oldest recovery first: the amount counts
/// as paid on the case and as received on the debts. Answers what was kept back, recovery by recovery; nothing when
/// nothing is owed. What is left of the payment goes to the bank as before.
pub async fn offset(
    tx: &mut Tx,
    actor: &Actor,
    case: &Case,
    payment: Uuid,
    debtor: Uuid,
    most: Won,
    now: DateTime<Utc>,
) -> Outcome<Vec<(Uuid, Won)>> {
    let reference = format!("offset:{payment}");
    let mut posting = Posting { kind: "offset", case: case.application, reference, entries: Vec::new(), on: None };
    let (mut left, mut kept) = (most, Vec::new());
    for (recovery, owed) in store::debts_of(tx, debtor).await? {
        let amount = left.min(owed);
        if !amount.is_positive() {
            continue;
        }
        let of = |kind| Account::of_recovery(kind, debtor, recovery);
        posting = posting.and(of(AccountKind::Recoverable), of(AccountKind::Recovered), amount);
        left = left.minus(amount);
        kept.push((recovery, amount));
    }
    let total: Won = kept.iter().map(|(_, amount)| *amount).sum();
    if !total.is_positive() {
        return Ok(kept);
    }
    if store::balance(tx, case.account(AccountKind::Payable)).await? < total {
        return Err(short(AccountKind::Payable, total).into());
    }
    posting = posting.and(case.account(AccountKind::Payable), case.account(AccountKind::Paid), total);
    post(tx, actor, posting, now).await?;
    Ok(kept)
}
