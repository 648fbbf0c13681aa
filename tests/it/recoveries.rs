//! Stories of money claimed back and of sanctions, and of the stop that a red verification causes.

use crate::support::{Tester, cases::BuiltCase};
use chrono::Duration;
use futures_util::future::join_all;
use uuid::Uuid;
use voucherdesk::{
    core::{actor::Actor, money::Won, roles::Role},
    db::once::Once,
    integrity::{self, RecoveryId, actions},
    ledger::{self, AccountKind},
    organisations,
};

/// A paid case with somebody of each role.
struct World {
    case: BuiltCase,
    call: crate::support::builders::BuiltCall,
    vendor: crate::support::builders::BuiltVendor,
}

impl World {
    async fn new(t: &Tester) -> World {
        let call = t.call(Won(1_000_000_000)).await;
        let vendor = t.vendor(1).await;
        let case = t.paid_case(&call, &vendor, 2, 80_000_000).await;
        for (role, email) in [
            (Role::ClaimsOfficer, "officer@money.test"),
            (Role::Manager, "manager@money.test"),
            (Role::Manager, "second@money.test"),
            (Role::Payer, "payer@money.test"),
        ] {
            let person = t.person(email).await;
            t.grant(person, role, None).await;
        }
        World { case, call, vendor }
    }
}

/// Notice by the officer, ordered by the manager after the term: due in thirty days.
async fn ordered(t: &Tester, world: &World, principal: &str, cause: &str) -> RecoveryId {
    let mut officer = t.signed_in("officer@money.test").await;
    let path = format!("/recoveries/new?application={}", world.case.application.id);
    officer.see(&format!("/ledger/cases/{}", world.case.application.id)).await.link(&path);
    let values = [
        ("debtor", "firm"),
        ("cause", cause),
        ("principal_won", principal),
        ("legal_basis", "보조금법 제31조"),
        ("reason", "같은 장비를 다시 팔았습니다"),
    ];
    let seen = officer.fill(&path, "/recoveries/new", &values).await;
    assert_eq!(seen.status, 303, "{}", seen.text());
    let at = seen.location().unwrap();
    officer.follow(seen).await.says("Notice was given").says("Notice given");
    t.advance(Duration::days(15));
    let mut manager = t.signed_in("manager@money.test").await;
    let seen = manager.fill_and_follow(&format!("{at}/decide"), "/decide", &[("step", "order")]).await;
    seen.says("The recovery was ordered").says("To be paid");
    RecoveryId(at.rsplit('/').next().unwrap().parse().unwrap())
}

async fn receive(t: &Tester, id: RecoveryId, amount: i64, reference: &str) -> Result<(), String> {
    let payer = t.actor("payer@money.test").await;
    let today = t.now().date_naive();
    actions::receive(&t.app, &payer, id, Won(amount), reference, today, Once::new())
        .await
        .map_err(|trouble| trouble.to_string())
}

async fn balance(t: &Tester, world: &World, kind: AccountKind, id: RecoveryId) -> i64 {
    let mut tx = t.app.db.read().await.unwrap();
    let account = ledger::Account::of_recovery(kind, world.case.application.firm.0, id.0);
    ledger::balance(&mut tx, account).await.unwrap().0
}

async fn breaches(t: &Tester) -> Vec<&'static str> {
    integrity::verify(&t.app.db, Some(&t.app.seal)).await.unwrap().breaches().map(|check| check.name).collect()
}

both!(money_is_claimed_back_heard_ordered_and_paid_with_interest, async |t: Tester| {
    let world = World::new(&t).await;
    // More than was paid is refused where it is written.
    let mut officer = t.signed_in("officer@money.test").await;
    let path = format!("/recoveries/new?application={}", world.case.application.id);
    let values = [
        ("debtor", "firm"),
        ("cause", "overpaid"),
        ("principal_won", "80,000,001"),
        ("legal_basis", "법"),
        ("reason", "이유"),
    ];
    let seen = officer.fill(&path, "/recoveries/new", &values).await;
    assert_eq!(seen.status, 422);
    assert!(seen.error_at("principal_won").is_some(), "{}", seen.text());

    t.member(world.case.application.firm, Role::Firm).await;
    let id = ordered(&t, &world, "40000000", "unmet").await;
    assert_eq!(balance(&t, &world, AccountKind::Recoverable, id).await, 80_000_000, "principal and once the principal");
    let mut firm = t.member(world.case.application.firm, Role::Firm).await;
    firm.see("/recoveries").await.says("1 in all");
    let seen = firm.see(&format!("/recoveries/{id}")).await;
    seen.says("To be paid next").says("KRW 40,000,000").says("보조금법 제31조");
    assert!(seen.find_form("/").is_none_or(|form| !form.action.contains("receive")));
    let mut stranger = t.member(world.vendor.organisation, Role::Vendor).await;
    assert_eq!(stranger.get(&format!("/recoveries/{id}")).await.status, 404);

    // Interest runs from the day of the notice: 40,000,000 × 3.1 % over 16 days, both ends counted.
    let mut payer = t.signed_in("payer@money.test").await;
    let today = t.now().date_naive().to_string();
    let page = format!("/recoveries/{id}/receive");
    let values = [("amount_won", "30,000,000"), ("reference", "KB-2027 0317"), ("received_on", today.as_str())];
    payer.fill_and_follow(&page, "/receive", &values).await.says("What came in was recorded").says("KRW 54,356");
    let again = payer
        .fill(
            &page,
            "/receive",
            &[("amount_won", "1,000"), ("reference", "kb20270317"), ("received_on", today.as_str())],
        )
        .await;
    assert_eq!(again.status, 422, "the same transfer in another spelling");
    assert!(again.error_at("reference").is_some());
    assert_eq!(balance(&t, &world, AccountKind::Recovered, id).await, 30_000_000);
    assert_eq!(balance(&t, &world, AccountKind::Recoverable, id).await, 80_000_000 + 54_356 - 30_000_000);
    assert_eq!(receive(&t, id, 50_054_357, "all").await.unwrap_err(), "refused: recovery-refusal-too-much");
    receive(&t, id, 50_054_356, "all").await.unwrap();
    payer.see(&format!("/recoveries/{id}")).await.says("Settled").says("Everything was paid");
    assert_eq!(breaches(&t).await, Vec::<&str>::new());
    let mails: Vec<String> = t.mails().await.into_iter().map(|mail| mail.subject).collect();
    for part in ["Notice of recovery", "Recovery ordered", "Recovery settled"] {
        assert!(mails.iter().any(|subject| subject.starts_with(part)), "{part}: {mails:?}");
    }
});

both!(an_objection_is_heard_by_somebody_else, async |t: Tester| {
    let world = World::new(&t).await;
    let manager = t.actor("manager@money.test").await;
    let new = integrity::forms::recoveries::NewRecovery {
        application: world.case.application.id,
        amendment: None,
        debtor: integrity::rules::recoveries::DebtorRole::Firm,
        cause: integrity::rules::recoveries::Cause::Breach,
        principal: Won(1_000_000),
        reason: "이유".to_owned(),
        legal_basis: "법".to_owned(),
        interest_from: t.now().date_naive(),
    };
    let id = actions::notice_recovery(&t.app, &manager, new, Once::new()).await.unwrap();
    let path = format!("/recoveries/{id}");
    let mut second = t.signed_in("second@money.test").await;
    let seen = second.fill(&format!("{path}/decide"), "/decide", &[("step", "order")]).await;
    assert_eq!(seen.status, 422, "the term still runs");
    let mut firm = t.member(world.case.application.firm, Role::Firm).await;
    let seen = firm.fill_and_follow(&format!("{path}/object"), "/object", &[("note", "장비는 공장에 있습니다")]).await;
    seen.says("Your objection was received");
    assert_eq!(firm.fill(&format!("{path}/object"), "/object", &[("note", "다시")]).await.status, 422, "once");
    let mut first = t.signed_in("manager@money.test").await;
    first.see(&path).await.says("Somebody else than the first person");
    let own = first.fill(&format!("{path}/decide"), "/decide", &[("step", "revoke"), ("answer", "취소")]).await;
    assert_eq!(own.status, 422);
    let silent = second.fill(&format!("{path}/decide"), "/decide", &[("step", "order")]).await;
    assert!(silent.error_at("answer").is_some(), "an objection is answered");
    let values = [("step", "revoke"), ("answer", "현장에서 확인했습니다")];
    second.fill_and_follow(&format!("{path}/decide"), "/decide", &values).await.says("The notice was revoked");
    firm.see(&path).await.says("현장에서 확인했습니다").says("There is nothing to pay");
    assert_eq!(balance(&t, &world, AccountKind::Recoverable, id).await, 0);
});

both!(a_transfer_that_twenty_record_counts_once, async |t: Tester| {
    let world = World::new(&t).await;
    let id = ordered(&t, &world, "40000000", "overpaid").await;
    let done = join_all((0..20).map(|_| receive(&t, id, 10_000_000, "one transfer"))).await;
    assert_eq!(done.iter().filter(|result| result.is_ok()).count(), 1, "{done:?}");
    for refused in done.into_iter().filter_map(Result::err) {
        assert_eq!(refused, "refused: recovery-refusal-recorded-already");
    }
    // Different transfers at once never make more than is owed.
    let references: Vec<String> = (0..8).map(|n| format!("transfer {n}")).collect();
    let done = join_all(references.iter().map(|reference| receive(&t, id, 9_000_000, reference))).await;
    assert_eq!(done.iter().filter(|result| result.is_ok()).count(), 3, "{done:?}");
    assert_eq!(balance(&t, &world, AccountKind::Recovered, id).await, 37_000_000);
    assert_eq!(breaches(&t).await, Vec::<&str>::new());
});

both!(whoever_owes_is_kept_out_until_it_is_paid_or_planned, async |t: Tester| {
    let world = World::new(&t).await;
    let id = ordered(&t, &world, "40000000", "overpaid").await;
    t.advance(Duration::days(24));
    integrity::turn_recoveries(&t.app).await.unwrap();
    let dues = t.mails().await.into_iter().filter(|mail| mail.subject.starts_with("Recovery due soon")).count();
    assert_eq!(dues, 0, "seven days and one day before");
    t.advance(Duration::days(7));
    integrity::turn_recoveries(&t.app).await.unwrap();
    let case = world.case.application.case(&world.call);
    let commit = async || {
        let mut tx = t.app.db.write().await.unwrap();
        let caps = [ledger::Cap::of_firm(case.programme, case.organisation, Won(200_000_000))];
        ledger::commit(&mut tx, &Actor::system(), &case, &caps, Won(1_000), Uuid::new_v4(), t.now())
            .await
            .map_err(|trouble| trouble.to_string())
    };
    assert_eq!(commit().await.unwrap_err(), "refused: organisations-refusal-owes");
    let mut firm = t.member(world.case.application.firm, Role::Firm).await;
    firm.see(&format!("/recoveries/{id}")).await.says("Overdue: KRW 40,000,000");
    let mut manager = t.signed_in("manager@money.test").await;
    let first = (t.now() + Duration::days(10)).date_naive().to_string();
    let values = [("instalments", "6"), ("first_on", first.as_str())];
    let seen = manager.fill_and_follow(&format!("/recoveries/{id}/plan"), "/plan", &values).await;
    seen.says("Instalments were agreed").says("Instalments");
    commit().await.unwrap();
    // The first instalment is missed.
    t.advance(Duration::days(11));
    integrity::turn_recoveries(&t.app).await.unwrap();
    assert!(commit().await.is_err());
    receive(&t, id, 10_000_000, "first").await.unwrap();
    integrity::turn_recoveries(&t.app).await.unwrap();
    commit().await.unwrap();
    assert!(t.mails().await.iter().any(|mail| mail.subject.starts_with("Recovery overdue")));
    // What is left is given up by two people.
    let officer = t.actor("officer@money.test").await;
    let manager = t.actor("manager@money.test").await;
    assert!(actions::write_off(&t.app, &manager, id, Once::new()).await.is_err(), "nobody asked");
    actions::ask_write_off(&t.app, &manager, id, "폐업했습니다", Once::new()).await.unwrap();
    assert!(actions::write_off(&t.app, &manager, id, Once::new()).await.is_err(), "the same person");
    assert!(actions::write_off(&t.app, &officer, id, Once::new()).await.is_err(), "no manager");
    let second = t.actor("second@money.test").await;
    actions::write_off(&t.app, &second, id, Once::new()).await.unwrap();
    assert_eq!(balance(&t, &world, AccountKind::Recoverable, id).await, 0);
    assert!(balance(&t, &world, AccountKind::WrittenOff, id).await > 30_000_000);
    assert_eq!(breaches(&t).await, Vec::<&str>::new());
});

both!(a_debt_that_is_paid_ends_its_own_exclusion_whatever_else_keeps_its_debtor_out, async |t: Tester| {
    let world = World::new(&t).await;
    let id = ordered(&t, &world, "40000000", "overpaid").await;
    let mut tx = t.app.db.write().await.unwrap();
    let sanction = organisations::Exclusion {
        id: Uuid::from_u128(1),
        organisation_id: world.case.application.firm,
        cause: organisations::ExclusionCause::Sanction,
        from_on: t.now().date_naive(),
        to_on: None,
    };
    organisations::exclude(&mut tx, &sanction).await.unwrap();
    tx.commit().await.unwrap();
    let manager = t.actor("manager@money.test").await;
    let first = (t.now() + Duration::days(10)).date_naive();
    actions::plan_instalments(&t.app, &manager, id, 6, first, Once::new()).await.unwrap();
    let is_out = async || {
        integrity::turn_recoveries(&t.app).await.unwrap();
        let mut tx = t.app.db.read().await.unwrap();
        organisations::is_kept_out_by(&mut tx, id.0).await.unwrap()
    };
    assert!(!is_out().await);
    t.advance(Duration::days(11));
    assert!(is_out().await, "the first instalment was missed");
    receive(&t, id, 10_000_000, "first").await.unwrap();
    assert!(!is_out().await);
});

both!(a_later_payment_is_set_off_against_what_is_owed, async |t: Tester| {
    let world = World::new(&t).await;
    let id = ordered(&t, &world, "30000000", "overpaid").await;
    let later = t.active_case(&world.call, &world.vendor, 3, 50_000_000).await;
    let case = later.application.case(&world.call);
    let (claim, payment) = (Uuid::new_v4(), Uuid::new_v4());
    let system = Actor::system();
    let mut tx = t.app.db.write().await.unwrap();
    ledger::hold(&mut tx, &system, &case, claim, Won(50_000_000), t.now()).await.unwrap();
    ledger::order(&mut tx, &system, &case, payment, Won(50_000_000), t.now()).await.unwrap();
    let debtor = world.case.application.firm.0;
    assert_eq!(ledger::owed_by(&mut tx, debtor).await.unwrap(), Won(30_000_000));
    let kept = ledger::offset(&mut tx, &system, &case, payment, debtor, Won(50_000_000), t.now()).await.unwrap();
    assert_eq!(kept, vec![(id.0, Won(30_000_000))]);
    tx.commit().await.unwrap();
    let mut tx = t.app.db.write().await.unwrap();
    assert!(ledger::offset(&mut tx, &system, &case, payment, debtor, Won(1), t.now()).await.unwrap().is_empty());
    drop(tx);
    integrity::turn_recoveries(&t.app).await.unwrap();
    t.signed_in("payer@money.test").await.see(&format!("/recoveries/{id}")).await.says("Set off against a payment");
    let found = breaches(&t).await;
    assert!(found.iter().all(|name| !name.starts_with("recover") && !name.starts_with("ledger")), "{found:?}");
});

both!(an_invoice_amended_after_payment_awaits_a_recovery, async |t: Tester| {
    World::new(&t).await;
    let officer = t.actor("officer@money.test").await;
    let mut tx = t.app.db.write().await.unwrap();
    tx.run(
        "INSERT INTO tax_amendments (id, claim_id, agreement_id, approval_number, original_number, reason, supply_won, vat_won,
            issued_on, recorded_by, recorded_at)
         SELECT $1, c.id, c.agreement_id, '202703021000000000009999', 'x', 4, -50000000, -5000000, c.issued_on, $2, c.submitted_at
         FROM claims c",
        (Uuid::from_u128(4_711), officer.id),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let mut browser = t.signed_in("officer@money.test").await;
    let seen = browser.see("/recoveries").await;
    // 50 of 100 million of the invoice: half of the 80 million paid.
    seen.says("Claims that await a recovery").says("KRW 40,000,000");
    let link = seen.link("amendment=");
    let form = browser.see(&link).await.form("/recoveries/new");
    let seen = browser.submit(form.with(&[("legal_basis", "보조금법 제31조"), ("reason", "계약 해제")])).await;
    assert_eq!(seen.status, 303, "{}", seen.text());
    browser.follow(seen).await.says("Invoice amended after payment");
    assert!(!browser.see("/recoveries").await.has("Claims that await"));
    let mut manager = t.signed_in("manager@money.test").await;
    assert_eq!(manager.get("/recoveries/new?application=").await.status, 404);
});

both!(a_sanction_closes_every_door_to_money, async |t: Tester| {
    let world = World::new(&t).await;
    let from = (t.now() + Duration::days(15)).date_naive();
    let to = (t.now() + Duration::days(400)).date_naive();
    let new = |kind| integrity::forms::sanctions::NewSanction {
        business_number: voucherdesk::core::numbers::BusinessNumber::from_parts(101, 81, 1)
            .unwrap()
            .as_str()
            .to_owned(),
        kind,
        legal_basis: "보조금법 제31조의2".to_owned(),
        reason: "거짓 청구".to_owned(),
        from_on: from,
        to_on: Some(to),
    };
    let exclusion = integrity::rules::sanctions::SanctionKind::Exclusion;
    let manager = t.actor("manager@money.test").await;
    let id = actions::notice_sanction(&t.app, &manager, new(exclusion), Once::new()).await.unwrap();
    let mut supplier = t.member(world.vendor.organisation, Role::Vendor).await;
    supplier.see(&format!("/sanctions/{id}")).await.says("거짓 청구").says("Objections until");
    let second = t.actor("second@money.test").await;
    let early = actions::decide_sanction(&t.app, &second, id, "impose", "", Once::new()).await.unwrap_err();
    assert_eq!(early.to_string(), "refused: recovery-refusal-term-runs");
    t.advance(Duration::days(15));
    let (manager, second) = (t.actor("manager@money.test").await, t.actor("second@money.test").await);
    assert!(actions::decide_sanction(&t.app, &manager, id, "impose", "", Once::new()).await.is_err());
    actions::decide_sanction(&t.app, &second, id, "impose", "", Once::new()).await.unwrap();
    let today = t.now().date_naive();
    let mut tx = t.app.db.write().await.unwrap();
    assert!(voucherdesk::vendors::check_stands(&mut tx, world.vendor.vendor, today).await.is_err(), "selection");
    let hold = voucherdesk::vendors::pay_hold(&mut tx, world.vendor.vendor, today).await.unwrap();
    assert_eq!(hold, Some(voucherdesk::vendors::PayHold::Excluded), "payment");
    drop(tx);
    let mut supplier = t.member(world.vendor.organisation, Role::Vendor).await;
    supplier.see("/sanctions").await.says("In force");
    let mut firm = t.member(world.case.application.firm, Role::Firm).await;
    assert_eq!(firm.get(&format!("/sanctions/{id}")).await.status, 404);
    // Over after its last day.
    t.advance(Duration::days(400));
    assert_eq!(integrity::turn_sanctions(&t.app).await.unwrap(), 1);
    let mut tx = t.app.db.read().await.unwrap();
    let today = t.now().date_naive();
    let kept_out = voucherdesk::organisations::exclusion_of(&mut tx, world.vendor.organisation, today).await.unwrap();
    assert!(kept_out.is_none());
});

both!(a_red_verification_stops_payments_until_green_or_two_people, async |t: Tester| {
    let world = World::new(&t).await;
    let open = async || {
        let mut tx = t.app.db.write().await.unwrap();
        ledger::check_release_open(&mut tx).await.is_ok()
    };
    assert!(integrity::verify_daily(&t.app).await.unwrap());
    assert!(!integrity::verify_daily(&t.app).await.unwrap(), "once a day");
    assert!(open().await);
    let breach = async |sql: &'static str| {
        let mut tx = t.app.db.write().await.unwrap();
        tx.run(sql, (world.case.application.id,)).await.unwrap();
        tx.commit().await.unwrap();
    };
    breach("UPDATE applications SET support_won = support_won - 1, total_won = total_won - 1 WHERE id = $1").await;
    t.advance(Duration::days(1));
    assert!(integrity::verify_daily(&t.app).await.unwrap());
    assert!(!open().await);
    let mut auditor = t.staff(Role::Auditor).await;
    auditor.see("/integrity").await.says("The release of payments is stopped").says("Daily run").says("ms");
    let release = auditor.see("/ledger/release").await;
    release.says("Stopped").says("awards_within_requests");
    assert!(release.find_form("/ask").is_none());
    let mut first = t.signed_in("manager@money.test").await;
    first
        .fill_and_follow("/ledger/release", "/ask", &[("reason", "반올림 차이로 확인")])
        .await
        .says("Somebody else must lift");
    assert!(first.see("/ledger/release").await.find_form("/lift").is_none());
    assert!(!open().await);
    let mut second = t.signed_in("second@money.test").await;
    second.fill_and_follow("/ledger/release", "/lift", &[]).await.says("The stop was lifted").says("Open");
    assert!(open().await);
    // Red again the next day, green once it is mended.
    t.advance(Duration::days(1));
    integrity::verify_daily(&t.app).await.unwrap();
    assert!(!open().await);
    breach("UPDATE applications SET support_won = support_won + 1, total_won = total_won + 1 WHERE id = $1").await;
    let mut auditor = t.staff(Role::Auditor).await;
    auditor.fill_and_follow("/integrity", "/integrity/run", &[]).await.says("Every rule holds");
    assert!(open().await);
});
