//! Stories of payments: prepared, approved and released by three people, answered by the bank.

mod checking;
mod killed;
mod messages;
mod statements;

use crate::support::{
    Browser, Seen, Tester,
    agreements_builder::BuiltAgreement,
    builders::{BuiltCall, BuiltVendor},
};
use futures_util::future::join_all;
use voucherdesk::{
    claims::{
        self, ClaimId, ClaimState,
        actions::{Decision, NewClaim},
        rules::{Invoice, InvoiceLine},
    },
    core::{actor::Actor, money::Won, numbers::BusinessNumber, refusal::Trouble, roles::Role},
    db::once::Once,
    ledger::{self, AccountKind},
    organisations::OrganisationId,
    payments::{self, Answer, BatchId, BatchState, PaymentState, actions},
};

const VENDOR: u16 = 900;
const FIRM: u16 = 100;

struct World {
    vendor: BuiltVendor,
    firm: OrganisationId,
    agreement: BuiltAgreement,
    vendor_user: Actor,
    firm_user: Actor,
    officer: Actor,
}

async fn member(t: &Tester, email: &str, organisation: OrganisationId, role: Role) -> Actor {
    let person = t.person(email).await;
    t.grant(person, role, Some(organisation.0)).await;
    t.actor(email).await
}

async fn staff(t: &Tester, email: &str, roles: &[Role]) -> Actor {
    let person = t.person(email).await;
    for role in roles {
        t.grant(person, *role, None).await;
    }
    t.actor(email).await
}

async fn payer(t: &Tester, email: &str) -> (Actor, Browser) {
    let actor = staff(t, email, &[Role::Payer]).await;
    (actor, t.signed_in(email).await)
}

impl World {
    /// Four milestones of 12,500,000 won, of which the state pays 10,000,000 each.
    async fn new(t: &Tester) -> World {
        World::in_call(t, t.call(Won(1_000_000_000)).await).await
    }

    async fn in_call(t: &Tester, call: BuiltCall) -> World {
        let vendor = t.vendor(VENDOR).await;
        let application = t.application(&call, &vendor, FIRM, "agreed", 40_000_000).await;
        let agreement = t.agreement(&call, &vendor, &application).await;
        World {
            vendor_user: member(t, "v@vendor.test", vendor.organisation, Role::Vendor).await,
            firm_user: member(t, "f@firm.test", application.firm, Role::Firm).await,
            officer: staff(t, "officer@staff.test", &[Role::ClaimsOfficer, Role::Payer]).await,
            firm: application.firm,
            vendor,
            agreement,
        }
    }

    /// Claims for the first `count` milestones, approved.
    async fn approved(&self, t: &Tester, count: usize) -> Vec<ClaimId> {
        let mut approved = Vec::new();
        for i in 0..count {
            let new = NewClaim {
                agreement: self.agreement.id,
                milestone: self.agreement.milestones[i],
                invoice: invoice(t, i),
                file: None,
            };
            let id = claims::actions::submit(&t.app, &self.vendor_user, new, Once::new()).await.unwrap();
            claims::actions::answer(&t.app, &self.firm_user, id, true, "", Once::new()).await.unwrap();
            claims::actions::decide(&t.app, &self.officer, id, Decision::Approve, Once::new()).await.unwrap();
            approved.push(id);
        }
        approved
    }

    async fn balances(&self, t: &Tester) -> [i64; 4] {
        let mut tx = t.app.db.read().await.unwrap();
        let mut found = [0; 4];
        let kinds = [AccountKind::Voucher, AccountKind::Held, AccountKind::Payable, AccountKind::Paid];
        for (place, kind) in found.iter_mut().zip(kinds) {
            *place = ledger::balance(&mut tx, self.agreement.case.account(kind)).await.unwrap().0 / 1_000_000;
        }
        found
    }
}

fn invoice(t: &Tester, i: usize) -> Invoice {
    let number = |serial| BusinessNumber::from_parts(101, 81, serial).unwrap();
    let today = t.now().date_naive();
    Invoice {
        approval_number: format!("20270302-41000012-{i:08}").parse().unwrap(),
        invoice_no: format!("A-{i}"),
        kind: voucherdesk::claims::rules::TaxKind::Taxable,
        issued_on: today,
        supplied_on: today,
        supplier_number: number(VENDOR),
        buyer_number: number(FIRM),
        supply: Won(12_500_000),
        vat: Won(1_250_000),
        total: Won(13_750_000),
        lines: vec![InvoiceLine {
            description: "licence".to_owned(),
            quantity: 1,
            unit_price: Won(12_500_000),
            net: Won(12_500_000),
        }],
    }
}

async fn claim_state(t: &Tester, id: ClaimId) -> ClaimState {
    let mut tx = t.app.db.read().await.unwrap();
    claims::get(&mut tx, id).await.unwrap().state
}

async fn batch(t: &Tester, id: BatchId) -> (BatchState, Vec<payments::Payment>) {
    let mut tx = t.app.db.read().await.unwrap();
    let batch = payments::find_batch(&mut tx, id).await.unwrap().unwrap();
    (batch.state, payments::payments_of(&mut tx, id).await.unwrap())
}

#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T, Trouble>) -> &'static str {
    match outcome {
        Err(Trouble::Refused(refusal)) => refusal.key,
        other => panic!("not refused: {other:?}"),
    }
}

/// A batch of these claims, with the bank.
async fn released(t: &Tester, claims: Vec<ClaimId>) -> (BatchId, Actor, Actor) {
    let one = staff(t, "one@pay.test", &[Role::Payer]).await;
    let two = staff(t, "two@pay.test", &[Role::Payer]).await;
    let three = staff(t, "three@pay.test", &[Role::Payer]).await;
    let id = actions::prepare(&t.app, &one, claims, Once::new()).await.unwrap();
    actions::approve(&t.app, &two, id, Once::new()).await.unwrap();
    actions::release(&t.app, &three, id, Once::new()).await.unwrap();
    (id, one, two)
}

/// Takes the bank file out and downloads it.
async fn taken(browser: &mut Browser, path: &str) -> Seen {
    let form = browser.see(path).await.form("/file");
    let seen = browser.submit(form).await;
    assert_eq!(seen.status, 303, "{}", seen.text());
    browser.see(&seen.location().unwrap()).await
}

async fn records(t: &Tester) -> Option<i64> {
    let mut tx = t.app.db.read().await.unwrap();
    tx.value("SELECT COUNT(*) FROM audit_records", ()).await.unwrap()
}

both!(money_leaves_by_the_hands_of_three_people, async |t: Tester| {
    let world = World::new(&t).await;
    let claims = world.approved(&t, 2).await;
    assert_eq!(world.balances(&t).await, [20, 20, 0, 0]);
    let (_, mut one) = payer(&t, "one@pay.test").await;
    let (_, mut two) = payer(&t, "two@pay.test").await;
    let (_, mut three) = payer(&t, "three@pay.test").await;
    one.see("/payments").await.says("KRW 20,000,000").says("CL2027-000001").says("CL2027-000002");
    let form = one.see("/payments").await.form("/payments/batches");
    let first = one.submit(form.clone()).await;
    let second = one.submit(form).await;
    assert_eq!((first.status.as_u16(), first.location()), (303, second.location()), "a double click prepares once");
    let path = first.location().unwrap();
    let page = one.see(&path).await;
    page.says("PB2027-00001").says("VD202700000001").says("KRW 20,000,000").says("···6789");
    page.says("You already did this on the same case: preparation of a payment");
    assert_eq!(world.balances(&t).await, [20, 0, 20, 0]);
    assert_eq!(claim_state(&t, claims[0]).await, ClaimState::Ordered);
    // Whoever prepared neither approves nor releases, whoever approved does not release.
    one.fill(&format!("{path}/approve"), "/approve", &[]).await.says("You already did this");
    let again = two.fill(&format!("{path}/release"), "/release", &[]).await;
    again.says("The state has changed");
    two.fill_and_follow(&format!("{path}/approve"), "/approve", &[]).await.says("To be released");
    for browser in [&mut one, &mut two] {
        let seen = browser.fill(&format!("{path}/release"), "/release", &[]).await;
        assert_eq!(seen.status, 422);
        seen.says("You already did this on the same case");
    }
    assert_eq!(three.get(&format!("{path}/file")).await.status, 404, "no file before the release");
    let done = three.fill_and_follow(&format!("{path}/release"), "/release", &[]).await;
    done.says("With the bank").says("SHA-256").says("Batch released");
    let file = taken(&mut three, &path).await;
    let text = file.html();
    assert_eq!(text.lines().count(), 3);
    assert!(text.contains("VD202700000001,004,11012346789,한빛정밀 900,10000000,CL2027-000001"), "{text}");
    assert_eq!(taken(&mut one, &path).await.body, file.body, "the same bytes every time");
    three.see(&path).await.says("Bank file downloaded");
    // The download itself writes nothing, and is nobody's but who took the file out.
    let form = three.see(&path).await.form("/file");
    let seen = three.submit(form).await;
    let file_path = seen.location().unwrap();
    let before = records(&t).await;
    assert_eq!(three.see(&file_path).await.body, file.body);
    assert_eq!(records(&t).await, before);
    assert_eq!(one.get(&file_path).await.status, 404);
    let mut tx = t.app.db.read().await.unwrap();
    let kept: Option<String> = tx.value("SELECT file_text FROM payment_batches", ()).await.unwrap();
    assert!(!kept.unwrap().contains("11012346789"), "no account number stands open in the database");
    drop(tx);
    // Managers and auditors read; they do not act and get no file.
    for role in [Role::Manager, Role::Auditor] {
        let mut reader = t.staff(role).await;
        reader.see(&path).await.says("Batch prepared");
        assert!(reader.see(&path).await.find_form("/file").is_none());
        assert_eq!(reader.get(&format!("{path}/cancel")).await.status, 404);
    }
    t.advance(chrono::Duration::minutes(11));
    assert_eq!(three.get(&file_path).await.status, 403);
    three.see(&path).await.says("to download the bank file");
});

both!(whoever_approved_the_claim_neither_prepares_nor_approves_nor_releases, async |t: Tester| {
    let world = World::new(&t).await;
    let claims = world.approved(&t, 1).await;
    let mut officer = t.signed_in("officer@staff.test").await;
    let page = officer.see("/payments").await;
    page.says("You already did this on the same case: approval of a claim");
    assert!(!page.html().contains("name=\"claims\""), "nothing to choose");
    let outcome = actions::prepare(&t.app, &world.officer, claims.clone(), Once::new()).await;
    assert_eq!(refused(outcome), "payments-refusal-nothing-to-pay");
    let one = staff(&t, "one@pay.test", &[Role::Payer]).await;
    let two = staff(&t, "two@pay.test", &[Role::Payer]).await;
    let id = actions::prepare(&t.app, &one, claims.clone(), Once::new()).await.unwrap();
    assert_eq!(refused(actions::approve(&t.app, &world.officer, id, Once::new()).await), "refusal-duties-apart");
    officer.see(&format!("/payments/batches/{id}")).await.says("approval of a claim");
    actions::approve(&t.app, &two, id, Once::new()).await.unwrap();
    assert_eq!(refused(actions::release(&t.app, &world.officer, id, Once::new()).await), "refusal-duties-apart");
    assert_eq!(batch(&t, id).await.0, BatchState::Approved);
    // A claim that is in a batch is in no other.
    let again = actions::prepare(&t.app, &one, claims, Once::new()).await;
    assert_eq!(refused(again), "payments-refusal-nothing-to-pay");
});

both!(two_approvals_at_once_never_overdraw_the_voucher, async |t: Tester| {
    let world = World::new(&t).await;
    let mut claims = Vec::new();
    for i in 0..2 {
        let (agreement, milestone) = (world.agreement.id, world.agreement.milestones[i]);
        let new = NewClaim { agreement, milestone, invoice: invoice(&t, i), file: None };
        let id = claims::actions::submit(&t.app, &world.vendor_user, new, Once::new()).await.unwrap();
        claims::actions::answer(&t.app, &world.firm_user, id, true, "", Once::new()).await.unwrap();
        claims.push(id);
    }
    // Something else holds all but the money of one claim.
    let mut tx = t.app.db.write().await.unwrap();
    let other = uuid::Uuid::now_v7();
    ledger::hold(&mut tx, &Actor::system(), &world.agreement.case, other, Won(30_000_000), t.now()).await.unwrap();
    tx.commit().await.unwrap();
    let second = staff(&t, "second@staff.test", &[Role::ClaimsOfficer]).await;
    let decide = |officer, id| claims::actions::decide(&t.app, officer, id, Decision::Approve, Once::new());
    let done = join_all([decide(&world.officer, claims[0]), decide(&second, claims[1])]).await;
    assert_eq!(done.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(world.balances(&t).await, [0, 40, 0, 0]);
    let left = match done[0].is_ok() {
        true => claims[1],
        false => claims[0],
    };
    assert_eq!(claim_state(&t, left).await, ClaimState::DeliveryAccepted, "nothing of the refused approval is kept");
});

both!(a_release_pressed_eight_times_makes_one_file, async |t: Tester| {
    let world = World::new(&t).await;
    let claims = world.approved(&t, 2).await;
    let one = staff(&t, "one@pay.test", &[Role::Payer]).await;
    let two = staff(&t, "two@pay.test", &[Role::Payer]).await;
    let three = staff(&t, "three@pay.test", &[Role::Payer]).await;
    let prepared = join_all((0..8).map(|_| actions::prepare(&t.app, &one, claims.clone(), Once::new()))).await;
    let (made, told): (Vec<_>, Vec<_>) = prepared.into_iter().partition(Result::is_ok);
    for outcome in told {
        let key = refused(outcome);
        assert!(["payments-refusal-nothing-to-pay", "refusal-state-moved-on"].contains(&key), "{key}");
    }
    let ids: Vec<BatchId> = made.into_iter().filter_map(Result::ok).collect();
    assert_eq!(ids.len(), 1, "prepared at once, prepared once");
    let id = ids[0];
    actions::approve(&t.app, &two, id, Once::new()).await.unwrap();
    let pressed = join_all((0..8).map(|_| actions::release(&t.app, &three, id, Once::new()))).await;
    assert_eq!(pressed.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for outcome in pressed.into_iter().filter(Result::is_err) {
        assert_eq!(refused(outcome), "refusal-state-moved-on");
    }
    let mut files = Vec::new();
    for person in [&three, &one] {
        let once = Once::new();
        actions::take_file(&t.app, person, id, once).await.unwrap();
        files.push(actions::bank_file(&t.app, person, id, once).await.unwrap().bytes);
    }
    assert_eq!(files[0], files[1]);
    let (state, payments) = batch(&t, id).await;
    assert_eq!(state, BatchState::Released);
    assert!(payments.iter().all(|payment| payment.state == PaymentState::Sent));
    assert_eq!(world.balances(&t).await, [20, 0, 20, 0]);
});

both!(the_bank_confirms_and_the_voucher_is_used_up, async |t: Tester| {
    let world = World::new(&t).await;
    let claims = world.approved(&t, 4).await;
    let (id, ..) = released(&t, claims.clone()).await;
    let mut payer = t.signed_in("one@pay.test").await;
    let path = format!("/payments/batches/{id}");
    let answer = payer.see(&path).await.link("/answer");
    let seen = payer.fill(&answer, "/answer", &[("result", "confirmed")]).await;
    assert_eq!((seen.status.as_u16(), seen.error_at("bank_reference").is_some()), (422, true));
    let said = [("result", "confirmed"), ("bank_reference", "KB-1")];
    payer.fill_and_follow(&answer, "/answer", &said).await.says("Confirmed").says("KB-1").says("With the bank");
    assert_eq!(world.balances(&t).await, [0, 0, 30, 10]);
    // The rest comes as a file; every row says what became of it.
    let csv = "end_to_end_id,result,bank_reference\n\
               VD202700000001,confirmed,KB-1\nVD202700000001,failed,no\nVD202700000002,confirmed,KB-2\n\
               VD202700000003,confirmed,KB-3\nVD202700000004,confirmed,KB-4\nVD999,confirmed,KB-5\nVD1,perhaps,\n";
    let form = payer.see(&path).await.form("/answers").file("answers_file", "answers.csv", csv.as_bytes());
    let seen = payer.submit(form).await;
    assert_eq!(seen.status, 303, "{}", seen.text());
    let results = payer.follow(seen).await;
    for word in ["Answered before", "Contradicts", "Not in this batch", "Cannot be read", "7 in all"] {
        results.says(word);
    }
    assert_eq!(results.text().matches("Confirmed").count(), 3);
    assert_eq!(world.balances(&t).await, [0, 0, 0, 40]);
    let (state, payments) = batch(&t, id).await;
    assert_eq!(state, BatchState::Settled);
    assert!(payments.iter().all(|payment| payment.state == PaymentState::Confirmed));
    for claim in claims {
        assert_eq!(claim_state(&t, claim).await, ClaimState::Paid);
    }
    let mut tx = t.app.db.read().await.unwrap();
    let voucher: Option<String> = tx.value("SELECT state FROM vouchers", ()).await.unwrap();
    assert_eq!(voucher.as_deref(), Some("exhausted"));
    let sum: Option<i64> =
        tx.value("SELECT CAST(COALESCE(SUM(amount_won), 0) AS BIGINT) FROM ledger_entries", ()).await.unwrap();
    assert_eq!(sum, Some(0), "the ledger adds up");
    drop(tx);
    let mails = t.mails().await;
    for email in ["v@vendor.test", "f@firm.test"] {
        assert_eq!(mails.iter().filter(|mail| mail.to == email && mail.subject.starts_with("Paid")).count(), 4);
    }
    let mut vendor = t.signed_in("v@vendor.test").await;
    vendor.see("/payments/mine").await.says("KRW 40,000,000").says("KB-4").says("16 Mar 2027");
    let wrong = payer.see("/payments?state=settled").await;
    wrong.says("PB2027-00001");
});

both!(a_failed_payment_is_prepared_again, async |t: Tester| {
    let world = World::new(&t).await;
    let claims = world.approved(&t, 1).await;
    let (id, one, two) = released(&t, claims.clone()).await;
    let payment = batch(&t, id).await.1[0].id;
    let failed = Answer::Failed { note: "account closed".to_owned() };
    actions::answer(&t.app, &two, payment, failed.clone(), Once::new()).await.unwrap();
    assert_eq!(refused(actions::answer(&t.app, &two, payment, failed, Once::new()).await), "refusal-state-moved-on");
    assert_eq!(batch(&t, id).await.0, BatchState::Settled);
    assert_eq!(claim_state(&t, claims[0]).await, ClaimState::Approved);
    assert_eq!(world.balances(&t).await, [30, 10, 0, 0]);
    let again = actions::prepare(&t.app, &one, claims, Once::new()).await.unwrap();
    assert_eq!(world.balances(&t).await, [30, 0, 10, 0]);
    let again_payment = batch(&t, again).await.1[0].clone();
    assert_eq!(
        (again_payment.end_to_end_id.as_str(), again_payment.instruction_id.as_str()),
        ("VD202700000001", "VD202700000001-2"),
        "the bank knows it for the same"
    );
    // Cancelled, everything is back where it was, and the claim can be paid a third time.
    let mut payer = t.signed_in("two@pay.test").await;
    let path = format!("/payments/batches/{again}");
    let seen = payer.fill(&format!("{path}/cancel"), "/cancel", &[]).await;
    assert!(seen.error_at("note").is_some());
    payer.fill_and_follow(&format!("{path}/cancel"), "/cancel", &[("note", "Wrong day")]).await.says("Cancelled");
    assert_eq!(world.balances(&t).await, [30, 10, 0, 0]);
    payer.see("/payments").await.says("CL2027-000001");
    assert_eq!(refused(actions::release(&t.app, &one, again, Once::new()).await), "refusal-state-moved-on");
    let mails = t.mails().await;
    assert!(mails.iter().any(|mail| mail.to == "v@vendor.test" && mail.subject.starts_with("Payment failed")));
});

both!(an_unknown_result_is_left_only_by_two_people, async |t: Tester| {
    let world = World::new(&t).await;
    let claims = world.approved(&t, 1).await;
    let (id, one, _) = released(&t, claims.clone()).await;
    let payment = batch(&t, id).await.1[0].id;
    let unknown = Answer::Unknown { note: "the line broke".to_owned() };
    actions::answer(&t.app, &one, payment, unknown, Once::new()).await.unwrap();
    assert_eq!(world.balances(&t).await, [30, 0, 10, 0], "an unknown payment still holds its money");
    let (mut first, mut second) = (t.signed_in("one@pay.test").await, t.signed_in("two@pay.test").await);
    let path = format!("/payments/{payment}/answer");
    let found = [("result", "confirmed"), ("bank_reference", "KB-9")];
    first.fill_and_follow(&path, "/answer", &found).await.says("Found out");
    first.see(&path).await.says("Somebody other than who found this out");
    let own = actions::settle_unknown(&t.app, &one, payment, true, Once::new()).await;
    assert_eq!(refused(own), "payments-refusal-second-person");
    second.fill_and_follow(&path, "/agree", &[("agree", "no")]).await.says("Unknown");
    assert_eq!(batch(&t, id).await.1[0].state, PaymentState::Unknown);
    // A file of answers proposes as well; it does not settle.
    let csv = "end_to_end_id,result,bank_reference\nVD202700000001,confirmed,KB-9\n";
    let form = first.see(&format!("/payments/batches/{id}")).await.form("/answers");
    let seen = first.submit(form.file("answers_file", "answers.csv", csv.as_bytes())).await;
    first.follow(seen).await.says("Waits for a second person");
    assert_eq!(world.balances(&t).await, [30, 0, 10, 0]);
    second.fill_and_follow(&path, "/agree", &[("agree", "yes")]).await.says("Settled");
    assert_eq!(world.balances(&t).await, [30, 0, 0, 10]);
    assert_eq!(claim_state(&t, claims[0]).await, ClaimState::Paid);
});

both!(only_approved_vendors_are_paid, async |t: Tester| {
    let world = World::new(&t).await;
    let claims = world.approved(&t, 2).await;
    let one = staff(&t, "one@pay.test", &[Role::Payer]).await;
    let two = staff(&t, "two@pay.test", &[Role::Payer]).await;
    let id = actions::prepare(&t.app, &one, vec![claims[0]], Once::new()).await.unwrap();
    let suspend = async |state: &str| {
        let mut tx = t.app.db.write().await.unwrap();
        let vendor = world.vendor.vendor;
        tx.run("UPDATE vendors SET state = $2 WHERE id = $1", (vendor, state.to_owned())).await.unwrap();
        tx.commit().await.unwrap();
    };
    suspend("suspended").await;
    assert_eq!(refused(actions::approve(&t.app, &two, id, Once::new()).await), "payments-refusal-vendor");
    let other = actions::prepare(&t.app, &one, vec![claims[1]], Once::new()).await;
    assert_eq!(refused(other), "payments-refusal-nothing-to-pay");
    t.signed_in("one@pay.test").await.see("/payments").await.says("The vendor is not approved");
    suspend("approved").await;
    actions::approve(&t.app, &two, id, Once::new()).await.unwrap();
    let three = staff(&t, "three@pay.test", &[Role::Payer]).await;
    suspend("suspended").await;
    assert_eq!(refused(actions::release(&t.app, &three, id, Once::new()).await), "payments-refusal-vendor");
    assert_eq!(batch(&t, id).await.0, BatchState::Approved);
});

both!(payments_are_the_payers_and_a_vendor_sees_its_own_money, async |t: Tester| {
    let world = World::new(&t).await;
    world.approved(&t, 1).await;
    for role in [Role::Screener, Role::Reviewer, Role::ClaimsOfficer, Role::Analyst, Role::Admin] {
        assert_eq!(t.staff(role).await.get("/payments").await.status, 404, "{role}");
    }
    let mut firm = t.member(world.firm, Role::Firm).await;
    assert_eq!(firm.get("/payments/mine").await.status, 404);
    let mut vendor = t.signed_in("v@vendor.test").await;
    vendor.see("/payments/mine").await.says("KRW 10,000,000").says("16 Mar 2027").says("Approved");
    assert_eq!(vendor.get("/payments").await.status, 404);
    let other = t.vendor(901).await;
    let mut other = t.member(other.organisation, Role::Vendor).await;
    other.see("/payments/mine").await.says("No claim was approved yet");
    t.advance(chrono::Duration::days(20));
    t.signed_in("v@vendor.test").await.see("/payments/mine").await.says("Late");
    let mut payer = payer(&t, "one@pay.test").await.1;
    let form = payer.see("/payments").await.form("/payments/batches").without("claims");
    let seen = payer.submit(form).await;
    assert_eq!(seen.status, 422);
    seen.says("Choose at least one claim");
});

both!(a_claim_left_out_of_a_batch_leaves_what_it_was_refused_on, async |t: Tester| {
    let world = World::new(&t).await;
    let claims = world.approved(&t, 1).await;
    let mut tx = t.app.db.write().await.unwrap();
    tx.run("UPDATE organisations SET register_status = 'suspended'", ()).await.unwrap();
    tx.commit().await.unwrap();
    let one = staff(&t, "one@pay.test", &[Role::Payer]).await;
    let none = actions::prepare(&t.app, &one, claims.clone(), Once::new()).await;
    assert_eq!(refused(none), "conditions-refusal-unmet");
    let mut tx = t.app.db.read().await.unwrap();
    let kept: Vec<String> = tx
        .values("SELECT refused_by FROM eligibility_runs WHERE stage = 'payment' AND refused_by IS NOT NULL", ())
        .await
        .unwrap();
    drop(tx);
    assert!(kept.len() == 1 && kept[0].contains("register_status"), "{kept:?}");
    assert_eq!(claim_state(&t, claims[0]).await, ClaimState::Approved);
    assert_eq!(world.balances(&t).await, [30, 10, 0, 0]);
});
