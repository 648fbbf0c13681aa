//! Stories of vendors: entry, catalogue, approval, the public register.

mod standing;

use crate::support::{Browser, Seen, Tester};
use chrono::Duration;
use futures_util::future::join_all;
use voucherdesk::{
    core::{money::Won, numbers::BusinessNumber, refusal::Trouble, roles::Role},
    db::once::Once,
    organisations::OrganisationId,
    vendors::{self, Described, Hosting, ModelOrigin, NewPackage, NewVendor, SolutionFacts, VendorId, actions},
    web::page::encode,
};

const ACCOUNT: &str = "110-123-456789";

fn entry(holder: &str) -> Vec<(&str, &str)> {
    vec![
        ("website", "https://hanbit.example/ai"),
        ("support_email", "help@hanbit.example"),
        ("support_phone", "02-1234-5678"),
        ("references_text", "한빛전자\n서울금속"),
        ("bank_code", "004"),
        ("account_number", ACCOUNT),
        ("account_holder", holder),
    ]
}

fn solution(name: &str) -> Vec<(&str, &str)> {
    vec![
        ("name", name),
        ("summary", "사진에서 불량을 찾습니다"),
        ("use_case", "QC_VISION"),
        ("model_origin", "sovereign"),
        ("model_names", "한빛-비전 2"),
        ("hosting", "kr_public_cloud"),
        ("trains_on_customer_data", "no"),
        ("exit_terms", "30일 안에 돌려주고 삭제합니다"),
        ("model_maker", "own"),
        ("data_location", "서울"),
        ("data_classes", "d1"),
        ("languages", "ko"),
        ("human_oversight", "검사원이 확인합니다"),
    ]
}

fn package<'a>(name: &'a str, price: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("name", name),
        ("unit", "라인"),
        ("unit_price", price),
        ("public_price", "90,000,000"),
        ("included", "설치와 교육"),
    ]
}

/// A vendor's person whose organisation `number` has a draft.
async fn entered(t: &Tester, number: u16) -> (OrganisationId, Browser) {
    let organisation = t.organisation(number).await;
    let mut vendor = t.member(organisation, Role::Vendor).await;
    let holder = format!("한빛정밀{number}");
    vendor.fill_and_follow("/vendor/new", "/vendor/new", &entry(&holder)).await.says("saved as a draft");
    (organisation, vendor)
}

/// Adds a solution with one package at 10,000,000 won.
async fn offers(vendor: &mut Browser, name: &str) {
    let seen = vendor.fill_and_follow("/vendor/solutions/new", "/vendor/solutions/new", &solution(name)).await;
    let form = seen.form("/packages/new").with(&package("표준", "10,000,000"));
    let seen = vendor.submit(form).await;
    assert_eq!(seen.status, 303, "{}", seen.text());
}

const PDF: &[u8] = b"%PDF-1.7\n";

/// States every criterion that wants evidence, and names five customers.
pub async fn evidence(vendor: &mut Browser, day: &str) {
    let until = "2029-12-31";
    for (criterion, values) in [
        ("gain", vec![("figure", "18")]),
        ("equity", vec![]),
        ("current_ratio", vec![("figure", "1.25")]),
        ("tax_clear", vec![("day", day)]),
        ("security_mark", vec![("words", "ISMS-P"), ("day", until)]),
    ] {
        let path = format!("/vendor/criteria/{criterion}");
        let form = vendor.see(&path).await.form(&path).with(&values).file("file", "증빙.pdf", PDF);
        let seen = vendor.submit(form).await;
        assert_eq!(seen.status, 303, "{criterion}: {}", seen.text());
    }
    for customer in 1..=5 {
        let number = BusinessNumber::from_parts(220, 81, customer).unwrap();
        let name = format!("고객 {customer}");
        let values = [
            ("business_number", number.as_str()),
            ("name", name.as_str()),
            ("months_used", "12"),
            ("gain", "18"),
            ("satisfied", "yes"),
        ];
        let seen = vendor.fill("/vendor/references/new", "/vendor/references/new", &values).await;
        assert_eq!(seen.status, 303, "{}", seen.text());
    }
}

/// A screener decides every criterion and recommends.
async fn recommended(t: &Tester, id: VendorId) {
    let mut screener = t.staff(Role::Screener).await;
    let path = format!("/vendors/{id}/criteria");
    let all =
        ["references", "gain", "equity", "current_ratio", "age", "tax_clear", "security_mark"].map(|c| (c, "met"));
    let seen = screener.fill_and_follow(&path, &path, &all).await;
    assert_eq!(seen.status, 200, "{}", seen.text());
    let path = format!("/vendors/{id}");
    let form = seen.form(&format!("{path}/steps")).with(&[("step", "recommend"), ("note", "기준을 갖췄습니다")]);
    assert_eq!(screener.submit(form).await.status, 303);
}

/// Two officers register the vendor; answers what the manager sees.
pub async fn approved(t: &Tester, id: VendorId) -> Seen {
    recommended(t, id).await;
    let mut manager = t.staff(Role::Manager).await;
    let path = format!("/vendors/{id}/approval");
    let seen = manager.fill(&path, &path, &[]).await;
    manager.follow(seen).await
}

async fn submitted(t: &Tester, number: u16) -> (OrganisationId, Browser, VendorId) {
    let (organisation, mut vendor) = entered(t, number).await;
    offers(&mut vendor, "비전검사").await;
    evidence(&mut vendor, &t.now().date_naive().to_string()).await;
    vendor.fill_and_follow("/vendor", "/vendor/submit", &[]).await.says("Being checked");
    let mut tx = t.app.db.read().await.unwrap();
    let id = vendors::by_organisation(&mut tx, organisation).await.unwrap().unwrap().id;
    (organisation, vendor, id)
}

async fn decide(manager: &mut Browser, id: VendorId, step: &str, note: &str) -> Seen {
    let form = manager.see(&format!("/vendors/{id}")).await.form(&format!("/vendors/{id}/steps"));
    let seen = manager.submit(form.with(&[("step", step), ("note", note)])).await;
    manager.follow(seen).await
}

/// Where the first solution on a vendor's page is changed.
fn solution_edit(seen: &Seen) -> String {
    let is_it = |link: &String| link.contains("/solutions/") && link.ends_with("/edit");
    seen.links().into_iter().find(is_it).expect("a solution")
}

/// One part of a path.
fn id_in(path: &str, position: usize) -> String {
    path.split('/').nth(position).unwrap().to_owned()
}

both!(a_vendor_enters_is_approved_and_stands_in_the_public_register, async |t: Tester| {
    let organisation = t.organisation(1).await;
    let mut vendor = t.member(organisation, Role::Vendor).await;
    let seen = vendor.see("/vendor").await;
    vendor.see(&seen.link("/vendor/new")).await;
    let seen = vendor.fill_and_follow("/vendor/new", "/vendor/new", &entry("한빛 정밀 1")).await;
    seen.says("Draft").says("Add at least one solution").says("ends in 6789").says("KB Kookmin Bank");
    assert!(seen.find_form("/vendor/submit").is_none(), "nothing can be submitted yet");
    offers(&mut vendor, "비전검사 AI").await;
    vendor
        .see("/vendor")
        .await
        .says("Give every criterion its value and evidence")
        .says("Name your reference customers");
    evidence(&mut vendor, "2027-03-02").await;
    t.outsider().see("/register").await.says("0 in all");
    vendor.see("/vendor").await.says("All conditions are met");
    vendor.fill_and_follow("/vendor", "/vendor/submit", &[]).await.says("Your registration is submitted");

    let mut manager = t.staff(Role::Manager).await;
    let list = manager.see(&format!("/vendors?state=submitted&q={}", encode("정밀"))).await;
    list.says("1 in all").says("한빛정밀 1");
    let path = list.link("/vendors/");
    let seen = manager.see(&path).await;
    seen.says("Registration submitted").says("비전검사 AI").says("ends in 6789");
    let id: VendorId = id_in(&path, 2).parse().unwrap();
    let seen = approved(&t, id).await;
    seen.says("V2027-0001").says("2 Mar 2028").says("Vendor approved").says("Approval recommended");
    for (q, found) in [("V2027-0001", "1"), ("101-81-00016", "1"), ("10181", "1"), ("V2027-0002", "0")] {
        manager.see(&format!("/vendors?q={q}")).await.says(&format!("{found} in all"));
    }
    let mails = t.mails().await;
    let mail = mails.iter().find(|mail| mail.subject.contains("registered as a vendor")).expect("a mail");
    assert!(mail.text.contains("V2027-0001") && mail.text.contains("2028-03-02"));

    let mut anybody = t.outsider();
    let list = anybody
        .see(&format!(
            "/register?q={}&use_case=QC_VISION&hosting=kr_public_cloud&model_origin=sovereign",
            encode("비전")
        ))
        .await;
    list.says("1 in all").says("한빛정밀 1").says("KRW 10,000,000");
    for other in ["hosting=edge_device", "model_origin=global", "use_case=DEMAND_FC", "q=nothing"] {
        anybody.see(&format!("/register?{other}")).await.says("0 in all");
    }
    let seen = anybody.see(&list.link("/register/")).await;
    seen.says("Korean model").says("30일 안에").says("표준").says("https://hanbit.example/ai");
    for page in [&seen, &list] {
        assert!(!page.html().contains("6789"), "no account on a public page");
    }
});

both!(only_the_last_four_digits_of_an_account_are_ever_shown, async |t: Tester| {
    let organisation = t.organisation(1).await;
    let mut vendor = t.member(organisation, Role::Vendor).await;
    let mut form = entry("한빛정밀 1");
    form[5] = ("account_number", "１１０-１２３-４５６７８９");
    vendor.fill_and_follow("/vendor/new", "/vendor/new", &form).await.says("ends in 6789");
    let mut tx = t.app.db.read().await.unwrap();
    let id = vendors::by_organisation(&mut tx, organisation).await.unwrap().unwrap().id;
    let account = vendors::account_of(&mut tx, id).await.unwrap();
    assert_eq!(t.app.seal.open("account", &account.account_sealed).unwrap(), "110123456789");
    let details: Vec<String> = tx.values("SELECT detail FROM audit_records", ()).await.unwrap();
    drop(tx);
    assert!(details.iter().any(|detail| detail.contains("6789")));
    let mut manager = t.staff(Role::Manager).await;
    let pages = [
        vendor.see("/vendor").await.html(),
        vendor.see("/vendor/edit").await.html(),
        manager.see(&format!("/vendors/{id}")).await.html(),
    ];
    for text in pages.iter().chain(&details) {
        assert!(!text.contains("0123456") && !text.contains("456789"), "{text}");
    }
});

both!(bad_input_comes_back_with_everything_that_was_typed, async |t: Tester| {
    let organisation = t.organisation(1).await;
    let mut vendor = t.member(organisation, Role::Vendor).await;
    let bad = [
        ("website", "javascript:alert(1)"),
        ("support_email", "not an address"),
        ("support_phone", "call us"),
        ("references_text", "safe\u{202E}txt"),
        ("bank_code", ""),
        ("account_number", "12-34"),
        ("account_holder", ""),
    ];
    let seen = vendor.fill("/vendor/new", "/vendor/new", &bad).await;
    assert_eq!(seen.status, 422);
    for (field, typed) in bad {
        assert!(seen.error_at(field).is_some(), "{field}");
        assert_eq!(seen.value_of(field).as_deref(), Some(typed), "{field}");
    }
    for (bank, holder, wrong) in [("999", "한빛정밀 1", "bank_code"), ("004", "김하나", "account_holder")] {
        let mut form = entry(holder);
        form[4] = ("bank_code", bank);
        let seen = vendor.fill("/vendor/new", "/vendor/new", &form).await;
        assert_eq!(seen.status, 422);
        assert!(seen.error_at(wrong).is_some(), "{wrong}");
    }
    vendor.fill_and_follow("/vendor/new", "/vendor/new", &entry("한빛정밀 1")).await;
    let twice = vendor.get("/vendor/new").await;
    assert_eq!(twice.location().as_deref(), Some("/vendor"));

    let seen = vendor.fill("/vendor/solutions/new", "/vendor/solutions/new", &[("name", "안전\u{202E}fdp")]).await;
    assert_eq!(seen.status, 422);
    for field in ["name", "summary", "use_case", "model_origin", "hosting", "trains_on_customer_data", "exit_terms"] {
        assert!(seen.error_at(field).is_some(), "{field}");
    }
    let mut form = solution("비전검사");
    form[2] = ("use_case", "NO_SUCH");
    let seen = vendor.fill("/vendor/solutions/new", "/vendor/solutions/new", &form).await;
    assert!(seen.error_at("use_case").is_some());

    let seen = vendor.fill_and_follow("/vendor/solutions/new", "/vendor/solutions/new", &solution("비전검사")).await;
    let form = seen.form("/packages/new");
    for price in ["9223372036854775808", "-1", "0", "1.5", "공짜", "", "10000000001"] {
        let seen = vendor.submit(form.clone().with(&package("표준", price))).await;
        assert_eq!(seen.status, 422, "{price}");
        assert!(seen.error_at("unit_price").is_some(), "{price}");
        assert_eq!(seen.value_of("unit_price").as_deref(), Some(price));
    }
    for day in ["2027-03-01", "2028-03-03", "2027-02-30", ""] {
        let seen = vendor.submit(form.clone().with(&package("표준", "1")).with(&[("valid_from", day)])).await;
        assert!(seen.error_at("valid_from").is_some(), "{day}");
    }
    let form = form.with(&package("표준", "１０,０００,０００원"));
    assert_eq!(vendor.submit(form.clone()).await.status, 303);
    vendor.see("/vendor").await.says("KRW 10,000,000");
    assert_eq!(vendor.submit(form.clone()).await.status, 303, "sent twice, done once");
    let anew = form.with(&[("once", &Once::new().0.to_string())]);
    assert!(vendor.submit(anew).await.error_at("name").is_some(), "one open package of a name");
    assert_eq!(vendor.see("/vendor").await.text().matches("표준 설치와 교육").count(), 1);
    for query in ["use_case=%00", "q=%00", "q=%22*%20OR%20'", "hosting=x", "after=x", "q=a%26%7C!:*"] {
        t.outsider().see(&format!("/register?{query}")).await;
    }
});

both!(two_tabs_submit_once, async |t: Tester| {
    let (_, mut vendor) = entered(&t, 1).await;
    offers(&mut vendor, "비전검사").await;
    evidence(&mut vendor, "2027-03-02").await;
    let first = vendor.see("/vendor").await.form("/vendor/submit");
    let second = vendor.see("/vendor").await.form("/vendor/submit");
    for _ in 0..2 {
        assert_eq!(vendor.submit(first.clone()).await.status, 303, "the same form shows the first result");
    }
    let seen = vendor.submit(second).await;
    assert_eq!(seen.status, 422);
    seen.says("The state has changed meanwhile");
    assert_eq!(vendor.see("/vendor").await.text().matches("Registration submitted").count(), 1);
    // While somebody decides, nothing changes underneath.
    assert_eq!(vendor.get("/vendor/edit").await.status, 409);
    assert_eq!(vendor.get("/vendor/solutions/new").await.status, 409);
});

both!(a_new_price_keeps_the_old_one, async |t: Tester| {
    let (_, mut vendor, id) = submitted(&t, 1).await;
    approved(&t, id).await;
    let change = vendor.see("/vendor").await.link("/price");
    let early = vendor.fill(&change, &change, &[("unit_price", "1"), ("valid_from", "2027-03-02")]).await;
    early.says("must begin after 2027-03-02");
    let form = vendor.see(&change).await.form(&change);
    let form = form.with(&[("unit_price", "12,000,000"), ("valid_from", "2027. 3. 5.")]);
    for _ in 0..2 {
        assert_eq!(vendor.submit(form.clone()).await.status, 303);
    }
    let again = form.with(&[("once", &Once::new().0.to_string()), ("valid_from", "2027-03-09")]);
    vendor.submit(again).await.says("This price was replaced already");
    vendor.see("/vendor").await.says("Price changed");

    let mut anybody = t.outsider();
    let page = anybody.see("/register").await.says("KRW 10,000,000").link("/register/");
    let seen = anybody.see(&page).await;
    seen.says("4 Mar 2027").says("Announced").says("KRW 12,000,000");
    let mut tx = t.app.db.read().await.unwrap();
    let today = t.now().date_naive();
    for (days, price) in [(0, 10_000_000), (2, 10_000_000), (3, 12_000_000)] {
        let offered = vendors::choosable_packages(&mut tx, today + Duration::days(days), None).await.unwrap();
        assert_eq!(offered.iter().map(|p| p.unit_price_won.0).collect::<Vec<_>>(), [price], "day {days}");
    }
    drop(tx);
    t.advance(Duration::days(3));
    anybody.see("/register").await.says("KRW 12,000,000");
    anybody.see(&page).await.says("Over").says("KRW 10,000,000");
});

both!(a_rejected_vendor_mends_its_entry_and_submits_again, async |t: Tester| {
    let (_, mut vendor, id) = submitted(&t, 1).await;
    let mut manager = t.staff(Role::Manager).await;
    let refused = decide(&mut manager, id, "reject", "").await;
    assert_eq!(refused.status, 422, "a rejection has a reason");
    assert!(refused.error_at("note").is_some());
    let mut tx = t.app.db.write().await.unwrap();
    tx.run("UPDATE organisations SET register_status = 'closed'", ()).await.unwrap();
    tx.commit().await.unwrap();
    approved(&t, id).await.says("cannot be approved yet").says("closed or suspended");
    decide(&mut manager, id, "reject", "참고 고객이 부족합니다").await.says("Rejected");
    let mut tx = t.app.db.write().await.unwrap();
    tx.run("UPDATE organisations SET register_status = 'active'", ()).await.unwrap();
    tx.commit().await.unwrap();
    let mails = t.mails().await;
    assert!(mails.iter().any(|mail| mail.text.contains("참고 고객이 부족합니다")));
    vendor.see("/vendor").await.says("참고 고객이 부족합니다");

    let shown = vendor.see("/vendor/edit").await.form("/vendor/edit");
    assert!(!shown.fields.iter().any(|(_, value)| value.contains("6789")));
    let other_bank = vendor.submit(shown.clone().with(&[("bank_code", "088")])).await;
    assert!(other_bank.error_at("account_number").is_some(), "another bank needs its account number");
    let mended = shown.clone().with(&[("references_text", "한빛전자, 서울금속, 부산기계")]);
    assert_eq!(vendor.submit(mended).await.status, 303);
    // The other tab still shows the version before.
    let late = shown.with(&[("once", &Once::new().0.to_string()), ("references_text", "없음")]);
    let seen = vendor.submit(late).await;
    assert_eq!(seen.status, 422);
    seen.says("Somebody else changed this meanwhile");
    assert_eq!(seen.value_of("references_text").as_deref(), Some("없음"));
    assert_eq!(vendor.submit(seen.form("/vendor/edit")).await.status, 303, "looked at, sent again");
    vendor.fill_and_follow("/vendor", "/vendor/submit", &[]).await.says("Being checked");
    let seen = approved(&t, id).await;
    seen.says("Vendor rejected").says("Vendor approved");
    let mut tx = t.app.db.read().await.unwrap();
    let account = vendors::account_of(&mut tx, id).await.unwrap();
    assert_eq!(t.app.seal.open("account", &account.account_sealed).unwrap(), "110123456789", "kept");
});

both!(an_approval_runs_out_after_a_year, async |t: Tester| {
    let (organisation, _, id) = submitted(&t, 1).await;
    approved(&t, id).await;
    assert_eq!(vendors::lapse_expired(&t.app).await.unwrap(), 0);
    t.advance(Duration::days(366));
    t.outsider().see("/register").await.says("1 in all");
    t.advance(Duration::days(1));
    t.outsider().see("/register").await.says("0 in all");
    assert_eq!(vendors::lapse_expired(&t.app).await.unwrap(), 1);
    assert_eq!(vendors::lapse_expired(&t.app).await.unwrap(), 0);
    assert!(t.mails().await.iter().any(|mail| mail.subject.contains("has run out")));

    let mut vendor = t.member(organisation, Role::Vendor).await;
    vendor.see("/vendor").await.says("Run out").says("Registration ran out");
    let path = "/vendor/criteria/tax_clear";
    let form = vendor.see(path).await.form(path).with(&[("day", "2028-03-03")]).file("file", "납세.pdf", PDF);
    assert_eq!(vendor.submit(form).await.status, 303, "a clearance is good for thirty days");
    vendor.fill_and_follow("/vendor", "/vendor/submit", &[]).await.says("Being checked");
    approved(&t, id).await.says("V2027-0001").says("3 Mar 2029");
});

both!(nobody_decides_about_an_organisation_they_belonged_to, async |t: Tester| {
    let (organisation, _, id) = submitted(&t, 1).await;
    let person = t.person("changed@sides.test").await;
    t.grant(person, Role::Vendor, Some(organisation.0)).await;
    let mut tx = t.app.db.write().await.unwrap();
    tx.run("UPDATE person_roles SET ended_at = $2 WHERE person_id = $1", (person, t.now())).await.unwrap();
    tx.commit().await.unwrap();
    t.grant(person, Role::Manager, None).await;
    let mut former = t.signed_in("changed@sides.test").await;
    let seen = former.see(&format!("/vendors/{id}")).await;
    seen.says("You act or once acted for this vendor");
    assert!(seen.find_form("/steps").is_none());
    let actor = t.actor("changed@sides.test").await;
    let refused = actions::take_step(&t.app, &actor, id, "reject", "사유", Once::new()).await;
    assert!(matches!(refused, Err(Trouble::Refused(refusal)) if refusal.key == "vendors-refusal-own"));
});

both!(deciding_and_bank_data_need_a_fresh_proof, async |t: Tester| {
    let (organisation, mut vendor, id) = submitted(&t, 1).await;
    let mut manager = t.staff(Role::Manager).await;
    t.advance(Duration::minutes(11));
    let seen = decide(&mut manager, id, "reject", "다시").await;
    assert_eq!(seen.status, 422);
    seen.says("Prove once more who you are");
    let to = seen.link("/prove");
    let password = [("password", crate::support::PASSWORD)];
    let seen = manager.fill_and_follow(&to, "/prove", &password).await;
    assert_eq!(seen.status, 200);
    decide(&mut manager, id, "reject", "다시").await;
    let seen = vendor.get("/vendor/edit").await;
    assert_eq!(seen.location().as_deref(), Some("/prove?next=/vendor/edit"));
    let mut tx = t.app.db.read().await.unwrap();
    let found = vendors::by_organisation(&mut tx, organisation).await.unwrap().unwrap();
    assert_eq!(found.state, vendors::VendorState::Rejected);
});

both!(wrong_roles_see_that_nothing_is_there, async |t: Tester| {
    let (organisation, mut vendor, id) = submitted(&t, 1).await;
    let mut firm = t.member(organisation, Role::Firm).await;
    let mut analyst = t.staff(Role::Analyst).await;
    let mut screener = t.staff(Role::Screener).await;
    for path in ["/vendor", "/vendor/new", "/vendor/edit", "/vendor/solutions/new"] {
        assert_eq!(firm.get(path).await.status, 404, "{path}");
        assert_eq!(screener.get(path).await.status, 404, "{path}");
        assert!(t.outsider().get(path).await.location().unwrap().starts_with("/sign-in"), "{path}");
    }
    let page = format!("/vendors/{id}");
    for path in ["/vendors", page.as_str()] {
        for browser in [&mut firm, &mut analyst, &mut vendor] {
            assert_eq!(browser.get(path).await.status, 404, "{path}");
        }
        screener.see(path).await;
    }
    let seen = screener.see(&page).await;
    assert!(!seen.html().contains("value=\"reject\""), "a screener recommends and decides nothing");
    let mut forged = seen.form("/language");
    forged.fields.retain(|(name, _)| name == "token");
    forged.action = format!("{page}/steps");
    let forged = forged.with(&[("step", "approve")]);
    assert_eq!(screener.submit(forged).await.status, 404);
    // Steps that are not a manager's are not there for managers either.
    let mut manager = t.staff(Role::Manager).await;
    for step in ["submit", "lapse", "delete", ""] {
        let seen = manager.see(&page).await;
        let forged = seen.form(&format!("{page}/steps")).with(&[("step", step), ("note", "사유")]);
        assert_eq!(manager.submit(forged).await.status, 404, "{step}");
    }
    assert_eq!(manager.get("/vendors/not-an-id").await.status, 404);
    assert_eq!(t.outsider().get("/register/not-an-id").await.status, 404);
});

both!(another_vendors_solution_is_not_found, async |t: Tester| {
    let (_, mut one) = entered(&t, 1).await;
    offers(&mut one, "비전검사").await;
    let (_, mut other) = entered(&t, 2).await;
    let seen = one.see("/vendor").await;
    let theirs = [solution_edit(&seen), seen.link("/packages/new"), seen.link("/price")];
    for path in &theirs {
        one.see(path).await;
        assert_eq!(other.get(path).await.status, 404, "{path}");
    }
    let solution = id_in(&theirs[1], 3);
    let mut forged =
        other.see("/vendor/solutions/new").await.form("/vendor/solutions/new").with(&self::solution("탈취"));
    forged.action = format!("/vendor/solutions/{solution}/edit?version=1");
    assert_eq!(other.submit(forged).await.status, 404);
    let mut forged = other.see("/account/password").await.form("/account/password");
    forged.fields.retain(|(name, _)| name == "token");
    forged.action = theirs[1].clone();
    let forged = forged.with(&package("덤", "1")).with(&[("valid_from", "2027-03-02")]);
    assert_eq!(other.submit(forged).await.status, 404);
    assert!(!one.see("/vendor").await.has("탈취"));
});

both!(a_solution_is_changed_in_the_version_that_was_shown, async |t: Tester| {
    let (_, mut vendor) = entered(&t, 1).await;
    offers(&mut vendor, "비전검사").await;
    let path = solution_edit(&vendor.see("/vendor").await);
    let first = vendor.see(&path).await.form(&path);
    let second = vendor.see(&path).await.form(&path);
    let first = first.with(&[("hosting", "foreign_region"), ("trains_on_customer_data", "yes")]);
    assert_eq!(vendor.submit(first).await.status, 303);
    let seen = vendor.submit(second.with(&[("name", "다른 이름")])).await;
    seen.says("Somebody else changed this meanwhile");
    assert_eq!(seen.value_of("name").as_deref(), Some("다른 이름"));
    vendor.see("/vendor").await.says("Public cloud in Korea → Outside Korea");
});

both!(the_register_as_a_file_holds_no_formula_and_no_person, async |t: Tester| {
    let (_, mut vendor) = entered(&t, 1).await;
    offers(&mut vendor, "=cmd()|'/C calc'!A0").await;
    offers(&mut vendor, "+1\"x,y").await;
    evidence(&mut vendor, "2027-03-02").await;
    vendor.fill_and_follow("/vendor", "/vendor/submit", &[]).await;
    let mut manager = t.staff(Role::Manager).await;
    let path = manager.see("/vendors").await.link("/vendors/");
    approved(&t, id_in(&path, 2).parse().unwrap()).await;
    let mut anybody = t.outsider();
    let link = anybody.see(&format!("/register?q={}", encode("비전"))).await.link("/register.csv");
    assert!(link.contains("q=%EB%B9%84%EC%A0%84"), "the file is the list that is seen");
    let seen = anybody.see(&link).await;
    assert_eq!(seen.headers.get("content-type").unwrap(), "text/csv; charset=utf-8");
    assert!(seen.headers.get("content-disposition").unwrap().to_str().unwrap().starts_with("attachment"));
    let text = String::from_utf8(seen.body).unwrap();
    assert!(text.starts_with('\u{FEFF}'));
    assert_eq!(text.matches("\r\n").count(), 3);
    assert!(text.contains("\"'=cmd()|'/C calc'!A0\"") && text.contains("\"'+1\"\"x,y\""), "{text}");
    assert!(text.contains("\"10000000\",\"90000000\",\"2027-03-02\",\"\""));
    for hidden in ["6789", "help@hanbit", "02-1234", "대표자"] {
        assert!(!text.contains(hidden), "{hidden}");
    }
});

both!(long_lists_and_files_come_in_pages, async |t: Tester| {
    for number in 1..=53 {
        t.vendor(number).await;
    }
    let mut tx = t.app.db.write().await.unwrap();
    let solution: uuid::Uuid = tx.value("SELECT id FROM solutions LIMIT 1", ()).await.unwrap().unwrap();
    let mut insert = tx.query(
        "INSERT INTO packages (id, solution_id, name, unit, unit_price_won, included, valid_from, created_at) VALUES ",
        (),
    );
    let today = t.now().date_naive();
    let row = |number: i64| {
        (
            voucherdesk::core::ids::new_uuid(),
            solution,
            format!("상품 {number}"),
            "개월".to_owned(),
            number,
            today,
            t.now(),
        )
    };
    insert.add_rows("(?, ?, ?, ?, ?, '', ?, ?)", (1..=1_150).map(row));
    tx.execute(insert).await.unwrap();
    tx.commit().await.unwrap();

    let mut anybody = t.outsider();
    let text = String::from_utf8(anybody.see("/register.csv").await.body).unwrap();
    assert_eq!(text.matches("\r\n").count(), 1 + 53 + 1_150);
    let first = anybody.see("/register").await;
    first.says("53 in all");
    let second = anybody.see(&first.link("after=")).await;
    let solutions =
        |seen: &Seen| seen.links().into_iter().filter(|link| link.starts_with("/register/")).collect::<Vec<_>>();
    let mut all = [solutions(&first), solutions(&second)].concat();
    assert_eq!((solutions(&first).len(), all.len()), (50, 53));
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 53, "no solution twice");
    let mut auditor = t.staff(Role::Auditor).await;
    let first = auditor.see("/vendors?state=approved").await;
    auditor.see(&first.link("after=")).await.says("53 in all");
});

both!(of_many_who_act_at_once_one_wins, async |t: Tester| {
    let organisation = t.organisation(1).await;
    let mut members = Vec::new();
    for number in 0..6 {
        let email = format!("member{number}@vendor.test");
        let person = t.person(&email).await;
        t.grant(person, Role::Vendor, Some(organisation.0)).await;
        members.push(t.actor(&email).await);
    }
    let new = NewVendor {
        website: "https://hanbit.example".to_owned(),
        support_email: "help@hanbit.example".to_owned(),
        support_phone: "02-1234-5678".to_owned(),
        references_text: "한빛전자".to_owned(),
        bank_code: "004".to_owned(),
        account_number: "110123456789".to_owned(),
        account_holder: "한빛정밀 1".to_owned(),
        exception_reason: String::new(),
    };
    let made = join_all(members.iter().map(|actor| actions::make_entry(&t.app, actor, new.clone(), Once::new()))).await;
    let ids: Vec<VendorId> = made.into_iter().filter_map(Result::ok).collect();
    assert_eq!(ids.len(), 1, "one entry an organisation");

    let actor = &members[0];
    let offer = Described {
        name: "비전검사".to_owned(),
        summary: "불량을 찾습니다".to_owned(),
        use_case: "QC_VISION".to_owned(),
        model_origin: ModelOrigin::Sovereign,
        model_names: "한빛-비전 2".to_owned(),
        hosting: Hosting::KrPrivate,
        trains_on_customer_data: false,
        exit_terms: "30일 안에 삭제".to_owned(),
        facts: SolutionFacts::default(),
    };
    let solution = actions::add_solution(&t.app, actor, offer, Once::new()).await.unwrap();
    let package = NewPackage {
        name: "표준".to_owned(),
        unit: "라인".to_owned(),
        unit_price_won: Won(10_000_000),
        public_price_won: Won(11_000_000),
        included: "설치".to_owned(),
        valid_from: t.now().date_naive(),
    };
    let add = |actor| actions::add_package(&t.app, actor, solution, package.clone(), Once::new());
    let added: Vec<_> = join_all(members.iter().map(add)).await.into_iter().filter_map(Result::ok).collect();
    assert_eq!(added.len(), 1, "one open package of a name");

    evidence(&mut t.signed_in("member0@vendor.test").await, "2027-03-02").await;
    let submitted = join_all(members.iter().map(|actor| actions::submit(&t.app, actor, Once::new()))).await;
    assert_eq!(submitted.iter().filter(|outcome| outcome.is_ok()).count(), 1);

    let mut managers = Vec::new();
    for number in 0..4 {
        let email = format!("manager{number}@staff.test");
        let person = t.person(&email).await;
        t.grant(person, Role::Manager, None).await;
        managers.push(t.actor(&email).await);
    }
    let (app, id) = (&t.app, ids[0]);
    let decide = |manager| actions::take_step(app, manager, id, "reject", "사유", Once::new());
    let decided = join_all(managers.iter().map(decide)).await;
    assert_eq!(decided.iter().filter(|outcome| outcome.is_ok()).count(), 1, "decided once");
    let mails = t.mails().await;
    assert_eq!(mails.iter().filter(|mail| mail.to == "member0@vendor.test").count(), 1);
});

both!(a_vendor_gives_a_document_once_and_picks_it_as_evidence, async |t: Tester| {
    let (organisation, mut vendor) = entered(&t, 1).await;
    let vault = "/organisation/documents";
    for (kind, day) in [("tax_clearance", "2027-02-20"), ("bank_copy", "2027-02-20")] {
        let page = vendor.see(vault).await;
        let form = page.forms().into_iter().find(|form| form.action == vault).unwrap();
        let values = [("vault_kind", kind), ("issued_on", day)];
        let put = vendor.submit(form.with(&values).file("file", &format!("{kind}.pdf"), PDF)).await;
        assert_eq!(put.status, 303, "{}", put.text());
    }
    let path = "/vendor/criteria/tax_clear";
    let page = vendor.see(path).await;
    page.says("From your documents").says("tax_clearance.pdf · until 22 Mar 2027");
    let mut tx = t.app.db.read().await.unwrap();
    let held =
        voucherdesk::organisations::vault::list_valid(&mut tx, organisation, t.now().date_naive()).await.unwrap();
    drop(tx);
    let tax = held.iter().find(|document| document.name == "tax_clearance.pdf").unwrap();
    let pick = tax.id.to_string();
    let values = [("day", "2027-02-20"), ("vault", pick.as_str())];
    assert_eq!(vendor.submit(page.form(path).with(&values)).await.status, 303);
    vendor.see("/vendor").await.says("tax_clearance.pdf");
    // Not another's, and not after its end.
    let (_, mut other) = entered(&t, 2).await;
    let theirs = other.see(path).await.form(path).with(&values);
    other.submit(theirs).await.says("no longer counts");
    t.advance(Duration::days(40));
    let mut vendor = t.signed_in(&email_of(&t, organisation).await).await;
    let page = vendor.see(path).await;
    page.says("tax_clearance.pdf · ended 22 Mar 2027");
    vendor.submit(page.form(path).with(&values)).await.says("no longer counts");
});

/// Of the person whom `Tester::member` made.
async fn email_of(t: &Tester, organisation: OrganisationId) -> String {
    let mut tx = t.app.db.read().await.unwrap();
    let sql =
        "SELECT p.email FROM people p JOIN person_roles g ON g.person_id = p.id WHERE g.organisation_id = $1 LIMIT 1";
    tx.value(sql, (organisation,)).await.unwrap().unwrap()
}
