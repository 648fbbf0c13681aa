//! The closing second, reminders before it, drafts after it.

use super::*;
use voucherdesk::programmes::CallRules;

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

both!(the_last_millisecond_counts_in_whatever_zone_the_programme_is, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let mut tx = t.app.db.write().await.unwrap();
    tx.run("UPDATE programmes SET zone = 'America/New_York'", ()).await.unwrap();
    tx.commit().await.unwrap();
    let closes = t.now() + Duration::days(30);
    let (mut in_time, mut late) = (firm(&t, 2).await, firm(&t, 3).await);
    let (path, other) = (start(&mut in_time.browser, &call).await, start(&mut late.browser, &call).await);
    fill_in(&mut in_time.browser, &path, &vendor).await;
    fill_in(&mut late.browser, &other, &vendor).await;
    t.app.clock.set(closes - Duration::milliseconds(1));
    let (mut in_time, mut late) = (t.signed_in(&in_time.email).await, t.signed_in(&late.email).await);
    let form = |seen: Seen, path: &str| exact(&seen, &format!("{path}/submit")).with(&[("certify", "yes")]);
    let (one, two) = (in_time.see(&format!("{path}/submit")).await, late.see(&format!("{other}/submit")).await);
    assert_eq!(in_time.submit(form(one, &path)).await.status, 303, "14:59:59.999");
    t.app.clock.set(closes);
    let refused = late.submit(form(two, &other)).await;
    assert_eq!(refused.status, 422, "15:00:00");
    refused.says("The call closed at 2027-03-31 21:00:00 EDT");
    // No field of the form moves the moment of arrival.
    let dated = refused.find_form("/submit");
    assert!(dated.is_none(), "a closed call has nothing to submit");
    let backdated = late.post_raw(&format!("{other}/submit"), &[("arrived_at", "2027-03-31T00:00:00Z")]).await;
    assert!(backdated.status.is_client_error());
});

both!(who_has_not_submitted_is_reminded_once_each_time_and_who_has_is_not, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let closes = t.now() + Duration::days(30);
    let mut writes = firm(&t, 2).await;
    let path = start(&mut writes.browser, &call).await;
    saved(&mut writes.browser, &format!("{path}/use-case"), &[("title", "용접 검사")]).await;
    let (done, _) = submitted(&t, 3, &call, &vendor).await;
    let reminders = async |to: &str| {
        let mails = t.mails().await;
        mails.into_iter().filter(|mail| mail.to == to && mail.subject.contains("is not submitted yet")).count()
    };
    assert_eq!(applications::remind(&t.app).await.unwrap(), 0);
    for (before, sent) in [(Duration::days(7), 1), (Duration::days(2), 2), (Duration::hours(3), 3)] {
        t.app.clock.set(closes - before - Duration::seconds(1));
        assert_eq!(applications::remind(&t.app).await.unwrap(), 0, "a second too early");
        t.app.clock.set(closes - before);
        assert_eq!(applications::remind(&t.app).await.unwrap(), 1);
        assert_eq!(applications::remind(&t.app).await.unwrap(), 0, "each once");
        assert_eq!(reminders(&writes.email).await, sent);
    }
    assert_eq!(reminders(&done.email).await, 0);
    let mail = t.mails().await.into_iter().rev().find(|mail| mail.to == writes.email).unwrap();
    assert!(mail.text.contains("용접 검사") && mail.text.contains("2027-04-01 10:00:00 KST"), "{}", mail.text);
    // Who begins in the last hours is not told what the page just said.
    let mut new = firm(&t, 4).await;
    start(&mut new.browser, &call).await;
    t.advance(Duration::hours(1));
    assert_eq!(applications::remind(&t.app).await.unwrap(), 0);
    t.app.clock.set(closes);
    assert_eq!(applications::remind(&t.app).await.unwrap(), 0, "a closed call reminds nobody");
});

both!(a_call_names_its_own_hours_of_reminding, async |t: Tester| {
    let mut rules = CallRules::ai_voucher();
    rules.timers.reminder_hours = vec![36];
    let call = t.call_by(BUDGET, rules).await;
    let closes = t.now() + Duration::days(30);
    let mut writes = firm(&t, 2).await;
    start(&mut writes.browser, &call).await;
    t.app.clock.set(closes - Duration::days(2));
    assert_eq!(applications::remind(&t.app).await.unwrap(), 0);
    t.app.clock.set(closes - Duration::hours(36));
    assert_eq!(applications::remind(&t.app).await.unwrap(), 1);
    t.app.clock.set(closes - Duration::hours(3));
    assert_eq!(applications::remind(&t.app).await.unwrap(), 0);
});

both!(drafts_of_every_open_call_are_reminded_however_many_calls_are_open, async |t: Tester| {
    let closes = t.now() + Duration::days(30);
    for _ in 0..110 {
        t.call(Won(1)).await;
    }
    let last = t.call(BUDGET).await;
    let mut writes = firm(&t, 2).await;
    start(&mut writes.browser, &last).await;
    t.app.clock.set(closes - Duration::days(7));
    assert_eq!(applications::remind(&t.app).await.unwrap(), 1);
    assert_eq!(applications::remind(&t.app).await.unwrap(), 0);
});
