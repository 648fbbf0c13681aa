//! Every door for every role: the access matrix, as a file that an auditor can read and as it really is.

use crate::support::{Tester, source::golden};
use actix_web::{http::Method, test::TestRequest};
use voucherdesk::{
    app,
    core::roles::Role,
    web::{Door, Need},
};

fn line(door: &Door) -> String {
    let need = match door.need {
        Need::Nobody => "(anybody)".to_owned(),
        Need::SignedIn => "(anybody signed in)".to_owned(),
        Need::AnyOf(roles) => roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" "),
    };
    format!("{:4} {:55} {need}", door.method.as_str(), door.path)
}

#[test]
fn the_access_matrix_is_as_reviewed() {
    let mut lines: Vec<String> = app::doors().iter().map(line).collect();
    lines.sort_by_key(|line| line[5..].to_owned());
    let count = lines.len();
    let before = lines.clone();
    lines.dedup();
    assert_eq!(lines.len(), count, "a door is opened twice: {before:?}");
    golden("doors.txt", &(lines.join("\n") + "\n"));
}

/// A path with something in the place of each parameter.
fn filled(path: &str) -> String {
    path.split('/')
        .map(|part| match part {
            "{role}" => "auditor".to_owned(),
            part if part.starts_with('{') => uuid::Uuid::from_u128(99).to_string(),
            part => part.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("/")
}

both!(a_wrong_role_finds_nothing_and_an_outsider_the_sign_in_page, async |t: Tester| {
    let organisation = t.organisation(1).await;
    let mut outsider = t.outsider();
    let mut people = Vec::new();
    for role in Role::ALL {
        let browser = if role.is_staff() { t.staff(*role).await } else { t.member(organisation, *role).await };
        people.push((*role, browser));
    }
    for door in app::doors() {
        let path = filled(door.path);
        let request = |method: &Method| {
            TestRequest::default()
                .method(method.clone())
                .uri(&path)
                .insert_header(("sec-fetch-site", "same-origin"))
                .insert_header(("content-type", "application/x-www-form-urlencoded"))
        };
        let seen = outsider.send(request(&door.method), &path).await;
        if door.need != Need::Nobody {
            let to = seen.location().unwrap_or_default();
            assert!(to.starts_with("/sign-in"), "an outsider at {} {path}: {} {to}", door.method, seen.status);
        }
        for (role, browser) in &mut people {
            let may = match door.need {
                Need::Nobody | Need::SignedIn => true,
                Need::AnyOf(roles) => roles.contains(role),
            };
            if may {
                continue;
            }
            let seen = browser.send(request(&door.method), &path).await;
            assert_eq!(seen.status, 404, "{role} at {} {path}", door.method);
        }
    }
});

both!(unknown_paths_and_methods_get_our_page, async |t: Tester| {
    let mut outsider = t.outsider();
    let seen = outsider.get("/nothing/here").await;
    assert_eq!(seen.status, 404);
    seen.says("Page not found");
    for method in [Method::PUT, Method::DELETE, Method::TRACE, Method::PATCH] {
        let seen = outsider.send(TestRequest::default().method(method).uri("/sign-in"), "/sign-in").await;
        assert!(seen.status.is_client_error());
        assert!(seen.headers.contains_key("content-security-policy"));
    }
    let head = outsider.send(TestRequest::default().method(Method::HEAD).uri("/sign-in"), "/sign-in").await;
    assert_eq!(head.status, 200);
});

both!(every_answer_carries_the_security_headers, async |t: Tester| {
    let mut outsider = t.outsider();
    for path in ["/sign-in", "/nothing", "/account", "/healthz", "/static/x/app.css"] {
        let seen = outsider.get(path).await;
        for header in [
            "content-security-policy",
            "x-content-type-options",
            "strict-transport-security",
            "referrer-policy",
            "x-frame-options",
        ] {
            assert!(seen.headers.contains_key(header), "{header} on {path}");
        }
        assert!(!seen.headers.contains_key("access-control-allow-origin"));
    }
    let big = "x".repeat(20_000);
    let seen =
        outsider.send(TestRequest::get().uri("/sign-in").insert_header(("x-big", big.as_str())), "/sign-in").await;
    assert_eq!(seen.status, 413);
});
