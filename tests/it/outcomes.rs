//! Stories of outcomes: what changed, against the baseline that was locked.

use crate::support::{Browser, Tester, cases::BuiltCase};
use chrono::Duration;
use voucherdesk::{
    core::{money::Won, roles::Role},
    outcomes,
};

async fn ended_case(t: &Tester) -> (BuiltCase, Browser) {
    let call = t.call(Won(1_000_000_000)).await;
    let vendor = t.vendor(1).await;
    let case = t.paid_case(&call, &vendor, 2, 80_000_000).await;
    let firm = t.member(case.application.firm, Role::Firm).await;
    (case, firm)
}

const GOOD: [(&str, &str); 7] = [
    ("value_1", "190.5"),
    ("measured_on_1", "2027-03-02"),
    ("method_1", "log"),
    ("active_users", "12"),
    ("satisfaction", "4"),
    ("would_pay", "yes"),
    ("comment", "검사 시간이 줄었습니다"),
];

both!(a_firm_reports_and_a_manager_verifies, async |t: Tester| {
    let (case, mut firm) = ended_case(&t).await;
    firm.see("/outcomes").await.says("There is no outcome report to file");
    assert_eq!(outcomes::open_due(&t.app).await.unwrap(), 1);
    let mails = t.mails().await;
    assert!(mails.iter().any(|mail| mail.subject.contains("AG2027-0002") && mail.text.contains("/outcomes/")));
    let link = firm.see("/outcomes").await.says("To be filed").link("/outcomes/");
    let page = firm.see(&link).await;
    page.says("850").says("200").says("불량 유출률");

    // A value that is no number and a day to come: everything typed stays.
    let wrong = [("value_1", "many"), ("measured_on_1", "2027-03-03"), ("active_users", "12")];
    let refused = firm.submit(page.form("/submit").with(&wrong)).await;
    assert_eq!(refused.status, 422);
    assert!(refused.error_at("value_1").is_some() && refused.error_at("method_1").is_some());
    assert!(refused.error_at("measured_on_1").unwrap().contains("future"));
    assert_eq!(refused.value_of("value_1").as_deref(), Some("many"));
    assert_eq!(refused.value_of("active_users").as_deref(), Some("12"));

    let form = page.form("/submit").with(&GOOD);
    let seen = firm.submit(form.clone()).await;
    assert_eq!(seen.status, 303);
    assert_eq!(firm.submit(form).await.status, 303, "sent twice, done once");
    firm.see(&link).await.says("Waits for verification").says("101.4 %").says("Target reached");
    assert!(firm.see(&link).await.find_form("/answer").is_none(), "the firm never verifies");

    let mut manager = t.staff(Role::Manager).await;
    let page = manager.see(&link).await;
    let forms = page.forms();
    let back = forms.iter().find(|form| form.fields.iter().any(|(_, value)| value == "return")).unwrap();
    let refused = manager.submit(back.clone()).await;
    assert_eq!(refused.status, 422, "a return says why");
    manager.submit(back.clone().with(&[("note", "측정 기록을 붙여 주세요")])).await;
    let page = firm.see(&link).await;
    page.says("To be mended").says("측정 기록을 붙여 주세요");
    assert_eq!(page.value_of("value_1").as_deref(), Some("190.5"), "nothing is typed twice");
    assert_eq!(firm.submit(page.form("/submit").with(&[("value_1", "180")])).await.status, 303);

    let page = manager.see(&link).await;
    let accept = page.form("/answer");
    assert!(accept.fields.iter().any(|(_, value)| value == "verify"));
    let seen = manager.submit(accept).await;
    let seen = manager.follow(seen).await;
    seen.says("The outcome report was verified").says("103 %").says("Outcome report returned");
    let mut tx = t.app.db.read().await.unwrap();
    let states: (String, String) = tx
        .get(
            "SELECT g.state, a.state FROM agreements g JOIN applications a ON a.id = g.application_id WHERE g.id = $1",
            (case.agreement,),
        )
        .await
        .unwrap();
    assert_eq!(states, ("completed".to_owned(), "closed".to_owned()));
});

both!(an_implausible_value_is_doubted_and_taken, async |t: Tester| {
    let (_, mut firm) = ended_case(&t).await;
    outcomes::open_due(&t.app).await.unwrap();
    let link = firm.see("/outcomes").await.link("/outcomes/");
    let form = firm.see(&link).await.form("/submit").with(&GOOD).with(&[("value_1", "8,500.001")]);
    let seen = firm.submit(form).await;
    firm.follow(seen).await.says("more than ten times").says("8,500.001");
});

both!(a_report_opens_once_and_only_when_the_work_has_ended, async |t: Tester| {
    let call = t.call(Won(1_000_000_000)).await;
    let vendor = t.vendor(1).await;
    let case = t.active_case(&call, &vendor, 2, 80_000_000).await;
    assert_eq!(outcomes::open_due(&t.app).await.unwrap(), 0);
    t.advance(Duration::days(201));
    assert_eq!(outcomes::open_due(&t.app).await.unwrap(), 1, "the term is over");
    assert_eq!(outcomes::open_due(&t.app).await.unwrap(), 0);
    t.advance(Duration::days(1));
    assert_eq!(outcomes::open_due(&t.app).await.unwrap(), 0);
    let system = voucherdesk::core::actor::Actor::system();
    let one = outcomes::open(&t.app, &system, case.agreement).await.unwrap();
    assert_eq!(outcomes::open(&t.app, &system, case.agreement).await.unwrap(), one);
    t.advance(Duration::days(61));
    t.member(case.application.firm, Role::Firm).await.see("/outcomes").await.says("Overdue");
});

both!(a_form_with_fields_of_another_agreement_is_refused, async |t: Tester| {
    let (_, mut firm) = ended_case(&t).await;
    outcomes::open_due(&t.app).await.unwrap();
    let link = firm.see("/outcomes").await.link("/outcomes/");
    let form = firm.see(&link).await.form("/submit").with(&GOOD).with(&[("value_2", "1")]);
    firm.submit(form).await.says("fields that its page does not have");
});

both!(a_report_is_seen_by_its_firm_and_by_those_who_check, async |t: Tester| {
    let (_, mut firm) = ended_case(&t).await;
    outcomes::open_due(&t.app).await.unwrap();
    let link = firm.see("/outcomes").await.link("/outcomes/");
    t.staff(Role::Auditor).await.see(&link).await;
    let other = t.organisation(9).await;
    let mut stranger = t.member(other, Role::Firm).await;
    assert_eq!(stranger.get(&link).await.status, 404);
    assert!(stranger.see("/outcomes").await.has("There is no outcome report to file"));
    for role in [Role::Analyst, Role::Payer, Role::Admin, Role::Screener] {
        assert_eq!(t.staff(role).await.get(&link).await.status, 404, "{role}");
    }
    assert_eq!(t.outsider().get(&link).await.status, 303);
    let mut auditor = t.staff(Role::Auditor).await;
    assert!(auditor.see(&link).await.find_form("/answer").is_none(), "an auditor reads");
});

both!(later_reports_open_on_the_days_that_the_call_asked_for, async |t: Tester| {
    let (case, mut firm) = ended_case(&t).await;
    outcomes::open_due(&t.app).await.unwrap();
    let link = firm.see("/outcomes").await.link("/outcomes/");
    let page = firm.see(&link).await;
    assert_eq!(firm.submit(page.form("/submit").with(&GOOD)).await.status, 303);
    let mut manager = t.staff(Role::Manager).await;
    let answer = manager.see(&link).await.form("/answer");
    manager.submit(answer).await;
    let told = t.mails().await;
    let told = told.iter().find(|mail| mail.subject.contains("Your outcome report is verified")).unwrap();
    assert!(told.text.contains("The next one opens on 2027-09-02"), "{}", told.text);

    // Six months, and each of five years: they are known, and none can be filed before its day.
    let list = firm.see("/outcomes?state=scheduled").await;
    for wave in ["After 6 months", "After 12 months", "After 60 months"] {
        list.says(wave);
    }
    let mut tx = t.app.db.read().await.unwrap();
    let early: Vec<uuid::Uuid> =
        tx.values("SELECT id FROM outcome_reports WHERE opens_on IS NOT NULL ORDER BY opens_on", ()).await.unwrap();
    drop(tx);
    assert_eq!(early.len(), 6);
    let path = format!("/outcomes/{}", early[0]);
    assert!(firm.see(&path).await.says("Not yet open").find_form("/submit").is_none());
    let once = uuid::Uuid::new_v4().to_string();
    let mut early = page.form("/submit").with(&GOOD).with(&[("once", &once)]);
    early.action = format!("{path}/submit");
    firm.submit(early).await.says("The state has changed meanwhile");

    t.advance(Duration::days(183));
    assert_eq!(outcomes::open_due(&t.app).await.unwrap(), 0);
    t.advance(Duration::days(1));
    assert_eq!(outcomes::open_due(&t.app).await.unwrap(), 1);
    t.advance(Duration::minutes(11));
    assert_eq!(outcomes::open_due(&t.app).await.unwrap(), 0, "once");
    assert!(t.mails().await.iter().any(|mail| mail.text.contains("6 months have passed since the work")));
    let mut firm = t.member(case.application.firm, Role::Firm).await;
    let later = [("value_1", "150"), ("measured_on_1", "2027-09-01")];
    let form = firm.see(&path).await.form("/submit").with(&GOOD).with(&later);
    assert_eq!(firm.submit(form).await.status, 303);
    let mut manager = t.staff(Role::Manager).await;
    let seen = manager.see(&path).await;
    assert!(!seen.has("Verifying completes the agreement"));
    let seen = manager.submit(seen.form("/answer")).await;
    manager.follow(seen).await.says("The outcome report was verified");
    assert!(t.mails().await.iter().any(|mail| mail.text.contains("The next one opens on 2028-03-02")));
});
