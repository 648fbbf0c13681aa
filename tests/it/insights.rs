//! Stories of insights: figures that reconcile with the ledger, exports that tell no names, histories of any record.

use crate::support::{Seen, Tester};
use chrono::Duration;
use sha2::{Digest, Sha256};
use voucherdesk::core::{money::Won, roles::Role};

/// Six firms of Seoul and one of Busan; one is paid, one active, the others wait.
async fn population(t: &Tester) -> crate::support::cases::BuiltCase {
    let call = t.call(Won(1_000_000_000)).await;
    let vendor = t.vendor(1).await;
    let paid = t.paid_case(&call, &vendor, 2, 80_000_000).await;
    t.active_case(&call, &vendor, 3, 40_000_000).await;
    for number in 4..9 {
        t.application(&call, &vendor, number, "submitted", 20_000_000).await;
    }
    let mut tx = t.app.db.write().await.unwrap();
    tx.run(
        "UPDATE applications SET region_code = 'KR-26', size_class = '=cmd()' WHERE id = $1",
        (paid.application.id,),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    paid
}

both!(figures_name_their_definition_and_reconcile_with_the_ledger, async |t: Tester| {
    population(&t).await;
    let seen = t.staff(Role::Manager).await.see("/insights").await;
    seen.says("Firms that applied D01 7").says("Firms selected D02 2");
    seen.says("KRW 120,000,000").says("KRW 80,000,000").says("KRW 40,000,000");
    seen.says("Equals the total above").says("By region").says("By industry").says("By size of firm");
    seen.says("Approved claims whose payment is not confirmed yet");
    assert!(seen.html().contains("<progress class=\"app-meter\""));
    assert!(!seen.has("<5"), "a manager sees all");
});

both!(an_analyst_sees_no_small_group, async |t: Tester| {
    population(&t).await;
    let mut analyst = t.staff(Role::Analyst).await;
    let seen = analyst.see("/insights").await;
    seen.says("<5").says("withheld").says("Firms that applied D01 7").says("Firms selected D02 <5");
    assert!(!seen.has("80,000,000"), "what one firm was paid stays hidden: {}", seen.text());
    for role in [Role::Payer, Role::Screener, Role::Reviewer] {
        assert_eq!(t.staff(role).await.get("/insights").await.status, 404, "{role}");
    }
});

both!(a_filter_narrows_the_figures_to_one_call, async |t: Tester| {
    population(&t).await;
    let other = t.call(Won(500_000_000)).await;
    let vendor = t.vendor(21).await;
    t.application(&other, &vendor, 22, "submitted", 30_000_000).await;
    let mut manager = t.staff(Role::Manager).await;
    manager.see("/insights").await.says("Firms that applied D01 8");
    let seen = manager.see(&format!("/insights?call={}", other.call)).await;
    seen.says("Firms that applied D01 1").says("KRW 30,000,000").says("Equals the total above");
    manager.see("/insights?call=nonsense").await.says("Firms that applied D01 8");
});

fn records(seen: &Seen) -> Vec<csv::StringRecord> {
    assert!(seen.body.starts_with(b"\xef\xbb\xbf"));
    let text = String::from_utf8(seen.body[3..].to_vec()).unwrap();
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    csv::Reader::from_reader(text.as_bytes()).records().map(Result::unwrap).collect()
}

both!(an_export_states_its_purpose_and_tells_no_names, async |t: Tester| {
    let paid = population(&t).await;
    let mut analyst = t.staff(Role::Analyst).await;
    let refused = analyst.fill("/insights/export", "/insights/applications.csv", &[]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.error_at("purpose").is_some());
    let form = analyst.see("/insights/export").await.form("/insights/applications.csv");
    let form = form.with(&[("purpose", "지역별 성과 분석")]);
    let seen = analyst.submit(form.clone()).await;
    assert_eq!(seen.status, 200);
    assert!(seen.headers.get("content-disposition").unwrap().to_str().unwrap().contains("applications-2027-03-02.csv"));
    let rows = records(&seen);
    assert_eq!(rows.len(), 7, "every submitted application");
    let row = rows.iter().find(|row| &row[2] == "KR-26").unwrap();
    assert_eq!((&row[4], &row[5], &row[7]), ("C", "C26", "agreed"));
    assert_eq!(&row[6], "'=cmd()", "a spreadsheet runs nothing");
    assert_eq!((&row[16], &row[17], &row[19]), ("80000000", "80000000", "80000000"));
    assert_eq!((&row[23], &row[24]), ("within_budget", "80"));
    let body = String::from_utf8_lossy(&seen.body);
    for secret in ["한빛정밀", "101-81", "10181", &paid.application.firm.to_string()] {
        assert!(!body.contains(secret), "{secret}");
    }
    let list = analyst.see("/insights/exports").await;
    list.says("지역별 성과 분석").says(&hex::encode(Sha256::digest(&seen.body))).says("applications_flat/1");
    let again = analyst.submit(form).await;
    assert_eq!(again.location().as_deref(), Some("/insights/exports"), "one form, one file");

    // The next day's file names the same firm the same way.
    let form = analyst.see("/insights/export").await.form("/insights/applications.csv").with(&[("purpose", "b")]);
    let second = records(&analyst.submit(form).await);
    assert_eq!(rows, second);
    let mut tx = t.app.db.read().await.unwrap();
    let kinds: Vec<String> =
        tx.values("SELECT kind FROM audit_records WHERE subject_kind = 'export' ORDER BY at, id", ()).await.unwrap();
    assert_eq!(kinds, ["export_started", "export_finished", "export_started", "export_finished"]);
    drop(tx);

    t.advance(Duration::minutes(11));
    let refused = analyst.fill("/insights/export", "/insights/applications.csv", &[("purpose", "c")]).await;
    refused.says("Prove once more who you are");
    for role in [Role::Payer, Role::Admin, Role::ClaimsOfficer] {
        assert_eq!(t.staff(role).await.get("/insights/export").await.status, 404, "{role}");
    }
    assert_eq!(analyst.get("/insights/applications.csv").await.status, 404, "an export is asked for, never fetched");
});

both!(an_export_of_many_pages_is_whole, async |t: Tester| {
    let call = t.call(Won(1_000_000_000)).await;
    let firm = t.organisation(2).await;
    let mut tx = t.app.db.write().await.unwrap();
    // Withdrawn applications of one firm: as many as more than two pages need.
    for _ in 0..4_100 {
        tx.run(
            "INSERT INTO applications (id, call_id, call_version, organisation_id, state, title, process_name, problem, plan,
                human_oversight, region_code, industry_code, submitted_at, created_at, state_since, search_text)
             VALUES ($1, $2, 1, $3, 'withdrawn', '', '', '', '', '', 'KR-11', 'C26', $4, $4, $4, '')",
            (uuid::Uuid::now_v7(), call.call, firm, t.now()),
        )
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    let mut auditor = t.staff(Role::Auditor).await;
    let seen = auditor.fill("/insights/export", "/insights/applications.csv", &[("purpose", "감사")]).await;
    assert_eq!(records(&seen).len(), 4_100);
    auditor.see("/insights/exports").await.says("4,100");
});

both!(an_auditor_finds_any_record_by_its_number_and_that_is_recorded, async |t: Tester| {
    let paid = population(&t).await;
    let mut auditor = t.staff(Role::Auditor).await;
    let application = paid.application.id;
    let receipt = format!("AV2027-{}", application.0.simple());
    for number in [
        receipt.as_str(),
        "AG2027-0002",
        "ag2027-0002",
        "VC2027-0002",
        "CL2027-0002",
        "PM2027-0002",
        "202703021000000000000002",
    ] {
        let seen = auditor.get(&format!("/history?q={number}")).await;
        assert_eq!(seen.location(), Some(format!("/history/{application}")), "{number}");
    }
    let seen = auditor.see(&format!("/history/{application}")).await;
    seen.says("It was recorded that you read this history").says("Payment confirmed").says("State Agreed");
    seen.link(&format!("/applications/{application}"));
    let batch = auditor.get("/history?q=PB2027-0002").await;
    let batch = auditor.follow(batch).await;
    batch.says("PB2027-0002");
    // A business number belongs to a firm, its applications and perhaps a vendor: the reader chooses.
    auditor.see("/history?q=101-81-00026").await;
    auditor.see("/history?q=nothing-like-it").await.says("No record bears this number");
    assert_eq!(auditor.get(&format!("/history/{}", uuid::Uuid::nil())).await.status, 404);
    assert_eq!(auditor.get("/history/nonsense").await.status, 404);
    let mut tx = t.app.db.read().await.unwrap();
    let reads: Option<i64> = tx
        .value("SELECT COUNT(*) FROM audit_records WHERE kind = 'history_read' AND subject_id = $1", (application,))
        .await
        .unwrap();
    assert_eq!(reads, Some(1));
    drop(tx);
    for role in [Role::Analyst, Role::Admin, Role::Payer] {
        assert_eq!(t.staff(role).await.get("/history").await.status, 404, "{role}");
    }
});
