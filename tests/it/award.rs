//! Stories of awards: the catalogue of reasons and what a decision rests on.

use crate::{
    agreements::{offered, story_of},
    reviews::{ONE, manager, refused, select, state_of, with_result},
    support::{Browser, Tester, builders::BuiltApplication},
};
use chrono::Duration;
use futures_util::future::join_all;
use voucherdesk::{
    agreements,
    applications::ApplicationState,
    core::{money::Won, roles::Role},
    db::once::Once,
    ledger::CapSubject,
    programmes::{CallRules, Envelope, PaymentRules},
    reviews::{self, DecisionOutcome, DecisionReason, RestsOn, Why, actions},
};

async fn firm_browser(t: &Tester, application: &BuiltApplication) -> Browser {
    t.member(application.firm, Role::Firm).await
}

fn because(reason: &str, rests_on: &[RestsOn]) -> Why {
    Why { reason: reason.to_owned(), rests_on: rests_on.to_vec() }
}

both!(reasons_are_worded_and_retired_and_past_decisions_keep_their_words, async |t: Tester| {
    let call = t.call(ONE).await;
    let vendor = t.vendor(1).await;
    let boss = manager(&t, "boss").await;
    let mut admin = t.staff(Role::Admin).await;
    let mut auditor = t.staff(Role::Auditor).await;
    auditor.see("/decision-reasons").await.says("Plan not feasible").says("rules alone");
    assert_eq!(auditor.get("/decision-reasons/edit?code=plan_not_feasible").await.status, 404, "an auditor only reads");

    let edit = "/decision-reasons/edit";
    let words = [
        ("code", "no_site"),
        ("basis", "criterion"),
        ("outcomes", "rejected"),
        ("name_ko", "현장이 없음"),
        ("name_en", "No site"),
        ("letter_ko", "설치할 현장을 확인하지 못했습니다."),
        ("letter_en", "No site for it was found."),
        ("note", "자주 나오는 사유입니다"),
    ];
    let silent = admin.fill(edit, edit, &words[..7]).await;
    assert_eq!((silent.status.as_u16(), silent.error_at("note").is_some()), (422, true));
    admin.fill_and_follow(edit, edit, &words).await.says("No site").says("Reason of decisions added");
    let again = admin.fill(edit, edit, &words).await;
    assert!(again.error_at("code").unwrap().contains("already"), "a code is one reason's");

    let first = t.application(&call, &vendor, 2, "in_review", 80_000_000).await;
    with_result(&t, &call, &first, 80_000).await;
    let case = format!("/reviews/applications/{}", first.id);
    let mut browser = t.signed_in("boss@staff.test").await;
    let odd = [("outcome", "rejected"), ("reason", "no_site"), ("rests_on", "condition:not_closed"), ("note", "현장")];
    assert!(browser.fill(&case, "/decision", &odd).await.error_at("rests_on").is_some(), "it is about criteria");
    let sound =
        [("outcome", "rejected"), ("reason", "no_site"), ("rests_on", "criterion:feasibility"), ("note", "현장")];
    let seen = browser.fill_and_follow(&case, "/decision", &sound).await;
    seen.says("No site").says("Rests on").says("Feasibility");
    let letter = firm_browser(&t, &first).await.see(&format!("/decisions/{}", first.id)).await;
    letter.says("No site for it was found.").says("Feasibility");
    let form = firm_browser(&t, &first).await.see(&format!("/decisions/{}/objection", first.id)).await;
    form.says("Reject").says("No site").says("Feasibility");

    // Worded anew: the letter of yesterday stays as it was.
    let one = "/decision-reasons/edit?code=no_site";
    let anew = [("name_en", "Site missing"), ("letter_en", "There is no site."), ("note", "더 분명하게")];
    admin.fill_and_follow(one, edit, &anew).await.says("Site missing").says("Version 2");
    let letter = firm_browser(&t, &first).await.see(&format!("/decisions/{}", first.id)).await;
    letter.says("No site for it was found.");
    assert!(!letter.has("There is no site."));
    let unchanged = admin.fill(one, edit, &[("note", "그대로")]).await;
    unchanged.says("Nothing is changed");

    // Retired: no new decision names it, and what the program gives by itself stays.
    admin.fill_and_follow(one, edit, &[("retire", "yes"), ("note", "쓰지 않습니다")]).await.says("Retired");
    let second = t.application(&call, &vendor, 3, "in_review", 80_000_000).await;
    with_result(&t, &call, &second, 80_000).await;
    let rejected = DecisionOutcome::Rejected;
    let gone = reviews::decide(&t.app, &boss, second.id, rejected, because("no_site", &[]), "현장", Once::new()).await;
    assert_eq!(refused(gone), "reviews-refusal-reason");
    let own = admin.see("/decision-reasons/edit?code=within_budget").await;
    own.says("cannot be retired");
    assert!(!own.html().contains("name=\"retire\"") && !own.html().contains("name=\"basis\""));
    let mut tx = t.app.db.write().await.unwrap();
    assert!(tx.run("UPDATE decision_reason_versions SET name_en = 'x'", ()).await.is_err(), "append-only");
});

both!(a_proposal_keeps_the_words_it_was_made_with, async |t: Tester| {
    let mut rules = CallRules::ai_voucher();
    rules.review.second_approval_won = Some(Won(50_000_000));
    let (call, vendor) = (t.call_by(ONE, rules).await, t.vendor(1).await);
    let application = t.application(&call, &vendor, 2, "in_review", 80_000_000).await;
    with_result(&t, &call, &application, 90_000).await;
    let (one, two) = (manager(&t, "one").await, manager(&t, "two").await);
    let by_rules = DecisionReason::CatalogueRules;
    let done =
        reviews::decide(&t.app, &one, application.id, DecisionOutcome::Selected, by_rules, "", Once::new()).await;
    assert_eq!(refused(done), "reviews-refusal-reason", "only the call's own rules give it");
    let beauty = because("plan_not_feasible", &[RestsOn::Criterion("beauty".to_owned())]);
    let done =
        reviews::decide(&t.app, &one, application.id, DecisionOutcome::Rejected, beauty, "왜", Once::new()).await;
    assert_eq!(refused(done), "reviews-refusal-rests-on");
    select(&t, &one, application.id).await.unwrap();
    let mut admin = t.staff(Role::Admin).await;
    let edit = "/decision-reasons/edit?code=within_budget";
    let anew = [("name_en", "High enough"), ("note", "짧게")];
    admin.fill_and_follow(edit, "/decision-reasons/edit", &anew).await.says("High enough");
    actions::confirm(&t.app, &two, application.id, Once::new()).await.unwrap();
    let mut tx = t.app.db.read().await.unwrap();
    let decision = reviews::latest_decision(&mut tx, application.id).await.unwrap().unwrap();
    assert_eq!((decision.reason.as_str(), decision.reason_version), ("within_budget", 1));
    drop(tx);
    let page = t.signed_in("two@staff.test").await.see(&format!("/reviews/applications/{}", application.id)).await;
    page.says("Ranked within the budget");
});

both!(the_vendors_part_of_a_call_follows_a_switch_before_and_after_the_agreement, async |t: Tester| {
    let payment = PaymentRules { vendor_count_max: Some(1), ..PaymentRules::default() };
    let call = t.call_by(ONE, CallRules { payment, ..CallRules::ai_voucher() }).await;
    let (first, second) = (t.vendor(1).await, t.vendor(30).await);
    let boss = manager(&t, "boss").await;
    let mut built = Vec::new();
    for (number, vendor) in [(2_u16, &first), (3, &first), (4, &second)] {
        let application = t.application(&call, vendor, number, "in_review", 10_000_000).await;
        with_result(&t, &call, &application, 90_000).await;
        built.push(application);
    }
    select(&t, &boss, built[0].id).await.unwrap();
    assert_eq!(refused(select(&t, &boss, built[1].id).await), "ledger-refusal-vendor-short");
    // The first application leaves its vendor: there is room for the next one, and none at the vendor it went to.
    let switch = agreements::actions::switch_vendor(
        &t.app,
        &boss,
        built[0].id,
        second.package,
        "공급기업이 그만두었습니다",
        Once::new(),
    );
    switch.await.unwrap();
    select(&t, &boss, built[1].id).await.unwrap();
    assert_eq!(refused(select(&t, &boss, built[2].id).await), "ledger-refusal-vendor-short");
    let back = agreements::actions::switch_vendor(&t.app, &boss, built[0].id, first.package, "다시", Once::new());
    assert_eq!(refused(back.await), "ledger-refusal-vendor-short", "its place is taken");
});

both!(a_firm_that_is_kept_out_has_a_row_of_its_own_in_a_plan_and_the_others_go_on, async |t: Tester| {
    let call = t.call(ONE).await;
    let vendor = t.vendor(1).await;
    let boss = manager(&t, "boss").await;
    let mut built = Vec::new();
    for number in 2_u16..5 {
        let application = t.application(&call, &vendor, number, "in_review", 10_000_000).await;
        with_result(&t, &call, &application, 90_000).await;
        built.push(application);
    }
    let mut tx = t.app.db.write().await.unwrap();
    tx.run(
        "INSERT INTO exclusions (id, organisation_id, cause, from_on) VALUES ($1, $2, 'sanction', $3)",
        (uuid::Uuid::now_v7(), built[1].firm, t.now().date_naive()),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let plan = actions::plan_bulk(&t.app, &boss, call.call, &[DecisionOutcome::Selected], "", Once::new());
    let plan = plan.await.unwrap();
    actions::start_bulk(&t.app, &boss, plan, Once::new()).await.unwrap();
    reviews::continue_bulk(&t.app, &serde_json::json!({ "bulk": plan })).await.unwrap();
    let seen = t.signed_in("boss@staff.test").await.see(&format!("/reviews/bulk/{plan}")).await;
    seen.says("Done").says("excluded from the programme").says("Decided");
    let states = [state_of(&t, built[0].id).await, state_of(&t, built[1].id).await, state_of(&t, built[2].id).await];
    assert_eq!(states, [ApplicationState::Selected, ApplicationState::InReview, ApplicationState::Selected]);
});

both!(agreements_follow_the_timers_of_their_call_and_show_how_the_shares_come_to_be, async |t: Tester| {
    let mut rules = CallRules::ai_voucher();
    rules.agreement.offer_days = vec![20];
    rules.agreement.extension_months = 0;
    let call = t.call_by(ONE, rules).await;
    let story = story_of(&t, call).await;
    let id = offered(&t, &story).await;
    t.mails().await;
    t.advance(Duration::days(9));
    assert_eq!(agreements::fall_due(&t.app).await.unwrap(), 0, "twenty-one days are left");
    t.advance(Duration::days(1));
    assert_eq!(agreements::fall_due(&t.app).await.unwrap(), 1);
    t.mails().await;
    t.advance(Duration::days(13));
    assert_eq!(agreements::fall_due(&t.app).await.unwrap(), 0, "this call reminds once");
    let mut firm = t.signed_in("owner@firm.test").await;
    let seen = firm.see(&format!("/agreements/{id}")).await;
    seen.says("How support and own share are worked out").says("VAT, borne by the firm besides");
    seen.says("KRW 10,000,000").says("KRW 80,000,000 (80%)");
});

fn envelope(subject: CapSubject, code: &str, name_en: &str, most: i64) -> Envelope {
    let (code, name_ko, name_en) = (code.to_owned(), name_en.to_owned(), name_en.to_owned());
    Envelope { subject, code, name_ko, name_en, most_won: Won(most) }
}

both!(selections_at_once_never_pass_the_envelope_of_a_region, async |t: Tester| {
    let envelopes = vec![
        envelope(CapSubject::Region, "KR-11", "Seoul", 50_000_000),
        envelope(CapSubject::Sector, "C", "Manufacturing", 90_000_000),
    ];
    let call = t.call_by(ONE, CallRules { envelopes, ..CallRules::ai_voucher() }).await;
    let vendor = t.vendor(1).await;
    let boss = manager(&t, "boss").await;
    let mut built = Vec::new();
    for number in 100_u16..115 {
        let application = t.application(&call, &vendor, number, "in_review", 10_000_000).await;
        with_result(&t, &call, &application, 90_000).await;
        built.push(application);
    }
    // Two are somewhere else: only their sector is the same.
    let mut tx = t.app.db.write().await.unwrap();
    for application in &built[13..] {
        tx.run("UPDATE applications SET region_code = 'KR-26' WHERE id = $1", (application.id,)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let done = join_all(built[..12].iter().map(|application| select(&t, &boss, application.id))).await;
    let (taken, short): (Vec<_>, Vec<_>) = done.into_iter().partition(Result::is_ok);
    assert_eq!(taken.len(), 5, "exactly what the envelope covers");
    for result in short {
        assert_eq!(refused(result), "ledger-refusal-region-short");
    }
    let mut browser = t.signed_in("boss@staff.test").await;
    let case = browser.see(&format!("/reviews/applications/{}", built[12].id)).await;
    case.says("Region: Seoul").says("Sector: Manufacturing").says("KRW 40,000,000");
    browser.see(&format!("/reviews/ranking?call={}", call.call)).await.says("Region: Seoul").says("KRW 50,000,000");
    // A plan passes the full region by and takes who is elsewhere.
    let wanted = [DecisionOutcome::Selected, DecisionOutcome::Reserve];
    let plan = actions::plan_bulk(&t.app, &boss, call.call, &wanted, "", Once::new()).await.unwrap();
    browser.see(&format!("/reviews/bulk/{plan}")).await.says("Not enough left of a cap (Region: Seoul)");
    actions::start_bulk(&t.app, &boss, plan, Once::new()).await.unwrap();
    reviews::continue_bulk(&t.app, &serde_json::json!({ "bulk": plan })).await.unwrap();
    for application in &built[13..] {
        assert_eq!(state_of(&t, application.id).await, ApplicationState::Selected);
    }
    assert_eq!(state_of(&t, built[12].id).await, ApplicationState::Reserve);
    // What goes back makes room again.
    let mut gone = None;
    for application in &built[..12] {
        if state_of(&t, application.id).await == ApplicationState::Selected {
            gone = gone.or(Some(application.id));
        }
    }
    actions::undo(&t.app, &boss, gone.unwrap(), "철회합니다", Once::new()).await.unwrap();
    reviews::decide(
        &t.app,
        &boss,
        built[12].id,
        DecisionOutcome::Selected,
        DecisionReason::PlaceFreed,
        "",
        Once::new(),
    )
    .await
    .unwrap();
    let report = voucherdesk::integrity::verify(&t.app.db, None).await.unwrap();
    let caps = report.checks.iter().find(|check| check.name == "cap_limits").unwrap();
    assert!(caps.rows >= 2 && caps.breach.is_none(), "{caps:?}");
});

both!(an_envelope_is_a_rule_that_a_form_sets, async |t: Tester| {
    let call = t.call(ONE).await;
    let mut admin = t.staff(Role::Admin).await;
    let form = format!("/calls/{}/settings/envelope", call.call);
    let empty = admin.fill(&form, "/settings/envelope", &[("envelope_most", "1000")]).await;
    assert!(empty.error_at("envelope").is_some());
    let set = [("envelope", "region:KR-11"), ("envelope_most", "300,000,000")];
    let seen = admin.fill_and_follow(&form, "/settings/envelope", &set).await;
    seen.says("Envelope of a region: Seoul").says("KRW 300,000,000");
    let settings = admin.see(&format!("/calls/{}/settings", call.call)).await;
    settings.says("Envelopes of regions and sectors").says("Agreements and vouchers").says("7 days, 2 days");
    let form = format!("/calls/{}/settings/agreement", call.call);
    let wrong = admin.fill(&form, "/settings/agreement", &[("offer_notices", "7, 400")]).await;
    assert!(wrong.error_at("offer_notices").is_some());
    let set = [("offer_notices", "10, 3"), ("extension_months", "6")];
    let seen = admin.fill_and_follow(&form, "/settings/agreement", &set).await;
    seen.says("Reminders of an offer").says("10 days, 3 days").says("6 months");
});
