//! Listens, serves, works off the outbox, and stops in order: no request and no unit of work is cut off.

use crate::{
    app::{self, App},
    front, outbox,
};
use actix_web::{App as Site, HttpServer, middleware::from_fn, web};
use anyhow::Context;

/// Runs until it is told to stop (SIGTERM, Ctrl-C); calls `listening` once it listens.
pub async fn serve(app: App, listening: impl FnOnce()) -> anyhow::Result<()> {
    app.config.check()?;
    let listen = app.config.listen.clone();
    let workers = app.config.workers.max(1);
    let app = web::Data::new(app);
    let shared = app.clone();
    let server = HttpServer::new(move || {
        Site::new().app_data(shared.clone()).wrap(from_fn(front::front)).configure(app::configure)
    })
    .workers(workers)
    .shutdown_timeout(30)
    .client_request_timeout(std::time::Duration::from_secs(5))
    .bind(&listen)
    .with_context(|| format!("cannot listen on {listen}"))?
    .run();
    tracing::info!(listen, "serving");
    listening();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let worker = actix_web::rt::spawn(outbox::work(app.clone().into_inner(), stopped));
    let served = server.await;
    if stop.send(true).is_err() {
        tracing::warn!("the outbox worker had ended before");
    }
    worker.await?;
    app.db.close().await;
    Ok(served?)
}
