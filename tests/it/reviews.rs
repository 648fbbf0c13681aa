//! Stories of reviews: nobody sees another's scores too early, nobody decides twice, nothing is overspent.

use crate::support::{
    Browser, Tester,
    builders::{BuiltApplication, BuiltCall, BuiltVendor},
};
use chrono::Duration;
use futures_util::future::join_all;
use voucherdesk::{
    applications::{self, ApplicationId, ApplicationState},
    audit::{self, Act},
    core::{
        actor::Actor,
        money::Won,
        refusal::{Outcome, Trouble},
        roles::Role,
    },
    db::once::Once,
    ledger::{self, AccountKind},
    people::PersonId,
    programmes::CallRules,
    reviews::{self, AssignmentId, DecisionOutcome, DecisionReason, ItemScore},
};

pub const ONE: Won = Won(1_000_000_000);

pub async fn call_and_vendor(t: &Tester) -> (BuiltCall, BuiltVendor) {
    (t.call(ONE).await, t.vendor(1).await)
}

pub async fn reviewers(t: &Tester, count: usize) -> Vec<Actor> {
    let mut reviewers = Vec::new();
    for n in 0..count {
        let email = format!("expert{n}@staff.test");
        let person = t.person(&email).await;
        t.grant(person, Role::Reviewer, None).await;
        reviewers.push(t.actor(&email).await);
    }
    reviewers
}

pub async fn manager(t: &Tester, name: &str) -> Actor {
    let email = format!("{name}@staff.test");
    let person = t.person(&email).await;
    t.grant(person, Role::Manager, None).await;
    t.actor(&email).await
}

pub fn even(points: i64) -> Vec<ItemScore> {
    let comment = "근거를 확인했습니다";
    let give =
        |item: voucherdesk::programmes::RubricItem| ItemScore { item: item.code, points, comment: comment.to_owned() };
    CallRules::ai_voucher().rubric.into_iter().map(give).collect()
}

pub async fn assignment_of(t: &Tester, application: ApplicationId, reviewer: &Actor) -> AssignmentId {
    let mut tx = t.app.db.read().await.unwrap();
    tx.value(
        "SELECT id FROM review_assignments WHERE application_id = $1 AND reviewer_id = $2",
        (application, reviewer.id),
    )
    .await
    .unwrap()
    .map(AssignmentId)
    .expect("an assignment")
}

/// Assigned, declared and locked with the given points.
pub async fn scored(t: &Tester, manager: &Actor, application: &BuiltApplication, panel: &[Actor], points: &[i64]) {
    let chosen = panel.iter().map(|reviewer| PersonId(reviewer.id)).collect();
    reviews::assign(&t.app, manager, application.id, chosen, Once::new()).await.unwrap();
    for (reviewer, points) in panel.iter().zip(points) {
        let id = assignment_of(t, application.id, reviewer).await;
        reviews::declare(&t.app, reviewer, id, None, Once::new()).await.unwrap();
        reviews::score_and_lock(&t.app, reviewer, id, even(*points), Once::new()).await.unwrap();
    }
}

/// A result as `score_and_lock` leaves it, for stories about decisions only.
pub async fn with_result(t: &Tester, call: &BuiltCall, application: &BuiltApplication, score_milli: i64) {
    let mut tx = t.app.db.write().await.unwrap();
    tx.run(
        "INSERT INTO review_results (application_id, call_id, score_milli, submitted_at, scored_at) VALUES ($1, $2, $3, $4, $4)",
        (application.id, call.call, score_milli, t.now()),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

pub async fn select(t: &Tester, actor: &Actor, id: ApplicationId) -> Outcome<()> {
    let reason = DecisionReason::WithinBudget;
    reviews::decide(&t.app, actor, id, DecisionOutcome::Selected, reason, "", Once::new()).await
}

pub fn refused(result: Outcome<()>) -> &'static str {
    match result {
        Err(Trouble::Refused(refusal)) => refusal.key,
        other => panic!("not refused: {other:?}"),
    }
}

pub async fn state_of(t: &Tester, id: ApplicationId) -> ApplicationState {
    let mut tx = t.app.db.read().await.unwrap();
    applications::get(&mut tx, id).await.unwrap().state
}

pub async fn balance(t: &Tester, call: &BuiltCall, application: &BuiltApplication, kind: AccountKind) -> i64 {
    let mut tx = t.app.db.read().await.unwrap();
    ledger::balance(&mut tx, application.case(call).account(kind)).await.unwrap().0
}

async fn accepts(browser: &mut Browser) -> String {
    let seen = browser.see("/reviews/mine").await;
    let path =
        seen.links().into_iter().find(|link| link.starts_with("/reviews/") && link.len() > 40).expect("a review");
    let seen = browser.see(&path).await;
    assert!(!seen.has("검사 시간이 깁니다"), "the use case opens after the declaration only");
    let seen = browser.fill_and_follow(&path, "/conflict", &[("conflict", "none")]).await;
    seen.says("검사 시간이 깁니다").says("한빛정밀 2");
    path
}

fn points<'a>(points: &'a str, comment: &'a str, act: &'a str) -> Vec<(&'static str, &'a str)> {
    let mut values: Vec<(&'static str, &str)> = Vec::new();
    for field in reviews::rules::POINTS_FIELDS.into_iter().take(6) {
        values.push((field, points));
    }
    for field in reviews::rules::COMMENT_FIELDS.into_iter().take(6) {
        values.push((field, comment));
    }
    values.push(("act", act));
    values
}

both!(three_reviewers_score_without_seeing_each_other, async |t: Tester| {
    let (call, vendor) = call_and_vendor(&t).await;
    let application = t.application(&call, &vendor, 2, "eligible", 80_000_000).await;
    let mut browsers = [t.staff(Role::Reviewer).await, t.staff(Role::Reviewer).await, t.staff(Role::Reviewer).await];
    let mut manager = t.staff(Role::Manager).await;
    manager.see("/reviews").await.says("불량 검출 자동화").says("0 / 0");
    let case = format!("/reviews/applications/{}", application.id);
    manager.fill_and_follow(&case, "/panel", &[("how", "load")]).await.says("Conflict to be declared");
    assert_eq!(state_of(&t, application.id).await, ApplicationState::InReview);

    for (n, browser) in browsers.iter_mut().enumerate() {
        let path = accepts(browser).await;
        let empty = browser.fill(&path, "/scores", &points("", "", "lock")).await;
        assert_eq!(empty.status, 422);
        let low = browser.fill(&path, "/scores", &points("40", "", "lock")).await;
        assert_eq!(low.status, 422);
        assert!(low.error_at("comment_1").is_some());
        assert_eq!(low.value_of("points_1").as_deref(), Some("40"), "what was typed is kept");
        browser.fill_and_follow(&path, "/scores", &[("points_1", "77"), ("act", "save")]).await;
        assert_eq!(browser.see(&path).await.value_of("points_1").as_deref(), Some("77"));
        let own = ["70", "80", "91"][n];
        let seen = browser.fill_and_follow(&path, "/scores", &points(own, "좋습니다", "lock")).await;
        seen.says("Your scores are locked");
        let others_seen = seen.html().matches("id=\"sheet-").count();
        assert_eq!(others_seen, if n < 2 { 1 } else { 3 }, "others' scores open with the last lock");
        let managers_view = manager.see(&case).await;
        assert_eq!(managers_view.has("Scores can be read once"), n < 2);
    }
    let seen = manager.see(&case).await;
    seen.says("80.333").says("Rank 1").says("pass mark 70");
    let seen = manager.see(&format!("/reviews/ranking?call={}", call.call)).await;
    seen.says("80.333").says("KRW 1,000,000,000").says("earlier submission ranks first");

    let missing = manager.fill(&case, "/decision", &[]).await;
    assert_eq!(missing.status, 422);
    let form = [("outcome", "selected"), ("reason", "within_budget"), ("note", "축하합니다")];
    let page = manager.see(&case).await.form("/decision").with(&form);
    let first = manager.submit(page.clone()).await;
    assert_eq!(first.status, 303);
    let again = manager.submit(page).await;
    assert_eq!(again.location(), first.location(), "a double click shows the first result");
    manager.see(&case).await.says("Decision").says("Ranked within the budget");
    assert_eq!(balance(&t, &call, &application, AccountKind::Committed).await, 80_000_000);
    assert_eq!(state_of(&t, application.id).await, ApplicationState::Selected);
});

both!(a_conflict_of_interest_closes_the_application_and_somebody_else_takes_over, async |t: Tester| {
    let (call, vendor) = call_and_vendor(&t).await;
    let application = t.application(&call, &vendor, 2, "in_review", 80_000_000).await;
    let panel = reviewers(&t, 3).await;
    let boss = manager(&t, "boss").await;
    reviews::assign_by_load(&t.app, &boss, application.id, Once::new()).await.unwrap();
    let mut browser = t.signed_in("expert0@staff.test").await;
    let path = format!("/reviews/{}", assignment_of(&t, application.id, &panel[0]).await);
    let unsaid = browser.fill(&path, "/conflict", &[("conflict", "yes")]).await;
    assert_eq!(unsaid.status, 422);
    assert!(unsaid.error_at("conflict_reason").is_some());
    let form = [("conflict", "yes"), ("conflict_reason", "동생이 이 회사에 다닙니다")];
    browser.fill_and_follow(&path, "/conflict", &form).await.says("closed to you");
    for gone in [path.clone(), format!("{path}/conflict")] {
        assert_eq!(browser.get(&gone).await.status, 404);
    }
    // Another reviewer's assignment is nobody else's.
    let other = format!("/reviews/{}", assignment_of(&t, application.id, &panel[1]).await);
    assert_eq!(browser.get(&other).await.status, 404);

    assert!(t.mails().await.iter().any(|mail| mail.to == "boss@staff.test" && mail.subject.contains("conflict")));
    let mut browser = t.signed_in("boss@staff.test").await;
    let case = format!("/reviews/applications/{}", application.id);
    browser.see(&case).await.says("동생이 이 회사에 다닙니다").says("Assign 1 reviewers");
    let none_free = browser.fill(&case, "/panel", &[("how", "load")]).await;
    assert_eq!(none_free.status, 422);
    none_free.says("Only 0 reviewers can be assigned");
    let spare = t.person("spare@staff.test").await;
    t.grant(spare, Role::Reviewer, None).await;
    browser.fill_and_follow(&case, "/panel", &[("reviewer", &spare.to_string())]).await.says("spare");
});

both!(whoever_is_close_to_a_party_or_screened_the_case_is_never_assigned, async |t: Tester| {
    let (call, vendor) = call_and_vendor(&t).await;
    let application = t.application(&call, &vendor, 2, "eligible", 80_000_000).await;
    let panel = reviewers(&t, 3).await;
    let boss = manager(&t, "boss").await;
    t.member(application.firm, Role::Firm).await;
    let close = t.person("close@firm.test").await;
    t.grant(close, Role::Reviewer, None).await;
    let mut tx = t.app.db.write().await.unwrap();
    audit::take(&mut tx, &panel[0], application.id.0, Act::Screened, t.now()).await.unwrap();
    tx.commit().await.unwrap();
    let result = reviews::assign_by_load(&t.app, &boss, application.id, Once::new()).await;
    assert_eq!(refused(result), "reviews-refusal-too-few");
    let chosen = vec![PersonId(panel[1].id), PersonId(panel[2].id), close];
    let result = reviews::assign(&t.app, &boss, application.id, chosen, Once::new()).await;
    assert_eq!(refused(result), "reviews-refusal-not-free");
    let result = reviews::assign(&t.app, &boss, application.id, vec![PersonId(panel[1].id)], Once::new()).await;
    assert_eq!(refused(result), "reviews-refusal-panel-size");
    assert_eq!(state_of(&t, application.id).await, ApplicationState::Eligible, "nothing is half done");
});

both!(a_locked_score_is_locked_in_the_database_too, async |t: Tester| {
    let (call, vendor) = call_and_vendor(&t).await;
    let application = t.application(&call, &vendor, 2, "in_review", 80_000_000).await;
    let panel = reviewers(&t, 3).await;
    let boss = manager(&t, "boss").await;
    scored(&t, &boss, &application, &panel, &[70, 80, 90]).await;
    let id = assignment_of(&t, application.id, &panel[0]).await;
    let again = reviews::score_and_lock(&t.app, &panel[0], id, even(99), Once::new()).await;
    assert_eq!(refused(again), "refusal-state-moved-on");
    let recuse = reviews::declare(&t.app, &panel[0], id, Some("late".to_owned()), Once::new()).await;
    assert_eq!(refused(recuse), "refusal-state-moved-on");
    for text in [
        "UPDATE review_scores SET points = 99",
        "DELETE FROM review_scores",
        "UPDATE review_assignments SET total_milli = 99000",
        "UPDATE review_results SET score_milli = 99000",
        "DELETE FROM review_results",
    ] {
        let mut tx = t.app.db.write().await.unwrap();
        assert!(tx.run(text, ()).await.is_err(), "{text}");
    }
});

both!(five_reviewers_give_a_trimmed_mean, async |t: Tester| {
    let mut rules = CallRules::ai_voucher();
    rules.reviewers = 5;
    let (call, vendor) = (t.call_by(ONE, rules).await, t.vendor(1).await);
    let application = t.application(&call, &vendor, 2, "in_review", 80_000_000).await;
    let panel = reviewers(&t, 5).await;
    let boss = manager(&t, "boss").await;
    scored(&t, &boss, &application, &panel, &[0, 70, 71, 72, 100]).await;
    let mut tx = t.app.db.read().await.unwrap();
    let result = reviews::result_of(&mut tx, application.id).await.unwrap().unwrap();
    assert_eq!(result.score_milli, 71_000);
});

both!(the_last_two_reviewers_may_lock_at_once, async |t: Tester| {
    let (call, vendor) = call_and_vendor(&t).await;
    let application = t.application(&call, &vendor, 2, "in_review", 80_000_000).await;
    let panel = reviewers(&t, 3).await;
    let boss = manager(&t, "boss").await;
    reviews::assign_by_load(&t.app, &boss, application.id, Once::new()).await.unwrap();
    let mut ids = Vec::new();
    for reviewer in &panel {
        let id = assignment_of(&t, application.id, reviewer).await;
        reviews::declare(&t.app, reviewer, id, None, Once::new()).await.unwrap();
        ids.push(id);
    }
    let acts = panel
        .iter()
        .zip(ids)
        .map(|(reviewer, id)| reviews::score_and_lock(&t.app, reviewer, id, even(80), Once::new()));
    for done in join_all(acts).await {
        done.unwrap();
    }
    let mut tx = t.app.db.read().await.unwrap();
    assert_eq!(reviews::result_of(&mut tx, application.id).await.unwrap().unwrap().score_milli, 80_000);
});

both!(nobody_below_the_pass_mark_is_selected, async |t: Tester| {
    let (call, vendor) = call_and_vendor(&t).await;
    let application = t.application(&call, &vendor, 2, "in_review", 80_000_000).await;
    t.member(application.firm, Role::Firm).await;
    let boss = manager(&t, "boss").await;
    assert_eq!(refused(select(&t, &boss, application.id).await), "reviews-refusal-not-scored");
    with_result(&t, &call, &application, 69_999).await;
    assert_eq!(refused(select(&t, &boss, application.id).await), "reviews-refusal-below-pass-mark");
    let mut browser = t.signed_in("boss@staff.test").await;
    let case = format!("/reviews/applications/{}", application.id);
    browser.see(&case).await.says("can neither be selected");
    let silent = browser.fill(&case, "/decision", &[("outcome", "rejected"), ("reason", "below_pass_mark")]).await;
    assert!(silent.error_at("note").is_some(), "{}", silent.text());
    let form = [("outcome", "rejected"), ("reason", "below_pass_mark"), ("note", "데이터 준비가 부족합니다")];
    browser.fill_and_follow(&case, "/decision", &form).await.says("데이터 준비가 부족합니다");
    assert_eq!(state_of(&t, application.id).await, ApplicationState::Rejected);
    assert_eq!(balance(&t, &call, &application, AccountKind::Committed).await, 0);
    let mails = t.mails().await;
    let letter = mails.iter().find(|mail| mail.subject.contains("not selected")).expect("a letter");
    assert!(letter.text.contains("데이터 준비가 부족합니다") && letter.text.contains("Below the pass mark"));
});

both!(who_screened_or_scored_cannot_decide_and_is_told_beforehand, async |t: Tester| {
    let (call, vendor) = call_and_vendor(&t).await;
    let application = t.application(&call, &vendor, 2, "in_review", 80_000_000).await;
    with_result(&t, &call, &application, 80_000).await;
    let boss = manager(&t, "boss").await;
    let mut tx = t.app.db.write().await.unwrap();
    audit::take(&mut tx, &boss, application.id.0, Act::Screened, t.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(refused(select(&t, &boss, application.id).await), "refusal-duties-apart");
    let case = format!("/reviews/applications/{}", application.id);
    let seen = t.signed_in("boss@staff.test").await.see(&case).await;
    seen.says("You cannot decide");
    assert!(seen.find_form("/decision").is_none());
    assert_eq!(balance(&t, &call, &application, AccountKind::Committed).await, 0);
});

both!(a_decision_asks_for_a_fresh_proof, async |t: Tester| {
    let (call, vendor) = call_and_vendor(&t).await;
    let application = t.application(&call, &vendor, 2, "in_review", 80_000_000).await;
    with_result(&t, &call, &application, 80_000).await;
    let mut browser = t.staff(Role::Manager).await;
    t.advance(Duration::minutes(11));
    let case = format!("/reviews/applications/{}", application.id);
    browser.see(&case).await.link("/prove?next=/reviews/applications/");
    let form = [("outcome", "selected"), ("reason", "within_budget")];
    let refused = browser.fill(&case, "/decision", &form).await;
    assert_eq!(refused.status, 422);
    refused.says("Prove once more who you are");
    assert_eq!(state_of(&t, application.id).await, ApplicationState::InReview);
});

both!(the_reserve_moves_up_when_a_place_comes_free, async |t: Tester| {
    let call = t.call(Won(100_000_000)).await;
    let vendor = t.vendor(1).await;
    let first = t.application(&call, &vendor, 2, "in_review", 80_000_000).await;
    let second = t.application(&call, &vendor, 3, "in_review", 80_000_000).await;
    with_result(&t, &call, &first, 90_000).await;
    with_result(&t, &call, &second, 80_000).await;
    let boss = manager(&t, "boss").await;
    let mut browser = t.signed_in("boss@staff.test").await;
    let seen = browser.see(&format!("/reviews/ranking?call={}", call.call)).await;
    seen.says("does not cover everybody");
    select(&t, &boss, first.id).await.unwrap();
    assert_eq!(refused(select(&t, &boss, second.id).await), "ledger-refusal-budget-short");
    let (reserve, short) = (DecisionOutcome::Reserve, DecisionReason::BudgetShort);
    reviews::decide(&t.app, &boss, second.id, reserve, short, "", Once::new()).await.unwrap();
    assert_eq!(state_of(&t, second.id).await, ApplicationState::Reserve);
    let mut tx = t.app.db.write().await.unwrap();
    ledger::release(&mut tx, &Actor::system(), &first.case(&call), first.id.0, t.now()).await.unwrap();
    tx.commit().await.unwrap();
    t.advance(Duration::seconds(1));
    let (selected, freed) = (DecisionOutcome::Selected, DecisionReason::PlaceFreed);
    reviews::decide(&t.app, &boss, second.id, selected, freed, "", Once::new()).await.unwrap();
    assert_eq!(balance(&t, &call, &second, AccountKind::Committed).await, 80_000_000);
    let mut tx = t.app.db.read().await.unwrap();
    let decision = reviews::latest_decision(&mut tx, second.id).await.unwrap().unwrap();
    assert_eq!((decision.outcome, decision.rank), (DecisionOutcome::Selected, 2));
});

both!(forty_selections_at_once_against_a_budget_for_ten_end_with_exactly_ten, async |t: Tester| {
    let call = t.call(ONE).await;
    let vendor = t.vendor(1).await;
    let boss = manager(&t, "boss").await;
    let mut built = Vec::new();
    for number in 0..40 {
        let application = t.application(&call, &vendor, 100 + number, "in_review", 100_000_000).await;
        with_result(&t, &call, &application, 80_000 + i64::from(number)).await;
        built.push(application);
    }
    let done = join_all(built.iter().map(|application| select(&t, &boss, application.id))).await;
    assert_eq!(done.iter().filter(|result| result.is_ok()).count(), 10);
    for (application, result) in built.iter().zip(done) {
        let committed = balance(&t, &call, application, AccountKind::Committed).await;
        if result.is_ok() {
            assert_eq!(committed, 100_000_000);
            continue;
        }
        assert_eq!(refused(result), "ledger-refusal-budget-short", "the others are told why");
        assert_eq!(committed, 0);
        assert_eq!(state_of(&t, application.id).await, ApplicationState::InReview, "and nothing of theirs is stored");
    }
    assert_eq!(balance(&t, &call, &built[0], AccountKind::Budget).await, 0);
    let mut tx = t.app.db.read().await.unwrap();
    assert_eq!(tx.value::<i64>("SELECT COUNT(*) FROM decisions", ()).await.unwrap(), Some(10));
});

both!(one_firm_passes_its_cap_over_two_calls_never, async |t: Tester| {
    let call = t.call(Won(100_000_000_000)).await;
    let vendor = t.vendor(1).await;
    let boss = manager(&t, "boss").await;
    // Calls of one programme: the cap counts over all of them.
    let mut calls = vec![call];
    for n in 0..3_i64 {
        let other = t.call(Won(100_000_000_000)).await;
        let mut tx = t.app.db.write().await.unwrap();
        tx.run("UPDATE calls SET programme_id = $2 WHERE id = $1", (other.call, call.programme)).await.unwrap();
        tx.commit().await.unwrap();
        calls.push(BuiltCall { programme: call.programme, call: other.call });
        assert!(n < 3);
    }
    let mut built = Vec::new();
    for number in 0..10 {
        let firm = t.organisation(200 + number).await;
        for call in &calls {
            let application = t.application_of(call, &vendor, firm, "in_review", 90_000_000).await;
            with_result(&t, call, &application, 80_000).await;
            built.push((*call, application));
        }
    }
    let done = join_all(built.iter().map(|(_, application)| select(&t, &boss, application.id))).await;
    for (firm, results) in built.chunks(4).zip(done.chunks(4)) {
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 2, "two of 90 million fit 200 million");
        let (call, application) = &firm[0];
        assert_eq!(balance(&t, call, application, AccountKind::CapUsed).await, 180_000_000);
    }
    for result in done.into_iter().filter(|result| result.is_err()) {
        assert_eq!(refused(result), "ledger-refusal-cap-short");
    }
});

both!(of_two_decisions_about_one_application_one_holds, async |t: Tester| {
    let (call, vendor) = call_and_vendor(&t).await;
    let application = t.application(&call, &vendor, 2, "in_review", 80_000_000).await;
    with_result(&t, &call, &application, 80_000).await;
    let (one, other) = (manager(&t, "one").await, manager(&t, "other").await);
    let done = join_all([select(&t, &one, application.id), select(&t, &other, application.id)]).await;
    assert_eq!(done.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(balance(&t, &call, &application, AccountKind::Committed).await, 80_000_000);
});

both!(a_firm_withdraws_while_a_manager_selects, async |t: Tester| {
    let (call, vendor) = call_and_vendor(&t).await;
    let manager = manager(&t, "one").await;
    for number in 2..8 {
        let application = t.application(&call, &vendor, number, "in_review", 80_000_000).await;
        with_result(&t, &call, &application, 80_000).await;
        let email = format!("owner{number}@firm.test");
        let person = t.person(&email).await;
        t.grant(person, Role::Firm, Some(application.firm.0)).await;
        let owner = t.actor(&email).await;
        let withdrawn = applications::actions::withdraw(&t.app, &owner, application.id, "", Once::new());
        let (selected, withdrawn) = futures_util::join!(select(&t, &manager, application.id), withdrawn);
        withdrawn.or(selected).expect("one of them");
        let held = balance(&t, &call, &application, AccountKind::Committed).await;
        match state_of(&t, application.id).await {
            ApplicationState::Withdrawn => assert_eq!(held, 0, "what is withdrawn holds no money"),
            state => assert_eq!((state, held), (ApplicationState::Selected, 80_000_000)),
        }
        let used = balance(&t, &call, &application, AccountKind::CapUsed).await;
        assert_eq!(used, held);
    }
});

both!(the_queue_has_filters_and_pages, async |t: Tester| {
    let (call, vendor) = call_and_vendor(&t).await;
    for number in 0..55 {
        t.application(&call, &vendor, 300 + number, "eligible", 10_000_000).await;
        t.advance(Duration::seconds(1));
    }
    let mut browser = t.staff(Role::Manager).await;
    let seen = browser.see(&format!("/reviews?call={}&state=eligible", call.call)).await;
    seen.says("55 in all");
    let next = browser.see(&seen.link("after=")).await;
    assert_eq!(next.html().matches("href=\"/reviews/applications/").count(), 5);
    browser.see("/reviews?state=reserve").await.says("Nothing to review");
    for role in [Role::Screener, Role::Reviewer, Role::Payer, Role::Analyst] {
        assert_eq!(t.staff(role).await.get("/reviews").await.status, 404, "{role}");
    }
});
