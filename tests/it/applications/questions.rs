//! Questions that a call adds to the form.

use super::*;
use crate::calls::rule;
use voucherdesk::programmes;

const ENERGY: [(&str, &str); 5] = [
    ("code", "Energy_Use"),
    ("kind", "number"),
    ("label_ko", "연간 전력 사용량(MWh)"),
    ("label_en", "Electricity a year (MWh)"),
    ("hint_en", "From the last bill"),
];
const CLOUD: [(&str, &str); 6] = [
    ("code", "cloud"),
    ("kind", "choice"),
    ("label_ko", "쓰는 클라우드"),
    ("label_en", "Cloud in use"),
    ("choices_ko", "국내\n국외\n없음"),
    ("choices_en", "Korean\nForeign\nNone"),
];

both!(a_call_asks_questions_of_the_library_in_the_version_it_chose, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let mut admin = t.staff(Role::Admin).await;
    for question in [&ENERGY[..], &CLOUD[..]] {
        saved(&mut admin, "/questions/new", question).await.says("The question is saved");
    }
    let bad = [("code", "cloud"), ("kind", "text"), ("label_ko", "가"), ("label_en", "a")];
    assert!(save(&mut admin, "/questions/new", &bad).await.error_at("kind").is_some(), "the kind stays");
    let few = [("code", "x"), ("kind", "choice"), ("label_ko", "가"), ("label_en", "a"), ("choices_ko", "하나")];
    assert!(save(&mut admin, "/questions/new", &few).await.error_at("choices_ko").is_some());
    let page = format!("/calls/{}/form", call.call);
    let mut form = exact(&admin.see(&page).await, &page);
    form.fields.push(("questions".to_owned(), "energy_use.1".to_owned()));
    form.fields.push(("required_questions".to_owned(), "cloud.1".to_owned()));
    // The call is published: what it asks changes once somebody else approves.
    let seen = admin.submit(form.clone()).await;
    let change = admin.follow(seen).await;
    change.says("Extra questions: energy_use.1").says("Extra questions: cloud.1");
    let mut again = form;
    again.fields.retain(|(name, _)| name != "once");
    again.fields.push(("once".to_owned(), Once::new().0.to_string()));
    let overtaken = admin.submit(again).await;
    assert_eq!(overtaken.status, 422, "it was made from rules that are not the present ones");
    let proposed = admin.fill_and_follow(&change.path, "/changes/", &[("note", "전력 사용을 봅니다")]).await;
    proposed.says("Approval asked for");
    let mut tx = t.app.db.read().await.unwrap();
    assert_eq!(programmes::get_call(&mut tx, call.call).await.unwrap().version, 1, "nothing is asked yet");
    drop(tx);
    let mut manager = t.staff(Role::Manager).await;
    let seen = manager.see(&change.path).await;
    seen.says("Approve and adopt");
    let forms = seen.forms();
    let approve = forms.into_iter().find(|form| form.fields.iter().any(|(_, value)| value == "approve")).unwrap();
    assert_eq!(manager.submit(approve).await.status, 303);
    assert_eq!(t.staff(Role::Screener).await.get(&page).await.status, 404);
    // A newer version changes nothing for the call that chose the first.
    let newer = [ENERGY[0], ENERGY[1], ("label_ko", "전력"), ("label_en", "Power"), ENERGY[4]];
    saved(&mut admin, "/questions/new", &newer).await.says("Version 2");

    let mut firm = firm(&t, 2).await;
    let path = start(&mut firm.browser, &call).await;
    fill_in(&mut firm.browser, &path, &vendor).await;
    firm.browser.see(&path).await.says("Extra questions");
    let review = firm.browser.see(&format!("{path}/submit")).await;
    review.says("Extra questions answered");
    assert!(review.find_form("/submit").is_none());
    let answers = format!("{path}/questions");
    let seen = firm.browser.see(&answers).await;
    seen.says("Electricity a year (MWh)").says("From the last bill").says("Foreign").says("(optional)");
    let wrong = save(&mut firm.browser, &answers, &[("answer_1", "많이"), ("answer_2", "2")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.error_at("answer_1").is_some());
    assert_eq!(wrong.value_of("answer_1").as_deref(), Some("많이"));
    assert_eq!(wrong.value_of("answer_2").as_deref(), Some("2"));
    assert_eq!(save(&mut firm.browser, &answers, &[("answer_3", "묻지 않은 것")]).await.status, 422);
    // Two people answer two questions.
    let mut colleague = t.member(firm.organisation, Role::Firm).await;
    let mine = exact(&firm.browser.see(&answers).await, &answers).with(&[("answer_1", "１,２３４.5")]);
    saved(&mut colleague, &answers, &[("answer_2", "3")]).await;
    assert_eq!(firm.browser.submit(mine).await.status, 303);
    let mine = exact(&firm.browser.see(&answers).await, &answers).with(&[("answer_2", "1")]);
    saved(&mut colleague, &answers, &[("answer_2", "2")]).await;
    let told = firm.browser.submit(mine).await;
    assert_eq!(told.status, 409);
    told.says("Cloud in use").says("Korean").says("Foreign").says("None");
    assert_eq!(firm.browser.submit(exact(&told, &answers)).await.status, 303);
    assert_eq!(submit(&mut firm.browser, &path).await.status, 303);
    let content = firm.browser.get(&format!("{path}/submissions/1")).await.html();
    assert!(content.contains(r#"{"question":"energy_use.1","answer":"1234.5"}"#), "{content}");
    let mut officer = t.staff(Role::Screener).await;
    officer.see(&path).await.says("Electricity a year (MWh)").says("1234.5").says("Korean");
    // What changed in an answer is a difference like any other.
    let screening = format!("{path}/screening");
    save(&mut officer, &screening, &[("decision", "supplement"), ("items", "questions: 전력")]).await;
    saved(&mut firm.browser, &answers, &[("answer_1", "1300")]).await;
    assert_eq!(submit(&mut firm.browser, &path).await.status, 303);
    firm.browser.see(&path).await.says("Extra questions 1").says("1300");
});

both!(a_question_is_asked_only_where_it_concerns_the_case, async |t: Tester| {
    let call = t.call(BUDGET).await;
    let mut admin = t.staff(Role::Admin).await;
    let robot =
        [("code", "uses_robot"), ("kind", "yes_no"), ("label_ko", "로봇을 씁니까"), ("label_en", "Uses robots")];
    let which = [("code", "robot"), ("kind", "text"), ("label_ko", "어떤 로봇"), ("label_en", "Which robots")];
    let consent = [("code", "consent"), ("kind", "yes_no"), ("label_ko", "동의"), ("label_en", "Consent of patients")];
    saved(&mut admin, "/questions/new", &robot).await;
    let with = |question: &[(&'static str, &'static str)], asked_if| [question, &[("asked_if", asked_if)]].concat();
    for wrong in ["answer_nothing", "answer_uses_robot = 3", "work_data_class ="] {
        let refused = save(&mut admin, "/questions/new", &with(&which, wrong)).await;
        assert_eq!(refused.status, 422, "{wrong}");
        assert!(refused.error_at("asked_if").is_some(), "{wrong}");
        assert_eq!(refused.value_of("asked_if").as_deref(), Some(wrong));
    }
    saved(&mut admin, "/questions/new", &with(&which, "answer_uses_robot")).await;
    saved(&mut admin, "/questions/new", &with(&consent, r#"work_data_class = "D4""#)).await;
    let mut rules = programmes::CallRules::ai_voucher();
    rules.questions = ["uses_robot", "robot", "consent"]
        .map(|code| programmes::QuestionRule { code: code.to_owned(), version: 1, required: true })
        .to_vec();
    rule(&t, &call, &rules).await;

    let mut firm = firm(&t, 2).await;
    let path = start(&mut firm.browser, &call).await;
    let answers = format!("{path}/questions");
    let seen = firm.browser.see(&answers).await;
    seen.says("Uses robots");
    assert!(!seen.has("Which robots") && !seen.has("Consent of patients"));
    saved(&mut firm.browser, &answers, &[("answer_1", "yes")]).await;
    firm.browser.see(&answers).await.says("Which robots");
    saved(&mut firm.browser, &answers, &[("answer_2", "용접 로봇")]).await;
    saved(&mut firm.browser, &format!("{path}/workload"), &[("data_class", "D4")]).await;
    firm.browser.see(&answers).await.says("Consent of patients").says("용접 로봇");
    // What no longer concerns the case is neither asked nor said, and not lost.
    saved(&mut firm.browser, &answers, &[("answer_1", "no")]).await;
    let seen = firm.browser.see(&answers).await;
    assert!(!seen.has("Which robots"));
    saved(&mut firm.browser, &answers, &[("answer_1", "yes")]).await;
    firm.browser.see(&answers).await.says("용접 로봇");
});
