//! A fresh, migrated database for each test: a copy of a file, or a clone of a template database.

use sqlx::{Connection, Executor, PgConnection};
use std::{
    io::Write,
    path::PathBuf,
    sync::{Once, OnceLock},
};
use voucherdesk::db::Db;

/// The server that the PostgreSQL half runs on, for example `postgres://postgres@127.0.0.1:5433/postgres`.
fn server() -> Option<String> {
    std::env::var("TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty())
}

unsafe extern "C" {
    fn atexit(act: extern "C" fn()) -> i32;
}

/// Past the capture of test output, and where a reader looks last: below the result of the run.
extern "C" fn say_skipped() {
    let text = "\n*** TEST_POSTGRES_URL is not set: the PostgreSQL half of every story was SKIPPED ***\n";
    // Nobody is left to hear of an error.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Statics are not dropped: what the run leaves is removed here.
extern "C" fn remove_folder() {
    let _ = std::fs::remove_dir_all(folder());
}

fn at_exit(act: extern "C" fn()) {
    // SAFETY: both acts only write to standard error or remove files, and neither unwinds.
    assert_eq!(unsafe { atexit(act) }, 0);
}

fn on_own_thread<T: Send + 'static, F: Future<Output = T>>(work: impl FnOnce() -> F + Send + 'static) -> T {
    let run = move || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work());
    std::thread::spawn(run).join().expect("preparing a database")
}

/// A folder that goes away with the run.
fn folder() -> &'static tempfile::TempDir {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    FOLDER.get_or_init(|| {
        at_exit(remove_folder);
        tempfile::Builder::new().prefix("voucherdesk-test-").tempdir().unwrap()
    })
}

pub fn fresh_folder() -> PathBuf {
    let path = folder().path().join(uuid::Uuid::new_v4().simple().to_string());
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// The address of a new SQLite file with the whole schema.
pub fn sqlite_url() -> String {
    static TEMPLATE: OnceLock<PathBuf> = OnceLock::new();
    let template = TEMPLATE.get_or_init(|| {
        let path = folder().path().join("template.db");
        let url = format!("sqlite://{}", path.display());
        on_own_thread(move || async move {
            let db = Db::connect(&url).await.unwrap();
            db.migrate().await.unwrap();
            db.close().await;
        });
        path
    });
    let copy = fresh_folder().join("voucherdesk.db");
    std::fs::copy(template, &copy).unwrap();
    format!("sqlite://{}", copy.display())
}

/// The address of a new PostgreSQL database with the whole schema; None when there is no server.
pub fn postgres_url() -> Option<String> {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    static CLONING: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let Some(server) = server() else {
        static SAID: Once = Once::new();
        SAID.call_once(|| at_exit(say_skipped));
        return None;
    };
    let template = TEMPLATE.get_or_init(|| {
        let name = new_name("template");
        let (server, made) = (server.clone(), name.clone());
        on_own_thread(move || async move {
            let mut admin = PgConnection::connect(&server).await.expect("TEST_POSTGRES_URL answers");
            sweep(&mut admin).await;
            create(&mut admin, &made, "template0").await;
            let db = Db::connect(&with_database(&server, &made)).await.unwrap();
            db.migrate().await.unwrap();
            db.close().await;
        });
        name
    });
    let name = new_name("test");
    let (address, made, template) = (server.clone(), name.clone(), template.clone());
    let _one_at_a_time = CLONING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    on_own_thread(move || async move {
        let mut admin = PgConnection::connect(&address).await.unwrap();
        create(&mut admin, &made, &template).await;
    });
    Some(with_database(&server, &name))
}

/// The name of a database, with the hour it was made in: sweeping leaves a run that goes on beside this one alone.
fn new_name(kind: &str) -> String {
    format!("vd_{:08}_{kind}_{}", hour(), uuid::Uuid::new_v4().simple())
}

fn hour() -> u64 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() / 3_600
}

/// Databases that runs of earlier hours left behind. Never dropped within a test: dropping is slow.
async fn sweep(admin: &mut PgConnection) {
    let old: Vec<(String,)> = sqlx::query_as("SELECT datname::text FROM pg_database WHERE datname LIKE 'vd\\_%'")
        .fetch_all(&mut *admin)
        .await
        .unwrap();
    let recent = format!("vd_{:08}", hour() - 1);
    for (name,) in old.into_iter().filter(|(name,)| *name < recent) {
        // Another run may be sweeping too.
        let _ = admin.execute(sqlx::AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name}"))).await;
    }
}

async fn create(admin: &mut PgConnection, name: &str, template: &str) {
    let sql = format!("CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8' LOCALE 'C.UTF-8'");
    admin.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
}

fn with_database(server: &str, name: &str) -> String {
    let (address, _) = server.rsplit_once('/').expect("postgres://host:port/database");
    format!("{address}/{name}")
}
