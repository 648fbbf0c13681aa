//! Stories of calls as data: two people change a published call, caps hold over calls and firms, a catalogue voucher
//! is selected at once, a test is invisible, a call travels as one signed text, and it is simulated before it opens.

use crate::support::{Browser, Tester, builders::BuiltCall};
use chrono::{Duration, NaiveDate};
use futures_util::future::join_all;
use sqlx::types::Json;
use uuid::Uuid;
use voucherdesk::{
    applications::{
        self, ApplicationId,
        actions::{self, Edit, NewCost, NewIndicator, NewPackage, NewUseCase, NewWorkload},
        rules::{DataClass, DecisionImpact, Direction, LanguageClass, LatencyClass},
    },
    core::{actor::Actor, money::Won, roles::Role},
    db::once::Once,
    ledger::{self, Cap, CapRule, CapSubject, CapWindow},
    organisations::OrganisationId,
    programmes::{self, CallRules, CostCategory, ScreeningRules, Track},
    vendors::{Hosting, ModelOrigin},
};

/// Gives a built call other rules as its next version.
pub async fn rule(t: &Tester, call: &BuiltCall, rules: &CallRules) {
    let mut tx = t.app.db.write().await.unwrap();
    tx.run("UPDATE calls SET version = version + 1 WHERE id = $1", (call.call,)).await.unwrap();
    tx.run(
        "INSERT INTO call_versions (call_id, version, rules, made_at) SELECT id, version, $2, $3 FROM calls WHERE id = $1",
        (call.call, Json(rules.clone()), t.now()),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

fn cap(subject: CapSubject, window: CapWindow, won: Option<i64>, count: Option<i64>) -> CapRule {
    CapRule { subject, window, most_won: won.map(Won), most_count: count }
}

/// Commits as a decision does, in a unit of work of its own.
async fn award(
    t: &Tester,
    call: &BuiltCall,
    firm: OrganisationId,
    rules: &CallRules,
    amount: i64,
) -> Result<Uuid, String> {
    let application = Uuid::now_v7();
    let mut tx = t.app.db.write().await.map_err(|error| error.to_string())?;
    let caps = programmes::caps_of(&mut tx, call.call, firm, None, rules, programmes::Place::default())
        .await
        .map_err(|error| error.to_string())?;
    let case = ledger::Case { application, call: call.call.0, programme: call.programme.0, organisation: firm.0 };
    let done = ledger::commit(&mut tx, &Actor::system(), &case, &caps, Won(amount), application, t.now()).await;
    done.map_err(|trouble| trouble.to_string())?;
    tx.commit().await.map_err(|error| error.to_string())?;
    Ok(application)
}

async fn used(t: &Tester, call: &BuiltCall, firm: OrganisationId, rules: &CallRules) -> Vec<(i64, i64)> {
    let mut tx = t.app.db.read().await.unwrap();
    let mut found = Vec::new();
    for cap in programmes::caps_of(&mut tx, call.call, firm, None, rules, programmes::Place::default()).await.unwrap() {
        let used = ledger::cap_used(&mut tx, &cap, t.now()).await.unwrap();
        found.push((used.won.0, used.count));
    }
    found
}

both!(one_firm_keeps_its_lifetime_cap_over_two_calls_whoever_clicks_at_once, async |t: Tester| {
    let (one, other) = (t.call(Won(10_000_000_000)).await, t.call(Won(10_000_000_000)).await);
    let firm = t.organisation(1).await;
    let mut rules = CallRules::ai_voucher();
    rules.caps = vec![cap(CapSubject::Firm, CapWindow::Lifetime, Some(100_000_000), Some(7))];
    let acts = (0..24).map(|n| award(&t, if n % 2 == 0 { &one } else { &other }, firm, &rules, 9_000_000));
    let done = join_all(acts).await;
    // Seven awards, although the won would allow eleven.
    assert_eq!(done.iter().filter(|result| result.is_ok()).count(), 7, "{done:?}");
    assert!(
        done.iter().filter_map(|one| one.as_ref().err()).all(|error| error == "refused: ledger-refusal-rule-short")
    );
    assert_eq!(used(&t, &one, firm, &rules).await[1], (63_000_000, 7));
    // What ends gives its won and its award back.
    let mut tx = t.app.db.write().await.unwrap();
    let ended = done.into_iter().enumerate().find_map(|(n, result)| Some((n, result.ok()?))).unwrap();
    let call = if ended.0 % 2 == 0 { &one } else { &other };
    let case =
        ledger::Case { application: ended.1, call: call.call.0, programme: call.programme.0, organisation: firm.0 };
    ledger::release(&mut tx, &Actor::system(), &case, ended.1, t.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(used(&t, &one, firm, &rules).await[1], (54_000_000, 6));
    award(&t, &one, firm, &rules, 9_000_000).await.unwrap();
    assert!(award(&t, &one, firm, &rules, 9_000_000).await.is_err());
});

both!(two_firms_of_one_representative_share_a_cap_and_two_of_two_do_not, async |t: Tester| {
    let call = t.call(Won(10_000_000_000)).await;
    let mut firms = Vec::new();
    for number in 1..=3 {
        firms.push(t.organisation(number).await);
    }
    let mut tx = t.app.db.write().await.unwrap();
    for firm in &firms[..2] {
        let person = Uuid::from_u128(77);
        tx.run("UPDATE organisations SET representative_id = $2 WHERE id = $1", (*firm, person)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut rules = CallRules::ai_voucher();
    rules.caps = vec![cap(CapSubject::Representative, CapWindow::Year, Some(100_000_000), None)];
    let acts = (0..30).map(|n| award(&t, &call, firms[n % 2], &rules, 15_000_000));
    let done = join_all(acts).await;
    assert_eq!(done.iter().filter(|result| result.is_ok()).count(), 6, "{done:?}");
    award(&t, &call, firms[2], &rules, 100_000_000).await.unwrap();
});

both!(a_rolling_cap_forgets_what_is_older_than_three_years, async |t: Tester| {
    let call = t.call(Won(10_000_000_000)).await;
    let firm = t.organisation(1).await;
    let mut rules = CallRules::ai_voucher();
    rules.caps = vec![cap(CapSubject::Firm, CapWindow::Rolling, Some(50_000_000), Some(3))];
    award(&t, &call, firm, &rules, 30_000_000).await.unwrap();
    t.advance(Duration::days(700));
    let done = join_all((0..10).map(|_| award(&t, &call, firm, &rules, 10_000_000))).await;
    assert_eq!(done.iter().filter(|result| result.is_ok()).count(), 2, "{done:?}");
    // The first award leaves the window, the two later ones stay in it.
    t.advance(Duration::days(397));
    assert_eq!(used(&t, &call, firm, &rules).await[1], (20_000_000, 2));
    award(&t, &call, firm, &rules, 30_000_000).await.unwrap();
    assert!(award(&t, &call, firm, &rules, 1_000_000).await.is_err());
});

both!(a_cap_that_is_lowered_holds_from_the_next_award_on, async |t: Tester| {
    let call = t.call(Won(10_000_000_000)).await;
    let firm = t.organisation(1).await;
    let mut rules = CallRules::ai_voucher();
    rules.caps = vec![cap(CapSubject::Representative, CapWindow::Call, Some(80_000_000), None)];
    award(&t, &call, firm, &rules, 60_000_000).await.unwrap();
    rules.caps[0].most_won = Some(Won(50_000_000));
    assert!(award(&t, &call, firm, &rules, 1_000_000).await.is_err());
    rules.caps[0].most_won = Some(Won(70_000_000));
    award(&t, &call, firm, &rules, 10_000_000).await.unwrap();
    assert!(award(&t, &call, firm, &rules, 1).await.is_err());
    let mut manager = t.staff(Role::Manager).await;
    manager.see(&format!("/ledger/calls/{}", call.call)).await.says("KRW 70,000,000");
});

both!(a_published_call_is_changed_by_two_people, async |t: Tester| {
    let call = t.call(Won(2_000_000_000)).await;
    let path = format!("/calls/{}", call.call);
    let mut admin = t.staff(Role::Admin).await;
    let general = format!("{path}/settings/general");
    let change = admin.fill_and_follow(&general, "/settings/general", &[("pass_mark", "60")]).await;
    assert!(change.find_form("/changes/").is_some());
    assert!(!change.has("Adopt as a new version"), "one person alone changes no published call");
    let seen = admin.fill(&change.path, "/changes/", &[("note", "")]).await;
    assert!(seen.error_at("note").unwrap().contains("required"));
    let seen = admin.fill_and_follow(&change.path, "/changes/", &[("note", "Too few passed")]).await;
    seen.says("Approval asked for");
    // While it waits nothing else is edited.
    admin.fill(&general, "/settings/general", &[("pass_mark", "50")]).await.says("waits for approval");
    // The one who prepared it may not approve it, whatever their role.
    let person = t.actor("admin0@staff.test").await.id;
    t.grant(programmes_person(person), Role::Manager, None).await;
    let seen = admin.see(&change.path).await;
    seen.says("Whoever had a hand in this change");
    let (token, once) = (seen.value_of("token").unwrap(), Once::new().0.to_string());
    let form = [("token", &*token), ("once", &once), ("version", "2"), ("step", "approve")];
    let refused = admin.post_raw(&change.path, &form).await;
    assert_eq!(refused.status, 422);
    refused.says("Ask another manager");
    // Another one proves first who they are.
    let mut manager = t.staff(Role::Manager).await;
    t.advance(Duration::minutes(11));
    let seen = manager.see(&change.path).await;
    seen.says("Pass mark 70 60").says("Too few passed");
    let approve = approval(&seen);
    assert_eq!(manager.submit(approve.clone()).await.location(), Some(format!("/prove?next={}", change.path)));
    let mut manager = t.staff(Role::Manager).await;
    let seen = manager.see(&change.path).await;
    let approve = approval(&seen);
    let seen = manager.submit(approve).await;
    manager.follow(seen).await.says("Approved and adopted");
    let mut tx = t.app.db.read().await.unwrap();
    assert_eq!(programmes::rules_at(&mut tx, call.call, 2).await.unwrap().pass_mark, 60);
    drop(tx);
    manager.see(&path).await.says("Rules changed").says("70 → 60");
});

fn approval(seen: &crate::support::Seen) -> crate::support::browser::FormOnPage {
    seen.forms().into_iter().find(|form| form.fields.iter().any(|(_, value)| value == "approve")).unwrap()
}

fn programmes_person(id: Uuid) -> voucherdesk::people::PersonId {
    voucherdesk::people::PersonId(id)
}

both!(an_incident_gives_everybody_more_time_and_nothing_is_back_dated, async |t: Tester| {
    let call = t.call(Won(2_000_000_000)).await;
    let path = format!("/calls/{}", call.call);
    let mut admin = t.staff(Role::Admin).await;
    let extension = format!("{path}/extension");
    let typed =
        |day: &'static str| [("closes_on", day), ("closes_time", "15:00"), ("reason", "Two hours without power")];
    for day in ["2027-03-31", "2027-02-01"] {
        let seen = admin.fill(&extension, "/extension", &typed(day)).await;
        assert!(seen.error_at("closes_on").unwrap().contains("later"), "{day}");
    }
    let change = admin.fill_and_follow(&extension, "/extension", &typed("2027-04-05")).await;
    change.says("Two hours without power");
    assert!(!change.has("Approve and adopt"));
    let mut manager = t.staff(Role::Manager).await;
    let seen = manager.see(&change.path).await;
    let approve = approval(&seen);
    manager.submit(approve).await;
    t.outsider()
        .see(&path)
        .await
        .says("5 Apr 2027, 15:00")
        .says("Two hours without power")
        .says("It was 1 Apr 2027, 10:00");
    // An approval that comes too late moves nothing.
    let late = admin.fill_and_follow(&extension, "/extension", &typed("2027-04-06")).await;
    t.app.clock.set(chrono::TimeZone::with_ymd_and_hms(&chrono::Utc, 2027, 4, 6, 6, 0, 0).unwrap());
    let mut manager = t.staff(Role::Manager).await;
    let seen = manager.see(&late.path).await;
    let approve = approval(&seen);
    manager.submit(approve).await.says("must be later");
    // Not even by hand.
    let mut tx = t.app.db.write().await.unwrap();
    assert!(tx.run("UPDATE call_changes SET closes_at = closed_before WHERE kind = 'extension'", ()).await.is_err());
});

both!(a_track_has_its_own_quota_and_a_call_of_one_track_never_asks, async |t: Tester| {
    let call = t.call(Won(2_000_000_000)).await;
    let firm = t.organisation(1).await;
    let mut rules = CallRules::ai_voucher();
    let track = |code: &str, quota| Track {
        code: code.to_owned(),
        name_ko: code.to_owned(),
        name_en: code.to_owned(),
        quota_won: quota,
        funding: None,
        documents: None,
    };
    rules.tracks = vec![track("manufacturing", Some(Won(30_000_000))), track("services", None)];
    rule(&t, &call, &rules).await;
    let mut member = t.member(firm, Role::Firm).await;
    let new = format!("/applications/new?call={}", call.call);
    let seen = member.see(&new).await;
    seen.says("KRW 30,000,000 of its quota left").says("Cap of the Firm, this programme year: KRW 200,000,000 left");
    let seen = member.fill(&new, "/applications/new", &[]).await;
    assert_eq!(seen.status, 422);
    assert!(seen.error_at("track").is_some());
    let seen = member.fill_and_follow(&new, "/applications/new", &[("track", "manufacturing")]).await;
    let id: ApplicationId = seen.path.trim_start_matches("/applications/").parse().unwrap();
    let mut tx = t.app.db.write().await.unwrap();
    assert_eq!(applications::get(&mut tx, id).await.unwrap().track.as_deref(), Some("manufacturing"));
    let quota = Cap::of_track(call.call.0, "manufacturing", Won(30_000_000));
    let case = ledger::Case { application: id.0, call: call.call.0, programme: call.programme.0, organisation: firm.0 };
    let over = ledger::commit(&mut tx, &Actor::system(), &case, &[quota], Won(30_000_001), id.0, t.now()).await;
    assert_eq!(over.unwrap_err().to_string(), "refused: ledger-refusal-quota-short");
    drop(tx);
    // Whoever checks beforehand says which, and a firm takes it along.
    let check = format!("/calls/{}/check", call.call);
    let mut outsider = t.outsider();
    let unsaid = outsider.fill(&check, "/check", &[]).await;
    assert!(unsaid.status == 422 && unsaid.error_at("track").is_some());
    let answered = outsider.fill(&check, "/check", &[("track", "services")]).await;
    let link = answered.location().unwrap();
    outsider.follow(answered).await.says("Track services");
    let third = t.organisation(3).await;
    let mut carrier = t.member(third, Role::Firm).await;
    let seen = carrier.fill_and_follow(&link, "/check/", &[]).await;
    let carried: ApplicationId = seen.path.trim_start_matches("/applications/").parse().unwrap();
    let mut tx = t.app.db.read().await.unwrap();
    assert_eq!(applications::get(&mut tx, carried).await.unwrap().track.as_deref(), Some("services"));
    drop(tx);
    // With one track nothing is asked.
    rules.tracks.pop();
    rule(&t, &call, &rules).await;
    let other = t.organisation(2).await;
    let mut member = t.member(other, Role::Firm).await;
    let seen = member.see(&new).await;
    assert!(!seen.has("services"));
    member.fill_and_follow(&new, "/applications/new", &[]).await;
});

/// A firm's application for one catalogue package, filled in and submitted as its people would.
async fn catalogue_application(
    t: &Tester,
    call: &BuiltCall,
    firm: OrganisationId,
    package: voucherdesk::vendors::PackageId,
) -> ApplicationId {
    let email = format!("{}@catalogue.test", Uuid::now_v7().simple());
    let person = t.person(&email).await;
    t.grant(person, Role::Firm, Some(firm.0)).await;
    let actor = t.actor(&email).await;
    let id = actions::start(&t.app, &actor, call.call, None, Once::new()).await.unwrap();
    let edit = |version| Edit { id, version, once: Once::new(), auto: false };
    let use_case = NewUseCase {
        title: "불량 검출 자동화".to_owned(),
        use_case: Some("QC_VISION".to_owned()),
        process_name: "외관 검사".to_owned(),
        problem: "검사 시간이 깁니다".to_owned(),
        plan: "비전 AI를 도입합니다".to_owned(),
    };
    let version = actions::save_use_case(&t.app, &actor, edit(1), use_case).await.unwrap();
    let workload = NewWorkload {
        data_class: Some(DataClass::D1),
        latency_class: Some(LatencyClass::L1),
        language_class: Some(LanguageClass::Ko),
        decision_impact: Some(DecisionImpact::HumanInLoop),
        model_origin: Some(ModelOrigin::Sovereign),
        hosting: Some(Hosting::KrPublicCloud),
        human_oversight: "검사원이 확인합니다".to_owned(),
    };
    let version = actions::save_workload(&t.app, &actor, edit(version), workload).await.unwrap();
    let chosen = NewPackage { package: Some(package), quantity: Some(1) };
    let version = actions::choose_package(&t.app, &actor, edit(version), chosen).await.unwrap();
    let indicator = NewIndicator {
        name: "불량 유출률".to_owned(),
        unit: "ppm".to_owned(),
        direction: Direction::Down,
        baseline_milli: Some(850_000),
        target_milli: Some(200_000),
        baseline_period: "2026년 하반기".to_owned(),
        baseline_source: "라인 기록".to_owned(),
    };
    let version = actions::save_indicators(&t.app, &actor, edit(version), vec![indicator]).await.unwrap();
    let cost = NewCost {
        category: CostCategory::SolutionLicence,
        description: "표준".to_owned(),
        unit: "식".to_owned(),
        taxed: true,
        in_kind: Won::ZERO,
        quantity: Some(1),
        unit_price: Some(Won(6_000_000)),
        support: Some(Won(4_800_000)),
    };
    let version = actions::save_costs(&t.app, &actor, edit(version), vec![cost]).await.unwrap();
    actions::submit(&t.app, &actor, edit(version), t.now()).await.unwrap();
    id
}

async fn state(t: &Tester, id: ApplicationId) -> String {
    let mut tx = t.app.db.read().await.unwrap();
    applications::get(&mut tx, id).await.unwrap().state.to_string()
}

both!(a_catalogue_voucher_is_selected_in_seconds_or_left_to_a_person_with_the_reasons, async |t: Tester| {
    // A budget for two.
    let call = t.call(Won(10_000_000)).await;
    rule(&t, &call, &CallRules::catalogue_voucher()).await;
    let vendor = t.vendor(9).await;
    let mut tx = t.app.db.write().await.unwrap();
    tx.run("UPDATE packages SET unit_price_won = 6000000 WHERE id = $1", (vendor.package,)).await.unwrap();
    tx.commit().await.unwrap();
    let firm = t.organisation(1).await;
    let id = catalogue_application(&t, &call, firm, vendor.package).await;
    assert_eq!(state(&t, id).await, "submitted");
    voucherdesk::outbox::run_due(&t.app).await.unwrap();
    assert_eq!(state(&t, id).await, "selected");
    let mut tx = t.app.db.read().await.unwrap();
    let application = applications::get(&mut tx, id).await.unwrap();
    let case = applications::case_of(&mut tx, &application).await.unwrap();
    let committed = ledger::balance(&mut tx, case.account(ledger::AccountKind::Committed)).await.unwrap();
    assert_eq!((committed, application.call_version), (Won(4_800_000), 2));
    let decision = voucherdesk::reviews::latest_decision(&mut tx, id).await.unwrap().unwrap();
    assert_eq!((decision.decided_by, decision.call_version, decision.amount_won), (None, 2, Won(4_800_000)));
    drop(tx);
    // The job done again changes nothing.
    voucherdesk::reviews::decide_catalogue(&t.app, id).await.unwrap();
    let mut member = t.member(firm, Role::Firm).await;
    member.see(&format!("/applications/{id}")).await.says("Selected");

    // The business register knows nothing of this firm: an officer looks, then it is selected.
    let unknown = t.organisation(2).await;
    let mut tx = t.app.db.write().await.unwrap();
    tx.run("UPDATE organisations SET register_status = 'unknown' WHERE id = $1", (unknown,)).await.unwrap();
    tx.commit().await.unwrap();
    let id = catalogue_application(&t, &call, unknown, vendor.package).await;
    voucherdesk::outbox::run_due(&t.app).await.unwrap();
    assert_eq!(state(&t, id).await, "submitted");
    let mut screener = t.staff(Role::Screener).await;
    screener.see(&format!("/applications/{id}")).await.says("Left to an officer").says("사업자 상태");
    let screening = format!("/applications/{id}/screening");
    screener
        .fill_and_follow(
            &screening,
            "/screening",
            &[("decision", "eligible"), ("grounds", "세무서에 전화로 확인했습니다.")],
        )
        .await;
    voucherdesk::outbox::run_due(&t.app).await.unwrap();
    assert_eq!(state(&t, id).await, "selected");

    // A spot check: it passes everything, and waits for an officer all the same.
    let mut rules = CallRules::catalogue_voucher();
    rules.screening = ScreeningRules { spot_check_mille: 1_000, spot_check_seed: "2027".to_owned() };
    let spot = t.call(Won(10_000_000)).await;
    rule(&t, &spot, &rules).await;
    let id = catalogue_application(&t, &spot, t.organisation(4).await, vendor.package).await;
    voucherdesk::outbox::run_due(&t.app).await.unwrap();
    assert_eq!(state(&t, id).await, "submitted");
    screener.see(&format!("/applications/{id}")).await.says("Left to an officer").says("무작위 점검");
    let screening = format!("/applications/{id}/screening");
    let looked = [("decision", "eligible"), ("grounds", "상품과 견적을 확인했습니다.")];
    screener.fill_and_follow(&screening, "/screening", &looked).await;
    voucherdesk::outbox::run_due(&t.app).await.unwrap();
    assert_eq!(state(&t, id).await, "selected");

    // Nothing is left for the third.
    let third = t.organisation(3).await;
    let id = catalogue_application(&t, &call, third, vendor.package).await;
    voucherdesk::outbox::run_due(&t.app).await.unwrap();
    assert_eq!(state(&t, id).await, "submitted");
    let mut auditor = t.staff(Role::Auditor).await;
    auditor.see(&format!("/applications/{id}")).await.says("ledger-refusal-budget-short");
});

both!(a_test_is_judged_and_nothing_else_sees_it, async |t: Tester| {
    let mut admin = t.staff(Role::Admin).await;
    let path = draft(&mut admin, "catalogue_voucher").await;
    let preview = format!("{path}/preview");
    let form = [("test_firm", "Trial Ltd"), ("test_class", "small"), ("test_total", "6000000"), ("support", "5000000")];
    let seen = admin.fill_and_follow(&preview, "/preview", &form).await;
    seen.says("The test was judged").says("Trial Ltd").says("Support asked for: KRW 5,000,000").says("Not met");
    // From the call as it will be published to the test as its firm would see it.
    admin.see(&path).await.says("First call of 2027").says("Documents");
    let walk = admin.see(&preview).await.link(&format!("{path}/preview/"));
    let walked = admin.see(&walk).await;
    walked.says("Trial Ltd").says("What to fill in").says("Costs").says("KRW 6,000,000").says("Not met");
    assert!(walked.forms().iter().all(|form| !form.action.starts_with("/applications")), "there is nothing to send");
    assert_eq!(t.staff(Role::Screener).await.get(&walk).await.status, 404);
    let mut tx = t.app.db.read().await.unwrap();
    let id: ApplicationId = tx.value("SELECT id FROM applications WHERE is_test", ()).await.unwrap().unwrap();
    drop(tx);
    // No list and no figure shows it; the database moves no money for it and never receives it.
    for role in [Role::Screener, Role::Manager, Role::Auditor] {
        assert_eq!(t.staff(role).await.get(&format!("/applications/{id}")).await.status, 404, "{role}");
    }
    assert!(!t.staff(Role::Screener).await.see("/organisations").await.has("Trial Ltd"));
    let call: programmes::CallId = path.trim_start_matches("/calls/").parse().unwrap();
    let mut tx = t.app.db.write().await.unwrap();
    let programme = programmes::get_call(&mut tx, call).await.unwrap().programme_id;
    let firm = applications::get(&mut tx, id).await.unwrap().organisation_id;
    ledger::appropriate(&mut tx, &Actor::system(), call.0, Won(10_000_000), t.now()).await.unwrap();
    tx.commit().await.unwrap();
    let case = ledger::Case { application: id.0, call: call.0, programme: programme.0, organisation: firm.0 };
    let mut tx = t.app.db.write().await.unwrap();
    let refused = ledger::commit(&mut tx, &Actor::system(), &case, &[], Won(1), id.0, t.now()).await;
    assert!(refused.unwrap_err().to_string().contains("a test moves no money"));
    drop(tx);
    for change in [
        "UPDATE applications SET submitted_at = created_at WHERE is_test",
        "UPDATE applications SET state = 'submitted' WHERE is_test",
        "UPDATE applications SET receipt_no = 'AV2027-000001' WHERE is_test",
        "UPDATE applications SET is_test = FALSE WHERE is_test",
    ] {
        let mut tx = t.app.db.write().await.unwrap();
        assert!(tx.run(change, ()).await.is_err(), "{change}");
    }
    // Figures, exports, counters and the ledger know of nothing.
    t.staff(Role::Manager).await.see("/insights").await.says("Firms that applied D01 0");
    let mut analyst = t.staff(Role::Analyst).await;
    let form = analyst.see("/insights/export").await.form("/insights/applications.csv");
    let exported = analyst.submit(form.with(&[("purpose", "시험")])).await;
    assert_eq!(exported.html().lines().count(), 1, "a head and no rows");
    for nothing in [
        "SELECT COUNT(*) FROM ledger_accounts WHERE owner_id IN (SELECT organisation_id FROM applications WHERE is_test)
            OR owner_id IN (SELECT id FROM applications WHERE is_test)",
        "SELECT COUNT(*) FROM ledger_postings WHERE case_id IN (SELECT id FROM applications WHERE is_test)",
        "SELECT COUNT(*) FROM application_submissions",
        "SELECT COUNT(*) FROM eligibility_runs",
        "SELECT receipt_count FROM calls",
    ] {
        let mut tx = t.app.db.read().await.unwrap();
        assert_eq!(tx.value::<i64>(nothing, ()).await.unwrap(), Some(0), "{nothing}");
    }
    let clear = admin.see(&preview).await.form("/preview/clear");
    let seen = admin.submit(clear).await;
    assert!(!admin.follow(seen).await.has("Trial Ltd"));
});

/// The path of a draft made from a preset.
async fn draft(admin: &mut Browser, preset: &str) -> String {
    let form = [("code", "AV2027"), ("name_ko", "AI 바우처"), ("name_en", "AI voucher")];
    let programme = admin.fill_and_follow("/programmes/new", "/programmes/new", &form).await.path;
    let form = [
        ("preset", preset),
        ("code", "AV2027-1"),
        ("name_ko", "2027년 1차 공고"),
        ("name_en", "First call of 2027"),
        ("opens_on", "2027-03-02"),
        ("closes_on", "2027-03-31"),
        ("budget", "2,000,000,000"),
    ];
    admin.fill_and_follow(&format!("{programme}/calls/new"), "/calls/new", &form).await.path
}

both!(last_years_call_is_copied_with_its_dates_rolled, async |t: Tester| {
    let mut admin = t.staff(Role::Admin).await;
    let path = draft(&mut admin, "reviewed_project").await;
    let copy = format!("{path}/copy");
    let seen = admin.see(&copy).await;
    // 31 March 2028 is a Friday.
    assert_eq!(seen.value_of("closes_on").as_deref(), Some("2028-03-31"));
    seen.says("2027-03-31 → 2028-03-31");
    let form = [("code", "AV2028-1"), ("name_ko", "2028년 1차 공고"), ("name_en", "First call of 2028")];
    let seen = admin.fill_and_follow(&copy, "/copy", &form).await;
    seen.says("First call of 2028").says("31 Mar 2028, 15:00").says("Draft");
    assert_ne!(seen.path, path);
    // A draft's name and window can still be set.
    let window = format!("{}/window", seen.path);
    admin.fill_and_follow(&window, "/window", &[("closes_on", "2028-04-07")]).await.says("7 Apr 2028, 15:00");
});

both!(a_call_travels_as_one_signed_text_and_a_broken_one_is_refused, async |t: Tester| {
    let mut admin = t.staff(Role::Admin).await;
    let path = draft(&mut admin, "catalogue_voucher").await;
    let export = admin.see(&path).await.form("/export");
    let text = admin.submit(export).await.html();
    admin.see(&path).await.says("Call downloaded");
    let call: programmes::CallId = path.trim_start_matches("/calls/").parse().unwrap();
    let mut tx = t.app.db.read().await.unwrap();
    let programme = programmes::get_call(&mut tx, call).await.unwrap().programme_id;
    drop(tx);
    let import = format!("/programmes/{programme}/calls/import");
    let refused = admin.fill(&import, "/import", &[("package", &text.replace("5000000", "6000000"))]).await;
    assert!(refused.error_at("package").unwrap().contains("altered"));
    assert!(admin.fill(&import, "/import", &[("package", "{}")]).await.error_at("package").is_some());
    // First it only shows what it would make.
    let seen = admin.fill(&import, "/import", &[("package", &text)]).await;
    seen.says("Signed here and whole").says("Different from the call AV2027-1").says("Nothing changes");
    let taken = admin.submit(seen.form("/import")).await;
    assert!(taken.error_at("code").unwrap().contains("in use"));
    let seen = admin.submit(seen.form("/import").with(&[("code", "AV2027-2")]).without("once")).await;
    let made = admin.follow(seen).await;
    made.says("AV2027-2").says("Draft");
    let made: programmes::CallId = made.path.trim_start_matches("/calls/").parse().unwrap();
    let mut tx = t.app.db.read().await.unwrap();
    let (one, other) =
        (programmes::rules_at(&mut tx, call, 1).await.unwrap(), programmes::rules_at(&mut tx, made, 1).await.unwrap());
    assert_eq!(one, other);
    drop(tx);
    // The same as a file.
    let page = admin.see(&import).await;
    let as_file = |text: &str| page.form("/calls/upload").file("package_file", "call.json", text.as_bytes());
    let broken = admin.submit(as_file(&text.replace("5000000", "6000000"))).await;
    assert!(broken.error_at("package_file").unwrap().contains("altered"));
    assert!(admin.submit(page.form("/calls/upload")).await.error_at("package_file").is_some(), "no file was chosen");
    assert!(admin.submit(as_file(&"x".repeat(200_000))).await.error_at("package_file").is_some());
    let seen = admin.submit(as_file(&text)).await;
    seen.says("Signed here and whole").says("Different from the call AV2027-1");
    let seen = admin.submit(seen.form("/import").with(&[("code", "AV2027-4")]).without("once")).await;
    admin.follow(seen).await.says("AV2027-4").says("Draft");
    // Without a signature only with eyes open.
    let mut bare: serde_json::Value = serde_json::from_str(&text).unwrap();
    bare.as_object_mut().unwrap().remove("signature");
    assert!(admin.fill(&import, "/import", &[("package", &bare.to_string())]).await.error_at("package").is_some());
    bare.as_object_mut().unwrap().remove("key");
    let seen = admin.fill(&import, "/import", &[("package", &bare.to_string())]).await;
    seen.says("Not signed");
    let refused = admin.submit(seen.form("/import").with(&[("code", "AV2027-3")])).await;
    assert!(refused.error_at("unsigned").unwrap().contains("Tick"));
    let seen =
        admin.submit(seen.form("/import").with(&[("code", "AV2027-3"), ("unsigned", "yes")]).without("once")).await;
    admin.follow(seen).await.says("AV2027-3");
});

both!(a_call_is_simulated_before_it_opens, async |t: Tester| {
    for number in 1..=5 {
        t.organisation(number).await;
    }
    t.vendor(9).await;
    let mut tx = t.app.db.write().await.unwrap();
    let large = Uuid::now_v7();
    tx.run(
        "INSERT INTO size_assessments (id, organisation_id, as_of, class, inputs, assessed_at)
         SELECT $1, o.id, $2, 'large', $3, $4 FROM organisations o ORDER BY o.id LIMIT 1",
        (
            large,
            NaiveDate::from_ymd_opt(2027, 3, 2).unwrap(),
            Json(serde_json::json!({})),
            t.now() + Duration::seconds(1),
        ),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let mut admin = t.staff(Role::Admin).await;
    let path = draft(&mut admin, "reviewed_project").await;
    let simulations = format!("{path}/simulations");
    let bad = admin.fill(&simulations, "/simulations", &[("apply_share", "120")]).await;
    assert!(bad.error_at("apply_share").is_some());
    let seen = admin.fill_and_follow(&simulations, "/simulations", &[("apply_share", "50")]).await;
    seen.says("0 of 5 firms looked at");
    voucherdesk::outbox::run_due(&t.app).await.unwrap();
    let seen = admin.see(&seen.path).await;
    seen.says("Could apply 4").says("Size of the firm 1").says("KRW 160,000,000").says("The budget is enough");
    // A worker that takes the job up again leaves it as it is.
    let id = seen.path.rsplit('/').next().unwrap().parse().unwrap();
    programmes::simulate_job(&t.app, id).await.unwrap();
});

both!(a_call_words_its_letters_and_the_words_travel_with_it, async |t: Tester| {
    let mut admin = t.staff(Role::Admin).await;
    let path = draft(&mut admin, "reviewed_project").await;
    let letters = format!("{path}/settings/letters");
    let one = [("letter_rejected_ko", "다음 공고를 기다려 주세요.")];
    let seen = admin.fill(&letters, "/settings/letters", &one).await;
    assert!(seen.error_at("letter_rejected_en").unwrap().contains("both languages"), "{}", seen.text());
    let strange = [("letter_rejected_ko", "{who} 귀하"), ("letter_rejected_en", "Dear {firm}")];
    assert!(admin.fill(&letters, "/settings/letters", &strange).await.error_at("letter_rejected_ko").is_some());
    let both = [
        ("letter_rejected_ko", "{firm}의 {title}에 감사드립니다."),
        ("letter_rejected_en", "We thank {firm} for {title}."),
    ];
    let seen = admin.fill_and_follow(&letters, "/settings/letters", &both).await;
    seen.says("Letter of a rejection").says("We thank {firm} for {title}.");
    // As a firm would read it, before it is adopted.
    let preview = admin.see(&letters).await;
    preview.says("As the firm would read it").says("We thank Hanbit Precision for Detection of welding defects.");
    preview.says("한빛정밀의 용접 불량 검출에 감사드립니다.");
    assert!(preview.has("Korean") && !preview.has("Letter of a selection (Korean)"), "what is empty has no preview");
});

both!(a_call_says_which_reports_follow_the_end_of_the_work, async |t: Tester| {
    let mut admin = t.staff(Role::Admin).await;
    let path = draft(&mut admin, "reviewed_project").await;
    let agreement = format!("{path}/settings/agreement");
    let page = admin.see(&agreement).await;
    let form = page.form("/settings/agreement").without("waves");
    let never = form.clone().with(&[("waves", "close")]);
    assert!(admin.submit(never).await.error_at("waves").is_some(), "the closing report is everybody's");
    let seen = admin.submit(form.with(&[("waves", "12m")])).await;
    let seen = admin.follow(seen).await;
    seen.says("Reports after the end of the work").says("After 12 months");
    assert!(!admin.see(&agreement).await.form("/settings/agreement").fields.contains(&("waves".into(), "6m".into())));
});
