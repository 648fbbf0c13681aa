//! A firm writes its application, part by part.

use super::*;

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
    let second = row_link(&costs, "costs", 1);
    saved(&mut elsewhere, &second, &[("support", "24,000,000")]).await.says("= 80%").says("KRW 5,000,000");
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
    let cost = row_link(&later.see(&format!("{path}/costs")).await, "costs", 0);
    let indicator = row_link(&later.see(&format!("{path}/indicators")).await, "indicators", 0);
    let (use_case, solution) = (format!("{path}/use-case"), format!("{path}/solution"));
    let held = [
        (&use_case, "problem", "한 줄\n두 줄"),
        (&solution, "quantity", "3"),
        (&cost, "description", "아직 모름"),
        (&cost, "category", "data"),
        (&cost, "support", ""),
        (&indicator, "name", "시간"),
        (&indicator, "baseline", ""),
    ];
    for (page, field, value) in held {
        let seen = later.see(page).await;
        assert_eq!(seen.value_of(field).as_deref(), Some(value), "{field} on {page}");
    }
    later.see(&path).await.says("In progress").says("Still missing: Use case filled in");
    assert_eq!(later.get(&format!("{path}/costs/2")).await.status, 404);
    let costs = later.see(&format!("{path}/costs")).await;
    let removed = later.submit(exact(&costs, &format!("{cost}/remove"))).await;
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
        "/indicators/018f0000-0000-7000-8000-000000000000",
        "/solution",
        "/questions",
        "/supplement",
        "/differences",
        "/costs",
        "/costs/018f0000-0000-7000-8000-000000000000",
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

both!(a_call_that_asks_for_the_team_reads_it_row_by_row, async |t: Tester| {
    let mut rules = CallRules::ai_voucher();
    rules.form.team = true;
    let (call, vendor) = (t.call_by(BUDGET, rules).await, t.vendor(1).await);
    let mut firm = firm(&t, 2).await;
    let path = start(&mut firm.browser, &call).await;
    fill_in(&mut firm.browser, &path, &vendor).await;
    let review = firm.browser.see(&format!("{path}/submit")).await;
    review.says("Name at least one person");
    assert!(review.find_form("/submit").is_none());
    let team = format!("{path}/team");
    firm.browser.see(&path).await.says("Team");
    let both = [
        ("member_role", "책임자"),
        ("person", "김한빛"),
        ("to_hire", "yes"),
        ("time_share", "50"),
        ("member_months", "6"),
    ];
    let refused = save(&mut firm.browser, &team, &both).await;
    assert!(refused.error_at("person").unwrap().contains("not both"));
    assert_eq!(refused.value_of("member_role").as_deref(), Some("책임자"), "nothing typed is lost");
    let wrong = [("member_role", "책임자"), ("time_share", "101"), ("member_months", "0")];
    let refused = save(&mut firm.browser, &team, &wrong).await;
    assert!(refused.error_at("time_share").is_some() && refused.error_at("member_months").is_some());
    // Half a row is kept, and is not enough.
    saved(&mut firm.browser, &team, &[("member_role", "책임자"), ("person", "김한빛")]).await.says("In progress");
    assert!(firm.browser.see(&format!("{path}/submit")).await.find_form("/submit").is_none());
    let seen = firm.browser.see(&team).await;
    let first = row_link(&seen, "team", 0);
    saved(&mut firm.browser, &first, &[("time_share", "５0"), ("member_months", "6")])
        .await
        .says("50%")
        .says("6 months");
    let hire = [("member_role", "데이터 담당"), ("to_hire", "yes"), ("time_share", "100"), ("member_months", "3")];
    saved(&mut firm.browser, &team, &hire).await.says("To be found");
    let third = [("member_role", "현장 담당"), ("person", "이정밀"), ("time_share", "10"), ("member_months", "7")];
    let seen = saved(&mut firm.browser, &team, &third).await;
    // Rows go without a script.
    let remove = seen.forms().into_iter().filter(|form| form.action.ends_with("/remove")).nth(2).unwrap();
    let gone = firm.browser.submit(remove).await;
    assert!(!firm.browser.follow(gone).await.has("이정밀"));
    assert_eq!(submit(&mut firm.browser, &path).await.status, 303);
    let content = firm.browser.get(&format!("{path}/submissions/1")).await.html();
    assert!(
        content
            .contains(r#""member_role":"책임자","person":"김한빛","to_hire":false,"time_share":50,"member_months":6"#)
    );
    let mut officer = t.staff(Role::Screener).await;
    officer.see(&path).await.says("Team").says("김한빛").says("To be found").says("100%");
    let screening = format!("{path}/screening");
    officer.see(&screening).await.says("Who does what is not clear");
    save(&mut officer, &screening, &[("decision", "supplement"), ("items", "team: 책임자의 참여율")]).await;
    saved(&mut firm.browser, &first, &[("time_share", "70")]).await;
    assert_eq!(submit(&mut firm.browser, &path).await.status, 303);
    firm.browser.see(&path).await.says("Team 1: Share of time 50 70");
});

both!(where_a_call_does_not_ask_there_is_no_team, async |t: Tester| {
    let call = t.call(BUDGET).await;
    let mut firm = firm(&t, 2).await;
    let path = start(&mut firm.browser, &call).await;
    assert_eq!(firm.browser.get(&format!("{path}/team")).await.status, 404);
    assert!(!firm.browser.see(&path).await.links().contains(&format!("{path}/team")));
});
