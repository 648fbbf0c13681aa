//! Who checks what: bands of amounts, the one who is named and their deputy, holds, and what the database refuses.

use super::*;
use voucherdesk::{
    organisations,
    payments::{
        actions::{NewBatch, NewHold},
        rules::holds::HoldLevel,
    },
    programmes::{CallRules, PaymentRules},
};

/// As `World::new`, in a call with these rules of payment.
async fn world_by(t: &Tester, payment: PaymentRules) -> World {
    let call = t.call_by(Won(1_000_000_000), CallRules { payment, ..CallRules::ai_voucher() }).await;
    World::in_call(t, call).await
}

both!(a_batch_over_the_band_is_checked_by_two_people, async |t: Tester| {
    let bands = PaymentRules { second_check_over: Some(Won(10_000_000)), ..PaymentRules::default() };
    let world = world_by(&t, bands).await;
    let claims = world.approved(&t, 3).await;
    let (one, _) = payer(&t, "one@pay.test").await;
    let small = actions::prepare(&t.app, &one, vec![claims[0]], Once::new()).await.unwrap();
    let large = actions::prepare(&t.app, &one, claims[1..].to_vec(), Once::new()).await.unwrap();
    let (two, mut browser) = payer(&t, "two@pay.test").await;
    let (three, mut third) = payer(&t, "three@pay.test").await;
    let (four, _) = payer(&t, "four@pay.test").await;
    actions::approve(&t.app, &two, small, Once::new()).await.unwrap();
    assert_eq!(batch(&t, small).await.0, BatchState::Approved, "at the band one is enough");
    let path = format!("/payments/batches/{large}");
    // Before the click the page says who can and who cannot.
    let page = browser.see(&path).await;
    page.says("Who can do the next act").says("Cannot one: preparation of a payment").says("Can two").says("0 / 2");
    page.says("Cannot officer: approval of a claim");
    let done = browser.fill_and_follow(&format!("{path}/approve"), "/approve", &[]).await;
    done.says("To be approved").says("1 / 2").says("Batch checked").says("Cannot two: approval of a payment");
    assert_eq!(refused(actions::approve(&t.app, &two, large, Once::new()).await), "refusal-duties-apart");
    assert_eq!(refused(actions::release(&t.app, &three, large, Once::new()).await), "refusal-state-moved-on");
    third.fill_and_follow(&format!("{path}/approve"), "/approve", &[]).await.says("To be released").says("2 / 2");
    for checker in [&two, &three] {
        assert_eq!(refused(actions::release(&t.app, checker, large, Once::new()).await), "refusal-duties-apart");
    }
    actions::release(&t.app, &four, large, Once::new()).await.unwrap();
});

both!(a_deputy_checks_for_the_one_who_is_away_and_it_is_on_record, async |t: Tester| {
    let world = World::new(&t).await;
    let claims = world.approved(&t, 1).await;
    let (one, _) = payer(&t, "one@pay.test").await;
    let (two, mut away) = payer(&t, "two@pay.test").await;
    let (three, mut deputy) = payer(&t, "three@pay.test").await;
    let new = |checker| NewBatch { claims: claims.clone(), profile: None, checker };
    let own = actions::prepare(&t.app, &one, new(Some(one.id)), Once::new()).await;
    assert_eq!(refused(own), "payments-refusal-own-checker");
    let mut first = t.signed_in("one@pay.test").await;
    let form = first.see("/payments").await.form("/payments/batches").with(&[("checker", &two.id.to_string())]);
    let seen = first.submit(form).await;
    let path = seen.location().unwrap();
    let id: BatchId = path.rsplit('/').next().unwrap().parse().unwrap();
    first.follow(seen).await.says("To be checked by: two").says("Cannot three: Somebody else was named");
    assert_eq!(refused(actions::approve(&t.app, &three, id, Once::new()).await), "payments-refusal-named-checker");
    // Nobody makes themselves a deputy of another; who is away names one.
    let days = [("from_on", "2027-03-02"), ("to_on", "2027-03-05"), ("reason", "Training")];
    let (absent, stands_in) = (two.id.to_string(), three.id.to_string());
    let values = [("person", absent.as_str()), ("deputy", stands_in.as_str())];
    let all = [&values[..], &days[..]].concat();
    let form = away.see("/payments/absences").await.form("/payments/absences");
    let stolen = deputy.see("/payments/absences").await.form("/payments/absences").with(&all);
    assert_eq!(deputy.submit(stolen).await.status, 422);
    let seen = away.submit(form.with(&all)).await;
    away.follow(seen).await.says("The absence is recorded").says("Training");
    deputy.see(&path).await.says("Can three");
    let done = deputy.fill_and_follow(&format!("{path}/approve"), "/approve", &[]).await;
    done.says("To be released").says("three (for two)");
    // Once it is over nobody stands in any more.
    let form = away.see("/payments/absences").await.form("/end");
    away.submit(form).await;
    away.see("/payments/absences").await.says("No absence is recorded");
});

both!(what_is_held_neither_enters_a_batch_nor_leaves_in_one, async |t: Tester| {
    let world = World::new(&t).await;
    let claims = world.approved(&t, 3).await;
    let (one, mut browser) = payer(&t, "one@pay.test").await;
    let (two, _) = payer(&t, "two@pay.test").await;
    let (three, _) = payer(&t, "three@pay.test").await;
    let manager = staff(&t, "boss@staff.test", &[Role::Manager]).await;
    let review_on = (t.now() + chrono::Duration::days(3)).date_naive();
    let hold = async |level, subject: &str| {
        let new = NewHold {
            level,
            subject: subject.to_owned(),
            reason: "Delivery in doubt".to_owned(),
            owner: manager.id,
            review_on,
        };
        actions::place_hold(&t.app, &manager, new, Once::new()).await
    };
    let lift = async |id| actions::lift_hold(&t.app, &manager, id, "Looked at it", Once::new()).await;
    assert_eq!(refused(hold(HoldLevel::Claim, "CL1999-1").await), "payments-refusal-no-subject");
    // A claim: named on the page and left out.
    let id = hold(HoldLevel::Claim, "CL2027-000001").await.unwrap();
    browser.see("/payments").await.says("On hold: Delivery in doubt");
    let none = actions::prepare(&t.app, &one, vec![claims[0]], Once::new()).await;
    assert_eq!(refused(none), "payments-refusal-nothing-to-pay");
    lift(id).await.unwrap();
    assert_eq!(refused(lift(id).await), "refusal-state-moved-on");
    // A vendor and a programme: approved before, they stop the release.
    let batch_id = actions::prepare(&t.app, &one, claims.clone(), Once::new()).await.unwrap();
    let id = hold(HoldLevel::Vendor, "V2027-900").await.unwrap();
    assert_eq!(refused(actions::approve(&t.app, &two, batch_id, Once::new()).await), "payments-refusal-held");
    lift(id).await.unwrap();
    actions::approve(&t.app, &two, batch_id, Once::new()).await.unwrap();
    let programme = world.agreement.case.programme.to_string();
    for (level, subject) in [(HoldLevel::Programme, programme.as_str()), (HoldLevel::Payment, "VD202700000002")] {
        let id = hold(level, subject).await.unwrap();
        assert_eq!(refused(actions::release(&t.app, &three, batch_id, Once::new()).await), "payments-refusal-held");
        // Nor does the database let it go.
        let mut tx = t.app.db.write().await.unwrap();
        let forced = tx
            .run(
                "UPDATE payment_batches SET state = 'released', released_by = $2, released_at = $3, file_text = 'x' WHERE id = $1",
                (batch_id, three.id, t.now()),
            )
            .await;
        assert!(forced.is_err(), "{level}");
        drop(tx);
        lift(id).await.unwrap();
    }
    // A hold that nobody looked at is on the list of aged ones.
    let id = hold(HoldLevel::Claim, "CL2027-000003").await.unwrap();
    browser.see("/payments/holds?which=aged").await.says("No holds match");
    t.advance(chrono::Duration::days(4));
    let mut browser = t.signed_in("one@pay.test").await;
    browser.see("/payments/holds?which=aged").await.says("CL2027-000003").says("Review overdue").says("1 in all");
    let page = browser.see(&format!("/payments/holds/{id}")).await;
    page.says("Delivery in doubt").says("boss").says("Payment put on hold");
    let seen = browser.fill(&format!("/payments/holds/{id}"), "/lift", &[]).await;
    assert!(seen.error_at("note").is_some());
    browser.fill_and_follow(&format!("/payments/holds/{id}"), "/lift", &[("note", "Delivered")]).await.says("Lifted");
    let mut vendor = t.signed_in("v@vendor.test").await;
    vendor.see("/payments/mine").await.says("Being paid");
    let held = [("level", "claim"), ("subject", "CL2027-000002"), ("reason", "x"), ("review_on", "2027-03-30")];
    let owner = one.id.to_string();
    let values = [&held[..], &[("owner", owner.as_str())][..]].concat();
    browser.fill_and_follow("/payments/holds/new", "/new", &values).await.says("It is on hold");
    vendor.see("/payments/mine").await.says("On hold");
});

both!(the_database_refuses_what_no_page_offers, async |t: Tester| {
    let world = World::new(&t).await;
    let claims = world.approved(&t, 3).await;
    let one = staff(&t, "one@pay.test", &[Role::Payer]).await;
    let two = staff(&t, "two@pay.test", &[Role::Payer]).await;
    let three = staff(&t, "three@pay.test", &[Role::Payer]).await;
    let open = actions::prepare(&t.app, &one, vec![claims[0]], Once::new()).await.unwrap();
    let locked = actions::prepare(&t.app, &one, vec![claims[1]], Once::new()).await.unwrap();
    actions::approve(&t.app, &two, locked, Once::new()).await.unwrap();
    let gone = actions::prepare(&t.app, &one, vec![claims[2]], Once::new()).await.unwrap();
    actions::approve(&t.app, &two, gone, Once::new()).await.unwrap();
    actions::release(&t.app, &three, gone, Once::new()).await.unwrap();
    let payment = batch(&t, gone).await.1[0].id;
    let lost = Answer::Unknown { note: "the line broke".to_owned() };
    actions::answer(&t.app, &one, payment, lost, Once::new()).await.unwrap();
    let copy = "INSERT INTO payments (id, claim_id, application_id, vendor_id, batch_id, end_to_end_id, attempt, instruction_id, \
         amount_won, bank_code, account_sealed, account_ending, account_holder, state, state_since) \
         SELECT batch_id, claim_id, application_id, vendor_id, $1, end_to_end_id, 9, 'again', amount_won, bank_code, \
         account_sealed, account_ending, account_holder, 'prepared', state_since FROM payments WHERE batch_id = $2";
    // Each: what somebody with the database would try, on which batch, by whom.
    let attempts: &[(&str, &'static str, BatchId, uuid::Uuid)] = &[
        (
            "maker checks",
            "INSERT INTO batch_checks (id, batch_id, position, person_id, at) SELECT $2, id, 1, $2, prepared_at FROM payment_batches WHERE id = $1",
            open,
            one.id,
        ),
        ("maker approves", "UPDATE payment_batches SET approved_by = $2 WHERE id = $1", open, one.id),
        (
            "approved unchecked",
            "UPDATE payment_batches SET state = 'approved', approved_by = $2 WHERE id = $1",
            open,
            two.id,
        ),
        (
            "maker releases",
            "UPDATE payment_batches SET state = 'released', released_by = $2 WHERE id = $1",
            locked,
            one.id,
        ),
        (
            "checker releases",
            "UPDATE payment_batches SET state = 'released', released_by = $2 WHERE id = $1",
            locked,
            two.id,
        ),
        (
            "released unapproved",
            "UPDATE payment_batches SET state = 'released', released_by = $2 WHERE id = $1",
            open,
            three.id,
        ),
        ("released twice", "UPDATE payment_batches SET released_by = $2 WHERE id = $1", gone, one.id),
        ("taken back", "UPDATE payment_batches SET state = 'approved', checker_id = $2 WHERE id = $1", gone, one.id),
        (
            "cancelled after it left",
            "UPDATE payment_batches SET state = 'cancelled', checker_id = $2 WHERE id = $1",
            gone,
            one.id,
        ),
        (
            "another total",
            "UPDATE payment_batches SET total_won = total_won + 1, checker_id = $2 WHERE id = $1",
            open,
            three.id,
        ),
        (
            "fewer checks",
            "UPDATE payment_batches SET checks_needed = 0, checker_id = $2 WHERE id = $1",
            locked,
            three.id,
        ),
        ("another amount", "UPDATE payments SET amount_won = 1, confirmed_by = $2 WHERE batch_id = $1", open, three.id),
        ("another batch", "UPDATE payments SET batch_id = $2 WHERE batch_id = $1", open, locked.0),
        ("out of the batch", "DELETE FROM payments WHERE batch_id = $1 AND id <> $2", open, three.id),
        ("into a locked batch", copy, locked, gone.0),
        ("in two live batches", copy, open, locked.0),
        (
            "unknown left by one",
            "UPDATE payments SET state = 'confirmed', answered_by = $2 WHERE batch_id = $1",
            gone,
            two.id,
        ),
        (
            "the same person twice",
            "UPDATE payments SET state = 'confirmed', confirmed_by = $2 WHERE batch_id = $1",
            gone,
            one.id,
        ),
    ];
    for (name, sql, batch, by) in attempts {
        let mut tx = t.app.db.write().await.unwrap();
        assert!(tx.run(sql, (*batch, *by)).await.is_err(), "{name}");
    }
    assert_eq!(batch(&t, open).await.0, BatchState::Prepared);
    assert_eq!(batch(&t, gone).await.1[0].state, PaymentState::Unknown);
});

// Every pair of acts on one batch by one person: preparing, checking and releasing are three people's.
both!(every_pair_of_acts_by_one_person_is_refused, async |t: Tester| {
    let world = World::new(&t).await;
    let claims = world.approved(&t, 1).await;
    let people = [
        staff(&t, "one@pay.test", &[Role::Payer]).await,
        staff(&t, "two@pay.test", &[Role::Payer]).await,
        staff(&t, "three@pay.test", &[Role::Payer]).await,
    ];
    for maker in 0..3 {
        for checker in 0..3 {
            for releaser in 0..3 {
                let id = actions::prepare(&t.app, &people[maker], claims.clone(), Once::new()).await;
                // Earlier rounds count too: the case remembers who did what.
                let Ok(id) = id else { continue };
                let checked = actions::approve(&t.app, &people[checker], id, Once::new()).await;
                if checker == maker {
                    assert_eq!(refused(checked), "refusal-duties-apart");
                } else if checked.is_ok() {
                    let sent = actions::release(&t.app, &people[releaser], id, Once::new()).await;
                    assert_eq!(sent.is_ok(), releaser != maker && releaser != checker, "{maker} {checker} {releaser}");
                    if sent.is_ok() {
                        assert_eq!(batch(&t, id).await.0, BatchState::Released);
                        return;
                    }
                }
                actions::cancel(&t.app, &people[maker], id, "another round", Once::new()).await.unwrap();
            }
        }
    }
    panic!("three people can pay");
});

both!(one_vendor_never_has_more_of_a_call_than_its_share, async |t: Tester| {
    let rules = PaymentRules { vendor_count_max: Some(1), ..PaymentRules::default() };
    let call = t.call_by(Won(1_000_000_000), CallRules { payment: rules, ..CallRules::ai_voucher() }).await;
    let vendor = t.vendor(VENDOR).await;
    let cap = ledger::Cap::of_vendor(call.call.0, vendor.vendor.0, None, Some(1)).unwrap();
    let outcomes = join_all((0..8_u16).map(async |n| {
        let application = t.application(&call, &vendor, 200 + n, "submitted", 10_000_000).await;
        let mut tx = t.app.db.write().await.unwrap();
        let case = application.case(&call);
        let done =
            ledger::commit(&mut tx, &Actor::system(), &case, &[cap], application.support, application.id.0, t.now())
                .await;
        if done.is_ok() {
            tx.commit().await.unwrap();
        }
        done
    }))
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for outcome in outcomes.into_iter().filter(Result::is_err) {
        assert_eq!(refused(outcome), "ledger-refusal-vendor-short");
    }
    // The firm reads it before it applies.
    let firm = t.organisation(300).await;
    let draft = t.application_of(&call, &vendor, firm, "draft", 10_000_000).await;
    let mut member = t.member(firm, Role::Firm).await;
    member.see(&format!("/applications/{}/costs", draft.id)).await.says("Vendor");
});

both!(what_a_vendor_owes_is_kept_back_and_never_twice, async |t: Tester| {
    let world = World::new(&t).await;
    let claims = world.approved(&t, 2).await;
    let debt = ledger::Debt {
        recovery: uuid::Uuid::now_v7(),
        debtor: world.vendor.organisation.0,
        application: world.agreement.case.application,
    };
    let mut tx = t.app.db.write().await.unwrap();
    ledger::claim_back(&mut tx, &Actor::system(), &debt, Won(3_000_000), t.now()).await.unwrap();
    // It is overdue: that keeps the vendor from new business, not from being paid what is left.
    let overdue = organisations::Exclusion {
        id: debt.recovery,
        organisation_id: world.vendor.organisation,
        cause: organisations::ExclusionCause::UnpaidRecovery,
        from_on: t.now().date_naive(),
        to_on: None,
    };
    organisations::exclude(&mut tx, &overdue).await.unwrap();
    tx.commit().await.unwrap();
    let (one, mut browser) = payer(&t, "one@pay.test").await;
    let (two, _) = payer(&t, "two@pay.test").await;
    let (three, _) = payer(&t, "three@pay.test").await;
    let id = actions::prepare(&t.app, &one, claims.clone(), Once::new()).await.unwrap();
    let page = browser.see(&format!("/payments/batches/{id}")).await;
    page.says("KRW 17,000,000").says("KRW 3,000,000 kept back for a recovery");
    actions::approve(&t.app, &two, id, Once::new()).await.unwrap();
    actions::release(&t.app, &three, id, Once::new()).await.unwrap();
    let (_, payments) = batch(&t, id).await;
    let net = payments.iter().position(|payment| payment.amount_won == Won(7_000_000)).unwrap();
    // It fails and is paid again: what was kept back once stays kept back.
    let failed = Answer::Failed { note: "account closed".to_owned() };
    actions::answer(&t.app, &two, payments[net].id, failed, Once::new()).await.unwrap();
    let arrived = Answer::Confirmed { reference: "B-1".to_owned() };
    actions::answer(&t.app, &two, payments[1 - net].id, arrived.clone(), Once::new()).await.unwrap();
    statements::sound(&t).await;
    let again = actions::prepare(&t.app, &one, vec![payments[net].claim_id], Once::new()).await.unwrap();
    let payment = batch(&t, again).await.1.remove(0);
    assert_eq!((payment.amount_won, payment.kept_won), (Won(7_000_000), Won::ZERO));
    actions::approve(&t.app, &two, again, Once::new()).await.unwrap();
    actions::release(&t.app, &three, again, Once::new()).await.unwrap();
    actions::answer(&t.app, &two, payment.id, arrived, Once::new()).await.unwrap();
    assert_eq!(world.balances(&t).await, [20, 0, 0, 20]);
    statements::sound(&t).await;
});
