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
    seen.says("사업 계획서.pdf").says("Not scanned");
    let mut tx = t.app.db.read().await.unwrap();
    let document: Option<uuid::Uuid> = tx.value("SELECT id FROM application_documents", ()).await.unwrap();
    drop(tx);
    let href = format!("{path}/documents/{}", document.unwrap());
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

/// An archive whose directory says of its only entry that it is `said` bytes.
fn archive(name: &str, content: &[u8], said: u32) -> Vec<u8> {
    let length = u16::try_from(name.len()).unwrap().to_le_bytes();
    let mut about = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    about.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
    about.extend(said.to_le_bytes());
    about.extend(length);
    about.extend([0, 0]);
    let mut out = [b"PK\x03\x04".as_slice(), &about, name.as_bytes(), content].concat();
    let start = u32::try_from(out.len()).unwrap();
    let directory = [b"PK\x01\x02\x14\x00".as_slice(), &about, &[0; 14], name.as_bytes()].concat();
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    out.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

both!(hostile_files_get_a_clear_answer_and_nothing_is_kept, async |t: Tester| {
    let call = t.call(BUDGET).await;
    let mut firm = firm(&t, 2).await;
    let path = start(&mut firm.browser, &call).await;
    let script = b"%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj";
    let long: Vec<u8> = [b"%PDF-1.7\n".as_slice(), &b"<</Type/Page>>\n".repeat(31)].concat();
    let cases: &[(&str, Vec<u8>, &str)] = &[
        ("계획서.pdf", script.to_vec(), "would run something"),
        ("계획서.docx", archive("word/document.xml", b"<w/>", u32::MAX), "far too large"),
        ("계획서.docx", archive("word/document.xml", b"<w/>", 5), "far too large"),
        ("계획서.docx", archive("xl/workbook.xml", b"<w/>", 4), "cannot be taken"),
        ("계획서.docx", archive("../word/x", b"<w/>", 4), "damaged or locked"),
        ("계획서.pdf", long, "at most 30 pages are taken; this file has 31"),
        ("계획서.png", b"\x89PNG\r\n\x1a\n0000".to_vec(), "only PDF, HWPX, DOCX"),
    ];
    for (name, bytes, sentence) in cases {
        let seen = upload(&mut firm.browser, &path, "plan", name, bytes).await;
        assert_eq!(seen.status, 422, "{name}: {sentence}");
        let error = seen.error_at("file").unwrap_or_else(|| panic!("{name}: {}", seen.text()));
        assert!(error.contains(sentence), "{error}");
    }
    let huge = actix_web::test::TestRequest::post()
        .uri(&format!("{path}/documents/plan"))
        .insert_header(("content-type", "multipart/form-data; boundary=x"))
        .insert_header(("content-length", "10737418240"))
        .insert_header(("sec-fetch-site", "same-origin"));
    let refused = firm.browser.send(huge, &path).await;
    assert_eq!(refused.status, 413);
    let mut tx = t.app.db.read().await.unwrap();
    assert_eq!(tx.value::<i64>("SELECT COUNT(*) FROM files", ()).await.unwrap(), Some(0));
    drop(tx);
    let stored = t.app.files.sweep(&t.app.db, t.now() + Duration::days(3650)).await.unwrap();
    assert_eq!(stored, 0, "not even bytes that belong to nothing");
    // Others are served as before, and a sound archive is taken.
    let sound = archive("word/document.xml", b"<w/>", 4);
    assert_eq!(upload(&mut firm.browser, &path, "plan", "계획서.docx", &sound).await.status, 303);
});

both!(a_slot_says_its_limits_takes_many_files_and_names_the_same_content, async |t: Tester| {
    let call = t.call(BUDGET).await;
    let mut firm = firm(&t, 2).await;
    let path = start(&mut firm.browser, &call).await;
    let page = firm.browser.see(&format!("{path}/documents")).await;
    page.says("PDF, HWPX, DOCX; up to 10 MB each. A PDF may have up to 30 pages");
    let two: Vec<u8> = [b"%PDF-1.7\n".as_slice(), &b"<</Type/Page>>\n".repeat(2)].concat();
    assert_eq!(upload(&mut firm.browser, &path, "plan", "하나.pdf", PDF).await.status, 303);
    assert_eq!(upload(&mut firm.browser, &path, "plan", "둘.pdf", &two).await.status, 303);
    let again = upload(&mut firm.browser, &path, "plan", "셋.pdf", PDF).await;
    assert_eq!(again.status, 422);
    assert!(again.error_at("file").unwrap().contains("하나.pdf"));
    assert_eq!(upload(&mut firm.browser, &path, "registration", "등록증.pdf", PDF).await.status, 303);
    let seen = firm.browser.see(&format!("{path}/documents")).await;
    seen.says("하나.pdf").says("둘.pdf").says("2 pages").says("Same content as the file under “Project plan”");
});

/// Answers as clamd does: what holds `EICAR` is found.
async fn clamd() -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    actix_web::rt::spawn(async move {
        while let Ok((mut asked, _)) = listener.accept().await {
            let mut command = [0; 10];
            asked.read_exact(&mut command).await.unwrap();
            assert_eq!(&command, b"zINSTREAM\0");
            let mut all = Vec::new();
            loop {
                let length = asked.read_u32().await.unwrap();
                if length == 0 {
                    break;
                }
                let mut chunk = vec![0; length as usize];
                asked.read_exact(&mut chunk).await.unwrap();
                all.extend(chunk);
            }
            let found = all.windows(5).any(|window| window == b"EICAR");
            let answer: &[u8] = if found { b"stream: Eicar-Test FOUND\0" } else { b"stream: OK\0" };
            asked.write_all(answer).await.unwrap();
        }
    });
    address
}

both!(nothing_is_submitted_before_the_scanner_has_seen_it, async |t: Tester| {
    let (call, vendor) = (t.call(BUDGET).await, t.vendor(1).await);
    let address = clamd().await;
    let t = t.set_up_as(|config| config.clamd = Some(address)).await;
    let mut firm = firm(&t, 2).await;
    let path = start(&mut firm.browser, &call).await;
    fill_in(&mut firm.browser, &path, &vendor).await;
    let page = firm.browser.see(&format!("{path}/documents")).await;
    page.says("Being scanned");
    assert!(!page.links().iter().any(|link| link.contains("/documents/")), "nothing to open before the scan");
    let review = firm.browser.see(&format!("{path}/submit")).await;
    review.says("Documents scanned").says("Wait for the scan to end");
    assert!(review.find_form("/submit").is_none());
    t.mails().await;
    firm.browser.see(&format!("{path}/documents")).await.says("Clean");
    let evil = b"%PDF-1.7\nEICAR";
    assert_eq!(upload(&mut firm.browser, &path, "financials", "재무.pdf", evil).await.status, 303);
    t.mails().await;
    let page = firm.browser.see(&format!("{path}/documents")).await;
    page.says("Malware found");
    assert!(firm.browser.see(&format!("{path}/submit")).await.find_form("/submit").is_none());
    let financials = page.forms().into_iter().rfind(|form| form.action.ends_with("/remove")).unwrap();
    assert_eq!(firm.browser.submit(financials).await.status, 303);
    assert_eq!(submit(&mut firm.browser, &path).await.status, 303);
});

both!(an_upload_that_nobody_adopted_is_swept, async |t: Tester| {
    use futures_util::stream;
    let call = t.call(BUDGET).await;
    let mut firm = firm(&t, 2).await;
    let path = start(&mut firm.browser, &call).await;
    assert_eq!(upload(&mut firm.browser, &path, "plan", "계획서.pdf", PDF).await.status, 303);
    let bytes = stream::iter([Ok(bytes::Bytes::from_static(PDF))]);
    let lost = t.app.files.receive("file".to_owned(), "잃음.pdf".to_owned(), 10_000, bytes).await.unwrap();
    let broken = stream::iter([Ok(bytes::Bytes::from_static(PDF)), Err(anyhow::anyhow!("gone"))]);
    assert!(t.app.files.receive("file".to_owned(), "끊김.pdf".to_owned(), 10_000, broken).await.is_err());
    // Ids are made by the machine's own clock.
    let machine: chrono::DateTime<chrono::Utc> = std::time::SystemTime::now().into();
    assert_eq!(t.app.files.sweep(&t.app.db, machine).await.unwrap(), 0, "a request may still adopt it");
    assert_eq!(t.app.files.sweep(&t.app.db, machine + Duration::hours(2)).await.unwrap(), 1);
    assert!(t.app.files.read(lost.id).await.is_err());
    let kept = firm.browser.see(&format!("{path}/documents")).await.link("/documents/");
    assert_eq!(firm.browser.get(&kept).await.body, PDF);
});
