//! Stories of registered vendors: suspension, a change of account, reviews, complaints, what falls due by itself.

use super::{approved, id_in, offers, recommended, submitted};
use crate::support::{Browser, Tester};
use chrono::Duration;
use voucherdesk::{
    core::{money::Won, refusal::Trouble, roles::Role},
    db::once::Once,
    vendors::{self, PayHold, VendorId, VendorState, actions},
};

const PDF: &[u8] = b"%PDF-1.7\n";

async fn hold(t: &Tester, id: VendorId) -> Option<PayHold> {
    let mut tx = t.app.db.read().await.unwrap();
    vendors::pay_hold(&mut tx, id, t.now().date_naive()).await.unwrap()
}

async fn offered(t: &Tester) -> usize {
    let mut tx = t.app.db.read().await.unwrap();
    vendors::choosable_packages(&mut tx, t.now().date_naive(), None).await.unwrap().len()
}

async fn suspend(t: &Tester, manager: &mut Browser, id: VendorId, kind: &str, days: i64) {
    let path = format!("/vendors/{id}/suspension");
    let from = (t.now().date_naive() + Duration::days(days)).to_string();
    let values = [("kind", kind), ("reason", "점검에서 거짓 자료가 나왔습니다"), ("from_on", from.as_str())];
    let seen = manager.fill_and_follow(&path, &path, &values).await;
    assert_eq!(seen.status, 200, "{}", seen.text());
}

both!(a_suspension_is_seen_by_three_firms_each_with_its_way, async |t: Tester| {
    let (call, vendor) = (t.call(Won(1_000_000_000)).await, t.vendor(1).await);
    let mut firms = Vec::new();
    for (number, state) in [(11, "draft"), (12, "selected"), (13, "agreed")] {
        let application = t.application(&call, &vendor, number, state, 40_000_000).await;
        if state == "agreed" {
            t.agreement(&call, &vendor, &application).await;
        }
        firms.push(t.member(application.firm, Role::Firm).await);
    }
    let mut manager = t.staff(Role::Manager).await;
    let page = manager.see(&format!("/vendors/{}/suspension", vendor.vendor)).await;
    page.says("3 firms are told").says("한빛정밀 11").says("한빛정밀 12").says("한빛정밀 13");
    assert_eq!(offered(&t).await, 1);
    suspend(&t, &mut manager, vendor.vendor, "no_new", 0).await;
    assert_eq!(offered(&t).await, 0, "nobody newly chooses it");
    // The worklist stays, and each case leads to where it is switched.
    let vendor_page = manager.see(&format!("/vendors/{}", vendor.vendor)).await;
    let worklist = manager.see(&vendor_page.link("/touched")).await;
    worklist.says("3 in all").says("Draft: the firm chooses another package");
    manager.see(&worklist.link("/agreement-switch/")).await.says("Another vendor");
    manager.see(&worklist.link("/changes/vendor")).await.says("Another vendor");
    let auditors = t.staff(Role::Auditor).await.see(&format!("/vendors/{}/touched", vendor.vendor)).await;
    assert!(!auditors.links().iter().any(|link| link.contains("/agreement-switch/")), "an auditor only reads");
    t.outsider().see("/register").await.says("0 in all");
    assert_eq!(hold(&t, vendor.vendor).await, None, "what runs is paid");
    for (firm, way) in
        firms.iter_mut().zip(["Choose another package in your draft", "is selected", "have an agreement"])
    {
        firm.see("/vendor-notices").await.says("No new projects").says(way);
    }
    let mails = t.mails().await;
    assert_eq!(mails.iter().filter(|mail| mail.subject.contains("Your vendor")).count(), 3);
    let mut tx = t.app.db.read().await.unwrap();
    let stands = vendors::check_stands(&mut tx, vendor.vendor, t.now().date_naive()).await;
    assert!(matches!(stands, Err(Trouble::Refused(refusal)) if refusal.key == "vendors-refusal-takes-none"));
    drop(tx);

    let path = format!("/vendors/{}/reinstatement", vendor.vendor);
    manager.fill_and_follow(&path, &path, &[("note", "바로잡았습니다")]).await.says("Vendor reinstated");
    assert_eq!(offered(&t).await, 1);
    suspend(&t, &mut manager, vendor.vendor, "no_pay", 0).await;
    assert_eq!((offered(&t).await, hold(&t, vendor.vendor).await), (1, Some(PayHold::Suspended)));
    suspend(&t, &mut manager, vendor.vendor, "full", 3).await;
    assert_eq!(offered(&t).await, 1, "announced, not in force");
    t.advance(Duration::days(3));
    assert_eq!(offered(&t).await, 0, "by its day, before any timer");
    vendors::fall_due(&t.app).await.unwrap();
    let mut tx = t.app.db.read().await.unwrap();
    assert_eq!(vendors::get(&mut tx, vendor.vendor).await.unwrap().state, VendorState::Suspended);
});

/// A registered vendor and a browser of one of its people.
async fn registered(t: &Tester) -> (Browser, VendorId) {
    let (_, vendor, id) = submitted(t, 1).await;
    approved(t, id).await.says("Registered");
    (vendor, id)
}

async fn ask_for_account(vendor: &mut Browser, number: &str) -> crate::support::Seen {
    let form = vendor.see("/vendor/account").await.form("/vendor/account");
    let values = [("bank_code", "088"), ("account_number", number), ("account_holder", "한빛정밀 1")];
    let seen = vendor.submit(form.with(&values).file("file", "통장.pdf", PDF)).await;
    vendor.follow(seen).await
}

async fn account_step(browser: &mut Browser, id: VendorId, step: &str) -> crate::support::Seen {
    let page = browser.see(&format!("/vendors/{id}")).await;
    let form = page.form("/vendor-accounts/").with(&[("step", step), ("note", "예전 번호로 전화해 확인했습니다")]);
    let seen = browser.submit(form).await;
    browser.follow(seen).await
}

both!(a_new_account_needs_two_officers_and_seven_days, async |t: Tester| {
    let (mut vendor, id) = registered(&t).await;
    let account = async || {
        let mut tx = t.app.db.read().await.unwrap();
        vendors::account_of(&mut tx, id).await.unwrap().account_ending
    };
    ask_for_account(&mut vendor, "999-888-777111").await.says("Payments wait").says("ends in 7111");
    assert_eq!((account().await.as_str(), hold(&t, id).await), ("6789", Some(PayHold::AccountChanging)));
    // A second request, and the way round through the entry.
    assert_eq!(ask_for_account(&mut vendor, "999-888-777222").await.status, 422);

    let mut one = t.staff(Role::ClaimsOfficer).await;
    account_step(&mut one, id, "check").await.says("Account checked");
    // The same person does not confirm: not on the page, not forged, not in the database.
    let page = one.see(&format!("/vendors/{id}")).await;
    page.says("Somebody else has to do this step");
    account_step(&mut one, id, "confirm").await;
    assert_eq!(hold(&t, id).await, Some(PayHold::AccountChanging));
    let mut tx = t.app.db.write().await.unwrap();
    let forced = tx.run("UPDATE account_changes SET confirmed_by = checked_by", ()).await;
    assert!(forced.is_err());
    drop(tx);
    let mut two = t.staff(Role::Manager).await;
    account_step(&mut two, id, "confirm").await.says("Account confirmed").says("Confirmed, waiting");
    t.advance(Duration::days(6));
    vendors::fall_due(&t.app).await.unwrap();
    assert_eq!((account().await.as_str(), hold(&t, id).await), ("6789", Some(PayHold::AccountChanging)));
    t.advance(Duration::days(1));
    vendors::fall_due(&t.app).await.unwrap();
    assert_eq!((account().await.as_str(), hold(&t, id).await), ("7111", None));
    let mails = t.mails().await;
    let told = |subject: &str| {
        mails.iter().filter(|mail| mail.subject.contains(subject) && mail.to == "help@hanbit.example").count()
    };
    assert_eq!((told("was requested"), told("is confirmed"), told("is changed")), (1, 1, 1), "the old contact is told");
});

both!(a_vendor_cancels_a_change_of_account_that_it_did_not_ask_for, async |t: Tester| {
    let (mut vendor, id) = registered(&t).await;
    ask_for_account(&mut vendor, "999-888-777111").await;
    account_step(&mut t.staff(Role::ClaimsOfficer).await, id, "check").await;
    account_step(&mut t.staff(Role::Manager).await, id, "confirm").await;
    vendor.fill_and_follow("/vendor", "/vendor/account/cancel", &[]).await.says("Change of account cancelled");
    t.advance(Duration::days(30));
    vendors::fall_due(&t.app).await.unwrap();
    let mut tx = t.app.db.read().await.unwrap();
    assert_eq!(vendors::account_of(&mut tx, id).await.unwrap().account_ending, "6789");
    drop(tx);
    assert_eq!(hold(&t, id).await, None);
});

both!(who_recommends_never_approves, async |t: Tester| {
    let (_, _, id) = submitted(&t, 1).await;
    recommended(&t, id).await;
    let person = t.person("both@staff.test").await;
    t.grant(person, Role::Manager, None).await;
    let actor = t.actor("both@staff.test").await;
    let back = actions::take_step(&t.app, &actor, id, "return", "다시 봅니다", Once::new()).await;
    assert!(back.is_ok());
    actions::take_step(&t.app, &actor, id, "recommend", "갖췄습니다", Once::new()).await.unwrap();
    let refused = actions::approve(&t.app, &actor, id, Vec::new(), Once::new()).await;
    assert!(matches!(refused, Err(Trouble::Refused(refusal)) if refusal.key == "refusal-duties-apart"));
    let mut tx = t.app.db.write().await.unwrap();
    let forced = tx.run("UPDATE vendor_rounds SET decided_by = recommended_by, outcome = 'approved'", ()).await;
    assert!(forced.is_err(), "the database refuses as well");
    drop(tx);
    t.signed_in("both@staff.test").await.see(&format!("/vendors/{id}")).await.says("Somebody else has to do this step");
});

both!(every_question_must_be_answered, async |t: Tester| {
    let (_, mut vendor, id) = submitted(&t, 1).await;
    let mut screener = t.staff(Role::Screener).await;
    let path = format!("/vendors/{id}/questions");
    let values = [("question_1", "고객 조사 방법은?"), ("question_3", "보안 인증 범위는?"), ("due_on", "2027-03-09")];
    screener.fill_and_follow(&path, &path, &values).await.says("Questions asked");
    vendor.see("/vendor").await.says("The agency has questions");
    let one = vendor.fill("/vendor/answers", "/vendor/answers", &[("answer_1", "전화 조사")]).await;
    assert_eq!(one.status, 422);
    assert!(one.error_at("answer_2").is_some());
    let both = [("answer_1", "전화 조사"), ("answer_2", "서비스 전체")];
    vendor.fill_and_follow("/vendor/answers", "/vendor/answers", &both).await.says("Being checked");
    approved(&t, id).await.says("V2027-0001");
});

both!(a_failed_review_is_appealed_to_another_officer, async |t: Tester| {
    let (mut vendor, id) = registered(&t).await;
    let mut manager = t.staff(Role::Manager).await;
    let values = [("name", "2027년 점검"), ("due_on", "2027-12-31"), ("sample_percent", "100")];
    manager.fill_and_follow("/vendor-reviews/new", "/vendor-reviews/new", &values).await.says("2027년 점검");
    vendor.fill_and_follow("/vendor", "/confirm", &[]).await.says("Entry confirmed");
    let step = async |browser: &mut Browser, step: &str| {
        let page = browser.see(&format!("/vendors/{id}")).await;
        let form = page.form("/vendor-reviews/").with(&[("step", step), ("note", "현장에서 확인했습니다")]);
        let seen = browser.submit(form).await;
        browser.follow(seen).await
    };
    step(&mut manager, "fail").await.says("Review failed");
    let path = vendor.see("/vendor").await.link("/appeal");
    vendor.fill_and_follow(&path, "/appeal", &[("note", "자료를 잘못 보셨습니다")]).await.says("Review appealed");
    step(&mut manager, "allow").await.says("Somebody else has to do this step");
    step(&mut t.staff(Role::Manager).await, "allow").await.says("Review passed");
});

both!(a_complaint_in_confidence_names_nobody_to_the_vendor, async |t: Tester| {
    let (call, built) = (t.call(Won(1_000_000_000)).await, t.vendor(1).await);
    let application = t.application(&call, &built, 12, "agreed", 40_000_000).await;
    let mut firm = t.member(application.firm, Role::Firm).await;
    let mut vendor = t.member(built.organisation, Role::Vendor).await;
    let path = format!("/vendor-complaints/new?vendor={}", built.vendor);
    let values = [("subject", "납품 지연"), ("content", "두 달 늦었습니다"), ("is_confidential", "yes")];
    let seen = firm.fill(&path, &path, &values).await;
    let page = seen.location().unwrap();
    let seen = vendor.see(&page).await;
    seen.says("Somebody who wishes not to be named").says("두 달 늦었습니다");
    assert!(!seen.has("한빛정밀 12") && !vendor.see("/vendor").await.has("한빛정밀 12"));
    vendor.fill_and_follow(&page, "/answer", &[("note", "부품이 늦었습니다")]).await.says("Answered");
    let mut manager = t.staff(Role::Manager).await;
    manager.see(&page).await.says("한빛정밀 12");
    let form = manager.see(&page).await.form("/steps").with(&[("step", "uphold"), ("note", "지연이 맞습니다")]);
    assert_eq!(manager.submit(form).await.status, 303);
    firm.see(&page).await.says("Upheld");
    manager.see(&format!("/vendors/{}", built.vendor)).await.says("Complaint upheld").says("Low");
    let stranger = t.organisation(50).await;
    let mut stranger = t.member(stranger, Role::Firm).await;
    assert_eq!(stranger.get(&page).await.status, 404);
    assert_eq!(stranger.get(&path).await.status, 404, "nobody complains without a case");
    assert_eq!(id_in(&page, 1), "vendor-complaints");
});

both!(warnings_idle_vendors_and_unmet_conditions_come_by_themselves, async |t: Tester| {
    let (_, _, id) = submitted(&t, 1).await;
    recommended(&t, id).await;
    let path = format!("/vendors/{id}/approval");
    let values = [("condition_1", "보안 인증 갱신"), ("due_1", "2027-06-01")];
    t.staff(Role::Manager).await.fill_and_follow(&path, &path, &values).await.says("보안 인증 갱신");
    assert_eq!(offered(&t).await, 1);
    t.advance(Duration::days(100));
    vendors::fall_due(&t.app).await.unwrap();
    vendors::fall_due(&t.app).await.unwrap();
    assert_eq!(offered(&t).await, 0);
    t.advance(Duration::days(366 - 60 - 100));
    for _ in 0..2 {
        vendors::fall_due(&t.app).await.unwrap();
    }
    assert_eq!(t.mails().await.iter().filter(|mail| mail.subject.contains("ends in 60 days")).count(), 1);
    t.advance(Duration::days(61));
    vendors::fall_due(&t.app).await.unwrap();
    let mut vendor = t.signed_in(&t.mails().await.iter().find(|m| m.subject.contains("60 days")).unwrap().to).await;
    vendor.see("/vendor").await.says("Run out");
});

both!(solutions_stand_side_by_side_and_changes_ask_for_a_check, async |t: Tester| {
    let (mut vendor, id) = registered(&t).await;
    offers(&mut vendor, "수요예측").await;
    let mut anybody = t.outsider();
    let register = anybody.see("/register").await;
    let solutions: Vec<String> = register
        .links()
        .into_iter()
        .filter(|link| link.starts_with("/register/"))
        .map(|link| id_in(&link, 2))
        .collect();
    assert_eq!(solutions.len(), 2);
    let query = solutions.iter().map(|id| format!("s={id}")).collect::<Vec<_>>().join("&");
    let seen = anybody.see(&format!("/register/compare?{query}&s=no-id")).await;
    seen.says("비전검사").says("수요예측").says("Red team").says("/ 50");
    anybody.see("/register/compare").await.says("Choose solutions in the register first");
    anybody.see("/register?price_min=20,000,000").await.says("0 in all");
    anybody.see("/register?price_max=10000000").await.says("2 in all");
    let json = anybody.see("/register.json").await;
    let listed: serde_json::Value = serde_json::from_slice(&json.body).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert!(
        listed[0]["solution"]["facts"]["data_location"] == "서울"
            && listed[0]["packages"][0]["unit_price_won"] == 10_000_000
    );
    anybody.see(&format!("/register/{}", solutions[0])).await.says("Fewer than five").says("5 when the usage log");

    let path = crate::vendors::solution_edit(&vendor.see("/vendor").await);
    assert_eq!(vendor.fill(&path, &path, &[("hosting", "foreign_region")]).await.status, 303);
    assert_eq!(offered(&t).await, 1, "the changed one waits for its check");
    let mut screener = t.staff(Role::Screener).await;
    let page = screener.see(&format!("/vendors/{id}")).await;
    page.says("Public cloud in Korea → Outside Korea");
    let check = page.link("/check");
    assert_eq!(screener.fill(&check, &check, &[("note", "해외 처리를 확인했습니다")]).await.status, 303);
    assert_eq!(offered(&t).await, 2);

    let mut manager = t.staff(Role::Manager).await;
    let qualify = manager.see(&format!("/vendors/{id}")).await.link("/qualifying");
    assert_eq!(manager.fill(&qualify, &qualify, &[("qualifying_price", "9,000,000")]).await.status, 303);
    assert_eq!(offered(&t).await, 1, "dearer than what a voucher pays");
    let price = vendor.see("/vendor").await.link("/price");
    let dear = [("unit_price", "95,000,000"), ("public_price", "90,000,000"), ("valid_from", "2027-03-05")];
    assert_eq!(vendor.fill(&price, &price, &dear).await.status, 422);
});

async fn state_of(t: &Tester, id: VendorId) -> VendorState {
    let mut tx = t.app.db.read().await.unwrap();
    vendors::get(&mut tx, id).await.unwrap().state
}

both!(who_had_no_work_for_a_year_lapses_and_who_had_does_not, async |t: Tester| {
    let (call, idle, busy) = (t.call(Won(1_000_000_000)).await, t.vendor(1).await, t.vendor(2).await);
    t.member(idle.organisation, Role::Vendor).await;
    let application = t.application(&call, &busy, 12, "agreed", 40_000_000).await;
    t.agreement(&call, &busy, &application).await;
    let today = t.now().date_naive();
    let mut tx = t.app.db.write().await.unwrap();
    let days = (today - Duration::days(365), today + Duration::days(400));
    tx.run("UPDATE vendors SET approved_on = $1, expires_on = $2", days).await.unwrap();
    tx.commit().await.unwrap();
    vendors::fall_due(&t.app).await.unwrap();
    assert_eq!(state_of(&t, idle.vendor).await, VendorState::Approved, "the year is not over");
    t.advance(Duration::days(2));
    for _ in 0..2 {
        vendors::fall_due(&t.app).await.unwrap();
    }
    let states = (state_of(&t, idle.vendor).await, state_of(&t, busy.vendor).await);
    assert_eq!(states, (VendorState::Lapsed, VendorState::Approved));
    assert_eq!(t.mails().await.iter().filter(|mail| mail.subject.contains("has lapsed")).count(), 1);
    assert_eq!(offered(&t).await, 1);
});

both!(a_failed_review_that_nobody_appeals_ends_the_registration, async |t: Tester| {
    let (mut vendor, id) = registered(&t).await;
    let mut manager = t.staff(Role::Manager).await;
    let values = [("name", "2027년 점검"), ("due_on", "2027-12-31"), ("sample_percent", "100")];
    manager.fill_and_follow("/vendor-reviews/new", "/vendor-reviews/new", &values).await;
    vendor.fill_and_follow("/vendor", "/confirm", &[]).await;
    let page = manager.see(&format!("/vendors/{id}")).await;
    let form = page.form("/vendor-reviews/").with(&[("step", "fail"), ("note", "현장에서 확인하지 못했습니다")]);
    assert_eq!(manager.submit(form).await.status, 303);
    t.advance(Duration::days(14));
    vendors::fall_due(&t.app).await.unwrap();
    assert_eq!(state_of(&t, id).await, VendorState::Approved, "the last day of the appeal still counts");
    t.advance(Duration::days(1));
    for _ in 0..2 {
        vendors::fall_due(&t.app).await.unwrap();
    }
    assert_eq!(state_of(&t, id).await, VendorState::Lapsed);
    let mut manager = t.staff(Role::Manager).await;
    manager.see(&format!("/vendors/{id}")).await.says("Review lost");
});

both!(a_campaign_draws_its_share_and_the_others_pass_without_a_visit, async |t: Tester| {
    for number in 1..=5 {
        t.vendor(number).await;
    }
    let mut manager = t.staff(Role::Manager).await;
    let values = [("name", "2027년 점검"), ("due_on", "2027-12-31"), ("sample_percent", "40")];
    manager.fill_and_follow("/vendor-reviews/new", "/vendor-reviews/new", &values).await.says("2027년 점검");
    let count = async |sql: &'static str| {
        let mut tx = t.app.db.read().await.unwrap();
        tx.value::<i64>(sql, ()).await.unwrap()
    };
    assert_eq!(count("SELECT COUNT(*) FROM vendor_reviews").await, Some(5));
    assert_eq!(count("SELECT COUNT(*) FROM vendor_reviews WHERE is_sampled").await, Some(2));
});
