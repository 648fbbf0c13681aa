//! Stories of documents given once, the business register, possible duplicates and aid from elsewhere.

use super::members::member;
use crate::support::{Browser, Seen, Tester};
use chrono::{Duration, NaiveDate};
use serde_json::json;
use uuid::Uuid;
use voucherdesk::{
    applications,
    core::{
        money::Won,
        roles::{Capacity, FOUNDER, Role},
    },
    db::once::Once,
    organisations::{self, OrganisationId, RegisterStatus, register::Recorded},
};

const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<<>>endobj\n%%EOF\n";
const VAULT: &str = "/organisation/documents";

async fn put(browser: &mut Browser, values: &[(&str, &str)]) -> Seen {
    let form = browser.see(VAULT).await.forms().into_iter().find(|form| form.action == VAULT).unwrap();
    browser.submit(form.with(values).file("file", "서류.pdf", PDF)).await
}

both!(a_document_is_given_once_and_attached_while_it_counts, async |t: Tester| {
    let firm = t.organisation(1).await;
    let owner = member(&t, "owner@firm.test", firm, Role::Firm, FOUNDER).await;
    let mut browser = t.signed_in("owner@firm.test").await;
    browser.see(VAULT).await.says("There is nothing here");
    let refused = put(&mut browser, &[("vault_kind", "sme_certificate"), ("issued_on", "2027-03-01")]).await;
    assert!(refused.error_at("valid_to").is_some());
    let refused = put(&mut browser, &[("vault_kind", "tax_clearance"), ("issued_on", "2027-01-01")]).await;
    assert!(refused.error_at("issued_on").unwrap().contains("no longer counts"));
    let seen = put(&mut browser, &[("vault_kind", "tax_clearance"), ("issued_on", "2027-02-20")]).await;
    browser.follow(seen).await.says("until 22 Mar 2027").says("SHA-256");
    t.mails().await;

    let call = t.call(Won(1_000_000_000)).await;
    let draft = applications::actions::start(&t.app, &owner, call.call, None, Once::new()).await.unwrap();
    let documents = format!("/applications/{draft}/documents");
    let seen = browser.see(&documents).await;
    let picked = browser.submit(seen.form("/tax_clearance/from-vault")).await;
    browser.follow(picked).await.says("서류.pdf");
    assert!(seen.find_form("/registration/from-vault").is_none(), "nothing of this kind is there");
    // The other firm's document is nobody's to pick.
    let other = member(&t, "owner2@firm.test", t.organisation(2).await, Role::Firm, FOUNDER).await;
    let theirs = applications::actions::start(&t.app, &other, call.call, None, Once::new()).await.unwrap();
    let mut stranger = t.signed_in("owner2@firm.test").await;
    assert!(stranger.see(&format!("/applications/{theirs}/documents")).await.find_form("/from-vault").is_none());
    let form = seen.form("/tax_clearance/from-vault");
    let document = form.fields.iter().find(|(name, _)| name == "document").unwrap().1.clone();
    assert_eq!(stranger.get(&format!("{VAULT}/{document}")).await.status, 404);
    assert_eq!(browser.see(&format!("{VAULT}/{document}")).await.body, PDF);

    // A week before the end the firm is told, once.
    t.app.clock.set("2027-03-14T12:00:00Z".parse().unwrap());
    assert_eq!(organisations::warn_ending(&t.app).await.unwrap(), 0);
    t.app.clock.set("2027-03-16T12:00:00Z".parse().unwrap());
    assert_eq!(organisations::warn_ending(&t.app).await.unwrap(), 1);
    assert_eq!(organisations::warn_ending(&t.app).await.unwrap(), 0);
    assert!(t.mails().await.iter().any(|mail| mail.to == "owner@firm.test" && mail.subject.contains("ends soon")));
    // On its last day it counts, a day later it cannot be attached any more.
    let mut tx = t.app.db.read().await.unwrap();
    for (day, count) in [("2027-03-22", 1), ("2027-03-23", 0)] {
        let day: NaiveDate = day.parse().unwrap();
        assert_eq!(organisations::vault::list_valid(&mut tx, firm, day).await.unwrap().len(), count);
    }
    drop(tx);
    t.app.clock.set("2027-03-23T12:00:00Z".parse().unwrap());
    let mut later = t.signed_in("owner@firm.test").await;
    let seen = later.see(&documents).await;
    seen.says("서류.pdf ended on 22 Mar 2027").says("Put a newer one into your documents");
    assert!(seen.find_form("/tax_clearance/from-vault").is_none(), "what has ended cannot be picked");
    member(&t, "viewer@firm.test", firm, Role::Firm, &[Capacity::Viewer]).await;
    let viewer = t.signed_in("viewer@firm.test").await.see(VAULT).await;
    assert!(viewer.forms().iter().all(|form| !form.action.starts_with(VAULT)), "a viewer reads");
});

async fn upload(browser: &mut Browser, path: &str, values: &[(&str, &str)], name: &str, text: &str) -> Seen {
    let form = browser.see(path).await.form(path);
    browser.submit(form.with(values).file("file", name, text.as_bytes())).await
}

async fn status(t: &Tester, id: OrganisationId) -> RegisterStatus {
    organisations::get(&mut t.app.db.read().await.unwrap(), id).await.unwrap().register_status
}

both!(a_register_file_is_read_line_by_line_and_old_answers_are_asked_anew, async |t: Tester| {
    let firm = t.organisation(1).await;
    let calm = t.organisation(2).await;
    member(&t, "owner@firm.test", firm, Role::Firm, FOUNDER).await;
    let number = |of: OrganisationId| {
        let db = t.app.db.clone();
        async move { organisations::get(&mut db.read().await.unwrap(), of).await.unwrap().business_number }
    };
    let (one, other) = (number(firm).await, number(calm).await);
    let mut screener = t.staff(Role::Screener).await;
    let path = "/organisations/register";
    let text = format!(
        "\u{feff}number,status\n{one},폐업자,2027-02-28\n{other},01\n{other},02\n123,01\n{one}9,01\nx\n\"220-81-62517\",99\n"
    );
    let refused = upload(&mut screener, path, &[("as_of", "2027-03-03")], "register.csv", &text).await;
    assert!(refused.error_at("as_of").is_some());
    let seen = upload(&mut screener, path, &[("as_of", "2027-03-02")], "register.csv", &text).await;
    let seen = screener.follow(seen).await;
    seen.says("Lines taken 2").says("Lines refused 5").says("An earlier line says the same").says("An unknown status");
    // The answers on record are of today: nothing is asked.
    assert_eq!(organisations::recheck_stale(&t.app).await.unwrap(), 0);
    assert_eq!(status(&t, firm).await, RegisterStatus::Active);
    t.advance(Duration::days(4));
    let mut screener = t.staff(Role::Screener).await;
    screener.see(path).await.says("Old answers 2");
    // What the file says is older than what a screener saw at the counter: it changes nothing.
    assert_eq!(organisations::recheck_stale(&t.app).await.unwrap(), 0);
    t.advance(Duration::minutes(1));
    let fresh = format!("{one},03\n{other},01\n");
    let seen = upload(&mut screener, path, &[("as_of", "2027-03-06")], "fresh.csv", &fresh).await;
    screener.follow(seen).await;
    assert_eq!(organisations::recheck_stale(&t.app).await.unwrap(), 1);
    assert_eq!(organisations::recheck_stale(&t.app).await.unwrap(), 0, "asked once for a file");
    assert_eq!((status(&t, firm).await, status(&t, calm).await), (RegisterStatus::Closed, RegisterStatus::Active));
    screener.see(path).await.says("Old answers 0").says("Active → Closed");
    screener
        .see(&format!("/organisations/{firm}"))
        .await
        .says("Business status changed")
        .says("Questions to the register");
    assert!(t.mails().await.iter().any(|mail| mail.to == "owner@firm.test" && mail.text.contains("Closed")));
    let mut auditor = t.staff(Role::Auditor).await;
    assert!(auditor.see(path).await.find_form(path).is_none(), "an auditor reads");
});

both!(a_connector_that_fails_changes_nothing_and_is_asked_again, async |t: Tester| {
    let firm = t.organisation(1).await;
    let number = organisations::get(&mut t.app.db.read().await.unwrap(), firm).await.unwrap().business_number;
    t.advance(Duration::days(4));
    let good = json!({ "data": [{ "b_no": number, "b_stt_cd": "02" }] });
    let register = Recorded::new([Err(anyhow::anyhow!("no line")), Ok(json!({ "nonsense": 1 })), Ok(good)]);
    for changed in [0, 0, 1, 0] {
        let found = organisations::actions::recheck_with(&t.app, &register, t.now()).await.unwrap();
        assert_eq!(found, changed);
    }
    assert_eq!(status(&t, firm).await, RegisterStatus::Suspended);
    let asked: Option<i64> =
        t.app.db.read().await.unwrap().value("SELECT COUNT(*) FROM register_asks", ()).await.unwrap();
    assert_eq!(asked, Some(1));
});

both!(an_officer_clears_or_confirms_who_may_be_one, async |t: Tester| {
    let (one, two, three) = (t.organisation(1).await, t.organisation(2).await, t.organisation(3).await);
    let mut tx = t.app.db.write().await.unwrap();
    for (id, phone, address) in [
        (one, "02-700-7777", "서울특별시 중구 세종대로 1"),
        (two, "+82 2 700 7777", "서울특별시 중구 을지로 30, 2층"),
        (three, "02-999-0000", "서울특별시 중구 을지로 30 2층"),
    ] {
        tx.run("UPDATE organisations SET phone = $2, address = $3 WHERE id = $1", (id, phone, address)).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(organisations::compare_unkeyed(&t.app).await.unwrap(), 3);
    assert_eq!(organisations::compare_unkeyed(&t.app).await.unwrap(), 0);
    let mut screener = t.staff(Role::Screener).await;
    let path = "/organisations/duplicates";
    screener.see(path).await.says("2 in all").says("Same telephone").says("Same address");
    screener.see(&format!("{path}?kind=shared_phone&state=open")).await.says("1 in all");
    screener.see(&format!("{path}?state=confirmed")).await.says("No tie fits");
    let group = async |id| organisations::group_of(&mut t.app.db.read().await.unwrap(), id).await.unwrap();
    for kind in ["shared_phone", "shared_address"] {
        let tie = screener.see(&format!("{path}?kind={kind}")).await.link(&format!("{path}/"));
        assert!(screener.fill(&tie, &tie, &[]).await.error_at("reason").is_some());
        screener.fill_and_follow(&tie, &tie, &[("verdict", "confirmed"), ("reason", "같은 사무실")]).await;
    }
    for id in [one, two, three] {
        assert_eq!(group(id).await, Some(one.0), "the group has its oldest member's id");
    }
    let members = organisations::group_members(&mut t.app.db.read().await.unwrap(), one.0).await.unwrap();
    assert_eq!(members, [one, two, three]);
    screener.see(&format!("/organisations/{one}")).await.says("The same group").says("한빛정밀 3").says("Tie decided");
    // One tie was a mistake: the far member stands alone again.
    let tie = screener.see(&format!("{path}?state=confirmed&kind=shared_address")).await.link(&format!("{path}/"));
    screener.fill_and_follow(&tie, &tie, &[("verdict", "cleared"), ("reason", "건물만 같음")]).await;
    assert_eq!((group(one).await, group(two).await, group(three).await), (Some(one.0), Some(one.0), None));
    let mut auditor = t.staff(Role::Auditor).await;
    assert!(auditor.see(&tie).await.find_form(&tie).is_none());
});

both!(aid_from_elsewhere_is_previewed_confirmed_and_counted_once, async |t: Tester| {
    let firm = t.organisation(1).await;
    member(&t, "owner@firm.test", firm, Role::Firm, FOUNDER).await;
    let number = organisations::get(&mut t.app.db.read().await.unwrap(), firm).await.unwrap().business_number;
    let mut browser = t.signed_in("owner@firm.test").await;
    let declared = [
        ("agency", "서울 지원기관"),
        ("programme", "디지털 전환"),
        ("reference", "DX-1"),
        ("amount", "10,000,000"),
        ("awarded_on", "2026-05-01"),
    ];
    let own = "/organisation/aid";
    browser.fill_and_follow(own, own, &declared).await.says("KRW 10,000,000").says("Declared");
    let seen = browser.see(own).await;
    let form = seen.forms().into_iter().find(|form| form.action == own).unwrap();
    browser.submit(form.with(&declared)).await.says("on record");
    let mut screener = t.staff(Role::Screener).await;
    let path = "/organisations/awards";
    let text = format!(
        "business_number,programme,reference,amount,awarded_on\n{number},디지털 전환,dx 1,\"12,000,000\",2026-05-01\n\
         {number},스마트공장,SF-9,50000000,2024-03-03\n{number},스마트공장,SF-8,70000000,2024-03-02\n\
         {number},스마트공장,SF-9,1,2026-01-01\n,a,b,c,d\n{number},없는 금액,SF-7,0,2026-01-01\n"
    );
    let preview = upload(&mut screener, path, &[("agency", "서울지원기관")], "list.csv", &text).await;
    let preview = screener.follow(preview).await;
    preview
        .says("Lines that can be taken 3")
        .says("Lines refused 3")
        .says("The amount is wrong")
        .says("Nothing counts yet");
    let total = async |since: &str| {
        let since: NaiveDate = since.parse().unwrap();
        let mut tx = t.app.db.read().await.unwrap();
        let facts = organisations::facts_after(&mut tx, OrganisationId(Uuid::nil()), since, 100).await.unwrap();
        facts.into_iter().find(|facts| facts.organisation_id == firm).unwrap().other_aid_won
    };
    assert_eq!(total("2024-03-03").await, Won(10_000_000));
    let import = preview.path.clone();
    screener.fill_and_follow(&import, &import, &[]).await.says("Lines taken 3");
    // What the agency says takes the place of what the firm declared; the window is 36 months to the day.
    assert_eq!(total("2024-03-03").await, Won(62_000_000));
    assert_eq!(total("2024-03-02").await, Won(132_000_000));
    browser.see(own).await.says("KRW 62,000,000").says("since 3 Mar 2024");
    assert!(browser.see(own).await.find_form("/take-back").is_none(), "what an agency said stays");
    let again = upload(&mut screener, path, &[("agency", "서울 지원기관")], "again.csv", &text).await;
    let again = screener.follow(again).await;
    again.says("Of these known already 3");
    let import = again.path.clone();
    screener.fill_and_follow(&import, &import, &[]).await.says("Lines taken 0");
    assert_eq!(total("2024-03-02").await, Won(132_000_000));
    let more = [
        ("reference", "DX-2"),
        ("agency", "부산 지원기관"),
        ("programme", "a"),
        ("amount", "1"),
        ("awarded_on", "2027-01-01"),
    ];
    let seen = browser.fill_and_follow(own, own, &more).await;
    browser.submit(seen.form("/take-back")).await;
    browser.see(own).await.says("KRW 62,000,000");
    screener.see(&format!("/organisations/{firm}")).await.says("KRW 62,000,000");
    let script = upload(&mut screener, path, &[("agency", "a")], "list.csv", "%PDF-1.4\n").await;
    assert_eq!(script.status, 422);
});
