//! Stories of agreements in depth: clauses and seals, whose money the own share is, vouchers that are blocked, warned of
//! and lapse, changes that two parties and the agency make, and what happens when people race.

use crate::{
    agreements::{
        OWN, SUPPORT, Story, active, balance, deposit, issued, offered, person, refused, story, terms, today,
    },
    claims::{self, World},
    support::{Tester, builders::BuiltVendor},
};
use chrono::{Days, Duration};
use futures_util::future::join_all;
use voucherdesk::{
    agreements::{self, AgreementId, AgreementState, BlockCause, VoucherState, actions, forms::NewChange},
    core::{actor::Actor, money::Won, roles::Role},
    db::once::Once,
    ledger::{self, AccountKind},
};

fn proven(t: &Tester, actor: &Actor) -> Actor {
    Actor { proven_at: t.now(), ..actor.clone() }
}

async fn voucher(t: &Tester, id: AgreementId) -> agreements::Voucher {
    let mut tx = t.app.db.read().await.unwrap();
    agreements::voucher_of(&mut tx, id).await.unwrap().unwrap()
}

async fn agreement(t: &Tester, id: AgreementId) -> agreements::Agreement {
    let mut tx = t.app.db.read().await.unwrap();
    agreements::get(&mut tx, id).await.unwrap()
}

/// The subjects of the mails to this address, oldest first.
async fn subjects(t: &Tester, email: &str) -> Vec<String> {
    t.mails().await.into_iter().filter(|mail| mail.to == email).map(|mail| mail.subject).collect()
}

/// Firm and vendor ask and assent, another manager decides.
async fn change(t: &Tester, story: &Story, id: AgreementId, new: NewChange) -> agreements::ChangeRequestId {
    let firm = proven(t, &story.firm);
    let request = actions::request_change(&t.app, &firm, id, new, "사정이 바뀌었습니다", Once::new()).await.unwrap();
    actions::assent_to_change(&t.app, &proven(t, &story.vendors), request, Once::new()).await.unwrap();
    request
}

both!(an_agreement_is_sealed_and_anybody_can_check_its_file, async |t: Tester| {
    let story = story(&t).await;
    let id = offered(&t, &story).await;
    let path = format!("/agreements/{id}");
    let mut firm = t.signed_in("owner@firm.test").await;
    firm.see(&path).await.says("The file is made once all three parties have assented");
    for party in [&story.firm, &story.vendors, &story.manager] {
        agreements::assent(&t.app, party, id, Once::new()).await.unwrap();
    }
    t.mails().await;
    let seen = firm.see(&path).await;
    seen.says("Password proved again").says("Agreement sealed");
    let file = firm.see(&format!("{path}/versions/1")).await;
    assert!(file.body.starts_with(b"%PDF-1.7"));
    let sha256 = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&file.body));
    seen.says(&sha256);
    let stranger = t.organisation(50).await;
    assert_eq!(t.member(stranger, Role::Firm).await.get(&format!("{path}/versions/1")).await.status, 404);

    // Outsiders learn whether it is valid and since when, and nothing else.
    let mut outsider = t.outsider();
    let form = outsider.see("/agreement-check").await.form("/agreement-check");
    let upload = async |bytes: &[u8], browser: &mut crate::support::Browser| {
        browser.submit(form.clone().file("file", "agreement.pdf", bytes)).await
    };
    let valid = upload(&file.body, &mut outsider).await;
    valid.says("A valid agreement, since 2 Mar 2027");
    assert!(!valid.has("AG2027-00001") && !valid.has("한빛정밀"), "{}", valid.text());
    let mut forged = file.body.clone();
    *forged.last_mut().unwrap() ^= 1;
    upload(&forged, &mut outsider).await.says("Not an agreement of ours");
    let typed = async |number: &str, hash: &str, browser: &mut crate::support::Browser| {
        browser.submit(form.clone().with(&[("number", number), ("sha256", hash)])).await
    };
    typed("ag2027-00001", &sha256.to_uppercase(), &mut outsider).await.says("A valid agreement");
    typed("AG2027-00002", &sha256, &mut outsider).await.says("Not an agreement of ours");
    let empty = typed("AG2027-00001", "", &mut outsider).await;
    assert_eq!((empty.status.as_u16(), empty.error_at("sha256").is_some()), (422, true));
    let mut last = 0;
    for _ in 0..70 {
        last = typed("", &sha256, &mut outsider).await.status.as_u16();
    }
    assert_eq!(last, 429, "who tries too often is slowed down");

    // What is over is no longer valid.
    t.advance(Duration::minutes(5));
    actions::terminate(&t.app, &proven(&t, &story.manager), id, "끝", Once::new()).await.unwrap();
    let checked = actions::check(&t.app, None, &hex::decode(sha256).unwrap()).await.unwrap();
    assert!(matches!(checked, actions::Checked::Superseded { .. }), "{checked:?}");
    let mut tx = t.app.db.write().await.unwrap();
    assert!(tx.run("UPDATE agreement_versions SET content = 'x'", ()).await.is_err(), "a text is fixed");
});

both!(an_assent_needs_a_proof_of_who_one_is, async |t: Tester| {
    let story = story(&t).await;
    let id = offered(&t, &story).await;
    t.advance(Duration::minutes(11));
    for party in [&story.firm, &story.vendors, &story.manager] {
        assert_eq!(refused(agreements::assent(&t.app, party, id, Once::new()).await), "refusal-proof-needed");
    }
    t.signed_in("owner@firm.test")
        .await
        .see(&format!("/agreements/{id}"))
        .await
        .says("I have read the whole agreement");
    let mut tx = t.app.db.write().await.unwrap();
    assert!(tx.run("DELETE FROM agreement_assents", ()).await.is_ok(), "there is none yet");
    drop(tx);
    agreements::assent(&t.app, &proven(&t, &story.firm), id, Once::new()).await.unwrap();
    let mut tx = t.app.db.write().await.unwrap();
    assert!(tx.run("UPDATE agreement_assents SET how = 'second_factor'", ()).await.is_err());
});

both!(clauses_change_by_two_people_and_an_agreement_keeps_its_own, async |t: Tester| {
    let story = story(&t).await;
    let before = offered(&t, &story).await;
    let mut admin = t.staff(Role::Admin).await;
    let mut manager = t.signed_in("manager@staff.test").await;
    manager.see("/agreement-clauses").await.says("Version 1 is in force");
    let edit = "/agreement-clauses/edit?code=vat";
    let wrong = manager.fill(edit, "/agreement-clauses/edit", &[("text_en", "VAT of {wat} is the firm's")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.error_at("text_en").unwrap().contains("{wat}"));
    let words = [
        ("text_en", "The firm bears VAT on KRW {total} itself."),
        ("text_ko", "{total}원의 부가가치세는 기업이 냅니다."),
    ];
    manager.fill_and_follow(edit, "/agreement-clauses/edit", &words).await.says("changed").says("Propose the change");
    let silent = manager.fill("/agreement-clauses", "/steps", &[]).await;
    assert_eq!((silent.status.as_u16(), silent.error_at("clause_note").is_some()), (422, true));
    let seen = manager.fill_and_follow("/agreement-clauses", "/steps", &[("clause_note", "세법이 바뀌었습니다")]).await;
    seen.says("somebody else decides it");
    let own = actions::decide_clauses(&t.app, &story.manager, 2, None, Once::new()).await;
    assert_eq!(refused(own), "agreements-refusal-own-clauses");
    assert_eq!(manager.fill(edit, "/agreement-clauses/edit", &words).await.status, 422, "it waits for a decision");
    admin.fill_and_follow("/agreement-clauses", "/steps", &[]).await.says("Version 2 is in force");

    let other = t.application(&story.call, &story.vendor, 7, "selected", SUPPORT).await;
    let mut new = terms(&t, &story);
    new.application = other.id;
    let after = agreements::offer(&t.app, &story.manager, new, Once::new()).await.unwrap();
    assert!(!agreement(&t, before).await.content.contains("bears VAT on KRW"));
    assert!(agreement(&t, after).await.content.contains("The firm bears VAT on KRW 100,000,000 itself."));
    let mut tx = t.app.db.write().await.unwrap();
    assert!(tx.run("UPDATE clause_versions SET clauses = '[]'", ()).await.is_err());
});

both!(an_offer_is_reminded_of_by_the_timer_once, async |t: Tester| {
    let story = story(&t).await;
    let id = offered(&t, &story).await;
    agreements::assent(&t.app, &story.firm, id, Once::new()).await.unwrap();
    t.advance(Duration::days(22));
    assert_eq!(agreements::fall_due(&t.app).await.unwrap(), 0);
    t.advance(Duration::days(1));
    assert_eq!(agreements::fall_due(&t.app).await.unwrap(), 1);
    assert_eq!(agreements::fall_due(&t.app).await.unwrap(), 0);
    t.advance(Duration::days(5));
    assert_eq!(agreements::fall_due(&t.app).await.unwrap(), 1);
    let due = "Your assent to the agreement is due";
    assert_eq!(subjects(&t, "sales@vendor.test").await.iter().filter(|subject| *subject == due).count(), 2);
    assert!(!subjects(&t, "owner@firm.test").await.contains(&due.to_owned()), "the firm has assented");
    t.advance(Duration::days(3));
    assert_eq!(agreements::lapse_unanswered(&t.app).await.unwrap(), 1);
    assert_eq!(balance(&t, &story, AccountKind::Budget).await, 1_000_000_000);
    assert_eq!(agreements::fall_due(&t.app).await.unwrap(), 0, "what is over is not reminded of");
});

both!(of_one_deposit_copied_by_many_one_counts, async |t: Tester| {
    let story = story(&t).await;
    let id = active(&t, &story).await;
    let spellings =
        ["KB-2027-1", "kb-2027-1", " KB-2027-1 ", "ＫＢ-2027-1", "KB -2027-1", "Kb-2027-1", "KB-2027- 1", "kB-2027-1"];
    let officer = person(&t, "bank@staff.test", Role::ClaimsOfficer, None).await;
    let done = join_all(spellings.map(|typed| {
        let mut new = deposit(&t, "한빛정밀 2", "", OWN / 2);
        new.bank_reference = agreements::rules::bank_reference(typed);
        agreements::record_deposit(&t.app, &officer, id, new, Once::new())
    }))
    .await;
    assert_eq!(done.iter().filter(|result| result.is_ok()).count(), 1);
    for result in done.into_iter().filter(Result::is_err) {
        assert_eq!(refused(result), "agreements-refusal-reference-taken");
    }
    let mut tx = t.app.db.read().await.unwrap();
    assert_eq!(agreements::deposits(&mut tx, id).await.unwrap().len(), 1);
});

both!(a_deposit_of_somebody_else_needs_a_reason_and_a_surplus_goes_back, async |t: Tester| {
    let story = story(&t).await;
    let id = active(&t, &story).await;
    let path = format!("/agreements/{id}");
    let mut officer = t.staff(Role::ClaimsOfficer).await;
    let firm_number = claims::number(2);
    let mut form = vec![("amount", "15000000"), ("bank_reference", "A-1"), ("received_on", "2027-03-02")];
    form.push(("payer_name", "대표자 2"));
    let seen = officer.fill(&path, "/deposits", &form).await;
    assert!(seen.error_at("payer_name").unwrap().contains("give the reason"), "{}", seen.text());
    form.push(("mismatch_reason", "대표자가 회사 계좌 대신 보냈음을 확인"));
    officer.fill_and_follow(&path, "/deposits", &form).await.says("Other payer").says("대표자가 회사 계좌 대신");
    let by_number = [
        ("amount", "10000000"),
        ("bank_reference", "A-2"),
        ("received_on", "2027-03-02"),
        ("payer_name", "한빛정밀 창원지점"),
        ("payer_number", firm_number.as_str()),
    ];
    officer.fill_and_follow(&path, "/deposits", &by_number).await.says("KRW 5,000,000");

    // Exactly the surplus goes back, once, whoever clicks at once.
    let manager = proven(&t, &story.manager);
    let refund = |reference: &str, amount: i64| voucherdesk::agreements::forms::NewRefund {
        amount: Won(amount),
        bank_reference: reference.to_owned(),
        paid_on: today(&t),
        reason: "초과 입금".to_owned(),
    };
    let done = join_all(
        (0..6).map(|n| actions::record_refund(&t.app, &manager, id, refund(&format!("R-{n}"), 5_000_000), Once::new())),
    )
    .await;
    assert_eq!(done.iter().filter(|result| result.is_ok()).count(), 1);
    for result in done.into_iter().filter(Result::is_err) {
        assert_eq!(refused(result), "agreements-refusal-refund-more");
    }
    agreements::issue_voucher(&t.app, &manager, id, Once::new()).await.unwrap();
    assert!(!officer.see(&path).await.has("Own share that can be paid back"));
    // Nothing was drawn: once it is over the firm has all of it back.
    actions::terminate(&t.app, &manager, id, "끝", Once::new()).await.unwrap();
    officer.see(&path).await.says("KRW 20,000,000");
});

both!(a_voucher_is_blocked_with_a_reason_and_every_block_must_be_lifted, async |t: Tester| {
    let story = story(&t).await;
    let id = issued(&t, &story).await;
    let path = format!("/agreements/{id}");
    let mut officer = t.staff(Role::ClaimsOfficer).await;
    let silent = officer.fill(&format!("{path}/block"), "/block", &[]).await;
    assert_eq!((silent.status.as_u16(), silent.error_at("block_reason").is_some()), (422, true));
    let reason = [("block_reason", "현장 점검")];
    officer.fill_and_follow(&format!("{path}/block"), "/block", &reason).await.says("Suspended").says("현장 점검");
    assert_eq!(voucher(&t, id).await.state, VoucherState::Suspended);
    assert!(subjects(&t, "owner@firm.test").await.contains(&"The voucher is suspended".to_owned()));
    let again = actions::block(&t.app, &proven(&t, &story.manager), id, "다시", Once::new()).await;
    assert_eq!(refused(again), "refusal-state-moved-on");
    let (system, now) = (Actor::system(), t.now());
    let mut tx = t.app.db.write().await.unwrap();
    agreements::block_voucher(&mut tx, &system, id, BlockCause::AmendedInvoice, "수정", now).await.unwrap();
    tx.commit().await.unwrap();
    let lifted = [("block_reason", "이상 없음")];
    officer.fill_and_follow(&format!("{path}/block"), "/unblock", &lifted).await.says("Suspended");
    let mut tx = t.app.db.write().await.unwrap();
    agreements::unblock_voucher(&mut tx, &system, id, BlockCause::AmendedInvoice, "정리", now).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(voucher(&t, id).await.state, VoucherState::Issued, "nothing was drawn of it");
    let mut tx = t.app.db.write().await.unwrap();
    agreements::note_drawn(&mut tx, &system, id, now).await.unwrap();
    agreements::note_exhausted(&mut tx, &system, id, now).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(voucher(&t, id).await.state, VoucherState::Active, "there is something left");
});

both!(a_voucher_is_warned_of_and_lapses_with_what_is_free, async |t: Tester| {
    let story = story(&t).await;
    let id = issued(&t, &story).await;
    let case = story.application.case(&story.call);
    let (system, claim) = (Actor::system(), uuid::Uuid::from_u128(1));
    let mut tx = t.app.db.write().await.unwrap();
    ledger::hold(&mut tx, &system, &case, claim, Won(30_000_000), t.now()).await.unwrap();
    agreements::note_drawn(&mut tx, &system, id, t.now()).await.unwrap();
    tx.commit().await.unwrap();
    let ends = "The voucher ends soon";
    let mut told = Vec::new();
    for (left, days) in [(31, 169), (30, 1), (14, 16), (7, 7), (1, 6), (0, 1)] {
        t.advance(Duration::days(days));
        agreements::fall_due(&t.app).await.unwrap();
        agreements::fall_due(&t.app).await.unwrap();
        told.push((left, subjects(&t, "owner@firm.test").await.iter().filter(|subject| *subject == ends).count()));
        assert_eq!(agreements::lapse_vouchers(&t.app).await.unwrap(), 0, "its last day still counts");
    }
    assert_eq!(told, [(31, 0), (30, 1), (14, 2), (7, 3), (1, 4), (0, 4)]);
    let mail = t.mails().await.into_iter().rev().find(|mail| mail.subject == ends).unwrap();
    assert!(mail.text.contains("50,000,000") && mail.text.contains("delivers the open milestones"), "{}", mail.text);
    t.advance(Duration::days(1));
    assert_eq!(agreements::lapse_vouchers(&t.app).await.unwrap(), 1);
    assert_eq!(agreements::lapse_vouchers(&t.app).await.unwrap(), 0);
    assert_eq!(voucher(&t, id).await.state, VoucherState::Lapsed);
    assert_eq!(balance(&t, &story, AccountKind::Voucher).await, 0);
    assert_eq!(balance(&t, &story, AccountKind::Held).await, 30_000_000, "what was approved in time is still paid");
    assert_eq!(balance(&t, &story, AccountKind::Budget).await, 1_000_000_000 - 30_000_000);
    assert!(subjects(&t, "sales@vendor.test").await.contains(&"The voucher has lapsed".to_owned()));
});

both!(every_term_of_the_call_is_reminded_of, async |t: Tester| {
    let story = story(&t).await;
    let id = active(&t, &story).await;
    // Ten business days for the own share; 1 March 2027 was a holiday already.
    assert_eq!(agreement(&t, id).await.deposit_by, Some(today(&t) + Days::new(14)));
    t.advance(Duration::days(12));
    agreements::fall_due(&t.app).await.unwrap();
    t.advance(Duration::days(3));
    agreements::fall_due(&t.app).await.unwrap();
    let firm = subjects(&t, "owner@firm.test").await;
    let own: Vec<_> = firm.iter().filter(|subject| subject.contains("own share")).collect();
    assert_eq!(own, ["Please pay your own share", "Your own share is overdue"]);
    t.staff(Role::ClaimsOfficer).await.see(&format!("/agreements/{id}")).await.says("The own share is overdue");

    let paid = deposit(&t, "한빛정밀 2", "KB-9", OWN);
    agreements::record_deposit(&t.app, &story.manager, id, paid, Once::new()).await.unwrap();
    agreements::issue_voucher(&t.app, &proven(&t, &story.manager), id, Once::new()).await.unwrap();
    let by = voucher(&t, id).await.first_use_by.unwrap();
    t.advance(by - today(&t) + Duration::days(1));
    agreements::fall_due(&t.app).await.unwrap();
    assert!(subjects(&t, "sales@vendor.test").await.contains(&"The voucher has not been used".to_owned()));

    let mut tx = t.app.db.write().await.unwrap();
    let milestone = agreements::milestones(&mut tx, id).await.unwrap()[0].id;
    agreements::note_delivery(&mut tx, &story.vendors, milestone, t.now()).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = t.app.db.read().await.unwrap();
    let by = agreements::find_milestone(&mut tx, milestone).await.unwrap().unwrap().answer_by.unwrap();
    drop(tx);
    t.advance(by - today(&t) + Duration::days(1));
    agreements::fall_due(&t.app).await.unwrap();
    agreements::fall_due(&t.app).await.unwrap();
    let late = "Your answer to the delivery is overdue";
    assert_eq!(subjects(&t, "owner@firm.test").await.iter().filter(|subject| *subject == late).count(), 1);
    let seen = t.signed_in("owner@firm.test").await.see(&format!("/agreements/{id}")).await;
    seen.says("Was to be answered by").says("Delivered, to be answered");
});

both!(a_term_is_extended_by_two_parties_and_the_agency, async |t: Tester| {
    let story = story(&t).await;
    let id = issued(&t, &story).await;
    t.mails().await;
    let path = format!("/agreements/{id}");
    let (mut firm, mut vendor) = (t.signed_in("owner@firm.test").await, t.signed_in("sales@vendor.test").await);
    let mut manager = t.signed_in("manager@staff.test").await;
    let first = firm.see(&format!("{path}/versions/1")).await.body;
    let new = format!("{path}/changes/extension");
    let far = firm.fill(&new, "/changes/extension", &[("new_end", "2028-03-01"), ("reason", "늦음")]).await;
    assert_eq!((far.status.as_u16(), far.error_at("new_end").is_some()), (422, true));
    let silent = firm.fill(&new, "/changes/extension", &[("new_end", "2027-11-30")]).await;
    assert!(silent.error_at("reason").is_some());
    let asked = [("new_end", "2027-11-30"), ("reason", "장비 납기가 늦어졌습니다")];
    let seen = firm.fill(&new, "/changes/extension", &asked).await;
    let change = seen.location().unwrap();
    firm.see(&change).await.says("Waiting for the other party").says("30 Nov 2027");
    let twice = actions::request_change(&t.app, &story.vendors, id, NewChange::Closure, "폐업", Once::new()).await;
    assert_eq!(refused(twice), "agreements-refusal-change-live");
    assert!(manager.see(&change).await.find_form("/apply").is_none(), "the vendor has not assented");
    vendor.fill_and_follow(&change, "/assent", &[("agreed", "yes")]).await.says("Waiting for the agency");
    manager.fill_and_follow(&change, "/apply", &[]).await.says("In force");
    let found = agreement(&t, id).await;
    assert_eq!((found.version, found.ends_on.to_string().as_str()), (2, "2027-11-30"));
    assert_eq!(voucher(&t, id).await.expires_on, found.ends_on);
    let mut tx = t.app.db.read().await.unwrap();
    let due: Vec<_> = agreements::milestones(&mut tx, id).await.unwrap().into_iter().map(|one| one.due_on).collect();
    drop(tx);
    let later = found.ends_on - (today(&t) + Days::new(200));
    assert_eq!(due, [today(&t) + Days::new(60) + later, today(&t) + Days::new(150) + later], "as many days later");
    t.mails().await;
    let seen = firm.see(&path).await;
    seen.says("Version 2").says("replaced by a later version");
    let second = firm.see(&format!("{path}/versions/2")).await.body;
    let digest = |bytes: &[u8]| <sha2::Sha256 as sha2::Digest>::digest(bytes).to_vec();
    let checked = actions::check(&t.app, Some(&found.number), &digest(&second)).await.unwrap();
    assert!(matches!(checked, actions::Checked::Valid { .. }), "{checked:?}");
    let checked = actions::check(&t.app, Some(&found.number), &digest(&first)).await.unwrap();
    assert!(matches!(checked, actions::Checked::Superseded { .. }), "{checked:?}");
    assert!(t.staff(Role::Auditor).await.see("/agreement-changes?state=applied").await.has(&found.number));
    assert_eq!(balance(&t, &story, AccountKind::Voucher).await, SUPPORT);
});

both!(a_smaller_scope_gives_its_support_back, async |t: Tester| {
    let story = story(&t).await;
    let id = issued(&t, &story).await;
    let other = person(&t, "other@staff.test", Role::Manager, None).await;
    let milestones = vec![
        ("결과서".to_owned(), Won(60_000_000), Won(48_000_000)),
        ("요약 결과서".to_owned(), Won(20_000_000), Won(16_000_000)),
    ];
    let more = NewChange::Scope(milestones.clone(), vec![(Won(110_000_000), Won(90_000_000))]);
    let asked = actions::request_change(&t.app, &story.firm, id, more, "더", Once::new()).await;
    assert!(matches!(asked, Err(voucherdesk::core::refusal::Trouble::Invalid(_))), "{asked:?}");
    let less = NewChange::Scope(milestones, vec![(Won(80_000_000), Won(64_000_000))]);
    let request = change(&t, &story, id, less).await;
    actions::apply_change(&t.app, &other, request, Once::new()).await.unwrap();
    assert_eq!(balance(&t, &story, AccountKind::Voucher).await, 64_000_000);
    assert_eq!(balance(&t, &story, AccountKind::Budget).await, 1_000_000_000 - 64_000_000);
    assert_eq!(balance(&t, &story, AccountKind::CapUsed).await, 64_000_000);
    let found = agreement(&t, id).await;
    assert_eq!((found.support_won, found.own_won, found.version), (Won(64_000_000), Won(16_000_000), 2));
    assert_eq!(voucher(&t, id).await.amount_won, Won(64_000_000));
    // The firm paid in 20 million; 4 of them nobody asks for any more.
    t.signed_in("manager@staff.test").await.see(&format!("/agreements/{id}")).await.says("KRW 4,000,000");
    // They go back in parts, and not a won more.
    let manager = proven(&t, &story.manager);
    for (reference, amount, key) in
        [("R-1", 1_500_000, None), ("R-2", 2_500_000, None), ("R-3", 1, Some("agreements-refusal-refund-more"))]
    {
        let refund = voucherdesk::agreements::forms::NewRefund {
            amount: Won(amount),
            bank_reference: reference.to_owned(),
            paid_on: today(&t),
            reason: "과업 축소".to_owned(),
        };
        let done = actions::record_refund(&t.app, &manager, id, refund, Once::new()).await;
        assert_eq!(done.err().map(|trouble| refused::<()>(Err(trouble))), key, "{reference}");
    }
    let empty = t.signed_in("manager@staff.test").await.get(&format!("/agreements/{id}/refunds")).await;
    assert_eq!(empty.status, 409, "there is nothing to record");
    // The row itself refuses what no change asked for.
    let mut tx = t.app.db.write().await.unwrap();
    assert!(tx.run("UPDATE agreements SET ends_on = '2028-01-01' WHERE id = $1", (id,)).await.is_err());
    drop(tx);
    let mut tx = t.app.db.write().await.unwrap();
    assert!(tx.run("UPDATE agreement_lines SET support_won = 1 WHERE agreement_id = $1", (id,)).await.is_err());
});

both!(lines_shift_without_changing_their_sums, async |t: Tester| {
    let story = story(&t).await;
    let mut tx = t.app.db.write().await.unwrap();
    tx.run("UPDATE application_costs SET unit_price_won = 60000000, support_won = 48000000, own_won = 12000000 WHERE application_id = $1", (story.application.id,)).await.unwrap();
    tx.run(
        "INSERT INTO application_costs (id, application_id, position, category, description, quantity, unit_price_won, support_won, own_won)
         VALUES ($1, $2, 2, 'data', '데이터 정비', 1, 40000000, 32000000, 8000000)",
        (uuid::Uuid::now_v7(), story.application.id),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let id = issued(&t, &story).await;
    let other = person(&t, "other@staff.test", Role::Manager, None).await;
    let wrong = NewChange::Lines(vec![(Won(50_000_000), Won(40_000_000)), (Won(40_000_000), Won(32_000_000))]);
    assert!(actions::request_change(&t.app, &story.firm, id, wrong, "조정", Once::new()).await.is_err());
    let right = NewChange::Lines(vec![(Won(50_000_000), Won(40_000_000)), (Won(50_000_000), Won(40_000_000))]);
    let request = change(&t, &story, id, right).await;
    assert_eq!(
        refused(actions::apply_change(&t.app, &story.firm, request, Once::new()).await),
        "refusal-not-found",
        "a party does not decide"
    );
    actions::apply_change(&t.app, &other, request, Once::new()).await.unwrap();
    let mut tx = t.app.db.read().await.unwrap();
    let lines = agreements::lines(&mut tx, id).await.unwrap();
    assert_eq!(lines.iter().map(|line| line.support_won.0).collect::<Vec<_>>(), [40_000_000, 40_000_000]);
    drop(tx);
    assert_eq!(balance(&t, &story, AccountKind::Voucher).await, SUPPORT);
});

async fn new_vendor(t: &Tester) -> (BuiltVendor, Actor) {
    let vendor = t.vendor(30).await;
    let sales = person(t, "sales@other.test", Role::Vendor, Some(vendor.organisation)).await;
    (vendor, sales)
}

both!(another_vendor_takes_over_once_it_assents, async |t: Tester| {
    let story = story(&t).await;
    let id = issued(&t, &story).await;
    let (vendor, sales) = new_vendor(&t).await;
    let other = person(&t, "other@staff.test", Role::Manager, None).await;
    let switch = NewChange::Vendor(vendor.package);
    let same =
        actions::request_change(&t.app, &story.firm, id, NewChange::Vendor(story.vendor.package), "같음", Once::new());
    assert_eq!(refused(same.await), "agreements-refusal-same-vendor");
    let request = actions::request_change(&t.app, &story.firm, id, switch, "공급기업이 정지되었습니다", Once::new());
    let request = request.await.unwrap();
    let path = format!("/agreement-changes/{request}");
    t.signed_in("sales@other.test").await.see(&path).await.says("Another vendor").says("한빛정밀 30");
    let old = actions::assent_to_change(&t.app, &story.vendors, request, Once::new()).await;
    assert_eq!(refused(old), "refusal-not-found", "the vendor that leaves does not assent");
    let mut stranger = t.member(t.organisation(61).await, Role::Firm).await;
    assert_eq!(stranger.get(&path).await.status, 404);
    actions::assent_to_change(&t.app, &sales, request, Once::new()).await.unwrap();
    actions::apply_change(&t.app, &other, request, Once::new()).await.unwrap();
    let found = agreement(&t, id).await;
    assert_eq!(found.vendor_id, vendor.vendor);
    t.signed_in("sales@other.test").await.see(&format!("/agreements/{id}")).await.says("File an invoice");
    assert_eq!(t.signed_in("sales@vendor.test").await.get(&format!("/agreements/{id}")).await.status, 404);
    assert!(found.ties.is_empty());
});

both!(a_firm_that_merged_is_followed_by_its_successor, async |t: Tester| {
    let story = story(&t).await;
    let id = issued(&t, &story).await;
    let successor = t.organisation(77).await;
    let heir = person(&t, "heir@firm.test", Role::Firm, Some(successor)).await;
    let other = person(&t, "other@staff.test", Role::Manager, None).await;
    let unknown = NewChange::Merger(claims::number(78).replace('-', ""));
    let asked = actions::request_change(&t.app, &story.firm, id, unknown, "합병", Once::new()).await;
    assert_eq!(refused(asked), "agreements-refusal-no-successor");
    let request = change(&t, &story, id, NewChange::Merger(claims::number(77).replace('-', ""))).await;
    actions::apply_change(&t.app, &other, request, Once::new()).await.unwrap();
    assert_eq!(agreement(&t, id).await.organisation_id, successor);
    t.signed_in("heir@firm.test").await.see(&format!("/agreements/{id}")).await.says("한빛정밀 77");
    assert_eq!(t.signed_in("owner@firm.test").await.get(&format!("/agreements/{id}")).await.status, 404);
    assert_eq!(balance(&t, &story, AccountKind::CapUsed).await, 0, "the cap of the old firm is free again");
    let mut case = story.application.case(&story.call);
    case.organisation = successor.0;
    let mut tx = t.app.db.read().await.unwrap();
    let used = ledger::balance(&mut tx, case.account(AccountKind::CapUsed)).await.unwrap();
    assert_eq!(used, Won(SUPPORT));
    drop((tx, heir));
    assert_eq!(balance(&t, &story, AccountKind::Voucher).await, SUPPORT);
});

both!(a_firm_that_closes_ends_its_agreement, async |t: Tester| {
    let story = story(&t).await;
    let id = issued(&t, &story).await;
    let other = person(&t, "other@staff.test", Role::Manager, None).await;
    let own =
        actions::request_change(&t.app, &story.manager, id, NewChange::Closure, "폐업", Once::new()).await.unwrap();
    assert_eq!(
        refused(actions::apply_change(&t.app, &story.manager, own, Once::new()).await),
        "agreements-refusal-own-change"
    );
    assert_eq!(
        refused(actions::apply_change(&t.app, &other, own, Once::new()).await),
        "refusal-state-moved-on",
        "nobody assented"
    );
    actions::end_change(&t.app, &story.manager, own, None, Once::new()).await.unwrap();
    let request = change(&t, &story, id, NewChange::Closure).await;
    let refused_once = actions::end_change(&t.app, &other, request, Some("아직"), Once::new()).await;
    refused_once.unwrap();
    assert_eq!(
        refused(actions::apply_change(&t.app, &other, request, Once::new()).await),
        "refusal-state-moved-on",
        "what is refused stays refused"
    );
    let request = change(&t, &story, id, NewChange::Closure).await;
    actions::apply_change(&t.app, &other, request, Once::new()).await.unwrap();
    assert_eq!(agreement(&t, id).await.state, AgreementState::Terminated);
    assert_eq!(voucher(&t, id).await.state, VoucherState::Closed);
    assert_eq!(balance(&t, &story, AccountKind::Budget).await, 1_000_000_000);
});

both!(of_a_change_and_an_approval_at_once_one_wins, async |t: Tester| {
    let world = World::new(&t).await;
    let id = world.agreement.id;
    let mut vendor = t.member(world.vendor.organisation, Role::Vendor).await;
    let mut firm_page = t.member(world.firm, Role::Firm).await;
    let claim = claims::files(&world, &mut vendor, 0, "20270302-41000012-ab475920").await;
    let answer = [("answer", "accept"), ("note", "잘 됩니다")];
    firm_page.fill_and_follow(&format!("{claim}/answer"), "/answer", &answer).await;
    let claim = claim.rsplit('/').next().unwrap().parse().unwrap();
    let firm = person(&t, "owner@firm.test", Role::Firm, Some(world.firm)).await;
    let sales = person(&t, "sales@vendor.test", Role::Vendor, Some(world.vendor.organisation)).await;
    let manager = person(&t, "manager@staff.test", Role::Manager, None).await;
    let officer = person(&t, "officer@staff.test", Role::ClaimsOfficer, None).await;
    let part = |supply: i64, support: i64| ("비전 검사 설치".to_owned(), Won(supply), Won(support));
    let whole = || part(12_500_000, 10_000_000);
    let less = NewChange::Scope(
        vec![whole(), whole(), whole(), part(2_500_000, 2_000_000)],
        vec![(Won(40_000_000), Won(32_000_000))],
    );
    let request = actions::request_change(&t.app, &firm, id, less, "줄임", Once::new()).await.unwrap();
    actions::assent_to_change(&t.app, &sales, request, Once::new()).await.unwrap();
    let approve = voucherdesk::claims::actions::Decision::Approve;
    let (changed, approved) = futures_util::join!(
        actions::apply_change(&t.app, &manager, request, Once::new()),
        voucherdesk::claims::actions::decide(&t.app, &officer, claim, approve, Once::new()),
    );
    assert_ne!(changed.is_ok(), approved.is_ok(), "{changed:?} {approved:?}");
    let (held, free) = (world.balance(&t, AccountKind::Held).await, world.balance(&t, AccountKind::Voucher).await);
    if changed.is_ok() {
        assert_eq!(refused(approved), "agreements-refusal-changed-since");
        assert_eq!((held, free), (0, 32_000_000));
    } else {
        assert_eq!(refused(changed), "agreements-refusal-claim-under-way");
        assert_eq!((held, free), (10_000_000, 30_000_000));
        assert_eq!(voucher(&t, id).await.state, VoucherState::Active);
    }
});

both!(a_selected_firm_switches_a_vendor_that_is_suspended, async |t: Tester| {
    let story = story(&t).await;
    let (vendor, _) = new_vendor(&t).await;
    let path = format!("/agreement-switch/{}", story.application.id);
    let mut firm = t.signed_in("owner@firm.test").await;
    assert_eq!(firm.get(&path).await.status, 403, "its vendor stands");
    let mut tx = t.app.db.write().await.unwrap();
    tx.run("UPDATE vendors SET state = 'suspended' WHERE id = $1", (story.vendor.vendor,)).await.unwrap();
    tx.commit().await.unwrap();
    let package = vendor.package.to_string();
    let seen = firm.fill(&path, "/agreement-switch", &[("reason", "정지되었습니다")]).await;
    assert!(seen.error_at("package").is_some());
    let form = [("package", package.as_str()), ("reason", "정지되었습니다")];
    firm.fill_and_follow(&path, "/agreement-switch", &form).await;
    let mut tx = t.app.db.read().await.unwrap();
    let found = voucherdesk::applications::get(&mut tx, story.application.id).await.unwrap();
    assert_eq!((found.vendor_id, found.package_id), (Some(vendor.vendor), Some(vendor.package)));
    drop(tx);
    let id = offered(&t, &story).await;
    assert_eq!(agreement(&t, id).await.vendor_id, vendor.vendor);
    assert_eq!(firm.get(&path).await.status, 409, "there is an agreement now");
});

both!(ties_of_vendor_and_firm_stand_on_the_agreement_for_officers, async |t: Tester| {
    let story = story(&t).await;
    let mut tx = t.app.db.write().await.unwrap();
    tx.run(
        "UPDATE organisations SET phone = '02-700-0001' WHERE id IN ($1, $2)",
        (story.application.firm, story.vendor.organisation),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let id = offered(&t, &story).await;
    assert_eq!(agreement(&t, id).await.ties, "phone");
    let path = format!("/agreements/{id}");
    let seen = t.signed_in("manager@staff.test").await.see(&path).await;
    seen.says("Ties to the vendor").says("Ties between vendor and firm found");
    assert!(!t.signed_in("sales@vendor.test").await.see(&path).await.has("Ties"));
});

both!(officers_see_which_vouchers_may_lapse_and_note_whom_they_called, async |t: Tester| {
    let story = story(&t).await;
    issued(&t, &story).await;
    let mut officer = t.staff(Role::ClaimsOfficer).await;
    officer.see("/vouchers").await.says("VC2027-00001").says("Low");
    t.advance(Duration::days(100));
    agreements::fall_due(&t.app).await.unwrap();
    let mut officer = t.staff(Role::ClaimsOfficer).await;
    let seen = officer.see("/vouchers?level=high&order=expiry").await;
    seen.says("little used for its age").says("first use overdue").says("a milestone is late").says("02-700-0002");
    officer.see("/vouchers?level=low").await.says("No vouchers");
    let contact = seen.link("/contact");
    officer.fill_and_follow(&contact, "/contact", &[("contact_note", "다음 주에 납품하기로 함")]).await;
    officer.see("/vouchers?uncalled=yes").await.says("No vouchers");
    officer.see("/vouchers?call=none&voucher_state=issued").await.says("VC2027-00001");
    let auditor = t.staff(Role::Auditor).await.see("/vouchers").await;
    auditor.says("VC2027-00001");
});
