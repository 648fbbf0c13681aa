//! Stories of applications: written in parts, submitted once, screened, withdrawn.

use crate::support::{
    Browser, Seen, Tester,
    browser::FormOnPage,
    builders::{BuiltCall, BuiltVendor},
};
use chrono::Duration;
use uuid::Uuid;
use voucherdesk::{
    applications::{
        self, ApplicationId,
        actions::{self, Edit, NewCost, NewIndicator, NewPackage, NewUseCase, NewWorkload, Screening},
        rules::{DataClass, DecisionImpact, Direction, LanguageClass, LatencyClass},
    },
    audit,
    core::{actor::Actor, money::Won, refusal::Trouble, roles::Role},
    db::once::Once,
    files::{FileId, Received},
    ledger::{self, Account, AccountKind},
    organisations::OrganisationId,
    programmes::CostCategory,
    vendors::{Hosting, ModelOrigin},
};

pub const BUDGET: Won = Won(1_000_000_000);
const PDF: &[u8] = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\n";

/// A firm with somebody who acts for it, signed in.
pub struct Firm {
    pub organisation: OrganisationId,
    pub email: String,
    pub browser: Browser,
}

pub async fn firm(t: &Tester, number: u16) -> Firm {
    let organisation = t.organisation(number).await;
    let email = format!("firm{number}@firm.test");
    let person = t.person(&email).await;
    t.grant(person, Role::Firm, Some(organisation.0)).await;
    Firm { organisation, browser: t.signed_in(&email).await, email }
}

/// Starts an application; answers its path.
pub async fn start(browser: &mut Browser, call: &BuiltCall) -> String {
    let new = format!("/applications/new?call={}", call.call);
    browser.fill_and_follow(&new, "/applications/new", &[]).await.path
}

#[track_caller]
pub fn exact(seen: &Seen, action: &str) -> FormOnPage {
    let form = seen.forms().into_iter().find(|form| form.action == action);
    form.unwrap_or_else(|| panic!("no form for exactly {action} on {}: {}", seen.path, seen.text()))
}

/// Fills in the form for `path` on the page at `path` and sends it.
pub async fn save(browser: &mut Browser, path: &str, values: &[(&str, &str)]) -> Seen {
    let form = exact(&browser.see(path).await, path).with(values);
    browser.submit(form).await
}

pub async fn saved(browser: &mut Browser, path: &str, values: &[(&str, &str)]) -> Seen {
    let seen = save(browser, path, values).await;
    assert_eq!(seen.status, 303, "{path}: {}", seen.text());
    browser.follow(seen).await
}

async fn upload(browser: &mut Browser, path: &str, kind: &str, name: &str, bytes: &[u8]) -> Seen {
    let page = browser.see(&format!("{path}/documents")).await;
    browser.submit(exact(&page, &format!("{path}/documents/{kind}")).file("file", name, bytes)).await
}

const USE_CASE: [(&str, &str); 5] = [
    ("title", "용접 불량 검출"),
    ("use_case", "QC_VISION"),
    ("process_name", "용접 검사"),
    ("problem", "검사에 하루 네 시간이 듭니다."),
    ("plan", "비전 AI를 도입합니다."),
];
const WORKLOAD: [(&str, &str); 7] = [
    ("data_class", "D1"),
    ("latency_class", "L1"),
    ("language_class", "non_text"),
    ("decision_impact", "human_in_loop"),
    ("model_origin", "sovereign"),
    ("hosting", "kr_public_cloud"),
    ("human_oversight", "검사원이 확인합니다."),
];
const INDICATOR: [(&str, &str); 7] = [
    ("name", "불량 유출률"),
    ("unit", "ppm"),
    ("direction", "down"),
    ("baseline", "850.5"),
    ("target", "200"),
    ("baseline_period", "2026년 하반기"),
    ("baseline_source", "라인 기록"),
];
const LICENCE: [(&str, &str); 5] = [
    ("category", "solution_licence"),
    ("description", "비전검사 AI 표준"),
    ("quantity", "2"),
    ("unit_price", "10,000,000"),
    ("support", "16,000,000"),
];
const WORK: [(&str, &str); 5] = [
    ("category", "integration"),
    ("description", "설비 연동"),
    ("quantity", "1"),
    ("unit_price", "30000000"),
    ("support", "24000000"),
];

pub async fn fill_in(browser: &mut Browser, path: &str, vendor: &BuiltVendor) {
    saved(browser, &format!("{path}/use-case"), &USE_CASE).await;
    saved(browser, &format!("{path}/workload"), &WORKLOAD).await;
    saved(browser, &format!("{path}/indicators"), &INDICATOR).await;
    let package = vendor.package.to_string();
    saved(browser, &format!("{path}/solution"), &[("package", &package), ("quantity", "2")]).await;
    saved(browser, &format!("{path}/costs"), &LICENCE).await;
    saved(browser, &format!("{path}/costs"), &WORK).await;
    for kind in ["plan", "registration"] {
        assert_eq!(upload(browser, path, kind, "계획서.pdf", PDF).await.status, 303);
    }
}

pub async fn submit(browser: &mut Browser, path: &str) -> Seen {
    save(browser, &format!("{path}/submit"), &[("certify", "yes")]).await
}

pub async fn submitted(t: &Tester, number: u16, call: &BuiltCall, vendor: &BuiltVendor) -> (Firm, String) {
    let mut firm = firm(t, number).await;
    let path = start(&mut firm.browser, call).await;
    fill_in(&mut firm.browser, &path, vendor).await;
    assert_eq!(submit(&mut firm.browser, &path).await.status, 303);
    (firm, path)
}

pub fn id_of(path: &str) -> ApplicationId {
    path.rsplit('/').next().unwrap().parse().unwrap()
}

/// The value behind a heading of a summary list.
fn row(seen: &Seen, key: &str) -> String {
    let text = seen.text();
    let after = text.split(&format!("{key} ")).nth(1).unwrap_or_else(|| panic!("no {key}: {text}"));
    after.split(' ').next().unwrap().to_owned()
}

both!(a_firm_writes_on_two_devices_sees_what_is_missing_and_submits, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let mut firm = firm(&t, 2).await;
    firm.browser.see("/applications").await.says("First call of 2027");
    let path = start(&mut firm.browser, &call).await;
    let seen = firm.browser.see(&path).await;
    seen.says("Draft").says("Not started").says("Until you submit, nothing is received");
    saved(&mut firm.browser, &format!("{path}/use-case"), &USE_CASE).await.says("Saved.").says("용접 불량 검출");

    // Two days later, elsewhere.
    t.advance(Duration::days(2));
    let mut elsewhere = t.signed_in(&firm.email).await;
    let again = elsewhere.see(&format!("{path}/use-case")).await;
    assert_eq!(again.value_of("plan").as_deref(), Some("비전 AI를 도입합니다."));
    let review = elsewhere.see(&format!("{path}/submit")).await;
    review
        .says("Workload classified")
        .says("Outcome indicators")
        .says("Choose in every group")
        .says("Required documents");
    assert!(review.links().contains(&format!("{path}/workload")));
    assert!(review.find_form("/submit").is_none(), "there is nothing to certify yet");

    saved(&mut elsewhere, &format!("{path}/workload"), &WORKLOAD).await;
    let proposals = elsewhere.see(&format!("{path}/indicators")).await;
    let proposed = elsewhere.see(&proposals.link("proposal=false_reject_rate")).await;
    assert_eq!(proposed.value_of("unit").as_deref(), Some("%"));
    saved(&mut elsewhere, &format!("{path}/indicators"), &INDICATOR).await.says("850.5 ppm");
    let package = vendor.package.to_string();
    saved(&mut elsewhere, &format!("{path}/solution"), &[("package", &package), ("quantity", "2")]).await;
    saved(&mut elsewhere, &format!("{path}/costs"), &LICENCE).await;
    // 84 % is too much for an SME; the page shows the sum.
    let greedy = [WORK[0], WORK[1], WORK[2], WORK[3], ("support", "26000000")];
    let costs = saved(&mut elsewhere, &format!("{path}/costs"), &greedy).await;
    costs.says("KRW 42,000,000 ÷ KRW 50,000,000 = 84%").says("80%").says("KRW 40,000,000").says("Not met");
    saved(&mut elsewhere, &format!("{path}/costs/2"), &[("support", "24,000,000")]).await.says("= 80%");
    for kind in ["plan", "registration"] {
        assert_eq!(upload(&mut elsewhere, &path, kind, "계획서.pdf", PDF).await.status, 303);
    }

    let unticked = save(&mut elsewhere, &format!("{path}/submit"), &[]).await;
    assert_eq!(unticked.status, 422);
    assert!(unticked.error_at("certify").is_some());
    let form = exact(&elsewhere.see(&format!("{path}/submit")).await, &format!("{path}/submit"));
    let form = form.with(&[("certify", "yes")]);
    let first = elsewhere.submit(form.clone()).await;
    let second = elsewhere.submit(form).await;
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (303, 303), "a double click submits once");
    let receipt = elsewhere.follow(first).await;
    receipt.says("AV2027-000001").says("2027-03-04 10:00:00 KST").says("Submission 1");
    assert!(!receipt.has("Submission 2"));

    let hash = row(&receipt, "Content hash (SHA-256)");
    assert_eq!(hash.len(), 64);
    let content = elsewhere.get(&format!("{path}/submissions/1")).await;
    assert_eq!(content.headers.get("content-disposition").unwrap(), "attachment; filename=\"AV2027-000001-1.json\"");
    use sha2::Digest;
    assert_eq!(hex::encode(sha2::Sha256::digest(&content.body)), hash, "the hash is of what was received");
    let mails = t.mails().await;
    let mail = mails.iter().find(|mail| mail.to == firm.email).unwrap();
    assert!(mail.text.contains("AV2027-000001") && mail.text.contains(&hash), "{}", mail.text);

    let mut outsider = t.outsider();
    let verified = outsider.see(&receipt.link("/receipts?")).await;
    verified.says("Received at 2027-03-04 10:00:00 KST (submission 1)");
    for query in [
        format!("number=AV2027-000002&hash={hash}"),
        format!("number=AV2027-000001&hash={}", "0".repeat(64)),
        "number=%E2%80%AE&hash=zz".to_owned(),
        "number=AV2027-000001&hash=".to_owned(),
    ] {
        outsider.see(&format!("/receipts?{query}")).await.says("Nothing was received");
    }
    outsider.see("/receipts").await.says("Check a receipt");

    // What was submitted cannot be changed any more.
    assert_eq!(elsewhere.get(&format!("{path}/use-case")).await.status, 409);
    elsewhere.see(&path).await.says("Submitted").says("Screening officer").says("18 Mar 2027");
});

both!(a_part_may_be_saved_with_gaps, async |t: Tester| {
    let call = t.call(BUDGET).await;
    let mut firm = firm(&t, 2).await;
    let path = start(&mut firm.browser, &call).await;
    saved(&mut firm.browser, &format!("{path}/use-case"), &[("problem", "  한 줄\n두 줄  ")]).await;
    saved(&mut firm.browser, &format!("{path}/workload"), &[("data_class", "D2")]).await;
    saved(&mut firm.browser, &format!("{path}/solution"), &[("quantity", "3")]).await;
    saved(&mut firm.browser, &format!("{path}/costs"), &[("description", "아직 모름"), ("category", "data")]).await;
    saved(&mut firm.browser, &format!("{path}/indicators"), &[("name", "시간"), ("direction", "down")]).await;
    let mut later = t.signed_in(&firm.email).await;
    let held = [
        ("use-case", "problem", "한 줄\n두 줄"),
        ("solution", "quantity", "3"),
        ("costs/1", "description", "아직 모름"),
        ("costs/1", "category", "data"),
        ("costs/1", "support", ""),
        ("indicators/1", "name", "시간"),
        ("indicators/1", "baseline", ""),
    ];
    for (page, field, value) in held {
        let seen = later.see(&format!("{path}/{page}")).await;
        assert_eq!(seen.value_of(field).as_deref(), Some(value), "{field} on {page}");
    }
    later.see(&path).await.says("In progress").says("Still missing: Use case filled in");
    assert_eq!(later.get(&format!("{path}/costs/2")).await.status, 404);
    let costs = later.see(&format!("{path}/costs")).await;
    let removed = later.submit(exact(&costs, &format!("{path}/costs/1/remove"))).await;
    later.follow(removed).await.says("No line of cost yet");
});

both!(what_is_wrong_is_shown_beside_its_field_and_nothing_typed_is_lost, async |t: Tester| {
    let (call, _vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let mut firm = firm(&t, 2).await;
    let path = start(&mut firm.browser, &call).await;
    let long = "가".repeat(101);
    type Wrong<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);
    let cases: &[Wrong<'_>] = &[
        ("use-case", &[("title", &long), ("plan", "계획")], "title"),
        ("use-case", &[("title", "a\u{202E}b"), ("plan", "계획")], "title"),
        ("use-case", &[("use_case", "NO_SUCH"), ("plan", "계획")], "use_case"),
        ("workload", &[("hosting", "the_moon"), ("human_oversight", "사람")], "hosting"),
        ("workload", &[("latency_class", "L9"), ("human_oversight", "사람")], "latency_class"),
        ("indicators", &[("name", ""), ("unit", "초"), ("direction", "up")], "name"),
        ("indicators", &[("name", "시간"), ("direction", "up"), ("baseline", "1.2345")], "baseline"),
        ("indicators", &[("name", "시간"), ("direction", "down"), ("baseline", "1"), ("target", "2")], "target"),
        ("solution", &[("package", &Uuid::nil().to_string()), ("quantity", "2")], "package"),
        ("solution", &[("quantity", "9223372036854775808")], "quantity"),
        ("costs", &[("description", ""), ("quantity", "2")], "description"),
        ("costs", &[("description", "가"), ("unit_price", "9223372036854775807")], "unit_price"),
        ("costs", &[("description", "가"), ("quantity", "-1")], "quantity"),
        ("costs", &[("description", "가"), ("quantity", "1"), ("unit_price", "5"), ("support", "6")], "support"),
    ];
    for (page, values, field) in cases {
        let seen = save(&mut firm.browser, &format!("{path}/{page}"), values).await;
        assert_eq!(seen.status, 422, "{page} {values:?}");
        assert!(seen.error_at(field).is_some(), "{page} {values:?}: {}", seen.text());
        seen.says("Check what you entered");
        for (name, value) in values.iter().filter(|(name, value)| name != field && !value.is_empty()) {
            assert_eq!(seen.value_of(name).as_deref(), Some(*value), "{name} on {page}");
        }
        assert_eq!(seen.value_of("version").as_deref(), Some("1"), "nothing was saved");
    }
    // A form with more than its page asked for is nobody's of ours.
    let seen = save(&mut firm.browser, &format!("{path}/use-case"), &[("state", "selected")]).await;
    assert_eq!(seen.status, 422);
});

both!(hostile_text_is_cleaned_or_refused, async |t: Tester| {
    let call = t.call(BUDGET).await;
    let mut firm = firm(&t, 2).await;
    let path = start(&mut firm.browser, &call).await;
    // Decomposed Hangul, as one operating system types it, becomes the one that others type.
    let decomposed = "\u{1112}\u{1161}\u{11AB}빛";
    let script = "<script>alert(1)</script>\n둘째 줄";
    let values = [("title", decomposed), ("problem", script)];
    let seen = saved(&mut firm.browser, &format!("{path}/use-case"), &values).await;
    seen.says("한빛");
    let review = firm.browser.see(&format!("{path}/submit")).await;
    assert!(!review.html().contains("<script>alert"));
    review.says("<script>alert(1)</script>");
    let full_width = [("description", "폭"), ("quantity", "１０"), ("unit_price", "１０００원"), ("support", "8,000")];
    saved(&mut firm.browser, &format!("{path}/costs"), &full_width).await.says("KRW 10,000").says("KRW 2,000");
    let own = exact(&firm.browser.see(&format!("{path}/use-case")).await, &format!("{path}/use-case"));
    for version in ["", "x", "9223372036854775808"] {
        let seen = firm.browser.submit(own.clone().with(&[("version", version)])).await;
        assert_eq!(seen.status, 422, "{version}");
    }
});

both!(of_two_tabs_the_second_is_told_and_keeps_what_it_typed, async |t: Tester| {
    let call = t.call(BUDGET).await;
    let mut firm = firm(&t, 2).await;
    let path = start(&mut firm.browser, &call).await;
    let page = format!("{path}/use-case");
    let mut colleague = t.member(firm.organisation, Role::Firm).await;
    let mine = exact(&firm.browser.see(&page).await, &page).with(&[("title", "나의 제목")]);
    saved(&mut colleague, &page, &[("title", "동료의 제목")]).await;
    let told = firm.browser.submit(mine).await;
    assert_eq!(told.status, 422);
    told.says("Somebody else changed").says("Title: 동료의 제목");
    assert_eq!(told.value_of("title").as_deref(), Some("나의 제목"));
    firm.browser.see(&path).await.says("동료의 제목");
    // Having seen both, saving again is a decision.
    let again = firm.browser.submit(exact(&told, &page)).await;
    assert_eq!(again.status, 303);
    firm.browser.see(&path).await.says("나의 제목");

    // Of two lines added at once in two tabs, the second is told as well.
    let costs = format!("{path}/costs");
    let one = exact(&firm.browser.see(&costs).await, &costs).with(&LICENCE);
    let other = exact(&colleague.see(&costs).await, &costs).with(&WORK);
    assert_eq!(firm.browser.submit(one.clone()).await.status, 303);
    let told = colleague.submit(other).await;
    assert_eq!(told.status, 422);
    told.says("비전검사 AI 표준");
    assert_eq!(told.value_of("description").as_deref(), Some("설비 연동"));
    assert_eq!(colleague.submit(exact(&told, &costs)).await.status, 303);
    // A double click adds one line, not two.
    assert_eq!(firm.browser.submit(one).await.status, 303);
    let seen = firm.browser.see(&costs).await;
    assert!(seen.has("KRW 50,000,000") && !seen.has("KRW 70,000,000"), "{}", seen.text());
});

both!(one_firm_has_one_application_in_a_call, async |t: Tester| {
    let call = t.call(BUDGET).await;
    let mut firm = firm(&t, 2).await;
    let new = format!("/applications/new?call={}", call.call);
    let form = firm.browser.see(&new).await.form("/applications/new");
    let mut colleague = t.member(firm.organisation, Role::Firm).await;
    let theirs = colleague.see(&new).await.form("/applications/new");
    let first = firm.browser.submit(form.clone()).await.location();
    assert_eq!(firm.browser.submit(form).await.location(), first, "a double click");
    assert_eq!(colleague.submit(theirs).await.location(), first, "a colleague in the same moment");
    assert_eq!(firm.browser.get(&new).await.location(), first);
    // After a withdrawal a new one may be begun.
    let path = first.unwrap();
    saved(&mut firm.browser, &format!("{path}/withdraw"), &[("reason", "다시 쓰겠습니다")]).await.says("Withdrawn");
    assert_ne!(start(&mut firm.browser, &call).await, path);
});

both!(the_closing_second_decides, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let closes = t.now() + Duration::days(30);
    let (mut early, mut late) = (firm(&t, 2).await, firm(&t, 3).await);
    let (path, other) = (start(&mut early.browser, &call).await, start(&mut late.browser, &call).await);
    fill_in(&mut early.browser, &path, &vendor).await;
    fill_in(&mut late.browser, &other, &vendor).await;
    t.app.clock.set(closes - Duration::seconds(1));
    let (mut early, mut late) = (t.signed_in(&early.email).await, late);
    let late_email = late.email.clone();
    late.browser = t.signed_in(&late_email).await;
    let form = exact(&late.browser.see(&format!("{other}/submit")).await, &format!("{other}/submit"));
    assert_eq!(submit(&mut early, &path).await.status, 303);
    t.app.clock.set(closes);
    let refused = late.browser.submit(form.with(&[("certify", "yes")])).await;
    assert_eq!(refused.status, 422);
    refused.says("The call closed at 2027-04-01 10:00:00 KST").says("what you wrote is saved");
    // A request that began in time may end within the grace, and no later.
    let actor = t.actor(&late_email).await;
    let mut tx = t.app.db.read().await.unwrap();
    let version = applications::get(&mut tx, id_of(&other)).await.unwrap().version;
    drop(tx);
    let edit = || Edit { id: id_of(&other), version, once: Once::new() };
    let began = closes - Duration::seconds(1);
    t.app.clock.set(closes + Duration::seconds(600));
    let trouble = actions::submit(&t.app, &actor, edit(), began).await.unwrap_err();
    assert!(matches!(&trouble, Trouble::Refused(refusal) if refusal.key == "applications-refusal-late"), "{trouble}");
    t.app.clock.set(closes + Duration::seconds(599));
    let receipt = actions::submit(&t.app, &actor, edit(), began).await.unwrap();
    assert_eq!(receipt.number, "AV2027-000002");
});

both!(an_officer_screens_and_asks_once_for_what_is_missing, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let (mut firm, path) = submitted(&t, 2, &call, &vendor).await;
    let mut officer = t.staff(Role::Screener).await;
    let queue = officer.see("/applications?state=submitted").await;
    queue.says("AV2027-000001").says("한빛정밀 2");
    let page = format!("{path}/screening");
    let seen = officer.see(&page).await;
    seen.says("Share of support").says("80%").says("KRW 40,000,000").says("Framework Act on SMEs").says("Met");
    assert!(seen.has("용접 불량 검출") && seen.has("계획서.pdf"));
    let nothing = save(&mut officer, &page, &[("items", "재무제표")]).await;
    assert_eq!(nothing.status, 422);
    assert!(nothing.error_at("decision").is_some());
    assert_eq!(nothing.value_of("items").as_deref(), Some("재무제표"));
    let asked = [("decision", "supplement"), ("items", "재무제표를 올리세요\n\n계획을 자세히 쓰세요")];
    let form = exact(&officer.see(&page).await, &page).with(&asked);
    assert_eq!(officer.submit(form.clone()).await.status, 303);
    assert_eq!(officer.submit(form).await.status, 303, "a double click asks once");
    officer.see(&page).await.says("The firm has been asked");

    let mail = t.mails().await.into_iter().find(|mail| mail.subject.contains("supplement")).unwrap();
    // Seven business days after Tuesday 2 March 2027.
    assert!(mail.text.contains("2027-03-11 23:59:59 KST") && mail.text.contains("재무제표"), "{}", mail.text);
    let told = firm.browser.see(&path).await;
    told.says("Supplement requested").says("계획을 자세히 쓰세요").says("11 Mar 2027");
    t.advance(Duration::days(3));
    firm.browser = t.signed_in(&firm.email).await;
    saved(&mut firm.browser, &format!("{path}/use-case"), &[("plan", "1월 준비, 2월 도입")]).await;
    assert_eq!(upload(&mut firm.browser, &path, "financials", "재무제표.pdf", PDF).await.status, 303);
    let answered = submit(&mut firm.browser, &path).await;
    let receipt = firm.browser.follow(answered).await;
    receipt.says("AV2027-000001").says("Submission 1").says("Submission 2").says("2027-03-05 10:00:00 KST");
    firm.browser.see(&path).await.says("Use case: Plan").says("1월 준비, 2월 도입");

    let mut officer = t.staff(Role::Screener).await;
    let seen = officer.see(&page).await;
    seen.says("Supplement in time").says("Use case: Plan");
    let second = exact(&seen, &page).with(&[("decision", "supplement"), ("items", "하나 더")]);
    let refused = officer.submit(second).await;
    assert_eq!(refused.status, 422);
    refused.says("A supplement can be asked for once");
    assert_eq!(save(&mut officer, &page, &[("decision", "eligible")]).await.status, 303);
    let record = officer.see(&path).await;
    record.says("Eligible").says("At submission").says("At screening").says("History");
    assert_eq!(officer.get(&page).await.status, 409);
    assert!(t.mails().await.iter().any(|mail| mail.to == firm.email && mail.subject.contains("is eligible")));
});

both!(a_firm_that_never_answers_can_be_found_ineligible_once_it_is_overdue, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let (firm, path) = submitted(&t, 2, &call, &vendor).await;
    let id = id_of(&path);
    let mut officer = t.staff(Role::Screener).await;
    let page = format!("{path}/screening");
    save(&mut officer, &page, &[("decision", "supplement"), ("items", "재무제표")]).await;
    let actor = Actor { organisation: None, ..t.actor("screener0@staff.test").await };
    let found = || Screening::Ineligible("기한까지 보완하지 않았습니다".to_owned());
    let trouble = actions::screen(&t.app, &actor, id, found(), Once::new()).await.unwrap_err();
    assert_eq!(trouble.to_string(), "refused: applications-refusal-answer-pending");
    t.advance(Duration::days(12));
    actions::screen(&t.app, &actor, id, found(), Once::new()).await.unwrap();
    let mut browser = t.signed_in(&firm.email).await;
    browser.see(&path).await.says("Ineligible").says("기한까지 보완하지 않았습니다");
});

both!(what_changed_after_submission_is_seen_at_screening, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let (_, path) = submitted(&t, 2, &call, &vendor).await;
    let mut tx = t.app.db.write().await.unwrap();
    tx.run("UPDATE vendors SET state = 'suspended' WHERE id = $1", (vendor.vendor,)).await.unwrap();
    tx.commit().await.unwrap();
    let mut officer = t.staff(Role::Screener).await;
    let page = format!("{path}/screening");
    officer.see(&page).await.says("Not on offer now").says("1 conditions are not met");
    let refused = save(&mut officer, &page, &[("decision", "eligible")]).await;
    assert_eq!(refused.status, 422);
    let without_reason = save(&mut officer, &page, &[("decision", "ineligible")]).await;
    assert!(without_reason.error_at("reason").is_some());
    let decided = save(&mut officer, &page, &[("decision", "ineligible"), ("reason", "공급기업 자격 정지")]).await;
    assert_eq!(decided.status, 303);
    officer.see(&path).await.says("Ineligible").says("공급기업 자격 정지");
});

both!(whoever_scored_an_application_cannot_screen_it, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let (_, path) = submitted(&t, 2, &call, &vendor).await;
    let mut officer = t.staff(Role::Screener).await;
    let form = exact(&officer.see(&format!("{path}/screening")).await, &format!("{path}/screening"));
    let actor = t.actor("screener0@staff.test").await;
    let mut tx = t.app.db.write().await.unwrap();
    audit::take(&mut tx, &actor, id_of(&path).0, audit::Act::Scored, t.now()).await.unwrap();
    tx.commit().await.unwrap();
    officer.see(&format!("{path}/screening")).await.says("somebody else must screen it");
    let refused = officer.submit(form.with(&[("decision", "eligible")])).await;
    assert_eq!(refused.status, 422);
    refused.says("scoring");
});

both!(withdrawing_gives_the_commitment_back, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let mut firm = firm(&t, 2).await;
    let built = t.application_of(&call, &vendor, firm.organisation, "selected", 40_000_000).await;
    let case = built.case(&call);
    let balance = async |account: Account| {
        let mut tx = t.app.db.read().await.unwrap();
        ledger::balance(&mut tx, account).await.unwrap()
    };
    assert_eq!(balance(case.account(AccountKind::Budget)).await, Won(960_000_000));
    let page = format!("/applications/{}/withdraw", built.id);
    let empty = save(&mut firm.browser, &page, &[]).await;
    assert!(empty.error_at("reason").is_some());
    let form = exact(&firm.browser.see(&page).await, &page).with(&[("reason", "투자 계획이 바뀌었습니다")]);
    assert_eq!(firm.browser.submit(form.clone()).await.status, 303);
    assert_eq!(firm.browser.submit(form).await.status, 303, "a double click withdraws once");
    assert_eq!(balance(case.account(AccountKind::Budget)).await, BUDGET);
    assert_eq!(balance(case.account(AccountKind::CapLeft)).await, Won(200_000_000));
    assert_eq!(balance(case.account(AccountKind::Committed)).await, Won::ZERO);
    firm.browser.see(&format!("/applications/{}", built.id)).await.says("Withdrawn").says("투자 계획이 바뀌었습니다");
    assert_eq!(firm.browser.get(&page).await.status, 409);
    let agreed = t.application(&call, &vendor, 5, "agreed", 1_000_000).await;
    let mut other = t.member(agreed.firm, Role::Firm).await;
    assert_eq!(other.get(&format!("/applications/{}/withdraw", agreed.id)).await.status, 409);
});

both!(nobody_sees_what_is_not_theirs, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let (mut owner, other) = (firm(&t, 2).await, firm(&t, 3).await);
    let path = start(&mut owner.browser, &call).await;
    fill_in(&mut owner.browser, &path, &vendor).await;
    t.mails().await;
    let document = owner.browser.see(&format!("{path}/documents")).await.link("/documents/");
    let pages = [
        "",
        "/use-case",
        "/workload",
        "/indicators",
        "/indicators/1",
        "/solution",
        "/costs",
        "/costs/1",
        "/documents",
        "/submit",
        "/receipt",
        "/submissions/1",
        "/withdraw",
    ];
    let mut stranger = other.browser;
    for page in pages {
        assert_eq!(stranger.get(&format!("{path}{page}")).await.status, 404, "{page}");
    }
    assert_eq!(stranger.get(&document).await.status, 404);
    let own = start(&mut stranger, &call).await;
    for page in ["use-case", "workload", "indicators", "solution", "costs"] {
        let mut form = exact(&stranger.see(&format!("{own}/{page}")).await, &format!("{own}/{page}"));
        form.action = format!("{path}/{page}");
        let form = if page == "costs" || page == "indicators" {
            form.with(&[("name", "가"), ("description", "가"), ("direction", "up")])
        } else {
            form
        };
        let form = if page == "costs" { form.without("name").without("direction") } else { form };
        let form = if page == "indicators" { form.without("description") } else { form };
        assert_eq!(stranger.submit(form).await.status, 404, "{page}");
    }
    let mut form = exact(&stranger.see(&format!("{own}/documents")).await, &format!("{own}/documents/plan"));
    form.action = format!("{path}/documents/plan");
    assert_eq!(stranger.submit(form.file("file", "a.pdf", PDF)).await.status, 404);
    // Staff see nothing of a draft; a vendor and an outsider do not even see a door.
    for role in [Role::Screener, Role::Manager, Role::Auditor, Role::Payer] {
        assert_eq!(t.staff(role).await.get(&path).await.status, 404, "{role}");
    }
    assert_eq!(t.member(vendor.organisation, Role::Vendor).await.get(&path).await.status, 404);
    assert!(t.outsider().get(&path).await.location().unwrap().starts_with("/sign-in"));
    assert_eq!(t.staff(Role::Auditor).await.get(&format!("{path}/screening")).await.status, 404);
});

both!(only_sound_files_are_taken_and_none_is_executed, async |t: Tester| {
    let call = t.call(BUDGET).await;
    let mut firm = firm(&t, 2).await;
    let path = start(&mut firm.browser, &call).await;
    let large = [PDF, &vec![b'x'; 21 * 1024 * 1024]].concat();
    let cases: &[(&str, &[u8], &str)] = &[
        ("plan.pdf", b"#!/bin/sh\nrm -rf /", "cannot be taken"),
        ("plan.pdf", b"<script>alert(1)</script>", "cannot be taken"),
        ("plan.html", b"<html></html>", "cannot be taken"),
        ("plan.exe", b"MZ\x90\0", "cannot be taken"),
        ("plan.pdf", &large, "20 MB"),
    ];
    for (name, bytes, sentence) in cases {
        let seen = upload(&mut firm.browser, &path, "plan", name, bytes).await;
        assert_eq!(seen.status, 422, "{name}");
        let error = seen.error_at("file").unwrap_or_else(|| panic!("{name}: {}", seen.text()));
        assert!(error.contains(sentence), "{error}");
    }
    let none = exact(&firm.browser.see(&format!("{path}/documents")).await, &format!("{path}/documents/plan"));
    let seen = firm.browser.submit(none).await;
    assert!(seen.error_at("file").is_some(), "nothing was chosen");
    let kept = firm.browser.see(&format!("{path}/documents")).await.links();
    assert!(!kept.iter().any(|link| link.contains("/documents/")), "nothing of it was kept: {kept:?}");

    let seen = upload(&mut firm.browser, &path, "plan", "../../사업 계획서.pdf", PDF).await;
    let seen = firm.browser.follow(seen).await;
    seen.says("사업 계획서.pdf").says("Being scanned");
    assert!(!seen.links().iter().any(|link| link.contains("/documents/")), "nothing to open before the scan");
    let mut tx = t.app.db.read().await.unwrap();
    let document: Option<uuid::Uuid> = tx.value("SELECT id FROM application_documents", ()).await.unwrap();
    drop(tx);
    let href = format!("{path}/documents/{}", document.unwrap());
    assert_eq!(firm.browser.get(&href).await.status, 403, "nobody opens it before the scan, not even who sent it");
    t.mails().await;
    let file = firm.browser.get(&href).await;
    assert_eq!((file.status.as_u16(), file.body.as_slice()), (200, PDF));
    let header = |name: &str| file.headers.get(name).unwrap().to_str().unwrap().to_owned();
    assert!(header("content-disposition").starts_with("attachment; filename=\"document\"; filename*=UTF-8''%EC%82%AC"));
    assert_eq!(header("content-security-policy"), "sandbox");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("content-type"), "application/pdf");
    // What the scan finds is closed to everybody and does not count.
    let mut colleague = t.member(firm.organisation, Role::Firm).await;
    assert_eq!(colleague.get(&href).await.status, 200, "this agency works without a scanner");
    let mut tx = t.app.db.write().await.unwrap();
    tx.run("UPDATE files SET scan = 'infected'", ()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(firm.browser.get(&href).await.status, 403);
    let page = firm.browser.see(&format!("{path}/documents")).await;
    page.says("Malware found");
    let removed = firm.browser.submit(page.form("/remove")).await;
    assert!(!firm.browser.follow(removed).await.has("사업 계획서.pdf"));
});

both!(personal_data_abroad_wants_its_notice, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let mut firm = firm(&t, 2).await;
    let path = start(&mut firm.browser, &call).await;
    fill_in(&mut firm.browser, &path, &vendor).await;
    let workload = format!("{path}/workload");
    saved(&mut firm.browser, &workload, &[("data_class", "D3"), ("hosting", "foreign_region")]).await;
    let review = firm.browser.see(&format!("{path}/submit")).await;
    review.says("Notice of transfer abroad").says("art. 28-8");
    assert!(review.find_form("/submit").is_none());
    assert_eq!(upload(&mut firm.browser, &path, "transfer_notice", "동의서.pdf", PDF).await.status, 303);
    assert!(firm.browser.see(&format!("{path}/submit")).await.find_form("/submit").is_some());
    // Sensitive data may not go abroad with any paper, and not by way of the chosen solution either.
    saved(&mut firm.browser, &workload, &[("data_class", "D4")]).await;
    let review = firm.browser.see(&format!("{path}/submit")).await;
    assert!(review.says("Sensitive data stays in Korea").find_form("/submit").is_none());
    saved(&mut firm.browser, &workload, &[("data_class", "D4"), ("hosting", "kr_private")]).await;
    let mut tx = t.app.db.write().await.unwrap();
    tx.run("UPDATE solutions SET hosting = 'foreign_region'", ()).await.unwrap();
    tx.commit().await.unwrap();
    firm.browser
        .see(&format!("{path}/submit"))
        .await
        .says("Sensitive data stays in Korea")
        .says("Worked on abroad: Yes");
});

both!(the_queue_finds_by_number_by_words_and_by_filter, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let (_, path) = submitted(&t, 2, &call, &vendor).await;
    t.application(&call, &vendor, 7, "eligible", 1_000_000).await;
    let mut officer = t.staff(Role::Manager).await;
    for number in ["AV2027-000001", "av2027-000001", "AV２０２７-０００００１"] {
        let query = serde_html_form::to_string([("q", number)]).unwrap();
        let seen = officer.get(&format!("/applications?{query}")).await;
        assert_eq!(seen.location().as_deref(), Some(path.as_str()), "{number}");
    }
    for (q, found) in
        [("불량", true), ("빛정", true), ("한빛정밀", true), ("용접 한빛", true), ("없는말", false), ("'\"*", true)]
    {
        let query = serde_html_form::to_string([("q", q), ("state", "submitted")]).unwrap();
        let seen = officer.see(&format!("/applications?{query}")).await;
        assert_eq!(seen.has("AV2027-000001"), found, "{q}");
        assert_eq!(seen.has("No application fits"), !found, "{q}");
    }
    let all = officer.see("/applications").await;
    all.says("2 in all").says("Eligible");
    officer.see(&format!("/applications?call={}&region=KR-11", call.call)).await.says("2 in all");
    officer.see("/applications?region=KR-26").await.says("0 in all");
    officer.see("/applications?state=eligible").await.says("1 in all");
    officer.see("/applications?state=nonsense&call=x&after=%FF").await.says("2 in all");
});

both!(drafts_expire_with_their_call, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let mut firm = firm(&t, 2).await;
    let path = start(&mut firm.browser, &call).await;
    let (_, kept) = submitted(&t, 3, &call, &vendor).await;
    assert_eq!(applications::expire_drafts(&t.app).await.unwrap(), 0);
    t.advance(Duration::days(31));
    assert_eq!(applications::expire_drafts(&t.app).await.unwrap(), 1);
    assert_eq!(applications::expire_drafts(&t.app).await.unwrap(), 0);
    let mut browser = t.signed_in(&firm.email).await;
    browser.see(&path).await.says("Expired").says("You may apply to the next call");
    assert!(t.mails().await.iter().any(|mail| mail.to == firm.email && mail.subject.contains("expired")));
    t.staff(Role::Screener).await.see(&kept).await.says("Submitted");
    let new = format!("/applications/new?call={}", call.call);
    let refused = browser.fill(&new, "/applications/new", &[]).await;
    assert_eq!(refused.status, 409);
});

both!(the_same_actions_serve_those_who_fill_the_service_with_data, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let firm = firm(&t, 2).await;
    let actor = t.actor(&firm.email).await;
    let id = actions::start(&t.app, &actor, call.call, None, Once::new()).await.unwrap();
    let edit = |version| Edit { id, version, once: Once::new() };
    let text = str::to_owned;
    let use_case = NewUseCase {
        title: text("수요예측"),
        use_case: Some(text("DEMAND_FC")),
        process_name: text("발주"),
        problem: text("재고가 많습니다"),
        plan: text("예측합니다"),
    };
    let version = actions::save_use_case(&t.app, &actor, edit(1), use_case).await.unwrap();
    let workload = NewWorkload {
        data_class: Some(DataClass::D1),
        latency_class: Some(LatencyClass::L0),
        language_class: Some(LanguageClass::Ko),
        decision_impact: Some(DecisionImpact::Advisory),
        model_origin: Some(ModelOrigin::OpenWeight),
        hosting: Some(Hosting::KrPrivate),
        human_oversight: text("구매 담당이 확인"),
    };
    let version = actions::save_workload(&t.app, &actor, edit(version), workload).await.unwrap();
    let indicator = NewIndicator {
        name: text("예측 오차"),
        unit: text("%"),
        direction: Direction::Down,
        baseline_milli: Some(32_000),
        target_milli: Some(18_000),
        baseline_period: text("2026년"),
        baseline_source: text("ERP"),
    };
    let version = actions::save_indicators(&t.app, &actor, edit(version), vec![indicator]).await.unwrap();
    let package = NewPackage { package: Some(vendor.package), quantity: Some(1) };
    let version = actions::choose_package(&t.app, &actor, edit(version), package).await.unwrap();
    let line = NewCost {
        category: CostCategory::SolutionLicence,
        description: text("표준"),
        quantity: Some(1),
        unit_price: Some(Won(10_000_000)),
        support: Some(Won(8_000_000)),
    };
    let mut version = actions::save_costs(&t.app, &actor, edit(version), vec![line]).await.unwrap();
    for kind in ["plan", "registration"] {
        let received = Received {
            id: FileId::new(),
            field: text("file"),
            name: text("a.pdf"),
            media_type: "application/pdf",
            size_bytes: 10,
            sha256: vec![1; 32],
        };
        version = actions::attach(&t.app, &actor, id, kind, &received, Once::new()).await.unwrap();
    }
    let receipt = actions::submit(&t.app, &actor, edit(version), t.now()).await.unwrap();
    assert_eq!((receipt.number.as_str(), receipt.round), ("AV2027-000001", 1));
    let mut tx = t.app.db.read().await.unwrap();
    let application = applications::get(&mut tx, id).await.unwrap();
    assert_eq!((application.total_won, application.support_won), (Won(10_000_000), Won(8_000_000)));
    assert_eq!(application.submitted_hash, Some(receipt.sha256));
    assert_eq!(application.size_class.as_deref(), Some("small"));
    assert_eq!(applications::costs(&mut tx, id).await.unwrap().len(), 1);
    assert_eq!(applications::indicators(&mut tx, id).await.unwrap()[0].baseline_milli, 32_000);
    let case = applications::case_of(&mut tx, &application).await.unwrap();
    assert_eq!(case.programme, call.programme.0);
    drop(tx);
    let t2 = &t;
    let officer = {
        t2.staff(Role::Screener).await;
        t2.actor("screener0@staff.test").await
    };
    actions::screen(&t.app, &officer, id, Screening::Eligible, Once::new()).await.unwrap();
    actions::withdraw(&t.app, &actor, id, "그만둡니다", Once::new()).await.unwrap();
});
