//! The closing second, reminders before it, drafts after it.

use super::*;

both!(the_closing_second_decides, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let closes = t.now() + Duration::days(30);
    let (mut early, mut late) = (firm(&t, 2).await, firm(&t, 3).await);
    let (path, other) = (start(&mut early.browser, &call).await, start(&mut late.browser, &call).await);
    fill_in(&mut early.browser, &path, &vendor).await;
    fill_in(&mut late.browser, &other, &vendor).await;
    t.app.clock.set(closes - Duration::seconds(1));
    let (mut early, mut late) = (t.signed_in(&early.email).await, late);
    let late_email = late.email.clone();
    late.browser = t.signed_in(&late_email).await;
    let form = exact(&late.browser.see(&format!("{other}/submit")).await, &format!("{other}/submit"));
    assert_eq!(submit(&mut early, &path).await.status, 303);
    t.app.clock.set(closes);
    let refused = late.browser.submit(form.with(&[("certify", "yes")])).await;
    assert_eq!(refused.status, 422);
    refused.says("The call closed at 2027-04-01 10:00:00 KST").says("what you wrote is saved");
    // A request that began in time may end within the grace, and no later.
    let actor = t.actor(&late_email).await;
    let mut tx = t.app.db.read().await.unwrap();
    let version = applications::get(&mut tx, id_of(&other)).await.unwrap().version;
    drop(tx);
    let edit = || Edit { id: id_of(&other), version, once: Once::new(), auto: false };
    let began = closes - Duration::seconds(1);
    t.app.clock.set(closes + Duration::seconds(600));
    let trouble = actions::submit(&t.app, &actor, edit(), began).await.unwrap_err();
    assert!(matches!(&trouble, Trouble::Refused(refusal) if refusal.key == "applications-refusal-late"), "{trouble}");
    t.app.clock.set(closes + Duration::seconds(599));
    let receipt = actions::submit(&t.app, &actor, edit(), began).await.unwrap();
    assert_eq!(receipt.number, "AV2027-000002");
});

both!(drafts_expire_with_their_call, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let mut firm = firm(&t, 2).await;
    let path = start(&mut firm.browser, &call).await;
    let (_, kept) = submitted(&t, 3, &call, &vendor).await;
    assert_eq!(applications::expire_drafts(&t.app).await.unwrap(), 0);
    t.advance(Duration::days(31));
    assert_eq!(applications::expire_drafts(&t.app).await.unwrap(), 1);
    assert_eq!(applications::expire_drafts(&t.app).await.unwrap(), 0);
    let mut browser = t.signed_in(&firm.email).await;
    browser.see(&path).await.says("Expired").says("You may apply to the next call");
    assert!(t.mails().await.iter().any(|mail| mail.to == firm.email && mail.subject.contains("expired")));
    t.staff(Role::Screener).await.see(&kept).await.says("Submitted");
    let new = format!("/applications/new?call={}", call.call);
    let refused = browser.fill(&new, "/applications/new", &[]).await;
    assert_eq!(refused.status, 409);
});
