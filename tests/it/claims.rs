//! Stories of claims: filed by the vendor, answered by the firm, checked and decided by an officer.

use crate::support::{Browser, Tester, agreements_builder::BuiltAgreement, builders::BuiltVendor};
use futures_util::future::join_all;
use voucherdesk::{
    core::{money::Won, numbers::BusinessNumber, roles::Role},
    ledger::{self, AccountKind},
    organisations::OrganisationId,
};

const VENDOR: u16 = 900;
const FIRM: u16 = 100;

pub struct World {
    pub vendor: BuiltVendor,
    pub firm: OrganisationId,
    pub agreement: BuiltAgreement,
}

impl World {
    /// Four milestones of 12,500,000 won, of which the state pays 10,000,000 each.
    pub async fn new(t: &Tester) -> World {
        World::of(t, 40_000_000).await
    }

    pub async fn of(t: &Tester, support: i64) -> World {
        let call = t.call(Won(1_000_000_000)).await;
        let vendor = t.vendor(VENDOR).await;
        let application = t.application(&call, &vendor, FIRM, "agreed", support).await;
        let agreement = t.agreement(&call, &vendor, &application).await;
        World { vendor, firm: application.firm, agreement }
    }

    pub fn new_path(&self) -> String {
        format!("/agreements/{}/claims/new", self.agreement.id)
    }

    pub async fn balance(&self, t: &Tester, kind: AccountKind) -> i64 {
        let mut tx = t.app.db.read().await.unwrap();
        ledger::balance(&mut tx, self.agreement.case.account(kind)).await.unwrap().0
    }
}

pub fn number(serial: u16) -> String {
    BusinessNumber::from_parts(101, 81, serial).unwrap().to_string()
}

/// The form of a whole milestone.
pub fn invoice<'a>(milestone: &'a str, approval: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("milestone", milestone),
        ("approval_number", approval),
        ("invoice_no", "A-2027-1"),
        ("issued_on", "2027-03-02"),
        ("supplied_on", "2027.03.01"),
        ("description_1", "비전검사 AI 표준"),
        ("quantity_1", "1"),
        ("unit_price_1", "12,500,000"),
        ("net_1", "12500000"),
        ("supply_won", "12,500,000"),
        ("vat_won", "1250000원"),
        ("total_won", "13750000"),
    ]
}

pub async fn files(world: &World, vendor: &mut Browser, milestone: usize, approval: &str) -> String {
    let milestone = world.agreement.milestones[milestone].to_string();
    let seen = vendor.fill(&world.new_path(), "/claims/new", &invoice(&milestone, approval)).await;
    assert_eq!(seen.status, 303, "{}", seen.text());
    seen.location().unwrap()
}

both!(an_invoice_goes_from_filing_to_approval, async |t: Tester| {
    let world = World::new(&t).await;
    let mut vendor = t.member(world.vendor.organisation, Role::Vendor).await;
    let mut firm = t.member(world.firm, Role::Firm).await;
    let mut officer = t.staff(Role::ClaimsOfficer).await;
    let form = vendor.see(&world.new_path()).await;
    assert_eq!(form.value_of("supplier_number"), Some(number(VENDOR)));
    assert_eq!(form.value_of("buyer_number"), Some(number(FIRM)));
    let claim = files(&world, &mut vendor, 0, "20270302-41000012-ab475920").await;
    let page = vendor.see(&claim).await;
    page.says("20270302-41000012-AB475920").says("CL2027-000001").says("KRW 10,000,000").says("Waits for the firm");
    assert!(!page.has("History"), "a vendor does not read who checks");
    assert!(page.links().iter().all(|link| !link.ends_with("/answer") && !link.ends_with("/check")));

    // The vendor can never accept its own delivery, nor the officer before the firm did.
    assert_eq!(vendor.get(&format!("{claim}/answer")).await.status, 404);
    officer.see(&format!("{claim}/check")).await.says("nothing to decide");
    let mails = t.mails().await;
    assert!(mails.iter().any(|mail| mail.subject.contains("Please accept the delivery: CL2027-000001")));

    firm.see("/claims").await.says("1 claims wait for you");
    let seen = firm.fill(&format!("{claim}/answer"), "/answer", &[("answer", "")]).await;
    assert_eq!((seen.status.as_u16(), seen.error_at("answer").is_some()), (422, true));
    let answer = [("answer", "accept"), ("note", "It runs; the inspectors use it.")];
    firm.fill_and_follow(&format!("{claim}/answer"), "/answer", &answer).await.says("To be checked");

    let check = officer.see(&format!("{claim}/check")).await;
    check.says("Vendor and firm are different").says("VAT fits the taxation").says("1,250,000 ± 1");
    assert_eq!(world.balance(&t, AccountKind::Held).await, 0);
    let done = officer.fill_and_follow(&format!("{claim}/check"), "/check", &[("decision", "approve")]).await;
    done.says("Approved").says("Claim approved").says("History");
    assert_eq!(world.balance(&t, AccountKind::Voucher).await, 30_000_000);
    assert_eq!(world.balance(&t, AccountKind::Held).await, 10_000_000);
    let mails = t.mails().await;
    assert_eq!(mails.iter().filter(|mail| mail.subject == "Claim approved: CL2027-000001").count(), 2);

    // Found by state, by claim number, and by the approval number in any spelling.
    for query in ["state=approved", "number=cl2027-000001", "number=20270302%2041000012%20AB475920"] {
        officer.see(&format!("/claims?{query}")).await.says("CL2027-000001");
    }
    officer.see("/claims?state=paid").await.says("No claims match");
    t.staff(Role::Auditor).await.see(&claim).await.says("Claim filed").says("Claim moved");
});

both!(contradictions_are_said_beside_their_fields_and_nothing_is_kept, async |t: Tester| {
    let world = World::new(&t).await;
    let mut vendor = t.member(world.vendor.organisation, Role::Vendor).await;
    let milestone = world.agreement.milestones[0].to_string();
    let good = invoice(&milestone, "20270302-41000012-AB475920");
    let other = number(7);
    for (field, value, at) in [
        ("approval_number", "20270302-41000012", "approval_number"),
        ("approval_number", "20271302-41000012-AB475920", "approval_number"),
        ("issued_on", "2027-03-03", "issued_on"),
        ("supplied_on", "2026-01-01", "supplied_on"),
        ("supplier_number", other.as_str(), "supplier_number"),
        ("buyer_number", other.as_str(), "buyer_number"),
        ("buyer_number", "123", "buyer_number"),
        ("vat_won", "1300000", "vat_won"),
        ("total_won", "13750001", "total_won"),
        ("net_1", "12400000", "supply_won"),
        ("quantity_1", "0", "quantity_1"),
        ("milestone", "", "milestone"),
        ("invoice_no", "", "invoice_no"),
    ] {
        let mut values = good.clone();
        values.retain(|(name, _)| *name != field);
        values.push((field, value));
        let seen = vendor.fill(&world.new_path(), "/claims/new", &values).await;
        assert_eq!(seen.status, 422, "{field} {value}");
        assert!(seen.error_at(at).is_some(), "{field} {value}: {}", seen.text());
        assert_eq!(seen.value_of("description_1").as_deref(), Some("비전검사 AI 표준"), "what was typed is kept");
    }
    let mut over = good.clone();
    over.retain(|(name, _)| !matches!(*name, "net_1" | "unit_price_1" | "supply_won" | "vat_won" | "total_won"));
    over.extend([("net_1", "12500010"), ("unit_price_1", "12500010"), ("supply_won", "12500010")]);
    over.extend([("vat_won", "1250001"), ("total_won", "13750011")]);
    let seen = vendor.fill(&world.new_path(), "/claims/new", &over).await;
    assert!(seen.error_at("supply_won").unwrap().contains("12,500,000"));
    let seen = vendor.fill(&world.new_path(), "/claims/new", &[("extra", "1")]).await;
    assert_eq!(seen.status, 422, "a field that the page does not have");
    vendor.see("/claims").await.says("No claims match");
    // Nothing was taken: the same number files now.
    files(&world, &mut vendor, 0, "20270302-41000012-AB475920").await;
});

both!(one_tax_invoice_in_three_spellings_at_once_is_claimed_once, async |t: Tester| {
    let world = World::new(&t).await;
    let spellings = ["20270302-41000012-ab475920", "２０２７０３０２ 41000012 AB475920", "2027030241000012Ab475920"];
    let mut vendors = Vec::new();
    for _ in spellings {
        vendors.push(t.member(world.vendor.organisation, Role::Vendor).await);
    }
    let mut forms = Vec::new();
    for (i, vendor) in vendors.iter_mut().enumerate() {
        let milestone = world.agreement.milestones[i].to_string();
        forms.push(vendor.see(&world.new_path()).await.form("/claims/new").with(&invoice(&milestone, spellings[i])));
    }
    let posted = vendors.iter_mut().zip(forms).map(|(vendor, form)| vendor.submit(form));
    let seen = join_all(posted).await;
    assert_eq!(seen.iter().filter(|seen| seen.status == 303).count(), 1);
    for refused in seen.iter().filter(|seen| seen.status != 303) {
        assert_eq!(refused.status, 422);
        assert!(refused.error_at("approval_number").unwrap().contains("claimed before"), "{}", refused.text());
    }
});

both!(a_milestone_has_one_live_claim_and_a_double_click_files_once, async |t: Tester| {
    let world = World::new(&t).await;
    let mut vendor = t.member(world.vendor.organisation, Role::Vendor).await;
    let milestone = world.agreement.milestones[0].to_string();
    let form = vendor.see(&world.new_path()).await.form("/claims/new");
    let form = form.with(&invoice(&milestone, "20270302-41000012-00000001"));
    let first = vendor.submit(form.clone()).await;
    let second = vendor.submit(form.clone()).await;
    assert_eq!((first.status.as_u16(), second.status.as_u16()), (303, 303));
    assert_eq!(first.location(), second.location());
    vendor.see("/claims").await.says("1 in all");
    // The milestone is no longer offered; whoever posts it all the same is refused.
    let other = vendor.see(&world.new_path()).await.form("/claims/new");
    let seen = vendor.submit(other.with(&invoice(&milestone, "20270302-41000012-00000002"))).await;
    assert_eq!(seen.status, 422);
    assert!(seen.error_at("milestone").is_some());
    // A withdrawn claim makes room, but its number stays taken.
    let claim = first.location().unwrap();
    vendor.fill_and_follow(&format!("{claim}/withdraw"), "/withdraw", &[]).await.says("Withdrawn");
    let seen = vendor.fill(&world.new_path(), "/claims/new", &invoice(&milestone, "20270302-41000012-00000001")).await;
    assert!(seen.error_at("approval_number").is_some());
    files(&world, &mut vendor, 0, "20270302-41000012-00000003").await;
    let mut firm = t.member(world.firm, Role::Firm).await;
    firm.see("/claims?state=withdrawn").await.says("CL2027-000001");
});

both!(a_dispute_and_a_return_lead_back_through_the_vendor, async |t: Tester| {
    let world = World::new(&t).await;
    let mut vendor = t.member(world.vendor.organisation, Role::Vendor).await;
    let mut firm = t.member(world.firm, Role::Firm).await;
    let mut officer = t.staff(Role::ClaimsOfficer).await;
    let claim = files(&world, &mut vendor, 0, "20270302-41000012-00000001").await;
    let seen = firm.fill(&format!("{claim}/answer"), "/answer", &[("answer", "dispute")]).await;
    assert_eq!((seen.status.as_u16(), seen.error_at("note").is_some()), (422, true), "a dispute needs its reason");
    let dispute = [("answer", "dispute"), ("note", "The camera is missing.")];
    firm.fill_and_follow(&format!("{claim}/answer"), "/answer", &dispute).await.says("Disputed");
    // Filed anew with another number; the old one stays taken.
    let form = vendor.see(&format!("{claim}/edit")).await;
    form.says("The camera is missing.");
    assert_eq!(form.value_of("approval_number").as_deref(), Some("20270302-41000012-00000001"));
    let again = [("approval_number", "20270302-41000012-00000002")];
    vendor.fill_and_follow(&format!("{claim}/edit"), "/edit", &again).await.says("Waits for the firm");
    let elsewhere = world.agreement.milestones[1].to_string();
    let seen = vendor.fill(&world.new_path(), "/claims/new", &invoice(&elsewhere, "20270302-41000012-00000001")).await;
    assert!(seen.error_at("approval_number").is_some());
    firm.fill_and_follow(&format!("{claim}/answer"), "/answer", &[("answer", "accept")]).await.says("To be checked");

    let seen = officer.fill(&format!("{claim}/check"), "/check", &[("decision", "return")]).await;
    assert_eq!((seen.status.as_u16(), seen.error_at("note").is_some()), (422, true));
    let back = [("decision", "return"), ("note", "The invoice number is not on the invoice.")];
    officer.fill_and_follow(&format!("{claim}/check"), "/check", &back).await.says("Returned");
    let mended = [("invoice_no", "A-2027-1-2"), ("approval_number", "20270302-41000012-00000001")];
    let seen = vendor.fill(&format!("{claim}/edit"), "/edit", &mended).await;
    assert!(seen.error_at("approval_number").is_some(), "its own earlier number stays taken too");
    vendor.fill_and_follow(&format!("{claim}/edit"), "/edit", &[("invoice_no", "A-2027-1-2")]).await.says("A-2027-1-2");
    // The firm's acceptance still holds: the claim is back with the officer.
    officer.see(&claim).await.says("To be checked");
    let reject = [("decision", "reject"), ("note", "Not part of the agreement.")];
    officer.fill_and_follow(&format!("{claim}/check"), "/check", &reject).await.says("Rejected");
    assert_eq!(world.balance(&t, AccountKind::Voucher).await, 40_000_000, "no money was touched");
    let subjects: Vec<String> = t.mails().await.into_iter().map(|mail| mail.subject).collect();
    for subject in ["Delivery disputed", "Please mend your claim", "Claim rejected", "Delivery accepted"] {
        assert!(subjects.iter().any(|found| found.starts_with(subject)), "{subject}: {subjects:?}");
    }
});

pub fn korean_invoice() -> String {
    let path = format!("{}/tests/data/invoices/invoice-krw.xml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    text.replace("2026-09-17", "2027-03-02")
        .replace("2026-08-31", "2027-03-01")
        .replace("KR1234567891", &format!("KR{}", number(VENDOR).replace('-', "")))
        .replace("123-45-67891", &number(VENDOR))
        .replace("111-11-11119", &number(FIRM))
}

both!(a_structured_invoice_fills_the_form_and_is_kept_with_the_claim, async |t: Tester| {
    let world = World::of(&t, 48_000_000).await;
    let mut vendor = t.member(world.vendor.organisation, Role::Vendor).await;
    let upload = vendor.see(&world.new_path()).await.form("/claims/read");
    let seen = vendor.submit(upload.file("invoice_file", "계산서.xml", korean_invoice().as_bytes())).await;
    assert_eq!(seen.status, 303, "{}", seen.text());
    let filled = vendor.follow(seen).await;
    for (field, value) in [
        ("invoice_no", "2026-0917-001"),
        ("issued_on", "2027-03-02"),
        ("supplied_on", "2027-03-01"),
        ("supply_won", "14000000"),
        ("vat_won", "1400000"),
        ("total_won", "15400000"),
        ("description_2", "GPU 사용 시간 (120.5 HUR)"),
        ("net_3", "-800000"),
    ] {
        assert_eq!(filled.value_of(field).as_deref(), Some(value), "{field}");
    }
    filled.says("다온소프트 주식회사").says("as prepaid").says("Not found in the file");
    let milestone = world.agreement.milestones[0].to_string();
    let form = filled.form("/claims/new");
    let form = form.with(&[("milestone", &milestone), ("approval_number", "20270302-41000012-AB475920")]);
    let seen = vendor.submit(form).await;
    assert_eq!(seen.status, 303, "{}", seen.text());
    let claim = vendor.follow(seen).await;
    claim.says("Structured file").says("KRW 11,200,000");
    let path = format!("{}/file", claim.path);
    let waits = async |scan: &'static str| {
        let mut tx = t.app.db.write().await.unwrap();
        tx.run("UPDATE files SET scan = $1", (scan,)).await.unwrap();
        tx.commit().await.unwrap();
    };
    waits("pending").await;
    assert_eq!(vendor.get(&path).await.status, 409, "not before it was scanned");
    waits("unscanned").await;
    let file = vendor.see(&path).await;
    assert_eq!(file.html(), korean_invoice());
    assert!(file.headers.get("content-disposition").unwrap().to_str().unwrap().starts_with("attachment"));
});

both!(a_dangerous_or_foreign_file_is_refused_with_its_own_sentence, async |t: Tester| {
    let world = World::new(&t).await;
    let mut vendor = t.member(world.vendor.organisation, Role::Vendor).await;
    let fixture =
        |name: &str| std::fs::read(format!("{}/tests/data/invoices/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let mut large = b"<?xml version=\"1.0\"?><Invoice>".to_vec();
    large.extend(vec![b' '; 6 * 1024 * 1024]);
    for (bytes, sentence) in [
        (fixture("billion-laughs.xml"), "document type declaration"),
        (fixture("external-entity.xml"), "document type declaration"),
        (fixture("credit-note-krw.xml"), "credit note"),
        (large, "too large"),
        (b"<html/>".to_vec(), "not a UBL"),
        (b"<Invoice".to_vec(), "broken at line 1"),
    ] {
        let upload = vendor.see(&world.new_path()).await.form("/claims/read");
        let seen = vendor.submit(upload.file("invoice_file", "invoice.xml", &bytes)).await;
        assert_eq!(seen.status, 422);
        assert!(seen.error_at("invoice_file").unwrap_or_default().contains(sentence), "{sentence}: {}", seen.text());
    }
    let upload = vendor.see(&world.new_path()).await.form("/claims/read");
    assert!(vendor.submit(upload).await.error_at("invoice_file").is_some(), "no file at all");
    let upload = vendor.see(&world.new_path()).await.form("/claims/read");
    let seen = vendor.submit(upload.file("invoice_file", "invoice.exe", b"MZ\x90")).await;
    assert_eq!((seen.status.as_u16(), seen.error_at("invoice_file").is_some()), (422, true));
    // Euros fill the texts and leave the amounts to be typed.
    let euros = korean_invoice().replace("KRW", "EUR");
    let upload = vendor.see(&world.new_path()).await.form("/claims/read");
    let seen = vendor.submit(upload.file("invoice_file", "invoice.xml", euros.as_bytes())).await;
    let filled = vendor.follow(seen).await;
    assert_eq!(filled.value_of("supply_won").as_deref(), Some(""));
    filled.says("14000000 EUR");
    let mut tx = t.app.db.read().await.unwrap();
    let kept: Option<i64> = tx.value("SELECT COUNT(*) FROM files", ()).await.unwrap();
    assert_eq!(kept, Some(1), "only what could be read is kept");
});

both!(claims_are_seen_by_their_own_and_decided_by_the_right_people, async |t: Tester| {
    let world = World::new(&t).await;
    let mut vendor = t.member(world.vendor.organisation, Role::Vendor).await;
    let mut firm = t.member(world.firm, Role::Firm).await;
    let claim = files(&world, &mut vendor, 0, "20270302-41000012-00000001").await;
    let other_vendor = t.vendor(901).await;
    let other_firm = t.organisation(101).await;
    let mut strangers =
        vec![t.member(other_vendor.organisation, Role::Vendor).await, t.member(other_firm, Role::Firm).await];
    for stranger in &mut strangers {
        assert_eq!(stranger.get(&claim).await.status, 404);
        assert_eq!(stranger.get(&format!("{claim}/file")).await.status, 404);
        assert_eq!(stranger.get(&format!("{claim}/answer")).await.status, 404);
        assert_eq!(stranger.get(&world.new_path()).await.status, 404);
        stranger.see("/claims").await.says("No claims match");
    }
    for role in [Role::Screener, Role::Reviewer, Role::Analyst, Role::Admin] {
        assert_eq!(t.staff(role).await.get("/claims").await.status, 404, "{role}");
    }
    for role in [Role::Manager, Role::Payer, Role::Auditor] {
        let mut staff = t.staff(role).await;
        staff.see(&claim).await;
        assert_eq!(staff.get(&format!("{claim}/check")).await.status, 404, "{role}");
    }
    // The vendor's user posts the firm's and the officer's forms by hand.
    let token = vendor.see(&claim).await;
    let token = token.html().split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    for (path, field, value) in [("answer", "answer", "accept"), ("check", "decision", "approve")] {
        let seen = vendor.post_raw(&format!("{claim}/{path}"), &[("token", &token), (field, value)]).await;
        assert_eq!(seen.status, 404);
    }
    // An officer who screened the case is told beforehand, and refused.
    firm.fill_and_follow(&format!("{claim}/answer"), "/answer", &[("answer", "accept")]).await;
    let person = t.person("officer@staff.test").await;
    t.grant(person, Role::ClaimsOfficer, None).await;
    let mut officer = t.signed_in("officer@staff.test").await;
    let form = officer.see(&format!("{claim}/check")).await.form("/check").with(&[("decision", "approve")]);
    let actor = t.actor("officer@staff.test").await;
    let mut tx = t.app.db.write().await.unwrap();
    let case = world.agreement.case.application;
    voucherdesk::audit::take(&mut tx, &actor, case, voucherdesk::audit::Act::Screened, t.now()).await.unwrap();
    tx.commit().await.unwrap();
    officer.see(&format!("{claim}/check")).await.says("You already did this on the same case: screening");
    let seen = officer.submit(form).await;
    assert_eq!(seen.status, 422);
    seen.says("You already did this on the same case: screening");
    assert_eq!(world.balance(&t, AccountKind::Held).await, 0);
    // Another officer whose proof is too old proves again first.
    let mut late = t.staff(Role::ClaimsOfficer).await;
    t.advance(chrono::Duration::minutes(11));
    let seen = late.fill(&format!("{claim}/check"), "/check", &[("decision", "approve")]).await;
    seen.says("Prove once more who you are");
});

both!(a_suspended_vendor_stands_against_approval, async |t: Tester| {
    let world = World::new(&t).await;
    let mut vendor = t.member(world.vendor.organisation, Role::Vendor).await;
    let mut firm = t.member(world.firm, Role::Firm).await;
    let mut officer = t.staff(Role::ClaimsOfficer).await;
    let claim = files(&world, &mut vendor, 0, "20270302-41000012-00000001").await;
    firm.fill_and_follow(&format!("{claim}/answer"), "/answer", &[("answer", "accept")]).await;
    let mut tx = t.app.db.write().await.unwrap();
    tx.run("UPDATE vendors SET state = 'suspended' WHERE id = $1", (world.vendor.vendor,)).await.unwrap();
    tx.commit().await.unwrap();
    officer.see(&format!("{claim}/check")).await.says("Stands against approval");
    let seen = officer.fill(&format!("{claim}/check"), "/check", &[("decision", "approve")]).await;
    assert_eq!(seen.status, 422);
    seen.says("The vendor is approved");
    assert_eq!(world.balance(&t, AccountKind::Held).await, 0);
});

const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<<>>endobj\n%%EOF\n";

both!(documents_beside_an_invoice_are_read_by_those_who_answer_for_it, async |t: Tester| {
    let world = World::new(&t).await;
    let mut vendor = t.member(world.vendor.organisation, Role::Vendor).await;
    let claim = files(&world, &mut vendor, 0, "20270302-41000012-ab475920").await;
    vendor.see(&claim).await.says("Supporting documents").says("None yet");
    let add = format!("{claim}/documents");
    // Nothing chosen, and a script that calls itself a report: said beside the field, nothing kept.
    let page = vendor.see(&add).await;
    let form = page.form(&add);
    assert!(vendor.submit(form.clone()).await.error_at("document_file").is_some());
    let script = form.clone().file("document_file", "report.pdf", b"<script>alert(1)</script>");
    assert_eq!(vendor.submit(script).await.status, 422);
    let seen = vendor.submit(form.file("document_file", "검수 보고서.pdf", PDF)).await;
    vendor.follow(seen).await.says("The document was added").says("검수 보고서.pdf");
    // One that was given once is picked from the vault, and only once.
    let vault = "/organisation/documents";
    let page = vendor.see(vault).await;
    let form = page.forms().into_iter().find(|form| form.action == vault).unwrap();
    let given = [("vault_kind", "tax_clearance"), ("issued_on", "2027-02-20")];
    let other: Vec<u8> = [PDF, b"%%\n"].concat();
    assert_eq!(vendor.submit(form.with(&given).file("file", "납세증명.pdf", &other)).await.status, 303);
    let mut tx = t.app.db.read().await.unwrap();
    let held: Vec<uuid::Uuid> = tx.values("SELECT id FROM vault_documents", ()).await.unwrap();
    drop(tx);
    let page = vendor.see(&add).await;
    page.says("납세증명.pdf · until 22 Mar 2027");
    let pick = held[0].to_string();
    for (status, sentence) in [(303, ""), (422, "already with the claim")] {
        let form = vendor.see(&add).await.form(&add).with(&[("vault", &pick)]);
        let seen = vendor.submit(form).await;
        assert_eq!(seen.status, status);
        seen.says(sentence);
    }

    let mut firm = t.member(world.firm, Role::Firm).await;
    let page = firm.see(&claim).await;
    page.says("검수 보고서.pdf").says("납세증명.pdf");
    assert!(page.find_form("/remove").is_none(), "the firm reads");
    let links: Vec<String> = page.links().into_iter().filter(|link| link.contains("/documents/")).collect();
    assert_eq!(links.len(), 2);
    assert_eq!(firm.get(&links[0]).await.status, 200);
    assert_eq!(firm.get(&add).await.status, 404);
    let elsewhere = t.organisation(77).await;
    let mut stranger = t.member(elsewhere, Role::Vendor).await;
    assert_eq!(stranger.get(&links[0]).await.status, 404);
    assert_eq!(
        stranger.submit(vendor.see(&add).await.form(&add).file("document_file", "x.pdf", PDF)).await.status,
        404
    );

    // Taken out while nothing is decided; afterwards all stays as it was judged.
    let page = vendor.see(&claim).await;
    let out = page.form("/remove");
    let seen = vendor.submit(out.clone()).await;
    vendor.follow(seen).await.says("The document was taken out");
    let mut officer = t.staff(Role::ClaimsOfficer).await;
    firm.fill_and_follow(&format!("{claim}/answer"), "/answer", &[("answer", "accept")]).await;
    let check = officer.see(&format!("{claim}/check")).await;
    check.says("납세증명.pdf");
    assert!(!check.has("검수 보고서.pdf"));
    officer.fill_and_follow(&format!("{claim}/check"), "/check", &[("decision", "approve")]).await.says("Approved");
    let page = vendor.see(&claim).await;
    assert!(page.says("납세증명.pdf").find_form("/remove").is_none());
    let form = vendor.see(&add).await.form(&add).file("document_file", "late.pdf", PDF);
    vendor.submit(form).await.says("only until the claim is decided");
    let history = t.staff(Role::Auditor).await.see(&claim).await;
    history.says("Supporting document added").says("Supporting document taken out").says("검수 보고서.pdf");
});

both!(a_refused_approval_leaves_what_it_was_refused_on, async |t: Tester| {
    let world = World::new(&t).await;
    let mut vendor = t.member(world.vendor.organisation, Role::Vendor).await;
    let mut firm = t.member(world.firm, Role::Firm).await;
    let claim = files(&world, &mut vendor, 0, "20270302-41000012-ab475920").await;
    firm.fill_and_follow(&format!("{claim}/answer"), "/answer", &[("answer", "accept")]).await;
    let suspended = "UPDATE organisations SET register_status = 'suspended' WHERE id = $1";
    let mut tx = t.app.db.write().await.unwrap();
    tx.run(suspended, (world.firm,)).await.unwrap();
    tx.commit().await.unwrap();
    let mut officer = t.staff(Role::ClaimsOfficer).await;
    for _ in 0..2 {
        let seen = officer.fill(&format!("{claim}/check"), "/check", &[("decision", "approve")]).await;
        assert_eq!(seen.status, 422, "{}", seen.text());
    }
    let mut tx = t.app.db.read().await.unwrap();
    let kept: Vec<String> = tx
        .values("SELECT refused_by FROM eligibility_runs WHERE stage = 'claim' AND refused_by IS NOT NULL", ())
        .await
        .unwrap();
    assert_eq!(kept.len(), 1, "the same again leaves nothing new");
    assert!(kept[0].contains("register_status"), "{kept:?}");
    assert_eq!(world.balance(&t, AccountKind::Held).await, 0);
});
