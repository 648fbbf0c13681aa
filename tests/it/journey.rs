//! The whole way of one voucher, from the call to the outcome, on the pages and by the people of the programme.
//! The firm and one reviewer read Korean, everybody else English. Nothing here reaches past the pages except the clock,
//! the worker and, at the very end, the verification.

use crate::support::{Browser, PASSWORD, Seen, Tester, browser::FormOnPage};
use chrono::{Duration, NaiveDate};
use scraper::{Html, Selector};
use voucherdesk::{
    app, audit,
    core::{lang::Lang, numbers::BusinessNumber},
    integrity,
};

const ADMIN: &str = "admin@agency.test";
const SCREENER: &str = "screener@agency.test";
const REVIEWERS: [&str; 3] = ["kim@expert.test", "lee@expert.test", "park@expert.test"];
const MANAGER: &str = "manager@agency.test";
const OFFICER: &str = "claims@agency.test";
const PAYERS: [&str; 3] = ["payer1@agency.test", "payer2@agency.test", "payer3@agency.test"];
const AUDITOR: &str = "auditor@agency.test";
const ANALYST: &str = "analyst@agency.test";
const VENDOR: &str = "sales@daon.test";
const FIRM: &str = "owner@hanbit.test";

const VENDOR_NAME: &str = "다온소프트 주식회사";
const FIRM_NAME: &str = "한빛정밀 주식회사";
const PDF: &[u8] = b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\n";

both!(a_voucher_goes_from_call_to_outcome, async |t: Tester| {
    let invitations = the_staff_are_invited(&t).await;
    a_call_is_prepared_and_published(&t).await;
    a_vendor_enters_the_public_register(&t).await;
    t.advance(Duration::days(1));
    let application = a_firm_signs_up_and_begins_to_write(&t).await;
    t.advance(Duration::days(1));
    let number = the_firm_submits_and_gets_a_receipt(&t, &application).await;
    t.advance(Duration::days(1));
    a_screener_asks_once_and_confirms(&t, &application).await;
    t.advance(Duration::days(27));
    reviewers_score_and_a_manager_decides(&t).await;
    t.advance(Duration::days(2));
    let agreement = three_parties_agree_and_the_voucher_is_issued(&t).await;

    t.advance(Duration::days(60));
    the_vendor_files_an_invoice_from_a_file(&t, &agreement).await;
    the_claim_is_accepted_and_approved(&t).await;
    three_payers_pay(&t, "11200000").await;
    t.advance(Duration::days(60));
    the_vendor_types_an_invoice(&t, &agreement).await;
    the_claim_is_accepted_and_approved(&t).await;
    three_payers_pay(&t, "16800000").await;
    t.signed_in(VENDOR).await.see("/payments/mine").await.says("KRW 28,000,000");

    t.advance(Duration::days(1));
    the_firm_reports_its_outcome(&t, &application).await;
    an_analyst_sees_figures_and_downloads_the_applications(&t).await;
    an_auditor_reads_the_complete_history(&t, &number).await;
    everybody_was_written_to_in_their_language(&t, invitations).await;

    let report = integrity::verify(&t.app.db, Some(&t.app.seal)).await.unwrap();
    assert_eq!(report.breaches().collect::<Vec<_>>(), Vec::<&integrity::Check>::new());
});

// What every act needs.

fn number(serial: u16) -> String {
    BusinessNumber::from_parts(101, 81, serial).unwrap().to_string()
}

fn today(t: &Tester) -> NaiveDate {
    t.now().date_naive()
}

/// What the worker of a running service does by itself.
async fn the_worker_turns(t: &Tester) {
    app::timers(&t.app).await.unwrap();
    t.mails().await;
    audit::seal(&t.app.db).await.unwrap();
}

/// The form for exactly `action`, not for something below it.
#[track_caller]
fn exact(seen: &Seen, action: &str) -> FormOnPage {
    let form = seen.forms().into_iter().find(|form| form.action == action);
    form.unwrap_or_else(|| panic!("no form for exactly {action} on {}: {}", seen.path, seen.text()))
}

/// Fills in the form for `path` on the page at `path` and goes on to where it leads.
async fn saved(browser: &mut Browser, path: &str, values: &[(&str, &str)]) -> Seen {
    let form = exact(&browser.see(path).await, path).with(values);
    sent(browser, form).await
}

async fn sent(browser: &mut Browser, form: FormOnPage) -> Seen {
    let action = form.action.clone();
    let seen = browser.submit(form).await;
    assert_eq!(seen.status, 303, "POST {action}: {}", seen.text());
    let seen = browser.follow(seen).await;
    assert_eq!(seen.status, 200, "after POST {action}: {}", seen.text());
    seen
}

/// Goes from page to page by the first link that contains each part.
async fn walk(browser: &mut Browser, from: &str, parts: &[&str]) -> Seen {
    let mut seen = browser.see(from).await;
    for part in parts {
        let href = seen.link(part);
        seen = browser.see(&href).await;
    }
    seen
}

async fn choose_language(browser: &mut Browser, path: &str) {
    let form = browser.see(path).await.form("/language");
    sent(browser, form).await;
}

/// Makes an account by a mailed link; answers the home page.
async fn signs_up(t: &Tester, browser: &mut Browser, email: &str, name: &str) -> Seen {
    browser.fill("/sign-up", "/sign-up", &[("email", email)]).await;
    let link = t.mailed_link(email).await;
    browser.fill_and_follow(&link, &link, &[("name", name), ("password", PASSWORD), ("consent", "yes")]).await
}

fn organisation<'a>(number: &'a str, name: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("business_number", number),
        ("legal_name", name),
        ("kind", "corporation"),
        ("vat_type", "general"),
        ("representative_name", "김하나"),
        ("industry", "C26"),
        ("region_code", "KR-11"),
        ("address", "서울특별시 중구 세종대로 110"),
        ("phone", "02-700-1234"),
        ("employees_regular", "20"),
        ("founded_on", "2015-03-02"),
        ("large_group", "no"),
        ("sales_1", "3,000,000,000"),
        ("total_assets_1", "2000000000"),
        ("equity_1", "1000000000"),
        ("capital_1", "300000000"),
        ("sales_2", "2800000000"),
        ("total_assets_2", "1900000000"),
        ("equity_2", "900000000"),
        ("capital_2", "300000000"),
    ]
}

// Step 1.

/// Answers how many mails the invitations were: they are written before anybody could choose a language.
async fn the_staff_are_invited(t: &Tester) -> usize {
    let first = t.person(ADMIN).await;
    t.grant(first, voucherdesk::core::roles::Role::Admin, None).await;
    let mut admin = t.signed_in(ADMIN).await;
    let officers = [(SCREENER, "screener"), (MANAGER, "manager"), (OFFICER, "claims_officer"), (AUDITOR, "auditor")];
    let staff: Vec<(&str, &str)> = officers
        .into_iter()
        .chain([(ANALYST, "analyst")])
        .chain(REVIEWERS.map(|email| (email, "reviewer")))
        .chain(PAYERS.map(|email| (email, "payer")))
        .collect();
    for (email, role) in &staff {
        let name = email.split('@').next().unwrap();
        admin.fill_and_follow("/people/new", "/people/new", &[("email", email), ("name", name), ("role", role)]).await;
        let link = t.mailed_link(email).await;
        t.outsider().fill_and_follow(&link, &link, &[("password", PASSWORD)]).await;
    }
    let invitations = t.mails().await.len();
    for (email, _) in staff.iter().filter(|(email, _)| *email != REVIEWERS[1]) {
        choose_language(&mut t.signed_in(email).await, "/account").await;
    }
    invitations
}

async fn a_call_is_prepared_and_published(t: &Tester) {
    let mut admin = t.signed_in(ADMIN).await;
    walk(&mut admin, "/", &["/programmes", "/programmes/new"]).await;
    let form = [("code", "AV2027"), ("name_ko", "AI 바우처"), ("name_en", "AI voucher")];
    let programme = admin.fill_and_follow("/programmes/new", "/programmes/new", &form).await;
    programme.says("KRW 200,000,000");
    let form = [
        ("code", "av2027-1"),
        ("name_ko", "2027년 1차 공고"),
        ("name_en", "First call of 2027"),
        ("opens_on", "2027-03-02"),
        ("opens_time", "09:00"),
        ("closes_on", "2027-03-31"),
        ("budget", "2,000,000,000"),
    ];
    let draft = admin.fill_and_follow(&programme.link("/calls/new"), "/calls/new", &form).await;
    draft.says("Draft").says("80%").says("70%").says("31 Mar 2027, 15:00");
    assert!(draft.find_form("/publish").is_none(), "somebody else publishes");

    let mut manager = t.signed_in(MANAGER).await;
    let draft = walk(&mut manager, "/", &["/programmes", "/programmes/", "/calls/"]).await;
    let published = sent(&mut manager, draft.form("/publish")).await;
    let ledger = manager.see(&published.link("/ledger/calls/")).await;
    ledger.says("KRW 2,000,000,000").says("Equals what was appropriated");
    t.outsider().see("/").await.says("First call of 2027");
}

// Step 2.

async fn a_vendor_enters_the_public_register(t: &Tester) {
    let mut vendor = t.outsider();
    let home = signs_up(t, &mut vendor, VENDOR, "이하늘").await;
    let form = vendor.see(&home.link("side=vendor")).await.form("/organisation/new");
    let own = sent(&mut vendor, form.with(&organisation(&number(900), VENDOR_NAME))).await;
    vendor.see(&own.link("/vendor")).await;
    let entry = [
        ("website", "https://daon.example/ai"),
        ("support_email", "help@daon.example"),
        ("support_phone", "02-1234-5678"),
        ("references_text", "한빛전자\n서울금속"),
        ("bank_code", "004"),
        ("account_number", "110-123-456789"),
        ("account_holder", VENDOR_NAME),
    ];
    vendor.fill_and_follow("/vendor/new", "/vendor/new", &entry).await.says("Add at least one solution");
    let solution = [
        ("name", "비전 검사 솔루션"),
        ("summary", "사진에서 불량을 찾습니다"),
        ("use_case", "QC_VISION"),
        ("model_origin", "sovereign"),
        ("model_names", "다온-비전 2"),
        ("hosting", "kr_public_cloud"),
        ("trains_on_customer_data", "no"),
        ("exit_terms", "30일 안에 돌려주고 삭제합니다"),
        ("model_maker", "own"),
        ("data_location", "서울"),
        ("data_classes", "d1"),
        ("languages", "ko"),
        ("human_oversight", "검사원이 확인합니다"),
    ];
    let added = vendor.fill_and_follow("/vendor/solutions/new", "/vendor/solutions/new", &solution).await;
    let package = [
        ("name", "표준"),
        ("unit", "라인"),
        ("unit_price", "10,000,000"),
        ("public_price", "11,000,000"),
        ("included", "설치와 교육"),
    ];
    sent(&mut vendor, added.form("/packages/new").with(&package)).await;
    crate::vendors::evidence(&mut vendor, &t.now().date_naive().to_string()).await;
    vendor.fill_and_follow("/vendor", "/vendor/submit", &[]).await.says("Being checked");
    t.outsider().see("/register").await.says("0 in all");

    let mut manager = t.signed_in(MANAGER).await;
    let page = walk(&mut manager, "/vendors?state=submitted", &["/vendors/"]).await;
    page.says(VENDOR_NAME).says("ends in 6789");
    let id = page.form("/steps").action.split('/').nth(2).unwrap().parse().unwrap();
    crate::vendors::approved(t, id).await.says("V2027-0001").says("Vendor approved");

    let mut anybody = t.outsider();
    let listed = anybody.see("/register").await;
    listed.says("1 in all").says(VENDOR_NAME).says("KRW 10,000,000");
    anybody.see(&listed.link("/register/")).await.says("비전 검사 솔루션").says("표준");
}

// Steps 3 and 4.

async fn a_firm_signs_up_and_begins_to_write(t: &Tester) -> String {
    let mut firm = t.outsider();
    choose_language(&mut firm, "/sign-up").await;
    let home = signs_up(t, &mut firm, FIRM, "김하나").await;
    assert!(home.html().contains("lang=\"ko\""));
    let form = firm.see(&home.link("side=firm")).await.form("/organisation/new");
    let wrong = firm.submit(form.clone().with(&organisation("101-81-00000", FIRM_NAME))).await;
    assert_eq!((wrong.status.as_u16(), wrong.error_at("business_number").is_some()), (422, true));
    let own = sent(&mut firm, wrong.form("/organisation/new").with(&[("business_number", &number(100))])).await;
    own.says("소기업").says("2,900,000,000원").says("중소기업기본법 시행령 별표 1, 3");

    let page = walk(&mut firm, &own.link("/calls"), &["/calls/", "/applications/new"]).await;
    let application = sent(&mut firm, page.form("/applications/new")).await;
    application.says("시작 전").says("제출하기 전에는 접수되지 않습니다");
    let path = application.path;
    let use_case = [
        ("title", "용접 불량 검출"),
        ("use_case", "QC_VISION"),
        ("process_name", "용접 검사"),
        ("problem", "검사에 하루 네 시간이 듭니다."),
        ("plan", "비전 AI를 도입합니다."),
    ];
    saved(&mut firm, &format!("{path}/use-case"), &use_case).await.says("저장했습니다");
    let workload = [
        ("data_class", "D1"),
        ("latency_class", "L1"),
        ("language_class", "non_text"),
        ("decision_impact", "human_in_loop"),
        ("model_origin", "sovereign"),
        ("hosting", "kr_public_cloud"),
        ("human_oversight", "검사원이 확인합니다."),
    ];
    saved(&mut firm, &format!("{path}/workload"), &workload).await;
    path
}

/// The first package that the page of solutions offers.
fn first_package(page: &Seen) -> String {
    let html = Html::parse_document(&page.html());
    let radios = Selector::parse("input[name=package]").unwrap();
    let radio = html.select(&radios).next().expect("a package to choose");
    radio.value().attr("value").unwrap().to_owned()
}

async fn attached(firm: &mut Browser, path: &str, kind: &str) {
    let page = firm.see(&format!("{path}/documents")).await;
    let form = exact(&page, &format!("{path}/documents/{kind}")).file("file", &format!("{kind}.pdf"), PDF);
    sent(firm, form).await.says(&format!("{kind}.pdf"));
}

async fn the_firm_submits_and_gets_a_receipt(t: &Tester, path: &str) -> String {
    let mut firm = t.signed_in(FIRM).await;
    let review = walk(&mut firm, "/applications", &["/applications/", "/submit"]).await;
    review.says("성과 지표").says("솔루션 선택").says("사업비 작성").says("필수 서류").says("용접 불량 검출");
    assert!(review.find_form("/submit").is_none(), "nothing can be submitted yet");

    let indicator = [
        ("name", "불량 유출률"),
        ("unit", "ppm"),
        ("direction", "down"),
        ("baseline", "850.5"),
        ("target", "200"),
        ("baseline_period", "2026년 하반기"),
        ("baseline_source", "라인 기록"),
    ];
    saved(&mut firm, &format!("{path}/indicators"), &indicator).await;
    let solutions = format!("{path}/solution");
    let package = first_package(&firm.see(&solutions).await);
    saved(&mut firm, &solutions, &[("package", &package), ("quantity", "2")]).await;
    let licence = [
        ("category", "solution_licence"),
        ("description", "비전 검사 표준"),
        ("quantity", "2"),
        ("unit_price", "10,000,000"),
        ("support", "16,000,000"),
    ];
    let work = [
        ("category", "integration"),
        ("description", "설비 연동"),
        ("quantity", "1"),
        ("unit_price", "15,000,000"),
        ("support", "12,000,000"),
    ];
    saved(&mut firm, &format!("{path}/costs"), &licence).await;
    saved(&mut firm, &format!("{path}/costs"), &work).await.says("28,000,000원 ÷ 35,000,000원 = 80%");
    attached(&mut firm, path, "plan").await;
    attached(&mut firm, path, "registration").await;

    let receipt = saved(&mut firm, &format!("{path}/submit"), &[("certify", "yes")]).await;
    receipt.says("AV2027-000001").says("2027-03-04 10:00:00 KST");
    let text = receipt.text();
    let hash = text.split("내용 해시(SHA-256) ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    assert_eq!(hash.len(), 64);
    let mails = t.mails().await;
    let mail = mails.iter().find(|mail| mail.to == FIRM && mail.subject.contains("AV2027-000001")).expect("a receipt");
    assert!(mail.text.contains(&hash) && mail.text.contains("2027-03-04 10:00:00 KST"), "{}", mail.text);
    t.outsider().see(&receipt.link("/receipts?")).await.says("Received at 2027-03-04 10:00:00 KST");
    "AV2027-000001".to_owned()
}

/// About firm and vendor; what it says holds for a few days only.
async fn the_register_is_asked(screener: &mut Browser) {
    for serial in [100, 900] {
        let page = walk(screener, &format!("/organisations?q={}", number(serial)), &["/organisations/"]).await;
        sent(screener, page.form("/register-status").with(&[("register_status", "active")])).await;
    }
}

// Step 5.

async fn a_screener_asks_once_and_confirms(t: &Tester, path: &str) {
    let mut screener = t.signed_in(SCREENER).await;
    the_register_is_asked(&mut screener).await;
    let page = walk(&mut screener, "/applications?state=submitted", &["/applications/", "/screening"]).await;
    page.says("Share of support").says("80%").says("KRW 28,000,000").says("Framework Act on SMEs").says("Met");
    let asked = [("decision", "supplement"), ("items", "재무제표를 올리세요")];
    saved(&mut screener, &format!("{path}/screening"), &asked).await;

    t.mails().await;
    t.advance(Duration::days(1));
    let mut firm = t.signed_in(FIRM).await;
    walk(&mut firm, "/applications", &["/applications/"]).await.says("보완 요청").says("재무제표를 올리세요");
    attached(&mut firm, path, "financials").await;
    saved(&mut firm, &format!("{path}/submit"), &[("certify", "yes")]).await.says("2차 제출");

    let mut screener = t.signed_in(SCREENER).await;
    let page = screener.see(&format!("{path}/screening")).await;
    page.says("Supplement in time");
    let again = exact(&page, &format!("{path}/screening")).with(&[("decision", "supplement"), ("items", "하나 더")]);
    assert_eq!(screener.submit(again).await.status, 422, "asked once");
    saved(&mut screener, &format!("{path}/screening"), &[("decision", "eligible")]).await.says("Eligible");
}

// Step 6.

async fn reviewers_score_and_a_manager_decides(t: &Tester) {
    let mut manager = t.signed_in(MANAGER).await;
    let case = walk(&mut manager, "/reviews", &["/reviews/applications/"]).await;
    let assigned = sent(&mut manager, case.form("/panel").with(&[("how", "load")])).await;
    assigned.says("Conflict to be declared");
    t.mails().await;
    for (reviewer, points) in REVIEWERS.iter().zip(["80", "84", "91"]) {
        let mut browser = t.signed_in(reviewer).await;
        let mine = browser.see("/reviews/mine").await;
        let is_review = |link: &String| link.starts_with("/reviews/") && link.len() > 40;
        let path = mine.links().into_iter().find(is_review).expect("a review");
        assert!(!browser.see(&path).await.has("하루 네 시간"), "nothing is shown before the declaration");
        let page = browser.fill_and_follow(&path, "/conflict", &[("conflict", "none")]).await;
        page.says("하루 네 시간");
        let mut form = page.form("/scores").with(&[("act", "lock")]);
        for item in 1..=6 {
            form =
                form.with(&[(&format!("points_{item}"), points), (&format!("comment_{item}"), "근거를 확인했습니다")]);
        }
        let locked = sent(&mut browser, form).await;
        let seen = locked.html().matches("id=\"sheet-").count();
        assert_eq!(seen, if *reviewer == REVIEWERS[2] { 3 } else { 1 }, "nobody sees another's scores too early");
    }
    let ranking = walk(&mut manager, "/reviews", &["/reviews/ranking"]).await;
    ranking.says("85").says(FIRM_NAME).says("KRW 2,000,000,000");
    let case = manager.see(&ranking.link("/reviews/applications/")).await;
    let decision = [("outcome", "selected"), ("reason", "within_budget"), ("note", "축하합니다")];
    let decided = sent(&mut manager, case.form("/decision").with(&decision)).await;
    decided.says("Ranked within the budget");
    let ledger = manager.see(&decided.link("/ledger/cases/")).await;
    ledger.says("Committed at selection").says("KRW 28,000,000");
    manager.see(&ledger.link("/ledger/calls/")).await.says("KRW 1,972,000,000").says("Equals what was appropriated");
    t.mails().await;
}

// Step 7.

async fn three_parties_agree_and_the_voucher_is_issued(t: &Tester) -> String {
    let mut manager = t.signed_in(MANAGER).await;
    let terms = walk(&mut manager, "/agreements", &["/agreements/new?application="]).await;
    let milestones = [
        ("supply_1", "14,000,000"),
        ("support_1", "11,200,000"),
        ("supply_2", "21,000,000"),
        ("support_2", "16,800,000"),
    ];
    let offered = sent(&mut manager, terms.form("/agreements/new").with(&milestones)).await;
    offered.says("AG2027-00001");
    let path = offered.path;
    t.mails().await;
    let mut firm = t.signed_in(FIRM).await;
    let mut vendor = t.signed_in(VENDOR).await;
    for browser in [&mut firm, &mut vendor, &mut manager] {
        let page = walk(browser, "/agreements", &["/agreements/0"]).await;
        page.says("협약서 AG2027-00001");
        sent(browser, page.form("/assent").with(&[("agreed", "yes")])).await;
    }
    manager.see(&path).await.says("In force").says("850.5 → 200");

    let mut officer = t.signed_in(OFFICER).await;
    let day = today(t).to_string();
    let deposit =
        [("amount", "7,000,000"), ("payer_name", FIRM_NAME), ("bank_reference", "KB-77"), ("received_on", &day)];
    officer.fill_and_follow(&path, "/deposits", &deposit).await.says("KB-77");
    manager.fill_and_follow(&path, "/voucher", &[]).await.says("VC2027-00001").says("KRW 28,000,000");
    t.mails().await;
    path
}

// Step 8.

/// An invoice as the vendor's own software writes it.
fn structured_invoice(t: &Tester) -> String {
    let path = format!("{}/tests/data/invoices/invoice-krw.xml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    text.replace("2026-09-17", &today(t).to_string())
        .replace("2026-08-31", &(today(t) - Duration::days(1)).to_string())
        .replace("1234567891", &number(900).replace('-', ""))
        .replace("123-45-67891", &number(900))
        .replace("111-11-11119", &number(100))
}

fn approval(t: &Tester, serial: &str) -> String {
    format!("{}-41000012-{serial}", today(t).format("%Y%m%d"))
}

async fn the_vendor_files_an_invoice_from_a_file(t: &Tester, agreement: &str) {
    let mut vendor = t.signed_in(VENDOR).await;
    let form = walk(&mut vendor, agreement, &["/claims/new?milestone="]).await;
    let milestone = form.value_of("milestone").unwrap();
    assert!(!milestone.is_empty(), "the milestone is chosen already");
    let file = structured_invoice(t);
    let filled = sent(&mut vendor, form.form("/claims/read").file("invoice_file", "계산서.xml", file.as_bytes())).await;
    filled.says(VENDOR_NAME).says(FIRM_NAME);
    for (field, value) in [
        ("milestone", milestone.as_str()),
        ("supply_won", "14000000"),
        ("vat_won", "1400000"),
        ("total_won", "15400000"),
        ("description_2", "GPU 사용 시간 (120.5 HUR)"),
    ] {
        assert_eq!(filled.form("/claims/new").fields.iter().find(|(name, _)| name == field).unwrap().1, value);
    }
    let approval = approval(t, "ab475920");
    let claim = sent(&mut vendor, filled.form("/claims/new").with(&[("approval_number", &approval)])).await;
    claim.says("CL2027-000001").says("KRW 11,200,000").says("Structured file");
    the_worker_turns(t).await;
}

async fn the_vendor_types_an_invoice(t: &Tester, agreement: &str) {
    let mut vendor = t.signed_in(VENDOR).await;
    let form = walk(&mut vendor, agreement, &["/claims/new?milestone="]).await.form("/claims/new");
    let (day, taken) = (today(t).to_string(), approval(t, "ab475921"));
    let invoice = [
        ("invoice_no", "2027-0701-002"),
        ("issued_on", day.as_str()),
        ("supplied_on", &day),
        ("description_1", "설비 연동과 운영"),
        ("quantity_1", "1"),
        ("unit_price_1", "21,000,000"),
        ("net_1", "21,000,000"),
        ("supply_won", "21,000,000"),
        ("vat_won", "2,100,000"),
        ("total_won", "23,100,000"),
        ("approval_number", &taken),
    ];
    let claim = sent(&mut vendor, form.with(&invoice)).await;
    claim.says("CL2027-000002").says("KRW 16,800,000");
    let page = vendor.see(agreement).await;
    assert!(page.links().iter().all(|link| !link.contains("/claims/new")), "everything is claimed");
    the_worker_turns(t).await;
}

async fn the_claim_is_accepted_and_approved(t: &Tester) {
    let mut firm = t.signed_in(FIRM).await;
    let form = walk(&mut firm, "/claims", &["?state=submitted", "/claims/0", "/answer"]).await.form("/answer");
    let answer = [("answer", "accept"), ("note", "검사원이 쓰고 있습니다.")];
    sent(&mut firm, form.with(&answer)).await.says("검토 대기");

    let mut officer = t.signed_in(OFFICER).await;
    let check = walk(&mut officer, "/claims", &["/claims/queue", "/check"]).await;
    check.says("Vendor and firm are different").says("VAT fits the taxation");
    sent(&mut officer, check.form("/check").with(&[("decision", "approve")])).await.says("Approved");
    the_worker_turns(t).await;
}

// Step 9.

async fn three_payers_pay(t: &Tester, amount: &str) {
    let [mut first, mut second, mut third] =
        [t.signed_in(PAYERS[0]).await, t.signed_in(PAYERS[1]).await, t.signed_in(PAYERS[2]).await];
    let stale = first.fill("/payments", "/payments/batches", &[]).await;
    stale.says("Register looked at lately");
    the_register_is_asked(&mut t.signed_in(SCREENER).await).await;
    let prepared = first.fill_and_follow("/payments", "/payments/batches", &[]).await;
    prepared.says("To be approved").says("···6789");
    assert!(prepared.links().iter().all(|link| !link.ends_with("/approve")), "somebody else approves");
    let batch = prepared.path;

    let approving = walk(&mut second, "/payments?state=prepared", &["/payments/batches/", "/approve"]).await;
    sent(&mut second, approving.form("/approve")).await.says("To be released");
    let releasing = walk(&mut third, "/payments?state=approved", &["/payments/batches/", "/release"]).await;
    let released = sent(&mut third, releasing.form("/release")).await;
    released.says("With the bank").says("SHA-256");
    let taken = third.submit(released.form("/file")).await;
    let file = third.see(&taken.location().unwrap()).await;
    assert!(file.html().contains(&format!("110123456789,{VENDOR_NAME},{amount},")), "{}", file.html());

    let answer = walk(&mut third, &batch, &["/answer"]).await;
    let said = [("result", "confirmed"), ("bank_reference", &*format!("KB-{amount}"))];
    sent(&mut third, answer.form("/answer").with(&said)).await.says("Confirmed").says("Settled");
    the_worker_turns(t).await;
}

// Step 10.

async fn the_firm_reports_its_outcome(t: &Tester, application: &str) {
    the_worker_turns(t).await;
    let link = t.mailed_link(FIRM).await;
    let mut firm = t.signed_in(FIRM).await;
    let report = firm.see(&link).await;
    report.says("성과 보고 AG2027-00001").says("850.5").says("200");
    let day = today(t).to_string();
    let measured = [
        ("value_1", "190.5"),
        ("measured_on_1", day.as_str()),
        ("method_1", "log"),
        ("active_users", "12"),
        ("satisfaction", "4"),
        ("would_pay", "yes"),
        ("comment", "검사 시간이 줄었습니다"),
    ];
    sent(&mut firm, report.form("/submit").with(&measured)).await.says("목표 달성").says("확인 대기");
    t.mails().await;

    let mut manager = t.signed_in(MANAGER).await;
    let report = walk(&mut manager, "/outcomes", &["/outcomes/"]).await;
    sent(&mut manager, report.form("/answer")).await.says("The outcome report was verified");
    firm.see(application).await.says("종료").says("사업이 끝났습니다");
    the_worker_turns(t).await;
}

// Steps 11 and 12.

async fn an_analyst_sees_figures_and_downloads_the_applications(t: &Tester) {
    let figures = t.signed_in(MANAGER).await.see("/insights").await;
    figures.says("Firms that applied D01 1").says("Firms selected D02 1").says("KRW 28,000,000");
    figures.says("Equals the total above").says("By region").says("By industry").says("By size of firm");
    let mut analyst = t.signed_in(ANALYST).await;
    let figures = walk(&mut analyst, "/", &["/insights"]).await;
    figures.says("<5").says("withheld");
    assert!(!figures.has("28,000,000"), "one firm's money is nobody's statistic");
    let form = analyst.see(&figures.link("/insights/export")).await.form("/insights/applications.csv");
    let file = analyst.submit(form.with(&[("purpose", "1차 공고 성과 분석")])).await;
    assert_eq!(file.status, 200, "{}", file.text());
    let text = String::from_utf8(file.body[3..].to_vec()).unwrap();
    let rows: Vec<csv::StringRecord> =
        csv::Reader::from_reader(text.as_bytes()).records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0][2], &rows[0][5], &rows[0][6], &rows[0][7]), ("KR-11", "C26", "small", "closed"));
    assert_eq!((&rows[0][16], &rows[0][17], &rows[0][19]), ("28000000", "28000000", "28000000"));
    assert!(!text.contains("한빛정밀") && !text.contains("10181"), "nobody is named");
}

async fn an_auditor_reads_the_complete_history(t: &Tester, receipt: &str) {
    let mut auditor = t.signed_in(AUDITOR).await;
    for number in [receipt, "AG2027-00001", "VC2027-00001", "CL2027-000002"] {
        let found = auditor.get(&format!("/history?q={number}")).await;
        let history = auditor.follow(found).await;
        for record in [
            "Application started",
            "Document attached",
            "Application moved",
            "Reviewer assigned",
            "Review finished",
            "Decision taken",
            "Agreement offered",
            "Assented to the agreement",
            "Deposit of the own share recorded",
            "Voucher issued",
            "Milestone accepted",
            "Claim filed",
            "Claim approved",
            "Payment confirmed",
            "Outcome report verified",
            "Committed at selection",
        ] {
            history.says(record);
        }
    }
    let found = auditor.get(&format!("/history?q={receipt}")).await;
    let history = auditor.follow(found).await;
    auditor.see(&history.link("/applications/")).await.says("Closed").says("History");
    auditor.see(&history.link("/ledger/cases/")).await.says("Payment confirmed");
    audit::seal(&t.app.db).await.unwrap();
    auditor.fill_and_follow("/integrity", "/integrity/run", &[]).await.says("Every rule holds");
}

async fn everybody_was_written_to_in_their_language(t: &Tester, invitations: usize) {
    let mails = t.mails().await;
    let (early, later) = mails.split_at(invitations);
    assert!(early.iter().all(|mail| mail.text.ends_with(&Lang::Ko.t("mail-foot"))));
    assert!(later.len() > 20, "{} mails", later.len());
    for mail in later {
        let lang = t.actor(&mail.to).await.lang;
        assert!(mail.text.ends_with(&lang.t("mail-foot")), "{}: {}", mail.to, mail.text);
        assert!(!mail.text.contains("{ $") && !mail.subject.contains("{ $"), "{mail:?}");
        if lang == Lang::Ko {
            assert!(mail.subject.chars().any(|c| ('가'..='힣').contains(&c)), "{}", mail.subject);
        }
    }
    for lang in [Lang::Ko, Lang::En] {
        assert!(later.iter().any(|mail| mail.text.ends_with(&lang.t("mail-foot"))));
    }
}
