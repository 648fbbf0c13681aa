//! The service as its own process, killed between file, send and answer: never two payments, never a lost one.

use super::{
    statements::{Entry, sound, statement},
    *,
};
use crate::{
    faults::Service,
    support::{PASSWORD, databases},
};
use std::{collections::BTreeMap, time::Duration};
use voucherdesk::config::Config;

/// A payer at the process, who keeps the session over its deaths.
#[derive(Clone)]
struct Hand {
    base: String,
    cookies: BTreeMap<String, String>,
}

impl Hand {
    fn agent() -> ureq::Agent {
        let config = ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false);
        config.timeout_global(Some(Duration::from_secs(20))).build().into()
    }

    fn cookie(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&mut self, answer: &ureq::http::Response<ureq::Body>) {
        for cookie in answer.headers().get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    fn see(&mut self, path: &str) -> String {
        let mut answer =
            Hand::agent().get(format!("{}{path}", self.base)).header("cookie", self.cookie()).call().unwrap();
        self.keep(&answer);
        answer.body_mut().read_to_string().unwrap()
    }

    /// Status of the answer; None when the process died before it answered.
    fn send(&mut self, path: &str, media_type: &str, body: Vec<u8>) -> Option<u16> {
        let answer = Hand::agent()
            .post(format!("{}{path}", self.base))
            .header("cookie", self.cookie())
            .header("origin", &self.base)
            .header("content-type", media_type)
            .send(body)
            .ok()?;
        self.keep(&answer);
        Some(answer.status().as_u16())
    }

    fn form(&mut self, page: &str, action: &str, values: &[(&str, &str)]) -> Option<u16> {
        let html = self.see(page);
        let mut body = format!("token={}&once={}", hidden(&html, "token"), hidden(&html, "once"));
        for (name, value) in values {
            body.push_str(&format!("&{name}={}", value.replace(' ', "+").replace('@', "%40")));
        }
        self.send(action, "application/x-www-form-urlencoded", body.into_bytes())
    }

    fn upload(&mut self, xml: &str) -> Option<u16> {
        let html = self.see("/payments/statements");
        let mut body = String::new();
        for name in ["token", "once"] {
            let value = hidden(&html, name);
            body.push_str(&format!("--cut\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
        }
        body.push_str(&format!(
            "--cut\r\nContent-Disposition: form-data; name=\"statement_file\"; filename=\"s.xml\"\r\n\
             Content-Type: application/xml\r\n\r\n{xml}\r\n--cut--\r\n"
        ));
        self.send("/payments/statements", "multipart/form-data; boundary=cut", body.into_bytes())
    }
}

/// The value of the last hidden field of that name: the page's own form comes after the sign-out of its head.
fn hidden(html: &str, name: &str) -> String {
    let mark = format!("name=\"{name}\" value=\"");
    let at = html.rfind(&mark).unwrap_or_else(|| panic!("no {name} in {html}")) + mark.len();
    html[at..].split('"').next().unwrap().to_owned()
}

/// Does `act` in a thread and kills the process after `delay`.
fn killed_during(service: &mut Service, delay: Duration, act: impl FnOnce() + Send + 'static) {
    let acting = std::thread::spawn(act);
    std::thread::sleep(delay);
    service.kill();
    acting.join().unwrap();
}

async fn killed_between_file_send_and_answer(url: String) {
    let config = Config {
        database_url: url.clone().into(),
        sealing_key: "2a".repeat(32).into(),
        second_factor_required: false,
        allow_unscanned: true,
        demo: true,
        ..Config::default()
    };
    let t = Tester::with(config).await;
    let world = World::new(&t).await;
    let claims = world.approved(&t, 4).await;
    let one = staff(&t, "one@pay.test", &[Role::Payer]).await;
    let two = staff(&t, "two@pay.test", &[Role::Payer]).await;
    let three = staff(&t, "three@pay.test", &[Role::Payer]).await;
    let mut batches = Vec::new();
    for claim in claims {
        let id = actions::prepare(&t.app, &one, vec![claim], Once::new()).await.unwrap();
        actions::approve(&t.app, &two, id, Once::new()).await.unwrap();
        batches.push(id);
    }
    // The world of a story is no whole programme: the daily verification would stop the release.
    let mut tx = t.app.db.write().await.unwrap();
    tx.run(
        "INSERT INTO verification_runs (id, started_at, finished_at, sound) VALUES ($1, $2, $2, TRUE)",
        (uuid::Uuid::now_v7(), t.now()),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let mut service = Service::start(&url, databases::fresh_folder());
    let mut hand = Hand { base: service.base.clone(), cookies: BTreeMap::new() };
    let said = [("email", "three@pay.test"), ("password", PASSWORD)];
    assert_eq!(hand.form("/sign-in", "/sign-in", &said), Some(303));
    let mut sent = Vec::new();
    for (id, delay) in batches.into_iter().zip([1, 4, 12, 40]) {
        let path = format!("/payments/batches/{id}/release");
        let (mut pressing, at) = (hand.clone(), path.clone());
        killed_during(&mut service, Duration::from_millis(delay), move || {
            // The page may be gone already: then nothing was pressed.
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| pressing.form(&at, &at, &[])));
        });
        let (state, payments) = batch(&t, id).await;
        let whole = match state {
            BatchState::Approved => PaymentState::Prepared,
            BatchState::Released => PaymentState::Sent,
            other => panic!("{other}"),
        };
        assert!(payments.iter().all(|payment| payment.state == whole), "never by halves");
        service = service.again();
        hand.base = service.base.clone();
        let pressed = hand.form(&path, &path, &[]);
        assert_eq!(pressed, Some(if state == BatchState::Approved { 303 } else { 422 }));
        assert_eq!(hand.form(&path, &path, &[]), Some(422), "released once");
        let once = Once::new();
        actions::take_file(&t.app, &three, id, once).await.unwrap();
        let file = actions::bank_file(&t.app, &three, id, once).await.unwrap();
        let payment = batch(&t, id).await.1.remove(0);
        let text = String::from_utf8(file.bytes).unwrap();
        assert_eq!(text.matches(&payment.end_to_end_id).count(), 1);
        sent.push(payment);
    }
    // All four are with the bank; its statement arrives while the process dies again and again.
    let entries: Vec<Entry> = sent
        .iter()
        .map(|payment| Entry {
            amount: -payment.amount_won.0,
            end_to_end_id: payment.end_to_end_id.clone(),
            instruction_id: payment.instruction_id.clone(),
            text: "",
        })
        .collect();
    let xml = statement("S-1", 40_000_000, &entries);
    let mut imported = None;
    for delay in [2, 9, 25, 70] {
        let (mut uploading, text) = (hand.clone(), xml.clone());
        killed_during(&mut service, Duration::from_millis(delay), move || {
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| uploading.upload(&text)));
        });
        let balances = world.balances(&t).await;
        assert!(balances == [0, 0, 40, 0] || balances == [0, 0, 0, 40], "never by halves: {balances:?}");
        if balances[3] == 40 {
            imported = Some(delay);
        }
        service = service.again();
        hand.base = service.base.clone();
    }
    let last = hand.upload(&xml);
    assert_eq!(last, Some(if imported.is_some() { 422 } else { 303 }));
    assert_eq!(world.balances(&t).await, [0, 0, 0, 40]);
    let mut tx = t.app.db.read().await.unwrap();
    let count = async |tx: &mut voucherdesk::db::Tx, sql: &'static str| tx.value::<i64>(sql, ()).await.unwrap();
    assert_eq!(count(&mut tx, "SELECT COUNT(*) FROM ledger_postings WHERE kind = 'pay'").await, Some(4));
    assert_eq!(count(&mut tx, "SELECT COUNT(*) FROM payments WHERE state = 'confirmed'").await, Some(4));
    assert_eq!(count(&mut tx, "SELECT COUNT(*) FROM payments").await, Some(4));
    assert_eq!(count(&mut tx, "SELECT COUNT(*) FROM bank_statements").await, Some(1));
    assert_eq!(count(&mut tx, "SELECT COUNT(*) FROM statement_lines WHERE state = 'matched'").await, Some(4));
    drop(tx);
    sound(&t).await;
}

#[actix_web::test]
async fn nobody_is_paid_twice_or_lost_when_the_process_is_killed_on_sqlite() {
    killed_between_file_send_and_answer(databases::sqlite_url()).await;
}

#[actix_web::test]
async fn nobody_is_paid_twice_or_lost_when_the_process_is_killed_on_postgres() {
    if let Some(url) = databases::postgres_url() {
        killed_between_file_send_and_answer(url).await;
    }
}
