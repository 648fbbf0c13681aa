//! Stories of programmes: set up, two people publish, what the public sees, and the home page of everybody.

use crate::support::{Browser, Tester};
use chrono::{Duration, TimeZone, Utc};
use voucherdesk::{
    core::{lang::Lang, money::Won, roles::Role},
    db::once::Once,
    ledger::{self, Account, AccountKind},
    programmes::{self, CallId, CallRules, CallState},
};

const CALL: &[(&str, &str)] = &[
    ("code", "av2027-1"),
    ("name_ko", "2027년 1차 공고"),
    ("name_en", "First call of 2027"),
    ("opens_on", "2027-03-02"),
    ("opens_time", "09:00"),
    ("closes_on", "2027-03-31"),
    ("budget", "2,000,000,000"),
];

async fn programme(admin: &mut Browser) -> String {
    let form = [("code", "AV2027"), ("name_ko", "AI 바우처"), ("name_en", "AI voucher")];
    let seen = admin.fill_and_follow("/programmes/new", "/programmes/new", &form).await;
    seen.says("AI voucher").says("KRW 200,000,000").says("Programme set up");
    seen.path
}

/// The path of a draft.
async fn draft(admin: &mut Browser) -> String {
    let programme = programme(admin).await;
    let path = format!("{programme}/calls/new");
    let seen = admin.fill_and_follow(&path, "/calls/new", CALL).await;
    seen.says("First call of 2027").says("Draft").says("The draft is ready");
    seen.path
}

fn id(path: &str) -> CallId {
    path.trim_start_matches("/calls/").parse().unwrap()
}

async fn free(t: &Tester, call: CallId) -> Won {
    let mut tx = t.app.db.read().await.unwrap();
    let account = Account { kind: AccountKind::Budget, owner: call.0, scope: call.0 };
    ledger::balance(&mut tx, account).await.unwrap()
}

both!(an_administrator_prepares_a_call_and_a_manager_publishes_it, async |t: Tester| {
    let mut admin = t.staff(Role::Admin).await;
    let path = draft(&mut admin).await;
    assert_eq!(t.outsider().get(&path).await.status, 404, "a draft is not public");
    assert_eq!(free(&t, id(&path)).await, Won(0));
    assert!(admin.see(&path).await.find_form("publish").is_none(), "an administrator does not publish");

    let mut manager = t.staff(Role::Manager).await;
    manager.see("/programmes").await.says("AI voucher");
    let form = manager.see(&path).await.form("/publish");
    let seen = manager.submit(form.clone()).await;
    manager.follow(seen).await.says("published and its budget is in the ledger").says("KRW 2,000,000,000");
    assert_eq!(free(&t, id(&path)).await, Won(2_000_000_000));
    // A double click publishes once; another sending finds that the call has moved on.
    assert_eq!(manager.submit(form.clone()).await.status, 303);
    let again = manager.submit(form.without("once")).await;
    again.says("state has changed meanwhile");
    assert_eq!(free(&t, id(&path)).await, Won(2_000_000_000));
    manager.see(&path).await.says("Call published");
    t.outsider().see("/calls").await.says("First call of 2027").says("Open");
});

both!(publishing_needs_two_people, async |t: Tester| {
    let mut admin = t.staff(Role::Admin).await;
    let path = draft(&mut admin).await;
    let person = t.actor("admin0@staff.test").await.id;
    t.grant(voucherdesk::people::PersonId(person), Role::Manager, None).await;
    let seen = admin.see(&path).await;
    seen.says("Whoever prepared a call cannot publish it");
    assert!(seen.find_form("publish").is_none());
    let once = Once::new().0.to_string();
    let token = seen.value_of("token").unwrap();
    let refused = admin.post_raw(&format!("{path}/publish"), &[("token", &token), ("once", &once)]).await;
    assert_eq!(refused.status, 422);
    refused.says("Ask another manager");

    // Whoever changed the rules prepared them as well.
    let mut second = t.staff(Role::Admin).await;
    let settings = format!("{path}/settings/general");
    let seen = second.fill_and_follow(&settings, "/settings/general", &[("pass_mark", "60")]).await;
    second.fill_and_follow(&seen.path, "/changes/", &[]).await.says("The rules have a new version");
    let person = t.actor("admin1@staff.test").await.id;
    t.grant(voucherdesk::people::PersonId(person), Role::Manager, None).await;
    second.see(&path).await.says("Whoever prepared a call cannot publish it");

    // Ten minutes after signing in, a manager proves again who they are.
    let mut manager = t.staff(Role::Manager).await;
    t.advance(Duration::minutes(11));
    let seen = manager.fill(&path, "/publish", &[]).await;
    assert_eq!(seen.location(), Some(format!("/prove?next={path}")));
    assert_eq!(free(&t, id(&path)).await, Won(0));
});

both!(two_managers_at_once_publish_once, async |t: Tester| {
    let mut admin = t.staff(Role::Admin).await;
    let path = draft(&mut admin).await;
    t.staff(Role::Manager).await;
    t.staff(Role::Manager).await;
    let (one, other) = (t.actor("manager1@staff.test").await, t.actor("manager2@staff.test").await);
    let (one, other) = futures_util::join!(
        programmes::actions::publish(&t.app, &one, id(&path), Once::new()),
        programmes::actions::publish(&t.app, &other, id(&path), Once::new()),
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    assert_eq!(free(&t, id(&path)).await, Won(2_000_000_000));
});

both!(a_draft_can_be_given_up, async |t: Tester| {
    let mut admin = t.staff(Role::Admin).await;
    let path = draft(&mut admin).await;
    admin.fill_and_follow(&path, "/cancel", &[]).await.says("Cancelled");
    let manager = t.staff(Role::Manager).await.see(&path).await;
    assert!(manager.find_form("publish").is_none());
    t.staff(Role::Manager).await;
    let actor = t.actor("manager2@staff.test").await;
    assert!(programmes::actions::publish(&t.app, &actor, id(&path), Once::new()).await.is_err());
    let refused = admin.fill(&format!("{path}/settings/general"), "/settings/general", &[("pass_mark", "60")]).await;
    assert_eq!(refused.status, 422);
});

both!(a_call_that_is_over_is_not_published, async |t: Tester| {
    let mut admin = t.staff(Role::Admin).await;
    let path = draft(&mut admin).await;
    t.staff(Role::Manager).await;
    t.app.clock.set(Utc.with_ymd_and_hms(2027, 3, 31, 6, 0, 0).unwrap());
    let mut manager = t.signed_in("manager1@staff.test").await;
    manager.fill(&path, "/publish", &[]).await.says("window is over");
});

both!(bad_input_keeps_what_was_typed, async |t: Tester| {
    let mut admin = t.staff(Role::Admin).await;
    let bad = [
        ("code", "", "required"),
        ("code", "AV/2027", "capitals"),
        ("name_ko", "", "required"),
        ("name_en", "", "required"),
        ("year", "1999", "at least"),
        ("firm_cap", "0", "at least"),
    ];
    for (field, value, words) in bad {
        let mut form = vec![("code", "AV2028"), ("name_ko", "이름"), ("name_en", "Name")];
        form.retain(|(name, _)| *name != field);
        form.push((field, value));
        let seen = admin.fill("/programmes/new", "/programmes/new", &form).await;
        assert_eq!(seen.status, 422, "{field}");
        assert!(seen.error_at(field).unwrap().contains(words), "{field}: {:?}", seen.error_at(field));
        assert_eq!(seen.value_of(field).as_deref(), Some(value));
    }
    let programme = programme(&mut admin).await;
    let taken = [("code", "av2027"), ("name_ko", "이름"), ("name_en", "Name")];
    let seen = admin.fill("/programmes/new", "/programmes/new", &taken).await;
    assert!(seen.error_at("code").unwrap().contains("in use"));

    let path = format!("{programme}/calls/new");
    let seen = admin.see(&path).await;
    assert_eq!(seen.value_of("closes_time").as_deref(), Some("15:00"));
    assert_eq!(seen.value_of("grace_seconds").as_deref(), Some("600"));
    let bad = [
        ("opens_on", "tomorrow", "2027-03-31"),
        ("opens_time", "25:00", "15:00"),
        ("closes_time", "", "required"),
        ("closes_on", "2027-03-01", "after the opening"),
        ("closes_on", "2027-02-30", "2027-03-31"),
        ("grace_seconds", "3601", "at most"),
        ("budget", "0", "at least"),
        ("code", "한글", "capitals"),
    ];
    for (field, value, words) in bad {
        let mut form = CALL.to_vec();
        form.retain(|(name, _)| *name != field);
        form.push((field, value));
        let seen = admin.fill(&path, "/calls/new", &form).await;
        assert_eq!(seen.status, 422, "{field} {value}");
        assert!(seen.error_at(field).unwrap().contains(words), "{field}: {:?}", seen.error_at(field));
        assert_eq!(seen.value_of(field).as_deref(), Some(value));
    }
    let past = [("opens_on", "2027-02-01"), ("closes_on", "2027-02-02")];
    let form = admin.see(&path).await.form("/calls/new").with(CALL).with(&past);
    assert!(admin.submit(form).await.error_at("closes_on").unwrap().contains("over already"));
    admin.fill_and_follow(&path, "/calls/new", CALL).await;
    assert!(admin.fill(&path, "/calls/new", CALL).await.error_at("code").unwrap().contains("in use"));
});

both!(a_change_of_rules_is_a_new_version_that_shows_what_changed, async |t: Tester| {
    let mut admin = t.staff(Role::Admin).await;
    let path = draft(&mut admin).await;
    let general = format!("{path}/settings/general");
    let late = admin.see(&general).await.form("/settings/general");
    let form = admin.see(&general).await.form("/settings/general").with(&[("pass_mark", "65")]);
    let seen = admin.submit(form).await;
    let change = admin.follow(seen).await;
    change.says("Pass mark 70 65").says("It does not apply yet");
    // A second form goes into the same change.
    let funding = format!("{path}/settings/funding?class=small");
    let seen = admin.fill_and_follow(&funding, "/settings/funding", &[("share_max", "75.5")]).await;
    assert_eq!(seen.path, change.path);
    seen.says("Pass mark 70 65").says("Largest state share: Small enterprise 80% 75.50%");
    {
        let mut tx = t.app.db.read().await.unwrap();
        assert_eq!(programmes::get_call(&mut tx, id(&path)).await.unwrap().version, 1, "nothing applies yet");
    }
    let seen = admin.fill_and_follow(&change.path, "/changes/", &[]).await;
    seen.says("The rules have a new version").says("Pass mark: 70 → 65").says("The rules as first made");

    // Another administrator's tab still shows version 1.
    let seen = admin.submit(late.with(&[("reviewers", "5")])).await;
    assert_eq!(seen.status, 422);
    seen.says("Somebody else changed this meanwhile");
    assert_eq!(seen.value_of("reviewers").as_deref(), Some("5"));
    assert_eq!(seen.value_of("version").as_deref(), Some("2.0"));

    for (aspect, field, value, words) in [
        ("funding?class=small", "support_max", "200,000,001", "at most the cap"),
        ("funding?class=small", "share_max", "101", "between 0 and 100"),
        ("funding?class=small", "share_max", "75.555", "two decimal places"),
        ("funding?class=mid_sized", "share_max", "81", "cannot be larger"),
        ("funding?class=small", "own_cash_min", "25", "do not hold together"),
        ("general", "pass_mark", "101", "at most"),
        ("general", "reviewers", "2", "at least 3"),
        ("general", "reviewers", "8", "at most 7"),
        ("terms", "supplement_days", "0", "at least"),
        ("terms", "term_months", "x", "Enter a number"),
        ("terms", "reminder_hours", "3, x", "Enter a number"),
        ("cap", "most_won", "0", "at least"),
        ("document?document=plan", "document_most_mb", "21", "at most 20"),
        ("document?document=plan", "document_code", "Plan 1", "small letters"),
    ] {
        let form = format!("/settings/{}", aspect.split('?').next().unwrap());
        let seen = admin.fill(&format!("{path}/settings/{aspect}"), &form, &[(field, value)]).await;
        assert_eq!(seen.status, 422, "{field} {value}");
        let at = seen.error_at(field).unwrap_or_else(|| seen.text());
        assert!(at.contains(words), "{field} {value}: {at}");
        assert_eq!(seen.value_of(field).as_deref(), Some(value));
    }
    admin.fill(&general, "/settings/general", &[]).await.says("Nothing was changed");

    let plan = format!("{path}/settings/document?document=plan");
    let form = admin.see(&plan).await.form("/settings/document").without("document_required").without("document_types");
    let seen = admin.submit(form.with(&[("document_types", "pdf"), ("document_most_pages", "40")])).await;
    let seen = admin.follow(seen).await;
    seen.says("Documents: Project plan Yes No")
        .says("Most pages of a PDF: Project plan 30 40")
        .says("Files that are taken: Project plan pdf, hwpx, docx pdf");
    admin.fill_and_follow(&seen.path, "/changes/", &[]).await;
    let mut tx = t.app.db.read().await.unwrap();
    assert_eq!(programmes::rules_at(&mut tx, id(&path), 1).await.unwrap(), CallRules::ai_voucher());
    assert_eq!(programmes::rules_at(&mut tx, id(&path), 2).await.unwrap().pass_mark, 65);
    assert_eq!(programmes::get_call(&mut tx, id(&path)).await.unwrap().version, 3);
    drop(tx);
    admin.see(&path).await.says("70 → 65").says("Rules changed");
});

both!(everybody_reads_a_published_call, async |t: Tester| {
    let built = t.call(Won(2_000_000_000)).await;
    let path = format!("/calls/{}", built.call);
    let seen = t.outsider().see(&path).await;
    seen.says("First call of 2027")
        .says("Closes in 30 d 0 h")
        .says("1 Apr 2027, 10:00")
        .says("it counts when it arrives within 10 min after closing")
        .says("KRW 200,000,000")
        .says("80%")
        .says("Problem and need")
        .says("20 points")
        .says("Project plan (required)")
        .says("7 days");
    seen.link(&format!("/sign-in?next={path}"));
    assert!(!seen.has("Free budget"));
    let firm = t.organisation(1).await;
    let seen = t.member(firm, Role::Firm).await.see(&path).await;
    seen.link(&format!("/applications/new?call={}", built.call));
    let seen = t.newcomer().await.see(&path).await;
    seen.link("/organisation/new?side=firm");
    let seen = t.staff(Role::Auditor).await.see(&path).await;
    seen.says("KRW 2,000,000,000 of the budget can still be awarded");
    assert!(seen.find_form("settings").is_none());
    assert_eq!(t.outsider().get("/calls/not-a-call").await.status, 404);
});

both!(a_call_closes_on_the_stroke_of_three, async |t: Tester| {
    let mut admin = t.staff(Role::Admin).await;
    let path = draft(&mut admin).await;
    t.staff(Role::Manager).await;
    let actor = t.actor("manager1@staff.test").await;
    programmes::actions::publish(&t.app, &actor, id(&path), Once::new()).await.unwrap();
    let firm = t.organisation(1).await;
    let email = "closing@firm.test";
    let person = t.person(email).await;
    t.grant(person, Role::Firm, Some(firm.0)).await;
    // 15:00 in Seoul.
    let closes = Utc.with_ymd_and_hms(2027, 3, 31, 6, 0, 0).unwrap();
    t.app.clock.set(closes - Duration::milliseconds(1));
    let mut browser = t.signed_in(email).await;
    browser.see(&path).await.says("Closes in 0 h 0 min").link("/applications/new");
    let mut tx = t.app.db.read().await.unwrap();
    let call = programmes::get_call(&mut tx, id(&path)).await.unwrap();
    assert_eq!((call.closes_at, call.state), (closes, CallState::Published));
    assert!(call.is_open(t.now()));
    assert_eq!(programmes::open_calls(&mut tx, t.now()).await.unwrap().len(), 1);
    t.app.clock.set(closes);
    assert!(!call.is_open(t.now()));
    assert!(programmes::open_calls(&mut tx, t.now()).await.unwrap().is_empty());
    drop(tx);
    let seen = browser.see(&path).await;
    seen.says("The call is closed");
    assert!(!seen.links().iter().any(|link| link.contains("/applications/new")));
});

both!(the_home_page_tells_everybody_what_to_do_next_in_both_languages, async |t: Tester| {
    t.call(Won(1_000_000)).await;
    let (firm, vendor) = (t.organisation(1).await, t.organisation(2).await);
    let mut readers = vec![
        (t.outsider(), "/sign-up", "make an account", "계정을 만들거나"),
        (
            t.newcomer().await,
            "/organisation/new?side=vendor",
            "You have no organisation yet",
            "아직 등록한 기업이 없습니다",
        ),
        (t.member(firm, Role::Firm).await, "/applications", "Your applications", "우리 신청 보기"),
        (t.member(vendor, Role::Vendor).await, "/vendor", "Your work as a vendor", "공급기업 업무 보기"),
        (t.staff(Role::Admin).await, "/programmes", "Your work", "내 업무"),
        (t.staff(Role::Screener).await, "/organisations", "Your work", "내 업무"),
    ];
    for (browser, link, english, korean) in &mut readers {
        let seen = browser.see("/").await;
        seen.says(english).says("First call of 2027").says("Closes in 30 d 0 h");
        seen.link(link);
        browser.submit(seen.form("/language")).await;
        let seen = browser.see("/").await;
        seen.says(korean).says("2027년 1차 공고").says("마감까지 30일 0시간");
        seen.link(link);
    }
    let mut tx = t.app.db.read().await.unwrap();
    let call = &programmes::open_calls(&mut tx, t.now()).await.unwrap()[0];
    assert_eq!((call.name(Lang::Ko), call.name(Lang::En)), ("2027년 1차 공고", "First call of 2027"));
});

both!(wrong_roles_find_no_desk, async |t: Tester| {
    let mut admin = t.staff(Role::Admin).await;
    let path = draft(&mut admin).await;
    for role in [Role::Screener, Role::Reviewer, Role::ClaimsOfficer, Role::Payer, Role::Analyst] {
        let mut browser = t.staff(role).await;
        assert_eq!(browser.get("/programmes").await.status, 404, "{role}");
        assert_eq!(browser.get(&path).await.status, 404, "{role}");
    }
    let mut manager = t.staff(Role::Manager).await;
    assert_eq!(manager.get("/programmes/new").await.status, 404);
    assert_eq!(manager.get(&format!("{path}/settings/general")).await.status, 404);
    assert_eq!(manager.get(&format!("{path}/copy")).await.status, 404);
    assert_eq!(t.outsider().get("/programmes").await.status, 303);
});
