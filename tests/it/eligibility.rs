//! Stories of conditions: read by everybody, checked without an account, held at every stage, waived with a reason, tried
//! on past applications, and never saved with a failing test.

use crate::{
    applications::{BUDGET, Firm, exact, fill_in, firm, id_of, row_link, save, saved, start, submit, submitted},
    support::{Seen, Tester, builders::BuiltCall},
};
use sqlx::types::Json;
use voucherdesk::{
    applications::{self, ApplicationId},
    core::{actor::Actor, refusal::Trouble, roles::Role},
    db::once::Once,
    organisations::RegisterStatus,
    outbox,
    programmes::{CallRules, ScreeningRules, Stage},
};

async fn run(t: &Tester, sql: &'static str) {
    let mut tx = t.app.db.write().await.unwrap();
    tx.run(sql, ()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn count(t: &Tester, sql: &'static str) -> i64 {
    t.app.db.read().await.unwrap().value(sql, ()).await.unwrap().unwrap_or(0)
}

/// Makes the call's first version one whose conditions came out of `change`.
async fn with_rules(t: &Tester, call: &BuiltCall, change: impl FnOnce(&mut CallRules)) {
    let mut rules = CallRules::ai_voucher();
    change(&mut rules);
    let mut tx = t.app.db.write().await.unwrap();
    tx.run("UPDATE calls SET version = 2 WHERE id = $1", (call.call,)).await.unwrap();
    tx.run(
        "INSERT INTO call_versions (call_id, version, rules, made_at) VALUES ($1, 2, $2, $3)",
        (call.call, Json(rules), t.now()),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

async fn draft(t: &Tester, number: u16) -> (BuiltCall, Firm, String) {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let mut firm = firm(t, number).await;
    let path = start(&mut firm.browser, &call).await;
    fill_in(&mut firm.browser, &path, &vendor).await;
    (call, firm, path)
}

both!(a_firm_sees_every_unmet_condition_and_how_to_correct_it, async |t: Tester| {
    let (_, mut firm, path) = draft(&t, 2).await;
    run(&t, "UPDATE organisations SET register_status = 'closed' WHERE legal_name LIKE '%2'").await;
    run(&t, "INSERT INTO size_assessments (id, organisation_id, as_of, class, inputs, assessed_at)
             SELECT o.id, o.id, '2027-03-02', 'large', '{}', '2099-01-01T00:00:00Z' FROM organisations o WHERE o.legal_name LIKE '%2'")
        .await;
    run(&t, "UPDATE organisation_financials SET equity_won = 0").await;
    let work = row_link(&firm.browser.see(&format!("{path}/costs")).await, "costs", 1);
    saved(&mut firm.browser, &work, &[("support", "30000000")]).await;
    let seen = firm.browser.see(&format!("{path}/submit")).await;
    for words in [
        "Business register",
        "Business status: Closed",
        "Suspended and closed businesses cannot apply",
        "Value-Added Tax Act art. 8",
        "Size of the firm: Large enterprise",
        "Enter sales and assets in your firm's profile",
        "Share of support",
        "Ask for less, or raise your own share",
        // Looked at again before the agreement: here it only warns.
        "Capital impairment: The capital of a corporation must not be wholly impaired.",
    ] {
        seen.says(words);
    }
    assert!(seen.find_form("/submit").is_none());
    let form = exact(&firm.browser.see(&format!("{path}/withdraw")).await, &format!("{path}/withdraw"));
    let token = form.fields.iter().find(|(name, _)| name == "token").unwrap().1.clone();
    let sent = [("token", token.as_str()), ("version", "9"), ("certify", "yes")];
    assert_eq!(firm.browser.post_raw(&format!("{path}/submit"), &sent).await.status, 422);
    // A warning alone stands in nobody's way.
    run(&t, "UPDATE organisations SET register_status = 'active'").await;
    run(&t, "INSERT INTO size_assessments (id, organisation_id, as_of, class, inputs, assessed_at)
             SELECT v.id, o.id, '2027-03-02', 'small', '{}', '2099-01-02T00:00:00Z' FROM organisations o, vendors v WHERE o.legal_name LIKE '%2'")
        .await;
    saved(&mut firm.browser, &work, &[("support", "24000000")]).await;
    assert_eq!(submit(&mut firm.browser, &path).await.status, 303);
    assert_eq!(count(&t, "SELECT COUNT(*) FROM eligibility_runs WHERE stage = 'submission'").await, 1);
    assert_eq!(
        count(
            &t,
            r#"SELECT COUNT(*) FROM eligibility_runs
               WHERE checks LIKE '%"rule":"capital_impairment","result":"unmet","warning":true%'"#
        )
        .await,
        1
    );
    let mut screener = t.staff(Role::Screener).await;
    screener.see(&path).await.says("Capital impairment").says("Warning").says("At submission");
});

both!(sensitive_data_goes_abroad_only_by_an_exception_of_the_manager, async |t: Tester| {
    let (_, mut firm, path) = draft(&t, 2).await;
    let abroad = [("data_class", "D4"), ("hosting", "foreign_region")];
    saved(&mut firm.browser, &format!("{path}/workload"), &abroad).await;
    // The papers that such data needs are asked for.
    let documents = firm.browser.see(&format!("{path}/documents")).await;
    let upload = exact(&documents, &format!("{path}/documents/transfer_notice"));
    let upload = upload.file("file", "동의서.pdf", b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\n");
    assert_eq!(firm.browser.submit(upload).await.status, 303);
    let review = firm.browser.see(&format!("{path}/submit")).await;
    review.says("Sensitive data stays in Korea").says("Ask for an exception");
    assert!(review.find_form("/submit").is_none());
    let ask = review.link("/exceptions/hosting_gate");
    assert!(save(&mut firm.browser, &ask, &[("ground", "")]).await.error_at("ground").is_some());
    saved(&mut firm.browser, &ask, &[("ground", "국내에 같은 모델이 없습니다.")]).await;
    let twice = save(&mut firm.browser, &ask, &[("ground", "한 번 더")]).await;
    assert_eq!(twice.status, 422);
    // The screener sees what is asked, but it is the manager's to decide.
    let mut screener = t.staff(Role::Screener).await;
    let page = screener.see("/exceptions").await.link("/exceptions/");
    let refused = save(&mut screener, &page, &[("decision", "grant"), ("ground", "좋습니다")]).await;
    refused.says("Somebody else decides on exceptions");
    let mut manager = t.staff(Role::Manager).await;
    manager.see(&page).await.says("국내에 같은 모델이 없습니다.").says("D4 Sensitive personal data");
    assert!(save(&mut manager, &page, &[("ground", "위험을 줄였습니다.")]).await.error_at("decision").is_some());
    saved(&mut manager, &page, &[("decision", "grant"), ("ground", "가명처리를 확인했습니다.")]).await;
    let mails = t.mails().await;
    assert!(
        mails.iter().any(|mail| mail.subject.contains("Exception granted") || mail.subject.contains("예외가 인정"))
    );
    firm.browser.see(&format!("{path}/submit")).await.says("Waived");
    assert_eq!(submit(&mut firm.browser, &path).await.status, 303);
    // It holds at later stages as well: the screener may confirm, and the agreement is not held up by it.
    saved(&mut screener, &format!("{path}/screening"), &[("decision", "eligible")]).await.says("Eligible");
    let mut tx = t.app.db.read().await.unwrap();
    let judged = applications::judge(&mut tx, id_of(&path), Stage::Agreement, t.now()).await.unwrap();
    assert!(judged.passes(), "{:?}", judged.checks);
    drop(tx);
    screener.see(&format!("{path}/conditions?stage=agreement")).await.says("Waived").says("가명처리를 확인했습니다.");
});

const ANSWERS: &[(&str, &str)] = &[
    ("firm_register_status", "active"),
    ("firm_kind", "corporation"),
    ("firm_size_class", "small"),
    ("firm_founded_on", "2015-03-02"),
    ("firm_capital_impairment", "none"),
    ("work_data_class", "D4"),
    ("work_foreign", "yes"),
    ("work_latency_class", "L2"),
    ("package_on_offer", "yes"),
    ("vendor_is_firm", "no"),
    ("costs_total", "100,000,000"),
    ("costs_support", "90,000,000"),
];

both!(anybody_checks_without_an_account_and_a_firm_takes_the_answers_along, async |t: Tester| {
    let call = t.call(BUDGET).await;
    let mut outsider = t.outsider();
    let public = format!("/calls/{}", call.call);
    let page = outsider.see(&outsider_link(&mut t.outsider(), &public, "/check").await).await;
    page.says("What is the size of the firm?").says("I do not know");
    let wrong = outsider.submit(exact(&page, &format!("{public}/check")).with(&[("costs_total", "much")])).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.error_at("costs_total").is_some());
    let answered = outsider.submit(exact(&page, &format!("{public}/check")).with(ANSWERS)).await;
    assert_eq!(answered.status, 303);
    let link = answered.location().unwrap();
    let result = outsider.follow(answered).await;
    result
        .says("2 conditions are not met")
        .says("Sensitive data stays in Korea")
        .says("Share of support")
        .says("Ask for less, or raise your own share")
        .says("Take care")
        .says("Where real-time work is hosted")
        .says("Sign in");
    assert_eq!(count(&t, "SELECT COUNT(*) FROM applications").await, 0, "answers are stored nowhere");
    // Nothing answered: nothing unmet, nothing promised.
    let blank = outsider.fill_and_follow(&format!("{public}/check"), "/check", &[]).await;
    blank.says("cannot be told yet");
    // Links are ours alone, and of this call alone.
    assert_eq!(outsider.get(&format!("{public}/check/AAAA")).await.status, 404);
    let other = t.call(BUDGET).await;
    assert_eq!(outsider.get(&link.replace(&call.call.to_string(), &other.call.to_string())).await.status, 409);

    let mut firm = firm(&t, 2).await;
    let form = firm.browser.see(&link).await.form("/check/");
    let twice = firm.browser.submit(form.clone()).await;
    let carried = firm.browser.submit(form).await;
    assert_eq!((twice.status.as_u16(), twice.location()), (303, carried.location()), "a double click carries once");
    let draft = firm.browser.follow(carried).await;
    draft.says("Your answers are in the application");
    let workload = firm.browser.see(&format!("{}/workload", draft.path)).await;
    let chosen = |name: &str| workload.value_of(name);
    assert_eq!(chosen("data_class").as_deref(), Some("D4"));
    assert_eq!(chosen("hosting").as_deref(), Some("foreign_region"));
    assert_eq!(count(&t, "SELECT COUNT(*) FROM eligibility_runs WHERE stage = 'pre_check'").await, 1);
    t.advance(chrono::Duration::days(31));
    assert_eq!(outsider.get(&link).await.status, 409);
});

async fn outsider_link(browser: &mut crate::support::Browser, page: &str, part: &str) -> String {
    browser.see(page).await.link(part)
}

both!(another_wording_is_tried_on_past_applications_and_changes_none, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let (_, first) = submitted(&t, 2, &call, &vendor).await;
    let (_, second) = submitted(&t, 3, &call, &vendor).await;
    let mut manager = t.staff(Role::Manager).await;
    let list = format!("/calls/{}/replays", call.call);
    let new = manager.see(&list).await.link("rule=support_max");
    let action = format!("{list}/new");
    let page = manager.see(&new).await;
    let wrong = manager.submit(exact(&page, &action).with(&[("must_hold", "costs_support <= ")])).await;
    assert!(wrong.error_at("must_hold").unwrap().contains("not finished"));
    let before = count(&t, "SELECT COUNT(*) FROM audit_records WHERE subject_kind = 'application'").await;
    let page = manager.see(&new).await;
    let tried = manager.submit(exact(&page, &action).with(&[("must_hold", "costs_support <= 30_000_000 won")])).await;
    let seen = manager.follow(tried).await;
    seen.says("2 of 2 applications tried, 2 flip").says("AV2027-000001").says("AV2027-000002").says("Not met");
    // Frozen facts decide, not what is known today.
    run(&t, "UPDATE organisations SET register_status = 'closed'").await;
    let page = manager.see(&format!("{action}?rule=register_status")).await;
    let same = manager.submit(exact(&page, &action)).await;
    manager.follow(same).await.says("2 of 2 applications tried, 0 flip").says("Nobody flips");
    assert_eq!(count(&t, "SELECT COUNT(*) FROM audit_records WHERE subject_kind = 'application'").await, before);
    for path in [first, second] {
        manager.see(&path).await.says("Submitted");
    }
    manager.see(&list).await.says("Earlier tries").says("Largest support");
    assert_eq!(t.staff(Role::Screener).await.get(&list).await.status, 404);
});

both!(a_long_replay_goes_on_as_a_job, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let (_, path) = submitted(&t, 2, &call, &vendor).await;
    let id: ApplicationId = id_of(&path);
    let mut tx = t.app.db.write().await.unwrap();
    let facts: String =
        tx.value("SELECT facts FROM eligibility_runs WHERE application_id = $1", (id,)).await.unwrap().unwrap();
    // As many looks as one turn tries, and some more: of applications that the rest of the story does not need.
    for number in 0..520_u16 {
        let other = ApplicationId::new();
        tx.run(
            "INSERT INTO applications (id, call_id, call_version, organisation_id, state, title, process_name, problem, plan,
                human_oversight, region_code, industry_code, created_at, state_since, search_text)
             SELECT $1, call_id, call_version, organisation_id, 'withdrawn', title, '', '', '', '', region_code, industry_code,
                created_at, state_since, '' FROM applications WHERE id = $2",
            (other, id),
        )
        .await
        .unwrap();
        let facts = if number % 2 == 0 { facts.replace("40000000", "20000000") } else { facts.clone() };
        tx.run(
            "INSERT INTO eligibility_runs (id, application_id, call_id, stage, call_version, facts, facts_sha256, checked_at)
             VALUES ($1, $2, $3, 'submission', 1, $4, $5, $6)",
            (uuid::Uuid::now_v7(), other, call.call, facts, vec![0_u8; 32], t.now()),
        )
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    let mut auditor = t.staff(Role::Auditor).await;
    let action = format!("/calls/{}/replays/new", call.call);
    let page = auditor.see(&format!("{action}?rule=support_max")).await;
    let tried = auditor.submit(exact(&page, &action).with(&[("must_hold", "costs_support <= 30_000_000 won")])).await;
    let path = tried.location().unwrap();
    auditor.see(&path).await.says("500 of 521 applications tried").says("Look again");
    outbox::run_due(&t.app).await.unwrap();
    let done = auditor.see(&path).await;
    done.says("521 of 521 applications tried, 261 flip");
    let next = auditor.see(&done.link("after=")).await;
    assert!(next.text().contains("Not met"));
});

both!(what_drifted_since_the_submission_stops_the_agreement_and_is_shown, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let (_, path) = submitted(&t, 2, &call, &vendor).await;
    let id = id_of(&path);
    run(&t, "UPDATE organisation_financials SET equity_won = -1").await;
    run(&t, "UPDATE organisations SET register_status = 'suspended' WHERE legal_name LIKE '%2'").await;
    let mut manager = t.staff(Role::Manager).await;
    let seen = manager.see(&format!("{path}/conditions?stage=agreement")).await;
    seen.says("What changed since the submission").says("Business status").says("Active").says("Suspended");
    seen.says("Capital impairment").says("conditions stand in the way");
    let officer = Actor::system();
    let mut tx = t.app.db.write().await.unwrap();
    let refused = applications::require(&mut tx, &officer, id, Stage::Agreement, t.now()).await;
    let Err(Trouble::Refused(refusal)) = refused else { panic!("the agreement must wait") };
    assert_eq!(refusal.key, "conditions-refusal-unmet");
    assert!(
        refusal.args.iter().any(|(_, value)| value.contains("사업자 상태") && value.contains("자본 잠식")),
        "{refusal:?}"
    );
    drop(tx);
    // What the manager may let pass is offered; the status of the business is nobody's to waive.
    let waive = seen.link("/conditions/capital_impairment");
    assert!(!seen.links().iter().any(|link| link.contains("/conditions/register_status")));
    assert_eq!(t.staff(Role::Auditor).await.get(&waive).await.status, 404);
    let page = manager.see(&waive).await;
    let form = page.form("/conditions/capital_impairment").with(&[("ground", "증자 등기를 확인했습니다.")]);
    let waived = manager.submit(form).await;
    manager.follow(waived).await.says("Waived").says("증자 등기를 확인했습니다.");
    run(&t, "UPDATE organisations SET register_status = 'active'").await;
    let mut tx = t.app.db.write().await.unwrap();
    applications::require(&mut tx, &officer, id, Stage::Agreement, t.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        count(&t, r#"SELECT COUNT(*) FROM eligibility_runs WHERE stage = 'agreement' AND checks LIKE '%"waived"%'"#)
            .await,
        1
    );
});

both!(what_cannot_be_told_goes_on_only_with_the_grounds_of_an_officer, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let (_, path) = submitted(&t, 2, &call, &vendor).await;
    run(&t, "UPDATE organisations SET register_status = 'unknown' WHERE legal_name LIKE '%2'").await;
    let mut screener = t.staff(Role::Screener).await;
    let page = format!("{path}/screening");
    let refused = save(&mut screener, &page, &[("decision", "eligible")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.error_at("grounds").unwrap().contains("1 conditions cannot be told"));
    let done = [("decision", "eligible"), ("grounds", "전화와 세금계산서로 확인했습니다.")];
    saved(&mut screener, &page, &done).await.says("Eligible").says("Waived").says("전화와 세금계산서로 확인했습니다.");
    // What was let pass as open does not cover what turns out to be unmet.
    run(&t, "UPDATE organisations SET register_status = 'closed' WHERE legal_name LIKE '%2'").await;
    let mut tx = t.app.db.read().await.unwrap();
    let judged = applications::judge(&mut tx, id_of(&path), Stage::Agreement, t.now()).await.unwrap();
    assert!(!judged.passes());
});

both!(everybody_reads_the_conditions_and_a_failing_test_keeps_them_from_being_saved, async |t: Tester| {
    let call = t.call(BUDGET).await;
    let path = format!("/calls/{}/conditions", call.call);
    let seen = t.outsider().see(&path).await;
    seen.says("Sensitive data stays in Korea")
        .says(r#"work_data_class = "D4""#)
        .says("not work_foreign")
        .says("Passes");
    assert!(!seen.has("Fails") && seen.find_form("/conditions").is_none());
    let mut admin = t.staff(Role::Admin).await;
    let edit = admin.see(&path).await.link("edit?code=hosting_gate");
    let action = format!("{path}/edit");
    let change = async |admin: &mut crate::support::Browser, values: &[(&str, &str)]| -> Seen {
        let page = admin.see(&edit).await;
        let form = exact(&page, &action).with(values);
        admin.submit(form).await
    };
    let broken = change(&mut admin, &[("must_hold", "work_foreign")]).await;
    assert_eq!(broken.status, 422);
    assert!(broken.text().contains("Test 1 of the condition hosting_gate fails"), "{}", broken.text());
    let unread = change(&mut admin, &[("tests", "work_foreign => met")]).await;
    assert!(unread.error_at("tests").unwrap().contains("Line 1"));
    let wrong = change(&mut admin, &[("must_hold", "work_abroad and 3")]).await;
    assert!(wrong.error_at("must_hold").unwrap().contains("there is no fact work_abroad"));
    let same = change(&mut admin, &[]).await;
    assert_eq!(same.status, 422, "nothing changed");
    let stricter = r#"work_data_class in ["D3", "D4"]"#;
    let tests = "work_data_class = \"D3\", work_foreign = true => unmet\nwork_data_class = \"D1\" => not_applicable";
    let saved = change(&mut admin, &[("applies_if", stricter), ("tests", tests)]).await;
    assert_eq!(saved.status, 303);
    admin.follow(saved).await.says("Conditions: Sensitive data stays in Korea").says(r#"in ["D3", "D4"]"#);
    // One more, and one less.
    let new = [
        ("condition_code", "seoul_only"),
        ("condition_name_ko", "서울 소재"),
        ("condition_name_en", "In Seoul"),
        ("says_ko", "서울에 있는 기업이어야 합니다."),
        ("says_en", "The firm must be in Seoul."),
        ("fix_ko", "다른 공고를 찾아보세요."),
        ("fix_en", "Look for another call."),
        ("reference_ko", "공고문"),
        ("reference_en", "Call"),
        ("stages", "submission"),
        ("must_hold", r#"firm_region = "KR-11""#),
        ("tests", "firm_region = \"KR-11\" => met\nfirm_region = \"KR-26\" => unmet"),
    ];
    let page = admin.see(&action).await;
    let added = admin.submit(exact(&page, &action).with(&new)).await;
    admin.follow(added).await.says("The firm must be in Seoul.");
    let page = admin.see(&path).await;
    let remove = page
        .forms()
        .into_iter()
        .find(|form| form.action.ends_with("/remove") && form.fields.iter().any(|(_, value)| value == "vendor_apart"));
    let removed = admin.submit(remove.unwrap()).await;
    let change = admin.follow(removed).await;
    change.says("Conditions: Vendor is another firm").says("The firm must be in Seoul.");
    // Nothing applies before the change is adopted.
    admin.see(&path).await.says("Vendor is another firm");
    assert_eq!(t.staff(Role::Manager).await.get(&edit).await.status, 404);
});

both!(a_call_whose_stored_condition_fails_its_test_is_not_published, async |t: Tester| {
    let call = t.call(BUDGET).await;
    with_rules(&t, &call, |rules| rules.conditions[0].must_hold = "firm_register_status = \"closed\"".parse().unwrap())
        .await;
    run(&t, "UPDATE calls SET state = 'draft'").await;
    let mut manager = t.staff(Role::Manager).await;
    let seen = manager.fill(&format!("/calls/{}", call.call), "/publish", &[]).await;
    assert!(seen.text().contains("Test 1 of the condition register_status fails"), "{}", seen.text());
    assert_eq!(count(&t, "SELECT COUNT(*) FROM calls WHERE state = 'published'").await, 0);
});

both!(the_register_must_have_been_asked_within_three_days_before_money_leaves, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let (_, path) = submitted(&t, 2, &call, &vendor).await;
    let id = id_of(&path);
    let at = async |t: &Tester| {
        let mut tx = t.app.db.read().await.unwrap();
        applications::judge(&mut tx, id, Stage::Payment, t.now()).await.unwrap().passes()
    };
    assert!(at(&t).await);
    t.advance(chrono::Duration::days(4));
    assert!(!at(&t).await, "stale");
    let officer = Actor::system();
    for organisation in [call_firm(&t, id).await, vendor.organisation] {
        voucherdesk::organisations::actions::record_register_status(
            &t.app,
            &officer,
            organisation,
            RegisterStatus::Active,
            Once::new(),
        )
        .await
        .unwrap();
    }
    assert!(at(&t).await, "asked again");
});

async fn call_firm(t: &Tester, id: ApplicationId) -> voucherdesk::organisations::OrganisationId {
    let mut tx = t.app.db.read().await.unwrap();
    applications::get(&mut tx, id).await.unwrap().organisation_id
}

both!(what_a_refused_attempt_saw_is_kept_although_the_attempt_is_not, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let (_, path) = submitted(&t, 2, &call, &vendor).await;
    let kept = "SELECT COUNT(*) FROM eligibility_runs WHERE refused_by IS NOT NULL";
    run(&t, "UPDATE organisations SET register_status = 'closed' WHERE legal_name LIKE '%2'").await;
    let mut screener = t.staff(Role::Screener).await;
    let page = format!("{path}/screening");
    for _ in 0..2 {
        assert_eq!(save(&mut screener, &page, &[("decision", "eligible")]).await.status, 422);
    }
    assert_eq!(count(&t, kept).await, 1, "the same again leaves nothing new");
    assert_eq!(count(&t, "SELECT COUNT(*) FROM duties WHERE act = 'screened'").await, 0, "the attempt itself is gone");
    let record = screener.see(&path).await;
    record.says("Refused").says("What changed since the submission").says("Business status Active Closed");
    // A refused look is nobody's past: drift and replays go by what was accepted.
    run(&t, "UPDATE organisations SET register_status = 'active'").await;
    assert!(!screener.see(&format!("{path}/conditions")).await.has("Closed"));
    saved(&mut screener, &page, &[("decision", "eligible")]).await.says("Refused").says("Eligible");
    let mut manager = t.staff(Role::Manager).await;
    let action = format!("/calls/{}/replays/new", call.call);
    let tried = manager.see(&format!("{action}?rule=register_status")).await;
    let form = exact(&tried, &action).with(&[("stage", "screening")]);
    let tried = manager.submit(form).await;
    manager.follow(tried).await.says("1 of 1 applications tried, 0 flip");
});

both!(a_refused_submission_leaves_what_it_was_refused_on, async |t: Tester| {
    let (_, mut firm, path) = draft(&t, 2).await;
    let form = exact(&firm.browser.see(&format!("{path}/submit")).await, &format!("{path}/submit"));
    run(&t, "UPDATE organisations SET register_status = 'closed' WHERE legal_name LIKE '%2'").await;
    assert_eq!(firm.browser.submit(form.with(&[("certify", "yes")])).await.status, 422);
    let kept = count(
        &t,
        r#"SELECT COUNT(*) FROM eligibility_runs WHERE refused_by = 'register_status' AND stage = 'submission'
            AND checks LIKE '%"rule":"register_status","result":"unmet"%'"#,
    );
    assert_eq!(kept.await, 1);
    assert_eq!(count(&t, "SELECT COUNT(*) FROM application_submissions").await, 0);
    run(&t, "UPDATE organisations SET register_status = 'active'").await;
    assert_eq!(submit(&mut firm.browser, &path).await.status, 303);
    // What was accepted is what later looks are compared with.
    let mut screener = t.staff(Role::Screener).await;
    screener.see(&format!("{path}/conditions")).await.says("is as it was at the submission");
});

both!(of_those_that_pass_everything_some_are_looked_at_all_the_same, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    with_rules(&t, &call, |rules| {
        rules.screening = ScreeningRules { spot_check_mille: 1_000, spot_check_seed: "2027".to_owned() };
    })
    .await;
    let (_, first) = submitted(&t, 2, &call, &vendor).await;
    let (_, second) = submitted(&t, 3, &call, &vendor).await;
    let (_, third) = submitted(&t, 4, &call, &vendor).await;
    let mut screener = t.staff(Role::Screener).await;
    screener.see("/applications?state=submitted").await.says("Spot check");
    let page = format!("{first}/screening");
    screener.see(&page).await.says("picked at random").says("To be looked at");
    let refused = save(&mut screener, &page, &[("decision", "eligible")]).await;
    assert!(refused.error_at("grounds").is_some(), "{}", refused.text());
    let looked = [("decision", "eligible"), ("grounds", "계획서와 견적을 대조했습니다.")];
    saved(&mut screener, &page, &looked).await.says("Eligible").says("Picked for a spot check");
    let defect = [("decision", "ineligible"), ("reason", "견적이 허위입니다.")];
    saved(&mut screener, &format!("{second}/screening"), &defect).await.says("Ineligible");

    let mut manager = t.staff(Role::Manager).await;
    let link = manager.see(&format!("/calls/{}", call.call)).await.link("/spot-checks");
    let counts = manager.see(&link).await;
    counts.says("Received 3").says("Picked 3").says("Waiting 1").says("Confirmed 1").says("Defect found 1");
    counts.says("계획서와 견적을 대조했습니다.").says("/ 1000");
    assert!(counts.links().contains(&third), "{:?}", counts.links());
    t.outsider().see(&format!("/calls/{}", call.call)).await.says("SHA-256").says("2027");
    // The grounds hold at later looks.
    let mut tx = t.app.db.read().await.unwrap();
    assert!(applications::judge(&mut tx, id_of(&first), Stage::Screening, t.now()).await.unwrap().passes());
});

both!(all_conditions_of_a_change_are_tried_together, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let (_, path) = submitted(&t, 2, &call, &vendor).await;
    let mut admin = t.staff(Role::Admin).await;
    let list = format!("/calls/{}/replays", call.call);
    assert!(!admin.see(&list).await.links().iter().any(|link| link.ends_with("/replays/change")));
    let edit = format!("/calls/{}/conditions/edit", call.call);
    for (code, holds, tests) in [
        ("support_max", "costs_support <= 30_000_000 won", "costs_support = 30_000_000 won => met"),
        ("register_status", "firm_register_status = \"suspended\"", "firm_register_status = \"suspended\" => met"),
    ] {
        let page = admin.see(&format!("{edit}?code={code}")).await;
        let saved = admin.submit(exact(&page, &edit).with(&[("must_hold", holds), ("tests", tests)])).await;
        assert_eq!(saved.status, 303, "{}", saved.text());
    }
    let mut manager = t.staff(Role::Manager).await;
    let seen = manager.see(&list).await;
    seen.says("2 conditions would decide differently");
    let page = manager.see(&seen.link("/replays/change")).await;
    page.says("Business register").says("Largest support");
    let tried = manager.submit(page.form("/replays/change")).await;
    let result = manager.follow(tried).await;
    result.says("1 of 1 applications tried, 1 flip").says("Flipped by").says("AV2027-000001");
    result.says("Business register: Met → Not met").says("Largest support: Met → Not met");
    result.says("costs_support <= 30000000 won");
    manager.see(&list).await.says("and 1 more");
    manager.see(&path).await.says("Submitted");
    assert_eq!(admin.get(&format!("/calls/{}/replays/change", t.call(BUDGET).await.call)).await.status, 409);
});
