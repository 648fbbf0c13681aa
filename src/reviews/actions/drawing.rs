//! The draw: a seed whose hash is public before the close, revealed after it; and calls that choose by it alone.

use super::scoring::tie_of;
use crate::{
    app::App,
    applications::{self, ApplicationId, ApplicationState},
    audit::{self, Record},
    core::{
        actor::Actor,
        refusal::{Outcome, Refusal, Trouble},
        secret::random_token,
    },
    db::once::Once,
    outbox,
    programmes::{self, CallId, SelectionMode},
    reviews::{
        rules::draw,
        store::{self, ReviewResult},
    },
};
use anyhow::Context;
use chrono::Duration;
use uuid::Uuid;

/// The kind of the job that draws a lot for everybody found eligible.
pub const LOTS_JOB: &str = "draw_lots";
/// Applications that one run of it takes up.
const DRAWN_AT_ONCE: i64 = 100;
/// The longest grace a call may have: nothing more can arrive after it.
const GRACE: Duration = Duration::hours(1);

/// Commits to a seed in every call that takes applications and will draw. For the timer.
pub async fn prepare_draws(app: &App) -> anyhow::Result<u64> {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let mut due = Vec::new();
    for (call, version) in store::calls_without_draw(&mut tx, now).await? {
        let rules = programmes::rules_at(&mut tx, call, version).await?;
        if rules.review.draw_ties || rules.selection == SelectionMode::Lottery {
            due.push(call);
        }
    }
    drop(tx);
    let mut prepared = 0;
    for call in due {
        let seed = random_token();
        let commitment = draw::commitment(&seed);
        let mut tx = app.db.write().await?;
        let sealed = app.seal.seal("draw seed", &seed);
        if store::insert_draw(&mut tx, call, commitment.clone(), sealed, now).await? {
            let record = Record::new("call", call, "draw_committed").with("commitment", commitment);
            audit::record(&mut tx, &Actor::system(), record, now).await?;
            prepared += 1;
        }
        tx.commit().await?;
    }
    Ok(prepared)
}

/// Publishes the seeds of calls that have closed. For the timer.
pub async fn reveal_draws(app: &App) -> anyhow::Result<u64> {
    let now = app.clock.now();
    let mut tx = app.db.read().await?;
    let due = store::unrevealed(&mut tx, now - GRACE).await?;
    drop(tx);
    let mut revealed = 0;
    for call in due {
        let mut tx = app.db.write().await?;
        let found = store::draw_of(&mut tx, call).await?.context("a draw that is not there")?;
        let seed = app.seal.open("draw seed", &found.seed_sealed)?;
        anyhow::ensure!(draw::commitment(&seed) == found.commitment, "the seed of {call} is not the committed one");
        if store::reveal(&mut tx, call, seed.clone(), now).await? {
            let record = Record::new("call", call, "draw_revealed").with("seed", seed);
            audit::record(&mut tx, &Actor::system(), record, now).await?;
            revealed += 1;
        }
        tx.commit().await?;
    }
    Ok(revealed)
}

/// Draws lots in a call that chooses by them: once its seed is public and everybody is screened.
pub async fn draw_lots(app: &App, actor: &Actor, call: CallId, once: Once) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    if tx.seen(once, actor.id, "reviews.draw_lots", now).await?.is_some() {
        return Ok(());
    }
    let found = programmes::find_call(&mut tx, call).await?.ok_or_else(Refusal::not_found)?;
    let rules = programmes::rules_at(&mut tx, call, found.version).await?;
    if rules.selection != SelectionMode::Lottery {
        return Err(Refusal::not_found().into());
    }
    if store::draw_of(&mut tx, call).await?.is_none_or(|draw| draw.seed.is_none()) {
        return Err(Refusal::conflict("reviews-refusal-seed-hidden").into());
    }
    if store::is_being_screened(&mut tx, call).await? {
        return Err(Refusal::conflict("reviews-refusal-still-screening").into());
    }
    let payload = serde_json::json!({ "call": call, "by": actor.id });
    outbox::job(&mut tx, LOTS_JOB, &format!("{LOTS_JOB}:{}", once.0), payload, None, now).await?;
    audit::record(&mut tx, actor, Record::new("call", call, "lots_asked"), now).await?;
    tx.commit().await?;
    Ok(())
}

/// Goes on drawing lots. For the worker: who has one keeps it, because it depends on the seed and the receipt alone.
pub async fn continue_lots(app: &App, payload: &serde_json::Value) -> anyhow::Result<()> {
    let call: CallId = serde_json::from_value(payload["call"].clone()).context("the call's id")?;
    let by: Uuid = serde_json::from_value(payload["by"].clone()).context("the manager's id")?;
    let actor = super::manager_again(app, by).await?;
    loop {
        let mut tx = app.db.read().await?;
        let waiting = store::eligible(&mut tx, call, DRAWN_AT_ONCE).await?;
        drop(tx);
        if waiting.is_empty() {
            return Ok(());
        }
        for id in waiting {
            match draw_one(app, &actor, id).await {
                Err(Trouble::Refused(refusal)) if refusal.key == "refusal-state-moved-on" => {}
                other => other?,
            }
        }
    }
}

async fn draw_one(app: &App, actor: &Actor, id: ApplicationId) -> Outcome<()> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let application = applications::get(&mut tx, id).await?;
    if application.state != ApplicationState::Eligible {
        return Ok(());
    }
    applications::take_step(&mut tx, actor, id, "begin_review", "", now).await?;
    let tie = tie_of(app, &mut tx, &application).await?;
    let result = ReviewResult {
        application_id: id,
        round: store::round_of(&mut tx, id).await?,
        call_id: application.call_id,
        score_milli: 0,
        below: String::new(),
        spread_milli: 0,
        tie,
        submitted_at: application.submitted_at.unwrap_or(application.created_at),
        scored_at: now,
    };
    store::insert_result(&mut tx, &result).await?;
    let record = Record::new("application", id, "lot_drawn").with("lot", draw::show_lot(tie));
    audit::record(&mut tx, actor, record, now).await?;
    tx.commit().await?;
    Ok(())
}
