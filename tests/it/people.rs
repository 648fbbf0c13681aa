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

async fn try_password(t: &Tester, email: &str, password: &str) -> crate::support::Seen {
    t.outsider().fill("/sign-in", "/sign-in", &[("email", email), ("password", password)]).await
}

both!(an_unknown_address_slows_down_as_a_known_one_does, async |t: Tester| {
    t.person("known@firm.test").await;
    for _ in 0..7 {
        let known = try_password(&t, "known@firm.test", "wrong wrong wrong").await;
        let unknown = try_password(&t, " Unknown@firm.test", "wrong wrong wrong").await;
        assert_eq!((known.status, known.error_at("password")), (unknown.status, unknown.error_at("password")));
    }
    try_password(&t, "unknown@firm.test", "wrong wrong wrong").await.says("Too many wrong attempts");
    // Time passes for both alike.
    t.advance(Duration::minutes(2));
    let known = try_password(&t, "known@firm.test", "wrong wrong wrong").await;
    let unknown = try_password(&t, "unknown@firm.test", "wrong wrong wrong").await;
    assert_eq!(known.error_at("password"), unknown.error_at("password"));
});

/// Sets the second factor up; answers what makes its codes.
async fn with_second_factor(t: &Tester, email: &str) -> (crate::support::Browser, String, String) {
    t.person(email).await;
    let mut browser = t.signed_in(email).await;
    let seen = browser.see("/account/second-factor").await;
    let secret =
        seen.html().split("govuk-summary-list__value\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let first = code(t, &secret);
    let seen = browser.submit(seen.form("/account/second-factor").with(&[("code", &first)])).await;
    let recovery = seen.html().split("app-code\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    (browser, secret, recovery)
}

fn code(t: &Tester, secret: &str) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let totp =
        totp_rs::Builder::new().with_secret(secret).with_account_name("a").with_issuer(Some("b")).build().unwrap();
    totp.generate(t.now().timestamp() as u64).to_string()
}

both!(setting_up_or_removing_a_second_factor_asks_who_one_is, async |t: Tester| {
    t.person("late@firm.test").await;
    let mut late = t.signed_in("late@firm.test").await;
    let form = late.see("/account/second-factor").await.form("/account/second-factor");
    t.advance(Duration::minutes(11));
    for seen in [late.get("/account/second-factor").await, late.submit(form.with(&[("code", "123456")])).await] {
        assert_eq!(seen.location().as_deref(), Some("/prove?next=/account/second-factor"));
    }
    let (mut browser, _, recovery) = with_second_factor(&t, "careful@firm.test").await;
    let path = "/account/second-factor/remove";
    let refused = browser.fill(path, path, &[("code", "000000")]).await;
    assert!(refused.error_at("code").is_some(), "a session alone is not enough");
    t.advance(Duration::minutes(11));
    assert!(browser.get(path).await.location().unwrap().starts_with("/prove"));
    browser.fill("/prove?next=/account", "/prove", &[("password", PASSWORD)]).await;
    browser.fill_and_follow(path, path, &[("code", &recovery)]).await.says("Two-step sign-in is off");
    assert!(t.mails().await.iter().any(|mail| mail.subject.contains("turned off")));
    t.signed_in("careful@firm.test").await.see("/account").await;
});

both!(a_session_without_its_second_factor_counts_for_nothing, async |t: Tester| {
    let (mut whole, secret, _) = with_second_factor(&t, "careful@firm.test").await;
    for _ in 0..7 {
        try_password(&t, "careful@firm.test", PASSWORD).await;
    }
    whole.see("/account").await;
    let mut half = t.outsider();
    half.fill("/sign-in", "/sign-in", &[("email", "careful@firm.test"), ("password", PASSWORD)]).await;
    let key = half.cookie("__Host-session").unwrap().to_owned();
    let page = half.see("/sign-in/code").await;
    let token = page.form("/sign-in/code").fields.iter().find(|(name, _)| name == "token").unwrap().1.clone();
    assert_eq!(half.post_raw("/sign-out", &[("token", &token)]).await.status, 303);
    half.set_cookie("__Host-session", &key);
    assert_eq!(half.get("/sign-in/code").await.location().as_deref(), Some("/sign-in"), "sign-out ends it");
    // It does not wait for its code for ever.
    let mut slow = t.outsider();
    slow.fill("/sign-in", "/sign-in", &[("email", "careful@firm.test"), ("password", PASSWORD)]).await;
    t.advance(Duration::minutes(11));
    assert_eq!(slow.get("/sign-in/code").await.status, 303);
    let mut again = t.outsider();
    again.fill("/sign-in", "/sign-in", &[("email", "careful@firm.test"), ("password", PASSWORD)]).await;
    assert_eq!(again.fill("/sign-in/code", "/sign-in/code", &[("code", &code(&t, &secret))]).await.status, 303);
});
