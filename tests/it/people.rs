//! Stories of people: accounts, sessions, second factors, roles.

use crate::support::{PASSWORD, Tester};
use chrono::Duration;
use voucherdesk::core::roles::Role;

both!(somebody_makes_an_account_by_a_mailed_link, async |t: Tester| {
    let mut browser = t.outsider();
    let seen = browser.fill("/sign-up", "/sign-up", &[("email", "new@firm.test")]).await;
    seen.says("We have sent a mail");
    let link = t.mailed_link("new@firm.test").await;
    // A mail scanner opens the link first; that consumes nothing.
    t.outsider().see(&link).await;
    let refused =
        browser.fill(&link, &link, &[("name", "김하나"), ("password", "password1234567"), ("consent", "yes")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.error_at("password").is_some());
    assert_eq!(refused.value_of("name").as_deref(), Some("김하나"));
    assert_eq!(refused.value_of("password").as_deref(), Some(""), "a password is never shown again");
    let seen = browser.fill(&link, &link, &[("name", "김하나"), ("password", PASSWORD), ("consent", "yes")]).await;
    assert_eq!(seen.status, 303);
    browser.see("/account").await.says("new@firm.test");
    assert_eq!(t.outsider().get(&link).await.status, 409, "a link works once");
});

both!(an_unknown_address_and_a_known_one_get_the_same_answer, async |t: Tester| {
    t.person("known@firm.test").await;
    let mut browser = t.outsider();
    let known = browser.fill("/sign-up", "/sign-up", &[("email", "known@firm.test")]).await.text();
    let unknown = browser.fill("/sign-up", "/sign-up", &[("email", "unknown@firm.test")]).await.text();
    assert_eq!(known, unknown);
    let known =
        browser.fill("/sign-in", "/sign-in", &[("email", "known@firm.test"), ("password", "wrong wrong wrong")]).await;
    let unknown = browser
        .fill("/sign-in", "/sign-in", &[("email", "unknown@firm.test"), ("password", "wrong wrong wrong")])
        .await;
    assert_eq!((known.status.as_u16(), unknown.status.as_u16()), (422, 422));
    assert_eq!(known.error_at("password"), unknown.error_at("password"));
});

both!(wrong_passwords_slow_an_account_down, async |t: Tester| {
    t.person("slow@firm.test").await;
    let mut browser = t.outsider();
    for _ in 0..5 {
        browser.fill("/sign-in", "/sign-in", &[("email", "slow@firm.test"), ("password", "wrong wrong wrong")]).await;
    }
    let seen = browser.fill("/sign-in", "/sign-in", &[("email", "slow@firm.test"), ("password", PASSWORD)]).await;
    seen.says("Too many wrong attempts");
    t.advance(Duration::minutes(2));
    t.signed_in("slow@firm.test").await;
});

both!(a_session_ends_idle_or_signed_out, async |t: Tester| {
    let mut browser = t.newcomer().await;
    t.advance(Duration::minutes(50));
    browser.see("/account").await;
    t.advance(Duration::minutes(61));
    assert_eq!(browser.get("/account").await.status, 303);

    let mut browser = t.newcomer().await;
    let key = browser.cookie("__Host-session").unwrap().to_owned();
    browser.fill("/account", "/sign-out", &[]).await;
    browser.set_cookie("__Host-session", &key);
    assert_eq!(browser.get("/account").await.status, 303, "the old key is worth nothing");
});

both!(a_form_from_elsewhere_is_refused, async |t: Tester| {
    let mut browser = t.newcomer().await;
    let form = browser.see("/account/password").await.form("/account/password");
    let forged = form.clone().with(&[("token", "0".repeat(64).as_str())]);
    assert_eq!(browser.submit(forged).await.status, 403);
    let body = serde_html_form::to_string(&form.fields).unwrap();
    for site in ["cross-site", "same-site", "none"] {
        let request = actix_web::test::TestRequest::post()
            .uri("/account/password")
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .insert_header(("sec-fetch-site", site))
            .set_payload(body.clone());
        assert_eq!(browser.send(request, "/account/password").await.status, 403, "{site}");
    }
    let request = actix_web::test::TestRequest::post()
        .uri("/account/password")
        .insert_header(("content-type", "application/x-www-form-urlencoded"))
        .insert_header(("origin", "https://evil.test"))
        .insert_header(("x-forwarded-host", "evil.test"))
        .set_payload(body);
    assert_eq!(browser.send(request, "/account/password").await.status, 403);
});

both!(an_administrator_invites_staff_who_choose_a_password, async |t: Tester| {
    let mut admin = t.staff(Role::Admin).await;
    let form = [("email", "new@staff.test"), ("name", "New Officer"), ("role", "screener")];
    admin.fill_and_follow("/people/new", "/people/new", &form).await.says("New Officer");
    let link = t.mailed_link("new@staff.test").await;
    let mut officer = t.outsider();
    officer.fill_and_follow(&link, &link, &[("password", PASSWORD)]).await;
    t.signed_in("new@staff.test").await;
    // Ten minutes later the administrator has to prove who they are before giving roles.
    t.advance(Duration::minutes(11));
    let refused =
        admin.fill("/people/new", "/people/new", &[("email", "b@staff.test"), ("name", "B"), ("role", "payer")]).await;
    refused.says("Prove once more who you are");
});

both!(a_second_factor_is_set_up_and_asked_for, async |t: Tester| {
    t.person("careful@staff.test").await;
    let mut browser = t.signed_in("careful@staff.test").await;
    let seen = browser.see("/account/second-factor").await;
    let html = seen.html();
    let secret = html.split("govuk-summary-list__value\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let code = |t: &Tester| {
        let secret = totp_rs::Secret::try_from_base32(&secret).unwrap();
        let totp =
            totp_rs::Builder::new().with_secret(secret).with_account_name("a").with_issuer(Some("b")).build().unwrap();
        totp.generate(t.now().timestamp() as u64).to_string()
    };
    let first = code(&t);
    let seen = browser.submit(seen.form("/account/second-factor").with(&[("code", &first)])).await;
    seen.says("Recovery codes");
    let recovery = seen.html().split("app-code\">").nth(1).unwrap().split('<').next().unwrap().to_owned();

    let mut elsewhere = t.outsider();
    let seen = elsewhere.fill("/sign-in", "/sign-in", &[("email", "careful@staff.test"), ("password", PASSWORD)]).await;
    assert!(seen.location().unwrap().starts_with("/sign-in/code"));
    assert_eq!(elsewhere.get("/account").await.status, 303, "half signed in is not signed in");
    let refused = elsewhere.fill("/sign-in/code", "/sign-in/code", &[("code", &first)]).await;
    assert_eq!(refused.status, 422, "a code counts once");
    t.advance(Duration::seconds(30));
    let second = code(&t);
    assert_eq!(elsewhere.fill("/sign-in/code", "/sign-in/code", &[("code", &second)]).await.status, 303);
    elsewhere.see("/account").await;

    for status in [303, 422] {
        let mut lost = t.outsider();
        lost.fill("/sign-in", "/sign-in", &[("email", "careful@staff.test"), ("password", PASSWORD)]).await;
        assert_eq!(lost.fill("/sign-in/code", "/sign-in/code", &[("code", &recovery)]).await.status, status);
    }
});

both!(anyone_can_switch_the_language_on_any_page, async |t: Tester| {
    let mut browser = t.outsider();
    let seen = browser.see("/sign-in").await;
    assert!(seen.html().contains("lang=\"en\""));
    let seen = browser.submit(seen.form("/language")).await;
    assert_eq!(seen.location().as_deref(), Some("/sign-in"));
    let seen = browser.see("/sign-in").await;
    assert!(seen.html().contains("<html class=\"govuk-template\" lang=\"ko\">"));
    seen.says("로그인");
});
