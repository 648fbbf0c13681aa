//! The minute before a call closes: 2,000 firms press *submit* from 64 connections, some of them twice, against a real
//! server on loopback, while others read pages. Before the clock starts each has looked at the page with the button, and
//! the engine has its statistics, as on any day before a closing. Beside it, in the same run, the rate of bare durable
//! one-row transactions on the same engine.
//!
//! `cargo bench --profile dist --bench closing_minute` runs on a SQLite file, built as a ministry would run it; with
//! `TEST_POSTGRES_URL` naming a server whose `fsync` is on, it runs on PostgreSQL as well.

// As the stories do, it plants rows and reads the engine directly.
#![allow(clippy::disallowed_methods)]

#[allow(dead_code, unused_macros, unused_imports)]
#[path = "../tests/it/support/mod.rs"]
mod support;

use actix_web::{App as Site, HttpServer, middleware::from_fn, web};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection, postgres::PgPoolOptions};
use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use support::{
    Tester,
    builders::{BuiltCall, BuiltVendor},
    databases,
};
use uuid::Uuid;
use voucherdesk::{
    app,
    applications::ApplicationId,
    core::{money::Won, secret::token_hash},
    front,
    programmes::CallRules,
};

const FIRMS: u16 = 2_000;
const CONNECTIONS: usize = 64;
/// One in so many presses twice.
const TWICE: usize = 20;
const BARE: usize = 2_000;

/// A firm before its last click.
struct Ready {
    application: ApplicationId,
    cookie: String,
    token: String,
}

#[actix_web::main]
async fn main() {
    let sqlite = Tester::on_sqlite().await;
    let bare = bare_sqlite().await;
    measure("sqlite", sqlite, bare).await;
    if let Some(postgres) = Tester::on_postgres().await {
        let bare = bare_postgres().await;
        measure("postgres", postgres, bare).await;
    }
}

/// Transactions a second, one row each, one connection: SQLite has one writer.
async fn bare_sqlite() -> f64 {
    let file = databases::fresh_folder().join("bare.db");
    let url = format!("sqlite://{}?mode=rwc", file.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    connection
        .execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE bare (id INTEGER PRIMARY KEY, text TEXT)")
        .await
        .unwrap();
    let rows = BARE / 4;
    let begun = Instant::now();
    for _ in 0..rows {
        sqlx_text(&mut connection, "INSERT INTO bare (text) VALUES ('one row')").await;
    }
    rows as f64 / begun.elapsed().as_secs_f64()
}

async fn sqlx_text<'c>(executor: impl Executor<'c>, text: &'static str) {
    executor.execute(text).await.unwrap();
}

/// Transactions a second, one row each, from as many clients as submit later, over as many connections as the app has.
async fn bare_postgres() -> f64 {
    let url = databases::postgres_url().unwrap();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let (fsync,): (String,) = fetch(&mut connection, "SHOW fsync").await;
    let (synchronous,): (String,) = fetch(&mut connection, "SHOW synchronous_commit").await;
    println!("postgres: fsync {fsync}, synchronous_commit {synchronous}");
    sqlx_text(&mut connection, "CREATE TABLE bare (id BIGSERIAL PRIMARY KEY, text TEXT)").await;
    let pool = PgPoolOptions::new().max_connections(20).connect(&url).await.unwrap();
    let begun = Instant::now();
    let clients = (0..CONNECTIONS).map(|_| async {
        for _ in 0..BARE / CONNECTIONS {
            sqlx_text(&pool, "INSERT INTO bare (text) VALUES ('one row')").await;
        }
    });
    futures_util::future::join_all(clients).await;
    (BARE / CONNECTIONS * CONNECTIONS) as f64 / begun.elapsed().as_secs_f64()
}

async fn fetch(connection: &mut PgConnection, text: &'static str) -> (String,) {
    let row = connection.fetch_one(text).await.unwrap();
    (sqlx::Row::get(&row, 0),)
}

async fn measure(engine: &str, t: Tester, bare: f64) {
    let mut rules = CallRules::ai_voucher();
    rules.documents.iter_mut().for_each(|document| document.required = false);
    let call = t.call_by(Won(40_000_000_000), rules).await;
    let vendor = t.vendor(9_000).await;
    let mut ready = Vec::new();
    for number in 1..=FIRMS {
        ready.push(firm(&t, &call, &vendor, number).await);
    }
    let mut tx = t.app.db.write().await.unwrap();
    tx.run("ANALYZE", ()).await.unwrap();
    tx.commit().await.unwrap();
    let shared = t.app.clone();
    let site = move || Site::new().app_data(shared.clone()).wrap(from_fn(front::front)).configure(app::configure);
    let server = HttpServer::new(site).workers(2).bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", server.addrs()[0]);
    let server = server.run();
    let handle = server.handle();
    let served = actix_web::rt::spawn(server);

    let crowd = web::block(move || crowd(&base, ready)).await.unwrap();
    // Looked at while the server's threads live: connections that they opened end with them.
    let mut tx = t.app.db.read().await.unwrap();
    let stored: Option<i64> =
        tx.value("SELECT COUNT(*) FROM applications WHERE state = 'submitted'", ()).await.unwrap();
    let rounds: Option<i64> = tx.value("SELECT COUNT(*) FROM application_submissions", ()).await.unwrap();
    let numbers: Option<i64> = tx.value("SELECT COUNT(DISTINCT receipt_no) FROM applications", ()).await.unwrap();
    assert_eq!(stored, Some(i64::from(FIRMS)), "each acknowledged submission is stored");
    assert_eq!((rounds, numbers), (stored, stored), "none is stored twice");
    drop(tx);
    handle.stop(true).await;
    served.await.unwrap().unwrap();
    let rate = f64::from(FIRMS) / crowd.took.as_secs_f64();
    println!(
        "{engine}: {FIRMS} submissions in {:.2} s from {CONNECTIONS} connections: {rate:.0} a second; \
         bare durable transactions: {bare:.0} a second; ratio {:.2}",
        crowd.took.as_secs_f64(),
        rate / bare
    );
    println!(
        "{engine}: {} sent twice, all answered alike; pages meanwhile: {} of {} answered, median {} ms, slowest {} ms",
        crowd.twice,
        crowd.pages.len(),
        crowd.pages_asked,
        crowd.pages[crowd.pages.len() / 2].as_millis(),
        crowd.pages.last().unwrap().as_millis()
    );
}

/// A firm with a complete draft, and somebody of it who is signed in.
async fn firm(t: &Tester, call: &BuiltCall, vendor: &BuiltVendor, number: u16) -> Ready {
    let built = t.application(call, vendor, number, "draft", 8_000_000).await;
    let email = format!("firm{number}@closing.test");
    let person = t.person(&email).await;
    t.grant(person, voucherdesk::core::roles::Role::Firm, Some(built.firm.0)).await;
    let (key, token) = (Uuid::now_v7().simple().to_string(), Uuid::now_v7().simple().to_string());
    let mut tx = t.app.db.write().await.unwrap();
    tx.run("UPDATE applications SET receipt_no = NULL, submitted_at = NULL, submitted_by = NULL, submitted_hash = NULL WHERE id = $1", (built.id,))
        .await
        .unwrap();
    tx.run(
        "INSERT INTO sessions (id, key_hash, person_id, form_token, created_at, seen_at, proven_at, whole, address, agent)
         VALUES ($1, $2, $3, $4, $5, $5, $5, TRUE, '127.0.0.1', 'bench')",
        (Uuid::now_v7(), token_hash(&key), person, token.clone(), t.now()),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    Ready { application: built.id, cookie: format!("__Host-session={key}"), token }
}

/// What the crowd saw.
struct Crowd {
    took: Duration,
    twice: usize,
    /// In order of length.
    pages: Vec<Duration>,
    pages_asked: usize,
}

fn client() -> ureq::Agent {
    ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false).build().into()
}

fn crowd(base: &str, ready: Vec<Ready>) -> Crowd {
    let next = AtomicUsize::new(0);
    let twice = AtomicUsize::new(0);
    let over = AtomicBool::new(false);
    let pages = Mutex::new(Vec::new());
    let asked = AtomicUsize::new(0);
    let looked = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| {
                let client = client();
                while let Some(firm) = ready.get(looked.fetch_add(1, Ordering::SeqCst)) {
                    look(&client, base, firm);
                }
            });
        }
    });
    let began = Instant::now();
    let mut took = Duration::ZERO;
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let client = client();
            while !over.load(Ordering::SeqCst) {
                let begun = Instant::now();
                asked.fetch_add(1, Ordering::SeqCst);
                if client.get(format!("{base}/calls")).call().is_ok_and(|seen| seen.status() == 200) {
                    pages.lock().unwrap().push(begun.elapsed());
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let firms: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                scope.spawn(|| {
                    let client = client();
                    loop {
                        let n = next.fetch_add(1, Ordering::SeqCst);
                        let Some(firm) = ready.get(n) else { break };
                        let once = Uuid::new_v4();
                        submit(&client, base, firm, once);
                        if n.is_multiple_of(TWICE) {
                            twice.fetch_add(1, Ordering::SeqCst);
                            submit(&client, base, firm, once);
                        }
                    }
                })
            })
            .collect();
        let all_answered = firms.into_iter().map(|firm| firm.join()).all(|ended| ended.is_ok());
        took = began.elapsed();
        over.store(true, Ordering::SeqCst);
        reader.join().unwrap();
        assert!(all_answered);
    });
    let mut pages = pages.into_inner().unwrap();
    pages.sort();
    Crowd { took, twice: twice.into_inner(), pages, pages_asked: asked.into_inner() }
}

/// Opens the page with the button.
fn look(client: &ureq::Agent, base: &str, firm: &Ready) {
    let path = format!("{base}/applications/{}/submit", firm.application);
    let page = client.get(path).header("cookie", &firm.cookie).call().unwrap();
    assert_eq!(page.status(), 200);
}

/// Presses the button; anything but the way to the receipt ends the run.
fn submit(client: &ureq::Agent, base: &str, firm: &Ready, once: Uuid) {
    let path = format!("/applications/{}/submit", firm.application);
    let answer = client
        .post(format!("{base}{path}"))
        .header("cookie", &firm.cookie)
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded")
        .send(format!("token={}&once={once}&version=1&certify=yes", firm.token))
        .unwrap();
    assert_eq!(answer.status(), 303, "{}", answer.into_body().read_to_string().unwrap());
}
