//! The service as its own process, killed in the middle of writes: what it acknowledged is there afterwards.

use crate::support::databases;
use std::{
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use voucherdesk::db::Db;

const BINARY: &str = env!("CARGO_BIN_EXE_voucherdesk");

pub(crate) struct Service {
    process: Child,
    pub(crate) base: String,
    url: String,
    folder: PathBuf,
}

impl Service {
    pub(crate) fn start(url: &str, folder: PathBuf) -> Service {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let base = format!("http://127.0.0.1:{port}");
        let process = command(url, &folder)
            .env("VOUCHERDESK__LISTEN", format!("127.0.0.1:{port}"))
            .env("VOUCHERDESK__BASE_URL", &base)
            .arg("serve")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let service = Service { process, base, url: url.to_owned(), folder };
        let patience = Instant::now() + Duration::from_secs(60);
        while ureq::get(format!("{}/readyz", service.base)).call().is_err() {
            assert!(Instant::now() < patience, "the service does not come up");
            std::thread::sleep(Duration::from_millis(50));
        }
        service
    }

    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Service {
    /// Up again on the same database and files.
    pub(crate) fn again(&self) -> Service {
        Service::start(&self.url, self.folder.clone())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Ended already when the test went well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn command(url: &str, folder: &std::path::Path) -> Command {
    let mut command = Command::new(BINARY);
    command
        .env("DATABASE_URL", url)
        .env("VOUCHERDESK__SEALING_KEY", "2a".repeat(32))
        .env("VOUCHERDESK__FILES_DIR", folder.join("files"))
        .env("VOUCHERDESK__MAIL__FOLDER", folder.join("mail"))
        .env("VOUCHERDESK__SECOND_FACTOR_REQUIRED", "false")
        .env("VOUCHERDESK__ALLOW_UNSCANNED", "true")
        .env("VOUCHERDESK__RATE_PER_SECOND", "100000")
        .env("VOUCHERDESK__RATE_BURST", "100000")
        .env("VOUCHERDESK__DEMO", "true");
    command
}

fn ask_sign_up(base: &str, email: &str) -> bool {
    ureq::post(format!("{base}/sign-up"))
        .header("origin", base)
        .send_form([("token", ""), ("email", email)])
        .is_ok_and(|answer| answer.status() == 200)
}

fn killed_amid_writes(url: String) {
    let folder = databases::fresh_folder();
    let mut service = Service::start(&url, folder);
    let acknowledged: Arc<Mutex<Vec<String>>> = Arc::default();
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..6)
        .map(|writer| {
            let (base, acknowledged, stop) = (service.base.clone(), acknowledged.clone(), stop.clone());
            std::thread::spawn(move || {
                for n in 0..80 {
                    let email = format!("w{writer}n{n}@firm.test");
                    if stop.load(Ordering::SeqCst) || !ask_sign_up(&base, &email) {
                        return;
                    }
                    acknowledged.lock().unwrap().push(email);
                }
            })
        })
        .collect();
    let patience = Instant::now() + Duration::from_secs(30);
    while acknowledged.lock().unwrap().len() < 60 && Instant::now() < patience {
        std::thread::sleep(Duration::from_millis(5));
    }
    service.kill();
    stop.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.join().unwrap();
    }
    let acknowledged = acknowledged.lock().unwrap().clone();
    assert!(acknowledged.len() >= 30, "only {} writes before the kill", acknowledged.len());

    let mut again = service.again();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let missing: Vec<String> = runtime.block_on(async {
        let db = Db::connect(&url).await.unwrap();
        let mut tx = db.read().await.unwrap();
        let there: Vec<String> = tx.values("SELECT email FROM mail_tokens", ()).await.unwrap();
        acknowledged.iter().filter(|email| !there.contains(email)).cloned().collect()
    });
    assert!(missing.is_empty(), "acknowledged and lost: {missing:?}");
    again.kill();
    let verified = command(&url, &service.folder).arg("verify").output().unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed_on_sqlite() {
    killed_amid_writes(databases::sqlite_url());
}

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed_on_postgres() {
    if let Some(url) = databases::postgres_url() {
        killed_amid_writes(url);
    }
}

#[test]
fn the_command_line_explains_itself() {
    for arguments in [
        vec!["--help"],
        vec!["serve", "--help"],
        vec!["demo", "--help"],
        vec!["migrate", "--help"],
        vec!["user", "add", "--help"],
        vec!["verify", "--help"],
        vec!["generate", "--help"],
    ] {
        let answer = Command::new(BINARY).args(&arguments).output().unwrap();
        assert!(answer.status.success(), "{arguments:?}");
    }
    let answer = Command::new(BINARY).arg("serve").env("DATABASE_URL", "mysql://x").output().unwrap();
    assert!(!answer.status.success());
    let said = String::from_utf8_lossy(&answer.stderr).into_owned();
    assert!(said.contains("DATABASE_URL is neither sqlite:// nor postgres://"), "{said}");
}
