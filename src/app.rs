//! What a request can reach, all doors, and the middleware in its order. The only place that knows every room.

use crate::{
    agreements, applications, claims,
    config::Config,
    core::{clock::Clock, refusal::Refusal, secret::Seal},
    db::Db,
    files::Files,
    front, insights, integrity, ledger, organisations,
    outbox::Mailer,
    outcomes, payments,
    people::{self, Passwords, Provider},
    programmes,
    reviews::{self, Assistant, ChatEndpoint},
    vendors,
    web::{
        self as pages, Door, Need, assets,
        page::{MENU, MenuEntry},
    },
};
use actix_web::{middleware::Compress, web};
use anyhow::Context;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use secrecy::ExposeSecret;
use std::{
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

pub struct App {
    pub db: Db,
    pub clock: Clock,
    pub files: Files,
    pub mail: Mailer,
    pub config: Config,
    pub seal: Seal,
    pub passwords: Passwords,
    /// Who vouches for people, when the settings name somebody.
    pub provider: Option<Provider>,
    /// A model that may be asked about an application, when the settings name one.
    pub assistant: Option<Arc<dyn Assistant>>,
    rate: DefaultKeyedRateLimiter<String>,
    sign_in_rate: DefaultKeyedRateLimiter<String>,
    look_up_rate: DefaultKeyedRateLimiter<String>,
    /// When timers last looked, in seconds.
    timers_at: AtomicI64,
}

/// Timers look this often.
const TIMER_SECONDS: i64 = 60;

/// Tries to sign in, sign up or prove that one address may make in a minute.
const SIGN_INS_PER_MINUTE: u32 = 30;

/// Receipts that one address may check in a minute, without an account.
const LOOK_UPS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(60).unwrap();

impl App {
    /// Opens the database, the file store and the mailer that `config` names.
    pub async fn open(config: Config, clock: Clock) -> anyhow::Result<App> {
        let db = Db::connect(config.database_url.expose_secret()).await?;
        App::on(config, clock, db)
    }

    /// As `open`, on a database that may be lost while it is filled (see `Db::connect_for_filling`).
    pub async fn open_for_filling(config: Config, clock: Clock) -> anyhow::Result<App> {
        let db = Db::connect_for_filling(config.database_url.expose_secret()).await?;
        App::on(config, clock, db)
    }

    fn on(config: Config, clock: Clock, db: Db) -> anyhow::Result<App> {
        let files = Files::in_folder(&config.files_dir)?;
        let mail = Mailer::new(&config.mail, &config.base_url)?;
        App::with(config, clock, db, files, mail)
    }

    /// From parts that are open already.
    pub fn with(config: Config, clock: Clock, db: Db, files: Files, mail: Mailer) -> anyhow::Result<App> {
        let per_second = NonZeroU32::new(config.rate_per_second.max(1)).unwrap_or(NonZeroU32::MIN);
        let burst = NonZeroU32::new(config.rate_burst.max(1)).unwrap_or(NonZeroU32::MIN);
        let sign_ins = NonZeroU32::new(if config.demo { 600 } else { SIGN_INS_PER_MINUTE }).unwrap_or(NonZeroU32::MIN);
        Ok(App {
            db,
            clock,
            files: files.with_scanner(config.clamd.is_some()),
            mail,
            seal: Seal::new(config.sealing_key.expose_secret()).context(
                "sealing_key (VOUCHERDESK__SEALING_KEY) must be 64 hexadecimal digits, as `openssl rand -hex 32` prints",
            )?,
            passwords: Passwords::default(),
            assistant: config.assistant.clone().map(|one| Arc::new(ChatEndpoint::new(one)) as Arc<dyn Assistant>),
            provider: config.oidc.clone().map(|oidc| Provider::new(oidc, &config.base_url)),
            rate: RateLimiter::keyed(Quota::per_second(per_second).allow_burst(burst)),
            sign_in_rate: RateLimiter::keyed(Quota::per_minute(sign_ins)),
            look_up_rate: RateLimiter::keyed(Quota::per_minute(LOOK_UPS_PER_MINUTE)),
            timers_at: AtomicI64::new(0),
            config,
        })
    }

    /// False when this address sends forms too often.
    pub fn may_write(&self, address: &str) -> bool {
        self.rate.check_key(&address.to_owned()).is_ok()
    }

    /// Refuses an address that tries too many passwords, links or codes.
    pub fn sign_in_pace(&self, address: &str) -> Result<(), Refusal> {
        self.sign_in_rate.check_key(&address.to_owned()).map_err(|_| Refusal::too_many("refusal-too-many"))
    }

    /// Refuses an address that tries out receipts.
    pub fn look_up_pace(&self, address: &str) -> Result<(), Refusal> {
        self.look_up_rate.check_key(&address.to_owned()).map_err(|_| Refusal::too_many("refusal-too-many"))
    }
}

/// All doors, room by room.
pub fn doors() -> Vec<Door> {
    let rooms: Vec<Vec<Door>> = vec![
        vec![Door::get("/healthz", Need::Nobody, front::healthz), Door::get("/readyz", Need::Nobody, front::readyz)],
        people::pages::doors(),
        organisations::pages::doors(),
        ledger::pages::doors(),
        programmes::pages::doors(),
        vendors::pages::doors(),
        applications::pages::doors(),
        reviews::pages::doors(),
        agreements::pages::doors(),
        claims::pages::doors(),
        payments::pages::doors(),
        outcomes::pages::doors(),
        integrity::pages::doors(),
        insights::pages::doors(),
    ];
    rooms.into_iter().flatten().collect()
}

/// The menu, in the order of a case.
pub fn menu() -> Vec<MenuEntry> {
    let rooms = [
        programmes::pages::menu(),
        vendors::pages::menu(),
        organisations::pages::menu(),
        applications::pages::menu(),
        reviews::pages::menu(),
        agreements::pages::menu(),
        claims::pages::menu(),
        payments::pages::menu(),
        ledger::pages::menu(),
        outcomes::pages::menu(),
        integrity::pages::menu(),
        insights::pages::menu(),
        people::pages::menu(),
    ];
    rooms.into_iter().flatten().collect()
}

/// Wires a server worker: state, doors, static files.
pub fn configure(service: &mut web::ServiceConfig) {
    MENU.get_or_init(menu);
    service.service(
        web::resource("/static/{hash}/{path:.*}").wrap(Compress::default()).route(web::get().to(assets::serve)),
    );
    pages::door::open(service, doors());
}

/// Does one job of a room. Called by the worker, which tries again when it fails.
pub async fn job(app: &App, kind: &str, payload: &serde_json::Value) -> anyhow::Result<()> {
    match kind {
        "simulate_call" => {
            let id = serde_json::from_value(payload["simulation"].clone()).context("the simulation's id")?;
            programmes::simulate_job(app, id).await
        }
        "decide_catalogue" => {
            let id = serde_json::from_value(payload["application"].clone()).context("the application's id")?;
            reviews::decide_catalogue(app, id).await
        }
        reviews::ADVICE_JOB => reviews::fetch_advice(app, payload).await,
        reviews::ASSIGN_JOB => reviews::continue_assigning(app, payload).await,
        reviews::BULK_JOB => reviews::continue_bulk(app, payload).await,
        reviews::LOTS_JOB => reviews::continue_lots(app, payload).await,
        agreements::SEAL_JOB => agreements::seal_job(app, payload).await,
        applications::REPLAY_JOB => applications::continue_replay(app, payload).await,
        other => anyhow::bail!("nobody does jobs of the kind `{other}`"),
    }
}

/// What falls due by itself. Called by the worker about twice a second; looks once a minute.
pub async fn timers(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    let last = app.timers_at.swap(now.timestamp(), Ordering::SeqCst);
    if now.timestamp() - last < TIMER_SECONDS {
        app.timers_at.store(last, Ordering::SeqCst);
        return Ok(());
    }
    // Addresses that were quiet are forgotten: a million of them must not fill the memory.
    app.rate.retain_recent();
    app.sign_in_rate.retain_recent();
    app.look_up_rate.retain_recent();
    organisations::compare_unkeyed(app).await?;
    organisations::recheck_stale(app).await?;
    organisations::warn_ending(app).await?;
    vendors::fall_due(app).await?;
    applications::expire_drafts(app).await?;
    applications::remind(app).await?;
    reviews::prepare_draws(app).await?;
    reviews::reveal_draws(app).await?;
    agreements::lapse_unanswered(app).await?;
    agreements::lapse_vouchers(app).await?;
    agreements::fall_due(app).await?;
    reviews::promote_due(app).await?;
    outcomes::open_due(app).await?;
    integrity::raise_flags(app).await?;
    integrity::turn_recoveries(app).await?;
    integrity::turn_sanctions(app).await?;
    integrity::verify_daily(app).await?;
    app.files.sweep_hourly(&app.db, now).await?;
    anchor_history(app).await
}

/// Notes the head of the history once a day, in the database and in the log.
async fn anchor_history(app: &App) -> anyhow::Result<()> {
    let day = app.clock.today(crate::core::calendar::ZONE);
    let mut tx = app.db.read().await?;
    if crate::audit::has_anchor(&mut tx, day).await? {
        return Ok(());
    }
    drop(tx);
    let mut tx = app.db.write().await?;
    if let Some((seq, hash)) = crate::audit::anchor(&mut tx, day, app.clock.now()).await? {
        tracing::info!(seq, hash = hex::encode(hash), "the history is anchored for {day}");
    }
    tx.commit().await?;
    Ok(())
}
