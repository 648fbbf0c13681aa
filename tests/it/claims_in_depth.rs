//! Stories of claims in depth: lines decided one by one, returns that keep their place, amended tax invoices, possible
//! duplicates, the match before filing, files that break the standard, and the public clock.

use crate::{
    claims::{World, files, invoice, korean_invoice},
    support::{Browser, Tester},
};
use chrono::Duration;
use futures_util::future::join_all;
use voucherdesk::{core::roles::Role, ledger::AccountKind};

const APPROVAL: &str = "20270302-41000012-00000001";

/// A milestone on two lines: 10,000,000 and 2,500,000.
fn two_lines<'a>(milestone: &'a str, approval: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut values = invoice(milestone, approval);
    values.retain(|(name, _)| !matches!(*name, "unit_price_1" | "net_1"));
    values.extend([
        ("unit_price_1", "10000000"),
        ("net_1", "10000000"),
        ("description_2", "현장 교육"),
        ("quantity_2", "1"),
        ("unit_price_2", "2500000"),
        ("net_2", "2500000"),
    ]);
    values
}

/// A claim of two lines that the firm accepted.
async fn accepted(t: &Tester, world: &World, approval: &str, milestone: usize) -> String {
    let mut vendor = t.member(world.vendor.organisation, Role::Vendor).await;
    let mut firm = t.member(world.firm, Role::Firm).await;
    let id = world.agreement.milestones[milestone].to_string();
    let invoice_no = format!("B-{milestone}");
    let mut values = two_lines(&id, approval);
    values.retain(|(name, _)| *name != "invoice_no");
    values.push(("invoice_no", invoice_no.as_str()));
    let seen = vendor.fill(&world.new_path(), "/claims/new", &values).await;
    assert_eq!(seen.status, 303, "{}", seen.text());
    let claim = seen.location().unwrap();
    firm.fill_and_follow(&format!("{claim}/answer"), "/answer", &[("answer", "accept")]).await;
    claim
}

async fn decide(officer: &mut Browser, claim: &str, values: &[(&str, &str)]) -> crate::support::Seen {
    officer.fill(&format!("{claim}/check"), "/check", values).await
}

both!(a_line_is_disallowed_with_its_reason_and_only_the_rest_is_held, async |t: Tester| {
    let world = World::new(&t).await;
    let claim = accepted(&t, &world, APPROVAL, 0).await;
    let mut officer = t.staff(Role::ClaimsOfficer).await;
    officer.see(&format!("{claim}/check")).await.says("Four-way match").says("현장 교육");
    let seen = decide(&mut officer, &claim, &[("decision", "approve"), ("line_2", "disallow")]).await;
    assert_eq!((seen.status.as_u16(), seen.error_at("reason_2").is_some()), (422, true), "a reason for each line");
    let all = [
        ("decision", "approve"),
        ("line_1", "disallow"),
        ("line_2", "disallow"),
        ("reason_1", "no"),
        ("reason_2", "no"),
    ];
    let seen = decide(&mut officer, &claim, &all).await;
    assert_eq!((seen.status.as_u16(), seen.error_at("decision").is_some()), (422, true), "nothing left is a rejection");
    assert_eq!(world.balance(&t, AccountKind::Held).await, 0);
    let part = [("decision", "approve"), ("line_2", "disallow"), ("reason_2", "Training was not agreed.")];
    let done = decide(&mut officer, &claim, &part).await;
    let page = officer.follow(done).await;
    page.says("Approved").says("Decision by line").says("Training was not agreed.");
    // 10,000,000 of 12,500,000, of which the state pays four fifths.
    assert_eq!(world.balance(&t, AccountKind::Held).await, 8_000_000);
    assert_eq!(world.balance(&t, AccountKind::Voucher).await, 32_000_000);
    let mut vendor = t.member(world.vendor.organisation, Role::Vendor).await;
    let letter = vendor.see(&format!("{claim}/letter")).await;
    letter.says("Disallowed").says("Training was not agreed.").says("KRW 10,000,000").says("KRW 1,000,000");
    t.member(world.firm, Role::Firm).await.see(&format!("{claim}/letter")).await.says("KRW 8,000,000");
    let mails = t.mails().await;
    let told = mails.iter().filter(|mail| mail.subject.starts_with("Claim approved in part")).collect::<Vec<_>>();
    assert!(told.len() == 2 && told.iter().all(|mail| mail.text.contains("현장 교육")), "both are told which lines");
});

both!(two_officers_decide_the_lines_at_once_and_one_decision_stands, async |t: Tester| {
    let world = World::new(&t).await;
    let claim = accepted(&t, &world, APPROVAL, 0).await;
    let mut officers = [t.staff(Role::ClaimsOfficer).await, t.staff(Role::ClaimsOfficer).await];
    let mut forms = Vec::new();
    for (officer, line) in officers.iter_mut().zip(["1", "2"]) {
        let form = officer.see(&format!("{claim}/check")).await.form("/check");
        let (choice, reason) = (format!("line_{line}"), format!("reason_{line}"));
        forms.push(form.with(&[("decision", "approve"), (&choice, "disallow"), (&reason, "not agreed")]));
    }
    let seen = join_all(officers.iter_mut().zip(forms).map(|(officer, form)| officer.submit(form))).await;
    assert_eq!(seen.iter().filter(|seen| seen.status == 303).count(), 1);
    let held = world.balance(&t, AccountKind::Held).await;
    assert!(held == 2_000_000 || held == 8_000_000, "{held}");
    let mut tx = t.app.db.read().await.unwrap();
    let decided: Option<i64> = tx.value("SELECT COUNT(*) FROM claim_line_decisions", ()).await.unwrap();
    assert_eq!(decided, Some(2));
});

both!(approving_races_with_withdrawing_and_one_of_them_wins, async |t: Tester| {
    let world = World::new(&t).await;
    let claim = accepted(&t, &world, APPROVAL, 0).await;
    let mut officer = t.staff(Role::ClaimsOfficer).await;
    let mut vendor = t.member(world.vendor.organisation, Role::Vendor).await;
    let approve = officer.see(&format!("{claim}/check")).await.form("/check").with(&[("decision", "approve")]);
    let withdraw = vendor.see(&format!("{claim}/withdraw")).await.form("/withdraw");
    let seen = join_all([
        Box::pin(officer.submit(approve)) as std::pin::Pin<Box<dyn Future<Output = _>>>,
        Box::pin(vendor.submit(withdraw)),
    ])
    .await;
    assert_eq!(seen.iter().filter(|seen| seen.status == 303).count(), 1);
    let approved = seen[0].status == 303;
    assert_eq!(world.balance(&t, AccountKind::Held).await, if approved { 10_000_000 } else { 0 });
});

both!(a_returned_claim_keeps_its_number_and_its_place_when_answered_in_time, async |t: Tester| {
    let world = World::new(&t).await;
    let claim = accepted(&t, &world, APPROVAL, 0).await;
    let mut officer = t.staff(Role::ClaimsOfficer).await;
    let back = [("decision", "return"), ("note", "The delivery note\nThe test report")];
    let seen = decide(&mut officer, &claim, &back).await;
    officer.follow(seen).await.says("Returned").says("Clock stands").says("The test report");
    let mut vendor = t.member(world.vendor.organisation, Role::Vendor).await;
    vendor.see(&claim).await.says("This is missing:").says("The delivery note").says("keep your place");
    officer.see("/claims/queue").await.says("No claim waits");
    t.advance(Duration::days(2));
    let other = accepted(&t, &world, "20270302-41000012-00000002", 1).await;
    let mut vendor = t.member(world.vendor.organisation, Role::Vendor).await;
    vendor.fill_and_follow(&format!("{claim}/edit"), "/edit", &[("invoice_no", "B-0-2")]).await.says("CL2027-000001");
    let mut officer = t.staff(Role::ClaimsOfficer).await;
    let queue = officer.see("/claims/queue").await;
    let order: Vec<String> = queue.links().into_iter().filter(|link| link.ends_with("/check")).collect();
    assert_eq!(order, [format!("{claim}/check"), format!("{other}/check")], "the first filed is the first due");
    officer.see(&claim).await.says("Service clock");

    // Answered too late, it stands behind.
    let seen = decide(&mut officer, &claim, &back).await;
    assert_eq!(seen.status, 303, "{}", seen.text());
    t.advance(Duration::days(12));
    let mut vendor = t.member(world.vendor.organisation, Role::Vendor).await;
    vendor.fill_and_follow(&format!("{claim}/edit"), "/edit", &[("invoice_no", "B-0-3")]).await.says("CL2027-000001");
    let queue = t.staff(Role::ClaimsOfficer).await.see("/claims/queue").await;
    let order: Vec<String> = queue.links().into_iter().filter(|link| link.ends_with("/check")).collect();
    assert_eq!(order, [format!("{other}/check"), format!("{claim}/check")]);
});

both!(an_amended_tax_invoice_freezes_the_voucher_and_reopens_the_claim, async |t: Tester| {
    let world = World::new(&t).await;
    let claim = accepted(&t, &world, APPROVAL, 0).await;
    let second = accepted(&t, &world, "20270302-41000012-00000005", 1).await;
    let mut officer = t.staff(Role::ClaimsOfficer).await;
    let seen = decide(&mut officer, &claim, &[("decision", "approve")]).await;
    assert_eq!(seen.status, 303, "{}", seen.text());
    assert_eq!(world.balance(&t, AccountKind::Held).await, 10_000_000);
    let mut vendor = t.member(world.vendor.organisation, Role::Vendor).await;
    let amended = [
        ("approval_number", "20270302-41000012-00000009"),
        ("amend_reason", "2"),
        ("issued_on", "2027-03-02"),
        ("supply_won", "-2500000"),
        ("vat_won", "-250000"),
        ("note", "Training was not given."),
    ];
    let mut above = amended;
    above[3].1 = "2500000";
    let path = format!("{claim}/amendment");
    let seen = vendor.fill(&path, "/amendment", &above).await;
    assert_eq!((seen.status.as_u16(), seen.error_at("supply_won").is_some()), (422, true));
    let mut again = amended;
    again[0].1 = APPROVAL;
    let seen = vendor.fill(&path, "/amendment", &again).await;
    assert!(seen.error_at("approval_number").is_some(), "a number is taken once, for amendments too");
    vendor.fill_and_follow(&path, "/amendment", &amended).await.says("Reopened").says("the voucher is frozen");
    assert_eq!(world.balance(&t, AccountKind::Held).await, 0);
    assert_eq!(world.balance(&t, AccountKind::Voucher).await, 40_000_000);
    let mut tx = t.app.db.read().await.unwrap();
    let voucher: Option<String> = tx.value("SELECT state FROM vouchers", ()).await.unwrap();
    assert_eq!(voucher.as_deref(), Some("suspended"));
    drop(tx);
    // Nothing else of the agreement is approved, and nothing is filed, while it is frozen.
    let seen = decide(&mut officer, &second, &[("decision", "approve")]).await;
    assert_eq!(seen.status, 422);
    let seen =
        vendor.fill(&format!("{claim}/edit"), "/edit", &[("approval_number", "20270302-41000012-00000010")]).await;
    assert_eq!(seen.status, 422);
    let settle = [("reason", "The new invoice is without the training.")];
    officer.fill_and_follow(&format!("{claim}/settlement"), "/settlement", &settle).await.says("without the training");
    let refiled = [
        ("approval_number", "20270302-41000012-00000010"),
        ("net_2", ""),
        ("description_2", ""),
        ("quantity_2", ""),
        ("unit_price_2", ""),
        ("supply_won", "10000000"),
        ("vat_won", "1000000"),
        ("total_won", "11000000"),
    ];
    vendor.fill_and_follow(&format!("{claim}/edit"), "/edit", &refiled).await.says("To be checked");
    let seen = decide(&mut officer, &claim, &[("decision", "approve")]).await;
    assert_eq!(seen.status, 303, "{}", seen.text());
    assert_eq!(world.balance(&t, AccountKind::Held).await, 8_000_000);
    assert!(t.mails().await.iter().any(|mail| mail.subject.starts_with("Tax invoice amended")));
});

both!(what_looks_like_the_same_invoice_is_cleared_with_a_reason_before_approval, async |t: Tester| {
    let world = World::new(&t).await;
    let claim = accepted(&t, &world, APPROVAL, 0).await;
    let mut vendor = t.member(world.vendor.organisation, Role::Vendor).await;
    let milestone = world.agreement.milestones[1].to_string();
    let mut values = two_lines(&milestone, "20270302-41000012-00000002");
    values.retain(|(name, _)| *name != "invoice_no");
    values.push(("invoice_no", "ｂ 0"));
    let seen = vendor.fill(&world.new_path(), "/claims/new", &values).await;
    let double = seen.location().unwrap();
    assert!(!vendor.see(&double).await.has("Possible duplicates"), "a vendor does not read what officers suspect");
    let mut firm = t.member(world.firm, Role::Firm).await;
    firm.fill_and_follow(&format!("{double}/answer"), "/answer", &[("answer", "accept")]).await;
    let mut officer = t.staff(Role::ClaimsOfficer).await;
    let check = officer.see(&format!("{double}/check")).await;
    check.says("Same invoice number").says("Near amount").says("CL2027-000001");
    let seen = decide(&mut officer, &double, &[("decision", "approve")]).await;
    assert_eq!(seen.status, 422);
    seen.says("First look whether it is a duplicate of claim CL2027-000001");
    let links = officer.see(&format!("{double}/check")).await.links();
    for link in links.iter().filter(|link| link.contains("/candidates/")) {
        let seen = officer.fill(link, "/candidates/", &[("reason", "")]).await;
        assert_eq!((seen.status.as_u16(), seen.error_at("reason").is_some()), (422, true));
        officer
            .fill_and_follow(link, "/candidates/", &[("reason", "Another camera line.")])
            .await
            .says("Another camera");
    }
    let seen = decide(&mut officer, &double, &[("decision", "approve")]).await;
    assert_eq!(seen.status, 303, "{}", seen.text());
    officer.see(&claim).await.says("To be checked");
});

both!(a_vendor_sees_the_match_before_filing_and_nothing_is_filed, async |t: Tester| {
    let world = World::new(&t).await;
    let mut vendor = t.member(world.vendor.organisation, Role::Vendor).await;
    let milestone = world.agreement.milestones[0].to_string();
    let page = vendor.see(&world.new_path()).await;
    let mut form = page.form("/claims/new").with(&two_lines(&milestone, APPROVAL));
    form.action = format!("/agreements/{}/claims/match", world.agreement.id);
    let seen = vendor.submit(form).await;
    assert_eq!(seen.status, 200, "{}", seen.text());
    seen.says("Four-way match").says("No agreed line has this name.").says("Nothing was filed yet");
    assert_eq!(seen.value_of("description_2").as_deref(), Some("현장 교육"));
    vendor.see("/claims").await.says("No claims match");
});

both!(what_is_left_of_an_agreed_line_is_said_before_filing, async |t: Tester| {
    let world = World::new(&t).await;
    let mut vendor = t.member(world.vendor.organisation, Role::Vendor).await;
    let page = vendor.see(&world.new_path()).await;
    page.says("What is left of each agreed line").says("1 × KRW 50,000,000");
    let claim = files(&world, &mut vendor, 0, APPROVAL).await;
    vendor.see(&world.new_path()).await.says("KRW 12,500,000").says("KRW 37,500,000");
    // A claim leaves itself out of what others took.
    let mut officer = t.staff(Role::ClaimsOfficer).await;
    assert!(!officer.see(&format!("{claim}/check")).await.has("KRW 37,500,000"));
    vendor.fill_and_follow(&format!("{claim}/withdraw"), "/withdraw", &[]).await;
    assert!(!vendor.see(&world.new_path()).await.has("KRW 37,500,000"), "it counts no longer");
});

both!(an_invoice_is_drawn_for_whoever_may_read_its_claim, async |t: Tester| {
    let world = World::new(&t).await;
    let mut vendor = t.member(world.vendor.organisation, Role::Vendor).await;
    let claim = files(&world, &mut vendor, 0, APPROVAL).await;
    let path = vendor.see(&claim).await.link("/invoice.pdf");
    let pdf = vendor.get(&path).await;
    assert_eq!(pdf.headers.get("content-type").unwrap(), "application/pdf");
    assert!(pdf.body.starts_with(b"%PDF-"));
    let mut stranger = t.member(t.organisation(77).await, Role::Firm).await;
    assert_eq!(stranger.get(&path).await.status, 404);
});

both!(a_file_that_breaks_the_standard_is_refused_with_the_rules_beside_the_upload, async |t: Tester| {
    let world = World::of(&t, 48_000_000).await;
    let mut vendor = t.member(world.vendor.organisation, Role::Vendor).await;
    let wrong = korean_invoice().replace(">15400000</cbc:TaxInclusiveAmount>", ">15400001</cbc:TaxInclusiveAmount>");
    assert_ne!(wrong, korean_invoice());
    let good = vendor.see(&world.new_path()).await.form("/claims/read");
    let seen = vendor.submit(good.file("invoice_file", "a.xml", korean_invoice().as_bytes())).await;
    let filled = vendor.follow(seen).await;
    let again = filled.form("/claims/read").file("invoice_file", "b.xml", wrong.as_bytes());
    let seen = vendor.submit(again).await;
    assert_eq!(seen.status, 422);
    let said = seen.error_at("invoice_file").unwrap_or_default();
    assert!(said.contains("BR-CO-15") && said.contains("BR-CO-16"), "{said}");
    assert_eq!(seen.value_of("supply_won").as_deref(), Some("14000000"), "what stood in the form still does");
    assert_eq!(seen.value_of("description_2").as_deref(), Some("GPU 사용 시간 (120.5 HUR)"));
});

both!(anybody_reads_how_long_claims_take_once_there_are_five, async |t: Tester| {
    let world = World::new(&t).await;
    let claim = accepted(&t, &world, APPROVAL, 0).await;
    let mut officer = t.staff(Role::ClaimsOfficer).await;
    assert_eq!(decide(&mut officer, &claim, &[("decision", "approve")]).await.status, 303);
    let mut outsider = t.outsider();
    outsider.see("/service-levels").await.says("Fewer than five decisions");
    let mut vendor = t.member(world.vendor.organisation, Role::Vendor).await;
    files(&world, &mut vendor, 1, "20270302-41000012-00000077").await;
    vendor.see("/claims").await.says("Waits for the firm");
});

/// A signed report as a vendor's service sends it: no cookie, no origin.
async fn report(t: &Tester, key: &str, secret: &str, at: i64, body: &str) -> u16 {
    use hmac::{Hmac, KeyInit, Mac};
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{at}.{body}").as_bytes());
    let request = actix_web::test::TestRequest::post()
        .uri("/api/usage")
        .insert_header(("x-key-id", key))
        .insert_header(("x-timestamp", at.to_string()))
        .insert_header(("x-signature", hex::encode(mac.finalize().into_bytes())))
        .set_payload(body.to_owned());
    t.outsider().send(request, "/api/usage").await.status.as_u16()
}

both!(usage_is_shown_before_approval_where_the_call_asks_for_it, async |t: Tester| {
    let world = World::new(&t).await;
    let mut tx = t.app.db.write().await.unwrap();
    let mut rules = voucherdesk::programmes::CallRules::ai_voucher();
    rules.stages.usage_evidence = true;
    tx.run(
        "INSERT INTO call_versions (call_id, version, rules, made_at) VALUES ($1, 2, $2, $3)",
        (world.agreement.case.call, sqlx::types::Json(rules), t.now()),
    )
    .await
    .unwrap();
    tx.run("UPDATE agreements SET call_version = 2", ()).await.unwrap();
    let number: String = tx.value("SELECT number FROM agreements", ()).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    let claim = accepted(&t, &world, APPROVAL, 0).await;
    let mut officer = t.staff(Role::ClaimsOfficer).await;
    let seen = decide(&mut officer, &claim, &[("decision", "approve")]).await;
    assert_eq!(seen.status, 422);
    seen.says("Usage is shown");

    let mut vendor = t.member(world.vendor.organisation, Role::Vendor).await;
    let usage = format!("/agreements/{}/usage", world.agreement.id);
    for (log, sentence) in [
        ("period,users\n2027-03,1\n", "must name"),
        ("period,active_users,sessions,api_calls,tokens\n2027-03,x,1,1,1\n", "Line 2"),
    ] {
        let form = vendor.see(&usage).await.form("/usage");
        let seen = vendor.submit(form.file("usage_log", "log.csv", log.as_bytes())).await;
        assert!(seen.error_at("usage_log").unwrap_or_default().contains(sentence), "{}", seen.text());
    }
    let made = vendor.fill("/usage-key", "/usage-key", &[]).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let html = made.html();
    let codes: Vec<&str> = html.split("app-code\">").skip(1).map(|part| part.split('<').next().unwrap()).collect();
    let (key, secret) = (codes[0].to_owned(), codes[1].to_owned());
    assert!(!vendor.see("/usage-key").await.html().contains(&secret), "shown once");

    let now = t.now().timestamp();
    let body = format!(
        "{{\"event_id\":\"1\",\"agreement\":\"{number}\",\"period\":\"2027-02\",\"active_users\":12,\"sessions\":340,\"api_calls\":9000,\"tokens\":1200000}}"
    );
    assert_eq!(report(&t, &key, "wrong", now, &body).await, 403);
    assert_eq!(report(&t, &key, &secret, now - 301, &body).await, 403, "too old to be other than replayed");
    assert_eq!(report(&t, "00000000-0000-0000-0000-000000000000", &secret, now, &body).await, 403);
    assert_eq!(report(&t, &key, &secret, now, "{}").await, 422);
    assert_eq!(report(&t, &key, &secret, now, &body.replace(&number, "AG-OTHER")).await, 404);
    assert_eq!(report(&t, &key, &secret, now, &body).await, 201);
    assert_eq!(report(&t, &key, &secret, now, &body).await, 200, "reported twice, it counts once");
    officer.see(&usage).await.says("1200000").says("Sent by the service");
    let mut tx = t.app.db.read().await.unwrap();
    let kept: Option<i64> = tx.value("SELECT COUNT(*) FROM usage_reports", ()).await.unwrap();
    assert_eq!(kept, Some(1));
    drop(tx);
    let log = "period,active_users,sessions,api_calls,tokens\n2027-01,7,20,30,400\n";
    let form = vendor.see(&usage).await.form("/usage");
    let seen = vendor.submit(form.file("usage_log", "log.csv", log.as_bytes())).await;
    vendor.follow(seen).await.says("2027-01");
    let seen = decide(&mut officer, &claim, &[("decision", "approve")]).await;
    assert_eq!(seen.status, 303, "{}", seen.text());
    // A new key ends the old one.
    vendor.fill("/usage-key", "/usage-key", &[]).await;
    assert_eq!(report(&t, &key, &secret, now, &body).await, 403);
});
