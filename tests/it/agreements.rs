//! Stories of agreements: three assents, the firm's own money, one voucher, and what happens when nobody answers.

use crate::support::{
    Browser, Tester,
    builders::{BuiltApplication, BuiltCall, BuiltVendor},
};
use chrono::{Days, Duration, NaiveDate};
use futures_util::future::join_all;
use voucherdesk::{
    agreements::{self, AgreementId, AgreementState, MilestoneState, NewDeposit, NewMilestone, NewOffer, VoucherState},
    applications::{self, ApplicationState},
    core::{
        actor::Actor,
        money::Won,
        refusal::{Outcome, Trouble},
        roles::Role,
    },
    db::once::Once,
    ledger::{self, AccountKind},
    organisations::OrganisationId,
};

/// The people of one story and the application it is about.
pub struct Story {
    pub call: BuiltCall,
    pub vendor: BuiltVendor,
    pub application: BuiltApplication,
    pub manager: Actor,
    pub firm: Actor,
    pub vendors: Actor,
}

pub const SUPPORT: i64 = 80_000_000;
pub const OWN: i64 = 20_000_000;

pub async fn person(t: &Tester, email: &str, role: Role, organisation: Option<OrganisationId>) -> Actor {
    let person = t.person(email).await;
    t.grant(person, role, organisation.map(|id| id.0)).await;
    t.actor(email).await
}

pub async fn story(t: &Tester) -> Story {
    let call = t.call(Won(1_000_000_000)).await;
    story_of(t, call).await
}

pub async fn story_of(t: &Tester, call: BuiltCall) -> Story {
    let vendor = t.vendor(1).await;
    let application = t.application(&call, &vendor, 2, "selected", SUPPORT).await;
    Story {
        manager: person(t, "manager@staff.test", Role::Manager, None).await,
        firm: person(t, "owner@firm.test", Role::Firm, Some(application.firm)).await,
        vendors: person(t, "sales@vendor.test", Role::Vendor, Some(vendor.organisation)).await,
        call,
        vendor,
        application,
    }
}

pub fn today(t: &Tester) -> NaiveDate {
    t.now().date_naive()
}

pub fn terms(t: &Tester, story: &Story) -> NewOffer {
    let milestone = |days: u64, supply: i64, support: i64| NewMilestone {
        name: "구축".to_owned(),
        deliverables: "결과서".to_owned(),
        due_on: today(t) + Days::new(days),
        supply: Won(supply),
        support: Won(support),
    };
    NewOffer {
        application: story.application.id,
        starts_on: today(t),
        ends_on: today(t) + Days::new(200),
        milestones: vec![milestone(60, 60_000_000, 48_000_000), milestone(150, 40_000_000, 32_000_000)],
    }
}

pub async fn offered(t: &Tester, story: &Story) -> AgreementId {
    agreements::offer(&t.app, &story.manager, terms(t, story), Once::new()).await.unwrap()
}

pub async fn active(t: &Tester, story: &Story) -> AgreementId {
    let id = offered(t, story).await;
    for party in [&story.firm, &story.vendors, &story.manager] {
        agreements::assent(&t.app, party, id, Once::new()).await.unwrap();
    }
    id
}

pub fn deposit(t: &Tester, payer: &str, reference: &str, amount: i64) -> NewDeposit {
    NewDeposit {
        amount: Won(amount),
        payer_name: payer.to_owned(),
        payer_number: None,
        mismatch_reason: None,
        bank_reference: reference.to_owned(),
        received_on: today(t),
    }
}

pub async fn issued(t: &Tester, story: &Story) -> AgreementId {
    let id = active(t, story).await;
    let paid = deposit(t, "한빛정밀 2", "KB-1", OWN);
    agreements::record_deposit(&t.app, &story.manager, id, paid, Once::new()).await.unwrap();
    agreements::issue_voucher(&t.app, &story.manager, id, Once::new()).await.unwrap();
    id
}

pub fn refused<T: std::fmt::Debug>(result: Outcome<T>) -> &'static str {
    match result {
        Err(Trouble::Refused(refusal)) => refusal.key,
        other => panic!("not refused: {other:?}"),
    }
}

pub async fn balance(t: &Tester, story: &Story, kind: AccountKind) -> i64 {
    let mut tx = t.app.db.read().await.unwrap();
    ledger::balance(&mut tx, story.application.case(&story.call).account(kind)).await.unwrap().0
}

async fn states(t: &Tester, story: &Story, id: AgreementId) -> (AgreementState, ApplicationState) {
    let mut tx = t.app.db.read().await.unwrap();
    let agreement = agreements::get(&mut tx, id).await.unwrap();
    (agreement.state, applications::get(&mut tx, story.application.id).await.unwrap().state)
}

both!(three_parties_assent_the_own_share_arrives_and_the_voucher_is_issued, async |t: Tester| {
    let story = story(&t).await;
    let mut manager = t.signed_in("manager@staff.test").await;
    let mut firm = t.signed_in("owner@firm.test").await;
    let mut vendor = t.signed_in("sales@vendor.test").await;

    let seen = manager.see("/agreements").await;
    seen.says("Waiting for an offer");
    let new = seen.link("/agreements/new?application=");
    let seen = manager.see(&new).await;
    assert_eq!(seen.value_of("supply_1").as_deref(), Some("60,000,000"), "60 and 40 per cent are proposed");
    assert_eq!(seen.value_of("support_2").as_deref(), Some("32,000,000"));
    let wrong = manager.fill(&new, "/agreements/new", &[("support_2", "32000001")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.error_at("support_1").unwrap().contains("80,000,001"), "{}", wrong.text());
    assert_eq!(wrong.value_of("support_2").as_deref(), Some("32000001"), "what was typed is kept");
    let form = manager.see(&new).await.form("/agreements/new");
    let first = manager.submit(form.clone()).await;
    assert_eq!(first.status, 303, "{}", first.text());
    let again = manager.submit(form).await;
    assert_eq!(again.location(), first.location(), "a double click shows the first result");
    let path = first.location().unwrap();
    assert!(t.mails().await.iter().any(|mail| mail.to == "owner@firm.test" && mail.subject.contains("assent")));

    firm.see("/agreements").await.says("AG2027-00001");
    let seen = firm.see(&path).await;
    seen.says("협약서 AG2027-00001").says("Agreement AG2027-00001");
    let unticked = firm.fill(&path, "/assent", &[]).await;
    assert_eq!(unticked.status, 422);
    assert!(unticked.error_at("agreed").is_some());
    firm.fill_and_follow(&path, "/assent", &[("agreed", "yes")]).await.says("Waiting for the other parties");
    vendor.fill_and_follow(&path, "/assent", &[("agreed", "yes")]).await;
    let seen = manager.fill_and_follow(&path, "/assent", &[("agreed", "yes")]).await;
    seen.says("In force").says("Locked baseline").says("850 → 200");

    // The voucher waits for the firm's own money.
    let mut officer = t.staff(Role::ClaimsOfficer).await;
    let form = [
        ("amount", "20000000"),
        ("payer_name", "주식회사 공급"),
        ("bank_reference", "KB-77"),
        ("received_on", "2027-03-02"),
    ];
    let refused = officer.fill(&path, "/deposits", &form).await;
    assert_eq!(refused.status, 422);
    refused.says("The payer is not the firm");
    assert!(refused.error_at("payer_name").is_some());
    let form = [
        ("amount", "20,000,000"),
        ("payer_name", "한빛정밀2"),
        ("bank_reference", "KB-77"),
        ("received_on", "2027.03.02"),
    ];
    officer.fill_and_follow(&path, "/deposits", &form).await.says("KB-77");
    manager.fill_and_follow(&path, "/voucher", &[]).await.says("VC2027-00001").says("KRW 80,000,000");
    assert_eq!(balance(&t, &story, AccountKind::Voucher).await, SUPPORT);
    assert_eq!(balance(&t, &story, AccountKind::Committed).await, 0);
    assert_eq!(states(&t, &story, path.rsplit('/').next().unwrap().parse().unwrap()).await.1, ApplicationState::Agreed);
    vendor.see(&path).await.says("The voucher can be used");
    assert!(t.mails().await.iter().any(|mail| mail.to == "sales@vendor.test" && mail.subject.contains("voucher")));
    let text = firm.see(&format!("{path}/text")).await;
    assert!(text.headers.get("content-type").unwrap().to_str().unwrap().starts_with("text/plain"));
    let seen = manager.see(&path).await;
    let digest = <sha2::Sha256 as sha2::Digest>::digest(&text.body);
    seen.says(&hex::encode(digest));
});

both!(only_the_parties_and_the_staff_who_handle_it_see_an_agreement, async |t: Tester| {
    let story = story(&t).await;
    let path = format!("/agreements/{}", offered(&t, &story).await);
    let other_firm = t.organisation(50).await;
    let other_vendor = t.vendor(51).await;
    let mut strangers: Vec<Browser> = vec![
        t.member(other_firm, Role::Firm).await,
        t.member(other_vendor.organisation, Role::Vendor).await,
        t.staff(Role::Reviewer).await,
        t.staff(Role::Screener).await,
        t.staff(Role::Analyst).await,
        t.staff(Role::Admin).await,
    ];
    let token = t.signed_in("owner@firm.test").await.see(&path).await.form("/assent");
    for stranger in &mut strangers {
        assert_eq!(stranger.get(&path).await.status, 404);
        assert_eq!(stranger.get(&format!("{path}/text")).await.status, 404);
        let account = stranger.see("/account").await.form("/sign-out").fields;
        let own = account.iter().find(|(name, _)| name == "token").unwrap().1.clone();
        let form = token.clone().with(&[("token", own.as_str()), ("agreed", "yes")]);
        assert_eq!(stranger.submit(form).await.status, 404, "nor assent to it");
    }
    strangers[0].see("/agreements").await.says("No agreements");
    for role in [Role::Auditor, Role::ClaimsOfficer, Role::Payer] {
        t.staff(role).await.see(&path).await.says("AG2027-");
    }
    let mut vendor = t.signed_in("sales@vendor.test").await;
    for action in ["deposits", "voucher", "terminate"] {
        let own = vendor.see(&path).await.form("/assent");
        let form = own.fields.iter().find(|(name, _)| name == "token").unwrap().1.clone();
        let seen = vendor.post_raw(&format!("{path}/{action}"), &[("token", form.as_str())]).await;
        assert_eq!(seen.status, 404, "{action}");
    }
    assert_eq!(vendor.get(&format!("/agreements/new?application={}", story.application.id)).await.status, 404);
});

both!(a_party_assents_once_and_nobody_for_two, async |t: Tester| {
    let story = story(&t).await;
    let id = offered(&t, &story).await;
    agreements::assent(&t.app, &story.firm, id, Once::new()).await.unwrap();
    assert_eq!(refused(agreements::assent(&t.app, &story.firm, id, Once::new()).await), "refusal-state-moved-on");
    let colleague = person(&t, "second@firm.test", Role::Firm, Some(story.application.firm)).await;
    assert_eq!(refused(agreements::assent(&t.app, &colleague, id, Once::new()).await), "refusal-state-moved-on");
    // The same person under another hat: refused by the engine itself.
    let mut tx = t.app.db.write().await.unwrap();
    let twice = tx
        .run(
            "UPDATE agreements SET agency_assent_by = $2, agency_assent_at = $3 WHERE id = $1",
            (id, story.firm.id, t.now()),
        )
        .await;
    assert!(twice.is_err());
    drop(tx);
    let mut tx = t.app.db.write().await.unwrap();
    assert!(tx.run("UPDATE agreements SET content = 'other' WHERE id = $1", (id,)).await.is_err());
    drop(tx);
    let mut late = story.manager.clone();
    late.proven_at = t.now() - Duration::minutes(11);
    assert_eq!(refused(agreements::assent(&t.app, &late, id, Once::new()).await), "refusal-proof-needed");
});

both!(the_last_two_assents_may_come_at_once, async |t: Tester| {
    let story = story(&t).await;
    let id = offered(&t, &story).await;
    let parties = [&story.firm, &story.vendors, &story.manager];
    let done = join_all(parties.map(|party| agreements::assent(&t.app, party, id, Once::new()))).await;
    assert!(done.iter().all(Result::is_ok), "{done:?}");
    assert_eq!(states(&t, &story, id).await, (AgreementState::Active, ApplicationState::Agreed));
    let mut tx = t.app.db.read().await.unwrap();
    assert_eq!(agreements::indicators(&mut tx, id).await.unwrap().len(), 1);
    assert_eq!(agreements::lines(&mut tx, id).await.unwrap().len(), 1);
});

both!(an_offer_has_to_add_up_and_is_made_once, async |t: Tester| {
    let story = story(&t).await;
    let mut terms_long = terms(&t, &story);
    terms_long.ends_on = today(&t) + Days::new(300);
    match agreements::offer(&t.app, &story.manager, terms_long, Once::new()).await {
        Err(Trouble::Invalid(errors)) => assert_eq!(errors.0[0].key, "agreements-end-outside"),
        other => panic!("{other:?}"),
    }
    let offers = (0..5).map(|_| agreements::offer(&t.app, &story.manager, terms(&t, &story), Once::new()));
    let done = join_all(offers).await;
    assert_eq!(done.iter().filter(|result| result.is_ok()).count(), 1);
    for result in done.into_iter().filter(Result::is_err) {
        assert_eq!(refused(result), "agreements-refusal-offered-already");
    }
    let unselected = t.application(&story.call, &story.vendor, 9, "in_review", SUPPORT).await;
    let mut early = terms(&t, &story);
    early.application = unselected.id;
    assert_eq!(refused(agreements::offer(&t.app, &story.manager, early, Once::new()).await), "refusal-state-moved-on");
});

both!(a_deposit_counts_once_and_only_from_the_firm, async |t: Tester| {
    let story = story(&t).await;
    let id = active(&t, &story).await;
    let put = async |payer: &str, reference: &str, amount| {
        agreements::record_deposit(&t.app, &story.manager, id, deposit(&t, payer, reference, amount), Once::new()).await
    };
    let vendor = refused(put("한빛정밀 1", "A", OWN).await);
    assert_eq!(vendor, "agreements-refusal-payer-vendor", "the vendor pays for nobody");
    assert_eq!(refused(put("김하나", "A", OWN).await), "agreements-refusal-payer");
    put("한빛정밀 2", "A", OWN / 2).await.unwrap();
    assert_eq!(refused(put("한빛정밀 2", "A", OWN / 2).await), "agreements-refusal-reference-taken");
    let issue = || agreements::issue_voucher(&t.app, &story.manager, id, Once::new());
    assert_eq!(refused(issue().await), "agreements-refusal-own-share-missing");
    put("한빛정밀 2", "B", OWN / 2).await.unwrap();
    let mut tomorrow = deposit(&t, "한빛정밀 2", "C", 1);
    tomorrow.received_on = today(&t) + Days::new(1);
    let early = agreements::record_deposit(&t.app, &story.manager, id, tomorrow, Once::new()).await;
    assert_eq!(refused(early), "agreements-refusal-future");
    let mut tx = t.app.db.write().await.unwrap();
    assert!(tx.run("UPDATE own_share_deposits SET amount_won = 1", ()).await.is_err());
    drop(tx);
    let done = join_all((0..5).map(|_| issue())).await;
    assert_eq!(done.iter().filter(|result| result.is_ok()).count(), 1, "one voucher, whoever clicks at once");
    assert_eq!(balance(&t, &story, AccountKind::Voucher).await, SUPPORT);
});

both!(a_closed_business_gets_no_voucher, async |t: Tester| {
    let story = story(&t).await;
    let id = active(&t, &story).await;
    let paid = deposit(&t, "한빛정밀 2", "A", OWN);
    agreements::record_deposit(&t.app, &story.manager, id, paid, Once::new()).await.unwrap();
    let mut tx = t.app.db.write().await.unwrap();
    tx.run("UPDATE organisations SET register_status = 'closed' WHERE id = $1", (story.vendor.organisation,))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let result = agreements::issue_voucher(&t.app, &story.manager, id, Once::new()).await;
    assert_eq!(refused(result), "agreements-refusal-closed");
    assert_eq!(balance(&t, &story, AccountKind::Committed).await, SUPPORT, "nothing of it is stored");
    // What a condition of the call refuses leaves what was looked at, and nothing else.
    let mut tx = t.app.db.write().await.unwrap();
    tx.run("UPDATE organisations SET register_status = 'suspended'", ()).await.unwrap();
    tx.commit().await.unwrap();
    let result = agreements::issue_voucher(&t.app, &story.manager, id, Once::new()).await;
    assert_eq!(refused(result), "conditions-refusal-unmet");
    assert_eq!(balance(&t, &story, AccountKind::Committed).await, SUPPORT);
    let kept: Option<String> = (t.app.db.read().await.unwrap())
        .value("SELECT refused_by FROM eligibility_runs WHERE stage = 'agreement' AND refused_by IS NOT NULL", ())
        .await
        .unwrap();
    assert!(kept.unwrap().contains("register_status"));
});

both!(an_offer_that_nobody_answers_lapses_and_its_money_goes_back, async |t: Tester| {
    let story = story(&t).await;
    let id = offered(&t, &story).await;
    agreements::assent(&t.app, &story.firm, id, Once::new()).await.unwrap();
    t.advance(Duration::days(30));
    assert_eq!(agreements::lapse_unanswered(&t.app).await.unwrap(), 0, "the last day still counts");
    t.advance(Duration::seconds(1));
    let late = Actor { proven_at: t.now(), ..story.vendors.clone() };
    assert_eq!(refused(agreements::assent(&t.app, &late, id, Once::new()).await), "agreements-refusal-too-late");
    assert_eq!(agreements::lapse_unanswered(&t.app).await.unwrap(), 1);
    assert_eq!(agreements::lapse_unanswered(&t.app).await.unwrap(), 0);
    assert_eq!(states(&t, &story, id).await, (AgreementState::Lapsed, ApplicationState::Expired));
    assert_eq!(balance(&t, &story, AccountKind::Committed).await, 0);
    assert_eq!(balance(&t, &story, AccountKind::Budget).await, 1_000_000_000);
    assert_eq!(balance(&t, &story, AccountKind::CapUsed).await, 0);
    assert!(t.mails().await.iter().any(|mail| mail.to == "owner@firm.test" && mail.subject.contains("lapsed")));
});

both!(a_milestone_is_delivered_disputed_and_accepted, async |t: Tester| {
    let story = story(&t).await;
    let id = issued(&t, &story).await;
    let mut tx = t.app.db.write().await.unwrap();
    let milestone = agreements::milestones(&mut tx, id).await.unwrap()[0].id;
    let now = t.now();
    let early = agreements::answer_delivery(&mut tx, &story.firm, milestone, true, "", now).await;
    assert_eq!(refused(early), "refusal-state-moved-on");
    let wrong_hand = agreements::note_delivery(&mut tx, &story.firm, milestone, now).await;
    assert_eq!(refused(wrong_hand), "refusal-not-found");
    agreements::note_delivery(&mut tx, &story.vendors, milestone, now).await.unwrap();
    assert_eq!(
        refused(agreements::note_delivery(&mut tx, &story.vendors, milestone, now).await),
        "refusal-state-moved-on"
    );
    let own = agreements::answer_delivery(&mut tx, &story.vendors, milestone, true, "", now).await;
    assert_eq!(refused(own), "refusal-not-found", "a vendor never accepts its own delivery");
    let silent = agreements::answer_delivery(&mut tx, &story.firm, milestone, false, " ", now).await;
    assert_eq!(refused(silent), "form-required");
    agreements::answer_delivery(&mut tx, &story.firm, milestone, false, "보고서가 없습니다", now).await.unwrap();
    agreements::note_delivery(&mut tx, &story.vendors, milestone, now).await.unwrap();
    agreements::answer_delivery(&mut tx, &story.firm, milestone, true, "", now).await.unwrap();
    let found = agreements::find_milestone(&mut tx, milestone).await.unwrap().unwrap();
    assert_eq!((found.state, found.answered_by), (MilestoneState::Accepted, Some(story.firm.id)));
    tx.commit().await.unwrap();
    t.signed_in("owner@firm.test").await.see(&format!("/agreements/{id}")).await.says("보고서가 없습니다");
});

both!(a_completed_agreement_gives_back_what_was_not_spent, async |t: Tester| {
    let story = story(&t).await;
    let id = issued(&t, &story).await;
    let case = story.application.case(&story.call);
    let (system, now) = (Actor::system(), t.now());
    let mut tx = t.app.db.write().await.unwrap();
    let claim = uuid::Uuid::from_u128(1);
    ledger::hold(&mut tx, &system, &case, claim, Won(48_000_000), now).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = t.app.db.write().await.unwrap();
    let early = agreements::complete(&mut tx, &system, id, now).await;
    assert_eq!(refused(early), "agreements-refusal-money-under-way");
    drop(tx);
    let mut tx = t.app.db.write().await.unwrap();
    ledger::order(&mut tx, &system, &case, claim, Won(48_000_000), now).await.unwrap();
    ledger::pay(&mut tx, &system, &case, claim, Won(48_000_000), now).await.unwrap();
    agreements::complete(&mut tx, &system, id, now).await.unwrap();
    let voucher = agreements::voucher_of(&mut tx, id).await.unwrap().unwrap();
    assert_eq!(voucher.state, VoucherState::Lapsed);
    tx.commit().await.unwrap();
    assert_eq!(states(&t, &story, id).await, (AgreementState::Completed, ApplicationState::Closed));
    assert_eq!(balance(&t, &story, AccountKind::Budget).await, 1_000_000_000 - 48_000_000);
    assert_eq!(balance(&t, &story, AccountKind::CapUsed).await, 48_000_000);
});

both!(a_terminated_agreement_closes_its_voucher, async |t: Tester| {
    let story = story(&t).await;
    let id = issued(&t, &story).await;
    let path = format!("/agreements/{id}");
    let mut manager = t.signed_in("manager@staff.test").await;
    let silent = manager.fill(&path, "/terminate", &[]).await;
    assert_eq!(silent.status, 422);
    assert!(silent.error_at("note").is_some());
    manager.fill_and_follow(&path, "/terminate", &[("note", "공급기업이 폐업했습니다")]).await.says("Closed");
    assert_eq!(states(&t, &story, id).await, (AgreementState::Terminated, ApplicationState::Closed));
    assert_eq!(balance(&t, &story, AccountKind::Budget).await, 1_000_000_000);
    assert_eq!(balance(&t, &story, AccountKind::Voucher).await, 0);
});
