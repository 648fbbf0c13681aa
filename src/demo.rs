//! A demonstration that needs nothing on the machine: its own folder, its own SQLite file, invented firms in every state.

use crate::{
    app::App,
    config::{Config, MailConfig},
    core::{
        clock::Clock,
        secret::{random_bytes, random_token},
    },
    population::{self, Plan},
    server,
};
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

const FIRMS: u32 = 300;
const VENDORS: u32 = 25;
const SEED: u64 = 2027;

/// What a demonstration's folder remembers.
#[derive(Serialize, Deserialize)]
struct Memory {
    password: String,
    sealing_key: String,
}

/// Fills the folder the first time, then serves it on this machine only.
pub async fn run(folder: &Path, port: u16, reset: bool) -> anyhow::Result<()> {
    if reset && folder.exists() {
        // Only a folder that a demonstration made is ever removed.
        anyhow::ensure!(
            memory_file(folder).exists() || folder.join("filling").exists(),
            "{} is not a demonstration's folder; nothing was removed",
            folder.display()
        );
        std::fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let memory = match std::fs::read_to_string(memory_file(folder)) {
        Ok(text) => serde_json::from_str(&text).context("demo.json cannot be read; `--reset` begins anew")?,
        Err(_) => fill(folder, port).await?,
    };
    let config = config(folder, port, &memory);
    let app = App::open(config, Clock::default()).await?;
    app.db.migrate().await?;
    server::serve(app, || announce(folder, port, &memory)).await
}

fn memory_file(folder: &Path) -> PathBuf {
    folder.join("demo.json")
}

fn config(folder: &Path, port: u16, memory: &Memory) -> Config {
    Config {
        database_url: format!("sqlite://{}", folder.join("voucherdesk.db").display()).into(),
        listen: format!("127.0.0.1:{port}"),
        base_url: format!("http://127.0.0.1:{port}"),
        files_dir: folder.join("files"),
        sealing_key: memory.sealing_key.clone().into(),
        allow_unscanned: true,
        second_factor_required: false,
        demo: true,
        mail: MailConfig { folder: folder.join("mail"), ..MailConfig::default() },
        ..Config::default()
    }
}

/// Makes the database and its people. What an interrupted filling left behind is begun anew.
async fn fill(folder: &Path, port: u16) -> anyhow::Result<Memory> {
    let filling = folder.join("filling");
    if filling.exists() {
        for name in ["voucherdesk.db", "voucherdesk.db-wal", "voucherdesk.db-shm"] {
            if folder.join(name).exists() {
                std::fs::remove_file(folder.join(name))?;
            }
        }
    }
    std::fs::write(&filling, "")?;
    println!("Filling a demonstration with {FIRMS} firms and {VENDORS} vendors …");
    let sealing_key = hex::encode([random_bytes(), random_bytes()].concat().split_at(32).0);
    let memory = Memory { password: format!("demo-{}", &random_token()[..12]), sealing_key };
    let app = App::open(config(folder, port, &memory), Clock::by_hand(Clock::default().now())).await?;
    app.db.migrate().await?;
    let plan =
        Plan { firms: FIRMS, vendors: VENDORS, seed: SEED, documents: true, password: Some(memory.password.clone()) };
    population::fill(&app, &plan).await?;
    app.db.close().await;
    std::fs::write(memory_file(folder), serde_json::to_string_pretty(&memory)?)?;
    std::fs::remove_file(&filling)?;
    Ok(memory)
}

fn announce(folder: &Path, port: u16, memory: &Memory) {
    println!("\nvoucherdesk demonstration: invented firms, nobody real. Data in {}\n", folder.display());
    println!("    http://127.0.0.1:{port}\n");
    println!("    password for all accounts: {}\n", memory.password);
    for (email, what) in population::DEMO_ACCOUNTS {
        println!("    {email:22} {what}");
    }
    println!("\nCtrl-C stops it; run again to go on, with --reset to begin anew.");
}
