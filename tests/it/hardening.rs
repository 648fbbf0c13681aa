//! What somebody would try who does not use our pages as they are meant.

use crate::support::{PASSWORD, Tester, databases};
use actix_multipart::Multipart;
use actix_web::{http::header, test::TestRequest, web::Bytes};
use futures_util::{future::join_all, stream};
use uuid::Uuid;
use voucherdesk::{
    agreements,
    audit::{self, Act},
    core::{actor::Actor, lang::Lang, refusal::Trouble, roles::Role},
    db::once::Once,
    files::Files,
    people::{self, actions as people_actions},
    web::{Visitor, upload},
};

async fn person(t: &Tester, email: &str, roles: &[Role]) -> Actor {
    let id = t.person(email).await;
    for role in roles {
        t.grant(id, *role, None).await;
    }
    t.actor(email).await
}

fn key(outcome: Result<(), Trouble>) -> &'static str {
    match outcome {
        Ok(()) => "done",
        Err(Trouble::Refused(refusal)) => refusal.key,
        Err(other) => panic!("a fault: {other}"),
    }
}

const ACTS: [Act; 7] = [
    Act::Screened,
    Act::Scored,
    Act::Selected,
    Act::ClaimApproved,
    Act::PaymentPrepared,
    Act::PaymentApproved,
    Act::PaymentReleased,
];

both!(every_pair_of_acts_is_two_peoples_in_the_code_and_in_the_engine, async |t: Tester| {
    let actor = person(&t, "busy@staff.test", &[Role::Manager]).await;
    let other = person(&t, "other@staff.test", &[Role::Manager]).await;
    for first in ACTS {
        for second in ACTS.into_iter().filter(|second| *second != first) {
            let case = Uuid::now_v7();
            let mut tx = t.app.db.write().await.unwrap();
            audit::take(&mut tx, &actor, case, first, t.now()).await.unwrap();
            let refused = audit::take(&mut tx, &actor, case, second, t.now()).await;
            assert_eq!(key(refused), "refusal-duties-apart", "{first} then {second}");
            let refused = audit::take_all(&mut tx, &actor, &[Uuid::now_v7(), case], second, t.now()).await;
            assert_eq!(key(refused), "refusal-duties-apart", "{first} then {second} in a batch");
            audit::take(&mut tx, &other, case, second, t.now()).await.unwrap();
            audit::take(&mut tx, &actor, Uuid::now_v7(), second, t.now()).await.unwrap();
            let forced = tx
                .run(
                    "INSERT INTO duties (id, case_id, act, person_id, at) VALUES ($1, $2, $3, $4, $5)",
                    (Uuid::now_v7(), case, second, actor.id, t.now()),
                )
                .await;
            assert!(forced.is_err(), "the engine lets {first} then {second} pass");
        }
    }
});

both!(wrong_codes_count_on_when_the_password_is_given_again, async |t: Tester| {
    t.person("careful@staff.test").await;
    let mut browser = t.signed_in("careful@staff.test").await;
    let seen = browser.see("/account/second-factor").await;
    let html = seen.html();
    let secret = html.split("govuk-summary-list__value\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let secret = totp_rs::Secret::try_from_base32(&secret).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).with_account_name("a").with_issuer(Some("b"));
    let code = totp.build().unwrap().generate(t.now().timestamp() as u64).to_string();
    browser.submit(seen.form("/account/second-factor").with(&[("code", &code)])).await.says("Recovery codes");

    let mut thief = t.outsider();
    let mut slowed = false;
    for _ in 0..4 {
        let given = [("email", "careful@staff.test"), ("password", PASSWORD)];
        let seen = thief.fill("/sign-in", "/sign-in", &given).await;
        if seen.status != 303 {
            slowed = true;
            break;
        }
        for guess in ["000000", "111111"] {
            thief.fill("/sign-in/code", "/sign-in/code", &[("code", guess)]).await;
        }
    }
    assert!(slowed, "eight codes were guessed and nothing slowed down");
});

both!(wrong_passwords_at_once_all_count, async |t: Tester| {
    let person = t.person("target@firm.test").await;
    let place = people::sessions::Place::default();
    let guess = || people_actions::sign_in(&t.app, "target@firm.test", "wrong wrong wrong", &place, "request");
    join_all((0..6).map(|_| guess())).await;
    let mut tx = t.app.db.read().await.unwrap();
    let failures: Option<i64> = tx.value("SELECT failures FROM people WHERE id = $1", (person,)).await.unwrap();
    assert!(failures.unwrap() >= 5, "{failures:?}");
    drop(tx);
    let place = people::sessions::Place::default();
    let right = people_actions::sign_in(&t.app, "target@firm.test", PASSWORD, &place, "request").await;
    assert!(right.is_err(), "the right one among them waits as well");
});

both!(cookies_are_ours_alone_and_redirects_stay_here, async |t: Tester| {
    t.person("somebody@firm.test").await;
    let mut old = t.signed_in("somebody@firm.test").await;
    let before = old.cookie("__Host-session").unwrap().to_owned();
    for next in ["//evil.test", "/\\evil.test", "https://evil.test", "/\u{0}", "/\r\nset-cookie: a=b"] {
        let mut browser = t.outsider();
        browser.set_cookie("__Host-session", "fixed-by-somebody-else");
        let page = browser.see("/sign-in").await.form("/sign-in");
        let given = [("email", "somebody@firm.test"), ("password", PASSWORD), ("next", next)];
        let seen = browser.submit(page.with(&given)).await;
        assert_eq!((seen.status.as_u16(), seen.location().as_deref()), (303, Some("/")), "{next:?}");
        let set = seen.headers.get("set-cookie").unwrap().to_str().unwrap();
        for flag in ["__Host-session=", "; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
            assert!(set.contains(flag), "{flag}: {set}");
        }
        assert!(!set.contains("fixed-by-somebody-else"));
    }
    assert_eq!(old.get("/account").await.status, 303, "of six sessions the oldest is over");
    // A proof changes the key, and the old one is worth nothing.
    let mut browser = t.signed_in("somebody@firm.test").await;
    let unproven = browser.cookie("__Host-session").unwrap().to_owned();
    assert_ne!(before, unproven);
    assert_eq!(browser.fill("/prove", "/prove", &[("password", PASSWORD)]).await.status, 303);
    let mut copied = t.outsider();
    copied.set_cookie("__Host-session", &unproven);
    assert_eq!(copied.get("/account").await.status, 303);
    browser.see("/account").await;
    let live = browser.cookie("__Host-session").unwrap().to_owned();
    let form = browser.see("/account").await.form("/sign-out");
    let seen = browser.submit(form).await;
    assert_eq!(seen.headers.get("clear-site-data").unwrap(), "\"cache\", \"storage\"");
    copied.set_cookie("__Host-session", &live);
    assert_eq!(copied.get("/account").await.status, 303, "signed out on the server too");
});

both!(whoever_comes_to_move_money_keeps_one_session, async |t: Tester| {
    let person = t.person("clerk@staff.test").await;
    t.grant(person, Role::Screener, None).await;
    let mut first = t.signed_in("clerk@staff.test").await;
    let mut second = t.signed_in("clerk@staff.test").await;
    first.see("/account").await;
    t.grant(person, Role::Payer, None).await;
    assert_eq!(first.get("/account").await.status, 303);
    second.see("/payments").await;
});

both!(a_role_that_is_ended_or_a_person_disabled_can_send_no_open_form, async |t: Tester| {
    let admin = person(&t, "admin@staff.test", &[Role::Admin]).await;
    for (email, disable) in [("leaves@staff.test", false), ("disabled@staff.test", true)] {
        let manager = person(&t, email, &[Role::Manager]).await;
        let mut tab = t.signed_in(email).await;
        let token = tab.see("/account").await.form("/sign-out").fields;
        let token = token.iter().find(|(name, _)| name == "token").unwrap().1.clone();
        let id = people::PersonId(manager.id);
        match disable {
            true => people_actions::set_active(&t.app, &admin, id, false).await.unwrap(),
            false => people_actions::end_role(&t.app, &admin, id, Role::Manager).await.unwrap(),
        }
        let path = format!("/agreements/{}/voucher", Uuid::now_v7());
        let seen = tab.post_raw(&path, &[("token", &token)]).await;
        match disable {
            true => assert_eq!(seen.location().as_deref(), Some("/sign-in?next=/")),
            false => assert_eq!(seen.status, 404),
        }
    }
});

both!(a_link_that_lets_somebody_in_is_forgotten_once_it_is_sent, async |t: Tester| {
    t.person("forgetful@firm.test").await;
    let mut browser = t.outsider();
    browser.fill("/reset", "/reset", &[("email", "forgetful@firm.test")]).await;
    browser.fill("/sign-up", "/sign-up", &[("email", "new@firm.test")]).await;
    for (email, path) in [("forgetful@firm.test", "/reset/"), ("new@firm.test", "/sign-up/")] {
        let link = t.mailed_link(email).await;
        assert!(link.starts_with(path), "{link}");
        browser.see(&link).await;
    }
    let mut tx = t.app.db.read().await.unwrap();
    let kept: Vec<sqlx::types::Json<serde_json::Value>> =
        tx.values("SELECT payload FROM outbox WHERE kind = 'mail'", ()).await.unwrap();
    assert_eq!(kept.len(), 2);
    assert!(kept.iter().all(|payload| payload.0["link"].is_null()), "{kept:?}");
});

both!(a_form_cannot_take_the_key_of_a_timer, async |t: Tester| {
    let mut firm = t.newcomer().await;
    let fields = firm.see("/account/password").await.form("/account/password").fields;
    let token = fields.iter().find(|(name, _)| name == "token").unwrap().1.clone();
    let timer = "6f757463-6f6d-6573-2d64-756500000001";
    let seen = firm.post_raw("/account/password", &[("token", &token), ("once", timer)]).await;
    assert_eq!(seen.status, 400);
});

both!(a_vendor_reads_nothing_of_the_firms_bank_transfers, async |t: Tester| {
    let call = t.call(voucherdesk::core::money::Won(1_000_000_000)).await;
    let vendor = t.vendor(900).await;
    let case = t.active_case(&call, &vendor, 2, 80_000_000).await;
    let manager = person(&t, "money@staff.test", &[Role::Manager]).await;
    let record = async |reference: &str| {
        let deposit = agreements::NewDeposit {
            amount: voucherdesk::core::money::Won(1_000_000),
            payer_name: "한빛정밀 2".to_owned(),
            payer_number: None,
            mismatch_reason: None,
            bank_reference: reference.to_owned(),
            received_on: t.now().date_naive(),
        };
        agreements::record_deposit(&t.app, &manager, case.agreement, deposit, Once::new()).await
    };
    record("KB-2027-77").await.unwrap();
    let path = format!("/agreements/{}", case.agreement);
    t.member(case.application.firm, Role::Firm).await.see(&path).await.says("KB-2027-77");
    let seen = t.member(vendor.organisation, Role::Vendor).await.see(&path).await;
    assert!(!seen.html().contains("KB-2027-77"));
    // The same line of the bank's statement, copied by somebody else.
    let mut officer = t.staff(Role::ClaimsOfficer).await;
    for copied in ["kb-2027-77", " KB-2027- 77", "ＫＢ-2027-77"] {
        let given = [
            ("amount", "1000000"),
            ("payer_name", "한빛정밀 2"),
            ("bank_reference", copied),
            ("received_on", "2027-03-02"),
        ];
        let form = officer.see("/account").await.form("/sign-out").fields;
        let token = form.iter().find(|(name, _)| name == "token").unwrap().1.clone();
        let fields = [&[("token", token.as_str())][..], &given[..]].concat();
        let seen = officer.post_raw(&format!("{path}/deposits"), &fields).await;
        assert_eq!(seen.status, 422, "{copied}");
        seen.says("A deposit with this reference is recorded already");
    }
});

fn visitor() -> Visitor {
    Visitor {
        actor: None,
        half_session: None,
        has_second_factor: false,
        form_token: "token".to_owned(),
        lang: Lang::En,
        path: "/".to_owned(),
        query: String::new(),
        arrived_at: chrono::Utc::now(),
        request_id: String::new(),
        address: String::new(),
        agent: String::new(),
        flash: None,
        demo: false,
    }
}

fn part(name: &str, file_name: &str, bytes: &[u8]) -> Vec<u8> {
    let head = match file_name {
        "" => format!("--xx\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n"),
        _ => format!(
            "--xx\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\n\
             Content-Type: application/pdf\r\n\r\n"
        ),
    };
    [head.as_bytes(), bytes, b"\r\n"].concat()
}

/// How a multipart form of these parts ends, and how many files are left of it.
async fn received(parts: &[Vec<u8>]) -> (Option<Trouble>, usize) {
    let folder = databases::fresh_folder();
    let files = Files::in_folder(&folder).unwrap();
    let request = TestRequest::default()
        .insert_header((header::CONTENT_TYPE, "multipart/form-data; boundary=xx"))
        .to_http_request();
    let chunks: Vec<_> = parts.iter().map(|part| Ok(Bytes::from(part.clone()))).collect();
    let body = Multipart::new(request.headers(), stream::iter(chunks));
    let trouble = upload::receive(&visitor(), &files, body).await.err();
    let kept = std::fs::read_dir(folder.join("files")).map_or(0, Iterator::count);
    (trouble, kept)
}

#[actix_web::test]
async fn of_a_form_that_is_refused_no_file_is_left() {
    let (token, end) = (part("token", "", b"token"), b"--xx--\r\n".to_vec());
    let good = part("file", "plan.pdf", b"%PDF-1.7\n");
    let (trouble, kept) = received(&[token.clone(), good.clone(), end.clone()]).await;
    assert!(trouble.is_none());
    assert_eq!(kept, 1);
    let bad = part("other", "plan.pdf", b"MZ");
    let endless = part("note", "", &[b'x'; 70 * 1024]);
    let large = part("file", "plan.pdf", &[b"%PDF-1.7\n".to_vec(), vec![b'x'; 18 * 1024 * 1024]].concat());
    for (what, parts) in [
        ("a second file is refused", vec![token.clone(), good.clone(), bad, end.clone()]),
        ("it breaks off", vec![token.clone(), good.clone(), b"--xx\r\nContent-Disp".to_vec()]),
        ("a field is too long", vec![token.clone(), good.clone(), endless, end.clone()]),
        ("the token comes twice", vec![token.clone(), good.clone(), part("token", "", b"other"), end.clone()]),
        ("more than fifty megabytes", vec![token, large.clone(), large.clone(), large, end]),
    ] {
        let (trouble, kept) = received(&parts).await;
        assert!(trouble.is_some(), "{what}");
        assert_eq!(kept, 0, "{what}");
    }
}
