//! Stories of organisations: registration, size, corrections, what staff see.

mod advisers;
mod members;
mod records;

use crate::support::{Browser, PASSWORD, Seen, Tester};
use voucherdesk::{
    core::{money::Won, roles::Role},
    db::once::Once,
    organisations::{self, CapitalImpairment, OrganisationId, RegisterStatus},
};

const NEW: &str = "/organisation/new?side=firm";

/// A firm in electronic components whose mean sales are 90 million won.
fn facts() -> Vec<(&'static str, &'static str)> {
    vec![
        ("business_number", "124-81-00998"),
        ("corporate_number", "130111-0006246"),
        ("legal_name", "한빛정밀공업 주식회사"),
        ("kind", "corporation"),
        ("vat_type", "general"),
        ("representative_name", "김하나"),
        ("industry", "C26"),
        ("industry_class", ""),
        ("region_code", "KR-11"),
        ("address", "서울특별시 중구 세종대로 110"),
        ("phone", "02-700-1234"),
        ("employees_regular", "20"),
        ("founded_on", "2015-03-02"),
        ("large_group", "no"),
        ("sales_1", "100,000,000"),
        ("total_assets_1", "50000000"),
        ("equity_1", "10000000"),
        ("capital_1", "20000000"),
        ("sales_2", "80000000"),
        ("total_assets_2", "40000000"),
        ("equity_2", "-1"),
        ("capital_2", "20000000"),
    ]
}

fn with(changes: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let mut facts = facts();
    // A corporation registers once: another number is another firm.
    if changes.iter().any(|(name, _)| *name == "business_number") {
        facts.retain(|(known, _)| *known != "corporate_number");
        facts.push(("corporate_number", ""));
    }
    for (name, value) in changes {
        facts.retain(|(known, _)| known != name);
        facts.push((name, value));
    }
    facts
}

async fn register(browser: &mut Browser, changes: &[(&'static str, &'static str)]) -> Seen {
    browser.fill_and_follow(NEW, "/organisation/new", &with(changes)).await
}

async fn own(t: &Tester, email: &str) -> OrganisationId {
    OrganisationId(t.actor(email).await.organisation.expect("an organisation"))
}

both!(a_newcomer_signs_up_and_registers_a_firm, async |t: Tester| {
    let mut browser = t.outsider();
    browser.fill("/sign-up", "/sign-up", &[("email", "new@firm.test")]).await;
    let link = t.mailed_link("new@firm.test").await;
    let home =
        browser.fill_and_follow(&link, &link, &[("name", "김하나"), ("password", PASSWORD), ("consent", "yes")]).await;
    let seen = browser.see(&home.link("side=firm")).await;
    assert_eq!(seen.value_of("year_1").as_deref(), Some("2026"), "the latest closed year is proposed");
    let seen = register(&mut browser, &[]).await;
    seen.says("Your organisation is registered")
        .says("124-81-00998")
        .says("Not checked yet")
        .says("KRW 90,000,000")
        .says("KRW 12,000,000,000")
        .says("중소기업기본법 시행령 별표 1, 3")
        .says("Mean sales at or under the small-firm limit")
        .says("Small")
        .says("Partial")
        .says("Full")
        .says("Organisation registered");
    assert!(!seen.has("check digit of the corporate number"));
    assert!(seen.links().contains(&"/calls".to_owned()));
    let actor = t.actor("new@firm.test").await;
    assert_eq!(actor.roles, [Role::Firm]);
    // There is one organisation a person.
    assert_eq!(browser.get(NEW).await.location().as_deref(), Some("/organisation"));
    let mut tx = t.app.db.read().await.unwrap();
    let found = organisations::by_number(&mut tx, "1248100998").await.unwrap().unwrap();
    assert_eq!(found.register_status, RegisterStatus::Unknown);
    let figures = organisations::financials(&mut tx, found.id).await.unwrap();
    assert_eq!(figures.iter().map(|row| row.fiscal_year).collect::<Vec<_>>(), [2026, 2025]);
    assert_eq!(organisations::capital_impairment(&figures[0]), CapitalImpairment::Partial);
});

both!(a_vendor_registers_with_a_doubtful_corporate_number, async |t: Tester| {
    let mut browser = t.newcomer().await;
    let doubtful = with(&[("corporate_number", "130111-0006247")]);
    let path = "/organisation/new?side=vendor";
    let seen = browser.fill_and_follow(path, "/organisation/new", &doubtful).await;
    seen.says("check digit of the corporate number");
    assert!(seen.links().contains(&"/vendor".to_owned()));
    assert_eq!(t.actor("person0@firm.test").await.roles, [Role::Vendor]);
});

both!(a_number_that_is_taken_is_refused_beside_its_field, async |t: Tester| {
    register(&mut t.newcomer().await, &[]).await;
    let mut second = t.newcomer().await;
    let seen = second.fill(NEW, "/organisation/new", &with(&[("legal_name", "다른 이름")])).await;
    assert_eq!(seen.status, 422);
    assert!(seen.error_at("business_number").unwrap().contains("registered already"));
    assert_eq!(seen.value_of("legal_name").as_deref(), Some("다른 이름"));
    assert_eq!(t.actor("person1@firm.test").await.roles, []);
});

both!(a_form_sent_twice_registers_once, async |t: Tester| {
    let mut browser = t.newcomer().await;
    let form = browser.see(NEW).await.form("/organisation/new").with(&facts());
    for _ in 0..2 {
        let seen = browser.submit(form.clone()).await;
        assert_eq!((seen.status.as_u16(), seen.location().as_deref()), (303, Some("/organisation")));
    }
});

both!(every_kind_of_bad_input_keeps_what_was_typed, async |t: Tester| {
    let mut browser = t.newcomer().await;
    let bad = [
        ("business_number", "", "required"),
        ("business_number", "123", "ten digits"),
        ("business_number", "124-81-00997", "do not fit"),
        ("business_number", "000-00-00000", "digit repeated"),
        ("corporate_number", "12345", "thirteen digits"),
        ("legal_name", "", "required"),
        ("legal_name", "보이지\u{200b}않는", "characters that cannot"),
        ("representative_name", "", "required"),
        ("industry", "Z99", "Choose one"),
        ("industry", "", "Choose one"),
        ("industry_class", "C30393", "within the division"),
        ("region_code", "KR-29", "Choose one"),
        ("region_code", "", "Choose one"),
        ("address", "", "required"),
        ("phone", "call me", "02-700-1234"),
        ("employees_regular", "-1", "at least"),
        ("employees_regular", "many", "Enter a number"),
        ("founded_on", "2027-02-30", "2027-03-31"),
        ("founded_on", "2027-03-03", "today or earlier"),
        ("year_1", "2028", "at most"),
        ("year_2", "2026", "twice"),
        ("sales_1", "", "required"),
        ("sales_1", "-5", "at least"),
        ("total_assets_1", "lots", "Enter a number"),
        ("equity_1", "50000001", "larger than total assets"),
        ("capital_1", "99999999999999999999999", "at most"),
        ("sales_2", "", "required"),
    ];
    for (field, value, words) in bad {
        let seen = browser.fill(NEW, "/organisation/new", &with(&[(field, value)])).await;
        assert_eq!(seen.status, 422, "{field} {value}");
        let error = seen.error_at(field).unwrap_or_else(|| panic!("{field} {value}: {}", seen.text()));
        assert!(error.contains(words), "{field} {value}: {error}");
        if !["industry", "region_code"].contains(&field) {
            assert_eq!(seen.value_of(field).as_deref(), Some(value));
        }
        if field != "address" {
            assert_eq!(seen.value_of("address").as_deref(), Some("서울특별시 중구 세종대로 110"));
        }
        assert_eq!(seen.value_of("kind").as_deref(), Some("corporation"));
    }
    let form = browser.see(NEW).await.form("/organisation/new").with(&facts());
    for field in ["kind", "vat_type", "large_group"] {
        let seen = browser.submit(form.clone().without(field)).await;
        assert_eq!(seen.error_at(field).as_deref(), Some("Choose one."), "{field}");
    }
    assert_eq!(browser.submit(form.with(&[("register_status", "active")])).await.status, 422, "no field of its own");
    assert_eq!(t.actor("person0@firm.test").await.roles, []);
});

both!(a_size_class_turns_at_its_edge, async |t: Tester| {
    // C26: small up to 12,000,000,000 won of mean sales; micro under 10 regular employees in manufacturing.
    let cases = [
        ("12000000000", "12000000000", "9", "Micro-enterprise"),
        ("12000000000", "12000000000", "10", "Small"),
        ("12000000001", "12000000000", "9", "Medium"),
        ("12000000000", "11999999999", "10", "Small"),
    ];
    for (place, (latest, before, employees, class)) in cases.into_iter().enumerate() {
        let number = voucherdesk::core::numbers::BusinessNumber::from_parts(201, 81, 1 + place as u16).unwrap();
        let number: &'static str = Box::leak(number.to_string().into_boxed_str());
        let changes = [
            ("business_number", number),
            ("sales_1", latest),
            ("sales_2", before),
            ("total_assets_1", "9000000000"),
            ("employees_regular", employees),
        ];
        let seen = register(&mut t.newcomer().await, &changes).await;
        seen.says(&format!("{class} · as of"));
    }
    let changes = [("business_number", "220-81-62517"), ("industry", "C30"), ("industry_class", "30393")];
    register(&mut t.newcomer().await, &changes).await.says("C30393");
    let changes = [("business_number", "120-81-47521"), ("kind", "medical")];
    let seen = register(&mut t.newcomer().await, &changes).await;
    seen.says("Cannot be assessed").says("an officer will look").says("A legal form that the SME act covers");
});

both!(figures_are_corrected_and_the_size_is_assessed_anew, async |t: Tester| {
    let mut browser = t.newcomer().await;
    let seen = register(&mut browser, &[]).await;
    let correction = seen.link("/organisation/figures?year=2026");
    let seen = browser.see(&correction).await;
    assert_eq!(seen.value_of("sales").as_deref(), Some("100,000,000"));
    let seen = browser.fill(&correction, "/organisation/figures", &[("sales", "x"), ("capital", "7")]).await;
    assert_eq!(seen.status, 422);
    assert_eq!(seen.value_of("capital").as_deref(), Some("7"));
    let values = [("sales", "30000000000"), ("total_assets", "30000000000")];
    let seen = browser.fill_and_follow(&correction, "/organisation/figures", &values).await;
    seen.says("Medium · as of").says("Earlier assessments").says("KRW 100,000,000 → KRW 30,000,000,000");
    let values = [("year", "2024"), ("sales", "1"), ("total_assets", "30"), ("equity", "20"), ("capital", "10")];
    browser.fill_and_follow("/organisation/figures", "/organisation/figures", &values).await.says("2026, 2025, 2024");
    let mut tx = t.app.db.read().await.unwrap();
    let id = own(&t, "person0@firm.test").await;
    let count: Option<i64> =
        tx.value("SELECT COUNT(*) FROM size_assessments WHERE organisation_id = $1", (id,)).await.unwrap();
    assert_eq!(count, Some(3), "no assessment is ever replaced");
});

both!(a_change_that_somebody_else_overtook_is_refused_and_can_be_repeated, async |t: Tester| {
    let mut one = t.newcomer().await;
    register(&mut one, &[]).await;
    let id = own(&t, "person0@firm.test").await;
    let mut other = t.member(id, Role::Firm).await;
    let late = one.see("/organisation/edit").await.form("/organisation/edit");
    other.fill_and_follow("/organisation/edit", "/organisation/edit", &[("phone", "02-111-1111")]).await;
    let seen = one.submit(late.with(&[("address", "부산광역시 중구 중앙대로 1")])).await;
    assert_eq!(seen.status, 422);
    seen.says("Somebody else changed this meanwhile").says("Stored now").says("02-111-1111");
    assert_eq!(seen.value_of("address").as_deref(), Some("부산광역시 중구 중앙대로 1"));
    // Having seen the other's content, one may save.
    let seen = one.submit(seen.form("/organisation/edit").with(&[("phone", "02-111-1111")])).await;
    let seen = one.follow(seen).await;
    seen.says("부산광역시 중구 중앙대로 1").says("02-111-1111").says("02-700-1234 → 02-111-1111");
    let invalid = one.fill("/organisation/edit", "/organisation/edit", &[("employees_regular", "-3")]).await;
    assert_eq!(invalid.status, 422);
});

both!(a_screener_records_what_the_register_says, async |t: Tester| {
    register(&mut t.newcomer().await, &[]).await;
    let id = own(&t, "person0@firm.test").await;
    let path = format!("/organisations/{id}");
    let mut screener = t.staff(Role::Screener).await;
    let seen = screener.fill(&path, "/register-status", &[]).await;
    assert_eq!(seen.status, 422);
    assert!(seen.error_at("register_status").is_some());
    let seen = screener.fill_and_follow(&path, "/register-status", &[("register_status", "active")]).await;
    seen.says("checked 2 Mar 2027, 10:00").says("Register status recorded");
    let seen = t.staff(Role::Auditor).await.see(&path).await;
    assert!(seen.find_form("register-status").is_none(), "an auditor changes nothing");
    let actor = t.actor("person0@firm.test").await;
    organisations::actions::record_register_status(&t.app, &actor, id, RegisterStatus::Closed, Once::new())
        .await
        .unwrap();
    screener.see(&path).await.says("Closed");
});

both!(staff_find_organisations_by_a_part_of_the_name, async |t: Tester| {
    register(&mut t.newcomer().await, &[]).await;
    let other = [("business_number", "220-81-62517"), ("legal_name", "77% 새롬_소프트"), ("region_code", "KR-26")];
    register(&mut t.newcomer().await, &other).await;
    let mut screener = t.staff(Role::Screener).await;
    screener.see("/organisations").await.says("2 in all").says("한빛정밀공업").says("새롬_소프트");
    for (query, found) in [
        ("q=%EC%A0%95%EB%B0%80", 1), // 정밀, from the middle of a word
        ("q=124-81-00998", 1),
        ("q=77%25", 1),
        ("q=7_", 1),
        ("q=a%25b", 0),
        ("region=KR-26", 1),
        ("region=KR-27", 0),
        ("q=%EC%A0%95%EB%B0%80&region=KR-26", 0),
    ] {
        let seen = screener.see(&format!("/organisations?{query}")).await;
        seen.says(&format!("{found} in all"));
    }
    screener.see("/organisations?region=KR-27").await.says("No organisation fits");
    for role in [Role::Payer, Role::Reviewer, Role::Analyst] {
        assert_eq!(t.staff(role).await.get("/organisations").await.status, 404, "{role}");
    }
    assert_eq!(t.newcomer().await.get("/organisation").await.status, 404);
    assert_eq!(screener.get("/organisation/new").await.status, 409, "staff register no firm");
});

both!(a_generator_registers_without_a_page, async |t: Tester| {
    t.person("owner@firm.test").await;
    let actor = t.actor("owner@firm.test").await;
    let new = organisations::forms::NewOrganisation {
        business_number: "124-81-00998".parse().unwrap(),
        corporate_number: None,
        legal_name: "한빛".to_owned(),
        kind: organisations::OrganisationKind::Individual,
        vat_type: organisations::VatType::Exempt,
        representative_name: "김하나".to_owned(),
        industry_code: "S94".to_owned(),
        region_code: "KR-50".to_owned(),
        address: "세종".to_owned(),
        phone: "044-200-1234".to_owned(),
        employees_regular: 1,
        founded_on: "2020-01-01".parse().unwrap(),
        large_group: false,
        figures: vec![organisations::forms::YearFigures {
            fiscal_year: 2026,
            sales: Won(1),
            total_assets: Won(1),
            equity: Won(1),
            capital: Won(1),
        }],
    };
    let id = organisations::actions::register(&t.app, &actor, new, Role::Firm, Once::new()).await.unwrap();
    let mut tx = t.app.db.read().await.unwrap();
    let size = organisations::latest_size(&mut tx, id).await.unwrap().unwrap();
    assert_eq!((size.class.as_str(), size.threshold_id), ("unassessable", None));
    assert_eq!(size.seen().unwrap().years, [2026]);
});
