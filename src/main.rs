//! The command line.

use anyhow::Context;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use voucherdesk::{app::App, config::Config, core::clock::Clock, db::Db, server};

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
}

fn main() -> std::process::ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,sqlx=warn"));
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).init();
    let cli = Cli::parse();
    match actix_web::rt::System::new().block_on(run(cli)) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("voucherdesk: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let config = Config::load(cli.config.as_deref())?;
    match cli.command {
        Command::Serve => {
            let app = App::open(config, Clock::default()).await?;
            app.db.migrate().await.context("bringing the schema up to date")?;
            server::serve(app).await
        }
        Command::Migrate => {
            use secrecy::ExposeSecret;
            Db::connect(config.database_url.expose_secret()).await?.migrate().await?;
            println!("the schema is up to date");
            Ok(())
        }
    }
}
