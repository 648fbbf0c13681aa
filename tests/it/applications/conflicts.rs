//! Two people write at once, and a page that saves by itself.

use super::*;

both!(of_two_tabs_the_second_is_told_and_keeps_what_it_typed, async |t: Tester| {
    let call = t.call(BUDGET).await;
    let mut firm = firm(&t, 2).await;
    let path = start(&mut firm.browser, &call).await;
    let page = format!("{path}/use-case");
    let mut colleague = t.member(firm.organisation, Role::Firm).await;
    let mine = exact(&firm.browser.see(&page).await, &page).with(&[("title", "나의 제목")]);
    saved(&mut colleague, &page, &[("title", "동료의 제목")]).await;
    let told = firm.browser.submit(mine).await;
    assert_eq!(told.status, 422);
    told.says("Somebody else changed").says("Title: 동료의 제목");
    assert_eq!(told.value_of("title").as_deref(), Some("나의 제목"));
    firm.browser.see(&path).await.says("동료의 제목");
    // Having seen both, saving again is a decision.
    let again = firm.browser.submit(exact(&told, &page)).await;
    assert_eq!(again.status, 303);
    firm.browser.see(&path).await.says("나의 제목");

    // Of two lines added at once in two tabs, the second is told as well.
    let costs = format!("{path}/costs");
    let one = exact(&firm.browser.see(&costs).await, &costs).with(&LICENCE);
    let other = exact(&colleague.see(&costs).await, &costs).with(&WORK);
    assert_eq!(firm.browser.submit(one.clone()).await.status, 303);
    let told = colleague.submit(other).await;
    assert_eq!(told.status, 422);
    told.says("비전검사 AI 표준");
    assert_eq!(told.value_of("description").as_deref(), Some("설비 연동"));
    assert_eq!(colleague.submit(exact(&told, &costs)).await.status, 303);
    // A double click adds one line, not two.
    assert_eq!(firm.browser.submit(one).await.status, 303);
    let seen = firm.browser.see(&costs).await;
    assert!(seen.has("KRW 50,000,000") && !seen.has("KRW 70,000,000"), "{}", seen.text());
});
