//! Stories of reviews in depth: several managers, undo, bulk, draw, questions, objections, blind and further readers.

use crate::{
    reviews::{
        ONE, assignment_of, balance, call_and_vendor, even, manager, refused, reviewers, scored, select, state_of,
        with_result,
    },
    support::{
        Tester,
        builders::{BuiltApplication, BuiltCall},
    },
};
use chrono::Duration;
use futures_util::future::join_all;
use voucherdesk::{
    app,
    applications::{ApplicationId, ApplicationState},
    core::{actor::Actor, money::Won, roles::Role},
    db::once::Once,
    ledger::{self, AccountKind},
    outbox,
    programmes::{CallRules, ReviewRules, SelectionMode},
    reviews::{self, DecisionOutcome, DecisionReason, actions, rules::draw},
};

fn by(change: impl FnOnce(&mut ReviewRules)) -> CallRules {
    let mut rules = CallRules::ai_voucher();
    rules.review = ReviewRules::default();
    change(&mut rules.review);
    rules
}

async fn firm_browser(t: &Tester, application: &BuiltApplication) -> crate::support::Browser {
    t.member(application.firm, Role::Firm).await
}

/// The timer, as the worker looks once a minute.
async fn timers(t: &Tester) {
    t.advance(Duration::minutes(2));
    app::timers(&t.app).await.unwrap();
}

/// A reason that is of the catalogue alone.
fn plan_not_feasible() -> reviews::Why {
    reviews::Why { reason: "plan_not_feasible".to_owned(), rests_on: Vec::new() }
}

async fn text(t: &Tester, sql: &'static str) -> String {
    let mut tx = t.app.db.read().await.unwrap();
    tx.value::<String>(sql, ()).await.unwrap().unwrap_or_default()
}

async fn count(t: &Tester, sql: &'static str) -> i64 {
    let mut tx = t.app.db.read().await.unwrap();
    tx.value::<i64>(sql, ()).await.unwrap().unwrap_or_default()
}

both!(a_large_amount_takes_three_managers_in_order_and_never_one_twice, async |t: Tester| {
    let rules = by(|review| {
        review.second_approval_won = Some(Won(50_000_000));
        review.third_approval_won = Some(Won(80_000_000));
    });
    let (call, vendor) = (t.call_by(ONE, rules).await, t.vendor(1).await);
    let application = t.application(&call, &vendor, 2, "in_review", 80_000_000).await;
    with_result(&t, &call, &application, 90_000).await;
    let (one, two, three) = (manager(&t, "one").await, manager(&t, "two").await, manager(&t, "three").await);
    select(&t, &one, application.id).await.unwrap();
    assert_eq!(state_of(&t, application.id).await, ApplicationState::InReview, "nothing is decided yet");
    assert_eq!(balance(&t, &call, &application, AccountKind::Committed).await, 0);
    assert_eq!(refused(select(&t, &two, application.id).await), "reviews-refusal-proposal-waits");
    let again = actions::confirm(&t.app, &one, application.id, Once::new()).await;
    assert_eq!(refused(again), "reviews-refusal-approved-already");
    // The database refuses what the page did not.
    let mut tx = t.app.db.write().await.unwrap();
    let sql = "INSERT INTO decision_approvals (proposal_id, place, person_id, at) SELECT proposal_id, 2, person_id, at FROM decision_approvals";
    assert!(tx.run(sql, ()).await.is_err());
    drop(tx);
    let case = format!("/reviews/applications/{}", application.id);
    let mut browser = t.signed_in("two@staff.test").await;
    browser.see("/reviews").await.says("1 / 3");
    browser.fill_and_follow(&case, "/confirmation", &[]).await.says("Confirmed").says("You have confirmed");
    assert_eq!(state_of(&t, application.id).await, ApplicationState::InReview);
    actions::confirm(&t.app, &three, application.id, Once::new()).await.unwrap();
    assert_eq!(state_of(&t, application.id).await, ApplicationState::Selected);
    assert_eq!(balance(&t, &call, &application, AccountKind::Committed).await, 80_000_000);
    let second = actions::confirm(&t.app, &two, application.id, Once::new()).await;
    assert_eq!(refused(second), "refusal-state-moved-on");
});

both!(a_manager_sends_a_proposal_back_and_of_two_confirmations_one_decides, async |t: Tester| {
    let rules = by(|review| review.second_approval_won = Some(Won(1)));
    let (call, vendor) = (t.call_by(ONE, rules).await, t.vendor(1).await);
    let application = t.application(&call, &vendor, 2, "in_review", 80_000_000).await;
    with_result(&t, &call, &application, 90_000).await;
    let boss = manager(&t, "boss").await;
    let others = [manager(&t, "two").await, manager(&t, "three").await];
    select(&t, &boss, application.id).await.unwrap();
    let mut browser = t.signed_in("two@staff.test").await;
    let case = format!("/reviews/applications/{}", application.id);
    assert_eq!(browser.fill(&case, "/refusal", &[("why", "")]).await.status, 422);
    browser
        .fill_and_follow(&case, "/refusal", &[("why", "근거가 부족합니다")])
        .await
        .says("Decide about this application");
    select(&t, &boss, application.id).await.unwrap();
    let acts = others.iter().map(|other| actions::confirm(&t.app, other, application.id, Once::new()));
    let done = join_all(acts).await;
    assert_eq!(done.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(balance(&t, &call, &application, AccountKind::Committed).await, 80_000_000);
    assert_eq!(count(&t, "SELECT COUNT(*) FROM decisions").await, 1);
});

both!(a_decision_is_undone_within_its_term_and_everything_goes_back, async |t: Tester| {
    let (call, vendor) = call_and_vendor(&t).await;
    let application = t.application(&call, &vendor, 2, "in_review", 80_000_000).await;
    t.member(application.firm, Role::Firm).await;
    with_result(&t, &call, &application, 90_000).await;
    let boss = manager(&t, "boss").await;
    select(&t, &boss, application.id).await.unwrap();
    let mut browser = t.signed_in("boss@staff.test").await;
    let case = format!("/reviews/applications/{}", application.id);
    browser.fill_and_follow(&case, "/undo", &[("why", "순위를 잘못 보았습니다")]).await.says("Decision undone");
    assert_eq!(state_of(&t, application.id).await, ApplicationState::InReview);
    assert_eq!(balance(&t, &call, &application, AccountKind::Committed).await, 0);
    assert_eq!(balance(&t, &call, &application, AccountKind::Budget).await, ONE.0);
    assert_eq!(balance(&t, &call, &application, AccountKind::CapUsed).await, 0);
    assert!(t.mails().await.iter().any(|mail| mail.subject.contains("undone")));
    let mut tx = t.app.db.write().await.unwrap();
    assert!(tx.run("DELETE FROM decision_undos", ()).await.is_err());
    drop(tx);
    t.advance(Duration::seconds(1));
    select(&t, &boss, application.id).await.unwrap();
    assert_eq!(balance(&t, &call, &application, AccountKind::Committed).await, 80_000_000, "selected again");
    t.advance(Duration::days(30));
    let boss = Actor { proven_at: t.now(), ..boss };
    let late = actions::undo(&t.app, &boss, application.id, "늦었습니다", Once::new()).await;
    assert_eq!(refused(late), "reviews-refusal-undo-late");
});

both!(totals_far_apart_ask_for_one_more_reader_and_nobody_sees_scores_before, async |t: Tester| {
    let rules = by(|review| review.spread_max = 20);
    let (call, vendor) = (t.call_by(ONE, rules).await, t.vendor(1).await);
    let application = t.application(&call, &vendor, 2, "in_review", 80_000_000).await;
    let panel = reviewers(&t, 3).await;
    let boss = manager(&t, "boss").await;
    scored(&t, &boss, &application, &panel, &[50, 80, 90]).await;
    let case = format!("/reviews/applications/{}", application.id);
    let mut browser = t.signed_in("boss@staff.test").await;
    browser.see(&case).await.says("40 points apart").says("Assign 1 reviewers").says("Scores can be read once");
    let fourth = t.person("fourth@staff.test").await;
    t.grant(fourth, Role::Reviewer, None).await;
    browser.fill_and_follow(&case, "/panel", &[("how", "load")]).await.says("Further reader");
    let fourth = t.actor("fourth@staff.test").await;
    let id = assignment_of(&t, application.id, &fourth).await;
    reviews::declare(&t.app, &fourth, id, None, Once::new()).await.unwrap();
    reviews::score_and_lock(&t.app, &fourth, id, even(80), Once::new()).await.unwrap();
    let mut tx = t.app.db.read().await.unwrap();
    let result = reviews::result_of(&mut tx, application.id).await.unwrap().unwrap();
    assert_eq!((result.score_milli, result.spread_milli), (75_000, 40_000));
    drop(tx);
    let seen = browser.see(&format!("/reviews/quality?call={}", call.call)).await;
    seen.says("expert0").says("-25");
    assert_eq!(count(&t, "SELECT CAST(SUM(open) AS BIGINT) FROM review_loads").await, 0, "nobody has anything open");
});

both!(a_panel_is_closed_with_its_quorum_and_not_before, async |t: Tester| {
    let mut rules = by(|_| {});
    rules.reviewers = 4;
    let (call, vendor) = (t.call_by(ONE, rules).await, t.vendor(1).await);
    let application = t.application(&call, &vendor, 2, "in_review", 80_000_000).await;
    let panel = reviewers(&t, 4).await;
    let boss = manager(&t, "boss").await;
    reviews::assign_by_load(&t.app, &boss, application.id, Once::new()).await.unwrap();
    for reviewer in &panel[..3] {
        let early = actions::close_panel(&t.app, &boss, application.id, Once::new()).await;
        assert_eq!(refused(early), "reviews-refusal-no-quorum");
        let id = assignment_of(&t, application.id, reviewer).await;
        reviews::declare(&t.app, reviewer, id, None, Once::new()).await.unwrap();
        reviews::score_and_lock(&t.app, reviewer, id, even(81), Once::new()).await.unwrap();
    }
    let mut browser = t.signed_in("boss@staff.test").await;
    let case = format!("/reviews/applications/{}", application.id);
    browser.fill_and_follow(&case, "/closing", &[]).await.says("Released").says("Rank 1");
    let left = assignment_of(&t, application.id, &panel[3]).await;
    assert_eq!(t.signed_in("expert3@staff.test").await.get(&format!("/reviews/{left}")).await.status, 404);
    assert_eq!(count(&t, "SELECT CAST(SUM(open) AS BIGINT) FROM review_loads").await, 0);
});

both!(a_criterion_below_its_minimum_is_shown_and_keeps_from_selection, async |t: Tester| {
    let mut rules = by(|_| {});
    rules.rubric[0].minimum = 75;
    rules.letters.rejected_ko = "{firm}에 감사드립니다.".to_owned();
    rules.letters.rejected_en = "We thank {firm} for its work on {title}.".to_owned();
    rules.pass_mark = 60;
    let (call, vendor) = (t.call_by(ONE, rules).await, t.vendor(1).await);
    let application = t.application(&call, &vendor, 2, "in_review", 80_000_000).await;
    let panel = reviewers(&t, 3).await;
    let boss = manager(&t, "boss").await;
    scored(&t, &boss, &application, &panel, &[70, 74, 74]).await;
    assert_eq!(refused(select(&t, &boss, application.id).await), "reviews-refusal-below-minimum");
    let mut browser = t.signed_in("boss@staff.test").await;
    let case = format!("/reviews/applications/{}", application.id);
    browser.see(&case).await.says("not selectable: Problem and need");
    browser.see(&format!("/reviews/ranking?call={}", call.call)).await.says("a criterion below its minimum");
    let form = [("outcome", "rejected"), ("reason", "below_minimum"), ("note", "문제가 분명하지 않습니다")];
    browser.fill_and_follow(&case, "/decision", &form).await.says("A criterion is below its minimum");
    let mut firm = firm_browser(&t, &application).await;
    let letter = firm.see(&format!("/decisions/{}", application.id)).await;
    letter.says("A criterion is below its minimum.").says("minimum 75").says("근거를 확인했습니다");
    letter.says("We thank 한빛정밀 2 for its work on");
    assert!(!letter.has("expert0"), "nobody learns who scored");
});

both!(a_blind_reviewer_never_reads_whose_application_it_is, async |t: Tester| {
    let rules = by(|review| {
        review.hide_firm = true;
        review.hide_reviewers = true;
    });
    let (call, vendor) = (t.call_by(ONE, rules).await, t.vendor(1).await);
    let application = t.application(&call, &vendor, 2, "in_review", 80_000_000).await;
    let mut tx = t.app.db.write().await.unwrap();
    let sql =
        "UPDATE applications SET title = '한빛정밀 2 불량 검출', plan = '한빛정밀 2는 비전 AI를 씁니다' WHERE id = $1";
    tx.run(sql, (application.id,)).await.unwrap();
    tx.commit().await.unwrap();
    let panel = reviewers(&t, 3).await;
    let boss = manager(&t, "boss").await;
    scored(&t, &boss, &application, &panel, &[70, 80, 90]).await;
    let mut browser = t.signed_in("expert0@staff.test").await;
    let path = format!("/reviews/{}", assignment_of(&t, application.id, &panel[0]).await);
    for page in ["/reviews/mine?state=locked", path.as_str()] {
        let seen = browser.see(page).await;
        assert!(!seen.html().contains("한빛정밀 2"), "{page}: {}", seen.text());
    }
    let seen = browser.see(&path).await;
    seen.says("Reviewer 2").says("○○○");
    assert!(!seen.has("expert1"));
    assert!(t.mails().await.iter().all(|mail| !mail.to.starts_with("expert") || !mail.text.contains("한빛정밀 2")));
});

both!(a_question_stops_the_clock_until_the_firm_answers_once_and_in_time, async |t: Tester| {
    let (call, vendor) = call_and_vendor(&t).await;
    let application = t.application(&call, &vendor, 2, "in_review", 80_000_000).await;
    let panel = reviewers(&t, 3).await;
    let boss = manager(&t, "boss").await;
    reviews::assign_by_load(&t.app, &boss, application.id, Once::new()).await.unwrap();
    let id = assignment_of(&t, application.id, &panel[0]).await;
    reviews::declare(&t.app, &panel[0], id, None, Once::new()).await.unwrap();
    let mut reviewer = t.signed_in("expert0@staff.test").await;
    let path = format!("/reviews/{id}");
    assert_eq!(reviewer.fill(&path, "/questions", &[("question", "")]).await.status, 422);
    t.advance(Duration::days(1));
    let asked = [("field", "plan"), ("question", "시험 기간은 얼마입니까?")];
    let mut reviewer = t.signed_in("expert0@staff.test").await;
    reviewer.fill_and_follow(&path, "/questions", &asked).await.says("시험 기간은 얼마입니까?");
    let letter = format!("/decisions/{}", application.id);
    let mut firm = firm_browser(&t, &application).await;
    let seen = firm.see(&letter).await;
    seen.says("stands still").says("시험 기간은 얼마입니까?");
    assert!(!seen.has("expert0"));
    t.advance(Duration::days(2));
    let mut firm = firm_browser(&t, &application).await;
    let question = firm.see(&letter).await.link("/clarifications/");
    let page = firm.see(&question).await.form("/clarifications/").with(&[("answer", "석 달입니다")]);
    assert_eq!(firm.submit(page.clone()).await.status, 303);
    assert_eq!(firm.submit(page).await.status, 303, "a double click shows the first result");
    firm.see(&letter).await.says("석 달입니다").says("without 2 days of waiting");
    let mut reviewer = t.signed_in("expert0@staff.test").await;
    reviewer.see(&path).await.says("석 달입니다");
    let mut stranger = t.member(t.organisation(9).await, Role::Firm).await;
    assert_eq!(stranger.get(&question).await.status, 404);
    assert_eq!(stranger.get(&letter).await.status, 404);
    reviewer.fill_and_follow(&path, "/questions", &asked).await;
    t.advance(Duration::days(20));
    let mut firm = firm_browser(&t, &application).await;
    let open = text(&t, "SELECT 'found' FROM clarifications WHERE answer IS NULL").await;
    assert_eq!(open, "found");
    firm.see(&letter).await.says("without");
});

both!(an_objection_is_heard_once_by_others_who_have_it_decided_anew, async |t: Tester| {
    let (call, vendor) = call_and_vendor(&t).await;
    let application = t.application(&call, &vendor, 2, "in_review", 80_000_000).await;
    let mut firm = firm_browser(&t, &application).await;
    let panel = reviewers(&t, 3).await;
    let (boss, other, third) = (manager(&t, "boss").await, manager(&t, "other").await, manager(&t, "third").await);
    scored(&t, &boss, &application, &panel, &[80, 80, 80]).await;
    let (rejected, reason) = (DecisionOutcome::Rejected, plan_not_feasible());
    reviews::decide(&t.app, &boss, application.id, rejected, reason, "실현하기 어렵습니다", Once::new()).await.unwrap();
    let letter = format!("/decisions/{}", application.id);
    let form = firm.see(&letter).await.link("/objection");
    assert_eq!(firm.fill(&form, "/objection", &[("grounds", "")]).await.status, 422);
    firm.fill_and_follow(&form, "/objection", &[("grounds", "계획을 잘못 읽었습니다")]).await.says("To be heard");
    let twice = firm.fill(&form, "/objection", &[("grounds", "한 번 더")]).await;
    assert_eq!(twice.status, 422);
    twice.says("object once only");
    let mut own = t.signed_in("boss@staff.test").await;
    let case = own.see("/objections").await.link("/objections/");
    let seen = own.see(&case).await;
    seen.says("You cannot hear it");
    assert!(seen.find_form("/hearing").is_none());
    let mut tx = t.app.db.write().await.unwrap();
    let sql = "INSERT INTO duties (id, case_id, act, person_id, at) VALUES ($1, $2, 'objection_heard', $3, $4)";
    assert!(tx.run(sql, (uuid::Uuid::now_v7(), application.id, boss.id, t.now())).await.is_err(), "the database too");
    drop(tx);
    let mut hears = t.signed_in("other@staff.test").await;
    let upheld = [("finding", "decided_anew"), ("why", "계획에 근거가 있습니다")];
    hears.fill_and_follow(&case, "/hearing", &upheld).await.says("Upheld");
    assert_eq!(state_of(&t, application.id).await, ApplicationState::InReview);
    t.advance(Duration::seconds(1));
    assert_eq!(refused(select(&t, &boss, application.id).await), "reviews-refusal-decided-before");
    assert_eq!(refused(select(&t, &other, application.id).await), "refusal-duties-apart");
    let mut tx = t.app.db.write().await.unwrap();
    let sql = "INSERT INTO decisions (id, application_id, call_version, outcome, score_milli, rank, amount_won, reason, note, decided_by, decided_at)
         SELECT $1, application_id, call_version, 'selected', score_milli, rank, 0, reason, '', decided_by, $2 FROM decisions";
    assert!(tx.run(sql, (uuid::Uuid::now_v7(), t.now())).await.is_err(), "the database too");
    drop(tx);
    select(&t, &third, application.id).await.unwrap();
    hears.see("/objections").await.says("100%");
    firm.see(&letter).await.says("Upheld: decide anew");
});

both!(an_objection_can_have_a_case_scored_anew_by_others, async |t: Tester| {
    let (call, vendor) = call_and_vendor(&t).await;
    let application = t.application(&call, &vendor, 2, "in_review", 80_000_000).await;
    firm_browser(&t, &application).await;
    let panel = reviewers(&t, 6).await;
    let (boss, other, third) = (manager(&t, "boss").await, manager(&t, "other").await, manager(&t, "third").await);
    scored(&t, &boss, &application, &panel[..3], &[50, 50, 50]).await;
    let (rejected, reason) = (DecisionOutcome::Rejected, DecisionReason::BelowPassMark);
    reviews::decide(&t.app, &boss, application.id, rejected, reason, "점수가 낮습니다", Once::new()).await.unwrap();
    let owner = t.person("owner@firm.test").await;
    t.grant(owner, Role::Firm, Some(application.firm.0)).await;
    let owner = t.actor("owner@firm.test").await;
    let filed =
        actions::file_objection(&t.app, &owner, application.id, "평가가 부당합니다", Once::new()).await.unwrap();
    let finding = actions::Finding::ScoreAnew;
    actions::hear_objection(&t.app, &other, filed, finding, "위원을 바꿉니다", Once::new()).await.unwrap();
    t.advance(Duration::seconds(1));
    assert_eq!(refused(select(&t, &third, application.id).await), "reviews-refusal-not-scored");
    scored(&t, &third, &application, &panel[3..], &[90, 90, 90]).await;
    select(&t, &third, application.id).await.unwrap();
    let mut tx = t.app.db.read().await.unwrap();
    let decision = reviews::latest_decision(&mut tx, application.id).await.unwrap().unwrap();
    assert_eq!((decision.score_milli, decision.round, decision.rank), (90_000, 2, 1));
    drop(tx);
    assert_eq!(count(&t, "SELECT CAST(SUM(results) AS BIGINT) FROM review_rank_counts").await, 1);
});

both!(an_objection_after_its_term_is_refused, async |t: Tester| {
    let (call, vendor) = call_and_vendor(&t).await;
    let application = t.application(&call, &vendor, 2, "rejected", 80_000_000).await;
    let owner = t.person("owner@firm.test").await;
    t.grant(owner, Role::Firm, Some(application.firm.0)).await;
    let owner = t.actor("owner@firm.test").await;
    t.advance(Duration::days(15));
    let late = actions::file_objection(&t.app, &owner, application.id, "늦었습니다", Once::new()).await;
    assert_eq!(refused(late.map(|_| ())), "reviews-refusal-objection-late");
    let selected = t.application(&call, &vendor, 3, "selected", 80_000_000).await;
    let owner = Actor { organisation: Some(selected.firm.0), ..owner };
    let nothing = actions::file_objection(&t.app, &owner, selected.id, "이의", Once::new()).await;
    assert_eq!(refused(nothing.map(|_| ())), "reviews-refusal-nothing-to-object");
});

both!(equal_scores_follow_a_draw_that_anybody_can_repeat, async |t: Tester| {
    let rules = by(|review| review.draw_ties = true);
    let (call, vendor) = (t.call_by(ONE, rules).await, t.vendor(1).await);
    timers(&t).await;
    let page = format!("/calls/{}/draw", call.call);
    let mut outsider = t.outsider();
    let commitment = text(&t, "SELECT commitment FROM call_draws").await;
    let seen = outsider.see(&page).await;
    seen.says(&commitment).says("published after the call has closed");
    let mut tx = t.app.db.write().await.unwrap();
    assert!(tx.run("UPDATE call_draws SET commitment = 'another'", ()).await.is_err());
    drop(tx);
    let panel = reviewers(&t, 3).await;
    let boss = manager(&t, "boss").await;
    let mut built = Vec::new();
    for number in 2..8 {
        let application = t.application(&call, &vendor, number, "in_review", 10_000_000).await;
        scored(&t, &boss, &application, &panel, &[80, 80, 80]).await;
        built.push(application);
    }
    t.advance(Duration::days(40));
    timers(&t).await;
    let seed = text(&t, "SELECT seed FROM call_draws").await;
    assert_eq!(draw::commitment(&seed), commitment);
    let mut tx = t.app.db.read().await.unwrap();
    let mut receipts: Vec<(String, ApplicationId)> =
        tx.all("SELECT receipt_no, id FROM applications", ()).await.unwrap();
    drop(tx);
    receipts.sort_by_key(|(receipt, _)| draw::lot(&seed, receipt));
    let seen = outsider.see(&page).await;
    seen.says(&seed);
    let places: Vec<usize> = receipts.iter().map(|(receipt, _)| seen.text().find(receipt.as_str()).unwrap()).collect();
    assert!(places.is_sorted(), "the published list is the one that anybody computes");
    let one = &receipts[0].0;
    outsider.see(&format!("{page}?receipt={one}")).await.says(&draw::show_lot(draw::lot(&seed, one)));
    let boss = Actor { proven_at: t.now(), ..boss };
    for (place, (_, id)) in receipts.iter().enumerate() {
        select(&t, &boss, *id).await.unwrap();
        let mut tx = t.app.db.read().await.unwrap();
        let decision = reviews::latest_decision(&mut tx, *id).await.unwrap().unwrap();
        assert_eq!(decision.rank, place as i64 + 1);
    }
    let mut tx = t.app.db.write().await.unwrap();
    assert!(tx.run("UPDATE call_draws SET seed = 'another'", ()).await.is_err());
});

both!(a_call_by_draw_chooses_among_all_eligible_without_scores, async |t: Tester| {
    let mut rules = by(|_| {});
    rules.selection = SelectionMode::Lottery;
    let (call, vendor) = (t.call_by(Won(30_000_000), rules).await, t.vendor(1).await);
    timers(&t).await;
    for number in 2..8 {
        t.application(&call, &vendor, number, "eligible", 10_000_000).await;
    }
    let boss = manager(&t, "boss").await;
    let early = actions::draw_lots(&t.app, &boss, call.call, Once::new()).await;
    assert_eq!(refused(early), "reviews-refusal-seed-hidden");
    t.advance(Duration::days(40));
    timers(&t).await;
    let mut browser = t.signed_in("boss@staff.test").await;
    let ranking = format!("/reviews/ranking?call={}", call.call);
    browser.fill_and_follow(&ranking, "/reviews/lots", &[]).await.says("The draw has begun");
    outbox::run_due(&t.app).await.unwrap();
    assert_eq!(count(&t, "SELECT COUNT(*) FROM review_results WHERE tie > 0").await, 6);
    let form = [("outcomes", "selected"), ("outcomes", "reserve")];
    let mut planned = browser.see(&ranking).await.form("/reviews/bulk");
    planned.fields.extend(form.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let seen = browser.submit(planned).await;
    let plan = seen.location().expect("a plan");
    browser.fill_and_follow(&plan, "/steps", &[("step", "start")]).await;
    outbox::run_due(&t.app).await.unwrap();
    browser.see(&plan).await.says("Done").says("Drawn within the budget");
    assert_eq!(count(&t, "SELECT COUNT(*) FROM applications WHERE state = 'selected'").await, 3);
    assert_eq!(count(&t, "SELECT COUNT(*) FROM applications WHERE state = 'reserve'").await, 3);
});

async fn planned(t: &Tester, boss: &Actor, call: &BuiltCall) -> reviews::BulkId {
    let all = DecisionOutcome::ALL;
    actions::plan_bulk(&t.app, boss, call.call, all, "기준에 못 미쳤습니다", Once::new()).await.unwrap()
}

both!(a_bulk_decision_that_is_killed_goes_on_and_decides_each_row_once, async |t: Tester| {
    let call = t.call(Won(100_000_000)).await;
    let vendor = t.vendor(1).await;
    let boss = manager(&t, "boss").await;
    for number in 0..25_i64 {
        let application = t.application(&call, &vendor, 100 + number as u16, "in_review", 10_000_000).await;
        with_result(&t, &call, &application, 60_000 + number * 1_000).await;
    }
    let id = planned(&t, &boss, &call).await;
    actions::start_bulk(&t.app, &boss, id, Once::new()).await.unwrap();
    let payload = serde_json::json!({ "bulk": id });
    // Killed somewhere in the middle, then two workers at once.
    for millis in [15, 40] {
        let work = reviews::continue_bulk(&t.app, &payload);
        let _ = tokio::time::timeout(std::time::Duration::from_millis(millis), work).await;
    }
    let both = [reviews::continue_bulk(&t.app, &payload), reviews::continue_bulk(&t.app, &payload)];
    for done in join_all(both).await {
        done.unwrap();
    }
    outbox::run_due(&t.app).await.unwrap();
    assert_eq!(text(&t, "SELECT state FROM bulk_decisions").await, "done");
    assert_eq!(count(&t, "SELECT COUNT(*) FROM bulk_rows WHERE result = 'decided'").await, 25);
    assert_eq!(count(&t, "SELECT COUNT(*) FROM decisions").await, 25, "each once");
    assert_eq!(count(&t, "SELECT COUNT(*) FROM decisions WHERE outcome = 'selected'").await, 10);
    assert_eq!(count(&t, "SELECT COUNT(*) FROM decisions WHERE outcome = 'rejected'").await, 10);
    let mut tx = t.app.db.read().await.unwrap();
    let budget = ledger::Account { kind: AccountKind::Budget, owner: call.call.0, scope: call.call.0 };
    assert_eq!(ledger::balance(&mut tx, budget).await.unwrap(), Won(0));
});

both!(a_row_that_no_longer_fits_says_why_and_the_others_go_on, async |t: Tester| {
    let call = t.call(Won(40_000_000)).await;
    let vendor = t.vendor(1).await;
    let (boss, other) = (manager(&t, "boss").await, manager(&t, "other").await);
    let mut built = Vec::new();
    for number in 0..4_i64 {
        let application = t.application(&call, &vendor, 100 + number as u16, "in_review", 10_000_000).await;
        with_result(&t, &call, &application, 90_000 - number * 1_000).await;
        built.push(application);
    }
    let id = planned(&t, &boss, &call).await;
    // Meanwhile somebody else takes money, and a firm's case moves on.
    let extra = t.application(&call, &vendor, 120, "in_review", 10_000_000).await;
    with_result(&t, &call, &extra, 99_000).await;
    select(&t, &other, extra.id).await.unwrap();
    select(&t, &other, built[0].id).await.unwrap();
    let foreign = actions::start_bulk(&t.app, &other, id, Once::new()).await;
    assert_eq!(refused(foreign), "reviews-refusal-not-your-plan");
    actions::start_bulk(&t.app, &boss, id, Once::new()).await.unwrap();
    outbox::run_due(&t.app).await.unwrap();
    let mut browser = t.signed_in("boss@staff.test").await;
    let seen = browser.see(&format!("/reviews/bulk/{id}")).await;
    seen.says("Done").says("Not decided").says("Decided");
    assert_eq!(count(&t, "SELECT COUNT(*) FROM bulk_rows WHERE result = 'refused'").await, 2);
    assert_eq!(count(&t, "SELECT COUNT(*) FROM applications WHERE state = 'selected'").await, 4);
});

both!(the_reserve_list_moves_up_by_itself_in_order_when_money_returns, async |t: Tester| {
    let mut rules = by(|review| review.promotes_by_itself = true);
    rules.conditions.clear();
    let call = t.call_by(Won(100_000_000), rules).await;
    let vendor = t.vendor(1).await;
    let boss = manager(&t, "boss").await;
    let mut built = Vec::new();
    for (number, amount) in [(2_u16, 80_000_000), (3, 80_000_000), (4, 10_000_000)] {
        let application = t.application(&call, &vendor, number, "in_review", amount).await;
        with_result(&t, &call, &application, 95_000 - i64::from(number) * 1_000).await;
        built.push(application);
    }
    select(&t, &boss, built[0].id).await.unwrap();
    let (reserve, short) = (DecisionOutcome::Reserve, DecisionReason::BudgetShort);
    for application in &built[1..] {
        reviews::decide(&t.app, &boss, application.id, reserve, short, "", Once::new()).await.unwrap();
    }
    timers(&t).await;
    assert_eq!(state_of(&t, built[2].id).await, ApplicationState::Reserve, "nobody is overtaken by who asks for less");
    let boss = Actor { proven_at: t.now(), ..boss };
    actions::undo(&t.app, &boss, built[0].id, "철회합니다", Once::new()).await.unwrap();
    timers(&t).await;
    assert_eq!(state_of(&t, built[1].id).await, ApplicationState::Selected);
    assert_eq!(state_of(&t, built[2].id).await, ApplicationState::Selected, "and then the next, who fits as well");
    assert_eq!(balance(&t, &call, &built[1], AccountKind::Budget).await, 10_000_000);
    let mut tx = t.app.db.read().await.unwrap();
    let decision = reviews::latest_decision(&mut tx, built[1].id).await.unwrap().unwrap();
    assert_eq!((decision.reason.as_str(), decision.decided_by), ("place_freed", None));
});

both!(the_last_money_goes_to_one_though_managers_a_plan_and_the_reserve_reach_for_it, async |t: Tester| {
    let call = t.call(Won(10_000_000)).await;
    let vendor = t.vendor(1).await;
    let boss = manager(&t, "boss").await;
    let mut managers = Vec::new();
    for number in 0..4 {
        managers.push(manager(&t, &format!("m{number}")).await);
    }
    let mut built = Vec::new();
    for number in 0..5_u16 {
        let application = t.application(&call, &vendor, 100 + number, "in_review", 10_000_000).await;
        with_result(&t, &call, &application, 90_000).await;
        built.push(application);
    }
    let id = planned(&t, &boss, &call).await;
    actions::start_bulk(&t.app, &boss, id, Once::new()).await.unwrap();
    let payload = serde_json::json!({ "bulk": id });
    let acts = managers.iter().zip(&built[1..]).map(|(one, application)| select(&t, one, application.id));
    let (done, bulk) = futures_util::join!(join_all(acts), reviews::continue_bulk(&t.app, &payload));
    bulk.unwrap();
    for result in done.into_iter().filter(|result| result.is_err()) {
        let key = refused(result);
        assert!(["ledger-refusal-budget-short", "refusal-state-moved-on"].contains(&key), "{key}");
    }
    assert_eq!(count(&t, "SELECT COUNT(*) FROM applications WHERE state = 'selected'").await, 1);
});

both!(declared_and_recorded_ties_keep_a_reviewer_away, async |t: Tester| {
    let (call, vendor) = call_and_vendor(&t).await;
    let application = t.application(&call, &vendor, 2, "eligible", 80_000_000).await;
    let panel = reviewers(&t, 4).await;
    let boss = manager(&t, "boss").await;
    let number = {
        let mut tx = t.app.db.read().await.unwrap();
        let sql = "SELECT business_number FROM organisations WHERE id = $1";
        tx.value::<String>(sql, (vendor.organisation,)).await.unwrap().unwrap()
    };
    let mut browser = t.signed_in("expert0@staff.test").await;
    let profile = "/reviews/profile";
    assert_eq!(browser.fill(profile, "/interests", &[("business_number", "12")]).await.status, 422);
    let form = [("business_number", number.as_str()), ("relation", "employed")];
    browser.fill_and_follow(profile, "/interests", &form).await.says(&number);
    let mut browser = t.signed_in("expert1@staff.test").await;
    let form = [("phone", "02 700 0002"), ("load_max", "3"), ("skills", "QC_VISION")];
    browser.fill_and_follow(profile, "/reviews/profile", &form).await.says("A phone number is on file");
    let stored = text(&t, "SELECT phone_key FROM reviewer_profiles WHERE phone_key IS NOT NULL").await;
    assert!(!stored.contains("7000002"), "nobody reads it back");
    let result = reviews::assign_by_load(&t.app, &boss, application.id, Once::new()).await;
    assert_eq!(refused(result), "reviews-refusal-too-few");
    let mut manager = t.signed_in("boss@staff.test").await;
    let case = format!("/reviews/applications/{}", application.id);
    let seen = manager.see(&case).await;
    seen.says("declared an interest").says("same phone number");
    let fifth = t.person("fifth@staff.test").await;
    t.grant(fifth, Role::Reviewer, None).await;
    reviews::assign_by_load(&t.app, &boss, application.id, Once::new()).await.unwrap();
    // What comes to show later ends access at once.
    let id = assignment_of(&t, application.id, &panel[2]).await;
    reviews::declare(&t.app, &panel[2], id, None, Once::new()).await.unwrap();
    let mut browser = t.signed_in("expert2@staff.test").await;
    let path = format!("/reviews/{id}");
    browser.see(&path).await;
    let form = [("business_number", number.as_str()), ("relation", "holding")];
    browser.fill_and_follow(profile, "/interests", &form).await;
    assert_eq!(browser.get(&path).await.status, 404);
    assert_eq!(text(&t, "SELECT conflict_kind FROM review_assignments WHERE state = 'recused'").await, "interest");
    manager.see(&case).await.says("Conflict of interest seen in the records").says("Assign 1 reviewers");
});

both!(whoever_knows_the_use_comes_first_and_panels_are_asked_for_all_at_once, async |t: Tester| {
    let (call, vendor) = call_and_vendor(&t).await;
    for number in 2..5 {
        t.application(&call, &vendor, number, "eligible", 10_000_000).await;
    }
    reviewers(&t, 5).await;
    manager(&t, "boss").await;
    let mut expert = t.signed_in("expert4@staff.test").await;
    let form = [("skills", "QC_VISION"), ("load_max", "2")];
    expert.fill_and_follow("/reviews/profile", "/reviews/profile", &form).await;
    let mut boss = t.signed_in("boss@staff.test").await;
    let queue = format!("/reviews?call={}", call.call);
    boss.fill_and_follow(&queue, "/reviews/panels", &[]).await.says("Assigning has begun");
    outbox::run_due(&t.app).await.unwrap();
    assert_eq!(count(&t, "SELECT COUNT(*) FROM review_assignments").await, 9);
    let sql =
        "SELECT open FROM review_loads l JOIN people p ON p.id = l.reviewer_id WHERE p.email = 'expert4@staff.test'";
    assert_eq!(count(&t, sql).await, 2, "first, but never more than they take");
    assert_eq!(count(&t, "SELECT CAST(SUM(open) AS BIGINT) FROM review_loads").await, 9);
});

both!(a_sampled_review_is_read_again_blind_and_keeps_its_score, async |t: Tester| {
    let rules = by(|review| review.sample_percent = 100);
    let (call, vendor) = (t.call_by(ONE, rules).await, t.vendor(1).await);
    let application = t.application(&call, &vendor, 2, "in_review", 80_000_000).await;
    let panel = reviewers(&t, 3).await;
    let boss = manager(&t, "boss").await;
    scored(&t, &boss, &application, &panel, &[80, 80, 80]).await;
    select(&t, &boss, application.id).await.unwrap();
    let mut browser = t.signed_in("boss@staff.test").await;
    let none_free = browser.fill("/reviews/quality", "/reviews/quality/", &[]).await;
    assert_eq!(none_free.status, 422);
    let reader = t.person("reader@staff.test").await;
    t.grant(reader, Role::Reviewer, None).await;
    browser.fill_and_follow("/reviews/quality", "/reviews/quality/", &[]).await.says("reader");
    let reader = t.actor("reader@staff.test").await;
    let id = assignment_of(&t, application.id, &reader).await;
    reviews::declare(&t.app, &reader, id, None, Once::new()).await.unwrap();
    let mut own = t.signed_in("reader@staff.test").await;
    let seen = own.see(&format!("/reviews/{id}")).await;
    seen.says("second read for quality");
    assert_eq!(seen.html().matches("id=\"sheet-").count(), 0, "blind");
    reviews::score_and_lock(&t.app, &reader, id, even(55), Once::new()).await.unwrap();
    let mut tx = t.app.db.read().await.unwrap();
    assert_eq!(reviews::result_of(&mut tx, application.id).await.unwrap().unwrap().score_milli, 80_000);
    drop(tx);
    browser.see("/reviews/quality").await.says("differs").says("55");
});
