//! The command line. It lives in the library so that the binary holds nothing that would be compiled twice.

use crate::{
    app::App,
    claims::checking,
    config::Config,
    core::{actor::Actor, clock::Clock, lang::Lang, refusal::Trouble, roles::Role, secret::Seal},
    db::Db,
    demo, integrity, people,
    population::{self, Plan},
    server,
};
use anyhow::Context;
use clap::{Parser, Subcommand};
use secrecy::ExposeSecret;
use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
};

/// Administers a programme of AI vouchers for small and medium-sized firms, from call to outcome.
#[derive(Parser)]
#[command(name = "voucherdesk", version)]
struct Cli {
    /// Settings in TOML; the environment (VOUCHERDESK__SECTION__KEY, DATABASE_URL) comes on top
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the web application
    Serve,
    /// Bring the database's schema up to date
    Migrate,
    /// Show the service with invented firms in every state; needs nothing on this machine
    Demo {
        /// The port on 127.0.0.1
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Where the demonstration keeps its database, files and mails
        #[arg(long, default_value = "data/demo")]
        data_dir: PathBuf,
        /// Forget what was done and begin anew
        #[arg(long)]
        reset: bool,
    },
    /// Recompute the history's chain, the ledger and every invariant; fails at a breach
    Verify,
    /// Fill an empty database with a believable population; its agreements are sealed as PDF once it is served
    Generate {
        /// How many firms
        #[arg(long, default_value_t = 1_000)]
        firms: u32,
        /// The same seed gives the same population
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Read e-invoices (UBL, EN 16931) and name the rules that each breaks: one line of JSON a file
    InvoiceCheck {
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Manage the accounts of staff
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
}

#[derive(Subcommand)]
enum UserCommand {
    /// Add a member of staff and print the link with which they choose a password
    Add {
        #[arg(long)]
        email: String,
        #[arg(long)]
        name: String,
        /// screener, reviewer, manager, claims_officer, payer, auditor, analyst or admin
        #[arg(long)]
        role: Role,
    },
}

/// Reads the arguments of this process and does what they say.
pub fn run() -> std::process::ExitCode {
    let cli = Cli::parse();
    // Needs no settings, no database and no threads.
    if let Command::InvoiceCheck { files } = &cli.command {
        return check_invoices(files);
    }
    let quiet = !matches!(cli.command, Command::Serve);
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(if quiet { "error" } else { "info,sqlx=warn" }));
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    // The default prints the message over several lines, and a message may hold what a person typed.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a panic");
    }));
    match actix_web::rt::System::new().block_on(carry_out(cli)) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("voucherdesk: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}

/// One line a file; fails when any breaks a rule or cannot be read.
fn check_invoices(files: &[PathBuf]) -> std::process::ExitCode {
    let mut all_sound = true;
    let mut out = std::io::stdout().lock();
    for path in files {
        let name = path.display().to_string();
        let (line, is_sound) = match read_at_most(path, checking::BYTES_MAX as u64 + 1) {
            Ok(bytes) => checking::line_of(&name, &bytes),
            Err(_) => (checking::unopened(&name), false),
        };
        all_sound &= is_sound;
        if writeln!(out, "{line}").is_err() {
            return std::process::ExitCode::FAILURE;
        }
    }
    if all_sound { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}

fn read_at_most(path: &Path, bytes: u64) -> std::io::Result<Vec<u8>> {
    let mut read = Vec::new();
    std::fs::File::open(path)?.take(bytes).read_to_end(&mut read)?;
    Ok(read)
}

/// The first administrator comes from here; no account exists by default.
async fn add_user(config: Config, email: &str, name: &str, role: Role) -> anyhow::Result<()> {
    anyhow::ensure!(role.is_staff(), "firms and vendors make their own accounts on the sign-up page");
    let app = App::open(config, Clock::default()).await?;
    app.db.migrate().await?;
    let mut tx = app.db.write().await?;
    let added =
        people::invite(&mut tx, &Actor::system(), &email.trim().to_lowercase(), name, role, app.clock.now()).await;
    let (_, path) = added.map_err(|trouble| match trouble {
        Trouble::Refused(refusal) => anyhow::anyhow!(Lang::En.refusal(&refusal)),
        other => anyhow::anyhow!(other),
    })?;
    tx.commit().await?;
    println!(
        "{email} may choose a password within 72 hours, once, at:\n{}{path}",
        app.config.base_url.trim_end_matches('/')
    );
    app.db.close().await;
    Ok(())
}

/// One line a check; the first breach is named and the command fails.
async fn verify(config: Config) -> anyhow::Result<()> {
    let db = Db::connect(config.database_url.expose_secret()).await?;
    let key = config.sealing_key.expose_secret();
    let seal = if key.is_empty() { None } else { Some(Seal::new(key)?) };
    let report = integrity::verify(&db, seal.as_ref()).await?;
    for (check, took) in report.checks.iter().zip(&report.took) {
        let result = check.breach.as_deref().unwrap_or("ok");
        println!("{:<30} {:>12} rows {:>8} ms  {result}", check.name, check.rows, took.as_millis());
    }
    db.close().await;
    anyhow::ensure!(report.holds(), "an invariant is broken");
    println!("all invariants hold");
    Ok(())
}

async fn generate(config: Config, firms: u32, seed: u64) -> anyhow::Result<()> {
    // The acts and SQLite's thread take turns: on one core they hand over in half the time that two cores need.
    if config.database_url.expose_secret().starts_with("sqlite:")
        && let Some(core) = core_affinity::get_core_ids().and_then(|cores| cores.into_iter().next())
    {
        core_affinity::set_for_current(core);
    }
    // Time runs through a whole programme while the population is made.
    let clock = Clock::by_hand(Clock::default().now());
    let app = App::open_for_filling(config, clock).await?;
    app.db.migrate().await?;
    let vendors = (firms / 60).clamp(10, 1_600);
    population::fill(&app, &Plan { firms, vendors, seed, documents: firms <= 2_000, password: None }).await?;
    app.db.close().await;
    Ok(())
}

async fn carry_out(cli: Cli) -> anyhow::Result<()> {
    let config = Config::load(cli.config.as_deref())?;
    match cli.command {
        Command::Serve => {
            let app = App::open(config, Clock::default()).await?;
            app.db.migrate().await.context("bringing the schema up to date")?;
            server::serve(app, || ()).await
        }
        Command::Migrate => {
            Db::connect(config.database_url.expose_secret()).await?.migrate().await?;
            println!("the schema is up to date");
            Ok(())
        }
        Command::Demo { port, data_dir, reset } => demo::run(&data_dir, port, reset).await,
        Command::InvoiceCheck { .. } => Ok(()),
        Command::Verify => verify(config).await,
        Command::Generate { firms, seed } => generate(config, firms, seed).await,
        Command::User { command: UserCommand::Add { email, name, role } } => {
            add_user(config, &email, &name, role).await
        }
    }
}
