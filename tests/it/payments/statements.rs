//! The bank's own files: orders out as `pain.001`, answers in as `pain.002`, statements in as `camt.053`.

use super::*;
use roxmltree::{Document, Node};
use voucherdesk::{
    core::numbers::fold_account,
    integrity,
    payments::{
        ProfileId,
        actions::{NewBatch, NewMatch, NewProfile},
        rules::{
            bank_file::{Encoding, Format},
            returns::Meaning,
        },
    },
};

const ACCOUNT: &str = "100-032-123456";

async fn profile(t: &Tester, format: Format, columns: &str, encoding: Encoding) -> ProfileId {
    let email = format!("{format}@manager.test");
    let manager = staff(t, &email, &[Role::Manager]).await;
    let new = NewProfile {
        name: "신한 지급 계좌".to_owned(),
        format,
        holder: "정보통신산업진흥원".to_owned(),
        bank_code: "088".to_owned(),
        account_number: fold_account(ACCOUNT).unwrap(),
        bic: Some("SHBKKRSE".to_owned()),
        columns: columns.to_owned(),
        encoding,
    };
    actions::make_profile(&t.app, &manager, new, Once::new()).await.unwrap()
}

struct Sent {
    id: BatchId,
    file: Vec<u8>,
    one: Actor,
    two: Actor,
}

/// A batch of these claims from a described account, with the bank, and the file it got.
async fn sent(t: &Tester, claims: Vec<ClaimId>, profile: ProfileId) -> Sent {
    let one = staff(t, "one@pay.test", &[Role::Payer]).await;
    let two = staff(t, "two@pay.test", &[Role::Payer]).await;
    let three = staff(t, "three@pay.test", &[Role::Payer]).await;
    let new = NewBatch { claims, profile: Some(profile), checker: None };
    let id = actions::prepare(&t.app, &one, new, Once::new()).await.unwrap();
    actions::approve(&t.app, &two, id, Once::new()).await.unwrap();
    actions::release(&t.app, &three, id, Once::new()).await.unwrap();
    let once = Once::new();
    actions::take_file(&t.app, &three, id, once).await.unwrap();
    let file = actions::bank_file(&t.app, &three, id, once).await.unwrap();
    Sent { id, file: file.bytes, one, two }
}

fn value(node: Node, name: &str) -> String {
    node.descendants().find(|child| child.tag_name().name() == name).and_then(|child| child.text()).unwrap().to_owned()
}

/// One entry of a statement, in or out.
pub struct Entry {
    pub amount: i64,
    pub end_to_end_id: String,
    pub instruction_id: String,
    pub text: &'static str,
}

/// What the bank would book for each order of a `pain.001`.
fn booked(pain001: &[u8]) -> Vec<Entry> {
    let text = std::str::from_utf8(pain001).unwrap();
    let document = Document::parse(text).unwrap();
    let transfers = document.descendants().filter(|node| node.tag_name().name() == "CdtTrfTxInf");
    transfers
        .map(|transfer| Entry {
            amount: -value(transfer, "InstdAmt").parse::<i64>().unwrap(),
            end_to_end_id: value(transfer, "EndToEndId"),
            instruction_id: value(transfer, "InstrId"),
            text: "",
        })
        .collect()
}

pub fn statement(id: &str, opening: i64, entries: &[Entry]) -> String {
    let closing = opening + entries.iter().map(|entry| entry.amount).sum::<i64>();
    let side = |amount: i64| if amount < 0 { "DBIT" } else { "CRDT" };
    let balance = |code: &str, amount: i64| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"KRW\">{}</Amt><CdtDbtInd>{}</CdtDbtInd><Dt><Dt>2027-03-03</Dt></Dt></Bal>",
            amount.abs(),
            side(amount)
        )
    };
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt>\
         <GrpHdr><MsgId>M-{id}</MsgId><CreDtTm>2027-03-04T09:00:00+09:00</CreDtTm></GrpHdr><Stmt><Id>{id}</Id>\
         <Acct><Id><Othr><Id>{ACCOUNT}</Id></Othr></Id></Acct>{}{}",
        balance("OPBD", opening),
        balance("CLBD", closing)
    );
    for (n, entry) in entries.iter().enumerate() {
        let refs = match entry.end_to_end_id.as_str() {
            "" => String::new(),
            id => format!("<InstrId>{}</InstrId><EndToEndId>{id}</EndToEndId>", entry.instruction_id),
        };
        text.push_str(&format!(
            "<Ntry><Amt Ccy=\"KRW\">{0}</Amt><CdtDbtInd>{1}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2027-03-03</Dt></BookgDt>\
             <NtryDtls><TxDtls><Refs><AcctSvcrRef>B{n}</AcctSvcrRef>{refs}</Refs><Amt Ccy=\"KRW\">{0}</Amt><CdtDbtInd>{1}</CdtDbtInd>\
             <RmtInf><Ustrd>{2}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>",
            entry.amount.abs(),
            side(entry.amount),
            entry.text
        ));
    }
    text + "</Stmt></BkToCstmrStmt></Document>"
}

async fn import(browser: &mut Browser, xml: &str) -> Seen {
    let form = browser.see("/payments/statements").await.form("/payments/statements");
    browser.submit(form.file("statement_file", "statement.xml", xml.as_bytes())).await
}

async fn suspense(t: &Tester) -> Won {
    let mut tx = t.app.db.read().await.unwrap();
    let account = ledger::Account { kind: AccountKind::Suspense, owner: uuid::Uuid::nil(), scope: uuid::Uuid::nil() };
    ledger::balance(&mut tx, account).await.unwrap()
}

pub async fn sound(t: &Tester) {
    let report = integrity::verify(&t.app.db, Some(&t.app.seal)).await.unwrap();
    let money: Vec<&str> = report
        .breaches()
        .map(|check| check.name)
        .filter(|name| {
            [
                "ledger",
                "call_budgets",
                "payable",
                "paid",
                "held",
                "one_live",
                "batch",
                "bank_file",
                "payments",
                "sent_in",
            ]
            .iter()
            .any(|word| name.starts_with(word))
        })
        .collect();
    assert_eq!(money, Vec::<&str>::new());
}

both!(a_statement_made_from_the_released_file_reconciles_to_the_last_won, async |t: Tester| {
    let world = World::new(&t).await;
    let claims = world.approved(&t, 4).await;
    let account = profile(&t, Format::Pain001V09, "", Encoding::Utf8).await;
    let sent = sent(&t, claims.clone(), account).await;
    let text = String::from_utf8(sent.file.clone()).unwrap();
    assert!(text.contains("urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"), "{text}");
    assert!(text.contains("<NbOfTxs>4</NbOfTxs><CtrlSum>40000000</CtrlSum>"));
    let mut entries = booked(&sent.file);
    assert_eq!(entries.len(), 4);
    // One result was lost on the way: the statement is evidence enough.
    let payment = batch(&t, sent.id).await.1[1].id;
    let lost = Answer::Unknown { note: "no answer".to_owned() };
    actions::answer(&t.app, &sent.one, payment, lost, Once::new()).await.unwrap();
    entries.push(Entry { amount: -700, end_to_end_id: String::new(), instruction_id: String::new(), text: "FEE" });
    let xml = statement("S-1", 50_000_000, &entries);
    let mut one = t.signed_in("one@pay.test").await;
    let seen = import(&mut one, &xml).await;
    assert_eq!(seen.status, 303, "{}", seen.text());
    let path = seen.location().unwrap();
    let page = one.follow(seen).await;
    page.says("4 lines").says("KRW -40,000,000").says("1 lines").says("KRW -700").says("It names no payment");
    assert_eq!(world.balances(&t).await, [0, 0, 0, 40]);
    let (state, payments) = batch(&t, sent.id).await;
    assert_eq!(state, BatchState::Settled);
    assert!(payments.iter().all(|payment| payment.state == PaymentState::Confirmed && payment.evidence_id.is_some()));
    assert_eq!(suspense(&t).await, Won(-700));
    sound(&t).await;
    // The same statement again is refused, and whoever imported it matches nothing.
    let again = import(&mut one, &xml).await;
    assert_eq!(again.status, 422);
    again.says("uploaded before");
    one.see(&path).await.says("who did not upload the statement");
    let mut two = t.signed_in("two@pay.test").await;
    let link = two.see(&path).await.link("/match");
    one.see(&link).await.says("Another payment officer does");
    let line = link.split('/').nth(3).unwrap().parse().unwrap();
    let other = |reason: &str| NewMatch { meaning: Meaning::Other, payment: None, reason: reason.to_owned() };
    let own = actions::match_line(&t.app, &sent.one, line, other("fee"), Once::new()).await;
    assert_eq!(refused(own), "payments-refusal-own-import");
    let seen =
        two.fill(&link, "/match", &[("meaning", "payment"), ("payment", "VD202700000001"), ("reason", "x")]).await;
    assert_eq!(seen.status, 422);
    seen.says("Another amount than was ordered");
    let done = two.fill_and_follow(&link, "/match", &[("meaning", "other"), ("reason", "Fee of the bank")]).await;
    done.says("Fee of the bank").says("Line of a statement matched").says("Matched by hand");
    assert_eq!(suspense(&t).await, Won::ZERO);
    sound(&t).await;
    // A next one that does not begin where this ended says so.
    let seen = import(&mut one, &statement("S-2", 1, &[])).await;
    one.follow(seen).await.says("Does not follow the one before");
});

both!(money_that_comes_back_is_paid_again_under_its_number_or_free_again, async |t: Tester| {
    let world = World::new(&t).await;
    let claims = world.approved(&t, 4).await;
    let account = profile(&t, Format::Pain001V09, "", Encoding::Utf8).await;
    let sent = sent(&t, claims.clone(), account).await;
    let mut entries = booked(&sent.file);
    let back = |n: usize, text| Entry {
        amount: -entries[n].amount,
        end_to_end_id: entries[n].end_to_end_id.clone(),
        instruction_id: entries[n].instruction_id.clone(),
        text,
    };
    // In one statement the money of the first goes and comes back.
    let (returned, refunded) = (back(0, "AC04"), Entry { end_to_end_id: String::new(), ..back(1, "REFUND") });
    entries.insert(0, returned);
    entries.push(refunded);
    let mut one = t.signed_in("one@pay.test").await;
    let seen = import(&mut one, &statement("S-1", 90_000_000, &entries)).await;
    let path = seen.location().unwrap();
    one.follow(seen).await.says("Brought back by the bank");
    assert_eq!(world.balances(&t).await, [0, 10, 0, 30], "it is held for the claim again");
    assert_eq!(claim_state(&t, claims[0]).await, ClaimState::Approved);
    assert_eq!(suspense(&t).await, Won(10_000_000));
    let mails = t.mails().await;
    assert!(mails.iter().any(|mail| mail.to == "v@vendor.test" && mail.subject.starts_with("Payment came back")));
    t.signed_in("v@vendor.test").await.see("/payments/mine").await.says("paid again: AC04");
    // What the vendor gave back is free on the voucher, which was used up and is open again.
    let mut two = t.signed_in("two@pay.test").await;
    let link = two.see(&path).await.link("/match");
    let number = entries[2].end_to_end_id.clone();
    let said = [("meaning", "refund"), ("payment", number.as_str()), ("reason", "Licence given back")];
    two.fill_and_follow(&link, "/match", &said).await.says("Given back by the vendor");
    assert_eq!(world.balances(&t).await, [10, 10, 0, 20]);
    assert_eq!(claim_state(&t, claims[1]).await, ClaimState::Reversed);
    let mut tx = t.app.db.read().await.unwrap();
    let voucher: Option<String> = tx.value("SELECT state FROM vouchers", ()).await.unwrap();
    assert_eq!(voucher.as_deref(), Some("active"));
    drop(tx);
    sound(&t).await;
    // Paid again it keeps its end-to-end id; a line about the first attempt is not about the second.
    let four = staff(&t, "four@pay.test", &[Role::Payer]).await;
    let again = actions::prepare(&t.app, &sent.one, vec![claims[0]], Once::new()).await.unwrap();
    actions::approve(&t.app, &sent.two, again, Once::new()).await.unwrap();
    actions::release(&t.app, &four, again, Once::new()).await.unwrap();
    let payment = batch(&t, again).await.1.remove(0);
    assert_eq!((payment.end_to_end_id.as_str(), payment.attempt), (entries[1].end_to_end_id.as_str(), 2));
    let stale = Entry {
        amount: -10_000_000,
        instruction_id: entries[1].instruction_id.clone(),
        end_to_end_id: payment.end_to_end_id.clone(),
        text: "",
    };
    let seen = import(&mut one, &statement("S-2", 80_000_000, &[stale])).await;
    one.follow(seen).await.says("Another line said it before");
    assert_eq!(batch(&t, again).await.1[0].state, PaymentState::Sent);
    let fresh = Entry {
        amount: -10_000_000,
        instruction_id: payment.instruction_id,
        end_to_end_id: payment.end_to_end_id,
        text: "",
    };
    import(&mut one, &statement("S-3", 70_000_000, &[fresh])).await;
    assert_eq!(world.balances(&t).await, [10, 0, 0, 30]);
    sound(&t).await;
});

both!(the_banks_own_report_settles_even_an_unknown_result, async |t: Tester| {
    let world = World::new(&t).await;
    let claims = world.approved(&t, 3).await;
    let account = profile(&t, Format::Pain001V09, "", Encoding::Utf8).await;
    let sent = sent(&t, claims, account).await;
    let (_, payments) = batch(&t, sent.id).await;
    let lost = Answer::Unknown { note: "no answer".to_owned() };
    actions::answer(&t.app, &sent.one, payments[0].id, lost, Once::new()).await.unwrap();
    let report = |about: &str, rows: &str| {
        format!(
            "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.10\"><CstmrPmtStsRpt><GrpHdr><MsgId>R1</MsgId></GrpHdr>\
             <OrgnlGrpInfAndSts><OrgnlMsgId>{about}</OrgnlMsgId></OrgnlGrpInfAndSts><OrgnlPmtInfAndSts>{rows}</OrgnlPmtInfAndSts>\
             </CstmrPmtStsRpt></Document>"
        )
    };
    let row = |n: usize, state: &str| {
        format!(
            "<TxInfAndSts><OrgnlInstrId>{}</OrgnlInstrId><OrgnlEndToEndId>{}</OrgnlEndToEndId><TxSts>{state}</TxSts>\
             <StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf></TxInfAndSts>",
            payments[n].instruction_id, payments[n].end_to_end_id
        )
    };
    let rows = row(0, "ACSC") + &row(1, "RJCT") + &row(2, "ACSP");
    let mut payer = t.signed_in("one@pay.test").await;
    let path = format!("/payments/batches/{}", sent.id);
    let mut upload = async |xml: String| {
        let form = payer.see(&path).await.form("/answers").file("answers_file", "report.xml", xml.as_bytes());
        let seen = payer.submit(form).await;
        if seen.status == 303 { payer.follow(seen).await } else { seen }
    };
    upload(report("PB2027-00077", &rows)).await.says("about another batch");
    upload("<!DOCTYPE a [<!ENTITY x 'y'>]><Document>&x;</Document>".to_owned()).await.says("document type or entity");
    upload("<Document><a></Document>".to_owned()).await.says("not well-formed");
    let seen = upload(report("PB2027-00001", &rows)).await;
    seen.says("Confirmed").says("Failed").says("The bank works on it");
    assert_eq!(world.balances(&t).await, [10, 10, 10, 10]);
    let states: Vec<PaymentState> = batch(&t, sent.id).await.1.iter().map(|payment| payment.state).collect();
    assert_eq!(states, [PaymentState::Confirmed, PaymentState::Failed, PaymentState::Sent]);
    sound(&t).await;
});

both!(a_statement_that_is_none_is_refused_at_once, async |t: Tester| {
    let world = World::new(&t).await;
    world.approved(&t, 1).await;
    let mut one = payer(&t, "one@pay.test").await.1;
    let sound = statement("S-1", 100, &[]);
    let bomb = format!("<!DOCTYPE lolz [<!ENTITY a \"{}\">]><Document>&a;</Document>", "x".repeat(100));
    let deep = format!("{}{}", "<Document>".repeat(70), "</Document>".repeat(70));
    for (xml, told) in [
        (bomb.as_str(), "document type or entity"),
        (deep.as_str(), "nested too deep"),
        ("<a", "not well-formed"),
        ("<Document/>", "not the bank file"),
        (
            &sound.replace(
                "<Amt Ccy=\"KRW\">100</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2027-03-03</Dt></Dt></Bal><Bal>",
                "<Amt Ccy=\"KRW\">99</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2027-03-03</Dt></Dt></Bal><Bal>",
            ),
            "Nothing was kept",
        ),
        (&sound.replace("KRW", "USD"), "cannot be read"),
        (&sound.replace("CLBD", "XXXX"), "is missing"),
    ] {
        let before = std::time::Instant::now();
        let seen = import(&mut one, xml).await;
        assert_eq!(seen.status, 422, "{xml}");
        seen.says(told);
        assert!(before.elapsed() < std::time::Duration::from_secs(2));
    }
    // Only statements of our own accounts, where they are described.
    profile(&t, Format::Pain001V09, "", Encoding::Utf8).await;
    import(&mut one, &sound.replace(ACCOUNT, "999")).await.says("none of the paying accounts");
    let mut tx = t.app.db.read().await.unwrap();
    assert_eq!(tx.value("SELECT COUNT(*) FROM bank_statements", ()).await.unwrap(), Some(0_i64));
    drop(tx);
    let seen = import(&mut one, &sound).await;
    assert_eq!(seen.status, 303);
});

both!(a_bank_gets_its_own_table, async |t: Tester| {
    let world = World::new(&t).await;
    let claims = world.approved(&t, 1).await;
    let mut manager = t.staff(Role::Manager).await;
    let values = [
        ("profile_name", "국민 대량이체"),
        ("holder", "진흥원"),
        ("bank_code", "004"),
        ("account_number", "110-123-456789"),
        ("format", "csv"),
        ("encoding", "euc_kr"),
        ("columns", "입금은행코드=bank_code\n입금액=amount"),
    ];
    let seen = manager.fill("/payments/accounts/new", "/new", &values).await;
    assert!(seen.error_at("columns").is_some(), "{}", seen.text());
    let columns =
        "입금은행코드=bank_code\n입금계좌번호=account_number\n입금액=amount\n예금주=account_holder\n통장표시=memo";
    let mut values = values;
    values[6].1 = columns;
    manager.fill_and_follow("/payments/accounts/new", "/new", &values).await.says("국민 대량이체").says("···6789");
    let mut one = payer(&t, "one@pay.test").await.1;
    assert_eq!(one.get("/payments/accounts/new").await.status, 404);
    let form = one.see("/payments").await.form("/payments/batches");
    let seen = one.submit(form).await;
    let path = seen.location().unwrap();
    one.follow(seen).await.says("국민 대량이체");
    let id: BatchId = path.rsplit('/').next().unwrap().parse().unwrap();
    let two = staff(&t, "two@pay.test", &[Role::Payer]).await;
    actions::approve(&t.app, &two, id, Once::new()).await.unwrap();
    let mut three = payer(&t, "three@pay.test").await.1;
    three.fill_and_follow(&format!("{path}/release"), "/release", &[]).await.says("With the bank");
    let file = taken(&mut three, &path).await;
    let table =
        "입금은행코드,입금계좌번호,입금액,예금주,통장표시\n004,11012346789,10000000,한빛정밀 900,CL2027-000001\n";
    assert_eq!(file.body, encoding_rs::EUC_KR.encode(table).0.into_owned());
    assert_eq!(claim_state(&t, claims[0]).await, ClaimState::Ordered);
    sound(&t).await;
    // Ended, it is offered no more.
    let form = manager.see("/payments/accounts").await.form("/end");
    manager.submit(form).await;
    manager.see("/payments/accounts").await.says("No paying account");
});
