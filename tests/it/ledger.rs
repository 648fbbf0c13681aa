//! Stories of the ledger: nobody can overspend, whoever clicks at once.

use crate::support::Tester;
use futures_util::future::join_all;
use uuid::Uuid;
use voucherdesk::{
    core::{actor::Actor, money::Won},
    ledger::{self, Account, AccountKind, Cap, Case},
};

fn case(application: u128, organisation: u128) -> Case {
    Case {
        application: Uuid::from_u128(application),
        call: Uuid::from_u128(1),
        programme: Uuid::from_u128(2),
        organisation: Uuid::from_u128(organisation),
    }
}

const CAP: Won = Won(200_000_000);

fn cap(case: &Case) -> Cap {
    Cap::of_firm(case.programme, case.organisation, CAP)
}

async fn appropriate(t: &Tester, amount: i64) {
    let mut tx = t.app.db.write().await.unwrap();
    ledger::appropriate(&mut tx, &Actor::system(), Uuid::from_u128(1), Won(amount), t.now()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn try_commit(t: &Tester, case: Case, amount: i64) -> Result<(), String> {
    let mut tx = t.app.db.write().await.map_err(|error| error.to_string())?;
    ledger::commit(&mut tx, &Actor::system(), &case, &[cap(&case)], Won(amount), case.application, t.now())
        .await
        .map_err(|trouble| trouble.to_string())?;
    tx.commit().await.map_err(|error| error.to_string())
}

async fn balance(t: &Tester, account: Account) -> i64 {
    let mut tx = t.app.db.read().await.unwrap();
    ledger::balance(&mut tx, account).await.unwrap().0
}

both!(forty_approvals_at_once_fit_a_budget_for_ten, async |t: Tester| {
    appropriate(&t, 1_000_000_000).await;
    let acts = (0..40_u128).map(|n| try_commit(&t, case(100 + n, 500 + n), 100_000_000));
    let done = join_all(acts).await;
    assert_eq!(done.iter().filter(|result| result.is_ok()).count(), 10);
    for refused in done.into_iter().filter_map(Result::err) {
        assert_eq!(refused, "refused: ledger-refusal-budget-short");
    }
    assert_eq!(balance(&t, case(1, 1).account(AccountKind::Budget)).await, 0);
});

both!(one_firm_never_passes_its_cap, async |t: Tester| {
    appropriate(&t, 10_000_000_000).await;
    let acts = (0..40_u128).map(|n| try_commit(&t, case(100 + n, 7), 60_000_000));
    let done = join_all(acts).await;
    assert_eq!(done.iter().filter(|result| result.is_ok()).count(), 3);
    assert_eq!(balance(&t, case(1, 7).account(AccountKind::CapUsed)).await, 180_000_000);
    assert_eq!(balance(&t, case(1, 7).account(AccountKind::CapLeft)).await, 20_000_000);
    assert_eq!(balance(&t, case(1, 7).account(AccountKind::Budget)).await, 10_000_000_000 - 180_000_000);
});

both!(money_comes_back_when_a_case_ends, async |t: Tester| {
    appropriate(&t, 500_000_000).await;
    let firm = case(100, 7);
    try_commit(&t, firm, 150_000_000).await.unwrap();
    let mut tx = t.app.db.write().await.unwrap();
    let back = ledger::release(&mut tx, &Actor::system(), &firm, firm.application, t.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(back, Won(150_000_000));
    assert_eq!(balance(&t, firm.account(AccountKind::Budget)).await, 500_000_000);
    assert_eq!(balance(&t, firm.account(AccountKind::CapLeft)).await, CAP.0);
    assert_eq!(balance(&t, firm.account(AccountKind::CapUsed)).await, 0);
});

both!(one_event_is_posted_once, async |t: Tester| {
    appropriate(&t, 500_000_000).await;
    try_commit(&t, case(100, 7), 50_000_000).await.unwrap();
    assert_eq!(try_commit(&t, case(100, 7), 50_000_000).await.unwrap_err(), "refused: ledger-refusal-posted-already");
});

both!(the_engine_itself_refuses_an_overdraft_and_a_rewritten_entry, async |t: Tester| {
    appropriate(&t, 500_000_000).await;
    let mut tx = t.app.db.write().await.unwrap();
    assert!(tx.run("UPDATE ledger_accounts SET balance_won = -1 WHERE kind = 'budget'", ()).await.is_err());
    drop(tx);
    let mut tx = t.app.db.write().await.unwrap();
    assert!(tx.run("UPDATE ledger_entries SET amount_won = 1", ()).await.is_err());
    drop(tx);
    let mut tx = t.app.db.write().await.unwrap();
    assert!(tx.run("DELETE FROM ledger_postings", ()).await.is_err());
});

both!(a_selected_application_holds_its_money, async |t: Tester| {
    let call = t.call(Won(1_000_000_000)).await;
    let vendor = t.vendor(1).await;
    let built = t.application(&call, &vendor, 2, "selected", 80_000_000).await;
    assert_eq!(balance(&t, built.case(&call).account(AccountKind::Committed)).await, 80_000_000);
    assert_eq!(balance(&t, built.case(&call).account(AccountKind::Budget)).await, 920_000_000);
});
