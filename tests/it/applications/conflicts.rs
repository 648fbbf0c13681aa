//! Two people write at once, and a page that saves by itself.

use super::*;

both!(what_two_people_changed_in_different_fields_is_kept_from_both, async |t: Tester| {
    let call = t.call(BUDGET).await;
    let mut firm = firm(&t, 2).await;
    let path = start(&mut firm.browser, &call).await;
    let (page, workload) = (format!("{path}/use-case"), format!("{path}/workload"));
    let mut colleague = t.member(firm.organisation, Role::Firm).await;
    let mine = exact(&firm.browser.see(&page).await, &page).with(&[("plan", "나의 계획")]);
    let along = exact(&firm.browser.see(&workload).await, &workload).with(&[("data_class", "D4")]);
    saved(&mut colleague, &page, &[("title", "동료의 제목")]).await;
    saved(&mut colleague, &workload, &[("hosting", "foreign_region")]).await;
    assert_eq!(firm.browser.submit(mine).await.status, 303, "two fields, two people, nothing to decide");
    let seen = firm.browser.see(&page).await;
    assert_eq!(seen.value_of("title").as_deref(), Some("동료의 제목"));
    assert_eq!(seen.value_of("plan").as_deref(), Some("나의 계획"));
    seen.says("Last saved 2 Mar 2027, 10:00 by firm2");
    // Together the two choices are against a condition of the call: both are kept, and the review says so.
    assert_eq!(firm.browser.submit(along).await.status, 303);
    let seen = firm.browser.see(&workload).await;
    assert_eq!(seen.value_of("data_class").as_deref(), Some("D4"));
    assert_eq!(seen.value_of("hosting").as_deref(), Some("foreign_region"));
    firm.browser.see(&format!("{path}/submit")).await.says("Sensitive data stays in Korea");
});

both!(a_field_that_two_people_changed_is_chosen_and_neither_text_is_lost, async |t: Tester| {
    let call = t.call(BUDGET).await;
    let mut firm = firm(&t, 2).await;
    let path = start(&mut firm.browser, &call).await;
    let page = format!("{path}/use-case");
    saved(&mut firm.browser, &page, &[("title", "처음 제목"), ("plan", "처음 계획")]).await;
    let mut colleague = t.member(firm.organisation, Role::Firm).await;
    let typed = [("title", "나의 제목"), ("plan", "나의 계획"), ("process_name", "나의 공정")];
    let mine = exact(&firm.browser.see(&page).await, &page).with(&typed);
    let theirs = [("title", "동료의 제목"), ("plan", "동료의 계획"), ("problem", "동료의 문제")];
    saved(&mut colleague, &page, &theirs).await;
    let told = firm.browser.submit(mine.clone()).await;
    assert_eq!(told.status, 409);
    told.says("Two people changed the same field").says("What it said before").says("처음 제목");
    told.says("나의 제목").says("동료의 제목").says("나의 계획").says("동료의 계획").says("saved at 2 Mar 2027, 10:00");
    let form = exact(&told, &page);
    assert_eq!(told.value_of("title").as_deref(), Some("나의 제목"));
    assert!(told.html().contains("동료의 계획\n\n나의 계획"), "both can be kept");
    firm.browser.see(&path).await.says("동료의 제목");
    let chosen = form.with(&[("plan", "동료의 계획\n\n나의 계획")]);
    assert_eq!(firm.browser.submit(chosen).await.status, 303);
    let seen = firm.browser.see(&page).await;
    for (field, value) in [
        ("title", "나의 제목"),
        ("plan", "동료의 계획\n\n나의 계획"),
        ("problem", "동료의 문제"),
        ("process_name", "나의 공정"),
    ] {
        assert_eq!(seen.value_of(field).as_deref(), Some(value), "{field}");
    }
    // Sent once more, the first form shows its first result: nothing is written twice.
    assert_eq!(firm.browser.submit(mine).await.status, 409);
    // A package by name, a class by its words.
    let workload = format!("{path}/workload");
    let mine = exact(&firm.browser.see(&workload).await, &workload).with(&[("data_class", "D1")]);
    saved(&mut colleague, &workload, &[("data_class", "D2")]).await;
    firm.browser.submit(mine).await.says("D1 Internal").says("D2 Confidential or business secret");
});

both!(rows_of_a_list_meet_only_where_both_changed_the_same_row, async |t: Tester| {
    let call = t.call(BUDGET).await;
    let mut firm = firm(&t, 2).await;
    let path = start(&mut firm.browser, &call).await;
    let costs = format!("{path}/costs");
    let mut colleague = t.member(firm.organisation, Role::Firm).await;
    let one = exact(&firm.browser.see(&costs).await, &costs).with(&LICENCE);
    let other = exact(&colleague.see(&costs).await, &costs).with(&WORK);
    assert_eq!(firm.browser.submit(one.clone()).await.status, 303);
    assert_eq!(colleague.submit(other).await.status, 303, "another line takes nothing away");
    assert_eq!(firm.browser.submit(one).await.status, 303, "a double click adds one line, not two");
    let list = firm.browser.see(&costs).await;
    assert!(list.has("KRW 50,000,000") && !list.has("KRW 70,000,000"), "{}", list.text());
    let (first, second) = (row_link(&list, "costs", 0), row_link(&list, "costs", 1));
    let mine = exact(&firm.browser.see(&first).await, &first).with(&[("quantity", "3"), ("description", "나의 말")]);
    let lost = exact(&firm.browser.see(&second).await, &second).with(&[("description", "지우지 마세요")]);
    let gone = exact(&colleague.see(&costs).await, &format!("{first}/remove"));
    saved(&mut colleague, &first, &[("quantity", "4")]).await;
    let told = firm.browser.submit(mine).await;
    assert_eq!(told.status, 409);
    told.says("Quantity").says("What you typed");
    assert!(!told.has("나의 말"), "only one of them changed the words");
    assert_eq!(firm.browser.submit(exact(&told, &first)).await.status, 303);
    let seen = firm.browser.see(&first).await;
    assert_eq!(seen.value_of("quantity").as_deref(), Some("3"));
    assert_eq!(seen.value_of("description").as_deref(), Some("나의 말"));
    // A row that was changed since is not removed unseen; one that is removed can still be kept by who typed in it.
    let kept = colleague.submit(gone).await;
    assert_eq!(kept.status, 422);
    kept.says("Somebody else changed");
    let list = colleague.see(&costs).await;
    assert_eq!(colleague.submit(exact(&list, &format!("{second}/remove"))).await.status, 303);
    let told = firm.browser.submit(lost).await;
    assert_eq!(told.status, 422);
    told.says("Somebody else removed this row");
    assert_eq!(told.value_of("description").as_deref(), Some("지우지 마세요"));
    assert_eq!(firm.browser.submit(exact(&told, &costs)).await.status, 303);
    firm.browser.see(&costs).await.says("지우지 마세요");
});

both!(a_page_saves_itself_and_learns_what_others_wrote, async |t: Tester| {
    let call = t.call(BUDGET).await;
    let mut firm = firm(&t, 2).await;
    let path = start(&mut firm.browser, &call).await;
    let page = format!("{path}/use-case");
    let fresh = firm.browser.see(&page).await;
    assert!(fresh.html().contains("data-autosave"));
    fresh.says("Nothing is saved yet");
    let form = exact(&fresh, &page).with(&[("title", "용")]);
    let read = |seen: &Seen| serde_json::from_slice::<serde_json::Value>(&seen.body).unwrap();
    let first = firm.browser.autosave(form.clone()).await;
    assert_eq!(first.status, 200);
    let told = read(&first);
    assert_eq!((told["version"].as_i64(), &told["saved"]), (Some(2), &"Saved at 10:00:00.".into()));
    assert_eq!(told["fields"], serde_json::json!({}));
    // The same again changes nothing, and a key stroke later is not a second record of the history.
    assert_eq!(read(&firm.browser.autosave(form.clone()).await)["version"], 2);
    let form = form.with(&[("version", "2"), ("title", "용접 검사")]);
    assert_eq!(read(&firm.browser.autosave(form.clone()).await)["version"], 3);
    let records = {
        let mut tx = t.app.db.read().await.unwrap();
        audit::history(&mut tx, id_of(&path).0).await.unwrap().iter().filter(|r| r.kind == "application_saved").count()
    };
    assert_eq!(records, 1);
    // What a colleague wrote in another field comes back with the answer.
    let mut colleague = t.member(firm.organisation, Role::Firm).await;
    saved(&mut colleague, &page, &[("problem", "동료의 문제")]).await;
    let form = form.with(&[("version", "3"), ("plan", "계획")]);
    let told = read(&firm.browser.autosave(form.clone()).await);
    assert_eq!(told["fields"], serde_json::json!({ "problem": "동료의 문제" }));
    assert_eq!(told["version"], 5);
    // A clash is never decided by a page: it waits for the button.
    saved(&mut colleague, &page, &[("title", "동료의 제목")]).await;
    let form = form.with(&[("version", "5"), ("problem", "동료의 문제"), ("title", "나의 제목")]);
    assert_eq!(firm.browser.autosave(form.clone()).await.status, 409);
    assert_eq!(firm.browser.submit(form).await.status, 409);
    firm.browser.see(&path).await.says("동료의 제목");
    let long = "가".repeat(101);
    let wrong = exact(&firm.browser.see(&page).await, &page).with(&[("title", &long)]);
    assert_eq!(firm.browser.autosave(wrong).await.status, 422);
    let mut stranger = t.newcomer().await;
    let theirs = exact(&firm.browser.see(&page).await, &page);
    assert_ne!(stranger.autosave(theirs).await.status, 200);
});
