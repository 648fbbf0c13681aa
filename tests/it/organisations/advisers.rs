//! Stories of advisers: a declared, limited mandate; what is done under it; when it ends.

use super::members::member;
use crate::support::{Browser, PASSWORD, Tester};
use chrono::{TimeZone, Utc};
use voucherdesk::{
    applications::{self, ApplicationId},
    core::{
        actor::Actor,
        money::Won,
        refusal::Trouble,
        roles::{Capacity, FOUNDER, Role},
    },
    db::once::Once,
    organisations::{self, OrganisationId},
};

const GIVE: &str = "/organisation/advisers/new";

fn mandate(ends_on: &str) -> Vec<(&'static str, String)> {
    [
        ("email", "adviser@help.test"),
        ("name", "정자문"),
        ("company", "도움 컨설팅"),
        ("adviser_number", ""),
        ("phone", "02-555-0147"),
        ("relation", "consultant"),
        ("fee_kind", "amount"),
        ("fee_won", "3,000,000"),
        ("starts_on", "2027-03-02"),
        ("limits", "yes"),
    ]
    .into_iter()
    .map(|(name, value)| (name, value.to_owned()))
    .chain([("ends_on", ends_on.to_owned())])
    .collect()
}

async fn give(firm: &mut Browser, values: &[(&'static str, String)]) -> crate::support::Seen {
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    firm.fill(GIVE, GIVE, &values).await
}

/// A firm with its owner signed in, and its draft in a call.
async fn firm(t: &Tester, number: u16) -> (OrganisationId, Browser, Actor, ApplicationId) {
    let firm = t.organisation(number).await;
    let email = format!("owner{number}@firm.test");
    let owner = member(t, &email, firm, Role::Firm, FOUNDER).await;
    let call = t.call(Won(1_000_000_000)).await;
    let draft = applications::actions::start(&t.app, &owner, call.call, None, Once::new()).await.unwrap();
    (firm, t.signed_in(&email).await, owner, draft)
}

both!(an_adviser_prepares_under_a_mandate_and_its_last_day_ends_access, async |t: Tester| {
    // Half an hour before midnight in Seoul.
    t.app.clock.set(Utc.with_ymd_and_hms(2027, 3, 2, 14, 30, 0).unwrap());
    let (_, mut owner, _, draft) = firm(&t, 1).await;
    let (.., other) = firm(&t, 2).await;
    assert!(give(&mut owner, &mandate("2028-03-03")).await.error_at("ends_on").is_some(), "a year at most");
    assert_eq!(give(&mut owner, &mandate("2027-03-02")).await.status, 303);
    let link = t.mailed_link("adviser@help.test").await;
    let mut adviser = t.outsider();
    adviser.see(&link).await.says("한빛정밀 1").says("never submits");
    let values = [("name", "정자문"), ("password", PASSWORD), ("consent", "yes")];
    let desk = adviser.fill_and_follow(&link, &link, &values).await;
    desk.says("In force").says("한빛정밀 1");
    let path = format!("/applications/{draft}");
    assert_eq!(adviser.get(&path).await.status, 404, "not at work for anybody yet");
    assert_eq!(adviser.get("/applications").await.location().as_deref(), Some("/mandates"));
    let seen = adviser.submit(desk.form("/work")).await;
    adviser.follow(seen).await;
    adviser.see(&path).await;
    let form = format!("{path}/use-case");
    let saved = adviser.fill(&form, &form, &[("title", "자문인이 쓴 제목")]).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    for (closed, status) in [
        (format!("{path}/submit"), 404),
        (format!("{path}/withdraw"), 404),
        (format!("/applications/{other}"), 404),
        ("/agreements".to_owned(), 404),
        ("/claims".to_owned(), 404),
        ("/organisation".to_owned(), 404),
        ("/organisation/documents".to_owned(), 404),
        ("/payments/mine".to_owned(), 404),
        ("/advisers".to_owned(), 404),
        ("/applications/new".to_owned(), 404),
    ] {
        assert_eq!(adviser.get(&closed).await.status, status, "{closed}");
    }
    owner.see("/organisation/advisers").await.says("What advisers did").says("On behalf of").says("한빛정밀 1");
    let mut tx = t.app.db.read().await.unwrap();
    let history = voucherdesk::audit::history(&mut tx, draft.0).await.unwrap();
    let by_adviser = history.iter().find(|record| record.actor_role == "adviser").expect("a record of the adviser");
    assert!(by_adviser.values().contains(&("on_behalf_of".to_owned(), "한빛정밀 1".to_owned())));
    drop(tx);
    // Twenty-nine minutes later the last day still counts; two more and it is over.
    t.advance(chrono::Duration::minutes(29));
    adviser.see(&path).await;
    t.advance(chrono::Duration::minutes(2));
    assert_eq!(adviser.get(&path).await.status, 404);
    adviser.see("/mandates").await.says("Days are over");
});

both!(a_firm_revokes_a_mandate_and_access_ends_at_once, async |t: Tester| {
    let (_, mut owner, _, draft) = firm(&t, 1).await;
    give(&mut owner, &mandate("2027-06-30")).await;
    let link = t.mailed_link("adviser@help.test").await;
    let mut adviser = t.outsider();
    let values = [("name", "정자문"), ("password", PASSWORD), ("consent", "yes")];
    let desk = adviser.fill_and_follow(&link, &link, &values).await;
    adviser.submit(desk.form("/work")).await;
    let path = format!("/applications/{draft}/use-case");
    let open_form = adviser.see(&path).await.form(&path).with(&[("title", "늦은 제목")]);
    let seen = owner.see("/organisation/advisers").await;
    owner.submit(seen.form("/end")).await;
    assert_eq!(adviser.submit(open_form).await.status, 404, "an open form is worth nothing");
    owner.see("/organisation/advisers").await.says("Ended");
    t.mails().await.iter().find(|mail| mail.to == "adviser@help.test" && mail.subject.contains("한빛정밀")).unwrap();
    // A viewer gives no mandate.
    let viewer = organisations::get(
        &mut t.app.db.read().await.unwrap(),
        t.actor("owner1@firm.test").await.organisation.map(OrganisationId).unwrap(),
    )
    .await
    .unwrap();
    member(&t, "viewer@firm.test", viewer.id, Role::Firm, &[Capacity::Viewer]).await;
    assert_eq!(t.signed_in("viewer@firm.test").await.get(GIVE).await.status, 403);
});

both!(nobody_of_a_vendor_advises_a_firm, async |t: Tester| {
    let (_, mut owner, actor, draft) = firm(&t, 1).await;
    let vendor = t.vendor(5).await;
    let number = organisations::get(&mut t.app.db.read().await.unwrap(), vendor.organisation).await.unwrap();
    // Its people are not known yet: the mandate stands, but its packages cannot be chosen.
    let mut with_number = mandate("2027-06-30");
    with_number.retain(|(name, _)| *name != "adviser_number");
    with_number.push(("adviser_number", number.business_number.clone()));
    assert_eq!(give(&mut owner, &with_number).await.status, 303);
    let link = t.mailed_link("adviser@help.test").await;
    let values = [("name", "정자문"), ("password", PASSWORD), ("consent", "yes")];
    t.outsider().fill_and_follow(&link, &link, &values).await;
    let package = applications::actions::NewPackage { package: Some(vendor.package), quantity: Some(1) };
    let edit = applications::actions::Edit { id: draft, version: 1, once: Once::new(), auto: false };
    match applications::actions::choose_package(&t.app, &actor, edit, package).await {
        Err(Trouble::Refused(refusal)) => assert_eq!(refusal.key, "applications-refusal-advisers-package"),
        other => panic!("{other:?}"),
    }
    // Once it has people, neither they nor its number get a mandate.
    member(&t, "sales@vendor.test", vendor.organisation, Role::Vendor, FOUNDER).await;
    let refused = give(&mut owner, &with_number).await;
    assert!(refused.error_at("email").unwrap().contains("Nobody of a vendor"));
    let mut with_address = mandate("2027-06-30");
    with_address.retain(|(name, _)| *name != "email");
    with_address.push(("email", "sales@vendor.test".to_owned()));
    assert!(give(&mut owner, &with_address).await.error_at("email").is_some());
    // A vendor's telephone or mail domain is flagged for officers.
    organisations::compare_unkeyed(&t.app).await.unwrap();
    let mut with_phone = mandate("2027-06-30");
    with_phone.retain(|(name, _)| !["email", "phone", "fee_kind"].contains(name));
    with_phone.push(("email", "friend@vendor.test".to_owned()));
    with_phone.push(("phone", "02 700 0005".to_owned()));
    with_phone.push(("fee_kind", "percent".to_owned()));
    with_phone.push(("fee_percent", "12.5".to_owned()));
    assert_eq!(give(&mut owner, &with_phone).await.status, 303);
    let mut screener = t.staff(Role::Screener).await;
    let list = screener.see("/advisers?flagged=yes").await;
    list.says("1 in all").says("정자문");
    let seen = screener.see(&list.link("/advisers/")).await;
    seen.says("A vendor's telephone").says("A vendor's mail domain").says("12.5 % of the support");
    screener.see("/advisers").await.says("2 in all");
});
