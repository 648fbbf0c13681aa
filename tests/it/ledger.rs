//! Stories of the ledger: nobody can overspend, whoever clicks at once.

use crate::support::Tester;
use chrono::{Duration, NaiveDate};
use futures_util::future::join_all;
use uuid::Uuid;
use voucherdesk::{
    core::{actor::Actor, money::Won, roles::Role},
    db::once::Once,
    integrity,
    ledger::{self, Account, AccountKind, Cap, CapRule, CapSubject, CapSubjects, CapWindow, Case},
    organisations::OrganisationId,
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

fn manager() -> Actor {
    Actor { roles: vec![Role::Manager], ..Actor::system() }
}

/// Somebody who may close months, by the address they sign in with.
async fn closer(t: &Tester, role: Role, email: &str) -> Actor {
    let person = t.person(email).await;
    t.grant(person, role, None).await;
    t.actor(email).await
}

/// The same person after the clock moved, freshly proven.
fn now_proven(t: &Tester, actor: &Actor) -> Actor {
    Actor { proven_at: t.now(), ..actor.clone() }
}

async fn breaches(t: &Tester) -> Vec<&'static str> {
    integrity::verify(&t.app.db, Some(&t.app.seal)).await.unwrap().breaches().map(|check| check.name).collect()
}

both!(entries_that_do_not_add_up_are_refused_by_the_engine, async |t: Tester| {
    appropriate(&t, 500_000_000).await;
    let posting = Uuid::from_u128(77);
    let mut tx = t.app.db.write().await.unwrap();
    let insert = "INSERT INTO ledger_postings (id, at, kind, case_id, reference, effective_on, period)
        SELECT $1, at, 'commit', case_id, $2, effective_on, period FROM ledger_postings ORDER BY id LIMIT 1";
    tx.run(insert, (posting, "by hand".to_owned())).await.unwrap();
    tx.run(
        "INSERT INTO ledger_entries (id, posting_id, account_id, amount_won) SELECT $1, $1, id, 5 FROM ledger_accounts WHERE kind = 'budget'",
        (posting,),
    )
    .await
    .unwrap();
    assert!(tx.commit().await.is_err(), "half a posting");
    // An account is what it was opened as, and only known kinds may be negative.
    for sql in [
        "UPDATE ledger_accounts SET may_be_negative = TRUE WHERE kind = 'budget'",
        "UPDATE ledger_accounts SET owner_id = id",
        "DELETE FROM ledger_accounts",
        "INSERT INTO ledger_accounts (id, kind, owner_id, scope_id, may_be_negative, balance_won, opened_at)
            SELECT scope_id, 'paid', owner_id, scope_id, TRUE, 0, opened_at FROM ledger_accounts WHERE kind = 'budget'",
        "INSERT INTO ledger_accounts (id, kind, owner_id, scope_id, may_be_negative, balance_won, opened_at)
            SELECT scope_id, 'pocket', owner_id, scope_id, FALSE, 0, opened_at FROM ledger_accounts WHERE kind = 'budget'",
    ] {
        let mut tx = t.app.db.write().await.unwrap();
        assert!(tx.run(sql, ()).await.is_err(), "{sql}");
    }
    let held: Vec<&str> = breaches(&t).await;
    assert!(held.iter().all(|name| !name.starts_with("ledger")), "{held:?}");
});

both!(a_month_is_closed_by_two_people_and_takes_nothing_more, async |t: Tester| {
    let march: ledger::Month = "2027-03".parse().unwrap();
    appropriate(&t, 500_000_000).await;
    try_commit(&t, case(100, 7), 50_000_000).await.unwrap();
    let one = closer(&t, Role::Manager, "one@close.test").await;
    let other = closer(&t, Role::Payer, "other@close.test").await;
    let propose = async |actor: &Actor| {
        ledger::actions::propose_close(&t.app, &now_proven(&t, actor), march, Once::new())
            .await
            .map_err(|trouble| trouble.to_string())
    };
    let close = async |actor: &Actor| {
        ledger::actions::close(&t.app, &now_proven(&t, actor), march, Once::new())
            .await
            .map_err(|trouble| trouble.to_string())
    };
    assert_eq!(propose(&one).await.unwrap_err(), "refused: ledger-refusal-month-not-over");
    t.advance(Duration::days(31));
    let outsider = closer(&t, Role::ClaimsOfficer, "no@close.test").await;
    assert_eq!(propose(&outsider).await.unwrap_err(), "refused: refusal-not-found");
    assert!(close(&one).await.is_err(), "nobody proposed");
    propose(&one).await.unwrap();
    assert_eq!(close(&one).await.unwrap_err(), "refused: ledger-refusal-same-person");
    let mut browser = t.signed_in("one@close.test").await;
    browser.see("/ledger/periods/2027-03").await.says("Somebody else than the one who proposed");
    close(&other).await.unwrap();
    let seen = browser.see("/ledger/periods/2027-03").await;
    seen.says("Closed").says("KRW 450,000,000").says("month 2027-03");

    // What belongs to March is refused there by the engine, and counts in April when it is posted.
    let mut tx = t.app.db.write().await.unwrap();
    let late = "INSERT INTO ledger_postings (id, at, kind, case_id, reference, effective_on, period)
        SELECT case_id, at, kind, case_id, 'late', effective_on, period FROM ledger_postings ORDER BY id LIMIT 1";
    assert!(tx.run(late, ()).await.is_err());
    drop(tx);
    let debt =
        ledger::Debt { recovery: Uuid::from_u128(900), debtor: Uuid::from_u128(7), application: Uuid::from_u128(100) };
    let mut tx = t.app.db.write().await.unwrap();
    ledger::claim_back(&mut tx, &manager(), &debt, Won(1_000), t.now()).await.unwrap();
    let day = "2027-03-20".parse().unwrap();
    ledger::receive(&mut tx, &manager(), &debt, Uuid::from_u128(901), Won(400), day, t.now()).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = t.app.db.read().await.unwrap();
    let (on, late_of): (NaiveDate, Option<NaiveDate>) =
        tx.get("SELECT effective_on, late_of FROM ledger_postings WHERE kind = 'receive'", ()).await.unwrap();
    assert_eq!((on.to_string(), late_of), ("2027-04-01".to_owned(), Some(day)));
    drop(tx);
    browser.see("/ledger/periods/2027-04").await.says("Late postings").says("Recovery received");
    assert!(!breaches(&t).await.contains(&"closed_months"));
});

both!(postings_that_meet_a_closing_count_in_one_month_or_the_next, async |t: Tester| {
    appropriate(&t, 10_000_000_000).await;
    let march: ledger::Month = "2027-03".parse().unwrap();
    let one = closer(&t, Role::Manager, "one@close.test").await;
    let other = closer(&t, Role::Manager, "other@close.test").await;
    t.advance(Duration::days(31));
    ledger::actions::propose_close(&t.app, &now_proven(&t, &one), march, Once::new()).await.unwrap();
    let day: NaiveDate = "2027-03-15".parse().unwrap();
    let post = async |n: u128| {
        let debt = ledger::Debt {
            recovery: Uuid::from_u128(1_000 + n),
            debtor: Uuid::from_u128(7),
            application: Uuid::from_u128(100),
        };
        let mut tx = t.app.db.write().await.unwrap();
        ledger::accrue(&mut tx, &manager(), &debt, Uuid::from_u128(5_000 + n), Won(10), day, t.now()).await.unwrap();
        tx.commit().await.unwrap();
    };
    let closing = async {
        let other = now_proven(&t, &other);
        tokio::join!(
            ledger::actions::close(&t.app, &other, march, Once::new()),
            ledger::actions::close(&t.app, &other, march, Once::new()),
        )
    };
    let (_, (first, second)) = tokio::join!(join_all((0..30).map(post)), closing);
    assert_eq!(i32::from(first.is_ok()) + i32::from(second.is_ok()), 1, "closed once");
    assert!(!breaches(&t).await.contains(&"closed_months"));
    let mut tx = t.app.db.read().await.unwrap();
    let posted: Vec<(String, i64)> =
        tx.all("SELECT period, COUNT(*) FROM ledger_postings WHERE kind = 'accrue' GROUP BY period", ()).await.unwrap();
    assert_eq!(posted.iter().map(|(_, count)| count).sum::<i64>(), 30, "{posted:?}");
    assert!(posted.iter().all(|(month, _)| month == "2027-03" || month == "2027-04"), "{posted:?}");
});

/// Ties two organisations together as an officer's decision does.
async fn tie(t: &Tester, one: OrganisationId, other: OrganisationId) {
    let mut tx = t.app.db.write().await.unwrap();
    let group = one.0.min(other.0);
    for member in [one, other] {
        tx.run(
            "INSERT INTO organisation_groups (organisation_id, group_id) VALUES ($1, $2)
             ON CONFLICT (organisation_id) DO UPDATE SET group_id = excluded.group_id",
            (member, group),
        )
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
}

both!(a_group_counts_whoever_is_in_it_now, async |t: Tester| {
    let call = t.call(Won(1_000_000_000)).await;
    let vendor = t.vendor(1).await;
    let rule = CapRule {
        subject: CapSubject::Group,
        window: CapWindow::Year,
        most_won: Some(Won(100_000_000)),
        most_count: Some(2),
    };
    let cap_of = |case: &Case| {
        let subjects = CapSubjects { firm: case.organisation, representative: None };
        Cap::of_rule(&rule, &subjects, case.call, case.programme)
    };
    let commit = async |case: Case, amount: i64| {
        let mut tx = t.app.db.write().await.unwrap();
        let caps = [cap_of(&case)];
        ledger::commit(&mut tx, &Actor::system(), &case, &caps, Won(amount), case.application, t.now())
            .await
            .map_err(|trouble| trouble.to_string())?;
        tx.commit().await.map_err(|error| error.to_string())
    };
    // The older firm joins later: the group's number changes, what was awarded does not.
    let older = t.application(&call, &vendor, 2, "submitted", 70_000_000).await;
    let first = t.application(&call, &vendor, 3, "submitted", 60_000_000).await;
    let second = t.application(&call, &vendor, 4, "submitted", 60_000_000).await;
    commit(first.case(&call), 60_000_000).await.unwrap();
    tie(&t, first.firm, second.firm).await;
    assert!(commit(second.case(&call), 60_000_000).await.is_err());
    tie(&t, older.firm, first.firm).await;
    tie(&t, older.firm, second.firm).await;
    assert_eq!(commit(older.case(&call), 70_000_000).await.unwrap_err(), "refused: ledger-refusal-rule-short");
    // Of many at once within a group, no more than fit.
    let acts = [commit(second.case(&call), 40_000_000), commit(older.case(&call), 40_000_000)];
    let done = join_all(acts).await;
    assert_eq!(done.iter().filter(|result| result.is_ok()).count(), 1, "{done:?}");
    let mut tx = t.app.db.read().await.unwrap();
    let used = ledger::cap_used(&mut tx, &cap_of(&older.case(&call)), t.now()).await.unwrap();
    assert_eq!((used.won, used.count), (Won(100_000_000), 2));
});

both!(a_statement_is_for_whom_it_concerns, async |t: Tester| {
    let call = t.call(Won(1_000_000_000)).await;
    let vendor = t.vendor(1).await;
    let case = t.paid_case(&call, &vendor, 2, 80_000_000).await;
    let other = t.application(&call, &vendor, 3, "selected", 20_000_000).await;
    let firm_path = format!("/ledger/statements/firms/{}", case.application.firm);
    let case_path = format!("/ledger/statements/cases/{}", case.application.id);
    let vendor_path = format!("/ledger/statements/vendors/{}", vendor.vendor);
    let mut payer = t.staff(Role::Payer).await;
    for path in [&firm_path, &case_path, &vendor_path] {
        payer.see(path).await.says("KRW 80,000,000").says("Payment confirmed");
    }
    let mut firm = t.member(case.application.firm, Role::Firm).await;
    let seen = firm.get("/statement").await;
    firm.follow(seen).await.says("KRW 80,000,000").says("Opening balance");
    assert_eq!(firm.see(&case_path).await.status, 200);
    for path in [format!("/ledger/statements/firms/{}", other.firm), vendor_path.clone()] {
        assert_eq!(firm.get(&path).await.status, 404, "{path}");
        assert_eq!(firm.get(&format!("{path}/csv")).await.status, 404, "{path}");
    }
    let mut supplier = t.member(vendor.organisation, Role::Vendor).await;
    let seen = supplier.get("/statement").await;
    let seen = supplier.follow(seen).await;
    seen.says("Ordered to be paid");
    assert!(!seen.has("Put on the voucher"), "an award before the invoice is the firm's");
    assert_eq!(supplier.get(&firm_path).await.status, 404);
    let csv = payer.see(&format!("{case_path}/csv?from=2027-01-01&to=2027-12-31")).await;
    let text = String::from_utf8(csv.body).unwrap();
    assert_eq!(text.lines().count(), 1 + 9, "{text}");
    assert!(text.lines().nth(1).unwrap().starts_with("2027-03-02,Committed at selection,AV2027-"), "{text}");
    // Before anything happened there is nothing.
    payer.see(&format!("{firm_path}?from=2026-01-01&to=2026-12-31")).await.says("There are no entries");
});

both!(the_stages_of_a_budget_are_on_its_page, async |t: Tester| {
    let call = t.call(Won(1_000_000_000)).await;
    let vendor = t.vendor(1).await;
    t.paid_case(&call, &vendor, 2, 80_000_000).await;
    t.active_case(&call, &vendor, 3, 40_000_000).await;
    let selected = t.application(&call, &vendor, 4, "selected", 20_000_000).await;
    let mut tx = t.app.db.write().await.unwrap();
    ledger::release(&mut tx, &Actor::system(), &selected.case(&call), selected.id.0, t.now()).await.unwrap();
    tx.commit().await.unwrap();
    let seen = t.staff(Role::Auditor).await.see(&format!("/ledger/calls/{}", call.call)).await;
    seen.says("Appropriated KRW 1,000,000,000").says("Free KRW 880,000,000").says("Reserved KRW 0");
    seen.says("Committed KRW 40,000,000").says("Spent KRW 80,000,000").says("Returned KRW 20,000,000");
    seen.says("By region").says("Seoul").says("By industry").says("Equals what was appropriated");
});
