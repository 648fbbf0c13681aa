//! Screening, supplements, the queue.

use super::*;

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

both!(a_supplement_is_picked_from_the_catalogue_answered_by_part_and_repeated_only_with_leave, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let (mut firm, path) = submitted(&t, 2, &call, &vendor).await;
    let mut officer = t.staff(Role::Screener).await;
    let mut manager = t.staff(Role::Manager).await;
    let page = format!("{path}/screening");
    let leave = format!("{path}/second-round");
    assert_eq!(manager.get(&leave).await.status, 409, "there was no first round");
    let mut form =
        exact(&officer.see(&page).await, &page).with(&[("decision", "supplement"), ("items", "도장을 찍으세요")]);
    form.fields.push(("defects".to_owned(), "costs:price_unproven".to_owned()));
    form.fields.push(("defects".to_owned(), "use_case:problem_vague".to_owned()));
    assert_eq!(officer.submit(form).await.status, 303);
    let mail = t.mails().await.into_iter().find(|mail| mail.subject.contains("supplement")).unwrap();
    assert!(mail.text.contains("Costs: The price has no evidence") && mail.text.contains("도장을"), "{}", mail.text);

    let told = firm.browser.see(&path).await;
    told.says("Use case").says("The problem is vague").says("The application as a whole").says("도장을 찍으세요");
    let answers = format!("{path}/supplement");
    let said = [("answer_costs", "견적서를 올렸습니다"), ("answer_whole", "찍었습니다")];
    saved(&mut firm.browser, &answers, &said).await.says("견적서를 올렸습니다");
    let strange = save(&mut firm.browser, &answers, &[("answer_workload", "묻지 않은 것")]).await;
    assert_eq!(strange.status, 422);
    // Two days before it is due, once.
    t.app.clock.set("2027-03-09T15:00:00Z".parse().unwrap());
    assert_eq!(applications::remind(&t.app).await.unwrap(), 1);
    assert_eq!(applications::remind(&t.app).await.unwrap(), 0);
    firm.browser = t.signed_in(&firm.email).await;
    saved(&mut firm.browser, &format!("{path}/use-case"), &[("problem", "하루 네 시간, 월 80시간이 듭니다.")]).await;
    assert_eq!(submit(&mut firm.browser, &path).await.status, 303);
    let mut officer = t.signed_in("screener0@staff.test").await;
    let seen = officer.see(&page).await;
    seen.says("견적서를 올렸습니다").says("월 80시간").says("Answers to the supplement");
    let second = exact(&seen, &page).with(&[("decision", "supplement"), ("items", "하나 더")]);
    officer.submit(second.clone()).await.says("A supplement can be asked for once");
    assert_eq!(officer.get(&leave).await.status, 404);
    let mut manager = t.signed_in("manager1@staff.test").await;
    manager.see(&path).await.says("Allow another supplement");
    let without = save(&mut manager, &leave, &[]).await;
    assert!(without.error_at("reason").is_some());
    saved(&mut manager, &leave, &[("reason", "새로 나온 서류 양식입니다")]).await.says("One more round");
    assert_eq!(manager.get(&leave).await.status, 409);
    let form = exact(&officer.see(&page).await, &page).with(&[("decision", "supplement"), ("items", "하나 더")]);
    assert_eq!(officer.submit(form).await.status, 303);
    let mut browser = t.signed_in(&firm.email).await;
    assert_eq!(submit(&mut browser, &path).await.status, 303);
    // Any two of three submissions are compared by firm and staff, in words.
    let between = browser.see(&format!("{path}/differences?from=1&to=3")).await;
    between.says("Use case: Problem").says("월 80시간");
    let mut officer = t.signed_in("screener0@staff.test").await;
    officer.see(&format!("{path}/differences?from=1&to=2")).await.says("Use case: Problem");
    officer.see(&format!("{path}/differences?from=2&to=2")).await.says("say the same");
});

both!(a_call_may_do_without_supplements, async |t: Tester| {
    let mut rules = CallRules::ai_voucher();
    rules.stages.supplement = false;
    let (call, vendor) = (t.call_by(BUDGET, rules).await, t.vendor(1).await);
    t.outsider().see(&format!("/calls/{}", call.call)).await.says("nothing can be supplemented afterwards");
    let (_, path) = submitted(&t, 2, &call, &vendor).await;
    let mut officer = t.staff(Role::Screener).await;
    let page = format!("{path}/screening");
    assert!(!officer.see(&page).await.has("Ask for a supplement"));
    let asked = save(&mut officer, &page, &[("decision", "supplement"), ("items", "재무제표")]).await;
    assert!(asked.error_at("decision").unwrap().contains("takes no supplements"));
    saved(&mut officer, &page, &[("decision", "eligible")]).await.says("Eligible");
});
