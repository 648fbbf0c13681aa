//! Certification by a second person, receipts that anybody checks, money of a line.

use super::*;
use voucherdesk::{core::money::BasisPoints, programmes::CallRules};

/// Changes the rules of a call as they stand.
async fn rules(t: &Tester, call: &BuiltCall, change: impl FnOnce(&mut CallRules)) {
    let mut rules = CallRules::ai_voucher();
    change(&mut rules);
    let mut tx = t.app.db.write().await.unwrap();
    tx.run(
        "INSERT INTO call_versions (call_id, version, rules, made_at) VALUES ($1, 2, $2, $3)",
        (call.call, sqlx::types::Json(rules), t.now()),
    )
    .await
    .unwrap();
    tx.run("UPDATE calls SET version = 2 WHERE id = $1", (call.call,)).await.unwrap();
    tx.commit().await.unwrap();
}

both!(a_second_person_certifies_exactly_what_is_submitted, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    rules(&t, &call, |rules| rules.certification = true).await;
    let mut firm = firm(&t, 2).await;
    let path = start(&mut firm.browser, &call).await;
    fill_in(&mut firm.browser, &path, &vendor).await;
    let page = format!("{path}/submit");
    let (prepare, certify) = (format!("{path}/prepare"), format!("{path}/certify"));
    let review = firm.browser.see(&page).await;
    assert!(review.find_form("/submit").is_none(), "not before a second person has certified it");
    let form = exact(&review, &prepare);
    let raw = [("version", form.fields.iter().find(|f| f.0 == "version").unwrap().1.clone())];
    assert_eq!(firm.browser.submit(form.clone()).await.status, 303);
    assert_eq!(firm.browser.submit(form.clone()).await.status, 303, "a double click asks once");
    firm.browser.see(&page).await.says("It waits for a colleague").says("asked for the signature");
    // Whoever prepared it cannot be the signatory, whatever they send.
    let mut own = form.clone();
    own.action = certify.clone();
    own.fields.retain(|field| field.0 != "once");
    let refused = firm.browser.submit(own).await;
    assert_eq!(refused.status, 422);
    refused.says("A colleague must");
    let mut early = form;
    early.action = page.clone();
    early.fields.retain(|field| field.0 != "once");
    let refused = firm.browser.submit(early.with(&[("certify", "yes"), ("version", &raw[0].1)])).await;
    refused.says("a second person must certify it first");

    let mut signatory = t.member(firm.organisation, Role::Firm).await;
    let review = signatory.see(&page).await;
    review.says("You certify exactly what this page shows");
    assert_eq!(signatory.submit(exact(&review, &certify)).await.status, 303);
    firm.browser.see(&path).await.says("A second person has certified it");
    assert!(firm.browser.see(&page).await.find_form("/submit").is_some());
    // An edit afterwards voids it.
    saved(&mut firm.browser, &format!("{path}/use-case"), &[("plan", "고친 계획")]).await;
    firm.browser.see(&path).await.says("A second person has not certified it yet");
    let review = firm.browser.see(&page).await;
    assert!(review.find_form("/submit").is_none());
    firm.browser.submit(exact(&review, &prepare)).await;
    let review = signatory.see(&page).await;
    signatory.submit(exact(&review, &certify)).await;
    assert_eq!(submit(&mut firm.browser, &path).await.status, 303);
    let content = firm.browser.get(&format!("{path}/submissions/1")).await;
    assert!(content.html().contains("\"certified\":{\"certified_by\""), "{}", content.html());
    assert!(t.mails().await.iter().any(|mail| mail.subject.contains("certify")));
});

both!(anybody_checks_a_receipt_but_nobody_tries_them_out, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let (mut firm, path) = submitted(&t, 2, &call, &vendor).await;
    let check = firm.browser.see(&format!("{path}/receipt")).await.link("/receipts?");
    let mut outsider = t.outsider();
    let seen = outsider.see(&check).await;
    seen.says("Received at 2027-03-02 10:00:00 KST (submission 1)").says("First call of 2027");
    for secret in ["용접", "한빛정밀", "40,000,000"] {
        assert!(!seen.has(secret), "{secret}");
    }
    let mut tries = 0;
    while outsider.get("/receipts?number=AV2027-000001&hash=00").await.status == 200 {
        tries += 1;
        assert!(tries <= 60, "as often as anybody likes");
    }
    assert_eq!(outsider.get(&check).await.status, 429);
});

both!(a_line_of_cost_says_unit_tax_cash_and_kind, async |t: Tester| {
    let call = t.call(BUDGET).await;
    // Half of the fifth that a small firm pays itself may be staff or equipment.
    let tenth = BasisPoints(1_000);
    rules(&t, &call, |rules| {
        rules.funding.iter_mut().for_each(|rule| (rule.own_cash_min, rule.in_kind_max) = (tenth, tenth));
    })
    .await;
    let mut firm = firm(&t, 2).await;
    let path = start(&mut firm.browser, &call).await;
    let costs = format!("{path}/costs");
    let line = [
        ("category", "staff"),
        ("description", "데이터 정리"),
        ("unit_name", "개월"),
        ("quantity", "3"),
        ("unit_price", "1,000,005"),
        ("taxed", "yes"),
        ("support", "2,400,000"),
        ("in_kind", "300,000"),
    ];
    let seen = saved(&mut firm.browser, &costs, &line).await;
    // 3,000,015 won; VAT without the fraction of a won; the rest of the own share is cash.
    seen.says("3 개월").says("KRW 3,000,015").says("KRW 300,001").says("KRW 300,015").says("KRW 300,000");
    let row = row_link(&seen, "costs", 0);
    let much = save(&mut firm.browser, &row, &[("in_kind", "600,016")]).await;
    assert!(much.error_at("in_kind").unwrap().contains("600,015"));
    saved(&mut firm.browser, &row, &[("in_kind", "300,010"), ("taxed", "no")]).await.says("Own share in kind");
    firm.browser.see(&format!("{path}/submit")).await.says("Bring less in kind");
});

both!(look_alikes_and_marks_do_not_pass_as_other_names, async |t: Tester| {
    let call = t.call(BUDGET).await;
    let mut firm = firm(&t, 2).await;
    let path = start(&mut firm.browser, &call).await;
    let page = format!("{path}/use-case");
    for hostile in ["용접\u{202E}검사", "용접\u{200B}검사", "\u{FEFF}용접", "용\u{3164}접", "용접\u{0000}"]
    {
        let seen = save(&mut firm.browser, &page, &[("title", hostile), ("plan", "계획은 남습니다")]).await;
        assert_eq!(seen.status, 422, "{hostile:?}");
        assert!(seen.error_at("title").is_some());
        assert_eq!(seen.value_of("plan").as_deref(), Some("계획은 남습니다"));
    }
    // A Cyrillic letter is a letter: kept as it is, and never taken for the Latin one.
    saved(&mut firm.browser, &page, &[("title", "\u{0410}I 검사")]).await;
    assert_eq!(firm.browser.see(&page).await.value_of("title").as_deref(), Some("\u{0410}I 검사"));
    let indicators = format!("{path}/indicators");
    for (baseline, ok) in [("９２.５", true), ("9223372036854775808", false), ("1e9", false), ("٣", false)] {
        let values = [("name", "시간"), ("unit", "초"), ("direction", "down"), ("baseline", baseline)];
        let seen = save(&mut firm.browser, &indicators, &values).await;
        assert_eq!(seen.status == 303, ok, "{baseline}");
        if !ok {
            assert!(seen.error_at("baseline").is_some());
            assert_eq!(seen.value_of("baseline").as_deref(), Some(baseline));
        }
    }
});

both!(the_record_says_every_stage_its_holder_and_its_day, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let mut fresh = firm(&t, 3).await;
    let draft = start(&mut fresh.browser, &call).await;
    fresh.browser.see(&draft).await.says("Not submitted yet").says("1 Apr 2027");
    let (mut firm, path) = submitted(&t, 2, &call, &vendor).await;
    let seen = firm.browser.see(&path).await;
    seen.says("Screening officer").says("16 Mar 2027").says("16 May 2027").says("15 Jun 2027").says("15 Jan 2028");
});
