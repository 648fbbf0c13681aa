//! Stories of awards: the catalogue of reasons and what a decision rests on.

use crate::{
    reviews::{ONE, manager, refused, select, with_result},
    support::{Browser, Tester, builders::BuiltApplication},
};
use voucherdesk::{
    core::{money::Won, roles::Role},
    db::once::Once,
    programmes::CallRules,
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
