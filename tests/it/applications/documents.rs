//! Documents: what is taken, what is not, and what a scan means.

use super::*;

both!(only_sound_files_are_taken_and_none_is_executed, async |t: Tester| {
    let call = t.call(BUDGET).await;
    let mut firm = firm(&t, 2).await;
    let path = start(&mut firm.browser, &call).await;
    let large = [PDF, &vec![b'x'; 21 * 1024 * 1024]].concat();
    let cases: &[(&str, &[u8], &str)] = &[
        ("plan.pdf", b"#!/bin/sh\nrm -rf /", "cannot be taken"),
        ("plan.pdf", b"<script>alert(1)</script>", "cannot be taken"),
        ("plan.html", b"<html></html>", "cannot be taken"),
        ("plan.exe", b"MZ\x90\0", "cannot be taken"),
        ("plan.pdf", &large, "20 MB"),
    ];
    for (name, bytes, sentence) in cases {
        let seen = upload(&mut firm.browser, &path, "plan", name, bytes).await;
        assert_eq!(seen.status, 422, "{name}");
        let error = seen.error_at("file").unwrap_or_else(|| panic!("{name}: {}", seen.text()));
        assert!(error.contains(sentence), "{error}");
    }
    let none = exact(&firm.browser.see(&format!("{path}/documents")).await, &format!("{path}/documents/plan"));
    let seen = firm.browser.submit(none).await;
    assert!(seen.error_at("file").is_some(), "nothing was chosen");
    let kept = firm.browser.see(&format!("{path}/documents")).await.links();
    assert!(!kept.iter().any(|link| link.contains("/documents/")), "nothing of it was kept: {kept:?}");

    let seen = upload(&mut firm.browser, &path, "plan", "../../사업 계획서.pdf", PDF).await;
    let seen = firm.browser.follow(seen).await;
    seen.says("사업 계획서.pdf").says("Being scanned");
    assert!(!seen.links().iter().any(|link| link.contains("/documents/")), "nothing to open before the scan");
    let mut tx = t.app.db.read().await.unwrap();
    let document: Option<uuid::Uuid> = tx.value("SELECT id FROM application_documents", ()).await.unwrap();
    drop(tx);
    let href = format!("{path}/documents/{}", document.unwrap());
    assert_eq!(firm.browser.get(&href).await.status, 403, "nobody opens it before the scan, not even who sent it");
    t.mails().await;
    let file = firm.browser.get(&href).await;
    assert_eq!((file.status.as_u16(), file.body.as_slice()), (200, PDF));
    let header = |name: &str| file.headers.get(name).unwrap().to_str().unwrap().to_owned();
    assert!(header("content-disposition").starts_with("attachment; filename=\"document\"; filename*=UTF-8''%EC%82%AC"));
    assert_eq!(header("content-security-policy"), "sandbox");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("content-type"), "application/pdf");
    // What the scan finds is closed to everybody and does not count.
    let mut colleague = t.member(firm.organisation, Role::Firm).await;
    assert_eq!(colleague.get(&href).await.status, 200, "this agency works without a scanner");
    let mut tx = t.app.db.write().await.unwrap();
    tx.run("UPDATE files SET scan = 'infected'", ()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(firm.browser.get(&href).await.status, 403);
    let page = firm.browser.see(&format!("{path}/documents")).await;
    page.says("Malware found");
    let removed = firm.browser.submit(page.form("/remove")).await;
    assert!(!firm.browser.follow(removed).await.has("사업 계획서.pdf"));
});
